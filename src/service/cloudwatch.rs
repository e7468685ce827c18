//! What Amazon CloudWatch said of a metric, as data: seconds, whatever the unit of the metric is.

use super::ask::Ask;
use super::observation as any;
use super::work::Want;
use crate::text::Clean;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What was seen. `None` inside means: the answer was that there is no such thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "saw", rename_all = "snake_case")]
pub enum Observation {
    /// The samples of a lag metric.
    Lag(LagSeries),
}

/// The samples of a replication lag metric.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LagSeries {
    /// The newest, as it is kept in a journal.
    pub newest: LagSample,
    /// The samples of the last quarter of an hour, newest first: when each one's minute began, by the cloud's clock, and its
    /// seconds as they were told, −1 included.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recent: Vec<(Timestamp, f64)>,
}

/// The newest sample of a replication lag metric.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LagSample {
    /// The lag, in seconds whatever the API's unit. `None`: no sample, or a value (−1) that means replication may not be active.
    pub seconds: Option<f64>,
    /// When the sample was taken, by the cloud's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sampled_at: Option<Timestamp>,
    /// What was said instead of a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instead: Option<Clean>,
}

/// The samples that `ask` asks for.
pub(super) fn lag(ask: Ask) -> Want<LagSeries> {
    Want::new(ask, |seen| match seen {
        any::Observation::CloudWatch(Observation::Lag(series)) => Some(Some(series)),
        _ => None,
    })
}
