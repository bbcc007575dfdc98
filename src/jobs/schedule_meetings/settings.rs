//! Holds the configuration of a job of this kind in the job's own form.

use std::path::PathBuf;

use crate::clock::Zone;
use crate::config::MeetingDefaults;
use crate::table::Layout;

/// A job's own settings.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the configuration")]
pub struct Settings {
    /// The zone of times without one.
    pub zone: Zone,
    /// The file's own headings, and which columns have defaults.
    pub layout: Layout,
    /// For blank cells.
    pub defaults: MeetingDefaults,
    /// `strptime` formats of times, besides ISO.
    pub date_formats: Vec<String>,
    /// One bad row refuses the whole file.
    pub reject_file: bool,
    /// A meeting that is no longer on the server is made again.
    pub create_missing: bool,
    /// A meeting that the server has already is made all the same.
    pub create_existing: bool,
    /// Bytes that a file may have.
    pub max_file_size: u64,
    /// True when results show PINs.
    pub results_pins: bool,
    /// The place of results that cannot go where they should.
    pub fallback: PathBuf,
}
