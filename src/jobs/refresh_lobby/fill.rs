//! Builds the wanted lobby of a meeting: the configuration's texts with the meeting's own words in them, measured
//! before anything is sent. The files that it shows are fingerprinted once a run, before anything is asked for.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::desired_lobby::{DesiredLobby, Show, files_of};
use crate::clock::Zone;
use crate::config::{LobbyTemplate, MessageTemplate, Placeholder};
use crate::engine::Refusal;
use crate::engine::closed::{self, Access};
use crate::model::kept::as_meant;
use crate::model::{Asset, Code, Digest, LobbyUpload, Meeting, fold, line};

/// The reason why a meeting's lobby cannot be made, with the server's code where it has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) code: Option<Code>,
    pub(super) words: String,
}

/// Returns the lobby of `meeting`; times are told in `zone`.
pub(super) fn fill(
    template: &LobbyTemplate,
    files: &Fingerprints,
    meeting: &Meeting,
    zone: &Zone,
) -> Result<DesiredLobby, Fault> {
    let words = Words { meeting, zone };
    let upload = match template {
        LobbyTemplate::Remove => return Ok(DesiredLobby::Remove),
        LobbyTemplate::Messages { texts, audio } => {
            let texts = texts.iter().enumerate().map(|(at, text)| words.message(at + 1, text));
            LobbyUpload::Messages { texts: texts.collect::<Result<_, _>>()?, audio: audio.clone() }
        }
        LobbyTemplate::Images { images, audio } => {
            let images = images.iter().enumerate().map(|(at, picture)| {
                let caption = picture.caption.as_ref().map(|text| words.fill(&format!("caption {}", at + 1), text));
                Ok((picture.image.clone(), caption.transpose()?))
            });
            LobbyUpload::Images { images: images.collect::<Result<_, _>>()?, audio: audio.clone() }
        }
        LobbyTemplate::Audio(audio) => LobbyUpload::Audio(audio.clone()),
        LobbyTemplate::Video(url) => LobbyUpload::Video(url.clone()),
    };
    let files = files_of(&upload).into_iter().filter_map(|(_, path)| files.get(path).copied()).collect();
    Ok(DesiredLobby::Show(Show { upload, files }))
}

/// Returns a label for people: the meeting's title and start.
pub(super) fn label(meeting: &Meeting, zone: &Zone) -> String {
    let title = one_line(&meeting.room_name);
    match meeting.start {
        Some(start) => format!("{title}, {}", zone.minute(start)),
        None => title,
    }
}

struct Words<'a> {
    meeting: &'a Meeting,
    zone: &'a Zone,
}

impl Words<'_> {
    fn message(&self, number: usize, template: &MessageTemplate) -> Result<String, Fault> {
        let text = self.fill(&format!("message {number}"), template)?;
        let (length, limits) = (text.chars().count(), LobbyUpload::MESSAGE);
        if limits.contains(&length) {
            return Ok(text);
        }
        let code = if length < *limits.start() { Code::MESSAGE_SHORT } else { Code::MESSAGE_LONG };
        let words = format!(
            "message {number} has {length} characters once it is filled in, and may have {} to {}: {text}",
            limits.start(),
            limits.end()
        );
        Err(Fault { code: Some(code), words })
    }

    fn fill(&self, what: &str, template: &MessageTemplate) -> Result<String, Fault> {
        let text = template.fill(|place| self.value(place)).map_err(|place| Fault {
            code: None,
            words: format!("{what} cannot be filled in: the server does not tell the meeting's {}", place.as_str()),
        })?;
        // As the server will keep it: so it is measured, sent and compared.
        Ok(fold::normal(&text).into_owned())
    }

    fn value(&self, place: Placeholder) -> Option<String> {
        match place {
            Placeholder::RoomName => Some(one_line(&self.meeting.room_name)).filter(|title| !title.is_empty()),
            Placeholder::StartTime => self.meeting.start.map(|start| self.zone.minute(start)),
            Placeholder::UserId => self.meeting.user_id.as_ref().map(ToString::to_string),
            Placeholder::Duration => self.meeting.duration_min.map(|minutes| minutes.to_string()),
        }
    }
}

/// Puts a title as people wrote it on one line: a server may tell it as `R&amp;D`, which should not be read in a
/// lobby.
fn one_line(text: &str) -> String {
    line::one_line(&as_meant(text))
}

/// The fingerprints by path.
pub(super) type Fingerprints = HashMap<PathBuf, Digest>;

/// Reads every file that `template` names. One that cannot be read refuses the run: every meeting would miss it.
pub(super) async fn fingerprints(template: &LobbyTemplate) -> Result<Fingerprints, Refusal> {
    let paths: Vec<PathBuf> = assets(template)
        .into_iter()
        .filter_map(|asset| match asset {
            Asset::File(path) => Some(path.clone()),
            Asset::Url(_) => None,
        })
        .collect();
    let read = move || {
        let one = |path: PathBuf| match fingerprint(&path) {
            Ok(digest) => Ok((path, digest)),
            Err(why) => Err(Refusal(format!("the file {} {why}, so no lobby was touched", path.display()))),
        };
        paths.into_iter().map(one).collect()
    };
    tokio::task::spawn_blocking(read).await.unwrap_or_else(|error| Err(Refusal(error.to_string())))
}

fn assets(template: &LobbyTemplate) -> Vec<&Asset> {
    match template {
        LobbyTemplate::Remove | LobbyTemplate::Video(_) => Vec::new(),
        LobbyTemplate::Audio(audio) => vec![audio],
        LobbyTemplate::Messages { audio, .. } => audio.iter().collect(),
        LobbyTemplate::Images { images, audio } => images.iter().map(|picture| &picture.image).chain(audio).collect(),
    }
}

fn fingerprint(path: &Path) -> Result<Digest, String> {
    let unreadable = |error: std::io::Error| format!("cannot be read ({})", closed::why(&error, path, Access::Read));
    // Looked at before it is opened: opening a pipe would wait for a writer.
    match path.metadata().map_err(unreadable)? {
        found if !found.is_file() => return Err("is not a file".to_owned()),
        found if found.len() == 0 => return Err("is empty".to_owned()),
        found if found.len() > Asset::LARGEST => {
            return Err(format!("is larger than {} MiB", Asset::LARGEST >> 20));
        }
        _ => {}
    }
    let mut file = File::open(path).map_err(unreadable)?;
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match file.read(&mut buffer).map_err(unreadable)? {
            0 => return Ok(Digest::of(hasher.finalize().as_bytes())),
            n => hasher.update(&buffer[..n]),
        };
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::model::{MeetingId, Pins, UserId};

    /// Returns a meeting as the list tells it.
    pub(in super::super) fn meeting() -> Meeting {
        Meeting {
            meeting_id: MeetingId::new("m1").unwrap(),
            numbers: crate::model::Numbers::default(),
            room_id: None,
            user_id: UserId::new("u1"),
            room_name: " Lecture\t1\r\n".to_owned(),
            app_type: None,
            desc: None,
            start: Timestamp::from_api("2027-02-01 08:00").ok(),
            timezone: None,
            duration_min: Some(45),
            moderators: None,
            participants: None,
            wait_for_moderator: None,
            knock: None,
            auto_recording: None,
            pins: Pins::default(),
            direct_url: None,
            stage: None,
            invitees: None,
        }
    }

    #[test]
    fn a_label_is_one_line_with_the_start_where_it_is_told() {
        let berlin = Zone::named("Europe/Berlin").unwrap();
        assert_eq!(label(&meeting(), &berlin), "Lecture 1, 2027-02-01 09:00");
        let escaped = Meeting { room_name: "\u{200B}R&amp;D &#039;1&#039;".to_owned(), start: None, ..meeting() };
        assert_eq!(label(&escaped, &berlin), "R&D '1'");
        assert_eq!(label(&Meeting { start: None, ..meeting() }, &berlin), "Lecture 1");
    }

    #[test]
    fn a_place_that_the_server_tells_nothing_for_is_a_fault_that_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        let text = "[api]\napp_id = 'a'\napp_key = { env = 'K' }\n[refresh_lobby.a]\n\
                    lobby = { messages = ['At {start_time}', '{room_name} {user_id} {duration}'] }\n";
        std::fs::write(&path, text).unwrap();
        let environment = crate::config::Environment::new([], Timestamp::from_seconds(0));
        let job = crate::config::load(&path, &environment).unwrap().config.jobs.into_values().next().unwrap();
        let crate::config::JobSettings::RefreshLobby(settings) = job.settings else { panic!("another kind") };
        let fill = |meeting: &Meeting| fill(&settings.lobby, &Fingerprints::default(), meeting, &Zone::utc());
        let Ok(DesiredLobby::Show(show)) = fill(&meeting()) else { panic!("not filled") };
        let texts = ["At 2027-02-01 08:00", "Lecture 1 u1 45"].map(str::to_owned).to_vec();
        assert_eq!(show.upload, LobbyUpload::Messages { texts, audio: None });
        let fault = fill(&Meeting { start: None, ..meeting() }).unwrap_err();
        assert!(fault.words.contains("message 1") && fault.words.contains("start_time"), "{fault:?}");
    }

    #[tokio::test]
    async fn a_file_is_told_by_what_it_holds_and_one_that_is_not_there_refuses_the_run() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.mp3");
        let template = LobbyTemplate::Audio(Asset::File(path.clone()));
        assert!(fingerprints(&template).await.unwrap_err().0.contains("a.mp3 cannot be read"));
        std::fs::write(&path, "").unwrap();
        assert!(fingerprints(&template).await.unwrap_err().0.contains("a.mp3 is empty"));
        std::fs::write(&path, "one").unwrap();
        let one = fingerprints(&template).await.unwrap()[&path];
        std::fs::write(&path, "two").unwrap();
        assert_ne!(fingerprints(&template).await.unwrap()[&path], one);
    }
}
