//! Amazon RDS: instances and replicas, and Aurora's clusters (AWS guides "Working with DB instance read replicas", "Renaming a DB instance").

mod backups;
mod clusters;
mod evidence;
mod parameters;
mod replica;
mod upkeep;

use super::audit::Audit;
use super::desk::{Answers, Asked, Eye, Hand, Look, all_unanswered, time};
use super::trouble::Trouble;
use crate::service::observation::{AccountQuota, DbInstance, DbSettings, Replication, goes_with};
use crate::service::{Observation, Query, RdsObservation, RdsOperation, RdsQuery, Receipt};
use crate::text::Clean;
use aws_sdk_rds::types::{DbInstance as Instance, Filter, PendingModifiedValues};
use std::collections::{BTreeSet, HashMap};

/// What is asked here.
pub(super) const READS: &[&str] = &[
    "DescribeDBInstances",
    "DescribeGlobalClusters",
    "DescribeDBClusters",
    "DescribeEvents",
    "DescribeDBClusterSnapshots",
    "DescribeDBInstanceAutomatedBackups",
    "DescribeDBSnapshots",
    "DescribeDBParameters",
    "DescribeDBClusterParameters",
    "DescribeAccountAttributes",
];

/// The looks that answer `asked`.
pub(super) fn looks<'a>(eye: Eye<'a>, asked: Asked<'a, RdsQuery>) -> Vec<Look<'a>> {
    let (mut instances, mut globals, mut clusters) = (Vec::new(), Vec::new(), Vec::new());
    let (mut events, mut snapshots, mut kept) = (Vec::new(), Vec::new(), Vec::new());
    let (mut groups, mut quotas) = (Vec::new(), Vec::new());
    for (query, words) in asked {
        match words {
            RdsQuery::DbInstance { .. } => instances.push(query),
            RdsQuery::GlobalCluster { .. } => globals.push(query),
            RdsQuery::DbCluster { .. } => clusters.push(query),
            RdsQuery::DbEvents { .. } => events.push(query),
            RdsQuery::ClusterSnapshots { .. } => snapshots.push(query),
            RdsQuery::AutomatedBackup { .. } | RdsQuery::DbSnapshot { .. } => kept.push(query),
            RdsQuery::Parameters { .. } | RdsQuery::ClusterParameters { .. } => groups.push(query),
            RdsQuery::InstanceQuota => quotas.push(query),
        }
    }
    vec![
        Look::of(instances, |queries| look(eye, queries)),
        Look::of(globals, |queries| clusters::look_at_globals(eye, queries)),
        Look::of(clusters, |queries| clusters::look_at_clusters(eye, queries)),
        Look::of(events, |queries| clusters::look_at_events(eye, queries)),
        Look::of(snapshots, |queries| clusters::look_at_snapshots(eye, queries)),
        Look::of(kept, |queries| backups::look(eye, queries)),
        Look::of(groups, |queries| parameters::look(eye, queries)),
        Look::of(quotas, |queries| quota(eye, queries)),
    ]
}

/// What the account's attributes call its instances.
const INSTANCES: &str = "DBInstances";

/// `DescribeAccountAttributes`: how many instances the account may have in the region, and has.
async fn quota(eye: Eye<'_>, queries: Vec<&Query>) -> Answers {
    let audit = Audit::look(eye, "rds");
    let call = eye.clients.rds.describe_account_attributes().customize().interceptor(audit.clone());
    let found = match audit.settle(call.send()).await {
        Ok(found) => found,
        Err(trouble) => return all_unanswered(&queries, &trouble),
    };
    let own = found.account_quotas().iter().find(|quota| quota.account_quota_name() == Some(INSTANCES));
    let quota = own.and_then(|quota| Some(AccountQuota { used: quota.used()?, most: quota.max()? }));
    let seen = || Ok(Observation::Rds(RdsObservation::InstanceQuota { quota }));
    queries.into_iter().map(|query| (query.clone(), seen())).collect()
}

/// How many instances one DescribeDBInstances call returns at most without paging.
const PAGE: usize = 100;

/// Describes every instance asked for in one call a hundred. An id that the answer leaves out is not there.
pub(super) async fn look(eye: Eye<'_>, queries: Vec<&Query>) -> Answers {
    let mut answers = Vec::new();
    for chunk in queries.chunks(PAGE) {
        answers.extend(describe(eye, chunk).await);
    }
    answers
}

async fn describe(eye: Eye<'_>, queries: &[&Query]) -> Answers {
    let ids: Vec<String> = queries.iter().filter_map(|query| id(query)).map(str::to_owned).collect();
    let filter = Filter::builder().name("db-instance-id").set_values(Some(ids)).build();
    let audit = Audit::look(eye, "rds");
    let call = eye.clients.rds.describe_db_instances().filters(filter).customize().interceptor(audit.clone());
    let found = match audit.settle(call.send()).await {
        Ok(found) => found,
        Err(trouble) => return all_unanswered(queries, &trouble),
    };
    let instances: HashMap<String, DbInstance> =
        found.db_instances().iter().map(instance).map(|instance| (instance.id.to_lowercase(), instance)).collect();
    queries
        .iter()
        .map(|query| {
            // RDS keeps identifiers in lower case, however they were written when it was asked to make them.
            let instance = id(query).and_then(|id| instances.get(&id.to_lowercase())).cloned();
            ((*query).clone(), Ok(Observation::Rds(RdsObservation::DbInstance { instance })))
        })
        .collect()
}

fn id(query: &Query) -> Option<&str> {
    match query {
        Query::Rds(RdsQuery::DbInstance { id }) => Some(id.as_str()),
        _ => None,
    }
}

fn instance(found: &Instance) -> DbInstance {
    let replication = found.status_infos().iter().find(|info| info.status_type() == Some("read replication"));
    DbInstance {
        id: clean(found.db_instance_identifier()),
        arn: clean(found.db_instance_arn()),
        resource_id: clean(found.dbi_resource_id()),
        status: clean(found.db_instance_status()),
        becomes: found.pending_modified_values().and_then(|pending| told(pending.db_instance_identifier())),
        engine: clean(found.engine()),
        cluster: told(found.db_cluster_identifier()),
        replica_of: told(found.read_replica_source_db_instance_identifier()),
        replica_of_cluster: told(found.read_replica_source_db_cluster_identifier()),
        replicas: found.read_replica_db_instance_identifiers().iter().map(|id| Clean::new(id)).collect(),
        replication: replication.map(|info| Replication {
            status: clean(info.status()),
            normal: info.normal().unwrap_or(false),
            message: told(info.message()),
        }),
        backup_retention_days: found.backup_retention_period().and_then(|days| u32::try_from(days).ok()).unwrap_or(0),
        endpoint: found.endpoint().and_then(|endpoint| endpoint.address()).map(Clean::new),
        port: port(found),
        restored_by: found
            .tag_list()
            .iter()
            .find(|tag| tag.key() == Some(backups::TAG))
            .and_then(|tag| told(tag.value())),
        pending: found.pending_modified_values().map(pending).unwrap_or_default(),
        parameters_applied: found.db_parameter_groups().first().and_then(|group| told(group.parameter_apply_status())),
        subnet_zones: subnet_zones(found),
        certificate_until: found.certificate_details().and_then(|details| time(details.valid_till()?)),
        restorable_to: found.latest_restorable_time().and_then(time),
        settings: Box::new(settings(found)),
    }
}

fn port(found: &Instance) -> Option<u16> {
    found.endpoint().and_then(|endpoint| endpoint.port()).and_then(|port| u16::try_from(port).ok())
}

fn subnet_zones(found: &Instance) -> Vec<Clean> {
    let subnets = found.db_subnet_group().map(|group| group.subnets()).unwrap_or_default();
    let zones = subnets.iter().filter_map(|subnet| told(subnet.subnet_availability_zone()?.name()));
    zones.collect::<BTreeSet<Clean>>().into_iter().collect()
}

/// The names of what is to count later; that it is about to be called otherwise is told by itself, and no password is.
fn pending(values: &PendingModifiedValues) -> Vec<Clean> {
    let told = [
        ("DBInstanceClass", values.db_instance_class().is_some()),
        ("AllocatedStorage", values.allocated_storage().is_some()),
        ("Port", values.port().is_some()),
        ("BackupRetentionPeriod", values.backup_retention_period().is_some()),
        ("MultiAZ", values.multi_az().is_some()),
        ("EngineVersion", values.engine_version().is_some()),
        ("LicenseModel", values.license_model().is_some()),
        ("Iops", values.iops().is_some()),
        ("StorageType", values.storage_type().is_some()),
        ("CACertificateIdentifier", values.ca_certificate_identifier().is_some()),
        ("DBSubnetGroupName", values.db_subnet_group_name().is_some()),
        ("PendingCloudwatchLogsExports", values.pending_cloudwatch_logs_exports().is_some()),
        ("ProcessorFeatures", !values.processor_features().is_empty()),
        ("StorageThroughput", values.storage_throughput().is_some()),
        ("Engine", values.engine().is_some()),
        ("DedicatedLogVolume", values.dedicated_log_volume().is_some()),
        ("MultiTenant", values.multi_tenant().is_some()),
        ("IAMDatabaseAuthenticationEnabled", values.iam_database_authentication_enabled().is_some()),
    ];
    told.into_iter().filter(|(_, is_told)| *is_told).map(|(name, _)| name.into()).collect()
}

fn clean(text: Option<&str>) -> Clean {
    Clean::new(text.unwrap_or_default())
}

fn told(text: Option<&str>) -> Option<Clean> {
    text.filter(|text| !text.is_empty()).map(Clean::new)
}

fn settings(found: &Instance) -> DbSettings {
    // A group that is being added holds nobody up yet; one that is being removed may still let somebody in.
    let groups = found.vpc_security_groups().iter().filter(|group| group.status() != Some("adding"));
    let parameter_group = found.db_parameter_groups().first();
    let tags = found.tag_list().iter().filter(|tag| tag.key().is_some_and(goes_with));
    let option_group = found.option_group_memberships().iter().find(|group| group.status() != Some("removing"));
    DbSettings {
        class: told(found.db_instance_class()),
        engine_version: told(found.engine_version()),
        subnet_group: found.db_subnet_group().and_then(|group| told(group.db_subnet_group_name())),
        security_groups: groups.filter_map(|group| told(group.vpc_security_group_id())).collect(),
        parameter_group: parameter_group.and_then(|group| told(group.db_parameter_group_name())),
        option_group: option_group.and_then(|group| told(group.option_group_name())),
        encrypted: found.storage_encrypted(),
        kms_key: told(found.kms_key_id()),
        storage_type: told(found.storage_type()),
        allocated_gib: found.allocated_storage(),
        max_allocated_gib: found.max_allocated_storage(),
        iops: found.iops(),
        throughput: found.storage_throughput(),
        multi_az: found.multi_az(),
        availability_zone: told(found.availability_zone()),
        public: found.publicly_accessible(),
        network_type: told(found.network_type()),
        iam_authentication: found.iam_database_authentication_enabled(),
        monitoring_seconds: found.monitoring_interval(),
        monitoring_role: told(found.monitoring_role_arn()),
        performance_insights: found.performance_insights_enabled(),
        performance_insights_key: told(found.performance_insights_kms_key_id()),
        performance_insights_days: found.performance_insights_retention_period(),
        log_exports: found.enabled_cloudwatch_logs_exports().iter().map(|log| Clean::new(log)).collect(),
        ca_certificate: told(found.ca_certificate_identifier()),
        deletion_protection: found.deletion_protection(),
        minor_upgrades: found.auto_minor_version_upgrade(),
        copy_tags: found.copy_tags_to_snapshot(),
        backup_window: told(found.preferred_backup_window()),
        maintenance_window: told(found.preferred_maintenance_window()),
        port: port(found),
        tags: tags.filter_map(|tag| Some((told(tag.key())?, clean(tag.value())))).collect(),
        backup_days: None,
    }
}

/// Does what is done here.
pub(super) async fn act(hand: Hand<'_>, operation: &RdsOperation) -> Result<Receipt, Trouble> {
    match operation {
        RdsOperation::PromoteReadReplica { id, backup_retention_days } => {
            promote(hand, id, *backup_retention_days).await
        }
        RdsOperation::RenameDbInstance { id, new_id, security_groups } => {
            modify(hand, id, Some(new_id), security_groups).await
        }
        RdsOperation::SetDbSecurityGroups { id, security_groups } => modify(hand, id, None, security_groups).await,
        RdsOperation::ProtectDbInstance { id } => evidence::protect(hand, id).await,
        RdsOperation::SetDbUpkeep { id, upkeep } => upkeep::set(hand, id, upkeep).await,
        RdsOperation::TagDbInstance { arn, run, fenced_at } => {
            evidence::tag(hand, arn, run, fenced_at.as_deref()).await
        }
        RdsOperation::SwitchGlobalCluster { global, target } => clusters::switch(hand, global, target).await,
        RdsOperation::FailOverGlobalCluster { global, target } => clusters::fail_over(hand, global, target).await,
        RdsOperation::LeaveGlobalCluster { global, cluster } => clusters::leave(hand, global, cluster).await,
        RdsOperation::CopyClusterSnapshot { from, to } => clusters::copy(hand, from, to).await,
        RdsOperation::CreateReadReplica { id, source, settings } => replica::create(hand, id, source, settings).await,
        RdsOperation::RestoreDbInstance { .. } => backups::restore(hand, operation).await,
        RdsOperation::DeleteDbInstance { id, last } => backups::delete(hand, id, last).await,
    }
}

/// `PromoteReadReplica`. The retention is always said: the API's own default is one day.
async fn promote(hand: Hand<'_>, id: &str, retention_days: u32) -> Result<Receipt, Trouble> {
    let audit = Audit::act(hand, "rds");
    let days = i32::try_from(retention_days).unwrap_or(i32::MAX);
    let call = hand.eye.clients.rds.promote_read_replica().db_instance_identifier(id).backup_retention_period(days);
    audit.settle(call.customize().interceptor(audit.clone()).send()).await?;
    Ok(Receipt::default())
}

/// `ModifyDBInstance` at once: with a new identifier, with other security groups, or both. Without groups it keeps its own.
async fn modify(
    hand: Hand<'_>,
    id: &str,
    new_id: Option<&Clean>,
    security_groups: &[Clean],
) -> Result<Receipt, Trouble> {
    let audit = Audit::act(hand, "rds");
    let groups: Vec<String> = security_groups.iter().map(ToString::to_string).collect();
    let call = hand
        .eye
        .clients
        .rds
        .modify_db_instance()
        .db_instance_identifier(id)
        .set_new_db_instance_identifier(new_id.map(ToString::to_string))
        .set_vpc_security_group_ids((!groups.is_empty()).then_some(groups))
        .apply_immediately(true);
    audit.settle(call.customize().interceptor(audit.clone()).send()).await?;
    Ok(Receipt::default())
}
