//! What an invocation is held to: its own answer; and that nobody but a person asks for a second one.

use crate::plan::{GateKind, Level, Side, Undo};
use crate::service::lambda::words::{Concurrency, Function, Observation, Operation, Query};
use crate::service::observation::{self as any, Exit};
use crate::service::operation::{self, Receipt};
use crate::service::scene::{Scene, given_by, name_of, start, words_of};
use crate::service::touched::Hole;
use crate::service::work::{Asked, Verdict};
use serde_json::{Value, json};

fn scene(more: Value) -> Scene {
    let mut fields = json!({ "function": "warm" });
    for (name, value) in more.as_object().expect("a table") {
        fields[name] = value.clone();
    }
    Scene::new("invoke", fields)
}

fn sees(scene: Scene, function: Option<Function>, reserved: Option<u64>) -> Scene {
    let concurrency = function.as_ref().map(|_| Concurrency { reserved });
    let seen = |seen| any::Observation::Lambda(seen);
    let asked = Query::Function { function: "warm".into(), qualifier: None };
    let room = Query::FunctionConcurrency { function: "warm".into() };
    scene.sees(Side::Recovery, asked.into(), seen(Observation::Function { function })).sees(
        Side::Recovery,
        room.into(),
        seen(Observation::FunctionConcurrency { concurrency }),
    )
}

fn active() -> Function {
    Function { arn: "arn".into(), state: "Active".into(), update: "Successful".into(), ..Function::default() }
}

fn answered(mut scene: Scene, code: i32, answer: &str, error: &str) -> Verdict {
    let exit = Exit { code: Some(code), stdout: answer.into(), stderr: error.into() };
    scene.asked = Asked::Taken { at: start(), receipt: Receipt { id: None, exit: Some(exit) } };
    scene.goal("call")
}

#[test]
fn what_it_answers_tells() {
    let any = || scene(json!({}));
    let good = answered(any(), 0, "{\"warm\": true}", "");
    assert_eq!(given_by(&good)["answer"].as_str(), "{\"warm\": true}");
    assert_eq!(name_of(&answered(any(), 0, "", "")), "holds");
    let failed = answered(any(), 1, "{\"errorMessage\": \"no database\"}", "Unhandled");
    assert!(name_of(&failed) == "bad" && words_of(&failed).contains("no database"), "{failed:?}");
    let wants = || scene(json!({ "expect": { "/warm": "true", "/side": "west" } }));
    for (answer, is) in [
        ("{\"warm\": true, \"side\": \"west\"}", "holds"),
        ("{\"warm\": true, \"side\": \"east\"}", "bad"),
        ("{\"warm\": true}", "bad"),
        ("warm", "bad"),
        ("", "bad"),
    ] {
        assert_eq!(name_of(&answered(wants(), 0, answer, "")), is, "{answer}");
    }
    // An error's answer is none, whatever stands in it.
    assert_eq!(name_of(&answered(wants(), 1, "{\"warm\": true, \"side\": \"west\"}", "Handled")), "bad");
}

#[test]
fn without_an_answer_nobody_but_a_person_asks_again() {
    let lost = scene(json!({})).unanswered();
    assert!(matches!(lost.goal("call"), Verdict::Unknown { asking_again_sends: true, .. }));
    let act = scene(json!({})).act("call").operation;
    assert!(!act.is_sent_again() && !act.is_proof());
    assert_eq!(act.longest_seconds(), Some(900.0));
    assert!(lost.work("call").asks(&lost.asked).is_empty(), "there is nothing to look at");
}

#[test]
fn a_function_that_may_not_run_is_refused_first() {
    let refused = |function: Option<Function>, reserved| sees(scene(json!({})), function, reserved).refusals("call");
    assert!(refused(Some(active()), None).is_empty());
    assert!(refused(Some(active()), Some(5)).is_empty());
    assert_eq!(refused(Some(active()), Some(0)), ["lambda-concurrency"]);
    assert_eq!(refused(None, None), ["lambda-exists"]);
    assert_eq!(refused(Some(Function { state: "Failed".into(), ..active() }), None), ["lambda-active"]);
    let untold = scene(json!({}));
    let checks = untold.work("call").prechecks(&untold.facts());
    assert!(checks.iter().all(|check| check.level == Level::Unknown), "{checks:?}");
}

#[test]
fn the_way_back_is_another_payload_or_another_function_and_none_is_a_point_of_no_return() {
    let step = scene(json!({})).step("call");
    assert_eq!((step.undo, step.gates[0].kind()), (Undo::PointOfNoReturn, GateKind::PointOfNoReturn));
    assert_eq!(scene(json!({})).findings(), ["invoke-no-undo"]);
    let sent = |more: Value| {
        let scene = scene(more);
        let act = scene.way_back("call").expect("one").act(&scene.facts()).expect("it acts");
        match act.operation {
            operation::Operation::Lambda(Operation::InvokeFunction { function, qualifier, payload, .. }) => {
                (function.to_string(), qualifier.map(|it| it.to_string()), payload)
            }
            other => panic!("{other:?}"),
        }
    };
    let some = |text: &str| Some(text.to_owned());
    let same = sent(json!({ "qualifier": "live", "undo": { "payload": "{}" } }));
    assert_eq!(same, ("warm".to_owned(), some("live"), some("{}")));
    let other = sent(json!({ "qualifier": "live", "undo": { "function": "cool" } }));
    assert_eq!(other, ("cool".to_owned(), None, None));
    assert_eq!(scene(json!({ "undo": {} })).step("call").undo, Undo::Reversible);
}

#[test]
fn what_cannot_be_meant_is_told_as_it_is_read() {
    for (more, wrong) in [
        (json!({ "payload": "{\"a\": 1}" }), vec![]),
        (json!({ "payload": "\"a\"" }), vec![]),
        (json!({ "payload": "a" }), vec!["payload"]),
        (json!({ "payload": "{\"host\": \"${db.endpoint}\"}" }), vec![]),
        (json!({ "function": "a b" }), vec!["function"]),
        (json!({ "undo": { "payload": "{" } }), vec!["undo"]),
        (json!({ "expect": { "warm": "true" } }), vec!["expect"]),
    ] {
        let problems = scene(more.clone()).problems();
        assert_eq!(problems.into_iter().filter_map(|problem| problem.field).collect::<Vec<_>>(), wrong, "{more}");
    }
    let elsewhere = "arn:aws:lambda:eu-west-1:111122223333:function:warm";
    assert!(scene(json!({ "function": elsewhere, "undo": {} })).findings().contains(&"invoke-place".to_owned()));
}

#[test]
fn what_iam_has_to_allow_is_the_function_as_it_is_called() {
    let holes = |more: Value| {
        let scene = scene(more);
        let of = |name: &str| match scene.kind().hole(scene.component(), name) {
            Hole::Text(text) => text,
            Hole::Absent => "-".to_owned(),
            Hole::Untold => "?".to_owned(),
            Hole::Several(all) => all.join(","),
        };
        ["called", "function", "undo.called", "undo.function"].map(of).join(" ")
    };
    assert_eq!(holes(json!({})), "warm warm - -");
    assert_eq!(holes(json!({ "qualifier": "live", "undo": {} })), "warm:live warm warm:live warm");
    let undo = json!({ "function": "cool", "qualifier": "2" });
    assert_eq!(holes(json!({ "qualifier": "live", "undo": undo })), "warm:live warm cool:2 cool");
    let arn = "arn:aws:lambda:eu-central-1:111122223333:function:warm:live";
    assert_eq!(holes(json!({ "function": arn })), "warm:live warm - -");
    assert_eq!(holes(json!({ "function": "${a.arn}" })), "? ? - -");
}
