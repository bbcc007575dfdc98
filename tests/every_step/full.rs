//! No room for what is written: at each place, each time, once and for a while. Nothing new is sent meanwhile, what is in
//! flight is heard to its end, and the work goes on by itself when there is room.

use crate::site::{Running, Site, at_each_time, column, names, timetable, wait_until};
use crate::{JOB, ROWS, is_sent};

/// Where there is no room, and what is being done then.
#[derive(Debug, Clone, Copy)]
struct Full {
    place: &'static str,
    /// From this time on at which the daemon comes by the place,
    from: u64,
    /// and so many times.
    times: u64,
    rows: usize,
    /// Requests under way at once, and so many items are decided, and committed, together.
    in_flight: usize,
}

/// At each time that the daemon comes by this place it finds no room, then and the next times.
fn full_at(place: &'static str, times: u64) {
    at_each_time(place, |from| full_once(Full { place, from, times, rows: ROWS, in_flight: 8 }));
}

/// Tells whether there was a time at which there was no room.
fn full_once(full: Full) -> bool {
    let Full { place, from, times, rows, in_flight } = full;
    let what = format!("{full:?}");
    let mail = "[mail]\nfrom = \"roomkeeper@example.org\"\nto = [\"it@example.org\"]\n";
    let site = Site::new(&format!("timeout = \"300ms\"\nmax_in_flight = {in_flight}\n{mail}{JOB}"));
    let text = timetable(0..rows);
    site.drop_renamed("a.csv", &text);
    let start = || {
        let mut command = site.command(&["daemon"]);
        command.env("ROOMKEEPER_FAILPOINTS", format!("{place}=full:{from}:{times}"));
        Running::of(command, site.path("daemon.log"))
    };
    let mut daemon = start();
    let mut restarted = false;
    wait_until(&format!("{what}: it goes on by itself"), || {
        if daemon.ended().is_some() && !restarted {
            // No journal without room for it: the service is started again, and by then there is some.
            restarted = true;
            daemon = site.start("again", &["daemon"]);
        }
        is_done(&site)
    });
    let log = daemon.log();
    assert!(!log.contains("panicked"), "{log}");
    let met = restarted || log.contains("full") || log.contains("no storage space") || log.contains("No space");
    daemon.terminate();

    site.sandbox.expect_made(0..rows);
    let runs = site.json(&["history", "--json"]);
    assert_eq!(runs.as_array().unwrap().len(), 1, "{what}: {runs}");
    assert_eq!((&runs[0]["outcome"], &runs[0]["counts"]["created"]), (&"succeeded".into(), &rows.into()), "{what}");
    let done = site.files("done");
    let original = done.iter().find(|name| !name.contains("results")).unwrap();
    assert_eq!(std::fs::read_to_string(site.path("inbox/done").join(original)).unwrap(), text, "{what}");
    let beside = site.path("inbox/done");
    let results: Vec<_> = [beside, site.path("state/results")]
        .into_iter()
        .flat_map(|folder| names(&folder).into_iter().map(move |name| folder.join(name)))
        .filter(|path| path.display().to_string().ends_with(".results.csv"))
        .collect();
    assert_eq!(results.len(), 1, "{what}: {results:?}");
    assert_eq!(column(&results[0], "status"), vec!["created"; rows], "{what}");
    for empty in ["", "processing", "failed"] {
        assert!(site.files(empty).is_empty(), "{what}: {empty:?} {:?}", site.files(empty));
    }
    met
}

fn is_done(site: &Site) -> bool {
    let done = site.files("done");
    done.iter().any(|name| !name.contains("results")) && !site.mails().is_empty() && is_sent(site)
}

#[test]
fn no_room_for_a_commit_once() {
    full_at("journal.commit", 1);
}

#[test]
fn no_room_for_commits_for_a_while() {
    full_at("journal.commit", 3);
}

#[test]
fn no_room_for_a_file() {
    for place in ["file.create", "file.sync", "file.rename"] {
        full_at(place, 1);
    }
}

#[test]
fn no_room_for_the_move_of_a_file() {
    full_at("inbox.rename", 1);
}

#[test]
fn no_room_while_several_pages_are_committed() {
    for from in (8..32).step_by(6) {
        let full = Full { place: "journal.commit", from, times: 2, rows: 80, in_flight: 4 };
        assert!(full_once(full), "{full:?} met nothing");
    }
}
