//! Says what this kind of job has to say of itself without a server.

use super::{ExportMeetings, Input, Settings};
use crate::config::{self, Config, JobSettings};
use crate::engine::Work;
use crate::jobs::{Kind, Workshop};
use crate::model::{JobKind, Noun};

/// The kind.
pub(in crate::jobs) struct Exports;

impl Kind for Exports {
    fn name(&self) -> JobKind {
        JobKind::EXPORT_MEETINGS
    }

    fn items(&self) -> Noun {
        Noun { one: "meeting", many: "meetings" }
    }

    fn work(&self, workshop: &Workshop, _: &Config, job: &config::Job) -> Option<Box<dyn Work>> {
        let JobSettings::ExportMeetings(own) = &job.settings else { return None };
        Some(Box::new(ExportMeetings::new(Settings::of(job, own), workshop.client(job))))
    }

    fn input(&self, again: bool) -> Option<String> {
        Some(if again { Input::new(true).write() } else { String::new() })
    }

    fn repeated(&self, input: &str) -> String {
        let again = Input::read(input).is_ok_and(|input| input.again);
        self.input(again).unwrap_or_default()
    }
}
