//! A run has an owner: a start takes up what is its own, and of others' what none works on any more.

use std::sync::Arc;
use std::time::Duration;

use roomkeeper::clock::{Clock, ManualClock, Timestamp};
use roomkeeper::journal::{JobKey, Machine, NewIntents, NewLetter, Recovered, Recovery, RunKey, Store};
use roomkeeper::model::{Counts, Digest, ItemNo, Life, Limits};
use uuid::Uuid;

use crate::fixture::{Make, Opened, Place, ending, intent, item, job, new_run, now};

/// Far longer than any process is silent.
const LONG: Duration = Duration::from_hours(3);

fn machine(name: &[u8]) -> Machine {
    let mut boot = [0; 16];
    boot.copy_from_slice(Digest::of(name).as_bytes());
    Machine { id: Digest::of(name), boot }
}

/// A place whose store is opened on one machine after the other, by one clock.
struct Machines {
    place: Box<dyn Place>,
    clock: Arc<ManualClock>,
}

impl Machines {
    fn new(make: Make) -> Self {
        Self { place: make(), clock: Arc::new(ManualClock::new(now())) }
    }

    fn open(&self, machine: Machine) -> Opened {
        self.place.open_on(machine, Arc::clone(&self.clock) as Arc<dyn Clock>)
    }

    fn time(&self) -> Timestamp {
        self.clock.now()
    }

    fn pass(&self, time: Duration) {
        self.clock.set(self.time().plus(time));
    }

    /// Begins a run of two items on a machine, sends one, and leaves it so.
    async fn begin(&self, machine: Machine) -> RunKey {
        let store = self.open(machine);
        let run = begin(&**store, job(&**store, "timetable").await, self.time()).await;
        store.close().await;
        run
    }

    async fn recover(&self, store: &dyn Store) -> Recovered {
        store.recover(Recovery::among_others(self.time())).await.unwrap()
    }
}

async fn begin(store: &dyn Store, job: JobKey, now: Timestamp) -> RunKey {
    let run = store.begin(new_run(job)).await.unwrap();
    store.plan(job, run, vec![item(1), item(2)]).await.unwrap();
    store.planned(run, String::new()).await.unwrap();
    let intents = vec![intent(1, Life::default())];
    store.intend(NewIntents { run, intents, limits: Limits::default(), now }).await.unwrap();
    run
}

/// Tells whether the run was taken up: its item is being settled, and it counts as resumed. Else all is as it was.
async fn is_taken(store: &dyn Store, run: RunKey) -> bool {
    let view = store.run_by_key(run).await.unwrap();
    let (settling, sending) =
        (store.settling(run, ItemNo(0), 9).await.unwrap().len(), store.sending(run).await.unwrap().len());
    match (view.resumed, settling, sending) {
        (1.., 1, 0) => true,
        (0, 0, 1) => {
            assert!(!view.moved);
            false
        }
        other => panic!("it is half taken up: {other:?}"),
    }
}

pub(crate) async fn what_this_machine_began_is_taken_up_at_once(make: Make) {
    let machines = Machines::new(make);
    let run = machines.begin(machine(b"a")).await;
    // Booted or not since: the process that began it is gone.
    for boot in [machine(b"a").boot, [9; 16]] {
        let store = machines.open(Machine { boot, ..machine(b"a") });
        assert_eq!(machines.recover(&**store).await, Recovered::default());
        assert!(is_taken(&**store, run).await);
        assert!(!store.run_by_key(run).await.unwrap().moved);
        assert!(store.check().await.unwrap().is_sound());
        store.close().await;
    }
}

pub(crate) async fn what_this_process_works_on_is_left_alone(make: Make) {
    let machines = Machines::new(make);
    let store = machines.open(machine(b"a"));
    let run = begin(&**store, job(&**store, "timetable").await, machines.time()).await;
    for recovery in [Recovery::among_others(now()), Recovery::alone(now())] {
        assert_eq!(store.recover(recovery).await.unwrap(), Recovered::default());
        assert!(!is_taken(&**store, run).await);
    }
}

pub(crate) async fn what_another_machine_may_be_at_work_on_is_left_until_it_gave_no_sign_of_life_for_long(make: Make) {
    let machines = Machines::new(make);
    let run = machines.begin(machine(b"a")).await;
    let store = machines.open(machine(b"b"));
    let found = machines.recover(&**store).await;
    assert_eq!((found.left, found.moved.len()), (1, 0));
    assert!(found.next.unwrap() > store.time().lived);
    assert!(!is_taken(&**store, run).await);
    assert!(store.check().await.unwrap().is_sound());

    machines
        .clock
        .set(machines.time().plus(found.next.unwrap().since(store.time().lived)).minus(Duration::from_millis(1)));
    assert_eq!(machines.recover(&**store).await, found, "the last moment");
    machines.pass(Duration::from_millis(1));
    let id = store.run_by_key(run).await.unwrap().id;
    assert_eq!(machines.recover(&**store).await, Recovered { moved: vec![id], ..Recovered::default() });
    assert!(is_taken(&**store, run).await);
    assert!(store.run_by_key(run).await.unwrap().moved && store.unfinished().await.unwrap()[0].moved);
    assert_eq!(machines.recover(&**store).await, Recovered::default(), "said again");
    store.close().await;

    // Now the first one finds it in other hands.
    let store = machines.open(machine(b"a"));
    assert_eq!(machines.recover(&**store).await.left, 1);
    assert!(store.check().await.unwrap().is_sound());
}

pub(crate) async fn a_sign_of_life_keeps_a_run_for_its_machine(make: Make) {
    let machines = Machines::new(make);
    let store = machines.open(machine(b"a"));
    let key = job(&**store, "timetable").await;
    let quiet = begin(&**store, key, machines.time()).await;
    // A commit takes the sign of life along, and where there is none, it is kept by itself.
    for n in 0..6_u32 {
        machines.pass(Duration::from_hours(1));
        if n.is_multiple_of(2) {
            store.keep_time().await.unwrap();
        } else {
            store.watch(key, format!("{n} 2 * * *"), now()).await.unwrap();
        }
    }
    store.close().await;
    let store = machines.open(machine(b"b"));
    machines.pass(Duration::from_mins(30));
    assert_eq!(machines.recover(&**store).await.left, 1);
    machines.pass(LONG);
    assert_eq!(machines.recover(&**store).await.moved.len(), 1);
    assert!(is_taken(&**store, quiet).await);
}

pub(crate) async fn a_store_that_was_moved_is_taken_up_whole_and_at_once(make: Make) {
    let machines = Machines::new(make);
    let run = machines.begin(machine(b"a")).await;
    let store = machines.open(machine(b"b"));
    let id = store.run_by_key(run).await.unwrap().id;
    let found = store.recover(Recovery::alone(machines.time())).await.unwrap();
    assert_eq!(found, Recovered { moved: vec![id], ..Recovered::default() });
    assert!(is_taken(&**store, run).await && store.run_by_key(run).await.unwrap().moved);
    store.close().await;
    // It is this machine's from now on, and stays one that was moved.
    let store = machines.open(machine(b"b"));
    assert_eq!(store.recover(Recovery::alone(machines.time())).await.unwrap(), Recovered::default());
    assert!(store.run_by_key(run).await.unwrap().moved);
}

pub(crate) async fn a_container_with_another_id_each_time_is_one_machine(make: Make) {
    let machines = Machines::new(make);
    let run = machines.begin(machine(b"a")).await;
    let store = machines.open(Machine { id: Digest::of(b"made anew"), ..machine(b"a") });
    assert_eq!(machines.recover(&**store).await, Recovered::default());
    assert!(is_taken(&**store, run).await && !store.run_by_key(run).await.unwrap().moved);
}

pub(crate) async fn a_clock_that_is_set_back_keeps_no_run_for_ever(make: Make) {
    let machines = Machines::new(make);
    let run = machines.begin(machine(b"a")).await;
    machines.clock.set(now().minus(Duration::from_hours(24 * 365)));
    let store = machines.open(machine(b"b"));
    assert_eq!(machines.recover(&**store).await.left, 1);
    machines.pass(LONG);
    assert_eq!(machines.recover(&**store).await.moved.len(), 1);
    assert!(is_taken(&**store, run).await);
}

pub(crate) async fn what_another_machine_was_sending_is_sent_again_only_in_its_time(make: Make) {
    let machines = Machines::new(make);
    let store = machines.open(machine(b"a"));
    let run = store.begin(new_run(job(&**store, "timetable").await)).await.unwrap();
    store.planned(run, String::new()).await.unwrap();
    let letter = NewLetter {
        id: Uuid::from_bytes([1; 16]),
        sender: "roomkeeper@example.org".to_owned(),
        receivers: vec!["it@example.org".to_owned()],
        subject: "Letter".to_owned(),
        message: b"Dear all".to_vec(),
    };
    let ending = ending(Counts::default(), vec![letter]);
    store.end(run, ending).await.unwrap();
    store.next_letter(now()).await.unwrap().unwrap();
    store.close().await;

    let store = machines.open(machine(b"b"));
    machines.recover(&**store).await;
    assert_eq!(store.next_letter(now()).await.unwrap(), None, "it may be on its way");
    store.recover(Recovery::alone(now())).await.unwrap();
    assert!(store.next_letter(now()).await.unwrap().is_some());
}
