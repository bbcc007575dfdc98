//! Tells whether mail can be sent: asked before the first PIN is reset, for an owner who is not told is locked out.
//! Jobs do not know mail, so their builder hands this in.

use std::fmt::Debug;

use futures_util::future::BoxFuture;

/// Owners' addresses, one after the other.
pub type Owners<'a> = &'a mut (dyn Iterator<Item = String> + Send);

/// Hears of an address that would not be taken, and why.
pub type OnRefusal<'a> = &'a mut (dyn FnMut(&str, String) + Send);

/// The way to the mail server.
pub trait Post: Send + Sync + Debug {
    /// Asks whether the mail server would take a mail to each of these now, or to any address where there are none. An error says
    /// why it would take none at all, in words.
    fn ask<'a>(&'a self, to: Owners<'a>, on_refusal: OnRefusal<'a>) -> BoxFuture<'a, Result<(), String>>;

    /// Returns the doubt about a yes, as a sentence; `None` where the yes can be relied on.
    fn doubt(&self) -> Option<String>;

    /// Tells whether a mail can be made out to this address; if not, why, in words.
    fn takes(&self, address: &str) -> Result<(), String>;
}
