//! The way back of a service: the old region's gets its size and its autoscaling again, the recovery region's becomes a standby
//! as it was before the run that went over.

use super::before::{LimitsBefore, ServiceBefore};
use super::fields::Said;
use super::limits::SetLimits;
use super::settle::Settle;
use super::target::Target;
use crate::plan::{Component, Draft, Intent, Side, Undo, When};
use crate::service::Place;
use crate::service::ask::Ask;
use crate::service::blocked::{Blocked, Unnamed};
use crate::service::registry::Context;
use crate::service::turned::{Done, Turned, is_away, said as said_of};
use crate::service::work::{Asked, Facts, Image, Look, Outputs, Verdict, Work};
use serde_json::{Value, json};

/// What a fence on the way back tells of how it found the service, and its autoscaling: the standby goes back to that where
/// the run before changed nothing of it.
pub(super) const SERVICE_BEFORE: &str = "service_before";
pub(super) const LIMITS_BEFORE: &str = "limits_before";

/// The component of the failback.
///
/// # Errors
/// Why there is none.
pub(super) fn of(component: &Component, said: &Said, done: &Done<'_>) -> Result<Turned, String> {
    let Some(old) = said.fenced() else { return Ok(not_fenced(component, said, done)) };
    let Some(fence) = done.step("fence") else { return Err("the journal has no fence of it".to_owned()) };
    if !fence.is_verified {
        return Err(format!("it was not confirmed that the old {} was fenced", old.service));
    }
    let before = done.before("fence").and_then(ServiceBefore::of_journal);
    let Some(desired) = before.as_ref().and_then(|before| before.desired).filter(|desired| *desired > 0) else {
        return Err(format!("the journal does not say how many tasks {} had before it was fenced", old.service));
    };
    let region = &done.application.primary;
    let mut turned = Turned::of(component);
    for (name, value) in [("cluster", json!(old.cluster)), ("service", json!(old.service)), ("desired", json!(desired))]
    {
        turned.set(name, value);
    }
    turned.set("old", json!({ "cluster": said.cluster, "service": said.service }));
    // They are of the other region, or say what the before-image says better.
    for name in ["target_group", "log", "min", "exact", "family"] {
        if turned.component.fields.0.contains_key(name) && matches!(name, "target_group" | "log") {
            turned.notes.push(format!(
                "TODO `{name}`: the plan gave that of {}; give that of {region}",
                done.application.recovery
            ));
        }
        turned.set(name, Value::Null);
    }
    turned.said("before", done.before("fence").cloned().unwrap_or_default());
    turned.notes.push(format!("{} ran {desired} tasks in {region} before it was fenced", old.service));
    stands_by(&mut turned, done);
    if let Some(limits) = done.before("fence-scaling").filter(|limits| has_minimum(limits)) {
        turned.said("limits", limits.clone());
    }
    Ok(turned)
}

/// Nothing was done on the old side, which went on as it was: the new one becomes what it was.
fn not_fenced(component: &Component, said: &Said, done: &Done<'_>) -> Turned {
    let mut turned = Turned::of(component).away();
    stands_by(&mut turned, done);
    let region = &done.application.primary;
    turned.notes.push(format!("no service of {region} was fenced for {}: none is scaled there", said.service));
    turned
}

/// What the side that is left was before the run that went over.
fn stands_by(turned: &mut Turned, done: &Done<'_>) {
    // Where it was warmed up first, that is what found it as it was.
    if let Some(standby) = done.before("warm").or_else(|| done.before("scale")).filter(|before| has_size(before)) {
        turned.said("standby", standby.clone());
    }
    if let Some(limits) = done.before("min").or_else(|| done.before("scaling")).filter(|limits| has_minimum(limits)) {
        turned.said("standby_limits", limits.clone());
    }
}

fn has_minimum(before: &Value) -> bool {
    LimitsBefore::of_journal(before).is_some_and(|before| before.min.is_some())
}

fn has_size(before: &Value) -> bool {
    ServiceBefore::of_journal(before).is_some_and(|before| before.desired.is_some())
}

/// The service that becomes a standby.
pub(super) fn standing_by(component: &Component, said: &Said) -> Option<Target> {
    if is_away(component) {
        return Some(Target::of(&said.cluster, &said.service));
    }
    said.fenced().map(|old| Target::of(&old.cluster, &old.service))
}

/// What a failback does beyond a switchover.
pub(super) fn steps(component: &Component, said: &Said, intent: Intent) -> Vec<Draft> {
    if intent != Intent::Failback || standing_by(component, said).is_none() {
        return Vec::new();
    }
    let name = &component.name;
    let act = |action, title: String, side, expected, timeout| {
        Draft::act(action, title, side, Undo::Reversible, expected, timeout)
    };
    let mut drafts = Vec::new();
    let is_away = is_away(component);
    if !is_away && Unnamed::of(&said.named()).is_none() {
        let title = format!("warm {name} up to {}", said.desired);
        drafts.push(act("warm", title, Side::Recovery, 120.0, 1200.0).at(When::Warm).left_out(said.cold.as_deref()));
    }
    if said_of(component, "limits").is_some() {
        let title = format!("let {name} be scaled again");
        drafts.push(act("scaling", title, Side::Recovery, 5.0, 120.0).after(vec!["scale"]));
    }
    let mut before = Vec::new();
    if !is_away || said_of(component, "standby").is_some() {
        let title = format!("make the old {name} a standby again");
        drafts.push(act("standby", title, Side::Primary, 60.0, 900.0).after_the_return());
        before.push("standby");
    }
    if !is_away || said_of(component, "standby_limits").is_some() {
        let title = format!("let the standby of {name} be scaled again");
        drafts.push(act("standby-scaling", title, Side::Primary, 5.0, 120.0).after(before).after_the_return());
    }
    drafts
}

/// The work of one of those steps; `None` of another.
pub(super) fn work(action: &str, context: &Context<'_>, said: &Said) -> Option<Box<dyn Work>> {
    let component = context.component;
    let place = |side| Place::of(component, &context.plan.application, side);
    let old = || standing_by(component, said);
    let told = |name: &str| -> Option<Value> {
        let text = context.outputs.get(&component.name)?.get(name)?;
        serde_json::from_str(text).ok()
    };
    let made: Option<Box<dyn Work>> = match action {
        "scaling" => {
            let target = Target::of(&said.cluster, &said.service);
            said_of(component, "limits")
                .and_then(|limits| SetLimits::back(place(Side::Recovery), target, limits))
                .map(boxed)
        }
        "standby" => {
            let before = said_of(component, "standby").cloned().or_else(|| told(SERVICE_BEFORE));
            let back = old().zip(before).and_then(|(old, before)| Settle::back(place(Side::Primary), old, &before));
            // Until its fence has stopped it, it serves.
            let stood_still = !is_away(component) && !context.run.is_empty();
            back.map(|back| boxed(Settle { exists: "ecs-old-service", stood_still, ..back }))
        }
        "standby-scaling" => {
            let before = said_of(component, "standby_limits").cloned().or_else(|| told(LIMITS_BEFORE));
            match (old(), before) {
                (Some(old), Some(before)) => SetLimits::back(place(Side::Primary), old, &before).map(boxed),
                // Before the start nobody has found it.
                (Some(_), None) if context.run.is_empty() => Some(boxed(Blocked::because("its fence will find it"))),
                // The fence has found nothing that scales it.
                (Some(old), None) => Some(boxed(NothingScales { place: place(Side::Primary), target: old })),
                (None, _) => None,
            }
        }
        _ => return None,
    };
    Some(made.unwrap_or_else(|| Box::new(Blocked::because("nothing says how it was before"))))
}

/// Nothing scales a service, and nothing is to.
struct NothingScales {
    place: Place,
    target: Target,
}

impl Work for NothingScales {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        vec![self.target.limits(&self.place).ask]
    }
    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        match facts.see(&self.target.limits(&self.place)) {
            Look::NotTold(why) => Verdict::unknown(why),
            Look::Absent => Verdict::holds("nothing scales it", Outputs::new()),
            Look::There(limits) => Verdict::bad(
                format!(
                    "autoscaling keeps it within {} to {}, and nothing says how that was before",
                    limits.min, limits.max
                ),
                "set its scalable target as a standby needs it",
            ),
        }
    }
}

fn boxed(work: impl Work + 'static) -> Box<dyn Work> {
    Box::new(work)
}

/// What a fence on the way back tells of how it found what it fences, by its before-image.
pub(super) fn told(name: &str, before: &Value) -> Outputs {
    match before {
        Value::Null => Outputs::new(),
        before => Outputs::from([(name.to_owned(), before.to_string().as_str().into())]),
    }
}
