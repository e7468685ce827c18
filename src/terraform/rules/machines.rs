//! Functions, launch templates and groups of machines.

use super::{Layer, Rule, rule};
use crate::terraform::address::slug;
use crate::terraform::hcl::{Body, Expr, Part};
use crate::terraform::nested::{self, Renamed};
use crate::terraform::source::{Made, Source, items};
use serde_json::Value;
use std::collections::BTreeMap;

pub(super) const RULES: &[Rule] = &[
    rule("function", "aws_lambda_function", Layer::Compute, "arn", function),
    rule("launch-template", "aws_launch_template", Layer::Compute, "id", template),
    rule("autoscaling-group", "aws_autoscaling_group", Layer::Compute, "name", group),
];

fn function(from: &Source<'_>, made: &mut Made) {
    let environment = from.take("Environment").and_then(Value::as_object);
    let environment: Vec<(String, Expr)> = environment
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.clone(), Expr::of(value, &|text| from.known(name, text))))
        .collect();
    let mut body = Body::default()
        .with("function_name", from.id())
        .maybe("description", from.plain("Description"))
        .maybe("role", from.told("Role"))
        .maybe("package_type", from.plain("PackageType"))
        .maybe("image_uri", from.told("ImageUri"))
        .maybe("runtime", from.plain("Runtime"))
        .maybe("handler", from.plain("Handler"))
        .maybe("memory_size", from.plain("MemorySize"))
        .maybe("timeout", from.plain("Timeout"))
        .maybe("architectures", from.plain("Architectures"))
        .maybe("layers", from.plain("Layers"))
        .maybe("kms_key_arn", from.told("KmsKeyId"))
        .maybe("reserved_concurrent_executions", from.plain("ReservedConcurrency"));
    let mut ignored = Vec::new();
    from.skip(&["CodeSha256"]);
    if from.take("ImageUri").is_none() {
        // Its code is in no snapshot: what runs keeps its own.
        for (key, about) in [("s3_bucket", "bucket"), ("s3_key", "key")] {
            let about = format!("The {about} that has the code of {}: code is not captured.", from.id());
            body.put(key, from.writing.variable(&format!("{}_code_{}", from.name, &key[3..]), &about, false));
            ignored.push(Expr::said(key));
        }
    }
    let environment = if environment.is_empty() {
        Body::default()
    } else {
        Body::default().with("variables", Expr::Object(environment))
    };
    let network = Body::default()
        .maybe("subnet_ids", from.fields("Subnets", "subnet"))
        .maybe("security_group_ids", from.fields("SecurityGroups", "security-group"))
        .maybe("ipv6_allowed_for_dual_stack", from.plain("Ipv6"));
    let logging =
        from.field("LogGroup", "log-group").map(|group| Body::default().with("log_group", group)).unwrap_or_default();
    let logging = match from.plain("LogFormat") {
        None if logging.is_empty() => logging.maybe("log_format", None::<Expr>),
        // It is told by what is newer than some snapshots.
        format => logging.with("log_format", format.unwrap_or_else(|| Expr::text("Text"))),
    };
    let logging = logging
        .maybe("application_log_level", from.plain("ApplicationLogLevel"))
        .maybe("system_log_level", from.plain("SystemLogLevel"));
    let systems = from.parts("FileSystems").into_iter().map(|one| {
        Body::default().maybe("arn", one.told("Arn")).maybe("local_mount_path", one.plain("LocalMountPath"))
    });
    let systems: Vec<Body> = systems.collect();
    let one = |name: &str, value: Option<Expr>| Body::default().maybe(name, value);
    let body = body
        .maybe("tags", from.tags())
        .block("environment", environment)
        .block("vpc_config", network)
        .block("ephemeral_storage", one("size", from.plain("EphemeralStorage")))
        .block("tracing_config", one("mode", from.plain("TracingMode")))
        .block("dead_letter_config", one("target_arn", from.told("DeadLetterTarget")))
        .block("logging_config", logging)
        .block("image_config", nested::at(from, "ImageConfig", &[]))
        .block("snap_start", one("apply_on", from.plain("SnapStart")))
        .blocks("file_system_config", systems);
    let body = if ignored.is_empty() {
        body
    } else {
        body.block("lifecycle", Body::default().with("ignore_changes", ignored))
    };
    made.put("aws_lambda_function", from.name, body, from.id());
    let own = || Expr::said(&format!("aws_lambda_function.{}.function_name", from.name));
    for alias in from.parts("Aliases") {
        let name = alias.str("Name").unwrap_or_default();
        let body = Body::default()
            .with("name", name)
            .maybe("description", alias.plain("Description"))
            .with("function_name", own())
            .maybe("function_version", alias.plain("FunctionVersion"));
        let weights = alias.plain("Weights");
        let body = body.block("routing_config", Body::default().maybe("additional_version_weights", weights));
        made.put("aws_lambda_alias", &format!("{}_{}", from.name, slug(name)), body, format!("{}/{name}", from.id()));
    }
    permissions(from, made);
    sources(from, made);
}

/// What feeds it. One whose own id was not captured cannot be named to an import: it is told.
fn sources(from: &Source<'_>, made: &mut Made) {
    for source in from.parts("EventSources") {
        let Some(id) = source.str("Uuid") else {
            from.note(
                "function-sources",
                "what feeds it was captured without its own id, and is not written",
                "capture it again",
            );
            continue;
        };
        let arn = source.str("EventSourceArn").unwrap_or_default();
        let is_on = !source.str("State").is_some_and(|state| state.starts_with("Disabl"));
        let filters = source.inner("Filter").map(|filter| nested::bodies(&filter, "Filters", &[])).unwrap_or_default();
        let body = Body::default()
            .maybe("event_source_arn", source.told("EventSourceArn"))
            .with("function_name", fed(from, source.str("Alias")))
            .with("enabled", is_on)
            .maybe("batch_size", source.plain("BatchSize"))
            .maybe("maximum_batching_window_in_seconds", source.plain("MaximumBatchingWindowInSeconds"))
            .maybe("parallelization_factor", source.plain("ParallelizationFactor"))
            .maybe("maximum_retry_attempts", source.plain("MaximumRetryAttempts"))
            .maybe("maximum_record_age_in_seconds", source.plain("MaximumRecordAgeInSeconds"))
            .maybe("bisect_batch_on_function_error", source.plain("BisectBatchOnFunctionError"))
            .maybe("tumbling_window_in_seconds", source.plain("TumblingWindowInSeconds"))
            .maybe("function_response_types", source.plain("FunctionResponseTypes"))
            .maybe("starting_position", source.plain("StartingPosition"))
            .maybe("kms_key_arn", source.told("KmsKeyId"))
            .maybe("tags", source.tags())
            .block("filter_criteria", Body::default().blocks("filter", filters))
            .block("scaling_config", nested::at(&source, "Scaling", &[]))
            .block("destination_config", nested::at(&source, "Destination", &[("Destination", "destination_arn")]));
        let label = format!("{}_{}", from.name, slug(arn.rsplit([':', '/']).next().unwrap_or(arn)));
        made.put("aws_lambda_event_source_mapping", &label, body, id);
    }
}

/// What is fed: the function itself, an alias of it, or a version.
fn fed(from: &Source<'_>, alias: Option<&str>) -> Expr {
    let function = format!("aws_lambda_function.{}.arn", from.name);
    match alias {
        None => Expr::said(&function),
        Some(alias) if from.is_compared() => Expr::text(&format!("{}:{alias}", from.arn())),
        Some(alias) if from.parts("Aliases").iter().any(|one| one.str("Name") == Some(alias)) => {
            Expr::said(&format!("aws_lambda_alias.{}_{}.arn", from.name, slug(alias)))
        }
        Some(version) => Expr::of_parts(vec![Part::Said(function), Part::Literal(format!(":{version}"))]),
    }
}

/// Who may call it: a statement each.
fn permissions(from: &Source<'_>, made: &mut Made) {
    let policy = from.inner("Policy");
    for statement in policy.iter().flat_map(|policy| policy.parts("Statement")) {
        let sid = statement.str("Sid").unwrap_or_default();
        let first = |value: Option<&Value>| match value {
            Some(Value::Array(items)) => items.first().and_then(Value::as_str).map(str::to_owned),
            Some(Value::String(text)) => Some(text.clone()),
            _ => None,
        };
        let principal = match statement.take("Principal") {
            Some(Value::Object(members)) => members.values().find_map(|value| first(Some(value))),
            other => first(other),
        };
        let condition = |wanted: &str, key: &str| {
            let condition = statement.take("Condition")?.as_object()?;
            let of = condition.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted))?.1.as_object()?;
            let value = of.iter().find(|(name, _)| name.eq_ignore_ascii_case(key))?.1;
            first(Some(value))
        };
        let source = condition("ArnLike", "AWS:SourceArn");
        let body = Body::default()
            .with("statement_id", sid)
            .maybe("action", first(statement.take("Action")).map(|action| Expr::text(&action)))
            .with("function_name", Expr::said(&format!("aws_lambda_function.{}.function_name", from.name)))
            .maybe("principal", principal.map(|whom| Expr::text(&whom)))
            .maybe("source_arn", source.map(|arn| from.known("source", &arn)))
            .maybe("source_account", condition("StringEquals", "AWS:SourceAccount").map(|of| Expr::text(&of)))
            .maybe("principal_org_id", condition("StringEquals", "AWS:PrincipalOrgID").map(|of| Expr::text(&of)))
            .maybe(
                "function_url_auth_type",
                condition("StringEquals", "lambda:FunctionUrlAuthType").map(|of| Expr::text(&of)),
            )
            .maybe(
                "event_source_token",
                condition("StringEquals", "lambda:EventSourceToken").map(|of| from.known("EventSourceToken", &of)),
            );
        let label = format!("{}_{}", from.name, slug(sid));
        made.put("aws_lambda_permission", &label, body, format!("{}/{sid}", from.id()));
    }
}

const EBS: &[Renamed] = &[("ebs", "ebs"), ("kmsKeyId", "kms_key_id")];
const INTERFACE: &[Renamed] = &[("groupSet", "security_groups"), ("item", "")];

fn template(from: &Source<'_>, made: &mut Made) {
    let Some(latest) = from.inner("Latest") else {
        from.note("template-empty", "its latest version was not told: it is not written", "capture it again");
        return;
    };
    // What the image is called, and whose it is, is in no template.
    latest.skip(&["Image"]);
    let profile = latest.inner("InstanceProfile").map(|profile| match profile.str("arn") {
        Some(arn) => Body::default().with("arn", from.known("arn", arn)),
        None => Body::default().maybe("name", profile.field("name", "instance-profile")),
    });
    let user_data = latest.str("UserData").map(|text| match from.is_compared() {
        true => Expr::text(text),
        false => Expr::Base64(Box::new(from.known("user_data", text))),
    });
    let body = Body::default()
        .with("name", from.called())
        .maybe("image_id", latest.plain("ImageId"))
        .maybe("instance_type", latest.plain("InstanceType"))
        .maybe("key_name", latest.plain("KeyName"))
        .maybe("ebs_optimized", latest.text_of("EbsOptimized"))
        .maybe("vpc_security_group_ids", latest.fields("SecurityGroups", "security-group"))
        .maybe("user_data", user_data)
        .maybe("tags", from.tags())
        .block("iam_instance_profile", profile.unwrap_or_default())
        .block("monitoring", Body::default().maybe("enabled", latest.plain("Monitoring")))
        .block("metadata_options", nested::at(&latest, "MetadataOptions", &[("state", "")]))
        .blocks("block_device_mappings", of_set(from, &latest, "BlockDevices", EBS))
        .blocks("network_interfaces", of_set(from, &latest, "NetworkInterfaces", INTERFACE))
        .blocks("tag_specifications", tag_specifications(from, &latest));
    made.put("aws_launch_template", from.name, body, from.id());
}

/// What each thing that it launches is tagged with.
fn tag_specifications(from: &Source<'_>, latest: &Source<'_>) -> Vec<Body> {
    let each = latest.take("TagSpecifications").and_then(Value::as_object).into_iter().flatten();
    let each = each.filter_map(|(of, tags)| {
        let tags = tags.as_object()?.iter().map(|(name, value)| {
            let text = value.as_str().unwrap_or_default();
            (name.clone(), from.text_as_it_is(&format!("tag {name} of {of}"), text))
        });
        Some(Body::default().with("resource_type", of.as_str()).with("tags", Expr::Object(tags.collect())))
    });
    each.collect()
}

/// What XML has in a set: the elements, or the one.
fn of_set(from: &Source<'_>, part: &Source<'_>, key: &str, renamed: &[Renamed]) -> Vec<Body> {
    let value = part.take(key);
    let items: Vec<&Value> = match value {
        Some(Value::Object(members)) if items(&Value::Object(members.clone())).is_none() => {
            members.values().flat_map(|inner| items(inner).unwrap_or_else(|| vec![inner])).collect()
        }
        Some(value) => items(value).unwrap_or_default(),
        None => Vec::new(),
    };
    items.into_iter().map(|item| nested::body(from, item, renamed)).collect()
}

const TRACKING: &[Renamed] = &[("Dimensions", "metric_dimension"), ("Alarms", "")];
const MIXED: &[Renamed] = &[("Overrides", "override")];

fn group(from: &Source<'_>, made: &mut Made) {
    // What a version says is its template's to say.
    from.skip(&["Launches"]);
    let spread = from.take("PropagatedTags").and_then(Value::as_array).cloned().unwrap_or_default();
    let tags = match from.tags() {
        Some(Expr::Object(tags)) => tags,
        _ => Vec::new(),
    };
    let tags = tags.into_iter().map(|(key, value)| {
        let is_spread = spread.iter().any(|name| *name == key.as_str());
        Body::default().with("key", key.as_str()).with("value", value).with("propagate_at_launch", is_spread)
    });
    let tags: Vec<Body> = tags.collect();
    let template = from.inner("LaunchTemplate").map(|one| {
        Body::default()
            .maybe("id", one.field("LaunchTemplateId", "launch-template"))
            .maybe("version", one.plain("Version"))
    });
    let body = Body::default()
        .with("name", from.id())
        .maybe("min_size", from.plain("MinSize"))
        .maybe("max_size", from.plain("MaxSize"))
        .maybe("desired_capacity", from.plain("DesiredCapacity"))
        .maybe("default_cooldown", from.plain("DefaultCooldown"))
        .maybe("health_check_type", from.plain("HealthCheckType"))
        .maybe("health_check_grace_period", from.plain("HealthCheckGracePeriod"))
        .maybe("protect_from_scale_in", from.plain("NewInstancesProtectedFromScaleIn"))
        .maybe("capacity_rebalance", from.plain("CapacityRebalance"))
        .maybe("max_instance_lifetime", from.plain("MaxInstanceLifetime"))
        .maybe("vpc_zone_identifier", from.fields("Subnets", "subnet"))
        .maybe("target_group_arns", from.fields("TargetGroupARNs", "target-group"))
        .maybe("termination_policies", policies(from))
        .maybe("default_instance_warmup", from.plain("DefaultInstanceWarmup"))
        .maybe("placement_group", from.plain("PlacementGroup"))
        .maybe("desired_capacity_type", from.plain("DesiredCapacityType"))
        .maybe("context", from.plain("Context"))
        .maybe("suspended_processes", from.plain("SuspendedProcesses"))
        .maybe("enabled_metrics", from.plain("EnabledMetrics"))
        .block("instance_maintenance_policy", nested::at(from, "Maintenance", &[]))
        .block("warm_pool", nested::at(from, "WarmPool", &[("Status", "")]))
        .block("launch_template", template.unwrap_or_default())
        .block("mixed_instances_policy", nested::at(from, "MixedInstancesPolicy", MIXED))
        .blocks("tag", tags)
        .block("lifecycle", Body::default().with("ignore_changes", Expr::List(vec![Expr::said("desired_capacity")])));
    made.put("aws_autoscaling_group", from.name, body, from.id());
    for (name, policy) in from.table("Policies") {
        let body = Body::default()
            .with("name", name)
            .with("autoscaling_group_name", Expr::said(&format!("aws_autoscaling_group.{}.name", from.name)))
            .maybe("policy_type", policy.plain("PolicyType"))
            .maybe("adjustment_type", policy.plain("AdjustmentType"))
            .maybe("scaling_adjustment", policy.plain("ScalingAdjustment"))
            .maybe("cooldown", policy.plain("Cooldown"))
            .maybe("min_adjustment_magnitude", policy.plain("MinAdjustmentMagnitude"))
            .maybe("metric_aggregation_type", policy.plain("MetricAggregationType"))
            .maybe("estimated_instance_warmup", policy.plain("EstimatedInstanceWarmup"))
            .maybe("enabled", policy.plain("Enabled"))
            .block("target_tracking_configuration", nested::at(&policy, "TargetTracking", TRACKING))
            .blocks("step_adjustment", of_set(from, &policy, "StepAdjustments", &[]).into_iter().map(bounds));
        let label = format!("{}_{}", from.name, slug(name));
        made.put("aws_autoscaling_policy", &label, body, format!("{}/{name}", from.id()));
    }
    around(from, made);
}

/// What a group does as its machines come and go, and at which times.
fn around(from: &Source<'_>, made: &mut Made) {
    let own = || Expr::said(&format!("aws_autoscaling_group.{}.name", from.name));
    for (name, hook) in from.table("LifecycleHooks") {
        let body = Body::default()
            .with("name", name)
            .with("autoscaling_group_name", own())
            .maybe("lifecycle_transition", hook.plain("Transition"))
            .maybe("heartbeat_timeout", hook.plain("HeartbeatTimeout"))
            .maybe("default_result", hook.plain("DefaultResult"))
            .maybe("notification_target_arn", hook.told("NotificationTargetARN"))
            .maybe("role_arn", hook.told("RoleARN"))
            .maybe("notification_metadata", hook.plain("Metadata"));
        let label = format!("{}_{}", from.name, slug(name));
        made.put("aws_autoscaling_lifecycle_hook", &label, body, format!("{}/{name}", from.id()));
    }
    for (name, action) in from.table("ScheduledActions") {
        let body = Body::default()
            .with("scheduled_action_name", name)
            .with("autoscaling_group_name", own())
            .either("min_size", action.plain("MinSize"))
            .either("max_size", action.plain("MaxSize"))
            .either("desired_capacity", action.plain("DesiredCapacity"))
            .maybe("recurrence", action.plain("Recurrence"))
            .either("start_time", action.plain("StartTime"))
            .either("end_time", action.plain("EndTime"))
            .either("time_zone", action.plain("TimeZone"));
        let label = format!("{}_{}", from.name, slug(name));
        made.put("aws_autoscaling_schedule", &label, body, format!("{}/{name}", from.id()));
    }
    let mut told: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for one in from.take("Notifications").and_then(Value::as_array).into_iter().flatten() {
        let (topic, of) = (one["TopicARN"].as_str(), one["NotificationType"].as_str());
        if let Some((topic, of)) = topic.zip(of) {
            told.entry(topic).or_default().push(of);
        }
    }
    for (topic, of) in told {
        let body = Body::default()
            .with("group_names", Expr::List(vec![own()]))
            .with("notifications", of.into_iter().map(Expr::text).collect::<Vec<_>>())
            .with("topic_arn", from.known("Notifications", topic));
        let label = format!("{}_{}", from.name, slug(topic.rsplit(':').next().unwrap_or(topic)));
        // Terraform imports none of this class: an apply says again what is said already.
        made.blocks.push(("aws_autoscaling_notification".to_owned(), label, body, None));
    }
}

/// A step whose bounds are as the provider writes them: `0`, where AWS says `0.0`.
fn bounds(mut step: Body) -> Body {
    for name in ["metric_interval_lower_bound", "metric_interval_upper_bound"] {
        if let Some(bound) = step.value(name).and_then(Expr::literal).and_then(|text| text.parse::<f64>().ok()) {
            step.set(name, Expr::text(&bound.to_string()));
        }
    }
    step
}

/// The policies by which a machine is chosen to go, where they are not AWS's own.
fn policies(from: &Source<'_>) -> Option<Expr> {
    let value = from.take("TerminationPolicies")?;
    let items = items(value).unwrap_or_else(|| vec![value]);
    let items: Vec<&str> = items.into_iter().filter_map(Value::as_str).collect();
    // The default alone is what nobody chose: the provider has no word for it.
    let is_chosen = !items.is_empty() && items != ["Default"];
    let items: Vec<Expr> = items.into_iter().map(Expr::text).collect();
    is_chosen.then_some(Expr::List(items))
}
