//! Task definitions, with what looks like a secret taken out of their containers.

use crate::inventory::arn::NOT_READ;
use crate::inventory::ask::{Api, Operation};
use crate::inventory::desk::{Desk, Found, Read, Step, Stop, tags};
use crate::inventory::pick::{self, As, Config, each, list, text};
use crate::inventory::registry::{Kind, found};
use crate::snapshot::Reference;
use crate::snapshot::canonical::sorted;
use serde_json::{Map, Value, json};

pub(super) static DEFINITION: Operation = Operation::one(Api::Ecs, "DescribeTaskDefinition");

pub(super) static KINDS: &[Kind] = &[Kind::of("task-definition", definition, &[&DEFINITION])];

/// How one is asked for.
pub(super) fn asked(id: &str) -> Value {
    json!({ "taskDefinition": id, "include": ["TAGS"] })
}

fn definition(desk: &mut Desk<'_>, id: &str) -> Step<Read> {
    let answer = desk.call(&DEFINITION, asked(id));
    let answer = match answer {
        // A definition that is not there is told as a wrong request.
        Err(Stop::Unread { error, .. }) if error == "ClientException" => {
            return Err(Stop::Absent);
        }
        answer => answer?,
    };
    let one = pick::at(answer, "taskDefinition");
    let arn = text(one, "taskDefinitionArn").unwrap_or_default();
    let real = arn.rsplit('/').next().unwrap_or(arn);
    if real != id && !real.is_empty() {
        return Ok(Read::Same(Reference::new("task-definition", real)));
    }
    let mut config = Config::of(
        one,
        &[
            ("Family", "family", As::Text),
            ("NetworkMode", "networkMode", As::Text),
            ("RequiresCompatibilities", "requiresCompatibilities", As::Set),
            ("Cpu", "cpu", As::Text),
            ("Memory", "memory", As::Text),
            ("TaskRoleArn", "taskRoleArn", As::Text),
            ("ExecutionRoleArn", "executionRoleArn", As::Text),
            ("RuntimePlatform", "runtimePlatform", As::Whole),
            ("EphemeralStorage", "ephemeralStorage", As::Whole),
            ("PidMode", "pidMode", As::Text),
            ("IpcMode", "ipcMode", As::Text),
            ("ProxyConfiguration", "proxyConfiguration", As::Whole),
            ("PlacementConstraints", "placementConstraints", As::Sets),
        ],
    );
    config.names_the_rest(one, &[("inferenceAccelerators", &[])]);
    config.put("Volumes", sorted(list(one, "volumes").into_iter().map(pick::without_nothing).collect()));
    for volume in each(&list(one, "volumes"), "efsVolumeConfiguration.fileSystemId") {
        desk.leave(volume, NOT_READ);
    }
    desk.refer("iam-role", text(one, "taskRoleArn"), "taskRoleArn");
    desk.refer("iam-role", text(one, "executionRoleArn"), "executionRoleArn");
    let containers = list(one, "containerDefinitions");
    config.put("Containers", containers.iter().map(|one| container(desk, one)).collect::<Vec<_>>());
    let tags = tags(&list(answer, "tags"), desk.sealer);
    let name = text(one, "family").map(str::to_owned);
    found(Found { arn: Some(arn.to_owned()), name, config, tags: Some(tags) })
}

/// What of a container's definition is defaults that are written out one day and not the next.
fn is_default(name: &str, value: &Value) -> bool {
    match name {
        "cpu" => value == 0,
        "privileged" | "readonlyRootFilesystem" | "interactive" | "pseudoTerminal" => value == false,
        _ => false,
    }
}

fn container(desk: &mut Desk<'_>, one: &Value) -> Value {
    let mut config = Map::new();
    for (name, value) in one.as_object().into_iter().flatten() {
        desk.mentions(value, &format!("container {name}"));
        let value = pick::without_nothing(value);
        let kept = match name.as_str() {
            "environment" => variables(desk, &value),
            "secrets" => by_name(&value, "valueFrom"),
            "command" | "entryPoint" => {
                let words: Vec<String> = value
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(|word| word.as_str().map(str::to_owned))
                    .collect();
                desk.sealer.arguments(&words).into()
            }
            "portMappings" | "mountPoints" | "environmentFiles" | "ulimits" | "volumesFrom" => {
                sorted(list(&desk.sealer.value(name, &value), "").into_iter().cloned().collect()).into()
            }
            _ => desk.sealer.value(name, &value),
        };
        let is_empty = kept.is_null()
            || kept.as_array().is_some_and(Vec::is_empty)
            || kept.as_object().is_some_and(Map::is_empty)
            || kept.as_str().is_some_and(str::is_empty);
        if !is_empty && !is_default(name, &kept) {
            config.insert(name.clone(), kept);
        }
    }
    let options = pick::at(one, "logConfiguration.options");
    if options.get("awslogs-region").and_then(Value::as_str).is_none_or(|region| region == desk.here.region) {
        desk.need("log-group", options.get("awslogs-group").and_then(Value::as_str), "awslogs-group");
    }
    if let Some(credentials) = text(one, "repositoryCredentials.credentialsParameter") {
        desk.refer("secret", Some(credentials), "repositoryCredentials");
    }
    for secret in list(one, "secrets") {
        // A parameter may stand here by its name alone.
        let from = text(secret, "valueFrom").filter(|from| !from.starts_with("arn:"));
        desk.need("parameter", from, "secrets");
    }
    Value::Object(config)
}

/// A list of names and values as a table, with what looks like a secret taken out.
fn variables(desk: &Desk<'_>, items: &Value) -> Value {
    let each = list(items, "").into_iter().filter_map(|one| {
        let name = text(one, "name")?;
        let value = one.get("value").and_then(Value::as_str).unwrap_or_default();
        Some((name.to_owned(), desk.sealer.variable(name, value).into()))
    });
    Value::Object(each.collect())
}

fn by_name(items: &Value, member: &str) -> Value {
    let each =
        list(items, "").into_iter().filter_map(|one| Some((text(one, "name")?.to_owned(), one.get(member)?.clone())));
    Value::Object(each.collect())
}
