//! What jobs know of what was done before.

use std::path::PathBuf;
use std::sync::Arc;

use futures_util::future::{BoxFuture, FutureExt};

use super::begun::begun;
use crate::journal::{ItemFilter, ItemView, Journal, JournalError, PinPrinter, Reader, RunKey};
use crate::model::{ItemNo, Pins};

/// The read side of the journal as jobs see it.
#[derive(Debug, Clone)]
pub enum Recall {
    /// The open journal.
    Journal(Arc<Journal>),
    /// Read beside whoever writes, for a dry run.
    Directory(PathBuf),
    /// Nothing was done before.
    Nothing,
}

impl Recall {
    /// Reads, where there is something to read; `nothing` is the answer where there is not.
    pub async fn read<T, R>(&self, nothing: T, read: R) -> Result<T, JournalError>
    where
        T: Send + 'static,
        R: FnOnce(&Reader) -> Result<T, JournalError> + Send + 'static,
    {
        match self {
            Self::Journal(journal) => journal.read(read).await,
            Self::Directory(directory) => {
                let directory = directory.clone();
                tokio::task::spawn_blocking(move || match Reader::open(&directory) {
                    Ok(reader) => read(&reader),
                    Err(JournalError::Absent(_)) => Ok(nothing),
                    Err(error) => Err(error),
                })
                .await
                .map_err(|_| JournalError::Closed)?
            }
            Self::Nothing => Ok(nothing),
        }
    }

    /// What tells later whether a PIN has changed.
    #[must_use]
    pub fn printer(&self) -> PinPrinter {
        match self {
            Self::Journal(journal) => journal.seal().printer().clone(),
            Self::Directory(_) | Self::Nothing => PinPrinter::unkept(),
        }
    }

    /// Opens the PINs of an item that wait for their file.
    #[must_use]
    pub fn open_pins(&self, sealed: Option<&[u8]>) -> Pins {
        match (self, sealed) {
            (Self::Journal(journal), Some(sealed)) => journal.seal().open_pins(sealed),
            _ => Pins::default(),
        }
    }

    /// The items of a run in their order, page by page.
    #[must_use]
    pub fn items(&self, run: RunKey, filter: ItemFilter) -> ItemPages<'_> {
        let mut pages = ItemPages { recall: self, run, filter, coming: None };
        pages.ask(ItemNo(0));
        pages
    }
}

/// The items of a run, page by page: while one page is worked on, the next is read.
pub struct ItemPages<'a> {
    recall: &'a Recall,
    run: RunKey,
    filter: ItemFilter,
    /// `None` at the end.
    coming: Option<BoxFuture<'a, Result<Vec<ItemView>, JournalError>>>,
}

/// Items read at once.
const PAGE: u32 = 250;

impl ItemPages<'_> {
    /// The next page; `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Vec<ItemView>>, JournalError> {
        let Some(coming) = self.coming.take() else { return Ok(None) };
        let page = coming.await?;
        let Some(last) = page.last() else { return Ok(None) };
        self.ask(last.item);
        Ok(Some(page))
    }

    fn ask(&mut self, after: ItemNo) {
        let (run, filter) = (self.run, self.filter);
        let coming = self.recall.read(Vec::new(), move |reader| reader.items(run, filter, after, PAGE)).boxed();
        // Now, and not when the page before it is done with.
        self.coming = Some(begun(coming));
    }
}
