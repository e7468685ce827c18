//! Groups of machines.

use super::launch_template::{DATA, IMAGES, TEMPLATE_VERSIONS, launched, named_image, versions};
use crate::inventory::arn::NOT_READ;
use crate::inventory::ask::{Api, Operation};
use crate::inventory::desk::{Desk, Found, Read, Step, Stop, tags};
use crate::inventory::pick::{self, As, Config, each, list, text};
use crate::inventory::registry::{Kind, found};
use serde_json::{Value, json};

static GROUPS: Operation = Operation::list(Api::AutoScaling, "DescribeAutoScalingGroups", "AutoScalingGroups")
    .paged(&[("NextToken", "NextToken")])
    .by("names")
    .many(
        50,
        |ids| json!({ "AutoScalingGroupNames": ids }),
        |one| text(one, "AutoScalingGroupName").map(str::to_owned),
    );
static GROUP_POLICIES: Operation =
    Operation::list(Api::AutoScaling, "DescribePolicies", "ScalingPolicies").paged(&[("NextToken", "NextToken")]);

static HOOKS: Operation = Operation::list(Api::AutoScaling, "DescribeLifecycleHooks", "LifecycleHooks");
static SCHEDULES: Operation =
    Operation::list(Api::AutoScaling, "DescribeScheduledActions", "ScheduledUpdateGroupActions")
        .paged(&[("NextToken", "NextToken")]);
static NOTIFICATIONS: Operation =
    Operation::list(Api::AutoScaling, "DescribeNotificationConfigurations", "NotificationConfigurations")
        .paged(&[("NextToken", "NextToken")])
        .many(
            50,
            |ids| json!({ "AutoScalingGroupNames": ids }),
            |one| text(one, "AutoScalingGroupName").map(str::to_owned),
        );

pub(super) static KINDS: &[Kind] = &[Kind::of(
    "autoscaling-group",
    group,
    &[&GROUPS, &GROUP_POLICIES, &TEMPLATE_VERSIONS, &IMAGES, &HOOKS, &SCHEDULES, &NOTIFICATIONS],
)];

/// What a group starts its machines from, where that is another version of its template than the latest and says something else.
fn pinned(desk: &mut Desk<'_>, specification: &Value) -> Step<Value> {
    let Some(id) = text(specification, "LaunchTemplateId") else { return Ok(Value::Null) };
    let version = text(specification, "Version").unwrap_or("$Default");
    if version == "$Latest" {
        return Ok(Value::Null);
    }
    let latest = desk.list(&TEMPLATE_VERSIONS, versions(id, &["$Latest"]));
    let own = desk.list(&TEMPLATE_VERSIONS, versions(id, &[version]));
    let latest = match latest {
        Err(Stop::Pending) => return Err(Stop::Pending),
        latest => latest.ok().and_then(|all| all.into_iter().next()),
    };
    let mut told = desk.part(own, |desk, all| match all.into_iter().next() {
        Some(one) if latest.is_none_or(|latest| pick::at(latest, DATA) != pick::at(one, DATA)) => {
            launched(desk, pick::at(one, DATA))
        }
        Some(_) | None => Value::Null,
    })?;
    named_image(desk, &mut told)?;
    Ok(told)
}

fn group(desk: &mut Desk<'_>, name: &str) -> Step<Read> {
    let one = desk.one(&GROUPS, name);
    let asked = || json!({ "AutoScalingGroupName": name });
    let policies = desk.list(&GROUP_POLICIES, asked());
    let (hooks, schedules) = (desk.list(&HOOKS, asked()), desk.list(&SCHEDULES, asked()));
    let notified = desk.all(&NOTIFICATIONS, name);
    let one = one?;
    let mut config = Config::of(
        one,
        &[
            ("MinSize", "", As::Number),
            ("MaxSize", "", As::Number),
            ("DesiredCapacity", "", As::Number),
            ("DefaultCooldown", "", As::Number),
            ("HealthCheckType", "", As::Text),
            ("HealthCheckGracePeriod", "", As::Number),
            ("NewInstancesProtectedFromScaleIn", "", As::Truth),
            ("CapacityRebalance", "", As::Truth),
            ("MaxInstanceLifetime", "", As::Number),
            ("TargetGroupARNs", "", As::Set),
            ("TerminationPolicies", "", As::Whole),
            ("DefaultInstanceWarmup", "", As::Number),
            ("PlacementGroup", "", As::Text),
            ("DesiredCapacityType", "", As::Text),
            ("Context", "", As::Text),
            ("Maintenance", "InstanceMaintenancePolicy", As::Whole),
            ("WarmPool", "WarmPoolConfiguration", As::Whole),
            ("LaunchTemplate", "LaunchTemplate", As::Whole),
            ("MixedInstancesPolicy", "MixedInstancesPolicy", As::Whole),
        ],
    );
    let (suspended, metrics) = (list(one, "SuspendedProcesses"), list(one, "EnabledMetrics"));
    config.put("SuspendedProcesses", pick::set(each(&suspended, "ProcessName")));
    config.put("EnabledMetrics", pick::set(each(&metrics, "Metric")));
    config.names_the_rest(
        one,
        &[
            ("LaunchConfigurationName", &[]),
            ("LoadBalancerNames", &[]),
            ("CapacityReservationSpecification.CapacityReservationPreference", &["default"]),
            ("AvailabilityZoneDistribution.CapacityDistributionStrategy", &["balanced-best-effort"]),
        ],
    );
    let traffic = list(one, "TrafficSources");
    let others = each(&traffic, "Type").into_iter().filter(|kind| *kind != "elbv2");
    config.names_also(others.map(|kind| format!("TrafficSources of {kind}")));
    let subnets: Vec<&str> = text(one, "VPCZoneIdentifier").into_iter().flat_map(|ids| ids.split(',')).collect();
    config.put("Subnets", pick::set(subnets.iter().copied()));
    desk.needs("subnet", subnets, "VPCZoneIdentifier");
    let templates = [
        "LaunchTemplate.LaunchTemplateId",
        "MixedInstancesPolicy.LaunchTemplate.LaunchTemplateSpecification.LaunchTemplateId",
    ];
    for template in templates.iter().filter_map(|path| text(one, path)) {
        desk.need("launch-template", Some(template), "LaunchTemplate");
    }
    let specifications = ["LaunchTemplate", "MixedInstancesPolicy.LaunchTemplate.LaunchTemplateSpecification"];
    let specification = specifications.iter().map(|path| pick::at(one, path)).find(|one| !one.is_null());
    let pinned = specification.map_or(Ok(Value::Null), |specification| pinned(desk, specification))?;
    config.put("Launches", pinned);
    if let Some(old) = text(one, "LaunchConfigurationName") {
        desk.leave(old, NOT_READ);
    }
    for group in pick::texts(one, "TargetGroupARNs") {
        desk.refer("target-group", Some(group), "TargetGroupARNs");
    }
    let mut predictive = Vec::new();
    let policies = desk.part(policies, |_, policies| {
        let each = policies.into_iter().filter_map(|policy| {
            if !pick::at(policy, "PredictiveScalingConfiguration").is_null() {
                predictive.push(format!("policy {}", text(policy, "PolicyName")?));
            }
            let of = Config::of(
                policy,
                &[
                    ("PolicyType", "", As::Text),
                    ("AdjustmentType", "", As::Text),
                    ("ScalingAdjustment", "", As::Number),
                    ("Cooldown", "", As::Number),
                    ("MinAdjustmentMagnitude", "", As::Number),
                    ("MetricAggregationType", "", As::Text),
                    ("EstimatedInstanceWarmup", "", As::Number),
                    ("Enabled", "", As::Truth),
                    ("TargetTracking", "TargetTrackingConfiguration", As::Sets),
                    ("StepAdjustments", "StepAdjustments", As::Sets),
                ],
            );
            Some((text(policy, "PolicyName")?.to_owned(), of.value()))
        });
        Value::Object(each.collect())
    })?;
    config.put("Policies", policies);
    config.names_also(predictive);
    let hooks = desk.part(hooks, lifecycle_hooks)?;
    config.put("LifecycleHooks", hooks);
    let schedules = desk.part(schedules, |_, schedules| scheduled(&schedules))?;
    config.put("ScheduledActions", schedules);
    let notified = desk.part(notified, |desk, notified| {
        for topic in each(&notified, "TopicARN") {
            desk.refer("topic", Some(topic), "notification");
        }
        pick::all(&notified, &[("TopicARN", "", As::Text), ("NotificationType", "", As::Text)])
    })?;
    config.put("Notifications", notified);
    let items = list(one, "Tags");
    let spread = items.iter().filter(|tag| text(tag, "PropagateAtLaunch") == Some("true"));
    config.put("PropagatedTags", pick::set(spread.filter_map(|tag| text(tag, "Key"))));
    let tags = tags(&items, desk.sealer);
    let arn = text(one, "AutoScalingGroupARN").map(str::to_owned);
    found(Found { arn, name: Some(name.to_owned()), config, tags: Some(tags) })
}

/// What a machine waits for as it comes or goes, by name.
fn lifecycle_hooks(desk: &mut Desk<'_>, hooks: Vec<&Value>) -> Value {
    let each = hooks.into_iter().filter_map(|hook| {
        let mut of = Config::of(
            hook,
            &[
                ("Transition", "LifecycleTransition", As::Text),
                ("HeartbeatTimeout", "", As::Number),
                ("DefaultResult", "", As::Text),
                ("NotificationTargetARN", "", As::Text),
                ("RoleARN", "", As::Text),
            ],
        );
        // Somebody's own words.
        of.put("Metadata", text(hook, "NotificationMetadata").map(|said| desk.sealer.script(said)));
        desk.refer("topic", text(hook, "NotificationTargetARN"), "lifecycle hook");
        desk.refer("iam-role", text(hook, "RoleARN"), "lifecycle hook");
        Some((text(hook, "LifecycleHookName")?.to_owned(), of.value()))
    });
    Value::Object(each.collect())
}

/// What it is set to at times, by name. When one that comes again is next is no matter of how it is set up.
fn scheduled(schedules: &[&Value]) -> Value {
    let each = schedules.iter().filter_map(|schedule| {
        let mut of = Config::of(
            schedule,
            &[
                ("MinSize", "", As::Number),
                ("MaxSize", "", As::Number),
                ("DesiredCapacity", "", As::Number),
                ("Recurrence", "", As::Text),
                ("EndTime", "", As::Text),
                ("TimeZone", "", As::Text),
            ],
        );
        let comes_again = text(schedule, "Recurrence").is_some();
        of.put("StartTime", text(schedule, "StartTime").filter(|_| !comes_again));
        Some((text(schedule, "ScheduledActionName")?.to_owned(), of.value()))
    });
    Value::Object(each.collect())
}
