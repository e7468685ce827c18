//! What can be asked of AWS IAM, and what it said: decisions are kept as the open strings they are.

pub use super::trust::{Condition, Trust};
use crate::service::Place;
use crate::service::family::Asked;
use crate::service::observation as any;
use crate::service::work::Want;
use crate::text::Clean;
use serde::{Deserialize, Serialize};

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "query", rename_all = "snake_case")]
pub enum Query {
    /// `iam:GetRole`.
    Role {
        /// RoleName, without its path.
        name: Clean,
    },
    /// `iam:SimulatePrincipalPolicy` of a role.
    Simulation {
        /// RoleName, without its path.
        name: Clean,
        /// ActionNames.
        actions: Vec<Clean>,
        /// ResourceArns; `*` when empty.
        resources: Vec<Clean>,
    },
}

impl Asked for Query {
    type Seen = Observation;

    fn api_name(&self) -> &'static str {
        match self {
            Self::Role { .. } => "iam.GetRole",
            Self::Simulation { .. } => "iam.SimulatePrincipalPolicy",
        }
    }

    fn is_a_call_each(&self) -> bool {
        match self {
            Self::Role { .. } | Self::Simulation { .. } => true,
        }
    }

    #[cfg(test)]
    fn examples() -> Vec<(Self, Observation)> {
        let (name, actions) = (Clean::new("task"), vec![Clean::new("s3:GetObject")]);
        let simulation = Query::Simulation { name: name.clone(), actions, resources: vec!["arn:aws:s3:::b/*".into()] };
        vec![
            (Query::Role { name }, Observation::Role { role: None }),
            (simulation, Observation::Simulation { decisions: None }),
        ]
    }
}

/// What was seen. `None` inside means: the answer was that there is no such role.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "saw", rename_all = "snake_case")]
pub enum Observation {
    /// A role.
    Role {
        /// It, if the account has one of that name.
        role: Option<Role>,
    },
    /// What the policy simulator says of a role.
    Simulation {
        /// A decision for each action at each resource.
        decisions: Option<Vec<Decision>>,
    },
}

/// What `GetRole` says of a role.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Role {
    /// Arn.
    pub arn: Clean,
    /// The statements of AssumeRolePolicyDocument; `None` when it could not be read.
    pub trusts: Option<Vec<Trust>>,
}

/// What the simulator says of one action at one resource.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// EvalActionName.
    pub action: Clean,
    /// EvalResourceName.
    pub resource: Clean,
    /// `allowed`, `explicitDeny`, `implicitDeny`, an open string.
    pub decision: Clean,
    /// MissingContextValues.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<Clean>,
    /// AllowedByOrganizations, where a service control policy was looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<bool>,
    /// AllowedByPermissionsBoundary, where there is a boundary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boundary: Option<bool>,
}

/// The role called `name`.
pub(super) fn role(at: &Place, name: &Clean) -> Want<Role> {
    Want::new(at.ask(Query::Role { name: name.clone() }), |seen| match seen {
        any::Observation::Iam(Observation::Role { role }) => Some(role.as_ref()),
        _ => None,
    })
}

/// What it may do.
pub(super) fn simulation(at: &Place, name: &Clean, actions: &[Clean], resources: &[Clean]) -> Want<Vec<Decision>> {
    let query = Query::Simulation { name: name.clone(), actions: actions.to_vec(), resources: resources.to_vec() };
    Want::new(at.ask(query), |seen| match seen {
        any::Observation::Iam(Observation::Simulation { decisions }) => Some(decisions.as_ref()),
        _ => None,
    })
}
