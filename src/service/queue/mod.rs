//! `queue`: the recovery region has the SQS queue, and what is left in the old one is told. Messages never cross regions, and
//! nothing is done to either. Knows nothing of how SQS is called.

pub(super) mod fields;
mod ready;
#[cfg(test)]
mod tests;
pub(super) mod words;

use super::ask::Place;
use super::blocked::{Blocked, Unnamed};
use super::grants::{ANY, Grant, Hole, On, of_field};
use super::registry::{Context, Service};
use super::resolve::has_reference;
use super::turned::{self, Done, Turned};
use super::work::{Health, HealthLevel, Look, Looked, Work};
use crate::plan::{Application, Component, Draft, Field, Intent, Kind, Problem, Side, Step, When};
use fields::Said;
use ready::{At, Ready, Stranded};

/// The kind.
pub struct Queue;

impl Kind for Queue {
    fn name(&self) -> &'static str {
        "queue"
    }
    fn about(&self) -> &'static str {
        "verifies that the recovery region has an SQS queue, and tells how many messages are left in the old one: they never cross regions"
    }
    fn fields(&self) -> &'static [Field] {
        Said::FIELDS
    }
    fn outputs(&self) -> &'static [&'static str] {
        &["url", "arn"]
    }
    fn problems(&self, component: &Component) -> Vec<Problem> {
        fields::problems(component)
    }
    fn steps(&self, component: &Component, _application: &Application, intent: Intent) -> Vec<Draft> {
        let Ok(said) = Said::of(&component.fields) else { return Vec::new() };
        let name = &component.name;
        let ready = Draft::look("ready", format!("see that {name} is there"), Side::Recovery, 2.0, 60.0);
        // What waits there stays there: nobody waits for it, and it is owed.
        let stranded = said.old.then(|| {
            let title = format!("see that nothing is left in the old {name}");
            Draft::look("stranded", title, Side::Primary, 60.0, 180.0).after(vec!["ready"]).beside()
        });
        // Nothing that was left in the region that is gone back to has come along: how much it is stands before anybody decides.
        let counted = (intent == Intent::Failback && !has_reference(said.on(Side::Recovery))).then(|| {
            let title = format!("count what was left of {name}");
            Draft::look("counted", title, Side::Recovery, 2.0, 600.0).at(When::Evidence)
        });
        [ready].into_iter().chain(stranded).chain(counted).collect()
    }
}

impl Service for Queue {
    fn work(&self, step: &Step, context: &Context<'_>) -> Box<dyn Work> {
        let said = match Said::of(&context.component.fields) {
            Ok(said) => said,
            Err(missing) => return Box::new(Blocked::missing(missing)),
        };
        let side = match step.id.action() {
            "ready" | "counted" => Side::Recovery,
            "stranded" if said.old => Side::Primary,
            _ => return Box::new(Blocked::unknown_step(step)),
        };
        let name = said.on(side);
        if let Some(unnamed) = Unnamed::of(&[("name", name)]) {
            return Box::new(unnamed);
        }
        let at = At { place: Place::of(context.component, &context.plan.application, side), name: name.into() };
        match side {
            Side::Recovery => Box::new(Ready(at)),
            Side::Primary => Box::new(Stranded(at)),
        }
    }

    fn health(&self, component: &Component, application: &Application, side: Side) -> Option<Looked<Health>> {
        let said = Said::of(&component.fields).ok()?;
        let name = said.on(side);
        if has_reference(name) || (side == Side::Primary && !said.old) {
            return None;
        }
        let at = At { place: Place::of(component, application, side), name: name.into() };
        let want = at.want();
        Some(Looked::new([want.ask.clone()], move |facts| match facts.see(&want) {
            Look::NotTold(why) => Health::not_told(why),
            Look::Absent => Health::new(HealthLevel::Down, format!("no queue {}", at.name)),
            Look::There(queue) => Health::new(HealthLevel::Up, queue.words()),
        }))
    }

    fn turned(&self, component: &Component, done: &Done<'_>) -> Result<Turned, String> {
        let mut turned = turned::looked(component, done);
        let Ok(said) = Said::of(&component.fields) else { return Ok(turned) };
        let region = &done.application.primary;
        turned
            .diverged
            .push(format!("messages that were left in {} of {region}: they never cross", said.on(Side::Primary)));
        if said.primary.is_some() && turned.component.kind == component.kind {
            turned.set("name", said.on(Side::Primary).into());
            turned.set("primary", said.on(Side::Recovery).into());
        }
        Ok(turned)
    }

    fn grants(&self) -> &'static [Grant] {
        const {
            &[
                Grant::look(
                    &["sqs:GetQueueUrl", "sqs:GetQueueAttributes"],
                    &[On::Named("sqs:{recovery-place}:{name}"), On::Named("sqs:{primary-place}:{primary}")],
                ),
                Grant::look_for("stranded", &["cloudwatch:GetMetricData"], ANY),
            ]
        }
    }

    fn hole(&self, component: &Component, name: &str) -> Hole {
        match (name, of_field(component, name)) {
            // It is called as the other is.
            ("primary", Hole::Absent) => of_field(component, "name"),
            (_, found) => found,
        }
    }

    fn example(&self) -> serde_json::Value {
        serde_json::json!({ "name": "orders", "primary": "orders-east" })
    }
}
