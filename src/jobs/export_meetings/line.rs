//! Writes a meeting as a line: of a CSV file, guarded against formulas, of a workbook, or of JSON Lines.

use std::borrow::Cow;
use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;

use super::record::{Line, NUMBERS, Record, Text, columns};
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

    pub(super) fn write(&mut self, line: &Line<Record<'_>>, known: &Pins) -> io::Result<()> {
        match self {
            Self::Table { to, pins } => {
                let cells = cells(line, known);
                to.write(columns(*pins).iter().zip(&cells).map(|(_, cell)| &**cell))
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
fn cells<'a>(line: &'a Line<Record<'_>>, pins: &'a Pins) -> [Cow<'a, str>; 18] {
    fn shown<'a>(value: Option<impl ToString>) -> Cow<'a, str> {
        value.map(|value| value.to_string()).unwrap_or_default().into()
    }
    fn truth<'a>(value: Option<bool>) -> Cow<'a, str> {
        value.map_or("", |value| if value { "true" } else { "false" }).into()
    }
    fn text<'a>(text: Option<&'a Text<'_>>) -> Cow<'a, str> {
        text.map_or("", |text| &text.0).into()
    }
    let pin = |pin: &'a Option<Pin>| pin.as_ref().map_or("", Pin::reveal).into();
    let record = &line.record;
    [
        text(Some(&record.meeting_id)),
        line.revision.to_string().into(),
        text(record.room_id.as_ref()),
        text(record.user_id.as_ref()),
        text(record.app_type.as_ref()),
        text(Some(&record.room_name)),
        text(record.desc.as_ref()),
        text(record.start_time.as_ref()),
        shown(record.duration),
        shown(record.moderators),
        shown(record.participants),
        truth(record.wait_for_moderator),
        truth(record.knock),
        truth(record.auto_recording),
        Stage::Past.as_str().into(),
        text(record.direct_url.as_ref()),
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
    start_time: Option<&'a str>,
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
    fn of(line: &'a Line<Record<'_>>, pins: &'a Pins, with_pins: bool) -> Self {
        fn shown<'a>(text: Option<&'a Text<'_>>) -> Option<&'a str> {
            text.map(|text| &*text.0)
        }
        let record = &line.record;
        Self {
            meeting_id: &record.meeting_id.0,
            revision: line.revision,
            room_id: shown(record.room_id.as_ref()),
            user_id: shown(record.user_id.as_ref()),
            app_type: shown(record.app_type.as_ref()),
            room_name: &record.room_name.0,
            desc: shown(record.desc.as_ref()),
            start_time: shown(record.start_time.as_ref()),
            duration: record.duration,
            moderators: record.moderators,
            participants: record.participants,
            wait_for_moderator: record.wait_for_moderator,
            knock: record.knock,
            auto_recording: record.auto_recording,
            stage: Stage::Past,
            direct_url: shown(record.direct_url.as_ref()),
            pins: with_pins.then(|| ShownPins {
                mpin: pins.moderator.as_ref().map(Pin::reveal),
                ppin: pins.participant.as_ref().map(Pin::reveal),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(format: ExportFormat, pins: bool, is_empty: bool) -> String {
        let record = Record {
            meeting_id: "m1".into(),
            room_id: Some("r1".into()),
            user_id: Some("u1".into()),
            app_type: Some("vc".into()),
            room_name: "=Biology, \"7b\"".into(),
            desc: None,
            start_time: Some("2026-11-23T14:05:00Z".into()),
            duration: Some(45),
            moderators: Some(1),
            participants: Some(30),
            wait_for_moderator: Some(true),
            knock: Some(false),
            auto_recording: None,
            direct_url: Some("https://example.org/m1".into()),
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
