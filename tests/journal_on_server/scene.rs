//! A journal that the program made and that has something of everything, and what is told of it.

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::site::{Ran, Site, column, free_port, names, timetable, wait_until};

/// A job that files are imported with, and one that is due every night and whose folder is not there.
pub(crate) const JOBS: &str =
    "[schedule_meetings.timetable]\n[schedule_meetings.nightly]\ninbox = \"nightly\"\nschedule = \"0 3 * * *\"\n";

/// Rows of the run that was killed.
const ROWS: usize = 120;

/// A site with a mail server that is away.
pub(crate) struct Scene {
    pub(crate) site: Site,
    mail: String,
}

impl Scene {
    /// The journal holds runs that have ended and one that was killed, PINs that wait sealed, mails that wait, due times that were
    /// missed, and a trouble.
    pub(crate) fn new() -> Self {
        let site = Site::new("");
        let mail = format!(
            "[mail]\nserver = 'smtp://127.0.0.1:{}'\nfrom = 'roomkeeper@example.org'\nto = ['it@example.org']\non = 'always'\n",
            free_port()
        );
        let scene = Self { site, mail };
        scene.configure("directory = \"state\"\n");
        let site = &scene.site;
        std::fs::create_dir(site.path("nightly")).unwrap();
        site.write("a.csv", timetable(0..20));
        site.run(&["import", "--job", "timetable", "a.csv"]).expect(0, "20 created");
        site.run(&["import", "--job", "timetable", "a.csv"]).expect(0, "20 ");
        site.write("wrong.csv", timetable(20..24).replacen(",30,1,20", ",none,1,20", 1));
        site.run(&["import", "--job", "timetable", "wrong.csv"]);
        assert!(site.daemon().terminate().0.success());
        // Three nights pass while nothing runs.
        site.set_clocks(3 * 86_400, 3 * 86_400);
        std::fs::remove_dir_all(site.path("nightly")).unwrap();
        let mut daemon = site.daemon();
        wait_until("the nights are told", || site.run(&["why", "nightly"]).out.contains("missed"));
        assert!(daemon.terminate().0.success());
        site.write("b.csv", timetable(100..100 + ROWS));
        let mut import = site.command(&["import", "--job", "timetable", "b.csv"]);
        import.env("ROOMKEEPER_FAILPOINTS", "journal.commit.after=kill:14");
        assert_eq!(Ran::of(import.output().unwrap()).code, -1);
        let connection = scene.by_hand();
        // One was begun on another machine.
        connection.execute_batch("UPDATE runs SET moved = 1 WHERE run = 2").unwrap();
        for table in [
            "runs WHERE ended IS NULL",
            "cells",
            "pin_keys",
            "results WHERE sealed IS NOT NULL",
            "skips",
            "outbox",
            "troubles",
        ] {
            assert!(count(&connection, table) > 0, "there is nothing in {table}");
        }
        assert!(count(&connection, "items WHERE state < 10") > 0 && count(&connection, "items WHERE state >= 10") > 40);
        scene
    }

    /// The configuration, with these keys of `[state]`.
    pub(crate) fn configure(&self, state: &str) {
        self.site.configure(&format!("timeout = \"1s\"\n[state]\n{state}{}{JOBS}", self.mail));
    }

    pub(crate) fn configure_on(&self, address: &str) {
        self.configure(&format!("directory = \"state\"\njournal = \"{address}\"\nnode = \"room-1\"\n"));
    }

    pub(crate) fn by_hand(&self) -> Connection {
        by_hand(&self.site.path("state"))
    }

    pub(crate) fn copy(&self, to: &str) -> Ran {
        self.site.run(&["journal", "copy", "--to", to])
    }

    /// All that commands tell of the journal, by its configuration.
    pub(crate) fn told(&self) -> Vec<String> {
        let history = self.site.json(&["history", "--json", "--limit", "100"]);
        let runs: Vec<_> =
            history.as_array().unwrap().iter().map(|run| run["run"].as_str().unwrap().to_owned()).collect();
        assert!(runs.len() >= 4);
        let mut asked: Vec<Vec<&str>> = vec![
            vec!["history", "--json", "--limit", "100"],
            vec!["history", "--problems"],
            vec!["why", "nightly", "--json"],
            vec!["why", "timetable"],
            vec!["mail", "--json"],
            vec!["journal", "check", "--json"],
        ];
        asked.extend(runs.iter().map(|run| vec!["show", run.as_str(), "--json"]));
        asked.extend(runs.iter().map(|run| vec!["show", run.as_str()]));
        let told = |command: &Vec<&str>| {
            let ran = self.site.run(command);
            assert_eq!(ran.code, 0, "{command:?}: {ran:?}");
            ran.out
        };
        // Its next time goes by the clock.
        let mut list = self.site.json(&["list", "--json"]);
        for job in list.as_array_mut().unwrap() {
            job.as_object_mut().unwrap().remove("next").unwrap();
        }
        assert!(list.to_string().contains("nightly"), "{list}");
        asked.iter().map(told).chain([list.to_string()]).collect()
    }

    /// The run that was killed goes on, and its results have the PINs of everything that it made.
    pub(crate) fn go_on(&self) {
        let site = &self.site;
        std::fs::create_dir_all(site.path("nightly")).unwrap();
        let mut daemon = site.daemon();
        let over = || site.json(&["history", "--json"]).as_array().unwrap().iter().all(|run| !run["ended"].is_null());
        wait_until("the run has ended", over);
        assert!(daemon.terminate().0.success());
        site.sandbox.expect_made((0..20).chain(21..24).chain(100..100 + ROWS));
        let results = results_of(&site.path(""));
        let (ids, pins) = (column(&results, "meeting_id"), column(&results, "mpin"));
        assert_eq!(ids.len(), ROWS);
        for (id, pin) in ids.iter().zip(&pins) {
            let made = site.meetings().into_iter().find(|meeting| meeting.meeting_id == *id).unwrap();
            assert_eq!(made.mpin, *pin);
        }
        site.run(&["journal", "check"]).expect(0, "the journal is sound");
    }
}

/// The results of `b.csv`.
fn results_of(folder: &Path) -> PathBuf {
    let is_of = |name: &String| name.starts_with("b.") && name.ends_with(".results.csv");
    folder.join(names(folder).into_iter().find(is_of).unwrap())
}

pub(crate) fn by_hand(state: &Path) -> Connection {
    Connection::open(state.join("journal.db")).unwrap()
}

pub(crate) fn count(connection: &Connection, what: &str) -> i64 {
    connection.query_row(&format!("SELECT count(*) FROM {what}"), [], |row| row.get(0)).unwrap()
}

/// Tells whether a copy was killed at that place.
pub(crate) fn killed_at(scene: &Scene, to: &str, place: &str, time: u32) -> bool {
    let mut copy = scene.site.command(&["journal", "copy", "--to", to]);
    copy.env("ROOMKEEPER_FAILPOINTS", format!("{place}=kill:{time}"));
    let ran = Ran::of(copy.output().unwrap());
    assert!(ran.code == -1 || ran.code == 0, "{ran:?}");
    ran.code == -1
}
