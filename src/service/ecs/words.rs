//! What can be asked of Amazon ECS and of what scales its services, what can be done to them, and what their APIs call
//! it.

use super::seen::{EcsService, Observation, RunningTask, ScalableTarget, Suspended, TaskDefinition};
use crate::service::Place;
use crate::service::declared::Declared;
use crate::service::family::{Asked, Batch, Done};
use crate::service::observation as any;
use crate::service::work::Want;
use crate::text::Clean;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "query", rename_all = "snake_case")]
pub enum Query {
    /// `ecs:DescribeServices`, up to ten of a cluster in one call.
    EcsService {
        /// The cluster's name.
        cluster: Clean,
        /// The service's name.
        service: Clean,
    },
    /// `ecs:DescribeTaskDefinition`: the given revision, or the newest active one of a family.
    TaskDefinition {
        /// Family, `family:revision`, or ARN.
        name: Clean,
    },
    /// `ecs:DescribeServices`, then `ecs:DescribeTaskDefinition`: the revision that a service is meant to run.
    ServiceDefinition {
        /// The cluster's name.
        cluster: Clean,
        /// The service's name.
        service: Clean,
    },
    /// `ecs:ListTasks` and `ecs:DescribeTasks`: a service's running tasks, and where each can be reached.
    ServiceTasks {
        /// The cluster's name.
        cluster: Clean,
        /// The service's name.
        service: Clean,
    },
    /// `application-autoscaling:DescribeScalableTargets` for an ECS service's desired count.
    ScalableTarget {
        /// The cluster's name.
        cluster: Clean,
        /// The service's name.
        service: Clean,
    },
}

impl Asked for Query {
    type Seen = Observation;

    fn api_name(&self) -> &'static str {
        match self {
            Self::EcsService { .. } => "ecs.DescribeServices",
            Self::TaskDefinition { .. } => "ecs.DescribeTaskDefinition",
            Self::ServiceDefinition { .. } => "ecs.DescribeTaskDefinition",
            Self::ServiceTasks { .. } => "ecs.DescribeTasks",
            Self::ScalableTarget { .. } => "autoscaling.DescribeScalableTargets",
        }
    }

    fn is_a_call_each(&self) -> bool {
        match self {
            Self::TaskDefinition { .. } => true,
            Self::EcsService { .. }
            | Self::ServiceDefinition { .. }
            | Self::ServiceTasks { .. }
            | Self::ScalableTarget { .. } => false,
        }
    }

    // DescribeServices takes ten services of a cluster, DescribeScalableTargets fifty (API references).
    fn batch(&self) -> Batch<'_> {
        match self {
            Self::EcsService { cluster, .. } => Batch { of: Some(cluster), most: 10 },
            Self::TaskDefinition { .. }
            | Self::ServiceDefinition { .. }
            | Self::ServiceTasks { .. }
            | Self::ScalableTarget { .. } => Batch { of: None, most: 50 },
        }
    }

    #[cfg(test)]
    fn examples() -> Vec<(Self, Observation)> {
        let (cluster, service) = (Clean::new("shop"), Clean::new("api"));
        vec![
            (
                Query::EcsService { cluster: cluster.clone(), service: service.clone() },
                Observation::EcsService { service: None },
            ),
            (Query::TaskDefinition { name: "api".into() }, Observation::TaskDefinition { definition: None }),
            (
                Query::ServiceDefinition { cluster: cluster.clone(), service: service.clone() },
                Observation::TaskDefinition { definition: None },
            ),
            (
                Query::ServiceTasks { cluster: cluster.clone(), service: service.clone() },
                Observation::ServiceTasks { tasks: None },
            ),
            (Query::ScalableTarget { cluster, service }, Observation::ScalableTarget { target: None }),
        ]
    }
}

/// What is done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "operation", rename_all = "snake_case")]
pub enum Operation {
    /// `ecs:RegisterTaskDefinition`: `from` with these values set in one of its containers.
    RegisterTaskDefinition {
        /// Family, revision or ARN to start from.
        from: Clean,
        /// The container that gets them. Without it the definition must have one container only.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        container: Option<Clean>,
        /// Environment values to set.
        environment: BTreeMap<String, String>,
        /// Secrets to set: name to ARN.
        secrets: BTreeMap<String, String>,
        /// The image to set.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        image: Option<Clean>,
    },
    /// `ecs:DeregisterTaskDefinition`.
    DeregisterTaskDefinition {
        /// The revision's ARN.
        arn: Clean,
    },
    /// `ecs:UpdateService`.
    UpdateService {
        /// The cluster's name.
        cluster: Clean,
        /// The service's name.
        service: Clean,
        /// desiredCount; left as it is when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        desired: Option<u64>,
        /// The task definition to run; unchanged when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        task_definition: Option<Clean>,
        /// forceNewDeployment: what runs is replaced although nothing else changes. It starts a failed deployment over.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        force: bool,
    },
    /// `application-autoscaling:RegisterScalableTarget` with new limits.
    SetScalableTarget {
        /// The cluster's name.
        cluster: Clean,
        /// The service's name.
        service: Clean,
        /// MinCapacity.
        min: u64,
        /// MaxCapacity; unchanged when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max: Option<u64>,
        /// SuspendedState; unchanged when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        suspended: Option<Suspended>,
    },
}

impl Done for Operation {
    fn api_name(&self) -> &'static str {
        match self {
            Self::RegisterTaskDefinition { .. } => "ecs.RegisterTaskDefinition",
            Self::DeregisterTaskDefinition { .. } => "ecs.DeregisterTaskDefinition",
            Self::UpdateService { .. } => "ecs.UpdateService",
            Self::SetScalableTarget { .. } => "autoscaling.RegisterScalableTarget",
        }
    }

    fn settle_seconds(&self) -> f64 {
        match self {
            // They show at once; what was given up may still be on its way, or in a queue of the service.
            Self::RegisterTaskDefinition { .. }
            | Self::DeregisterTaskDefinition { .. }
            | Self::UpdateService { .. }
            | Self::SetScalableTarget { .. } => 15.0,
        }
    }

    fn is_proof(&self) -> bool {
        false
    }

    fn declared(&self) -> Vec<Declared> {
        let family = |arn: &Clean| {
            let name = arn.rsplit('/').next().unwrap_or(arn);
            name.split(':').next().unwrap_or(name).to_owned()
        };
        match self {
            Self::RegisterTaskDefinition { from, environment, secrets, image, .. } => {
                let names = environment.keys().chain(secrets.keys()).map(String::as_str);
                let set: Vec<&str> = names.chain(image.iter().map(|_| "the image")).collect();
                let now = match set.is_empty() {
                    true => "a new revision".to_owned(),
                    false => format!("a new revision, with another {}", set.join(", ")),
                };
                vec![Declared::is("aws_ecs_task_definition", &family(from), "container_definitions", now)]
            }
            Self::DeregisterTaskDefinition { arn } => {
                let now = "the revision before";
                vec![Declared::is("aws_ecs_task_definition", &family(arn), "container_definitions", now)]
            }
            Self::UpdateService { cluster, service, desired, task_definition, force: _ } => {
                let id = format!("{cluster}/{service}");
                let set = |argument, value: Value| Declared::set("aws_ecs_service", &id, argument, value);
                let desired = desired.map(|desired| set("desired_count", desired.into()));
                let definition = task_definition.as_ref().map(|named| set("task_definition", (**named).into()));
                desired.into_iter().chain(definition).collect()
            }
            Self::SetScalableTarget { cluster, service, min, max, suspended } => {
                let id = format!("service/{cluster}/{service}");
                let class = "aws_appautoscaling_target";
                let set = |argument, value: u64| Declared::set(class, &id, argument, value);
                let max = max.map(|max| set("max_capacity", max));
                let suspended = suspended.map(|suspended| {
                    let word = if suspended.is_nothing() { "nothing suspended" } else { "scaling suspended" };
                    Declared::is(class, &id, "suspended_state", word).valued(json!({
                        "dynamic_scaling_in_suspended": suspended.dynamic_in,
                        "dynamic_scaling_out_suspended": suspended.dynamic_out,
                        "scheduled_scaling_suspended": suspended.scheduled,
                    }))
                });
                [set("min_capacity", *min)].into_iter().chain(max).chain(suspended).collect()
            }
        }
    }

    #[cfg(test)]
    fn examples() -> Vec<Self> {
        let (cluster, service) = (Clean::new("shop"), Clean::new("api"));
        vec![
            Operation::RegisterTaskDefinition {
                from: "api".into(),
                container: None,
                environment: BTreeMap::from([("DB".to_owned(), "new".to_owned())]),
                secrets: BTreeMap::new(),
                image: None,
            },
            Operation::UpdateService {
                cluster: cluster.clone(),
                service: service.clone(),
                desired: Some(2),
                task_definition: None,
                force: false,
            },
            Operation::SetScalableTarget { cluster, service, min: 1, max: None, suspended: None },
            Operation::DeregisterTaskDefinition { arn: "api:1".into() },
        ]
    }
}

/// A service of a cluster.
pub(super) fn service(at: &Place, cluster: &Clean, service: &Clean) -> Want<EcsService> {
    Want::new(at.ask(Query::EcsService { cluster: cluster.clone(), service: service.clone() }), |seen| match seen {
        any::Observation::Ecs(Observation::EcsService { service }) => Some(service.as_ref()),
        _ => None,
    })
}

/// A task definition: a revision, or the newest active one of a family.
pub(super) fn definition(at: &Place, name: &str) -> Want<TaskDefinition> {
    Want::new(at.ask(Query::TaskDefinition { name: name.into() }), a_definition)
}

/// The task definition that a service is meant to run.
pub(super) fn definition_of(at: &Place, cluster: &Clean, service: &Clean) -> Want<TaskDefinition> {
    let query = Query::ServiceDefinition { cluster: cluster.clone(), service: service.clone() };
    Want::new(at.ask(query), a_definition)
}

fn a_definition(seen: &any::Observation) -> Option<Option<&TaskDefinition>> {
    match seen {
        any::Observation::Ecs(Observation::TaskDefinition { definition }) => Some(definition.as_ref()),
        _ => None,
    }
}

/// The running tasks of a service.
pub(super) fn tasks(at: &Place, cluster: &Clean, service: &Clean) -> Want<Vec<RunningTask>> {
    Want::new(at.ask(Query::ServiceTasks { cluster: cluster.clone(), service: service.clone() }), |seen| match seen {
        any::Observation::Ecs(Observation::ServiceTasks { tasks }) => Some(tasks.as_ref()),
        _ => None,
    })
}

/// The scaling limits of a service.
pub(super) fn limits(at: &Place, cluster: &Clean, service: &Clean) -> Want<ScalableTarget> {
    Want::new(at.ask(Query::ScalableTarget { cluster: cluster.clone(), service: service.clone() }), |seen| match seen {
        any::Observation::Ecs(Observation::ScalableTarget { target }) => Some(target.as_ref()),
        _ => None,
    })
}
