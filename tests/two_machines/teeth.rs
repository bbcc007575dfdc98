//! Each law bites: evidence that breaks no law is changed in one thing, and the law about that is seen to be broken.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::by_hand::{Due, Item, Letter};
use crate::evidence::{Evidence, Mail, Place};
use crate::laws::{CREATED, NOT_RUN, RESET, UNCHANGED, UNKNOWN, UPDATED};
use crate::machine::titled;
use crate::site::wait_until;
use crate::stage::{PAST, Plan, ROOMS, Stage};
use crate::traffic::Write;

fn item(job: &str, run: &str, label: &str, state: i64) -> Item {
    Item { job: job.to_owned(), run: run.to_owned(), label: label.to_owned(), state, attempts: 1 }
}

fn write(machine: &'static str, thing: &str, from: u64, until: u64, zero: Instant) -> Write {
    let at = |millis| zero + Duration::from_millis(millis);
    Write { machine, thing: thing.to_owned(), began: at(from), over: at(until) }
}

fn due(job: &str, seconds: i64) -> Due {
    Due { job: job.to_owned(), at: seconds * 1000, ran: true }
}

/// Evidence of a row that one machine made, and of a room that the other looked after.
fn lawful() -> Evidence {
    let (title, zero) = (titled(0), Instant::now());
    let arrival = json!({"kind": "arrival", "room_name": title, "user_id": "u00000"});
    let mut ledger = vec![arrival, json!({"kind": "meeting_created", "room_name": title, "user_id": "u00000"})];
    ledger.extend((0..ROOMS).map(|room| json!({"kind": "room_updated", "room_name": format!("Room {room}")})));
    ledger.push(
        json!({"kind": "pins_reset", "user_id": "u00001", "room_name": "Room 1", "mpin": "4711", "ppin": "8154"}),
    );
    let mut items = vec![item("timetable", "1", &title, CREATED), item("nightly", "2", "Room 1", RESET)];
    items.extend((0..ROOMS).map(|room| item("policy", "3", &format!("Room {room}"), UPDATED)));
    items.extend((0..ROOMS).map(|room| item("policy", "4", &format!("Room {room}"), UNCHANGED)));
    let mail = |id: &str, to: &str, text: &str| Mail {
        id: format!("messageid: <{id}@host>"),
        to: to.to_owned(),
        text: text.to_owned(),
    };
    let letter = |id: &str, run: &str| Letter { id: id.to_owned(), run: run.to_owned(), state: "sent".to_owned() };
    Evidence {
        rows: 1,
        ledger,
        writes: vec![
            write("a", &title, 0, 10, zero),
            write("a", "/permanent/1", 20, 30, zero),
            write("b", "/permanent/1", 40, 50, zero),
        ],
        items,
        dues: vec![due("nightly", 3), due("nightly", 6), due("nightly", 9), due("policy", 4), due("policy", 6)],
        letters: vec![letter("aa", "1"), letter("bb", "2")],
        mails: vec![mail("aa", "it@example.org", "1 created"), mail("bb", "owner1@example.org", "PINs 4711 and 8154")],
        files: vec![Place { name: "f0.csv of a".to_owned(), places: vec!["done/f0.1.csv".to_owned()], is_whole: true }],
        exported: (0..PAST).map(|n| (n.to_string(), "1".to_owned())).collect(),
        time: (0, 20_000),
        ..Evidence::default()
    }
}

/// Changes one thing, and fails unless that law, and no other, is seen to be broken.
#[track_caller]
fn expect_broken(law: &str, change: impl FnOnce(&mut Evidence)) {
    let mut evidence = lawful();
    change(&mut evidence);
    let broken = evidence.broken();
    let is_of_law = |told: &String| told.starts_with(law);
    assert!(!broken.is_empty() && broken.iter().all(is_of_law), "`{law}`: {broken:?}");
}

fn first(evidence: &Evidence, kind: &str) -> Value {
    evidence.ledger.iter().find(|line| line["kind"] == kind).unwrap().clone()
}

#[test]
fn what_is_lawful_breaks_no_law() {
    assert_eq!(lawful().broken(), Vec::<String>::new());
}

#[test]
fn a_row_that_is_made_twice_or_lost_or_said_to_be_otherwise_is_seen() {
    expect_broken("made twice", |evidence| evidence.ledger.push(first(evidence, "meeting_created")));
    expect_broken("lost", |evidence| evidence.rows = 2);
    expect_broken("done and not there", |evidence| {
        evidence.ledger.remove(1);
    });
    expect_broken("there and not done", |evidence| evidence.items[0].state = UNCHANGED);
    expect_broken("sent and not run", |evidence| {
        evidence.items[0].state = NOT_RUN;
        evidence.ledger.remove(1);
    });
    expect_broken("intent after arrival", |evidence| evidence.items[0].attempts = 0);
    expect_broken("not looked before", |evidence| {
        evidence.items[0].attempts = 2;
        evidence.ledger.insert(0, first(evidence, "arrival"));
    });
}

#[test]
fn a_look_in_between_or_a_refusal_lets_a_row_be_sent_again() {
    let mut evidence = lawful();
    evidence.items[0].attempts = 2;
    let look = json!({"kind": "look", "route": "GET /meetings", "user_id": "u00000"});
    evidence.ledger.splice(0..0, [first(&evidence, "arrival"), look]);
    assert_eq!(evidence.broken(), Vec::<String>::new());
    evidence.ledger.remove(1);
    evidence.ledger[0]["fault"] = json!("busy_429");
    assert_eq!(evidence.broken(), Vec::<String>::new());
}

#[test]
fn two_machines_at_one_thing_at_once_are_seen() {
    let zero = Instant::now();
    expect_broken("in flight from two machines", |evidence| {
        evidence.writes = vec![write("a", "row", 0, 10, zero), write("b", "row", 9, 20, zero)];
    });
    expect_broken("in flight from two machines", |evidence| {
        evidence.writes = vec![write("b", "row", 5, 6, zero), write("a", "row", 0, 10, zero)];
    });
    expect_broken("turns", |evidence| {
        evidence.writes = vec![write("a", "/permanent/1", 0, 10, zero), write("b", "/permanent/2", 9, 20, zero)];
    });
    expect_broken("turns", |evidence| {
        evidence.writes = vec![write("a", "row", 0, 10, zero), write("b", "/permanent/2", 9, 20, zero)];
    });
}

#[test]
fn two_machines_at_two_rows_and_one_machine_at_one_break_nothing() {
    let (zero, mut evidence) = (Instant::now(), lawful());
    evidence.writes = vec![write("a", "row", 0, 10, zero), write("b", "other row", 0, 10, zero)];
    evidence.writes.extend([write("a", "/permanent/1", 20, 30, zero), write("a", "/permanent/2", 20, 30, zero)]);
    assert_eq!(evidence.broken(), Vec::<String>::new());
}

#[test]
fn a_reset_that_no_run_knows_of_and_a_pin_that_nobody_was_told_are_seen() {
    expect_broken("resets", |evidence| evidence.ledger.push(first(evidence, "pins_reset")));
    expect_broken("resets", |evidence| evidence.items.push(item("nightly", "5", "Room 1", RESET)));
    expect_broken("owners", |evidence| evidence.mails[1].text = "PINs 4711 and 8155".to_owned());
    expect_broken("owners", |evidence| evidence.mails[1].to = "owner2@example.org".to_owned());
    expect_broken("owners", |evidence| {
        let mut reset = first(evidence, "pins_reset");
        reset["mpin"] = json!("1234");
        evidence.ledger.push(reset);
        evidence.items.push(item("nightly", "5", "Room 1", RESET));
    });
}

#[test]
fn a_reset_that_a_run_calls_unknown_may_have_been_or_not() {
    let mut evidence = lawful();
    evidence.items.push(item("nightly", "5", "Room 1", UNKNOWN));
    assert_eq!(evidence.broken(), Vec::<String>::new());
    evidence.ledger.push(first(&evidence, "pins_reset"));
    assert_eq!(evidence.broken(), Vec::<String>::new());
}

#[test]
fn rooms_that_are_not_as_wanted_are_seen() {
    expect_broken("policy", |evidence| evidence.items.retain(|item| item.job != "policy"));
    expect_broken("policy", |evidence| evidence.items.last_mut().unwrap().state = UNKNOWN);
    expect_broken("policy", |evidence| evidence.ledger.retain(|line| line["room_name"] != "Room 0"));
}

#[test]
fn a_due_time_that_is_lost_or_dealt_with_twice_is_seen() {
    expect_broken("due and lost", |evidence| {
        evidence.dues.remove(1);
    });
    expect_broken("due twice", |evidence| evidence.dues.push(Due { ran: false, ..due("nightly", 6) }));
    let mut evidence = lawful();
    evidence.dues.push(due("nightly", 3600));
    assert_eq!(evidence.broken(), Vec::<String>::new(), "another clock's due times need not be next to each other");
    expect_broken("due twice", |evidence| evidence.dues.extend([due("nightly", 3600), due("nightly", 3600)]));
}

#[test]
fn a_mail_that_never_came_or_that_no_outbox_knows_is_seen() {
    expect_broken("mails", |evidence| {
        evidence.mails.remove(0);
    });
    expect_broken("mails", |evidence| evidence.letters[0].id = "cc".to_owned());
    expect_broken("mails", |evidence| evidence.letters[0].state = "dead".to_owned());
    expect_broken("mails", |evidence| {
        evidence.letters.remove(0);
        evidence.mails.remove(0);
    });
    let mut evidence = lawful();
    evidence.mails.insert(0, evidence.mails[0].clone());
    assert_eq!(evidence.broken(), Vec::<String>::new(), "a mail may come twice with one Message-ID");
}

#[test]
fn a_file_in_no_place_or_in_two_or_with_other_bytes_is_seen() {
    expect_broken("files", |evidence| evidence.files[0].places.clear());
    expect_broken("files", |evidence| evidence.files[0].places.push("processing/f0.1.csv".to_owned()));
    expect_broken("files", |evidence| evidence.files[0].places[0] = "processing/f0.1.csv".to_owned());
    expect_broken("files", |evidence| evidence.files[0].is_whole = false);
}

#[test]
fn an_export_with_a_line_twice_or_without_one_and_a_journal_that_is_unsound_are_seen() {
    expect_broken("export", |evidence| evidence.exported.push(evidence.exported[0].clone()));
    expect_broken("export", |evidence| {
        evidence.exported.pop();
    });
    expect_broken("sums", |evidence| evidence.open_items = 1);
    expect_broken("sums", |evidence| evidence.unsound = Some("a row is wrong".to_owned()));
}

#[test]
fn two_machines_that_share_no_journal_are_seen_to_make_rows_twice_and_at_once() {
    let test = "teeth::two_machines_that_share_no_journal_are_seen_to_make_rows_twice_and_at_once";
    let plan = Plan { delay: Some(200), in_flight: Some(8), apart: true, ..Plan::default() };
    let Some(mut stage) = Stage::new(test, plan) else { return };
    stage.configure(false);
    // So many that the one is at it still when the other begins, however busy this machine is.
    stage.drop_at_both(160);
    stage.start();
    wait_until("both are done with the file", || {
        stage.machines.iter().all(|machine| !machine.site.files("done").is_empty())
    });
    let broken = Evidence::of(&stage).broken();
    for law in ["made twice", "in flight from two machines"] {
        assert!(broken.iter().any(|told| told.starts_with(law)), "{law}: {broken:?}\n{}", stage.keep());
    }
}
