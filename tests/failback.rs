//! The way back, by the binary: failover, its derived plan, failback, and the first plan valid and unchanged again; on the test
//! cloud by what that cloud says, and on the simulated one.

#[path = "failback/again.rs"]
mod again;
#[path = "failback/behind.rs"]
mod behind;
#[path = "failback/place.rs"]
mod place;
#[path = "failback/settings.rs"]
mod settings;
mod support;

use place::{Place, sent};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::{Command, Stdio};

const PLAN: &str = include_str!("plans/failback.toml");

#[test]
fn there_and_back_and_the_first_plan_is_valid_again() {
    let place = Place::on_the_test_cloud();
    let cloud = &place.cloud;
    let set_up = settings::set_apart(cloud);
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
    let done: Vec<String> = cloud.mutations().into_iter().map(|call| call.operation).skip(2).collect();
    assert_eq!(
        done,
        ["CreateDBInstanceReadReplica", "ModifyDBInstance"],
        "one replica, and what it cannot be made with"
    );
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
    let differ = settings::differing(cloud, &set_up);
    assert!(differ.is_empty(), "{differ:#?}");
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
