//! The simulated AWS Certificate Manager: the certificate that a plan means is there, issued and in use.

use super::database::ACCOUNT;
use super::dice::later;
use super::fault::FaultKind;
use super::kind::{Program, Simulated};
use super::world::{Together, World};
use crate::plan::{Application, Component, Region, Side};
use crate::service::observation::Certificate as Seen;
use crate::service::{AcmObservation, AcmQuery, Observation, said};
use crate::text::Clean;
use jiff::Timestamp;
use serde_json::{Map, Value};

/// For how long it is valid, and how much of that is over, in seconds: those of ACM are valid for 13 months.
const VALID_SECONDS: f64 = 395.0 * 86_400.0;
const AGES: (f64, f64) = (30.0 * 86_400.0, 200.0 * 86_400.0);

/// The certificates of a region for a name.
fn key(region: &Region, domain: &str) -> String {
    format!("{region}/certificate/{}", domain.to_ascii_lowercase())
}

/// What a question is about.
pub(super) fn of_query(region: &Region, query: &AcmQuery) -> Option<String> {
    match query {
        AcmQuery::Certificates { domain } => Some(key(region, domain)),
    }
}

/// With what others it is asked in one call.
pub(super) fn together(query: &AcmQuery) -> Together<'_> {
    match query {
        AcmQuery::Certificates { .. } => Together::All(""),
    }
}

/// What it is answered at `at`.
pub(super) fn see(world: &World, region: &Region, query: &AcmQuery, at: Timestamp) -> Observation {
    match query {
        AcmQuery::Certificates { domain } => {
            AcmObservation::Certificates { certificates: vec![certificate(world, region, domain, at)] }.into()
        }
    }
}

fn certificate(world: &World, region: &Region, domain: &Clean, at: Timestamp) -> Seen {
    let key = key(region, domain);
    let expired = world.troubles.active(FaultKind::CertificateExpired, &key, at);
    let begin = later(world.started_at, -world.dice.between(&format!("{key} age"), AGES.0, AGES.1));
    let usual_end = later(begin, VALID_SECONDS);
    let id = world.dice.bits(&key);
    Seen {
        arn: Clean::new(&format!("arn:aws:acm:{region}:{ACCOUNT}:certificate/{id:016x}")),
        names: vec![domain.clone()],
        status: if expired.is_some() { "EXPIRED".into() } else { "ISSUED".into() },
        issued_as: "AMAZON_ISSUED".into(),
        not_before: Some(begin),
        not_after: Some(if expired.is_some() { world.started_at } else { usual_end }),
        used_by: 1,
        reason: None,
        renewal: None,
    }
}

/// The kind `certificate`.
pub(super) struct Certificate;

impl Simulated for Certificate {
    /// One is there for whatever name is asked for.
    fn stand(&self, _world: &mut World, _component: &Component) {}

    fn keys(&self, component: &Component, application: &Application) -> Vec<String> {
        let Ok(said) = said::Certificate::of(&component.fields) else { return Vec::new() };
        vec![key(application.region(Side::Recovery), &said.domain)]
    }

    fn programs(&self, _component: &Component) -> Vec<(Vec<String>, Program)> {
        Vec::new()
    }

    fn works(&self, world: &World, component: &Component, side: Side, at: Timestamp) -> bool {
        let keys = self.keys(component, &world.plan.application);
        let has_expired = |key: &String| world.troubles.active(FaultKind::CertificateExpired, key, at).is_some();
        side == Side::Primary || !keys.iter().any(has_expired)
    }

    /// Nothing is done to it.
    fn settled(&self, _world: &World, _at: Timestamp) -> Vec<(&'static str, Map<String, Value>)> {
        Vec::new()
    }
}
