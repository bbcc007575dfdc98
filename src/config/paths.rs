//! Lists the paths that a configuration names, each with what is done there, for callers that check whether that is allowed.

use std::path::{Path, PathBuf};

use super::export_meetings::DATE;
use super::{Config, JobSettings, JournalServer, LobbyTemplate, MailLogin, MailWay, RoomSource, SecretSource};
use crate::model::Asset;

/// A path that a key of the configuration names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedPath {
    /// The key, dotted.
    pub key: String,
    /// The file that is read, or the folder that is written to.
    pub path: PathBuf,
    /// True when the path is written to.
    pub written: bool,
}

/// Returns every secret that the configuration names, with its key.
pub fn secrets(config: &Config) -> impl Iterator<Item = (&'static str, &SecretSource)> {
    let token = config.web.as_ref().and_then(|web| web.token.as_ref());
    let of_journal = config.state.journal.iter().flat_map(JournalServer::secrets);
    std::iter::once(("api.app_key", &config.api.app_key))
        .chain(config.mail.login.as_ref().map(MailLogin::secret))
        .chain(token.map(|token| ("web.token", token)))
        .chain(of_journal)
}

/// Returns every path that the configuration names.
#[must_use]
pub fn paths(config: &Config) -> Vec<NamedPath> {
    let mut found = Vec::new();
    let mut add =
        |key: String, path: &Path, written: bool| found.push(NamedPath { key, path: path.to_owned(), written });
    add("state.directory".to_owned(), &config.state.directory, true);
    for (key, secret) in secrets(config) {
        if let SecretSource::File(path) = secret {
            add(key.to_owned(), path, false);
        }
    }
    let journal_ca = config.state.journal.as_ref().and_then(|server| server.ca.clone());
    for (key, path) in
        [("api.tls_ca", &config.api.tls_ca), ("mail.tls_ca", &config.mail.tls_ca), ("state.journal_ca", &journal_ca)]
    {
        if let Some(path) = path {
            add(key.to_owned(), path, false);
        }
    }
    if let Some(MailWay::Program(program)) = &config.mail.server {
        add("mail.server".to_owned(), program, false);
    }
    for job in config.jobs.values() {
        let mut add =
            |key: &str, path: &Path, written| add(format!("{}.{}.{key}", job.kind(), job.name), path, written);
        match &job.settings {
            JobSettings::ScheduleMeetings(own) => {
                if let Some(inbox) = &own.inbox {
                    add("inbox", inbox, true);
                }
                for (column, lookup) in &own.lookup {
                    add(&format!("lookup.{column}"), &lookup.path, false);
                }
            }
            JobSettings::RotatePins(own) => {
                list(&own.rooms, &mut add);
                if let Some(sheet) = &own.pin_sheet {
                    add("pin_sheet", folder(sheet), true);
                }
            }
            JobSettings::SyncRooms(own) => list(&own.rooms, &mut add),
            JobSettings::RefreshLobby(own) => {
                for file in files(&own.lobby) {
                    add("lobby", file, false);
                }
            }
            JobSettings::ExportMeetings(own) => add("path", folder(own.path.written()), true),
        }
    }
    found
}

fn list(rooms: &RoomSource, add: &mut impl FnMut(&str, &Path, bool)) {
    if let RoomSource::List(list) = rooms {
        add("rooms", &list.path, false);
    }
}

/// Returns the files of this machine that a lobby shows.
fn files(lobby: &LobbyTemplate) -> Vec<&Path> {
    let assets: Vec<&Asset> = match lobby {
        LobbyTemplate::Remove | LobbyTemplate::Video(_) => Vec::new(),
        LobbyTemplate::Messages { audio, .. } => audio.iter().collect(),
        LobbyTemplate::Images { images, audio } => images.iter().map(|picture| &picture.image).chain(audio).collect(),
        LobbyTemplate::Audio(audio) => vec![audio],
    };
    let mut files = Vec::new();
    for asset in assets {
        if let Asset::File(path) = asset {
            files.push(path.as_path());
        }
    }
    files
}

/// Returns the folder of a file, up to where the day stands in its name.
fn folder(file: &Path) -> &Path {
    let is_open = |part: &&Path| !part.to_string_lossy().contains(DATE);
    file.ancestors().skip(1).find(is_open).unwrap_or(Path::new("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_s_folder_is_the_one_that_is_always_the_same() {
        assert_eq!(folder(Path::new("/exports/{date}/meetings-{date}.csv")), Path::new("/exports"));
        assert_eq!(folder(Path::new("/exports/all.csv")), Path::new("/exports"));
    }
}
