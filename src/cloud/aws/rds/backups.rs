//! What RDS keeps of databases and makes of it again: replicated automated backups, snapshots, restores (Amazon RDS User Guide,
//! "Restoring a DB instance to a specified time", "Replicating automated backups to another AWS Region").

use super::{clean, told};
use crate::cloud::aws::audit::Audit;
use crate::cloud::aws::desk::{Answers, Eye, Hand, time};
use crate::cloud::aws::trouble::Trouble;
use crate::service::observation::{AutomatedBackup, DbSnapshot};
use crate::service::{Observation, Query, RdsObservation, RdsOperation, RdsQuery, Receipt, RestoreFrom};
use crate::text::Clean;
use aws_sdk_rds::types::{DbInstanceAutomatedBackup, DbSnapshot as Snapshot, Tag};
use aws_smithy_types::DateTime;

/// The tag by which a run knows what it restored.
pub(super) const TAG: &str = "landfall:run";

/// The codes of what is not there.
const NO_BACKUP: &[&str] = &["DBInstanceAutomatedBackupNotFound", "DBInstanceAutomatedBackupNotFoundFault"];
const NO_SNAPSHOT: &[&str] = &["DBSnapshotNotFound", "DBSnapshotNotFoundFault"];

/// The backups and snapshots asked for, a call each.
pub(super) async fn look(eye: Eye<'_>, queries: Vec<&Query>) -> Answers {
    let looks = queries.into_iter().map(|query| async move {
        let answer: Result<Observation, Trouble> = match query {
            Query::Rds(RdsQuery::AutomatedBackup { arn }) => {
                backup(eye, arn).await.map(|backup| RdsObservation::AutomatedBackup { backup }.into())
            }
            Query::Rds(RdsQuery::DbSnapshot { id }) => {
                snapshot(eye, id).await.map(|snapshot| RdsObservation::DbSnapshot { snapshot }.into())
            }
            _ => Err(Trouble::hollow()),
        };
        (query.clone(), answer.map_err(|trouble| trouble.unanswered()))
    });
    futures::future::join_all(looks).await
}

async fn backup(eye: Eye<'_>, arn: &str) -> Result<Option<AutomatedBackup>, Trouble> {
    let audit = Audit::look(eye, "rds");
    let call = eye.clients.rds.describe_db_instance_automated_backups().db_instance_automated_backups_arn(arn);
    match audit.settle(call.customize().interceptor(audit.clone()).send()).await {
        Ok(found) => Ok(found.db_instance_automated_backups().first().map(backup_told)),
        Err(trouble) if trouble.is(NO_BACKUP) => Ok(None),
        Err(trouble) => Err(trouble),
    }
}

fn backup_told(found: &DbInstanceAutomatedBackup) -> AutomatedBackup {
    let window = found.restore_window();
    AutomatedBackup {
        arn: clean(found.db_instance_automated_backups_arn()),
        status: clean(found.status()),
        engine: clean(found.engine()),
        earliest: window.and_then(|window| time(window.earliest_time()?)),
        latest: window.and_then(|window| time(window.latest_time()?)),
    }
}

async fn snapshot(eye: Eye<'_>, id: &str) -> Result<Option<DbSnapshot>, Trouble> {
    let audit = Audit::look(eye, "rds");
    let call = eye.clients.rds.describe_db_snapshots().db_snapshot_identifier(id);
    match audit.settle(call.customize().interceptor(audit.clone()).send()).await {
        Ok(found) => Ok(found.db_snapshots().first().map(snapshot_told)),
        Err(trouble) if trouble.is(NO_SNAPSHOT) => Ok(None),
        Err(trouble) => Err(trouble),
    }
}

fn snapshot_told(found: &Snapshot) -> DbSnapshot {
    // A copy is made later than what it holds.
    let times = [found.snapshot_database_time(), found.original_snapshot_create_time(), found.snapshot_create_time()];
    DbSnapshot {
        id: clean(found.db_snapshot_identifier()),
        arn: clean(found.db_snapshot_arn()),
        status: clean(found.status()),
        engine: clean(found.engine()),
        taken_at: times.into_iter().flatten().find_map(time),
    }
}

/// Restores: always with its own name on it.
pub(super) async fn restore(hand: Hand<'_>, operation: &RdsOperation) -> Result<Receipt, Trouble> {
    let RdsOperation::RestoreDbInstance {
        from,
        id,
        class,
        subnet_group,
        security_groups,
        parameter_group,
        multi_az,
        run,
    } = operation
    else {
        return Err(Trouble::hollow());
    };
    let text = |given: &Option<Clean>| given.as_ref().map(ToString::to_string);
    let groups: Vec<String> = security_groups.iter().map(ToString::to_string).collect();
    let groups = (!groups.is_empty()).then_some(groups);
    let tag = Tag::builder().key(TAG).value(run.as_str()).build();
    let (rds, audit) = (&hand.eye.clients.rds, Audit::act(hand, "rds"));
    let made = match from {
        RestoreFrom::Backup { backup, to } => {
            let call = rds
                .restore_db_instance_to_point_in_time()
                .source_db_instance_automated_backups_arn(backup.as_str())
                .target_db_instance_identifier(id.as_str())
                .set_use_latest_restorable_time(to.is_none().then_some(true))
                .set_restore_time(to.map(|to| DateTime::from_secs(to.as_second())))
                .set_db_instance_class(text(class))
                .set_db_subnet_group_name(text(subnet_group))
                .set_vpc_security_group_ids(groups)
                .set_db_parameter_group_name(text(parameter_group))
                .multi_az(*multi_az)
                .tags(tag);
            audit.settle(call.customize().interceptor(audit.clone()).send()).await?.db_instance
        }
        RestoreFrom::Snapshot { snapshot } => {
            let audit = Audit::act(hand, "rds");
            let call = rds
                .restore_db_instance_from_db_snapshot()
                .db_snapshot_identifier(snapshot.as_str())
                .db_instance_identifier(id.as_str())
                .set_db_instance_class(text(class))
                .set_db_subnet_group_name(text(subnet_group))
                .set_vpc_security_group_ids(groups)
                .set_db_parameter_group_name(text(parameter_group))
                .multi_az(*multi_az)
                .tags(tag);
            audit.settle(call.customize().interceptor(audit.clone()).send()).await?.db_instance
        }
    };
    Ok(Receipt { id: made.and_then(|made| told(made.db_instance_arn())), exit: None })
}

/// Deletes, with a last snapshot.
pub(super) async fn delete(hand: Hand<'_>, id: &str, last: &str) -> Result<Receipt, Trouble> {
    let audit = Audit::act(hand, "rds");
    let call = hand.eye.clients.rds.delete_db_instance().db_instance_identifier(id).skip_final_snapshot(false);
    let call = call.final_db_snapshot_identifier(last).customize().interceptor(audit.clone());
    audit.settle(call.send()).await?;
    Ok(Receipt { id: Some(Clean::new(last)), exit: None })
}
