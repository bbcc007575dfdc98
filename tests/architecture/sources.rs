//! The files that are looked at.

use std::fs;
use std::path::{Path, PathBuf};

/// A file, with its path below its folder and its text without comments.
pub struct Source {
    pub path: PathBuf,
    pub text: String,
    pub code: String,
}

impl Source {
    /// The module at the top that the file belongs to.
    pub fn module(&self) -> &str {
        let first = self.path.iter().next().unwrap().to_str().unwrap();
        first.strip_suffix(".rs").unwrap_or(first)
    }
}

/// The files of `src`.
pub fn sources() -> Vec<Source> {
    sources_below("src")
}

/// The files of a folder of the crate.
pub fn sources_below(folder: &str) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                let code = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>();
                let code = code.join("\n");
                found.push(Source { path: path.strip_prefix(&root).unwrap().to_owned(), text, code });
            }
        }
    }
    assert!(found.len() > if folder == "benches" { 5 } else { 100 }, "these are not all the files");
    found
}
