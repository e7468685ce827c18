//! What a step's acts have to be allowed, thing by thing, as IAM's policy simulator is asked: the ARNs that the plan gives and
//! those that the step has found, and what its requests say at the keys of conditions.

use super::grants::{Grant, On, Spot, To, global};
pub use super::iam::words::rights as want;
use super::observation::Principal;
use super::touched::is_of;
use crate::plan::Global;
use crate::text::Clean;
use std::collections::BTreeMap;

/// One action that a step has to be allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Right {
    /// `rds:PromoteReadReplica`.
    pub action: &'static str,
    /// On what.
    pub on: Things,
    /// What a request of it says, by the keys of conditions.
    pub context: BTreeMap<Clean, Vec<Clean>>,
}

/// What an action is done to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Things {
    /// These, by their ARNs; `*` where IAM knows no resource.
    Are(Vec<Clean>),
    /// What cannot be told yet.
    Untold(Clean),
}

/// Whose policies say what `arn`, a caller, may do.
///
/// # Errors
/// Why that is no role's and no user's.
pub fn principal(arn: &str) -> Result<Principal, String> {
    let found = super::arn::Arn::parse(arn).ok_or_else(|| format!("{arn} is no caller that IAM's simulator knows"))?;
    let words = found.resource.split('/').collect::<Vec<_>>();
    match (found.service, words[..].first(), words.get(1)) {
        ("sts", Some(&"assumed-role"), Some(name)) => Ok(Principal::Role(Clean::new(name))),
        ("iam", Some(&"user"), Some(_)) => Ok(Principal::User(Clean::new(arn))),
        ("iam", Some(&"root"), None) => {
            Err(format!("{arn} is an account's root user, of whom IAM's simulator tells nothing"))
        }
        ("sts", Some(&"federated-user"), _) => {
            Err(format!("{arn} is a federated user, of whom IAM's simulator tells nothing"))
        }
        _ => Err(format!("{arn} is no role and no user, and IAM's simulator knows no other caller")),
    }
}

/// What stands for a time or a number that is given later.
const LATER: &str = "202701010000";

/// Whether no request of ours says anything at a condition's key: what only those say that a service makes in another's
/// name. That a policy asks for it leaves nothing open.
pub fn is_never_said(key: &str) -> bool {
    const KEYS: [&str; 4] = ["kms:ViaService", "aws:CalledVia", "aws:CalledViaFirst", "aws:CalledViaLast"];
    KEYS.iter().any(|never| never.eq_ignore_ascii_case(key))
}

impl Grant {
    /// Whether it is for doing the step `action`: of several like it, each has a number behind its name.
    pub fn is_to_do(&self, action: &str) -> bool {
        let To::Do(step) = self.to else { return false };
        let numbered = action.strip_prefix(step).and_then(|rest| rest.strip_prefix('-'));
        action == step || numbered.is_some_and(|number| number.chars().all(|letter| letter.is_ascii_digit()))
    }
}

/// What the step `action` of `spot`'s component needs on its side. `found` is what it has found of what it is done to: ARNs,
/// or what stands in the place of a pattern's `*`. What a service asks for in the caller's name is not among it: the thing's
/// own policy may allow it to that service.
pub fn of(spot: &Spot<'_>, action: &str, found: Option<&[Clean]>) -> Vec<Right> {
    let grants = spot.kind.grants().iter();
    let own =
        grants.filter(|grant| grant.is_to_do(action) && grant.is_given(spot.component) && grant.through.is_none());
    own.flat_map(|grant| rights(grant, spot, found)).collect()
}

fn rights(grant: &Grant, spot: &Spot<'_>, found: Option<&[Clean]>) -> Vec<Right> {
    let spot = &grant.spot(spot);
    let on = things(grant, spot, found);
    if on == Things::Are(Vec::new()) {
        return Vec::new();
    }
    let right = |action: &&'static str| Right { action, on: on.clone(), context: context(grant, spot, action) };
    grant.actions.iter().map(right).collect()
}

fn context(grant: &Grant, spot: &Spot<'_>, action: &str) -> BTreeMap<Clean, Vec<Clean>> {
    let region = spot.fill("{region}").pop().map(|filled| filled.text).unwrap_or_default();
    let region = match global(action) {
        // A role is handed on by the request that names it.
        Some(Global::Iam) | None => region,
        Some(global) => global.home(&region.as_str().into()).to_string(),
    };
    let mut context: BTreeMap<Clean, Vec<Clean>> = BTreeMap::new();
    context.insert("aws:RequestedRegion".into(), vec![Clean::new(&region)]);
    for ((_, key), values) in grant.conditions(spot) {
        if let Some(value) = values.iter().find(|value| !value.contains('*')) {
            context.insert(key.into(), vec![Clean::new(value)]);
        }
    }
    context
}

fn things(grant: &Grant, spot: &Spot<'_>, found: Option<&[Clean]>) -> Things {
    if grant.on.is_empty() {
        return Things::Are(vec!["*".into()]);
    }
    let mut all: Vec<Clean> = Vec::new();
    for (on, pattern) in grant.on.iter().flat_map(|on| spot.arns(on.pattern()).into_iter().map(move |arn| (on, arn))) {
        let known =
            || found.map(|found| found.iter().filter_map(|found| named(&pattern.text, found)).collect::<Vec<_>>());
        match (on, known()) {
            (On::Named(_), _) if pattern.is_told => all.push(Clean::new(&pattern.text)),
            (On::Made(_), _) => all.push(Clean::new(&pattern.text.replace('*', LATER))),
            (On::HandedOn(_), Some(known)) => all.extend(known),
            (On::Named(_), Some(known)) if !known.is_empty() => all.extend(known),
            (On::Named(_) | On::HandedOn(_), _) => {
                let why = format!("what {} is, is not known yet", pattern.text);
                return Things::Untold(Clean::new(&why));
            }
        }
    }
    Things::Are(all)
}

/// The ARN of what was found, where `pattern` is of it.
fn named(pattern: &str, found: &Clean) -> Option<Clean> {
    if !super::arn::is_arn(found) {
        return (pattern.matches('*').count() == 1).then(|| Clean::new(&pattern.replacen('*', found, 1)));
    }
    is_of(pattern, found).then(|| found.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callers_are_roles_and_users_and_of_others_nothing_is_told() {
        let told = |arn: &str| principal(arn);
        let role = "arn:aws:sts::111122223333:assumed-role/operator/ana";
        assert_eq!(told(role), Ok(Principal::Role("operator".into())));
        let user = "arn:aws-cn:iam::111122223333:user/ops/ana";
        assert_eq!(told(user), Ok(Principal::User(user.into())));
        for (other, why) in [
            ("arn:aws:iam::111122223333:root", "root user"),
            ("arn:aws:sts::111122223333:federated-user/ana", "federated user"),
            ("arn:aws:sts::111122223333:assumed-root/x", "no role and no user"),
            ("?", "no caller"),
        ] {
            assert!(told(other).expect_err("no principal").contains(why), "{other}");
        }
    }
}
