//! Tells why there is no runtime, or why a run was not begun, and refuses jobs whose names are another kind's.

use std::path::PathBuf;

use crate::api;
use crate::config::{Config, SecretError};
use crate::journal::{Journal, JournalError};
use crate::model::{JobKind, JobName};

/// The reason why there is no runtime.
#[derive(Debug, thiserror::Error)]
pub enum RuntimeError {
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A secret.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// A name is another kind of job now.
    #[error(
        "the job {job} is a {is} now, and the journal knows it as a {was}: give the new job a name of its own, since what is \
         remembered under that name belongs to the old one"
    )]
    Kind {
        /// The job.
        job: JobName,
        /// The job's kind in the journal.
        was: JobKind,
        /// The job's kind in the configuration.
        is: JobKind,
    },
    /// The API's client.
    #[error("the API cannot be used as configured")]
    Api(#[from] api::BuildError),
}

/// The reason why a run was not begun, or could not be worked on.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The dropped file was to be claimed, and another run has claimed it, or it is not there any more as it was found.
    #[error("the file {} is another run's by now", .0.display())]
    Claimed(PathBuf),
    /// The dropped file could not be moved: its run was taken back, and the file is left where it lies.
    #[error("the file {} cannot be moved: {why}", .file.display())]
    NotMoved {
        /// The file.
        file: PathBuf,
        /// The system's reason.
        why: String,
    },
}

/// Tells the journal what jobs are called now, before anything is looked up by name. A name that was another kind of job is
/// refused: what is remembered under it, and what is unfinished, is no work of this one's.
pub(super) async fn introduce(journal: &Journal, config: &Config) -> Result<(), RuntimeError> {
    for job in config.jobs.values() {
        if let Some(was) = &job.was {
            journal.job(&job.name, job.kind(), Some(was)).await?;
        }
        let known = journal.kind_of_job(job.name.clone()).await?;
        if let Some(was) = known.filter(|was| *was != job.kind()) {
            return Err(RuntimeError::Kind { job: job.name.clone(), was, is: job.kind() });
        }
    }
    Ok(())
}
