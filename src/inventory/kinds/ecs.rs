//! Clusters of ECS and their services.

use super::capacity_provider;
use super::scalable_target::TARGETS;
use super::task_definition::{self, DEFINITION};
use crate::inventory::arn::NOT_READ;
use crate::inventory::ask::{Api, Operation};
use crate::inventory::desk::{Desk, Found, Read, Step, Stop, tags};
use crate::inventory::pick::{self, As, Config, each, list, text};
use crate::inventory::registry::{Kind, found};
use crate::snapshot::canonical::sorted;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

static CLUSTERS: Operation = Operation::list(Api::Ecs, "DescribeClusters", "clusters").many(
    100,
    |ids| json!({ "clusters": ids, "include": ["SETTINGS", "CONFIGURATIONS", "TAGS"] }),
    |one| text(one, "clusterName").map(str::to_owned),
);
static SERVICES: Operation = Operation::list(Api::Ecs, "DescribeServices", "services")
    .many_of(10, cluster_of, services_of, service_id)
    .absent(&["ClusterNotFoundException"]);

// As many as one call tells of: which image a tag stands for is asked of no more.
static TASKS: Operation = Operation::list(Api::Ecs, "ListTasks", "taskArns").absent(&["ServiceNotFoundException"]);
static RUNNING: Operation = Operation::list(Api::Ecs, "DescribeTasks", "tasks").many_of(
    100,
    cluster_of,
    |ids| {
        let arns: Vec<&str> = ids.iter().map(|id| id.split_once('/').map_or(*id, |(_, arn)| arn)).collect();
        json!({ "cluster": ids.first().map_or("default", |id| cluster_of(id)), "tasks": arns })
    },
    |one| Some(format!("{}/{}", text(one, "clusterArn")?.rsplit('/').next()?, text(one, "taskArn")?)),
);

pub(super) static KINDS: &[Kind] = &[
    Kind::of("ecs-cluster", cluster, &[&CLUSTERS]),
    Kind::of("ecs-service", service, &[&SERVICES, &TARGETS, &DEFINITION, &TASKS, &RUNNING]),
];

fn cluster_of(id: &str) -> &str {
    id.split_once('/').map_or("default", |(cluster, _)| cluster)
}

fn services_of(ids: &[&str]) -> Value {
    let cluster = ids.first().map_or("default", |id| cluster_of(id));
    let names: Vec<&str> = ids.iter().map(|id| id.split_once('/').map_or(*id, |(_, name)| name)).collect();
    json!({ "cluster": cluster, "services": names, "include": ["TAGS"] })
}

fn service_id(one: &Value) -> Option<String> {
    let cluster = text(one, "clusterArn")?.rsplit('/').next()?;
    Some(format!("{cluster}/{}", text(one, "serviceName")?))
}

/// What the tags of its containers' images stand for: the digests that its tasks run, by container. A definition that names
/// digests says it by itself.
fn images(desk: &mut Desk<'_>, id: &str, definition: Option<&str>) -> Step<Value> {
    let Some(definition) = definition else { return Ok(Value::Null) };
    // Its definition is read with the very same question, and says itself what could not be read.
    let told = match desk.call(&DEFINITION, task_definition::asked(definition)) {
        Err(Stop::Pending) => return Err(Stop::Pending),
        Err(_) => return Ok(Value::Null),
        Ok(told) => told,
    };
    let containers = list(told, "taskDefinition.containerDefinitions");
    let by_tag = |one: &&Value| text(one, "image").is_some_and(|image| !image.contains('@'));
    let by_tag: Vec<&str> = containers.into_iter().filter(by_tag).filter_map(|one| text(one, "name")).collect();
    if by_tag.is_empty() {
        return Ok(Value::Null);
    }
    let (cluster, service) = (cluster_of(id), id.split_once('/').map_or(id, |(_, name)| name));
    let tasks = desk.list(&TASKS, json!({ "cluster": cluster, "serviceName": service, "maxResults": 100 }));
    let arns: Vec<&str> = tasks.iter().flatten().filter_map(|arn| arn.as_str()).collect();
    let asked: Vec<Step<&Value>> =
        arns.into_iter().map(|arn| desk.one(&RUNNING, &format!("{cluster}/{arn}"))).collect();
    let mut unread = desk.part(tasks, |_, _| Value::Null)?;
    let mut found: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for step in asked {
        let missed = desk.part(step, |_, task| {
            let of = text(task, "taskDefinitionArn").and_then(|arn| arn.rsplit('/').next());
            for container in list(task, "containers").into_iter().filter(|_| of == Some(definition)) {
                let digest = text(container, "name").zip(text(container, "imageDigest"));
                if let Some((name, digest)) = digest.filter(|(name, _)| by_tag.contains(name)) {
                    found.entry(name).or_default().insert(digest);
                }
            }
            Value::Null
        })?;
        unread = if missed.is_null() { unread } else { missed };
    }
    let found: Map<String, Value> =
        found.into_iter().map(|(name, digests)| (name.to_owned(), pick::set(digests))).collect();
    Ok(if unread.is_null() { found.into() } else { unread })
}

fn cluster(desk: &mut Desk<'_>, id: &str) -> Step<Read> {
    let one = desk.one(&CLUSTERS, id)?;
    if text(one, "status") == Some("INACTIVE") {
        return Err(Stop::Absent);
    }
    let mut config = Config::of(
        one,
        &[
            ("Configuration", "configuration", As::Whole),
            ("CapacityProviders", "capacityProviders", As::Set),
            ("ServiceConnectNamespace", "serviceConnectDefaults.namespace", As::Text),
        ],
    );
    config.put("Settings", sorted(list(one, "settings").into_iter().cloned().collect()));
    config.put(
        "DefaultCapacityProviderStrategy",
        sorted(list(one, "defaultCapacityProviderStrategy").into_iter().cloned().collect()),
    );
    capacity_provider::needed(desk, pick::texts(one, "capacityProviders"), "capacityProviders");
    desk.mentions(pick::at(one, "configuration"), "configuration");
    let tags = tags(&list(one, "tags"), desk.sealer);
    found(Found {
        arn: text(one, "clusterArn").map(str::to_owned),
        name: Some(id.to_owned()),
        config,
        tags: Some(tags),
    })
}

fn service(desk: &mut Desk<'_>, id: &str) -> Step<Read> {
    let resource = format!("service/{id}");
    let (one, targets) = (desk.one(&SERVICES, id), desk.all(&TARGETS, &resource));
    let one = one?;
    if text(one, "status") == Some("INACTIVE") {
        return Err(Stop::Absent);
    }
    let definition = text(one, "taskDefinition").map(|arn| arn.rsplit('/').next().unwrap_or(arn));
    let network = pick::at(one, "networkConfiguration.awsvpcConfiguration");
    let mut config = Config::of(
        one,
        &[
            ("DesiredCount", "desiredCount", As::Number),
            ("LaunchType", "launchType", As::Text),
            ("PlatformVersion", "platformVersion", As::Text),
            ("SchedulingStrategy", "schedulingStrategy", As::Text),
            ("DeploymentController", "deploymentController.type", As::Text),
            ("Deployment", "deploymentConfiguration", As::Sets),
            ("HealthCheckGracePeriodSeconds", "healthCheckGracePeriodSeconds", As::Number),
            ("EnableExecuteCommand", "enableExecuteCommand", As::Truth),
            ("EnableECSManagedTags", "enableECSManagedTags", As::Truth),
            ("PropagateTags", "propagateTags", As::Text),
            ("AvailabilityZoneRebalancing", "availabilityZoneRebalancing", As::Text),
            ("PlacementConstraints", "placementConstraints", As::Sets),
            ("PlacementStrategy", "placementStrategy", As::Whole),
            ("AssignPublicIp", "networkConfiguration.awsvpcConfiguration.assignPublicIp", As::Text),
            ("Subnets", "networkConfiguration.awsvpcConfiguration.subnets", As::Set),
            ("SecurityGroups", "networkConfiguration.awsvpcConfiguration.securityGroups", As::Set),
        ],
    );
    config.put("Cluster", cluster_of(id));
    config.put("TaskDefinition", definition);
    config
        .put("CapacityProviderStrategy", sorted(list(one, "capacityProviderStrategy").into_iter().cloned().collect()));
    let balancers = list(one, "loadBalancers");
    config.put("LoadBalancers", sorted(balancers.iter().map(|one| pick::without_nothing(one)).collect()));
    config.put("ServiceRegistries", sorted(list(one, "serviceRegistries").into_iter().cloned().collect()));
    config.names_the_rest(
        one,
        &[("deploymentConfiguration.strategy", &["ROLLING"]), ("deploymentConfiguration.lifecycleHooks", &[])],
    );
    let is_advanced = |one: &&&Value| !pick::at(one, "advancedConfiguration").is_null();
    config.names_also(list(one, "loadBalancers").iter().find(is_advanced).map(|_| "advancedConfiguration".to_owned()));
    // What a service is told by its deployments alone.
    let deployments = list(one, "deployments");
    for deployment in deployments.iter().filter(|one| text(one, "status") == Some("PRIMARY")) {
        config.names_the_rest(
            deployment,
            &[
                ("serviceConnectConfiguration.enabled", &["false"]),
                ("volumeConfigurations", &[]),
                ("vpcLatticeConfigurations", &[]),
            ],
        );
    }
    let strategy = list(one, "capacityProviderStrategy");
    capacity_provider::needed(desk, each(&strategy, "capacityProvider"), "capacityProviderStrategy");
    desk.need("ecs-cluster", Some(cluster_of(id)), "cluster");
    desk.need("task-definition", definition, "taskDefinition");
    desk.needs("subnet", pick::texts(network, "subnets"), "subnets");
    desk.needs("security-group", pick::texts(network, "securityGroups"), "securityGroups");
    for group in each(&balancers, "targetGroupArn") {
        desk.refer("target-group", Some(group), "loadBalancers");
    }
    for registry in each(&list(one, "serviceRegistries"), "registryArn") {
        desk.leave(registry, NOT_READ);
    }
    let scaled = desk.part(targets, |desk, targets| {
        if !targets.is_empty() {
            desk.child("scalable-target", &resource, "scaling");
        }
        Value::Null
    })?;
    config.put("Scaling", scaled);
    let images = images(desk, id, definition)?;
    config.put("Images", images);
    let tags = tags(&list(one, "tags"), desk.sealer);
    let name = text(one, "serviceName").map(str::to_owned);
    found(Found { arn: text(one, "serviceArn").map(str::to_owned), name, config, tags: Some(tags) })
}
