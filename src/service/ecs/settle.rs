//! A service gets an exact size: nothing, as the fence of the old side, or what it had before, as the way back.

use super::before::ServiceBefore;
use super::controller;
use super::deployment::{failure, is_meant_to_run, revision_of, unsettled, unusable};
use super::reason::with_reason;
use super::target::Target;
use super::turned;
use crate::service::ask::{Ask, Place};
use crate::service::observation::EcsService;
use crate::service::operation::Act;
use crate::service::work::{Asked, Check, Facts, Image, Look, Outputs, Verdict, Work};
use serde_json::Value;

/// The check that nobody is served by what is to become a standby.
const STOOD_STILL: &str = "ecs-standby-still";

/// Exactly `desired` tasks run, of `task_definition` when one is given.
pub(super) struct Settle {
    pub place: Place,
    pub target: Target,
    pub desired: u64,
    pub task_definition: Option<String>,
    /// How many tasks had failed before anything was asked.
    pub failed_before: u64,
    /// The name of the check that the service is there.
    pub exists: &'static str,
    /// Whether it tells the later steps how it found the service.
    pub tells: bool,
    /// Whether a service that runs more by now is left alone: its fence left it with none, and whoever scaled it since is served.
    pub stood_still: bool,
}

impl Settle {
    /// No task at all, whichever it is.
    pub fn to_nothing(place: Place, target: Target) -> Self {
        Self {
            place,
            target,
            desired: 0,
            task_definition: None,
            failed_before: 0,
            exists: "ecs-old-service",
            tells: false,
            stood_still: false,
        }
    }

    /// As the before-image says it was; `None` when it does not say.
    pub fn back(place: Place, target: Target, before: &Value) -> Option<Self> {
        let ServiceBefore { desired, task_definition, failed_tasks, .. } = ServiceBefore::of_journal(before)?;
        let (desired, task_definition) = (desired?, task_definition.map(|arn| arn.to_string()));
        Some(Self {
            place,
            target,
            desired,
            task_definition,
            failed_before: failed_tasks,
            exists: "ecs-service",
            tells: false,
            stood_still: false,
        })
    }
}

impl Work for Settle {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        vec![self.target.service(&self.place).ask]
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        if let Some(verdict) = self.target.out_of_place(facts, &self.place, None) {
            return verdict;
        }
        let service = match self.target.look(facts, &self.place) {
            Look::There(service) => service,
            Look::Absent => return self.target.missing(),
            Look::NotTold(why) => return Verdict::unknown(why),
        };
        let EcsService { desired, running, pending, task_definition, .. } = service;
        let is_asked = *desired == self.desired && is_meant_to_run(service, self.task_definition.as_deref());
        // Nothing running is nothing running, also of a service that was deleted or whose rollout never ended.
        if is_asked && self.desired == 0 && *running == 0 && *pending == 0 {
            let tells = self.tells && *facts.asked != Asked::No;
            let told = if tells { turned::told(turned::SERVICE_BEFORE, facts.before) } else { Outputs::new() };
            return Verdict::holds("nothing runs", told);
        }
        if let Some(verdict) = unusable(service).or_else(|| controller::scaling_obstacle(service)) {
            return verdict;
        }
        if !is_asked {
            return Verdict::untouched(format!("{desired} desired of {}", revision_of(task_definition)));
        }
        if self.desired == 0 {
            return Verdict::moving(format!("{running} still running, {pending} pending"));
        }
        if let Some(found) = failure(service, self.desired, self.failed_before) {
            let (words, _) = with_reason(found, service, facts);
            return Verdict::bad(words, "look at the container's log; what ran before does not run any more");
        }
        match unsettled(service) {
            Some(note) => Verdict::moving(with_reason(note, service, facts).0),
            None => Verdict::holds(format!("{running} of {desired} running"), Outputs::new()),
        }
    }

    fn prechecks(&self, facts: &Facts<'_>) -> Vec<Check> {
        let mut checks = vec![self.target.exists(self.exists, facts, &self.place)];
        checks.extend(self.target.in_place("ecs-place", facts, &self.place, None));
        if let Look::There(service) = self.target.look(facts, &self.place) {
            checks.push(controller::scaling_check(service));
            if self.stood_still {
                let (found, wanted) = (format!("{} desired", service.desired), format!("{} or less", self.desired));
                let fix = "somebody scaled it since it was fenced: see who is served by it, and leave it to them";
                checks
                    .push(Check::that(STOOD_STILL, service.desired <= self.desired, found, &wanted, fix).of_identity());
            }
        }
        checks
    }

    fn act(&self, facts: &Facts<'_>) -> Option<Act> {
        let runs_it_already = match self.target.look(facts, &self.place) {
            Look::There(service) => is_meant_to_run(service, self.task_definition.as_deref()),
            Look::Absent | Look::NotTold(_) => false,
        };
        let task_definition = self.task_definition.as_deref().filter(|_| !runs_it_already);
        Some(self.target.update(&self.place, Some(self.desired), task_definition, false))
    }

    fn before_image(&self, facts: &Facts<'_>) -> Value {
        self.target.before(facts, &self.place).map_or(Value::Null, |before| before.kept())
    }
}
