//! Selects the meetings of a list that are meant. Pure.

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
