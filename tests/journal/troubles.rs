//! A trouble stands once, whoever tells it again, and is told once.

use std::time::Duration;

use roomkeeper::journal::{NewLetter, OutboxState, Seen, TroubleChanges};
use roomkeeper::model::{JobKind, TroubleKind};
use uuid::Uuid;

use crate::bench::{Bench, now};

fn seen(subject: &str, detail: &str) -> Seen {
    Seen { kind: TroubleKind::FileNotMovable, subject: subject.to_owned(), detail: detail.to_owned() }
}

fn letter() -> NewLetter {
    NewLetter {
        id: Uuid::now_v7(),
        sender: "a@example.org".to_owned(),
        receivers: vec!["b@example.org".to_owned()],
        subject: "trouble".to_owned(),
        message: b"x".to_vec(),
    }
}

#[tokio::test]
async fn a_trouble_begins_once_and_ends_and_may_begin_again() {
    let bench = Bench::new().await;
    let name = |subject: &str| (TroubleKind::FileNotMovable, subject.to_owned());
    let begins = TroubleChanges {
        job: Some(bench.job),
        began: vec![seen("a", "x"), seen("b", "x")],
        told: vec![name("a"), name("b")],
        letter: Some(letter()),
        ..TroubleChanges::default()
    };
    bench.journal.change_troubles(begins.clone(), now()).await.unwrap();
    let later = now().plus(Duration::from_secs(60));
    let again = TroubleChanges { told: Vec::new(), letter: None, goes_on: vec![seen("b", "y")], ..begins.clone() };
    bench.journal.change_troubles(again, later).await.unwrap();
    let standing = bench.reader().troubles().unwrap();
    let shown: Vec<_> = standing.iter().map(|t| (t.seen.subject.as_str(), t.seen.detail.as_str(), t.told)).collect();
    assert_eq!(shown, [("a", "x", true), ("b", "y", true)]);
    assert!(standing.iter().all(|trouble| trouble.since == now() && trouble.job == Some(bench.job)));
    assert_eq!(bench.reader().outbox().unwrap(), OutboxState { waiting: 1, dead: 0 });

    let ends = TroubleChanges { job: Some(bench.job), ended: vec![name("a")], ..TroubleChanges::default() };
    bench.journal.change_troubles(ends, later).await.unwrap();
    let afresh = TroubleChanges { began: vec![seen("a", "z")], told: Vec::new(), letter: None, ..begins };
    bench.journal.change_troubles(afresh, later).await.unwrap();
    let standing = bench.reader().troubles().unwrap();
    assert_eq!((standing.len(), standing[1].since, standing[1].told), (2, later, false));
    assert!(bench.reader().check().unwrap().is_sound());
}

#[tokio::test]
async fn a_trouble_of_no_job_is_none_of_a_jobs_and_what_ended_is_forgotten_in_time() {
    let bench = Bench::new().await;
    let of = |job| TroubleChanges { job, began: vec![seen("a", "x")], ..TroubleChanges::default() };
    bench.journal.change_troubles(of(None), now()).await.unwrap();
    bench.journal.change_troubles(of(Some(bench.job)), now()).await.unwrap();
    let ended = vec![(TroubleKind::FileNotMovable, "a".to_owned())];
    let ends = TroubleChanges { job: None, ended, ..TroubleChanges::default() };
    bench.journal.change_troubles(ends, now()).await.unwrap();
    assert_eq!(bench.reader().troubles().unwrap().len(), 1);
    let over = |_: JobKind, _: &str| None;
    bench.journal.prune(now().plus(Duration::from_secs(1)), over).await.unwrap();
    let rows = || {
        let journal = rusqlite::Connection::open(bench.folder.path().join("journal.db")).unwrap();
        journal.query_row("SELECT count(*) FROM troubles", [], |row| row.get::<_, i64>(0)).unwrap()
    };
    assert_eq!(rows(), 1, "the one that stands");
}
