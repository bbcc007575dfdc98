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
    /// The rows of a CSV file.
    List(RoomList),
    /// The permanent room of the credentials' own user.
    Own,
}

/// A CSV file with a row a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomList {
    /// The file, absolute.
    pub path: PathBuf,
    /// Its encoding, where it begins with no byte order mark; `None`: it is found out.
    pub encoding: Option<&'static encoding_rs::Encoding>,
}
