//! Tells a monitoring service that a run has begun, and how it ended, by the convention of Healthchecks: `/start`, the plain
//! address for success, `/fail`. A ping holds nothing up: it is sent beside the run, a few times at most.

use std::sync::OnceLock;
use std::time::Duration;

use reqwest::{Url, redirect};
use tokio::task::JoinHandle;
use tokio_util::task::TaskTracker;

use crate::model::{Backoff, JobName, Outcome, RunId};

/// The time that one ping may take.
const PING_TIMEOUT: Duration = Duration::from_secs(10);
/// The time for which the end of the program waits for them.
const AT_THE_END: Duration = Duration::from_secs(6);
/// Waits between attempts.
const WAITS: Backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(2));
/// Attempts at one ping.
const ATTEMPTS: u32 = 3;
/// Bytes of the summary that are sent along; a service keeps no more than its first screens.
const LONGEST_SUMMARY: usize = 10_000;

/// Sends pings.
#[derive(Default)]
pub(super) struct Pings {
    /// Made when the first job needs it: most have no such service.
    http: OnceLock<reqwest::Client>,
    going: TaskTracker,
}

/// The pings about one run.
pub(super) struct RunPings {
    url: Url,
    job: JobName,
    run: RunId,
    start: JoinHandle<()>,
}

impl Pings {
    /// Tells that a run has begun, or goes on.
    pub(super) fn start(&self, url: Url, job: JobName, run: RunId) -> Option<RunPings> {
        let start = self.send(None, &url, "start", &job, run, String::new())?;
        Some(RunPings { url, job, run, start })
    }

    /// Tells how it ended.
    pub(super) fn end(&self, pings: RunPings, outcome: Option<Outcome>, summary: String) {
        let RunPings { url, job, run, start } = pings;
        let signal = if outcome == Some(Outcome::Succeeded) { "" } else { "fail" };
        // This caller need not know if there is anything to wait for.
        let _ = self.send(Some(start), &url, signal, &job, run, summary);
    }

    /// Waits a little for the last ones: the program ends.
    pub(super) async fn finish(&self) {
        self.going.close();
        if tokio::time::timeout(AT_THE_END, self.going.wait()).await.is_err() {
            tracing::warn!("a ping_url does not answer, and may not have been told of the last run");
        }
    }

    fn send(
        &self,
        after: Option<JoinHandle<()>>,
        url: &Url,
        signal: &str,
        job: &JobName,
        run: RunId,
        mut body: String,
    ) -> Option<JoinHandle<()>> {
        let http = self.http()?;
        let (url, job) = (address(url, signal, run), job.clone());
        if body.len() > LONGEST_SUMMARY {
            let end = (0..=LONGEST_SUMMARY).rev().find(|at| body.is_char_boundary(*at)).unwrap_or(0);
            body.truncate(end);
        }
        Some(self.going.spawn(async move {
            if let Some(start) = after {
                // In their order; that the first could not be sent was told.
                let _ = start.await;
            }
            for failures in 1.. {
                // The address is a secret of its service: it is in no log.
                let Err(why) = once(&http, url.clone(), body.clone()).await else { return };
                if failures == ATTEMPTS {
                    tracing::warn!(%job, %run, %why, "the ping_url could not be told of the run");
                    return;
                }
                tokio::time::sleep(WAITS.wait(failures)).await;
            }
        }))
    }

    fn http(&self) -> Option<reqwest::Client> {
        if let Some(http) = self.http.get() {
            return Some(http.clone());
        }
        let built = reqwest::Client::builder()
            .user_agent(concat!("roomkeeper/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::limited(3))
            .timeout(PING_TIMEOUT)
            .pool_max_idle_per_host(0)
            .build();
        match built {
            Ok(http) => Some(self.http.get_or_init(|| http).clone()),
            Err(error) => {
                tracing::warn!(%error, "no ping can be sent");
                None
            }
        }
    }
}

async fn once(http: &reqwest::Client, url: Url, body: String) -> Result<(), String> {
    let answer = http.post(url).body(body).send().await.map_err(|error| error.without_url().to_string())?;
    answer.error_for_status().map(drop).map_err(|error| error.without_url().to_string())
}

/// Returns the address of a signal: `https://hc-ping.com/UUID/fail?rid=RUN`.
fn address(url: &Url, signal: &str, run: RunId) -> Url {
    let mut url = url.clone();
    if !signal.is_empty() {
        let path = format!("{}/{signal}", url.path().trim_end_matches('/'));
        url.set_path(&path);
    }
    url.query_pairs_mut().append_pair("rid", &run.to_string());
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_is_the_last_part_of_the_path_and_the_run_is_named() {
        let run = RunId::generate();
        let url = Url::parse("https://hc-ping.com/key/slug?create=1").unwrap();
        assert_eq!(
            address(&url, "start", run).as_str(),
            format!("https://hc-ping.com/key/slug/start?create=1&rid={run}")
        );
        let url = Url::parse("https://hc-ping.com/uuid/").unwrap();
        assert_eq!(address(&url, "", run).as_str(), format!("https://hc-ping.com/uuid/?rid={run}"));
        assert_eq!(address(&url, "fail", run).as_str(), format!("https://hc-ping.com/uuid/fail?rid={run}"));
    }
}
