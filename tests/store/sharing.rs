//! Several processes write one journal in PostgreSQL side by side: each due time, run, file and mail is one process's at a time, and what a
//! process leaves that is gone is taken over by another, once.

use roomkeeper::journal::Server;
use roomkeeper::journal::{
    Around, JobKey, Journal, JournalError, NewClaim, NewIntents, NewRun, Recovery, RunKey, Seen, Store, TakenOver,
    ToTakeOver, TroubleChanges,
};
use roomkeeper::model::{Counts, ItemNo, Life, Limits, RunId, Stop, Territory, TroubleKind};
use tempfile::{TempDir, tempdir};

use crate::cluster::Cluster;
use crate::fixture::{ending, intent, item, job, new_run, now};
use crate::lost::{cluster, letter, open};

/// A database, and the state directories of machines that share it.
struct Machines {
    cluster: &'static Cluster,
    address: String,
    folders: Vec<TempDir>,
}

impl Machines {
    fn new(cluster: &'static Cluster) -> Self {
        let folders = (0..3).map(|_| tempdir().unwrap()).collect();
        Self { cluster, address: cluster.database(), folders }
    }

    /// Opens the journal on the machine of that number.
    fn open(&self, machine: usize) -> Journal {
        let server = Server::parse(&self.address).unwrap().named(["a", "b", "c"][machine]);
        open(&self.folders[machine], server.with_pin_key(&"0a".repeat(32)).unwrap()).unwrap()
    }

    fn sql(&self, statement: &str) -> String {
        self.cluster.sql(&self.address, statement)
    }

    /// Lets the lease of a machine be over since long ago, as if it had given no sign of life.
    fn is_gone(&self, machine: usize) {
        let name = ["a", "b", "c"][machine];
        self.sql(&format!(
            "UPDATE leases SET until = clock_timestamp() - interval '1 hour' WHERE home = 'node {name}'"
        ));
    }
}

async fn planned(store: &dyn Store, job: JobKey, new: NewRun) -> RunKey {
    let run = store.begin(new).await.unwrap();
    store.plan(job, run, vec![item(1), item(2)]).await.unwrap();
    store.planned(run, String::new()).await.unwrap();
    run
}

async fn sending(store: &dyn Store, run: RunKey) {
    let intents = vec![intent(1, Life::default())];
    store.intend(NewIntents { run, intents, limits: Limits::default(), now: now() }).await.unwrap();
}

fn all(job: JobKey) -> Vec<ToTakeOver> {
    vec![ToTakeOver { job, also_planning: true }]
}

fn of_files(job: JobKey) -> Vec<ToTakeOver> {
    vec![ToTakeOver { job, also_planning: false }]
}

fn claim(shared: bool) -> NewClaim {
    NewClaim {
        name: "a.csv".to_owned(),
        dropped: "/inbox/a.csv".into(),
        claimed: "/inbox/processing/a.csv".into(),
        inode: 7,
        shared,
    }
}

/// Makes a test that needs a cluster.
macro_rules! with_machines {
    ($($name:ident($machines:ident) $body:block)*) => {
        $(#[tokio::test]
        async fn $name() {
            let Some(cluster) = cluster(concat!("sharing::", stringify!($name))) else { return };
            let $machines = Machines::new(cluster);
            $body
        })*
    };
}

with_machines! {

a_due_time_is_one_machines(machines) {
    let (a, b) = (machines.open(0), machines.open(1));
    let key = job(&*a, "timetable").await;
    assert_eq!(job(&*b, "timetable").await, key);
    let due = || NewRun { due: Some(now()), ..new_run(key) };
    let run = a.begin(due()).await.unwrap();
    let refusal = b.begin(due()).await.unwrap_err();
    assert!(matches!(&refusal, JournalError::Elsewhere(node) if node == "a"), "{refusal}");
    a.planned(run, String::new()).await.unwrap();
    a.end(run, ending(Counts::default(), Vec::new())).await.unwrap();
    assert!(matches!(b.begin(due()).await, Err(JournalError::Recorded)));
    let later = NewRun { due: Some(now().plus(std::time::Duration::from_mins(1))), ..new_run(key) };
    b.begin(later).await.unwrap();
}

what_a_machine_leaves_that_is_gone_is_taken_over_once_and_looked_for(machines) {
    let (a, b, c) = (machines.open(0), machines.open(1), machines.open(2));
    let key = job(&*a, "timetable").await;
    let run = planned(&*a, key, new_run(key)).await;
    sending(&*a, run).await;
    for other in [&b, &c] {
        assert_eq!(other.around(all(key)).await.unwrap(), Around::default());
        assert_eq!(other.take_over(all(key), now()).await.unwrap(), TakenOver::default());
        let unfinished = other.unfinished().await.unwrap();
        assert_eq!(unfinished[0].works_elsewhere.as_deref(), Some("a"));
    }
    machines.is_gone(0);
    assert!(b.around(all(key)).await.unwrap().is_gone && c.around(all(key)).await.unwrap().is_gone);
    let (by_b, by_c) = tokio::join!(b.take_over(all(key), now()), c.take_over(all(key), now()));
    let (by_b, by_c) = (by_b.unwrap(), by_c.unwrap());
    assert_eq!(by_b.runs.len() + by_c.runs.len(), 1, "{by_b:?} {by_c:?}");
    let (winner, loser) = if by_b.runs.is_empty() { (&c, &b) } else { (&b, &c) };
    assert!(!loser.around(all(key)).await.unwrap().is_gone);
    assert_eq!(winner.settling(run, ItemNo(0), 9).await.unwrap().len(), 1, "it was sending");
    assert_eq!(winner.sending(run).await.unwrap(), []);
    let unfinished = winner.unfinished().await.unwrap();
    assert!(unfinished[0].moved && unfinished[0].works_elsewhere.is_none());
    assert_eq!(unfinished[0].files_elsewhere.as_deref(), Some("a"));
    // What it believes of itself does not matter: it writes nothing more.
    let refusal = a.stop(run, Stop::Cancelled, "late".to_owned()).await.unwrap_err();
    assert!(matches!(&refusal, JournalError::TakenOver { .. }), "{refusal}");
    assert!(matches!(a.lost().await, JournalError::TakenOver { .. }));
    assert!(!a.may_send());
    assert!(winner.check().await.unwrap().is_sound());
}

a_machine_is_given_time_for_its_requests_before_its_work_is_taken_over(machines) {
    let (a, b) = (machines.open(0), machines.open(1));
    let key = job(&*a, "timetable").await;
    let run = planned(&*a, key, new_run(key)).await;
    a.close().await;
    machines.sql("UPDATE leases SET grace = 3600000 WHERE home = 'node a'");
    assert_eq!(b.take_over(all(key), now()).await.unwrap(), TakenOver::default(), "a request may be on its way");
    // Who holds its lock knows that it is gone.
    let a = machines.open(0);
    a.recover(Recovery::alone(now())).await.unwrap();
    let unfinished = a.unfinished().await.unwrap();
    assert!(unfinished[0].key == run && unfinished[0].works_elsewhere.is_none() && !unfinished[0].moved);
    assert!(unfinished[0].files_elsewhere.is_none());
}

a_start_leaves_what_others_work_on_alone(machines) {
    let (a, b) = (machines.open(0), machines.open(1));
    let key = job(&*a, "timetable").await;
    let run = planned(&*a, key, new_run(key)).await;
    sending(&*a, run).await;
    b.recover(Recovery::alone(now())).await.unwrap();
    assert_eq!(a.sending(run).await.unwrap().len(), 1);
    a.planned(run, String::new()).await.unwrap();
    assert!(a.check().await.unwrap().is_sound());
}

runs_of_one_job_and_those_that_change_anything_wait_for_each_other(machines) {
    use Territory::{Anything, OwnThings, ReadsOnly};
    let (a, b) = (machines.open(0), machines.open(1));
    let (first, second) = (job(&*a, "one").await, job(&*a, "two").await);
    let of = async |store: &Journal, job: JobKey| {
            store.begin(NewRun { id: RunId::generate(), ..new_run(job) }).await.unwrap()
        };
    let here = of(&a, first).await;
    a.planned(here, String::new()).await.unwrap();
    assert_eq!(a.take_turn(here, OwnThings).await.unwrap(), None);
    assert_eq!(a.take_turn(here, OwnThings).await.unwrap(), None, "said again");
    let same = of(&b, first).await;
    let told = b.take_turn(same, OwnThings).await.unwrap().unwrap();
    assert_eq!(told, "a works on one");
    let other = of(&b, second).await;
    for (territory, waits) in [(ReadsOnly, false), (Anything, true), (OwnThings, false)] {
        assert_eq!(b.take_turn(other, territory).await.unwrap().is_some(), waits, "{territory:?}");
    }
    // The turn of a machine that is gone keeps nobody waiting, and what is taken over waits for its own.
    machines.is_gone(0);
    assert!(b.take_turn(same, OwnThings).await.unwrap().is_some(), "its items are open: it is taken over first");
    assert_eq!(b.take_over(all(first), now()).await.unwrap().runs.len(), 1);
    assert_eq!(b.take_turn(same, OwnThings).await.unwrap(), None, "both are one process's now, which works on them in turn");
    let c = machines.open(2);
    let third = of(&c, first).await;
    assert!(c.take_turn(third, OwnThings).await.unwrap().is_some());
    b.leave_turn(same).await.unwrap();
    assert!(c.take_turn(third, OwnThings).await.unwrap().is_some(), "an earlier run has items");
}

a_stop_and_a_pause_reach_the_machine_that_works(machines) {
    let (a, b) = (machines.open(0), machines.open(1));
    let key = job(&*a, "timetable").await;
    let run = planned(&*a, key, new_run(key)).await;
    let id = a.run_by_key(run).await.unwrap().id;
    b.stop(run, Stop::Cancelled, "a person said so".to_owned()).await.unwrap();
    let before = a.around(all(key)).await.unwrap();
    assert_eq!(before.stopped, [(id, Stop::Cancelled, "a person said so".to_owned())]);
    assert_eq!(b.around(all(key)).await.unwrap().stopped, []);
    b.pause(key, now()).await.unwrap();
    assert_ne!(a.around(all(key)).await.unwrap().pauses, before.pauses);
    a.unpause(key, now()).await.unwrap();
    assert_eq!(b.around(all(key)).await.unwrap().pauses, before.pauses);
}

a_run_that_reads_a_file_is_planned_where_the_file_is_and_finished_anywhere(machines) {
    let (a, b) = (machines.open(0), machines.open(1));
    let key = job(&*a, "timetable").await;
    let begun = a.begin(NewRun { claim: Some(claim(false)), ..new_run(key) }).await.unwrap();
    machines.is_gone(0);
    assert_eq!(b.take_over(of_files(key), now()).await.unwrap(), TakenOver::default(), "it cannot read the file");
    assert_eq!((b.claim(begun).await.unwrap(), b.open_claims().await.unwrap().len()), (None, 0));
    machines.sql("INSERT INTO items (run, item, job, identity, state) SELECT run, 1, job, 'ref:1', 0 FROM runs");
    machines.sql("INSERT INTO bodies (run, item, label, payload) SELECT run, 1, '', '' FROM runs");
    assert!(b.around(of_files(key)).await.unwrap().is_gone, "its half plan is in the way of other files");
    assert_eq!(b.take_over(of_files(key), now()).await.unwrap().runs, []);
    assert_eq!(machines.sql("SELECT count(*) FROM items").trim(), "0");
    assert!(!b.around(of_files(key)).await.unwrap().is_gone);
    machines.sql("UPDATE runs SET phase = 'running'");
    assert_eq!(b.take_over(of_files(key), now()).await.unwrap().runs.len(), 1);
    b.leave_undone(begun, "a test").await.unwrap();
    b.leave_files(begun).await.unwrap();
    b.end(begun, ending(Counts::default(), Vec::new())).await.unwrap();
    assert_eq!(b.files_due().await.unwrap(), []);
    a.close().await;
    drop(a);
    let a = machines.open(0);
    assert!(a.around(of_files(key)).await.unwrap().files_due);
    assert_eq!(a.files_due().await.unwrap(), [begun]);
    assert_eq!(a.open_claims().await.unwrap(), [], "its file is not put away before its results are there");
    a.files_written(begun).await.unwrap();
    assert_eq!((a.files_due().await.unwrap().len(), a.open_claims().await.unwrap().len()), (0, 1));
    assert!(a.claim(begun).await.unwrap().is_some());
}

a_file_that_all_machines_have_is_claimed_by_one_and_taken_over_at_once(machines) {
    let (a, b) = (machines.open(0), machines.open(1));
    let key = job(&*a, "timetable").await;
    let begun = a.begin(NewRun { claim: Some(claim(true)), ..new_run(key) }).await.unwrap();
    let again = NewRun { id: RunId::generate(), claim: Some(claim(true)), ..new_run(key) };
    assert!(matches!(b.begin(again).await, Err(JournalError::Claimed)));
    assert_eq!((b.open_claims().await.unwrap().len(), a.open_claims().await.unwrap().len()), (0, 1));
    machines.is_gone(0);
    assert_eq!(b.take_over(of_files(key), now()).await.unwrap().runs.len(), 1);
    assert!(b.claim(begun).await.unwrap().is_some());
    assert!(b.unfinished().await.unwrap()[0].files_elsewhere.is_none());
}

two_local_files_of_one_name_are_two_files(machines) {
    let (a, b) = (machines.open(0), machines.open(1));
    let key = job(&*a, "timetable").await;
    a.begin(NewRun { claim: Some(claim(false)), ..new_run(key) }).await.unwrap();
    let again = NewRun { id: RunId::generate(), claim: Some(claim(false)), ..new_run(key) };
    b.begin(again).await.unwrap();
}

a_mail_is_taken_by_one_and_sent_again_by_another_once_that_is_gone(machines) {
    let (a, b) = (machines.open(0), machines.open(1));
    let key = job(&*a, "timetable").await;
    let run = a.begin(new_run(key)).await.unwrap();
    a.planned(run, String::new()).await.unwrap();
    a.end(run, ending(Counts::default(), vec![letter(1), letter(2)])).await.unwrap();
    let (by_a, by_b) = tokio::join!(a.next_letter(now()), b.next_letter(now()));
    let (by_a, by_b) = (by_a.unwrap().unwrap(), by_b.unwrap().unwrap());
    assert_ne!(by_a.id, by_b.id);
    assert_eq!(b.next_letter(now()).await.unwrap(), None);
    machines.is_gone(0);
    assert!(b.around(Vec::new()).await.unwrap().is_gone);
    assert!(b.take_over(Vec::new(), now()).await.unwrap().letters);
    assert_eq!(b.next_letter(now()).await.unwrap().unwrap().id, by_a.id);
}

the_machine_that_lives_longest_looks_after_the_journal(machines) {
    let (a, b) = (machines.open(0), machines.open(1));
    assert!(a.looks_after_journal().await.unwrap() && !b.looks_after_journal().await.unwrap());
    machines.is_gone(0);
    assert!(b.looks_after_journal().await.unwrap());
}

troubles_are_a_machines_own(machines) {
    let (a, b) = (machines.open(0), machines.open(1));
    let seen = || Seen { kind: TroubleKind::Clock, subject: "clock".to_owned(), detail: "ahead".to_owned() };
    let began = || TroubleChanges { began: vec![seen()], ..TroubleChanges::default() };
    a.change_troubles(began(), now()).await.unwrap();
    assert_eq!((a.troubles().await.unwrap().len(), b.troubles().await.unwrap().len()), (1, 0));
    b.change_troubles(began(), now()).await.unwrap();
    let over = TroubleChanges { ended: vec![(TroubleKind::Clock, "clock".to_owned())], ..TroubleChanges::default() };
    b.change_troubles(over, now()).await.unwrap();
    assert_eq!((a.troubles().await.unwrap().len(), b.troubles().await.unwrap().len()), (1, 0));
}

}
