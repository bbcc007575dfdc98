//! Notes the meetings that the server has of each user whom a run deals with, read once and kept up by this
//! program's own writes, also by those of other runs: so that a row is never decided by a list that those writes
//! have made untrue.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::identity::Sight;
use super::noted::{Noted, packed};
use super::wanted_meeting::WantedMeeting;

use crate::api::{Client, Failure, ListQuery, Search};
use crate::engine::{RecordError, Scratch, Trouble, TroubleKind};
use crate::model::{JobName, Meeting, MeetingId, Stage, UserId};

/// Returns what is seen of a meeting of the server's: start, user, duration and title, as of a row's.
pub(super) fn sight_of<'a>(meeting: &'a Meeting, owner: &'a UserId) -> Option<Sight<'a>> {
    Some(Sight::of_meeting(meeting.start?, owner.as_str(), meeting.duration_min?, meeting.room_name.trim()))
}

/// The notebooks of all runs of this kind, which hear of each other's writes.
#[derive(Debug, Clone, Default)]
pub struct Board(Arc<Mutex<BoardState>>);

#[derive(Debug, Default)]
struct BoardState {
    notebooks: Arc<Vec<(JobName, Weak<Scratch>)>>,
    writing: HashMap<UserId, Writing>,
}

/// This program's writes to one user's meetings. An entry lasts while there are any writes, or looks.
#[derive(Debug, Default)]
struct Writing {
    under_way: u32,
    looks: u32,
    writes: u64,
}

/// While this lives, a write to the user's meetings is under way.
#[derive(Debug)]
pub(super) struct WriteMark {
    board: Board,
    user: UserId,
}

/// While this lives, our writes to the user's meetings are watched.
#[derive(Debug)]
pub(super) struct LookMark {
    board: Board,
    user: UserId,
    writes: u64,
    busy: bool,
}

impl Board {
    /// Returns a new notebook of a job's run, which hears of all writes from now on.
    pub(super) fn notebook(&self, job: &JobName) -> Notebook {
        let scratch = Arc::new(Scratch::new());
        let mut state = self.state();
        let notebooks = Arc::make_mut(&mut state.notebooks);
        notebooks.retain(|(_, notebook)| notebook.strong_count() > 0);
        notebooks.push((job.clone(), Arc::downgrade(&scratch)));
        drop(state);
        let (readings, everybody) = (Readings::default(), AtomicBool::new(false));
        Notebook { job: job.clone(), scratch, board: self.clone(), readings, everybody }
    }

    /// Marks a write as under way.
    pub(super) fn begin_write(&self, user: &UserId) -> WriteMark {
        let mut state = self.state();
        let writing = state.writing.entry(user.clone()).or_default();
        writing.under_way += 1;
        writing.writes += 1;
        WriteMark { board: self.clone(), user: user.clone() }
    }

    /// Watches for writes while a look is under way.
    pub(super) fn begin_look(&self, user: &UserId) -> LookMark {
        let mut state = self.state();
        let writing = state.writing.entry(user.clone()).or_default();
        writing.looks += 1;
        LookMark { writes: writing.writes, busy: writing.under_way > 0, board: self.clone(), user: user.clone() }
    }

    fn each_notebook(&self, mut tell: impl FnMut(&JobName, &Scratch) -> Result<(), RecordError>) {
        let notebooks = Arc::clone(&self.state().notebooks);
        for (job, notebook) in &*notebooks {
            if let Some(notebook) = notebook.upgrade()
                && let Err(error) = tell(job, &notebook)
            {
                tracing::warn!(%error, "a meeting could not be noted");
            }
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, BoardState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn leave(&self, user: &UserId, change: impl FnOnce(&mut Writing)) {
        let mut state = self.state();
        if let Some(writing) = state.writing.get_mut(user) {
            change(writing);
            if writing.under_way == 0 && writing.looks == 0 {
                state.writing.remove(user);
            }
        }
    }
}

impl Drop for WriteMark {
    fn drop(&mut self) {
        self.board.leave(&self.user, |writing| writing.under_way -= 1);
    }
}

impl LookMark {
    /// Tells whether we left the user's meetings alone all the while.
    pub(super) fn was_quiet(&self) -> bool {
        let state = self.board.state();
        !self.busy && state.writing.get(&self.user).is_some_and(|writing| writing.writes == self.writes)
    }
}

impl Drop for LookMark {
    fn drop(&mut self) {
        self.board.leave(&self.user, |writing| writing.looks -= 1);
    }
}

/// One run's notebook.
#[derive(Debug)]
pub(super) struct Notebook {
    job: JobName,
    scratch: Arc<Scratch>,
    board: Board,
    readings: Readings,
    /// Set once everybody's meetings were read.
    everybody: AtomicBool,
}

/// The readings of users' lists that are under way, each with the failure that those who wait for it share.
#[derive(Debug, Default)]
struct Readings(Mutex<HashMap<UserId, Weak<SharedReading>>>);

type SharedReading = tokio::sync::Mutex<Option<Failure>>;

impl Readings {
    /// Returns the reading of a user's list that is under way, or a new one.
    fn of(&self, user: &UserId) -> Arc<SharedReading> {
        let mut readings = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(reading) = readings.get(user).and_then(Weak::upgrade) {
            return reading;
        }
        readings.retain(|_, reading| reading.strong_count() > 0);
        let reading = Arc::default();
        readings.insert(user.clone(), Arc::downgrade(&reading));
        reading
    }
}

/// The name under which it is noted that the meetings of a user that go on were read.
fn current_of(user: &UserId) -> String {
    format!("current:{user}")
}

/// The reason why a user's meetings could not be noted.
#[derive(Debug)]
pub(super) enum NotListed {
    /// The server.
    Server(Failure),
    /// The temporary folder.
    Scratch(RecordError),
}

impl From<RecordError> for NotListed {
    fn from(error: RecordError) -> Self {
        Self::Scratch(error)
    }
}

/// Translates a failure of the notebook into trouble of the run.
#[expect(clippy::needless_pass_by_value, reason = "it maps errors")]
pub(super) fn scratch(error: RecordError) -> Trouble {
    Trouble { kind: TroubleKind::Unwell, words: format!("the temporary folder cannot be used: {error}") }
}

impl Notebook {
    pub(super) fn board(&self) -> &Board {
        &self.board
    }

    /// Tells whether the meetings of a user were read: those to come, and those that go on where `current` asks for them.
    pub(super) fn is_listed(&self, user: &UserId, current: bool) -> Result<bool, RecordError> {
        if self.everybody.load(Ordering::Relaxed) {
            return Ok(true);
        }
        Ok(self.scratch.is_listed(user.as_str())? && (!current || self.scratch.is_listed(&current_of(user))?))
    }

    /// Tells whether everybody's meetings were read.
    pub(super) fn has_everybody(&self) -> bool {
        self.everybody.load(Ordering::Relaxed)
    }

    /// Notes that everybody's meetings were read.
    pub(super) fn note_everybody_listed(&self) {
        self.everybody.store(true, Ordering::Relaxed);
    }

    /// Reads the meetings of a user that are to come, and those that go on where `current` asks for them, unless that was
    /// done before in this run. All who wait for one user's list wait for the same reading.
    pub(super) async fn list(&self, client: &Client, user: &UserId, current: bool) -> Result<(), NotListed> {
        if self.is_listed(user, current)? {
            return Ok(());
        }
        let reading = self.readings.of(user);
        let mut failed = reading.lock().await;
        if let Some(failure) = &*failed {
            return Err(NotListed::Server(failure.clone()));
        }
        let read = self.read(client, user, current).await;
        if let Err(NotListed::Server(failure)) = &read {
            *failed = Some(failure.clone());
        }
        read
    }

    /// Reads the stages in the order in which a meeting goes through them, so that none slips by between the two.
    async fn read(&self, client: &Client, user: &UserId, current: bool) -> Result<(), NotListed> {
        for stage in [Stage::Upcoming, Stage::Current] {
            let (name, is_wanted) = match stage {
                Stage::Current => (current_of(user), current),
                _ => (user.to_string(), true),
            };
            if !is_wanted || self.scratch.is_listed(&name)? {
                continue;
            }
            let query = ListQuery { stage: Some(stage), search: Some(Search::User(user.clone())), order: None };
            let mut pages = client.meetings(query).short_page_ends();
            while let Some(page) = pages.next().await.map_err(NotListed::Server)? {
                for meeting in &page {
                    self.note(meeting, user)?;
                }
            }
            self.scratch.note_listed(&name)?;
        }
        Ok(())
    }

    /// Notes a meeting that the server has.
    pub(super) fn note(&self, meeting: &Meeting, owner: &UserId) -> Result<(), RecordError> {
        note(&self.scratch, meeting, owner, false)
    }

    /// Returns the noted meetings of this user, title and start: those that take as long, and those that take another time.
    pub(super) fn matching(&self, sight: &Sight<'_>) -> Result<(Vec<Noted>, Vec<Noted>), RecordError> {
        told(&self.scratch.matching(&sight.meeting)?, sight)
    }

    /// The same of a meeting that is to be made.
    pub(super) fn made_already(&self, create: &WantedMeeting) -> Result<(Vec<Noted>, Vec<Noted>), RecordError> {
        if !self.scratch.has_matches() {
            return Ok(Default::default());
        }
        let found = self.scratch.matching(create.seen_meeting())?;
        if found.is_empty() { Ok(Default::default()) } else { told(&found, &create.sight()) }
    }

    /// Returns a noted meeting.
    pub(super) fn meeting(&self, meeting: &MeetingId) -> Result<Option<Noted>, RecordError> {
        let found = self.scratch.meeting(meeting)?;
        Ok(found.map(|packed| Noted::unpacked(&packed)).transpose()?)
    }

    /// Tells every run that the server has this meeting now; it is ours to the runs of the same job alone.
    pub(super) fn announce(&self, meeting: &Meeting, owner: &UserId) {
        self.board.each_notebook(|job, scratch| note(scratch, meeting, owner, *job == self.job));
    }

    /// Tells every run that the server has this meeting no more.
    pub(super) fn announce_gone(&self, meeting: &MeetingId) {
        self.board.each_notebook(|_, scratch| scratch.forget_meeting(meeting));
    }
}

fn told(found: &[Vec<u8>], sight: &Sight<'_>) -> Result<(Vec<Noted>, Vec<Noted>), RecordError> {
    let noted: Vec<_> = found.iter().map(|packed| Noted::unpacked(packed)).collect::<Result<_, _>>()?;
    let is_of = |noted: &Noted| sight.is_of(noted.user_id.as_ref(), &noted.room_name, noted.numbers);
    Ok(noted
        .into_iter()
        .filter(is_of)
        .partition(|noted| noted.duration_min.is_some_and(|minutes| minutes.to_string() == sight.minutes)))
}

fn note(scratch: &Scratch, meeting: &Meeting, owner: &UserId, ours: bool) -> Result<(), RecordError> {
    let owner = meeting.user_id.as_ref().unwrap_or(owner);
    // A meeting whose start or length cannot be read matches no row; it is still there by its id.
    let sight = sight_of(meeting, owner);
    scratch.note_meeting(&meeting.meeting_id, sight.as_ref().map(|sight| &*sight.meeting), &packed(meeting, ours))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::model::Numbers;

    #[test]
    fn what_a_job_makes_is_ours_to_its_own_runs_alone() {
        let board = Board::default();
        let [one, again, other] = ["one", "one", "other"].map(|job| board.notebook(&job.parse::<JobName>().unwrap()));
        let meeting = Meeting {
            meeting_id: MeetingId::new("m1").unwrap(),
            room_id: None,
            user_id: UserId::new("u1"),
            room_name: "Quad".to_owned(),
            app_type: None,
            desc: None,
            start: Timestamp::from_api("2027-02-01 08:00").ok(),
            timezone: None,
            duration_min: Some(30),
            moderators: None,
            participants: None,
            wait_for_moderator: None,
            knock: None,
            auto_recording: None,
            pins: crate::model::Pins::default(),
            direct_url: None,
            stage: None,
            numbers: Numbers::default(),
            invitees: None,
        };
        one.announce(&meeting, &UserId::new("u1").unwrap());
        let is_ours = [one, again, other].map(|notebook| notebook.meeting(&meeting.meeting_id).unwrap().unwrap().ours);
        assert_eq!(is_ours, [true, true, false]);
    }

    #[test]
    fn a_look_is_quiet_only_while_we_write_nothing_of_that_user() {
        let board = Board::default();
        let (one, other) = (UserId::new("u1").unwrap(), UserId::new("u2").unwrap());
        let look = board.begin_look(&one);
        drop(board.begin_write(&other));
        assert!(look.was_quiet());
        drop(board.begin_write(&one));
        assert!(!look.was_quiet());
        let write = board.begin_write(&one);
        let during = board.begin_look(&one);
        drop(write);
        assert!(!during.was_quiet());
        drop((look, during));
        assert!(board.state().writing.is_empty());
    }
}
