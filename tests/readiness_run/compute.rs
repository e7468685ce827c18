//! What the tasks of a service need to start.

use crate::planted::{EAST, Fault, Ready, WEST, each_is_found};
use serde_json::{Value, json};

const API: &str = r#"
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

fn prepare(ready: &Ready) {
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
    ];
    each_is_found(API, prepare, &faults);
}
