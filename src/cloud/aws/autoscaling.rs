//! Amazon EC2 Auto Scaling: groups and their instances, what they did last, and their sizes (API reference). Groups are
//! described many in a call; activities and scheduled actions are of one group each.

use super::audit::Audit;
use super::desk::{Answers, Asked, Eye, Hand, Look, time};
use super::trouble::Trouble;
use crate::service::observation::{
    AutoScalingGroup, GroupInstance, Launch, LaunchedBy, Mix, ScalingActivity, ScheduledAction,
};
use crate::service::{AutoScalingObservation, AutoScalingOperation, AutoScalingQuery, Query, Receipt, Unanswered};
use crate::text::Clean;
use aws_sdk_autoscaling::types::{
    Activity, AutoScalingGroup as Group, Instance, LaunchTemplateOverrides, MixedInstancesPolicy,
    ScheduledUpdateGroupAction,
};
use std::collections::BTreeMap;

/// What is asked here.
pub(super) const READS: &[&str] = &[
    "DescribeAutoScalingGroups",
    "DescribeScalingActivities",
    "DescribeScheduledActions",
    "DescribeLaunchConfigurations",
];

/// The service's short name.
const SERVICE: &str = "ec2autoscaling";
/// How many groups one DescribeAutoScalingGroups names: "by default, you can only specify up to 50 names".
const GROUPS: usize = 50;
/// How many activities of a group are read: several instances may be launched at once, each an activity.
const ACTIVITIES: i32 = 100;
/// How many scheduled actions of a group are read.
const ACTIONS: i32 = 100;

/// The looks that answer `asked`.
pub(super) fn looks<'a>(eye: Eye<'a>, asked: Asked<'a, AutoScalingQuery>) -> Vec<Look<'a>> {
    let (mut groups, mut activities, mut actions) = (Vec::new(), Vec::new(), Vec::new());
    let mut configurations = Vec::new();
    for (query, words) in asked {
        match words {
            AutoScalingQuery::AutoScalingGroup { .. } => groups.push(query),
            AutoScalingQuery::ScalingActivities { .. } => activities.push(query),
            AutoScalingQuery::ScheduledActions { .. } => actions.push(query),
            AutoScalingQuery::LaunchConfiguration { .. } => configurations.push(query),
        }
    }
    vec![
        Look::of(groups, |queries| look_at_groups(eye, queries)),
        Look::of(activities, |queries| look_at_activities(eye, queries)),
        Look::of(actions, |queries| look_at_actions(eye, queries)),
        Look::of(configurations, |queries| look_at_configurations(eye, queries)),
    ]
}

fn name(query: &Query) -> &str {
    match query {
        Query::AutoScaling(
            AutoScalingQuery::AutoScalingGroup { group }
            | AutoScalingQuery::ScalingActivities { group }
            | AutoScalingQuery::ScheduledActions { group }
            | AutoScalingQuery::LaunchConfiguration { name: group },
        ) => group,
        _ => "",
    }
}

async fn look_at_groups(eye: Eye<'_>, queries: Vec<&Query>) -> Answers {
    let calls = queries.chunks(GROUPS).map(|chunk| async move {
        let names: Vec<String> = chunk.iter().map(|query| name(query).to_owned()).collect();
        let found = described(eye, names).await.map_err(|trouble| trouble.unanswered());
        let answer = |query: &&Query| {
            let group: Result<_, Unanswered> = match &found {
                Ok(found) => Ok(found.get(name(query)).map(group)),
                Err(unanswered) => Err(unanswered.clone()),
            };
            let boxed = |group: Option<_>| AutoScalingObservation::AutoScalingGroup { group: group.map(Box::new) };
            let seen = group.map(|group| boxed(group).into());
            ((*query).clone(), seen)
        };
        chunk.iter().map(answer).collect::<Answers>()
    });
    futures::future::join_all(calls).await.concat()
}

/// The groups of these names that there are.
pub(super) async fn named(eye: Eye<'_>, names: Vec<String>) -> Result<Vec<AutoScalingGroup>, Trouble> {
    Ok(described(eye, names).await?.values().map(group).collect())
}

async fn described(eye: Eye<'_>, names: Vec<String>) -> Result<BTreeMap<String, Group>, Trouble> {
    let (mut all, mut next) = (BTreeMap::new(), None);
    loop {
        let audit = Audit::look(eye, SERVICE);
        let call = eye
            .clients
            .ec2autoscaling
            .describe_auto_scaling_groups()
            .set_auto_scaling_group_names(Some(names.clone()))
            .set_next_token(next);
        let page = audit.settle(call.customize().interceptor(audit.clone()).send()).await?;
        let groups = page.auto_scaling_groups.unwrap_or_default().into_iter();
        all.extend(groups.filter_map(|group| Some((group.auto_scaling_group_name()?.to_owned(), group))));
        next = page.next_token.filter(|token| !token.is_empty());
        if next.is_none() {
            return Ok(all);
        }
    }
}

fn group(found: &Group) -> AutoScalingGroup {
    let sources = found.traffic_sources().iter().filter_map(|source| source.identifier());
    let mut target_groups: Vec<Clean> = found.target_group_arns().iter().map(|arn| Clean::new(arn)).collect();
    for arn in sources.filter(|arn| arn.contains(":targetgroup/")) {
        if !target_groups.iter().any(|known| known.as_str() == arn) {
            target_groups.push(Clean::new(arn));
        }
    }
    AutoScalingGroup {
        name: clean(found.auto_scaling_group_name()),
        arn: clean(found.auto_scaling_group_arn()),
        status: found.status().filter(|status| !status.is_empty()).map(Clean::new),
        min: count(found.min_size()),
        max: count(found.max_size()),
        desired: count(found.desired_capacity()),
        launched_by: launched_by(found),
        types: found
            .mixed_instances_policy()
            .and_then(|policy| policy.launch_template())
            .map(|template| template.overrides())
            .unwrap_or_default()
            .iter()
            .filter_map(|one| one.instance_type().map(Clean::new))
            .collect(),
        mix: found.mixed_instances_policy().map(mix),
        zones: found.availability_zones().iter().map(|zone| Clean::new(zone)).collect(),
        instances: found.instances().iter().map(instance).collect(),
        target_groups,
        suspended: found.suspended_processes().iter().map(|process| clean(process.process_name())).collect(),
    }
}

/// Without a distribution everything is on demand, and without a base there is none (API reference, InstancesDistribution).
fn mix(policy: &MixedInstancesPolicy) -> Mix {
    let overrides = policy.launch_template().map(|template| template.overrides()).unwrap_or_default();
    let weight = |one: &LaunchTemplateOverrides| {
        let weight = one.weighted_capacity().and_then(|weight| weight.parse().ok())?;
        Some((one.instance_type().map(Clean::new)?, weight))
    };
    let spread = policy.instances_distribution();
    let told = |number: Option<i32>| number.and_then(|number| u64::try_from(number).ok());
    Mix {
        weights: overrides.iter().filter_map(weight).collect(),
        base: told(spread.and_then(|spread| spread.on_demand_base_capacity())).unwrap_or(0),
        percent: told(spread.and_then(|spread| spread.on_demand_percentage_above_base_capacity())).unwrap_or(100),
        by_requirements: overrides.iter().any(|one| one.instance_requirements().is_some()),
    }
}

/// The launch template, its own or its policy's; the launch configuration else.
fn launched_by(found: &Group) -> Option<LaunchedBy> {
    let mixed = found.mixed_instances_policy().and_then(|policy| policy.launch_template());
    let template = found.launch_template().or_else(|| mixed.and_then(|mixed| mixed.launch_template_specification()));
    match template.and_then(|template| Some((template.launch_template_id()?, template.version()))) {
        // Without a version it is the default one.
        Some((id, version)) => {
            Some(LaunchedBy::Template { id: id.into(), version: version.unwrap_or("$Default").into() })
        }
        None => found.launch_configuration_name().map(|name| LaunchedBy::Configuration { name: name.into() }),
    }
}

fn instance(found: &Instance) -> GroupInstance {
    GroupInstance {
        id: clean(found.instance_id()),
        state: clean(found.lifecycle_state().map(|state| state.as_str())),
        health: clean(found.health_status()),
        weight: found.weighted_capacity().and_then(|weight| weight.parse().ok()).unwrap_or(1),
        protected: found.protected_from_scale_in().unwrap_or_default(),
    }
}

async fn look_at_activities(eye: Eye<'_>, queries: Vec<&Query>) -> Answers {
    let looks = queries.into_iter().map(|query| async move {
        let audit = Audit::look(eye, SERVICE);
        let call = eye
            .clients
            .ec2autoscaling
            .describe_scaling_activities()
            .auto_scaling_group_name(name(query))
            .max_records(ACTIVITIES);
        let told = audit.settle(call.customize().interceptor(audit.clone()).send()).await;
        let activities = some_of(told.map(|page| page.activities().iter().map(activity).collect()));
        (query.clone(), activities.map(|activities| AutoScalingObservation::ScalingActivities { activities }.into()))
    });
    futures::future::join_all(looks).await
}

fn activity(found: &Activity) -> ScalingActivity {
    ScalingActivity {
        id: clean(found.activity_id()),
        at: found.start_time().and_then(time),
        status: clean(found.status_code().map(|code| code.as_str())),
        what: clean(found.description()),
        message: found.status_message().filter(|message| !message.is_empty()).map(Clean::new),
    }
}

/// Each by a call of its own. One that is not there is left out of the answer.
async fn look_at_configurations(eye: Eye<'_>, queries: Vec<&Query>) -> Answers {
    let looks = queries.into_iter().map(|query| async move {
        let audit = Audit::look(eye, SERVICE);
        let call = eye.clients.ec2autoscaling.describe_launch_configurations();
        let call = call.launch_configuration_names(name(query)).customize().interceptor(audit.clone());
        let launch = match audit.settle(call.send()).await {
            Ok(told) => Ok(told.launch_configurations().first().map(|found| Launch {
                image: found.image_id().map(Clean::new),
                instance_type: found.instance_type().map(Clean::new),
                spot: found.spot_price().is_some_and(|price| !price.is_empty()),
            })),
            Err(trouble) => Err(trouble.unanswered()),
        };
        (query.clone(), launch.map(|launch| AutoScalingObservation::LaunchConfiguration { launch }.into()))
    });
    futures::future::join_all(looks).await
}

async fn look_at_actions(eye: Eye<'_>, queries: Vec<&Query>) -> Answers {
    let looks = queries.into_iter().map(|query| async move {
        let audit = Audit::look(eye, SERVICE);
        let call = eye
            .clients
            .ec2autoscaling
            .describe_scheduled_actions()
            .auto_scaling_group_name(name(query))
            .max_records(ACTIONS);
        let told = audit.settle(call.customize().interceptor(audit.clone()).send()).await;
        let actions = some_of(told.map(|page| page.scheduled_update_group_actions().iter().map(scheduled).collect()));
        (query.clone(), actions.map(|actions| AutoScalingObservation::ScheduledActions { actions }.into()))
    });
    futures::future::join_all(looks).await
}

fn scheduled(found: &ScheduledUpdateGroupAction) -> ScheduledAction {
    let size = |told: Option<i32>| told.and_then(|size| u64::try_from(size).ok());
    ScheduledAction {
        name: clean(found.scheduled_action_name()),
        at: found.start_time().and_then(time),
        min: size(found.min_size()),
        max: size(found.max_size()),
        desired: size(found.desired_capacity()),
    }
}

/// What is told of a group; of one that is not there, that it is not.
fn some_of<T>(told: Result<Vec<T>, Trouble>) -> Result<Option<Vec<T>>, Unanswered> {
    match told {
        Ok(found) => Ok(Some(found)),
        Err(trouble) if trouble.is(&["ValidationError"]) && trouble.message.contains("not found") => Ok(None),
        Err(trouble) => Err(trouble.unanswered()),
    }
}

fn clean(text: Option<&str>) -> Clean {
    Clean::new(text.unwrap_or_default())
}

fn count(size: Option<i32>) -> u64 {
    size.and_then(|size| u64::try_from(size).ok()).unwrap_or_default()
}

/// Does what is done here.
pub(super) async fn act(hand: Hand<'_>, operation: &AutoScalingOperation) -> Result<Receipt, Trouble> {
    let AutoScalingOperation::SetGroupSize { group, min, max, desired } = operation;
    let size = |size: &Option<u64>| size.map(|size| i32::try_from(size).unwrap_or(i32::MAX));
    let audit = Audit::act(hand, SERVICE);
    let call = hand
        .eye
        .clients
        .ec2autoscaling
        .update_auto_scaling_group()
        .auto_scaling_group_name(group.as_str())
        .set_min_size(size(min))
        .set_max_size(size(max))
        .set_desired_capacity(size(desired));
    audit.settle(call.customize().interceptor(audit.clone()).send()).await?;
    Ok(Receipt::default())
}
