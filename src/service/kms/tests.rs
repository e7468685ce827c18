//! What a key is held to: who it is before how it is, and no state that is not known for a good one.

use super::fields::in_region;
use super::words::{KmsKey, Observation, Operation, Query};
use crate::plan::{Side, Undo};
use crate::service::operation;
use crate::service::scene::{Scene, name_of, words_of};
use serde_json::json;

const ARN: &str = "arn:aws:kms:eu-central-1:123456789012:key/mrk-1";

fn key(state: &str) -> KmsKey {
    KmsKey {
        id: "mrk-1".into(),
        arn: ARN.into(),
        state: state.into(),
        usage: "ENCRYPT_DECRYPT".into(),
        spec: "SYMMETRIC_DEFAULT".into(),
        multi_region: true,
        role: Some("REPLICA".into()),
        deleted_from: None,
    }
}

fn sees(id: &str, found: Option<KmsKey>) -> Scene {
    let scene = Scene::new("kms", json!({ "key": id, "prove": true }));
    let asked = in_region(id, &scene.place(Side::Recovery).region);
    scene.sees(Side::Recovery, Query::Key { id: asked }.into(), Observation::Key { key: found }.into())
}

#[test]
fn only_enabled_holds_and_an_unknown_state_is_never_taken_for_it() {
    for (state, wanted) in [
        ("Enabled", "holds"),
        ("Disabled", "bad"),
        ("PendingDeletion", "bad"),
        ("PendingReplicaDeletion", "bad"),
        ("PendingImport", "bad"),
        ("Unavailable", "bad"),
        ("Creating", "moving"),
        ("Updating", "moving"),
        ("SomethingNew", "moving"),
        ("", "moving"),
    ] {
        assert_eq!(name_of(&sees("alias/shop", Some(key(state))).goal("ready")), wanted, "{state}");
    }
    let absent = sees("alias/shop", None).goal("ready");
    assert_eq!((name_of(&absent), words_of(&absent).as_str()), ("bad", "there is no key alias/shop in eu-central-1"));
}

#[test]
fn an_enabled_key_of_another_region_or_id_is_not_the_key() {
    let elsewhere = KmsKey { arn: "arn:aws:kms:eu-west-1:123456789012:key/mrk-1".into(), ..key("Enabled") };
    assert_eq!(name_of(&sees("alias/shop", Some(elsewhere.clone())).goal("ready")), "bad");
    assert!(sees("alias/shop", Some(elsewhere)).refusals("prove").contains(&"kms-identity".to_owned()));
    let other = KmsKey { id: "mrk-2".into(), ..key("Enabled") };
    assert_eq!(name_of(&sees("mrk-1", Some(other)).goal("ready")), "bad");
    assert_eq!(name_of(&sees("mrk-1", Some(key("Enabled"))).goal("ready")), "holds");
}

#[test]
fn an_arn_of_the_primary_region_is_looked_up_in_the_recovery_region() {
    let primary = "arn:aws:kms:eu-west-1:123456789012:key/mrk-1";
    let scene = sees(primary, Some(key("Enabled")));
    assert_eq!(name_of(&scene.goal("ready")), "holds");
    let act = scene.act("prove");
    assert_eq!(act.operation, operation::Operation::Kms(Operation::ProveKey { id: ARN.into() }));
    assert_eq!(act.place.region.as_str(), "eu-central-1");
}

#[test]
fn a_proof_is_sent_and_may_be_sent_again_and_has_nothing_to_undo() {
    let scene = || sees("alias/shop", Some(key("Enabled")));
    let step = scene().step("prove");
    assert!(step.acts && step.undo == Undo::NoneNeeded);
    assert!(scene().act("prove").operation.is_proof());
    assert_eq!(scene().act("prove").operation.settle_seconds(), 0.0);
    assert_eq!(name_of(&scene().goal("prove")), "untouched");
    assert_eq!(name_of(&scene().unanswered().goal("prove")), "untouched");
    assert_eq!(name_of(&scene().taken(None).goal("prove")), "holds");
    assert_eq!(name_of(&sees("alias/shop", Some(key("Disabled"))).taken(None).goal("prove")), "bad");
    let signs = KmsKey { usage: "SIGN_VERIFY".into(), spec: "ECC_NIST_P256".into(), ..key("Enabled") };
    assert_eq!(sees("alias/shop", Some(signs)).refusals("prove"), ["kms-usage"]);
}

#[test]
fn a_single_region_key_and_a_deletion_are_told() {
    let single = KmsKey { multi_region: false, ..key("Enabled") };
    assert_eq!(sees("alias/shop", Some(single)).refusals("ready"), ["kms-region"]);
    let dying = KmsKey { deleted_from: Some(jiff::Timestamp::UNIX_EPOCH), ..key("PendingDeletion") };
    assert_eq!(sees("alias/shop", Some(dying)).refusals("ready"), ["kms-key", "kms-deletion"]);
}

#[test]
fn in_a_switchover_the_alias_has_to_be_of_one_key() {
    let scene = |old: &str| {
        let scene = sees("alias/shop", Some(key("Enabled"))).switchover();
        let there = KmsKey { id: old.into(), ..key("Enabled") };
        let query = Query::Key { id: "alias/shop".into() };
        scene.sees(Side::Primary, query.into(), Observation::Key { key: Some(there) }.into())
    };
    assert!(scene("mrk-1").refusals("ready").is_empty());
    assert_eq!(scene("mrk-9").refusals("ready"), ["kms-alias"]);
}

#[test]
fn a_primary_key_that_was_moved_away_is_told_on_the_way_back_and_there_alone() {
    let roles = |old: &str, new: &str| {
        let of = |role: &str| Observation::Key { key: Some(KmsKey { role: Some(role.into()), ..key("Enabled") }) };
        let query = || Query::Key { id: "alias/shop".into() };
        let scene = Scene::new("kms", json!({ "key": "alias/shop" }));
        scene.sees(Side::Recovery, query().into(), of(new).into()).sees(Side::Primary, query().into(), of(old).into())
    };
    let away = roles("PRIMARY", "REPLICA").failback();
    assert_eq!(away.refusals("ready"), ["kms-primary"]);
    let checks = away.work("ready").prechecks(&away.facts()).into_iter();
    let fix = checks.filter(|check| check.code.as_str() == "kms-primary").map(|check| check.fix).next();
    let call = "aws kms update-primary-region --region eu-west-1 --key-id mrk-1 --primary-region eu-central-1";
    assert!(fix.as_deref().is_some_and(|fix| fix.starts_with(call)), "{fix:?}");
    assert!(roles("REPLICA", "PRIMARY").failback().refusals("ready").is_empty());
    assert!(roles("PRIMARY", "REPLICA").switchover().refusals("ready").is_empty(), "as it should be before a move");
}

#[test]
fn what_is_no_key_is_told_as_it_is_read() {
    for (name, is_wrong) in [
        ("alias/shop", false),
        ("mrk-1234abcd", false),
        (ARN, false),
        ("${keys.arn}", false),
        ("shop key", true),
        ("arn:aws:iam::123456789012:role/x", true),
        ("", true),
    ] {
        assert_eq!(!Scene::new("kms", json!({ "key": name })).problems().is_empty(), is_wrong, "{name}");
    }
}
