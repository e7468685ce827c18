//! `terraform`: a root module is planned, what would be done is shown and asked about, and that very plan is applied. Landfall
//! reads of it what is counted, what would be destroyed and what it gives; the rest is Terraform's.

pub(super) mod fields;
mod steps;
#[cfg(test)]
mod tests;
pub(crate) mod words;

use super::ask::Place;
use super::blocked::Blocked;
use super::operation::Receipt;
use super::registry::{Context, Service};
use super::say::side_of;
use super::turned::{self, Done, Turned};
use super::work::Work;
use crate::plan::{Application, Component, Draft, Field, Gate, Intent, Kind, Problem, Step, Undo};
use crate::text::Clean;
use fields::{STEP_SECONDS, Said};
use steps::{Applying, Planning, Waits};
use words::Planned;

/// The kind.
pub struct Terraform;

impl Kind for Terraform {
    fn name(&self) -> &'static str {
        "terraform"
    }
    fn about(&self) -> &'static str {
        "plans a root module of Terraform, asks about what it would add, change and destroy, and applies that very plan"
    }
    fn fields(&self) -> &'static [Field] {
        Said::FIELDS
    }
    fn outputs(&self) -> &'static [&'static str] {
        &[]
    }
    fn outputs_of<'a>(&self, component: &'a Component) -> Vec<&'a str> {
        let named = component.fields.0.get("outputs").and_then(|outputs| outputs.as_array());
        named.into_iter().flatten().filter_map(|name| name.as_str()).collect()
    }
    fn problems(&self, component: &Component) -> Vec<Problem> {
        fields::problems(component)
    }
    fn steps(&self, component: &Component, _application: &Application, _intent: Intent) -> Vec<Draft> {
        let (name, side) = (&component.name, side_of(component));
        let plan = Draft::look("plan", format!("plan {name}"), side, 30.0, STEP_SECONDS);
        let title = format!("apply {name}");
        let apply = Draft::act("apply", title, side, Undo::PointOfNoReturn, 180.0, STEP_SECONDS);
        let ask = Clean::new(&format!("Terraform is to apply to {name} what was planned."));
        vec![plan, apply.after(vec!["plan"]).gated(vec![Gate::Planned { ask }, Gate::PointOfNoReturn])]
    }
}

impl Service for Terraform {
    fn work(&self, step: &Step, context: &Context<'_>) -> Box<dyn Work> {
        let component = context.component;
        let place = Place::of(component, &context.plan.application, side_of(component));
        let said = match Said::of(&component.fields) {
            Ok(said) => said,
            Err(missing) => return Box::new(Blocked::missing(missing)),
        };
        // Before the start nothing of others is known.
        let is_before_the_start = context.run.is_empty();
        if let Some(why) = said.waits().filter(|_| is_before_the_start) {
            return Box::new(Waits(why));
        }
        let secret = |name: &&String| context.plan.gives_in_confidence(component.name.as_str(), name);
        let in_confidence = said.outputs.iter().filter(secret).cloned().collect();
        let planning = Planning {
            place,
            module: said.to_look(component),
            outputs: said.outputs.clone(),
            in_confidence,
            allowed: said.destroys,
        };
        if step.id.action() == "plan" {
            return Box::new(planning);
        }
        if is_before_the_start {
            return Box::new(Waits("what is planned is known once it is".to_owned()));
        }
        let planned = context.outputs.get(&component.name).and_then(Planned::of_outputs);
        Box::new(Applying { planned, module: said.to_apply(component), look: planning })
    }

    /// Nothing takes it back by itself: what Terraform would destroy may be what serves by then.
    fn compensation(
        &self,
        _step: &Step,
        _context: &Context<'_>,
        _before: &serde_json::Value,
        _receipt: Option<&Receipt>,
    ) -> Option<Box<dyn Work>> {
        None
    }

    fn turned(&self, component: &Component, done: &Done<'_>) -> Result<Turned, String> {
        let said = Said::of(&component.fields).map_err(|missing| missing.to_string())?;
        if let Some(failback) = said.failback {
            let mut turned = Turned::of(component).remembering(component);
            turned.set("dir", failback.into());
            turned.set("failback", serde_json::Value::Null);
            turned
                .notes
                .push("its `failback`, in the place of the root module that was applied on the way there".into());
            return Ok(turned);
        }
        if !done.acted() {
            return Ok(turned::looked(component, done));
        }
        let (name, region) = (&component.name, &done.application.recovery);
        let ask =
            format!("See what of {name} ({}) is to stay in {region}, and apply or destroy the rest by hand", said.dir);
        Ok(turned::by_hand(component, ask))
    }

    fn example(&self) -> serde_json::Value {
        serde_json::json!({
            "dir": "stack/us-west-2", "var": { "size": "6" }, "outputs": ["subnets"], "destroys": 0,
            "env": { "AWS_PROFILE": "recovery" },
        })
    }
}
