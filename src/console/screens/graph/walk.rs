//! Going from node to node: along the lines, and within a rank. Knows where things stand, and nothing of the run.

use super::picture::{Picture, can_be_chosen};
use super::progress::Progress;
use super::topology::{Node, Ties};
use crate::console::widgets::Motion;

impl Picture {
    /// Where a motion leads from the node at `from`: the way the picture runs along its lines, the other way within
    /// a rank. `None` when it leads nowhere.
    pub fn step(&self, from: Option<usize>, motion: Motion, page: usize) -> Option<Node> {
        let rightward = self.form.rightward;
        let to = match (motion, rightward) {
            (Motion::First, _) => self.layout.ranks.first()?.first().copied(),
            (Motion::Last, _) => self.layout.ranks.last()?.last().copied(),
            (Motion::Left, true) | (Motion::Up, false) => self.along(from?, false),
            (Motion::Right, true) | (Motion::Down, false) => self.along(from?, true),
            (Motion::Up, true) | (Motion::Left, false) => self.within(from?, -1),
            (Motion::Down, true) | (Motion::Right, false) => self.within(from?, 1),
            (Motion::PageUp, true) => self.within(from?, -isize::try_from(page).unwrap_or(1)),
            (Motion::PageDown, true) => self.within(from?, isize::try_from(page).unwrap_or(1)),
            (Motion::PageUp, false) => {
                (0..page).try_fold(from?, |at, _| self.along(at, false)).or(self.along(from?, false))
            }
            (Motion::PageDown, false) => {
                (0..page).try_fold(from?, |at, _| self.along(at, true)).or(self.along(from?, true))
            }
        }?;
        Some(self.topology.nodes[to]).filter(|node| can_be_chosen(*node))
    }

    /// The node drawn over this cell of the picture, if it can be gone to.
    pub fn node_at(&self, (x, y): (i32, i32)) -> Option<Node> {
        let along = if self.form.rightward { x } else { y };
        let bands = self.layout.bands_within(along, along + 1);
        let covers = |node: &&usize| {
            let (left, top, columns, rows) = self.rectangle(**node);
            (left..left + columns).contains(&x) && (top..top + rows).contains(&y)
        };
        let node = self.layout.ranks[bands].iter().flatten().find(covers)?;
        Some(self.topology.nodes[*node]).filter(|node| can_be_chosen(*node))
    }

    /// The nearest node at the other end of a line that leaves it forth, or back.
    fn along(&self, from: usize, forth: bool) -> Option<usize> {
        let here = self.layout.places[from];
        let other = |&(need, dependent): &(usize, usize)| match forth {
            true if need == from => Some(dependent),
            false if dependent == from => Some(need),
            true | false => None,
        };
        let ends = self.topology.edges.iter().filter_map(other);
        let ends = ends.filter(|node| can_be_chosen(self.topology.nodes[*node]));
        ends.min_by_key(|node| {
            let there = self.layout.places[*node];
            (there.rank.abs_diff(here.rank), there.port().abs_diff(here.port()), *node)
        })
    }

    /// The node so many further on in its rank; the last that way where there are not as many.
    fn within(&self, from: usize, by: isize) -> Option<usize> {
        let here = self.layout.places[from];
        let rank = &self.layout.ranks[here.rank];
        let to = here.order.saturating_add_signed(by).min(rank.len() - 1);
        (to != here.order).then(|| rank[to])
    }
}

/// Where a motion leads from a component when the picture, if there is one, has nothing that way: to what holds it up,
/// to what needs it, to its neighbours in the plan.
pub fn beside(ties: &Ties, progress: &Progress, from: usize, motion: Motion) -> Node {
    const PAGE: usize = 10;
    let last = ties.needs.len().saturating_sub(1);
    let to = match motion {
        Motion::Left => ties.needs[from].iter().copied().min_by_key(|need| progress.met[*need]),
        Motion::Right => ties.dependents[from].first().copied(),
        Motion::Up => Some(from.saturating_sub(1)),
        Motion::Down => Some(from.saturating_add(1).min(last)),
        Motion::First => Some(0),
        Motion::Last => Some(last),
        Motion::PageUp => Some(from.saturating_sub(PAGE)),
        Motion::PageDown => Some(from.saturating_add(PAGE).min(last)),
    };
    Node::Component(to.unwrap_or(from))
}
