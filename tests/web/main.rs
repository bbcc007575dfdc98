//! The page, its JSON and its figures, through the real program.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::float_cmp, reason = "figures that are whole numbers are exact")]

mod api;
mod figures;
#[path = "../support/http.rs"]
mod http;
mod pages;
mod private;
mod prometheus;
mod serving;
#[path = "../support/site/mod.rs"]
mod site;

use crate::http::Place;
use crate::site::{Running, Site, free_port};

/// A table `[web]` at a free port, and the port.
fn web(more: &str) -> (Place, String) {
    let port = free_port();
    (Place::Port(port), format!("[web]\nlisten = \"127.0.0.1:{port}\"\n{more}\n"))
}

/// Starts the daemon, and waits until the page is served.
fn served(site: &Site) -> Running {
    let daemon = site.daemon();
    daemon.wait_to_say("the page is served at");
    daemon
}

/// Jobs: one of files, one of a schedule, one that is not enabled.
const JOBS: &str = "[schedule_meetings.timetable]\ninbox = \"inbox\"\nsettle = \"100ms\"\n\
                    [sync_rooms.policy]\nschedule = \"30 2 * * *\"\nrooms = { own = true }\nset = { knock = true }\n\
                    [sync_rooms.resting]\nenabled = false\nschedule = \"0 3 * * *\"\nrooms = { own = true }\nset = { knock = true }\n";
