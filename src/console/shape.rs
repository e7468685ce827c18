//! What never changes about a run, laid out once for the screens: components by tier, steps by component. Pure.

use crate::plan::{ComponentName, Plan, Runbook};
use crate::recovery::Opened;
use crate::text::Clean;
use std::collections::HashMap;
use unicode_width::UnicodeWidthStr;

/// A run's layout. Components are meant by their place in the plan, steps by their place in the runbook.
#[derive(Clone, Debug, Default)]
pub struct Shape {
    /// The tiers in the order of the file, each with its components.
    pub tiers: Vec<(Clean, Vec<usize>)>,
    /// The columns that the longest title of a step takes.
    pub longest_title: usize,
    by_name: HashMap<ComponentName, usize>,
    steps_of: Vec<Vec<usize>>,
    component_of: Vec<Option<usize>>,
    dependents: Vec<Vec<usize>>,
}

impl Shape {
    /// The layout of a run.
    pub fn of(run: &Opened) -> Self {
        let Opened { plan, runbook, .. } = run;
        let by_name: HashMap<ComponentName, usize> =
            plan.components.iter().enumerate().map(|(at, component)| (component.name.clone(), at)).collect();
        let component_of: Vec<Option<usize>> =
            runbook.steps.iter().map(|step| by_name.get(&step.component).copied()).collect();
        Self {
            tiers: tiers(plan),
            longest_title: runbook.steps.iter().map(|step| step.title.width()).max().unwrap_or(0),
            steps_of: steps_of(plan, runbook, &by_name),
            component_of,
            dependents: dependents(plan, &by_name),
            by_name,
        }
    }

    /// The component called `name`.
    pub fn component(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// The steps of a component.
    pub fn steps_of(&self, component: usize) -> &[usize] {
        self.steps_of.get(component).map_or(&[], Vec::as_slice)
    }

    /// The component of a step; a runbook may name one that its plan does not have.
    pub fn component_of(&self, place: usize) -> Option<usize> {
        self.component_of.get(place).copied().flatten()
    }

    /// The components that need this one.
    pub fn dependents(&self, component: usize) -> &[usize] {
        self.dependents.get(component).map_or(&[], Vec::as_slice)
    }
}

fn tiers(plan: &Plan) -> Vec<(Clean, Vec<usize>)> {
    let mut tiers: Vec<(Clean, Vec<usize>)> = Vec::new();
    let mut known: HashMap<Clean, usize> = HashMap::new();
    for (at, component) in plan.components.iter().enumerate() {
        let name = component.tier.clone().unwrap_or_else(|| Clean::new("components"));
        let place = *known.entry(name.clone()).or_insert_with(|| {
            tiers.push((name, Vec::new()));
            tiers.len() - 1
        });
        tiers[place].1.push(at);
    }
    tiers
}

fn steps_of(plan: &Plan, runbook: &Runbook, by_name: &HashMap<ComponentName, usize>) -> Vec<Vec<usize>> {
    let mut steps = vec![Vec::new(); plan.components.len()];
    for (place, step) in runbook.steps.iter().enumerate() {
        if let Some(component) = by_name.get(&step.component) {
            steps[*component].push(place);
        }
    }
    steps
}

fn dependents(plan: &Plan, by_name: &HashMap<ComponentName, usize>) -> Vec<Vec<usize>> {
    let mut dependents = vec![Vec::new(); plan.components.len()];
    for (at, component) in plan.components.iter().enumerate() {
        for need in component.needs.iter().filter_map(|need| by_name.get(need)) {
            dependents[*need].push(at);
        }
    }
    dependents
}
