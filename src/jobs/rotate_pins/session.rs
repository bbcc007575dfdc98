//! Works on one run: resets the PINs of rooms, and makes certain which PINs they have afterwards.

use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

use super::RotateSettings;
use super::in_use::{InUse, Use};
use crate::api::{Client, Failure};
use crate::clock::Zone;
use crate::engine::{Decision, Look, OutcomeKind, RequestOutcome, RunInfo, Tools, Trouble};
use crate::jobs::MailCheck;
use crate::jobs::failure::{answer, failed, record, trouble, untold};
use crate::jobs::rooms::{
    Finder, Missing, Owners, RoomAddress, RoomPayload, RoomResult, json, lease_of, payload, read,
};
use crate::model::{JobName, JobPayload, OpenItem, PinPrinter, PinPrints, PinSelection, Room, SettlingItem, Status};

/// Requests for a room whose PINs are reset, besides the one that reads it before: the reset, and one that reads the new PINs.
pub(super) const RESETTING: u32 = 2;

/// One run's session.
pub(super) struct RotateSession {
    pub(super) name: JobName,
    pub(super) settings: RotateSettings,
    pub(super) zone: Zone,
    pub(super) run: RunInfo,
    pub(super) tools: Tools,
    pub(super) mail: Option<Arc<dyn MailCheck>>,
    pub(super) printer: PinPrinter,
    pub(super) finder: Finder,
    in_use: InUse,
    /// The requests that were sent when the plan was made, and the rooms whose PINs it is to reset.
    pub(super) planned: OnceLock<(u64, u64)>,
    /// Takes requests back once nothing new may be sent.
    pub(super) sending: Client,
    /// Goes on asking until the program stops.
    asking: Client,
}

/// The change of a room.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct PinReset {
    /// The PINs to be reset.
    pub(super) pins: PinSelection,
    /// The prints of the PINs when the run was planned.
    pub(super) prints: PinPrints,
}

impl RotateSession {
    pub(super) fn new(
        name: JobName,
        settings: RotateSettings,
        zone: Zone,
        client: &Client,
        mail: Option<Arc<dyn MailCheck>>,
        run: RunInfo,
        tools: Tools,
    ) -> Self {
        let client = client.counting();
        let sending = client.stop_with(tools.sending.clone());
        let owners = Owners::new(tools.recall.clone(), name.clone(), run.key);
        Self {
            finder: Finder::new(sending.clone(), run.key.is_none(), owners),
            asking: client.stop_with(tools.stop.clone()),
            printer: tools.recall.printer(),
            in_use: InUse::default(),
            planned: OnceLock::new(),
            sending,
            name,
            settings,
            zone,
            run,
            tools,
            mail,
        }
    }

    /// Returns the room with its PINs, as it is now.
    async fn read(
        &self,
        client: &Client,
        place: &RoomAddress,
        which: PinSelection,
    ) -> Result<Result<Room, Missing>, Failure> {
        let found = read(client, place).await?;
        Ok(found
            .and_then(|room| if tells(&room, which) { Ok(room) } else { Err(Missing::Refused(None, PINS.to_owned())) }))
    }

    pub(super) async fn decide_one(&self, item: &OpenItem) -> Result<Decision, Trouble> {
        let Some((place, change, _)) = planned_change(item) else { return Ok(done(Status::Failed, LATER_VERSION)) };
        let room = match self.finder.recent(&place, item).filter(|room| tells(room, change.pins)) {
            Some(room) => room,
            None => match self.read(&self.sending, &place, change.pins).await {
                Ok(Ok(room)) => room,
                Ok(Err(missing)) => return Ok(done(Status::Failed, missing.words())),
                Err(failure) => return Err(trouble(&failure, &format!("room {}", place.room))),
            },
        };
        let now = self.printer.prints(&place.room, &room.pins);
        if item.life.attempts > 0 && change.prints.differ(&now, change.pins) {
            // An earlier sending has arrived after all. Another would be a second reset.
            let result = Some(RoomResult::of(&place, &room).write());
            return Ok(Decision::Late { status: Status::Reset, result, pins: room.pins });
        }
        if self.settings.own.skip_busy {
            match self.in_use.of(&self.sending, item, &place.room).await? {
                Use::Free => {}
                Use::Busy => return Ok(Decision::PutOff { why: IN_USE.to_owned() }),
                Use::StillBusy => return Ok(done(Status::Skipped, IN_USE)),
            }
        }
        Ok(Decision::Send {
            request: JobPayload::of(PinReset { pins: change.pins, prints: now.clone() }),
            before: Some(json(&now)),
            target: lease_of(&place.room),
            would: Status::Reset,
            changes: Vec::new(),
        })
    }

    pub(super) async fn reset(&self, item: &OpenItem, request: &JobPayload) -> RequestOutcome {
        let (Some((place, ..)), Some(request)) = (planned_change(item), request.read::<PinReset>()) else {
            return RequestOutcome { error: Some(LATER_VERSION.to_owned()), ..answer(OutcomeKind::Refused) };
        };
        let at = self.tools.clock.now();
        let reply = match self.sending.reset_pins(&place.room, request.pins).await {
            Ok(reply) => reply,
            Err(failure) => return failed(failure, at),
        };
        let unsure = |words: String| RequestOutcome {
            attempt: Some(record(at, reply.attempt, Some(words.clone()))),
            error: Some(words),
            ..answer(OutcomeKind::Unanswered)
        };
        // The reply tells the new PINs; people are told those that the server has.
        match self.read(&self.asking, &place, request.pins).await {
            Ok(Ok(room)) if request.prints.differ(&self.printer.prints(&place.room, &room.pins), request.pins) => {
                RequestOutcome {
                    attempt: Some(record(at, reply.attempt, None)),
                    result: Some(RoomResult::of(&place, &room).write()),
                    pins: room.pins,
                    ..answer(OutcomeKind::Done(Status::Reset))
                }
            }
            Ok(Ok(_)) => unsure("the server says that the PINs were reset, and still tells the old ones".to_owned()),
            Ok(Err(missing)) => unsure(missing.words().to_owned()),
            Err(failure) => unsure(format!("reset, but the new PINs could not be read back: {}", failure.words)),
        }
    }

    pub(super) async fn look_one(&self, settling: &SettlingItem) -> Look {
        let Some((place, change, _)) = planned_change(&settling.item) else {
            return Look::Unclear(LATER_VERSION.to_owned());
        };
        let before = settling.before.as_deref().and_then(|text| serde_json::from_str::<PinPrints>(text).ok());
        let before = before.unwrap_or(change.prints);
        let found = match self.read(&self.asking.hasty(), &place, change.pins).await {
            Ok(found) => found,
            Err(failure) => return untold(&failure),
        };
        match found {
            Ok(room) if before.differ(&self.printer.prints(&place.room, &room.pins), change.pins) => Look::Found {
                status: Status::Reset,
                result: Some(RoomResult::of(&place, &room).write()),
                pins: room.pins,
                remember: None,
            },
            // Whatever else has become of the room: deciding it again tells that it is gone.
            Ok(_) | Err(Missing::Gone(_)) => Look::Absent,
            Err(missing) => Look::Untold(missing.words().to_owned()),
        }
    }
}

/// Tells whether the server tells the PINs of that selection.
pub(super) fn tells(room: &Room, which: PinSelection) -> bool {
    (!which.moderator || room.pins.moderator.is_some()) && (!which.participant || room.pins.participant.is_some())
}

const LATER_VERSION: &str = "this item was journaled by a later version of roomkeeper";
const PINS: &str = "the server does not tell the room's PINs";
const IN_USE: &str = "a meeting is under way in the room";

/// The owner who is told.
pub(super) struct Owner {
    pub(super) email: Vec<String>,
    pub(super) name: Option<String>,
}

/// Returns the room, the change of it, and the owner who is told.
pub(super) fn planned_change(item: &OpenItem) -> Option<(RoomAddress, PinReset, Owner)> {
    let payload = payload::<PinReset>(item)?;
    let RoomPayload { place, change, row, .. } = &*payload;
    Some((place.clone()?, change.clone()?, Owner { email: row.email.clone(), name: row.name.clone() }))
}

fn done(status: Status, words: &str) -> Decision {
    Decision::Done { status, code: None, error: Some(words.to_owned()), result: None, remember: None }
}
