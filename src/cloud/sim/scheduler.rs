//! The simulated Amazon EventBridge Scheduler: schedules that are enabled on the old side and disabled on the other.

use super::database::ACCOUNT;
use super::kind::{Program, Simulated};
use super::world::{Refusal, Together, World};
use crate::plan::{Application, Component, Region, Side};
use crate::service::observation::Schedule as Seen;
use crate::service::{
    Observation, Receipt, ScheduleName, SchedulerObservation, SchedulerOperation, SchedulerQuery, said,
};
use crate::text::Clean;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

fn group(name: &ScheduleName) -> &str {
    name.group.as_deref().unwrap_or("default")
}

fn key(region: &Region, name: &ScheduleName) -> String {
    format!("{region}/schedule/{}/{}", group(name), name.schedule)
}

fn word(enabled: bool) -> &'static str {
    if enabled { "ENABLED" } else { "DISABLED" }
}

/// What a question is about.
pub(super) fn of_query(region: &Region, query: &SchedulerQuery) -> Option<String> {
    let SchedulerQuery::Schedule(name) = query;
    Some(key(region, name))
}

/// With what others it is asked in one call: with none.
pub(super) fn together(_query: &SchedulerQuery) -> Together<'_> {
    Together::Alone
}

/// What it is answered.
pub(super) fn see(world: &World, region: &Region, query: &SchedulerQuery, _at: Timestamp) -> Observation {
    let SchedulerQuery::Schedule(name) = query;
    let schedule = world.schedules.get(&key(region, name)).map(|enabled| Seen {
        arn: Clean::new(&format!("arn:aws:scheduler:{region}:{ACCOUNT}:schedule/{}/{}", group(name), name.schedule)),
        state: word(*enabled).into(),
        expression: "rate(1 hour) UTC".into(),
        starts: None,
        ends: None,
        target: Clean::new(&format!("arn:aws:lambda:{region}:{ACCOUNT}:function:{}", name.schedule)),
        role: Clean::new(&format!("arn:aws:iam::{ACCOUNT}:role/scheduler")),
    });
    SchedulerObservation::Schedule { schedule }.into()
}

/// What an operation is about.
pub(super) fn about(region: &Region, operation: &SchedulerOperation) -> Vec<String> {
    let SchedulerOperation::TurnSchedule { name, .. } = operation;
    vec![key(region, name)]
}

/// Why it would be refused; `None` when it would be taken.
pub(super) fn refusal(
    world: &World,
    region: &Region,
    operation: &SchedulerOperation,
    _at: Timestamp,
) -> Option<Refusal> {
    let SchedulerOperation::TurnSchedule { name, .. } = operation;
    let words = format!("Schedule {} does not exist.", name.schedule);
    (!world.schedules.contains_key(&key(region, name))).then(|| Refusal::new("ResourceNotFoundException", &words))
}

/// Takes it; what would be refused changes nothing.
pub(super) fn take(world: &mut World, region: &Region, operation: &SchedulerOperation, _at: Timestamp) -> Receipt {
    let SchedulerOperation::TurnSchedule { name, enabled } = operation;
    if let Some(found) = world.schedules.get_mut(&key(region, name)) {
        *found = *enabled;
    }
    Receipt::default()
}

/// The kind `schedule`.
pub(super) struct Schedule;

impl Schedule {
    fn names(component: &Component) -> Vec<(Side, ScheduleName)> {
        let Ok(said) = said::Schedule::of(&component.fields) else { return Vec::new() };
        let old = said.old.as_ref().map(|old| (Side::Primary, old.named()));
        [(Side::Recovery, said.named())].into_iter().chain(old).collect()
    }
}

impl Simulated for Schedule {
    fn stand(&self, world: &mut World, component: &Component) {
        for (side, name) in Self::names(component) {
            let key = key(world.plan.application.region(side), &name);
            world.schedules.insert(key, side == Side::Primary);
        }
    }

    fn keys(&self, component: &Component, application: &Application) -> Vec<String> {
        Self::names(component).iter().map(|(side, name)| key(application.region(*side), name)).collect()
    }

    fn programs(&self, _component: &Component) -> Vec<(Vec<String>, Program)> {
        Vec::new()
    }

    /// Nobody is served by a schedule.
    fn works(&self, _world: &World, _component: &Component, _side: Side, _at: Timestamp) -> bool {
        true
    }

    fn settled(&self, world: &World, _at: Timestamp) -> Vec<(&'static str, Map<String, Value>)> {
        let all: Map<String, Value> =
            world.schedules.iter().map(|(key, enabled)| (key.clone(), json!(word(*enabled)))).collect();
        if all.is_empty() { Vec::new() } else { vec![("schedules", all)] }
    }
}
