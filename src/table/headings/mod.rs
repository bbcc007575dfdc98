//! Finds out which column of a file says what: by the names of the fields, by the configuration's `columns`, and with an eye for
//! files that we wrote ourselves.

use std::collections::{BTreeMap, BTreeSet};

use super::front;
use super::guard::unguard;
use super::heading_words::OF_MEETINGS;
use super::refusal::Refusal;
use super::returned::ReturnedHeadings;
use super::unused::{Known, Unused, shown_heading};
use crate::model::Column;

/// The settings of a job's configuration about the columns of its files.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Layout {
    /// The file's own heading of a field, or several whose cells are joined by a blank. Such a heading goes before a
    /// column named like the field, which then is one of the file's own.
    pub columns: BTreeMap<Column, Vec<String>>,
    /// Fields that have a default, and so need no column.
    pub defaulted: BTreeSet<Column>,
    /// The encoding of files that begin with no byte order mark; it is found out where nothing is said.
    pub encoding: Option<&'static encoding_rs::Encoding>,
    /// Headings that a column is found by besides, if the file has them: those of names that are looked up.
    pub besides: BTreeMap<Column, String>,
    /// The headings of files that have none; blank for a column that means nothing. None: the file has them.
    pub headings: Vec<String>,
    /// The number of rows above the headings, or above the first row of a file without; found where it is not said.
    pub skip_rows: Option<u64>,
    /// The first filled cells of rows at which the table ends, such as `Total`.
    pub until: Vec<String>,
    /// True for a copy of ours of rows of a file without headings: the copy has them, in a row of the number 0.
    pub is_copy_of_headless: bool,
}

/// The headings of one file, resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Headings {
    names: Vec<String>,
    own: Vec<usize>,
    fields: Vec<Option<FieldCells>>,
    width: usize,
    unused: Unused,
    date_order: Option<usize>,
}

/// The place in a row where a field's text stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum FieldCells {
    /// In this cell.
    One(usize),
    /// In these cells, to be joined by a blank.
    Joined(Vec<usize>),
}

const REQUIRED: [Column; 5] =
    [Column::RoomName, Column::StartTime, Column::Duration, Column::Moderators, Column::Participants];

impl Layout {
    /// Tells whether the program knows a heading.
    #[must_use]
    pub(super) fn knows(&self, heading: &str) -> bool {
        Column::from_heading(heading).is_some() || {
            let name = Column::normalized(heading);
            let mapped = self.columns.values().flatten().chain(self.besides.values());
            mapped.into_iter().any(|mapped| Column::normalized(mapped) == name)
        }
    }
}

impl Layout {
    /// Finds the file's own headings that nothing is read from.
    fn unused(&self, found: &HeadingRow, own: &[usize], fields: &[Option<FieldCells>]) -> Unused {
        let is_read = |at: usize| {
            fields.iter().flatten().any(|place| match place {
                FieldCells::One(one) => *one == at,
                FieldCells::Joined(all) => all.contains(&at),
            })
        };
        let mut names: Vec<&str> = Column::ALL.iter().map(|column| column.as_str()).collect();
        names.extend(self.columns.values().flatten().chain(self.besides.values()).map(String::as_str));
        let unread = own.iter().filter(|at| !is_read(**at)).map(|at| found.raw[*at].as_str());
        Unused::of(unread, &Known { names, meanings: OF_MEETINGS })
    }
}

impl Headings {
    /// Resolves the cells of the heading row.
    pub(super) fn resolve<'a>(cells: impl Iterator<Item = &'a str>, layout: &Layout) -> Result<Self, Refusal> {
        Self::of_row(HeadingRow::new(cells), layout, true)
    }

    /// Takes the cells of the heading row as they are: none means a field.
    pub(super) fn bare<'a>(cells: impl Iterator<Item = &'a str>) -> Self {
        let names: Vec<String> = cells.map(|cell| unguard(cell).to_owned()).collect();
        let (width, fields) = (names.len(), vec![None; Column::ALL.len()]);
        Self { width, own: (0..width).collect(), names, fields, unused: Unused::default(), date_order: None }
    }

    /// Resolves the headings of a file that came back. What it lacks its rows were handed in with, or lack each for itself.
    pub(super) fn of_returned(returned: &ReturnedHeadings, layout: &Layout) -> Result<Self, Refusal> {
        let columns: Vec<(String, bool)> = returned.columns().collect();
        let role = |(_, ours): &(String, bool)| if *ours { Role::Ours } else { Role::Plain };
        let roles = columns.iter().map(role).collect();
        let raw: Vec<String> = columns.into_iter().map(|(name, _)| name).collect();
        let names = raw.iter().map(|heading| Column::normalized(heading)).collect();
        let mut headings = Self::of_row(HeadingRow { raw, names, roles }, layout, false)?;
        headings.unused.lacking.extend(returned.deleted());
        Ok(headings)
    }

    /// Resolves the headings that rows were handed in with.
    pub fn of_own(names: &[String], layout: &Layout) -> Result<Self, Refusal> {
        let found = HeadingRow {
            raw: names.to_vec(),
            names: names.iter().map(|heading| Column::normalized(heading)).collect(),
            roles: vec![Role::Plain; names.len()],
        };
        Self::of_row(found, layout, false)
    }

    fn of_row(found: HeadingRow, layout: &Layout, is_all: bool) -> Result<Self, Refusal> {
        let mapped = |column| match (layout.columns.get(&column), layout.besides.get(&column)) {
            (Some(mapped), _) => mapped.as_slice(),
            (None, Some(other)) if found.has(other) => std::slice::from_ref(other),
            (None, _) => &[],
        };
        let lookups = Column::ALL
            .into_iter()
            .map(|column| found.look_up(column, mapped(column)))
            .collect::<Result<Vec<_>, _>>()?;
        let rows_say_what_to_do = matches!(lookups[Column::Action as usize], LookUp::At(_) | LookUp::Instead(..));
        let has_end = matches!(lookups[Column::EndTime as usize], LookUp::At(_) | LookUp::Instead(..));
        let required = |column: Column| {
            let is_told = layout.defaulted.contains(&column) || column == Column::Duration && has_end;
            !rows_say_what_to_do && REQUIRED.contains(&column) && !is_told
        };
        let (mut missing, mut told) = (Vec::new(), Vec::new());
        let mut fields = Vec::with_capacity(lookups.len());
        for (column, look_up) in Column::ALL.into_iter().zip(lookups) {
            fields.push(match look_up {
                LookUp::At(place) => Some(place),
                LookUp::Instead(place, lacking) if required(column) => {
                    let there = found.heading(&place);
                    missing.extend(lacking.into_iter().map(|lacking| {
                        format!(
                            "{lacking}, which `columns` names (the file has `{there}`: rename that, or take {column} out of `columns`)"
                        )
                    }));
                    Some(place)
                }
                LookUp::Instead(place, lacking) => {
                    let read = found.heading(&place);
                    let told_of =
                        |lacking| format!("{lacking}, which `columns` names: the column `{read}` is read in its place");
                    told.extend(lacking.into_iter().map(told_of));
                    Some(place)
                }
                LookUp::Partly(lacking) => {
                    missing.extend(lacking);
                    None
                }
                LookUp::Absent(lacking) => {
                    if required(column) {
                        missing.extend(lacking);
                    } else if layout.columns.contains_key(&column) {
                        told.extend(lacking.into_iter().map(|lacking| format!("{lacking}, which `columns` names")));
                    }
                    None
                }
            });
        }
        let own = found.own();
        let unused = Unused { lacking: told, ..layout.unused(&found, &own, &fields) };
        let date_order = found.date_order();
        let headings = Self { width: found.roles.len(), own, names: found.raw, fields, unused, date_order };
        if missing.is_empty() || !is_all {
            Ok(headings)
        } else {
            Err(Refusal::MissingColumns { missing, found: headings.shown(), near: headings.unused.guesses() })
        }
    }

    /// Resolves them where each row's length is told otherwise than by a column of its own.
    pub(super) fn resolve_without_length<'a>(
        cells: impl Iterator<Item = &'a str>,
        layout: &Layout,
    ) -> Result<Self, Refusal> {
        let mut layout = layout.clone();
        layout.defaulted.insert(Column::Duration);
        Self::resolve(cells, &layout)
    }

    /// Tells whether the file has a column for a field.
    #[must_use]
    pub fn has(&self, column: Column) -> bool {
        self.place(column).is_some()
    }

    /// Returns the heading under which the file has a field (several: joined by ` + `), to be named to a person; the field's name
    /// where it has none.
    #[must_use]
    pub fn name_of(&self, column: Column) -> String {
        match self.place(column) {
            None => column.as_str().to_owned(),
            Some(FieldCells::One(at)) => self.names[*at].trim().to_owned(),
            Some(FieldCells::Joined(all)) => {
                all.iter().map(|at| self.names[*at].trim()).collect::<Vec<_>>().join(" + ")
            }
        }
    }

    /// Returns the headings of the file's own columns, in its order, as they are written: all of them, but those that a run of
    /// ours put in front before.
    pub fn own(&self) -> impl Iterator<Item = &str> {
        self.own.iter().map(|at| self.names[*at].as_str())
    }

    /// Returns the headings that nothing is read from, and those that are looked for in vain.
    #[must_use]
    pub fn unused(&self) -> &Unused {
        &self.unused
    }

    /// Returns the cells in which a field's text stands, in their order.
    #[must_use]
    pub fn cells_of(&self, column: Column) -> &[usize] {
        match self.place(column) {
            None => &[],
            Some(FieldCells::One(at)) => std::slice::from_ref(at),
            Some(FieldCells::Joined(all)) => all,
        }
    }

    /// Returns the field that a cell says something of.
    #[must_use]
    pub fn field_at(&self, cell: usize) -> Option<Column> {
        Column::ALL.into_iter().find(|column| self.cells_of(*column).contains(&cell))
    }

    pub(super) fn place(&self, column: Column) -> Option<&FieldCells> {
        self.fields.get(column as usize).and_then(Option::as_ref)
    }

    /// Returns the column in which a retry file carries on what its file's dates have shown.
    pub(super) fn date_order(&self) -> Option<usize> {
        self.date_order
    }

    /// Returns the cells of a row that belong to the file's own columns.
    pub(super) fn own_cells(&self) -> &[usize] {
        &self.own
    }

    /// Returns the number of cells of a row.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Returns the file's own columns whose heading is blank.
    pub(super) fn nameless(&self) -> Vec<usize> {
        self.own.iter().copied().filter(|at| Column::normalized(&self.names[*at]).is_empty()).collect()
    }

    fn shown(&self) -> String {
        const HEADINGS_SHOWN: usize = 20;
        let mut shown =
            self.names.iter().take(HEADINGS_SHOWN).map(|name| format!("`{}`", shown_heading(name))).collect::<Vec<_>>();
        if self.names.len() > HEADINGS_SHOWN {
            shown.push("…".to_owned());
        }
        shown.join(", ")
    }
}

/// The role of a heading, before it is known which field it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// As the file's author wrote it.
    Plain,
    /// The author's, under the name that we gave it because of ours.
    Renamed,
    /// One that we put in front.
    Ours,
}

/// The result of looking for a field; the headings that were not found are named as they are shown to a person.
enum LookUp {
    At(FieldCells),
    /// Under the field's own name, since these mapped headings are not there.
    Instead(FieldCells, Vec<String>),
    /// Some of its mapped headings are there, and these are not.
    Partly(Vec<String>),
    Absent(Vec<String>),
}

struct HeadingRow {
    raw: Vec<String>,
    names: Vec<String>,
    roles: Vec<Role>,
}

impl HeadingRow {
    fn new<'a>(cells: impl Iterator<Item = &'a str>) -> Self {
        let mut raw: Vec<String> = cells.map(|cell| unguard(cell).to_owned()).collect();
        let mut names: Vec<String> = raw.iter().map(|heading| Column::normalized(heading)).collect();
        let all_of = |front: &[&str]| front.iter().all(|name| names.iter().any(|heading| heading == name));
        // Earlier versions wrote no tokens.
        let (ours, results) = (all_of(&front::RETRY[1..]), all_of(&front::RESULTS[1..]));
        let passed_over = |name: &str| {
            let more = if results { &front::PASSED_OVER_OF_RESULTS[..] } else { &[front::DATE_ORDER] };
            front::PASSED_OVER.contains(&name) || more.contains(&name)
        };
        let at = |name: &str| names.iter().position(|heading| heading == name);
        // Where an earlier version wrote the file, a column of that name is the file's own.
        let has_tokens = at(front::TOKEN) < at(front::RETRY[1]);
        let mut roles = vec![Role::Plain; names.len()];
        for (at, role) in roles.iter_mut().enumerate().filter(|_| ours) {
            if passed_over(&names[at]) && (names[at] != front::TOKEN || has_tokens) {
                *role = Role::Ours;
            } else if names[at].starts_with(front::OWN) {
                *role = Role::Renamed;
                names[at].drain(..front::OWN.len());
                raw[at] = raw[at].trim_start().chars().skip(front::OWN.len()).collect();
            }
        }
        Self { raw, names, roles }
    }

    fn has(&self, heading: &str) -> bool {
        let name = Column::normalized(heading);
        (0..self.names.len()).any(|at| self.roles[at] != Role::Ours && self.names[at] == name)
    }

    fn own(&self) -> Vec<usize> {
        (0..self.roles.len()).filter(|at| self.roles[*at] != Role::Ours).collect()
    }

    fn date_order(&self) -> Option<usize> {
        (0..self.roles.len()).find(|at| self.roles[*at] == Role::Ours && self.names[*at] == front::DATE_ORDER)
    }

    /// Returns the heading of a place, as it is written.
    fn heading(&self, place: &FieldCells) -> String {
        let at = |at: &usize| self.raw[*at].trim();
        match place {
            FieldCells::One(one) => at(one).to_owned(),
            FieldCells::Joined(all) => all.iter().map(at).collect::<Vec<_>>().join(" + "),
        }
    }

    /// Finds the place of `column`: under the `mapped` headings if they are all there, else under its own name.
    fn look_up(&self, column: Column, mapped: &[String]) -> Result<LookUp, Refusal> {
        let mut there = Vec::with_capacity(mapped.len());
        let mut lacking = Vec::new();
        for heading in mapped {
            let name = Column::normalized(heading);
            let plain = self.only(column, &name, Role::Plain)?;
            match plain.map_or_else(|| self.only(column, &name, Role::Renamed), |at| Ok(Some(at)))? {
                Some(at) => there.push(at),
                None => lacking.push(format!("`{heading}` ({column})")),
            }
        }
        if let ([one], true) = (&there[..], lacking.is_empty()) {
            return Ok(LookUp::At(FieldCells::One(*one)));
        }
        if !there.is_empty() && lacking.is_empty() {
            return Ok(LookUp::At(FieldCells::Joined(there)));
        }
        Ok(match self.only(column, column.as_str(), Role::Plain)? {
            Some(at) if lacking.is_empty() => LookUp::At(FieldCells::One(at)),
            Some(at) => LookUp::Instead(FieldCells::One(at), lacking),
            None if !there.is_empty() => LookUp::Partly(lacking),
            None if mapped.is_empty() => LookUp::Absent(vec![format!("`{column}`")]),
            None => LookUp::Absent(lacking),
        })
    }

    /// Returns the one column of that name; two are refused.
    fn only(&self, column: Column, name: &str, role: Role) -> Result<Option<usize>, Refusal> {
        let mut named = (0..self.names.len()).filter(|at| self.roles[*at] == role && self.names[*at] == name);
        let shown = |at: usize| (at + 1, self.raw[at].trim().to_owned());
        match (named.next(), named.next()) {
            (Some(first), Some(second)) => {
                Err(Refusal::TwoColumns { column, first: shown(first), second: shown(second) })
            }
            (first, _) => Ok(first),
        }
    }
}

#[cfg(test)]
mod tests;
