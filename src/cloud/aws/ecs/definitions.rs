//! ECS task definitions: what they say, and a new revision with other values in one of its containers.

use super::{service_of, services};
use crate::cloud::aws::audit::Audit;
use crate::cloud::aws::desk::{Answers, Eye, Hand};
use crate::cloud::aws::trouble::{Sort, Trouble};
use crate::service::observation::{Container, ContainerLog, TaskDefinition};
use crate::service::{EcsObservation, EcsQuery, Observation, Query, Receipt, Unanswered};
use crate::text::Clean;
use aws_sdk_ecs::types::TaskDefinition as Definition;
use aws_sdk_ecs::types::{
    ContainerDefinition, KeyValuePair, LogConfiguration, LogDriver, Secret, Tag, TaskDefinitionField,
};
use std::collections::BTreeMap;

/// Describes every definition asked for; there is no call for several. What a service is meant to run is asked of the
/// service first.
pub(in crate::cloud::aws) async fn look(eye: Eye<'_>, queries: Vec<&Query>) -> Answers {
    let (of_services, named): (Vec<&Query>, Vec<&Query>) =
        queries.into_iter().partition(|query| matches!(query, Query::Ecs(EcsQuery::ServiceDefinition { .. })));
    let looks = named.into_iter().map(|query| async move {
        let Query::Ecs(EcsQuery::TaskDefinition { name }) = query else { return None };
        Some((query.clone(), one(eye, name).await))
    });
    let (named, of_services) = futures::join!(futures::future::join_all(looks), what_services_run(eye, of_services));
    named.into_iter().flatten().chain(of_services).collect()
}

async fn one(eye: Eye<'_>, name: &str) -> Result<Observation, Unanswered> {
    match describe(eye, name, false).await {
        Ok((definition, _)) => {
            Ok(Observation::Ecs(EcsObservation::TaskDefinition { definition: Some(observed(&definition)) }))
        }
        Err(trouble) if is_absent(&trouble) => {
            Ok(Observation::Ecs(EcsObservation::TaskDefinition { definition: None }))
        }
        Err(trouble) => Err(trouble.unanswered()),
    }
}

async fn what_services_run(eye: Eye<'_>, queries: Vec<&Query>) -> Answers {
    let services: Vec<(&str, &str)> = queries.iter().filter_map(|query| service_of(query)).collect();
    let looks = services::described(eye, &services).await.into_iter().zip(queries).map(|(found, query)| async move {
        let answer = match found.map(|service| service.and_then(|service| service.task_definition)) {
            Ok(Some(arn)) => one(eye, &arn).await,
            // A service of task sets has no definition of its own.
            Ok(None) => Ok(Observation::Ecs(EcsObservation::TaskDefinition { definition: None })),
            Err(unanswered) => Err(unanswered),
        };
        (query.clone(), answer)
    });
    futures::future::join_all(looks).await
}

/// ECS has no code of its own for it: a ClientException that says so.
fn is_absent(trouble: &Trouble) -> bool {
    trouble.is(&["ClientException"]) && trouble.message.to_lowercase().contains("unable to describe")
}

/// The definition, and its tags when they are wanted.
async fn describe(eye: Eye<'_>, name: &str, tags: bool) -> Result<(Definition, Vec<Tag>), Trouble> {
    let audit = Audit::look(eye, "ecs");
    let call = eye.clients.ecs.describe_task_definition().task_definition(name);
    let call = if tags { call.include(TaskDefinitionField::Tags) } else { call };
    let found = audit.settle(call.customize().interceptor(audit.clone()).send()).await?;
    let tags = found.tags().to_vec();
    let definition = found.task_definition.ok_or_else(|| Trouble {
        sort: Sort::NotSent,
        code: None,
        message: Clean::new("the answer held no task definition"),
    })?;
    Ok((definition, tags))
}

fn observed(definition: &Definition) -> TaskDefinition {
    let clean = |text: Option<&str>| Clean::new(text.unwrap_or_default());
    TaskDefinition {
        arn: clean(definition.task_definition_arn()),
        family: clean(definition.family()),
        revision: u64::try_from(definition.revision()).unwrap_or(0),
        status: clean(definition.status().map(|status| status.as_str())),
        containers: definition.container_definitions().iter().map(container).collect(),
        sizes_and_roles: [
            definition.cpu(),
            definition.memory(),
            definition.task_role_arn(),
            definition.execution_role_arn(),
            definition.network_mode().map(|mode| mode.as_str()),
        ]
        .map(clean)
        .to_vec(),
    }
}

fn container(container: &ContainerDefinition) -> Container {
    let environment = container.environment().iter();
    let environment = environment.filter_map(|pair| Some((pair.name()?.to_owned(), pair.value()?.to_owned())));
    let secrets = container.secrets().iter();
    let size = |told: Option<i32>| told.and_then(|told| u32::try_from(told).ok()).unwrap_or(0);
    let ports = container.port_mappings().iter().filter_map(|mapping| u16::try_from(mapping.container_port()?).ok());
    Container {
        name: Clean::new(container.name().unwrap_or_default()),
        image: Clean::new(container.image().unwrap_or_default()),
        environment: environment.collect(),
        secrets: secrets.map(|secret| (secret.name().to_owned(), secret.value_from().to_owned())).collect(),
        ports: ports.collect(),
        sizes: [size(Some(container.cpu())), size(container.memory()), size(container.memory_reservation())],
        log: container.log_configuration().and_then(log),
    }
}

/// Where it logs to, by the driver `awslogs` ("Send Amazon ECS logs to CloudWatch", ECS Developer Guide).
fn log(configuration: &LogConfiguration) -> Option<ContainerLog> {
    let options = configuration.options();
    let option = |name: &str| options.and_then(|options| options.get(name)).filter(|value| !value.is_empty());
    (*configuration.log_driver() == LogDriver::Awslogs).then(|| ContainerLog {
        group: Clean::new(option("awslogs-group").map_or("", String::as_str)),
        region: option("awslogs-region").map(|region| Clean::new(region)),
        creates: option("awslogs-create-group").is_some_and(|creates| creates.eq_ignore_ascii_case("true")),
    })
}

/// What a new revision changes, and in which container: in the only one, without a name.
pub(in crate::cloud::aws) struct Values<'a> {
    pub(in crate::cloud::aws) container: Option<&'a str>,
    pub(in crate::cloud::aws) environment: &'a BTreeMap<String, String>,
    pub(in crate::cloud::aws) secrets: &'a BTreeMap<String, String>,
    pub(in crate::cloud::aws) image: Option<&'a str>,
}

/// `RegisterTaskDefinition`: everything of `from` that can be registered, with `values` set.
pub(in crate::cloud::aws) async fn register(
    hand: Hand<'_>,
    from: &str,
    values: Values<'_>,
) -> Result<Receipt, Trouble> {
    let (definition, tags) = describe(hand.eye, from, true).await.map_err(not_sent)?;
    let mut containers = definition.container_definitions().to_vec();
    match meant(&mut containers, values.container) {
        Some(container) => set(container, &values),
        None => return Err(no_such_container(from, values.container)),
    }
    let audit = Audit::act(hand, "ecs");
    let call = hand
        .eye
        .clients
        .ecs
        .register_task_definition()
        .set_family(definition.family)
        .set_task_role_arn(definition.task_role_arn)
        .set_execution_role_arn(definition.execution_role_arn)
        .set_network_mode(definition.network_mode)
        .set_container_definitions(Some(containers))
        .set_volumes(definition.volumes)
        .set_placement_constraints(definition.placement_constraints)
        .set_requires_compatibilities(definition.requires_compatibilities)
        .set_cpu(definition.cpu)
        .set_memory(definition.memory)
        .set_pid_mode(definition.pid_mode)
        .set_ipc_mode(definition.ipc_mode)
        .set_proxy_configuration(definition.proxy_configuration)
        .set_ephemeral_storage(definition.ephemeral_storage)
        .set_runtime_platform(definition.runtime_platform)
        .set_enable_fault_injection(definition.enable_fault_injection)
        .set_tags(Some(tags).filter(|tags| !tags.is_empty()));
    let registered = audit.settle(call.customize().interceptor(audit.clone()).send()).await?;
    let arn = registered.task_definition().and_then(|definition| definition.task_definition_arn());
    Ok(Receipt { id: arn.map(Clean::new), exit: None })
}

/// The container called so; the only one, without a name.
fn meant<'a>(containers: &'a mut [ContainerDefinition], name: Option<&str>) -> Option<&'a mut ContainerDefinition> {
    match (name, containers) {
        (Some(name), containers) => containers.iter_mut().find(|container| container.name() == Some(name)),
        (None, [only]) => Some(only),
        (None, _) => None,
    }
}

fn no_such_container(from: &str, name: Option<&str>) -> Trouble {
    let message = match name {
        Some(name) => format!("{from} has no container {name}"),
        None => format!("{from} has not exactly one container, and none is named"),
    };
    Trouble { sort: Sort::Unsendable, code: None, message: Clean::new(&message) }
}

/// Whatever went wrong while only reading: nothing was registered.
fn not_sent(trouble: Trouble) -> Trouble {
    match trouble.sort {
        Sort::NoAnswer | Sort::Failing => Trouble { sort: Sort::NotSent, ..trouble },
        Sort::Refused | Sort::Denied | Sort::Expired | Sort::Throttled | Sort::NotSent | Sort::Unsendable => trouble,
    }
}

fn set(container: &mut ContainerDefinition, values: &Values<'_>) {
    if let Some(image) = values.image {
        container.image = Some(image.to_owned());
    }
    // A name may stand in one of the two only (ECS refuses the definition otherwise): the plan's place for it wins.
    let set_by_plan = |name: &str| values.environment.contains_key(name) || values.secrets.contains_key(name);
    let environment = container.environment.get_or_insert_default();
    environment.retain(|pair| !pair.name().is_some_and(set_by_plan));
    let pairs = values.environment.iter();
    environment.extend(pairs.map(|(name, value)| KeyValuePair::builder().name(name).value(value).build()));
    let secrets = container.secrets.get_or_insert_default();
    secrets.retain(|secret| !set_by_plan(secret.name()));
    secrets.extend(values.secrets.iter().map(|(name, value)| {
        Secret::builder().name(name).value_from(value).build().expect("a secret with its name and its value's address")
    }));
}

/// `DeregisterTaskDefinition`.
pub(in crate::cloud::aws) async fn deregister(hand: Hand<'_>, arn: &str) -> Result<Receipt, Trouble> {
    let audit = Audit::act(hand, "ecs");
    let call = hand.eye.clients.ecs.deregister_task_definition().task_definition(arn);
    audit.settle(call.customize().interceptor(audit.clone()).send()).await?;
    Ok(Receipt::default())
}
