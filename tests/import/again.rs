//! A row that is handed in again is known: the same file, a changed row, updates, cancellations, and refs that are used anew.

use serde_json::json;

use super::years;
use crate::importing::{job, new_site};
use crate::site::{Site, Writes};

const HEADINGS: &str = "ref,user_id,room_name,start_time,duration,moderators,participants";

/// A file of such rows; `@` stands for the coming year.
fn file(headings: &str, rows: &[&str]) -> String {
    let mut text = headings.to_owned();
    for row in rows {
        text += "\n";
        text += &row.replace('@', &years::coming().to_string());
    }
    text + "\n"
}

/// A site in which `A1` has made a meeting; its id too.
fn with_one() -> (Site, String) {
    let site = new_site();
    let made = site.import_text("one.csv", &file(HEADINGS, &["A1,u00001,Algebra,@-02-01 09:00,60,1,30"]));
    assert_eq!(made.row()["status"], "created", "{made:?}");
    let id = made.row()["meeting_id"].clone();
    (site, id)
}

#[test]
fn the_same_file_again_writes_nothing() {
    let site = new_site();
    site.write_fixture("timetable-plain.csv");
    let first = site.import("timetable-plain.csv");
    let (writes, second) = site.writes_of(|| site.import("timetable-plain.csv"));
    assert_eq!((writes, second.code), (Writes::NONE, 0));
    assert!(second.statuses().iter().all(|status| *status == "unchanged"), "{:?}", second.run);
    for (before, after) in first.rows.iter().zip(&second.rows) {
        assert_eq!((&before["meeting_id"], &before["room_id"]), (&after["meeting_id"], &after["room_id"]));
        assert_eq!((after["mpin"].as_str(), after["attempts"].as_str()), ("", "0"));
    }
}

#[test]
fn a_changed_row_with_the_same_ref_is_one_patch() {
    let site = new_site();
    let rows = ["A1,u00001,Algebra,@-02-01 09:00,60,1,30", "A2,u00001,Physics,@-02-02 09:00,60,1,30"];
    site.import_text("two.csv", &file(HEADINGS, &rows));
    let changed = [rows[0], "A2,u00001,Physics,@-02-02 09:00,60,1,45"];
    let (writes, imported) = site.writes_of(|| site.import_text("two.csv", &file(HEADINGS, &changed)));
    assert_eq!((writes, imported.statuses()), (Writes::patches(1), vec!["unchanged", "updated"]), "{imported:?}");
    let meetings = site.meetings();
    let physics = meetings.iter().find(|meeting| meeting.room_name == "Physics").unwrap();
    assert_eq!((physics.participants, meetings.len()), (45, 2));
    assert_eq!((&imported.rows[1]["mpin"], &imported.rows[1]["ppin"]), (&physics.mpin, &physics.ppin));
    // And that, again, is what it says now.
    let (writes, again) = site.writes_of(|| site.import("two.csv"));
    assert_eq!((writes, again.statuses()), (Writes::NONE, vec!["unchanged", "unchanged"]));
}

#[test]
fn a_row_without_ref_is_known_by_user_title_start_and_duration() {
    let site = new_site();
    let headings = "user_id,room_name,start_time,duration,moderators,participants";
    site.import_text("a.csv", &file(headings, &["u00001,Algebra,@-02-01 09:00,60,1,30"]));
    let more = file(headings, &["u00001,Algebra,@-02-01 09:00,60,1,31"]);
    let (writes, imported) = site.writes_of(|| site.import_text("a.csv", &more));
    assert_eq!((writes, imported.statuses()), (Writes::patches(1), vec!["updated"]));
    let other_title = file(headings, &["u00001,Geometry,@-02-01 09:00,60,1,31"]);
    let (writes, imported) = site.writes_of(|| site.import_text("a.csv", &other_title));
    assert_eq!((writes, imported.statuses()), (Writes::posts(1), vec!["created"]));
}

#[test]
fn a_cancellation_is_one_delete_and_once_more_it_is_nothing() {
    let (site, id) = with_one();
    let cancel = "action,ref\ncancel,A1\n";
    let (writes, imported) = site.writes_of(|| site.import_text("cancel.csv", cancel));
    assert_eq!((writes, imported.code), (Writes::deletes(1), 0), "{imported:?}");
    assert_eq!((&imported.row()["status"], &imported.row()["meeting_id"]), (&"cancelled".to_owned(), &id));
    assert!(site.meetings().is_empty());
    let (writes, imported) = site.writes_of(|| site.import("cancel.csv"));
    assert_eq!((writes, imported.row()["status"].as_str()), (Writes::NONE, "unchanged"));
}

#[test]
fn a_cancellation_finds_its_meeting_by_id_and_by_what_it_says() {
    let (site, id) = with_one();
    site.import_text("b.csv", &file(HEADINGS, &["A2,u00001,Physics,@-02-02 09:00,60,1,30"]));
    let by_id = format!("action,meeting_id\ncancel,{id}\n");
    assert_eq!(site.import_text("c.csv", &by_id).row()["status"], "cancelled");
    assert_eq!(site.import("c.csv").row()["status"], "unchanged");
    let by_key = file("action,user_id,room_name,start_time,duration", &["cancel,u00001,Physics,@-02-02 09:00,60"]);
    let (writes, imported) = site.writes_of(|| site.import_text("d.csv", &by_key));
    assert_eq!((writes, imported.row()["status"].as_str()), (Writes::deletes(1), "cancelled"));
    assert!(site.meetings().is_empty());
    assert_eq!(site.import("d.csv").row()["status"], "unchanged");
    // A meeting that never was cannot be cancelled.
    let none = file("action,user_id,room_name,start_time,duration", &["cancel,u00001,Poetry,@-02-02 09:00,60"]);
    assert_eq!(site.import_text("e.csv", &none).row()["status"], "invalid");
    assert_eq!(site.import_text("f.csv", "action,ref\ncancel,B9\n").row()["status"], "invalid");
}

#[test]
fn a_ref_is_free_again_after_its_meeting_was_cancelled() {
    let (site, id) = with_one();
    site.import_text("cancel.csv", &format!("action,meeting_id\ncancel,{id}\n"));
    let (writes, imported) = site.writes_of(|| site.import("one.csv"));
    assert_eq!((writes, imported.row()["status"].as_str()), (Writes::posts(1), "created"));
    assert_ne!(imported.row()["meeting_id"], id);
}

#[test]
fn an_update_leaves_what_its_row_does_not_say_alone() {
    let (site, id) = with_one();
    site.configure(&job("was = 'import'\ndefaults = { participants = 99, knock = true, desc = 'By default' }"));
    let headings = "action,ref,meeting_id,user_id,room_name,start_time,duration,participants";
    let by_ref = file(headings, &["update,A1,,,,,75,"]);
    let (writes, imported) = site.writes_of(|| site.import_text("ref.csv", &by_ref));
    assert_eq!((writes, imported.row()["status"].as_str()), (Writes::patches(1), "updated"), "{imported:?}");
    let meeting = &site.meetings()[0];
    assert_eq!((meeting.duration, meeting.participants, meeting.knock), (75, 30, false));
    assert_eq!((meeting.room_name.as_str(), meeting.desc.as_deref()), ("Algebra", None));
    assert_eq!(meeting.start_time, format!("{}-02-01 08:00:00", years::coming()));

    let by_id = file(headings, &[&format!("update,,{id},,Algebra II,,,")]);
    let (writes, imported) = site.writes_of(|| site.import_text("id.csv", &by_id));
    assert_eq!((writes, imported.row()["status"].as_str()), (Writes::patches(1), "updated"), "{imported:?}");
    let by_key = file(headings, &["update,,,u00001,Algebra II,@-02-01 09:00,75,12"]);
    let (writes, imported) = site.writes_of(|| site.import_text("key.csv", &by_key));
    assert_eq!((writes, imported.row()["status"].as_str()), (Writes::patches(1), "updated"), "{imported:?}");
    let meeting = &site.meetings()[0];
    assert_eq!((meeting.room_name.as_str(), meeting.duration, meeting.participants), ("Algebra II", 75, 12));

    for name in ["ref.csv", "id.csv", "key.csv"] {
        let (writes, imported) = site.writes_of(|| site.import(name));
        assert_eq!((writes, imported.row()["status"].as_str()), (Writes::NONE, "unchanged"), "{name}: {imported:?}");
    }
    let nothing_such = file(headings, &["update,,,u00001,Poetry,@-02-01 09:00,75,12", "update,B9,,,,,75,"]);
    assert_eq!(site.import_text("none.csv", &nothing_such).statuses(), ["invalid", "invalid"]);
}

#[test]
fn a_ref_that_seems_to_be_used_twice_is_refused_unless_the_row_says_update() {
    let (site, id) = with_one();
    let other = "A1,u00001,Geometry,@-02-05 09:00,60,1,30";
    let (writes, imported) = site.writes_of(|| site.import_text("one.csv", &file(HEADINGS, &[other])));
    assert_eq!((writes, imported.row()["status"].as_str()), (Writes::NONE, "invalid"));
    assert!(imported.row()["error"].contains("is this ref used twice?"), "{imported:?}");
    let meant = file(&format!("action,{HEADINGS}"), &[&format!("update,{other}")]);
    let (writes, imported) = site.writes_of(|| site.import_text("meant.csv", &meant));
    assert_eq!((writes, imported.row()["status"].as_str()), (Writes::patches(1), "updated"));
    let meeting = &site.meetings()[0];
    assert_eq!((meeting.room_name.as_str(), &meeting.meeting_id), ("Geometry", &id));
}

#[test]
fn a_meeting_is_not_moved_to_another_user() {
    let (site, _) = with_one();
    let moved = file(HEADINGS, &["A1,u00002,Algebra,@-02-01 09:00,60,1,30"]);
    let (writes, imported) = site.writes_of(|| site.import_text("one.csv", &moved));
    assert_eq!((writes, imported.row()["status"].as_str()), (Writes::NONE, "invalid"));
    assert!(imported.row()["error"].contains("another user"), "{imported:?}");
}

#[test]
fn a_meeting_deleted_on_the_server_is_a_failure_unless_it_is_to_be_made_again() {
    let (site, id) = with_one();
    site.ask("DELETE", &format!("/meetings/{id}"), &json!({}));
    let changed = file(HEADINGS, &["A1,u00001,Algebra,@-02-01 09:00,60,1,31"]);
    for text in [file(HEADINGS, &["A1,u00001,Algebra,@-02-01 09:00,60,1,30"]), changed.clone()] {
        let (writes, imported) = site.writes_of(|| site.import_text("one.csv", &text));
        assert_eq!((writes, imported.code), (Writes::NONE, 1), "{imported:?}");
        assert_eq!(imported.row()["status"], "failed");
        assert!(imported.row()["error"].contains("deleted on the server"), "{imported:?}");
    }
    site.configure(&job("was = 'import'\non_missing = 'create'"));
    let (writes, imported) = site.writes_of(|| site.import("one.csv"));
    assert_eq!((writes, imported.row()["status"].as_str()), (Writes::posts(1), "created"), "{imported:?}");
    assert_eq!(site.meetings()[0].participants, 31);
    let (writes, imported) = site.writes_of(|| site.import("one.csv"));
    assert_eq!((writes, imported.row()["status"].as_str()), (Writes::NONE, "unchanged"));
}

#[test]
fn a_row_missing_from_a_later_file_cancels_nothing() {
    let (site, _) = with_one();
    site.import_text("one.csv", &file(HEADINGS, &["A2,u00001,Physics,@-02-02 09:00,60,1,30"]));
    assert_eq!(site.meetings().len(), 2);
}

#[test]
fn a_file_with_every_row_twice_makes_each_meeting_once() {
    let site = new_site();
    let rows = ["u00001,Algebra,@-02-01 09:00,60,1,30", "u00001,Algebra,@-02-01T08:00:00Z,1h,1,30"];
    let headings = "user_id,room_name,start_time,duration,moderators,participants";
    let imported = site.import_text("twins.csv", &file(headings, &rows));
    assert_eq!((imported.code, imported.statuses()), (3, vec!["created", "invalid"]), "{imported:?}");
    assert!(imported.rows[1]["error"].contains("line 2"), "{imported:?}");
    assert_eq!(site.meetings().len(), 1);
}
