//! Decides when to look for the outcome of a request that was not answered, and when having found nothing is proof
//! enough.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Duration;

use tokio::time::Instant;

use crate::engine::leases::{Lease, Leases};
use crate::model::ItemNo;

/// Items that were turned away are looked for so often before anything else is sent.
const FIRST_LOOKS: u32 = 3;

/// The items of one run that are being settled: a few bytes each, their payloads stay in the journal.
#[derive(Debug)]
pub(super) struct Settling {
    request_timeout: Duration,
    items: HashMap<ItemNo, Watch>,
    by_due: BTreeSet<(Instant, ItemNo)>,
    /// Items that were turned away at the door, and are not watched yet.
    turned_away: HashSet<ItemNo>,
    /// The time of the last look that was turned away, too.
    away: Option<Instant>,
}

#[derive(Debug)]
struct Watch {
    since: Instant,
    looks: u32,
    absences: u32,
    due: Instant,
    leases: Vec<Lease>,
    wanted: Vec<String>,
    /// Its request was answered at once by saying that the service is unavailable.
    turned_away: bool,
}

impl Watch {
    /// Tells whether the whole server was closed when the item's request came.
    fn met_closed(&self, closed: Option<Instant>) -> bool {
        self.turned_away && closed.is_some_and(|closed| closed >= self.since)
    }
}

/// The meaning of finding nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Absence {
    /// Look again later.
    NotYet,
    /// The request was not carried out.
    Proven,
}

impl Settling {
    /// Begins with nothing to settle. The server may be at work on a request for about `request_timeout`.
    pub(super) fn new(request_timeout: Duration) -> Self {
        Self {
            request_timeout,
            items: HashMap::new(),
            by_due: BTreeSet::new(),
            turned_away: HashSet::new(),
            away: None,
        }
    }

    /// Begins to watch an item whose request went out before `since`, and goes on holding what it holds.
    pub(super) fn watch(&mut self, item: ItemNo, since: Instant, leases: Vec<Lease>) {
        self.add(item, since, leases, Vec::new());
    }

    /// Records that the item's request, which is watched from the next commit on, was answered by saying that the service is
    /// unavailable.
    pub(super) fn turned_away(&mut self, item: ItemNo) {
        self.turned_away.insert(item);
    }

    /// Begins to watch an item found at a start, at `since`. It held `wanted`, and holds that again: at once, or, where
    /// another item was faster, before a look is due.
    pub(super) fn watch_found(&mut self, item: ItemNo, since: Instant, wanted: Vec<String>, leases: &Leases) {
        match leases.hold_all(&wanted) {
            Some(held) => self.add(item, since, held, Vec::new()),
            None => self.add(item, since, Vec::new(), wanted),
        }
    }

    fn add(&mut self, item: ItemNo, since: Instant, leases: Vec<Lease>, wanted: Vec<String>) {
        let due = since + delay(0, self.request_timeout);
        self.by_due.insert((due, item));
        let turned_away = self.turned_away.remove(&item);
        self.items.insert(item, Watch { since, looks: 0, absences: 0, due, leases, wanted, turned_away });
    }

    /// Ends the watch over an item, and gives back what it holds.
    pub(super) fn settled(&mut self, item: ItemNo) -> Vec<Lease> {
        let Some(watch) = self.items.remove(&item) else { return Vec::new() };
        self.by_due.remove(&(watch.due, item));
        watch.leases
    }

    /// Returns how many items are watched.
    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    /// Returns the time at which the next look is due.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.by_due.first().map(|(due, _)| *due)
    }

    /// Returns the items to look for now, the longest due first. Where another item holds what one needs, that one waits:
    /// what the other makes must not be taken for its own.
    pub(super) fn due(&mut self, now: Instant, most: usize, leases: &Leases) -> Vec<ItemNo> {
        let due: Vec<_> =
            self.by_due.iter().take_while(|(due, _)| *due <= now).take(most).map(|(_, item)| *item).collect();
        due.into_iter().filter(|item| self.holds(*item, now, leases)).collect()
    }

    fn holds(&mut self, item: ItemNo, now: Instant, leases: &Leases) -> bool {
        let Some(watch) = self.items.get_mut(&item) else { return false };
        if !watch.wanted.is_empty() {
            let Some(held) = leases.hold_all(&watch.wanted) else {
                self.put_off(item, now + self.request_timeout.min(Duration::from_secs(1)));
                return false;
            };
            watch.leases = held;
            watch.wanted.clear();
        }
        true
    }

    /// Returns one item to look for whether or not that is due, so as to see whether the server can be used.
    pub(super) fn first(&mut self, now: Instant, leases: &Leases) -> Option<ItemNo> {
        let first: Vec<_> = self.by_due.iter().take(8).map(|(_, item)| *item).collect();
        first.into_iter().find(|item| self.holds(*item, now, leases))
    }

    /// Returns all watched items.
    pub(super) fn all(&self) -> Vec<ItemNo> {
        self.by_due.iter().map(|(_, item)| *item).collect()
    }

    /// Records that a look at `looked` found nothing. The server may still have been at work on the request, so
    /// only an absence after twice its time-out counts, and `needed` such looks are proof. Where both the request and a
    /// look about that time were turned away, the whole server was closed, and nothing was at work.
    pub(super) fn absent(&mut self, item: ItemNo, looked: Instant, needed: u32) -> Absence {
        let closed = self.closed();
        let Some(watch) = self.items.get_mut(&item) else { return Absence::NotYet };
        if watch.met_closed(closed) || looked >= watch.since + self.request_timeout * 2 {
            watch.absences += 1;
        }
        let proven = watch.absences >= needed;
        self.untold(item, looked);
        if proven { Absence::Proven } else { Absence::NotYet }
    }

    /// Records that a look at `looked` could not tell.
    pub(super) fn untold(&mut self, item: ItemNo, looked: Instant) {
        let closed = self.closed();
        let Some(watch) = self.items.get_mut(&item) else { return };
        watch.looks += 1;
        let is_soon = watch.met_closed(closed) && watch.looks <= FIRST_LOOKS;
        let planned = if is_soon { looked } else { watch.since + delay(watch.looks, self.request_timeout) };
        self.put_off(item, planned.max(looked + self.request_timeout.min(Duration::from_secs(1))));
    }

    /// Tells whether items that were turned away are to be settled before anything else is sent: that takes a moment, and a look
    /// beside writes of ours to the same user proves nothing.
    pub(super) fn goes_first(&self) -> bool {
        let closed = self.closed();
        closed.is_some() && self.items.values().any(|watch| watch.met_closed(closed) && watch.looks < FIRST_LOOKS)
    }

    /// Returns the time until which requests belong to the time in which the server was closed.
    fn closed(&self) -> Option<Instant> {
        self.away.map(|away| away + self.request_timeout)
    }

    /// Records that a look at `looked` was turned away: the server cannot be used.
    pub(super) fn away(&mut self, looked: Instant) {
        self.away = Some(looked);
    }

    /// Looks again for an item as soon as the server, which was away at `looked`, is asked again.
    pub(super) fn unavailable(&mut self, item: ItemNo, looked: Instant) {
        self.put_off(item, looked + self.request_timeout.min(Duration::from_secs(1)));
    }

    fn put_off(&mut self, item: ItemNo, due: Instant) {
        if let Some(watch) = self.items.get_mut(&item) {
            self.by_due.remove(&(watch.due, item));
            watch.due = due;
            self.by_due.insert((due, item));
        }
    }
}

/// Returns the time after the request at which the look of that number (from 0) is due: one early, which finds most
/// of the requests that were carried out, then at twice and four times the time-out, then ever more seldom.
fn delay(look: u32, request_timeout: Duration) -> Duration {
    match look {
        0 => (request_timeout / 4).min(Duration::from_secs(1)),
        n => request_timeout * 2_u32.saturating_pow(n.min(7)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMEOUT: Duration = Duration::from_secs(30);

    fn at(began: Instant, seconds: u64) -> Instant {
        began + Duration::from_secs(seconds)
    }

    #[test]
    fn nothing_found_early_proves_nothing() {
        let (mut settling, began) = (Settling::new(TIMEOUT), Instant::now());
        let item = ItemNo(1);
        settling.watch(item, began, Vec::new());
        assert_eq!(settling.next_due(), Some(at(began, 1)));
        assert_eq!(settling.absent(item, at(began, 1), 2), Absence::NotYet);
        assert_eq!(settling.next_due(), Some(at(began, 60)));
        assert_eq!(settling.absent(item, at(began, 60), 2), Absence::NotYet);
        assert_eq!(settling.next_due(), Some(at(began, 120)));
        assert_eq!(settling.absent(item, at(began, 120), 2), Absence::Proven);
    }

    #[test]
    fn a_look_that_cannot_tell_is_no_absence_and_comes_again_ever_later() {
        let (mut settling, began) = (Settling::new(TIMEOUT), Instant::now());
        let item = ItemNo(1);
        settling.watch(item, began, Vec::new());
        for looked in [1, 60, 120] {
            settling.untold(item, at(began, looked));
        }
        assert_eq!(settling.due(at(began, 239), 10, &Leases::default()), []);
        assert_eq!(settling.due(at(began, 240), 10, &Leases::default()), [item]);
        assert_eq!(settling.absent(item, at(began, 240), 2), Absence::NotYet);
    }

    #[test]
    fn looks_that_are_turned_away_put_off_no_later_look() {
        let (mut settling, began) = (Settling::new(TIMEOUT), Instant::now());
        let item = ItemNo(1);
        settling.watch(item, began, Vec::new());
        for looked in [1, 60, 120, 600] {
            settling.unavailable(item, at(began, looked));
            assert_eq!(settling.next_due(), Some(at(began, looked + 1)));
        }
        assert_eq!(settling.absent(item, at(began, 601), 2), Absence::NotYet);
        assert_eq!(settling.next_due(), Some(at(began, 602)));
        assert_eq!(settling.absent(item, at(began, 602), 2), Absence::Proven);
    }

    #[test]
    fn a_closed_server_was_at_work_on_nothing() {
        let began = Instant::now();
        let item = ItemNo(1);
        for (request, look, is_closed) in [(true, true, true), (true, false, false), (false, true, false)] {
            let mut settling = Settling::new(TIMEOUT);
            if request {
                settling.turned_away(item);
            }
            settling.watch(item, began, Vec::new());
            if look {
                settling.away(at(began, 0));
            }
            assert_eq!(settling.absent(item, at(began, 3), 2), Absence::NotYet);
            assert_eq!(
                (settling.next_due(), settling.goes_first()),
                (Some(at(began, if is_closed { 4 } else { 60 })), is_closed)
            );
            let expected = if is_closed { Absence::Proven } else { Absence::NotYet };
            assert_eq!(settling.absent(item, at(began, 4), 2), expected, "{request} {look}");
        }
        // A server that was closed long before says nothing of this request.
        let mut settling = Settling::new(TIMEOUT);
        settling.away(began);
        settling.turned_away(item);
        settling.watch(item, at(began, 31), Vec::new());
        assert_eq!(settling.absent(item, at(began, 33), 1), Absence::NotYet);
    }

    #[test]
    fn the_longest_due_come_first() {
        let (mut settling, began) = (Settling::new(TIMEOUT), Instant::now());
        settling.watch(ItemNo(1), at(began, 50), Vec::new());
        settling.watch(ItemNo(2), at(began, 10), Vec::new());
        assert_eq!(settling.due(at(began, 100), 1, &Leases::default()), [ItemNo(2)]);
    }

    #[test]
    fn an_item_found_at_a_start_holds_at_once_what_it_held() {
        let (mut settling, leases) = (Settling::new(TIMEOUT), Leases::default());
        settling.watch_found(ItemNo(1), Instant::now(), vec!["algebra".to_owned()], &leases);
        assert!(leases.hold("algebra").is_none());
    }

    #[test]
    fn an_item_found_at_a_start_is_not_looked_for_while_another_holds_what_it_held() {
        let (mut settling, began, leases) = (Settling::new(TIMEOUT), Instant::now(), Leases::default());
        let wanted = vec!["algebra".to_owned(), "meeting:m1".to_owned()];
        let other = leases.hold("meeting:m1").unwrap();
        settling.watch_found(ItemNo(1), began, wanted, &leases);
        assert_eq!(settling.due(at(began, 1), 10, &leases), []);
        assert!(leases.hold("algebra").is_some(), "half of it was held while it waited for the rest");
        assert_eq!(settling.next_due(), Some(at(began, 2)));
        drop(other);
        assert_eq!(settling.due(at(began, 2), 10, &leases), [ItemNo(1)]);
        assert!(leases.hold("algebra").is_none() && leases.hold("meeting:m1").is_none());
        drop(settling.settled(ItemNo(1)));
        assert!(leases.hold("algebra").is_some() && settling.next_due().is_none());
    }
}
