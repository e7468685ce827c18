//! AWS STS, at its regional endpoint: whose credentials these are and when they stop working.

use super::audit::Audit;
use super::desk::{Answers, Asked, Eye, Look, all_unanswered};
use crate::service::StsQuery;
use crate::service::observation::Identity;
use crate::service::{Observation, Query, StsObservation};
use crate::text::Clean;
use aws_credential_types::provider::ProvideCredentials;
use jiff::Timestamp;
use std::time::SystemTime;

/// What is asked here.
pub(super) const READS: &[&str] = &["GetCallerIdentity"];

/// The looks that answer `asked`.
pub(super) fn looks<'a>(eye: Eye<'a>, asked: Asked<'a, StsQuery>) -> Vec<Look<'a>> {
    let mut identity = Vec::new();
    for (query, words) in asked {
        match words {
            StsQuery::Identity => identity.push(query),
        }
    }
    vec![Look::of(identity, |queries| look(eye, queries))]
}

/// Asks who we are.
pub(super) async fn look(eye: Eye<'_>, queries: Vec<&Query>) -> Answers {
    let Some(query) = queries.first() else { return Vec::new() };
    let audit = Audit::look(eye, "sts");
    let call = eye.clients.sts.get_caller_identity().customize().interceptor(audit.clone());
    match audit.settle(call.send()).await {
        Err(trouble) => all_unanswered(&queries, &trouble),
        Ok(caller) => {
            let identity = Identity {
                arn: Clean::new(caller.arn().unwrap_or("?")),
                account: Clean::new(caller.account().unwrap_or("?")),
                region: eye.region.clone(),
                expires: expiry(eye).await,
            };
            vec![((*query).clone(), Ok(Observation::Sts(StsObservation::Identity(identity))))]
        }
    }
}

async fn expiry(eye: Eye<'_>) -> Option<Timestamp> {
    let credentials = eye.clients.credentials.as_ref()?.provide_credentials().await.ok()?;
    let since_epoch = credentials.expiry()?.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    Timestamp::from_second(i64::try_from(since_epoch.as_secs()).ok()?).ok()
}
