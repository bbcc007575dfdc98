//! Ctrl-C leaves the rest undone; SIGTERM leaves it to the next start.

use std::fmt::Write as _;
use std::time::Duration;

use roomkeeper::sandbox::Options;
use serde_json::json;

use super::world::{World, wait_for};
use super::years;

const ROWS: usize = 60;

/// An import of which some rows are done and some are not, while each request takes its time.
fn under_way() -> (World, std::process::Child) {
    let world = World::with(Options { delay: Duration::from_millis(40), ..Options::default() });
    let mut text = "ref,user_id,room_name,start_time,duration,moderators,participants\n".to_owned();
    for row in 0..ROWS {
        writeln!(text, "R{row},u{row:05},Lesson {row},{}-02-01 09:00,45,1,20", years::coming()).unwrap();
    }
    world.write("a.csv", text);
    let child = world.start(&["import", "a.csv"]);
    wait_for(|| world.writes()[0] >= 5);
    (world, child)
}

fn signal(child: &std::process::Child, signal: rustix::process::Signal) {
    let id = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw).unwrap();
    rustix::process::kill_process(id, signal).unwrap();
}

#[test]
fn ctrl_c_lets_what_is_under_way_finish_and_leaves_the_rest_undone() {
    let (world, mut child) = under_way();
    signal(&child, rustix::process::Signal::INT);
    assert_eq!(child.wait().unwrap().code(), Some(3));
    let history = world.run(&["history", "--json"]).json();
    let run = &history[0];
    assert_eq!((&run["outcome"], history.as_array().unwrap().len()), (&json!("cancelled"), 1));
    let (created, not_run) = (run["counts"]["created"].as_u64().unwrap(), run["counts"]["not_run"].as_u64().unwrap());
    assert_eq!((created + not_run, created), (ROWS as u64, world.meetings().len() as u64), "{run}");
    assert!(not_run > 0);
    let retry = world.run(&["retry", "--json", run["run"].as_str().unwrap()]).json();
    assert_eq!(retry["run"]["counts"], json!({ "created": not_run }));
    assert_eq!(world.meetings().len(), ROWS);
}

#[test]
fn after_sigterm_the_next_start_goes_on_with_the_run() {
    let (world, mut child) = under_way();
    signal(&child, rustix::process::Signal::TERM);
    assert_eq!(child.wait().unwrap().code(), Some(3));
    let made = world.meetings().len();
    assert!((5..ROWS).contains(&made), "{made}");
    let imported = world.import("a.csv");
    assert_eq!(imported.run["counts"], json!({ "unchanged": ROWS }));
    let history = world.run(&["history", "--json"]).json();
    assert_eq!((&history[1]["outcome"], &history[1]["counts"]), (&json!("succeeded"), &json!({ "created": ROWS })));
    assert_eq!((world.meetings().len(), world.writes()), (ROWS, [ROWS as u64, 0, 0]));
}
