//! Gives seeded chance, so that a run of the sandbox can be had again: the same seed gives the same ids, PINs and faults.

use std::fmt::Write as _;

/// `SplitMix64`: small, fast, and good enough for ids that only have to differ.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// Returns a sequence that `seed` alone decides.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Returns the next 64 bits.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Tells whether something that happens with `probability` (0 to 1) happens this time.
    pub fn chance(&mut self, probability: f64) -> bool {
        // The upper 32 bits are exact in an f64.
        let drawn = u32::try_from(self.next() >> 32).unwrap_or(u32::MAX);
        f64::from(drawn) < probability * 4_294_967_296.0
    }

    /// Returns an id of 24 hexadecimal digits.
    pub fn id(&mut self) -> String {
        let mut id = String::with_capacity(24);
        // Writing to a String cannot fail.
        let _ = write!(id, "{:016x}{:08x}", self.next(), self.next() >> 32);
        id
    }

    /// Returns a PIN of eight digits.
    pub fn pin(&mut self) -> String {
        (10_000_000 + self.next() % 90_000_000).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_gives_one_sequence() {
        let draw = |seed| {
            let mut random = Random::new(seed);
            (random.id(), random.pin())
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
        assert_eq!((draw(7).0.len(), draw(7).1.len()), (24, 8));
    }

    #[test]
    fn a_probability_is_met_in_the_long_run() {
        let mut random = Random::new(1);
        let happened = (0..10_000).filter(|_| random.chance(0.12)).count();
        assert!((1_100..1_300).contains(&happened), "{happened}");
        assert!(!random.chance(0.0) && random.chance(1.0));
    }
}
