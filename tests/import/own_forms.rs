//! A server that keeps texts, ids and times in a form of its own: a row still makes one meeting, and is told as what it is.

use std::fmt::Write as _;

use roomkeeper::sandbox::EffectKind;
use serde_json::{Value, json};

use super::years;
use crate::importing::{Imported, job, new_site};
use crate::site::{Site, Writes};

pub const TITLES: [&str; 6] =
    ["R&D", "\u{200B}Algebra\u{200D}", "It's <new>", "Franc\u{327}ais \u{2800}", "007", "\u{FEFF}x &amp; y"];

pub fn timetable(refs: bool) -> String {
    let year = years::coming();
    let mut text = "ref,user_id,room_name,start_time,duration,moderators,participants,desc\n".to_owned();
    for (n, title) in TITLES.iter().enumerate() {
        let reference = if refs { format!("R{n}") } else { String::new() };
        writeln!(text, "{reference},u00001,{title},{year}-02-01 09:00,60,1,30,\"It's R&D\u{200B}\"").unwrap();
    }
    text
}

#[test]
fn a_server_that_trims_escapes_and_tells_numbers_makes_each_meeting_once() {
    for refs in [true, false] {
        let site = new_site();
        site.script("trim = true\nescape = true\nnumeric = true");
        let imported = site.import_text("a.csv", &timetable(refs));
        assert_eq!(imported.statuses(), ["created"; TITLES.len()], "{imported:?}");
        assert_eq!((imported.code, site.effects(EffectKind::MeetingCreated).len()), (0, TITLES.len()));
        assert!(imported.rows[0]["error"].contains("room_name in a form of its own (R&amp;D)"), "{imported:?}");
        let remark = "the server tells PINs as numbers, so zeros in front may be missing";
        assert!(imported.rows.iter().all(|row| row["error"].contains(remark)), "{imported:?}");
        let (writes, again) = site.writes_of(|| site.import("a.csv"));
        assert_eq!((writes, again.statuses()), (Writes::NONE, vec!["unchanged"; TITLES.len()]), "{again:?}");
    }
}

#[test]
fn replies_that_are_lost_are_found_in_the_servers_own_form() {
    let site = new_site();
    site.script(
        "trim = true\nescape = true\nnumeric = true\n[[fault]]\nmatch = 'POST /meetings'\n\
         kind = ['reset_after', 'reset_before', 'html_502_after']\nfirst = 9",
    );
    let imported = site.import_text("a.csv", &timetable(true));
    assert_eq!(imported.statuses(), ["created"; TITLES.len()], "{imported:?}");
    assert_eq!(site.effects(EffectKind::MeetingCreated).len(), TITLES.len());
}

#[test]
fn somebody_elses_meeting_in_the_servers_form_exists() {
    let site = new_site();
    site.import_text("a.csv", &timetable(true));
    site.script("trim = true\nescape = true\nnumeric = true");
    let other = timetable(true).replace("\nR", "\nS");
    let (writes, again) = site.writes_of(|| site.import_text("b.csv", &other));
    assert_eq!((writes, again.statuses()), (Writes::NONE, vec!["exists"; TITLES.len()]), "{again:?}");
    assert!(again.rows.iter().all(|row| !row["error"].contains("differs")), "{again:?}");
}

#[test]
fn a_title_is_counted_as_it_is_sent() {
    let site = new_site();
    let text = timetable(true).replace("R&D,", "ab\u{200B}\u{200B},");
    let (writes, imported) = site.writes_of(|| site.import_text("a.csv", &text));
    assert_eq!((imported.rows[0]["status"].as_str(), imported.rows[0]["code"].as_str()), ("invalid", "1612"));
    assert_eq!(writes, Writes::posts(TITLES.len() as u64 - 1));
    assert!(site.meetings().iter().all(|meeting| !meeting.room_name.contains(['\u{200B}', '\u{FEFF}', '\u{2800}'])));
}

#[test]
fn a_meeting_that_is_made_at_another_time_is_created_once_and_told_as_a_problem() {
    let site = new_site();
    site.script("later_by = 15");
    site.write("a.csv", timetable(true));
    let ran = site.run(&["import", "a.csv"]);
    ran.expect(0, "6 created");
    ran.expect(0, "the meeting was made, but the server keeps it otherwise: start_time (");
    assert_eq!(site.effects(EffectKind::MeetingCreated).len(), TITLES.len());
    let (writes, again) = site.writes_of(|| site.import("a.csv"));
    assert_eq!((writes, again.statuses()), (Writes::NONE, vec!["unchanged"; TITLES.len()]), "{again:?}");
    // The same where a meeting is changed.
    site.write("a.csv", timetable(true).replacen(",60,", ",45,", 1));
    let ran = site.run(&["import", "a.csv"]);
    ran.expect(0, "1 updated");
    ran.expect(0, "the meeting was changed, but the server keeps it otherwise: start_time (");
    assert_eq!(site.writes_of(|| site.import("a.csv")).0, Writes::NONE);
}

#[test]
fn a_changed_title_in_the_servers_form_is_noted_and_sent_once() {
    let site = new_site();
    site.script("trim = true\nescape = true\nnumeric = true");
    site.import_text("a.csv", &timetable(true));
    let changed = timetable(true).replace("R&D,", "R & D <2>,");
    let (writes, imported) = site.writes_of(|| site.import_text("a.csv", &changed));
    assert_eq!((writes, imported.rows[0]["status"].as_str()), (Writes::patches(1), "updated"), "{imported:?}");
    assert!(imported.rows[0]["error"].contains("in a form of its own (R &amp; D &lt;2&gt;)"), "{imported:?}");
    assert_eq!(site.writes_of(|| site.import("a.csv")).0, Writes::NONE);
}

#[test]
fn results_without_pins_have_no_remark_on_them() {
    let site = new_site();
    site.configure(&job("results_pins = false"));
    site.script("numeric = true");
    let imported = site.import_text("a.csv", &timetable(true));
    assert_eq!(imported.statuses(), ["created"; TITLES.len()], "{imported:?}");
    assert!(imported.rows.iter().all(|row| !row["error"].contains("zeros in front")), "{imported:?}");
}

pub fn somebody_schedules(site: &Site, title: &str, minutes: u32) -> String {
    let zone = site.ask("GET", "/timezones", &Value::Null)["timezones"][0]["timezone_id"].clone();
    let start = format!("{}-02-01 08:00:00", years::coming());
    let body = json!({ "user_id": "u00001", "room_name": title, "start_time": start, "timezone_id": zone,
                       "duration": minutes, "moderators": 1, "participants": 30 });
    site.ask("POST", "/meetings", &body)["meeting"]["meeting_id"].as_str().unwrap().to_owned()
}

pub fn row(reference: &str, title: &str, minutes: u32) -> String {
    let year = years::coming();
    format!(
        "ref,user_id,room_name,start_time,duration,moderators,participants\n\
         {reference},u00001,{title},{year}-02-01 09:00,{minutes},1,30\n"
    )
}

#[test]
fn somebody_elses_meeting_of_another_length_exists_and_so_it_stays_while_it_is_there() {
    let site = new_site();
    let id = somebody_schedules(&site, "Algebra", 60);
    for (title, minutes) in [("Algebra", 60), ("Algebra", 90), ("Geometry", 45)] {
        let (writes, imported) = site.writes_of(|| site.import_text("a.csv", &row("A1", title, minutes)));
        assert_eq!((writes, imported.row()["status"].as_str()), (Writes::NONE, "exists"), "{imported:?}");
        assert_eq!(imported.row()["meeting_id"], id);
        let differs = imported.row()["error"].contains(&format!("duration (60 there, {minutes} here)"));
        assert_eq!(differs, minutes != 60, "{imported:?}");
    }
    let dry = site.run(&["import", "--dry-run", "a.csv"]);
    dry.expect(0, "duration (60 there, 45 here)");
    let ran = site.run(&["import", "a.csv"]);
    ran.expect(
        0,
        "Line 2 (Geometry): the server has this meeting already, and it was not made from this row; it differs in",
    );
    // A row without a ref, too.
    let (writes, imported) = site.writes_of(|| site.import_text("b.csv", &row("", "Algebra", 75)));
    assert_eq!((writes, imported.row()["status"].as_str()), (Writes::NONE, "exists"), "{imported:?}");
    // It is not ours to change or cancel.
    for action in ["update", "cancel"] {
        let text =
            row("A1", "Algebra", 60).replacen("ref,", "action,ref,", 1).replace("\nA1", &format!("\n{action},A1"));
        assert_eq!(site.import_text("c.csv", &text).row()["status"], "invalid", "{action}");
    }
    site.ask("DELETE", &format!("/meetings/{id}"), &Value::Null);
    let imported = site.import_text("a.csv", &row("A1", "Geometry", 45));
    assert_eq!(imported.row()["status"], "created", "{imported:?}");
    let (writes, imported) = site.writes_of(|| site.import_text("a.csv", &row("A1", "Geometry", 50)));
    assert_eq!((writes, imported.row()["status"].as_str()), (Writes::patches(1), "updated"), "{imported:?}");
}

#[test]
fn zeros_in_front_tell_two_titles_apart_where_the_server_tells_texts() {
    let site = new_site();
    somebody_schedules(&site, "0100", 60);
    let (writes, imported) = site.writes_of(|| site.import_text("a.csv", &row("A1", "100", 60)));
    assert_eq!((writes, imported.row()["status"].as_str()), (Writes::posts(1), "created"), "{imported:?}");
    let (writes, imported) = site.writes_of(|| site.import_text("a.csv", &row("A1", "00100", 60)));
    assert_eq!((writes, imported.row()["status"].as_str()), (Writes::patches(1), "updated"), "{imported:?}");
    // A server that tells numbers shows no difference.
    site.script("numeric = true");
    let (writes, imported) = site.writes_of(|| site.import_text("b.csv", &row("B1", "000100", 60)));
    assert_eq!((writes, imported.row()["status"].as_str()), (Writes::NONE, "exists"), "{imported:?}");
}

#[test]
fn zeros_in_front_of_a_contacts_id_count_where_the_server_tells_texts() {
    let text = |contact: &str, group: &str| {
        let row =
            row("A1", "Algebra", 60).replacen("participants", "participants,invitee_contact_ids,invitee_group_ids", 1);
        row.replacen(",1,30", &format!(",1,30,{contact},{group}"), 1)
    };
    for (script, writes) in [("", Writes::patches(1)), ("numeric = true", Writes::NONE)] {
        let site = new_site();
        site.script(script);
        site.import_text("a.csv", &text("42", "7"));
        for (contact, group) in [("0042", "7"), ("0042", "007")] {
            let (sent, imported) = site.writes_of(|| site.import_text("a.csv", &text(contact, group)));
            let status = if writes == Writes::NONE { "unchanged" } else { "updated" };
            assert_eq!((sent, imported.row()["status"].as_str()), (writes, status), "{script}: {imported:?}");
        }
    }
}

#[test]
fn our_own_meeting_of_another_length_is_no_twin() {
    let site = new_site();
    site.import_text("a.csv", &row("A1", "Algebra", 60));
    let (writes, imported) = site.writes_of(|| site.import_text("b.csv", &row("A2", "Algebra", 90)));
    assert_eq!((writes, imported.row()["status"].as_str()), (Writes::posts(1), "created"), "{imported:?}");
}

#[test]
fn another_jobs_meeting_of_another_length_exists_as_somebody_elses() {
    let site = new_site();
    site.configure("[schedule_meetings.t]\n[schedule_meetings.u]\n");
    let import = |job: &str, text: &str| {
        site.write("a.csv", text);
        site.writes_of(|| Imported::of(&site.run(&["import", "--job", job, "--json", "a.csv"])))
    };
    let (_, made) = import("t", &row("T1", "Quad", 30));
    assert_eq!(made.row()["status"], "created", "{made:?}");
    let id = &made.row()["meeting_id"];
    for (reference, minutes) in [("U1", 60), ("U1", 70), ("", 80), ("U1", 30), ("", 30), ("U2", 45)] {
        let (writes, told) = import("u", &row(reference, "Quad", minutes));
        assert_eq!((writes, told.row()["status"].as_str()), (Writes::NONE, "exists"), "{told:?}");
        assert_eq!(&told.row()["meeting_id"], id);
        let differs = told.row()["error"].contains(&format!("duration (30 there, {minutes} here)"));
        assert_eq!(differs, minutes != 30, "{told:?}");
    }
    // The ref stays with that meeting when its row names another user, and the row says so.
    let (writes, told) = import("u", &row("U1", "Quad", 30).replace("u00001", "u00002"));
    assert_eq!((writes, told.row()["status"].as_str()), (Writes::NONE, "exists"), "{told:?}");
    assert!(told.row()["error"].contains("it differs in user_id (u00001 there, u00002 here)"), "{told:?}");
    // To the job that made it, it is its own.
    let (writes, made) = import("t", &row("T1", "Quad", 40));
    assert_eq!((writes, made.row()["status"].as_str()), (Writes::patches(1), "updated"), "{made:?}");
    let (writes, made) = import("t", &row("T2", "Quad", 50));
    assert_eq!((writes, made.row()["status"].as_str()), (Writes::posts(1), "created"), "{made:?}");
}

#[test]
fn to_cancel_what_nobody_knows_is_told_each_time() {
    let site = new_site();
    site.configure(&job("mail = { on = 'problem' }"));
    let text = "action,meeting_id\ncancel,no-such-meeting\n";
    for _ in 0..2 {
        site.write("a.csv", text);
        let ran = site.run(&["import", "a.csv"]);
        ran.expect(0, "1 unchanged");
        ran.expect(0, "no such meeting was found");
    }
    let mails = mails(&site);
    assert_eq!(mails.len(), 2, "each is a problem: {mails:?}");
    for mail in &mails {
        assert!(mail.contains("PARTIAL timetable") && mail.contains("1 unchanged, 1 warning"), "{mail}");
        assert!(mail.contains("no such meeting was found"), "{mail}");
    }
    // A meeting that the job cancelled itself is cancelled, and no news.
    let made = site.import_text("b.csv", &row("A1", "Algebra", 60));
    let cancel = format!("action,meeting_id\ncancel,{}\n", made.row()["meeting_id"]);
    assert_eq!(site.import_text("c.csv", &cancel).row()["status"], "cancelled");
    site.write("d.csv", &cancel);
    let ran = site.run(&["import", "d.csv"]);
    ran.expect(0, "1 unchanged");
    assert!(!ran.out.contains("no such meeting"), "{ran:?}");
}

#[test]
fn rows_without_ref_find_their_meeting_in_the_servers_form() {
    let site = new_site();
    site.script("trim = true\nescape = true\nnumeric = true");
    site.import_text("a.csv", &timetable(false));
    for (action, status) in [("update", "updated"), ("cancel", "cancelled")] {
        let text = timetable(false).replacen("ref,", "action,", 1).replace("\n,", &format!("\n{action},"));
        let text = text.replace(",1,30,", ",1,40,");
        let imported = site.import_text("b.csv", &text);
        assert_eq!(imported.statuses(), [status; TITLES.len()], "{imported:?}");
    }
    assert_eq!(site.effects(EffectKind::MeetingCancelled).len(), TITLES.len());
}

fn mails(site: &Site) -> Vec<String> {
    let folder = std::fs::read_dir(site.path("state/mail")).into_iter().flatten();
    let mails =
        folder.map(|entry| entry.unwrap().path()).filter(|path| path.extension().is_some_and(|ending| ending == "eml"));
    mails.map(|path| std::fs::read_to_string(path).unwrap().replace("=\r\n", "")).collect()
}
