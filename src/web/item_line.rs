//! Tells an item in a line.

use serde::Serialize;

use crate::journal::ItemView;
use crate::model::line::shown;
use crate::model::{State, Status};

/// An item in a line.
#[derive(Debug, Serialize)]
pub(super) struct ItemLine {
    item: u32,
    line: Option<u32>,
    label: String,
    reference: Option<String>,
    look: &'static str,
    status: &'static str,
    code: Option<String>,
    error: Option<String>,
}

impl ItemLine {
    pub(super) fn of(item: &ItemView) -> Self {
        let (look, status) = in_words(item.state);
        let reference = item.identity.as_deref().and_then(|identity| identity.strip_prefix("ref:"));
        Self {
            item: item.item.0,
            line: item.line,
            label: shown(&item.label),
            reference: reference.map(shown),
            look,
            status,
            code: item.code.map(|code| code.to_string()),
            error: item.error.as_deref().map(shown),
        }
    }
}

fn in_words(state: State) -> (&'static str, &'static str) {
    match state {
        State::Done(status) if status.is_problem() => ("bad", status.as_words()),
        State::Done(status @ Status::Skipped) => ("ended", status.as_words()),
        State::Done(status) => ("good", status.as_words()),
        State::Pending => ("live", "waiting"),
        State::Sending => ("live", "being sent"),
        State::Settling { .. } => ("live", "being looked for"),
    }
}
