//! `roomkeeper check`: everything that stands against a configuration, on this machine, and with `--online` whether what it names
//! is there. Also finds what the sandbox of the service's unit forbids: `check` runs in a shell, which has none.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use tokio::runtime::Handle;

use super::args::Check;
use super::context::{Acting, Context};
use super::output::Output;
use super::unit::{Unit, real};
use super::{ExitCode, Failure, answer, check_online};
use crate::clock::Clock;
use crate::config::{self, Config, Environment, Problem};
use crate::control::{Checked, ConfigurationCheck, Query, QueryReply, Refusal};
use crate::engine::closed::{self, Access, Closure};
use crate::model::line::shown;

/// Checks here, or has the daemon of this very file check what only the daemon can: it has the secrets, and is the one who reads
/// and writes.
pub(super) async fn run(context: &Context, args: &Check) -> Result<ExitCode, Failure> {
    let daemon = if args.online { answer::daemon(context).await? } else { None };
    let checked = match daemon {
        Some(client) => {
            let checked = answer::remote(&client, Query::Check, None).await?;
            checked.one(|reply| if let QueryReply::Checked(checked) = reply { Some(checked) } else { None }).await?
        }
        None => check(context, args.online).await?,
    };
    let Checked { file, usable, problems, warnings, state, journal, elsewhere } = &checked;
    let mut out = Output::new();
    if args.json {
        let mut told = serde_json::json!({ "valid": problems.is_empty(), "problems": problems, "warnings": warnings,
            "state_directory": state.as_ref().map(|(directory, _)| directory) });
        // Where nothing is told of them, the answer is as it was before there were several machines.
        if let Some(journal) = journal {
            told["journal"] = serde_json::json!(journal);
        }
        if !elsewhere.is_empty() {
            told["elsewhere"] = serde_json::json!(elsewhere);
        }
        out.json(&told)?;
    } else {
        for problem in problems {
            writeln!(out, "{problem}")?;
        }
        for warning in warnings {
            writeln!(out, "warning: {warning}")?;
        }
        for (job, nodes) in elsewhere {
            writeln!(out, "{job} runs on {}, not on this machine", nodes.join(", "))?;
        }
        if let Some((directory, said_by)) = state {
            writeln!(out, "state directory: {} ({said_by})", directory.display())?;
        }
        if let Some(found) = journal {
            writeln!(out, "journal: {}", shown(found))?;
        }
        if problems.is_empty() {
            writeln!(out, "{}: the configuration is valid", file.display())?;
        }
    }
    Ok(match (usable, problems.is_empty()) {
        (false, _) => ExitCode::Configuration,
        (true, false) => ExitCode::Failed,
        (true, true) => ExitCode::Done,
    })
}

/// Checks the file as it is now.
async fn check(context: &Context, online: bool) -> Result<Checked, Failure> {
    let (mut problems, mut warnings, mut config) = match config::load(&context.path, &context.environment) {
        Ok(loaded) => (Vec::new(), loaded.warnings, Some(loaded.config)),
        Err(invalid) => (invalid.problems, invalid.warnings, None),
    };
    let usable = config.is_some();
    let (mut elsewhere, mut journal) = (BTreeMap::new(), None);
    if let Some(config) = &mut config {
        if let Ok(in_force) = context.config() {
            config.state = in_force.state.clone();
        }
        // What only another machine reads and writes need not be here.
        let node = config.state.node().map(str::to_owned);
        let others = config.jobs.extract_if(.., |_, job| !job.runs_on(node.as_deref()));
        elsewhere.extend(others.map(|(name, job)| (name, job.nodes)));
        problems.extend(forbidden_by_unit(context, config));
        if online {
            // The check runs as the user who will do the work, so that nothing is found to work that only root may, and root
            // leaves no file behind.
            let acting = Acting::as_owner_of(&config.state.directory)?;
            match check_online::journal(context, config).await {
                Ok(found) => journal = found,
                Err(problem) => problems.push(problem),
            }
            problems.extend(check_online::check(context, config).await);
            problems.extend(check_online::lacking(context, config).await);
            problems.extend(check_online::lists(context, config).await);
            warnings.extend(check_online::polled(context, config));
            warnings.extend(check_online::unpromised(context, config));
            acting.end()?;
        } else {
            warnings.extend(check_online::lacking(context, config).await);
            warnings.extend(check_online::lists(context, config).await);
            warnings.extend(check_online::doubtful(context, config).await);
        }
    }
    let state = config.map(|config| (config.state.directory, config.state.said_by.to_string()));
    Ok(Checked { file: context.path.clone(), usable, problems, warnings, state, journal, elsewhere })
}

/// Checks, for others, the file that this process was started with.
pub(super) struct Checker {
    path: PathBuf,
    environment: Environment,
    clock: Arc<dyn Clock>,
}

impl Checker {
    pub(super) fn of(context: &Context) -> Self {
        Self { path: context.path.clone(), environment: context.environment.clone(), clock: Arc::clone(&context.clock) }
    }
}

impl ConfigurationCheck for Checker {
    fn check(&self, in_force: Arc<Config>) -> Result<Checked, Refusal> {
        let context = Context {
            path: self.path.clone(),
            environment: self.environment.clone(),
            clock: Arc::clone(&self.clock),
            log_is_json: false,
            loaded: OnceLock::from(in_force),
        };
        Handle::current().block_on(check(&context, true)).map_err(|failure| Refusal::failed(failure.words))
    }
}

/// Checks every path against the unit, where one is started with this configuration.
fn forbidden_by_unit(context: &Context, config: &Config) -> Vec<Problem> {
    let Some(unit) = Unit::of(&context.path) else { return Vec::new() };
    let forbidden = |(key, path, access): (String, PathBuf, Access)| {
        let place = real(&path);
        let setting = unit.forbids(&place, access)?;
        Some(Problem {
            file: context.path.display().to_string(),
            line: None,
            column: None,
            key: Some(key),
            problem: format!(
                "the service may not {} {}: {setting} in its unit forbids it",
                if access == Access::Read { "read" } else { "write to" },
                path.display()
            ),
            remedy: closed::remedy(&place, access, closure(&setting)),
        })
    };
    config::paths(config)
        .into_iter()
        .map(|named| (named.key, named.path, if named.written { Access::Write } else { Access::Read }))
        .filter_map(forbidden)
        .collect()
}

/// Tells how the setting closes what it closes.
fn closure(setting: &str) -> Closure {
    match setting {
        "ProtectHome=yes" => Closure::Locked,
        _ if setting.starts_with("ProtectHome") || setting.starts_with("PrivateTmp") => Closure::Covered,
        _ => Closure::ReadOnly,
    }
}
