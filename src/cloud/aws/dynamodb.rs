//! Amazon DynamoDB: tables of a region, with their indexes and replicas, as its own API tells them.

use super::audit::Audit;
use super::caller::{At, Protocol, Read, Service};
use super::desk::{Answers, Asked, Eye, Look};
use crate::service::observation::{Index, Replica, Table};
use crate::service::{DynamoDbObservation, DynamoDbQuery, Observation, Query};
use crate::text::Clean;
use serde::{Deserialize, Serialize};

/// What is asked here.
pub(super) const READS: &[&str] = &["DescribeTable", "DescribeContinuousBackups"];

/// The service, as its model has it.
pub(super) const SERVICE: Service = Service {
    id: "DynamoDB",
    signing_name: "dynamodb",
    at: At::RegionsPlainInGov,
    host: "dynamodb",
    dual_stack_host: "dynamodb",
    protocol: Protocol::Json { target: "DynamoDB_20120810", version: "1.0" },
    reads: &[READS],
    acts: &[],
};

/// The codes of a table that is not there.
pub(super) const ABSENT: &[&str] = &["ResourceNotFoundException"];
/// The same, of its backups.
pub(super) const NO_TABLE: &[&str] = &["TableNotFoundException"];

/// `DescribeTable`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DescribeTable {
    pub(super) table_name: String,
}

impl Read for DescribeTable {
    const SERVICE: &'static Service = &SERVICE;
    const OPERATION: &'static str = "DescribeTable";
    type Answer = Described;
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Described {
    table: Description,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Description {
    table_name: String,
    table_status: String,
    key_schema: Vec<KeyElement>,
    billing_mode_summary: Option<Billing>,
    provisioned_throughput: Option<Throughput>,
    global_secondary_indexes: Vec<IndexDescription>,
    replicas: Vec<ReplicaDescription>,
    multi_region_consistency: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct IndexDescription {
    index_name: String,
    index_status: String,
    provisioned_throughput: Option<Throughput>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct KeyElement {
    attribute_name: String,
    key_type: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Billing {
    billing_mode: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Throughput {
    read_capacity_units: u64,
    write_capacity_units: u64,
}

/// `DescribeContinuousBackups`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DescribeBackups {
    pub(super) table_name: String,
}

impl Read for DescribeBackups {
    const SERVICE: &'static Service = &SERVICE;
    const OPERATION: &'static str = "DescribeContinuousBackups";
    type Answer = BackupsTold;
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct BackupsTold {
    continuous_backups_description: Backups,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Backups {
    point_in_time_recovery_description: Option<PointInTime>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct PointInTime {
    point_in_time_recovery_status: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct ReplicaDescription {
    region_name: String,
    replica_status: String,
}

/// The looks that answer `asked`: one a table, as the API takes one name.
pub(super) fn looks<'a>(eye: Eye<'a>, asked: Asked<'a, DynamoDbQuery>) -> Vec<Look<'a>> {
    let of = |(query, words): (&'a Query, &'a DynamoDbQuery)| match words {
        DynamoDbQuery::Table { name } => Look::of(vec![query], |_| look(eye, query, name)),
        DynamoDbQuery::ContinuousBackups { name } => Look::of(vec![query], |_| look_at_backups(eye, query, name)),
    };
    asked.into_iter().map(of).collect()
}

async fn look(eye: Eye<'_>, query: &Query, name: &Clean) -> Answers {
    let audit = Audit::look(eye, "dynamodb");
    let request = DescribeTable { table_name: name.to_string() };
    let told = audit.settle(eye.clients.caller.read(request, audit.clone())).await;
    let answer = match told {
        Ok(described) => Ok(seen(Some(table(described.table)))),
        Err(trouble) if trouble.is(ABSENT) => Ok(seen(None)),
        Err(trouble) => Err(trouble.unanswered()),
    };
    vec![(query.clone(), answer)]
}

async fn look_at_backups(eye: Eye<'_>, query: &Query, name: &Clean) -> Answers {
    let audit = Audit::look(eye, "dynamodb");
    let request = DescribeBackups { table_name: name.to_string() };
    let told = audit.settle(eye.clients.caller.read(request, audit.clone())).await;
    let answer = match told {
        Ok(told) => {
            let recovery = told.continuous_backups_description.point_in_time_recovery_description;
            let status = recovery.and_then(|recovery| recovery.point_in_time_recovery_status);
            // Where nothing is said of it, there is none.
            Ok(Some(Clean::new(status.as_deref().unwrap_or("DISABLED"))))
        }
        Err(trouble) if trouble.is(NO_TABLE) || trouble.is(ABSENT) => Ok(None),
        Err(trouble) => Err(trouble.unanswered()),
    };
    let answer = answer.map(|recovery| DynamoDbObservation::ContinuousBackups { recovery }.into());
    vec![(query.clone(), answer)]
}

fn seen(table: Option<Table>) -> Observation {
    DynamoDbObservation::Table { table }.into()
}

fn table(told: Description) -> Table {
    let units =
        |told: Option<Throughput>| told.map_or((0, 0), |units| (units.read_capacity_units, units.write_capacity_units));
    let index = |index: IndexDescription| Index {
        name: index.index_name.into(),
        status: index.index_status.into(),
        capacity: units(index.provisioned_throughput),
    };
    // One that was always provisioned does not say so.
    let billing = told.billing_mode_summary.and_then(|billing| billing.billing_mode);
    let keys = told.key_schema.into_iter().map(|key| Clean::new(&format!("{} {}", key.attribute_name, key.key_type)));
    let replica = |replica: ReplicaDescription| Replica {
        region: replica.region_name.into(),
        status: replica.replica_status.into(),
    };
    Table {
        name: told.table_name.into(),
        status: told.table_status.into(),
        indexes: told.global_secondary_indexes.into_iter().map(index).collect(),
        replicas: told.replicas.into_iter().map(replica).collect(),
        keys: keys.collect(),
        billing: Clean::new(billing.as_deref().unwrap_or("PROVISIONED")),
        capacity: units(told.provisioned_throughput),
        consistency: told.multi_region_consistency.map(Into::into),
    }
}
