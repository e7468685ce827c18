//! What no component is made of: plumbing, which others need and nothing recovers by itself, is told; all else is a task.

use super::estate::Estate;
use super::order::Order;
use super::state::Resource;
use super::stores::missing;
use crate::import::draft::{Draft, Piece};
use std::collections::BTreeMap;

/// Types that hold data and for which there is no kind.
const STORES: &[(&str, &str)] = &[
    ("aws_docdb_cluster", "a DocumentDB cluster"),
    ("aws_neptune_cluster", "a Neptune cluster"),
    ("aws_redshift_cluster", "a Redshift cluster"),
    ("aws_memorydb_cluster", "a MemoryDB cluster"),
    ("aws_elasticache_serverless_cache", "a cache"),
    ("aws_opensearch_domain", "a search domain"),
    ("aws_elasticsearch_domain", "a search domain"),
    ("aws_efs_file_system", "a file system"),
    ("aws_fsx_windows_file_system", "a file system"),
    ("aws_fsx_lustre_file_system", "a file system"),
    ("aws_fsx_ontap_file_system", "a file system"),
    ("aws_ebs_volume", "a volume"),
    ("aws_keyspaces_table", "a table"),
    ("aws_timestreamwrite_table", "a table"),
    ("aws_dsql_cluster", "a DSQL cluster"),
    ("aws_msk_cluster", "a Kafka cluster"),
    ("aws_kinesis_stream", "a stream"),
    ("aws_mq_broker", "a broker"),
];

/// What is read with the component that it belongs to, or is nothing that a recovery does.
const PLUMBING: &[&str] = &[
    "aws_vpc",
    "aws_subnet",
    "aws_route",
    "aws_route_table",
    "aws_main_route_table_association",
    "aws_internet_gateway",
    "aws_nat_gateway",
    "aws_eip",
    "aws_egress_only_internet_gateway",
    "aws_network_",
    "aws_security_group",
    "aws_default_",
    "aws_flow_log",
    "aws_vpn_",
    "aws_ec2_",
    "aws_iam_",
    "aws_db_subnet_group",
    "aws_db_parameter_group",
    "aws_db_option_group",
    "aws_db_event_subscription",
    "aws_db_proxy",
    "aws_rds_cluster_",
    "aws_rds_global_cluster",
    "aws_elasticache_subnet_group",
    "aws_elasticache_parameter_group",
    "aws_elasticache_global_replication_group",
    "aws_ecs_cluster",
    "aws_ecs_task_definition",
    "aws_ecs_capacity_provider",
    "aws_ecr_",
    "aws_lb_",
    "aws_alb_",
    "aws_launch_template",
    "aws_launch_configuration",
    "aws_autoscaling_",
    "aws_appautoscaling_",
    "aws_cloudwatch_",
    "aws_lambda_",
    "aws_route53_",
    "aws_acm_",
    "aws_kms_",
    "aws_s3_",
    "aws_secretsmanager_",
    "aws_sqs_",
    "aws_sns_topic_",
    "aws_key_pair",
    "aws_dynamodb_",
    "aws_ssm_",
    "aws_cloudtrail",
    "aws_config_",
    "aws_wafv2_",
    "aws_backup_",
    "aws_db_instance_",
    "aws_service_discovery_",
    "aws_resourcegroups_",
    "aws_budgets_",
    "aws_guardduty_",
    "random_",
    "null_",
    "tls_",
    "local_",
    "time_",
    "terraform_",
    "archive_",
    "template_",
];

/// Of plumbing's families, what stands for itself all the same.
const NOT_PLUMBING: &[&str] = &["aws_ec2_", "aws_s3_bucket"];

pub(super) fn read(estate: &Estate<'_>, order: &mut Order, draft: &mut Draft) {
    for (kind, what) in STORES {
        for store in estate.primary(kind) {
            missing(store, "rds", what, "import-no-replica", order, draft);
        }
    }
    let (mut others, mut plumbing): (BTreeMap<&str, Vec<&Resource<'_>>>, BTreeMap<&str, usize>) = Default::default();
    let mut first = None;
    for resource in estate.all() {
        let is_recoverys = resource.region.is_some() && resource.region == estate.recovery;
        if order.component(resource).is_some() || is_recoverys {
            continue;
        }
        if is_plumbing(&resource.kind) {
            first.get_or_insert_with(|| resource.place());
            *plumbing.entry(&resource.kind).or_default() += 1;
        } else {
            others.entry(&resource.kind).or_default().push(resource);
        }
    }
    for (kind, all) in others {
        let names: Vec<&str> = all.iter().map(|resource| resource.address.as_str()).collect();
        let short = kind.trim_start_matches("aws_").replace('_', "-");
        let ask = format!("bring up what the recovery region needs of {kind}: {}", names.join(", "));
        let found = format!("there is no kind for {kind}: {}", cut(&names.join(", ")));
        let piece = Piece::manual(&short, &ask, all[0].place());
        let name = draft.add(piece.fails(
            "import-unknown-type",
            found,
            "put the component that is meant in its place, or take it out",
        ));
        order.is(&name, "ecs", all.iter().copied());
    }
    if let Some(place) = first {
        let counted: Vec<String> = plumbing.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        draft.tells(
            "import-plumbing",
            None,
            place,
            format!("read for what needs what, and no component: {}", counted.join(", ")),
        );
    }
}

fn is_plumbing(kind: &str) -> bool {
    let is_of = |prefix: &&str| {
        kind == *prefix
            || (kind.starts_with(*prefix) && (prefix.ends_with('_') || kind[prefix.len()..].starts_with('_')))
    };
    // What is in no region of the plan, such as a bucket of a third one, was looked at as a component already.
    PLUMBING.iter().any(is_of) || NOT_PLUMBING.contains(&kind)
}

fn cut(text: &str) -> String {
    if text.chars().count() > 300 { text.chars().take(300).chain("…".chars()).collect() } else { text.to_owned() }
}
