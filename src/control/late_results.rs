//! Carries out `results` for a run whose PINs wait for their file: it is written into the state directory, sent to the client, and
//! the journal has the PINs no more.

use super::events::Events;
use super::executor::CommandExecutor;
use super::parcel;
use super::query::Sources;
use super::refusal::Refusal;
use crate::jobs;
use crate::model::FileKind;

impl CommandExecutor {
    /// Writes the results of a run with its PINs, and sends them. Where they were written before, and not received, sends those.
    pub(super) async fn late_results(&self, run: &str, events: &Events) -> Result<(), Refusal> {
        let view = Sources::of(&self.runtime).ended_run(run).await?;
        let (id, name, folder) = (view.id, view.id.short(), self.results());
        let own_places = jobs::kind(view.kind).places(None, &view.input, id);
        if self.runtime.journal().has_sealed_pins(view.key).await? {
            let written = self.runtime.upkeep.write_late_files_to(view, &folder).await?;
            written
                .map_err(|why| Refusal::failed(format!("the results of the run {name} could not be written: {why}")))?;
        }
        let files = parcel::left(&folder, id);
        if let Some(results) = files.iter().find(|file| file.kind == FileKind::Results) {
            return parcel::send_file(results, events).await;
        }
        // A start writes what waits, where it can.
        Err(Refusal::failed(match own_places.iter().find(|place| place.is_file()) {
            Some(place) => format!(
                "the results of the run {name} were written just now, with the PINs, to their own place: {}",
                place.display()
            ),
            None => format!("the PINs of the run {name} were told just now: ask for its results once more"),
        }))
    }
}
