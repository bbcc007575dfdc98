//! Holds what the configuration takes from around it, as a value, so that a test need not change its own process.

use std::collections::BTreeMap;

use secrecy::SecretString;

use crate::clock::{Clock, SystemClock, Timestamp};

/// Environment variables, what time it is, and the credentials that were read beforehand.
#[derive(Clone)]
pub struct Environment {
    variables: BTreeMap<String, String>,
    now: Timestamp,
    credentials: BTreeMap<String, SecretString>,
}

impl Environment {
    /// Returns that of this process. Variables that are not UTF-8 are left out.
    #[must_use]
    pub fn of_process() -> Self {
        let variables =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        Self { variables: variables.collect(), now: SystemClock.now(), credentials: BTreeMap::new() }
    }

    /// Returns one with these variables alone.
    #[must_use]
    pub fn new<'a>(variables: impl IntoIterator<Item = (&'a str, &'a str)>, now: Timestamp) -> Self {
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        Self { variables: variables.into_iter().map(owned).collect(), now, credentials: BTreeMap::new() }
    }

    /// Keeps credentials that were read.
    pub(super) fn keep(self, credentials: BTreeMap<String, SecretString>) -> Self {
        Self { credentials, ..self }
    }

    /// Returns a credential that was read beforehand.
    pub(super) fn credential(&self, name: &str) -> Option<&SecretString> {
        self.credentials.get(name)
    }

    /// Returns the variable's value; `None` also for one that is set to nothing.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Returns the current time: warnings about clock changes look ahead from here.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }
}

impl std::fmt::Debug for Environment {
    /// Names alone: a value may be a secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Environment")
            .field("variables", &self.variables.keys())
            .field("now", &self.now)
            .finish_non_exhaustive()
    }
}
