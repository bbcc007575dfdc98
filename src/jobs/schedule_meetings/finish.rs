//! Writes the results file, and the retry file where a row did not succeed: aside, synced, and renamed into place,
//! so that no reader ever sees half of one.

use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use super::input::Input;
use super::late;
use super::measured::Since;
use super::own_fields::OwnFields;
use super::result_row::ResultRow;
use super::results_file::{aside, date_order, form, packed, place};
use super::session::ScheduleSession;
use crate::engine::Finished;
use crate::engine::closed::{self, Access};
use crate::engine::inbox::{Folder, is_gone, is_there, make_folders};
use crate::jobs::ResultsFolder;
use crate::model::{Counts, FileKind, ItemFilter, RowToken, RunId};
use crate::table::{ResultsWriter, RetryWriter};

/// Rows that a mail names one by one though they did not fail.
const ROWS_TOLD: usize = 20;
/// A file up to this size goes with the mail.
const SMALL: usize = 256 * 1024;

/// Says what follows for rows that had no `ref`.
fn without_ref(rows: u64) -> Option<String> {
    let rows = match rows {
        0 => return None,
        1 => "1 row".to_owned(),
        n => format!("{n} rows"),
    };
    Some(format!("{rows} had no ref: a changed title, start or duration makes another meeting."))
}

pub(super) async fn finish(session: &ScheduleSession, counts: &Counts) -> Finished {
    if session.input().is_nothing() {
        return Finished::default();
    }
    let mut finished = Finished {
        source: Some(session.input().name.clone()),
        mail_notes: without_ref(session.input().without_ref).into_iter().collect(),
        ..Finished::default()
    };
    let since = session.input().since_read();
    let folder = match &session.input().results {
        ResultsFolder::Inbox(inbox) => {
            let done = counts.problems() == 0 && since.is_none();
            inbox.join(if done { Folder::Done.as_str() } else { Folder::Failed.as_str() })
        }
        ResultsFolder::Folder(folder) => folder.clone(),
    };
    if folder == session.settings.fallback
        && let Err(error) = private_folder(&folder)
    {
        tracing::warn!(%error, "the folder for results could not be made");
    }
    // A user may have tidied the folders up while the run went on.
    if let ResultsFolder::Inbox(inbox) = &session.input().results
        && let Err(error) = make_folders(inbox)
    {
        tracing::warn!(%error, "the drop folder's sub-folders could not be made");
    }
    let written = match write(session, &folder, counts, since).await {
        Ok(written) => Ok(written),
        Err(why) => {
            finished.trouble = Some(format!("the results could not be written to {}: {why}", folder.display()));
            let fallback = session.settings.fallback.clone();
            match private_folder(&fallback) {
                Ok(()) => write(session, &fallback, counts, since).await,
                Err(error) => Err(error.to_string()),
            }
        }
    };
    match written {
        Ok(Written { files, attachments, warnings, notes }) => {
            finished.files = files;
            finished.warnings = warnings;
            finished.notes = notes;
            finished.warnings.extend(since.map(|since| late::warning(session, since)));
            // A copy of rows to try again is no dropped file, and gone by now.
            if let ResultsFolder::Inbox(_) = session.input().results
                && !session.input().copy
            {
                let original = folder.join(session.input().file_name(session.run.id));
                if is_gone(&session.input().file) && !is_there(&original) {
                    finished.warnings.push(taken_away(&session.input().name));
                } else {
                    finished.files.push((FileKind::Original, original));
                }
            }
            finished.attachments.extend(attachments);
        }
        Err(why) => {
            let trouble = format!(
                "the results could not be written ({why}); `roomkeeper show {}` tells them",
                session.run.id.short()
            );
            finished.trouble.get_or_insert(trouble);
        }
    }
    finished
}

/// Says that a user has deleted or moved the file; all that there was to do was in the journal by then.
fn taken_away(name: &str) -> String {
    format!(
        "The file {name} was taken away while it was worked on, so it is put neither into done nor into failed. What became of each row is told here and in the results."
    )
}

/// Describes the files of a run that is refused whole: the file's name, and the place where it will lie.
pub(super) fn refused(input: &Input, run: RunId) -> Finished {
    if input.is_nothing() {
        return Finished::default();
    }
    let mut finished = Finished { source: Some(input.name.clone()), ..Finished::default() };
    if let ResultsFolder::Inbox(inbox) = &input.results
        && !input.copy
        && is_there(&input.file)
    {
        let place = inbox.join(Folder::Failed.as_str()).join(input.file_name(run));
        finished.files.push((FileKind::Original, place));
    }
    finished
}

/// Makes a folder for its owner alone, since results hold PINs.
fn private_folder(path: &Path) -> std::io::Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

struct Written {
    files: Vec<(FileKind, PathBuf)>,
    attachments: Vec<(String, Vec<u8>)>,
    warnings: Vec<String>,
    notes: Vec<String>,
}

async fn write(
    session: &ScheduleSession,
    folder: &Path,
    counts: &Counts,
    since: Option<Since>,
) -> Result<Written, String> {
    let grew = matches!(since, Some(Since::Grew(_)));
    let run = session.run.key.ok_or("a dry run writes none")?;
    let (settings, input) = (&session.settings, session.input());
    let form = form(input, folder);
    let fields = OwnFields::of(settings, input);
    let own = fields.columns(input);
    let results_path = folder.join(session.input().file_name_about(session.run.id, "results"));
    let retry_path = folder.join(session.input().file_name_about(session.run.id, "retry"));
    let io = |error: std::io::Error| closed::why(&error, folder, Access::Write);

    let mut results = ResultsWriter::begin(aside(&results_path).map_err(io)?, &form, own).map_err(io)?;
    let mut retry = match counts.problems() {
        0 if !grew => None,
        _ => Some(
            RetryWriter::begin(aside(&retry_path).map_err(io)?, &form, own, &date_order(settings, input))
                .map_err(io)?,
        ),
    };
    let small = usize::try_from(counts.total()).unwrap_or(usize::MAX) < SMALL / 64;
    let mut shown =
        if small { Some(ResultsWriter::begin_without_pins(Vec::new(), &form, own).map_err(io)?) } else { None };
    let (mut warnings, mut notes) = (Told::default(), Told::default());
    let mut pages = session.tools.recall.items(run, ItemFilter::All);
    while let Some(page) = pages.next().await.map_err(|error| error.to_string())? {
        for item in &page {
            let pins = session.tools.recall.open_pins(item.sealed.as_deref());
            let row = ResultRow::of(item, RowToken::of(run, session.run.id, item.item), pins, &fields);
            warnings.add(&row, row.warning.as_deref());
            notes.add(&row, row.note.as_deref());
            results.write(&row.line(session.settings.results_pins), &row.cells).map_err(io)?;
            if let Some(shown) = &mut shown {
                shown.write(&row.line(false), &row.cells).map_err(io)?;
            }
            if let Some(retry) = &mut retry
                && row.status.is_problem()
            {
                retry.write(&row.line(false), &row.cells).map_err(io)?;
            }
        }
    }
    if let Some(retry) = retry.as_mut().filter(|_| grew) {
        late::write(session, &session.input().file, retry).await?;
    }
    // Results hold PINs: only where people drop files may those people read them too.
    let group = match session.input().results {
        ResultsFolder::Inbox(_) => Some(std::fs::metadata(folder).map_err(io)?.gid()),
        ResultsFolder::Folder(_) => None,
    };
    place(packed(move || results.finish()).await.map_err(io)?, &results_path, group).map_err(io)?;
    let mut files = vec![(FileKind::Results, results_path)];
    let mut attachments = Vec::new();
    let mailed_name = |what: &str| {
        // By itself in a mail the name needs no run to be told from others.
        session.input().file_name_about(session.run.id, what).replace(&format!(".{}", session.run.id), "")
    };
    if let Some(retry) = retry {
        place(packed(move || retry.finish()).await.map_err(io)?, &retry_path, group).map_err(io)?;
        // First, since a person has to do something with it.
        attachments.extend(small_file(&retry_path).map(|bytes| (mailed_name("retry"), bytes)));
        files.push((FileKind::Retry, retry_path));
    }
    let attachment = match shown {
        Some(shown) => Some(shown.finish().map_err(io)?).filter(|bytes| bytes.len() <= SMALL),
        None => None,
    };
    attachments.extend(attachment.map(|bytes| (mailed_name("results"), bytes)));
    Ok(Written { files, attachments, warnings: warnings.end(), notes: notes.end() })
}

/// The sentences about single rows, as far as a mail has room for them.
#[derive(Debug, Default)]
struct Told {
    sentences: Vec<String>,
    more: u64,
}

impl Told {
    fn add(&mut self, row: &ResultRow<'_>, words: Option<&str>) {
        match words {
            Some(words) if self.sentences.len() < ROWS_TOLD => {
                self.sentences.push(format!("Line {} ({}): {words}", row.number, row.item.label));
            }
            Some(_) => self.more += 1,
            None => {}
        }
    }

    fn end(mut self) -> Vec<String> {
        if self.more > 0 {
            self.sentences.push(format!("{} more rows are like these: the results file tells them", self.more));
        }
        self.sentences
    }
}

/// Reads a file that may go with a mail.
fn small_file(path: &Path) -> Option<Vec<u8>> {
    let is_small = std::fs::metadata(path).is_ok_and(|found| found.len() <= SMALL as u64);
    if is_small { std::fs::read(path).ok() } else { None }
}
