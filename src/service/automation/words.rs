//! What can be asked of AWS Systems Manager Automation and done there, what its API calls it, and what it said: statuses are
//! kept as the open strings they are.

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
    /// `ssm:DescribeDocument`.
    AutomationDocument {
        /// Name, or an ARN.
        document: Clean,
        /// DocumentVersion; the default one when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version: Option<Clean>,
    },
    /// `ssm:GetAutomationExecution`.
    AutomationExecution {
        /// AutomationExecutionId.
        id: Clean,
    },
}

impl Asked for Query {
    type Seen = Observation;

    fn api_name(&self) -> &'static str {
        match self {
            Self::AutomationDocument { .. } => "ssm.DescribeDocument",
            Self::AutomationExecution { .. } => "ssm.GetAutomationExecution",
        }
    }

    fn is_a_call_each(&self) -> bool {
        true
    }

    #[cfg(test)]
    fn examples() -> Vec<(Self, Observation)> {
        vec![
            (
                Query::AutomationDocument { document: "shop-warm".into(), version: None },
                Observation::AutomationDocument { document: None },
            ),
            (
                Query::AutomationExecution { id: "11111111-2222-3333-4444-555555555555".into() },
                Observation::AutomationExecution { execution: None },
            ),
        ]
    }
}

/// What was seen. `None` inside means: the answer was that there is no such thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "saw", rename_all = "snake_case")]
pub enum Observation {
    /// A document.
    AutomationDocument {
        /// It.
        document: Option<Document>,
    },
    /// An execution.
    AutomationExecution {
        /// It.
        execution: Option<Execution>,
    },
}

/// What `DescribeDocument` says of a document.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// Name.
    pub name: Clean,
    /// DocumentType: `Automation`, `Command`, …, an open string.
    pub sort: Clean,
    /// Status: `Active`, `Creating`, …, an open string.
    pub status: Clean,
    /// DocumentVersion.
    pub version: Clean,
    /// Its parameters by name, each with whether it has a default.
    pub parameters: BTreeMap<Clean, bool>,
}

/// What `GetAutomationExecution` says of an execution.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Execution {
    /// AutomationExecutionId.
    pub id: Clean,
    /// DocumentName.
    pub document: Clean,
    /// DocumentVersion.
    pub version: Clean,
    /// AutomationExecutionStatus: an open string.
    pub status: Clean,
    /// CurrentStepName.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<Clean>,
    /// FailureMessage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Clean>,
}

/// What is done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "operation", rename_all = "snake_case")]
pub enum Operation {
    /// `ssm:StartAutomationExecution`.
    StartAutomation {
        /// DocumentName.
        document: Clean,
        /// DocumentVersion.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version: Option<Clean>,
        /// Parameters.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        parameters: BTreeMap<String, Vec<String>>,
        /// ClientToken: sent again with it, nothing is started twice.
        token: Clean,
    },
}

impl Done for Operation {
    fn api_name(&self) -> &'static str {
        match self {
            Self::StartAutomation { .. } => "ssm.StartAutomationExecution",
        }
    }

    fn settle_seconds(&self) -> f64 {
        match self {
            // It is never looked for: by its token it is started once, however often it is sent.
            Self::StartAutomation { .. } => 1.0,
        }
    }

    fn is_proof(&self) -> bool {
        false
    }

    fn declared(&self) -> Vec<Declared> {
        let Self::StartAutomation { document, .. } = self;
        vec![Declared::not_told(format!("automation {document}"))]
    }

    #[cfg(test)]
    fn examples() -> Vec<Self> {
        vec![Operation::StartAutomation {
            document: "shop-warm".into(),
            version: None,
            parameters: BTreeMap::from([("Side".to_owned(), vec!["west".to_owned()])]),
            token: "0f0f0f0f-0f0f-8f0f-8f0f-0f0f0f0f0f0f".into(),
        }]
    }
}

/// A document, as the region of `at` has it.
pub(super) fn document(at: &Place, document: &Clean, version: Option<&Clean>) -> Want<Document> {
    let query = Query::AutomationDocument { document: document.clone(), version: version.cloned() };
    Want::new(at.ask(query), |seen| match seen {
        any::Observation::Automation(Observation::AutomationDocument { document }) => Some(document.as_ref()),
        _ => None,
    })
}

/// An execution there.
pub(super) fn execution(at: &Place, id: &Clean) -> Want<Execution> {
    Want::new(at.ask(Query::AutomationExecution { id: id.clone() }), |seen| match seen {
        any::Observation::Automation(Observation::AutomationExecution { execution }) => Some(execution.as_ref()),
        _ => None,
    })
}
