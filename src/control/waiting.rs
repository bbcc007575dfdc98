//! Tells which runs of a process wait.

use std::collections::BTreeMap;

use crate::engine::Phase;
use crate::model::RunId;
use crate::runtime::{ActiveRun, Runtime};

/// Returns the runs of a process that wait for the server, or for the disk, each with what for.
#[must_use]
pub fn waiting(runtime: &Runtime) -> BTreeMap<RunId, String> {
    let waits = |going: ActiveRun| match going.progress.phase {
        Phase::Waiting { why, .. } => Some((going.run, why)),
        _ => None,
    };
    runtime.runs.under_way().into_iter().filter_map(waits).collect()
}
