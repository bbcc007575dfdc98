//! The account at the mail server, whose password must not come back in an error message.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};

/// An account at the mail server.
#[derive(Debug, Clone)]
pub struct Login {
    /// The account's name.
    pub username: String,
    /// Its password.
    pub password: SecretString,
}

impl Login {
    /// A server's answer to the login, without the secrets in it: some servers repeat what they were told.
    pub(super) fn redact(&self, said: &str) -> String {
        let password = self.password.expose_secret();
        let blob = STANDARD.encode(format!("\0{}\0{password}", self.username));
        [blob, STANDARD.encode(password), password.to_owned()]
            .iter()
            .filter(|secret| !secret.is_empty())
            .fold(said.to_owned(), |said, secret| said.replace(secret.as_str(), "[redacted]"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_repeats_the_login_is_shown_without_it() {
        let login = Login { username: "it".to_owned(), password: SecretString::from("geheim") };
        // printf '\\0it\\0geheim' | base64; printf geheim | base64
        let said = "535 no: AGl0AGdlaGVpbQ== or Z2VoZWlt or geheim, sorry";
        assert_eq!(login.redact(said), "535 no: [redacted] or [redacted] or [redacted], sorry");
        let blank = Login { username: "it".to_owned(), password: SecretString::from("") };
        assert_eq!(blank.redact("535 no"), "535 no");
    }
}
