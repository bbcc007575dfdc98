//! Opens files whose headings are not asked by themselves what they mean: those of files that came back.

use std::io::{Read, Seek};

use super::Reader;
use crate::table::headings::{Headings, Layout};
use crate::table::refusal::ReadError;
use crate::table::returned::ReturnedHeadings;

impl<R: Read + Seek> Reader<R> {
    /// Opens a file without asking what its headings mean.
    pub fn open_bare(source: R, layout: &Layout) -> Result<Self, ReadError> {
        Self::begin(source, layout, |record| Ok(Headings::bare(record.iter())))
    }

    /// Opens a file that came back: its headings mean what those meant that its rows were handed in with.
    pub fn open_returned(source: R, layout: &Layout, headings: &ReturnedHeadings) -> Result<Self, ReadError> {
        Self::begin(source, layout, |_| Headings::of_returned(headings, layout))
    }
}
