//! Whether mail can be sent: asked before the first PIN is reset, for an owner who is not told is locked out. Jobs do not know
//! mail, so whoever builds them hands this in.

use std::fmt::Debug;

use futures_util::future::BoxFuture;

/// The way to the mail server.
pub trait Post: Send + Sync + Debug {
    /// Whether the mail server would take a mail now; if not, why, in words.
    fn answers(&self) -> BoxFuture<'_, Result<(), String>>;

    /// Whether a mail can be made out to this address.
    fn takes(&self, address: &str) -> bool;
}
