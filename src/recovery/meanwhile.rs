//! What turns while a run goes on: readiness rules of what nothing was started of yet, as they were looked at beside it. What was
//! known before the start stays as it was; nothing here refuses a step that was said yes to. Pure.

use super::start::{Found, Verdict};
use super::state::{State, Status};
use crate::plan::{ComponentName, Level};
use crate::text::Clean;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What a rule's finding is known by: the component, where it is one's, and its code.
pub type Known = (Option<ComponentName>, Clean);

/// How rules stand that turned since the start.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Meanwhile {
    found: BTreeMap<Known, Arc<Found>>,
    /// Why the session that drives asks for them no more.
    pub rests: Option<Clean>,
}

impl Meanwhile {
    /// Takes in how some stand now.
    pub(super) fn take(&mut self, found: &[Found], rests: Option<&Clean>) {
        for found in found {
            self.found.insert(found.known(), Arc::new(found.clone().as_known()));
        }
        if rests.is_some() {
            self.rests = rests.cloned();
        }
    }

    /// Every rule that turned, as it stands now.
    pub fn found(&self) -> impl Iterator<Item = &Arc<Found>> {
        self.found.values()
    }
}

impl Found {
    /// What it is known by, look after look.
    pub fn known(&self) -> Known {
        (self.component.clone(), self.check.code.clone())
    }
}

impl State {
    /// The components that nothing was started of yet, while the run goes forward: of the others the steps themselves look at
    /// what they rest on.
    pub fn untouched(&self) -> BTreeSet<ComponentName> {
        if self.started.is_none() || self.rollback.is_some() || self.ended.is_some() {
            return BTreeSet::new();
        }
        let steps = || self.run.runbook.steps.iter().zip(&self.steps);
        let touched: BTreeSet<_> =
            steps().filter(|(_, step)| step.attempt > 0).map(|(step, _)| &step.component).collect();
        let waits = steps().filter(|(step, own)| own.status == Status::Waiting && !touched.contains(&step.component));
        waits.map(|(step, _)| step.component.clone()).collect()
    }

    /// How each readiness rule was told last, before the start or since.
    pub fn rules_told(&self) -> BTreeMap<Known, Level> {
        let before = self.preflight.iter().flat_map(|preflight| preflight.all()).filter(|found| found.tier.is_some());
        let since = self.meanwhile.found().map(Arc::as_ref);
        before.chain(since).map(|found| (found.known(), found.check.level)).collect()
    }

    /// The rules that were not failing before the start, fail now, and cost what was promised, of what has anything left to do.
    pub fn turned(&self) -> Vec<&Found> {
        if self.ended.is_some() || self.rollback.is_some() {
            return Vec::new();
        }
        let before: BTreeSet<Known> = {
            let all = self.preflight.iter().flat_map(|preflight| preflight.all());
            let failing = all.filter(|found| found.tier.is_some() && found.check.level == Level::Failing);
            failing.map(Found::known).collect()
        };
        let waits = |name: &ComponentName| self.first_waiting(name).is_some();
        let turned = self.meanwhile.found().map(Arc::as_ref).filter(|found| {
            found.check.level == Level::Failing
                && found.is_a_risk()
                && !before.contains(&found.known())
                && found.component.as_ref().is_none_or(waits)
        });
        turned.collect()
    }

    /// What the rules that turned make of what is left to do; `None` where none did.
    pub fn turned_to(&self) -> Option<Verdict> {
        let turned = self.turned();
        match turned.iter().filter(|found| found.check.weight.blocks()).count() {
            0 if turned.is_empty() => None,
            0 => Some(Verdict::AtRisk(turned.len())),
            blocks => Some(Verdict::NotReady(blocks)),
        }
    }

    /// What turned of the component of a step, where that is the next one of it.
    pub fn turned_at(&self, place: usize) -> Option<&Found> {
        // Most runs have none of it.
        self.meanwhile.found().next()?;
        let component = &self.run.runbook.steps[place].component;
        let is_next = self.first_waiting(component) == Some(place);
        self.turned().into_iter().find(|found| is_next && found.component.as_ref() == Some(component))
    }

    fn first_waiting(&self, component: &ComponentName) -> Option<usize> {
        let steps = self.run.runbook.steps.iter().zip(&self.steps);
        steps.into_iter().position(|(step, own)| step.component == *component && own.status == Status::Waiting)
    }
}
