//! What a snapshot tells of an application: of how it is set up at home, what a recovery or a zone's failure would find out.
//! Only of what was captured, and as old as that is. Pure.

use super::readiness::{Rule, Tier};
use super::work::Check;
use crate::plan::Weight;
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
        "landfall init --kind NAME prints a component; or accept it with a [[waiver]], or name it in [capture] except",
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
];

/// Every rule over snapshots.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    [&AGE, &INCOMPLETE, &OUTSIDE, &COVERS, &NAT].into_iter().chain(LAWS.iter().map(|law| law.rule))
}

/// What was captured of an application, where somebody captures it.
#[derive(Clone, Debug)]
pub struct Captured {
    /// The newest snapshot of its primary region; why there is none.
    pub newest: Result<Arc<Snapshot>, String>,
    /// How many seconds lie between two at most, as its plan says.
    pub every_seconds: Option<f64>,
    /// What the plan's components are in its primary region.
    pub components: Vec<Reference>,
}

impl Captured {
    /// When it was taken.
    pub fn at(&self) -> Option<Timestamp> {
        self.newest.as_ref().ok()?.taken.as_ref().map(|taken| taken.started)
    }

    /// What it tells at `now`, each with its rule.
    pub fn judge(&self, now: Timestamp) -> Vec<(&'static Rule, Check)> {
        let snapshot = match &self.newest {
            Ok(snapshot) => snapshot,
            Err(why) => return vec![(&AGE, AGE.unknown(why))],
        };
        let mut told = vec![(&AGE, self.age(now)), (&INCOMPLETE, incomplete(snapshot)), (&OUTSIDE, outside(snapshot))];
        told.extend(self.covers(snapshot).map(|check| (&COVERS, check)));
        told.extend(gateways(snapshot).map(|check| (&NAT, check)));
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
        let is_own = |one: &&Resource| COVERED.contains(&one.kind.as_str()) && by_tags && !one.shared;
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
        let Some(at) = self.at() else { return AGE.unknown("it does not say when it was taken") };
        let age = now.duration_since(at).as_secs_f64();
        let day = at.strftime("%Y-%m-%d %H:%M UTC");
        // One that is a little late is none.
        let most = self.every_seconds.unwrap_or(EVERY_SECONDS) * 1.5;
        AGE.when(age <= most, format!("of {day}, {} ago", hours(age)))
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Level;
    use crate::snapshot::properties::{resource, shop};
    use crate::snapshot::{Gap, Outside, Taken};
    use serde_json::json;

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_second(hour * 3_600).expect("a time")
    }

    fn with(kind: &str, id: &str, config: Value) -> Resource {
        Resource { config: config.as_object().cloned().expect("an object"), ..resource(kind, id, &[]) }
    }

    /// An application in two zones, as well set up as it can be, captured at the beginning.
    fn fine() -> Snapshot {
        let both = json!(["subnet-a", "subnet-b"]);
        let own = vec![
            with("subnet", "subnet-a", json!({ "AvailabilityZone": "us-east-1a" })),
            with("subnet", "subnet-b", json!({ "AvailabilityZone": "us-east-1b" })),
            with("replication-group", "carts", json!({ "MultiAZ": "enabled", "AutomaticFailover": "enabled" })),
            with("autoscaling-group", "worker", json!({ "Subnets": both })),
            with("ecs-service", "shop/api", json!({ "Subnets": both })),
            with("load-balancer", "edge", json!({ "Subnets": both })),
            with("nat-gateway", "nat-a", json!({ "SubnetId": "subnet-a" })),
            with("nat-gateway", "nat-b", json!({ "SubnetId": "subnet-b" })),
            with("bucket", "files", json!({ "Versioning": { "Status": "Enabled" } })),
        ];
        let taken = Some(Taken { started: at(0), finished: at(0), ..Taken::default() });
        let shop = shop();
        Snapshot { resources: shop.resources.into_iter().chain(own).collect(), taken, ..shop }
    }

    /// What the plan of it has a component for: by the name, and by the ARN.
    fn components() -> Vec<Reference> {
        let named = [
            ("replication-group", "carts"),
            ("autoscaling-group", "worker"),
            ("ecs-service", "shop/api"),
            ("load-balancer", "edge"),
            ("bucket", "files"),
        ];
        named.map(|(kind, id)| Reference::new(kind, id)).into()
    }

    fn told(snapshot: Snapshot, every_seconds: Option<f64>, hour: i64) -> BTreeMap<&'static str, (Level, String)> {
        let captured = Captured { newest: Ok(Arc::new(snapshot)), every_seconds, components: components() };
        let told = captured.judge(at(hour)).into_iter();
        told.map(|(rule, check)| (rule.code, (check.level, check.found.to_string()))).collect()
    }

    fn one(snapshot: &mut Snapshot, id: &str) -> usize {
        snapshot.resources.iter().position(|one| one.id == id).expect("it is there")
    }

    #[test]
    fn every_rule_is_ok_of_what_is_well_set_up_and_says_what_comes_of_it() {
        let told = told(fine(), None, 1);
        assert!(told.values().all(|(level, _)| *level == Level::Ok), "{told:#?}");
        let codes: BTreeSet<&str> = told.keys().copied().collect();
        assert_eq!(codes, rules().map(|rule| rule.code).collect(), "the whole table");
        assert!(rules().all(|rule| !rule.costs.is_empty() && !rule.fix.is_empty()));
    }

    #[test]
    fn each_fault_is_found_by_its_rule_and_by_no_other() {
        type Plant = fn(&mut Snapshot);
        fn set(snapshot: &mut Snapshot, id: &str, config: Value) {
            let at = one(snapshot, id);
            snapshot.resources[at].config = config.as_object().cloned().expect("an object");
        }
        let faults: [(&str, Level, &str, Plant); 14] = [
            ("plan-covers", Level::Failing, "queue jobs", |all| {
                all.resources.push(resource("queue", "jobs", &[]));
                // What others have too is theirs to move.
                all.resources.push(Resource { shared: true, ..resource("queue", "billing", &[]) });
            }),
            ("cache-multi-az", Level::Failing, "carts", |all| {
                set(all, "carts", json!({ "MultiAZ": "disabled", "AutomaticFailover": "enabled" }));
            }),
            ("cache-multi-az", Level::Unknown, "carts", |all| set(all, "carts", json!({ "MultiAZ": UNREAD }))),
            ("asg-single-az", Level::Failing, "us-east-1a", |all| {
                set(all, "worker", json!({ "Subnets": ["subnet-a"] }))
            }),
            ("asg-single-az", Level::Unknown, "worker", |all| set(all, "worker", json!({ "Subnets": ["subnet-z"] }))),
            ("service-single-subnet-az", Level::Failing, "us-east-1b", |all| {
                set(all, "shop/api", json!({ "Subnets": ["subnet-b", "subnet-b"] }));
            }),
            ("service-single-subnet-az", Level::Unknown, "shop/api", |all| {
                set(all, "shop/api", json!({ "Subnets": UNREAD }));
            }),
            ("lb-two-az", Level::Failing, "edge", |all| set(all, "edge", json!({ "Subnets": ["subnet-a"] }))),
            ("nat-single-az", Level::Failing, "subnets in us-east-1a, us-east-1b", |all| {
                let at = one(all, "nat-b");
                all.resources.remove(at);
            }),
            ("nat-single-az", Level::Unknown, "not read", |all| set(all, "nat-b", json!({ "SubnetId": UNREAD }))),
            ("bucket-versioned", Level::Failing, "files: Suspended", |all| {
                set(all, "files", json!({ "Versioning": { "Status": "Suspended" } }));
            }),
            ("bucket-versioned", Level::Failing, "files: never set", |all| set(all, "files", json!({}))),
            ("bucket-versioned", Level::Unknown, "files", |all| set(all, "files", json!({ "Versioning": UNREAD }))),
            ("outside-reference-in-failing-region", Level::Failing, "ecs-service/shop/api uses", |all| {
                let of =
                    |to: &str| Outside { from: "ecs-service/shop/api".into(), to: to.into(), why: "not tagged".into() };
                all.outside.push(of("arn:aws:sqs:us-east-1:123456789012:billing"));
                all.outside.push(of("arn:aws:sqs:us-east-2:123456789012:us-east-1"));
            }),
        ];
        for (code, level, words, plant) in faults {
            let mut snapshot = fine();
            plant(&mut snapshot);
            let told = told(snapshot, None, 1);
            assert!(told[code].0 == level && told[code].1.contains(words), "{code}: {:?}", told[code]);
            let others: Vec<_> =
                told.iter().filter(|(other, (level, _))| **other != code && *level != Level::Ok).collect();
            assert!(others.is_empty(), "{code}: {others:?}");
        }
    }

    #[test]
    fn what_was_not_read_is_not_known_and_what_is_old_or_was_never_taken_is_said() {
        let gap =
            |of: &str| Gap { of: of.into(), operation: "s3.GetBucketVersioning".into(), error: "AccessDenied".into() };
        let mut unread = fine();
        unread.gaps.push(gap("bucket/files"));
        unread.complete = false;
        let all = told(unread, None, 1);
        let levels =
            ["snapshot-incomplete", "bucket-versioned", "outside-reference-in-failing-region"].map(|code| all[code].0);
        assert_eq!(levels, [Level::Failing, Level::Unknown, Level::Unknown], "{all:?}");
        assert_eq!(all["plan-covers"].0, Level::Unknown, "one that was not read may have no component");
        assert!(all["snapshot-incomplete"].1.contains("GetBucketVersioning: AccessDenied"));
        let mut incomplete = fine();
        incomplete.complete = false;
        assert_eq!(told(incomplete, None, 1)["snapshot-incomplete"].0, Level::Failing);
        let age = |every, hour| told(fine(), every, hour)["snapshot-age"].0;
        assert_eq!((age(Some(86_400.0), 36), age(Some(86_400.0), 37)), (Level::Ok, Level::Failing));
        assert_eq!((age(None, 24 * 10), age(None, 24 * 11)), (Level::Ok, Level::Failing));
        let none = Captured {
            newest: Err("no snapshot of us-east-1 in snapshots/shop".into()),
            every_seconds: None,
            components: Vec::new(),
        };
        let told: Vec<_> = none.judge(at(1)).into_iter().map(|(rule, check)| (rule.code, check.level)).collect();
        assert_eq!(told, [("snapshot-age", Level::Unknown)], "nothing is known of what was never captured");
        // Nothing of a kind is nothing to judge.
        let captured = Captured { newest: Ok(Arc::new(shop())), every_seconds: None, components: Vec::new() };
        assert_eq!(captured.judge(at(1)).len(), 3);
    }
}
