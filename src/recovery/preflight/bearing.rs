//! What a finding bears on: the same weight matters more on the critical path, and more the more waits on it.

use super::Found;
use crate::plan::{ComponentName, Level, Plan, Runbook, graph};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// How much hangs on each component.
#[derive(Clone, Debug, Default)]
pub(super) struct Bearing {
    critical: BTreeSet<ComponentName>,
    waiting: BTreeMap<ComponentName, usize>,
}

impl Bearing {
    /// In a run of `runbook`.
    pub fn of(plan: &Plan, runbook: &Runbook) -> Self {
        let on_path: BTreeSet<_> = graph::critical_path(runbook).steps.into_iter().collect();
        let steps = runbook.steps.iter().filter(|step| on_path.contains(&step.id));
        let mut waiting: BTreeMap<ComponentName, usize> = BTreeMap::new();
        let mut needed_by: BTreeMap<&ComponentName, Vec<&ComponentName>> = BTreeMap::new();
        for component in &plan.components {
            for need in &component.needs {
                needed_by.entry(need).or_default().push(&component.name);
            }
        }
        for component in &plan.components {
            let (mut found, mut next) = (BTreeSet::new(), vec![&component.name]);
            while let Some(name) = next.pop() {
                next.extend(needed_by.get(name).into_iter().flatten().filter(|other| found.insert(**other)));
            }
            waiting.insert(component.name.clone(), found.len());
        }
        Self { critical: steps.map(|step| step.component.clone()).collect(), waiting }
    }

    /// Smaller for what is to be mended first: what weighs more, is on the critical path, keeps more waiting; what is known
    /// to be wrong before what could not be told.
    pub fn rank(&self, found: &Found) -> impl Ord + use<> {
        let beside = found.component.as_ref().is_some_and(|name| !self.critical.contains(name));
        let waiting = found.component.as_ref().and_then(|name| self.waiting.get(name)).copied().unwrap_or(usize::MAX);
        let level = match found.check.level {
            Level::Failing => 0,
            Level::Unknown => 1,
            Level::Ok => 2,
        };
        (found.check.weight, beside, Reverse(waiting), level)
    }
}
