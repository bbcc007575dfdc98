//! Reads single values: each reader takes the text and gives the value or says what is wrong with it, and which word may have been
//! meant.

mod address;
mod duration;
mod encoding;
mod number;
mod path;
mod text;
mod time;
mod url;

use crate::model::edits::edits;

pub(super) use address::{address, helo, sender};
pub(super) use duration::{duration, minutes};
pub(super) use encoding::encoding;
pub(super) use number::{count, positive, rate, size};
pub(super) use path::Base;
pub(super) use text::{app_type, desc, id, job_name, list, name_pattern, not_blank, plain_id, room_id, title};
pub(super) use time::{date_format, disagreement, zone};
pub(super) use url::{base_url, mail_way, ping_url, proxy, token_url, web_url};

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
