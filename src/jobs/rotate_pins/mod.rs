//! Rotates the PINs of permanent rooms: each room's PINs are reset once in a run, whatever crashes, and its owner
//! is told those that were read back.

mod finish;
mod in_use;
mod preflight;
mod session;
mod sheet;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, StreamExt, TryStreamExt};

use self::preflight::without_address;
use self::session::{Owner, RESETTING, RotateSession, planned_change};
use crate::api::Client;
use crate::config::{self, Config, JobSettings};
use crate::engine::{
    Decision, Expected, Finished, Job, Look, Notice, Plan, PlanError, Refusal, RequestOutcome, Requests, RunInfo,
    Session, Tools, Trouble, Work,
};
use crate::jobs::rooms::{RoomResult, forecast, lease_of};
use crate::jobs::{AT_ONCE, Kind, MailCheck, Owners, Takes, Workshop, rooms};
use crate::model::{Counts, JobKind, JobPayload, Noun, OpenItem, Pins, RunId, SettlingItem, Status};
use crate::table::{Recoded, Unused};

/// The configuration of a job of this kind, in the job's own form.
#[derive(Debug, Clone)]
pub struct RotateSettings {
    /// The keys of its own.
    pub own: config::RotatePins,
    /// The place of a sheet that cannot go where it should.
    pub fallback: PathBuf,
}

/// The work of a job of this kind.
#[derive(Debug)]
pub struct RotatePins {
    settings: RotateSettings,
    client: Client,
    mail: Option<Arc<dyn MailCheck>>,
}

impl RotatePins {
    /// Sends through `client`, for the application type that is meant; `mail` tells before the first reset whether owners can
    /// be mailed.
    #[must_use]
    pub fn new(settings: RotateSettings, client: Client, mail: Option<Arc<dyn MailCheck>>) -> Self {
        Self { settings, client, mail }
    }
}

impl Work for RotatePins {
    fn session<'a>(
        &'a self,
        job: &'a Job,
        run: RunInfo,
        tools: Tools,
    ) -> BoxFuture<'a, Result<Box<dyn Session>, Refusal>> {
        let zone = job.policy.zone.clone();
        let (settings, mail) = (self.settings.clone(), self.mail.clone());
        let session = RotateSession::new(job.name.clone(), settings, zone, &self.client, mail, run, tools);
        std::future::ready(Ok(Box::new(session) as Box<dyn Session>)).boxed()
    }
}

impl Session for RotateSession {
    fn plan<'a>(&'a self, to: &'a mut dyn Plan) -> BoxFuture<'a, Result<String, PlanError>> {
        self.plan_rooms(to).boxed()
    }

    fn forecast(&self) -> BoxFuture<'_, Option<Expected>> {
        let of = (&self.tools.recall, &self.name, self.run.key);
        async move { Some(forecast(&self.settings.own.rooms, &self.sending, of, RESETTING).await) }.boxed()
    }

    fn expected(&self, sends: Option<u64>) -> Option<Expected> {
        let (sent, changes) = *self.planned.get()?;
        // A dry run has asked already which rooms are in use.
        let in_use = u64::from(self.settings.own.skip_busy && changes > 0 && sends.is_none());
        let all = sent + in_use + sends.unwrap_or(changes) * u64::from(RESETTING);
        Some(Expected::new(all, Some(all), self.sending.rate()))
    }

    fn may_change(&self, _: &OpenItem) -> bool {
        true
    }

    fn decide<'a>(&'a self, items: &'a [OpenItem]) -> BoxFuture<'a, Result<Vec<Decision>, Trouble>> {
        let deciding: Vec<_> = items.iter().map(|item| self.decide_one(item).boxed()).collect();
        stream::iter(deciding).buffered(AT_ONCE).try_collect().boxed()
    }

    fn planned(&self) {}

    fn finish<'a>(&'a self, counts: &'a Counts) -> BoxFuture<'a, Finished> {
        finish::finish(self, counts).boxed()
    }

    fn requests(&self) -> &dyn Requests {
        self
    }
}

impl Requests for RotateSession {
    fn lease(&self, item: &OpenItem) -> Option<String> {
        planned_change(item).map(|(place, ..)| lease_of(&place.room))
    }

    fn attempt<'a>(&'a self, item: &'a OpenItem, request: &'a JobPayload) -> BoxFuture<'a, RequestOutcome> {
        self.reset(item, request).boxed()
    }

    fn look<'a>(&'a self, items: &'a [SettlingItem]) -> BoxFuture<'a, Vec<Look>> {
        let looking: Vec<_> = items.iter().map(|item| self.look_one(item).boxed()).collect();
        stream::iter(looking).buffered(AT_ONCE).collect().boxed()
    }

    fn absences(&self, _: &OpenItem) -> u32 {
        // PINs reset twice lock out a person who was told the first ones.
        2
    }

    fn notice(&self, item: &OpenItem, status: Status, result: Option<&str>, pins: &Pins) -> Option<Notice> {
        if status != Status::Reset || !self.settings.own.notify_owners {
            return None;
        }
        let (place, change, Owner { email, name }) = planned_change(item)?;
        let result = RoomResult::read(result);
        let only = |is_wanted, pin: &Option<crate::model::Pin>| pin.clone().filter(|_| is_wanted);
        Some(Notice {
            to: Some(email).filter(|email| !email.is_empty())?,
            owner: name,
            room: place.room,
            room_name: result.room_name.unwrap_or_default(),
            direct_url: result.direct_url,
            pins: Pins {
                moderator: only(change.pins.moderator, &pins.moderator),
                participant: only(change.pins.participant, &pins.participant),
            },
            at: self.tools.clock.now(),
            zone: self.zone.clone(),
        })
    }

    fn recheck<'a>(&'a self, _: &'a [OpenItem]) -> BoxFuture<'a, Vec<String>> {
        std::future::ready(Vec::new()).boxed()
    }
}

/// The kind: what it has to say of itself without a server.
pub(in crate::jobs) struct PinRotations;

impl Kind for PinRotations {
    fn name(&self) -> JobKind {
        JobKind::ROTATE_PINS
    }

    fn items(&self) -> Noun {
        rooms::NOUN
    }

    fn work(&self, workshop: &Workshop, config: &Config, job: &config::Job) -> Option<Box<dyn Work>> {
        let settings = RotateSettings { own: own(job)?.clone(), fallback: config.state.directory.join("results") };
        Some(Box::new(RotatePins::new(settings, workshop.client(job), workshop.mail_check())))
    }

    fn try_list<'a>(&'a self, job: &'a config::Job) -> BoxFuture<'a, Result<(), Refusal>> {
        async move { if let Some(own) = own(job) { rooms::try_list(&own.rooms).await } else { Ok(()) } }.boxed()
    }

    fn owners<'a>(&'a self, job: &'a config::Job, takes: Takes) -> BoxFuture<'a, Result<Option<Owners>, Refusal>> {
        async move {
            let Some(own) = own(job).filter(|own| own.notify_owners) else { return Ok(None) };
            let found = rooms::Addressed::of(&own.rooms, takes).await?;
            let lacking = without_address(&found.lacking, found.rooms);
            Ok(Some(Owners { addresses: Box::new(found.owners.read().map_err(Refusal)?), lacking }))
        }
        .boxed()
    }

    fn places(&self, job: Option<&config::Job>, _: &str, _: RunId) -> Vec<PathBuf> {
        let sheet = job.and_then(own).and_then(|own| own.pin_sheet.as_deref());
        sheet.and_then(Path::parent).map(Path::to_owned).into_iter().collect()
    }

    fn file_of(&self, input: &str) -> Option<String> {
        rooms::list_of(input)
    }

    fn recoded(&self, input: &str) -> Option<Recoded> {
        rooms::recoded(input)
    }

    fn notes(&self, input: &str) -> Vec<String> {
        rooms::notes(input)
    }

    fn unused(&self, input: &str) -> Unused {
        rooms::unused(input).unwrap_or_default()
    }
}

fn own(job: &config::Job) -> Option<&config::RotatePins> {
    if let JobSettings::RotatePins(own) = &job.settings { Some(own) } else { None }
}
