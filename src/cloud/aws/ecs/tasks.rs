//! The tasks of ECS services: where those that run can be reached, and why the last of those that stopped did.

use super::service_of;
use crate::cloud::aws::audit::Audit;
use crate::cloud::aws::desk::{Answers, Eye, time};
use crate::cloud::aws::trouble::Trouble;
use crate::service::observation::{Address, RunningTask, StoppedTask};
use crate::service::{EcsObservation, Observation, Query};
use crate::text::Clean;
use aws_sdk_ecs::types::{DesiredStatus, Task};
use std::collections::{BTreeMap, BTreeSet};

/// How many tasks one ListTasks gives and one DescribeTasks takes; as many container instances, too.
const TASKS: usize = 100;

/// Lists and describes the running tasks of every service asked for; there is no call for several services.
pub(in crate::cloud::aws) async fn look(eye: Eye<'_>, queries: Vec<&Query>) -> Answers {
    let looks = queries.into_iter().map(|query| async move {
        let (cluster, service) = service_of(query)?;
        let answer = match running(eye, cluster, service).await {
            Ok(tasks) => Ok(Observation::Ecs(EcsObservation::ServiceTasks { tasks: Some(tasks) })),
            Err(trouble) if trouble.is(&["ServiceNotFoundException", "ClusterNotFoundException"]) => {
                Ok(Observation::Ecs(EcsObservation::ServiceTasks { tasks: None }))
            }
            Err(trouble) => Err(trouble.unanswered()),
        };
        Some((query.clone(), answer))
    });
    futures::future::join_all(looks).await.into_iter().flatten().collect()
}

async fn running(eye: Eye<'_>, cluster: &str, service: &str) -> Result<Vec<RunningTask>, Trouble> {
    let arns = list(eye, cluster, service).await?;
    let mut tasks = Vec::new();
    for chunk in arns.chunks(TASKS) {
        tasks.extend(describe(eye, cluster, chunk.to_vec()).await?);
    }
    tasks.retain(|task| task.last_status() == Some("RUNNING"));
    let instances = instances(eye, cluster, &tasks).await?;
    Ok(tasks.iter().map(|task| observed(task, &instances)).collect())
}

async fn list(eye: Eye<'_>, cluster: &str, service: &str) -> Result<Vec<String>, Trouble> {
    let mut arns = Vec::new();
    let mut next = None;
    loop {
        let audit = Audit::look(eye, "ecs");
        let list = eye.clients.ecs.list_tasks().cluster(cluster).service_name(service).set_next_token(next);
        let page = audit.settle(list.customize().interceptor(audit.clone()).send()).await?;
        arns.extend(page.task_arns().iter().cloned());
        match page.next_token {
            Some(token) if !token.is_empty() => next = Some(token),
            _ => return Ok(arns),
        }
    }
}

async fn describe(eye: Eye<'_>, cluster: &str, arns: Vec<String>) -> Result<Vec<Task>, Trouble> {
    let audit = Audit::look(eye, "ecs");
    let call = eye.clients.ecs.describe_tasks().cluster(cluster).set_tasks(Some(arns));
    let found = audit.settle(call.customize().interceptor(audit.clone()).send()).await?;
    Ok(found.tasks.unwrap_or_default())
}

/// The EC2 instance of each container instance that tasks without an address of their own run on.
async fn instances(eye: Eye<'_>, cluster: &str, tasks: &[Task]) -> Result<BTreeMap<String, String>, Trouble> {
    let shared = tasks.iter().filter(|task| own_addresses(task).next().is_none());
    let arns: BTreeSet<&str> = shared.filter_map(|task| task.container_instance_arn()).collect();
    let arns: Vec<String> = arns.into_iter().map(str::to_owned).collect();
    let mut found = BTreeMap::new();
    for chunk in arns.chunks(TASKS) {
        let audit = Audit::look(eye, "ecs");
        let call = eye
            .clients
            .ecs
            .describe_container_instances()
            .cluster(cluster)
            .set_container_instances(Some(chunk.to_vec()));
        let page = audit.settle(call.customize().interceptor(audit.clone()).send()).await?;
        found.extend(page.container_instances().iter().filter_map(|instance| {
            Some((instance.container_instance_arn()?.to_owned(), instance.ec2_instance_id()?.to_owned()))
        }));
    }
    Ok(found)
}

/// The addresses of a task with a network interface of its own (`awsvpc`).
fn own_addresses(task: &Task) -> impl Iterator<Item = &str> {
    let interfaces = task.containers().iter().flat_map(|container| container.network_interfaces());
    interfaces.flat_map(|interface| [interface.private_ipv4_address(), interface.ipv6_address()]).flatten()
}

fn observed(task: &Task, instances: &BTreeMap<String, String>) -> RunningTask {
    let arn = Clean::new(task.task_arn().unwrap_or_default());
    let own: BTreeSet<&str> = own_addresses(task).collect();
    if !own.is_empty() {
        let reached_at = own.into_iter().map(|id| Address { id: Clean::new(id), port: None }).collect();
        return RunningTask { arn, reached_at };
    }
    // On an instance that it shares, only its host ports are its own.
    let instance = task.container_instance_arn().and_then(|arn| instances.get(arn));
    let ports = task.containers().iter().flat_map(|container| container.network_bindings());
    let ports: BTreeSet<u16> = ports.filter_map(|binding| u16::try_from(binding.host_port()?).ok()).collect();
    let reached_at = instance
        .into_iter()
        .flat_map(|id| ports.iter().map(|port| Address { id: Clean::new(id), port: Some(*port) }).collect::<Vec<_>>());
    RunningTask { arn, reached_at: reached_at.collect() }
}

/// The task of the service that stopped last and was not scaled in; `None` when it cannot be told, which fails nothing.
pub(super) async fn stopped_last(eye: Eye<'_>, cluster: &str, service: &str) -> Option<StoppedTask> {
    let audit = Audit::look(eye, "ecs");
    let list =
        eye.clients.ecs.list_tasks().cluster(cluster).service_name(service).desired_status(DesiredStatus::Stopped);
    let listed = audit.settle(list.customize().interceptor(audit.clone()).send()).await.ok()?;
    if listed.task_arns().is_empty() {
        return None;
    }
    let tasks = describe(eye, cluster, listed.task_arns().to_vec()).await.ok()?;
    let failed = tasks.iter().filter(|task| !was_scaled_in(task));
    let latest = failed.max_by_key(|task| task.stopped_at().map(|at| (at.secs(), at.subsec_nanos())))?;
    Some(StoppedTask {
        at: latest.stopped_at().and_then(time),
        deployment: latest.started_by().map(Clean::new),
        reason: reason(latest),
    })
}

/// Tasks that ECS stopped because fewer were wanted, or newer ones replaced them, did not fail.
fn was_scaled_in(task: &Task) -> bool {
    task.stopped_reason().is_some_and(|reason| reason.starts_with("Scaling activity initiated by"))
}

/// The task's reason, and its containers' own where they give one: the task's alone seldom says more than that one ended.
fn reason(task: &Task) -> Clean {
    let containers = task.containers().iter().filter_map(|container| {
        let name = container.name()?;
        match (container.exit_code(), container.reason()) {
            (None | Some(0), None) => None,
            (None, Some(reason)) => Some(format!("{name}: {reason}")),
            (Some(code), None) => Some(format!("{name}: exit {code}")),
            (Some(code), Some(reason)) => Some(format!("{name}: exit {code}, {reason}")),
        }
    });
    let task = task.stopped_reason().unwrap_or("stopped").to_owned();
    Clean::new(&std::iter::once(task).chain(containers).collect::<Vec<_>>().join("; "))
}
