//! Proposes how a job is to read a file that another program made: which of its columns say what, and in which form. It proposes what
//! the file shows, and says what it leaves open.

mod meaning;
mod sample;

use std::fs::File;

use self::meaning::Meaning;
use self::sample::{Sample, SampleColumn};
use crate::model::Column;
use crate::table::{Forms, Nature};

/// The keys of a job's table for files such as one that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Proposal {
    /// The keys with their values as TOML, in the order in which they are written.
    pub keys: Vec<(&'static str, String)>,
    /// The questions that the file leaves open, and what was taken for granted, each a sentence.
    pub open: Vec<String>,
    /// The encoding in which the file was read, where it is not UTF-8.
    pub encoding: Option<String>,
}

/// Seats for moderators and participants, and minutes, where a file does not say them.
const MODERATORS: u32 = 1;
const PARTICIPANTS: u32 = 30;
const MINUTES: u32 = 60;
/// Lengths up to here may be hours.
const FEW: u32 = 12;

impl Proposal {
    /// Looks at a file; at this sheet, where one is said of a workbook. In words, why it cannot be looked at.
    pub fn of(file: &File, sheet: Option<&str>) -> Result<Self, String> {
        let sample = Sample::of(file, sheet)?;
        let mut drafted = Draft::new(&sample);
        drafted.start();
        drafted.length();
        drafted.others();
        drafted.people();
        Ok(drafted.end())
    }

    /// Writes the keys as the table of a job.
    #[must_use]
    pub fn table(&self, job: &str) -> String {
        let keys = self.keys.iter().map(|(key, value)| format!("{key} = {value}\n"));
        format!("[schedule_meetings.{job}]\n{}", keys.collect::<String>())
    }
}

/// A proposal that is being made.
struct Draft<'a> {
    sample: &'a Sample,
    columns: Vec<(Column, Vec<&'a str>)>,
    formats: Vec<String>,
    unit: Option<&'static str>,
    used: Vec<usize>,
    open: Vec<String>,
}

impl<'a> Draft<'a> {
    fn new(sample: &'a Sample) -> Self {
        Self { sample, columns: Vec::new(), formats: Vec::new(), unit: None, used: Vec::new(), open: Vec::new() }
    }

    /// Returns the first column that is not taken yet, of one of these natures: one of the first meaning rather than of the next.
    fn find(&self, meanings: &[Option<Meaning>], natures: &[Nature]) -> Option<&'a SampleColumn> {
        let columns = &self.sample.columns;
        let fits = |column: &&SampleColumn| natures.contains(&column.nature) && !self.used.contains(&column.at);
        meanings.iter().find_map(|meaning| columns.iter().filter(fits).find(|column| column.meaning == *meaning))
    }

    fn take(&mut self, field: Column, columns: &[&'a SampleColumn]) {
        self.used.extend(columns.iter().map(|column| column.at));
        self.columns.push((field, columns.iter().map(|column| column.heading.as_str()).collect()));
    }

    /// Finds the columns of the start: a day with its time in one, or in two.
    fn start(&mut self) {
        let own = Some(Meaning::Of(Column::StartTime));
        if let Some(whole) = self.find(&[own, Some(Meaning::Begin), Some(Meaning::Day), None], &[Nature::Moment]) {
            self.forms(&[whole], Forms::of(&whole.cells()).formats(None));
            return self.take(Column::StartTime, &[whole]);
        }
        let day = self.find(&[Some(Meaning::Day), Some(Meaning::Begin), own, None], &[Nature::Day]);
        let time = self.find(&[Some(Meaning::Begin), own, Some(Meaning::Day), None], &[Nature::Times, Nature::Time]);
        match (day, time) {
            (Some(day), Some(time)) => {
                let formats = Forms::of(&day.cells()).formats(Some(&Forms::of(&time.cells())));
                self.forms(&[day, time], formats);
                self.take(Column::StartTime, &[day, time]);
            }
            (Some(day), None) => self.open.push(format!(
                "The column `{}` holds days without a time, and no column holds times: start_time needs both.",
                day.heading
            )),
            (None, Some(time)) => self.open.push(format!(
                "The column `{}` holds times, and no column holds days: start_time needs both.",
                time.heading
            )),
            (None, None) => self.open.push("No column was found that holds the start (start_time).".to_owned()),
        }
    }

    fn forms(&mut self, columns: &[&SampleColumn], formats: Vec<String>) {
        let [one, other] = &formats[..] else {
            self.formats = formats;
            return;
        };
        let cells = columns.iter().filter_map(|column| column.cells().first().copied()).collect::<Vec<_>>().join(" ");
        self.open.push(format!(
            "The dates (`{cells}`) may have the day first or the month first, and no row shows which: add date_formats = [\"{one}\"] or [\"{other}\"]."
        ));
    }

    /// Finds the columns that tell how long something is.
    fn length(&mut self) {
        let times = |column: &&SampleColumn| self.used.contains(&column.at) && column.nature == Nature::Times;
        if self.sample.columns.iter().any(|column| times(&column)) {
            return;
        }
        let numbers = [Nature::Number, Nature::Length, Nature::Time];
        let hours = self.find(&[Some(Meaning::Hours)], &[Nature::Number]);
        let minutes = self.find(&[Some(Meaning::Minutes)], &[Nature::Number]);
        if let Some(length) = self.find(&[Some(Meaning::Of(Column::Duration))], &numbers) {
            self.unit_of(length);
            return self.take(Column::Duration, &[length]);
        }
        match (hours, minutes) {
            (Some(hours), Some(minutes)) => return self.take(Column::Duration, &[hours, minutes]),
            (Some(hours), None) => {
                self.unit = Some("hours");
                return self.take(Column::Duration, &[hours]);
            }
            (None, Some(minutes)) => return self.take(Column::Duration, &[minutes]),
            (None, None) => {}
        }
        let own = Some(Meaning::Of(Column::EndTime));
        if let Some(end) = self.find(&[own, Some(Meaning::End), Some(Meaning::EndDay)], &[Nature::Moment]) {
            return self.take(Column::EndTime, &[end]);
        }
        let day = self.find(&[Some(Meaning::EndDay), Some(Meaning::End)], &[Nature::Day]);
        let time = self.find(&[own, Some(Meaning::End)], &[Nature::Time]);
        match (day, time) {
            (Some(day), Some(time)) => self.take(Column::EndTime, &[day, time]),
            (None, Some(time)) => self.take(Column::EndTime, &[time]),
            (_, None) => {}
        }
    }

    fn unit_of(&mut self, length: &SampleColumn) {
        let cells = length.cells();
        if length.nature != Nature::Number {
            return;
        }
        let is_padded = |cell: &&str| cell.len() == 4 && cell.starts_with('0');
        let numbers = cells.iter().filter_map(|cell| cell.parse::<u32>().ok());
        if cells.iter().any(|cell| cell.contains(['.', ','])) {
            self.unit = Some("hours");
        } else if cells.iter().any(is_padded) {
            self.unit = Some("hhmm");
        } else if numbers.max().is_some_and(|most| most <= FEW) {
            self.unit = Some("hours");
            self.open.push(format!(
                "The lengths in `{}` are all {FEW} or less, and were taken for hours: take duration_unit out if that is wrong.",
                length.heading
            ));
        }
    }

    /// Finds the other columns, by their headings.
    fn others(&mut self) {
        let texts = [Nature::Text, Nature::Number, Nature::Length, Nature::Time, Nature::Address, Nature::Day];
        // A description may be empty in all rows so far.
        let described = [&texts[..], &[Nature::Blank]].concat();
        for (column, natures) in
            [(Column::RoomName, &texts[..]), (Column::Desc, &described), (Column::Timezone, &texts[..])]
        {
            if let Some(found) = self.find(&[Some(Meaning::Of(column))], natures) {
                self.take(column, &[found]);
            }
        }
        for column in [Column::Moderators, Column::Participants] {
            if let Some(found) = self.find(&[Some(Meaning::Of(column))], &[Nature::Number]) {
                self.take(column, &[found]);
            }
        }
        if let Some(found) = self.find(&[Some(Meaning::Of(Column::Ref))], &[Nature::Text, Nature::Number]) {
            if found.is_unique() {
                self.take(Column::Ref, &[found]);
            } else {
                let words = "The column `{}` is no ref: several rows have the same text in it, or none.";
                self.open.push(words.replace("{}", &found.heading));
            }
        }
        let named = |column: &&SampleColumn| matches!(column.meaning, Some(Meaning::Of(own)) if own.as_str() == Column::normalized(&column.heading));
        for column in self.sample.columns.iter().filter(named) {
            if let Some(Meaning::Of(own)) = column.meaning
                && !self.columns.iter().any(|(taken, _)| *taken == own)
            {
                self.take(own, &[column]);
            }
        }
        if !self.columns.iter().any(|(column, _)| *column == Column::RoomName) {
            self.open.push("No column was found that holds the title (room_name).".to_owned());
        }
    }

    /// Says which columns may name whose meeting it is, and whom to invite: a heading alone invites no one.
    fn people(&mut self) {
        let has = |column: Column| self.columns.iter().any(|(taken, _)| *taken == column);
        let is_person =
            |column: &&SampleColumn| column.meaning == Some(Meaning::Person) && !self.used.contains(&column.at);
        let person = self.sample.columns.iter().find(is_person).filter(|_| !has(Column::UserId));
        if let Some(column) = person {
            let heading = &column.heading;
            self.open.push(if column.is_ids() {
                format!("The column `{heading}` may hold user ids: if so, add user_id = \"{heading}\" to columns.")
            } else {
                format!(
                    "The column `{heading}` may name whose meeting it is: add lookup = {{ user_id = {{ list = \"people.csv\", from = \"{heading}\", to = \"user_id\" }} }} and such a list."
                )
            });
        }
        let is_free = |column: &&SampleColumn| !self.used.contains(&column.at);
        let invited = |column: &&SampleColumn| column.meaning == Some(Meaning::Of(Column::InviteeEmails));
        if let Some(column) = self.sample.columns.iter().filter(is_free).find(invited) {
            self.open.push(format!(
                "The column `{0}` may name whom to invite: if so, add invitee_emails = \"{0}\" to columns.",
                column.heading
            ));
        }
        if !has(Column::UserId) && person.is_none() {
            self.open
                .push("No column holds user ids: the meetings will be those of the credentials' own user.".to_owned());
        }
    }

    fn end(mut self) -> Proposal {
        let has = |column: Column| self.columns.iter().any(|(taken, _)| *taken == column);
        let has_length = has(Column::Duration)
            || has(Column::EndTime)
            || self.sample.columns.iter().any(|column| {
                self.used.contains(&column.at)
                    && (column.nature == Nature::Times || column.nature == Nature::Moment && column.has_ends())
            });
        let lacking = [
            ("duration", has_length, MINUTES),
            ("moderators", has(Column::Moderators), MODERATORS),
            ("participants", has(Column::Participants), PARTICIPANTS),
        ];
        let lacking: Vec<_> =
            lacking.into_iter().filter(|(_, has, _)| !has).map(|(key, _, value)| (key, value)).collect();
        if !lacking.is_empty() {
            let names = lacking.iter().map(|(key, _)| *key).collect::<Vec<_>>().join(", ");
            self.open.push(format!("The file does not say {names}: look at the defaults, which are only a beginning."));
        }
        let unused: Vec<_> = self.sample.columns.iter().filter(|column| !self.used.contains(&column.at)).collect();
        let unused: Vec<_> = unused
            .into_iter()
            .filter(|column| !column.heading.is_empty())
            .map(|column| format!("`{}`", column.heading))
            .collect();
        if !unused.is_empty() {
            self.open.push(format!("Not used: {}.", unused.join(", ")));
        }
        let mut keys = Vec::new();
        if self.sample.is_headless {
            keys.push(("headings", list(self.sample.columns.iter().map(|column| column.heading.as_str()))));
        }
        if let Some(sheet) = self.sample.sheet_to_name() {
            keys.push(("sheet", quoted(sheet)));
        }
        if self.sample.skipped > 0 {
            keys.push(("skip_rows", self.sample.skipped.to_string()));
        }
        if let Some(word) = &self.sample.end {
            keys.push(("until", quoted(word)));
        }
        let renamed = self
            .columns
            .iter()
            .filter(|(column, headings)| !matches!(&headings[..], [one] if Column::normalized(one) == column.as_str()));
        let columns = renamed.map(|(column, headings)| match &headings[..] {
            [one] => format!("{column} = {}", quoted(one)),
            several => format!("{column} = {}", list(several.iter().copied())),
        });
        let columns = columns.collect::<Vec<_>>().join(", ");
        if !columns.is_empty() {
            keys.push(("columns", format!("{{ {columns} }}")));
        }
        if !self.formats.is_empty() {
            keys.push(("date_formats", list(self.formats.iter().map(String::as_str))));
        }
        if let Some(unit) = self.unit {
            keys.push(("duration_unit", quoted(unit)));
        }
        if let Some(encoding) = self.sample.said {
            keys.push(("encoding", quoted(encoding)));
        }
        if !lacking.is_empty() {
            let defaults = lacking.iter().map(|(key, value)| format!("{key} = {value}")).collect::<Vec<_>>().join(", ");
            keys.push(("defaults", format!("{{ {defaults} }}")));
        }
        self.open.extend(self.sample.sheet_notes());
        Proposal { keys, open: self.open, encoding: self.sample.encoding.clone() }
    }
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn list<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    format!("[{}]", texts.map(quoted).collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests;
