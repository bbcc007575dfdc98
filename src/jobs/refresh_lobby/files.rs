//! Fingerprints of the files that lobbies show: read once a run, before anything is asked for or sent.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::config::LobbyWish;
use crate::engine::Refusal;
use crate::engine::closed::{self, Access};
use crate::model::{Asset, Digest};

/// The fingerprints by path.
pub(super) type Fingerprints = HashMap<PathBuf, Digest>;

/// Reads every file that `wish` names. One that cannot be read refuses the run: every meeting would miss it.
pub(super) async fn fingerprints(wish: &LobbyWish) -> Result<Fingerprints, Refusal> {
    let paths: Vec<PathBuf> = assets(wish)
        .into_iter()
        .filter_map(|asset| match asset {
            Asset::File(path) => Some(path.clone()),
            Asset::Url(_) => None,
        })
        .collect();
    let read = move || {
        let one = |path: PathBuf| match fingerprint(&path) {
            Ok(digest) => Ok((path, digest)),
            Err(why) => Err(Refusal(format!("the file {} {why}, so no lobby was touched", path.display()))),
        };
        paths.into_iter().map(one).collect()
    };
    tokio::task::spawn_blocking(read).await.unwrap_or_else(|error| Err(Refusal(error.to_string())))
}

fn assets(wish: &LobbyWish) -> Vec<&Asset> {
    match wish {
        LobbyWish::Remove | LobbyWish::Video(_) => Vec::new(),
        LobbyWish::Audio(audio) => vec![audio],
        LobbyWish::Messages { audio, .. } => audio.iter().collect(),
        LobbyWish::Images { images, audio } => images.iter().map(|picture| &picture.image).chain(audio).collect(),
    }
}

fn fingerprint(path: &Path) -> Result<Digest, String> {
    let unreadable = |error: std::io::Error| format!("cannot be read ({})", closed::why(&error, path, Access::Read));
    // Looked at before it is opened: opening a pipe would wait for a writer.
    match path.metadata().map_err(unreadable)? {
        found if !found.is_file() => return Err("is not a file".to_owned()),
        found if found.len() == 0 => return Err("is empty".to_owned()),
        found if found.len() > Asset::LARGEST => {
            return Err(format!("is larger than {} MiB", Asset::LARGEST >> 20));
        }
        _ => {}
    }
    let mut file = File::open(path).map_err(unreadable)?;
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match file.read(&mut buffer).map_err(unreadable)? {
            0 => return Ok(Digest::of(hasher.finalize().as_bytes())),
            n => hasher.update(&buffer[..n]),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_is_told_by_what_it_holds_and_one_that_is_not_there_refuses_the_run() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.mp3");
        let wish = LobbyWish::Audio(Asset::File(path.clone()));
        assert!(fingerprints(&wish).await.unwrap_err().0.contains("a.mp3 cannot be read"));
        std::fs::write(&path, "").unwrap();
        assert!(fingerprints(&wish).await.unwrap_err().0.contains("a.mp3 is empty"));
        std::fs::write(&path, "one").unwrap();
        let one = fingerprints(&wish).await.unwrap()[&path];
        std::fs::write(&path, "two").unwrap();
        assert_ne!(fingerprints(&wish).await.unwrap()[&path], one);
    }
}
