//! In which order things rest on each other, from what each needs.

use super::format::{Reference, Resource};
use petgraph::algo::{condensation, toposort};
use petgraph::graph::{DiGraph, NodeIndex};
use std::collections::BTreeMap;

/// What there is, layer by layer: what needs nothing first, then what needs only what came before. Things that need each
/// other are of one layer.
pub fn layers(resources: &[Resource]) -> Vec<Vec<Reference>> {
    let whole = condensation(graph(resources), true);
    let order = toposort(&whole, None).expect("what needs each other is one, so nothing is left that turns");
    let mut depth: BTreeMap<NodeIndex, usize> = BTreeMap::new();
    let mut layers: Vec<Vec<Reference>> = Vec::new();
    // An edge leads to what is needed: the last of the order needs nothing.
    for node in order.into_iter().rev() {
        let below = whole.neighbors(node).filter_map(|needed| depth.get(&needed)).max();
        let own = below.map_or(0, |below| below + 1);
        depth.insert(node, own);
        if layers.len() <= own {
            layers.resize(own + 1, Vec::new());
        }
        layers[own].extend(whole[node].iter().cloned());
    }
    for layer in &mut layers {
        layer.sort();
    }
    layers
}

/// The things that need each other in a circle, each circle sorted.
pub fn circles(resources: &[Resource]) -> Vec<Vec<Reference>> {
    let graph = graph(resources);
    let mut found: Vec<Vec<Reference>> = petgraph::algo::tarjan_scc(&graph)
        .into_iter()
        .filter(|circle| circle.len() > 1)
        .map(|circle| {
            let mut circle: Vec<Reference> = circle.into_iter().map(|node| graph[node].clone()).collect();
            circle.sort();
            circle
        })
        .collect();
    found.sort();
    found
}

/// What is needed and is not there: what names it, and what it names.
pub fn dangling(resources: &[Resource]) -> Vec<(Reference, String)> {
    let there: std::collections::BTreeSet<String> = resources.iter().map(|one| one.reference().to_string()).collect();
    let needs = resources.iter().flat_map(|one| one.needs.iter().map(|need| (one.reference(), need.clone())));
    needs.filter(|(_, need)| !there.contains(need)).collect()
}

fn graph(resources: &[Resource]) -> DiGraph<Reference, ()> {
    let mut graph = DiGraph::new();
    let mut nodes = BTreeMap::new();
    for resource in resources {
        nodes.insert(resource.reference().to_string(), graph.add_node(resource.reference()));
    }
    for resource in resources {
        let Some(own) = nodes.get(&resource.reference().to_string()) else { continue };
        for needed in resource.needs.iter().filter_map(|need| nodes.get(need)).filter(|needed| *needed != own) {
            graph.update_edge(*own, *needed, ());
        }
    }
    graph
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::properties::resource;

    fn told(layers: Vec<Vec<Reference>>) -> Vec<Vec<String>> {
        layers.into_iter().map(|layer| layer.iter().map(ToString::to_string).collect()).collect()
    }

    #[test]
    fn what_is_needed_comes_before_and_a_circle_is_one() {
        let resources = [
            resource("service", "api", &["subnet/a", "role/r", "gone/x"]),
            resource("subnet", "a", &["vpc/v"]),
            resource("vpc", "v", &[]),
            resource("role", "r", &["key/k"]),
            resource("key", "k", &["role/r"]),
        ];
        assert_eq!(told(layers(&resources)), [vec!["key/k", "role/r", "vpc/v"], vec!["subnet/a"], vec!["service/api"]]);
        assert_eq!(told(circles(&resources)), [vec!["key/k", "role/r"]]);
        assert_eq!(dangling(&resources), [(Reference::new("service", "api"), "gone/x".to_owned())]);
        assert!(layers(&[]).is_empty());
    }
}
