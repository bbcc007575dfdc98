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
use crate::model::{CommonEnd, Counts, FileKind, MeetingId, OpenItem, Remember, Status};

/// Returns the decision on an item whose line is in the file.
pub(super) fn exported(item: &OpenItem, again: bool) -> Decision {
    let payload: Option<ExportPayload<Line<&RawValue>>> = serde_json::from_str(item.payload.text()).ok();
    let meeting = item.identity.as_deref().and_then(MeetingId::new);
    let line = payload.and_then(|payload| payload.line);
    let content = line.as_ref().and_then(|line| digest(line.record));
    let (Some(line), Some(content), Some(meeting)) = (line, content, meeting) else {
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
            content,
            facts: serde_json::to_string(&Facts { v: 1, revision: line.revision }).unwrap_or_default(),
            resource: meeting,
        }),
    }
}

/// Returns the end of the items whose lines are in the file: the same that is [decided](exported) of each.
pub(super) fn common_end(again: bool) -> CommonEnd {
    CommonEnd {
        status: Status::Exported,
        result: ["{\"meeting_id\":\"", "\",\"revision\":", "}"],
        facts: (!again).then_some(["{\"v\":1,\"revision\":", "}"]),
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

#[cfg(test)]
mod tests {
    use super::super::record::Record;
    use super::*;
    use crate::model::{Code, ItemNo, JobPayload, Life};

    fn item(meeting: &str, payload: String) -> OpenItem {
        OpenItem {
            item: ItemNo(1),
            life: Life::default(),
            identity: Some(meeting.to_owned()),
            label: "Biology".to_owned(),
            line: None,
            payload: JobPayload::kept(payload),
        }
    }

    #[test]
    fn what_ends_alike_ends_as_each_would_that_is_decided() {
        let record: Record<'_> = serde_json::from_str(
            r#"["m1",null,"u1","vc","Biology",null,"2026-11-23T14:05:00Z",45,1,30,true,false,null,null]"#,
        )
        .unwrap();
        for (again, revision) in [(false, 1), (true, 1), (false, u32::MAX)] {
            let decided = exported(&item("m1", record.written().line(revision)), again);
            let Decision::Done { status, code, error, result, remember } = decided else { panic!("{decided:?}") };
            let end = common_end(again);
            assert_eq!((status, code, error), (end.status, None::<Code>, None));
            let [head, between, tail] = end.result;
            assert_eq!(result, Some(format!("{head}m1{between}{revision}{tail}")));
            assert_eq!(remember.is_some(), end.facts.is_some());
            let Some(Remember::Made { identity, resource, content, facts }) = remember else { continue };
            assert_eq!((identity.as_str(), resource.as_str(), content), ("m1", "m1", record.written().digest()));
            assert_eq!(Some(facts), end.facts.map(|[head, tail]| format!("{head}{revision}{tail}")));
        }
    }

    #[test]
    fn what_cannot_be_read_is_no_export() {
        for payload in ["", "{\"v\":2}", "{\"v\":2,\"line\":[1,[\"m1\"]]}"] {
            let decided = exported(&item("m1", payload.to_owned()), false);
            assert!(matches!(decided, Decision::Done { status: Status::Failed, .. }), "{payload}: {decided:?}");
        }
    }
}
