//! Checks images, sounds and videos: what they are called, and files also by what lies there.

use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::check::Table;
use super::problem::Complaint;
use super::surroundings::Surroundings;
use super::value::web_url;
use crate::model::Asset;

/// A sort of file.
pub(super) struct Medium {
    noun: &'static str,
    endings: &'static [&'static str],
    /// True when the end of a URL tells it too.
    ends_urls: bool,
    remedy: &'static str,
}

pub(super) const IMAGE: Medium = Medium {
    noun: "an image",
    endings: &["png", "jpg", "jpeg", "gif", "webp"],
    ends_urls: false,
    remedy: "Name an image that ends in .png, .jpg, .jpeg, .gif or .webp.",
};
pub(super) const AUDIO: Medium =
    Medium { noun: "a sound", endings: &["mp3"], ends_urls: true, remedy: "Name a sound that ends in .mp3." };
pub(super) const VIDEO: Medium =
    Medium { noun: "a video", endings: &["mp4"], ends_urls: true, remedy: "Name a video that ends in .mp4." };

/// Checks what may be a URL or a path.
pub(super) fn asset(
    table: &mut Table<'_, '_>,
    key: &str,
    text: &str,
    medium: &Medium,
    around: &Surroundings<'_>,
) -> Option<Asset> {
    if text.trim().contains("://") {
        return url(table, key, text, medium).map(Asset::Url);
    }
    file(table, key, text, medium, around).map(Asset::File)
}

/// Checks a URL.
pub(super) fn url(table: &mut Table<'_, '_>, key: &str, text: &str, medium: &Medium) -> Option<String> {
    table.read(key, Some(text), |text| {
        let url = web_url(text)?;
        if medium.ends_urls && !medium.has(Path::new(url.path())) {
            return Err(medium.complaint(text));
        }
        Ok(text.trim().to_owned())
    })
}

/// Checks a file. One that this user may not read is only warned of: the service may.
pub(super) fn file(
    table: &mut Table<'_, '_>,
    key: &str,
    text: &str,
    medium: &Medium,
    around: &Surroundings<'_>,
) -> Option<PathBuf> {
    let path = table.read(key, Some(text), |text| {
        let path = around.base.path(text)?;
        if medium.has(&path) { Ok(path) } else { Err(medium.complaint(text)) }
    })?;
    let shown = path.display();
    match length(&path) {
        Ok(Some(1..=Asset::USUALLY_KEPT)) => {}
        Ok(Some(length @ 1..=Asset::LARGEST)) => table.warn(
            key,
            Complaint::new(
                format!("the file {shown} has {} MB, and many servers keep none above 2 MB", megabytes(length)),
                "Make it smaller, name it by url, or ask whoever runs the server whether its limit was raised \
                 (upload_max_filesize of PHP).",
            ),
        ),
        Ok(Some(0)) => table.problem(key, Complaint::new(format!("the file {shown} is empty"), medium.remedy)),
        Ok(Some(_)) => table.problem(
            key,
            Complaint::new(
                format!("the file {shown} is larger than {} MiB", Asset::LARGEST >> 20),
                "Make it smaller: every meeting gets a copy of its own.",
            ),
        ),
        Ok(None) => table.problem(key, Complaint::new(format!("{shown} is not a file"), medium.remedy)),
        Err(error) if error.kind() == ErrorKind::PermissionDenied => table.warn(
            key,
            Complaint::new(
                format!("the file {shown} may not be read by this user, so it was not checked"),
                "Nothing need be done if the service may.",
            ),
        ),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            // The job's runs are refused until it is there; the other jobs have nothing to do with it.
            table.warn(key, Complaint::new(format!("there is no file {shown}"), "Put it there, or name another."));
        }
        Err(error) => table.problem(
            key,
            Complaint::new(format!("the file {shown} cannot be read: {error}"), "Check the disk it is on."),
        ),
    }
    Some(path)
}

/// Warns of more files, or more bytes in all, than many servers take with one lobby.
pub(super) fn all_together<'a>(table: &mut Table<'_, '_>, key: &str, files: impl Iterator<Item = &'a Asset>) {
    let (mut number, mut bytes) = (0, 0);
    for asset in files {
        let Asset::File(path) = asset else { continue };
        number += 1;
        bytes += path.metadata().map_or(0, |found| found.len());
    }
    if number > Asset::USUALLY_KEPT_FILES {
        let remedy = "Use fewer, name some by url, or ask whoever runs the server whether its limit was raised \
                      (max_file_uploads of PHP).";
        let most = Asset::USUALLY_KEPT_FILES;
        let problem =
            format!("the lobby has {number} files, and many servers keep {most} and drop the rest in silence");
        table.warn(key, Complaint::new(problem, remedy));
    }
    if bytes > Asset::USUALLY_KEPT_IN_ALL {
        let remedy = "Make them smaller, name some by url, or ask whoever runs the server whether its limit was raised \
                      (post_max_size of PHP).";
        let problem = format!(
            "the lobby's files have {} MB in all, and many servers take no more than 8 MB at once",
            megabytes(bytes)
        );
        table.warn(key, Complaint::new(problem, remedy));
    }
}

/// Bytes as people read them: `2.5`.
fn megabytes(bytes: u64) -> String {
    // A tenth more where it is not just so: a file a little above 2 MB must not be told to have 2.0.
    let tenths = (bytes * 10).div_ceil(1 << 20);
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// Returns the bytes of a file that can be read; `None` for what is no file.
fn length(path: &Path) -> std::io::Result<Option<u64>> {
    // Looked at before it is opened: opening a pipe would wait for another program to write into it.
    if !path.metadata()?.is_file() {
        return Ok(None);
    }
    File::open(path)?.metadata().map(|found| Some(found.len()))
}

impl Medium {
    fn has(&self, path: &Path) -> bool {
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        self.endings.iter().any(|known| ending.eq_ignore_ascii_case(known))
    }

    fn complaint(&self, text: &str) -> Complaint {
        Complaint::new(format!("{text:?} is not {} that a lobby can have", self.noun), self.remedy)
    }
}
