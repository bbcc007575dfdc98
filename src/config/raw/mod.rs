//! The file as it is written: every key optional, every value as plain as TOML has it. What the values mean is
//! `validate`'s business.

mod api;
mod export_meetings;
mod job;
mod mail;
mod one_or_many;
mod refresh_lobby;
mod rooms;
mod rotate_pins;
mod schedule_meetings;
mod secret;
mod state;
mod sync_rooms;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

pub(super) use api::RawApi;
pub(super) use export_meetings::{RawExportMeetings, RawExportSelect};
pub(super) use job::{RawJob, RawJobKeys};
pub(super) use mail::{RawMail, RawOauth};
pub(super) use one_or_many::OneOrMany;
pub(super) use refresh_lobby::{RawLobby, RawLobbyImage, RawLobbySelection, RawRefreshLobby};
pub(super) use rooms::RawRooms;
pub(super) use rotate_pins::RawRotatePins;
pub(super) use schedule_meetings::{RawDefaults, RawMinutes, RawScheduleMeetings};
pub(super) use secret::RawSecret;
pub(super) use state::RawState;
pub(super) use sync_rooms::{RawSet, RawSyncRooms};

/// The jobs of one kind by name. A job that is not even a table is `None`.
pub(super) type RawJobs<K> = BTreeMap<String, Option<RawJob<K>>>;

/// roomkeeper's configuration file.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Configuration")]
pub(super) struct RawConfig {
    /// The time zone of schedules and of times in CSV files, by its IANA name.
    #[schemars(extend("default" = "UTC"))]
    pub(super) timezone: Option<String>,
    /// The meeting API.
    pub(super) api: Option<RawApi>,
    /// Where roomkeeper keeps its own files.
    pub(super) state: Option<RawState>,
    /// The mails about runs.
    pub(super) mail: Option<RawMail>,
    /// Jobs that make meetings from CSV files, by name.
    #[schemars(with = "Option<BTreeMap<String, RawJob<RawScheduleMeetings>>>")]
    pub(super) schedule_meetings: Option<RawJobs<RawScheduleMeetings>>,
    /// Jobs that make new PINs for permanent rooms, by name.
    #[schemars(with = "Option<BTreeMap<String, RawJob<RawRotatePins>>>")]
    pub(super) rotate_pins: Option<RawJobs<RawRotatePins>>,
    /// Jobs that hold permanent rooms to a policy, by name.
    #[schemars(with = "Option<BTreeMap<String, RawJob<RawSyncRooms>>>")]
    pub(super) sync_rooms: Option<RawJobs<RawSyncRooms>>,
    /// Jobs that make the lobbies of meetings what they should be, by name.
    #[schemars(with = "Option<BTreeMap<String, RawJob<RawRefreshLobby>>>")]
    pub(super) refresh_lobby: Option<RawJobs<RawRefreshLobby>>,
    /// Jobs that write the meetings that took place to files, by name.
    #[schemars(with = "Option<BTreeMap<String, RawJob<RawExportMeetings>>>")]
    pub(super) export_meetings: Option<RawJobs<RawExportMeetings>>,
}
