//! Under test: EC2 Auto Scaling groups and their targets.

use super::*;
use crate::service::observation::{AutoScalingGroup, ScalingActivity};
use crate::service::{AutoScalingObservation, AutoScalingOperation, AutoScalingQuery, ElbObservation, ElbQuery};

async fn group(sim: &Sim, region: &str, name: &str) -> AutoScalingGroup {
    let query = AutoScalingQuery::AutoScalingGroup { group: name.into() };
    match see(sim, region, query.into()).await {
        Observation::AutoScaling(AutoScalingObservation::AutoScalingGroup { group: Some(group) }) => *group,
        other => panic!("a group was asked for, not {other:?}"),
    }
}

async fn activities(sim: &Sim) -> Vec<ScalingActivity> {
    let query = AutoScalingQuery::ScalingActivities { group: "web".into() };
    match see(sim, WEST, query.into()).await {
        Observation::AutoScaling(AutoScalingObservation::ScalingActivities { activities: Some(found) }) => found,
        other => panic!("activities were asked for, not {other:?}"),
    }
}

async fn healthy(sim: &Sim) -> u64 {
    match see(sim, WEST, ElbQuery::TargetHealth { target_group: "web".into() }.into()).await {
        Observation::Elb(ElbObservation::TargetHealth { group: Some(group) }) => group.healthy(),
        other => panic!("a group was asked for, not {other:?}"),
    }
}

fn resize(group: &str, sizes: [Option<u64>; 3]) -> Operation {
    let [min, max, desired] = sizes;
    Operation::AutoScaling(AutoScalingOperation::SetGroupSize { group: group.into(), min, max, desired })
}

#[tokio::test(start_paused = true)]
async fn instances_come_into_service_in_minutes_and_are_healthy_later() {
    let sim = sim(Vec::new());
    let before = group(&sim, WEST, "web").await;
    assert_eq!((before.min, before.max, before.desired, before.instances.len()), (0, 8, 0, 0));
    assert_eq!(group(&sim, EAST, "web-old").await.capacity(), 4);
    taken(&sim, WEST, resize("web", [Some(2), None, Some(4)])).await;
    let right_after = group(&sim, WEST, "web").await;
    assert_eq!((right_after.desired, right_after.capacity(), right_after.instances.len()), (4, 0, 4));
    assert!(activities(&sim).await.iter().all(|activity| activity.status.as_str() == "PreInService"));
    wait(150).await;
    assert_eq!(group(&sim, WEST, "web").await.capacity(), 4);
    assert!(healthy(&sim).await < 4);
    wait(60).await;
    assert_eq!(healthy(&sim).await, 4);
    taken(&sim, EAST, resize("web-old", [Some(0), Some(0), Some(0)])).await;
    assert!(group(&sim, EAST, "web-old").await.instances.iter().all(|one| one.state.as_str() == "Terminating"));
    wait(61).await;
    assert_eq!(group(&sim, EAST, "web-old").await.instances, []);
}

#[tokio::test(start_paused = true)]
async fn where_capacity_is_short_fewer_come_and_an_activity_says_why() {
    let sim = sim(vec![Fault::new(FaultKind::ScaleShort).on("web").lasting(300.0)]);
    taken(&sim, WEST, resize("web", [None, None, Some(4)])).await;
    wait(160).await;
    let short = group(&sim, WEST, "web").await;
    assert_eq!((short.desired, short.capacity(), short.instances.len()), (4, 2, 2));
    let newest = activities(&sim).await.swap_remove(0);
    assert_eq!(newest.status.as_str(), "Failed");
    assert!(newest.message.is_some_and(|message| message.contains("do not have sufficient")));
    wait(300).await;
    assert_eq!(group(&sim, WEST, "web").await.capacity(), 4, "it is tried again");
}

#[tokio::test(start_paused = true)]
async fn sizes_outside_the_limits_are_refused() {
    let sim = sim(Vec::new());
    for sizes in [[None, None, Some(9)], [Some(9), None, None], [Some(3), None, Some(2)]] {
        assert!(matches!(act(&sim, WEST, resize("web", sizes)).await, Reply::Refused { .. }), "{sizes:?}");
    }
    assert!(matches!(act(&sim, WEST, resize("none", [None, None, Some(1)])).await, Reply::Refused { .. }));
    taken(&sim, WEST, resize("web", [Some(3), None, None])).await;
    assert_eq!(group(&sim, WEST, "web").await.desired, 3, "it is moved into its limits");
}
