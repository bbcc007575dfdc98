//! Finds the columns of a file that came back, whatever a person renamed, moved or deleted among them: by the headings that its rows were
//! handed in with.

use std::collections::{BTreeMap, BTreeSet};

use super::same::{Same, same};
use crate::model::Column;
use crate::table::front;
use crate::table::unused::shown_heading;

/// The headings of a file that came back, and what each was when its rows were handed in.
#[derive(Debug, Clone, Default)]
pub struct ReturnedHeadings {
    now: Vec<String>,
    /// Own columns, by the names that they were handed in with.
    own: BTreeMap<usize, String>,
    /// Columns that are there no more; their cells are behind the others.
    deleted: Vec<String>,
    keeps_meetings: bool,
}

impl ReturnedHeadings {
    /// Begins with the headings as they stand in the file.
    pub fn new<'a>(now: impl Iterator<Item = &'a str>) -> Self {
        Self { now: now.map(str::to_owned).collect(), ..Self::default() }
    }

    /// Returns the column that may hold rows' tokens.
    #[must_use]
    pub fn token(&self) -> Option<usize> {
        self.named(front::TOKEN)
    }

    /// Returns the column of our meeting ids, where the rows were not handed in with one of that name.
    #[must_use]
    pub fn meeting(&self) -> Option<usize> {
        self.named(Column::MeetingId.as_str()).filter(|at| !self.own.contains_key(at))
    }

    /// Tells whether a column of ours carries on which dates are in doubt, as a retry file's does, for rows of these headings.
    #[must_use]
    pub fn tells_date_order(&self, handed: &[String]) -> bool {
        let is_it = |name: &str| Column::normalized(name) == front::DATE_ORDER;
        self.named(front::DATE_ORDER).is_some() && !handed.iter().any(|name| is_it(name))
    }

    /// Keeps the column of our meeting ids: rows without a token may name a meeting by it.
    pub fn keep_meetings(&mut self) {
        self.keeps_meetings = true;
    }

    /// Returns the number of columns in the file.
    #[must_use]
    pub fn width(&self) -> usize {
        self.now.len()
    }

    /// Returns the number of columns that are there no more.
    #[must_use]
    pub fn more(&self) -> usize {
        self.deleted.len()
    }

    /// Takes in headings that rows were handed in with; returns the place of each column's cells now.
    pub fn take(&mut self, handed: &[String]) -> Vec<usize> {
        let names: Vec<String> = self.now.iter().map(|name| Column::normalized(name)).collect();
        let handed_names: BTreeSet<String> = handed.iter().map(|name| Column::normalized(name)).collect();
        let is_results = front::RESULTS.iter().any(|name| {
            let is_of_results = !front::RETRY.contains(name) && names.iter().any(|now| now == name);
            let as_own = format!("{}{name}", front::OWN);
            is_of_results && (!handed_names.contains(*name) || names.contains(&as_own))
        });
        let is_ours = |name: &str| front::PASSED_OVER.contains(&name) || name == front::DATE_ORDER;
        let written = if is_results {
            front::own_names(handed, |name| front::RESULTS.contains(&name))
        } else {
            front::own_names(handed, |name| is_ours(name) || name.starts_with(front::OWN))
        };
        let mut taken: BTreeSet<usize> = BTreeSet::new();
        let mut places: Vec<Option<usize>> = vec![None; handed.len()];
        let may_be_own = |at: usize| !self.is_ours(at, is_results);
        for at in 0..handed.len() {
            let name = Column::normalized(&written[at]);
            places[at] = (0..names.len()).find(|now| !taken.contains(now) && names[*now] == name);
            taken.extend(places[at]);
        }
        for (place, heading) in places.iter_mut().zip(handed).filter(|(place, _)| place.is_none()) {
            // A heading may be a number or a date to a spreadsheet, too.
            let is = |now: usize| !heading.trim().is_empty() && same(heading, &self.now[now]) == Same::Same;
            *place = (0..names.len()).find(|now| !taken.contains(now) && may_be_own(*now) && is(*now));
            taken.extend(*place);
        }
        let mut lacking = 0;
        let mut all = Vec::with_capacity(places.len());
        for (place, heading) in places.into_iter().zip(handed) {
            let place = place.unwrap_or_else(|| {
                let known =
                    self.deleted.iter().enumerate().skip(lacking).find(|(_, name)| *name == heading).map(|(at, _)| at);
                let at = known.unwrap_or_else(|| {
                    self.deleted.push(heading.clone());
                    self.deleted.len() - 1
                });
                lacking = at + 1;
                self.now.len() + at
            });
            if place < self.now.len() {
                self.own.entry(place).or_insert_with(|| heading.clone());
            }
            all.push(place);
        }
        all
    }

    /// Lists all columns, those that are there no more behind the others: the name of each, and whether it is one that we put in front.
    pub(in crate::table) fn columns(&self) -> impl Iterator<Item = (String, bool)> {
        let now = self.now.iter().enumerate().map(|(at, name)| match self.own.get(&at) {
            Some(own) => (own.clone(), false),
            None => (name.clone(), self.is_ours(at, true)),
        });
        now.chain(self.deleted.iter().map(|name| (name.clone(), false)))
    }

    /// Lists the columns that are there no more, as a person is told of them.
    pub(in crate::table) fn deleted(&self) -> impl Iterator<Item = String> {
        let words = |name: &String| format!("`{}` any more: what its cells held before is meant", shown_heading(name));
        self.deleted.iter().map(words)
    }

    fn is_ours(&self, at: usize, is_results: bool) -> bool {
        let name = Column::normalized(&self.now[at]);
        let kept = self.keeps_meetings && name == Column::MeetingId.as_str();
        let ours = front::PASSED_OVER.contains(&name.as_str()) || name == front::DATE_ORDER;
        !kept && (ours || is_results && front::RESULTS.contains(&name.as_str()))
    }

    fn named(&self, name: &str) -> Option<usize> {
        self.now.iter().position(|heading| Column::normalized(heading) == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(now: &[&str], handed: &[&str]) -> (Vec<usize>, ReturnedHeadings) {
        let mut headings = ReturnedHeadings::new(now.iter().copied());
        let handed: Vec<String> = handed.iter().map(ToString::to_string).collect();
        (headings.take(&handed), headings)
    }

    #[test]
    fn columns_are_found_where_they_were_moved_to_and_deleted_ones_stand_behind() {
        let (places, headings) = taken(&["Title", "row", "ref", "code"], &["ref", "Title", "duration"]);
        assert_eq!(places, [2, 0, 4]);
        let columns: Vec<_> = headings.columns().collect();
        let column = |name: &str, ours| (name.to_owned(), ours);
        assert_eq!(
            columns,
            [
                column("Title", false),
                column("row", true),
                column("ref", false),
                column("code", true),
                column("duration", false)
            ]
        );
        assert_eq!(headings.deleted().count(), 1);
        assert_eq!((headings.token(), headings.meeting(), headings.more()), (Some(1), None, 1));
    }

    #[test]
    fn own_columns_under_our_names_are_told_from_ours() {
        let results = ["row", "status", "meeting_id", "attempts", "input_Status", "input_meeting_id"];
        let (places, headings) = taken(&results, &["Status", "meeting_id"]);
        assert_eq!((places, headings.meeting()), (vec![4, 5], Some(2)));
        let (places, headings) = taken(&["row", "status", "input_Status", "meeting_id"], &["Status", "meeting_id"]);
        assert_eq!((places, headings.meeting()), (vec![2, 3], None));
    }

    #[test]
    fn a_heading_that_a_spreadsheet_has_written_otherwise_is_the_same() {
        assert_eq!(taken(&["row", "7", "2027/02/01"], &["007", "01.02.2027"]).0, [1, 2]);
        assert_eq!(taken(&["", "row", ""], &["", ""]).0, [0, 2]);
    }
}
