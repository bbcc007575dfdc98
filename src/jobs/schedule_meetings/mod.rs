//! Timetables: one meeting a row, scheduled, changed or cancelled.

mod check;
mod fault;
mod identity;
mod row;
mod rules;
mod when;
mod zones;

pub use check::{Checked, Checker};
pub use fault::{Fault, Faults};
pub use row::{Action, Row, ZoneChoice};
pub use rules::{Defaults, RowRules, ZoneBook};
