//! What a global table is held to: it is the one that the plan means, before it is `ACTIVE`.

use super::words::{Index, Observation, Query, Replica, Table};
use crate::plan::{Gate, Intent, Level, Role, Side};
use crate::service::cloudwatch::LagSample;
use crate::service::scene::{Scene, name_of, words_of};
use serde_json::{Value, json};

fn scene(more: Value) -> Scene {
    let mut fields = json!({ "table": "carts" });
    for (name, value) in more.as_object().expect("a table") {
        fields[name] = value.clone();
    }
    Scene::new("dynamodb", fields)
}

fn replica(region: &str, status: &str) -> Replica {
    Replica { region: region.into(), status: status.into() }
}

fn table(status: &str) -> Table {
    Table {
        name: "carts".into(),
        status: status.into(),
        indexes: vec![Index { name: "by-owner".into(), status: "ACTIVE".into(), ..Index::default() }],
        replicas: vec![replica("eu-west-1", "ACTIVE")],
        consistency: Some("EVENTUAL".into()),
        ..Table::default()
    }
}

fn sees(scene: Scene, table: Option<Table>) -> Scene {
    let query = Query::Table { name: "carts".into() };
    scene.sees(Side::Recovery, query.into(), Observation::Table { table }.into())
}

#[test]
fn an_active_table_that_replicates_with_nobody_is_another_one() {
    for replicas in [vec![], vec![replica("eu-north-1", "ACTIVE")], vec![replica("eu-central-1", "ACTIVE")]] {
        let told = sees(scene(json!({})), Some(Table { replicas, ..table("ACTIVE") })).goal("ready");
        assert_eq!(name_of(&told), "bad", "{told:?}");
        assert!(words_of(&told).contains("not with eu-west-1"), "{told:?}");
    }
}

#[test]
fn whether_it_lists_itself_makes_no_difference() {
    let replicas = vec![replica("eu-central-1", "ACTIVE"), replica("eu-west-1", "REGION_DISABLED")];
    let told = sees(scene(json!({})), Some(Table { replicas, ..table("ACTIVE") })).goal("ready");
    assert_eq!(name_of(&told), "holds", "the region that is left is not what is waited for");
    assert!(words_of(&told).contains("REGION_DISABLED"), "{told:?}");
}

#[test]
fn only_a_table_and_indexes_that_are_active_hold_and_what_is_not_known_moves() {
    let goal = |status: &str| name_of(&sees(scene(json!({})), Some(table(status))).goal("ready")).to_owned();
    assert_eq!(goal("ACTIVE"), "holds");
    for status in ["UPDATING", "CREATING", "active", "SOMETHING_NEW", ""] {
        assert_eq!(goal(status), "moving", "{status}");
    }
    for status in
        ["INACCESSIBLE_ENCRYPTION_CREDENTIALS", "REPLICATION_NOT_AUTHORIZED", "ARCHIVING", "ARCHIVED", "DELETING"]
    {
        assert_eq!(goal(status), "bad", "{status}");
    }
    let indexes = vec![Index { name: "by-owner".into(), status: "CREATING".into(), ..Index::default() }];
    assert_eq!(name_of(&sees(scene(json!({})), Some(Table { indexes, ..table("ACTIVE") })).goal("ready")), "moving");
    assert_eq!(name_of(&sees(scene(json!({})), None).goal("ready")), "bad");
}

#[test]
fn a_table_that_has_to_be_strongly_consistent_is_and_has_no_lag_then() {
    let strong = || scene(json!({ "consistency": "strong" }));
    assert_eq!(name_of(&sees(strong(), Some(table("ACTIVE"))).goal("ready")), "bad");
    let is = Table { consistency: Some("STRONG".into()), ..table("ACTIVE") };
    assert_eq!(name_of(&sees(strong(), Some(is)).goal("ready")), "holds");
    assert!(strong().kind().lag(strong().component(), &strong().plan.application).is_none());
    assert_eq!(strong().step("ready").role(), Role::Check);
}

#[test]
fn what_is_missing_in_the_copy_is_asked_about_in_both_intents() {
    for intent in [Intent::Failover, Intent::Switchover] {
        let mut scene = scene(json!({}));
        (scene.intent, scene.plan.application.rpo_seconds) = (intent, Some(30.0));
        let step = scene.step("ready");
        assert_eq!((step.role(), step.acts), (Role::Copy, false));
        assert_eq!(step.gates, [Gate::Loss { rpo_seconds: 30.0 }]);
    }
}

#[test]
fn a_lag_is_told_by_the_region_that_is_written_to_and_no_sample_is_none() {
    let it = scene(json!({}));
    let ask = it.kind().lag(it.component(), &it.plan.application).expect("a store");
    assert_eq!(ask.place, it.place(Side::Primary));
    let silent = LagSample { seconds: None, sampled_at: None, instead: Some("no sample in the last 3h".into()) };
    let weighed = it.kind().weigh_lag(it.component(), &it.plan.application, silent.clone(), &it.facts());
    assert!(weighed.seconds.is_none() && weighed.instead.expect("words").contains("nothing was written"));
    let strong = sees(it, Some(Table { consistency: Some("STRONG".into()), ..table("ACTIVE") }));
    let weighed = strong.kind().weigh_lag(strong.component(), &strong.plan.application, silent, &strong.facts());
    assert!(weighed.instead.expect("words").contains("strongly consistent"));
}

#[test]
fn the_plan_means_the_table_by_its_own_name_only() {
    let codes = |seen: Scene| -> Vec<(String, bool)> {
        let checks = seen.work("ready").prechecks(&seen.facts());
        let wrong = checks.into_iter().filter(|check| check.level != Level::Ok);
        wrong.map(|check| (check.code.to_string(), check.identity)).collect()
    };
    assert_eq!(codes(sees(scene(json!({})), Some(table("ACTIVE")))), []);
    assert_eq!(codes(sees(scene(json!({})), None)), [("dynamodb-replica".to_owned(), true)]);
    let replicas = vec![replica("eu-west-1", "REGION_DISABLED")];
    let weak = sees(scene(json!({})), Some(Table { replicas, ..table("ACTIVE") }));
    assert_eq!(codes(weak), [("dynamodb-replica-status".to_owned(), false)]);
    for name in ["x", "arn:aws:dynamodb:eu-west-1:1:table/carts", "a table"] {
        assert_eq!(scene(json!({ "table": name })).problems().len(), 1, "{name}");
    }
}
