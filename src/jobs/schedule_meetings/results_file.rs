//! Writes the files of a run beside their place, in the form of the file that was handed in, and puts them there.

use std::io::BufWriter;
use std::path::Path;

use super::{Input, ScheduleSettings};
use crate::engine::inbox::give_to_group;
use crate::jobs::aside::Aside;
use crate::table::{Dialect, Form, Lengths, Proof, Starts};

/// Files about a run are written as the one that it read, or as the configuration says.
pub(super) fn form(input: &Input, folder: &Path) -> Form {
    if input.as_workbook {
        return Form::Workbook(folder.to_owned());
    }
    Form::Csv(match input.delimiter {
        Some(delimiter) => Dialect { delimiter, ..Dialect::default() },
        None => Dialect::default(),
    })
}

/// Has the end of a file written on a thread of its own: a workbook is packed then, which takes a while.
pub(super) async fn packed<T: Send + 'static>(
    finish: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> std::io::Result<T> {
    tokio::task::spawn_blocking(finish).await.map_err(std::io::Error::other)?
}

/// Returns the order of the file's dates, which a retry file carries on.
pub(super) fn date_order(settings: &ScheduleSettings, input: &Input) -> String {
    let mut starts = Starts::new(&settings.date_formats);
    starts.believe(&input.proofs);
    let mut lengths = Lengths::new(settings.duration_unit);
    lengths.believe(&input.proofs);
    Proof::carried(starts.carried().iter().chain(lengths.proof()))
}

/// Returns a new file beside `path`, under a name that drop folders let be.
pub(super) fn aside(path: &Path) -> std::io::Result<BufWriter<Aside>> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".tmp");
    Ok(BufWriter::with_capacity(64 * 1024, Aside::create(path.with_file_name(name))?))
}

/// Gives the file to those who drop files, if there are such, and puts it into its place.
pub(super) fn place(file: BufWriter<Aside>, path: &Path, group: Option<u32>) -> std::io::Result<()> {
    let file = file.into_inner().map_err(std::io::IntoInnerError::into_error)?;
    if let Some(group) = group {
        give_to_group(&file.file, group, 0o660)?;
    }
    file.place(path, true)
}
