//! Where everything of a layered graph stands: the second half of Sugiyama's method. Pure; it knows two directions,
//! along the ranks and across them, and leaves to the painter which of them is which on the screen.

use super::layers::{Item, Layers, Near};
use super::turns::{self, Turns};
use std::ops::Range;

/// How large a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// In the direction of the ranks.
    pub along: i32,
    /// In the other.
    pub across: i32,
}

/// How much is left free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spacing {
    /// Between what stands in one rank.
    pub between: i32,
    /// After a rank, before its lines turn.
    pub lead: i32,
    /// Before a rank, after its lines have turned; the last of it is the arrowhead.
    pub tail: i32,
}

/// Where a node stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Its rank.
    pub rank: usize,
    /// Its place among the nodes of its rank.
    pub order: usize,
    /// Where it begins in the direction of the ranks.
    pub along: i32,
    /// Where it ends, exclusively. All of a rank are as long as the longest.
    pub end: i32,
    /// Where it begins in the other direction.
    pub across: i32,
    /// How much it takes of the other direction.
    pub broad: i32,
}

impl Place {
    /// Where lines reach it and leave it.
    pub fn port(&self) -> i32 {
        self.across + (self.broad - 1) / 2
    }
}

/// A line from one rank to the next: out of `exit` at `from`, over to `to` at `turn`, and on to `entry`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    /// The first cell.
    pub exit: i32,
    /// Where it turns, when it does.
    pub turn: Option<i32>,
    /// The last cell.
    pub entry: i32,
    /// Across, before it turns.
    pub from: i32,
    /// Across, after it turned.
    pub to: i32,
    /// The edges that lie on it.
    pub edges: Vec<usize>,
    /// Whether it ends in an arrowhead.
    pub head: bool,
    /// Whether it begins in one: an edge that runs against the ranks ends there.
    pub back: bool,
}

/// Where everything stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// Each node.
    pub places: Vec<Place>,
    /// The nodes of each rank, in order.
    pub ranks: Vec<Vec<usize>>,
    /// Each rank with the free room after it: where it begins, where the next begins, what crosses it.
    pub bands: Vec<Band>,
    /// Each line.
    pub hops: Vec<Hop>,
    /// How much the whole takes.
    pub along: i32,
    /// How much the whole takes.
    pub across: i32,
}

/// A rank with the free room after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Band {
    /// Where the rank begins.
    pub start: i32,
    /// Where the next begins.
    pub end: i32,
    /// The lines that leave the rank.
    pub hops: Range<usize>,
}

impl Layout {
    /// Where everything of `layers` stands, `size` being how large each node is.
    pub fn of(layers: &Layers, size: impl Fn(usize) -> Size, spacing: Spacing) -> Self {
        let sizes: Vec<Size> = layers
            .items
            .iter()
            .map(|item| match item {
                Item::Node(node) => size(*node),
                Item::Passing => Size { along: 0, across: 1 },
            })
            .collect();
        let across = Across::of(layers, &sizes, spacing.between);
        let mut ground = Ground { layers, sizes, spacing, across };
        let nodes = layers.items.iter().filter(|item| **item != Item::Passing).count();
        let mut layout = Self { places: vec![Place::default(); nodes], ..Self::default() };
        let mut start = 0;
        for rank in 0..layers.ranks.len() {
            let turns = ground.turns_apart(rank);
            let end = layout.add_nodes(&ground, rank, start);
            start = layout.add_lines(&ground, rank, (start, end), &turns);
        }
        let last = layers.ranks.iter().filter_map(|rank| rank.last());
        layout.across = last.map(|last| ground.across.end(*last)).max().unwrap_or(0);
        layout
    }

    /// Adds the nodes of a rank that begins at `start`; gives where they end.
    fn add_nodes(&mut self, ground: &Ground<'_>, rank: usize, start: i32) -> i32 {
        let items = &ground.layers.ranks[rank];
        let end = start + items.iter().map(|item| ground.sizes[*item].along).max().unwrap_or(0);
        let mut nodes = Vec::new();
        for item in items {
            if let Item::Node(node) = ground.layers.items[*item] {
                let (across, broad) = (ground.across.start[*item], ground.sizes[*item].across);
                self.places[node] = Place { rank, order: nodes.len(), along: start, end, across, broad };
                nodes.push(node);
            }
        }
        self.ranks.push(nodes);
        self.along = end;
        end
    }

    /// Adds the lines that leave a rank that stands from `start` to `end`; gives where the next one begins.
    fn add_lines(&mut self, ground: &Ground<'_>, rank: usize, (start, end): (i32, i32), turns: &Turns) -> i32 {
        let Ground { layers, spacing, across, .. } = ground;
        let next = end + spacing.lead + turns.tracks() + spacing.tail;
        let first = self.hops.len();
        for link in &layers.links[rank] {
            let (from, to) = (across.port(link.upper), across.port(link.lower));
            let track = turns.of(link.upper).filter(|_| from != to);
            let against = |edge: &usize| layers.against[*edge];
            self.hops.push(Hop {
                exit: if layers.items[link.upper] == Item::Passing { start } else { end },
                turn: track.map(|track| end + spacing.lead + track),
                entry: next - 1,
                from,
                to,
                head: layers.items[link.lower] != Item::Passing && !link.edges.iter().all(against),
                back: layers.items[link.upper] != Item::Passing && link.edges.iter().any(against),
                edges: link.edges.clone(),
            });
        }
        self.bands.push(Band { start, end: next, hops: first..self.hops.len() });
        next
    }

    /// The bands that have anything between `from` and `to`, exclusively.
    pub fn bands_within(&self, from: i32, to: i32) -> Range<usize> {
        let first = self.bands.partition_point(|band| band.end <= from);
        let last = self.bands.partition_point(|band| band.start < to);
        first..last.max(first)
    }
}

/// What a layout is made of.
struct Ground<'a> {
    layers: &'a Layers,
    sizes: Vec<Size>,
    spacing: Spacing,
    across: Across,
}

impl Ground<'_> {
    /// The turns of the lines that leave a rank; what stands in the next is moved on where two lines would be taken for
    /// one.
    fn turns_apart(&mut self, rank: usize) -> Turns {
        let links = &self.layers.links[rank];
        // Among hundreds of lines one that cannot be told apart is no loss, and each try goes over all of them.
        let tries = if links.len() > 200 { 1 } else { 12 };
        for _ in 0..tries {
            let turns = turns::find(links, |item| self.across.port(item));
            let (Some(item), Some(next)) = (turns.in_conflict, self.layers.ranks.get(rank + 1)) else { return turns };
            self.across.nudge(next, item);
        }
        turns::find(links, |item| self.across.port(item))
    }
}

/// Where each item stands across the ranks.
struct Across {
    start: Vec<i32>,
    size: Vec<i32>,
}

/// How much an item pulls: what passes wants to be straight more than anything.
const PULL: [f64; 2] = [1.0, 4.0];

impl Across {
    fn of(layers: &Layers, sizes: &[Size], between: i32) -> Self {
        let size: Vec<i32> = sizes.iter().map(|size| size.across).collect();
        let mut across = Self { start: vec![0; size.len()], size };
        let near = Near::of(layers);
        for rank in &layers.ranks {
            across.settle(layers, rank, between, |_| 0.0);
        }
        // Down, up, and then each between its two sides: the same every time.
        for round in 0..4 {
            for rank in &layers.ranks {
                across.pull(layers, rank, between, &near.above, if round > 1 { Some(&near.below) } else { None });
            }
            for rank in layers.ranks.iter().rev() {
                across.pull(layers, rank, between, &near.below, if round > 1 { Some(&near.above) } else { None });
            }
        }
        for rank in &layers.ranks {
            across.straighten(layers, rank, between, &near.above);
        }
        let least = across.start.iter().copied().min().unwrap_or(0);
        across.start.iter_mut().for_each(|start| *start -= least);
        across
    }

    fn port(&self, item: usize) -> i32 {
        self.start[item] + (self.size[item] - 1) / 2
    }

    fn end(&self, item: usize) -> i32 {
        self.start[item] + self.size[item]
    }

    /// Moves an item of a rank, and all after it, one further on.
    fn nudge(&mut self, rank: &[usize], item: usize) {
        for moved in rank.iter().skip_while(|other| **other != item) {
            self.start[*moved] += 1;
        }
    }

    /// Draws the items of a rank to where what is near them stands.
    fn pull(&mut self, layers: &Layers, rank: &[usize], between: i32, near: &[Vec<usize>], far: Option<&[Vec<usize>]>) {
        let wanted: Vec<f64> = rank
            .iter()
            .map(|item| {
                let all = near[*item].iter().chain(far.map_or(&[][..], |far| &far[*item]));
                let (sum, count) = all.fold((0, 0), |(sum, count), other| (sum + self.port(*other), count + 1));
                let middle = self.port(*item) - self.start[*item];
                if count == 0 {
                    f64::from(self.start[*item])
                } else {
                    f64::from(sum) / f64::from(count) - f64::from(middle)
                }
            })
            .collect();
        self.settle(layers, rank, between, |at| wanted[at]);
    }

    /// Puts each item of a rank straight after the middle one of what leads to it, where there is room.
    fn straighten(&mut self, layers: &Layers, rank: &[usize], between: i32, above: &[Vec<usize>]) {
        let wanted: Vec<f64> = rank
            .iter()
            .map(|item| {
                let mut ports: Vec<i32> = above[*item].iter().map(|other| self.port(*other)).collect();
                ports.sort_unstable();
                let middle = ports.get(ports.len().saturating_sub(1) / 2);
                f64::from(middle.map_or(self.start[*item], |port| port - (self.port(*item) - self.start[*item])))
            })
            .collect();
        self.settle(layers, rank, between, |at| wanted[at]);
    }

    /// Puts the items of a rank as near to where they are wanted as their order and sizes let them: the least squares
    /// by pooling neighbours that would overlap.
    fn settle(&mut self, layers: &Layers, rank: &[usize], between: i32, wanted: impl Fn(usize) -> f64) {
        let mut pools: Vec<(f64, f64, usize)> = Vec::new();
        let mut offsets = Vec::with_capacity(rank.len());
        let mut offset = 0;
        for (at, item) in rank.iter().enumerate() {
            offsets.push(offset);
            let weight = PULL[usize::from(layers.items[*item] == Item::Passing)];
            let mut pool = ((wanted(at) - f64::from(offset)) * weight, weight, 1);
            while let Some(last) = pools.pop_if(|last| last.0 / last.1 > pool.0 / pool.1) {
                pool = (last.0 + pool.0, last.1 + pool.1, last.2 + pool.2);
            }
            pools.push(pool);
            offset += self.size[*item] + between;
        }
        let mut at = 0;
        for (sum, weight, count) in pools {
            // A float to integer cast saturates, and nothing here is near its bounds.
            let shift = (sum / weight).round() as i32;
            for _ in 0..count {
                self.start[rank[at]] = shift + offsets[at];
                at += 1;
            }
        }
    }
}
