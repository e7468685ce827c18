//! Databases and caches. No password is in a snapshot, and none is written.

use super::{Layer, Rule, rule};
use crate::terraform::hcl::{Body, Expr};
use crate::terraform::nested;
use crate::terraform::source::{Made, Source};

pub(super) const RULES: &[Rule] = &[
    rule("db-subnet-group", "aws_db_subnet_group", Layer::Data, "name", db_subnet_group),
    rule("db-parameter-group", "aws_db_parameter_group", Layer::Data, "name", db_parameter_group),
    rule("cluster-parameter-group", "aws_rds_cluster_parameter_group", Layer::Data, "name", cluster_parameter_group),
    rule("option-group", "aws_db_option_group", Layer::Data, "name", option_group),
    rule("global-cluster", "aws_rds_global_cluster", Layer::Data, "id", global_cluster),
    rule("aurora-cluster", "aws_rds_cluster", Layer::Data, "id", cluster),
    rule("db-instance", "aws_db_instance", Layer::Data, "identifier", instance),
    rule("global-datastore", "aws_elasticache_global_replication_group", Layer::Data, "id", global_datastore),
    rule("cache-subnet-group", "aws_elasticache_subnet_group", Layer::Data, "name", cache_subnet_group),
    rule("cache-parameter-group", "aws_elasticache_parameter_group", Layer::Data, "name", cache_parameter_group),
    rule("replication-group", "aws_elasticache_replication_group", Layer::Data, "id", replication_group),
];

/// What runs is never taken away by a file.
fn kept(ignored: &[&str]) -> Body {
    let body = Body::default().with("prevent_destroy", true);
    if ignored.is_empty() {
        return body;
    }
    body.with("ignore_changes", Expr::List(ignored.iter().map(|name| Expr::said(name)).collect()))
}

fn subnet_group(class: &str, from: &Source<'_>, made: &mut Made) {
    let body = Body::default()
        .with("name", from.id())
        .maybe("description", from.plain("Description"))
        .maybe("subnet_ids", from.fields("SubnetIds", "subnet"))
        .maybe("tags", from.tags());
    made.put(class, from.name, body, from.id());
}

fn db_subnet_group(from: &Source<'_>, made: &mut Made) {
    subnet_group("aws_db_subnet_group", from, made);
}

fn cache_subnet_group(from: &Source<'_>, made: &mut Made) {
    subnet_group("aws_elasticache_subnet_group", from, made);
}

fn parameter_group(class: &str, from: &Source<'_>, made: &mut Made) {
    let is_cache = class == "aws_elasticache_parameter_group";
    let set = from.table("Parameters").into_iter().map(|(name, set)| {
        let body = Body::default().with("name", name).maybe("value", set.plain("Value"));
        if is_cache { body } else { body.maybe("apply_method", set.plain("ApplyMethod")) }
    });
    let body = Body::default()
        .with("name", from.id())
        .maybe("family", from.plain("Family"))
        .maybe("description", from.plain("Description"))
        .maybe("tags", from.tags())
        .blocks("parameter", set);
    made.put(class, from.name, body, from.id());
}

fn db_parameter_group(from: &Source<'_>, made: &mut Made) {
    parameter_group("aws_db_parameter_group", from, made);
}

fn cluster_parameter_group(from: &Source<'_>, made: &mut Made) {
    parameter_group("aws_rds_cluster_parameter_group", from, made);
}

fn cache_parameter_group(from: &Source<'_>, made: &mut Made) {
    parameter_group("aws_elasticache_parameter_group", from, made);
}

fn option_group(from: &Source<'_>, made: &mut Made) {
    let options = from.table("Options").into_iter().map(|(name, option)| {
        let settings = option.take("Settings").and_then(|settings| settings.as_object());
        let settings = settings.into_iter().flatten().map(|(name, value)| {
            let value = Expr::of(value, &|text| from.known(name, text));
            Body::default().with("name", name.as_str()).with("value", value)
        });
        Body::default()
            .with("option_name", name)
            .maybe("port", option.plain("Port"))
            .maybe("version", option.plain("OptionVersion"))
            .blocks("option_settings", settings)
    });
    let body = Body::default()
        .with("name", from.id())
        .maybe("engine_name", from.plain("EngineName"))
        .maybe("major_engine_version", from.text_of("MajorEngineVersion"))
        .maybe("option_group_description", from.plain("Description"))
        .maybe("tags", from.tags())
        .blocks("option", options);
    made.put("aws_db_option_group", from.name, body, from.id());
}

fn global_cluster(from: &Source<'_>, made: &mut Made) {
    from.skip(&["Members"]);
    let body = Body::default()
        .with("global_cluster_identifier", from.id())
        .maybe("engine", from.plain("Engine"))
        .maybe("engine_version", from.text_of("EngineVersion"))
        .maybe("database_name", from.plain("DatabaseName"))
        .maybe("storage_encrypted", from.plain("StorageEncrypted"))
        .maybe("deletion_protection", from.plain("DeletionProtection"))
        .maybe("tags", from.tags())
        .block("lifecycle", kept(&[]));
    made.put("aws_rds_global_cluster", from.name, body, from.id());
}

/// Who keeps the password: AWS, or whoever gives it. Of a replica nobody does.
fn password(from: &Source<'_>, body: Body, is_replica: bool) -> (Body, &'static [&'static str]) {
    if from.take("MasterUserSecret").is_some() {
        (body.with("manage_master_user_password", true), &[])
    } else if is_replica {
        (body, &[])
    } else {
        // What runs has one. A store that is made anew is given it by whoever applies this.
        (body, &["password"])
    }
}

fn cluster(from: &Source<'_>, made: &mut Made) {
    from.skip(&["Members", "ReplicationSource"]);
    let global = from.field("GlobalCluster", "global-cluster");
    let is_secondary = from.take("ReplicationSource").is_some();
    let body = Body::default()
        .with("cluster_identifier", from.id())
        .maybe("global_cluster_identifier", global)
        .maybe("engine", from.plain("Engine"))
        .maybe("engine_mode", from.plain("EngineMode"))
        .maybe("engine_version", from.text_of("EngineVersion"))
        .either("database_name", from.plain("DatabaseName").filter(|_| !is_secondary))
        .either("master_username", from.plain("MasterUsername").filter(|_| !is_secondary))
        .maybe("port", from.plain("Port"))
        .maybe("backup_retention_period", from.plain("BackupRetentionPeriod"))
        .maybe("preferred_backup_window", from.plain("PreferredBackupWindow"))
        .maybe("preferred_maintenance_window", from.plain("PreferredMaintenanceWindow"))
        .maybe("storage_encrypted", from.plain("StorageEncrypted"))
        .either("storage_type", from.plain("StorageType").filter(|class| *class != Expr::text("aurora")))
        .maybe("kms_key_id", from.told("KmsKeyId"))
        .maybe("deletion_protection", from.plain("DeletionProtection"))
        .maybe("copy_tags_to_snapshot", from.plain("CopyTagsToSnapshot"))
        .maybe("iam_database_authentication_enabled", from.plain("IAMDatabaseAuthenticationEnabled"))
        .maybe("enabled_cloudwatch_logs_exports", from.plain("EnabledCloudwatchLogsExports"))
        .maybe("network_type", from.plain("NetworkType"))
        .maybe("engine_lifecycle_support", from.plain("EngineLifecycleSupport"))
        .maybe("backtrack_window", from.plain("BacktrackWindow"))
        .maybe("enable_http_endpoint", from.plain("HttpEndpointEnabled"))
        .maybe("enable_global_write_forwarding", from.plain("GlobalWriteForwarding"))
        .maybe("enable_local_write_forwarding", from.plain("LocalWriteForwarding"))
        .maybe("db_subnet_group_name", from.field("SubnetGroup", "db-subnet-group"))
        .maybe("db_cluster_parameter_group_name", from.field("ParameterGroup", "cluster-parameter-group"))
        .maybe("vpc_security_group_ids", from.fields("SecurityGroups", "security-group"));
    let (body, ignored) = password(from, body, is_secondary);
    let ignored: Vec<&str> =
        if ignored.is_empty() { vec!["skip_final_snapshot"] } else { vec!["master_password", "skip_final_snapshot"] };
    let body = body
        .with("skip_final_snapshot", false)
        .maybe("tags", from.tags())
        .block("serverlessv2_scaling_configuration", nested::at(from, "ServerlessV2Scaling", &[]))
        .block("lifecycle", kept(&ignored));
    made.put("aws_rds_cluster", from.name, body, from.id());
}

fn instance(from: &Source<'_>, made: &mut Made) {
    if from.take("Cluster").is_some() {
        return cluster_instance(from, made);
    }
    from.skip(&["PromotionTier", "Cluster"]);
    let source = from.field("ReadReplicaSource", "db-instance");
    let is_replica = source.is_some();
    let first = |value: Option<Expr>| value.filter(|_| !is_replica);
    let body = Body::default()
        .with("identifier", from.id())
        .maybe("replicate_source_db", source)
        .either("engine", first(from.plain("Engine")))
        .either("engine_version", first(from.text_of("EngineVersion")))
        .maybe("instance_class", from.plain("DBInstanceClass"))
        .either("allocated_storage", first(from.plain("AllocatedStorage")))
        .maybe("max_allocated_storage", from.plain("MaxAllocatedStorage"))
        .maybe("storage_type", from.plain("StorageType"))
        .maybe("iops", from.plain("Iops"))
        .maybe("storage_throughput", from.plain("StorageThroughput"))
        .either("db_name", first(from.plain("DBName")))
        .either("username", first(from.plain("MasterUsername")))
        .maybe("port", from.plain("Port"))
        .maybe("multi_az", from.plain("MultiAZ"))
        // Of one in two zones nobody says which is the first.
        .either("availability_zone", from.plain("AvailabilityZone"))
        .maybe("publicly_accessible", from.plain("PubliclyAccessible"))
        .maybe("backup_retention_period", from.plain("BackupRetentionPeriod"))
        .maybe("backup_window", from.plain("PreferredBackupWindow"))
        .maybe("maintenance_window", from.plain("PreferredMaintenanceWindow"))
        .either("storage_encrypted", first(from.plain("StorageEncrypted")))
        .maybe("kms_key_id", from.told("KmsKeyId"))
        .maybe("db_subnet_group_name", from.field("SubnetGroup", "db-subnet-group"))
        .maybe("parameter_group_name", from.field("ParameterGroup", "db-parameter-group"))
        .maybe("option_group_name", from.field("OptionGroup", "option-group"))
        .maybe("vpc_security_group_ids", from.fields("SecurityGroups", "security-group"))
        .maybe("deletion_protection", from.plain("DeletionProtection"))
        .maybe("copy_tags_to_snapshot", from.plain("CopyTagsToSnapshot"))
        .maybe("auto_minor_version_upgrade", from.plain("AutoMinorVersionUpgrade"))
        .maybe("ca_cert_identifier", from.plain("CACertificateIdentifier"))
        .maybe("license_model", from.plain("LicenseModel"))
        .maybe("network_type", from.plain("NetworkType"))
        .maybe("engine_lifecycle_support", first(from.plain("EngineLifecycleSupport")))
        .maybe("character_set_name", first(from.plain("CharacterSetName")))
        .maybe("timezone", first(from.plain("Timezone")))
        .maybe("dedicated_log_volume", from.plain("DedicatedLogVolume"))
        .maybe("database_insights_mode", from.plain("DatabaseInsightsMode"))
        .maybe("performance_insights_retention_period", insights_kept(from))
        .maybe("iam_database_authentication_enabled", from.plain("IAMDatabaseAuthenticationEnabled"));
    let body = watched(from, body, "enabled_cloudwatch_logs_exports");
    let (body, ignored) = password(from, body, is_replica);
    let ignored: Vec<&str> = ignored.iter().copied().chain(["skip_final_snapshot"]).collect();
    let body = body.with("skip_final_snapshot", false).maybe("tags", from.tags()).block("lifecycle", kept(&ignored));
    made.put("aws_db_instance", from.name, body, from.id());
}

/// For how long what is measured is kept; nothing where nothing is.
fn insights_kept(from: &Source<'_>) -> Option<Expr> {
    from.plain("PerformanceInsightsRetentionPeriod").filter(|_| from.truth("PerformanceInsightsEnabled"))
}

/// What is measured and logged of a database.
fn watched(from: &Source<'_>, body: Body, logs: &str) -> Body {
    body.maybe("monitoring_interval", from.plain("MonitoringInterval"))
        .maybe("monitoring_role_arn", from.told("MonitoringRoleArn"))
        .maybe("performance_insights_enabled", from.plain("PerformanceInsightsEnabled"))
        .maybe("performance_insights_kms_key_id", from.told("PerformanceInsightsKMSKeyId"))
        .maybe(logs, from.plain("EnabledCloudwatchLogsExports"))
}

fn cluster_instance(from: &Source<'_>, made: &mut Made) {
    // What a member has of its cluster is the cluster's to say.
    from.skip(&[
        "AllocatedStorage",
        "MaxAllocatedStorage",
        "StorageType",
        "Iops",
        "StorageThroughput",
        "DBName",
        "MasterUsername",
        "MultiAZ",
        "BackupRetentionPeriod",
        "PreferredBackupWindow",
        "StorageEncrypted",
        "KmsKeyId",
        "DeletionProtection",
        "LicenseModel",
        "IAMDatabaseAuthenticationEnabled",
        "EnabledCloudwatchLogsExports",
        "Port",
        "OptionGroup",
        "ReadReplicaSource",
        "MasterUserSecret",
        "SecurityGroups",
        "EngineVersion",
        "NetworkType",
        "EngineLifecycleSupport",
        "CharacterSetName",
        "Timezone",
        "DatabaseInsightsMode",
    ]);
    let body = Body::default()
        .with("identifier", from.id())
        .maybe("cluster_identifier", from.field("Cluster", "aurora-cluster"))
        .maybe("engine", from.plain("Engine"))
        .maybe("instance_class", from.plain("DBInstanceClass"))
        .maybe("promotion_tier", from.plain("PromotionTier"))
        .maybe("availability_zone", from.plain("AvailabilityZone"))
        .maybe("publicly_accessible", from.plain("PubliclyAccessible"))
        .maybe("db_subnet_group_name", from.field("SubnetGroup", "db-subnet-group"))
        .maybe("db_parameter_group_name", from.field("ParameterGroup", "db-parameter-group"))
        .maybe("preferred_maintenance_window", from.plain("PreferredMaintenanceWindow"))
        .maybe("auto_minor_version_upgrade", from.plain("AutoMinorVersionUpgrade"))
        .maybe("copy_tags_to_snapshot", from.plain("CopyTagsToSnapshot"))
        .maybe("ca_cert_identifier", from.plain("CACertificateIdentifier"))
        .maybe("monitoring_interval", from.plain("MonitoringInterval"))
        .maybe("monitoring_role_arn", from.told("MonitoringRoleArn"))
        .maybe("performance_insights_enabled", from.plain("PerformanceInsightsEnabled"))
        .maybe("performance_insights_kms_key_id", from.told("PerformanceInsightsKMSKeyId"))
        .maybe("performance_insights_retention_period", insights_kept(from))
        .maybe("tags", from.tags());
    made.put("aws_rds_cluster_instance", from.name, body, from.id());
}

fn replication_group(from: &Source<'_>, made: &mut Made) {
    from.skip(&["AuthTokenEnabled", "Member"]);
    let deliveries = from.parts("LogDelivery").into_iter().map(|one| {
        Body::default()
            .maybe("destination", one.field("LogGroup", "log-group").or_else(|| one.plain("DeliveryStream")))
            .maybe("destination_type", one.plain("DestinationType"))
            .maybe("log_format", one.plain("LogFormat"))
            .maybe("log_type", one.plain("LogType"))
    });
    let deliveries: Vec<Body> = deliveries.collect();
    if from.truth("AuthTokenEnabled") {
        from.note(
            "cache-token",
            "it has an AUTH token, which is not captured: it is not written",
            "set auth_token from where the token is kept",
        );
    }
    let nodes = from.take("Members").and_then(|count| count.as_i64());
    let shards = from.take("NodeGroups").and_then(|count| count.as_i64()).filter(|count| *count > 0);
    let is_cluster = from.truth("ClusterEnabled");
    // What the first of a global datastore says of it, the datastore says; another leaves to it what it has of it.
    let global = from.field("GlobalReplicationGroup", "global-datastore");
    let is_secondary = global.is_some() && from.str("GlobalRole") != Some("PRIMARY");
    let global = global.filter(|_| is_secondary);
    let own = |value: Option<Expr>| value.filter(|_| !is_secondary);
    let is_enabled = |key: &str| from.str(key).map(|word| word == "enabled" || word == "enabling");
    let body = Body::default()
        .with("replication_group_id", from.id())
        .maybe("description", from.plain("Description"))
        .either("global_replication_group_id", global)
        .either("engine", own(from.plain("Engine")))
        // A patch of an engine that is not of the sixth is none of an argument's.
        .either("engine_version", own(from.str("EngineVersion").map(minor)))
        .either("node_type", own(from.plain("CacheNodeType")))
        .either("num_cache_clusters", nodes.filter(|_| !is_cluster))
        .either("num_node_groups", shards.filter(|_| is_cluster && !is_secondary))
        .either(
            "replicas_per_node_group",
            nodes.zip(shards).filter(|_| is_cluster).map(|(nodes, shards)| nodes / shards - 1),
        )
        .maybe("automatic_failover_enabled", is_enabled("AutomaticFailover"))
        .maybe("multi_az_enabled", is_enabled("MultiAZ"))
        .either("at_rest_encryption_enabled", own(from.plain("AtRestEncryptionEnabled")))
        .either("transit_encryption_enabled", own(from.plain("TransitEncryptionEnabled")))
        .maybe("transit_encryption_mode", from.plain("TransitEncryptionMode"))
        .maybe("kms_key_id", from.told("KmsKeyId"))
        .maybe("subnet_group_name", from.field("SubnetGroup", "cache-subnet-group"))
        .either("parameter_group_name", own(from.field("ParameterGroup", "cache-parameter-group")))
        .maybe("security_group_ids", from.fields("SecurityGroups", "security-group"))
        .maybe("snapshot_retention_limit", from.plain("SnapshotRetentionLimit"))
        .maybe("snapshot_window", from.plain("SnapshotWindow"))
        .maybe("maintenance_window", from.plain("PreferredMaintenanceWindow"))
        .maybe("auto_minor_version_upgrade", from.plain("AutoMinorVersionUpgrade"))
        .maybe("notification_topic_arn", from.told("NotificationTopic"))
        .maybe("user_group_ids", from.plain("UserGroupIds"))
        .maybe("tags", from.tags())
        .blocks("log_delivery_configuration", deliveries.clone());
    if from.take("LogGroups").is_some() && deliveries.is_empty() {
        from.note(
            "cache-logs",
            "it writes logs, whose kind and form are not captured: they are not written",
            "add a log_delivery_configuration for each",
        );
    }
    made.put("aws_elasticache_replication_group", from.name, body.block("lifecycle", kept(&[])), from.id());
}

/// The datastore itself, which is made of its first group; what else it is like is that group's.
fn global_datastore(from: &Source<'_>, made: &mut Made) {
    from.skip(&[
        "Engine",
        "EngineVersion",
        "CacheNodeType",
        "ClusterEnabled",
        "AuthTokenEnabled",
        "TransitEncryptionEnabled",
        "AtRestEncryptionEnabled",
    ]);
    let members = from.parts("Members");
    let first = members.iter().find(|member| member.str("Role") == Some("PRIMARY")).and_then(|member| member.str("Id"));
    // Its first letters are AWS's.
    let suffix = from.id().split_once('-').map_or(from.id(), |(_, suffix)| suffix);
    let body = Body::default()
        .with("global_replication_group_id_suffix", suffix)
        .maybe("global_replication_group_description", from.plain("Description"))
        .maybe("primary_replication_group_id", first.map(|id| from.of("replication-group", id)))
        .block("lifecycle", kept(&[]));
    made.put("aws_elasticache_global_replication_group", from.name, body, from.id());
}

/// `7.1` of `7.1.0`.
fn minor(version: &str) -> Expr {
    let parts: Vec<&str> = version.split('.').collect();
    match parts.as_slice() {
        [major, minor, _] if major.parse::<u32>().is_ok_and(|major| major >= 6) => {
            Expr::text(&format!("{major}.{minor}"))
        }
        _ => Expr::text(version),
    }
}
