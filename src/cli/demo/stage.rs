//! Sets up what the demonstration stands on: a folder of its own, and a simulated server in this process.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::cli::{Failure, output};
use crate::sandbox::{DEFAULT_APP_KEY, Faults, Options, Sandbox};

const CONFIG: &str = include_str!("config.toml");
const FAULTS: &str = include_str!("faults.toml");
/// Rooms in the list of permanent rooms.
pub(super) const ROOMS: usize = 5;
/// The address at which `roomkeeper sandbox` listens by itself, so that a kept folder can be used with it.
const LATER: &str = "http://127.0.0.1:8790/ucaas/v1";

/// The folder and the server. Dropped, a temporary folder is gone with all that is in it.
pub(super) struct Stage {
    pub(super) sandbox: Sandbox,
    folder: Folder,
}

enum Folder {
    Temporary(TempDir),
    Kept(PathBuf),
}

impl Stage {
    /// Makes the folder (`keep`, or a temporary one), starts the server, and writes the configuration and the key.
    pub(super) async fn set(keep: Option<&Path>) -> Result<Self, Failure> {
        let folder = match keep {
            Some(path) => Folder::Kept(empty_folder(path)?),
            None => {
                let made = tempfile::Builder::new().prefix("roomkeeper-demo-").tempdir();
                let made = made.map_err(|error| {
                    Failure::failed(format!("a temporary folder cannot be made: {error}. Name one with --keep"))
                })?;
                output::remove_when_leaving(made.path());
                Folder::Temporary(made)
            }
        };
        let faults: Faults = FAULTS.parse().map_err(sandbox_failure)?;
        let options = Options { users: 8, past: 12, faults, ..Options::default() };
        let sandbox = Sandbox::start(options).await.map_err(sandbox_failure)?;
        let stage = Self { sandbox, folder };
        stage.configure(&stage.sandbox.base_url())?;
        let rooms = (0..ROOMS).map(|n| format!("u{n:05},owner{n}@example.org,Room {n}"));
        let rooms = std::iter::once("user_id,email,name".to_owned()).chain(rooms).collect::<Vec<_>>();
        stage.write("rooms.csv", &(rooms.join("\n") + "\n"))?;
        // Only its owner may read a key file; `check` insists on it.
        std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(stage.path("app_key"))
            .and_then(|mut file| writeln!(file, "{DEFAULT_APP_KEY}"))
            .map_err(|error| unwritten(&stage.path("app_key"), &error))?;
        Ok(stage)
    }

    /// Returns a path in the folder.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        match &self.folder {
            Folder::Temporary(folder) => folder.path().join(name),
            Folder::Kept(folder) => folder.join(name),
        }
    }

    /// Writes a file in the folder.
    pub(super) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> Result<PathBuf, Failure> {
        let path = self.path(name);
        std::fs::write(&path, content).map_err(|error| unwritten(&path, &error))?;
        Ok(path)
    }

    /// Makes a folder in the folder.
    pub(super) fn make_folder(&self, name: &str) -> Result<PathBuf, Failure> {
        let path = self.path(name);
        std::fs::create_dir(&path).map_err(|error| unwritten(&path, &error))?;
        Ok(path)
    }

    /// Returns the folder that stays, if one does.
    pub(super) fn kept(&self) -> Option<&Path> {
        match &self.folder {
            Folder::Temporary(_) => None,
            Folder::Kept(folder) => Some(folder),
        }
    }

    /// Ends the server, and removes a temporary folder; a kept one is left ready for `roomkeeper sandbox`.
    pub(super) async fn clear(self) -> Result<(), Failure> {
        let left = match self.kept() {
            Some(_) => self.configure(LATER),
            None => Ok(()),
        };
        self.sandbox.shutdown().await;
        match self.folder {
            Folder::Kept(_) => left,
            Folder::Temporary(folder) => {
                let path = folder.path().to_owned();
                folder
                    .close()
                    .map_err(|error| Failure::failed(format!("{} cannot be removed: {error}", path.display())))
            }
        }
    }

    fn configure(&self, base_url: &str) -> Result<(), Failure> {
        self.write("config.toml", CONFIG.replace("{base_url}", base_url)).map(drop)
    }
}

/// Makes the folder, or takes one that is empty: no user's file is written over.
fn empty_folder(path: &Path) -> Result<PathBuf, Failure> {
    let shown = path.display();
    let unusable = |error: std::io::Error| Failure::failed(format!("{shown} cannot be used: {error}"));
    std::fs::create_dir_all(path).map_err(unusable)?;
    if std::fs::read_dir(path).map_err(unusable)?.next().is_some() {
        return Err(Failure::usage(format!("{shown} is not empty; name a new folder")));
    }
    path.canonicalize().map_err(unusable)
}

fn sandbox_failure(error: impl std::error::Error) -> Failure {
    Failure::failed(crate::control::with_causes(&error))
}

fn unwritten(path: &Path, error: &std::io::Error) -> Failure {
    Failure::failed(format!("{} cannot be written: {error}", path.display()))
}
