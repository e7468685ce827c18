//! A plan with a component of every kind that a cloud is asked for, by the binary against the test cloud: what the least
//! policy of the plan allows is enough for all of it, each action of it is needed, and each mutation is sent once.

mod support;

use landfall::plan::Kinds;
use landfall::service::Registry;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::process::Output;
use std::sync::{Mutex, MutexGuard, PoisonError};
use support::cloud::{Call, TestCloud};

const PLAN: &str = include_str!("plans/every-kind.toml");
/// What neither run of this plan meets, each with what it is for.
const NOT_MET: &[(&str, &str)] = &[
    ("ecs:DescribeContainerInstances", "tasks on instances of one's own"),
    ("ecr:DescribeImages", "an image in a private registry"),
    ("ecs:DeregisterTaskDefinition", "undoing, where nothing runs it any more"),
    ("kms:Decrypt", "what Secrets Manager and Systems Manager ask of KMS in the caller's name"),
    ("kms:Encrypt", "what Systems Manager asks of KMS in the caller's name"),
    ("lambda:DeleteFunctionConcurrency", "undoing, where none was reserved"),
    ("ssm:DeleteParameter", "undoing, where there was no parameter"),
    ("iam:PassRole", "task definitions with roles"),
    ("events:PutRule", "undoing, of a rule that was enabled for all of CloudTrail's management events"),
    ("rds:RestoreDBInstanceFromDBSnapshot", "a snapshot in the place of a backup"),
    ("route53:ListHostedZonesByName", "a zone that is given by its name"),
    ("ec2:DescribeLaunchTemplateVersions", "a launch template in the place of a configuration"),
    ("rds:SwitchoverGlobalCluster", "a switchover: the other run meets it"),
    ("route53:GetHealthCheck", "a switchover: the other run meets it"),
];
/// What is asked only of what a step has done.
const LATER: &[&str] = &[
    "ecs:DescribeTasks",
    "route53:GetChange",
    "rds:DescribeEvents",
    "rds:DescribeDBClusterSnapshots",
    "rds:DescribeDBSnapshots",
    "eks:DescribeUpdate",
    "ssm:GetAutomationExecution",
];

/// What only going back needs.
const UNDOING: &[&str] = &[
    "secretsmanager:ReplicateSecretToRegions",
    "secretsmanager:UpdateSecretVersionStage",
    "ssm:GetParameter",
    "s3:DeleteObject",
    "rds:DescribeDBSnapshots",
    "rds:DeleteDBInstance",
    "rds:CreateDBSnapshot",
];

/// How an application comes up: each of a line before any of the next.
const IN_ORDER: &[&[&str]] = &[
    &["network/ready", "task-role/ready", "key/prove", "certificate/ready"],
    &["orders-db/promote", "carts/move"],
    &["db-secret/write", "db-host/put"],
    &["api/task-definition"],
    &["api/scale"],
    &["edge/healthy"],
    &["dns/change"],
    &["sides/flip", "way/set"],
    &["smoke/probe"],
    &["healthy/quiet"],
];

/// Each of these tests asks a whole estate at once: side by side their clouds would be too slow for who waits for an answer.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

struct Estate {
    _alone: MutexGuard<'static, ()>,
    cloud: TestCloud,
    folder: tempfile::TempDir,
    plan: String,
}

impl Estate {
    fn open() -> Self {
        let alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let cloud = TestCloud::start();
        let folder = tempfile::tempdir().expect("a folder");
        let text = PLAN.replace("FOLDER", &folder.path().display().to_string()).replace("ENDPOINT", cloud.endpoint());
        let plan = folder.path().join("estate.toml");
        std::fs::write(&plan, &text).expect("it writes");
        cloud.seed(&text);
        // Alarms count by data of after their step began: here it need not be a minute's.
        cloud.knob(&json!({ "knob": "lag-timing", "period": 1 }));
        cloud.clear_calls();
        Self { _alone: alone, cloud, folder, plan: plan.display().to_string() }
    }

    fn landfall(&self, arguments: &[&str]) -> Output {
        let mut command = self.cloud.landfall(self.folder.path());
        command.args(arguments).env("LANDFALL_RESOLVER", self.cloud.dns());
        command.output().expect("it runs")
    }

    fn run(&self, intent: &str, journal: &str) -> Output {
        let journal = self.folder.path().join(journal).display().to_string();
        let run = ["run", &self.plan, "--auto", "--json", "--intent", intent, "--journal", &journal, "--poll", "300ms"];
        let yes = ["--confirm", "us-west-2", "--accept-loss", "it is a test", "--approve", "all"];
        self.landfall(&[&run[..], &yes[..]].concat())
    }

    /// The policy that the plan needs, as `landfall kinds --policy` prints it.
    fn policy(&self, more: &[&str]) -> Value {
        let told = self.landfall(&[&["kinds", "--policy", &self.plan], more].concat());
        serde_json::from_slice(&told.stdout).unwrap_or_else(|error| panic!("{error}: {told:?}"))
    }

    fn allow(&self, policy: &Value) {
        self.cloud.knob(&json!({ "knob": "policy", "document": policy }));
    }

    fn denied(&self) -> Vec<String> {
        let denied = self
            .cloud
            .calls()
            .into_iter()
            .filter(|call| call.error_code.as_deref().is_some_and(|code| code.starts_with("AccessDenied")));
        denied.map(|call| format!("{}:{}", call.service, call.operation)).collect()
    }

    /// The IAM actions of every call there was.
    fn used(&self) -> BTreeSet<String> {
        self.cloud.calls().into_iter().flat_map(|call| call.needs).collect()
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// What each step of `run.jsonl` is called.
    fn titles(&self) -> Vec<String> {
        let journal = std::fs::read_to_string(self.path("run.jsonl")).expect("a journal");
        let opened: Value = serde_json::from_str(journal.lines().next().expect("a header")).expect("JSON");
        let steps = opened["runbook"]["steps"].as_array().expect("steps");
        assert!(steps.len() > 40, "{}", steps.len());
        steps.iter().map(|step| step["title"].as_str().expect("a title").to_owned()).collect()
    }

    /// Fails when a step of `run.jsonl` was verified before one that it comes after.
    fn assert_in_order(&self) {
        let journal = std::fs::read_to_string(self.path("run.jsonl")).expect("a journal");
        let events = journal.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
        let verified = events.filter(|event| event["event"] == "step_succeeded");
        let verified: Vec<String> = verified.map(|event| event["step"].as_str().expect("a step").to_owned()).collect();
        let at = |step: &&str| {
            verified.iter().position(|done| done == step).unwrap_or_else(|| panic!("no {step}: {verified:?}"))
        };
        let lines: Vec<Vec<usize>> = IN_ORDER.iter().map(|line| line.iter().map(at).collect()).collect();
        for (earlier, later) in lines.iter().zip(&lines[1..]) {
            assert!(earlier.iter().max() < later.iter().min(), "{IN_ORDER:?} came as {verified:?}");
        }
    }

    /// Fails when something that was carried out was sent twice.
    fn assert_each_once(&self) {
        // A secret is read to show that it can be, and again for what is added to it: neither changes anything.
        let changes = |call: &Call| call.executed && call.operation != "GetSecretValue";
        let done = self.cloud.mutations().into_iter().filter(changes);
        let mut seen = BTreeSet::new();
        for call in done {
            let what = format!("{} {} {}", call.region, call.operation, call.parameters);
            assert!(seen.insert(what.clone()), "sent twice: {what}");
        }
    }
}

fn said(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text).into_owned()).concat()
}

fn actions(policy: &Value) -> Vec<String> {
    let statements = policy["Statement"].as_array().expect("statements");
    let actions = statements.iter().flat_map(|statement| statement["Action"].as_array().expect("actions"));
    actions.map(|action| action.as_str().expect("a name").to_owned()).collect()
}

fn is_rare(action: &str) -> bool {
    NOT_MET.iter().any(|(other, _)| *other == action)
}

fn without(policy: &Value, action: &str) -> Value {
    let mut policy = policy.clone();
    for statement in policy["Statement"].as_array_mut().expect("statements") {
        let actions = statement["Action"].as_array_mut().expect("actions");
        actions.retain(|other| other != action);
    }
    policy
}

#[test]
fn the_plan_has_every_kind_that_a_cloud_is_asked_for() {
    const AT_HAND: [&str; 5] = ["http", "tcp", "command", "manual", "terraform"];
    let missing: Vec<&str> = Registry.names().into_iter().filter(|kind| !AT_HAND.contains(kind)).collect();
    let missing: Vec<&str> = missing.into_iter().filter(|kind| !PLAN.contains(&format!("kind = \"{kind}\""))).collect();
    assert!(missing.is_empty(), "give the plan a component of {missing:?}");
}

#[test]
fn a_failover_of_every_kind_needs_no_more_than_the_least_policy() {
    let estate = Estate::open();
    let policy = estate.policy(&[]);
    estate.allow(&policy);
    let output = estate.run("failover", "run.jsonl");
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(estate.denied().is_empty(), "{:?}", estate.denied());
    estate.assert_each_once();
    let used = estate.used();
    let is_of_this_way = |action: &String| !is_rare(action) && !UNDOING.contains(&action.as_str());
    let spare = actions(&policy).into_iter().filter(|action| is_of_this_way(action) && !used.contains(action));
    let spare: Vec<String> = spare.collect();
    assert!(spare.is_empty(), "allowed and never needed: {spare:?}");
    estate.assert_in_order();
    let report = said(&estate.landfall(&["report", &estate.path("run.jsonl")]));
    let missing: Vec<String> = estate.titles().into_iter().filter(|title| !report.contains(title)).collect();
    assert!(missing.is_empty(), "one report tells of it all, but for {missing:?}:\n{report}");
}

#[test]
fn a_switchover_of_every_kind_and_its_way_back_need_no_more_either() {
    let estate = Estate::open();
    estate.allow(&estate.policy(&[]));
    let output = estate.run("switchover", "run.jsonl");
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let journal = estate.folder.path().join("run.jsonl").display().to_string();
    let back = ["rollback", &journal, "--auto", "--json", "--poll", "300ms", "--confirm", "us-west-2"];
    let back = [&back[..], &["--past-the-point", "it is a test"]].concat();
    let output = estate.landfall(&back);
    // Past the point is a decision of its own: the old database has its name again though the new one takes writes, whose
    // promotion stays, and is told.
    let told = failures(&output);
    assert_eq!(output.status.code(), Some(5), "{told}");
    let named = |region: &str, id: &str| estate.cloud.state()["rds"][region].get(id).is_some();
    assert!(named("us-east-1", "orders") && named("us-west-2", "orders-replica"), "{}", estate.cloud.state()["rds"]);
    assert!(said(&output).contains(r#""stays":[{"step":"orders-db/promote""#), "{told}");
    assert!(estate.denied().is_empty(), "{:?}", estate.denied());
    let used = estate.used();
    let spare: Vec<&&str> = UNDOING.iter().filter(|action| !used.contains(**action)).collect();
    assert!(spare.is_empty(), "allowed and not needed for going back: {spare:?}\n{}", said(&output));
}

/// What may be another once it is gone back: what is kept, what was done, and what is counted of it.
const KEPT: &[&str] = &[
    "/rds/us-east-1/orders-fenced-",
    "/rds/us-west-2/orders-replica-fenced-",
    // Restored by the failover, and no failback deletes it.
    "/rds/us-west-2/archive",
    "/clusters/us-east-1/ledger-east/snapshots/",
    "/automations/us-west-2",
    "/lambda/us-west-2/tell/invoked",
    "/changes/",
    "/datastores/ldgnf-carts/history",
    "/global_clusters/ledger/history",
    "/schedules/us-east-1/default/hourly/LastModificationDate",
    "/schedules/us-west-2/estate/hourly/LastModificationDate",
    // The seed's is of no store: here it is that region's own.
    "/parameters/us-east-1//estate/db-host/",
    "/parameters/us-west-2//estate/db-host/version",
    "/secrets/us-east-1/estate/db/",
    "/secrets/us-west-2/estate/db/",
];

/// The way back of every kind: derived, run, and the world as it was but for what is kept, as the cloud itself has it.
#[test]
fn a_failback_of_every_kind_leaves_the_world_as_it_was() {
    let estate = Estate::open();
    let before = estate.cloud.state();
    let output = estate.run("failover", "run.jsonl");
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    // As the finding of its copy says: a rule for the way back.
    let rule = json!({
        "ID": "back", "Priority": 1, "Status": "Enabled", "Filter": {}, "DeleteMarkerReplication": { "Status": "Enabled" },
        "Destination": { "Bucket": "arn:aws:s3:::estate-media-east", "Metrics": { "Status": "Enabled" } },
    });
    let rules = json!({ "Bucket": "estate-media-west", "ReplicationConfiguration": { "Role": "arn:aws:iam::123456789012:role/r", "Rules": [rule] } });
    estate.cloud.call("s3", "us-west-2", "put_bucket_replication", &rules);
    let (run, plan, back) = (estate.path("run.jsonl"), estate.path("back.toml"), estate.path("back.jsonl"));
    let derived = estate.landfall(&["failback", &run, "--out", &plan]);
    assert_eq!(derived.status.code(), Some(0), "{}", said(&derived));
    let policy = estate.landfall(&["kinds", "--policy", &plan]);
    estate.allow(&serde_json::from_slice(&policy.stdout).unwrap_or_else(|error| panic!("{error}: {policy:?}")));
    estate.cloud.clear_calls();
    let go = ["run", &run, "--auto", "--json", "--intent", "failback", "--journal", &back, "--poll", "300ms"];
    let yes =
        ["--confirm", "us-east-1", "--accept-loss", "a cache", "--approve", "all,failback-divergence,failback-window"];
    let output = estate.landfall(&[&go[..], &yes[..]].concat());
    assert_eq!(output.status.code(), Some(0), "{}\n{}", said(&derived), failures(&output));
    estate.assert_each_once();
    let operations: BTreeSet<String> = estate.cloud.mutations().into_iter().map(|call| call.operation).collect();
    let deletes: Vec<&String> = operations.iter().filter(|name| name.starts_with("Delete")).collect();
    assert!(deletes.iter().all(|name| ["DeleteObject", "DeleteParameter"].contains(&name.as_str())), "{deletes:?}");
    let mut differ = Vec::new();
    differences("", &before, &estate.cloud.state(), &mut differ);
    differ.retain(|line| !KEPT.iter().any(|kept| line.starts_with(kept)));
    assert!(differ.is_empty(), "{differ:#?}");
    let host = |region: &str| {
        let value = estate.cloud.state()["secrets"][region]["estate/db"]["value"].as_str().expect("a value").to_owned();
        serde_json::from_str::<Value>(&value).expect("JSON")["host"].as_str().expect("a host").to_owned()
    };
    assert_eq!(host("us-east-1"), host("us-west-2"), "a replica again, of what the old region uses");
    assert!(host("us-east-1").starts_with("orders.") && host("us-east-1").contains("us-east-1"));
    assert!(estate.denied().is_empty(), "{:?}", estate.denied());
}

/// What failed in a run, of its events.
fn failures(output: &Output) -> String {
    let lines = String::from_utf8_lossy(&output.stdout).into_owned();
    let is_bad = |line: &&str| {
        ["step_failed", "step_unknown", "step_owed"].iter().any(|bad| line.contains(&format!("\"{bad}\"")))
    };
    let bad: Vec<&str> = lines.lines().filter(is_bad).collect();
    format!("{}\n{}", bad.join("\n"), String::from_utf8_lossy(&output.stderr))
}

/// Where two trees differ: `/rds/us-east-1/orders: 1, was 2`.
fn differences(at: &str, before: &Value, after: &Value, differ: &mut Vec<String>) {
    match (before, after) {
        (Value::Object(old), Value::Object(new)) => {
            let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
            for name in names {
                let of = |tree: &serde_json::Map<String, Value>| tree.get(name).cloned().unwrap_or(Value::Null);
                differences(&format!("{at}/{name}"), &of(old), &of(new), differ);
            }
        }
        (old, new) if old == new => {}
        (old, new) => differ.push(format!("{at}: {new}, was {old}")),
    }
}

/// Whoever may look alone sees all there is to see, and each action of that is needed: without it something is unknown that was
/// known, by the name of the action.
#[test]
fn each_action_of_the_looking_policy_is_needed_and_missed_by_name() {
    let estate = Estate::open();
    let policy = estate.policy(&["--looking"]);
    let check = |policy: &Value| {
        estate.allow(policy);
        said(&estate.landfall(&["check", &estate.plan, "--live", "--looking", "--intent", "switchover"]))
    };
    let whole = check(&policy);
    assert!(estate.denied().is_empty(), "{:?}\n{whole}", estate.denied());
    assert!(estate.cloud.mutations().is_empty());
    let met = actions(&policy).into_iter().filter(|action| !is_rare(action) && !LATER.contains(&action.as_str()));
    let unmissed: Vec<String> = met.filter(|action| !check(&without(&policy, action)).contains(action)).collect();
    assert!(unmissed.is_empty(), "not missed by name: {unmissed:?}");
}

/// Whoever may look and not do one thing of it is refused before the start, by the name of what is not allowed and of the step
/// that needs it; nothing is sent.
#[test]
fn each_action_of_the_acting_policy_is_missed_by_name_before_the_start() {
    let estate = Estate::open();
    let (whole, looking) = (estate.policy(&[]), estate.policy(&["--looking"]));
    let looks: BTreeSet<String> = actions(&looking).into_iter().collect();
    let acts: BTreeSet<String> = actions(&whole).into_iter().filter(|action| !looks.contains(action)).collect();
    let check = |policy: &Value, intent: &str| {
        estate.allow(policy);
        said(&estate.landfall(&["check", &estate.plan, "--live", "--intent", intent]))
    };
    for intent in ["failover", "switchover"] {
        let told = check(&whole, intent);
        assert!(told.contains("ok      may-act"), "{told}");
    }
    // One of each service at a time: a look at all of it takes a while.
    let mut by_service: BTreeMap<&str, Vec<&String>> = BTreeMap::new();
    let of_failover = |action: &&String| !is_through_a_service(action) && *action != SWITCHOVER;
    for action in acts.iter().filter(of_failover) {
        by_service.entry(action.split(':').next().unwrap_or_default()).or_default().push(action);
    }
    let mut unmissed = BTreeSet::new();
    let mut rounds = vec![("switchover", vec![SWITCHOVER])];
    while by_service.values().any(|left| !left.is_empty()) {
        rounds.push(("failover", by_service.values_mut().filter_map(Vec::pop).map(String::as_str).collect()));
    }
    for (intent, gone) in rounds {
        let less = gone.iter().fold(whole.clone(), |policy, action| without(&policy, action));
        let told = check(&less, intent);
        let blocks: Vec<&str> = told.split("failing may-act ").skip(1).collect();
        let is_told = |action: &str| blocks.iter().any(|block| block.contains(&format!("found   {action} on ")));
        unmissed.extend(gone.into_iter().filter(|action| !is_told(action)).map(str::to_owned));
    }
    assert!(unmissed.is_empty(), "not missed by name: {unmissed:?}");
    // The same refuses a start, and what allows it is printed.
    estate.allow(&without(&whole, "rds:PromoteReadReplica"));
    let output = estate.run("failover", "refused.jsonl");
    let told = said(&output);
    assert_eq!(output.status.code(), Some(3), "{told}");
    let statement = r#"{"Effect":"Allow","Action":"rds:PromoteReadReplica","Resource":["arn:aws:rds:us-west-2:123456789012:db:orders-replica"]}"#;
    assert!(told.contains("may-act") && told.contains(&statement.replace('"', "\\\"")), "{told}");
    assert!(estate.cloud.mutations().is_empty(), "{:?}", estate.cloud.mutations());
}

/// What no failover does.
const SWITCHOVER: &str = "rds:SwitchoverGlobalCluster";

/// What only a service asks for in the caller's name, and what is not needed here: tasks without roles hand none on.
fn is_through_a_service(action: &str) -> bool {
    ["kms:Decrypt", "kms:Encrypt", "iam:PassRole"].contains(&action)
}
