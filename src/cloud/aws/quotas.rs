//! AWS Service Quotas: what a quota comes to for the account in a region (API reference). One that nobody has asked more of may
//! be told as AWS's default alone.

use super::audit::Audit;
use super::caller::{At, Protocol, Read, Service};
use super::desk::{Answers, Asked, Eye, Look};
use super::trouble::Trouble;
use crate::service::observation::Quota;
use crate::service::{Query, QuotasObservation, QuotasQuery};
use crate::text::Clean;
use serde::{Deserialize, Serialize};

/// What is asked here.
pub(super) const READS: &[&str] = &["GetServiceQuota", "GetAWSDefaultServiceQuota"];

/// The service, as its model has it.
pub(super) const SERVICE: Service = Service {
    id: "Service Quotas",
    signing_name: "servicequotas",
    at: At::RegionsPlainInGov,
    host: "servicequotas",
    dual_stack_host: "servicequotas",
    protocol: Protocol::Json { target: "ServiceQuotasV20190624", version: "1.1" },
    reads: &[READS],
    acts: &[],
};

const NAME: &str = "servicequotas";
/// The codes of what is not there.
pub(super) const ABSENT: &[&str] = &["NoSuchResourceException"];

/// `GetServiceQuota`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetServiceQuota {
    pub(super) service_code: String,
    pub(super) quota_code: String,
}

impl Read for GetServiceQuota {
    const SERVICE: &'static Service = &SERVICE;
    const OPERATION: &'static str = "GetServiceQuota";
    type Answer = Told;
}

/// `GetAWSDefaultServiceQuota`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetDefault {
    pub(super) service_code: String,
    pub(super) quota_code: String,
}

impl Read for GetDefault {
    const SERVICE: &'static Service = &SERVICE;
    const OPERATION: &'static str = "GetAWSDefaultServiceQuota";
    type Answer = Told;
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Told {
    quota: ToldQuota,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ToldQuota {
    #[serde(default)]
    quota_name: String,
    value: Option<f64>,
}

/// The looks that answer `asked`: one a quota.
pub(super) fn looks<'a>(eye: Eye<'a>, asked: Asked<'a, QuotasQuery>) -> Vec<Look<'a>> {
    let of = |(query, words): (&'a Query, &'a QuotasQuery)| match words {
        QuotasQuery::Quota { service, code } => Look::of(vec![query], |_| look(eye, query, (service, code))),
    };
    asked.into_iter().map(of).collect()
}

async fn look(eye: Eye<'_>, query: &Query, of: (&Clean, &Clean)) -> Answers {
    let told = match applied(eye, of).await {
        Ok(None) => by_default(eye, of).await,
        other => other,
    };
    let answer = match told {
        Ok(told) => {
            let quota = told.and_then(|told| Some(Quota { name: told.quota_name.into(), value: told.value? }));
            Ok(QuotasObservation::Quota { quota }.into())
        }
        Err(trouble) => Err(trouble.unanswered()),
    };
    vec![(query.clone(), answer)]
}

async fn applied(eye: Eye<'_>, (service, code): (&Clean, &Clean)) -> Result<Option<ToldQuota>, Trouble> {
    let audit = Audit::look(eye, NAME);
    let request = GetServiceQuota { service_code: service.to_string(), quota_code: code.to_string() };
    known(audit.settle(eye.clients.caller.read(request, audit.clone())).await)
}

async fn by_default(eye: Eye<'_>, (service, code): (&Clean, &Clean)) -> Result<Option<ToldQuota>, Trouble> {
    let audit = Audit::look(eye, NAME);
    let request = GetDefault { service_code: service.to_string(), quota_code: code.to_string() };
    known(audit.settle(eye.clients.caller.read(request, audit.clone())).await)
}

fn known(told: Result<Told, Trouble>) -> Result<Option<ToldQuota>, Trouble> {
    match told {
        Ok(told) => Ok(Some(told.quota)),
        Err(trouble) if trouble.is(ABSENT) => Ok(None),
        Err(trouble) => Err(trouble),
    }
}
