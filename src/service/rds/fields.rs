//! What a plan says of a database, and what is wrong or unwise about it, before any cloud is asked.

use super::names;
use crate::plan::{Application, Component, Field, Finding, Problem, Takes};
use crate::service::resolve::has_reference;
use crate::service::say::Rule;

pub(super) static FIELDS: &[Field] = &[
    Field::required(
        "primary",
        Takes::Text,
        "DBInstanceIdentifier of the source in the primary region; the start is refused when `recovery` is a replica of another",
    ),
    Field::required("recovery", Takes::Text, "DBInstanceIdentifier of its read replica in the recovery region"),
    Field::optional("backup_retention", Takes::Within(0, 35), "days of backups once promoted, 0 to 35; 7 by default"),
    Field::optional(
        "fence",
        Takes::Truth,
        "rename the old instance to ID-fenced-YYYYMMDDhhmm (the run's beginning in UTC), so that its name stops resolving and its connections end; true by default",
    ),
    Field::optional(
        "fence_wait",
        Takes::Duration,
        "in a failover, how long the promotion waits for the fence while the old region answers; then it asks; 5m by default",
    ),
    Field::optional(
        "isolate",
        Takes::Texts,
        "security groups that the old instance gets instead of its own: with the rename in a failover, after it has caught up in a switchover",
    ),
    Field::optional(
        "caught_up",
        Takes::Program,
        "a program that exits 0 once the replica has applied all that was written before LANDFALL_FENCED_AT (with LANDFALL_OLD_ENDPOINT and LANDFALL_NEW_ENDPOINT); it tells in seconds what the lag's samples tell in minutes",
    ),
    Field::optional(
        "caught_up_wait",
        Takes::Duration,
        "in a switchover, how long the promotion waits for that; then it asks; 15m by default",
    ),
    Field::optional(
        "expect_class",
        Takes::Truth,
        "refuse the start when the replica is not of its source's instance class; false by default",
    ),
    Field::optional("port", Takes::Within(1, 65_535), "the port given to others; the instance's own by default"),
    Field::optional(
        "reach",
        Takes::Truth,
        "also connect to the promoted instance from where Landfall runs; false by default, since a database's endpoint is private and a `tcp` component near it tells more",
    ),
];

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
    let fields = &component.fields;
    let mut problems = Vec::new();
    for name in ["primary", "recovery"] {
        let id = fields.required(name);
        if let Some((why, help)) = names::complaint(&id).filter(|_| !has_reference(&id)) {
            problems.push(Problem::at(name, format!("`{id}` {why}"), help));
        }
    }
    if fields.count("backup_retention").is_some_and(|days| days > 35) {
        problems.push(Problem::at("backup_retention", "RDS keeps backups for 35 days at most", "0 to 35 days"));
    }
    if fields.count("port").is_some_and(|port| u16::try_from(port).map_or(true, |port| port == 0)) {
        problems.push(Problem::at("port", "that is not a port", "a whole number from 1 to 65535"));
    }
    if let Some(group) = fields.list("isolate").iter().find(|group| !group.starts_with("sg-")) {
        problems.push(Problem::at("isolate", format!("`{group}` is not a security group"), "ids such as sg-0123abcd"));
    }
    let is_empty = |name: &str| fields.0.contains_key(name) && fields.list(name).first().is_none_or(String::is_empty);
    if is_empty("caught_up") {
        problems.push(Problem::at("caught_up", "`caught_up` names no program", "the program, then its arguments"));
    }
    if is_empty("isolate") {
        problems.push(Problem::at("isolate", "`isolate` names no security group", "one at least, or leave it out"));
    }
    if !fields.truth("fence", true) {
        let useless = ["fence_wait", "isolate"].into_iter().filter(|name| fields.0.contains_key(*name));
        problems.extend(useless.map(|name| {
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
    if component.fields.count("backup_retention") == Some(0) {
        findings.push(NO_BACKUPS.broken_by(component, "the promoted instance would keep no backups"));
    }
    if !component.fields.truth("fence", true) {
        findings.push(UNFENCED.broken_by(component, "fence = false"));
    }
    findings
}
