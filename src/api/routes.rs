//! Gives every route of the reference a typed method: of meetings (Schedule Meeting, Edit Meeting Information, Get Meeting
//! Information, Get List of Meetings, Cancel Meeting), of lobbies (Get, Add, Update and Delete Meeting Lobby Information), of
//! permanent rooms (Get Permanent Room Info, Update Permanent Room Info, Reset Permanent Room PINs), and of the time zones, by
//! which a zone's name becomes the id that Schedule Meeting requires.

use std::sync::atomic::Ordering;

use reqwest::{Method, Url};

use super::addresses::Spelling;
use super::client::{Client, json};
use super::transport::{LONGEST_BODY, Outgoing};
use super::wire::{self, Body, Lacking};
use super::{Disposition, Failure, ListQuery, MeetingPager, Reply, form};
use crate::model::kept::is_told_id;
use crate::model::{
    Lobby, LobbyUpload, Meeting, MeetingChange, MeetingDraft, MeetingId, Part, PinSelection, Room, RoomChange, RoomId,
    UserId, ZoneEntry,
};

/// Bytes of the list of zones at most: with every clock change of each, it is the one answer that may be large.
const LONGEST_ZONES: usize = 32 << 20;

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
        self.read(url, LONGEST_BODY, |body| {
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
        let reply = self
            .read(url, LONGEST_BODY, |body| body.meetings().ok_or(Lacking("holds no whole list of meetings")))
            .await?;
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
fn about(body: &Body<'_>, asked: &MeetingId) -> Result<(), Lacking> {
    if body.speaks_of(asked) { Ok(()) } else { Err(Lacking("speaks of another meeting")) }
}

impl Client {
    /// Fetches a meeting's lobby (reference: Get Meeting Lobby Information). `None` for no lobby, which the server may say by a
    /// 404 or by options that are all off.
    pub async fn lobby(&self, meeting: &MeetingId) -> Result<Reply<Option<Lobby>>, Failure> {
        let url = self.core.addresses.lobby(meeting)?;
        let reply = self.read(url, LONGEST_BODY, |body| about(body, meeting).map(|()| body.lobby())).await;
        match reply {
            Err(failure) if failure.is_absence() => Ok(Reply { value: None, attempt: failure.attempt }),
            reply => reply,
        }
    }

    /// Gives a meeting a lobby (reference: Add Meeting Lobby Information). Files that cannot be read are a final failure, and
    /// nothing is sent. A success that tells no lobby is ambiguous.
    pub async fn add_lobby(&self, meeting: &MeetingId, upload: &LobbyUpload) -> Result<Reply<Option<Lobby>>, Failure> {
        self.upload(Method::POST, meeting, upload).await
    }

    /// Replaces a meeting's lobby (reference: Update Meeting Lobby Information). As [`add_lobby`](Self::add_lobby), but that a
    /// success need not tell the lobby.
    pub async fn update_lobby(
        &self,
        meeting: &MeetingId,
        upload: &LobbyUpload,
    ) -> Result<Reply<Option<Lobby>>, Failure> {
        self.upload(Method::PATCH, meeting, upload).await
    }

    /// Takes a meeting's lobby away (reference: Delete Meeting Lobby Information).
    pub async fn delete_lobby(&self, meeting: &MeetingId) -> Result<Reply<()>, Failure> {
        let out = Outgoing::new(Method::DELETE, self.core.addresses.lobby(meeting)?);
        self.write(out, |body| about(body, meeting)).await
    }

    async fn upload(
        &self,
        method: Method,
        meeting: &MeetingId,
        upload: &LobbyUpload,
    ) -> Result<Reply<Option<Lobby>>, Failure> {
        let url = self.core.addresses.lobby(meeting)?;
        let creates = method == Method::POST;
        let (form, longer) = form::lobby(upload).await?;
        self.write(Outgoing::new(method, url).form(form, longer), |body| {
            about(body, meeting)?;
            if creates && !body.has_lobby() {
                return Err(Lacking("tells no lobby"));
            }
            Ok(body.lobby())
        })
        .await
    }
}

impl Client {
    /// Fetches the permanent room of the credentials' own user (reference: Get Permanent Room Info). No room is a failure that
    /// [`is_absence`](Failure::is_absence).
    pub async fn own_room(&self) -> Result<Reply<Room>, Failure> {
        self.permanent_room(None).await
    }

    /// Fetches the permanent room of a user (reference: Get Permanent Room Info). No room is a failure that
    /// [`is_absence`](Failure::is_absence).
    pub async fn room_of(&self, user: &UserId) -> Result<Reply<Room>, Failure> {
        self.permanent_room(Some(user)).await
    }

    /// Changes a permanent room (reference: Update Permanent Room Info). The room as it is then, where the reply tells it.
    pub async fn update_room(&self, room: &RoomId, change: &RoomChange) -> Result<Reply<Option<Room>>, Failure> {
        // Its fields are the reference's own, by name.
        let out = Outgoing::new(Method::PATCH, self.core.addresses.room(room)?).json(json(change)?);
        self.write(out, |body| same_room(body, room)).await
    }

    /// Makes new PINs for a permanent room (reference: Reset Permanent Room PINs). The room with its PINs; a reply without them
    /// leaves them `None`.
    pub async fn reset_pins(&self, room: &RoomId, pins: PinSelection) -> Result<Reply<Room>, Failure> {
        let out = Outgoing::new(Method::PATCH, self.core.addresses.room(room)?)
            .action("reset-pins")
            .json(json(&wire::reset(pins))?);
        self.write(out, |body| same_room(body, room)?.ok_or(Lacking("names no room"))).await
    }

    /// The reference spells this route with `meeting` and its neighbours with `meetings`: where the first is not there,
    /// the second is tried, once, and the one that answers is kept.
    async fn permanent_room(&self, user: Option<&UserId>) -> Result<Reply<Room>, Failure> {
        let address = |spelling| self.core.addresses.room_of(spelling, user);
        if let Some(spelling) = self.core.spelling.get() {
            return self.read_room(address(*spelling)?).await;
        }
        let singular = self.read_room(address(Spelling::Meeting)?).await;
        match &singular {
            Err(failure) if is_route_missing(failure) => {
                let plural = self.read_room(address(Spelling::Meetings)?).await;
                match &plural {
                    Err(failure) if is_route_missing(failure) => return singular,
                    // "No such meeting" would be the answer of a server that takes `permanent` for a meeting's id.
                    Err(_) => {}
                    Ok(_) => self.keep(Spelling::Meetings),
                }
                return plural;
            }
            Err(failure) if !failure.is_absence() => {}
            Ok(_) | Err(_) => self.keep(Spelling::Meeting),
        }
        singular
    }

    async fn read_room(&self, url: Url) -> Result<Reply<Room>, Failure> {
        self.read(url, LONGEST_BODY, |body| body.room().ok_or(Lacking("names no room"))).await
    }

    fn keep(&self, spelling: Spelling) {
        // Another call may have found out meanwhile: then it found the same.
        let _ = self.core.spelling.set(spelling);
    }
}

fn is_route_missing(failure: &Failure) -> bool {
    failure.disposition == Disposition::RouteMissing && failure.attempt.http == Some(404)
}

/// Returns the room of a reply, if it tells one; another than was asked for is no reply to this request.
fn same_room(body: &Body<'_>, asked: &RoomId) -> Result<Option<Room>, Lacking> {
    let room = body.room();
    if room.as_ref().is_some_and(|room| !is_told_id(room.room_id.as_str(), asked.as_str(), room.numbers.has(Part::Id)))
    {
        return Err(Lacking("speaks of another room"));
    }
    Ok(room)
}

impl Client {
    /// Fetches the zones that the server knows, an entry for each clock change (`GET /timezones`).
    pub async fn timezones(&self) -> Result<Reply<Vec<ZoneEntry>>, Failure> {
        let url = self.core.addresses.timezones();
        self.read(url, LONGEST_ZONES, |body| body.zones().ok_or(Lacking("holds no list of time zones"))).await
    }
}
