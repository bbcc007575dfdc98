//! Where a secret is kept, and how it is fetched from there when it is needed: never before, so that none lies about.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use secrecy::SecretString;

use super::Environment;

/// The largest file that is taken for a secret, in bytes.
const LARGEST: u64 = 64 << 10;

/// Where a secret is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretSource {
    /// In the environment variable of that name.
    Env(String),
    /// In that file.
    File(PathBuf),
    /// In the systemd credential of that name (`LoadCredential=`).
    Credential(String),
}

/// Why a secret could not be fetched. The message names the place of the secret and never what it holds.
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
        /// Which file.
        path: PathBuf,
        /// Why.
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
    /// Whether systemd hands it to the service, and to nobody else.
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
                let directory = environment
                    .variable("CREDENTIALS_DIRECTORY")
                    .ok_or_else(|| SecretError::NoCredentials(name.clone()))?;
                // The folder is systemd's own and closed to others, whatever the file's mode says.
                from_file(&Path::new(directory).join(name), false)
            }
        }
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
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            Err(SecretError::NotText(path.display().to_string()))
        }
        Err(error) => Err(unreadable(error)),
    }
}

/// Whether others than owner and group may read or write it.
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
