//! Keeps the leases of the items under way, over all runs: one write at a time per meeting or room, and one item at
//! a time per meeting to be made.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

/// The keys that are held now. At most one per item under way.
#[derive(Debug, Clone, Default)]
pub struct Leases(Arc<Mutex<HashSet<Arc<str>>>>);

/// A held key; free again when this is dropped.
#[derive(Debug)]
pub struct Lease {
    key: Arc<str>,
    leases: Leases,
}

impl Leases {
    /// Holds `key`; `None` while another item holds it.
    #[must_use]
    pub fn hold(&self, key: &str) -> Option<Lease> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key: Arc<str> = key.into();
        held.insert(Arc::clone(&key)).then(|| Lease { key, leases: self.clone() })
    }

    /// Tells whether an item holds `key`.
    #[must_use]
    pub fn is_held(&self, key: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(key)
    }

    /// Holds all of these keys; none of them while another item holds one.
    #[must_use]
    pub fn hold_all(&self, keys: &[String]) -> Option<Vec<Lease>> {
        keys.iter().map(|key| self.hold(key)).collect()
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.leases.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_held_by_one_at_a_time() {
        let leases = Leases::default();
        let first = leases.hold("meeting:m1").unwrap();
        assert!(leases.clone().hold("meeting:m1").is_none());
        assert!(leases.hold("meeting:m2").is_some());
        assert!(leases.is_held("meeting:m1") && !leases.is_held("meeting:m2"));
        drop(first);
        assert!(leases.hold("meeting:m1").is_some());
    }
}
