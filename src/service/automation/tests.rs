//! What an execution is held to: its own end, by its own id, of its own document; and never two of it.

use super::words::{Document, Execution, Observation, Operation, Query};
use crate::plan::{GateKind, Level, Side, Undo};
use crate::service::observation as any;
use crate::service::operation::{self, Act};
use crate::service::scene::{Scene, given_by, name_of, words_of};
use crate::service::work::Check;
use crate::text::Clean;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const ID: &str = "11111111-2222-3333-4444-555555555555";

fn scene(more: Value) -> Scene {
    let mut fields = json!({ "document": "shop-warm", "parameters": { "Side": "west" } });
    for (name, value) in more.as_object().expect("a table") {
        fields[name] = value.clone();
    }
    Scene::new("runbook", fields)
}

fn plain() -> Scene {
    scene(json!({}))
}

fn document() -> Document {
    Document {
        name: "shop-warm".into(),
        sort: "Automation".into(),
        status: "Active".into(),
        version: "1".into(),
        parameters: BTreeMap::from([("Side".into(), false), ("Wait".into(), true)]),
    }
}

fn has(scene: Scene, document: Option<Document>) -> Scene {
    let query = Query::AutomationDocument { document: "shop-warm".into(), version: None };
    let seen = Observation::AutomationDocument { document };
    scene.sees(Side::Recovery, query.into(), any::Observation::Automation(seen))
}

fn execution(status: &str) -> Execution {
    Execution {
        id: ID.into(),
        document: "shop-warm".into(),
        version: "1".into(),
        status: status.into(),
        ..Execution::default()
    }
}

fn tells(scene: Scene, execution: Option<Execution>) -> Scene {
    let query = Query::AutomationExecution { id: ID.into() };
    let seen = Observation::AutomationExecution { execution };
    scene.taken(Some(ID)).sees(Side::Recovery, query.into(), any::Observation::Automation(seen))
}

fn start(act: &Act) -> (Clean, BTreeMap<String, Vec<String>>, Clean) {
    match &act.operation {
        operation::Operation::Automation(Operation::StartAutomation { document, parameters, token, .. }) => {
            (document.clone(), parameters.clone(), token.clone())
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn its_own_end_tells_and_what_waits_for_somebody_says_so() {
    for (status, is) in [
        ("Success", "holds"),
        ("CompletedWithSuccess", "holds"),
        ("Failed", "bad"),
        ("TimedOut", "bad"),
        ("Cancelled", "bad"),
        ("Rejected", "bad"),
        ("CompletedWithFailure", "bad"),
        ("Exited", "bad"),
        ("Pending", "moving"),
        ("InProgress", "moving"),
        ("Cancelling", "moving"),
        ("PendingApproval", "moving"),
        ("Waiting", "moving"),
        ("success", "moving"),
        ("of the future", "moving"),
    ] {
        assert_eq!(name_of(&tells(plain(), Some(execution(status))).goal("run")), is, "{status}");
    }
    let done = tells(plain(), Some(execution("Success"))).goal("run");
    assert_eq!(given_by(&done)["execution"].as_str(), ID);
    let waits = tells(plain(), Some(execution("PendingApproval"))).goal("run");
    assert!(words_of(&waits).contains("waits for somebody"));
    let failed = Execution { failure: Some("Step fails".into()), ..execution("Failed") };
    assert!(words_of(&tells(plain(), Some(failed)).goal("run")).contains("Step fails"));
    assert_eq!(name_of(&tells(plain(), None).goal("run")), "moving");
}

#[test]
fn an_execution_of_something_else_is_none_of_it_however_well_it_ended() {
    let other = Execution { document: "shop-cool".into(), ..execution("Success") };
    assert_eq!(name_of(&tells(plain(), Some(other)).goal("run")), "bad");
    let other = Execution { id: "another".into(), ..execution("Success") };
    assert_eq!(name_of(&tells(plain(), Some(other)).goal("run")), "bad");
    let arn = "arn:aws:ssm:eu-central-1:111122223333:automation-definition/shop-warm";
    assert_eq!(name_of(&tells(scene(json!({ "document": arn })), Some(execution("Success"))).goal("run")), "holds");
    assert_eq!(name_of(&plain().taken(None).goal("run")), "unknown", "which one it is was not told");
}

#[test]
fn without_an_answer_the_very_same_is_sent_and_otherwise_another_each_time() {
    let first = has(plain(), Some(document())).act("run");
    let later = has(plain(), Some(document())).later(9).act("run");
    assert_ne!(start(&first).2, start(&later).2);
    assert_eq!(start(&first).2.len(), 36);
    let lost = Scene { sent: Some(first.clone()), ..has(plain().unanswered().later(9), Some(document())) };
    assert_eq!(name_of(&lost.goal("run")), "untouched");
    assert_eq!(lost.act("run"), first);
    // One that is known to have ended badly is started anew by who asks for it.
    let anew = Scene { sent: Some(first.clone()), ..has(plain().later(9), Some(document())) };
    assert_ne!(anew.act("run"), first);
}

#[test]
fn parameters_are_lists_of_texts() {
    let given = json!({ "parameters": { "Side": "west", "Ids": "[\"a\", \"b\"]", "Odd": "[x" } });
    let (name, parameters, _) = start(&has(scene(given), Some(document())).act("run"));
    assert_eq!(name.as_str(), "shop-warm");
    let of = |name: &str| parameters[name].iter().map(String::as_str).collect::<Vec<_>>();
    assert_eq!((of("Side"), of("Ids"), of("Odd")), (vec!["west"], vec!["a", "b"], vec!["[x"]));
}

#[test]
fn a_document_that_is_not_it_or_does_not_take_what_it_is_given_is_refused_first() {
    let refused = |document: Option<Document>| {
        let seen = has(plain(), document);
        assert_eq!(name_of(&seen.goal("run")), "untouched");
        let checks = seen.work("run").prechecks(&seen.facts());
        let wrong: Vec<&Check> = checks.iter().filter(|check| check.level != Level::Ok).collect();
        wrong.iter().map(|check| (check.code.to_string(), check.identity)).collect::<Vec<_>>()
    };
    let told = |code: &str, identity| vec![(code.to_owned(), identity)];
    assert!(refused(Some(document())).is_empty());
    assert_eq!(refused(None), told("runbook-document", true));
    assert_eq!(refused(Some(Document { sort: "Command".into(), ..document() })), told("runbook-document", true));
    assert_eq!(refused(Some(Document { name: "other".into(), ..document() })), told("runbook-document", true));
    assert_eq!(refused(Some(Document { status: "Creating".into(), ..document() })), told("runbook-active", false));
    let strange = BTreeMap::from([("Other".into(), true)]);
    assert_eq!(refused(Some(Document { parameters: strange, ..document() })), told("runbook-parameters", false));
    let more = BTreeMap::from([("Side".into(), false), ("Wanted".into(), false)]);
    assert_eq!(refused(Some(Document { parameters: more, ..document() })), told("runbook-parameters", false));
}

#[test]
fn without_an_undo_it_is_a_point_of_no_return() {
    let step = plain().step("run");
    assert_eq!((step.undo, step.gates[0].kind()), (Undo::PointOfNoReturn, GateKind::PointOfNoReturn));
    assert_eq!(plain().findings(), ["runbook-no-undo"]);
    assert!(plain().taken(Some(ID)).way_back("run").is_none());
    let undo = || scene(json!({ "undo": { "document": "shop-cool", "parameters": { "Side": "west" } } }));
    assert!(undo().step("run").gates.is_empty() && undo().findings().is_empty());
    let scene = undo();
    let act = scene.way_back("run").expect("one").act(&scene.facts()).expect("it acts");
    assert_eq!(start(&act).0.as_str(), "shop-cool");
    assert_ne!(start(&act).2, start(&has(undo(), Some(document())).act("run")).2);
    let waits = self::scene(json!({ "undo": { "document": "a", "parameters": { "Host": "${orders-db.endpoint}" } } }));
    assert!(waits.way_back("run").is_none());
}

#[test]
fn what_cannot_be_meant_is_told_as_it_is_read() {
    for (more, wrong) in [
        (json!({}), vec![]),
        (json!({ "document": "" }), vec!["document"]),
        (json!({ "document": "shop warm" }), vec!["document"]),
        (json!({ "version": "$LATEST" }), vec![]),
        (json!({ "version": "newest" }), vec!["version"]),
        (json!({ "undo": { "document": "a b" } }), vec!["undo"]),
        (json!({ "undo": { "document": "a", "version": "v1" } }), vec!["undo"]),
    ] {
        let problems = scene(more.clone()).problems();
        assert_eq!(problems.into_iter().filter_map(|problem| problem.field).collect::<Vec<_>>(), wrong, "{more}");
    }
}
