//! Tries what a configuration names: the API, the mail server, the lists of rooms, the folders. It leaves nothing behind.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::context::Context;
use super::{Failure, credentials};
use crate::api::Disposition;
use crate::config::{self, Config, MailWay, Problem, SecretError};
use crate::engine::closed::{self, Access};
use crate::engine::inbox::{Condition, Folder, Reach, stuck};
use crate::jobs;
use crate::journal::JournalError;
use crate::mail::{Address, Mailer, SendError, try_folder};
use crate::model::MailOn;
use crate::model::address::needs_utf8;
use crate::runtime::{self, RuntimeError};

/// So many files of a drop folder are told that cannot be taken.
const FILES: usize = 20;

/// So many addresses of one place are told one by one.
const TOLD: u64 = 20;

const SERVER: &str = "Put right what the server says, in [mail] or at the server, and try again.";
const RECEIVER: &str = "Correct the address, or have the mail server take mail for it, and try again.";
const OWNER: &str =
    "Correct the address in the list, or have the mail server take mail for it: until then no PIN is changed.";

const LACKING: &str = "Fill in the column email of the list: until then no PIN is changed.";

/// Tries the database that holds the journal, where one does, and tells what is there.
pub(super) async fn journal(context: &Context, config: &Config) -> Result<Option<String>, Problem> {
    let told = |error: RuntimeError| {
        let key = match &error {
            RuntimeError::Journal(JournalError::PinKey(_)) => "state.pin_key",
            RuntimeError::Secret(_) => "state.journal_password",
            _ => "state.journal",
        };
        problem(context, key, error.to_string(), "Put that right first.")
    };
    let Some(server) = runtime::journal_server(config, &context.environment).map_err(told)? else {
        return Ok(None);
    };
    let found = server.probe().await;
    found.map(Some).map_err(|unfit| problem(context, "state.journal", unfit.why, &unfit.remedy))
}

/// Asks the API and the mail server, reads lists, and writes into the folders.
pub(super) async fn check(context: &Context, config: &Config) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut found = |key: &str, words: String, remedy: &str| problems.push(problem(context, key, words, remedy));
    match runtime::client(config, &context.environment, Arc::clone(&context.clock)) {
        Err(RuntimeError::Secret(error @ SecretError::NoCredentials(_))) => {
            found("api.app_key", bare(&error), &credentials::remedy(&context.path, config));
        }
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
    match runtime::mailer(config, &context.environment) {
        // It was told of the other one already, with all of them in the remedy.
        Err(SecretError::NoCredentials(_)) if config.api.app_key.is_credential() => {}
        Err(error @ SecretError::NoCredentials(_)) => {
            let key = config.mail.login.as_ref().map_or("mail", |login| login.secret().0);
            found(key, bare(&error), &credentials::remedy(&context.path, config));
        }
        Err(error) => found("mail", error.to_string(), "Put that right first."),
        Ok(mailer) => check_mail(config, &mailer, &mut found).await,
    }
    for named in config::paths(config).into_iter().filter(|named| named.written) {
        // A drop folder is not made: those who drop files must find it.
        let is_inbox = named.key.split('.').next_back() == Some("inbox");
        let tried = if is_inbox { std::fs::metadata(&named.path).map(drop) } else { Ok(()) };
        if let Err(error) = tried.and_then(|()| try_folder(&named.path)) {
            let why = closed::why(&error, &named.path, Access::Write);
            let problem = format!("{} cannot be written to: {why}", named.path.display());
            let remedy = "Make the folder, and let the service's user write into it.";
            found(&named.key, problem, remedy);
        }
    }
    for job in config.jobs.values() {
        if let Err(refusal) = jobs::kind(job.kind()).try_list(job).await {
            let key = format!("{}.{}.rooms", job.kind(), job.name);
            found(&key, refusal.to_string(), "Put the file there, readable for the service's user, or correct it.");
        }
        let Some(inbox) = jobs::inbox(job) else { continue };
        let own = Folder::ALL.map(|folder| inbox.folder(folder)).into_iter().filter(|folder| folder.exists());
        let mut is_usable = try_folder(&inbox.path).is_ok();
        for folder in own {
            if let Err(error) = try_folder(&folder) {
                is_usable = false;
                let key = format!("{}.{}.inbox", job.kind(), job.name);
                let problem = format!("{} cannot be written to: {error}", folder.display());
                found(&key, problem, "Give the folder to the service's user, or to the group of the drop folder.");
            }
        }
        if is_usable {
            let key = format!("{}.{}.inbox", job.kind(), job.name);
            in_inbox(&inbox.path, |problem, remedy| found(&key, problem, remedy));
        }
    }
    problems
}

/// Finds the drop folders that are only looked at from time to time.
pub(super) fn polled(context: &Context, config: &Config) -> Vec<Problem> {
    let inboxes = config.jobs.values().filter_map(|job| Some((job, jobs::inbox(job)?)));
    let found = inboxes.filter(|(_, inbox)| inbox.path.is_dir()).filter_map(|(job, inbox)| {
        let Reach::Polled(why) = Reach::of(&inbox.path) else { return None };
        Some(Problem {
            file: context.path.display().to_string(),
            line: None,
            column: None,
            key: Some(format!("{}.{}.inbox", job.kind(), job.name)),
            problem: format!("{} is only polled: {why}", inbox.path.display()),
            remedy:
                "An upload that pauses for longer than `settle` is taken by halves there: upload under another ending \
                     (`.part`) and rename, or raise settle."
                    .to_owned(),
        })
    });
    found.collect()
}

/// Tells that it cannot be checked whether a mail program gets mails to their receivers.
pub(super) fn unpromised(context: &Context, config: &Config) -> Option<Problem> {
    let Some(MailWay::Program(program)) = &config.mail.server else { return None };
    Some(Problem {
        file: context.path.display().to_string(),
        line: None,
        column: None,
        key: Some("mail.server".to_owned()),
        problem: format!(
            "{} is there and can be run; whether an address gets mail it does not say: it takes every mail, and may refuse it later",
            program.display()
        ),
        remedy: "Send yourself a mail by it, and read the mailbox of `from`, where it returns what it cannot deliver."
            .to_owned(),
    })
}

/// Tells what keeps files from being taken out of a drop folder that can be written to.
fn in_inbox(inbox: &Path, mut found: impl FnMut(String, &str)) {
    if let Some(why) = Condition::as_it_is(inbox).words() {
        let remedy =
            "Give the folder to the service's user, or take the sticky bit away, and put no other file system into it.";
        found(format!("{}: {why}", inbox.display()), remedy);
    }
    match stuck(inbox, FILES) {
        Ok(files) => {
            for (name, why) in files {
                let remedy = "Let the service's user read and move the file: a program that uploads must give it the mode 0640 or 0660.";
                found(format!("{} {why}", inbox.join(name).display()), remedy);
            }
        }
        Err(error) => found(format!("{} cannot be read: {error}", inbox.display()), "Let the service's user read it."),
    }
}

/// Returns the fault, without the general advice behind it.
fn bare(error: &SecretError) -> String {
    let words = error.to_string();
    words.split(": ").next().unwrap_or(&words).to_owned()
}

/// Asks the mail server whether it would take mails to all who are to get some: the receivers of runs' mails, and the owners whom
/// a rotation tells their PINs. Calls `found` with the key, the problem and the remedy.
async fn check_mail(config: &Config, mailer: &Mailer, mut found: impl FnMut(&str, String, &str) + Send) {
    let sender = config.mail.from.email.to_string();
    let receivers = receivers(config);
    let mut refused = Vec::new();
    let mut on_refusal = |address: &str, why: String| refused.push((receivers[address].clone(), why));
    let asked = mailer.ask(&sender, &mut receivers.keys().cloned(), &mut on_refusal).await;
    for (key, why) in refused {
        found(&key, why, RECEIVER);
    }
    if let Err(SendError { words, .. }) = asked {
        found("mail.server", words, SERVER);
        return;
    }
    for job in config.jobs.values() {
        // A list that cannot be read is told where lists are tried.
        let Ok(Some(owners)) = jobs::kind(job.kind()).owners(job, takes).await else { continue };
        let mut owners = owners.addresses.peekable();
        if owners.peek().is_none() {
            continue;
        }
        let (key, mut all) = (format!("{}.{}.rooms", job.kind(), job.name), 0);
        let mut on_refusal = |_: &str, why: String| {
            all += 1;
            if all <= TOLD {
                found(&key, why, OWNER);
            }
        };
        let asked = mailer.ask(&sender, &mut owners, &mut on_refusal).await;
        if all > TOLD {
            found(&key, format!("and {} more owners would get no mail", all - TOLD), OWNER);
        }
        if let Err(SendError { words, .. }) = asked {
            found("mail.server", words, SERVER);
        }
    }
}

/// Tells of the lists of rooms by which a run changes no PIN, since it could not tell every owner.
pub(super) async fn lacking(context: &Context, config: &Config) -> Vec<Problem> {
    let mut found = Vec::new();
    for job in config.jobs.values() {
        let Ok(Some(owners)) = jobs::kind(job.kind()).owners(job, takes).await else { continue };
        let key = format!("{}.{}.rooms", job.kind(), job.name);
        found.extend(owners.lacking.map(|why| problem(context, &key, why, LACKING)));
    }
    found
}

/// Reads the lists through which names become ids, and tells what a run would refuse.
pub(super) async fn lists(context: &Context, config: &Config) -> Vec<Problem> {
    let mut found = Vec::new();
    for job in config.jobs.values() {
        for (key, why) in jobs::kind(job.kind()).list_faults(job).await {
            let key = format!("{}.{}.{key}", job.kind(), job.name);
            found.push(problem(context, &key, why, "Put the list right: until then rows that need it are not done."));
        }
    }
    found
}

/// Tells of addresses, also those in lists of rooms, that not every mail server takes, or none, without asking one. A list that
/// cannot be read is told where lists are tried.
pub(super) async fn doubtful(context: &Context, config: &Config) -> Vec<Problem> {
    let is_asked = match &config.mail.server {
        None => return Vec::new(),
        Some(MailWay::Smtp(_)) => true,
        Some(MailWay::Program(_)) => false,
    };
    let wide = if is_asked {
        "`roomkeeper check --online` asks the server; or take an address without."
    } else {
        "Take an address without, or send a mail there by it and see."
    };
    let mut found = Vec::new();
    let mut warn = |key: &str, words: String| found.push(problem(context, key, words, wide));
    for (address, key) in receivers(config).iter().filter(|(address, _)| needs_utf8(address)) {
        warn(key, only_some(address));
    }
    for job in config.jobs.values() {
        let Ok(Some(owners)) = jobs::kind(job.kind()).owners(job, takes).await else { continue };
        let (key, mut all) = (format!("{}.{}.rooms", job.kind(), job.name), 0);
        for owner in owners.addresses.filter(|owner| needs_utf8(owner)) {
            all += 1;
            if all <= TOLD {
                warn(&key, only_some(&owner));
            }
        }
        if all > TOLD {
            warn(&key, format!("and {} more owners have such addresses", all - TOLD));
        }
    }
    found
}

fn problem(context: &Context, key: &str, problem: String, remedy: &str) -> Problem {
    Problem {
        file: context.path.display().to_string(),
        line: None,
        column: None,
        key: Some(key.to_owned()),
        problem,
        remedy: remedy.to_owned(),
    }
}

/// Says why no mail can be made out to an address.
fn takes(address: &str) -> Result<(), String> {
    address.parse::<Address>().map(drop).map_err(|why| why.to_string())
}

fn only_some(address: &str) -> String {
    format!("{address} has letters outside a-z before the @: only a mail server that offers SMTPUTF8 takes mail for it")
}

/// Returns the receivers of mails, with the key that names them.
fn receivers(config: &Config) -> BTreeMap<String, String> {
    let of_jobs =
        config.jobs.values().map(|job| (format!("{}.{}.mail.to", job.kind(), job.name), &job.mail.to, job.mail.on));
    let common = std::iter::once(("mail.to".to_owned(), &config.mail.to, config.mail.on));
    let mut receivers = BTreeMap::new();
    for (key, to, _) in common.chain(of_jobs).filter(|(.., on)| *on != MailOn::Never) {
        for address in to {
            receivers.entry(address.email.to_string()).or_insert_with(|| key.clone());
        }
    }
    receivers
}
