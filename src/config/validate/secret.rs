//! Checks where a secret is kept. What stands in the place of a variable's or a credential's name is never quoted: it is
//! where people put the secret itself by mistake.

use std::io::ErrorKind;

use super::Surroundings;
use super::check::Table;
use crate::config::SecretSource;
use crate::config::problem::Complaint;
use crate::config::raw::RawSecret;
use crate::config::secret::is_open_to_others;

const REMEDY: &str = "Write { credential = \"NAME\" }, { file = \"PATH\" } or { env = \"NAME\" }.";

/// Checks the secret at `key` of this table.
pub(super) fn validate(
    table: &mut Table<'_, '_>,
    key: &str,
    raw: Option<RawSecret>,
    surroundings: &Surroundings<'_>,
) -> Option<SecretSource> {
    let RawSecret { env, file, credential } = raw?;
    let mut place = table.table(key);
    match (env, file, credential) {
        (Some(name), None, None) => {
            let name = place.read("env", Some(name), variable)?;
            if surroundings.environment.variable(&name).is_none() {
                place.warn(
                    "env",
                    Complaint::new(
                        "the environment variable named here is not set",
                        "Set it where the service is started.",
                    ),
                );
            }
            Some(SecretSource::Env(name))
        }
        (None, Some(path), None) => file_source(&mut place, &path, surroundings),
        (None, None, Some(name)) => {
            let name = place.read("credential", Some(name), credential_name)?;
            if surroundings.environment.variable("CREDENTIALS_DIRECTORY").is_none() {
                place.warn(
                    "credential",
                    Complaint::new(
                        "the credential is there only for the service that systemd starts, so it was not looked at",
                        "Nothing need be done if this was not run by systemd.",
                    ),
                );
            }
            Some(SecretSource::Credential(name))
        }
        (None, None, None) => {
            // What it says instead was refused already.
            if place.is_blank() {
                place.problem("", Complaint::new("it does not say where the secret is kept", REMEDY));
            }
            None
        }
        _ => {
            place.problem(
                "",
                Complaint::new("the secret is said to be in several places", "Keep one of env, file and credential."),
            );
            None
        }
    }
}

fn file_source(place: &mut Table<'_, '_>, path: &str, surroundings: &Surroundings<'_>) -> Option<SecretSource> {
    let path = place.read("file", Some(path), |path| {
        let unusable = |_| Complaint::new("this is not a path that can be used", "Write the whole path of a file.");
        surroundings.base.path(path).map_err(unusable)
    })?;
    match path.metadata() {
        Ok(metadata) if !metadata.is_file() => {
            place.problem(
                "file",
                Complaint::new("the secret file is not a file", "Name a file that holds the secret alone."),
            );
        }
        Ok(metadata) if is_open_to_others(&metadata) => place.problem(
            "file",
            Complaint::new(
                format!("the secret file {} is open to everybody on this machine", path.display()),
                format!("Close it: chmod o= {}", path.display()),
            ),
        ),
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => place.problem(
            "file",
            Complaint::new(
                "there is no such file",
                "Write the secret into a file that nobody else can read, and name it here.",
            ),
        ),
        Err(_) => place.warn(
            "file",
            Complaint::new(
                "the secret file may not be looked at by this user, so it was not checked",
                "Nothing need be done if the service may.",
            ),
        ),
    }
    Some(SecretSource::File(path))
}

fn variable(name: String) -> Result<String, Complaint> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) || !name.chars().all(plain) {
        return Err(Complaint::new(
            "this is not the name of an environment variable",
            "Write a name such as ENABLEX_APP_KEY.",
        ));
    }
    Ok(name)
}

fn credential_name(name: String) -> Result<String, Complaint> {
    if name.is_empty() || name.starts_with('.') || name.contains(['/', '\0']) {
        return Err(Complaint::new(
            "this is not the name of a systemd credential",
            "Write the name that LoadCredential= has before the colon.",
        ));
    }
    Ok(name)
}
