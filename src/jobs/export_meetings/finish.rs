//! Reports the things that a run of this kind leaves behind: the file, and the remarks that a person must know of
//! it.

use std::io;

use super::input::Planned;
use super::session::ExportSession;
use super::take_back::take_back;
use super::target::folder_of;
use crate::engine::Finished;
use crate::engine::closed::{self, Access};
use crate::model::{Counts, FileKind, Status};

pub(super) async fn finish(session: &ExportSession, counts: &Counts) -> Finished {
    let Some(plan) = &session.input().plan else { return Finished::default() };
    let mut finished = Finished { warnings: plan.warnings.clone(), notes: plan.notes.clone(), ..Finished::default() };
    if plan.lines == 0 {
        return finished;
    }
    let exported = counts.get(Status::Exported);
    let path = if exported == plan.lines {
        session.written(plan).await.map(|path| Some(path.clone()))
    } else {
        take_back(session, plan, exported).await
    };
    match path {
        Ok(path) => finished.files.extend(path.map(|path| (FileKind::Export, path))),
        Err(error) if exported == plan.lines => finished.trouble = Some(not_written(plan, &error)),
        Err(error) => finished.warnings.push(format!(
            "the lines of the meetings that were not exported could not be taken out of {} again ({error}): they may be \
             there twice after the next run",
            plan.target.path.display()
        )),
    }
    finished
}

/// Says in words why there is no export.
pub(super) fn not_written(plan: &Planned, error: &io::Error) -> String {
    let path = &plan.target.path;
    let why = closed::why(error, folder_of(path), Access::Write);
    format!(
        "the export could not be written to {}: {}. Nothing counts as exported; the next run tries it all again",
        path.display(),
        why.trim_end_matches('.')
    )
}
