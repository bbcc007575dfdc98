//! Rows and their fates, one by one.

use std::time::Duration;

use roomkeeper::engine::Phase;
use roomkeeper::model::{Code, ItemFilter, ItemNo, Outcome, Status};

use crate::fixture::{Fixture, Helm, begin, ended, engine, status, until};
use crate::job::{REQUEST_TIMEOUT, rows};
use crate::server::{Reply, Sight};

#[tokio::test]
async fn every_row_is_sent_once_and_counted_once() {
    let fixture = Fixture::new();
    let mut all = rows("t", 300);
    for row in all.iter_mut().skip(2).step_by(3) {
        row.decided = Some(Status::Unchanged);
    }
    let job = fixture.job(all);
    let report = fixture.run(&job).await;
    assert_eq!(report.run.counts.to_string(), "200 created, 100 unchanged");
    assert_eq!(report.run.outcome, Some(Outcome::Succeeded));
    assert_eq!(fixture.server.arrivals().len(), 200);
    assert!((2..=8).contains(&fixture.server.most_in_flight()), "{} at once", fixture.server.most_in_flight());
    let reader = fixture.reader();
    assert_eq!(reader.attempts(report.run.key, ItemNo(1)).unwrap().len(), 1);
    assert_eq!(reader.outbox().unwrap().waiting, 1, "the mail is there with the end of the run");
}

#[tokio::test]
async fn lost_answers_are_settled_by_looking_and_nothing_is_made_twice() {
    let fixture = Fixture::new();
    let job = fixture.job(rows("t", 60));
    let fates = [
        Reply::Done,
        Reply::LostAfter,
        Reply::LostBefore,
        Reply::Late(REQUEST_TIMEOUT / 2),
        // Later than the first look, and within what a server may take.
        Reply::Late(REQUEST_TIMEOUT * 3 / 2),
    ];
    for (row, fate) in job.rows.iter().zip(fates.iter().cycle()) {
        fixture.server.script(&row.label, &[*fate]);
    }
    let report = fixture.run(&job).await;
    assert_eq!(report.run.counts.to_string(), "60 created");
    assert_eq!(fixture.server.arrivals().len(), 60 + 12, "only what was lost before its effect is sent again");
    assert_eq!(report.finished.warnings.len(), 12, "what was sent twice is looked up once more at the end");
}

#[tokio::test]
async fn a_client_that_takes_a_lost_answer_for_a_refusal_has_it_done_twice_and_that_is_seen() {
    let fixture = Fixture::new();
    let job = fixture.job(rows("t", 9));
    fixture.server.script("t/4", &[Reply::Denied]);
    let engine = engine(fixture.path()).await;
    let run = begin(&engine, &job).await;
    let report = ended(engine.work(&job.job(), run, Helm::new().steering).await.unwrap());
    assert_eq!(report.run.counts.to_string(), "9 created");
    assert_eq!(fixture.server.done_twice(), ["t/4"]);
}

#[tokio::test]
async fn what_is_lost_again_and_again_is_given_up_after_two_returns() {
    let fixture = Fixture::new();
    let job = fixture.job(rows("t", 3));
    fixture.server.script("t/2", &[Reply::LostBefore; 9]);
    let report = fixture.run(&job).await;
    assert_eq!(report.run.counts.to_string(), "2 created, 1 failed");
    assert_eq!(fixture.server.arrivals().iter().filter(|label| *label == "t/2").count(), 3);
    let error = report.problems[0].error.as_deref().unwrap();
    assert!(error.contains("not carried out"), "{error}");
}

#[tokio::test]
async fn a_refusal_is_the_rows_own_and_a_later_row_goes_on() {
    let fixture = Fixture::new();
    let job = fixture.job(rows("t", 30));
    fixture.server.script("t/7", &[Reply::Refused]);
    let report = fixture.run(&job).await;
    assert_eq!(report.run.counts.to_string(), "29 created, 1 failed");
    assert_eq!((report.problems[0].line, report.problems[0].code), (Some(8), Some(Code::TITLE_SHORT)));
    assert_eq!(report.run.outcome, Some(Outcome::Partial));
}

#[tokio::test]
async fn a_row_that_is_put_off_is_sent_again_when_the_server_wants_it_and_given_up_in_the_end() {
    let fixture = Fixture::new();
    let job = fixture.job(rows("t", 4));
    let soon = Some(Duration::from_millis(3));
    fixture.server.script("t/1", &[Reply::PutOff(soon), Reply::PutOff(soon)]);
    fixture.server.script("t/2", &[Reply::PutOff(soon); 9]);
    let report = fixture.run(&job).await;
    assert_eq!(report.run.counts.to_string(), "3 created, 1 failed");
    let items = fixture.reader().items(report.run.key, ItemFilter::All, ItemNo(0), 9).unwrap();
    let attempts: Vec<_> = items.iter().map(|item| item.attempts).collect();
    assert_eq!(attempts, [3, 5, 1, 1]);
    assert_eq!(status(&items[1]), Status::Failed);
    assert_eq!(fixture.reader().attempts(report.run.key, ItemNo(2)).unwrap().len(), 5);
}

#[tokio::test]
async fn a_server_that_is_away_uses_up_no_attempt_and_the_run_says_that_it_waits() {
    let fixture = Fixture::new();
    let mut job = fixture.job(rows("t", 40));
    job.policy.abort_after = 2;
    for row in job.rows.iter() {
        fixture.server.script(&row.label, &[Reply::Unreachable; 1]);
    }
    let engine = engine(fixture.path()).await;
    let run = begin(&engine, &job).await;
    let mut helm = Helm::new();
    let built = job.job();
    let worked = engine.work(&built, run, helm.steering);
    let watched = async {
        until(&mut helm.progress, |progress| matches!(progress.phase, Phase::Waiting { .. })).await;
        fixture.server.forget_scripts();
    };
    let (worked, ()) = tokio::join!(worked, watched);
    let report = ended(worked.unwrap());
    fixture.server.assert_good_manners();
    fixture.assert_adds_up(&report.run);
    assert_eq!(report.run.counts.to_string(), "40 created");
    let items = fixture.reader().items(report.run.key, ItemFilter::All, ItemNo(0), 100).unwrap();
    assert!(items.iter().all(|item| item.attempts == 1), "an attempt that never left was counted");
    let arrivals = fixture.server.arrivals().len();
    assert!(arrivals <= 48, "{arrivals} requests: it went on knocking while it should have waited");
}

#[tokio::test]
async fn a_look_that_leaves_it_open_for_good_ends_in_unknown_at_once() {
    let fixture = Fixture::new();
    let job = fixture.job(rows("t", 5));
    fixture.server.script("t/3", &[Reply::LostAfter]);
    fixture.server.sights("t/3", &[Sight::Blind, Sight::Several]);
    let report = fixture.run(&job).await;
    assert_eq!(report.run.counts.to_string(), "4 created, 1 unknown");
    assert_eq!(report.problems[0].error.as_deref(), Some("two meetings could be it"));
}
