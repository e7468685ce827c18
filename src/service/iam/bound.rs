//! What a role is allowed in the primary region alone: a statement that names its ARNs, and none that names the other's.

use super::fields::{self, Said};
use super::policy::{Bound, Statement, is_away, is_here};
use super::words::{self, RolePolicy};
use crate::plan::{Component, Plan, Region, Side, Weight};
use crate::service::arn::Arn;
use crate::service::ask::Place;
use crate::service::readiness::{Ready, Rule, Tier};
use crate::service::resolve::has_reference;
use crate::service::work::{Check, Look};
use crate::text::Clean;

static BOUND: Rule = Rule {
    code: "iam-region-bound",
    wanted: "nothing allowed in the primary region that is allowed nowhere in the recovery region",
    fix: "let the statement name the ARNs of both regions, or `*` for the region, and let no aws:RequestedRegion keep it to one",
    costs: "what runs there is denied what it was allowed at home: AccessDenied",
    source: "IAM User Guide: policy elements, Resource; AWS global condition context keys, aws:RequestedRegion",
    tier: Tier::Hourly,
    weight: Weight::Blocks,
};

/// All of them.
pub(super) static RULES: &[&Rule] = &[&BOUND];

/// How many findings are told each by itself.
const TOLD: usize = 3;

/// What the role of `component` is held to.
pub(super) fn of(component: &Component, plan: &Plan) -> Option<Ready> {
    let said = Said::of(&component.fields).ok().filter(|said| !has_reference(&said.role))?;
    let (there, here) = (plan.application.primary.clone(), plan.application.recovery.clone());
    let at = Place::of(component, &plan.application, Side::Recovery);
    let want = words::policies(&at, &Clean::new(fields::name(&said.role)));
    Some(Ready::new(&BOUND, [want.ask.clone()], move |facts| match facts.see(&want) {
        Look::There(policies) => judge(policies, &there, &here),
        Look::Absent => BOUND.unknown("there is no such role"),
        Look::NotTold(why) => BOUND.unknown(why),
    }))
}

fn judge(policies: &[RolePolicy], there: &Region, here: &Region) -> Check {
    if let Some(unread) = policies.iter().find(|policy| policy.statements.is_none()) {
        return BOUND.unknown(format!("the policy {} cannot be read", unread.name));
    }
    let all: Vec<(&Clean, &Statement)> = policies
        .iter()
        .flat_map(|policy| policy.statements.iter().flatten().map(move |statement| (&policy.name, statement)))
        .collect();
    let mut found: Vec<String> = Vec::new();
    for (policy, statement) in &all {
        let told = if statement.allows {
            allowed_away(statement, &all, there, here)
        } else {
            denied_here(statement, there, here)
        };
        if let Some(told) = told.map(|told| format!("{policy}: {told}")).filter(|told| !found.contains(told)) {
            found.push(told);
        }
    }
    let is_inverted = all.iter().any(|(_, statement)| statement.allows && statement.is_inverted);
    match found.as_slice() {
        [] => BOUND.ok(format!("{} statements looked at", all.len())),
        // What else is allowed by all but what is named may be just that.
        [first, ..] if is_inverted => BOUND.unknown(format!("{first}; another statement says what it is not about")),
        some => {
            let more = some.len().saturating_sub(TOLD);
            let told = some[..some.len().min(TOLD)].join("; ");
            BOUND.failing(if more > 0 { format!("{told}; and {more} more") } else { told })
        }
    }
}

/// What `statement` allows in `there`, and none of `all` in `here`.
fn allowed_away(statement: &Statement, all: &[(&Clean, &Statement)], there: &Region, here: &Region) -> Option<String> {
    if statement.is_inverted {
        return None;
    }
    let is_kept = |one: &Statement| one.conditions.iter().any(|condition| condition.binds(there, here) == Bound::Away);
    let is_wide = |action: &Clean, service: &str| {
        let covers = |one: &&Statement| {
            one.allows
                && !one.is_inverted
                && !is_kept(one)
                && one.is_of(action)
                && one.resources.iter().any(|resource| is_here(resource, service, here))
        };
        all.iter().any(|(_, one)| covers(one))
    };
    let service_of = |action: &str| action.split(':').next().unwrap_or_default().to_ascii_lowercase();
    if is_kept(statement) {
        let kept = statement.actions.iter().find(|action| !is_wide(action, &service_of(action)))?;
        return Some(format!("{kept} only where aws:RequestedRegion is not {here}"));
    }
    statement.resources.iter().filter(|resource| is_away(resource, there, here)).find_map(|resource| {
        let service = Arn::parse(resource)?.service.to_owned();
        let lacking = statement.actions.iter().find(|action| !is_wide(action, &service))?;
        Some(format!("{lacking} on {resource}, and on nothing of {here}"))
    })
}

/// What `statement` denies in `here`, and not in `there`.
fn denied_here(statement: &Statement, there: &Region, here: &Region) -> Option<String> {
    let is_of_here = statement.conditions.iter().any(|condition| condition.binds(here, there) == Bound::Away);
    let others = || statement.conditions.iter().filter(|condition| condition.binds(here, there) == Bound::No);
    // What else it depends on may never be met.
    (is_of_here && others().next().is_none()).then(|| {
        let what = statement.actions.first().map_or("what it does not name", Clean::as_str);
        format!("{what} denied in {here}, and not in {there}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Level;
    use serde_json::{Value, json};

    fn told(statements: Value) -> (Level, String) {
        let text = json!({ "Statement": statements }).to_string();
        let policy = RolePolicy { name: "own".into(), statements: Statement::parse(&text) };
        let check = judge(&[policy], &Region::new("eu-west-1"), &Region::new("eu-central-1"));
        (check.level, check.found.to_string())
    }

    fn allow(action: Value, resource: Value) -> Value {
        json!({ "Effect": "Allow", "Action": action, "Resource": resource })
    }

    #[test]
    fn what_names_both_regions_or_none_is_bound_to_none() {
        let sqs = |region: &str| format!("arn:aws:sqs:{region}:1:orders");
        for statements in [
            json!([allow(json!("s3:GetObject"), json!("arn:aws:s3:::shop/*"))]),
            json!([allow(json!("sqs:*"), json!("*"))]),
            json!([allow(json!("sqs:SendMessage"), json!([sqs("eu-west-1"), sqs("eu-central-1")]))]),
            json!([allow(json!("sqs:SendMessage"), json!(sqs("eu-*-1")))]),
            json!([
                allow(json!("sqs:SendMessage"), json!(sqs("eu-west-1"))),
                allow(json!("SQS:Send*"), json!(sqs("eu-central-1")))
            ]),
            // Of a third region.
            json!([allow(json!("sqs:SendMessage"), json!(sqs("us-east-1")))]),
        ] {
            assert_eq!(told(statements.clone()).0, Level::Ok, "{statements}");
        }
    }

    #[test]
    fn what_names_the_primary_region_alone_is_found() {
        let old = json!("arn:aws:sqs:eu-west-1:1:orders");
        let (level, found) = told(json!([allow(json!(["sqs:SendMessage"]), old.clone())]));
        assert_eq!(level, Level::Failing);
        assert!(found.contains("own: sqs:SendMessage on arn:aws:sqs:eu-west-1:1:orders"), "{found}");
        // What is allowed there is another thing.
        let other = json!([
            allow(json!("sqs:SendMessage"), old.clone()),
            allow(json!("sqs:ReceiveMessage"), json!("arn:aws:sqs:eu-central-1:1:orders")),
            allow(json!("sqs:SendMessage"), json!("arn:aws:sns:eu-central-1:1:orders")),
        ]);
        assert_eq!(told(other).0, Level::Failing);
        let pattern = json!([allow(json!("sqs:SendMessage"), json!("arn:aws:sqs:eu-west-*:*:*"))]);
        assert_eq!(told(pattern).0, Level::Failing);
        // A statement that is wider is not covered by one that is narrower.
        let wider = json!([
            allow(json!("sqs:*"), old.clone()),
            allow(json!("sqs:SendMessage"), json!("arn:aws:sqs:eu-central-1:1:orders")),
        ]);
        assert_eq!(told(wider).0, Level::Failing);
        let inverted = json!([
            allow(json!("sqs:SendMessage"), old),
            { "Effect": "Allow", "NotAction": "iam:*", "Resource": "*" },
        ]);
        assert_eq!(told(inverted).0, Level::Unknown);
    }

    #[test]
    fn a_condition_on_the_requests_region_binds_too() {
        let with = |effect: &str, condition: Value| json!([{ "Effect": effect, "Action": "*", "Resource": "*", "Condition": condition }]);
        let is = |operator: &str, regions: Value| json!({ operator: { "aws:RequestedRegion": regions } });
        assert_eq!(told(with("Allow", is("StringEquals", json!("eu-west-1")))).0, Level::Failing);
        assert_eq!(told(with("Allow", is("StringEquals", json!(["eu-west-1", "eu-central-1"])))).0, Level::Ok);
        assert_eq!(told(with("Allow", is("StringLike", json!("eu-*")))).0, Level::Ok);
        assert_eq!(told(with("Deny", is("StringNotEquals", json!(["eu-west-1"])))).0, Level::Failing);
        assert_eq!(told(with("Deny", is("StringNotLike", json!(["eu-*"])))).0, Level::Ok);
        assert_eq!(told(with("Deny", is("StringEquals", json!("eu-central-1")))).0, Level::Failing);
        let both = json!({ "StringNotEquals": { "aws:RequestedRegion": "eu-west-1" }, "Bool": { "aws:ViaAWSService": "false" } });
        assert_eq!(told(with("Deny", both)).0, Level::Ok, "it depends on something else");
    }

    #[test]
    fn what_cannot_be_read_is_not_known() {
        let policy = RolePolicy { name: "own".into(), statements: None };
        let check = judge(&[policy], &Region::new("eu-west-1"), &Region::new("eu-central-1"));
        assert_eq!(check.level, Level::Unknown);
        assert_eq!(told(json!([])).0, Level::Ok, "a role that may nothing is bound to nothing");
    }
}
