//! Makes one attempt to send a mail and judges what follows from it: for the mail, for the server, and for each address.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::shared::Shared;
use crate::clock::Timestamp;
use crate::config::{Config, MailWay};
use crate::journal::{Delivery, Letter, Seen};
use crate::mail::{Envelope, Fault, Handover, LeftOut, Message, SendError, Sent, Session, next_attempt};
use crate::model::{Backoff, TroubleKind};

/// The time for which a server that takes nothing is let be at first; each time in a row it is twice as long.
const RESTS: Backoff = Backoff::new(Duration::from_mins(1), Duration::from_mins(30));
/// A server that is away so often in a row is a trouble that stands.
const AWAY: u32 = 5;

/// The back-off of the outbox: a server that takes no mail takes none of the others either, and one that sees too
/// many log-ins shuts the sender out.
#[derive(Default)]
pub(super) struct Rest(Mutex<Resting>);

#[derive(Default)]
struct Resting {
    in_a_row: u32,
    until: Option<Timestamp>,
}

impl Rest {
    fn state(&self) -> MutexGuard<'_, Resting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns how much is left of it, by lived time.
    pub(super) fn left(&self, now: Timestamp) -> Option<Duration> {
        self.state().until.map(|until| until.since(now)).filter(|left| !left.is_zero())
    }

    /// Begins it, or the next one in a row; answers how long it is, and how many there were.
    fn begin(&self, now: Timestamp) -> (Duration, u32) {
        let mut state = self.state();
        state.in_a_row = state.in_a_row.saturating_add(1);
        let rest = RESTS.wait(state.in_a_row);
        state.until = Some(now.plus(rest));
        (rest, state.in_a_row)
    }

    /// Ends it: the server takes mails, or another is configured.
    pub(super) fn end(&self) {
        *self.state() = Resting::default();
    }
}

/// The result of an attempt.
pub(super) struct Attempt {
    /// The fate of the mail.
    pub(super) delivery: Delivery,
    /// The time for which the server is let be, and the troubles with it that stand now; `None` where it was not
    /// asked.
    pub(super) server: Option<(Option<Duration>, Vec<Seen>)>,
    /// Each address, with the trouble where it gets no mail.
    pub(super) addresses: Vec<(String, Option<Seen>)>,
}

impl Attempt {
    /// Makes it.
    pub(super) async fn make(
        shared: &Shared,
        rest: &Rest,
        handover: &Handover,
        session: &mut Session,
        letter: &Letter,
    ) -> Self {
        let Letter { id, sender, receivers, message, created, .. } = letter.clone();
        let bytes = if letter.is_sealed { shared.journal().seal().open_bytes(&message) } else { Some(message) };
        let Some(bytes) = bytes else {
            let why = "the mail was sealed with another key than that of this state directory".to_owned();
            return Attempt { delivery: Delivery::Dead { why }, server: None, addresses: Vec::new() };
        };
        let message = Message { id, at: created, envelope: Envelope { from: sender, to: receivers }, bytes };
        let sent = session.send(&message, handover).await;
        // By lived time: a clock that leaps gives no mail up.
        let now = shared.journal().time().lived;
        if let Err(SendError { fault: Fault::Stopped, words, .. }) = sent {
            let delivery = Delivery::Again { next: now, why: words, receivers: None };
            return Attempt { delivery, server: None, addresses: Vec::new() };
        }
        let server = judge_server(shared, rest, sent.as_ref().err(), now);
        let addresses = match &sent {
            Err(why) if why.fault.is_of_server() => Vec::new(),
            Err(SendError { left_out, .. }) | Ok(Sent { left_out }) => judge_addresses(letter, left_out),
        };
        Attempt { delivery: delivery(letter, &message, sent, server.0, now), server: Some(server), addresses }
    }
}

/// Begins or ends the rest, and tells whether the server is a trouble.
fn judge_server(
    shared: &Shared,
    resting: &Rest,
    failure: Option<&SendError>,
    now: Timestamp,
) -> (Option<Duration>, Vec<Seen>) {
    let seen = |failure: &SendError| Seen {
        kind: TroubleKind::MailServer,
        subject: server_name(&shared.config()),
        detail: failure.words.clone(),
    };
    let Some(failure) = failure.filter(|why| why.fault.is_of_server()) else {
        resting.end();
        // A rule against the mail itself, as one about its sender, is no address's trouble, and may be this mail's alone.
        let refused = failure.filter(|why| why.fault == Fault::Refused && why.left_out.is_empty());
        return (None, refused.map(seen).into_iter().collect());
    };
    let (rest, in_a_row) = resting.begin(now);
    let stands = failure.fault.needs_a_person() || in_a_row >= AWAY;
    (Some(rest), stands.then(|| seen(failure)).into_iter().collect())
}

/// Tells whether the words of a server that passes no mail on are about the domain of that address: they end the address with a
/// colon.
pub(super) fn is_about_domain_of(detail: &str, address: &str) -> bool {
    address.rfind('@').is_some_and(|at| detail.contains(&format!("{}: ", &address[at..])))
}

/// Returns the name of the mail server, as a trouble names it.
pub(super) fn server_name(config: &Config) -> String {
    match &config.mail.server {
        Some(MailWay::Smtp(server)) => format!("{}:{}", server.host, server.port),
        Some(MailWay::Program(path)) => path.display().to_string(),
        None => config.state.directory.join("mail").display().to_string(),
    }
}

/// Judges the addresses of a letter. An owner who will never be told the new PINs has a mail of that own.
fn judge_addresses(letter: &Letter, left_out: &[LeftOut]) -> Vec<(String, Option<Seen>)> {
    let of = |address: &String| {
        let Some(out) = left_out.iter().find(|out| out.address == *address) else {
            return Some((address.clone(), None));
        };
        let is_told = out.fault.needs_a_person() && !(letter.is_sealed && out.fault.is_final());
        let kind = if out.fault == Fault::NoRelay { TroubleKind::MailRelay } else { TroubleKind::MailReceiver };
        let seen = Seen { kind, subject: address.clone(), detail: out.words.clone() };
        is_told.then(|| (address.clone(), Some(seen)))
    };
    letter.receivers.iter().filter_map(of).collect()
}

fn delivery(
    letter: &Letter,
    message: &Message,
    sent: Result<Sent, SendError>,
    rest: Option<Duration>,
    now: Timestamp,
) -> Delivery {
    let again = |why: String, receivers: Option<Vec<String>>| match next_attempt(letter.tried, letter.attempts, now) {
        Some(next) => Delivery::Again { next: rest.map_or(next, |rest| next.max(now.plus(rest))), why, receivers },
        None => Delivery::Dead { why },
    };
    match sent {
        Ok(sent) => match sent.still_owed(&message.envelope) {
            Some(owed) => {
                let words = sent.left_out.iter().map(|out| out.words.as_str());
                again(words.collect::<Vec<_>>().join("; "), Some(owed.to))
            }
            None if sent.left_out.is_empty() => Delivery::Sent,
            None => {
                let why = sent.left_out.into_iter().map(|out| out.words).collect::<Vec<_>>().join("; ");
                Delivery::SentInPart { why }
            }
        },
        Err(error) if error.fault == Fault::Final => Delivery::Dead { why: error.words },
        Err(error) => {
            // A receiver who is refused for good is not tried again.
            let left: Vec<_> = error.left_out.iter().filter(|out| !out.fault.is_final()).collect();
            let receivers = left.iter().map(|out| out.address.clone()).collect();
            again(error.words, Some(receivers).filter(|_| !left.is_empty()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_takes_nothing_is_let_be_for_longer_each_time() {
        let (rest, now) = (Rest::default(), Timestamp::from_rfc3339("2027-02-01T02:30:00Z").unwrap());
        assert_eq!(rest.left(now), None);
        let minutes: Vec<_> = (0..8).map(|_| rest.begin(now).0.as_secs() / 60).collect();
        assert_eq!(minutes, [1, 2, 4, 8, 16, 30, 30, 30]);
        assert_eq!(rest.left(now), Some(RESTS.wait(u32::MAX)));
        assert_eq!(rest.left(now.plus(RESTS.wait(u32::MAX))), None);
        rest.end();
        assert_eq!((rest.left(now), rest.begin(now)), (None, (RESTS.wait(1), 1)));
    }
}
