//! What a kind's calls need in IAM, one row each, by the names of IAM: from these the docs and the least policy of a plan
//! are made ("Actions, resources, and condition keys for AWS services", Service Authorization Reference).

use super::registry::Registry;
use crate::plan::graph::Cycle;
use crate::plan::{AccountName, Application, Component, Intent, Plan, Runbook, Side, Step};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Actions that a kind's calls need.
#[derive(Clone, Copy, Debug)]
pub struct Grant {
    /// As IAM calls them: `rds:DescribeDBInstances`.
    pub actions: &'static [&'static str],
    /// What they are needed for.
    pub to: To,
    /// The field without which they are not needed.
    pub field: Option<&'static str>,
}

/// What actions are needed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum To {
    /// To look: a watcher needs these too.
    Look,
    /// To look for the sake of the step of this name.
    LookFor(&'static str),
    /// To do the step of this name, and to undo it.
    Do(&'static str),
}

impl Grant {
    /// To look.
    pub const fn look(actions: &'static [&'static str]) -> Self {
        Self { actions, to: To::Look, field: None }
    }
    /// To look for the sake of `step`.
    pub const fn look_for(step: &'static str, actions: &'static [&'static str]) -> Self {
        Self { actions, to: To::LookFor(step), field: None }
    }
    /// To do `step`, and to undo it.
    pub const fn act(step: &'static str, actions: &'static [&'static str]) -> Self {
        Self { actions, to: To::Do(step), field: None }
    }
    /// Only where `field` is given.
    pub const fn with(self, field: &'static str) -> Self {
        Self { field: Some(field), ..self }
    }

    fn is_given(&self, component: &Component) -> bool {
        self.field.is_none_or(|field| component.fields.0.contains_key(field))
    }
}

/// What one account's credentials have to be allowed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Allowed {
    /// To look.
    pub look: BTreeSet<&'static str>,
    /// To act.
    pub act: BTreeSet<&'static str>,
    /// The roles to be taken for the other accounts: of the credentials that Landfall is started with alone.
    pub roles: BTreeSet<String>,
}

/// What `plan` needs in each of its accounts, whatever it is run for; `None` is the account of the credentials at hand.
///
/// # Errors
/// When its components need each other in a circle.
pub fn of_plan(plan: &Plan) -> Result<BTreeMap<Option<AccountName>, Allowed>, Cycle> {
    let mut allowed: BTreeMap<Option<AccountName>, Allowed> = BTreeMap::new();
    let accounts = plan.accounts.values();
    let roles = accounts.filter_map(|account| Some(account.role.as_ref()?.to_string()));
    allowed.entry(None).or_default().roles.extend(roles);
    let mut steps = Vec::new();
    for intent in [Intent::Failover, Intent::Switchover] {
        steps.extend(Runbook::compile(plan, intent, &Registry)?.steps);
    }
    for component in &plan.components {
        let Some(kind) = Registry.service(&component.kind) else { continue };
        let own: Vec<&Step> = steps.iter().filter(|step| step.component == component.name).collect();
        for grant in kind.grants().iter().filter(|grant| grant.is_given(component)) {
            for side in [Side::Primary, Side::Recovery] {
                let allowed = allowed.entry(component.accounts.on(side).cloned()).or_default();
                let region = plan.application.region(side);
                let has = |action: &str| own.iter().any(|step| step.id.action() == action);
                let does = |action: &str| own.iter().any(|step| step.id.action() == action && step.region == *region);
                match grant.to {
                    To::Look => allowed.look.extend(grant.actions),
                    To::LookFor(action) if has(action) => allowed.look.extend(grant.actions),
                    To::Do(action) if does(action) => allowed.act.extend(grant.actions),
                    To::LookFor(_) | To::Do(_) => {}
                }
            }
        }
    }
    Ok(allowed)
}

/// The policy that allows it, as IAM reads it; without the acts it is a watcher's. What is asked for in a region is allowed in
/// the plan's two regions alone.
pub fn policy(allowed: &Allowed, application: &Application, acts: bool) -> Value {
    let regions = [Side::Primary, Side::Recovery].map(|side| application.region(side).to_string());
    let mut statements = Vec::new();
    let parts = [("Looks", &allowed.look), ("Acts", &allowed.act)];
    for (name, actions) in parts.into_iter().filter(|(name, _)| acts || *name == "Looks") {
        let (global, regional): (Vec<&str>, Vec<&str>) = actions.iter().copied().partition(|action| is_global(action));
        let place = [("", regional), ("Global", global)];
        for (suffix, actions) in place.into_iter().filter(|(_, actions)| !actions.is_empty()) {
            let mut statement = json!({
                "Sid": format!("{name}{suffix}"), "Effect": "Allow", "Action": actions, "Resource": "*",
            });
            if suffix.is_empty() {
                statement["Condition"] = json!({ "StringEquals": { "aws:RequestedRegion": regions } });
            }
            statements.push(statement);
        }
    }
    if !allowed.roles.is_empty() {
        statements.push(json!({
            "Sid": "Accounts", "Effect": "Allow", "Action": "sts:AssumeRole", "Resource": allowed.roles,
        }));
    }
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// Whether an action is of a service with one place in the world: no region of the plan is asked for it.
fn is_global(action: &str) -> bool {
    const GLOBAL: [&str; 5] = ["route53", "iam", "cloudfront", "globalaccelerator", "route53-recovery-cluster"];
    action.split(':').next().is_some_and(|service| GLOBAL.contains(&service))
}
