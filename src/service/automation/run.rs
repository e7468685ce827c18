//! A document is executed, once, and its own end tells. What was sent without an answer is sent again by the very same token:
//! the same execution is told of, and none is started twice (`ClientToken` of StartAutomationExecution).

use super::words::{self, Document, Execution, Operation};
use crate::service::ask::{Ask, Place};
use crate::service::operation::{self, Act};
use crate::service::say::outputs;
use crate::service::uuid;
use crate::service::work::{Asked, Check, Facts, Look, Verdict, Want, Work};
use crate::text::Clean;
use std::collections::BTreeMap;

/// A document is executed.
pub(super) struct Run {
    pub place: Place,
    pub document: Clean,
    pub version: Option<Clean>,
    pub parameters: BTreeMap<String, Vec<String>>,
    /// What it is done for: by it and by when, it is told from every other execution.
    pub by: String,
}

/// A document's own name, without what an ARN has before it.
fn bare(document: &str) -> &str {
    document.rsplit('/').next().unwrap_or(document)
}

impl Run {
    fn want(&self) -> Want<Document> {
        words::document(&self.place, &self.document, self.version.as_ref())
    }

    fn execution(&self, asked: &Asked) -> Option<Want<Execution>> {
        Some(words::execution(&self.place, asked.receipt()?.id.as_ref()?))
    }

    fn wanted(&self) -> String {
        let version = self.version.as_ref().map_or_else(String::new, |version| format!(" in version {version}"));
        format!("the Automation document {}{version} in {}", self.document, self.place.region)
    }

    /// What the execution's own status says.
    fn by_its_end(&self, found: &Execution) -> Verdict {
        let id = &found.id;
        let told = match (&found.failure, &found.step) {
            (Some(failure), _) => format!("{id} is {}: {failure}", found.status),
            (None, Some(step)) => format!("{id} is {} at {step}", found.status),
            (None, None) => format!("{id} is {}", found.status),
        };
        match found.status.as_str() {
            "Success" | "CompletedWithSuccess" => Verdict::holds(told, outputs([("execution", id)])),
            "Failed"
            | "TimedOut"
            | "Cancelled"
            | "Rejected"
            | "CompletedWithFailure"
            | "Exited"
            | "ChangeCalendarOverrideRejected" => Verdict::bad(
                told,
                "see the execution in Systems Manager, mend what it names, then retry: it is started anew",
            ),
            "Waiting" | "PendingApproval" | "PendingChangeCalendarOverride" => {
                Verdict::moving(format!("{told}: it waits for somebody, in Systems Manager"))
            }
            _ => Verdict::moving(told),
        }
    }
}

impl Work for Run {
    fn asks(&self, asked: &Asked) -> Vec<Ask> {
        match asked {
            Asked::No | Asked::Unanswered { .. } => vec![self.want().ask],
            Asked::Taken { .. } => self.execution(asked).into_iter().map(|want| want.ask).collect(),
        }
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        match facts.asked {
            Asked::No => {
                return match facts.see(&self.want()) {
                    Look::NotTold(why) => Verdict::unknown(why),
                    Look::Absent => Verdict::untouched(format!("there is no document {}", self.document)),
                    Look::There(_) => Verdict::untouched("not started yet"),
                };
            }
            Asked::Unanswered { .. } => {
                return Verdict::untouched("whether it was started is asked for by its token, which starts none twice");
            }
            Asked::Taken { .. } => {}
        }
        let Some(want) = self.execution(facts.asked) else {
            return Verdict::unknown("it was started, and which execution that is was not told");
        };
        match facts.see(&want) {
            Look::NotTold(why) => Verdict::unknown(why),
            Look::Absent => Verdict::moving("its execution is not told of yet"),
            Look::There(found) if want_id(facts.asked) != Some(&found.id) => Verdict::bad(
                format!("the execution that was told is {}", found.id),
                "see the executions in Systems Manager",
            ),
            Look::There(found) if bare(&found.document) != bare(&self.document) => Verdict::bad(
                format!("{} executes {} and not {}", found.id, found.document, self.document),
                "name the document by its own name",
            ),
            Look::There(found) => self.by_its_end(found),
        }
    }

    fn prechecks(&self, facts: &Facts<'_>) -> Vec<Check> {
        let (code, wanted) = ("runbook-document", self.wanted());
        let fix = "name it in the plan as the region has it, or make it there";
        let found = match facts.see(&self.want()) {
            Look::NotTold(why) => return vec![Check::not_told(code, why, &wanted).of_identity()],
            Look::Absent => return vec![Check::that(code, false, "it is not there", &wanted, fix).of_identity()],
            Look::There(found) => found,
        };
        let is_it = bare(&found.name) == bare(&self.document) && found.sort.as_str() == "Automation";
        let told = format!("{}, a document of type {}", found.name, found.sort);
        let there = Check::that(code, is_it, told, &wanted, fix).of_identity();
        let is_active = found.status.as_str() == "Active";
        let active = Check::that(
            "runbook-active",
            is_active,
            found.status.as_str(),
            "Active",
            "wait until it is, or make it anew",
        );
        vec![there, active, self.fits(found)]
    }

    fn act(&self, facts: &Facts<'_>) -> Option<Act> {
        if let (Asked::Unanswered { .. }, Some(sent)) = (facts.asked, facts.sent) {
            return Some(sent.clone());
        }
        let operation = Operation::StartAutomation {
            document: self.document.clone(),
            version: self.version.clone(),
            parameters: self.parameters.clone(),
            token: uuid::of(&format!("landfall {} {}", self.by, facts.now)),
        };
        Some(Act { place: self.place.clone(), operation: operation::Operation::Automation(operation) })
    }
}

fn want_id(asked: &Asked) -> Option<&Clean> {
    asked.receipt()?.id.as_ref()
}

impl Run {
    /// Whether it takes what it is given, and is given what it has to have.
    fn fits(&self, found: &Document) -> Check {
        let given: Vec<&str> = self.parameters.keys().map(String::as_str).collect();
        let strange = given.iter().find(|name| !found.parameters.contains_key(**name));
        let missing =
            found.parameters.iter().find(|(name, has_default)| !**has_default && !given.contains(&name.as_str()));
        let told = match (strange, missing) {
            (Some(name), _) => format!("it has no parameter {name}"),
            (None, Some((name, _))) => format!("it wants {name}"),
            (None, None) => "they fit".to_owned(),
        };
        let fix = "give the parameters that the document has, those without a default all";
        let holds = strange.is_none() && missing.is_none();
        Check::that("runbook-parameters", holds, told, "parameters that it takes, and all that it has to have", fix)
    }
}
