//! Caches: replication groups, and groups of subnets and parameters.

use super::rds::{first, own_or, parameters, subnets, with};
use crate::inventory::arn::{ANOTHER_REGION, AWS_OWN, NOT_READ};
use crate::inventory::ask::{Api, Operation};
use crate::inventory::desk::{Desk, Found, Read, Step, Stop};
use crate::inventory::pick::{self, As, Config, each, list, text};
use crate::inventory::registry::{Kind, found};
use serde_json::{Value, json};

static REPLICATION_GROUP: Operation =
    Operation::list(Api::ElastiCache, "DescribeReplicationGroups", "ReplicationGroups")
        .absent(&["ReplicationGroupNotFoundFault"]);
static GLOBAL: Operation =
    Operation::list(Api::ElastiCache, "DescribeGlobalReplicationGroups", "GlobalReplicationGroups")
        .absent(&["GlobalReplicationGroupNotFoundFault"]);
static CACHE: Operation =
    Operation::list(Api::ElastiCache, "DescribeCacheClusters", "CacheClusters").absent(&["CacheClusterNotFound"]);
static CACHE_SUBNETS: Operation = Operation::list(Api::ElastiCache, "DescribeCacheSubnetGroups", "CacheSubnetGroups")
    .absent(&["CacheSubnetGroupNotFoundFault"]);
static CACHE_GROUP: Operation =
    Operation::list(Api::ElastiCache, "DescribeCacheParameterGroups", "CacheParameterGroups")
        .absent(&["CacheParameterGroupNotFound"]);
static CACHE_PARAMETERS: Operation =
    Operation::list(Api::ElastiCache, "DescribeCacheParameters", "Parameters").paged(&[("Marker", "Marker")]);
static CACHE_TAGS: Operation = Operation::list(Api::ElastiCache, "ListTagsForResource", "TagList");

pub(super) static KINDS: &[Kind] = &[
    Kind::of("replication-group", replication_group, &[&REPLICATION_GROUP, &CACHE, &CACHE_TAGS]),
    Kind::of("global-datastore", global_datastore, &[&GLOBAL]),
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
            ("GlobalRole", "GlobalReplicationGroupInfo.GlobalReplicationGroupMemberRole", As::Text),
        ],
    );
    config.put("Members", members.len());
    config.put("NodeGroups", list(one, "NodeGroups").len());
    config.put("UserGroupIds", pick::set(pick::texts(one, "UserGroupIds")));
    for users in pick::texts(one, "UserGroupIds") {
        desk.leave(users, NOT_READ);
    }
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
    desk.need("global-datastore", text(one, "GlobalReplicationGroupInfo.GlobalReplicationGroupId"), "global datastore");
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

fn global_datastore(desk: &mut Desk<'_>, id: &str) -> Step<Read> {
    let one = first(desk.list(&GLOBAL, json!({ "GlobalReplicationGroupId": id, "ShowMemberInfo": true }))?)?;
    let mut config = Config::of(
        one,
        &[
            ("Description", "GlobalReplicationGroupDescription", As::Text),
            ("Engine", "", As::Text),
            ("EngineVersion", "", As::Text),
            ("CacheNodeType", "", As::Text),
            ("ClusterEnabled", "", As::Truth),
            ("AuthTokenEnabled", "", As::Truth),
            ("TransitEncryptionEnabled", "", As::Truth),
            ("AtRestEncryptionEnabled", "", As::Truth),
        ],
    );
    let members = list(one, "Members");
    let fields = &[
        ("Id", "ReplicationGroupId", As::Text),
        ("Region", "ReplicationGroupRegion", As::Text),
        ("Role", "", As::Text),
    ];
    config.put("Members", pick::all(&members, fields));
    for member in members {
        let (id, region) = (text(member, "ReplicationGroupId"), text(member, "ReplicationGroupRegion"));
        match (id, region) {
            (Some(id), Some(region)) if region != desk.here.region => {
                desk.leave(&format!("replication-group/{id} of {region}"), ANOTHER_REGION);
            }
            (id, _) => desk.need("replication-group", id, "member"),
        }
    }
    // It has no tags.
    found(Found { arn: text(one, "ARN").map(str::to_owned), name: Some(id.to_owned()), config, tags: None })
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
    let set = desk.list(&CACHE_PARAMETERS, json!({ "CacheParameterGroupName": name, "Source": "user" }));
    let one = first(one?)?;
    let arn = text(one, "ARN").unwrap_or_default();
    let tagged = desk.list(&CACHE_TAGS, json!({ "ResourceName": arn }));
    let mut config =
        Config::of(one, &[("Family", "CacheParameterGroupFamily", As::Text), ("Description", "", As::Text)]);
    let set = desk.part(set, |desk, items| parameters(desk, &items))?;
    config.put("Parameters", set);
    with(desk, tagged, arn, name, config)
}
