//! Holds the configuration of a job of this kind in the job's own form.

use std::time::Duration;

use crate::clock::Zone;
use crate::config::{self, ExportFormat, ExportPath};
use crate::model::{AppType, Digest, NamePattern, UserId};

/// A job's own settings.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The zone of the day in the file's name.
    pub zone: Zone,
    /// The file.
    pub path: ExportPath,
    /// The format of the lines.
    pub format: ExportFormat,
    /// Only meetings with such a title.
    pub room_name: NamePattern,
    /// Only meetings of these users; empty: of all.
    pub user_ids: Vec<UserId>,
    /// The product whose meetings are exported.
    pub app_type: AppType,
    /// True when PINs are written, too.
    pub include_pins: bool,
    /// For how long an exported meeting is looked at again.
    pub look_back: Duration,
}

impl Settings {
    /// Returns the settings of a configured job.
    #[must_use]
    pub fn of(job: &config::Job, own: &config::ExportMeetings) -> Self {
        Self {
            zone: job.timezone.clone(),
            path: own.path.clone(),
            format: own.format,
            room_name: own.room_name.clone(),
            user_ids: own.user_ids.clone(),
            app_type: job.app_type,
            include_pins: own.include_pins,
            look_back: own.look_back,
        }
    }

    /// Returns a fingerprint of the choice of meetings, and of its period: the meetings that one run has seen say nothing
    /// about the meetings of another choice.
    pub(super) fn choice(&self) -> String {
        let users: Vec<_> = self.user_ids.iter().map(UserId::as_str).collect();
        let text = format!(
            "{}\n{}\n{}\n{}",
            self.app_type.as_str(),
            self.look_back.as_millis(),
            self.room_name,
            users.join("\n")
        );
        Digest::of(text.as_bytes()).to_string()
    }
}
