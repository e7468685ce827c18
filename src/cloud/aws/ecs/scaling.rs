//! Application Auto Scaling: the limits an ECS service's desired count is kept within.

use crate::cloud::aws::audit::Audit;
use crate::cloud::aws::desk::{Answers, Eye, Hand, all_unanswered};
use crate::cloud::aws::trouble::Trouble;
use crate::service::observation::{ScalableTarget, Suspended};
use crate::service::{EcsObservation, EcsQuery, Observation, Query, Receipt};
use aws_sdk_applicationautoscaling::types::{ScalableDimension, ServiceNamespace, SuspendedState};

/// Describes every service's limits asked for in one call.
pub(in crate::cloud::aws) async fn look(eye: Eye<'_>, queries: Vec<&Query>) -> Answers {
    let ids = queries.iter().filter_map(|query| resource(query)).collect();
    let audit = Audit::look(eye, "autoscaling");
    let call = eye
        .clients
        .autoscaling
        .describe_scalable_targets()
        .service_namespace(ServiceNamespace::Ecs)
        .scalable_dimension(ScalableDimension::EcsServiceDesiredCount)
        .set_resource_ids(Some(ids))
        .customize()
        .interceptor(audit.clone());
    let found = match audit.settle(call.send()).await {
        Ok(found) => found,
        Err(trouble) => return all_unanswered(&queries, &trouble),
    };
    let answer = |query: &Query| {
        let id = resource(query);
        let target = found.scalable_targets().iter().find(|target| Some(target.resource_id()) == id.as_deref());
        let count = |value: i32| u64::try_from(value).unwrap_or(0);
        target.map(|target| ScalableTarget {
            min: count(target.min_capacity()),
            max: count(target.max_capacity()),
            suspended: target.suspended_state().map(suspended).unwrap_or_default(),
        })
    };
    queries
        .iter()
        .map(|query| ((*query).clone(), Ok(Observation::Ecs(EcsObservation::ScalableTarget { target: answer(query) }))))
        .collect()
}

fn suspended(state: &SuspendedState) -> Suspended {
    let is = |told: Option<bool>| told.unwrap_or_default();
    Suspended {
        dynamic_in: is(state.dynamic_scaling_in_suspended()),
        dynamic_out: is(state.dynamic_scaling_out_suspended()),
        scheduled: is(state.scheduled_scaling_suspended()),
    }
}

fn resource(query: &Query) -> Option<String> {
    match query {
        Query::Ecs(EcsQuery::ScalableTarget { cluster, service }) => Some(resource_id(cluster, service)),
        _ => None,
    }
}

fn resource_id(cluster: &str, service: &str) -> String {
    format!("service/{cluster}/{service}")
}

/// `RegisterScalableTarget` on a target that is there: sets its limits, and what of its scaling is suspended.
pub(in crate::cloud::aws) async fn set(
    hand: Hand<'_>,
    service: (&str, &str),
    min: u64,
    max: Option<u64>,
    suspended: Option<Suspended>,
) -> Result<Receipt, Trouble> {
    let audit = Audit::act(hand, "autoscaling");
    let capacity = |count: u64| i32::try_from(count).unwrap_or(i32::MAX);
    let call = hand
        .eye
        .clients
        .autoscaling
        .register_scalable_target()
        .service_namespace(ServiceNamespace::Ecs)
        .scalable_dimension(ScalableDimension::EcsServiceDesiredCount)
        .resource_id(resource_id(service.0, service.1))
        .min_capacity(capacity(min))
        .set_max_capacity(max.map(capacity))
        .set_suspended_state(suspended.map(state));
    audit.settle(call.customize().interceptor(audit.clone()).send()).await?;
    Ok(Receipt::default())
}

fn state(suspended: Suspended) -> SuspendedState {
    SuspendedState::builder()
        .dynamic_scaling_in_suspended(suspended.dynamic_in)
        .dynamic_scaling_out_suspended(suspended.dynamic_out)
        .scheduled_scaling_suspended(suspended.scheduled)
        .build()
}
