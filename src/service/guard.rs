//! A step's work among values that are not written down: it is made from the values as they are now, and is refused, by
//! the name of the value, where one that it would send is not there.

use super::ask::Ask;
use super::operation::{Act, Receipt};
use super::registry::{Context, Service};
use super::work::{Asked, Check, Facts, Verdict, Weight, Work};
use crate::plan::{Component, Field, Level, Step, Takes};
use crate::seal::{Missing, Secrets};
use crate::text::Clean;
use serde::Serialize;
use serde_json::Value;
use std::sync::Arc;

/// The work of `step`, whose component is that of `context`.
pub fn work(service: &dyn Service, step: &Step, context: &Context<'_>, secrets: &Arc<Secrets>) -> Box<dyn Work> {
    let component = alike(context.component, service.fields_of(context.component), secrets);
    let inner = service.work(step, &Context { component: &component, ..*context });
    Box::new(Guarded { inner, secrets: secrets.clone() })
}

/// What takes `step` back; `None` when nothing can.
pub fn compensation(
    service: &dyn Service,
    step: &Step,
    context: &Context<'_>,
    before: &Value,
    receipt: Option<&Receipt>,
    secrets: &Arc<Secrets>,
) -> Option<Box<dyn Work>> {
    let component = alike(context.component, service.fields_of(context.component), secrets);
    let inner = service.compensation(step, &Context { component: &component, ..*context }, before, receipt)?;
    Some(Box::new(Guarded { inner, secrets: secrets.clone() }))
}

/// `component` with the values of its tables sealed as those that are found in a cloud are, so that they compare: a value
/// that holds an output is whole only now.
fn alike(component: &Component, fields: &[Field], secrets: &Secrets) -> Component {
    let mut alike = component.clone();
    for field in fields {
        if let Some(value) = alike.fields.0.get_mut(field.name) {
            field_alike(field, value, secrets);
        }
    }
    alike
}

fn field_alike(field: &Field, value: &mut Value, secrets: &Secrets) {
    if let (Takes::Tables(fields), Value::Array(items)) = (field.takes, &mut *value) {
        let each = Field { takes: Takes::Table(fields), ..*field };
        return items.iter_mut().for_each(|item| field_alike(&each, item, secrets));
    }
    if let (Takes::Sealed, Value::String(text)) = (field.takes, &mut *value) {
        // One whole, as what is found in a cloud in its place is. One that is not there stays as it is.
        if let Ok(opened) = secrets.open(text) {
            *text = secrets.in_confidence(opened.reveal());
        }
        return;
    }
    let Value::Object(table) = value else { return };
    match field.takes {
        Takes::Table(fields) => {
            for field in fields {
                if let Some(value) = table.get_mut(field.name) {
                    field_alike(field, value, secrets);
                }
            }
        }
        Takes::TextTable => {
            for (name, value) in table.iter_mut() {
                // What `secrets` holds are addresses, by the names of secrets.
                let name = if field.name == "secrets" { "" } else { name };
                // One that is not there stays as it is: it can still be compared by its token.
                if let Some(Ok(opened)) = value.as_str().map(|text| secrets.open(text)) {
                    *value = Value::String(secrets.sealed(name, opened.reveal()));
                }
            }
        }
        Takes::Text
        | Takes::Value
        | Takes::Sealed
        | Takes::Choice(_)
        | Takes::Count
        | Takes::CountOrReference
        | Takes::Within(..)
        | Takes::Truth
        | Takes::Duration
        | Takes::Texts
        | Takes::Program
        | Takes::Headers
        | Takes::CountTable
        | Takes::TableWithin(..)
        | Takes::Tables(_) => {}
    }
}

struct Guarded {
    inner: Box<dyn Work>,
    secrets: Arc<Secrets>,
}

impl Guarded {
    /// The first value that is not there of those that `sent` would be opened to.
    fn missing(&self, sent: &impl Serialize) -> Option<Missing> {
        missing(&self.secrets, sent)
    }
}

/// The first value of `component` that is not there. What a step sends is often not known before others have given their outputs:
/// before the start this is told in its place, or a run would go half the way without it.
pub fn wanting(component: &Component, secrets: &Secrets) -> Option<Check> {
    missing(secrets, &component.fields).as_ref().map(not_there)
}

/// That a value is not there.
fn not_there(missing: &Missing) -> Check {
    Check {
        code: "secret-missing".into(),
        level: Level::Failing,
        found: Clean::new(&missing.to_string()),
        wanted: "every value that is sent".into(),
        fix: FIX.into(),
        weight: Weight::Blocks,
        identity: false,
    }
}

fn missing(secrets: &Secrets, sent: &impl Serialize) -> Option<Missing> {
    secrets.has(&serde_json::to_string(sent).ok()?).err()
}

impl Work for Guarded {
    fn asks(&self, asked: &Asked) -> Vec<Ask> {
        self.inner.asks(asked)
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        let Some(missing) = self.missing(&self.inner.asks(facts.asked)) else { return self.inner.goal(facts) };
        match facts.asked {
            // Something may have been done, and it cannot be looked at.
            Asked::Unanswered { .. } => {
                Verdict::Unknown { why: Clean::new(&missing.to_string()), asking_again_sends: false }
            }
            Asked::No | Asked::Taken { .. } => {
                Verdict::Bad { reason: Clean::new(&missing.to_string()), help: Clean::new(FIX) }
            }
        }
    }

    fn further(&self, facts: &Facts<'_>) -> Vec<Ask> {
        self.inner.further(facts)
    }

    fn prechecks(&self, facts: &Facts<'_>) -> Vec<Check> {
        let mut checks = self.inner.prechecks(facts);
        let asked = self.missing(&self.inner.asks(&Asked::No));
        let missing = asked.or_else(|| self.missing(&self.inner.act(facts)));
        checks.extend(missing.as_ref().map(not_there));
        checks
    }

    fn act(&self, facts: &Facts<'_>) -> Option<Act> {
        self.inner.act(facts)
    }

    fn touched(&self, facts: &Facts<'_>) -> Option<Vec<Clean>> {
        self.inner.touched(facts)
    }

    fn before_image(&self, facts: &Facts<'_>) -> Value {
        self.inner.before_image(facts)
    }
}

const FIX: &str = "give it, and leave and resume the run: values are read when a session opens; a plan file that was moved is named with --plan";
