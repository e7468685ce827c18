//! Database instances. No password is read.

use super::rds::{MARKER, done, filter, own_or};
use crate::inventory::ask::{Api, Operation};
use crate::inventory::desk::{Desk, Read, Step, Stop};
use crate::inventory::pick::{self, As, Config, each, list, text};
use crate::inventory::registry::Kind;
use crate::snapshot::{Reference, fence};
use serde_json::json;

static INSTANCES: Operation = Operation::list(Api::Rds, "DescribeDBInstances", "DBInstances").paged(MARKER).many(
    100,
    |ids| filter("db-instance-id", ids),
    |one| text(one, "DBInstanceIdentifier").map(str::to_owned),
);

// All there are: asked for where one is looked for that is not there under its name.
static ALL: Operation = Operation::list(Api::Rds, "DescribeDBInstances", "DBInstances").paged(MARKER).by("all");

pub(super) static KINDS: &[Kind] = &[Kind::of("db-instance", instance, &[&INSTANCES, &ALL])];

fn instance(desk: &mut Desk<'_>, id: &str) -> Step<Read> {
    let one = match desk.one(&INSTANCES, id) {
        Err(Stop::Absent) => return renamed(desk, id),
        told => told?,
    };
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

/// One that is not there under its name may have been fenced: it runs on, and is kept, under another.
fn renamed(desk: &mut Desk<'_>, id: &str) -> Step<Read> {
    let all = desk.list(&ALL, json!({}))?;
    let was = |name: &&str| fence::named("db-instance", name).is_some_and(|fenced| fenced.was(id));
    let last = each(&all, "DBInstanceIdentifier").into_iter().filter(was).max();
    last.map_or(Err(Stop::Absent), |name| Ok(Read::Same(Reference::new("db-instance", name))))
}
