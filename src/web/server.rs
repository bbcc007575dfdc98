//! Listens as configured, and anew where the configuration says otherwise.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::access::Key;
use super::connection::converse;
use super::health::Heart;
use super::listener::Listener;
use super::settings::WebSettings;
use super::site::Site;
use crate::clock::Timestamp;
use crate::config::{Environment, WebConfig, WebListen};
use crate::runtime::Runtime;

/// Connections at once; others wait.
const CONNECTIONS: usize = 256;
/// After a connection could not be accepted, mostly for want of file descriptors.
const BREATH: Duration = Duration::from_millis(100);
/// The time for which a place that cannot be listened at is let be.
const AGAIN: Duration = Duration::from_secs(10);

/// Serves the page of the process that holds the lock.
pub struct Web {
    runtime: Arc<Runtime>,
    environment: Environment,
    heart: Option<Arc<dyn Heart>>,
    started: Timestamp,
}

impl Web {
    /// Makes it for the daemon, whose schedules tick.
    #[must_use]
    pub fn of_daemon(runtime: Arc<Runtime>, environment: Environment, heart: Arc<dyn Heart>) -> Self {
        let started = runtime.clock().now();
        Self { runtime, environment, heart: Some(heart), started }
    }

    /// Makes it for a command that holds the lock for a while.
    #[must_use]
    pub fn of_command(runtime: Arc<Runtime>, environment: Environment) -> Self {
        let started = runtime.clock().now();
        Self { runtime, environment, heart: None, started }
    }

    /// Serves until `stop` fires. `changed` tells that there may be another configuration.
    pub async fn serve(self, mut changed: watch::Receiver<()>, stop: CancellationToken) {
        let key = match Key::draw() {
            Ok(key) => Arc::new(key),
            Err(error) => return self.say(&format!("no key can be drawn: {error}")),
        };
        while !stop.is_cancelled() {
            let round = self.round(&key, &mut changed, &stop);
            tokio::select! {
                () = round => {}
                () = stop.cancelled() => {}
            }
        }
    }

    /// Serves by the configuration in force, until that changes.
    async fn round(&self, key: &Arc<Key>, changed: &mut watch::Receiver<()>, stop: &CancellationToken) {
        let settings = match WebSettings::of(&self.runtime.config(), &self.environment) {
            Ok(Some(settings)) => settings,
            Ok(None) => return change(changed).await,
            Err(error) => {
                self.say(&error.to_string());
                return change(changed).await;
            }
        };
        match Listener::open(&settings.web.listen).await {
            Ok(listener) => {
                let place = place(&settings.web);
                tracing::info!("the page is served at {place}");
                self.serve_at(listener, key, &settings, changed, stop).await;
                tracing::info!("the page is not served at {place} any more");
            }
            Err(error) => {
                self.say(&format!("{} cannot be listened at: {error}", place(&settings.web)));
                tokio::select! {
                    () = change(changed) => {}
                    () = tokio::time::sleep(AGAIN) => {}
                }
            }
        }
    }

    async fn serve_at(
        &self,
        listener: Listener,
        key: &Arc<Key>,
        settings: &WebSettings,
        changed: &mut watch::Receiver<()>,
        stop: &CancellationToken,
    ) {
        let site = Arc::new(Site::new(&self.runtime, self.heart.as_ref(), key, settings, self.started));
        let leave = stop.child_token();
        // Connections are told to go when this ends, however it does.
        let _leaving = leave.clone().drop_guard();
        let (connections, places) = (TaskTracker::new(), Arc::new(Semaphore::new(CONNECTIONS)));
        let accepting = async {
            loop {
                let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
                match listener.accept().await {
                    Ok((stream, peer)) => {
                        let talk = converse(Arc::clone(&site), stream, peer, leave.clone());
                        connections.spawn(async move {
                            let _place = place;
                            talk.await;
                        });
                    }
                    Err(error) => {
                        tracing::debug!(%error, "the page cannot accept a connection");
                        tokio::time::sleep(BREATH).await;
                    }
                }
            }
        };
        let other = async {
            loop {
                change(changed).await;
                let now = WebSettings::of(&self.runtime.config(), &self.environment);
                if !matches!(now, Ok(Some(now)) if now.are(settings)) {
                    return;
                }
            }
        };
        tokio::select! {
            () = accepting => {}
            () = other => {}
        }
        drop(listener);
        leave.cancel();
        connections.close();
        connections.wait().await;
    }

    /// Says why there is no page. A command that holds the lock for a moment does without.
    fn say(&self, why: &str) {
        match self.heart {
            Some(_) => tracing::error!("{why}; the page is not served, and the work goes on without it"),
            None => tracing::debug!("{why}; the page is not served meanwhile"),
        }
    }
}

/// Waits for another configuration.
async fn change(changed: &mut watch::Receiver<()>) {
    if changed.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Returns the place in words.
fn place(web: &WebConfig) -> String {
    match &web.listen {
        WebListen::Tcp(address) => format!("http://{address}{}/", web.base_path),
        WebListen::Unix(path) => format!("unix:{}", path.display()),
    }
}
