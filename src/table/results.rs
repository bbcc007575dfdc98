//! Writes the results file: what became of every row, in front of the row as it came. Writes the retry file: the rows that did not
//! succeed, with the reason in front, to be corrected and dropped again as it is.

use std::io::{self, Write};

use super::dialect::Dialect;
use super::front;
use super::guard::guard;
use crate::model::{Code, MeetingId, Pins, RoomId, RowToken, Status};

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
        }
    }

    fn token(&self) -> String {
        self.token.map(|token| token.to_string()).unwrap_or_default()
    }
}

/// Writes a results file.
#[derive(Debug)]
pub struct ResultsWriter<W: Write> {
    csv: csv::Writer<W>,
    own: usize,
    with_pins: bool,
}

impl<W: Write> ResultsWriter<W> {
    /// Writes the headings: ours, then the file's own ones ([`super::Headings::own`]).
    pub fn begin(to: W, dialect: Dialect, own: &[String]) -> io::Result<Self> {
        Self::new(to, dialect, own, true)
    }

    /// Returns the same without the PIN columns, for a file that travels.
    pub fn begin_without_pins(to: W, dialect: Dialect, own: &[String]) -> io::Result<Self> {
        Self::new(to, dialect, own, false)
    }

    fn new(to: W, dialect: Dialect, own: &[String], with_pins: bool) -> io::Result<Self> {
        let names = front::own_names(own, |name| front::RESULTS.contains(&name));
        let mut csv = writer(to, dialect)?;
        let ours = front::RESULTS.into_iter().filter(|name| with_pins || !front::is_pin(name));
        write_row(&mut csv, ours, names.iter().map(String::as_str))?;
        Ok(Self { csv, own: own.len(), with_pins })
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
        write_row(&mut self.csv, front, padded(own, self.own).take(self.own))
    }

    /// Writes out what is still in memory and hands the file back, to be synced.
    pub fn finish(self) -> io::Result<W> {
        self.csv.into_inner().map_err(csv::IntoInnerError::into_error)
    }
}

/// Returns a writer that has written the byte order mark, if there is to be one.
pub(super) fn writer<W: Write>(mut to: W, dialect: Dialect) -> io::Result<csv::Writer<W>> {
    if dialect.mark {
        to.write_all("\u{feff}".as_bytes())?;
    }
    Ok(csv::WriterBuilder::new().delimiter(dialect.delimiter).flexible(true).from_writer(to))
}

pub(super) fn write_row<'a, W: Write>(
    csv: &mut csv::Writer<W>,
    front: impl IntoIterator<Item = &'a str>,
    own: impl Iterator<Item = &'a str>,
) -> io::Result<()> {
    for cell in front.into_iter().chain(own) {
        csv.write_field(guard(cell).as_bytes())?;
    }
    csv.write_record(None::<&[u8]>)?;
    Ok(())
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
    csv: csv::Writer<W>,
    own: usize,
    /// The order of the dates that is carried on ([`super::Dates::carried`]), if there is one.
    date_order: Option<String>,
}

impl<W: Write> RetryWriter<W> {
    /// Writes the headings: ours, then the file's own ones ([`super::Headings::own`]).
    pub fn begin(to: W, dialect: Dialect, own: &[String], date_order: &str) -> io::Result<Self> {
        let is_ours = |name: &str| front::PASSED_OVER.contains(&name) || name == front::DATE_ORDER;
        let names = front::own_names(own, |name| is_ours(name) || name.starts_with(front::OWN));
        let date_order = Some(date_order.to_owned()).filter(|text| !text.is_empty());
        let mut csv = writer(to, dialect)?;
        let front = front::RETRY.into_iter().chain(date_order.as_ref().map(|_| front::DATE_ORDER));
        write_row(&mut csv, front, names.iter().map(String::as_str))?;
        Ok(Self { csv, own: own.len(), date_order })
    }

    /// Writes one row; `own` are its own cells ([`super::Row::own`]), also those beyond the headings, which a person may
    /// have to put right.
    pub fn write(&mut self, line: &ResultLine<'_>, own: &[String]) -> io::Result<()> {
        let code = line.code.map(|code| code.to_string());
        let (token, number) = (line.token(), line.line.to_string());
        let front = [&token, &number, line.status.as_str(), code.as_deref().unwrap_or_default(), line.error];
        write_row(&mut self.csv, front.into_iter().chain(self.date_order.as_deref()), padded(own, self.own))
    }

    /// Writes out what is still in memory and hands the file back, to be synced.
    pub fn finish(self) -> io::Result<W> {
        self.csv.into_inner().map_err(csv::IntoInnerError::into_error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ItemNo, Pin, RunId, RunKey};

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
        }
    }

    fn written(dialect: Dialect, own: &[&str], lines: &[(ResultLine<'_>, &[&str])]) -> String {
        let owned = |cells: &[&str]| cells.iter().map(ToString::to_string).collect::<Vec<_>>();
        let mut writer = ResultsWriter::begin(Vec::new(), dialect, &owned(own)).unwrap();
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
