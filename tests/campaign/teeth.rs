//! The campaign bites: with an invariant left out, the law that rests on it is seen to be broken. What the engine believes is
//! falsified by the server that it talks to; the other switches exist in debug builds alone (`roomkeeper::failpoint`).

use crate::by_hand;
use crate::habits::Habits;
use crate::power::Power;
use crate::scene::{Scene, UPCOMING};
use crate::site::wait_until;
use crate::{LANES, laws};

/// Fewer commits than one small file takes, and more.
const COMMITS_LEAST: u32 = 5;
const COMMITS_MOST: u32 = 100;

#[track_caller]
fn expect_broken(scene: &Scene, law: &str) {
    let broken = laws::broken(scene);
    assert!(broken.iter().any(|told| told.starts_with(law)), "`{law}` was not seen to be broken: {broken:?}");
}

/// Laws about jobs that have not run at all in a short scene.
fn about_later_jobs(told: &str) -> bool {
    ["export", "lobbies", "policy"].iter().any(|law| told.starts_with(law))
}

/// A scene without faults whose daemon dies at a failpoint; then the next daemon deals with another file.
fn killed_once(failpoints: &str) -> Scene {
    let mut scene = Scene::with_faults(1, failpoints, "");
    scene.quiet();
    scene.drop_file();
    let mut doomed = scene.daemon();
    wait_until("the daemon is killed", || doomed.ended().is_some());
    scene.failpoints.clear();
    go_on(&mut scene);
    scene
}

/// A scene without faults whose daemon dies at a failpoint, and the power with it; then the next daemon deals with another file.
/// Tells how many bytes were lost; `None` where the first file was done with before that.
fn without_power(failpoints: &str) -> Option<(Scene, u64)> {
    let mut scene = Scene::with_faults(1, failpoints, "");
    scene.power = Some(Power::new(&scene.site.path("")));
    scene.quiet();
    scene.drop_file();
    let mut doomed = scene.daemon();
    let mut killed = false;
    wait_until("the daemon is killed, or done", || {
        killed = doomed.ended().is_some();
        killed || is_done(&scene, "f0.")
    });
    if !killed {
        doomed.kill();
        return None;
    }
    let lost = scene.power.as_ref().unwrap().fail(&scene.site.path("state/journal.db"));
    scene.failpoints.clear();
    go_on(&mut scene);
    Some((scene, lost))
}

/// Tells whether the results of a file are there, and its PINs wiped. It cannot change anything: a connection that
/// can, and is the last to go, carries the log over, and then nothing is lost with the power.
fn is_done(scene: &Scene, file: &str) -> bool {
    scene.site.files("done").iter().any(|name| name.starts_with(file) && name.ends_with(".results.csv"))
        && by_hand::is_at_rest(&scene.site.path("state"))
}

fn go_on(scene: &mut Scene) {
    scene.drop_file();
    let mut next = scene.daemon();
    wait_until("the other file is dealt with", || is_done(scene, "f1."));
    assert!(next.terminate().0.success());
}

/// The reply is lost; or the server denies what it did, so that no look is made for it.
const LOST: &str = "kind = 'reset_after'";
const DENIED: &str = "kind = 'busy_429_after'\nretry_after = 0";

/// Makes a scene whose server reads no changes to lobbies, and gives such a reply to the first lobby that is added anew. Its lobbies
/// were added; now they are to be others, in a process with these failpoints. Tells whether that ended by itself.
fn lobbies_added_anew(reply: &str, failpoints: &str) -> (Scene, bool) {
    let habits = Habits::PatchRefused;
    let lost = format!("[[fault]]\nmatch = 'POST'\n{reply}\nevery = {}\ntimes = 1\n", UPCOMING + 1);
    let scene = Scene::with(1, "", &format!("{}{lost}", habits.script()), habits);
    scene.turn(0);
    scene.site.run(&["run", "welcome"]).expect(0, &format!("{UPCOMING} added"));
    scene.quiet();
    let mut command = scene.site.command(&["run", "welcome"]);
    let ended = command.env("ROOMKEEPER_FAILPOINTS", failpoints).output().unwrap().status;
    (scene, ended.code().is_some())
}

/// Lists what is broken of the law about lobbies, in these words.
fn broken_lobbies(scene: &Scene, words: &str) -> Vec<String> {
    let broken = laws::broken(scene).into_iter();
    broken.filter(|told| told.starts_with("lobbies: ") && told.contains(words)).collect()
}

#[test]
fn with_a_lobby_that_is_not_looked_at_before_it_is_added_there_are_two() {
    let (scene, ended) = lobbies_added_anew(DENIED, "lobby.blind=on");
    assert!(ended);
    assert_eq!(broken_lobbies(&scene, "was made though it was there").len(), 1);
}

#[test]
fn with_a_lobby_that_counts_as_changed_when_it_is_taken_away_there_is_none() {
    let (scene, ended) = lobbies_added_anew(LOST, "lobby.away.done=on");
    assert!(ended);
    assert!(!broken_lobbies(&scene, "shows None in the end").is_empty());
}

#[test]
fn with_a_lobby_that_is_looked_at_before_it_is_added_there_is_one_also_where_the_server_denies_it() {
    for reply in [LOST, DENIED] {
        let (scene, ended) = lobbies_added_anew(reply, "");
        let broken = broken_lobbies(&scene, "");
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
                    let (scene, ended) = lobbies_added_anew(LOST, &format!("{place}=kill:{request}"));
                    crashed.fetch_add(usize::from(!ended), std::sync::atomic::Ordering::SeqCst);
                    wait_until("the lobbies are as wanted", || scene.site.run(&["run", "welcome"]).code == 0);
                    let broken = broken_lobbies(&scene, "");
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
    let mut scene = Scene::with_faults(1, "", &denied);
    scene.quiet();
    scene.drop_file();
    scene.come_to_rest();
    expect_broken(&scene, "made twice");
}

#[test]
fn with_an_intent_that_is_not_awaited_a_request_arrives_that_nobody_knows_of() {
    // Where the commit happens to be the faster of the two, nothing is to be seen.
    const TRIES: usize = 10;
    let is_seen = || {
        let scene = killed_once("intent.unawaited=on;request.after=kill:1");
        laws::broken(&scene).iter().any(|told| told.starts_with("intent after arrival"))
    };
    assert!((0..TRIES).any(|_| is_seen()), "no request was faster than its intent");
}

#[test]
fn with_a_claim_that_is_not_journaled_a_file_stays_where_nobody_looks() {
    let scene = killed_once("claim.unjournaled=on;claim.moved=kill:1");
    expect_broken(&scene, "files");
}

#[test]
fn with_an_outbox_that_is_written_after_the_end_nobody_is_told() {
    let scene = killed_once("outbox.late=on;outbox.late.before=kill:1");
    expect_broken(&scene, "mails");
}

#[test]
fn with_commits_that_are_not_synced_a_power_failure_loses_what_was_promised() {
    let (scene, lost) = without_power("journal.unsynced=on;request.after=kill:3").unwrap();
    assert!(lost > 0, "everything was synced");
    expect_broken(&scene, "lost");
}

#[test]
fn with_commits_that_are_synced_a_power_failure_at_the_same_moment_loses_nothing() {
    let (scene, _) = without_power("request.after=kill:3").unwrap();
    let broken: Vec<_> = laws::broken(&scene).into_iter().filter(|told| !about_later_jobs(told)).collect();
    assert!(broken.is_empty(), "{broken:?}");
}

#[test]
fn with_a_power_failure_after_any_commit_no_law_is_broken() {
    std::thread::scope(|scope| {
        for lane in 0..LANES {
            scope.spawn(move || {
                for commit in (1..).skip(lane).step_by(LANES) {
                    assert!(commit < COMMITS_MOST, "there is no end to the commits");
                    let Some((scene, _)) = without_power(&format!("journal.commit.after=kill:{commit}")) else {
                        assert!(commit > COMMITS_LEAST, "it was done after {commit} commits");
                        break;
                    };
                    let broken: Vec<_> =
                        laws::broken(&scene).into_iter().filter(|told| !about_later_jobs(told)).collect();
                    assert!(broken.is_empty(), "commit {commit}: {broken:?}");
                }
            });
        }
    });
}

#[test]
fn with_nothing_left_out_the_same_kills_break_no_law() {
    for kill in ["request.after=kill:1", "inbox.rename.after=kill:1", "journal.commit.after=kill:9"] {
        let scene = killed_once(kill);
        let broken: Vec<_> = laws::broken(&scene).into_iter().filter(|told| !about_later_jobs(told)).collect();
        assert!(broken.is_empty(), "{kill}: {broken:?}");
    }
}
