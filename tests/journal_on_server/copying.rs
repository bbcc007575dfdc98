//! A journal that the program made, copied into a database and back: all that is told of it stays as it was, whenever the copying is
//! killed, and nothing is used beside its copy.

use std::os::unix::fs::PermissionsExt;

use crate::cluster::Cluster;
use crate::scene::{JOBS, Scene, by_hand, count, killed_at};
use crate::site::{Ran, Site, timetable, wait_for};
use crate::{cluster, tables_with};

/// A key for PINs in the file `key`.
fn key(site: &Site) {
    site.write("key", "0a".repeat(32));
    std::fs::set_permissions(site.path("key"), std::fs::Permissions::from_mode(0o600)).unwrap();
}

#[test]
fn a_journal_goes_into_a_database_and_back_and_all_that_is_told_of_it_stays() {
    let test = "copying::a_journal_goes_into_a_database_and_back_and_all_that_is_told_of_it_stays";
    let Some(cluster) = cluster(test) else { return };
    let (scene, address) = (Scene::new(), cluster.database());
    let before = scene.told();
    let copied = scene.copy(&address);
    copied.expect(0, "were compared one by one: the two are the same");
    assert!(copied.out.contains(&format!("[state]\njournal = \"{address}\"\n")), "{}", copied.out);

    // The one that was copied is refused by everything, and as it was but for that.
    for command in [
        &["history"][..],
        &["daemon"],
        &["import", "--job", "timetable", "a.csv"],
        &["journal", "check"],
        &["journal", "backup", "x.db"],
    ] {
        scene.site.run(command).expect(1, "was copied to postgres://");
    }
    scene.copy(&address).expect(0, "had been copied to");
    scene.configure_on(&address);
    assert_eq!(scene.told(), before);

    scene.copy("state").expect(1, "holds a journal already");
    let back = scene.copy("back");
    back.expect(0, "the two are the same");
    assert!(back.out.contains("directory = \"") && back.out.contains("take out journal"), "{}", back.out);
    for command in [
        &["history"][..],
        &["daemon"],
        &["import", "--job", "timetable", "a.csv"],
        &["journal", "check"],
        &["journal", "prune"],
    ] {
        scene.site.run(command).expect(1, "was copied to /");
    }
    scene.configure("directory = \"back\"\n");
    assert_eq!(scene.told(), before);
    let (old, new) = (scene.by_hand(), by_hand(&scene.site.path("back")));
    for table in ["items", "cells", "attempts", "identities", "figures", "outbox", "troubles", "clock"] {
        assert_eq!(count(&new, table), count(&old, table), "{table}");
    }
    assert_eq!(
        count(&new, "sqlite_schema WHERE type = 'trigger'"),
        count(&old, "sqlite_schema WHERE type = 'trigger'")
    );
    assert_eq!(
        std::fs::read(scene.site.path("back/pin.key")).unwrap(),
        std::fs::read(scene.site.path("state/pin.key")).unwrap()
    );
    scene.go_on();
}

#[test]
fn a_run_that_was_killed_goes_on_in_the_database_with_its_pins_under_another_key() {
    let test = "copying::a_run_that_was_killed_goes_on_in_the_database_with_its_pins_under_another_key";
    let Some(cluster) = cluster(test) else { return };
    let (scene, address) = (Scene::new(), cluster.database());
    let site = &scene.site;
    key(site);
    site.run(&["journal", "copy", "--to", &address, "--pin-key-file", "key"]).expect(0, "pin_key = {");
    scene.configure(&format!("journal = \"{address}\"\npin_key = {{ file = \"key\" }}\n"));
    // Numbers that are given from here on were never given before.
    let last = count(&scene.by_hand(), "runs");
    scene.go_on();
    site.write("c.csv", timetable(300..303));
    site.run(&["import", "--job", "timetable", "c.csv"]).expect(0, "3 created");
    assert_eq!(cluster.sql(&address, "SELECT count(*), max(run) FROM runs"), format!("{0}|{0}", last + 1));
    // The first to open it has it all for its own.
    let nobodys =
        "SELECT (SELECT count(*) FROM troubles WHERE home = ''), (SELECT count(*) FROM clock WHERE home = ''),
        (SELECT count(*) FROM runs WHERE begun_at IS NULL), (SELECT count(*) FROM clock)";
    assert_eq!(cluster.sql(&address, nobodys), "0|0|0|1");
}

#[test]
fn copying_that_is_killed_at_any_step_goes_on_where_it_was() {
    let test = "copying::copying_that_is_killed_at_any_step_goes_on_where_it_was";
    let Some(cluster) = cluster(test) else { return };
    let (scene, address) = (Scene::new(), cluster.database());
    let before = scene.told();
    let kill_everywhere = |to: &str, unfinished: &dyn Fn()| {
        assert!(killed_at(&scene, to, "journal.copy.left", 1));
        scene.site.run(&["history"]).expect(1, "is being copied to");
        scene.site.run(&["daemon"]).expect(1, "goes on where it was");
        assert!(killed_at(&scene, to, "journal.copy.begun", 1));
        let mut pages = 0;
        while killed_at(&scene, to, "journal.copy.page", 1 + pages % 2) {
            pages += 1;
            unfinished();
            if pages > 8 {
                break;
            }
        }
        assert!(pages > 8, "it came by {pages} pages");
        assert!(killed_at(&scene, to, "journal.copy.compared", 1));
        unfinished();
        assert!(killed_at(&scene, to, "journal.copy.finish", 1));
        unfinished();
        scene.site.run(&["history"]).expect(1, "was copied to");
    };
    kill_everywhere(&address, &|| {
        scene.configure_on(&address);
        for command in [&["history"][..], &["daemon"], &["journal", "check"], &["journal", "copy", "--to", "back"]] {
            scene.site.run(command).expect(1, "is an unfinished copy of");
        }
        scene.site.run(&["journal", "reopen"]).expect(1, "is an unfinished copy of");
        scene.configure("directory = \"state\"\n");
    });
    scene.copy(&address).expect(0, "the two are the same");
    scene.configure_on(&address);
    assert_eq!(scene.told(), before);

    kill_everywhere("back", &|| {
        scene.configure("directory = \"back\"\n");
        for command in [&["history"][..], &["daemon"], &["journal", "check"], &["journal", "copy", "--to", &address]] {
            scene.site.run(command).expect(1, "is an unfinished copy of");
        }
        scene.configure_on(&address);
    });
    assert!(killed_at(&scene, "back", "journal.copy.rename", 1));
    scene.copy("back").expect(0, "the two are the same");
    scene.copy("back").expect(0, "had been copied");
    scene.configure("directory = \"back\"\n");
    assert_eq!(scene.told(), before);
}

#[test]
fn the_journal_that_was_copied_can_be_taken_back_into_use() {
    let Some(cluster) = cluster("copying::the_journal_that_was_copied_can_be_taken_back_into_use") else { return };
    let (scene, address) = (Scene::new(), cluster.database());
    let before = scene.told();
    scene.site.run(&["journal", "reopen"]).expect(0, "nothing to take back");
    assert!(killed_at(&scene, &address, "journal.copy.page", 2));
    scene.copy(&cluster.database()).expect(1, "is being copied to");
    scene.site.run(&["journal", "reopen"]).expect(0, "is in use again");
    assert_eq!(scene.told(), before);
    // What the first try left is another copy's.
    scene.copy(&address).expect(1, "what another copying began");
    assert_eq!(scene.told(), before, "it was marked though it was not copied");

    let other = cluster.database();
    scene.copy(&other).expect(0, "the two are the same");
    scene.configure_on(&other);
    scene.copy("back").expect(0, "the two are the same");
    scene.site.run(&["journal", "reopen"]).expect(0, "must not be used beside it");
    assert_eq!(scene.told(), before);
}

#[test]
fn what_cannot_be_copied_is_refused_before_anything_is() {
    let Some(cluster) = cluster("copying::what_cannot_be_copied_is_refused_before_anything_is") else { return };
    let (scene, address) = (Scene::new(), cluster.database());
    let site = &scene.site;
    let refused = |to: &str, code: i32, words: &str| {
        scene.copy(to).expect(code, words);
        site.run(&["history"]).expect(0, "timetable");
    };
    refused("postgres://roomkeeper:secret@db/rooms", 2, "--password-file");
    refused("back", 2, "in SQLite already");
    refused("postgres://roomkeeper@localhost:1/rooms", 1, "cannot be reached");

    // Whoever has it open is told.
    let mut daemon = site.daemon();
    refused(&address, 5, "is held by roomkeeper daemon");
    assert!(daemon.terminate().0.success());

    // What PostgreSQL cannot hold.
    let change = |sql: &str| scene.by_hand().execute_batch(sql).unwrap();
    change("UPDATE items SET error = 'a' || char(0) || 'b' WHERE run = 1 AND item = 3");
    refused(&address, 1, "has a NUL in its `error`");
    change("UPDATE items SET error = NULL WHERE run = 1 AND item = 3");
    change(
        "UPDATE identities SET identity = identity || printf('%3000s', 'x') WHERE identity = (SELECT min(identity) FROM identities)",
    );
    refused(&address, 1, "more than 2600 bytes in its `identity`");
    change(
        "UPDATE identities SET identity = substr(identity, 1, length(identity) - 3000) WHERE length(identity) > 3000",
    );

    // The prints of PINs that are being changed are read with their own key alone.
    change(
        "UPDATE jobs SET kind = 'rotate_pins' WHERE name = 'timetable'; UPDATE items SET before = '{}' WHERE state < 10",
    );
    key(site);
    let other_key = site.run(&["journal", "copy", "--to", &address, "--pin-key-file", "key"]);
    other_key.expect(1, "a run that changes PINs is unfinished");
    change("UPDATE jobs SET kind = 'schedule_meetings' WHERE name = 'timetable'; UPDATE items SET before = NULL");

    // A key that is gone opens no PINs.
    std::fs::rename(site.path("state/pin.key"), site.path("key.away")).unwrap();
    refused(&address, 1, "their key");
    std::fs::rename(site.path("key.away"), site.path("state/pin.key")).unwrap();

    // Another journal.
    let other = crate::site(cluster, JOBS);
    other.0.write("a.csv", timetable(0..3));
    other.0.run(&["import", "--job", "timetable", "a.csv"]).expect(0, "3 created");
    refused(&other.1, 1, "holds a journal already");
    assert_eq!(
        cluster.sql(&address, "SELECT count(*) FROM pg_class WHERE relname IN ('runs', 'roomkeeper_copy')"),
        "0"
    );
}

#[test]
fn a_journal_that_another_machine_has_open_is_not_copied() {
    let test = "copying::a_journal_that_another_machine_has_open_is_not_copied";
    let Some(cluster) = cluster(test) else { return };
    let (first, address) = crate::site(cluster, JOBS);
    let second = Site::new("");
    for (site, node) in [(&first, "room-1"), (&second, "room-2")] {
        key(site);
        let keys = format!("node = \"{node}\"\npin_key = {{ file = \"key\" }}\n{JOBS}");
        site.configure(&tables_with(&address, &keys));
    }
    std::fs::create_dir(first.path("nightly")).unwrap();
    let mut daemon = first.daemon();
    second.run(&["journal", "copy", "--to", "back"]).expect(5, "is held by roomkeeper daemon (process ");
    second.run(&["history"]).expect(0, "");
    assert!(daemon.terminate().0.success());
    second.run(&["journal", "copy", "--to", &address]).expect(2, "in PostgreSQL already");
    second.run(&["journal", "copy", "--to", "back"]).expect(0, "the two are the same");
    first.run(&["daemon"]).expect(1, "was copied to /");
    assert_eq!(std::fs::read(second.path("back/pin.key")).unwrap(), [0x0a; 32]);
}

#[test]
fn a_journal_of_which_another_machine_has_files_is_not_copied_into_a_directory() {
    let test = "copying::a_journal_of_which_another_machine_has_files_is_not_copied_into_a_directory";
    let Some(cluster) = cluster(test) else { return };
    let (first, address) = crate::site(cluster, "");
    let second = Site::new("");
    for (site, node) in [(&first, "room-1"), (&second, "room-2")] {
        key(site);
        let keys = "pin_key = { file = \"key\" }\nlease = \"3s\"\n[schedule_meetings.timetable]\n";
        site.configure(&tables_with(&address, &format!("node = \"{node}\"\n{keys}")));
    }
    first.write("a.csv", timetable(0..50));
    let mut import = first.command(&["import", "a.csv"]);
    import.env("ROOMKEEPER_FAILPOINTS", "journal.commit.after=kill:8");
    assert_eq!(Ran::of(import.output().unwrap()).code, -1);
    // It counts as alive for a while.
    let refused = wait_for("it counts as gone", || {
        Some(second.run(&["journal", "copy", "--to", "back"])).filter(|ran| ran.code != 5)
    });
    refused.expect(1, "a run that room-1 began is unfinished, or has files to write there");
    first.run(&["import", "a.csv"]);
    assert!(first.daemon().terminate().0.success());
    second.run(&["journal", "copy", "--to", "back"]).expect(0, "the two are the same");
}

#[test]
fn every_table_of_both_databases_is_copied_or_belongs_to_one_alone() {
    let test = "copying::every_table_of_both_databases_is_copied_or_belongs_to_one_alone";
    let Some(cluster) = cluster(test) else { return };
    let (scene, address) = (Scene::new(), cluster.database());
    scene.copy(&address).expect(0, "the two are the same");
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN ('copy_mark', 'sqlite_sequence') ORDER BY 1";
    let connection = scene.by_hand();
    let mut query = connection.prepare(tables).unwrap();
    let names: Vec<String> = query.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert!(names.len() > 15);
    for name in names {
        let columns = format!("SELECT name FROM pragma_table_xinfo('{name}') ORDER BY 1");
        let mut query = connection.prepare(&columns).unwrap();
        let here: Vec<String> = query.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        for column in here {
            let as_there = match (name.as_str(), column.as_str()) {
                // No version writes the first any more; which items are open, and which process has a run, is told otherwise there. A
                // place is the run and the item, which are there.
                ("items", "body" | "open")
                | ("runs", "machine" | "boot" | "until")
                | ("bodies" | "results", "place") => continue,
                ("clock", "only") => "home",
                (_, same) => same,
            };
            let has = format!(
                "SELECT count(*) FROM information_schema.columns WHERE table_name = '{name}' AND column_name = '{as_there}'"
            );
            assert_eq!(cluster.sql(&address, &has), "1", "{name}.{column} is lost on the way");
        }
        let there = cluster.sql(&address, &format!("SELECT count(*) FROM {name}"));
        assert_eq!(there, count(&connection, &name).to_string(), "{name}");
    }
    assert_eq!(cluster.sql(&address, "SELECT to_regclass('roomkeeper_copy') IS NULL"), "t");
}

#[test]
fn a_copy_that_was_meddled_with_is_not_made_usable() {
    let Some(cluster) = cluster("copying::a_copy_that_was_meddled_with_is_not_made_usable") else { return };
    let (scene, address) = (Scene::new(), cluster.database());
    assert!(killed_at(&scene, &address, "journal.copy.compared", 1));
    let meddle = |sql: &str, words: &str| {
        cluster.sql(&address, sql);
        scene.copy(&address).expect(1, words);
        scene.copy(&address).expect(1, "the copy is not what the journal is");
    };
    let label = "(SELECT label FROM bodies WHERE run = 1 AND item = 2)";
    let kept = cluster.sql(&address, &format!("SELECT {label}"));
    meddle(
        "UPDATE bodies SET label = 'another' WHERE run = 1 AND item = 2",
        "the row 1, 2 of the table bodies: `label` is another",
    );
    cluster.sql(&address, &format!("UPDATE bodies SET label = '{kept}' WHERE run = 1 AND item = 2"));
    meddle("DELETE FROM results WHERE run = 1 AND item = 2", "of the table results");
    scene.site.run(&["history"]).expect(1, "is being copied to");
}

/// Connections that are ended in the middle are said so, and the same command goes on.
#[test]
fn a_server_that_goes_away_in_the_middle_is_said_so() {
    let Some(programs) = cluster::programs("copying::a_server_that_goes_away_in_the_middle_is_said_so") else { return };
    let cluster = Cluster::start(&programs, &[], &[]);
    let (scene, address) = (Scene::new(), cluster.database());
    assert!(killed_at(&scene, &address, "journal.copy.page", 3));
    cluster.down();
    scene.copy(&address).expect(1, "The same command again goes on where it was");
    cluster.up();
    scene.copy(&address).expect(0, "the two are the same");
}
