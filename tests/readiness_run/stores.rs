//! What stores have to be beside copies.

use crate::planted::{EAST, Fault, Ready, WEST, each_is_found};
use serde_json::{Value, json};

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
    ];
    each_is_found(ORDERS, prepare, &faults);
}

const OTHERS: &str = r#"
[application]
name = "shop"
primary = "us-east-1"
recovery = "us-west-2"
rto = "30m"
rpo = "10m"

[component.baskets]
kind = "dynamodb"
table = "baskets"

[component.password]
kind = "secret"
name = "shop/db"

[component.ledger]
kind = "aurora"
global = "ledger"
primary = "ledger-east"
recovery = "ledger-west"
"#;

fn prepare_others(ready: &Ready) {
    ready.cloud.stages(&json!({ "default": 0.0 }));
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
            code: "aurora-instances",
            component: "ledger",
            plant: |ready| {
                let reader = json!({ "DBInstanceIdentifier": "ledger-west-2", "SkipFinalSnapshot": true });
                ready.cloud.call("rds", WEST, "delete_db_instance", &reader);
            },
            also: &[],
        },
    ];
    each_is_found(OTHERS, prepare_others, &faults);
}
