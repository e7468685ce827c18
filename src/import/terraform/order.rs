//! Which component a resource became, and what needs what: by the state's dependencies, through all that is no component.

use super::estate::Estate;
use super::state::Resource;
use crate::import::draft::Draft;
use crate::import::view::Place;
use std::collections::{BTreeSet, HashMap, HashSet};

/// What comes up before what, whatever a state says: Terraform makes a balancer before its service, and a recovery sees
/// that the balancer has healthy targets after it.
fn rank(kind: &str) -> usize {
    match kind {
        "kms" | "iam" | "network" | "certificate" => 0,
        "rds" | "aurora" | "elasticache" | "dynamodb" | "s3" | "rds-restore" => 1,
        "secret" | "parameter" => 2,
        "ecs" | "autoscaling" | "lambda" | "queue" => 3,
        "rule" => 4,
        "load-balancer" => 5,
        "route53" => 6,
        "alarm" => 7,
        _ => 8,
    }
}

/// What became of which resource.
#[derive(Default)]
pub(super) struct Order {
    /// The component of each instance, by where that stands: many may have one address, as `count` and `for_each` make them.
    by_place: HashMap<Place, String>,
    /// The components that an address is of, of each of its instances: dependencies name no single one.
    of: HashMap<String, BTreeSet<String>>,
    /// The addresses that a component is of.
    addresses: HashMap<String, Vec<String>>,
    /// A task has the rank of what it is in the place of.
    ranks: HashMap<String, usize>,
    /// Those that are no tasks.
    made: HashSet<String>,
}

impl Order {
    /// Says that these resources are the component `name`.
    pub fn is<'r, 'a: 'r>(&mut self, name: &str, kind: &str, resources: impl IntoIterator<Item = &'r Resource<'a>>) {
        for resource in resources {
            self.by_place.entry(resource.place()).or_insert_with(|| name.to_owned());
            self.of.entry(resource.address.clone()).or_default().insert(name.to_owned());
            self.addresses.entry(name.to_owned()).or_default().push(resource.address.clone());
        }
        self.ranks.insert(name.to_owned(), rank(kind));
    }

    /// As [`Self::is`], of a component that gives what its kind gives.
    pub fn is_made<'r, 'a: 'r>(
        &mut self,
        name: &str,
        kind: &str,
        resources: impl IntoIterator<Item = &'r Resource<'a>>,
    ) {
        self.is(name, kind, resources);
        self.made.insert(name.to_owned());
    }

    /// Whether others can be given what it gives.
    pub fn gives(&self, name: &str) -> bool {
        self.made.contains(name)
    }

    /// The component of a resource.
    pub fn component(&self, resource: &Resource<'_>) -> Option<&str> {
        self.by_place.get(&resource.place()).map(String::as_str)
    }

    /// Gives every component the needs that its resources' dependencies are.
    pub fn needs(&self, estate: &Estate<'_>, draft: &mut Draft) {
        let mut depends: HashMap<&str, BTreeSet<&str>> = HashMap::new();
        for resource in estate.all() {
            depends.entry(&resource.address).or_default().extend(resource.depends.iter().map(String::as_str));
        }
        for piece in &mut draft.pieces {
            let Some(own) = self.ranks.get(&piece.name) else { continue };
            let mut seen: HashSet<&str> = HashSet::new();
            let mut open: Vec<&str> =
                self.addresses.get(&piece.name).into_iter().flatten().map(String::as_str).collect();
            let mut found: BTreeSet<String> = BTreeSet::new();
            while let Some(address) = open.pop() {
                if !seen.insert(address) {
                    continue;
                }
                // Only what comes earlier anyway: so there is no circle.
                let is_earlier = |name: &&String| self.ranks.get(*name).is_some_and(|rank| rank < own);
                let mut earlier = self.of.get(address).into_iter().flatten().filter(is_earlier).peekable();
                if earlier.peek().is_none() {
                    open.extend(depends.get(address).into_iter().flatten().copied());
                }
                found.extend(earlier.cloned());
            }
            found.iter().for_each(|name| piece.need(name));
        }
    }
}
