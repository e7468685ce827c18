//! What can be asked of AWS IAM, and what it said: decisions are kept as the open strings they are.

pub use super::policy::Statement;
pub use super::trust::{Condition, Trust};
use crate::service::Place;
use crate::service::family::Asked;
use crate::service::observation as any;
use crate::service::work::Want;
use crate::text::Clean;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "query", rename_all = "snake_case")]
pub enum Query {
    /// `iam:GetRole`.
    Role {
        /// RoleName, without its path.
        name: Clean,
    },
    /// `iam:ListRolePolicies` and `iam:ListAttachedRolePolicies`, and each policy's text.
    Policies {
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
    /// `iam:SimulatePrincipalPolicy` of whose credentials are in use, for requests that say what `context` does.
    Rights {
        /// Whose they are.
        of: Principal,
        /// ActionNames.
        actions: Vec<Clean>,
        /// ResourceArns; every action is asked about at each.
        resources: Vec<Clean>,
        /// ContextEntries: values by the keys of conditions.
        context: BTreeMap<Clean, Vec<Clean>>,
    },
}

/// Whose policies are asked about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Principal {
    /// A role, by its name: the ARN of whoever took it on has no path.
    Role(Clean),
    /// A user, by its ARN.
    User(Clean),
}

impl Principal {
    /// Its name, or ARN.
    pub fn name(&self) -> &Clean {
        match self {
            Self::Role(name) | Self::User(name) => name,
        }
    }
}

impl Asked for Query {
    type Seen = Observation;

    fn api_name(&self) -> &'static str {
        match self {
            Self::Role { .. } => "iam.GetRole",
            Self::Policies { .. } => "iam.ListRolePolicies",
            Self::Simulation { .. } | Self::Rights { .. } => "iam.SimulatePrincipalPolicy",
        }
    }

    fn is_a_call_each(&self) -> bool {
        match self {
            Self::Role { .. } | Self::Policies { .. } | Self::Simulation { .. } | Self::Rights { .. } => true,
        }
    }

    #[cfg(test)]
    fn examples() -> Vec<(Self, Observation)> {
        let (name, actions) = (Clean::new("task"), vec![Clean::new("s3:GetObject")]);
        let resources: Vec<Clean> = vec!["arn:aws:s3:::b/*".into()];
        let rights = Query::Rights {
            of: Principal::Role(name.clone()),
            actions: actions.clone(),
            resources: resources.clone(),
            context: [("aws:RequestedRegion".into(), vec!["us-west-2".into()])].into(),
        };
        let simulation = Query::Simulation { name: name.clone(), actions, resources };
        vec![
            (rights, Observation::Simulation { decisions: None }),
            (Query::Policies { name: name.clone() }, Observation::Policies { policies: None }),
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
    /// A role's policies.
    Policies {
        /// Its own and those that are attached to it.
        policies: Option<Vec<RolePolicy>>,
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

/// A policy of a role.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RolePolicy {
    /// PolicyName.
    pub name: Clean,
    /// The statements of its version that counts; `None` when they could not be read.
    pub statements: Option<Vec<Statement>>,
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

impl Decision {
    /// Whether it is no, whoever says it.
    pub fn is_denied(&self) -> bool {
        matches!(self.decision.as_str(), "explicitDeny" | "implicitDeny")
            || self.organization == Some(false)
            || self.boundary == Some(false)
    }

    /// Whether it is yes, and nobody says no; where nothing is missing.
    pub fn allows(&self) -> bool {
        self.decision.as_str() == "allowed" && !self.is_denied()
    }

    /// Whether it is no for want of a statement that allows it.
    pub fn is_of_no_statement(&self) -> bool {
        self.decision.as_str() == "implicitDeny" && self.organization != Some(false) && self.boundary != Some(false)
    }

    /// It in words.
    pub fn words(&self) -> String {
        format!("{} on {}: {}", self.action, self.resource, self.why())
    }

    /// The decision, and who made it.
    pub fn why(&self) -> String {
        let by = match (self.organization, self.boundary) {
            (Some(false), _) => ", by a policy of the organization",
            (_, Some(false)) => ", by the role's permissions boundary",
            _ => "",
        };
        format!("{}{by}", self.decision)
    }
}

/// The role called `name`.
pub(in crate::service) fn role(at: &Place, name: &Clean) -> Want<Role> {
    Want::new(at.ask(Query::Role { name: name.clone() }), |seen| match seen {
        any::Observation::Iam(Observation::Role { role }) => Some(role.as_ref()),
        _ => None,
    })
}

/// What policies the role called `name` has.
pub(super) fn policies(at: &Place, name: &Clean) -> Want<Vec<RolePolicy>> {
    Want::new(at.ask(Query::Policies { name: name.clone() }), |seen| match seen {
        any::Observation::Iam(Observation::Policies { policies }) => Some(policies.as_ref()),
        _ => None,
    })
}

/// What `of`, whose credentials are in use, may do in requests that say what `context` does.
pub fn rights(
    at: &Place,
    of: &Principal,
    (actions, resources): (&[Clean], &[Clean]),
    context: &BTreeMap<Clean, Vec<Clean>>,
) -> Want<Vec<Decision>> {
    let (of, context) = (of.clone(), context.clone());
    let query = Query::Rights { of, actions: actions.to_vec(), resources: resources.to_vec(), context };
    Want::new(at.ask(query), |seen| match seen {
        any::Observation::Iam(Observation::Simulation { decisions }) => Some(decisions.as_ref()),
        _ => None,
    })
}

/// What it may do.
pub(in crate::service) fn simulation(
    at: &Place,
    name: &Clean,
    actions: &[Clean],
    resources: &[Clean],
) -> Want<Vec<Decision>> {
    let query = Query::Simulation { name: name.clone(), actions: actions.to_vec(), resources: resources.to_vec() };
    Want::new(at.ask(query), |seen| match seen {
        any::Observation::Iam(Observation::Simulation { decisions }) => Some(decisions.as_ref()),
        _ => None,
    })
}
