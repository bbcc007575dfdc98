//! The campaign bites: with an invariant left out, the law that rests on it is seen to be broken. What the engine believes is
//! falsified by the server that it talks to; the other switches exist in debug builds alone (`roomkeeper::failpoint`).

use crate::habits::Habits;
use crate::power::Power;
use crate::stage::{Stage, UPCOMING, soon};
use crate::{LANES, laws};

/// Fewer commits than one small file takes, and more.
const COMMITS_LEAST: u32 = 5;
const COMMITS_MOST: u32 = 100;

#[track_caller]
fn expect_broken(stage: &Stage, law: &str) {
    let broken = laws::broken(stage);
    assert!(broken.iter().any(|told| told.starts_with(law)), "`{law}` was not seen to be broken: {broken:?}");
}

/// Laws about jobs that have not run at all in a short stage.
fn about_later_jobs(told: &str) -> bool {
    ["export", "lobbies", "policy"].iter().any(|law| told.starts_with(law))
}

/// A stage without faults whose daemon dies at a failpoint; then the next daemon deals with another file.
fn killed_once(failpoints: &str) -> Stage {
    let mut stage = Stage::with_faults(1, failpoints, "");
    stage.quiet();
    stage.drop_file();
    let mut doomed = stage.daemon();
    soon("the daemon is killed", || doomed.ended().map(|_| ()));
    stage.failpoints.clear();
    go_on(&mut stage);
    stage
}

/// A stage without faults whose daemon dies at a failpoint, and the power with it; then the next daemon deals with another file.
/// Tells how many bytes were lost; `None` where the first file was done with before that.
fn without_power(failpoints: &str) -> Option<(Stage, u64)> {
    let mut stage = Stage::with_faults(1, failpoints, "");
    stage.power = Some(Power::new(&stage.world.path("")));
    stage.quiet();
    stage.drop_file();
    let mut doomed = stage.daemon();
    let mut killed = false;
    soon("the daemon is killed, or done", || {
        killed = doomed.ended().is_some();
        (killed || is_done(&stage, "f0.")).then_some(())
    });
    if !killed {
        doomed.kill();
        return None;
    }
    let lost = stage.power.as_ref().unwrap().fail(&stage.world.path("state/journal.db"));
    stage.failpoints.clear();
    go_on(&mut stage);
    Some((stage, lost))
}

/// Whether the results of a file are there, and its PINs wiped. Looks without being able to change anything: a connection that
/// can, and is the last to go, carries the log over, and then nothing is lost with the power.
fn is_done(stage: &Stage, file: &str) -> bool {
    let open = |path| rusqlite::Connection::open_with_flags(path, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY);
    let sql = "SELECT count(*) FROM runs WHERE ended IS NULL OR sealed <> 0";
    let left = || open(stage.world.path("state/journal.db"))?.query_row(sql, [], |row| row.get::<_, i64>(0));
    stage.world.files("done").iter().any(|name| name.starts_with(file) && name.ends_with(".results.csv"))
        && left().is_ok_and(|left| left == 0)
}

fn go_on(stage: &mut Stage) {
    stage.drop_file();
    let mut next = stage.daemon();
    soon("the other file is dealt with", || is_done(stage, "f1.").then_some(()));
    assert!(next.terminate().0.success());
}

/// The reply is lost; or the server denies what it did, so that nobody looks for it.
const LOST: &str = "kind = 'reset_after'";
const DENIED: &str = "kind = 'busy_429_after'\nretry_after = 0";

/// Makes a stage whose server reads no changes to lobbies, and gives such a reply to the first lobby that is added anew. Its lobbies
/// were added; now they are to be others, in a process with these failpoints. Tells whether that ended by itself.
fn lobbies_added_anew(reply: &str, failpoints: &str) -> (Stage, bool) {
    let habits = Habits::PatchRefused;
    let lost = format!("[[fault]]\nmatch = 'POST'\n{reply}\nevery = {}\ntimes = 1\n", UPCOMING + 1);
    let stage = Stage::with(1, "", &format!("{}{lost}", habits.script()), habits);
    stage.turn(0);
    stage.world.run(&["run", "welcome"]).expect(0, &format!("{UPCOMING} added"));
    stage.quiet();
    let mut command = stage.world.command(&["run", "welcome"]);
    let ended = command.env("ROOMKEEPER_FAILPOINTS", failpoints).output().unwrap().status;
    (stage, ended.code().is_some())
}

/// Lists what is broken of the law about lobbies, in these words.
fn broken_lobbies(stage: &Stage, words: &str) -> Vec<String> {
    let broken = laws::broken(stage).into_iter();
    broken.filter(|told| told.starts_with("lobbies: ") && told.contains(words)).collect()
}

#[test]
fn with_a_lobby_that_is_not_looked_at_before_it_is_added_there_are_two() {
    let (stage, ended) = lobbies_added_anew(DENIED, "lobby.blind=on");
    assert!(ended);
    assert_eq!(broken_lobbies(&stage, "was made though it was there").len(), 1);
}

#[test]
fn with_a_lobby_that_counts_as_changed_when_it_is_taken_away_there_is_none() {
    let (stage, ended) = lobbies_added_anew(LOST, "lobby.away.done=on");
    assert!(ended);
    assert!(!broken_lobbies(&stage, "shows None in the end").is_empty());
}

#[test]
fn with_a_lobby_that_is_looked_at_before_it_is_added_there_is_one_also_where_the_server_denies_it() {
    for reply in [LOST, DENIED] {
        let (stage, ended) = lobbies_added_anew(reply, "");
        let broken = broken_lobbies(&stage, "");
        assert!(ended && broken.is_empty(), "{reply}: {broken:?}");
    }
}

#[test]
fn with_nothing_left_out_a_crash_at_any_request_ends_in_one_lobby_of_each_meeting() {
    let crashed = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for lane in 0..LANES {
            let crashed = &crashed;
            scope.spawn(move || {
                // An update of each, and then for each the two requests, at most.
                for request in (1..=3 * UPCOMING).skip(lane).step_by(LANES) {
                    let place = if request % 2 == 0 { "request.before" } else { "request.after" };
                    let (stage, ended) = lobbies_added_anew(LOST, &format!("{place}=kill:{request}"));
                    crashed.fetch_add(usize::from(!ended), std::sync::atomic::Ordering::SeqCst);
                    soon("the lobbies are as wanted", || {
                        (stage.world.run(&["run", "welcome"]).code == Some(0)).then_some(())
                    });
                    let broken = broken_lobbies(&stage, "");
                    assert!(broken.is_empty(), "{place} {request}: {broken:?}");
                }
            });
        }
    });
    // Between the two requests, too: there are more requests than updates.
    assert!(crashed.into_inner() > 2 * UPCOMING, "too few of them crashed");
}

#[test]
fn with_a_server_that_denies_what_it_did_meetings_are_made_twice() {
    let denied = format!("[[fault]]\nmatch = 'POST /meetings'\n{DENIED}\nevery = 2\n");
    let mut stage = Stage::with_faults(1, "", &denied);
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
fn with_commits_that_are_not_synced_a_power_failure_loses_what_was_promised() {
    let (stage, lost) = without_power("journal.unsynced=on;request.after=kill:3").unwrap();
    assert!(lost > 0, "everything was synced");
    expect_broken(&stage, "lost");
}

#[test]
fn with_commits_that_are_synced_a_power_failure_at_the_same_moment_loses_nothing() {
    let (stage, _) = without_power("request.after=kill:3").unwrap();
    let broken: Vec<_> = laws::broken(&stage).into_iter().filter(|told| !about_later_jobs(told)).collect();
    assert!(broken.is_empty(), "{broken:?}");
}

#[test]
fn with_a_power_failure_after_any_commit_no_law_is_broken() {
    std::thread::scope(|scope| {
        for lane in 0..LANES {
            scope.spawn(move || {
                for commit in (1..).skip(lane).step_by(LANES) {
                    assert!(commit < COMMITS_MOST, "there is no end to the commits");
                    let Some((stage, _)) = without_power(&format!("journal.commit.after=kill:{commit}")) else {
                        assert!(commit > COMMITS_LEAST, "it was done after {commit} commits");
                        break;
                    };
                    let broken: Vec<_> =
                        laws::broken(&stage).into_iter().filter(|told| !about_later_jobs(told)).collect();
                    assert!(broken.is_empty(), "commit {commit}: {broken:?}");
                }
            });
        }
    });
}

#[test]
fn with_nothing_left_out_the_same_kills_break_no_law() {
    for kill in ["request.after=kill:1", "inbox.rename.after=kill:1", "journal.commit.after=kill:9"] {
        let stage = killed_once(kill);
        let broken: Vec<_> = laws::broken(&stage).into_iter().filter(|told| !about_later_jobs(told)).collect();
        assert!(broken.is_empty(), "{kill}: {broken:?}");
    }
}
