//! What a plan says of a database that is restored, and what is wrong or unwise about it, before any cloud is asked.

use crate::plan::fields::fields;
use crate::plan::{Component, Finding, Problem};
use crate::service::arn::{Arn, is_arn};
use crate::service::rds::names;
use crate::service::resolve::has_reference;
use crate::service::say::Rule;
use jiff::Timestamp;

fields! {
    /// What a plan says of a database that is restored.
    pub(crate) struct Said {
        required source: Text, "what it is restored from, in the recovery region: the ARN of a replicated automated backup, or a snapshot by its identifier or ARN";
        required instance: Text, "DBInstanceIdentifier that it gets there: one that is free";
        optional class: Text, "its DBInstanceClass; that of the source by default";
        optional subnet_group: Text, "DBSubnetGroupName in the recovery region";
        optional security_groups: Texts, "VpcSecurityGroupIds in the recovery region: a restored instance has none of the source's";
        optional parameter_group: Text, "DBParameterGroupName in the recovery region: a restored instance has the default one otherwise";
        optional multi_az: Truth = false, "whether it stands in two zones; false by default";
        optional to: Text = "latest".to_owned(), "the moment that a backup is restored to: `latest`, or a time such as 2026-11-27T10:00:00Z; `latest` by default";
        optional expected: Duration = 1800.0, "how long a restore of it usually takes; 30m by default: measure it";
    }
}

/// What a database is restored from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Backup,
    Snapshot,
}

impl Said {
    pub(super) fn from(&self) -> Source {
        let is_backup = Arn::parse(&self.source).is_some_and(|arn| arn.resource.starts_with("auto-backup:"));
        if is_backup { Source::Backup } else { Source::Snapshot }
    }

    /// The moment that is asked for; `None` for the latest there is.
    pub(super) fn moment(&self) -> Option<Timestamp> {
        self.to.parse().ok()
    }
}

static BARE: Rule = Rule {
    code: "restore-groups",
    wanted: "security groups and a parameter group: a restored instance has the default ones",
    fix: "give `security_groups` and `parameter_group`",
    source: "Amazon RDS User Guide: Restoring a DB instance to a specified time",
};

/// What no single field shows.
pub(super) fn problems(component: &Component) -> Vec<Problem> {
    let Ok(said) = Said::of(&component.fields) else { return Vec::new() };
    let mut problems = Vec::new();
    if let Some((why, help)) = names::complaint(&said.instance).filter(|_| !has_reference(&said.instance)) {
        problems.push(Problem::at("instance", format!("`{}` {why}", said.instance), help));
    }
    let is_known = match Arn::parse(&said.source) {
        Some(arn) => {
            arn.service == "rds" && (arn.resource.starts_with("auto-backup:") || arn.resource.starts_with("snapshot:"))
        }
        None => !is_arn(&said.source) && !said.source.is_empty(),
    };
    if !is_known && !has_reference(&said.source) {
        let help = "arn:aws:rds:REGION:ACCOUNT:auto-backup:ab-…, or a snapshot";
        problems.push(Problem::at("source", format!("`{}` is nothing to restore from", said.source), help));
    }
    let is_latest = said.to == "latest";
    if !is_latest && said.moment().is_none() {
        let help = "`latest`, or a time such as 2026-11-27T10:00:00Z";
        problems.push(Problem::at("to", format!("`{}` is no time", said.to), help));
    }
    if !is_latest && said.from() == Source::Snapshot && !has_reference(&said.source) {
        let help = "leave it out, or restore an automated backup";
        problems.push(Problem::at("to", "a snapshot is of one moment", help));
    }
    problems
}

/// What is allowed but unwise.
pub(super) fn findings(component: &Component) -> Vec<Finding> {
    match Said::of(&component.fields) {
        Ok(said) if said.security_groups.is_empty() => vec![BARE.broken_by(component, "no security_groups")],
        Ok(said) if said.parameter_group.is_none() => vec![BARE.broken_by(component, "no parameter_group")],
        Ok(_) | Err(_) => Vec::new(),
    }
}
