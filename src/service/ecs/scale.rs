//! The service gets its size and its new task definition, and is verified by running tasks and healthy targets of its own.

use super::address;
use super::before::ServiceBefore;
use super::container::{Meant, Values};
use super::controller;
use super::deployment::{failure, is_meant_to_run, ours, overtaken, primary, revision_of, unsettled, unusable};
use super::images::Images;
use super::reason::{reason, with_reason};
use super::target::Target;
use super::targets::Targets;
use super::words;
use crate::plan::Region;
use crate::service::ask::{Ask, Place};
use crate::service::observation::{EcsService, TaskDefinition};
use crate::service::operation::Act;
use crate::service::say::outputs;
use crate::service::work::{Asked, Check, Facts, Image, Look, Verdict, Want, Work};
use serde_json::Value;

/// At least `desired` tasks of the wanted task definition run and are healthy.
pub(super) struct Scale {
    pub place: Place,
    pub target: Target,
    pub desired: u64,
    /// Whether more than `desired` is too many: else a service that runs more is left at that.
    pub exact: bool,
    /// Whether its tasks are replaced although nothing else changes.
    pub restart: bool,
    /// What it is to run.
    pub runs: Runs,
    pub target_group: Option<String>,
    /// How many tasks it was meant to have before its minimum was raised: autoscaling may have started some since.
    pub desired_before: Option<u64>,
    /// The values that the plan sets, and the container that it names for them.
    pub values: Values,
    pub container: Option<String>,
    /// The region whose addresses must not be left in it.
    pub primary: Region,
    /// Whether it is done ahead, of a service that gets its values later: what its definition names is looked at then.
    pub is_ahead: bool,
}

/// What a service is to run.
pub(super) enum Runs {
    /// What it runs now: the plan gives no values.
    Unchanged,
    /// A revision with the new values, not registered yet; or never, where that step was skipped.
    NotRegistered,
    /// This revision.
    Definition(String),
}

impl Scale {
    fn task_definition(&self) -> Option<&str> {
        match &self.runs {
            Runs::Unchanged | Runs::NotRegistered => None,
            Runs::Definition(arn) => Some(arn),
        }
    }

    fn targets(&self) -> Option<Targets<'_>> {
        let group = self.target_group.as_deref()?;
        Some(Targets { place: &self.place, target: &self.target, group })
    }

    /// Whether the service is meant to be as wanted. Autoscaling may have asked for more.
    fn is_asked(&self, service: &EcsService) -> bool {
        let size = if self.exact { service.desired == self.desired } else { service.desired >= self.desired };
        size && is_meant_to_run(service, self.task_definition())
    }

    /// Whether its size is to be set although autoscaling has brought it there already, with the minimum that this run
    /// raised: what is set can be taken back.
    fn was_raised(&self) -> bool {
        self.desired_before.is_some_and(|before| before < self.desired)
    }

    /// The size to set; `None` where the service has it: a size that may be changing just now is not even named.
    fn size_to_set(&self, service: &EcsService) -> Option<u64> {
        let size = if self.exact { self.desired } else { self.desired.max(service.desired) };
        // Without the step that was skipped something is sent all the same, for the goal to be judged by.
        let was_skipped = matches!(self.runs, Runs::NotRegistered);
        (size != service.desired || self.was_raised() || was_skipped).then_some(size)
    }

    /// Whether a deployment has begun since this was asked. ECS's ids tell: a look at the clock would not.
    fn is_restarted(&self, service: &EcsService, facts: &Facts<'_>) -> bool {
        let Some(current) = primary(service) else { return false };
        match ServiceBefore::of_journal(facts.before).and_then(|before| before.deployment) {
            Some(before) => facts.asked.since().is_some() && current.id != before,
            None => ours(facts.asked) == Some(current.id.as_str()),
        }
    }

    /// How many tasks of this very deployment had failed before anything was asked.
    fn failed_before(&self, service: &EcsService, facts: &Facts<'_>) -> u64 {
        let before = ServiceBefore::of_journal(facts.before).unwrap_or_default();
        let same = match (primary(service), before.deployment) {
            (Some(current), Some(before)) => current.id == before,
            // A before-image of an earlier Landfall holds no deployment: its definition tells.
            (Some(_), None) | (None, _) => match (self.task_definition(), before.task_definition) {
                (None, _) => true,
                (Some(wanted), Some(before)) => revision_of(wanted) == revision_of(&before),
                (Some(_), None) => false,
            },
        };
        if same { before.failed_tasks } else { 0 }
    }

    /// How many tasks must run and be healthy: what the plan wants, and never fewer than the service is meant to have.
    fn wanted(&self, service: &EcsService) -> u64 {
        if self.exact { self.desired } else { self.desired.max(service.desired) }
    }

    /// Not as asked, or not any more.
    fn not_asked(&self, service: &EcsService, facts: &Facts<'_>) -> Verdict {
        let EcsService { desired, task_definition, .. } = service;
        let found = format!("{desired} desired of {}", revision_of(task_definition));
        match facts.asked {
            Asked::Taken { .. } => Verdict::untouched(format!("{found}, though {} were asked for", self.desired)),
            Asked::No | Asked::Unanswered { .. } => Verdict::untouched(found),
        }
    }
}

impl Work for Scale {
    fn asks(&self, asked: &Asked) -> Vec<Ask> {
        let mut asks = vec![self.target.service(&self.place).ask, self.target.limits(&self.place).ask];
        asks.extend(self.targets().into_iter().flat_map(|targets| targets.asks()));
        if *asked == Asked::No {
            asks.push(self.definition().ask);
        }
        asks
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        if let Some(verdict) = self.target.out_of_place(facts, &self.place, self.target_group.as_deref()) {
            return verdict;
        }
        let service = match self.target.look(facts, &self.place) {
            Look::There(service) => service,
            Look::Absent => return self.target.missing(),
            Look::NotTold(why) => return Verdict::unknown(why),
        };
        let counts_targets = self.target_group.is_some();
        if let Some(verdict) = unusable(service).or_else(|| controller::obstacle(service, counts_targets)) {
            return verdict;
        }
        let was_sent = *facts.asked != Asked::No;
        if was_sent && let Some(found) = overtaken(service, ours(facts.asked), self.task_definition(), self.restart) {
            let (words, help) = with_reason(found, service, facts);
            return Verdict::bad(words, help);
        }
        if !self.is_asked(service) {
            return self.not_asked(service, facts);
        }
        if !was_sent && self.was_raised() {
            return Verdict::untouched("autoscaling started its tasks; its size is not set yet");
        }
        if self.restart && !self.is_restarted(service, facts) {
            return Verdict::untouched("its tasks are not replaced yet");
        }
        if !was_sent && matches!(self.runs, Runs::NotRegistered) {
            return Verdict::untouched("its new task definition is not registered yet");
        }
        let wanted = self.wanted(service);
        if let Some(found) = failure(service, wanted, self.failed_before(service, facts)) {
            let (words, help) = with_reason(found, service, facts);
            // What had failed before anything was sent is started over by sending it.
            return if was_sent { Verdict::bad(words, help) } else { Verdict::moving(words) };
        }
        let unsettled = unsettled(service);
        if let Some(note) = unsettled {
            return match reason(service, facts) {
                Some(reason) if reason.is_final(facts) && service.pending == 0 => {
                    Verdict::bad(format!("{}; {note}", reason.words), reason.help)
                }
                Some(reason) => Verdict::moving(format!("{}; {note}", reason.words)),
                None => Verdict::moving(note),
            };
        }
        let healthy = match self.targets().map(|targets| targets.healthy(facts, service, wanted)) {
            None => String::new(),
            Some(Ok(words)) => format!(", {words}"),
            Some(Err(Verdict::Moving { note, .. })) => {
                return Verdict::moving(with_reason(note.as_str(), service, facts).0);
            }
            Some(Err(verdict)) => return verdict,
        };
        Verdict::holds(
            format!("{} of {} running{healthy}", service.running, service.desired),
            outputs([("service", &self.target.service), ("task_definition", &service.task_definition)]),
        )
    }

    fn further(&self, facts: &Facts<'_>) -> Vec<Ask> {
        self.images(facts).map(|images| images.asks()).unwrap_or_default()
    }

    fn prechecks(&self, facts: &Facts<'_>) -> Vec<Check> {
        let mut checks = vec![self.target.exists("ecs-service", facts, &self.place)];
        checks.extend(self.target.in_place("ecs-place", facts, &self.place, self.target_group.as_deref()));
        if let Look::There(service) = self.target.look(facts, &self.place) {
            checks.extend(controller::checks(service, self.target_group.is_some()));
        }
        checks.push(self.limit_check(facts));
        checks.extend(self.targets().into_iter().flat_map(|targets| targets.checks(facts)));
        checks.extend(self.address_check(facts));
        checks.extend(self.images(facts).into_iter().flat_map(|images| images.checks(facts, &self.primary)));
        checks
    }

    fn act(&self, facts: &Facts<'_>) -> Option<Act> {
        let Look::There(service) = self.target.look(facts, &self.place) else {
            return Some(self.target.update(&self.place, Some(self.desired), self.task_definition(), false));
        };
        let runs_it = is_meant_to_run(service, self.task_definition());
        let task_definition = self.task_definition().filter(|_| !runs_it);
        // ECS starts no task in a failed deployment, and ever fewer in a crashing one: a retry starts it over. A new task
        // definition is a new deployment by itself.
        let has_failed = runs_it && failure(service, self.wanted(service), 0).is_some();
        let restart = self.restart && task_definition.is_none() && !self.is_restarted(service, facts);
        let desired = self.size_to_set(service);
        let force = has_failed || restart;
        (desired.is_some() || task_definition.is_some() || force)
            .then(|| self.target.update(&self.place, desired, task_definition, force))
    }

    fn before_image(&self, facts: &Facts<'_>) -> Value {
        let Some(before) = self.target.before(facts, &self.place) else { return Value::Null };
        ServiceBefore { desired: self.desired_before.or(before.desired), ..before }.kept()
    }
}

impl Scale {
    fn limit_check(&self, facts: &Facts<'_>) -> Check {
        let code = "ecs-scalable-max";
        let wanted = format!("a maximum of {} or more, or no autoscaling", self.desired);
        match facts.see(&self.target.limits(&self.place)) {
            Look::NotTold(why) => Check::not_told(code, why, &wanted),
            Look::Absent => Check::that(code, true, "no autoscaling", &wanted, ""),
            Look::There(limits) => {
                let fix = "raise MaxCapacity of its scalable target: autoscaling would scale it back";
                Check::that(code, limits.max >= self.desired, format!("a maximum of {}", limits.max), &wanted, fix)
            }
        }
    }

    /// What it is to run: the revision that holds the new values, or what it runs now while there is none.
    fn definition(&self) -> Want<TaskDefinition> {
        match &self.runs {
            Runs::Unchanged | Runs::NotRegistered => self.target.definition(&self.place),
            Runs::Definition(arn) => words::definition(&self.place, arn),
        }
    }

    /// The images that its tasks would pull; `None` while it cannot be told what they run.
    fn images<'a>(&'a self, facts: &Facts<'a>) -> Option<Images<'a>> {
        if *facts.asked != Asked::No {
            return None;
        }
        let definition = facts.see(&self.definition()).found()?;
        let set = self.values.image.as_ref().filter(|_| matches!(self.runs, Runs::NotRegistered)).and_then(|image| {
            let service = self.target.look(facts, &self.place).found()?;
            let (name, target_group) = (self.container.as_deref(), self.target_group.as_deref());
            let meant = Meant { name, target_group, values: &self.values }.in_definition(definition, service).ok()?;
            Some((&meant.name, image))
        });
        Some(Images::of(&self.place, definition, set))
    }

    /// Where the plan sets no values: nobody else looks at what the service runs.
    fn address_check(&self, facts: &Facts<'_>) -> Option<Check> {
        if self.is_ahead || !matches!((&self.runs, facts.asked), (Runs::Unchanged, Asked::No)) {
            return None;
        }
        let regions = (&self.primary, &self.place.region);
        match facts.see(&self.target.definition(&self.place)) {
            Look::There(definition) => Some(address::check(definition, None, &Values::default(), regions)),
            Look::NotTold(why) => {
                let wanted = format!("nothing in its containers names {}", self.primary);
                Some(Check::not_told("ecs-old-address", why, &wanted))
            }
            Look::Absent => None,
        }
    }
}
