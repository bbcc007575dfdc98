//! Holds the settings of a job of this kind, as its work needs them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::clock::Zone;
use crate::config::{self, Config, Lookup, MeetingDefaults, OnExists, OnInvalid, OnMissing, ResultsFormat};
use crate::model::{Column, DurationUnit};
use crate::table::Layout;

/// A job's own settings.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the configuration")]
pub struct ScheduleSettings {
    /// The zone of times without one.
    pub zone: Zone,
    /// The file's own headings, and which columns have defaults.
    pub layout: Layout,
    /// The lists through which names become ids or addresses.
    pub lookup: BTreeMap<Column, Lookup>,
    /// For blank cells.
    pub defaults: MeetingDefaults,
    /// `strptime` formats of times, besides ISO.
    pub date_formats: Vec<String>,
    /// The unit of plain numbers in `duration`.
    pub duration_unit: DurationUnit,
    /// One bad row refuses the whole file.
    pub reject_file: bool,
    /// A meeting that is no longer on the server is made again.
    pub create_missing: bool,
    /// A meeting that the server has already is made all the same.
    pub create_existing: bool,
    /// Bytes that a file may have.
    pub max_file_size: u64,
    /// The sheet of a workbook that is read.
    pub sheet: Option<String>,
    /// True when results show PINs.
    pub results_pins: bool,
    /// The form of results.
    pub results_format: ResultsFormat,
    /// The place of results that cannot go where they should.
    pub fallback: PathBuf,
}

impl ScheduleSettings {
    /// Gathers the settings of a configured job.
    pub(super) fn of(config: &Config, job: &config::Job, own: &config::ScheduleMeetings) -> Self {
        let defaults = &own.defaults;
        let defaulted = [
            (Column::RoomName, defaults.room_name.is_some()),
            (Column::Duration, defaults.duration_min.is_some()),
            (Column::Moderators, defaults.moderators.is_some()),
            (Column::Participants, defaults.participants.is_some()),
        ];
        Self {
            zone: defaults.timezone.clone().unwrap_or_else(|| job.timezone.clone()),
            layout: Layout {
                columns: own.columns.clone(),
                defaulted: defaulted.into_iter().filter_map(|(column, has)| has.then_some(column)).collect(),
                encoding: own.encoding,
                besides: own.lookup.iter().map(|(column, lookup)| (*column, lookup.from.clone())).collect(),
                headings: own.headings.clone(),
                skip_rows: own.skip_rows,
                until: own.until.clone(),
                is_copy_of_headless: false,
            },
            lookup: own.lookup.clone(),
            defaults: defaults.clone(),
            date_formats: own.date_formats.clone(),
            duration_unit: own.duration_unit,
            reject_file: own.on_invalid == OnInvalid::RejectFile,
            create_missing: own.on_missing == OnMissing::Create,
            create_existing: own.on_exists == OnExists::Create,
            max_file_size: own.max_file_size,
            sheet: own.sheet.clone(),
            results_pins: own.results_pins,
            results_format: own.results_format,
            fallback: config.state.directory.join("results"),
        }
    }
}
