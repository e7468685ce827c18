//! What the answers of a plug-in mean, whatever it says.

use super::Plugin;
use super::words::{Answer, Told, Verb};
use crate::plan::plugin::{Hello, Plugged, Program};
use crate::plan::{Application, Component, Draft, Fields, Gate, Intent, Kind, Level, Plan, Runbook, Side, Undo};
use crate::service::ask::Query;
use crate::service::local::{Observation as Local, Query as LocalQuery};
use crate::service::observation::{Observation, Seen};
use crate::service::operation::{LocalOperation, Operation, Receipt};
use crate::service::scene::{Scene, name_of, start, words_of};
use crate::service::work::{Asked, Verdict};
use crate::service::{Context, Registry, Service};
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn hello() -> Hello {
    let step =
        |action: &str, undo: &str| json!({ "action": action, "acts": true, "undo": undo, "timeout_seconds": 5.5 });
    let said = json!({ "protocol": 1, "name": "k8s", "version": "1", "kinds": [{ "kind": "deployment", "outputs": ["ip"],
        "fields": [{ "name": "replicas", "takes": "count", "required": true }, { "name": "host", "takes": "text" }],
        "steps": { "failover": [step("scale", "reversible"), step("drop", "point_of_no_return")] },
        "rules": [{ "code": "k8s-there", "wanted": "one" }] }] });
    Hello::read(&said.to_string()).expect("a hello")
}

fn component(fields: Value, trusted: bool) -> Component {
    let program = Program { name: "k8s".into(), run: vec!["./k8s".to_owned()], ..Program::default() };
    let plugged = match trusted {
        true => Plugged { program, kind: Some(hello().kinds[0].clone()), not_looked_at: None },
        false => Plugged::untrusted(&program, "nobody here said landfall plugin trust"),
    };
    let fields = Fields(fields.as_object().cloned().unwrap_or_default());
    Component { plugin: Some(Box::new(plugged)), ..Component::plain("web", "k8s/deployment", fields) }
}

fn plan(component: Component) -> Plan {
    let mut plan = Scene::new("manual", json!({ "ask": "x" })).plan;
    plan.components = vec![component];
    plan
}

fn drafts(component: &Component, intent: Intent) -> Vec<Draft> {
    Plugin.steps(component, &plan(component.clone()).application, intent)
}

/// What `action` comes to by `answer`, and what it would send.
fn judged(plan: &Plan, action: &str, asked: &Asked, answer: &Answer) -> (Verdict, Option<Operation>, Value) {
    let runbook = Runbook::compile(plan, Intent::Failover, &Registry).expect("no circle");
    let step = runbook.steps.iter().find(|step| step.id.action() == action).expect("the step");
    let outputs = BTreeMap::new();
    let context = Context {
        plan,
        intent: Intent::Failover,
        component: &plan.components[0],
        begun_at: start(),
        past_the_point: false,
        may_be_promoted: true,
        run: "7f3c",
        attempt: 1,
        outputs: &outputs,
    };
    let work = Plugin.work(step, &context);
    let seen: Vec<Seen> = work
        .asks(asked)
        .into_iter()
        .map(|ask| Seen { ask, at: start(), answer: Ok(Observation::Local(Local::Plugin(Box::new(answer.clone())))) })
        .collect();
    let before = Value::Null;
    let facts = crate::service::Facts {
        now: start(),
        started_at: start(),
        asked,
        sent: None,
        before: &before,
        seen: &seen,
        good_in_a_row: 0,
        good_since: None,
    };
    (work.goal(&facts), work.act(&facts).map(|act| act.operation), work.before_image(&facts))
}

fn said(verdict: &str, note: &str) -> Answer {
    Answer { verdict: verdict.into(), note: note.into(), before: json!({ "replicas": 1 }), ..Answer::default() }
}

#[test]
fn what_it_says_is_believed_no_further_than_its_words_go() {
    let plan = plan(component(json!({ "replicas": 3 }), true));
    let verdict = |answer: &Answer| judged(&plan, "scale", &Asked::No, answer).0;
    assert_eq!(name_of(&verdict(&said("holds", "3 of 3"))), "holds");
    assert_eq!(name_of(&verdict(&said("holds", " "))), "unknown", "what shows nothing is not shown");
    assert_eq!(name_of(&verdict(&said("moving", ""))), "moving");
    assert_eq!(name_of(&verdict(&said("untouched", ""))), "untouched");
    assert_eq!(name_of(&verdict(&said("bad", "gone"))), "bad");
    assert_eq!(name_of(&verdict(&said("HOLDS", "3 of 3"))), "unknown");
    assert_eq!(words_of(&verdict(&said("fine", "3"))), "the plug-in answered `fine`, which is no verdict");
    assert_eq!(name_of(&verdict(&Answer::default())), "unknown");
}

#[test]
fn an_act_has_the_before_image_and_is_never_sent_again_by_itself() {
    let plan = plan(component(json!({ "replicas": 3 }), true));
    let (_, act, before) = judged(&plan, "scale", &Asked::No, &said("untouched", "1 of 3"));
    let act = act.expect("it acts");
    assert!(!act.is_sent_again());
    let Operation::Local(LocalOperation::Plugin(deed)) = act else { panic!("{act:?}") };
    assert_eq!((deed.verb(), deed.deadline_seconds, &deed.before), ("act", 6, &before));
    assert_eq!(before["replicas"], 1);
}

#[test]
fn once_sent_it_is_asked_whether_it_is_verified_with_what_came_back() {
    let plan = plan(component(json!({ "replicas": 3 }), true));
    let runbook = Runbook::compile(&plan, Intent::Failover, &Registry).expect("no circle");
    let outputs = BTreeMap::new();
    let context = Context {
        plan: &plan,
        intent: Intent::Failover,
        component: &plan.components[0],
        begun_at: start(),
        past_the_point: false,
        may_be_promoted: true,
        run: "7f3c",
        attempt: 1,
        outputs: &outputs,
    };
    let receipt = Receipt { id: Some("r-1".into()), exit: None };
    let asked = Asked::Taken { at: start(), receipt: receipt.clone() };
    let question = |work: &dyn crate::service::Work, asked: &Asked| match &work.asks(asked)[0].query {
        Query::Local(LocalQuery::Plugin(question)) => question.as_ref().clone(),
        other => panic!("{other:?}"),
    };
    let asks = question(Plugin.work(&runbook.steps[0], &context).as_ref(), &asked);
    assert_eq!((asks.verb, asks.receipt.as_deref(), asks.undo), (Verb::Verify, Some("r-1"), false));
    let before = json!({ "replicas": 1 });
    let back = Plugin.compensation(&runbook.steps[0], &context, &before, Some(&receipt)).expect("it is reversible");
    let asks = question(back.as_ref(), &Asked::No);
    assert_eq!((asks.verb, asks.undo, asks.before.as_deref()), (Verb::Observe, true, Some("{\"replicas\":1}")));
    assert!(Plugin.compensation(&runbook.steps[1], &context, &before, Some(&receipt)).is_none());
}

#[test]
fn a_point_of_no_return_is_asked_whatever_it_says_of_its_gates() {
    let drafts = drafts(&component(json!({ "replicas": 3 }), true), Intent::Failover);
    assert_eq!((drafts[0].undo, drafts[0].gates.len()), (Undo::Reversible, 0));
    assert_eq!((drafts[1].undo, &drafts[1].gates), (Undo::PointOfNoReturn, &vec![Gate::PointOfNoReturn]));
}

#[test]
fn what_is_not_trusted_or_has_no_steps_is_refused_before_anything_acts() {
    for (component, intent) in [
        (component(json!({}), false), Intent::Failover),
        (component(json!({ "replicas": 3 }), true), Intent::Switchover),
    ] {
        let drafts = drafts(&component, intent);
        assert_eq!(drafts.len(), 1);
        let plan = plan(component);
        let runbook = Runbook::compile(&plan, intent, &Registry).expect("no circle");
        let outputs = BTreeMap::new();
        let context = Context {
            plan: &plan,
            intent,
            component: &plan.components[0],
            begun_at: start(),
            past_the_point: false,
            may_be_promoted: true,
            run: "",
            attempt: 1,
            outputs: &outputs,
        };
        let work = Plugin.work(&runbook.steps[0], &context);
        let (before, asked) = (Value::Null, Asked::No);
        let facts = crate::service::Facts {
            now: start(),
            started_at: start(),
            asked: &asked,
            sent: None,
            before: &before,
            seen: &[],
            good_in_a_row: 0,
            good_since: None,
        };
        assert!(work.asks(&Asked::No).is_empty() && work.act(&facts).is_none());
        let check = work.prechecks(&facts).remove(0);
        assert!(check.identity && check.level == Level::Failing && check.weight.blocks());
    }
}

#[test]
fn what_another_component_gives_is_waited_for() {
    let waits = plan(component(json!({ "replicas": 3, "host": "${db.endpoint}" }), true));
    let (verdict, act, _) = judged(&waits, "scale", &Asked::No, &Answer::default());
    assert_eq!((name_of(&verdict), act), ("untouched", None));
    let application: &Application = &waits.application;
    let health = Plugin.health(&waits.components[0], application, Side::Recovery).expect("it is told");
    assert!(health.asks.is_empty());
}

#[test]
fn a_rule_that_it_says_nothing_of_is_unknown() {
    let plan = plan(component(json!({ "replicas": 3 }), true));
    let ready = Plugin.readiness(&plan.components[0], &plan).remove(0);
    let told = |level| Told { code: "k8s-there".into(), level, found: "it".into(), wanted: "".into(), fix: "".into() };
    for (findings, wanted) in
        [(vec![told(Level::Ok)], Level::Ok), (vec![told(Level::Failing)], Level::Failing), (Vec::new(), Level::Unknown)]
    {
        let answer = Answer { findings, ..Answer::default() };
        let seen = [Seen {
            ask: ready.looked.asks[0].clone(),
            at: start(),
            answer: Ok(Observation::Local(Local::Plugin(Box::new(answer)))),
        }];
        let (before, asked) = (Value::Null, Asked::No);
        let facts = crate::service::Facts {
            now: start(),
            started_at: start(),
            asked: &asked,
            sent: None,
            before: &before,
            seen: &seen,
            good_in_a_row: 0,
            good_since: None,
        };
        assert_eq!((ready.looked.judge)(&facts).level, wanted);
    }
    assert!(crate::service::readiness::rule("k8s-there").is_some());
}

#[test]
fn what_says_how_far_it_is_behind_is_asked_about_that_as_any_store() {
    let losses = |lag: bool, rpo: Option<f64>| {
        let step = |action: &str, after: &[&str]| json!({ "action": action, "acts": true, "undo": "reversible", "after": after });
        let steps = json!([step("fence", &[]), step("promote", &["fence"]), step("scale", &["promote"])]);
        let said = json!({ "protocol": 1, "name": "k8s", "version": "1", "kinds": [{ "kind": "store", "lag": lag,
            "fields": [], "outputs": [], "steps": { "failover": steps, "switchover": steps } }] });
        let mut one = component(json!({}), true);
        one.plugin.as_mut().expect("a plug-in").kind =
            Some(Hello::read(&said.to_string()).expect("a hello").kinds[0].clone());
        let mut plan = plan(one.clone());
        plan.application.rpo_seconds = rpo;
        let of = |intent| {
            let drafts = Plugin.steps(&one, &plan.application, intent);
            let asks = |draft: &&Draft| draft.gates.iter().any(|gate| matches!(gate, Gate::Loss { .. }));
            drafts.iter().filter(asks).map(|draft| draft.action).collect::<Vec<_>>()
        };
        assert_eq!(Plugin.lag(&one, &plan.application).is_some(), lag);
        [of(Intent::Failover), of(Intent::Switchover)].concat()
    };
    let both = ["fence", "promote", "fence", "promote"];
    assert_eq!(losses(true, Some(60.0)), both, "decided before the fence, and looked at again");
    assert!(losses(true, None).is_empty() && losses(false, Some(60.0)).is_empty());
}
