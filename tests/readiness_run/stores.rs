//! What stores have to be beside copies.

use crate::planted::{EAST, Fault, Ready, WEST, each_is_found};
use serde_json::{Value, json};

const ORDERS: &str = r#"
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

fn prepare(ready: &Ready) {
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
