//! The texts of a role's policies, its own and those that are attached to it (IAM API reference).

use super::{ABSENT, PAGES, SERVICE};
use crate::cloud::aws::audit::Audit;
use crate::cloud::aws::caller::xml::List;
use crate::cloud::aws::caller::{Read, Service};
use crate::cloud::aws::desk::{Answers, Eye};
use crate::cloud::aws::trouble::{Sort, Trouble};
use crate::plan::Global;
use crate::service::observation::{RolePolicy, Statement};
use crate::service::{IamObservation, IamQuery, Query};
use crate::text::Clean;
use futures::future::{try_join, try_join_all};
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};

/// What is asked here.
pub(in crate::cloud::aws) const READS: &[&str] =
    &["ListRolePolicies", "GetRolePolicy", "ListAttachedRolePolicies", "GetPolicy", "GetPolicyVersion"];

/// `ListRolePolicies`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::cloud::aws) struct ListOwn {
    pub(in crate::cloud::aws) role_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::cloud::aws) marker: Option<String>,
}

/// `ListAttachedRolePolicies`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::cloud::aws) struct ListAttached {
    pub(in crate::cloud::aws) role_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::cloud::aws) marker: Option<String>,
}

/// `GetRolePolicy`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::cloud::aws) struct GetOwn {
    pub(in crate::cloud::aws) role_name: String,
    pub(in crate::cloud::aws) policy_name: String,
}

/// `GetPolicy`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::cloud::aws) struct GetPolicy {
    pub(in crate::cloud::aws) policy_arn: String,
}

/// `GetPolicyVersion`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::cloud::aws) struct GetVersion {
    pub(in crate::cloud::aws) policy_arn: String,
    pub(in crate::cloud::aws) version_id: String,
}

impl Read for ListOwn {
    const SERVICE: &'static Service = &SERVICE;
    const OPERATION: &'static str = "ListRolePolicies";
    type Answer = Own;
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::cloud::aws) struct Own {
    #[serde(default)]
    policy_names: List<String>,
    #[serde(default)]
    is_truncated: bool,
    #[serde(default)]
    marker: Option<String>,
}

impl Read for ListAttached {
    const SERVICE: &'static Service = &SERVICE;
    const OPERATION: &'static str = "ListAttachedRolePolicies";
    type Answer = Attached;
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::cloud::aws) struct Attached {
    #[serde(default)]
    attached_policies: List<One>,
    #[serde(default)]
    is_truncated: bool,
    #[serde(default)]
    marker: Option<String>,
}

impl Read for GetOwn {
    const SERVICE: &'static Service = &SERVICE;
    const OPERATION: &'static str = "GetRolePolicy";
    type Answer = Text;
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::cloud::aws) struct Text {
    #[serde(default)]
    policy_document: String,
}

impl Read for GetPolicy {
    const SERVICE: &'static Service = &SERVICE;
    const OPERATION: &'static str = "GetPolicy";
    type Answer = Policy;
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::cloud::aws) struct Policy {
    #[serde(default)]
    policy: Option<Standing>,
}

impl Read for GetVersion {
    const SERVICE: &'static Service = &SERVICE;
    const OPERATION: &'static str = "GetPolicyVersion";
    type Answer = Version;
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::cloud::aws) struct Version {
    #[serde(default)]
    policy_version: Option<OfVersion>,
}

/// A version of a policy.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::cloud::aws) struct OfVersion {
    #[serde(default)]
    document: String,
}

/// One that is attached.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::cloud::aws) struct One {
    policy_name: String,
    policy_arn: String,
}

/// A policy, by the version that counts.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::cloud::aws) struct Standing {
    default_version_id: String,
}

/// The policies of every role asked for.
pub(super) async fn look(eye: Eye<'_>, queries: Vec<&Query>) -> Answers {
    let region = Global::Iam.home(eye.region);
    let eye = Eye { region: &region, ..eye };
    let looks = queries.into_iter().filter_map(|query| match query {
        Query::Iam(IamQuery::Policies { name }) => Some(async move {
            let policies = match all(eye, name).await {
                Ok(policies) => Ok(Some(policies)),
                Err(trouble) if trouble.is(ABSENT) => Ok(None),
                Err(trouble) => Err(trouble.unanswered()),
            };
            (query.clone(), policies.map(|policies| IamObservation::Policies { policies }.into()))
        }),
        _ => None,
    });
    futures::future::join_all(looks).await
}

async fn all(eye: Eye<'_>, role: &str) -> Result<Vec<RolePolicy>, Trouble> {
    let (own, attached) = try_join(own(eye, role), attached(eye, role)).await?;
    let own = try_join_all(own.into_iter().map(|name| text(eye, role, name))).await?;
    let attached = try_join_all(attached.into_iter().map(|one| version(eye, one))).await?;
    Ok([own, attached].concat())
}

async fn read<R: Read>(eye: Eye<'_>, request: R) -> Result<R::Answer, Trouble> {
    let audit = Audit::look(eye, "iam");
    audit.settle(eye.clients.caller.read(request, audit.clone())).await
}

async fn own(eye: Eye<'_>, role: &str) -> Result<Vec<String>, Trouble> {
    let (mut all, mut marker) = (Vec::new(), None);
    for _ in 0..PAGES {
        let page = read(eye, ListOwn { role_name: role.to_owned(), marker }).await?;
        all.extend(page.policy_names.into_vec());
        marker = page.marker.filter(|marker| page.is_truncated && !marker.is_empty());
        if marker.is_none() {
            return whole(all, page.is_truncated, role);
        }
    }
    whole(all, true, role)
}

async fn attached(eye: Eye<'_>, role: &str) -> Result<Vec<One>, Trouble> {
    let (mut all, mut marker) = (Vec::new(), None);
    for _ in 0..PAGES {
        let page = read(eye, ListAttached { role_name: role.to_owned(), marker }).await?;
        all.extend(page.attached_policies.into_vec());
        marker = page.marker.filter(|marker| page.is_truncated && !marker.is_empty());
        if marker.is_none() {
            return whole(all, page.is_truncated, role);
        }
    }
    whole(all, true, role)
}

fn whole<T>(all: Vec<T>, is_cut: bool, role: &str) -> Result<Vec<T>, Trouble> {
    let message = format!("the policies of {role} were not told to their end");
    if is_cut { Err(Trouble { sort: Sort::Failing, code: None, message: Clean::new(&message) }) } else { Ok(all) }
}

async fn text(eye: Eye<'_>, role: &str, name: String) -> Result<RolePolicy, Trouble> {
    let told = read(eye, GetOwn { role_name: role.to_owned(), policy_name: name.clone() }).await?;
    Ok(RolePolicy { name: name.into(), statements: statements(&told.policy_document) })
}

async fn version(eye: Eye<'_>, one: One) -> Result<RolePolicy, Trouble> {
    let policy = read(eye, GetPolicy { policy_arn: one.policy_arn.clone() }).await?.policy;
    let version_id = policy.ok_or_else(Trouble::hollow)?.default_version_id;
    let told = read(eye, GetVersion { policy_arn: one.policy_arn, version_id }).await?.policy_version;
    let statements = told.and_then(|version| statements(&version.document));
    Ok(RolePolicy { name: one.policy_name.into(), statements })
}

/// Percent-encoded JSON.
fn statements(document: &str) -> Option<Vec<Statement>> {
    Statement::parse(&percent_decode_str(document).decode_utf8().ok()?)
}
