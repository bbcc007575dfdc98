//! Calls the routes of meetings (reference: Schedule Meeting, Edit Meeting Information, Get Meeting Information, Get List of
//! Meetings, Cancel Meeting).

use std::sync::atomic::Ordering;

use reqwest::Method;

use crate::api::client::{Client, json};
use crate::api::transport::{MOST, Outgoing};
use crate::api::wire::{self, Body, Lacking};
use crate::api::{Failure, ListQuery, MeetingPager, Reply};
use crate::model::{Meeting, MeetingChange, MeetingDraft, MeetingId};

impl Client {
    /// Makes a meeting (reference: Schedule Meeting). A success that names no meeting is ambiguous.
    pub async fn schedule(&self, draft: &MeetingDraft) -> Result<Reply<Meeting>, Failure> {
        let out = Outgoing::new(Method::POST, self.core.addresses.meetings()).json(json(&wire::draft(draft))?);
        self.write(out, |body| body.made().ok_or(Lacking("names no meeting"))).await
    }

    /// Changes a meeting (reference: Edit Meeting Information). The meeting as it is then, where the reply tells it.
    pub async fn edit(&self, meeting: &MeetingId, change: &MeetingChange) -> Result<Reply<Option<Meeting>>, Failure> {
        let out =
            Outgoing::new(Method::PATCH, self.core.addresses.meeting(meeting)?).json(json(&wire::change(change))?);
        self.write(out, |body| about(body, meeting).map(|()| body.meeting())).await
    }

    /// Fetches one meeting (reference: Get Meeting Information, which says PATCH and means GET). None such is a failure that
    /// [`is_absence`](Failure::is_absence).
    pub async fn meeting(&self, meeting: &MeetingId) -> Result<Reply<Meeting>, Failure> {
        let url = self.core.addresses.meeting(meeting)?;
        self.read(url, MOST, |body| {
            about(body, meeting)?;
            body.meeting().ok_or(Lacking("names no meeting"))
        })
        .await
    }

    /// Fetches one page of the list, the first being 1 (reference: Get List of Meetings). Beyond the end it is empty; a page that
    /// is shorter than asked for is not the end. [`meetings`](Self::meetings) goes through them all.
    pub async fn list(&self, query: &ListQuery, page: u32, page_length: u32) -> Result<Reply<Vec<Meeting>>, Failure> {
        let mut url = self.core.addresses.meetings();
        query.write(&mut url, page, page_length);
        let reply =
            self.read(url, MOST, |body| body.meetings().ok_or(Lacking("holds no whole list of meetings"))).await?;
        if reply.value.len() >= page_length as usize {
            self.core.full_page.fetch_max(page_length, Ordering::Relaxed);
        }
        Ok(reply)
    }

    /// Returns all pages of the list, one after the other.
    #[must_use]
    pub fn meetings(&self, query: ListQuery) -> MeetingPager {
        MeetingPager::new(self.clone(), query)
    }

    /// Cancels a meeting (reference: Cancel Meeting). One that is not there is a failure that
    /// [`is_absence`](Failure::is_absence); a reply that cannot be read, as the reference's own sample, is ambiguous.
    pub async fn cancel(&self, meeting: &MeetingId) -> Result<Reply<()>, Failure> {
        let out = Outgoing::new(Method::DELETE, self.core.addresses.meeting(meeting)?);
        self.write(out, |body| about(body, meeting)).await
    }
}

/// A reply that names another meeting than was asked about is no reply to this request.
pub(super) fn about(body: &Body<'_>, asked: &MeetingId) -> Result<(), Lacking> {
    if body.speaks_of(asked) { Ok(()) } else { Err(Lacking("speaks of another meeting")) }
}
