//! Down, paused, late, edited: what becomes of due times that cannot be kept.

use std::time::Duration;

use roomkeeper::config::{CatchUp, Overlap};
use roomkeeper::engine::scheduler::Timing;
use roomkeeper::model::{SkipReason, Trigger};

use crate::world::{Book, all_punctual, at, named, start, timing};

const HOUR: Duration = Duration::from_hours(1);

/// An hour of the jobs, so that the book knows them.
async fn an_hour(book: &Book, from: &str, jobs: &[(&str, Timing)]) {
    let start = start(book, from, jobs, Duration::from_secs(1)).await;
    tokio::time::sleep(HOUR).await;
    start.scheduler.drain().await;
}

#[tokio::test(start_paused = true)]
async fn after_nine_days_each_job_makes_up_for_its_latest_and_the_ledger_has_the_others() {
    let book = Book::default();
    let none = Timing { catch_up: CatchUp::None, ..timing("30 2 * * *", "Europe/Berlin") };
    let jobs = [
        ("minutely", timing("*/1 * * * *", "UTC")),
        ("nightly", timing("30 2 * * *", "Europe/Berlin")),
        ("pins", none),
    ];
    an_hour(&book, "2027-06-01T00:00:30Z", &jobs).await;
    let before = book.began("minutely").len();
    an_hour(&book, "2027-06-10T01:00:30Z", &jobs).await;

    let minutely = book.began("minutely").split_off(before);
    assert_eq!((minutely[0].due, minutely[0].trigger), (at("2027-06-10T01:00:00Z"), Trigger::CatchUp));
    assert!(minutely[1..].iter().all(|began| began.trigger == Trigger::Schedule));
    let missed = book.skipped("minutely");
    assert_eq!(missed.len(), 9 * 24 * 60 - 1);
    assert!(missed.iter().all(|(_, reason)| *reason == SkipReason::Missed));

    let nightly = book.began("nightly");
    assert_eq!(nightly.len(), 2);
    assert_eq!((nightly[1].due, nightly[1].trigger), (at("2027-06-10T00:30:00Z"), Trigger::CatchUp));
    assert_eq!(book.skipped("nightly").len(), 8);
    assert_eq!(book.began("pins").len(), 1, "a job that makes up for nothing");
    assert_eq!(book.skipped("pins").len(), 9);
}

#[tokio::test(start_paused = true)]
async fn an_outage_of_every_second_enters_no_more_rows_than_somebody_would_read() {
    let book = Book::default();
    let jobs = [("secondly", timing("* * * * * *", "UTC"))];
    let first = start(&book, "2027-06-01T00:00:00Z", &jobs, Duration::ZERO).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    first.scheduler.drain().await;
    let second = start(&book, "2027-06-03T00:00:00Z", &jobs, Duration::ZERO).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    second.scheduler.drain().await;
    let missed = book.skipped("secondly").len();
    assert!((10_000..=20_001).contains(&missed), "{missed}");
    all_punctual(&book.began("secondly"), Duration::from_secs(2));
}

#[tokio::test(start_paused = true)]
async fn a_schedule_that_was_edited_while_nobody_was_there_makes_up_for_nothing() {
    let book = Book::default();
    an_hour(&book, "2027-06-01T00:00:30Z", &[("nightly", timing("30 2 * * *", "UTC"))]).await;
    an_hour(&book, "2027-06-03T12:00:30Z", &[("nightly", timing("0 11 * * *", "UTC"))]).await;
    assert!(book.began("nightly").is_empty());
    let expected = ["2027-06-01T02:30:00Z", "2027-06-02T02:30:00Z", "2027-06-03T02:30:00Z"]
        .map(|due| (at(due), SkipReason::Superseded));
    assert_eq!(book.skipped("nightly"), expected);
    an_hour(&book, "2027-06-04T10:30:00Z", &[("nightly", timing("0 11 * * *", "UTC"))]).await;
    assert_eq!(book.dues("nightly"), [at("2027-06-04T11:00:00Z")]);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_goes_on_skips_due_times_or_queues_one() {
    for (overlap, expected) in [(Overlap::Skip, 2), (Overlap::Queue, 4)] {
        let book = Book::default();
        let jobs = [("slow", Timing { overlap, ..timing("*/5 * * * *", "UTC") })];
        let start = start(&book, "2027-06-01T00:00:01Z", &jobs, Duration::from_mins(22)).await;
        tokio::time::sleep(Duration::from_mins(46)).await;
        start.scheduler.drain().await;
        let skipped = book.skipped("slow");
        assert_eq!(book.began("slow").len(), expected, "{overlap:?}");
        assert_eq!(skipped.len() + expected, 9, "{overlap:?}");
        assert!(skipped.iter().all(|(_, reason)| *reason == SkipReason::Overlapped));
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_due_while_a_run_of_another_trigger_goes_on_overlaps_it() {
    let book = Book::default();
    let jobs = [("five", timing("*/5 * * * *", "UTC"))];
    let start = start(&book, "2027-06-01T00:00:01Z", &jobs, Duration::ZERO).await;
    let resumed = start.scheduler.occupy(&"five".parse().unwrap());
    tokio::time::sleep(Duration::from_mins(6)).await;
    drop(resumed);
    tokio::time::sleep(Duration::from_mins(5)).await;
    start.scheduler.drain().await;
    assert_eq!(book.skipped("five"), [(at("2027-06-01T00:05:00Z"), SkipReason::Overlapped)]);
    assert_eq!(book.dues("five"), [at("2027-06-01T00:10:00Z")]);
}

#[tokio::test(start_paused = true)]
async fn what_falls_due_while_the_jobs_are_armed_is_not_late() {
    let book = Book::default();
    book.arm_slowly(Duration::from_secs(3));
    let jobs = [("hourly", timing("0 * * * *", "UTC"))];
    let start = start(&book, "2027-06-01T00:59:59Z", &jobs, Duration::ZERO).await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    start.scheduler.drain().await;
    let began = book.began("hourly");
    assert_eq!((began.len(), began[0].due), (1, at("2027-06-01T01:00:00Z")), "{began:?}");
    assert_eq!(began[0].trigger, Trigger::Schedule);
}

#[tokio::test(start_paused = true)]
async fn a_paused_job_enters_its_due_times_and_makes_up_for_none() {
    let book = Book::default();
    let jobs = [("half", timing("*/30 * * * *", "UTC"))];
    an_hour(&book, "2027-06-01T00:10:00Z", &jobs).await;
    book.pause("half", Some(at("2027-06-01T01:20:00Z")));
    an_hour(&book, "2027-06-01T02:10:00Z", &jobs).await;
    assert_eq!(book.dues("half").len(), 2);
    let skipped = book.skipped("half");
    assert_eq!(skipped.len(), 4, "{skipped:?}");
    assert!(skipped.iter().all(|(_, reason)| *reason == SkipReason::Paused));
    book.pause("half", None);
    an_hour(&book, "2027-06-01T03:10:00Z", &jobs).await;
    assert_eq!(book.dues("half")[2..], [at("2027-06-01T03:30:00Z"), at("2027-06-01T04:00:00Z")]);
}

#[tokio::test(start_paused = true)]
async fn a_full_disk_puts_a_due_time_off_and_loses_it_not() {
    let book = Book::default();
    let jobs = [("hourly", timing("0 * * * *", "UTC"))];
    let start = start(&book, "2027-06-01T00:59:00Z", &jobs, Duration::ZERO).await;
    book.refuse(20);
    tokio::time::sleep(Duration::from_mins(5)).await;
    start.scheduler.drain().await;
    let ran = book.began("hourly");
    assert_eq!((ran.len(), ran[0].due), (1, at("2027-06-01T01:00:00Z")));
    assert!(ran[0].at > ran[0].due.plus(Duration::from_secs(10)));
}

#[tokio::test(start_paused = true)]
async fn jitter_spreads_jobs_and_a_restart_in_between_changes_nothing() {
    let book = Book::default();
    let names: Vec<_> = (0..100).map(|n| format!("job{n}")).collect();
    let spread = Timing { jitter: Duration::from_mins(10), ..timing("0 1 * * *", "UTC") };
    let jobs: Vec<_> = names.iter().map(|name| (name.as_str(), spread.clone())).collect();
    let first = start(&book, "2027-06-01T00:59:00Z", &jobs, Duration::ZERO).await;
    tokio::time::sleep(Duration::from_mins(5)).await;
    // A reload with the same file changes nothing either.
    first.scheduler.arm(named(&jobs)).await.unwrap();
    tokio::time::sleep(Duration::from_mins(10)).await;
    first.scheduler.drain().await;
    let put_off: Vec<_> = names.iter().flat_map(|name| book.began(name)).map(|ran| ran.at.since(ran.due)).collect();
    assert_eq!(put_off.len(), 100);
    assert!(put_off.iter().all(|late| *late <= Duration::from_secs(601)));
    let early = put_off.iter().filter(|late| **late < Duration::from_mins(5)).count();
    assert!((25..=75).contains(&early), "{early} of 100 in the first half");
}

#[tokio::test(start_paused = true)]
async fn a_hundred_reloads_lose_no_due_time_and_repeat_none() {
    let book = Book::default();
    let mut jobs = vec![("secondly", timing("* * * * * *", "UTC"))];
    let start = start(&book, "2027-06-01T00:00:00Z", &jobs, Duration::ZERO).await;
    for reload in 0..100 {
        tokio::time::sleep(Duration::from_millis(371)).await;
        match reload % 2 {
            0 => jobs.push(("extra", timing("*/2 * * * * *", "UTC"))),
            _ => jobs.truncate(1),
        }
        start.scheduler.arm(named(&jobs)).await.unwrap();
    }
    start.scheduler.drain().await;
    let ran = book.began("secondly");
    all_punctual(&ran, Duration::from_millis(5));
    assert!(ran.windows(2).all(|pair| pair[1].due.since(pair[0].due) == Duration::from_secs(1)));
    assert!((36..=37).contains(&ran.len()), "{}", ran.len());
}
