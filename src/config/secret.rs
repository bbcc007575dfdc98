//! Says where a secret is kept: as it is written, and checked. Fetches it when it is needed, never before, so that none lies
//! about. A text that stands in place of a variable's or a credential's name is never quoted: people put the secret itself there
//! by mistake.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;

use super::Environment;
use super::check::Table;
use super::problem::Complaint;
use super::surroundings::Surroundings;

/// The place of a secret: exactly one of the three.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Secret")]
pub(super) struct RawSecret {
    /// The name of an environment variable.
    pub(super) env: Option<String>,
    /// A file that nobody but its owner and group can read.
    pub(super) file: Option<String>,
    /// The name of a systemd credential.
    pub(super) credential: Option<String>,
}

/// The largest file that is taken for a secret, in bytes.
const LARGEST: u64 = 64 << 10;

/// The place where a secret is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretSource {
    /// In the environment variable of that name.
    Env(String),
    /// In that file.
    File(PathBuf),
    /// In the systemd credential of that name (`LoadCredential=`).
    Credential(String),
}

/// The reason why a secret could not be fetched. The message names the place of the secret and never what it holds.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The environment variable is not set.
    #[error("the environment variable {0} is not set: set it in the service's environment")]
    NotSet(String),
    /// There is no `$CREDENTIALS_DIRECTORY`.
    #[error(
        "the credential {0} exists only for the service that systemd starts: run this through systemd, or name the secret \
         by {{ file = … }}"
    )]
    NoCredentials(String),
    /// The file cannot be read.
    #[error("the secret file {path} cannot be read: check that it exists and that this user may read it")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// Others than its owner and group can read it, or write it.
    #[error("the secret file {0} is open to everybody on this machine: close it with `chmod o= {0}`")]
    Open(PathBuf),
    /// There is nothing in it but, perhaps, an end of line.
    #[error("the secret {0} is empty")]
    Empty(String),
    /// It holds what no secret holds: it is no UTF-8, or too large.
    #[error("what {0} holds is no secret: one line of text is expected")]
    NotText(String),
}

impl SecretSource {
    /// Tells whether systemd hands it to the service, and to no other process.
    #[must_use]
    pub fn is_credential(&self) -> bool {
        matches!(self, Self::Credential(_))
    }

    /// Fetches the secret. White space and a byte order mark at its ends do not count.
    pub fn resolve(&self, environment: &Environment) -> Result<SecretString, SecretError> {
        match self {
            Self::Env(name) => {
                let text = environment.variable(name).ok_or_else(|| SecretError::NotSet(name.clone()))?;
                secret(text.to_owned(), || name.clone())
            }
            Self::File(path) => from_file(path, true),
            Self::Credential(name) => {
                if let Some(kept) = environment.credential(name) {
                    return Ok(kept.clone());
                }
                let directory = environment
                    .variable("CREDENTIALS_DIRECTORY")
                    .ok_or_else(|| SecretError::NoCredentials(name.clone()))?;
                // The folder is systemd's own and closed to others, whatever the file's mode says.
                from_file(&Path::new(directory).join(name), false)
            }
        }
    }
}

impl Environment {
    /// Reads the credentials now: those that systemd gives root are closed to the user as whom root's command goes on.
    #[must_use]
    pub fn with_credentials(self) -> Self {
        let folder = self.variable("CREDENTIALS_DIRECTORY").and_then(|folder| std::fs::read_dir(folder).ok());
        let names = folder.into_iter().flatten().filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        // One that cannot be read is told by who wants it.
        let read =
            |name: String| SecretSource::Credential(name.clone()).resolve(&self).ok().map(|secret| (name, secret));
        let credentials = names.filter_map(read).collect();
        self.keep(credentials)
    }
}

fn from_file(path: &Path, closed: bool) -> Result<SecretString, SecretError> {
    let unreadable = |source| SecretError::Unreadable { path: path.to_owned(), source };
    let file = File::open(path).map_err(unreadable)?;
    // Of the open file, so that what is checked is what is read.
    let metadata = file.metadata().map_err(unreadable)?;
    if closed && is_open_to_others(&metadata) {
        return Err(SecretError::Open(path.to_owned()));
    }
    let mut text = String::new();
    let read = file.take(LARGEST + 1).read_to_string(&mut text);
    match read {
        Ok(bytes) if bytes as u64 > LARGEST => Err(SecretError::NotText(path.display().to_string())),
        Ok(_) => secret(text, || path.display().to_string()),
        Err(error) if error.kind() == ErrorKind::InvalidData => Err(SecretError::NotText(path.display().to_string())),
        Err(error) => Err(unreadable(error)),
    }
}

/// Tells whether others than owner and group may read or write it.
pub(super) fn is_open_to_others(metadata: &std::fs::Metadata) -> bool {
    metadata.mode() & 0o006 != 0
}

fn secret(mut text: String, place: impl Fn() -> String) -> Result<SecretString, SecretError> {
    let around = |c: char| c.is_whitespace() || c == '\u{feff}';
    text.truncate(text.trim_end_matches(around).len());
    let begin = text.len() - text.trim_start_matches(around).len();
    text.drain(..begin);
    match text.as_str() {
        "" => Err(SecretError::Empty(place())),
        one_line if one_line.contains(char::is_control) => Err(SecretError::NotText(place())),
        _ => Ok(SecretString::from(text)),
    }
}

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
            // Other content in its place was refused already.
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

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use secrecy::ExposeSecret;

    use super::*;
    use crate::clock::Timestamp;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        Environment::new(variables.iter().copied(), Timestamp::from_seconds(0))
    }

    fn file(text: &[u8], mode: u32) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        (folder, path)
    }

    #[test]
    fn a_secret_comes_from_a_variable_a_file_or_a_credential() {
        let (folder, path) = file(b"hush\r\n", 0o640);
        let directory = folder.path().to_str().unwrap();
        let environment = environment(&[("KEY", "hush"), ("CREDENTIALS_DIRECTORY", directory)]);
        let sources =
            [SecretSource::Env("KEY".into()), SecretSource::File(path), SecretSource::Credential("key".into())];
        for source in sources {
            assert_eq!(source.resolve(&environment).unwrap().expose_secret(), "hush", "{source:?}");
        }
    }

    #[test]
    fn what_an_editor_puts_around_a_secret_is_dropped() {
        for text in ["\u{feff}hush", "\u{feff} hush \r\n\r\n", "\n\thush\u{a0}", "hush\u{feff}"] {
            let (_folder, path) = file(text.as_bytes(), 0o600);
            let secret = SecretSource::File(path).resolve(&environment(&[])).unwrap();
            assert_eq!(secret.expose_secret(), "hush", "{text:?}");
        }
    }

    #[test]
    fn a_file_that_everybody_can_read_is_refused_with_the_command_that_closes_it() {
        let (_folder, path) = file(b"hush", 0o644);
        let error = SecretSource::File(path.clone()).resolve(&environment(&[])).unwrap_err();
        assert!(matches!(error, SecretError::Open(_)));
        assert!(error.to_string().contains(&format!("chmod o= {}", path.display())), "{error}");
        assert!(!error.to_string().contains("hush"));
    }

    #[test]
    fn what_is_not_there_empty_or_no_text_is_said_so() {
        let nothing = environment(&[("BLANK", "\n")]);
        let resolve = |source: SecretSource| source.resolve(&nothing).unwrap_err();
        assert!(matches!(resolve(SecretSource::Env("KEY".into())), SecretError::NotSet(_)));
        assert!(matches!(resolve(SecretSource::Env("BLANK".into())), SecretError::Empty(_)));
        assert!(matches!(resolve(SecretSource::Credential("key".into())), SecretError::NoCredentials(_)));
        assert!(matches!(resolve(SecretSource::File("/nowhere".into())), SecretError::Unreadable { .. }));
        for text in [b"\xff\xfe".as_slice(), b"two\nlines", &vec![b'x'; 70_000]] {
            let (_folder, path) = file(text, 0o600);
            assert!(matches!(resolve(SecretSource::File(path)), SecretError::NotText(_)));
        }
    }
}
