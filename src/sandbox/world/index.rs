//! Keeps the meetings of one owner and one application type, in the two orders that lists are asked for.

use super::{Meeting, MeetingNo, Sorted};
use crate::sandbox::clock::Second;

/// Meetings by start and by age. Cancelled ones are not in it.
#[derive(Debug, Default)]
pub struct Index {
    /// By start; of the same start, the older first.
    pub by_start: Sorted<(Second, MeetingNo)>,
    /// By age, the oldest first.
    pub by_age: Sorted<MeetingNo>,
}

impl Index {
    /// Enters a meeting.
    pub fn insert(&mut self, number: MeetingNo, meeting: &Meeting) {
        self.by_start.insert((meeting.details.start, number));
        self.by_age.insert(number);
    }

    /// Takes a meeting out.
    pub fn remove(&mut self, number: MeetingNo, meeting: &Meeting) {
        self.by_start.remove(&(meeting.details.start, number));
        self.by_age.remove(&number);
    }
}
