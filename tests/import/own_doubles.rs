//! Replies that name a meeting in an odd place or are lost, from a server that keeps another start, title or length: a row still
//! makes one meeting.

use std::fmt::Write as _;

use roomkeeper::sandbox::EffectKind;
use serde_json::Value;

use super::own_forms::{TITLES, row, somebody_schedules, timetable};
use super::years;
use crate::importing::new_site;
use crate::site::{Writes, wait_until};

#[test]
fn the_id_of_what_was_made_is_taken_wherever_the_reply_has_it() {
    for place in ["beside", "data"] {
        let site = new_site();
        site.script(&format!("id_place = '{place}'"));
        let imported = site.import_text("a.csv", &timetable(true));
        assert_eq!(imported.statuses(), ["created"; TITLES.len()], "{place}: {imported:?}");
        assert_eq!(site.effects(EffectKind::MeetingCreated).len(), TITLES.len(), "{place}");
        let mpins: Vec<_> = site.meetings().into_iter().map(|meeting| meeting.mpin).collect();
        assert!(imported.rows.iter().all(|row| mpins.contains(&row["mpin"])), "{place}: {imported:?}");
        let (writes, again) = site.writes_of(|| site.import("a.csv"));
        assert_eq!((writes, again.statuses()), (Writes::NONE, vec!["unchanged"; TITLES.len()]), "{place}: {again:?}");
    }
}

#[test]
fn an_id_that_the_server_does_not_know_yet_is_looked_up_in_the_list() {
    let site = new_site();
    site.script("ids = 'forgotten'\nlater_by = 15");
    let (writes, imported) = site.writes_of(|| site.import_text("a.csv", &row("A1", "Algebra", 60)));
    assert_eq!((writes, imported.row()["status"].as_str()), (Writes::posts(1), "created"), "{imported:?}");
}

const KEPT_OTHERWISE: [&str; 3] = ["later_by = 15", "cut_titles = 4", "lengths_of = 50"];

#[test]
fn a_lost_reply_of_a_server_that_keeps_something_else_is_not_sent_again_and_no_later_file_makes_a_second() {
    for habit in KEPT_OTHERWISE {
        for reference in ["A1", ""] {
            let site = new_site();
            site.script(&format!("{habit}\n[[fault]]\nmatch = 'POST /meetings'\nkind = 'reset_after'\nfirst = 1"));
            let imported = site.import_text("a.csv", &row(reference, "Algebra", 60));
            assert_eq!(imported.row()["status"], "unknown", "{habit}: {imported:?}");
            let made = site.effects(EffectKind::MeetingCreated);
            let id = made[0].meeting_id.as_deref().unwrap();
            assert_eq!(made.len(), 1, "{habit}: {imported:?}");
            assert!(imported.row()["error"].contains(&format!("one that resembles it: {id} (")), "{imported:?}");
            let (writes, again) = site.writes_of(|| site.import("a.csv"));
            assert_eq!((writes, again.row()["status"].as_str()), (Writes::NONE, "exists"), "{habit}: {again:?}");
            // Once a person takes that one away, the row makes its meeting.
            site.ask("DELETE", &format!("/meetings/{id}"), &Value::Null);
            assert_eq!(site.import("a.csv").row()["status"], "created", "{habit}");
        }
    }
}

#[test]
fn a_run_whose_time_is_up_names_what_resembles_a_lost_row_and_no_later_file_makes_a_second() {
    for habit in KEPT_OTHERWISE {
        let site = new_site();
        site.script(&format!("{habit}\n[[fault]]\nmatch = 'POST /meetings'\nkind = 'reset_after'\nfirst = 1"));
        site.configure("[schedule_meetings.timetable]\ntimeout = '3s'\n");
        let imported = site.import_text("a.csv", &row("A1", "Algebra", 60));
        let made = site.effects(EffectKind::MeetingCreated);
        let id = made[0].meeting_id.as_deref().unwrap();
        assert_eq!(imported.row()["status"], "unknown", "{habit}: {imported:?}");
        assert!(imported.row()["error"].contains(&format!("one that resembles it: {id} (")), "{imported:?}");
        let (writes, again) = site.writes_of(|| site.import("a.csv"));
        assert_eq!((writes, again.row()["status"].as_str()), (Writes::NONE, "exists"), "{habit}: {again:?}");
    }
}

#[test]
fn killed_before_the_reply_a_row_that_the_server_keeps_otherwise_is_made_once() {
    for habit in KEPT_OTHERWISE {
        let site = new_site();
        site.script(&format!("{habit}\n[[fault]]\nmatch = 'POST'\nkind = 'stall_after'\nfirst = 1\nfor_ms = 60000"));
        site.configure_with("timeout = '60s'", "");
        site.write("a.csv", row("A1", "Algebra", 60));
        let mut child = site.start("run", &["import", "a.csv"]);
        wait_until("the meeting is made", || !site.effects(EffectKind::MeetingCreated).is_empty());
        child.kill();
        site.configure("");
        let again = site.import("a.csv");
        assert_eq!(again.row()["status"], "exists", "{habit}: {again:?}");
        assert_eq!(site.effects(EffectKind::MeetingCreated).len(), 1, "{habit}");
        let first = &site.run(&["history", "--json"]).json()[1];
        assert_eq!(first["counts"]["unknown"], 1, "{habit}: {first}");
    }
}

#[test]
fn what_resembles_a_lost_row_and_is_ours_or_was_there_before_does_not_hold_it_up() {
    let site = new_site();
    somebody_schedules(&site, "Standup", 60);
    let year = years::coming();
    let mut text = "ref,user_id,room_name,start_time,duration,moderators,participants\n".to_owned();
    for n in 0..8 {
        // A series of one title, and others that begin with it.
        writeln!(text, "S{n},u00001,Standup,{year}-02-02 {:02}:00,30,1,5", 8 + n).unwrap();
        writeln!(text, "T{n},u00001,Other {n},{year}-02-02 09:00,30,1,5").unwrap();
    }
    site.script("[[fault]]\nmatch = 'POST'\nkind = ['reset_before', 'reset_after', 'html_502_before']\nevery = 2");
    let imported = site.import_text("a.csv", &text);
    assert_eq!(imported.statuses(), ["created"; 16], "{imported:?}");
    assert_eq!(site.effects(EffectKind::MeetingCreated).len(), 17);
}
