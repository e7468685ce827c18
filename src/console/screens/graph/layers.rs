//! A graph in layers: which rank each node stands in, and the order within each rank that lets few lines cross. The
//! first half of Sugiyama's method; knows nothing of sizes, screens or runs.
//!
//! Ours because the crates tried (ascii-dag 0.11, rust-sugiyama 0.4) take seconds and minutes over 2,000 nodes.

/// How many items are gone over while looking for a better order, in all: small graphs get more sweeps.
const EFFORT: usize = 60_000;

/// What stands in a rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    /// A node, by its place.
    Node(usize),
    /// Lines on their way from a node of an earlier rank to later ones.
    Passing,
}

/// What leads from an item to one of the next rank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// In the earlier rank.
    pub upper: usize,
    /// In the later rank.
    pub lower: usize,
    /// The edges that lie on it, by their places.
    pub edges: Vec<usize>,
}

/// A graph in layers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layers {
    /// Everything that stands in a rank.
    pub items: Vec<Item>,
    /// The items of each rank, in order.
    pub ranks: Vec<Vec<usize>>,
    /// The links, by the rank they leave and the item they leave.
    pub links: Vec<Vec<Link>>,
    /// Which edges run against the ranks, because they close a circle.
    pub against: Vec<bool>,
}

impl Layers {
    /// The layers of a graph of `nodes` nodes with edges from one to another. Each edge stands in it once, and none
    /// leads to where it comes from.
    pub fn of(nodes: usize, edges: &[(usize, usize)]) -> Self {
        let against = against(nodes, edges);
        let directed: Vec<(usize, usize)> = edges
            .iter()
            .zip(&against)
            .map(|(&(from, to), against)| if *against { (to, from) } else { (from, to) })
            .collect();
        let rank_of = ranks(nodes, &directed);
        let mut layers = Self::fill(&rank_of, &directed);
        layers.against = against;
        layers.put_in_order();
        layers
    }

    /// Puts nodes in their ranks, and what passes between them: one trunk for all edges of a node.
    fn fill(rank_of: &[usize], directed: &[(usize, usize)]) -> Self {
        let count = rank_of.iter().max().map_or(0, |last| last + 1);
        let mut layers = Self {
            items: (0..rank_of.len()).map(Item::Node).collect(),
            ranks: vec![Vec::new(); count],
            links: vec![Vec::new(); count],
            against: Vec::new(),
        };
        for (node, rank) in rank_of.iter().enumerate() {
            layers.ranks[*rank].push(node);
        }
        let mut edges_of: Vec<Vec<usize>> = vec![Vec::new(); rank_of.len()];
        for (edge, (from, _)) in directed.iter().enumerate() {
            edges_of[*from].push(edge);
        }
        for (node, edges) in edges_of.into_iter().enumerate() {
            layers.lead(node, &edges, rank_of, directed);
        }
        layers
    }

    /// Leads the edges of one node through the ranks to where they end.
    fn lead(&mut self, node: usize, edges: &[usize], rank_of: &[usize], directed: &[(usize, usize)]) {
        let mut left = edges.to_vec();
        let mut at = node;
        for rank in rank_of[node].. {
            if left.is_empty() {
                return;
            }
            let (ends, onward): (Vec<usize>, Vec<usize>) =
                left.iter().partition(|edge| rank_of[directed[**edge].1] == rank + 1);
            let mut ends_by: Vec<(usize, Vec<usize>)> = Vec::new();
            for edge in ends {
                let end = directed[edge].1;
                match ends_by.iter_mut().find(|(known, _)| *known == end) {
                    Some((_, edges)) => edges.push(edge),
                    None => ends_by.push((end, vec![edge])),
                }
            }
            let links = ends_by.into_iter().map(|(lower, edges)| Link { upper: at, lower, edges });
            self.links[rank].extend(links);
            if !onward.is_empty() {
                self.items.push(Item::Passing);
                let passing = self.items.len() - 1;
                self.ranks[rank + 1].push(passing);
                self.links[rank].push(Link { upper: at, lower: passing, edges: onward.clone() });
                at = passing;
            }
            left = onward;
        }
    }

    /// Goes over the ranks, forth and back, and keeps the order in which the fewest lines cross.
    fn put_in_order(&mut self) {
        let near = Near::of(self);
        let mut best = (crossings(self, &near), self.ranks.clone());
        let sweeps = (EFFORT / self.items.len().max(1)).clamp(2, 24);
        for sweep in 0..sweeps {
            if best.0 == 0 {
                break;
            }
            let mut place = places(self);
            if sweep % 2 == 0 {
                for rank in 1..self.ranks.len() {
                    order_by(&mut self.ranks[rank], &near.above, &mut place);
                }
            } else {
                for rank in (0..self.ranks.len().saturating_sub(1)).rev() {
                    order_by(&mut self.ranks[rank], &near.below, &mut place);
                }
            }
            let crossed = crossings(self, &near);
            if crossed < best.0 {
                best = (crossed, self.ranks.clone());
            }
        }
        self.ranks = best.1;
    }
}

/// The items linked to each, in the rank before and in the rank after.
pub struct Near {
    /// In the rank before.
    pub above: Vec<Vec<usize>>,
    /// In the rank after.
    pub below: Vec<Vec<usize>>,
}

impl Near {
    /// Reads them off the links.
    pub fn of(layers: &Layers) -> Self {
        let mut near =
            Self { above: vec![Vec::new(); layers.items.len()], below: vec![Vec::new(); layers.items.len()] };
        for link in layers.links.iter().flatten() {
            near.below[link.upper].push(link.lower);
            near.above[link.lower].push(link.upper);
        }
        near
    }
}

/// Which edges close a circle when the nodes are gone through in their order.
fn against(nodes: usize, edges: &[(usize, usize)]) -> Vec<bool> {
    #[derive(Clone, Copy, PartialEq)]
    enum Seen {
        Not,
        Open,
        Done,
    }
    let mut onward: Vec<Vec<usize>> = vec![Vec::new(); nodes];
    for (edge, (from, _)) in edges.iter().enumerate() {
        onward[*from].push(edge);
    }
    let mut against = vec![false; edges.len()];
    let mut seen = vec![Seen::Not; nodes];
    for root in 0..nodes {
        if seen[root] != Seen::Not {
            continue;
        }
        seen[root] = Seen::Open;
        // A stack of our own: a chain of thousands must not overflow the program's.
        let mut stack = vec![(root, 0)];
        while let Some((node, next)) = stack.pop() {
            let Some(&edge) = onward[node].get(next) else {
                seen[node] = Seen::Done;
                continue;
            };
            stack.push((node, next + 1));
            let to = edges[edge].1;
            match seen[to] {
                Seen::Open => against[edge] = true,
                Seen::Done => {}
                Seen::Not => {
                    seen[to] = Seen::Open;
                    stack.push((to, 0));
                }
            }
        }
    }
    against
}

/// The rank of each node: one after the last of what leads to it. The edges have no circle.
fn ranks(nodes: usize, directed: &[(usize, usize)]) -> Vec<usize> {
    let mut onward: Vec<Vec<usize>> = vec![Vec::new(); nodes];
    let mut open = vec![0usize; nodes];
    for (from, to) in directed {
        onward[*from].push(*to);
        open[*to] += 1;
    }
    let mut rank = vec![0; nodes];
    let mut free: Vec<usize> = (0..nodes).filter(|node| open[*node] == 0).collect();
    while let Some(node) = free.pop() {
        for to in &onward[node] {
            rank[*to] = rank[*to].max(rank[node] + 1);
            open[*to] -= 1;
            if open[*to] == 0 {
                free.push(*to);
            }
        }
    }
    rank
}

/// The place of each item within its rank.
fn places(layers: &Layers) -> Vec<usize> {
    let mut place = vec![0; layers.items.len()];
    for rank in &layers.ranks {
        for (at, item) in rank.iter().enumerate() {
            place[*item] = at;
        }
    }
    place
}

/// Orders a rank by where what is near stands on average; what has nothing near keeps its place.
fn order_by(rank: &mut [usize], near: &[Vec<usize>], place: &mut [usize]) {
    let middle = |item: usize| {
        let near = &near[item];
        let sum: usize = near.iter().map(|other| place[*other]).sum();
        if near.is_empty() { place[item] as f64 } else { sum as f64 / near.len() as f64 }
    };
    let mut wanted: Vec<(f64, usize)> = rank.iter().map(|item| (middle(*item), *item)).collect();
    wanted.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    for (at, (_, item)) in wanted.into_iter().enumerate() {
        rank[at] = item;
        place[item] = at;
    }
}

/// How many links cross, counted rank by rank with a tree of sums (Barth, Jünger and Mutzel, 2002).
fn crossings(layers: &Layers, near: &Near) -> usize {
    let place = places(layers);
    let mut crossed = 0;
    for (at, rank) in layers.ranks.iter().enumerate() {
        let Some(next) = layers.ranks.get(at + 1) else { break };
        let mut sums = vec![0usize; next.len() + 1];
        let mut counted = 0;
        for item in rank {
            let mut ends: Vec<usize> = near.below[*item].iter().map(|lower| place[*lower]).collect();
            ends.sort_unstable();
            for end in &ends {
                crossed += counted - sum_to(&sums, end + 1);
            }
            for end in &ends {
                add(&mut sums, end + 1);
            }
            counted += ends.len();
        }
    }
    crossed
}

fn add(sums: &mut [usize], mut at: usize) {
    while at < sums.len() {
        sums[at] += 1;
        at += at & at.wrapping_neg();
    }
}

fn sum_to(sums: &[usize], mut at: usize) -> usize {
    let mut sum = 0;
    while at > 0 {
        sum += sums[at];
        at -= at & at.wrapping_neg();
    }
    sum
}
