//! What a replica has to be beside a replica: what a promotion is refused for, or serves less well with. All of it stands in
//! `DescribeDBInstances`, which the steps ask for already.

use super::fields::Said;
use super::parameters::{self as groups, Group};
use super::seen::DbInstance;
use super::words;
use crate::plan::{Application, Component, Side, Weight};
use crate::service::ask::Place;
use crate::service::readiness::{self, Ready, Rule, Sides, Tier};
use crate::service::work::{Check, Facts};
use crate::text::Clean;
use jiff::tz::TimeZone;

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

static REPLICA_BACKUPS: Rule = Rule {
    code: "rds-replica-backups",
    wanted: "automated backups of the replica, and one taken",
    fix: "ModifyDBInstance of the replica with a BackupRetentionPeriod of a day or more, now: it takes the first backup",
    costs: "the promotion waits for a first backup of the whole database, and is refused while one is taken",
    source: "RDS User Guide, Promoting a read replica to be a standalone DB instance",
    tier: Tier::Hourly,
    weight: Weight::Slows,
};
static PARAMETER_GROUP: Rule = Rule {
    code: "rds-parameter-group",
    wanted: "the same parameters set on both sides, and in sync",
    fix: "ModifyDBParameterGroup of the side that is behind, and a restart where it is pending: a hotfix on one side alone is lost",
    costs: "the promoted database runs by other limits than the one that it stands for",
    source: "RDS User Guide, Parameter groups for Amazon RDS",
    tier: Tier::Daily,
    weight: Weight::Slows,
};
static PENDING: Rule = Rule {
    code: "rds-pending",
    wanted: "nothing that waits for a maintenance window",
    fix: "ModifyDBInstance with ApplyImmediately, in an hour of your choice",
    costs: "what was changed does not count yet, and comes with a restart in the middle of things",
    source: "RDS User Guide, Using the schedule modifications setting",
    tier: Tier::Hourly,
    weight: Weight::Slows,
};
static SUBNET_GROUP: Rule = Rule {
    code: "rds-subnet-group",
    wanted: "a subnet group of its own in two zones or more, on both sides",
    fix: "CreateDBSubnetGroup with subnets of two zones, and ModifyDBInstance with it",
    costs: "no standby can be made, and one zone's failure takes the database down",
    source: "RDS User Guide, Working with DB subnet groups",
    tier: Tier::Daily,
    weight: Weight::Weakens,
};
static CERTIFICATE: Rule = Rule {
    code: "rds-ca",
    wanted: "server certificates valid for 60 days and more",
    fix: "ModifyDBInstance with another CACertificateIdentifier, once clients trust it",
    costs: "clients that check it cannot connect any more",
    source: "RDS User Guide, Rotating your SSL/TLS certificate",
    tier: Tier::Daily,
    weight: Weight::Weakens,
};
/// How many days a certificate has to be valid for.
const CERTIFICATE_DAYS: i64 = 60;

/// All of them.
pub(super) static RULES: &[&Rule] = &[
    &BACKUP_RETENTION,
    &ENGINE_VERSION,
    &STORAGE,
    &REPLICA_BACKUPS,
    &PARAMETER_GROUP,
    &PENDING,
    &MULTI_AZ,
    &DELETION_PROTECTION,
    &SUBNET_GROUP,
    &CERTIFICATE,
];

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
        of_a_pair(&both, &ENGINE_VERSION, |rule, source, replica| {
            match (&source.settings.engine_version, &replica.settings.engine_version) {
                (Some(old), Some(new)) => rule.when(old == new, format!("{} {old}, {} {new}", source.id, replica.id)),
                _ => rule.unknown("no engine version was told"),
            }
        }),
        of_a_pair(&both, &STORAGE, storage),
        of_a_pair(&both, &MULTI_AZ, |rule, source, replica| {
            match (source.settings.multi_az, replica.settings.multi_az) {
                (Some(old), Some(new)) => {
                    let word = |on| if on { "several zones" } else { "one zone" };
                    let found = format!("{} {}, {} {}", source.id, word(old), replica.id, word(new));
                    rule.when(old && new, found)
                }
                _ => rule.unknown("not told for how many zones"),
            }
        }),
        of_a_pair(&both, &DELETION_PROTECTION, |rule, source, replica| {
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
        readiness::of_one(&both.new, &REPLICA_BACKUPS, |rule, replica: &DbInstance| {
            if replica.replica_of.is_none() && replica.replica_of_cluster.is_none() {
                return rule.unknown(format!("{} is no replica", replica.id));
            }
            let (days, id) = (replica.backup_retention_days, &replica.id);
            match replica.restorable_to {
                Some(_) if days > 0 => rule.ok(format!("{id}: {days} days")),
                None if days > 0 => rule.failing(format!("{id}: {days} days, and no backup yet")),
                _ => rule.failing(format!("{id}: none")),
            }
        }),
        of_a_pair(&both, &PENDING, |rule, source, replica| {
            let pending = |instance: &DbInstance| {
                let names = instance.pending.iter().map(Clean::as_str).collect::<Vec<_>>().join(" ");
                (!names.is_empty()).then(|| format!("{}: {names}", instance.id))
            };
            let all: Vec<String> = [source, replica].into_iter().filter_map(pending).collect();
            rule.when(all.is_empty(), if all.is_empty() { "nothing waits".to_owned() } else { all.join(", ") })
        }),
        of_a_pair(&both, &SUBNET_GROUP, subnet_groups),
        certificates(&both),
        set_parameters([at(Side::Primary), at(Side::Recovery)], both),
    ]
}

/// A rule that compares them, where the one is the other's replica.
fn of_a_pair(
    both: &Sides<DbInstance>,
    rule: &'static Rule,
    judge: fn(&Rule, &DbInstance, &DbInstance) -> Check,
) -> Ready {
    both.held_by(rule, move |rule, source, replica| match stranger(source, replica) {
        None => judge(rule, source, replica),
        Some(why) => rule.unknown(why),
    })
}

/// Why they are not held against each other: that something else has the name, or follows another, is refused by the step that
/// rests on it, and told once.
fn stranger(source: &DbInstance, replica: &DbInstance) -> Option<String> {
    match replica.replica_of.as_ref().or(replica.replica_of_cluster.as_ref()) {
        Some(of) if *of == source.arn => None,
        Some(of) => Some(format!("{} is a replica of {of}, not of {}", replica.id, source.id)),
        None => Some(format!("{} is no replica of {}", replica.id, source.id)),
    }
}

fn subnet_groups(rule: &Rule, source: &DbInstance, replica: &DbInstance) -> Check {
    let mut found = Vec::new();
    for DbInstance { id, settings, subnet_zones, .. } in [source, replica] {
        match settings.subnet_group.as_deref() {
            None => return rule.unknown(format!("no subnet group of {id} was told")),
            Some("default") => found.push(format!("{id} is in the default group")),
            Some(group) if subnet_zones.len() < 2 => {
                found.push(format!("{id}: {group} has {}", subnet_zones.iter().map(Clean::as_str).collect::<String>()));
            }
            Some(_) => {}
        }
    }
    rule.when(found.is_empty(), if found.is_empty() { "two zones and more".to_owned() } else { found.join(", ") })
}

fn certificates(both: &Sides<DbInstance>) -> Ready {
    let (old, new) = (both.old.clone(), both.new.clone());
    Ready::new(&CERTIFICATE, [old.0.ask.clone(), new.0.ask.clone()], move |facts| {
        let both = match (readiness::told(facts, &old), readiness::told(facts, &new)) {
            (Ok(old), Ok(new)) => match stranger(old, new) {
                None => [old, new],
                Some(why) => return CERTIFICATE.unknown(why),
            },
            (Err(why), _) | (Ok(_), Err(why)) => return CERTIFICATE.unknown(why),
        };
        let mut found = Vec::new();
        for instance in both {
            let Some(until) = instance.certificate_until else {
                return CERTIFICATE.unknown(format!("no certificate of {} was told", instance.id));
            };
            let days = until.duration_since(facts.now).as_hours() / 24;
            let day = until.to_zoned(TimeZone::UTC).date();
            found.push((days >= CERTIFICATE_DAYS, format!("{} to {day}", instance.id)));
        }
        let short: Vec<&str> = found.iter().filter(|(is_fine, _)| !is_fine).map(|(_, told)| told.as_str()).collect();
        let all: Vec<&str> = found.iter().map(|(_, told)| told.as_str()).collect();
        CERTIFICATE.when(short.is_empty(), if short.is_empty() { all.join(", ") } else { short.join(", ") })
    })
}

/// What is set in the groups of both: asked for once it is known what they are called.
fn set_parameters([old_at, new_at]: [Place; 2], both: Sides<DbInstance>) -> Ready {
    let group = |instance: &DbInstance| Group {
        of: instance.id.clone(),
        name: instance.settings.parameter_group.clone(),
        applied: vec![instance.parameters_applied.clone()],
    };
    let asks = [both.old.0.ask.clone(), both.new.0.ask.clone()];
    let groups = move |facts: &Facts<'_>| -> Result<[Group; 2], String> {
        let (old, new) = (readiness::told(facts, &both.old)?, readiness::told(facts, &both.new)?);
        stranger(old, new).map_or_else(|| Ok([group(old), group(new)]), Err)
    };
    let (first, also) = (groups.clone(), groups);
    let places = [old_at, new_at];
    let asked = places.clone();
    Ready::new(&PARAMETER_GROUP, asks, move |facts| match first(facts) {
        Ok([old, new]) => {
            let [old_at, new_at] = &places;
            let (ask_old, ask_new) =
                (|name: &Clean| words::parameters(old_at, name), |name: &Clean| words::parameters(new_at, name));
            groups::compared(&PARAMETER_GROUP, facts, (&old, &ask_old), (&new, &ask_new))
        }
        Err(why) => PARAMETER_GROUP.unknown(why),
    })
    .then(move |facts| {
        let groups = also(facts).map(Vec::from).unwrap_or_default();
        let asks = groups.iter().zip(&asked).filter_map(|(group, at)| Some(words::parameters(at, group.asked()?).ask));
        asks.collect()
    })
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
