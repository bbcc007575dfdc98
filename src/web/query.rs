//! Reads the part of an address behind the question mark.

use std::str::FromStr;

/// The keys and values of an address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Params(Vec<(String, String)>);

/// A value that cannot be read, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unreadable(pub(super) String);

impl Params {
    /// Reads them; also the body of a form.
    pub(super) fn of(text: &str) -> Self {
        let pairs = url::form_urlencoded::parse(text.as_bytes());
        Self(pairs.map(|(key, value)| (key.into_owned(), value.into_owned())).collect())
    }

    /// Returns a value that is not empty.
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        let found = self.0.iter().find(|(found, _)| found == key)?;
        Some(found.1.trim()).filter(|value| !value.is_empty())
    }

    /// Reads a value.
    pub(super) fn read<T: FromStr>(&self, key: &str, what: &str) -> Result<Option<T>, Unreadable> {
        self.read_by(key, what, |text| text.parse().ok())
    }

    /// Does the same by a reader.
    pub(super) fn read_by<T>(
        &self,
        key: &str,
        what: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, Unreadable> {
        let Some(text) = self.get(key) else { return Ok(None) };
        read(text).map(Some).ok_or_else(|| Unreadable(format!("`{key}` in the address is not {what}")))
    }

    /// Tells whether a key says yes.
    pub(super) fn says(&self, key: &str) -> bool {
        self.0.iter().any(|(found, value)| found == key && !matches!(value.as_str(), "0" | "no" | "false"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_is_read_and_what_cannot_be_is_told_by_its_key() {
        let params = Params::of("job=a+b%3C&n=7&empty=&problems&after=x");
        assert_eq!(params.get("job"), Some("a b<"));
        assert_eq!((params.get("empty"), params.get("none")), (None, None));
        assert_eq!(params.read::<u32>("n", "a number"), Ok(Some(7)));
        assert_eq!(params.read::<u32>("none", "a number"), Ok(None));
        let Unreadable(words) = params.read::<u32>("after", "a number").unwrap_err();
        assert_eq!(words, "`after` in the address is not a number");
        assert!(params.says("problems") && !params.says("none") && !Params::of("problems=0").says("problems"));
    }
}
