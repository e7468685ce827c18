//! Names that the plan forgot.

use crate::planted::{EAST, Fault, Ready, each_is_found};
use serde_json::json;

const NAMES: &str = r#"
[application]
name = "shop"
primary = "us-east-1"
recovery = "us-west-2"
rto = "30m"

[component.dns]
kind = "route53"
zone = "Z0123456789ABCDEFGHIJ"
record = "shop.example.com."
values = ["192.0.2.2"]
ttl = 60
"#;

fn name(ready: &Ready, name: &str, to: &str) {
    let change = json!({ "HostedZoneId": "Z0123456789ABCDEFGHIJ", "ChangeBatch": { "Changes": [{
        "Action": "UPSERT", "ResourceRecordSet": { "Name": name, "Type": "CNAME", "TTL": 60,
        "ResourceRecords": [{ "Value": to }] } }] } });
    ready.cloud.call("route53", EAST, "change_resource_record_sets", &change);
}

#[test]
fn a_name_that_leads_to_the_primary_region_and_that_nothing_moves_is_found() {
    let forgotten = Fault {
        code: "route53-forgotten",
        component: "dns",
        plant: |ready| name(ready, "old.example.com.", "front-1.us-east-1.elb.amazonaws.com"),
        also: &[],
    };
    // What leads elsewhere, or only looks like it, is no fault.
    let prepare = |ready: &Ready| {
        name(ready, "west.example.com.", "front-1.us-west-2.elb.amazonaws.com");
        name(ready, "docs.example.com.", "us-east-1.example.net");
    };
    each_is_found(NAMES, prepare, &[forgotten]);
}
