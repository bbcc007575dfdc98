//! A trouble stands once, however often it is recorded, and is told once.

use std::time::Duration;

use roomkeeper::journal::{NewLetter, OutboxState, Seen, TroubleChanges};
use roomkeeper::model::TroubleKind;
use uuid::Uuid;

use crate::fixture::{Fixture, Make, now};

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

pub(crate) async fn a_trouble_begins_once_and_ends_and_may_begin_again(make: Make) {
    let fixture = Fixture::new(make).await;
    let name = |subject: &str| (TroubleKind::FileNotMovable, subject.to_owned());
    let begins = TroubleChanges {
        job: Some(fixture.job),
        began: vec![seen("a", "x"), seen("b", "x")],
        told: vec![name("a"), name("b")],
        letter: Some(letter()),
        ..TroubleChanges::default()
    };
    fixture.store.change_troubles(begins.clone(), now()).await.unwrap();
    let later = now().plus(Duration::from_secs(60));
    let again = TroubleChanges { told: Vec::new(), letter: None, goes_on: vec![seen("b", "y")], ..begins.clone() };
    fixture.store.change_troubles(again, later).await.unwrap();
    let standing = fixture.store.troubles().await.unwrap();
    let shown: Vec<_> = standing.iter().map(|t| (t.seen.subject.as_str(), t.seen.detail.as_str(), t.told)).collect();
    assert_eq!(shown, [("a", "x", true), ("b", "y", true)]);
    assert!(standing.iter().all(|trouble| trouble.since == now() && trouble.job == Some(fixture.job)));
    assert_eq!(fixture.store.outbox().await.unwrap(), OutboxState { waiting: 1, dead: 0 });

    let ends = TroubleChanges { job: Some(fixture.job), ended: vec![name("a")], ..TroubleChanges::default() };
    fixture.store.change_troubles(ends, later).await.unwrap();
    let afresh = TroubleChanges { began: vec![seen("a", "z")], told: Vec::new(), letter: None, ..begins };
    fixture.store.change_troubles(afresh, later).await.unwrap();
    let standing = fixture.store.troubles().await.unwrap();
    assert_eq!((standing.len(), standing[1].since, standing[1].told), (2, later, false));
    assert!(fixture.store.check().await.unwrap().is_sound());
}
