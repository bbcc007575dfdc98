//! Says what to do where a secret is a credential that only the service is given: which command line of systemd's hands it to
//! this one.

use super::Failure;
use super::unit::Unit;
use crate::config::{self, Config, SecretError, SecretSource};
use crate::runtime::RuntimeError;

/// Returns the command's failure; for want of a credential, with the way out.
pub(super) fn failure(config: &Config, error: RuntimeError) -> Failure {
    match error {
        RuntimeError::Secret(SecretError::NoCredentials(name)) => Failure::failed(format!(
            "the credential {name} exists only for the service that systemd starts. {}",
            remedy(config)
        )),
        other => other.into(),
    }
}

/// Says what to do, as sentences; the last is a command line and ends without a stop, to be copied. An import begins as root, who
/// can read the caller's file and write beside it, and goes on as the service's user.
pub(super) fn remedy(config: &Config) -> String {
    let unit = Unit::of_this_machine();
    let words: Vec<_> = std::env::args().skip(1).collect();
    let mut properties = properties(config, unit.as_ref());
    if !words.iter().any(|word| word == "import") {
        properties.insert(0, format!("User={}", unit.as_ref().and_then(Unit::user).unwrap_or("roomkeeper")));
    }
    format!(
        "Start the service (sudo systemctl start roomkeeper), which does it then; or without it: {}",
        line(&properties, &words)
    )
}

/// Returns the settings of the unit that hand over the credentials; by the README's custom where there is none.
fn properties(config: &Config, unit: Option<&Unit>) -> Vec<String> {
    let named = config::secrets(config).filter_map(|(_, secret)| match secret {
        SecretSource::Credential(name) => Some(name.as_str()),
        SecretSource::File(_) | SecretSource::Env(_) => None,
    });
    named
        .map(|name| {
            let said = unit.and_then(|unit| unit.credential(name));
            said.unwrap_or_else(|| format!("LoadCredential={name}:/etc/roomkeeper/{name}"))
        })
        .collect()
}

fn line(properties: &[String], words: &[String]) -> String {
    let mut line = "sudo systemd-run -q --pipe --wait".to_owned();
    for property in properties {
        line.push_str(" -p ");
        line.push_str(&quoted(property));
    }
    line.push_str(" roomkeeper");
    let before = std::iter::once("").chain(words.iter().map(String::as_str));
    for (word, before) in words.iter().zip(before) {
        // The command starts elsewhere. A job may be called as a folder here is.
        let path = std::path::Path::new(word);
        let is_path = path.is_file() || path.is_dir() && before == "--output";
        let word = if is_path { std::path::absolute(path).ok() } else { None }
            .and_then(|path| path.to_str().map(str::to_owned))
            .unwrap_or_else(|| word.clone());
        line.push(' ');
        line.push_str(&quoted(&word));
    }
    line
}

/// Returns a word as a shell reads it.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_=+:/.,@%".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_can_be_pasted_into_a_shell() {
        let of = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let properties = of(&["User=roomkeeper", "LoadCredential=app_key:/etc/roomkeeper/app_key"]);
        assert_eq!(
            line(&properties, &of(&["check", "--online"])),
            "sudo systemd-run -q --pipe --wait -p User=roomkeeper -p LoadCredential=app_key:/etc/roomkeeper/app_key \
             roomkeeper check --online"
        );
        assert_eq!(quoted("a b's"), r"'a b'\''s'");
    }
}
