//! The simulated alarms: those that a plan names are there, OK, and have data once a minute.

use super::cloudwatch::{LOOKED_BACK, PERIOD_SECONDS, minutes};
use super::database::ACCOUNT;
use super::fault::FaultKind;
use super::kind::{Program, Simulated};
use super::world::World;
use crate::plan::{Application, Component, Region, Side};
use crate::service::observation::{Alarm, AlarmData, Watched};
use crate::service::said;
use crate::text::Clean;
use jiff::Timestamp;
use serde_json::{Map, Value};

/// How many are described in one call.
pub(super) const NAMES: usize = 100;

/// An alarm.
pub(super) fn key(region: &Region, name: &str) -> String {
    format!("{region}/alarm/{name}")
}

/// How it is at `at`.
pub(super) fn see(world: &World, region: &Region, name: &Clean, at: Timestamp) -> Alarm {
    let key = key(region, name);
    let rings = world.troubles.active(FaultKind::AlarmRings, &key, at).is_some();
    let has_data = |minute: &Timestamp| {
        let is_stale = world.troubles.active(FaultKind::StaleMetric, &key, *minute).is_some();
        !is_stale && world.troubles.gone_since(region, *minute).is_none()
    };
    let period = u32::try_from(PERIOD_SECONDS).unwrap_or(u32::MAX);
    let newest = minutes(at, 0, LOOKED_BACK).find(has_data);
    Alarm {
        name: name.clone(),
        arn: Clean::new(&format!("arn:aws:cloudwatch:{region}:{ACCOUNT}:alarm:{name}")),
        state: if rings { "ALARM".into() } else { "OK".into() },
        reason: rings.then(|| "Threshold Crossed: 1 datapoint [7.0] was greater than the threshold (5.0).".into()),
        evaluation: None,
        watches: Watched::Metric(AlarmData { newest, stretch_seconds: period, rings_after_seconds: period }),
    }
}

/// The kind `alarm`.
pub(super) struct AlarmKind;

impl Simulated for AlarmKind {
    /// One is there for whatever name is asked for.
    fn stand(&self, _world: &mut World, _component: &Component) {}

    fn keys(&self, component: &Component, application: &Application) -> Vec<String> {
        let Ok(said) = said::Alarm::of(&component.fields) else { return Vec::new() };
        let region = application.region(component.region.unwrap_or(Side::Recovery));
        said.names.iter().map(|name| key(region, name)).collect()
    }

    fn programs(&self, _component: &Component) -> Vec<(Vec<String>, Program)> {
        Vec::new()
    }

    /// Alarms hold nothing up by themselves.
    fn works(&self, _world: &World, _component: &Component, _side: Side, _at: Timestamp) -> bool {
        true
    }

    fn settled(&self, _world: &World, _at: Timestamp) -> Vec<(&'static str, Map<String, Value>)> {
        Vec::new()
    }
}
