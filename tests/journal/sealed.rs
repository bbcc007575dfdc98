//! PINs on the disk: a mail that holds some is there sealed alone.

use std::sync::Arc;

use roomkeeper::journal::{Delivered, Delivery, NewLetter, OutboxState, PrivateLetter, Step};
use roomkeeper::model::{Event, ItemNo, Limits, Status};
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
    let on_disk = |fixture: &Fixture| {
        let read = |name: &str| std::fs::read(fixture.path().join(name)).unwrap_or_default();
        [read("journal.db"), read("journal.db-wal")].concat()
    };
    assert!(!on_disk(&fixture).windows(8).any(|window| window == b"27182818"));
    let taken = fixture.journal.next_letter(now()).await.unwrap().unwrap();
    assert!(taken.is_sealed && taken.run.is_some());
    assert_eq!(fixture.journal.seal().open_bytes(&taken.message).unwrap(), b"the PIN is 27182818");
    fixture.journal.delivered(Delivered::new(taken.id, Delivery::Sent, now())).await.unwrap();
    assert_eq!(fixture.reader().outbox().unwrap(), OutboxState { waiting: 0, dead: 0 });
}
