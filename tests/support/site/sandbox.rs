//! The server of a site: the sandbox on a thread of its own, and a clock that can be set.

use std::ops::Deref;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;

use roomkeeper::clock::{Clock as _, SystemClock};
use roomkeeper::sandbox::{Clock, EffectKind, Options};
use serde_json::Value;
use tokio::sync::oneshot;

use super::title;

/// The key that the sandbox accepts.
pub const KEY: &str = "the-key-of-this-test-9c1f";

/// A sandbox that serves until it is dropped.
pub struct Sandbox {
    server: Arc<roomkeeper::sandbox::Sandbox>,
    /// Where its ledger is, if it writes one.
    ledger: Option<tempfile::TempDir>,
    /// The distance of its clock from the machine's, in milliseconds.
    skew: Arc<AtomicI64>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Sandbox {
    /// Starts it, with our clock and this key in place of the options'; it writes a ledger, or none.
    pub(super) fn start(options: Options, key: &str, has_ledger: bool) -> Self {
        let skew = Arc::new(AtomicI64::new(0));
        let skewed = Arc::clone(&skew);
        let clock = Clock::from_fn(move || SystemClock.now().millis() + skewed.load(Ordering::Relaxed));
        let folder = has_ledger.then(|| tempfile::tempdir().unwrap());
        let ledger = folder.as_ref().map(|folder| folder.path().join("ledger")).or(options.ledger);
        let options = Options { clock, ledger, app_key: key.to_owned(), ..options };
        let (sender, receiver) = mpsc::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                sender.send(Arc::new(roomkeeper::sandbox::Sandbox::start(options).await.unwrap())).unwrap();
                let _ = stopped.await;
            });
        });
        let server = receiver.recv().unwrap();
        Self { server, ledger: folder, skew, stop: Some(stop), thread: Some(thread) }
    }

    /// The server goes, and its connections with it; the port is free.
    pub fn stop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }

    pub fn port(&self) -> u16 {
        self.address().port()
    }

    /// Moves its clock.
    pub fn set_skew_minutes(&self, minutes: i64) {
        self.skew.store(minutes * 60_000, Ordering::Relaxed);
    }

    /// The lines of its ledger: every effect, and every request.
    pub fn ledger(&self) -> Vec<Value> {
        let folder = self.ledger.as_ref().unwrap();
        let text = std::fs::read_to_string(folder.path().join("ledger")).unwrap_or_default();
        // The last line may be half written.
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// The titles of the meetings that were made, in order of their making.
    pub fn made(&self) -> Vec<String> {
        let made = self.effects().into_iter().filter(|effect| effect.kind == EffectKind::MeetingCreated);
        made.map(|effect| effect.room_name).collect()
    }

    /// Fails unless exactly these rows' meetings were made, each once.
    #[track_caller]
    pub fn expect_made(&self, rows: impl IntoIterator<Item = usize>) {
        let mut made = self.made();
        made.sort();
        let mut expected: Vec<_> = rows.into_iter().map(title).collect();
        expected.sort();
        assert_eq!(made, expected);
    }
}

impl Deref for Sandbox {
    type Target = roomkeeper::sandbox::Sandbox;

    fn deref(&self) -> &Self::Target {
        &self.server
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A port that nothing listens at.
pub fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
