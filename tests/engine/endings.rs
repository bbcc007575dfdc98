//! Runs that end before all their rows were sent, and why.

use std::time::Duration;

use roomkeeper::engine::{Trouble, TroubleKind};
use roomkeeper::model::{Outcome, Status, Stop};

use crate::fixture::{Fixture, Helm, begin, ended, engine, until_so};
use crate::job::{REQUEST_TIMEOUT, rows};
use crate::server::{Reply, Sight};

#[expect(clippy::unnecessary_wraps, reason = "it is what a request to stop is")]
fn cancelled() -> Option<(Stop, String)> {
    Some((Stop::Cancelled, "cancelled by a person".to_owned()))
}

#[tokio::test]
async fn a_portal_that_answers_everything_with_nonsense_stops_the_run() {
    let fixture = Fixture::new();
    let job = fixture.job(rows("t", 500));
    fixture.server.always(Some(Reply::LostBefore));
    let report = fixture.run(&job).await;
    let sent = fixture.server.arrivals().len();
    assert!((20..20 + 8).contains(&sent), "{sent} rows were eaten");
    assert_eq!(report.run.counts.get(Status::Unknown), sent as u64, "what was sent once is not called not run");
    assert_eq!(report.run.counts.get(Status::NotRun), 500 - sent as u64);
    assert_eq!(report.run.outcome, Some(Outcome::Failed));
    let why = report.run.error.as_deref().unwrap();
    assert!(why.starts_with("20 requests in a row were not answered"), "{why}");
    let told = report.problems[0].error.as_deref().unwrap();
    assert_eq!(told, format!("sent, and not found on the server; not sent again: {why}"));
}

#[tokio::test]
async fn answers_that_are_lost_now_and_then_stop_nothing() {
    let fixture = Fixture::new();
    let mut job = fixture.job(rows("t", 90));
    job.policy.abort_after = 3;
    job.policy.in_flight = 1;
    for row in job.rows.iter().step_by(3) {
        fixture.server.script(&row.label, &[Reply::LostAfter]);
    }
    assert_eq!(fixture.run(&job).await.run.counts.to_string(), "90 created");
}

#[tokio::test]
async fn a_refusal_that_would_meet_every_row_stops_the_run() {
    let fixture = Fixture::new();
    let job = fixture.job(rows("t", 200));
    fixture.server.script("t/50", &[Reply::Fatal]);
    let report = fixture.run(&job).await;
    assert_eq!(report.run.counts.get(Status::Failed), 1);
    assert!(fixture.server.arrivals().len() < 50 + 8);
    assert_eq!(report.run.counts.total(), 200);
    assert_eq!(report.run.outcome, Some(Outcome::Partial));
    assert_eq!(report.run.error.as_deref(), Some("Fatal"));
}

#[tokio::test]
async fn a_look_up_that_would_fail_for_every_row_stops_the_run_before_anything_is_sent() {
    let fixture = Fixture::new();
    let job = fixture.job(rows("t", 200));
    let words = "the key was refused".to_owned();
    job.decide_troubles.lock().unwrap().push_back(Trouble { kind: TroubleKind::Fatal, words });
    let report = fixture.run(&job).await;
    assert_eq!(report.run.counts.to_string(), "200 not run");
    assert_eq!((report.run.outcome, fixture.server.arrivals().len()), (Some(Outcome::Failed), 0));
    assert_eq!(report.run.error.as_deref(), Some("the key was refused"));
}

#[tokio::test]
async fn a_cancelled_run_finishes_what_is_in_flight_and_leaves_the_rest_undone() {
    let fixture = Fixture::new();
    let job = fixture.job(rows("t", 3000));
    fixture.server.always(Some(Reply::Held));
    let engine = engine(fixture.path()).await;
    let run = begin(&engine, &job).await;
    let helm = Helm::new();
    let built = job.job();
    let worked = engine.work(&built, run, helm.steering);
    let person = async {
        until_so(|| fixture.server.in_flight() == 8).await;
        helm.stop_request.send(cancelled()).unwrap();
        // The run has heard of it when what is left is written off.
        let mut progress = helm.progress.clone();
        progress.wait_for(|progress| progress.counts.get(Status::NotRun) > 0).await.unwrap();
        fixture.server.gate.add_permits(3000);
    };
    let (worked, ()) = tokio::join!(worked, person);
    let report = ended(worked.unwrap());
    fixture.server.assert_good_manners();
    fixture.assert_adds_up(&report.run);
    assert_eq!(report.run.counts.to_string(), "8 created, 2992 not run");
    assert_eq!(report.run.outcome, Some(Outcome::Cancelled));
    assert_eq!(report.problems[0].error.as_deref(), Some("cancelled by a person"));
}

#[tokio::test]
async fn a_run_cancelled_while_the_server_is_away_ends_without_waiting_for_it() {
    let fixture = Fixture::new();
    let job = fixture.job(rows("t", 30));
    fixture.server.always(Some(Reply::PutOff(Some(Duration::from_secs(3000)))));
    let engine = engine(fixture.path()).await;
    let run = begin(&engine, &job).await;
    let helm = Helm::new();
    let built = job.job();
    let worked = engine.work(&built, run, helm.steering);
    let person = async {
        until_so(|| !fixture.server.arrivals().is_empty()).await;
        helm.stop_request.send(cancelled()).unwrap();
    };
    let (worked, ()) = tokio::time::timeout(Duration::from_secs(30), async { tokio::join!(worked, person) })
        .await
        .expect("it waited for the server");
    let report = ended(worked.unwrap());
    fixture.assert_adds_up(&report.run);
    let sent = fixture.server.arrivals().len() as u64;
    assert_eq!((report.run.counts.get(Status::Unknown), report.run.counts.get(Status::NotRun)), (sent, 30 - sent));
    let told = report.problems[0].error.as_deref().unwrap();
    assert_eq!(told, "sent, and not seen to be carried out; not sent again: cancelled by a person");
}

#[tokio::test]
async fn a_run_whose_time_is_up_looks_once_more_and_calls_the_rest_unknown_or_not_run() {
    let fixture = Fixture::new();
    let mut job = fixture.job(rows("t", 400));
    job.policy.timeout = Duration::from_millis(400);
    job.policy.in_flight = 4;
    fixture.server.script("t/1", &[Reply::LostAfter]);
    fixture.server.script("t/2", &[Reply::LostAfter]);
    fixture.server.sights("t/2", &[Sight::Blind; 1000]);
    fixture.server.always(Some(Reply::Slow(Duration::from_millis(20))));
    let report = fixture.run(&job).await;
    assert_eq!(report.run.counts.get(Status::Unknown), 1, "{}", report.run.counts);
    assert!(report.run.counts.get(Status::NotRun) > 200 && report.run.counts.get(Status::Created) > 1);
    let why = report.run.error.as_deref().unwrap();
    assert!(why.contains("longer than its timeout (400 ms)"), "{why}");
    assert_eq!(report.problems[0].error.as_deref(), Some("the list could not be read"));
}

#[tokio::test]
async fn what_is_settled_after_a_stop_is_not_sent_again() {
    let fixture = Fixture::new();
    let mut job = fixture.job(rows("t", 40));
    job.policy.in_flight = 2;
    fixture.server.script("t/1", &[Reply::LostBefore]);
    fixture.server.script("t/2", &[Reply::LostAfter]);
    fixture.server.script("t/3", &[Reply::Fatal]);
    let report = fixture.run(&job).await;
    assert_eq!(fixture.server.arrivals().iter().filter(|label| *label == "t/1").count(), 1);
    assert_eq!(report.run.counts.get(Status::Failed), 1);
    assert!(report.problems.iter().any(|item| item.label == "t/1"), "it was said to be done");
}

#[tokio::test]
async fn a_run_that_would_change_too_much_changes_nothing() {
    let fixture = Fixture::new();
    let mut job = fixture.job(rows("t", 30));
    job.policy.max_items = Some(29);
    let report = fixture.run(&job).await;
    assert_eq!((report.run.counts.get(Status::NotRun), fixture.server.arrivals().len()), (30, 0));
    assert_eq!(report.run.outcome, Some(Outcome::Failed));
    assert!(report.run.error.as_deref().unwrap().contains("max_items allows 29"));
    job.policy.max_items = Some(30);
    assert_eq!(fixture.run(&job).await.run.counts.to_string(), "30 created");
}

#[tokio::test]
async fn a_run_with_nothing_to_do_has_succeeded() {
    let fixture = Fixture::new();
    let report = fixture.run(&fixture.job(Vec::new())).await;
    assert_eq!((report.run.outcome, report.run.counts.total()), (Some(Outcome::Succeeded), 0));
}

#[tokio::test]
async fn a_look_that_comes_too_early_does_not_call_a_slow_server_idle() {
    let fixture = Fixture::new();
    let job = fixture.job(rows("t", 1));
    // It is carried out after the look at twice the time-out, and before that at four times.
    fixture.server.script("t/1", &[Reply::Late(REQUEST_TIMEOUT * 3)]);
    let report = fixture.run(&job).await;
    assert_eq!((report.run.counts.to_string(), fixture.server.arrivals().len()), ("1 created".to_owned(), 1));
}
