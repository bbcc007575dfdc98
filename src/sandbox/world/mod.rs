//! Holds what the simulated server knows: users with their rooms, meetings with their lobbies, time zones, files.

mod listing;
mod meeting;
mod seed;
mod sorted;
mod zones;

use std::collections::HashMap;

use crate::sandbox::clock::Second;
use crate::sandbox::random::Random;

pub use listing::{Field, Index, LONGEST_MEETING, Query, Search};
pub use meeting::{AppType, Details, Files, Image, Invitees, Lobby, Meeting, MeetingNo, Show, Stage};
pub use sorted::Sorted;
pub use zones::{ZoneEntry, Zones};

/// The place of a user among the users.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct UserNo(pub usize);

/// A user, the permanent room and the meetings.
#[derive(Debug)]
pub struct User {
    /// `user_id`.
    pub id: String,
    /// The permanent room.
    pub room: Room,
    meetings: PerApp,
}

#[derive(Debug, Default)]
struct PerApp {
    vc: Index,
    wb: Index,
}

impl PerApp {
    fn of(&self, app: AppType) -> &Index {
        match app {
            AppType::Vc => &self.vc,
            AppType::Wb => &self.wb,
        }
    }

    fn of_mut(&mut self, app: AppType) -> &mut Index {
        match app {
            AppType::Vc => &mut self.vc,
            AppType::Wb => &mut self.wb,
        }
    }
}

/// Everything the server knows.
#[derive(Debug)]
pub struct World {
    /// The time zones.
    pub zones: Zones,
    /// The uploaded files.
    pub files: Files,
    random: Random,
    users: Vec<User>,
    by_user: HashMap<String, UserNo>,
    by_room: HashMap<String, UserNo>,
    meetings: Vec<Meeting>,
    by_meeting: HashMap<String, MeetingNo>,
    everybody: PerApp,
    by_mpin: HashMap<String, Vec<MeetingNo>>,
    by_ppin: HashMap<String, Vec<MeetingNo>>,
}

impl World {
    /// Returns the users of these ids and, last, `owner`, whose credentials they all are; no meetings.
    pub fn new(seed: u64, users: impl Iterator<Item = String>, now: Second) -> Self {
        let mut random = Random::new(seed);
        let ids = users.chain([OWNER.to_owned()]);
        let users: Vec<User> = ids.map(|id| User::new(id, &mut random)).collect();
        let numbered = || users.iter().enumerate().map(|(at, user)| (UserNo(at), user));
        Self {
            zones: Zones::around(now),
            files: Files::default(),
            by_user: numbered().map(|(number, user)| (user.id.clone(), number)).collect(),
            by_room: numbered().map(|(number, user)| (user.room.id.clone(), number)).collect(),
            random,
            users,
            meetings: Vec::new(),
            by_meeting: HashMap::new(),
            everybody: PerApp::default(),
            by_mpin: HashMap::new(),
            by_ppin: HashMap::new(),
        }
    }

    /// Returns the user whose credentials they are.
    pub fn owner(&self) -> UserNo {
        UserNo(self.users.len() - 1)
    }

    /// Returns every user.
    pub fn users(&self) -> &[User] {
        &self.users
    }

    /// Returns the user of this number.
    pub fn user(&self, number: UserNo) -> &User {
        &self.users[number.0]
    }

    /// Returns the user with this id.
    pub fn user_by_id(&self, id: &str) -> Option<UserNo> {
        self.by_user.get(id).copied()
    }

    /// Returns the user whose permanent room has this id.
    pub fn user_by_room(&self, room_id: &str) -> Option<UserNo> {
        self.by_room.get(room_id).copied()
    }

    /// Returns the room of a user, to be changed.
    pub fn room_mut(&mut self, user: UserNo) -> &mut Room {
        &mut self.users[user.0].room
    }

    /// Returns a PIN that no meeting and no room has.
    pub fn new_pin(&mut self) -> String {
        loop {
            let pin = self.random.pin();
            let is_a_rooms = self.users.iter().any(|user| user.room.mpin == pin || user.room.ppin == pin);
            if !is_a_rooms && !self.by_mpin.contains_key(&pin) && !self.by_ppin.contains_key(&pin) {
                return pin;
            }
        }
    }

    /// Returns every meeting ever made, cancelled ones too, in the order of creation.
    pub fn meetings(&self) -> &[Meeting] {
        &self.meetings
    }

    /// Returns the meeting of this number.
    pub fn meeting(&self, number: MeetingNo) -> &Meeting {
        &self.meetings[number.0]
    }

    /// Returns the meeting with this id, unless it was cancelled.
    pub fn meeting_by_id(&self, id: &str) -> Option<MeetingNo> {
        self.by_meeting.get(id).copied().filter(|&number| !self.meeting(number).cancelled)
    }

    /// Makes a meeting, with a room of its own.
    pub fn schedule(&mut self, user: UserNo, app: AppType, details: Details) -> MeetingNo {
        let (id, room_id) = (self.random.id(), self.random.id());
        self.enter(id, room_id, user, app, details)
    }

    /// Has a meeting be under way at `now` in a user's permanent room.
    pub fn occupy(&mut self, user: UserNo, now: Second) -> MeetingNo {
        let room = &self.user(user).room;
        let (room_id, details) = (
            room.id.clone(),
            Details {
                room_name: room.name.clone(),
                desc: None,
                start: Second(now.0 - 60),
                zone: 0,
                duration: 60,
                moderators: room.moderators,
                participants: room.participants,
                wait_for_moderator: room.wait_for_moderator,
                knock: room.knock,
                auto_recording: room.auto_recording,
                invitees: Invitees::default(),
            },
        );
        let id = self.random.id();
        self.enter(id, room_id, user, AppType::Vc, details)
    }

    fn enter(&mut self, id: String, room_id: String, user: UserNo, app: AppType, details: Details) -> MeetingNo {
        let number = MeetingNo(self.meetings.len());
        let meeting = Meeting {
            id,
            room_id,
            user,
            app,
            mpin: self.random.pin(),
            ppin: self.random.pin(),
            details,
            cancelled: false,
            lobby: None,
        };
        self.by_meeting.insert(meeting.id.clone(), number);
        self.by_mpin.entry(meeting.mpin.clone()).or_default().push(number);
        self.by_ppin.entry(meeting.ppin.clone()).or_default().push(number);
        self.everybody.of_mut(app).insert(number, &meeting);
        self.users[user.0].meetings.of_mut(app).insert(number, &meeting);
        self.meetings.push(meeting);
        number
    }

    /// Gives a meeting other details.
    pub fn edit(&mut self, number: MeetingNo, details: Details) {
        self.unlist(number);
        let meeting = &mut self.meetings[number.0];
        meeting.details = details;
        self.everybody.of_mut(meeting.app).insert(number, meeting);
        self.users[meeting.user.0].meetings.of_mut(meeting.app).insert(number, meeting);
    }

    /// Cancels a meeting: it is in no list any more, and its id is unknown.
    pub fn cancel(&mut self, number: MeetingNo) {
        self.unlist(number);
        self.meetings[number.0].cancelled = true;
    }

    /// Gives a meeting another lobby, or none.
    pub fn set_lobby(&mut self, number: MeetingNo, lobby: Option<Lobby>) {
        self.meetings[number.0].lobby = lobby;
    }

    fn unlist(&mut self, number: MeetingNo) {
        let meeting = &self.meetings[number.0];
        self.everybody.of_mut(meeting.app).remove(number, meeting);
        self.users[meeting.user.0].meetings.of_mut(meeting.app).remove(number, meeting);
    }

    fn everybody(&self, app: AppType) -> &Index {
        self.everybody.of(app)
    }

    fn meetings_of(&self, user: UserNo, app: AppType) -> &Index {
        self.user(user).meetings.of(app)
    }

    fn with_mpin(&self, pin: &str) -> &[MeetingNo] {
        self.by_mpin.get(pin).map_or(&[], Vec::as_slice)
    }

    fn with_ppin(&self, pin: &str) -> &[MeetingNo] {
        self.by_ppin.get(pin).map_or(&[], Vec::as_slice)
    }
}

impl User {
    fn new(id: String, random: &mut Random) -> Self {
        let room = Room {
            id: random.id(),
            name: format!("Room of {id}"),
            desc: None,
            mpin: random.pin(),
            ppin: random.pin(),
            duration: LONGEST_MEETING,
            moderators: 1,
            participants: 50,
            wait_for_moderator: false,
            knock: false,
            auto_recording: false,
        };
        Self { id, room, meetings: PerApp::default() }
    }
}

const OWNER: &str = "owner";

#[cfg(test)]
mod tests;

/// A permanent room.
#[derive(Debug, Clone)]
pub struct Room {
    /// `room_id`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its description, where there is one.
    pub desc: Option<String>,
    /// The moderators' PIN.
    pub mpin: String,
    /// The participants' PIN.
    pub ppin: String,
    /// Minutes.
    pub duration: u32,
    /// The number of moderators.
    pub moderators: u32,
    /// The number of participants.
    pub participants: u32,
    /// True when participants wait for a moderator.
    pub wait_for_moderator: bool,
    /// True when participants must knock.
    pub knock: bool,
    /// True when it records itself.
    pub auto_recording: bool,
}

impl Room {
    /// Returns the address a person joins by.
    pub fn direct_url(&self) -> String {
        format!("https://meet.sandbox.invalid/{}", self.id)
    }
}
