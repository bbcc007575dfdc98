//! Writes mail as files, where no server is configured: each letter an `.eml` that any mail program opens.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::{Message, SendError};
use crate::clock::Zone;
use crate::failpoint;

/// Puts the letter there whole or not at all. The name comes from the letter, so that a repeat replaces itself.
pub(super) async fn put(folder: PathBuf, message: Message) -> Result<(), SendError> {
    off_the_runtime(move || {
        let name = name(&message);
        write(&folder, &name, &message.bytes)
            .map_err(|why| failed(&format!("the mail {} cannot be written", folder.join(name).display()), &why))
    })
    .await
}

/// Tries whether letters can be put there.
pub(super) async fn probe(folder: PathBuf) -> Result<(), SendError> {
    off_the_runtime(move || {
        failpoint::write("mail.write")
            .and_then(|()| try_folder(&folder))
            .map_err(|why| failed(&format!("the mail folder {} cannot be written to", folder.display()), &why))
    })
    .await
}

/// Tries whether files can be written into a folder, or it can be made where it is to be. Leaves nothing behind.
pub fn try_folder(folder: &Path) -> io::Result<()> {
    let mut place = folder;
    while !place.exists() {
        let Some(above) = place.parent() else { break };
        place = above;
    }
    tempfile::Builder::new().prefix(".roomkeeper-").tempfile_in(place).map(drop)
}

/// Returns `2027-02-01T023000Z-018f….eml`: sorts by time.
fn name(message: &Message) -> String {
    let at = Zone::utc().civil(message.at).format("%Y-%m-%dT%H%M%SZ");
    format!("{at}-{}.eml", message.id.hyphenated())
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o750).create(folder)?;
    failpoint::write("mail.write")?;
    let aside = folder.join(format!(".{name}.tmp"));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&aside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&aside, folder.join(name))?;
    File::open(folder)?.sync_all()
}

async fn off_the_runtime<F>(work: F) -> Result<(), SendError>
where
    F: FnOnce() -> Result<(), SendError> + Send + 'static,
{
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(_) => Err(SendError::away("the mail was not written: the program is ending".to_owned())),
    }
}

fn failed(what: &str, why: &io::Error) -> SendError {
    SendError::away(format!("{what}: {why}; give the service's user the right to, and room"))
}
