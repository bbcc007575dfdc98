//! Names the party that shares a rate among several processes. The client sees slices of time alone: who keeps them, and where, is
//! none of its business.

use std::fmt::Debug;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::time::Instant;

/// Shares the rate of a server among all processes that send to it: at one time, one of them has the whole rate.
pub trait Budget: Debug + Send + Sync {
    /// Reserves the next slice that nobody has, of that length, and no sooner than `from` from now. Answers once it is this process's,
    /// however long that takes: until then nothing is sent. One whose answer nobody waits for is lost.
    fn reserve(&self, server: &str, from: Duration, length: Duration) -> BoxFuture<'static, Slice>;

    /// Tells whether this process may still send anything: another may do its work by now. It is asked before a request is sent, and once more as it leaves.
    fn may_send(&self) -> bool;
}

/// A time in which no other process sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slice {
    /// The latest moment at which it may begin, by this machine's clock.
    pub begins: Instant,
    /// By so much it may begin earlier, since two clocks are never known to agree.
    pub unsure: Duration,
}
