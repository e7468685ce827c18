//! What every kind must keep, whatever it is.

use super::families::nothing_of;
use super::registry::Registry;
use super::scene::{NAME, Scene, name_of};
use super::work::Asked;
use crate::plan::{Field, Gate, Kinds, Role, Side, Step, Takes, Undo};
use serde_json::{Value, json};

/// A component of every kind that has every step the kind can have.
fn every_kind() -> Vec<Scene> {
    let kinds = Registry.names().into_iter().filter_map(|name| Registry.service(name));
    kinds.map(|kind| Scene::new(kind.name(), kind.example())).collect()
}

fn in_both_intents() -> impl Iterator<Item = Scene> {
    every_kind().into_iter().chain(every_kind().into_iter().map(Scene::switchover))
}

fn actions(scene: &Scene) -> Vec<String> {
    scene.runbook().steps.iter().map(|step| step.id.action().to_owned()).collect()
}

/// Every state of knowledge about the act.
fn every_state(scene: Scene) -> [Scene; 3] {
    [copy_of(&scene), copy_of(&scene).unanswered(), scene.taken(Some("id"))]
}

#[test]
fn silence_is_never_taken_for_success() {
    for scene in in_both_intents().flat_map(every_state) {
        for action in actions(&scene) {
            let asks = scene.work(&action).asks(&scene.asked);
            // A person has done it before it begins.
            let person = scene.step(&action).gates.iter().any(|gate| matches!(gate, Gate::Manual { .. }));
            assert!(person || name_of(&scene.goal(&action)) != "holds", "{action} before any look");
            let silent = asks.into_iter().fold(copy_of(&scene), |silent, ask| {
                silent.hears_nothing(side_of(&scene, &ask.place.region), ask.query)
            });
            let verdict = silent.goal(&action);
            assert!(person || name_of(&verdict) != "holds", "{action} in silence: {verdict:?}");
        }
    }
}

#[test]
fn what_does_not_exist_is_never_taken_for_success() {
    for scene in in_both_intents().flat_map(every_state) {
        for action in actions(&scene) {
            let asks = scene.work(&action).asks(&scene.asked);
            let empty = asks.into_iter().fold(copy_of(&scene), |empty, ask| {
                let nothing = nothing_of(&ask.query);
                empty.sees(side_of(&scene, &ask.place.region), ask.query, nothing)
            });
            // A person has done it before it begins.
            let person = scene.step(&action).gates.iter().any(|gate| matches!(gate, Gate::Manual { .. }));
            let verdict = empty.goal(&action);
            assert!(person || name_of(&verdict) != "holds", "{action} of nothing: {verdict:?}");
        }
    }
}

fn copy_of(scene: &Scene) -> Scene {
    let mut copy = Scene::new(scene.component().kind.as_str(), Value::Object(scene.component().fields.0.clone()));
    copy.intent = scene.intent;
    copy.asked = scene.asked.clone();
    copy
}

fn side_of(scene: &Scene, region: &crate::plan::Region) -> Side {
    if &scene.plan.application.primary == region { Side::Primary } else { Side::Recovery }
}

#[test]
fn a_step_acts_exactly_when_its_runbook_says_so_and_in_its_own_region() {
    for scene in in_both_intents() {
        for step in scene.runbook().steps {
            let work = scene.work(step.id.action());
            let asks = work.asks(&Asked::No);
            let empty = asks.into_iter().fold(copy_of(&scene), |empty, ask| {
                let nothing = nothing_of(&ask.query);
                empty.sees(side_of(&scene, &ask.place.region), ask.query, nothing)
            });
            let act = work.act(&empty.facts());
            // What is made of something that is not there yet waits for it.
            let waits = step.beside && matches!(work.goal(&empty.facts()), super::Verdict::Moving { .. });
            // What does what an earlier step planned does nothing where none has.
            let of_a_plan = step.gates.iter().any(|gate| matches!(gate, Gate::Planned { .. }));
            let waits = waits || (of_a_plan && name_of(&work.goal(&empty.facts())) == "unknown");
            assert!(act.is_some() == step.acts || (step.acts && waits), "{}", step.id);
            // A proof changes nothing either.
            let changes = step.acts && act.as_ref().is_none_or(|act| !act.operation.is_proof());
            assert_eq!(step.undo == Undo::NoneNeeded, !changes, "{}", step.id);
            assert!(act.is_none_or(|act| act.place.region == step.region), "{}", step.id);
        }
    }
}

#[test]
fn nothing_in_a_failover_waits_for_the_old_region() {
    for scene in every_kind() {
        for step in scene.runbook().steps {
            let asks = scene.work(step.id.action()).asks(&Asked::No);
            let looks_back = asks.iter().any(|ask| ask.place.region == scene.plan.application.primary);
            assert!(step.beside || !looks_back, "{} is on the path and asks the old region", step.id);
        }
    }
}

#[test]
fn what_can_be_undone_has_a_way_back_and_what_cannot_has_none() {
    let before = json!({
        "desired": 1, "task_definition": "api:1", "min": 0, "max": 4, "records": [], "newest": "api:1", "id": "orders",
        "current": "v1", "version": "v2", "uuid": "u1", "present": false, "state": "ENABLED", "dial": 0.0,
        "states": { "arn:aws:route53-recovery-control::111122223333:controlpanel/0f/routingcontrol/west": "Off" },
    });
    for scene in every_kind() {
        let scene = scene.taken(Some("api:2")).before(before.clone());
        for step in scene.runbook().steps {
            let way_back = scene.way_back(step.id.action());
            let expected = matches!(step.undo, Undo::Reversible | Undo::DataLoss);
            assert_eq!(way_back.is_some(), expected, "{}", step.id);
        }
    }
}

#[test]
fn a_step_of_another_version_is_unknown_and_sends_nothing() {
    for scene in every_kind().into_iter().filter(|scene| scene.runbook().steps.len() > 1) {
        let mut step = scene.runbook().steps[0].clone();
        step.id = crate::plan::StepId::new("it/of-the-future");
        let context = super::Context {
            plan: &scene.plan,
            intent: scene.intent,
            component: scene.component(),
            outputs: &scene.outputs,
            begun_at: super::scene::start(),
            past_the_point: false,
            may_be_promoted: true,
            run: "run",
            attempt: 1,
        };
        let work = scene.kind().work(&step, &context);
        assert_eq!(name_of(&work.goal(&scene.facts())), "unknown");
        assert!(work.act(&scene.facts()).is_none());
    }
}

#[test]
fn health_is_unknown_until_something_was_seen() {
    for scene in every_kind() {
        for side in [Side::Primary, Side::Recovery] {
            assert_eq!(scene.health_in(side).level, super::HealthLevel::Unknown, "{} {side:?}", scene.component().kind);
        }
    }
}

#[test]
fn only_data_stores_have_a_lag_and_what_is_promoted_tells_it_in_the_recovery_region() {
    for scene in in_both_intents() {
        let kind = &scene.component().kind;
        let lag = scene.kind().lag(scene.component(), &scene.plan.application);
        let steps = scene.runbook().steps;
        let counts = |step: &&Step| step.role().is_of_a_store();
        let counted: Vec<&Step> = steps.iter().filter(counts).collect();
        assert_eq!(lag.is_some(), !counted.is_empty(), "{kind}: a store is what is promoted, or only replicates");
        assert!(counted.len() < 2, "{kind}: a store's data counts from one step on");
        for step in counted {
            // A copy only looks: its lag may be told by the side that is copied from.
            assert_eq!(step.acts, step.role() == Role::Promotion, "{}", step.id);
            let is_told_there = lag.as_ref().is_some_and(|ask| ask.place == scene.place(Side::Recovery));
            assert!(is_told_there || step.role() == Role::Copy, "{}: nobody answers for it in a failover", step.id);
        }
    }
}

#[test]
fn a_store_with_an_objective_asks_before_its_data_counts_whatever_is_done_to_it() {
    let with_objective = |mut scene: Scene| {
        scene.plan.application.rpo_seconds = Some(60.0);
        scene
    };
    for scene in every_kind().into_iter().map(with_objective) {
        for step in scene.runbook().steps.iter().filter(|step| step.role().is_of_a_store()) {
            let asks = step.gates.iter().any(|gate| matches!(gate, Gate::Loss { rpo_seconds } if *rpo_seconds == 60.0));
            assert!(asks, "{} does not ask before it loses more than was promised", step.id);
        }
    }
}

#[test]
fn every_kind_and_every_field_is_documented() {
    fn documented(kind: &str, fields: &[Field]) {
        for field in fields {
            assert!(field.about.len() > 10, "{kind}.{} says nothing", field.name);
            if let Takes::Table(inner) | Takes::Tables(inner) = field.takes {
                documented(kind, inner);
            }
        }
    }
    for name in Registry.names() {
        let kind = Registry.service(name).expect("it is registered");
        assert!(kind.about().len() > 20, "{name} says nothing of itself");
        documented(name, kind.fields());
    }
}

#[test]
fn scenes_are_valid_plans() {
    for scene in every_kind() {
        assert!(scene.problems().is_empty(), "{}: {:?}", scene.component().kind, scene.problems());
        let known: Vec<&str> = scene.kind().fields().iter().map(|field| field.name).collect();
        for (name, _) in &scene.component().fields.0 {
            assert!(known.contains(&name.as_str()), "{} has no field {name}", scene.component().kind);
        }
    }
}

#[test]
fn every_step_has_a_time_and_a_title_that_names_what_it_is_about() {
    for scene in in_both_intents() {
        for step in scene.runbook().steps {
            assert!(step.expected_seconds > 0.0 && step.timeout_seconds >= step.expected_seconds, "{}", step.id);
            let names_it = step.title.contains(NAME) || step.title.contains("shop.example.com.");
            assert!(names_it, "{}", step.title);
        }
    }
}
