//! The new values: a revision of the service's task definition with them in its first container, and its removal.

use super::Target;
use super::deployment::revision_of;
use crate::plan::Component;
use crate::service::ask::{Ask, Place, Query};
use crate::service::observation::TaskDefinition;
use crate::service::operation::{Act, Operation};
use crate::service::say::outputs;
use crate::service::work::{Asked, Check, Facts, Look, Outputs, Verdict, Work};
use crate::text::Clean;
use serde_json::Value;
use std::collections::BTreeMap;

/// Registers a revision that holds the wanted values.
pub(super) struct Register {
    place: Place,
    target: Target,
    family: String,
    environment: BTreeMap<String, String>,
    secrets: BTreeMap<String, String>,
    image: Option<Clean>,
}

impl Register {
    /// Whether the plan gives any value.
    pub fn is_wanted(component: &Component) -> bool {
        let fields = &component.fields;
        let has_image = fields.0.contains_key("image");
        has_image || !fields.texts("environment").is_empty() || !fields.texts("secrets").is_empty()
    }

    pub fn new(place: Place, component: &Component) -> Self {
        let fields = &component.fields;
        let target = Target::of(component);
        Self {
            place,
            family: fields.text("family").unwrap_or_else(|| target.service.clone()),
            target,
            environment: fields.texts("environment"),
            secrets: fields.texts("secrets"),
            image: fields.text("image").map(Into::into),
        }
    }

    /// What to ask for: the revision that was registered, else the newest of the family.
    fn name<'a>(&'a self, asked: &'a Asked) -> &'a str {
        asked.receipt().and_then(|receipt| receipt.id.as_deref()).unwrap_or(&self.family)
    }

    fn newest<'a>(&self, facts: &Facts<'a>) -> Look<'a, TaskDefinition> {
        facts.task_definition(&self.place, &self.family)
    }

    /// The first wanted value that the definition does not hold. Values may be secret: only names are told.
    fn difference(&self, definition: &TaskDefinition) -> Option<String> {
        let Some(container) = definition.containers.first() else { return Some("it has no container".to_owned()) };
        if let Some(image) = self.image.as_ref().filter(|image| **image != container.image) {
            return Some(format!("its image is not {image}"));
        }
        let differs = |wanted: &BTreeMap<String, String>, found: &BTreeMap<String, String>| {
            wanted.iter().find(|(name, value)| found.get(*name) != Some(*value)).map(|(name, _)| name.clone())
        };
        differs(&self.environment, &container.environment)
            .or_else(|| differs(&self.secrets, &container.secrets))
            .map(|name| format!("it has not the wanted {name}"))
    }
}

impl Work for Register {
    fn asks(&self, asked: &Asked) -> Vec<Ask> {
        // The family is asked for even when a revision is known: a retry starts from it again.
        let mut names = vec![self.name(asked), &self.family];
        names.dedup();
        let definitions = names.into_iter().map(|name| self.place.ask(Query::TaskDefinition { name: name.into() }));
        std::iter::once(self.place.ask(self.target.query())).chain(definitions).collect()
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        let name = self.name(facts.asked);
        let is_registered = facts.asked.receipt().is_some_and(|receipt| receipt.id.is_some());
        let definition = match facts.task_definition(&self.place, name) {
            Look::There(definition) => definition,
            Look::Absent if is_registered => return Verdict::moving(format!("{} not seen yet", revision_of(name))),
            Look::Absent => return Verdict::untouched(format!("no active revision of {name}")),
            Look::NotTold(why) => return Verdict::unknown(why),
        };
        let revision = revision_of(&definition.arn);
        match self.difference(definition) {
            Some(difference) if is_registered => Verdict::bad(
                format!("{revision} was registered, but {difference}"),
                "see who else registers revisions of this family, then retry",
            ),
            Some(difference) => Verdict::untouched(format!("{revision}: {difference}")),
            None if definition.status.as_str() != "ACTIVE" => {
                Verdict::moving(format!("{revision} is {}", definition.status))
            }
            None => Verdict::holds(
                format!("{revision} holds the new values"),
                outputs([("task_definition", &definition.arn)]),
            ),
        }
    }

    fn prechecks(&self, facts: &Facts<'_>) -> Vec<Check> {
        let mut checks = vec![self.target.exists(facts, &self.place)];
        let code = "ecs-family";
        let wanted = format!("the service runs the family {}", self.family);
        checks.push(match (self.target.look(facts, &self.place), self.newest(facts)) {
            (Look::NotTold(why), _) | (_, Look::NotTold(why)) => Check::not_told(code, why, &wanted),
            (Look::There(service), _) => {
                let family = family_of(&service.task_definition);
                let fix = format!("give `family = \"{family}\"`");
                Check::that(code, family == self.family, format!("it runs {family}"), &wanted, fix)
            }
            (Look::Absent, Look::There(_)) => Check::that(code, false, "no service", &wanted, "create the service"),
            (Look::Absent, Look::Absent) => {
                Check::that(code, false, format!("no family {}", self.family), &wanted, "give `family`")
            }
        });
        checks
    }

    fn act(&self, facts: &Facts<'_>) -> Option<Act> {
        // What runs is known to work; the newest revision may never have run.
        let from = match self.target.look(facts, &self.place) {
            Look::There(service) => service.task_definition.clone(),
            Look::Absent | Look::NotTold(_) => self.family.as_str().into(),
        };
        let operation = Operation::RegisterTaskDefinition {
            from,
            environment: self.environment.clone(),
            secrets: self.secrets.clone(),
            image: self.image.clone(),
        };
        Some(Act { place: self.place.clone(), operation })
    }

    fn before_image(&self, facts: &Facts<'_>) -> Value {
        match self.newest(facts) {
            Look::There(definition) => serde_json::json!({ "newest": definition.arn }),
            Look::Absent | Look::NotTold(_) => Value::Null,
        }
    }
}

/// `family` of an ARN or of `family:revision`.
fn family_of(arn: &str) -> &str {
    let revision = revision_of(arn);
    revision.split_once(':').map_or(revision, |(family, _)| family)
}

/// Takes a revision out of use.
pub(super) struct Deregister {
    place: Place,
    arn: String,
}

impl Deregister {
    /// Of `arn`, unless the before-image shows that it was there already.
    pub fn new(place: Place, arn: String, before: &Value) -> Option<Self> {
        let was_there = before.get("newest").and_then(Value::as_str) == Some(arn.as_str());
        (!was_there).then_some(Self { place, arn })
    }
}

impl Work for Deregister {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        vec![self.place.ask(Query::TaskDefinition { name: self.arn.as_str().into() })]
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        let revision = revision_of(&self.arn);
        match facts.task_definition(&self.place, &self.arn) {
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
        let operation = Operation::DeregisterTaskDefinition { arn: self.arn.as_str().into() };
        Some(Act { place: self.place.clone(), operation })
    }
}
