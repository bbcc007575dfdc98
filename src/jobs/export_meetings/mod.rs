//! Exports meetings: every meeting that took place becomes a line of a file, once over all runs, and once more for
//! each change.

mod content;
mod draft;
mod finish;
mod input;
mod line;
mod made;
mod plan;
mod read;
mod record;
mod resaved;
mod session;
mod target;
mod write;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use self::session::ExportSession;
use crate::api::Client;
use crate::clock::Zone;
use crate::config::{self, Config, ExportFormat, ExportPath, JobSettings};
use crate::engine::{
    Decision, Expected, Finished, Job, Plan, PlanError, Refusal, RunInfo, Session, Tools, Trouble, TroubleKind, Work,
};
use crate::jobs::pages::MORE_OR_LESS;
use crate::jobs::{Kind, Workshop};
use crate::model::{
    AppType, CommonEnd, Counts, Digest, JobKind, NamePattern, Noun, OpenItem, RunId, Territory, UserId,
};

pub use input::Input;

/// The work of a job of this kind.
#[derive(Debug)]
pub struct ExportMeetings {
    settings: Arc<ExportSettings>,
    client: Client,
}

impl ExportMeetings {
    /// Reads through `client`, for the application type that is meant.
    #[must_use]
    pub fn new(settings: ExportSettings, client: Client) -> Self {
        Self { settings: Arc::new(settings), client }
    }
}

impl Work for ExportMeetings {
    fn session<'a>(
        &'a self,
        job: &'a Job,
        run: RunInfo,
        tools: Tools,
    ) -> BoxFuture<'a, Result<Box<dyn Session>, Refusal>> {
        let session = ExportSession::new(job.name.clone(), Arc::clone(&self.settings), &self.client, run, tools);
        std::future::ready(session.map(|session| Box::new(session) as Box<dyn Session>)).boxed()
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
            // A run begins also where nothing is known of the last one.
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
                && let Err(error) = write::written(self, plan).await
            {
                return Err(Trouble { kind: TroubleKind::Fatal, words: finish::not_written(plan, &error) });
            }
            Ok(items.iter().map(|item| finish::exported(item, self.begun.again)).collect())
        }
        .boxed()
    }

    fn common_end(&self) -> Option<CommonEnd> {
        Some(finish::common_end(self.begun.again))
    }

    fn finish<'a>(&'a self, counts: &'a Counts) -> BoxFuture<'a, Finished> {
        finish::finish(self, counts).boxed()
    }
}

/// The kind: what it has to say of itself without a server.
pub(in crate::jobs) struct Exports;

impl Kind for Exports {
    fn name(&self) -> JobKind {
        JobKind::EXPORT_MEETINGS
    }

    fn territory(&self) -> Territory {
        Territory::ReadsOnly
    }

    fn items(&self) -> Noun {
        Noun { one: "meeting", many: "meetings" }
    }

    fn places(&self, _: Option<&config::Job>, input: &str, _: RunId) -> Vec<PathBuf> {
        let planned = Input::read(input).ok().and_then(|input| input.plan);
        planned.map(|plan| plan.target.path).into_iter().collect()
    }

    fn work(&self, workshop: &Workshop, _: &Config, job: &config::Job) -> Option<Box<dyn Work>> {
        let JobSettings::ExportMeetings(own) = &job.settings else { return None };
        Some(Box::new(ExportMeetings::new(ExportSettings::of(job, own), workshop.client(job))))
    }

    fn input(&self, again: bool) -> Option<String> {
        Some(if again { Input::new(true).write() } else { String::new() })
    }

    fn repeated(&self, input: &str) -> String {
        let again = Input::read(input).is_ok_and(|input| input.again);
        self.input(again).unwrap_or_default()
    }
}

/// A job's own settings.
#[derive(Debug, Clone)]
pub struct ExportSettings {
    /// The zone of the day in the file's name.
    pub zone: Zone,
    /// The file.
    pub path: ExportPath,
    /// The format of the lines.
    pub format: ExportFormat,
    /// Only meetings with such a title.
    pub room_name: NamePattern,
    /// Only meetings of these users; empty: of all.
    pub user_ids: Vec<UserId>,
    /// The product whose meetings are exported.
    pub app_type: AppType,
    /// True when PINs are written, too.
    pub include_pins: bool,
    /// For how long an exported meeting is looked at again.
    pub look_back: Duration,
}

impl ExportSettings {
    /// Returns the settings of a configured job.
    #[must_use]
    pub fn of(job: &config::Job, own: &config::ExportMeetings) -> Self {
        Self {
            zone: job.timezone.clone(),
            path: own.path.clone(),
            format: own.format,
            room_name: own.room_name.clone(),
            user_ids: own.user_ids.clone(),
            app_type: job.app_type,
            include_pins: own.include_pins,
            look_back: own.look_back,
        }
    }

    /// Returns a fingerprint of the choice of meetings, and of its period: the meetings that one run has seen say nothing
    /// about the meetings of another choice.
    pub(super) fn choice(&self) -> String {
        let users: Vec<_> = self.user_ids.iter().map(UserId::as_str).collect();
        let text = format!(
            "{}\n{}\n{}\n{}",
            self.app_type.as_str(),
            self.look_back.as_millis(),
            self.room_name,
            users.join("\n")
        );
        Digest::of(text.as_bytes()).to_string()
    }
}
