//! Exports whose journal is in PostgreSQL: what ends together does, and a kill in the middle costs no meeting.

use roomkeeper::journal::{ItemFilter, ItemsPage, Server, Workspace};
use roomkeeper::model::{ItemNo, RunId};
use roomkeeper::sandbox::Options;

use crate::site::{Site, names};
use crate::{cluster, tables_with};

const PAST: usize = 4100;

fn counted(site: &Site, run: usize) -> (String, u64) {
    let run = &site.json(&["history", "--json"])[run];
    (run["outcome"].to_string(), run["counts"]["exported"].as_u64().unwrap_or_default())
}

#[test]
fn an_export_that_is_killed_while_its_meetings_end_has_each_of_them_once() {
    let test = "exporting::an_export_that_is_killed_while_its_meetings_end_has_each_of_them_once";
    let Some(cluster) = cluster(test) else { return };
    let site = Site::builder().sandbox(Options { past: PAST, users: 20, ..Options::default() }).build("");
    let address = cluster.database();
    site.configure(&tables_with(
        &address,
        "[export_meetings.history]\npath = 'exports/all.csv'\ninclude_pins = true\n",
    ));
    for (time, exported) in [(2, PAST as u64), (1, 1)] {
        let mut export = site.command(&["run", "history"]);
        export.env("ROOMKEEPER_FAILPOINTS", format!("items.alike.after=kill:{time}"));
        assert!(!export.output().unwrap().status.success(), "it was not killed");
        // The lease of the killed process is over for who holds the same lock.
        site.run(&["run", "history"]).expect(0, "");
        assert_eq!(counted(&site, 0).1, 0, "it was exported twice");
        assert_eq!(counted(&site, 1), ("\"succeeded\"".to_owned(), exported));
        site.sandbox.add_meetings(1, 0);
    }
    site.run(&["run", "history", "--again"]).expect(0, "");
    assert_eq!(counted(&site, 0).1, PAST as u64 + 2);
    site.run(&["run", "history"]).expect(0, "");
    assert_eq!(counted(&site, 0).1, 1);
    assert_eq!(names(&site.path("exports")), ["all-again.csv", "all.csv"]);
    for name in ["exports/all.csv", "exports/all-again.csv"] {
        let lines = std::fs::read_to_string(site.path(name)).unwrap();
        let mut rows = csv::Reader::from_reader(lines.trim_start_matches('\u{feff}').as_bytes());
        let pin = rows.headers().unwrap().iter().position(|heading| heading == "mpin").unwrap();
        let rows: Vec<_> = rows.records().map(Result::unwrap).collect();
        let ids: std::collections::BTreeMap<_, _> =
            rows.iter().map(|row| (row[0].to_owned(), row[pin].to_owned())).collect();
        let meetings = site.meetings().into_iter().map(|meeting| (meeting.meeting_id, meeting.mpin)).collect();
        assert_eq!((ids, rows.len()), (meetings, PAST + 2), "{name}");
    }
    let count = |what: &str| cluster.sql(&address, &format!("SELECT count(*) FROM {what}")).trim().to_owned();
    assert_eq!(count("identities"), (PAST + 2).to_string());
    assert_eq!(
        count("results WHERE result LIKE '{\"meeting_id\":\"%\",\"revision\":1}'"),
        (2 * (PAST + 2)).to_string()
    );
    assert_eq!(count("items WHERE state < 10 OR before IS NOT NULL"), "0");
    site.run(&["journal", "check"]).expect(0, "the journal is sound");
}

#[test]
fn meetings_that_ended_together_tell_their_results_in_a_copy_and_in_the_copy_of_that() {
    let test = "exporting::meetings_that_ended_together_tell_their_results_in_a_copy_and_in_the_copy_of_that";
    let Some(cluster) = cluster(test) else { return };
    let job = "[export_meetings.history]\npath = 'exports/all.csv'\n";
    let site = Site::builder().sandbox(Options { past: PAST, users: 20, ..Options::default() }).build(job);
    let mut export = site.command(&["run", "history"]);
    export.env("ROOMKEEPER_FAILPOINTS", "items.alike.after=kill:1");
    assert!(!export.output().unwrap().status.success(), "it was not killed");

    // The rest ends in the database, where each meeting has a row of its own.
    let address = cluster.database();
    site.run(&["journal", "copy", "--to", &address]).expect(0, "the two are the same");
    site.configure(&tables_with(&address, job));
    site.run(&["run", "history"]).expect(0, "");
    assert_eq!(counted(&site, 1), ("\"succeeded\"".to_owned(), PAST as u64));
    site.run(&["journal", "check"]).expect(0, "the journal is sound");
    let history = site.json(&["history", "--json"]);
    let run = history[1]["run"].as_str().unwrap().parse().unwrap();
    let told = results(&Workspace::at(&site.path("state")).with_journal_on(Server::parse(&address).unwrap()), run);
    assert_eq!(told.len(), PAST);
    for (meeting, result) in &told {
        assert_eq!(*result, format!("{{\"meeting_id\":\"{meeting}\",\"revision\":1}}"));
    }
    let rows: usize = cluster.sql(&address, "SELECT count(*) FROM results WHERE run = 1").trim().parse().unwrap();
    assert!((1..=PAST - 4000).contains(&rows), "{rows}");

    site.run(&["journal", "copy", "--to", "back"]).expect(0, "the two are the same");
    assert_eq!(results(&Workspace::at(&site.path("back")), run), told);
}

/// The meetings of a run, with their results.
fn results(workspace: &Workspace, run: RunId) -> Vec<(String, String)> {
    let journal = workspace.beside().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let items = runtime.block_on(async {
        let run = journal.run(run).await.unwrap().unwrap().key;
        let page = ItemsPage { run, filter: ItemFilter::All, after: ItemNo(0), most: u32::MAX };
        journal.items(page).await.unwrap()
    });
    items.into_iter().map(|item| (item.identity.unwrap(), item.result.unwrap())).collect()
}
