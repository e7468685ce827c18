//! Who may take on a role: the statements of its trust policy ("IAM JSON policy elements", IAM User Guide). A statement
//! with a condition that cannot be told is no statement that holds: one that names the old region's ARNs is a trap.

use crate::plan::Region;
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
        let allows = statement.get("Effect").and_then(Value::as_str) == Some("Allow");
        let principal = statement.get("Principal");
        let services = match principal {
            Some(Value::String(everybody)) => vec![Clean::new(everybody)],
            // "*" of all accounts is everybody ("Principal", IAM User Guide); whether that is a service too is not told, so it
            // counts where it denies.
            Some(named) if !allows && texts(named.get("AWS")).iter().any(|who| who.as_str() == "*") => vec!["*".into()],
            Some(named) => texts(named.get("Service")),
            None => Vec::new(),
        };
        Self {
            allows,
            services,
            actions: texts(statement.get("Action")),
            conditions: Condition::all_of(statement),
            is_inverted: statement.get("NotPrincipal").is_some() || statement.get("NotAction").is_some(),
        }
    }

    /// Whether it says something of the service taking the role on. `*` in an action stands for any letters.
    fn is_about(&self, service: &str) -> bool {
        let names = self.services.iter().any(|named| named.as_str() == "*" || named.eq_ignore_ascii_case(service));
        names && self.actions.iter().any(|action| like(&action.to_ascii_lowercase(), "sts:assumerole"))
    }

    /// Whether its conditions are met by `service` as it acts for things of `region` in `account`: one that is not met is
    /// enough, and what is not fully understood is told as such.
    fn conditions_hold(&self, service: &str, region: &Region, account: &str) -> Trusted {
        let mut untold = None;
        for condition in &self.conditions {
            match condition.holds(service, region, account) {
                Held::Yes => {}
                Held::No => {
                    let values = condition.values.iter().map(Clean::as_str).collect::<Vec<_>>().join(", ");
                    return Trusted::No(format!("only where {} is {values}", condition.key));
                }
                Held::Untold => untold = Some(format!("it depends on {}", condition.key)),
            }
        }
        untold.map_or(Trusted::Yes, Trusted::Untold)
    }
}

/// Whether a condition is met.
#[derive(Clone, Copy, PartialEq)]
enum Held {
    Yes,
    No,
    Untold,
}

impl Condition {
    /// Those of a statement.
    pub(super) fn all_of(statement: &Value) -> Vec<Self> {
        let tests = statement.get("Condition").and_then(Value::as_object).into_iter().flatten();
        let one = |(operator, keys): (&String, &Value)| -> Vec<Self> {
            let keys = keys.as_object().into_iter().flatten();
            let of = |(key, values): (&String, &Value)| Self {
                operator: Clean::new(operator),
                key: Clean::new(key),
                values: texts(values),
            };
            keys.map(of).collect()
        };
        tests.flat_map(one).collect()
    }

    fn holds(&self, service: &str, region: &Region, account: &str) -> Held {
        let operator = self.operator.strip_suffix("IfExists").unwrap_or(&self.operator);
        let has_patterns = match operator {
            "StringEquals" | "StringEqualsIgnoreCase" => false,
            "StringLike" | "ArnEquals" | "ArnLike" => true,
            // What it comes to otherwise is not told here.
            _ => return Held::Untold,
        };
        let one = |value: &Clean| match self.key.to_ascii_lowercase().as_str() {
            _ if value.contains("${") => Held::Untold,
            "aws:sourceaccount" if has_patterns => known(like(value, account)),
            "aws:sourceaccount" => known(value.as_str() == account),
            "aws:sourcearn" if has_patterns => of_things(value, service, region, account),
            _ => Held::Untold,
        };
        // Any of its values is enough.
        let all: Vec<Held> = self.values.iter().map(one).collect();
        if all.contains(&Held::Yes) {
            Held::Yes
        } else if all.contains(&Held::Untold) {
            Held::Untold
        } else {
            Held::No
        }
    }
}

fn known(is_met: bool) -> Held {
    if is_met { Held::Yes } else { Held::No }
}

/// Whether the ARNs of what `service` acts for in `region` and `account` are of a pattern. Which thing it will be is not known:
/// a pattern of some of them is not told.
fn of_things(pattern: &str, service: &str, region: &Region, account: &str) -> Held {
    if pattern == "*" {
        return Held::Yes;
    }
    let parts: Vec<&str> = pattern.splitn(6, ':').collect();
    let [_, _, of_service, of_region, of_account, thing] = parts[..] else {
        // `arn:*` is of all; another that stops early is not told.
        return if pattern == "arn:*" { Held::Yes } else { Held::Untold };
    };
    if !like(of_region, region.as_str()) || !like(of_account, account) {
        // A thing without a region or an account is no service's that runs in one.
        return Held::No;
    }
    // `ecs-tasks.amazonaws.com` acts for things of `ecs`; whose another principal's are is not told.
    let own = service.split('.').next().unwrap_or(service);
    let is_own = like(of_service, own) || own.split_once('-').is_some_and(|(head, _)| like(of_service, head));
    match (is_own, thing) {
        (true, "*") => Held::Yes,
        _ => Held::Untold,
    }
}

/// Whether `text` is of the pattern: `*` stands for any letters, `?` for one.
pub(in crate::service) fn like(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut at, mut of) = (0, 0);
    // The last star, and how far the text was behind it.
    let mut star: Option<(usize, usize)> = None;
    while of < text.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, of));
                at += 1;
            }
            Some(letter) if *letter == '?' || *letter == text[of] => {
                at += 1;
                of += 1;
            }
            _ => {
                let Some((place, taken)) = star else { return false };
                star = Some((place, taken + 1));
                at = place + 1;
                of = taken + 1;
            }
        }
    }
    pattern[at..].iter().all(|letter| *letter == '*')
}

/// Whether the role with these statements lets `service` take it on, for things of `region` in `account`.
pub(super) fn trusts(statements: &[Trust], service: &str, region: &Region, account: &str) -> Trusted {
    if statements.iter().any(|statement| statement.is_inverted) {
        return Trusted::Untold("its trust policy is written by what it is not about".to_owned());
    }
    let about = || statements.iter().filter(|statement| statement.is_about(service));
    for denying in about().filter(|statement| !statement.allows) {
        match denying.conditions_hold(service, region, account) {
            Trusted::Yes => return Trusted::No(format!("{service} is denied")),
            Trusted::Untold(why) => return Trusted::Untold(why),
            Trusted::No(_) => {}
        }
    }
    let mut best = Trusted::No(format!("{service} is not among those it trusts"));
    for allowing in about().filter(|statement| statement.allows) {
        match (allowing.conditions_hold(service, region, account), &best) {
            (Trusted::Yes, _) => return Trusted::Yes,
            (Trusted::No(why), Trusted::No(_)) => best = Trusted::No(why),
            (untold @ Trusted::Untold(_), _) => best = untold,
            (Trusted::No(_), _) => {}
        }
    }
    best
}

pub(super) fn listed(value: &Value) -> impl Iterator<Item = &Value> {
    match value {
        Value::Array(items) => items.iter(),
        other => std::slice::from_ref(other).iter(),
    }
}

pub(super) fn texts(value: &Value) -> Vec<Clean> {
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
    fn a_deny_that_is_written_otherwise_denies_too() {
        let with = |deny: Value| told(json!([statement("Allow", Value::Null), deny]));
        let mut any_action = statement("Deny", Value::Null);
        any_action["Action"] = json!("sts:Assume*");
        assert!(matches!(with(any_action), Trusted::No(_)));
        for arn in ["arn:aws:ecs:eu-central-*:1:*", "arn:*", "*", "arn:aws:ecs:*:?:*"] {
            let deny = statement("Deny", json!({ "ArnLike": { "aws:SourceArn": arn } }));
            assert!(matches!(with(deny), Trusted::No(_)), "{arn}");
        }
        let some =
            statement("Deny", json!({ "ArnLike": { "aws:SourceArn": "arn:aws:ecs:eu-central-1:1:cluster/shop" } }));
        assert!(matches!(with(some), Trusted::Untold(_)), "some of its things");
        let account = statement("Deny", json!({ "StringLike": { "aws:SourceAccount": "*" } }));
        assert!(matches!(with(account), Trusted::No(_)));
        let mut everybody = statement("Deny", Value::Null);
        everybody["Principal"] = json!({ "AWS": "*" });
        assert!(matches!(with(everybody), Trusted::No(_)));
        let null = statement("Deny", json!({ "Null": { "aws:SourceArn": "true" } }));
        assert!(matches!(with(null), Trusted::Untold(_)));
        let elsewhere = statement("Deny", json!({ "ArnLike": { "aws:SourceArn": "arn:aws:ecs:eu-west-1:1:*" } }));
        assert_eq!(with(elsewhere), Trusted::Yes);
    }

    #[test]
    fn an_allow_for_things_of_others_is_no_trust() {
        let of = |arn: &str| told(json!([statement("Allow", json!({ "ArnLike": { "aws:SourceArn": arn } }))]));
        assert!(matches!(of("arn:aws:ecs:eu-central-1:2:*"), Trusted::No(_)), "another account's");
        assert!(matches!(of("arn:aws:lambda:eu-central-1:1:*"), Trusted::Untold(_)), "another service's");
        assert!(matches!(of("arn:aws:ecs:eu-central-1:1:cluster/x"), Trusted::Untold(_)), "some of its own");
        assert_eq!(of("arn:aws:ecs:eu-*:1:*"), Trusted::Yes);
        let both = json!({ "StringEquals": { "aws:SourceAccount": "2" }, "Bool": { "aws:x": "true" } });
        assert!(matches!(told(json!([statement("Allow", both)])), Trusted::No(_)), "one that is not met is enough");
    }

    #[test]
    fn patterns_are_read_as_iam_reads_them() {
        for (pattern, text, wanted) in [
            ("*", "", true),
            ("eu-*-1", "eu-central-1", true),
            ("eu-?-1", "eu-central-1", false),
            ("*a*b*", "xaxbx", true),
            ("*ab", "abab", true),
            ("", "a", false),
            ("a**", "a", true),
            ("???", "12", false),
        ] {
            assert_eq!(like(pattern, text), wanted, "{pattern} {text}");
        }
    }

    #[test]
    fn what_is_no_policy_is_not_read() {
        for text in ["", "{}", "[]", "not json"] {
            assert_eq!(Trust::parse(text), None, "{text}");
        }
    }
}
