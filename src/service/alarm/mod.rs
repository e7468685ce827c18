//! `alarm`: an application's own alarms say that it is healthy, by data that came since. Changes nothing.

pub(super) mod fields;
mod judge;
mod quiet;
#[cfg(test)]
mod tests;

use super::blocked::{Blocked, Unnamed};
use super::grants::{ANY, Grant};
use super::registry::{Context, Service};
use super::resolve::has_reference;
use super::say::side_of;
use super::turned::{self, Done, Turned};
use super::work::{Health, Looked, Work};
use crate::plan::{Application, Component, Draft, Field, Intent, Kind, Problem, Side, Step};
use fields::{OK, Said};
use quiet::Quiet;

/// How long it usually takes, in seconds: a minute of data, that is told a minute or two late.
const USUAL_SECONDS: f64 = 180.0;
/// How much later than what the plan allows a step is given up that does not say itself how it ended, in seconds.
const GRACE_SECONDS: f64 = 30.0;

/// The kind.
pub struct Alarm;

impl Kind for Alarm {
    fn name(&self) -> &'static str {
        "alarm"
    }
    fn about(&self) -> &'static str {
        "verifies that CloudWatch alarms are OK, by data that came after the step began"
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
    fn steps(&self, component: &Component, _application: &Application, intent: Intent) -> Vec<Draft> {
        let Ok(said) = Said::of(&component.fields) else { return Vec::new() };
        let side = side_of(component);
        let (title, expected) = if said.state == OK {
            (format!("see that the alarms of {} are OK", component.name), USUAL_SECONDS.min(said.within))
        } else {
            (format!("see that the alarms of {} ring", component.name), 5.0)
        };
        let draft = Draft::look("quiet", title, side, expected, said.within).within(said.within + GRACE_SECONDS);
        // Nothing waits for what a region that fails may not tell.
        let is_beside = intent == Intent::Failover && side == Side::Primary;
        vec![if is_beside { draft.beside() } else { draft }]
    }
}

impl Service for Alarm {
    fn work(&self, step: &Step, context: &Context<'_>) -> Box<dyn Work> {
        let quiet = match Quiet::of(context.component, &context.plan.application) {
            Ok(quiet) => quiet,
            Err(missing) => return Box::new(Blocked::missing(missing)),
        };
        let names: Vec<(&str, &str)> = quiet.names.iter().map(|name| ("names", name.as_str())).collect();
        if let Some(unnamed) = Unnamed::of(&names) {
            return Box::new(unnamed);
        }
        match step.id.action() {
            "quiet" => Box::new(quiet),
            _ => Box::new(Blocked::unknown_step(step)),
        }
    }
    fn health(&self, component: &Component, application: &Application, side: Side) -> Option<Looked<Health>> {
        let quiet = Quiet::of(component, application).ok().filter(|_| side == side_of(component))?;
        if quiet.names.iter().any(|name| has_reference(name)) {
            return None;
        }
        let asks: Vec<_> = quiet.wants().map(|want| want.ask).collect();
        Some(Looked::new(asks, move |facts| quiet.health(facts)))
    }

    fn turned(&self, component: &Component, done: &Done<'_>) -> Result<Turned, String> {
        Ok(turned::looked(component, done))
    }

    // One that is of several alarms is told only to who may ask for all ("DescribeAlarms", CloudWatch API Reference).
    fn grants(&self) -> &'static [Grant] {
        const { &[Grant::look(&["cloudwatch:DescribeAlarms", "cloudwatch:GetMetricData"], ANY)] }
    }

    fn example(&self) -> serde_json::Value {
        serde_json::json!({ "names": ["shop-5xx", "shop-latency"], "within": 900.0 })
    }
}
