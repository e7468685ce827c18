//! What a replica has to be beside a replica: what a promotion is refused for, or serves less well with. All of it stands in
//! `DescribeDBInstances`, which the steps ask for already.

use super::fields::Said;
use super::seen::DbInstance;
use super::words;
use crate::plan::{Application, Component, Side, Weight};
use crate::service::ask::Place;
use crate::service::readiness::{self, Ready, Rule, Sides, Tier};
use crate::service::work::Check;

/// Without automated backups of the source no replica of it can be made.
static BACKUP_RETENTION: Rule = Rule {
    code: "rds-backup-retention",
    wanted: "automated backups of the source",
    fix: "ModifyDBInstance with a BackupRetentionPeriod of a day or more: without it no replica can be made of it",
    costs: "no replica can be made again: neither after a failover nor for the way back",
    source: "RDS User Guide, Working with DB instance read replicas",
    tier: Tier::Hourly,
    weight: Weight::Blocks,
};
static MULTI_AZ: Rule = Rule {
    code: "rds-multi-az",
    wanted: "a standby in another zone on both sides",
    fix: "ModifyDBInstance with MultiAZ, of the replica too: a promoted one keeps what it has",
    costs: "after the recovery one zone's failure takes the database down",
    source: "RDS User Guide, Multi-AZ DB instance deployments; Security Hub RDS.5",
    tier: Tier::Hourly,
    weight: Weight::Weakens,
};
static ENGINE_VERSION: Rule = Rule {
    code: "rds-engine-version",
    wanted: "the same engine version on both sides",
    fix: "upgrade the replica first, then the source",
    costs: "an older replica stops replicating, a newer one can never be followed by the old side",
    source: "RDS User Guide, Upgrading the engine version of a read replica",
    tier: Tier::Daily,
    weight: Weight::Blocks,
};
static STORAGE: Rule = Rule {
    code: "rds-storage",
    wanted: "storage, IOPS and room to grow as the source has them",
    fix: "ModifyDBInstance of the replica: changed storage is optimised for hours",
    costs: "the promoted database runs slower, or out of room",
    source: "RDS User Guide, Working with storage for Amazon RDS DB instances",
    tier: Tier::Hourly,
    weight: Weight::Slows,
};
static DELETION_PROTECTION: Rule = Rule {
    code: "rds-deletion-protection",
    wanted: "deletion protection on both sides",
    fix: "ModifyDBInstance with DeletionProtection",
    costs: "the only copy can be deleted by one call",
    source: "Security Hub RDS.8",
    tier: Tier::Hourly,
    weight: Weight::Weakens,
};

/// All of them.
pub(super) static RULES: &[&Rule] = &[&BACKUP_RETENTION, &ENGINE_VERSION, &STORAGE, &MULTI_AZ, &DELETION_PROTECTION];

/// What a component is held to.
pub(super) fn of(said: &Said, component: &Component, application: &Application) -> Vec<Ready> {
    let at = |side| Place::of(component, application, side);
    let both = Sides {
        old: (words::instance(&at(Side::Primary), &said.primary), format!("instance {}", said.primary)),
        new: (words::instance(&at(Side::Recovery), &said.recovery), format!("instance {}", said.recovery)),
    };
    vec![
        readiness::of_one(&both.old, &BACKUP_RETENTION, |rule, source: &DbInstance| {
            let days = source.backup_retention_days;
            rule.when(days > 0, format!("{}: {days} days", source.id))
        }),
        both.held_to(&ENGINE_VERSION, |rule, source, replica| {
            match (&source.settings.engine_version, &replica.settings.engine_version) {
                (Some(old), Some(new)) => rule.when(old == new, format!("{} {old}, {} {new}", source.id, replica.id)),
                _ => rule.unknown("no engine version was told"),
            }
        }),
        both.held_to(&STORAGE, storage),
        both.held_to(&MULTI_AZ, |rule, source, replica| match (source.settings.multi_az, replica.settings.multi_az) {
            (Some(old), Some(new)) => {
                let word = |on| if on { "several zones" } else { "one zone" };
                let found = format!("{} {}, {} {}", source.id, word(old), replica.id, word(new));
                rule.when(old && new, found)
            }
            _ => rule.unknown("not told for how many zones"),
        }),
        both.held_to(&DELETION_PROTECTION, |rule, source, replica| {
            let off = |instance: &DbInstance| instance.settings.deletion_protection.map(|on| !on);
            match (off(source), off(replica)) {
                (Some(old), Some(new)) => {
                    let open = [(old, &source.id), (new, &replica.id)].into_iter().filter(|(off, _)| *off);
                    let open: Vec<&str> = open.map(|(_, id)| id.as_str()).collect();
                    let found = if open.is_empty() { "on".to_owned() } else { format!("off: {}", open.join(", ")) };
                    rule.when(open.is_empty(), found)
                }
                _ => rule.unknown("not told whether it is on"),
            }
        }),
    ]
}

fn storage(rule: &Rule, source: &DbInstance, replica: &DbInstance) -> Check {
    let numbers = |instance: &DbInstance| {
        let settings = &instance.settings;
        let most = settings.max_allocated_gib.or(settings.allocated_gib);
        [
            ("GiB", settings.allocated_gib),
            ("GiB at most", most),
            ("IOPS", settings.iops),
            ("MiB/s", settings.throughput),
        ]
    };
    if source.settings.allocated_gib.is_none() || replica.settings.allocated_gib.is_none() {
        return rule.unknown("no storage was told");
    }
    let both = numbers(source).into_iter().zip(numbers(replica));
    // What the source does not have at all is no measure.
    let short: Vec<String> = both
        .filter_map(|((what, old), (_, new))| {
            let (old, new) = (old?, new.unwrap_or(0));
            (new < old).then(|| format!("{new} {what} of {old}"))
        })
        .collect();
    let told = replica.settings.allocated_gib.unwrap_or(0);
    let found = if short.is_empty() { format!("{told} GiB") } else { short.join(", ") };
    rule.when(short.is_empty(), format!("{}: {found}", replica.id))
}
