//! What a kind makes of a component on the way back, from what the journal of the failover says was done for it. Pure.

use crate::plan::{Application, Component, Fields};
use serde_json::{Map, Value, json};

/// What a run did for one component.
#[derive(Clone, Debug)]
pub struct Done<'a> {
    /// The application as the run had it: from where to where.
    pub application: &'a Application,
    /// Its steps, in run order.
    pub steps: Vec<DoneStep<'a>>,
}

/// One step of a run that is over.
#[derive(Clone, Copy, Debug)]
pub struct DoneStep<'a> {
    /// Its name within the component.
    pub action: &'a str,
    /// Whether anything was sent for it, and stands.
    pub acted: bool,
    /// Whether it is verified.
    pub is_verified: bool,
    /// What its act found before, as the journal keeps it.
    pub before: &'a Value,
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
        use crate::plan::Side;
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
            self.component.fields.0.insert(name.to_owned(), value);
        }
    }

    /// With what the journal says at `name`.
    pub fn said(&mut self, name: &str, value: Value) {
        let from_run = self.component.from_run.get_or_insert_with(Map::new);
        from_run.insert(name.to_owned(), without_nulls(value));
    }
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
    turned
}

/// Kept as it is: what it says is said of neither region.
///
/// # Errors
/// Which of its fields names the region that is left.
pub(super) fn as_it_is(component: &Component, done: &Done<'_>) -> Result<Turned, String> {
    let region = done.application.recovery.as_str();
    for (name, value) in &component.fields.0 {
        if value.to_string().contains(region) {
            return Err(format!(
                "its `{name}` names {region}, and nothing says what that is in {}",
                done.application.primary
            ));
        }
    }
    Ok(Turned::of(component))
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
