//! What a plan says of a role, and what is wrong or unwise about it before any cloud is asked.

use crate::plan::fields::fields;
use crate::plan::{Application, Component, Finding, Problem, Side, Weight};
use crate::service::arn::{Arn, is_arn};
use crate::service::resolve::has_reference;
use crate::service::say::Rule;

fields! {
    /// What a plan says of a role.
    pub(crate) struct Said {
        required role: Text, "the role, by its name or ARN";
        optional may: Texts, "what it has to be allowed to do: s3:GetObject, …; asked of IAM's policy simulator, which looks at the role's own policies, its boundary and its organization, and at no bucket's, key's or queue's";
        optional on: Texts, "the ARNs that it does that to, as they are in the recovery region; any when left out";
        optional trusts: Texts, "the services that have to be allowed to take it on: ecs-tasks.amazonaws.com, …";
    }
}

static OLD_REGION: Rule = Rule {
    code: "iam-region",
    wanted: "ARNs of the recovery region",
    fix: "give the ARNs as they are in the recovery region: what is allowed in the other one says nothing of it",
    source: "IAM User Guide: policy elements, Resource",
};

/// The name of a role that is given by its name or ARN.
pub(super) fn name(given: &str) -> &str {
    match Arn::parse(given) {
        Some(arn) => arn.resource.rsplit('/').next().unwrap_or(given),
        None => given,
    }
}

/// What no single field shows.
pub(super) fn problems(component: &Component) -> Vec<Problem> {
    let Ok(said) = Said::of(&component.fields) else { return Vec::new() };
    let mut problems = Vec::new();
    let is_role =
        |text: &str| Arn::parse(text).is_some_and(|arn| arn.service == "iam" && arn.resource.starts_with("role/"));
    if is_arn(&said.role) && !is_role(&said.role) {
        let help = "arn:aws:iam::ACCOUNT:role/NAME, or the name alone";
        problems.push(Problem::at("role", format!("`{}` is no ARN of a role", said.role), help));
    } else if !is_arn(&said.role) && said.role.contains(['/', ':']) && !has_reference(&said.role) {
        problems.push(Problem::at("role", format!("`{}` is no role's name", said.role), "its name without a path"));
    }
    let is_action = |action: &&String| {
        has_reference(action)
            || action.split_once(':').is_some_and(|(service, name)| !service.is_empty() && !name.is_empty())
    };
    if let Some(action) = said.may.iter().find(|action| !is_action(action)) {
        let help = "as policies write it: s3:GetObject";
        problems.push(Problem::at("may", format!("`{action}` is no action"), help));
    }
    if let Some(action) = said.may.iter().find(|action| action.contains(['*', '?'])) {
        let help = "name each action: the policy simulator takes no patterns";
        problems.push(Problem::at("may", format!("`{action}` is a pattern"), help));
    }
    if said.may.is_empty() && !said.on.is_empty() {
        problems.push(Problem::at("on", "nothing is said to be done to these", "say in `may` what"));
    }
    problems
}

/// What is allowed but unwise.
pub(super) fn findings(component: &Component, application: &Application) -> Vec<Finding> {
    let Ok(said) = Said::of(&component.fields) else { return Vec::new() };
    let old = application.region(Side::Primary).as_str();
    let is_old = |given: &&String| Arn::parse(given).is_some_and(|arn| arn.region == old);
    let found = said.on.iter().find(is_old).map(|given| format!("`on` names {given}, of {old}"));
    let finding = |found: String| Finding { weight: Weight::Weakens, ..OLD_REGION.broken_by(component, found) };
    found.map(finding).into_iter().collect()
}
