//! Simulated routing controls: a cluster whose endpoints are in regions of their own, and go with them; records that follow
//! the controls' health checks.

use super::fault::FaultKind;
use super::keys;
use super::kind::{Program, Simulated};
use super::records::{self, Moved};
use super::world::{Refusal, Together, World};
use crate::plan::{Application, Component, Region, Side};
use crate::service::observation::{PanelControl, RecordSet, RoutingControl as Seen, ToldState, Untold};
use crate::service::{ArcObservation, ArcOperation, ArcQuery, ClusterEndpoint, Observation, Receipt, said};
use crate::text::Clean;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// How long after a control was turned Route 53 has noticed, in seconds.
const NOTICED_SECONDS: f64 = 10.0;
/// How many endpoints are away where a fault does not say it.
const AWAY: u32 = 3;
const WHY: &str = "the endpoint is temporarily unavailable";

/// A routing control: whether it is on, and since when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Control {
    on: bool,
    since: Option<Timestamp>,
}

fn state(on: bool) -> Clean {
    if on { "On" } else { "Off" }.into()
}

impl World {
    /// The endpoints, each with whether it answers.
    fn endpoints<'e>(
        &self,
        about: &str,
        endpoints: &'e [ClusterEndpoint],
        at: Timestamp,
    ) -> impl Iterator<Item = (&'e ClusterEndpoint, bool)> {
        let fault = self.troubles.active(FaultKind::EndpointDown, &keys::control(about), at);
        let away = fault.map_or(0, |fault| fault.count.unwrap_or(AWAY)) as usize;
        let gone: Vec<bool> = endpoints
            .iter()
            .enumerate()
            .map(|(place, endpoint)| place < away || self.troubles.gone_since(&endpoint.region, at).is_some())
            .collect();
        endpoints.iter().zip(gone).map(|(endpoint, is_gone)| (endpoint, !is_gone))
    }

    /// Whether all controls of a plan's component are as it wants them, and have been so for long enough to be noticed.
    fn is_turned(&self, said: &said::RoutingControl, at: Timestamp) -> bool {
        let is_noticed = |since: Option<Timestamp>| {
            since.is_none_or(|since| at.duration_since(since).as_secs_f64() >= NOTICED_SECONDS)
        };
        said.wanted().is_some_and(|wanted| {
            wanted.iter().all(|(arn, on)| {
                let control = self.routing_controls.get(arn.as_str());
                control.is_some_and(|control| (control.on == *on) == is_noticed(control.since))
            })
        })
    }

    /// The sets of a record that routing controls move: with their roles turned once the controls are as the plan wants them.
    pub(super) fn routed(&self, key: &str, records: &[RecordSet], at: Timestamp) -> Option<Vec<RecordSet>> {
        let all = self.of_kind("routing-control");
        let mut all = all.filter_map(|component| said::RoutingControl::of(&component.fields).ok());
        let said = all.find(|said| moved(said).is_some_and(|moved| moved.key() == key))?;
        self.is_turned(&said, at).then(|| records::turned(records))
    }
}

fn moved(said: &said::RoutingControl) -> Option<Moved> {
    Some(Moved { answered: said.answered()?, health_check: None })
}

/// What a question is about.
pub(super) fn of_query(_region: &Region, query: &ArcQuery) -> Option<String> {
    match query {
        ArcQuery::RoutingControl { control, .. } => Some(keys::control(control)),
        ArcQuery::ControlPanel { panel, .. } => Some(keys::control(panel)),
    }
}

/// With what others it is asked in one call: with none.
pub(super) fn together(_query: &ArcQuery) -> Together<'_> {
    Together::Alone
}

/// What it is answered at `at`.
pub(super) fn see(world: &World, _region: &Region, query: &ArcQuery, at: Timestamp) -> Observation {
    match query {
        ArcQuery::RoutingControl { control, endpoints, enough } => {
            let found = world.routing_controls.get(control.as_str());
            let enough = usize::try_from(*enough).unwrap_or(usize::MAX);
            let seen = found.map(|found| {
                let mut seen = Seen::default();
                for (endpoint, answers) in world.endpoints(control, endpoints, at) {
                    let by = endpoint.region.clone();
                    if !answers {
                        seen.untold.push(Untold { by, why: WHY.into(), refused: false });
                    } else if seen.told.len() < enough {
                        let told = ToldState { by, control: control.clone(), name: None, state: state(found.on) };
                        seen.told.push(told);
                    }
                }
                seen
            });
            ArcObservation::RoutingControl { control: seen }
        }
        ArcQuery::ControlPanel { panel, .. } => {
            let own = format!("{panel}/routingcontrol/");
            let of = |(arn, control): (&String, &Control)| PanelControl {
                control: Clean::new(arn),
                name: None,
                state: state(control.on),
            };
            let controls: Vec<PanelControl> =
                world.routing_controls.iter().filter(|(arn, _)| arn.starts_with(&own)).map(of).collect();
            ArcObservation::ControlPanel { controls: (!controls.is_empty()).then_some(controls) }
        }
    }
    .into()
}

/// What an operation is about.
pub(super) fn about(_region: &Region, operation: &ArcOperation) -> Vec<String> {
    let ArcOperation::SetRoutingControls { states, .. } = operation;
    states.keys().map(|control| keys::control(control)).collect()
}

/// Why it would be refused; `None` when it would be taken.
pub(super) fn refusal(world: &World, _region: &Region, operation: &ArcOperation, at: Timestamp) -> Option<Refusal> {
    let ArcOperation::SetRoutingControls { endpoints, states, .. } = operation;
    if let Some(absent) = states.keys().find(|control| !world.routing_controls.contains_key(control.as_str())) {
        return Some(Refusal::new("ResourceNotFoundException", &format!("no routing control {absent}")));
    }
    let about = states.keys().next().map_or("", |control| control.as_str());
    let all_away = world.endpoints(about, endpoints, at).all(|(_, answers)| !answers);
    all_away.then(|| Refusal::new("EndpointTemporarilyUnavailableException", WHY))
}

/// Takes it at `at`.
pub(super) fn take(world: &mut World, _region: &Region, operation: &ArcOperation, at: Timestamp) -> Receipt {
    let ArcOperation::SetRoutingControls { states, .. } = operation;
    for (arn, on) in states {
        if let Some(control) = world.routing_controls.get_mut(arn.as_str()).filter(|control| control.on != *on) {
            *control = Control { on: *on, since: Some(at) };
        }
    }
    Receipt::default()
}

/// The kind `routing-control`: controls that are the other way round than the plan wants them.
pub(super) struct RoutingControl;

impl Simulated for RoutingControl {
    fn stand(&self, world: &mut World, component: &Component) {
        let Ok(said) = said::RoutingControl::of(&component.fields) else { return };
        for (arn, on) in said.wanted().into_iter().flatten() {
            world.routing_controls.insert(arn.to_string(), Control { on: !on, since: None });
        }
        if let Some(moved) = moved(&said) {
            moved.stand(world);
        }
    }

    fn keys(&self, component: &Component, _application: &Application) -> Vec<String> {
        let Ok(said) = said::RoutingControl::of(&component.fields) else { return Vec::new() };
        let controls = said.wanted().into_iter().flatten().map(|(arn, _)| keys::control(&arn));
        controls.chain(moved(&said).map(|moved| moved.key())).collect()
    }

    fn programs(&self, _component: &Component) -> Vec<(Vec<String>, Program)> {
        Vec::new()
    }

    fn works(&self, world: &World, component: &Component, side: Side, at: Timestamp) -> bool {
        let Ok(said) = said::RoutingControl::of(&component.fields) else { return false };
        side == Side::Primary || world.is_turned(&said, at)
    }

    fn settled(&self, world: &World, _at: Timestamp) -> Vec<(&'static str, Map<String, Value>)> {
        let controls = world.routing_controls.iter();
        let all: Map<String, Value> = controls.map(|(arn, control)| (arn.clone(), json!(control.on))).collect();
        if all.is_empty() { Vec::new() } else { vec![("routing_controls", all)] }
    }
}
