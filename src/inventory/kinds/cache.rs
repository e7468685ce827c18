//! Caches: replication groups, and groups of subnets and parameters.

use super::rds::{first, own_or, parameters, subnets, with};
use crate::inventory::arn::{AWS_OWN, NOT_READ};
use crate::inventory::ask::{Api, Operation};
use crate::inventory::desk::{Desk, Read, Step, Stop};
use crate::inventory::pick::{self, As, Config, each, list, text};
use crate::inventory::registry::Kind;
use serde_json::{Value, json};

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

pub(super) static KINDS: &[Kind] = &[
    Kind::of("replication-group", replication_group, &[&REPLICATION_GROUP, &CACHE, &CACHE_TAGS]),
    Kind::of("cache-subnet-group", cache_subnet_group, &[&CACHE_SUBNETS, &CACHE_TAGS]),
    Kind::of("cache-parameter-group", cache_parameter_group, &[&CACHE_GROUP, &CACHE_PARAMETERS, &CACHE_TAGS]),
];

fn replication_group(desk: &mut Desk<'_>, id: &str) -> Step<Read> {
    let one = first(desk.list(&REPLICATION_GROUP, json!({ "ReplicationGroupId": id }))?)?;
    let arn = text(one, "ARN").unwrap_or_default();
    let tagged = desk.list(&CACHE_TAGS, json!({ "ResourceName": arn }));
    let mut members = pick::texts(one, "MemberClusters");
    members.sort_unstable();
    let member = match members.first() {
        Some(member) => desk.list(&CACHE, json!({ "CacheClusterId": member })).and_then(first),
        None => Err(Stop::Absent),
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
        desk.leave(global, NOT_READ);
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
