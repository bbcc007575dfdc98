//! Two rows that touch the same thing are never under way together.

use crate::fixture::{Fixture, Helm, begin, ended, engine, go_on};
use crate::job::{MadeUp, REQUEST_TIMEOUT, rows};
use crate::server::Reply;

/// Rows of which each three in a row hold the same.
fn shared(job: &str, n: usize, hidden: bool) -> Vec<crate::job::Row> {
    let mut rows = rows(job, n);
    for (at, row) in rows.iter_mut().enumerate() {
        row.key = format!("meeting {}", at / 3);
        row.key_is_hidden = hidden;
    }
    rows
}

#[tokio::test]
async fn rows_of_one_run_that_touch_the_same_go_one_after_another() {
    for hidden in [false, true] {
        let fixture = Fixture::new();
        let job = fixture.job(shared("t", 60, hidden));
        for row in job.rows.iter().step_by(7) {
            fixture.server.script(&row.label, &[Reply::Late(REQUEST_TIMEOUT)]);
        }
        assert_eq!(fixture.run(&job).await.run.counts.to_string(), "60 created");
    }
}

#[tokio::test]
async fn rows_of_two_runs_that_touch_the_same_go_one_after_another() {
    let fixture = Fixture::new();
    let jobs = ["one", "two"].map(|name| MadeUp::new(name, &fixture.server, shared(name, 40, false)));
    for job in &jobs {
        for row in job.rows.iter().step_by(5) {
            fixture.server.script(&row.label, &[Reply::LostBefore]);
        }
    }
    let engine = engine(fixture.path()).await;
    let runs = [begin(&engine, &jobs[0]).await, begin(&engine, &jobs[1]).await];
    let [one, other] = [jobs[0].job(), jobs[1].job()];
    let (first, second) = tokio::join!(
        engine.work(&one, runs[0].clone(), Helm::new().steering),
        engine.work(&other, runs[1].clone(), Helm::new().steering),
    );
    fixture.server.assert_good_manners();
    for worked in [first, second] {
        assert_eq!(ended(worked.unwrap()).run.counts.to_string(), "40 created");
    }
}

#[tokio::test]
async fn what_a_request_touches_is_held_again_after_a_crash_although_only_its_decision_knew() {
    let fixture = Fixture::new();
    let mut all = rows("t", 2);
    for row in &mut all {
        row.key = "meeting 1".to_owned();
        row.key_is_hidden = true;
    }
    let job = fixture.job(all);
    fixture.server.script("t/1", &[Reply::Held]);
    let before = engine(fixture.path()).await;
    let run = begin(&before, &job).await;
    let built = job.job();
    tokio::select! {
        worked = before.work(&built, run, Helm::new().steering) => panic!("{worked:?}"),
        () = crate::fixture::until_so(|| fixture.server.in_flight() == 1) => {}
    }
    drop(before);
    let after = engine(fixture.path()).await;
    let report = go_on(&after, &job).await;
    // The first is found absent and sent once more; the second waits until that is over.
    fixture.server.assert_good_manners();
    assert_eq!(fixture.server.arrivals(), ["t/1", "t/1", "t/2"]);
    assert_eq!(report.run.counts.to_string(), "2 created");
}
