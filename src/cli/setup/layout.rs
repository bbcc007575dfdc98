//! Decides where the files of a first configuration are and whose: those of a service, below /etc, or a user's own, beside each
//! other.

use std::io;
use std::path::{Path, PathBuf};

use nix::unistd::{Gid, Group, Uid, User, geteuid};
use secrecy::ExposeSecret;

use super::answers::Answers;
use super::mail_program;
use super::writing::{Content, Owner, Wanted};
use crate::cli::args::Setup;
use crate::cli::{ExitCode, Failure};
use crate::config::{self, Environment, Problem};

/// Below it, a configuration is a service's.
const SYSTEM: &str = "/etc";
/// The service's user and group, who may drop files, and where it keeps what is its own.
const USER: &str = "roomkeeper";
const DROP_GROUP: &str = "roomkeeper-drop";
const STATE: &str = "/var/lib/roomkeeper";
const SPOOL: &str = "/var/spool/roomkeeper";
const DROP_IN: &str = "/etc/systemd/system/roomkeeper.service.d/setup.conf";

/// The places for what is written.
pub(super) struct Layout {
    pub(super) configuration_path: PathBuf,
    folder: PathBuf,
    /// The service's user and group; `None` for a user's own configuration.
    service: Option<Service>,
}

struct Service {
    user: Option<(Uid, Gid)>,
    drop_group: Option<Gid>,
}

impl Layout {
    /// Returns the layout of a configuration in that place.
    pub(super) fn of(path: &Path) -> Result<Self, Failure> {
        let absolute = std::path::absolute(path);
        let absolute = absolute.map_err(|error| Failure::failed(format!("there is no current folder: {error}")))?;
        let Some(folder) = absolute.parent().map(Path::to_owned) else {
            return Err(Failure::usage(format!("{} is a folder: name a file in it", path.display())));
        };
        let service = absolute.starts_with(SYSTEM).then(|| Service {
            user: User::from_name(USER).ok().flatten().map(|user| (user.uid, user.gid)),
            drop_group: Group::from_name(DROP_GROUP).ok().flatten().map(|group| group.gid),
        });
        Ok(Self { configuration_path: absolute, folder, service })
    }

    /// Refuses to begin where something would be replaced, or cannot be written for want of the service's user or of root.
    pub(super) fn refuse_what_is_there(&self, args: &Setup) -> Result<(), Failure> {
        let is_there = |path: &Path| path.symlink_metadata().is_ok();
        if is_there(&self.configuration_path) {
            return Err(Failure::new(
                ExitCode::Configuration,
                format!(
                    "{} is there already, and setup replaces nothing: edit it and run `roomkeeper check`, or move it away",
                    self.configuration_path.display()
                ),
            ));
        }
        let given = [(self.app_key(), &args.app_key_file), (self.mail_password(), &args.mail_password_file)];
        for (path, given) in given {
            if given.is_some() && is_there(&path) {
                return Err(Failure::usage(format!(
                    "{} is there already, and setup replaces nothing: leave its flag out to use it, or move it away",
                    path.display()
                )));
            }
        }
        if let (Some(service), false) = (&self.service, args.dry_run) {
            if !geteuid().is_root() {
                return Err(Failure::failed(
                    "only root sets up the service: sudo roomkeeper setup. To try roomkeeper out, name a file of your own: \
                     roomkeeper --config config.toml setup",
                ));
            }
            if service.user.is_none() {
                return Err(Failure::failed(format!(
                    "there is no user {USER} on this machine: install the package, or run systemd-sysusers as the README says"
                )));
            }
        }
        Ok(())
    }

    /// Returns the App Key's file.
    fn app_key(&self) -> PathBuf {
        self.folder.join("app_key")
    }

    fn mail_password(&self) -> PathBuf {
        self.folder.join("smtp_password")
    }

    pub(super) fn has_app_key(&self) -> bool {
        self.app_key().exists()
    }

    pub(super) fn has_mail_password(&self) -> bool {
        self.mail_password().exists()
    }

    /// Returns the files that the service gets as credentials, of those that are there; none for a user's own configuration.
    pub(super) fn credentials(&self) -> Vec<PathBuf> {
        let all = if self.service.is_some() { vec![self.app_key(), self.mail_password()] } else { Vec::new() };
        all.into_iter().filter(|path| path.exists()).collect()
    }

    pub(super) fn usual_inbox(&self) -> &'static str {
        if self.service.is_some() { "/var/spool/roomkeeper/timetable" } else { "inbox" }
    }

    /// Says what is about to be made.
    pub(super) fn about(&self) -> String {
        let whose = if self.service.is_some() { "of the service" } else { "of your own" };
        format!(
            "A configuration {whose}, in {}. An empty answer takes what stands in brackets.",
            self.configuration_path.display()
        )
    }

    /// Returns the configuration's text.
    pub(super) fn configuration(&self, answers: &Answers) -> String {
        let source = |name: &str| {
            if self.service.is_some() {
                format!("{{ credential = {} }}", quoted(name))
            } else {
                format!("{{ file = {} }}", quoted(name))
            }
        };
        let mut lines = vec![
            "# Written by `roomkeeper setup`. Every setting with its default: config.toml.example, or `man roomkeeper.toml`."
                .to_owned(),
            format!("timezone = {}\n", quoted(&answers.timezone)),
            "[api]".to_owned(),
            format!("app_id = {}", quoted(&answers.app_id)),
            format!("app_key = {}", source("app_key")),
        ];
        lines.extend(answers.base_url.as_ref().map(|url| format!("base_url = {}", quoted(url))));
        if self.service.is_some() {
            lines.push(format!("\n[state]\ndirectory = {}", quoted(STATE)));
        }
        if answers.mail.is_some() || !answers.mail_to.is_empty() {
            lines.push("\n[mail]".to_owned());
        }
        if let Some(mail) = &answers.mail {
            lines.push(format!("server = {}", quoted(&mail.url)));
            if let Some(username) = &mail.username {
                lines.push(format!("username = {}", quoted(username)));
                lines.push(format!("password = {}", source("smtp_password")));
            }
            lines.push(format!("from = {}", quoted(&mail.from)));
        }
        if answers.mail.is_some() || !answers.mail_to.is_empty() {
            let to: Vec<_> = answers.mail_to.iter().map(|address| quoted(address)).collect();
            lines.push(format!("to = [{}]", to.join(", ")));
        }
        lines.push(format!("\n[schedule_meetings.timetable]\ninbox = {}\n", quoted(&answers.inbox)));
        lines.join("\n")
    }

    /// Returns the problems of the configuration that these answers make. A secret's file that is not there yet is none.
    pub(super) fn problems(&self, answers: &Answers, environment: &Environment) -> Vec<Problem> {
        let text = self.configuration(answers);
        let Err(invalid) = config::check_text(&self.configuration_path, &text, environment) else {
            return Vec::new();
        };
        let is_to_be_written = |problem: &Problem| {
            let key = problem.key.as_deref().unwrap_or_default();
            answers.app_key.is_some() && key.starts_with("api.app_key")
                || answers.mail_password.is_some() && key.starts_with("mail.password")
        };
        invalid.problems.into_iter().filter(|problem| !is_to_be_written(problem)).collect()
    }

    /// Returns everything that is to be written, in its order: the configuration last, so that there is none before it can be
    /// used.
    pub(super) fn wanted(&self, answers: &Answers) -> Vec<Wanted> {
        let (root, readers, droppers) = match &self.service {
            Some(service) => {
                let user = service.user.unwrap_or((Uid::from_raw(0), Gid::from_raw(0)));
                let root = (Uid::from_raw(0), Gid::from_raw(0));
                let group = service.drop_group.unwrap_or(user.1);
                (
                    Owner { ids: Some(root), named: "root:root".into() },
                    Owner { ids: Some((root.0, user.1)), named: format!("root:{USER}") },
                    Owner { ids: Some((user.0, group)), named: format!("{USER}:{DROP_GROUP}") },
                )
            }
            None => (Owner::caller(), Owner::caller(), Owner::caller()),
        };
        let mut wanted =
            vec![Wanted { path: self.folder.clone(), mode: 0o755, owner: root.clone(), content: Content::Folder }];
        let inbox = self.folder.join(&answers.inbox);
        let mode = if self.service.is_some() { 0o2770 } else { 0o755 };
        wanted.push(Wanted { path: inbox.clone(), mode, owner: droppers, content: Content::Folder });
        for (path, secret, what) in [
            (self.app_key(), &answers.app_key, "the App Key"),
            (self.mail_password(), &answers.mail_password, "the password for the mail server"),
        ] {
            if let Some(secret) = secret {
                let content = Content::Secret(secret.expose_secret().to_owned().into(), what);
                wanted.push(Wanted { path, mode: 0o600, owner: root.clone(), content });
            }
        }
        if self.service.is_some() {
            let mut lines = Vec::new();
            if answers.mail.as_ref().is_some_and(|mail| mail.username.is_some()) {
                lines.push(format!("LoadCredential=smtp_password:{}", self.mail_password().display()));
            }
            if self.folder.as_path() != Path::new("/etc/roomkeeper") {
                lines.push(format!("LoadCredential=app_key:{}", self.app_key().display()));
            }
            if !inbox.starts_with(SPOOL) && !inbox.starts_with(STATE) {
                lines.push(format!("ReadWritePaths=-{}", inbox.display()));
            }
            lines.extend(answers.mail_program().map_or_else(Vec::new, |program| mail_program::settings(&program)));
            if !lines.is_empty() {
                let path = PathBuf::from(DROP_IN);
                if let Some(folder) = path.parent() {
                    let content = Content::Folder;
                    wanted.push(Wanted { path: folder.to_owned(), mode: 0o755, owner: root.clone(), content });
                }
                let content = Content::Text(format!("[Service]\n{}\n", lines.join("\n")));
                wanted.push(Wanted { path, mode: 0o644, owner: root, content });
            }
        }
        let content = Content::Text(self.configuration(answers));
        wanted.push(Wanted { path: self.configuration_path.clone(), mode: 0o640, owner: readers, content });
        wanted
    }

    /// Gives a file to the service's user; a user's own stays as it is.
    pub(super) fn give_to_service(&self, path: &Path) -> io::Result<()> {
        match self.service.as_ref().and_then(|service| service.user) {
            Some((user, group)) => std::os::unix::fs::chown(path, Some(user.as_raw()), Some(group.as_raw())),
            None => Ok(()),
        }
    }

    /// Says what the service needs beside what is written, to send by the machine's own mail program.
    pub(super) fn left_to_do(&self, answers: &Answers) -> Option<String> {
        let program = answers.mail_program().filter(|_| self.service.is_some())?;
        mail_program::settings(&program).is_empty().then(|| mail_program::by_hand(&program))
    }

    /// Returns the next three things to do.
    pub(super) fn what_is_next(&self, checked: ExitCode, environment: &Environment) -> String {
        let config = self.option(environment);
        let sudo = if self.service.is_some() { "sudo " } else { "" };
        let first = if checked == ExitCode::Done {
            String::new()
        } else {
            format!(
                "Put right what `check` found, and run it again: {sudo}roomkeeper{config} check --online. That comes first.\n\n"
            )
        };
        let three = if self.service.is_some() {
            format!(
                "  1. Start the service:              sudo systemctl daemon-reload && sudo systemctl enable --now roomkeeper\n  \
                   2. Let somebody drop timetables:   sudo usermod -aG {DROP_GROUP} NAME\n  \
                   3. Try a timetable, changing nothing:  {sudo}roomkeeper{config} import --dry-run timetable.csv"
            )
        } else {
            format!(
                "  1. Try a timetable, changing nothing:  roomkeeper{config} import --dry-run timetable.csv\n  \
                   2. Watch the inbox, until Ctrl-C:      roomkeeper{config} daemon\n  \
                   3. See what became of the files:       roomkeeper{config} history"
            )
        };
        format!("{first}Next:\n{three}")
    }

    /// Returns the option without which a command in this folder would use another file; nothing where it needs none.
    fn option(&self, environment: &Environment) -> String {
        let found = std::path::absolute(config::locate(None, environment));
        let is_found = found.is_ok_and(|found| found == self.configuration_path);
        if is_found { String::new() } else { format!(" --config {}", self.configuration_path.display()) }
    }
}

/// Returns a text as TOML writes it.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;

    #[test]
    fn a_service_s_commands_are_root_s_and_name_a_file_that_is_not_the_usual_one() {
        let environment = Environment::new([], Timestamp::from_seconds(0));
        let next = |path: &str| Layout::of(Path::new(path)).unwrap().what_is_next(ExitCode::Failed, &environment);
        let other = next("/etc/roomkeeper-other/config.toml");
        for command in ["check --online", "import --dry-run timetable.csv"] {
            let whole = format!("sudo roomkeeper --config /etc/roomkeeper-other/config.toml {command}");
            assert!(other.contains(&whole), "{whole} is missing: {other}");
        }
        let usual = next("/etc/roomkeeper/config.toml");
        assert!(usual.contains("sudo roomkeeper import --dry-run"), "{usual}");
    }
}
