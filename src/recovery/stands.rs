//! What stands on a store whose point of no return was crossed: taking it down would leave no side that can serve. Pure.

use super::state::State;
use crate::plan::{ComponentName, Role, Undo};
use std::collections::{HashMap, HashSet, VecDeque};

/// The stores whose promotion cannot be taken back and was sent, in the plan's order.
pub fn crossed(state: &State) -> Vec<ComponentName> {
    let steps = state.run.runbook.steps.iter().zip(&state.steps);
    let crossed =
        steps.filter(|(step, own)| step.role() == Role::Promotion && step.undo == Undo::PointOfNoReturn && own.acted());
    crossed.map(|(step, _)| step.component.clone()).collect()
}

/// Which components stand on which crossed store.
pub struct Standing {
    /// Each component that stays, with the store because of which it does.
    because: HashMap<ComponentName, Because>,
}

/// Why a component stays.
enum Because {
    /// It is the store.
    Promoted,
    /// It needs the store.
    StandsOn(ComponentName),
    /// Something that stands on the store needs it.
    NeededBy(ComponentName),
}

impl Standing {
    /// As the run stands now.
    pub fn of(state: &State) -> Self {
        let components = &state.run.plan.components;
        let mut dependents: HashMap<&ComponentName, Vec<&ComponentName>> = HashMap::new();
        let mut needs: HashMap<&ComponentName, &[ComponentName]> = HashMap::new();
        for component in components {
            needs.insert(&component.name, &component.needs);
            for need in &component.needs {
                dependents.entry(need).or_default().push(&component.name);
            }
        }
        let mut because = HashMap::new();
        for store in crossed(state) {
            let mut seen: HashSet<&ComponentName> = HashSet::from([&store]);
            let mut front = VecDeque::from([&store]);
            while let Some(at) = front.pop_front() {
                for dependent in dependents.get(at).into_iter().flatten() {
                    if seen.insert(dependent) {
                        because.entry((*dependent).clone()).or_insert_with(|| Because::StandsOn(store.clone()));
                        front.push_back(dependent);
                    }
                }
            }
            because.insert(store.clone(), Because::Promoted);
        }
        // And what those need: without it they do not serve.
        let mut front: VecDeque<ComponentName> = because.keys().cloned().collect();
        while let Some(at) = front.pop_front() {
            for need in needs.get(&at).copied().unwrap_or_default() {
                if !because.contains_key(need) {
                    because.insert(need.clone(), Because::NeededBy(at.clone()));
                    front.push_back(need.clone());
                }
            }
        }
        Self { because }
    }

    /// Why the step at `place` is not taken back; `None` when it may be.
    pub fn why_stays(&self, state: &State, place: usize) -> Option<String> {
        let step = state.plan_step(place);
        let because = self.because.get(&step.component)?;
        let is_fence = step.role() == Role::Fence;
        Some(match because {
            Because::Promoted if is_fence => {
                format!("{} was promoted and writes: its old side may not write beside it", step.component)
            }
            Because::Promoted => format!("{} was promoted: it is the side that serves", step.component),
            Because::StandsOn(store) if is_fence => {
                format!("{store} was promoted: what ran on its old side may not come back beside it")
            }
            Because::StandsOn(store) => {
                format!("it stands on {store}, which was promoted: without it no side could serve")
            }
            Because::NeededBy(other) => {
                format!("{other} needs it, and stands on a promoted store: without it no side could serve")
            }
        })
    }
}
