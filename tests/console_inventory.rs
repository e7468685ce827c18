//! The Inventory screen: what was captured, at every size; what could not be read, and what is not there.

mod console_stage;

use console_stage::*;
use landfall::console::app::{App, Wish, Writing};
use landfall::console::inventory::{Captured, Inventory};
use landfall::console::look::Glyphs;
use landfall::console::restore::{Made, Of, Preview};
use landfall::snapshot::{Reference, Resource, Snapshot};
use landfall::terraform::restore::{Data, Order, restored};
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
        (Inventory::Reading, "what was captured is being read"),
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

/// What a restore of much would make: stores of which nobody says anything, and nothing that tells what is there.
fn restore() -> Arc<Preview> {
    preview(true)
}

/// The same, where somebody says of each store where its data comes from, or nobody does.
fn preview(is_silent: bool) -> Arc<Preview> {
    let snapshot = Snapshot::read(include_str!("terraform/everything.json")).expect("a snapshot");
    let data = |resource: &Resource| match resource.id.as_str() {
        "orders" | "ledger" => Some(Data::Snapshot),
        _ => Some(Data::Empty).filter(|data| data.is_of(&resource.kind) && resource.kind != "bucket"),
    };
    let order = Order {
        to: "us-west-2".to_owned(),
        account: None,
        recovery: None,
        pairs: Vec::new(),
        data: &data,
        is_chosen: &|_| true,
        is_named: &|_| false,
        cidr: None,
    };
    let restored = restored(&snapshot, &order).expect("restored");
    let silent = |(kind, id): (&str, &str)| (Reference::new(kind, id), "no replica of it is known".to_owned());
    let stores = [
        ("aurora-cluster", "ledger"),
        ("db-instance", "orders"),
        ("replication-group", "sessions"),
        ("table", "claims"),
    ];
    let silent = if is_silent { stores.map(silent).to_vec() } else { Vec::new() };
    let at = declared_at() - jiff::SignedDuration::from_secs(7_500);
    let command = "landfall restore shop.toml --to us-west-2 --out DIR";
    let of = Of { to: "us-west-2", at, there: None, command };
    Arc::new(Preview::There(Box::new(Made::of(&snapshot, of, &restored, &silent))))
}

#[test]
fn what_a_restore_would_make_is_shown_at_every_size_and_written_by_its_key() {
    for (width, height) in [(160, 48), (120, 36), (80, 24), (60, 20), (40, 10)] {
        let (mut app, _orders) = opened().commander(Glyphs::Unicode);
        app.take_inventory(Some(there()));
        app.take_restore(Some(restore()));
        screen(&mut app, width, height);
        press(&mut app, "7W");
        let shown = screen(&mut app, width, height);
        assert!(shown.contains("restore") && shown.contains("4 without data") || width < 40, "{shown}");
        insta::assert_snapshot!(format!("restore_{width}x{height}"), shown);
    }
    // Who only looks may write files of their own: nothing of a cloud is changed by it.
    let mut app = opened().watcher();
    app.take_inventory(Some(there()));
    app.take_restore(Some(restore()));
    screen(&mut app, 80, 250);
    press(&mut app, "W");
    let shown = screen(&mut app, 80, 250).replace('┃', " ");
    let shown = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    for wanted in [
        "no replica of it is known, and it is not written without data",
        "--data db-instance/orders=replica|snapshot|point-in-time|empty",
        "us-east-1, which is what may fail: aws_iam_role_policy",
        "aws_db_instance: about 10:00",
        "record/Z0123456789_db.example.com_CNAME: who is led to us-west-2 is the runbook's to say",
        "To give",
        "landfall restore shop.toml --to us-west-2 --out DIR",
    ] {
        assert!(shown.contains(wanted), "{wanted}: {shown}");
    }
    // What its writer would refuse is not offered: not without data, and nothing of a drill.
    let offered = |app: &mut App| {
        let offers = screen(app, 80, 250).contains("w write the files");
        press(app, "w");
        (offers, app.wish())
    };
    assert!(shown.contains("Not written from here – nobody says where the data of 4 stores comes from"), "{shown}");
    assert_eq!(offered(&mut app), (false, None));
    app.take_restore(Some(preview(false)));
    assert_eq!(offered(&mut app), (true, Some(Wish::Write(Writing::Restore))));
    app.take_unwritten(Some("it is a drill"));
    assert_eq!(offered(&mut app), (false, None));
    assert!(screen(&mut app, 80, 250).contains("it is a drill"));
    app.take_unwritten(None);
    assert!(offered(&mut app).0);
    app.wrote(Writing::Restore, Err("it is a drill".to_owned()));
    assert!(screen(&mut app, 120, 36).contains("restore to us-west-2"), "the layer stays");
    press(&mut app, "<Esc>");
    assert!(screen(&mut app, 120, 36).contains("write the restore: it is a drill"));
    // Nothing is told before anything was captured, and why is said.
    let (mut app, _orders) = opened().commander(Glyphs::Unicode);
    let not = Preview::Not { why: Clean::new("there is no snapshot of us-east-1"), fix: Clean::new("capture it") };
    app.take_inventory(Some(there()));
    app.take_restore(Some(Arc::new(not)));
    press(&mut app, "W");
    assert!(screen(&mut app, 120, 36).contains("there is no snapshot of us-east-1"));
}
