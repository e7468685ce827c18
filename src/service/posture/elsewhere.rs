//! What of an application has to stand in its recovery region too before the day: told by what was captured of both. What runs
//! differently there is told by `landfall drift --regions`.

use super::{Captured, Stands, at, listed, name, of_kind, rule, untold};
use crate::plan::Weight;
use crate::service::readiness::Rule;
use crate::service::work::Check;
use crate::snapshot::fence::fenced;
use crate::snapshot::{Resource, Snapshot};
use serde_json::Value;

/// How long an answer of DNS may be kept by whoever asked, in seconds.
const LONGEST_TTL: u64 = 300;

static REPLICA: Rule = Rule {
    costs: "its data is in one region alone: after a failover there is none, or what a backup has",
    source: "AWS Well-Architected REL09-BP01: identify and back up all data that needs to be backed up, or reproduce the data from sources",
    ..rule(
        "rds-replica-elsewhere",
        "a replica in the recovery region of each database that is no replica itself",
        "CreateDBInstanceReadReplica there; or name it as rds-restore, whose backups are copied",
    )
};
static AURORA: Rule = Rule {
    costs: "one instance's failure takes its cluster until another is made",
    source: "Amazon Aurora User Guide, High availability for Aurora DB instances",
    ..rule("aurora-one-instance", "Aurora clusters of two instances or more", "CreateDBInstance in another zone")
};
static SECRET: Rule = Rule {
    costs: "what reads it does not start there, and its value is told by the failing region alone",
    source: "AWS Secrets Manager User Guide, Replicate secrets across Regions",
    ..rule(
        "secret-replicated",
        "each secret replicated to the recovery region, or another of its name there",
        "ReplicateSecretToRegions",
    )
};
static KEY: Rule = Rule {
    costs: "what is encrypted under it cannot be read or made there",
    source: "AWS KMS Developer Guide, Multi-Region keys",
    ..rule(
        "kms-in-recovery",
        "each key of the application of many regions, or one of the same alias in the recovery region",
        "ReplicateKey of a key of many regions; else CreateKey there, with the same alias",
    )
};
static CERTIFICATE: Rule = Rule {
    costs: "no listener there can speak for its names, and validating another takes the zone's control plane",
    source: "AWS Certificate Manager User Guide: certificates are regional resources",
    ..rule(
        "certificate-in-recovery",
        "a certificate for the same name in the recovery region",
        "RequestCertificate there, validated before the day; or import the one that was imported",
    )
};
static IMAGE: Rule = Rule {
    costs: "no machine can be started there from what runs here",
    source: "Amazon EC2 User Guide, Copy an Amazon EC2 AMI: images are regional",
    ..rule(
        "ami-in-recovery",
        "the image of each launch template in one of the recovery region too, by its name and owner",
        "CopyImage, and a version of the template there that names the copy",
    )
};
static BUCKET: Rule = Rule {
    costs: "its objects are in one region alone",
    source: "Security Hub S3.7: buckets should use cross-Region replication",
    weight: Weight::Advises,
    ..rule(
        "bucket-replicated",
        "buckets that are replicated",
        "PutBucketReplication to a bucket of the recovery region",
    )
};
static TTL: Rule = Rule {
    costs: "whoever asked before the failover goes to the old side for that long",
    source: "AWS Route 53 Developer Guide, best practices: 60 to 120 seconds for what is to move",
    ..rule(
        "record-ttl",
        "records that lead to what moves with a TTL of five minutes at most",
        "ChangeResourceRecordSets with a shorter TTL, a TTL ahead of the day",
    )
};
static HEALTH: Rule = Rule {
    costs: "Route 53 goes on leading clients to the primary, whatever becomes of it",
    source: "AWS Route 53 Developer Guide, Active-passive failover",
    ..rule(
        "record-health-check",
        "a health check, or the target's own health, of each record whose role is PRIMARY",
        "ChangeResourceRecordSets with HealthCheckId, or EvaluateTargetHealth of an alias",
    )
};

/// What is judged by: the thing, both snapshots, and the recovery region.
type Judge = fn(&Resource, Option<&Snapshot>, &str) -> Option<Stands>;

/// A rule over all things of a kind; one of which it says nothing is passed over.
struct Law {
    rule: &'static Rule,
    kind: &'static str,
    judge: Judge,
}

static LAWS: &[Law] = &[
    Law { rule: &REPLICA, kind: "db-instance", judge: replica },
    Law { rule: &AURORA, kind: "aurora-cluster", judge: instances },
    Law { rule: &SECRET, kind: "secret", judge: secret },
    Law { rule: &KEY, kind: "kms-key", judge: key },
    Law { rule: &CERTIFICATE, kind: "certificate", judge: certificate },
    Law { rule: &IMAGE, kind: "launch-template", judge: image },
    Law { rule: &BUCKET, kind: "bucket", judge: bucket },
    Law { rule: &TTL, kind: "record", judge: ttl },
    Law { rule: &HEALTH, kind: "record", judge: health },
];

/// Every rule here.
pub(super) fn rules() -> impl Iterator<Item = &'static Rule> {
    LAWS.iter().map(|law| law.rule)
}

/// What each says of `snapshot`; of what is not there nothing.
pub(super) fn judge(captured: &Captured, snapshot: &Snapshot) -> Vec<(&'static Rule, Check)> {
    let recovery = captured.recovery.as_deref().ok();
    let to = captured.registries[1].region.as_str();
    LAWS.iter().filter_map(|law| Some((law.rule, law.over(snapshot, recovery, to)?))).collect()
}

impl Law {
    fn over(&self, snapshot: &Snapshot, recovery: Option<&Snapshot>, to: &str) -> Option<Check> {
        let own = |one: &&Resource| !one.shared && fenced(one).is_none();
        let (mut looked, mut bad, mut unknown) = (0, Vec::new(), Vec::new());
        for one in of_kind(snapshot, self.kind).filter(own) {
            match (self.judge)(one, recovery, to) {
                None => continue,
                Some(Stands::Fine) => {}
                Some(Stands::Bad(found)) => bad.push(format!("{}: {found}", name(one))),
                Some(Stands::Unread) => unknown.push(name(one)),
            }
            looked += 1;
        }
        if looked == 0 {
            return None;
        }
        let why = match recovery {
            None => format!("no snapshot of {to}: "),
            Some(_) => String::new(),
        };
        Some(match (bad.is_empty(), unknown.is_empty()) {
            (false, _) => self.rule.failing(listed(&bad)),
            (true, false) => untold(self.rule, format!("{why}{}", listed(&unknown)), CAPTURE),
            (true, true) => self.rule.ok(format!("{looked} looked at")),
        })
    }
}

/// What tells of the other region.
const CAPTURE: &str = "landfall capture PLAN --region recovery tells what stands there";

/// Whether the recovery region has one of `kind` that `is_it`; where not all of it was read, nobody knows that it has none.
fn there(recovery: Option<&Snapshot>, kind: &str, lacks: &str, is_it: impl Fn(&Resource) -> bool) -> Stands {
    let Some(recovery) = recovery else { return Stands::Unread };
    if of_kind(recovery, kind).any(is_it) {
        return Stands::Fine;
    }
    if recovery.complete { Stands::Bad(lacks.to_owned()) } else { Stands::Unread }
}

fn text<'a>(one: &'a Resource, field: &str) -> Option<&'a str> {
    at(one, field)?.as_str()
}

fn replica(one: &Resource, recovery: Option<&Snapshot>, to: &str) -> Option<Stands> {
    if ["ReadReplicaSource", "Cluster"].iter().any(|field| one.config.contains_key(*field)) {
        return None;
    }
    let follows = |other: &Resource| {
        text(other, "ReadReplicaSource").is_some_and(|source| Some(source) == one.arn.as_deref() || source == one.id)
    };
    Some(there(recovery, "db-instance", &format!("{to} has no replica of it"), follows))
}

fn instances(one: &Resource, _: Option<&Snapshot>, _: &str) -> Option<Stands> {
    Some(match at(one, "Members") {
        Some(Value::Array(members)) if members.len() >= 2 => Stands::Fine,
        Some(Value::Array(members)) => Stands::Bad(format!("{} instance", members.len())),
        Some(_) => Stands::Unread,
        None if one.config.contains_key("Members") => Stands::Unread,
        None => Stands::Bad("no instance".to_owned()),
    })
}

fn secret(one: &Resource, recovery: Option<&Snapshot>, to: &str) -> Option<Stands> {
    // One that a service of AWS keeps for itself is made anew by it.
    if one.name.as_deref().is_some_and(|name| name.contains('!')) {
        return None;
    }
    let regions = at(one, "ReplicaRegions").and_then(Value::as_array);
    if regions.is_some_and(|regions| regions.iter().any(|region| region == to)) {
        return Some(Stands::Fine);
    }
    Some(there(recovery, "secret", &format!("not in {to}"), |other| other.name == one.name))
}

fn key(one: &Resource, recovery: Option<&Snapshot>, to: &str) -> Option<Stands> {
    let aliases = |one: &Resource| at(one, "Aliases").cloned().unwrap_or_default();
    let same = |other: &Resource| {
        let (own, theirs) = (aliases(one), aliases(other));
        let names = |of: &Value| of.as_array().cloned().unwrap_or_default();
        // A key of many regions has one id in all of them.
        other.id == one.id || names(&own).iter().any(|alias| names(&theirs).contains(alias))
    };
    Some(there(recovery, "kms-key", &format!("{to} has neither it nor one of its alias"), same))
}

fn certificate(one: &Resource, recovery: Option<&Snapshot>, to: &str) -> Option<Stands> {
    let name = text(one, "DomainName")?;
    Some(there(recovery, "certificate", &format!("{to} has none"), |other| text(other, "DomainName") == Some(name)))
}

fn image(one: &Resource, recovery: Option<&Snapshot>, to: &str) -> Option<Stands> {
    let told = |one: &Resource| -> Option<(String, String)> {
        let image = one.config.get("Latest")?.get("Image")?;
        Some((image.get("Name")?.as_str()?.to_owned(), image.get("Owner")?.as_str()?.to_owned()))
    };
    one.config.get("Latest")?.get("ImageId")?;
    let Some(own) = told(one) else { return Some(Stands::Unread) };
    let lacks = format!("no template in {to} starts from {}", own.0);
    Some(there(recovery, "launch-template", &lacks, |other| told(other).as_ref() == Some(&own)))
}

fn bucket(one: &Resource, _: Option<&Snapshot>, _: &str) -> Option<Stands> {
    Some(match one.config.get("Replication") {
        None | Some(Value::Null) => Stands::Bad("not replicated".to_owned()),
        Some(_) if at(one, "Replication").is_none() => Stands::Unread,
        Some(_) => Stands::Fine,
    })
}

fn ttl(one: &Resource, _: Option<&Snapshot>, _: &str) -> Option<Stands> {
    let leads = ["A", "AAAA", "CNAME"].contains(&text(one, "Type").unwrap_or_default());
    let ttl = at(one, "TTL").and_then(Value::as_u64).filter(|_| leads)?;
    Some(if ttl <= LONGEST_TTL { Stands::Fine } else { Stands::Bad(format!("TTL {ttl} s")) })
}

fn health(one: &Resource, _: Option<&Snapshot>, _: &str) -> Option<Stands> {
    if text(one, "Failover") != Some("PRIMARY") {
        return None;
    }
    let is_looked_at = at(one, "HealthCheckId").is_some() || at(one, "EvaluateTargetHealth") == Some(&true.into());
    Some(if is_looked_at { Stands::Fine } else { Stands::Bad("nothing looks at it".to_owned()) })
}
