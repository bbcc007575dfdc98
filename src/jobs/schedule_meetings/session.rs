//! Holds the work on one run: its input, and its knowledge of the server so far.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::sync::OnceCell;

use super::identity::Sight;
use super::notebook::{Board, NotListed, Notebook, scratch};
use super::overview::{Census, Overview};
use super::planned_action::{PlannedAction, RowPayload, Target};
use super::returned::HandedInBefore;
use super::stream::Rules;
use super::zones::{ServerZones, ZoneBook};
use super::{Input, ScheduleSettings, people};
use crate::api::{Client, Disposition, Failure};
use crate::clock::Zone;
use crate::engine::{Expected, PlanError, RecordError, Refusal, RunInfo, Tools, Trouble, TroubleKind};
use crate::jobs::failure::trouble;
use crate::model::{ItemNo, JobKey, JobName, MeetingId, OpenItem, UserId};
use crate::table::{Lengths, Starts};

/// One run's session.
pub(super) struct ScheduleSession {
    pub(super) name: JobName,
    pub(super) settings: Arc<ScheduleSettings>,
    pub(super) run: RunInfo,
    pub(super) tools: Tools,
    /// As it was when the session began: without headings where the file was not read yet.
    pub(super) begun: Input,
    /// As it is known since this session read the file.
    pub(super) read: OnceLock<Input>,
    /// Takes requests back once nothing new may be sent.
    pub(super) sending: Client,
    /// Goes on asking until the program stops.
    pub(super) asking: Client,
    pub(super) notebook: Notebook,
    pub(super) zones: OnceCell<Arc<ServerZones>>,
    own: OnceCell<Option<UserId>>,
    /// The users of the file, where this session planned it.
    pub(super) census: OnceLock<Census>,
    /// The requests that are expected since the first lists were read.
    pub(super) expected: OnceLock<Expected>,
    /// The requests that were sent by the end of the plan.
    pub(super) sent_to_plan: OnceLock<u64>,
    overview: OnceCell<()>,
    job_key: OnceCell<Option<JobKey>>,
    /// The users with numbers for ids that the job has used: by the number, as they are written.
    pub(super) users: OnceCell<HashMap<String, BTreeSet<String>>>,
    /// Items whose request to make a meeting was not answered since this session began: what is new since then in their user's
    /// list is known.
    lost: Mutex<HashSet<ItemNo>>,
}

impl ScheduleSession {
    pub(super) fn new(
        name: JobName,
        settings: Arc<ScheduleSettings>,
        client: &Client,
        board: &Board,
        run: RunInfo,
        tools: Tools,
    ) -> Result<Self, Refusal> {
        let input = Input::read(&run.input)
            .map_err(|error| Refusal(format!("what the run works on cannot be read from the journal: {error}")))?;
        let notebook = board.notebook(&name);
        let client = client.counting();
        Ok(Self {
            sending: client.stop_with(tools.sending.clone()),
            asking: client.stop_with(tools.stop.clone()),
            name,
            settings,
            run,
            tools,
            begun: input,
            read: OnceLock::new(),
            notebook,
            zones: OnceCell::new(),
            own: OnceCell::new(),
            census: OnceLock::new(),
            expected: OnceLock::new(),
            sent_to_plan: OnceLock::new(),
            overview: OnceCell::new(),
            job_key: OnceCell::new(),
            users: OnceCell::new(),
            lost: Mutex::default(),
        })
    }

    /// Returns the items whose request to make a meeting was not answered.
    pub(super) fn lost(&self) -> MutexGuard<'_, HashSet<ItemNo>> {
        self.lost.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the run's input, as far as it is known by now.
    pub(super) fn input(&self) -> &Input {
        self.read.get().unwrap_or(&self.begun)
    }

    /// Returns the rules by which the rows are checked.
    pub(super) async fn rules(&self) -> Result<Rules, PlanError> {
        let zones = self.zones.get_or_try_init(|| async {
            match self.sending.timezones().await {
                Ok(reply) => Ok(Arc::new(ServerZones::new(reply.value))),
                Err(failure) => Err(in_planning(&failure, "the server's list of time zones")),
            }
        });
        let settings = &self.settings;
        let zones = Arc::clone(zones.await?);
        let zone = match &settings.defaults.timezone_id {
            Some(id) => zones.name_of(id).and_then(|name| Zone::named(&name).ok()).ok_or_else(|| {
                Refusal(format!("the server does not list the timezone_id `{id}` of the job's defaults"))
            })?,
            None => settings.zone.clone(),
        };
        let people = people::read(settings.lookup.clone()).await.map_err(|why| {
            Refusal(format!("{why}. No row was done: put the list right, and hand the file in again"))
        })?;
        let people = Arc::new(people);
        let mut starts = Starts::new(&settings.date_formats);
        starts.believe(&self.input().proofs);
        let mut lengths = Lengths::new(settings.duration_unit);
        lengths.believe(&self.input().proofs);
        Ok(Rules {
            layout: self.input().layout(&settings.layout),
            defaults: settings.defaults.clone(),
            zone,
            starts,
            lengths,
            zones,
            people,
            now: self.tools.clock.now(),
            sheet: settings.sheet.clone(),
            max_file_size: settings.max_file_size,
            before: self.handed_in_before(self.job_key().await?),
            is_dry: self.run.is_dry(),
        })
    }

    /// Returns where rows that come back are known again.
    pub(super) fn handed_in_before(&self, job: Option<JobKey>) -> HandedInBefore {
        let waits = tokio::runtime::Handle::current();
        HandedInBefore { recall: self.tools.recall.clone(), job, waits }
    }

    /// Returns the credentials' own user, told by their permanent room; `None` where they have none.
    pub(super) async fn own_user(&self) -> Result<Option<UserId>, PlanError> {
        let own = self.own.get_or_try_init(|| async {
            match self.sending.own_room().await {
                Ok(reply) => Ok(reply.value.user_id),
                Err(failure) if failure.disposition == Disposition::Final => Ok(None),
                Err(failure) => Err(in_planning(&failure, "whose credentials these are")),
            }
        });
        own.await.cloned()
    }

    /// Reads everybody's meetings, once in this session, where that is cheaper than the lists of the file's users.
    pub(super) async fn overview(&self, some: &[&UserId]) -> Result<(), Trouble> {
        let read = self.overview.get_or_try_init(|| async {
            let (scope, now) = (self.input().scope, self.tools.clock.now());
            Overview::new(&self.sending, &self.notebook, scope, self.census.get(), now).read(some).await.map(drop)
        });
        read.await.copied()
    }

    /// Takes in that the lists of so many users were read, after so many requests: the first time, that tells how long lists are.
    pub(super) fn lists_read(&self, users: u64, before: u64) {
        let Some(census) = self.census.get().filter(|_| self.run.key.is_some() && users > 0) else { return };
        self.expected.get_or_init(|| {
            let (sent, everybody) = (self.sending.sent(), self.notebook.has_everybody());
            census.expected_now(sent, (users, sent - before), everybody, self.sending.rate())
        });
    }

    /// Tells whether a run of this or another job made, changed or took away the meeting.
    pub(super) async fn is_ours(&self, meeting: &MeetingId) -> Result<bool, Trouble> {
        self.tools.recall.is_ours(meeting).await.map_err(|error| not_recalled(&error))
    }

    /// Tells whether a run of this job made or changed the meeting, or it is one that was taken away.
    pub(super) async fn is_of_this_job(&self, meeting: &MeetingId) -> Result<bool, Trouble> {
        let recall = &self.tools.recall;
        let read = async { recall.is_of_job(recall.job_key(self.run.job, &self.name).await?, meeting).await };
        read.await.map_err(|error| not_recalled(&error))
    }

    pub(super) async fn job_key(&self) -> Result<Option<JobKey>, PlanError> {
        let key = self.job_key.get_or_try_init(|| self.tools.recall.job_key(self.run.job, &self.name));
        Ok(*key.await?)
    }
}

fn not_recalled(error: &RecordError) -> Trouble {
    Trouble {
        kind: TroubleKind::Unwell,
        words: format!("what earlier runs made cannot be read from the journal: {error}"),
    }
}

/// Reads an item's payload; `None` for a payload of a version that this program does not know.
pub(super) fn payload(item: &OpenItem) -> Option<Arc<RowPayload>> {
    item.payload.read::<RowPayload>().filter(|payload| payload.v == 1)
}

/// Returns the key of a meeting that is to be made, or is looked for by what it says.
pub(super) fn make_lease(sight: &Sight<'_>) -> String {
    ["make:", &sight.minutes, "|", &sight.meeting].concat()
}

/// Returns the key of a meeting that is there.
pub(super) fn meeting_lease(meeting: &MeetingId) -> String {
    format!("meeting:{meeting}")
}

/// Returns the key of the meeting that a row wants; `None` where it wants nothing.
pub(super) fn lease(action: &PlannedAction) -> Option<String> {
    match action {
        PlannedAction::Create(create) | PlannedAction::Theirs { create, .. } => Some(create.lease().to_owned()),
        PlannedAction::Keep { meeting, .. } => Some(meeting_lease(meeting)),
        PlannedAction::Change { target, .. } | PlannedAction::Cancel { target, .. } => Some(match target {
            Target::Meeting(meeting) | Target::Named(meeting) => meeting_lease(meeting),
            Target::Key { key, .. } => make_lease(&Sight::of(key)),
        }),
        PlannedAction::Nothing => None,
    }
}

/// Translates a failure to read a user's list into trouble of the run.
pub(super) fn list_trouble(error: NotListed, user: &UserId) -> Trouble {
    match error {
        NotListed::Server(failure) => trouble(&failure, &format!("the meetings of user {user}")),
        NotListed::Scratch(error) => scratch(error),
    }
}

fn in_planning(failure: &Failure, what: &str) -> PlanError {
    let mut trouble = trouble(failure, what);
    if failure.disposition == Disposition::Final {
        trouble.kind = TroubleKind::Fatal;
    }
    PlanError::Server(trouble)
}
