//! PINs on the disk: a mail that holds some is there sealed alone, and those that wait for a file cannot be opened any more once it
//! is written.

use std::sync::Arc;

use roomkeeper::journal::{Delivered, Delivery, Ending, NewLetter, OutboxState, PrivateLetter, Seal, Step};
use roomkeeper::model::{Event, ItemNo, Limits, Pin, Pins, RunKey, Status};
use uuid::Uuid;

use crate::fixture::{Fixture, now};

#[tokio::test]
async fn a_mail_with_pins_is_sealed_until_it_is_sent_and_then_gone() {
    let fixture = Fixture::new().await;
    let letter = NewLetter {
        id: Uuid::from_bytes([1; 16]),
        sender: "roomkeeper@example.org".to_owned(),
        receivers: vec!["owner@example.org".to_owned()],
        subject: "Letter 1".to_owned(),
        message: fixture.journal.seal().seal_bytes(b"the PIN is 27182818").unwrap(),
    };
    let run = fixture.run_of(1).await;
    let life = fixture.intend(run, &[1]).await[0];
    let mut step = Step::new(ItemNo(1), life, Event::Confirmed(Status::Reset));
    step.letter = Some(PrivateLetter { letter, topic: "r1".to_owned(), supersedes: Vec::new(), at: now() });
    fixture.journal.record(run, Arc::from([step]), Limits::default()).await.unwrap();
    assert!(!is_on_disk(&fixture, b"27182818"));
    let taken = fixture.journal.next_letter(now()).await.unwrap().unwrap();
    assert!(taken.is_sealed && taken.run.is_some());
    assert_eq!(fixture.journal.seal().open_bytes(&taken.message).unwrap(), b"the PIN is 27182818");
    fixture.journal.delivered(Delivered::new(taken.id, Delivery::Sent, now())).await.unwrap();
    assert_eq!(fixture.reader().outbox().unwrap(), OutboxState { waiting: 0, dead: 0 });
}

/// Tells whether these bytes stand in the database or in its log.
fn is_on_disk(fixture: &Fixture, bytes: &[u8]) -> bool {
    let read = |name: &str| std::fs::read(fixture.path().join(name)).unwrap_or_default();
    [read("journal.db"), read("journal.db-wal")]
        .iter()
        .any(|file| file.windows(bytes.len()).any(|found| found == bytes))
}

/// A run that has ended, and made a meeting whose PINs this seal has sealed; with what it made of them.
async fn ended_with_pins(fixture: &Fixture, run: RunKey, seal: &Seal) -> Vec<u8> {
    let life = fixture.intend(run, &[1]).await[0];
    let sealed = seal.seal(&pins()).unwrap().unwrap();
    let mut step = Step::new(ItemNo(1), life, Event::Confirmed(Status::Created));
    step.sealed = Some(sealed.clone());
    fixture.journal.record(run, Arc::from([step]), Limits::default()).await.unwrap();
    let counts = [(Status::Created, 1)].into_iter().collect::<roomkeeper::model::Counts>();
    let ending =
        Ending { outcome: counts.outcome(), error: None, counts, at: now(), remarks: Vec::new(), letters: Vec::new() };
    fixture.journal.end(run, ending).await.unwrap();
    sealed
}

fn pins() -> Pins {
    Pins { moderator: Pin::new("27182818"), participant: Pin::new("31415926") }
}

#[tokio::test]
async fn once_they_are_wiped_the_key_of_a_runs_pins_is_nowhere_on_the_disk() {
    let fixture = Fixture::new().await;
    let run = fixture.run_of(1).await;
    let seal = fixture.journal.seal_of(run).await.unwrap();
    let sealed = ended_with_pins(&fixture, run, &seal).await;
    let key = fixture.journal.pin_key(run, Vec::new(), None).await.unwrap().unwrap();
    assert!(is_on_disk(&fixture, &key) && is_on_disk(&fixture, &sealed));
    assert_eq!(fixture.journal.seal_of(run).await.unwrap().open_pins(&sealed), pins());

    fixture.journal.wipe_pins(run).await.unwrap();
    assert!(!is_on_disk(&fixture, &key), "the log or the database keeps the key");
    assert!(fixture.journal.seal_of(run).await.unwrap().open_pins(&sealed).is_empty());
    assert!(fixture.reader().half_wiped_runs().unwrap().is_empty());
}

#[tokio::test]
async fn pins_that_were_sealed_without_a_key_of_the_run_are_wiped_themselves() {
    let fixture = Fixture::new().await;
    let run = fixture.run_of(1).await;
    // As earlier versions did.
    let sealed = ended_with_pins(&fixture, run, fixture.journal.seal()).await;
    assert_eq!(fixture.journal.seal_of(run).await.unwrap().open_pins(&sealed), pins());
    fixture.journal.wipe_pins(run).await.unwrap();
    assert!(!is_on_disk(&fixture, &sealed));
}

#[tokio::test]
async fn a_run_whose_key_another_state_directory_has_sealed_gets_one_of_its_own() {
    let fixture = Fixture::new().await;
    let run = fixture.run_of(1).await;
    let before = fixture.journal.seal_of(run).await.unwrap().seal(&pins()).unwrap().unwrap();
    std::fs::remove_file(fixture.path().join("pin.key")).unwrap();
    let fixture = fixture.restart().await;
    let seal = fixture.journal.seal_of(run).await.unwrap();
    assert!(seal.open_pins(&before).is_empty());
    let sealed = ended_with_pins(&fixture, run, &seal).await;
    assert_eq!(fixture.journal.seal_of(run).await.unwrap().open_pins(&sealed), pins());
    fixture.journal.wipe_pins(run).await.unwrap();
    assert!(fixture.journal.seal_of(run).await.unwrap().open_pins(&sealed).is_empty());
}
