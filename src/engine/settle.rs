//! When to look for what became of a request that was not answered, and when having found nothing is proof enough.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::model::ItemNo;

/// The items of one run that are being settled: a few bytes each, their payloads stay in the journal.
#[derive(Debug, Default)]
pub(super) struct Settling {
    items: BTreeMap<ItemNo, Watch>,
}

#[derive(Debug, Clone, Copy)]
struct Watch {
    since: Instant,
    looks: u32,
    absences: u32,
    due: Instant,
}

/// What finding nothing amounts to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Absence {
    /// Look again later.
    NotYet,
    /// The request was not carried out.
    Proven,
}

impl Settling {
    /// Begins to watch an item whose request went out, or was found at a start, at `since`.
    pub(super) fn watch(&mut self, item: ItemNo, since: Instant, request_timeout: Duration) {
        let due = since + delay(0, request_timeout);
        self.items.insert(item, Watch { since, looks: 0, absences: 0, due });
    }

    /// Ends the watch over an item.
    pub(super) fn settled(&mut self, item: ItemNo) {
        self.items.remove(&item);
    }

    /// How many items are watched.
    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    /// The items to look for now, the longest due first.
    pub(super) fn due(&self, now: Instant, most: usize) -> Vec<ItemNo> {
        let mut due: Vec<_> = self.items.iter().filter(|(_, watch)| watch.due <= now).collect();
        due.sort_by_key(|(_, watch)| watch.due);
        due.into_iter().take(most).map(|(item, _)| *item).collect()
    }

    /// When the next look is due.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.items.values().map(|watch| watch.due).min()
    }

    /// All watched items.
    pub(super) fn all(&self) -> Vec<ItemNo> {
        self.items.keys().copied().collect()
    }

    /// A look at `looked` found nothing. The server may still have been at work on the request, so only what is not there
    /// after twice its time-out counts, and `needed` such looks are proof.
    pub(super) fn absent(&mut self, item: ItemNo, looked: Instant, request_timeout: Duration, needed: u32) -> Absence {
        let Some(watch) = self.items.get_mut(&item) else { return Absence::NotYet };
        if looked >= watch.since + request_timeout * 2 {
            watch.absences += 1;
        }
        let proven = watch.absences >= needed;
        watch.again(looked, request_timeout);
        if proven { Absence::Proven } else { Absence::NotYet }
    }

    /// A look at `looked` could not tell.
    pub(super) fn untold(&mut self, item: ItemNo, looked: Instant, request_timeout: Duration) {
        if let Some(watch) = self.items.get_mut(&item) {
            watch.again(looked, request_timeout);
        }
    }
}

impl Watch {
    fn again(&mut self, looked: Instant, request_timeout: Duration) {
        self.looks += 1;
        let planned = self.since + delay(self.looks, request_timeout);
        self.due = planned.max(looked + request_timeout.min(Duration::from_secs(1)));
    }
}

/// How long after the request the look of that number (from 0) is due: one early, which finds most of what was carried out,
/// then at twice and four times the time-out, then ever more seldom.
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
        let (mut settling, began) = (Settling::default(), Instant::now());
        let item = ItemNo(1);
        settling.watch(item, began, TIMEOUT);
        assert_eq!(settling.next_due(), Some(at(began, 1)));
        assert_eq!(settling.absent(item, at(began, 1), TIMEOUT, 2), Absence::NotYet);
        assert_eq!(settling.next_due(), Some(at(began, 60)));
        assert_eq!(settling.absent(item, at(began, 60), TIMEOUT, 2), Absence::NotYet);
        assert_eq!(settling.next_due(), Some(at(began, 120)));
        assert_eq!(settling.absent(item, at(began, 120), TIMEOUT, 2), Absence::Proven);
    }

    #[test]
    fn a_look_that_cannot_tell_is_no_absence_and_comes_again_ever_later() {
        let (mut settling, began) = (Settling::default(), Instant::now());
        let item = ItemNo(1);
        settling.watch(item, began, TIMEOUT);
        for looked in [1, 60, 120] {
            settling.untold(item, at(began, looked), TIMEOUT);
        }
        assert_eq!(settling.due(at(began, 239), 10), []);
        assert_eq!(settling.due(at(began, 240), 10), [item]);
        assert_eq!(settling.absent(item, at(began, 240), TIMEOUT, 2), Absence::NotYet);
    }

    #[test]
    fn the_longest_due_come_first() {
        let (mut settling, began) = (Settling::default(), Instant::now());
        settling.watch(ItemNo(1), at(began, 50), TIMEOUT);
        settling.watch(ItemNo(2), at(began, 10), TIMEOUT);
        assert_eq!(settling.due(at(began, 100), 1), [ItemNo(2)]);
    }
}
