//! What a plan says of a secret, and what is wrong or unwise about it before any cloud is asked.

use crate::plan::fields::fields;
use crate::plan::{Application, Component, Finding, Problem};
use crate::service::resolve::has_reference;
use crate::service::say::Rule;

fields! {
    /// What a plan says of a secret.
    pub(crate) struct Said {
        required name: Text, "the secret's name: the same in both regions, no ARN";
        optional set: Headers, "keys of its JSON and what they are set to in the recovery region, all others stay; it is written to there, and so stops to be a replica. Sealed whatever they look like";
        optional prove: Truth = false, "show that these credentials may read it, by reading it; what it holds is dropped at once; false by default";
    }
}

static DETACHES: Rule = Rule {
    code: "secret-detaches",
    wanted: "a secret that stays a replica",
    fix: "leave `set` out where what depends on it can take the new values from elsewhere; else replicate it anew after the recovery",
    source: "AWS Secrets Manager User Guide: Promote a replica secret to a standalone secret in AWS Secrets Manager",
};

/// What no single field shows.
pub(super) fn problems(component: &Component) -> Vec<Problem> {
    let Ok(Said { name, set, .. }) = Said::of(&component.fields) else { return Vec::new() };
    let mut problems = Vec::new();
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "/_+=.@-".contains(letter);
    if !has_reference(&name) && (name.is_empty() || !name.chars().all(fits)) {
        let help = "the name that it has in both regions, no ARN: letters, digits and /_+=.@-";
        problems.push(Problem::at("name", format!("`{name}` is no secret's name"), help));
    }
    if set.keys().any(String::is_empty) {
        problems.push(Problem::at("set", "a key without a name", "name the key of the secret's JSON"));
    }
    problems
}

/// What is allowed but unwise.
pub(super) fn findings(component: &Component, _application: &Application) -> Vec<Finding> {
    let found = "`set` ends its replication: what is written to the primary later does not come here any more";
    let writes = Said::of(&component.fields).is_ok_and(|said| !said.set.is_empty());
    writes.then(|| DETACHES.broken_by(component, found)).into_iter().collect()
}
