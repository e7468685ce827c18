//! The layout against what any drawing of a graph must hold, over random graphs.

use super::layers::Layers;
use super::layout::{Hop, Layout, Size, Spacing};
use nix::time::{ClockId, clock_gettime};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::time::Duration;

const SPACING: Spacing = Spacing { between: 1, lead: 1, tail: 2 };

fn laid(nodes: usize, edges: &[(usize, usize)]) -> (Layers, Layout) {
    let layers = Layers::of(nodes, edges);
    let layout = Layout::of(&layers, size, SPACING);
    (layers, layout)
}

fn size(node: usize) -> Size {
    Size { along: 6 + node as i32 % 5, across: 1 + node as i32 % 3 }
}

/// A graph, with or without circles, each edge once and none to itself.
fn graphs() -> impl Strategy<Value = (usize, Vec<(usize, usize)>)> {
    (1usize..40).prop_flat_map(|nodes| {
        let edges = proptest::collection::btree_set((0..nodes, 0..nodes), 0..60);
        let distinct = |edges: BTreeSet<(usize, usize)>| edges.into_iter().filter(|(from, to)| from != to).collect();
        (Just(nodes), edges.prop_map(distinct))
    })
}

/// The hops of an edge, from the rank it starts in to the one it ends in.
fn way(layout: &Layout, edge: usize) -> Vec<&Hop> {
    let mut hops: Vec<&Hop> = layout.hops.iter().filter(|hop| hop.edges.contains(&edge)).collect();
    hops.sort_by_key(|hop| hop.exit);
    hops
}

proptest! {
    #[test]
    fn every_node_has_a_place_of_its_own((nodes, edges) in graphs()) {
        let (_, layout) = laid(nodes, &edges);
        prop_assert_eq!(layout.places.len(), nodes);
        prop_assert_eq!(layout.ranks.iter().map(Vec::len).sum::<usize>(), nodes);
        for (one, a) in layout.places.iter().enumerate() {
            prop_assert!(a.along >= 0 && a.across >= 0 && a.end <= layout.along && a.across + a.broad <= layout.across);
            prop_assert!(a.end - a.along >= size(one).along && a.broad == size(one).across);
            for b in &layout.places[one + 1..] {
                let apart = a.end <= b.along || b.end <= a.along || a.across + a.broad <= b.across || b.across + b.broad <= a.across;
                prop_assert!(apart, "{:?} lies over {:?}", a, b);
            }
        }
    }

    #[test]
    fn every_edge_is_drawn_from_its_need_to_its_dependent((nodes, edges) in graphs()) {
        let (layers, layout) = laid(nodes, &edges);
        for (edge, (from, to)) in edges.iter().enumerate() {
            let against = layers.against[edge];
            let (first, last) = if against { (to, from) } else { (from, to) };
            let (first, last) = (layout.places[*first], layout.places[*last]);
            let hops = way(&layout, edge);
            prop_assert_eq!(hops.len(), last.rank - first.rank);
            prop_assert_eq!((hops[0].exit, hops[0].from), (first.end, first.port()));
            let end = hops[hops.len() - 1];
            prop_assert_eq!((end.entry, end.to), (last.along - 1, last.port()));
            for pair in hops.windows(2) {
                prop_assert_eq!((pair[0].entry + 1, pair[0].to), (pair[1].exit, pair[1].from));
            }
            let has_head = if against { hops[0].back } else { end.head };
            prop_assert!(has_head);
            let turns = |hop: &&Hop| hop.from == hop.to || hop.turn.is_some_and(|turn| hop.exit <= turn && turn < hop.entry);
            prop_assert!(hops.iter().all(turns));
        }
    }

    #[test]
    fn no_line_runs_through_a_node((nodes, edges) in graphs()) {
        let (_, layout) = laid(nodes, &edges);
        let passes = |hop: &Hop, along: i32| if hop.turn.is_none_or(|turn| along < turn) { hop.from } else { hop.to };
        for hop in &layout.hops {
            for place in &layout.places {
                let through = (hop.exit.max(place.along)..=hop.entry.min(place.end - 1))
                    .any(|along| (place.across..place.across + place.broad).contains(&passes(hop, along)));
                prop_assert!(!through, "{:?} runs through {:?}", hop, place);
            }
        }
    }

    #[test]
    fn without_a_circle_every_node_stands_after_what_it_needs((nodes, edges) in graphs()) {
        let edges: Vec<(usize, usize)> = edges.into_iter().filter(|(from, to)| from < to).collect();
        let (layers, layout) = laid(nodes, &edges);
        prop_assert!(layers.against.iter().all(|against| !against));
        for (node, place) in layout.places.iter().enumerate() {
            let needs = edges.iter().filter(|(_, to)| *to == node);
            let wave = needs.map(|(need, _)| layout.places[*need].rank + 1).max().unwrap_or(0);
            prop_assert_eq!(place.rank, wave);
        }
    }

    #[test]
    fn the_same_graph_is_laid_out_the_same((nodes, edges) in graphs()) {
        prop_assert_eq!(laid(nodes, &edges), laid(nodes, &edges));
    }

    #[test]
    fn what_is_in_sight_is_all_that_is_in_sight((nodes, edges) in graphs(), from in -5i32..300, length in 0i32..80) {
        let (_, layout) = laid(nodes, &edges);
        let bands = layout.bands_within(from, from + length);
        for (at, band) in layout.bands.iter().enumerate() {
            let in_sight = length > 0 && band.start < from + length && band.end > from;
            prop_assert!(!in_sight || bands.contains(&at));
        }
    }
}

/// A plan's worth: each of `nodes` needs up to three of the two hundred before it.
fn large(nodes: usize) -> Vec<(usize, usize)> {
    use rand::{RngExt, SeedableRng};
    let mut dice = rand_chacha::ChaCha8Rng::seed_from_u64(5);
    let mut edges = BTreeSet::new();
    for to in 1..nodes {
        for _ in 0..dice.random_range(0..=3) {
            edges.insert((dice.random_range(to.saturating_sub(200)..to), to));
        }
    }
    edges.into_iter().collect()
}

#[test]
fn two_thousand_components_are_laid_out_soon() {
    let edges = large(2_000);
    // What the thread itself worked: the machine is shared with other builds.
    let worked = || Duration::from(clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).expect("this thread's own clock"));
    let started = worked();
    let (_, layout) = laid(2_000, &edges);
    let took = worked() - started;
    assert_eq!(layout.places.len(), 2_000);
    assert!(took < Duration::from_secs(1), "{took:?}");
}

#[test]
fn nodes_of_a_chain_stand_in_one_line() {
    let edges: Vec<(usize, usize)> = (1..9).map(|to| (to - 1, to)).collect();
    let layers = Layers::of(9, &edges);
    let layout = Layout::of(&layers, |_| Size { along: 8, across: 3 }, SPACING);
    assert!(layout.hops.iter().all(|hop| hop.turn.is_none()));
    assert_eq!((layout.along, layout.across), (9 * 8 + 8 * 3, 3));
}

/// The cells between two ranks that a hop lies on along the rows, with its start and its end.
fn rows(hop: &Hop) -> impl Iterator<Item = (i32, i32)> {
    let turn = hop.turn.unwrap_or(hop.entry);
    let before = (hop.exit..=turn).map(|along| (along, hop.from));
    before.chain((turn..=hop.entry).map(|along| (along, hop.to)))
}

#[test]
fn lines_that_change_places_do_not_lie_on_each_other() {
    // Each of two leads to where the other starts: one of the ends must give way.
    let layers = Layers::of(4, &[(0, 3), (1, 2), (0, 2)]);
    let crossed = Layers { ranks: vec![vec![0, 1], vec![2, 3]], ..Layers::of(4, &[(0, 3), (1, 2)]) };
    for layers in [layers, crossed] {
        let layout = Layout::of(&layers, |_| Size { along: 8, across: 3 }, Spacing { between: 0, lead: 1, tail: 2 });
        for one in &layout.hops {
            for other in layout.hops.iter().filter(|other| other.from != one.from && other.to != one.to) {
                let shared = rows(one).find(|cell| rows(other).any(|known| known == *cell));
                assert_eq!(shared, None, "{one:?} and {other:?}");
            }
        }
    }
}
