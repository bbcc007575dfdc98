//! Counts the slips of a pen between two words, so that a person who writes a name nearly right is told the one that was meant.

/// Counts the letters that must be put in, taken out, changed, or swapped with their neighbour. Case is none of them.
#[must_use]
pub fn edits(a: &str, b: &str) -> usize {
    strsim::osa_distance(&a.to_lowercase(), &b.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_slip_counts_one() {
        for (one, other, n) in [
            ("timezone", "Timezone", 0),
            ("time_zone", "timezone", 1),
            ("invitee_email", "invitee_emails", 1),
            ("mdoerators", "moderators", 1),
            ("knokc", "knock", 1),
            ("ref", "desc", 3),
            ("", "ref", 3),
        ] {
            assert_eq!((edits(one, other), edits(other, one)), (n, n), "{one} {other}");
        }
    }
}
