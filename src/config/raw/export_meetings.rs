//! What an `[export_meetings.NAME]` takes besides what every job takes, as it is written.

use schemars::JsonSchema;

use super::OneOrMany;
use crate::config::ExportFormat;

/// A job that writes the meetings that took place to a file.
#[derive(Debug, Default, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ExportMeetings")]
pub(in crate::config) struct RawExportMeetings {
    /// The file that is written, or appended to; {date} stands for the day of the run.
    pub(in crate::config) path: Option<String>,
    /// How lines are written.
    #[schemars(extend("default" = "csv"))]
    pub(in crate::config) format: Option<ExportFormat>,
    /// Which meetings; all if not said.
    pub(in crate::config) select: Option<RawExportSelect>,
    /// Whether the PINs of the meetings are written, too.
    #[schemars(extend("default" = false))]
    pub(in crate::config) include_pins: Option<bool>,
    /// For how long a meeting that was exported is looked at again, in case it was changed.
    #[schemars(extend("default" = "7d"))]
    pub(in crate::config) look_back: Option<String>,
}

/// Which meetings are exported.
#[derive(Debug, Default, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ExportSelect")]
pub(in crate::config) struct RawExportSelect {
    /// A pattern of the title, in which * stands for any text and ? for one character.
    #[schemars(extend("default" = "*"))]
    pub(in crate::config) room_name: Option<String>,
    /// The users whose meetings are meant; those of all if none is named.
    pub(in crate::config) user_ids: Option<OneOrMany>,
}
