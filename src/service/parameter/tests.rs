//! What a parameter is held to: its value where that is told, its version where it is not, and never another's for its own.

use super::put::Was;
use super::words::{Observation, Operation, Query, SECURE, StoredParameter};
use crate::plan::{Side, Undo};
use crate::service::operation;
use crate::service::scene::{Scene, given_by, name_of};
use serde_json::{Value, json};

fn scene(more: Value) -> Scene {
    let mut fields = json!({ "name": "/shop/side", "value": "west" });
    for (name, value) in more.as_object().expect("a table") {
        fields[name] = value.clone();
    }
    Scene::new("parameter", fields)
}

fn plain() -> Scene {
    scene(json!({}))
}

fn secure() -> Scene {
    scene(json!({ "type": SECURE }))
}

fn found(kind: &str, version: u64, value: Option<&str>) -> StoredParameter {
    StoredParameter { name: "/shop/side".into(), kind: kind.into(), version, value: value.map(str::to_owned) }
}

fn sees(scene: Scene, found: Option<StoredParameter>) -> Scene {
    let query = Query::Parameter { name: "/shop/side".into() };
    scene.sees(Side::Recovery, query.into(), Observation::Parameter { parameter: found }.into())
}

fn was(version: u64) -> Value {
    json!({ "number": version, "kind": "String" })
}

#[test]
fn a_value_that_is_there_is_not_put_again() {
    let there = sees(plain(), Some(found("String", 3, Some("west")))).goal("put");
    assert_eq!(name_of(&there), "holds");
    assert_eq!(given_by(&there)["value"].as_str(), "west");
    assert_eq!(name_of(&sees(plain(), Some(found("String", 3, Some("east")))).goal("put")), "untouched");
    assert_eq!(name_of(&sees(plain(), None).goal("put")), "untouched");
    let typed = scene(json!({ "type": "StringList" }));
    assert_eq!(name_of(&sees(typed, Some(found("String", 3, Some("west")))).goal("put")), "untouched");
}

#[test]
fn what_was_put_is_known_by_value_and_version() {
    let after = |version, value| {
        sees(plain().before(was(3)).taken(Some("4")), Some(found("String", version, Some(value)))).goal("put")
    };
    assert_eq!(name_of(&after(4, "west")), "holds");
    assert_eq!(name_of(&after(3, "east")), "moving", "an old answer");
    assert_eq!(name_of(&after(5, "north")), "bad", "another has put one since");
    let lost = |version, value| {
        sees(plain().before(was(3)).unanswered(), Some(found("String", version, Some(value)))).goal("put")
    };
    assert_eq!(name_of(&lost(4, "west")), "holds");
    assert_eq!(name_of(&lost(3, "east")), "untouched");
    assert_eq!(name_of(&sees(plain().before(json!({})).unanswered(), None).goal("put")), "untouched");
}

#[test]
fn of_a_secure_string_the_version_alone_tells() {
    let seen = |scene: Scene, version| name_of(&sees(scene, Some(found(SECURE, version, None))).goal("put"));
    assert_eq!(seen(secure(), 3), "untouched", "what it holds is not told");
    assert_eq!(seen(secure().before(was(3)).taken(Some("4")), 4), "holds");
    assert_eq!(seen(secure().before(was(3)).taken(Some("4")), 3), "moving");
    assert_eq!(seen(secure().before(was(3)).taken(Some("4")), 5), "bad");
    assert_eq!(seen(secure().before(was(3)).unanswered(), 3), "untouched");
    assert_eq!(seen(secure().before(was(3)).unanswered(), 4), "holds");
    assert_eq!(seen(secure().before(was(3)).unanswered(), 5), "unknown");
}

#[test]
fn the_type_is_kept_and_never_turned_into_an_encrypted_one_or_out_of_it() {
    let kind = |scene: Scene, there: Option<StoredParameter>| match sees(scene, there).act("put").operation {
        operation::Operation::Parameter(Operation::PutParameter { kind, .. }) => kind.expect("a type"),
        other => panic!("{other:?}"),
    };
    assert_eq!(kind(plain(), None).as_str(), "String");
    assert_eq!(kind(plain(), Some(found(SECURE, 1, None))).as_str(), SECURE);
    assert_eq!(kind(secure(), None).as_str(), SECURE);
    assert_eq!(sees(secure(), Some(found("String", 1, Some("x")))).refusals("put"), ["parameter-type"]);
    assert!(sees(plain(), Some(found(SECURE, 1, None))).refusals("put").is_empty());
}

#[test]
fn the_before_image_has_no_value_and_is_read_by_the_type_that_wrote_it() {
    let image = sees(plain(), Some(found("String", 3, Some("canary")))).image("put");
    assert!(!image.to_string().contains("canary"));
    let read: Was = serde_json::from_value(image).expect("the type that wrote it");
    assert_eq!(read, Was { number: Some(3), kind: Some("String".into()) });
    assert_eq!(sees(plain(), None).image("put"), json!({}));
}

#[test]
fn the_way_back_puts_the_version_before_and_deletes_what_was_not_there() {
    assert_eq!(plain().step("put").undo, Undo::Reversible);
    let back = |scene: Scene| {
        let work = scene.way_back("put").expect("a way back");
        (name_of(&work.goal(&scene.facts())), work.act(&scene.facts()).map(|act| act.operation))
    };
    let put = || plain().before(was(3)).taken(Some("4"));
    let name = || "/shop/side".into();
    let restore = Operation::RestoreParameter { name: name(), version: 3, kind: "String".into(), over: 4 };
    let seen = |scene: Scene, version| {
        let mut scene = sees(scene, Some(found("String", version, Some("west"))));
        let work = scene.way_back("put").expect("a way back");
        scene.asked = crate::service::Asked::No;
        (name_of(&work.goal(&scene.facts())), work.act(&scene.facts()).map(|act| act.operation))
    };
    assert_eq!(seen(put(), 4), ("untouched", Some(operation::Operation::Parameter(restore))));
    assert_eq!(seen(put(), 3).0, "holds", "nothing was put");
    assert_eq!(seen(put(), 5), ("bad", None));
    let made = || plain().before(json!({})).taken(Some("1"));
    let delete = Operation::DeleteParameter { name: name() };
    assert_eq!(seen(made(), 1), ("untouched", Some(operation::Operation::Parameter(delete))));
    assert_eq!(seen(made(), 2), ("bad", None), "another has put one since");
    assert_eq!(back(sees(made(), None)).0, "holds");
}

#[test]
fn what_is_no_parameter_is_told_as_it_is_read() {
    for (more, is_wrong) in [
        (json!({}), false),
        (json!({ "type": SECURE, "key": "alias/west" }), false),
        (json!({ "name": "arn:aws:ssm:x:1:parameter/a" }), true),
        (json!({ "name": "/a:3" }), true),
        (json!({ "name": "../a" }), true),
        (json!({ "name": "/a/../b" }), true),
        (json!({ "name": "/a//b" }), true),
        (json!({ "name": "a/b" }), true),
        (json!({ "name": "aws/x" }), true),
        (json!({ "name": "/SSM-x" }), true),
        (json!({ "name": "/shop/aws" }), false),
        (json!({ "name": "host" }), false),
        (json!({ "value": "" }), true),
        (json!({ "value": "x".repeat(8192) }), false),
        (json!({ "value": "x".repeat(8193) }), true),
        (json!({ "type": "String", "key": "alias/west" }), true),
    ] {
        assert_eq!(!scene(more.clone()).problems().is_empty(), is_wrong, "{more}");
    }
}
