//! `routing-control`: routing controls of Amazon Application Recovery Controller are turned on and off, by a cluster whose
//! five endpoints are in five regions. No control plane is needed for it. Knows nothing of how a cluster is called.

pub(super) mod fields;
mod set;
#[cfg(test)]
mod tests;
pub(super) mod words;

use super::arn::Arn;
use super::ask::Place;
use super::blocked::{Blocked, Unnamed};
use super::grants::{ANY, Grant, Hole, On};
use super::operation::Receipt;
use super::registry::{Context, Service};
use super::route53::{Serves, serves_draft};
use super::turned::{Done, Turned, said as said_of};
use super::work::{Health, HealthLevel, Look, Looked, Work};
use crate::plan::{
    Application, Component, Draft, Field, Finding, Gate, Intent, Kind, Plane, Problem, Role, Side, Step, Undo,
};
use crate::text::Clean;
use fields::{Said, panel_of, short};
use serde_json::Value;
use set::{Set, in_words};
use std::collections::{BTreeMap, BTreeSet};
use words::PanelControl;

/// The kind.
pub struct RoutingControl;

/// Where a failback is told that it is the other set that is to be answered.
const NOT_SET: &str = "not_set";

impl Kind for RoutingControl {
    fn name(&self) -> &'static str {
        "routing-control"
    }
    fn about(&self) -> &'static str {
        "turns routing controls of an ARC cluster on and off, all of them at once, by whichever of its five endpoints answers, and verifies them by two"
    }
    fn fields(&self) -> &'static [Field] {
        Said::FIELDS
    }
    fn outputs(&self) -> &'static [&'static str] {
        &[]
    }
    fn problems(&self, component: &Component) -> Vec<Problem> {
        fields::problems(component)
    }
    fn findings(&self, component: &Component, application: &Application) -> Vec<Finding> {
        fields::findings(component, application)
    }
    fn steps(&self, component: &Component, application: &Application, intent: Intent) -> Vec<Draft> {
        let Ok(said) = Said::of(&component.fields) else { return Vec::new() };
        let title = match said.wanted() {
            Some(wanted) => format!("turn {}: {}", component.name, in_words(&wanted)),
            None => format!("turn {}", component.name),
        };
        let set = Draft::act("set", title, Side::Recovery, Undo::Reversible, 5.0, 120.0).part(Role::CutOver);
        let set = Draft { plane: Plane::Data, ..set }.gated(breaking_the_glass(&said));
        let serves = said.answered().map(|_| serves_draft(component, application, intent, "set"));
        [set].into_iter().chain(serves).collect()
    }
}

/// The decision before a safety rule is overridden.
fn breaking_the_glass(said: &Said) -> Vec<Gate> {
    let rules = said.r#override.join(", ");
    let why = format!("this overrides what keeps traffic safe: the safety rule {rules}");
    if said.r#override.is_empty() { Vec::new() } else { vec![Gate::Approval { why: Clean::new(&why) }] }
}

impl Service for RoutingControl {
    fn work(&self, step: &Step, context: &Context<'_>) -> Box<dyn Work> {
        let (component, application) = (context.component, &context.plan.application);
        let said = match Said::of(&component.fields) {
            Ok(said) => said,
            Err(missing) => return Box::new(Blocked::missing(missing)),
        };
        let urls = said.endpoints.iter().map(|endpoint| ("endpoints", endpoint.url.as_str()));
        let named = [("arn", said.arn.as_deref().unwrap_or_default())].into_iter().chain(urls);
        if let Some(unnamed) = Unnamed::of(&named.collect::<Vec<_>>()) {
            return Box::new(unnamed);
        }
        match (step.id.action(), Set::of(&said, component, application), said.answered()) {
            ("set", Some(set), _) => Box::new(set),
            ("set", None, _) => {
                Box::new(Blocked::because("the plan does not say what is to be on, or by which endpoints"))
            }
            ("serves", _, Some(answered)) => {
                let serves = Serves::of(answered, Place::of(component, application, Side::Recovery));
                Box::new(serves.of_another(said_of(component, NOT_SET).is_some()))
            }
            ("serves", _, None) => Box::new(Blocked::because("the plan does not say what must be answered")),
            _ => Box::new(Blocked::unknown_step(step)),
        }
    }

    fn compensation(
        &self,
        step: &Step,
        context: &Context<'_>,
        before: &Value,
        _receipt: Option<&Receipt>,
    ) -> Option<Box<dyn Work>> {
        let said = Said::of(&context.component.fields).ok().filter(|_| step.id.action() == "set")?;
        let set = Set::of(&said, context.component, &context.plan.application)?;
        Some(Box::new(set.back(before)?))
    }

    fn health(&self, component: &Component, application: &Application, side: Side) -> Option<Looked<Health>> {
        let said = match (side, Said::of(&component.fields)) {
            (Side::Primary, _) => return None,
            (Side::Recovery, Ok(said)) => said,
            (Side::Recovery, Err(missing)) => return Some(Looked::not_told(missing.to_string())),
        };
        let (Some(endpoints), Some(wanted)) = (said.cluster(), said.wanted()) else {
            return Some(Looked::not_told("the plan does not say all of it".to_owned()));
        };
        let place = Place::of(component, application, side);
        let panels: BTreeSet<Clean> = wanted.keys().filter_map(panel_of).collect();
        let wants: Vec<_> = panels.iter().map(|panel| words::panel(&place, panel, &endpoints)).collect();
        let asks: Vec<_> = wants.iter().map(|want| want.ask.clone()).collect();
        Some(Looked::new(asks, move |facts| {
            let mut found = Vec::new();
            for want in &wants {
                match facts.see(want) {
                    Look::NotTold(why) => return Health::not_told(why),
                    Look::Absent => return Health::new(HealthLevel::Down, "there is no such control panel"),
                    Look::There(all) => found.extend(all),
                }
            }
            of_controls(&wanted, &found)
        }))
    }

    /// As the controls were; no safety rule is overridden for it.
    fn turned(&self, component: &Component, done: &Done<'_>) -> Result<Turned, String> {
        let said = Said::of(&component.fields).map_err(|missing| missing.to_string())?;
        let was = done.before("set").and_then(|before| set::before(&said, before));
        let Some(was) = was.filter(|was| Some(was) != said.wanted().as_ref()) else {
            return Err("that run did not turn them: nothing says how they were before".to_owned());
        };
        let mut turned = Turned::of(component).remembering(component);
        turned.notes.push(format!("they were {} before", in_words(&was)));
        match &said.arn {
            Some(arn) if said.controls.is_empty() => {
                turned.set("on", was.get(arn.as_str()).copied().unwrap_or_default().into());
            }
            _ => {
                let controls = was.into_iter().map(|(control, on)| (control.to_string(), on.to_string().into()));
                turned.set("controls", Value::Object(controls.collect()));
                turned.set("arn", Value::Null);
                turned.set("on", Value::Null);
            }
        }
        turned.set("override", Value::Null);
        if said.set.is_some() {
            turned.said(NOT_SET, Value::Bool(true));
        }
        Ok(turned)
    }

    fn grants(&self) -> &'static [Grant] {
        const CONTROLS: &[On] = &[On::Named("route53-recovery-control::{controls}")];
        const {
            &[
                Grant::look(&["route53-recovery-cluster:GetRoutingControlState"], CONTROLS),
                Grant::look(&["route53-recovery-cluster:ListRoutingControls"], ANY),
                Grant::look_for(
                    "serves",
                    &["route53:ListResourceRecordSets", "route53:GetHostedZone"],
                    &[On::Named("route53:::hostedzone/{zone}")],
                ),
                Grant::look_for("serves", &["route53:ListHostedZonesByName", "route53:TestDNSAnswer"], ANY),
                Grant::act("set", &["route53-recovery-cluster:UpdateRoutingControlStates"], CONTROLS),
            ]
        }
    }

    fn hole(&self, component: &Component, name: &str) -> Hole {
        if name != "controls" {
            return super::route53::zone_hole(component, name);
        }
        let Some(wanted) = Said::of(&component.fields).ok().and_then(|said| said.wanted()) else { return Hole::Absent };
        // From the account on.
        let named = |arn: &Clean| Arn::parse(arn).map(|arn| format!("{}:{}", arn.account, arn.resource));
        wanted.keys().map(named).collect::<Option<Vec<String>>>().map_or(Hole::Untold, Hole::Several)
    }

    fn example(&self) -> Value {
        let endpoint = |region: &str| format!("https://aaaa1111.route53-recovery-cluster.{region}.amazonaws.com/v1");
        let regions = ["us-east-1", "us-west-2", "eu-west-1", "ap-northeast-1", "ap-southeast-2"];
        let urls = regions.map(|region| serde_json::json!({ "url": endpoint(region) }));
        serde_json::json!({
            "endpoints": urls,
            "arn": "arn:aws:route53-recovery-control::111122223333:controlpanel/0f/routingcontrol/west", "on": true,
            "zone": "Z1", "record": "shop.example.com.", "set": "west",
        })
    }
}

/// How the controls are, as their panels have them.
fn of_controls(wanted: &BTreeMap<Clean, bool>, found: &[&PanelControl]) -> Health {
    let mut notes = Vec::new();
    let mut as_wanted = 0;
    for (control, on) in wanted {
        let Some(found) = found.iter().find(|found| found.control == *control) else {
            return Health::new(HealthLevel::Down, format!("there is no control {}", short(control)));
        };
        as_wanted += usize::from(found.state.as_str() == if *on { "On" } else { "Off" });
        notes.push(format!("{} {}", found.name.as_deref().unwrap_or_else(|| short(control)), found.state));
    }
    let level = match as_wanted {
        0 => HealthLevel::Standby,
        some if some < wanted.len() => HealthLevel::Degraded,
        _ => HealthLevel::Up,
    };
    Health::new(level, notes.join(", "))
}
