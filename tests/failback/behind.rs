//! The region fails once more behind the return: the first plan's own failover is what is said, and it completes; and what is
//! left of the failback never touches the side that serves from then on.

use crate::place::Place;
use serde_json::json;

#[test]
fn the_first_plans_failover_is_what_is_said_behind_the_return_and_what_is_left_of_that_is_refused_for_good() {
    let place = Place::on_the_test_cloud();
    let cloud = &place.cloud;
    place.goes("shop.toml", "failover", "us-west-2", "over.jsonl");
    let held = place.run("over.jsonl", "failback", "us-east-1", "back.jsonl");
    assert_eq!(held.status.code(), Some(3), "{}", String::from_utf8_lossy(&held.stderr));
    // All of the return is done, and of what follows it one step is refused.
    let (code, told) = place.goes_on(&["failback-window", "--divergence", "reconciled by ana, by hand"]);
    assert!(code == Some(3) && told.contains("Do orders arrive?"), "{told}");
    let denied =
        json!({ "kind": "access-denied", "service": "ecs", "region": "us-west-2", "operation": "UpdateService" });
    let denied = cloud.fault(&denied);
    let (code, told) = place.goes_on(&["all"]);
    assert!(code == Some(4) && told.contains("make the old api a standby again"), "{told}");
    assert!(told.contains("a failover of the application, by its own plan"), "which way there is now: {told}");
    cloud.mend(&denied);
    assert!(place.instance("us-west-2", "orders-replica")["ReadReplicaSourceDBInstanceIdentifier"].is_string());

    // Dark again: by the plan as it always was.
    let dark = cloud.fault(&json!({ "region": "us-east-1", "kind": "drop" }));
    let again = place.run("shop.toml", "failover", "us-west-2", "again.jsonl");
    let told = String::from_utf8_lossy(&again.stderr).into_owned();
    assert_eq!(again.status.code(), Some(0), "{told}");
    assert!(told.contains("is open, and nobody drives it"), "{told}");
    place.west_serves();
    assert_eq!(cloud.state()["ecs"]["us-west-2"]["shop/api"]["running"], 3);
    let zone = cloud.state()["route53"]["Z0SHOP"].to_string();
    assert!(zone.contains("api.us-west-2.example.com"), "{zone}");
    let events = std::fs::read_to_string(place.path("again.jsonl")).expect("a journal");
    let events: Vec<serde_json::Value> =
        events.lines().map(|line| serde_json::from_str(line).expect("each is JSON")).collect();
    let at = |found: &dyn Fn(&serde_json::Value) -> bool| -> jiff::Timestamp {
        let event = events.iter().find(|event| found(event)).expect("it is there");
        event["at"].as_str().and_then(|at| at.parse().ok()).expect("a time")
    };
    let started = at(&|event| event["event"] == "started");
    let promoting = at(&|event| event["event"] == "step_acting" && event["step"] == "orders-db/promote");
    assert!(promoting.duration_since(started).as_secs() < 60);

    // What is left of the failback would stop it: refused while it is dark and behind that, forward and backward.
    let sent = place.done().len();
    for light in [false, true] {
        if light {
            cloud.mend(&dark);
        }
        let (code, told) = place.goes_on(&["all", "--retry", "api/standby"]);
        assert!(code == Some(3) && told.contains("us-east-1 failed again: run "), "{told}");
        let word = ["rollback", "back.jsonl", "--auto", "--confirm", "us-west-2", "--past-the-point", "it failed"];
        let back = place.landfall(&word);
        let told = String::from_utf8_lossy(&back.stderr).into_owned();
        assert!(back.status.code() == Some(3) && told.contains("us-east-1 failed again: run "), "{told}");
    }
    assert_eq!(place.done().len(), sent, "nothing was sent");
    place.west_serves();
}
