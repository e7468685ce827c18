//! Who brings a service's deployments about. Only services that ECS itself rolls can be given tasks by `UpdateService`
//! alone; the others would be waited for in vain.

use crate::service::observation::EcsService;
use crate::service::work::{Check, Verdict};

/// Why `UpdateService` alone cannot bring the service to what the plan wants, and what can.
struct Obstacle {
    code: &'static str,
    found: String,
    fix: &'static str,
}

/// An absent word is the usual one (ECS API Reference: `ECS`, `REPLICA`, `ROLLING`).
fn is_one_of(word: &str, usual: &str) -> bool {
    word.is_empty() || word == usual
}

/// Whether ECS keeps deployments of the service, for counts to be judged by.
pub(super) fn has_deployments(service: &EcsService) -> bool {
    is_one_of(&service.controller, "ECS")
}

fn of_controller(service: &EcsService) -> Option<Obstacle> {
    let code = "ecs-controller";
    let found = format!("deployment controller {}", service.controller);
    match service.controller.as_str() {
        "" | "ECS" => None,
        "CODE_DEPLOY" => Some(Obstacle {
            code,
            found,
            fix: "CodeDeploy deploys it: start the deployment with a `command` component that also verifies it, or recreate the service with the controller ECS",
        }),
        "EXTERNAL" => Some(Obstacle {
            code,
            found,
            fix: "its task sets are another program's: start that with a `command` component that also verifies it, or recreate the service with the controller ECS",
        }),
        _ => Some(Obstacle {
            code,
            found,
            fix: "this version of Landfall does not know it: use a `command` component, or the controller ECS",
        }),
    }
}

fn of_scheduling(service: &EcsService) -> Option<Obstacle> {
    (!is_one_of(&service.scheduling, "REPLICA")).then(|| Obstacle {
        code: "ecs-scheduling",
        found: format!("scheduling strategy {}", service.scheduling),
        fix: "it runs a task on each instance and takes no desired count: scale its instances with another component, and leave this one out",
    })
}

/// With these strategies two target groups take turns; counting one of them would be counting the wrong one.
fn of_strategy(service: &EcsService, counts_targets: bool) -> Option<Obstacle> {
    (counts_targets && !is_one_of(&service.strategy, "ROLLING")).then(|| Obstacle {
        code: "ecs-controller",
        found: format!("deployment strategy {}: its target groups take turns", service.strategy),
        fix: "leave `target_group` out, and verify it with a `load-balancer` or `http` component",
    })
}

fn check(code: &str, wanted: &str, obstacle: Option<Obstacle>) -> Check {
    match obstacle {
        None => Check::that(code, true, wanted, wanted, ""),
        Some(Obstacle { code, found, fix }) => Check::that(code, false, found, wanted, fix),
    }
}

/// Whether it can be rolled and scaled.
pub(super) fn checks(service: &EcsService, counts_targets: bool) -> [Check; 2] {
    let by_controller = of_controller(service).or_else(|| of_strategy(service, counts_targets));
    [
        check("ecs-controller", "rolled by ECS itself", by_controller),
        check("ecs-scheduling", "as many tasks as desired", of_scheduling(service)),
    ]
}

/// Whether it can be scaled, whoever rolls it: `UpdateService` takes a desired count with every controller.
pub(super) fn scaling_check(service: &EcsService) -> Check {
    check("ecs-scheduling", "as many tasks as desired", of_scheduling(service))
}

/// What the goal is told when it cannot be rolled and scaled: at once, not at the timeout.
pub(super) fn obstacle(service: &EcsService, counts_targets: bool) -> Option<Verdict> {
    let found =
        of_controller(service).or_else(|| of_strategy(service, counts_targets)).or_else(|| of_scheduling(service))?;
    Some(Verdict::bad(format!("{} has {}", service.name, found.found), found.fix))
}

/// The same where it need only be scaled.
pub(super) fn scaling_obstacle(service: &EcsService) -> Option<Verdict> {
    let found = of_scheduling(service)?;
    Some(Verdict::bad(format!("{} has {}", service.name, found.found), found.fix))
}
