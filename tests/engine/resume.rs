//! Runs that outlive their process.

use std::time::Duration;

use roomkeeper::engine::Worked;
use roomkeeper::model::{Outcome, Status, Stop};

use crate::campaign::{Random, lives};
use crate::fixture::{Fixture, Helm, begin, engine, go_on, until_so};
use crate::job::rows;
use crate::server::Reply;

#[tokio::test]
async fn a_drained_run_is_suspended_with_its_answers_written_down_and_finished_by_the_next_start() {
    let fixture = Fixture::new();
    let job = fixture.job(rows("t", 200));
    fixture.server.script("t/3", &[Reply::LostAfter]);
    fixture.server.busy_for("t/9");
    fixture.server.always(Some(Reply::Held));
    let before = engine(fixture.path()).await;
    let run = begin(&before, &job).await;
    let helm = Helm::new();
    let built = job.job();
    let worked = before.work(&built, run, helm.steering);
    let stop = async {
        until_so(|| fixture.server.in_flight() == 7).await;
        helm.drain.cancel();
        fixture.server.gate.add_permits(7);
    };
    let (worked, ()) = tokio::join!(worked, stop);
    assert!(matches!(worked.unwrap(), Worked::Suspended));
    let reader = fixture.reader();
    let key = reader.unfinished().unwrap()[0].key;
    assert_eq!(reader.sending(key).unwrap(), [], "what was not sent would be settled for nothing");
    assert_eq!(reader.counts(key).unwrap().get(Status::Created), 7);
    assert_eq!(reader.pending_count(key).unwrap(), 192);
    std::sync::Arc::into_inner(before.journal).unwrap().close().await;

    fixture.server.always(None);
    fixture.server.free_for_all();
    let after = engine(fixture.path()).await;
    let report = go_on(&after, &job).await;
    fixture.server.assert_good_manners();
    fixture.assert_adds_up(&report.run);
    assert_eq!(report.run.counts.to_string(), "200 created");
    assert_eq!((report.run.resumed, fixture.server.arrivals().len()), (1, 200));
}

#[tokio::test]
async fn a_run_cancelled_just_before_the_program_stops_stays_cancelled() {
    let fixture = Fixture::new();
    let job = fixture.job(rows("t", 100));
    fixture.server.script("t/1", &[Reply::LostBefore]);
    fixture.server.always(Some(Reply::Held));
    let before = engine(fixture.path()).await;
    let run = begin(&before, &job).await;
    let helm = Helm::new();
    let built = job.job();
    let worked = before.work(&built, run, helm.steering);
    let stop = async {
        until_so(|| fixture.server.arrivals().len() == 9 && fixture.server.in_flight() == 8).await;
        helm.stop_request.send(Some((Stop::Cancelled, "a person".to_owned()))).unwrap();
        helm.drain.cancel();
        fixture.server.gate.add_permits(8);
    };
    let (worked, ()) = tokio::join!(worked, stop);
    assert!(matches!(worked.unwrap(), Worked::Suspended), "its first row is not found out about yet");
    drop(before);

    let after = engine(fixture.path()).await;
    let report = go_on(&after, &job).await;
    fixture.server.assert_good_manners();
    assert_eq!(fixture.server.arrivals().len(), 9, "a cancelled run went on after a restart");
    assert_eq!((report.run.outcome, report.run.error.as_deref()), (Some(Outcome::Cancelled), Some("a person")));
}

#[test]
fn a_program_that_crashes_again_and_again_does_each_row_once() {
    let fixture = Fixture::new();
    let mut job = fixture.job(rows("t", 400));
    // A crash in the middle of a row's sending counts as an attempt of the row; this many crashes must not use them up.
    job.policy.limits.attempts = 30;
    for (row, n) in job.rows.iter().zip(0..) {
        let reply = match n % 8 {
            1 => Reply::LostAfter,
            4 => Reply::LostBefore,
            6 => Reply::Late(crate::job::REQUEST_TIMEOUT),
            _ => Reply::Slow(Duration::from_millis(1)),
        };
        fixture.server.script(&row.label, &[reply]);
    }
    let mut random = Random::new(7);
    let run = lives(&fixture, &job, |life| {
        // The first lives are short; the last is as long as it takes.
        Duration::from_micros(if life < 20 { 500 + random.below(60_000) } else { 60_000_000 })
    });
    fixture.server.assert_good_manners();
    fixture.assert_adds_up(&run);
    assert_eq!(run.counts.to_string(), "400 created");
    assert!(run.resumed >= 10, "it ended too soon to show anything: {}", run.resumed);
    assert_eq!(fixture.reader().outbox().unwrap().waiting, 1, "one mail a run, however often it was resumed");
}

#[tokio::test]
async fn a_resumed_run_that_nobody_can_work_on_ends_and_says_what_is_not_known() {
    let fixture = Fixture::new();
    let mut job = fixture.job(rows("t", 50));
    fixture.server.always(Some(Reply::Held));
    let before = engine(fixture.path()).await;
    let run = begin(&before, &job).await;
    let built = job.job();
    tokio::select! {
        worked = before.work(&built, run, Helm::new().steering) => panic!("{worked:?}"),
        () = until_so(|| fixture.server.in_flight() == 8) => {}
    }
    drop(before);
    let after = engine(fixture.path()).await;
    job.refuses = Some("the folder of its file is gone".to_owned());
    let report = go_on(&after, &job).await;
    fixture.assert_adds_up(&report.run);
    assert_eq!(report.run.outcome, Some(Outcome::Failed));
    assert!(report.run.counts.get(Status::Unknown) >= 8, "{}", report.run.counts);
    assert_eq!(report.run.error.as_deref(), Some("the folder of its file is gone"));
}
