//! Fetches all pages of a list, one in memory at a time. The end is an empty page, for the server may cap how long a page is; a
//! short page is the end where the server has given a full one before, and the caller can do with that. A server whose pages
//! do not end must be caught here.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::Ordering;

use super::client::Client;
use super::query::ListQuery;
use super::reply::{Attempt, Disposition, Failure};
use crate::model::{Code, Meeting};

/// Meetings asked for in a page.
const LENGTH: u32 = 100;
/// More pages than any account has.
const MOST_PAGES: u32 = 100_000;

/// Goes through a list of meetings, a page at a time.
#[derive(Debug)]
pub struct MeetingPager {
    client: Client,
    query: ListQuery,
    /// The last page that was read; 0 before the first.
    page: u32,
    ended: bool,
    /// True where a page that is shorter than asked for ends the list, once the server has given a full one.
    short_ends: bool,
    circle: Circle,
}

impl MeetingPager {
    pub(super) fn new(client: Client, query: ListQuery) -> Self {
        Self { client, query, page: 0, ended: false, short_ends: false, circle: Circle::default() }
    }

    /// Spares the empty page behind a short one, once the server has given a page as long as was asked for. For lists that
    /// decide; not for looks that prove that something is absent.
    #[must_use]
    pub fn short_page_ends(self) -> Self {
        Self { short_ends: true, ..self }
    }

    /// Returns the next page that has meetings; `None` when there are no more. After a failure the same page is asked for again.
    pub async fn next(&mut self) -> Result<Option<Vec<Meeting>>, Failure> {
        if self.ended {
            return Ok(None);
        }
        let reply = match self.client.list(&self.query, self.page + 1, LENGTH).await {
            Err(failure) if self.can_go_unsorted(&failure) => {
                tracing::debug!("the server cannot sort the list of meetings; it is read unsorted");
                self.query.order = None;
                self.client.list(&self.query, self.page + 1, LENGTH).await
            }
            reply => reply,
        }?;
        if reply.value.is_empty() {
            self.ended = true;
            return Ok(None);
        }
        if self.page == MOST_PAGES || self.circle.closes(&reply.value) {
            return Err(endless(self.page + 1, reply.attempt));
        }
        self.page += 1;
        let is_short = reply.value.len() < LENGTH as usize;
        self.ended = self.short_ends && is_short && self.client.core.full_page.load(Ordering::Relaxed) >= LENGTH;
        Ok(Some(reply.value))
    }

    /// Tells whether the pages come in the order that was asked for; `false` if the server cannot sort.
    #[must_use]
    pub fn is_sorted(&self) -> bool {
        self.query.order.is_some()
    }

    /// Tells whether the list can be asked for unsorted: only before the first page, for in the middle of a sorted list there is
    /// no going on unsorted.
    fn can_go_unsorted(&self, failure: &Failure) -> bool {
        failure.attempt.code == Some(Code::ORDER_UNKNOWN) && self.query.order.is_some() && self.page == 0
    }
}

fn endless(page: u32, attempt: Attempt) -> Failure {
    Failure {
        disposition: Disposition::Final,
        attempt,
        words: format!("the server's list of meetings does not end: page {page} is one that came before"),
    }
}

/// Notices that pages come again, in bounded memory: each is compared with the one before it and with the last whose number was a
/// power of two, which any circle of pages comes back to.
#[derive(Debug, Default)]
struct Circle {
    seen: u64,
    previous: Option<u64>,
    milestone: Option<u64>,
}

impl Circle {
    fn closes(&mut self, page: &[Meeting]) -> bool {
        let mut hasher = DefaultHasher::new();
        for meeting in page {
            meeting.meeting_id.hash(&mut hasher);
        }
        let hash = Some(hasher.finish());
        if hash == self.previous || hash == self.milestone {
            return true;
        }
        self.seen += 1;
        self.previous = hash;
        if self.seen.is_power_of_two() {
            self.milestone = hash;
        }
        false
    }
}
