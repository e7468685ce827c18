//! How fast a recording is played.

use std::fmt;

/// The speeds, in seconds of the run for each of the viewer's.
const SPEEDS: [f64; 10] = [0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 60.0, 120.0, 300.0, 1000.0];

/// One of the speeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Speed(usize);

impl Speed {
    /// The speed nearest to `times`, by ratio.
    pub fn nearest(times: f64) -> Self {
        let distance = |speed: &f64| (times.max(f64::MIN_POSITIVE) / speed).ln().abs();
        let nearest = (0..SPEEDS.len()).min_by(|a, b| distance(&SPEEDS[*a]).total_cmp(&distance(&SPEEDS[*b])));
        Self(nearest.unwrap_or(1))
    }

    /// Seconds of the run for each of the viewer's.
    pub fn times(self) -> f64 {
        SPEEDS[self.0]
    }

    /// The next faster one; the fastest stays.
    pub fn faster(self) -> Self {
        Self((self.0 + 1).min(SPEEDS.len() - 1))
    }

    /// The next slower one; the slowest stays.
    pub fn slower(self) -> Self {
        Self(self.0.saturating_sub(1))
    }
}

impl fmt::Display for Speed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "×{}", self.times())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_speed_is_taken_and_the_ends_hold() {
        assert_eq!(Speed::nearest(11.0).times(), 10.0);
        assert_eq!(Speed::nearest(1e9).times(), 1000.0);
        assert_eq!(Speed::nearest(-3.0).times(), 0.5);
        assert_eq!(Speed::nearest(1000.0).faster().times(), 1000.0);
        assert_eq!(Speed::nearest(0.5).slower().times(), 0.5);
        assert_eq!(Speed::nearest(1.0).faster().to_string(), "×2");
    }
}
