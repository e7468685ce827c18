//! The time a run lives in: the wall clock, or in a drill a scaled one, which can be eased to the wall's own pace for a
//! while. Every clone of a clock is the same clock. Follows tokio's clock, so paused time pauses it too.

use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// How long, in seconds of the wall, an answer is waited for at least.
const MOMENT_SECONDS: f64 = 0.25;

/// Tells the run's time and sleeps in it.
#[derive(Clone, Debug)]
pub struct Clock {
    scale: f64,
    pace: Arc<watch::Sender<Pace>>,
}

/// How the run's time goes since some moment.
#[derive(Clone, Copy, Debug)]
struct Pace {
    base: Timestamp,
    started: Instant,
    scale: f64,
}

impl Pace {
    fn at(&self, instant: Instant) -> Timestamp {
        let passed = instant.saturating_duration_since(self.started).as_secs_f64() * self.scale;
        SignedDuration::try_from_secs_f64(passed)
            .ok()
            .and_then(|by| self.base.checked_add(by).ok())
            .unwrap_or(self.base)
    }
}

/// How long `seconds` of a time `scale` times as fast as the wall's take on the wall.
fn real(seconds: f64, scale: f64) -> Duration {
    Duration::try_from_secs_f64((seconds / scale).max(0.0)).unwrap_or(Duration::MAX)
}

impl Clock {
    /// A clock that shows `base` now and runs `scale` times as fast as the wall.
    pub fn new(base: Timestamp, scale: f64) -> Self {
        let scale = if scale.is_finite() && scale > 0.0 { scale } else { 1.0 };
        Self { scale, pace: Arc::new(watch::Sender::new(Pace { base, started: Instant::now(), scale })) }
    }

    /// The wall clock.
    pub fn wall() -> Self {
        Self::new(Timestamp::now(), 1.0)
    }

    /// The run's time now.
    pub fn now(&self) -> Timestamp {
        self.pace.borrow().at(Instant::now())
    }

    /// How many times as fast as the wall it runs, where it is not eased.
    pub fn scale(&self) -> f64 {
        self.scale
    }

    /// Lets the time pass no faster than the wall's, or as fast as it is meant to again. It goes on from where it stands.
    pub fn ease(&self, eased: bool) {
        let wanted = if eased { self.scale.min(1.0) } else { self.scale };
        self.pace.send_if_modified(|pace| {
            if pace.scale == wanted {
                return false;
            }
            let now = Instant::now();
            *pace = Pace { base: pace.at(now), started: now, scale: wanted };
            true
        });
    }

    fn pace_now(&self) -> f64 {
        self.pace.borrow().scale
    }

    /// How long `seconds` of the run's time take on the wall, where it is not eased.
    pub fn real(&self, seconds: f64) -> Duration {
        real(seconds, self.scale)
    }

    /// Sleeps `seconds` of the run's time, at whatever pace it goes meanwhile.
    pub async fn sleep(&self, seconds: f64) {
        let mut paces = self.pace.subscribe();
        let mut left = seconds;
        loop {
            let Pace { scale, .. } = *paces.borrow_and_update();
            let since = Instant::now();
            tokio::select! {
                () = tokio::time::sleep(real(left, scale)) => return,
                _ = paces.changed() => left -= since.elapsed().as_secs_f64() * scale,
            }
        }
    }

    /// What `future` comes to within `seconds` of the run's time, at whatever pace it goes meanwhile. However fast that is, an
    /// answer is given a moment of the wall's time: that a machine is busy is no silence of a cloud.
    pub async fn within<T>(&self, seconds: f64, future: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            done = future => Some(done),
            () = self.sleep(seconds.max(MOMENT_SECONDS * self.pace_now())) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    fn seconds_between(from: Timestamp, to: Timestamp) -> f64 {
        to.duration_since(from).as_secs_f64()
    }

    async fn wall(seconds: f64) {
        tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn an_eased_clock_goes_on_from_where_it_stands_and_never_back() {
        let clock = Clock::new(Timestamp::UNIX_EPOCH, 10.0);
        let shown = |clock: &Clock| seconds_between(Timestamp::UNIX_EPOCH, clock.now());
        let mut before = 0.0;
        for (eased, passed) in [(false, 20.0), (true, 2.0), (true, 2.0), (false, 20.0), (true, 2.0)] {
            clock.ease(eased);
            assert!((shown(&clock) - before).abs() < 1e-6, "no jump: {before} to {}", shown(&clock));
            wall(2.0).await;
            assert!((shown(&clock) - before - passed).abs() < 1e-6, "{eased}: {}", shown(&clock));
            before = shown(&clock);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_sleeps_in_it_sleeps_at_its_pace() {
        let clock = Clock::new(Timestamp::UNIX_EPOCH, 10.0);
        let (began, sleeper) = (Instant::now(), clock.clone());
        let slept = tokio::spawn(async move {
            sleeper.sleep(100.0).await;
            (began.elapsed().as_secs_f64(), seconds_between(Timestamp::UNIX_EPOCH, sleeper.now()))
        });
        wall(5.0).await;
        clock.ease(true);
        wall(20.0).await;
        clock.ease(false);
        let (on_the_wall, in_the_run) = slept.await.expect("it wakes");
        assert!((on_the_wall - 28.0).abs() < 0.1, "5 s at ten, 20 s at one, 3 s at ten: {on_the_wall}");
        assert!((in_the_run - 100.0).abs() < 0.1, "{in_the_run}");
    }

    #[tokio::test(start_paused = true)]
    async fn patience_is_the_runs_own_at_either_pace() {
        let clock = Clock::new(Timestamp::UNIX_EPOCH, 10.0);
        clock.ease(true);
        assert_eq!(clock.within(10.0, clock.sleep(9.0)).await, Some(()));
        assert_eq!(clock.within(9.0, clock.sleep(10.0)).await, None);
        let fast = Clock::new(Timestamp::UNIX_EPOCH, 300.0);
        assert_eq!(fast.within(9.0, wall(0.2)).await, Some(()), "a busy machine is no silence");
        assert_eq!(fast.within(9.0, wall(0.3)).await, None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_clock_that_is_no_faster_than_the_wall_is_not_eased() {
        for scale in [1.0, 0.5] {
            let clock = Clock::new(Timestamp::UNIX_EPOCH, scale);
            clock.ease(true);
            wall(10.0).await;
            assert!((seconds_between(Timestamp::UNIX_EPOCH, clock.now()) - 10.0 * scale).abs() < 1e-6);
        }
    }
}
