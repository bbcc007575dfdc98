//! What a meeting's lobby is to be: the configuration's texts with the meeting's own words in them, measured before anything is
//! sent. Pure.

use super::files::Fingerprints;
use super::wish::{Show, Wish, files_of};
use crate::clock::Zone;
use crate::config::{LobbyWish, MessageTemplate, Placeholder};
use crate::model::{Code, LobbyUpload, Meeting};

/// Why a meeting's lobby cannot be made, with the server's code where it has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) code: Option<Code>,
    pub(super) words: String,
}

/// The lobby of `meeting`; times are told in `zone`.
pub(super) fn fill(wish: &LobbyWish, files: &Fingerprints, meeting: &Meeting, zone: &Zone) -> Result<Wish, Fault> {
    let words = Words { meeting, zone };
    let upload = match wish {
        LobbyWish::Remove => return Ok(Wish::Remove),
        LobbyWish::Messages { texts, audio } => {
            let texts = texts.iter().enumerate().map(|(at, text)| words.message(at + 1, text));
            LobbyUpload::Messages { texts: texts.collect::<Result<_, _>>()?, audio: audio.clone() }
        }
        LobbyWish::Images { images, audio } => {
            let images = images.iter().enumerate().map(|(at, picture)| {
                let caption = picture.caption.as_ref().map(|text| words.fill(&format!("caption {}", at + 1), text));
                Ok((picture.image.clone(), caption.transpose()?))
            });
            LobbyUpload::Images { images: images.collect::<Result<_, _>>()?, audio: audio.clone() }
        }
        LobbyWish::Audio(audio) => LobbyUpload::Audio(audio.clone()),
        LobbyWish::Video(url) => LobbyUpload::Video(url.clone()),
    };
    let files = files_of(&upload).into_iter().filter_map(|(_, path)| files.get(path).copied()).collect();
    Ok(Wish::Show(Show { upload, files }))
}

/// For people: the meeting's title and start.
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
        Ok(text.trim().to_owned())
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

fn one_line(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}
