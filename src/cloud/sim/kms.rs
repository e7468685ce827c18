//! The simulated AWS KMS: a multi-Region key in both regions, enabled unless a fault disables the recovery region's.

use super::database::ACCOUNT;
use super::fault::FaultKind;
use super::kind::{Program, Simulated};
use super::world::{Refusal, Together, World};
use crate::plan::{Application, Component, Region, Side};
use crate::service::observation::{KeyAccess, KmsKey, Statement};
use crate::service::said;
use crate::service::{KmsObservation, KmsOperation, KmsQuery, Observation, Receipt};
use crate::text::Clean;
use jiff::Timestamp;
use serde_json::{Map, Value};

/// The id or alias that `name` has in every region.
fn bare(name: &str) -> &str {
    let resource = name.rsplit(':').next().unwrap_or(name);
    resource.strip_prefix("key/").unwrap_or(resource)
}

/// What a key is called.
pub(super) fn key(region: &Region, name: &str) -> String {
    format!("{region}/kms/{}", bare(name))
}

impl World {
    /// The key of that name, as `region` tells it at `at`.
    fn kms_key(&self, region: &Region, name: &str, at: Timestamp) -> Option<KmsKey> {
        let id_of = |name: &str| match name.starts_with("alias/") {
            true => format!("mrk-{:032x}", u128::from(self.dice.bits(name))),
            false => name.to_owned(),
        };
        // By its alias, or by the id that it has behind it.
        let here = format!("{region}/kms/");
        let mut all = self.keys.iter().filter_map(|key| key.strip_prefix(&here));
        let own = all.find(|own| *own == bare(name) || id_of(own) == bare(name))?;
        let (key, id) = (key(region, own), id_of(own));
        let is_new = *region == self.plan.application.recovery;
        let is_disabled = is_new && self.troubles.active(FaultKind::KeyDisabled, &key, at).is_some();
        Some(KmsKey {
            arn: Clean::new(&format!("arn:aws:kms:{region}:{ACCOUNT}:key/{id}")),
            id: Clean::new(&id),
            state: if is_disabled { "Disabled".into() } else { "Enabled".into() },
            usage: "ENCRYPT_DECRYPT".into(),
            spec: "SYMMETRIC_DEFAULT".into(),
            multi_region: true,
            role: Some(if is_new { "REPLICA".into() } else { "PRIMARY".into() }),
            deleted_from: None,
        })
    }
}

/// What a question is about.
pub(super) fn of_query(region: &Region, query: &KmsQuery) -> Option<String> {
    match query {
        KmsQuery::Key { id } | KmsQuery::Access { key: id } => Some(key(region, id)),
    }
}

/// With what others it is asked in one call.
pub(super) fn together(query: &KmsQuery) -> Together<'_> {
    match query {
        KmsQuery::Key { .. } | KmsQuery::Access { .. } => Together::Alone,
    }
}

/// What it is answered at `at`.
pub(super) fn see(world: &World, region: &Region, query: &KmsQuery, at: Timestamp) -> Observation {
    match query {
        KmsQuery::Key { id } => KmsObservation::Key { key: world.kms_key(region, id, at) }.into(),
        KmsQuery::Access { key } => {
            let access = world.kms_key(region, key, at).map(|_| delegated());
            KmsObservation::Access { access }.into()
        }
    }
}

/// The policy that a key is made with: whom the account's IAM lets use it may.
fn delegated() -> KeyAccess {
    let statement = Statement {
        allows: true,
        principals: vec![Clean::new(&format!("arn:aws:iam::{ACCOUNT}:root"))],
        actions: vec!["kms:*".into()],
        resources: vec!["*".into()],
        ..Statement::default()
    };
    KeyAccess { statements: Some(vec![statement]), grants: Vec::new() }
}

/// What an operation is about.
pub(super) fn about(region: &Region, operation: &KmsOperation) -> Vec<String> {
    match operation {
        KmsOperation::ProveKey { id } => vec![key(region, id)],
    }
}

/// Why it would be refused at `at`; `None` when it would be taken.
pub(super) fn refusal(world: &World, region: &Region, operation: &KmsOperation, at: Timestamp) -> Option<Refusal> {
    match operation {
        KmsOperation::ProveKey { id } => match world.kms_key(region, id, at) {
            None => Some(Refusal::new("NotFoundException", &format!("{id} is not found."))),
            Some(key) if key.state.as_str() != "Enabled" => {
                Some(Refusal::new("DisabledException", &format!("{} is disabled.", key.arn)))
            }
            Some(_) => None,
        },
    }
}

/// Takes it: a proof leaves nothing.
pub(super) fn take(_world: &mut World, _region: &Region, operation: &KmsOperation, _at: Timestamp) -> Receipt {
    match operation {
        KmsOperation::ProveKey { .. } => Receipt::default(),
    }
}

/// The kind `kms`.
pub(super) struct Kms;

impl Simulated for Kms {
    fn stand(&self, world: &mut World, component: &Component) {
        let keys = self.keys(component, &world.plan.application);
        world.keys.extend(keys);
    }

    fn keys(&self, component: &Component, application: &Application) -> Vec<String> {
        let Ok(said) = said::Kms::of(&component.fields) else { return Vec::new() };
        [Side::Primary, Side::Recovery].map(|side| key(application.region(side), &said.key)).into()
    }

    fn programs(&self, _component: &Component) -> Vec<(Vec<String>, Program)> {
        Vec::new()
    }

    fn works(&self, world: &World, component: &Component, side: Side, at: Timestamp) -> bool {
        let Ok(said) = said::Kms::of(&component.fields) else { return false };
        let found = world.kms_key(world.plan.application.region(side), &said.key, at);
        found.is_some_and(|key| key.state.as_str() == "Enabled")
    }

    fn settled(&self, _world: &World, _at: Timestamp) -> Vec<(&'static str, Map<String, Value>)> {
        Vec::new()
    }
}
