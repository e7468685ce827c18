//! The way back of a group: the old region's gets its sizes again, the recovery region's becomes what it was before the run
//! that went over.

use super::fields::Said;
use super::group::{Before, Group};
use super::settle::Settle;
use crate::plan::{Component, Draft, Intent, Side, Undo, When};
use crate::service::Place;
use crate::service::blocked::{Blocked, Unnamed};
use crate::service::registry::Context;
use crate::service::turned::{Done, Turned, is_away, said as said_of};
use crate::service::work::{Outputs, Work};
use serde_json::{Value, json};

/// Where a failback is told what the group of the side that is left was before; and what a fence tells of how it found it.
const STANDBY: &str = "standby";
const GROUP_BEFORE: &str = "group_before";
/// Where it is told with which target group that one registers.
const TARGETS: &str = "target_group";

/// The component of the failback.
///
/// # Errors
/// Why there is none.
pub(super) fn of(component: &Component, said: &Said, done: &Done<'_>) -> Result<Turned, String> {
    let Some(scale) = done.step("scale").filter(|scale| scale.is_verified) else {
        return Err(format!("it is not verified that {} was scaled", said.group));
    };
    let fence = done.step("fence");
    if fence.is_some_and(|fence| !fence.is_verified) {
        return Err("it was not confirmed that the old group was fenced".to_owned());
    }
    let (here, there) = (&done.application.recovery, &done.application.primary);
    // Where it was warmed up first, that is what found it as it was.
    let first = done.step("warm").filter(|warm| warm.acted).unwrap_or(scale);
    let standby = match first.acted.then(|| Before::of(first.before)) {
        Some(None) => return Err(format!("the journal does not say what sizes {} had in {here}", said.group)),
        Some(Some(_)) => Some(first.before.clone()),
        None => None,
    };
    let fenced = done.before("fence").and_then(Before::of).filter(|before| before.desired > 0).zip(said.fenced());
    let mut turned = Turned::of(component);
    let Some((before, old)) = fenced else {
        turned.notes.push(format!("no group of {there} was scaled to nothing: none is scaled there"));
        if let Some(standby) = standby {
            turned.said(STANDBY, standby);
        }
        return Ok(turned.away());
    };
    turned.set("group", json!(old.group));
    turned.set("desired", json!(before.desired));
    turned.set("min", if before.min > 0 { json!(before.min) } else { Value::Null });
    turned.set("max", json!(before.max));
    turned.set("old", json!({ "group": said.group }));
    turned.set("target_group", done.told(TARGETS).cloned().unwrap_or_default());
    if let Some(targets) = &said.target_group {
        turned.notes.push(format!("TODO `target_group`: the plan gave {targets} of {here}; give that of {there}"));
        turned.said(TARGETS, json!(targets));
    }
    turned.notes.push(format!(
        "{} had {} of {} to {} in {there} before it was fenced",
        old.group, before.desired, before.min, before.max
    ));
    if let Some(standby) = standby {
        turned.said(STANDBY, standby);
    }
    Ok(turned)
}

/// The steps of a failback that changes nothing in the region that is gone back to; `None` of any other.
pub(super) fn away_steps(component: &Component) -> Option<Vec<Draft>> {
    is_away(component).then(|| said_of(component, STANDBY).map(|_| draft(component)).into_iter().collect())
}

/// What it does before anybody is moved: the side that is gone back to gets its size.
pub(super) fn warm_step(component: &Component, said: &Said, intent: Intent) -> Option<Draft> {
    let title = format!("warm {} up to {}", component.name, said.desired);
    let warm = || {
        Draft::act("warm", title, Side::Recovery, Undo::Reversible, 180.0, 1200.0)
            .at(When::Warm)
            .left_out(said.cold.as_deref())
    };
    let named = [("group", said.group.as_str()), ("target_group", said.target_group.as_deref().unwrap_or_default())];
    let is_known = Unnamed::of(&named).is_none();
    (intent == Intent::Failback && said.fenced().is_some() && is_known).then(warm)
}

/// What a failback does at last on the side that is left.
pub(super) fn standby_step(component: &Component, said: &Said, intent: Intent) -> Option<Draft> {
    (intent == Intent::Failback && said.fenced().is_some()).then(|| draft(component))
}

fn draft(component: &Component) -> Draft {
    let title = format!("make the old {} a standby again", component.name);
    Draft::act("standby", title, Side::Primary, Undo::Reversible, 120.0, 1200.0).after_the_return()
}

/// The group that becomes a standby.
pub(super) fn stands_by(context: &Context<'_>, said: &Said) -> Option<Group> {
    let place = Place::of(context.component, &context.plan.application, Side::Primary);
    let name = if is_away(context.component) { &said.group } else { &said.fenced()?.group };
    Some(Group::new(place, name))
}

/// It becomes what it was: before the run that went over, or where that changed nothing, before its fence on the way back.
pub(super) fn standby(context: &Context<'_>, said: &Said) -> Box<dyn Work> {
    let told = || -> Option<Value> {
        let text = context.outputs.get(&context.component.name)?.get(GROUP_BEFORE)?;
        serde_json::from_str(text).ok()
    };
    let before = said_of(context.component, STANDBY).cloned().or_else(told);
    match (stands_by(context, said), before) {
        (Some(group), Some(before)) => match Settle::back(group, &before) {
            // Until its fence has stopped it, it serves.
            Some(back) => {
                let stood_still = !is_away(context.component) && !context.run.is_empty();
                Box::new(Settle { exists: "asg-old-group", stood_still, ..back })
            }
            None => Box::new(Blocked::because("nothing says how it was before")),
        },
        // Before the start nobody has found it.
        (Some(_), None) if context.run.is_empty() => Box::new(Blocked::because("its fence will find it")),
        // The fence has found nothing to do.
        (Some(group), None) => Box::new(Settle::to_nothing(group)),
        (None, _) => Box::new(Blocked::because("nothing says which group stands by")),
    }
}

/// What a fence on the way back tells of how it found the group, by its before-image.
pub(super) fn told(before: &Value) -> Outputs {
    match before {
        Value::Null => Outputs::new(),
        before => Outputs::from([(GROUP_BEFORE.to_owned(), before.to_string().as_str().into())]),
    }
}
