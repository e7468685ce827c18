//! The Inventory screen: what was captured, at every size; what could not be read, and what is not there.

mod console_stage;

use console_stage::*;
use landfall::console::inventory::{Captured, Inventory};
use landfall::console::look::Glyphs;
use landfall::snapshot::Snapshot;
use landfall::text::Clean;
use serde_json::{Value, json};
use std::sync::Arc;

fn resource(kind: &str, id: &str, because: &str, needs: &[&str], config: Value) -> Value {
    let arn = format!("arn:aws:x:us-east-1:123456789012:{kind}/{id}");
    json!({ "kind": kind, "id": id, "arn": arn, "name": id, "because": because, "managed_by": "?", "needs": needs, "config": config })
}

/// A snapshot as `landfall capture` keeps it, with one thing unread, one outside and one that a cloud calls strangely.
fn snapshot() -> Snapshot {
    let mut shared = resource("iam-role", "ecs-task", "task-definition/api:7 TaskRoleArn", &[], json!({ "Path": "/" }));
    shared["shared"] = json!(true);
    let resources = [
        resource("vpc", "vpc-0a1", "tagged", &[], json!({ "CidrBlock": "10.0.0.0/16" })),
        resource("subnet", "subnet-0b2", "tagged", &["vpc/vpc-0a1"], json!({ "CidrBlock": "10.0.1.0/24" })),
        shared,
        resource(
            "db-instance",
            "orders-use1",
            "plan component orders-db",
            &["subnet/subnet-0b2"],
            json!({ "DBInstanceClass": "db.r6g.large", "MultiAZ": true, "Tags": { "team": "\u{1b}[31mred" } }),
        ),
        resource("ecs-service", "shop/api", "plan component api", &["iam-role/ecs-task"], json!({ "DesiredCount": 4 })),
        resource("zone", "Z1", "ecs-service/shop/api mentions", &[], json!({})),
    ];
    let text = json!({
        "format": "landfall-snapshot", "version": 1, "application": "storefront", "account": "123456789012",
        "partition": "aws", "region": "us-east-1", "complete": false, "resources": resources,
        "outside": [{ "from": "subnet/subnet-0b2", "to": "pcx-9", "why": "peering is not captured" }],
        "gaps": [{ "ref": "bucket/receipts", "operation": "GetBucketPolicy", "error": "AccessDenied" }],
    });
    Snapshot::read(&text.to_string()).expect("a snapshot")
}

fn there() -> Inventory {
    let at = declared_at() - jiff::SignedDuration::from_secs(7_500);
    Inventory::There(Arc::new(Captured::of(&snapshot(), "20261127T010203Z-0123456789ab.json", at)))
}

#[test]
fn what_was_captured_is_shown_at_every_size() {
    for (width, height) in [(160, 48), (120, 36), (80, 24), (60, 20), (40, 10)] {
        let (mut app, _orders) = opened().commander(Glyphs::Unicode);
        app.take_inventory(Some(there()));
        screen(&mut app, width, height);
        press(&mut app, "7");
        let shown = screen(&mut app, width, height);
        assert!(shown.contains("1 not read"), "what was not read stands in every title: {shown}");
        assert!(!shown.contains('\u{1b}'), "{shown}");
        insta::assert_snapshot!(format!("inventory_{width}x{height}"), shown);
    }
}

#[test]
fn the_whole_of_a_thing_is_a_key_away_and_a_filter_finds_it() {
    let (mut app, _orders) = opened().commander(Glyphs::Unicode);
    app.take_inventory(Some(there()));
    screen(&mut app, 120, 36);
    press(&mut app, "7/orders-use1<Enter>");
    let found = screen(&mut app, 120, 36);
    assert!(found.contains("orders-use1") && !found.contains("pcx-9"), "{found}");
    press(&mut app, "<Enter>");
    let details = screen(&mut app, 120, 48);
    for wanted in ["aws_db_instance", "subnet/subnet-0b2", "db.r6g.large", "plan component orders-db"] {
        assert!(details.contains(wanted), "{wanted}: {details}");
    }
}

#[test]
fn what_is_chosen_goes_along_from_screen_to_screen() {
    let (mut app, _orders) = opened().commander(Glyphs::Unicode);
    app.take_inventory(Some(there()));
    screen(&mut app, 120, 36);
    press(&mut app, "7/orders-use1<Enter>");
    screen(&mut app, 120, 36);
    press(&mut app, "4");
    let shown = screen(&mut app, 120, 36);
    assert!(shown.contains("orders-db"), "{shown}");
}

#[test]
fn without_a_snapshot_it_says_how_one_is_taken_and_without_a_store_the_screen_is_not_there() {
    let (mut app, _orders) = opened().commander(Glyphs::Unicode);
    screen(&mut app, 80, 24);
    press(&mut app, "7");
    let none = screen(&mut app, 80, 24);
    assert!(none.contains("takes a snapshot") && none.contains("Components"), "it stays where it was: {none}");
    for (known, wanted) in [
        (Inventory::None { store: Clean::new("snapshots/storefront") }, "there is no snapshot of this application"),
        (Inventory::Unreadable { why: Clean::new("the snapshot x.json cannot be read") }, "landfall snapshot verify"),
    ] {
        app.take_inventory(Some(known));
        press(&mut app, "7");
        let shown = screen(&mut app, 80, 24);
        assert!(shown.contains(wanted), "{shown}");
        // Nothing is chosen, and nothing of it can be opened or copied.
        press(&mut app, "<Enter><Esc>y");
        screen(&mut app, 30, 5);
    }
}

#[test]
fn a_newer_snapshot_takes_the_place_of_the_one_that_is_shown() {
    let (mut app, _orders) = opened().commander(Glyphs::Unicode);
    app.take_inventory(Some(there()));
    screen(&mut app, 120, 36);
    press(&mut app, "7<End><Enter>");
    let mut fewer = snapshot();
    fewer.resources.truncate(1);
    (fewer.gaps, fewer.outside) = (Vec::new(), Vec::new());
    app.take_inventory(Some(Inventory::There(Arc::new(Captured::of(&fewer, "x.json", declared_at())))));
    let shown = screen(&mut app, 120, 36);
    assert!(shown.contains("it is captured no longer"), "{shown}");
    press(&mut app, "<Esc>");
    let shown = screen(&mut app, 120, 36);
    assert!(shown.contains("Inventory: 1 in us-east-1, 0 not read"), "{shown}");
}
