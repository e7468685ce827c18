//! The way back, by the binary: failover, its derived plan, failback, and the first plan valid and unchanged again; on the test
//! cloud by what that cloud says, and on the simulated one.

mod support;

use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::Duration;
use support::cloud::TestCloud;

const PLAN: &str = include_str!("plans/failback.toml");

/// A folder with the plan in it, and where commands run.
struct Place {
    folder: tempfile::TempDir,
    cloud: TestCloud,
}

impl Place {
    fn on_the_test_cloud() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self::with(folder, PLAN)
    }

    fn with(folder: tempfile::TempDir, plan: &str) -> Self {
        let cloud = TestCloud::start();
        cloud.seed(plan);
        cloud.stages(&json!({ "default": 0.2 }));
        cloud.clear_calls();
        std::fs::write(folder.path().join("shop.toml"), plan).expect("it writes");
        Self { folder, cloud }
    }

    /// With a global database, and a program that compares the two sides of each store: it says what it was given.
    fn with_a_ledger() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let script = folder.path().join("compare");
        let told = "#!/bin/sh\necho \"$1|$LANDFALL_OLD_ENDPOINT|$LANDFALL_OLD_SNAPSHOT|$LANDFALL_OLD_REGION|$LANDFALL_NEW_ENDPOINT\" >> \
                    \"$(dirname \"$0\")/compared\"\necho '{\"missing\": '$2', \"conflicting\": 0, \"unit\": \"rows\"}'\n";
        std::fs::write(&script, told).expect("it writes");
        let program =
            |of: &str, missing: u8| format!("compare = [\"sh\", \"{}\", \"{of}\", \"{missing}\"]", script.display());
        let ledger = "[component.ledger]\nkind = \"aurora\"\nglobal = \"ledger\"\nprimary = \"ledger-east\"\nrecovery = \"ledger-west\"";
        let plan = PLAN.replace("caught_up = ", &format!("{}\ncaught_up = ", program("orders-db", 3)));
        let plan = plan.replace("[component.api]", &format!("{ledger}\n{}\n\n[component.api]", program("ledger", 0)));
        Self::with(folder, &plan.replace("kind = \"ecs\"", "kind = \"ecs\"\nneeds = [\"ledger\"]"))
    }

    /// Goes over from a region that is silent: what it owes is told, and there is no way back before it is paid.
    fn goes_dark_and_owes(&self) {
        let output = self.run("shop.toml", "failover", "us-west-2", "over.jsonl");
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let refused = self.landfall(&["failback", "over.jsonl"]);
        let told = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(refused.status.code() == Some(3) && told.contains("it still owes: fence the old orders-db"), "{told}");
    }

    /// The failback that was begun, gone on with: how it ends and what it says.
    fn goes_on(&self, more: &[&str]) -> (Option<i32>, String) {
        let go_on = ["resume", "back.jsonl", "--auto", "--confirm", "us-east-1", "--poll", "300ms", "--approve"];
        let output = self.landfall(&[&go_on[..], more].concat());
        (
            output.status.code(),
            [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text).into_owned()).concat(),
        )
    }

    /// What it sent that was carried out, as `operation region`, in order.
    fn done(&self) -> Vec<String> {
        let done = self.cloud.mutations().into_iter().filter(|call| call.executed);
        done.map(|call| format!("{} {}", call.operation, call.region)).collect()
    }

    /// An instance, as the cloud tells it; null where there is none.
    fn instance(&self, region: &str, id: &str) -> Value {
        let all = self.cloud.call("rds", region, "describe_db_instances", &json!({}));
        let mut all = all["DBInstances"].as_array().expect("instances").iter();
        all.find(|one| one["DBInstanceIdentifier"] == id).cloned().unwrap_or_default()
    }

    /// Waits until the cloud has an instance of that name at rest.
    fn until_available(&self, region: &str, id: &str) {
        while self.instance(region, id)["DBInstanceStatus"] != "available" {
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Somebody gives an instance another name.
    fn renames(&self, from: &str, to: &str) {
        self.until_available("us-east-1", from);
        let rename = json!({ "DBInstanceIdentifier": from, "NewDBInstanceIdentifier": to, "ApplyImmediately": true });
        self.cloud.call("rds", "us-east-1", "modify_db_instance", &rename);
        self.until_available("us-east-1", to);
    }

    /// That the region that was gone over to serves, alone, as it did: by the cloud.
    fn west_serves(&self) {
        let writer = self.instance("us-west-2", "orders-replica");
        assert!(writer["DBInstanceStatus"] == "available" && writer["ReadReplicaSourceDBInstanceIdentifier"].is_null());
        assert_eq!(self.cloud.state()["ecs"]["us-west-2"]["shop/api"]["desired"], 3);
    }

    /// Looks on, by the cloud alone, until `going` has ended: there are never two sides that take a write, and there is one at both
    /// ends. How long there was none, by its looks.
    fn watched(&self, mut going: std::process::Child) -> (Output, Duration) {
        let (mut down, mut last) = (Duration::ZERO, std::time::Instant::now());
        let mut sides = Vec::new();
        loop {
            let is_over = going.try_wait().expect("it is asked").is_some();
            let state = self.cloud.state();
            let takes_writes = |region: &str, id: &str| {
                let instance = &state["rds"][region][id];
                let running = state["ecs"][region]["shop/api"]["running"].as_u64().unwrap_or_default();
                instance["status"] == "available" && instance["source"].is_null() && running > 0
            };
            let both = [takes_writes("us-east-1", "orders"), takes_writes("us-west-2", "orders-replica")];
            assert_ne!(both, [true, true], "two sides take writes: {state}");
            let now = std::time::Instant::now();
            if both == [false, false] {
                down += now - last;
            }
            last = now;
            if sides.last() != Some(&both) {
                sides.push(both);
            }
            if is_over {
                break;
            }
            std::thread::sleep(Duration::from_millis(120));
        }
        assert_eq!((sides.first(), sides.last()), (Some(&[false, true]), Some(&[true, false])), "{sides:?}");
        (going.wait_with_output().expect("it ended"), down)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn landfall(&self, arguments: &[&str]) -> Output {
        let mut command = self.cloud.landfall(self.folder.path());
        let command = command.args(arguments).current_dir(self.folder.path());
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).output().expect("the binary starts")
    }

    /// A whole run of `what`, its journal called `journal`.
    fn run(&self, what: &str, intent: &str, confirm: &str, journal: &str) -> Output {
        let run = ["run", what, "--auto", "--json", "--intent", intent, "--journal", journal, "--confirm", confirm];
        let given = ["--approve", "all", "--accept-loss", "us-east-1 is gone"];
        self.landfall(&[&run[..], &given, &["--poll", "300ms"]].concat())
    }

    /// One that must come to its end.
    fn goes(&self, what: &str, intent: &str, confirm: &str, journal: &str) -> Vec<Value> {
        let output = self.run(what, intent, confirm, journal);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        let events: Vec<Value> = String::from_utf8_lossy(&output.stdout)
            .lines()
            .map(|line| serde_json::from_str(line).expect("each line is JSON"))
            .collect();
        let failed: Vec<&Value> = events
            .iter()
            .filter(|event| matches!(event["event"].as_str(), Some("step_failed" | "step_unknown" | "step_owed")))
            .collect();
        assert_eq!(output.status.code(), Some(0), "{intent}: {told}\n{failed:#?}");
        events
    }
}

fn sent(events: &[Value]) -> Vec<String> {
    let acting = events.iter().filter(|event| event["event"] == "step_acting");
    acting.map(|event| format!("{} {}", event["step"].as_str().unwrap_or("?"), event["act"])).collect()
}

#[test]
fn there_and_back_and_the_first_plan_is_valid_again() {
    let place = Place::on_the_test_cloud();
    let cloud = &place.cloud;
    let before = cloud.state();
    place.goes("shop.toml", "failover", "us-west-2", "over.jsonl");

    // What is printed is a plan, and explains itself.
    let printed = place.landfall(&["failback", "over.jsonl"]);
    let text = String::from_utf8_lossy(&printed.stdout).into_owned();
    assert_eq!(printed.status.code(), Some(0), "{}", String::from_utf8_lossy(&printed.stderr));
    for says in ["primary = \"us-west-2\"", "recovery = \"orders\"", "orders-fenced-", "[component.orders-db.from_run]"]
    {
        assert!(text.contains(says), "{says} is not in:\n{text}");
    }
    assert!(!text.contains("no data loss"), "nothing was compared:\n{text}");

    cloud.clear_calls();
    // One that was left before its start has done nothing, and stands in nobody's way.
    let early = ["run", "over.jsonl", "--auto", "--intent", "failback", "--journal", "early.jsonl"];
    assert_eq!(place.landfall(&early).status.code(), Some(3));
    assert!(place.path("early.jsonl").exists() && cloud.mutations().is_empty());
    // A word for all questions is none for its own two. What was fenced is kept, and nothing else is done.
    let held = place.run("over.jsonl", "failback", "us-east-1", "back.jsonl");
    let told = String::from_utf8_lossy(&held.stderr).into_owned();
    assert!(held.status.code() == Some(3) && told.contains("--approve failback-divergence"), "{told}");
    assert!(told.contains("nothing compares its two sides") && told.contains("of writes, 20"), "{told}");
    let done: Vec<String> = cloud.mutations().iter().map(|call| call.operation.clone()).collect();
    assert_eq!(done, ["ModifyDBInstance", "AddTagsToResource"]);
    let all = cloud.call("rds", "us-east-1", "describe_db_instances", &serde_json::json!({}));
    let kept = all["DBInstances"].as_array().expect("instances").iter();
    let kept = kept.clone().find(|one| one["DBInstanceIdentifier"].to_string().contains("-fenced-")).expect("kept");
    assert_eq!(kept["DeletionProtection"], true, "{kept}");
    let tags = kept["TagList"].to_string();
    assert!(tags.contains("landfall:run") && tags.contains("landfall:fenced-at"), "{tags}");
    // Settled in words of its own, the replica is made, and nobody has noticed anything.
    let go_on = ["resume", "back.jsonl", "--auto", "--confirm", "us-east-1", "--poll", "300ms", "--approve"];
    let how = ["all", "--divergence", "reconciled by ana, by hand"];
    let held = place.landfall(&[&go_on[..], &how].concat());
    let told = String::from_utf8_lossy(&held.stderr).into_owned();
    assert!(held.status.code() == Some(3) && told.contains("--approve failback-window"), "{told}");
    assert!(told.contains("Users notice for about"), "{told}");
    assert!(told.contains("The return is ready, asked at ") || told.contains("The return is at risk"), "{told}");
    assert_eq!(cloud.mutations().len(), 3, "one replica: {:?}", cloud.mutations());
    // Something at home is not as a step of the return needs it by now: the word is refused with why, and nothing is sent.
    let target = json!({
        "ServiceNamespace": "ecs", "ResourceId": "service/shop/api", "ScalableDimension": "ecs:service:DesiredCount",
    });
    let with = |more: Value| {
        let mut all = target.clone();
        all.as_object_mut().expect("a table").extend(more.as_object().cloned().unwrap_or_default());
        all
    };
    let limits = with(json!({ "MinCapacity": 0, "MaxCapacity": 1 }));
    cloud.call("application-autoscaling", "us-east-1", "register_scalable_target", &limits);
    let so_far = place.done().len();
    let refused = place.landfall(&[&go_on[..], &["all,failback-window"]].concat());
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(refused.status.code() == Some(3) && told.contains("not ready to go back: api: ecs-scalable-max"), "{told}");
    assert!(told.contains("us-west-2 serves: nothing of the return was done"), "{told}");
    assert_eq!(place.done().len(), so_far, "nothing was sent: {told}");
    place.west_serves();
    cloud.call("application-autoscaling", "us-east-1", "deregister_scalable_target", &target);
    // Once it is mended it goes, while somebody looks on who is told nothing but by the cloud.
    let mut going = place.cloud.landfall(place.folder.path());
    going.args([&go_on[..], &["all,failback-window"]].concat()).current_dir(place.folder.path());
    let going = going.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    let (gone, down) = place.watched(going);
    assert_eq!(gone.status.code(), Some(0), "{}", String::from_utf8_lossy(&gone.stderr));
    let report = place.landfall(&["report", "back.jsonl", "--format", "json"]);
    let report: Value = serde_json::from_slice(&report.stdout).expect("a report");
    let said =
        report["way_back"]["clocks"]["downtime_seconds"].as_f64().unwrap_or_else(|| panic!("{}", report["way_back"]));
    let down = down.as_secs_f64();
    assert!(down > 0.0 && down < said + 2.0, "{down} s without a side that takes a write, and it says {said} s");
    let journal = std::fs::read_to_string(place.path("back.jsonl")).expect("a journal");
    let events: Vec<Value> = journal.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let late = place.landfall(&["resume", "early.jsonl", "--auto", "--confirm", "us-east-1", "--approve", "all"]);
    let told = String::from_utf8_lossy(&late.stderr).into_owned();
    assert!(late.status.code() == Some(3) && told.contains("was begun in its place"), "{told}");
    let acts = sent(&events);
    let verdicts = events.iter().filter(|event| event["event"] == "return_judged").count();
    assert!((3..12).contains(&verdicts), "each session asks anew, and says what is new: {verdicts}");
    let (mut once, all) = (acts.clone(), acts.len());
    once.sort();
    once.dedup();
    assert_eq!(once.len(), all, "each is sent once: {acts:#?}");
    let operations: Vec<String> = cloud.mutations().iter().map(|call| call.operation.clone()).collect();
    assert!(operations.iter().all(|operation| !operation.starts_with("Delete")), "{operations:?}");
    assert_eq!(operations.iter().filter(|name| *name == "CreateDBInstanceReadReplica").count(), 2, "{operations:?}");
    let at = |step: &str| acts.iter().position(|act| act.starts_with(step)).expect("it is there");
    assert!(at("orders-db/replica") < at("orders-db/fence"), "a replica before the fence: {acts:#?}");
    assert!(at("orders-db/fence") < at("orders-db/promote"), "never two writers: {acts:#?}");
    assert!(at("api/warm") < at("api/fence"), "the side is warm before anybody is moved: {acts:#?}");
    let settled = events.iter().find(|event| event["gate"] == "divergence" && event["event"] == "gate_passed");
    assert_eq!(settled.expect("it was settled")["answer"]["how"], "ana, by hand");

    // The first world again, but for what is kept.
    let after = cloud.state();
    let orders = |state: &Value, region: &str, name: &str| state["rds"][region][name].clone();
    let (writer, replica) = (orders(&after, "us-east-1", "orders"), orders(&after, "us-west-2", "orders-replica"));
    assert!(writer["source"].is_null(), "{writer}");
    assert!(replica["source"].to_string().contains("orders"), "{replica}");
    for (region, name) in [("us-east-1", "orders-fenced-"), ("us-west-2", "orders-replica-fenced-")] {
        let instances = after["rds"][region].as_object().expect("instances");
        assert!(instances.keys().any(|known| known.starts_with(name)), "{name} is kept: {instances:?}");
    }
    for region in ["us-east-1", "us-west-2"] {
        let service = |state: &Value, what: &str| state["ecs"][region]["shop/api"][what].clone();
        assert_eq!(service(&after, "desired"), service(&before, "desired"), "{region}: {}", after["ecs"]);
    }
    assert_eq!(after["route53"]["Z0SHOP"]["in_sync"], before["route53"]["Z0SHOP"]["in_sync"]);

    // A second failback of the run before is refused; what it stands at is said.
    let again = place.run("over.jsonl", "failback", "us-east-1", "again.jsonl");
    assert_eq!(again.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&again.stderr).contains("begun already"));

    // And over once more, by the very same plan. What is kept has the minute of its run in its name, and this is soon after.
    let instances = after["rds"]["us-east-1"].as_object().expect("instances").clone();
    for fenced in instances.keys().filter(|name| name.contains("-fenced-")) {
        let rename = serde_json::json!({
            "DBInstanceIdentifier": fenced, "NewDBInstanceIdentifier": "orders-kept", "ApplyImmediately": true,
        });
        cloud.call("rds", "us-east-1", "modify_db_instance", &rename);
        while !cloud.state()["rds"]["us-east-1"][fenced].is_null() {
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
    }
    let plan = std::fs::read_to_string(place.path("shop.toml")).expect("it reads");
    assert_eq!(plan, PLAN);
    place.goes("shop.toml", "switchover", "us-west-2", "once-more.jsonl");
}

/// What differs from the first world once it is gone back: what is kept, and what the cloud itself counts.
fn is_kept(way: &str) -> bool {
    ["/rds/us-east-1/orders-fenced-", "/rds/us-west-2/orders-replica-fenced-", "/changes/"]
        .iter()
        .any(|kept| way.starts_with(kept))
        || ["/clusters/us-east-1/ledger-east/snapshots/", "/global_clusters/ledger/history"]
            .iter()
            .any(|kept| way.starts_with(kept))
}

fn differences(way: &str, first: &Value, last: &Value, differ: &mut Vec<String>) {
    match (first, last) {
        (Value::Object(old), Value::Object(new)) => {
            let names: std::collections::BTreeSet<&String> = old.keys().chain(new.keys()).collect();
            for name in names {
                let of = |tree: &serde_json::Map<String, Value>| tree.get(name).cloned().unwrap_or_default();
                differences(&format!("{way}/{name}"), &of(old), &of(new), differ);
            }
        }
        (old, new) if old == new || is_kept(way) => {}
        (old, new) => differ.push(format!("{way}: {new}, was {old}")),
    }
}

#[test]
fn a_region_that_comes_back_late_and_goes_once_more_is_gone_back_to_and_only_what_is_kept_differs() {
    let place = Place::with_a_ledger();
    let cloud = &place.cloud;
    let first = cloud.state();
    let dark = json!({ "service": "rds", "region": "us-east-1", "kind": "drop" });
    cloud.fault(&dark);
    place.goes_dark_and_owes();
    cloud.mend_all();
    cloud.clear_calls();
    // It is late: what is owed is paid first, at the word of the way back; what only it held is kept.
    // What differs is told of each store by its own program, which is given what is kept of it.
    let held = place.run("over.jsonl", "failback", "us-east-1", "back.jsonl");
    let told = String::from_utf8_lossy(&held.stderr).into_owned();
    assert!(held.status.code() == Some(3) && told.contains("orders-db: found: 3 rows"), "{told}");
    assert!(told.contains("first of all what run ") && told.contains("still owes: fence the old orders-db"), "{told}");
    assert!(place.instance("us-east-1", "orders").is_null(), "fenced");
    let renamed = || {
        let calls = cloud
            .mutations()
            .into_iter()
            .filter(|call| call.parameters.to_string().contains("NewDBInstanceIdentifier"));
        calls.map(|call| call.region).collect::<Vec<_>>()
    };
    assert_eq!(renamed(), ["us-east-1"], "once");
    let plan = std::fs::read_to_string(place.path("back.jsonl")).expect("a journal");
    assert!(plan.contains("landfall-ledger-east-"), "what the payment kept is in the plan: {plan}");
    // Paid, it is not paid again.
    let paid = place.landfall(&["debts", "over.jsonl", "--pay"]);
    let told_now = String::from_utf8_lossy(&paid.stderr).into_owned();
    assert!(told_now.contains("owes nothing") && renamed().len() == 1, "{told_now}");
    assert!(!told.contains("ledger: "), "nothing was found of it: {told}");
    let compared = std::fs::read_to_string(place.path("compared")).expect("both were compared");
    let mut compared: Vec<&str> = compared.lines().collect();
    compared.sort_unstable();
    let [ledger, orders] = compared[..] else { panic!("each once: {compared:?}") };
    assert!(
        ledger.starts_with("ledger||landfall-ledger-east-") && ledger.contains("|us-east-1|ledger-west."),
        "{ledger}"
    );
    assert!(orders.starts_with("orders-db|orders-fenced-") && orders.contains("|||orders-replica."), "{orders}");
    let kept = cloud.call("rds", "us-east-1", "describe_db_cluster_snapshots", &json!({}));
    let kept = kept["DBClusterSnapshots"].as_array().expect("snapshots").iter();
    let kept =
        kept.clone().find(|one| one["DBClusterSnapshotIdentifier"].to_string().contains("\"landfall-")).expect("kept");
    let run = serde_json::from_str::<Value>(
        std::fs::read_to_string(place.path("over.jsonl")).expect("it reads").lines().next().expect("a header"),
    )
    .expect("JSON")["run"]
        .clone();
    let tags = kept["TagList"].as_array().expect("tags").iter();
    assert!(tags.clone().any(|tag| tag["Key"] == "landfall:run" && tag["Value"] == run), "{kept}");
    place.west_serves();

    // It goes again while the replica is made, and comes back: nothing is sent twice, and nobody has noticed.
    cloud.fault(&json!({ "service": "rds", "region": "us-east-1", "kind": "reply-lost", "operation": "CreateDBInstanceReadReplica", "times": 1 }));
    let again = cloud.fault(&json!({ "service": "rds", "region": "us-east-1", "kind": "drop", "operation": "DescribeDBInstances", "times": 12 }));
    let (code, told) = place.goes_on(&["all", "--divergence", "reconciled by ana, by hand"]);
    assert!(code == Some(3) && told.contains("--approve failback-window"), "{told}");
    cloud.mend(&again);
    let of_east = "CreateDBInstanceReadReplica us-east-1";
    assert_eq!(place.done().iter().filter(|done| *done == of_east).count(), 1, "{:?}", place.done());
    place.west_serves();
    let (code, told) = place.goes_on(&["all,failback-window"]);
    assert!(code == Some(0) && told.contains("us-east-1 serves"), "{told}");

    // By the cloud: each once, nothing deleted, and each new writer behind the end of the old one.
    let done = place.done();
    assert!(!done.iter().any(|operation| operation.starts_with("Delete")), "{done:?}");
    let all: std::collections::BTreeSet<String> = cloud
        .mutations()
        .iter()
        .map(|call| format!("{} {} {}", call.region, call.operation, call.parameters))
        .collect();
    assert_eq!(all.len(), cloud.mutations().len(), "each once: {done:?}");
    let at = |what: &str| done.iter().position(|done| done == what).unwrap_or_else(|| panic!("no {what}: {done:?}"));
    assert!(at("ModifyDBInstance us-west-2") < at("PromoteReadReplica us-east-1"), "{done:?}");
    assert!(at("UpdateService us-west-2") < at("SwitchoverGlobalCluster us-west-2"), "{done:?}");
    let mut differ = Vec::new();
    differences("", &first, &cloud.state(), &mut differ);
    assert!(differ.is_empty(), "{differ:#?}");
    // What it came to is measured beside what was promised.
    let report = place.landfall(&["report", "back.jsonl"]);
    let report = String::from_utf8_lossy(&report.stdout).into_owned();
    for says in [
        "## Not reconciled",
        "found: 3 rows",
        "none found",
        "writes lost by the return",
        "evidence of the way there kept",
        "3 of 3",
    ] {
        assert!(report.contains(says), "{says} is not in:\n{report}");
    }
}

#[test]
fn a_name_that_is_taken_and_a_replica_that_cannot_be_made_end_before_anybody_notices() {
    let place = Place::on_the_test_cloud();
    let cloud = &place.cloud;
    place.goes("shop.toml", "failover", "us-west-2", "over.jsonl");
    let stranger = json!({
        "DBInstanceIdentifier": "stranger", "DBInstanceClass": "db.t3.micro", "Engine": "postgres", "AllocatedStorage": 20,
        "MasterUsername": "ana", "MasterUserPassword": "not-a-secret", "BackupRetentionPeriod": 0,
    });
    cloud.call("rds", "us-east-1", "create_db_instance", &stranger);
    place.renames("stranger", "orders");
    cloud.clear_calls();
    // Somebody else's has the name: no word starts it.
    let refused = place.run("over.jsonl", "failback", "us-east-1", "back.jsonl");
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(refused.status.code() == Some(3) && told.contains("orders is there already, and is no replica"), "{told}");
    assert!(told.contains("rds-replica-name") && cloud.mutations().is_empty(), "{told}");
    // It cannot be made: said by the cloud's own word, and who serves goes on.
    place.renames("orders", "stranger");
    let quota = json!({ "kind": "error", "service": "rds", "operation": "CreateDBInstanceReadReplica", "code": "StorageQuotaExceeded", "status": 400 });
    let quota = cloud.fault(&quota);
    let (code, told) = place.goes_on(&["all,failback-divergence"]);
    assert!(code == Some(4) && told.contains("StorageQuotaExceeded") && told.contains("nothing was changed"), "{told}");
    assert!(told.contains("us-west-2 serves: nothing of the return was done"), "{told}");
    place.west_serves();
    cloud.mend(&quota);
    // Taken once more, behind the start: found before anything is sent.
    place.renames("stranger", "orders");
    let sent = cloud.mutations().len();
    let retry = ["all", "--retry", "orders-db/replica"];
    let (code, told) = place.goes_on(&retry);
    assert!(code == Some(4) && told.contains("precheck rds-replica-name"), "{told}");
    assert_eq!(cloud.mutations().len(), sent, "{told}");
    place.renames("orders", "stranger");
    // Made, and failed: what would help is said, and is for a person to do.
    cloud.stages(&json!({ "default": 0.2, "rds.create": 30 }));
    let making = {
        let mut command = cloud.landfall(place.folder.path());
        let go_on = ["resume", "back.jsonl", "--auto", "--confirm", "us-east-1", "--poll", "300ms", "--approve"];
        command.args(go_on).args(retry).current_dir(place.folder.path());
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts")
    };
    while place.instance("us-east-1", "orders").is_null() {
        std::thread::sleep(Duration::from_millis(50));
    }
    cloud.knob(&json!({ "knob": "instance-status", "region": "us-east-1", "instance": "orders", "status": "failed" }));
    let failed = making.wait_with_output().expect("it ends");
    let told = String::from_utf8_lossy(&failed.stderr).into_owned();
    assert!(failed.status.code() == Some(4) && told.contains("orders is failed"), "{told}");
    assert!(told.contains("delete-db-instance --region us-east-1 --db-instance-identifier orders"), "{told}");
    assert!(!place.done().iter().any(|done| done.starts_with("Delete")), "{:?}", place.done());
    place.west_serves();
    let gone = json!({ "DBInstanceIdentifier": "orders", "SkipFinalSnapshot": true });
    cloud.call("rds", "us-east-1", "delete_db_instance", &gone);
    while !place.instance("us-east-1", "orders").is_null() {
        std::thread::sleep(Duration::from_millis(50));
    }
    cloud.stages(&json!({ "rds.create": 0.2 }));
    let (code, told) = place.goes_on(&retry);
    assert!(code == Some(3) && told.contains("--approve failback-window"), "{told}");
    let made = place.instance("us-east-1", "orders");
    assert!(made["ReadReplicaSourceDBInstanceIdentifier"].to_string().contains("db:orders-replica"), "{made}");
    place.west_serves();
}

#[test]
fn where_the_region_goes_dark_again_who_serves_is_said_and_a_word_has_the_other_serve_within_a_minute() {
    let place = Place::on_the_test_cloud();
    let cloud = &place.cloud;
    place.goes("shop.toml", "failover", "us-west-2", "over.jsonl");
    cloud.clear_calls();
    let dark = json!({ "region": "us-east-1", "kind": "drop" });
    let evidence = |place: &Place| {
        let all = place.cloud.state();
        let kept =
            all["rds"]["us-east-1"].as_object().expect("instances").keys().any(|id| id.starts_with("orders-fenced-"));
        assert!(kept, "{}", all["rds"]);
    };
    // At the end of the first part: nobody goes back into it, and nothing has to be done for who serves.
    let held = place.run("over.jsonl", "failback", "us-east-1", "back.jsonl");
    assert_eq!(held.status.code(), Some(3), "{}", String::from_utf8_lossy(&held.stderr));
    let (code, told) = place.goes_on(&["all", "--divergence", "reconciled by ana, by hand"]);
    assert!(code == Some(3) && told.contains("--approve failback-window"), "{told}");
    let (fault, sent) = (cloud.fault(&dark), place.done().len());
    let (code, told) = place.goes_on(&["all,failback-window"]);
    assert!(code == Some(3) && told.contains("not ready to go back"), "{told}");
    assert!(told.contains("us-west-2 serves: nothing of the return was done"), "{told}");
    assert_eq!(place.done().len(), sent, "{told}");
    place.west_serves();
    cloud.mend(&fault);

    // In the second: before anything is promoted the word takes nothing that was written, behind it what was written since.
    let no =
        |operation: &str, service: &str| json!({ "kind": "access-denied", "service": service, "operation": operation });
    // The second of them waits out three more silences: it is gone through by LANDFALL_EVERY_CUT=1, as all cuts of the engine are.
    let cases = if std::env::var_os("LANDFALL_EVERY_CUT").is_some() { 2 } else { 1 };
    for (refused, past, says) in [
        (no("PromoteReadReplica", "rds"), None, "us-west-2 was being stopped: rolled back, it serves again"),
        (
            no("ChangeResourceRecordSets", "route53"),
            Some("it failed again"),
            "rolled back past the point, us-west-2 serves as it was",
        ),
    ]
    .into_iter()
    .take(cases)
    {
        let journal = if past.is_some() { "again.jsonl" } else { "back.jsonl" };
        if past.is_some() {
            let held = place.run("over.jsonl", "failback", "us-east-1", journal);
            assert_eq!(held.status.code(), Some(3), "{}", String::from_utf8_lossy(&held.stderr));
        }
        let stops = cloud.fault(&refused);
        let go_on = ["resume", journal, "--auto", "--confirm", "us-east-1", "--poll", "300ms", "--approve"];
        let more = ["all,failback-window", "--divergence", "reconciled by ana, by hand"];
        let stopped = place.landfall(&[&go_on[..], &more].concat());
        let told = String::from_utf8_lossy(&stopped.stderr).into_owned();
        assert!(stopped.status.code() == Some(4) && told.contains(says), "{told}");
        cloud.mend(&stops);
        let fault = cloud.fault(&dark);
        let began = std::time::Instant::now();
        let mut word = vec!["rollback", journal, "--auto", "--confirm", "us-east-1", "--poll", "300ms"];
        word.extend(past.into_iter().flat_map(|why| ["--past-the-point", why]));
        let mut back = place.cloud.landfall(place.folder.path());
        let back = back.args(&word).current_dir(place.folder.path()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut back = back.spawn().expect("it starts");
        let serves = |place: &Place| {
            let writer = place.instance("us-west-2", "orders-replica");
            writer["DBInstanceStatus"] == "available"
                && place.cloud.state()["ecs"]["us-west-2"]["shop/api"]["running"] == 3
        };
        while !serves(&place) {
            assert!(began.elapsed() < Duration::from_secs(60), "within a minute");
            std::thread::sleep(Duration::from_millis(200));
        }
        if past.is_some() {
            // Whoever went back need not be there for the rest of it.
            back.kill().expect("it runs");
        }
        let ended = back.wait_with_output().expect("it ends");
        let told = String::from_utf8_lossy(&ended.stderr).into_owned();
        let is_told =
            ended.status.code() == Some(4) && told.contains("us-west-2 serves: nothing of the return was done");
        assert!(past.is_some() || is_told, "{told}");
        place.west_serves();
        evidence(&place);
        cloud.mend(&fault);
        // What stands in the region that was silent is taken back once it answers: said as that, and not before.
        let mut done = place.landfall(&word);
        if past.is_some() && done.status.code() == Some(4) {
            // What the killed one had left as unknown is said by whoever comes first, and taken back by the next word.
            let told = String::from_utf8_lossy(&done.stderr).into_owned();
            assert!(told.contains("UNDO UNKNOWN") && told.contains("landfall rollback again.jsonl"), "{told}");
            done = place.landfall(&word);
        }
        assert_eq!(done.status.code(), Some(5), "{told}{}", String::from_utf8_lossy(&done.stderr));
        place.west_serves();
    }
    let done = place.done();
    assert!(!done.iter().any(|operation| operation.starts_with("Delete")), "{done:?}");
}

#[test]
fn what_cannot_be_gone_back_from_says_why() {
    let home = tempfile::tempdir().expect("a folder");
    let recordings = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("recordings");
    let (mut seen, mut derived) = (0, 0);
    for entry in std::fs::read_dir(recordings).expect("recordings") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "jsonl") {
            continue;
        }
        let mut command = Command::new(env!("CARGO_BIN_EXE_landfall"));
        let refused = command.env("HOME", home.path()).arg("failback").arg(&path).output().expect("it starts");
        let told = String::from_utf8_lossy(&refused.stderr).into_owned();
        if refused.status.code() == Some(0) {
            // Over, and nothing owed: every kind of it has a way back.
            let plan = String::from_utf8_lossy(&refused.stdout).into_owned();
            assert!(plan.contains("[application.from_run]") && told.contains("kept"), "{}: {plan}", path.display());
            derived += 1;
            continue;
        }
        assert_eq!(refused.status.code(), Some(3), "{}: {told}", path.display());
        let reasons = [
            "still owes",
            "(ecs)",
            "not over",
            "rolled back",
            "has no way back",
            "yet",
            "not known",
            "where it stood",
            "journal",
        ];
        assert!(reasons.iter().any(|reason| told.contains(reason)), "{}: {told}", path.display());
        assert!(refused.stdout.is_empty(), "nothing is printed beside a refusal");
        seen += 1;
    }
    assert!(seen > 3 && derived > 0, "{seen} refused, {derived} derived");
}
