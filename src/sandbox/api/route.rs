//! Tells which of the reference's calls a method and a path are.

use hyper::Method;

/// A call, with the id from its path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Call {
    /// Get Permanent Room Info, one's own.
    OwnRoom,
    /// Get Permanent Room Info of this user.
    UserRoom(String),
    /// Update Permanent Room Info of this room.
    UpdateRoom(String),
    /// Reset Permanent Room PINs of this room.
    ResetPins(String),
    /// Schedule Meeting.
    Schedule,
    /// Get List of Meetings.
    List,
    /// Get Meeting Information.
    GetMeeting(String),
    /// Edit Meeting Information.
    EditMeeting(String),
    /// Cancel Meeting.
    CancelMeeting(String),
    /// Get Meeting Lobby Information.
    GetLobby(String),
    /// Add Meeting Lobby Information.
    AddLobby(String),
    /// Update Meeting Lobby Information.
    UpdateLobby(String),
    /// Delete Meeting Lobby Information.
    DeleteLobby(String),
    /// The time zones.
    Timezones,
}

/// The reason why a request is no call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoCall {
    /// Its path: there is nothing there: 404 without a result.
    Route,
    /// Its method: the path is there, but not for this one: 405 without a result.
    Method,
    /// Its `X-Action`: it names something that a room cannot do.
    Action,
}

/// The path at which the permanent room is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RoomPath {
    /// `/meeting/permanent`, as documented.
    #[default]
    Singular,
    /// `/meetings/permanent`, as the routes that change it.
    Plural,
}

impl Call {
    /// Returns the call that `method` on `path` (below the base URL, without the query) is; `action` is the `X-Action` header.
    pub fn parse(method: &Method, path: &str, action: Option<&str>, rooms: RoomPath) -> Result<Self, NoCall> {
        let path = path.strip_prefix('/').ok_or(NoCall::Route)?;
        let segments: Vec<&str> = path.split('/').collect();
        let reads_rooms = match rooms {
            RoomPath::Singular => "meeting",
            RoomPath::Plural => "meetings",
        };
        match segments[..] {
            ["meetings", "permanent", room] if *method == Method::PATCH => match action {
                None => Ok(Self::UpdateRoom(room.to_owned())),
                Some("reset-pins") => Ok(Self::ResetPins(room.to_owned())),
                Some(_) => Err(NoCall::Action),
            },
            [first, "permanent"] if first == reads_rooms => only(method, &Method::GET, Self::OwnRoom),
            [first, "permanent", user] if first == reads_rooms => {
                only(method, &Method::GET, Self::UserRoom(user.to_owned()))
            }
            ["meetings", "permanent", _] => Err(NoCall::Method),
            ["timezones"] => only(method, &Method::GET, Self::Timezones),
            ["meetings"] => match *method {
                Method::GET => Ok(Self::List),
                Method::POST => Ok(Self::Schedule),
                _ => Err(NoCall::Method),
            },
            ["meetings", id] => match *method {
                Method::GET => Ok(Self::GetMeeting(id.to_owned())),
                Method::PATCH => Ok(Self::EditMeeting(id.to_owned())),
                Method::DELETE => Ok(Self::CancelMeeting(id.to_owned())),
                _ => Err(NoCall::Method),
            },
            ["meetings", id, "lobby"] => match *method {
                Method::GET => Ok(Self::GetLobby(id.to_owned())),
                Method::POST => Ok(Self::AddLobby(id.to_owned())),
                Method::PATCH => Ok(Self::UpdateLobby(id.to_owned())),
                Method::DELETE => Ok(Self::DeleteLobby(id.to_owned())),
                _ => Err(NoCall::Method),
            },
            _ => Err(NoCall::Route),
        }
    }

    /// Returns method and path with the ids taken out: what requests are counted by.
    pub fn name(&self) -> &'static str {
        match self {
            Self::OwnRoom => "GET /meeting/permanent",
            Self::UserRoom(_) => "GET /meeting/permanent/{user_id}",
            Self::UpdateRoom(_) => "PATCH /meetings/permanent/{room_id}",
            Self::ResetPins(_) => "PATCH /meetings/permanent/{room_id} reset-pins",
            Self::Schedule => "POST /meetings",
            Self::List => "GET /meetings",
            Self::GetMeeting(_) => "GET /meetings/{meeting_id}",
            Self::EditMeeting(_) => "PATCH /meetings/{meeting_id}",
            Self::CancelMeeting(_) => "DELETE /meetings/{meeting_id}",
            Self::GetLobby(_) => "GET /meetings/{meeting_id}/lobby",
            Self::AddLobby(_) => "POST /meetings/{meeting_id}/lobby",
            Self::UpdateLobby(_) => "PATCH /meetings/{meeting_id}/lobby",
            Self::DeleteLobby(_) => "DELETE /meetings/{meeting_id}/lobby",
            Self::Timezones => "GET /timezones",
        }
    }

    /// Tells whether it only reads.
    pub fn is_read(&self) -> bool {
        matches!(
            self,
            Self::OwnRoom | Self::UserRoom(_) | Self::List | Self::GetMeeting(_) | Self::GetLobby(_) | Self::Timezones
        )
    }

    /// Returns the meeting in the path.
    pub fn meeting_id(&self) -> Option<&str> {
        match self {
            Self::GetMeeting(id)
            | Self::EditMeeting(id)
            | Self::CancelMeeting(id)
            | Self::GetLobby(id)
            | Self::AddLobby(id)
            | Self::UpdateLobby(id)
            | Self::DeleteLobby(id) => Some(id),
            _ => None,
        }
    }

    /// Returns the permanent room in the path.
    pub fn room_id(&self) -> Option<&str> {
        match self {
            Self::UpdateRoom(id) | Self::ResetPins(id) => Some(id),
            _ => None,
        }
    }

    /// Returns the user in the path.
    pub fn user_id(&self) -> Option<&str> {
        match self {
            Self::UserRoom(id) => Some(id),
            _ => None,
        }
    }
}

fn only(method: &Method, allowed: &Method, call: Call) -> Result<Call, NoCall> {
    if method == allowed { Ok(call) } else { Err(NoCall::Method) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(method: &Method, path: &str) -> Result<Call, NoCall> {
        Call::parse(method, path, None, RoomPath::Singular)
    }

    #[test]
    fn a_permanent_room_is_read_at_the_documented_path_or_only_at_the_plural() {
        assert_eq!(parse(&Method::GET, "/meeting/permanent"), Ok(Call::OwnRoom));
        assert_eq!(parse(&Method::GET, "/meeting/permanent/u1"), Ok(Call::UserRoom("u1".to_owned())));
        assert_eq!(parse(&Method::GET, "/meetings/permanent/u1"), Err(NoCall::Method));
        let plural = |path| Call::parse(&Method::GET, path, None, RoomPath::Plural);
        assert_eq!(plural("/meetings/permanent"), Ok(Call::OwnRoom));
        assert_eq!(plural("/meetings/permanent/u1"), Ok(Call::UserRoom("u1".to_owned())));
        assert_eq!(plural("/meeting/permanent/u1"), Err(NoCall::Route));
    }

    #[test]
    fn a_reset_is_told_from_an_update_by_its_header() {
        let patch = |action| Call::parse(&Method::PATCH, "/meetings/permanent/r1", action, RoomPath::Plural);
        assert_eq!(patch(None), Ok(Call::UpdateRoom("r1".to_owned())));
        assert_eq!(patch(Some("reset-pins")), Ok(Call::ResetPins("r1".to_owned())));
        assert_eq!(patch(Some("reset")), Err(NoCall::Action));
    }

    #[test]
    fn what_the_reference_does_not_list_is_no_call() {
        assert_eq!(parse(&Method::GET, "/rooms"), Err(NoCall::Route));
        assert_eq!(parse(&Method::GET, "/meetings/1/lobby/2"), Err(NoCall::Route));
        assert_eq!(parse(&Method::PUT, "/meetings/1"), Err(NoCall::Method));
        assert_eq!(parse(&Method::DELETE, "/timezones"), Err(NoCall::Method));
    }
}
