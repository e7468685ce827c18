//! The statements of a policy, of a role or of a thing ("IAM JSON policy elements", IAM User Guide).

use super::trust::{Condition, like, listed, texts};
use crate::plan::Region;
use crate::service::arn::Arn;
use crate::text::Clean;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A statement of a policy.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Statement {
    /// Whether its Effect is Allow; it denies otherwise.
    pub allows: bool,
    /// Who it is about, whatever they are; none in a role's own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub principals: Vec<Clean>,
    /// Its actions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<Clean>,
    /// Its resources.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<Clean>,
    /// Its conditions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// Whether it is written by what it is *not* about: NotPrincipal, NotAction, NotResource.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_inverted: bool,
}

impl Statement {
    /// The statements of a policy's text; `None` when it is none.
    pub fn parse(text: &str) -> Option<Vec<Self>> {
        let policy: Value = serde_json::from_str(text).ok()?;
        Some(listed(policy.get("Statement")?).map(Self::of).collect())
    }

    fn of(statement: &Value) -> Self {
        let at = |name: &str| statement.get(name).map(texts).unwrap_or_default();
        let principals = match statement.get("Principal") {
            Some(Value::Object(named)) => named.values().flat_map(texts).collect(),
            _ => at("Principal"),
        };
        let is_inverted = ["NotPrincipal", "NotAction", "NotResource"].iter().any(|name| statement.get(name).is_some());
        Self {
            allows: statement.get("Effect").and_then(Value::as_str) == Some("Allow"),
            principals,
            actions: at("Action"),
            resources: at("Resource"),
            conditions: Condition::all_of(statement),
            is_inverted,
        }
    }

    /// Whether it is about `action`, which may be a pattern itself. Actions are compared without case.
    pub fn is_of(&self, action: &str) -> bool {
        let action = action.to_ascii_lowercase();
        self.actions.iter().any(|own| like(&own.to_ascii_lowercase(), &action))
    }
}

/// How a statement's conditions stand to a region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bound {
    /// They say nothing of regions, or let this one in.
    No,
    /// They are met in the other region, and not in this one.
    Away,
}

impl Condition {
    /// Whether it is met by requests in `there` and by none in `here`.
    pub(super) fn binds(&self, there: &Region, here: &Region) -> Bound {
        let is_of_regions = self.key.eq_ignore_ascii_case("aws:RequestedRegion");
        let operator = self.operator.trim_end_matches("IfExists");
        let is = |region: &Region| self.values.iter().any(|value| like(value, region.as_str()));
        let meets = |region: &Region| match operator {
            "StringEquals" | "StringEqualsIgnoreCase" | "StringLike" => is(region),
            "StringNotEquals" | "StringNotEqualsIgnoreCase" | "StringNotLike" => !is(region),
            _ => true,
        };
        if is_of_regions && meets(there) && !meets(here) { Bound::Away } else { Bound::No }
    }
}

/// Whether a resource is of `there` alone: its ARN's region is met by that one, and not by `here`.
pub(super) fn is_away(resource: &str, there: &Region, here: &Region) -> bool {
    Arn::parse(resource).is_some_and(|arn| like(arn.region, there.as_str()) && !like(arn.region, here.as_str()))
}

/// Whether a resource may be of `service` in `here`.
pub(super) fn is_here(resource: &str, service: &str, here: &Region) -> bool {
    match Arn::parse(resource) {
        Some(arn) => like(arn.service, service) && (arn.region.is_empty() || like(arn.region, here.as_str())),
        // `*`, and what is so short that it is of everything.
        None => like(resource, &format!("arn:aws:{service}:{here}:111122223333:x")),
    }
}
