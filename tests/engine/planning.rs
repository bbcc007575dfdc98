//! Plans: whole in the journal before the first request, or not at all.

use std::time::Duration;

use roomkeeper::engine::{Phase, PlanError, Refusal, Trouble, TroubleKind};
use roomkeeper::model::{Outcome, Stop};

use crate::fixture::{Fixture, Helm, begin, ended, engine, until};
use crate::job::{MadeUp, rows};

fn trouble(job: &MadeUp, kinds: &[TroubleKind]) {
    let troubles = kinds.iter().map(|kind| PlanError::Server(Trouble { kind: *kind, words: format!("{kind:?}") }));
    job.plan_troubles.lock().unwrap().extend(troubles);
}

#[tokio::test]
async fn a_plan_that_fails_half_way_is_made_anew_and_has_each_row_once() {
    let fixture = Fixture::new();
    let job = fixture.job(rows("t", 120));
    let soon = TroubleKind::PutOff(Some(Duration::from_millis(1)));
    trouble(&job, &[soon, TroubleKind::Unwell, soon]);
    assert_eq!(fixture.run(&job).await.run.counts.to_string(), "120 created");
}

#[tokio::test]
async fn a_refused_plan_refuses_the_run_and_leaves_no_item() {
    let fixture = Fixture::new();
    let job = fixture.job(rows("t", 120));
    job.plan_troubles.lock().unwrap().push_back(PlanError::Refused(Refusal("row 7 is wrong".to_owned())));
    let report = fixture.run(&job).await;
    assert_eq!((report.run.outcome, report.run.counts.total()), (Some(Outcome::Failed), 0));
    assert_eq!(report.run.error.as_deref(), Some("row 7 is wrong"));
    assert_eq!(fixture.reader().outbox().unwrap().waiting, 1, "somebody is told");
}

#[tokio::test]
async fn a_server_that_stays_unwell_or_refuses_all_ends_the_run_before_it_began() {
    let fixture = Fixture::new();
    let job = fixture.job(rows("t", 3));
    trouble(&job, &[TroubleKind::Fatal]);
    let report = fixture.run(&job).await;
    assert_eq!((report.run.outcome, report.run.error.as_deref()), (Some(Outcome::Failed), Some("Fatal")));
}

#[tokio::test]
async fn a_run_cancelled_while_its_plan_waits_is_cancelled_not_failed() {
    let fixture = Fixture::new();
    let job = fixture.job(rows("t", 3));
    trouble(&job, &[TroubleKind::PutOff(Some(Duration::from_secs(3000)))]);
    let engine = engine(fixture.path()).await;
    let run = begin(&engine, &job).await;
    let mut helm = Helm::new();
    let built = job.job();
    let worked = engine.work(&built, run, helm.steering);
    let person = async {
        until(&mut helm.progress, |progress| matches!(progress.phase, Phase::Waiting { .. })).await;
        helm.stop_request.send(Some((Stop::Cancelled, "a person".to_owned()))).unwrap();
    };
    let (worked, ()) = tokio::join!(worked, person);
    let report = ended(worked.unwrap());
    fixture.assert_adds_up(&report.run);
    assert_eq!((report.run.outcome, report.run.error.as_deref()), (Some(Outcome::Cancelled), Some("a person")));
}

#[tokio::test]
async fn a_plan_waits_no_longer_than_the_run_may_take() {
    let fixture = Fixture::new();
    let mut job = fixture.job(rows("t", 3));
    job.policy.timeout = Duration::from_millis(50);
    trouble(&job, &[TroubleKind::PutOff(Some(Duration::from_secs(3000)))]);
    let report = fixture.run(&job).await;
    assert_eq!(report.run.outcome, Some(Outcome::Failed));
    assert!(report.run.error.as_deref().unwrap().contains("longer than its timeout"));
}

#[tokio::test]
async fn a_request_to_stop_that_came_before_the_first_request_is_heard() {
    let fixture = Fixture::new();
    let job = fixture.job(rows("t", 50));
    let engine = engine(fixture.path()).await;
    let run = begin(&engine, &job).await;
    let helm = Helm::new();
    helm.stop_request.send(Some((Stop::Cancelled, "a person".to_owned()))).unwrap();
    let built = job.job();
    let report = ended(engine.work(&built, run, helm.steering).await.unwrap());
    assert_eq!((report.run.counts.to_string(), fixture.server.arrivals().len()), ("50 not run".to_owned(), 0));
    assert_eq!(report.run.outcome, Some(Outcome::Cancelled));
}
