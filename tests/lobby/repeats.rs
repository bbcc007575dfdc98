//! `retry`: only what did not succeed, and not what a later run has dealt with.

use crate::refreshing::{LobbyEffects, NO_EFFECTS, with_upcoming};
use crate::site::{Site, Writes};

/// The server refuses every fourth lobby.
const REFUSALS: &str =
    "[[fault]]\nmatch = 'POST /meetings/*/lobby'\nkind = 'error_code'\ncode = 1617\nstatus = 406\nevery = 4";

fn run_with_refusals(site: &Site) -> String {
    site.configure_job("lobby = { messages = ['Hello there'] }");
    site.script(REFUSALS);
    let refreshed = site.refresh();
    assert_eq!((refreshed.code, refreshed.sent), (3, Writes::posts(20)), "{refreshed:?}");
    assert_eq!(refreshed.run["counts"], serde_json::json!({ "added": 15, "failed": 5 }));
    site.script("");
    refreshed.run["run"].as_str().unwrap().to_owned()
}

#[test]
fn only_the_meetings_that_did_not_succeed_are_done_again() {
    let site = with_upcoming(20);
    let run = run_with_refusals(&site);
    let retried = site.refreshed(&["retry", &run, "--json"]);
    retried.expect(&[("added", 5)]);
    assert_eq!((retried.sent, site.lobby_effects()), (Writes::posts(5), LobbyEffects { added: 20, ..NO_EFFECTS }));
}

#[test]
fn what_a_later_run_has_dealt_with_is_left_out_and_what_is_gone_is_told() {
    let site = with_upcoming(20);
    let run = run_with_refusals(&site);
    let failed: Vec<_> = site.meetings().into_iter().filter(|meeting| meeting.lobby.is_none()).collect();
    site.cancel(&failed[0].meeting_id);
    site.refresh().expect(&[("added", 4), ("unchanged", 15)]);
    let retried = site.refreshed(&["retry", &run, "--json"]);
    retried.expect(&[("skipped", 5)]);
    assert_eq!(retried.sent, Writes::NONE);
    let reasons: Vec<_> =
        site.items(&retried.run).iter().map(|item| item["error"].as_str().unwrap().to_owned()).collect();
    let count = |words: &str| reasons.iter().filter(|reason| reason.starts_with(words)).count();
    assert_eq!((count("superseded by "), count("the meeting is not among")), (4, 1), "{reasons:?}");
}
