//! What an act makes of something that Terraform may declare: what `terraform apply` would take back after a run, and what a
//! rebuild from Git would not have. Said by each family of its own operations; a secret is never told, only that it is
//! another.

use crate::text::Clean;
use serde::Serialize;
use serde_json::Value;

/// An argument of a resource, as an act leaves it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Declared {
    /// The resource's class at Terraform: `aws_ecs_service`. Empty where it is not known what the act changed.
    pub class: &'static str,
    /// Which one, as the cloud calls it.
    pub id: Clean,
    /// The argument; empty where it is the whole resource.
    pub argument: &'static str,
    /// What it is from then on.
    pub now: Clean,
    /// The same as code says it, a block as an object; none where an act does not tell it, or where it is secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
}

impl Declared {
    /// `argument` of the resource `id` is `now`.
    pub fn is(class: &'static str, id: &str, argument: &'static str, now: impl ToString) -> Self {
        Self { class, id: Clean::new(id), argument, now: Clean::new(&now.to_string()), value: None }
    }

    /// `argument` of the resource `id` is `value`, and code may say so.
    pub fn set(class: &'static str, id: &str, argument: &'static str, value: impl Into<Value>) -> Self {
        let value = value.into();
        let now = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        Self::is(class, id, argument, now).valued(value)
    }

    /// As code says it.
    #[must_use]
    pub fn valued(self, value: impl Into<Value>) -> Self {
        Self { value: Some(value.into()), ..self }
    }

    /// The resource is new.
    pub fn new(class: &'static str, id: &str, what: impl ToString) -> Self {
        Self::is(class, id, "", format!("new: {}", what.to_string()))
    }

    /// The resource is there no more.
    pub fn gone(class: &'static str, id: &str) -> Self {
        Self::is(class, id, "", "gone")
    }

    /// What it changed is known to whoever wrote it alone.
    pub fn not_told(what: impl ToString) -> Self {
        Self::is("", &what.to_string(), "", "what it changed is not told here")
    }
}

/// The last part of an ARN behind `:` or `/`, or the text itself.
pub fn last_of(arn: &str) -> &str {
    if arn.starts_with("arn:") { arn.rsplit([':', '/']).next().unwrap_or(arn) } else { arn }
}

/// Several values, as code says them.
pub fn listed(values: &[Clean]) -> Value {
    values.iter().map(|value| Value::from(&**value)).collect()
}

/// Several values as one is read.
pub fn joined(values: &[Clean]) -> String {
    values.iter().map(std::ops::Deref::deref).collect::<Vec<&str>>().join(", ")
}
