//! Which meetings a run exports: the server's list of past ones, held against what the journal says was exported.
//!
//! Newest first where the server sorts: then a run need not read further back than what an earlier one is certain to have
//! read, less the time in which changes are looked for. Where it does not, or nothing is certain, the list is read whole; and
//! once a month all the same, should something have turned up where nobody looks any more.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::future;

use super::input::{Planned, Reading, Target};
use super::record::{Facts, Line, Payload, Record, is_over};
use super::session::ExportSession;
use super::walk::{Next, Walk};
use super::{Input, target, write};
use crate::api::{Disposition, Failure, ListQuery, Order, Search};
use crate::clock::Timestamp;
use crate::engine::{
    HistoryFilter, JobKey, Known, NewItem, Plan, PlanError, Recall, Refusal, Scratch, Start, Trouble, TroubleKind,
};
use crate::model::{Code, ItemNo, Meeting, MeetingId, Outcome, Status, UserId};

/// Runs that are looked through for the last one that can be gone on from.
const RUNS: u32 = 100;
/// After this time the whole list is read again.
const MONTH: Duration = Duration::from_hours(30 * 24);
/// So many meetings do not vanish by themselves.
const MANY: u64 = 5;
/// After so many whole readings that something was put into, the last counts all the same: that happens on a server where
/// meetings end at every moment, and such ones are near the beginning, where they are read again.
const UNSETTLED_MOST: u32 = 2;
/// What a person may wonder about.
const UNSORTED: &str = "The server does not sort its list of meetings, so the whole list is read in every run.";
/// The longest label of an item.
const LABEL: usize = 80;

/// Puts every meeting to be exported, or looked at again, into the plan.
pub(super) async fn plan(session: &ExportSession, to: &mut dyn Plan) -> Result<Planned, PlanError> {
    let (settings, again) = (&session.settings, session.input().again);
    let at = session.run.due.unwrap_or(session.run.started);
    let wanted = settings.path.at(at, &settings.zone);
    if session.run.key.is_some() {
        write::probe(session, &wanted).map_err(|error| cannot_write(&wanted, &error))?;
    }
    let name = session.name.clone();
    let job = session.tools.recall.read(None, move |reader| reader.job(&name)).await?;
    let last = if again { None } else { last_reading(session).await? };

    let mut reader = Reader::new(session, to, job, last.as_ref())?;
    if settings.user_ids.is_empty() {
        reader.list(None).await?;
    }
    for user in &settings.user_ids {
        reader.list(Some(user.clone())).await?;
    }
    let (reading, lines) = reader.end();
    let mut warnings: Vec<_> = vanished(&reading, last.as_ref()).into_iter().collect();
    let notes = if reading.sorted { Vec::new() } else { vec![UNSORTED.to_owned()] };
    let (target, told) = target(session, wanted).await?;
    warnings.extend(told.filter(|_| lines > 0));
    Ok(Planned { target, format: settings.format, pins: settings.include_pins, lines, reading, warnings, notes })
}

/// What the run goes on from: the last reading of the same choice of meetings, by a run that exported all that it found.
async fn last_reading(session: &ExportSession) -> Result<Option<Reading>, PlanError> {
    let (choice, job) = (session.settings.choice(), session.name.clone());
    let filter = HistoryFilter { job: Some(job), limit: RUNS, ..HistoryFilter::default() };
    let runs = session.tools.recall.read(Vec::new(), move |reader| reader.history(&filter)).await?;
    Ok(runs
        .into_iter()
        .filter(|run| run.outcome == Some(Outcome::Succeeded))
        .filter_map(|run| Input::read(&run.input).ok())
        .filter(|input| !input.again)
        .filter_map(|input| input.plan)
        .map(|plan| plan.reading)
        .find(|reading| reading.choice == choice))
}

/// Nothing, where the last run has seen many that should be there still.
fn vanished(reading: &Reading, last: Option<&Reading>) -> Option<String> {
    let last = last?;
    let expected = if reading.whole && last.whole { last.found } else { last.recent };
    (reading.found == 0 && expected >= MANY).then(|| {
        format!(
            "no meeting was found where the last run found {expected}: make sure that the account, and `select` in the \
             configuration, are still right"
        )
    })
}

async fn target(session: &ExportSession, wanted: PathBuf) -> Result<(Target, Option<String>), PlanError> {
    let (again, format, pins) = (session.input().again, session.settings.format, session.settings.include_pins);
    let path = wanted.clone();
    let chosen = tokio::task::spawn_blocking(move || target::choose(&path, again, format, pins))
        .await
        .map_err(io::Error::other)
        .and_then(|chosen| chosen);
    Ok(chosen.map_err(|error| cannot_write(&wanted, &error))?)
}

fn cannot_write(path: &Path, error: &io::Error) -> Refusal {
    Refusal(format!(
        "the export cannot be written to {}: {error}. Nothing was exported; the next run exports it all",
        path.display()
    ))
}

/// The lists of a run, as they are read.
struct Reader<'a> {
    session: &'a ExportSession,
    to: &'a mut dyn Plan,
    job: Option<JobKey>,
    last: Option<&'a Reading>,
    /// Meetings that were read in this run: pages overlap.
    seen: Scratch,
    now: Timestamp,
    /// Where the list is sorted, nothing that began earlier need be read.
    since: Option<Timestamp>,
    item: u32,
    lines: u64,
    found: u64,
    recent: u64,
    newest: Option<Timestamp>,
    /// Whether something was put into what had been read.
    moved_down: bool,
    whole: bool,
    sorted: bool,
}

impl<'a> Reader<'a> {
    fn new(
        session: &'a ExportSession,
        to: &'a mut dyn Plan,
        job: Option<JobKey>,
        last: Option<&'a Reading>,
    ) -> Result<Self, PlanError> {
        let now = session.tools.clock.now();
        let last_recent = last.filter(|last| last.whole_at.is_some_and(|at| now.since(at) < MONTH));
        let through = last_recent.and_then(|last| last.through);
        Ok(Self {
            session,
            to,
            job,
            last,
            seen: Scratch::new()?,
            now,
            since: through.map(|through| through.minus(session.settings.look_back)),
            item: 0,
            lines: 0,
            found: 0,
            recent: 0,
            newest: None,
            moved_down: false,
            whole: true,
            sorted: true,
        })
    }

    /// Reads a user's list, or everybody's.
    async fn list(&mut self, user: Option<UserId>) -> Result<(), PlanError> {
        let search = user.clone().map(Search::User);
        let order = self.sorted.then_some(Order::LatestFirst);
        let mut query = ListQuery { stage: Some(crate::model::Stage::Past), search, order };
        let (mut walk, mut ask) = Walk::new();
        let mut items = Vec::new();
        loop {
            // While a page is on its way, the items of the last one go to the disk.
            let asking = self.session.client.list(&query, ask.page, ask.length);
            let (added, answer) = future::join(add(self.to, std::mem::take(&mut items)), asking).await;
            added?;
            let page = match answer {
                Ok(reply) => reply.value,
                Err(failure) if failure.attempt.code == Some(Code::ORDER_UNKNOWN) && query.order.is_some() => {
                    tracing::debug!("the server cannot sort the list of meetings; it is read unsorted, and whole");
                    query.order = None;
                    self.sorted = false;
                    (walk, ask) = Walk::new();
                    continue;
                }
                Err(failure) => return Err(trouble(&failure, user.as_ref())),
            };
            self.sorted &= page.is_sorted_by(|one, next| one.start >= next.start);
            let is_old = self.is_old(&page);
            let ids: Vec<_> = page.iter().map(|meeting| meeting.meeting_id.clone()).collect();
            let fresh;
            (fresh, items) = self.page(page).await?;
            if is_old {
                self.whole = false;
                break;
            }
            match walk.take(&ids, fresh) {
                Next::Ask(next) => ask = next,
                Next::End => break,
                Next::Endless => return Err(PlanError::Server(endless(user.as_ref()))),
            }
        }
        self.moved_down |= walk.has_moved_down();
        add(self.to, items).await
    }

    /// Whether all of this, and so all that follows, was read by an earlier run and can have no change to look for.
    fn is_old(&self, page: &[Meeting]) -> bool {
        let Some(since) = self.since.filter(|_| self.sorted) else { return false };
        !page.is_empty() && page.iter().all(|meeting| meeting.start.is_some_and(|start| start < since))
    }

    /// Takes in a page; tells how many of its meetings were not read before, and the items that they make.
    async fn page(&mut self, page: Vec<Meeting>) -> Result<(usize, Vec<NewItem>), PlanError> {
        let mut fresh = Vec::with_capacity(page.len());
        for meeting in page {
            if self.seen.first_line(meeting.meeting_id.as_str(), 0)?.is_none() {
                fresh.push(meeting);
            }
        }
        let count = fresh.len();
        for meeting in &fresh {
            self.newest = self.newest.max(meeting.start);
        }
        let pattern = &self.session.settings.room_name;
        fresh.retain(|meeting| is_over(meeting, self.now) && pattern.matches(&meeting.room_name));
        self.found += fresh.len() as u64;
        let recent = self.now.minus(self.session.settings.look_back);
        self.recent += fresh.iter().filter(|meeting| meeting.start.is_some_and(|start| start >= recent)).count() as u64;
        let ids = fresh.iter().map(|meeting| meeting.meeting_id.clone()).collect();
        let known = known(&self.session.tools.recall, self.job, ids).await?;
        let mut items = Vec::with_capacity(fresh.len());
        for (meeting, known) in fresh.into_iter().zip(known) {
            items.extend(self.item(&meeting, known.as_ref())?);
        }
        Ok((count, items))
    }

    /// The item of a meeting; `None` for one that was exported long enough ago.
    fn item(&mut self, meeting: &Meeting, known: Option<&Known>) -> Result<Option<NewItem>, PlanError> {
        let record = Record::of(meeting);
        let again = self.session.input().again;
        let revision =
            known.map_or(0, |known| serde_json::from_str::<Facts>(&known.facts).map_or(1, |facts| facts.revision));
        let is_same = known.is_some_and(|known| known.content == record.digest());
        let looked_at_again = self.now.minus(self.session.settings.look_back);
        if known.is_some() && !again && meeting.end().is_some_and(|end| end < looked_at_again) {
            return Ok(None);
        }
        self.item = self
            .item
            .checked_add(1)
            .ok_or_else(|| Refusal("there are more meetings than a run can have".to_owned()))?;
        let (line, start) = if is_same && !again {
            (None, Start::Decided { status: Status::Unchanged, code: None, error: None, result: None })
        } else {
            self.lines += 1;
            let revision = if is_same { revision } else { revision.saturating_add(1) };
            (Some(Line { revision, record }), self.pending(meeting)?)
        };
        Ok(Some(NewItem {
            item: ItemNo(self.item),
            identity: Some(meeting.meeting_id.to_string()),
            label: label(meeting),
            line: None,
            payload: serde_json::to_string(&Payload { v: 1, line }).unwrap_or_default(),
            source: None,
            start,
        }))
    }

    fn pending(&self, meeting: &Meeting) -> Result<Start, PlanError> {
        let sealed = match &self.session.tools.recall {
            Recall::Journal(journal) if self.session.settings.include_pins => journal.seal().seal(&meeting.pins)?,
            _ => None,
        };
        Ok(sealed.map_or(Start::Pending, Start::PendingWithPins))
    }

    /// How far the lists have been read, and how many lines that makes.
    fn end(self) -> (Reading, u64) {
        let unsettled = match self.last {
            _ if !self.moved_down || !self.whole => 0,
            Some(last) => last.unsettled.saturating_add(1),
            None => 1,
        };
        let is_certain = self.sorted && (unsettled == 0 || unsettled > UNSETTLED_MOST);
        let through = match self.newest {
            // The server's clock may be behind ours: what it says has begun last is the surer sign.
            Some(newest) => is_certain.then(|| newest.min(self.now)),
            None => self.last.and_then(|last| last.through),
        };
        let reading = Reading {
            choice: self.session.settings.choice(),
            whole: self.whole,
            whole_at: if self.whole { Some(self.now) } else { self.last.and_then(|last| last.whole_at) },
            sorted: self.sorted,
            found: self.found,
            recent: self.recent,
            through,
            unsettled,
        };
        (reading, self.lines)
    }
}

async fn add(to: &mut dyn Plan, items: Vec<NewItem>) -> Result<(), PlanError> {
    if items.is_empty() { Ok(()) } else { Ok(to.add(items).await?) }
}

/// What the job remembers of these meetings.
async fn known(
    recall: &Recall,
    job: Option<JobKey>,
    meetings: Vec<MeetingId>,
) -> Result<Vec<Option<Known>>, PlanError> {
    let nothing = vec![None; meetings.len()];
    let Some(job) = job else { return Ok(nothing) };
    let read = move |reader: &crate::engine::Reader| {
        let ids: Vec<_> = meetings.iter().map(MeetingId::as_str).collect();
        reader.known(job, &ids)
    };
    Ok(recall.read(nothing, read).await?)
}

fn label(meeting: &Meeting) -> String {
    let name = meeting.room_name.split(char::is_control).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    let name = if name.trim().is_empty() { meeting.meeting_id.to_string() } else { name };
    name.chars().take(LABEL).collect()
}

fn whose(user: Option<&UserId>) -> String {
    user.map_or_else(|| "the list of meetings".to_owned(), |user| format!("the list of the meetings of user {user}"))
}

fn endless(user: Option<&UserId>) -> Trouble {
    let words = format!("{} does not end: the same meetings come again and again", whose(user));
    Trouble { kind: TroubleKind::Unwell, words }
}

/// What a page that could not be read means for the run.
fn trouble(failure: &Failure, user: Option<&UserId>) -> PlanError {
    let kind = match failure.disposition {
        Disposition::Withdrawn => TroubleKind::Stopping,
        Disposition::Unreachable => TroubleKind::Unreachable,
        Disposition::PutOff { after } => TroubleKind::PutOff(after),
        Disposition::Ambiguous => TroubleKind::Unwell,
        Disposition::Final | Disposition::RouteMissing | Disposition::Fatal => TroubleKind::Fatal,
    };
    PlanError::Server(Trouble { kind, words: format!("{} could not be read: {}", whose(user), failure.words) })
}
