//! Writes the mails about one room's new PINs: to its owner, and, where an owner could not be told, to those who look after the job.

use std::fmt::Write as _;

use crate::clock::{Timestamp, Zone};
use crate::model::line::one_line;
use crate::model::{JobName, Pin, Pins, RoomId, RunId, ZEROS_MAY_BE_MISSING};

/// A mail that is text alone: its subject and its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlainMail {
    /// One line.
    pub subject: String,
    /// The text.
    pub text: String,
}

/// The facts of an owner's mail.
pub struct NewPins<'a> {
    /// The owner's name, where it is known.
    pub owner: Option<&'a str>,
    /// The room.
    pub room: &'a RoomId,
    /// Its name.
    pub room_name: &'a str,
    /// The link that opens it.
    pub direct_url: Option<&'a str>,
    /// The PINs that were reset, and no others.
    pub pins: &'a Pins,
    /// The time at which the reset was confirmed.
    pub at: Timestamp,
    /// The zone to tell it in.
    pub zone: &'a Zone,
}

/// The facts of an owner's mail that was given up.
pub struct Untold<'a> {
    /// The addresses that it went to.
    pub receivers: &'a [String],
    /// Its subject.
    pub subject: &'a str,
    /// The reason why it was given up.
    pub why: &'a str,
    /// The run that reset the PINs.
    pub run: RunId,
    /// The run's job.
    pub job: &'a JobName,
}

/// Tells an owner the new PINs.
#[must_use]
pub fn render_new_pins(told: &NewPins<'_>) -> PlainMail {
    // Others choose these: with line breaks in them they could write lines of their own, such as another PIN.
    let room = one_line(if told.room_name.is_empty() { told.room.as_str() } else { told.room_name });
    let mut text = String::new();
    let _ = match told.owner.map(one_line) {
        Some(owner) => writeln!(text, "Hello {owner},\n"),
        None => writeln!(text, "Hello,\n"),
    };
    let _ = writeln!(text, "the meeting room \"{room}\" has new PINs. The ones before do not open it any more.\n");
    for (whose, pin) in [("moderators", &told.pins.moderator), ("participants", &told.pins.participant)] {
        if let Some(pin) = pin {
            let _ = writeln!(text, "PIN for {whose}: {}", Pin::reveal(pin));
        }
    }
    if told.pins.were_numbers() {
        let _ = writeln!(text, "\nTake care: {ZEROS_MAY_BE_MISSING}.");
    }
    if let Some(link) = told.direct_url.map(one_line) {
        let _ = writeln!(text, "\nThe room: {link}");
    }
    let when = told.zone.civil(told.at).format("%Y-%m-%d %H:%M");
    let _ = writeln!(text, "\nMade on {when} ({}). A later mail about this room is the one that counts.", told.zone);
    PlainMail { subject: format!("New PINs for the meeting room {room}"), text }
}

/// Tells that an owner could not be told. The PINs stay out of it.
#[must_use]
pub fn render_untold(told: &Untold<'_>) -> PlainMail {
    let whom = told.receivers.join(", ");
    let text = format!(
        "{whom} could not be told the new PINs: the mail \"{}\" was given up.\n\n\
         Reason: {}\n\n\
         The PINs were reset by the run {} of the job {}, and the ones before do not open the room any more. Tell the owner by\n\
         another way (the sheet of that run, where there is one, has the PINs, and so has the portal), and correct the address in the list.\n",
        told.subject,
        told.why,
        told.run.short(),
        told.job
    );
    PlainMail { subject: format!("[roomkeeper] PROBLEM {}: {whom} could not be told the new PINs", told.job), text }
}
