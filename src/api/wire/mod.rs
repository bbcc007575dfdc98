//! JSON as it is on the wire, apart from the model, because the two may differ by whatever slip the reference makes.

mod body;
mod lobby;
mod meeting;
mod request;
mod room;
mod zone;

pub(super) use body::Body;
pub(super) use request::{change, draft, reset};

/// A reply says that it succeeded, but lacks what it should tell; the words complete "the reply".
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lacking(pub(super) &'static str);
