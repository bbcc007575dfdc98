//! Reads and checks `nodes` of a job, the machines that run it, and `shared` of its drop folder: both tell machines apart that
//! share a journal.

use std::collections::BTreeMap;

use super::check::{Check, Table};
use super::one_or_many::OneOrMany;
use super::problem::Complaint;
use super::value::not_blank;
use super::{Job, JobSettings};
use crate::model::JobName;

/// Reads the names of the machines; none where the key is not there: every machine runs the job.
pub(super) fn read(table: &mut Table<'_, '_>, raw: Option<&OneOrMany>) -> Vec<String> {
    let Some(OneOrMany(texts)) = raw else { return Vec::new() };
    if texts.is_empty() {
        let remedy =
            "Name the machines, such as nodes = [\"room-1\"]; or leave the key out, and every machine runs it.";
        table.problem("nodes", Complaint::new("the list is empty, so no machine would run the job", remedy));
    }
    let mut names = Vec::new();
    for (at, text) in texts.iter().enumerate() {
        let once = |text: &str| match not_blank(text)? {
            name if names.contains(&name) => {
                Err(Complaint::new(format!("{name:?} is named twice"), "Name each machine once."))
            }
            name => Ok(name),
        };
        let name = table.read(&format!("nodes[{at}]"), Some(text.as_str()), once);
        names.extend(name);
    }
    names
}

/// Checks that jobs tell machines apart only where these share a journal, and have names.
pub(super) fn validate(check: &mut Check<'_>, jobs: &BTreeMap<JobName, Job>) {
    let state = check.table("state");
    let (is_shared, is_named) = (state.says("journal"), state.says("node"));
    for job in jobs.values() {
        let mut table = check.table(&format!("{}.{}", job.kind(), job.name));
        if table.says("nodes") && !is_shared {
            let remedy = "Take it out; or put the journal on PostgreSQL and name this machine, under [state]: \
                          journal = \"postgres://USER@HOST/DATABASE\", node = \"room-1\".";
            table.problem_with_key("nodes", Complaint::new("it is for a journal on PostgreSQL", remedy));
        } else if table.says("nodes") && !is_named {
            let remedy = "Name it under [state], such as node = \"room-1\".";
            let complaint = Complaint::new("it names machines, and this machine has no name", remedy);
            table.problem_with_key("nodes", complaint);
        }
        let JobSettings::ScheduleMeetings(settings) = &job.settings else { continue };
        if settings.shared && !is_shared {
            let remedy = "Take it out; or put the journal on PostgreSQL, under [state]: \
                          journal = \"postgres://USER@HOST/DATABASE\".";
            table.problem_with_key("shared", Complaint::new("it is for a journal on PostgreSQL", remedy));
        }
    }
}
