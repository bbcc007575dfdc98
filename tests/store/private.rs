//! Mails with PINs: in the outbox with the outcome that they tell, and only as long as they are true.

use std::sync::Arc;
use std::time::Duration;

use roomkeeper::journal::{Delivered, Delivery, NewLetter, OutboxState, PrivateLetter, Recovery, Step};
use roomkeeper::model::{Event, ItemNo, Limits, Status};
use uuid::Uuid;

use crate::fixture::{Fixture, Make, now};

/// A sealed mail about `topic`, which takes the place of those about any of `supersedes`.
fn letter(n: u8, topic: &str, supersedes: &[&str]) -> PrivateLetter {
    let letter = NewLetter {
        id: Uuid::from_bytes([n; 16]),
        sender: "roomkeeper@example.org".to_owned(),
        receivers: vec!["owner@example.org".to_owned()],
        subject: format!("Letter {n}"),
        message: b"sealed".to_vec(),
    };
    let supersedes = supersedes.iter().map(ToString::to_string).collect();
    PrivateLetter { letter, topic: topic.to_owned(), supersedes, at: now() }
}

/// Records that a room was reset, together with the mail that tells it.
async fn told(fixture: &Fixture, letter: PrivateLetter) {
    let run = fixture.run_of(1).await;
    let life = fixture.intend(run, &[1]).await[0];
    let mut step = Step::new(ItemNo(1), life, Event::Confirmed(Status::Reset));
    step.letter = Some(letter);
    let steps: Arc<[Step]> = Arc::from([step]);
    fixture.store.record(run, Arc::clone(&steps), Limits::default()).await.unwrap();
    // Said again, as after trouble with the disk, it is no second mail.
    fixture.store.record(run, steps, Limits::default()).await.unwrap();
}

fn state(waiting: u64, dead: u64) -> OutboxState {
    OutboxState { waiting, dead }
}

pub(crate) async fn a_newer_mail_takes_the_place_of_those_that_wait_about_the_same(make: Make) {
    let fixture = Fixture::new(make).await;
    told(&fixture, letter(1, "r1", &["r1"])).await;
    told(&fixture, letter(2, "r2", &["r2"])).await;
    told(&fixture, letter(3, "r1", &["r1"])).await;
    let mut ids = Vec::new();
    while let Some(letter) = fixture.store.next_letter(now()).await.unwrap() {
        ids.push(letter.id.as_bytes()[0]);
    }
    ids.sort_unstable();
    assert_eq!(ids, [2, 3]);
}

pub(crate) async fn a_mail_on_its_way_that_is_not_true_any_more_is_not_tried_again(make: Make) {
    let again = || Delivery::Again { next: now(), why: "greylisted".to_owned(), receivers: None };
    let fixture = Fixture::new(make).await;
    told(&fixture, letter(1, "r1", &["r1"])).await;
    let on_its_way = fixture.store.next_letter(now()).await.unwrap().unwrap();
    told(&fixture, letter(2, "r1", &["r1"])).await;
    fixture.store.delivered(Delivered::new(on_its_way.id, again(), now())).await.unwrap();
    let newest = fixture.store.next_letter(now()).await.unwrap().unwrap();
    assert_eq!((newest.id, fixture.store.next_letter(now()).await.unwrap()), (Uuid::from_bytes([2; 16]), None));

    // Neither after a start, nor where the outcome of its sending is never recorded.
    told(&fixture, letter(3, "r1", &["r1"])).await;
    let fixture = fixture.restart().await;
    fixture.store.recover(Recovery::alone(now())).await.unwrap();
    let newest = fixture.store.next_letter(now()).await.unwrap().unwrap();
    assert_eq!(newest.id, Uuid::from_bytes([3; 16]));
    told(&fixture, letter(4, "r1", &["r1"])).await;
    assert_eq!(fixture.store.next_letter(now()).await.unwrap().unwrap().id, Uuid::from_bytes([4; 16]));
    let later = now().plus(Duration::from_hours(1));
    assert_eq!(fixture.store.next_letter(later).await.unwrap().unwrap().id, Uuid::from_bytes([4; 16]));
    assert_eq!(fixture.store.outbox().await.unwrap(), state(1, 0));
}

pub(crate) async fn a_mail_given_up_keeps_no_pins_and_the_word_about_it_is_durable_with_it(make: Make) {
    let fixture = Fixture::new(make).await;
    told(&fixture, letter(1, "r1", &["r1"])).await;
    let taken = fixture.store.next_letter(now()).await.unwrap().unwrap();
    let word = NewLetter {
        id: Uuid::from_bytes([9; 16]),
        sender: "roomkeeper@example.org".to_owned(),
        receivers: vec!["it@example.org".to_owned()],
        subject: "not told".to_owned(),
        message: b"Dear all".to_vec(),
    };
    let dead = || Delivery::Dead { why: "no such user".to_owned() };
    for _ in 0..2 {
        let told = Delivered { about_it: vec![word.clone()], ..Delivered::new(taken.id, dead(), now()) };
        fixture.store.delivered(told).await.unwrap();
    }
    assert_eq!(fixture.store.outbox().await.unwrap(), state(1, 1));
    let told = fixture.store.next_letter(now()).await.unwrap().unwrap();
    assert!(told.subject == "not told" && !told.is_sealed && told.run == taken.run);
}
