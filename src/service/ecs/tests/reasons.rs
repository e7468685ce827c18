//! The cloud's own reason first.

use super::*;
use crate::service::scene::{name_of, start, words_of};
use crate::service::work::Verdict;
use jiff::SignedDuration;

const QUOTA: &str = "(service api) was unable to place a task. Reason: You've reached the limit on the number of vCPUs you can run concurrently. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.";
const FULL: &str =
    "(service api) was unable to place a task because no container instance met all of its requirements.";
const STARTED: &str = "(service api) has started 2 tasks: (task 1) (task 2).";
const STEADY: &str = "(service api) has reached a steady state.";

/// A service that gets no task, with these events, the newest first, each so many seconds after the scene's start.
fn waiting(events: &[(&str, i64)]) -> EcsService {
    let event = |(message, seconds): &(&str, i64)| ServiceEvent {
        at: Some(start() + SignedDuration::from_secs(*seconds)),
        message: (*message).into(),
    };
    EcsService { running: 0, events: events.iter().map(event).collect(), ..settled(6, OLD) }
}

fn goal(service: EcsService, seconds_later: i64) -> Verdict {
    seeing(scene(json!({})).taken(None).later(seconds_later), service).goal("scale")
}

#[test]
fn that_no_task_can_be_placed_is_said_at_once_and_first() {
    for (event, words) in
        [(QUOTA, "was unable to place a task. Reason: You've"), (FULL, "was unable to place a task because")]
    {
        let verdict = goal(waiting(&[(event, 1)]), 3);
        assert_eq!(name_of(&verdict), "moving");
        assert!(words_of(&verdict).starts_with(words), "{}", words_of(&verdict));
        assert!(words_of(&verdict).ends_with("0 of 6 running, 0 pending"), "{}", words_of(&verdict));
        assert!(!words_of(&verdict).contains("Troubleshooting"));
    }
}

#[test]
fn a_message_of_a_kind_that_nobody_knows_yet_is_a_reason_too() {
    let verdict = goal(waiting(&[("(service api) is being careful today.", 1)]), 3);
    assert!(words_of(&verdict).starts_with("is being careful today."), "{}", words_of(&verdict));
}

#[test]
fn progress_is_no_reason_and_hides_none() {
    assert_eq!(words_of(&goal(waiting(&[(STARTED, 1)]), 3)), "0 of 6 running, 0 pending");
    assert!(words_of(&goal(waiting(&[(STARTED, 2), (QUOTA, 1)]), 3)).contains("vCPUs"));
}

#[test]
fn what_came_right_since_is_no_reason_and_an_unresolved_one_from_before_is() {
    // ECS says a reason again only when its cause is gone or six hours have passed.
    let before = goal(waiting(&[(QUOTA, -3600)]), 3);
    assert!(words_of(&before).contains("vCPUs") && words_of(&before).contains("(since "), "{}", words_of(&before));
    let resolved = goal(waiting(&[(STEADY, -60), (QUOTA, -3600)]), 3);
    assert_eq!(words_of(&resolved), "0 of 6 running, 0 pending");
    let of_yesterday = goal(waiting(&[(QUOTA, -86_400)]), 3);
    assert_eq!(words_of(&of_yesterday), "0 of 6 running, 0 pending");
}

#[test]
fn a_quota_that_stands_for_two_minutes_fails_with_what_helps_and_capacity_is_waited_for() {
    let verdict = goal(waiting(&[(QUOTA, 1)]), 121);
    assert_eq!(name_of(&verdict), "bad");
    let Verdict::Bad { reason, help } = verdict else { unreachable!("it is bad") };
    assert!(reason.contains("vCPUs") && help.contains("Service Quotas"), "{reason}: {help}");
    let still_starting = EcsService { pending: 1, ..waiting(&[(QUOTA, 1)]) };
    assert_eq!(name_of(&goal(still_starting, 121)), "moving", "a task is on its way");
    let capacity = "(service api) was unable to place a task. Reason: Capacity is unavailable at this time.";
    assert_eq!(name_of(&goal(waiting(&[(capacity, 1)]), 600)), "moving");
}

#[test]
fn crashing_tasks_fail_the_step_at_the_threshold_of_the_circuit_breaker() {
    let crashing = |failed_tasks| EcsService {
        running: 0,
        pending: 6,
        deployments: vec![Deployment { failed_tasks, ..deployment("PRIMARY", OLD, "IN_PROGRESS", 0) }],
        events: vec![said("(service api) is unable to consistently start tasks")],
        stopped: Some(StoppedTask { reason: "Essential container in task exited".into(), ..StoppedTask::default() }),
        ..settled(6, OLD)
    };
    let goal = |failed| seeing(scene(json!({})).taken(None), crashing(failed)).goal("scale");
    assert_eq!(name_of(&goal(2)), "moving");
    assert_eq!(name_of(&goal(3)), "bad");
    let words = words_of(&goal(3));
    assert!(words.starts_with("Essential container in task exited; is unable to consistently start"), "{words}");
    let before = scene(json!({})).taken(None).before(json!({ "task_definition": OLD, "failed_tasks": 3 }));
    assert_eq!(name_of(&seeing(before, crashing(5)).goal("scale")), "moving");
}

#[test]
fn a_task_that_stopped_before_is_no_reason_unless_it_is_of_this_deployment() {
    let stopped = |seconds, deployment: &str| StoppedTask {
        at: Some(start() + SignedDuration::from_secs(seconds)),
        deployment: Some(deployment.into()),
        reason: "CannotPullContainerError: not found".into(),
    };
    let with = |task| EcsService {
        stopped: Some(task),
        deployments: vec![called("ecs-svc/1", deployment("PRIMARY", OLD, "IN_PROGRESS", 0))],
        ..waiting(&[])
    };
    for (task, is_told) in
        [(stopped(2, "ecs-svc/0"), true), (stopped(-1800, "ecs-svc/1"), true), (stopped(-1800, "ecs-svc/0"), false)]
    {
        let words = words_of(&goal(with(task.clone()), 3));
        assert_eq!(words.starts_with("CannotPullContainerError"), is_told, "{task:?}: {words}");
    }
}

#[test]
fn a_rollout_that_ecs_took_back_fails_with_its_reason() {
    let ours = Deployment {
        reason: Some("ECS deployment circuit breaker: tasks failed to start.".into()),
        ..deployment("INACTIVE", NEW, "FAILED", 0)
    };
    let deployments = vec![deployment("PRIMARY", OLD, "COMPLETED", 6), ours];
    let scene = scene(json!({})).given("task_definition", NEW).taken(None);
    let verdict = seeing(scene, EcsService { deployments, ..settled(6, OLD) }).goal("scale");
    assert_eq!(name_of(&verdict), "bad");
    assert!(words_of(&verdict).contains("circuit breaker"), "{}", words_of(&verdict));
}
