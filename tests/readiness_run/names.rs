//! Names that the plan forgot.

use crate::planted::{EAST, Fault, Ready, each_is_found};
use serde_json::{Value, json};

pub const NAMES: &str = r#"
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

/// Lets nobody change a name of that type.
fn protect(ready: &Ready, name: &str, of_type: &str) {
    let protection = json!({ "RecordName": name, "RecordType": of_type, "Comment": "ask DNS" });
    let protect = json!({ "HostedZoneId": "Z0123456789ABCDEFGHIJ", "Protections": [protection] });
    ready.cloud.call("route53", EAST, "create_resource_record_set_protections", &protect);
}

/// The sets of the plan's record, by name and type.
fn sets(ready: &Ready) -> Vec<Value> {
    let zone = json!({ "HostedZoneId": "Z0123456789ABCDEFGHIJ" });
    let all = ready.cloud.call("route53", EAST, "list_resource_record_sets", &zone);
    let all = all["ResourceRecordSets"].as_array().expect("sets").clone();
    all.into_iter().filter(|set| set["Name"] == "shop.example.com." && set["Type"] == "A").collect()
}

/// Gives the record a health check.
fn watch(ready: &Ready) {
    let config = json!({ "Type": "HTTPS", "FullyQualifiedDomainName": "shop.example.com", "ResourcePath": "/health" });
    let check = json!({ "CallerReference": "one", "HealthCheckConfig": config });
    let made = ready.cloud.call("route53", EAST, "create_health_check", &check);
    let mut set = sets(ready).pop().expect("the record");
    set["HealthCheckId"] = made["HealthCheck"]["Id"].clone();
    let change = json!({ "HostedZoneId": "Z0123456789ABCDEFGHIJ",
        "ChangeBatch": { "Changes": [{ "Action": "UPSERT", "ResourceRecordSet": set }] } });
    ready.cloud.call("route53", EAST, "change_resource_record_sets", &change);
}

fn checked(ready: &Ready) -> Value {
    sets(ready).pop().expect("the record")["HealthCheckId"].clone()
}

#[test]
fn a_name_that_leads_to_the_primary_region_and_that_nothing_moves_is_found() {
    let forgotten = Fault {
        code: "route53-forgotten",
        component: "dns",
        plant: |ready| name(ready, "old.example.com.", "front-1.us-east-1.elb.amazonaws.com"),
        also: &[],
    };
    let disabled = Fault {
        code: "route53-health-check",
        component: "dns",
        plant: |ready| {
            let id = json!({ "HealthCheckId": checked(ready), "Disabled": true });
            ready.cloud.call("route53", EAST, "update_health_check", &id);
        },
        also: &[],
    };
    let gone = Fault {
        code: "route53-health-check",
        component: "dns",
        plant: |ready| {
            let id = json!({ "HealthCheckId": checked(ready) });
            ready.cloud.call("route53", EAST, "delete_health_check", &id);
        },
        also: &[],
    };
    let protected = Fault {
        code: "route53-protected",
        component: "dns",
        plant: |ready| protect(ready, "Shop.example.com", "A"),
        also: &[],
    };
    // What leads elsewhere, or only looks like it, is no fault.
    let prepare = |ready: &Ready| {
        watch(ready);
        protect(ready, "shop.example.com", "MX");
        protect(ready, "west.example.com", "A");
        name(ready, "west.example.com.", "front-1.us-west-2.elb.amazonaws.com");
        name(ready, "docs.example.com.", "us-east-1.example.net");
    };
    each_is_found(NAMES, prepare, &[forgotten, disabled, gone, protected]);
}

const ROUTED: &str = r#"
[application]
name = "shop"
primary = "us-east-1"
recovery = "us-west-2"
rto = "30m"

[component.front]
kind = "route53"
zone = "Z0123456789ABCDEFGHIJ"
record = "front.example.com."
weights = { east = 0, west = 100 }
"#;

/// A weighted alias of the record into a region.
fn alias(ready: &Ready, region: &str, weight: u64, evaluate: bool) {
    let set = region.split('-').nth(1).expect("a part");
    let target = json!({ "DNSName": format!("front-1.{region}.elb.amazonaws.com."), "HostedZoneId": "Z35SXDOTRQ7X7K",
        "EvaluateTargetHealth": evaluate });
    let record = json!({ "Name": "front.example.com.", "Type": "A", "SetIdentifier": set, "Weight": weight,
        "AliasTarget": target });
    let change = json!({ "HostedZoneId": "Z0123456789ABCDEFGHIJ",
        "ChangeBatch": { "Changes": [{ "Action": "UPSERT", "ResourceRecordSet": record }] } });
    ready.cloud.call("route53", EAST, "change_resource_record_sets", &change);
}

#[test]
fn a_routed_alias_that_says_nothing_of_its_target_is_found() {
    let blind = Fault {
        code: "route53-evaluate",
        component: "front",
        plant: |ready| alias(ready, "us-east-1", 100, false),
        also: &[],
    };
    let prepare = |ready: &Ready| {
        alias(ready, "us-east-1", 100, true);
        alias(ready, "us-west-2", 0, true);
    };
    each_is_found(ROUTED, prepare, &[blind]);
}
