//! Which thing of the one region is which of the other: by what a plan says, by who replicates whom, by what those name that are
//! known already, by name, and by where it stands. What fits several is left alone.

use super::names;
use super::refers::Refers;
use crate::snapshot::{Reference, Resource, Snapshot, fence};
use crate::terraform::restore::is_replica;
use std::collections::{BTreeMap, BTreeSet};

/// Kinds of which there is one, and which have no name of their own: the last on both sides are the same.
const LAST: &[&str] = &["vpc", "internet-gateway", "egress-only-gateway", "nat-gateway", "eip", "dhcp-options"];

/// Kinds that belong to another, and by which field one of them is told from its brothers.
const OWNED: &[(&str, &str, &str)] = &[
    ("listener", "load-balancer", "Port"),
    ("scalable-target", "ecs-service", "ScalableDimension"),
    ("vpc-endpoint", "vpc", "ServiceName"),
    ("internet-gateway", "vpc", ""),
    ("nat-gateway", "subnet", "ConnectivityType"),
    ("db-instance", "aurora-cluster", "PromotionTier"),
];

/// What is the same in both regions.
#[derive(Debug, Default)]
pub struct Pairs {
    there: BTreeMap<Reference, Reference>,
    taken: BTreeSet<Reference>,
}

impl Pairs {
    /// What stands in the other region for it.
    pub fn there(&self, of: &Reference) -> Option<&Reference> {
        self.there.get(of)
    }

    /// Whether it stands there for something.
    pub fn is_taken(&self, there: &Reference) -> bool {
        self.taken.contains(there)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&Reference, &Reference)> {
        self.there.iter()
    }

    fn put(&mut self, here: Reference, there: Reference) -> bool {
        let is_kept = |of: &Reference| fence::named(&of.kind, &of.id).is_some();
        if here.kind != there.kind || is_kept(&here) || is_kept(&there) {
            return false;
        }
        if self.there.contains_key(&here) || self.taken.contains(&there) {
            return false;
        }
        self.taken.insert(there.clone());
        self.there.insert(here, there);
        true
    }
}

/// One region's side while things are matched.
struct Side<'a> {
    snapshot: &'a Snapshot,
    refers: Refers<'a>,
}

impl<'a> Side<'a> {
    fn new(snapshot: &'a Snapshot) -> Self {
        Self { snapshot, refers: Refers::of(snapshot) }
    }

    /// What a plan calls so.
    fn called(&self, named: &Reference) -> Option<Reference> {
        let own = |one: &&Resource| {
            one.kind == named.kind
                && (one.arn.as_ref() == Some(&named.id)
                    || one.name.as_ref() == Some(&named.id)
                    || one.known_by.contains(&named.id))
        };
        let found = self.snapshot.resource(named).or_else(|| self.snapshot.resources.iter().find(own));
        found.map(Resource::reference)
    }
}

/// Matches `recovery` with `primary`; `said` are one thing on both sides, as a plan says.
pub fn find(primary: &Snapshot, recovery: &Snapshot, said: &[(Reference, Reference)]) -> Pairs {
    let (here, there) = (Side::new(primary), Side::new(recovery));
    let mut pairs = Pairs::default();
    for (one, other) in said {
        if let (Some(one), Some(other)) = (here.called(one), there.called(other)) {
            pairs.put(one, other);
        }
    }
    for one in &primary.resources {
        if let Some(other) = recovery.resources.iter().find(|other| is_replica(one, other)) {
            pairs.put(one.reference(), other.reference());
        }
    }
    // What is of all regions comes later: which role plays the same part is told by who uses it.
    by_label(&mut pairs, &here, &there, &|one| !one.global, &strict);
    let rounds: [&dyn Fn(&mut Pairs) -> bool; 5] = [
        &|pairs| by_reference(pairs, &here, &there),
        &|pairs| by_owner(pairs, &here, &there),
        &|pairs| by_label(pairs, &here, &there, &|one| !one.global, &loose),
        &|pairs| subnets(pairs, primary, recovery),
        &|pairs| by_label(pairs, &here, &there, &|one| LAST.contains(&one.kind.as_str()), &|_, _| "last".to_owned()),
    ];
    while rounds.iter().any(|round| round(&mut pairs)) {}
    for one in primary.resources.iter().filter(|one| one.global) {
        let of = one.reference();
        if recovery.resource(&of).is_some() {
            pairs.put(of.clone(), of);
        }
    }
    by_label(&mut pairs, &here, &there, &|_| true, &strict);
    by_label(&mut pairs, &here, &there, &|_| true, &loose);
    while rounds.iter().any(|round| round(&mut pairs)) {}
    pairs
}

fn strict(side: &Snapshot, one: &Resource) -> String {
    names::strict(names::of(one), &side.region)
}

fn loose(side: &Snapshot, one: &Resource) -> String {
    names::loose(names::of(one), &side.region)
}

/// Pairs what has the same label on both sides and is the only one of it; whether any was.
fn by_label(
    pairs: &mut Pairs,
    here: &Side<'_>,
    there: &Side<'_>,
    is_meant: &dyn Fn(&Resource) -> bool,
    label: &dyn Fn(&Snapshot, &Resource) -> String,
) -> bool {
    let group = |side: &Snapshot, is_free: &dyn Fn(&Reference) -> bool| {
        let mut all: BTreeMap<(String, String), Vec<Reference>> = BTreeMap::new();
        for one in side.resources.iter().filter(|one| is_meant(one) && is_free(&one.reference())) {
            let label = label(side, one);
            if !label.is_empty() {
                all.entry((one.kind.clone(), label)).or_default().push(one.reference());
            }
        }
        all
    };
    let ours = group(here.snapshot, &|of| pairs.there(of).is_none());
    let theirs = group(there.snapshot, &|of| !pairs.is_taken(of));
    let mut any = false;
    for (label, ours) in ours {
        if let ([one], Some([other])) = (ours.as_slice(), theirs.get(&label).map(Vec::as_slice)) {
            any |= pairs.put(one.clone(), other.clone());
        }
    }
    any
}

/// What two that are the same name in the same field is the same, where each names one that nobody knows yet.
fn by_reference(pairs: &mut Pairs, here: &Side<'_>, there: &Side<'_>) -> bool {
    let known: Vec<(Reference, Reference)> = pairs.iter().map(|(one, other)| (one.clone(), other.clone())).collect();
    let mut any = false;
    for (one, other) in known {
        let (ours, theirs) = (here.refers.by_field(&one), there.refers.by_field(&other));
        for (field, ours) in ours {
            let Some(theirs) = theirs.get(&field) else { continue };
            let mut free = ours.iter().filter(|of| pairs.there(of).is_none());
            let mut open = theirs.iter().filter(|of| !pairs.is_taken(of));
            if let (Some(one), None, Some(other), None) = (free.next(), free.next(), open.next(), open.next()) {
                any |= pairs.put(one.clone(), other.clone());
            }
        }
    }
    any
}

/// What belongs to the same is the same, where a field tells it from its brothers.
fn by_owner(pairs: &mut Pairs, here: &Side<'_>, there: &Side<'_>) -> bool {
    let mut any = false;
    for (kind, owner, field) in OWNED {
        let told = |side: &Side<'_>, one: &Resource, as_here: &dyn Fn(&Reference) -> Option<Reference>| {
            let owners = side.refers.all(&one.reference());
            let owner = owners.iter().filter(|of| of.kind == *owner).find_map(as_here)?;
            let field = one.config.get(*field).map(ToString::to_string).unwrap_or_default();
            Some(format!("{owner} {}", names::strict(&field, &side.snapshot.region)))
        };
        let of_there: BTreeMap<&Reference, &Reference> = pairs.iter().map(|(one, other)| (other, one)).collect();
        let mut ours: BTreeMap<String, Vec<Reference>> = BTreeMap::new();
        for one in here.snapshot.resources.iter().filter(|one| one.kind == *kind) {
            if pairs.there(&one.reference()).is_none()
                && let Some(label) = told(here, one, &|of| pairs.there(of).map(|_| of.clone()))
            {
                ours.entry(label).or_default().push(one.reference());
            }
        }
        let mut theirs: BTreeMap<String, Vec<Reference>> = BTreeMap::new();
        for one in there.snapshot.resources.iter().filter(|one| one.kind == *kind) {
            if !pairs.is_taken(&one.reference())
                && let Some(label) = told(there, one, &|of| of_there.get(of).map(|one| (*one).clone()))
            {
                theirs.entry(label).or_default().push(one.reference());
            }
        }
        for (label, ours) in ours {
            if let ([one], Some([other])) = (ours.as_slice(), theirs.get(&label).map(Vec::as_slice)) {
                any |= pairs.put(one.clone(), other.clone());
            }
        }
    }
    any
}

/// Subnets of networks that are the same: those of one tier in the order of their zones, where there are as many.
fn subnets(pairs: &mut Pairs, primary: &Snapshot, recovery: &Snapshot) -> bool {
    let tiers = |side: &Snapshot, is_free: &dyn Fn(&Reference) -> bool, network: &dyn Fn(&str) -> Option<Reference>| {
        let mut all: BTreeMap<(Reference, bool), Vec<(String, Reference)>> = BTreeMap::new();
        for one in side.resources.iter().filter(|one| one.kind == "subnet" && is_free(&one.reference())) {
            let text = |key: &str| one.config.get(key).and_then(|value| value.as_str()).unwrap_or_default();
            let is_public = one.config.get("MapPublicIpOnLaunch") == Some(&true.into());
            if let Some(network) = network(text("VpcId")) {
                let zone = format!("{} {}", text("AvailabilityZone"), text("CidrBlock"));
                all.entry((network, is_public)).or_default().push((zone, one.reference()));
            }
        }
        all.values_mut().for_each(|tier| tier.sort());
        all
    };
    let of_there: BTreeMap<Reference, Reference> =
        pairs.iter().map(|(one, other)| (other.clone(), one.clone())).collect();
    let ours = tiers(primary, &|of| pairs.there(of).is_none(), &|id| {
        let network = Reference::new("vpc", id);
        pairs.there(&network).is_some().then_some(network)
    });
    let theirs = tiers(recovery, &|of| !pairs.is_taken(of), &|id| of_there.get(&Reference::new("vpc", id)).cloned());
    let mut any = false;
    for (tier, ours) in ours {
        let Some(theirs) = theirs.get(&tier).filter(|theirs| theirs.len() == ours.len()) else { continue };
        for ((_, one), (_, other)) in ours.into_iter().zip(theirs) {
            any |= pairs.put(one, other.clone());
        }
    }
    any
}
