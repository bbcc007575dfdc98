//! Works on one run: finds the rooms that drift, sends the changes to each, settles their outcomes, and reports on them.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use serde::{Deserialize, Serialize};

use super::differ::{Field, changes, differing, overlaid};
use crate::api::Client;
use crate::config;
use crate::engine::{
    Decision, Expected, Finished, Look, OutcomeKind, Plan, PlanError, RequestOutcome, Requests, RunInfo, Session,
    Tools, Trouble,
};
use crate::jobs::AT_ONCE;
use crate::jobs::failure::{answer, failed, record, trouble, untold};
use crate::jobs::rooms::{
    Decided, Finder, FoundRoom, Missing, Owners, Planner, RoomAddress, RoomResult, forecast, lease_of, payload, plan,
    read,
};
use crate::jobs::suspicion::{half_gone, nothing_found, previous_total};
use crate::model::{
    Counts, ItemFilter, ItemView, JobName, JobPayload, OpenItem, Pins, RoomChange, SettlingItem, State, Status,
};

/// Rooms whose changes the mail tells one by one.
const TOLD: u64 = 8;

/// One run's session.
pub(super) struct SyncSession {
    pub(super) name: JobName,
    pub(super) settings: config::SyncRooms,
    pub(super) run: RunInfo,
    pub(super) tools: Tools,
    finder: Finder,
    /// The requests that were sent when the plan was made, and the rooms that it is to change.
    planned: OnceLock<(u64, u64)>,
    /// Takes requests back once nothing new may be sent.
    sending: Client,
    /// Goes on asking until the program stops.
    asking: Client,
}

/// The request of an item: what is sent, and the old and the new of each field.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Request {
    change: RoomChange,
    changes: BTreeMap<String, [Option<String>; 2]>,
}

impl SyncSession {
    pub(super) fn new(name: JobName, settings: config::SyncRooms, client: &Client, run: RunInfo, tools: Tools) -> Self {
        let client = client.counting();
        let sending = client.stop_with(tools.sending.clone());
        let owners = Owners::new(tools.recall.clone(), name.clone(), run.key);
        Self {
            finder: Finder::new(sending.clone(), run.key.is_none(), owners),
            asking: client.stop_with(tools.stop.clone()),
            sending,
            planned: OnceLock::new(),
            name,
            settings,
            run,
            tools,
        }
    }

    async fn decide_one(&self, item: &OpenItem) -> Result<Decision, Trouble> {
        let Some((place, wanted)) = planned_change(item) else { return Ok(done(Status::Failed, LATER_VERSION)) };
        let room = match self.finder.recent(&place, item) {
            Some(room) => room,
            None => match read(&self.sending, &place).await {
                Ok(Ok(room)) => room,
                Ok(Err(missing)) => return Ok(gone(&missing)),
                Err(failure) => return Err(trouble(&failure, &format!("room {}", place.room))),
            },
        };
        let (change, fields) = differing(&wanted, &room);
        if fields.is_empty() {
            // The server has it so already: by an earlier request of this job, or by a person's hand.
            let status = if item.life.attempts > 0 { Status::Updated } else { Status::Unchanged };
            return Ok(finished(status, &RoomResult::of(&place, &room)));
        }
        let request = JobPayload::of(Request { change, changes: changes(&fields) });
        Ok(Decision::Send {
            before: Some(request.text().to_owned()),
            request,
            target: lease_of(&place.room),
            would: Status::Updated,
            changes: fields.into_iter().map(|Field { name, is, wanted }| (name.to_owned(), is, Some(wanted))).collect(),
        })
    }

    async fn send(&self, item: &OpenItem, request: &JobPayload) -> RequestOutcome {
        let (Some((place, wanted)), Some(request)) = (planned_change(item), request.read::<Request>()) else {
            return RequestOutcome { error: Some(LATER_VERSION.to_owned()), ..answer(OutcomeKind::Refused) };
        };
        let at = self.tools.clock.now();
        let reply = match self.sending.update_room(&place.room, &request.change).await {
            Ok(reply) => reply,
            Err(failure) => return failed(failure, at),
        };
        let attempt = Some(record(at, reply.attempt, None));
        // If the reply does not tell a setting, or tells it otherwise, the room is read.
        let told = match reply.value.filter(|room| differing(&wanted, room).1.is_empty()) {
            Some(room) => room,
            None => match read(&self.asking, &place).await {
                Ok(Ok(room)) => room,
                Ok(Err(missing)) => {
                    return RequestOutcome {
                        attempt,
                        error: Some(missing.words().to_owned()),
                        ..answer(OutcomeKind::Refused)
                    };
                }
                Err(failure) => {
                    let words = format!("sent, but the room could not be read afterwards: {}", failure.words);
                    return RequestOutcome { attempt, error: Some(words), ..answer(OutcomeKind::Unanswered) };
                }
            },
        };
        let (_, left) = differing(&wanted, &told);
        if let Some(first) = left.first() {
            let is = first.is.as_deref().unwrap_or("not told");
            let words = format!(
                "the server says that it changed the room, and {} is {is} all the same, not {}",
                first.name, first.wanted
            );
            return RequestOutcome { attempt, error: Some(words), ..answer(OutcomeKind::Refused) };
        }
        let result = RoomResult { changes: request.changes.clone(), ..RoomResult::of(&place, &told) };
        RequestOutcome { attempt, result: Some(result.write()), ..answer(OutcomeKind::Done(Status::Updated)) }
    }

    async fn look_one(&self, settling: &SettlingItem) -> Look {
        let Some((place, wanted)) = planned_change(&settling.item) else {
            return Look::Unclear(LATER_VERSION.to_owned());
        };
        match read(&self.asking.hasty(), &place).await {
            Ok(Ok(room)) if differing(&wanted, &room).1.is_empty() => {
                let sent = settling.before.as_deref().and_then(|text| serde_json::from_str::<Request>(text).ok());
                let changes = sent.unwrap_or_default().changes;
                let result = RoomResult { changes, ..RoomResult::of(&place, &room) };
                Look::Found {
                    status: Status::Updated,
                    result: Some(result.write()),
                    pins: Pins::default(),
                    remember: None,
                }
            }
            // Deciding it again tells what is left to do, or that the room is gone.
            Ok(_) => Look::Absent,
            Err(failure) => untold(&failure),
        }
    }
}

impl Session for SyncSession {
    fn plan<'a>(&'a self, to: &'a mut dyn Plan) -> BoxFuture<'a, Result<String, PlanError>> {
        async move {
            let mut policy = Policy { set: &self.settings.set };
            let rooms = &self.settings.rooms;
            let input = plan(rooms, &self.finder, &self.run, &self.tools, to, &mut policy).await?;
            self.planned.get_or_init(|| self.finder.planned());
            Ok(input)
        }
        .boxed()
    }

    fn forecast(&self) -> BoxFuture<'_, Option<Expected>> {
        let of = (&self.tools.recall, &self.name, self.run.key);
        async move { Some(forecast(&self.settings.rooms, &self.sending, of, 1).await) }.boxed()
    }

    fn expected(&self, sends: Option<u64>) -> Option<Expected> {
        let (sent, changes) = *self.planned.get()?;
        let all = sent + sends.unwrap_or(changes);
        Some(Expected::new(all, Some(all), self.sending.rate()))
    }

    fn may_change(&self, _: &OpenItem) -> bool {
        // Rooms that are as they should be are over with the plan.
        true
    }

    fn decide<'a>(&'a self, items: &'a [OpenItem]) -> BoxFuture<'a, Result<Vec<Decision>, Trouble>> {
        let deciding: Vec<_> = items.iter().map(|item| self.decide_one(item).boxed()).collect();
        stream::iter(deciding).buffered(AT_ONCE).try_collect().boxed()
    }

    fn planned(&self) {}

    fn finish<'a>(&'a self, counts: &'a Counts) -> BoxFuture<'a, Finished> {
        finish(self, counts).boxed()
    }

    fn requests(&self) -> &dyn Requests {
        self
    }
}

impl Requests for SyncSession {
    fn lease(&self, item: &OpenItem) -> Option<String> {
        planned_change(item).map(|(place, _)| lease_of(&place.room))
    }

    fn attempt<'a>(&'a self, item: &'a OpenItem, request: &'a JobPayload) -> BoxFuture<'a, RequestOutcome> {
        self.send(item, request).boxed()
    }

    fn look<'a>(&'a self, items: &'a [SettlingItem]) -> BoxFuture<'a, Vec<Look>> {
        let looking: Vec<_> = items.iter().map(|item| self.look_one(item).boxed()).collect();
        stream::iter(looking).buffered(AT_ONCE).collect().boxed()
    }

    fn absences(&self, _: &OpenItem) -> u32 {
        // To say twice what a room is to be does no harm.
        1
    }

    fn recheck<'a>(&'a self, _: &'a [OpenItem]) -> BoxFuture<'a, Vec<String>> {
        std::future::ready(Vec::new()).boxed()
    }
}

/// The plan: a pure function of what is wanted and what is there.
struct Policy<'a> {
    set: &'a RoomChange,
}

impl Planner for Policy<'_> {
    type Desired = RoomChange;

    fn meaning(&mut self, found: &FoundRoom) -> Result<RoomChange, Box<Decided>> {
        let FoundRoom { row, place, room } = found;
        if !row.change_faults.is_empty() {
            let error = Some(row.change_faults.join("; "));
            return Err(Box::new(Decided { status: Status::Invalid, error, result: RoomResult::default() }));
        }
        let wanted = overlaid(self.set, &row.change);
        if differing(&wanted, room).1.is_empty() {
            return Err(Box::new(Decided {
                status: Status::Unchanged,
                error: None,
                result: RoomResult::of(place, room),
            }));
        }
        Ok(wanted)
    }
}

const LATER_VERSION: &str = "this item was journaled by a later version of roomkeeper";

/// Returns the room, and its wanted settings.
fn planned_change(item: &OpenItem) -> Option<(RoomAddress, RoomChange)> {
    let payload = payload::<RoomChange>(item)?;
    payload.place.clone().zip(payload.change.clone())
}

fn gone(missing: &Missing) -> Decision {
    let result = match missing {
        Missing::Gone(_) => Some(RoomResult::gone().write()),
        Missing::Wrong(_) | Missing::Refused(..) => None,
    };
    let error = Some(missing.words().to_owned());
    Decision::Done { status: Status::Failed, code: None, error, result, remember: None }
}

fn finished(status: Status, result: &RoomResult) -> Decision {
    Decision::Done { status, code: None, error: None, result: Some(result.write()), remember: None }
}

fn done(status: Status, words: &str) -> Decision {
    Decision::Done { status, code: None, error: Some(words.to_owned()), result: None, remember: None }
}

/// Reports on a run for the mail: which fields had which values before, and whether it all looks right.
async fn finish(session: &SyncSession, counts: &Counts) -> Finished {
    let mut finished = Finished::default();
    match gone_and_changed(session, &mut finished.notes).await {
        Ok(gone) => finished.warnings.extend(half_gone(gone, counts.total(), "rooms")),
        Err(why) => finished.notes.push(format!("What was changed could not be read from the journal: {why}.")),
    }
    match previous_total(&session.tools.recall, &session.name, session.run.key).await {
        Ok(previous) => finished.warnings.extend(nothing_found(previous, counts.total(), "rooms")),
        Err(error) => tracing::warn!(%error, "the last run's findings could not be read"),
    }
    finished
}

/// Notes the first rooms' changes; tells how many rooms are gone.
async fn gone_and_changed(session: &SyncSession, notes: &mut Vec<String>) -> Result<u64, String> {
    let Some(run) = session.run.key else { return Ok(0) };
    let (mut gone, mut changed) = (0, 0);
    let mut pages = session.tools.recall.items(run, ItemFilter::All);
    while let Some(page) = pages.next().await.map_err(|error| error.to_string())? {
        for item in &page {
            let result = RoomResult::read(item.result.as_deref());
            gone += u64::from(result.gone);
            if item.state == State::Done(Status::Updated) {
                changed += 1;
                if changed <= TOLD {
                    notes.push(told(item, &result));
                }
            }
        }
    }
    if changed > TOLD {
        let more = changed - TOLD;
        notes.push(format!(
            "and {more} more rooms changed; `roomkeeper show {}` tells old and new of each",
            session.run.id.short()
        ));
    }
    Ok(gone)
}

fn told(item: &ItemView, result: &RoomResult) -> String {
    let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "not told".to_owned());
    let fields: Vec<_> = result
        .changes
        .iter()
        .map(|(field, [old, new])| format!("{field} was {}, is {}", value(old), value(new)))
        .collect();
    if fields.is_empty() {
        format!("{}: made right", item.label)
    } else {
        format!("{}: {}", item.label, fields.join("; "))
    }
}
