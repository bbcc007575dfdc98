//! `retry`: only what did not succeed, and not what a later run has dealt with.

use super::world::World;

/// The server refuses every fourth lobby.
const REFUSALS: &str =
    "[[fault]]\nmatch = 'POST /meetings/*/lobby'\nkind = 'error_code'\ncode = 1617\nstatus = 406\nevery = 4";

fn run_with_refusals(world: &World) -> String {
    world.configure("lobby = { messages = ['Hello there'] }");
    world.script(REFUSALS);
    let refreshed = world.refresh();
    assert_eq!((refreshed.code, refreshed.sent), (3, [20, 0, 0]), "{refreshed:?}");
    assert_eq!(refreshed.run["counts"], serde_json::json!({ "added": 15, "failed": 5 }));
    world.script("");
    refreshed.run["run"].as_str().unwrap().to_owned()
}

#[test]
fn only_the_meetings_that_did_not_succeed_are_done_again() {
    let world = World::with_upcoming(20);
    let run = run_with_refusals(&world);
    let retried = world.refreshed(&["retry", &run, "--json"]);
    retried.expect(&[("added", 5)]);
    assert_eq!((retried.sent, world.lobby_effects()), ([5, 0, 0], [20, 0, 0]));
}

#[test]
fn what_a_later_run_has_dealt_with_is_left_out_and_what_is_gone_is_told() {
    let world = World::with_upcoming(20);
    let run = run_with_refusals(&world);
    let failed: Vec<_> = world.meetings().into_iter().filter(|meeting| meeting.lobby.is_none()).collect();
    world.cancel(&failed[0].meeting_id);
    world.refresh().expect(&[("added", 4), ("unchanged", 15)]);
    let retried = world.refreshed(&["retry", &run, "--json"]);
    retried.expect(&[("skipped", 5)]);
    assert_eq!(retried.sent, [0, 0, 0]);
    let reasons: Vec<_> =
        world.items(&retried.run).iter().map(|item| item["error"].as_str().unwrap().to_owned()).collect();
    let count = |words: &str| reasons.iter().filter(|reason| reason.starts_with(words)).count();
    assert_eq!((count("superseded by "), count("the meeting is not among")), (4, 1), "{reasons:?}");
}
