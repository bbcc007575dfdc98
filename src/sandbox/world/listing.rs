//! Finds the meetings that a page of the list holds, through the indexes rather than by reading every meeting.

use super::{AppType, Meeting, MeetingNo, Sorted, Stage, World};
use crate::sandbox::clock::Second;

/// The filters and order of a list.
#[derive(Debug)]
pub struct Query {
    /// Only meetings of this type.
    pub app: AppType,
    /// The page, counted from 1.
    pub page: usize,
    /// Meetings a page.
    pub page_length: usize,
    /// Only these.
    pub search: Option<Search>,
    /// Only those that stand so.
    pub stage: Option<Stage>,
    /// The order; creation where none is given.
    pub order: Option<Field>,
    /// True when the order is turned round.
    pub descending: bool,
}

/// `search_by` with its `search_string`.
#[derive(Debug)]
pub enum Search {
    /// By the moderators' PIN.
    Mpin(String),
    /// By the participants' PIN.
    Ppin(String),
    /// By the user.
    User(String),
}

/// The database's fields that a list can be ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// `start_time`.
    StartTime,
    /// `meeting_id`.
    MeetingId,
    /// `room_id`.
    RoomId,
    /// `user_id`.
    UserId,
    /// `room_name`.
    RoomName,
    /// `duration`.
    Duration,
    /// `moderators`.
    Moderators,
    /// `participants`.
    Participants,
    /// `created_at`.
    CreatedAt,
}

impl World {
    /// Returns the meetings on the page that `query` asks for; none beyond the last page.
    pub fn list(&self, query: &Query, now: Second) -> Vec<MeetingNo> {
        let skip = (query.page - 1).saturating_mul(query.page_length);
        match &query.search {
            None => self.page(self.everybody(query.app), query, skip, now),
            Some(Search::User(id)) => match self.user_by_id(id) {
                Some(user) => self.page(self.meetings_of(user, query.app), query, skip, now),
                None => Vec::new(),
            },
            Some(Search::Mpin(pin)) => self.sift(self.with_mpin(pin).iter().copied(), query, skip, now),
            Some(Search::Ppin(pin)) => self.sift(self.with_ppin(pin).iter().copied(), query, skip, now),
        }
    }

    fn page(&self, index: &Index, query: &Query, skip: usize, now: Second) -> Vec<MeetingNo> {
        match (query.order, query.stage) {
            (Some(Field::StartTime), stage) => self.by_start(index, stage, query, skip, now),
            (None | Some(Field::CreatedAt), None) => slice(&index.by_age, 0, index.by_age.len(), query, skip),
            _ => self.sift(index.by_age.from(0), query, skip, now),
        }
    }

    /// The upcoming are the end of the list by start. The past are its beginning, up to a day ago, and from there on those
    /// among the begun that are over: only that day has to be looked at.
    fn by_start(&self, index: &Index, stage: Option<Stage>, query: &Query, skip: usize, now: Second) -> Vec<MeetingNo> {
        let list = &index.by_start;
        let first_of = |second: Second| list.rank(&(second, MeetingNo(0)));
        let begun = first_of(Second(now.0 + 1));
        let Some(stage) = stage else { return starts(slice(list, 0, list.len(), query, skip)) };
        if stage == Stage::Upcoming {
            return starts(slice(list, begun, list.len(), query, skip));
        }

        let a_day_ago = first_of(Second(now.0 - i64::from(LONGEST_MEETING) * 60));
        let old = if stage == Stage::Past { a_day_ago } else { 0 };
        let recent: Vec<MeetingNo> = starts(list.from(a_day_ago).take(begun - a_day_ago))
            .into_iter()
            .filter(|&number| self.meeting(number).stage(now) == stage)
            .collect();
        if !query.descending {
            let mut page = starts(slice(list, 0, old, query, skip));
            let left = query.page_length - page.len();
            page.extend(recent.into_iter().skip(skip.saturating_sub(old)).take(left));
            return page;
        }
        let mut page: Vec<MeetingNo> = recent.iter().rev().skip(skip).take(query.page_length).copied().collect();
        let left = query.page_length - page.len();
        let end = old.saturating_sub(skip.saturating_sub(recent.len()));
        page.extend(starts(list.back_from(end, left)));
        page
    }

    /// Returns the same page by reading `all`, which come by age, one after another: for orders that no index has.
    pub(super) fn sift(
        &self,
        all: impl Iterator<Item = MeetingNo>,
        query: &Query,
        skip: usize,
        now: Second,
    ) -> Vec<MeetingNo> {
        let found = all.filter(|&number| {
            let meeting = self.meeting(number);
            !meeting.cancelled
                && meeting.app == query.app
                && query.stage.is_none_or(|stage| stage == meeting.stage(now))
        });
        if matches!(query.order, None | Some(Field::CreatedAt)) && !query.descending {
            // They are in order already, so nothing after the page has to be read.
            return found.skip(skip).take(query.page_length).collect();
        }
        let mut found: Vec<MeetingNo> = found.collect();
        found.sort_by(|&a, &b| self.compare(query.order, a, b));
        if query.descending {
            found.reverse();
        }
        found.into_iter().skip(skip).take(query.page_length).collect()
    }

    fn compare(&self, order: Option<Field>, a: MeetingNo, b: MeetingNo) -> std::cmp::Ordering {
        let (left, right): (&Meeting, &Meeting) = (self.meeting(a), self.meeting(b));
        let by_field = match order {
            None | Some(Field::CreatedAt) => a.cmp(&b),
            Some(Field::StartTime) => left.details.start.cmp(&right.details.start),
            Some(Field::MeetingId) => left.id.cmp(&right.id),
            Some(Field::RoomId) => left.room_id.cmp(&right.room_id),
            Some(Field::UserId) => self.user(left.user).id.cmp(&self.user(right.user).id),
            Some(Field::RoomName) => left.details.room_name.cmp(&right.details.room_name),
            Some(Field::Duration) => left.details.duration.cmp(&right.details.duration),
            Some(Field::Moderators) => left.details.moderators.cmp(&right.details.moderators),
            Some(Field::Participants) => left.details.participants.cmp(&right.details.participants),
        };
        by_field.then(a.cmp(&b))
    }
}

/// Returns the page of `list[from..to]`.
fn slice<K: Ord + Copy>(list: &Sorted<K>, from: usize, to: usize, query: &Query, skip: usize) -> Vec<K> {
    let left = (to - from).saturating_sub(skip);
    let take = query.page_length.min(left);
    if query.descending {
        list.back_from(to - skip.min(to - from), take)
    } else {
        list.from(from + skip).take(take).collect()
    }
}

fn starts(keys: impl IntoIterator<Item = (Second, MeetingNo)>) -> Vec<MeetingNo> {
    keys.into_iter().map(|(_, number)| number).collect()
}

/// The longest meeting that the server allows, in minutes: one that began earlier is over.
pub const LONGEST_MEETING: u32 = 1440;

/// Meetings by start and by age. Cancelled ones are not in it.
#[derive(Debug, Default)]
pub struct Index {
    /// By start; of the same start, the older first.
    pub by_start: Sorted<(Second, MeetingNo)>,
    /// By age, the oldest first.
    pub by_age: Sorted<MeetingNo>,
}

impl Index {
    /// Enters a meeting.
    pub fn insert(&mut self, number: MeetingNo, meeting: &Meeting) {
        self.by_start.insert((meeting.details.start, number));
        self.by_age.insert(number);
    }

    /// Takes a meeting out.
    pub fn remove(&mut self, number: MeetingNo, meeting: &Meeting) {
        self.by_start.remove(&(meeting.details.start, number));
        self.by_age.remove(&number);
    }
}
