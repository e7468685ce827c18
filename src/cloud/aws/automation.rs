//! AWS Systems Manager Automation: documents, and executions of them (Systems Manager API Reference). A parameter's value goes
//! from the plan into a request and nowhere else.

use super::audit::Audit;
use super::caller::{Acting, Read, Service};
use super::desk::{Answers, Asked, Eye, Hand, Look};
use super::ssm::SERVICE;
use super::trouble::Trouble;
use crate::service::observation::{Document, Execution};
use crate::service::{AutomationObservation, AutomationOperation, AutomationQuery, Query, Receipt, Unanswered};
use crate::text::Clean;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// The codes of what is not there.
pub(super) const NO_DOCUMENT: &[&str] = &["InvalidDocument", "InvalidDocumentVersion"];
pub(super) const NO_EXECUTION: &[&str] = &["AutomationExecutionNotFoundException"];

/// `DescribeDocument`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DescribeDocument {
    pub(super) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) document_version: Option<String>,
}

impl Read for DescribeDocument {
    const SERVICE: &'static Service = &SERVICE;
    const OPERATION: &'static str = "DescribeDocument";
    type Answer = Described;
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Described {
    document: FoundDocument,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct FoundDocument {
    name: String,
    document_type: Option<String>,
    status: Option<String>,
    document_version: Option<String>,
    #[serde(default)]
    parameters: Vec<FoundParameter>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct FoundParameter {
    name: String,
    default_value: Option<String>,
}

/// `GetAutomationExecution`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetAutomationExecution {
    pub(super) automation_execution_id: String,
}

impl Read for GetAutomationExecution {
    const SERVICE: &'static Service = &SERVICE;
    const OPERATION: &'static str = "GetAutomationExecution";
    type Answer = Told;
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Told {
    automation_execution: FoundExecution,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct FoundExecution {
    automation_execution_id: String,
    document_name: Option<String>,
    document_version: Option<String>,
    automation_execution_status: Option<String>,
    current_step_name: Option<String>,
    failure_message: Option<String>,
}

/// What parameters hold, which is shown nowhere.
#[derive(Clone, Serialize)]
#[serde(transparent)]
pub(super) struct Values(pub(super) BTreeMap<String, Vec<String>>);

impl fmt::Debug for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// `StartAutomationExecution`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct StartAutomationExecution {
    pub(super) document_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) document_version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) parameters: Option<Values>,
    pub(super) client_token: String,
}

impl Acting for StartAutomationExecution {
    const SERVICE: &'static Service = &SERVICE;
    const OPERATION: &'static str = "StartAutomationExecution";
    type Answer = Started;
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Started {
    automation_execution_id: Option<String>,
}

/// The looks that answer `asked`: each by a call of its own.
pub(super) fn looks<'a>(eye: Eye<'a>, asked: Asked<'a, AutomationQuery>) -> Vec<Look<'a>> {
    asked.into_iter().map(|(query, words)| Look::of(vec![query], move |_| answer(eye, query, words))).collect()
}

async fn answer(eye: Eye<'_>, query: &Query, words: &AutomationQuery) -> Answers {
    let seen = match words {
        AutomationQuery::AutomationDocument { document, version } => {
            let found = self::document(eye, document, version.as_ref()).await;
            of_some(found, NO_DOCUMENT).map(|document| AutomationObservation::AutomationDocument { document })
        }
        AutomationQuery::AutomationExecution { id } => of_some(execution(eye, id).await, NO_EXECUTION)
            .map(|execution| AutomationObservation::AutomationExecution { execution }),
    };
    vec![(query.clone(), seen.map(Into::into))]
}

/// What is told of a thing; of one that is not there, that it is not.
fn of_some<T>(told: Result<T, Trouble>, absent: &[&str]) -> Result<Option<T>, Unanswered> {
    match told {
        Ok(found) => Ok(Some(found)),
        Err(trouble) if trouble.is(absent) => Ok(None),
        Err(trouble) => Err(trouble.unanswered()),
    }
}

fn clean(text: Option<String>) -> Clean {
    Clean::new(text.as_deref().unwrap_or_default())
}

async fn document(eye: Eye<'_>, name: &str, version: Option<&Clean>) -> Result<Document, Trouble> {
    let audit = Audit::look(eye, "ssm");
    let request = DescribeDocument { name: name.to_owned(), document_version: version.map(ToString::to_string) };
    let found = audit.settle(eye.clients.caller.read(request, audit.clone())).await?.document;
    let parameters = found.parameters.into_iter();
    Ok(Document {
        name: Clean::new(&found.name),
        sort: clean(found.document_type),
        status: clean(found.status),
        version: clean(found.document_version),
        parameters: parameters.map(|it| (Clean::new(&it.name), it.default_value.is_some())).collect(),
    })
}

async fn execution(eye: Eye<'_>, id: &str) -> Result<Execution, Trouble> {
    let audit = Audit::look(eye, "ssm");
    let request = GetAutomationExecution { automation_execution_id: id.to_owned() };
    let found = audit.settle(eye.clients.caller.read(request, audit.clone())).await?.automation_execution;
    let some = |text: Option<String>| text.filter(|text| !text.is_empty()).as_deref().map(Clean::new);
    Ok(Execution {
        id: Clean::new(&found.automation_execution_id),
        document: clean(found.document_name),
        version: clean(found.document_version),
        status: clean(found.automation_execution_status),
        step: some(found.current_step_name),
        failure: some(found.failure_message),
    })
}

/// Does what is done here.
pub(super) async fn act(hand: Hand<'_>, operation: &AutomationOperation) -> Result<Receipt, Trouble> {
    match operation {
        AutomationOperation::StartAutomation { document, version, parameters, token } => {
            let audit = Audit::act(hand, "ssm");
            let request = StartAutomationExecution {
                document_name: document.to_string(),
                document_version: version.as_ref().map(ToString::to_string),
                parameters: (!parameters.is_empty()).then(|| Values(parameters.clone())),
                client_token: token.to_string(),
            };
            let sent = audit.settle(hand.eye.clients.caller.act(request, audit.clone())).await;
            let told = sent.map_err(|trouble| trouble.without(parameters.values().flatten()))?;
            // Whoever names no execution is not Systems Manager.
            let id = told.automation_execution_id.filter(|id| !id.is_empty()).ok_or_else(Trouble::hollow)?;
            Ok(Receipt { id: Some(Clean::new(&id)), exit: None })
        }
    }
}
