//! Backups and maintenance of an instance: what no replica can be made with (API Reference, CreateDBInstanceReadReplica).

use super::super::audit::Audit;
use super::super::desk::Hand;
use super::super::trouble::Trouble;
use crate::service::Receipt;
use crate::service::observation::DbUpkeep;

/// `ModifyDBInstance` of these alone, at once.
pub(super) async fn set(hand: Hand<'_>, id: &str, upkeep: &DbUpkeep) -> Result<Receipt, Trouble> {
    let audit = Audit::act(hand, "rds");
    let call = hand
        .eye
        .clients
        .rds
        .modify_db_instance()
        .db_instance_identifier(id)
        .set_backup_retention_period(upkeep.backup_days.and_then(|days| i32::try_from(days).ok()))
        .set_preferred_backup_window(upkeep.backup_window.as_ref().map(ToString::to_string))
        .set_preferred_maintenance_window(upkeep.maintenance_window.as_ref().map(ToString::to_string))
        .apply_immediately(true);
    audit.settle(call.customize().interceptor(audit.clone()).send()).await?;
    Ok(Receipt::default())
}
