//! What can be asked of AWS KMS and proved there, what its API calls it, and what it said: states are kept as the open
//! strings they are.

use crate::service::Place;
use crate::service::declared::Declared;
use crate::service::family::{Asked, Done};
use crate::service::iam::policy::Statement;
use crate::service::observation as any;
use crate::service::work::Want;
use crate::text::Clean;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "query", rename_all = "snake_case")]
pub enum Query {
    /// `kms:DescribeKey`.
    Key {
        /// KeyId, ARN or alias.
        id: Clean,
    },
    /// `kms:GetKeyPolicy` and `kms:ListGrants`: neither takes an alias.
    Access {
        /// The key's ARN.
        key: Clean,
    },
}

impl Asked for Query {
    type Seen = Observation;

    fn api_name(&self) -> &'static str {
        match self {
            Self::Key { .. } => "kms.DescribeKey",
            Self::Access { .. } => "kms.GetKeyPolicy",
        }
    }

    fn is_a_call_each(&self) -> bool {
        true
    }

    #[cfg(test)]
    fn examples() -> Vec<(Self, Observation)> {
        let key = Clean::new("arn:aws:kms:us-west-2:111122223333:alias/shop");
        vec![
            (Query::Key { id: "alias/shop".into() }, Observation::Key { key: None }),
            (Query::Access { key }, Observation::Access { access: None }),
        ]
    }
}

/// What was seen. `None` inside means: the answer was that there is no such thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "saw", rename_all = "snake_case")]
pub enum Observation {
    /// A key.
    Key {
        /// It, if the region has one of that name.
        key: Option<KmsKey>,
    },
    /// Who may use a key.
    Access {
        /// It, if there is such a key.
        access: Option<KeyAccess>,
    },
}

/// What `DescribeKey` says of a key.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct KmsKey {
    /// KeyId: with `mrk-` before it, it is the same in every region of a multi-Region key.
    pub id: Clean,
    /// Arn, which names its region.
    pub arn: Clean,
    /// KeyState: `Enabled`, `PendingDeletion`, …, an open string.
    pub state: Clean,
    /// KeyUsage: `ENCRYPT_DECRYPT`, `SIGN_VERIFY`, …
    pub usage: Clean,
    /// KeySpec: `SYMMETRIC_DEFAULT`, …
    pub spec: Clean,
    /// Whether there is, or can be, the same key in other regions.
    pub multi_region: bool,
    /// `PRIMARY` or `REPLICA`, of a multi-Region key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Clean>,
    /// When it is deleted, of one that is to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_from: Option<Timestamp>,
}

/// Who may use a key, by the key itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct KeyAccess {
    /// The statements of its policy; `None` when they could not be read.
    pub statements: Option<Vec<Statement>>,
    /// Its grants.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grants: Vec<KeyGrant>,
}

/// A grant of a key.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct KeyGrant {
    /// GranteePrincipal.
    pub grantee: Clean,
    /// Operations: `Decrypt`, …
    pub operations: Vec<Clean>,
    /// Whether it has Constraints: it is for what has an encryption context of its own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_constrained: bool,
}

/// What is done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "operation", rename_all = "snake_case")]
pub enum Operation {
    /// `kms:GenerateDataKey` with `DryRun`: it is told whether it would be carried out, and is not.
    ProveKey {
        /// KeyId, ARN or alias.
        id: Clean,
    },
}

impl Done for Operation {
    fn api_name(&self) -> &'static str {
        match self {
            Self::ProveKey { .. } => "kms.GenerateDataKey",
        }
    }

    fn settle_seconds(&self) -> f64 {
        match self {
            // A proof leaves no trace ever.
            Self::ProveKey { .. } => 0.0,
        }
    }

    fn is_proof(&self) -> bool {
        match self {
            Self::ProveKey { .. } => true,
        }
    }

    fn declared(&self) -> Vec<Declared> {
        match self {
            Self::ProveKey { .. } => Vec::new(),
        }
    }

    #[cfg(test)]
    fn examples() -> Vec<Self> {
        vec![Operation::ProveKey { id: "alias/shop".into() }]
    }
}

/// Who may use the key of that ARN.
pub(super) fn access(at: &Place, key: &Clean) -> Want<KeyAccess> {
    Want::new(at.ask(Query::Access { key: key.clone() }), |seen| match seen {
        any::Observation::Kms(Observation::Access { access }) => Some(access.as_ref()),
        _ => None,
    })
}

/// A key, as the region of `at` has it.
pub(in crate::service) fn key(at: &Place, id: &Clean) -> Want<KmsKey> {
    Want::new(at.ask(Query::Key { id: id.clone() }), |seen| match seen {
        any::Observation::Kms(Observation::Key { key }) => Some(key.as_ref()),
        _ => None,
    })
}
