//! What a kind makes of a component on the way back, from what the journal of the failover says was done for it. Pure.

use super::ask::Ask;
use super::operation::Receipt;
use super::resolve::refers_to;
use super::work::{Asked, Facts, Verdict, Work};
use crate::plan::{Application, Component, ComponentName, Fields, Region, Side};
use crate::seal::token;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// What a run did for one component.
#[derive(Clone, Debug)]
pub struct Done<'a> {
    /// The application as the run had it: from where to where.
    pub application: &'a Application,
    /// Its steps, in run order.
    pub steps: Vec<DoneStep<'a>>,
    /// The components that a person sees to on the way back: they give nothing to others.
    pub given_up: &'a BTreeSet<ComponentName>,
    /// What its plan said that a run before it did, where that was a failback itself.
    pub from_run: Option<&'a Map<String, Value>>,
}

/// One step of a run that is over.
#[derive(Clone, Copy, Debug)]
pub struct DoneStep<'a> {
    /// Its name within the component.
    pub action: &'a str,
    /// Where it was done.
    pub region: &'a Region,
    /// Whether anything was sent for it, and stands.
    pub acted: bool,
    /// Whether it is verified.
    pub is_verified: bool,
    /// What its act found before, as the journal keeps it.
    pub before: &'a Value,
    /// What was answered to it.
    pub receipt: Option<&'a Receipt>,
}

impl<'a> Done<'a> {
    /// The step called `action`.
    pub fn step(&self, action: &str) -> Option<DoneStep<'a>> {
        self.steps.iter().copied().find(|step| step.action == action)
    }

    /// The before-image of what `action` changed; nothing where it changed nothing.
    pub fn before(&self, action: &str) -> Option<&'a Value> {
        self.step(action).filter(|step| step.acted && !step.before.is_null()).map(|step| step.before)
    }

    /// Whether anything was done for it.
    pub fn acted(&self) -> bool {
        self.steps.iter().any(|step| step.acted)
    }

    /// Whether `action` was done, and stands.
    pub fn has_acted(&self, action: &str) -> bool {
        self.step(action).is_some_and(|step| step.acted)
    }

    /// What the failback that this run was said at `name`.
    pub(super) fn told(&self, name: &str) -> Option<&'a Value> {
        self.from_run?.get(name)
    }
}

/// A component as the way back has it.
#[derive(Clone, Debug)]
pub struct Turned {
    /// It.
    pub component: Component,
    /// What was taken from the journal, and what is to be known, each a line.
    pub notes: Vec<String>,
    /// What is kept of the way there, and costs: each in words.
    pub keeps: Vec<String>,
    /// What may differ between the two sides since: each in words, with what bounds it.
    pub diverged: Vec<String>,
}

impl Turned {
    /// `component`, its sides changed over: its accounts and the side it is acted on.
    pub fn of(component: &Component) -> Self {
        let mut turned = component.clone();
        std::mem::swap(&mut turned.accounts.primary, &mut turned.accounts.recovery);
        turned.region = component.region.map(|side| match side {
            Side::Primary => Side::Recovery,
            Side::Recovery => Side::Primary,
        });
        Self { component: turned, notes: Vec::new(), keeps: Vec::new(), diverged: Vec::new() }
    }

    /// With another value of a field; without it where `value` is null.
    pub fn set(&mut self, name: &str, value: Value) {
        if value.is_null() {
            self.component.fields.0.shift_remove(name);
        } else {
            self.component.fields.0.insert(name.to_owned(), without_nulls(value));
        }
    }

    /// It is not done in the region that is gone back to, but taken back in the one that is left.
    pub(super) fn away(mut self) -> Self {
        self.said(AWAY, json!(true));
        self
    }

    /// With what it was on the way there, for the way after this one. Values that are not written down are not.
    pub(super) fn remembering(mut self, component: &Component) -> Self {
        let was = json!({
            "kind": component.kind,
            "fields": component.fields.0,
            "approve": component.approve,
            "timeout": component.timeout_seconds,
        });
        if token::has_token(&was.to_string()) {
            self.notes.push(
                "TODO it has values that are written down nowhere: the way after this one is for a person".into(),
            );
        } else {
            self.said(WAS, was);
        }
        self
    }

    /// With what the journal says at `name`.
    pub fn said(&mut self, name: &str, value: Value) {
        let from_run = self.component.from_run.get_or_insert_with(Map::new);
        from_run.insert(name.to_owned(), without_nulls(value));
    }
}

/// Where it is said that what is done is done on the side that is left.
const AWAY: &str = "away";
/// Where it is said what a component was before it was turned.
const WAS: &str = "was";

/// Whether what a failback does of a component is done on the side that is left, where the way there was.
pub(super) fn is_away(component: &Component) -> bool {
    said(component, AWAY) == Some(&json!(true))
}

/// The side on which a component is done that has one place in both plans.
pub(super) fn own_side(component: &Component) -> Side {
    if is_away(component) { Side::Primary } else { Side::Recovery }
}

/// A component of a failback as its first plan had it, where the failback says so: turned twice it is what it was.
pub fn as_it_was(component: &Component) -> Option<Turned> {
    let from_run = component.from_run.as_ref()?;
    let mut plain = component.clone();
    plain.from_run = None;
    match from_run.get(WAS) {
        Some(was) => {
            plain.kind = was["kind"].as_str()?.into();
            plain.fields = Fields(was["fields"].as_object()?.clone());
            plain.approve = was["approve"].as_str().map(Into::into);
            plain.timeout_seconds = was["timeout"].as_f64();
        }
        None if is_away(component) => {}
        None => return None,
    }
    Some(Turned::of(&plain))
}

/// What a journal said of a component at `name`.
pub(super) fn said<'a>(component: &'a Component, name: &str) -> Option<&'a Value> {
    component.from_run.as_ref()?.get(name)
}

/// A question to a person in the place of what a program cannot do or see.
pub(super) fn by_hand(component: &Component, ask: String) -> Turned {
    let mut turned = Turned::of(component);
    turned.component.kind = "manual".into();
    turned.component.timeout_seconds = None;
    turned.component.approve = None;
    turned.component.fields = Fields(Map::from_iter([("ask".to_owned(), json!(ask))]));
    turned.remembering(component)
}

/// Only looked at: what it names is looked for in the region that is gone back to. What names a thing of one region alone is
/// for a person to see.
pub(super) fn looked(component: &Component, done: &Done<'_>) -> Turned {
    as_it_is(component, done).unwrap_or_else(|why| {
        let (kind, name, region) = (&component.kind, &component.name, &done.application.primary);
        by_hand(component, format!("See that {name} ({kind}) is as it should be in {region}: {why}"))
    })
}

/// The same, without what it would take from components that a person sees to: what a table has of that stays as the old
/// region has it, and what stands alone is for a person too.
pub fn without(turned: Turned, given_up: &BTreeSet<ComponentName>) -> Turned {
    let wants = |value: &Value| refers_to(value, given_up);
    if !turned.component.fields.0.values().any(wants) {
        return turned;
    }
    let mut kept = turned.clone();
    let mut alone = None;
    for (name, value) in &mut kept.component.fields.0 {
        match value {
            Value::Object(members) => members.retain(|_, member| !refers_to(member, given_up)),
            value if refers_to(value, given_up) => alone = Some(name.clone()),
            _ => {}
        }
    }
    kept.component.fields.0.retain(|_, value| value.as_object().is_none_or(|members| !members.is_empty()));
    let Some(field) = alone else {
        kept.notes.push("what it took from components that a person sees to now stays as it is there".to_owned());
        return kept;
    };
    let name = &turned.component.name;
    let ask = format!("See to {name} on the way back: its `{field}` is of a component that a person sees to");
    Turned { component: by_hand(&Turned::of(&turned.component).component, ask).component, ..turned }
}

/// Whether a text is the id of something that is in one region alone: vpc-0a1b2c3d.
fn is_an_id(text: &str) -> bool {
    let of_one = ["vpc-", "subnet-", "sg-", "lt-", "ami-", "i-"];
    let rest = of_one.iter().find_map(|sort| text.strip_prefix(sort));
    rest.is_some_and(|id| id.len() >= 8 && id.chars().all(|letter| letter.is_ascii_hexdigit()))
}

fn has_an_id(value: &Value) -> bool {
    match value {
        Value::String(text) => is_an_id(text),
        Value::Array(items) => items.iter().any(has_an_id),
        Value::Object(members) => members.values().any(has_an_id),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Kept as it is: what it says is said of neither region.
///
/// # Errors
/// Which of its fields names the region that is left.
fn as_it_is(component: &Component, done: &Done<'_>) -> Result<Turned, String> {
    let region = done.application.recovery.as_str();
    for (name, value) in &component.fields.0 {
        if has_an_id(value) || value.to_string().contains(region) {
            return Err(format!(
                "its `{name}` names what is of {region}, and nothing says what that is in {}",
                done.application.primary
            ));
        }
    }
    Ok(Turned::of(component))
}

/// What is asked about only once something before it is verified: before the start it is still to come.
pub(super) struct Later(pub &'static str);

impl Work for Later {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        Vec::new()
    }
    fn goal(&self, _facts: &Facts<'_>) -> Verdict {
        Verdict::untouched(self.0)
    }
}

/// The same without what is not there: TOML has no word for nothing.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let there = members.into_iter().filter(|(_, value)| !value.is_null());
            Value::Object(there.map(|(name, value)| (name, without_nulls(value))).collect())
        }
        Value::Array(items) => {
            Value::Array(items.into_iter().filter(|item| !item.is_null()).map(without_nulls).collect())
        }
        plain => plain,
    }
}
