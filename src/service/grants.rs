//! What a kind's calls need in IAM, one row each, by the names of IAM: from these the docs and the least policy of a plan
//! are made ("Actions, resources, and condition keys for AWS services", Service Authorization Reference).

use super::registry::Registry;
pub use super::touched::{ANY, Hole, On, Spot, of_field, text_at};
use crate::plan::graph::Cycle;
use crate::plan::{Account, AccountName, Application, Component, Global, Plan, Region, Runbook, Side, Step, partition};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Actions that a kind's calls need.
#[derive(Clone, Copy, Debug)]
pub struct Grant {
    /// As IAM calls them: `rds:DescribeDBInstances`.
    pub actions: &'static [&'static str],
    /// What they are needed for.
    pub to: To,
    /// What they are done to; anything when empty.
    pub on: &'static [On],
    /// Under what conditions alone: what a request of ours says at these keys.
    pub when: &'static [When],
    /// The service that asks for it in the caller's name, where no call of ours does: the thing's own policy may allow it
    /// to that service.
    pub through: Option<&'static str>,
    /// The side that they are sent to, where that is not the step's: going back is the other region's at times.
    pub at: Option<Side>,
    /// The field without which they are not needed.
    pub field: Option<&'static str>,
}

/// A condition: the key is one of these, with holes as [`On`] has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct When {
    /// The operator: `StringEquals`, `ArnLike`.
    pub by: &'static str,
    /// `iam:PassedToService`.
    pub key: &'static str,
    /// Its values; those that the plan gives nothing of are left out.
    pub is: &'static [&'static str],
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
    const fn new(to: To, actions: &'static [&'static str], on: &'static [On]) -> Self {
        Self { actions, to, on, when: &[], through: None, at: None, field: None }
    }
    /// To look.
    pub const fn look(actions: &'static [&'static str], on: &'static [On]) -> Self {
        Self::new(To::Look, actions, on)
    }
    /// To look for the sake of `step`.
    pub const fn look_for(step: &'static str, actions: &'static [&'static str], on: &'static [On]) -> Self {
        Self::new(To::LookFor(step), actions, on)
    }
    /// To do `step`, and to undo it.
    pub const fn act(step: &'static str, actions: &'static [&'static str], on: &'static [On]) -> Self {
        Self::new(To::Do(step), actions, on)
    }
    /// Only where `field` is given.
    pub const fn with(self, field: &'static str) -> Self {
        Self { field: Some(field), ..self }
    }
    /// Only under these conditions.
    pub const fn when(self, when: &'static [When]) -> Self {
        Self { when, ..self }
    }
    /// Asked for by this service in the caller's name.
    pub const fn through(self, service: &'static str) -> Self {
        Self { through: Some(service), ..self }
    }

    /// Sent to this side, whatever the step's is.
    pub const fn at(self, side: Side) -> Self {
        Self { at: Some(side), ..self }
    }

    /// Where it is sent for what is done on the side of `spot`.
    pub(super) fn spot<'a>(&self, spot: &Spot<'a>) -> Spot<'a> {
        Spot { side: self.at.unwrap_or(spot.side), ..*spot }
    }

    /// Whether the plan gives the field that it is for.
    pub(super) fn is_given(&self, component: &Component) -> bool {
        self.field.is_none_or(|field| component.fields.0.contains_key(field))
    }

    /// Its conditions at `spot`, by operator and key.
    pub(super) fn conditions(&self, spot: &Spot<'_>) -> Conditions {
        let mut conditions = Conditions::new();
        for when in self.when {
            let values: BTreeSet<String> =
                when.is.iter().flat_map(|value| spot.fill(value)).map(|filled| filled.text).collect();
            if !values.is_empty() {
                conditions.insert((when.by, when.key), values);
            }
        }
        if let Some(service) = self.through {
            let hosts = spot.fill("{region}.{suffix}").into_iter().map(|filled| format!("{service}.{}", filled.text));
            conditions.insert(("StringEquals", "kms:ViaService"), hosts.collect());
        }
        conditions
    }

    /// What it allows at `spot`.
    fn rows(&self, spot: &Spot<'_>) -> Vec<Row> {
        let spot = &self.spot(spot);
        let all = self.on.iter().flat_map(|on| spot.arns(on.pattern()));
        let mut on: Vec<String> = all.map(|filled| filled.text).collect();
        if self.on.is_empty() {
            on.push("*".to_owned());
        }
        let conditions = self.conditions(spot);
        let row = |action: &&'static str, on: &String| Row { action, on: on.clone(), when: conditions.clone() };
        self.actions.iter().flat_map(|action| on.iter().map(move |on| row(action, on))).collect()
    }
}

/// Conditions by operator and key.
pub type Conditions = BTreeMap<(&'static str, &'static str), BTreeSet<String>>;

/// An action that is allowed, on what, and when.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row {
    /// `rds:PromoteReadReplica`.
    pub action: &'static str,
    /// An ARN, or `*`.
    pub on: String,
    /// The conditions.
    pub when: Conditions,
}

/// What one account's credentials have to be allowed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Allowed {
    /// To look.
    pub look: BTreeSet<Row>,
    /// To act, and to ask beforehand whether that is allowed.
    pub act: BTreeSet<Row>,
    /// The roles to be taken for the other accounts: of the credentials that Landfall is started with alone.
    pub roles: BTreeSet<String>,
    /// Those of them whose sessions are given a source identity.
    pub identified: BTreeSet<String>,
}

/// What is asked of one's own role before a start.
pub const OWN_RIGHTS: &[&str] = &["iam:GetRole", "iam:SimulatePrincipalPolicy"];

/// What `plan` needs in each of its accounts, whatever it is run for; `None` is the account of the credentials at hand.
///
/// # Errors
/// When its components need each other in a circle.
pub fn of_plan(plan: &Plan) -> Result<BTreeMap<Option<AccountName>, Allowed>, Cycle> {
    let mut allowed: BTreeMap<Option<AccountName>, Allowed> = BTreeMap::new();
    let own = allowed.entry(None).or_default();
    for account in plan.accounts.values() {
        let Some(role) = account.role.as_ref().map(ToString::to_string) else { continue };
        if account.source_identity {
            own.identified.insert(role.clone());
        }
        own.roles.insert(role);
    }
    let mut steps = Vec::new();
    for intent in plan.intents() {
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
                let spot = spot(plan, kind, component, side);
                match grant.to {
                    To::Look => allowed.look.extend(grant.rows(&spot)),
                    To::LookFor(action) if has(action) => allowed.look.extend(grant.rows(&spot)),
                    To::Do(action) if does(action) => allowed.act.extend(grant.rows(&spot)),
                    To::LookFor(_) | To::Do(_) => {}
                }
            }
        }
    }
    for (name, allowed) in allowed.iter_mut().filter(|(_, allowed)| !allowed.act.is_empty()) {
        let account = name.as_ref().and_then(|name| plan.accounts.get(name));
        allowed.act.extend(own_rights(account, &plan.application.recovery));
    }
    Ok(allowed)
}

/// `component` on `side`, with the numbers of accounts that `plan` tells.
fn spot<'a>(plan: &'a Plan, kind: &'a dyn super::registry::Service, component: &'a Component, side: Side) -> Spot<'a> {
    let number = |side| plan.accounts.get(component.accounts.on(side)?)?.number();
    let sides = [Side::Primary, Side::Recovery];
    Spot { kind, component, side, regions: sides.map(|side| plan.application.region(side)), numbers: sides.map(number) }
}

/// Asking beforehand whether what is to be done is allowed: of one's own role or user.
fn own_rights(account: Option<&Account>, region: &Region) -> Vec<Row> {
    let number = account.and_then(Account::number).unwrap_or("*");
    let (partition, _) = partition(region);
    let own = |thing: &str| format!("arn:{partition}:iam::{number}:{thing}/*");
    let role = account.and_then(|account| account.role.as_ref());
    let on = role.map_or_else(|| vec![own("role"), own("user")], |role| vec![role.to_string()]);
    let rows = OWN_RIGHTS.iter().flat_map(|action| on.iter().map(move |on| (*action, on.clone())));
    let is_of_role = |(action, on): &(&str, String)| *action != "iam:GetRole" || !on.contains(":user/");
    rows.filter(is_of_role).map(|(action, on)| Row { action, on, when: Conditions::new() }).collect()
}

/// The policy that allows it, as IAM reads it; without the acts it is a watcher's. What is asked for in a region is allowed in
/// the plan's two regions alone.
pub fn policy(allowed: &Allowed, application: &Application, acts: bool) -> Value {
    let regions: BTreeSet<String> =
        [Side::Primary, Side::Recovery].map(|side| application.region(side).to_string()).into();
    let mut statements = Vec::new();
    let parts = [("Looks", &allowed.look), ("Acts", &allowed.act)];
    for (name, rows) in parts.into_iter().filter(|(name, _)| acts || *name == "Looks") {
        for (number, (on, when, actions)) in grouped(rows, &regions).into_iter().enumerate() {
            let mut statement = json!({
                "Sid": format!("{name}{}", number + 1), "Effect": "Allow", "Action": actions, "Resource": on,
            });
            if !when.is_empty() {
                let mut condition = serde_json::Map::new();
                for ((by, key), values) in when {
                    condition.entry(by).or_insert_with(|| json!({}))[key] = json!(values);
                }
                statement["Condition"] = Value::Object(condition);
            }
            statements.push(statement);
        }
    }
    let taken =
        [("Accounts", "sts:AssumeRole", &allowed.roles), ("Identities", "sts:SetSourceIdentity", &allowed.identified)];
    for (name, action, roles) in taken.into_iter().filter(|(_, _, roles)| !roles.is_empty()) {
        statements.push(json!({ "Sid": name, "Effect": "Allow", "Action": action, "Resource": roles }));
    }
    json!({ "Version": "2012-10-17", "Statement": statements })
}

type Statement = (BTreeSet<String>, Conditions, BTreeSet<&'static str>);

/// Rows as statements: what is allowed on the same things under the same conditions is one.
fn grouped(rows: &BTreeSet<Row>, regions: &BTreeSet<String>) -> Vec<Statement> {
    let mut things: BTreeMap<(&'static str, Conditions), BTreeSet<String>> = BTreeMap::new();
    for row in rows {
        let mut when = row.when.clone();
        // A cluster of ARC has endpoints in five regions, whatever the plan's are.
        if global(row.action).is_none() && !row.action.starts_with("route53-recovery-cluster:") {
            when.insert(("StringEquals", "aws:RequestedRegion"), regions.clone());
        }
        things.entry((row.action, when)).or_default().insert(row.on.clone());
    }
    let mut statements: BTreeMap<(BTreeSet<String>, Conditions), BTreeSet<&'static str>> = BTreeMap::new();
    for ((action, when), on) in things {
        // Whoever may on anything need not be told on what else.
        let on = if on.contains("*") { ["*".to_owned()].into() } else { on };
        statements.entry((on, when)).or_default().insert(action);
    }
    statements.into_iter().map(|((on, when), actions)| (on, when, actions)).collect()
}

/// The service with one place in the world that an action is of: no region of the plan is asked for it.
pub(super) fn global(action: &str) -> Option<Global> {
    match action.split(':').next() {
        Some("route53") => Some(Global::Route53),
        Some("iam") => Some(Global::Iam),
        Some("globalaccelerator") => Some(Global::Accelerator),
        _ => None,
    }
}
