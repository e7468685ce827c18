//! Clusters, services, what they run, where their images and logs are, and how they scale.

use super::{Layer, Rule, rule};
use crate::terraform::address::slug;
use crate::terraform::hcl::{Body, Expr};
use crate::terraform::nested::{self, Renamed};
use crate::terraform::source::{Made, Source};
use serde_json::{Map, Value, json};

pub(super) const RULES: &[Rule] = &[
    rule("repository", "aws_ecr_repository", Layer::Compute, "name", repository),
    rule("log-group", "aws_cloudwatch_log_group", Layer::Compute, "name", log_group),
    rule("ecs-cluster", "aws_ecs_cluster", Layer::Compute, "id", cluster),
    rule("capacity-provider", "aws_ecs_capacity_provider", Layer::Compute, "name", capacity_provider),
    rule("task-definition", "aws_ecs_task_definition", Layer::Compute, "arn", definition),
    Rule { arn: "id", ..rule("ecs-service", "aws_ecs_service", Layer::Compute, "id", service) },
    rule("scalable-target", "aws_appautoscaling_target", Layer::Compute, "resource_id", scalable_target),
];

fn repository(from: &Source<'_>, made: &mut Made) {
    // Rules of replication are the whole registry's.
    from.skip(&["Replication"]);
    let encryption =
        Body::default().maybe("encryption_type", from.plain("EncryptionType")).maybe("kms_key", from.told("KmsKey"));
    let scanning = Body::default().maybe("scan_on_push", from.plain("ScanOnPush"));
    let body = Body::default()
        .with("name", from.id())
        .maybe("image_tag_mutability", from.plain("ImageTagMutability"))
        .maybe("tags", from.tags())
        .block("image_scanning_configuration", scanning)
        .block("encryption_configuration", encryption);
    made.put("aws_ecr_repository", from.name, body, from.id());
    let own = || Expr::said(&format!("aws_ecr_repository.{}.name", from.name));
    for (key, class) in [("LifecyclePolicy", "aws_ecr_lifecycle_policy"), ("Policy", "aws_ecr_repository_policy")] {
        if let Some(policy) = from.document(key) {
            let body = Body::default().with("repository", own()).with("policy", policy);
            made.put(class, from.name, body, from.id());
        }
    }
}

fn log_group(from: &Source<'_>, made: &mut Made) {
    let body = Body::default()
        .with("name", from.id())
        .maybe("retention_in_days", from.plain("RetentionInDays"))
        .maybe("kms_key_id", from.told("KmsKeyId"))
        .maybe("log_group_class", from.plain("LogGroupClass"))
        .maybe("tags", from.tags());
    made.put("aws_cloudwatch_log_group", from.name, body, from.id());
    for (name, filter) in from.table("MetricFilters") {
        let transformations = filter.parts("Transformations").into_iter().map(|one| {
            Body::default()
                .maybe("name", one.plain("metricName"))
                .maybe("namespace", one.plain("metricNamespace"))
                .maybe("value", one.text_of("metricValue"))
                .maybe(
                    "default_value",
                    one.take("defaultValue").and_then(serde_json::Value::as_f64).map(|of| Expr::text(&of.to_string())),
                )
                .maybe("unit", one.plain("unit").filter(|unit| *unit != Expr::text("None")))
                .maybe("dimensions", one.plain("dimensions"))
        });
        let body = Body::default()
            .with("name", name)
            .with("log_group_name", Expr::said(&format!("aws_cloudwatch_log_group.{}.name", from.name)))
            .with("pattern", filter.plain("Pattern").unwrap_or_else(|| Expr::text("")))
            .blocks("metric_transformation", transformations);
        let label = format!("{}_{}", from.name, slug(name));
        made.put("aws_cloudwatch_log_metric_filter", &label, body, format!("{}:{name}", from.id()));
    }
    for (name, filter) in from.table("SubscriptionFilters") {
        let to = filter.told("DestinationArn");
        // Lines are sent to nobody before they let the logs do so: CloudWatch tries it.
        let permits: Vec<Expr> = to.iter().flat_map(|to| super::storage::permit(from, to)).collect();
        let body = Body::default()
            .with("name", name)
            .with("log_group_name", Expr::said(&format!("aws_cloudwatch_log_group.{}.name", from.name)))
            .with("filter_pattern", filter.plain("Pattern").unwrap_or_else(|| Expr::text("")))
            .maybe("destination_arn", to)
            .maybe("role_arn", filter.told("RoleArn"))
            .maybe("distribution", filter.plain("Distribution"));
        let body = if permits.is_empty() { body } else { body.with("depends_on", permits) };
        let label = format!("{}_{}", from.name, slug(name));
        made.put("aws_cloudwatch_log_subscription_filter", &label, body, format!("{}|{name}", from.id()));
    }
}

/// The cluster of a service. The provider knows it by its ARN: another way of saying it would replace the service.
fn cluster_of(from: &Source<'_>) -> Option<Expr> {
    let said = from.field("Cluster", "ecs-cluster")?;
    let of_service = || from.arn().split_once(":service/").map(|(head, _)| head.to_owned());
    match said.literal().filter(|name| !name.starts_with("arn:")).zip(of_service()) {
        Some((name, head)) => Some(Expr::text(&format!("{head}:cluster/{name}"))),
        None => Some(said),
    }
}

fn cluster(from: &Source<'_>, made: &mut Made) {
    let settings = nested::bodies(from, "Settings", &[]);
    let body = Body::default()
        .with("name", from.id())
        .maybe("tags", from.tags())
        .block(
            "configuration",
            nested::at(
                from,
                "Configuration",
                &[
                    ("s3KeyPrefix", "s3_key_prefix"),
                    ("s3BucketName", "s3_bucket_name"),
                    ("s3EncryptionEnabled", "s3_bucket_encryption_enabled"),
                ],
            ),
        )
        .block("service_connect_defaults", Body::default().maybe("namespace", from.told("ServiceConnectNamespace")))
        .blocks("setting", settings);
    made.put("aws_ecs_cluster", from.name, body, from.id());
    let strategy = nested::bodies(from, "DefaultCapacityProviderStrategy", &[]);
    let providers = from.fields("CapacityProviders", "capacity-provider");
    if providers.is_some() || !strategy.is_empty() {
        let body = Body::default()
            .with("cluster_name", Expr::said(&format!("aws_ecs_cluster.{}.name", from.name)))
            .maybe("capacity_providers", providers)
            .blocks("default_capacity_provider_strategy", strategy);
        made.put("aws_ecs_cluster_capacity_providers", from.name, body, from.id());
    }
}

fn capacity_provider(from: &Source<'_>, made: &mut Made) {
    let group = Body::default()
        .maybe("auto_scaling_group_arn", from.told("AutoScalingGroup"))
        .maybe("managed_termination_protection", from.plain("ManagedTerminationProtection"))
        .maybe("managed_draining", from.plain("ManagedDraining"))
        .block("managed_scaling", nested::at(from, "ManagedScaling", &[]));
    let body =
        Body::default().with("name", from.id()).maybe("tags", from.tags()).block("auto_scaling_group_provider", group);
    made.put("aws_ecs_capacity_provider", from.name, body, from.id());
}

const VOLUME: &[Renamed] = &[
    ("efsVolumeConfiguration", "efs_volume_configuration"),
    ("fileSystemId", "file_system_id"),
    ("host", ""),
    ("configuredAtLaunch", "configure_at_launch"),
];

fn definition(from: &Source<'_>, made: &mut Made) {
    let volumes: Vec<Body> = from
        .take("Volumes")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(|volume| {
            let path = volume.get("host").and_then(|host| host.get("sourcePath")).and_then(Value::as_str);
            nested::body(from, volume, VOLUME).maybe("host_path", path)
        })
        .collect();
    let containers = from.take("Containers").and_then(Value::as_array).cloned().unwrap_or_default();
    let containers: Vec<Expr> = containers.iter().map(|one| container(from, one)).collect();
    let proxy = from.inner("ProxyConfiguration").map(|proxy| {
        let properties = proxy.parts("properties").into_iter();
        let properties = properties.filter_map(|one| Some((one.str("name")?.to_owned(), one.plain("value")?)));
        Body::default()
            .maybe("type", proxy.plain("type"))
            .maybe("container_name", proxy.plain("containerName"))
            .with("properties", Expr::Object(properties.collect()))
    });
    let body = Body::default()
        .maybe("family", from.plain("Family"))
        .maybe("network_mode", from.plain("NetworkMode"))
        .maybe("requires_compatibilities", from.plain("RequiresCompatibilities"))
        .maybe("cpu", from.text_of("Cpu"))
        .maybe("memory", from.text_of("Memory"))
        .maybe("execution_role_arn", from.told("ExecutionRoleArn"))
        .maybe("task_role_arn", from.told("TaskRoleArn"))
        .maybe("pid_mode", from.plain("PidMode"))
        .maybe("ipc_mode", from.plain("IpcMode"))
        .with("container_definitions", Expr::Json(Box::new(Expr::List(containers))))
        .maybe("tags", from.tags())
        .blocks("volume", volumes)
        .block("runtime_platform", nested::at(from, "RuntimePlatform", &[]))
        .block("ephemeral_storage", nested::at(from, "EphemeralStorage", &[("sizeInGiB", "size_in_gib")]))
        .block("proxy_configuration", proxy.unwrap_or_default())
        .blocks("placement_constraints", nested::bodies(from, "PlacementConstraints", &[]));
    made.put("aws_ecs_task_definition", from.name, body, from.arn());
}

/// A container as a definition has it: variables and secrets are lists again, in the order of their names.
fn container(from: &Source<'_>, one: &Value) -> Expr {
    let mut members = one.as_object().cloned().unwrap_or_default();
    let mut sealed: Vec<(String, Expr)> = Vec::new();
    for (key, second) in [("environment", "value"), ("secrets", "valueFrom")] {
        let Some(Value::Object(named)) = members.remove(key) else { continue };
        let items = named.into_iter().map(|(name, value)| {
            let value = Expr::of(&value, &|text| from.known(&name, text));
            Expr::Object(vec![("name".to_owned(), Expr::text(&name)), (second.to_owned(), value)])
        });
        sealed.push((key.to_owned(), Expr::List(items.collect())));
    }
    let members: Map<String, Value> = members;
    let rest = members.iter().map(|(name, value)| (name.clone(), Expr::of(value, &|text| from.known(name, text))));
    let mut all: Vec<(String, Expr)> = rest.chain(sealed).collect();
    // By name, with what it is first.
    all.sort_by_key(|(name, _)| (name != "name", name != "image", name.clone()));
    Expr::Object(all)
}

fn service(from: &Source<'_>, made: &mut Made) {
    // What its tags stand for is said where it is restored: what runs is named as it is.
    from.skip(&["Scaling", "Images"]);
    let network = Body::default()
        .maybe("subnets", from.fields("Subnets", "subnet"))
        .maybe("security_groups", from.fields("SecurityGroups", "security-group"))
        .maybe("assign_public_ip", from.str("AssignPublicIp").map(|word| word == "ENABLED"));
    let balancers: Vec<Body> = from
        .parts("LoadBalancers")
        .iter()
        .map(|one| {
            Body::default()
                .maybe("target_group_arn", one.field("targetGroupArn", "target-group"))
                .maybe("elb_name", one.plain("loadBalancerName"))
                .maybe("container_name", one.plain("containerName"))
                .maybe("container_port", one.plain("containerPort"))
        })
        .collect();
    let deployment = from.inner("Deployment");
    let breaker = deployment
        .and_then(|of| of.inner("deploymentCircuitBreaker"))
        .map(|of| Body::default().with("enable", of.truth("enable")).with("rollback", of.truth("rollback")));
    let alarms = deployment.and_then(|of| of.take("alarms")).map(|of| nested::body(from, of, &[]));
    let controller =
        from.plain("DeploymentController").map(|kind| Body::default().with("type", kind)).unwrap_or_default();
    let strategy = nested::bodies(from, "CapacityProviderStrategy", &[]);
    let body = Body::default()
        .with("name", from.called())
        .maybe("cluster", cluster_of(from))
        .maybe("task_definition", definition_of(from))
        .maybe("desired_count", from.plain("DesiredCount"))
        .either("launch_type", from.plain("LaunchType").filter(|_| strategy.is_empty()))
        .maybe("platform_version", from.plain("PlatformVersion"))
        .maybe("scheduling_strategy", from.plain("SchedulingStrategy"))
        .maybe("deployment_maximum_percent", deployment.and_then(|of| of.plain("maximumPercent")))
        .maybe("deployment_minimum_healthy_percent", deployment.and_then(|of| of.plain("minimumHealthyPercent")))
        .maybe("health_check_grace_period_seconds", from.plain("HealthCheckGracePeriodSeconds"))
        .maybe("enable_execute_command", from.plain("EnableExecuteCommand"))
        .maybe("enable_ecs_managed_tags", from.plain("EnableECSManagedTags"))
        .maybe("propagate_tags", from.plain("PropagateTags"))
        .maybe("availability_zone_rebalancing", from.plain("AvailabilityZoneRebalancing"))
        .maybe("tags", from.tags());
    let listeners = listeners(from);
    let body = if listeners.is_empty() { body } else { body.with("depends_on", listeners) };
    let scaled = crate::snapshot::Reference::new("scalable-target", &format!("service/{}", from.id()));
    let lifecycle = if from.writing.names.contains_key(&scaled) {
        Body::default().with("ignore_changes", Expr::List(vec![Expr::said("desired_count")]))
    } else {
        Body::default()
    };
    let body = body
        .block("network_configuration", network)
        .blocks("load_balancer", balancers)
        .blocks("capacity_provider_strategy", strategy)
        .block("deployment_controller", controller)
        .block("deployment_circuit_breaker", breaker.unwrap_or_default())
        .block("alarms", alarms.unwrap_or_default())
        .blocks("service_registries", nested::bodies(from, "ServiceRegistries", &[]))
        .blocks("placement_constraints", nested::bodies(from, "PlacementConstraints", &[]))
        .blocks("ordered_placement_strategy", nested::bodies(from, "PlacementStrategy", &[]))
        .block("lifecycle", lifecycle);
    made.put("aws_ecs_service", from.name, body, from.id());
}

/// Its definition by family and revision, which is what an import has it by: by its ARN it would be another text for the same.
fn definition_of(from: &Source<'_>) -> Option<Expr> {
    use crate::terraform::hcl::Part;
    let of = from.field("TaskDefinition", "task-definition")?;
    let written = match &of {
        Expr::Said(said) => said.strip_suffix(".arn").filter(|said| said.starts_with("aws_ecs_task_definition.")),
        _ => None,
    };
    Some(match written {
        Some(written) => Expr::of_parts(vec![
            Part::Said(format!("{written}.family")),
            Part::Literal(":".to_owned()),
            Part::Said(format!("{written}.revision")),
        ]),
        None => of,
    })
}

/// The listeners that send to its target groups: before one is there, a target group is of no load balancer.
fn listeners(from: &Source<'_>) -> Vec<Expr> {
    let groups: Vec<&str> = from.parts("LoadBalancers").iter().filter_map(|one| one.str("targetGroupArn")).collect();
    let all = from.writing.snapshot.resources.iter().filter(|one| one.kind == "listener");
    let sends = all.filter(|listener| {
        let text = json!(listener.config).to_string();
        groups.iter().any(|group| text.contains(group))
    });
    let names = sends.filter_map(|listener| from.writing.names.get(&listener.reference()));
    names.map(|name| Expr::said(&format!("aws_lb_listener.{name}"))).collect()
}

const TRACKING: &[Renamed] = &[
    ("PredefinedMetricSpecification", "predefined_metric_specification"),
    ("PredefinedMetricType", "predefined_metric_type"),
    ("Alarms", ""),
];
const STEPS: &[Renamed] = &[("StepAdjustments", "step_adjustment")];

fn scalable_target(from: &Source<'_>, made: &mut Made) {
    let service = from.id().strip_prefix("service/").unwrap_or_default();
    let (namespace, dimension) =
        (from.str("ServiceNamespace").unwrap_or("ecs"), from.str("ScalableDimension").unwrap_or_default());
    let resource = match from.of("ecs-service", service) {
        Expr::Said(_) => of_service(from, service),
        _ => Expr::text(from.id()),
    };
    let body = Body::default()
        .with("service_namespace", namespace)
        .with("scalable_dimension", dimension)
        .with("resource_id", resource)
        .maybe("min_capacity", from.plain("MinCapacity"))
        .maybe("max_capacity", from.plain("MaxCapacity"))
        .maybe("tags", from.tags())
        .block("suspended_state", nested::at(from, "Suspended", &[]));
    made.put("aws_appautoscaling_target", from.name, body, format!("{namespace}/{}/{dimension}", from.id()));
    let own = |says: &str| Expr::said(&format!("aws_appautoscaling_target.{}.{says}", from.name));
    for (name, policy) in from.table("Policies") {
        let body = Body::default()
            .with("name", name)
            .maybe("policy_type", policy.plain("PolicyType"))
            .with("service_namespace", own("service_namespace"))
            .with("scalable_dimension", own("scalable_dimension"))
            .with("resource_id", own("resource_id"))
            .block("target_tracking_scaling_policy_configuration", nested::at(&policy, "TargetTracking", TRACKING))
            .block("step_scaling_policy_configuration", nested::at(&policy, "StepScaling", STEPS));
        let import = format!("{namespace}/{}/{dimension}/{name}", from.id());
        made.put("aws_appautoscaling_policy", &format!("{}_{}", from.name, slug(name)), body, import);
    }
}

/// `service/CLUSTER/SERVICE`, of what is written.
fn of_service(from: &Source<'_>, service: &str) -> Expr {
    use crate::terraform::hcl::Part;
    let (cluster, _) = service.split_once('/').unwrap_or(("default", service));
    let service = crate::snapshot::Reference::new("ecs-service", service);
    let cluster = crate::snapshot::Reference::new("ecs-cluster", cluster);
    match (from.writing.names.get(&cluster), from.writing.names.get(&service)) {
        (Some(cluster), Some(service)) => Expr::of_parts(vec![
            Part::Literal("service/".to_owned()),
            Part::Said(format!("aws_ecs_cluster.{cluster}.name")),
            Part::Literal("/".to_owned()),
            Part::Said(format!("aws_ecs_service.{service}.name")),
        ]),
        _ => Expr::text(from.id()),
    }
}
