//! Makes the checks that need no server: every mistake of a row at once, with the codes that the server would have
//! answered one by one (reference: Schedule Meeting, Error Codes).

use std::borrow::Cow;
use std::sync::Arc;

use super::fault::{Fault, Faults, lost, no_id, shown, spreadsheets_error};
use super::invitees;
use super::length::{self, Length};
use super::people::People;
use super::row::{Action, RowRules, TimetableRow, ZoneChoice};
use super::when::{self, Begin, LengthElsewhere, RowZone, WallClock};
use super::zones::Zones;
use crate::clock::Zone;
use crate::model::fold;
use crate::model::{Code, Column, MeetingId, UserId, spreadsheet};
use crate::table::{self, Span, value};

/// A row and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The row as read; with faults, as far as it can be told.
    pub row: TimetableRow,
    /// The faults of the row.
    pub faults: Faults,
    /// Its start has passed (1601). Apart from the others, because a row that was done before is right all the same; of
    /// any other row it is one more fault.
    pub past: Option<Fault>,
    /// The row as earlier versions read it, where they read its names otherwise: they may have made its meeting.
    pub as_before: Option<Box<TimetableRow>>,
}

impl Checked {
    /// Returns the identity that earlier versions gave the row, where it is another than `identity`.
    #[must_use]
    pub fn identity_before(&self, own: Option<&UserId>, identity: Option<&String>) -> Option<String> {
        if self.as_before.is_none() && self.row.has_lasting_identity() {
            return None;
        }
        let before = self.as_before.as_deref().unwrap_or(&self.row).identity_before(own);
        before.filter(|before| identity != Some(before))
    }
}

/// Checks the rows of one file.
#[derive(Debug)]
pub struct Checker<'a> {
    rules: RowRules<'a>,
    zones: Zones<'a>,
    job_zone: Arc<Zone>,
    job_zone_listed: bool,
}

/// Longer than any name that a person or a program gives.
const LONGEST_NAME: usize = 200;
const TITLE: std::ops::RangeInclusive<usize> = 3..=50;

/// A column of numbers: how it is called, its least value, and its codes.
struct Count {
    column: Column,
    noun: &'static str,
    least: i64,
    missing: Code,
    format: Code,
    few: Code,
}

const MODERATORS: Count = Count {
    column: Column::Moderators,
    noun: "the number of moderators",
    least: 1,
    missing: Code::MODERATORS_MISSING,
    format: Code::MODERATORS_FORMAT,
    few: Code::MODERATORS_FEW,
};

const PARTICIPANTS: Count = Count {
    column: Column::Participants,
    noun: "the number of participants",
    least: 0,
    missing: Code::PARTICIPANTS_MISSING,
    format: Code::PARTICIPANTS_FORMAT,
    few: Code::PARTICIPANTS_FEW,
};

impl<'a> Checker<'a> {
    /// Makes a checker by these rules.
    #[must_use]
    pub fn new(rules: RowRules<'a>) -> Self {
        let job_zone_listed = rules.zones.lists(rules.zone);
        Self { rules, zones: Zones::new(rules.zones), job_zone: Arc::new(rules.zone.clone()), job_zone_listed }
    }

    /// Checks a row: returns its content, and all its faults.
    #[must_use]
    pub fn check(&mut self, cells: &table::Row<'_>) -> Checked {
        let mut faults = Faults::default();
        if let Some(text) = cells.surplus() {
            let words = "the row has more cells than there are headings, from {} on; put a cell that holds the separator in quotation marks";
            faults.of_row(words.replace("{}", &shown(text)));
        }
        let text = cells.get(Column::Action);
        let action = Action::parse(&text);
        if action.is_none() {
            let words = format!("the action {} is none of schedule, update and cancel", shown(&text));
            faults.of(Column::Action, None, words);
        }
        // The needs of an unknown action cannot be told: like an `update`, it is held to what it says.
        let action = action.unwrap_or(Action::Update);
        let mut check = Check { cells, rules: self.rules, action, faults };
        let mut row = TimetableRow {
            action,
            reference: check.name(Column::Ref, "the ref").map(Cow::into_owned),
            meeting_id: check.name(Column::MeetingId, "the meeting_id").and_then(|id| MeetingId::new(&id)),
            user_id: check.user(),
            ..TimetableRow::default()
        };
        // A ref that is wrong names its meeting all the same.
        let named = [Column::Ref, Column::MeetingId].into_iter().any(|column| !cells.get(column).is_empty());
        let by_start = action != Action::Schedule && !named;
        if action != Action::Cancel || by_start {
            self.when_and_what(&mut check, &mut row);
        }
        if action != Action::Cancel {
            check.settings(&mut row);
        }
        if by_start && check.names_no_meeting() {
            check.faults.of_row(
                "the row does not say which meeting it is about; give its meeting_id, its ref, or its title, start and duration",
            );
        }
        let past = row.start.filter(|start| !by_start && *start <= self.rules.now).map(|_| check.past());
        let as_before = as_before(cells, &row, self.rules.people).map(Box::new);
        Checked { row, faults: check.faults, past, as_before }
    }

    fn when_and_what(&mut self, check: &mut Check<'_, '_>, row: &mut TimetableRow) {
        let zone = when::zone(check.cells, &self.job_zone, &mut self.zones, &mut check.faults);
        row.room_name = check.title();
        let begin = check.start(&zone);
        row.start = begin.as_ref().map(|begin| begin.at);
        row.duration_min = check.duration(begin.as_ref(), &zone);
        row.zone = zone.choice;
        let job_zone = check.action == Action::Schedule && row.zone.is_none() && matches!(zone.clock, WallClock::Of(_));
        if job_zone && self.job_zone_listed {
            row.zone = Some(ZoneChoice::Name(self.job_zone.name().to_owned()));
        } else if job_zone {
            let words = format!(
                "the server does not have the job's time zone `{}`; name another in the column timezone",
                self.job_zone
            );
            check.faults.of(Column::Timezone, Code::ZONE_UNKNOWN, words);
        }
    }
}

/// The check of one row.
struct Check<'c, 'a> {
    cells: &'c table::Row<'c>,
    rules: RowRules<'a>,
    action: Action,
    faults: Faults,
}

impl<'c> Check<'c, '_> {
    fn title(&mut self) -> Option<String> {
        let text = self.cells.get(Column::RoomName);
        let text = fold::normal(&text);
        if text.is_empty() {
            let default = self.default(|rules| rules.defaults.room_name.clone());
            if default.is_none() {
                self.lacks(
                    Column::RoomName,
                    Code::TITLE_MISSING,
                    "the title is missing; write one of 3 to 50 characters",
                );
            }
            return default;
        }
        let length = text.chars().count();
        let fault = if fold::has_lost(&text) {
            (None, lost("the title", &text))
        } else if spreadsheet::is_error(&text) {
            (None, spreadsheets_error(&text, "a title"))
        } else if fold::control(&text).is_some() {
            (
                None,
                format!(
                    "the title {} holds a line break or another control character; write it on one line",
                    shown(&text)
                ),
            )
        } else if length < *TITLE.start() {
            (Some(Code::TITLE_SHORT), format!("the title {} is shorter than 3 characters", shown(&text)))
        } else if length > *TITLE.end() {
            (Some(Code::TITLE_LONG), format!("the title {} has {length} characters; 50 are allowed", shown(&text)))
        } else {
            return Some(text.into_owned());
        };
        self.faults.of(Column::RoomName, fault.0, fault.1);
        None
    }

    fn start(&mut self, zone: &RowZone) -> Option<Begin> {
        let text = self.cells.get(Column::StartTime);
        if text.is_empty() {
            self.lacks(Column::StartTime, Code::START_MISSING, "the start is missing; write it as 2026-11-23 14:05");
            return None;
        }
        let elsewhere = if length::is_told(self.cells) {
            LengthElsewhere::Told
        } else if self.default(|rules| rules.defaults.duration_min).is_some() {
            LengthElsewhere::Default
        } else {
            LengthElsewhere::Nowhere
        };
        when::start(&text, elsewhere, zone, &self.rules, &mut self.faults)
    }

    fn past(&self) -> Fault {
        let words = format!("the start {} has passed; write a time to come", shown(&self.cells.get(Column::StartTime)));
        Fault { column: Some(Column::StartTime), code: Some(Code::START_PAST), words }
    }

    fn duration(&mut self, begin: Option<&Begin>, zone: &RowZone) -> Option<u32> {
        match length::read(self.cells, begin, zone, &self.rules, &mut self.faults) {
            Length::Minutes(minutes) => Some(minutes),
            Length::Wrong => None,
            Length::Blank => {
                let default = self.default(|rules| rules.defaults.duration_min);
                if default.is_none() {
                    let words = format!("the duration is missing; {}", length::FORM);
                    self.lacks(Column::Duration, Code::DURATION_MISSING, &words);
                }
                default
            }
        }
    }

    /// Reads all the cells that a `cancel` never needs.
    fn settings(&mut self, row: &mut TimetableRow) {
        let desc = self.cells.get(Column::Desc);
        if spreadsheet::is_error(&desc) {
            self.faults.of(Column::Desc, None, spreadsheets_error(&desc, "a description"));
        } else if fold::has_lost(&desc) {
            self.faults.of(Column::Desc, None, lost("the description", &desc));
        }
        let desc = fold::normal(&desc);
        row.desc =
            if desc.is_empty() { self.default(|rules| rules.defaults.desc.clone()) } else { Some(desc.into_owned()) };
        row.moderators = self.count(&MODERATORS, |rules| rules.defaults.moderators);
        row.participants = self.count(&PARTICIPANTS, |rules| rules.defaults.participants);
        row.wait_for_moderator = self.switch(Column::WaitForModerator, Code::WAIT_FOR_MODERATOR_FORMAT, |rules| {
            rules.defaults.wait_for_moderator
        });
        row.knock = self.switch(Column::Knock, Code::KNOCK_FORMAT, |rules| rules.defaults.knock);
        row.auto_recording =
            self.switch(Column::AutoRecording, Code::AUTO_RECORDING_FORMAT, |rules| rules.defaults.auto_recording);
        row.send_mail = self.switch(Column::SendMail, Code::SEND_MAIL_FORMAT, |rules| rules.defaults.send_mail);
        let defaults = (self.action == Action::Schedule).then_some(&self.rules.defaults.invitees);
        row.invitees = invitees::read(self.cells, defaults, self.rules.people, &mut self.faults);
    }

    fn count(&mut self, count: &Count, default: impl FnOnce(&RowRules<'_>) -> Option<u32>) -> Option<u32> {
        let Count { column, noun, least, .. } = *count;
        let text = self.cells.get(column);
        if text.is_empty() {
            let default = self.default(default);
            if default.is_none() {
                self.lacks(column, count.missing, &format!("{noun} is missing; write a whole number, {least} or more"));
            }
            return default;
        }
        let number = value::whole(&text);
        if number.is_ok_and(|number| number < least) {
            self.faults.of(column, count.few, format!("{noun} {} must be {least} or more", shown(&text)));
            return None;
        }
        let number = number.ok().and_then(|number| u32::try_from(number).ok());
        if number.is_none() {
            self.faults.of(column, count.format, format!("{noun} {} must be a whole number", shown(&text)));
        }
        number
    }

    fn switch(
        &mut self,
        column: Column,
        code: Code,
        default: impl FnOnce(&RowRules<'_>) -> Option<bool>,
    ) -> Option<bool> {
        let text = self.cells.get(column);
        if text.is_empty() {
            return self.default(default);
        }
        let on = value::boolean(&text).ok();
        if on.is_none() {
            let name = self.cells.name_of(column);
            self.faults.of(column, code, format!("{name} {} is neither yes nor no", shown(&text)));
        }
        on
    }

    fn user(&mut self) -> Option<UserId> {
        let text = self.name(Column::UserId, "the user_id");
        text.and_then(|id| UserId::new(&id)).or_else(|| self.default(|rules| rules.defaults.user_id.clone()))
    }

    /// Reads a name that a person gave: on one line, and not endless, since it is stored for ever.
    fn name(&mut self, column: Column, noun: &str) -> Option<Cow<'c, str>> {
        let text = self.cells.get(column);
        if text.is_empty() {
            return None;
        }
        let text = match self.rules.people.find(column, &text) {
            None => match text {
                Cow::Borrowed(text) => fold::normal(text),
                Cow::Owned(text) => fold::normal(&text).into_owned().into(),
            },
            Some(Ok(id)) => id.into(),
            Some(Err(words)) => {
                self.faults.of(column, None, words);
                return None;
            }
        };
        let words = if let Some(words) = no_id(&text, noun) {
            words
        } else if text.len() > LONGEST_NAME && text.chars().count() > LONGEST_NAME {
            format!("{noun} {} is longer than {LONGEST_NAME} characters", shown(&text))
        } else {
            return Some(text);
        };
        self.faults.of(column, None, words);
        None
    }

    /// Returns the default of a blank cell. A `cancel` takes it too: it names a meeting that was made with it.
    fn default<T>(&self, default: impl FnOnce(&RowRules<'_>) -> Option<T>) -> Option<T> {
        if self.action == Action::Update { None } else { default(&self.rules) }
    }

    /// Notes a fault where a cell that only scheduling needs is blank.
    fn lacks(&mut self, column: Column, code: Code, words: &str) {
        if self.action == Action::Schedule {
            self.faults.of(column, code, words);
        }
    }

    /// Tells whether title, start or length are lacking, by which a row without a name finds its meeting.
    fn names_no_meeting(&self) -> bool {
        let text = self.cells.get(Column::StartTime);
        let lacks = |column, default: bool| self.cells.get(column).is_empty() && !default;
        let (title, minutes) = self
            .default(|rules| Some((rules.defaults.room_name.is_some(), rules.defaults.duration_min.is_some())))
            .unwrap_or_default();
        text.is_empty()
            || lacks(Column::RoomName, title)
            || !length::is_told(self.cells) && !minutes && Span::of(&text).end.is_none()
    }
}

/// Returns the row with the names that earlier versions read from its cells; `None` where they are the same.
fn as_before(cells: &table::Row<'_>, row: &TimetableRow, people: &People) -> Option<TimetableRow> {
    let [reference, title, user, meeting] = [Column::Ref, Column::RoomName, Column::UserId, Column::MeetingId]
        .map(|column| cells.as_before(column).filter(|text| people.find(column, text).is_none()));
    if [reference, title, user, meeting].iter().all(Option::is_none) {
        return None;
    }
    let or = |text: Option<&str>, now: &Option<String>| text.map(str::to_owned).or_else(|| now.clone());
    Some(TimetableRow {
        reference: or(reference.filter(|_| row.reference.is_some()), &row.reference),
        room_name: or(title.filter(|_| row.room_name.is_some()), &row.room_name),
        user_id: user.and_then(UserId::new).or_else(|| row.user_id.clone()),
        meeting_id: meeting.and_then(MeetingId::new).or_else(|| row.meeting_id.clone()),
        ..row.clone()
    })
}
