//! Decides what is to be done for each lobby, by what the server has now.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::stream::{self, StreamExt};

use super::desired_lobby::{Before, DesiredLobby, LobbyPayload, Sent, Show, Uploaded, fingerprint, json, result};
use super::diff::{Files, differences, shown};
use super::kept::{lacks_files_alone, other_in_words};
use super::send::{ANEW_BY_HAND, Request, Unheeded};
use super::session::{LobbySession, payload};
use super::way::{Next, TAKEN_AND_OTHER};
use crate::api::Disposition;
use crate::engine::{Decision, Trouble, TroubleKind};
use crate::failpoint;
use crate::jobs::failure::trouble;
use crate::model::{Asset, Code, JobPayload, Known, Lobby, OpenItem, Status};

pub(super) async fn decide(session: &LobbySession, items: &[OpenItem]) -> Result<Vec<Decision>, Trouble> {
    let payloads: Vec<_> = items.iter().map(payload).collect();
    let identities = payloads.iter().map(|payload| payload.as_ref().map_or(String::new(), |p| p.meeting.to_string()));
    let unreadable = |error| Trouble {
        kind: TroubleKind::Unwell,
        words: format!("what was done before could not be read: {error}"),
    };
    let known = session.known(identities.collect()).await.map_err(unreadable)?;
    session.look_back().await.map_err(unreadable)?;
    let decisions: Vec<_> = items
        .iter()
        .zip(&payloads)
        .zip(known)
        .map(|((item, payload), known)| decide_one(session, item, payload.as_deref(), known).boxed())
        .collect();
    let decided: Vec<_> = stream::iter(decisions).buffered(session.at_once).collect().await;
    unless_unwell(decided, &payloads)
}

/// Fails single meetings whose lobby cannot be read, so that they do not hold up the others: where some could be
/// read, the server is well, and only that one has failed.
fn unless_unwell(
    decided: Vec<Result<Decision, Trouble>>,
    payloads: &[Option<Arc<LobbyPayload>>],
) -> Result<Vec<Decision>, Trouble> {
    let is_well = decided.iter().any(Result::is_ok);
    let each = decided.into_iter().zip(payloads).map(|(decided, payload)| match decided {
        Err(Trouble { kind: TroubleKind::Unwell, words }) if is_well => Ok(failed(payload.as_deref(), None, words)),
        decided => decided,
    });
    each.collect()
}

async fn decide_one(
    session: &LobbySession,
    item: &OpenItem,
    payload: Option<&LobbyPayload>,
    known: Option<Known>,
) -> Result<Decision, Trouble> {
    let Some(payload) = payload else {
        return Ok(failed(None, None, "this item was journaled by a later version of roomkeeper".to_owned()));
    };
    let waits = session.ways().first().is_some_and(|first| first != item.item);
    if waits && matches!(payload.desired, DesiredLobby::Show(_)) {
        return Ok(another_goes_first());
    }
    let is_blind = failpoint::is_on("lobby.blind") && item.life.steps > 1;
    if is_blind && matches!(payload.desired, DesiredLobby::Show(_)) {
        return Ok(weigh(session, item, payload, known.as_ref(), None));
    }
    match LobbySession::lobby(&session.sending, &payload.meeting).await {
        Ok(lobby) => Ok(weigh(session, item, payload, known.as_ref(), lobby.as_ref())),
        Err(failure) if failure.disposition == Disposition::Final => {
            Ok(failed(Some(payload), failure.attempt.code, failure.words))
        }
        Err(failure) => Err(trouble(&failure, &format!("the lobby of meeting {}", payload.meeting))),
    }
}

fn failed(payload: Option<&LobbyPayload>, code: Option<Code>, words: String) -> Decision {
    Decision::Done {
        status: Status::Failed,
        code,
        error: Some(words),
        result: payload.map(|payload| result(&payload.meeting)),
        remember: None,
    }
}

fn another_goes_first() -> Decision {
    Decision::PutOff { why: "whether the server adds a lobby anew is tried with another meeting first".to_owned() }
}

/// Decides on an item whose lobby the server has.
fn weigh(
    session: &LobbySession,
    item: &OpenItem,
    payload: &LobbyPayload,
    known: Option<&Known>,
    lobby: Option<&Lobby>,
) -> Decision {
    let was_sent = item.life.attempts > 0;
    match (&payload.desired, lobby) {
        (DesiredLobby::Nothing, _) => unchanged(payload, known, Status::Unchanged, &Uploaded::default()),
        (DesiredLobby::Remove, None) => {
            // By an earlier request of this job, or by a person's hand.
            let status = if was_sent { Status::Removed } else { Status::Unchanged };
            unchanged(payload, known, status, &Uploaded::default())
        }
        (DesiredLobby::Remove, Some(lobby)) => {
            let changes = vec![("lobby".to_owned(), Some(shown(lobby)), None)];
            send(payload, Request::Delete, Sent::Delete, Status::Removed, Some(lobby), changes)
        }
        (DesiredLobby::Show(show), None) => {
            if item.life.steps > 0 {
                session.ways().taken_away(item.item);
            }
            let changes = changes(show, Files::JustSent, &Lobby::default());
            send(payload, Request::Add(show.clone()), Sent::Add, Sent::Add.status(&item.life), None, changes)
        }
        (DesiredLobby::Show(show), Some(lobby)) => {
            let uploaded: Uploaded =
                known.and_then(|known| serde_json::from_str(&known.facts).ok()).unwrap_or_default();
            let changes = changes(show, Files::Uploaded(&uploaded), lobby);
            if changes.is_empty() {
                let status = if was_sent { Status::Updated } else { Status::Unchanged };
                return unchanged(payload, known, status, &uploaded);
            }
            let (is_own, unheeded) = judge_unheeded(item, payload, show, known, &uploaded, lobby);
            if is_own && (item.life.steps > 0 || !session.ways().may_read()) {
                let other = other_in_words(show, lobby).unwrap_or_else(|| TAKEN_AND_OTHER.to_owned());
                return failed(Some(payload), None, format!("{other}. {ANEW_BY_HAND}"));
            }
            let before = fingerprint(lobby);
            let send = |request, sent| send(payload, request, sent, Status::Updated, Some(lobby), changes);
            match session.ways().next(item.item, item.life.steps) {
                Next::Update => send(Request::Update { show: show.clone(), before, unheeded }, Sent::Update),
                Next::Replace => send(Request::Delete, Sent::Delete),
                Next::Wait => another_goes_first(),
                Next::Leave(words) => failed(Some(payload), None, words),
            }
        }
    }
}

/// Decides what follows where an update leaves this lobby as it is; and tells whether it is all that the server makes of the
/// wanted one, which is not taken away: that would not mend it.
fn judge_unheeded(
    item: &OpenItem,
    payload: &LobbyPayload,
    show: &Show,
    known: Option<&Known>,
    uploaded: &Uploaded,
    lobby: &Lobby,
) -> (bool, Unheeded) {
    // It was sent by this item, and the reply was lost.
    let is_sent = || known.is_none() && item.life.attempts > 0 && item.life.steps == 0;
    if uploaded.was_made_of(&payload.desired, lobby) || (is_sent() && lacks_files_alone(show, lobby)) {
        return (true, Unheeded::Stay);
    }
    // The job has never had its whole lobby there, or wants more files than servers keep: those that lack tell nothing.
    let are_explained = known.is_none() || uploaded.other.is_some() || show.files.len() > Asset::USUALLY_KEPT_FILES;
    (false, if are_explained { Unheeded::ReplaceUnlessFilesLack } else { Unheeded::Replace })
}

/// Field, what it is, what it is to be.
type FieldChanges = Vec<(String, Option<String>, Option<String>)>;

fn changes(show: &Show, files: Files<'_>, lobby: &Lobby) -> FieldChanges {
    let changes = differences(show, files, lobby).into_iter();
    changes.map(|change| (change.field.to_owned(), change.is, change.wanted)).collect()
}

fn send(
    payload: &LobbyPayload,
    request: Request,
    sent: Sent,
    would: Status,
    lobby: Option<&Lobby>,
    changes: FieldChanges,
) -> Decision {
    // A lobby that is added or taken away, though it is to be changed.
    let anew = would == Status::Updated && sent != Sent::Update;
    Decision::Send {
        request: JobPayload::of(request),
        before: Some(json(&Before { sent, lobby: lobby.map(fingerprint), anew })),
        target: payload.lease(),
        would,
        changes,
    }
}

/// Decides that nothing is sent; the lobby that stands there is remembered as this job's where it is not yet.
fn unchanged(payload: &LobbyPayload, known: Option<&Known>, status: Status, uploaded: &Uploaded) -> Decision {
    let is_known = known.is_some_and(|known| known.content == payload.desired.content());
    Decision::Done {
        status,
        code: None,
        error: None,
        result: Some(result(&payload.meeting)),
        remember: (!is_known).then(|| payload.remember(uploaded)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_lobby_that_cannot_be_read_fails_alone_and_a_server_that_is_unwell_is_waited_for() {
        let unwell = || Err(Trouble { kind: TroubleKind::Unwell, words: "HTTP 500".to_owned() });
        let good = || Ok(failed(None, None, String::new()));
        let decided = unless_unwell(vec![good(), unwell()], &[None, None]).unwrap();
        let Decision::Done { status, error, .. } = &decided[1] else { panic!("{decided:?}") };
        assert_eq!((*status, error.as_deref()), (Status::Failed, Some("HTTP 500")));
        assert_eq!(unless_unwell(vec![unwell(), unwell()], &[None, None]).unwrap_err().kind, TroubleKind::Unwell);
        let fatal = Err(Trouble { kind: TroubleKind::Fatal, words: String::new() });
        assert_eq!(unless_unwell(vec![good(), fatal], &[None, None]).unwrap_err().kind, TroubleKind::Fatal);
    }
}
