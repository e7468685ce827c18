//! ECS services as they are, and the act on them.

use super::{service_of, tasks};
use crate::cloud::aws::audit::Audit;
use crate::cloud::aws::desk::{Answers, Eye, Hand, time};
use crate::cloud::aws::trouble::Trouble;
use crate::service::observation::{Deployment, EcsService, ServiceBalancer, ServiceEvent};
use crate::service::{EcsObservation, Observation, Query, Receipt, Silence, Unanswered};
use crate::text::Clean;
use aws_sdk_ecs::types::{Failure, LoadBalancer, Service};
use std::collections::BTreeMap;

/// How many services one DescribeServices call takes.
const SERVICES: usize = 10;
/// How many events of a service are kept: enough for what one deployment says, of the hundred that ECS gives.
const EVENTS: usize = 20;

/// Describes every service asked for.
pub(in crate::cloud::aws) async fn look(eye: Eye<'_>, queries: Vec<&Query>) -> Answers {
    let services: Vec<(&str, &str)> = queries.iter().filter_map(|query| service_of(query)).collect();
    let looks = described(eye, &services).await.into_iter().zip(queries).map(|(found, query)| async move {
        let answer = match found {
            Ok(Some(service)) => Ok(Some(observed(eye, service_of(query).unwrap_or_default().0, &service).await)),
            Ok(None) => Ok(None),
            Err(unanswered) => Err(unanswered),
        };
        (query.clone(), answer.map(|service| Observation::Ecs(EcsObservation::EcsService { service })))
    });
    futures::future::join_all(looks).await
}

/// What DescribeServices says of each of these, in their order; ten of a cluster in one call.
pub(super) async fn described(eye: Eye<'_>, services: &[(&str, &str)]) -> Vec<Result<Option<Service>, Unanswered>> {
    let mut clusters: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (cluster, service) in services {
        clusters.entry(cluster).or_default().push(service);
    }
    let calls = clusters.iter().flat_map(|(cluster, names)| {
        names.chunks(SERVICES).map(move |chunk| async move { (*cluster, describe(eye, cluster, chunk).await) })
    });
    let mut found: BTreeMap<(&str, &str), Result<Option<Service>, Unanswered>> = BTreeMap::new();
    for (cluster, answers) in futures::future::join_all(calls).await {
        found.extend(answers.into_iter().map(|(name, answer)| ((cluster, name), answer)));
    }
    services.iter().map(|service| found.get(service).cloned().unwrap_or(Ok(None))).collect()
}

async fn describe<'a>(
    eye: Eye<'_>,
    cluster: &str,
    names: &[&'a str],
) -> Vec<(&'a str, Result<Option<Service>, Unanswered>)> {
    let wanted = names.iter().map(|name| (*name).to_owned()).collect();
    let audit = Audit::look(eye, "ecs");
    let call = eye.clients.ecs.describe_services().cluster(cluster).set_services(Some(wanted));
    let found = match audit.settle(call.customize().interceptor(audit.clone()).send()).await {
        Ok(found) => found,
        Err(trouble) if trouble.is(&["ClusterNotFoundException"]) => {
            return names.iter().map(|name| (*name, Ok(None))).collect();
        }
        Err(trouble) => return names.iter().map(|name| (*name, Err(trouble.unanswered()))).collect(),
    };
    let answer = |name: &str| {
        let service = found.services().iter().find(|service| service.service_name() == Some(name));
        match (service, failure(found.failures(), name)) {
            (Some(service), _) => Ok(Some(service.clone())),
            (None, None | Some("MISSING")) => Ok(None),
            (None, Some(reason)) => {
                Err(Unanswered { because: Silence::Error, code: None, message: Clean::new(reason) })
            }
        }
    };
    names.iter().map(|name| (*name, answer(name))).collect()
}

/// Why ECS did not describe the service, when it says so; `MISSING` when there is none.
fn failure<'a>(failures: &'a [Failure], name: &str) -> Option<&'a str> {
    let suffix = format!("/{name}");
    failures.iter().find(|failure| failure.arn().is_some_and(|arn| arn.ends_with(&suffix)))?.reason()
}

async fn observed(eye: Eye<'_>, cluster: &str, service: &Service) -> EcsService {
    let clean = |text: Option<&str>| Clean::new(text.unwrap_or_default());
    let count = |value: i32| u64::try_from(value).unwrap_or(0);
    let mut deployments: Vec<Deployment> = service
        .deployments()
        .iter()
        .map(|deployment| Deployment {
            id: clean(deployment.id()),
            status: clean(deployment.status()),
            task_definition: clean(deployment.task_definition()),
            rollout: deployment.rollout_state().map(|state| Clean::new(state.as_str())),
            reason: deployment.rollout_state_reason().filter(|reason| !reason.is_empty()).map(Clean::new),
            failed_tasks: count(deployment.failed_tasks()),
            running: count(deployment.running_count()),
        })
        .collect();
    deployments.sort_by_key(|deployment| deployment.status.as_str() != "PRIMARY");
    let short = service.running_count() < service.desired_count();
    let failing =
        short && service.pending_count() == 0 || deployments.iter().any(|deployment| deployment.failed_tasks > 0);
    let name = service.service_name().unwrap_or_default();
    let network = service.network_configuration().and_then(|network| network.awsvpc_configuration());
    let subnets = network.map(|network| network.subnets()).unwrap_or_default();
    EcsService {
        cluster: Clean::new(cluster),
        name: Clean::new(name),
        arn: clean(service.service_arn()),
        status: clean(service.status()),
        controller: clean(service.deployment_controller().map(|controller| controller.r#type().as_str())),
        scheduling: clean(service.scheduling_strategy().map(|strategy| strategy.as_str())),
        on_fargate: on_fargate(service),
        subnets: subnets.iter().map(|subnet| Clean::new(subnet)).collect(),
        breaker: service
            .deployment_configuration()
            .map(|how| how.deployment_circuit_breaker().is_some_and(|breaker| breaker.enable())),
        strategy: clean(
            service.deployment_configuration().and_then(|how| how.strategy()).map(|strategy| strategy.as_str()),
        ),
        desired: count(service.desired_count()),
        running: count(service.running_count()),
        pending: count(service.pending_count()),
        task_definition: clean(service.task_definition()),
        balancers: service.load_balancers().iter().map(balancer).collect(),
        deployments,
        events: service.events().iter().take(EVENTS).filter_map(event).collect(),
        stopped: if failing { tasks::stopped_last(eye, cluster, name).await } else { None },
    }
}

/// Whether any of its tasks is started on Fargate, on demand: what runs on spare capacity has a quota of its own.
fn on_fargate(service: &Service) -> bool {
    let is_fargate = |name: &str| name == "FARGATE";
    let strategy = service.capacity_provider_strategy();
    service.launch_type().is_some_and(|launch| is_fargate(launch.as_str()))
        || strategy.iter().any(|item| is_fargate(item.capacity_provider()))
}

fn balancer(balancer: &LoadBalancer) -> ServiceBalancer {
    let advanced = balancer.advanced_configuration();
    ServiceBalancer {
        target_group: balancer.target_group_arn().map(Clean::new),
        alternate: advanced.and_then(|advanced| advanced.alternate_target_group_arn()).map(Clean::new),
        container: Clean::new(balancer.container_name().unwrap_or_default()),
        port: balancer.container_port().and_then(|port| u16::try_from(port).ok()),
    }
}

fn event(event: &aws_sdk_ecs::types::ServiceEvent) -> Option<ServiceEvent> {
    Some(ServiceEvent { at: event.created_at().and_then(time), message: Clean::new(event.message()?) })
}

/// `UpdateService`. The receipt names the deployment that the service then has: by it ours is told from others'.
pub(in crate::cloud::aws) async fn update(
    hand: Hand<'_>,
    service: (&str, &str),
    desired: Option<u64>,
    task_definition: Option<&str>,
    force: bool,
) -> Result<Receipt, Trouble> {
    let audit = Audit::act(hand, "ecs");
    let call = hand
        .eye
        .clients
        .ecs
        .update_service()
        .cluster(service.0)
        .service(service.1)
        .set_desired_count(desired.map(|desired| i32::try_from(desired).unwrap_or(i32::MAX)))
        .set_task_definition(task_definition.map(str::to_owned))
        .set_force_new_deployment(force.then_some(true));
    let updated = audit.settle(call.customize().interceptor(audit.clone()).send()).await?;
    let deployments = updated.service().map(Service::deployments).unwrap_or_default();
    let primary = deployments.iter().find(|deployment| deployment.status() == Some("PRIMARY"));
    Ok(Receipt { id: primary.and_then(|primary| primary.id()).map(Clean::new), exit: None })
}
