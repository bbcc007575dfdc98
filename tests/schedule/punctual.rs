//! How late runs begin, in real time: `cargo test --release --test schedule -- --ignored --nocapture lateness`.

use std::time::Duration;

use roomkeeper::clock::{Clock, SystemClock};

use crate::world::{Book, all_punctual, start, timing};

#[tokio::test]
#[ignore = "takes twelve seconds of real time, and says something only in a release build on an idle machine"]
async fn the_lateness_of_two_hundred_jobs_a_second_is_at_most_five_milliseconds() {
    let book = Book::default();
    let names: Vec<_> = (0..200).map(|n| format!("job{n}")).collect();
    let jobs: Vec<_> = names.iter().map(|name| (name.as_str(), timing("* * * * * *", "Europe/Berlin"))).collect();
    let now = SystemClock.now().to_rfc3339();
    let mut start = start(&book, &now, &jobs, Duration::ZERO).await;
    tokio::time::sleep(Duration::from_secs(12)).await;
    start.scheduler.drain().await;
    let mut late = Vec::new();
    for name in &names {
        let ran = book.began(name);
        all_punctual(&ran, Duration::from_secs(1));
        assert!(ran.len() >= 11, "{name}: {}", ran.len());
        late.extend(ran.iter().map(|began| began.at.since(began.due)));
    }
    late.sort();
    let at = |percent: usize| late[(late.len() - 1) * percent / 100];
    println!("{} runs, late by p50 {:?}, p99 {:?}, at most {:?}", late.len(), at(50), at(99), at(100));
    assert!(at(99) <= Duration::from_millis(5), "p99 {:?}", at(99));
}
