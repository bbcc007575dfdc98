//! An export goes on rightly where a meeting, the selection or the file changes after it, or where it is asked for anew.

use serde_json::{Value, json};

use crate::exporting::{count, ids, job, with_past};
use crate::site::{Site, names};

/// The id of the meeting that was over last.
fn newest(site: &Site) -> String {
    site.meetings().into_iter().max_by_key(|meeting| meeting.start_time.clone()).unwrap().meeting_id
}

#[test]
fn a_change_is_a_new_line_with_the_next_revision_and_no_change_is_none() {
    let site = with_past(20);
    site.export();
    let id = newest(&site);
    for (n, name) in ["=Renamed", "Renamed again"].into_iter().enumerate() {
        site.edit(&id, &json!({ "room_name": name }));
        let run = site.export();
        assert_eq!(count(&run, "exported"), 1, "{n}: {run}");
        assert_eq!(count(&site.export(), "exported"), 0);
    }
    let rows = site.rows("exports/all.csv");
    let of_it: Vec<_> = rows.iter().filter(|row| row["meeting_id"] == id).collect();
    let told: Vec<_> = of_it.iter().map(|row| (row["revision"].as_str(), row["room_name"].as_str())).collect();
    assert_eq!(told[1..], [("2", "'=Renamed"), ("3", "Renamed again")]);
    assert_eq!((rows.len(), ids(&rows).len()), (22, 20));
}

#[test]
fn anew_everything_goes_into_a_file_of_its_own_and_the_other_goes_on() {
    let site = with_past(20);
    site.export();
    site.sandbox.add_meetings(1, 0);
    assert_eq!(count(&site.export_with(&["--again"]), "exported"), 21);
    assert_eq!(count(&site.export_with(&["--again"]), "exported"), 21);
    assert_eq!(count(&site.export(), "exported"), 1);
    assert_eq!(names(&site.path("exports")), ["all-again-2.csv", "all-again.csv", "all.csv"]);
    for name in ["exports/all-again-2.csv", "exports/all-again.csv", "exports/all.csv"] {
        assert_eq!(ids(&site.rows(name)), site.ids(), "{name}");
    }
}

#[test]
fn only_the_meetings_that_were_chosen_are_exported() {
    let site = with_past(200);
    site.configure(&job("exports/all.csv", "select = { room_name = 'seminar*', user_ids = ['u00001', 'u00002'] }"));
    site.export();
    let chosen = |meeting: &roomkeeper::sandbox::MeetingState| {
        meeting.room_name.starts_with("Seminar") && ["u00001", "u00002"].contains(&meeting.user_id.as_str())
    };
    let mut expected: Vec<_> = site.meetings().into_iter().filter(chosen).map(|meeting| meeting.meeting_id).collect();
    expected.sort();
    assert!(!expected.is_empty());
    assert_eq!(ids(&site.rows("exports/all.csv")), expected);

    // Another choice begins anew: what that run has seen says nothing about the others.
    site.configure(&job("exports/all.csv", ""));
    site.export();
    assert_eq!(ids(&site.rows("exports/all.csv")), site.ids());
}

#[test]
fn a_dry_run_says_what_would_be_exported_and_writes_nothing() {
    let site = with_past(5);
    let ran = site.run(&["run", "history", "--dry-run"]);
    assert_eq!((ran.code, ran.out.matches("would be exported").count()), (0, 5), "{ran:?}");
    assert!(!site.path("exports").exists() && !site.path("state").exists());
    site.export();
    let ran = site.run(&["run", "history", "--dry-run", "--json"]);
    let told = ran.json();
    assert!(told["items"].as_array().unwrap().iter().all(|item| item["would"] == "unchanged"), "{told}");
}

#[test]
fn what_became_of_each_meeting_is_told_by_show_and_by_mail() {
    let site = with_past(3);
    let run = site.export();
    let ran = site.run(&["show", run["run"].as_str().unwrap(), "--json"]);
    let told = ran.json();
    let item = &told["items"][0];
    assert_eq!((&item["status"], &item["result"]["revision"]), (&json!("exported"), &json!(1)), "{told}");
    let mails = names(&site.path("state/mail"));
    let mail = std::fs::read_to_string(site.path("state/mail").join(&mails[0])).unwrap();
    assert!(mail.contains("3 exported") && mail.contains("exports/all.csv"), "{mail}");
}

#[test]
fn a_clock_that_is_years_ahead_looks_back_from_the_time_that_is_certain() {
    const YEARS: i64 = 730 * 24 * 3600;
    let site = with_past(20);
    let export = |wall: i64| {
        site.write("clock", format!("{wall} 0\n"));
        let mut command = site.command(&["run", "history", "--json"]);
        let output = command.env("ROOMKEEPER_CLOCK", site.path("clock")).output().unwrap();
        serde_json::from_slice::<Value>(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))["run"]
            .clone()
    };
    assert_eq!(count(&export(0), "exported"), 20);
    let id = newest(&site);
    for (n, (wall, name)) in
        [(YEARS, "Renamed"), (YEARS, "Renamed again"), (0, "Renamed once more")].into_iter().enumerate()
    {
        site.edit(&id, &json!({ "room_name": name }));
        let run = export(wall);
        assert_eq!(count(&run, "exported"), 1, "{n}: {run}");
    }
    // Meetings that were over only by that clock were not read as over, and come when they are.
    site.sandbox.add_meetings(3, 0);
    assert_eq!(count(&export(0), "exported"), 3);
    assert_eq!(ids(&site.rows("exports/all.csv")), site.ids());
}
