//! Reads and checks the table `[rotate_pins.NAME]`: its raw form, its checked form, and its checks.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;

use super::check::Table;
use super::one_or_many::OneOrMany;
use super::problem::Complaint;
use super::rooms::{self, RawRooms};
use super::surroundings::Surroundings;
use super::value::did_you_mean;
use super::{MailConfig, MailWay, RoomSource};
use crate::model::PinSelection;

/// A job that makes new PINs for permanent rooms.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "RotatePins")]
pub(super) struct RawRotatePins {
    /// The rooms: one of the keys list, users, rooms and own.
    pub(super) rooms: Option<RawRooms>,
    /// The PINs that are made anew: "moderator", "participant", or both.
    #[schemars(extend("default" = ["moderator", "participant"]))]
    pub(super) pins: Option<OneOrMany>,
    /// True mails each room's owner (column email of the list) the new PIN.
    #[schemars(extend("default" = false))]
    pub(super) notify_owners: Option<bool>,
    /// A file for the new PINs; {date} stands for the day that the run was due.
    pub(super) pin_sheet: Option<String>,
    /// The form of that file: CSV, or a workbook.
    #[schemars(extend("default" = "csv"))]
    pub(super) format: Option<TableFormat>,
    /// True leaves a room alone that has a meeting under way.
    #[schemars(extend("default" = true))]
    pub(super) skip_busy: Option<bool>,
}

/// The settings by which PINs are made anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RotatePins {
    /// The rooms.
    pub rooms: RoomSource,
    /// The PINs; at least one.
    pub pins: PinSelection,
    /// True when each room's owner is mailed the new PIN.
    pub notify_owners: bool,
    /// The path to which the new PINs are written, absolute; `{date}` in the file's name stands for the day that the run was due.
    pub pin_sheet: Option<PathBuf>,
    /// The form of that file.
    pub format: TableFormat,
    /// True when a room with a meeting under way is left alone.
    pub skip_busy: bool,
}

/// The form of a sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TableFormat {
    /// A table as text.
    Csv,
    /// A workbook.
    Xlsx,
}

const KINDS: [&str; 2] = ["moderator", "participant"];

/// Checks the keys of this kind.
pub(super) fn validate(
    table: &mut Table<'_, '_>,
    raw: RawRotatePins,
    mail: Option<&MailConfig>,
    around: &Surroundings<'_>,
) -> RotatePins {
    let rooms = rooms::validate(table, raw.rooms, around);
    let notify_owners = raw.notify_owners.unwrap_or(false);
    if notify_owners && rooms.as_ref().is_some_and(|rooms| !matches!(rooms, RoomSource::List(_))) {
        let remedy = "Take the rooms from a list with a column email: rooms = { list = \"rooms.csv\" }.";
        table.problem("notify_owners", Complaint::new("the owners' addresses are not known", remedy));
    }
    if notify_owners && mail.is_some_and(|mail| mail.server.is_none()) {
        let remedy = "Name a server in [mail]. Until then, the owners' mails lie in mail/ of the state directory.";
        table.warn("notify_owners", Complaint::new("no owner will get a mail: [mail] has no server", remedy));
    }
    if notify_owners && mail.is_some_and(|mail| matches!(mail.server, Some(MailWay::Program(_)))) {
        let problem =
            "the mail program takes every mail and may refuse it later, so a PIN can change whose owner gets no mail";
        let remedy = "Read the mailbox of `from` in [mail], where the program returns what it cannot deliver; or name an SMTP server, \
                      which is asked about every owner before a PIN changes.";
        table.warn("notify_owners", Complaint::new(problem, remedy));
    }
    let pin_sheet = table.read("pin_sheet", raw.pin_sheet.as_deref(), |text| sheet(text, around));
    let format = raw.format.unwrap_or(TableFormat::Csv);
    if let Some(path) = &pin_sheet
        && let Some(complaint) = otherwise_named(path, format == TableFormat::Xlsx)
    {
        table.problem("pin_sheet", complaint);
    }
    RotatePins {
        // A missing source was noted, and no caller gets to see this configuration.
        rooms: rooms.unwrap_or(RoomSource::Own),
        pins: selection(table, raw.pins),
        notify_owners,
        pin_sheet,
        format,
        skip_busy: raw.skip_busy.unwrap_or(true),
    }
}

/// Says that a file's name ends otherwise than its form is.
pub(super) fn otherwise_named(path: &Path, is_workbook: bool) -> Option<Complaint> {
    let is_named_so = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("xlsx"));
    match (is_workbook, is_named_so) {
        (true, false) => Some(Complaint::new(
            "the file is a workbook (format = \"xlsx\"), and its name does not end in .xlsx",
            "Let it end in .xlsx, or take `format` out.",
        )),
        (false, true) => Some(Complaint::new(
            "the file is no workbook, and its name ends in .xlsx",
            "Write format = \"xlsx\" beside it, or let it end in .csv.",
        )),
        _ => None,
    }
}

fn selection(table: &mut Table<'_, '_>, raw: Option<OneOrMany>) -> PinSelection {
    let Some(OneOrMany(kinds)) = raw else { return PinSelection { moderator: true, participant: true } };
    if kinds.is_empty() {
        let remedy = "Write \"moderator\", \"participant\", or both.";
        table.problem("pins", Complaint::new("no PIN is named", remedy));
    }
    let kinds = table.read_each("pins", &kinds, |text| {
        KINDS.into_iter().find(|kind| *kind == text).ok_or_else(|| {
            Complaint::new(format!("{text:?} is none of the words allowed here"), did_you_mean(text, &KINDS))
        })
    });
    PinSelection { moderator: kinds.contains(&"moderator"), participant: kinds.contains(&"participant") }
}

/// Reads where the sheet goes: a file whose name alone may hold `{date}`.
fn sheet(text: &str, around: &Surroundings<'_>) -> Result<PathBuf, Complaint> {
    let path = around.base.path(text)?;
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let remedy = "Name a file, such as \"pins/{date}.csv\".";
    if text.ends_with('/') || name.is_empty() {
        return Err(Complaint::new(format!("{text:?} is not the name of a file"), remedy));
    }
    let folder = path.parent().and_then(|folder| folder.to_str()).unwrap_or_default();
    if folder.contains(['{', '}']) || name.replace("{date}", "").contains(['{', '}']) {
        let problem = format!("{text:?} has braces other than {{date}} in the name of its file");
        return Err(Complaint::new(problem, remedy));
    }
    Ok(path)
}
