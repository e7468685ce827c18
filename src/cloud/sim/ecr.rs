//! The simulated Amazon ECR: every image that is asked for is there, and was pushed some days before the run began.

use super::dice::later;
use super::world::{Together, World};
use crate::plan::Region;
use crate::service::observation::RegistryImage;
use crate::service::{EcrObservation, EcrQuery, Observation};
use crate::text::Clean;
use jiff::Timestamp;

/// How old an image is, in seconds: from an hour to a month.
const AGES: (f64, f64) = (3600.0, 30.0 * 86_400.0);

/// What a question is about.
pub(super) fn of_query(region: &Region, query: &EcrQuery) -> Option<String> {
    match query {
        EcrQuery::RegistryImage { repository, .. } => Some(format!("{region}/ecr/{repository}")),
    }
}

/// With what others it is asked in one call.
pub(super) fn together(query: &EcrQuery) -> Together<'_> {
    match query {
        EcrQuery::RegistryImage { repository, .. } => Together::All(repository),
    }
}

/// What it is answered.
pub(super) fn see(world: &World, _region: &Region, query: &EcrQuery, _at: Timestamp) -> Observation {
    match query {
        EcrQuery::RegistryImage { repository, image, .. } => {
            EcrObservation::RegistryImage { image: Some(pushed(world, repository, image)) }.into()
        }
    }
}

/// An image by its tag or digest.
fn pushed(world: &World, repository: &str, image: &str) -> RegistryImage {
    let purpose = format!("image {repository} {image}");
    let digest = match image.starts_with("sha256:") {
        true => image.into(),
        false => {
            let parts = (0..4).map(|part| format!("{:016x}", world.dice.bits(&format!("{purpose} {part}"))));
            Clean::new(&format!("sha256:{}", parts.collect::<String>()))
        }
    };
    let pushed_at = later(world.started_at, -world.dice.between(&purpose, AGES.0, AGES.1));
    RegistryImage { digest, pushed_at: Some(pushed_at), status: "ACTIVE".into() }
}
