//! Says who may look: those who show the token, as `Authorization: Bearer` or once at the sign-in form, for which a signed cookie
//! then stands. Tokens and signatures are compared in constant time.

use std::time::Duration;

use aws_lc_rs::hmac;
use hyper::HeaderMap;
use hyper::header::{AUTHORIZATION, COOKIE};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;

use super::guesses::{Guesses, Peer};
use crate::clock::Timestamp;
use crate::model::Digest;

/// The cookie's name.
const NAME: &str = "roomkeeper";
/// The time for which a sign-in holds.
const HOLDS: Duration = Duration::from_hours(12);

/// The key of this process, by which cookies are signed: a restart ends every sign-in.
pub(super) struct Key(hmac::Key);

impl Key {
    /// Draws a key.
    pub(super) fn draw() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, &bytes)))
    }
}

/// Decides who may look.
pub(super) struct Gate {
    key: std::sync::Arc<Key>,
    token: Option<SecretString>,
    guesses: Guesses,
}

/// The answer to a request for entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entry {
    /// It may come in.
    Open,
    /// It has to show the token first.
    Closed,
    /// It showed another token.
    Wrong,
    /// Too many wrong tokens came from there: try again after this time.
    TooMany(Duration),
}

impl Gate {
    pub(super) fn new(key: std::sync::Arc<Key>, token: Option<SecretString>) -> Self {
        Self { key, token, guesses: Guesses::default() }
    }

    /// Tells whether anybody is asked for a token.
    pub(super) fn asks(&self) -> bool {
        self.token.is_some()
    }

    /// Looks at what a request shows.
    pub(super) fn look(&self, headers: &HeaderMap, peer: Peer, now: Timestamp) -> Entry {
        if self.token.is_none() || cookies(headers).any(|cookie| self.is_signed(cookie, now)) {
            return Entry::Open;
        }
        let shown = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        match shown.and_then(|shown| shown.split_once(' ')) {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => self.try_token(token.trim(), peer),
            _ => Entry::Closed,
        }
    }

    /// Looks at a token.
    pub(super) fn try_token(&self, shown: &str, peer: Peer) -> Entry {
        let Some(token) = &self.token else { return Entry::Open };
        let now = Instant::now();
        if let Some(left) = self.guesses.closed_for(peer, now) {
            return Entry::TooMany(left);
        }
        let Key(key) = &*self.key;
        let wanted = hmac::sign(key, token.expose_secret().as_bytes());
        // Of equal length whatever was shown, and compared in constant time.
        if hmac::verify(key, shown.as_bytes(), wanted.as_ref()).is_ok() {
            return Entry::Open;
        }
        self.guesses.count(peer, now);
        Entry::Wrong
    }

    /// Returns the header that makes a browser keep a sign-in, under the path of the page.
    pub(super) fn cookie(&self, base_path: &str, over_tls: bool, now: Timestamp) -> String {
        let end = now.plus(HOLDS).millis();
        let signature = hex(hmac::sign(&self.key.0, &self.signed(end)).as_ref());
        cookie(&format!("{end}.{signature}"), base_path, over_tls, HOLDS)
    }

    /// Returns the header that makes a browser forget a sign-in.
    pub(super) fn no_cookie(base_path: &str, over_tls: bool) -> String {
        cookie("", base_path, over_tls, Duration::ZERO)
    }

    fn is_signed(&self, cookie: &str, now: Timestamp) -> bool {
        let read = || {
            let (end, signature) = cookie.split_once('.')?;
            let end: i64 = end.parse().ok()?;
            Some((end, bytes(signature)?))
        };
        let Some((end, signature)) = read() else { return false };
        // One that holds for longer than any was signed by a clock that was ahead.
        let holds = (now.millis()..=now.plus(HOLDS).millis()).contains(&end);
        holds && hmac::verify(&self.key.0, &self.signed(end), &signature).is_ok()
    }

    /// Returns what is signed: it ends with the token, so that another token ends every sign-in.
    fn signed(&self, end: i64) -> Vec<u8> {
        let token = self.token.as_ref().map_or("", |token| token.expose_secret());
        format!("sign-in\0{end}\0{:?}", Digest::of(token.as_bytes())).into_bytes()
    }
}

fn cookie(value: &str, base_path: &str, over_tls: bool, holds: Duration) -> String {
    let secure = if over_tls { "; Secure" } else { "" };
    let seconds = holds.as_secs();
    format!("{NAME}={value}; Path={base_path}/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}")
}

fn cookies(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let pairs = headers.get_all(COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let pairs = pairs.flat_map(|value| value.split(';'));
    pairs.filter_map(|pair| pair.trim().split_once('=')).filter(|(name, _)| *name == NAME).map(|(_, value)| value)
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // A string takes whatever is written.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    if !hex.is_ascii() || !hex.len().is_multiple_of(2) {
        return None;
    }
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    const TOKEN: &str = "correct-horse-battery";

    fn gate(key: &Arc<Key>, token: &str) -> Gate {
        Gate::new(Arc::clone(key), Some(SecretString::from(token)))
    }

    fn with(name: hyper::header::HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, value.parse().unwrap())])
    }

    fn now() -> Timestamp {
        Timestamp::from_seconds(1_700_000_000)
    }

    #[test]
    fn the_token_opens_and_nothing_near_it_does() {
        let gate = gate(&Arc::new(Key::draw().unwrap()), TOKEN);
        let look = |value: &str| gate.look(&with(AUTHORIZATION, value), Peer::LOCAL, now());
        assert_eq!(look(&format!("Bearer {TOKEN}")), Entry::Open);
        assert_eq!(look(&format!("bearer  {TOKEN} ")), Entry::Open);
        assert_eq!(look("Bearer correct-horse-batter"), Entry::Wrong);
        assert_eq!(look("Bearer "), Entry::Wrong);
        assert_eq!(look("Basic Zm9vOmJhcg=="), Entry::Closed);
        assert_eq!(gate.look(&HeaderMap::new(), Peer::LOCAL, now()), Entry::Closed);
        for _ in 0..8 {
            assert_eq!(look("Bearer wrong"), Entry::Wrong);
        }
        assert!(matches!(look(&format!("Bearer {TOKEN}")), Entry::TooMany(_)), "a guess is told from the token");
    }

    #[test]
    fn a_cookie_holds_for_its_time_its_key_and_its_token() {
        let key = Arc::new(Key::draw().unwrap());
        let gate = gate(&key, TOKEN);
        let header = gate.cookie("/keeper", true, now());
        assert!(header.ends_with("; Path=/keeper/; Max-Age=43200; HttpOnly; SameSite=Strict; Secure"), "{header}");
        let value = header.split(';').next().unwrap().to_owned();
        let shows = |gate: &Gate, value: &str, at| {
            gate.look(&with(COOKIE, &format!("other=1; {value}")), Peer::LOCAL, at) == Entry::Open
        };
        assert!(shows(&gate, &value, now()));
        assert!(!shows(&gate, &value, now().plus(HOLDS + Duration::from_secs(1))), "it is over");
        assert!(!shows(&gate, &value, now().minus(Duration::from_secs(1))), "of a clock that was ahead");
        assert!(!shows(&self::gate(&key, "another-token-altogether"), &value, now()), "of another token");
        assert!(!shows(&self::gate(&Arc::new(Key::draw().unwrap()), TOKEN), &value, now()), "of another process");
        for forged in [value.replacen("=1", "=9", 1), value[..value.len() - 1].to_owned(), "roomkeeper=.".to_owned()] {
            assert!(!shows(&gate, &forged, now()), "{forged}");
        }
        assert!(Gate::no_cookie("", false).starts_with("roomkeeper=; Path=/; Max-Age=0; HttpOnly"));
    }

    #[test]
    fn without_a_token_nobody_is_asked() {
        let gate = Gate::new(Arc::new(Key::draw().unwrap()), None);
        assert_eq!(gate.look(&HeaderMap::new(), Peer::LOCAL, now()), Entry::Open);
        assert!(!gate.asks());
    }
}
