use super::trust::Trust;
use super::words::{Decision, Observation, Query, Role};
use crate::plan::{Level, Side};
use crate::service::observation as any;
use crate::service::scene::{Scene, given_by, name_of, words_of};
use crate::text::Clean;
use serde_json::{Value, json};

const ARN: &str = "arn:aws:iam::1:role/app/task";
const AT: &str = "arn:aws:s3:::shop-west/*";

fn fields() -> Value {
    json!({ "role": "task", "may": ["s3:GetObject"], "on": [AT], "trusts": ["ecs-tasks.amazonaws.com"] })
}

fn role() -> Role {
    let trust = Trust {
        allows: true,
        services: vec!["ecs-tasks.amazonaws.com".into()],
        actions: vec!["sts:AssumeRole".into()],
        ..Trust::default()
    };
    Role { arn: ARN.into(), trusts: Some(vec![trust]) }
}

fn decision(decision: &str) -> Decision {
    Decision { action: "s3:GetObject".into(), resource: AT.into(), decision: decision.into(), ..Decision::default() }
}

fn simulation() -> Query {
    Query::Simulation { name: "task".into(), actions: vec!["s3:GetObject".into()], resources: vec![AT.into()] }
}

fn sees(fields: Value, role: Option<Role>, decisions: Vec<Decision>) -> Scene {
    let seen: any::Observation = Observation::Role { role }.into();
    let simulated: any::Observation = Observation::Simulation { decisions: Some(decisions) }.into();
    Scene::new("iam", fields).sees(Side::Recovery, Query::Role { name: "task".into() }.into(), seen).sees(
        Side::Recovery,
        simulation().into(),
        simulated,
    )
}

#[test]
fn a_role_that_is_allowed_and_trusted_holds_and_gives_its_arn() {
    let scene = sees(fields(), Some(role()), vec![decision("allowed")]);
    let verdict = scene.goal("ready");
    assert_eq!((name_of(&verdict), given_by(&verdict)["arn"].as_str()), ("holds", ARN), "{}", words_of(&verdict));
    assert!(scene.refusals("ready").is_empty());
}

#[test]
fn each_thing_that_is_wrong_is_told_by_its_code_and_is_never_green() {
    let missing = Decision { missing: vec!["aws:RequestedRegion".into()], ..decision("allowed") };
    let bounded = Decision { boundary: Some(false), ..decision("allowed") };
    let organized = Decision { organization: Some(false), ..decision("allowed") };
    let elsewhere = Decision { resource: "arn:aws:s3:::shop-east/*".into(), ..decision("allowed") };
    let untrusting = Role { trusts: Some(Vec::new()), ..role() };
    let unread = Role { trusts: None, ..role() };
    let ok = || vec![decision("allowed")];
    let table = [
        (None, ok(), "iam-role", "bad"),
        (Some(untrusting), ok(), "iam-trust", "bad"),
        (Some(unread), ok(), "iam-trust", "unknown"),
        (Some(role()), vec![decision("implicitDeny")], "iam-may", "bad"),
        (Some(role()), vec![decision("explicitDeny")], "iam-may", "bad"),
        (Some(role()), vec![bounded], "iam-may", "bad"),
        (Some(role()), vec![organized], "iam-may", "bad"),
        (Some(role()), vec![missing], "iam-may", "unknown"),
        (Some(role()), vec![decision("ofTheFuture")], "iam-may", "unknown"),
        (Some(role()), vec![elsewhere], "iam-may", "unknown"),
        (Some(role()), vec![], "iam-may", "unknown"),
        (Some(role()), vec![decision("allowed"), decision("explicitDeny")], "iam-may", "bad"),
    ];
    for (role, decisions, code, verdict) in table {
        let scene = sees(fields(), role, decisions.clone());
        assert_eq!(scene.refusals("ready"), [code], "{decisions:?}");
        assert_eq!(name_of(&scene.goal("ready")), verdict, "{code} {decisions:?}");
    }
}

#[test]
fn who_denies_is_said() {
    let told = |decision: Decision| words_of(&sees(fields(), Some(role()), vec![decision]).goal("ready"));
    assert!(told(Decision { boundary: Some(false), ..decision("implicitDeny") }).contains("permissions boundary"));
    assert!(told(Decision { organization: Some(false), ..decision("explicitDeny") }).contains("organization"));
    assert!(told(decision("implicitDeny")).contains("s3:GetObject on arn:aws:s3:::shop-west/*: implicitDeny"));
}

#[test]
fn the_role_of_the_plan_is_the_one_that_is_meant() {
    let of = |given: &str| {
        let mut fields = fields();
        fields["role"] = given.into();
        sees(fields, Some(role()), vec![decision("allowed")])
    };
    assert_eq!(name_of(&of(ARN).goal("ready")), "holds");
    let other = of("arn:aws:iam::2:role/app/task");
    assert_eq!(name_of(&other.goal("ready")), "bad");
    assert!(
        other.work("ready").prechecks(&other.facts()).iter().any(|check| check.identity && check.level != Level::Ok)
    );
}

#[test]
fn nothing_waits_for_iam_while_its_region_fails() {
    let mut scene = Scene::new("iam", fields());
    assert!(!scene.step("ready").beside);
    scene.plan.application.primary = "us-east-1".into();
    assert!(scene.step("ready").beside);
    assert!(!scene.switchover().step("ready").beside, "both regions are well");
}

#[test]
fn what_is_no_role_action_or_arn_is_told_in_the_plan() {
    let at = |change: Value| {
        let mut fields = fields();
        for (name, value) in change.as_object().expect("a table") {
            fields[name] = value.clone();
        }
        Scene::new("iam", fields)
    };
    let problem =
        |change: Value| at(change).problems().into_iter().filter_map(|problem| problem.field).collect::<Vec<_>>();
    assert_eq!(problem(json!({ "role": "arn:aws:iam::1:user/x" })), ["role"]);
    assert_eq!(problem(json!({ "role": "app/task" })), ["role"]);
    assert_eq!(problem(json!({ "may": ["GetObject"] })), ["may"]);
    assert_eq!(problem(json!({ "may": ["s3:Get*"] })), ["may"]);
    assert_eq!(problem(json!({ "may": [] })), ["on"]);
    assert!(problem(json!({ "role": "${api.role}" })).is_empty());
    assert_eq!(at(json!({ "on": ["arn:aws:sqs:eu-west-1:1:q"] })).findings(), ["iam-region"]);
    assert!(at(json!({})).findings().is_empty());
    let _: Clean = ARN.into();
}
