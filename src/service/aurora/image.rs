//! What a move keeps of how it was before.

use super::pair::Pair;
use crate::plan::Side;
use crate::service::observation::{DbCluster, GlobalMember, GlobalMove};
use crate::service::work::Facts;
use crate::text::Clean;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The global database and its secondary before the move. What is missing was not told.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct MoveImage {
    /// GlobalClusterIdentifier.
    pub global: Clean,
    /// DBClusterIdentifier of the cluster that becomes the primary.
    pub cluster: Clean,
    /// DbClusterResourceId of that.
    pub resource_id: Clean,
    /// Its endpoint as it was.
    pub endpoint: Option<Clean>,
    /// The global writer endpoint.
    pub global_endpoint: Option<Clean>,
    /// All members, with who wrote.
    pub members: Vec<GlobalMember>,
    /// What was under way already.
    pub moving: Option<GlobalMove>,
}

impl MoveImage {
    /// As it is now, for a journal.
    pub fn of(pair: &Pair, facts: &Facts<'_>) -> Value {
        let Some(global) = facts.see(&pair.global()).found() else { return Value::Null };
        let cluster = facts.see(&pair.cluster(Side::Recovery)).found();
        let image = Self {
            global: global.id.clone(),
            cluster: pair.recovery.clone(),
            resource_id: cluster.map(|cluster| cluster.resource_id.clone()).unwrap_or_default(),
            endpoint: cluster.and_then(|cluster| cluster.endpoint.clone()),
            global_endpoint: global.endpoint.clone(),
            members: global.members.clone(),
            moving: global.moving.clone(),
        };
        // Plain data with text keys: it can always be written.
        serde_json::to_value(image).unwrap_or_default()
    }

    /// Reads what a journal keeps; `None` when nothing was kept.
    pub fn read(before: &Value) -> Option<Self> {
        let image: Self = serde_json::from_value(before.clone()).ok()?;
        (!image.global.is_empty()).then_some(image)
    }

    /// Whether `cluster` is another one that has the same name by now. Of the one that is gone back to it says nothing.
    pub fn is_another(&self, cluster: &DbCluster) -> bool {
        self.cluster.eq_ignore_ascii_case(&cluster.id)
            && !self.resource_id.is_empty()
            && !cluster.resource_id.is_empty()
            && self.resource_id != cluster.resource_id
    }
}
