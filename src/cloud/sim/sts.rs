//! The simulated AWS STS: whose credentials are in use.

use super::database::ACCOUNT;
use super::dice::later;
use super::world::{Together, World};
use crate::plan::Region;
use crate::service::observation::{Identity, Replied};
use crate::service::{Observation, StsObservation, StsQuery};
use crate::text::Clean;
use jiff::Timestamp;

/// How long the simulated credentials work, in seconds.
const CREDENTIALS_SECONDS: f64 = 8.0 * 3600.0;

/// What a question is about: no single thing.
pub(super) fn of_query(_region: &Region, query: &StsQuery) -> Option<String> {
    match query {
        StsQuery::Identity | StsQuery::Reply => None,
    }
}

/// With what others it is asked in one call.
pub(super) fn together(query: &StsQuery) -> Together<'_> {
    match query {
        StsQuery::Identity => Together::All(""),
        StsQuery::Reply => Together::Alone,
    }
}

/// What it is answered.
pub(super) fn see(world: &World, region: &Region, query: &StsQuery, _at: Timestamp) -> Observation {
    match query {
        StsQuery::Identity => StsObservation::Identity(Identity {
            arn: Clean::new(&format!("arn:aws:sts::{ACCOUNT}:assumed-role/simulated/landfall")),
            account: ACCOUNT.into(),
            region: region.clone(),
            expires: Some(later(world.started_at, CREDENTIALS_SECONDS)),
        })
        .into(),
        StsQuery::Reply => StsObservation::Reply(Replied { seconds: 0.1, ahead_seconds: Some(0.0) }).into(),
    }
}
