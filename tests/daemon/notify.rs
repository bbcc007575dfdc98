//! The daemon tells systemd its state; a socket that stands in for systemd's own reads it.

use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::reader::Reader;
use crate::site::{Running, Site, timetable, wait_for};

const TIMETABLE: &str = "[schedule_meetings.timetable]\ninbox = \"inbox\"\nsettle = \"1s\"\n\
    [schedule_meetings.nightly]\ninbox = \"inbox2\"\nschedule = \"30 2 * * *\"\n";

/// The socket that systemd would listen at.
struct Notify {
    socket: UnixDatagram,
    path: PathBuf,
}

impl Notify {
    fn new(site: &Site) -> Self {
        // The other job's folder; without it, a mail about that would wait or not.
        std::fs::create_dir(site.path("inbox2")).unwrap();
        let path = site.path("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        Self { socket, path }
    }

    /// The daemon, with a watchdog that wants to hear of it so often.
    fn daemon(&self, site: &Site, watchdog: Duration, failpoints: &str) -> Running {
        let mut command = std::process::Command::new("/bin/sh");
        site.prepare(&mut command);
        // systemd names the process that the watchdog is for.
        command
            .args(["-c", "export WATCHDOG_PID=$$; exec \"$0\" daemon", crate::site::PROGRAM])
            .env("NOTIFY_SOCKET", &self.path)
            .env("WATCHDOG_USEC", watchdog.as_micros().to_string())
            .env("ROOMKEEPER_FAILPOINTS", failpoints);
        Running::of(command, site.path("daemon.log"))
    }

    /// The next message, and when it came.
    fn next(&self) -> (String, Instant) {
        let mut message = [0; 4096];
        let n = self.socket.recv(&mut message).unwrap();
        (String::from_utf8(message[..n].to_vec()).unwrap(), Instant::now())
    }

    /// Reads on until a message has this in it; everything up to it.
    fn until(&self, words: &str) -> Vec<String> {
        let mut all = Vec::new();
        loop {
            let (message, _) = self.next();
            all.push(message);
            if all.last().is_some_and(|message| message.contains(words)) {
                return all;
            }
        }
    }
}

#[test]
fn it_is_ready_only_when_the_journal_is_open_and_the_jobs_are_armed() {
    let site = Site::new(TIMETABLE);
    let notify = Notify::new(&site);
    let mut daemon = notify.daemon(&site, Duration::from_secs(60), "");
    let first = notify.until("READY=1");
    assert!(!first.iter().any(|message| message.contains("STOPPING")), "{first:?}");
    // The schedule that the job is armed by is in the journal by now: a command that only reads it sees the next due time.
    let list = site.json(&["list", "--json"]);
    assert!(list[0]["next"].is_string(), "{list}");
    let journal = Reader::open(&site.path("state")).unwrap();
    let armed = journal.watch(journal.job_key("nightly").unwrap().unwrap()).unwrap();
    assert!(armed.schedule.as_ref().is_some_and(|schedule| schedule.contains("30 2 * * *")), "{armed:?}");
    let told = notify.until("STATUS=").pop().unwrap();
    assert!(told.contains("nothing is running; next is nightly at 20") && told.contains(":30 (UTC)"), "{told}");
    daemon.signal(Signal::TERM);
    notify.until("STOPPING=1");
    assert!(daemon.wait().success());
}

#[test]
fn the_last_word_is_that_it_stopped() {
    let site = Site::new(TIMETABLE);
    let notify = Notify::new(&site);
    let mut daemon = notify.daemon(&site, Duration::from_secs(60), "");
    notify.until("next is nightly");
    assert!(daemon.terminate().0.success());
    let told = notify.until("STATUS=stopped");
    let words: Vec<_> = told.iter().filter_map(|message| Some(message.split("STATUS=").nth(1)?.trim_end())).collect();
    assert_eq!(words, ["stopping: what is under way finishes", "stopped"], "{told:?}");
}

#[test]
fn status_tells_of_a_full_disk_and_of_mails_that_wait() {
    let nobody = crate::site::free_port();
    let mail = format!(
        "[mail]\nserver = \"smtp://127.0.0.1:{nobody}\"\nfrom = \"a@example.org\"\nto = [\"b@example.org\"]\n{TIMETABLE}"
    );
    let site = Site::new(&mail);
    let notify = Notify::new(&site);
    let daemon = notify.daemon(&site, Duration::from_secs(60), "status.full=on");
    notify.until("the disk is full");
    site.drop_renamed("a.csv", &timetable(0..1));
    notify.until("1 mail waits");
    drop(daemon);
}

#[test]
fn a_daemon_whose_journal_is_held_by_another_never_says_that_it_is_ready() {
    let site = Site::new(TIMETABLE);
    let _first = site.daemon();
    let notify = Notify::new(&site);
    let mut second = notify.daemon(&site, Duration::from_secs(60), "");
    assert_eq!(second.wait().code(), Some(5), "{}", second.log());
    notify.socket.set_nonblocking(true).unwrap();
    assert!(notify.socket.recv(&mut [0; 64]).is_err(), "nothing was told");
}

#[test]
fn the_watchdog_is_fed_at_half_its_interval() {
    let site = Site::new(TIMETABLE);
    let notify = Notify::new(&site);
    let _daemon = notify.daemon(&site, Duration::from_secs(2), "");
    notify.until("READY=1");
    notify.until("WATCHDOG=1");
    let mut last = Instant::now();
    for _ in 0..3 {
        let at = loop {
            let (message, at) = notify.next();
            if message.contains("WATCHDOG=1") {
                break at;
            }
        };
        // A busy machine may be late; what counts is that systemd would not lose patience.
        assert!(at - last < Duration::from_secs(2), "{:?}", at - last);
        last = at;
    }
}

#[test]
fn the_watchdog_is_not_fed_when_the_ticker_is_stuck() {
    let site = Site::new(TIMETABLE);
    let notify = Notify::new(&site);
    let daemon = notify.daemon(&site, Duration::from_secs(2), "scheduler.tick=on");
    notify.until("READY=1");
    // Twice over: a feed that was due in between did not come.
    wait_for("it tells that the ticker is silent, more than once", || {
        (daemon.log().matches("ticker does not ask any more").count() >= 2).then_some(())
    });
    notify.socket.set_nonblocking(true).unwrap();
    let mut message = [0; 4096];
    let mut fed = 0;
    while let Ok(n) = notify.socket.recv(&mut message) {
        fed += u32::from(message[..n].starts_with(b"WATCHDOG=1"));
    }
    assert!(fed <= 1, "only what was fed before the silence was long enough: {fed}");
}

#[test]
fn status_tells_what_is_running() {
    let site = Site::builder().delay(100).build(TIMETABLE);
    let notify = Notify::new(&site);
    let _daemon = notify.daemon(&site, Duration::from_secs(60), "");
    notify.until("READY=1");
    site.drop_renamed("a.csv", &timetable(0..600));
    let told = notify.until("of 600 done").pop().unwrap();
    assert!(told.contains("timetable: "), "{told}");
}

#[test]
fn a_reload_is_told_from_its_beginning_to_its_end() {
    let site = Site::new(TIMETABLE);
    let notify = Notify::new(&site);
    let daemon = notify.daemon(&site, Duration::from_secs(60), "");
    notify.until("READY=1");
    daemon.signal(Signal::HUP);
    let told = notify.until("RELOADING=1").pop().unwrap();
    assert!(told.contains("MONOTONIC_USEC="), "{told}");
    notify.until("READY=1");
}
