//! Lengths and ends as people write them: read where they leave no doubt, and told where they do.

use super::years;
use crate::importing::{Imported, import_rows, job, new_site};
use crate::site::{Site, Writes};

fn site(keys: &str) -> Site {
    let site = new_site();
    site.configure(&job(keys));
    site
}

/// Imports rows with these cells behind ref, user and title, under these headings.
fn import(site: &Site, name: &str, headings: &str, rows: &[&str]) -> Imported {
    import_rows(site, name, ["moderators,participants", "1,30"], headings, rows)
}

/// The meetings on the server: title, start and minutes, in the order of the file.
fn meetings(site: &Site) -> Vec<(String, u32)> {
    let year = years::coming().to_string();
    let mut all: Vec<_> = site.meetings();
    all.sort_by(|one, other| one.room_name.cmp(&other.room_name));
    all.iter().map(|meeting| (meeting.start_time.replace(&year, "YYYY"), meeting.duration)).collect()
}

fn minutes(site: &Site) -> Vec<u32> {
    meetings(site).into_iter().map(|(_, minutes)| minutes).collect()
}

#[test]
fn an_end_stands_for_a_length() {
    let site = site("columns = { end_time = ['End Date', 'End Time'] }");
    let imported = import(
        &site,
        "a.csv",
        "start_time,End Date,End Time,timezone",
        &[
            "YYYY-02-01 09:00,YYYY-02-01,10:30,",
            "YYYY-02-02 09:00,,9:45,",
            "YYYY-02-03 22:00,YYYY-02-04,00:30,",
            "YYYY-02-04 22:00,,24:00,",
            // Across the clock change of spring, an hour is missing; across that of autumn, one is there twice.
            "YYYY-03-28 01:00,YYYY-03-28,04:00,Europe/Berlin",
            "YYYY-10-31 01:00,YYYY-10-31,04:00,Europe/Berlin",
        ],
    );
    assert_eq!(imported.statuses(), ["created"; 6], "{imported:?}");
    assert_eq!(minutes(&site), [90, 45, 150, 120, 120, 240]);
}

#[test]
fn an_end_that_does_not_fit_is_told_and_nothing_is_guessed() {
    let site = site("");
    let (writes, imported) = site.writes_of(|| {
        import(
            &site,
            "a.csv",
            "start_time,end_time,duration,timezone",
            &[
                "YYYY-02-01 22:00,00:30,,",
                "YYYY-02-01 09:00,09:00,,",
                "YYYY-02-01 09:00,09:05,,",
                "YYYY-02-01 09:00,10:30,60,",
                ",10:30,,",
                "YYYY-02-01 09:00,soon,,",
                "YYYY-02-01T09:00+01:00,10:30,,",
                "YYYY-02-01 09:00,1:30 PM,,",
                "YYYY-03-28 01:00,02:30,,Europe/Berlin",
                "YYYY-02-01 09:00,YYYY-02-01 10:00:30,,",
            ],
        )
    });
    assert_eq!((writes, imported.statuses()), (Writes::NONE, vec!["invalid"; 10]), "{imported:?}");
    for (row, code, words) in [
        (0, "1634", "the end `00:30` is not after the start"),
        (0, "1634", "if the meeting ends on another day, write the end with its date"),
        (1, "1634", "is not after the start"),
        (2, "1632", "is shorter than 10 minutes"),
        (3, "1634", "two lengths: 60 minutes, and 90 minutes up to the end `10:30`"),
        (4, "1603", "tells no length without a start"),
        (5, "1634", "the end `soon` is not a date and time"),
        (6, "1634", "write the end with its date and offset"),
        (7, "1634", "only one says AM or PM"),
        (8, "1634", "the end `02:30` does not exist in Europe/Berlin"),
        (9, "1634", "no whole number of minutes"),
    ] {
        let row = &imported.rows[row];
        assert!(row["error"].contains(words) && row["code"] == code, "{words}: {row:?}");
    }
    // The retry file has the same columns, and is read when it is corrected.
    let retry = std::fs::read_to_string(imported.file("retry")).unwrap();
    let year = years::coming();
    let right = retry.replacen(",00:30,,", &format!(",{year}-02-02 00:30,,"), 1).replace(",10:30,60,", ",10:30,90,");
    let again = site.import_text("b.csv", &right);
    assert_eq!(again.statuses().iter().filter(|status| **status == "created").count(), 2, "{again:?}");
    assert_eq!(minutes(&site), [150, 90]);
}

#[test]
fn a_start_and_an_end_stand_in_one_cell() {
    let site = site("columns = { start_time = ['Day', 'Time'] }\ndate_formats = '%d.%m.%Y %H:%M'");
    let rows = [
        "01.02.YYYY,08:00 - 09:30",
        "02.02.YYYY,08:00–08:45",
        "03.02.YYYY,8:00 bis 9:00 Uhr",
        "YYYY-02-04,13:00-14:30",
        "YYYY-02-05,08:00-09:30",
    ];
    let imported = import(&site, "a.csv", "Day,Time", &rows);
    assert_eq!(imported.statuses(), ["created"; 5], "{imported:?}");
    assert_eq!(minutes(&site), [90, 45, 60, 90, 90]);
    assert_eq!(meetings(&site)[4].0, "YYYY-02-05 07:00:00");
    // The same file again changes nothing.
    assert_eq!(import(&site, "b.csv", "Day,Time", &rows).statuses(), ["unchanged"; 5]);
}

#[test]
fn a_dash_that_may_be_an_offset_is_not_guessed() {
    let site = site("defaults = { duration = 60 }");
    let imported = import(
        &site,
        "a.csv",
        "start_time",
        &[
            "YYYY-02-01 08:00-09:30",
            "YYYY-02-01T08:00-09:30",
            "YYYY-02-01 08:00:00-09:30",
            "YYYY-02-01 09:00-05:00",
            "YYYY-02-01 08:00 - 09:30",
        ],
    );
    assert_eq!(imported.statuses(), ["invalid", "created", "created", "created", "created"], "{imported:?}");
    let words = "may go from 08:00 to 09:30, or begin at 08:00 with the offset -09:30 from Greenwich";
    assert!(imported.rows[0]["error"].contains(words), "{imported:?}");
    assert_eq!(minutes(&site), [60, 60, 60, 90]);
    assert_eq!(meetings(&site)[0].0, "YYYY-02-01 17:30:00");
}

#[test]
fn lengths_are_read_in_many_forms_and_in_the_unit_that_the_job_says() {
    let plain = site("");
    let rows = ["1:30", "90 min", "1h30m", "1 Std. 30 Min.", "90", "0130", "12:00", "\"1,5\""];
    let rows = rows.map(|length| format!("YYYY-02-01 09:00,{length}"));
    let imported = import(&plain, "a.csv", "start_time,duration", &rows.each_ref().map(String::as_str));
    let expected = ["created", "created", "created", "created", "created", "invalid", "invalid", "invalid"];
    assert_eq!(imported.statuses(), expected, "{imported:?}");
    assert_eq!(minutes(&plain), [90; 5]);
    for (row, words) in [
        (5, "the duration `0130` may be 2h10m or 1h30m; write 2h10m or 1h30m"),
        (6, "the duration `12:00` may be 12h or 12m"),
        (7, "duration_unit = \"hours\""),
    ] {
        assert!(imported.rows[row]["error"].contains(words) && imported.rows[row]["code"] == "1634", "{imported:?}");
    }
    let hours = site("duration_unit = 'hours'");
    let rows = ["YYYY-02-01 09:00,\"1,5\"", "YYYY-02-02 09:00,2", "YYYY-02-03 09:00,0.75"];
    assert_eq!(import(&hours, "a.csv", "start_time,duration", &rows).statuses(), ["created"; 3]);
    assert_eq!(minutes(&hours), [90, 120, 45]);
    let packed = site("duration_unit = 'hhmm'");
    let rows = ["YYYY-02-01 09:00,0130", "YYYY-02-02 09:00,130", "YYYY-02-03 09:00,45", "YYYY-02-04 09:00,90"];
    let imported = import(&packed, "a.csv", "start_time,duration", &rows);
    assert_eq!(imported.statuses(), ["created", "created", "created", "invalid"]);
    assert_eq!(minutes(&packed), [90, 90, 45]);
    let two = site("columns = { duration = ['Hours', 'Minutes'] }");
    let rows = ["YYYY-02-01 09:00,1,30", "YYYY-02-02 09:00,,45", "YYYY-02-03 09:00,2,"];
    assert_eq!(import(&two, "a.csv", "start_time,Hours,Minutes", &rows).statuses(), ["created"; 3]);
    assert_eq!(minutes(&two), [90, 45, 120]);
}

#[test]
fn one_length_with_minutes_behind_the_dot_makes_the_others_doubtful_also_in_a_retry_file() {
    let site = site("duration_unit = 'hours'");
    let rows = ["YYYY-02-01 09:00,1.50", "YYYY-02-02 09:00,1.30", "YYYY-02-03 09:00,2"];
    let imported = import(&site, "a.csv", "start_time,duration", &rows);
    assert_eq!(imported.statuses(), ["invalid", "invalid", "created"], "{imported:?}");
    let words = "the duration `1.50` may be 1h30m or 1h50m, since line 3 has `1.30`; write 1h30m or 1h50m";
    assert!(imported.rows[0]["error"].contains(words), "{imported:?}");
    let retry = std::fs::read_to_string(imported.file("retry")).unwrap();
    let again = site.import_text("b.csv", &retry.replace(",1.30", ",1h30m"));
    assert_eq!(again.statuses(), ["invalid", "created"], "{again:?}");
    let retry = std::fs::read_to_string(again.file("retry")).unwrap();
    assert_eq!(site.import_text("c.csv", &retry.replace(",1.50", ",1:50")).statuses(), ["created"]);
    assert_eq!(minutes(&site), [110, 90, 120]);
}

#[test]
fn a_meeting_is_found_by_its_start_and_end() {
    let site = site("");
    let rows = ["YYYY-02-01 09:00,10:30"];
    assert_eq!(import(&site, "a.csv", "start_time,end_time", &rows).statuses(), ["created"]);
    let year = years::coming();
    let text =
        format!("action,user_id,room_name,start_time,end_time\ncancel,u00001,Algebra 1,{year}-02-01 09:00,10:30\n");
    assert_eq!(site.import_text("b.csv", &text).statuses(), ["cancelled"]);
}
