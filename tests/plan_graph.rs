//! The runbook against the plan it comes from, and its waves and critical path against the slow and obvious way.

use landfall::plan::part::{Asked, NoPart};
use landfall::plan::{
    Application, Component, ComponentName, Fields, GateKind, Intent, Plan, Plane, Region, Role, Runbook, Step, StepId,
    Undo, file, graph,
};
use landfall::service::Registry;
use proptest::prelude::*;
use serde_json::json;

fn application() -> Application {
    Application {
        name: "storefront".into(),
        primary: Region::new("us-east-1"),
        recovery: Region::new("us-west-2"),
        rto_seconds: None,
        rpo_seconds: Some(60.0),
        owner: None,
        description: None,
        healthy_for_seconds: None,
        follows_for_seconds: None,
        from_run: None,
    }
}

fn component(place: usize, kind: usize, needs: Vec<usize>) -> Component {
    let (kind, fields) = match kind % 4 {
        0 => ("rds", json!({ "primary": "a", "recovery": "b" })),
        1 => (
            "ecs",
            json!({ "cluster": "c", "service": "s", "desired": 2, "min": 1, "environment": { "A": "b" }, "old": { "cluster": "c", "service": "s" } }),
        ),
        2 => ("route53", json!({ "zone": "Z", "record": "a.example.com.", "values": ["192.0.2.1"] })),
        _ => ("manual", json!({ "ask": "do it" })),
    };
    Component {
        needs: needs.into_iter().map(name).collect(),
        ..Component::plain(name(place), kind, Fields(fields.as_object().expect("a table").clone()))
    }
}

fn name(place: usize) -> ComponentName {
    ComponentName::new(&format!("c{place}"))
}

/// Components that need only such as have a smaller number, in any order of the file.
fn plans() -> impl Strategy<Value = Plan> {
    proptest::collection::vec((0usize..4, proptest::collection::btree_set(0usize..12, 0..4)), 1..12)
        .prop_map(|rows| {
            let rows = rows.into_iter().enumerate();
            rows.map(|(place, (kind, needs))| {
                component(place, kind, needs.into_iter().filter(|need| *need < place).collect())
            })
            .collect::<Vec<_>>()
        })
        .prop_shuffle()
        .prop_map(|components| Plan {
            application: application(),
            accounts: Default::default(),
            components,
            waivers: Vec::new(),
            drills: Default::default(),
            capture: Default::default(),
            sealed: Default::default(),
        })
}

/// Every store and the compute that writes to it: what needs it by any way that passes no other store.
fn writers(plan: &Plan) -> Vec<(&ComponentName, &ComponentName)> {
    let of_kind = |kind: &'static str| plan.components.iter().filter(move |component| component.kind.as_str() == kind);
    let mut found = Vec::new();
    for compute in of_kind("ecs") {
        let mut left: Vec<&ComponentName> = compute.needs.iter().collect();
        let mut seen = std::collections::BTreeSet::new();
        while let Some(name) = left.pop() {
            if !seen.insert(name) {
                continue;
            }
            let need = plan.component(name).expect("needs are in the plan");
            if need.kind.as_str() == "rds" {
                found.push((&need.name, &compute.name));
            } else {
                left.extend(&need.needs);
            }
        }
    }
    found
}

/// Steps that need only earlier ones, with the time each takes.
fn runbooks() -> impl Strategy<Value = Runbook> {
    proptest::collection::vec((1u32..100, proptest::collection::btree_set(0usize..10, 0..4)), 1..10).prop_map(|rows| {
        let id = |place: usize| StepId::of(&name(place), "act");
        let steps = rows.into_iter().enumerate().map(|(place, (seconds, needs))| Step {
            id: id(place),
            component: name(place),
            kind: "manual".into(),
            title: "act".into(),
            needs: needs.into_iter().filter(|need| *need < place).map(id).collect(),
            undo: Undo::Reversible,
            region: Region::new("us-west-2"),
            plane: Plane::Data,
            expected_seconds: f64::from(seconds),
            past_runs: None,
            timeout_seconds: 100.0,
            gates: Vec::new(),
            beside: false,
            acts: true,
            role: None,
            asks_when_failing: None,
            left_out: None,
            when: landfall::plan::When::default(),
        });
        Runbook { intent: Intent::Failover, steps: steps.collect() }
    })
}

/// Every chain of steps that ends in the step at `place`, written out.
fn chains(runbook: &Runbook, place: usize) -> Vec<Vec<usize>> {
    let step = &runbook.steps[place];
    let mut all = vec![vec![place]];
    for need in &step.needs {
        let (before, _) = runbook.find(need).expect("needs are in the runbook");
        for mut chain in chains(runbook, before) {
            chain.push(place);
            all.push(chain);
        }
    }
    all
}

proptest! {
    #[test]
    fn a_runbook_keeps_every_need_of_its_plan(plan in plans(), failover in any::<bool>()) {
        let intent = if failover { Intent::Failover } else { Intent::Switchover };
        let runbook = Runbook::compile(&plan, intent, &Registry).expect("no circle");
        for (place, step) in runbook.steps.iter().enumerate() {
            for need in &step.needs {
                let (before, _) = runbook.find(need).expect("a need is a step of the runbook");
                prop_assert!(before < place, "{need} stands before {}", step.id);
            }
        }
        for component in &plan.components {
            // The old side of a switchover stops before what the new side needs is there.
            let own = |step: &&Step| step.component == component.name && !step.beside && step.role() != Role::Fence;
            for need in &component.needs {
                for step in runbook.steps.iter().filter(own) {
                    let (place, _) = runbook.find(&step.id).expect("it is there");
                    let chains = chains(&runbook, place);
                    let waits = chains.iter().flatten().any(|before| &runbook.steps[*before].component == need);
                    prop_assert!(waits, "{} waits for {need}", step.id);
                }
            }
        }
    }

    #[test]
    fn a_switchover_stops_the_old_side_from_the_outside_in(plan in plans()) {
        let runbook = Runbook::compile(&plan, Intent::Switchover, &Registry).expect("no circle");
        let step = |component: &ComponentName, action: &str| runbook.find(&StepId::of(component, action));
        let before = |place: usize, other: usize| chains(&runbook, place).iter().any(|chain| chain.contains(&other));
        for (store, compute) in writers(&plan) {
            let ((fence, _), (store_fence, _)) =
                (step(compute, "fence").expect("it is fenced"), step(store, "fence").expect("it is fenced"));
            prop_assert!(before(store_fence, fence), "{compute} stops writing before {store} is fenced");
            prop_assert!(!before(fence, store_fence), "and waits for no store itself");
            let promote = step(store, "promote").expect("it is promoted").0;
            let scale = step(compute, "scale").expect("it is scaled").0;
            prop_assert!(before(promote, store_fence) && before(scale, promote), "{compute} comes up on {store}");
        }
        for step in &runbook.steps {
            let is_asked = step.gates.iter().any(|gate| gate.kind() == GateKind::PointOfNoReturn);
            prop_assert!(!(is_asked && step.role() == Role::Promotion), "{}", step.id);
        }
    }

    #[test]
    fn a_failovers_promotion_waits_for_its_own_fence_and_for_no_other(plan in plans()) {
        let runbook = Runbook::compile(&plan, Intent::Failover, &Registry).expect("no circle");
        for (place, promote) in runbook.steps.iter().enumerate().filter(|(_, step)| step.role() == Role::Promotion) {
            let own = StepId::of(&promote.component, "fence");
            prop_assert!(promote.needs.contains(&own));
            let fence = runbook.find(&own).expect("it is there").1;
            prop_assert!(fence.beside && fence.needs.is_empty(), "it starts at once");
            let chained = chains(&runbook, place).concat();
            let others = chained.iter().map(|at| &runbook.steps[*at]).filter(|step| step.beside && step.role() == Role::Fence);
            for fence in others {
                let of_a_store = plan.component(&fence.component).is_some_and(|component| component.kind.as_str() == "rds");
                prop_assert!(of_a_store, "{} is waited for by nobody's store", fence.id);
            }
        }
    }

    #[test]
    fn a_step_stands_in_the_wave_of_its_longest_chain(runbook in runbooks()) {
        let waves = graph::waves(&runbook);
        prop_assert_eq!(waves.iter().map(Vec::len).sum::<usize>(), runbook.steps.len());
        for (number, wave) in waves.iter().enumerate() {
            for id in wave {
                let (place, _) = runbook.find(id).expect("a wave's step is in the runbook");
                let longest = chains(&runbook, place).iter().map(Vec::len).max().unwrap_or_default();
                prop_assert_eq!(longest, number + 1);
            }
        }
    }

    #[test]
    fn the_critical_path_is_the_longest_of_all_chains(runbook in runbooks()) {
        let path = graph::critical_path(&runbook);
        let seconds = |chain: &Vec<usize>| chain.iter().map(|at| runbook.steps[*at].expected_seconds).sum::<f64>();
        let all = (0..runbook.steps.len()).flat_map(|place| chains(&runbook, place)).collect::<Vec<_>>();
        prop_assert_eq!(path.seconds, all.iter().map(seconds).fold(0.0, f64::max));
        let places: Vec<usize> = path.steps.iter().map(|id| runbook.find(id).expect("on the path").0).collect();
        prop_assert!(all.contains(&places), "it is a chain of needs: {places:?}");
    }

    #[test]
    fn a_circle_is_named_from_its_first_component_back_to_it(length in 1usize..8) {
        let components = (0..length).map(|place| component(place, 3, vec![(place + 1) % length])).collect();
        let plan = Plan { application: application(), accounts: Default::default(), components, waivers: Vec::new(), drills: Default::default(), capture: Default::default(), sealed: Default::default() };
        let mut circle: Vec<ComponentName> = (0..length).map(name).collect();
        circle.push(name(0));
        prop_assert_eq!(graph::cycles(&plan), vec![graph::Cycle(circle)]);
        prop_assert!(Runbook::compile(&plan, Intent::Failover, &Registry).is_err());
    }

    #[test]
    fn no_bytes_bring_the_reader_down(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = file::read("plan.toml", &bytes, &Registry);
    }

    #[test]
    fn no_damage_to_a_plan_brings_the_reader_down(
        cuts in proptest::collection::vec((any::<prop::sample::Index>(), "[\\[\\]{}=\"'\\.\\$\n#a-c1é]{0,3}"), 1..6),
    ) {
        let mut text = include_str!("../src/plan/starter.toml").to_owned();
        for (at, put) in cuts {
            let places: Vec<usize> = text.char_indices().map(|(place, _)| place).collect();
            let at = places[at.index(places.len())];
            text.replace_range(at..=at + text[at..].chars().next().map_or(0, |c| c.len_utf8() - 1), &put);
        }
        if let Err(errors) = file::read("plan.toml", text.as_bytes(), &Registry) {
            prop_assert!(!errors.errors.is_empty());
            // The whole message, as it would be shown.
            let shown = format!("{:?}", miette::Report::new(errors));
            prop_assert!(shown.contains("plan.toml"), "{}", shown);
        }
    }
}

#[test]
fn components_stay_in_the_order_of_the_file() {
    let text = "[application]\nname = \"a\"\nprimary = \"b\"\nrecovery = \"c\"\n[component.z]\nkind = \"manual\"\nask = \"x\"\n[component.a]\nkind = \"manual\"\nask = \"y\"\n";
    let plan = file::read("plan.toml", text.as_bytes(), &Registry).expect("a plan");
    let names: Vec<&str> = plan.components.iter().map(|component| component.name.as_str()).collect();
    assert_eq!(names, ["z", "a"]);
}

/// Which steps of the shop are done; of those, that each has what it needs.
fn part_of_the_shop(asked: &Asked) -> Result<Vec<(String, bool)>, NoPart> {
    let plan = file::read("plan.toml", include_bytes!("plans/storefront.toml"), &Registry).expect("a plan");
    let runbook = Runbook::compile(&plan, Intent::Failover, &Registry).expect("no circle");
    let part = runbook.part(asked, &plan)?;
    for step in part.steps.iter().filter(|step| step.left_out.is_none() && asked.from.is_empty()) {
        for need in &step.needs {
            let (_, need) = part.find(need).expect("a step");
            assert!(need.left_out.is_none(), "{} is done, and needs {}, which is not", step.id, need.id);
        }
    }
    Ok(part.steps.iter().map(|step| (step.id.to_string(), step.left_out.is_none())).collect())
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn done(steps: &[(String, bool)], id: &str) -> bool {
    steps.iter().find(|(step, _)| step == id).unwrap_or_else(|| panic!("{id}: {steps:?}")).1
}

#[test]
fn only_takes_what_is_needed_with_it() {
    let steps = part_of_the_shop(&Asked { only: names(&["api"]), ..Asked::default() }).expect("a part");
    assert!(done(&steps, "orders-db/promote") && done(&steps, "api/scale"), "{steps:?}");
    assert!(steps.iter().any(|(_, done)| !done), "and leaves the rest");
}

#[test]
fn without_leaves_out_what_stands_on_it_too() {
    let steps = part_of_the_shop(&Asked { without: names(&["orders-db"]), ..Asked::default() }).expect("a part");
    assert!(!done(&steps, "orders-db/promote") && !done(&steps, "api/scale"), "{steps:?}");
    assert!(!done(&steps, "api/fence"), "what is not brought up is not taken down: {steps:?}");
    assert!(done(&steps, "catalog-db/promote"));
}

#[test]
fn from_refuses_what_refers_to_what_was_not_done_and_names_are_known() {
    let refused =
        part_of_the_shop(&Asked { from: names(&["api"]), ..Asked::default() }).expect_err("it refers to orders-db");
    assert!(matches!(refused, NoPart::Reference { .. }), "{refused:?}");
    let refused = part_of_the_shop(&Asked { only: names(&["nobody"]), ..Asked::default() }).expect_err("no such thing");
    assert!(matches!(refused, NoPart::Unknown { .. }), "{refused:?}");
    let everything = part_of_the_shop(&Asked::default()).expect("all of it");
    let all = everything.iter().map(|(step, _)| step.split('/').next().expect("a name").to_owned()).collect();
    assert_eq!(part_of_the_shop(&Asked { without: all, ..Asked::default() }), Err(NoPart::Nothing));
}
