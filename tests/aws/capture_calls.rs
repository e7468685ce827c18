//! How many calls a capture takes: what each kind may ask of one thing, and what is asked of many at once. A kind that is not in
//! the table fails, and so does a call that nobody allowed it.

use landfall::inventory::registry::{calls, kinds};
use landfall::snapshot::{Resource, Snapshot};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// What a kind asks of one thing by itself, and how often at most.
type Singles = &'static [(&'static str, usize)];

/// Of every kind what is asked of one thing at a time. What is in no row is asked of many at once, or once for all.
const ALONE: &[(&str, Singles)] = &[
    ("alarm", &[("cloudwatch.ListTagsForResource", 1)]),
    ("aurora-cluster", &[]),
    (
        "autoscaling-group",
        &[
            ("autoscaling.DescribePolicies", 1),
            ("autoscaling.DescribeLifecycleHooks", 1),
            ("autoscaling.DescribeScheduledActions", 1),
            ("ec2.DescribeLaunchTemplateVersions", 2),
        ],
    ),
    (
        "bucket",
        &[
            ("s3.GetBucketLocation", 1),
            ("s3.GetBucketVersioning", 1),
            ("s3.GetBucketEncryption", 1),
            ("s3.GetBucketPolicy", 1),
            ("s3.GetPublicAccessBlock", 1),
            ("s3.GetBucketOwnershipControls", 1),
            ("s3.GetBucketLifecycleConfiguration", 1),
            ("s3.GetBucketReplication", 1),
            ("s3.GetBucketCors", 1),
            ("s3.GetBucketNotificationConfiguration", 1),
            ("s3.GetBucketLogging", 1),
            ("s3.GetBucketTagging", 1),
        ],
    ),
    (
        "cache-parameter-group",
        &[
            ("elasticache.DescribeCacheParameterGroups", 1),
            ("elasticache.DescribeCacheParameters", 1),
            ("elasticache.ListTagsForResource", 1),
        ],
    ),
    ("cache-subnet-group", &[("elasticache.DescribeCacheSubnetGroups", 1), ("elasticache.ListTagsForResource", 1)]),
    ("capacity-provider", &[]),
    ("certificate", &[("acm.DescribeCertificate", 1), ("acm.ListTagsForCertificate", 1)]),
    (
        "cluster-parameter-group",
        &[
            ("rds.DescribeDBClusterParameterGroups", 1),
            ("rds.DescribeDBClusterParameters", 1),
            ("rds.ListTagsForResource", 1),
        ],
    ),
    ("db-instance", &[]),
    (
        "db-parameter-group",
        &[("rds.DescribeDBParameterGroups", 1), ("rds.DescribeDBParameters", 1), ("rds.ListTagsForResource", 1)],
    ),
    ("db-subnet-group", &[("rds.DescribeDBSubnetGroups", 1), ("rds.ListTagsForResource", 1)]),
    ("dhcp-options", &[]),
    ("ecs-cluster", &[]),
    ("ecs-service", &[("ecs.ListTasks", 1)]),
    ("egress-only-gateway", &[]),
    ("eip", &[]),
    (
        "function",
        &[
            ("lambda.GetFunction", 1),
            ("lambda.GetPolicy", 1),
            ("lambda.ListAliases", 1),
            // One for each alias too, and one for the tags of each.
            ("lambda.ListEventSourceMappings", 2),
            ("lambda.ListTags", 1),
            ("lambda.GetFunctionConcurrency", 1),
        ],
    ),
    ("global-cluster", &[]),
    ("global-datastore", &[("elasticache.DescribeGlobalReplicationGroups", 1)]),
    ("health-check", &[("route53.GetHealthCheck", 1), ("route53.ListTagsForResource", 1)]),
    ("iam-policy", &[("iam.GetPolicy", 1), ("iam.GetPolicyVersion", 1)]),
    (
        "iam-role",
        // A policy that stands in the role is a call of its own.
        &[
            ("iam.GetRole", 1),
            ("iam.ListRolePolicies", 1),
            ("iam.GetRolePolicy", INLINE),
            ("iam.ListAttachedRolePolicies", 1),
            ("iam.ListInstanceProfilesForRole", 1),
        ],
    ),
    ("instance-profile", &[("iam.GetInstanceProfile", 1)]),
    ("internet-gateway", &[]),
    (
        "kms-key",
        &[
            ("kms.DescribeKey", 1),
            ("kms.GetKeyPolicy", 1),
            ("kms.GetKeyRotationStatus", 1),
            ("kms.ListResourceTags", 1),
        ],
    ),
    ("launch-template", &[("ec2.DescribeLaunchTemplateVersions", 1)]),
    (
        "listener",
        &[("elasticloadbalancing.DescribeListenerCertificates", 1), ("elasticloadbalancing.DescribeRules", 1)],
    ),
    (
        "load-balancer",
        &[("elasticloadbalancing.DescribeLoadBalancerAttributes", 1), ("elasticloadbalancing.DescribeListeners", 1)],
    ),
    (
        "log-group",
        &[
            ("logs.DescribeLogGroups", 1),
            ("logs.ListTagsForResource", 1),
            ("logs.DescribeMetricFilters", 1),
            ("logs.DescribeSubscriptionFilters", 1),
        ],
    ),
    ("nat-gateway", &[]),
    ("network-acl", &[]),
    ("option-group", &[("rds.DescribeOptionGroups", 1), ("rds.ListTagsForResource", 1)]),
    ("parameter", &[("ssm.ListTagsForResource", 1)]),
    ("queue", &[("sqs.GetQueueUrl", 1), ("sqs.GetQueueAttributes", 1), ("sqs.ListQueueTags", 1)]),
    ("record", &[]),
    (
        "replication-group",
        &[
            ("elasticache.DescribeReplicationGroups", 1),
            ("elasticache.DescribeCacheClusters", 1),
            ("elasticache.ListTagsForResource", 1),
        ],
    ),
    ("repository", &[("ecr.ListTagsForResource", 1), ("ecr.GetLifecyclePolicy", 1), ("ecr.GetRepositoryPolicy", 1)]),
    ("route-table", &[]),
    (
        "scalable-target",
        &[("application-autoscaling.DescribeScalingPolicies", 1), ("application-autoscaling.ListTagsForResource", 1)],
    ),
    ("secret", &[("secretsmanager.DescribeSecret", 1), ("secretsmanager.GetResourcePolicy", 1)]),
    ("security-group", &[]),
    ("subnet", &[]),
    (
        "table",
        &[
            ("dynamodb.DescribeTable", 1),
            ("dynamodb.DescribeTimeToLive", 1),
            ("dynamodb.DescribeContinuousBackups", 1),
            ("dynamodb.ListTagsOfResource", 1),
        ],
    ),
    ("target-group", &[("elasticloadbalancing.DescribeTargetGroupAttributes", 1)]),
    ("task-definition", &[("ecs.DescribeTaskDefinition", 1)]),
    (
        "topic",
        // How one who subscribed is reached is told of each alone.
        &[
            ("sns.GetTopicAttributes", 1),
            ("sns.ListSubscriptionsByTopic", 1),
            ("sns.GetSubscriptionAttributes", SUBSCRIBED),
            ("sns.ListTagsForResource", 1),
        ],
    ),
    ("vpc", &[("ec2.DescribeVpcAttribute", 2)]),
    ("vpc-endpoint", &[]),
    ("zone", &[("route53.ListTagsForResource", 1), ("route53.ListResourceRecordSets", 1)]),
];

/// As many as there are of it in the thing.
const INLINE: usize = usize::MAX;
const SUBSCRIBED: usize = usize::MAX - 1;

/// What is asked once for all, whatever is captured: its pages are few.
const ONCE: &[&str] = &[
    "autoscaling.DescribeAutoScalingGroups",
    "ecr.DescribeRegistry",
    "kms.ListAliases",
    "rds.DescribeDBInstances",
    "rds.DescribeGlobalClusters",
    "route53.ListHostedZones",
    "sts.GetCallerIdentity",
    "tag.GetResources",
];

/// What is asked of one thing where a plan or a balancer names it otherwise than by its id.
const NAMED: &[&str] = &["elasticloadbalancing.DescribeLoadBalancers", "elasticloadbalancing.DescribeTargetGroups"];

/// How many calls more than full ones: what is found later is asked in a round of its own.
const ROUNDS: usize = 3;

/// Holds `counted`, which a capture took to come to `snapshot`, to the table.
pub fn are_no_more_than_allowed(snapshot: &Snapshot, counted: &BTreeMap<String, usize>) {
    let mut allowed: BTreeMap<&str, usize> = BTreeMap::new();
    for resource in &snapshot.resources {
        let (_, alone) = ALONE.iter().find(|(kind, _)| *kind == resource.kind).expect("a kind of the table");
        let count = |field: &str| match resource.config.get(field) {
            Some(Value::Object(members)) => members.len(),
            Some(Value::Array(items)) => items.len(),
            _ => 0,
        };
        for (operation, times) in *alone {
            let times = match *times {
                INLINE => count("Inline"),
                SUBSCRIBED => count("Subscriptions"),
                times => times,
            };
            *allowed.entry(*operation).or_default() += times;
        }
    }
    // What leads to what was captured is looked for in every zone there is.
    let mut over = Vec::new();
    for (operation, times) in counted {
        let many = calls().into_iter().filter(|call| said(call) == *operation).filter_map(|call| call.many.as_ref());
        // The test cloud tells ten parameters a page, however many are asked for.
        let page = if operation.as_str() == "ssm.DescribeParameters" { 10 } else { usize::MAX };
        let most = many.map(|many| many.most.min(page)).min();
        let asks = |resource: &&Resource| {
            let kind = kinds().find(|kind| kind.name == resource.kind).expect("a kind");
            kind.calls.iter().any(|call| said(call) == *operation)
        };
        // Each rule of a listener has tags of its own.
        let rules = |resource: &Resource| resource.config.get("Rules").and_then(Value::as_object).map_or(0, Map::len);
        let things: usize = snapshot.resources.iter().filter(asks).map(|one| 1 + rules(one)).sum();
        let more = match most {
            Some(most) => things.div_ceil(most) + ROUNDS,
            None if ONCE.contains(&operation.as_str()) => snapshot.resources.len().div_ceil(100) + 1,
            None => 0,
        };
        let allowed = allowed.get(operation.as_str()).copied().unwrap_or_default() + more;
        if *times > allowed {
            over.push(format!("{operation}: {times}, {allowed} at most"));
        }
    }
    assert!(over.is_empty(), "{over:#?}");
}

fn said(call: &landfall::inventory::Operation) -> String {
    format!("{}.{}", call.api.word(), call.name)
}

#[test]
fn every_kind_asks_alone_what_the_table_says_and_nothing_else() {
    let named: BTreeSet<&str> = kinds().map(|kind| kind.name).collect();
    let table: BTreeSet<&str> = ALONE.iter().map(|(kind, _)| *kind).collect();
    assert_eq!(named, table);
    for kind in kinds() {
        let (_, alone) = ALONE.iter().find(|(name, _)| *name == kind.name).expect("a row");
        let alone: BTreeSet<String> = alone.iter().map(|(operation, _)| (*operation).to_owned()).collect();
        let asked = kind.calls.iter().filter(|call| call.many.is_none()).map(|call| said(call));
        let asked: BTreeSet<String> =
            asked.filter(|call| !ONCE.contains(&call.as_str()) && !NAMED.contains(&call.as_str())).collect();
        let asked = match kind.name {
            // Its definition's, its balancer's and its zone's.
            "ecs-service" => &asked - &BTreeSet::from(["ecs.DescribeTaskDefinition".to_owned()]),
            "listener" => &asked - &BTreeSet::from(["elasticloadbalancing.DescribeListeners".to_owned()]),
            "record" => &asked - &BTreeSet::from(["route53.ListResourceRecordSets".to_owned()]),
            "zone" => &asked | &BTreeSet::from(["route53.ListResourceRecordSets".to_owned()]),
            _ => asked,
        };
        assert_eq!(asked, alone, "{}", kind.name);
    }
}
