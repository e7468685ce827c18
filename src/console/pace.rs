//! How fast the time of someone else's drill passes just now, by what its events say of both clocks: who drives it slows
//! it down while they read. Pure.

use crate::recovery::{Event, objective};
use jiff::Timestamp;

/// How much of the wall's time two events must be apart to tell, in milliseconds: events of one moment tell nothing.
const APART_MS: u64 = 700;

/// The run's time against the wall's, as its newest events have it.
#[derive(Debug, Default)]
pub struct Paces {
    since: Option<(u64, u64, Timestamp)>,
    factor: Option<f64>,
}

impl Paces {
    /// Takes an event in.
    pub fn take(&mut self, event: &Event) {
        let now = (event.epoch, event.offset_ms, event.at);
        let Some((_, offset_ms, at)) = self.since.filter(|(epoch, ..)| *epoch == event.epoch) else {
            (self.since, self.factor) = (Some(now), None);
            return;
        };
        let Some(passed) = event.offset_ms.checked_sub(offset_ms).filter(|passed| *passed >= APART_MS) else { return };
        let passed = std::time::Duration::from_millis(passed).as_secs_f64();
        self.factor = Some(objective::seconds_between(at, event.at) / passed);
        self.since = Some(now);
    }

    /// Whether a run of `scale` is eased just now.
    pub fn is_eased(&self, scale: f64) -> bool {
        self.factor.is_some_and(|factor| scale > 1.0 && factor < f64::midpoint(1.0, scale))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recovery::{Mode, What};
    use jiff::SignedDuration;

    fn event(epoch: u64, offset_ms: u64, run_ms: i64) -> Event {
        let at = Timestamp::UNIX_EPOCH + SignedDuration::from_millis(run_ms);
        Event { seq: 0, at, offset_ms, epoch, by: "ana".into(), what: What::ModeChanged { mode: Mode::Auto } }
    }

    #[test]
    fn a_drill_is_eased_while_its_events_go_with_the_wall() {
        let mut paces = Paces::default();
        let mut told = Vec::new();
        for (offset_ms, run_ms) in [(0, 0), (10, 100), (1010, 10_100), (2010, 11_100), (3010, 12_100), (4010, 22_100)] {
            paces.take(&event(1, offset_ms, run_ms));
            told.push(paces.is_eased(10.0));
        }
        assert_eq!(told, [false, false, false, true, true, false]);
    }

    #[test]
    fn another_session_has_a_clock_of_its_own() {
        let mut paces = Paces::default();
        let told = [(1, 90_000, 0), (2, 0, 1000), (2, 1000, 11_000)];
        told.iter().for_each(|&(epoch, offset, run)| paces.take(&event(epoch, offset, run)));
        assert!(!paces.is_eased(10.0));
    }
}
