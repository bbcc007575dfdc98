//! Writes the sheet that a run leaves behind, with the PINs as they were read back, and words about anything that
//! does not look right.

use std::path::{Path, PathBuf};

use super::session::RotateSession;
use super::sheet;
use crate::config::TableFormat;
use crate::engine::Finished;
use crate::engine::closed::{self, Access};
use crate::jobs::rooms::RoomResult;
use crate::jobs::suspicion::{nothing_found, previous_total};
use crate::model::{Counts, FileKind, ItemFilter, State, Status, ZEROS_MAY_BE_MISSING};
use crate::table::{Dialect, Form, PinLine, PinSheetWriter};

pub(super) async fn finish(session: &RotateSession, counts: &Counts) -> Finished {
    let mut finished = Finished::default();
    match previous_total(&session.tools.recall, &session.name, session.run.key).await {
        Ok(previous) => finished.warnings.extend(nothing_found(previous, counts.total(), "rooms")),
        Err(error) => tracing::warn!(%error, "the last run's findings could not be read"),
    }
    if let Some(path) = sheet::path(session)
        && counts.get(Status::Reset) > 0
    {
        put_sheet(session, &path, &mut finished).await;
    }
    if session.settings.own.notify_owners && counts.get(Status::Reset) > 0 {
        finished.notes.extend(session.mail.as_ref().and_then(|mail| mail.doubt()));
    }
    finished
}

/// Writes the sheet where it should go, else where it can.
async fn put_sheet(session: &RotateSession, path: &Path, finished: &mut Finished) {
    let (error, fallback) = match write(session, path).await {
        Ok(written) => return told(written, finished),
        Err(error) => (error, session.settings.fallback.join(path.file_name().unwrap_or_default())),
    };
    finished.trouble = Some(format!("the sheet with the new PINs could not be written to {}: {error}", path.display()));
    match write(session, &fallback).await {
        Ok(written) => told(written, finished),
        Err(error) => finished.warnings.push(format!(
            "the new PINs are in no sheet (nor could they be written to {}: {error}). Each room's owner sees them in the portal",
            fallback.display()
        )),
    }
}

/// A sheet that lies there, and of how many rooms it lacks the PINs.
struct Written {
    path: PathBuf,
    lacking: u64,
    numbers: bool,
}

fn told(written: Option<Written>, finished: &mut Finished) {
    let Some(written) = written else { return };
    if written.numbers {
        finished.warnings.push(format!("Take care with the PINs in the sheet: {ZEROS_MAY_BE_MISSING}"));
    }
    finished.files.push((FileKind::PinSheet, written.path));
    if written.lacking > 0 {
        finished.warnings.push(format!(
            "The sheet lacks the PINs of {} rooms: they were sealed with another key than that of this state directory. \
             Rotate again to know them",
            written.lacking
        ));
    }
}

/// `None` where it was written before, by a run that was interrupted right after its end.
async fn write(session: &RotateSession, path: &Path) -> Result<Option<Written>, String> {
    let io = |error: std::io::Error| closed::why(&error, path.parent().unwrap_or(path), Access::Write);
    let Some(run) = session.run.key else { return Err("a dry run writes none".to_owned()) };
    sheet::make_folder(path.parent().unwrap_or(Path::new("/"))).map_err(io)?;
    let form = match session.settings.own.format {
        TableFormat::Csv => Form::Csv(Dialect::default()),
        TableFormat::Xlsx => Form::Workbook(path.parent().unwrap_or(Path::new("/")).to_owned()),
    };
    let mut sheet = PinSheetWriter::begin(sheet::begin(path, session.run.id).map_err(io)?, &form).map_err(io)?;
    let (mut lacking, mut numbers) = (0, false);
    let mut pages = session.tools.recall.items(run, ItemFilter::Good);
    while let Some(page) = pages.next().await.map_err(|error| error.to_string())? {
        for item in page.iter().filter(|item| item.state == State::Done(Status::Reset)) {
            let result = RoomResult::read(item.result.as_deref());
            if item.sealed.is_none() {
                // PINs are wiped once a sheet with them lies in its place.
                return Ok(None);
            }
            let pins = session.tools.recall.open_pins(item.sealed.as_deref());
            lacking += u64::from(pins.is_empty());
            numbers |= pins.were_numbers();
            let line = PinLine {
                user_id: result.user_id.as_deref().unwrap_or_default(),
                room_id: result.room_id.as_deref().unwrap_or_default(),
                room_name: result.room_name.as_deref().unwrap_or_default(),
                pins: &pins,
                direct_url: result.direct_url.as_deref().unwrap_or_default(),
            };
            sheet.write(&line).map_err(io)?;
        }
    }
    let path = sheet::place(path, sheet.finish().map_err(io)?).map_err(io)?;
    Ok(Some(Written { path, lacking, numbers }))
}
