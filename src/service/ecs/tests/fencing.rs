//! The fence of the old service: what could bring its tasks back goes first, and comes back last.

use super::*;
use crate::plan::{GateKind, Role};
use crate::service::EcsObservation;
use crate::service::operation::{EcsOperation, Operation};
use crate::service::scene::name_of;

fn fenced_scene() -> Scene {
    scene(json!({ "old": { "cluster": "storefront", "service": "api" } }))
}

fn old_side(scene: Scene, service: EcsService) -> Scene {
    scene.sees(Side::Primary, service_query(), Observation::Ecs(EcsObservation::EcsService { service: Some(service) }))
}

/// The old service as it serves, scaled within these limits.
fn serving(target: Option<ScalableTarget>) -> Scene {
    with_limits(old_side(fenced_scene(), of_the_east(settled(6, OLD))), Side::Primary, target)
}

fn of_the_east(service: EcsService) -> EcsService {
    EcsService { arn: "arn:aws:ecs:eu-west-1:1:service/storefront/api".into(), ..service }
}

fn limits(min: u64, suspended: Suspended) -> Option<ScalableTarget> {
    Some(ScalableTarget { min, max: 12, suspended })
}

#[test]
fn the_fence_holds_when_nothing_of_the_old_service_runs() {
    assert_eq!(name_of(&old_side(fenced_scene(), settled(3, OLD)).goal("fence")), "untouched");
    let stopping = EcsService { running: 2, ..settled(0, OLD) };
    assert_eq!(name_of(&old_side(fenced_scene(), stopping).goal("fence")), "moving");
    let deleted = EcsService { status: "INACTIVE".into(), ..settled(0, OLD) };
    assert_eq!(name_of(&old_side(fenced_scene(), deleted).goal("fence")), "holds");
    let before = old_side(fenced_scene(), settled(3, OLD)).image("fence");
    let scene = fenced_scene().before(before);
    let back = scene.way_back("fence").expect("it can be taken back");
    assert_eq!(name_of(&back.goal(&old_side(fenced_scene(), settled(3, OLD)).facts())), "holds");
}

#[test]
fn autoscaling_is_out_of_the_way_before_the_tasks_go() {
    let nothing = Suspended::default();
    let goal = |target| name_of(&serving(target).goal("fence-scaling"));
    assert_eq!(goal(None), "holds", "nothing scales it");
    assert_eq!(goal(limits(4, nothing)), "untouched");
    assert_eq!(goal(limits(0, nothing)), "untouched", "a policy could still scale it out");
    assert_eq!(goal(limits(4, Suspended::ALL)), "untouched");
    assert_eq!(goal(limits(0, Suspended { scheduled: false, ..Suspended::ALL })), "untouched", "or a schedule");
    assert_eq!(goal(limits(0, Suspended::ALL)), "holds");
    match serving(limits(4, nothing)).act("fence-scaling").operation {
        Operation::Ecs(EcsOperation::SetScalableTarget { min, max, suspended, .. }) => {
            assert_eq!((min, max, suspended), (0, None, Some(Suspended::ALL)));
        }
        other => panic!("{other:?}"),
    }
    let silent = fenced_scene().hears_nothing(Side::Primary, service_query());
    assert_eq!(name_of(&silent.goal("fence-scaling")), "unknown");
}

#[test]
fn its_limits_come_back_as_they_were_the_suspended_ones_too() {
    let half = Suspended { dynamic_in: true, ..Suspended::default() };
    let before = serving(limits(4, half)).image("fence-scaling");
    let scene = serving(limits(0, Suspended::ALL)).before(before);
    let back = scene.way_back("fence-scaling").expect("it can be taken back");
    match back.act(&scene.facts()).expect("it is sent").operation {
        Operation::Ecs(EcsOperation::SetScalableTarget { min, max, suspended, .. }) => {
            assert_eq!((min, max, suspended), (4, Some(12), Some(half)));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(name_of(&back.goal(&scene.facts())), "untouched");
    assert_eq!(name_of(&back.goal(&serving(limits(4, half)).facts())), "holds");
    assert_eq!(name_of(&back.goal(&serving(limits(4, Suspended::default())).facts())), "untouched");
}

#[test]
fn both_are_fences_and_a_failover_asks_a_person_when_one_is_refused() {
    for action in ["fence-scaling", "fence"] {
        let failover = fenced_scene().step(action);
        let switchover = fenced_scene().switchover().step(action);
        assert_eq!((failover.role(), switchover.role()), (Role::Fence, Role::Fence));
        assert!(failover.beside && !switchover.beside);
        assert_eq!((failover.asks_when_failing, switchover.asks_when_failing), (Some(GateKind::Writers), None));
    }
    assert_eq!(fenced_scene().step("fence").needs.len(), 1, "the tasks go after what would bring them back");
    let scale = fenced_scene().switchover().step("scale");
    assert!(scale.needs.iter().any(|need| need.action() == "fence"));
}

#[test]
fn an_old_service_that_is_not_there_or_cannot_be_scaled_is_told_beforehand() {
    let absent = fenced_scene().sees(
        Side::Primary,
        service_query(),
        Observation::Ecs(EcsObservation::EcsService { service: None }),
    );
    assert_eq!(absent.refusals("fence"), ["ecs-old-service"]);
    assert_eq!(absent.refusals("fence-scaling"), ["ecs-old-service"]);
    assert_eq!(name_of(&absent.goal("fence")), "bad");
    let silent = fenced_scene().hears_nothing(Side::Primary, service_query());
    assert_eq!(silent.refusals("fence"), ["ecs-old-service"], "unknown, which is the old region's silence");
    let daemon = EcsService { scheduling: "DAEMON".into(), ..of_the_east(settled(3, OLD)) };
    let daemon = old_side(fenced_scene(), daemon);
    assert_eq!((daemon.refusals("fence"), name_of(&daemon.goal("fence"))), (vec!["ecs-scheduling".to_owned()], "bad"));
    // Its desired count is ECS's to keep, whoever rolls its deployments.
    let deployed =
        EcsService { controller: "CODE_DEPLOY".into(), deployments: Vec::new(), ..of_the_east(settled(3, OLD)) };
    assert!(old_side(fenced_scene(), deployed.clone()).refusals("fence").is_empty());
    let back = fenced_scene().before(old_side(fenced_scene(), deployed.clone()).image("fence"));
    let back = back.way_back("fence").expect("it can be taken back");
    assert_eq!(name_of(&back.goal(&old_side(fenced_scene(), deployed).facts())), "holds");
}

#[test]
fn what_somebody_scaled_since_its_fence_is_made_no_standby() {
    let going_back = |desired: u64| {
        let mut scene = fenced_scene();
        scene.intent = crate::plan::Intent::Failback;
        let standby = json!({ "standby": { "desired": 1, "task_definition": OLD } });
        scene.plan.components[0].from_run = standby.as_object().cloned();
        old_side(scene, of_the_east(settled(desired, NEW)))
    };
    for (desired, refused) in [(0, false), (1, false), (2, true), (6, true)] {
        let codes = going_back(desired).refusals("standby");
        assert_eq!(codes.iter().any(|code| code == "ecs-standby-still"), refused, "{desired}: {codes:?}");
    }
}
