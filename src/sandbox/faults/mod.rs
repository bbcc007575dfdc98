//! Faults by script: a TOML file says which requests go wrong, how often and how.
//!
//! ```toml
//! seed = 7                              # of the probabilities; default 1
//!
//! [[fault]]
//! match       = "POST /meetings"        # a method, or a method and a path below /ucaas/v1; * for any; default: every request
//! kind        = ["reset_before", "reset_after", "truncated_json"]    # one kind, or several that come in turn
//! probability = 0.12                    # or every = 10, or first = 3; default: each request that matches
//! times       = 50                      # at most so often; default: no limit
//!
//! [[fault]]
//! match              = "GET"
//! kind               = "busy_429"
//! every              = 25
//! retry_after        = 2                # seconds
//! retry_after_form   = "date"           # "seconds" (default) or "date"
//!
//! [[fault]]
//! match  = "PATCH /meetings/*"
//! kind   = "stall_after"
//! first  = 1
//! for_ms = 5000
//!
//! [[fault]]
//! kind   = "error_code"
//! code   = 1617
//! status = 406
//! times  = 1
//! ```
//!
//! Before the first `[[fault]]` may stand what the server makes of everything ([`Habits`]), and a time in which it is closed:
//!
//! ```toml
//! trim    = true                        # invisible characters at the ends of what comes in are dropped
//! escape  = true                        # names and texts are told as R&amp;D
//! numeric = true                        # texts that are numbers are told as numbers: 012345 as 12345
//! later_by = 15                         # meetings are kept so many minutes later than was asked
//! cut_titles = 20                       # so many characters of a meeting's title are kept
//! lengths_of = 15                       # a meeting takes a multiple of so many minutes
//! id_place = "beside"                   # the reply that a meeting was made has its id beside `meeting`; "data": in `data`, alone
//! ids = "forgotten"                     # no meeting is found by its id; or "known"
//! patch_form = "ignored"                # a form is read of a POST only; a PATCH with one is answered 2423, or, with
//!                                       # "ignored_in_silence", by a success that changes nothing
//! lists = "own"                         # a list without a search tells the credentials' own meetings; or "everybody"
//! max_files  = 20                       # of a form's files, those after so many are dropped without a word
//!
//! [maintenance]
//! after  = 20                           # begins when so many requests were answered; default 0
//! answer = "unavailable_503"            # default; or "redirect_302", which sends everybody to another page
//! for_ms = 3000                         # default: until another script is in force
//! ```
//!
//! The rules are asked in their order; the first that is due decides, and those after it do not count that request. The kinds
//! are described at [`FaultKind`].

mod habits;
mod kind;
mod raw;
mod rule;

use std::path::Path;
use std::str::FromStr;
use std::time::{Duration, Instant};
use std::{fs, io};

use hyper::Method;
use thiserror::Error;

use self::rule::Rule;
use super::random::Random;

pub use habits::{Habits, IdPlace, Ids, Lists, PatchForm};
pub use kind::FaultKind;

pub(super) use rule::{Fault, How, RetryAfter};

/// A script of faults; the default has none.
#[derive(Debug, Clone)]
pub struct Faults {
    rules: Vec<Rule>,
    random: Random,
    habits: Habits,
    maintenance: Option<Maintenance>,
}

/// The reason why a script cannot be used.
#[derive(Debug, Error)]
pub enum FaultsError {
    /// The file cannot be read.
    #[error("the fault script {path} cannot be read")]
    Unreadable {
        /// The file.
        path: String,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// It is no TOML, or has a key, a kind or a value that is not known.
    #[error("the fault script is not valid:\n{0}")]
    Malformed(String),
    /// A rule contradicts itself or lacks something.
    #[error("the fault script is not valid: rule {number}: {problem}")]
    Rule {
        /// The rule, counted from 1.
        number: usize,
        /// The fault, and what would be right.
        problem: String,
    },
}

impl Faults {
    /// Reads a script from a file.
    pub fn load(path: &Path) -> Result<Self, FaultsError> {
        let unreadable = |source| FaultsError::Unreadable { path: path.display().to_string(), source };
        fs::read_to_string(path).map_err(unreadable)?.parse()
    }

    /// Returns the fault that is due for a new connection.
    pub(super) fn for_connection(&mut self) -> Option<Fault> {
        let Self { rules, random, .. } = self;
        rules.iter_mut().filter(|rule| rule.is_for_connections()).find_map(|rule| rule.count(random))
    }

    /// Returns the fault that is due for a request; `path` is below the base URL.
    pub(super) fn for_request(&mut self, method: &Method, path: &str) -> Option<Fault> {
        let Self { rules, random, maintenance, .. } = self;
        if let Some(fault) = maintenance.as_mut().and_then(Maintenance::count) {
            return Some(fault);
        }
        rules.iter_mut().filter(|rule| rule.is_for(method, path)).find_map(|rule| rule.count(random))
    }

    /// Returns the server's treatment of everything.
    pub(super) fn habits(&self) -> Habits {
        self.habits
    }
}

impl Default for Faults {
    fn default() -> Self {
        Self { rules: Vec::new(), random: Random::new(1), habits: Habits::default(), maintenance: None }
    }
}

impl FromStr for Faults {
    type Err = FaultsError;

    fn from_str(text: &str) -> Result<Self, FaultsError> {
        let script: raw::Script = toml::from_str(text).map_err(|error| FaultsError::Malformed(error.to_string()))?;
        let habits = script.habits();
        let random = Random::new(script.seed.unwrap_or(1));
        let maintenance =
            script.maintenance.map(raw::RawMaintenance::check).transpose().map_err(FaultsError::Malformed)?;
        let rules = (1..)
            .zip(script.fault)
            .map(|(number, rule)| rule.check().map_err(|problem| FaultsError::Rule { number, problem }));
        Ok(Self { rules: rules.collect::<Result<_, _>>()?, random, habits, maintenance })
    }
}

/// A time of maintenance.
#[derive(Debug, Clone, Copy)]
pub struct Maintenance {
    /// So many requests are answered before it begins.
    pub after: u64,
    /// The answer to each request.
    pub kind: FaultKind,
    /// The time for which it lasts; without an end until another script is in force.
    pub lasts: Option<Duration>,
    /// The time at which it began.
    pub began: Option<Instant>,
}

impl Maintenance {
    /// Counts a request; tells its fault where it falls into the maintenance.
    pub fn count(&mut self) -> Option<Fault> {
        if self.after > 0 {
            self.after -= 1;
            return None;
        }
        let began = *self.began.get_or_insert_with(Instant::now);
        let is_over = self.lasts.is_some_and(|lasts| began.elapsed() >= lasts);
        (!is_over).then_some(Fault { kind: self.kind, how: How::plain() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(script: &str, requests: usize) -> Vec<Option<FaultKind>> {
        let mut faults: Faults = script.parse().unwrap();
        (0..requests).map(|_| faults.for_request(&Method::POST, "/meetings").map(|fault| fault.kind)).collect()
    }

    fn problem(script: &str) -> String {
        script.parse::<Faults>().unwrap_err().to_string()
    }

    #[test]
    fn every_first_and_times_count_and_several_kinds_come_in_turn() {
        let (r, h) = (Some(FaultKind::ResetBefore), Some(FaultKind::Http500After));
        assert_eq!(
            kinds("[[fault]]\nkind = ['reset_before', 'http_500_after']\nevery = 2", 6),
            [None, r, None, h, None, r]
        );
        assert_eq!(kinds("[[fault]]\nkind = 'reset_before'\nfirst = 2", 3), [r, r, None]);
        assert_eq!(kinds("[[fault]]\nkind = 'reset_before'\nevery = 2\ntimes = 1", 4), [None, r, None, None]);
        assert_eq!(kinds("[[fault]]\nmatch = 'GET'\nkind = 'reset_before'", 2), [None, None]);
    }

    #[test]
    fn a_probability_is_seeded() {
        let script = |seed| format!("seed = {seed}\n[[fault]]\nkind = 'reset_after'\nprobability = 0.5");
        assert_eq!(kinds(&script(3), 50), kinds(&script(3), 50));
        assert_ne!(kinds(&script(3), 50), kinds(&script(4), 50));
    }

    #[test]
    fn the_first_rule_that_is_due_decides() {
        let script = "[[fault]]\nkind = 'reset_before'\nfirst = 1\n[[fault]]\nkind = 'http_500_after'\nfirst = 1";
        assert_eq!(kinds(script, 3), [Some(FaultKind::ResetBefore), Some(FaultKind::Http500After), None]);
    }

    #[test]
    fn what_is_not_known_is_told_with_its_place() {
        let unknown_kind = problem("[[fault]]\nkind = 'resett'");
        assert!(
            unknown_kind.contains("line 2") && unknown_kind.contains("resett") && unknown_kind.contains("reset_before")
        );
        let unknown_key = problem("[[fault]]\nkind = 'reset_before'\nevry = 3");
        assert!(unknown_key.contains("evry") && unknown_key.contains("line 3"), "{unknown_key}");
        assert!(problem("[[faults]]\nkind = 'reset_before'").contains("faults"));
        assert!(problem("[[fault]]\nkind = 7").contains("a kind of fault, or a list of them"));
        assert!(problem("[[fault]]\nkind = 'refused'\nmatch = 'PUT'").contains("no method"));
    }

    #[test]
    fn a_rule_that_contradicts_itself_is_told_with_its_number() {
        for (rule, expected) in [
            ("every = 2", "kind is missing"),
            ("kind = []", "kind is missing"),
            ("kind = 'reset_before'\nevery = 2\nfirst = 1", "only one of every, probability and first"),
            ("kind = 'reset_before'\nevery = 0", "every must be at least 1"),
            ("kind = 'reset_before'\nprobability = 12.0", "probability must lie between 0 and 1"),
            ("kind = 'stall_before'", "for_ms is missing"),
            ("kind = 'reset_before'\nfor_ms = 5", "for_ms belongs to"),
            ("kind = 'reset_before'\nretry_after = 5", "retry_after belongs to"),
            ("kind = 'busy_429'\nretry_after_form = 'date'", "retry_after_form needs retry_after"),
            ("kind = 'error_code'", "code is missing"),
            ("kind = 'error_code'\ncode = 1617\nstatus = 99", "status must be an HTTP status"),
            ("kind = 'reset_before'\ncode = 1617", "code and status belong to"),
            ("kind = 'refused'\nmatch = 'GET'", "cannot be matched"),
            ("kind = ['refused', 'reset_before']", "refused without for_ms stands alone"),
        ] {
            let told = problem(&format!("[[fault]]\nkind = 'reset_before'\n[[fault]]\n{rule}"));
            assert!(told.contains("rule 2") && told.contains(expected), "{rule}: {told}");
        }
    }

    #[test]
    fn maintenance_begins_after_its_number_of_requests_and_answers_everything() {
        let script = "trim = true\n[maintenance]\nafter = 2\nanswer = 'redirect_302'\n[[fault]]\nkind = 'reset_before'\nfirst = 1";
        let redirect = Some(FaultKind::Redirect302);
        assert_eq!(kinds(script, 4), [Some(FaultKind::ResetBefore), None, redirect, redirect]);
        assert_eq!(kinds("[maintenance]\nfor_ms = 0", 2), [None, None]);
        assert!(script.parse::<Faults>().unwrap().habits().trim);
        assert!(problem("[maintenance]\nanswer = 'reset_before'").contains("unavailable_503 or redirect_302"));
    }

    #[test]
    fn a_refused_connection_is_counted_apart_from_requests() {
        let mut faults: Faults = "[[fault]]\nkind = 'refused'\nevery = 2".parse().unwrap();
        assert_eq!(faults.for_request(&Method::GET, "/meetings"), None);
        assert_eq!(faults.for_connection(), None);
        assert_eq!(faults.for_connection().map(|fault| fault.kind), Some(FaultKind::Refused));
    }
}
