//! The simulated AWS Secrets Manager: a secret with a replica in the recovery region. What it holds is nobody's business:
//! only its versions are.

use super::database::ACCOUNT;
use super::dice::later;
use super::kind::{Program, Simulated};
use super::world::{Refusal, Together, World};
use crate::plan::{Application, Component, Region, Side};
use crate::service::observation::{FIRST_VERSION, SecretReplica, StoredSecret};
use crate::service::said;
use crate::service::{Observation, Receipt, SecretObservation, SecretOperation, SecretQuery};
use crate::text::Clean;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// How long a replica takes to stand alone, or to be one again, in seconds.
const MOVES_SECONDS: f64 = 4.0;

/// A secret of both regions.
#[derive(Clone, Debug)]
pub(super) struct Secret {
    /// Where it is the primary from the start; it is a replica in the other.
    first: Region,
    /// What was done to one of its sides, in order.
    moves: Vec<(Timestamp, Move)>,
    /// The versions of a side that stands alone, or did: the last is current.
    versions: BTreeMap<Region, Vec<Clean>>,
}

#[derive(Clone, Debug, PartialEq)]
enum Move {
    /// This side stands alone.
    Detached(Region),
    /// The second is a replica of the first.
    Replicated(Region, Region),
}

/// What a secret is called, on its side.
pub(super) fn key(region: &Region, name: &str) -> String {
    format!("{region}/secret/{name}")
}

impl Secret {
    /// What was done to it by then, the newest first.
    fn done(&self, at: Timestamp) -> impl Iterator<Item = &Move> {
        self.moves.iter().rev().filter(move |(taken, _)| later(*taken, MOVES_SECONDS) <= at).map(|(_, moved)| moved)
    }

    /// The region that `region` is, or was last, a replica of.
    fn followed(&self, region: &Region, at: Timestamp) -> Option<&Region> {
        let last = self.done(at).find_map(|moved| match moved {
            Move::Replicated(from, to) if to == region => Some(from),
            Move::Replicated(..) | Move::Detached(_) => None,
        });
        last.or((*region != self.first).then_some(&self.first))
    }

    /// The region that it is a replica of; none where it stands alone.
    fn follows(&self, region: &Region, at: Timestamp) -> Option<&Region> {
        let last = self.done(at).find_map(|moved| match moved {
            Move::Replicated(_, to) if to == region => Some(false),
            Move::Detached(own) if own == region => Some(true),
            Move::Replicated(..) | Move::Detached(_) => None,
        });
        self.followed(region, at).filter(|_| last != Some(true))
    }

    /// The versions that a side holds.
    fn held(&self, region: &Region, at: Timestamp) -> Vec<Clean> {
        let of = self.follows(region, at).unwrap_or(region);
        self.versions.get(of).cloned().unwrap_or_else(|| vec![FIRST_VERSION.into()])
    }
}

/// Versions with their stages.
fn staged(versions: &[Clean]) -> BTreeMap<String, Vec<Clean>> {
    let Some((current, before)) = versions.split_last() else { return BTreeMap::new() };
    let mut staged = BTreeMap::from([(current.to_string(), vec!["AWSCURRENT".into()])]);
    if let Some(previous) = before.last().filter(|previous| *previous != current) {
        staged.insert(previous.to_string(), vec!["AWSPREVIOUS".into()]);
    }
    staged
}

impl World {
    fn secret(&self, region: &Region, name: &str, at: Timestamp) -> Option<StoredSecret> {
        let found = self.secrets.get(name)?;
        let (old, new) = (&self.plan.application.primary, &self.plan.application.recovery);
        let other = if region == new { old } else { new };
        let follows = found.follows(region, at);
        // What its primary tells of a replica, and of one that it had.
        let replica = (follows.is_none() && found.followed(other, at) == Some(region)).then(|| SecretReplica {
            region: Clean::new(other.as_str()),
            status: if found.follows(other, at) == Some(region) { "InSync".into() } else { "Detached".into() },
            message: None,
        });
        let is_primary = *region == found.first || replica.is_some();
        let primary = follows.or(is_primary.then_some(region));
        Some(StoredSecret {
            name: name.into(),
            arn: Clean::new(&format!("arn:aws:secretsmanager:{region}:{ACCOUNT}:secret:{name}-Sim51m")),
            key: None,
            primary: primary.map(|primary| Clean::new(primary.as_str())),
            versions: staged(&found.held(region, at)),
            rotates: false,
            deleted: None,
            replicas: replica.into_iter().collect(),
        })
    }
}

fn name_of(operation: &SecretOperation) -> &Clean {
    match operation {
        SecretOperation::ProveSecret { name }
        | SecretOperation::DetachSecret { name }
        | SecretOperation::ReplicateSecret { name, .. }
        | SecretOperation::WriteSecret { name, .. }
        | SecretOperation::RestageSecret { name, .. } => name,
    }
}

/// What a question is about.
pub(super) fn of_query(region: &Region, query: &SecretQuery) -> Option<String> {
    match query {
        SecretQuery::Secret { name } => Some(key(region, name)),
    }
}

/// With what others it is asked in one call.
pub(super) fn together(query: &SecretQuery) -> Together<'_> {
    match query {
        SecretQuery::Secret { .. } => Together::Alone,
    }
}

/// What it is answered at `at`.
pub(super) fn see(world: &World, region: &Region, query: &SecretQuery, at: Timestamp) -> Observation {
    match query {
        SecretQuery::Secret { name } => SecretObservation::Secret { secret: world.secret(region, name, at) }.into(),
    }
}

/// What an operation is about.
pub(super) fn about(region: &Region, operation: &SecretOperation) -> Vec<String> {
    vec![key(region, name_of(operation))]
}

/// Why it would be refused at `at`; `None` when it would be taken.
pub(super) fn refusal(world: &World, region: &Region, operation: &SecretOperation, at: Timestamp) -> Option<Refusal> {
    let name = name_of(operation);
    let Some(secret) = world.secret(region, name, at) else {
        let words = "Secrets Manager can't find the specified secret.";
        return Some(Refusal::new("ResourceNotFoundException", words));
    };
    let is_replica = secret.replica_of(region).is_some();
    let on_replica = || Refusal::new("InvalidParameterException", "Operation not permitted on a replica secret.");
    match operation {
        SecretOperation::ProveSecret { .. } => None,
        SecretOperation::DetachSecret { .. } => {
            (!is_replica).then(|| Refusal::new("InvalidRequestException", "The secret is not a replica."))
        }
        SecretOperation::ReplicateSecret { .. } => is_replica.then(on_replica),
        SecretOperation::WriteSecret { base, version, .. } => {
            let current = secret.current();
            let is_base = current == Some(base.as_str()) || current == Some(version.as_str());
            let changed = || Refusal::new("SecretChanged", "another version is AWSCURRENT");
            if is_replica { Some(on_replica()) } else { (!is_base).then(changed) }
        }
        SecretOperation::RestageSecret { to, .. } => {
            let unknown = || Refusal::new("InvalidParameterException", &format!("Not a valid version: {to}"));
            let is_known = to.as_str() == FIRST_VERSION
                || world.secrets.get(name.as_str()).is_some_and(|found| found.held(region, at).contains(to));
            if is_replica { Some(on_replica()) } else { (!is_known).then(unknown) }
        }
    }
}

/// Takes it at `at`; what would be refused changes nothing.
pub(super) fn take(world: &mut World, region: &Region, operation: &SecretOperation, at: Timestamp) -> Receipt {
    let current = world.secret(region, name_of(operation), at).and_then(|secret| secret.current().map(Clean::new));
    let Some(found) = world.secrets.get_mut(name_of(operation).as_str()) else { return Receipt::default() };
    let id = match operation {
        SecretOperation::ProveSecret { .. } => current,
        SecretOperation::DetachSecret { .. } => {
            let held = found.held(region, at);
            found.versions.insert(region.clone(), held);
            found.moves.push((at, Move::Detached(region.clone())));
            None
        }
        SecretOperation::ReplicateSecret { region: to, .. } => {
            found.moves.push((at, Move::Replicated(region.clone(), to.clone())));
            None
        }
        SecretOperation::WriteSecret { version: id, .. } | SecretOperation::RestageSecret { to: id, .. } => {
            let mut held = found.held(region, at);
            if held.last() != Some(id) {
                held.push(id.clone());
            }
            found.versions.insert(region.clone(), held);
            Some(id.clone())
        }
    };
    Receipt { id, exit: None }
}

/// The kind `secret`.
pub(super) struct SecretKind;

impl Simulated for SecretKind {
    fn stand(&self, world: &mut World, component: &Component) {
        let Ok(said) = said::Secret::of(&component.fields) else { return };
        let first = world.plan.application.primary.clone();
        world.secrets.insert(said.name, Secret { first, moves: Vec::new(), versions: BTreeMap::new() });
    }

    fn keys(&self, component: &Component, application: &Application) -> Vec<String> {
        let Ok(said) = said::Secret::of(&component.fields) else { return Vec::new() };
        [Side::Primary, Side::Recovery].map(|side| key(application.region(side), &said.name)).into()
    }

    fn programs(&self, _component: &Component) -> Vec<(Vec<String>, Program)> {
        Vec::new()
    }

    fn works(&self, world: &World, component: &Component, side: Side, at: Timestamp) -> bool {
        let Ok(said) = said::Secret::of(&component.fields) else { return false };
        // It is read in either region, whatever the other does.
        world.secret(world.plan.application.region(side), &said.name, at).is_some()
    }

    fn settled(&self, world: &World, at: Timestamp) -> Vec<(&'static str, Map<String, Value>)> {
        let region = &world.plan.application.recovery;
        let all = world.secrets.keys().filter_map(|name| {
            let secret = world.secret(region, name, at)?;
            Some((name.clone(), json!({ "primary": secret.primary, "versions": secret.versions })))
        });
        let all: Map<String, Value> = all.collect();
        if all.is_empty() { Vec::new() } else { vec![("secrets", all)] }
    }
}
