//! Names that become ids or addresses through a list.

use super::years;
use crate::importing::{job, new_site};
use crate::site::Writes;

const LIST: &str = "Teacher,user_id,mail\nAnna Smith,u00001,anna@example.org\nBen Ode,u00002,ben@example.org\nCleo Ray,u00003,\nCleo Ray,u00004,\n";
const KEYS: &str = "lookup = { user_id = { list = 'people.csv', from = 'Teacher', to = 'user_id' }, invitee_emails = { list = 'people.csv', from = 'Teacher', to = 'mail' } }\ncolumns = { invitee_emails = 'Guests' }";

fn rows(cells: &[(&str, &str)]) -> String {
    let rows = (1..).zip(cells).map(|(at, (name, guests))| {
        format!("A{at},{name},Algebra {at},{}-02-01 09:00,60,1,30,{guests}\n", years::coming())
    });
    format!("ref,Teacher,room_name,start_time,duration,moderators,participants,Guests\n{}", rows.collect::<String>())
}

#[test]
fn a_name_becomes_the_id_that_the_list_has_and_one_that_is_not_there_is_told() {
    let site = new_site();
    site.configure(&job(KEYS));
    site.write("people.csv", LIST);
    let cells = [
        ("Anna Smith", "Ben Ode; x@example.org"),
        ("ben  ode", ""),
        ("Ana Smith", ""),
        ("Cleo Ray", ""),
        ("u00002", "Bem Ode"),
    ];
    let imported = site.import_text("a.csv", &rows(&cells));
    assert_eq!(imported.statuses(), ["created", "created", "invalid", "invalid", "invalid"], "{imported:?}");
    for (row, words) in [
        (2, "`Ana Smith` is not in the column `Teacher` of people.csv; the nearest name there is `Anna Smith`"),
        (3, "`Cleo Ray` stands for two in people.csv: `u00003` in line 4 and `u00004` in line 5"),
        (4, "the nearest name there is `Ben Ode`"),
    ] {
        assert!(imported.rows[row]["error"].contains(words), "{words}: {imported:?}");
    }
    let mut users: Vec<_> = site.meetings().iter().map(|meeting| meeting.user_id.clone()).collect();
    users.sort();
    assert_eq!(users, ["u00001", "u00002"]);
    // The results have the names, so the same rows come back unchanged; the list is read anew.
    site.write("people.csv", LIST.replace("Anna Smith", "Ana Smith"));
    let retry = std::fs::read_to_string(imported.file("retry")).unwrap();
    let again = site.import_text("b.csv", &retry);
    assert_eq!(again.statuses(), ["created", "invalid", "invalid"], "{again:?}");
    site.run(&["check"]).expect(0, "`Cleo Ray` stands for two in people.csv");
}

#[test]
fn a_list_that_cannot_be_read_refuses_the_run_and_loses_nothing() {
    let site = new_site();
    site.configure(&job(&format!("inbox = 'inbox'\nsettle = '100ms'\n{KEYS}")));
    let text = rows(&[("Anna Smith", "")]);
    site.write("a.csv", &text);
    let (writes, ran) = site.writes_of(|| site.run(&["import", "a.csv"]));
    assert_eq!(writes, Writes::NONE);
    ran.expect(1, "people.csv (lookup.user_id) cannot be read");
    assert!(ran.out.contains("No row was done: put the list right, and hand the file in again"), "{ran:?}");
    site.run(&["check"]).expect(0, "people.csv (lookup.user_id) cannot be read");
    std::fs::create_dir_all(site.path("inbox")).unwrap();
    site.write("inbox/b.csv", &text);
    site.run(&["run", "timetable"]).expect(1, "cannot be read");
    let kept = site.files("failed");
    assert_eq!(kept.len(), 1, "{kept:?}");
    assert_eq!(std::fs::read_to_string(site.path("inbox/failed").join(&kept[0])).unwrap(), text);
    site.write("people.csv", LIST.replace("Teacher", "Name"));
    site.run(&["import", "a.csv"]).expect(1, "has no column `Teacher`; its headings are `Name`, `user_id`, `mail`");
    site.write("people.csv", LIST);
    site.run(&["import", "a.csv"]).expect(0, "1 created");
}
