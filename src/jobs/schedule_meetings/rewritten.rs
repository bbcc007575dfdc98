//! Writes the results file or the retry file of a run that has ended once more, from the journal alone: for whoever has lost it, or
//! sits at another machine than the one that has it. It is what the run's end wrote, but for the PINs: these are told once.

use std::io::{BufWriter, Seek};

use super::own_fields::OwnFields;
use super::result_row::ResultRow;
use super::results_file::{date_order, form, packed};
use super::{Input, ScheduleSettings};
use crate::engine::{Refusal, temporary, temporary_folder};
use crate::jobs::{Rewriting, Rewritten};
use crate::model::{FileKind, ItemFilter, Outcome, Pins, RowToken};
use crate::table::{ResultsWriter, RetryWriter};

/// Writes the file.
pub(super) async fn write(settings: &ScheduleSettings, asked: Rewriting<'_>) -> Result<Rewritten, Refusal> {
    let run = asked.run;
    let input = Input::read(&run.input)
        .map_err(|error| Refusal(format!("what the run worked on cannot be read from the journal: {error}")))?;
    let name = run.id.short();
    if input.is_nothing() {
        return Err(Refusal(format!("the run {name} found no file, so there are no results")));
    }
    if run.counts.total() == 0 {
        let why = match (&run.error, run.outcome) {
            (Some(why), Some(Outcome::Failed)) => format!(": its file was refused whole ({why})"),
            (Some(why), _) => format!(": {why}"),
            (None, _) => String::new(),
        };
        return Err(Refusal(format!("the run {name} has no rows{why}")));
    }
    let is_retry = asked.file == FileKind::Retry;
    if is_retry && run.counts.problems() == 0 {
        return Err(Refusal(format!("each row of the run {name} succeeded, so there is nothing to correct")));
    }
    let io = |error: std::io::Error| Refusal(format!("the temporary folder cannot be used: {error}"));
    let (form, fields) = (form(&input, &temporary_folder()), OwnFields::of(settings, &input));
    let own = fields.columns(&input);
    let to = BufWriter::with_capacity(64 * 1024, temporary().map_err(io)?);
    let mut writer = if is_retry {
        Writer::Retry(RetryWriter::begin(to, &form, own, &date_order(settings, &input)).map_err(io)?)
    } else {
        Writer::Results(ResultsWriter::begin(to, &form, own).map_err(io)?)
    };
    let mut rows = 0;
    let mut pages = asked.recall.items(run.key, ItemFilter::All);
    let unreadable = |error| Refusal(format!("the rows of the run cannot be read from the journal: {error}"));
    while let Some(page) = pages.next().await.map_err(unreadable)? {
        for item in &page {
            rows += 1;
            let row = ResultRow::of(item, RowToken::of(run.key, run.id, item.item), Pins::default(), &fields);
            match &mut writer {
                Writer::Retry(retry) if row.status.is_problem() => retry.write(&row.line(false), &row.cells),
                Writer::Retry(_) => Ok(()),
                Writer::Results(results) => results.write(&row.line(settings.results_pins), &row.cells),
            }
            .map_err(io)?;
        }
    }
    if rows != run.counts.total() {
        return Err(Refusal(format!(
            "of the {} rows of the run {name} the journal has {rows}: the others are forgotten, as [state] keep says",
            run.counts.total()
        )));
    }
    let finish = move || match writer {
        Writer::Retry(retry) => retry.finish(),
        Writer::Results(results) => results.finish(),
    };
    let mut file = packed(finish).await.map_err(io)?.into_inner().map_err(|error| io(error.into_error()))?;
    file.rewind().map_err(io)?;
    Ok(Rewritten {
        name: input.file_name_about(run.id, if is_retry { "retry" } else { "results" }),
        file,
        tells_pins: !is_retry && settings.results_pins,
    })
}

/// The file that is written.
enum Writer<W: std::io::Write> {
    Results(ResultsWriter<W>),
    Retry(RetryWriter<W>),
}
