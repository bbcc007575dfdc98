//! Answers the calls of the reference, each a function from what the server knows and what was sent to a reply and, at most, one
//! effect. Nothing in here waits or touches the network.

mod credentials;
mod draft;
mod fields;
mod lobbies;
mod meetings;
mod multipart;
mod query;
mod refusal;
mod rooms;
mod route;
mod slips;
mod wire;

use hyper::body::Bytes;
use serde::Serialize;

use super::clock::Second;
use super::effect::{Effect, EffectKind};
use super::faults::Habits;
use super::world::{AppType, Meeting, Room, World};

pub use credentials::Credentials;
pub use fields::Fields;
pub use multipart::Form;
pub use query::{Given, ListRules};
pub use refusal::{REQUEST_NOT_VALID, Refusal};
pub use route::{Call, NoCall, RoomPath};
pub use slips::{ResultCode, Turn};

/// The content of a call.
#[derive(Debug)]
pub struct Asked<'a> {
    /// The number of the request.
    pub number: u64,
    /// The time at which it is carried out, in milliseconds since 1970.
    pub millis: i64,
    /// `X-App-Type`.
    pub app: AppType,
    /// The query, without the question mark.
    pub query: &'a str,
    /// The body.
    pub content: &'a Content,
    /// The slips of its reply.
    pub turn: Turn,
    /// True when a cancellation may be answered with the sample that is not JSON.
    pub breaks_cancel: bool,
    /// The rules by which lists are answered.
    pub lists: ListRules,
    /// The address at which uploaded files are to be had.
    pub files_url: &'a str,
    /// The server's treatment of what it is sent.
    pub habits: Habits,
}

/// The body of a request.
#[derive(Debug)]
pub enum Content {
    /// Anything but a lobby's form.
    Body(Bytes),
    /// A lobby's form; `None` where it could not be read.
    Form(Option<Form>),
}

/// A call that was carried out.
#[derive(Debug)]
pub struct Done {
    /// The reply's body.
    pub body: Vec<u8>,
    /// The change that it made.
    pub effect: Option<Effect>,
}

/// Carries out `call`.
pub fn carry_out(world: &mut World, call: &Call, asked: &Asked<'_>) -> Result<Done, Refusal> {
    match call {
        Call::OwnRoom => Ok(rooms::get(world, world.owner(), asked)),
        Call::UserRoom(user) => Ok(rooms::get(world, world.user_by_id(user).ok_or(Refusal::absent())?, asked)),
        Call::UpdateRoom(room) => rooms::update(world, room, asked),
        Call::ResetPins(room) => rooms::reset_pins(world, room, asked),
        Call::Schedule => meetings::schedule(world, asked),
        Call::List => meetings::list(world, asked),
        Call::GetMeeting(id) => meetings::get(world, id, asked),
        Call::EditMeeting(id) => meetings::edit(world, id, asked),
        Call::CancelMeeting(id) => meetings::cancel(world, id, asked),
        Call::GetLobby(id) => lobbies::get(world, id, asked),
        Call::AddLobby(id) => lobbies::add(world, id, asked),
        Call::UpdateLobby(id) => lobbies::update(world, id, asked),
        Call::DeleteLobby(id) => lobbies::delete(world, id, asked),
        Call::Timezones => Ok(meetings::timezones(world, asked)),
    }
}

impl Asked<'_> {
    fn now(&self) -> Second {
        Second::of_millis(self.millis)
    }

    fn fields(&self) -> Result<Fields, Refusal> {
        match self.content {
            Content::Body(body) => Fields::read(body).map(|fields| fields.taken_in(self.habits)),
            Content::Form(_) => Fields::read(b""),
        }
    }

    fn meeting_effect(&self, kind: EffectKind, meeting: &Meeting, user_id: &str) -> Effect {
        Effect {
            meeting_id: Some(meeting.id.clone()),
            room_id: meeting.room_id.clone(),
            room_name: meeting.details.room_name.clone(),
            start_time: Some(meeting.details.start.to_string()),
            duration: meeting.details.duration,
            ..self.effect(kind, user_id)
        }
    }

    fn room_effect(&self, kind: EffectKind, room: &Room, user_id: &str) -> Effect {
        Effect {
            room_id: room.id.clone(),
            room_name: room.name.clone(),
            duration: room.duration,
            ..self.effect(kind, user_id)
        }
    }

    fn effect(&self, kind: EffectKind, user_id: &str) -> Effect {
        Effect {
            kind,
            at: super::clock::rfc3339(self.millis),
            request: self.number,
            meeting_id: None,
            room_id: String::new(),
            user_id: user_id.to_owned(),
            room_name: String::new(),
            start_time: None,
            duration: 0,
            send_mail: None,
            mpin: None,
            ppin: None,
            lobby: None,
        }
    }
}

impl Done {
    fn read(reply: &impl Serialize) -> Self {
        // Serializing to memory fails only for maps with keys that are no strings; there are none.
        Self { body: serde_json::to_vec(reply).unwrap_or_default(), effect: None }
    }

    fn changed(reply: &impl Serialize, effect: Effect) -> Self {
        Self { effect: Some(effect), ..Self::read(reply) }
    }
}
