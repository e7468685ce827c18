//! What is kept of the way there: an instance that cannot be deleted by mistake and says which run fenced it.

use super::super::audit::Audit;
use super::super::desk::Hand;
use super::super::trouble::Trouble;
use super::backups::TAG;
use crate::service::Receipt;
use aws_sdk_rds::types::Tag;

/// The tag that says when an instance was fenced.
const FENCED_AT: &str = "landfall:fenced-at";

/// `ModifyDBInstance` with DeletionProtection, at once: nothing else of it is changed.
pub(super) async fn protect(hand: Hand<'_>, id: &str) -> Result<Receipt, Trouble> {
    let audit = Audit::act(hand, "rds");
    let call = hand.eye.clients.rds.modify_db_instance().db_instance_identifier(id);
    let call = call.deletion_protection(true).apply_immediately(true);
    audit.settle(call.customize().interceptor(audit.clone()).send()).await?;
    Ok(Receipt::default())
}

/// `AddTagsToResource`.
pub(super) async fn tag(hand: Hand<'_>, arn: &str, run: &str, fenced_at: Option<&str>) -> Result<Receipt, Trouble> {
    let audit = Audit::act(hand, "rds");
    let tag = |key: &str, value: &str| Tag::builder().key(key).value(value).build();
    let at = fenced_at.map(|at| tag(FENCED_AT, at));
    let tags = [tag(TAG, run)].into_iter().chain(at).collect();
    let call = hand.eye.clients.rds.add_tags_to_resource().resource_name(arn).set_tags(Some(tags));
    audit.settle(call.customize().interceptor(audit.clone()).send()).await?;
    Ok(Receipt::default())
}
