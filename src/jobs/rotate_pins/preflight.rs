//! Checks a rotation before the first reset: with new PINs that reach no owner, a room is locked. The things that a
//! run lacks are collected while it is planned, and refuse it whole.

use std::sync::Arc;

use super::session::{PinReset, RotateSession, tells};
use super::sheet;
use crate::engine::closed::{self, Access};
use crate::engine::{Plan, PlanError, Refusal};
use crate::jobs::MailCheck;
use crate::jobs::rooms::{AddressBook, Decided, FoundRoom, Lacking, Missing, Planner, RoomRow, plan};
use crate::model::{PinPrinter, PinSelection};

/// The plan of a rotation, and what it lacks.
pub(super) struct Preflight {
    printer: PinPrinter,
    pins: PinSelection,
    /// The way to tell owners.
    mail: Option<Arc<dyn MailCheck>>,
    needs_addresses: bool,
    rooms: u64,
    unread: Lacking,
    gone: u64,
    addresses: Lacking,
    owners: AddressBook,
}

/// Says which of so many rooms have no address, where owners are to be told.
pub(super) fn without_address(lacking: &Lacking, rooms: u64) -> Option<String> {
    (lacking.all > 0).then(|| {
        let (none, shown) = (lacking.all, lacking.shown());
        format!("notify_owners wants an address for every room, and {none} of {rooms} have none: {shown}")
    })
}

impl RotateSession {
    /// Plans the rooms, unless anything is wrong with one of them, with the sheet or with the mails.
    pub(super) async fn plan_rooms(&self, to: &mut dyn Plan) -> Result<String, PlanError> {
        let own = &self.settings.own;
        if own.notify_owners
            && let Some(mail) = &self.mail
            && let Err(why) = mail.ask(&mut std::iter::empty(), &mut |_, _| {}).await
        {
            let words = format!("no PIN was changed, since the owners could not be told: {why}");
            return Err(Refusal(words).into());
        }
        if let Some(path) = sheet::path(self)
            && let Err(error) = sheet::can_be_written(&path, self.run.id, self.run.key.is_none())
        {
            let why = closed::why(&error, path.parent().unwrap_or(&path), Access::Write);
            let words = format!("no PIN was changed, since the sheet {} could not be written: {why}", path.display());
            return Err(Refusal(words).into());
        }
        let mut preflight = Preflight::new(self.printer.clone(), own.pins, own.notify_owners, self.mail.clone());
        let input = plan(&own.rooms, &self.finder, &self.run, &self.tools, to, &mut preflight).await?;
        preflight.passed().await?;
        self.planned.get_or_init(|| self.finder.planned());
        Ok(input)
    }
}

impl Preflight {
    pub(super) fn new(
        printer: PinPrinter,
        pins: PinSelection,
        needs_addresses: bool,
        mail: Option<Arc<dyn MailCheck>>,
    ) -> Self {
        Self {
            printer,
            pins,
            mail,
            needs_addresses,
            rooms: 0,
            unread: Lacking::default(),
            gone: 0,
            addresses: Lacking::default(),
            owners: AddressBook::new(),
        }
    }

    /// Tells whether the first PIN may be reset; the mail server is asked last, about each owner.
    pub(super) async fn passed(self) -> Result<(), Refusal> {
        self.is_complete()?;
        let Some(mail) = self.mail.filter(|_| self.needs_addresses) else { return Ok(()) };
        let untold = |why: &str| Refusal(format!("no PIN was changed, since the owners could not be told: {why}"));
        let mut asked = 0_u64;
        let mut owners = self.owners.read().map_err(|why| untold(&why))?.inspect(|_| asked += 1);
        let mut refused = Lacking::default();
        let mut on_refusal = |_: &str, why: String| refused.note(|| why);
        mail.ask(&mut owners, &mut on_refusal).await.map_err(|why| untold(&why))?;
        drop(owners);
        if refused.all > 0 {
            return Err(Refusal(format!(
                "no PIN was changed, since {} of {asked} owners could not be told: {}. Correct the address, or what the mail \
                 server objects to",
                refused.all,
                refused.shown()
            )));
        }
        Ok(())
    }

    fn is_complete(&self) -> Result<(), Refusal> {
        let (unread, all) = (&self.unread, self.rooms + self.unread.all);
        if unread.all > 0 {
            let most_are_gone = self.gone * 2 >= all && self.gone > 1;
            let doubt = if most_are_gone {
                ". Is this the right list, and are these the right credentials?"
            } else {
                ". Correct the list"
            };
            return Err(Refusal(format!(
                "no PIN was changed, since {} of {all} rooms cannot be read: {}{doubt}",
                unread.all,
                unread.shown()
            )));
        }
        match without_address(&self.addresses, all) {
            Some(why) => Err(Refusal(format!("no PIN was changed, since {why}. Fill in the column email of the list"))),
            None => Ok(()),
        }
    }
}

impl Planner for Preflight {
    type Desired = PinReset;

    fn meaning(&mut self, found: &FoundRoom) -> Result<PinReset, Box<Decided>> {
        if tells(&found.room, self.pins) {
            self.rooms += 1;
        } else {
            // Without the PINs before, it could not be told afterwards if a reset was carried out.
            self.unread.note(|| format!("{}: the server does not tell the room's PINs", found.row.told()));
        }
        if self.needs_addresses {
            let row = &found.row;
            match row.without_address(|email| self.mail.as_ref().map_or(Ok(()), |mail| mail.takes(email))) {
                Some(why) => self.addresses.note(|| why),
                None => row.email.iter().for_each(|email| self.owners.note(email)),
            }
        }
        Ok(PinReset { pins: self.pins, prints: self.printer.prints(&found.place.room, &found.room.pins) })
    }

    fn missing(&mut self, row: &RoomRow, missing: &Missing) {
        self.gone += u64::from(matches!(missing, Missing::Gone(_)));
        self.unread.note(|| format!("{}: {}", row.told(), missing.words()));
    }
}
