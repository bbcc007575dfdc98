//! Applies one line of the script: which requests, how often, and what goes wrong.

use std::time::Duration;

use hyper::{Method, StatusCode};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::FaultKind;
use crate::sandbox::random::Random;

/// A rule, with its count of the requests that it has seen.
#[derive(Debug, Clone)]
pub struct Rule {
    pub(super) pattern: Pattern,
    pub(super) kinds: Vec<FaultKind>,
    pub(super) when: When,
    pub(super) times: Option<u64>,
    pub(super) how: How,
    pub(super) seen: u64,
    pub(super) struck: u64,
}

/// The matching requests that are struck.
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
    pub kind: FaultKind,
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
        self.kinds == [FaultKind::Refused] && self.how.lasts.is_zero()
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

/// A method and, where there is one, a path below the base URL; `*` stands for any method, and for any one segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    method: Option<Method>,
    path: Option<Vec<Option<String>>>,
}

impl Pattern {
    /// Matches everything.
    pub const ANY: Self = Self { method: None, path: None };

    /// Tells whether a request is meant.
    pub fn matches(&self, method: &Method, path: &str) -> bool {
        self.method.as_ref().is_none_or(|wanted| wanted == method)
            && self.path.as_ref().is_none_or(|wanted| {
                let mut segments = path.split('/').skip(1);
                let alike = wanted.iter().all(|wanted| {
                    segments.next().is_some_and(|segment| wanted.as_ref().is_none_or(|wanted| wanted == segment))
                });
                alike && segments.next().is_none()
            })
    }

    fn parse(text: &str) -> Result<Self, String> {
        let mut words = text.split_whitespace();
        let method = match words.next() {
            None => {
                return Err(
                    "match is empty: give a method, or a method and a path such as \"POST /meetings\"".to_owned()
                );
            }
            Some("*") => None,
            Some(name) => match METHODS.into_iter().find(|method| method.as_str() == name) {
                Some(method) => Some(method),
                None => return Err(format!("\"{name}\" is no method of this API: GET, POST, PATCH, DELETE or *")),
            },
        };
        let path = match words.next() {
            None => None,
            Some(path) => {
                let below = path.strip_prefix('/').ok_or_else(|| {
                    format!("the path \"{path}\" must begin with /, below /ucaas/v1: such as /meetings/*")
                })?;
                Some(below.split('/').map(|segment| (segment != "*").then(|| segment.to_owned())).collect())
            }
        };
        match words.next() {
            None => Ok(Self { method, path }),
            Some(more) => Err(format!("\"{more}\" is too much: match takes a method and a path")),
        }
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

const METHODS: [Method; 4] = [Method::GET, Method::POST, Method::PATCH, Method::DELETE];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_one_segment_and_for_any_method() {
        let matches = |pattern, method, path| Pattern::parse(pattern).unwrap().matches(&method, path);
        assert!(matches("POST /meetings", Method::POST, "/meetings"));
        assert!(!matches("POST /meetings", Method::POST, "/meetings/1/lobby"));
        assert!(!matches("POST /meetings", Method::GET, "/meetings"));
        assert!(matches("PATCH /meetings/*", Method::PATCH, "/meetings/1"));
        assert!(!matches("PATCH /meetings/*", Method::PATCH, "/meetings"));
        assert!(matches("* /meetings/*/lobby", Method::DELETE, "/meetings/1/lobby"));
        assert!(matches("GET", Method::GET, "/timezones"));
    }

    #[test]
    fn a_wrong_pattern_is_told() {
        assert!(Pattern::parse("PUT /meetings").unwrap_err().contains("\"PUT\" is no method"));
        assert!(Pattern::parse("GET meetings").unwrap_err().contains("must begin with /"));
        assert!(Pattern::parse("GET /meetings now").unwrap_err().contains("\"now\" is too much"));
        assert!(Pattern::parse(" ").unwrap_err().contains("is empty"));
    }
}
