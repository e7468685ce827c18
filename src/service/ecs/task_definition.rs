//! The new values: a revision of what the service runs with them in one of its containers, and its removal.

use super::address;
use super::before::FamilyBefore;
use super::container::{Meant, Unclear, Values, with_values};
use super::deployment::revision_of;
use super::fields::Said;
use super::target::Target;
use super::words;
use crate::plan::Region;
use crate::service::ask::{Ask, Place};
use crate::service::observation::{Container, EcsService, TaskDefinition};
use crate::service::operation::{Act, EcsOperation, Operation};
use crate::service::say::outputs;
use crate::service::work::{Asked, Check, Facts, Image, Look, Outputs, Verdict, Work};
use crate::text::Clean;
use serde_json::Value;

/// Registers a revision that holds the wanted values.
pub(super) struct Register {
    place: Place,
    target: Target,
    family: String,
    container: Option<String>,
    target_group: Option<String>,
    values: Values,
    primary: Region,
}

impl Register {
    pub fn new(place: Place, said: &Said, primary: &Region) -> Self {
        let target = Target::of(&said.cluster, &said.service);
        Self {
            place,
            family: said.family.clone().unwrap_or_else(|| target.service.to_string()),
            target,
            container: said.container.clone(),
            target_group: said.target_group.clone(),
            values: Values::of(said),
            primary: primary.clone(),
        }
    }

    /// The revision that was registered, once ECS told it.
    fn registered<'a>(&self, asked: &'a Asked) -> Option<&'a str> {
        asked.receipt()?.id.as_deref()
    }

    fn newest<'a>(&self, facts: &Facts<'a>) -> Look<'a, TaskDefinition> {
        facts.see(&words::definition(&self.place, &self.family))
    }

    fn running<'a>(&self, facts: &Facts<'a>) -> Look<'a, TaskDefinition> {
        facts.see(&self.target.definition(&self.place))
    }

    /// The container of `definition`, a revision of what `service` runs, that the values are for.
    fn container<'d>(&self, definition: &'d TaskDefinition, service: &EcsService) -> Result<&'d Container, Unclear> {
        let (name, target_group) = (self.container.as_deref(), self.target_group.as_deref());
        Meant { name, target_group, values: &self.values }.in_definition(definition, service)
    }

    fn given(definition: &TaskDefinition) -> Outputs {
        outputs([("task_definition", &definition.arn)])
    }

    /// Whether the revision that was registered came to hold the values in the container that was told then.
    fn verify(&self, facts: &Facts<'_>, service: &EcsService, arn: &str) -> Verdict {
        let revision = revision_of(arn);
        let definition = match facts.see(&words::definition(&self.place, arn)) {
            Look::There(definition) => definition,
            Look::Absent => return Verdict::moving(format!("{revision} not seen yet")),
            Look::NotTold(why) => return Verdict::unknown(why),
        };
        let difference = match self.container(definition, service) {
            Ok(container) => self.values.missing_in(container),
            Err(unclear) => Some(unclear.found),
        };
        match difference {
            Some(difference) => Verdict::bad(
                format!("{revision} was registered, but {difference}"),
                "see who else registers revisions of this family, then retry",
            ),
            None if definition.status.as_str() != "ACTIVE" => {
                Verdict::moving(format!("{revision} is {}", definition.status))
            }
            None => Verdict::holds(format!("{revision} holds the new values"), Self::given(definition)),
        }
    }

    /// Whether a revision is what would be registered: what runs with the values set, and nothing else changed.
    fn is_as_registered(&self, newest: &TaskDefinition, running: &TaskDefinition, container: &Container) -> bool {
        newest.status.as_str() == "ACTIVE"
            && newest.family == running.family
            && newest.sizes_and_roles == running.sizes_and_roles
            && newest.containers == with_values(running, &container.name, &self.values)
    }
}

impl Work for Register {
    fn asks(&self, asked: &Asked) -> Vec<Ask> {
        // The family is asked for even when a revision is known: a retry starts from it again.
        let mut names = vec![self.registered(asked).unwrap_or(&self.family), &self.family];
        names.dedup();
        let definitions = names.into_iter().map(|name| words::definition(&self.place, name).ask);
        [self.target.service(&self.place).ask, self.target.definition(&self.place).ask]
            .into_iter()
            .chain(definitions)
            .collect()
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        if let Some(verdict) = self.target.out_of_place(facts, &self.place, None) {
            return verdict;
        }
        let service = match self.target.look(facts, &self.place) {
            Look::There(service) => service,
            Look::Absent => return Verdict::untouched(format!("there is no service {}", self.target.service)),
            Look::NotTold(why) => return Verdict::unknown(why),
        };
        if let Some(arn) = self.registered(facts.asked) {
            return self.verify(facts, service, arn);
        }
        let running = match self.running(facts) {
            Look::There(running) => running,
            Look::Absent => return Verdict::untouched(format!("{} has no task definition", self.target.service)),
            Look::NotTold(why) => return Verdict::unknown(why),
        };
        let container = match self.container(running, service) {
            Ok(container) => container,
            Err(unclear) => return Verdict::untouched(unclear.found),
        };
        let revision = revision_of(&running.arn);
        let Some(difference) = self.values.missing_in(container) else {
            return Verdict::holds(format!("{revision} holds the new values, and is run"), Self::given(running));
        };
        match self.newest(facts) {
            Look::NotTold(why) => Verdict::unknown(why),
            Look::There(newest) if self.is_as_registered(newest, running, container) => {
                let words = format!("{} is {revision} with the new values", revision_of(&newest.arn));
                Verdict::holds(words, Self::given(newest))
            }
            Look::There(_) | Look::Absent => Verdict::untouched(format!("{revision}: {difference}")),
        }
    }

    fn prechecks(&self, facts: &Facts<'_>) -> Vec<Check> {
        let mut checks = vec![self.target.exists("ecs-service", facts, &self.place)];
        checks.extend(self.target.in_place("ecs-place", facts, &self.place, None));
        let wanted = format!("the service runs the family {}", self.family);
        let container_wanted = "one container that the values are for";
        let running = match self.running(facts) {
            Look::There(running) => running,
            Look::NotTold(why) => {
                checks.push(Check::not_told("ecs-family", why, &wanted));
                return checks;
            }
            // Where there is no service, that is told by itself.
            Look::Absent if matches!(self.target.look(facts, &self.place), Look::Absent) => return checks,
            Look::Absent => {
                checks.push(Check::that("ecs-family", false, "no task definition", &wanted, "create the service"));
                return checks;
            }
        };
        let fix = format!("give `family = \"{}\"`", running.family);
        let found = format!("it runs {}", running.family);
        checks
            .push(Check::that("ecs-family", running.family.as_str() == self.family, found, &wanted, fix).of_identity());
        let service = match self.target.look(facts, &self.place) {
            Look::There(service) => service,
            // That there is none is told already.
            Look::Absent => return checks,
            Look::NotTold(why) => {
                checks.push(Check::not_told("ecs-container", why, container_wanted));
                return checks;
            }
        };
        let container = self.container(running, service);
        checks.push(
            match &container {
                Ok(container) => Check::that("ecs-container", true, container.name.as_str(), container_wanted, ""),
                Err(Unclear { found, fix }) => Check::that("ecs-container", false, found, container_wanted, fix),
            }
            .of_identity(),
        );
        let set_in = container.ok().map(|container| &container.name);
        checks.push(address::check(running, set_in, &self.values, (&self.primary, &self.place.region)));
        checks
    }

    fn touched(&self, facts: &Facts<'_>) -> Option<Vec<Clean>> {
        let running = self.running(facts).found()?;
        Some(running.roles().cloned().collect())
    }

    fn act(&self, facts: &Facts<'_>) -> Option<Act> {
        // What runs is known to work; the newest revision may never have run.
        let running = self.running(facts).found();
        let service = self.target.look(facts, &self.place).found();
        let container = running.zip(service).and_then(|(running, service)| self.container(running, service).ok());
        let operation = Operation::Ecs(EcsOperation::RegisterTaskDefinition {
            from: running.map_or_else(|| self.family.as_str().into(), |running| running.arn.clone()),
            container: container.map(|container| container.name.clone()),
            environment: self.values.environment.clone(),
            secrets: self.values.secrets.clone(),
            image: self.values.image.clone(),
        });
        Some(Act { place: self.place.clone(), operation })
    }

    fn before_image(&self, facts: &Facts<'_>) -> Value {
        match self.newest(facts) {
            Look::There(definition) => FamilyBefore { newest: Some(definition.arn.clone()) }.kept(),
            Look::Absent | Look::NotTold(_) => Value::Null,
        }
    }
}

/// Takes a revision out of use.
pub(super) struct Deregister {
    place: Place,
    arn: String,
}

impl Deregister {
    /// Of `arn`, unless the before-image shows that it was there already.
    pub fn new(place: Place, arn: String, before: &Value) -> Option<Self> {
        let newest = FamilyBefore::of_journal(before).and_then(|before| before.newest);
        let was_there = newest.is_some_and(|newest| newest.as_str() == arn);
        (!was_there).then_some(Self { place, arn })
    }
}

impl Work for Deregister {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        vec![words::definition(&self.place, &self.arn).ask]
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        let revision = revision_of(&self.arn);
        match facts.see(&words::definition(&self.place, &self.arn)) {
            Look::NotTold(why) => Verdict::unknown(why),
            Look::Absent => Verdict::holds(format!("there is no {revision}"), Outputs::new()),
            Look::There(definition) => match definition.status.as_str() {
                "INACTIVE" | "DELETE_IN_PROGRESS" => {
                    Verdict::holds(format!("{revision} is {}", definition.status), Outputs::new())
                }
                "ACTIVE" => Verdict::untouched(format!("{revision} is ACTIVE")),
                other => Verdict::moving(format!("{revision} is {other}")),
            },
        }
    }

    fn act(&self, _facts: &Facts<'_>) -> Option<Act> {
        let operation = Operation::Ecs(EcsOperation::DeregisterTaskDefinition { arn: self.arn.as_str().into() });
        Some(Act { place: self.place.clone(), operation })
    }
}
