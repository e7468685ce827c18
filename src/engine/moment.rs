//! A moment on a clock that never goes back and that a suspended machine does not stop: how old an intent is when its
//! act is to leave.

use rustix::time::{ClockId, Timespec, clock_gettime};
use std::time::Duration;

/// A moment.
#[derive(Clone, Copy, Debug)]
pub struct Moment(Timespec);

/// Linux stops its monotonic clock while the machine sleeps, and has this one for who must not.
#[cfg(target_os = "linux")]
const CLOCK: ClockId = ClockId::Boottime;
#[cfg(not(target_os = "linux"))]
const CLOCK: ClockId = ClockId::Monotonic;

impl Moment {
    /// Now.
    pub fn now() -> Self {
        Self(clock_gettime(CLOCK))
    }

    /// A moment that is as long ago.
    #[cfg(test)]
    pub(super) fn ago(age: Duration) -> Self {
        let Timespec { tv_sec, tv_nsec } = clock_gettime(CLOCK);
        Self(Timespec { tv_sec: tv_sec.saturating_sub_unsigned(age.as_secs()), tv_nsec })
    }

    /// How long ago it was.
    pub fn age(&self) -> Duration {
        let seconds = |time: Timespec| time.tv_sec as f64 + time.tv_nsec as f64 / 1e9;
        Duration::try_from_secs_f64(seconds(clock_gettime(CLOCK)) - seconds(self.0)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_grows_older() {
        let moment = Moment::now();
        std::thread::sleep(Duration::from_millis(20));
        let age = moment.age();
        assert!((Duration::from_millis(20)..Duration::from_secs(5)).contains(&age), "{age:?}");
    }
}
