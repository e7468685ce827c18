//! Who may take on a role: the statements of its trust policy ("IAM JSON policy elements", IAM User Guide). A statement
//! with a condition that cannot be told is no statement that holds: one that names the old region's ARNs is a trap.

use crate::plan::Region;
use crate::service::arn::Arn;
use crate::text::Clean;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A statement of a trust policy.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Trust {
    /// Whether its Effect is Allow; it denies otherwise.
    pub allows: bool,
    /// The services among its principals; `*` where it is for everybody.
    pub services: Vec<Clean>,
    /// Its actions.
    pub actions: Vec<Clean>,
    /// Its conditions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// Whether it is written by what it is *not* about (NotPrincipal, NotAction): what that comes to is not told here.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_inverted: bool,
}

/// One key of a statement's condition.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Condition {
    /// `ArnLike`, `StringEquals`, …
    pub operator: Clean,
    /// `aws:SourceArn`, …
    pub key: Clean,
    /// What it is compared with.
    pub values: Vec<Clean>,
}

/// Whether a role trusts a service in a region.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Trusted {
    Yes,
    No(String),
    Untold(String),
}

impl Trust {
    /// The statements of a policy's text; `None` when it is none.
    pub fn parse(text: &str) -> Option<Vec<Self>> {
        let policy: Value = serde_json::from_str(text).ok()?;
        let statements = policy.get("Statement")?;
        Some(listed(statements).map(Self::of).collect())
    }

    fn of(statement: &Value) -> Self {
        let texts = |value: Option<&Value>| value.map(texts).unwrap_or_default();
        let principal = statement.get("Principal");
        let services = match principal {
            Some(Value::String(everybody)) => vec![Clean::new(everybody)],
            Some(named) => texts(named.get("Service")),
            None => Vec::new(),
        };
        let tests = statement.get("Condition").and_then(Value::as_object).into_iter().flatten();
        let conditions = tests.flat_map(|(operator, keys)| {
            let keys = keys.as_object().into_iter().flatten();
            keys.map(move |(key, values)| Condition {
                operator: Clean::new(operator),
                key: Clean::new(key),
                values: self::texts(values),
            })
        });
        Self {
            allows: statement.get("Effect").and_then(Value::as_str) == Some("Allow"),
            services,
            actions: texts(statement.get("Action")),
            conditions: conditions.collect(),
            is_inverted: statement.get("NotPrincipal").is_some() || statement.get("NotAction").is_some(),
        }
    }

    fn is_about(&self, service: &str) -> bool {
        let names = self.services.iter().any(|named| named.as_str() == "*" || named.eq_ignore_ascii_case(service));
        let acts = ["sts:assumerole", "sts:*", "*"];
        names && self.actions.iter().any(|action| acts.contains(&action.to_ascii_lowercase().as_str()))
    }

    /// Whether its conditions are met by a service that acts for things of `region` in `account`.
    fn conditions_hold(&self, region: &Region, account: &str) -> Trusted {
        for condition in &self.conditions {
            let is_positive = !condition.operator.contains("Not");
            let held = match condition.key.to_ascii_lowercase().as_str() {
                "aws:sourceaccount" if is_positive => condition.values.iter().any(|value| value.as_str() == account),
                "aws:sourcearn" if is_positive => condition.values.iter().any(|value| is_of(value, region)),
                _ => return Trusted::Untold(format!("it depends on {}", condition.key)),
            };
            if !held {
                let values = condition.values.iter().map(Clean::as_str).collect::<Vec<_>>().join(", ");
                return Trusted::No(format!("only where {} is {values}", condition.key));
            }
        }
        Trusted::Yes
    }
}

/// Whether a pattern of ARNs can be of `region`.
fn is_of(pattern: &str, region: &Region) -> bool {
    match Arn::parse(pattern) {
        Some(arn) => arn.region.is_empty() || arn.region == "*" || arn.region == region.as_str(),
        None => pattern == "*",
    }
}

/// Whether the role with these statements lets `service` take it on, for things of `region` in `account`.
pub(super) fn trusts(statements: &[Trust], service: &str, region: &Region, account: &str) -> Trusted {
    if statements.iter().any(|statement| statement.is_inverted) {
        return Trusted::Untold("its trust policy is written by what it is not about".to_owned());
    }
    let about = || statements.iter().filter(|statement| statement.is_about(service));
    for denying in about().filter(|statement| !statement.allows) {
        match denying.conditions_hold(region, account) {
            Trusted::Yes => return Trusted::No(format!("{service} is denied")),
            Trusted::Untold(why) => return Trusted::Untold(why),
            Trusted::No(_) => {}
        }
    }
    let mut best = Trusted::No(format!("{service} is not among those it trusts"));
    for allowing in about().filter(|statement| statement.allows) {
        match (allowing.conditions_hold(region, account), &best) {
            (Trusted::Yes, _) => return Trusted::Yes,
            (Trusted::No(why), Trusted::No(_)) => best = Trusted::No(why),
            (untold @ Trusted::Untold(_), _) => best = untold,
            (Trusted::No(_), _) => {}
        }
    }
    best
}

fn listed(value: &Value) -> impl Iterator<Item = &Value> {
    match value {
        Value::Array(items) => items.iter(),
        other => std::slice::from_ref(other).iter(),
    }
}

fn texts(value: &Value) -> Vec<Clean> {
    listed(value)
        .filter_map(|item| match item {
            Value::String(text) => Some(Clean::new(text)),
            Value::Number(number) => Some(Clean::new(&number.to_string())),
            Value::Bool(truth) => Some(Clean::new(&truth.to_string())),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(statements: Value) -> Trusted {
        let text = json!({ "Version": "2012-10-17", "Statement": statements }).to_string();
        let statements = Trust::parse(&text).expect("a policy");
        trusts(&statements, "ecs-tasks.amazonaws.com", &Region::new("eu-central-1"), "1")
    }

    fn statement(effect: &str, condition: Value) -> Value {
        let principal = json!({ "Service": ["lambda.amazonaws.com", "ecs-tasks.amazonaws.com"] });
        let mut statement = json!({ "Effect": effect, "Principal": principal, "Action": "sts:AssumeRole" });
        if !condition.is_null() {
            statement["Condition"] = condition;
        }
        statement
    }

    #[test]
    fn a_service_that_is_named_is_trusted_and_no_other() {
        assert_eq!(told(json!([statement("Allow", Value::Null)])), Trusted::Yes);
        assert_eq!(told(statement("Allow", Value::Null)), Trusted::Yes, "one statement needs no list");
        let other =
            json!({ "Effect": "Allow", "Principal": { "Service": "ec2.amazonaws.com" }, "Action": "sts:AssumeRole" });
        assert!(matches!(told(other), Trusted::No(_)));
        let tags = json!({ "Effect": "Allow", "Principal": { "Service": "ecs-tasks.amazonaws.com" }, "Action": "sts:TagSession" });
        assert!(matches!(told(tags), Trusted::No(_)));
        let account =
            json!({ "Effect": "Allow", "Principal": { "AWS": "arn:aws:iam::1:root" }, "Action": "sts:AssumeRole" });
        assert!(matches!(told(account), Trusted::No(_)));
        assert!(matches!(told(json!([])), Trusted::No(_)));
    }

    #[test]
    fn a_deny_goes_before_every_allow_and_what_is_inverted_is_not_told() {
        let both = json!([statement("Allow", Value::Null), statement("Deny", Value::Null)]);
        assert!(matches!(told(both), Trusted::No(_)));
        let inverted = json!({ "Effect": "Allow", "NotPrincipal": { "AWS": "1" }, "Action": "sts:AssumeRole" });
        assert!(matches!(told(json!([statement("Allow", Value::Null), inverted])), Trusted::Untold(_)));
    }

    #[test]
    fn a_condition_on_the_old_region_is_no_trust_in_the_new_one() {
        let of = |arn: &str| told(json!([statement("Allow", json!({ "ArnLike": { "aws:SourceArn": arn } }))]));
        assert_eq!(of("arn:aws:ecs:eu-central-1:1:*"), Trusted::Yes);
        assert_eq!(of("arn:aws:ecs:*:1:*"), Trusted::Yes);
        assert!(matches!(of("arn:aws:ecs:eu-west-1:1:*"), Trusted::No(_)));
        let account = |number: &str| {
            told(json!([statement("Allow", json!({ "StringEquals": { "aws:SourceAccount": number } }))]))
        };
        assert_eq!(account("1"), Trusted::Yes);
        assert!(matches!(account("2"), Trusted::No(_)));
        let other = json!({ "StringEquals": { "aws:PrincipalOrgID": "o-1" } });
        assert!(matches!(told(json!([statement("Allow", other)])), Trusted::Untold(_)));
    }

    #[test]
    fn what_is_no_policy_is_not_read() {
        for text in ["", "{}", "[]", "not json"] {
            assert_eq!(Trust::parse(text), None, "{text}");
        }
    }
}
