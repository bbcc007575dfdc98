//! Files as other programs make them: weekdays, Windows' zones, numbers for dates, titles and totals, no headings at all.

use super::years;
use crate::importing::{Imported, import_rows, job, new_site};
use crate::site::{Site, Writes};

const HEADINGS: &str = "ref,user_id,room_name,duration,moderators,participants";

fn site(keys: &str) -> Site {
    let site = new_site();
    site.configure(&job(keys));
    site
}

fn import(site: &Site, name: &str, headings: &str, rows: &[&str]) -> Imported {
    import_rows(site, name, ["duration,moderators,participants", "60,1,30"], headings, rows)
}

/// The starts on the server, in the order of titles.
fn starts(site: &Site) -> Vec<String> {
    let year = years::coming().to_string();
    let mut all = site.meetings();
    all.sort_by(|one, other| one.room_name.cmp(&other.room_name));
    all.iter().map(|meeting| meeting.start_time.replace(&year, "YYYY")).collect()
}

#[test]
fn zones_are_named_as_windows_and_outlook_name_them() {
    let site = site("");
    let rows = [
        "YYYY-02-01 09:00,W. Europe Standard Time",
        "YYYY-02-01 09:00,Tokyo Standard Time",
        "YYYY-02-01 09:00,\"(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna\"",
        "YYYY-02-01 09:00,Mars Standard Time",
    ];
    let imported = import(&site, "a.csv", "start_time,timezone", &rows);
    assert_eq!(imported.statuses(), ["created", "created", "created", "invalid"], "{imported:?}");
    assert_eq!(imported.rows[3]["code"], "1684");
    assert_eq!(starts(&site), ["YYYY-02-01 08:00:00", "YYYY-02-01 00:00:00", "YYYY-02-01 08:00:00"]);
    // The zone's own name says the same.
    let rows = ["YYYY-02-01 09:00,Europe/Berlin"];
    assert_eq!(import(&site, "b.csv", "start_time,timezone", &rows).statuses(), ["unchanged"]);
}

#[test]
fn a_weekday_in_front_is_held_against_its_date() {
    let site = site("date_formats = '%d.%m.%Y %H:%M'");
    let rows = [
        "\"Mo, 01.02.YYYY 09:00\"",
        "mar. 02.02.YYYY 09:00",
        "środa 03.02.YYYY 09:00",
        "Perşembe YYYY-02-04 09:00",
        "\"Di, 05.02.YYYY 09:00\"",
    ];
    let imported = import(&site, "a.csv", "start_time", &rows);
    assert_eq!(imported.statuses(), ["created", "created", "created", "created", "invalid"], "{imported:?}");
    let (row, year) = (&imported.rows[4], years::coming());
    let words = format!("says Di (Tuesday), and {year}-02-05 09:00 is a Friday; correct the day or the date");
    assert!(row["error"].contains(&words) && row["code"] == "1602", "{row:?}");
    let retry = std::fs::read_to_string(imported.file("retry")).unwrap();
    assert_eq!(site.import_text("b.csv", &retry.replace("Di, ", "Fr, ")).statuses(), ["created"]);
}

/// The days from the last but one of 1899 to a day of the coming year.
fn serial(day: u32) -> u32 {
    let year = u32::try_from(years::coming()).unwrap();
    let leap_days = |year: u32| year / 4 - year / 100 + year / 400;
    (year - 1900) * 365 + leap_days(year - 1) - leap_days(1899) + 1 + 31 + day
}

#[test]
fn numbers_are_dates_where_a_column_has_nothing_else_and_the_mail_says_so() {
    let site = site("inbox = 'inbox'\nsettle = '100ms'");
    let day = serial(1);
    let rows = [format!("{day}.375"), format!("{}.4097222", day + 1), format!("{}", day + 2)];
    let rows = rows.each_ref().map(String::as_str);
    let imported = import(&site, "a.csv", "start_time", &rows);
    assert_eq!(imported.statuses(), ["created", "created", "invalid"], "{imported:?}");
    assert_eq!(starts(&site), ["YYYY-02-01 08:00:00", "YYYY-02-02 08:50:00"]);
    assert!(imported.rows[2]["error"].contains("tells no time of day, or only a rounded one"), "{imported:?}");
    let shown = site.run(&["show", imported.run_id()]);
    let words = format!("numbers, as Excel keeps dates, and were read as such: `{}.4097222` in line 3", day + 1);
    assert!(shown.out.contains(&words), "{shown:?}");
    // The row is corrected as a date, in a retry file that knows of the numbers.
    let rows = [format!("{}.625", day + 3), format!("{}", day + 4)];
    let imported = import(&site, "b.csv", "start_time", &rows.each_ref().map(String::as_str));
    let retry = std::fs::read_to_string(imported.file("retry")).unwrap();
    let date = format!("{}-02-05 09:00", years::coming());
    let again = site.import_text("c.csv", &retry.replace(&format!(",{}\n", day + 4), &format!(",{date}\n")));
    assert!(again.statuses().iter().all(|status| *status != "invalid"), "{again:?}");
    // A column that has other cells, too, is not guessed.
    let rows = [format!("{day}.375"), date];
    let imported = import(&site, "d.csv", "start_time", &rows.each_ref().map(String::as_str));
    assert!(imported.rows[0]["error"].contains("the column has other cells, too"), "{imported:?}");
}

#[test]
fn titles_above_and_totals_below_are_left_and_told() {
    let site = site("until = 'Total'");
    let year = years::coming();
    let rows = format!(
        "Timetable of spring\n\n{HEADINGS},start_time\nA1,u00001,Algebra,60,1,30,{year}-02-01 09:00\nA2,u00001,PE,60,1,30,{year}-02-01 11:00\n\
         Total:,,,120,,,\nprinted in January,,,,,,\n"
    );
    site.write("a.csv", &rows);
    let ran = site.run(&["import", "a.csv"]);
    ran.expect(3, "1 created, 1 invalid");
    for words in [
        "Rows 1 to 2, above the table, were not read.",
        "The table ends at `Total:` in line 6 (until): 2 rows from there on were not read.",
        "line 5  invalid 1612  PE",
    ] {
        assert!(ran.out.contains(words), "{words}: {ran:?}");
    }
    site.configure(&job("skip_rows = 1\ncolumns = { room_name = 'Title' }"));
    let rows = rows.replace("room_name", "Title").replace("\n\n", "\nA,B\n").replace("Timetable of spring\n", "");
    let rows = rows.split("Total").next().unwrap();
    let imported = site.import_text("b.csv", rows);
    assert_eq!(imported.statuses(), ["unchanged", "invalid"], "{imported:?}");
    assert_eq!(imported.rows[0]["line"], "3");
}

#[test]
fn a_file_without_headings_is_read_by_the_jobs_and_goes_round() {
    let site =
        site("headings = ['ref', 'user_id', 'room_name', 'start_time', 'duration', 'moderators', 'participants', '']");
    let year = years::coming();
    let text = format!(
        "A1,u00001,Algebra,{year}-02-01 09:00,60,1,30,hall\nA2,u00001,PE,{year}-02-01 11:00,60,1,30,gym\nA3,u00001,Music,{year}-02-01 12:00,60,1,30,\n"
    );
    site.script("[[fault]]\nmatch = 'POST /meetings'\nkind = 'error_code'\ncode = 1617\nfirst = 1");
    let imported = site.import_text("a.csv", &text);
    let mut statuses = imported.statuses();
    statuses.sort_unstable();
    assert_eq!(statuses, ["created", "failed", "invalid"], "{imported:?}");
    assert_eq!(imported.rows.iter().map(|row| &*row["line"]).collect::<Vec<_>>(), ["1", "2", "3"]);
    assert_eq!((&*imported.rows[1]["room_name"], &*imported.rows[1]["ref"]), ("PE", "A2"));
    // The failed row is done again as it is, with the line that it had.
    let again = Imported::of(&site.run(&["retry", "--json", imported.run_id()]));
    assert_eq!(again.rows.iter().filter(|row| row["status"] == "created").count(), 1, "{again:?}");
    assert!(
        again
            .rows
            .iter()
            .all(|row| imported.rows.iter().any(|old| old["line"] == row["line"] && old["ref"] == row["ref"]))
    );
    // The retry file, which has headings, is corrected and handed in; the results file comes back unchanged.
    let retry = std::fs::read_to_string(again.file("retry")).unwrap();
    assert_eq!(site.import_text("b.csv", &retry.replace(",PE,", ",Physical Education,")).statuses(), ["created"]);
    let results = std::fs::read_to_string(imported.file("results")).unwrap().replace(",PE,", ",Physical Education,");
    let (writes, back) = site.writes_of(|| site.import_text("c.csv", &results));
    assert_eq!((writes, back.statuses()), (Writes::NONE, vec!["unchanged"; 3]), "{back:?}");
    // A file of that job that has the headings after all is read by them.
    let headed = format!(
        "ref,user_id,room_name,start_time,duration,moderators,participants\nA1,u00001,Algebra,{year}-02-01 09:00,60,1,30\n"
    );
    assert_eq!(site.import_text("d.csv", &headed).statuses(), ["unchanged"]);
}
