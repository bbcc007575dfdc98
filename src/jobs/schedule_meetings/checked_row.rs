//! Checks one row of a file, and takes from it what the journal keeps.

use super::check::{Checked, Checker};
use super::returned::{MeantRow, NamedRow};
use crate::model::{Column, Digest, RowToken, UserId, line};
use crate::table::{self, Headings, cells};

/// A row with what is wrong with it.
#[derive(Debug)]
pub(super) struct CheckedRow {
    pub(super) line: u32,
    pub(super) checked: Checked,
    /// A fingerprint of the row, for the journal; the default in a dry run.
    pub(super) content: Digest,
    /// Its identities, as far as they do not depend on whose credentials these are.
    names: Option<RowNames>,
    /// For people: the title, else the `ref`, else the row.
    pub(super) label: String,
    /// The row's own cells, for the journal; `None` in a dry run.
    pub(super) cells: Option<String>,
    /// The word that names the row, where it came back.
    pub(super) token: Option<RowToken>,
    /// The row that it was, known by that.
    pub(super) named: Option<NamedRow>,
}

/// The identities of a row.
#[derive(Debug)]
pub(super) struct RowNames {
    pub(super) identity: Option<String>,
    /// The one that earlier versions gave it, where it is another.
    pub(super) before: Option<String>,
}

impl RowNames {
    fn of(checked: &Checked, own: Option<&UserId>) -> Self {
        let identity = checked.row.identity(own);
        let before = checked.identity_before(own, identity.as_ref());
        Self { identity, before }
    }
}

impl CheckedRow {
    /// Checks a row. Where what was handed in is wrong, another way to write it is its correction. A dry run keeps nothing, so it takes
    /// neither a fingerprint nor the cells.
    pub(super) fn of(
        checker: &mut Checker<'_>,
        row: table::Row<'_>,
        line: u32,
        meant: Option<MeantRow>,
        headings: &Headings,
        is_dry: bool,
    ) -> Self {
        let label = [Column::RoomName, Column::Ref, Column::MeetingId]
            .into_iter()
            .map(|column| row.get(column))
            .find(|text| !text.is_empty())
            .map_or_else(|| format!("row {line}"), |text| line::label(&text));
        let kept = |row: &table::Row<'_>| (!is_dry).then(|| cells::encode(row.own()));
        let mut found = checker.check(&row);
        let mut cells = kept(&row);
        let (mut token, mut was) = (None, None);
        if let Some(meant) = meant {
            let wrong: Vec<Column> = found.faults.iter().filter_map(|fault| fault.column).collect();
            if let Some(corrected) = meant.corrected(&wrong, headings) {
                let row = corrected.row(headings);
                found = checker.check(&row);
                cells = kept(&row);
            }
            meant.faults.into_iter().for_each(|fault| found.faults.add(fault));
            (token, was) = (meant.token, meant.named);
        }
        let content = if is_dry { Digest::default() } else { found.row.digest() };
        let names = found.row.user_id.is_some().then(|| RowNames::of(&found, None));
        Self { line, checked: found, content, names, label, cells, token, named: was }
    }

    /// Returns the row's identities; `own` is the credentials' own user.
    pub(super) fn names(&mut self, own: Option<&UserId>) -> RowNames {
        self.names.take().unwrap_or_else(|| RowNames::of(&self.checked, own))
    }
}
