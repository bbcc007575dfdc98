//! The campaign bites: with an invariant left out, the law that rests on it is seen to be broken. The switches exist in debug
//! builds alone (`roomkeeper::failpoint`). That a commit is on the disk when it is answered cannot be shown like this: no
//! process can lose what the system has taken from it.

use crate::laws;
use crate::stage::{Stage, soon};

#[track_caller]
fn expect_broken(stage: &Stage, law: &str) {
    let broken = laws::broken(stage);
    assert!(broken.iter().any(|told| told.starts_with(law)), "`{law}` was not seen to be broken: {broken:?}");
}

/// A stage without faults whose daemon dies at a failpoint; then the next daemon deals with another file.
fn killed_once(failpoints: &str) -> Stage {
    let mut stage = Stage::with_faults(1, failpoints, "");
    stage.quiet();
    stage.drop_file();
    let mut doomed = stage.daemon();
    soon("the daemon is killed", || doomed.ended().map(|_| ()));
    stage.failpoints.clear();
    stage.drop_file();
    let mut next = stage.daemon();
    soon("the other file is dealt with", || {
        stage
            .world
            .files("done")
            .iter()
            .any(|name| name.starts_with("f1.") && name.ends_with(".results.csv"))
            .then_some(())
    });
    soon("nothing is under way", || (stage.query("SELECT count(*) FROM runs WHERE ended IS NULL") == 0).then_some(()));
    assert!(next.terminate().0.success());
    stage
}

#[test]
fn with_settling_skipped_meetings_are_made_twice() {
    let lost_replies = "[[fault]]\nmatch = 'POST /meetings'\nkind = ['reset_after', 'http_500_after']\nevery = 2\n";
    let mut stage = Stage::with_faults(1, "settle.skip=on", lost_replies);
    stage.quiet();
    stage.drop_file();
    stage.come_to_rest();
    expect_broken(&stage, "made twice");
}

#[test]
fn with_an_intent_that_is_not_awaited_a_request_arrives_that_nobody_knows_of() {
    let stage = killed_once("intent.unawaited=on;request.after=kill:1");
    expect_broken(&stage, "intent after arrival");
}

#[test]
fn with_a_claim_that_is_not_journaled_a_file_stays_where_nobody_looks() {
    let stage = killed_once("claim.unjournaled=on;claim.moved=kill:1");
    expect_broken(&stage, "files");
}

#[test]
fn with_an_outbox_that_is_written_after_the_end_nobody_is_told() {
    let stage = killed_once("outbox.late=on;outbox.late.before=kill:1");
    expect_broken(&stage, "mails");
}

#[test]
fn with_nothing_left_out_the_same_kills_break_no_law() {
    for kill in ["request.after=kill:1", "inbox.rename.after=kill:1", "journal.commit.after=kill:9"] {
        let stage = killed_once(kill);
        let broken: Vec<_> = laws::broken(&stage).into_iter().filter(|told| !told.starts_with("export")).collect();
        assert!(broken.is_empty(), "{kill}: {broken:?}");
    }
}
