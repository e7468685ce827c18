//! What becomes of each resource in the other region: it is made, it is there, somebody gives what is in its place, or it is
//! none of that region's.

use super::stores::{self, Data};
use super::there::{Standing, There};
use super::{Order, turn};
use crate::snapshot::{Reference, Resource, Snapshot, fence};
use crate::terraform::address::{Address, addresses, slug};
use crate::terraform::generate::{called, note, refused};
use crate::terraform::known::{GIVEN, is_member};
use crate::terraform::rules::Rule;
use crate::terraform::source::Note;
use std::collections::{BTreeMap, BTreeSet};

/// What becomes of a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is made.
    Made,
    /// It is there.
    There(There),
    /// Somebody gives what others say of it.
    Given,
    /// Nothing is said of it.
    Left,
}

/// What becomes of all of them.
#[derive(Debug, Default)]
pub struct Fates {
    /// Of each.
    pub of: BTreeMap<Reference, Fate>,
    /// At what address those are found that are not made.
    pub addresses: BTreeMap<Reference, Address>,
    /// Where the data of stores comes from.
    pub data: BTreeMap<Reference, Data>,
    /// What is to be settled.
    pub notes: Vec<Note>,
    /// Stores of which nobody says where their data comes from, with why.
    pub silent: Vec<(Reference, String)>,
}

/// Kinds that serve something else alone: they are not made for what is there already.
const SERVING: &[&str] = &[
    "db-subnet-group",
    "db-parameter-group",
    "cluster-parameter-group",
    "option-group",
    "cache-subnet-group",
    "cache-parameter-group",
    "kms-key",
];

struct Deciding<'a, 'o> {
    order: &'o Order<'o>,
    snapshot: &'a Snapshot,
    standing: Standing<'o>,
    fates: Fates,
}

/// What becomes of each resource of `snapshot`, and those that are made, with their rules.
pub fn decide<'a>(snapshot: &'a Snapshot, order: &Order<'_>) -> (Fates, Vec<(&'a Resource, &'static Rule)>) {
    let standing = Standing::new_of(snapshot, order);
    let mut deciding = Deciding { order, snapshot, standing, fates: Fates::default() };
    for resource in &snapshot.resources {
        let fate = deciding.of(resource);
        deciding.fates.of.insert(resource.reference(), fate);
    }
    deciding.members();
    deciding.unneeded();
    let Deciding { mut fates, .. } = deciding;
    let is_made = |resource: &&Resource| fates.of.get(&resource.reference()) == Some(&Fate::Made);
    let made: Vec<_> = snapshot
        .resources
        .iter()
        .filter(is_made)
        .filter_map(|resource| Some((resource, crate::terraform::rules::of(&resource.kind)?)))
        .collect();
    let spoken = snapshot.resources.iter().filter_map(|resource| {
        let of = resource.reference();
        let name = called(snapshot, resource);
        let given = || Address::new(GIVEN, &format!("{}_{name}", slug(&resource.kind)));
        let address = match fates.of.get(&of)? {
            Fate::There(there) => there.address(&name),
            // A resource that cannot be written whole is given too.
            Fate::Given | Fate::Made => given(),
            Fate::Left => return None,
        };
        Some((of, address, resource.id.clone()))
    });
    let addresses = addresses(spoken.collect::<Vec<_>>());
    fates.addresses = addresses;
    (fates, made)
}

impl<'a> Standing<'a> {
    fn new_of(snapshot: &'a Snapshot, order: &Order<'a>) -> Self {
        Self::new(snapshot, order.recovery, &order.pairs)
    }
}

impl Deciding<'_, '_> {
    fn note(&mut self, code: &'static str, resource: &Resource, found: &str, fix: &str) {
        self.fates.notes.push(note(code, resource, found, fix));
    }

    fn of(&mut self, resource: &Resource) -> Fate {
        let (order, of) = (self.order, resource.reference());
        let same_account = order.account.is_none();
        let there = self.standing.get(&of).cloned();
        let stands = there.clone().filter(|there| !self.standing.is_made(there));
        let otherwise = || stands.clone().map_or(Fate::Given, Fate::There);
        let is_chosen = (order.is_chosen)(resource);
        match resource.kind.as_str() {
            "record" | "health-check" if !is_chosen => return Fate::Left,
            "record" => {
                let to = &order.to;
                self.note(
                    "record",
                    resource,
                    &format!("who is led to {to} is the runbook's to say: it is not written"),
                    "name it in a component of the plan",
                );
                return Fate::Left;
            }
            "health-check" => {
                self.note(
                    "health-check",
                    resource,
                    "it is of all regions, and of records: it is not written",
                    "make one of what is there, if a record is to have it",
                );
                return Fate::Left;
            }
            "zone" | "iam-role" | "iam-policy" | "instance-profile" if same_account => {
                return Fate::There(There::of(resource));
            }
            "zone" => return Fate::Left,
            "global-cluster" | "global-datastore" if same_account => return Fate::There(There::of(resource)),
            _ => {}
        }
        if let Some(fenced) = fence::fenced(resource) {
            let found = format!("{}: nothing is made of it, and nothing serves from it", fenced.told());
            self.note("fenced", resource, &found, "restore from a snapshot of before that run");
            return Fate::Left;
        }
        if !is_chosen {
            // What an earlier restore made is there as much as anything, for what does not make it again.
            return there.map_or(Fate::Given, Fate::There);
        }
        if stores::is_store(self.snapshot, resource) {
            return self.store(resource, there);
        }
        if is_member(resource) {
            return Fate::Made;
        }
        if let Err((code, found, fix)) = refused(resource) {
            let is_asked = code == "shared" && (order.is_named)(resource);
            if !is_asked {
                let fate = otherwise();
                let fix = match code {
                    "shared" => "give what is in its place there, or name it with --only to have it made",
                    _ => fix,
                };
                if !matches!(fate, Fate::There(_)) {
                    self.note(code, resource, &found, fix);
                }
                return fate;
            }
        }
        if let Some(there) = stands {
            return Fate::There(there);
        }
        let data = (order.data)(resource);
        match resource.kind.as_str() {
            "secret" if same_account && stores::is_replicated_to(resource, &order.to) => {
                Fate::There(There::of(resource))
            }
            "kms-key" if turn::is_replicated(resource, order) || data == Some(Data::Empty) => Fate::Made,
            "kms-key" => {
                let found = if turn::is_multi_region(resource) {
                    "it is replicated within its own account alone: what it encrypts there is read in no other"
                } else {
                    "it is of one region alone: what it encrypts there is read nowhere else"
                };
                self.note(
                    "key-of-one-region",
                    resource,
                    found,
                    &format!(
                        "make a key there before the incident and give it, or --data {of}=empty to have another made"
                    ),
                );
                Fate::Given
            }
            "bucket" if data == Some(Data::Replica) => Fate::Given,
            _ => Fate::Made,
        }
    }

    fn store(&mut self, resource: &Resource, there: Option<There>) -> Fate {
        let (order, of) = (self.order, resource.reference());
        let said = (order.data)(resource);
        if let Some(data) = said.filter(|data| !data.is_of(&resource.kind)) {
            let why = format!("it cannot come from {} there", data.word());
            self.fates.silent.push((of, why));
            return Fate::Given;
        }
        let own =
            (resource.kind == "table" && stores::is_replicated_to(resource, &order.to)).then(|| There::of(resource));
        let made = there.as_ref().is_some_and(|there| self.standing.is_made(there));
        let replica = there.or(own);
        match (said, replica) {
            (None | Some(Data::Replica), Some(replica)) if !made => {
                self.fates.data.insert(of, Data::Replica);
                if resource.kind != "table" {
                    let found = format!("its data is in {} there, which is behind a network of its own", replica.id);
                    let fix = "see that what is made here may reach it, and promote it by the runbook";
                    self.note("store-there", resource, &found, fix);
                }
                Fate::There(replica)
            }
            (Some(Data::Replica), _) => {
                self.fates.silent.push((of, format!("no replica of it is known in {}", order.to)));
                Fate::Given
            }
            (Some(data), _) => {
                if let Err((code, found, fix)) = refused(resource)
                    && !(code == "shared" && (order.is_named)(resource))
                {
                    self.note(code, resource, &found, fix);
                    return Fate::Given;
                }
                self.fates.data.insert(of, data);
                Fate::Made
            }
            (None, _) => {
                let why = if made {
                    "it was made by an earlier restore: say what it was made of"
                } else {
                    "no replica of it is known"
                };
                self.fates.silent.push((of, why.to_owned()));
                Fate::Given
            }
        }
    }

    /// A member of a cluster goes its cluster's way.
    fn members(&mut self) {
        for resource in self.snapshot.resources.iter().filter(|one| is_member(one)) {
            let cluster = resource.config.get("Cluster").and_then(|id| id.as_str()).unwrap_or_default();
            let cluster = self.fates.of.get(&Reference::new("aurora-cluster", cluster));
            let fate = self.fates.of.get(&resource.reference());
            if fate == Some(&Fate::Made) && cluster != Some(&Fate::Made) {
                self.fates.of.insert(resource.reference(), Fate::Left);
            }
        }
    }

    /// What serves only what is there already is there already, in its own way.
    fn unneeded(&mut self) {
        let mut needed: BTreeSet<&str> = BTreeSet::new();
        let mut served: BTreeSet<&str> = BTreeSet::new();
        for resource in &self.snapshot.resources {
            let is_made = self.fates.of.get(&resource.reference()) == Some(&Fate::Made);
            let all = if is_made { &mut needed } else { &mut served };
            all.extend(resource.needs.iter().map(String::as_str));
        }
        // What was not asked for is of no matter.
        let is_asked = |one: &&Resource| SERVING.contains(&one.kind.as_str()) && (self.order.is_chosen)(one);
        for resource in self.snapshot.resources.iter().filter(is_asked) {
            let of = resource.reference();
            let said = of.to_string();
            let is_idle = served.contains(said.as_str()) && !needed.contains(said.as_str());
            if is_idle && matches!(self.fates.of.get(&of), Some(Fate::Made | Fate::Given)) {
                self.fates.notes.retain(|note| note.of != said);
                self.fates.notes.push(note(
                    "unneeded",
                    resource,
                    "only what is there already needs it: it is not written",
                    "nothing: what is there has its own",
                ));
                self.fates.of.insert(of, Fate::Left);
            }
        }
    }
}
