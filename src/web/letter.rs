//! Makes the pages of mails: those that wait, and one as it was sent. Those with PINs are for rooms' owners alone, and are not shown.

use hyper::StatusCode;
use serde::Serialize;
use uuid::Uuid;

use super::answer::Answer;
use super::ask::ask;
use super::find::found;
use super::making::{made, not_found};
use super::site::Site;
use super::when::When;
use crate::control::{MailTold, Query, QueryReply, Refusal};
use crate::mail::words;

#[derive(Debug, Serialize)]
struct MailPage {
    run: String,
    short: String,
    subject: String,
    text: Option<String>,
}

#[derive(Debug, Serialize)]
struct MailsPage {
    zone: String,
    server: Vec<String>,
    mails: Vec<MailLine>,
    more: bool,
}

#[derive(Debug, Serialize)]
struct MailLine {
    subject: String,
    state: String,
    since: When,
    attempts: u32,
    why: Option<String>,
    run: Option<String>,
    short: String,
}

/// Answers the page of a mail about a run.
pub(super) async fn page(site: &Site, run: &str, letter: &str) -> Result<Answer, Refusal> {
    let run = match found(site, run).await? {
        Ok(run) => run,
        Err(answer) => return Ok(answer),
    };
    let journal = site.runtime.journal().readings();
    let letters = journal.letters_of(run.key).await?;
    let id = Uuid::parse_str(letter).ok();
    let Some(letter) = letters.into_iter().find(|letter| Some(letter.id) == id && !letter.is_sealed) else {
        return Ok(not_found(site).await);
    };
    let message = journal.letter_message(run.key, letter.id).await?;
    let page = MailPage {
        run: run.id.to_string(),
        short: run.id.short(),
        subject: letter.subject,
        text: message.as_deref().and_then(words),
    };
    Ok(made(site, StatusCode::OK, "mail.html", &page).await)
}

/// Answers the page of the mails that wait or were given up.
pub(super) async fn list(site: &Site) -> Result<Answer, Refusal> {
    let mails =
        ask(site.sources(), Query::Mail, |reply| if let QueryReply::Mail(mails) = reply { Some(mails) } else { None });
    let mails = mails.await?;
    let zone = &mails.timezone;
    let line = |mail: MailTold| MailLine {
        subject: mail.subject,
        state: mail.state,
        since: When::minute(zone, mail.since),
        attempts: mail.attempts,
        why: mail.why,
        run: mail.run.map(|run| run.to_string()),
        short: mail.mail.get(mail.mail.len().saturating_sub(8)..).unwrap_or_default().to_owned(),
    };
    let page = MailsPage {
        zone: zone.name().to_owned(),
        server: mails.server,
        more: mails.more,
        mails: mails.mails.into_iter().map(line).collect(),
    };
    Ok(made(site, StatusCode::OK, "mails.html", &page).await)
}
