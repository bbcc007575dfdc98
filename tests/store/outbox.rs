//! Mails enter the journal with the end of their run or not at all, and stay until the mail round records what became of them.

use std::time::Duration;

use roomkeeper::journal::{Delivered, Delivery, NewLetter, OutboxState, Recovery};
use roomkeeper::model::Counts;
use uuid::Uuid;

use crate::fixture::{Fixture, Make, ending, now};

fn letter(n: u8) -> NewLetter {
    NewLetter {
        id: Uuid::from_bytes([n; 16]),
        sender: "roomkeeper@example.org".to_owned(),
        receivers: vec!["it@example.org".to_owned(), "head@example.org".to_owned()],
        subject: format!("Letter {n}"),
        message: b"Dear all".to_vec(),
    }
}

async fn post(fixture: &Fixture, letters: Vec<NewLetter>) {
    let run = fixture.run_of(0).await;
    let ending = ending(Counts::default(), letters);
    fixture.store.end(run, ending).await.unwrap();
}

pub(crate) async fn a_mail_is_tried_until_it_is_sent_and_keeps_its_name(make: Make) {
    let fixture = Fixture::new(make).await;
    post(&fixture, vec![letter(1)]).await;
    let taken = fixture.store.next_letter(now()).await.unwrap().unwrap();
    assert_eq!((taken.id, taken.attempts, taken.receivers.len()), (letter(1).id, 1, 2));
    assert_eq!(fixture.store.next_letter(now()).await.unwrap(), None, "it is on its way");

    let next = now().plus(Duration::from_secs(60));
    fixture
        .store
        .delivered(Delivered::new(
            taken.id,
            Delivery::Again { next, why: "greylisted".to_owned(), receivers: None },
            now(),
        ))
        .await
        .unwrap();
    assert_eq!(fixture.store.next_letter(now()).await.unwrap(), None);
    assert_eq!(fixture.store.next_letter_due().await.unwrap(), Some(next));
    let again = fixture.store.next_letter(next).await.unwrap().unwrap();
    assert_eq!((again.id, again.attempts, again.message.as_slice()), (taken.id, 2, b"Dear all".as_slice()));

    fixture.store.delivered(Delivered::new(again.id, Delivery::Sent, next)).await.unwrap();
    // A late word about it changes nothing any more.
    fixture
        .store
        .delivered(Delivered::new(again.id, Delivery::Again { next, why: "late".to_owned(), receivers: None }, next))
        .await
        .unwrap();
    assert_eq!(fixture.store.next_letter_due().await.unwrap(), None);
    assert_eq!(fixture.store.outbox().await.unwrap(), OutboxState { waiting: 0, dead: 0 });
}

pub(crate) async fn a_mail_found_on_its_way_at_a_start_is_sent_again(make: Make) {
    let fixture = Fixture::new(make).await;
    post(&fixture, vec![letter(1)]).await;
    fixture.store.next_letter(now()).await.unwrap().unwrap();
    let fixture = fixture.restart().await;
    fixture.store.recover(Recovery::alone(now())).await.unwrap();
    let taken = fixture.store.next_letter(now()).await.unwrap().unwrap();
    assert_eq!((taken.id, taken.attempts), (letter(1).id, 2));
}

pub(crate) async fn a_mail_whose_delivery_was_never_recorded_is_taken_again_after_a_while(make: Make) {
    let fixture = Fixture::new(make).await;
    post(&fixture, vec![letter(1)]).await;
    fixture.store.next_letter(now()).await.unwrap().unwrap();
    let due = fixture.store.next_letter_due().await.unwrap().unwrap();
    assert!(due > now(), "whoever waits for the next mail would find none again and again");
    assert!(fixture.store.next_letter(due).await.unwrap().is_some());
}

pub(crate) async fn a_mail_given_up_is_counted_and_left_alone(make: Make) {
    let fixture = Fixture::new(make).await;
    post(&fixture, vec![letter(1), letter(2)]).await;
    fixture
        .store
        .delivered(Delivered::new(letter(1).id, Delivery::Dead { why: "no such user".to_owned() }, now()))
        .await
        .unwrap();
    assert_eq!(fixture.store.outbox().await.unwrap(), OutboxState { waiting: 1, dead: 1 });
    assert_eq!(fixture.store.next_letter(now()).await.unwrap().unwrap().id, letter(2).id);
}

pub(crate) async fn the_mail_of_a_run_that_could_not_end_is_not_sent(make: Make) {
    let fixture = Fixture::new(make).await;
    let run = fixture.run_of(1).await;
    let ending = ending(Counts::default(), vec![letter(1)]);
    fixture.store.end(run, ending).await.unwrap_err();
    assert_eq!(fixture.store.next_letter(now()).await.unwrap(), None);
}
