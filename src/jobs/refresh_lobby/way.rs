//! Decides by which requests a lobby is changed: by an update, or, where a server does not heed that, by taking it away and
//! adding it anew. Most PHP servers read a form of a POST alone: an update arrives empty there. Pure.
//!
//! A lobby that was taken away and is not added is lost, so this goes one meeting at a time until the server has added one.

use std::time::Duration;

use crate::clock::Timestamp;
use crate::model::{Digest, ItemNo};

/// The habit's name in the journal.
pub const LOBBY_UPDATE: &str = "lobby_update";

/// The time for which an observation counts: a server that was mended is to be asked by updates again.
const COUNTS_FOR: Duration = Duration::from_hours(7 * 24);
/// The time by which an observation may lie ahead of now, by a clock that was stepped back since.
const AHEAD: Duration = Duration::from_hours(24);

/// The known way in which a server takes changes to a lobby.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// It reads updates, though it may keep things in a form of its own.
    Update,
    /// It does not heed updates; a lobby is taken away and added anew.
    Replace,
    /// It does not heed updates, and did not add a lobby anew either.
    Neither,
    /// It adds lobbies again, so the other ways are worth trying.
    Untried,
}

impl Way {
    /// Returns the word in the journal.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Update => "update",
            Self::Replace => "replace",
            Self::Neither => "neither",
            Self::Untried => "untried",
        }
    }

    /// Reads what the journal knows, where it still counts.
    pub(super) fn remembered(word: &str, seen: Timestamp, now: Timestamp) -> Option<Self> {
        let counts = seen <= now.plus(AHEAD) && now < seen.plus(COUNTS_FOR);
        let way = [Self::Update, Self::Replace, Self::Neither].into_iter().find(|way| way.as_str() == word);
        way.filter(|_| counts)
    }
}

/// Puts into words how a server takes changes to a lobby, where the journal knows something else than the usual of it.
#[must_use]
pub fn way_in_words(word: &str, seen: Timestamp, now: Timestamp) -> Option<&'static str> {
    match Way::remembered(word, seen, now)? {
        Way::Replace => Some("does not read changes to a lobby, so lobbies are taken away and added anew"),
        Way::Neither => Some(NEITHER),
        Way::Update | Way::Untried => None,
    }
}

const NEITHER: &str = "does not read changes to a lobby, and did not add one that was taken away, so lobbies are left as they are \
     until it adds that one";

/// Returns the same where the server takes no changes in either way, which is for a person to deal with.
#[must_use]
pub fn neither_in_words(word: &str, seen: Timestamp, now: Timestamp) -> Option<&'static str> {
    way_in_words(word, seen, now).filter(|words| *words == NEITHER)
}

/// The next step for a lobby that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Next {
    /// It is updated.
    Update,
    /// It is taken away, to be added anew.
    Replace,
    /// Another meeting goes first.
    Wait,
    /// Nothing can be done, for this reason.
    Leave(String),
}

/// The meeting that goes first.
#[derive(Debug, Clone, PartialEq, Eq)]
struct First {
    item: ItemNo,
    /// Its lobby when the update was not heeded; `None` where that was before a restart.
    before: Option<Digest>,
    /// True when its lobby was taken away.
    is_away: bool,
}

/// A run's knowledge of the way that its server takes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Ways {
    way: Option<Way>,
    /// The server has said that an update says nothing (2423): it does not read it.
    is_refused: bool,
    /// It has added a lobby.
    adds: bool,
    first: Option<First>,
    /// The reason why a lobby that was taken away could not be added.
    lost: Option<String>,
}

impl Ways {
    /// Begins with what the journal knows.
    pub(super) fn of(way: Option<Way>) -> Self {
        Self { way, ..Self::default() }
    }

    /// Returns the meeting that goes first, while it does.
    pub(super) fn first(&self) -> Option<ItemNo> {
        self.first.as_ref().map(|first| first.item)
    }

    /// Decides on the next step for this item's lobby, which is there and other than it should be; `steps` is how
    /// many it took.
    pub(super) fn next(&mut self, item: ItemNo, steps: u32) -> Next {
        if self.way == Some(Way::Replace) {
            return Next::Replace;
        }
        match &self.first {
            Some(first) if first.item != item => return Next::Wait,
            _ if steps == 0 => return Next::Update,
            _ => {}
        }
        if let Some(why) = self.refusal() {
            return Next::Leave(why);
        }
        match self.way {
            Some(Way::Update) => Next::Leave(TAKEN_AND_OTHER.to_owned()),
            _ if self.is_refused && self.adds => Next::Replace,
            _ => {
                self.first.get_or_insert(First { item, before: None, is_away: false });
                Next::Replace
            }
        }
    }

    /// Returns the reason why no lobby is taken away.
    fn refusal(&self) -> Option<String> {
        match (&self.lost, self.way) {
            (Some(why), _) => Some(format!("{NOT_HEEDED}, and is not taken away to be added anew: {why}")),
            (None, Some(Way::Neither)) => Some(format!(
                "{NOT_HEEDED}, and is not taken away to be added anew: lately the server did not add one that was taken away"
            )),
            _ => None,
        }
    }

    /// Records that the server has not heeded an update: it said that it says nothing, or (`in_silence`) called it
    /// a success, and the lobby is as it was. Tells what is left to be done: nothing (with the reason), or to go
    /// on.
    pub(super) fn not_heeded(&mut self, item: ItemNo, before: Digest, in_silence: bool) -> Result<(), String> {
        if !in_silence {
            self.is_refused = true;
            // The server only seemed to read updates.
            self.way = self.way.filter(|way| *way != Way::Update);
        }
        if let Some(why) = self.refusal() {
            return Err(why);
        }
        if self.way.is_none() && !(self.is_refused && self.adds) {
            self.first.get_or_insert(First { item, before: Some(before), is_away: false });
        }
        Ok(())
    }

    /// Tells whether a success that left the lobby as it was says that the update was not heeded: not where the
    /// server was seen to read updates, and to keep things in a form of its own.
    pub(super) fn may_not_heed(&self) -> bool {
        self.way != Some(Way::Update)
    }

    /// Tells whether the server may read an update: it is not known that lobbies are to be added anew.
    pub(super) fn may_read(&self) -> bool {
        self.way != Some(Way::Replace)
    }

    /// Records that the server has read an update. Tells what that shows, where it is news.
    pub(super) fn heeded(&mut self) -> Option<Way> {
        self.way.take_if(|way| *way == Way::Neither).map(|_| Way::Untried)
    }

    /// Records that a lobby was taken away, to be added anew; perhaps before a restart.
    pub(super) fn taken_away(&mut self, item: ItemNo) {
        if self.way.is_none() && !(self.is_refused && self.adds) {
            self.first.get_or_insert(First { item, before: None, is_away: false });
        }
        if let Some(first) = self.first.as_mut().filter(|first| first.item == item) {
            first.is_away = true;
        }
    }

    /// Records that a lobby was added. Tells what that shows, where it is news.
    pub(super) fn added(&mut self, item: ItemNo, shows: Option<Digest>) -> Option<Way> {
        self.adds = true;
        self.lost = None;
        let news = self.way.take_if(|way| *way == Way::Neither).map(|_| Way::Untried);
        let Some(first) = self.first.take_if(|first| first.item == item) else { return news };
        // An update that was heeded, on a server that keeps things in a form of its own, looks like one that was not.
        let way = match (self.is_refused, first.before.zip(shows)) {
            (true, _) => Way::Replace,
            (false, Some((before, shows))) if before != shows => Way::Replace,
            (false, Some(_)) => Way::Update,
            (false, None) => return news,
        };
        self.way = Some(way);
        Some(way)
    }

    /// Records that a lobby that was taken away was not added, and will not be by this run. Tells what that shows.
    pub(super) fn not_added(&mut self, item: ItemNo, why: &str) -> Way {
        self.first.take_if(|first| first.item == item);
        self.lost = Some(format!("one that was taken away could not be added ({why})"));
        self.way = Some(Way::Neither);
        Way::Neither
    }

    /// Records that the meeting that went first is over, without a word how: by the journal's record, well or not.
    pub(super) fn first_is_over(&mut self, well: bool, why: &str) {
        let Some(first) = self.first.take() else { return };
        if first.is_away && !well {
            self.not_added(first.item, why);
        }
    }
}

/// The words for an update that the server does not heed.
pub(super) const NOT_HEEDED: &str = "the lobby was left as it was: the server does not read changes to a lobby";

pub(super) const TAKEN_AND_OTHER: &str =
    "the server took the lobby, and shows another one: it keeps it in a form of its own";

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(text: &str) -> Digest {
        Digest::of(text.as_bytes())
    }

    const ONE: ItemNo = ItemNo(1);
    const TWO: ItemNo = ItemNo(2);

    #[test]
    fn one_goes_first_until_the_server_has_added_a_lobby_anew() {
        let mut ways = Ways::default();
        assert_eq!((ways.next(ONE, 0), ways.next(TWO, 0)), (Next::Update, Next::Update));
        assert_eq!(ways.not_heeded(ONE, digest("old"), false), Ok(()));
        assert_eq!(ways.not_heeded(TWO, digest("old"), false), Ok(()));
        assert_eq!((ways.next(TWO, 1), ways.next(ONE, 1)), (Next::Wait, Next::Replace));
        ways.taken_away(ONE);
        assert_eq!(ways.next(TWO, 1), Next::Wait);
        assert_eq!(ways.added(ONE, Some(digest("new"))), Some(Way::Replace));
        assert_eq!((ways.next(TWO, 1), ways.next(ItemNo(3), 0)), (Next::Replace, Next::Replace));
    }

    #[test]
    fn a_server_that_does_not_add_either_loses_one_lobby_and_no_more() {
        let mut ways = Ways::default();
        ways.not_heeded(ONE, digest("old"), false).unwrap();
        ways.not_heeded(TWO, digest("old"), false).unwrap();
        assert_eq!(ways.next(ONE, 1), Next::Replace);
        ways.taken_away(ONE);
        assert_eq!(ways.not_added(ONE, "1617"), Way::Neither);
        let Next::Leave(why) = ways.next(TWO, 1) else { panic!("{ways:?}") };
        assert!(why.contains("1617"), "{why}");
        assert!(ways.not_heeded(ItemNo(3), digest("old"), false).is_err());
        // Nor does the next run, until the server has added one.
        let mut later = Ways::of(Some(Way::Neither));
        assert_eq!(later.next(TWO, 0), Next::Update);
        assert_eq!((later.clone().heeded(), Ways::of(Some(Way::Update)).heeded()), (Some(Way::Untried), None));
        assert!(later.not_heeded(TWO, digest("old"), false).is_err());
        assert_eq!(later.added(ONE, Some(digest("new"))), Some(Way::Untried));
        later.not_heeded(TWO, digest("old"), false).unwrap();
        assert_eq!(later.next(TWO, 1), Next::Replace);
    }

    #[test]
    fn silence_proves_nothing_where_the_lobby_looks_the_same_when_it_was_added_anew() {
        let mut ways = Ways::default();
        ways.not_heeded(ONE, digest("its own form"), true).unwrap();
        assert_eq!(ways.next(ONE, 1), Next::Replace);
        assert_eq!(ways.added(ONE, Some(digest("its own form"))), Some(Way::Update));
        assert!(!ways.may_not_heed());
        assert!(matches!(ways.next(TWO, 1), Next::Leave(_)));
        // A refusal says more than that.
        ways.not_heeded(TWO, digest("old"), false).unwrap();
        assert_eq!(ways.next(TWO, 1), Next::Replace);
    }

    #[test]
    fn the_first_may_end_without_a_word() {
        let mut ways = Ways::default();
        ways.not_heeded(ONE, digest("old"), true).unwrap();
        ways.first_is_over(false, "the server refused to take it away");
        assert_eq!(ways.next(TWO, 1), Next::Replace, "nothing was lost, so another one goes first");
        ways.taken_away(TWO);
        ways.first_is_over(false, "given up");
        assert!(matches!(ways.next(ONE, 1), Next::Leave(why) if why.contains("given up")));
    }

    #[test]
    fn what_was_seen_counts_for_a_week() {
        let at = |seconds| Timestamp::from_seconds(seconds);
        let (week, day) = (7 * 24 * 3600, 24 * 3600);
        let known = |seen, now| Way::remembered("replace", at(seen), at(now));
        assert_eq!(known(0, week - 1), Some(Way::Replace));
        assert_eq!((known(0, week), known(day + 1, 0)), (None, None));
        for nothing in ["other", Way::Untried.as_str()] {
            assert_eq!(Way::remembered(nothing, at(0), at(0)), None);
        }
        for way in [Way::Update, Way::Replace, Way::Neither] {
            assert_eq!(Way::remembered(way.as_str(), at(0), at(0)), Some(way));
            assert_eq!(way_in_words(way.as_str(), at(0), at(0)).is_some(), way != Way::Update);
            assert_eq!(neither_in_words(way.as_str(), at(0), at(0)).is_some(), way == Way::Neither);
        }
    }
}
