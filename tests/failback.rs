//! The way back, by the binary: failover, its derived plan, failback, and the first plan valid and unchanged again; on the test
//! cloud by what that cloud says, and on the simulated one.

mod support;

use serde_json::Value;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use support::cloud::TestCloud;

const PLAN: &str = include_str!("plans/failback.toml");

/// A folder with the plan in it, and where commands run.
struct Place {
    folder: tempfile::TempDir,
    cloud: TestCloud,
}

impl Place {
    fn on_the_test_cloud() -> Self {
        let cloud = TestCloud::start();
        cloud.seed(PLAN);
        cloud.stages(&serde_json::json!({ "default": 0.2 }));
        cloud.clear_calls();
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("shop.toml"), PLAN).expect("it writes");
        Self { folder, cloud }
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
    assert_eq!(cloud.mutations().len(), 3, "one replica: {:?}", cloud.mutations());
    let gone = place.landfall(&[&go_on[..], &["all,failback-window"]].concat());
    assert_eq!(gone.status.code(), Some(0), "{}", String::from_utf8_lossy(&gone.stderr));
    let journal = std::fs::read_to_string(place.path("back.jsonl")).expect("a journal");
    let events: Vec<Value> = journal.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let late = place.landfall(&["resume", "early.jsonl", "--auto", "--confirm", "us-east-1", "--approve", "all"]);
    let told = String::from_utf8_lossy(&late.stderr).into_owned();
    assert!(late.status.code() == Some(3) && told.contains("was begun in its place"), "{told}");
    let acts = sent(&events);
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
