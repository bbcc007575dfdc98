//! Schedules timetables: one meeting a row, scheduled, changed or cancelled, each exactly once however often its
//! file comes.

mod alike;
mod check;
mod checked_row;
mod copy;
mod create;
mod decide;
mod decision;
mod diff;
mod early;
mod facts;
mod fault;
mod find;
mod finish;
mod identity;
mod input;
mod invitees;
mod kept;
mod late;
mod length;
mod look;
mod lookalikes;
mod measured;
mod notebook;
mod noted;
mod open;
mod overview;
mod own_fields;
mod people;
mod plan;
mod planned_action;
mod preview;
mod proposal;
mod result_row;
mod results_file;
mod returned;
mod rewritten;
mod row;
mod row_plan;
mod send;
mod session;
mod settings;
mod stream;
mod timeless;
mod undone;
mod wanted_meeting;
mod when;
mod zones;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use self::copy::{copy_file, copy_rows};
use self::planned_action::PlannedAction;
use self::session::{ScheduleSession, lease, payload};
use crate::api::Client;
use crate::clock::Timestamp;
use crate::config::{self, Config, JobSettings};
use crate::engine::inbox::Inbox;
use crate::engine::{
    Decision, Expected, Finished, Job, Look, Plan, PlanError, Refusal, RequestOutcome, Requests, RunInfo, Session,
    Tools, Trouble, Work,
};
use crate::jobs::{Handed, Kind, ResultsFolder, Rewriting, Rewritten, RowsAgain, Workshop};
use crate::model::{Counts, JobKind, JobPayload, Noun, OpenItem, RunId, SettlingItem, Territory};
use crate::table::{Recoded, Sheet, Unused};

pub use check::{Checked, Checker};
pub use fault::{Fault, Faults};
pub use input::Input;
pub use measured::Extent;
pub use notebook::Board;
pub use people::People;
pub use preview::PreviewRow;
pub use proposal::Proposal;
pub use row::{Action, RowRules, TimetableRow, ZoneChoice};
pub use settings::ScheduleSettings;
pub use zones::ZoneBook;

/// The work of a job of this kind.
#[derive(Debug)]
pub struct ScheduleMeetings {
    settings: Arc<ScheduleSettings>,
    client: Client,
    board: Board,
}

impl ScheduleMeetings {
    /// Sends through `client`, for the application type that is meant; `board` is shared by all jobs of this kind.
    #[must_use]
    pub fn new(settings: ScheduleSettings, client: Client, board: Board) -> Self {
        Self { settings: Arc::new(settings), client, board }
    }
}

impl Work for ScheduleMeetings {
    fn session<'a>(
        &'a self,
        job: &'a Job,
        run: RunInfo,
        tools: Tools,
    ) -> BoxFuture<'a, Result<Box<dyn Session>, Refusal>> {
        let settings = Arc::clone(&self.settings);
        let session = ScheduleSession::new(job.name.clone(), settings, &self.client, &self.board, run, tools);
        std::future::ready(session.map(|session| Box::new(session) as Box<dyn Session>)).boxed()
    }

    fn works_on_files(&self) -> bool {
        true
    }
}

impl Session for ScheduleSession {
    fn plan<'a>(&'a self, plan: &'a mut dyn Plan) -> BoxFuture<'a, Result<String, PlanError>> {
        async move {
            let input = self.plan_file(plan).await?;
            Ok(self.read.get_or_init(|| input).write())
        }
        .boxed()
    }

    fn expected(&self, sends: Option<u64>) -> Option<Expected> {
        let (census, sent, rate) = (self.census.get()?, self.sending.sent(), self.sending.rate());
        match (self.expected.get(), sends) {
            (Some(expected), _) => Some(expected.clone()),
            (None, Some(sends)) => Some(census.foreseen(sent, sends, rate)),
            (None, None) => Some(census.expected(*self.sent_to_plan.get_or_init(|| sent), rate)),
        }
    }

    fn plan_undone<'a>(&'a self, plan: &'a mut dyn Plan, why: &'a str) -> BoxFuture<'a, Result<String, PlanError>> {
        async move {
            let input = self.leave_file_undone(plan, why).await?;
            Ok(self.read.get_or_init(|| input).write())
        }
        .boxed()
    }

    fn planned(&self) {
        if self.input().copy
            && let Err(error) = std::fs::remove_file(&self.input().file)
        {
            tracing::debug!(%error, "a copy that was read could not be removed");
        }
    }

    fn may_change(&self, item: &OpenItem) -> bool {
        !matches!(
            payload(item).as_ref().map(|payload| &payload.action),
            Some(PlannedAction::Keep { .. } | PlannedAction::Nothing)
        )
    }

    fn decide<'a>(&'a self, items: &'a [OpenItem]) -> BoxFuture<'a, Result<Vec<Decision>, Trouble>> {
        decide::decide(self, items).boxed()
    }

    fn refused(&self) -> Finished {
        finish::refused(self.input(), self.run.id)
    }

    fn finish<'a>(&'a self, counts: &'a Counts) -> BoxFuture<'a, Finished> {
        finish::finish(self, counts).boxed()
    }

    fn reread<'a>(&'a self, at: &'a Path, told: bool) -> BoxFuture<'a, Result<Option<String>, String>> {
        late::reread(self, at, told).boxed()
    }

    fn requests(&self) -> &dyn Requests {
        self
    }
}

impl Requests for ScheduleSession {
    fn lease(&self, item: &OpenItem) -> Option<String> {
        payload(item).and_then(|payload| lease(&payload.action))
    }

    fn attempt<'a>(&'a self, item: &'a OpenItem, request: &'a JobPayload) -> BoxFuture<'a, RequestOutcome> {
        send::attempt(self, item, request).boxed()
    }

    fn look<'a>(&'a self, items: &'a [SettlingItem]) -> BoxFuture<'a, Vec<Look>> {
        look::look(self, items).boxed()
    }

    fn absences(&self, item: &OpenItem) -> u32 {
        match payload(item).as_ref().map(|payload| &payload.action) {
            // A meeting made twice is worse than one made late.
            Some(PlannedAction::Create(_) | PlannedAction::Theirs { .. } | PlannedAction::Keep { .. }) | None => 2,
            Some(PlannedAction::Change { again, .. }) => 1 + u32::from(again.is_some()),
            Some(PlannedAction::Cancel { .. } | PlannedAction::Nothing) => 1,
        }
    }

    fn recheck<'a>(&'a self, items: &'a [OpenItem]) -> BoxFuture<'a, Vec<String>> {
        look::recheck(self, items).boxed()
    }
}

/// The kind: what it has to say of itself without a server.
pub(in crate::jobs) struct Timetables;

impl Kind for Timetables {
    fn name(&self) -> JobKind {
        JobKind::SCHEDULE_MEETINGS
    }

    fn items(&self) -> Noun {
        Noun { one: "row", many: "rows" }
    }

    fn work(&self, workshop: &Workshop, config: &Config, job: &config::Job) -> Option<Box<dyn Work>> {
        let settings = ScheduleSettings::of(config, job, own(job)?);
        Some(Box::new(ScheduleMeetings::new(settings, workshop.client(job), workshop.board())))
    }

    fn territory(&self) -> Territory {
        Territory::OwnThings
    }

    fn takes_files(&self) -> bool {
        true
    }

    fn inbox(&self, job: &config::Job) -> Option<Inbox> {
        let own = own(job)?;
        own.inbox.as_ref().map(|path| Inbox {
            path: path.clone(),
            settle: own.settle,
            poll: own.poll,
            writing_timeout: own.writing_timeout,
            keep_files: own.keep_files,
            shared: own.shared,
        })
    }

    fn max_file_size(&self, job: &config::Job) -> u64 {
        own(job).map_or(0, |own| own.max_file_size)
    }

    fn list_faults<'a>(&'a self, job: &'a config::Job) -> BoxFuture<'a, Vec<(String, String)>> {
        async move {
            let Some(lookup) = own(job).map(|own| own.lookup.clone()).filter(|lookup| !lookup.is_empty()) else {
                return Vec::new();
            };
            match people::read(lookup).await {
                Ok(people) => people.doubles().map(|(column, words)| (format!("lookup.{column}"), words)).collect(),
                Err(why) => vec![("lookup".to_owned(), why)],
            }
        }
        .boxed()
    }

    fn file_input(&self, file: Handed) -> Option<String> {
        Some(Input::new(&file.name, file.path, file.is_copy, file.results).write())
    }

    fn file_of(&self, input: &str) -> Option<String> {
        Input::read(input).ok().filter(|input| !input.is_nothing()).map(|input| input.name)
    }

    fn places(&self, _: Option<&config::Job>, input: &str, run: RunId) -> Vec<PathBuf> {
        Input::read(input).map(|input| input.places(run)).unwrap_or_default()
    }

    fn copy_file(&self, from: &File, max_size: u64, folder: &Path, run: RunId) -> Result<PathBuf, Refusal> {
        copy_file(from, max_size, folder, run).map_err(|error| Refusal(error.to_string()))
    }

    fn rows_again<'a>(&'a self, again: RowsAgain<'a>) -> BoxFuture<'a, Result<String, Refusal>> {
        async move {
            let RowsAgain { recall, of, input, run, copies, results } = again;
            let input = Input::read(input)
                .map_err(|error| Refusal(format!("what the run worked on cannot be read from the journal: {error}")))?;
            let copying = copy_rows(recall, of, &input, copies, run);
            let copy = copying.await.map_err(|error| Refusal(error.to_string()))?;
            let place = match (input.results.clone(), results) {
                (ResultsFolder::Folder(_), Some(folder)) => ResultsFolder::Folder(folder),
                (place @ (ResultsFolder::Inbox(_) | ResultsFolder::Folder(_)), _) => place,
            };
            Ok(input.again(copy, place).write())
        }
        .boxed()
    }

    fn rewrite<'a>(&'a self, asked: Rewriting<'a>) -> BoxFuture<'a, Result<Rewritten, Refusal>> {
        async move {
            let own = own(asked.job).ok_or_else(|| Refusal("this job reads no files".to_owned()))?;
            rewritten::write(&ScheduleSettings::of(asked.config, asked.job, own), asked).await
        }
        .boxed()
    }

    fn with_results_in(&self, input: &str, folder: &Path) -> Option<String> {
        let input = Input::read(input).ok()?;
        Some(Input { results: ResultsFolder::Folder(folder.to_owned()), ..input }.write())
    }

    fn recoded(&self, input: &str) -> Option<Recoded> {
        Input::read(input).ok()?.recoded
    }

    fn unused(&self, input: &str) -> Unused {
        Input::read(input).map(|input| input.unused).unwrap_or_default()
    }

    fn notes(&self, input: &str) -> Vec<String> {
        let Ok(input) = Input::read(input) else { return Vec::new() };
        let sheet = input.sheet.as_ref();
        let of_sheet = input.misnamed.clone().into_iter().chain(sheet.map(Sheet::notes).unwrap_or_default());
        of_sheet
            .chain(input.unused.note())
            .chain(input.notes())
            .chain(input.early.notes())
            .chain(input.note_on_strangers())
            .chain(input.timeless.note())
            .collect()
    }

    fn has_changed(&self, input: &str) -> bool {
        Input::read(input).is_ok_and(|input| input.has_changed())
    }

    fn length_read(&self, input: &str) -> Option<u64> {
        Input::read(input).ok()?.read.map(|read| read.length)
    }

    fn late_retry_name(&self, input: &str, run: RunId) -> Option<String> {
        Some(Input::read(input).ok()?.late_retry_name(run))
    }

    /// Returns when the meeting that a job remembers has ended.
    fn over(&self, facts: &str) -> Option<Timestamp> {
        serde_json::from_str::<facts::Facts>(facts).ok().map(|facts| facts.end())
    }
}

/// Reads the first rows of a file as this job would, without a server. In words, why the job would refuse the file.
pub async fn preview(
    config: &Config,
    job: &config::Job,
    file: File,
    now: Timestamp,
    most: usize,
) -> Result<Vec<PreviewRow>, String> {
    let own = own(job).ok_or("this job reads no files")?;
    preview::rows(ScheduleSettings::of(config, job, own), file, now, most).await
}

fn own(job: &config::Job) -> Option<&config::ScheduleMeetings> {
    if let JobSettings::ScheduleMeetings(own) = &job.settings { Some(own) } else { None }
}
