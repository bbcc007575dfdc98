//! Looks for what became of requests that were not answered (README of the API: for a lobby, GET it).

use futures_util::FutureExt;
use futures_util::stream::{self, StreamExt};

use super::desired_lobby::{Before, DesiredLobby, LobbyPayload, Sent, Show, Uploaded, fingerprint, result};
use super::diff::{Files, differences};
use super::send::TAKEN_AWAY;
use super::session::{LobbySession, payload};
use crate::engine::Look;
use crate::jobs::failure::untold;
use crate::model::{Life, Lobby, Pins, SettlingItem, Status};

pub(super) async fn look(session: &LobbySession, items: &[SettlingItem]) -> Vec<Look> {
    let looks: Vec<_> = items.iter().map(|settling| look_one(session, settling).boxed()).collect();
    stream::iter(looks).buffered(session.at_once).collect().await
}

async fn look_one(session: &LobbySession, settling: &SettlingItem) -> Look {
    let Some(payload) = payload(&settling.item) else {
        return Look::Unclear("this item was journaled by a later version of roomkeeper".to_owned());
    };
    let before = settling.before.as_deref().and_then(|text| serde_json::from_str::<Before>(text).ok());
    match LobbySession::lobby(&session.asking.hasty(), &payload.meeting).await {
        Ok(lobby) => {
            let look = judge(&payload, &settling.item.life, before.as_ref(), lobby.as_ref());
            match (&look, &lobby) {
                (Look::Midway(_), _) => session.ways().taken_away(settling.item.item),
                (Look::Found { .. }, Some(lobby)) if before.is_some_and(|before| before.sent == Sent::Add) => {
                    // It has no way into the journal from here; the next run finds it out again.
                    session.ways().added(settling.item.item, Some(fingerprint(lobby)));
                }
                _ => {}
            }
            look
        }
        Err(failure) => untold(&failure),
    }
}

/// Compares the lobby that the server has now with a request. A lobby that is neither as wanted nor as before is
/// decided anew: a lobby is put whole, so sending it again does no harm.
fn judge(payload: &LobbyPayload, life: &Life, before: Option<&Before>, lobby: Option<&Lobby>) -> Look {
    match (&payload.desired, lobby) {
        (DesiredLobby::Remove, None) => found(payload, Sent::Delete.status(life), &Uploaded::default()),
        (DesiredLobby::Show(_), None) if before.is_some_and(|before| before.sent == Sent::Delete) => {
            Look::Midway(TAKEN_AWAY.to_owned())
        }
        (DesiredLobby::Show(show), Some(lobby)) if is_shown(show, before, lobby) => {
            let sent = before.map_or(Sent::Update, |before| before.sent);
            found(payload, sent.status(life), &Uploaded::of(show, Some(lobby)))
        }
        _ => Look::Absent,
    }
}

/// Tells whether the lobby is the one that was sent. Files tell nothing of their content; but the server gives a
/// new one a new place, so that a lobby with files that looks as before was not touched.
fn is_shown(show: &Show, before: Option<&Before>, lobby: &Lobby) -> bool {
    let is_untouched = || before.and_then(|before| before.lobby) == Some(fingerprint(lobby));
    differences(show, Files::JustSent, lobby).is_empty() && (show.files.is_empty() || !is_untouched())
}

fn found(payload: &LobbyPayload, status: Status, uploaded: &Uploaded) -> Look {
    Look::Found {
        status,
        result: Some(result(&payload.meeting)),
        pins: Pins::default(),
        remember: Some(payload.remember(uploaded)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Asset, Digest, LobbyKind, LobbyUpload, MeetingId};

    fn payload(audio: Option<&str>) -> LobbyPayload {
        let upload = LobbyUpload::Messages {
            texts: vec!["Hello".to_owned()],
            audio: audio.map(|path| Asset::File(path.into())),
        };
        let files = audio.iter().map(|_| Digest::of(b"sound")).collect();
        let meeting = MeetingId::new("m1").unwrap();
        LobbyPayload { v: 1, meeting, start: None, kept: false, desired: DesiredLobby::Show(Show { upload, files }) }
    }

    fn lobby(text: &str, audio: Option<&str>) -> Lobby {
        Lobby {
            kind: Some(LobbyKind::Message),
            messages: vec![text.to_owned()],
            audio: audio.map(str::to_owned).into_iter().collect(),
            ..Lobby::default()
        }
    }

    fn judged(payload: &LobbyPayload, before: Option<&Lobby>, now: Option<&Lobby>) -> Option<Status> {
        let sent = if before.is_some() { Sent::Update } else { Sent::Add };
        match judge(payload, &Life::default(), Some(&Before { sent, lobby: before.map(fingerprint), anew: false }), now)
        {
            Look::Found { status, .. } => Some(status),
            Look::Absent => None,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_lobby_as_wanted_was_carried_out_and_any_other_was_not() {
        let (wanted, other) = (lobby("Hello", None), lobby("Good morning", None));
        let payload = payload(None);
        assert_eq!(judged(&payload, None, Some(&wanted)), Some(Status::Added));
        assert_eq!(judged(&payload, Some(&other), Some(&wanted)), Some(Status::Updated));
        assert_eq!(judged(&payload, Some(&other), Some(&other)), None);
        assert_eq!(judged(&payload, None, None), None);
    }

    #[test]
    fn a_file_was_uploaded_where_it_has_a_new_place() {
        let (old, new) = (lobby("Hello", Some("https://s/1.mp3")), lobby("Hello", Some("https://s/2.mp3")));
        let payload = payload(Some("s.mp3"));
        assert_eq!(judged(&payload, None, Some(&new)), Some(Status::Added));
        assert_eq!(judged(&payload, Some(&old), Some(&new)), Some(Status::Updated));
        assert_eq!(judged(&payload, Some(&old), Some(&old)), None);
        assert_eq!(judged(&payload, Some(&lobby("Hello", None)), Some(&lobby("Hello", None))), None);
    }

    #[test]
    fn a_lobby_that_was_taken_away_to_be_added_anew_is_midway_and_is_updated_when_it_is_there() {
        let (old, new) = (lobby("Good morning", None), lobby("Hello", None));
        let payload = payload(None);
        let away = Before { sent: Sent::Delete, lobby: Some(fingerprint(&old)), anew: true };
        let life = Life { steps: 1, ..Life::default() };
        assert!(matches!(judge(&payload, &life, Some(&away), None), Look::Midway(_)));
        assert!(matches!(judge(&payload, &life, Some(&away), Some(&old)), Look::Absent));
        let added = Before { sent: Sent::Add, lobby: None, anew: true };
        let look = judge(&payload, &Life { steps: 2, ..life }, Some(&added), Some(&new));
        assert!(matches!(look, Look::Found { status: Status::Updated, .. }), "{look:?}");
    }

    #[test]
    fn a_lobby_that_is_gone_was_removed() {
        let remove = LobbyPayload { desired: DesiredLobby::Remove, ..payload(None) };
        assert_eq!(judged(&remove, Some(&lobby("Hello", None)), None), Some(Status::Removed));
        assert_eq!(judged(&remove, Some(&lobby("Hello", None)), Some(&lobby("Hello", None))), None);
    }
}
