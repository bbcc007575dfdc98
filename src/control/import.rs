//! Carries out `import`: a timetable that a user hands in, copied first, since its owner may change it meanwhile.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use super::events::Events;
use super::executor::{CommandExecutor, Results};
use super::query::chosen;
use super::refusal::Refusal;
use crate::engine::Begin;
use crate::jobs::{self, Handed, ResultsFolder};
use crate::model::line::shown;
use crate::model::{JobName, RunId, Trigger};
use crate::runtime::RunHandle;

/// Characters that a file's name may have here; its results' names are made of it.
const NAME: usize = 200;

impl CommandExecutor {
    /// Schedules from a timetable.
    pub(super) async fn import(
        &self,
        wanted: Option<&JobName>,
        name: &str,
        file: Arc<File>,
        results: &Results,
        events: &Events,
    ) -> Result<(), Refusal> {
        let configured = chosen(&self.runtime.config(), wanted)?;
        let job = self.runtime.job_of(&configured);
        let (name, id) = (plain_name(name), RunId::generate());
        let kind = jobs::kind(configured.kind());
        let (copies, most) = (self.incoming(), kind.max_file_size(&configured));
        let copying = tokio::task::spawn_blocking(move || kind.copy_file(&file, most, &copies, id));
        let copy = copying.await.map_err(failed)?.map_err(|refusal| Refusal::failed(refusal.0))?;
        let place = match results {
            Results::Folder(folder) => folder.clone(),
            Results::Told | Results::Kept => self.results(),
        };
        let handed =
            Handed { name: name.clone(), path: copy.clone(), is_copy: true, results: ResultsFolder::Folder(place) };
        let input = kind.file_input(handed).unwrap_or_default();
        let begin = Begin { trigger: Trigger::Manual, due: None, input, claim: None, retry_of: None };
        let run = match self.runtime.runs.begin(&job, id, begin).await {
            Ok(run) => run,
            Err(error) => {
                // If the run is in the journal after all, its next start says that the copy is missing.
                if !self.runtime.runs.may_have_begun(id).await
                    && let Err(error) = std::fs::remove_file(&copy)
                {
                    tracing::debug!(%error, "a copy that no run reads could not be removed");
                }
                return Err(error.into());
            }
        };
        self.carry(&job, run, &name, &RunHandle::default(), results, events).await?;
        Ok(())
    }
}

/// Returns a file's name that is one: no folder before it, no control character, and not too long.
fn plain_name(name: &str) -> String {
    let name = Path::new(name).file_name().and_then(|name| name.to_str()).unwrap_or("file.csv");
    shown(&name.chars().take(NAME).collect::<String>())
}

fn failed(error: impl std::fmt::Display) -> Refusal {
    Refusal::failed(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_from_elsewhere_leads_nowhere() {
        assert_eq!(plain_name("../../etc/week.csv"), "week.csv");
        assert_eq!(plain_name("/"), "file.csv");
        assert_eq!(plain_name("a\u{1b}[2J.csv"), "a\u{fffd}[2J.csv");
        assert_eq!(plain_name(&"ü".repeat(5000)).chars().count(), NAME);
    }
}
