//! Connects the control socket with the daemon: commands that concern the schedules reach them, and the tasks that
//! look after drop folders.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::watch;

use super::schedules::Schedules;
use crate::control::Rota;
use crate::engine::scheduler::{Occupied, SchedulerError};
use crate::model::JobName;

/// The daemon's schedules, and the channel to the tasks that look after its drop folders.
pub(super) struct Ticking {
    pub(super) schedules: Arc<Schedules>,
    pub(super) changed: watch::Sender<()>,
}

impl Rota for Ticking {
    fn pauses_changed(&self) -> BoxFuture<'_, Result<(), SchedulerError>> {
        async {
            let armed = self.schedules.arm().await;
            self.changed.send_replace(());
            armed
        }
        .boxed()
    }

    fn occupy(&self, job: &JobName) -> Occupied {
        self.schedules.occupy(job)
    }
}
