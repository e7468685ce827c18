//! Amazon Route 53: record sets, changes, and what it answers now. Its control plane is in us-east-1 whatever the region.

use super::actor::Hand;
use super::audit::Audit;
use super::observer::{Answers, Eye};
use super::trouble::{Sort, Trouble};
use crate::cloud::Token;
use crate::service::observation::{Alias, RecordSet};
use crate::service::{Observation, Query, Receipt, Unanswered};
use crate::text::Clean;
use aws_sdk_route53::error::BuildError;
use aws_sdk_route53::types::{
    AliasTarget, Change, ChangeAction, ChangeBatch, ResourceRecord, ResourceRecordSet, RrType,
};

/// Answers each question with its own call: Route 53 has none for several.
pub(super) async fn look(eye: Eye<'_>, queries: Vec<&Query>) -> Answers {
    let looks = queries.into_iter().map(|query| async move { Some((query.clone(), one(eye, query).await?)) });
    futures::future::join_all(looks).await.into_iter().flatten().collect()
}

async fn one(eye: Eye<'_>, query: &Query) -> Option<Result<Observation, Unanswered>> {
    let answer = match query {
        Query::RecordSets { zone, name, record_type } => record_sets(eye, zone, name, record_type).await,
        Query::DnsChange { id } => change(eye, id).await,
        Query::DnsAnswer { zone, name, record_type } => dns_answer(eye, zone, name, record_type).await,
        _ => return None,
    };
    Some(answer.map_err(|trouble| trouble.unanswered()))
}

async fn record_sets(eye: Eye<'_>, zone: &str, name: &str, record_type: &str) -> Result<Observation, Trouble> {
    let audit = Audit::look(eye, "route53");
    let call = eye
        .clients
        .route53
        .list_resource_record_sets()
        .hosted_zone_id(zone)
        .start_record_name(name)
        .start_record_type(RrType::from(record_type));
    let found = audit.settle(call.customize().interceptor(audit.clone()).send()).await?;
    let wanted =
        |record: &&ResourceRecordSet| same_name(record.name(), name) && record.r#type().as_str() == record_type;
    let records = found.resource_record_sets().iter().filter(wanted).map(observed).collect();
    Ok(Observation::RecordSets { records })
}

/// Names are compared as DNS does: whatever the case, with or without the final dot, `\052` for an asterisk.
fn same_name(one: &str, other: &str) -> bool {
    let plain = |name: &str| name.trim_end_matches('.').replace("\\052", "*").to_ascii_lowercase();
    plain(one) == plain(other)
}

fn observed(record: &ResourceRecordSet) -> RecordSet {
    RecordSet {
        name: Clean::new(record.name()),
        record_type: Clean::new(record.r#type().as_str()),
        ttl: record.ttl().and_then(|ttl| u64::try_from(ttl).ok()),
        values: record.resource_records().iter().map(|value| Clean::new(value.value())).collect(),
        alias: record.alias_target().map(|alias| Alias {
            dns_name: Clean::new(alias.dns_name()),
            zone_id: Clean::new(alias.hosted_zone_id()),
            evaluate_health: alias.evaluate_target_health(),
        }),
        set_identifier: record.set_identifier().map(Clean::new),
        weight: record.weight().and_then(|weight| u64::try_from(weight).ok()),
        health_check: record.health_check_id().map(Clean::new),
    }
}

async fn change(eye: Eye<'_>, id: &str) -> Result<Observation, Trouble> {
    let audit = Audit::look(eye, "route53");
    let call = eye.clients.route53.get_change().id(bare(id));
    match audit.settle(call.customize().interceptor(audit.clone()).send()).await {
        Ok(found) => {
            let status = found.change_info().map(|info| Clean::new(info.status().as_str()));
            Ok(Observation::DnsChange { status })
        }
        Err(trouble) if trouble.is(&["NoSuchChange"]) => Ok(Observation::DnsChange { status: None }),
        Err(trouble) => Err(trouble),
    }
}

fn bare(id: &str) -> &str {
    id.strip_prefix("/change/").unwrap_or(id)
}

async fn dns_answer(eye: Eye<'_>, zone: &str, name: &str, record_type: &str) -> Result<Observation, Trouble> {
    let audit = Audit::look(eye, "route53");
    let call = eye
        .clients
        .route53
        .test_dns_answer()
        .hosted_zone_id(zone)
        .record_name(name)
        .record_type(RrType::from(record_type));
    let found = audit.settle(call.customize().interceptor(audit.clone()).send()).await?;
    let records = found.record_data().iter().map(|line| Clean::new(line)).collect();
    Ok(Observation::DnsAnswer { code: Clean::new(found.response_code()), records })
}

/// `ChangeResourceRecordSets`: one batch, all or nothing.
pub(super) async fn change_records(
    hand: Hand<'_>,
    zone: &str,
    upsert: &[RecordSet],
    delete: &[RecordSet],
) -> Result<Receipt, Trouble> {
    let batch = batch(upsert, delete, hand.token).map_err(|error| Trouble {
        sort: Sort::NotSent,
        code: None,
        message: Clean::new(&format!("the change cannot be written: {error}")),
    })?;
    let audit = Audit::act(hand, "route53");
    let call = hand.eye.clients.route53.change_resource_record_sets().hosted_zone_id(zone).change_batch(batch);
    let changed = audit.settle(call.customize().interceptor(audit.clone()).send()).await?;
    Ok(Receipt { id: changed.change_info().map(|info| Clean::new(bare(info.id()))), exit: None })
}

fn batch(upsert: &[RecordSet], delete: &[RecordSet], token: &Token) -> Result<ChangeBatch, BuildError> {
    let mut batch = ChangeBatch::builder().comment(format!("landfall {}", token.0));
    let deletes = delete.iter().map(|record| (ChangeAction::Delete, record));
    let upserts = upsert.iter().map(|record| (ChangeAction::Upsert, record));
    for (action, record) in deletes.chain(upserts) {
        batch = batch.changes(Change::builder().action(action).resource_record_set(record_set(record)?).build()?);
    }
    batch.build()
}

fn record_set(record: &RecordSet) -> Result<ResourceRecordSet, BuildError> {
    let number = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    let mut set = ResourceRecordSet::builder()
        .name(record.name.as_str())
        .r#type(RrType::from(record.record_type.as_str()))
        .set_ttl(record.ttl.map(number))
        .set_weight(record.weight.map(number))
        .set_set_identifier(record.set_identifier.as_ref().map(ToString::to_string))
        .set_health_check_id(record.health_check.as_ref().map(ToString::to_string));
    for value in &record.values {
        set = set.resource_records(ResourceRecord::builder().value(value.as_str()).build()?);
    }
    if let Some(alias) = &record.alias {
        let target = AliasTarget::builder()
            .dns_name(alias.dns_name.as_str())
            .hosted_zone_id(alias.zone_id.as_str())
            .evaluate_target_health(alias.evaluate_health);
        set = set.alias_target(target.build()?);
    }
    set.build()
}
