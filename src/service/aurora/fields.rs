//! What a plan says of an Aurora global database, and what is wrong or unwise about it, before any cloud is asked.

use crate::plan::fields::fields;
use crate::plan::{Application, Component, Finding, Problem};
use crate::service::rds::names;
use crate::service::resolve::has_reference;
use crate::service::say::Rule;

/// The words of `endpoint`.
const CLUSTER: &str = "cluster";
const GLOBAL: &str = "global";

fields! {
    /// What a plan says of a global database.
    pub(crate) struct Said {
        required global: Text, "GlobalClusterIdentifier of the global database";
        required primary: Text, "DBClusterIdentifier of its primary, in the primary region";
        required recovery: Text, "DBClusterIdentifier of its secondary in the recovery region";
        optional detach: Truth = false, "in a failover, take the secondary out of the global database instead of making it the primary: for one that refuses to fail over. The old cluster goes on writing; false by default";
        optional endpoint: Choice(&[CLUSTER, GLOBAL]) = CLUSTER.to_owned(), "what `${….endpoint}` is: the endpoint of the new primary's own cluster, or the global writer endpoint, which follows the role; cluster by default";
        optional keep_snapshot: Truth = true, "after a failover, copy the snapshot that Aurora takes of the old primary's volume: it alone has the writes that were lost, and goes with the old cluster's retention; true by default";
        given compare: Program, "on the way back, a program that compares what the old side had (LANDFALL_OLD_SNAPSHOT, the copy of its volume in LANDFALL_OLD_REGION, which it restores aside by itself; or LANDFALL_OLD_ENDPOINT of the cluster that was left) with the one that writes (LANDFALL_NEW_ENDPOINT) from LANDFALL_FROM on, and prints what that of an `rds` component prints; anything else is not known";
        optional port: Within(1, 65_535), "the port given to others; the cluster's own by default";
    }
}

impl Said {
    /// Whether others are given the endpoint that follows the role.
    pub fn gives_global(&self) -> bool {
        self.endpoint == GLOBAL
    }
}

static LOSS_UNGATED: Rule = Rule {
    code: "aurora-loss-ungated",
    wanted: "an rpo, so that a failover that would lose more asks first",
    fix: "give `rpo` in [application] or in the component",
    source: "AWS Well-Architected REL13-BP01: define recovery objectives for downtime and data loss",
};
static TWO_WRITERS: Rule = Rule {
    code: "aurora-two-writers",
    wanted: "one cluster that takes writes",
    fix: "leave `detach` out unless the global database refuses to fail over, or fence who writes to the old cluster",
    source: "Amazon Aurora User Guide: Performing manual failovers for Aurora global databases",
};

/// What no single field shows.
pub(super) fn problems(component: &Component) -> Vec<Problem> {
    let Ok(said) = Said::of(&component.fields) else { return Vec::new() };
    let mut problems = Vec::new();
    for (name, id) in [("global", &said.global), ("primary", &said.primary), ("recovery", &said.recovery)] {
        if let Some((why, help)) = names::complaint(id).filter(|_| !has_reference(id)) {
            problems.push(Problem::at(name, format!("`{id}` {why}"), help));
        }
    }
    if said.detach && said.gives_global() {
        let message = "a cluster that stands alone has no global endpoint";
        problems.push(Problem::at("endpoint", message, "leave out `endpoint`, or `detach`"));
    }
    problems
}

/// What is allowed but unwise.
pub(super) fn findings(component: &Component, application: &Application) -> Vec<Finding> {
    let mut findings = Vec::new();
    if application.rpo_of(component).is_none() {
        findings.push(LOSS_UNGATED.broken_by(component, "neither the component nor the application has an rpo"));
    }
    if Said::of(&component.fields).is_ok_and(|said| said.detach) {
        findings.push(TWO_WRITERS.broken_by(component, "detach = true: nothing stops the old cluster's writes"));
    }
    findings
}
