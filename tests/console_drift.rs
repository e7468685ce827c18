//! The Drift screen: what differs, at every size: the worst first, each with what comes of it, both sides beside each other.

mod console_stage;

use console_stage::*;
use landfall::console::app::{Wish, Writing};
use landfall::console::drift::{Compared, Drifts, Known, Row, Side};
use landfall::console::look::Glyphs;
use landfall::plan::ComponentName;
use landfall::snapshot::{Drift, Finding};
use landfall::text::Clean;
use serde_json::{Value, json};
use std::sync::Arc;

fn finding(drift: Drift, kind: &str, id: &str, field: &str, comes: &str) -> Finding {
    Finding {
        drift,
        kind: kind.to_owned(),
        id: id.to_owned(),
        name: None,
        field: (!field.is_empty()).then(|| field.to_owned()),
        left: None,
        right: None,
        consequence: comes.to_owned(),
    }
}

fn group(connections: &str) -> Value {
    json!({ "Parameters": { "log_min_duration": { "Value": "250" }, "max_connections": { "ApplyMethod": "pending-reboot", "Value": connections } } })
}

/// What differs between the regions, one thing that nobody could read, and no state of Terraform.
fn drifts() -> Arc<Drifts> {
    let side = |name: &str, seconds: i64| Side {
        name: Clean::new(name),
        at: Some(declared_at() - jiff::SignedDuration::from_secs(seconds)),
    };
    let field = "Parameters.max_connections.Value";
    let changed = Finding {
        left: Some(json!("500")),
        right: Some(json!("200")),
        ..finding(
            Drift::Changed,
            "db-parameter-group",
            "orders-pg16",
            field,
            "max_connections is 200 in us-west-2, 500 in us-east-1: what is promoted there runs with other parameters",
        )
    };
    let (here, there) = (group("500"), group("200"));
    let none = [None, None];
    let orders = Some(ComponentName::new("orders-db"));
    let rows = vec![
        Row::of(
            &finding(
                Drift::Missing,
                "secret",
                "shop/card-processor",
                "",
                "what reads it does not start there: us-west-2 has none; task-definition payments needs it",
            ),
            none,
            None,
        ),
        Row::of(&changed, [Some(&there), Some(&here)], orders),
        Row::of(
            &finding(
                Drift::Unread,
                "replication-group",
                "sess\u{1b}[31mions",
                "",
                "in us-west-2 it was not read: AccessDenied DescribeReplicationGroups",
            ),
            none,
            None,
        ),
        Row::of(
            &finding(Drift::Expected, "ecs-service", "shop/api", "DesiredCount", "the runbook sets it at the failover"),
            none,
            None,
        ),
    ];
    let regions =
        Compared { left: side("us-east-1", 7_500), right: side("us-west-2", 300), rows, same: Some(41), uncompared: 0 };
    let since = Compared {
        left: side("us-east-1", 95_000),
        right: side("us-east-1", 7_500),
        rows: Vec::new(),
        same: None,
        uncompared: 2,
    };
    let not = Known::Not {
        why: Clean::new("the plan names no state of Terraform"),
        fix: Clean::new("terraform = [\"…\"] in [capture] names the files that terraform state pull writes"),
    };
    Arc::new(Drifts { tabs: [not, Known::There(since), Known::There(regions)] })
}

#[test]
fn what_differs_is_shown_at_every_size() {
    for (width, height) in [(160, 48), (120, 36), (80, 24), (60, 20), (40, 10)] {
        let (mut app, _orders) = opened().commander(Glyphs::Unicode);
        app.take_drifts(Some(drifts()));
        screen(&mut app, width, height);
        press(&mut app, "8");
        let shown = screen(&mut app, width, height);
        assert!(shown.contains("2 differ, 1 unread"), "{shown}");
        assert!(!shown.contains('\u{1b}'), "{shown}");
        if width >= 60 {
            // The worst first, with what comes of it.
            let at = |text: &str| shown.find(text).unwrap_or_else(|| panic!("{text}: {shown}"));
            assert!(at("what reads it") < at("max_connections is 200"), "{shown}");
        }
        insta::assert_snapshot!(format!("drift_{width}x{height}"), shown);
    }
}

#[test]
fn both_sides_stand_beside_each_other_and_what_changed_is_marked() {
    for (width, height) in [(120, 40), (60, 40)] {
        let (mut app, _orders) = opened().commander(Glyphs::Unicode);
        app.take_drifts(Some(drifts()));
        screen(&mut app, width, height);
        press(&mut app, "8/connections<Enter><Enter>");
        let shown = screen(&mut app, width, height);
        let marked: Vec<&str> =
            shown.lines().filter(|line| line.contains("> ") && line.contains("\"Value\"")).collect();
        assert!(
            !marked.is_empty() && marked.iter().all(|line| line.contains("200") || line.contains("500")),
            "{shown}"
        );
        assert!(shown.contains("log_min_duration") && shown.contains("us-east-1"), "{shown}");
        insta::assert_snapshot!(format!("drift_details_{width}x{height}"), shown);
    }
}

#[test]
fn the_tabs_turn_by_key_and_by_click_and_a_filter_finds_a_difference() {
    let (mut app, _orders) = opened().commander(Glyphs::Unicode);
    app.take_drifts(Some(drifts()));
    screen(&mut app, 120, 36);
    press(&mut app, "8");
    assert!(screen(&mut app, 120, 36).contains("[regions 3]"));
    press(&mut app, "v");
    let shown = screen(&mut app, 120, 36);
    assert!(shown.contains("[Terraform ?]") && shown.contains("the plan names no state of Terraform"), "{shown}");
    press(&mut app, "<Right>");
    let shown = screen(&mut app, 120, 36);
    assert!(shown.contains("[since 0]") && shown.contains("2 sealed not compared"), "{shown}");
    press(&mut app, "<Right>/connections<Enter>");
    let shown = screen(&mut app, 120, 36);
    assert!(shown.contains("max_connections is 200") && !shown.contains("card-processor"), "{shown}");
    // What is chosen goes along.
    press(&mut app, "4");
    assert!(screen(&mut app, 120, 36).contains("orders-db"));
}

#[test]
fn a_watcher_sees_it_and_without_a_store_it_is_not_there() {
    let mut app = opened().watcher();
    screen(&mut app, 120, 36);
    press(&mut app, "8");
    assert!(screen(&mut app, 120, 36).contains("takes a snapshot"));
    app.take_drifts(Some(drifts()));
    press(&mut app, "8");
    let shown = screen(&mut app, 120, 36);
    assert!(shown.contains("2 differ, 1 unread") && shown.contains("WATCH"), "{shown}");
    // Fewer differ by now, while the last is looked at.
    press(&mut app, "<End><Enter>");
    let not = || Known::Not { why: Clean::new("gone"), fix: Clean::new("captured anew") };
    app.take_drifts(Some(Arc::new(Drifts { tabs: [not(), not(), not()] })));
    let shown = screen(&mut app, 120, 36);
    assert!(shown.contains("it differs no longer"), "{shown}");
}

#[test]
fn what_differs_is_written_by_its_key_on_its_own_screen_alone() {
    let (mut app, _orders) = opened().commander(Glyphs::Unicode);
    app.take_drifts(Some(drifts()));
    screen(&mut app, 120, 36);
    press(&mut app, "w");
    assert_eq!(app.wish(), None);
    assert!(screen(&mut app, 120, 36).contains("a restore (W)"));
    press(&mut app, "8w");
    assert_eq!(app.wish(), Some(Wish::Write(Writing::Drift)));
    app.wrote(Writing::Drift, Ok("3 files are written into landfall-written/shop/drift".to_owned()));
    assert!(screen(&mut app, 120, 36).contains("3 files are written into landfall-written/shop/drift"));
    // Of a drill nothing is written: it is not offered, and the key says why.
    app.take_unwritten(Some("there is nothing real to write"));
    press(&mut app, "jk");
    assert!(!screen(&mut app, 120, 36).contains("w write"));
    press(&mut app, "w");
    assert_eq!(app.wish(), None);
    assert!(screen(&mut app, 120, 36).contains("there is nothing real to write"));
}
