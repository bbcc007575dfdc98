//! Meetings whose lines are in the file end together, some thousand at a time: a kill between two of these, and what an earlier version
//! has planned, cost none of them.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::process::ExitStatusExt;

use roomkeeper::journal::ItemFilter;
use roomkeeper::model::{ItemNo, State, Status};
use roomkeeper::sandbox::Options;
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::reader::Reader;
use crate::site::{Site, names};

/// More than two parts.
const PAST: usize = 8100;
/// The length of a part.
const PART: usize = 4000;

fn site(past: usize, pins: bool) -> Site {
    let options = Options { past, users: 20, ..Options::default() };
    let job = format!("[export_meetings.history]\npath = 'exports/all.csv'\ninclude_pins = {pins}\n");
    Site::builder().sandbox(options).build(&job)
}

fn killed_at(site: &Site, place: &str, time: usize) {
    let mut export = site.command(&["run", "history"]);
    export.env("ROOMKEEPER_FAILPOINTS", format!("{place}=kill:{time}"));
    let output = export.output().unwrap();
    assert!(output.status.signal().is_some(), "it was not killed: {output:?}");
}

fn by_hand(site: &Site) -> Connection {
    Connection::open(site.path("state/journal.db")).unwrap()
}

fn count(site: &Site, what: &str) -> usize {
    let found: i64 = by_hand(site).query_row(&format!("SELECT count(*) FROM {what}"), [], |row| row.get(0)).unwrap();
    usize::try_from(found).unwrap()
}

/// The run that was killed is over, everything is in the file and remembered once, and nothing is exported again.
fn goes_on(site: &Site, past: usize, pins: bool) {
    site.run(&["run", "history"]).expect(0, "");
    let history = site.json(&["history", "--json"]);
    assert_eq!(history[0]["counts"]["exported"].as_u64().unwrap_or_default(), 0, "{history}");
    assert_eq!((&history[1]["outcome"], &history[1]["counts"]["exported"]), (&"succeeded".into(), &past.into()));
    let text = std::fs::read_to_string(site.path("exports/all.csv")).unwrap();
    let mut rows = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let pin = rows.headers().unwrap().iter().position(|heading| heading == "mpin");
    assert_eq!(pin.is_some(), pins);
    let pin_of = |row: &csv::StringRecord| pin.map(|pin| row[pin].to_owned());
    let rows: Vec<_> = rows.records().map(Result::unwrap).collect();
    let told: BTreeMap<_, _> = rows.iter().map(|row| (row[0].to_owned(), pin_of(row))).collect();
    let meetings = site.meetings().into_iter();
    let meetings = meetings.map(|meeting| (meeting.meeting_id, pins.then_some(meeting.mpin))).collect();
    assert!((&told, rows.len()) == (&meetings, past), "other meetings are in the file");
    assert_eq!(names(&site.path("exports")), ["all.csv"]);
    assert_eq!(count(site, "identities WHERE run = 1"), past);
    assert_eq!(count(site, "items WHERE run = 1 AND open = 1"), 0);
    each_tells_its_meeting(site, &history[1]["run"], &told.into_keys().collect());
    if pins {
        assert_eq!(count(site, "results WHERE run = 1 AND sealed IS NOT NULL"), past);
        assert_eq!(count(site, "items WHERE run = 1 AND before IS NOT NULL"), 0);
    }
    site.run(&["journal", "check"]).expect(0, "the journal is sound");
}

/// Each item of the run that was killed tells the meeting and the revision that were exported, wherever that is kept.
fn each_tells_its_meeting(site: &Site, run: &Value, meetings: &BTreeSet<String>) {
    let journal = Reader::open(&site.path("state")).unwrap();
    let run = journal.run(run.as_str().unwrap().parse().unwrap()).unwrap().unwrap();
    let items = journal.items(run.key, ItemFilter::All, ItemNo(0), u32::MAX).unwrap();
    let told = items.iter().map(|item| {
        assert_eq!((item.state, &item.before), (State::Done(Status::Exported), &None), "{item:?}");
        let result: Value = serde_json::from_str(item.result.as_deref().unwrap()).unwrap();
        assert_eq!((&result["meeting_id"], &result["revision"]), (&json!(item.identity), &json!(1)));
        item.identity.clone().unwrap()
    });
    assert_eq!(&told.collect::<BTreeSet<_>>(), meetings);
}

#[test]
fn killed_between_two_parts_the_rest_is_pending_and_ends_with_the_next_start() {
    for (time, pins) in [(1, true), (2, true), (1, false), (2, false)] {
        let site = site(PAST, pins);
        killed_at(&site, "items.alike.after", time);
        let open = count(&site, "items WHERE open = 1 AND state = 0");
        assert!(open <= PAST - PART * time, "{time}: {open}");
        goes_on(&site, PAST, pins);
        assert_eq!(count(&site, "results WHERE run = 1"), if pins { PAST } else { 0 });
    }
}

#[test]
fn what_ended_under_an_earlier_version_stays_as_it_was_and_the_rest_ends_as_now() {
    let site = site(PAST, false);
    killed_at(&site, "items.alike.after", 1);
    let journal = by_hand(&site);
    let ended = "INSERT INTO results (place, result) SELECT run << 32 | item,
        '{\"meeting_id\":\"' || identity || '\",\"revision\":' || substr(before, 33) || '}' FROM items WHERE open IS NULL";
    let rows = journal.execute(ended, []).unwrap();
    assert!((PART..PAST).contains(&rows), "{rows}");
    journal.execute("UPDATE items SET before = NULL WHERE open IS NULL", []).unwrap();
    journal.execute("UPDATE runs SET alike = NULL", []).unwrap();
    drop(journal);
    goes_on(&site, PAST, false);
    assert_eq!(count(&site, "results WHERE run = 1"), rows);
}

#[test]
fn what_an_earlier_version_has_planned_goes_on_beside_what_this_one_has() {
    let site = site(90, true);
    killed_at(&site, "file.rename.after", 1);
    let journal = by_hand(&site);
    let payloads: Vec<(i64, String)> = journal
        .prepare("SELECT item, payload FROM bodies WHERE run = 1")
        .unwrap()
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    assert_eq!(payloads.len(), 90);
    for (item, payload) in payloads.into_iter().filter(|(item, _)| item % 3 == 0) {
        journal.execute("UPDATE bodies SET payload = ?2 WHERE run = 1 AND item = ?1", (item, named(&payload))).unwrap();
        journal.execute("UPDATE items SET before = NULL WHERE run = 1 AND item = ?1", [item]).unwrap();
    }
    drop(journal);
    goes_on(&site, 90, true);
}

/// The payload in the form of earlier versions: each part with its name.
fn named(payload: &str) -> String {
    const NAMES: [&str; 14] = [
        "meeting_id",
        "room_id",
        "user_id",
        "app_type",
        "room_name",
        "desc",
        "start_time",
        "duration",
        "moderators",
        "participants",
        "wait_for_moderator",
        "knock",
        "auto_recording",
        "direct_url",
    ];
    let payload: Value = serde_json::from_str(payload).unwrap();
    let (revision, parts) = (&payload["line"][0], payload["line"][1].as_array().unwrap());
    let parts: Vec<_> = NAMES.iter().zip(parts).map(|(name, part)| format!("{}:{part}", json!(name))).collect();
    format!("{{\"v\":1,\"line\":{{\"revision\":{revision},\"record\":{{{}}}}}}}", parts.join(","))
}
