//! Which meetings of a list are meant. Pure.

use crate::clock::Timestamp;
use crate::config::LobbySelection;
use crate::model::Meeting;

/// A selection at a moment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Selection<'a> {
    pub(super) of: &'a LobbySelection,
    pub(super) now: Timestamp,
}

impl Selection<'_> {
    /// The last moment at which a selected meeting begins; `None` where there is none.
    fn horizon(self) -> Option<Timestamp> {
        self.of.starts_within.map(|within| self.now.plus(within))
    }

    /// Whether the meeting is selected. The server has chosen by stage and user already, as well as it can.
    pub(super) fn has(self, meeting: &Meeting) -> bool {
        let is_of_user =
            self.of.user_ids.is_empty() || meeting.user_id.as_ref().is_none_or(|user| self.of.user_ids.contains(user));
        let is_soon = self.horizon().is_none_or(|horizon| meeting.start.is_some_and(|start| start <= horizon));
        let is_of_stage = meeting.stage.is_none_or(|stage| stage == self.of.stage);
        is_of_user && is_soon && is_of_stage && self.of.room_name.matches(&meeting.room_name)
    }

    /// Whether all of these begin too late, so that in a list sorted by start nothing selected comes any more.
    pub(super) fn is_over(self, page: &[Meeting]) -> bool {
        self.horizon()
            .is_some_and(|horizon| page.iter().all(|meeting| meeting.start.is_some_and(|start| start > horizon)))
    }
}
