//! What a `[rotate_pins.NAME]` has, checked.

use std::path::PathBuf;

use super::RoomSource;
use crate::model::PinSelection;

/// How PINs are made anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RotatePins {
    /// Which rooms.
    pub rooms: RoomSource,
    /// Which PINs; at least one.
    pub pins: PinSelection,
    /// Whether each room's owner is mailed the new PIN.
    pub notify_owners: bool,
    /// Where the new PINs are written, absolute; `{date}` in the file's name stands for the day that the run was due.
    pub pin_sheet: Option<PathBuf>,
    /// Whether a room with a meeting under way is left alone.
    pub skip_busy: bool,
}
