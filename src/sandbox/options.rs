//! Holds the settings of a sandbox.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use super::{Clock, Faults, RoomPath};

/// The settings of a sandbox. The default has 200 users, no meetings, no faults, every slip, and a free port on loopback.
#[derive(Debug, Clone)]
pub struct Options {
    /// The address at which it listens; port 0 is any free one.
    pub listen: SocketAddr,
    /// The number of users beside the owner: `u00000`, `u00001` …
    pub users: usize,
    /// True when their ids are numbers: `00000`, `00001` …
    pub numbered_users: bool,
    /// The number of meetings that are over at the start.
    pub past: usize,
    /// The number of meetings that are still to come at the start.
    pub upcoming: usize,
    /// The faults.
    pub faults: Faults,
    /// The file to which the ledger is written, line by line, behind what is there already.
    pub ledger: Option<PathBuf>,
    /// The requests that the ledger tells beside the effects.
    pub arrivals: Arrivals,
    /// The App ID that is accepted.
    pub app_id: String,
    /// The App Key that is accepted.
    pub app_key: String,
    /// The seed of ids and PINs.
    pub seed: u64,
    /// The time that each request takes.
    pub delay: Duration,
    /// The longest page of a list; at least 1.
    pub page_cap: usize,
    /// The slips of the reference that its replies show.
    pub slips: Slips,
    /// The path at which permanent rooms are read.
    pub rooms: RoomPath,
    /// True when every `order_by` is refused with 2603.
    pub refuse_sorting: bool,
    /// The source of the time.
    pub clock: Clock,
}

/// The slips of the reference that replies show, in turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Slips {
    /// All of them.
    #[default]
    All,
    /// All but the reply to a cancellation that is not JSON.
    AllButCancel,
    /// None: every reply has the plain form.
    None,
}

/// The requests that the ledger tells beside the effects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Arrivals {
    /// Those that write and those that read.
    #[default]
    All,
    /// Those that write.
    Writes,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            users: 200,
            numbered_users: false,
            past: 0,
            upcoming: 0,
            faults: Faults::default(),
            ledger: None,
            arrivals: Arrivals::default(),
            app_id: DEFAULT_APP_ID.to_owned(),
            app_key: DEFAULT_APP_KEY.to_owned(),
            seed: 1,
            delay: Duration::ZERO,
            page_cap: 100,
            slips: Slips::default(),
            rooms: RoomPath::default(),
            refuse_sorting: false,
            clock: Clock::system(),
        }
    }
}

/// The App ID where none is given.
pub const DEFAULT_APP_ID: &str = "sandbox";
/// The App Key where none is given.
pub const DEFAULT_APP_KEY: &str = "sandbox-key";
