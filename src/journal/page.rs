//! Describes pages of runs and items for a reader who looks through them: by key, so that the last page costs as much as the first.

use crate::clock::Timestamp;
use crate::model::{ItemNo, JobKey, Outcome, RunKey, RunView, State, Status};

/// A question for runs of a job, newest first.
#[derive(Debug, Clone)]
pub struct RunsAsked {
    /// The job.
    pub job: JobKey,
    /// Their end.
    pub ended: RunsEnded,
    /// Only those that began then or later.
    pub from: Option<Timestamp>,
    /// Only those that began before then.
    pub until: Option<Timestamp>,
    /// Behind this one.
    pub behind: Option<RunPlace>,
    /// So many at most.
    pub most: u32,
}

/// The ends that are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunsEnded {
    /// However, or not at all yet.
    Anyhow,
    /// With this outcome.
    With(Outcome),
    /// Failed or partial, and made good by none.
    NotMadeGood,
}

/// A run's place in the order of pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunPlace {
    /// The time when it began.
    pub started: Timestamp,
    /// Its number.
    pub run: RunKey,
}

impl RunPlace {
    /// Returns the place of a run.
    #[must_use]
    pub fn of(run: &RunView) -> Self {
        Self { started: run.started, run: run.key }
    }
}

/// A question for items of a run. Those that a person must look at come first, then those that are open, then the others; within
/// that they are in the order of their statuses, and then of their numbers.
#[derive(Debug, Clone, Copy)]
pub struct ItemsAsked {
    /// The run.
    pub run: RunKey,
    /// Their state.
    pub which: ItemsWhich,
    /// Behind this one.
    pub behind: Option<ItemPlace>,
    /// So many at most.
    pub most: u32,
}

impl ItemsAsked {
    /// Returns the parts of the page in their order, by the status of their items (`None` for those that are open), each with the item
    /// behind which it begins.
    pub(super) fn parts(&self) -> impl Iterator<Item = (Option<Status>, ItemNo)> {
        let (problems, others): (Vec<_>, Vec<_>) =
            Status::ALL.into_iter().map(Some).partition(|status| status.is_some_and(Status::is_problem));
        let parts = match self.which {
            ItemsWhich::All => problems.into_iter().chain([None]).chain(others).collect(),
            ItemsWhich::With(status) => vec![Some(status)],
            ItemsWhich::Open => vec![None],
        };
        let behind = self.behind;
        let left = parts.into_iter().skip_while(move |part| behind.is_some_and(|place| place.status != *part));
        let first = behind.map_or(ItemNo(0), |place| place.item);
        left.enumerate().map(move |(at, part)| (part, if at == 0 { first } else { ItemNo(0) }))
    }
}

/// The items that are asked for by their state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemsWhich {
    /// All of them.
    All,
    /// Those that are over with this status.
    With(Status),
    /// Those that are not over.
    Open,
}

/// An item's place in the order of pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ItemPlace {
    /// Its status; `None` while it is open.
    pub status: Option<Status>,
    /// Its number.
    pub item: ItemNo,
}

impl ItemPlace {
    /// Returns the place of an item in that state.
    #[must_use]
    pub fn of(state: State, item: ItemNo) -> Self {
        let status = if let State::Done(status) = state { Some(status) } else { None };
        Self { status, item }
    }
}

/// Items that are looked for by their words.
#[derive(Debug, Clone)]
pub struct ItemsSought {
    /// The run.
    pub run: RunKey,
    /// The words, of the label or the `ref`; capitals do not matter.
    pub words: String,
    /// Behind this one, in the order of their numbers.
    pub after: ItemNo,
    /// So many at most.
    pub most: u32,
    /// So many are looked at, at most.
    pub looked_at: u32,
}

/// Items that were found by their words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemsFound {
    /// Their numbers, in order.
    pub items: Vec<ItemNo>,
    /// The last that was looked at, where there are more behind it.
    pub looked_to: Option<ItemNo>,
}

/// A search through items, one after the other.
pub(super) struct ItemsSearch<'a> {
    sought: &'a ItemsSought,
    words: String,
    looked_at: u32,
    last: Option<ItemNo>,
    found: Vec<ItemNo>,
}

impl<'a> ItemsSearch<'a> {
    pub(super) fn new(sought: &'a ItemsSought) -> Self {
        Self { sought, words: sought.words.to_lowercase(), looked_at: 0, last: None, found: Vec::new() }
    }

    /// Looks at an item; tells whether to go on.
    pub(super) fn look(&mut self, item: ItemNo, identity: Option<&str>, label: &str) -> bool {
        let holds = |text: &str| text.to_lowercase().contains(&self.words);
        self.looked_at += 1;
        self.last = Some(item);
        if identity.and_then(|identity| identity.strip_prefix("ref:")).is_some_and(holds) || holds(label) {
            self.found.push(item);
        }
        !self.is_full()
    }

    /// Returns the items that were found, and where to go on.
    pub(super) fn end(self) -> ItemsFound {
        let is_cut = self.looked_at == self.sought.looked_at || self.is_full();
        ItemsFound { looked_to: self.last.filter(|_| is_cut), items: self.found }
    }

    fn is_full(&self) -> bool {
        self.found.len() == self.sought.most as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(which: ItemsWhich, behind: Option<ItemPlace>) -> Vec<(Option<Status>, ItemNo)> {
        ItemsAsked { run: RunKey(1), which, behind, most: 1 }.parts().collect()
    }

    #[test]
    fn problems_come_first_then_what_is_open_then_the_rest_and_none_is_left_out() {
        let all = asked(ItemsWhich::All, None);
        assert_eq!(all.len(), Status::ALL.len() + 1);
        assert!(all[..4].iter().all(|(part, _)| part.is_some_and(Status::is_problem)) && all[4].0.is_none(), "{all:?}");
        assert!(all.iter().all(|(_, behind)| *behind == ItemNo(0)));
    }

    #[test]
    fn a_page_goes_on_behind_its_place_and_begins_every_later_part_anew() {
        let all = asked(ItemsWhich::All, None);
        let on = asked(ItemsWhich::All, Some(ItemPlace { status: None, item: ItemNo(7) }));
        assert_eq!((on[0], &on[1..]), ((None, ItemNo(7)), &all[5..]));
        let elsewhere = ItemPlace { status: Some(Status::Created), item: ItemNo(7) };
        assert_eq!(asked(ItemsWhich::Open, Some(elsewhere)), []);
    }

    #[test]
    fn a_search_ends_when_it_has_enough_and_tells_where_to_go_on() {
        let sought =
            ItemsSought { run: RunKey(1), words: "ÜBUNG".to_owned(), after: ItemNo(0), most: 1, looked_at: 3 };
        let mut search = ItemsSearch::new(&sought);
        assert!(search.look(ItemNo(1), Some("ref:a"), "Algebra"));
        assert!(!search.look(ItemNo(2), Some("ref:Übung-1"), "Algebra"));
        assert_eq!(search.end(), ItemsFound { items: vec![ItemNo(2)], looked_to: Some(ItemNo(2)) });
        let mut search = ItemsSearch::new(&sought);
        assert!(search.look(ItemNo(1), None, "Algebra"));
        assert_eq!(search.end(), ItemsFound { items: Vec::new(), looked_to: None });
    }
}
