//! Works on one run: it reads and plans, then writes, then decides, and reports in the end.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::OnceCell;

use super::input::{Input, Planned};
use super::record::{ExportPayload, Facts, UNREADABLE};
use super::target::folder_of;
use super::write::{self, take_back};
use super::{ExportSettings, plan};
use crate::api::Client;
use crate::engine::closed::{self, Access};
use crate::engine::{
    Decision, Expected, Finished, Plan, PlanError, Refusal, RunInfo, Session, Tools, Trouble, TroubleKind,
};
use crate::jobs::pages::MORE_OR_LESS;
use crate::model::{Counts, FileKind, JobName, OpenItem, Remember, Status};

/// One run's session.
pub(super) struct ExportSession {
    pub(super) name: JobName,
    pub(super) settings: Arc<ExportSettings>,
    pub(super) run: RunInfo,
    pub(super) tools: Tools,
    pub(super) client: Client,
    /// As it was when the session began: without a plan where the run was not planned yet.
    begun: Input,
    /// As it is since this session planned the run.
    planned: OnceLock<Input>,
    /// The requests that were sent by then: there are no others.
    sent: OnceLock<u64>,
    /// The path of the lines, once they are written.
    written: OnceCell<PathBuf>,
}

impl ExportSession {
    pub(super) fn new(
        name: JobName,
        settings: Arc<ExportSettings>,
        client: &Client,
        run: RunInfo,
        tools: Tools,
    ) -> Result<Self, Refusal> {
        let begun = Input::read(&run.input)
            .map_err(|error| Refusal(format!("what the run works on cannot be read from the journal: {error}")))?;
        Ok(Self {
            client: client.counting().stop_with(tools.sending.clone()),
            name,
            settings,
            run,
            tools,
            begun,
            planned: OnceLock::new(),
            sent: OnceLock::new(),
            written: OnceCell::new(),
        })
    }

    /// Returns the run's input, as far as it is known by now.
    pub(super) fn input(&self) -> &Input {
        self.planned.get().unwrap_or(&self.begun)
    }

    /// Writes the lines, unless that is done; tells in which file they are. A dry run writes nothing.
    pub(super) async fn written(&self, plan: &Planned) -> io::Result<&PathBuf> {
        self.written.get_or_try_init(|| write::write(self, plan)).await
    }
}

impl Session for ExportSession {
    fn plan<'a>(&'a self, plan: &'a mut dyn Plan) -> BoxFuture<'a, Result<String, PlanError>> {
        async move {
            let planned = plan::plan(self, plan).await?;
            self.sent.get_or_init(|| self.client.sent());
            let input = Input { plan: Some(planned), ..self.begun.clone() };
            Ok(self.planned.get_or_init(|| input).write())
        }
        .boxed()
    }

    fn forecast(&self) -> BoxFuture<'_, Option<Expected>> {
        async {
            // That nothing is known of the last run keeps no run from beginning.
            let pages = plan::pages_expected(self).await.unwrap_or_default() as u64;
            // The list grows meanwhile.
            let most = (pages > 0).then(|| pages + 2 + pages / 10);
            Some(Expected::new(pages.max(1), most, self.client.rate()))
        }
        .boxed()
    }

    fn expected(&self, sends: Option<u64>) -> Option<Expected> {
        let sent = *self.sent.get()?;
        // Pages beyond the list's end may have been given up before they left. The run reads the list again after a dry run.
        let most = if sends.is_some() { sent + MORE_OR_LESS } else { sent };
        Some(Expected::new(sent.saturating_sub(MORE_OR_LESS), Some(most), self.client.rate()))
    }

    fn planned(&self) {}

    fn may_change(&self, _: &OpenItem) -> bool {
        true
    }

    fn decide<'a>(&'a self, items: &'a [OpenItem]) -> BoxFuture<'a, Result<Vec<Decision>, Trouble>> {
        async move {
            if let Some(plan) = &self.input().plan
                && self.run.key.is_some()
                && !items.is_empty()
                && let Err(error) = self.written(plan).await
            {
                return Err(Trouble { kind: TroubleKind::Fatal, words: not_written(plan, &error) });
            }
            Ok(items.iter().map(|item| exported(item, self.begun.again)).collect())
        }
        .boxed()
    }

    fn finish<'a>(&'a self, counts: &'a Counts) -> BoxFuture<'a, Finished> {
        finish(self, counts).boxed()
    }
}

/// Returns the decision on an item whose line is in the file.
fn exported(item: &OpenItem, again: bool) -> Decision {
    let payload = item.payload.read::<ExportPayload>();
    let Some(line) = payload.as_ref().and_then(|payload| payload.line.as_ref()) else {
        return Decision::Done {
            status: Status::Failed,
            code: None,
            error: Some(UNREADABLE.to_owned()),
            result: None,
            remember: None,
        };
    };
    let meeting = &line.record.meeting_id;
    let facts = serde_json::to_string(&Facts { v: 1, revision: line.revision }).unwrap_or_default();
    Decision::Done {
        status: Status::Exported,
        code: None,
        error: None,
        result: Some(serde_json::json!({ "meeting_id": meeting.as_str(), "revision": line.revision }).to_string()),
        // An export made anew lies in a file of its own: it says nothing about the file that goes on from run to
        // run.
        remember: (!again).then(|| Remember::Made {
            identity: meeting.as_str().to_owned(),
            resource: meeting.clone(),
            content: line.record.digest(),
            facts,
        }),
    }
}

/// Reports the file, and the remarks that a person must know of it.
async fn finish(session: &ExportSession, counts: &Counts) -> Finished {
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
fn not_written(plan: &Planned, error: &io::Error) -> String {
    let path = &plan.target.path;
    let why = closed::why(error, folder_of(path), Access::Write);
    format!(
        "the export could not be written to {}: {}. Nothing counts as exported; the next run tries it all again",
        path.display(),
        why.trim_end_matches('.')
    )
}
