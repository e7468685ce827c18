//! A service gets an exact size: nothing, as the fence of the old side, or what it had before, as the way back.

use super::Target;
use super::deployment::{failure, is_meant_to_run, primary, revision_of, unsettled, unusable};
use crate::service::ask::{Ask, Place};
use crate::service::observation::EcsService;
use crate::service::operation::{Act, Operation};
use crate::service::work::{Asked, Check, Facts, Look, Outputs, Verdict, Work};
use serde_json::Value;

/// Exactly `desired` tasks run, of `task_definition` when one is given.
pub(super) struct Settle {
    pub place: Place,
    pub target: Target,
    pub desired: u64,
    pub task_definition: Option<String>,
    /// How many tasks had failed before anything was asked.
    pub failed_before: u64,
}

impl Settle {
    /// As the before-image says it was; `None` when it does not say.
    pub fn back(place: Place, target: Target, before: &Value) -> Option<Self> {
        let desired = before.get("desired")?.as_u64()?;
        let task_definition = before.get("task_definition").and_then(Value::as_str).map(str::to_owned);
        let failed_before = before.get("failed_tasks").and_then(Value::as_u64).unwrap_or_default();
        Some(Self { place, target, desired, task_definition, failed_before })
    }
}

impl Work for Settle {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        vec![self.place.ask(self.target.query())]
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        let service = match self.target.look(facts, &self.place) {
            Look::There(service) => service,
            Look::Absent => return self.target.missing(),
            Look::NotTold(why) => return Verdict::unknown(why),
        };
        let EcsService { desired, running, pending, task_definition, .. } = service;
        let is_asked = *desired == self.desired && is_meant_to_run(service, self.task_definition.as_deref());
        // Nothing running is nothing running, also of a service that was deleted or whose rollout never ended.
        if is_asked && self.desired == 0 && *running == 0 && *pending == 0 {
            return Verdict::holds("nothing runs", Outputs::new());
        }
        if let Some(verdict) = unusable(service) {
            return verdict;
        }
        if !is_asked {
            return Verdict::untouched(format!("{desired} desired of {}", revision_of(task_definition)));
        }
        if self.desired == 0 {
            return Verdict::moving(format!("{running} still running, {pending} pending"));
        }
        if let Some(why) = failure(service, self.desired, self.failed_before) {
            return Verdict::bad(why, "look at the container's log; what ran before does not run any more");
        }
        match unsettled(service) {
            Some(note) => Verdict::moving(note),
            None => Verdict::holds(format!("{running} of {desired} running"), Outputs::new()),
        }
    }

    fn prechecks(&self, facts: &Facts<'_>) -> Vec<Check> {
        vec![self.target.exists(facts, &self.place)]
    }

    fn act(&self, facts: &Facts<'_>) -> Option<Act> {
        let runs_it_already = match self.target.look(facts, &self.place) {
            Look::There(service) => is_meant_to_run(service, self.task_definition.as_deref()),
            Look::Absent | Look::NotTold(_) => false,
        };
        let task_definition = self.task_definition.as_deref().filter(|_| !runs_it_already);
        Some(self.target.update(&self.place, self.desired, task_definition, false))
    }

    fn before_image(&self, facts: &Facts<'_>) -> Value {
        self.target.before_image(facts, &self.place)
    }
}

impl Target {
    /// The operation that gives the service its size and, when given, its task definition; `force` starts a
    /// deployment over.
    pub(super) fn update(&self, place: &Place, desired: u64, task_definition: Option<&str>, force: bool) -> Act {
        let operation = Operation::UpdateService {
            cluster: self.cluster.as_str().into(),
            service: self.service.as_str().into(),
            desired,
            task_definition: task_definition.map(Into::into),
            force,
        };
        Act { place: place.clone(), operation }
    }

    /// What going back needs to know.
    pub(super) fn before_image(&self, facts: &Facts<'_>, place: &Place) -> Value {
        match self.look(facts, place) {
            Look::There(service) => serde_json::json!({
                "desired": service.desired,
                "task_definition": service.task_definition,
                "failed_tasks": primary(service).map_or(0, |deployment| deployment.failed_tasks),
            }),
            Look::Absent | Look::NotTold(_) => Value::Null,
        }
    }

    /// Whether it is there to be used.
    pub(super) fn exists(&self, facts: &Facts<'_>, place: &Place) -> Check {
        let code = "ecs-service";
        let wanted = "an active service";
        match self.look(facts, place) {
            Look::NotTold(why) => Check::not_told(code, why, wanted),
            Look::Absent => {
                let found = format!("no service {} in cluster {}", self.service, self.cluster);
                Check::that(code, false, found, wanted, "name the cluster and the service as they are called there")
            }
            Look::There(service) => {
                let fix = "a failover creates no service: create it beforehand";
                Check::that(code, service.status.as_str() == "ACTIVE", service.status.as_str(), wanted, fix)
            }
        }
    }

    /// The cloud says that there is none.
    pub(super) fn missing(&self) -> Verdict {
        Verdict::bad(
            format!("there is no service {} in cluster {}", self.service, self.cluster),
            "name the cluster and the service as they are called in that region",
        )
    }
}
