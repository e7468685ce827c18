//! AWS Secrets Manager: how secrets are told, read as a proof, detached, written to and put back. A value goes from an
//! answer into the next request and nowhere else.

use super::audit::Audit;
use super::desk::{Answers, Asked, Eye, Hand, Look};
use super::spliced::Spliced;
use super::trouble::{Sort, Trouble};
use crate::service::observation::{SecretReplica, StoredSecret};
use crate::service::{Observation, Query, Receipt, SecretObservation, SecretOperation, SecretQuery};
use crate::text::Clean;
use aws_sdk_secretsmanager::operation::describe_secret::DescribeSecretOutput;
use aws_sdk_secretsmanager::types::ReplicaRegionType;
use futures::future::join_all;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// What is asked here. Not GetSecretValue: a look needs no value.
pub(super) const READS: &[&str] = &["DescribeSecret"];

/// The code of a secret that is not there.
const ABSENT: &[&str] = &["ResourceNotFoundException"];
const CURRENT: &str = "AWSCURRENT";

/// The looks that answer `asked`: one a secret, there is no call for several.
pub(super) fn looks<'a>(eye: Eye<'a>, asked: Asked<'a, SecretQuery>) -> Vec<Look<'a>> {
    let mut secrets = Vec::new();
    for (query, words) in asked {
        match words {
            SecretQuery::Secret { .. } => secrets.push(query),
        }
    }
    vec![Look::of(secrets, |queries| look(eye, queries))]
}

async fn look(eye: Eye<'_>, queries: Vec<&Query>) -> Answers {
    let looks = queries.into_iter().filter_map(|query| match query {
        Query::Secret(SecretQuery::Secret { name }) => Some(async move {
            let secret = match described(eye, name).await {
                Ok(secret) => Ok(Some(secret)),
                Err(trouble) if trouble.is(ABSENT) => Ok(None),
                Err(trouble) => Err(trouble.unanswered()),
            };
            (query.clone(), secret.map(|secret| Observation::Secret(SecretObservation::Secret { secret })))
        }),
        _ => None,
    });
    join_all(looks).await
}

async fn described(eye: Eye<'_>, name: &str) -> Result<StoredSecret, Trouble> {
    let audit = Audit::look(eye, "secretsmanager");
    let call = eye.clients.secretsmanager.describe_secret().secret_id(name);
    let told = audit.settle(call.customize().interceptor(audit.clone()).send()).await?;
    Ok(observed(&told))
}

fn observed(told: &DescribeSecretOutput) -> StoredSecret {
    let versions = told.version_ids_to_stages().into_iter().flatten();
    let staged = versions.filter(|(_, stages)| !stages.is_empty());
    let stages = |stages: &[String]| stages.iter().map(|stage| Clean::new(stage)).collect();
    let replicas = told.replication_status().iter().map(|replica| SecretReplica {
        region: clean(replica.region()),
        status: clean(replica.status().map(|status| status.as_str())),
        message: replica.status_message().map(Clean::new),
    });
    let at = |at: &aws_sdk_secretsmanager::primitives::DateTime| Timestamp::from_second(at.secs()).ok();
    StoredSecret {
        name: clean(told.name()),
        arn: clean(told.arn()),
        key: told.kms_key_id().map(Clean::new),
        primary: told.primary_region().map(Clean::new),
        versions: staged.map(|(id, found)| (id.clone(), stages(found))).collect(),
        rotates: told.rotation_enabled().unwrap_or(false),
        changed: told.last_rotated_date().or(told.last_changed_date()).and_then(at),
        rotates_by: told.next_rotation_date().and_then(at),
        every_days: told
            .rotation_rules()
            .and_then(|rules| u32::try_from(rules.automatically_after_days()?).ok())
            .filter(|days| *days > 0),
        deleted: told.deleted_date().and_then(at),
        replicas: replicas.collect(),
    }
}

fn clean(text: Option<&str>) -> Clean {
    Clean::new(text.unwrap_or_default())
}

/// Does what is done here.
pub(super) async fn act(hand: Hand<'_>, operation: &SecretOperation) -> Result<Receipt, Trouble> {
    let client = &hand.eye.clients.secretsmanager;
    match operation {
        SecretOperation::ProveSecret { name } => {
            let id = read(hand, name).await?.version;
            Ok(Receipt { id: Some(id), exit: None })
        }
        SecretOperation::DetachSecret { name } => {
            // What cannot be set in it afterwards had better stay a replica.
            let held = read(hand, name).await.map_err(not_done)?;
            if held.text.as_deref().and_then(Spliced::of).is_none() {
                return Err(not_json("it was left a replica"));
            }
            let audit = Audit::act(hand, "secretsmanager");
            let call = client.stop_replication_to_replica().secret_id(name.as_str());
            audit.settle(call.customize().interceptor(audit.clone()).send()).await?;
            Ok(Receipt::default())
        }
        SecretOperation::ReplicateSecret { name, region, key } => {
            let audit = Audit::act(hand, "secretsmanager");
            let there = ReplicaRegionType::builder().region(region.as_str());
            let there = there.set_kms_key_id(key.as_ref().map(ToString::to_string)).build();
            let call = client.replicate_secret_to_regions().secret_id(name.as_str()).add_replica_regions(there);
            let call = call.force_overwrite_replica_secret(true);
            audit.settle(call.customize().interceptor(audit.clone()).send()).await?;
            Ok(Receipt::default())
        }
        SecretOperation::WriteSecret { name, set, base, version } => write(hand, name, set, base, version).await,
        SecretOperation::RestageSecret { name, from, to } => {
            let audit = Audit::act(hand, "secretsmanager");
            let call = client.update_secret_version_stage().secret_id(name.as_str()).version_stage(CURRENT);
            let call = call.remove_from_version_id(from.as_str()).move_to_version_id(to.as_str());
            audit.settle(call.customize().interceptor(audit.clone()).send()).await?;
            Ok(Receipt { id: Some(to.clone()), exit: None })
        }
    }
}

/// What a secret holds. It has no written form.
struct Held {
    version: Clean,
    text: Option<String>,
}

async fn read(hand: Hand<'_>, name: &str) -> Result<Held, Trouble> {
    let audit = Audit::act(hand, "secretsmanager");
    let call = hand.eye.clients.secretsmanager.get_secret_value().secret_id(name).version_stage(CURRENT);
    let told = audit.settle(call.customize().interceptor(audit.clone()).send()).await?;
    Ok(Held { version: clean(told.version_id()), text: told.secret_string })
}

/// Sets keys in the JSON that is current, and writes that as a version of its own.
async fn write(
    hand: Hand<'_>,
    name: &str,
    set: &BTreeMap<String, String>,
    base: &Clean,
    version: &Clean,
) -> Result<Receipt, Trouble> {
    let held = read(hand, name).await.map_err(not_done)?;
    let done = |id: &Clean| Ok(Receipt { id: Some(id.clone()), exit: None });
    if held.version == *version {
        // Sent before, and its reply was lost.
        return done(version);
    }
    if held.version != *base {
        let words =
            format!("{} is AWSCURRENT, not {base}: it was changed meanwhile, and nothing was written", held.version);
        return Err(refused("SecretChanged", &words));
    }
    let Some(mut object) = held.text.as_deref().and_then(Spliced::of) else {
        return Err(not_json("nothing was written"));
    };
    if !object.set(set) {
        // Versions are used up by writing.
        return done(base);
    }
    let audit = Audit::act(hand, "secretsmanager");
    let call = hand.eye.clients.secretsmanager.put_secret_value().secret_id(name);
    let call = call.secret_string(object.text()).client_request_token(version.as_str());
    let sent = audit.settle(call.customize().interceptor(audit.clone()).send()).await;
    let told = sent.map_err(|trouble| trouble.without(set.values()))?;
    done(&told.version_id().map_or_else(|| version.clone(), Clean::new))
}

/// What was to be read before anything is written: nothing was done, whatever became of it.
fn not_done(trouble: Trouble) -> Trouble {
    match trouble.sort {
        Sort::NoAnswer | Sort::Failing => Trouble { sort: Sort::NotSent, ..trouble },
        Sort::Refused | Sort::Denied | Sort::Expired | Sort::Throttled | Sort::NotSent | Sort::Unsendable => trouble,
    }
}

fn not_json(instead: &str) -> Trouble {
    let words = format!("what it holds is no JSON object: there are no keys in it to be set, and {instead}");
    refused("SecretNotJson", &words)
}

fn refused(code: &str, words: &str) -> Trouble {
    Trouble { sort: Sort::Refused, code: Some(code.into()), message: Clean::new(words) }
}
