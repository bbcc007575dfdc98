//! `roomkeeper check`: everything that stands against a configuration, on this machine, and with `--online` whether what it names
//! is there.

use super::args::Check;
use super::context::Context;
use super::privileges::Acting;
use super::screen::{self, Screen};
use super::{ExitCode, Failure, check_mail, check_online, check_unit, json, reading};
use crate::config;
use crate::control::{Client, Command};

/// Checks here, or has the daemon of this very file check what only the daemon can: it has the secrets, and is the one who reads
/// and writes.
pub(super) async fn run(context: &Context, args: &Check) -> Result<ExitCode, Failure> {
    if args.online
        && let Ok(config) = context.config()
        && let Ok(Some(client)) = Client::find_of(&context.environment, &context.path, &config.state.directory).await
    {
        return reading::ask(&client, &Command::Check { json: args.json }, None).await;
    }
    tell(context, args, &mut screen::Here::new().screen()).await
}

/// Checks the file as it is now, and tells what is found.
pub(super) async fn tell(context: &Context, args: &Check, screen: &mut Screen<'_>) -> Result<ExitCode, Failure> {
    let (mut problems, mut warnings, mut config) = match config::load(&context.path, &context.environment) {
        Ok(loaded) => (Vec::new(), loaded.warnings, Some(loaded.config)),
        Err(invalid) => (invalid.problems, invalid.warnings, None),
    };
    let is_valid = config.is_some();
    if let Some(config) = &mut config {
        if let Ok(in_force) = context.config() {
            config.state = in_force.state.clone();
        }
        problems.extend(check_unit::check(context, config));
        if args.online {
            // The check runs as the user who will do the work, so that nothing is found to work that only root may, and root
            // leaves no file behind.
            let acting = Acting::as_owner_of(&config.state.directory)?;
            problems.extend(check_online::check(context, config).await);
            problems.extend(check_mail::lacking(context, config).await);
            warnings.extend(check_online::polled(context, config));
            warnings.extend(check_online::unpromised(context, config));
            acting.end()?;
        } else {
            warnings.extend(check_mail::lacking(context, config).await);
            warnings.extend(check_mail::doubtful(context, config).await);
        }
    }
    let state = config.as_ref().map(|config| &config.state);
    if args.json {
        let answer = serde_json::json!({ "valid": problems.is_empty(), "problems": problems, "warnings": warnings,
            "state_directory": state.map(|state| &state.directory) });
        json::print(screen, &answer)?;
    } else {
        for problem in &problems {
            writeln!(screen.out, "{problem}")?;
        }
        for warning in &warnings {
            writeln!(screen.out, "warning: {warning}")?;
        }
        if let Some(state) = state {
            writeln!(screen.out, "state directory: {} ({})", state.directory.display(), state.said_by)?;
        }
        if problems.is_empty() {
            writeln!(screen.out, "{}: the configuration is valid", context.path.display())?;
        }
    }
    Ok(match (is_valid, problems.is_empty()) {
        (false, _) => ExitCode::Configuration,
        (true, false) => ExitCode::Failed,
        (true, true) => ExitCode::Done,
    })
}
