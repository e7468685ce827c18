//! The time a run lives in: the wall clock, or in a drill a scaled one. Follows tokio's clock, so paused time pauses it too.

use jiff::{SignedDuration, Timestamp};
use std::time::Duration;
use tokio::time::Instant;

/// Tells the run's time and sleeps in it.
#[derive(Clone, Debug)]
pub struct Clock {
    base: Timestamp,
    started: Instant,
    scale: f64,
}

impl Clock {
    /// A clock that shows `base` now and runs `scale` times as fast as the wall.
    pub fn new(base: Timestamp, scale: f64) -> Self {
        Self { base, started: Instant::now(), scale: if scale.is_finite() && scale > 0.0 { scale } else { 1.0 } }
    }

    /// The wall clock.
    pub fn wall() -> Self {
        Self::new(Timestamp::now(), 1.0)
    }

    /// The run's time now.
    pub fn now(&self) -> Timestamp {
        self.at(Instant::now())
    }

    /// The run's time at `instant`.
    pub fn at(&self, instant: Instant) -> Timestamp {
        let passed = instant.saturating_duration_since(self.started).as_secs_f64() * self.scale;
        SignedDuration::try_from_secs_f64(passed)
            .ok()
            .and_then(|by| self.base.checked_add(by).ok())
            .unwrap_or(self.base)
    }

    /// How many times as fast as the wall it runs.
    pub fn scale(&self) -> f64 {
        self.scale
    }

    /// How long `seconds` of the run's time take on the wall.
    pub fn real(&self, seconds: f64) -> Duration {
        Duration::try_from_secs_f64((seconds / self.scale).max(0.0)).unwrap_or(Duration::MAX)
    }

    /// Sleeps `seconds` of the run's time.
    pub async fn sleep(&self, seconds: f64) {
        tokio::time::sleep(self.real(seconds)).await;
    }
}
