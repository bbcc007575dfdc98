//! Counts the slips of a pen between two words, so that a person who writes a name nearly right is told the one that was meant.

/// Counts the letters that must be put in, taken out, changed, or swapped with their neighbour. Case is none of them.
#[must_use]
pub fn edits(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.to_lowercase().chars().collect();
    let b: Vec<char> = b.to_lowercase().chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let changed = above[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = changed.min(above[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(before[j - 2] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut above, row);
    }
    above[b.len()]
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
