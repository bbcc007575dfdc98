//! Mails about one room: to its owner, with the new PINs, and to those who look after the job where an owner could not be told.

use std::fmt::Write as _;

use uuid::Uuid;

use crate::clock::Timestamp;
use crate::engine::Notice;
use crate::journal::RunView;
use crate::mail::{Address, Letter};
use crate::model::line::one_line;
use crate::model::{Pin, ZEROS_MAY_BE_MISSING};

/// Returns the mail to a room's owner. `None`, and a word in the log, where an address is none.
pub(super) fn to_owner(notice: &Notice, from: Address) -> Option<Letter> {
    let to = match notice.to.iter().map(|to| to.parse()).collect::<Result<Vec<Address>, _>>() {
        Ok(to) => to,
        Err(error) => {
            tracing::error!(%error, room = %notice.room, "an owner cannot be told the new PINs");
            return None;
        }
    };
    // Others choose these: with line breaks in them they could write lines of their own, such as another PIN.
    let room = one_line(if notice.room_name.is_empty() { notice.room.as_str() } else { &notice.room_name });
    let mut text = String::new();
    let _ = match notice.owner.as_deref().map(one_line) {
        Some(owner) => writeln!(text, "Hello {owner},\n"),
        None => writeln!(text, "Hello,\n"),
    };
    let _ = writeln!(text, "the meeting room \"{room}\" has new PINs. The ones before do not open it any more.\n");
    for (whose, pin) in [("moderators", &notice.pins.moderator), ("participants", &notice.pins.participant)] {
        if let Some(pin) = pin {
            let _ = writeln!(text, "PIN for {whose}: {}", Pin::reveal(pin));
        }
    }
    if notice.pins.were_numbers() {
        let _ = writeln!(text, "\nTake care: {ZEROS_MAY_BE_MISSING}.");
    }
    if let Some(link) = notice.direct_url.as_deref().map(one_line) {
        let _ = writeln!(text, "\nThe room: {link}");
    }
    let when = notice.zone.civil(notice.at).format("%Y-%m-%d %H:%M");
    let _ = writeln!(text, "\nMade on {when} ({}). A later mail about this room is the one that counts.", notice.zone);
    Some(Letter {
        id: Uuid::now_v7(),
        at: notice.at,
        from,
        to,
        subject: format!("New PINs for the meeting room {room}"),
        text,
        html: None,
        attachments: Vec::new(),
    })
}

/// Returns the mail about one that could not be delivered. Its PINs stay out of it.
pub(super) fn undelivered(
    letter: &crate::journal::Letter,
    run: &RunView,
    why: &str,
    at: Timestamp,
    from: Address,
    to: Vec<Address>,
) -> Letter {
    let whom = letter.receivers.join(", ");
    let text = format!(
        "{whom} could not be told the new PINs: the mail \"{}\" was given up.\n\n\
         Reason: {why}\n\n\
         The PINs were reset by the run {} of the job {}, and the ones before do not open the room any more. Tell the owner by\n\
         another way (the sheet of that run, where there is one, has the PINs, and so has the portal), and correct the address in the list.\n",
        letter.subject,
        run.id.short(),
        run.job
    );
    Letter {
        id: Uuid::now_v7(),
        at,
        from,
        to,
        subject: format!("[roomkeeper] PROBLEM {}: {whom} could not be told the new PINs", run.job),
        text,
        html: None,
        attachments: Vec::new(),
    }
}
