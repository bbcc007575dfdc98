//! Asks the mail server whether it would take mails to all who are to get some: the receivers of runs' mails, and the owners
//! whom a rotation tells their PINs.

use std::collections::BTreeMap;

use super::context::Context;
use crate::config::{Config, MailWay, Problem};
use crate::jobs;
use crate::mail::{Address, Mailer, SendError};
use crate::model::MailOn;
use crate::model::address::needs_utf8;

/// So many addresses of one place are told one by one.
const TOLD: u64 = 20;

const SERVER: &str = "Put right what the server says, in [mail] or at the server, and try again.";
const RECEIVER: &str = "Correct the address, or have the mail server take mail for it, and try again.";
const OWNER: &str =
    "Correct the address in the list, or have the mail server take mail for it: until then no PIN is changed.";

const LACKING: &str = "Fill in the column email of the list: until then no PIN is changed.";

/// Asks, and calls `found` with the key, the problem and the remedy.
pub(super) async fn check(config: &Config, mailer: &Mailer, mut found: impl FnMut(&str, String, &str) + Send) {
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
