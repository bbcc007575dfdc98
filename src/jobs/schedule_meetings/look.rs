//! Looks for what became of requests that were not answered (README of the API: "Looking first means").

use std::collections::{BTreeMap, HashMap, HashSet};

use futures_util::FutureExt;
use futures_util::stream::{self, StreamExt};

use super::alike::{Alike, Doubles, Gathered};
use super::diff::{differences, wanted};
use super::notebook::sight_of;
use super::noted::{Noted, is_it};
use super::planned_action::{Before, ItemResult, PlannedAction, RowPayload, Target, json};
use super::send::{made, remember, remember_change, remember_gone};
use super::session::{ScheduleSession, payload};
use super::wanted_meeting::Create;
use crate::api::{Client, Failure, ListQuery, Order, Search};
use crate::clock::Timestamp;
use crate::engine::Look;
use crate::jobs::{AT_ONCE, failure};
use crate::model::{Digest, Meeting, MeetingChange, MeetingId, OpenItem, Pins, SettlingItem, Stage, Status, UserId};

pub(super) async fn look(session: &ScheduleSession, items: &[SettlingItem]) -> Vec<Look> {
    let payloads: Vec<_> = items.iter().map(|settling| payload(&settling.item)).collect();
    let mut lists = Lists::default();
    for (settling, payload) in items.iter().zip(&payloads) {
        if let Some(create) = payload.as_ref().and_then(|payload| created(&payload.action, &before(settling))) {
            lists.want(create);
        }
    }
    lists.read(session, &session.asking.hasty()).await;
    let looks: Vec<_> = items
        .iter()
        .zip(&payloads)
        .map(|(settling, payload)| look_one(session, settling, payload.as_deref(), &lists).boxed())
        .collect();
    stream::iter(looks).buffered(AT_ONCE).collect().await
}

/// Looks once more at meetings whose request was sent more than once.
pub(super) async fn recheck(session: &ScheduleSession, items: &[OpenItem]) -> Vec<String> {
    let mut lists = Lists::default();
    let payloads: Vec<_> = items.iter().filter_map(|item| Some((item, payload(item)?))).collect();
    for create in payloads.iter().filter_map(|(_, payload)| to_create(payload)) {
        lists.want(create);
    }
    lists.read(session, &session.asking).await;
    let mut notes = Vec::new();
    for (item, payload) in &payloads {
        if let Some(create) = to_create(payload)
            && let Some(Ok(list)) = lists.of(&create.user)
            && let ids = list.of(create).map(|meeting| meeting.meeting_id.to_string()).collect::<Vec<_>>()
            && ids.len() > 1
        {
            let line = item.line.map_or(String::new(), |line| format!(" (line {line})"));
            notes.push(format!(
                "{}{line} was sent more than once, and the server has {} such meetings: {}. Cancel what is too many",
                item.label,
                ids.len(),
                ids.join(", ")
            ));
        }
    }
    notes
}

fn to_create(payload: &RowPayload) -> Option<&Create> {
    match &payload.action {
        PlannedAction::Create(create) | PlannedAction::Theirs { create, .. } => Some(create),
        _ => None,
    }
}

fn before(settling: &SettlingItem) -> Before {
    settling.before.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

/// Returns the meeting that the last request was to make; none where it was to change or cancel one.
fn created<'a>(action: &'a PlannedAction, before: &Before) -> Option<&'a Create> {
    match action {
        PlannedAction::Create(create)
        | PlannedAction::Theirs { create, .. }
        | PlannedAction::Keep { again: Some(create), .. } => Some(create),
        PlannedAction::Change { again: Some(create), .. } if before.meeting.is_none() => Some(create),
        _ => None,
    }
}

async fn look_one(
    session: &ScheduleSession,
    settling: &SettlingItem,
    payload: Option<&RowPayload>,
    lists: &Lists,
) -> Look {
    let Some(payload) = payload else {
        return Look::Unclear("this item was journaled by a later version of roomkeeper".to_owned());
    };
    let before = before(settling);
    if let Some(create) = created(&payload.action, &before) {
        return look_created(session, settling, payload, create, &before, lists).await;
    }
    match (&payload.action, before.meeting.clone().or_else(|| named(&payload.action))) {
        (PlannedAction::Change { change, .. }, Some(meeting)) => {
            look_changed(session, settling, payload, &meeting, change, &before).await
        }
        (PlannedAction::Cancel { .. }, Some(meeting)) => look_cancelled(session, settling, payload, &meeting).await,
        _ => Look::Unclear("the journal does not say which meeting this was about".to_owned()),
    }
}

fn named(action: &PlannedAction) -> Option<MeetingId> {
    match action {
        PlannedAction::Change { target: Target::Meeting(meeting) | Target::Named(meeting), .. }
        | PlannedAction::Cancel { target: Target::Meeting(meeting) | Target::Named(meeting), .. } => {
            Some(meeting.clone())
        }
        _ => None,
    }
}

async fn look_created(
    session: &ScheduleSession,
    settling: &SettlingItem,
    payload: &RowPayload,
    create: &Create,
    before: &Before,
    lists: &Lists,
) -> Look {
    let list = match lists.of(&create.user) {
        Some(Ok(list)) => list,
        Some(Err(failure)) => return failure::untold(failure),
        None => return untold("the meetings of the user were not read"),
    };
    let ours: Vec<_> = list.of(create).filter(|meeting| !before.matched.contains(&meeting.meeting_id)).collect();
    match ours.as_slice() {
        [] if list.proves_absence => {
            let doubles = Doubles { session, create, item: settling.item.item, matched: &before.matched };
            match doubles.among(&list.alike).await {
                Ok(None) => Look::Absent,
                Ok(Some((words, first))) => {
                    let facts = first.facts(create);
                    let remember = remember(&settling.item, first.id(), payload.content, &facts);
                    Look::Resembled { words, remember }
                }
                Err(error) => untold(&format!("what earlier runs made cannot be read from the journal: {error}")),
            }
        }
        [] => untold("the user's meetings changed while they were read"),
        [meeting] => {
            session.notebook.announce(meeting, &create.user);
            let answer = made(&settling.item, payload.content, create, (*meeting).clone(), None, None);
            Look::Found { status: Status::Created, result: answer.result, pins: answer.pins, remember: answer.remember }
        }
        several => {
            let ids: Vec<_> = several.iter().map(|meeting| meeting.meeting_id.to_string()).collect();
            Look::Unclear(format!(
                "sent, and not answered; the server has several such meetings, and which is this row's cannot be told: {}",
                ids.join(", ")
            ))
        }
    }
}

/// Words a look without an outcome: if it is not found out in time, the row gets these words.
fn untold(words: &str) -> Look {
    Look::Untold(format!("sent, and what became of it could not be found out: {words}"))
}

async fn look_changed(
    session: &ScheduleSession,
    settling: &SettlingItem,
    payload: &RowPayload,
    meeting: &MeetingId,
    change: &MeetingChange,
    before: &Before,
) -> Look {
    let found = match session.asking.hasty().meeting(meeting).await {
        Ok(reply) if is_it(&reply.value, meeting) => reply.value,
        Ok(_) => return untold("the server answered about another meeting"),
        // Deciding it again tells what that means.
        Err(failure) if failure.is_absence() => return Look::Absent,
        Err(failure) => return failure::untold(&failure),
    };
    let noted = Noted::of(&found);
    if differences(&wanted(change), &noted).is_empty() {
        if let Some(user) = &found.user_id {
            session.notebook.announce(&found, user);
        }
        let found = with_pins(session, found).await;
        return Look::Found {
            status: Status::Updated,
            result: Some(json(&ItemResult::of(&found))),
            remember: remember_change(&settling.item, payload, meeting, Some(&Noted::of(&found))),
            pins: found.pins,
        };
    }
    let untouched = before.fields.as_ref().is_none_or(|fields| differences(&wanted(fields), &noted).is_empty());
    if untouched {
        return Look::Absent;
    }
    if change.send_mail == Some(true) {
        return Look::Unclear(
            "the change was sent, and the meeting is now neither as before nor as wanted. It is not sent again, since each sending mails the invitees"
                .to_owned(),
        );
    }
    Look::Absent
}

/// Returns the meeting with what Get Meeting Information leaves out and the list tells: its PINs and its link. That the
/// change was made is certain also without them.
async fn with_pins(session: &ScheduleSession, found: Meeting) -> Meeting {
    let Some(user) = found.user_id.clone().filter(|_| found.pins.is_empty()) else { return found };
    let query = ListQuery { stage: Some(Stage::Upcoming), search: Some(Search::User(user)), order: None };
    let mut pages = session.asking.meetings(query);
    while let Ok(Some(page)) = pages.next().await {
        if let Some(listed) = page.into_iter().find(|listed| listed.meeting_id == found.meeting_id) {
            return Meeting { pins: listed.pins, direct_url: listed.direct_url.or(found.direct_url), ..found };
        }
    }
    found
}

async fn look_cancelled(
    session: &ScheduleSession,
    settling: &SettlingItem,
    payload: &RowPayload,
    meeting: &MeetingId,
) -> Look {
    match session.asking.hasty().meeting(meeting).await {
        Ok(_) => Look::Absent,
        Err(failure) if failure.is_absence() => {
            session.notebook.announce_gone(meeting);
            Look::Found {
                status: Status::Cancelled,
                result: Some(json(&ItemResult::of_id(meeting))),
                pins: Pins::default(),
                remember: Some(remember_gone(&settling.item, payload, meeting)),
            }
        }
        Err(failure) => failure::untold(&failure),
    }
}

/// Whole lists of users' meetings, of which only the wanted ones are kept.
#[derive(Debug, Default)]
struct Lists {
    wanted: BTreeMap<UserId, HashMap<String, Create>>,
    read: HashMap<UserId, Result<List, Failure>>,
}

#[derive(Debug, Default)]
struct List {
    found: HashMap<String, Vec<Meeting>>,
    /// Meetings that resemble a wanted one.
    alike: Vec<Alike>,
    proves_absence: bool,
}

impl List {
    /// Returns the meetings that look like the one to be made.
    fn of(&self, create: &Create) -> impl Iterator<Item = &Meeting> {
        let sight = create.sight();
        let found = self.found.get(&sight.whole()).map(Vec::as_slice).unwrap_or_default();
        found.iter().filter(move |meeting| sight.is_of(meeting.user_id.as_ref(), &meeting.room_name, meeting.numbers))
    }

    async fn read(
        session: &ScheduleSession,
        client: &Client,
        user: &UserId,
        wanted: &HashMap<String, Create>,
    ) -> (UserId, Result<Self, Failure>) {
        let mark = session.notebook.board().begin_look(user);
        let list = read_list(client, user, wanted, session.run.started).await;
        let list = list.map(|(reading, stable)| Self {
            found: reading.found,
            alike: reading.alike.into_found(),
            proves_absence: stable && mark.was_quiet(),
        });
        (user.clone(), list)
    }
}

impl Lists {
    fn want(&mut self, create: &Create) {
        self.wanted.entry(create.user.clone()).or_default().insert(create.sight().whole(), create.clone());
    }

    fn of(&self, user: &UserId) -> Option<&Result<List, Failure>> {
        self.read.get(user)
    }

    async fn read(&mut self, session: &ScheduleSession, client: &Client) {
        let lists: Vec<_> =
            self.wanted.iter().map(|(user, wanted)| List::read(session, client, user, wanted).boxed()).collect();
        self.read = stream::iter(lists).buffer_unordered(AT_ONCE).collect().await;
    }
}

type SeenMeetings = HashMap<String, Vec<Meeting>>;

/// Reads every stage of a user's meetings; tells also whether nothing can have been missed. The stages are read in the order in
/// which a meeting goes through them, so that none slips by. A list of one page is whole; longer ones may shift between two
/// pages, so they are read until two readings agree.
async fn read_list<'a>(
    client: &Client,
    user: &'a UserId,
    wanted: &'a HashMap<String, Create>,
    since: Timestamp,
) -> Result<(ListReading<'a>, bool), Failure> {
    let alike = Gathered::of(wanted.values(), since);
    let mut reading = ListReading { user, wanted, found: SeenMeetings::new(), known: HashSet::new(), alike };
    let mut stable = true;
    for stage in Stage::ALL {
        let mut previous = None;
        let mut agreed = false;
        for _ in 0..3 {
            let (pages, sum) = reading.pass(client, stage).await?;
            agreed = pages <= 1 || previous == Some(sum);
            if agreed {
                break;
            }
            previous = Some(sum);
        }
        stable &= agreed;
    }
    Ok((reading, stable))
}

struct ListReading<'a> {
    user: &'a UserId,
    wanted: &'a HashMap<String, Create>,
    found: SeenMeetings,
    known: HashSet<MeetingId>,
    alike: Gathered,
}

impl ListReading<'_> {
    /// Reads one stage from its first page to its last: how many pages those were, and a sum over the ids on them.
    async fn pass(&mut self, client: &Client, stage: Stage) -> Result<(u32, [u8; 16]), Failure> {
        let earliest = self.wanted.values().map(|create| create.draft.start).min();
        let order = (stage == Stage::Past).then_some(Order::LatestFirst);
        let query = ListQuery { stage: Some(stage), search: Some(Search::User(self.user.clone())), order };
        let (mut read, mut sum) = (0, [0_u8; 16]);
        let mut pages = client.meetings(query);
        while let Some(page) = pages.next().await? {
            read += 1;
            // Meetings that began before all that are looked for need not be gone through.
            let all_earlier = stage == Stage::Past
                && pages.is_sorted()
                && page.iter().all(|meeting| meeting.start.is_some_and(|start| Some(start) < earliest));
            for meeting in page {
                let digest = Digest::of(meeting.meeting_id.as_str().as_bytes());
                sum.iter_mut().zip(digest.as_bytes()).for_each(|(sum, byte)| *sum ^= byte);
                let owner = meeting.user_id.as_ref().unwrap_or(self.user);
                let key = sight_of(&meeting, owner).map(|sight| sight.whole());
                let Some(key) = key.filter(|key| self.wanted.contains_key(key)) else {
                    self.alike.see(&meeting, owner);
                    continue;
                };
                if self.known.insert(meeting.meeting_id.clone()) {
                    self.found.entry(key).or_default().push(meeting);
                }
            }
            if all_earlier {
                break;
            }
        }
        Ok((read, sum))
    }
}
