//! Dates are never guessed: what can be read in two ways is read by what the other cells show, or not at all.

use super::years;
use crate::importing::{Imported, job, new_site};
use crate::site::{Site, Writes};

const BOTH: &str = "date_formats = ['%d/%m/%Y %H:%M', '%m/%d/%Y %H:%M']";

/// Imports rows that have only these starts of their own.
fn import(site: &Site, name: &str, starts: &[&str]) -> Imported {
    let year = years::coming().to_string();
    let rows = starts.iter().enumerate().map(|(at, start)| {
        let start = start.replace("YYYY", &year).replace("YY", &year[2..]);
        format!("A{at},u00001,Algebra,{start},60,1,30\n")
    });
    let headings = "ref,user_id,room_name,start_time,duration,moderators,participants";
    site.import_text(name, &format!("{headings}\n{}", rows.collect::<String>()))
}

/// The starts on the server, in Berlin's winter, sorted.
fn starts(site: &Site) -> Vec<String> {
    let year = years::coming().to_string();
    let mut starts: Vec<_> = site.meetings().iter().map(|meeting| meeting.start_time.replace(&year, "YYYY")).collect();
    starts.sort();
    starts
}

fn site(keys: &str) -> Site {
    let site = new_site();
    site.configure(&job(keys));
    site
}

#[test]
fn a_column_that_could_be_in_either_order_is_read_in_none() {
    let site = site(BOTH);
    let (writes, imported) =
        site.writes_of(|| import(&site, "a.csv", &["03/02/YYYY 09:00", "04/02/YYYY 09:00", "03/02/YYYY 10:00"]));
    assert_eq!((writes, imported.statuses()), (Writes::NONE, vec!["invalid"; 3]), "{imported:?}");
    let year = years::coming();
    for words in [
        format!("may be {year}-02-03 09:00 or {year}-03-02 09:00"),
        "by `%d/%m/%Y %H:%M` or by `%m/%d/%Y %H:%M`".to_owned(),
        "no other cell of the column tells which".to_owned(),
    ] {
        assert!(imported.rows[0]["error"].contains(&words), "{words}: {imported:?}");
    }
    assert!(imported.rows.iter().all(|row| row["code"] == "1602"), "{imported:?}");
}

#[test]
fn a_cell_that_only_one_order_reads_tells_how_the_others_are_meant() {
    let site = site(BOTH);
    let imported = import(&site, "a.csv", &["03/02/YYYY 09:00", "02/02/YYYY 09:00", "13/02/YYYY 09:00"]);
    assert_eq!(imported.statuses(), ["created"; 3], "{imported:?}");
    assert_eq!(starts(&site), ["YYYY-02-02 08:00:00", "YYYY-02-03 08:00:00", "YYYY-02-13 08:00:00"]);
}

#[test]
fn a_column_that_has_both_orders_says_where() {
    let site = site(BOTH);
    let imported = import(
        &site,
        "a.csv",
        &["03/02/YYYY 09:00", "02/02/YYYY 09:00", "13/02/YYYY 09:00", "02/14/YYYY 09:00", "99/02/YYYY 09:00"],
    );
    assert_eq!(imported.statuses(), ["invalid", "created", "created", "created", "invalid"], "{imported:?}");
    let year = years::coming();
    let error = &imported.rows[0]["error"];
    let words = format!("the column has either: line 4 has `13/02/{year} 09:00` and line 5 has `02/14/{year} 09:00`");
    assert!(error.contains(&words), "{error}");
}

#[test]
fn a_cell_in_another_order_than_the_job_says_makes_the_column_doubtful() {
    let site = site("date_formats = '%d.%m.%Y %H:%M'");
    let imported = import(
        &site,
        "a.csv",
        &["03.02.YYYY 09:00", "02.02.YYYY 09:00", "14.02.YYYY 09:00", "2.13.YYYY 09:00", "YYYY-02-15 09:00"],
    );
    assert_eq!(imported.statuses(), ["invalid", "created", "created", "invalid", "created"], "{imported:?}");
    let (first, proof) = (&imported.rows[0]["error"], &imported.rows[3]["error"]);
    let year = years::coming();
    let words = format!("may be {year}-02-03 09:00 or {year}-03-02 09:00: line 5 has `2.13.{year} 09:00`");
    assert!(first.contains(&words), "{first}");
    assert!(proof.contains("could only be read as `%m.%d.%Y %H:%M`"), "{proof}");
    assert!(imported.rows[0]["code"] == "1602" && imported.rows[3]["code"] == "1602", "{imported:?}");
    assert_eq!(import(&site, "b.csv", &["03.02.YYYY 09:00"]).statuses(), ["created"]);
}

#[test]
fn a_date_that_could_only_have_the_year_first_shows_that_too() {
    let site = site("date_formats = '%d.%m.%y %H:%M'");
    let imported = import(
        &site,
        "a.csv",
        &[
            "01.02.YY 09:00",
            "13.02.YY 09:00",
            "99.12.31 09:00",
            "31.12.99 09:00",
            "YYYY-02-15 09:00",
            "03.02.YYYY 09:00",
        ],
    );
    assert_eq!(imported.statuses(), ["invalid", "invalid", "invalid", "created", "created", "invalid"], "{imported:?}");
    let (doubtful, proof) = (&imported.rows[0]["error"], &imported.rows[2]["error"]);
    let year = years::coming();
    let words = format!("may be {year}-02-01 09:00 or 2001-02-{} 09:00: line 4 has `99.12.31 09:00`", year % 100);
    assert!(doubtful.contains(&words), "{doubtful}");
    assert!(doubtful.contains("can only be read as year, month, day"), "{doubtful}");
    assert!(proof.contains("could only be read as `%y.%m.%d %H:%M`"), "{proof}");
    assert!(imported.rows.iter().all(|row| row["code"] == "1602" || row["status"] == "created"), "{imported:?}");
    // Once that line is right, all is.
    let rows = ["01.02.YY 09:00", "13.02.YY 09:00", "31.12.98 09:00"];
    assert_eq!(import(&site, "b.csv", &rows).statuses(), ["created", "created", "created"]);
}

#[test]
fn a_plain_date_that_could_only_have_the_day_before_the_month_shows_that_too() {
    let year = years::coming();
    for keys in ["", "date_formats = '%d.%m.%Y %H:%M'", "date_formats = '%d/%m/%y %H:%M'"] {
        for (mark, other) in [("-", "/"), ("/", "-")] {
            let site = site(keys);
            let rows = ["02-03 09:00", "13-02 09:00", "02-02 10:00:00", "3-5 9:00 AM"];
            let mut rows: Vec<_> = rows.iter().map(|date| format!("YYYY-{date}").replace('-', mark)).collect();
            rows.push(format!("YYYY{other}04{other}05 09:00"));
            rows.push("YYYY0405T1000".to_owned());
            let rows: Vec<_> = rows.iter().map(String::as_str).collect();
            let imported = import(&site, "a.csv", &rows);
            let expected = ["invalid", "invalid", "created", "invalid", "created", "created"];
            assert_eq!(imported.statuses(), expected, "{keys} {mark} {imported:?}");
            let error = &imported.rows[0]["error"];
            let proof =
                format!("line 3 has `{year}{mark}13{mark}02 09:00`, which can only be read as year, day, month");
            let plainly =
                format!("write this one as {year}{other}02{other}03 09:00 or as {year}{other}03{other}02 09:00");
            assert!(error.contains(&proof) && error.contains(&plainly), "{error}");
            let row = &imported.rows[1];
            assert!(row["error"].contains(&format!("`%Y{mark}%d{mark}%m %H:%M`")) && row["code"] == "1602", "{row:?}");
            // A retry file does not forget it.
            let retry = std::fs::read_to_string(imported.file("retry")).unwrap();
            let right =
                retry.replace(&format!(",{year}{mark}13{mark}02 09:00"), &format!(",{year}{mark}02{mark}13 09:00"));
            assert_ne!(retry, right);
            let again = site.import_text("b.csv", &right);
            assert_eq!(again.statuses(), ["invalid", "created", "invalid"], "{again:?}");
        }
    }
}

#[test]
fn a_retry_file_carries_on_what_the_first_file_has_shown() {
    // The first row is the first to arrive.
    let site = Site::builder().api("max_in_flight = 1").reporting().build(&job(BOTH));
    site.script("[[fault]]\nmatch = 'POST /meetings'\nkind = 'error_code'\ncode = 1617\nfirst = 1");
    let imported = import(&site, "a.csv", &["03/02/YYYY 09:00", "13/02/YYYY 09:00"]);
    assert_eq!(imported.statuses(), ["failed", "created"], "{imported:?}");
    // As another name, so that nothing but the file itself tells.
    std::fs::copy(imported.file("retry"), site.path("again.csv")).unwrap();
    let again = site.import("again.csv");
    assert_eq!(again.statuses(), ["created"], "{again:?}");
    assert_eq!(starts(&site), ["YYYY-02-03 08:00:00", "YYYY-02-13 08:00:00"]);
    assert!(!again.row().contains_key("date_order"), "{again:?}");
}

#[test]
fn a_retry_file_does_not_forget_that_its_dates_are_in_doubt() {
    let site = site("date_formats = '%d.%m.%Y %H:%M'");
    let imported = import(&site, "a.csv", &["03.02.YYYY 09:00", "2.13.YYYY 09:00", "14.02.YYYY 09:00"]);
    assert_eq!(imported.statuses(), ["invalid", "invalid", "created"], "{imported:?}");
    let year = years::coming();
    let retry = std::fs::read_to_string(imported.file("retry")).unwrap();
    let corrected = retry.replace(&format!(",2.13.{year} 09:00"), &format!(",13.02.{year} 09:00"));
    assert_ne!(retry, corrected);
    let mut text = corrected.clone();
    for name in ["b.csv", "c.csv"] {
        let again = site.import_text(name, &text);
        assert_eq!(again.rows[0]["status"], "invalid", "{again:?}");
        let error = &again.rows[0]["error"];
        assert!(error.contains(&format!("line 3 of the file before has `2.13.{year} 09:00`")), "{error}");
        assert!(error.contains(&format!("write this one as {year}-02-03 09:00 or as {year}-03-02 09:00")), "{error}");
        assert!(error.contains("or empty the column date_order"), "{error}");
        text = std::fs::read_to_string(again.file("retry")).unwrap();
    }
    // A person says that all is in order now.
    let said = corrected.replace(&format!("\"M.D.Y, not D.M.Y: line 3 has 2.13.{year} 09:00\""), "");
    assert_ne!(said, corrected);
    assert_eq!(site.import_text("d.csv", &said).statuses(), ["created", "unchanged"]);
}

#[test]
fn a_year_of_two_digits_shows_the_order_too() {
    let site = site("date_formats = '%d/%m/%Y %H:%M'");
    let imported = import(&site, "a.csv", &["03/02/YYYY 09:00", "2/13/YY 09:00"]);
    assert_eq!(imported.statuses(), ["invalid"; 2], "{imported:?}");
    let words = format!("line 3 has `2/13/{} 09:00`", years::coming() % 100);
    assert!(imported.rows[0]["error"].contains(&words), "{imported:?}");
}

#[test]
fn iso_and_a_format_are_held_against_each_other() {
    let site = site("date_formats = '%Y-%d-%m %H:%M'");
    let imported = import(&site, "a.csv", &["YYYY-02-03 09:00"]);
    assert_eq!((imported.statuses(), &*imported.row()["code"]), (vec!["invalid"], "1602"), "{imported:?}");
    let year = years::coming();
    let words = format!("write it as {year}/02/03 09:00 or as {year}/03/02 09:00");
    assert!(imported.row()["error"].contains(&words), "{imported:?}");
    let imported = import(&site, "b.csv", &["YYYY-02-03 09:00", "YYYY-02-15T09:00:00+01:00"]);
    assert_eq!(imported.statuses(), ["created"; 2], "{imported:?}");
    assert_eq!(starts(&site), ["YYYY-02-03 08:00:00", "YYYY-02-15 08:00:00"]);
    assert_eq!(import(&site, "c.csv", &["YYYY/03/05 09:00"]).statuses(), ["updated"]);
    assert_eq!(starts(&site), ["YYYY-02-15 08:00:00", "YYYY-03-05 08:00:00"]);
}

#[test]
fn a_year_has_the_digits_that_its_format_says() {
    let told = site("date_formats = '%d.%m.%Y %H:%M'");
    let imported = import(&told, "a.csv", &["01.02.YY 09:00"]);
    assert_eq!(&*imported.row()["code"], "1602");
    let error = &imported.row()["error"];
    assert!(error.contains("four digits that %Y in the format `%d.%m.%Y %H:%M`"), "{error}");
    assert!(!error.contains("passed"), "{error}");
    let site = site("date_formats = '%d.%m.%y %H:%M'");
    assert_eq!(import(&site, "a.csv", &["01.02.YY 09:00", "01.02.99 09:00"]).statuses(), ["created"; 2]);
    assert_eq!(starts(&site), ["2099-02-01 08:00:00", "YYYY-02-01 08:00:00"]);
}

#[test]
fn what_programs_write_is_read_without_a_format() {
    let site = site("date_formats = '%d.%m.%Y %H:%M'");
    let imported = import(
        &site,
        "a.csv",
        &[
            "YYYY/02/01 09:00",
            "YYYY/02/02 09:00:00",
            "YYYY/2/3 9:00",
            "04.02.YYYY 09:00:00",
            "YYYY-02-05 14:00 PM",
            "06.02.YYYY 09:00:00 AM",
            "YYYY-02-07 02:00 PM",
            "08.02.YYYY 14:00 AM",
            "09.02.YYYY 14:00:30",
        ],
    );
    let expected = ["created", "created", "created", "created", "created", "created", "invalid", "invalid", "invalid"];
    assert_eq!(imported.statuses(), expected, "{imported:?}");
    let expected = (1..=6).map(|day| format!("YYYY-02-0{day} {}:00:00", if day == 5 { "13" } else { "08" }));
    assert_eq!(starts(&site), expected.collect::<Vec<_>>());
}

#[test]
fn rows_that_are_repeated_are_read_as_in_their_file() {
    let site = site(BOTH);
    let proof = "13/02/YYYY 09:00";
    assert_eq!(import(&site, "a.csv", &[proof]).statuses(), ["created"]);
    site.script("[[fault]]\nmatch = 'POST /meetings'\nkind = 'error_code'\ncode = 1617\nfirst = 1");
    let imported = import(&site, "b.csv", &[proof, "03/02/YYYY 09:00"]);
    assert_eq!(imported.statuses(), ["unchanged", "failed"], "{imported:?}");
    let again = Imported::of(&site.run(&["retry", "--json", imported.run_id()]));
    assert_eq!(again.statuses(), ["created"], "{again:?}");
    assert_eq!(starts(&site), ["YYYY-02-03 08:00:00", "YYYY-02-13 08:00:00"]);
}
