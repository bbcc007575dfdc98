//! Meetings whose lines are in the file end together, some thousand at a time: a kill between two of these, and what an earlier version
//! has planned, cost none of them.

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt;

use roomkeeper::sandbox::Options;
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::site::{Site, names};

/// More than two parts.
const PAST: usize = 8100;
/// The length of a part.
const PART: usize = 4000;

fn site(past: usize) -> Site {
    let options = Options { past, users: 20, ..Options::default() };
    let job = "[export_meetings.history]\npath = 'exports/all.csv'\ninclude_pins = true\n";
    Site::builder().sandbox(options).build(job)
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
fn goes_on(site: &Site, past: usize) {
    site.run(&["run", "history"]).expect(0, "");
    let history = site.json(&["history", "--json"]);
    assert_eq!(history[0]["counts"]["exported"].as_u64().unwrap_or_default(), 0, "{history}");
    assert_eq!((&history[1]["outcome"], &history[1]["counts"]["exported"]), (&"succeeded".into(), &past.into()));
    let text = std::fs::read_to_string(site.path("exports/all.csv")).unwrap();
    let mut rows = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let pin = rows.headers().unwrap().iter().position(|heading| heading == "mpin").unwrap();
    let rows: Vec<_> = rows.records().map(Result::unwrap).collect();
    let told: BTreeMap<_, _> = rows.iter().map(|row| (row[0].to_owned(), row[pin].to_owned())).collect();
    let meetings = site.meetings().into_iter().map(|meeting| (meeting.meeting_id, meeting.mpin)).collect();
    assert!((told, rows.len()) == (meetings, past), "other meetings are in the file");
    assert_eq!(names(&site.path("exports")), ["all.csv"]);
    assert_eq!(count(site, "identities WHERE run = 1"), past);
    let result = "results WHERE run = 1 AND result LIKE '{\"meeting_id\":\"%\",\"revision\":1}' AND sealed IS NOT NULL";
    assert_eq!(count(site, result), past);
    assert_eq!(count(site, "items WHERE run = 1 AND (open = 1 OR before IS NOT NULL)"), 0);
    site.run(&["journal", "check"]).expect(0, "the journal is sound");
}

#[test]
fn killed_between_two_parts_the_rest_is_pending_and_ends_with_the_next_start() {
    for time in [1, 2] {
        let site = site(PAST);
        killed_at(&site, "items.alike.after", time);
        let open = count(&site, "items WHERE open = 1 AND state = 0");
        assert!(open <= PAST - PART * time, "{time}: {open}");
        goes_on(&site, PAST);
    }
}

#[test]
fn what_an_earlier_version_has_planned_goes_on_beside_what_this_one_has() {
    let site = site(90);
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
    goes_on(&site, 90);
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
