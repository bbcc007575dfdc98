//! Reads a list of rooms on a thread of its own, so that a slow share holds up nothing else, and hands its rows over in
//! batches: one pass, and never more than a few batches in memory.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use encoding_rs::Encoding;
use tokio::sync::mpsc;

use super::columns::Columns;
use super::row::RoomRow;
use crate::config::RoomList;
use crate::engine;
use crate::engine::closed::{self, Access};
use crate::engine::inbox::has_end;
use crate::jobs::workbook::as_text;
use crate::model::Column;
use crate::table::{Choice, Layout, ReadError, Reader, Recoded, Refusal, Sheet, Unused, Widths};

/// Rows in a batch.
const BATCH: usize = 200;
/// The bytes for which the bounds of a workbook are made: a list has no larger ones.
const LARGEST: u64 = 100 * 1024 * 1024;

/// A message from the reading thread.
#[derive(Debug)]
pub(super) enum Part {
    /// Rows; not none.
    Rows(Vec<RoomRow>),
    /// Last: what is known of the list now that it was read.
    End(Box<Whole>),
}

/// The facts about a list that was read whole.
#[derive(Debug)]
pub(super) struct Whole {
    /// The way in which it was read, where it was not UTF-8.
    pub(super) recoded: Option<Recoded>,
    /// The headings that nothing was read from.
    pub(super) unused: Unused,
    /// The sheet that it was read from, where it is a workbook.
    pub(super) sheet: Option<Sheet>,
}

/// Begins to read the list. The last batch may be followed by the reason why it is not the whole list.
pub(super) fn begin(list: &RoomList) -> Result<mpsc::Receiver<Result<Part, engine::Refusal>>, engine::Refusal> {
    let RoomList { path, encoding, sheet } = list.clone();
    let name = path.display().to_string();
    let file = open(&path).map_err(|why| engine::Refusal(format!("the list of rooms {name} cannot be read: {why}")))?;
    let (to, batches) = mpsc::channel(2);
    tokio::task::spawn_blocking(move || {
        if let Err(why) = read(file, encoding, sheet.as_deref(), &to) {
            // No receiver waits for rows any more where this cannot be sent.
            let _ = to.blocking_send(Err(engine::Refusal(format!("the list of rooms {name}: {why}"))));
        }
    });
    Ok(batches)
}

fn open(path: &Path) -> Result<File, String> {
    // Checked before it is opened: to open a FIFO would wait for a writer.
    let found = path.metadata().map_err(|error| {
        let why = closed::why(&error, path, Access::Read);
        // The cause behind the system's words says more than "no such file".
        let is_closed = why != error.to_string();
        if error.kind() == std::io::ErrorKind::NotFound && !is_closed {
            return "there is no such file (any more)".to_owned();
        }
        why
    })?;
    if !found.is_file() {
        return Err("it is not a file".to_owned());
    }
    File::open(path).map_err(|error| error.to_string())
}

fn words(error: ReadError) -> String {
    match error {
        ReadError::Unreadable(source) => source.to_string(),
        ReadError::Refused(refusal) => refusal.to_string(),
    }
}

fn read(
    file: File,
    encoding: Option<&'static Encoding>,
    sheet: Option<&str>,
    to: &mpsc::Sender<Result<Part, engine::Refusal>>,
) -> Result<(), String> {
    // No column of a timetable is needed here.
    let layout = Layout { defaulted: Column::ALL.into(), encoding, ..Layout::default() };
    let fits = |head| {
        let reader = Reader::open(head, &layout)?;
        Columns::resolve(reader.headings().own()).map(drop).map_err(|why| ReadError::from(Refusal::NotFitting { why }))
    };
    let (file, sheet) = as_text(file, Choice { sheet, max_file_size: LARGEST, fits: &fits }).map_err(words)?;
    let mut whole = file.try_clone().map_err(|error| error.to_string())?;
    let reader = Reader::open(BufReader::new(file), &layout).map_err(words)?;
    let columns = Columns::resolve(reader.headings().own())?;
    let unused = columns.unused(reader.headings().own());
    let warnings = unused.warnings();
    read_rows(reader, &columns, unused, sheet, &mut whole, to).map_err(|why| {
        // Of a list that is not read to its end, nothing else tells them.
        if warnings.is_empty() { why } else { format!("{}. {}", why.trim_end_matches('.'), warnings.join(" ")) }
    })
}

fn read_rows(
    mut reader: Reader<BufReader<File>>,
    columns: &Columns,
    unused: Unused,
    sheet: Option<Sheet>,
    whole: &mut File,
    to: &mpsc::Sender<Result<Part, engine::Refusal>>,
) -> Result<(), String> {
    let mut batch = Vec::with_capacity(BATCH);
    let mut widths = Widths::of(reader.headings().width());
    while let Some(row) = reader.next_row().map_err(words)? {
        let line = u32::try_from(row.line()).map_err(|_| "it has more than four thousand million rows".to_owned())?;
        widths.see(row.line(), row.width());
        let mut read = columns.read(line, &row.own().collect::<Vec<_>>());
        if row.surplus().is_some() {
            read.faults.push("the row has more cells than there are headings: is a comma within a cell?".to_owned());
        }
        batch.push(read);
        if batch.len() == BATCH && to.blocking_send(Ok(Part::Rows(std::mem::take(&mut batch)))).is_err() {
            return Ok(());
        }
    }
    if !batch.is_empty() && to.blocking_send(Ok(Part::Rows(batch))).is_err() {
        return Ok(());
    }
    let length = whole.metadata().map_err(|error| error.to_string())?.len();
    let has_end = has_end(whole, length).map_err(|error| error.to_string())?;
    if let Some(why) = widths.cut_short().filter(|_| !has_end) {
        return Err(why);
    }
    // As above: a receiver that has gone away does not want to know.
    let _ = to.blocking_send(Ok(Part::End(Box::new(Whole {
        recoded: reader.recoded(),
        unused: Unused { nameless: reader.nameless(), ..unused },
        sheet,
    }))));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn rows(text: &str) -> Result<Vec<RoomRow>, engine::Refusal> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rooms.csv");
        std::fs::write(&path, text).unwrap();
        let mut batches = begin(&RoomList { path, encoding: None, sheet: None })?;
        let mut rows = Vec::new();
        while let Some(batch) = batches.recv().await {
            match batch? {
                Part::Rows(batch) => rows.extend(batch),
                Part::End(whole) => assert_eq!((whole.recoded, whole.unused.headings), (None, vec![])),
            }
        }
        Ok(rows)
    }

    #[tokio::test]
    async fn a_list_comes_as_excel_saves_it() {
        let text = "u1;ja\r\n".repeat(500);
        let rows = rows(&format!("\u{feff}User ID;Knock\r\n{text}")).await.unwrap();
        assert_eq!((rows.len(), rows[499].line, rows[499].change.knock), (500, Some(501), Some(true)));
    }

    #[tokio::test]
    async fn a_list_that_is_no_list_is_refused_in_words() {
        assert!(rows("name,email\nAda,a@example.org\n").await.unwrap_err().0.contains("there is no column user_id"));
        let surplus = rows("user_id,knock\nu1,yes,no\n").await.unwrap();
        assert!(surplus[0].faults[0].contains("more cells"), "{surplus:?}");
        let gone = begin(&RoomList { path: "/nowhere/rooms.csv".into(), encoding: None, sheet: None }).unwrap_err();
        assert!(gone.0.contains("/nowhere/rooms.csv cannot be read: there is no such file"), "{gone}");
    }
}
