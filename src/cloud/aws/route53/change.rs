//! A change of record sets: one batch, all or nothing, and where it stands.

use super::{SERVICE, audit, bare};
use crate::cloud::Token;
use crate::cloud::aws::audit::Audit;
use crate::cloud::aws::desk::{Eye, Hand};
use crate::cloud::aws::trouble::{Sort, Trouble};
use crate::plan::Global;
use crate::service::observation::RecordSet;
use crate::service::{DnsObservation, Observation, Receipt};
use crate::text::Clean;
use aws_sdk_route53::error::BuildError;
use aws_sdk_route53::types::{
    AliasTarget, Change, ChangeAction, ChangeBatch, ResourceRecord, ResourceRecordSet, ResourceRecordSetFailover,
    ResourceRecordSetRegion, RrType,
};

/// `GetChange`.
pub(super) async fn status(eye: Eye<'_>, id: &str) -> Result<Observation, Trouble> {
    let audit = audit(eye);
    let call = eye.clients.route53.get_change().id(bare(id, "/change/"));
    match audit.settle(call.customize().interceptor(audit.clone()).send()).await {
        Ok(found) => {
            let status = found.change_info().map(|info| Clean::new(info.status().as_str()));
            Ok(Observation::Dns(DnsObservation::DnsChange { status }))
        }
        Err(trouble) if trouble.is(&["NoSuchChange"]) => {
            Ok(Observation::Dns(DnsObservation::DnsChange { status: None }))
        }
        Err(trouble) => Err(trouble),
    }
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
    let region = Global::Route53.home(hand.eye.region);
    let hand = Hand { eye: Eye { region: &region, ..hand.eye }, ..hand };
    let audit = Audit::act(hand, SERVICE);
    let call = hand.eye.clients.route53.change_resource_record_sets().hosted_zone_id(zone).change_batch(batch);
    let changed = audit.settle(call.customize().interceptor(audit.clone()).send()).await?;
    Ok(Receipt { id: changed.change_info().map(|info| Clean::new(bare(info.id(), "/change/"))), exit: None })
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
        .set_failover(record.failover.as_deref().map(ResourceRecordSetFailover::from))
        .set_region(record.region.as_deref().map(ResourceRecordSetRegion::from))
        .set_multi_value_answer(record.multivalue.then_some(true))
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
