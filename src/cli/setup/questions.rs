//! Asks at a terminal what the command line did not say. An answer that is not valid is asked for again, with what is wrong.

use std::io::{BufRead, Write};

use secrecy::SecretString;

use super::answers::{Answers, MailServer};
use super::layout::Layout;
use crate::cli::Failure;
use crate::cli::args::Setup;
use crate::cli::context::Context;

/// The person who is asked, and what is known already.
pub(super) struct Questions<'a> {
    context: &'a Context,
    layout: &'a Layout,
    args: &'a Setup,
}

impl<'a> Questions<'a> {
    pub(super) fn new(context: &'a Context, layout: &'a Layout, args: &'a Setup) -> Self {
        Self { context, layout, args }
    }

    /// Asks one question after the other.
    pub(super) fn ask(&self) -> Result<Answers, Failure> {
        let mut answers = Answers::begun(self.args, self.layout.usual_inbox())?;
        println!("{}\n", self.layout.about());
        self.one(
            "App ID, as the EnableX portal shows it",
            self.args.app_id.as_deref(),
            &mut answers,
            "api.app_id",
            |answers, given| {
                answers.app_id = given;
            },
        )?;
        if answers.app_key.is_none() && !self.layout.has_app_key() {
            answers.app_key = Some(secret("App Key (what you type is not shown)")?);
        }
        let zone = answers.timezone.clone();
        let asked = format!("Time zone of timetables and schedules [{zone}]");
        self.one(&asked, self.args.timezone.as_deref(), &mut answers, "timezone", |answers, given| {
            answers.timezone = if given.is_empty() { zone.clone() } else { given };
        })?;
        let server = "Mail server, smtps://HOST, smtp://HOST or sendmail: [none: mails are written to files]";
        self.one(server, self.args.mail_server.as_deref(), &mut answers, "mail.server", |answers, given| {
            let MailServer { from, username, .. } = answers.mail.take().unwrap_or_default();
            answers.mail = if given.is_empty() { None } else { Some(MailServer { url: given, from, username }) };
        })?;
        let given = Some(self.args.mail_to.join(",")).filter(|given| !given.is_empty());
        let to = "Who gets the mails; with a comma between two [nobody]";
        self.one(to, given.as_deref(), &mut answers, "mail.to", |answers, given| {
            let addresses = given.split(',').map(str::trim).filter(|address| !address.is_empty());
            answers.mail_to = addresses.map(str::to_owned).collect();
        })?;
        if answers.mail.is_some() {
            self.mail_login(&mut answers)?;
        }
        let inbox = answers.inbox.clone();
        let asked = format!("Folder that timetables are dropped into [{inbox}]");
        let key = "schedule_meetings.timetable.inbox";
        self.one(&asked, self.args.inbox.as_deref(), &mut answers, key, |answers, given| {
            answers.inbox = if given.is_empty() { inbox.clone() } else { given };
        })?;
        println!();
        Ok(answers)
    }

    fn mail_login(&self, answers: &mut Answers) -> Result<(), Failure> {
        self.one("Sender of the mails", self.args.mail_from.as_deref(), answers, "mail.from", |answers, given| {
            if let Some(mail) = &mut answers.mail {
                mail.from = given;
            }
        })?;
        if answers.mail.as_ref().is_some_and(|mail| mail.url.trim().starts_with("sendmail:")) {
            return Ok(());
        }
        let asked = "Name that logs in to the mail server [no login]";
        self.one(asked, self.args.mail_username.as_deref(), answers, "mail.username", |answers, given| {
            if let Some(mail) = &mut answers.mail {
                mail.username = Some(given).filter(|given| !given.is_empty());
            }
        })?;
        let logs_in = answers.mail.as_ref().is_some_and(|mail| mail.username.is_some());
        if logs_in && answers.mail_password.is_none() && !self.layout.has_mail_password() {
            answers.mail_password = Some(secret("Password for the mail server (what you type is not shown)")?);
        }
        Ok(())
    }

    /// Asks until nothing stands against the key any more. What the command line said is not asked for, if it is valid.
    fn one(
        &self,
        asked: &str,
        given: Option<&str>,
        answers: &mut Answers,
        key: &str,
        mut take: impl FnMut(&mut Answers, String),
    ) -> Result<(), Failure> {
        let mut given = given.map(str::to_owned);
        loop {
            let answer = match given.take() {
                Some(given) => given,
                None => line(asked)?,
            };
            take(answers, answer);
            let problems = self.layout.problems(answers, &self.context.environment);
            let mut wrong =
                problems.iter().filter(|problem| problem.key.as_deref().is_some_and(|named| of(key, named))).peekable();
            if wrong.peek().is_none() {
                return Ok(());
            }
            for problem in wrong {
                println!("  {}. {}", problem.problem, problem.remedy);
            }
        }
    }
}

/// Tells whether the problem's key is that key, or something in it.
fn of(key: &str, named: &str) -> bool {
    named.strip_prefix(key).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

fn line(asked: &str) -> Result<String, Failure> {
    print!("{asked}: ");
    let mut answer = String::new();
    let read = std::io::stdout().flush().and_then(|()| std::io::stdin().lock().read_line(&mut answer));
    match read {
        Ok(0) => Err(Failure::usage("the answers ended before the questions; nothing was written")),
        Ok(_) => Ok(answer.trim().to_owned()),
        Err(error) => Err(Failure::failed(format!("the answer cannot be read: {error}; nothing was written"))),
    }
}

fn secret(asked: &str) -> Result<SecretString, Failure> {
    loop {
        let typed = rpassword::prompt_password(format!("{asked}: "));
        let typed = typed
            .map_err(|error| Failure::failed(format!("the answer cannot be read: {error}; nothing was written")))?;
        if !typed.trim().is_empty() {
            return Ok(SecretString::from(typed.trim().to_owned()));
        }
    }
}
