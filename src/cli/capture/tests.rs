//! The simulated cloud answers a capture: of every embedded application, in both regions.

use super::{scope, simulated};
use crate::cloud::sim::rehearsal;
use crate::inventory::Survey;
use crate::plan::{Plan, Side};
use crate::service::Registry;
use crate::snapshot::{Sealer, Snapshot};
use std::collections::BTreeSet;

async fn captured(plan: &Plan, side: Side) -> Snapshot {
    let scope = scope::of(plan, Some(side), plan.application.region(side), None);
    simulated(plan, side, Survey::new(scope, Sealer::new(None))).await.expect("a world")
}

#[tokio::test]
async fn what_a_plan_names_is_captured_of_its_simulated_world_on_both_sides_and_nothing_is_left_unread() {
    for embedded in [&rehearsal::STOREFRONT, &rehearsal::CLAIMS, &rehearsal::SHOP] {
        let plan = embedded.read(&Registry).expect("a plan");
        for side in [Side::Primary, Side::Recovery] {
            let snapshot = captured(&plan, side).await;
            let name = &plan.application.name;
            assert_eq!(snapshot.gaps, Vec::new(), "{name} {side:?}");
            assert!(snapshot.complete);
            let named = scope::of(&plan, Some(side), plan.application.region(side), None).components;
            assert!(!named.is_empty());
            let because: BTreeSet<&str> = snapshot.resources.iter().map(|one| one.because.as_str()).collect();
            for (reference, component) in named {
                // A service of which the plan says nothing `old` is none of the old side's.
                if side == Side::Primary && ["ecs-service", "target-group"].contains(&reference.kind.as_str()) {
                    continue;
                }
                // Where several name one thing, the first is why it is there.
                let is_there = snapshot.resource(&reference).is_some()
                    || because.contains(format!("plan component {component}").as_str());
                assert!(is_there, "{name} {side:?}: {reference} of {component} in {because:?}");
            }
            assert_eq!(snapshot.hash(), captured(&plan, side).await.hash(), "{name} {side:?}: the same again");
        }
    }
}

#[tokio::test]
async fn a_simulated_snapshot_knows_what_rests_on_what() {
    let plan = rehearsal::STOREFRONT.read(&Registry).expect("a plan");
    let snapshot = captured(&plan, Side::Primary).await;
    let service = snapshot.resources.iter().find(|one| one.kind == "ecs-service").expect("a service");
    for kind in ["ecs-cluster/", "task-definition/"] {
        assert!(service.needs.iter().any(|need| need.starts_with(kind)), "{:?}", service.needs);
    }
    assert!(service.config.contains_key("DesiredCount"), "{:?}", service.config);
    let kinds: BTreeSet<&str> = snapshot.resources.iter().map(|one| one.kind.as_str()).collect();
    assert!(kinds.len() > 8, "{kinds:?}");
}
