//! What a plan says of a database, and what is wrong or unwise about it, before any cloud is asked.

use super::names;
use crate::plan::fields::fields;
use crate::plan::{Application, Component, Finding, Problem};
use crate::service::resolve::has_reference;
use crate::service::say::Rule;

fields! {
    /// What a plan says of a database.
    pub(crate) struct Said {
        required primary: Text, "DBInstanceIdentifier of the source in the primary region; the start is refused when `recovery` is a replica of another";
        required recovery: Text, "DBInstanceIdentifier of its read replica in the recovery region";
        optional backup_retention: Within(0, 35) = 7, "days of backups once promoted, 0 to 35; 7 by default";
        optional fence: Truth = true, "rename the old instance to ID-fenced-YYYYMMDDhhmm (the run's beginning in UTC), so that its name stops resolving and its connections end; true by default";
        optional fence_wait: Duration, "in a failover, how long the promotion waits for the fence while the old region answers; then it asks; 5m by default";
        given isolate: Texts, "security groups that the old instance gets instead of its own: with the rename in a failover, after it has caught up in a switchover";
        given caught_up: Program, "a program that exits 0 once the replica has applied all that was written before LANDFALL_FENCED_AT (with LANDFALL_OLD_ENDPOINT and LANDFALL_NEW_ENDPOINT); it tells in seconds what the lag's samples tell in minutes";
        given compare: Program, "on the way back, a program that compares the old side (LANDFALL_OLD_ENDPOINT, as it was fenced) with the one that writes (LANDFALL_NEW_ENDPOINT) from LANDFALL_FROM on, and prints one object: `{\"missing\": n, \"conflicting\": n, \"unit\": \"transactions\", \"sample\": [], \"report\": \"…\"}`, its unit transactions, rows or objects; anything else is not known";
        optional caught_up_wait: Duration = 900.0, "in a switchover, how long the promotion waits for that; then it asks; 15m by default";
        optional expect_class: Truth = false, "refuse the start when the replica is not of its source's instance class; false by default";
        optional port: Within(1, 65_535), "the port given to others; the instance's own by default";
        optional reach: Truth = false, "also connect to the promoted instance from where Landfall runs; false by default, since a database's endpoint is private and a `tcp` component near it tells more";
    }
}

impl Said {
    /// The security groups that isolate the old instance; none where the plan gives none.
    pub(super) fn isolating(&self) -> &[String] {
        self.isolate.as_deref().unwrap_or_default()
    }
}

static LOSS_UNGATED: Rule = Rule {
    code: "rds-loss-ungated",
    wanted: "an rpo, so that a promotion that would lose more asks first",
    fix: "give `rpo` in [application] or in the component",
    source: "AWS Well-Architected REL13-BP01: define recovery objectives for downtime and data loss",
};
static NO_BACKUPS: Rule = Rule {
    code: "rds-backup-retention",
    wanted: "backup_retention of 1 day or more",
    fix: "leave `backup_retention` out (7 days), or give 1 to 35",
    source: "Amazon RDS User Guide: Promoting a read replica to be a standalone DB instance",
};
static UNFENCED: Rule = Rule {
    code: "rds-unfenced",
    wanted: "the old primary unable to write once the replica is promoted",
    fix: "leave `fence` out, or fence the old primary with a `command` or `manual` component",
    source: "Amazon Aurora User Guide, global database failover: stop writes to the old primary first",
};

/// What no single field shows.
pub(super) fn problems(component: &Component) -> Vec<Problem> {
    let Ok(said) = Said::of(&component.fields) else { return Vec::new() };
    let mut problems = Vec::new();
    for (name, id) in [("primary", &said.primary), ("recovery", &said.recovery)] {
        if let Some((why, help)) = names::complaint(id).filter(|_| !has_reference(id)) {
            problems.push(Problem::at(name, format!("`{id}` {why}"), help));
        }
    }
    if said.backup_retention > 35 {
        problems.push(Problem::at("backup_retention", "RDS keeps backups for 35 days at most", "0 to 35 days"));
    }
    if said.port.is_some_and(|port| u16::try_from(port).map_or(true, |port| port == 0)) {
        problems.push(Problem::at("port", "that is not a port", "a whole number from 1 to 65535"));
    }
    if let Some(group) = said.isolating().iter().find(|group| !group.starts_with("sg-")) {
        problems.push(Problem::at("isolate", format!("`{group}` is not a security group"), "ids such as sg-0123abcd"));
    }
    let is_empty =
        |given: &Option<Vec<String>>| given.as_ref().is_some_and(|given| given.first().is_none_or(String::is_empty));
    if is_empty(&said.caught_up) {
        problems.push(Problem::at("caught_up", "`caught_up` names no program", "the program, then its arguments"));
    }
    if is_empty(&said.isolate) {
        problems.push(Problem::at("isolate", "`isolate` names no security group", "one at least, or leave it out"));
    }
    if !said.fence {
        let given = [("fence_wait", said.fence_wait.is_some()), ("isolate", said.isolate.is_some())];
        let useless = given.into_iter().filter(|(_, is_given)| *is_given);
        problems.extend(useless.map(|(name, _)| {
            Problem::at(
                name,
                format!("`{name}` says nothing without a fence"),
                format!("leave out `{name}`, or `fence = false`"),
            )
        }));
    }
    problems
}

/// What is allowed but unwise.
pub(super) fn findings(component: &Component, application: &Application) -> Vec<Finding> {
    let mut findings = Vec::new();
    if application.rpo_of(component).is_none() {
        findings.push(LOSS_UNGATED.broken_by(component, "neither the component nor the application has an rpo"));
    }
    let Ok(said) = Said::of(&component.fields) else { return findings };
    if said.backup_retention == 0 {
        findings.push(NO_BACKUPS.broken_by(component, "the promoted instance would keep no backups"));
    }
    if !said.fence {
        findings.push(UNFENCED.broken_by(component, "fence = false"));
    }
    findings
}
