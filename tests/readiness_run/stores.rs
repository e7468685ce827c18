//! What stores have to be beside copies.

use crate::planted::{EAST, Fault, Ready, WEST, each_is_found};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A database and its replica.
pub const ORDERS: &str = r#"
[application]
name = "shop"
primary = "us-east-1"
recovery = "us-west-2"
rto = "30m"
rpo = "10m"

[component.orders-db]
kind = "rds"
primary = "orders"
recovery = "orders-replica"
"#;

fn modify(ready: &Ready, region: &str, id: &str, change: &Value) {
    let mut parameters = json!({ "DBInstanceIdentifier": id, "ApplyImmediately": true });
    parameters.as_object_mut().expect("an object").extend(change.as_object().expect("an object").clone());
    ready.cloud.call("rds", region, "modify_db_instance", &parameters);
}

fn both(ready: &Ready, change: &Value) {
    modify(ready, EAST, "orders", change);
    modify(ready, WEST, "orders-replica", change);
}

/// Makes them as they are wanted.
pub fn prepare(ready: &Ready) {
    ready.cloud.stages(&json!({ "default": 0.0 }));
    both(ready, &json!({ "MultiAZ": true, "DeletionProtection": true, "AllocatedStorage": 100 }));
    modify(ready, WEST, "orders-replica", &json!({ "BackupRetentionPeriod": 1 }));
    for (region, id) in [(EAST, "orders"), (WEST, "orders-replica")] {
        let group =
            json!({ "DBParameterGroupName": "orders", "DBParameterGroupFamily": "postgres15", "Description": "x" });
        ready.cloud.call("rds", region, "create_db_parameter_group", &group);
        modify(ready, region, id, &json!({ "DBParameterGroupName": "orders" }));
        set_parameter(ready, region, "max_connections", "800", "immediate");
    }
}

fn set_parameter(ready: &Ready, region: &str, name: &str, value: &str, method: &str) {
    let parameter = json!({ "ParameterName": name, "ParameterValue": value, "ApplyMethod": method });
    let change = json!({ "DBParameterGroupName": "orders", "Parameters": [parameter] });
    ready.cloud.call("rds", region, "modify_db_parameter_group", &change);
}

#[test]
fn what_a_replica_is_short_of_is_found() {
    let faults = [
        Fault {
            code: "rds-backup-retention",
            component: "orders-db",
            plant: |ready| modify(ready, EAST, "orders", &json!({ "BackupRetentionPeriod": 0 })),
            also: &[],
        },
        Fault {
            code: "rds-engine-version",
            component: "orders-db",
            plant: |ready| modify(ready, EAST, "orders", &json!({ "EngineVersion": "16.99" })),
            also: &[],
        },
        Fault {
            code: "rds-storage",
            component: "orders-db",
            plant: |ready| modify(ready, EAST, "orders", &json!({ "AllocatedStorage": 400 })),
            also: &[],
        },
        Fault {
            code: "rds-multi-az",
            component: "orders-db",
            plant: |ready| modify(ready, WEST, "orders-replica", &json!({ "MultiAZ": false })),
            also: &[],
        },
        Fault {
            code: "rds-deletion-protection",
            component: "orders-db",
            plant: |ready| modify(ready, WEST, "orders-replica", &json!({ "DeletionProtection": false })),
            also: &[],
        },
        Fault {
            code: "rds-replica-backups",
            component: "orders-db",
            plant: |ready| modify(ready, WEST, "orders-replica", &json!({ "BackupRetentionPeriod": 0 })),
            also: &[],
        },
        Fault {
            code: "rds-parameter-group",
            component: "orders-db",
            // The hotfix of three in the morning.
            plant: |ready| set_parameter(ready, EAST, "max_connections", "1600", "immediate"),
            also: &[],
        },
        Fault {
            code: "rds-parameter-group",
            component: "orders-db",
            plant: |ready| set_parameter(ready, WEST, "max_connections", "800", "pending-reboot"),
            also: &[],
        },
        Fault {
            code: "rds-pending",
            component: "orders-db",
            plant: |ready| {
                let change = json!({ "DBInstanceIdentifier": "orders-replica", "DBInstanceClass": "db.r6g.xlarge" });
                ready.cloud.call("rds", WEST, "modify_db_instance", &change);
            },
            also: &[],
        },
        Fault {
            code: "rds-subnet-group",
            component: "orders-db",
            plant: |ready| {
                let subnets = ready.cloud.call("ec2", WEST, "describe_subnets", &json!({}));
                let one = json!({ "DBSubnetGroupName": "databases", "SubnetIds": [subnets["Subnets"][0]["SubnetId"]] });
                ready.cloud.call("rds", WEST, "modify_db_subnet_group", &one);
            },
            also: &[],
        },
        Fault {
            code: "rds-ca",
            component: "orders-db",
            plant: |ready| {
                ready
                    .cloud
                    .knob(&json!({ "knob": "db-certificate", "region": EAST, "instance": "orders", "days": 59 }));
            },
            also: &[],
        },
    ];
    each_is_found(ORDERS, prepare, &faults);
}

pub const OTHERS: &str = r#"
[application]
name = "shop"
primary = "us-east-1"
recovery = "us-west-2"
rto = "30m"
rpo = "10m"

[component.baskets]
kind = "dynamodb"
table = "baskets"

[component.media]
kind = "s3"
primary = "media-east"
recovery = "media-west"

[component.carts]
kind = "elasticache"
global = "ldgnf-carts"
primary = "carts"
recovery = "carts-west"

[component.password]
kind = "secret"
name = "shop/db"

[component.ledger]
kind = "aurora"
global = "ledger"
primary = "ledger-east"
recovery = "ledger-west"
"#;

pub fn prepare_others(ready: &Ready) {
    ready.cloud.stages(&json!({ "default": 0.0 }));
    for (region, cluster) in [(EAST, "ledger-east"), (WEST, "ledger-west")] {
        let group = json!({ "DBClusterParameterGroupName": "ledger", "DBParameterGroupFamily": "aurora-postgresql15",
            "Description": "x" });
        ready.cloud.call("rds", region, "create_db_cluster_parameter_group", &group);
        let change = json!({ "DBClusterIdentifier": cluster, "DBClusterParameterGroupName": "ledger" });
        ready.cloud.call("rds", region, "modify_db_cluster", &change);
    }
    replicates(ready, WEST, BACK, &json!({}));
    for region in [EAST, WEST] {
        let on = json!({ "TableName": "baskets", "PointInTimeRecoverySpecification": { "PointInTimeRecoveryEnabled": true } });
        ready.cloud.call("dynamodb", region, "update_continuous_backups", &on);
    }
}

/// Replication from a bucket to the other, as `change` makes it.
fn replicates(ready: &Ready, region: &str, (from, to): (&str, &str), change: &Value) {
    let mut rule = json!({ "ID": "all", "Priority": 1, "Status": "Enabled", "Filter": { "Prefix": "" },
        "DeleteMarkerReplication": { "Status": "Disabled" },
        "Destination": { "Bucket": format!("arn:aws:s3:::{to}"), "Metrics": { "Status": "Enabled" } } });
    rule.as_object_mut().expect("an object").extend(change.as_object().expect("an object").clone());
    let put =
        json!({ "Bucket": from, "ReplicationConfiguration": { "Role": "arn:aws:iam::1:role/r", "Rules": [rule] } });
    ready.cloud.call("s3", region, "put_bucket_replication", &put);
}

const THERE: (&str, &str) = ("media-east", "media-west");
const BACK: (&str, &str) = ("media-west", "media-east");

fn cluster_parameter(ready: &Ready, region: &str, name: &str, value: &str) {
    let parameter = json!({ "ParameterName": name, "ParameterValue": value, "ApplyMethod": "immediate" });
    let change = json!({ "DBClusterParameterGroupName": "ledger", "Parameters": [parameter] });
    ready.cloud.call("rds", region, "modify_db_cluster_parameter_group", &change);
}

#[test]
fn what_other_stores_are_short_of_is_found() {
    let faults = [
        Fault {
            code: "dynamodb-parity",
            component: "baskets",
            plant: |ready| {
                let index = json!({ "TableName": "baskets",
                    "GlobalSecondaryIndexUpdates": [{ "Delete": { "IndexName": "by-owner" } }] });
                ready.cloud.call("dynamodb", WEST, "update_table", &index);
            },
            also: &[],
        },
        Fault {
            code: "secret-same-version",
            component: "password",
            plant: |ready| {
                ready.cloud.knob(&json!({ "knob": "secret-replication", "region": WEST, "secret": "shop/db" }));
                let new = json!({ "SecretId": "shop/db", "SecretString": "{\"password\":\"new\"}" });
                ready.cloud.call("secretsmanager", EAST, "put_secret_value", &new);
            },
            also: &[],
        },
        Fault {
            code: "secret-age",
            component: "password",
            plant: |ready| {
                let late =
                    json!({ "knob": "secret-rotation", "region": EAST, "secret": "shop/db", "next_in_days": -3 });
                ready.cloud.knob(&late);
            },
            also: &[],
        },
        Fault {
            code: "aurora-instances",
            component: "ledger",
            plant: |ready| {
                let reader = json!({ "DBInstanceIdentifier": "ledger-west-2", "SkipFinalSnapshot": true });
                ready.cloud.call("rds", WEST, "delete_db_instance", &reader);
            },
            also: &[],
        },
        Fault {
            code: "aurora-instances",
            component: "ledger",
            // Two of them, and one zone.
            plant: |ready| {
                let reader = json!({ "DBInstanceIdentifier": "ledger-west-2", "SkipFinalSnapshot": true });
                ready.cloud.call("rds", WEST, "delete_db_instance", &reader);
                let again = json!({ "DBInstanceIdentifier": "ledger-west-3", "DBClusterIdentifier": "ledger-west",
                    "Engine": "aurora-postgresql", "DBInstanceClass": "db.r6g.large", "AvailabilityZone": "us-west-2a" });
                ready.cloud.call("rds", WEST, "create_db_instance", &again);
            },
            also: &[],
        },
        Fault {
            code: "aurora-capacity",
            component: "ledger",
            plant: |ready| {
                for id in ["ledger-east-1", "ledger-east-2"] {
                    modify(ready, EAST, id, &json!({ "DBInstanceClass": "db.r6g.4xlarge" }));
                }
            },
            also: &[],
        },
        Fault {
            code: "aurora-parameter-group",
            component: "ledger",
            plant: |ready| cluster_parameter(ready, WEST, "rds.global_db_rpo", "20"),
            also: &[],
        },
        Fault {
            code: "aurora-parameter-group",
            component: "ledger",
            plant: |ready| cluster_parameter(ready, EAST, "log_min_duration_statement", "250"),
            also: &[],
        },
        Fault {
            code: "s3-rule",
            component: "media",
            plant: |ready| replicates(ready, EAST, THERE, &json!({ "Status": "Disabled" })),
            also: &["s3-lag"],
        },
        Fault {
            code: "s3-rule",
            component: "media",
            plant: |ready| replicates(ready, EAST, THERE, &json!({ "Filter": { "Prefix": "public/" } })),
            also: &["s3-lag"],
        },
        Fault {
            code: "s3-two-way",
            component: "media",
            plant: |ready| {
                ready.cloud.call("s3", WEST, "delete_bucket_replication", &json!({ "Bucket": "media-west" }));
            },
            also: &[],
        },
        Fault {
            code: "s3-key",
            component: "media",
            // A key of the region that fails.
            plant: |ready| {
                let key = json!({ "ReplicaKmsKeyID": "arn:aws:kms:us-east-1:123456789012:key/mrk-1" });
                let to = json!({ "Bucket": "arn:aws:s3:::media-west", "Metrics": { "Status": "Enabled" },
                    "EncryptionConfiguration": key });
                replicates(ready, EAST, THERE, &json!({ "Destination": to }));
            },
            also: &[],
        },
        Fault {
            code: "dynamodb-pitr",
            component: "baskets",
            plant: |ready| {
                let off = json!({ "TableName": "baskets",
                    "PointInTimeRecoverySpecification": { "PointInTimeRecoveryEnabled": false } });
                ready.cloud.call("dynamodb", WEST, "update_continuous_backups", &off);
            },
            also: &[],
        },
        Fault {
            code: "elasticache-multi-az",
            component: "carts",
            plant: |ready| {
                let off = json!({ "knob": "cache-zones", "region": WEST, "group": "carts-west", "multi_az": false });
                ready.cloud.knob(&off);
            },
            also: &[],
        },
    ];
    each_is_found(OTHERS, prepare_others, &faults);
}

/// What has the replica's name and is none is told by the step that rests on it, and by nothing that would compare the two.
#[test]
fn a_stranger_under_the_replica_s_name_is_one_finding_that_blocks() {
    let ready = Ready::open(ORDERS, prepare);
    let stranger = json!({
        "DBInstanceIdentifier": "stranger", "DBInstanceClass": "db.t3.micro", "Engine": "postgres", "EngineVersion": "14.9",
        "AllocatedStorage": 20, "MasterUsername": "ana", "MasterUserPassword": "not-a-secret", "BackupRetentionPeriod": 0,
    });
    ready.cloud.call("rds", WEST, "create_db_instance", &stranger);
    let names = || {
        let all = ready.cloud.call("rds", WEST, "describe_db_instances", &json!({}));
        let all = all["DBInstances"].as_array().expect("instances").clone();
        all.into_iter()
            .map(|one| one["DBInstanceIdentifier"].as_str().expect("a name").to_owned())
            .collect::<BTreeSet<_>>()
    };
    for (from, to) in [("orders-replica", "orders-kept"), ("stranger", "orders-replica")] {
        let rename = json!({ "DBInstanceIdentifier": from, "NewDBInstanceIdentifier": to, "ApplyImmediately": true });
        ready.cloud.call("rds", WEST, "modify_db_instance", &rename);
        // A name is free once whoever had it has another.
        while !names().contains(to) || names().contains(from) {
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
    }
    let findings = ready.findings();
    let failing: BTreeSet<&str> = findings
        .iter()
        .filter(|((_, component), (level, _))| component == "orders-db" && level == "failing")
        .map(|((code, _), _)| code.as_str())
        .collect();
    assert!(failing.contains("rds-replica-role"), "{findings:?}");
    assert!(
        failing.iter().all(|code| landfall::service::readiness::rule(code).is_none()),
        "by steps alone: {failing:?}"
    );
    let (level, found) = &findings[&("rds-engine-version".to_owned(), "orders-db".to_owned())];
    assert_eq!((level.as_str(), found.as_str()), ("unknown", "orders-replica is no replica of orders"));
}
