//! Runs the same work with another build beside this one, where `ROOMKEEPER_EARLIER` names its program: each round has both, one
//! after the other, so that they meet the machine in the same mood.
//!
//! The build that the figures of this project are held against is that of commit 2458e9a:
//! `git worktree add ../earlier 2458e9a`, `cargo build --release --locked` there, and its `target/release/roomkeeper` is the program.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::ceilings::IN_FLIGHT;
use crate::office::{self, Cost, Far, Office};
use crate::table::{line, middle, rate};
use crate::{MEETINGS, ROUNDS, ROWS};

/// Runs a program that was built for x86-64, instruction by instruction.
const EMULATOR: &str = "qemu-x86_64";
/// Rows of an import that is emulated.
const FEW_ROWS: usize = 5000;

/// Something of this build, and the same of the earlier one.
type Both<T> = [T; 2];

/// Prints the lines of both builds; one that says how to have them where there is no other.
pub fn beside_earlier() {
    let Some(earlier) = std::env::var_os("ROOMKEEPER_EARLIER").map(PathBuf::from) else {
        return line("beside an earlier build", "", "not had here", None, "ROOMKEEPER_EARLIER=its program");
    };
    let programs = [PathBuf::from(env!("CARGO_BIN_EXE_roomkeeper")), earlier];
    imports(&programs);
    log_bytes(&programs);
    instructions(&programs);
    slow_server(&programs);
    exports(&programs);
    dry_runs(&programs);
}

/// Measures a command in rounds, both builds in each.
fn rounds(programs: &Both<PathBuf>, measure: impl Fn(&Path) -> Cost) -> Both<Vec<Cost>> {
    let mut costs = [Vec::new(), Vec::new()];
    for _ in 0..ROUNDS + 2 {
        for (program, costs) in programs.iter().zip(&mut costs) {
            costs.push(measure(program));
        }
    }
    costs
}

/// Returns the middle one of a figure, of both builds.
fn both(costs: &Both<Vec<Cost>>, figure: impl Fn(&Cost) -> f64) -> Both<f64> {
    costs.each_ref().map(|costs| middle(costs.iter().map(&figure).collect(), |figure| *figure))
}

/// Prints a figure of which more is better.
fn rates(what: &str, n: usize, costs: &Both<Vec<Cost>>, reach: &str) {
    let [ours, theirs] = both(costs, |cost| n as f64 / cost.took.as_secs_f64());
    line(what, &rate(ours), &rate(theirs), Some(ours / theirs), reach);
}

/// Prints the processor's time for each of so many.
fn processor(what: &str, n: usize, costs: &Both<Vec<Cost>>, reach: &str) {
    let [ours, theirs] = both(costs, |cost| cost.processor.as_secs_f64() * 1e6 / n as f64);
    line(what, &format!("{ours:.1} us"), &format!("{theirs:.1} us"), Some(ours / theirs), reach);
}

fn imports(programs: &Both<PathBuf>) {
    let far = Far::start(0, Duration::ZERO);
    let costs = rounds(programs, |program| import(&Office::with(program, &far)));
    rates(&format!("import of {ROWS} rows, beside an earlier build"), ROWS, &costs, ">= 1.5");
    processor("processor time a row", ROWS, &costs, "<= 0.6");
    let [ours, theirs] = both(&costs, |cost| cost.peak_mb);
    let what = format!("memory at {ROWS} rows");
    line(&what, &format!("{ours:.1} MB"), &format!("{theirs:.1} MB"), Some(ours / theirs), "");
}

fn import(office: &Office) -> Cost {
    office.timetable("a.csv", ROWS);
    Office::cost(&mut office.command(&["import", "--job", "timetable", "a.csv"]))
}

fn log_bytes(programs: &Both<PathBuf>) {
    let far = Far::start(0, Duration::ZERO);
    let folder = tempfile::tempdir().unwrap();
    let library = office::library(folder.path(), "count_wal", include_str!("count_wal.c"));
    let [ours, theirs] = programs.each_ref().map(|program| {
        let (office, told) = (Office::with(program, &far), folder.path().join("bytes"));
        office.timetable("a.csv", ROWS);
        let mut command = office.command(&["import", "--job", "timetable", "a.csv"]);
        Office::cost(command.env("LD_PRELOAD", &library).env("WAL_BYTES", &told));
        std::fs::read_to_string(told).unwrap().parse::<f64>().unwrap() / 1000.0 / ROWS as f64
    });
    line("write-ahead log a row", &format!("{ours:.2} KB"), &format!("{theirs:.2} KB"), Some(ours / theirs), "<= 0.57");
}

/// Counts what a row takes: the difference between two imports, without the start. It hangs on no other process.
fn instructions(programs: &Both<PathBuf>) {
    let what = "instructions a row";
    let far = Far::start(0, Duration::ZERO);
    let folder = tempfile::tempdir().unwrap();
    let plugin = office::library(folder.path(), "count_instructions", include_str!("count_instructions.c"));
    let emulator = [EMULATOR, "-cpu", "max", "-plugin", plugin.to_str().unwrap()];
    // Later releases of it may refuse the plugin.
    let tried = Office::with(&programs[0], &far).emulated(emulator).arg("--version").status();
    if !tried.is_ok_and(|status| status.success()) {
        return line(what, "", "not had here", None, &format!("{EMULATOR} (Debian 12: qemu-user)"));
    }
    let counted = |program: &Path, rows: usize| {
        let (office, told) = (Office::with(program, &far), folder.path().join("instructions"));
        office.timetable("a.csv", rows);
        let mut command = office.emulated(emulator);
        Office::cost(command.args(["import", "--job", "timetable", "a.csv"]).env("INSTRUCTIONS", &told));
        std::fs::read_to_string(told).unwrap().parse::<f64>().unwrap()
    };
    let [ours, theirs] = programs
        .each_ref()
        .map(|program| (counted(program, 2 * FEW_ROWS) - counted(program, FEW_ROWS)) / FEW_ROWS as f64 / 1000.0);
    line(what, &format!("{ours:.0} k"), &format!("{theirs:.0} k"), Some(ours / theirs), "<= 260 k");
}

fn slow_server(programs: &Both<PathBuf>) {
    let delay = Duration::from_millis(20);
    let far = Far::start(0, delay);
    let [ours, theirs] =
        programs.each_ref().map(|program| ROWS as f64 / import(&Office::with(program, &far)).took.as_secs_f64());
    let limit = IN_FLIGHT as f64 / delay.as_secs_f64();
    let shown = |rate: f64| format!("{:.2} of limit", rate / limit);
    line(&format!("import of {ROWS} rows, 20 ms server delay"), &shown(ours), &shown(theirs), None, ">= 0.97");
}

fn exports(programs: &Both<PathBuf>) {
    let far = Far::start(MEETINGS, Duration::ZERO);
    let costs = rounds(programs, |program| Office::cost(&mut Office::with(program, &far).command(&["run", "history"])));
    rates(&format!("export of {MEETINGS} meetings"), MEETINGS, &costs, ">= 1.8");
    processor("processor time a meeting", MEETINGS, &costs, "");
}

fn dry_runs(programs: &Both<PathBuf>) {
    let far = Far::start(0, Duration::ZERO);
    let costs = rounds(programs, |program| {
        let office = Office::with(program, &far);
        office.timetable("a.csv", MEETINGS);
        Office::cost(&mut office.command(&["import", "--dry-run", "--job", "timetable", "a.csv"]))
    });
    rates(&format!("dry run of {MEETINGS} rows"), MEETINGS, &costs, ">= 1.8");
    processor("processor time a row", MEETINGS, &costs, "");
}
