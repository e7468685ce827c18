//! The simulated Service Quotas: room enough for everything, and as much in one region as in the other.

use super::world::{Together, World};
use crate::plan::Region;
use crate::service::observation::Quota;
use crate::service::{Observation, QuotasObservation, QuotasQuery};
use jiff::Timestamp;

/// What every quota comes to.
const VALUE: f64 = 100_000.0;

/// What a question is about: no single thing.
pub(super) fn of_query(_region: &Region, query: &QuotasQuery) -> Option<String> {
    match query {
        QuotasQuery::Quota { .. } => None,
    }
}

/// With what others it is asked in one call.
pub(super) fn together(query: &QuotasQuery) -> Together<'_> {
    match query {
        QuotasQuery::Quota { .. } => Together::Alone,
    }
}

/// What it is answered.
pub(super) fn see(_world: &World, _region: &Region, query: &QuotasQuery, _at: Timestamp) -> Observation {
    match query {
        QuotasQuery::Quota { code, .. } => {
            QuotasObservation::Quota { quota: Some(Quota { name: code.clone(), value: VALUE }) }.into()
        }
    }
}
