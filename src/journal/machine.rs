//! Names the machine that this is, so that a start can tell a run that was begun here from one of another machine.

use std::path::Path;

use super::seal::KEY_FILE;
use crate::clock::{BootId, Clock};
use crate::model::Digest;

/// The place of the machine's own id: 32 hexadecimal digits, made when the system was installed.
const MACHINE_ID: &str = "/etc/machine-id";
const ID_DIGITS: usize = 32;
const PURPOSE: &str = "roomkeeper, the name of a machine";

/// A machine, since it was booted last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Machine {
    /// A digest of its id, which is not to be told; all journals of one machine have the same.
    pub id: Digest,
    /// Which boot it is.
    pub boot: BootId,
}

impl Machine {
    /// Returns this machine. Where the system has no id, as in many containers, the key of the state directory stands for it: it is
    /// made once, and is in no backup. Where there is neither, the machine is known until its next boot.
    pub(super) fn here(state: &Path, clock: &dyn Clock) -> Self {
        let id = of_system(Path::new(MACHINE_ID)).or_else(|| of_key(&state.join(KEY_FILE)));
        let booted = Self::booted(clock);
        id.map_or(booted, |id| Self { id, ..booted })
    }

    /// Returns this machine as it is known by its boot alone.
    pub(super) fn booted(clock: &dyn Clock) -> Self {
        let boot = clock.uptime().boot;
        Self { id: Digest::of(&boot), boot }
    }

    /// Tells whether the two are one machine. One kernel is one machine, also where a container is given another id each time.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        self.id == other.id || (self.boot == other.boot && self.boot != BootId::default())
    }
}

fn of_system(path: &Path) -> Option<Digest> {
    let text = std::fs::read_to_string(path).ok()?;
    let id = text.trim();
    // Before its first boot a system has the word `uninitialized` there, or nothing.
    let is_one = id.len() == ID_DIGITS && id.chars().all(|digit| digit.is_ascii_hexdigit());
    is_one.then(|| named(id.to_ascii_lowercase().as_bytes()))
}

fn of_key(path: &Path) -> Option<Digest> {
    std::fs::read(path).ok().map(|key| named(&key))
}

fn named(secret: &[u8]) -> Digest {
    Digest::of(&blake3::derive_key(PURPOSE, secret))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{ManualClock, SystemClock, Timestamp};

    #[test]
    fn a_machine_has_the_id_of_its_system_and_does_not_tell_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("machine-id");
        assert_eq!(of_system(&path), None);
        for none in ["", "\n", "uninitialized\n", "0123", "g123456789abcdef0123456789abcdef\n"] {
            std::fs::write(&path, none).unwrap();
            assert_eq!(of_system(&path), None, "{none:?}");
        }
        std::fs::write(&path, "0123456789abcdef0123456789abcdef\n").unwrap();
        let found = of_system(&path).unwrap();
        assert_ne!(found.to_string(), "0123456789abcdef0123456789abcdef");
        std::fs::write(&path, "0123456789ABCDEF0123456789ABCDEF").unwrap();
        assert_eq!(of_system(&path), Some(found));
        std::fs::write(&path, "1123456789abcdef0123456789abcdef\n").unwrap();
        assert_ne!(of_system(&path), Some(found));
    }

    #[test]
    fn a_machine_without_an_id_is_known_by_the_key_of_the_state_directory_or_else_by_its_boot() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(of_key(&folder.path().join(KEY_FILE)), None);
        std::fs::write(folder.path().join(KEY_FILE), [7_u8; 32]).unwrap();
        let found = of_key(&folder.path().join(KEY_FILE)).unwrap();
        assert_ne!(found, Digest::of(&[7_u8; 32]));
        assert_eq!(of_key(&folder.path().join(KEY_FILE)), Some(found));

        let here = Machine::here(folder.path(), &SystemClock);
        assert!(here.is(&Machine::here(folder.path(), &SystemClock)));
    }

    #[test]
    fn one_kernel_or_one_id_is_one_machine_and_a_kernel_without_a_name_is_none() {
        let clock = ManualClock::new(Timestamp::from_seconds(0));
        let machine = |id: &[u8], boot| Machine { id: Digest::of(id), boot };
        let boot = clock.uptime().boot;
        assert!(machine(b"a", boot).is(&machine(b"a", [9; 16])), "after a boot");
        assert!(machine(b"a", boot).is(&machine(b"b", boot)), "a container with another id");
        assert!(!machine(b"a", boot).is(&machine(b"b", [9; 16])));
        assert!(!machine(b"a", [0; 16]).is(&machine(b"b", [0; 16])));
    }
}
