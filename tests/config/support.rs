//! A folder with a configuration file in it, and an environment of its own.

use std::path::PathBuf;

use roomkeeper::clock::Timestamp;
use roomkeeper::config::{Environment, Invalid, Loaded, load};

/// The lines that no configuration can do without.
pub const MINIMAL: &str = "[api]\napp_id = \"a\"\napp_key = { env = \"APP_KEY\" }\n";

/// A temporary folder with a `config.toml`.
pub struct Folder {
    folder: tempfile::TempDir,
    variables: Vec<(String, String)>,
}

impl Folder {
    /// One whose configuration file holds this text.
    pub fn with(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let made = Self { folder, variables: vec![("APP_KEY".to_owned(), "hush".to_owned())] };
        made.write(text);
        made
    }

    pub fn write(&self, text: &str) {
        std::fs::write(self.path("config.toml"), text).unwrap();
    }

    pub fn set(&mut self, variable: &str, value: &str) {
        self.variables.push((variable.to_owned(), value.to_owned()));
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn environment(&self) -> Environment {
        let variables = self.variables.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        Environment::new(variables, Timestamp::from_rfc3339("2026-11-23T12:00:00Z").unwrap())
    }

    pub fn load(&self) -> Result<Loaded, Invalid> {
        load(&self.path("config.toml"), &self.environment())
    }
}
