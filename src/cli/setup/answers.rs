//! Holds the operator's answers, from the command line or the terminal.

use std::io::Read;
use std::path::{Path, PathBuf};

use secrecy::SecretString;

use crate::cli::Failure;
use crate::cli::args::Setup;
use crate::clock::Zone;
use crate::config::{Environment, SecretSource};

/// The answers that a first configuration is made of.
#[derive(Debug, Default)]
pub(super) struct Answers {
    pub(super) app_id: String,
    /// `None`: its file is there already.
    pub(super) app_key: Option<SecretString>,
    pub(super) base_url: Option<String>,
    pub(super) timezone: String,
    pub(super) mail_to: Vec<String>,
    pub(super) mail: Option<MailServer>,
    /// `None`: there is none, or its file is there already.
    pub(super) mail_password: Option<SecretString>,
    pub(super) inbox: String,
}

/// The server by which mails are sent.
#[derive(Debug, Default)]
pub(super) struct MailServer {
    pub(super) url: String,
    pub(super) from: String,
    /// The name that logs in, with a password.
    pub(super) username: Option<String>,
}

impl Answers {
    /// Returns the machine's own mail program, where mails go by that.
    pub(super) fn mail_program(&self) -> Option<PathBuf> {
        let path = self.mail.as_ref()?.url.trim().strip_prefix("sendmail:")?;
        Some(PathBuf::from(if path.is_empty() { "/usr/sbin/sendmail" } else { path }))
    }

    /// Takes everything from the command line; what is missing there has its default, or is told, all of it at once.
    pub(super) fn of_flags(args: &Setup, usual_inbox: &str, has_app_key: bool) -> Result<Self, Failure> {
        let mut answers = Self::begun(args, usual_inbox)?;
        let mut missing = Vec::new();
        if args.app_id.is_none() {
            missing.push("--app-id");
        }
        if answers.app_key.is_none() && !has_app_key {
            missing.push("--app-key-file");
        }
        if args.mail_server.is_some() && args.mail_from.is_none() {
            missing.push("--mail-from");
        }
        if args.mail_server.is_some() && args.mail_to.is_empty() {
            missing.push("--mail-to");
        }
        if !missing.is_empty() {
            return Err(Failure::usage(format!(
                "nobody can be asked here, since standard input is no terminal: add {}",
                missing.join(" and ")
            )));
        }
        answers.app_id = args.app_id.clone().unwrap_or_default();
        Ok(answers)
    }

    /// Takes what the command line says, with the defaults of the rest.
    pub(super) fn begun(args: &Setup, usual_inbox: &str) -> Result<Self, Failure> {
        let app_key = args.app_key_file.as_deref().map(secret).transpose()?;
        let mail_password = args.mail_password_file.as_deref().map(secret).transpose()?;
        Ok(Self {
            app_id: args.app_id.clone().unwrap_or_default(),
            app_key,
            base_url: args.base_url.clone(),
            timezone: args.timezone.clone().unwrap_or_else(usual_zone),
            mail_to: args.mail_to.clone(),
            mail: args.mail_server.as_ref().map(|url| MailServer {
                url: url.clone(),
                from: args.mail_from.clone().unwrap_or_default(),
                username: args.mail_username.clone(),
            }),
            mail_password,
            inbox: args.inbox.clone().unwrap_or_else(|| usual_inbox.to_owned()),
        })
    }
}

fn usual_zone() -> String {
    Zone::of_this_machine().unwrap_or_else(Zone::utc).name().to_owned()
}

/// Reads a secret from a file that the caller names, whatever its mode, or from standard input.
fn secret(path: &Path) -> Result<SecretString, Failure> {
    let mut text = String::new();
    if path != Path::new("-") {
        let file = SecretSource::File(path.to_owned());
        let environment = Environment::of_process();
        return file.resolve(&environment).map_err(|error| Failure::usage(error.to_string()));
    }
    match std::io::stdin().take(64 << 10).read_to_string(&mut text) {
        Ok(_) if !text.trim().is_empty() => Ok(SecretString::from(text.trim().to_owned())),
        Ok(_) => Err(Failure::usage("there is no App Key on standard input")),
        Err(error) => Err(Failure::usage(format!("the App Key on standard input cannot be read: {error}"))),
    }
}
