//! What can be asked of AWS Secrets Manager and done to it, what its API calls it, and what it said. No value of a secret is
//! in any of these words: what is written is what the plan gives, which is sealed.

use crate::plan::Region;
use crate::service::Place;
use crate::service::declared::Declared;
use crate::service::family::{Asked, Done};
use crate::service::observation as any;
use crate::service::work::Want;
use crate::text::Clean;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The stage of the version that is told to who asks for no other.
const CURRENT: &str = "AWSCURRENT";

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "query", rename_all = "snake_case")]
pub enum Query {
    /// `secretsmanager:DescribeSecret`, which tells no value.
    Secret {
        /// Its name.
        name: Clean,
    },
}

impl Asked for Query {
    type Seen = Observation;

    fn api_name(&self) -> &'static str {
        match self {
            Self::Secret { .. } => "secretsmanager.DescribeSecret",
        }
    }

    fn is_a_call_each(&self) -> bool {
        true
    }

    #[cfg(test)]
    fn examples() -> Vec<(Self, Observation)> {
        vec![(Query::Secret { name: "shop/db".into() }, Observation::Secret { secret: None })]
    }
}

/// What was seen. `None` inside means: the answer was that there is no such thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "saw", rename_all = "snake_case")]
pub enum Observation {
    /// A secret.
    Secret {
        /// It, if the region has one of that name.
        secret: Option<StoredSecret>,
    },
}

/// What `DescribeSecret` says of a secret.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StoredSecret {
    /// Name.
    pub name: Clean,
    /// ARN, which names its region.
    pub arn: Clean,
    /// KmsKeyId; none where it is the account's own key for Secrets Manager.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Clean>,
    /// PrimaryRegion, of one that is replicated: another region's than its own makes it a replica.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary: Option<Clean>,
    /// VersionIdsToStages, of those that have a stage.
    pub versions: BTreeMap<String, Vec<Clean>>,
    /// RotationEnabled.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rotates: bool,
    /// LastRotatedDate, or LastChangedDate where it was never rotated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed: Option<Timestamp>,
    /// NextRotationDate: the last moment at which it is to be rotated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotates_by: Option<Timestamp>,
    /// RotationRules.AutomaticallyAfterDays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every_days: Option<u32>,
    /// DeletedDate: since when it is to be deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted: Option<Timestamp>,
    /// ReplicationStatus: what its primary tells of its replicas.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replicas: Vec<SecretReplica>,
}

/// What a primary secret tells of a replica.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SecretReplica {
    /// Region.
    pub region: Clean,
    /// `InSync`, `InProgress`, `Failed`, `Detached`, …, an open string.
    pub status: Clean,
    /// StatusMessage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Clean>,
}

impl StoredSecret {
    /// The id of the version that is current.
    pub fn current(&self) -> Option<&str> {
        let is_current = |stages: &[Clean]| stages.iter().any(|stage| stage.as_str() == CURRENT);
        self.versions.iter().find(|(_, stages)| is_current(stages)).map(|(id, _)| id.as_str())
    }

    /// The region that it is a replica of, when `region` tells of it.
    pub fn replica_of(&self, region: &Region) -> Option<&str> {
        self.primary.as_deref().filter(|primary| *primary != region.as_str())
    }
}

/// What is done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "operation", rename_all = "snake_case")]
pub enum Operation {
    /// `secretsmanager:GetSecretValue`: that it is answered is all that is kept, with the version's id.
    ProveSecret {
        /// Its name.
        name: Clean,
    },
    /// `secretsmanager:StopReplicationToReplica`: a replica stands alone and can be written to.
    DetachSecret {
        /// Its name.
        name: Clean,
    },
    /// `secretsmanager:ReplicateSecretToRegions` over what is there: what was written there is lost.
    ReplicateSecret {
        /// Its name.
        name: Clean,
        /// The region that is to have a replica.
        region: Region,
        /// KmsKeyId of the replica; the account's own key where it is absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key: Option<Clean>,
    },
    /// `secretsmanager:GetSecretValue` and `secretsmanager:PutSecretValue`: keys are set in the JSON that is current, all
    /// others stay. What is there already is not written again.
    WriteSecret {
        /// Its name.
        name: Clean,
        /// The keys and their values.
        set: BTreeMap<String, String>,
        /// The version that they are set in: when another is current by then, nothing is written.
        base: Clean,
        /// ClientRequestToken, which becomes the new version's id: sent twice, it is one version.
        version: Clean,
    },
    /// `secretsmanager:UpdateSecretVersionStage`: another version becomes the current one.
    RestageSecret {
        /// Its name.
        name: Clean,
        /// RemoveFromVersionId: the one that is current.
        from: Clean,
        /// MoveToVersionId: the one that will be.
        to: Clean,
    },
}

impl Done for Operation {
    fn api_name(&self) -> &'static str {
        match self {
            Self::ProveSecret { .. } => "secretsmanager.GetSecretValue",
            Self::DetachSecret { .. } => "secretsmanager.StopReplicationToReplica",
            Self::ReplicateSecret { .. } => "secretsmanager.ReplicateSecretToRegions",
            Self::WriteSecret { .. } => "secretsmanager.PutSecretValue",
            Self::RestageSecret { .. } => "secretsmanager.UpdateSecretVersionStage",
        }
    }

    fn settle_seconds(&self) -> f64 {
        match self {
            // A proof leaves no trace ever.
            Self::ProveSecret { .. } => 0.0,
            Self::WriteSecret { .. } | Self::RestageSecret { .. } => 5.0,
            Self::DetachSecret { .. } | Self::ReplicateSecret { .. } => 15.0,
        }
    }

    fn is_proof(&self) -> bool {
        match self {
            Self::ProveSecret { .. } => true,
            Self::DetachSecret { .. }
            | Self::ReplicateSecret { .. }
            | Self::WriteSecret { .. }
            | Self::RestageSecret { .. } => false,
        }
    }

    fn declared(&self) -> Vec<Declared> {
        let secret = |name: &str, argument, now: String| Declared::is("aws_secretsmanager_secret", name, argument, now);
        let version = |name: &str, now: String| {
            vec![Declared::is("aws_secretsmanager_secret_version", name, "secret_string", now)]
        };
        match self {
            Self::ProveSecret { .. } => Vec::new(),
            Self::DetachSecret { name } => vec![secret(name, "replica", "none: it stands alone".to_owned())],
            Self::ReplicateSecret { name, region, .. } => vec![secret(name, "replica", region.to_string())],
            Self::WriteSecret { name, set, .. } => {
                let keys: Vec<&str> = set.keys().map(String::as_str).collect();
                version(name, format!("another value of {}", keys.join(", ")))
            }
            Self::RestageSecret { name, to, .. } => version(name, format!("version {to} is current")),
        }
    }

    #[cfg(test)]
    fn examples() -> Vec<Self> {
        let name = || Clean::new("shop/db");
        vec![
            Operation::ProveSecret { name: name() },
            Operation::DetachSecret { name: name() },
            Operation::ReplicateSecret { name: name(), region: Region::new("us-west-2"), key: None },
            Operation::WriteSecret {
                name: name(),
                set: [("host".to_owned(), "db.example.com".to_owned())].into(),
                base: FIRST.into(),
                version: "5eed0000-0000-8000-8000-000000000002".into(),
            },
            Operation::RestageSecret { name: name(), from: FIRST.into(), to: FIRST.into() },
        ]
    }
}

/// A secret, as the region of `at` has it.
pub(super) fn secret(at: &Place, name: &Clean) -> Want<StoredSecret> {
    Want::new(at.ask(Query::Secret { name: name.clone() }), |seen| match seen {
        any::Observation::Secret(Observation::Secret { secret }) => Some(secret.as_ref()),
        _ => None,
    })
}

/// The version that a simulated secret has from the start.
pub const FIRST: &str = "5eed0000-0000-8000-8000-000000000001";
