//! Ctrl-C leaves the rest undone; SIGTERM leaves it to the next start.

use std::fmt::Write as _;
use std::time::Duration;

use roomkeeper::sandbox::Options;
use serde_json::json;

use super::years;
use crate::importing::with;
use crate::site::{Running, Site, Writes, wait_until};

const ROWS: usize = 60;

/// An import of which some rows are done and some are not, while each request takes its time.
fn under_way() -> (Site, Running) {
    let site = with(Options { delay: Duration::from_millis(40), ..Options::default() });
    let mut text = "ref,user_id,room_name,start_time,duration,moderators,participants\n".to_owned();
    for row in 0..ROWS {
        writeln!(text, "R{row},u{row:05},Lesson {row},{}-02-01 09:00,45,1,20", years::coming()).unwrap();
    }
    site.write("a.csv", text);
    let child = site.start("run", &["import", "a.csv"]);
    wait_until("some rows are sent", || site.writes().posts >= 5);
    (site, child)
}

#[test]
fn ctrl_c_lets_what_is_under_way_finish_and_leaves_the_rest_undone() {
    let (site, mut child) = under_way();
    child.signal(rustix::process::Signal::INT);
    assert_eq!(child.wait().code(), Some(3));
    let history = site.run(&["history", "--json"]).json();
    let run = &history[0];
    assert_eq!((&run["outcome"], history.as_array().unwrap().len()), (&json!("cancelled"), 1));
    let (created, not_run) = (run["counts"]["created"].as_u64().unwrap(), run["counts"]["not_run"].as_u64().unwrap());
    assert_eq!((created + not_run, created), (ROWS as u64, site.meetings().len() as u64), "{run}");
    assert!(not_run > 0);
    let retry = site.run(&["retry", "--json", run["run"].as_str().unwrap()]).json();
    assert_eq!(retry["run"]["counts"], json!({ "created": not_run }));
    assert_eq!(site.meetings().len(), ROWS);
}

#[test]
fn after_sigterm_the_next_start_goes_on_with_the_run() {
    let (site, mut child) = under_way();
    child.signal(rustix::process::Signal::TERM);
    assert_eq!(child.wait().code(), Some(3));
    let made = site.meetings().len();
    assert!((5..ROWS).contains(&made), "{made}");
    let imported = site.import("a.csv");
    assert_eq!(imported.run["counts"], json!({ "unchanged": ROWS }));
    let history = site.run(&["history", "--json"]).json();
    assert_eq!((&history[1]["outcome"], &history[1]["counts"]), (&json!("succeeded"), &json!({ "created": ROWS })));
    assert_eq!((site.meetings().len(), site.writes()), (ROWS, Writes::posts(ROWS as u64)));
}
