//! Ids that are made of what they are for: the same again for the same, another for anything else.

use crate::text::Clean;
use sha2::{Digest, Sha256};

/// A UUID made of `words` (version 8, "custom", of RFC 9562).
pub(super) fn of(words: &str) -> Clean {
    let digest = Sha256::digest(words);
    let mut hex: Vec<char> =
        digest.iter().take(16).flat_map(|byte| format!("{byte:02x}").chars().collect::<Vec<_>>()).collect();
    (hex[12], hex[16]) = ('8', '8');
    let part = |range: std::ops::Range<usize>| hex[range].iter().collect::<String>();
    Clean::new(&[part(0..8), part(8..12), part(12..16), part(16..20), part(20..32)].join("-"))
}
