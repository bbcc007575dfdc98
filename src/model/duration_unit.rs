//! Names the unit in which a timetable's lengths are written.

/// The unit of a number that stands alone in a cell of the column `duration`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DurationUnit {
    /// Minutes: `90`.
    #[default]
    Minutes,
    /// Hours, also with decimals: `1,5`.
    Hours,
    /// Hours and minutes in one number: `0130`, of which a spreadsheet makes `130`.
    HoursAndMinutes,
}
