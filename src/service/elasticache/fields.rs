//! What a plan says of a global datastore, and what is wrong or unwise about it, before any cloud is asked.

use crate::plan::fields::fields;
use crate::plan::{Application, Component, Finding, Problem};
use crate::service::resolve::has_reference;
use crate::service::say::Rule;

fields! {
    /// What a plan says of a global datastore.
    pub(crate) struct Said {
        required global: Text, "GlobalReplicationGroupId of the datastore, with the prefix that AWS gave it";
        required primary: Text, "ReplicationGroupId of its primary, in the primary region";
        required recovery: Text, "ReplicationGroupId of its secondary in the recovery region";
        optional detach: Truth = false, "take the secondary out of the datastore instead of making it the primary: for a region whose datastore refuses to fail over. It is final; false by default";
        optional flush: Truth = false, "ask that the cache is emptied afterwards, with the command for it: ElastiCache has no call that does; false by default";
    }
}

static TWO_WRITERS: Rule = Rule {
    code: "elasticache-two-writers",
    wanted: "one group that takes writes",
    fix: "leave `detach` out unless the datastore refuses to fail over, or fence who writes to the old group",
    source: "Amazon ElastiCache User Guide: Replication across AWS Regions using global datastores",
};

/// What no single field shows.
pub(super) fn problems(component: &Component) -> Vec<Problem> {
    let Ok(said) = Said::of(&component.fields) else { return Vec::new() };
    let mut problems = Vec::new();
    for (name, id) in [("primary", &said.primary), ("recovery", &said.recovery)] {
        let fits = id.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-') && !id.is_empty();
        if !fits && !has_reference(id) {
            let help = "the ReplicationGroupId: letters, digits and hyphens, no ARN and no endpoint";
            problems.push(Problem::at(name, format!("`{id}` is no replication group's id"), help));
        }
    }
    problems
}

/// What is allowed but unwise.
pub(super) fn findings(component: &Component, _application: &Application) -> Vec<Finding> {
    let found = "detach = true: the old group goes on taking writes";
    let leaves = Said::of(&component.fields).is_ok_and(|said| said.detach);
    leaves.then(|| TWO_WRITERS.broken_by(component, found)).into_iter().collect()
}
