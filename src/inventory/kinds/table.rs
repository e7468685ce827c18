//! Tables of DynamoDB. No item is read.

use super::rds::with;
use crate::inventory::ask::{Api, Operation};
use crate::inventory::desk::{Desk, Read, Step};
use crate::inventory::pick::{self, As, Config, each, list, text};
use crate::inventory::registry::Kind;
use serde_json::{Value, json};

static TABLE: Operation = Operation::one(Api::DynamoDb, "DescribeTable").absent(&["ResourceNotFoundException"]);
static TIME_TO_LIVE: Operation = Operation::one(Api::DynamoDb, "DescribeTimeToLive");
static BACKUPS: Operation = Operation::one(Api::DynamoDb, "DescribeContinuousBackups");
static TABLE_TAGS: Operation =
    Operation::list(Api::DynamoDb, "ListTagsOfResource", "Tags").paged(&[("NextToken", "NextToken")]);

pub(super) static KINDS: &[Kind] = &[Kind::of("table", table, &[&TABLE, &TIME_TO_LIVE, &BACKUPS, &TABLE_TAGS])];

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
            ("AttributeDefinitions", "", As::Sets),
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
        ("Projection", "", As::Sets),
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
