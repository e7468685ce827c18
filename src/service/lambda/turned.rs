//! The way back of a function: its events are stopped on the side that is left and come on the other again, and what else was
//! changed becomes what it was.

use super::alias;
use super::alias::Point;
use super::concurrency::{Reserve, Wanted};
use super::fields::Said;
use super::steps::{self, EVENTS, FENCES};
use super::words::Concurrency;
use crate::plan::{Component, Draft, Intent, Side, Step, Undo};
use crate::service::Place;
use crate::service::turned::{Done, Turned, is_away, said as said_of};
use crate::service::work::{Image, Work};
use crate::text::Clean;
use serde_json::{Value, json};

/// The steps of a failback's own.
pub(super) const ALIAS: &str = "standby-alias";
pub(super) const CONCURRENCY: &str = "standby-concurrency";

/// What each of them takes back.
#[derive(Clone, serde::Serialize, serde::Deserialize)]
struct Pointed {
    alias: Clean,
    was: alias::Was,
    from: Clean,
}

#[derive(Clone, Copy, serde::Serialize, serde::Deserialize)]
struct Reserved {
    was: Concurrency,
    from: u64,
}

/// A function's name, and the alias behind it.
fn parted(function: &str) -> (&str, Option<&str>) {
    match function.rsplit_once(':') {
        // In an ARN an alias is behind the name, which is the seventh part.
        Some((name, alias)) if !function.starts_with("arn:") || function.split(':').count() > 7 => (name, Some(alias)),
        _ => (function, None),
    }
}

/// The component of the failback.
///
/// # Errors
/// Why there is none.
pub(super) fn of(component: &Component, said: &Said, done: &Done<'_>) -> Result<Turned, String> {
    if let Some(step) = done.steps.iter().find(|step| !step.is_verified) {
        return Err(format!("{} is not verified: nothing says how it stands", step.action));
    }
    let acted = |actions: &[&str], sources: &[String]| -> Vec<String> {
        let those = actions.iter().zip(sources).filter(|(action, _)| done.has_acted(action));
        those.map(|(_, source)| source.clone()).collect()
    };
    let stopped = said.fenced().map(|old| acted(&FENCES, &old.event_sources)).unwrap_or_default();
    let started = acted(&EVENTS, &said.event_sources);
    let mut turned = Turned::of(component);
    let (own, _) = parted(&said.function);
    for name in ["alias", "version", "concurrency", "fence", "event_sources"] {
        turned.set(name, Value::Null);
    }
    match &said.old {
        Some(old) if !is_left_alone(done) => {
            let (function, alias) = parted(&old.function);
            turned.set("function", json!(function));
            turned.set("alias", json!(alias));
            turned.set("event_sources", json!(stopped));
        }
        Some(_) | None => {
            turned = turned.remembering(component).away();
            turned.notes.push(format!("no function of {} was changed", done.application.primary));
        }
    }
    let mapped = said.alias.as_ref().map_or_else(|| said.function.clone(), |alias| format!("{own}:{alias}"));
    turned.set("old", json!({ "function": mapped, "event_sources": started }));
    again(&mut turned, done);
    if let (Some(before), Some(alias), Some(version)) = (done.before("alias"), &said.alias, &said.version) {
        let was: alias::Was = Image::of_journal(before).ok_or("the journal does not say what its alias was of")?;
        turned.notes.push(format!("{alias} was of version {} before", was.version));
        turned.said(ALIAS, Pointed { alias: alias.as_str().into(), was, from: version.as_str().into() }.kept());
    }
    if let (Some(before), Some(from)) = (done.before("concurrency"), said.concurrency) {
        let was: Concurrency = Image::of_journal(before).ok_or("the journal does not say what was reserved for it")?;
        turned.said(CONCURRENCY, Reserved { was, from }.kept());
    }
    Ok(turned)
}

/// Whether the plan names an old function and nothing of it was to be changed.
fn is_left_alone(done: &Done<'_>) -> bool {
    done.step(FENCES[0]).is_none()
}

/// Gone back from a failback: what that one took back is wanted again.
fn again(turned: &mut Turned, done: &Done<'_>) {
    let pointed = done.told(ALIAS).and_then(Pointed::of_journal);
    if let Some(pointed) = pointed {
        turned.set("alias", json!(pointed.alias));
        turned.set("version", json!(pointed.from));
    }
    if let Some(reserved) = done.told(CONCURRENCY).and_then(Reserved::of_journal) {
        turned.set("concurrency", json!(reserved.from));
    }
}

/// The steps of a failback.
pub(super) fn steps(component: &Component, said: &Said) -> Vec<Draft> {
    let name = &component.name;
    let mut drafts = steps::drafts(name, said, Intent::Failback);
    if is_away(component) {
        drafts.retain(|draft| FENCES.contains(&draft.action));
    }
    let back = |action, title: String| {
        Draft::act(action, title, Side::Primary, Undo::Reversible, 5.0, 120.0).after_the_return()
    };
    let mut before = Vec::new();
    if said_of(component, ALIAS).is_some() {
        drafts.push(back(ALIAS, format!("point the other alias of {name} at what it was of")));
        before.push(ALIAS);
    }
    if said_of(component, CONCURRENCY).is_some() {
        drafts.push(back(CONCURRENCY, format!("reserve for the other {name} what it had")).after(before));
    }
    drafts
}

fn pointed(component: &Component, said: &Said, place: Place) -> Option<Point> {
    let Pointed { alias, was, from } = said_of(component, ALIAS).and_then(Pointed::of_journal)?;
    let function = Clean::new(parted(&said.old.as_ref()?.function).0);
    let from = alias::Was { version: from, weights: Default::default() };
    Some(Point { place, function, alias, to: was, from: Some(from) })
}

fn reserved(component: &Component, said: &Said, place: Place) -> Option<Reserve> {
    let Reserved { was, from } = said_of(component, CONCURRENCY).and_then(Reserved::of_journal)?;
    let function = Clean::new(parted(&said.old.as_ref()?.function).0);
    Some(Reserve { wanted: Wanted::Back { was, from }, place, function })
}

/// The work of one of those that a failback has of its own.
pub(super) fn work(step: &Step, component: &Component, said: &Said, place: Place) -> Option<Box<dyn Work>> {
    match step.id.action() {
        ALIAS => Some(Box::new(pointed(component, said, place)?)),
        CONCURRENCY => Some(Box::new(reserved(component, said, place)?)),
        _ => None,
    }
}

/// What takes it back.
pub(super) fn compensation(
    action: &str,
    component: &Component,
    said: &Said,
    place: Place,
    before: &Value,
) -> Option<Box<dyn Work>> {
    if action == ALIAS {
        let point = pointed(component, said, place)?;
        let to = Image::of_journal(before)?;
        return Some(Box::new(Point { from: Some(point.to), to, ..point }));
    }
    let Reserved { was, .. } = said_of(component, CONCURRENCY).and_then(Reserved::of_journal)?;
    let wanted = Wanted::Back { was: Image::of_journal(before)?, from: was.reserved.unwrap_or(0) };
    Some(Box::new(Reserve { wanted, ..reserved(component, said, place)? }))
}
