//! What the provider of AWS says of its own accord: the defaults that it writes where code says nothing, and the arguments that it
//! leaves to AWS there. Taken from version 5.100.0, by a plan of the least that each class takes (`tests/terraform/least.tf`) and
//! by its schema; `tests/terraform/provider.rs` holds them against it.

use super::same::is_something;
use serde_json::Value;

/// Arguments that have no value in a cloud, or that a provider has of its own: no difference of them means anything.
pub(super) const THE_PROVIDERS_OWN: &[&str] = &[
    "tags_all",
    "force_destroy",
    "skip_final_snapshot",
    "apply_immediately",
    "wait_for_steady_state",
    "password",
    "rotate_immediately",
];

/// Whether `value`, at `way`, asks for anything: no nothing, and nothing that the provider says of its own accord.
pub(super) fn is_asked_for(way: &str, value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(|item| is_asked_for(way, item)),
        Value::Object(members) => members.iter().any(|(name, value)| is_asked_for(&format!("{way}.{name}"), value)),
        one => is_something(one) && !is_default(way, one),
    }
}

/// Whether `value`, at `way`, is what the provider says where nobody says anything.
fn is_default(way: &str, value: &Value) -> bool {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    DEFAULTS.binary_search(&(way, text.as_str())).is_ok()
}

/// The argument or the block, `way` or what that is within, that an apply leaves as it runs where code says nothing of it: its last
/// name.
pub(super) fn left_to_aws(way: &str) -> Option<&str> {
    let (class, path) = way.split_once('.')?;
    let (_, all) = LEFT_TO_AWS.iter().find(|(of, _)| *of == class)?;
    let ends = path.match_indices('.').map(|(at, _)| at).chain([path.len()]);
    let found = ends.map(|end| &path[..end]).find(|part| all.contains(part))?;
    found.rsplit('.').next()
}

/// Where the provider says something of its own, as `CLASS.ARGUMENT`, and what; in their order.
pub const DEFAULTS: &[(&str, &str)] = &[
    ("aws_appautoscaling_policy.policy_type", "StepScaling"),
    (
        "aws_appautoscaling_policy.target_tracking_scaling_policy_configuration.customized_metric_specification.metrics.return_data",
        "true",
    ),
    ("aws_autoscaling_group.health_check_grace_period", "300"),
    ("aws_autoscaling_group.metrics_granularity", "1Minute"),
    ("aws_autoscaling_group.warm_pool.max_group_prepared_capacity", "-1"),
    ("aws_autoscaling_group.warm_pool.pool_state", "Stopped"),
    ("aws_autoscaling_policy.enabled", "true"),
    ("aws_autoscaling_policy.policy_type", "SimpleScaling"),
    (
        "aws_autoscaling_policy.target_tracking_configuration.customized_metric_specification.metrics.return_data",
        "true",
    ),
    ("aws_cloudwatch_log_metric_filter.metric_transformation.unit", "None"),
    ("aws_cloudwatch_log_subscription_filter.distribution", "ByLogStream"),
    ("aws_cloudwatch_metric_alarm.actions_enabled", "true"),
    ("aws_cloudwatch_metric_alarm.treat_missing_data", "missing"),
    ("aws_db_instance.auto_minor_version_upgrade", "true"),
    ("aws_db_option_group.option_group_description", "Managed by Terraform"),
    ("aws_db_parameter_group.description", "Managed by Terraform"),
    ("aws_db_parameter_group.parameter.apply_method", "immediate"),
    ("aws_db_subnet_group.description", "Managed by Terraform"),
    ("aws_dynamodb_table.billing_mode", "PROVISIONED"),
    ("aws_dynamodb_table.table_class", "STANDARD"),
    ("aws_ecr_repository.encryption_configuration.encryption_type", "AES256"),
    ("aws_ecr_repository.image_tag_mutability", "MUTABLE"),
    ("aws_ecs_cluster.configuration.execute_command_configuration.logging", "DEFAULT"),
    ("aws_ecs_service.availability_zone_rebalancing", "DISABLED"),
    ("aws_ecs_service.deployment_controller.type", "ECS"),
    ("aws_ecs_service.deployment_maximum_percent", "200"),
    ("aws_ecs_service.deployment_minimum_healthy_percent", "100"),
    ("aws_ecs_service.scheduling_strategy", "REPLICA"),
    ("aws_ecs_task_definition.proxy_configuration.type", "APPMESH"),
    ("aws_ecs_task_definition.volume.efs_volume_configuration.root_directory", "/"),
    ("aws_elasticache_parameter_group.description", "Managed by Terraform"),
    ("aws_elasticache_replication_group.engine", "redis"),
    ("aws_elasticache_subnet_group.description", "Managed by Terraform"),
    ("aws_iam_instance_profile.path", "/"),
    ("aws_iam_policy.path", "/"),
    ("aws_iam_role.max_session_duration", "3600"),
    ("aws_iam_role.path", "/"),
    ("aws_kms_key.customer_master_key_spec", "SYMMETRIC_DEFAULT"),
    ("aws_kms_key.is_enabled", "true"),
    ("aws_kms_key.key_usage", "ENCRYPT_DECRYPT"),
    ("aws_lambda_event_source_mapping.enabled", "true"),
    ("aws_lambda_function.memory_size", "128"),
    ("aws_lambda_function.package_type", "Zip"),
    ("aws_lambda_function.reserved_concurrent_executions", "-1"),
    ("aws_lambda_function.timeout", "3"),
    ("aws_lb.client_keep_alive", "3600"),
    ("aws_lb.desync_mitigation_mode", "defensive"),
    ("aws_lb.dns_record_client_routing_policy", "any_availability_zone"),
    ("aws_lb.enable_http2", "true"),
    ("aws_lb.idle_timeout", "60"),
    ("aws_lb.load_balancer_type", "application"),
    ("aws_lb.xff_header_processing_mode", "append"),
    ("aws_lb_listener.default_action.forward.target_group.weight", "1"),
    ("aws_lb_listener.default_action.redirect.host", "#{host}"),
    ("aws_lb_listener.default_action.redirect.path", "/#{path}"),
    ("aws_lb_listener.default_action.redirect.port", "#{port}"),
    ("aws_lb_listener.default_action.redirect.protocol", "#{protocol}"),
    ("aws_lb_listener.default_action.redirect.query", "#{query}"),
    ("aws_lb_listener_rule.action.redirect.host", "#{host}"),
    ("aws_lb_listener_rule.action.redirect.path", "/#{path}"),
    ("aws_lb_listener_rule.action.redirect.port", "#{port}"),
    ("aws_lb_listener_rule.action.redirect.protocol", "#{protocol}"),
    ("aws_lb_listener_rule.action.redirect.query", "#{query}"),
    ("aws_lb_target_group.deregistration_delay", "300"),
    ("aws_lb_target_group.health_check.enabled", "true"),
    ("aws_lb_target_group.health_check.healthy_threshold", "3"),
    ("aws_lb_target_group.health_check.interval", "30"),
    ("aws_lb_target_group.health_check.port", "traffic-port"),
    ("aws_lb_target_group.health_check.protocol", "HTTP"),
    ("aws_lb_target_group.health_check.unhealthy_threshold", "3"),
    ("aws_lb_target_group.stickiness.cookie_duration", "86400"),
    ("aws_lb_target_group.stickiness.enabled", "true"),
    ("aws_lb_target_group.target_type", "instance"),
    ("aws_nat_gateway.connectivity_type", "public"),
    ("aws_rds_cluster.engine_mode", "provisioned"),
    ("aws_rds_cluster_instance.auto_minor_version_upgrade", "true"),
    ("aws_rds_cluster_parameter_group.description", "Managed by Terraform"),
    ("aws_rds_cluster_parameter_group.parameter.apply_method", "immediate"),
    ("aws_route53_zone.comment", "Managed by Terraform"),
    ("aws_s3_bucket_lifecycle_configuration.transition_default_minimum_object_size", "all_storage_classes_128K"),
    ("aws_security_group.description", "Managed by Terraform"),
    ("aws_sqs_queue.max_message_size", "262144"),
    ("aws_sqs_queue.message_retention_seconds", "345600"),
    ("aws_sqs_queue.visibility_timeout_seconds", "30"),
    ("aws_vpc.enable_dns_support", "true"),
    ("aws_vpc.instance_tenancy", "default"),
    ("aws_vpc_endpoint.vpc_endpoint_type", "Gateway"),
];

/// What is optional and computed, by class: code that says nothing of it leaves it to AWS.
pub const LEFT_TO_AWS: &[(&str, &[&str])] = &[
    (
        "aws_acm_certificate",
        &["domain_name", "key_algorithm", "options", "subject_alternative_names", "validation_method"],
    ),
    ("aws_appautoscaling_target", &["role_arn", "suspended_state"]),
    (
        "aws_autoscaling_group",
        &[
            "default_cooldown",
            "desired_capacity",
            "health_check_type",
            "launch_template",
            "mixed_instances_policy",
            "target_group_arns",
            "vpc_zone_identifier",
        ],
    ),
    ("aws_autoscaling_policy", &["metric_aggregation_type"]),
    ("aws_cloudwatch_log_group", &["log_group_class"]),
    ("aws_cloudwatch_log_subscription_filter", &["role_arn"]),
    ("aws_cloudwatch_metric_alarm", &["evaluate_low_sample_count_percentiles"]),
    (
        "aws_db_instance",
        &[
            "allocated_storage",
            "availability_zone",
            "backup_retention_period",
            "backup_window",
            "ca_cert_identifier",
            "character_set_name",
            "database_insights_mode",
            "db_name",
            "db_subnet_group_name",
            "engine",
            "engine_lifecycle_support",
            "engine_version",
            "iops",
            "kms_key_id",
            "license_model",
            "maintenance_window",
            "monitoring_role_arn",
            "multi_az",
            "network_type",
            "option_group_name",
            "parameter_group_name",
            "performance_insights_kms_key_id",
            "performance_insights_retention_period",
            "port",
            "storage_throughput",
            "storage_type",
            "timezone",
            "username",
            "vpc_security_group_ids",
        ],
    ),
    (
        "aws_dynamodb_table",
        &[
            "global_secondary_index.on_demand_throughput.max_read_request_units",
            "global_secondary_index.on_demand_throughput.max_write_request_units",
            "global_secondary_index.read_capacity",
            "global_secondary_index.write_capacity",
            "hash_key",
            "on_demand_throughput.max_read_request_units",
            "on_demand_throughput.max_write_request_units",
            "point_in_time_recovery",
            "read_capacity",
            "replica.kms_key_arn",
            "server_side_encryption",
            "stream_view_type",
            "ttl",
            "write_capacity",
        ],
    ),
    ("aws_ecr_repository", &["encryption_configuration.kms_key"]),
    ("aws_ecs_cluster", &["setting"]),
    ("aws_ecs_service", &["cluster", "launch_type", "platform_version"]),
    (
        "aws_ecs_task_definition",
        &[
            "network_mode",
            "volume.configure_at_launch",
            "volume.docker_volume_configuration.driver",
            "volume.docker_volume_configuration.scope",
        ],
    ),
    ("aws_eip", &["domain", "public_ipv4_pool", "vpc"]),
    (
        "aws_elasticache_replication_group",
        &[
            "at_rest_encryption_enabled",
            "auto_minor_version_upgrade",
            "engine_version",
            "global_replication_group_id",
            "maintenance_window",
            "network_type",
            "node_type",
            "num_cache_clusters",
            "num_node_groups",
            "parameter_group_name",
            "replicas_per_node_group",
            "security_group_ids",
            "snapshot_window",
            "subnet_group_name",
            "transit_encryption_enabled",
            "transit_encryption_mode",
        ],
    ),
    ("aws_internet_gateway", &["vpc_id"]),
    ("aws_kms_key", &["description", "multi_region", "policy"]),
    (
        "aws_lambda_event_source_mapping",
        &["maximum_record_age_in_seconds", "maximum_retry_attempts", "parallelization_factor"],
    ),
    ("aws_lambda_function", &["architectures", "ephemeral_storage", "logging_config", "tracing_config"]),
    ("aws_lambda_permission", &["statement_id"]),
    (
        "aws_launch_template",
        &[
            "block_device_mappings.ebs.iops",
            "block_device_mappings.ebs.throughput",
            "block_device_mappings.ebs.volume_initialization_rate",
            "block_device_mappings.ebs.volume_size",
            "block_device_mappings.ebs.volume_type",
            "metadata_options",
        ],
    ),
    ("aws_lb", &["internal", "ip_address_type", "security_groups", "subnets"]),
    (
        "aws_lb_listener",
        &[
            "default_action.authenticate_cognito.on_unauthenticated_request",
            "default_action.authenticate_cognito.scope",
            "default_action.authenticate_cognito.session_cookie_name",
            "default_action.authenticate_cognito.session_timeout",
            "default_action.authenticate_oidc.on_unauthenticated_request",
            "default_action.authenticate_oidc.scope",
            "default_action.authenticate_oidc.session_cookie_name",
            "default_action.authenticate_oidc.session_timeout",
            "default_action.fixed_response.status_code",
            "default_action.order",
            "protocol",
            "ssl_policy",
        ],
    ),
    (
        "aws_lb_listener_rule",
        &[
            "action.authenticate_cognito.on_unauthenticated_request",
            "action.authenticate_oidc.on_unauthenticated_request",
            "action.fixed_response.status_code",
            "action.order",
            "priority",
        ],
    ),
    (
        "aws_lb_target_group",
        &[
            "connection_termination",
            "health_check",
            "ip_address_type",
            "load_balancing_algorithm_type",
            "load_balancing_anomaly_mitigation",
            "load_balancing_cross_zone_enabled",
            "preserve_client_ip",
            "protocol_version",
            "stickiness",
        ],
    ),
    ("aws_network_acl", &["egress", "ingress", "subnet_ids"]),
    (
        "aws_rds_cluster",
        &[
            "allocated_storage",
            "backup_retention_period",
            "database_insights_mode",
            "database_name",
            "db_cluster_parameter_group_name",
            "db_subnet_group_name",
            "engine_lifecycle_support",
            "engine_version",
            "kms_key_id",
            "master_username",
            "monitoring_interval",
            "monitoring_role_arn",
            "network_type",
            "performance_insights_kms_key_id",
            "performance_insights_retention_period",
            "port",
            "preferred_backup_window",
            "preferred_maintenance_window",
            "serverlessv2_scaling_configuration.seconds_until_auto_pause",
            "storage_encrypted",
            "storage_type",
            "vpc_security_group_ids",
        ],
    ),
    (
        "aws_rds_cluster_instance",
        &[
            "availability_zone",
            "ca_cert_identifier",
            "db_parameter_group_name",
            "db_subnet_group_name",
            "engine_version",
            "monitoring_role_arn",
            "performance_insights_enabled",
            "performance_insights_kms_key_id",
            "performance_insights_retention_period",
            "preferred_backup_window",
            "preferred_maintenance_window",
            "publicly_accessible",
        ],
    ),
    (
        "aws_rds_global_cluster",
        &["database_name", "engine", "engine_lifecycle_support", "engine_version", "storage_encrypted"],
    ),
    ("aws_route53_health_check", &["enable_sni", "failure_threshold"]),
    ("aws_route53_zone", &["vpc.vpc_region"]),
    ("aws_route_table", &["route"]),
    (
        "aws_s3_bucket",
        &[
            "cors_rule",
            "logging",
            "policy",
            "replication_configuration",
            "server_side_encryption_configuration",
            "versioning",
        ],
    ),
    (
        "aws_s3_bucket_lifecycle_configuration",
        &[
            "rule.expiration.days",
            "rule.expiration.expired_object_delete_marker",
            "rule.filter.and.object_size_greater_than",
            "rule.filter.and.object_size_less_than",
            "rule.filter.and.prefix",
            "rule.filter.object_size_greater_than",
            "rule.filter.object_size_less_than",
            "rule.filter.prefix",
            "rule.noncurrent_version_expiration.newer_noncurrent_versions",
            "rule.noncurrent_version_transition.newer_noncurrent_versions",
            "rule.prefix",
            "rule.transition.days",
        ],
    ),
    ("aws_s3_bucket_versioning", &["versioning_configuration.mfa_delete"]),
    ("aws_secretsmanager_secret", &["policy", "replica"]),
    ("aws_security_group", &["egress", "ingress", "vpc_id"]),
    ("aws_sns_topic", &["fifo_throughput_scope", "policy", "signature_version", "tracing_config"]),
    ("aws_sns_topic_subscription", &["filter_policy_scope"]),
    (
        "aws_sqs_queue",
        &[
            "deduplication_scope",
            "fifo_throughput_limit",
            "policy",
            "redrive_allow_policy",
            "redrive_policy",
            "sqs_managed_sse_enabled",
        ],
    ),
    ("aws_ssm_parameter", &["data_type", "key_id", "tier", "value"]),
    ("aws_subnet", &["availability_zone", "private_dns_hostname_type_on_launch"]),
    ("aws_vpc", &["cidr_block", "enable_dns_hostnames", "ipv6_cidr_block"]),
    (
        "aws_vpc_endpoint",
        &["ip_address_type", "policy", "private_dns_enabled", "route_table_ids", "security_group_ids", "subnet_ids"],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn rows_stand_in_their_order_each_once() {
        assert!(DEFAULTS.windows(2).all(|two| two[0] < two[1]));
        assert!(LEFT_TO_AWS.windows(2).all(|two| two[0].0 < two[1].0));
    }

    #[test]
    fn a_default_is_of_its_place_and_what_is_left_to_aws_is_all_that_stands_within_it() {
        assert!(is_default("aws_lb_target_group.stickiness.cookie_duration", &json!(86_400)));
        assert!(!is_default("aws_lb_target_group.stickiness.cookie_duration", &json!(86_399)));
        assert!(!is_default("aws_lb_listener.stickiness.cookie_duration", &json!(86_400)));
        assert_eq!(left_to_aws("aws_db_instance.backup_window"), Some("backup_window"));
        assert_eq!(left_to_aws("aws_lb_target_group.health_check.path"), Some("health_check"));
        assert_eq!(left_to_aws("aws_lb_target_group.slow_start"), None);
        assert_eq!(left_to_aws("aws_lb_target_group.health_checks"), None);
    }
}
