//! The real program with a folder and a configuration of its own, and what a run of it costs.

use std::fmt::Write;
use std::fs;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use roomkeeper::clock::{Clock, SystemClock, Timestamp};

/// The server in its own process.
pub struct Far {
    child: Child,
    pub port: u16,
}

impl Far {
    pub fn start(meetings: usize, delay: Duration) -> Self {
        use std::io::{BufRead, BufReader};
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--server", &meetings.to_string(), &delay.as_millis().to_string()])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { child, port: line.trim().parse().unwrap() }
    }

    /// The sandbox of the program itself, with the users of [`Office::timetable`].
    pub fn sandbox() -> Self {
        use std::io::{BufRead, BufReader};
        let mut child = Command::new(env!("CARGO_BIN_EXE_roomkeeper"))
            .args(["sandbox", "--listen", "127.0.0.1:0", "--users", "20", "--app-id", "bench", "--app-key", "bench"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port = line.trim().rsplit(':').next().and_then(|rest| rest.split('/').next()).unwrap().parse().unwrap();
        Self { child, port }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/ucaas/v1", self.port)
    }
}

impl Drop for Far {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A folder, a configuration, and the program as an installation has it.
pub struct Office {
    folder: tempfile::TempDir,
}

/// The cost of a process.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    pub took: Duration,
    pub processor: Duration,
    pub peak_mb: f64,
}

impl Office {
    pub fn new(far: &Far) -> Self {
        Self::with(Path::new(env!("CARGO_BIN_EXE_roomkeeper")), far)
    }

    /// The same with another program.
    pub fn with(program: &Path, far: &Far) -> Self {
        let office = Self { folder: tempfile::tempdir().unwrap() };
        fs::copy(program, office.path("roomkeeper")).unwrap();
        office.point_to(far);
        office
    }

    /// From now on this server is the one.
    pub fn point_to(&self, far: &Far) {
        let text = format!(
            "timezone = \"UTC\"\n[api]\nbase_url = \"{}\"\napp_id = \"bench\"\napp_key = {{ env = \"BENCH_KEY\" }}\n\
             rate_limit = \"none\"\nmax_in_flight = 64\n[state]\ndirectory = \"state\"\n\
             [schedule_meetings.timetable]\nmax_file_size = \"500 MiB\"\n\
             [export_meetings.history]\npath = \"exports/all.csv\"\n",
            far.url()
        );
        fs::write(self.path("config.toml"), text).unwrap();
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A timetable of so many rows, with references of their own.
    pub fn timetable(&self, name: &str, rows: usize) {
        let day = 24 * 3600 * 1000;
        let base = Timestamp::from_millis((SystemClock.now().millis() / day + 30) * day);
        let mut text = "ref,user_id,room_name,start_time,duration,moderators,participants\n".to_owned();
        for row in 0..rows {
            let start = base.plus(Duration::from_secs(60 * (row as u64 % 100_000))).to_api();
            writeln!(text, "{name}-{row},u{:05},Lecture {row:07},{start},30,1,20", row % 20).unwrap();
        }
        fs::write(self.path(name), text).unwrap();
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = self.beginning(Command::new(self.path("roomkeeper")));
        command.args(args);
        command
    }

    /// The program, run by another one with these words.
    pub fn emulated(&self, [emulator, words @ ..]: [&str; 5]) -> Command {
        let mut emulator = Command::new(emulator);
        emulator.args(words).arg(self.path("roomkeeper"));
        self.beginning(emulator)
    }

    fn beginning(&self, mut command: Command) -> Command {
        command
            .current_dir(self.folder.path())
            .env("ROOMKEEPER_CONFIG", self.path("config.toml"))
            .env("BENCH_KEY", "bench")
            .env_remove("STATE_DIRECTORY")
            .env_remove("RUNTIME_DIRECTORY")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }

    /// Runs a command to its end; fails unless it succeeds.
    pub fn cost(command: &mut Command) -> Cost {
        let (before, began) = (children_time(), Instant::now());
        let mut child = command.spawn().unwrap();
        let mut peak_mb = 0.0;
        let status = loop {
            peak_mb = peak(child.id()).unwrap_or(peak_mb);
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        let took = began.elapsed();
        assert!(status.success(), "{command:?}: {status}");
        Cost { took, processor: children_time().saturating_sub(before), peak_mb }
    }

    /// Measures the daemon's start until it says that it is ready, and then ends it, in order or not.
    pub fn start_to_ready(&self) -> Duration {
        let notify = self.path("notify");
        let _ = fs::remove_file(&notify);
        let socket = UnixDatagram::bind(&notify).unwrap();
        socket.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
        let mut command = self.command(&["daemon"]);
        command.env("NOTIFY_SOCKET", &notify);
        let began = Instant::now();
        let mut child = command.spawn().unwrap();
        let mut buffer = [0; 4096];
        let took = loop {
            let length = socket.recv(&mut buffer).unwrap();
            if String::from_utf8_lossy(&buffer[..length]).contains("READY=1") {
                break began.elapsed();
            }
        };
        let process = rustix::process::Pid::from_child(&child);
        rustix::process::kill_process(process, rustix::process::Signal::TERM).unwrap();
        child.wait().unwrap();
        took
    }
}

/// The library that makes a disk slow.
pub fn slow_sync(folder: &Path) -> PathBuf {
    library(folder, "slow_sync", include_str!("slow_sync.c"))
}

/// Compiles a library to be loaded before others.
pub fn library(folder: &Path, name: &str, text: &str) -> PathBuf {
    let (source, library) = (folder.join(format!("{name}.c")), folder.join(format!("{name}.so")));
    fs::write(&source, text).unwrap();
    let built =
        Command::new("cc").args(["-shared", "-fPIC", "-O2", "-o"]).arg(&library).arg(&source).arg("-ldl").status();
    assert!(built.unwrap().success(), "a C compiler is needed for {name}");
    library
}

/// The most memory that a process had so far, in MB.
pub fn peak(process: u32) -> Option<f64> {
    let text = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kb: f64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kb * 1024.0 / 1e6)
}

/// The processor's time that children took who have ended, to a hundredth of a second.
fn children_time() -> Duration {
    time_at(13)
}

/// The processor's time that this process took, to a hundredth of a second.
pub fn own_time() -> Duration {
    time_at(11)
}

/// Two times in user and kernel mode, from that field behind the process's name on.
fn time_at(field: usize) -> Duration {
    let text = fs::read_to_string("/proc/self/stat").unwrap();
    let after_name = text.rsplit_once(')').unwrap().1;
    let ticks: u64 = after_name.split_whitespace().skip(field).take(2).map(|n| n.parse::<u64>().unwrap()).sum();
    Duration::from_millis(ticks * 10)
}
