//! Says what to do where a secret is a credential that only the service is given: which command line of systemd's hands it to
//! this one.

use std::path::{Path, absolute};

use super::Failure;
use super::unit::Unit;
use crate::config::{self, Config, SecretError, SecretSource};
use crate::runtime::RuntimeError;

/// The configuration that a command finds from every folder.
const USUAL: &str = "/etc/roomkeeper/config.toml";

/// Returns the command's failure; for want of a credential, with the way out.
pub(super) fn failure(path: &Path, config: &Config, error: RuntimeError) -> Failure {
    match error {
        RuntimeError::Secret(SecretError::NoCredentials(name)) => Failure::failed(format!(
            "the credential {name} exists only for the service that systemd starts. {}",
            remedy(path, config)
        )),
        other => other.into(),
    }
}

/// Says what to do, as sentences; the last is a command line and ends without a stop, to be copied. An import begins as root, who
/// can read the caller's file and write beside it, and goes on as the service's user.
pub(super) fn remedy(path: &Path, config: &Config) -> String {
    let path = absolute(path).unwrap_or_else(|_| path.to_owned());
    let unit = Unit::of(&path);
    let mut words: Vec<_> = std::env::args().skip(1).collect();
    // The command starts in another folder, and with nothing of this environment.
    if path != Path::new(USUAL) && !words.iter().any(|word| word.starts_with("--config")) {
        words.splice(0..0, ["--config".to_owned(), path.display().to_string()]);
    }
    let mut properties = properties(&path, config, unit.as_ref());
    if !words.iter().any(|word| word == "import") {
        properties.insert(0, format!("User={}", unit.as_ref().and_then(Unit::user).unwrap_or("roomkeeper")));
    }
    let first = match &unit {
        Some(unit) => {
            format!("Start the service (sudo systemctl start {}), which does it then; or without it", unit.name)
        }
        None => "A service with this configuration, once it runs, does it; or without one".to_owned(),
    };
    format!("{first}: {}", line(&properties, &words))
}

/// Returns the settings of the unit that hand over the credentials; by the README's custom where there is none.
fn properties(path: &Path, config: &Config, unit: Option<&Unit>) -> Vec<String> {
    let named = config::secrets(config).filter_map(|(_, secret)| match secret {
        SecretSource::Credential(name) => Some(name.as_str()),
        SecretSource::File(_) | SecretSource::Env(_) => None,
    });
    let beside = path.parent().filter(|folder| folder.starts_with("/etc")).unwrap_or(Path::new("/etc/roomkeeper"));
    named
        .map(|name| {
            let said = unit.and_then(|unit| unit.credential(name));
            said.unwrap_or_else(|| format!("LoadCredential={name}:{}", beside.join(name).display()))
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
        let path = Path::new(word);
        let is_path = path.is_file() || path.is_dir() && before == "--output";
        let word = if is_path { absolute(path).ok() } else { None }
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
