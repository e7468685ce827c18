//! How often a step is looked at: seldom while nothing can have happened, fast near the expected end, slower again
//! past it and when throttled; on a common grid, so that steps that wait together are asked for in one call.

use jiff::Timestamp;

/// How often a step is looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// The shortest wait between two looks, in seconds; also the grid.
    pub shortest: f64,
    /// The longest, in seconds.
    pub longest: f64,
}

impl Default for Pace {
    fn default() -> Self {
        Self { shortest: 2.0, longest: 15.0 }
    }
}

impl Pace {
    /// How many seconds to wait at `now`, for a step expected to take `expected` that has run for `run` seconds.
    pub fn wait(&self, now: Timestamp, expected: f64, run: f64, throttled: bool) -> f64 {
        let to_end = (expected - run).abs();
        let wanted = (to_end / 4.0).clamp(self.shortest, self.longest);
        let wanted = if throttled { self.longest.max(wanted * 2.0) } else { wanted };
        to_grid(now, wanted, self.shortest)
    }
}

/// The first point of the grid at or after `wanted` seconds from `now`, less half a grid: steps that wait for
/// almost as long meet there.
fn to_grid(now: Timestamp, wanted: f64, grid: f64) -> f64 {
    if grid <= 0.0 {
        return wanted;
    }
    let now = now.as_millisecond() as f64 / 1000.0;
    let target = ((now + wanted) / grid).round() * grid;
    (target - now).max(grid / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_looks_often_near_the_expected_end_and_seldom_elsewhere() {
        let pace = Pace::default();
        let now = Timestamp::UNIX_EPOCH;
        assert_eq!(pace.wait(now, 300.0, 0.0, false), 16.0);
        assert_eq!(pace.wait(now, 300.0, 298.0, false), 2.0);
        assert!(pace.wait(now, 300.0, 400.0, false) > 10.0);
    }

    #[test]
    fn throttling_slows_it_and_never_stops_it() {
        let pace = Pace::default();
        let wait = pace.wait(Timestamp::UNIX_EPOCH, 10.0, 10.0, true);
        assert!((15.0..=31.0).contains(&wait), "{wait}");
    }

    #[test]
    fn steps_that_started_apart_meet_on_the_grid() {
        let pace = Pace::default();
        let at = |ms: i64| Timestamp::from_millisecond(ms).expect("in range");
        let due = |ms: i64| ms + (pace.wait(at(ms), 0.0, 2.0, false) * 1000.0) as i64;
        assert_eq!(due(10_300), due(10_900));
    }
}
