//! What a `[rotate_pins.NAME]` takes besides what every job takes, as it is written.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{OneOrMany, RawRooms};

/// A job that makes new PINs for permanent rooms.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "RotatePins")]
pub(in crate::config) struct RawRotatePins {
    /// Which rooms: one of the keys list, users, rooms and own.
    pub(in crate::config) rooms: Option<RawRooms>,
    /// Whose PINs are made anew: "moderator", "participant", or both.
    #[schemars(extend("default" = ["moderator", "participant"]))]
    pub(in crate::config) pins: Option<OneOrMany>,
    /// Whether each room's owner (column email of the list) is mailed the new PIN.
    #[schemars(extend("default" = false))]
    pub(in crate::config) notify_owners: Option<bool>,
    /// A CSV file for the new PINs; {date} stands for the day that the run was due.
    pub(in crate::config) pin_sheet: Option<String>,
    /// Whether a room with a meeting under way is left alone.
    #[schemars(extend("default" = true))]
    pub(in crate::config) skip_busy: Option<bool>,
}
