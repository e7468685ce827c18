//! Groups of machines, and what a machine is started from.

use super::ask::{Api, Operation};
use super::desk::{Desk, Found, Read, Step, Stop, tags};
use super::pick::{self, As, Config, each, list, text};
use super::registry::{Kind, found};
use serde_json::{Map, Value, json};

static TEMPLATES: Operation = Operation::list(Api::Ec2, "DescribeLaunchTemplates", "launchTemplates")
    .paged(&[("NextToken", "nextToken")])
    .many(100, |ids| json!({ "LaunchTemplateId": ids }), |one| text(one, "launchTemplateId").map(str::to_owned));
static TEMPLATE_VERSIONS: Operation =
    Operation::list(Api::Ec2, "DescribeLaunchTemplateVersions", "launchTemplateVersionSet");
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

// By a filter: an image that is gone keeps no other's answer. Old ones and those that were switched off are told too.
static IMAGES: Operation = Operation::list(Api::Ec2, "DescribeImages", "imagesSet").paged(&[("NextToken", "nextToken")]).many(
    100,
    |ids| json!({ "Filter": [{ "Name": "image-id", "Value": ids }], "IncludeDeprecated": true, "IncludeDisabled": true }),
    |one| text(one, "imageId").map(str::to_owned),
);

pub(super) static KINDS: &[Kind] = &[
    Kind::of("launch-template", template, &[&TEMPLATES, &TEMPLATE_VERSIONS, &IMAGES]),
    Kind::of("autoscaling-group", group, &[&GROUPS, &GROUP_POLICIES, &TEMPLATE_VERSIONS, &IMAGES]),
];

/// What of a launch template is told.
const TEMPLATE: &[&str] = &[
    "imageId",
    "instanceType",
    "keyName",
    "ebsOptimized",
    "monitoring",
    "iamInstanceProfile",
    "securityGroupIdSet",
    "metadataOptions",
    "blockDeviceMappingSet",
    "networkInterfaceSet",
    "tagSpecificationSet",
    "userData",
];

fn template(desk: &mut Desk<'_>, id: &str) -> Step<Read> {
    // Its version that is told is the latest; a group that starts its machines from another one tells that.
    let one = desk.one(&TEMPLATES, id);
    let latest = desk.list(&TEMPLATE_VERSIONS, versions(id, &["$Latest"]));
    let one = one?;
    let mut config = Config::default();
    let name = text(one, "launchTemplateName").map(str::to_owned);
    let mut others = Vec::new();
    let mut told = desk.part(latest, |desk, versions| {
        let data = versions.first().map_or(&Value::Null, |version| pick::at(version, DATA));
        // What else is set is named, so that nobody takes this for all of it.
        let members = data.as_object().into_iter().flatten();
        let unnamed = members
            .filter(|(name, value)| !TEMPLATE.contains(&name.as_str()) && !pick::without_nothing(value).is_null());
        others = unnamed.map(|(name, _)| name.clone()).collect();
        launched(desk, data)
    })?;
    named_image(desk, &mut told)?;
    config.put("Latest", told);
    config.names_also(others);
    let tags = tags(&list(one, "tagSet"), desk.sealer);
    found(Found { arn: None, name, config, tags: Some(tags) })
}

/// Where a version of a template has what machines are started from.
const DATA: &str = "launchTemplateData";

fn versions(id: &str, which: &[&str]) -> Value {
    json!({ "LaunchTemplateId": id, "LaunchTemplateVersion": which })
}

/// What machines are started from.
fn launched(desk: &mut Desk<'_>, data: &Value) -> Value {
    let mut told = Config::of(
        data,
        &[
            ("ImageId", "imageId", As::Text),
            ("InstanceType", "instanceType", As::Text),
            ("KeyName", "keyName", As::Text),
            ("EbsOptimized", "ebsOptimized", As::Truth),
            ("Monitoring", "monitoring.enabled", As::Truth),
            ("InstanceProfile", "iamInstanceProfile", As::Whole),
            ("SecurityGroups", "securityGroupIdSet", As::Set),
            ("MetadataOptions", "metadataOptions", As::Whole),
            ("BlockDevices", "blockDeviceMappingSet", As::Whole),
            ("NetworkInterfaces", "networkInterfaceSet", As::Whole),
        ],
    );
    if let Some(profile) = text(data, "iamInstanceProfile.arn").or_else(|| text(data, "iamInstanceProfile.name")) {
        desk.refer("instance-profile", Some(profile), "IamInstanceProfile");
    }
    desk.needs("security-group", pick::texts(data, "securityGroupIdSet"), "SecurityGroupIds");
    for interface in list(data, "networkInterfaceSet") {
        desk.needs("security-group", pick::texts(interface, "groupSet"), "NetworkInterfaces");
        desk.need("subnet", text(interface, "subnetId"), "NetworkInterfaces");
    }
    let tagged = list(data, "tagSpecificationSet").into_iter().filter_map(|one| {
        let of = text(one, "resourceType")?.to_owned();
        Some((of, Value::Object(tags(&list(one, "tagSet"), desk.sealer))))
    });
    let tagged: Map<String, Value> = tagged.collect();
    if !tagged.is_empty() {
        told.put("TagSpecifications", tagged);
    }
    if let Some(user_data) = text(data, "userData") {
        told.put("UserData", self::user_data(desk, user_data));
    }
    if let Some(image) = text(data, "imageId") {
        desk.leave(image, super::arn::NOT_READ);
    }
    told.value()
}

/// With what its image is called, and whose it is: its id is another in each region.
fn named_image(desk: &mut Desk<'_>, launched: &mut Value) -> Step<()> {
    let image = launched.get("ImageId").and_then(Value::as_str).filter(|image| image.starts_with("ami-"));
    let Some(image) = image.map(str::to_owned) else { return Ok(()) };
    let told = desk.one(&IMAGES, &image);
    let told = desk.part(told, |_, one| {
        Config::of(one, &[("Name", "name", As::Text), ("Owner", "imageOwnerId", As::Text)]).value()
    })?;
    if let (false, Some(launched)) = (told.is_null(), launched.as_object_mut()) {
        launched.insert("Image".to_owned(), told);
    }
    Ok(())
}

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

/// What a machine is told when it starts: in base64, read for what it names, and kept with what is secret in it taken out.
fn user_data(desk: &mut Desk<'_>, encoded: &str) -> String {
    use base64::Engine;
    let plain =
        base64::engine::general_purpose::STANDARD.decode(encoded).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    // What cannot be looked into is kept as what it is compared by.
    let Some(plain) = plain else { return desk.sealer.token(encoded) };
    desk.mention(&plain, "UserData");
    desk.sealer.script(&plain)
}

fn group(desk: &mut Desk<'_>, name: &str) -> Step<Read> {
    let one = desk.one(&GROUPS, name);
    let policies = desk.list(&GROUP_POLICIES, json!({ "AutoScalingGroupName": name }));
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
        desk.leave(old, super::arn::NOT_READ);
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
                    ("TargetTracking", "TargetTrackingConfiguration", As::Whole),
                    ("StepAdjustments", "StepAdjustments", As::Whole),
                ],
            );
            Some((text(policy, "PolicyName")?.to_owned(), of.value()))
        });
        Value::Object(each.collect())
    })?;
    config.put("Policies", policies);
    config.names_also(predictive);
    let items = list(one, "Tags");
    let spread = items.iter().filter(|tag| text(tag, "PropagateAtLaunch") == Some("true"));
    config.put("PropagatedTags", pick::set(spread.filter_map(|tag| text(tag, "Key"))));
    let tags = tags(&items, desk.sealer);
    let arn = text(one, "AutoScalingGroupARN").map(str::to_owned);
    found(Found { arn, name: Some(name.to_owned()), config, tags: Some(tags) })
}
