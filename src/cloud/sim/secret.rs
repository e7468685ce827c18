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
    /// What was done to the side of the recovery region, in order.
    moves: Vec<(Timestamp, Move)>,
    /// The versions of the recovery region, once it stands alone: the last is current.
    versions: Vec<Clean>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Move {
    Detached,
    Replicated,
}

/// What a secret is called, on its side.
pub(super) fn key(region: &Region, name: &str) -> String {
    format!("{region}/secret/{name}")
}

impl Secret {
    fn stands_alone(&self, at: Timestamp) -> bool {
        let done = self.moves.iter().rfind(|(taken, _)| later(*taken, MOVES_SECONDS) <= at);
        done.is_some_and(|(_, moved)| *moved == Move::Detached)
    }

    /// The versions with their stages: those of the region that stands alone are its own.
    fn staged(&self, own: bool) -> BTreeMap<String, Vec<Clean>> {
        let Some((current, before)) = self.versions.split_last().filter(|_| own) else {
            return [(FIRST_VERSION.to_owned(), vec!["AWSCURRENT".into()])].into();
        };
        let mut staged = BTreeMap::from([(current.to_string(), vec!["AWSCURRENT".into()])]);
        if let Some(previous) = before.last().filter(|previous| *previous != current) {
            staged.insert(previous.to_string(), vec!["AWSPREVIOUS".into()]);
        }
        staged
    }
}

impl World {
    fn secret(&self, region: &Region, name: &str, at: Timestamp) -> Option<StoredSecret> {
        let found = self.secrets.get(name)?;
        let (old, new) = (&self.plan.application.primary, &self.plan.application.recovery);
        let (is_new, alone) = (region == new, found.stands_alone(at));
        let replica = SecretReplica {
            region: Clean::new(new.as_str()),
            status: if alone { "Detached".into() } else { "InSync".into() },
            message: None,
        };
        Some(StoredSecret {
            name: name.into(),
            arn: Clean::new(&format!("arn:aws:secretsmanager:{region}:{ACCOUNT}:secret:{name}-Sim51m")),
            key: None,
            primary: (!(is_new && alone)).then(|| Clean::new(old.as_str())),
            versions: found.staged(is_new && alone),
            rotates: false,
            changed: None,
            rotates_by: None,
            every_days: None,
            deleted: None,
            replicas: if is_new { Vec::new() } else { vec![replica] },
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
                || world.secrets.get(name.as_str()).is_some_and(|found| found.versions.contains(to));
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
            found.moves.push((at, Move::Detached));
            None
        }
        SecretOperation::ReplicateSecret { .. } => {
            found.moves.push((at, Move::Replicated));
            found.versions = vec![FIRST_VERSION.into()];
            None
        }
        SecretOperation::WriteSecret { version: id, .. } | SecretOperation::RestageSecret { to: id, .. } => {
            if found.versions.last() != Some(id) {
                found.versions.push(id.clone());
            }
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
        world.secrets.insert(said.name, Secret { moves: Vec::new(), versions: vec![FIRST_VERSION.into()] });
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
