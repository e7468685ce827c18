//! Simulated CloudWatch: the lag of a replica, sampled once a minute, and no sample at all where AWS gives none.

use super::database::Database;
use super::dice::Dice;
use super::fault::FaultKind;
use super::trouble::Troubles;
use crate::service::observation::LagSample;
use jiff::Timestamp;

/// RDS publishes once a minute.
const PERIOD_SECONDS: i64 = 60;
/// How far back a sample is looked for, in samples: as with the real one, fifteen minutes.
const LOOKED_BACK: i64 = 15;

/// The newest sample of the lag of `replica`, replicating from `source`, at `at`.
pub fn lag(
    replica: Option<&Database>,
    source: Option<&Database>,
    troubles: &Troubles,
    dice: &Dice,
    at: Timestamp,
) -> LagSample {
    let none =
        || LagSample { seconds: None, sampled_at: None, instead: Some("no sample in the last 15 minutes".into()) };
    let (Some(replica), Some(source)) = (replica, source) else { return none() };
    let key = replica.key();
    let newest = at.as_second().div_euclid(PERIOD_SECONDS);
    let samples = (0..LOOKED_BACK).filter_map(|back| Timestamp::from_second((newest - back) * PERIOD_SECONDS).ok());
    let is_taken = |sampled: &Timestamp| {
        let is_stale = troubles.active(FaultKind::StaleMetric, &key, *sampled).is_some();
        // When the source's region dies the metric stops, whatever it said last.
        !is_stale && troubles.gone_since(&source.region, *sampled).is_none() && replica.is_replica(troubles, *sampled)
    };
    let Some(sampled_at) = samples.into_iter().find(is_taken) else { return none() };
    if troubles.active(FaultKind::ReplicationStopped, &key, sampled_at).is_some() {
        let instead = Some("-1: replication may not be active".into());
        return LagSample { seconds: None, sampled_at: Some(sampled_at), instead };
    }
    let usual = dice.between(&format!("{key} lag {}", sampled_at.as_second()), 0.3, 3.0);
    let lag = troubles.lag(&key, usual, sampled_at).unwrap_or(usual);
    LagSample { seconds: Some((lag * 10.0).round() / 10.0), sampled_at: Some(sampled_at), instead: None }
}
