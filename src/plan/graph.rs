//! The dependency graph: order, cycles named in full, waves, and the critical path.

use super::model::{Component, Plan};
use super::names::{ComponentName, StepId};
use super::runbook::Runbook;
use petgraph::graph::{DiGraph, NodeIndex};
use std::collections::HashMap;

/// Components that need each other in a circle; the first stands again at the end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("these components need each other in a circle: {}", .0.iter().map(ComponentName::as_str).collect::<Vec<_>>().join(" → "))]
pub struct Cycle(pub Vec<ComponentName>);

/// The components in an order in which everything stands after what it needs; the file's order otherwise.
///
/// # Errors
/// The first [`Cycle`] found, named in full. A component that needs itself is a circle of one.
pub fn component_order(plan: &Plan) -> Result<Vec<&Component>, Cycle> {
    let index: HashMap<&ComponentName, usize> =
        plan.components.iter().enumerate().map(|(at, component)| (&component.name, at)).collect();
    let needs: Vec<Vec<usize>> = plan
        .components
        .iter()
        .map(|component| component.needs.iter().filter_map(|need| index.get(need).copied()).collect())
        .collect();
    match stable_order(&needs) {
        Ok(order) => Ok(order.into_iter().map(|at| &plan.components[at]).collect()),
        Err(circle) => Err(Cycle(circle.into_iter().map(|at| plan.components[at].name.clone()).collect())),
    }
}

/// Every circle there is, one for each knot of components that need each other (shortest way round each).
pub fn cycles(plan: &Plan) -> Vec<Cycle> {
    let mut graph = DiGraph::<&Component, ()>::new();
    let nodes: HashMap<&ComponentName, NodeIndex> =
        plan.components.iter().map(|component| (&component.name, graph.add_node(component))).collect();
    for component in &plan.components {
        for need in component.needs.iter().filter_map(|need| nodes.get(need)) {
            graph.add_edge(nodes[&component.name], *need, ());
        }
    }
    // Kosaraju's keeps a stack of its own; Tarjan's recurses, and a chain of 20,000 would overflow ours.
    let mut found: Vec<Vec<NodeIndex>> = petgraph::algo::kosaraju_scc(&graph)
        .into_iter()
        .filter(|knot| knot.len() > 1 || graph.contains_edge(knot[0], knot[0]))
        .map(|knot| shortest_circle(&graph, &knot))
        .collect();
    found.sort();
    found.into_iter().map(|circle| Cycle(circle.into_iter().map(|node| graph[node].name.clone()).collect())).collect()
}

/// The shortest way from the first component of a knot (by file order) back to itself.
fn shortest_circle(graph: &DiGraph<&Component, ()>, knot: &[NodeIndex]) -> Vec<NodeIndex> {
    let start = *knot.iter().min().expect("a knot has at least one component");
    let mut came_from: HashMap<NodeIndex, NodeIndex> = HashMap::new();
    let mut front = std::collections::VecDeque::from([start]);
    while let Some(node) = front.pop_front() {
        let mut next: Vec<NodeIndex> = graph.neighbors(node).collect();
        next.sort();
        for neighbour in next {
            if neighbour == start {
                let mut circle = vec![start];
                let mut at = node;
                while at != start {
                    circle.push(at);
                    at = came_from[&at];
                }
                circle.push(start);
                circle.reverse();
                return circle;
            }
            if let std::collections::hash_map::Entry::Vacant(unseen) = came_from.entry(neighbour) {
                unseen.insert(node);
                front.push_back(neighbour);
            }
        }
    }
    vec![start, start]
}

/// A topological order that keeps the given order wherever it can; or a circle, first element repeated.
pub(super) fn stable_order(needs: &[Vec<usize>]) -> Result<Vec<usize>, Vec<usize>> {
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        New,
        Open,
        Done,
    }
    let mut marks = vec![Mark::New; needs.len()];
    let mut order = Vec::with_capacity(needs.len());
    for root in 0..needs.len() {
        // An explicit stack: plans of thousands of components in a chain must not overflow ours.
        let mut stack: Vec<(usize, usize)> = if marks[root] == Mark::New { vec![(root, 0)] } else { Vec::new() };
        if marks[root] == Mark::New {
            marks[root] = Mark::Open;
        }
        while let Some((node, next)) = stack.pop() {
            let Some(&need) = needs[node].get(next) else {
                marks[node] = Mark::Done;
                order.push(node);
                continue;
            };
            stack.push((node, next + 1));
            match marks[need] {
                Mark::Done => {}
                Mark::New => {
                    marks[need] = Mark::Open;
                    stack.push((need, 0));
                }
                Mark::Open => {
                    let from = stack.iter().position(|(at, _)| *at == need).expect("an open node is on the stack");
                    let mut circle: Vec<usize> = stack[from..].iter().map(|(at, _)| *at).collect();
                    circle.push(need);
                    return Err(circle);
                }
            }
        }
    }
    Ok(order)
}

/// The steps in waves: each wave's steps need only steps of earlier waves. For reading; the engine does not wait for waves.
pub fn waves(runbook: &Runbook) -> Vec<Vec<StepId>> {
    let mut depth: HashMap<&StepId, usize> = HashMap::new();
    let mut waves: Vec<Vec<StepId>> = Vec::new();
    for step in &runbook.steps {
        let own = step.needs.iter().filter_map(|need| depth.get(need)).map(|deep| deep + 1).max().unwrap_or(0);
        depth.insert(&step.id, own);
        if waves.len() <= own {
            waves.resize(own + 1, Vec::new());
        }
        waves[own].push(step.id.clone());
    }
    waves
}

/// The chain of steps that decides how long the runbook takes, and its length.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct CriticalPath {
    /// The steps, first to last.
    pub steps: Vec<StepId>,
    /// Their expected durations together, in seconds.
    pub seconds: f64,
}

/// The critical path over the expected durations.
pub fn critical_path(runbook: &Runbook) -> CriticalPath {
    critical_path_over(runbook, |at| match &runbook.steps[at] {
        step if step.left_out.is_some() => 0.0,
        step => step.expected_seconds,
    })
}

/// The critical path over what `left(step's place)` says each step still takes, in seconds.
pub fn critical_path_over(runbook: &Runbook, left: impl Fn(usize) -> f64) -> CriticalPath {
    let places: HashMap<&StepId, usize> = runbook.steps.iter().enumerate().map(|(at, step)| (&step.id, at)).collect();
    let mut ends: Vec<f64> = Vec::with_capacity(runbook.steps.len());
    let mut through: Vec<Option<usize>> = Vec::with_capacity(runbook.steps.len());
    for (at, step) in runbook.steps.iter().enumerate() {
        let latest = step
            .needs
            .iter()
            .filter_map(|need| places.get(need).copied())
            .filter(|need| *need < at)
            .max_by(|a, b| ends[*a].total_cmp(&ends[*b]));
        ends.push(latest.map_or(0.0, |need| ends[need]) + left(at));
        through.push(latest);
    }
    // What runs beside the path delays nobody.
    let last = (0..ends.len()).filter(|at| !runbook.steps[*at].beside).max_by(|a, b| ends[*a].total_cmp(&ends[*b]));
    let Some(last) = last else { return CriticalPath::default() };
    let mut steps = vec![last];
    while let Some(before) = through[steps[steps.len() - 1]] {
        steps.push(before);
    }
    steps.reverse();
    CriticalPath { steps: steps.into_iter().map(|at| runbook.steps[at].id.clone()).collect(), seconds: ends[last] }
}
