//! How far the components are, as the graph shows it: which are met, and the critical path that is left. Worked out
//! when the run changed.

use super::label;
use crate::console::world::World;
use crate::plan::graph;
use crate::recovery::objective;
use std::collections::HashSet;

/// How far the components are.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    /// Whether nothing waits for each component any longer.
    pub met: Vec<bool>,
    /// The components of the critical path that are not met, first to last.
    pub path: Vec<usize>,
    /// How long it still takes, in seconds.
    pub seconds: f64,
    /// How often `met` or `path` changed.
    pub version: u64,
    heavy: HashSet<(usize, usize)>,
    changes: Option<u64>,
}

impl Progress {
    /// Follows the run.
    pub fn follow(&mut self, world: &World) {
        if self.changes == Some(world.changes) {
            return;
        }
        self.changes = Some(world.changes);
        let count = world.state.run.plan.components.len();
        let met: Vec<bool> = (0..count).map(|component| label::is_met(world, component)).collect();
        let left = graph::critical_path_over(&world.state.run.runbook, |place| {
            objective::seconds_left(&world.state, place, world.now)
        });
        let places = left.steps.iter().filter_map(|step| world.state.place(step));
        let mut whole: Vec<usize> = places.filter_map(|place| world.shape.component_of(place)).collect();
        whole.dedup();
        let path: Vec<usize> = whole.iter().copied().filter(|component| !met[*component]).collect();
        self.seconds = left.seconds;
        if met != self.met || path != self.path {
            self.heavy = whole.windows(2).map(|pair| (pair[0], pair[1])).filter(|pair| !met[pair.1]).collect();
            self.met = met;
            self.path = path;
            self.version += 1;
        }
    }

    /// Whether the critical path that is left leads over this need.
    pub fn is_critical(&self, need: usize, dependent: usize) -> bool {
        self.heavy.contains(&(need, dependent))
    }
}
