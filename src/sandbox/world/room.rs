//! Holds a user's permanent room.

/// A permanent room.
#[derive(Debug, Clone)]
pub struct Room {
    /// `room_id`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its description, where there is one.
    pub desc: Option<String>,
    /// The moderators' PIN.
    pub mpin: String,
    /// The participants' PIN.
    pub ppin: String,
    /// Minutes.
    pub duration: u32,
    /// The number of moderators.
    pub moderators: u32,
    /// The number of participants.
    pub participants: u32,
    /// True when participants wait for a moderator.
    pub wait_for_moderator: bool,
    /// True when participants must knock.
    pub knock: bool,
    /// True when it records itself.
    pub auto_recording: bool,
}

impl Room {
    /// Returns the address a person joins by.
    pub fn direct_url(&self) -> String {
        format!("https://meet.sandbox.invalid/{}", self.id)
    }
}
