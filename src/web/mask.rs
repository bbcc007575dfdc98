//! Takes mail addresses out of what is told: errors of mail servers, labels and results may name a room's owner, and no page does.

use std::borrow::Cow;

/// Stands for the part of an address before the `@`.
const MASK: char = '…';

/// Returns the text with the part before the `@` of each mail address replaced. What this program calls itself, `JOB@HOST`, stays:
/// `is_own` tells it by both parts.
pub(super) fn mask<'a>(text: &'a str, is_own: impl Fn(&str, &str) -> bool) -> Cow<'a, str> {
    if !text.contains('@') {
        return Cow::Borrowed(text);
    }
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('@') {
        let (before, after) = (&rest[..at], &rest[at + 1..]);
        let local = before
            .rfind(|c| !is_local(c))
            .map_or(0, |end| end + before[end..].chars().next().map_or(0, char::len_utf8));
        let domain = after.find(|c| !is_domain(c)).unwrap_or(after.len());
        let domain = &after[..domain];
        let is_address = local < at && domain.chars().any(char::is_alphanumeric);
        if is_address && !is_own(&before[local..], domain.trim_end_matches('.')) {
            masked.push_str(&before[..local]);
            masked.push(MASK);
        } else {
            masked.push_str(before);
        }
        masked.push('@');
        rest = after;
    }
    masked.push_str(rest);
    Cow::Owned(masked)
}

fn is_local(c: char) -> bool {
    c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c)
}

fn is_domain(c: char) -> bool {
    c.is_alphanumeric() || c == '.' || c == '-'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_address_is_left_and_nothing_else_is_changed() {
        let own = |local: &str, domain: &str| local == "timetable" && domain == "office.example.org";
        for (text, masked) in [
            ("550 <a.b+c@example.org>: no such user", "550 <…@example.org>: no such user"),
            ("ä.ö@schule.de;x@y", "…@schule.de;…@y"),
            ("OK timetable@office.example.org: 3 created", "OK timetable@office.example.org: 3 created"),
            ("timetable@office.example.com", "…@office.example.com"),
            ("room 3 @ noon", "room 3 @ noon"),
            ("@home", "@home"),
            ("mail@", "mail@"),
            ("a@b@c", "…@…@c"),
            ("{\"email\":\"owner@example.org\"}", "{\"email\":\"…@example.org\"}"),
            ("no address", "no address"),
        ] {
            assert_eq!(mask(text, own), masked);
        }
    }
}
