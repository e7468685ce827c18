//! Under test: each rule over an application that is well set up, and with one fault in it.

use super::*;
use crate::service::ecr;
use crate::snapshot::properties::{resource, shop};
use crate::snapshot::{Compared, Drift, Finding, RESTORED};
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
        with("bucket", "files", json!({ "Versioning": { "Status": "Enabled" }, "Replication": replicated() })),
        with("db-instance", "orders", json!({ "BackupRetentionPeriod": 7 })),
        with("aurora-cluster", "ledger", json!({ "Members": ["ledger-1", "ledger-2"] })),
        with("secret", "token", json!({ "ReplicaRegions": ["us-west-2"] })),
        with("kms-key", "1", json!({ "Aliases": ["alias/shop", "alias/old"] })),
        with("certificate", "arn:east", json!({ "DomainName": "shop.example.com" })),
        with("launch-template", "lt-1", json!({ "Latest": { "ImageId": "ami-1", "Image": worker() } })),
        with("record", "shop", json!({ "Type": "CNAME", "TTL": 60, "Failover": "PRIMARY", "HealthCheckId": "h" })),
        with("db-instance", "orders-near", json!({ "BackupRetentionPeriod": 7, "ReadReplicaSource": "orders" })),
        with("log-group", "/shop/api", json!({ "RetentionInDays": 90 })),
        with("iam-role", "api-task", json!({ "Inline": { "queue": may(&["us-east-1", "us-west-2"]) } })),
    ];
    let taken = Some(Taken { started: at(0), finished: at(0), ..Taken::default() });
    let shop = shop();
    Snapshot { resources: shop.resources.into_iter().chain(own).collect(), taken, ..shop }
}

/// What stands in its recovery region.
fn recovery() -> Snapshot {
    let own = vec![
        with("db-instance", "orders-far", json!({ "ReadReplicaSource": "orders" })),
        with("kms-key", "9", json!({ "Aliases": ["alias/shop"] })),
        with("certificate", "arn:west", json!({ "DomainName": "shop.example.com" })),
        with("launch-template", "lt-9", json!({ "Latest": { "ImageId": "ami-9", "Image": worker() } })),
        with("iam-role", "api-task", json!({})),
    ];
    Snapshot { region: "us-west-2".into(), resources: own, gaps: Vec::new(), ..fine() }
}

/// A policy that allows to use a queue of each of these regions.
fn may(regions: &[&str]) -> Value {
    let resources: Vec<String> = regions.iter().map(|region| format!("arn:aws:sqs:{region}:1:jobs")).collect();
    json!({ "Statement": [{ "Effect": "Allow", "Action": ["sqs:SendMessage"], "Resource": resources }] })
}

fn worker() -> Value {
    json!({ "Name": "worker-3", "Owner": "123456789012" })
}

fn replicated() -> Value {
    json!({ "Rule": { "Status": "Enabled" } })
}

/// What the plan of it has a component for: by the name, and by the ARN.
fn components() -> Vec<Reference> {
    let named = [
        ("replication-group", "carts"),
        ("autoscaling-group", "worker"),
        ("ecs-service", "shop/api"),
        ("load-balancer", "edge"),
        ("bucket", "files"),
        ("db-instance", "orders"),
        ("db-instance", "orders-near"),
        ("aurora-cluster", "ledger"),
        ("secret", "token"),
    ];
    named.map(|(kind, id)| Reference::new(kind, id)).into()
}

/// Captured, with states that declare all of it.
fn captured(newest: Result<Snapshot, String>, every_seconds: Option<f64>) -> Captured {
    let place = |region: &str| Place { region: crate::plan::Region::new(region), account: None };
    Captured {
        newest: newest.map(Arc::new),
        recovery: Ok(Arc::new(recovery())),
        every_seconds,
        components: components(),
        declared: Declared::Compared { compared: Arc::default(), same: 7 },
        registries: [place("us-east-1"), place("us-west-2")],
    }
}

/// What runs did at the very beginning.
fn drilled() -> Drilled {
    Drilled { built: vec![("network".to_owned(), at(0))], restored: vec![("archive".to_owned(), at(0))] }
}

/// What is told of any snapshot, whatever is in it.
const ALWAYS: &[&str] = &[
    "snapshot-age",
    "snapshot-incomplete",
    "outside-reference-in-failing-region",
    "drift-undeclared",
    "drift-would-revert",
    "restore-never-drilled",
    "backup-never-restored",
];

fn told(snapshot: Snapshot, every_seconds: Option<f64>, hour: i64) -> BTreeMap<&'static str, (Level, String)> {
    let told = captured(Ok(snapshot), every_seconds).judge(at(hour), Some(&drilled())).into_iter();
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
    let asked = |code: &&str| ![images::IMAGES.code, listeners::VALID.code].contains(code);
    assert_eq!(
        codes,
        rules().map(|rule| rule.code).filter(asked).collect(),
        "the whole table, but for what a cloud is asked"
    );
    assert!(rules().all(|rule| !rule.costs.is_empty() && !rule.fix.is_empty()));
}

#[test]
fn each_fault_is_found_by_its_rule_and_by_no_other() {
    type Plant = fn(&mut Snapshot);
    fn set(snapshot: &mut Snapshot, id: &str, config: Value) {
        let at = one(snapshot, id);
        snapshot.resources[at].config = config.as_object().cloned().expect("an object");
    }
    let faults: [(&str, Level, &str, Plant); 30] = [
        ("plan-covers", Level::Failing, "queue jobs", |all| {
            all.resources.push(resource("queue", "jobs", &[]));
            // What others have too is theirs to move.
            all.resources.push(Resource { shared: true, ..resource("queue", "billing", &[]) });
        }),
        ("cache-multi-az", Level::Failing, "carts", |all| {
            set(all, "carts", json!({ "MultiAZ": "disabled", "AutomaticFailover": "enabled" }));
        }),
        ("cache-multi-az", Level::Unknown, "carts", |all| set(all, "carts", json!({ "MultiAZ": UNREAD }))),
        ("asg-single-az", Level::Failing, "us-east-1a", |all| set(all, "worker", json!({ "Subnets": ["subnet-a"] }))),
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
            set(all, "files", json!({ "Versioning": { "Status": "Suspended" }, "Replication": replicated() }));
        }),
        ("bucket-versioned", Level::Failing, "files: never set", |all| {
            set(all, "files", json!({ "Replication": replicated() }));
        }),
        ("bucket-versioned", Level::Unknown, "files", |all| {
            set(all, "files", json!({ "Versioning": UNREAD, "Replication": replicated() }));
        }),
        ("bucket-replicated", Level::Failing, "files: not replicated", |all| {
            set(all, "files", json!({ "Versioning": { "Status": "Enabled" } }));
        }),
        ("bucket-replicated", Level::Unknown, "files", |all| {
            set(all, "files", json!({ "Versioning": { "Status": "Enabled" }, "Replication": UNREAD }));
        }),
        ("rds-replica-elsewhere", Level::Failing, "billing: us-west-2 has no replica", |all| {
            all.resources.push(Resource {
                shared: false,
                ..with("db-instance", "billing", json!({ "BackupRetentionPeriod": 0 }))
            });
            // Nobody has to have a component for what carries no tag.
            all.selectors.clear();
        }),
        ("aurora-one-instance", Level::Failing, "ledger: 1 instance", |all| {
            set(all, "ledger", json!({ "Members": ["ledger-1"] }));
        }),
        ("secret-replicated", Level::Failing, "token: not in us-west-2", |all| {
            set(all, "token", json!({ "ReplicaRegions": ["eu-west-1"] }));
        }),
        ("kms-in-recovery", Level::Failing, "1: us-west-2 has neither", |all| {
            set(all, "1", json!({ "Aliases": ["alias/other"] }));
        }),
        ("certificate-in-recovery", Level::Failing, "us-west-2 has none", |all| {
            set(all, "arn:east", json!({ "DomainName": "other.example.com" }));
        }),
        ("ami-in-recovery", Level::Failing, "starts from worker-4", |all| {
            let image = json!({ "Name": "worker-4", "Owner": "123456789012" });
            set(all, "lt-1", json!({ "Latest": { "ImageId": "ami-1", "Image": image } }));
        }),
        ("ami-in-recovery", Level::Unknown, "lt-1", |all| {
            set(all, "lt-1", json!({ "Latest": { "ImageId": "ami-1" } }));
        }),
        ("log-group-retention", Level::Failing, "/shop/api: kept for 3 days", |all| {
            set(all, "/shop/api", json!({ "RetentionInDays": 3 }));
        }),
        ("log-group-retention", Level::Unknown, "/shop/api", |all| {
            set(all, "/shop/api", json!({ "RetentionInDays": UNREAD }));
        }),
        ("role-names-only-primary", Level::Failing, "api-task: sqs of us-east-1 alone", |all| {
            set(all, "api-task", json!({ "Inline": { "queue": may(&["us-east-1"]) } }));
        }),
        ("role-names-only-primary", Level::Unknown, "api-task", |all| {
            set(all, "api-task", json!({ "Inline": { "queue": UNREAD } }));
        }),
        ("role-names-only-primary", Level::Unknown, "api-task", |all| {
            set(all, "api-task", json!({ "Attached": ["arn:aws:iam::1:policy/not-captured"] }));
        }),
        ("record-ttl", Level::Failing, "TTL 3600 s", |all| {
            set(all, "shop", json!({ "Type": "A", "TTL": 3_600 }));
            all.resources.push(with(
                "record",
                "led",
                json!({ "Type": "A", "Failover": "PRIMARY", "EvaluateTargetHealth": true }),
            ));
        }),
        ("record-health-check", Level::Failing, "nothing looks at it", |all| {
            set(all, "shop", json!({ "Type": "CNAME", "TTL": 60, "Failover": "PRIMARY" }));
        }),
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
        let others: Vec<_> = told.iter().filter(|(other, (level, _))| **other != code && *level != Level::Ok).collect();
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
    let none = captured(Err("no snapshot of us-east-1 in snapshots/shop".into()), None);
    let told: Vec<_> = none.judge(at(1), None).into_iter().map(|(rule, check)| (rule.code, check.level)).collect();
    assert_eq!(told, [("snapshot-age", Level::Unknown)], "nothing is known of what was never captured");
    // Nothing of a kind is nothing to judge.
    let captured = Captured { components: Vec::new(), ..captured(Ok(shop()), None) };
    let of_nothing = captured.judge(at(1), None).into_iter().map(|(rule, _)| rule.code).collect::<Vec<_>>();
    assert!(of_nothing.iter().all(|code| ALWAYS.contains(code)), "{of_nothing:?}");
}

fn drift(drift: Drift, field: Option<&str>) -> Finding {
    Finding {
        drift,
        kind: "iam-role".into(),
        id: "app-task".into(),
        name: None,
        field: field.map(str::to_owned),
        left: None,
        right: None,
        consequence: "terraform apply of x sets max_connections 500 → 200".into(),
    }
}

/// How `code` stands of what this makes of the well set up application.
fn of(code: &str, day: i64, change: impl FnOnce(&mut Captured, &mut Drilled)) -> (Level, String) {
    let (mut captured, mut drilled) = (captured(Ok(fine()), Some(86_400.0 * 1_000.0)), drilled());
    change(&mut captured, &mut drilled);
    let told = captured.judge(at(24 * day), Some(&drilled));
    let found = told.into_iter().find(|(rule, _)| rule.code == code);
    found.map(|(_, check)| (check.level, check.found.to_string())).expect("it is told")
}

fn compared(findings: Vec<Finding>, uncompared: usize, same: usize) -> Declared {
    Declared::Compared { compared: Arc::new(Compared { findings, uncompared }), same }
}

#[test]
fn what_no_state_declares_and_what_an_apply_would_take_back_are_two_findings() {
    let (undeclared, reverted) = ("drift-undeclared", "drift-would-revert");
    let both = |declared: Declared| {
        [undeclared, reverted].map(|code| of(code, 1, |captured, _| captured.declared = declared.clone()))
    };
    let hotfix = "aws_iam_role_policy hotfix-s3-read";
    let [one, other] = both(compared(vec![drift(Drift::Undeclared, Some(hotfix))], 0, 7));
    assert_eq!(one, (Level::Failing, format!("iam-role app-task: {hotfix}")));
    assert_eq!(other, (Level::Ok, "7 as declared".to_owned()));
    for changed in [Drift::Changed, Drift::Missing] {
        let [one, other] = both(compared(vec![drift(changed, None)], 0, 7));
        assert_eq!((one.0, other.0), (Level::Ok, Level::Failing));
        assert!(other.1.contains("sets max_connections 500 → 200"), "{other:?}");
    }
    // Said to be so by whoever may say it.
    assert!(both(compared(vec![drift(Drift::Ignored, None)], 0, 7)).iter().all(|found| found.0 == Level::Ok));
    let unknown = |declared: Declared, why: &str| {
        for found in both(declared) {
            assert!(found.0 == Level::Unknown && found.1.contains(why), "{found:?}");
        }
    };
    unknown(Declared::Nowhere, "nothing says what is declared");
    unknown(Declared::Unreadable("main.tfstate cannot be read".into()), "cannot be read");
    unknown(compared(vec![drift(Drift::Unread, None)], 0, 7), "not compared: iam-role/app-task");
    unknown(compared(Vec::new(), 2, 7), "2 sealed values");
    unknown(compared(Vec::new(), 0, 0), "no state declares anything");
}

#[test]
fn a_rebuild_that_was_tried_is_told_by_runs_or_by_what_stands_there() {
    let code = "restore-never-drilled";
    let west = |tags: Value, day: i64| {
        let taken = Some(Taken { started: at(24 * day), finished: at(24 * day), ..Taken::default() });
        let resources = vec![with("vpc", "vpc-9", json!({ "Tags": tags }))];
        Ok(Arc::new(Snapshot { region: "us-west-2".into(), resources, taken, gaps: Vec::new(), ..fine() }))
    };
    let own = || west(json!({ "Project": "shop" }), 0);
    let made = |day| west(json!({ RESTORED: "us-east-1" }), day);
    assert_eq!(of(code, 300, |_, _| {}), (Level::Ok, "by network, 300 days ago".to_owned()));
    let never = |captured: &mut Captured, drilled: &mut Drilled, recovery| {
        drilled.built.clear();
        captured.recovery = recovery;
    };
    let found = of(code, 1, |captured, drilled| never(captured, drilled, own()));
    assert!(found.0 == Level::Failing && found.1.contains("nothing in us-west-2 is of a restore"), "{found:?}");
    let found = of(code, 400, |captured, _| captured.recovery = own());
    assert!(found.0 == Level::Failing && found.1.starts_with("by network 400 days ago"), "{found:?}");
    let found = of(code, 300, |captured, drilled| never(captured, drilled, made(0)));
    assert!(found.0 == Level::Ok && found.1.contains("seen 300 days ago"), "{found:?}");
    assert_eq!(of(code, 400, |captured, drilled| never(captured, drilled, made(0))).0, Level::Failing);
    let unread = of(code, 1, |captured, drilled| {
        never(captured, drilled, own());
        let mut snapshot = (**captured.recovery.as_ref().expect("there")).clone();
        snapshot.complete = false;
        captured.recovery = Ok(Arc::new(snapshot));
    });
    assert_eq!(unread.0, Level::Unknown, "{unread:?}");
    let none = of(code, 1, |captured, drilled| {
        never(captured, drilled, Err("no snapshot of us-west-2".to_owned()));
    });
    assert!(none.0 == Level::Unknown && none.1.contains("no snapshot of us-west-2"), "{none:?}");
}

#[test]
fn what_stands_in_a_region_that_nobody_captured_is_not_known() {
    let codes = ["rds-replica-elsewhere", "kms-in-recovery", "certificate-in-recovery", "ami-in-recovery"];
    for code in codes {
        let none = of(code, 1, |captured, _| captured.recovery = Err("no snapshot of us-west-2".to_owned()));
        assert!(none.0 == Level::Unknown && none.1.contains("no snapshot of us-west-2"), "{code}: {none:?}");
        // Nor is what one that was not read whole does not have.
        let part = of(code, 1, |captured, _| {
            let (resources, complete) = (Vec::new(), false);
            captured.recovery = Ok(Arc::new(Snapshot { resources, complete, ..recovery() }));
        });
        assert_eq!(part.0, Level::Unknown, "{code}: {part:?}");
    }
    // A secret that AWS replicates is told by itself; what a fence left of a database is nobody's to replicate.
    let known = of("secret-replicated", 1, |captured, _| captured.recovery = Err("none".to_owned()));
    assert_eq!(known.0, Level::Ok);
    let kept = of("rds-replica-elsewhere", 1, |captured, _| {
        let mut snapshot = fine();
        snapshot.resources.push(with("db-instance", "billing-fenced-202611261002", json!({})));
        captured.newest = Ok(Arc::new(snapshot));
    });
    assert_eq!(kept.0, Level::Ok, "{kept:?}");
}

#[test]
fn a_backup_that_nobody_restored_is_an_assumption() {
    let code = "backup-never-restored";
    let change = |captured: &mut Captured, more: &[(&str, Value)]| {
        let mut snapshot = fine();
        snapshot.resources.extend(more.iter().map(|(id, config)| with("db-instance", id, config.clone())));
        captured.newest = Ok(Arc::new(snapshot));
    };
    assert_eq!(of(code, 9, |_, _| {}), (Level::Ok, "by archive 9 days ago".to_owned()));
    let never = of(code, 9, |_, drilled| drilled.restored.clear());
    assert!(never.0 == Level::Failing && never.1.contains("orders") && !never.1.contains("orders-near"), "{never:?}");
    assert_eq!(of(code, 366, |_, _| {}).0, Level::Failing, "a year ago and more");
    let second = [("billing", json!({ "BackupRetentionPeriod": 1 }))];
    let two = of(code, 9, |captured, _| change(captured, &second));
    assert!(two.0 == Level::Unknown && two.1.contains("of which is not known"), "{two:?}");
    let without = [("scratch", json!({ "BackupRetentionPeriod": 0 }))];
    assert_eq!(of(code, 9, |captured, _| change(captured, &without)).0, Level::Ok, "without backups none is restored");
    let unread = [("billing", json!({ "BackupRetentionPeriod": UNREAD }))];
    assert_eq!(of(code, 9, |captured, _| change(captured, &unread)).0, Level::Unknown);
    let told = captured(Ok(fine()), None).judge(at(1), None);
    let check = told.into_iter().find(|(rule, _)| rule.code == code).expect("told").1;
    assert_eq!(check.level, Level::Unknown, "nobody knows of past runs");
}

#[test]
fn a_snapshot_that_is_too_old_tells_nothing_of_now() {
    let told = told(fine(), Some(86_400.0), 24 * 3);
    assert_eq!(told["snapshot-age"].0, Level::Failing);
    for code in ["drift-undeclared", "drift-would-revert", "restore-never-drilled", "backup-never-restored"] {
        assert!(told[code].0 == Level::Unknown && told[code].1.contains("too old to tell"), "{code}: {:?}", told[code]);
    }
}

/// How the images that run stand: `here` and `there` are the digests that the two registries say, `None` where there is none.
fn pulled(image: &str, here: Option<&str>, there: Option<Result<&str, ()>>, day: i64) -> (Level, String) {
    use crate::service::ask::{Ask, Query};
    use crate::service::observation::{Observation, RegistryImage};
    use crate::service::work::{Asked, Facts};
    use crate::service::{Seen, Silence, Unanswered};
    let mut snapshot = fine();
    let image = format!("123456789012.dkr.ecr.us-east-1.amazonaws.com/{image}");
    let containers = json!([{ "name": "api", "image": image }, { "name": "log", "image": "fluent-bit:3" }]);
    snapshot.resources.push(with("task-definition", "api:3", json!({ "Containers": containers })));
    let ready = captured(Ok(snapshot), Some(86_400.0)).ready().remove(0);
    let answer = |ask: &Ask| {
        let Query::Ecr(_) = &ask.query else { panic!("registries alone are asked") };
        let told = if ask.place.region.as_str() == "us-east-1" { here.map(Ok) } else { there };
        let image = match told {
            None => None,
            Some(Ok(digest)) => Some(RegistryImage { digest: digest.into(), ..RegistryImage::default() }),
            Some(Err(())) => {
                let message = "you may not".into();
                return Err(Unanswered { because: Silence::Error, code: Some("AccessDenied".into()), message });
            }
        };
        Ok(Observation::Ecr(ecr::Observation::RegistryImage { image }))
    };
    let now = at(24 * day);
    let seen: Vec<Seen> =
        ready.looked.asks.iter().map(|ask| Seen { ask: ask.clone(), at: now, answer: answer(ask) }).collect();
    let check = (ready.looked.judge)(&Facts {
        now,
        started_at: now,
        asked: &Asked::No,
        sent: None,
        before: &Value::Null,
        seen: &seen,
        good_in_a_row: 0,
        good_since: None,
    });
    (check.level, check.found.to_string())
}

#[test]
fn an_image_that_runs_is_in_the_other_registry_by_its_digest() {
    let one = "sha256:0123456789abcdef";
    let by_digest = format!("shop/api@{one}");
    assert_eq!(pulled(&by_digest, None, Some(Ok(one)), 1), (Level::Ok, "1 looked at".to_owned()));
    let missing = pulled(&by_digest, Some(one), None, 1);
    assert_eq!(missing, (Level::Failing, "shop/api:sha256:0123456789ab (of api:3) is not in us-west-2".to_owned()));
    let denied = pulled(&by_digest, None, Some(Err(())), 1);
    assert!(denied.0 == Level::Unknown && denied.1.contains("us-west-2"), "{denied:?}");
    // A tag may stand for another there.
    assert_eq!(pulled("shop/api:v3", Some(one), Some(Ok(one)), 1).0, Level::Ok);
    let other = pulled("shop/api:v3", Some(one), Some(Ok("sha256:ffffffffffffffff")), 1);
    assert!(other.0 == Level::Failing && other.1.contains("is sha256:ffffffffffff in us-west-2"), "{other:?}");
    assert_eq!(pulled("shop/api:v3", None, Some(Ok(one)), 1).0, Level::Unknown, "what it stood for at home is gone");
    assert_eq!(pulled(&by_digest, Some(one), Some(Ok(one)), 3).0, Level::Unknown, "the snapshot is too old");
    assert!(captured(Ok(fine()), None).ready().is_empty(), "nothing runs");
}

/// What the rule at `place` of those that ask says of `snapshot`, answered by `answer`.
fn asked(
    snapshot: Snapshot,
    code: &str,
    answer: impl Fn(&crate::service::ask::Ask) -> crate::service::observation::Observation,
) -> (usize, Level, String) {
    use crate::service::Seen;
    use crate::service::work::{Asked, Facts};
    let ready = captured(Ok(snapshot), Some(86_400.0)).ready();
    let ready = ready.into_iter().find(|ready| ready.rule.code == code).expect("it is judged");
    let now = at(24);
    let asks = &ready.looked.asks;
    let seen: Vec<Seen> = asks.iter().map(|ask| Seen { ask: ask.clone(), at: now, answer: Ok(answer(ask)) }).collect();
    let check = (ready.looked.judge)(&Facts {
        now,
        started_at: now,
        asked: &Asked::No,
        sent: None,
        before: &Value::Null,
        seen: &seen,
        good_in_a_row: 0,
        good_since: None,
    });
    (asks.len(), check.level, check.found.to_string())
}

#[test]
fn what_tasks_run_is_looked_for_by_its_digest_whatever_its_tag_stands_for_by_now() {
    use crate::service::observation::Observation;
    let image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/shop/api:v3";
    let mut snapshot = fine();
    snapshot.resources.extend([
        with("task-definition", "api:3", json!({ "Containers": [{ "name": "api", "image": image }] })),
        with(
            "ecs-service",
            "shop/web",
            json!({ "TaskDefinition": "api:3", "Images": { "api": ["sha256:0123456789abcdef"] } }),
        ),
    ]);
    let absent = |_: &crate::service::ask::Ask| Observation::Ecr(ecr::Observation::RegistryImage { image: None });
    let missing = "shop/api:sha256:0123456789ab (of api:3, tag v3) is not in us-west-2";
    let told = asked(snapshot.clone(), "image-digest-in-recovery", absent);
    assert_eq!(told, (1, Level::Failing, missing.to_owned()), "the recovery region alone is asked");
    for (rules, why) in [
        (json!({}), "nothing replicates its repository there"),
        (json!({ "Replication": [{ "Region": "us-west-2" }] }), "it was pushed before that"),
    ] {
        let mut snapshot = snapshot.clone();
        snapshot.resources.push(with("repository", "shop/api", rules));
        let (_, _, found) = asked(snapshot, "image-digest-in-recovery", absent);
        assert!(found.starts_with(missing) && found.contains(why), "{found}");
    }
}

#[test]
fn what_a_listener_answers_with_is_issued_and_valid_for_a_while() {
    use crate::service::certificate::words::{Certificate, Observation as Told};
    use crate::service::observation::Observation;
    let mut snapshot = fine();
    snapshot.resources.push(with("listener", "HTTPS:443", json!({ "Certificates": ["arn:east"] })));
    let told = |status: &str, days: i64, arn: &str| {
        let it = Certificate {
            arn: arn.into(),
            status: status.into(),
            issued_as: "IMPORTED".into(),
            not_after: Some(at(24 + 24 * days)),
            ..Certificate::default()
        };
        let (_, level, found) = asked(snapshot.clone(), "listener-certificate-valid", |_| {
            Observation::Acm(Told::Certificates { certificates: vec![it.clone()] })
        });
        (level, found)
    };
    assert_eq!(told("ISSUED", 90, "arn:east"), (Level::Ok, "1 looked at".to_owned()));
    for ((status, days, arn), wanted) in [
        (("ISSUED", 10, "arn:east"), "valid for 10 days more, and imported: AWS renews it not"),
        (("ISSUED", -1, "arn:east"), "it has expired"),
        (("REVOKED", 90, "arn:east"), "REVOKED"),
        (("ISSUED", 90, "arn:other"), "it is not there"),
    ] {
        let (level, found) = told(status, days, arn);
        assert!(level == Level::Failing && found.contains(wanted) && found.contains("HTTPS:443"), "{found}");
    }
    // One that was not captured is not known.
    let mut snapshot = fine();
    snapshot.resources.push(with("listener", "HTTPS:443", json!({ "Certificates": ["arn:gone"] })));
    let none = |_: &crate::service::ask::Ask| Observation::Acm(Told::Certificates { certificates: Vec::new() });
    assert_eq!(asked(snapshot, "listener-certificate-valid", none).1, Level::Unknown);
}
