//! Limits how often a token may be guessed: so many wrong ones a minute from one address, and then none is looked at, right or wrong.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Wrong tokens from one address within [`WINDOW`].
const MOST: u32 = 10;
/// The time for which a wrong token counts.
const WINDOW: Duration = Duration::from_mins(1);
/// Addresses that are counted one by one; all others together are one more.
const ADDRESSES: usize = 1024;

/// The party that guesses: the address of another machine, or of the network of an IPv6 address, or `None` for this machine and for
/// whatever a proxy on it lets through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Peer(Option<IpAddr>);

impl Peer {
    /// This machine, and a proxy on it.
    pub(super) const LOCAL: Self = Self(None);

    pub(super) fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(near) if near.is_loopback() => Self::LOCAL,
            IpAddr::V6(near) if near.is_loopback() => Self::LOCAL,
            IpAddr::V6(far) => {
                let [a, b, c, d, ..] = far.segments();
                Self(Some([a, b, c, d, 0, 0, 0, 0].into()))
            }
            far @ IpAddr::V4(_) => Self(Some(far)),
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Wrong {
    count: u32,
    since: Instant,
}

/// The wrong tokens of late.
#[derive(Debug, Default)]
pub(super) struct Guesses {
    wrong: Mutex<BTreeMap<Option<Peer>, Wrong>>,
}

impl Guesses {
    /// Tells for how long no token of this peer is looked at; `None` where one is.
    pub(super) fn closed_for(&self, peer: Peer, now: Instant) -> Option<Duration> {
        let wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        let counted = wrong.get(&Some(peer)).or_else(|| wrong.get(&None).filter(|_| wrong.len() > ADDRESSES))?;
        let left = (counted.since + WINDOW).checked_duration_since(now).filter(|left| !left.is_zero())?;
        (counted.count >= MOST).then_some(left)
    }

    /// Counts a wrong token.
    pub(super) fn count(&self, peer: Peer, now: Instant) {
        let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        if wrong.len() >= ADDRESSES {
            wrong.retain(|_, counted| counted.since + WINDOW > now);
        }
        let key = if wrong.len() < ADDRESSES || wrong.contains_key(&Some(peer)) { Some(peer) } else { None };
        let counted = wrong.entry(key).or_insert(Wrong { count: 0, since: now });
        if counted.since + WINDOW <= now {
            *counted = Wrong { count: 0, since: now };
        }
        counted.count = counted.count.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(n: u32) -> Peer {
        Peer::of(IpAddr::from(n.to_be_bytes()))
    }

    #[test]
    fn ten_wrong_tokens_close_the_door_for_the_rest_of_a_minute_and_for_nobody_else() {
        let (guesses, now) = (Guesses::default(), Instant::now());
        for _ in 0..MOST {
            assert_eq!(guesses.closed_for(peer(1), now), None);
            guesses.count(peer(1), now);
        }
        assert_eq!(guesses.closed_for(peer(1), now), Some(WINDOW));
        assert_eq!(guesses.closed_for(peer(2), now), None);
        assert_eq!(guesses.closed_for(peer(1), now + WINDOW), None);
        guesses.count(peer(1), now + WINDOW);
        assert_eq!(guesses.closed_for(peer(1), now + WINDOW), None);
    }

    #[test]
    fn more_addresses_than_are_counted_are_one_together_and_take_no_more_memory() {
        let (guesses, now) = (Guesses::default(), Instant::now());
        for n in 0..5000 {
            guesses.count(peer(n), now);
        }
        assert!(guesses.wrong.lock().unwrap().len() <= ADDRESSES + 1);
        assert!(guesses.closed_for(peer(4999), now).is_some());
        assert_eq!(guesses.closed_for(peer(3), now), None);
        guesses.count(peer(9999), now + WINDOW);
        assert_eq!(guesses.wrong.lock().unwrap().len(), 1);
    }

    #[test]
    fn a_network_of_ipv6_is_one_and_this_machine_is_one() {
        let of = |text: &str| Peer::of(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!((of("127.0.0.1"), of("::1"), of("::ffff:127.0.0.5")), (Peer::LOCAL, Peer::LOCAL, Peer::LOCAL));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
    }
}
