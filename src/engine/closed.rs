//! Says what opens a place that the sandbox of the service's unit closes: the system says no more than "read-only" or "permission
//! denied", and a person who looks at the folder's mode finds nothing wrong with it.

use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// The access that the daemon needs to a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// It is read.
    Read,
    /// It is written to.
    Write,
}

/// The way in which a sandbox closes a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closure {
    /// It can be read, and not be written to (`ProtectSystem=strict`).
    ReadOnly,
    /// It cannot be entered (`ProtectHome=yes`).
    Locked,
    /// Something else lies over it (`ProtectHome=tmpfs`, `PrivateTmp=yes`).
    Covered,
}

/// The folders that `ProtectHome=` is about.
const HOMES: [&str; 3] = ["/home", "/root", "/run/user"];
/// The bits of a mode that let any user do anything.
const PERMISSIONS: u32 = 0o777;
/// The type that `statfs` reports for a file system in memory.
const TMPFS: i128 = 0x0102_1994;

/// Returns the system's reason why a file or folder of that path cannot be had, with the remedy where a sandbox closes the
/// folder.
#[must_use]
pub fn why(error: &io::Error, folder: &Path, access: Access) -> String {
    match closure(error.kind(), folder) {
        Some(closure) if is_service() => {
            // In few words: a mail cuts what is long, and that nothing is lost stands behind this.
            let unless = if closure == Closure::ReadOnly { ", unless the disk is read-only" } else { "" };
            let open = setting(folder, access, closure);
            // systemd passes over what is not there when the service starts.
            let make = if closure == Closure::ReadOnly && !folder.exists() {
                "Make the folder and open it"
            } else {
                "Open it"
            };
            format!(
                "{error}; the service's unit closes that place{unless}. {make}: sudo systemctl edit roomkeeper, with {open} below \
                 [Service], then restart the service."
            )
        }
        _ => error.to_string(),
    }
}

/// Returns the setting that opens the place, in a drop-in.
fn setting(path: &Path, access: Access, closure: Closure) -> String {
    let shown = path.display();
    let open = match (access, closure) {
        (Access::Write, Closure::ReadOnly) => format!("ReadWritePaths=-{shown}"),
        (Access::Read, Closure::ReadOnly) => format!("ReadOnlyPaths=-{shown}"),
        (Access::Write, _) => format!("BindPaths=-{shown}"),
        (Access::Read, _) => format!("BindReadOnlyPaths=-{shown}"),
    };
    let home = if closure == Closure::Locked { "ProtectHome=tmpfs and " } else { "" };
    format!("{home}{open}")
}

/// Returns the place that is open in any case, and the drop-in that opens this one.
#[must_use]
pub fn remedy(path: &Path, access: Access, closure: Closure) -> String {
    let (shown, open) = (path.display(), setting(path, access, closure));
    let elsewhere = match access {
        Access::Read => "Put it into /etc/roomkeeper",
        Access::Write => "Take a folder in /var/lib/roomkeeper or /var/spool/roomkeeper",
    };
    // systemd passes over what is not there when the service starts.
    let make = match access {
        Access::Write if closure == Closure::ReadOnly && !path.exists() => {
            "make it, for the service's user, and open it"
        }
        Access::Write | Access::Read => "open this one",
    };
    format!(
        "{elsewhere}, or {make} by a drop-in: sudo systemctl edit roomkeeper, with {open} below [Service] (on a share also \
         RequiresMountsFor={shown} below [Unit]), then restart the service."
    )
}

/// Tells whether systemd has started this process as a service's own; a shell below one is none.
fn is_service() -> bool {
    std::env::var("SYSTEMD_EXEC_PID").is_ok_and(|pid| pid == std::process::id().to_string())
}

/// Tells how a sandbox closes the place, where the error looks like that.
fn closure(kind: ErrorKind, folder: &Path) -> Option<Closure> {
    let home = HOMES.map(Path::new).into_iter().find(|home| folder.starts_with(home));
    let is_locked = |home: &Path| std::fs::metadata(home).is_ok_and(|found| found.mode() & PERMISSIONS == 0);
    let is_covered = |home: &Path| rustix::fs::statfs(home).is_ok_and(|found| i128::from(found.f_type) == TMPFS);
    match (kind, home) {
        (ErrorKind::PermissionDenied, Some(home)) if is_locked(home) => Some(Closure::Locked),
        (ErrorKind::NotFound | ErrorKind::ReadOnlyFilesystem, Some(home)) if is_covered(home) => Some(Closure::Covered),
        (ErrorKind::ReadOnlyFilesystem, _) => Some(Closure::ReadOnly),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_sandbox_does_looks_like_one() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(closure(ErrorKind::ReadOnlyFilesystem, folder.path()), Some(Closure::ReadOnly));
        for kind in [ErrorKind::PermissionDenied, ErrorKind::NotFound, ErrorKind::StorageFull] {
            assert_eq!(closure(kind, folder.path()), None, "{kind}");
        }
        // A process that systemd did not start hears the system's words alone.
        let told = why(&ErrorKind::ReadOnlyFilesystem.into(), folder.path(), Access::Write);
        assert_eq!(told, io::Error::from(ErrorKind::ReadOnlyFilesystem).to_string());
    }

    #[test]
    fn a_folder_that_is_not_there_is_to_be_made_first() {
        let folder = tempfile::tempdir().unwrap();
        let told = |path: &Path| remedy(path, Access::Write, Closure::ReadOnly);
        assert!(told(folder.path()).contains("or open this one by a drop-in"));
        assert!(
            told(&folder.path().join("away")).contains("or make it, for the service's user, and open it by a drop-in")
        );
    }
}
