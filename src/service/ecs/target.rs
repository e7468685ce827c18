//! A service of a cluster as the plan names it: what is asked of it, whether it is there, and the one operation on it.

use super::before::ServiceBefore;
use super::deployment::primary;
use super::words;
use crate::service::arn::{self, Thing};
use crate::service::ask::Place;
use crate::service::observation::EcsService;
use crate::service::observation::{RunningTask, ScalableTarget, TaskDefinition};
use crate::service::operation::{Act, EcsOperation, Operation};
use crate::service::work::Want;
use crate::service::work::{Check, Facts, Look, Verdict};
use crate::text::Clean;

/// A service of a cluster.
#[derive(Clone)]
pub(super) struct Target {
    /// The cluster's name.
    pub cluster: Clean,
    /// The service's name.
    pub service: Clean,
    /// Both as the plan gives them: names, or ARNs that say more.
    given: [String; 2],
}

impl Target {
    /// The service of that name or ARN.
    pub fn of(cluster: &str, service: &str) -> Self {
        let given = [cluster.to_owned(), service.to_owned()];
        Self { cluster: Thing::Cluster.name(&given[0]).into(), service: Thing::Service.name(&given[1]).into(), given }
    }

    /// The service itself.
    pub fn service(&self, place: &Place) -> Want<EcsService> {
        words::service(place, &self.cluster, &self.service)
    }

    /// The limits that autoscaling keeps it within.
    pub fn limits(&self, place: &Place) -> Want<ScalableTarget> {
        words::limits(place, &self.cluster, &self.service)
    }

    /// The task definition it is meant to run.
    pub fn definition(&self, place: &Place) -> Want<TaskDefinition> {
        words::definition_of(place, &self.cluster, &self.service)
    }

    /// Its running tasks.
    pub fn tasks(&self, place: &Place) -> Want<Vec<RunningTask>> {
        words::tasks(place, &self.cluster, &self.service)
    }

    /// The service, as it was seen.
    pub fn look<'a>(&self, facts: &Facts<'a>, place: &Place) -> Look<'a, EcsService> {
        facts.see(&self.service(place))
    }

    /// Whether it is there to be used; `code` is the side's own.
    pub fn exists(&self, code: &str, facts: &Facts<'_>, place: &Place) -> Check {
        let wanted = format!("an active service {} in cluster {}", self.service, self.cluster);
        match self.look(facts, place) {
            Look::NotTold(why) => Check::not_told(code, why, &wanted),
            Look::Absent => {
                let found = format!("no service {} in cluster {}", self.service, self.cluster);
                let fix = format!(
                    "make it in {} beforehand, or name cluster and service as they are called there",
                    place.region
                );
                Check::that(code, false, found, &wanted, fix)
            }
            Look::There(service) => {
                let fix = "create the service beforehand: Landfall creates none";
                Check::that(code, service.status.as_str() == "ACTIVE", service.status.as_str(), &wanted, fix)
            }
        }
    }

    /// Whether the ARNs of the plan are of this place and of the very cluster that the service is in.
    pub fn in_place(&self, code: &str, facts: &Facts<'_>, place: &Place, also: Option<&str>) -> Option<Check> {
        let found = self.look(facts, place).found().map(|service| service.arn.as_str()).filter(|arn| !arn.is_empty());
        let given: Vec<&str> = self.given.iter().map(String::as_str).chain(also).collect();
        arn::in_place(code, &given, place, found)
    }

    /// The first of [`Target::in_place`] that keeps the goal from holding.
    pub fn out_of_place(&self, facts: &Facts<'_>, place: &Place, also: Option<&str>) -> Option<Verdict> {
        let check = self.in_place("", facts, place, also)?;
        (check.level != crate::plan::Level::Ok).then(|| {
            Verdict::bad(format!("the plan names {}, wanted {}", check.found, check.wanted), check.fix.as_str())
        })
    }

    /// The cloud says that there is none.
    pub fn missing(&self) -> Verdict {
        Verdict::bad(
            format!("there is no service {} in cluster {}", self.service, self.cluster),
            "name the cluster and the service as they are called in that region",
        )
    }

    /// The operation that gives the service another size (as it is when `None`) and another task definition; `force`
    /// starts a deployment over.
    pub fn update(&self, place: &Place, desired: Option<u64>, task_definition: Option<&str>, force: bool) -> Act {
        let operation = Operation::Ecs(EcsOperation::UpdateService {
            cluster: self.cluster.clone(),
            service: self.service.clone(),
            desired,
            task_definition: task_definition.map(Into::into),
            force,
        });
        Act { place: place.clone(), operation }
    }

    /// What going back needs to know, and by which deployment one of ours is told.
    pub fn before(&self, facts: &Facts<'_>, place: &Place) -> Option<ServiceBefore> {
        let service = self.look(facts, place).found()?;
        Some(ServiceBefore {
            desired: Some(service.desired),
            task_definition: Some(service.task_definition.clone()),
            failed_tasks: primary(service).map_or(0, |deployment| deployment.failed_tasks),
            deployment: primary(service).map(|deployment| deployment.id.clone()),
        })
    }
}

/// What is wrong with a cluster and a service as they are written: the field, and what is wrong.
pub(super) fn mistakes(cluster: &str, service: &str) -> Option<(&'static str, String)> {
    if let Some(mistake) = Thing::Cluster.mistake(cluster) {
        return Some(("cluster", mistake));
    }
    if let Some(mistake) = Thing::Service.mistake(service) {
        return Some(("service", mistake));
    }
    // `service/CLUSTER/NAME`; the older form does not tell the cluster.
    let [_, of_cluster, _] = arn::Arn::parse(service)?.resource.split('/').collect::<Vec<_>>()[..] else {
        return None;
    };
    let cluster = Thing::Cluster.name(cluster);
    (of_cluster != cluster).then(|| ("service", format!("{service} is in the cluster {of_cluster}, not in {cluster}")))
}
