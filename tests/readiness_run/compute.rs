//! What the tasks of a service need to start.

use crate::planted::{EAST, Fault, Ready, WEST, each_is_found};
use serde_json::{Value, json};

pub const API: &str = r#"
[application]
name = "shop"
primary = "us-east-1"
recovery = "us-west-2"
rto = "30m"

[component.api]
kind = "ecs"
cluster = "shop"
service = "api"
desired = 2
target_group = "api"
old = { cluster = "shop", service = "api" }

[component.edge]
kind = "load-balancer"
name = "api"
target_group = "api"
"#;

/// Gives the service of a region another revision, changed by `change`.
fn revise(ready: &Ready, region: &str, change: impl Fn(&mut Value)) {
    let found = ready.cloud.call("ecs", region, "describe_task_definition", &json!({ "taskDefinition": "api" }));
    let found = &found["taskDefinition"];
    let kept = [
        "family",
        "containerDefinitions",
        "executionRoleArn",
        "networkMode",
        "requiresCompatibilities",
        "cpu",
        "memory",
    ];
    let mut next: Value =
        kept.iter().map(|name| ((*name).to_owned(), found[*name].clone())).collect::<serde_json::Map<_, _>>().into();
    change(&mut next);
    let made = ready.cloud.call("ecs", region, "register_task_definition", &next);
    let arn = &made["taskDefinition"]["taskDefinitionArn"];
    update(ready, region, &json!({ "taskDefinition": arn }));
}

fn update(ready: &Ready, region: &str, change: &Value) {
    let mut given = json!({ "cluster": "shop", "service": "api" });
    given.as_object_mut().expect("an object").extend(change.as_object().expect("an object").clone());
    ready.cloud.call("ecs", region, "update_service", &given);
}

fn container(next: &mut Value) -> &mut Value {
    &mut next["containerDefinitions"][0]
}

fn quota(ready: &Ready, region: &str, value: f64) {
    let of = json!({ "knob": "quota", "region": region, "service": "fargate", "code": "L-3032A538", "value": value });
    ready.cloud.knob(&of);
}

pub fn prepare(ready: &Ready) {
    ready.cloud.stages(&json!({ "default": 0.0 }));
}

#[test]
fn what_keeps_tasks_from_starting_is_found() {
    let faults = [
        Fault {
            code: "ecs-roles",
            component: "api",
            plant: |ready| drop(ready.cloud.call("iam", EAST, "delete_role", &json!({ "RoleName": "api-execution" }))),
            also: &[],
        },
        Fault {
            code: "ecs-logs",
            component: "api",
            plant: |ready| {
                let group = json!({ "logGroupName": "/ecs/shop/api" });
                ready.cloud.call("logs", WEST, "delete_log_group", &group);
            },
            also: &[],
        },
        Fault {
            code: "ecs-logs",
            component: "api",
            // Copied from the primary region, and never looked at again.
            plant: |ready| {
                revise(ready, WEST, |next| {
                    container(next)["logConfiguration"]["options"]["awslogs-region"] = json!(EAST)
                });
            },
            also: &[],
        },
        Fault {
            code: "ecs-drift",
            component: "api",
            plant: |ready| revise(ready, EAST, |next| container(next)["image"] = json!("registry.example/app:new")),
            also: &[],
        },
        Fault {
            code: "ecs-drift",
            component: "api",
            plant: |ready| {
                revise(ready, EAST, |next| container(next)["environment"] = json!([{ "name": "FLAG", "value": "on" }]));
            },
            also: &[],
        },
        Fault {
            code: "ecs-az",
            component: "api",
            plant: |ready| {
                let subnets = ready.cloud.call("ec2", WEST, "describe_subnets", &json!({}));
                let only = json!({ "subnets": [subnets["Subnets"][0]["SubnetId"]] });
                update(ready, WEST, &json!({ "networkConfiguration": { "awsvpcConfiguration": only } }));
            },
            also: &[],
        },
        Fault {
            code: "ecs-breaker",
            component: "api",
            plant: |ready| {
                let off = json!({ "deploymentCircuitBreaker": { "enable": false, "rollback": false } });
                update(ready, WEST, &json!({ "deploymentConfiguration": off }));
            },
            also: &[],
        },
        Fault {
            code: "lb-keepalive",
            component: "edge",
            plant: |ready| {
                let found = ready.cloud.call("elbv2", WEST, "describe_load_balancers", &json!({ "Names": ["api"] }));
                let long = json!([{ "Key": "client_keep_alive.seconds", "Value": "7200" }]);
                let change =
                    json!({ "LoadBalancerArn": found["LoadBalancers"][0]["LoadBalancerArn"], "Attributes": long });
                ready.cloud.call("elbv2", WEST, "modify_load_balancer_attributes", &change);
            },
            also: &[],
        },
        Fault {
            code: "quota-fargate",
            component: "api",
            // Two tasks of a quarter of a vCPU each.
            plant: |ready| quota(ready, WEST, 0.25),
            also: &[],
        },
        Fault { code: "quota-fargate", component: "api", plant: |ready| quota(ready, EAST, 400.0), also: &[] },
    ];
    each_is_found(API, prepare, &faults);
}

pub const OTHERS: &str = r#"
[application]
name = "shop"
primary = "us-east-1"
recovery = "us-west-2"
rto = "30m"

[component.base]
kind = "network"
vpc = "shop"
subnets = ["app-a", "app-b"]

[component.edge]
kind = "load-balancer"
name = "edge"
target_group = "edge"

[component.tls]
kind = "certificate"
domain = "shop.example.com"

[component.dns]
kind = "route53"
zone = "Z0123456789ABCDEFGHIJ"
record = "shop.example.com."
alias = { dns_name = "${edge.dns_name}", zone_id = "${edge.zone_id}" }

[component.web]
kind = "autoscaling"
group = "web"
desired = 2
old = { group = "web" }

[component.worker]
kind = "lambda"
function = "worker"
concurrency = 20
"#;

/// Gives the group a launch template of this image and type.
fn launches(ready: &Ready, image: &str, instance_type: &str) {
    let data = json!({ "ImageId": image, "InstanceType": instance_type });
    let made = json!({ "LaunchTemplateName": "web", "LaunchTemplateData": data });
    let made = ready.cloud.call("ec2", WEST, "create_launch_template", &made);
    let template = json!({ "LaunchTemplateId": made["LaunchTemplate"]["LaunchTemplateId"], "Version": "1" });
    let change = json!({ "AutoScalingGroupName": "web", "LaunchTemplate": template });
    ready.cloud.call("autoscaling", WEST, "update_auto_scaling_group", &change);
}

fn executions(ready: &Ready, region: &str, most: u64) {
    ready.cloud.knob(&json!({ "knob": "executions", "region": region, "most": most }));
}

#[test]
fn what_other_compute_is_short_of_is_found() {
    let faults = [
        Fault {
            code: "network-az",
            component: "base",
            // Made again, and in the wrong zone.
            plant: |ready| {
                let named = json!({ "Filters": [{ "Name": "tag:Name", "Values": ["app-b"] }] });
                let found = ready.cloud.call("ec2", WEST, "describe_subnets", &named);
                let old = &found["Subnets"][0];
                ready.cloud.call("ec2", WEST, "delete_subnet", &json!({ "SubnetId": old["SubnetId"] }));
                let tags = json!([{ "ResourceType": "subnet", "Tags": [{ "Key": "Name", "Value": "app-b" }] }]);
                let again = json!({ "VpcId": old["VpcId"], "CidrBlock": old["CidrBlock"],
                    "AvailabilityZone": "us-west-2a", "TagSpecifications": tags });
                ready.cloud.call("ec2", WEST, "create_subnet", &again);
            },
            also: &[],
        },
        Fault {
            code: "network-overlap",
            component: "base",
            // A second block of the old side's network, which is the new one's.
            plant: |ready| {
                let named = json!({ "Filters": [{ "Name": "tag:Name", "Values": ["shop"] }] });
                let new = ready.cloud.call("ec2", WEST, "describe_vpcs", &named)["Vpcs"][0]["CidrBlock"].clone();
                let old = ready.cloud.call("ec2", EAST, "describe_vpcs", &named)["Vpcs"][0]["VpcId"].clone();
                let more = json!({ "VpcId": old, "CidrBlock": new });
                ready.cloud.call("ec2", EAST, "associate_vpc_cidr_block", &more);
            },
            also: &[],
        },
        Fault {
            code: "certificate-covers",
            component: "dns",
            plant: |ready| {
                let expired = json!({ "knob": "certificate", "region": WEST, "domain": "shop.example.com",
                    "Status": "EXPIRED" });
                ready.cloud.knob(&expired);
            },
            also: &["certificate-status"],
        },
        Fault {
            code: "asg-az",
            component: "web",
            plant: |ready| {
                let one = json!({ "AutoScalingGroupName": "web" });
                let groups = json!({ "AutoScalingGroupNames": ["web"] });
                let found = ready.cloud.call("autoscaling", WEST, "describe_auto_scaling_groups", &groups);
                let subnets = found["AutoScalingGroups"][0]["VPCZoneIdentifier"].as_str().expect("subnets").to_owned();
                let first = subnets.split(',').next().expect("one").to_owned();
                let mut change = one;
                change["VPCZoneIdentifier"] = json!(first);
                ready.cloud.call("autoscaling", WEST, "update_auto_scaling_group", &change);
            },
            also: &[],
        },
        Fault {
            code: "asg-template",
            component: "web",
            // A template that was copied from the primary region, with its image's id.
            plant: |ready| launches(ready, "ami-0123456789abcdef0", "m5.large"),
            also: &[],
        },
        Fault {
            code: "asg-type",
            component: "web",
            plant: |ready| launches(ready, "ami-12c6146b", "m99.large"),
            // How many vCPUs such a type has nobody can tell.
            also: &["quota-ec2"],
        },
        Fault {
            code: "lambda-concurrency",
            component: "worker",
            plant: |ready| executions(ready, WEST, 110),
            also: &[],
        },
        Fault {
            code: "lambda-concurrency",
            component: "worker",
            plant: |ready| executions(ready, EAST, 5_000),
            also: &[],
        },
    ];
    each_is_found(OTHERS, prepare, &faults);
}
