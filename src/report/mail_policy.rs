//! Whether a run's end is worth a mail, and whether it is the end of a trouble.

use crate::model::{MailOn, Outcome};

/// What counts of a run that has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ending {
    /// How it ended.
    pub outcome: Outcome,
    /// Whether it changed anything outside.
    pub effects: bool,
    /// Whether a person must look at something though every item succeeded ([`super::Summary::warnings`]).
    pub warnings: bool,
}

/// What is to happen at a run's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// Whether a mail is sent.
    pub send: bool,
    /// Whether this is the first good run after one that was not.
    pub recovered: bool,
}

/// Decides by `on`, this run's end, and the outcome of the job's run before it.
///
/// An interrupted run is not over: it is resumed, and its end tells.
#[must_use]
pub fn decide(on: MailOn, this: Ending, previous: Option<Outcome>) -> Decision {
    let was_trouble = previous.is_some_and(|outcome| !outcome.is_good() && outcome != Outcome::Interrupted);
    let recovered = was_trouble && this.outcome.is_good() && !this.warnings;
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

    fn sends(this: Ending, previous: Option<Outcome>) -> Vec<MailOn> {
        MailOn::ALL.into_iter().filter(|on| decide(*on, this, previous).send).collect()
    }

    #[test]
    fn a_good_run_without_effect_is_told_only_to_who_asked_for_everything() {
        assert_eq!(sends(quiet(Outcome::Succeeded), None), [MailOn::Always]);
        assert_eq!(sends(quiet(Outcome::Succeeded), Some(Outcome::Succeeded)), [MailOn::Always]);
    }

    #[test]
    fn an_effect_is_a_change() {
        let changed = Ending { effects: true, ..quiet(Outcome::Succeeded) };
        assert_eq!(sends(changed, Some(Outcome::Succeeded)), [MailOn::Always, MailOn::Change]);
    }

    #[test]
    fn a_problem_is_told_to_everybody_but_never() {
        for outcome in [Outcome::Partial, Outcome::Failed, Outcome::Cancelled] {
            assert_eq!(sends(quiet(outcome), None), [MailOn::Always, MailOn::Problem, MailOn::Change], "{outcome}");
        }
        let warned = Ending { warnings: true, ..quiet(Outcome::Succeeded) };
        assert_eq!(sends(warned, None), [MailOn::Always, MailOn::Problem, MailOn::Change]);
    }

    #[test]
    fn the_first_good_run_after_a_problem_is_a_recovery() {
        for trouble in [Outcome::Partial, Outcome::Failed, Outcome::Cancelled] {
            assert!(decide(MailOn::Never, quiet(Outcome::Succeeded), Some(trouble)).recovered, "{trouble}");
            assert_eq!(sends(quiet(Outcome::Succeeded), Some(trouble)), [MailOn::Always, MailOn::Change]);
            assert!(!decide(MailOn::Always, quiet(trouble), Some(trouble)).recovered);
        }
        assert!(!decide(MailOn::Always, quiet(Outcome::Succeeded), Some(Outcome::Interrupted)).recovered);
    }

    #[test]
    fn an_interrupted_run_is_not_over_and_sends_nothing() {
        assert_eq!(sends(quiet(Outcome::Interrupted), Some(Outcome::Failed)), []);
    }
}
