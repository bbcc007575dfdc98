//! Measures the cost of a daemon with nothing to do: the real program with ten jobs, beside a bare tokio program that only waits
//! for a signal, as the ceiling.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a benchmark tells its figures, and what went wrong by failing"
)]

use std::fmt::Write;
use std::io::Read;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// The time for which each program is watched.
const WATCHED: Duration = Duration::from_secs(20);

struct Figures {
    switches: f64,
    resident_mb: f64,
}

fn main() {
    if std::env::args().any(|argument| argument == "--bare") {
        bare();
        return;
    }
    let bare = bare_figures();
    let daemon = daemon_figures();
    println!("idle for {} s", WATCHED.as_secs());
    println!("{:28} {:>14} {:>14} {:>8}", "", "daemon, 10 jobs", "bare tokio", "reach");
    println!("{:28} {:>14.2} {:>14.2} {:>8}", "context switches a second", daemon.switches, bare.switches, "<= 4.85");
    println!("{:28} {:>14.1} {:>14.1} {:>8}", "resident, MB", daemon.resident_mb, bare.resident_mb, "<= 12.8");
}

/// A tokio program that waits to be told to end.
fn bare() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        println!("ready");
        let mut end = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).unwrap();
        end.recv().await;
    });
}

fn bare_figures() -> Figures {
    let mut child =
        Command::new(std::env::current_exe().unwrap()).arg("--bare").stdout(Stdio::piped()).spawn().unwrap();
    child.stdout.take().unwrap().read_exact(&mut [0; 5]).unwrap();
    watch(child)
}

fn daemon_figures() -> Figures {
    let folder = tempfile::tempdir().unwrap();
    let mut text =
        "[api]\nbase_url = \"http://127.0.0.1:9/ucaas/v1\"\napp_id = \"idle\"\napp_key = { env = \"IDLE_KEY\" }\n\
                    [state]\ndirectory = \"state\"\n"
            .to_owned();
    for job in 0..10 {
        // Half of them watch their folder, half have a schedule.
        let schedule = if job % 2 == 0 { "" } else { "schedule = \"30 2 1 1 *\"\n" };
        std::fs::create_dir(folder.path().join(format!("inbox{job}"))).unwrap();
        write!(text, "[schedule_meetings.job{job}]\ninbox = \"inbox{job}\"\n{schedule}").unwrap();
    }
    std::fs::write(folder.path().join("config.toml"), text).unwrap();
    let notify = UnixDatagram::bind(folder.path().join("notify")).unwrap();
    // A copy, as an installation makes: what the linker has just written lies in the system's cache otherwise than what was
    // installed, and more of it counts as resident.
    let program = folder.path().join("roomkeeper");
    std::fs::copy(env!("CARGO_BIN_EXE_roomkeeper"), &program).unwrap();
    let child = Command::new(program)
        .arg("daemon")
        .current_dir(folder.path())
        .env("ROOMKEEPER_CONFIG", folder.path().join("config.toml"))
        .env("IDLE_KEY", "idle")
        .env("NOTIFY_SOCKET", folder.path().join("notify"))
        .env_remove("STATE_DIRECTORY")
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut message = [0; 4096];
    while !message.starts_with(b"READY=1") {
        message.fill(0);
        notify.recv(&mut message).unwrap();
    }
    watch(child)
}

fn watch(mut child: Child) -> Figures {
    let process = format!("/proc/{}", child.id());
    // The first moments still have the start in them, and threads that end when they have been idle for ten seconds.
    std::thread::sleep(Duration::from_secs(15));
    let before = switches(Path::new(&process));
    std::thread::sleep(WATCHED);
    let (after, status) =
        (switches(Path::new(&process)), std::fs::read_to_string(format!("{process}/status")).unwrap());
    child.kill().unwrap();
    child.wait().unwrap();
    Figures {
        switches: after.saturating_sub(before) as f64 / WATCHED.as_secs_f64(),
        resident_mb: number(&status, "VmRSS:") as f64 * 1024.0 / 1e6,
    }
}

/// The context switches of all threads so far.
fn switches(process: &Path) -> u64 {
    let threads = std::fs::read_dir(process.join("task")).unwrap();
    let of =
        |status: String| number(&status, "voluntary_ctxt_switches:") + number(&status, "nonvoluntary_ctxt_switches:");
    threads.map(|thread| of(std::fs::read_to_string(thread.unwrap().path().join("status")).unwrap())).sum()
}

fn number(status: &str, key: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix(key)).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}
