//! A read replica in another region (RDS User Guide, "Creating a read replica in a different AWS Region").

use super::super::audit::Audit;
use super::super::desk::Hand;
use super::super::trouble::Trouble;
use crate::service::Receipt;
use crate::service::observation::DbSettings;
use crate::text::Clean;
use aws_sdk_rds::types::Tag;

/// `CreateDBInstanceReadReplica`, in the region that the replica is to be in. Only the partitions of GovCloud and China want a
/// presigned URL with it (RDS API Reference, PreSignedUrl): there no way back is derived.
pub(super) async fn create(hand: Hand<'_>, id: &str, source: &str, settings: &DbSettings) -> Result<Receipt, Trouble> {
    let audit = Audit::act(hand, "rds");
    let text = |given: &Option<Clean>| given.as_ref().map(ToString::to_string);
    let texts = |given: &[Clean]| {
        let given: Vec<String> = given.iter().map(ToString::to_string).collect();
        (!given.is_empty()).then_some(given)
    };
    let monitored = settings.monitoring_seconds.filter(|seconds| *seconds > 0);
    let insights = settings.performance_insights.filter(|on| *on);
    let tag = |key: &str, value: &str| Tag::builder().key(key).value(value).build();
    let kept = settings.tags.iter().map(|(key, value)| tag(key, value));
    let tags = kept.chain([tag("landfall:created-by", "failback")]).collect();
    let call = hand
        .eye
        .clients
        .rds
        .create_db_instance_read_replica()
        .db_instance_identifier(id)
        .source_db_instance_identifier(source)
        .set_db_instance_class(text(&settings.class))
        .set_db_subnet_group_name(text(&settings.subnet_group))
        .set_vpc_security_group_ids(texts(&settings.security_groups))
        .set_db_parameter_group_name(text(&settings.parameter_group))
        .set_option_group_name(text(&settings.option_group))
        .set_kms_key_id(text(&settings.kms_key))
        .set_multi_az(settings.multi_az)
        .set_storage_type(text(&settings.storage_type))
        .set_iops(settings.iops)
        .set_storage_throughput(settings.throughput)
        .set_max_allocated_storage(settings.max_allocated_gib)
        .set_network_type(text(&settings.network_type))
        .set_publicly_accessible(settings.public)
        .set_enable_iam_database_authentication(settings.iam_authentication)
        .set_monitoring_interval(monitored)
        .set_monitoring_role_arn(text(&settings.monitoring_role).filter(|_| monitored.is_some()))
        .set_enable_performance_insights(insights)
        .set_performance_insights_kms_key_id(text(&settings.performance_insights_key).filter(|_| insights.is_some()))
        .set_performance_insights_retention_period(settings.performance_insights_days.filter(|_| insights.is_some()))
        .set_enable_cloudwatch_logs_exports(texts(&settings.log_exports))
        .set_ca_certificate_identifier(text(&settings.ca_certificate))
        .set_deletion_protection(settings.deletion_protection)
        .set_auto_minor_version_upgrade(settings.minor_upgrades)
        .set_copy_tags_to_snapshot(settings.copy_tags)
        .set_port(settings.port.map(i32::from))
        .set_tags(Some(tags));
    audit.settle(call.customize().interceptor(audit.clone()).send()).await?;
    Ok(Receipt::default())
}
