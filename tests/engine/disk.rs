//! A disk that is full in the middle of a run. Each test is a process of its own, whose files may suddenly grow no more.

use std::path::Path;

use roomkeeper::engine::{OnTrouble, Phase, Progress, Worked};
use roomkeeper::journal::JournalError;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::child;
use crate::fixture::{Fixture, Helm, begin, ended, engine, go_on, until, until_so};
use crate::job::rows;
use crate::server::Reply;

fn fill_the_disk() {
    let maximum = getrlimit(Resource::Fsize).maximum;
    setrlimit(Resource::Fsize, Rlimit { current: Some(1), maximum }).unwrap();
}

fn make_room() {
    let maximum = getrlimit(Resource::Fsize).maximum;
    setrlimit(Resource::Fsize, Rlimit { current: maximum, maximum }).unwrap();
}

fn in_a_child(test: &str) {
    let folder = tempfile::tempdir().unwrap();
    child::run(child::command(test, folder.path(), "trap '' XFSZ; exec"));
}

#[tokio::main(flavor = "current_thread")]
async fn wait_it_out(state: &Path) {
    let fixture = Fixture::at(state);
    let job = fixture.job(rows("t", 300));
    fixture.server.script("t/40", &[Reply::LostAfter]);
    // One request is on its way from before the disk is full until long after.
    fixture.server.script("t/20", &[Reply::Held]);
    let engine = engine(state).await;
    let run = begin(&engine, &job).await;
    let mut helm = Helm::new();
    let built = job.job();
    let worked = engine.work(&built, run, helm.steering);
    let disk = async {
        until(&mut helm.progress, |progress| progress.done_count() > 30).await;
        fill_the_disk();
        let full = until(&mut helm.progress, |progress| matches!(progress.phase, Phase::Waiting { .. })).await;
        let Phase::Waiting { why, until: first } = full.phase else { unreachable!() };
        assert!(why.contains("the journal could not be written"), "{why}");
        until_so(|| fixture.server.in_flight() == 1).await;
        let sent = fixture.server.arrivals().len();
        // The next attempt fails as well, and the wait after it is another one.
        let is_later = |progress: &Progress| matches!(progress.phase, Phase::Waiting { until, .. } if until > first);
        until(&mut helm.progress, is_later).await;
        assert_eq!(fixture.server.arrivals().len(), sent, "it sent what it could not write down");
        make_room();
        until(&mut helm.progress, |progress| progress.done_count() == 299).await;
        fixture.server.gate.add_permits(1);
    };
    let (worked, ()) = tokio::join!(worked, disk);
    let report = ended(worked.unwrap());
    fixture.server.assert_good_manners();
    fixture.assert_adds_up(&report.run);
    assert_eq!(report.run.counts.to_string(), "300 created");
    assert_eq!(fixture.server.arrivals().len(), 300, "what was answered before was kept");
}

#[test]
fn a_daemon_waits_until_there_is_room_and_goes_on_with_every_answer_it_had() {
    match child::role() {
        Some(state) => wait_it_out(&state),
        None => in_a_child("disk::a_daemon_waits_until_there_is_room_and_goes_on_with_every_answer_it_had"),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn give_up(state: &Path) {
    let fixture = Fixture::at(state);
    let job = fixture.job(rows("t", 300));
    let before = engine(state).await;
    let run = begin(&before, &job).await;
    let mut helm = Helm::new();
    helm.steering.on_trouble = OnTrouble::GiveUp;
    let built = job.job();
    let worked = before.work(&built, run, helm.steering);
    let disk = async {
        until(&mut helm.progress, |progress| progress.done_count() > 30).await;
        fill_the_disk();
    };
    let (worked, ()) = tokio::join!(worked, disk);
    let error = worked.unwrap_err();
    assert!(matches!(error, JournalError::Io(_)), "{error}");
    assert_eq!(fixture.server.in_flight(), 0, "it gave up with requests in flight");
    make_room();
    std::sync::Arc::into_inner(before.journal).unwrap().close().await;

    let after = engine(state).await;
    let report = go_on(&after, &job).await;
    fixture.server.assert_good_manners();
    fixture.assert_adds_up(&report.run);
    assert_eq!(report.run.counts.to_string(), "300 created");
}

#[test]
fn a_person_at_a_terminal_is_told_and_the_next_start_loses_nothing() {
    match child::role() {
        Some(state) => give_up(&state),
        None => in_a_child("disk::a_person_at_a_terminal_is_told_and_the_next_start_loses_nothing"),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn drain(state: &Path) {
    let fixture = Fixture::at(state);
    let job = fixture.job(rows("t", 300));
    let before = engine(state).await;
    let run = begin(&before, &job).await;
    let mut helm = Helm::new();
    let built = job.job();
    let worked = before.work(&built, run, helm.steering);
    let disk = async {
        until(&mut helm.progress, |progress| progress.done_count() > 30).await;
        fill_the_disk();
        until(&mut helm.progress, |progress| matches!(progress.phase, Phase::Waiting { .. })).await;
        helm.drain.cancel();
    };
    let (worked, ()) = tokio::join!(worked, disk);
    assert!(matches!(worked.unwrap(), Worked::Suspended));
    make_room();
    // The same process goes on with it: the engine itself recovers what is `sending`.
    let report = go_on(&before, &job).await;
    fixture.server.assert_good_manners();
    fixture.assert_adds_up(&report.run);
    assert_eq!(report.run.counts.to_string(), "300 created");
}

#[test]
fn a_program_that_stops_while_the_disk_is_full_does_not_wait_for_room() {
    match child::role() {
        Some(state) => drain(&state),
        None => in_a_child("disk::a_program_that_stops_while_the_disk_is_full_does_not_wait_for_room"),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn full_from_the_first(state: &Path) {
    let fixture = Fixture::at(state);
    let job = fixture.job(rows("t", 400));
    let engine = engine(state).await;
    let run = begin(&engine, &job).await;
    let mut helm = Helm::new();
    fill_the_disk();
    let built = job.job();
    let worked = engine.work(&built, run, helm.steering);
    let disk = async {
        until(&mut helm.progress, |progress| matches!(progress.phase, Phase::Waiting { .. })).await;
        assert_eq!(fixture.server.arrivals().len(), 0);
        make_room();
        // And once more, at its end: the last answers are known, and the run cannot be ended.
        until(&mut helm.progress, |progress| progress.done_count() > 350).await;
        fill_the_disk();
        until(&mut helm.progress, |progress| matches!(progress.phase, Phase::Waiting { .. })).await;
        make_room();
    };
    let (worked, ()) = tokio::join!(worked, disk);
    let report = ended(worked.unwrap());
    assert_eq!(report.run.counts.to_string(), "400 created");
    assert_eq!(fixture.reader().outbox().unwrap().waiting, 1);
}

#[test]
fn a_disk_that_is_full_while_a_run_is_planned_holds_it_up_and_no_more() {
    match child::role() {
        Some(state) => full_from_the_first(&state),
        None => in_a_child("disk::a_disk_that_is_full_while_a_run_is_planned_holds_it_up_and_no_more"),
    }
}
