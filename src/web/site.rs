//! Holds what every answer needs: who may look, where the answers come from, how pages are made.

use std::sync::Arc;

use hyper::body::Bytes;
use tokio::sync::{Mutex, Semaphore};
use tokio::time::Instant;

use super::access::{Gate, Key};
use super::health::{Heart, Trials};
use super::intervals::Intervals;
use super::mask::mask;
use super::page::Pages;
use super::settings::WebSettings;
use crate::clock::Timestamp;
use crate::config::WebConfig;
use crate::control::Sources;
use crate::runtime::Runtime;

/// Pages that are made at once: the work goes on beside them.
const MADE_AT_ONCE: usize = 2;

/// The page, as configured.
pub(super) struct Site {
    pub(super) runtime: Arc<Runtime>,
    pub(super) heart: Option<Arc<dyn Heart>>,
    pub(super) web: WebConfig,
    pub(super) gate: Gate,
    pub(super) trials: Trials,
    pub(super) pages: Pages,
    pub(super) machine: String,
    pub(super) making: Semaphore,
    pub(super) intervals: Intervals,
    /// The time when the process began to serve.
    pub(super) started: Timestamp,
    /// The first screen, as it was made last: without and with its refreshing itself.
    pub(super) first: [Mutex<Option<(Instant, Bytes)>>; 2],
}

impl Site {
    pub(super) fn new(
        runtime: &Arc<Runtime>,
        heart: Option<&Arc<dyn Heart>>,
        key: &Arc<Key>,
        settings: &WebSettings,
        started: Timestamp,
    ) -> Self {
        let machine = rustix::system::uname().nodename().to_string_lossy().into_owned();
        let own = Own { runtime: Arc::clone(runtime), machine: machine.clone() };
        Self {
            runtime: Arc::clone(runtime),
            heart: heart.cloned(),
            web: settings.web.clone(),
            gate: Gate::new(Arc::clone(key), settings.token.clone()),
            trials: Trials::default(),
            pages: Pages::new(&settings.web.base_path, move |local, domain| own.is_own(local, domain)),
            machine,
            making: Semaphore::new(MADE_AT_ONCE),
            intervals: Intervals::default(),
            started,
            first: [Mutex::new(None), Mutex::new(None)],
        }
    }

    /// Returns the sources of answers, as they are now.
    pub(super) fn sources(&self) -> Sources {
        Sources::of(&self.runtime)
    }

    /// Returns what tells this program's own names from mail addresses.
    pub(super) fn own(&self) -> Own {
        Own { runtime: Arc::clone(&self.runtime), machine: self.machine.clone() }
    }

    /// Returns a text for programs without mail addresses.
    pub(super) fn masked(&self, text: &str) -> String {
        self.own().masked(text)
    }
}

/// Tells `JOB@HOST`, as this program calls itself in the subject of a mail, from a mail address.
#[derive(Clone)]
pub(super) struct Own {
    runtime: Arc<Runtime>,
    machine: String,
}

impl Own {
    fn is_own(&self, local: &str, domain: &str) -> bool {
        domain == self.machine && local.parse().is_ok_and(|job| self.runtime.config().jobs.contains_key(&job))
    }

    /// Returns a text without mail addresses.
    pub(super) fn masked(&self, text: &str) -> String {
        mask(text, |local, domain| self.is_own(local, domain)).into_owned()
    }
}
