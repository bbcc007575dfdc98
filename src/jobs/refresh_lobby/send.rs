//! Sends the one request of an item, and says what its answer means.

use serde::{Deserialize, Serialize};

use super::desired_lobby::{DesiredLobby, LobbyPayload, Sent, Show, Uploaded, fingerprint, result};
use super::kept::{lacks_files_alone, other_in_words};
use super::session::{LobbySession, payload};
use super::way::NOT_HEEDED;
use crate::api::{Attempt, Disposition, Failure};
use crate::clock::Timestamp;
use crate::engine::{OutcomeKind, RequestOutcome};
use crate::failpoint;
use crate::jobs::failure::{answer, failed, record};
use crate::model::{AttemptRecord, Code, Digest, JobPayload, Lobby, OpenItem, Status};

/// The step that an item has reached whose lobby was taken away.
pub(super) const TAKEN_AWAY: &str = "the lobby was taken away, to be added anew";

/// The words for a lobby that was to be taken away, and was not.
pub(super) const NOT_TAKEN_AWAY: &str = "the lobby could not be taken away, and is as it was";

/// The advice for a lobby that only a new one can mend.
pub(super) const ANEW_BY_HAND: &str = "If the server keeps them now and does not read changes to a lobby, take this lobby away on \
     the server: the next run adds it whole";

/// The request of an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Request {
    /// Add Meeting Lobby Information.
    Add(Show),
    /// Update Meeting Lobby Information.
    Update {
        /// The wanted lobby.
        show: Show,
        /// A fingerprint of what it is.
        before: Digest,
        /// The step that follows where it is not heeded.
        #[serde(default)]
        unheeded: Unheeded,
    },
    /// Delete Meeting Lobby Information, also where the lobby is added anew after that.
    Delete,
}

/// The step that follows an update that leaves the lobby as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Unheeded {
    /// The lobby is taken away and added anew.
    #[default]
    Replace,
    /// The same, unless it lacks files alone: those are what the server does not keep.
    ReplaceUnlessFilesLack,
    /// The lobby stays: it is what the server makes of the wanted one.
    Stay,
}

/// One sending of an item's.
struct Sending<'a> {
    session: &'a LobbySession,
    item: &'a OpenItem,
    payload: &'a LobbyPayload,
    at: Timestamp,
}

pub(super) async fn attempt(session: &LobbySession, item: &OpenItem, request: &JobPayload) -> RequestOutcome {
    let (Some(payload), Some(request)) = (payload(item), request.read::<Request>()) else {
        let words = "the journal's account of this item cannot be read".to_owned();
        return RequestOutcome { error: Some(words), ..answer(OutcomeKind::Refused) };
    };
    let sending = Sending { session, item, payload: &payload, at: session.tools.clock.now() };
    match &*request {
        Request::Add(show) => sending.add(show).await,
        Request::Update { show, before, unheeded } => sending.update(show, *before, *unheeded).await,
        Request::Delete => sending.delete().await,
    }
}

impl Unheeded {
    fn stays(self, show: &Show, lobby: &Lobby) -> bool {
        match self {
            Self::Replace => false,
            Self::ReplaceUnlessFilesLack => lacks_files_alone(show, lobby),
            Self::Stay => true,
        }
    }
}

impl Sending<'_> {
    async fn add(&self, show: &Show) -> RequestOutcome {
        match self.session.sending.add_lobby(&self.payload.meeting, &show.upload).await {
            Ok(reply) => match self.shown(reply.value).await {
                Ok(lobby) => {
                    let way = self.session.ways().added(self.item.item, Some(fingerprint(&lobby)));
                    let habit = way.map(|way| self.session.habit(way));
                    RequestOutcome { habit, ..self.uploaded(show, Sent::Add, reply.attempt, &lobby) }
                }
                Err(failure) => self.not_shown(reply.attempt, &failure),
            },
            Err(failure) if is_404(&failure) => absent(self.session, self.payload, Sent::Add, self.at, failure).await,
            Err(failure) if self.item.life.steps > 0 => self.not_added(failure),
            Err(failure) => failed(failure, self.at),
        }
    }

    /// Answers that the lobby that this meeting had was taken away, and the new one was not added, as far as is
    /// known.
    fn not_added(&self, failure: Failure) -> RequestOutcome {
        let refused = failed(failure, self.at);
        let words = refused.error.as_deref().unwrap_or("no reason was given");
        let habit = (refused.kind == OutcomeKind::Refused).then(|| {
            let way = self.session.ways().not_added(self.item.item, words);
            self.session.habit(way)
        });
        let so_far = if habit.is_some() { ", and is not there again" } else { "" };
        let error = format!("{TAKEN_AWAY}{so_far}: {words}");
        let attempt = refused.attempt.map(|attempt| AttemptRecord { error: Some(error.clone()), ..attempt });
        RequestOutcome { error: Some(error), attempt, habit, ..refused }
    }

    async fn update(&self, show: &Show, before: Digest, unheeded: Unheeded) -> RequestOutcome {
        match self.session.sending.update_lobby(&self.payload.meeting, &show.upload).await {
            Ok(reply) => match self.shown(reply.value).await {
                Ok(lobby) if fingerprint(&lobby) == before && unheeded.stays(show, &lobby) => {
                    self.as_it_was(show, reply.attempt, &lobby)
                }
                // A file has a place of its own, so that one which was uploaded shows, too.
                Ok(lobby) if fingerprint(&lobby) == before && self.session.ways().may_not_heed() => {
                    self.not_heeded(before, reply.attempt, None)
                }
                Ok(lobby) => {
                    let heeded = fingerprint(&lobby) != before;
                    let way = if heeded { self.session.ways().heeded() } else { None };
                    let habit = way.map(|way| self.session.habit(way));
                    RequestOutcome { habit, ..self.uploaded(show, Sent::Update, reply.attempt, &lobby) }
                }
                Err(failure) => self.not_shown(reply.attempt, &failure),
            },
            Err(failure) if failure.attempt.code == Some(Code::LOBBY_OPTIONS_MISSING) && unheeded == Unheeded::Stay => {
                match self.shown(None).await {
                    Ok(lobby) => self.as_it_was(show, failure.attempt, &lobby),
                    Err(unread) => self.not_shown(failure.attempt, &unread),
                }
            }
            Err(failure) if failure.attempt.code == Some(Code::LOBBY_OPTIONS_MISSING) => {
                self.not_heeded(before, failure.attempt, Some(failure.words))
            }
            Err(failure) if is_404(&failure) => {
                absent(self.session, self.payload, Sent::Update, self.at, failure).await
            }
            Err(failure) => failed(failure, self.at),
        }
    }

    /// Answers that the lobby is what the server makes of the wanted one, and that another update has changed nothing. It is
    /// told nothing of the way in which the server takes changes.
    fn as_it_was(&self, show: &Show, attempt: Attempt, lobby: &Lobby) -> RequestOutcome {
        let answer = self.uploaded(show, Sent::Update, attempt, lobby);
        let error = answer.error.map(|words| format!("{words}. {ANEW_BY_HAND}"));
        let attempt = answer.attempt.map(|attempt| AttemptRecord { error: error.clone(), ..attempt });
        RequestOutcome { attempt, error, ..answer }
    }

    /// Answers that the server did not read the update: it said so in these words, or called it a success and left
    /// the lobby as it was.
    fn not_heeded(&self, before: Digest, attempt: Attempt, words: Option<String>) -> RequestOutcome {
        let code = attempt.code.filter(|_| words.is_some());
        let told = self.session.ways().not_heeded(self.item.item, before, words.is_none());
        let said = words.map(|words| format!(" ({words})")).unwrap_or_default();
        let error = format!("{NOT_HEEDED}{said}");
        let attempt = Some(record(self.at, attempt, Some(error.clone())));
        match told {
            Ok(()) => RequestOutcome { attempt, code, error: Some(error), ..answer(OutcomeKind::Continued) },
            Err(why) => RequestOutcome {
                attempt,
                code,
                error: Some(why),
                result: Some(result(&self.payload.meeting)),
                ..answer(OutcomeKind::Refused)
            },
        }
    }

    async fn delete(&self) -> RequestOutcome {
        let gone = match self.session.sending.delete_lobby(&self.payload.meeting).await {
            Ok(reply) => reply.attempt,
            // Gone already: another client was quicker, or an earlier request of this job has arrived after all.
            Err(failure) if failure.is_absence() => failure.attempt,
            Err(failure) => return self.not_taken_away(failure),
        };
        match self.payload.desired {
            DesiredLobby::Show(_) if failpoint::is_on("lobby.away.done") => RequestOutcome {
                remember: Some(self.payload.remember(&Uploaded::default())),
                ..answer(OutcomeKind::Done(Status::Updated))
            },
            DesiredLobby::Remove | DesiredLobby::Nothing => removed(self.payload, record(self.at, gone, None)),
            DesiredLobby::Show(_) => {
                self.session.ways().taken_away(self.item.item);
                RequestOutcome {
                    attempt: Some(record(self.at, gone, Some(TAKEN_AWAY.to_owned()))),
                    error: Some(TAKEN_AWAY.to_owned()),
                    ..answer(OutcomeKind::Continued)
                }
            }
        }
    }

    /// Answers that the lobby stands, where the server has refused to take it away.
    fn not_taken_away(&self, failure: Failure) -> RequestOutcome {
        let refused = failed(failure, self.at);
        if refused.kind != OutcomeKind::Refused || !matches!(self.payload.desired, DesiredLobby::Show(_)) {
            return refused;
        }
        let words = refused.error.as_deref().unwrap_or("no reason was given");
        RequestOutcome { error: Some(format!("{NOT_TAKEN_AWAY}: {words}")), ..refused }
    }

    /// Returns the lobby that the reply tells, or else the one that the server has now.
    async fn shown(&self, told: Option<Lobby>) -> Result<Lobby, Failure> {
        match told {
            Some(lobby) => Ok(lobby),
            None => Ok(LobbySession::lobby(&self.session.asking, &self.payload.meeting).await?.unwrap_or_default()),
        }
    }

    fn not_shown(&self, attempt: Attempt, failure: &Failure) -> RequestOutcome {
        let words = format!("sent, and the lobby could not be read after that: {}", failure.words);
        RequestOutcome {
            attempt: Some(record(self.at, attempt, Some(words.clone()))),
            error: Some(words),
            ..answer(OutcomeKind::Unanswered)
        }
    }

    /// Answers that the server took the lobby, as it says; the lobby that it shows now is compared with the one
    /// that was sent.
    fn uploaded(&self, show: &Show, sent: Sent, attempt: Attempt, lobby: &Lobby) -> RequestOutcome {
        let Some(words) = other_in_words(show, lobby) else {
            return RequestOutcome {
                attempt: Some(record(self.at, attempt, None)),
                result: Some(result(&self.payload.meeting)),
                remember: Some(self.payload.remember(&Uploaded::of(show, Some(lobby)))),
                ..answer(OutcomeKind::Done(sent.status(&self.item.life)))
            };
        };
        RequestOutcome {
            attempt: Some(record(self.at, attempt, Some(words.clone()))),
            error: Some(words),
            result: Some(result(&self.payload.meeting)),
            remember: Some(self.payload.remember_other(show, lobby)),
            ..answer(OutcomeKind::Refused)
        }
    }
}

fn is_404(failure: &Failure) -> bool {
    failure.is_absence() || (failure.disposition == Disposition::RouteMissing && failure.attempt.http == Some(404))
}

/// Finds out whether the server has no such meeting, or no such lobby: it is asked which of the two.
async fn absent(
    session: &LobbySession,
    payload: &LobbyPayload,
    sent: Sent,
    at: Timestamp,
    failure: Failure,
) -> RequestOutcome {
    match (session.asking.meeting(&payload.meeting).await, sent) {
        (Err(other), _) if other.is_absence() => RequestOutcome {
            attempt: Some(record(at, failure.attempt, Some(failure.words))),
            code: failure.attempt.code,
            error: Some("the meeting is not on the server any more: it was cancelled or deleted meanwhile".to_owned()),
            result: Some(result(&payload.meeting)),
            ..answer(OutcomeKind::Done(Status::Skipped))
        },
        // The lobby was removed since it was read: that is decided anew.
        (Ok(_), Sent::Update) => RequestOutcome { kind: OutcomeKind::PutOff(None), ..failed(failure, at) },
        (Ok(_) | Err(_), _) => failed(failure, at),
    }
}

fn removed(payload: &LobbyPayload, attempt: AttemptRecord) -> RequestOutcome {
    RequestOutcome {
        attempt: Some(attempt),
        result: Some(result(&payload.meeting)),
        remember: Some(payload.remember(&Uploaded::default())),
        ..answer(OutcomeKind::Done(Status::Removed))
    }
}
