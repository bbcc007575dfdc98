//! Writes a meeting as a line: of a CSV file, guarded against formulas, of a workbook, or of JSON Lines.

use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;

use super::record::{Line, NUMBERS, columns};
use crate::clock::Timestamp;
use crate::config::ExportFormat;
use crate::model::{Pin, Pins, Stage};
use crate::table::{Dialect, ExportWriter, Form};

/// Writes lines in one of the formats.
#[derive(Debug)]
pub(super) enum Lines<W: Write> {
    Table { to: Box<ExportWriter<W>>, pins: bool },
    Jsonl { to: W, pins: bool },
}

impl<W: Write + Send> Lines<W> {
    /// Writes to a file that is empty yet, or has lines of this format.
    pub(super) fn new(to: W, format: ExportFormat, pins: bool, is_empty: bool, folder: &Path) -> io::Result<Self> {
        let begin = |to, form: &Form| ExportWriter::begin(to, form, columns(pins), &NUMBERS).map(Box::new);
        Ok(match format {
            ExportFormat::Csv if is_empty => Self::Table { to: begin(to, &Form::Csv(Dialect::default()))?, pins },
            ExportFormat::Csv => Self::Table { to: Box::new(ExportWriter::resume(to)), pins },
            ExportFormat::Xlsx => Self::Table { to: begin(to, &Form::Workbook(folder.to_owned()))?, pins },
            ExportFormat::Jsonl => Self::Jsonl { to, pins },
        })
    }

    pub(super) fn write(&mut self, line: &Line, known: &Pins) -> io::Result<()> {
        match self {
            Self::Table { to, pins } => {
                let cells = cells(line, known);
                to.write(columns(*pins).iter().zip(&cells).map(|(_, cell)| cell.as_str()))
            }
            Self::Jsonl { to, pins } => {
                let mut text = serde_json::to_vec(&Object::of(line, known, *pins)).map_err(io::Error::other)?;
                text.push(b'\n');
                to.write_all(&text)
            }
        }
    }

    /// Writes a line of an earlier run as it was.
    pub(super) fn copy(&mut self, cells: &[String]) -> io::Result<()> {
        match self {
            Self::Table { to, .. } => to.write(cells.iter().map(String::as_str)),
            Self::Jsonl { .. } => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    pub(super) fn finish(self) -> io::Result<W> {
        match self {
            Self::Table { to, .. } => to.finish(),
            Self::Jsonl { mut to, .. } => {
                to.flush()?;
                Ok(to)
            }
        }
    }
}

/// Returns the cells in the order of the columns; blank where the server told nothing.
fn cells(line: &Line, pins: &Pins) -> [String; 18] {
    fn shown(value: Option<impl ToString>) -> String {
        value.map(|value| value.to_string()).unwrap_or_default()
    }
    let pin = |pin: &Option<Pin>| pin.as_ref().map_or("", Pin::reveal).to_owned();
    let record = &line.record;
    [
        record.meeting_id.to_string(),
        line.revision.to_string(),
        record.room_id.clone().unwrap_or_default(),
        record.user_id.clone().unwrap_or_default(),
        record.app_type.clone().unwrap_or_default(),
        record.room_name.clone(),
        record.desc.clone().unwrap_or_default(),
        shown(record.start_time),
        shown(record.duration),
        shown(record.moderators),
        shown(record.participants),
        shown(record.wait_for_moderator),
        shown(record.knock),
        shown(record.auto_recording),
        Stage::Past.as_str().to_owned(),
        record.direct_url.clone().unwrap_or_default(),
        pin(&pins.moderator),
        pin(&pins.participant),
    ]
}

/// A line of JSON Lines: the columns as keys, in their order; `null` where the server told nothing.
#[derive(Serialize)]
struct Object<'a> {
    meeting_id: &'a str,
    revision: u32,
    room_id: Option<&'a str>,
    user_id: Option<&'a str>,
    app_type: Option<&'a str>,
    room_name: &'a str,
    desc: Option<&'a str>,
    start_time: Option<Timestamp>,
    duration: Option<u32>,
    moderators: Option<u32>,
    participants: Option<u32>,
    wait_for_moderator: Option<bool>,
    knock: Option<bool>,
    auto_recording: Option<bool>,
    stage: Stage,
    direct_url: Option<&'a str>,
    #[serde(flatten)]
    pins: Option<ShownPins<'a>>,
}

#[derive(Serialize)]
struct ShownPins<'a> {
    mpin: Option<&'a str>,
    ppin: Option<&'a str>,
}

impl<'a> Object<'a> {
    fn of(line: &'a Line, pins: &'a Pins, with_pins: bool) -> Self {
        let record = &line.record;
        Self {
            meeting_id: record.meeting_id.as_str(),
            revision: line.revision,
            room_id: record.room_id.as_deref(),
            user_id: record.user_id.as_deref(),
            app_type: record.app_type.as_deref(),
            room_name: &record.room_name,
            desc: record.desc.as_deref(),
            start_time: record.start_time,
            duration: record.duration,
            moderators: record.moderators,
            participants: record.participants,
            wait_for_moderator: record.wait_for_moderator,
            knock: record.knock,
            auto_recording: record.auto_recording,
            stage: Stage::Past,
            direct_url: record.direct_url.as_deref(),
            pins: with_pins.then(|| ShownPins {
                mpin: pins.moderator.as_ref().map(Pin::reveal),
                ppin: pins.participant.as_ref().map(Pin::reveal),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::record::Record;
    use super::*;
    use crate::model::MeetingId;

    fn written(format: ExportFormat, pins: bool, is_empty: bool) -> String {
        let record = Record {
            meeting_id: MeetingId::new("m1").unwrap(),
            room_id: Some("r1".to_owned()),
            user_id: Some("u1".to_owned()),
            app_type: Some("vc".to_owned()),
            room_name: "=Biology, \"7b\"".to_owned(),
            desc: None,
            start_time: Timestamp::from_rfc3339("2026-11-23T15:05:00+01:00").ok(),
            duration: Some(45),
            moderators: Some(1),
            participants: Some(30),
            wait_for_moderator: Some(true),
            knock: Some(false),
            auto_recording: None,
            direct_url: Some("https://example.org/m1".to_owned()),
        };
        let known = Pins { moderator: Pin::new("012345"), participant: None };
        let mut lines = Lines::new(Vec::new(), format, pins, is_empty, Path::new("/tmp")).unwrap();
        lines.write(&Line { revision: 2, record }, &known).unwrap();
        String::from_utf8(lines.finish().unwrap()).unwrap()
    }

    #[test]
    fn a_csv_line_has_the_columns_in_their_order_with_times_in_utc_and_formulas_guarded() {
        assert_eq!(
            written(ExportFormat::Csv, false, true),
            "\u{feff}meeting_id,revision,room_id,user_id,app_type,room_name,desc,start_time,duration,moderators,participants,\
             wait_for_moderator,knock,auto_recording,stage,direct_url\n\
             m1,2,r1,u1,vc,\"'=Biology, \"\"7b\"\"\",,2026-11-23T14:05:00Z,45,1,30,true,false,,past,https://example.org/m1\n"
        );
    }

    #[test]
    fn pins_are_shown_only_where_they_are_asked_for() {
        assert!(written(ExportFormat::Csv, true, false).ends_with(",https://example.org/m1,012345,\n"));
        assert!(!written(ExportFormat::Csv, false, false).contains("012345"));
        assert!(!written(ExportFormat::Jsonl, false, true).contains("mpin"));
    }

    #[test]
    fn a_json_line_has_the_same_keys_in_the_same_order() {
        assert_eq!(
            written(ExportFormat::Jsonl, true, true),
            "{\"meeting_id\":\"m1\",\"revision\":2,\"room_id\":\"r1\",\"user_id\":\"u1\",\"app_type\":\"vc\",\
             \"room_name\":\"=Biology, \\\"7b\\\"\",\"desc\":null,\"start_time\":\"2026-11-23T14:05:00Z\",\"duration\":45,\
             \"moderators\":1,\"participants\":30,\"wait_for_moderator\":true,\"knock\":false,\"auto_recording\":null,\
             \"stage\":\"past\",\"direct_url\":\"https://example.org/m1\",\"mpin\":\"012345\",\"ppin\":null}\n"
        );
    }
}
