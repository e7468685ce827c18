//! AWS Certificate Manager: a region's certificates for a name.

use super::audit::Audit;
use super::caller::{At, Protocol, Read, Service};
use super::desk::{Answers, Asked, Eye, Look, all_unanswered};
use super::trouble::{Sort, Trouble};
use crate::service::observation::Certificate;
use crate::service::{AcmObservation, AcmQuery, Query};
use crate::text::Clean;
use futures::StreamExt;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;

/// What is asked here.
pub(super) const READS: &[&str] = &["ListCertificates", "DescribeCertificate"];

/// The service, as its model has it.
pub(super) const SERVICE: Service = Service {
    id: "ACM",
    signing_name: "acm",
    at: At::RegionsPlainInGov,
    host: "acm",
    dual_stack_host: "acm",
    protocol: Protocol::Json { target: "CertificateManager", version: "1.1" },
    reads: &[READS],
    acts: &[],
};

/// Every key type: unasked, ListCertificates tells of RSA_2048 only.
const KEY_TYPES: &[&str] =
    &["RSA_1024", "RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1", "EC_secp384r1", "EC_secp521r1"];
/// Whoever made the keys: unasked, those of ACME are left out.
const ORIGINS: &[&str] = &["AWS_MANAGED", "CUSTOMER_PROVIDED", "ACME"];
/// The most that one call lists.
const PAGE: u32 = 1000;
const PAGES: usize = 10;
/// How many certificates for one name are described, the best first: nobody has more but by mistake.
const DESCRIBED: usize = 12;
/// How many are described at once.
const AT_ONCE: usize = 4;
/// The code of a certificate that is no longer there.
pub(super) const ABSENT: &[&str] = &["ResourceNotFoundException"];

/// `ListCertificates`, of every status and key.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListCertificates {
    pub(super) includes: Filters,
    pub(super) certificate_key_pair_origins: &'static [&'static str],
    pub(super) max_items: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Filters {
    pub(super) key_types: &'static [&'static str],
}

impl ListCertificates {
    pub(super) fn page(next_token: Option<String>) -> Self {
        let includes = Filters { key_types: KEY_TYPES };
        Self { includes, certificate_key_pair_origins: ORIGINS, max_items: PAGE, next_token }
    }
}

impl Read for ListCertificates {
    const SERVICE: &'static Service = &SERVICE;
    const OPERATION: &'static str = "ListCertificates";
    type Answer = Listed;
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Listed {
    certificate_summary_list: Vec<Summary>,
    next_token: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Summary {
    certificate_arn: String,
    #[serde(default)]
    domain_name: String,
    #[serde(default)]
    subject_alternative_name_summaries: Vec<String>,
    /// Whether there are more than these: only the first hundred are told.
    #[serde(default)]
    has_additional_subject_alternative_names: bool,
    #[serde(default)]
    status: String,
    #[serde(default)]
    in_use: bool,
    not_after: Option<f64>,
}

/// `DescribeCertificate`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DescribeCertificate {
    pub(super) certificate_arn: String,
}

impl Read for DescribeCertificate {
    const SERVICE: &'static Service = &SERVICE;
    const OPERATION: &'static str = "DescribeCertificate";
    type Answer = Described;
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Described {
    certificate: Detail,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Detail {
    certificate_arn: String,
    #[serde(default)]
    domain_name: String,
    #[serde(default)]
    subject_alternative_names: Vec<String>,
    #[serde(default)]
    status: String,
    #[serde(default)]
    r#type: String,
    not_before: Option<f64>,
    not_after: Option<f64>,
    #[serde(default)]
    in_use_by: Vec<String>,
    failure_reason: Option<String>,
    revocation_reason: Option<String>,
    renewal_summary: Option<Renewal>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Renewal {
    renewal_status: Option<String>,
}

/// The looks that answer `asked`: the list once, and those of it that answer for a name one by one.
pub(super) fn looks<'a>(eye: Eye<'a>, asked: Asked<'a, AcmQuery>) -> Vec<Look<'a>> {
    let queries = asked.iter().map(|(query, _)| *query).collect();
    vec![Look::of(queries, |queries| look(eye, queries, asked))]
}

async fn look(eye: Eye<'_>, queries: Vec<&Query>, asked: Asked<'_, AcmQuery>) -> Answers {
    let all = match list(eye).await {
        Ok(all) => all,
        Err(trouble) => return all_unanswered(&queries, &trouble),
    };
    let mut answers = Answers::new();
    for (query, words) in asked {
        let found = certificates(eye, words, &all).await;
        let seen = found.map(|certificates| AcmObservation::Certificates { certificates }.into());
        answers.push((query.clone(), seen.map_err(|trouble| trouble.unanswered())));
    }
    answers
}

async fn list(eye: Eye<'_>) -> Result<Vec<Summary>, Trouble> {
    let (mut all, mut next) = (Vec::new(), None);
    for _ in 0..PAGES {
        let audit = Audit::look(eye, "acm");
        let page = audit.settle(eye.clients.caller.read(ListCertificates::page(next), audit.clone())).await?;
        all.extend(page.certificate_summary_list);
        next = page.next_token.filter(|token| !token.is_empty());
        if next.is_none() {
            return Ok(all);
        }
    }
    let message = format!("more than {PAGES} pages of certificates in this region");
    Err(Trouble { sort: Sort::Failing, code: None, message: Clean::new(&message) })
}

/// Those that answer for what is asked about, described.
async fn certificates(eye: Eye<'_>, asked: &AcmQuery, all: &[Summary]) -> Result<Vec<Certificate>, Trouble> {
    let mut found: Vec<Summary> = all.iter().filter(|summary| summary.may_meet(asked)).cloned().collect();
    // Later is greater: these numbers are seconds, none of them negative.
    let rank = |summary: &Summary| {
        let end = summary.not_after.unwrap_or_default() as i64;
        Reverse((summary.meets(asked), summary.status == "ISSUED", summary.in_use, end))
    };
    found.sort_by_key(rank);
    found.truncate(DESCRIBED);
    let told = futures::stream::iter(found).map(|summary| describe(eye, summary.certificate_arn)).buffered(AT_ONCE);
    let told: Vec<Result<Option<Detail>, Trouble>> = told.collect().await;
    let mut certificates = Vec::new();
    for detail in told {
        certificates.extend(detail?.filter(|detail| detail.names().any(|name| asked.is_met_by(name))).map(observed));
    }
    Ok(certificates)
}

async fn describe(eye: Eye<'_>, certificate_arn: String) -> Result<Option<Detail>, Trouble> {
    let audit = Audit::look(eye, "acm");
    match audit.settle(eye.clients.caller.read(DescribeCertificate { certificate_arn }, audit.clone())).await {
        Ok(described) => Ok(Some(described.certificate)),
        // Deleted since the list was told.
        Err(trouble) if trouble.is(ABSENT) => Ok(None),
        Err(trouble) => Err(trouble),
    }
}

impl Summary {
    /// Whether it answers for what is asked about, by the names that the list tells.
    fn meets(&self, asked: &AcmQuery) -> bool {
        let mut names = [&self.domain_name].into_iter().chain(&self.subject_alternative_name_summaries);
        names.any(|name| asked.is_met_by(name))
    }

    fn may_meet(&self, asked: &AcmQuery) -> bool {
        self.has_additional_subject_alternative_names || self.meets(asked)
    }
}

impl Detail {
    fn names(&self) -> impl Iterator<Item = &String> {
        [&self.domain_name].into_iter().chain(&self.subject_alternative_names)
    }
}

fn observed(detail: Detail) -> Certificate {
    let at = |seconds: Option<f64>| Timestamp::from_second(seconds? as i64).ok();
    let mut names: Vec<Clean> = Vec::new();
    for name in detail.names().map(|name| Clean::new(name)) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    Certificate {
        names,
        arn: Clean::new(&detail.certificate_arn),
        status: Clean::new(&detail.status),
        issued_as: Clean::new(&detail.r#type),
        not_before: at(detail.not_before),
        not_after: at(detail.not_after),
        used_by: detail.in_use_by.len() as u64,
        reason: detail.failure_reason.or(detail.revocation_reason).as_deref().map(Clean::new),
        renewal: detail.renewal_summary.and_then(|renewal| renewal.renewal_status).as_deref().map(Clean::new),
    }
}
