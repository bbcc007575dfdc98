//! The kinds of job, one folder each, all of one shape. Here is the one place that knows every kind by name.

mod aside;
pub mod export_meetings;
mod failure;
mod gone;
pub mod refresh_lobby;
mod rooms;
pub mod rotate_pins;
pub mod schedule_meetings;
mod suspicion;
pub mod sync_rooms;

use std::sync::Arc;

pub use gone::Gone;
use refresh_lobby::RefreshLobby;
use rotate_pins::{Post, RotatePins};
use schedule_meetings::{Board, ScheduleMeetings, Settings};
use sync_rooms::SyncRooms;

use crate::api::{self, Client};
use crate::clock::Timestamp;
use crate::config::{self, Config, JobSettings, OnExists, OnInvalid, OnMissing};
use crate::engine::inbox::Inbox;
use crate::engine::{Job, Policy, Refusal};
use crate::model::{Column, JobKind, Limits};
use crate::table::{Layout, Recoded, Unused};

/// Questions of one page of items to the server at once: the client's own limits are below this unless somebody raised them, and
/// a list that is answered is in memory.
const AT_ONCE: usize = 32;

/// What all jobs of a process are built with.
#[derive(Debug, Clone)]
pub struct Workshop {
    client: Client,
    board: Board,
    post: Option<Arc<dyn Post>>,
}

impl Workshop {
    /// Jobs that share this client's limits.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self { client, board: Board::default(), post: None }
    }

    /// The server that its jobs speak to, by its address.
    #[must_use]
    pub fn server(&self) -> &str {
        self.client.server()
    }

    /// The same after the configuration was read anew: runs that go on still hear of each other's writes, and share the
    /// limits on requests where those did not change.
    pub fn renewed(&self, settings: &api::Settings) -> Result<Self, api::BuildError> {
        Ok(Self { client: self.client.renewed(settings)?, ..self.clone() })
    }

    /// The same for jobs that can find out whether mail can be sent. Without, they take it that it can.
    #[must_use]
    pub fn with_post(self, post: Arc<dyn Post>) -> Self {
        Self { post: Some(post), ..self }
    }

    /// Builds a configured job.
    #[must_use]
    pub fn build(&self, config: &Config, job: &config::Job) -> Arc<dyn Job> {
        let client = self.client.for_app(job.app_type);
        match &job.settings {
            JobSettings::ScheduleMeetings(own) => Arc::new(ScheduleMeetings::new(
                job.name.clone(),
                job.was.clone(),
                policy(config, job),
                settings(config, job, own),
                client,
                self.board.clone(),
            )),
            JobSettings::RotatePins(own) => Arc::new(RotatePins::new(
                job.name.clone(),
                job.was.clone(),
                policy(config, job),
                rotate_pins::Settings { own: own.as_ref().clone(), fallback: config.state.directory.join("results") },
                client,
                self.post.clone(),
            )),
            JobSettings::SyncRooms(own) => Arc::new(SyncRooms::new(
                job.name.clone(),
                job.was.clone(),
                policy(config, job),
                own.as_ref().clone(),
                client,
            )),
            JobSettings::RefreshLobby(own) => Arc::new(RefreshLobby::new(
                job.name.clone(),
                job.was.clone(),
                policy(config, job),
                own.as_ref().clone(),
                client,
            )),
            JobSettings::ExportMeetings(own) => Arc::new(export_meetings::ExportMeetings::new(
                job.name.clone(),
                job.was.clone(),
                policy(config, job),
                export_meetings::Settings::of(job, own),
                client,
            )),
        }
    }
}

/// The job's drop folder, if it has one.
#[must_use]
pub fn inbox(job: &config::Job) -> Option<Inbox> {
    match &job.settings {
        JobSettings::ScheduleMeetings(own) => own.inbox.as_ref().map(|path| Inbox {
            path: path.clone(),
            settle: own.settle,
            poll: own.poll,
            writing_timeout: own.writing_timeout,
            keep_files: own.keep_files,
        }),
        JobSettings::RotatePins(_)
        | JobSettings::RefreshLobby(_)
        | JobSettings::ExportMeetings(_)
        | JobSettings::SyncRooms(_) => None,
    }
}

/// The name of the file that a run worked on, by its own account of it.
#[must_use]
pub fn file_of(kind: JobKind, input: &str) -> Option<String> {
    match kind {
        JobKind::ScheduleMeetings => {
            schedule_meetings::Input::read(input).ok().filter(|input| !input.is_nothing()).map(|input| input.name)
        }
        JobKind::RotatePins | JobKind::SyncRooms => rooms::list_of(input),
        JobKind::RefreshLobby | JobKind::ExportMeetings => None,
    }
}

/// How the file that a run worked on was read, where it was not UTF-8.
#[must_use]
pub fn recoded(kind: JobKind, input: &str) -> Option<Recoded> {
    match kind {
        JobKind::ScheduleMeetings => schedule_meetings::Input::read(input).ok()?.recoded,
        JobKind::RotatePins | JobKind::SyncRooms => rooms::recoded(input),
        JobKind::RefreshLobby | JobKind::ExportMeetings => None,
    }
}

/// The headings of the file that a run worked on that nothing was read from.
#[must_use]
pub fn unused(kind: JobKind, input: &str) -> Unused {
    let found = match kind {
        JobKind::ScheduleMeetings => schedule_meetings::Input::read(input).ok().map(|input| input.unused),
        JobKind::RotatePins | JobKind::SyncRooms => rooms::unused(input),
        JobKind::RefreshLobby | JobKind::ExportMeetings => None,
    };
    found.unwrap_or_default()
}

/// What there is to know of the file that a run worked on, besides its encoding, though nothing of it failed.
#[must_use]
pub fn notes(kind: JobKind, input: &str) -> Vec<String> {
    let mut notes: Vec<_> = unused(kind, input).note().into_iter().collect();
    if kind == JobKind::ScheduleMeetings {
        notes.extend(schedule_meetings::Input::read(input).ok().and_then(|input| input.early.note()));
    }
    notes
}

/// All that there is to say of the file that a run worked on, each a sentence: its encoding, headings that are not used, and the rest.
#[must_use]
pub fn remarks(kind: JobKind, input: &str) -> Vec<String> {
    let recoded = recoded(kind, input).map(|recoded| recoded.told());
    recoded.into_iter().chain(unused(kind, input).warnings()).chain(notes(kind, input)).collect()
}

/// Whether the dropped file that a run worked on, by its own account, is another now than the one that was read.
#[must_use]
pub fn has_changed(kind: JobKind, input: &str) -> bool {
    match kind {
        JobKind::ScheduleMeetings => schedule_meetings::Input::read(input).is_ok_and(|input| input.has_changed()),
        JobKind::RotatePins | JobKind::SyncRooms | JobKind::RefreshLobby | JobKind::ExportMeetings => false,
    }
}

/// How many bytes of a dropped file a run has read, by its own account; `None` where it read none to its end.
#[must_use]
pub fn length_read(kind: JobKind, input: &str) -> Option<u64> {
    match kind {
        JobKind::ScheduleMeetings => schedule_meetings::Input::read(input).ok()?.read.map(|read| read.length),
        JobKind::RotatePins | JobKind::SyncRooms | JobKind::RefreshLobby | JobKind::ExportMeetings => None,
    }
}

/// The account with which a run begins that works on no file; with `again` one that does anew what earlier runs did, `None`
/// for a kind that has no such thing.
#[must_use]
pub fn account(kind: JobKind, again: bool) -> Option<String> {
    match (again, kind) {
        (false, _) => Some(String::new()),
        (true, JobKind::ExportMeetings) => Some(export_meetings::Input::new(true).write()),
        (true, _) => None,
    }
}

/// The account with which a run begins that repeats one of this account, for the kinds that work on no file.
#[must_use]
pub fn repeated(kind: JobKind, input: &str) -> String {
    match kind {
        JobKind::ExportMeetings if export_meetings::Input::read(input).is_ok_and(|input| input.again) => {
            account(kind, true).unwrap_or_default()
        }
        _ => String::new(),
    }
}

/// When a thing that a job made is over, by the job kind's own account of it; `None` where it counts for ever.
#[must_use]
pub fn over(kind: JobKind, facts: &str) -> Option<Timestamp> {
    match kind {
        JobKind::ScheduleMeetings => schedule_meetings::over(facts),
        JobKind::RotatePins | JobKind::RefreshLobby | JobKind::ExportMeetings | JobKind::SyncRooms => None,
    }
}

/// Whether the list that names the job's rooms can be read, as far as its beginning tells.
pub async fn try_list(job: &config::Job) -> Result<(), Refusal> {
    match &job.settings {
        JobSettings::RotatePins(own) => rooms::try_list(&own.rooms).await,
        JobSettings::SyncRooms(own) => rooms::try_list(&own.rooms).await,
        JobSettings::ScheduleMeetings(_) | JobSettings::RefreshLobby(_) | JobSettings::ExportMeetings(_) => Ok(()),
    }
}

/// The addresses of the owners whom a job tells something, as far as its configuration names them.
pub async fn owners(job: &config::Job) -> Result<Box<dyn Iterator<Item = String> + Send>, Refusal> {
    match &job.settings {
        JobSettings::RotatePins(own) if own.notify_owners => {
            Ok(Box::new(rooms::addresses(&own.rooms).await?.read().map_err(Refusal)?))
        }
        _ => Ok(Box::new(std::iter::empty())),
    }
}

/// Bytes that a file of the job's may have; none where it takes no files.
#[must_use]
pub fn max_file_size(job: &config::Job) -> u64 {
    match &job.settings {
        JobSettings::ScheduleMeetings(own) => own.max_file_size,
        JobSettings::RotatePins(_)
        | JobSettings::RefreshLobby(_)
        | JobSettings::ExportMeetings(_)
        | JobSettings::SyncRooms(_) => 0,
    }
}

fn policy(config: &Config, job: &config::Job) -> Policy {
    Policy {
        timeout: job.timeout,
        max_items: job.max_items.map(|most| u64::from(most.get())),
        abort_after: job.abort_after.get(),
        limits: Limits { attempts: config.api.max_attempts.get(), ..Limits::default() },
        request_timeout: config.api.timeout,
        in_flight: usize::try_from(config.api.max_in_flight.get()).unwrap_or(usize::MAX),
        zone: job.timezone.clone(),
    }
}

fn settings(config: &Config, job: &config::Job, own: &config::ScheduleMeetings) -> Settings {
    let defaults = &own.defaults;
    let defaulted = [
        (Column::RoomName, defaults.room_name.is_some()),
        (Column::Duration, defaults.duration_min.is_some()),
        (Column::Moderators, defaults.moderators.is_some()),
        (Column::Participants, defaults.participants.is_some()),
    ];
    Settings {
        zone: defaults.timezone.clone().unwrap_or_else(|| job.timezone.clone()),
        layout: Layout {
            columns: own.columns.clone(),
            defaulted: defaulted.into_iter().filter_map(|(column, has)| has.then_some(column)).collect(),
            encoding: own.encoding,
        },
        defaults: defaults.clone(),
        date_formats: own.date_formats.clone(),
        reject_file: own.on_invalid == OnInvalid::RejectFile,
        create_missing: own.on_missing == OnMissing::Create,
        create_existing: own.on_exists == OnExists::Create,
        max_file_size: own.max_file_size,
        results_pins: own.results_pins,
        fallback: config.state.directory.join("results"),
    }
}
