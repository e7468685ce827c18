//! What can be asked of AWS Systems Manager Parameter Store and done to it, what its API calls it, and what it said. What a
//! SecureString holds is in none of these words but that which the plan gives, which is sealed.

use crate::service::Place;
use crate::service::declared::Declared;
use crate::service::family::{Asked, Batch, Done};
use crate::service::observation as any;
use crate::service::work::Want;
use crate::text::Clean;
use serde::{Deserialize, Serialize};

/// The type whose value is told to nobody who only looks.
pub const SECURE: &str = "SecureString";

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "query", rename_all = "snake_case")]
pub enum Query {
    /// `ssm:GetParameters` without decryption, ten a call.
    Parameter {
        /// Name.
        name: Clean,
    },
}

impl Asked for Query {
    type Seen = Observation;

    fn api_name(&self) -> &'static str {
        match self {
            Self::Parameter { .. } => "ssm.GetParameters",
        }
    }

    fn is_a_call_each(&self) -> bool {
        false
    }

    // Ten names (API reference).
    fn batch(&self) -> Batch<'_> {
        Batch { of: None, most: 10 }
    }

    #[cfg(test)]
    fn examples() -> Vec<(Self, Observation)> {
        vec![(Query::Parameter { name: "/shop/side".into() }, Observation::Parameter { parameter: None })]
    }
}

/// What was seen. `None` inside means: the answer was that there is no such thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "saw", rename_all = "snake_case")]
pub enum Observation {
    /// A parameter.
    Parameter {
        /// It, if the region has one of that name.
        parameter: Option<StoredParameter>,
    },
}

/// What `GetParameters` says of a parameter.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StoredParameter {
    /// Name.
    pub name: Clean,
    /// Type: `String`, `StringList` or `SecureString`, an open string.
    pub kind: Clean,
    /// Version, from 1 on.
    pub version: u64,
    /// Value, sealed as that of the plan is; none of a SecureString.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// What is done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "operation", rename_all = "snake_case")]
pub enum Operation {
    /// `ssm:PutParameter`, over what is there.
    PutParameter {
        /// Name.
        name: Clean,
        /// Value.
        value: String,
        /// Type; what it is already where it is absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kind: Option<Clean>,
        /// KeyId, of a SecureString.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key: Option<Clean>,
    },
    /// `ssm:GetParameter` of an earlier version, decrypted, and `ssm:PutParameter` of what it holds.
    RestoreParameter {
        /// Name.
        name: Clean,
        /// The version whose value it is to have again.
        version: u64,
        /// Type.
        kind: Clean,
        /// The version that is put aside: when another is there by then, nothing is written.
        over: u64,
    },
    /// `ssm:DeleteParameter`.
    DeleteParameter {
        /// Name.
        name: Clean,
    },
}

impl Done for Operation {
    fn api_name(&self) -> &'static str {
        match self {
            Self::PutParameter { .. } | Self::RestoreParameter { .. } => "ssm.PutParameter",
            Self::DeleteParameter { .. } => "ssm.DeleteParameter",
        }
    }

    fn settle_seconds(&self) -> f64 {
        match self {
            Self::PutParameter { .. } | Self::RestoreParameter { .. } | Self::DeleteParameter { .. } => 5.0,
        }
    }

    fn is_proof(&self) -> bool {
        false
    }

    fn declared(&self) -> Vec<Declared> {
        match self {
            Self::PutParameter { name, .. } | Self::RestoreParameter { name, .. } => {
                vec![Declared::is("aws_ssm_parameter", name, "value", "another value")]
            }
            Self::DeleteParameter { name } => vec![Declared::gone("aws_ssm_parameter", name)],
        }
    }

    #[cfg(test)]
    fn examples() -> Vec<Self> {
        let name = || Clean::new("/shop/side");
        vec![
            Operation::PutParameter { name: name(), value: "west".to_owned(), kind: Some("String".into()), key: None },
            Operation::RestoreParameter { name: name(), version: 1, kind: "String".into(), over: 1 },
            Operation::DeleteParameter { name: name() },
        ]
    }
}

/// A parameter, as the region of `at` has it.
pub(super) fn parameter(at: &Place, name: &Clean) -> Want<StoredParameter> {
    Want::new(at.ask(Query::Parameter { name: name.clone() }), |seen| match seen {
        any::Observation::Parameter(Observation::Parameter { parameter }) => Some(parameter.as_ref()),
        _ => None,
    })
}
