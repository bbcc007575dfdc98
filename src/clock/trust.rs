//! Tells lived time from what a clock merely shows, so that nothing is deleted, forgotten or given up because a clock leapt.
//! Pure.
//!
//! Three times are kept apart. The wall clock *shows* one; a battery, a mistake or a time server may move it by years. Time is
//! *lived* while the boot clock runs, asleep or awake, and while the machine was off, as far as that was no more than a day. And
//! the wall clock is *reached* by living: what it is ahead is caught up with at the pace of living, so that a leap of three days
//! is believed when three days were lived after it.

use std::time::Duration;

use super::Timestamp;

/// The time by which the wall clock may be ahead of what was reached before it is doubted, and for which the machine may have
/// been off.
pub const SLACK: Duration = Duration::from_hours(24);

/// Which boot of the machine it is, as the kernel names it; all zeros where it does not say.
pub type BootId = [u8; 16];

/// The time for which the machine has been up, asleep or awake: a clock that no person sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Uptime {
    /// Since which boot.
    pub boot: BootId,
    /// For how long.
    pub since: Duration,
}

/// The memory between two looks at the clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trust {
    /// The latest time that the wall clock came to at a natural pace.
    pub reached: Timestamp,
    /// The time by living alone: whatever ages, ages by it. It is never set, and means nothing to people.
    pub lived: Timestamp,
    /// The time that the wall clock showed.
    pub shown: Timestamp,
    /// The time that the boot clock showed.
    pub uptime: Uptime,
}

/// A look at the clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// The time that the wall clock shows.
    pub wall: Timestamp,
    /// The time by living alone.
    pub lived: Timestamp,
    /// Set while the wall clock is too far ahead to be believed.
    pub doubt: Option<Doubt>,
}

/// A wall clock that is ahead of all that was lived through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Doubt {
    /// The time that it shows.
    pub shown: Timestamp,
    /// The latest time that it came to at a natural pace.
    pub reached: Timestamp,
}

impl Reading {
    /// Returns the time that may be acted on: the wall clock's, or the latest that it came to at a natural pace while it is
    /// doubted.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.doubt.map_or(self.wall, |doubt| doubt.reached)
    }

    /// Returns the time by living that is `keep` ago.
    #[must_use]
    pub fn lived_ago(&self, keep: Duration) -> Timestamp {
        self.lived.minus(keep)
    }
}

impl Trust {
    /// Begins with what the clocks show: nothing speaks against it.
    #[must_use]
    pub fn first(wall: Timestamp, uptime: Uptime) -> Self {
        Self { reached: wall, lived: wall, shown: wall, uptime }
    }

    /// Begins with a time that was written down once, without the boot clock beside it.
    #[must_use]
    pub fn since(latest: Timestamp, wall: Timestamp, uptime: Uptime) -> Self {
        // The part of this boot that came after it is not known: no more than lies between.
        let before = uptime.since.saturating_sub(wall.since(latest));
        Self { uptime: Uptime { since: before, ..uptime }, ..Self::first(latest, uptime) }
    }

    /// Looks at the clocks.
    pub fn look(&mut self, wall: Timestamp, uptime: Uptime) -> Reading {
        let (passed, off) = self.passed(wall, uptime);
        self.lived = self.lived.plus(passed).plus(off);
        self.reached = self.reached.plus(passed).plus(off);
        self.reached = self.reached.plus(wall.since(self.reached).min(passed));
        (self.shown, self.uptime) = (wall, uptime);
        let doubt = (wall.since(self.reached) > SLACK).then_some(Doubt { shown: wall, reached: self.reached });
        Reading { wall, lived: self.lived, doubt }
    }

    /// Believes what the wall clock shows, since a person says that it is right.
    pub fn confirm(&mut self) {
        self.reached = self.shown;
    }

    /// Returns the time for which the machine was up since the last look, and the time for which it was off: no more than is
    /// certain.
    fn passed(&self, wall: Timestamp, uptime: Uptime) -> (Duration, Duration) {
        if uptime.boot == self.uptime.boot && uptime.since >= self.uptime.since {
            return (uptime.since.saturating_sub(self.uptime.since), Duration::ZERO);
        }
        if uptime.boot == self.uptime.boot && uptime.boot != BootId::default() {
            // A boot clock that went back, as one of another container may: nothing is certain.
            return (Duration::ZERO, Duration::ZERO);
        }
        let before = self.shown.max(self.reached);
        let off = wall.since(before).saturating_sub(uptime.since);
        (uptime.since, if off <= SLACK { off } else { Duration::ZERO })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DAY: Duration = SLACK;

    /// A machine with its true time, and a wall clock that is so far from it.
    #[derive(Debug, Clone, Copy)]
    struct Machine {
        lived: Duration,
        up: Duration,
        boots: u128,
        ahead: i64,
    }

    impl Machine {
        fn new() -> Self {
            Self { lived: Duration::ZERO, up: Duration::from_hours(1), boots: 1, ahead: 0 }
        }

        fn wall(&self) -> Timestamp {
            let start = Timestamp::from_rfc3339("2027-02-01T04:00:00Z").unwrap();
            Timestamp::from_millis(start.plus(self.lived).millis() + self.ahead)
        }

        fn uptime(&self) -> Uptime {
            Uptime { boot: self.boots.to_be_bytes(), since: self.up }
        }

        fn live(&mut self, time: Duration) {
            self.lived += time;
            self.up += time;
        }

        /// It is off for so long, and has been up for a minute.
        fn reboot(&mut self, off: Duration) {
            self.boots += 1;
            self.up = Duration::from_mins(1);
            self.lived += off + self.up;
        }

        fn set(&mut self, days: i64) {
            self.ahead += days * 24 * 3600 * 1000;
        }

        fn begin(&self) -> Trust {
            Trust::first(self.wall(), self.uptime())
        }

        fn look(&self, trust: &mut Trust) -> Reading {
            trust.look(self.wall(), self.uptime())
        }
    }

    #[test]
    fn a_clock_that_leaps_is_doubted_until_the_leap_was_lived_through() {
        let mut machine = Machine::new();
        let mut trust = machine.begin();
        machine.set(5);
        assert_eq!(machine.look(&mut trust).doubt.unwrap().reached, Machine::new().wall());
        machine.live(DAY * 39 / 10);
        assert!(machine.look(&mut trust).doubt.is_some());
        machine.live(DAY / 5);
        assert_eq!(machine.look(&mut trust).doubt, None);
        // And nothing is older by it than it is.
        assert_eq!(machine.look(&mut trust).lived.since(Machine::new().wall()), machine.lived);
    }

    #[test]
    fn a_clock_that_goes_back_to_right_is_believed_at_once() {
        let mut machine = Machine::new();
        let mut trust = machine.begin();
        machine.set(730);
        machine.live(DAY / 24);
        assert!(machine.look(&mut trust).doubt.is_some());
        machine.set(-730);
        let reading = machine.look(&mut trust);
        assert_eq!((reading.doubt, reading.now()), (None, machine.wall()));
    }

    #[test]
    fn a_person_ends_the_doubt_and_makes_nothing_older() {
        let mut machine = Machine::new();
        let mut trust = machine.begin();
        machine.set(730);
        let before = machine.look(&mut trust);
        trust.confirm();
        let after = machine.look(&mut trust);
        assert_eq!((after.doubt, after.lived, after.now()), (None, before.lived, machine.wall()));
        machine.set(2);
        assert!(machine.look(&mut trust).doubt.is_some(), "the next leap is another");
    }

    #[test]
    fn nights_off_are_lived_and_a_long_time_off_is_not_until_it_is_lived_through() {
        let mut machine = Machine::new();
        let mut trust = machine.begin();
        for _ in 0..300 {
            machine.live(DAY * 10 / 24);
            machine.look(&mut trust);
            machine.reboot(DAY * 14 / 24);
            assert_eq!(machine.look(&mut trust).doubt, None);
        }
        assert_eq!(trust.lived, machine.wall());
        machine.reboot(DAY * 3);
        assert!(machine.look(&mut trust).doubt.is_some());
        for _ in 0..5 {
            machine.live(DAY * 10 / 24);
            machine.look(&mut trust);
            machine.reboot(DAY * 14 / 24);
        }
        assert_eq!(machine.look(&mut trust).doubt, None);
    }

    #[test]
    fn a_machine_without_a_clock_of_its_own_is_right_once_it_has_asked() {
        let mut machine = Machine::new();
        let mut trust = machine.begin();
        machine.live(DAY);
        machine.look(&mut trust);
        machine.reboot(DAY / 2);
        machine.set(-20_000);
        machine.look(&mut trust);
        machine.set(20_000);
        assert_eq!(machine.look(&mut trust).doubt, None);
    }

    #[test]
    fn a_journal_that_never_saw_the_boot_clock_begins_with_its_latest_time() {
        let machine = Machine { up: DAY * 30, ..Machine::new() };
        // Up since long before: all of it was lived.
        let mut trust = Trust::since(machine.wall().minus(DAY * 20), machine.wall(), machine.uptime());
        let reading = machine.look(&mut trust);
        assert_eq!((reading.doubt, reading.lived), (None, machine.wall()));
        let machine = Machine { up: DAY, ..Machine::new() };
        let mut trust = Trust::since(machine.wall().minus(DAY * 20), machine.wall(), machine.uptime());
        let reading = machine.look(&mut trust);
        assert_eq!(reading.lived, machine.wall().minus(DAY * 19));
        assert!(reading.doubt.is_some());
        // One that is ahead of the clock makes nothing old.
        let mut trust = Trust::since(machine.wall().plus(DAY * 700), machine.wall(), machine.uptime());
        assert_eq!(machine.look(&mut trust).doubt, None);
    }

    #[derive(Debug, Clone)]
    enum Happens {
        Lives(u64),
        Reboots(u64),
        IsSet(i64),
    }

    fn happens() -> impl Strategy<Value = Happens> {
        prop_oneof![
            (0..200_000_u64).prop_map(Happens::Lives),
            (0..2_000_000_u64).prop_map(Happens::Reboots),
            (-5000..5000_i64).prop_map(Happens::IsSet),
        ]
    }

    fn happen(machine: &mut Machine, what: &Happens) {
        match what {
            Happens::Lives(seconds) => machine.live(Duration::from_secs(*seconds)),
            Happens::Reboots(seconds) => machine.reboot(Duration::from_secs(*seconds)),
            Happens::IsSet(days) => machine.set(*days),
        }
    }

    proptest! {
        /// Whatever the wall clock does, nothing is older than it is: a reboot may add a day, and no more.
        #[test]
        fn nothing_ages_faster_than_it_lives(all in prop::collection::vec(happens(), 0..40)) {
            let mut machine = Machine::new();
            let mut trust = machine.begin();
            let began = trust.lived;
            let mut before = began;
            let mut reboots = 0;
            for what in &all {
                happen(&mut machine, what);
                reboots += u32::from(matches!(what, Happens::Reboots(_)));
                let lived = machine.look(&mut trust).lived;
                prop_assert!(lived >= before);
                prop_assert!(lived.since(began) <= machine.lived + DAY * reboots);
                before = lived;
            }
        }

        /// Whatever happens, the time that is acted on is never more than a day ahead of twice what was lived.
        #[test]
        fn no_leap_is_acted_on(all in prop::collection::vec(happens(), 0..40)) {
            let mut machine = Machine::new();
            let mut trust = machine.begin();
            let began = machine.wall();
            let mut reboots = 0;
            for what in &all {
                happen(&mut machine, what);
                reboots += u32::from(matches!(what, Happens::Reboots(_)));
                let reading = machine.look(&mut trust);
                prop_assert!(reading.now().since(began) <= machine.lived * 2 + DAY * (reboots + 1));
            }
        }

        /// A clock that is right, on a machine that is never off for more than a day, is never doubted.
        #[test]
        fn a_right_clock_is_never_doubted(all in prop::collection::vec((any::<bool>(), 0..86_000_u64), 0..60)) {
            let mut machine = Machine::new();
            let mut trust = machine.begin();
            for (reboots, seconds) in all {
                let time = Duration::from_secs(seconds);
                if reboots { machine.reboot(time) } else { machine.live(time) }
                let reading = machine.look(&mut trust);
                prop_assert_eq!(reading.doubt, None);
                prop_assert_eq!(reading.lived, machine.wall());
            }
        }

        /// The number of looks makes no difference while nothing leaps.
        #[test]
        fn two_looks_are_as_good_as_one(first in 0..1_000_000_u64, second in 0..1_000_000_u64, days in -900..900_i64) {
            let mut machine = Machine::new();
            let mut often = machine.begin();
            machine.set(days);
            let mut seldom = often;
            machine.look(&mut often);
            machine.live(Duration::from_secs(first));
            machine.look(&mut often);
            machine.live(Duration::from_secs(second));
            machine.look(&mut often);
            machine.look(&mut seldom);
            prop_assert_eq!(often, seldom);
        }
    }
}
