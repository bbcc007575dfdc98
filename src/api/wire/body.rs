//! Reads the body of any reply: the result, what the server says about it, and what the route tells. One type for all routes, so
//! that a body is read once.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::lobby::LobbyWire;
use super::meeting::MeetingWire;
use super::room::RoomWire;
use super::zone::ZoneWire;
use crate::api::lenient::{List, Object, Scalar};
use crate::model::kept::is_told_id;
use crate::model::{Code, Lobby, Meeting, MeetingId, Room, ZoneEntry};

/// The number of texts of `data` that are shown.
const TEXTS: usize = 3;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::api) struct Body<'a> {
    #[serde(borrow)]
    result: Scalar<'a>,
    msg: Scalar<'a>,
    desc: Scalar<'a>,
    /// The framework's own word for what is wrong, where the application has none.
    message: Scalar<'a>,
    /// The words of other frameworks, and of problem details (RFC 9457).
    error: Value,
    detail: Scalar<'a>,
    title: Scalar<'a>,
    /// The framework's validator: for each field a list of texts.
    errors: Value,
    data: Value,
    meeting_id: Scalar<'a>,
    meeting: Object<Box<MeetingWire<'a>>>,
    meetings: List<Object<MeetingWire<'a>>>,
    permanent_room: Object<Box<RoomWire<'a>>>,
    lobby: Object<Box<LobbyWire<'a>>>,
    timezones: List<Object<ZoneWire<'a>>>,
    /// Cancel's name for the meeting.
    event: Object<Event<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Event<'a> {
    #[serde(borrow)]
    meeting_id: Scalar<'a>,
}

impl<'a> Body<'a> {
    /// Reads a body; `None` where it is no JSON object. It is large, with all that any route tells, so it is not moved about.
    pub(in crate::api) fn parse(bytes: &'a [u8]) -> Option<Box<Self>> {
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        serde_json::from_slice::<Object<Box<Self>>>(bytes).ok()?.0
    }

    /// Tells whether these are the first bytes of a JSON object whose end is missing: what it was to say is not known, not even
    /// of a 404 whether it is about a thing or about the route.
    pub(in crate::api) fn breaks_off(bytes: &[u8]) -> bool {
        let is_object = bytes.trim_ascii_start().starts_with(b"{");
        is_object && serde_json::from_slice::<IgnoredAny>(bytes).is_err_and(|error| error.is_eof())
    }

    /// Tells whether there is a `result` at all, which tells a 404 of a thing from a 404 of the route.
    pub(in crate::api) fn has_result(&self) -> bool {
        self.result.is_given()
    }

    /// Returns the result code.
    pub(in crate::api) fn code(&self) -> Option<Code> {
        self.result.int().map(Code)
    }

    /// Returns the server's words for people: `msg` (else the framework's `message`) and `desc`, then the texts of `errors`. Where
    /// there is none of these, those of other frameworks; and only then the texts in `data`.
    pub(in crate::api) fn said(&self) -> Option<String> {
        let msg = self.msg.owned().or_else(|| self.message.owned());
        let said = self.joined(msg, &self.errors);
        said.or_else(|| self.joined(self.problem(), &Value::Null)).or_else(|| self.joined(None, &self.data))
    }

    /// Returns the words of a problem (`title` and `detail`), or of an `error`, which may be a text or an object with texts.
    fn problem(&self) -> Option<String> {
        let mut texts = Vec::new();
        collect(&self.error, &mut texts);
        let parts = [self.title.owned(), self.detail.owned()].into_iter().flatten().chain(texts);
        let mut said: Vec<String> = Vec::new();
        for part in parts {
            if !said.iter().any(|before| before.contains(&part)) {
                said.push(part);
            }
        }
        (!said.is_empty()).then(|| said.join(": "))
    }

    fn joined(&self, msg: Option<String>, texts_of: &Value) -> Option<String> {
        let mut said = match (msg, self.desc.owned()) {
            (Some(msg), Some(desc)) if !msg.contains(&desc) => format!("{msg}: {desc}"),
            (Some(text), _) | (None, Some(text)) => text,
            (None, None) => String::new(),
        };
        let mut texts = Vec::new();
        collect(texts_of, &mut texts);
        // The framework's message begins with the first of the errors.
        for text in texts.into_iter().filter(|text| !said.contains(text.as_str())).collect::<Vec<_>>() {
            if !said.is_empty() {
                said.push_str("; ");
            }
            said.push_str(&text);
        }
        (!said.is_empty()).then_some(said)
    }

    /// Returns the meeting; one without an id is none.
    pub(in crate::api) fn meeting(&self) -> Option<Meeting> {
        self.meeting.0.as_deref().and_then(MeetingWire::read)
    }

    /// Returns the meeting that a success names as made, wherever it names it: under `meeting`, beside it, in `data` as the
    /// framework's resources do, under `meetings` or `event`. A reply may tell its id alone.
    pub(in crate::api) fn made(&self) -> Option<Meeting> {
        let wire = self.meeting.0.as_deref();
        if let Some(wire) = wire
            && wire.any_id().text().is_some()
        {
            return wire.read_as(wire.any_id());
        }
        let listed = self.meetings.0.as_deref().and_then(|list| if let [one] = list { one.0.as_ref() } else { None });
        let data = match &self.data {
            Value::Array(list) if list.len() == 1 => &list[0],
            data => data,
        };
        let framed = MeetingWire::deserialize(data.get("meeting").unwrap_or(data)).ok();
        let ids = [
            Some(&self.meeting_id),
            listed.map(MeetingWire::any_id),
            framed.as_ref().map(MeetingWire::any_id),
            self.event.0.as_ref().map(|event| &event.meeting_id),
        ];
        let id = ids.into_iter().flatten().find(|id| id.text().is_some())?;
        wire.or(listed).or(framed.as_ref()).unwrap_or(&MeetingWire::default()).read_as(id)
    }

    /// Tells whether the reply is about that meeting: it names it, or none.
    pub(in crate::api) fn speaks_of(&self, asked: &MeetingId) -> bool {
        let meeting = self.meeting.0.as_deref().map(MeetingWire::meeting_id);
        let event = self.event.0.as_ref().map(|event| &event.meeting_id);
        let told = [meeting, event].into_iter().flatten().find_map(|id| Some((id.text()?, id.is_number())));
        told.is_none_or(|(told, is_number)| is_told_id(&told, asked.as_str(), is_number))
    }

    /// Returns a page of meetings. A list with a hole in it proves nothing, so each must have its id, else it is no page.
    pub(in crate::api) fn meetings(&self) -> Option<Vec<Meeting>> {
        let list = self.meetings.0.as_ref()?;
        list.iter().map(|meeting| meeting.0.as_ref().and_then(MeetingWire::read)).collect()
    }

    /// Returns the permanent room; one without an id is none.
    pub(in crate::api) fn room(&self) -> Option<Room> {
        self.permanent_room.0.as_deref().and_then(RoomWire::read)
    }

    /// Tells whether there is a lobby block at all.
    pub(in crate::api) fn has_lobby(&self) -> bool {
        self.lobby.0.is_some()
    }

    /// Returns the lobby; one without an option that is on is none.
    pub(in crate::api) fn lobby(&self) -> Option<Lobby> {
        self.lobby.0.as_deref().map(LobbyWire::read).filter(|lobby| lobby.kind.is_some())
    }

    /// Returns the zones; an entry without id or name is of no use and is left out.
    pub(in crate::api) fn zones(&self) -> Option<Vec<ZoneEntry>> {
        let list = self.timezones.0.as_ref()?;
        Some(list.iter().filter_map(|zone| zone.0.as_ref().and_then(ZoneWire::read)).collect())
    }
}

fn collect(value: &Value, into: &mut Vec<String>) {
    if into.len() >= TEXTS {
        return;
    }
    match value {
        Value::String(text) if !text.trim().is_empty() => into.push(text.trim().to_owned()),
        Value::Array(list) => list.iter().for_each(|value| collect(value, into)),
        Value::Object(object) => object.values().for_each(|value| collect(value, into)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(json: &str) -> Box<Body<'_>> {
        Body::parse(json.as_bytes()).unwrap()
    }

    #[test]
    fn the_result_may_be_a_number_or_a_text() {
        for (json, code) in [(r#"{"result":1}"#, 1), (r#"{"result":"1"}"#, 1), (r#"{"result":"1504"}"#, 1504)] {
            assert_eq!(body(json).code(), Some(Code(code)), "{json}");
        }
        assert!(body(r#"{"result":"x"}"#).has_result() && body(r#"{"result":null}"#).has_result());
        assert!(!body(r#"{"message":"Not Found"}"#).has_result());
    }

    #[test]
    fn a_list_where_the_reply_should_be_is_no_success() {
        for json in ["[1]", "1", "true", "\"1\"", "null", "", "{\"result\":1", "{\"result\":1} x", "<html>"] {
            assert!(Body::parse(json.as_bytes()).is_none(), "{json}");
        }
        assert!(Body::parse(b"\xEF\xBB\xBF{\"result\":1}").is_some());
    }

    #[test]
    fn an_object_without_its_end_breaks_off_and_anything_else_does_not() {
        for json in ["{", " {\"result\":", "{\"result\":1,\"meeting\":{}"] {
            assert!(Body::breaks_off(json.as_bytes()), "{json}");
        }
        for json in ["", "[1", "<html>", "{\"result\":1}", "{\"result\":1} x", "{result"] {
            assert!(!Body::breaks_off(json.as_bytes()), "{json}");
        }
    }

    #[test]
    fn what_the_server_says_is_msg_or_desc_or_else_the_texts_of_data() {
        let said = |json| body(json).said();
        assert_eq!(said(r#"{"msg":" No ","desc":"too short"}"#).as_deref(), Some("No: too short"));
        assert_eq!(said(r#"{"msg":"No, too short","desc":"too short"}"#).as_deref(), Some("No, too short"));
        assert_eq!(said(r#"{"desc":"Lobby is deleted"}"#).as_deref(), Some("Lobby is deleted"));
        assert_eq!(
            said(r#"{"msg":"","data":{"room_name":["Too short."],"n":3,"knock":"Not a boolean."}}"#).as_deref(),
            Some("Not a boolean.; Too short.")
        );
        assert_eq!(said(r#"{"msg":"No","data":{"app_key":"echo"}}"#).as_deref(), Some("No"));
        assert_eq!(said(r#"{"data":[]}"#), None);
        assert_eq!(said(r#"{"message":"Server Error"}"#).as_deref(), Some("Server Error"));
        assert_eq!(
            said(r#"{"message":"The given data was invalid.","errors":{"room_name":["Too long."],"start":["Past."]}}"#)
                .as_deref(),
            Some("The given data was invalid.; Too long.; Past.")
        );
        for (json, told) in [
            (r#"{"error":"Quota exceeded"}"#, "Quota exceeded"),
            (r#"{"error":{"code":7,"message":"Quota exceeded"}}"#, "Quota exceeded"),
            (
                r#"{"type":"about:blank","title":"Forbidden","status":403,"detail":"Quota exceeded"}"#,
                "Forbidden: Quota exceeded",
            ),
            (r#"{"status":409,"error":"Conflict","detail":"Conflict with another"}"#, "Conflict with another"),
            (r#"{"error":"invalid_token","error_description":"x","detail":""}"#, "invalid_token"),
        ] {
            assert_eq!(said(json).as_deref(), Some(told), "{json}");
        }
        assert_eq!(said(r#"{"msg":"No","error":"E_NO"}"#).as_deref(), Some("No"));
        assert_eq!(
            said(r#"{"message":"Too long. (and 1 more error)","errors":{"a":["Too long."],"b":["Past."]}}"#).as_deref(),
            Some("Too long. (and 1 more error); Past.")
        );
    }

    #[test]
    fn a_failure_with_empty_lists_in_the_place_of_objects_can_be_read() {
        let read = body(r#"{"result":"1612","meeting":[],"meetings":{},"permanent_room":[],"lobby":"","event":null}"#);
        assert_eq!(read.code(), Some(Code::TITLE_SHORT));
        assert!(read.meeting().is_none() && read.room().is_none() && read.meetings().is_none());
    }
}
