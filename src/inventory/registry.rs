//! The kinds that are captured: how each is read, and by which calls. From it comes what a capture must be allowed.

use super::ask::Operation;
use super::desk::{Desk, Found, Read, Step};
use super::{kinds, seeds};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A kind of resource.
pub struct Kind {
    /// What a snapshot calls it.
    pub name: &'static str,
    /// Reads one of it.
    pub read: fn(&mut Desk<'_>, &str) -> Step<Read>,
    /// The calls that it takes.
    pub calls: &'static [&'static Operation],
    /// Whether it is of all regions.
    pub is_global: bool,
}

impl Kind {
    /// One that is read so, by these calls.
    pub(super) const fn of(
        name: &'static str,
        read: fn(&mut Desk<'_>, &str) -> Step<Read>,
        calls: &'static [&'static Operation],
    ) -> Self {
        Self { name, read, calls, is_global: false }
    }
    /// That is of all regions.
    pub(super) const fn global(self) -> Self {
        Self { is_global: true, ..self }
    }
}

/// Every kind.
pub fn kinds() -> impl Iterator<Item = &'static Kind> {
    kinds::all()
}

/// The kind called `name`.
pub fn kind(name: &str) -> Option<&'static Kind> {
    kinds().find(|kind| kind.name == name)
}

/// Every call that a capture may make, once each.
pub fn calls() -> Vec<&'static Operation> {
    let all = seeds::CALLS.iter().chain(kinds().flat_map(|kind| kind.calls)).copied();
    let mut seen = BTreeSet::new();
    let mut calls: Vec<&Operation> = all.filter(|call| seen.insert(call.key())).collect();
    calls.sort_by_key(|call| call.key());
    calls
}

/// The least that IAM has to allow for a capture.
pub fn policy() -> Value {
    let word = |call: &&Operation| format!("{}:{}", call.api.word(), permission(call));
    let actions: BTreeSet<String> = calls().iter().map(word).collect();
    json!({
        "Version": "2012-10-17",
        "Statement": [{ "Sid": "LandfallCapture", "Effect": "Allow", "Action": actions, "Resource": "*" }],
    })
}

fn permission(call: &Operation) -> &'static str {
    call.permission.unwrap_or(call.name)
}

/// What a reader ends with.
pub(super) fn found(found: Found) -> Step<Read> {
    Ok(Read::Found(Box::new(found)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_a_name_of_its_own_and_calls() {
        let names: BTreeSet<&str> = kinds().map(|kind| kind.name).collect();
        assert_eq!(names.len(), kinds().count());
        assert!(kinds().all(|kind| !kind.calls.is_empty()));
    }

    #[test]
    fn nothing_that_tells_a_secret_or_changes_anything_is_called() {
        for call in calls() {
            let reads = ["Describe", "Get", "List"].iter().any(|word| call.name.starts_with(word));
            assert!(reads, "{}", call.name);
            let tells = ["GetSecretValue", "Decrypt", "GetParameter", "GetPasswordData", "GetAuthorizationToken"];
            assert!(!tells.contains(&call.name), "{}", call.name);
        }
        let policy = policy().to_string();
        assert!(policy.contains("\"tag:GetResources\"") && policy.contains("\"s3:GetEncryptionConfiguration\""));
        assert!(!policy.contains("GetSecretValue") && !policy.contains("*:"));
    }
}
