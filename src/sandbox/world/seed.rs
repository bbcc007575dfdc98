//! Meetings that are there from the beginning, spread over users and time, so that lists have something to page through.

use super::{AppType, Details, Invitees, UserNo, World};
use crate::sandbox::clock::Second;

impl World {
    /// Makes `past` meetings that are over at `now` and `upcoming` ones that have not begun, each spread over half a year
    /// and over the users in turn.
    pub fn seed(&mut self, past: usize, upcoming: usize, now: Second) {
        for number in 0..past {
            let minutes = spread(number, past) + MARGIN;
            self.seed_one(number, Second(now.0 - minutes * 60));
        }
        for number in 0..upcoming {
            let minutes = spread(number, upcoming) + MARGIN;
            self.seed_one(past + number, Second(now.0 + minutes * 60));
        }
    }

    fn seed_one(&mut self, number: usize, start: Second) {
        // Starts lie on a quarter of an hour, as people's do.
        let start = Second(start.0 - start.0.rem_euclid(15 * 60));
        let title = TITLES[number % TITLES.len()];
        let details = Details {
            room_name: format!("{title} {number:06}"),
            desc: None,
            start,
            zone: 0,
            duration: DURATIONS[number % DURATIONS.len()],
            moderators: 1,
            participants: 30,
            wait_for_moderator: true,
            knock: false,
            auto_recording: false,
            invitees: Invitees::default(),
        };
        self.schedule(UserNo(number % self.users.len()), AppType::Vc, details);
    }
}

fn spread(number: usize, of: usize) -> i64 {
    let minutes = HALF_A_YEAR.saturating_mul(number) / of.max(1);
    i64::try_from(minutes).unwrap_or(0)
}

const TITLES: [&str; 4] = ["Lecture", "Seminar", "Consultation", "Staff meeting"];
const DURATIONS: [u32; 4] = [30, 45, 60, 90];
/// Minutes. Longer than the longest of the meetings above, so that none of the past is still under way.
const MARGIN: i64 = 120;
/// Minutes.
const HALF_A_YEAR: usize = 180 * 24 * 60;
