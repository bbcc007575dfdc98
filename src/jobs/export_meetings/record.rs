//! Records a meeting as an export tells it: kept in the journal until its line is written, compared by its
//! fingerprint in later runs.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::clock::Timestamp;
use crate::model::{AppType, Digest, Meeting, RoomId, Stage, UserId};

/// The payload of an item: its meeting's line. `line` is absent where there is nothing to write. The first form names the parts of a
/// line and of a record; the second has them in their order, without their names, and so is half as long. Both are read alike.
#[derive(Debug, Deserialize)]
pub(super) struct ExportPayload<L> {
    #[serde(default = "Option::default")]
    pub(super) line: Option<L>,
}

/// The payload of an item without a line.
pub(super) const NO_LINE: &str = "{\"v\":2}";
/// The texts before the line in the second form, and behind it.
const LINE: [&str; 2] = ["{\"v\":2,\"line\":", "}"];
/// The parts of a record are seldom longer than this.
const LENGTH: usize = 512;

/// Said of an item whose payload cannot be read.
pub(super) const UNREADABLE: &str = "what was to be exported cannot be read from the journal";

/// A line to write.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Line<R> {
    /// The number of times that this meeting was exported, with this line.
    pub(super) revision: u32,
    pub(super) record: R,
}

/// The facts that a job remembers of a meeting that it has exported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Facts {
    pub(super) v: u32,
    pub(super) revision: u32,
}

/// A text that is elsewhere already, but for one that is kept in another form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Text<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

/// A meeting without its PINs, which are kept elsewhere, and without its stage, which is always `past`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Record<'a> {
    #[serde(borrow)]
    pub(super) meeting_id: Text<'a>,
    pub(super) room_id: Option<Text<'a>>,
    pub(super) user_id: Option<Text<'a>>,
    pub(super) app_type: Option<Text<'a>>,
    pub(super) room_name: Text<'a>,
    pub(super) desc: Option<Text<'a>>,
    pub(super) start_time: Option<Text<'a>>,
    pub(super) duration: Option<u32>,
    pub(super) moderators: Option<u32>,
    pub(super) participants: Option<u32>,
    pub(super) wait_for_moderator: Option<bool>,
    pub(super) knock: Option<bool>,
    pub(super) auto_recording: Option<bool>,
    pub(super) direct_url: Option<Text<'a>>,
}

/// The columns of an export, of which the last two are written only where PINs are asked for.
const COLUMNS: [&str; 18] = [
    "meeting_id",
    "revision",
    "room_id",
    "user_id",
    "app_type",
    "room_name",
    "desc",
    "start_time",
    "duration",
    "moderators",
    "participants",
    "wait_for_moderator",
    "knock",
    "auto_recording",
    "stage",
    "direct_url",
    "mpin",
    "ppin",
];

/// Those of numbers, which a workbook has as such.
pub(super) const NUMBERS: [&str; 4] = ["revision", "duration", "moderators", "participants"];

/// Returns the columns of an export.
pub(super) fn columns(pins: bool) -> &'static [&'static str] {
    if pins { &COLUMNS } else { COLUMNS.split_at(COLUMNS.len() - 2).0 }
}

impl<'a> From<&'a str> for Text<'a> {
    fn from(text: &'a str) -> Self {
        Self(Cow::Borrowed(text))
    }
}

impl<'a> Record<'a> {
    pub(super) fn of(meeting: &'a Meeting) -> Self {
        Self {
            meeting_id: meeting.meeting_id.as_str().into(),
            room_id: meeting.room_id.as_ref().map(RoomId::as_str).map(Text::from),
            user_id: meeting.user_id.as_ref().map(UserId::as_str).map(Text::from),
            app_type: meeting.app_type.map(AppType::as_str).map(Text::from),
            room_name: meeting.room_name.as_str().into(),
            desc: meeting.desc.as_deref().map(Text::from),
            start_time: meeting.start.map(|start| Text(start.to_rfc3339().into())),
            duration: meeting.duration_min,
            moderators: meeting.moderators,
            participants: meeting.participants,
            wait_for_moderator: meeting.wait_for_moderator,
            knock: meeting.knock,
            auto_recording: meeting.auto_recording,
            direct_url: meeting.direct_url.as_deref().map(Text::from),
        }
    }

    /// Returns the record as it is kept.
    pub(super) fn written(&self) -> Written {
        let mut written = Written { parts: Vec::with_capacity(LENGTH), ends: Vec::with_capacity(PARTS.len()) };
        for text in [Some(&self.meeting_id), self.room_id.as_ref(), self.user_id.as_ref(), self.app_type.as_ref()] {
            written.add(&text);
        }
        for text in [Some(&self.room_name), self.desc.as_ref(), self.start_time.as_ref()] {
            written.add(&text);
        }
        for number in [self.duration, self.moderators, self.participants] {
            written.add(&number);
        }
        for truth in [self.wait_for_moderator, self.knock, self.auto_recording] {
            written.add(&truth);
        }
        written.add(&self.direct_url);
        written
    }
}

/// The names of the parts of a record, in their order.
const PARTS: [&str; 14] = [
    "meeting_id",
    "room_id",
    "user_id",
    "app_type",
    "room_name",
    "desc",
    "start_time",
    "duration",
    "moderators",
    "participants",
    "wait_for_moderator",
    "knock",
    "auto_recording",
    "direct_url",
];

/// A record as it is kept: the JSON of its parts, with commas between them.
#[derive(Debug)]
pub(super) struct Written {
    parts: Vec<u8>,
    /// Where each part ends.
    ends: Vec<usize>,
}

impl Written {
    fn add(&mut self, part: &impl Serialize) {
        if !self.ends.is_empty() {
            self.parts.push(b',');
        }
        // A text, a number or a truth: this cannot fail.
        let _ = serde_json::to_writer(&mut self.parts, part);
        self.ends.push(self.parts.len());
    }

    /// Returns the fingerprint by which a meeting is known to be the same. It is that of the first form, in which the parts have
    /// their names: it must not change from one version to the next.
    pub(super) fn digest(&self) -> Digest {
        let mut named = Vec::with_capacity(2 * LENGTH);
        let mut from = 0;
        for (name, end) in PARTS.iter().zip(&self.ends) {
            named.push(if from == 0 { b'{' } else { b',' });
            named.push(b'"');
            named.extend_from_slice(name.as_bytes());
            named.extend_from_slice(b"\":");
            named.extend_from_slice(&self.parts[from..*end]);
            from = end + 1;
        }
        named.push(b'}');
        Digest::of(&named)
    }

    /// Returns the payload of the item whose line this is.
    pub(super) fn line(&self, revision: u32) -> String {
        let [before, behind] = LINE;
        format!("{before}[{revision},[{}]]{behind}", String::from_utf8_lossy(&self.parts))
    }
}

/// Returns the fingerprint of a record that is kept in either form.
pub(super) fn digest(record: &RawValue) -> Option<Digest> {
    let text = record.get();
    if text.starts_with('{') {
        return Some(Digest::of(text.as_bytes()));
    }
    Some(serde_json::from_str::<Record<'_>>(text).ok()?.written().digest())
}

/// Tells whether a meeting of a list of past ones is over: the server says so, and where it says nothing, its times do.
pub(super) fn is_over(meeting: &Meeting, now: Timestamp) -> bool {
    match meeting.stage {
        Some(stage) => stage == Stage::Past,
        None => meeting.end().is_none_or(|end| end <= now),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pins_are_the_last_columns_and_only_where_they_are_asked_for() {
        assert_eq!(columns(false).last(), Some(&"direct_url"));
        assert_eq!(columns(true).iter().skip(16).collect::<Vec<_>>(), [&"mpin", &"ppin"]);
    }

    fn record() -> Record<'static> {
        Record {
            meeting_id: "m1".into(),
            room_id: None,
            user_id: Some("u1".into()),
            app_type: Some("vc".into()),
            room_name: "Biology \"7b\"\n".into(),
            desc: Some("".into()),
            start_time: Some("2026-11-23T14:05:00Z".into()),
            duration: Some(45),
            moderators: None,
            participants: Some(30),
            wait_for_moderator: Some(true),
            knock: Some(false),
            auto_recording: None,
            direct_url: Some("https://example.org/m1".into()),
        }
    }

    /// As an earlier version kept it.
    const NAMED: &str = r#"{"v":1,"line":{"revision":3,"record":{"meeting_id":"m1","room_id":null,"user_id":"u1","app_type":"vc","room_name":"Biology \"7b\"\n","desc":"","start_time":"2026-11-23T14:05:00Z","duration":45,"moderators":null,"participants":30,"wait_for_moderator":true,"knock":false,"auto_recording":null,"direct_url":"https://example.org/m1"}}}"#;

    #[test]
    fn a_payload_of_either_form_is_read_alike_and_has_one_fingerprint() {
        let kept = record().written().line(3);
        assert_eq!(
            kept,
            r#"{"v":2,"line":[3,["m1",null,"u1","vc","Biology \"7b\"\n","","2026-11-23T14:05:00Z",45,null,30,true,false,null,"https://example.org/m1"]]}"#
        );
        for text in [kept.as_str(), NAMED] {
            let payload: ExportPayload<Line<Record<'_>>> = serde_json::from_str(text).unwrap();
            assert_eq!(payload.line, Some(Line { revision: 3, record: record() }));
            let raw: ExportPayload<Line<&RawValue>> = serde_json::from_str(text).unwrap();
            assert_eq!(digest(raw.line.unwrap().record), Some(record().written().digest()));
        }
    }

    #[test]
    fn a_payload_without_a_line_says_so() {
        let payload: ExportPayload<Line<Record<'_>>> = serde_json::from_str(NO_LINE).unwrap();
        assert_eq!(payload.line, None);
    }
}
