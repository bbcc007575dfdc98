//! `roomkeeper check`: everything that stands against a configuration, and with `--online` whether what it names is there.

use std::sync::Arc;

use super::args::Check;
use super::context::Context;
use super::{ExitCode, Failure, json};
use crate::api::Disposition;
use crate::config::{self, Config, Problem};
use crate::host;
use crate::jobs;

pub(super) async fn run(context: &Context, args: &Check) -> Result<ExitCode, Failure> {
    let (mut problems, warnings, config) = match config::load(&context.path, &context.environment) {
        Ok(loaded) => (Vec::new(), loaded.warnings, Some(loaded.config)),
        Err(invalid) => (invalid.problems, invalid.warnings, None),
    };
    // As the other commands have it, which may be where a daemon keeps it.
    let config = config.and_then(|_| context.config().ok());
    let is_valid = config.is_some();
    if let Some(config) = config.as_deref().filter(|_| args.online) {
        problems.extend(online(context, config).await);
    }
    let state = config.as_deref().map(|config| &config.state);
    if args.json {
        let answer = serde_json::json!({ "valid": problems.is_empty(), "problems": problems, "warnings": warnings,
            "state_directory": state.map(|state| &state.directory) });
        json::answer(&answer)?;
    } else {
        for problem in &problems {
            println!("{problem}");
        }
        for warning in &warnings {
            println!("warning: {warning}");
        }
        if let Some(state) = state {
            println!("state directory: {} ({})", state.directory.display(), state.said_by);
        }
        if problems.is_empty() {
            println!("{}: the configuration is valid", context.path.display());
        }
    }
    Ok(match (is_valid, problems.is_empty()) {
        (false, _) => ExitCode::Configuration,
        (true, false) => ExitCode::Failed,
        (true, true) => ExitCode::Done,
    })
}

/// Asks the API and the mail server, reads lists, and writes into the folders.
async fn online(context: &Context, config: &Config) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut found = |key: &str, problem: String, remedy: &str| {
        problems.push(Problem {
            file: context.path.display().to_string(),
            line: None,
            column: None,
            key: Some(key.to_owned()),
            problem,
            remedy: remedy.to_owned(),
        });
    };
    match host::client(config, &context.environment, Arc::clone(&context.clock)) {
        Err(error) => found("api", Failure::from(error).words, "Put that right first."),
        Ok(client) => {
            if let Err(failure) = client.timezones().await {
                let remedy = match failure.disposition {
                    Disposition::Fatal => "Compare app_id and app_key with those in the EnableX portal.",
                    Disposition::RouteMissing => "Compare base_url with the vendor's documentation.",
                    _ => "Check the network between here and the server, and base_url.",
                };
                found("api", failure.words, remedy);
            }
        }
    }
    match host::mailer(config, &context.environment) {
        Err(error) => found("mail", error.to_string(), "Put that right first."),
        Ok(mailer) => {
            if let Err(error) = mailer.probe().await {
                found("mail.server", error.words, "Try again when that is put right.");
            }
        }
    }
    if let Err(error) =
        std::fs::create_dir_all(&config.state.directory).and_then(|()| tempfile::tempfile_in(&config.state.directory))
    {
        let directory = config.state.directory.display();
        found(
            "state.directory",
            format!("{directory} cannot be written to: {error}"),
            "Give it to the service's user.",
        );
    }
    for job in config.jobs.values() {
        if let Err(refusal) = jobs::try_list(job).await {
            let key = format!("{}.{}.rooms", job.kind(), job.name);
            found(&key, refusal.to_string(), "Put the file there, readable for the service's user, or correct it.");
        }
        let Some(inbox) = jobs::inbox(job) else { continue };
        if let Err(error) = tempfile::Builder::new().prefix(".roomkeeper-").tempfile_in(&inbox.path) {
            let key = format!("{}.{}.inbox", job.kind(), job.name);
            let problem = format!("{} cannot be written to: {error}", inbox.path.display());
            found(&key, problem, "Make the folder, and let the service's user write into it.");
        }
    }
    problems
}
