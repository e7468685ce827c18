//! What a plan's newest snapshot tells beside what is asked: only of an application that somebody captures.

use crate::names::NAMES;
use crate::planted::{EAST, Findings, Ready, WEST};
use serde_json::{Value, json};

fn of_snapshots(ready: &Ready) -> Findings {
    let is_its = |code: &str| landfall::service::posture::rules().any(|rule| rule.code == code);
    ready.findings().into_iter().filter(|((code, _), _)| is_its(code)).collect()
}

fn capture(ready: &Ready) {
    captured_of(ready, "primary");
}

fn captured_of(ready: &Ready, region: &str) {
    let mut command = ready.cloud.landfall(ready.folder.path());
    command.arg("capture").arg(ready.folder.path().join("plan.toml")).args(["--region", region]);
    let told = command.output().expect("it runs");
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

/// What a state declares of the bucket.
fn state(ready: &Ready, status: &str) {
    let one = |class: &str, attributes: Value| {
        json!({ "mode": "managed", "type": class, "name": "files", "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]",
            "instances": [{ "schema_version": 0, "attributes": attributes }] })
    };
    let (id, arn) = ("shop-files", "arn:aws:s3:::shop-files");
    let tags = json!({ "Project": "shop" });
    let bucket = one("aws_s3_bucket", json!({ "bucket": id, "id": id, "arn": arn, "region": EAST, "tags": tags }));
    let versions = json!({ "bucket": id, "id": id, "versioning_configuration": [{ "status": status }] });
    let versions = one("aws_s3_bucket_versioning", versions);
    let state = json!({ "version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "x", "outputs": {},
        "resources": [bucket, versions] });
    std::fs::write(ready.folder.path().join("shop.tfstate"), state.to_string()).expect("written");
}

/// What code declares, what registries have, and what nobody ever tried: each with one fault, green without it, and unknown where
/// it is not told.
#[test]
fn a_snapshot_tells_of_code_of_images_and_of_what_nobody_tried() {
    let mut ready = Ready::open(NAMES, |_| {});
    let (name, tags) = ("shop-files", json!({ "TagSet": [{ "Key": "Project", "Value": "shop" }] }));
    ready.cloud.call("s3", EAST, "create_bucket", &json!({ "Bucket": name }));
    ready.cloud.call("s3", EAST, "put_bucket_tagging", &json!({ "Bucket": name, "Tagging": tags }));
    let versions = json!({ "Bucket": name, "VersioningConfiguration": { "Status": "Enabled" } });
    ready.cloud.call("s3", EAST, "put_bucket_versioning", &versions);
    let digest = ready.cloud.image(EAST, "shop", "v1");
    let image = format!("123456789012.dkr.ecr.us-east-1.amazonaws.com/shop@{digest}");
    let container = json!({ "name": "api", "image": image, "memory": 128, "essential": true });
    let definition = json!({ "family": "api", "containerDefinitions": [container] });
    ready.cloud.call("ecs", EAST, "register_task_definition", &definition);
    let also = "arn:aws:ecs:us-east-1:123456789012:task-definition/api:1";
    let of = |more: &str| format!("{NAMES}\n[capture]\ntags = {{ Project = \"shop\" }}\nalso = [\"{also}\"]\n{more}");
    let level = |found: &Findings, code: &str| {
        let (level, found) = &found[&(code.to_owned(), String::new())];
        format!("{level}: {found}")
    };
    let (undeclared, reverted, drilled) = ("drift-undeclared", "drift-would-revert", "restore-never-drilled");
    let images = "image-digest-in-recovery";

    ready.planned(of(""));
    ready.check(&[]);
    capture(&ready);
    let none = of_snapshots(&ready);
    for code in [undeclared, reverted] {
        assert!(level(&none, code).starts_with("unknown: nothing says what is declared"), "{none:?}");
    }
    assert!(level(&none, drilled).starts_with("unknown: no run that is known here built it"), "{none:?}");
    assert_eq!(
        level(&none, images),
        format!(
            "failing: shop:{} (of api) is not in us-west-2: nothing replicates its repository there",
            &digest[..19]
        ),
        "{none:?}"
    );

    // Its own words are those of the registries of now, as old as the snapshot is.
    assert_eq!(ready.cloud.image(WEST, "shop", "v1"), digest, "the same image");
    ready.planned(of("terraform = [\"shop.tfstate\"]\n"));
    captured_of(&ready, "recovery");
    state(&ready, "Enabled");
    let fine = of_snapshots(&ready);
    assert_eq!(level(&fine, images), "ok: 1 looked at", "{fine:?}");
    assert!(level(&fine, reverted).starts_with("ok: "), "{fine:?}");
    assert!(level(&fine, undeclared).contains("task-definition api"), "{fine:?}");
    assert!(
        level(&fine, drilled).starts_with("failing: no run that is known here built it, and nothing in us-west-2"),
        "{fine:?}"
    );
    state(&ready, "Suspended");
    assert!(
        level(&of_snapshots(&ready), reverted)
            .starts_with("failing: terraform apply of aws_s3_bucket_versioning.files sets")
    );
    std::fs::write(ready.folder.path().join("shop.tfstate"), "{}").expect("written");
    assert!(level(&of_snapshots(&ready), reverted).starts_with("unknown: "), "a state that cannot be read");

    for kind in ["access-denied", "throttle", "hang"] {
        let fault = ready.cloud.fault(&json!({ "kind": kind, "service": "ecr" }));
        assert!(level(&of_snapshots(&ready), images).starts_with("unknown: shop:sha256:"), "{kind}");
        ready.cloud.mend(&fault);
    }
}
