//! `switch`: the standby takes over from the primary by an object that it puts or deletes in its own region, and that an
//! inverted health check watches (AWS Networking & Content Delivery Blog, "Creating Disaster Recovery Mechanisms Using
//! Amazon Route 53"). No control plane is needed for it. Knows nothing of how S3 is called.

pub(super) mod fields;
mod flip;
#[cfg(test)]
mod tests;

use super::blocked::Blocked;
use super::grants::{ANY, Grant, Hole, On};
use super::operation::Receipt;
use super::registry::{Context, Service};
use super::route53::{Serves, serves_draft};
use super::s3::words;
use super::turned::{Done, Turned, own_side, said as said_of};
use super::work::{Health, HealthLevel, Image, Look, Looked, Work};
use crate::plan::{Application, Component, Draft, Field, Intent, Kind, Plane, Problem, Role, Side, Step, Undo};
use fields::Said;
use flip::{Before, Flip};
use serde_json::Value;

/// The kind.
pub struct Switch;

/// Where a failback is told that it is the other set that is to be answered.
const NOT_SET: &str = "not_set";

impl Kind for Switch {
    fn name(&self) -> &'static str {
        "switch"
    }
    fn about(&self) -> &'static str {
        "puts or deletes an object of the recovery region by which an inverted Route 53 health check moves clients, and verifies that they are answered the recovery side"
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
    fn steps(&self, component: &Component, application: &Application, intent: Intent) -> Vec<Draft> {
        let Ok(said) = Said::of(&component.fields) else { return Vec::new() };
        let (name, region) = (&component.name, &application.recovery);
        let title = format!("switch {name} to {region}");
        let flip = Draft::act("flip", title, own_side(component), Undo::Reversible, 5.0, 60.0).part(Role::CutOver);
        let flip = Draft { plane: Plane::Data, ..flip };
        let serves = said.answered().map(|_| serves_draft(component, application, intent, "flip"));
        [flip].into_iter().chain(serves).collect()
    }
}

impl Service for Switch {
    fn work(&self, step: &Step, context: &Context<'_>) -> Box<dyn Work> {
        let (component, application) = (context.component, &context.plan.application);
        match (step.id.action(), Flip::of(component, application, context.intent), Said::of(&component.fields)) {
            (_, Err(missing), _) | (_, _, Err(missing)) => Box::new(Blocked::missing(missing)),
            ("flip", Ok(flip), _) => Box::new(flip),
            ("serves", Ok(flip), Ok(said)) => match said.answered() {
                Some(answered) => {
                    let of_another = said_of(component, NOT_SET).is_some();
                    Box::new(Serves::of(answered, flip.place).of_another(of_another))
                }
                None => Box::new(Blocked::because("the plan does not say what must be answered")),
            },
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
        let flip = Flip::of(context.component, &context.plan.application, context.intent).ok()?;
        (step.id.action() == "flip").then(|| flip.back(before)).flatten().map(|back| Box::new(back) as Box<dyn Work>)
    }
    fn health(&self, component: &Component, application: &Application, side: Side) -> Option<Looked<Health>> {
        let flip = match (side == own_side(component), Flip::of(component, application, Intent::Failover)) {
            (false, _) => return None,
            (true, Ok(flip)) => flip,
            (true, Err(missing)) => {
                return Some(Looked::new([], move |_| Health::not_told(&missing.to_string())));
            }
        };
        let want = words::object(&flip.place, &flip.bucket, &flip.key);
        Some(Looked::new([want.ask.clone()], move |facts| {
            let (is_there, note) = match facts.see(&want) {
                Look::NotTold(why) => return Health::not_told(why),
                Look::There(_) => (true, "its object is there"),
                Look::Absent => (false, "its object is not there"),
            };
            Health::new(if is_there == flip.present { HealthLevel::Up } else { HealthLevel::Standby }, note)
        }))
    }
    /// The object is where it was: in the region that is left.
    fn turned(&self, component: &Component, done: &Done<'_>) -> Result<Turned, String> {
        let said = Said::of(&component.fields).map_err(|missing| missing.to_string())?;
        let before = done.before("flip").and_then(Before::of_journal);
        let Some(before) = before.filter(|before| before.present != said.present) else {
            return Err(format!(
                "that run did not switch {}: it stood so already, and nothing says how it was before",
                said.object
            ));
        };
        let mut turned = Turned::of(component).remembering(component).away();
        turned.set("present", Value::Bool(before.present));
        if said.set.is_some() {
            turned.said(NOT_SET, Value::Bool(true));
        }
        let is = if before.present { "there" } else { "not there" };
        turned.notes.push(format!("{} of {} was {is} before", said.object, said.bucket));
        Ok(turned)
    }

    fn grants(&self) -> &'static [Grant] {
        const {
            &[
                Grant::look(&["s3:ListBucket"], &[On::Named("s3:::{bucket}")]),
                Grant::look(&["s3:GetObject"], &[On::Named("s3:::{bucket}/{object}")]),
                Grant::look_for(
                    "flip",
                    &["route53:GetHealthCheck"],
                    &[On::Named("route53:::healthcheck/{health_check}")],
                )
                .with("health_check"),
                Grant::look_for(
                    "serves",
                    &["route53:ListResourceRecordSets", "route53:GetHostedZone"],
                    &[On::Named("route53:::hostedzone/{zone}")],
                ),
                Grant::look_for("serves", &["route53:ListHostedZonesByName", "route53:TestDNSAnswer"], ANY),
                Grant::act("flip", &["s3:PutObject", "s3:DeleteObject"], &[On::Named("s3:::{bucket}/{object}")]),
            ]
        }
    }

    fn hole(&self, component: &Component, name: &str) -> Hole {
        super::route53::zone_hole(component, name)
    }

    fn example(&self) -> Value {
        serde_json::json!({
            "bucket": "switch-west", "object": "east-is-off", "present": true, "health_check": "11111111-2222-3333-4444-555555555555",
            "zone": "Z1", "record": "shop.example.com.", "set": "west",
        })
    }
}
