//! Applies one line of the script: which requests, how often, and what goes wrong.

use std::time::Duration;

use hyper::{Method, StatusCode};

use super::{Kind, pattern::Pattern};
use crate::sandbox::random::Random;

/// A rule, with its count of the requests that it has seen.
#[derive(Debug, Clone)]
pub struct Rule {
    pub(super) pattern: Pattern,
    pub(super) kinds: Vec<Kind>,
    pub(super) when: When,
    pub(super) times: Option<u64>,
    pub(super) how: How,
    pub(super) seen: u64,
    pub(super) struck: u64,
}

/// Which of the matching requests are struck.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum When {
    /// Each.
    Always,
    /// The n-th, the 2n-th, …
    Every(u64),
    /// Each with this probability.
    Probability(f64),
    /// The first n.
    First(u64),
}

/// The particulars of a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct How {
    /// The time for which a stall lasts, or nothing listens; zero if the kind needs none.
    pub lasts: Duration,
    /// The value of `Retry-After`.
    pub retry_after: Option<RetryAfter>,
    /// The code of an `error_code`.
    pub code: u16,
    /// The HTTP status of an `error_code`.
    pub status: StatusCode,
}

/// `Retry-After`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryAfter {
    /// In seconds.
    Seconds(u32),
    /// As the date that is so many seconds ahead.
    Date(u32),
}

/// A fault that has come due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// The kind of fault.
    pub kind: Kind,
    /// The particulars.
    pub how: How,
}

impl How {
    /// Returns the particulars of a fault that has none.
    pub fn plain() -> Self {
        Self { lasts: Duration::ZERO, retry_after: None, code: 0, status: StatusCode::NOT_ACCEPTABLE }
    }
}

impl Rule {
    /// Tells whether the rule is about new connections rather than requests.
    pub fn is_for_connections(&self) -> bool {
        self.kinds == [Kind::Refused] && self.how.lasts.is_zero()
    }

    /// Tells whether the rule is about this request.
    pub fn is_for(&self, method: &Method, path: &str) -> bool {
        !self.is_for_connections() && self.pattern.matches(method, path)
    }

    /// Counts a request (or connection) that it is about, and returns the fault that is due for it. Several kinds come in turn.
    pub fn count(&mut self, random: &mut Random) -> Option<Fault> {
        self.seen += 1;
        if self.times.is_some_and(|times| self.struck >= times) {
            return None;
        }
        let due = match self.when {
            When::Always => true,
            When::Every(n) => self.seen.is_multiple_of(n),
            When::Probability(probability) => random.chance(probability),
            When::First(n) => self.seen <= n,
        };
        let turn = usize::try_from(self.struck).unwrap_or(usize::MAX) % self.kinds.len();
        due.then(|| {
            self.struck += 1;
            Fault { kind: self.kinds[turn], how: self.how }
        })
    }
}
