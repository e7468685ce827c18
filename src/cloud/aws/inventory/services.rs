//! The services that a capture reads, as their models have them, and where the operations of REST go.

use crate::cloud::aws::caller::{At, Protocol, Route, Service};
use crate::cloud::aws::guard::Reads;
use crate::cloud::aws::{acm, dynamodb, ec2, ecr, iam, kms, route53, sqs, ssm};
use crate::inventory::Api;

/// What a capture may send: names, whatever they belong to. The inventory's own table holds no other, which a test asks.
pub(in crate::cloud::aws) const READS: &[&str] = &[
    "DescribeAddresses",
    "DescribeAlarms",
    "DescribeAutoScalingGroups",
    "DescribeCacheClusters",
    "DescribeCacheParameterGroups",
    "DescribeCacheParameters",
    "DescribeCacheSubnetGroups",
    "DescribeCapacityProviders",
    "DescribeCertificate",
    "DescribeClusters",
    "DescribeContinuousBackups",
    "DescribeDBClusterParameterGroups",
    "DescribeDBClusterParameters",
    "DescribeDBClusters",
    "DescribeDBInstances",
    "DescribeDBParameterGroups",
    "DescribeDBParameters",
    "DescribeDBSubnetGroups",
    "DescribeDhcpOptions",
    "DescribeEgressOnlyInternetGateways",
    "DescribeGlobalClusters",
    "DescribeGlobalReplicationGroups",
    "DescribeImages",
    "DescribeInternetGateways",
    "DescribeKey",
    "DescribeLaunchTemplateVersions",
    "DescribeLaunchTemplates",
    "DescribeLifecycleHooks",
    "DescribeListenerCertificates",
    "DescribeListeners",
    "DescribeLoadBalancerAttributes",
    "DescribeLoadBalancers",
    "DescribeLogGroups",
    "DescribeMetricFilters",
    "DescribeNatGateways",
    "DescribeNetworkAcls",
    "DescribeNotificationConfigurations",
    "DescribeOptionGroups",
    "DescribeParameters",
    "DescribeRegistry",
    "DescribePolicies",
    "DescribeReplicationGroups",
    "DescribeRepositories",
    "DescribeRouteTables",
    "DescribeRules",
    "DescribeScalableTargets",
    "DescribeScalingPolicies",
    "DescribeScheduledActions",
    "DescribeSecret",
    "DescribeSecurityGroupRules",
    "DescribeSecurityGroups",
    "DescribeServices",
    "DescribeSubnets",
    "DescribeSubscriptionFilters",
    "DescribeTable",
    "DescribeTags",
    "DescribeTargetGroupAttributes",
    "DescribeTargetGroups",
    "DescribeTaskDefinition",
    "DescribeTasks",
    "DescribeTimeToLive",
    "DescribeVpcAttribute",
    "DescribeVpcEndpoints",
    "DescribeVpcs",
    "GetBucketCors",
    "GetBucketEncryption",
    "GetBucketLifecycleConfiguration",
    "GetBucketLocation",
    "GetBucketLogging",
    "GetBucketNotificationConfiguration",
    "GetBucketOwnershipControls",
    "GetBucketPolicy",
    "GetBucketReplication",
    "GetBucketTagging",
    "GetBucketVersioning",
    "GetCallerIdentity",
    "GetFunction",
    "GetFunctionConcurrency",
    "GetHealthCheck",
    "GetInstanceProfile",
    "GetKeyPolicy",
    "GetKeyRotationStatus",
    "GetLifecyclePolicy",
    "GetPolicy",
    "GetPolicyVersion",
    "GetPublicAccessBlock",
    "GetQueueAttributes",
    "GetQueueUrl",
    "GetRepositoryPolicy",
    "GetResourcePolicy",
    "GetResources",
    "GetRole",
    "GetRolePolicy",
    "GetTopicAttributes",
    "GetSubscriptionAttributes",
    "ListAliases",
    "ListAttachedRolePolicies",
    "ListEventSourceMappings",
    "ListHostedZones",
    "ListInstanceProfilesForRole",
    "ListQueueTags",
    "ListResourceRecordSets",
    "ListResourceTags",
    "ListRolePolicies",
    "ListSubscriptionsByTopic",
    "ListTags",
    "ListTagsForCertificate",
    "ListTagsForResource",
    "ListTagsOfResource",
    "ListTasks",
];

const ALL: Reads = &[READS];

/// In every region, called alike by host and by signature.
const fn plain(id: &'static str, name: &'static str, at: At, protocol: Protocol) -> Service {
    Service { id, signing_name: name, at, host: name, dual_stack_host: name, protocol, reads: ALL, acts: &[] }
}

const fn json(target: &'static str) -> Protocol {
    Protocol::Json { target, version: "1.1" }
}

const fn query(version: &'static str) -> Protocol {
    Protocol::Query { version }
}

static ACM: Service = Service { reads: ALL, acts: &[], ..acm::SERVICE };
static AUTO_SCALING: Service = plain("Auto Scaling", "autoscaling", At::RegionsPlainInGov, query("2011-01-01"));
static CLOUDWATCH: Service = plain("CloudWatch", "monitoring", At::RegionsPlainInGov, query("2010-08-01"));
static DYNAMODB: Service = Service { reads: ALL, acts: &[], ..dynamodb::SERVICE };
static EC2: Service = Service { reads: ALL, acts: &[], ..ec2::SERVICE };
static ECR: Service = Service { reads: ALL, acts: &[], ..ecr::SERVICE };
static ECS: Service = plain("ECS", "ecs", At::Regions, json("AmazonEC2ContainerServiceV20141113"));
static ELASTICACHE: Service = plain("ElastiCache", "elasticache", At::RegionsPlainInGov, query("2015-02-02"));
static ELB: Service =
    plain("Elastic Load Balancing v2", "elasticloadbalancing", At::RegionsPlainInGov, query("2015-12-01"));
static IAM: Service = Service { reads: ALL, acts: &[], ..iam::SERVICE };
static KMS: Service = Service { reads: ALL, acts: &[], ..kms::SERVICE };
static LAMBDA: Service = plain("Lambda", "lambda", At::Regions, Protocol::RestJson);
static LOGS: Service = plain("CloudWatch Logs", "logs", At::Regions, json("Logs_20140328"));
static RDS: Service = plain("RDS", "rds", At::RegionsPlainInGov, query("2014-10-31"));
static ROUTE53: Service = Service { reads: ALL, acts: &[], ..route53::protections::SERVICE };
static S3: Service = plain("S3", "s3", At::Regions, Protocol::RestXml);
static SCALING: Service = plain(
    "Application Auto Scaling",
    "application-autoscaling",
    At::RegionsPlainInGov,
    json("AnyScaleFrontendService"),
);
static SECRETS: Service = plain("Secrets Manager", "secretsmanager", At::Regions, json("secretsmanager"));
static SNS: Service = plain("SNS", "sns", At::RegionsPlainInGov, query("2010-03-31"));
static SQS: Service = Service { reads: ALL, acts: &[], ..sqs::SERVICE };
static SSM: Service = Service { reads: ALL, acts: &[], ..ssm::SERVICE };
static STS: Service = plain("STS", "sts", At::RegionsPlainInGov, query("2011-06-15"));
static TAGGING: Service =
    plain("Resource Groups Tagging API", "tagging", At::Regions, json("ResourceGroupsTaggingAPI_20170126"));

/// The service of `api`.
pub(super) fn service(api: Api) -> &'static Service {
    match api {
        Api::Acm => &ACM,
        Api::AutoScaling => &AUTO_SCALING,
        Api::CloudWatch => &CLOUDWATCH,
        Api::DynamoDb => &DYNAMODB,
        Api::Ec2 => &EC2,
        Api::Ecr => &ECR,
        Api::Ecs => &ECS,
        Api::ElastiCache => &ELASTICACHE,
        Api::Elb => &ELB,
        Api::Iam => &IAM,
        Api::Kms => &KMS,
        Api::Lambda => &LAMBDA,
        Api::Logs => &LOGS,
        Api::Rds => &RDS,
        Api::Route53 => &ROUTE53,
        Api::S3 => &S3,
        Api::Scaling => &SCALING,
        Api::Secrets => &SECRETS,
        Api::Sns => &SNS,
        Api::Sqs => &SQS,
        Api::Ssm => &SSM,
        Api::Sts => &STS,
        Api::Tagging => &TAGGING,
    }
}

type Members = &'static [(&'static str, &'static str)];

const fn get(path: &'static str, labels: Members, query: Members) -> Route {
    Route { method: "GET", path, labels, query }
}

const BUCKET: Members = &[("Bucket", "Bucket")];
const FUNCTION: Members = &[("FunctionName", "FunctionName")];
const MARKER: Members = &[("Marker", "Marker")];

/// A bucket's side, and the outermost element of its answer.
macro_rules! sides {
    ($($name:literal, $query:literal, $root:literal;)*) => {
        &[$(($name, get(concat!("/{Bucket}?", $query), BUCKET, &[]), $root)),*]
    };
}

/// Operations of S3, where each goes, and what its answer is called: a page of a proxy is XML too.
const S3_ROUTES: &[(&str, Route, &str)] = sides! {
    "GetBucketLocation", "location", "LocationConstraint";
    "GetBucketVersioning", "versioning", "VersioningConfiguration";
    "GetBucketEncryption", "encryption", "ServerSideEncryptionConfiguration";
    "GetBucketPolicy", "policy", "";
    "GetPublicAccessBlock", "publicAccessBlock", "PublicAccessBlockConfiguration";
    "GetBucketOwnershipControls", "ownershipControls", "OwnershipControls";
    "GetBucketLifecycleConfiguration", "lifecycle", "LifecycleConfiguration";
    "GetBucketReplication", "replication", "ReplicationConfiguration";
    "GetBucketCors", "cors", "CORSConfiguration";
    "GetBucketNotificationConfiguration", "notification", "NotificationConfiguration";
    "GetBucketLogging", "logging", "BucketLoggingStatus";
    "GetBucketTagging", "tagging", "Tagging";
};

const ROUTES: &[(Api, &str, Route, &str)] = &[
    (
        Api::Route53,
        "ListHostedZones",
        get("/2013-04-01/hostedzone", &[], &[("Marker", "marker")]),
        "ListHostedZonesResponse",
    ),
    (
        Api::Route53,
        "ListResourceRecordSets",
        get(
            "/2013-04-01/hostedzone/{Id}/rrset",
            &[("HostedZoneId", "Id")],
            &[("StartRecordName", "name"), ("StartRecordType", "type"), ("StartRecordIdentifier", "identifier")],
        ),
        "ListResourceRecordSetsResponse",
    ),
    (
        Api::Route53,
        "GetHealthCheck",
        get("/2013-04-01/healthcheck/{HealthCheckId}", &[("HealthCheckId", "HealthCheckId")], &[]),
        "GetHealthCheckResponse",
    ),
    (
        Api::Route53,
        "ListTagsForResource",
        get(
            "/2013-04-01/tags/{ResourceType}/{ResourceId}",
            &[("ResourceType", "ResourceType"), ("ResourceId", "ResourceId")],
            &[],
        ),
        "ListTagsForResourceResponse",
    ),
    (Api::Lambda, "GetFunction", get("/2015-03-31/functions/{FunctionName}", FUNCTION, &[]), ""),
    (Api::Lambda, "GetPolicy", get("/2015-03-31/functions/{FunctionName}/policy", FUNCTION, &[]), ""),
    (Api::Lambda, "ListAliases", get("/2015-03-31/functions/{FunctionName}/aliases", FUNCTION, MARKER), ""),
    (
        Api::Lambda,
        "ListEventSourceMappings",
        get("/2015-03-31/event-source-mappings", &[], &[("FunctionName", "FunctionName"), ("Marker", "Marker")]),
        "",
    ),
    (Api::Lambda, "ListTags", get("/2017-03-31/tags/{Resource}", &[("Resource", "Resource")], &[]), ""),
    (Api::Lambda, "GetFunctionConcurrency", get("/2019-09-30/functions/{FunctionName}/concurrency", FUNCTION, &[]), ""),
];

/// Where an operation of REST goes, and the outermost element of its answer where that is XML.
pub(super) fn route(api: Api, name: &str) -> Option<(&'static Route, &'static str)> {
    if api == Api::S3 {
        return S3_ROUTES.iter().find(|(of, ..)| *of == name).map(|(_, route, root)| (route, *root));
    }
    ROUTES.iter().find(|(of, operation, ..)| *of == api && *operation == name).map(|(.., route, root)| (route, *root))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::registry;
    use std::collections::BTreeSet;

    #[test]
    fn what_may_be_sent_is_what_the_inventory_asks_and_nothing_else() {
        let asked: BTreeSet<&str> = registry::calls().iter().map(|call| call.name).collect();
        assert_eq!(asked, READS.iter().copied().collect());
        assert!(Api::ALL.iter().all(|api| service(*api).acts.is_empty()));
        let tells =
            ["GetSecretValue", "BatchGetSecretValue", "Decrypt", "GenerateDataKey", "GetParameter", "GetParameters"];
        assert!(tells.iter().all(|tell| !READS.contains(tell)));
    }

    #[test]
    fn every_operation_of_rest_has_its_way_and_no_other() {
        for call in registry::calls() {
            let is_rest = matches!(service(call.api).protocol, Protocol::RestJson | Protocol::RestXml);
            assert_eq!(route(call.api, call.name).is_some(), is_rest, "{}", call.name);
        }
    }
}
