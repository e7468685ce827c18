//! The way back of a database: a new replica under the old name, of the instance that writes now; then a switchover; then a
//! replica again on the other side. Nothing is deleted: what was fenced is kept.

use super::fields::Said;
use super::image::{FenceImage, ReplicaImage};
use super::settings::DbSettings;
use crate::plan::Component;
use crate::service::turned::{Done, Turned, said as said_of};
use crate::service::work::Image;
use serde_json::{Value, json};

/// Where a failback is told what the old writer was called by its fence.
pub(super) const FENCED: &str = "fenced";
/// Where a failback is told for how many days the replica kept backups of its own.
const REPLICA_BACKUP_DAYS: &str = "replica_backup_days";

/// For how many days that was, where the journal says so.
pub(super) fn replica_backup_days(component: &Component) -> Option<u32> {
    said_of(component, REPLICA_BACKUP_DAYS)?.as_u64()?.try_into().ok()
}

/// The component of the failback.
///
/// # Errors
/// Why there is none.
pub(super) fn of(component: &Component, said: &Said, done: &Done<'_>) -> Result<Turned, String> {
    let promoted = done.step("promote").filter(|step| step.is_verified && step.acted);
    if promoted.is_none() {
        return Err(format!("{} was not promoted by that run", said.recovery));
    }
    let Some(image) = done.before("fence").and_then(FenceImage::read) else {
        return Err(format!(
            "the journal does not say that {} was fenced: while an instance has that name, no replica can be made under it",
            said.primary
        ));
    };
    if done.step("fence").is_none_or(|fence| !fence.is_verified) {
        return Err(format!("it was not confirmed that {} was fenced", said.primary));
    }
    if crate::plan::partition(&done.application.primary).0 != "aws" {
        let why = "RDS wants a presigned URL for a replica of another region there, and none is made";
        return Err(why.to_owned());
    }
    let mut turned = Turned::of(component);
    turned.set("primary", json!(said.recovery));
    turned.set("recovery", json!(said.primary));
    // The lag of a replica is told only while it is let through to its source.
    turned.set("isolate", Value::Null);
    turned.said(FENCED, json!(image.fenced_as));
    let days = Some(image.backup_retention_days).filter(|days| *days > 0);
    let settings = DbSettings { backup_days: days, ..*image.settings };
    turned.said("settings", serde_json::to_value(&settings).unwrap_or_default());
    // A replica has backups of its own where somebody has switched them on.
    if let Some(before) = done.before("promote").and_then(ReplicaImage::of_journal) {
        turned.said(REPLICA_BACKUP_DAYS, json!(before.backup_retention_days));
    }
    let region = &done.application.primary;
    turned.notes.push(format!("{} writes now; {} is to be made anew, as its replica", said.recovery, said.primary));
    turned.notes.push(format!("settings: as those of {} were before it was fenced", said.primary));
    turned.keeps.push(format!("{} in {region}: the old writer, with what was written to it last", image.fenced_as));
    turned.diverged.push(format!("what {} took and {} did not is in {}", said.primary, said.recovery, image.fenced_as));
    Ok(turned)
}
