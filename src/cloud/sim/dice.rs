//! Chance that repeats: every number is drawn from the seed and from what it is for, never from the order of calls.

use jiff::{SignedDuration, Timestamp};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use sha2::{Digest, Sha256};

/// Draws numbers for a seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dice {
    seed: u64,
}

impl Dice {
    /// The dice of `seed`.
    pub fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// Some 64 bits for `purpose`: the same for the same seed and purpose, on every machine.
    pub fn bits(&self, purpose: &str) -> u64 {
        let digest = Sha256::new().chain_update(self.seed.to_le_bytes()).chain_update(purpose).finalize();
        ChaCha8Rng::from_seed(digest.into()).next_u64()
    }

    /// A number from 0 up to, not including, 1.
    pub fn fraction(&self, purpose: &str) -> f64 {
        // 53 bits are what an f64 holds exactly.
        (self.bits(purpose) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A number from `low` up to `high`.
    pub fn between(&self, purpose: &str, low: f64, high: f64) -> f64 {
        low + (high - low) * self.fraction(purpose)
    }
}

/// `seconds` after `at`; before it when negative.
pub fn later(at: Timestamp, seconds: f64) -> Timestamp {
    let by = SignedDuration::try_from_secs_f64(seconds).unwrap_or(SignedDuration::MAX);
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// Seconds from `from` to `to`; negative when `to` is earlier.
pub fn seconds(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_purpose_draws_the_same_number_and_another_draws_another() {
        let dice = Dice::new(7);
        assert_eq!(dice.bits("promote orders"), Dice::new(7).bits("promote orders"));
        assert_ne!(dice.bits("promote orders"), dice.bits("promote catalog"));
        assert_ne!(dice.bits("promote orders"), Dice::new(8).bits("promote orders"));
    }

    #[test]
    fn the_stream_of_a_seed_never_changes() {
        // Recorded drills repeat only as long as this number stays.
        assert_eq!(Dice::new(1).bits("fixed"), 3_101_791_101_422_009_538);
    }

    #[test]
    fn numbers_stay_within_their_bounds() {
        let dice = Dice::new(3);
        for nth in 0..1000 {
            let number = dice.between(&format!("{nth}"), 180.0, 420.0);
            assert!((180.0..420.0).contains(&number), "{number}");
        }
    }
}
