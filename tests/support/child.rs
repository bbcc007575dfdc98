//! A test that needs a process of its own runs this very program again, with one test picked and its role in the environment.

use std::path::{Path, PathBuf};
use std::process::Command;

const ROLE: &str = "ROOMKEEPER_TEST_FOLDER";

/// The folder to work in, where this process is the child.
pub(crate) fn role() -> Option<PathBuf> {
    std::env::var_os(ROLE).map(PathBuf::from)
}

/// The command that runs the test of that name in `folder` as a child. `before` is a line of shell that prepares the
/// process; it ends with what starts the rest of the line: `exec`.
pub(crate) fn command(test: &str, folder: &Path, before: &str) -> Command {
    let mut command = Command::new("sh");
    command
        .arg("-c")
        .arg(format!("{before} \"$0\" \"$@\""))
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(ROLE, folder);
    command
}

/// Runs the child to its end, and fails as it does.
pub(crate) fn run(mut command: Command) {
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}\n{}", text(&output.stdout), text(&output.stderr));
    assert!(text(&output.stdout).contains("1 passed"), "the child ran no test: {}", text(&output.stdout));
}
