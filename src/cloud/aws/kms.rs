//! AWS KMS: how a key is, and the proof that it can be used (Developer Guide, "Testing your permissions": a call with
//! `DryRun` that would have been carried out ends in `DryRunOperationException`).

use super::audit::Audit;
use super::caller::{Acting, At, Protocol, Read, Service};
use super::desk::{Answers, Asked, Eye, Hand, Look};
use super::trouble::{Sort, Trouble};
use crate::service::observation::{KeyAccess, KeyGrant, KmsKey, Statement};
use crate::service::{KmsObservation, KmsOperation, KmsQuery, Observation, Query, Receipt};
use crate::text::Clean;
use futures::future::join_all;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is asked here.
pub(super) const READS: &[&str] = &["DescribeKey", "GetKeyPolicy", "ListGrants"];
/// How many pages of grants are read: a hundred each.
const PAGES: usize = 20;
/// What is done here.
pub(super) const ACTS: &[&str] = &["GenerateDataKey"];

/// The service, as its model has it.
pub(super) const SERVICE: Service = Service {
    id: "KMS",
    signing_name: "kms",
    at: At::Regions,
    host: "kms",
    dual_stack_host: "kms",
    protocol: Protocol::Json { target: "TrentService", version: "1.1" },
    reads: &[READS],
    acts: &[ACTS],
};

/// The code of a key that is not there.
pub(super) const ABSENT: &[&str] = &["NotFoundException"];
/// The code of a proof that came off.
pub(super) const PROVED: &[&str] = &["DryRunOperationException"];

/// `DescribeKey`: of one key, by its id, its ARN or an alias.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DescribeKey {
    pub(super) key_id: String,
}

impl Read for DescribeKey {
    const SERVICE: &'static Service = &SERVICE;
    const OPERATION: &'static str = "DescribeKey";
    type Answer = Described;
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Described {
    pub(super) key_metadata: Metadata,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Metadata {
    pub(super) key_id: String,
    pub(super) arn: Option<String>,
    pub(super) key_state: Option<String>,
    pub(super) key_usage: Option<String>,
    pub(super) key_spec: Option<String>,
    #[serde(default)]
    pub(super) multi_region: Option<bool>,
    /// In seconds since 1970.
    pub(super) deletion_date: Option<f64>,
    pub(super) multi_region_configuration: Option<MultiRegion>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct MultiRegion {
    pub(super) multi_region_key_type: Option<String>,
}

/// `GetKeyPolicy`: a key has one, and it is called so.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetKeyPolicy {
    pub(super) key_id: String,
    pub(super) policy_name: &'static str,
}

impl Read for GetKeyPolicy {
    const SERVICE: &'static Service = &SERVICE;
    const OPERATION: &'static str = "GetKeyPolicy";
    type Answer = PolicyText;
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PolicyText {
    policy: String,
}

/// `ListGrants`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListGrants {
    pub(super) key_id: String,
    pub(super) limit: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) marker: Option<String>,
}

impl Read for ListGrants {
    const SERVICE: &'static Service = &SERVICE;
    const OPERATION: &'static str = "ListGrants";
    type Answer = Grants;
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Grants {
    #[serde(default)]
    grants: Vec<Grant>,
    next_marker: Option<String>,
    #[serde(default)]
    truncated: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Grant {
    grantee_principal: Option<String>,
    #[serde(default)]
    operations: Vec<String>,
    constraints: Option<Constraints>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Constraints {
    encryption_context_subset: Option<BTreeMap<String, String>>,
    encryption_context_equals: Option<BTreeMap<String, String>>,
}

/// `GenerateDataKey`, which is never carried out: no key is made, and none would be read.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GenerateDataKey {
    pub(super) key_id: String,
    pub(super) key_spec: &'static str,
    pub(super) dry_run: bool,
}

impl Acting for GenerateDataKey {
    const SERVICE: &'static Service = &SERVICE;
    const OPERATION: &'static str = "GenerateDataKey";
    type Answer = Generated;
}

/// The answer of who knows no `DryRun`; the key in it is dropped unread.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Generated {
    #[expect(dead_code, reason = "that there is an answer is all there is to know of it")]
    pub(super) key_id: Option<String>,
}

/// The looks that answer `asked`: one a key, there is no call for several.
pub(super) fn looks<'a>(eye: Eye<'a>, asked: Asked<'a, KmsQuery>) -> Vec<Look<'a>> {
    let (mut keys, mut access) = (Vec::new(), Vec::new());
    for (query, words) in asked {
        match words {
            KmsQuery::Key { .. } => keys.push(query),
            KmsQuery::Access { .. } => access.push(query),
        }
    }
    vec![Look::of(keys, |queries| look(eye, queries)), Look::of(access, |queries| look_at_access(eye, queries))]
}

async fn look(eye: Eye<'_>, queries: Vec<&Query>) -> Answers {
    let looks = queries.into_iter().filter_map(|query| match query {
        Query::Kms(KmsQuery::Key { id }) => Some(async move {
            let answer = match described(eye, id).await {
                Ok(key) => Ok(Observation::Kms(KmsObservation::Key { key: Some(key) })),
                Err(trouble) if trouble.is(ABSENT) => Ok(Observation::Kms(KmsObservation::Key { key: None })),
                Err(trouble) => Err(trouble.unanswered()),
            };
            (query.clone(), answer)
        }),
        _ => None,
    });
    join_all(looks).await
}

async fn look_at_access(eye: Eye<'_>, queries: Vec<&Query>) -> Answers {
    let looks = queries.into_iter().filter_map(|query| match query {
        Query::Kms(KmsQuery::Access { key }) => Some(async move {
            let access = match access(eye, key).await {
                Ok(access) => Ok(Some(access)),
                Err(trouble) if trouble.is(ABSENT) => Ok(None),
                Err(trouble) => Err(trouble.unanswered()),
            };
            (query.clone(), access.map(|access| Observation::Kms(KmsObservation::Access { access })))
        }),
        _ => None,
    });
    join_all(looks).await
}

async fn access(eye: Eye<'_>, key: &str) -> Result<KeyAccess, Trouble> {
    let audit = Audit::look(eye, "kms");
    let request = GetKeyPolicy { key_id: key.to_owned(), policy_name: "default" };
    let policy = audit.settle(eye.clients.caller.read(request, audit.clone())).await?.policy;
    let (mut grants, mut marker) = (Vec::new(), None);
    for _ in 0..PAGES {
        let audit = Audit::look(eye, "kms");
        let request = ListGrants { key_id: key.to_owned(), limit: 100, marker };
        let page = audit.settle(eye.clients.caller.read(request, audit.clone())).await?;
        grants.extend(page.grants.into_iter().map(granted));
        marker = page.next_marker.filter(|marker| page.truncated && !marker.is_empty());
        if marker.is_none() && !page.truncated {
            return Ok(KeyAccess { statements: Statement::parse(&policy), grants });
        }
        if marker.is_none() {
            break;
        }
    }
    let message = Clean::new(&format!("the grants of {key} were not told to their end"));
    Err(Trouble { sort: Sort::Failing, code: None, message })
}

fn granted(told: Grant) -> KeyGrant {
    let has = |context: Option<BTreeMap<String, String>>| context.is_some_and(|context| !context.is_empty());
    KeyGrant {
        grantee: Clean::new(told.grantee_principal.as_deref().unwrap_or_default()),
        operations: told.operations.iter().map(|operation| Clean::new(operation)).collect(),
        is_constrained: told
            .constraints
            .is_some_and(|told| has(told.encryption_context_subset) || has(told.encryption_context_equals)),
    }
}

async fn described(eye: Eye<'_>, id: &str) -> Result<KmsKey, Trouble> {
    let audit = Audit::look(eye, "kms");
    let request = DescribeKey { key_id: id.to_owned() };
    let told = audit.settle(eye.clients.caller.read(request, audit.clone())).await?.key_metadata;
    let clean = |text: Option<String>| Clean::new(text.as_deref().unwrap_or_default());
    Ok(KmsKey {
        id: Clean::new(&told.key_id),
        arn: clean(told.arn),
        state: clean(told.key_state),
        usage: clean(told.key_usage),
        spec: clean(told.key_spec),
        multi_region: told.multi_region.unwrap_or(false),
        role: told
            .multi_region_configuration
            .and_then(|multi| multi.multi_region_key_type)
            .map(|role| Clean::new(&role)),
        deleted_from: told.deletion_date.and_then(|seconds| Timestamp::from_second(seconds as i64).ok()),
    })
}

/// Does what is done here.
pub(super) async fn act(hand: Hand<'_>, operation: &KmsOperation) -> Result<Receipt, Trouble> {
    match operation {
        KmsOperation::ProveKey { id } => {
            let audit = Audit::act(hand, "kms");
            let request = GenerateDataKey { key_id: id.to_string(), key_spec: "AES_256", dry_run: true };
            match audit.settle(hand.eye.clients.caller.act(request, audit.clone())).await {
                Ok(_) => Ok(Receipt::default()),
                Err(trouble) if trouble.is(PROVED) => Ok(Receipt::default()),
                Err(trouble) => Err(trouble),
            }
        }
    }
}
