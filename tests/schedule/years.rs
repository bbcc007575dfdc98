//! A year of nights.

use std::collections::BTreeMap;
use std::time::Duration;

use roomkeeper::clock::{Clock, Zone};

use crate::world::{Book, all_punctual, start, timing};

const ZONES: [&str; 7] = [
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "America/Santiago",
    "Asia/Beirut",
    "Asia/Kolkata",
];

#[tokio::test(start_paused = true)]
async fn a_year_of_nightly_runs_in_seven_zones_is_one_run_a_day_each() {
    let book = Book::default();
    let jobs: Vec<_> = ZONES.iter().map(|zone| (*zone, zone.replace('/', "-"), timing("30 2 * * *", zone))).collect();
    let named: Vec<_> = jobs.iter().map(|(_, job, timing)| (job.as_str(), timing.clone())).collect();
    let start = start(&book, "2027-01-01T12:00:00Z", &named, Duration::from_secs(1)).await;
    // The quiet hours are leapt over, as by a machine that is suspended between its jobs.
    for _ in 0..365 * ZONES.len() {
        let next = jobs.iter().filter_map(|(_, job, _)| start.scheduler.next(&job.parse().unwrap())).min().unwrap();
        let quiet = next.since(start.clock.now()).saturating_sub(Duration::from_secs(3));
        start.clock.step(i64::try_from(quiet.as_secs()).unwrap());
        tokio::time::sleep(Duration::from_secs(5)).await;
    }
    start.scheduler.drain().await;
    for (zone, job, _) in &jobs {
        let ran = book.began(job);
        all_punctual(&ran, Duration::from_millis(5));
        let zone = Zone::named(zone).unwrap();
        let mut days = BTreeMap::<String, u32>::new();
        for began in &ran {
            *days.entry(zone.civil(began.due).format("%F")).or_default() += 1;
        }
        assert!(days.len() >= 360, "{job}: {} days", days.len());
        assert!(days.values().all(|runs| *runs == 1), "{job}: {days:?}");
        let spread = ran.last().unwrap().due.since(ran[0].due).as_secs() / 86_400;
        assert!(spread.abs_diff(days.len() as u64 - 1) <= 1, "{job} has a day without a run");
        assert!(book.skipped(job).is_empty());
    }
}
