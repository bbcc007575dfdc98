//! Takes one row's fate apart, as the files about a run tell it.

use super::own_fields::OwnFields;
use super::planned_action::ItemResult;
use crate::model::{ItemView, MeetingId, Pins, RoomId, RowToken, State, Status, ZEROS_MAY_BE_MISSING};
use crate::table::{ResultLine, cells};

/// One row's fate, taken apart.
pub(super) struct ResultRow<'a> {
    token: RowToken,
    pub(super) number: u64,
    pub(super) status: Status,
    pub(super) item: &'a ItemView,
    error: &'a str,
    /// The same with a word on PINs that came as numbers.
    with_remark: Option<String>,
    meeting: Option<MeetingId>,
    room: Option<RoomId>,
    direct_url: Option<String>,
    pub(super) warning: Option<String>,
    pub(super) note: Option<String>,
    pins: Pins,
    pub(super) cells: Vec<String>,
    fault: Option<usize>,
}

impl<'a> ResultRow<'a> {
    /// Reads an item; `pins` are those that are known of it yet.
    pub(super) fn of(item: &'a ItemView, token: RowToken, pins: Pins, fields: &OwnFields) -> Self {
        let result: ItemResult =
            item.result.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        let status = match item.state {
            State::Done(status) => status,
            State::Pending | State::Sending | State::Settling { .. } => Status::NotRun,
        };
        Self {
            token,
            number: item.line.map_or(0, u64::from),
            status,
            item,
            error: item.error.as_deref().unwrap_or(""),
            with_remark: pins.were_numbers().then(|| {
                let before = item.error.iter().map(String::as_str);
                before.chain([ZEROS_MAY_BE_MISSING]).collect::<Vec<_>>().join("; ")
            }),
            meeting: result.meeting_id,
            room: result.room_id,
            direct_url: result.direct_url,
            warning: result.warning,
            note: result.note,
            pins,
            fault: fields.of_code(item.code),
            cells: item.source.as_deref().and_then(|text| cells::decode(text).ok()).unwrap_or_default(),
        }
    }

    /// Returns its line in a results or retry file.
    pub(super) fn line(&self, with_pins: bool) -> ResultLine<'_> {
        ResultLine {
            token: Some(self.token),
            line: self.number,
            status: self.status,
            code: self.item.code,
            error: self.with_remark.as_deref().filter(|_| with_pins).unwrap_or(self.error),
            meeting_id: self.meeting.as_ref(),
            room_id: self.room.as_ref(),
            direct_url: self.direct_url.as_deref(),
            pins: with_pins.then_some(&self.pins),
            attempts: self.item.attempts,
            fault: self.fault,
        }
    }
}
