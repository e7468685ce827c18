//! Who waits for whom in a runbook, beyond what a component's own steps say: what comes from the needs of its component,
//! and, in a switchover, that the old side stops writing from the outside in.

use super::graph;
use super::kind::Draft;
use super::model::{Component, Intent};
use super::names::{ComponentName, StepId};
use super::runbook::{Role, Step};
use std::collections::{HashMap, HashSet};

/// A component and the steps it takes.
pub(super) type Drafted<'a> = (&'a Component, Vec<Draft>);

/// The order of a switchover: the old compute is fenced first, then the stores that it writes to.
///
/// A store is a component that promotes, or goes over to a copy; compute is one that fences and promotes nothing. Each store's first step waits
/// for the fences of the compute that needs the store; what is needed only through another store writes to that one. So
/// those fences, and what comes before them in their components, wait for no store in turn.
#[derive(Debug, Default)]
pub(super) struct OutsideIn<'a> {
    stores: HashSet<&'a ComponentName>,
    /// The components that need a store by any way.
    on_a_store: HashSet<&'a ComponentName>,
    /// The fences that each store's first step waits for.
    before_store: HashMap<&'a ComponentName, Vec<StepId>>,
}

impl<'a> OutsideIn<'a> {
    /// The order among `drafted`, which stand in the order of their needs; nothing beyond the needs unless `intent` is a
    /// switchover.
    pub(super) fn of(drafted: &[Drafted<'a>], intent: Intent) -> Self {
        let mut order = Self::default();
        if intent == Intent::Failover {
            return order;
        }
        // The stores that a component reaches without passing another.
        let mut reaches: HashMap<&ComponentName, Vec<&'a ComponentName>> = HashMap::new();
        for (component, drafts) in drafted {
            let name = &component.name;
            let mut stores: Vec<&ComponentName> =
                component.needs.iter().filter_map(|need| reaches.get(need)).flatten().copied().collect();
            stores.sort_unstable();
            stores.dedup();
            if !stores.is_empty() {
                order.on_a_store.insert(name);
            }
            if drafts.iter().any(|draft| draft.role.is_of_a_store()) {
                order.stores.insert(name);
                stores = vec![name];
            }
            for fence in outer_fences(drafts) {
                let fence = StepId::of(name, fence.action);
                for store in &stores {
                    order.before_store.entry(store).or_default().push(fence.clone());
                }
            }
            reaches.insert(name, stores);
        }
        order
    }

    /// The actions of `component` that wait for no store although the component does: its fences, and what they wait for.
    fn outer<'d>(&self, component: &Component, drafts: &'d [Draft]) -> HashSet<&'d str> {
        let mut outer = HashSet::new();
        if !self.on_a_store.contains(&component.name) {
            return outer;
        }
        for draft in drafts.iter().rev() {
            if outer.contains(draft.action) || outer_fences(drafts).any(|fence| fence.action == draft.action) {
                outer.insert(draft.action);
                outer.extend(draft.after.iter().copied());
            }
        }
        outer
    }

    fn is_or_stands_on_a_store(&self, name: &ComponentName) -> bool {
        self.stores.contains(name) || self.on_a_store.contains(name)
    }
}

/// The fences of a component that is no store.
fn outer_fences(drafts: &[Draft]) -> impl Iterator<Item = &Draft> {
    let is_store = drafts.iter().any(|draft| draft.role.is_of_a_store());
    drafts.iter().filter(move |draft| draft.role == Role::Fence && !is_store)
}

/// The needs of each of a component's steps, in the order of `drafts`. `from_need` gives what a need ends with.
pub(super) fn needs_of(
    component: &Component,
    drafts: &[Draft],
    outside_in: &OutsideIn<'_>,
    from_need: impl Fn(&ComponentName) -> Vec<StepId>,
) -> Vec<Vec<StepId>> {
    let whole: Vec<StepId> = component.needs.iter().flat_map(&from_need).collect();
    let outer = outside_in.outer(component, drafts);
    let before = outside_in.before_store.get(&component.name);
    let mut waits_for_all: HashSet<&str> = HashSet::new();
    let mut all = Vec::new();
    for draft in drafts {
        let mut needs: Vec<StepId> = draft.after.iter().map(|action| StepId::of(&component.name, action)).collect();
        if outer.contains(draft.action) {
            if draft.after.is_empty() {
                let others = component.needs.iter().filter(|need| !outside_in.is_or_stands_on_a_store(need));
                needs.extend(others.flat_map(&from_need));
            }
        } else if !draft.beside {
            if draft.after.is_empty() {
                needs.extend(before.into_iter().flatten().cloned());
            }
            if !draft.after.iter().any(|action| waits_for_all.contains(action)) {
                needs.extend_from_slice(&whole);
            }
            waits_for_all.insert(draft.action);
        }
        dedup(&mut needs);
        all.push(needs);
    }
    all
}

/// Keeps the first of equal needs.
fn dedup(needs: &mut Vec<StepId>) {
    if needs.len() > 1 {
        let mut seen = HashSet::new();
        needs.retain(|need| seen.insert(need.clone()));
    }
}

/// `steps` in an order in which every need stands before what needs it; the given order otherwise.
pub(super) fn in_order(steps: Vec<Step>) -> Vec<Step> {
    let places: HashMap<&StepId, usize> = steps.iter().enumerate().map(|(place, step)| (&step.id, place)).collect();
    let needs: Vec<Vec<usize>> =
        steps.iter().map(|step| step.needs.iter().filter_map(|need| places.get(need).copied()).collect()).collect();
    // Fences that come early wait for nothing that waits for a store: there is no circle to be found.
    let Ok(order) = graph::stable_order(&needs) else { return steps };
    let mut steps: Vec<Option<Step>> = steps.into_iter().map(Some).collect();
    order.into_iter().filter_map(|place| steps[place].take()).collect()
}
