//! Turns the server's list into the items of a run: page by page, one item for each selected meeting.

use serde::{Deserialize, Serialize};

use super::desired_lobby::{DesiredLobby, LobbyPayload, json, result};
use super::fill::{Fault, Fingerprints, fill, fingerprints, label};
use super::repeat::{Repeated, Was};
use super::session::{LobbySession, PlanEnd};
use crate::api::{Disposition, Failure, ListQuery, Order, Search};
use crate::clock::Timestamp;
use crate::config::LobbySelection;
use crate::engine::{Plan, PlanError, Scratch, TroubleKind};
use crate::jobs::failure::{endless, trouble};
use crate::jobs::pages::{Pages, Progress};
use crate::model::{HistoryFilter, ItemNo, JobPayload, Meeting, MeetingId, NewItem, Start, Status, UserId};

/// Runs that are looked through for the last one that was planned.
const RUNS: u32 = 5;

/// A run's input, as the journal keeps it: the selection is in the configuration.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Input {
    v: u32,
    /// Pages that were read of the list, or of all users' lists together.
    #[serde(default)]
    pages: usize,
}

impl LobbySession {
    /// Plans every selected meeting; of a run that repeats another, those that did not succeed in that one.
    pub(super) async fn plan_meetings(&self, to: &mut dyn Plan) -> Result<String, PlanError> {
        let files = fingerprints(&self.settings.lobby).await?;
        let repeated = self.repeated().await?;
        let selection = Selection { of: &self.settings.select, now: self.tools.clock.now() };
        let mut planner = Planner {
            session: self,
            to,
            files,
            selection,
            repeated,
            planned: Scratch::new(),
            next: ItemNo(1),
            sorted: true,
            expected: self.pages_read_last().await?,
            pages: 0,
            open: 0,
            kept: 0,
        };
        match self.settings.select.user_ids.as_slice() {
            [] => planner.list(None).await?,
            users => {
                for user in users {
                    planner.list(Some(user)).await?;
                }
            }
        }
        planner.rest().await?;
        self.planned.get_or_init(|| PlanEnd { sent: self.sending.sent(), open: planner.open, kept: planner.kept });
        Ok(json(&Input { v: 1, pages: planner.pages }))
    }

    /// Returns how many pages the job's last run has read; 0 where none is known.
    pub(super) async fn pages_read_last(&self) -> Result<usize, PlanError> {
        let filter = HistoryFilter { job: Some(self.name.clone()), limit: RUNS, ..HistoryFilter::default() };
        let runs = self.tools.recall.history(filter).await?;
        let inputs = runs.iter().filter_map(|run| serde_json::from_str::<Input>(&run.input).ok());
        Ok(inputs.map(|input| input.pages).find(|pages| *pages > 0).unwrap_or_default())
    }
}

struct Planner<'a> {
    session: &'a LobbySession,
    to: &'a mut dyn Plan,
    files: Fingerprints,
    selection: Selection<'a>,
    repeated: Option<Repeated>,
    /// The meetings that have an item, in a file of their own: there may be any number.
    planned: Scratch,
    next: ItemNo,
    /// False once a list came in another order than was asked for.
    sorted: bool,
    /// Pages that the job's last run has read of all lists.
    expected: usize,
    /// Pages that were read.
    pages: usize,
    /// Meetings whose lobby is to be looked at, and those among them that are probably as they should be.
    open: u64,
    kept: u64,
}

impl Planner<'_> {
    /// Goes through a user's list, or everybody's, up to the last meeting that begins soon enough.
    async fn list(&mut self, user: Option<&UserId>) -> Result<(), PlanError> {
        let query = ListQuery {
            stage: Some(self.selection.of.stage),
            search: user.map(|user| Search::User(user.clone())),
            order: Some(Order::EarliestFirst),
        };
        let expected = self.expected / self.session.settings.select.user_ids.len().max(1);
        let pages = Pages::new(self.session.sending.clone(), query);
        let mut pages = pages.until(self.selection.horizon()).expecting(expected);
        let seen = Scratch::new();
        loop {
            let page = pages.next().await.map_err(|failure| in_planning(&failure, user))?;
            self.pages += 1;
            self.sorted &= pages.is_sorted() && page.is_sorted_by(|one, next| one.start <= next.start);
            let is_last = self.sorted && pages.is_last(&page);
            let ids: Vec<_> = page.iter().map(|meeting| meeting.meeting_id.clone()).collect();
            let (mut fresh, mut selected) = (0, Vec::new());
            for meeting in page {
                if seen.first_line(meeting.meeting_id.as_str(), 0)?.is_some() {
                    continue;
                }
                fresh += 1;
                if self.selection.has(&meeting) && self.is_new(&meeting.meeting_id)? {
                    selected.push(meeting);
                }
            }
            self.add(&selected).await?;
            if is_last {
                return Ok(());
            }
            match pages.take(&ids, fresh) {
                Progress::More => {}
                Progress::End => return Ok(()),
                Progress::Endless => return Err(PlanError::Server(endless(&whose(user)))),
            }
        }
    }

    /// Tells whether the meeting is to have an item, and has none yet.
    fn is_new(&self, meeting: &MeetingId) -> Result<bool, PlanError> {
        if let Some(repeated) = &self.repeated
            && repeated.of(meeting)?.is_none()
        {
            return Ok(false);
        }
        Ok(self.planned.first_line(meeting.as_str(), self.next.0)?.is_none())
    }

    async fn add(&mut self, meetings: &[Meeting]) -> Result<(), PlanError> {
        let identities = meetings.iter().map(|meeting| meeting.meeting_id.to_string()).collect();
        let known = self.session.known(identities).await?;
        let mut items = Vec::with_capacity(meetings.len());
        for (meeting, known) in meetings.iter().zip(known) {
            let desired = fill(&self.session.settings.lobby, &self.files, meeting, &self.session.zone);
            let kept =
                known.zip(desired.as_ref().ok()).is_some_and(|(known, desired)| known.content == desired.content());
            let was = match &self.repeated {
                Some(repeated) => repeated.of(&meeting.meeting_id)?,
                None => None,
            };
            let (desired, start) = begin(desired, was, &meeting.meeting_id);
            let is_open = !matches!(start, Start::Decided { .. });
            self.open += u64::from(is_open);
            self.kept += u64::from(is_open && kept);
            let payload =
                LobbyPayload { v: 1, meeting: meeting.meeting_id.clone(), start: meeting.start, kept, desired };
            items.push(self.item(payload, label(meeting, &self.session.zone), start));
        }
        Ok(self.to.add(items).await?)
    }

    /// Plans the meetings that did not succeed in the run that is repeated, and are not selected any more.
    async fn rest(&mut self) -> Result<(), PlanError> {
        let mut after = ItemNo(0);
        while let Some((last, page)) = self.session.problems_after(after).await? {
            after = last;
            let mut items = Vec::new();
            for (meeting, label) in page {
                if self.is_new(&meeting)? {
                    let start =
                        decided(Status::Skipped, &meeting, "the meeting is not among the selected ones any more");
                    let payload =
                        LobbyPayload { v: 1, meeting, start: None, kept: false, desired: DesiredLobby::Nothing };
                    items.push(self.item(payload, label, start));
                }
            }
            self.to.add(items).await?;
        }
        Ok(())
    }

    fn item(&mut self, payload: LobbyPayload, label: String, start: Start) -> NewItem {
        let item = self.next;
        self.next = ItemNo(item.0 + 1);
        NewItem {
            item,
            identity: Some(payload.meeting.to_string()),
            label,
            line: None,
            payload: JobPayload::of(payload),
            source: None,
            start,
        }
    }
}

/// Returns the item's start, with the desired lobby.
fn begin(desired: Result<DesiredLobby, Fault>, was: Option<Was>, meeting: &MeetingId) -> (DesiredLobby, Start) {
    match (desired, was) {
        (_, Some(Was::Superseded(by))) => {
            (DesiredLobby::Nothing, decided(Status::Skipped, meeting, &format!("superseded by {by}")))
        }
        (Err(Fault { code, words }), _) => {
            let start =
                Start::Decided { status: Status::Invalid, code, error: Some(words), result: Some(result(meeting)) };
            (DesiredLobby::Nothing, start)
        }
        (Ok(desired), Some(Was::Unknown { before })) => (desired, Start::Settling { before }),
        (Ok(desired), Some(Was::Undone) | None) => (desired, Start::Pending),
    }
}

fn decided(status: Status, meeting: &MeetingId, words: &str) -> Start {
    Start::Decided { status, code: None, error: Some(words.to_owned()), result: Some(result(meeting)) }
}

fn whose(user: Option<&UserId>) -> String {
    user.map_or_else(|| "the list of meetings".to_owned(), |user| format!("the list of meetings of user {user}"))
}

fn in_planning(failure: &Failure, user: Option<&UserId>) -> PlanError {
    let mut trouble = trouble(failure, &whose(user));
    if failure.disposition == Disposition::Final {
        trouble.kind = TroubleKind::Fatal;
    }
    PlanError::Server(trouble)
}

/// A selection at a moment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Selection<'a> {
    pub(super) of: &'a LobbySelection,
    pub(super) now: Timestamp,
}

impl Selection<'_> {
    /// Returns the last moment at which a selected meeting begins; `None` where there is none.
    pub(super) fn horizon(self) -> Option<Timestamp> {
        self.of.starts_within.map(|within| self.now.plus(within))
    }

    /// Tells whether the meeting is selected. The server has chosen by stage and user already, as well as it can.
    pub(super) fn has(self, meeting: &Meeting) -> bool {
        let is_of_user =
            self.of.user_ids.is_empty() || meeting.user_id.as_ref().is_none_or(|user| self.of.user_ids.contains(user));
        let is_soon = self.horizon().is_none_or(|horizon| meeting.start.is_some_and(|start| start <= horizon));
        let is_of_stage = meeting.stage.is_none_or(|stage| stage == self.of.stage);
        is_of_user && is_soon && is_of_stage && self.of.room_name.matches(&meeting.room_name)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::fill::tests::meeting;
    use super::*;
    use crate::model::{NamePattern, Stage, UserId};

    #[test]
    fn a_meeting_is_selected_by_title_user_stage_and_time_together() {
        let of = LobbySelection {
            room_name: NamePattern::new("lecture*").unwrap(),
            user_ids: vec![UserId::new("u1").unwrap()],
            starts_within: Some(Duration::from_hours(1)),
            ..LobbySelection::default()
        };
        let at = |time: &str| Timestamp::from_api(time).unwrap();
        let (hour_before, earlier) = (at("2027-02-01 07:00"), at("2027-02-01 06:59:59"));
        let has = |meeting: &Meeting| Selection { of: &of, now: hour_before }.has(meeting);
        assert!(has(&meeting()) && has(&Meeting { user_id: None, ..meeting() }));
        for other in [
            Meeting { room_name: "A lecture".to_owned(), ..meeting() },
            Meeting { user_id: UserId::new("u2"), ..meeting() },
            Meeting { stage: Some(Stage::Current), ..meeting() },
            Meeting { start: None, ..meeting() },
        ] {
            assert!(!has(&other), "{other:?}");
        }
        assert!(!Selection { of: &of, now: earlier }.has(&meeting()));
    }
}
