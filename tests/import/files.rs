//! The sample files, as people really make them.

use std::collections::BTreeMap;

use super::years;
use crate::importing::{Imported, job, new_site};
use crate::site::Site;

/// Every row made a meeting, and the results name the server's ids.
fn assert_all_created(site: &Site, imported: &Imported, rows: usize) {
    assert_eq!((imported.code, imported.rows.len()), (0, rows), "{imported:?}");
    assert_eq!(imported.run["outcome"], "succeeded");
    let meetings: BTreeMap<_, _> =
        site.meetings().into_iter().map(|meeting| (meeting.meeting_id.clone(), meeting)).collect();
    assert_eq!(meetings.len(), rows);
    for row in &imported.rows {
        assert_eq!(row["status"], "created", "{row:?}");
        let meeting = &meetings[&row["meeting_id"]];
        assert_eq!((&row["room_id"], &row["mpin"], &row["ppin"]), (&meeting.room_id, &meeting.mpin, &meeting.ppin));
        assert_eq!((row["attempts"].as_str(), row["code"].as_str(), row["error"].as_str()), ("1", "", ""));
        assert!(row["direct_url"].starts_with("http"), "{row:?}");
    }
    let ids: std::collections::BTreeSet<_> = imported.rows.iter().map(|row| &row["meeting_id"]).collect();
    assert_eq!(ids.len(), rows);
}

#[test]
fn a_plain_timetable_makes_a_meeting_of_each_row() {
    let site = new_site();
    site.write_fixture("timetable-plain.csv");
    let imported = site.import("timetable-plain.csv");
    assert_all_created(&site, &imported, 120);
    let row = &imported.rows[0];
    assert_eq!((row["ref"].as_str(), row["desc"].as_str()), ("TT-0001", "Week 1; bring\nyour notes"));
    let meeting = site.meetings().into_iter().find(|meeting| meeting.meeting_id == row["meeting_id"]).unwrap();
    assert_eq!(meeting.start_time, format!("{}-02-01 08:00:00", years::coming()));
    assert_eq!((meeting.zone_name, meeting.duration, meeting.wait_for_moderator), (Some("Europe/Berlin"), 90, false));
    assert_eq!(imported.run["job"], "import");
}

#[test]
fn a_german_excels_file_with_its_own_headings_keeps_its_other_columns() {
    let site = new_site();
    site.configure(&job("columns = { room_name = 'Title', start_time = 'Begin' }"));
    site.write_fixture("timetable-excel-de.csv");
    let imported = site.import("timetable-excel-de.csv");
    assert_all_created(&site, &imported, 20);
    assert_eq!(imported.rows[6]["Title"], "数学演習 1");
    assert_eq!(imported.rows[6]["Raum (intern)"], "H 2.06");
    assert_eq!(imported.run["job"], "timetable");
}

#[test]
fn a_file_saved_again_by_a_german_excel_is_read_with_its_dates_and_yes_and_no() {
    let site = new_site();
    site.configure(&job("columns = { room_name = 'Title', start_time = ['Day', 'Begin'], duration = 'Dauer' }\n\
         date_formats = ['%d.%m.%Y %H:%M']"));
    site.write_fixture("timetable-excel-saved.csv");
    let imported = site.import("timetable-excel-saved.csv");
    assert_all_created(&site, &imported, 15);
    let year = years::coming();
    let meetings = site.meetings();
    let second = meetings.iter().find(|meeting| meeting.room_name == "Kurs für Anfänger 2").unwrap();
    assert_eq!((&second.start_time, second.wait_for_moderator), (&format!("{year}-02-02 08:15:00"), true));
}

#[test]
fn zones_come_from_the_row_else_from_the_defaults_else_from_the_job() {
    let site = new_site();
    let year = years::coming();
    let zones = site.ask("GET", "/timezones", &serde_json::Value::Null);
    let tokyo = zones["timezones"].as_array().unwrap().iter().find(|zone| zone["zone_name"] == "Asia/Tokyo").unwrap();
    let tokyo = tokyo["timezone_id"].as_str().unwrap();
    let headings = "user_id,room_name,start_time,timezone,timezone_id,duration,moderators,participants";
    let rows = [
        format!("u00001,By name,{year}-02-01 09:00,America/New_York,,60,1,30"),
        format!("u00001,By id,{year}-02-01 09:00,,{tokyo},60,1,30"),
        format!("u00001,By job,{year}-02-01 09:00,,,60,1,30"),
        format!("u00001,By offset,{year}-02-01T09:00:00-03:00,Asia/Tokyo,,60,1,30"),
        format!("u00001,No such id,{year}-02-01 09:00,,nowhere,60,1,30"),
    ];
    let text = format!("{headings}\n{}\n", rows.join("\n"));
    let starts = |site: &Site| {
        let starts = site.meetings().into_iter().map(|meeting| {
            (meeting.room_name, (meeting.start_time[11..16].to_owned(), meeting.zone_name.unwrap_or_default()))
        });
        starts.collect::<BTreeMap<_, _>>()
    };
    let imported = site.import_text("zones.csv", &text);
    assert_eq!((imported.code, imported.rows[4]["code"].as_str()), (3, "1684"), "{imported:?}");
    let told = starts(&site);
    let at = |title: &str| (told[title].0.as_str(), told[title].1);
    assert_eq!(at("By name"), ("14:00", "America/New_York"));
    assert_eq!(at("By id"), ("00:00", "Asia/Tokyo"));
    assert_eq!(at("By job"), ("08:00", "Europe/Berlin"));
    assert_eq!(at("By offset"), ("12:00", "Asia/Tokyo"));

    for default in ["timezone = 'Asia/Tokyo'".to_owned(), format!("timezone_id = '{tokyo}'")] {
        let site = new_site();
        site.configure(&job(&format!("defaults = {{ {default} }}")));
        site.import_text("zones.csv", &text);
        assert_eq!(starts(&site)["By job"], ("00:00".to_owned(), "Asia/Tokyo"), "{default}");
        assert_eq!(starts(&site)["By name"], ("14:00".to_owned(), "America/New_York"), "{default}");
    }
}

#[test]
fn utf_16_and_windows_1252_files_are_read_as_they_come() {
    for (name, rows) in [("timetable-utf16.txt.csv", 10), ("timetable-cp1252.csv", 11)] {
        let site = new_site();
        site.write_fixture(name);
        let imported = site.import(name);
        assert_all_created(&site, &imported, rows);
        let titles: Vec<_> = imported.rows.iter().map(|row| row["room_name"].as_str()).collect();
        assert!(titles.contains(&"Français avancé 1") && titles.contains(&"Übungsgruppe Statik 1"), "{titles:?}");
    }
}

#[test]
fn each_mistake_has_its_code_and_a_reason_and_what_is_right_goes_ahead() {
    const RIGHT: [&str; 6] = ["ok", "offset-fold", "h-m", "twin", "formula", "html"];
    let site = new_site();
    site.write_fixture("timetable-mistakes.csv");
    let imported = site.import("timetable-mistakes.csv");
    assert_eq!((imported.code, imported.run["outcome"].as_str()), (3, Some("partial")), "{imported:?}");
    let told: Vec<_> =
        imported.rows.iter().map(|row| (row["ref"].as_str(), row["status"].as_str(), row["code"].as_str())).collect();
    assert_eq!(
        told,
        [
            ("ok", "created", ""),
            ("title-short", "invalid", "1612"),
            ("title-long", "invalid", "1613"),
            ("no-title", "invalid", "1611"),
            ("past", "invalid", "1601"),
            ("no-start", "invalid", "1603"),
            ("guess", "invalid", "1602"),
            ("gap", "invalid", "1602"),
            ("fold", "invalid", "1602"),
            ("offset-fold", "created", ""),
            ("zone", "invalid", "1684"),
            ("short", "invalid", "1632"),
            ("duration", "invalid", "1634"),
            ("h-m", "created", ""),
            ("no-mod", "invalid", "1642"),
            ("neg", "invalid", "1652"),
            ("twin", "created", ""),
            ("twin", "invalid", ""),
            ("formula", "created", ""),
            ("crlf", "invalid", ""),
            ("html", "created", ""),
        ]
    );
    for row in &imported.rows {
        assert_eq!(row["error"].is_empty(), row["status"] == "created", "{row:?}");
    }
    let of = |reference: &str| imported.rows.iter().rfind(|row| row["ref"] == reference).unwrap();
    assert!(of("twin")["error"].contains("line 18"), "{:?}", of("twin"));
    assert!(of("gap")["error"].contains("Europe/Berlin"), "{:?}", of("gap"));
    assert!(of("fold")["error"].contains("+02:00") && of("fold")["error"].contains("+01:00"), "{:?}", of("fold"));
    assert_eq!(of("formula")["room_name"], "'=SUM(A1:A9)");

    let titles: Vec<_> = site.meetings().into_iter().map(|meeting| meeting.room_name).collect();
    assert_eq!(titles.len(), RIGHT.len());
    assert!(titles.contains(&"=SUM(A1:A9)".to_owned()), "{titles:?}");
    let shown = site.run(&["show", "--problems", imported.run_id()]);
    assert!(shown.out.contains("line 21  invalid  Header Bcc: x@example.org\n"), "{shown:?}");
    let retry = crate::importing::read(imported.file("retry"));
    assert_eq!(retry.len(), imported.rows.len() - RIGHT.len());
    assert!(retry.iter().all(|row| row["status"] == "invalid" && !row["error"].is_empty()));
}
