//! What a plan's newest snapshot tells beside what is asked: only of an application that somebody captures.

use crate::names::NAMES;
use crate::planted::{EAST, Findings, Ready};
use serde_json::json;

fn of_snapshots(ready: &Ready) -> Findings {
    let is_its = |code: &str| landfall::service::posture::rules().any(|rule| rule.code == code);
    ready.findings().into_iter().filter(|((code, _), _)| is_its(code)).collect()
}

fn capture(ready: &Ready) {
    let mut command = ready.cloud.landfall(ready.folder.path());
    let told = command.arg("capture").arg(ready.folder.path().join("plan.toml")).output().expect("it runs");
    assert!(matches!(told.status.code(), Some(0 | 3)), "{told:?}");
}

#[test]
fn a_snapshot_tells_of_how_the_application_is_set_up_at_home() {
    let mut ready = Ready::open(NAMES, |_| {});
    let level = |found: &Findings, code: &str| {
        found.get(&(code.to_owned(), String::new())).map(|(level, found)| format!("{level}: {found}"))
    };
    assert_eq!(of_snapshots(&ready), Findings::new(), "nobody captures it");
    ready.planned(format!("{NAMES}\n[capture]\ntags = {{ Project = \"shop\" }}\n"));
    let none = of_snapshots(&ready);
    assert_eq!(none.len(), 1);
    let told = level(&none, "snapshot-age").expect("it is told");
    assert!(told.starts_with("unknown: no snapshot of us-east-1"), "{told}");

    let (name, tags) = ("shop-files", json!({ "TagSet": [{ "Key": "Project", "Value": "shop" }] }));
    ready.cloud.call("s3", EAST, "create_bucket", &json!({ "Bucket": name }));
    ready.cloud.call("s3", EAST, "put_bucket_tagging", &json!({ "Bucket": name, "Tagging": tags }));
    let versions = |status: &str| {
        let versions = json!({ "Bucket": name, "VersioningConfiguration": { "Status": status } });
        ready.cloud.call("s3", EAST, "put_bucket_versioning", &versions);
    };
    versions("Enabled");
    capture(&ready);
    let fine = of_snapshots(&ready);
    assert!(level(&fine, "snapshot-age").is_some_and(|told| told.starts_with("ok: of 2")), "{fine:?}");
    assert_eq!(level(&fine, "bucket-versioned").as_deref(), Some("ok: 1 looked at"), "{fine:?}");
    // What carries the application's tags, and no step of the plan moves.
    assert_eq!(level(&fine, "plan-covers"), Some(format!("failing: bucket {name}")), "{fine:?}");
    versions("Suspended");
    assert_eq!(of_snapshots(&ready), fine, "it is as old as the snapshot, and says so");
    capture(&ready);
    let bad = of_snapshots(&ready);
    assert_eq!(level(&bad, "bucket-versioned"), Some(format!("failing: {name}: Suspended")), "{bad:?}");
}
