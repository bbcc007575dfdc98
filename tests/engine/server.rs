//! The made-up server: it does what its script says, counts its effects, and notes every breach of manners. A request is
//! known by the label of its item.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::reader::Reader;
use roomkeeper::model::{ItemNo, OpenItem, RunKey, State};
use tokio::sync::Semaphore;

/// One way in which the server answers a request.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Reply {
    /// Carries it out, and says so.
    Done,
    /// Carries it out, and the answer is lost.
    LostAfter,
    /// Loses it.
    LostBefore,
    /// The answer is lost, and it is carried out so much later.
    Late(Duration),
    /// Refuses it.
    Refused,
    /// Refuses it, and would refuse any other.
    Fatal,
    /// Wants to be asked later.
    PutOff(Option<Duration>),
    /// Carries it out, and says that it did not.
    Denied,
    /// Cannot be reached.
    Unreachable,
    /// Carries it out after so long.
    Slow(Duration),
    /// Carries it out when the test opens the gate.
    Held,
}

/// One thing that a look at the server sees.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Sight {
    /// Nothing: the look fails.
    Blind,
    /// Several things that it could be.
    Several,
}

#[derive(Debug, Default)]
struct Inner {
    replies: HashMap<String, VecDeque<Reply>>,
    sights: HashMap<String, VecDeque<Sight>>,
    always: Option<Reply>,
    /// Requests that never get their turn.
    busy_for: HashSet<String>,
    keys: HashMap<(RunKey, ItemNo), String>,
    effects: BTreeMap<String, u32>,
    late: Vec<(Instant, String)>,
    in_flight: HashSet<String>,
    most_in_flight: usize,
    arrivals: Vec<String>,
    /// Looks since the last sending whose answer was lost.
    looks_since: HashMap<String, u32>,
    breaches: Vec<String>,
}

/// The server, which outlives every crash of the program.
#[derive(Debug)]
pub(crate) struct Server {
    inner: Mutex<Inner>,
    pub(crate) gate: Semaphore,
    state: PathBuf,
}

/// A request that is being carried out.
pub(crate) struct Arrived<'a> {
    server: &'a Server,
    key: String,
}

impl Drop for Arrived<'_> {
    fn drop(&mut self) {
        self.server.inner.lock().unwrap().in_flight.remove(&self.key);
    }
}

impl Server {
    /// A server that reads the journal of this state directory when a request comes.
    pub(crate) fn new(state: PathBuf) -> Arc<Self> {
        Arc::new(Self { inner: Mutex::default(), gate: Semaphore::new(0), state })
    }

    pub(crate) fn script(&self, label: &str, replies: &[Reply]) {
        self.inner.lock().unwrap().replies.insert(label.to_owned(), replies.iter().copied().collect());
    }

    /// The program is gone, and waits for its requests no more.
    pub(crate) fn crashed(&self) {
        self.inner.lock().unwrap().in_flight.clear();
    }

    pub(crate) fn forget_scripts(&self) {
        self.inner.lock().unwrap().replies.clear();
    }

    pub(crate) fn always(&self, reply: Option<Reply>) {
        self.inner.lock().unwrap().always = reply;
    }

    pub(crate) fn sights(&self, label: &str, sights: &[Sight]) {
        self.inner.lock().unwrap().sights.insert(label.to_owned(), sights.iter().copied().collect());
    }

    /// Requests that wait for their turn until nothing may be sent any more.
    pub(crate) fn busy_for(&self, label: &str) {
        self.inner.lock().unwrap().busy_for.insert(label.to_owned());
    }

    pub(crate) fn is_busy(&self, label: &str) -> bool {
        self.inner.lock().unwrap().busy_for.contains(label)
    }

    pub(crate) fn free_for_all(&self) {
        self.inner.lock().unwrap().busy_for.clear();
    }

    /// Learns what the items of a run hold.
    pub(crate) fn learn(&self, run: RunKey, keys: impl IntoIterator<Item = (ItemNo, String)>) {
        let mut inner = self.inner.lock().unwrap();
        inner.keys.extend(keys.into_iter().map(|(item, key)| ((run, item), key)));
    }

    /// A request comes in.
    pub(crate) fn arrive(&self, run: RunKey, item: &OpenItem) -> (Arrived<'_>, Reply) {
        let breach = self.breach(run, item);
        let mut inner = self.inner.lock().unwrap();
        inner.breaches.extend(breach);
        let label = item.label.clone();
        if let Some(looks) = inner.looks_since.remove(&label)
            && looks < 2
        {
            inner.breaches.push(format!("{label} was sent again after {looks} looks"));
        }
        let key = inner.keys.get(&(run, item.item)).cloned().unwrap_or_else(|| label.clone());
        if !inner.in_flight.insert(key.clone()) {
            inner.breaches.push(format!("two requests for {key} at once"));
        }
        inner.most_in_flight = inner.most_in_flight.max(inner.in_flight.len());
        let scripted = inner.replies.get_mut(&label).and_then(VecDeque::pop_front);
        let reply = scripted.or(inner.always).unwrap_or(Reply::Done);
        inner.arrivals.push(label);
        (Arrived { server: self, key }, reply)
    }

    /// Tells what is wrong with a request that comes in now, by the journal.
    fn breach(&self, run: RunKey, item: &OpenItem) -> Option<String> {
        let reader = Reader::open(&self.state).unwrap();
        let label = &item.label;
        if item.life.state != State::Sending || !reader.sending(run).unwrap().contains(&(item.item, item.life)) {
            return Some(format!("{label} was sent before its intent was durable"));
        }
        let inner = self.inner.lock().unwrap();
        let key = inner.keys.get(&(run, item.item))?;
        for other in reader.unfinished().unwrap() {
            let sending = reader.sending(other.key).unwrap().into_iter().map(|(item, _)| item);
            let settling =
                reader.settling(other.key, ItemNo(0), 5000).unwrap().into_iter().map(|found| found.item.item);
            for open in sending.chain(settling) {
                if (other.key, open) != (run, item.item) && inner.keys.get(&(other.key, open)) == Some(key) {
                    return Some(format!("{label} was sent while item {open} of {} held {key}", other.name));
                }
            }
        }
        None
    }

    pub(crate) fn effect(&self, label: &str) {
        *self.inner.lock().unwrap().effects.entry(label.to_owned()).or_default() += 1;
    }

    /// The answer to a request is lost; its effect may still come.
    pub(crate) fn lose(&self, label: &str, late: Option<Duration>) {
        let mut inner = self.inner.lock().unwrap();
        inner.looks_since.insert(label.to_owned(), 0);
        inner.late.extend(late.map(|late| (Instant::now() + late, label.to_owned())));
    }

    /// Tells whether the request's effect is there, or why that cannot be told.
    pub(crate) fn look(&self, label: &str) -> Result<bool, Sight> {
        let mut inner = self.inner.lock().unwrap();
        inner.settle_late();
        if let Some(sight) = inner.sights.get_mut(label).and_then(VecDeque::pop_front) {
            return Err(sight);
        }
        if let Some(looks) = inner.looks_since.get_mut(label) {
            *looks += 1;
        }
        Ok(inner.effects.contains_key(label))
    }

    /// Counts how often each request was carried out.
    pub(crate) fn effects(&self) -> BTreeMap<String, u32> {
        let mut inner = self.inner.lock().unwrap();
        inner.settle_late();
        inner.effects.clone()
    }

    pub(crate) fn arrivals(&self) -> Vec<String> {
        self.inner.lock().unwrap().arrivals.clone()
    }

    pub(crate) fn in_flight(&self) -> usize {
        self.inner.lock().unwrap().in_flight.len()
    }

    pub(crate) fn most_in_flight(&self) -> usize {
        self.inner.lock().unwrap().most_in_flight
    }

    /// Fails where the engine has misbehaved.
    pub(crate) fn assert_good_manners(&self) {
        let inner = self.inner.lock().unwrap();
        assert!(inner.breaches.is_empty(), "{:#?}", inner.breaches);
        drop(inner);
        let twice = self.done_twice();
        assert!(twice.is_empty(), "carried out more than once: {twice:?}");
    }

    /// Lists the requests that were carried out more than once.
    pub(crate) fn done_twice(&self) -> Vec<String> {
        self.effects().into_iter().filter(|(_, n)| *n > 1).map(|(label, _)| label).collect()
    }
}

impl Inner {
    fn settle_late(&mut self) {
        let now = Instant::now();
        let (come, left) = std::mem::take(&mut self.late).into_iter().partition(|(at, _)| *at <= now);
        self.late = left;
        let come: Vec<(Instant, String)> = come;
        for (_, label) in come {
            *self.effects.entry(label).or_default() += 1;
        }
    }
}
