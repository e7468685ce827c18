//! What can be asked of AWS Lambda and done to it, what its API calls it, and what it said: states are kept as the open
//! strings they are.

use crate::service::Place;
use crate::service::declared::Declared;
use crate::service::family::{Asked, Done};
use crate::service::observation as any;
use crate::service::work::Want;
use crate::text::Clean;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "query", rename_all = "snake_case")]
pub enum Query {
    /// `lambda:GetFunctionConfiguration`.
    Function {
        /// FunctionName: a name or an ARN.
        function: Clean,
        /// Qualifier: a version or an alias; what is not published when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        qualifier: Option<Clean>,
    },
    /// `lambda:GetFunctionConcurrency`.
    FunctionConcurrency {
        /// FunctionName.
        function: Clean,
    },
    /// `lambda:GetAccountSettings`.
    LambdaSettings,
    /// `lambda:GetAlias`.
    FunctionAlias {
        /// FunctionName.
        function: Clean,
        /// Name.
        alias: Clean,
    },
    /// `lambda:ListEventSourceMappings` of a function, page after page.
    EventMappings {
        /// FunctionName; with a qualifier those that are mapped to that.
        function: Clean,
    },
}

impl Asked for Query {
    type Seen = Observation;

    fn api_name(&self) -> &'static str {
        match self {
            Self::Function { .. } => "lambda.GetFunctionConfiguration",
            Self::FunctionConcurrency { .. } => "lambda.GetFunctionConcurrency",
            Self::LambdaSettings => "lambda.GetAccountSettings",
            Self::FunctionAlias { .. } => "lambda.GetAlias",
            Self::EventMappings { .. } => "lambda.ListEventSourceMappings",
        }
    }

    fn is_a_call_each(&self) -> bool {
        true
    }

    #[cfg(test)]
    fn examples() -> Vec<(Self, Observation)> {
        let function = || Clean::from("worker");
        vec![
            (Query::Function { function: function(), qualifier: None }, Observation::Function { function: None }),
            (
                Query::FunctionConcurrency { function: function() },
                Observation::FunctionConcurrency { concurrency: None },
            ),
            (
                Query::FunctionAlias { function: function(), alias: "live".into() },
                Observation::FunctionAlias { alias: None },
            ),
            (Query::LambdaSettings, Observation::LambdaSettings { settings: None }),
            (Query::EventMappings { function: function() }, Observation::EventMappings { mappings: None }),
        ]
    }
}

/// What was seen. `None` inside means: the answer was that there is no such thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "saw", rename_all = "snake_case")]
pub enum Observation {
    /// A function.
    Function {
        /// It, or the version of it that was asked for.
        function: Option<Function>,
    },
    /// A function's concurrency.
    FunctionConcurrency {
        /// It; `None` when there is no such function.
        concurrency: Option<Concurrency>,
    },
    /// What an account's functions may take in a region.
    LambdaSettings {
        /// They.
        settings: Option<Settings>,
    },
    /// An alias of a function.
    FunctionAlias {
        /// It.
        alias: Option<FunctionAlias>,
    },
    /// What events come to a function.
    EventMappings {
        /// They; `None` when there is no such function.
        mappings: Option<Vec<EventMapping>>,
    },
}

/// What `GetFunctionConfiguration` says of a function.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Function {
    /// FunctionArn; with the version where one was asked for.
    pub arn: Clean,
    /// Version.
    pub version: Clean,
    /// State: `Active`, `Pending`, `Inactive`, `Failed`, …, an open string.
    pub state: Clean,
    /// StateReason, by its code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Clean>,
    /// LastUpdateStatus: `Successful`, `InProgress`, `Failed`.
    pub update: Clean,
    /// LastUpdateStatusReason, by its code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub update_reason: Option<Clean>,
    /// CodeSha256.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Clean>,
}

/// What `GetFunctionConcurrency` says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Concurrency {
    /// ReservedConcurrentExecutions; `None`: none is reserved, and it runs in what the account has left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reserved: Option<u64>,
}

/// What `GetAccountSettings` says of how much may run at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// ConcurrentExecutions.
    pub most: u64,
    /// UnreservedConcurrentExecutions: what no function has reserved.
    pub unreserved: u64,
}

/// What `GetAlias` says of an alias.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FunctionAlias {
    /// AliasArn.
    pub arn: Clean,
    /// FunctionVersion.
    pub version: Clean,
    /// AdditionalVersionWeights: what share of its calls other versions get, from 0 to 1.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub weights: BTreeMap<Clean, f64>,
    /// RevisionId.
    pub revision: Clean,
}

/// What `ListEventSourceMappings` says of a mapping.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EventMapping {
    /// UUID.
    pub uuid: Clean,
    /// EventSourceArn; a cluster that AWS does not run has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Clean>,
    /// State: `Enabled`, `Enabling`, `Disabled`, …, an open string.
    pub state: Clean,
    /// StateTransitionReason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Clean>,
    /// LastProcessingResult.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Clean>,
}

/// What is done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "operation", rename_all = "snake_case")]
pub enum Operation {
    /// `lambda:UpdateEventSourceMapping`: events come by it, or no longer.
    SetEventMapping {
        /// UUID.
        uuid: Clean,
        /// Enabled.
        enabled: bool,
    },
    /// `lambda:UpdateAlias`, of the revision that was seen.
    PointAlias {
        /// FunctionName.
        function: Clean,
        /// Name.
        alias: Clean,
        /// FunctionVersion.
        version: Clean,
        /// AdditionalVersionWeights: those that are not named have none any more.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        weights: BTreeMap<Clean, f64>,
        /// RevisionId.
        revision: Clean,
    },
    /// `lambda:PutFunctionConcurrency`.
    ReserveConcurrency {
        /// FunctionName.
        function: Clean,
        /// ReservedConcurrentExecutions.
        executions: u64,
    },
    /// `lambda:Invoke`, whose answer is waited for.
    InvokeFunction {
        /// FunctionName.
        function: Clean,
        /// Qualifier; what is not published when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        qualifier: Option<Clean>,
        /// Payload.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        payload: Option<String>,
        /// How long it may run, in whole seconds.
        within_seconds: u64,
        /// What it answers is used as a secret, and is one as a whole.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        in_confidence: bool,
    },
    /// `lambda:DeleteFunctionConcurrency`: none is reserved any more.
    ReleaseConcurrency {
        /// FunctionName.
        function: Clean,
    },
}

impl Done for Operation {
    fn api_name(&self) -> &'static str {
        match self {
            Self::SetEventMapping { .. } => "lambda.UpdateEventSourceMapping",
            Self::PointAlias { .. } => "lambda.UpdateAlias",
            Self::ReserveConcurrency { .. } => "lambda.PutFunctionConcurrency",
            Self::ReleaseConcurrency { .. } => "lambda.DeleteFunctionConcurrency",
            Self::InvokeFunction { .. } => "lambda.Invoke",
        }
    }

    fn settle_seconds(&self) -> f64 {
        match self {
            // What it did can be told at once, or not at all.
            Self::InvokeFunction { .. } => 0.0,
            // Each shows at once; what was given up may still be on its way.
            Self::SetEventMapping { .. }
            | Self::PointAlias { .. }
            | Self::ReserveConcurrency { .. }
            | Self::ReleaseConcurrency { .. } => 15.0,
        }
    }

    fn is_sent_again(&self) -> bool {
        !matches!(self, Self::InvokeFunction { .. })
    }

    fn longest_seconds(&self) -> Option<f64> {
        match self {
            Self::InvokeFunction { within_seconds, .. } => Some(*within_seconds as f64),
            Self::SetEventMapping { .. }
            | Self::PointAlias { .. }
            | Self::ReserveConcurrency { .. }
            | Self::ReleaseConcurrency { .. } => None,
        }
    }

    fn is_proof(&self) -> bool {
        false
    }

    fn declared(&self) -> Vec<Declared> {
        let function = |name: &Clean, executions: i64| {
            vec![Declared::set("aws_lambda_function", name, "reserved_concurrent_executions", executions)]
        };
        match self {
            Self::SetEventMapping { uuid, enabled } => {
                vec![Declared::set("aws_lambda_event_source_mapping", uuid, "enabled", *enabled)]
            }
            Self::PointAlias { function, alias, version, .. } => {
                let id = format!("{function}/{alias}");
                vec![Declared::set("aws_lambda_alias", &id, "function_version", &**version)]
            }
            Self::ReserveConcurrency { function: name, executions } => {
                function(name, i64::try_from(*executions).unwrap_or(i64::MAX))
            }
            Self::ReleaseConcurrency { function: name } => function(name, -1),
            Self::InvokeFunction { function, .. } => vec![Declared::not_told(format!("function {function}"))],
        }
    }

    #[cfg(test)]
    fn examples() -> Vec<Self> {
        vec![
            Operation::SetEventMapping { uuid: "14e0db71-5d35-4eb5-b481-8945cf9d10c2".into(), enabled: true },
            Operation::PointAlias {
                function: "worker".into(),
                alias: "live".into(),
                version: "7".into(),
                weights: BTreeMap::from([("6".into(), 0.25)]),
                revision: "r1".into(),
            },
            Operation::ReserveConcurrency { function: "worker".into(), executions: 50 },
            Operation::ReleaseConcurrency { function: "worker".into() },
            Operation::InvokeFunction {
                function: "worker".into(),
                qualifier: Some("live".into()),
                payload: Some("{}".to_owned()),
                within_seconds: 30,
                in_confidence: false,
            },
        ]
    }
}

/// A function, or a version of it.
pub(super) fn function(at: &Place, function: &Clean, qualifier: Option<&Clean>) -> Want<Function> {
    let query = Query::Function { function: function.clone(), qualifier: qualifier.cloned() };
    Want::new(at.ask(query), |seen| match seen {
        any::Observation::Lambda(Observation::Function { function }) => Some(function.as_ref()),
        _ => None,
    })
}

/// A function's concurrency.
pub fn concurrency(at: &Place, function: &Clean) -> Want<Concurrency> {
    Want::new(at.ask(Query::FunctionConcurrency { function: function.clone() }), |seen| match seen {
        any::Observation::Lambda(Observation::FunctionConcurrency { concurrency }) => Some(concurrency.as_ref()),
        _ => None,
    })
}

/// What the account's functions may take in the region.
pub(super) fn settings(at: &Place) -> Want<Settings> {
    Want::new(at.ask(Query::LambdaSettings), |seen| match seen {
        any::Observation::Lambda(Observation::LambdaSettings { settings }) => Some(settings.as_ref()),
        _ => None,
    })
}

/// An alias of a function.
pub(super) fn alias(at: &Place, function: &Clean, alias: &Clean) -> Want<FunctionAlias> {
    let query = Query::FunctionAlias { function: function.clone(), alias: alias.clone() };
    Want::new(at.ask(query), |seen| match seen {
        any::Observation::Lambda(Observation::FunctionAlias { alias }) => Some(alias.as_ref()),
        _ => None,
    })
}

/// What events come to a function, or to the alias or version of it that `function` names.
pub(super) fn mappings(at: &Place, function: &Clean) -> Want<Vec<EventMapping>> {
    Want::new(at.ask(Query::EventMappings { function: function.clone() }), |seen| match seen {
        any::Observation::Lambda(Observation::EventMappings { mappings }) => Some(mappings.as_ref()),
        _ => None,
    })
}
