//! Answers the calls on a meeting's lobby: Get, Add, Update, Delete Meeting Lobby Information. Reads what a form wants a lobby to
//! be, and checks it as the reference's tables and codes say.

use std::collections::BTreeMap;
use std::path::Path;

use hyper::body::Bytes;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use url::Url;

use super::multipart::{Form, Group, Value};
use super::slips::ResultCode;
use super::wire::{LobbyView, MeetingBrief};
use super::{Asked, Content, Done, Refusal};
use crate::sandbox::effect::{Effect, EffectKind};
use crate::sandbox::faults::PatchForm;
use crate::sandbox::world::{Files, Image, Lobby, MeetingNo, Show, World};

/// Answers Get Meeting Lobby Information. The reference does not say what comes where there is none: 404 or empty options, in
/// turn.
pub fn get(world: &World, id: &str, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let number = world.meeting_by_id(id).ok_or(Refusal::absent())?;
    if world.meeting(number).lobby.is_none() && !asked.turn.no_lobby_is_empty() {
        return Err(Refusal::absent());
    }
    Ok(Done::read(&LobbyReply { world, number, asked, desc: None }))
}

/// Answers Add Meeting Lobby Information.
pub fn add(world: &mut World, id: &str, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let number = world.meeting_by_id(id).ok_or(Refusal::absent())?;
    put(world, number, EffectKind::LobbyAdded, asked)
}

/// Answers Update Meeting Lobby Information.
pub fn update(world: &mut World, id: &str, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let number = with_lobby(world, id)?;
    match asked.habits.patch_form {
        PatchForm::Read => put(world, number, EffectKind::LobbyUpdated, asked),
        PatchForm::Ignored => Err(Refusal::invalid(2423, "options")),
        PatchForm::IgnoredInSilence => Ok(Done::read(&LobbyReply { world, number, asked, desc: None })),
    }
}

/// Answers Delete Meeting Lobby Information.
pub fn delete(world: &mut World, id: &str, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let number = with_lobby(world, id)?;
    world.set_lobby(number, None);
    let effect = effect(world, EffectKind::LobbyRemoved, number, asked);
    Ok(Done::changed(&LobbyReply { world, number, asked, desc: Some("Lobby is deleted") }, effect))
}

fn put(world: &mut World, number: MeetingNo, kind: EffectKind, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let Content::Form(Some(form)) = asked.content else { return Err(Refusal::invalid(2423, "options")) };
    let form = form.taken_in(asked.habits);
    let lobby = read(&form, &mut world.files, asked.files_url)?;
    world.set_lobby(number, Some(lobby));
    let effect = effect(world, kind, number, asked);
    Ok(Done::changed(&LobbyReply { world, number, asked, desc: None }, effect))
}

fn with_lobby(world: &World, id: &str) -> Result<MeetingNo, Refusal> {
    world.meeting_by_id(id).filter(|&number| world.meeting(number).lobby.is_some()).ok_or(Refusal::absent())
}

fn effect(world: &World, kind: EffectKind, number: MeetingNo, asked: &Asked<'_>) -> Effect {
    let meeting = world.meeting(number);
    Effect { lobby: meeting.lobby.clone(), ..asked.meeting_effect(kind, meeting, &world.user(meeting.user).id) }
}

/// The meeting and its lobby; or, where `desc` says what was done to it, only the meeting.
struct LobbyReply<'a> {
    world: &'a World,
    number: MeetingNo,
    asked: &'a Asked<'a>,
    desc: Option<&'static str>,
}

impl Serialize for LobbyReply<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let meeting = self.world.meeting(self.number);
        let turn = self.asked.turn;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("result", &ResultCode(1, turn))?;
        if let Some(desc) = self.desc {
            map.serialize_entry("desc", desc)?;
        }
        let brief = MeetingBrief::new(meeting, &self.world.user(meeting.user).id, Some(meeting.app));
        map.serialize_entry("meeting", &brief)?;
        if self.desc.is_none() {
            map.serialize_entry("lobby", &LobbyView(meeting.lobby.as_ref(), turn))?;
        }
        map.end()
    }
}

/// Reads `form` into a lobby; its files are kept in `files` and have their addresses under `files_url`.
fn read(form: &Form, files: &mut Files, files_url: &str) -> Result<Lobby, Refusal> {
    let show = option(form)?;
    let mut lobby = Lobby { show, messages: Vec::new(), images: Vec::new(), video: None, audio: None };
    let mut uploads = Uploads { files, files_url };
    match show {
        Show::Messages => lobby.messages = messages(form)?,
        Show::Images => lobby.images = images(form, &mut uploads)?,
        Show::Video => lobby.video = Some(video(form)?),
        Show::Audio => {}
    }
    // Music may go with everything but a video, which has its own sound.
    let has_music = form.group("audio").is_some() && show != Show::Video;
    if show == Show::Audio || has_music {
        lobby.audio = Some(audio(form, &mut uploads)?);
    }
    Ok(lobby)
}

struct Uploads<'a> {
    files: &'a mut Files,
    files_url: &'a str,
}

impl Uploads<'_> {
    fn keep(&mut self, content: &Bytes, extension: &str) -> String {
        format!("{}/{}", self.files_url, self.files.keep(content.clone(), extension))
    }
}

/// Exactly one option is 1; the words `true` and `false` are no booleans in a form.
fn option(form: &Form) -> Result<Show, Refusal> {
    let refusal = Refusal::invalid(2423, "options");
    let group = form.group("options").ok_or(refusal)?;
    let mut chosen = None;
    for (key, value) in &group.values {
        let show = match key.as_str() {
            "message" | "messages" => Show::Messages,
            "image" | "images" => Show::Images,
            "audio" => Show::Audio,
            "video" => Show::Video,
            _ => return Err(refusal),
        };
        match value {
            Value::Text(text) if text == "1" && chosen.is_none() => chosen = Some(show),
            Value::Text(text) if text == "0" => {}
            _ => return Err(refusal),
        }
    }
    chosen.ok_or(refusal)
}

fn messages(form: &Form) -> Result<Vec<String>, Refusal> {
    let group = form.group("message").filter(|group| !group.plain && !group.entries.is_empty());
    let entries = &group.ok_or(Refusal::invalid(2402, "message"))?.entries;
    entries.values().map(message).collect()
}

fn message(entry: &BTreeMap<String, Value>) -> Result<String, Refusal> {
    let refuse = |code| Err(Refusal::invalid(code, "message.text"));
    let Some(Value::Text(text)) = entry.get("text") else { return refuse(2422) };
    match text.chars().count() {
        0 => refuse(2422),
        1..5 => refuse(2432),
        5..=100 => Ok(text.clone()),
        _ => refuse(2433),
    }
}

fn images(form: &Form, uploads: &mut Uploads<'_>) -> Result<Vec<Image>, Refusal> {
    let group = form.group("image").ok_or(Refusal::invalid(2403, "image"))?;
    if group.plain {
        return Err(Refusal::invalid(2412, "image"));
    }
    if group.entries.is_empty() {
        return Err(Refusal::invalid(2403, "image"));
    }
    group.entries.values().map(|entry| image(entry, uploads)).collect()
}

fn image(entry: &BTreeMap<String, Value>, uploads: &mut Uploads<'_>) -> Result<Image, Refusal> {
    let caption = match entry.get("caption") {
        None => String::new(),
        Some(Value::Text(caption)) => caption.clone(),
        Some(Value::File { .. } | Value::Dropped) => return Err(Refusal::invalid(2435, "image.caption")),
    };
    let url = match (entry.get("img_file"), entry.get("url")) {
        (Some(Value::File { name, content, .. }), _) => {
            let extension = extension(name).filter(|extension| IMAGES.contains(&extension.as_str()));
            uploads.keep(content, &extension.ok_or(Refusal::invalid(2403, "image.img_file"))?)
        }
        // The loss goes unnoticed: its caption is there.
        (Some(Value::Dropped), _) => String::new(),
        (None, Some(Value::Text(url))) => address(url, "image.url")?.to_owned(),
        _ => return Err(Refusal::invalid(2403, "image")),
    };
    Ok(Image { url, caption })
}

fn video(form: &Form) -> Result<String, Refusal> {
    let group = form.group("video").ok_or(Refusal::invalid(2405, "video"))?;
    match alone(group).ok_or(Refusal::invalid(2421, "video"))?.get("url") {
        None => Err(Refusal::invalid(2405, "video.url")),
        Some(Value::File { .. } | Value::Dropped) => Err(Refusal::invalid(2438, "video.url")),
        Some(Value::Text(url)) => ends_in(address(url, "video.url")?, "mp4", "video.url"),
    }
}

fn audio(form: &Form, uploads: &mut Uploads<'_>) -> Result<String, Refusal> {
    let refusal = Refusal::invalid(2404, "audio");
    let entry = form.group("audio").and_then(alone).ok_or(refusal)?;
    match (entry.get("audio_file"), entry.get("url")) {
        (Some(Value::File { name, content, .. }), _) if extension(name).as_deref() == Some("mp3") => {
            Ok(uploads.keep(content, "mp3"))
        }
        (None, Some(Value::Text(url))) => ends_in(address(url, "audio.url")?, "mp3", "audio.url"),
        _ => Err(refusal),
    }
}

/// Returns the only entry of an array that may have but one.
fn alone(group: &Group) -> Option<&BTreeMap<String, Value>> {
    let mut entries = group.entries.values();
    let first = entries.next().filter(|_| !group.plain)?;
    entries.next().is_none().then_some(first)
}

fn address<'a>(text: &'a str, field: &'static str) -> Result<&'a str, Refusal> {
    let is_web = |url: &Url| matches!(url.scheme(), "http" | "https") && url.has_host();
    Url::parse(text).ok().filter(is_web).map(|_| text).ok_or(Refusal::invalid(2453, field))
}

fn ends_in(url: &str, wanted: &str, field: &'static str) -> Result<String, Refusal> {
    let path = url.split(['?', '#']).next().unwrap_or(url);
    if extension(path).as_deref() == Some(wanted) { Ok(url.to_owned()) } else { Err(Refusal::invalid(2453, field)) }
}

fn extension(name: &str) -> Option<String> {
    Some(Path::new(name).extension()?.to_str()?.to_ascii_lowercase())
}

const IMAGES: [&str; 5] = ["png", "jpg", "jpeg", "gif", "webp"];
