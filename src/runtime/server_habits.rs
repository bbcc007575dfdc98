//! Reports habits of the server that keep a job from its work until a person asks the server's operator.

use super::Runtime;
use crate::jobs::{self, ServerHabit};
use crate::journal::{JournalError, RunView, Seen};

impl Runtime {
    /// Looks at a run that has ended. If a habit of the server that its kind finds out about keeps the job from its
    /// work, that stands as a trouble.
    pub(super) async fn tell_of_server(&self, run: &RunView) {
        if let Some(habit) = jobs::kind(run.kind).habit()
            && let Err(error) = self.look_at_habit(run, habit).await
        {
            tracing::warn!(job = %run.job, habit = habit.name, %error, "what the server was seen to do could not be told");
        }
    }

    async fn look_at_habit(&self, run: &RunView, habit: ServerHabit) -> Result<(), JournalError> {
        let server = self.current.get().workshop.server().to_owned();
        let known = self.journal().habit(server.clone(), habit.name).await?;
        let detail = known.and_then(|(word, seen)| (habit.hinders)(&word, seen, self.clock().now()));
        let seen = detail.map(|detail| Seen { kind: habit.trouble, subject: server, detail: detail.to_owned() });
        self.troubles_seen(Some(&run.job), &[habit.trouble], seen.into_iter().collect()).await
    }
}
