//! `accelerator`: the endpoint group of the recovery region takes its traffic, and that of the old side none. Knows nothing of
//! how Global Accelerator is called; it is asked in one region of the partition.

mod dial;
pub(super) mod fields;
#[cfg(test)]
mod tests;
pub(super) mod words;

use super::arn::Arn;
use super::ask::Place;
use super::blocked::{Blocked, Unnamed};
use super::grants::{Grant, Hole, On, text_at};
use super::operation::Receipt;
use super::registry::{Context, Service};
use super::resolve::has_reference;
use super::turned::{self, Done, Turned, said as said_of};
use super::work::{Health, HealthLevel, Image, Look, Looked, Work};
use crate::plan::{Application, Component, Draft, Field, Global, Home, Intent, Kind, Problem, Role, Side, Step, Undo};
use dial::{Dial, Wanted, Was};
use fields::Said;

/// The kind.
pub struct Accelerator;

/// Where a failback is told what the dial of the side that is left was before.
const STANDBY: &str = "standby";

const HOME: Home = Home::Global {
    of: Global::Accelerator,
    instead: "let the health checks of its endpoint groups move clients: they are data plane, and no call is needed for them",
};

impl Kind for Accelerator {
    fn name(&self) -> &'static str {
        "accelerator"
    }
    fn about(&self) -> &'static str {
        "raises the traffic dial of a Global Accelerator endpoint group, verifies that it is deployed and that an endpoint is healthy, then lowers the old group's to nothing"
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
    fn steps(&self, component: &Component, _application: &Application, _intent: Intent) -> Vec<Draft> {
        let Ok(said) = Said::of(&component.fields) else { return Vec::new() };
        let name = &component.name;
        let moves = |action, title| {
            let act = Draft::act(action, title, Side::Recovery, Undo::Reversible, 60.0, 600.0);
            act.part(Role::CutOver).at_home(HOME)
        };
        let dial = moves("dial", format!("let {name} send traffic to the recovery side"));
        // First somewhere to go, then away.
        let drain =
            said.old.map(|_| moves("drain", format!("let {name} send none to the old side")).after(vec!["dial"]));
        [dial].into_iter().chain(drain).collect()
    }
}

impl Service for Accelerator {
    fn work(&self, step: &Step, context: &Context<'_>) -> Box<dyn Work> {
        let said = match Said::of(&context.component.fields) {
            Ok(said) => said,
            Err(missing) => return Box::new(Blocked::missing(missing)),
        };
        let Some(work) = meant(step, context, &said) else { return Box::new(Blocked::unknown_step(step)) };
        match Unnamed::of(&[("endpoint_group", &work.group)]) {
            Some(unnamed) => Box::new(unnamed),
            None => Box::new(work),
        }
    }

    fn compensation(
        &self,
        step: &Step,
        context: &Context<'_>,
        before: &serde_json::Value,
        _receipt: Option<&Receipt>,
    ) -> Option<Box<dyn Work>> {
        let said = Said::of(&context.component.fields).ok()?;
        let work = meant(step, context, &said)?;
        let was: Was = Image::of_journal(before)?;
        Some(Box::new(Dial { wanted: Wanted::To(was.dial), needs_health: false, ..work }))
    }

    fn health(&self, component: &Component, application: &Application, side: Side) -> Option<Looked<Health>> {
        let said = Said::of(&component.fields).ok()?;
        let group = match side {
            Side::Recovery => said.endpoint_group,
            Side::Primary => said.old?.endpoint_group,
        };
        if has_reference(&group) {
            return None;
        }
        // Neither side's region answers for it.
        let want = words::group(&Place::of(component, application, Side::Recovery), &group.into());
        Some(Looked::new([want.ask.clone()], move |facts| match facts.see(&want) {
            Look::NotTold(why) => Health::not_told(why),
            Look::Absent => Health::new(HealthLevel::Down, "no such endpoint group"),
            Look::There(group) => {
                let (healthy, all) = group.healthy();
                let note = format!("dial {}%, {healthy} of {all} endpoints healthy", group.dial);
                let level = match (group.dial > 0.0, healthy) {
                    (false, _) => HealthLevel::Standby,
                    (true, 0) => HealthLevel::Down,
                    (true, healthy) if healthy < all => HealthLevel::Degraded,
                    (true, _) => HealthLevel::Up,
                };
                Health::new(level, note)
            }
        }))
    }

    fn turned(&self, component: &Component, done: &Done<'_>) -> Result<Turned, String> {
        let said = Said::of(&component.fields).map_err(|missing| missing.to_string())?;
        let was = |action| done.before(action).and_then(Was::of_journal).map(|was| was.dial);
        let (dialed, drained) = (was("dial"), was("drain").filter(|dial| *dial >= 1.0).zip(said.old.as_ref()));
        if done.steps.iter().any(|step| !step.is_verified || (step.acted && Was::of_journal(step.before).is_none())) {
            return Err("it is not verified how its dials are, or what they were before".to_owned());
        }
        let Some((dial, old)) = drained else {
            let ask = match dialed {
                Some(dial) => format!("Give {} its dial of {dial}% again", said.endpoint_group),
                None => format!("See that {} sends traffic to {}", component.name, done.application.primary),
            };
            return Ok(turned::by_hand(component, ask));
        };
        let mut turned = Turned::of(component).remembering(component);
        turned.set("endpoint_group", serde_json::json!(old.endpoint_group));
        turned.set("dial", serde_json::json!(dial.round() as u64));
        turned.notes.push(format!("its dial was {dial}% in {} before", done.application.primary));
        match dialed {
            Some(standby) => {
                turned.set("old", serde_json::json!({ "endpoint_group": said.endpoint_group }));
                turned.said(STANDBY, serde_json::json!(standby));
            }
            // It had its traffic before, and keeps it.
            None => turned.set("old", serde_json::Value::Null),
        }
        Ok(turned)
    }

    fn grants(&self) -> &'static [Grant] {
        const GROUPS: &[On] =
            &[On::Named("globalaccelerator::{endpoint_group}"), On::Named("globalaccelerator::{old.endpoint_group}")];
        const {
            &[
                Grant::look(&["globalaccelerator:DescribeEndpointGroup"], GROUPS),
                Grant::look(
                    &["globalaccelerator:DescribeAccelerator"],
                    &[On::Named("globalaccelerator::{accelerator}")],
                ),
                Grant::act(
                    "dial",
                    &["globalaccelerator:UpdateEndpointGroup"],
                    &[On::Named("globalaccelerator::{endpoint_group}")],
                ),
                Grant::act(
                    "drain",
                    &["globalaccelerator:UpdateEndpointGroup"],
                    &[On::Named("globalaccelerator::{old.endpoint_group}")],
                ),
            ]
        }
    }

    /// They are given by their ARNs: from the account on. An accelerator's begins each of its groups'.
    fn hole(&self, component: &Component, name: &str) -> Hole {
        let field = if name == "accelerator" { "endpoint_group" } else { name };
        let Some(given) = text_at(component, field) else { return Hole::Absent };
        let Some(arn) = Arn::parse(given).filter(|_| !has_reference(given)) else { return Hole::Untold };
        let of_it = arn.resource.split("/listener/").next().unwrap_or(arn.resource);
        let thing = if name == "accelerator" { of_it } else { arn.resource };
        Hole::Text(format!("{}:{thing}", arn.account))
    }

    fn example(&self) -> serde_json::Value {
        let group =
            |id: &str| format!("arn:aws:globalaccelerator::111122223333:accelerator/a/listener/l/endpoint-group/{id}");
        serde_json::json!({ "endpoint_group": group("west"), "dial": 100, "old": { "endpoint_group": group("east") } })
    }
}

/// The group that a step is of, and its dial; `None` for a step that this plan does not have.
fn meant(step: &Step, context: &Context<'_>, said: &Said) -> Option<Dial> {
    let application = &context.plan.application;
    let (side, group, wanted) = match step.id.action() {
        "dial" => (Side::Recovery, &said.endpoint_group, Wanted::AtLeast(said.dial as f64)),
        "drain" => {
            // What stands by takes again what it took before.
            let standby = said_of(context.component, STANDBY).and_then(serde_json::Value::as_f64);
            (Side::Primary, &said.old.as_ref()?.endpoint_group, Wanted::To(standby.unwrap_or(0.0)))
        }
        _ => return None,
    };
    Some(Dial {
        place: Place::of(context.component, application, Side::Recovery),
        group: group.as_str().into(),
        region: application.region(side).clone(),
        wanted,
        needs_health: side == Side::Recovery,
    })
}
