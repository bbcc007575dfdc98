//! PINs that wait in the journal for their mail are sealed with a key that lies beside it and in no backup: what was deleted from a
//! database can stay readable in its write-ahead log. Those that wait for a run's files are sealed with a key of the run's own, which
//! the journal keeps sealed with that one, and deletes once the files are written.

mod cipher;

use std::fs::OpenOptions;
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;

use self::cipher::Cipher;
use super::JournalError;
use crate::model::{Pin, PinPrinter, Pins};

/// The key's name in the state directory.
pub(super) const KEY_FILE: &str = "pin.key";
const KEY_LENGTH: usize = 32;

/// Seals and opens with the state directory's key, and PINs of items with their run's where it is one of a run.
#[derive(Clone)]
pub struct Seal {
    cipher: Arc<Cipher>,
    of_run: Option<Arc<Cipher>>,
    printer: PinPrinter,
}

/// Stands in front of a sealed PIN that came as a number.
const NUMBER: char = '\u{1}';

impl Seal {
    /// Reads the key file of the state directory, or makes one (mode 0600).
    pub fn open(directory: &Path) -> Result<Self, JournalError> {
        let path = directory.join(KEY_FILE);
        let mut key = Vec::new();
        match std::fs::File::open(&path) {
            Ok(mut file) => {
                file.read_to_end(&mut key).map_err(|error| JournalError::Io(error.to_string()))?;
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                key = vec![0; KEY_LENGTH];
                getrandom::fill(&mut key).map_err(|error| JournalError::Io(error.to_string()))?;
                write_key(directory, &path, &key).map_err(|error| match error.kind() {
                    ErrorKind::StorageFull => JournalError::Full,
                    _ => JournalError::Io(format!("the key file {} could not be made: {error}", path.display())),
                })?;
            }
            Err(error) => {
                return Err(JournalError::NotPermitted { place: path.display().to_string(), why: error.to_string() });
            }
        }
        if key.len() != KEY_LENGTH {
            let why = format!("a key has {KEY_LENGTH} bytes, this file {}", key.len());
            return Err(JournalError::damaged_at(&path, why));
        }
        Self::of_key(&key)
    }

    /// Reads the key file of the state directory, or makes one with this key.
    pub(super) fn keep(directory: &Path, key: &[u8]) -> Result<Self, JournalError> {
        let path = directory.join(KEY_FILE);
        if !path.exists() {
            write_key(directory, &path, key).map_err(|error| match error.kind() {
                ErrorKind::StorageFull => JournalError::Full,
                _ => JournalError::Io(format!("the key file {} could not be made: {error}", path.display())),
            })?;
        }
        Self::open(directory)
    }

    /// The same with the key of another state directory.
    pub(super) fn keep_as(directory: &Path, other: &Path) -> Result<Self, JournalError> {
        let path = other.join(KEY_FILE);
        let key = std::fs::read(&path).map_err(|error| JournalError::NotPermitted {
            place: path.display().to_string(),
            why: error.to_string(),
        })?;
        Self::keep(directory, &key)
    }

    /// Seals and opens with this key of 32 bytes.
    pub(super) fn of_key(key: &[u8]) -> Result<Self, JournalError> {
        let whole = <[u8; KEY_LENGTH]>::try_from(key)
            .map_err(|_| JournalError::PinKey(format!("a key has {KEY_LENGTH} bytes, this one {}", key.len())))?;
        let cipher = Cipher::of(whole).map_err(|error| JournalError::Io(error.to_string()))?;
        Ok(Self { cipher: Arc::new(cipher), of_run: None, printer: PinPrinter::of_key(key) })
    }

    /// Draws a key for a run, and seals it.
    pub(super) fn draw_key(&self) -> Result<Vec<u8>, JournalError> {
        let mut key = [0; KEY_LENGTH];
        getrandom::fill(&mut key).map_err(|error| JournalError::Io(error.to_string()))?;
        self.seal_bytes(&key)
    }

    /// Returns the seal of the run that has this sealed key; `None` where it was sealed with another key than this directory's.
    pub(super) fn of_run(&self, key: &[u8]) -> Result<Option<Self>, JournalError> {
        let Some(key) = self.open_bytes(key).and_then(|key| key.try_into().ok()) else { return Ok(None) };
        let cipher = Cipher::of(key).map_err(|error| JournalError::Io(error.to_string()))?;
        Ok(Some(Self { of_run: Some(Arc::new(cipher)), ..self.clone() }))
    }

    /// Seals two PINs; `None` when there is none to seal.
    pub fn seal(&self, pins: &Pins) -> Result<Option<Vec<u8>>, JournalError> {
        if pins.is_empty() {
            return Ok(None);
        }
        let mut plain = String::with_capacity(64);
        for (pin, end) in [(&pins.moderator, "\n"), (&pins.participant, "")] {
            if let Some(pin) = pin {
                plain.extend(pin.was_number().then_some(NUMBER));
                plain.push_str(pin.reveal());
            }
            plain.push_str(end);
        }
        sealed(self.of_run.as_ref().unwrap_or(&self.cipher), plain.as_bytes()).map(Some)
    }

    /// Seals a text that holds PINs, and may outlast its run: a mail.
    pub fn seal_bytes(&self, plain: &[u8]) -> Result<Vec<u8>, JournalError> {
        sealed(&self.cipher, plain)
    }

    /// Opens what [`Seal::seal_bytes`] made; `None` where it was sealed with another key.
    #[must_use]
    pub fn open_bytes(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        self.cipher.open(sealed)
    }

    /// Tells whether a PIN has changed, without telling the PIN.
    #[must_use]
    pub fn printer(&self) -> &PinPrinter {
        &self.printer
    }

    /// Opens what [`Seal::seal`] made. What was sealed with another key, as after a restored backup, has no PINs any more.
    #[must_use]
    pub fn open_pins(&self, sealed: &[u8]) -> Pins {
        let opened = self.of_run.as_ref().and_then(|cipher| cipher.open(sealed));
        // Runs that began under earlier versions have PINs without a key of the run's.
        let opened = opened.or_else(|| self.open_bytes(sealed)).and_then(|plain| String::from_utf8(plain).ok());
        match opened.as_deref().and_then(|plain| plain.split_once('\n')) {
            Some((moderator, participant)) => {
                let pin = |text: &str| match text.strip_prefix(NUMBER) {
                    Some(number) => Pin::of_number(number),
                    None => Pin::new(text),
                };
                Pins { moderator: pin(moderator), participant: pin(participant) }
            }
            None => Pins::default(),
        }
    }
}

impl std::fmt::Debug for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seal([redacted])")
    }
}

fn sealed(cipher: &Cipher, plain: &[u8]) -> Result<Vec<u8>, JournalError> {
    cipher.seal(plain).ok_or_else(|| JournalError::Io("a PIN could not be sealed".to_owned()))
}

fn write_key(directory: &Path, path: &Path, key: &[u8]) -> std::io::Result<()> {
    let aside = path.with_extension("key.new");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&aside)?;
    file.write_all(key)?;
    file.sync_all()?;
    std::fs::rename(&aside, path)?;
    std::fs::File::open(directory)?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn pins() -> Pins {
        Pins { moderator: Pin::new("271828"), participant: Pin::new("314159") }
    }

    #[test]
    fn what_is_sealed_shows_nothing_and_opens_with_the_same_key_only() {
        let folder = tempfile::tempdir().unwrap();
        let sealed = Seal::open(folder.path()).unwrap().seal(&pins()).unwrap().unwrap();
        assert!(!sealed.windows(6).any(|window| window == b"271828"));
        assert_eq!(Seal::open(folder.path()).unwrap().open_pins(&sealed), pins());

        let other = tempfile::tempdir().unwrap();
        assert!(Seal::open(other.path()).unwrap().open_pins(&sealed).is_empty());
    }

    #[test]
    fn pins_of_a_run_open_with_its_key_alone_and_mails_without() {
        let folder = tempfile::tempdir().unwrap();
        let seal = Seal::open(folder.path()).unwrap();
        let (one, other) = (seal.draw_key().unwrap(), seal.draw_key().unwrap());
        let [run, again, other] = [&one, &one, &other].map(|key| seal.of_run(key).unwrap().unwrap());
        let sealed = run.seal(&pins()).unwrap().unwrap();
        assert_eq!(again.open_pins(&sealed), pins());
        assert!(other.open_pins(&sealed).is_empty() && seal.open_pins(&sealed).is_empty());
        assert_eq!(run.open_pins(&seal.seal(&pins()).unwrap().unwrap()), pins(), "as an earlier version sealed them");
        assert_eq!(seal.open_bytes(&run.seal_bytes(b"mail").unwrap()).unwrap(), b"mail");
        let elsewhere = tempfile::tempdir().unwrap();
        assert!(Seal::open(elsewhere.path()).unwrap().of_run(&one).unwrap().is_none());
    }

    /// A version before this one has sealed them, each with a nonce and a key of its own; the key's bytes are 1 to 32.
    #[test]
    fn what_earlier_versions_sealed_is_opened() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(KEY_FILE), (1..=32).collect::<Vec<u8>>()).unwrap();
        let seal = Seal::open(folder.path()).unwrap();
        for sealed in [include_bytes!("fixtures/sealed.1"), include_bytes!("fixtures/sealed.2")] {
            assert_eq!(seal.open_pins(sealed), pins());
        }
    }

    #[test]
    fn the_key_is_for_its_owner_alone_and_a_short_one_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        Seal::open(folder.path()).unwrap();
        let path = folder.path().join(KEY_FILE);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::write(&path, "short").unwrap();
        assert!(Seal::open(folder.path()).is_err());
    }
}
