//! A compiled plan written down for people and for other programs. Gives text back; prints nothing.

mod dot;
mod json;
mod mermaid;
mod text;
mod wrap;

use super::graph::{self, CriticalPath};
use super::kind::{Finding, Kinds, Level};
use super::lint;
use super::model::{Intent, Plan};
use super::names::StepId;
use super::runbook::{Runbook, Step};
use std::collections::{HashMap, HashSet};

pub use dot::dot;
pub use json::json;
pub use mermaid::mermaid;
pub use text::text;

/// All there is to write down of one plan and one intent.
#[derive(Clone, Debug)]
pub struct Sheet<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The plan, compiled.
    pub runbook: Runbook,
    /// The steps in waves: each needs only steps of earlier ones.
    pub waves: Vec<Vec<StepId>>,
    /// The chain of steps that decides how long it takes.
    pub critical_path: CriticalPath,
    /// What is not as wanted, or could not be told.
    pub findings: Vec<Finding>,
    critical: HashSet<StepId>,
    places: HashMap<StepId, usize>,
}

impl<'a> Sheet<'a> {
    /// Compiles `plan` for `intent`.
    ///
    /// # Errors
    /// A [`Cycle`](graph::Cycle) among the components; the plan's reader finds it first.
    pub fn new(plan: &'a Plan, intent: Intent, kinds: &dyn Kinds) -> Result<Self, graph::Cycle> {
        Ok(Self::of(plan, Runbook::compile(plan, intent, kinds)?, kinds))
    }

    /// Of a runbook that is compiled already, or of a part of it.
    pub fn of(plan: &'a Plan, runbook: Runbook, kinds: &dyn Kinds) -> Self {
        let mut findings = lint::findings(plan, &runbook, kinds);
        findings.retain(|finding| finding.level != Level::Ok);
        let (waves, critical_path) = (graph::waves(&runbook), graph::critical_path(&runbook));
        let critical = critical_path.steps.iter().cloned().collect();
        let places = runbook.steps.iter().enumerate().map(|(place, step)| (step.id.clone(), place)).collect();
        Self { plan, runbook, waves, critical_path, findings, critical, places }
    }

    fn is_critical(&self, step: &Step) -> bool {
        self.critical.contains(&step.id)
    }

    fn wave(&self, ids: &[StepId]) -> Vec<&Step> {
        ids.iter().filter_map(|id| self.places.get(id)).map(|place| &self.runbook.steps[*place]).collect()
    }
}
