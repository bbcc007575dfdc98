//! Requests: what the plan read serves the first attempt, so that a room is read once before it is changed.

use crate::room_jobs::with_rooms;

/// Rooms of each run.
const ROOMS: u64 = 60;

/// The number of requests that came for each room, and beside that.
#[derive(Debug, PartialEq, Eq)]
struct Requests {
    each_room: u64,
    beside: u64,
}

/// Runs a job, and counts.
#[track_caller]
fn requests(job: &str, jobs: &str, counts: &str) -> Requests {
    let site = with_rooms(60, jobs);
    site.list(0..60);
    let before = site.requested();
    let run = site.run_job(job, 0);
    assert_eq!(run.counts(), counts, "{run:?}");
    let came = site.requested() - before;
    Requests { each_room: came / ROOMS, beside: came % ROOMS }
}

#[test]
fn a_room_whose_pins_are_reset_is_read_before_and_after() {
    let jobs = "[rotate_pins.nightly]\nrooms = { list = 'rooms.csv' }\npin_sheet = 'pins/{date}.csv'\n";
    // One more tells which rooms are in use.
    assert_eq!(requests("nightly", jobs, "reset 60"), Requests { each_room: 3, beside: 1 });
}

#[test]
fn a_room_whose_settings_are_changed_is_read_before() {
    let jobs = "[sync_rooms.policy]\nrooms = { list = 'rooms.csv' }\nset = { participants = 77 }\n";
    assert_eq!(requests("policy", jobs, "updated 60"), Requests { each_room: 2, beside: 0 });
}
