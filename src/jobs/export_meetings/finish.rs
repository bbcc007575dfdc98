//! Decides the items whose lines are in the file, and reports the file in the end.

use std::io;

use serde::Serialize;
use serde_json::value::RawValue;

use super::input::Planned;
use super::record::{ExportPayload, Facts, Line, UNREADABLE, digest};
use super::session::ExportSession;
use super::target::folder_of;
use super::write;
use crate::engine::closed::{self, Access};
use crate::engine::{Decision, Finished};
use crate::model::{Counts, FileKind, MeetingId, OpenItem, Remember, Status};

/// Returns the decision on an item whose line is in the file.
pub(super) fn exported(item: &OpenItem, again: bool) -> Decision {
    let payload: Option<ExportPayload<Line<&RawValue>>> = serde_json::from_str(item.payload.text()).ok();
    let meeting = item.identity.as_deref().and_then(MeetingId::new);
    let (Some(line), Some(meeting)) = (payload.and_then(|payload| payload.line), meeting) else {
        return Decision::Done {
            status: Status::Failed,
            code: None,
            error: Some(UNREADABLE.to_owned()),
            result: None,
            remember: None,
        };
    };
    let told = Told { meeting_id: meeting.as_str(), revision: line.revision };
    Decision::Done {
        status: Status::Exported,
        code: None,
        error: None,
        result: Some(serde_json::to_string(&told).unwrap_or_default()),
        // An export made anew lies in a file of its own: it says nothing about the file that goes on from run to
        // run.
        remember: (!again).then(|| Remember::Made {
            identity: meeting.as_str().to_owned(),
            content: digest(line.record),
            facts: serde_json::to_string(&Facts { v: 1, revision: line.revision }).unwrap_or_default(),
            resource: meeting,
        }),
    }
}

/// The result of an item.
#[derive(Serialize)]
struct Told<'a> {
    meeting_id: &'a str,
    revision: u32,
}

/// Reports the file, and the remarks that a person must know of it.
pub(super) async fn finish(session: &ExportSession, counts: &Counts) -> Finished {
    let Some(plan) = &session.input().plan else { return Finished::default() };
    let mut finished = Finished { warnings: plan.warnings.clone(), notes: plan.notes.clone(), ..Finished::default() };
    if plan.lines == 0 {
        return finished;
    }
    let exported = counts.get(Status::Exported);
    let path = if exported == plan.lines {
        write::written(session, plan).await.map(|path| Some(path.clone()))
    } else {
        write::take_back(session, plan, exported).await
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
