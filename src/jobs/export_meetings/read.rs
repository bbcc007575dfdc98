//! Reads the server's lists of past meetings, and makes an item of each that is to be exported or looked at again.

use std::fs::File;
use std::time::Duration;

use futures_util::future;

use super::draft::Draft;
use super::input::ReadExtent;
use super::record::{Facts, Line, NO_LINE, Record, is_over};
use super::session::ExportSession;
use crate::api::{Disposition, Failure, ListQuery, Order, Search};
use crate::clock::Timestamp;
use crate::engine::{Plan, PlanError, Recall, Refusal, Scratch, TroubleKind};
use crate::jobs::failure::{endless, trouble};
use crate::jobs::pages::{Pages, Progress};
use crate::model::{
    Foretold, ItemNo, JobKey, JobPayload, Known, Meeting, MeetingId, NewItem, Stage, Start, Status, UserId,
};

/// A reading that is said to be so much later than now was made by a clock that was ahead.
const DAY: Duration = Duration::from_hours(24);
/// After this time the whole list is read again.
const MONTH: Duration = Duration::from_hours(30 * 24);
/// After so many whole readings that something was put into, the last counts all the same: that happens on a server where
/// meetings end at every moment, and such ones are near the beginning, where they are read again.
const UNSETTLED_MOST: u32 = 2;
/// Items that go to the disk together.
const BATCH: usize = 500;
/// The longest label of an item.
const LABEL: usize = 80;

/// The lists of a run, as they are read.
pub(super) struct Reader<'a> {
    session: &'a ExportSession,
    to: &'a mut dyn Plan,
    job: Option<JobKey>,
    last: Option<&'a ReadExtent>,
    /// The lines, unless the disk has no room for that: then they are made from the journal.
    draft: Option<Draft>,
    /// Meetings that were read in this run: pages overlap.
    seen: Scratch,
    now: Timestamp,
    /// The earliest start that need be read, where the list is sorted.
    since: Option<Timestamp>,
    item: u32,
    lines: u64,
    found: u64,
    recent: u64,
    newest: Option<Timestamp>,
    /// Pages that the lists probably have, as far back as they are to be read.
    expected: usize,
    pages: usize,
    /// Pages that the last whole reading took.
    whole_pages: usize,
    /// True when something was put into what had been read.
    moved_down: bool,
    whole: bool,
    sorted: bool,
    /// Lines with PINs that came as numbers.
    number_pins: u64,
}

impl<'a> Reader<'a> {
    pub(super) fn new(
        session: &'a ExportSession,
        to: &'a mut dyn Plan,
        job: Option<JobKey>,
        last: Option<&'a ReadExtent>,
        again: bool,
    ) -> Self {
        let now = trusted(session);
        let expected = last.map_or(0, |last| pages_expected(session, last, again));
        let whole_pages = last.map_or(0, |last| last.whole_pages);
        let last = last.filter(|_| !again);
        let through = last.and_then(|last| through(last, now));
        Self {
            session,
            to,
            job,
            last,
            draft: draft(session),
            seen: Scratch::new(),
            now,
            since: through.map(|through| through.minus(session.settings.look_back)),
            item: 0,
            lines: 0,
            found: 0,
            recent: 0,
            newest: None,
            expected,
            whole_pages,
            pages: 0,
            moved_down: false,
            whole: true,
            sorted: true,
            number_pins: 0,
        }
    }

    /// Reads a user's list, or everybody's.
    pub(super) async fn list(&mut self, user: Option<UserId>) -> Result<(), PlanError> {
        let search = user.clone().map(Search::User);
        let order = self.sorted.then_some(Order::LatestFirst);
        let query = ListQuery { stage: Some(Stage::Past), search, order };
        let pages = Pages::new(self.session.client.clone(), query);
        let each = self.expected / self.session.settings.user_ids.len().max(1);
        let mut pages = pages.until(self.since).expecting(each);
        let mut items = Vec::new();
        loop {
            // While a page is on its way, the items of the last ones go to the disk.
            let batch = if items.len() < BATCH { Vec::new() } else { std::mem::take(&mut items) };
            let (added, page) = future::join(add(self.to, batch), pages.next()).await;
            added?;
            let page = page.map_err(|failure| unread(&failure, user.as_ref()))?;
            self.pages += 1;
            self.sorted &= pages.is_sorted() && page.is_sorted_by(|one, next| one.start >= next.start);
            let is_old = self.sorted && pages.is_last(&page);
            let ids: Vec<_> = page.iter().map(|meeting| meeting.meeting_id.clone()).collect();
            let (fresh, more) = self.page(page).await?;
            items.extend(more);
            if is_old {
                self.whole = false;
                break;
            }
            match pages.take(&ids, fresh) {
                Progress::More => {}
                Progress::End => break,
                Progress::Endless => return Err(PlanError::Server(endless(&whose(user.as_ref())))),
            }
        }
        self.moved_down |= pages.has_moved_down();
        add(self.to, items).await
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

    /// Returns the item of a meeting; `None` for one that was exported long enough ago.
    fn item(&mut self, meeting: &Meeting, known: Option<&Known>) -> Result<Option<NewItem>, PlanError> {
        let again = self.session.input().again;
        let looked_at_again = self.now.minus(self.session.settings.look_back);
        if known.is_some() && !again && meeting.end().is_some_and(|end| end < looked_at_again) {
            return Ok(None);
        }
        let record = Record::of(meeting);
        let kept = record.written();
        let revision =
            known.map_or(0, |known| serde_json::from_str::<Facts>(&known.facts).map_or(1, |facts| facts.revision));
        let content = kept.digest();
        let is_same = known.is_some_and(|known| known.content == content);
        self.item = self
            .item
            .checked_add(1)
            .ok_or_else(|| Refusal("there are more meetings than a run can have".to_owned()))?;
        let identity = meeting.meeting_id.as_str();
        let (payload, start) = if is_same && !again {
            (NO_LINE.to_owned(), Start::Decided { status: Status::Unchanged, code: None, error: None, result: None })
        } else {
            self.lines += 1;
            let revision = if is_same { revision } else { revision.saturating_add(1) };
            self.number_pins += u64::from(self.session.settings.include_pins && meeting.pins.were_numbers());
            let foretold = Foretold::of(identity, content, revision);
            self.draw(&Line { revision, record });
            (kept.line(revision), self.pending(meeting, foretold)?)
        };
        Ok(Some(NewItem {
            item: ItemNo(self.item),
            identity: Some(identity.to_owned()),
            label: label(meeting),
            line: None,
            payload: JobPayload::kept(payload),
            source: None,
            start,
        }))
    }

    /// Adds a line to the draft, where there is one.
    fn draw(&mut self, line: &Line<Record<'_>>) {
        if let Some(draft) = &mut self.draft
            && draft.add(line).is_err()
        {
            self.draft = None;
        }
    }

    fn pending(&self, meeting: &Meeting, foretold: Option<Foretold>) -> Result<Start, PlanError> {
        let with_pins = self.session.settings.include_pins;
        let sealed = if with_pins { self.session.tools.recall.seal(&meeting.pins)? } else { None };
        Ok(match (foretold, sealed) {
            (Some(foretold), sealed) => Start::Foretold { what: foretold.to_string(), sealed },
            (None, Some(sealed)) => Start::PendingWithPins(sealed),
            (None, None) => Start::Pending,
        })
    }

    /// Tells whether PINs of the lines came as numbers, so that zeros in front may be missing.
    pub(super) fn has_numbers(&self) -> bool {
        self.number_pins > 0
    }

    /// Returns how far the lists have been read, how many lines that makes, and the lines themselves.
    pub(super) fn end(self) -> (ReadExtent, u64, Option<File>) {
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
        let reading = ReadExtent {
            choice: self.session.settings.choice(),
            whole: self.whole,
            whole_at: if self.whole { Some(self.now) } else { self.last.and_then(|last| last.whole_at) },
            sorted: self.sorted,
            found: self.found,
            recent: self.recent,
            through,
            pages: self.pages,
            whole_pages: if self.whole { self.pages } else { self.whole_pages },
            unsettled,
        };
        (reading, self.lines, self.draft.and_then(|draft| draft.end().ok()))
    }
}

/// Begins a draft for a run that writes.
fn draft(session: &ExportSession) -> Option<Draft> {
    let settings = &session.settings;
    session.run.key.and_then(|_| Draft::begin(settings.format, settings.include_pins))
}

/// Returns how far the list was read, where that can be gone on from.
fn through(last: &ReadExtent, now: Timestamp) -> Option<Timestamp> {
    let is_recent = last.whole_at.is_some_and(|at| now.since(at) < MONTH && at.since(now) < DAY);
    last.through.filter(|_| is_recent)
}

/// Returns how many pages a run will probably read that goes on from `last`; 0 where nothing is known.
pub(super) fn pages_expected(session: &ExportSession, last: &ReadExtent, again: bool) -> usize {
    match through(last, trusted(session)) {
        Some(_) if !again && last.whole => 0,
        Some(_) if !again => last.pages,
        _ => last.whole_pages,
    }
}

/// Returns the time: while the clock is doubted, the latest time that it came to at a natural pace, so that
/// `look_back` looks back from there.
fn trusted(session: &ExportSession) -> Timestamp {
    let now = session.tools.clock.now();
    session.tools.recall.doubt().map_or(now, |doubt| now.min(doubt.reached))
}

async fn add(to: &mut dyn Plan, items: Vec<NewItem>) -> Result<(), PlanError> {
    if items.is_empty() { Ok(()) } else { Ok(to.add(items).await?) }
}

/// Returns the facts that the job remembers of these meetings.
async fn known(
    recall: &Recall,
    job: Option<JobKey>,
    meetings: Vec<MeetingId>,
) -> Result<Vec<Option<Known>>, PlanError> {
    let ids = meetings.iter().map(MeetingId::to_string).collect();
    Ok(recall.known(job, ids).await?)
}

fn label(meeting: &Meeting) -> String {
    let name = meeting
        .room_name
        .split(crate::model::fold::is_control)
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    let name = if name.trim().is_empty() { meeting.meeting_id.to_string() } else { name };
    name.chars().take(LABEL).collect()
}

fn whose(user: Option<&UserId>) -> String {
    user.map_or_else(|| "the list of meetings".to_owned(), |user| format!("the list of the meetings of user {user}"))
}

/// Works out the meaning of an unreadable page for the run. A refusal would be one again.
fn unread(failure: &Failure, user: Option<&UserId>) -> PlanError {
    let mut trouble = trouble(failure, &whose(user));
    if failure.disposition == Disposition::Final {
        trouble.kind = TroubleKind::Fatal;
    }
    PlanError::Server(trouble)
}
