//! What a plan says of a node group, and what is wrong or unwise about it, before any cloud is asked.

use crate::plan::fields::fields;
use crate::plan::{Component, Finding, Problem};
use crate::service::resolve::has_reference;
use crate::service::say::Rule;

fields! {
    /// What a plan says of a node group.
    pub(crate) struct Said {
        required cluster: Text, "the EKS cluster in the recovery region, by name";
        required nodegroup: Text, "the managed node group of it, by name";
        required desired: Within(1, 10_000), "how many nodes are in service there after the failover; a node group that has more keeps them";
        optional min: Within(0, 10_000), "raise its minSize to this, so that no autoscaler scales it in below";
        optional max: Within(1, 10_000), "raise its maxSize to this, where that is less";
    }
}

static NO_MINIMUM: Rule = Rule {
    code: "nodegroup-no-min",
    wanted: "a minimum: an autoscaler of the cluster may scale it in again before its pods are there",
    fix: "give `min`",
    source: "Amazon EKS User Guide: the desired size of a node group is changed by the Cluster Autoscaler",
};

/// What no single field shows.
pub(super) fn problems(component: &Component) -> Vec<Problem> {
    let Ok(said) = Said::of(&component.fields) else { return Vec::new() };
    let mut problems = Vec::new();
    if let Some(min) = said.min.filter(|min| *min > said.desired) {
        let message = format!("min {min} is above desired {}", said.desired);
        problems.push(Problem::at("min", message, "at most what is desired"));
    }
    if let Some(max) = said.max.filter(|max| *max < said.desired) {
        let message = format!("max {max} is below desired {}", said.desired);
        problems.push(Problem::at("max", message, "at least what is desired"));
    }
    let help = "its name alone, no ARN: 1 to 100 letters, digits, `-` and `_`";
    for (field, name) in [("cluster", &said.cluster), ("nodegroup", &said.nodegroup)] {
        if !is_name(name) {
            problems.push(Problem::at(field, format!("`{name}` is no {field}'s name"), help));
        }
    }
    problems
}

fn is_name(name: &str) -> bool {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
    has_reference(name) || ((1..=100).contains(&name.len()) && name.chars().all(is_plain))
}

/// What is allowed but unwise.
pub(super) fn findings(component: &Component) -> Vec<Finding> {
    match Said::of(&component.fields) {
        Ok(Said { min: None, .. }) => vec![NO_MINIMUM.broken_by(component, "no min")],
        Ok(_) | Err(_) => Vec::new(),
    }
}
