//! Says no for the server: the reference's error table, and the HTTP status that goes with each.

use hyper::StatusCode;
use serde::Serialize;

use super::slips::{ResultCode, Turn};

/// A refusal: a code of the reference's table, the HTTP status, and the field it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// The code.
    pub code: u16,
    /// The HTTP status.
    pub status: StatusCode,
    field: Option<&'static str>,
}

impl Refusal {
    /// Returns a field that did not pass validation: 406.
    pub fn invalid(code: u16, field: &'static str) -> Self {
        Self { code, status: StatusCode::NOT_ACCEPTABLE, field: Some(field) }
    }

    /// Returns a request that makes no sense as a whole, with its HTTP status.
    pub fn whole(code: u16, status: StatusCode) -> Self {
        Self { code, status, field: None }
    }

    /// Says that there is no such meeting, room or lobby: 404, with a result in the body, which tells it from a route that is not
    /// there.
    pub fn absent() -> Self {
        Self::whole(ROOM_NOT_ACTIVE, StatusCode::NOT_FOUND)
    }

    /// Returns the body that says so.
    pub fn body(self, turn: Turn) -> Vec<u8> {
        let words = description(self.code);
        let desc = match self.field {
            Some(field) => format!("{field}: {words}"),
            None => words.to_owned(),
        };
        let body = Body {
            result: ResultCode(self.code, turn),
            msg: words,
            desc,
            data: self.field.map(|field| About { field }),
        };
        serde_json::to_vec(&body).unwrap_or_default()
    }
}

#[derive(Serialize)]
struct Body {
    result: ResultCode,
    msg: &'static str,
    desc: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<About>,
}

#[derive(Serialize)]
struct About {
    field: &'static str,
}

/// Room is not active.
pub const ROOM_NOT_ACTIVE: u16 = 1000;
/// Token is not valid.
pub const TOKEN_NOT_VALID: u16 = 1001;
/// Request is not valid.
pub const REQUEST_NOT_VALID: u16 = 1002;

/// Returns the reference's words for a code, its typing errors too.
pub fn description(code: u16) -> &'static str {
    TABLE.iter().find(|(listed, _)| *listed == code).map_or("Unknown error", |(_, words)| words)
}

#[rustfmt::skip]
const TABLE: &[(u16, &str)] = &[
    (ROOM_NOT_ACTIVE, "Room is not active"),
    (TOKEN_NOT_VALID, "Token is not valid"),
    (REQUEST_NOT_VALID, "Request is not valid"),
    (1401, "Application type is missing"),
    (1402, "Application type is not a string"),
    (1403, "Application type is not a valid application"),
    (1601, "Meeting Date Time must be in future"),
    (1602, "Meeting Date Time: Format YYYY-MM-DD (In UTC)"),
    (1603, "Meeting Date Time is required"),
    (1611, "Meeting Title is reqruied"),
    (1612, "Meeting Title: Minimum 3 Characters"),
    (1613, "Meeting Title: Maximum 50 Characters"),
    (1615, "No active Meeting Subscription"),
    (1616, "No active Webinar Subscription"),
    (1617, "Not assigned with Meeting License"),
    (1618, "Not assigned with Webinar License"),
    (1621, "Description filed is required"),
    (1631, "Meeting Duration is required"),
    (1632, "Meeting Duration: Minimum 10 Minutes"),
    (1633, "Meeting Duration: Exceeded permissible duration"),
    (1634, "Meeting Duration: In number of minutes"),
    (1641, "Moderator count is required"),
    (1642, "Moderator Count: Minimum 1"),
    (1643, "Moderator Count: Must not exceed room size"),
    (1644, "Moderator Count: In Number"),
    (1651, "Participant count is required"),
    (1652, "Participant Count: Minimum 0"),
    (1653, "Participant Count: Must not exceed room size"),
    (1654, "Participant Count: In Number"),
    (1672, "Auto Recording: In Boolean (true, false)"),
    (1681, "Timezone is required"),
    (1683, "Timezone id required"),
    (1684, "Invalid Timezone ID"),
    (1685, "Invalid Timezone ID"),
    (1686, "Invalid Timezone ID"),
    (1691, "Invalid Timezone ID"),
    (1692, "Send Email: In Boolean (true, false)"),
    (1693, "Wait for Moderator: In Boolean (true, false)"),
    (1694, "Knock: In Boolean (true, false)"),
    (1695, "Invitees: In Array"),
    (1696, "Invitee Email Addresses: In Array"),
    (1697, "Invitee Contact IDs: In Array"),
    (1698, "Invitee Group IDs: In Array"),
    (1901, "Reset MPIN: In Boolean (true, false)"),
    (1902, "Reset PPIN: In Boolean (true, false)"),
    (1903, "MPIN and PPIN are required"),
    (2402, "Message field is required"),
    (2403, "Image field is required"),
    (2404, "Audio field is required"),
    (2405, "Video field is required"),
    (2412, "The Image option must be an array"),
    (2421, "The video option must be an array"),
    (2422, "Message text is required if message is used for lobby"),
    (2423, "The options field is required. To choose from text, audio and video."),
    (2432, "Message text min: 5 characters"),
    (2433, "Message text max: 100 characters"),
    (2435, "Image caption must be a string"),
    (2438, "Video url must be a string"),
    (2453, "The url format should be a valid url string"),
    (2501, "Page length filter must be passed with an integer"),
    (2603, "The selected order by is invalid"),
    (2604, "The selected order qualify is invalid"),
    (2605, "The Selected Search is invalid"),
    (2606, "The search string field is required when search by is present"),
    (2608, "Page number must be a number"),
    (3011, "Old password and new password cannot be the same"),
    (4201, "Invalid password reset token or reset code"),
];
