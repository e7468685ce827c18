//! The key of a run: without it nobody can tell by a token whether a value they try is the one.

use super::token::Token;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fmt;

/// How many bytes a key has.
pub const LENGTH: usize = 32;
/// How many bytes of a hash a token shows: enough that no two values of a run share one.
const SHOWN: usize = 8;

/// The key of a run.
#[derive(Clone, PartialEq, Eq)]
pub struct Key([u8; LENGTH]);

impl Key {
    /// The key of these bytes, which only chance may have made.
    pub fn new(bytes: [u8; LENGTH]) -> Self {
        Self(bytes)
    }

    /// The key written as `text` by [`Key::to_text`]; `None` for anything else.
    pub fn from_text(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.len() != 2 * LENGTH || !text.is_ascii() {
            return None;
        }
        let mut bytes = [0; LENGTH];
        for (nth, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(text.get(2 * nth..2 * nth + 2)?, 16).ok()?;
        }
        Some(Self(bytes))
    }

    /// The key in hexadecimal, for its file and nothing else.
    pub fn to_text(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// What stands for `value`: its length in characters and its HMAC-SHA-256 by this key, cut short.
    pub fn token(&self, value: &str) -> Token {
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&self.0).expect("HMAC takes keys of any length");
        mac.update(value.as_bytes());
        let hash = mac.finalize().into_bytes();
        let shown: String = hash.iter().take(SHOWN).map(|byte| format!("{byte:02x}")).collect();
        Token::sealed(value.chars().count(), &shown)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_it_was_written_and_shown_to_nobody() {
        let key = Key::new(std::array::from_fn(|nth| nth as u8 * 7));
        assert_eq!(Key::from_text(&format!("{}\n", key.to_text())), Some(key.clone()));
        for text in ["", "00", &"g".repeat(64), &"é".repeat(32), &"0".repeat(63), &"0".repeat(65)] {
            assert_eq!(Key::from_text(text), None, "{text}");
        }
        assert_eq!(format!("{key:?}"), "Key(…)");
    }

    #[test]
    fn a_token_tells_the_length_and_nothing_without_the_key() {
        let (one, other) = (Key::new([1; LENGTH]), Key::new([2; LENGTH]));
        assert_eq!(one.token("hunter2"), one.token("hunter2"));
        assert_ne!(one.token("hunter2"), one.token("hunter3"));
        assert_ne!(one.token("hunter2"), other.token("hunter2"));
        assert!(one.token("größe").as_str().starts_with("⟦sealed-5-"), "{}", one.token("größe"));
        // RFC 4231, test case 2, shows that it is HMAC-SHA-256 and nothing of our own.
        let rfc = Hmac::<Sha256>::new_from_slice(b"Jefe").map(|mut mac| {
            mac.update(b"what do ya want for nothing?");
            mac.finalize().into_bytes()[..4].to_vec()
        });
        assert_eq!(rfc.expect("a key"), [0x5b, 0xdc, 0xc1, 0x46]);
    }
}
