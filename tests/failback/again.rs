//! The region that was gone back to fails again, comes late, or does not take what is to be made there.

use crate::place::Place;
use serde_json::{Value, json};
use std::process::Stdio;
use std::time::Duration;

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
        // So is what the killed one had left as unknown, by the first word that comes.
        let done = place.landfall(&word);
        assert_eq!(done.status.code(), Some(5), "{told}{}", String::from_utf8_lossy(&done.stderr));
        place.west_serves();
    }
    let done = place.done();
    assert!(!done.iter().any(|operation| operation.starts_with("Delete")), "{done:?}");
}
