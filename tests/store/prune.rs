//! Prunes a journal, and looks at what is forgotten and what is kept.

use std::time::Duration;

use roomkeeper::clock::Timestamp;
use roomkeeper::journal::{Delivered, Delivery, NewLetter, Pruned, RunKey, Skip};
use roomkeeper::model::{Counts, JobKind, SkipReason};
use uuid::Uuid;

use crate::fixture::{Fixture, Make, ending, now};

fn never(_: JobKind, _: &str) -> Option<Timestamp> {
    None
}

fn later() -> Timestamp {
    now().plus(Duration::from_secs(60))
}

async fn ended(fixture: &Fixture, letters: Vec<NewLetter>) -> RunKey {
    let run = fixture.run_of(0).await;
    fixture.store.end(run, ending(Counts::default(), letters)).await.unwrap();
    run
}

pub(crate) async fn old_runs_and_skips_go_and_the_last_run_of_a_job_stays(make: Make) {
    let fixture = Fixture::new(make).await;
    let [old, last] = [ended(&fixture, Vec::new()).await, ended(&fixture, Vec::new()).await];
    let skip = Skip { due: now(), reason: SkipReason::Missed, detail: "roomkeeper was not running".to_owned() };
    fixture.store.skip(fixture.job, vec![skip], now()).await.unwrap();
    let pruned = fixture.store.prune(later(), never).await.unwrap();
    assert_eq!(pruned, Pruned { runs: 1, items: 0, identities: 0, skips: 1 });
    assert!(fixture.store.run_by_key(old).await.is_err());
    assert!(fixture.store.run_by_key(last).await.is_ok());
    assert_eq!(fixture.store.prune(later(), never).await.unwrap(), Pruned::default());
    assert!(fixture.store.check().await.unwrap().is_sound());
}

pub(crate) async fn a_run_stays_while_its_mail_waits(make: Make) {
    let fixture = Fixture::new(make).await;
    let letter = NewLetter {
        id: Uuid::from_bytes([1; 16]),
        sender: "roomkeeper@example.org".to_owned(),
        receivers: vec!["it@example.org".to_owned()],
        subject: "Letter".to_owned(),
        message: b"Dear all".to_vec(),
    };
    let run = ended(&fixture, vec![letter.clone()]).await;
    ended(&fixture, Vec::new()).await;
    assert_eq!(fixture.store.prune(later(), never).await.unwrap().runs, 0);
    fixture.store.delivered(Delivered::new(letter.id, Delivery::Sent, now())).await.unwrap();
    assert_eq!(fixture.store.prune(later(), never).await.unwrap().runs, 1);
    assert!(fixture.store.run_by_key(run).await.is_err());
}
