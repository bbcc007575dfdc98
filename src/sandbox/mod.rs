//! Simulates the API server, built from the vendor's reference alone: it shares no type with the client, so that a slip in one
//! shows in the other.
//!
//! Its users are `u00000`, `u00001` … and `owner`, whose credentials it accepts (HTTP Basic, `sandbox` and `sandbox-key`
//! where nothing else is said). It answers every route of the reference below `/ucaas/v1`, and without credentials:
//!
//! | request | reply |
//! |---|---|
//! | `GET /_sandbox/state` | a [`Snapshot`] as JSON: every meeting and room, and how many requests there were |
//! | `POST /_sandbox/faults` | puts the fault script in the body ([`faults`]) in force; 400 with the reason where it is not valid |
//! | `GET /_sandbox/files/NAME` | a file that was uploaded for a lobby |
//!
//! # The ledger
//!
//! `--ledger FILE` appends JSON lines, each written before the reply goes out, in the order in which things happened. Every
//! line has `kind`, `at` (RFC 3339, UTC, milliseconds) and `request` (the number of the request, from 1). What does not
//! apply is absent.
//!
//! | `kind` | when | other keys |
//! |---|---|---|
//! | `arrival` | a request that writes was read, before anything comes of it | `method`, `route`, `meeting_id` or `room_id` of the path; `user_id`, `room_name`, `start_time`, `duration` as sent; `fault`: what the script does to it |
//! | `look` | a request that reads was read (not with `--no-ledger-reads`) | `method`, `route`, `meeting_id` or `user_id` of the path, or of a search by user; `query`; `fault` |
//! | `meeting_created`, `meeting_edited`, `meeting_cancelled` | it is so | `meeting_id`, `room_id`, `user_id`, `room_name`, `start_time` (`YYYY-MM-DD HH:MM:SS`, UTC), `duration` (minutes), each as it is afterwards; `send_mail`: whether mail went out |
//! | `room_updated`, `pins_reset` | it is so | `room_id`, `user_id`, `room_name`, `duration`; the new `mpin`, `ppin` |
//! | `lobby_added`, `lobby_updated`, `lobby_removed` | it is so | as for a meeting; `lobby` as it is afterwards |
//!
//! An effect and the arrival that it came from have the same `request`.

mod api;
mod args;
mod clock;
mod effect;
pub mod faults;
mod ledger;
mod options;
mod random;
mod server;
mod snapshot;
mod world;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::Arc;

use thiserror::Error;
use tokio::task::JoinHandle;

use faults::FaultsError;
use server::Server;

pub use api::RoomPath;
pub use args::Args;
pub use clock::Clock;
pub use effect::{Effect, EffectKind};
pub use faults::Faults;
pub use options::{Arrivals, DEFAULT_APP_ID, DEFAULT_APP_KEY, Options, Slips};
pub use snapshot::{MeetingState, RoomState, Snapshot};
pub use world::{Image, Lobby, Show};

/// Runs a sandbox until `until` is ready. Once it listens it writes exactly one line to `out`, so that another process can wait
/// for it: `listening on http://127.0.0.1:8790/ucaas/v1`.
pub async fn serve(args: Args, mut out: impl Write, until: impl Future<Output = ()>) -> Result<(), Error> {
    let sandbox = Sandbox::start(args.options()?).await?;
    writeln!(out, "listening on {}", sandbox.base_url()).and_then(|()| out.flush()).map_err(Error::Announce)?;
    tokio::select! {
        () = until => {}
        () = sandbox.server.stopped() => {}
    }
    let failure = sandbox.server.failure();
    sandbox.shutdown().await;
    failure.map_or(Ok(()), Err)
}

/// A running sandbox. Dropped, it stops too, but the caller does not wait for it.
#[derive(Debug)]
pub struct Sandbox {
    server: Arc<Server>,
    accepting: JoinHandle<()>,
}

impl Sandbox {
    /// Starts a sandbox on the runtime at hand; it listens when this returns.
    pub async fn start(options: Options) -> Result<Self, Error> {
        let (server, accept) = Server::start(options).await?;
        Ok(Self { server, accepting: tokio::spawn(accept) })
    }

    /// Returns the base URL of its API, such as `http://127.0.0.1:8790/ucaas/v1`.
    #[must_use]
    pub fn base_url(&self) -> String {
        self.server.base_url()
    }

    /// Returns the address at which it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Puts another fault script in force; its counts begin anew.
    pub fn set_faults(&self, faults: Faults) {
        self.server.set_faults(faults);
    }

    /// Has a meeting be under way in a user's permanent room, as if a participant had just come in; tells whether there is such a
    /// user.
    #[must_use]
    pub fn occupy(&self, user_id: &str) -> bool {
        self.server.occupy(user_id)
    }

    /// Returns every effect so far, in order.
    #[must_use]
    pub fn effects(&self) -> Vec<Effect> {
        self.server.state().ledger.effects().to_vec()
    }

    /// Counts the requests, by method and route with the ids taken out: `POST /meetings`, `GET /meetings/{meeting_id}`, `PATCH
    /// /meetings/permanent/{room_id} reset-pins`.
    #[must_use]
    pub fn requests(&self) -> BTreeMap<String, u64> {
        self.server.state().requests()
    }

    /// Makes more meetings, as at the start: so many that are over, so many still to come.
    pub fn add_meetings(&self, past: usize, upcoming: usize) {
        self.server.seed(past, upcoming);
    }

    /// Takes a meeting away that the API would not let go, since it is over; tells whether it was there.
    #[must_use]
    pub fn take_away(&self, meeting_id: &str) -> bool {
        self.server.take_away(meeting_id)
    }

    /// Returns everything it knows at this moment.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.server.snapshot()
    }

    /// Ends every connection at once, answered or not, and comes back when nothing of it runs any more.
    pub async fn shutdown(mut self) {
        self.server.stop();
        if let Err(error) = (&mut self.accepting).await {
            tracing::error!(%error, "the sandbox did not end well");
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.server.stop();
    }
}

/// The path at which the API begins, as at the vendor's.
const BASE_PATH: &str = "/ucaas/v1";

/// The reason why the sandbox cannot start, or had to stop.
#[derive(Debug, Error)]
pub enum Error {
    /// The sandbox cannot listen at the address.
    #[error("the sandbox cannot listen at {address}; is something else there? --listen 127.0.0.1:0 takes a free port")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The fault script cannot be used.
    #[error("the sandbox cannot use its fault script")]
    Faults(#[from] FaultsError),
    /// The ledger cannot be opened or written. The sandbox stops then: a ledger with gaps would prove nothing.
    #[error("the sandbox cannot write its ledger {path}")]
    Ledger {
        /// The file.
        path: String,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The line that tells the address could not be written.
    #[error("the sandbox cannot tell its address")]
    Announce(#[source] io::Error),
}
