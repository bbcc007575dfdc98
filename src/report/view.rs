//! Holds what a mail says, in words and in order, before it is text or HTML: both are made of this, so both say the same.

use serde::Serialize;

/// A mail's words.
#[derive(Debug, Serialize)]
pub(super) struct View {
    pub verdict: &'static str,
    #[serde(skip)]
    pub tone: Tone,
    pub place: String,
    pub gist: String,
    pub sections: Vec<Section>,
}

/// The tone of a mail: it tells the reader whether there is anything to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Good,
    Mixed,
    Bad,
    Neutral,
}

/// A part of the mail under a heading.
#[derive(Debug, Serialize)]
pub(super) struct Section {
    pub heading: String,
    #[serde(flatten)]
    pub body: Body,
}

/// The content under a heading.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Body {
    Sentences(Vec<String>),
    Counts(Vec<Count>),
    Entries(Vec<Entry>),
    Facts(Vec<Entry>),
}

/// `118 created`.
#[derive(Debug, Serialize)]
pub(super) struct Count {
    pub n: u64,
    pub what: String,
}

/// A name and what there is to say of it.
#[derive(Debug, Serialize)]
pub(super) struct Entry {
    pub name: String,
    pub value: String,
}
