//! How the two databases are set up, as the cloud tells it: field by field the same behind a failback as before the failover.

use crate::support::cloud::TestCloud;
use serde_json::{Value, json};
use std::time::Duration;

const BOTH: [(&str, &str); 2] = [("us-east-1", "orders"), ("us-west-2", "orders-replica")];

fn instance(cloud: &TestCloud, region: &str, id: &str) -> Value {
    let named = json!({ "DBInstanceIdentifier": id });
    cloud.call("rds", region, "describe_db_instances", &named)["DBInstances"][0].clone()
}

fn both(cloud: &TestCloud) -> [Value; 2] {
    BOTH.map(|(region, id)| instance(cloud, region, id))
}

/// Sets both up otherwise than the cloud does by itself, and otherwise than each other.
pub fn set_apart(cloud: &TestCloud) -> [Value; 2] {
    let own = [
        json!({
            "BackupRetentionPeriod": 14, "PreferredBackupWindow": "04:00-04:30", "MultiAZ": true,
            "PreferredMaintenanceWindow": "sun:05:00-sun:05:30", "CopyTagsToSnapshot": true, "AutoMinorVersionUpgrade": false,
            "EnableIAMDatabaseAuthentication": true, "CloudwatchLogsExportConfiguration": { "EnableLogTypes": ["postgresql"] },
        }),
        json!({ "BackupRetentionPeriod": 3, "PreferredBackupWindow": "01:00-01:30", "DeletionProtection": true }),
    ];
    for ((region, id), mut own) in BOTH.into_iter().zip(own) {
        own["DBInstanceIdentifier"] = id.into();
        own["ApplyImmediately"] = true.into();
        cloud.call("rds", region, "modify_db_instance", &own);
        let tags = json!([{ "Key": "team", "Value": "payments" }, { "Key": "side", "Value": region }]);
        let arn = instance(cloud, region, id)["DBInstanceArn"].clone();
        cloud.call("rds", region, "add_tags_to_resource", &json!({ "ResourceName": arn, "Tags": tags }));
        while instance(cloud, region, id)["DBInstanceStatus"] != "available" {
            std::thread::sleep(Duration::from_millis(50));
        }
    }
    both(cloud)
}

/// What differs from how they were `first`, beside what tells one instance from another.
pub fn differing(cloud: &TestCloud, first: &[Value; 2]) -> Vec<String> {
    let of_its_own = ["DbiResourceId", "InstanceCreateTime", "LatestRestorableTime", "TagList"];
    let mut differ = Vec::new();
    for (was, is) in first.iter().zip(both(cloud)) {
        let fields = |of: &Value| of.as_object().expect("an instance").clone();
        let (was, is) = (fields(was), fields(&is));
        let names: std::collections::BTreeSet<&String> = was.keys().chain(is.keys()).collect();
        let id = &was["DBInstanceIdentifier"];
        for name in names.into_iter().filter(|name| !of_its_own.contains(&name.as_str())) {
            if was.get(name) != is.get(name) {
                differ.push(format!("{id} {name}: {:?}, was {:?}", is.get(name), was.get(name)));
            }
        }
        let tags = |of: &serde_json::Map<String, Value>| {
            let mut tags: Vec<String> =
                of["TagList"].as_array().expect("tags").iter().map(ToString::to_string).collect();
            tags.sort();
            tags
        };
        let mut wanted = tags(&was);
        wanted.push(json!({ "Key": "landfall:created-by", "Value": "failback" }).to_string());
        wanted.sort();
        if tags(&is) != wanted {
            differ.push(format!("{id} tags: {:?}", tags(&is)));
        }
    }
    differ
}
