//! Carries out `run`: all the work that a job has now, a run after the other.

use super::carry::Carried;
use super::events::Events;
use super::executor::{CommandExecutor, Results};
use super::refusal::Refusal;
use crate::jobs;
use crate::model::{JobName, Trigger};
use crate::runtime::{Opened, RunHandle, RunRequest};

impl CommandExecutor {
    /// Runs a job now, also a paused one, or one that is not enabled.
    pub(super) async fn run(&self, name: &JobName, again: bool, events: &Events) -> Result<(), Refusal> {
        let config = self.runtime.config();
        let unknown = || Refusal::usage(format!("there is no job {name} in the configuration"));
        let kind = config.jobs.get(name).ok_or_else(unknown)?.kind();
        let input = jobs::kind(kind).input(again).ok_or_else(|| {
            Refusal::usage(format!("the job {name} exports nothing, so there is nothing to do --again"))
        })?;
        let occasion = RunRequest { trigger: Trigger::Manual, due: None, input };
        let mut work = match self.runtime.open_work(name, occasion).await? {
            Opened::Work(work) => work,
            Opened::Refused(why) => return Err(Refusal::failed(why)),
            Opened::Stopping => return Err(Refusal::stopping()),
        };
        while let Some(run) = work.next(&self.runtime).await {
            let about = jobs::kind(run.kind).file_of(&run.input).unwrap_or_else(|| name.to_string());
            let (job, oversight) = (work.job(), RunHandle::default());
            let carried = self.carry(job, run, &about, &oversight, &Results::Kept, events).await?;
            if carried == Carried::Short {
                // Files that were not taken yet stay in the drop folder.
                break;
            }
        }
        Ok(())
    }
}
