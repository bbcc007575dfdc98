//! Replies that are lost, and a process that is killed: every row still makes its meeting, and never two.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use roomkeeper::clock::Timestamp;
use roomkeeper::sandbox::EffectKind;
use serde_json::Value;

use super::years;
use crate::importing::{Row, new_site, read};
use crate::site::{Chance, Site, Writes, wait_until};

const ROWS: usize = 400;

/// Twelve in a hundred schedulings go wrong, in every way there is.
pub const LOSSES: &str = "seed = 11
[[fault]]
match = 'POST /meetings'
kind = ['reset_before', 'reset_after', 'http_500_before', 'http_500_after', 'truncated_json', 'cut_reply',
        'html_502_before', 'html_502_after', 'empty_result_0_before', 'empty_result_0_after']
probability = 0.09
[[fault]]
match = 'POST /meetings'
kind = ['stall_before', 'stall_after', 'stall_late']
for_ms = 800
probability = 0.02
[[fault]]
match = 'POST /meetings'
kind = ['busy_429', 'unavailable_503']
retry_after = 1
probability = 0.01
";

/// A timetable of many users, each with several meetings, some of them at the same time as others of theirs.
fn timetable() -> String {
    let year = years::coming();
    let mut text = "ref,user_id,room_name,start_time,duration,moderators,participants\n".to_owned();
    for row in 0..ROWS {
        let (user, day, hour) = (row % 40, 1 + row / 40 % 28, 8 + row % 3);
        writeln!(text, "R{row},u{user:05},Lesson {row},{year}-02-{day:02} {hour:02}:00,45,1,20").unwrap();
    }
    text
}

/// The server has each meeting once, and the rows name it.
fn assert_each_once(site: &Site, rows: &[Row]) {
    let meetings = site.meetings();
    assert_eq!((rows.len(), meetings.len(), site.effects(EffectKind::MeetingCreated).len()), (ROWS, ROWS, ROWS));
    let by_title: BTreeMap<_, _> =
        meetings.iter().map(|meeting| (meeting.room_name.as_str(), meeting.meeting_id.as_str())).collect();
    assert_eq!(by_title.len(), ROWS);
    for row in rows {
        assert_eq!(by_title[row["room_name"].as_str()], row["meeting_id"], "{row:?}");
    }
}

#[test]
fn with_replies_lost_in_every_way_each_row_makes_one_meeting() {
    let site = new_site();
    site.script(LOSSES);
    site.write("timetable.csv", timetable());
    let imported = site.import("timetable.csv");
    assert_eq!((imported.code, &imported.run["outcome"]), (0, &Value::from("succeeded")), "{:?}", imported.run);
    assert!(imported.statuses().iter().all(|status| *status == "created"), "{:?}", imported.run);
    assert_each_once(&site, &imported.rows);
    let mpins: BTreeSet<_> = site.meetings().into_iter().map(|meeting| meeting.mpin).collect();
    assert!(imported.rows.iter().all(|row| mpins.contains(&row["mpin"]) && !row["ppin"].is_empty()));
    let sent_again = imported.rows.iter().filter(|row| row["attempts"].parse::<u32>().unwrap() > 1).count();
    assert!(sent_again > 0, "the script struck nothing");
}

#[test]
fn killed_at_ten_moments_and_started_again_each_row_makes_one_meeting() {
    let site = new_site();
    // A row that is on its way at each of the ten moments uses an attempt up each time.
    let config = std::fs::read_to_string(site.path("config.toml")).unwrap();
    site.write("config.toml", config.replace("[api]\n", "[api]\nmax_attempts = 20\n"));
    site.script(LOSSES);
    site.write("timetable.csv", timetable());
    for moment in moments() {
        let mut child = site.start("run", &["import", "timetable.csv"]);
        wait_until("its moment has come", || site.writes().posts >= moment || child.ended().is_some());
        child.kill();
    }
    let imported = site.import("timetable.csv");
    assert_eq!(imported.code, 0, "{:?}", imported.run);
    assert_each_once(&site, &imported.rows);
    let history = site.run(&["history", "--json", "--limit", "50"]).json();
    let runs = history.as_array().unwrap();
    assert!(runs.len() > 1, "nothing was interrupted");
    for run in runs {
        let counts = run["counts"].as_object().unwrap();
        assert_eq!((&run["outcome"], counts.values().map(|n| n.as_u64().unwrap()).sum()), (&"succeeded".into(), 400));
        assert!(counts.keys().all(|status| status == "created" || status == "unchanged"), "{run}");
    }
    let created: u64 = runs.iter().filter_map(|run| run["counts"]["created"].as_u64()).sum();
    assert_eq!(created, 400);
    assert_results_of_every_run(&site, runs);
    let left_in = |folder: &str| std::fs::read_dir(site.path(folder)).unwrap().count();
    assert_eq!((left_in("state/incoming"), left_in("tmp")), (0, 0));
}

#[test]
fn a_change_whose_reply_is_lost_is_looked_for_before_it_is_sent_again() {
    let year = years::coming();
    let file = |participants: u32| {
        format!(
            "ref,user_id,room_name,start_time,duration,moderators,participants,send_mail,invitee_emails\n\
             A1,u00001,Algebra,{year}-02-01 09:00,60,1,{participants},yes,a@example.org\n"
        )
    };
    for (kind, sent) in [("reset_after", 1), ("http_500_after", 1), ("truncated_json", 1), ("reset_before", 2)] {
        let site = new_site();
        site.import_text("a.csv", &file(30));
        site.script(&format!("[[fault]]\nmatch = 'PATCH'\nkind = '{kind}'\nfirst = 1"));
        let (writes, imported) = site.writes_of(|| site.import_text("a.csv", &file(31)));
        assert_eq!(
            (writes, imported.row()["status"].as_str()),
            (Writes::patches(sent), "updated"),
            "{kind}: {imported:?}"
        );
        assert_eq!((site.meetings()[0].participants, site.effects(EffectKind::MeetingEdited).len()), (31, 1));
        assert_eq!(imported.row()["mpin"], site.meetings()[0].mpin, "{kind}");

        site.script(&format!("[[fault]]\nmatch = 'DELETE'\nkind = '{kind}'\nfirst = 1"));
        let (writes, imported) = site.writes_of(|| site.import_text("b.csv", "action,ref\ncancel,A1\n"));
        assert_eq!(
            (writes, imported.row()["status"].as_str()),
            (Writes::deletes(sent), "cancelled"),
            "{kind}: {imported:?}"
        );
        assert_eq!((site.meetings().len(), site.effects(EffectKind::MeetingCancelled).len()), (0, 1));
    }
}

/// Looks that find a server that hangs, or is closed, are cut off.
#[test]
fn a_run_ends_a_requests_time_out_after_its_own_at_the_latest_whatever_its_looks_meet() {
    let stalls = "[[fault]]\nmatch = 'GET'\nkind = 'stall_before'\nfor_ms = 600000\n";
    for (timeout, script) in [(5_u32, stalls), (3, "[maintenance]\nafter = 0\n")] {
        let site = new_site();
        let api = format!("timeout = '{timeout}s'");
        let jobs = "[schedule_meetings.timetable]\ntimeout = '2s'\n";
        site.configure_with(&api, jobs);
        site.script("[[fault]]\nmatch = 'POST'\nkind = 'http_500_before'\n");
        site.write("timetable.csv", timetable());
        let mut child = site.start("run", &["import", "timetable.csv"]);
        wait_until("a row is sent", || site.writes().posts > 0);
        site.script(script);
        child.wait();
        let history = site.run(&["history", "--json"]).json();
        let run = &history[0];
        let at = |key: &str| Timestamp::from_rfc3339(run[key].as_str().unwrap()).unwrap();
        let took = at("ended").millis() - at("started").millis();
        assert!(took < i64::from(2 + timeout + 1) * 1000, "{script}: it took {took} ms: {run}");
        assert!(run["counts"]["unknown"].as_u64() > Some(0), "{run}");
    }
}

/// Also of runs that were interrupted: each has its results, whole, with the PINs of what it made.
fn assert_results_of_every_run(site: &Site, runs: &[Value]) {
    let mpins: BTreeMap<_, _> = site.meetings().into_iter().map(|meeting| (meeting.meeting_id, meeting.mpin)).collect();
    for run in runs {
        let rows = read(&site.path(&format!("timetable.{}.results.csv", run["run"].as_str().unwrap())));
        assert_eq!(rows.len(), ROWS, "{run}");
        for row in rows {
            let shown = if row["status"] == "created" { mpins[&row["meeting_id"]].as_str() } else { "" };
            assert_eq!(row["mpin"], shown, "{row:?}");
        }
    }
}

/// Ten seeded moments: how many meetings were asked for by then, from the first request to the last.
fn moments() -> Vec<u64> {
    let mut chance = Chance::new(4);
    let mut moments: Vec<u64> = (0..8).map(|_| chance.below(ROWS as u64)).collect();
    // And one before the first of them, and one after the last.
    moments.extend([0, ROWS as u64]);
    moments.sort_unstable();
    moments
}
