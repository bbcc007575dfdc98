//! Reads one list of everybody's meetings instead of one for each user of a file, where that takes fewer pages: a file of three
//! hundred rows for three hundred users needs three hundred lists, and everybody's meetings may fill ten pages.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use futures_util::future;
use serde::{Deserialize, Serialize};

use super::notebook::{Notebook, scratch};
use super::planned_action::PlannedAction;
use crate::api::{Client, Disposition, Failure, ListQuery, Order, Rate, Search};
use crate::clock::Timestamp;
use crate::engine::{Expected, Scratch, Trouble};
use crate::jobs::failure::trouble;
use crate::jobs::pages::{Pages, Progress};
use crate::model::kept::{as_kept, without_zeros};
use crate::model::{Meeting, Stage, UserId};

/// Users that are known by name, at most; a file with more counts as one whose users are not known.
const KNOWN: usize = 50_000;
/// Meetings asked for in a page.
const LENGTH: u32 = 100;
/// Meetings of users that the file does not name, which may be read before it is asked how long the list is: a page.
const STRANGERS: u64 = LENGTH as u64;
/// Pages that overlap read so many meetings in a hundred pages of a hundred.
const NEW_ON_A_PAGE: u64 = 87;
/// Users whose own lists are held against everybody's, where that shows no two users.
const SAMPLE: usize = 2;
/// Rows that begin this soon may have a meeting that goes on already by the time that it is looked for.
const SOON: Duration = Duration::from_hours(1);

/// The users whose meetings a file's rows are compared with, and the earliest start that matters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// The number of users.
    pub(super) users: u32,
    /// The earliest start of a row; `None` where there is none, or a row's meeting may begin at any time.
    pub(super) earliest: Option<Timestamp>,
}

/// Counts a file's users while it is planned.
#[derive(Debug, Default)]
pub(super) struct Census {
    known: HashSet<u64>,
    earliest: Option<Timestamp>,
    /// Set once a row's meeting may begin at any time.
    any_time: bool,
    /// Rows whose meeting an earlier run made, so that everybody's list has it.
    made: usize,
    /// The least and the greatest number of requests that the rows take, besides the lists.
    requests: [u64; 2],
}

impl Census {
    /// Takes a row into account.
    pub(super) fn see(&mut self, action: &PlannedAction) {
        let [least, most] = action.requests();
        self.requests = [self.requests[0] + least, self.requests[1] + most];
        let Some(user) = action.listed_user() else { return };
        self.made += usize::from(action.is_made());
        if self.known.len() <= KNOWN {
            self.known.insert(fold(user));
        }
        match action.listed_start() {
            Some(start) => self.earliest = Some(self.earliest.map_or(start, |earliest| earliest.min(start))),
            None => self.any_time = true,
        }
    }

    /// Returns what the journal keeps of it.
    pub(super) fn scope(&self) -> Scope {
        let users = u32::try_from(self.known.len()).unwrap_or(u32::MAX);
        Scope { users, earliest: self.earliest.filter(|_| !self.any_time) }
    }

    /// Says what is expected of a run that has sent so many requests, before any list is read.
    pub(super) fn expected(&self, sent: u64, rate: Option<Rate>) -> Expected {
        let ([least, most], lists) = (self.requests, u64::from(!self.known.is_empty()));
        // Only the server knows the length of the lists.
        Expected::new(sent + lists + least, (lists == 0).then_some(sent + most), rate)
    }

    /// The same once the lists of `read` users were read by so many requests, or everybody's, so that no other is needed.
    pub(super) fn expected_now(
        &self,
        sent: u64,
        (read, requests): (u64, u64),
        everybody: bool,
        rate: Option<Rate>,
    ) -> Expected {
        let [least, most] = self.requests;
        let left = if everybody { 0 } else { u64::from(self.scope().users).saturating_sub(read) };
        // The other users' lists are about as long, and have a page at least.
        let alike = (left * requests).div_ceil(read.max(1));
        Expected::new(sent + left + least, Some(sent + left.max(alike + alike / 5) + most), rate)
    }

    /// The same of a dry run, which has read each user's list and sent so many requests: `sends` of its rows are to be sent.
    pub(super) fn foreseen(&self, sent: u64, sends: u64, rate: Option<Rate>) -> Expected {
        let ([least, most], lists) = (self.requests, u64::from(!self.known.is_empty()));
        // The time zones, and a list; or all that the dry run has read.
        Expected::new(sent.min(1 + lists) + sends, Some(sent + sends + (most - least)), rate)
    }

    fn has(&self, user: &UserId) -> bool {
        self.known.contains(&fold(user))
    }

    fn is_whole(&self) -> bool {
        !self.known.is_empty() && self.known.len() <= KNOWN
    }
}

/// Returns the user's id as servers may tell it, in a few bytes.
fn fold(user: &UserId) -> u64 {
    let mut hasher = DefaultHasher::new();
    without_zeros(&as_kept(user.as_str())).hash(&mut hasher);
    hasher.finish()
}

/// Tells whether a row of this start may have a meeting that goes on by the time that it is looked for.
pub(super) fn is_soon(start: Option<Timestamp>, now: Timestamp) -> bool {
    start.is_some_and(|start| start < now.plus(SOON))
}

/// Reads one list of everybody's meetings, of the file's users alone where they are known.
pub(super) struct Overview<'a> {
    client: &'a Client,
    notebook: &'a Notebook,
    scope: Scope,
    census: Option<&'a Census>,
    now: Timestamp,
    /// Meetings that were read: pages overlap.
    seen: Scratch,
    ours: u64,
    strangers: u64,
    /// Two of the users whose meetings were read; the second shows that the list is everybody's.
    owners: Vec<UserId>,
    /// True once it is known that the list ends before it costs more than it spares.
    bounded: bool,
}

impl<'a> Overview<'a> {
    pub(super) fn new(
        client: &'a Client,
        notebook: &'a Notebook,
        scope: Scope,
        census: Option<&'a Census>,
        now: Timestamp,
    ) -> Self {
        Self {
            client,
            notebook,
            scope,
            census: census.filter(|census| census.is_whole()),
            now,
            seen: Scratch::new(),
            ours: 0,
            strangers: 0,
            owners: Vec::new(),
            bounded: false,
        }
    }

    /// Notes everybody's meetings, and tells whether that was done. It is not done where a user's lists are cheaper, where
    /// the server cannot sort or does not tell whose a meeting is, or where it turns out to list fewer than everybody's.
    /// `some` are users of the file.
    pub(super) async fn read(mut self, some: &[&UserId]) -> Result<bool, Trouble> {
        if self.scope.users < 2 {
            return Ok(false);
        }
        let read = async {
            let is_read = self.list(Stage::Upcoming).await?
                && (!is_soon(self.scope.earliest, self.now) || self.list(Stage::Current).await?);
            Ok(is_read && (self.owners.len() > 1 || self.agrees_with(some).await?))
        };
        match read.await {
            Err(Stopped::Server(failure)) if failure.disposition == Disposition::Final => Ok(false),
            Err(Stopped::Server(failure)) => Err(trouble(&failure, "the list of meetings")),
            Err(Stopped::Here(trouble)) => Err(trouble),
            Ok(false) => Ok(false),
            Ok(true) => {
                self.notebook.note_everybody_listed();
                Ok(true)
            }
        }
    }

    async fn list(&mut self, stage: Stage) -> Result<bool, Stopped> {
        let query = ListQuery { stage: Some(stage), search: None, order: Some(Order::LatestFirst) };
        let earliest = self.scope.earliest.filter(|_| stage == Stage::Upcoming);
        let made = self.census.filter(|_| stage == Stage::Upcoming).map_or(0, |census| census.made);
        let mut pages =
            Pages::new(self.client.clone(), query.clone()).until(earliest).expecting(made / LENGTH as usize);
        loop {
            let page = pages.next().await?;
            if !pages.is_sorted() || !page.is_sorted_by(|one, next| one.start >= next.start) {
                return Ok(false);
            }
            let is_last = pages.is_last(&page);
            let ids: Vec<_> = page.iter().map(|meeting| meeting.meeting_id.clone()).collect();
            let Some(fresh) = self.note(&page)? else { return Ok(false) };
            if is_last {
                return Ok(true);
            }
            match pages.take(&ids, fresh) {
                Progress::More => {}
                Progress::End => return Ok(true),
                Progress::Endless => return Ok(false),
            }
            if !self.bounded && self.strangers >= STRANGERS {
                if !self.ends_before(&query, self.most_pages(), earliest).await? {
                    return Ok(false);
                }
                self.bounded = true;
            }
        }
    }

    /// Notes a page; tells how many of its meetings were not read before, `None` where it does not tell whose they are.
    fn note(&mut self, page: &[Meeting]) -> Result<Option<usize>, Stopped> {
        let mut fresh = 0;
        for meeting in page {
            let Some(owner) = &meeting.user_id else { return Ok(None) };
            if self.seen.first_line(meeting.meeting_id.as_str(), 0).map_err(scratch)?.is_some() {
                continue;
            }
            fresh += 1;
            if self.owners.len() < 2 && !self.owners.contains(owner) {
                self.owners.push(owner.clone());
            }
            let is_ours = self.census.is_some_and(|census| census.has(owner));
            self.ours += u64::from(is_ours);
            self.strangers += u64::from(!is_ours);
            if is_ours || self.census.is_none() {
                self.notebook.note(meeting, owner).map_err(scratch)?;
            }
        }
        Ok(Some(fresh))
    }

    /// Returns the pages up to which everybody's list is the shorter way. A user's own list takes a page at least, and half a
    /// page more than the user's meetings fill; everybody's takes a page for each hundred strangers' meetings more.
    fn most_pages(&self) -> u32 {
        let (users, read) = (u64::from(self.scope.users), self.ours + self.strangers);
        let most = users.max(users / 2 * read / self.strangers.max(1));
        u32::try_from(most * NEW_ON_A_PAGE / 100).unwrap_or(u32::MAX).max(2)
    }

    /// Asks for the page at which the list has to be at its end.
    async fn ends_before(&self, query: &ListQuery, page: u32, earliest: Option<Timestamp>) -> Result<bool, Failure> {
        let found = self.client.list(query, page, LENGTH).await?.value;
        let first = found.first().map(|meeting| meeting.start);
        Ok(first.is_none_or(|start| start.zip(earliest).is_some_and(|(start, earliest)| start < earliest)))
    }

    /// Holds some users' own lists against everybody's, which shows too few users to tell that it is everybody's.
    async fn agrees_with(&self, some: &[&UserId]) -> Result<bool, Stopped> {
        let sample = some.iter().filter(|user| !self.owners.contains(user)).take(SAMPLE).map(|user| async {
            let search = Some(Search::User((*user).clone()));
            let query = ListQuery { stage: Some(Stage::Upcoming), search, order: Some(Order::LatestFirst) };
            self.client.list(&query, 1, LENGTH).await
        });
        for own in future::try_join_all(sample).await? {
            let own = own.value;
            let unseen = |meeting: &Meeting| self.seen.line_of(meeting.meeting_id.as_str()).map(|line| line.is_none());
            for meeting in own.iter().filter(|meeting| meeting.start >= self.scope.earliest) {
                if unseen(meeting).map_err(scratch)? {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }
}

/// The reason why the reading stopped.
enum Stopped {
    Server(Failure),
    Here(Trouble),
}

impl From<Failure> for Stopped {
    fn from(failure: Failure) -> Self {
        Self::Server(failure)
    }
}

impl From<Trouble> for Stopped {
    fn from(trouble: Trouble) -> Self {
        Self::Here(trouble)
    }
}
