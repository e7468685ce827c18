//! Where the lines between two ranks turn: each start has a track of its own, so that no two lines lie on each other.
//! Pure.

use super::layers::Link;
use std::collections::BTreeMap;

/// Where the lines that leave a rank turn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Turns {
    track: BTreeMap<usize, i32>,
    /// An item of the next rank that cannot be reached without lying on the line of another start.
    pub in_conflict: Option<usize>,
}

impl Turns {
    /// The track on which the lines of this item turn, counted from the rank they leave; none where all go straight.
    pub fn of(&self, item: usize) -> Option<i32> {
        self.track.get(&item).copied()
    }

    /// How many tracks there are.
    pub fn tracks(&self) -> i32 {
        self.track.values().max().map_or(0, |last| last + 1)
    }
}

/// An item some of whose lines turn: where it stands, and where they lead.
struct Start {
    item: usize,
    from: i32,
    to: Vec<(i32, usize)>,
}

impl Start {
    fn leads_to(&self, row: i32) -> bool {
        self.to.iter().any(|(to, _)| *to == row)
    }
}

/// The tracks of the lines of `links`; `port` says where each item stands across.
///
/// Where another line starts across from where one ends, on the same row, that other one must have turned away before:
/// else they would be taken for one. Where that asks for a circle of turns one of them is in conflict.
pub fn find(links: &[Link], port: impl Fn(usize) -> i32) -> Turns {
    let starts = starts(links, port);
    let by_row: BTreeMap<i32, usize> = starts.iter().enumerate().map(|(at, start)| (start.from, at)).collect();
    let before: Vec<Vec<(usize, usize)>> = starts
        .iter()
        .enumerate()
        .map(|(at, start)| {
            let met = |(row, end): &(i32, usize)| Some((*by_row.get(row)?, *end));
            let met = start.to.iter().filter_map(met);
            met.filter(|(other, _)| *other != at && !starts[*other].leads_to(starts[*other].from)).collect()
        })
        .collect();
    let (order, in_conflict) = in_order(&before);
    let mut turns = Turns { track: BTreeMap::new(), in_conflict };
    let mut used: BTreeMap<i32, i32> = BTreeMap::new();
    for at in order {
        let start = &starts[at];
        let rows = || start.to.iter().map(|(row, _)| *row).chain([start.from]);
        let (low, high) = (rows().min().unwrap_or(start.from), rows().max().unwrap_or(start.from));
        let crossed = used.range(low..=high).map(|(_, track)| track + 1).max();
        let after =
            before[at].iter().filter_map(|(other, _)| turns.of(starts[*other].item)).map(|track| track + 1).max();
        let track = crossed.max(after).unwrap_or(0);
        used.extend((low..=high).map(|row| (row, track)));
        turns.track.insert(start.item, track);
    }
    turns
}

/// The items some of whose lines turn. Of lines that go up the upper turns first, of those that go down the lower: so
/// they do not cross.
fn starts(links: &[Link], port: impl Fn(usize) -> i32) -> Vec<Start> {
    let mut ends: BTreeMap<usize, Vec<(i32, usize)>> = BTreeMap::new();
    for link in links {
        ends.entry(link.upper).or_default().push((port(link.lower), link.lower));
    }
    let start = |(item, to)| Start { item, from: port(item), to };
    let mut starts: Vec<Start> = ends.into_iter().map(start).collect();
    starts.retain(|start| start.to.iter().any(|(row, _)| *row != start.from));
    starts.sort_by_key(|start| {
        let down = start.to.iter().map(|(row, _)| i64::from(row - start.from)).sum::<i64>() > 0;
        (down, if down { -start.from } else { start.from }, start.item)
    });
    starts
}

/// An order in which each comes after those `before` it, the given one otherwise; and, where there is a circle, the end
/// that closes it.
fn in_order(before: &[Vec<(usize, usize)>]) -> (Vec<usize>, Option<usize>) {
    #[derive(Clone, Copy, PartialEq)]
    enum Seen {
        Not,
        Open,
        Done,
    }
    let mut seen = vec![Seen::Not; before.len()];
    let mut order = Vec::with_capacity(before.len());
    let mut closes = None;
    for root in 0..before.len() {
        let mut stack = if seen[root] == Seen::Not { vec![(root, 0)] } else { Vec::new() };
        while let Some((at, next)) = stack.pop() {
            seen[at] = Seen::Open;
            let Some(&(other, end)) = before[at].get(next) else {
                seen[at] = Seen::Done;
                order.push(at);
                continue;
            };
            stack.push((at, next + 1));
            match seen[other] {
                Seen::Not => stack.push((other, 0)),
                Seen::Open => closes = closes.or(Some(end)),
                Seen::Done => {}
            }
        }
    }
    (order, closes)
}
