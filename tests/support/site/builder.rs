//! Makes a site, with what is not as everywhere.

use std::net::SocketAddr;
use std::time::Duration;

use roomkeeper::sandbox::Options;

use super::{KEY, Sandbox, Site};

/// Builds a site. It starts with a sandbox of its own that behaves well, and configurations with nothing in them but the way
/// to it.
#[derive(Default)]
pub struct Builder {
    options: Options,
    key: Option<&'static str>,
    has_ledger: bool,
    preamble: Preamble,
}

/// The lines that each configuration of a site begins with.
#[derive(Default)]
pub(super) struct Preamble {
    /// Keys of no table.
    top: String,
    /// Keys of `[api]`.
    api: String,
    /// The tables behind it, the last of them open for more keys.
    tables: String,
}

impl Preamble {
    /// A whole configuration.
    pub(super) fn text(&self, base_url: &str, tables: &str) -> String {
        self.text_with(base_url, &self.api, tables)
    }

    /// The same, with these keys of `[api]` in place of the usual ones.
    pub(super) fn text_with(&self, base_url: &str, api: &str, tables: &str) -> String {
        let Self { top, tables: before, .. } = self;
        format!(
            "{top}[api]\nbase_url = \"{base_url}\"\napp_id = \"sandbox\"\napp_key = {{ env = \"APP_KEY\" }}\n\
             rate_limit = \"none\"\n{api}{before}{tables}\n"
        )
    }
}

impl Builder {
    /// The sandbox is such a one. Those who set what it has or does call this first.
    pub fn sandbox(self, options: Options) -> Self {
        Self { options, ..self }
    }

    /// The server has so many users beside the owner.
    pub fn users(mut self, users: usize) -> Self {
        self.options.users = users;
        self
    }

    /// So many meetings are over at the start.
    pub fn past(mut self, past: usize) -> Self {
        self.options.past = past;
        self
    }

    /// So many meetings are to come at the start.
    pub fn upcoming(mut self, upcoming: usize) -> Self {
        self.options.upcoming = upcoming;
        self
    }

    /// Each request takes so many milliseconds.
    pub fn delay(mut self, millis: u64) -> Self {
        self.options.delay = Duration::from_millis(millis);
        self
    }

    /// This goes wrong.
    pub fn faults(mut self, script: &str) -> Self {
        self.options.faults = script.parse().unwrap();
        self
    }

    /// The server takes another App Key than the configuration has.
    pub fn key(self, key: &'static str) -> Self {
        Self { key: Some(key), ..self }
    }

    /// The server writes a ledger of every request.
    pub fn ledger(self) -> Self {
        Self { has_ledger: true, ..self }
    }

    /// The server listens at that port of this machine.
    pub fn port(mut self, port: u16) -> Self {
        self.options.listen = SocketAddr::from(([127, 0, 0, 1], port));
        self
    }

    /// Each configuration has these keys of `[api]`.
    pub fn api(mut self, keys: &str) -> Self {
        self.preamble.api = format!("{keys}\n");
        self
    }

    /// Each configuration has this time zone.
    pub fn timezone(mut self, zone: &str) -> Self {
        self.preamble.top = format!("timezone = '{zone}'\n");
        self
    }

    /// Local times are Berlin's, what is lost is given up after half a second, and each run is told to it@example.org. Tables
    /// may begin with keys of `[mail]`.
    pub fn reporting(mut self) -> Self {
        "[state]\ndirectory = 'state'\n[mail]\nto = ['it@example.org']\non = 'always'\n"
            .clone_into(&mut self.preamble.tables);
        self.timezone("Europe/Berlin").api("timeout = '500ms'")
    }

    /// Starts the server alone.
    pub fn server(self) -> Sandbox {
        Sandbox::start(self.options, self.key.unwrap_or(KEY), self.has_ledger)
    }

    /// Starts the server, and writes the configuration with these tables.
    pub fn build(mut self, tables: &str) -> Site {
        let preamble = std::mem::take(&mut self.preamble);
        let sandbox = self.server();
        let folder = tempfile::tempdir().unwrap();
        for name in ["inbox", "tmp"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        let site = Site { folder, sandbox, preamble };
        site.configure(tables);
        site
    }
}
