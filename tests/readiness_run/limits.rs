//! Who may use what in the recovery region, and how much of it there may be.

use crate::planted::{EAST, Fault, Ready, WEST, each_is_found};
use serde_json::{Value, json};

pub const LIMITS: &str = r#"
[application]
name = "shop"
primary = "us-east-1"
recovery = "us-west-2"
rto = "30m"

[component.key]
kind = "kms"
key = "alias/shop"

[component.task]
kind = "iam"
role = "task"
may = ["sqs:SendMessage"]

[component.web]
kind = "autoscaling"
group = "web"
desired = 4
old = { group = "web" }

[component.workers]
kind = "nodegroup"
cluster = "shop"
nodegroup = "workers"
desired = 3
max = 6

[component.archive]
kind = "rds-restore"
source = "archive-kept"
instance = "archive"
security_groups = ["sg-1"]
parameter_group = "archive"
subnet_group = "data"

[component.dns]
kind = "route53"
zone = "Z0123456789ABCDEFGHIJ"
record = "shop.example.com."
values = ["192.0.2.2"]
ttl = 60
"#;

const ROOT: &str = "arn:aws:iam::123456789012:root";
const READER: &str = "arn:aws:iam::210987654321:role/reader";
const SCALING: &str =
    "arn:aws:iam::123456789012:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling";

/// The key of a region, by its id.
fn key(ready: &Ready, region: &str) -> Value {
    ready.cloud.call("kms", region, "describe_key", &json!({ "KeyId": "alias/shop" }))["KeyMetadata"]["KeyId"].clone()
}

/// Lets these use the key beside whom the account lets.
fn lets(ready: &Ready, region: &str, who: &[&str]) {
    let root = json!({ "Effect": "Allow", "Principal": { "AWS": ROOT }, "Action": "kms:*", "Resource": "*" });
    let actions = json!(["kms:Decrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*", "kms:DescribeKey"]);
    let own = json!({ "Effect": "Allow", "Principal": { "AWS": who }, "Action": actions, "Resource": "*" });
    let policy = json!({ "Version": "2012-10-17", "Statement": [root, own] }).to_string();
    let put = json!({ "KeyId": key(ready, region), "PolicyName": "default", "Policy": policy });
    ready.cloud.call("kms", region, "put_key_policy", &put);
}

/// What the role may do with a queue of each of these regions.
fn sends(ready: &Ready, regions: &[&str]) {
    let queues: Vec<String> =
        regions.iter().map(|region| format!("arn:aws:sqs:{region}:123456789012:orders")).collect();
    let own = json!({ "Effect": "Allow", "Action": ["sqs:ReceiveMessage"], "Resource": queues });
    let any = json!({ "Effect": "Allow", "Action": ["logs:PutLogEvents"], "Resource": "*" });
    let policy = json!({ "Version": "2012-10-17", "Statement": [own, any] }).to_string();
    let put = json!({ "RoleName": "task", "PolicyName": "queues", "PolicyDocument": policy });
    ready.cloud.call("iam", EAST, "put_role_policy", &put);
}

fn quota(ready: &Ready, region: &str, (service, code): (&str, &str), value: f64) {
    ready.cloud.knob(&json!({ "knob": "quota", "region": region, "service": service, "code": code, "value": value }));
}

const VCPUS: (&str, &str) = ("ec2", "L-1216C47A");
const INSTANCES: (&str, &str) = ("rds", "L-7B6409FD");

fn accelerated(ready: &Ready, is_on: bool) {
    let change = json!({ "HostedZoneId": "Z0123456789ABCDEFGHIJ", "EnableAcceleratedRecovery": is_on });
    ready.cloud.call("route53", EAST, "update_hosted_zone_features", &change);
}

/// Makes all of it as it is wanted.
pub fn prepare(ready: &Ready) {
    ready.cloud.stages(&json!({ "default": 0.0 }));
    lets(ready, EAST, &[READER, SCALING]);
    lets(ready, WEST, &[READER, SCALING]);
    sends(ready, &[EAST, WEST]);
    accelerated(ready, true);
}

#[test]
fn who_may_not_and_what_there_is_no_room_for_is_found() {
    let faults = [
        Fault {
            code: "kms-grants",
            component: "key",
            // A replica as it is made: who is of another account is shut out.
            plant: |ready| lets(ready, WEST, &[SCALING]),
            also: &[],
        },
        Fault {
            code: "kms-grants",
            component: "key",
            // A grant at home, for a role that IAM lets do nothing.
            plant: |ready| {
                let grant = json!({ "KeyId": key(ready, EAST), "GranteePrincipal":
                    "arn:aws:iam::123456789012:role/task", "Operations": ["Decrypt", "GenerateDataKey"] });
                ready.cloud.call("kms", EAST, "create_grant", &grant);
            },
            also: &[],
        },
        Fault { code: "iam-region-bound", component: "task", plant: |ready| sends(ready, &[EAST]), also: &[] },
        // Four instances of two vCPUs, and three nodes of two.
        Fault { code: "quota-ec2", component: "web", plant: |ready| quota(ready, WEST, VCPUS, 13.0), also: &[] },
        Fault { code: "quota-ec2", component: "web", plant: |ready| quota(ready, EAST, VCPUS, 9_000.0), also: &[] },
        Fault { code: "quota-rds", component: "archive", plant: |ready| quota(ready, WEST, INSTANCES, 0.0), also: &[] },
        Fault {
            code: "quota-rds",
            component: "archive",
            plant: |ready| quota(ready, EAST, INSTANCES, 60.0),
            also: &[],
        },
        Fault { code: "route53-accelerated", component: "dns", plant: |ready| accelerated(ready, false), also: &[] },
    ];
    each_is_found(LIMITS, prepare, &faults);
}

/// Spare capacity has a quota of its own, whether a node group says that it is of it or a launch template does.
#[test]
fn what_is_spare_capacity_takes_nothing_of_the_quota_on_demand() {
    let ready = Ready::open(LIMITS, prepare);
    let stands = |allowed: f64| {
        quota(&ready, WEST, VCPUS, allowed);
        quota(&ready, EAST, VCPUS, 1.0);
        let (level, found) = ready.findings()[&("quota-ec2".to_owned(), "web".to_owned())].clone();
        format!("{level}: {found}")
    };
    assert_eq!(stands(13.0), "failing: 13 vCPU: 0 in use, 14 more of the plan");
    let nodes = |more: Value| {
        let mut knob = json!({ "knob": "nodegroup", "region": WEST, "cluster": "shop", "nodegroup": "workers" });
        knob.as_object_mut().expect("a table").extend(more.as_object().cloned().expect("a table"));
        ready.cloud.knob(&knob);
    };
    let template = |name: &str, data: Value| {
        let made = json!({ "LaunchTemplateName": name, "LaunchTemplateData": data });
        let made = ready.cloud.call("ec2", WEST, "create_launch_template", &made);
        made["LaunchTemplate"]["LaunchTemplateId"].as_str().expect("an id").to_owned()
    };
    // Its template says of which type they are: four vCPUs each.
    let large = template("large", json!({ "InstanceType": "m5.xlarge" }));
    nodes(json!({ "types": [], "template": { "id": large, "name": "large", "version": "1" } }));
    assert_eq!(stands(13.0), "failing: 13 vCPU: 0 in use, 20 more of the plan");
    nodes(json!({ "capacity_type": "SPOT" }));
    assert_eq!(stands(13.0), "ok: 13 vCPU: 0 in use, 8 more of the plan");
    let market = json!({ "MarketType": "spot" });
    let spot =
        template("spot", json!({ "InstanceType": "m5.large", "ImageId": "ami-1", "InstanceMarketOptions": market }));
    let change =
        json!({ "AutoScalingGroupName": "web", "LaunchTemplate": { "LaunchTemplateId": spot, "Version": "1" } });
    ready.cloud.call("autoscaling", WEST, "update_auto_scaling_group", &change);
    assert_eq!(stands(13.0), "ok: 13 vCPU: 0 in use, 0 more of the plan");
    nodes(json!({ "capacity_type": "OF_A_LATER_YEAR" }));
    let unknown = stands(13.0);
    assert!(unknown.starts_with("unknown: shop/workers has capacity of OF_A_LATER_YEAR"), "{unknown}");
}
