//! Files are closed to other users, also where the process was started with a umask that forbids nothing.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::surroundings::timetable;
use crate::room_jobs::with_rooms;
use crate::site::{Running, wait_until};

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn whatever_the_umask_nobody_else_reads_the_state_or_a_file_with_pins() {
    let site = with_rooms(
        2,
        "[schedule_meetings.timetable]\n[rotate_pins.nightly]\nrooms = { list = 'rooms.csv' }\nnotify_owners = true\n\
         pin_sheet = 'pins/{date}.csv'\n\
         [export_meetings.history]\npath = 'exports/all.csv'\ninclude_pins = true\n",
    );
    site.list(0..2);
    site.sandbox.add_meetings(2, 0);
    site.write("a.csv", timetable("A title"));
    // The umask of the program alone: that of this process is shared with other tests.
    let command = |line: &str| {
        let program = site.command(&[]);
        let mut shell = std::process::Command::new("sh");
        shell.arg("-c").arg(format!("umask 0; exec \"$0\" {line}")).arg(program.get_program());
        shell.env_clear().current_dir(site.path(""));
        for (name, value) in program.get_envs() {
            if let Some(value) = value {
                shell.env(name, value);
            }
        }
        shell
    };
    for line in ["import a.csv", "run nightly", "run history"] {
        let output = command(line).output().unwrap();
        assert!(output.status.success(), "{line}: {output:?}");
    }
    let mut daemon = Running::of(command("daemon"), site.path("daemon.log"));
    wait_until("the daemon serves", || {
        site.path("state/control.sock").exists() && mode(&site.path("state/control.sock")) == 0o660
    });
    let mut seen = Vec::new();
    look(&site.path("state"), &mut seen);
    daemon.signal(rustix::process::Signal::TERM);
    assert!(daemon.wait().success());
    for (path, mode) in &seen {
        let name = path.rsplit('/').next().unwrap();
        // The journal's group may read it, for the reading commands; a file that holds a PIN, or opens one, is its owner's alone.
        let closed = if name.starts_with("journal") { 0o037 } else { 0o007 };
        let closed = if name == "pin.key" || Path::new(&name).extension().is_some_and(|ending| ending == "eml") {
            0o077
        } else {
            closed
        };
        assert_eq!(mode & closed, 0, "{path} is open to others: {mode:o}");
    }
    let names = seen.iter().map(|(path, _)| path.as_str()).collect::<Vec<_>>().join(" ");
    for name in ["journal.db", "journal.db-wal", "pin.key", ".eml", "control.sock", "lock"] {
        assert!(names.contains(name), "no {name} among {names}");
    }
    for folder in ["pins", "exports"] {
        let file = fs::read_dir(site.path(folder)).unwrap().next().unwrap().unwrap().path();
        assert_eq!((mode(&file), mode(&site.path(folder))), (0o600, 0o700), "{}", file.display());
    }
    let results = fs::read_dir(site.path("")).unwrap().map(|entry| entry.unwrap().path());
    let results = results.filter(|path| path.to_string_lossy().ends_with(".results.csv")).collect::<Vec<_>>();
    assert_eq!(results.len(), 1);
    assert_eq!(mode(&results[0]) & 0o007, 0, "the results are open to everybody: {:o}", mode(&results[0]));
}

fn look(folder: &Path, into: &mut Vec<(String, u32)>) {
    into.push((folder.display().to_string(), mode(folder)));
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if fs::symlink_metadata(&path).is_ok_and(|found| found.is_dir()) {
            look(&path, into);
        } else {
            into.push((path.display().to_string(), mode(&path)));
        }
    }
}
