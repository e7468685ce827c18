//! The way back of a schedule: disabled on the side that is left, enabled again on the other, and at last as it stood by before.

use super::TURNS;
use super::fields::Said;
use super::meant as meant_there;
use super::turn::{Was, is_on};
use super::words::{ENABLED, ScheduleName};
use crate::plan::{Component, Draft, Intent, Side, Step, Undo};
use crate::service::registry::Context;
use crate::service::turned::{Done, Turned, is_away, said as said_of};
use crate::service::work::Image;
use serde_json::{Value, json};

/// What it is to be at last on the side that is left.
const STANDBY: &str = "standby";

/// The component of the failback.
///
/// # Errors
/// Why there is none.
pub(super) fn of(component: &Component, said: &Said, done: &Done<'_>) -> Result<Turned, String> {
    let region = &done.application.recovery;
    let turn = done.step("enable").or_else(|| done.step("disable"));
    let Some(turn) = turn.filter(|turn| turn.is_verified) else {
        return Err(format!("it is not verified how {} of {region} is", said.name));
    };
    let was = |before: &Value| Was::of_journal(before).filter(|was| was.is_on().is_some());
    let fence = done.step("fence");
    if fence.is_some_and(|fence| !fence.is_verified) {
        return Err("it was not confirmed that the old schedule is disabled".to_owned());
    }
    let fenced = fence.filter(|fence| fence.acted).and_then(|fence| was(fence.before)).zip(said.fenced());
    let mut turned = Turned::of(component).remembering(component);
    if let Some((before, old)) = &fenced {
        turned.set("name", json!(old.name));
        turned.set("group", json!(old.group));
        turned.set("enabled", Value::Null);
        turned.notes.push(format!("{} of {} was {} before", old.name, done.application.primary, before.state));
    } else {
        turned = turned.away();
        turned.notes.push(format!("the schedule of {} was not changed", done.application.primary));
    }
    turned.set("fence", Value::Null);
    turned.set("old", json!({ "name": said.name, "group": said.group }));
    // What was not changed stays as it is, whatever that is.
    match turn.acted.then(|| was(turn.before)).flatten() {
        Some(before) => turned.said(STANDBY, json!(before.state)),
        None if turn.acted => return Err(format!("the journal does not say how {} was in {region}", said.name)),
        None if said.enabled => turned.said(STANDBY, json!(ENABLED)),
        None => {}
    }
    Ok(turned)
}

/// The steps of a failback.
pub(super) fn steps(component: &Component, said: &Said) -> Vec<Draft> {
    let name = &component.name;
    let act = |action, title, side| Draft::act(action, title, side, Undo::Reversible, TURNS.0, TURNS.1);
    let mut drafts = Vec::new();
    if said.fenced().is_some() {
        drafts.push(
            act("fence", format!("disable the schedule of {name} that is left"), Side::Primary)
                .fencing(Intent::Failback),
        );
    }
    if !is_away(component) {
        let after = if drafts.is_empty() { Vec::new() } else { vec!["fence"] };
        let action = if said.enabled { "enable" } else { "disable" };
        drafts.push(act(action, format!("{action} the schedule of {name}"), Side::Recovery).after(after));
    }
    if stands_by_on(component) && said.fenced().is_some() {
        drafts.push(
            act("standby", format!("let the other schedule of {name} be as it was"), Side::Primary).after_the_return(),
        );
    }
    drafts
}

/// The schedule that a step is of, and on which side.
pub(super) fn meant(context: &Context<'_>, step: &Step, said: &Said) -> Option<(Side, ScheduleName)> {
    match (step.id.action(), context.intent) {
        ("standby", Intent::Failback) => Some((Side::Primary, said.fenced()?.named())),
        _ => meant_there(step, said),
    }
}

/// Whether the other is to be on at last.
fn stands_by_on(component: &Component) -> bool {
    said_of(component, STANDBY).and_then(Value::as_str).and_then(is_on).unwrap_or(false)
}
