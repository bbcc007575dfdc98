//! Writes the results file: what became of every row, in front of the row as it came. Writes the retry file: the rows that did not
//! succeed, with the reason in front, to be corrected and dropped again as it is.

use std::io::{self, Write};

use super::form::Form;
use super::front;
use super::lines::LineWriter;
use super::written_cell::{CellKind, Mark};
use crate::model::{Code, MeetingId, Pins, RoomId, RowToken, Status};

/// The column of the reason, in results and retry files.
const ERROR: usize = 4;

/// A file's own columns ([`super::Headings::own`]).
#[derive(Debug, Clone, Copy)]
pub struct OwnColumns<'a> {
    /// Their headings.
    pub names: &'a [String],
    /// The places, from 0, of those with dates, times and lengths.
    pub times: &'a [usize],
    /// Those with numbers.
    pub numbers: &'a [usize],
}

impl OwnColumns<'_> {
    /// Pairs the names that they get with their kinds.
    fn kinds(self, names: &[String]) -> impl Iterator<Item = (&str, CellKind)> {
        let kind = move |at: usize| match at {
            at if self.times.contains(&at) => CellKind::Time,
            at if self.numbers.contains(&at) => CellKind::Number,
            _ => CellKind::Text,
        };
        names.iter().enumerate().map(move |(at, name)| (name.as_str(), kind(at)))
    }
}

/// The kind of a column that we put in front.
fn front_kind(name: &str) -> (&str, CellKind) {
    (name, if front::NUMBERS.contains(&name) { CellKind::Number } else { CellKind::Text })
}

/// The result of one row.
#[derive(Debug, Clone, Copy)]
pub struct ResultLine<'a> {
    /// The word by which the row is known again; `None` for one that was never handed in.
    pub token: Option<RowToken>,
    /// The row, as a spreadsheet numbers it.
    pub line: u64,
    /// The row's final status.
    pub status: Status,
    /// The API's code of the reason.
    pub code: Option<Code>,
    /// The reason; blank where all went well.
    pub error: &'a str,
    /// The meeting.
    pub meeting_id: Option<&'a MeetingId>,
    /// Its room.
    pub room_id: Option<&'a RoomId>,
    /// The link that opens it.
    pub direct_url: Option<&'a str>,
    /// Its PINs, where they are to be written.
    pub pins: Option<&'a Pins>,
    /// The number of times it was sent.
    pub attempts: u32,
    /// The own column, from 0, in which stands what a person is to look at; `None` where it is none of them.
    pub fault: Option<usize>,
}

impl ResultLine<'_> {
    /// Returns the line of a row that was not handed in, and of which no more is known than that.
    #[must_use]
    pub fn of_late(line: u64, error: &str) -> ResultLine<'_> {
        ResultLine {
            token: None,
            line,
            status: Status::NotRun,
            code: None,
            error,
            meeting_id: None,
            room_id: None,
            direct_url: None,
            pins: None,
            attempts: 0,
            fault: None,
        }
    }

    /// Returns the cell that is to be looked at, behind so many columns of ours; the reason's own where it is no other.
    fn mark(&self, ours: usize) -> Option<Mark<'_>> {
        let column = self.fault.map_or(ERROR, |own| ours + own);
        self.status.is_problem().then_some(Mark { column, words: self.error })
    }

    fn token(&self) -> String {
        self.token.map(|token| token.text()).unwrap_or_default()
    }
}

/// Writes a results file.
#[derive(Debug)]
pub struct ResultsWriter<W: Write> {
    lines: LineWriter<W>,
    own: usize,
    with_pins: bool,
}

impl<W: Write + Send> ResultsWriter<W> {
    /// Writes the headings: ours, then the file's own ones.
    pub fn begin(to: W, form: &Form, own: OwnColumns<'_>) -> io::Result<Self> {
        Self::new(to, form, own, true)
    }

    /// Returns the same without the PIN columns, for a file that travels.
    pub fn begin_without_pins(to: W, form: &Form, own: OwnColumns<'_>) -> io::Result<Self> {
        Self::new(to, form, own, false)
    }

    fn new(to: W, form: &Form, own: OwnColumns<'_>, with_pins: bool) -> io::Result<Self> {
        let names = front::own_names(own.names, |name| front::RESULTS.contains(&name));
        let ours = front::RESULTS.into_iter().filter(|name| with_pins || !front::is_pin(name));
        let lines = LineWriter::begin(to, form, ours.map(front_kind).chain(own.kinds(&names)))?;
        Ok(Self { lines, own: own.names.len(), with_pins })
    }

    /// Writes one row; `own` are its own cells ([`super::Row::own`]), of which those beyond the headings are left out.
    pub fn write(&mut self, line: &ResultLine<'_>, own: &[String]) -> io::Result<()> {
        let code = line.code.map(|code| code.to_string());
        let pin = |pin: fn(&Pins) -> Option<&crate::model::Pin>| line.pins.and_then(pin).map_or("", |pin| pin.reveal());
        let (token, number, attempts) = (line.token(), line.line.to_string(), line.attempts.to_string());
        let front = [
            token.as_str(),
            number.as_str(),
            line.status.as_str(),
            code.as_deref().unwrap_or_default(),
            line.error,
            line.meeting_id.map_or("", MeetingId::as_str),
            line.room_id.map_or("", RoomId::as_str),
            line.direct_url.unwrap_or_default(),
            pin(|pins| pins.moderator.as_ref()),
            pin(|pins| pins.participant.as_ref()),
            attempts.as_str(),
        ];
        let with_pins = self.with_pins;
        let front = front::RESULTS
            .into_iter()
            .zip(front)
            .filter_map(|(name, cell)| (with_pins || !front::is_pin(name)).then_some(cell));
        let ours = front::RESULTS.into_iter().filter(|name| with_pins || !front::is_pin(name)).count();
        self.lines.write(front.chain(padded(own, self.own).take(self.own)), line.mark(ours))
    }

    /// Writes out what is still in memory and hands the file back, to be synced.
    pub fn finish(self) -> io::Result<W> {
        self.lines.finish()
    }
}

/// Returns the cells, with blanks up to `width` where there are fewer.
pub(super) fn padded(cells: &[String], width: usize) -> impl Iterator<Item = &str> {
    let blanks = width.saturating_sub(cells.len());
    cells.iter().map(String::as_str).chain(std::iter::repeat_n("", blanks))
}

/// Writes a retry file. The file's own headings and cells stay as they are, so that the job's `columns` and `date_formats`
/// hold for it as they did for the first; only a heading that we also write, or that begins with `input_`, gets another
/// `input_` in front, which [`super::Reader`] takes off again. What the file's dates have shown goes with every row, since the
/// row that showed it may be done.
#[derive(Debug)]
pub struct RetryWriter<W: Write> {
    lines: LineWriter<W>,
    own: usize,
    /// The order of the dates that is carried on ([`super::Dates::carried`]), if there is one.
    date_order: Option<String>,
}

impl<W: Write + Send> RetryWriter<W> {
    /// Writes the headings: ours, then the file's own ones.
    pub fn begin(to: W, form: &Form, own: OwnColumns<'_>, date_order: &str) -> io::Result<Self> {
        let is_ours = |name: &str| front::PASSED_OVER.contains(&name) || name == front::DATE_ORDER;
        let names = front::own_names(own.names, |name| is_ours(name) || name.starts_with(front::OWN));
        let date_order = Some(date_order.to_owned()).filter(|text| !text.is_empty());
        let front = front::RETRY.into_iter().chain(date_order.as_ref().map(|_| front::DATE_ORDER));
        let lines = LineWriter::begin(to, form, front.map(front_kind).chain(own.kinds(&names)))?;
        Ok(Self { lines, own: own.names.len(), date_order })
    }

    /// Writes one row; `own` are its own cells ([`super::Row::own`]), also those beyond the headings, which a person may
    /// have to put right.
    pub fn write(&mut self, line: &ResultLine<'_>, own: &[String]) -> io::Result<()> {
        let code = line.code.map(|code| code.to_string());
        let (token, number) = (line.token(), line.line.to_string());
        let front = [&token, &number, line.status.as_str(), code.as_deref().unwrap_or_default(), line.error];
        let ours = front.len() + usize::from(self.date_order.is_some());
        let front = front.into_iter().chain(self.date_order.as_deref());
        self.lines.write(front.chain(padded(own, self.own)), line.mark(ours))
    }

    /// Writes out what is still in memory and hands the file back, to be synced.
    pub fn finish(self) -> io::Result<W> {
        self.lines.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ItemNo, Pin, RunId, RunKey};
    use crate::table::Dialect;

    fn line(status: Status, error: &str) -> ResultLine<'_> {
        let (meeting_id, room_id, direct_url) = (None, None, None);
        let token = None;
        ResultLine {
            token,
            line: 2,
            status,
            code: None,
            error,
            meeting_id,
            room_id,
            direct_url,
            pins: None,
            attempts: 0,
            fault: None,
        }
    }

    fn written(dialect: Dialect, own: &[&str], lines: &[(ResultLine<'_>, &[&str])]) -> String {
        let owned = |cells: &[&str]| cells.iter().map(ToString::to_string).collect::<Vec<_>>();
        let mut writer = ResultsWriter::begin(
            Vec::new(),
            &dialect.into(),
            OwnColumns { names: &owned(own), times: &[], numbers: &[] },
        )
        .unwrap();
        for (line, cells) in lines {
            writer.write(line, &owned(cells)).unwrap();
        }
        String::from_utf8(writer.finish().unwrap()).unwrap()
    }

    #[test]
    fn ours_stand_in_front_and_own_columns_of_our_names_are_renamed() {
        let (meeting_id, room_id) = (MeetingId::new("m1"), RoomId::new("r1"));
        let token = RowToken::of(RunKey(1), RunId::generate(), ItemNo(1));
        let pins = Pins { moderator: Pin::new("0123"), participant: None };
        let made = ResultLine {
            token: Some(token),
            code: Some(Code::START_PAST),
            meeting_id: meeting_id.as_ref(),
            room_id: room_id.as_ref(),
            direct_url: Some("https://example.org/m1"),
            pins: Some(&pins),
            attempts: 2,
            ..line(Status::Created, "")
        };
        assert_eq!(
            written(Dialect { delimiter: b',', mark: false }, &["ref", "Status"], &[(made, &["R;1", "open"])])
                .replace(&token.to_string(), "row_x"),
            "row,line,status,code,error,meeting_id,room_id,direct_url,mpin,ppin,attempts,ref,input_Status\n\
             row_x,2,created,1601,,m1,r1,https://example.org/m1,0123,,2,R;1,open\n"
        );
    }

    #[test]
    fn every_row_has_as_many_cells_as_there_are_headings() {
        let text = written(
            Dialect { delimiter: b';', mark: true },
            &["ref", "Raum"],
            &[(line(Status::Invalid, "a; b"), &["R1"]), (line(Status::NotRun, ""), &["R2", "Ü", "beyond"])],
        );
        let rows: Vec<_> = text.lines().collect();
        assert!(rows[0].starts_with("\u{feff}row;line;status;"));
        assert_eq!(rows[1], ";2;invalid;;\"a; b\";;;;;;0;R1;");
        assert_eq!(rows[2], ";2;not_run;;;;;;;;0;R2;Ü");
    }

    #[test]
    fn nothing_that_a_spreadsheet_would_run_is_written_bare() {
        let text = written(
            Dialect { delimiter: b',', mark: false },
            &["=own"],
            &[(line(Status::Failed, "@server says"), &["=SUM(A1:A9)"])],
        );
        assert!(
            text.contains(",'=own\n") && text.contains(",'@server says,") && text.contains(",'=SUM(A1:A9)\n"),
            "{text}"
        );
    }
}
