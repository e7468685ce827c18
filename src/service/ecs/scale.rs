//! The service gets its size and its new task definition, and is verified by running tasks and healthy targets.

use super::Target;
use super::deployment::{failure, is_meant_to_run, revision_of, rolled_back, unsettled, unusable};
use crate::service::ask::{Ask, Place, Query};
use crate::service::load_balancer::in_words;
use crate::service::observation::EcsService;
use crate::service::operation::Act;
use crate::service::say::outputs;
use crate::service::work::{Asked, Check, Facts, Look, Verdict, Work};

/// At least `desired` tasks of the wanted task definition run and are healthy.
pub(super) struct Scale {
    pub place: Place,
    pub target: Target,
    pub desired: u64,
    /// The ARN to run; what runs now when absent.
    pub task_definition: Option<String>,
    pub target_group: Option<String>,
}

const HELP: &str = "look at the container's log and its new values; mend them and retry, or roll back";

impl Scale {
    /// Whether the service is meant to be as wanted. Autoscaling may have asked for more.
    fn is_asked(&self, service: &EcsService) -> bool {
        service.desired >= self.desired && is_meant_to_run(service, self.task_definition.as_deref())
    }

    /// How many tasks of this very deployment had failed before anything was asked.
    fn failed_before(&self, facts: &Facts<'_>) -> u64 {
        let ran_before = facts.before.get("task_definition").and_then(serde_json::Value::as_str);
        let same = match (&self.task_definition, ran_before) {
            (None, _) => true,
            (Some(wanted), Some(before)) => revision_of(wanted) == revision_of(before),
            (Some(_), None) => false,
        };
        let failed = facts.before.get("failed_tasks").and_then(serde_json::Value::as_u64);
        failed.filter(|_| same).unwrap_or_default()
    }

    fn targets(&self, facts: &Facts<'_>) -> Result<String, Verdict> {
        let Some(name) = &self.target_group else { return Ok(String::new()) };
        match facts.target_group(&self.place, name) {
            Look::There(group) if group.healthy() >= self.desired => Ok(format!(", {}", in_words(group, self.desired))),
            Look::There(group) => Err(Verdict::moving(in_words(group, self.desired))),
            Look::Absent => Err(Verdict::bad(
                format!("there is no target group {name}"),
                "name the target group as it is called in the recovery region",
            )),
            Look::NotTold(why) => Err(Verdict::unknown(why)),
        }
    }
}

impl Work for Scale {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        let Target { cluster, service } = &self.target;
        let limits = Query::ScalableTarget { cluster: cluster.as_str().into(), service: service.as_str().into() };
        let mut asks = vec![self.place.ask(self.target.query()), self.place.ask(limits)];
        asks.extend(
            self.target_group
                .iter()
                .map(|name| self.place.ask(Query::TargetHealth { target_group: name.as_str().into() })),
        );
        asks
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        let service = match self.target.look(facts, &self.place) {
            Look::There(service) => service,
            Look::Absent => return self.target.missing(),
            Look::NotTold(why) => return Verdict::unknown(why),
        };
        if let Some(verdict) = unusable(service) {
            return verdict;
        }
        if !self.is_asked(service) {
            if let Some(why) = rolled_back(service, self.task_definition.as_deref()) {
                return Verdict::bad(why, HELP);
            }
            let EcsService { desired, task_definition, .. } = service;
            return Verdict::untouched(format!("{desired} desired of {}", revision_of(task_definition)));
        }
        if let Some(why) = failure(service, self.desired, self.failed_before(facts)) {
            return Verdict::bad(why, HELP);
        }
        if let Some(note) = unsettled(service) {
            return Verdict::moving(note);
        }
        let targets = match self.targets(facts) {
            Ok(targets) => targets,
            Err(verdict) => return verdict,
        };
        Verdict::holds(
            format!("{} of {} running{targets}", service.running, service.desired),
            outputs([("service", &self.target.service), ("task_definition", &service.task_definition)]),
        )
    }

    fn prechecks(&self, facts: &Facts<'_>) -> Vec<Check> {
        let mut checks = vec![self.target.exists(facts, &self.place), self.limit_check(facts)];
        checks.extend(self.target_group.as_deref().map(|name| self.target_group_check(facts, name)));
        checks
    }

    fn act(&self, facts: &Facts<'_>) -> Option<Act> {
        let (runs_it_already, has_failed) = match self.target.look(facts, &self.place) {
            Look::There(service) if is_meant_to_run(service, self.task_definition.as_deref()) => {
                (true, failure(service, self.desired, 0).is_some())
            }
            Look::There(_) | Look::Absent | Look::NotTold(_) => (false, false),
        };
        let task_definition = self.task_definition.as_deref().filter(|_| !runs_it_already);
        // ECS starts no task in a failed deployment, and ever fewer in a crashing one: a retry starts it over.
        Some(self.target.update(&self.place, self.desired, task_definition, has_failed))
    }

    fn before_image(&self, facts: &Facts<'_>) -> serde_json::Value {
        self.target.before_image(facts, &self.place)
    }
}

impl Scale {
    fn limit_check(&self, facts: &Facts<'_>) -> Check {
        let code = "ecs-scalable-max";
        let wanted = format!("a maximum of {} or more, or no autoscaling", self.desired);
        match facts.scalable_target(&self.place, &self.target.cluster, &self.target.service) {
            Look::NotTold(why) => Check::not_told(code, why, &wanted),
            Look::Absent => Check::that(code, true, "no autoscaling", &wanted, ""),
            Look::There(limits) => {
                let fix = "raise MaxCapacity of its scalable target: autoscaling would scale it back";
                Check::that(code, limits.max >= self.desired, format!("a maximum of {}", limits.max), &wanted, fix)
            }
        }
    }

    fn target_group_check(&self, facts: &Facts<'_>, name: &str) -> Check {
        let code = "ecs-target-group";
        match facts.target_group(&self.place, name) {
            Look::NotTold(why) => Check::not_told(code, why, "it exists"),
            Look::There(_) => Check::that(code, true, format!("{name} exists"), "it exists", ""),
            Look::Absent => {
                let fix = "name the target group as it is called in the recovery region";
                Check::that(code, false, format!("there is no {name}"), "it exists", fix)
            }
        }
    }
}
