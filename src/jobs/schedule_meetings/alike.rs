//! Finds meetings that may be one which a row made and a server keeps otherwise: under another title, at another start, of
//! another length. A row whose reply was lost is not sent again beside such a one; a person tells.

use std::collections::{HashMap, HashSet};

use super::facts::Facts;
use super::notebook::sight_of;
use super::session::{ScheduleSession, make_lease};
use super::wanted_meeting::Create;
use crate::clock::Timestamp;
use crate::engine::RecordError;
use crate::model::kept::{as_kept, without_zeros};
use crate::model::{ItemNo, Meeting, MeetingId, Numbers, UserId};

/// The most by which a server that reads a start in a zone of its own moves it.
const ZONES: i64 = 14 * 3600 * 1000;
/// So many are named.
const NAMED: usize = 3;

/// A meeting that resembles a wanted one in its title or its start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Alike {
    meeting_id: MeetingId,
    title: String,
    shown: String,
    start: Option<Timestamp>,
    minutes: Option<u32>,
    /// The lease of a row that makes such a one, where it tells enough for that.
    lease: Option<String>,
}

/// Gathers such meetings while a list is read.
#[derive(Debug)]
pub(super) struct Gathered {
    titles: HashSet<String>,
    starts: HashSet<Timestamp>,
    since: Timestamp,
    found: HashMap<MeetingId, Alike>,
}

impl Gathered {
    /// Gathers what resembles one of these, and has not begun at `since`: before that, none of them was sent.
    pub(super) fn of<'a>(wanted: impl Iterator<Item = &'a Create>, since: Timestamp) -> Self {
        let (titles, starts) = wanted.map(|create| (title_of(&create.draft.room_name), create.draft.start)).unzip();
        Self { titles, starts, since, found: HashMap::new() }
    }

    /// Takes in a meeting of the list.
    pub(super) fn see(&mut self, meeting: &Meeting, owner: &UserId) {
        let title = title_of(&meeting.room_name);
        let is_same_start = meeting.start.is_some_and(|start| self.starts.contains(&start));
        let is_over = meeting.start.is_some_and(|start| start < self.since);
        if is_over || !(is_same_start || self.titles.contains(&title)) {
            return;
        }
        let alike = Alike {
            meeting_id: meeting.meeting_id.clone(),
            title,
            shown: meeting.room_name.trim().chars().take(60).collect(),
            start: meeting.start,
            minutes: meeting.duration_min,
            lease: sight_of(meeting, owner).map(|sight| make_lease(&sight)),
        };
        self.found.insert(meeting.meeting_id.clone(), alike);
    }

    /// Returns what was found, in the order of the starts.
    pub(super) fn into_found(self) -> Vec<Alike> {
        let mut found: Vec<_> = self.found.into_values().collect();
        found.sort_by(|one, other| (one.start, one.meeting_id.as_str()).cmp(&(other.start, other.meeting_id.as_str())));
        found
    }
}

/// Looks for doubles of a row's meeting among the meetings that resemble it.
pub(super) struct Doubles<'a> {
    pub(super) session: &'a ScheduleSession,
    pub(super) create: &'a Create,
    pub(super) item: ItemNo,
    /// Meetings that were there before the row was sent.
    pub(super) matched: &'a [MeetingId],
}

impl Doubles<'_> {
    /// Puts into words what has come since the row was sent and may be its meeting, and returns the first of it; `None` where
    /// nothing has.
    pub(super) async fn among<'b>(&self, alike: &'b [Alike]) -> Result<Option<(String, &'b Alike)>, RecordError> {
        let mut found = Vec::new();
        for one in alike {
            if self.may_be(one)? && !self.session.tools.recall.is_ours(&one.meeting_id).await? {
                found.push(one);
            }
        }
        let Some(first) = found.first().copied() else { return Ok(None) };
        let mut named: Vec<_> = found.into_iter().map(Alike::in_words).collect();
        let more = named.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        named.truncate(NAMED);
        let words = format!(
            "sent, and not answered; the server has no such meeting, and one that resembles it: {}{more}. It is not sent again: look \
             whether that is this row's; where it is not, hand the row in under another ref",
            named.join(", ")
        );
        Ok(Some((words, first)))
    }

    /// Tells whether it may be this row's, as far as is known without the journal.
    fn may_be(&self, one: &Alike) -> Result<bool, RecordError> {
        if self.matched.contains(&one.meeting_id) {
            return Ok(false);
        }
        // A meeting that another item is about to make, or is looked for by.
        let lease = one.lease.as_deref().filter(|lease| *lease != self.create.lease());
        if lease.is_some_and(|lease| self.session.tools.leases.is_held(lease)) {
            return Ok(false);
        }
        let noted = self.session.notebook.meeting(&one.meeting_id)?;
        if self.session.lost().contains(&self.item) {
            // The list was read before the row was sent, and has been kept up since; but not what begins before all rows.
            let is_read = self.is_near(one) || one.start > Some(self.create.draft.start);
            return Ok(noted.is_none() && ((self.is_titled(one) && is_read) || self.is_at(one)));
        }
        // Sent before a restart: what was there before is not known.
        let ours = noted.is_some_and(|noted| noted.ours);
        Ok(!ours && ((self.is_titled(one) && self.is_near(one)) || (self.is_at(one) && self.is_titled_like(one))))
    }

    fn is_titled(&self, one: &Alike) -> bool {
        one.title == title_of(&self.create.draft.room_name)
    }

    fn is_at(&self, one: &Alike) -> bool {
        one.start == Some(self.create.draft.start)
    }

    fn is_near(&self, one: &Alike) -> bool {
        one.start.is_none_or(|start| (start.millis() - self.create.draft.start.millis()).abs() <= ZONES)
    }

    /// Tells whether one title is the other cut short, in other letters or without signs.
    fn is_titled_like(&self, one: &Alike) -> bool {
        let (is, sent) = (letters(&one.title), letters(&self.create.draft.room_name));
        is.is_empty() || is.starts_with(&sent) || sent.starts_with(&is)
    }
}

impl Alike {
    pub(super) fn id(&self) -> &MeetingId {
        &self.meeting_id
    }

    /// Returns the facts that are remembered of it: the row makes no other while it is there.
    pub(super) fn facts(&self, create: &Create) -> Facts {
        Facts {
            user: Some(create.user.clone()),
            room_name: self.shown.clone(),
            start: self.start.unwrap_or(create.draft.start),
            duration_min: self.minutes.unwrap_or(create.draft.duration_min),
            theirs: true,
            numbers: Numbers::default(),
            invited: None,
        }
    }

    fn in_words(&self) -> String {
        let start = self.start.map_or_else(|| "no start told".to_owned(), |start| format!("{} UTC", start.to_api()));
        let minutes = self.minutes.map_or(String::new(), |minutes| format!(", {minutes} minutes"));
        format!("{} ({}, {start}{minutes})", self.meeting_id, self.shown)
    }
}

fn title_of(text: &str) -> String {
    let text = as_kept(text);
    without_zeros(&text).to_owned()
}

/// Returns the letters and digits of a title that every server keeps.
fn letters(title: &str) -> String {
    title.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}
