//! What each kind makes of a component on the way back: by before-images, and by nothing else; turned twice it is what it was.

use super::operation::Receipt;
use super::scene::Scene;
use super::turned::{Done, DoneStep, Turned, as_it_was};
use crate::plan::{Component, Draft, Gate, Intent, Region};
use serde_json::{Map, Value, json};

/// What a run did: the action, what it found before where it acted, the id that it was answered.
type Did = (&'static str, Option<Value>, Option<&'static str>);

/// `fields` of `kind` after a failover from eu-west-1 to eu-central-1.
fn turned(kind: &str, fields: Value, did: &[Did]) -> Result<Turned, String> {
    turned_from(&Scene::new(kind, fields), None, did)
}

fn turned_from(scene: &Scene, from_run: Option<&Map<String, Value>>, did: &[Did]) -> Result<Turned, String> {
    let (region, null) = (Region::new("eu-central-1"), Value::Null);
    let receipts: Vec<Option<Receipt>> =
        did.iter().map(|(_, _, id)| id.map(|id| Receipt { id: Some(id.into()), exit: None })).collect();
    let steps = did.iter().zip(&receipts).map(|((action, before, _), receipt)| DoneStep {
        action,
        region: &region,
        acted: before.is_some(),
        is_verified: true,
        before: before.as_ref().unwrap_or(&null),
        receipt: receipt.as_ref(),
    });
    let given_up = ["archive".into()].into();
    let done = Done { application: &scene.plan.application, steps: steps.collect(), given_up: &given_up, from_run };
    scene.kind().turned(scene.component(), &done).map(|of| super::turned::without(of, &given_up))
}

fn field<'a>(turned: &'a Turned, name: &str) -> &'a Value {
    turned.component.fields.0.get(name).unwrap_or(&Value::Null)
}

fn told<'a>(turned: &'a Turned, name: &str) -> &'a Value {
    turned.component.from_run.as_ref().and_then(|from_run| from_run.get(name)).unwrap_or(&Value::Null)
}

/// The steps of the failback.
fn steps(turned: &Turned) -> Vec<Draft> {
    let mut scene = Scene::new(turned.component.kind.as_str(), json!({}));
    scene.plan.components = vec![turned.component.clone()];
    let application = &mut scene.plan.application;
    std::mem::swap(&mut application.primary, &mut application.recovery);
    scene.kind().steps(scene.component(), &scene.plan.application, Intent::Failback)
}

fn actions(turned: &Turned) -> Vec<&'static str> {
    steps(turned).iter().map(|draft| draft.action).collect()
}

/// What the way after this one has.
fn again(turned: &Turned) -> Component {
    as_it_was(&turned.component).expect("it says what it was").component
}

#[test]
fn a_parameter_becomes_what_it_was_and_the_other_side_keeps_its_own() {
    let before = json!({ "number": 3, "kind": "String" });
    let plain =
        turned("parameter", json!({ "name": "/a", "value": "west" }), &[("put", Some(before.clone()), Some("5"))]);
    let plain = plain.expect("a way back");
    assert_eq!(told(&plain, "put"), &json!({ "before": before, "version": 5 }));
    assert_eq!(actions(&plain), ["back"], "what the plan says of one side is not put on the other");
    let given = json!({ "name": "/a", "value": "${db.endpoint}" });
    let given = turned("parameter", given, &[("put", Some(before.clone()), None)]).expect("a way back");
    assert_eq!((actions(&given), told(&given, "put")["version"].as_u64()), (vec!["put", "back"], Some(4)));
    let unsaid = turned("parameter", json!({ "name": "/a", "value": "b" }), &[("put", Some(json!("?")), None)]);
    assert!(unsaid.expect_err("nothing says it").contains("what /a was before"));
    // Nothing was put: it held that already.
    let held = turned("parameter", json!({ "name": "/a", "value": "${db.endpoint}" }), &[("put", None, None)]);
    assert_eq!(actions(&held.expect("a way back")), ["put"]);
}

#[test]
fn a_switch_and_controls_go_the_other_way_and_what_is_answered_is_the_other_set() {
    let fields = json!({ "bucket": "b", "object": "o", "present": true, "zone": "Z", "record": "r.", "set": "west" });
    let way = turned("switch", fields.clone(), &[("flip", Some(json!({ "present": false })), None)]).expect("a way");
    assert_eq!(
        (field(&way, "present"), told(&way, "away"), told(&way, "not_set")),
        (&json!(false), &json!(true), &json!(true))
    );
    assert_eq!(Value::Object(again(&way).fields.0), fields);
    for did in [None, Some(json!({ "present": true }))] {
        let stood = turned("switch", fields.clone(), &[("flip", did, None)]);
        assert!(stood.expect_err("it stood so").contains("nothing says how it was before"));
    }
    let arn = "arn:aws:route53-recovery-control::1:controlpanel/0f/routingcontrol/west";
    let fields = json!({ "endpoints": [], "arn": arn, "on": true });
    let before = json!({ "states": { arn: "Off" } });
    let way = turned("routing-control", fields.clone(), &[("set", Some(before), None)]).expect("a way");
    assert_eq!(field(&way, "on"), &json!(false));
    assert_eq!(Value::Object(again(&way).fields.0), fields);
    let lost = turned("routing-control", fields, &[("set", Some(json!({ "states": {} })), None)]);
    assert!(lost.is_err(), "its state before is not known");
}

#[test]
fn sizes_are_those_of_the_before_images() {
    let fields = json!({ "cluster": "c", "nodegroup": "n", "desired": 3 });
    let was = json!({ "min": 0, "max": 6, "desired": 1 });
    let nodes = turned("nodegroup", fields.clone(), &[("scale", Some(was.clone()), None)]).expect("a way");
    assert_eq!((actions(&nodes), told(&nodes, "before")), (vec!["standby"], &was));
    assert_eq!(Value::Object(again(&nodes).fields.0), fields);
    assert!(actions(&turned("nodegroup", fields, &[("scale", None, None)]).expect("a way")).is_empty(), "it stays");

    let fields = json!({ "group": "west", "desired": 4, "min": 2, "target_group": "web", "old": { "group": "east" } });
    let size = |desired: u64| Some(json!({ "min": desired, "max": 8, "desired": desired }));
    let group = turned("autoscaling", fields, &[("fence", size(5), None), ("scale", size(1), None)]).expect("a way");
    assert_eq!((field(&group, "group"), field(&group, "desired")), (&json!("east"), &json!(5)));
    assert_eq!((field(&group, "target_group"), field(&group, "old")), (&Value::Null, &json!({ "group": "west" })));
    assert_eq!(
        (actions(&group), told(&group, "standby")["desired"].as_u64()),
        (vec!["fence", "scale", "warm", "standby"], Some(1))
    );
    // Nothing of the other side was touched, and nothing is.
    let alone = turned("autoscaling", json!({ "group": "west", "desired": 4 }), &[("scale", size(1), None)]);
    assert_eq!(actions(&alone.expect("a way")), ["standby"]);
    let ecs = json!({ "cluster": "c", "service": "web", "desired": 4 });
    let was = json!({ "desired": 1, "task_definition": "arn:1" });
    let alone = turned("ecs", ecs, &[("scale", Some(was), None)]).expect("a way");
    assert_eq!((actions(&alone), told(&alone, "away")), (vec!["standby"], &json!(true)));
}

#[test]
fn what_runs_by_the_clock_or_by_events_is_off_here_before_it_is_on_there() {
    for (kind, name, state) in [("rule", "rule", "ENABLED"), ("schedule", "name", "ENABLED")] {
        let fields = json!({ name: "west", "old": { name: "east" } });
        let was = |state: &str| Some(json!({ "state": state }));
        let did = [("fence", was(state), None), ("enable", was("DISABLED"), None)];
        let way = turned(kind, fields.clone(), &did).expect("a way");
        assert_eq!((field(&way, name), field(&way, "old")), (&json!("east"), &json!({ name: "west" })), "{kind}");
        let steps = steps(&way);
        assert_eq!(steps.iter().map(|step| step.action).collect::<Vec<_>>(), ["fence", "enable"], "{kind}");
        assert_eq!(steps[1].after, ["fence"], "{kind}: never both");
        assert_eq!(Value::Object(again(&way).fields.0), fields, "{kind}");
        // What was on before is on again at last, and what was off over there stays off.
        let did = [("fence", None, None), ("enable", None, None)];
        let stood = turned(kind, fields, &did).expect("a way");
        assert_eq!(actions(&stood), ["fence", "standby"], "{kind}");
    }
    let sources = |side: &str| json!([format!("arn:aws:sqs:{side}:1:q")]);
    let fields = json!({
        "function": "f", "alias": "live", "version": "2", "concurrency": 9, "event_sources": sources("eu-central-1"),
        "old": { "function": "f", "event_sources": sources("eu-west-1") },
    });
    let mapped = || Some(json!({ "uuid": "u", "state": "Enabled" }));
    let did = [
        ("fence", mapped(), None),
        ("ready", None, None),
        ("alias", Some(json!({ "version": "1" })), None),
        ("concurrency", Some(json!({ "reserved": 0 })), None),
        ("events", mapped(), None),
    ];
    let way = turned("lambda", fields.clone(), &did).expect("a way");
    assert_eq!(field(&way, "event_sources"), &sources("eu-west-1"));
    assert_eq!(field(&way, "old"), &json!({ "function": "f:live", "event_sources": sources("eu-central-1") }));
    assert_eq!(actions(&way), ["fence", "ready", "events", "standby-alias", "standby-concurrency"]);
    // Turned again it has all of it again.
    let mut scene = Scene::new("lambda", json!({}));
    scene.plan.components = vec![way.component.clone()];
    let from_run = scene.plan.components[0].from_run.take();
    let did = [("fence", mapped(), None), ("ready", None, None), ("events", mapped(), None)];
    let twice = turned_from(&scene, from_run.as_ref(), &did).expect("a way");
    for name in ["function", "alias", "version", "concurrency", "event_sources", "old"] {
        assert_eq!(field(&twice, name), &fields[name], "{name}");
    }
}

#[test]
fn a_secret_is_replicated_over_the_other_only_where_it_was_a_replica_and_that_is_asked() {
    let fields = json!({ "name": "db", "set": { "host": "h" } });
    let detached = || Some(json!({ "current": "v1" }));
    let did = [("ready", None, None), ("detach", detached(), None), ("write", detached(), None)];
    let way = turned("secret", fields.clone(), &did).expect("a way");
    assert_eq!(actions(&way), ["ready", "detach", "write", "replicate", "replicate-again"]);
    let steps = steps(&way);
    let replicate = steps.iter().find(|step| step.action == "replicate").expect("it is there");
    let [Gate::Approval { why }] = &replicate.gates[..] else { panic!("{:?}", replicate.gates) };
    assert!(why.contains("destroyed"), "{why}");
    let own = turned("secret", fields, &[("ready", None, None), ("detach", None, None), ("write", detached(), None)]);
    assert_eq!(actions(&own.expect("a way")), ["ready"], "each side has its own");
}

#[test]
fn what_was_detached_gets_a_new_home_with_a_new_name_which_is_said_loudly() {
    let fields = json!({ "global": "g", "primary": "east", "recovery": "west" });
    for (kind, moved) in [("aurora", "fail-over"), ("elasticache", "move")] {
        let way = turned(kind, fields.clone(), &[(moved, Some(json!({})), None)]).expect("a way");
        assert_eq!((field(&way, "primary"), field(&way, "recovery")), (&json!("west"), &json!("east")), "{kind}");
        assert_eq!(field(&way, "global"), &json!("g"));
        assert!(steps(&way).iter().all(|step| step.gates.iter().all(|gate| !matches!(gate, Gate::Manual { .. }))));
        let mut left = fields.clone();
        left["detach"] = json!(true);
        let way = turned(kind, left, &[("detach", Some(json!({})), None)]).expect("a way");
        assert_eq!((field(&way, "global"), field(&way, "recovery")), (&json!("g-back"), &json!("east-back")), "{kind}");
        assert!(way.notes.iter().any(|note| note.contains("THE PLAN CHANGES")) && !way.keeps.is_empty(), "{kind}");
        let by_hand: Vec<Gate> = steps(&way).into_iter().flat_map(|step| step.gates).collect();
        assert!(
            by_hand.iter().any(|gate| matches!(gate, Gate::Manual { ask, .. } if ask.contains("g-back"))),
            "{kind}"
        );
        assert!(turned(kind, fields.clone(), &[]).is_err(), "{kind}: it was not moved");
    }
}

#[test]
fn the_copy_of_an_old_volume_is_tagged_and_compared_and_so_is_a_cluster_that_was_left() {
    let fields = json!({ "global": "g", "primary": "east", "recovery": "west", "compare": ["same"] });
    let moved = ("fail-over", Some(json!({})), None);
    let kept =
        |before: Value| turned("aurora", fields.clone(), &[moved.clone(), ("keep-snapshot", Some(before), None)]);
    let way = kept(json!({ "copy": "landfall-east-1" })).expect("a way");
    assert_eq!(told(&way, "snapshot"), &json!("landfall-east-1"));
    assert_eq!(actions(&way), ["tag", "compare", "rejoined", "switch"]);
    assert!(way.diverged.iter().any(|one| one.contains("is in landfall-east-1")), "{:?}", way.diverged);
    assert!(way.keeps[0].contains("landfall-east-1"), "{:?}", way.keeps);
    // Nothing that it was kept in: there is nothing to compare with, and that is said.
    for way in [turned("aurora", fields.clone(), std::slice::from_ref(&moved)), kept(Value::Null)] {
        let way = way.expect("a way");
        assert_eq!((actions(&way), told(&way, "snapshot")), (vec!["rejoined", "switch"], &Value::Null));
        assert!(way.diverged.iter().any(|one| one.contains("no copy of it was kept")), "{:?}", way.diverged);
    }
    let mut left = fields.clone();
    left["detach"] = json!(true);
    let way = turned("aurora", left, &[("detach", Some(json!({})), None)]).expect("a way");
    assert_eq!(actions(&way), ["kept", "compare", "rejoined", "switch"]);
}

#[test]
fn dials_are_turned_back_and_one_that_had_its_traffic_keeps_it() {
    let group = |id: &str| format!("arn:aws:globalaccelerator::1:accelerator/a/listener/l/endpoint-group/{id}");
    let fields = json!({ "endpoint_group": group("west"), "old": { "endpoint_group": group("east") } });
    let dial = |dial: f64| Some(json!({ "dial": dial }));
    let way = turned("accelerator", fields.clone(), &[("dial", dial(10.0), None), ("drain", dial(90.0), None)]);
    let way = way.expect("a way");
    assert_eq!((field(&way, "endpoint_group"), field(&way, "dial")), (&json!(group("east")), &json!(90)));
    assert_eq!((told(&way, "standby"), actions(&way)), (&json!(10.0), vec!["dial", "drain"]));
    assert_eq!(Value::Object(again(&way).fields.0), fields);
    let kept = turned("accelerator", fields, &[("dial", None, None), ("drain", dial(100.0), None)]).expect("a way");
    assert_eq!(actions(&kept), ["dial"]);
}

#[test]
fn what_a_program_did_is_taken_back_by_what_the_plan_says_or_by_a_person() {
    let undo = json!({ "document": "cool", "parameters": { "Side": "east" } });
    let fields = json!({ "document": "warm", "parameters": { "Side": "west" }, "undo": undo });
    let way = turned("runbook", fields.clone(), &[("run", Some(Value::Null), None)]).expect("a way");
    assert_eq!((field(&way, "document"), &field(&way, "undo")["document"]), (&json!("cool"), &json!("warm")));
    assert_eq!((told(&way, "away"), Value::Object(again(&way).fields.0)), (&json!(true), fields));
    let fields = json!({ "function": "f", "payload": "1", "expect": { "/a": "b" }, "undo": { "payload": "2" } });
    let way = turned("invoke", fields.clone(), &[("call", Some(Value::Null), None)]).expect("a way");
    assert_eq!(
        (field(&way, "function"), field(&way, "payload"), field(&way, "expect")),
        (&json!("f"), &json!("2"), &Value::Null)
    );
    assert_eq!(Value::Object(again(&way).fields.0), fields);
    let fields = json!({ "run": ["a"], "verify": ["b"], "undo": ["c"], "failback": ["d", "e"] });
    let way = turned("command", fields.clone(), &[("run", Some(Value::Null), None)]).expect("a way");
    assert_eq!(
        (field(&way, "run"), field(&way, "verify"), field(&way, "undo")),
        (&json!(["d", "e"]), &Value::Null, &Value::Null)
    );
    assert_eq!(Value::Object(again(&way).fields.0), fields);
    let bare = [
        ("runbook", "run", json!({ "document": "d" })),
        ("invoke", "call", json!({ "function": "f" })),
        ("command", "run", json!({ "run": ["a"] })),
    ];
    for (kind, action, fields) in bare {
        let way = turned(kind, fields.clone(), &[(action, Some(Value::Null), None)]).expect("a person");
        let ask = field(&way, "ask").as_str().unwrap_or_default().to_owned();
        assert!(way.component.kind.as_str() == "manual" && ask.contains("ndo by hand what it did"), "{kind}: {ask}");
        assert_eq!((again(&way).kind.as_str(), Value::Object(again(&way).fields.0)), (kind, fields));
    }
}

#[test]
fn what_is_looked_at_keeps_its_name_and_an_id_of_one_region_is_for_a_person() {
    for (kind, fields) in [
        ("network", json!({ "vpc": "shop" })),
        ("certificate", json!({ "domain": "shop.example.com" })),
        ("iam", json!({ "role": "shop" })),
        ("kms", json!({ "key": "arn:aws:kms:eu-central-1:1:key/k" })),
        ("dynamodb", json!({ "table": "t" })),
        ("alarm", json!({ "names": ["a"] })),
        ("http", json!({ "url": "https://shop.example.com" })),
        ("load-balancer", json!({ "name": "edge", "target_group": "web" })),
    ] {
        let way = turned(kind, fields.clone(), &[]).expect("a way");
        assert_eq!((way.component.kind.as_str(), Value::Object(way.component.fields.0)), (kind, fields));
    }
    for (kind, fields) in [
        ("network", json!({ "vpc": "vpc-0a1b2c3d4e5f" })),
        ("http", json!({ "url": "https://api.eu-central-1.example.com" })),
        ("iam", json!({ "role": "r", "may": ["s3:GetObject"], "on": ["arn:aws:sqs:eu-central-1:1:q"] })),
    ] {
        let way = turned(kind, fields, &[]).expect("a person");
        assert_eq!(way.component.kind.as_str(), "manual", "{kind}");
    }
    let way = turned("s3", json!({ "primary": "e", "recovery": "w", "rule": "r" }), &[]).expect("a way");
    assert_eq!(
        (field(&way, "primary"), field(&way, "recovery"), field(&way, "rule")),
        (&json!("w"), &json!("e"), &Value::Null)
    );
    let way = turned("queue", json!({ "name": "w", "primary": "e" }), &[]).expect("a way");
    assert_eq!((field(&way, "name"), field(&way, "primary")), (&json!("e"), &json!("w")));
    let restored = json!({ "source": "arn:aws:rds:eu-central-1:1:auto-backup:ab", "instance": "archive" });
    let way = turned("rds-restore", restored, &[("restore", Some(json!({})), None)]).expect("a person");
    assert!(way.component.kind.as_str() == "manual" && way.keeps.len() == 1 && way.diverged.len() == 1);
}

#[test]
fn what_a_person_sees_to_gives_nothing_and_what_would_take_it_stays_as_it_is_there() {
    let was = json!({ "number": 1, "kind": "String" });
    let host = json!({ "name": "/a", "value": "${archive.endpoint}" });
    let way = turned("parameter", host, &[("put", Some(was), None)]).expect("a way");
    assert_eq!(actions(&way), ["back"], "the other side's own is not touched");
    let ecs = json!({
        "cluster": "c", "service": "s", "desired": 2, "environment": { "A": "${archive.endpoint}", "B": "${db.endpoint}" },
        "old": { "cluster": "c", "service": "s" },
    });
    let was = || Some(json!({ "desired": 2, "task_definition": "arn:1" }));
    let way = turned("ecs", ecs, &[("fence-scaling", None, None), ("fence", was(), None), ("scale", was(), None)])
        .expect("a way");
    assert_eq!(field(&way, "environment"), &json!({ "B": "${db.endpoint}" }));
    let way = turned("http", json!({ "url": "https://${archive.endpoint}/" }), &[]).expect("a person");
    assert_eq!(way.component.kind.as_str(), "manual");
}
