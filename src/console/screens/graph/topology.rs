//! What is in the picture: which nodes, and which edges between them. Pure; knows nothing of where they stand.

use crate::console::shape::Shape;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What a node stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Node {
    /// A component, by its place in the plan.
    Component(usize),
    /// A closed tier, by its place.
    Tier(usize),
    /// So many components further on that are left out, before the chosen one or after it.
    Further {
        /// Before it, or after.
        before: bool,
        /// How many.
        count: usize,
    },
}

impl Node {
    /// Whether it is what is left out after the chosen one: what leads on from there is left out too.
    fn is_an_end(self) -> bool {
        matches!(self, Self::Further { before: false, .. })
    }

    /// Whether it is what is left out before the chosen one.
    fn is_a_beginning(self) -> bool {
        matches!(self, Self::Further { before: true, .. })
    }
}

/// What each component needs and what needs it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ties {
    /// What each component needs.
    pub needs: Vec<Vec<usize>>,
    /// What needs each component.
    pub dependents: Vec<Vec<usize>>,
    /// The tier of each component.
    pub tier: Vec<usize>,
}

impl Ties {
    /// The ties of a plan of `count` components.
    pub fn of(shape: &Shape, count: usize) -> Self {
        let mut ties =
            Self { needs: vec![Vec::new(); count], dependents: vec![Vec::new(); count], tier: vec![0; count] };
        for need in 0..count {
            let mut dependents: Vec<usize> =
                shape.dependents(need).iter().copied().filter(|dependent| *dependent != need).collect();
            dependents.dedup();
            for dependent in &dependents {
                ties.needs[*dependent].push(need);
            }
            ties.dependents[need] = dependents;
        }
        for (tier, (_, members)) in shape.tiers.iter().enumerate() {
            for member in members {
                ties.tier[*member] = tier;
            }
        }
        ties
    }
}

/// The nodes of a picture and the edges between them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Topology {
    /// What each node stands for.
    pub nodes: Vec<Node>,
    /// From a need to what needs it, by the nodes' places.
    pub edges: Vec<(usize, usize)>,
    /// For each edge the needs it stands for: a component and one that needs it.
    pub stands_for: Vec<Vec<(usize, usize)>>,
}

impl Topology {
    /// Every component; those of a closed tier as one node.
    pub fn whole(ties: &Ties, closed: impl Fn(usize) -> bool) -> Self {
        Self::folded(ties, |component| {
            let tier = ties.tier[component];
            Some(if closed(tier) { Node::Tier(tier) } else { Node::Component(component) })
        })
    }

    /// These components and the edges between them.
    pub fn among(ties: &Ties, components: &BTreeSet<usize>) -> Self {
        Self::folded(ties, |component| components.contains(&component).then_some(Node::Component(component)))
    }

    /// What the chosen component waits for and what waits for it, `depth` edges away at most.
    ///
    /// What is met holds nothing up: beyond a need that is met nothing is shown. What is further away than `depth`
    /// is one node that says how many.
    pub fn around(ties: &Ties, chosen: usize, met: impl Fn(usize) -> bool, depth: usize) -> Self {
        let before = reach(chosen, |at| if at != chosen && met(at) { &[] } else { &ties.needs[at] });
        let after = reach(chosen, |at| &ties.dependents[at]);
        let further = |far: &BTreeMap<usize, usize>, before: bool| {
            let count = far.values().filter(|away| **away > depth).count();
            (count > 0).then_some(Node::Further { before, count })
        };
        let (further_before, further_after) = (further(&before, true), further(&after, false));
        Self::folded(ties, |component| {
            let near = |away: &usize| *away <= depth;
            match (before.get(&component), after.get(&component)) {
                (Some(away), _) | (None, Some(away)) if near(away) => Some(Node::Component(component)),
                (Some(_), _) => further_before,
                (None, Some(_)) => further_after,
                (None, None) => None,
            }
        })
    }

    /// The nodes that `node_of` gives for the components, and the edges that are left between them.
    fn folded(ties: &Ties, node_of: impl Fn(usize) -> Option<Node>) -> Self {
        let mut topology = Self::default();
        let mut known: HashMap<Node, usize> = HashMap::new();
        let place_of: Vec<Option<usize>> = (0..ties.needs.len())
            .map(|component| {
                let node = node_of(component)?;
                Some(*known.entry(node).or_insert_with(|| {
                    topology.nodes.push(node);
                    topology.nodes.len() - 1
                }))
            })
            .collect();
        let mut places: HashMap<(usize, usize), usize> = HashMap::new();
        for (dependent, needs) in ties.needs.iter().enumerate() {
            for need in needs {
                let (Some(from), Some(to)) = (place_of[*need], place_of[dependent]) else { continue };
                if from == to || topology.nodes[from].is_an_end() || topology.nodes[to].is_a_beginning() {
                    continue;
                }
                let edge = *places.entry((from, to)).or_insert_with(|| {
                    topology.edges.push((from, to));
                    topology.stands_for.push(Vec::new());
                    topology.edges.len() - 1
                });
                topology.stands_for[edge].push((*need, dependent));
            }
        }
        topology
    }

    /// The node that stands for a component, where one does.
    pub fn node_of(&self, ties: &Ties, component: usize) -> Option<usize> {
        let own = self.nodes.iter().position(|node| *node == Node::Component(component));
        own.or_else(|| self.nodes.iter().position(|node| *node == Node::Tier(ties.tier[component])))
    }
}

/// How far away each is that can be reached from `start`, itself included.
pub fn reach<'a>(start: usize, next: impl Fn(usize) -> &'a [usize]) -> BTreeMap<usize, usize> {
    let mut away = BTreeMap::from([(start, 0)]);
    let mut front = std::collections::VecDeque::from([start]);
    while let Some(at) = front.pop_front() {
        let further = away[&at] + 1;
        for other in next(at) {
            if let std::collections::btree_map::Entry::Vacant(unseen) = away.entry(*other) {
                unseen.insert(further);
                front.push_back(*other);
            }
        }
    }
    away
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 0 → 1 → 2 → 3, and 4 → 2.
    fn ties() -> Ties {
        let needs = vec![vec![], vec![0], vec![1, 4], vec![2], vec![]];
        let dependents = vec![vec![1], vec![2], vec![3], vec![], vec![2]];
        Ties { needs, dependents, tier: vec![0, 0, 1, 1, 2] }
    }

    fn components(topology: &Topology) -> Vec<usize> {
        let component = |node: &Node| match node {
            Node::Component(component) => Some(*component),
            Node::Tier(_) | Node::Further { .. } => None,
        };
        topology.nodes.iter().filter_map(component).collect()
    }

    #[test]
    fn what_lies_behind_a_met_need_is_left_out() {
        assert_eq!(components(&Topology::around(&ties(), 2, |_| false, 9)), [0, 1, 2, 3, 4]);
        assert_eq!(components(&Topology::around(&ties(), 2, |need| need == 1, 9)), [1, 2, 3, 4]);
    }

    #[test]
    fn what_is_further_away_is_counted() {
        let near = Topology::around(&ties(), 3, |_| false, 1);
        assert_eq!(components(&near), [2, 3]);
        assert!(near.nodes.contains(&Node::Further { before: true, count: 3 }));
    }

    #[test]
    fn nothing_leads_on_from_what_is_left_out_after_the_chosen_one() {
        // 0 → 1 → 2 → 3 and 0 → 3: with one edge shown, 2 is left out though 3 needs it.
        let needs = vec![vec![], vec![0], vec![1], vec![2, 0]];
        let dependents = vec![vec![1, 3], vec![2], vec![3], vec![]];
        let near = Topology::around(&Ties { needs, dependents, tier: vec![0; 4] }, 0, |_| false, 1);
        let left_out = near.nodes.iter().position(|node| *node == Node::Further { before: false, count: 1 });
        assert!(left_out.is_some());
        assert!(near.edges.iter().all(|(from, _)| Some(*from) != left_out));
    }

    #[test]
    fn a_closed_tier_is_one_node_and_keeps_the_needs_that_leave_it() {
        let folded = Topology::whole(&ties(), |_| true);
        assert_eq!(folded.nodes, [Node::Tier(0), Node::Tier(1), Node::Tier(2)]);
        assert_eq!(folded.edges, [(0, 1), (2, 1)]);
        assert_eq!(folded.stands_for[0], [(1, 2)]);
    }
}
