//! For how long what an application says of itself is kept: of an incident somebody looks back weeks later.

use super::{Stands, at, rule};
use crate::plan::Weight;
use crate::service::readiness::Rule;
use crate::snapshot::format::UNREAD;
use crate::snapshot::{Resource, Snapshot};
use serde_json::Value;

/// For how many days at least.
const LEAST_DAYS: u64 = 30;

/// That what was logged of an incident is there when somebody asks.
pub static RETENTION: Rule = Rule {
    costs: "what was logged before and in an incident is gone when it is looked into",
    source: "Security Hub CloudWatch.16 (a year, unless another time is set); prowler cloudwatch_log_group_retention_policy_specific_days_enabled",
    weight: Weight::Advises,
    ..rule(
        "log-group-retention",
        "log groups that keep what is logged for 30 days or more",
        "PutRetentionPolicy with 30 days or more; or DeleteRetentionPolicy, which keeps it for ever",
    )
};

pub(super) fn kept(_: &Snapshot, one: &Resource) -> Stands {
    match at(one, "RetentionInDays").and_then(Value::as_u64) {
        Some(days) if days < LEAST_DAYS => Stands::Bad(format!("kept for {days} days")),
        Some(_) => Stands::Fine,
        // Where no time is set, it is kept for ever.
        None if one.config.get("RetentionInDays").and_then(Value::as_str) == Some(UNREAD) => Stands::Unread,
        None => Stands::Fine,
    }
}
