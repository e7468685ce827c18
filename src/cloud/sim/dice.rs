//! Seeded durations: the same for a seed, a thing and what is done to it, in whatever order things are asked for.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sha2::{Digest, Sha256};

/// The seed of a world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dice(pub u64);

impl Dice {
    /// A number of seconds between `low` and `high`, fixed for `what`.
    pub fn seconds(self, what: &str, low: f64, high: f64) -> f64 {
        let mut seed: [u8; 32] = Sha256::digest(what.as_bytes()).into();
        for (byte, own) in seed.iter_mut().zip(self.0.to_le_bytes()) {
            *byte ^= own;
        }
        ChaCha8Rng::from_seed(seed).random_range(low..high)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_and_thing_give_the_same_duration_in_any_order() {
        let forward = [Dice(7).seconds("a", 1.0, 9.0), Dice(7).seconds("b", 1.0, 9.0)];
        let backward = [Dice(7).seconds("b", 1.0, 9.0), Dice(7).seconds("a", 1.0, 9.0)];
        assert_eq!(forward, [backward[1], backward[0]]);
        assert_ne!(Dice(7).seconds("a", 1.0, 9.0), Dice(8).seconds("a", 1.0, 9.0));
    }
}
