//! AWS Systems Manager Parameter Store: what parameters are, without decryption, and putting them (Systems Manager API
//! Reference). A value goes from the plan, or from the version before, into a request and nowhere else.

use super::audit::Audit;
use super::caller::{Acting, Read, Service};
use super::desk::{Answers, Asked, Eye, Hand, Look};
use super::ssm::SERVICE;
use super::trouble::{Sort, Trouble};
use crate::service::observation::StoredParameter;
use crate::service::{Observation, ParameterObservation, ParameterOperation, ParameterQuery, Query, Receipt};
use crate::text::Clean;
use futures::future::join_all;
use serde::{Deserialize, Serialize};
use std::fmt;

/// How many parameters one GetParameters takes (Names).
const NAMES: usize = 10;
/// The type whose value is not told.
const SECURE: &str = "SecureString";
/// The code of a parameter that is not there.
pub(super) const ABSENT: &[&str] = &["ParameterNotFound"];

/// A value, which is shown nowhere.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Value(pub(super) String);

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Value(…)")
    }
}

/// `GetParameters` of named parameters.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetParameters {
    pub(super) names: Vec<String>,
    /// False, ever.
    pub(super) with_decryption: bool,
}

impl Read for GetParameters {
    const SERVICE: &'static Service = &SERVICE;
    const OPERATION: &'static str = "GetParameters";
    type Answer = Parameters;
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Parameters {
    #[serde(default)]
    pub(super) parameters: Vec<Found>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Found {
    pub(super) name: String,
    #[serde(rename = "Type")]
    pub(super) kind: Option<String>,
    pub(super) value: Option<Value>,
    pub(super) version: Option<u64>,
}

/// `PutParameter`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PutParameter {
    pub(super) name: String,
    pub(super) value: Value,
    #[serde(rename = "Type", skip_serializing_if = "Option::is_none")]
    pub(super) kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) key_id: Option<String>,
    pub(super) overwrite: bool,
}

impl Acting for PutParameter {
    const SERVICE: &'static Service = &SERVICE;
    const OPERATION: &'static str = "PutParameter";
    type Answer = Put;
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Put {
    pub(super) version: Option<u64>,
}

/// `GetParameter` of one version, decrypted: what is put back.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetParameter {
    pub(super) name: String,
    pub(super) with_decryption: bool,
}

impl Acting for GetParameter {
    const SERVICE: &'static Service = &SERVICE;
    const OPERATION: &'static str = "GetParameter";
    type Answer = Gotten;
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Gotten {
    pub(super) parameter: Found,
}

/// `DeleteParameter`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeleteParameter {
    pub(super) name: String,
}

impl Acting for DeleteParameter {
    const SERVICE: &'static Service = &SERVICE;
    const OPERATION: &'static str = "DeleteParameter";
    type Answer = Deleted;
}

#[derive(Debug, Deserialize)]
pub(super) struct Deleted {}

/// The looks that answer `asked`: ten names a call.
pub(super) fn looks<'a>(eye: Eye<'a>, asked: Asked<'a, ParameterQuery>) -> Vec<Look<'a>> {
    let mut parameters = Vec::new();
    for (query, words) in asked {
        match words {
            ParameterQuery::Parameter { .. } => parameters.push(query),
        }
    }
    vec![Look::of(parameters, |queries| look(eye, queries))]
}

async fn look(eye: Eye<'_>, queries: Vec<&Query>) -> Answers {
    let looks = queries.chunks(NAMES).map(|queries| of_some(eye, queries));
    join_all(looks).await.into_iter().flatten().collect()
}

fn name(query: &Query) -> &str {
    match query {
        Query::Parameter(ParameterQuery::Parameter { name }) => name,
        _ => "",
    }
}

async fn of_some(eye: Eye<'_>, queries: &[&Query]) -> Answers {
    let names = queries.iter().map(|query| name(query).to_owned()).collect();
    let audit = Audit::look(eye, "ssm");
    let request = GetParameters { names, with_decryption: false };
    let found = audit.settle(eye.clients.caller.read(request, audit.clone())).await;
    let answer = |query: &Query| match &found {
        Ok(told) => {
            let parameter = told.parameters.iter().find(|found| found.name == name(query)).map(observed);
            Ok(Observation::Parameter(ParameterObservation::Parameter { parameter }))
        }
        Err(trouble) => Err(trouble.unanswered()),
    };
    queries.iter().map(|query| ((*query).clone(), answer(query))).collect()
}

fn observed(found: &Found) -> StoredParameter {
    let kind = Clean::new(found.kind.as_deref().unwrap_or_default());
    // What is told of one that is encrypted is no value.
    let value = found.value.as_ref().filter(|_| kind.as_str() != SECURE).map(|value| value.0.clone());
    StoredParameter { name: Clean::new(&found.name), kind, version: found.version.unwrap_or(0), value }
}

/// Does what is done here.
pub(super) async fn act(hand: Hand<'_>, operation: &ParameterOperation) -> Result<Receipt, Trouble> {
    match operation {
        ParameterOperation::PutParameter { name, value, kind, key } => {
            let kind = kind.as_ref().map(ToString::to_string);
            put(hand, name, Value(value.clone()), kind, key.as_ref().map(ToString::to_string)).await
        }
        ParameterOperation::RestoreParameter { name, version, kind, over } => {
            restore(hand, name, *version, kind, *over).await
        }
        ParameterOperation::DeleteParameter { name } => {
            let audit = Audit::act(hand, "ssm");
            let request = DeleteParameter { name: name.to_string() };
            match audit.settle(hand.eye.clients.caller.act(request, audit.clone())).await {
                // Sent before, and its reply was lost.
                Err(trouble) if !trouble.is(ABSENT) => Err(trouble),
                Ok(_) | Err(_) => Ok(Receipt::default()),
            }
        }
    }
}

async fn put(
    hand: Hand<'_>,
    name: &str,
    value: Value,
    kind: Option<String>,
    key_id: Option<String>,
) -> Result<Receipt, Trouble> {
    let audit = Audit::act(hand, "ssm");
    let held = value.0.clone();
    let request = PutParameter { name: name.to_owned(), value, kind, key_id, overwrite: true };
    let sent = audit.settle(hand.eye.clients.caller.act(request, audit.clone())).await;
    let told = sent.map_err(|trouble| trouble.without([&held]))?;
    Ok(Receipt { id: told.version.map(|version| Clean::new(&version.to_string())), exit: None })
}

/// What version `version` held is put again, while `over` is the newest.
async fn restore(hand: Hand<'_>, name: &str, version: u64, kind: &str, over: u64) -> Result<Receipt, Trouble> {
    let newest = get(hand, name.to_owned()).await.map_err(not_done)?;
    if newest.version != Some(over) {
        let found = newest.version.unwrap_or(0);
        let words = format!("version {found} is the newest, not {over}: it was changed meanwhile, and nothing was put");
        return Err(Trouble {
            sort: Sort::Refused,
            code: Some("ParameterChanged".into()),
            message: Clean::new(&words),
        });
    }
    let before = get(hand, format!("{name}:{version}")).await.map_err(not_done)?;
    let Some(value) = before.value else {
        let words = format!("version {version} was told without a value, and nothing was put");
        return Err(Trouble { sort: Sort::Refused, code: Some("ParameterEmpty".into()), message: Clean::new(&words) });
    };
    put(hand, name, value, Some(kind.to_owned()), None).await
}

async fn get(hand: Hand<'_>, name: String) -> Result<Found, Trouble> {
    let audit = Audit::act(hand, "ssm");
    let request = GetParameter { name, with_decryption: true };
    Ok(audit.settle(hand.eye.clients.caller.act(request, audit.clone())).await?.parameter)
}

/// What was to be read before anything is put: nothing was done, whatever became of it.
fn not_done(trouble: Trouble) -> Trouble {
    match trouble.sort {
        Sort::NoAnswer | Sort::Failing => Trouble { sort: Sort::NotSent, ..trouble },
        Sort::Refused | Sort::Denied | Sort::Expired | Sort::Throttled | Sort::NotSent | Sort::Unsendable => trouble,
    }
}
