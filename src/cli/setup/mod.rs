//! `roomkeeper setup`: asks what a first configuration needs, writes it with its secrets where the program or the service looks
//! for it, tries it, and says what comes next. It replaces nothing that is there.

mod answers;
mod layout;
mod mail_program;
mod questions;
mod writing;

use std::io::IsTerminal;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::unistd::geteuid;

use super::args::Setup;
use super::context::Context;
use super::{ExitCode, Failure};
use crate::config;
use answers::Answers;
use layout::Layout;
use questions::Questions;
use writing::write;

/// The folder in which short-lived files are in memory alone.
const IN_MEMORY: &str = "/run";

pub(super) fn run(context: &Context, asked: Option<&Path>, args: &Setup) -> Result<ExitCode, Failure> {
    let path = config::place_for(asked, &context.environment, geteuid().is_root());
    let layout = Layout::of(&path)?;
    layout.refuse_what_is_there(args)?;
    let answers = if std::io::stdin().is_terminal() && args.app_key_file.as_deref() != Some(Path::new("-")) {
        Questions::new(context, &layout, args).ask()?
    } else {
        let answers = Answers::of_flags(args, layout.usual_inbox(), layout.has_app_key())?;
        let problems = layout.problems(&answers, &context.environment);
        if !problems.is_empty() {
            let told: Vec<_> = problems.iter().map(ToString::to_string).collect();
            let words = format!("nothing was written, since the answers are not valid\n{}", told.join("\n"));
            return Err(Failure::new(ExitCode::Configuration, words));
        }
        answers
    };
    let wanted = layout.wanted(&answers);
    if args.dry_run {
        println!("This would be written, and nothing was:");
        for one in &wanted {
            println!("\n{one}");
        }
        if let Some(words) = layout.left_to_do(&answers) {
            println!("\n{words}");
        }
        return Ok(ExitCode::Done);
    }
    let left = layout.left_to_do(&answers);
    let written = write(wanted)?;
    for one in &written.told {
        println!("{one}");
    }
    let code = try_it(&layout)?;
    if let Some(words) = left {
        println!("\n{words}");
    }
    println!("\n{}", layout.what_is_next(code, &context.environment));
    written.keep();
    Ok(code)
}

/// Runs `check --online` as its own process. Where the secrets are credentials, it finds them as the service does.
fn try_it(layout: &Layout) -> Result<ExitCode, Failure> {
    println!("\n$ roomkeeper check --online");
    let cannot = |error: std::io::Error| Failure::failed(format!("`roomkeeper check --online` cannot be run: {error}"));
    // A tree without /proc does not tell which program this is.
    let program = std::env::current_exe().ok().or_else(|| std::env::args_os().next().map(PathBuf::from));
    let mut command = Command::new(program.unwrap_or_else(|| PathBuf::from("roomkeeper")));
    command.arg("--config").arg(&layout.configuration_path).args(["check", "--online"]);
    let credentials = layout.credentials();
    let mut folder = None;
    if !credentials.is_empty() {
        let place = if Path::new(IN_MEMORY).is_dir() { Path::new(IN_MEMORY).to_owned() } else { std::env::temp_dir() };
        let made = tempfile::Builder::new().prefix("roomkeeper-setup-").tempdir_in(place).map_err(cannot)?;
        for file in credentials {
            let Some(name) = file.file_name() else { continue };
            let copy = made.path().join(name);
            std::fs::copy(&file, &copy).map_err(cannot)?;
            std::fs::set_permissions(&copy, std::fs::Permissions::from_mode(0o400)).map_err(cannot)?;
            layout.give_to_service(&copy).map_err(cannot)?;
        }
        layout.give_to_service(made.path()).map_err(cannot)?;
        command.env("CREDENTIALS_DIRECTORY", made.path());
        folder = Some(made);
    }
    let status = command.status().map_err(cannot)?;
    if let Some(folder) = folder {
        folder.close().map_err(cannot)?;
    }
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::Failed, ExitCode::of))
}
