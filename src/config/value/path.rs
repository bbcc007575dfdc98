//! Reads paths. A relative one starts at the folder of the configuration file, so that it means the same wherever roomkeeper is
//! started from.

use std::path::{Component, Path, PathBuf};

use crate::config::problem::Complaint;

/// The folder that relative paths start from.
#[derive(Debug)]
pub(in crate::config) struct Base(PathBuf);

impl Base {
    /// Returns the folder of this configuration file.
    pub(in crate::config) fn of_file(file: &Path) -> Self {
        let file = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
        Self(tidy(file.parent().unwrap_or(Path::new("/"))))
    }

    /// Returns the folder.
    pub(in crate::config) fn folder(&self) -> &Path {
        &self.0
    }

    /// Reads a path and makes it absolute.
    pub(in crate::config) fn path(&self, text: &str) -> Result<PathBuf, Complaint> {
        if text.trim().is_empty() || text.contains('\0') {
            return Err(Complaint::new("the path is blank", "Write a path, or leave the key out."));
        }
        if text.starts_with('~') {
            return Err(Complaint::new(
                format!("{text:?} starts with ~, which is not expanded here"),
                "Write the whole path.",
            ));
        }
        Ok(self.join(text))
    }

    /// Returns the path from this folder on.
    pub(in crate::config) fn join(&self, path: impl AsRef<Path>) -> PathBuf {
        tidy(&self.0.join(path))
    }
}

/// Returns the path without `.` and `..`, so that paths can be compared. Links are not followed.
fn tidy(path: &Path) -> PathBuf {
    let mut tidied = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                tidied.pop();
            }
            part => tidied.push(part),
        }
    }
    tidied
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relative_path_starts_at_the_configuration_file() {
        let base = Base::of_file(Path::new("/etc/roomkeeper/config.toml"));
        assert_eq!(base.path("../spool/./in"), Ok("/etc/spool/in".into()));
        assert_eq!(base.path("/var/spool/in/"), Ok("/var/spool/in".into()));
        assert!(base.path("~/in").is_err() && base.path(" ").is_err());
    }
}
