//! Where data lies: databases, caches, tables and buckets, with what configures them. No data is read, and no password.

use super::arn::AWS_OWN;
use super::ask::{Api, Operation};
use super::desk::{Desk, Found, Read, Step, tags};
use super::identity::with_tags;
use super::pick::{self, As, Config, each, flat, list, text};
use super::registry::{Kind, found};
use serde_json::{Map, Value, json};

const MARKER: &[(&str, &str)] = &[("Marker", "Marker")];

/// A filter as RDS takes it, whose lists have names of their own on the wire.
fn filter(name: &str, ids: &[&str]) -> Value {
    let ids: Map<String, Value> =
        ids.iter().enumerate().map(|(place, id)| ((place + 1).to_string(), (*id).into())).collect();
    json!({ "Filters": { "Filter": { "1": { "Name": name, "Values": { "Value": ids } } } } })
}

static INSTANCES: Operation = Operation::list(Api::Rds, "DescribeDBInstances", "DBInstances").paged(MARKER).many(
    100,
    |ids| filter("db-instance-id", ids),
    |one| text(one, "DBInstanceIdentifier").map(str::to_owned),
);
static CLUSTERS: Operation = Operation::list(Api::Rds, "DescribeDBClusters", "DBClusters").paged(MARKER).many(
    100,
    |ids| filter("db-cluster-id", ids),
    |one| text(one, "DBClusterIdentifier").map(str::to_owned),
);
static GLOBAL_CLUSTERS: Operation = Operation::list(Api::Rds, "DescribeGlobalClusters", "GlobalClusters").paged(MARKER);
static SUBNET_GROUP: Operation = Operation::list(Api::Rds, "DescribeDBSubnetGroups", "DBSubnetGroups")
    .absent(&["DBSubnetGroupNotFoundFault", "DBSubnetGroupNotFound"]);
static PARAMETER_GROUP: Operation = Operation::list(Api::Rds, "DescribeDBParameterGroups", "DBParameterGroups")
    .absent(&["DBParameterGroupNotFound", "DBParameterGroupNotFoundFault"]);
static PARAMETERS: Operation = Operation::list(Api::Rds, "DescribeDBParameters", "Parameters").paged(MARKER);
static CLUSTER_PARAMETER_GROUP: Operation =
    Operation::list(Api::Rds, "DescribeDBClusterParameterGroups", "DBClusterParameterGroups")
        .absent(&["DBParameterGroupNotFound", "DBClusterParameterGroupNotFound"]);
static CLUSTER_PARAMETERS: Operation =
    Operation::list(Api::Rds, "DescribeDBClusterParameters", "Parameters").paged(MARKER);
static OPTION_GROUP: Operation = Operation::list(Api::Rds, "DescribeOptionGroups", "OptionGroupsList")
    .absent(&["OptionGroupNotFoundFault", "OptionGroupNotFound"]);
static RDS_TAGS: Operation = Operation::list(Api::Rds, "ListTagsForResource", "TagList");
static REPLICATION_GROUP: Operation =
    Operation::list(Api::ElastiCache, "DescribeReplicationGroups", "ReplicationGroups")
        .absent(&["ReplicationGroupNotFoundFault"]);
static CACHE: Operation =
    Operation::list(Api::ElastiCache, "DescribeCacheClusters", "CacheClusters").absent(&["CacheClusterNotFound"]);
static CACHE_SUBNETS: Operation = Operation::list(Api::ElastiCache, "DescribeCacheSubnetGroups", "CacheSubnetGroups")
    .absent(&["CacheSubnetGroupNotFoundFault"]);
static CACHE_GROUP: Operation =
    Operation::list(Api::ElastiCache, "DescribeCacheParameterGroups", "CacheParameterGroups")
        .absent(&["CacheParameterGroupNotFound"]);
static CACHE_PARAMETERS: Operation = Operation::one(Api::ElastiCache, "DescribeCacheParameters");
static CACHE_TAGS: Operation = Operation::list(Api::ElastiCache, "ListTagsForResource", "TagList");
static TABLE: Operation = Operation::one(Api::DynamoDb, "DescribeTable").absent(&["ResourceNotFoundException"]);
static TIME_TO_LIVE: Operation = Operation::one(Api::DynamoDb, "DescribeTimeToLive");
static BACKUPS: Operation = Operation::one(Api::DynamoDb, "DescribeContinuousBackups");
static TABLE_TAGS: Operation =
    Operation::list(Api::DynamoDb, "ListTagsOfResource", "Tags").paged(&[("NextToken", "NextToken")]);

/// What a bucket says of one of its sides.
macro_rules! bucket {
    ($static:ident, $name:literal, $permission:literal, [$($absent:literal),*]) => {
        static $static: Operation =
            Operation::one(Api::S3, $name).absent(&["NoSuchBucket", $($absent),*]).allowed_by($permission);
    };
}

bucket!(LOCATION, "GetBucketLocation", "GetBucketLocation", []);
bucket!(VERSIONING, "GetBucketVersioning", "GetBucketVersioning", []);
bucket!(
    ENCRYPTION,
    "GetBucketEncryption",
    "GetEncryptionConfiguration",
    ["ServerSideEncryptionConfigurationNotFoundError"]
);
bucket!(BUCKET_POLICY, "GetBucketPolicy", "GetBucketPolicy", ["NoSuchBucketPolicy"]);
bucket!(PUBLIC, "GetPublicAccessBlock", "GetBucketPublicAccessBlock", ["NoSuchPublicAccessBlockConfiguration"]);
bucket!(OWNERSHIP, "GetBucketOwnershipControls", "GetBucketOwnershipControls", ["OwnershipControlsNotFoundError"]);
bucket!(LIFECYCLE, "GetBucketLifecycleConfiguration", "GetLifecycleConfiguration", ["NoSuchLifecycleConfiguration"]);
bucket!(REPLICATION, "GetBucketReplication", "GetReplicationConfiguration", ["ReplicationConfigurationNotFoundError"]);
bucket!(CORS, "GetBucketCors", "GetBucketCORS", ["NoSuchCORSConfiguration"]);
bucket!(NOTIFICATION, "GetBucketNotificationConfiguration", "GetBucketNotification", []);
bucket!(LOGGING, "GetBucketLogging", "GetBucketLogging", []);
bucket!(BUCKET_TAGS, "GetBucketTagging", "GetBucketTagging", ["NoSuchTagSet"]);

pub(super) static KINDS: &[Kind] = &[
    Kind::of("db-instance", instance, &[&INSTANCES]),
    Kind::of("aurora-cluster", cluster, &[&CLUSTERS, &GLOBAL_CLUSTERS]),
    Kind::of("global-cluster", global_cluster, &[&GLOBAL_CLUSTERS]),
    Kind::of("db-subnet-group", subnet_group, &[&SUBNET_GROUP, &RDS_TAGS]),
    Kind::of("db-parameter-group", parameter_group, &[&PARAMETER_GROUP, &PARAMETERS, &RDS_TAGS]),
    Kind::of(
        "cluster-parameter-group",
        cluster_parameter_group,
        &[&CLUSTER_PARAMETER_GROUP, &CLUSTER_PARAMETERS, &RDS_TAGS],
    ),
    Kind::of("option-group", option_group, &[&OPTION_GROUP, &RDS_TAGS]),
    Kind::of("replication-group", replication_group, &[&REPLICATION_GROUP, &CACHE, &CACHE_TAGS]),
    Kind::of("cache-subnet-group", cache_subnet_group, &[&CACHE_SUBNETS, &CACHE_TAGS]),
    Kind::of("cache-parameter-group", cache_parameter_group, &[&CACHE_GROUP, &CACHE_PARAMETERS, &CACHE_TAGS]),
    Kind::of("table", table, &[&TABLE, &TIME_TO_LIVE, &BACKUPS, &TABLE_TAGS]),
    Kind::of(
        "bucket",
        bucket,
        &[
            &LOCATION,
            &VERSIONING,
            &ENCRYPTION,
            &BUCKET_POLICY,
            &PUBLIC,
            &OWNERSHIP,
            &LIFECYCLE,
            &REPLICATION,
            &CORS,
            &NOTIFICATION,
            &LOGGING,
            &BUCKET_TAGS,
        ],
    )
    .global(),
];

fn done(desk: &Desk<'_>, one: &Value, arn: &str, name: &str, config: Config) -> Step<Read> {
    let tags = tags(&list(one, "TagList"), desk.sealer);
    found(Found { arn: text(one, arn).map(str::to_owned), name: Some(name.to_owned()), config, tags: Some(tags) })
}

fn instance(desk: &mut Desk<'_>, id: &str) -> Step<Read> {
    let one = desk.one(&INSTANCES, id)?;
    let mut config = Config::of(
        one,
        &[
            ("Engine", "", As::Text),
            ("EngineVersion", "", As::Text),
            ("DBInstanceClass", "", As::Text),
            ("AllocatedStorage", "", As::Number),
            ("MaxAllocatedStorage", "", As::Number),
            ("StorageType", "", As::Text),
            ("Iops", "", As::Number),
            ("StorageThroughput", "", As::Number),
            ("DBName", "", As::Text),
            ("MasterUsername", "", As::Text),
            ("MultiAZ", "", As::Truth),
            ("PubliclyAccessible", "", As::Truth),
            ("BackupRetentionPeriod", "", As::Number),
            ("PreferredBackupWindow", "", As::Text),
            ("PreferredMaintenanceWindow", "", As::Text),
            ("StorageEncrypted", "", As::Truth),
            ("KmsKeyId", "", As::Text),
            ("DeletionProtection", "", As::Truth),
            ("CopyTagsToSnapshot", "", As::Truth),
            ("AutoMinorVersionUpgrade", "", As::Truth),
            ("CACertificateIdentifier", "", As::Text),
            ("LicenseModel", "", As::Text),
            ("IAMDatabaseAuthenticationEnabled", "", As::Truth),
            ("MonitoringInterval", "", As::Number),
            ("MonitoringRoleArn", "", As::Text),
            ("PerformanceInsightsEnabled", "", As::Truth),
            ("PerformanceInsightsKMSKeyId", "", As::Text),
            ("EnabledCloudwatchLogsExports", "", As::Set),
            ("Port", "Endpoint.Port", As::Number),
            ("SubnetGroup", "DBSubnetGroup.DBSubnetGroupName", As::Text),
            ("ReadReplicaSource", "ReadReplicaSourceDBInstanceIdentifier", As::Text),
            ("Cluster", "DBClusterIdentifier", As::Text),
            ("PromotionTier", "", As::Number),
            ("MasterUserSecret", "MasterUserSecret.SecretArn", As::Text),
            ("NetworkType", "", As::Text),
            ("EngineLifecycleSupport", "", As::Text),
            ("CharacterSetName", "", As::Text),
            ("Timezone", "", As::Text),
            ("DatabaseInsightsMode", "", As::Text),
            ("PerformanceInsightsRetentionPeriod", "", As::Number),
        ],
    );
    config.put("DedicatedLogVolume", (text(one, "DedicatedLogVolume") == Some("true")).then_some(true));
    config.names_the_rest(one, &[("CustomerOwnedIpEnabled", &["false"]), ("DomainMemberships", &[])]);
    if text(one, "MultiAZ") != Some("true") {
        // That of two goes over by itself.
        config.put("AvailabilityZone", text(one, "AvailabilityZone"));
    }
    let (groups, options) = (list(one, "DBParameterGroups"), list(one, "OptionGroupMemberships"));
    let group = each(&groups, "DBParameterGroupName").first().copied();
    let option = each(&options, "OptionGroupName").first().copied();
    config.put("ParameterGroup", group);
    config.put("OptionGroup", option);
    let security = list(one, "VpcSecurityGroups");
    let security = each(&security, "VpcSecurityGroupId");
    config.put("SecurityGroups", pick::set(security.iter().copied()));
    desk.need("db-subnet-group", text(one, "DBSubnetGroup.DBSubnetGroupName"), "DBSubnetGroup");
    own_or(desk, "db-parameter-group", group, "DBParameterGroup");
    own_or(desk, "option-group", option, "OptionGroup");
    desk.needs("security-group", security, "VpcSecurityGroups");
    desk.refer("kms-key", text(one, "KmsKeyId"), "KmsKeyId");
    desk.refer("kms-key", text(one, "PerformanceInsightsKMSKeyId"), "PerformanceInsightsKMSKeyId");
    desk.refer("iam-role", text(one, "MonitoringRoleArn"), "MonitoringRoleArn");
    desk.refer("secret", text(one, "MasterUserSecret.SecretArn"), "MasterUserSecret");
    desk.need("aurora-cluster", text(one, "DBClusterIdentifier"), "DBClusterIdentifier");
    desk.refer("db-instance", text(one, "ReadReplicaSourceDBInstanceIdentifier"), "ReadReplicaSource");
    desk.known_by(text(one, "Endpoint.Address"));
    done(desk, one, "DBInstanceArn", id, config)
}

/// A group of somebody's own is needed; AWS's own is told as outside.
fn own_or(desk: &mut Desk<'_>, kind: &str, group: Option<&str>, field: &str) {
    match group {
        Some(group) if group.starts_with("default.") || group.starts_with("default:") => {
            desk.leave(&format!("{kind}/{group}"), AWS_OWN);
        }
        group => desk.need(kind, group, field),
    }
}

fn cluster(desk: &mut Desk<'_>, id: &str) -> Step<Read> {
    let (one, global) = (desk.one(&CLUSTERS, id), desk.list(&GLOBAL_CLUSTERS, json!({})));
    let one = one?;
    let mut config = Config::of(
        one,
        &[
            ("Engine", "", As::Text),
            ("EngineVersion", "", As::Text),
            ("EngineMode", "", As::Text),
            ("DatabaseName", "", As::Text),
            ("MasterUsername", "", As::Text),
            ("Port", "", As::Number),
            ("BackupRetentionPeriod", "", As::Number),
            ("PreferredBackupWindow", "", As::Text),
            ("PreferredMaintenanceWindow", "", As::Text),
            ("StorageEncrypted", "", As::Truth),
            ("StorageType", "", As::Text),
            ("KmsKeyId", "", As::Text),
            ("DeletionProtection", "", As::Truth),
            ("CopyTagsToSnapshot", "", As::Truth),
            ("IAMDatabaseAuthenticationEnabled", "", As::Truth),
            ("EnabledCloudwatchLogsExports", "", As::Set),
            ("ServerlessV2Scaling", "ServerlessV2ScalingConfiguration", As::Whole),
            ("SubnetGroup", "DBSubnetGroup", As::Text),
            ("ParameterGroup", "DBClusterParameterGroup", As::Text),
            ("MasterUserSecret", "MasterUserSecret.SecretArn", As::Text),
            ("ReplicationSource", "ReplicationSourceIdentifier", As::Text),
            ("NetworkType", "", As::Text),
            ("EngineLifecycleSupport", "", As::Text),
        ],
    );
    config
        .put("BacktrackWindow", pick::taken(one, "BacktrackWindow", As::Number).as_i64().filter(|window| *window > 0));
    let is_on = |name: &str, word: &str| (text(one, name) == Some(word)).then_some(true);
    config.put("HttpEndpointEnabled", is_on("HttpEndpointEnabled", "true"));
    config.put("GlobalWriteForwarding", is_on("GlobalWriteForwardingRequested", "true"));
    config.put("LocalWriteForwarding", is_on("LocalWriteForwardingStatus", "enabled"));
    config.names_the_rest(
        one,
        &[("DBClusterInstanceClass", &[]), ("ScalingConfigurationInfo", &[]), ("DomainMemberships", &[])],
    );
    let security = list(one, "VpcSecurityGroups");
    let security = each(&security, "VpcSecurityGroupId");
    config.put("SecurityGroups", pick::set(security.iter().copied()));
    let members = list(one, "DBClusterMembers");
    let members = each(&members, "DBInstanceIdentifier");
    config.put("Members", pick::set(members.iter().copied()));
    for member in members {
        desk.child("db-instance", member, "member");
    }
    let arn = text(one, "DBClusterArn").map(str::to_owned);
    let global = desk.part(global, |desk, all| {
        let is_of = |group: &&&Value| {
            list(group, "GlobalClusterMembers").iter().any(|member| text(member, "DBClusterArn") == arn.as_deref())
        };
        let own =
            arn.as_ref().and_then(|_| all.iter().find(is_of)).and_then(|one| text(one, "GlobalClusterIdentifier"));
        desk.need("global-cluster", own, "global cluster");
        own.map_or(Value::Null, Value::from)
    })?;
    config.put("GlobalCluster", global);
    desk.need("db-subnet-group", text(one, "DBSubnetGroup"), "DBSubnetGroup");
    own_or(desk, "cluster-parameter-group", text(one, "DBClusterParameterGroup"), "DBClusterParameterGroup");
    desk.needs("security-group", security, "VpcSecurityGroups");
    desk.refer("kms-key", text(one, "KmsKeyId"), "KmsKeyId");
    desk.refer("secret", text(one, "MasterUserSecret.SecretArn"), "MasterUserSecret");
    desk.refer("aurora-cluster", text(one, "ReplicationSourceIdentifier"), "ReplicationSource");
    for address in ["Endpoint", "ReaderEndpoint"] {
        desk.known_by(text(one, address));
    }
    done(desk, one, "DBClusterArn", id, config)
}

fn global_cluster(desk: &mut Desk<'_>, id: &str) -> Step<Read> {
    let all = desk.list(&GLOBAL_CLUSTERS, json!({}))?;
    let one = all.into_iter().find(|one| text(one, "GlobalClusterIdentifier") == Some(id));
    let one = one.ok_or(super::desk::Stop::Absent)?;
    let mut config = Config::of(
        one,
        &[
            ("Engine", "", As::Text),
            ("EngineVersion", "", As::Text),
            ("DatabaseName", "", As::Text),
            ("StorageEncrypted", "", As::Truth),
            ("DeletionProtection", "", As::Truth),
        ],
    );
    let members = list(one, "GlobalClusterMembers");
    let members = each(&members, "DBClusterArn");
    config.put("Members", pick::set(members.iter().copied()));
    for member in members {
        // Those of other regions are told as outside.
        desk.refer("aurora-cluster", Some(member), "member");
    }
    done(desk, one, "GlobalClusterArn", id, config)
}

fn subnet_group(desk: &mut Desk<'_>, name: &str) -> Step<Read> {
    let one = first(desk.list(&SUBNET_GROUP, json!({ "DBSubnetGroupName": name }))?)?;
    let arn = text(one, "DBSubnetGroupArn").unwrap_or_default();
    let tagged = desk.list(&RDS_TAGS, json!({ "ResourceName": arn }));
    let mut config = Config::of(one, &[("Description", "DBSubnetGroupDescription", As::Text)]);
    subnets(desk, &mut config, one);
    with(desk, tagged, arn, name, config)
}

fn subnets(desk: &mut Desk<'_>, config: &mut Config, one: &Value) {
    let subnets = list(one, "Subnets");
    let subnets = each(&subnets, "SubnetIdentifier");
    config.put("SubnetIds", pick::set(subnets.iter().copied()));
    desk.needs("subnet", subnets, "Subnets");
}

fn first(items: Vec<&Value>) -> Step<&Value> {
    items.into_iter().next().ok_or(super::desk::Stop::Absent)
}

/// With tags that were asked for apart.
fn with(desk: &mut Desk<'_>, tagged: Step<Vec<&Value>>, arn: &str, name: &str, mut config: Config) -> Step<Read> {
    let tagged = desk.part(tagged, |desk, items| Value::Object(tags(&items, desk.sealer)))?;
    let tags = with_tags(&mut config, tagged);
    let arn = (!arn.is_empty()).then(|| arn.to_owned());
    found(Found { arn, name: Some(name.to_owned()), config, tags })
}

/// Parameters that somebody set, by name.
fn parameters(desk: &Desk<'_>, items: &[&Value]) -> Value {
    let each = items.iter().filter_map(|one| {
        let name = text(one, "ParameterName")?;
        let mut set = Config::default();
        set.put("Value", desk.sealer.text(name, text(one, "ParameterValue")?));
        set.put("ApplyMethod", text(one, "ApplyMethod"));
        Some((name.to_owned(), set.value()))
    });
    Value::Object(each.collect())
}

fn parameter_group(desk: &mut Desk<'_>, name: &str) -> Step<Read> {
    if name.starts_with("default.") {
        return Ok(Read::Nothing(AWS_OWN));
    }
    let one = desk.list(&PARAMETER_GROUP, json!({ "DBParameterGroupName": name }));
    let set = desk.list(&PARAMETERS, json!({ "DBParameterGroupName": name, "Source": "user" }));
    let one = first(one?)?;
    let arn = text(one, "DBParameterGroupArn").unwrap_or_default();
    let tagged = desk.list(&RDS_TAGS, json!({ "ResourceName": arn }));
    let mut config = Config::of(one, &[("Family", "DBParameterGroupFamily", As::Text), ("Description", "", As::Text)]);
    let set = desk.part(set, |desk, items| parameters(desk, &items))?;
    config.put("Parameters", set);
    with(desk, tagged, arn, name, config)
}

fn cluster_parameter_group(desk: &mut Desk<'_>, name: &str) -> Step<Read> {
    if name.starts_with("default.") {
        return Ok(Read::Nothing(AWS_OWN));
    }
    let one = desk.list(&CLUSTER_PARAMETER_GROUP, json!({ "DBClusterParameterGroupName": name }));
    let set = desk.list(&CLUSTER_PARAMETERS, json!({ "DBClusterParameterGroupName": name, "Source": "user" }));
    let one = first(one?)?;
    let arn = text(one, "DBClusterParameterGroupArn").unwrap_or_default();
    let tagged = desk.list(&RDS_TAGS, json!({ "ResourceName": arn }));
    let mut config = Config::of(one, &[("Family", "DBParameterGroupFamily", As::Text), ("Description", "", As::Text)]);
    let set = desk.part(set, |desk, items| parameters(desk, &items))?;
    config.put("Parameters", set);
    with(desk, tagged, arn, name, config)
}

fn option_group(desk: &mut Desk<'_>, name: &str) -> Step<Read> {
    if name.starts_with("default:") {
        return Ok(Read::Nothing(AWS_OWN));
    }
    let one = first(desk.list(&OPTION_GROUP, json!({ "OptionGroupName": name }))?)?;
    let arn = text(one, "OptionGroupArn").unwrap_or_default();
    let tagged = desk.list(&RDS_TAGS, json!({ "ResourceName": arn }));
    let mut config = Config::of(
        one,
        &[
            ("EngineName", "", As::Text),
            ("MajorEngineVersion", "", As::Text),
            ("Description", "OptionGroupDescription", As::Text),
        ],
    );
    let mut options = Map::new();
    for option in list(one, "Options") {
        let settings = list(option, "OptionSettings").into_iter().filter_map(|setting| {
            let name = text(setting, "Name")?;
            Some((name.to_owned(), desk.sealer.text(name, text(setting, "Value")?).into()))
        });
        let mut set = Config::of(option, &[("Port", "", As::Number), ("OptionVersion", "", As::Text)]);
        set.put("Settings", settings.collect::<Map<String, Value>>());
        options.insert(text(option, "OptionName").unwrap_or_default().to_owned(), set.value());
    }
    config.put("Options", options);
    with(desk, tagged, arn, name, config)
}

fn replication_group(desk: &mut Desk<'_>, id: &str) -> Step<Read> {
    let one = first(desk.list(&REPLICATION_GROUP, json!({ "ReplicationGroupId": id }))?)?;
    let arn = text(one, "ARN").unwrap_or_default();
    let tagged = desk.list(&CACHE_TAGS, json!({ "ResourceName": arn }));
    let mut members = pick::texts(one, "MemberClusters");
    members.sort_unstable();
    let member = match members.first() {
        Some(member) => desk.list(&CACHE, json!({ "CacheClusterId": member })).and_then(first),
        None => Err(super::desk::Stop::Absent),
    };
    let mut config = Config::of(
        one,
        &[
            ("Description", "", As::Text),
            ("AutomaticFailover", "", As::Text),
            ("MultiAZ", "", As::Text),
            ("CacheNodeType", "", As::Text),
            ("ClusterEnabled", "", As::Truth),
            ("AtRestEncryptionEnabled", "", As::Truth),
            ("TransitEncryptionEnabled", "", As::Truth),
            ("TransitEncryptionMode", "", As::Text),
            ("AuthTokenEnabled", "", As::Truth),
            ("KmsKeyId", "", As::Text),
            ("SnapshotRetentionLimit", "", As::Number),
            ("SnapshotWindow", "", As::Text),
            ("GlobalReplicationGroup", "GlobalReplicationGroupInfo.GlobalReplicationGroupId", As::Text),
        ],
    );
    config.put("Members", members.len());
    config.put("NodeGroups", list(one, "NodeGroups").len());
    config.put("UserGroupIds", pick::set(pick::texts(one, "UserGroupIds")));
    let groups = list(one, "LogDeliveryConfigurations");
    let deliveries = pick::all(
        &groups,
        &[
            ("LogType", "", As::Text),
            ("LogFormat", "", As::Text),
            ("DestinationType", "", As::Text),
            ("LogGroup", "DestinationDetails.CloudWatchLogsDetails.LogGroup", As::Text),
            ("DeliveryStream", "DestinationDetails.KinesisFirehoseDetails.DeliveryStream", As::Text),
        ],
    );
    config.put("LogDelivery", deliveries);
    let logs: Vec<&str> = each(&groups, "DestinationDetails.CloudWatchLogsDetails.LogGroup");
    config.put("LogGroups", pick::set(logs.iter().copied()));
    desk.needs("log-group", logs, "log delivery");
    desk.refer("kms-key", text(one, "KmsKeyId"), "KmsKeyId");
    if let Some(global) = text(one, "GlobalReplicationGroupInfo.GlobalReplicationGroupId") {
        desk.leave(global, super::arn::NOT_READ);
    }
    let mut told = Config::default();
    let unread = desk.part(member, |desk, member| {
        told = Config::of(
            member,
            &[
                ("Engine", "", As::Text),
                ("EngineVersion", "", As::Text),
                ("SubnetGroup", "CacheSubnetGroupName", As::Text),
                ("ParameterGroup", "CacheParameterGroup.CacheParameterGroupName", As::Text),
                ("PreferredMaintenanceWindow", "", As::Text),
                ("AutoMinorVersionUpgrade", "", As::Truth),
                ("NotificationTopic", "NotificationConfiguration.TopicArn", As::Text),
            ],
        );
        desk.refer("topic", text(member, "NotificationConfiguration.TopicArn"), "NotificationConfiguration");
        let security = list(member, "SecurityGroups");
        let security = each(&security, "SecurityGroupId");
        told.put("SecurityGroups", pick::set(security.iter().copied()));
        desk.needs("security-group", security, "SecurityGroups");
        desk.need("cache-subnet-group", text(member, "CacheSubnetGroupName"), "CacheSubnetGroup");
        own_or(
            desk,
            "cache-parameter-group",
            text(member, "CacheParameterGroup.CacheParameterGroupName"),
            "CacheParameterGroup",
        );
        Value::Null
    })?;
    config.put("Member", unread);
    config.0.extend(told.0);
    desk.known_by(text(one, "ConfigurationEndpoint.Address"));
    for group in list(one, "NodeGroups") {
        desk.known_by(text(group, "PrimaryEndpoint.Address"));
        desk.known_by(text(group, "ReaderEndpoint.Address"));
    }
    with(desk, tagged, arn, id, config)
}

fn cache_subnet_group(desk: &mut Desk<'_>, name: &str) -> Step<Read> {
    let one = first(desk.list(&CACHE_SUBNETS, json!({ "CacheSubnetGroupName": name }))?)?;
    let arn = text(one, "ARN").unwrap_or_default();
    let tagged = desk.list(&CACHE_TAGS, json!({ "ResourceName": arn }));
    let mut config = Config::of(one, &[("Description", "CacheSubnetGroupDescription", As::Text)]);
    subnets(desk, &mut config, one);
    with(desk, tagged, arn, name, config)
}

fn cache_parameter_group(desk: &mut Desk<'_>, name: &str) -> Step<Read> {
    if name.starts_with("default.") {
        return Ok(Read::Nothing(AWS_OWN));
    }
    let one = desk.list(&CACHE_GROUP, json!({ "CacheParameterGroupName": name }));
    let set = desk.call(&CACHE_PARAMETERS, json!({ "CacheParameterGroupName": name, "Source": "user" }));
    let one = first(one?)?;
    let arn = text(one, "ARN").unwrap_or_default();
    let tagged = desk.list(&CACHE_TAGS, json!({ "ResourceName": arn }));
    let mut config =
        Config::of(one, &[("Family", "CacheParameterGroupFamily", As::Text), ("Description", "", As::Text)]);
    let set = desk.part(set, |desk, all| parameters(desk, &list(all, "Parameters")))?;
    config.put("Parameters", set);
    with(desk, tagged, arn, name, config)
}

fn table(desk: &mut Desk<'_>, name: &str) -> Step<Read> {
    let asked = || json!({ "TableName": name });
    let (one, ttl, backups) =
        (desk.call(&TABLE, asked()), desk.call(&TIME_TO_LIVE, asked()), desk.call(&BACKUPS, asked()));
    let one = pick::at(one?, "Table");
    let arn = text(one, "TableArn").unwrap_or_default();
    let tagged = desk.list(&TABLE_TAGS, json!({ "ResourceArn": arn }));
    let mut config = Config::of(
        one,
        &[
            ("KeySchema", "", As::Whole),
            ("AttributeDefinitions", "", As::Whole),
            ("BillingMode", "BillingModeSummary.BillingMode", As::Text),
            ("ReadCapacityUnits", "ProvisionedThroughput.ReadCapacityUnits", As::Number),
            ("WriteCapacityUnits", "ProvisionedThroughput.WriteCapacityUnits", As::Number),
            ("StreamViewType", "StreamSpecification.StreamViewType", As::Text),
            ("TableClass", "TableClassSummary.TableClass", As::Text),
            ("DeletionProtectionEnabled", "", As::Truth),
            ("KmsKeyId", "SSEDescription.KMSMasterKeyArn", As::Text),
            ("MaxReadRequestUnits", "OnDemandThroughput.MaxReadRequestUnits", As::Number),
            ("MaxWriteRequestUnits", "OnDemandThroughput.MaxWriteRequestUnits", As::Number),
        ],
    );
    config.names_the_rest(one, &[("MultiRegionConsistency", &["EVENTUAL"])]);
    let index = &[
        ("IndexName", "", As::Text),
        ("KeySchema", "", As::Whole),
        ("Projection", "", As::Whole),
        ("ReadCapacityUnits", "ProvisionedThroughput.ReadCapacityUnits", As::Number),
        ("WriteCapacityUnits", "ProvisionedThroughput.WriteCapacityUnits", As::Number),
        ("MaxReadRequestUnits", "OnDemandThroughput.MaxReadRequestUnits", As::Number),
        ("MaxWriteRequestUnits", "OnDemandThroughput.MaxWriteRequestUnits", As::Number),
    ];
    config.put("GlobalSecondaryIndexes", pick::all(&list(one, "GlobalSecondaryIndexes"), index));
    config.put("LocalSecondaryIndexes", pick::all(&list(one, "LocalSecondaryIndexes"), &index[..3]));
    let replicas = list(one, "Replicas");
    config.put("ReplicaRegions", pick::set(each(&replicas, "RegionName")));
    desk.refer("kms-key", text(one, "SSEDescription.KMSMasterKeyArn"), "KMSMasterKeyArn");
    let ttl = desk.part(ttl, |_, one| {
        // One that is switched off may still be told by its attribute.
        let is_on = text(one, "TimeToLiveDescription.TimeToLiveStatus").is_some_and(|told| told.starts_with("ENABL"));
        if is_on { pick::taken(one, "TimeToLiveDescription.AttributeName", As::Text) } else { Value::Null }
    })?;
    config.put("TimeToLive", ttl);
    let path = "ContinuousBackupsDescription.PointInTimeRecoveryDescription.PointInTimeRecoveryStatus";
    let backups = desk.part(backups, |_, one| pick::taken(one, path, As::Text))?;
    config.put("PointInTimeRecovery", backups);
    with(desk, tagged, arn, name, config)
}

fn bucket(desk: &mut Desk<'_>, name: &str) -> Step<Read> {
    let asked = || json!({ "Bucket": name });
    let location = desk.call_at_home(&LOCATION, asked())?;
    // The oldest region has no name here, and the second oldest an old one.
    let region = match location.as_str().or_else(|| text(location, "LocationConstraint")) {
        None | Some("") => "us-east-1",
        Some("EU") => "eu-west-1",
        Some(region) => region,
    };
    if region != desk.here.region {
        return Ok(Read::Nothing(super::arn::ANOTHER_REGION));
    }
    let sides = [
        (&VERSIONING, "Versioning"),
        (&ENCRYPTION, "Encryption"),
        (&PUBLIC, "PublicAccessBlock"),
        (&OWNERSHIP, "OwnershipControls"),
        (&LIFECYCLE, "Lifecycle"),
        (&REPLICATION, "Replication"),
        (&CORS, "Cors"),
        (&NOTIFICATION, "Notification"),
        (&LOGGING, "Logging"),
    ];
    let told: Vec<(&str, Step<&Value>)> =
        sides.iter().map(|(operation, field)| (*field, desk.call(operation, asked()))).collect();
    let (policy, tagged) = (desk.call(&BUCKET_POLICY, asked()), desk.call(&BUCKET_TAGS, asked()));
    let (mut config, mut rest) = (Config::default(), Config::default());
    for (field, step) in told {
        let value = desk.part(step, |desk, side| {
            let mut told = pick::without_nothing(side);
            rest.names_the_rest(side, &[("LoggingEnabled.TargetGrants", &[])]);
            // EventBridge is told of by an element that has nothing in it.
            let of_bridge = side.get("EventBridgeConfiguration").is_some();
            if let (true, Some(members)) = (of_bridge && field == "Notification", told.as_object_mut()) {
                members.shift_remove("EventBridgeConfiguration");
                members.insert("EventBridge".to_owned(), true.into());
            }
            let side = told;
            desk.mentions(&side, field);
            desk.sealer.value(field, &side)
        })?;
        config.put(field, value);
    }
    config.0.extend(rest.0);
    let policy = desk.part(policy, |desk, one| match one {
        Value::String(text) => desk.sealer.value("policy", &super::document::read(text)),
        other => desk.sealer.value("policy", &super::document::read(&other.to_string())),
    })?;
    config.put("Policy", policy);
    let tagged = desk.part(tagged, |desk, one| {
        let sets = flat(one, "TagSet");
        let items: Vec<&Value> = sets.iter().flat_map(|set| flat(set, "Tag")).collect();
        Value::Object(tags(&items, desk.sealer))
    })?;
    let tags = with_tags(&mut config, tagged);
    desk.known_by(Some(name));
    let arn = format!("arn:{}:s3:::{name}", desk.here.partition);
    found(Found { arn: Some(arn), name: Some(name.to_owned()), config, tags })
}
