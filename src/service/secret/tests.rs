//! What a secret is held to: versions tell what is current, no value is ever looked at, and what is not ours is not put back.

use super::pair::{WasCurrent, WasReplica};
use super::words::{FIRST, Observation, Operation, Query, SecretReplica, StoredSecret};
use super::write::version;
use crate::plan::{Side, Undo};
use crate::service::KmsQuery;
use crate::service::operation;
use crate::service::scene::{Scene, name_of, words_of};
use serde_json::{Value, json};

const OTHER: &str = "0ther000-0000-8000-8000-000000000009";

fn scene(more: Value) -> Scene {
    let mut fields = json!({ "name": "shop/db" });
    for (name, value) in more.as_object().expect("a table") {
        fields[name] = value.clone();
    }
    Scene::new("secret", fields)
}

fn writes() -> Scene {
    scene(json!({ "set": { "host": "db.example.com" }, "prove": true }))
}

fn secret(primary: Option<&str>, current: &str) -> StoredSecret {
    StoredSecret {
        name: "shop/db".into(),
        arn: "arn:aws:secretsmanager:eu-central-1:123456789012:secret:shop/db-AbCdEf".into(),
        primary: primary.map(Into::into),
        versions: [(current.to_owned(), vec!["AWSCURRENT".into()])].into(),
        ..StoredSecret::default()
    }
}

fn query() -> crate::service::Query {
    Query::Secret { name: "shop/db".into() }.into()
}

fn sees(scene: Scene, found: Option<StoredSecret>) -> Scene {
    scene.sees(Side::Recovery, query(), Observation::Secret { secret: found }.into())
}

fn replica() -> StoredSecret {
    secret(Some("eu-west-1"), FIRST)
}

/// The version that the scene's attempt writes.
fn mine(scene: &Scene) -> String {
    version("run", scene.step("write").id.as_str(), 1).to_string()
}

#[test]
fn a_replica_that_has_a_current_version_is_ready_and_nothing_is_done() {
    let plain = scene(json!({}));
    assert_eq!(plain.runbook().steps.len(), 1);
    assert!(!plain.step("ready").acts);
    let ready = sees(plain, Some(replica())).goal("ready");
    assert_eq!(
        (name_of(&ready), words_of(&ready)),
        ("holds", format!("{FIRST} is AWSCURRENT, a replica of eu-west-1"))
    );
    assert_eq!(name_of(&sees(scene(json!({})), None).goal("ready")), "bad");
    let empty = StoredSecret { versions: Default::default(), ..replica() };
    assert_eq!(name_of(&sees(scene(json!({})), Some(empty)).goal("ready")), "moving");
    let gone = StoredSecret { deleted: Some(jiff::Timestamp::UNIX_EPOCH), ..replica() };
    assert_eq!(name_of(&sees(scene(json!({})), Some(gone)).goal("ready")), "bad");
}

#[test]
fn another_s_secret_or_replica_is_not_the_one_that_is_meant() {
    let named = StoredSecret { name: "shop/db2".into(), ..replica() };
    let elsewhere =
        StoredSecret { arn: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/db-AbCdEf".into(), ..replica() };
    for other in [named, elsewhere, secret(Some("ap-south-1"), FIRST)] {
        for action in ["ready", "prove", "detach", "write"] {
            let scene = sees(writes(), Some(other.clone()));
            assert_eq!(name_of(&scene.goal(action)), "bad", "{action} of {other:?}");
        }
        assert_eq!(sees(writes(), Some(other)).refusals("detach")[0], "secret-exists");
    }
}

#[test]
fn in_a_switchover_both_regions_have_one_version_current() {
    let seen = |old: &str| {
        let old = StoredSecret {
            arn: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/db-AbCdEf".into(),
            ..secret(Some("eu-west-1"), old)
        };
        let scene = sees(scene(json!({})).switchover(), Some(replica()));
        scene.sees(Side::Primary, query(), Observation::Secret { secret: Some(old) }.into()).goal("ready")
    };
    assert_eq!(name_of(&seen(FIRST)), "holds");
    assert_eq!(name_of(&seen(OTHER)), "moving");
}

#[test]
fn a_proof_holds_by_the_version_that_was_read_and_by_nothing_else() {
    let scene = || sees(writes(), Some(replica()));
    assert!(scene().step("prove").acts && scene().step("prove").undo == Undo::NoneNeeded);
    assert_eq!(name_of(&scene().goal("prove")), "untouched");
    assert_eq!(name_of(&scene().unanswered().goal("prove")), "untouched");
    assert_eq!(name_of(&scene().taken(Some(FIRST)).goal("prove")), "holds");
    assert_eq!(name_of(&scene().taken(None).goal("prove")), "unknown");
    let act = scene().act("prove").operation;
    assert!(act.is_proof() && act.settle_seconds() == 0.0 && act.api_name() == "secretsmanager.GetSecretValue");
}

#[test]
fn a_replica_is_detached_and_what_stands_alone_is_left_so() {
    let alone = || secret(None, FIRST);
    assert_eq!(name_of(&sees(writes(), Some(replica())).goal("detach")), "untouched");
    assert_eq!(name_of(&sees(writes(), Some(replica())).taken(None).goal("detach")), "moving");
    assert_eq!(name_of(&sees(writes(), Some(alone())).goal("detach")), "holds");
    assert_eq!(name_of(&sees(writes(), Some(secret(Some("eu-central-1"), FIRST))).goal("detach")), "holds");
    let keyed = StoredSecret { key: Some("alias/west".into()), ..replica() };
    let scene = sees(writes(), Some(keyed));
    let image = scene.image("detach");
    let was: WasReplica = serde_json::from_value(image.clone()).expect("the type that wrote it");
    assert_eq!((was.key.as_deref(), was.current.as_deref()), (Some("alias/west"), Some(FIRST)));
    let back = scene.before(image).way_back("detach").expect("a way back");
    let act = back.act(&writes().facts()).expect("it acts");
    assert_eq!(act.place.region.as_str(), "eu-west-1");
    let wanted = Operation::ReplicateSecret {
        name: "shop/db".into(),
        region: "eu-central-1".into(),
        key: Some("alias/west".into()),
    };
    assert_eq!(act.operation, operation::Operation::Secret(wanted));
}

#[test]
fn it_is_a_replica_again_by_what_both_sides_tell() {
    let seen = |status: &str, primary: Option<&str>, taken: bool| {
        let told =
            SecretReplica { region: "eu-central-1".into(), status: status.into(), message: Some("no key".into()) };
        let old = StoredSecret { replicas: vec![told], ..secret(Some("eu-west-1"), FIRST) };
        let scene = sees(writes(), Some(secret(primary, FIRST)))
            .sees(Side::Primary, query(), Observation::Secret { secret: Some(old) }.into())
            .before(json!({}));
        let scene = if taken { scene.taken(None) } else { scene };
        name_of(&scene.way_back("detach").expect("a way back").goal(&scene.facts()))
    };
    assert_eq!(seen("InSync", Some("eu-west-1"), true), "holds");
    assert_eq!(seen("InSync", None, true), "moving", "one side alone tells nothing");
    assert_eq!(seen("InProgress", Some("eu-west-1"), true), "moving");
    assert_eq!(seen("Failed", None, true), "bad");
    assert_eq!(seen("Detached", None, false), "untouched");
    assert_eq!(seen("Pending", None, true), "moving", "a status that is not known");
}

#[test]
fn what_was_written_is_known_by_its_own_id_and_what_another_wrote_is_not_taken_for_it() {
    let scene = || sees(writes(), Some(secret(None, FIRST)));
    let mine = mine(&scene());
    let image = scene().image("write");
    let was: WasCurrent = serde_json::from_value(image.clone()).expect("the type that wrote it");
    assert_eq!((was.current.as_str(), was.version.as_str()), (FIRST, mine.as_str()));
    let act = scene().act("write").operation;
    let operation::Operation::Secret(Operation::WriteSecret { base, version, .. }) = &act else { panic!("{act:?}") };
    assert_eq!((base.as_str(), version.as_str()), (FIRST, mine.as_str()));

    let later = |current: &str| sees(writes(), Some(secret(None, current))).before(image.clone());
    assert_eq!(name_of(&later(&mine).goal("write")), "untouched", "nothing was sent");
    assert_eq!(name_of(&later(&mine).unanswered().goal("write")), "holds");
    assert_eq!(name_of(&later(&mine).taken(Some(&mine)).goal("write")), "holds");
    assert_eq!(name_of(&later(FIRST).unanswered().goal("write")), "untouched");
    assert_eq!(name_of(&later(FIRST).taken(Some(&mine)).goal("write")), "moving");
    assert_eq!(name_of(&later(FIRST).taken(Some(FIRST)).goal("write")), "holds", "it had the values already");
    assert_eq!(name_of(&later(OTHER).unanswered().goal("write")), "untouched", "another's is not ours");
    let mut overtaken = secret(None, OTHER);
    overtaken.versions.insert(mine.clone(), vec!["AWSPREVIOUS".into()]);
    let overtaken = sees(writes(), Some(overtaken)).before(image).unanswered();
    assert_eq!(name_of(&overtaken.goal("write")), "bad");
}

#[test]
fn a_replica_is_not_written_to() {
    let scene = sees(writes(), Some(replica()));
    assert!(scene.work("write").act(&scene.facts()).is_none());
    assert_eq!(name_of(&scene.goal("write")), "untouched");
    assert!(scene.refusals("write").is_empty(), "before the start it is one still");
}

#[test]
fn the_way_back_of_a_write_puts_aside_only_what_this_run_wrote() {
    let written = || sees(writes(), Some(secret(None, "v2"))).before(json!({ "current": FIRST, "version": "v2" }));
    let back = |scene: Scene| {
        let work = scene.way_back("write").expect("a way back");
        (name_of(&work.goal(&scene.facts())), work.act(&scene.facts()).expect("it acts").operation)
    };
    let (told, act) = back(written());
    let wanted = Operation::RestageSecret { name: "shop/db".into(), from: "v2".into(), to: FIRST.into() };
    assert_eq!((told, act), ("untouched", operation::Operation::Secret(wanted)));
    let others = sees(written(), Some(secret(None, OTHER)));
    assert_eq!(back(others).0, "bad");
    let done = sees(written(), Some(secret(None, FIRST)));
    assert_eq!(back(done).0, "holds");
    assert!(writes().way_back("write").is_none(), "without a before-image there is none");
}

#[test]
fn a_version_is_the_same_for_the_same_attempt_and_another_for_the_next() {
    let one = version("run", "db/write", 1);
    assert_eq!(one, version("run", "db/write", 1));
    assert_eq!(one.len(), 36);
    assert!(one.chars().all(|letter| letter.is_ascii_hexdigit() || letter == '-'));
    for other in [version("run", "db/write", 2), version("run2", "db/write", 1), version("run", "db2/write", 1)] {
        assert_ne!(one, other);
    }
}

#[test]
fn its_key_is_asked_for_and_a_disabled_one_refuses() {
    let keyed = || StoredSecret { key: Some("alias/west".into()), ..replica() };
    let scene = || sees(writes(), Some(keyed()));
    let further = scene().work("detach").further(&scene().facts());
    let key: crate::service::Query = KmsQuery::Key { id: "alias/west".into() }.into();
    assert_eq!(further, [scene().place(Side::Recovery).ask(key.clone())]);
    let told = |state: &str| {
        let found = crate::service::observation::KmsKey { state: state.into(), ..Default::default() };
        let seen = crate::service::KmsObservation::Key { key: Some(found) };
        scene().sees(Side::Recovery, key.clone(), seen.into()).refusals("detach")
    };
    assert!(told("Enabled").is_empty());
    assert_eq!(told("Disabled"), ["secret-key"]);
}

#[test]
fn what_is_no_name_is_told_as_it_is_read_and_a_write_is_advised_against() {
    for (name, is_wrong) in
        [("shop/db", false), ("arn:aws:secretsmanager:x:1:secret:a", true), ("", true), ("a b", true)]
    {
        assert_eq!(!Scene::new("secret", json!({ "name": name })).problems().is_empty(), is_wrong, "{name}");
    }
    assert_eq!((writes().findings().len(), scene(json!({})).findings().len()), (1, 0));
}
