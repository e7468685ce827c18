//! Amazon S3: buckets, their versioning, and objects that are there or not. What a HEAD ends in has no body, and so no code:
//! its status tells.

use super::audit::Audit;
use super::desk::{Answers, Asked, Eye, Hand, Look};
use super::trouble::Trouble;
use crate::service::observation::{Bucket, Object, ReplicationRule, Versioning};
use crate::service::{Observation, Query, Receipt, S3Observation, S3Operation, S3Query, Silence, Unanswered};
use crate::text::Clean;
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::types;
use aws_smithy_runtime_api::http::Response;

/// What is asked here.
pub(super) const READS: &[&str] = &["HeadBucket", "GetBucketVersioning", "GetBucketReplication", "HeadObject"];

/// Of a bucket in another region, the header that tells which.
const REGION: &str = "x-amz-bucket-region";
/// The codes of what is not there; a HEAD's is the SDK's own.
const ABSENT: &[&str] = &["NotFound", "NoSuchBucket", "NoSuchKey"];
/// The code of an object that is there already, where none was wanted.
const THERE_ALREADY: &str = "PreconditionFailed";

/// The looks that answer `asked`: one each.
pub(super) fn looks<'a>(eye: Eye<'a>, asked: Asked<'a, S3Query>) -> Vec<Look<'a>> {
    let of = |(query, words): (&'a Query, &'a S3Query)| Look::of(vec![query], |_| look(eye, query, words));
    asked.into_iter().map(of).collect()
}

async fn look(eye: Eye<'_>, query: &Query, words: &S3Query) -> Answers {
    let answer = match words {
        S3Query::Bucket { bucket } => look_at_bucket(eye, bucket).await,
        S3Query::BucketVersioning { bucket } => look_at_versioning(eye, bucket).await,
        S3Query::BucketReplication { bucket } => look_at_replication(eye, bucket).await,
        S3Query::Object { bucket, key } => look_at_object(eye, bucket, key).await,
    };
    vec![(query.clone(), answer)]
}

async fn look_at_bucket(eye: Eye<'_>, name: &Clean) -> Result<Observation, Unanswered> {
    let audit = Audit::look(eye, "s3");
    let call = eye.clients.s3.head_bucket().bucket(name.as_str());
    let told = call.customize().interceptor(audit.clone()).send().await;
    let elsewhere = told.as_ref().err().and_then(region_of);
    let bucket = match (audit.settle(async { told }).await, elsewhere) {
        // One of another region is told by its refusal.
        (Err(_), Some(region)) => Some(Bucket { region }),
        (Err(trouble), None) if trouble.is(ABSENT) => None,
        (Err(trouble), None) => return Err(named(trouble, "s3:ListBucket")),
        // Asked where it is, S3 need not say where that is.
        (Ok(told), _) => Some(Bucket { region: told.bucket_region().unwrap_or(eye.region.as_str()).into() }),
    };
    Ok(S3Observation::Bucket { bucket }.into())
}

/// The region that a refusal names: of a permanent redirect, or where the request was signed for another.
fn region_of<E>(error: &SdkError<E, Response>) -> Option<Clean> {
    let raw = error.raw_response().filter(|raw| matches!(raw.status().as_u16(), 301 | 307 | 400))?;
    raw.headers().get(REGION).map(Clean::new)
}

async fn look_at_versioning(eye: Eye<'_>, name: &Clean) -> Result<Observation, Unanswered> {
    let audit = Audit::look(eye, "s3");
    let call = eye.clients.s3.get_bucket_versioning().bucket(name.as_str());
    let versioning = match audit.settle(call.customize().interceptor(audit.clone()).send()).await {
        Ok(told) => Some(Versioning { status: told.status().map(|status| status.as_str().into()) }),
        Err(trouble) if trouble.is(ABSENT) => None,
        Err(trouble) => return Err(trouble.unanswered()),
    };
    Ok(S3Observation::BucketVersioning { versioning }.into())
}

/// The code of a bucket that nothing replicates.
const NOT_REPLICATED: &[&str] = &["ReplicationConfigurationNotFoundError"];

async fn look_at_replication(eye: Eye<'_>, name: &Clean) -> Result<Observation, Unanswered> {
    let audit = Audit::look(eye, "s3");
    let call = eye.clients.s3.get_bucket_replication().bucket(name.as_str());
    let rules = match audit.settle(call.customize().interceptor(audit.clone()).send()).await {
        Ok(told) => {
            Some(told.replication_configuration().map_or_else(Vec::new, |told| told.rules().iter().map(rule).collect()))
        }
        Err(trouble) if trouble.is(NOT_REPLICATED) => Some(Vec::new()),
        Err(trouble) if trouble.is(ABSENT) => None,
        Err(trouble) => return Err(trouble.unanswered()),
    };
    Ok(S3Observation::BucketReplication { rules }.into())
}

fn rule(told: &types::ReplicationRule) -> ReplicationRule {
    #[allow(deprecated)]
    let prefix = told.prefix().is_some_and(|prefix| !prefix.is_empty());
    let filter = told.filter().is_some_and(|filter| {
        filter.prefix().is_some_and(|prefix| !prefix.is_empty()) || filter.tag().is_some() || filter.and().is_some()
    });
    let destination = told.destination();
    let metrics = destination
        .and_then(|to| to.metrics())
        .is_some_and(|metrics| *metrics.status() == types::MetricsStatus::Enabled);
    let key = destination.and_then(|to| to.encryption_configuration()).and_then(|how| how.replica_kms_key_id());
    ReplicationRule {
        id: Clean::new(told.id().unwrap_or_default()),
        enabled: *told.status() == types::ReplicationRuleStatus::Enabled,
        to: Clean::new(destination.map_or("", |to| to.bucket())),
        filtered: prefix || filter,
        metrics,
        key: key.map(Clean::new),
    }
}

async fn look_at_object(eye: Eye<'_>, bucket: &Clean, key: &Clean) -> Result<Observation, Unanswered> {
    let audit = Audit::look(eye, "s3");
    let call = eye.clients.s3.head_object().bucket(bucket.as_str()).key(key.as_str());
    let object = match audit.settle(call.customize().interceptor(audit.clone()).send()).await {
        Ok(told) => Some(Object { version: told.version_id().map(Clean::new) }),
        Err(trouble) if trouble.is(ABSENT) => None,
        // Without the second, S3 does not tell what is absent from what is forbidden.
        Err(trouble) => return Err(named(trouble, "s3:GetObject or s3:ListBucket")),
    };
    Ok(S3Observation::Object { object }.into())
}

/// A denied HEAD does not say of what: `action` does.
fn named(trouble: Trouble, action: &str) -> Unanswered {
    let unanswered = trouble.unanswered();
    match (unanswered.because, &unanswered.code) {
        (Silence::Denied, None) => {
            let message = Clean::new(&format!("{action} is not allowed: {}", unanswered.message));
            Unanswered { message, ..unanswered }
        }
        _ => unanswered,
    }
}

/// Does what is done here.
pub(super) async fn act(hand: Hand<'_>, operation: &S3Operation) -> Result<Receipt, Trouble> {
    let client = &hand.eye.clients.s3;
    match operation {
        S3Operation::PutMarker { bucket, key } => {
            let audit = Audit::act(hand, "s3");
            let call = client.put_object().bucket(bucket.as_str()).key(key.as_str()).if_none_match("*");
            match audit.settle(call.customize().interceptor(audit.clone()).send()).await {
                Ok(told) => Ok(Receipt { id: told.version_id().map(Clean::new), ..Receipt::default() }),
                Err(trouble) if trouble.is(&[THERE_ALREADY]) => Ok(Receipt::default()),
                Err(trouble) => Err(trouble),
            }
        }
        S3Operation::DeleteMarker { bucket, key } => {
            let audit = Audit::act(hand, "s3");
            let call = client.delete_object().bucket(bucket.as_str()).key(key.as_str());
            let told = audit.settle(call.customize().interceptor(audit.clone()).send()).await?;
            Ok(Receipt { id: told.version_id().map(Clean::new), ..Receipt::default() })
        }
    }
}
