//! The way back of a rule: disabled on the side that is left, enabled again on the other, and at last as it stood by before.

use super::TURNS;
use super::fields::Said;
use super::meant as meant_there;
use super::turn::{To, Was};
use super::words::{ENABLED, RuleName};
use crate::plan::{Component, Draft, Intent, Side, Step, Undo};
use crate::service::registry::Context;
use crate::service::turned::{Done, Turned, is_away, said as said_of};
use crate::service::work::Image;
use serde_json::{Value, json};

/// What it is to be again on the side that is gone back to, and on the one that is left.
const BEFORE: &str = "before";
const STANDBY: &str = "standby";

/// The component of the failback.
///
/// # Errors
/// Why there is none.
pub(super) fn of(component: &Component, said: &Said, done: &Done<'_>) -> Result<Turned, String> {
    let region = &done.application.recovery;
    let turn = done.step("enable").or_else(|| done.step("disable"));
    let Some(turn) = turn.filter(|turn| turn.is_verified) else {
        return Err(format!("it is not verified how {} of {region} is", said.rule));
    };
    let was = |before: &Value| Was::of_journal(before).filter(|was| To::of(&was.state).is_some());
    let fence = done.step("fence");
    if fence.is_some_and(|fence| !fence.is_verified) {
        return Err("it was not confirmed that the old rule is disabled".to_owned());
    }
    let fenced = fence.filter(|fence| fence.acted).and_then(|fence| was(fence.before)).zip(said.fenced());
    let mut turned = Turned::of(component).remembering(component);
    if let Some((before, old)) = &fenced {
        turned.set("rule", json!(old.rule));
        turned.set("bus", json!(old.bus));
        turned.set("enabled", Value::Null);
        turned.said(BEFORE, json!(before.state));
        turned.notes.push(format!("{} of {} was {} before", old.rule, done.application.primary, before.state));
    } else {
        turned = turned.away();
        turned.notes.push(format!("the rule of {} was not changed", done.application.primary));
    }
    turned.set("fence", Value::Null);
    turned.set("old", json!({ "rule": said.rule, "bus": said.bus }));
    // What was not changed stays as it is, whatever that is.
    match turn.acted.then(|| was(turn.before)).flatten() {
        Some(before) => turned.said(STANDBY, json!(before.state)),
        None if turn.acted => return Err(format!("the journal does not say how {} was in {region}", said.rule)),
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
            act("fence", format!("disable the rule of {name} that is left"), Side::Primary).fencing(Intent::Failback),
        );
    }
    if !is_away(component) {
        let after = if drafts.is_empty() { Vec::new() } else { vec!["fence"] };
        let action = if said.enabled { "enable" } else { "disable" };
        drafts.push(act(action, format!("{action} the rule of {name}"), Side::Recovery).after(after));
    }
    if standby(component) != To::Off && said.fenced().is_some() {
        drafts.push(
            act("standby", format!("let the other rule of {name} be as it was"), Side::Primary).after_the_return(),
        );
    }
    drafts
}

/// The rule that a step is of, and on which side.
pub(super) fn meant(context: &Context<'_>, step: &Step, said: &Said) -> Option<(Side, RuleName)> {
    match (step.id.action(), context.intent) {
        ("standby", Intent::Failback) => Some((Side::Primary, said.fenced()?.name())),
        _ => meant_there(step, said),
    }
}

/// What is wanted of the rule where clients are to be.
pub(super) fn wanted(component: &Component) -> To {
    said_of(component, BEFORE).and_then(Value::as_str).and_then(To::of).unwrap_or(To::On)
}

/// What the other is to be at last.
pub(super) fn standby(component: &Component) -> To {
    said_of(component, STANDBY).and_then(Value::as_str).and_then(To::of).unwrap_or(To::Off)
}
