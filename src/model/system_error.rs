//! Puts the operating system's refusals into words for people.

/// Returns the text without the numbers that the system has for its errors, `Permission denied (os error 13)`: they tell the
/// reader of a mail nothing.
#[must_use]
pub fn without_error_numbers(text: &str) -> String {
    let mut parts = text.split(MARK);
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once(')') {
            Some((number, rest)) if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) => {
                plain.push_str(rest);
            }
            _ => {
                plain.push_str(MARK);
                plain.push_str(part);
            }
        }
    }
    plain
}

const MARK: &str = " (os error ";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_numbers_go() {
        let two = "a.csv: Permission denied (os error 13); b.csv: No space left on device (os error 28).";
        assert_eq!(without_error_numbers(two), "a.csv: Permission denied; b.csv: No space left on device.");
        for other in ["", "Room (os error 13", "Room (os error x)", "Room (os error )", "a (b) c"] {
            assert_eq!(without_error_numbers(other), other);
        }
    }
}
