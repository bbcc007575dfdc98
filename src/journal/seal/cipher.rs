//! Seals and opens bytes by XChaCha20-Poly1305, as a process does that seals many: of a nonce's 24 bytes the first 16 are drawn once and
//! the last eight are a counter, so the key that follows from the first 16 is derived once. What is sealed has the same form as with
//! nonces that are all drawn: the nonce, the hidden bytes, and a tag of 16.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use aws_lc_rs::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use chacha20::cipher::consts::U10;
use chacha20::hchacha;

/// Bytes of a nonce.
const NONCE: usize = 24;
/// Bytes of it from which the key is derived that seals.
const DRAWN: usize = 16;
/// Bytes of a tag.
const TAG: usize = 16;

/// A key, and the keys derived from it that are in use.
pub(super) struct Cipher {
    key: [u8; 32],
    /// The one that seals.
    own: Derived,
    /// The number of those sealed. A process does not come to the end of it.
    sealed: AtomicU64,
    /// The one that opened last what another process has sealed: many of its kind follow one another.
    other: Mutex<Option<Derived>>,
}

/// A key that was derived, and the bytes from which.
struct Derived {
    drawn: [u8; DRAWN],
    key: LessSafeKey,
}

impl Derived {
    fn of(key: &[u8; 32], drawn: [u8; DRAWN]) -> Option<Self> {
        let derived = hchacha::<U10>(key.into(), &drawn.into());
        Some(Self { drawn, key: LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, &derived).ok()?) })
    }

    fn open(&self, counted: [u8; NONCE - DRAWN], hidden: &[u8]) -> Option<Vec<u8>> {
        let mut plain = hidden.to_vec();
        let length = self.key.open_in_place(nonce(counted), Aad::empty(), &mut plain).ok()?.len();
        plain.truncate(length);
        Some(plain)
    }
}

impl Cipher {
    /// Draws the bytes that are this process's own.
    pub(super) fn of(key: [u8; 32]) -> Result<Self, getrandom::Error> {
        let mut drawn = [0; DRAWN];
        getrandom::fill(&mut drawn)?;
        let own = Derived::of(&key, drawn).ok_or(getrandom::Error::UNEXPECTED)?;
        Ok(Self { key, own, sealed: AtomicU64::new(0), other: Mutex::default() })
    }

    /// Seals bytes. `None` cannot come, as long as there is memory.
    pub(super) fn seal(&self, plain: &[u8]) -> Option<Vec<u8>> {
        let counted = self.sealed.fetch_add(1, Ordering::Relaxed).to_le_bytes();
        let mut sealed = Vec::with_capacity(NONCE + plain.len() + TAG);
        sealed.extend_from_slice(&self.own.drawn);
        sealed.extend_from_slice(&counted);
        sealed.extend_from_slice(plain);
        let hidden = &mut sealed[NONCE..];
        let tag = self.own.key.seal_in_place_separate_tag(nonce(counted), Aad::empty(), hidden).ok()?;
        sealed.extend_from_slice(tag.as_ref());
        Some(sealed)
    }

    /// Opens what was sealed with this key, by whichever process; `None` where it was not.
    pub(super) fn open(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        let (drawn, rest) = sealed.split_first_chunk::<DRAWN>()?;
        let (counted, hidden) = rest.split_first_chunk()?;
        if *drawn == self.own.drawn {
            return self.own.open(*counted, hidden);
        }
        let mut other = self.other.lock().unwrap_or_else(PoisonError::into_inner);
        if other.as_ref().is_none_or(|other| other.drawn != *drawn) {
            *other = Some(Derived::of(&self.key, *drawn)?);
        }
        other.as_ref()?.open(*counted, hidden)
    }
}

/// The nonce of the cipher below: eight bytes behind four zeros.
fn nonce(counted: [u8; NONCE - DRAWN]) -> Nonce {
    let mut nonce = [0; 12];
    nonce[4..].copy_from_slice(&counted);
    Nonce::assume_unique_for_key(nonce)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn no_nonce_comes_twice_and_two_processes_draw_their_own() {
        let (one, other) = (Cipher::of([7; 32]).unwrap(), Cipher::of([7; 32]).unwrap());
        let nonces: HashSet<_> = [&one, &other]
            .iter()
            .flat_map(|by| (0..1000).map(move |_| by.seal(b"pin").unwrap()[..NONCE].to_vec()))
            .collect();
        assert_eq!(nonces.len(), 2000);
        assert_ne!(one.own.drawn, other.own.drawn);
    }

    #[test]
    fn the_form_is_that_of_the_published_vector() {
        // draft-irtf-cfrg-xchacha-03, A.3.1, but for what is authenticated beside the text: derived key and hidden text.
        let key: [u8; 32] = std::array::from_fn(|at| 0x80 + u8::try_from(at).unwrap());
        let drawn: [u8; DRAWN] = std::array::from_fn(|at| 0x40 + u8::try_from(at).unwrap());
        let counted: [u8; 8] = std::array::from_fn(|at| 0x50 + u8::try_from(at).unwrap());
        let derived = Derived::of(&key, drawn).unwrap();
        let mut text = b"Ladies and Gentlemen of the class of '99".to_vec();
        let _tag = derived.key.seal_in_place_separate_tag(nonce(counted), Aad::empty(), &mut text).unwrap();
        let hidden = [0xbd, 0x6d, 0x17, 0x9d, 0x3e, 0x83, 0xd4, 0x3b, 0x95, 0x76, 0x57, 0x94, 0x93, 0xc0, 0xe9, 0x39];
        assert_eq!(text[..16], hidden);
    }

    proptest! {
        #[test]
        fn what_is_sealed_is_opened_here_and_elsewhere_and_nothing_else_is(
            plain in any::<Vec<u8>>(),
            at in any::<prop::sample::Index>(),
        ) {
            let (here, elsewhere) = (Cipher::of([7; 32]).unwrap(), Cipher::of([7; 32]).unwrap());
            let sealed = here.seal(&plain).unwrap();
            prop_assert_eq!(here.open(&sealed), Some(plain.clone()));
            prop_assert_eq!(elsewhere.open(&sealed), Some(plain.clone()));
            prop_assert_eq!(Cipher::of([8; 32]).unwrap().open(&sealed), None);
            let mut changed = sealed.clone();
            changed[at.index(sealed.len())] ^= 1;
            prop_assert_eq!(here.open(&changed), None);
            prop_assert_eq!(here.open(&sealed[..at.index(sealed.len())]), None);
        }
    }
}
