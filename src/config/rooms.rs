//! Which rooms a job is about, checked.

use std::path::PathBuf;

use crate::model::{RoomId, UserId};

/// Where a job's rooms come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoomSource {
    /// The permanent rooms of these users.
    Users(Vec<UserId>),
    /// These rooms.
    Rooms(Vec<RoomId>),
    /// The rows of this CSV file, absolute.
    List(PathBuf),
    /// The permanent room of the credentials' own user.
    Own,
}
