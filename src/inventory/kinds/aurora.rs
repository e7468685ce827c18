//! Aurora clusters, and the global ones that they are of.

use super::rds::{GLOBAL_CLUSTERS, MARKER, done, filter, own_or};
use crate::inventory::ask::{Api, Operation};
use crate::inventory::desk::{Desk, Read, Step, Stop};
use crate::inventory::pick::{self, As, Config, each, list, text};
use crate::inventory::registry::Kind;
use serde_json::{Value, json};

static CLUSTERS: Operation = Operation::list(Api::Rds, "DescribeDBClusters", "DBClusters").paged(MARKER).many(
    100,
    |ids| filter("db-cluster-id", ids),
    |one| text(one, "DBClusterIdentifier").map(str::to_owned),
);

pub(super) static KINDS: &[Kind] = &[
    Kind::of("aurora-cluster", cluster, &[&CLUSTERS, &GLOBAL_CLUSTERS]),
    Kind::of("global-cluster", global_cluster, &[&GLOBAL_CLUSTERS]),
];

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
    let one = one.ok_or(Stop::Absent)?;
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
