//! A store in PostgreSQL whose connections, answers and server are lost: nothing is done twice, and nothing is left out.

use std::sync::{Arc, OnceLock};

use roomkeeper::journal::{
    Journal, JournalError, NewIntents, NewLetter, NewRun, Recovery, Server, Step, Store, Workspace,
};
use roomkeeper::model::{Counts, Event, ItemNo, Life, Limits, RunId, Status, Stop};
use tempfile::TempDir;
use uuid::Uuid;

use crate::cluster::{self, Cluster};
use crate::fixture::{ending, intent, item, job, new_run, now};
use crate::proxy::{Loses, Proxy};

/// The cluster of those tests here that leave it as it is.
pub(crate) fn cluster(test: &str) -> Option<&'static Cluster> {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    let programs = cluster::programs(test)?;
    Some(CLUSTER.get_or_init(|| Cluster::start(&programs, &[], &[])))
}

#[expect(clippy::needless_pass_by_value, reason = "it is made where it is handed in")]
pub(crate) fn open(folder: &TempDir, server: Server) -> Result<Journal, JournalError> {
    loop {
        match Workspace::at(folder.path()).with_journal_on(server.clone()).lock("a test").and_then(Journal::open) {
            // A process that is being started elsewhere has the lock's file open for a moment.
            Err(JournalError::Held { .. }) => std::thread::yield_now(),
            opened => return opened,
        }
    }
}

pub(crate) fn letter(n: u8) -> NewLetter {
    NewLetter {
        id: Uuid::from_bytes([n; 16]),
        sender: "roomkeeper@example.org".to_owned(),
        receivers: vec!["it@example.org".to_owned()],
        subject: format!("Letter {n}"),
        message: b"Dear all".to_vec(),
    }
}

/// Goes through a run with everything that there is to it; `before` is called before each operation.
async fn whole_run(store: &dyn Store, mut before: impl FnMut()) {
    let mut next = || before();
    let job = job(store, "timetable").await;
    next();
    let run = store.begin(NewRun { due: Some(now()), ..new_run(job) }).await.unwrap();
    next();
    store.plan(job, run, (1..=2500).map(item).collect()).await.unwrap();
    next();
    store.planned(run, "input".to_owned()).await.unwrap();
    next();
    let intents = (1..=100).map(|n| intent(n, Life::default())).collect();
    let lives = store.intend(NewIntents { run, intents, limits: Limits::default(), now: now() }).await.unwrap();
    next();
    let done = |n: u32| Step::new(ItemNo(n), lives[n as usize - 1], Event::Confirmed(Status::Created));
    let steps: Arc<[Step]> = (1..=100).map(done).collect();
    store.record(run, steps, Limits::default()).await.unwrap();
    next();
    store.stop(run, Stop::Cancelled, "a person said so".to_owned()).await.unwrap();
    next();
    let left = store.leave_undone(run, "a person said so").await.unwrap();
    assert_eq!(left.get(Status::NotRun), 2400, "each is counted once");
    let counts: Counts = [(Status::Created, 100), (Status::NotRun, 2400)].into_iter().collect();
    next();
    store.end(run, ending(counts.clone(), vec![letter(1), letter(2)])).await.unwrap();
    next();
    let taken = store.next_letter(now()).await.unwrap().unwrap();
    assert_eq!((taken.id, taken.attempts), (letter(1).id, 1), "one that is taken is not taken again");
    next();
    assert!(store.drop_letter(letter(2).id).await.unwrap(), "it was there, once");
    next();
    let refusal = store.begin(NewRun { id: RunId::generate(), due: Some(now()), ..new_run(job) }).await.unwrap_err();
    assert!(matches!(refusal, JournalError::Recorded), "{refusal}");
    let view = store.run_by_key(run).await.unwrap();
    assert_eq!(view.counts, counts);
    assert!(store.check().await.unwrap().is_sound());
    assert_eq!(store.outbox().await.unwrap().waiting, 1);
}

#[tokio::test]
async fn a_commit_whose_answer_or_word_was_lost_takes_place_once() {
    let Some(cluster) = cluster("lost::a_commit_whose_answer_or_word_was_lost_takes_place_once") else { return };
    for (loses, times) in [(Loses::Answer, 1), (Loses::Word, 1), (Loses::Word, 3)] {
        let proxy = Proxy::before(cluster.folder());
        let address = cluster.database();
        let name = address.rsplit('/').next().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let journal = open(&folder, Server::parse(&proxy.address(name)).unwrap()).unwrap();
        let mut lost = 0;
        whole_run(&*journal, || {
            lost += u32::from(proxy.is_done());
            proxy.lose(loses, times);
        })
        .await;
        assert!(lost > 5, "{loses:?}: only {lost} were lost");
        journal.close().await;
    }
}

#[tokio::test]
async fn connections_that_are_ended_are_made_again() {
    let Some(cluster) = cluster("lost::connections_that_are_ended_are_made_again") else { return };
    let (address, folder) = (cluster.database(), tempfile::tempdir().unwrap());
    let journal = open(&folder, Server::parse(&address).unwrap()).unwrap();
    let end_all = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    whole_run(&*journal, || {
        cluster.sql(&address, end_all);
    })
    .await;
}

#[tokio::test]
async fn a_server_that_is_away_is_waited_for_a_while_and_what_was_asked_then_may_be_asked_again() {
    let test = "lost::a_server_that_is_away_is_waited_for_a_while_and_what_was_asked_then_may_be_asked_again";
    let Some(programs) = cluster::programs(test) else { return };
    let cluster = Arc::new(Cluster::start(&programs, &[], &[]));
    let folder = tempfile::tempdir().unwrap();
    let journal = open(&folder, Server::parse(&cluster.database()).unwrap()).unwrap();
    let key = job(&*journal, "timetable").await;
    let new = new_run(key);
    for _ in 0..3 {
        cluster.down();
        let server = Arc::clone(&cluster);
        let up = std::thread::spawn(move || server.up());
        journal.begin(new.clone()).await.unwrap();
        assert_eq!(journal.unfinished().await.unwrap().len(), 1);
        up.join().unwrap();
    }
    cluster.down();
    let (written, read) = futures_util::future::join(journal.begin(new_run(key)), journal.unfinished()).await;
    for refusal in [written.unwrap_err(), read.unwrap_err()] {
        assert!(refusal.may_pass() && refusal.to_string().contains("cannot be reached"), "{refusal}");
    }
    cluster.up();
    journal.begin(new.clone()).await.unwrap();
    assert_eq!(journal.unfinished().await.unwrap().len(), 1);
    journal.close().await;
    assert!(matches!(journal.begin(new).await, Err(JournalError::Closed)));
    cluster.down();
    let refusal = open(&folder, Server::parse(&cluster.first_database()).unwrap()).unwrap_err();
    assert!(matches!(refusal, JournalError::Unreachable { .. }), "{refusal}");
}

#[tokio::test]
async fn a_database_that_was_set_back_is_written_no_more_until_what_is_not_over_is_looked_for() {
    let test = "lost::a_database_that_was_set_back_is_written_no_more_until_what_is_not_over_is_looked_for";
    let Some(cluster) = cluster(test) else { return };
    let (address, folder) = (cluster.database(), tempfile::tempdir().unwrap());
    let journal = open(&folder, Server::parse(&address).unwrap()).unwrap();
    let key = job(&*journal, "timetable").await;
    let run = journal.begin(new_run(key)).await.unwrap();
    journal.plan(key, run, vec![item(1), item(2)]).await.unwrap();
    journal.planned(run, String::new()).await.unwrap();
    let intents = vec![intent(1, Life::default())];
    journal.intend(NewIntents { run, intents, limits: Limits::default(), now: now() }).await.unwrap();
    assert_eq!(journal.set_back(), None);
    cluster.sql(&address, "UPDATE leases SET commits = commits - 2");
    for _ in 0..2 {
        let refusal = journal.ping().await.unwrap_err();
        assert!(refusal.is_loss() && refusal.to_string().contains("may lack what was written last"), "{refusal}");
    }
    journal.close().await;
    drop(journal);
    // The next start knows of it: what was never sent, as far as the database knows, may have been.
    let journal = open(&folder, Server::parse(&address).unwrap()).unwrap();
    assert!(journal.set_back().unwrap().contains("2 of the last transactions"), "{:?}", journal.set_back());
    journal.recover(Recovery::alone(now())).await.unwrap();
    assert_eq!(journal.settling(run, ItemNo(0), 9).await.unwrap().len(), 2);
    assert!(journal.check().await.unwrap().is_sound());
    journal.close().await;
    drop(journal);
    let journal = open(&folder, Server::parse(&address).unwrap()).unwrap();
    assert_eq!(journal.set_back(), None, "it is told once");
    journal.close().await;
    drop(journal);
    cluster.sql(&address, "UPDATE roomkeeper_schema SET timeline = '00000099'");
    let journal = open(&folder, Server::parse(&address).unwrap()).unwrap();
    assert!(journal.set_back().unwrap().contains("another server"), "{:?}", journal.set_back());
}

#[tokio::test]
async fn a_text_with_what_no_database_keeps_is_kept_without_it() {
    let Some(cluster) = cluster("lost::a_text_with_what_no_database_keeps_is_kept_without_it") else { return };
    let folder = tempfile::tempdir().unwrap();
    let journal = open(&folder, Server::parse(&cluster.database()).unwrap()).unwrap();
    let key = job(&*journal, "timetable").await;
    let run = journal.begin(new_run(key)).await.unwrap();
    let mut strange = item(1);
    strange.label = "Lesson \0 1".to_owned();
    for _ in 0..2 {
        journal.plan(key, run, vec![strange.clone()]).await.unwrap();
    }
    journal.planned(run, String::new()).await.unwrap();
    let asked = roomkeeper::journal::PendingAsked { run, after: ItemNo(0), now: now(), most: 9 };
    assert_eq!(journal.pending(asked).await.unwrap().items[0].label, "Lesson \u{fffd} 1");
}
