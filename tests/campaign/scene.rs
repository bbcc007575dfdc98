//! One scene of the campaign: a server, a mail server, a folder with all kinds of job, and a daemon that is killed.

use std::fmt::Write;
use std::fs;
use std::path::PathBuf;
use std::sync::mpsc;
use std::time::Duration;

use roomkeeper::sandbox::Options;
use tokio::sync::oneshot;

use crate::habits::{Habits, Keeps};
use crate::power::Power;
use crate::reader::Reader;
use crate::site::{Running, Site, timetable, title};
use crate::smtp::{Mood, Received, Script, SmtpServer, Stage};

/// Users with a room that is looked after.
pub const ROOMS: usize = 8;
/// Meetings that are over at the start.
pub const PAST: usize = 120;
/// Meetings that are to come at the start.
pub const UPCOMING: usize = 6;
/// Rows of each dropped file.
pub const ROWS: usize = 6;

/// A number from the environment.
pub fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().unwrap())
}

/// The stage of a campaign: a site with all kinds of job, a mail server with moods, and the files that were dropped.
pub struct Scene {
    pub site: Site,
    mail: Option<MailServer>,
    seed: u64,
    random: u64,
    /// The files that were dropped, with their bytes.
    pub dropped: Vec<(String, String)>,
    pub failpoints: String,
    pub habits: Habits,
    /// Where the power may fail.
    pub power: Option<Power>,
}

/// The mail server, on a thread of its own.
struct MailServer {
    server: std::sync::Arc<SmtpServer>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl MailServer {
    fn start(moods: Vec<Mood>) -> Self {
        let (sender, receiver) = mpsc::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                sender.send(std::sync::Arc::new(Script::new().moods(moods).start().await)).unwrap();
                let _ = stopped.await;
            });
        });
        Self { server: receiver.recv().unwrap(), stop: Some(stop), thread: Some(thread) }
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        drop(self.stop.take());
        let _ = self.thread.take().unwrap().join();
    }
}

/// Writes every sort of fault, each with one chance in twenty of its own: with an effect, with none, with one that cannot be told,
/// and refusals.
fn faults(seed: u64, habits: Habits) -> String {
    let mut text = format!("seed = {seed}\n{}{}", Keeps::of(seed).script(), habits.script());
    let mut add = |method: &str, kind: &str, more: &str| {
        writeln!(text, "[[fault]]\nmatch = '{method}'\nkind = '{kind}'\nprobability = 0.05\n{more}").unwrap();
    };
    for method in ["POST", "PATCH", "DELETE"] {
        for kind in WITH_EFFECT.into_iter().chain(WITHOUT_EFFECT) {
            add(method, kind, "");
        }
        for kind in ["stall_before", "stall_after", "stall_late"] {
            add(method, kind, "for_ms = 600\n");
        }
        for kind in ["busy_429", "unavailable_503"] {
            add(method, kind, "retry_after = 1\n");
        }
        add(method, "error_code", "code = 1617\nstatus = 406\n");
    }
    for kind in WITHOUT_EFFECT.into_iter().chain(["truncated_json", "cut_reply"]) {
        add("GET", kind, "");
    }
    // Connections that are closed before anything is read.
    text.push_str("[[fault]]\nkind = 'refused'\nprobability = 0.05\n");
    text
}

const WITH_EFFECT: [&str; 6] =
    ["reset_after", "http_500_after", "truncated_json", "cut_reply", "html_502_after", "empty_result_0_after"];
const WITHOUT_EFFECT: [&str; 4] = ["reset_before", "http_500_before", "html_502_before", "empty_result_0_before"];

impl Scene {
    /// A scene of this seed; `failpoints` are set in every daemon.
    pub fn new(seed: u64, failpoints: &str) -> Self {
        let habits = Habits::of(seed);
        Self::with(seed, failpoints, &faults(seed, habits), habits)
    }

    /// A scene whose server keeps everything as it was sent.
    pub fn with_faults(seed: u64, failpoints: &str, faults: &str) -> Self {
        Self::with(seed, failpoints, faults, Habits::None)
    }

    /// Makes a scene whose server has this habit, which stands in `faults`, too.
    pub fn with(seed: u64, failpoints: &str, faults: &str, habits: Habits) -> Self {
        let server = Options {
            users: 40,
            past: PAST,
            upcoming: UPCOMING,
            seed,
            delay: Duration::from_millis(4),
            faults: faults.parse().unwrap(),
            ..Options::default()
        };
        let moods = [
            Mood::Accept,
            Mood::Drop(Stage::Content),
            Mood::Answer(Stage::Data, "451 4.3.0 try again later"),
            Mood::Drop(Stage::Connect),
            Mood::Accept,
            Mood::Answer(Stage::Rcpt, "450 4.2.0 not now"),
            Mood::Drop(Stage::Content),
        ];
        let mail = MailServer::start(moods.into());
        let site =
            Site::builder().sandbox(server).ledger().build(&configuration(mail.server.port(), &habits.lobby(Some(0))));
        let rooms: String = (0..ROOMS).fold("user_id,email,name\n".to_owned(), |mut text, n| {
            writeln!(text, "u{n:05},owner{n}@example.org,Room {n}").unwrap();
            text
        });
        fs::write(site.path("rooms.csv"), rooms).unwrap();
        for picture in ["a.png", "b.png"] {
            fs::write(site.path(picture), picture).unwrap();
        }
        let random = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        Self {
            site,
            mail: Some(mail),
            seed,
            random,
            dropped: Vec::new(),
            failpoints: failpoints.to_owned(),
            habits,
            power: None,
        }
    }

    /// Nothing begins by itself but what files are dropped for.
    pub fn quiet(&self) {
        let port = self.mail.as_ref().unwrap().server.port();
        self.site.configure(&configuration_at_rest(port, &self.habits.lobby(None)));
    }

    /// The lobbies are to be other ones.
    pub fn turn(&self, turn: u64) {
        let port = self.mail.as_ref().unwrap().server.port();
        self.site.configure(&configuration(port, &self.habits.lobby(Some(turn))));
    }

    /// The next of a sequence that the seed determines, below `limit`.
    fn below(&mut self, limit: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random % limit
    }

    pub fn drop_file(&mut self) {
        let n = self.dropped.len();
        let rows = n * ROWS..(n + 1) * ROWS;
        let text = rows.clone().fold(timetable(rows), |text, row| text.replace(&title(row), &titled(row)));
        let name = format!("f{n}.csv");
        self.site.drop_renamed(&name, &text);
        self.dropped.push((name, text));
    }

    pub fn daemon(&self) -> Running {
        let mut command = self.site.command(&["daemon"]);
        command.env("ROOMKEEPER_FAILPOINTS", &self.failpoints);
        if let Some(power) = &self.power {
            power.watch(&mut command);
        }
        let log = self.site.path(&format!("daemon{}.log", fs::read_dir(self.site.path("")).unwrap().count()));
        Running::of(command, log)
    }

    /// So many kills at random moments; then everything comes to rest.
    pub fn play(&mut self, kills: u64) {
        for kill in 0..kills {
            if kill % 6 == 0 {
                self.turn(kill / 6);
            }
            let mut daemon = self.daemon();
            if kill % 3 == 0 {
                self.drop_file();
            }
            // Any moment: of the start, of the recovery, of a run, of its end.
            let moment = match self.below(4) {
                0 => self.below(30),
                1 => 30 + self.below(200),
                _ => 200 + self.below(1500),
            };
            std::thread::sleep(Duration::from_millis(moment));
            daemon.kill();
        }
        self.come_to_rest();
    }

    /// Until nothing is under way any more, no file waits, and no mail.
    pub fn come_to_rest(&self) {
        // Nothing new begins by itself from here on.
        self.quiet();
        let mut daemon = self.daemon();
        daemon.wait_to_say("roomkeeper is running");
        patiently("all runs come to their ends", || {
            self.site.files("").is_empty()
                && self.site.files("processing").is_empty()
                && self.reader().is_some_and(|journal| {
                    journal.unfinished().unwrap().is_empty() && journal.open_claims().unwrap().is_empty()
                })
        });
        // Kills may have come too fast for some job ever to run, or to come through all faults; in the end each has.
        for job in ["policy", "welcome", "history", "nightly"] {
            // A lobby that the server drops each time is a failure each time.
            let is_never_good = job == "welcome" && self.habits == Habits::OneFile;
            patiently(&format!("{job} succeeds"), || self.site.run(&["run", job]).code == 0 || is_never_good);
        }
        assert!(daemon.terminate().0.success(), "{}", daemon.log());
        patiently("the mails are out", || {
            // One that waits for its next attempt is tried now.
            self.site.run(&["mail", "--retry"]);
            self.reader().is_some_and(|journal| journal.outbox().unwrap().waiting == 0)
        });
    }

    /// Asks the journal, where there is one by now.
    pub fn reader(&self) -> Option<Reader> {
        Reader::open(&self.site.path("state")).ok()
    }

    pub fn mails(&self) -> Vec<Received> {
        self.mail.as_ref().unwrap().server.received()
    }

    /// Copies everything to a path that stays, for a look into a failure, and returns it.
    pub fn keep(&self) -> String {
        let name = format!("roomkeeper-campaign-{}-{}", std::process::id(), self.seed);
        let kept: PathBuf = std::env::temp_dir().join(name);
        let copied = std::process::Command::new("cp").arg("-r").arg(self.site.path("")).arg(&kept).status();
        format!("everything is in {} ({copied:?})", kept.display())
    }
}

/// Characters by which the titles of rows differ: a server may keep no more of them.
const TOLD_APART_BY: usize = 10;

/// The title of a row's meeting. It has what servers escape, and is longer than some keep.
pub fn titled(row: usize) -> String {
    format!("{} at length", title(row).replace("Lecture", "R&D"))
}

/// Tells whether this is the title of a row's meeting, or the part of it that a server kept.
pub fn is_titled(name: &str, title: &str) -> bool {
    title.starts_with(name) && name.len() >= TOLD_APART_BY
}

fn configuration(mail_port: u16, lobby: &str) -> String {
    jobs(mail_port, "* * * * * *", "*/2 * * * * *", lobby)
}

fn configuration_at_rest(mail_port: u16, lobby: &str) -> String {
    jobs(mail_port, "0 0 1 1 *", "0 0 1 1 *", lobby)
}

fn jobs(mail_port: u16, rotate: &str, others: &str, lobby: &str) -> String {
    format!(
        "timeout = \"300ms\"\n\
         [mail]\nserver = \"smtp://127.0.0.1:{mail_port}\"\nfrom = \"Roomkeeper <roomkeeper@example.org>\"\n\
         to = [\"it@example.org\"]\non = \"change\"\n\
         [schedule_meetings.timetable]\ninbox = \"inbox\"\nsettle = \"1s\"\npoll = \"1s\"\n\
         [rotate_pins.nightly]\nschedule = \"{rotate}\"\nrooms = {{ list = \"rooms.csv\" }}\nnotify_owners = true\n\
         pin_sheet = \"pins/{{date}}.csv\"\nskip_busy = false\n\
         [sync_rooms.policy]\nschedule = \"{others}\"\nrooms = {{ list = \"rooms.csv\" }}\n\
         set = {{ knock = true, participants = 40, desc = \"\\uFEFFIt's R&D\\u2800\" }}\n\
         [refresh_lobby.welcome]\nschedule = \"{others}\"\nselect = {{ room_name = \"*\" }}\n\
         lobby = {lobby}\n\
         [export_meetings.history]\nschedule = \"{others}\"\npath = \"exports/meetings.csv\"\n"
    )
}

/// Waits longer than other tests do: what was lost is looked for after a multiple of the time-out, again and again.
#[track_caller]
fn patiently(what: &str, mut look: impl FnMut() -> bool) {
    let began = std::time::Instant::now();
    while !look() {
        assert!(began.elapsed() < Duration::from_secs(300), "this did not happen: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}
