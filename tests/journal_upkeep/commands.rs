//! The commands from the front door: what a person and a program are told, and by which code.

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use roomkeeper::clock::{Clock, SystemClock};

use crate::fixture::{job, open};
use crate::journals::{by_hand, ended_run, zero};
use crate::site::{Ran, Site, names, timetable};

const JOB: &str = "[schedule_meetings.timetable]\ninbox = \"inbox\"\nsettle = \"1s\"\n";

#[test]
fn check_backup_and_prune_work_while_the_daemon_runs() {
    let site = Site::new(JOB);
    std::fs::write(site.path("a.csv"), timetable(0..3)).unwrap();
    site.run(&["import", "a.csv"]).expect(0, "3 created");
    let mut daemon = site.daemon();
    site.run(&["journal", "check"]).expect(0, "the journal is sound: 1 run with 3 items");
    let told = site.json(&["journal", "check", "--json"]);
    assert_eq!(told, serde_json::json!({ "valid": true, "runs": 1, "items": 3, "problems": [], "more": 0 }));
    site.run(&["journal", "backup", "backup.db"]).expect(0, "backed up to backup.db");
    site.run(&["journal", "prune"]).expect(0, "forgotten: 0 runs");
    assert_eq!(std::fs::metadata(site.path("backup.db")).unwrap().permissions().mode() & 0o777, 0o600);
    let before = std::fs::read(site.path("backup.db")).unwrap();
    site.run(&["journal", "backup", "backup.db"]).expect(1, "nothing is overwritten");
    assert_eq!(std::fs::read(site.path("backup.db")).unwrap(), before);
    assert!(daemon.terminate().0.success());

    // The backup is a journal: with it, the same file makes nothing twice.
    std::fs::rename(site.path("state"), site.path("lost")).unwrap();
    std::fs::create_dir(site.path("state")).unwrap();
    std::fs::copy(site.path("backup.db"), site.path("state/journal.db")).unwrap();
    site.run(&["import", "a.csv"]).expect(0, "3 unchanged");
    assert_eq!(site.sandbox.made().len(), 3);
}

#[test]
fn where_nothing_has_run_there_is_nothing_to_look_after_and_nothing_is_made() {
    let site = Site::without_server(JOB);
    site.run(&["journal", "check"]).expect(1, "nothing has run");
    site.run(&["journal", "backup", "b.db"]).expect(1, "nothing has run");
    site.run(&["journal", "prune"]).expect(0, "nothing has run");
    assert!(!site.path("state").exists() && !site.path("b.db").exists());
}

#[tokio::test]
async fn prune_forgets_what_is_older_than_keep_says() {
    let site = Site::without_server(&format!("[state]\nkeep = \"30d\"\n{JOB}"));
    let journal = open(&site.path("state")).unwrap();
    let timetable = job(&journal, "timetable").await;
    let ago = |days: u64| SystemClock.now().minus(Duration::from_hours(24 * days));
    let mut runs = Vec::new();
    for days in [40, 31, 29, 1] {
        runs.push(ended_run(&journal, timetable, ago(days), 2).await.1.to_string());
    }
    journal.close().await;
    site.run(&["journal", "prune"])
        .expect(0, "forgotten: 2 runs with 4 items, 0 meetings that are over, 0 due times without a run");
    assert_eq!(names(&site.path("state")), ["journal.db", "lock", "pin.key"]);
    assert_eq!(site.json(&["history", "--json"]).as_array().unwrap().len(), 2);
    let told = site.run(&["results", &runs[0]]);
    told.expect(2, "one that ended longer ago than [state] keep says is forgotten, with its rows");
    site.run(&["journal", "check"]).expect(0, "2 runs with 4 items");
}

#[tokio::test]
async fn what_is_wrong_is_told_in_words_and_in_json_and_ends_with_1() {
    let site = Site::without_server(JOB);
    let journal = open(&site.path("state")).unwrap();
    let timetable = job(&journal, "timetable").await;
    let (_, id) = ended_run(&journal, timetable, SystemClock.now(), 2).await;
    journal.close().await;
    let connection = by_hand(&site.path("state"));
    connection.execute_batch("UPDATE runs SET counts = '{\"created\":9}'").unwrap();
    connection.close().unwrap();
    let told = site.run(&["journal", "check"]);
    told.expect(1, &format!("run {id}: it says 9 created, and its items are 2 unchanged"));
    told.expect(1, "it contradicts itself");
    let told = site.json(&["journal", "check", "--json"]);
    assert_eq!((&told["valid"], &told["problems"][0]["law"]), (&false.into(), &"sums".into()));
}

/// Runs a command to its end, and gives up on a daemon that does not end.
fn ended(site: &Site, command: &[&str]) -> Ran {
    let mut running = site.start("ended", command);
    let status = running.wait();
    Ran { code: status.code().unwrap_or(-1), out: String::new(), err: running.log() }
}

#[tokio::test]
async fn every_command_refuses_a_broken_journal_and_says_what_to_do() {
    let site = Site::without_server(JOB);
    std::fs::write(site.path("a.csv"), timetable(0..1)).unwrap();
    let journal = open(&site.path("state")).unwrap();
    let timetable = job(&journal, "timetable").await;
    ended_run(&journal, timetable, SystemClock.now(), 200).await;
    journal.close().await;
    let path = site.path("state/journal.db");
    let sound = std::fs::read(&path).unwrap();
    let commands = [
        &["daemon"][..],
        &["import", "a.csv"],
        &["history"],
        &["list"],
        &["journal", "check"],
        &["journal", "backup", "b.db"],
        &["journal", "prune"],
    ];
    let cut_off = sound[..sound.len() / 2].to_vec();
    let mut overwritten = sound.clone();
    overwritten[..64].fill(b'#');
    for broken in [cut_off, overwritten] {
        std::fs::write(&path, &broken).unwrap();
        for command in commands {
            let told = ended(&site, command);
            told.expect(1, &path.display().to_string());
            told.expect(1, "restore a backup");
        }
        assert_eq!(std::fs::read(&path).unwrap(), broken);
    }
    assert!(!site.path("b.db").exists());

    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    for command in commands {
        ended(&site, command).expect(1, "it is a folder");
    }

    // A page in the middle is seen by who reads it, and by a check.
    std::fs::remove_dir(&path).unwrap();
    std::fs::write(&path, &sound).unwrap();
    let zeroed = zero(&site.path("state"), "runs");
    for command in commands {
        let told = ended(&site, command);
        assert_eq!(told.code, 1, "{command:?}: {told:?}");
        assert!((told.err.clone() + &told.out).contains("backup"), "{command:?}: {told:?}");
    }
    assert_eq!(std::fs::read(&path).unwrap(), zeroed);
}

/// A user who owns nothing, by number.
const NOBODY: u32 = 65534;

#[tokio::test]
async fn root_backs_up_somebody_elses_journal_to_where_only_root_can_write() {
    use std::os::unix::fs::{MetadataExt, chown};
    let site = Site::without_server(JOB);
    let journal = open(&site.path("state")).unwrap();
    let timetable = job(&journal, "timetable").await;
    ended_run(&journal, timetable, SystemClock.now(), 2).await;
    journal.close().await;
    let permit = |name: &str, mode: u32| {
        std::fs::set_permissions(site.path(name), std::fs::Permissions::from_mode(mode)).unwrap();
    };
    permit("", 0o711);
    std::fs::create_dir(site.path("backups")).unwrap();
    permit("backups", 0o700);
    let is_root = rustix::process::geteuid().is_root();
    if is_root {
        // From here on commands work as another user. For other callers they do not, and nothing else differs.
        for name in ["state", "state/journal.db", "state/lock", "state/pin.key"] {
            chown(site.path(name), Some(NOBODY), Some(NOBODY)).unwrap();
        }
    }
    site.run(&["journal", "backup", "backups/b.db"]).expect(0, "backed up");
    site.run(&["journal", "check"]).expect(0, "the journal is sound");
    site.run(&["journal", "prune"]).expect(0, "forgotten: 0 runs");
    for name in names(&site.path("state")) {
        let owner = std::fs::metadata(site.path("state").join(&name)).unwrap().uid();
        assert!(!is_root || owner == NOBODY, "{name} belongs to {owner}");
    }
}
