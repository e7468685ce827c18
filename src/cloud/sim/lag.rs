//! Simulated replication lag: a sample a minute, as RDS publishes it, until the region that it comes from is gone.

use super::fault::FaultKind;
use super::world::World;
use crate::service::observation::LagSample;
use crate::text::Clean;
use jiff::Timestamp;

/// Seconds between two samples.
const PERIOD: f64 = 60.0;

impl World {
    /// The newest sample of a replica's lag at `now`. Its `sampled_at` is in seconds after the run's start, as a
    /// timestamp from the epoch; the caller moves it to the run's time.
    pub(super) fn lag(&self, region: &str, id: &str, now: f64) -> LagSample {
        let none = |why: &str| LagSample { seconds: None, sampled_at: None, instead: Some(Clean::new(why)) };
        let Some(database) = self.database(region, id, now).filter(|database| database.is_replica(now)) else {
            return none("no sample in the last 15 minutes");
        };
        let component = Some(database.component.as_str());
        if self.has(FaultKind::ReplicationStopped, now, region, component) {
            let at = Timestamp::from_second(self.sample_time(now, &database.component) as i64).ok();
            let instead = Some(Clean::new("-1: replication may not be active"));
            return LagSample { seconds: None, sampled_at: at, instead };
        }
        let dark = database.source.as_ref().and_then(|source| self.dark_since(&source.region, now));
        let stale = self.faults.iter().filter(|fault| {
            fault.kind == FaultKind::StaleMetric && fault.is_active(now) && fault.hits_component(component)
        });
        let stopped = stale.map(|fault| fault.at).chain(dark).fold(now, f64::min);
        if stopped == f64::NEG_INFINITY || now - stopped > 900.0 {
            return none("no sample in the last 15 minutes");
        }
        let at = self.sample_time(stopped, &database.component);
        let usual = self.dice.seconds(&format!("lag/{region}/{id}/{at}"), 0.3, 3.0);
        let mut asked = self
            .faults
            .iter()
            .filter(|fault| fault.kind == FaultKind::Lag && fault.is_active(at) && fault.hits_component(component));
        let seconds = asked.find_map(|fault| fault.seconds).unwrap_or((usual * 10.0).round() / 10.0);
        LagSample { seconds: Some(seconds), sampled_at: Timestamp::from_second(at as i64).ok(), instead: None }
    }

    /// The time of the newest sample at or before `now`. Stores are sampled apart, each once a minute.
    fn sample_time(&self, now: f64, component: &str) -> f64 {
        let phase = self.dice.seconds(&format!("phase/{component}"), 0.0, PERIOD).floor();
        ((now - phase) / PERIOD).floor() * PERIOD + phase
    }
}
