//! Tells what a run did to the person who reads the mail at seven in the morning.
//!
//! A [`Summary`] holds the facts, [`render`] tells them: one screen, in text and in HTML, which say the same word for word.
//! [`decide`] says whether there is to be a mail at all.

mod files;
mod html;
mod mail_policy;
mod pins;
mod plain;
mod problems;
mod reason;
mod run;
mod standing;
mod summary;
mod text;
mod view;

pub use crate::model::FileKind;
pub use files::{Files, OfFile, render_files};
pub use mail_policy::{Decision, Ending, decide};
pub use pins::{NewPins, PlainMail, Untold, render_new_pins, render_untold};
pub use standing::{Standing, doubted_clock, render_standing};
pub use summary::{NextRun, Problem, ResultFile, Summary};

/// A mail's three parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// One line without control characters, at most 240 characters.
    pub subject: String,
    /// Lines of at most 78 columns, where no single word is longer.
    pub text: String,
    /// The same words; inline styles, nothing loaded from anywhere.
    pub html: String,
}

/// Tells what a run did. Control characters in names are gone, long ones cut: a name can forge neither a header nor a line.
#[must_use]
pub fn render(summary: &Summary) -> Rendered {
    let view = run::view(summary);
    let text = text::render(&view);
    let html = html::render(&view, &text);
    Rendered { subject: run::subject(summary), text, html }
}
