//! What a snapshot tells of an application: of how it is set up at home, what a recovery or a zone's failure would find out.
//! Only of what was captured, and as old as that is. Pure.

mod drifted;
mod drilled;
mod elsewhere;
mod images;
mod listeners;
mod logs;
mod roles;
#[cfg(test)]
mod tests;

pub use drifted::Declared;
pub use drilled::Drilled;

use super::ask::Place;
use super::readiness::{Ready, Rule, Tier};
use super::work::Check;
use crate::plan::{Level, Weight};
use crate::snapshot::fence::fenced;
use crate::snapshot::format::UNREAD;
use crate::snapshot::{Reference, Resource, Snapshot};
use crate::text::counted;
use jiff::Timestamp;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How many seconds old a snapshot may be where the plan does not say how often one is taken.
const EVERY_SECONDS: f64 = 7.0 * 86_400.0;
/// How many things are named before the rest is only counted.
const NAMED: usize = 3;

/// What a component of a plan can be, and an application does not work without.
const COVERED: &[&str] = &[
    "db-instance",
    "aurora-cluster",
    "replication-group",
    "table",
    "bucket",
    "secret",
    "queue",
    "ecs-service",
    "autoscaling-group",
    "function",
    "load-balancer",
];

const fn rule(code: &'static str, wanted: &'static str, fix: &'static str) -> Rule {
    Rule { code, wanted, fix, costs: "", source: "Landfall", tier: Tier::Daily, weight: Weight::Weakens }
}

/// That somebody captures the application still.
pub static AGE: Rule = Rule {
    costs: "what is restored, compared or written as code is of then",
    ..rule(
        "snapshot-age",
        "a snapshot as new as [capture] every says, or of this week",
        "landfall capture PLAN; on a timetable, as [capture] every says",
    )
};
/// That all of it was read.
pub static INCOMPLETE: Rule = Rule {
    costs: "of what was not read nobody knows whether it is there: it is neither compared nor written as code",
    ..rule(
        "snapshot-incomplete",
        "a snapshot in which everything was read",
        "allow the calls that are named: landfall kinds --policy PLAN; then landfall capture PLAN",
    )
};
/// That it rests on nothing in its own region that is not captured.
pub static OUTSIDE: Rule = Rule {
    costs: "it is of the region that fails, and neither a component nor a snapshot has it",
    ..rule(
        "outside-reference-in-failing-region",
        "nothing of the primary region that is used and not captured",
        "tag it as the application's, or name it in [capture] also; or make the plan do without it",
    )
};
/// That the plan moves what is the application's.
pub static COVERS: Rule = Rule {
    costs: "it carries the application's tags, and no step of the plan brings it up: what needs it fails after the failover",
    source: "AWS Well-Architected REL13-BP02: use defined recovery strategies to meet the recovery objectives",
    weight: Weight::Advises,
    ..rule(
        "plan-covers",
        "a component for each store, service, function, queue and load balancer that carries the application's tags",
        "landfall init --kind NAME prints a component; or accept it with a [[waive]], or name it in [capture] except",
    )
};
static CACHE: Rule = Rule {
    costs: "one zone's failure takes the cache, and what stands on it",
    source: "Security Hub ElastiCache.3; prowler elasticache_redis_cluster_multi_az_enabled",
    ..rule(
        "cache-multi-az",
        "caches over several zones, with automatic failover",
        "ModifyReplicationGroup with MultiAZEnabled and AutomaticFailoverEnabled",
    )
};
static GROUP: Rule = Rule {
    costs: "one zone's failure leaves no instance",
    source: "Security Hub AutoScaling.2",
    ..rule(
        "asg-single-az",
        "Auto Scaling groups over two zones or more",
        "UpdateAutoScalingGroup with a subnet of another zone",
    )
};
static SERVICE: Rule = Rule {
    costs: "one zone's failure leaves no task",
    source: "Amazon ECS Developer Guide, Amazon ECS task placement: spread over Availability Zones",
    ..rule(
        "service-single-subnet-az",
        "services in subnets of two zones or more",
        "UpdateService with a subnet of another zone",
    )
};
static NAT: Rule = Rule {
    costs: "one zone's failure takes the way out of all of them",
    source: "Amazon VPC User Guide, NAT gateway basics: one in each Availability Zone",
    ..rule(
        "nat-single-az",
        "NAT gateways in two zones, where subnets are in two",
        "CreateNatGateway in another zone, and let that zone's route table lead there",
    )
};
static BALANCER: Rule = Rule {
    costs: "one zone's failure leaves nothing that answers",
    source: "Security Hub ELB.13",
    ..rule("lb-two-az", "load balancers in two zones or more", "SetSubnets with a subnet of another zone")
};
static BUCKET: Rule = Rule {
    costs: "what is written over or deleted is gone, and nothing can be replicated from it",
    source: "Security Hub S3.14",
    ..rule("bucket-versioned", "buckets that keep versions", "PutBucketVersioning with Status=Enabled")
};

/// How one thing stands.
enum Stands {
    Fine,
    Bad(String),
    Unread,
}

/// A rule over all things of a kind.
struct Law {
    rule: &'static Rule,
    kind: &'static str,
    judge: fn(&Snapshot, &Resource) -> Stands,
}

static LAWS: &[Law] = &[
    Law { rule: &CACHE, kind: "replication-group", judge: cache },
    Law { rule: &GROUP, kind: "autoscaling-group", judge: |snapshot, one| over_zones(snapshot, one, "Subnets") },
    Law { rule: &SERVICE, kind: "ecs-service", judge: |snapshot, one| over_zones(snapshot, one, "Subnets") },
    Law { rule: &BALANCER, kind: "load-balancer", judge: |snapshot, one| over_zones(snapshot, one, "Subnets") },
    Law { rule: &BUCKET, kind: "bucket", judge: versions },
    Law { rule: &logs::RETENTION, kind: "log-group", judge: logs::kept },
];

/// Every rule over snapshots.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    let own =
        [&AGE, &INCOMPLETE, &OUTSIDE, &COVERS, &NAT, &images::IMAGES, &drifted::UNDECLARED, &drifted::WOULD_REVERT];
    let laws = LAWS.iter().map(|law| law.rule).chain(elsewhere::rules());
    let newer = [&drilled::RESTORE, &drilled::BACKUP, &listeners::VALID, &roles::RULE];
    own.into_iter().chain(newer).chain(laws)
}

/// What was captured of an application, where somebody captures it.
#[derive(Clone, Debug)]
pub struct Captured {
    /// The newest snapshot of its primary region; why there is none.
    pub newest: Result<Arc<Snapshot>, String>,
    /// The newest snapshot of its recovery region; why there is none.
    pub recovery: Result<Arc<Snapshot>, String>,
    /// How many seconds lie between two at most, as its plan says.
    pub every_seconds: Option<f64>,
    /// What the plan's components are in its primary region.
    pub components: Vec<Reference>,
    /// What code declares of it.
    pub declared: Declared,
    /// Where its images are asked for: at home, and in the recovery region.
    pub registries: [Place; 2],
}

impl Captured {
    /// When it was taken.
    pub fn at(&self) -> Option<Timestamp> {
        self.newest.as_ref().ok()?.taken.as_ref().map(|taken| taken.started)
    }

    /// What a cloud has to be asked beside it.
    pub fn ready(&self) -> Vec<Ready> {
        images::of(self).into_iter().chain(listeners::of(self)).collect()
    }

    /// What it tells at `now`, each with its rule; `drilled` is what past runs carried out, where that is known.
    pub fn judge(&self, now: Timestamp, drilled: Option<&Drilled>) -> Vec<(&'static Rule, Check)> {
        let snapshot = match &self.newest {
            Ok(snapshot) => snapshot,
            Err(why) => return vec![(&AGE, untold(&AGE, why, AGE.fix))],
        };
        let mut told = vec![(&AGE, self.age(now)), (&INCOMPLETE, incomplete(snapshot)), (&OUTSIDE, outside(snapshot))];
        told.extend(self.covers(snapshot).map(|check| (&COVERS, check)));
        told.extend(gateways(snapshot).map(|check| (&NAT, check)));
        let mut newer = self.declared.judge().to_vec();
        newer.push((&drilled::RESTORE, drilled::restore(drilled, &self.recovery, now)));
        newer.extend(drilled::backups(snapshot, drilled, now).map(|check| (&drilled::BACKUP, check)));
        newer.extend(elsewhere::judge(self, snapshot));
        newer.extend(roles::judge(self, snapshot).map(|check| (&roles::RULE, check)));
        let old = too_old(self.at(), self.every_seconds, now);
        // What was so then says nothing of what may have changed since.
        let as_of_now = |(rule, check): (&'static Rule, Check)| {
            (rule, old.as_ref().map_or(check, |why| untold(rule, why, AGE.fix)))
        };
        told.extend(newer.into_iter().map(as_of_now));
        told.extend(LAWS.iter().filter_map(|law| Some((law.rule, law.over(snapshot)?))));
        told
    }

    /// Whether each thing that a component could be is one; `None` where nothing is tagged.
    fn covers(&self, snapshot: &Snapshot) -> Option<Check> {
        let is_one = |one: &Resource| {
            let named = |id: &str| one.id == id || one.name.as_deref() == Some(id) || one.arn.as_deref() == Some(id);
            self.components.iter().any(|component| component.kind == one.kind && named(&component.id))
        };
        // Without tags to go by, what is reached is not told from what the application owns.
        let by_tags = !snapshot.selectors.is_empty();
        let is_own =
            |one: &&Resource| COVERED.contains(&one.kind.as_str()) && by_tags && !one.shared && fenced(one).is_none();
        let tagged: Vec<&Resource> = snapshot.resources.iter().filter(is_own).collect();
        let bare: Vec<String> =
            tagged.iter().filter(|one| !is_one(one)).map(|one| format!("{} {}", one.kind, name(one))).collect();
        // A gap without a kind is of what was looked for: anything.
        let is_of_such = |of: &str| of.split_once('/').is_none_or(|(kind, _)| COVERED.contains(&kind));
        let gap = snapshot.gaps.iter().find(|gap| is_of_such(&gap.of));
        match (bare.is_empty(), tagged.is_empty(), gap) {
            (false, ..) => Some(COVERS.failing(listed(&bare))),
            (true, _, Some(gap)) => Some(COVERS.unknown(format!("not read: {}", gap.of))),
            (true, true, None) => None,
            (true, false, None) => Some(COVERS.ok(format!("{} looked at", tagged.len()))),
        }
    }

    fn age(&self, now: Timestamp) -> Check {
        age(self.at(), self.every_seconds, now)
    }
}

fn age(at: Option<Timestamp>, every_seconds: Option<f64>, now: Timestamp) -> Check {
    let Some(at) = at else { return AGE.unknown("it does not say when it was taken") };
    let age = now.duration_since(at).as_secs_f64();
    let day = at.strftime("%Y-%m-%d %H:%M UTC");
    // One that is a little late is none.
    let most = every_seconds.unwrap_or(EVERY_SECONDS) * 1.5;
    AGE.when(age <= most, format!("of {day}, {} ago", hours(age)))
}

/// Why nothing is told of now by a snapshot of then: somebody was to take a newer one.
fn too_old(at: Option<Timestamp>, every_seconds: Option<f64>, now: Timestamp) -> Option<String> {
    let age = age(at, every_seconds, now);
    (age.level != Level::Ok).then(|| format!("the snapshot is too old to tell: {}", age.found))
}

/// Not told, of what no cloud is asked: no region that answers again would tell it.
fn untold(rule: &Rule, why: impl AsRef<str>, fix: &str) -> Check {
    Check { fix: fix.into(), ..rule.unknown(why) }
}

fn hours(seconds: f64) -> String {
    if seconds < 2.0 * 86_400.0 {
        format!("{:.0} h", (seconds / 3_600.0).max(0.0))
    } else {
        format!("{:.0} days", seconds / 86_400.0)
    }
}

impl Law {
    /// How all of the kind stand; `None` where there is none.
    fn over(&self, snapshot: &Snapshot) -> Option<Check> {
        let all: Vec<&Resource> = of_kind(snapshot, self.kind).collect();
        let (mut bad, mut unread) = (Vec::new(), Vec::new());
        for one in &all {
            match (self.judge)(snapshot, one) {
                Stands::Fine => {}
                Stands::Bad(found) => bad.push(format!("{}: {found}", name(one))),
                Stands::Unread => unread.push(name(one)),
            }
        }
        let gaps = snapshot.gaps.iter().filter(|gap| gap.of.split('/').next() == Some(self.kind));
        unread.extend(gaps.map(|gap| gap.of.clone()));
        match (bad.is_empty(), unread.is_empty(), all.len()) {
            (true, true, 0) => None,
            (true, true, count) => Some(self.rule.ok(format!("{count} looked at"))),
            (true, false, _) => Some(self.rule.unknown(format!("not read: {}", listed(&unread)))),
            (false, _, _) => Some(self.rule.failing(listed(&bad))),
        }
    }
}

fn of_kind<'a>(snapshot: &'a Snapshot, kind: &'a str) -> impl Iterator<Item = &'a Resource> {
    snapshot.resources.iter().filter(move |one| one.kind == kind)
}

fn name(one: &Resource) -> String {
    one.name.clone().unwrap_or_else(|| one.id.clone())
}

/// The first of them, and how many more.
fn listed(all: &[String]) -> String {
    let first = all.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    match all.len().saturating_sub(NAMED) {
        0 => first,
        more => format!("{first}, and {more} more"),
    }
}

/// What stands at a field, unless it was not read.
fn at<'a>(one: &'a Resource, field: &str) -> Option<&'a Value> {
    one.config.get(field).filter(|value| value.as_str() != Some(UNREAD))
}

fn incomplete(snapshot: &Snapshot) -> Check {
    let gaps: Vec<String> =
        snapshot.gaps.iter().map(|gap| format!("{} ({}: {})", gap.of, gap.operation, gap.error)).collect();
    match (gaps.is_empty(), snapshot.complete) {
        (true, true) => INCOMPLETE.ok(counted(snapshot.resources.len(), "resource")),
        (true, false) => INCOMPLETE.failing("it says that it is not complete"),
        (false, _) => INCOMPLETE.failing(listed(&gaps)),
    }
}

/// What is used of the region that is not captured: an ARN tells its region, and other names do where they have it in them.
fn outside(snapshot: &Snapshot) -> Check {
    let is_there = |to: &str| match to.split(':').nth(3) {
        Some(region) if to.starts_with("arn:") => region == snapshot.region,
        Some(_) | None => to.split(['.', '/', ':']).any(|part| part == snapshot.region),
    };
    let mut found: BTreeMap<&str, &str> = BTreeMap::new();
    for outside in snapshot.outside.iter().filter(|outside| is_there(&outside.to)) {
        found.entry(&outside.to).or_insert(&outside.from);
    }
    let found: Vec<String> = found.into_iter().map(|(to, from)| format!("{from} uses {to}")).collect();
    if !found.is_empty() {
        return OUTSIDE.failing(listed(&found));
    }
    if snapshot.gaps.is_empty() { OUTSIDE.ok("none") } else { OUTSIDE.unknown("what was not read may use anything") }
}

fn cache(_: &Snapshot, one: &Resource) -> Stands {
    match (at(one, "MultiAZ").and_then(Value::as_str), at(one, "AutomaticFailover").and_then(Value::as_str)) {
        (Some("enabled"), Some("enabled")) => Stands::Fine,
        (Some(zones), Some(failover)) => Stands::Bad(format!("several zones {zones}, automatic failover {failover}")),
        (None, _) | (_, None) => Stands::Unread,
    }
}

fn versions(_: &Snapshot, one: &Resource) -> Stands {
    match one.config.get("Versioning") {
        // S3 tells nothing of a bucket whose versioning was never set.
        None | Some(Value::Null) => Stands::Bad("never set".to_owned()),
        Some(said) => match said.get("Status").and_then(Value::as_str) {
            Some("Enabled") => Stands::Fine,
            Some(status) => Stands::Bad(status.to_owned()),
            None if said.as_str() == Some(UNREAD) => Stands::Unread,
            None => Stands::Bad("never set".to_owned()),
        },
    }
}

/// The zones of these subnets; `None` where one was not captured.
fn zones<'a>(snapshot: &'a Snapshot, subnets: impl Iterator<Item = &'a str>) -> Option<BTreeSet<&'a str>> {
    let zone = |id: &str| {
        let subnet = of_kind(snapshot, "subnet").find(|subnet| subnet.id == id)?;
        at(subnet, "AvailabilityZone")?.as_str()
    };
    subnets.map(zone).collect()
}

fn over_zones(snapshot: &Snapshot, one: &Resource, field: &str) -> Stands {
    let Some(Value::Array(subnets)) = at(one, field) else {
        // A service without subnets of its own runs where its instances do.
        return if one.config.contains_key(field) { Stands::Unread } else { Stands::Fine };
    };
    match zones(snapshot, subnets.iter().filter_map(Value::as_str)) {
        None => Stands::Unread,
        Some(zones) if zones.len() >= 2 => Stands::Fine,
        Some(zones) => Stands::Bad(zones.into_iter().collect::<Vec<_>>().join(", ")),
    }
}

/// Whether every way out goes through one zone, where subnets are in more; `None` without a gateway.
fn gateways(snapshot: &Snapshot) -> Option<Check> {
    let all: Vec<&Resource> = of_kind(snapshot, "nat-gateway").collect();
    if all.is_empty() {
        return None;
    }
    let own = |one: &&'_ Resource| -> Option<String> { Some(at(one, "SubnetId")?.as_str()?.to_owned()) };
    let subnets: Option<Vec<String>> = all.iter().map(own).collect();
    let Some(subnets) = subnets else { return Some(NAT.unknown("not read in which subnets they are")) };
    let Some(out) = zones(snapshot, subnets.iter().map(String::as_str)) else {
        return Some(NAT.unknown("not captured: the subnet of a gateway"));
    };
    let home: BTreeSet<&str> =
        of_kind(snapshot, "subnet").filter_map(|subnet| at(subnet, "AvailabilityZone")?.as_str()).collect();
    let words = |zones: &BTreeSet<&str>| zones.iter().copied().collect::<Vec<_>>().join(", ");
    let found = format!("in {}; subnets in {}", words(&out), words(&home));
    Some(NAT.when(out.len() >= 2 || home.len() < 2, found))
}
