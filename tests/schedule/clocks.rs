//! Runs begin at their times around the days on which the clocks change, and when a person changes the clock.

use std::time::Duration;

use roomkeeper::clock::{Clock, Zone};
use roomkeeper::model::Trigger;

use crate::world::{Book, all_punctual, at, start, timing};

const PUNCTUAL: Duration = Duration::from_millis(5);

/// Two virtual days; tells at which local times a fixed job ran, and how often one that follows real time did.
async fn two_days(zone: &str, from: &str, fixed: &str) -> Vec<String> {
    let book = Book::default();
    let jobs = [("fixed", timing(fixed, zone)), ("often", timing("*/15 * * * *", zone))];
    let start = start(&book, from, &jobs, Duration::from_secs(2)).await;
    tokio::time::sleep(Duration::from_hours(48) + Duration::from_secs(1)).await;
    start.scheduler.drain().await;
    for job in ["fixed", "often"] {
        all_punctual(&book.began(job), PUNCTUAL);
    }
    let often = book.dues("often");
    assert_eq!(often.len(), 48 * 4, "real time has no gaps and no repeated hours");
    assert!(often.windows(2).all(|pair| pair[1].since(pair[0]) == Duration::from_mins(15)));
    let zone = Zone::named(zone).unwrap();
    book.dues("fixed").into_iter().map(|due| zone.rfc3339(due)[8..].to_owned()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_job_in_berlin_lives_through_both_clock_changes() {
    let ran = two_days("Europe/Berlin", "2027-03-27T12:00:00Z", "0,30 2 * * *").await;
    assert_eq!(ran, ["28T03:00:00+02:00", "29T02:00:00+02:00", "29T02:30:00+02:00"]);
    let ran = two_days("Europe/Berlin", "2027-10-30T12:00:00Z", "30 2 * * *").await;
    assert_eq!(ran, ["31T02:30:00+02:00", "01T02:30:00+01:00"]);
}

#[tokio::test(start_paused = true)]
async fn a_job_in_new_york_lives_through_both_clock_changes() {
    let ran = two_days("America/New_York", "2027-03-13T17:00:00Z", "30 2 * * *").await;
    assert_eq!(ran, ["14T03:00:00-04:00", "15T02:30:00-04:00"]);
    let ran = two_days("America/New_York", "2027-11-06T17:00:00Z", "30 1 * * *").await;
    assert_eq!(ran, ["07T01:30:00-04:00", "08T01:30:00-05:00"]);
}

#[tokio::test(start_paused = true)]
async fn a_job_on_lord_howe_lives_through_both_clock_changes_of_half_an_hour() {
    let ran = two_days("Australia/Lord_Howe", "2026-10-03T02:00:00Z", "15 2 * * *").await;
    assert_eq!(ran, ["04T02:30:00+11:00", "05T02:15:00+11:00"]);
    let ran = two_days("Australia/Lord_Howe", "2027-04-03T02:00:00Z", "45 1 * * *").await;
    assert_eq!(ran, ["04T01:45:00+11:00", "05T01:45:00+10:30"]);
}

#[tokio::test(start_paused = true)]
async fn a_stepped_clock_loses_no_due_time_and_repeats_none() {
    let book = Book::default();
    let jobs = [("five", timing("*/5 * * * *", "UTC"))];
    let start = start(&book, "2027-06-02T00:00:01Z", &jobs, Duration::ZERO).await;
    let mut reached = start.clock.now();
    for step in [0, 3600, -600, -86_400] {
        start.clock.step(step);
        tokio::time::sleep(Duration::from_mins(21)).await;
        reached = reached.max(start.clock.now());
    }
    // A day back, and a day on again: every time of it that is not dealt with is due now.
    let back = start.clock.now();
    tokio::time::sleep(Duration::from_hours(26)).await;
    start.scheduler.drain().await;
    let ran = book.began("five");
    let mut dues: Vec<_> = ran.iter().map(|began| began.due).collect();
    dues.sort();
    assert!(dues.windows(2).all(|pair| pair[0] < pair[1]), "a due time ran twice");
    let mut dealt: Vec<_> = dues.iter().copied().chain(book.skipped("five").into_iter().map(|(due, _)| due)).collect();
    dealt.sort();
    let expected: Vec<_> = timing("*/5 * * * *", "UTC").schedules.due_between(back, reached).collect();
    let from_back: Vec<_> = dealt.into_iter().filter(|due| *due > back && *due <= reached).collect();
    assert_eq!(from_back, expected, "each due time is dealt with exactly once");
    // The hour that was leapt over was made up for once, by its latest due time.
    let made_up: Vec<_> = ran.iter().filter(|began| began.trigger == Trigger::CatchUp).map(|began| began.due).collect();
    assert_eq!(made_up, [at("2027-06-02T01:20:00Z")]);
    assert!(ran.iter().all(|began| began.due <= began.at));
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_was_once_in_2036_silences_nothing() {
    let book = Book::default();
    let jobs = [("nightly", timing("30 2 * * *", "UTC"))];
    let start = start(&book, "2027-06-01T12:00:00Z", &jobs, Duration::ZERO).await;
    start.clock.step(9 * 365 * 86_400);
    tokio::time::sleep(Duration::from_secs(10)).await;
    start.clock.step(-9 * 365 * 86_400);
    tokio::time::sleep(Duration::from_hours(24)).await;
    start.scheduler.drain().await;
    let ran = book.began("nightly");
    assert_eq!(ran.len(), 2, "{ran:?}");
    assert_eq!((ran[1].due, ran[1].trigger), (at("2027-06-02T02:30:00Z"), Trigger::Schedule));
}
