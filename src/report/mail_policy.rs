//! Decides whether a run's end is worth a mail, and whether it is the end of a trouble.

use crate::model::{MailOn, Outcome};

/// The facts of an ended run that decide about a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ending {
    /// Its outcome.
    pub outcome: Outcome,
    /// True when it changed anything outside.
    pub effects: bool,
    /// True when a person must look at something though every item succeeded ([`super::Summary::warnings`]).
    pub warnings: bool,
}

/// The actions at a run's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// True when a mail is sent.
    pub send: bool,
    /// True when this is a good run that has made good what an earlier one failed at.
    pub recovered: bool,
}

/// Decides by `on`, this run's end, and whether it has made good what an earlier run failed at.
///
/// An interrupted run is not over: it is resumed, and its end tells.
#[must_use]
pub fn decide(on: MailOn, this: Ending, makes_good: bool) -> Decision {
    let recovered = makes_good && this.outcome.is_good() && !this.warnings;
    let problem = !this.outcome.is_good() || this.warnings;
    let wanted = match on {
        MailOn::Always => true,
        MailOn::Problem => problem,
        MailOn::Change => problem || recovered || this.effects,
        MailOn::Never => false,
    };
    Decision { send: wanted && this.outcome != Outcome::Interrupted, recovered }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quiet(outcome: Outcome) -> Ending {
        Ending { outcome, effects: false, warnings: false }
    }

    fn sends(this: Ending, makes_good: bool) -> Vec<MailOn> {
        MailOn::ALL.into_iter().filter(|on| decide(*on, this, makes_good).send).collect()
    }

    #[test]
    fn a_good_run_without_effect_is_told_only_to_who_asked_for_everything() {
        assert_eq!(sends(quiet(Outcome::Succeeded), false), [MailOn::Always]);
    }

    #[test]
    fn an_effect_is_a_change() {
        let changed = Ending { effects: true, ..quiet(Outcome::Succeeded) };
        assert_eq!(sends(changed, false), [MailOn::Always, MailOn::Change]);
    }

    #[test]
    fn a_problem_is_told_to_everybody_but_never() {
        for outcome in [Outcome::Partial, Outcome::Failed, Outcome::Cancelled] {
            assert_eq!(sends(quiet(outcome), false), [MailOn::Always, MailOn::Problem, MailOn::Change], "{outcome}");
        }
        let warned = Ending { warnings: true, ..quiet(Outcome::Succeeded) };
        assert_eq!(sends(warned, false), [MailOn::Always, MailOn::Problem, MailOn::Change]);
    }

    #[test]
    fn a_good_run_that_makes_good_what_failed_is_a_recovery() {
        assert!(decide(MailOn::Never, quiet(Outcome::Succeeded), true).recovered);
        assert_eq!(sends(quiet(Outcome::Succeeded), true), [MailOn::Always, MailOn::Change]);
        for trouble in [Outcome::Partial, Outcome::Failed, Outcome::Cancelled] {
            assert!(!decide(MailOn::Always, quiet(trouble), true).recovered);
        }
        assert!(!decide(MailOn::Always, Ending { warnings: true, ..quiet(Outcome::Succeeded) }, true).recovered);
    }

    #[test]
    fn an_interrupted_run_is_not_over_and_sends_nothing() {
        assert_eq!(sends(quiet(Outcome::Interrupted), true), []);
    }
}
