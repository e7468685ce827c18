//! `rule`: an EventBridge rule of the recovery region sends its events to its targets, and the one of the old side none any
//! more. Knows nothing of how EventBridge is called.

pub(super) mod fields;
#[cfg(test)]
mod tests;
mod turn;
mod turned;
pub(super) mod words;

use super::ask::Place;
use super::blocked::{Blocked, Unnamed};
use super::grants::{Grant, Hole, On, When, of_field};
use super::operation::Receipt;
use super::registry::{Context, Service};
use super::resolve::has_reference;
use super::turned::{Done, Turned};
use super::work::{Health, HealthLevel, Image, Look, Looked, Work};
use crate::plan::{Application, Component, Draft, Field, Finding, Intent, Kind, Problem, Side, Step, Undo};
use fields::Said;
use turn::{To, Turn, Was};
use words::{DISABLED, RuleName};

/// The kind.
pub struct EventBridgeRule;

/// Usually, and at most, in seconds.
const TURNS: (f64, f64) = (5.0, 120.0);

impl Kind for EventBridgeRule {
    fn name(&self) -> &'static str {
        "rule"
    }
    fn about(&self) -> &'static str {
        "enables an EventBridge rule that has targets, or disables it; disables the old one, so that what goes by the clock does not run twice"
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
    fn steps(&self, component: &Component, _application: &Application, intent: Intent) -> Vec<Draft> {
        let Ok(said) = Said::of(&component.fields) else { return Vec::new() };
        if intent == Intent::Failback {
            return turned::steps(component, &said);
        }
        let name = &component.name;
        let act = |action, title, side| Draft::act(action, title, side, Undo::Reversible, TURNS.0, TURNS.1);
        let fence = said
            .fenced()
            .map(|_| act("fence", format!("disable the old rule of {name}"), Side::Primary).fencing(intent));
        // In a failover the old region may never answer: nothing waits for it.
        let after = if fence.is_some() && intent != Intent::Failover { vec!["fence"] } else { Vec::new() };
        let (action, does) = if said.enabled { ("enable", "enable") } else { ("disable", "disable") };
        let turn = act(action, format!("{does} the rule of {name}"), Side::Recovery).after(after);
        fence.into_iter().chain([turn]).collect()
    }
}

impl Service for EventBridgeRule {
    fn work(&self, step: &Step, context: &Context<'_>) -> Box<dyn Work> {
        let said = match Said::of(&context.component.fields) {
            Ok(said) => said,
            Err(missing) => return Box::new(Blocked::missing(missing)),
        };
        let Some((side, name)) = turned::meant(context, step, &said) else {
            return Box::new(Blocked::unknown_step(step));
        };
        let bus = name.bus.as_deref().unwrap_or_default();
        if let Some(unnamed) = Unnamed::of(&[("rule", &name.rule), ("bus", bus)]) {
            return Box::new(unnamed);
        }
        let to = match step.id.action() {
            "enable" => turned::wanted(context.component),
            "standby" => turned::standby(context.component),
            _ => To::Off,
        };
        let place = Place::of(context.component, &context.plan.application, side);
        Box::new(Turn { place, name, to, needs_targets: step.id.action() == "enable" })
    }

    fn compensation(
        &self,
        step: &Step,
        context: &Context<'_>,
        before: &serde_json::Value,
        _receipt: Option<&Receipt>,
    ) -> Option<Box<dyn Work>> {
        let said = Said::of(&context.component.fields).ok()?;
        let (side, name) = turned::meant(context, step, &said)?;
        let was: Was = Image::of_journal(before)?;
        let place = Place::of(context.component, &context.plan.application, side);
        Some(Box::new(Turn { place, name, to: To::of(&was.state)?, needs_targets: false }))
    }

    fn health(&self, component: &Component, application: &Application, side: Side) -> Option<Looked<Health>> {
        let said = Said::of(&component.fields).ok()?;
        let name = match side {
            Side::Recovery => said.name(),
            Side::Primary => said.old?.name(),
        };
        if has_reference(&name.rule) || name.bus.as_ref().is_some_and(|bus| has_reference(bus)) {
            return None;
        }
        let want = words::rule(&Place::of(component, application, side), &name);
        Some(Looked::new([want.ask.clone()], move |facts| match facts.see(&want) {
            Look::NotTold(why) => Health::not_told(why),
            Look::Absent => Health::new(HealthLevel::Down, format!("no rule {}", name.words())),
            Look::There(rule) if rule.state.as_str() == DISABLED => Health::new(HealthLevel::Standby, DISABLED),
            Look::There(rule) => {
                let level = if To::of(&rule.state).is_some() { HealthLevel::Up } else { HealthLevel::Degraded };
                Health::new(level, rule.state.as_str())
            }
        }))
    }

    fn turned(&self, component: &Component, done: &Done<'_>) -> Result<Turned, String> {
        let said = Said::of(&component.fields).map_err(|missing| missing.to_string())?;
        turned::of(component, &said, done)
    }

    fn grants(&self) -> &'static [Grant] {
        const RULES: &[On] =
            &[On::Named("events:{recovery-place}:{rule}"), On::Named("events:{primary-place}:{old.rule}")];
        const RULE: &[On] = &[On::Named("events:{place}:{rule}")];
        const OLD: &[On] = &[On::Named("events:{place}:{old.rule}")];
        // The role that a rule sends its events with is handed on anew when it is written back whole.
        const ROLE: &[On] = &[On::HandedOn("iam::{account}:role/*")];
        const OF_EVENTS: &[When] =
            &[When { by: "StringEquals", key: "iam:PassedToService", is: &["events.amazonaws.com"] }];
        const {
            &[
                Grant::look(&["events:DescribeRule"], RULES),
                Grant::look_for("enable", &["events:ListTargetsByRule"], RULES),
                Grant::act("enable", &["events:EnableRule", "events:DisableRule"], RULE),
                Grant::act("disable", &["events:DisableRule", "events:EnableRule", "events:PutRule"], RULE),
                Grant::act("disable", &["iam:PassRole"], ROLE).when(OF_EVENTS),
                Grant::act("fence", &["events:DisableRule", "events:EnableRule", "events:PutRule"], OLD),
                Grant::act("fence", &["iam:PassRole"], ROLE).when(OF_EVENTS),
                // Of a failback.
                Grant::act("standby", &["events:DisableRule", "events:EnableRule", "events:PutRule"], OLD),
                Grant::act("standby", &["iam:PassRole"], ROLE).when(OF_EVENTS),
            ]
        }
    }

    fn hole(&self, component: &Component, name: &str) -> Hole {
        let bus = if name == "old.rule" { "old.bus" } else { "bus" };
        match (name, of_field(component, name), of_field(component, bus)) {
            ("rule" | "old.rule", Hole::Text(rule), Hole::Absent) => Hole::Text(format!("rule/{rule}")),
            ("rule" | "old.rule", Hole::Text(rule), Hole::Text(bus)) if bus == "default" => {
                Hole::Text(format!("rule/{rule}"))
            }
            ("rule" | "old.rule", Hole::Text(rule), Hole::Text(bus)) => Hole::Text(format!("rule/{bus}/{rule}")),
            ("rule" | "old.rule", Hole::Text(_), Hole::Untold) => Hole::Untold,
            (_, found, _) => found,
        }
    }

    fn example(&self) -> serde_json::Value {
        serde_json::json!({ "rule": "nightly", "bus": "shop", "old": { "rule": "nightly-east" } })
    }
}

/// The rule that a step is of, and on which side; `None` for a step that this plan does not have.
fn meant(step: &Step, said: &Said) -> Option<(Side, RuleName)> {
    match step.id.action() {
        "fence" => Some((Side::Primary, said.fenced()?.name())),
        "enable" if said.enabled => Some((Side::Recovery, said.name())),
        "disable" if !said.enabled => Some((Side::Recovery, said.name())),
        _ => None,
    }
}
