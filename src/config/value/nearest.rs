//! Guesses which word was meant.

use crate::model::edits::edits;

/// Asks "Did you mean …?" where one of the words is near to what was written, else names all of them.
pub(in crate::config) fn did_you_mean(written: &str, words: &[&str]) -> String {
    let nearest = words.iter().map(|word| (edits(written, word), *word)).min();
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
