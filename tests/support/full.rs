//! A disk that can be filled and emptied under a server, as far as the server can see.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

/// The disk of the programs that have its environment.
pub struct Disk {
    folder: tempfile::TempDir,
}

impl Disk {
    /// A disk with room. What fills it is built by the C compiler that builds SQLite, too.
    pub fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("disk").tempdir().unwrap();
        // The server is another user.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let source = folder.path().join("full.c");
        fs::write(&source, include_str!("full.c")).unwrap();
        let disk = Self { folder };
        let built = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-o"])
            .arg(disk.library())
            .arg(&source)
            .arg("-ldl")
            .status();
        assert!(built.unwrap().success());
        disk
    }

    /// The environment of the programs whose disk it is.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let text = |path: PathBuf| path.display().to_string();
        vec![("LD_PRELOAD", text(self.library())), ("FULL_WHEN", text(self.mark()))]
    }

    /// There is no room any more.
    pub fn fill(&self) {
        fs::write(self.mark(), "").unwrap();
    }

    /// There is room again.
    pub fn empty(&self) {
        // It may never have been filled.
        let _ = fs::remove_file(self.mark());
    }

    fn library(&self) -> PathBuf {
        self.folder.path().join("full.so")
    }

    fn mark(&self) -> PathBuf {
        self.folder.path().join("full")
    }
}
