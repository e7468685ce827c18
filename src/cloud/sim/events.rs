//! The simulated Amazon EventBridge: rules that are enabled on the old side and disabled on the other, each with a target.

use super::database::ACCOUNT;
use super::kind::{Program, Simulated};
use super::world::{Refusal, Together, World};
use crate::plan::{Application, Component, Region, Side};
use crate::service::observation::EventRule;
use crate::service::{
    ENABLED_WITH_ALL, EventsObservation, EventsOperation, EventsQuery, Observation, Receipt, RuleName, said,
};
use crate::text::Clean;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// How a rule is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Enabled,
    EnabledForAll,
    Disabled,
}

impl State {
    fn word(self) -> &'static str {
        match self {
            Self::Enabled => "ENABLED",
            Self::EnabledForAll => ENABLED_WITH_ALL,
            Self::Disabled => "DISABLED",
        }
    }
}

/// The name of a bus, whether it is given by that or by its ARN.
fn bus(name: &RuleName) -> &str {
    name.bus.as_ref().map_or("default", |bus| bus.rsplit('/').next().unwrap_or(bus))
}

fn key(region: &Region, name: &RuleName) -> String {
    format!("{region}/rule/{}/{}", bus(name), name.rule)
}

/// What a question is about.
pub(super) fn of_query(region: &Region, query: &EventsQuery) -> Option<String> {
    let (EventsQuery::EventRule(name) | EventsQuery::RuleTargets(name)) = query;
    Some(key(region, name))
}

/// With what others it is asked in one call: with none.
pub(super) fn together(_query: &EventsQuery) -> Together<'_> {
    Together::Alone
}

/// What it is answered.
pub(super) fn see(world: &World, region: &Region, query: &EventsQuery, _at: Timestamp) -> Observation {
    match query {
        EventsQuery::EventRule(name) => {
            let rule = world.rules.get(&key(region, name)).map(|state| {
                let of_bus = if bus(name) == "default" { String::new() } else { format!("{}/", bus(name)) };
                EventRule {
                    arn: Clean::new(&format!("arn:aws:events:{region}:{ACCOUNT}:rule/{of_bus}{}", name.rule)),
                    state: state.word().into(),
                    schedule: None,
                    managed_by: None,
                    role: None,
                }
            });
            EventsObservation::EventRule { rule }
        }
        EventsQuery::RuleTargets(name) => {
            let target = format!("arn:aws:lambda:{region}:{ACCOUNT}:function:{}", name.rule);
            let targets = world.rules.get(&key(region, name)).map(|_| vec![Clean::new(&target)]);
            EventsObservation::RuleTargets { targets }
        }
    }
    .into()
}

fn meant(operation: &EventsOperation) -> (&RuleName, State) {
    match operation {
        EventsOperation::EnableRule(name) => (name, State::Enabled),
        EventsOperation::EnableRuleForAll(name) => (name, State::EnabledForAll),
        EventsOperation::DisableRule(name) => (name, State::Disabled),
    }
}

/// What an operation is about.
pub(super) fn about(region: &Region, operation: &EventsOperation) -> Vec<String> {
    vec![key(region, meant(operation).0)]
}

/// Why it would be refused; `None` when it would be taken.
pub(super) fn refusal(world: &World, region: &Region, operation: &EventsOperation, _at: Timestamp) -> Option<Refusal> {
    let (name, _) = meant(operation);
    let words = format!("Rule {} does not exist on EventBus {}.", name.rule, bus(name));
    (!world.rules.contains_key(&key(region, name))).then(|| Refusal::new("ResourceNotFoundException", &words))
}

/// Takes it; what would be refused changes nothing.
pub(super) fn take(world: &mut World, region: &Region, operation: &EventsOperation, _at: Timestamp) -> Receipt {
    let (name, state) = meant(operation);
    if let Some(found) = world.rules.get_mut(&key(region, name)) {
        *found = state;
    }
    Receipt::default()
}

/// The kind `rule`.
pub(super) struct Rule;

impl Rule {
    fn names(component: &Component) -> Vec<(Side, RuleName)> {
        let Ok(said) = said::Rule::of(&component.fields) else { return Vec::new() };
        let old = said.old.as_ref().map(|old| (Side::Primary, old.name()));
        [(Side::Recovery, said.name())].into_iter().chain(old).collect()
    }
}

impl Simulated for Rule {
    fn stand(&self, world: &mut World, component: &Component) {
        for (side, name) in Self::names(component) {
            let state = if side == Side::Primary { State::Enabled } else { State::Disabled };
            let key = key(world.plan.application.region(side), &name);
            world.rules.insert(key, state);
        }
    }

    fn keys(&self, component: &Component, application: &Application) -> Vec<String> {
        Self::names(component).iter().map(|(side, name)| key(application.region(*side), name)).collect()
    }

    fn programs(&self, _component: &Component) -> Vec<(Vec<String>, Program)> {
        Vec::new()
    }

    /// Nobody is served by a rule.
    fn works(&self, _world: &World, _component: &Component, _side: Side, _at: Timestamp) -> bool {
        true
    }

    fn settled(&self, world: &World, _at: Timestamp) -> Vec<(&'static str, Map<String, Value>)> {
        let all: Map<String, Value> =
            world.rules.iter().map(|(key, state)| (key.clone(), json!(state.word()))).collect();
        if all.is_empty() { Vec::new() } else { vec![("rules", all)] }
    }
}
