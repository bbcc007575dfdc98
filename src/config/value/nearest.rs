//! Which word was meant.

/// "Did you mean …?" where one of the words is near to what was written, else all of them.
pub(in crate::config) fn did_you_mean(written: &str, words: &[&str]) -> String {
    let nearest = words.iter().map(|word| (distance(written, word), *word)).min();
    if let Some((distance, word)) = nearest
        && distance <= 1.max(word.len().max(written.len()) / 3)
    {
        return format!("Did you mean {word:?}?");
    }
    let mut words: Vec<_> = words.iter().map(|word| format!("{word:?}")).collect();
    words.sort();
    match words.as_slice() {
        [] => "Take it out.".to_owned(),
        [only] => format!("Write {only}."),
        [first @ .., last] => format!("Write {} or {last}.", first.join(", ")),
    }
}

/// How many letters must be put in, taken out, changed, or swapped with their neighbour.
fn distance(a: &str, b: &str) -> usize {
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
    fn a_slip_of_the_pen_is_recognised() {
        assert_eq!(did_you_mean("timeot", &["timeout", "proxy"]), "Did you mean \"timeout\"?");
        assert_eq!(did_you_mean("shcedule", &["schedule", "settle"]), "Did you mean \"schedule\"?");
        assert_eq!(did_you_mean("colour", &["proxy", "env", "app_id"]), "Write \"app_id\", \"env\" or \"proxy\".");
    }
}
