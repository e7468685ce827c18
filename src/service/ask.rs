//! What can be asked of a cloud, as data. Asking changes nothing, ever.

pub use super::autoscaling::words::Query as AutoScalingQuery;
pub use super::certificate::words::Query as AcmQuery;
pub use super::cloudwatch::Query as CloudWatchQuery;
pub use super::dynamodb::words::Query as DynamoDbQuery;
pub use super::ecr::Query as EcrQuery;
pub use super::ecs::words::Query as EcsQuery;
pub use super::elasticache::words::Query as ElastiCacheQuery;
pub use super::kms::words::Query as KmsQuery;
pub use super::load_balancer::words::Query as ElbQuery;
pub use super::local::Query as LocalQuery;
pub use super::local::{HttpProbe, Invocation};
pub use super::logs::Query as LogsQuery;
pub use super::parameter::words::Query as ParameterQuery;
pub use super::rds::words::Query as RdsQuery;
pub use super::route53::words::Query as DnsQuery;
pub use super::route53::words::{DnsQuestion, ZoneRef};
pub use super::secret::words::Query as SecretQuery;
pub use super::sts::Query as StsQuery;
use crate::plan::{AccountName, Region};
use serde::{Deserialize, Serialize};

/// Where a question or an operation goes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// The region whose endpoint is called.
    pub region: Region,
    /// The account, by its name in the plan; the ambient credentials when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountName>,
}

/// A question at a place. Equal asks of different steps are asked once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Ask {
    /// Where.
    pub place: Place,
    /// What.
    #[serde(flatten)]
    pub query: Query,
}

/// What is asked. One variant a family of services; each says in its own words what can be asked there. The names in a
/// journal are the inner ones, which are unique among all.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Query {
    /// Amazon RDS.
    Rds(RdsQuery),
    /// Amazon CloudWatch.
    CloudWatch(CloudWatchQuery),
    /// Amazon ECR.
    Ecr(EcrQuery),
    /// Amazon ECS, and what scales its services.
    Ecs(EcsQuery),
    /// Elastic Load Balancing.
    Elb(ElbQuery),
    /// Amazon Route 53, and those who answer for its zones.
    Dns(DnsQuery),
    /// Amazon CloudWatch Logs.
    Logs(LogsQuery),
    /// Where Landfall runs.
    Local(LocalQuery),
    /// AWS STS.
    Sts(StsQuery),
    /// Amazon ElastiCache.
    ElastiCache(ElastiCacheQuery),
    /// AWS Systems Manager Parameter Store.
    Parameter(ParameterQuery),
    /// AWS Secrets Manager.
    Secret(SecretQuery),
    /// AWS KMS.
    Kms(KmsQuery),
    /// Amazon DynamoDB.
    DynamoDb(DynamoDbQuery),
    /// Amazon EC2 Auto Scaling.
    AutoScaling(AutoScalingQuery),
    /// AWS Certificate Manager.
    Acm(AcmQuery),
}

impl Query {
    /// The API's own name for the call that answers it: `rds.DescribeDBInstances`.
    pub fn api_name(&self) -> &'static str {
        match self {
            Self::Rds(query) => query.api_name(),
            Self::CloudWatch(query) => query.api_name(),
            Self::Ecr(query) => query.api_name(),
            Self::Ecs(query) => query.api_name(),
            Self::Elb(query) => query.api_name(),
            Self::Dns(query) => query.api_name(),
            Self::Logs(query) => query.api_name(),
            Self::Local(query) => query.api_name(),
            Self::Sts(query) => query.api_name(),
            Self::ElastiCache(query) => query.api_name(),
            Self::Parameter(query) => query.api_name(),
            Self::Secret(query) => query.api_name(),
            Self::Kms(query) => query.api_name(),
            Self::DynamoDb(query) => query.api_name(),
            Self::AutoScaling(query) => query.api_name(),
            Self::Acm(query) => query.api_name(),
        }
    }

    /// Whether each such question is a call of its own: there is no asking for several at once.
    pub fn is_a_call_each(&self) -> bool {
        match self {
            Self::Ecs(query) => query.is_a_call_each(),
            Self::Elb(query) => query.is_a_call_each(),
            Self::DynamoDb(query) => query.is_a_call_each(),
            Self::AutoScaling(query) => query.is_a_call_each(),
            Self::Acm(query) => query.is_a_call_each(),
            Self::Kms(_) | Self::Secret(_) => true,
            Self::Rds(_)
            | Self::CloudWatch(_)
            | Self::Ecr(_)
            | Self::Dns(_)
            | Self::Logs(_)
            | Self::Local(_)
            | Self::Sts(_)
            | Self::ElastiCache(_)
            | Self::Parameter(_) => false,
        }
    }

    /// Whether it is asked from where Landfall runs and answered by no API: it takes as long as it takes, and there is no
    /// call for several.
    pub fn is_asked_from_here(&self) -> bool {
        match self {
            Self::Local(_) => true,
            Self::Dns(query) => query.is_asked_from_here(),
            Self::Rds(_)
            | Self::AutoScaling(_)
            | Self::CloudWatch(_)
            | Self::Ecr(_)
            | Self::Ecs(_)
            | Self::Elb(_)
            | Self::Logs(_)
            | Self::Sts(_)
            | Self::ElastiCache(_)
            | Self::Kms(_)
            | Self::DynamoDb(_)
            | Self::Acm(_)
            | Self::Secret(_)
            | Self::Parameter(_) => false,
        }
    }

    /// How long, in seconds, its answer may take by the plan; `None` where any answer is as quick.
    pub fn longest_seconds(&self) -> Option<f64> {
        match self {
            Self::Local(query) => query.longest_seconds(),
            Self::Rds(_)
            | Self::AutoScaling(_)
            | Self::CloudWatch(_)
            | Self::Ecr(_)
            | Self::Ecs(_)
            | Self::Elb(_)
            | Self::Dns(_)
            | Self::Logs(_)
            | Self::Sts(_)
            | Self::ElastiCache(_)
            | Self::Kms(_)
            | Self::DynamoDb(_)
            | Self::Acm(_)
            | Self::Secret(_)
            | Self::Parameter(_) => None,
        }
    }

    /// Whether it may be asked by who only looks. A plan's own request may be one that does something: it is sent by its
    /// step and by nothing else.
    pub fn changes_nothing(&self) -> bool {
        match self {
            Self::Local(LocalQuery::Http(probe)) => probe.changes_nothing(),
            Self::Local(LocalQuery::Tcp { .. } | LocalQuery::Look(_))
            | Self::Rds(_)
            | Self::AutoScaling(_)
            | Self::CloudWatch(_)
            | Self::Ecr(_)
            | Self::Ecs(_)
            | Self::Elb(_)
            | Self::Dns(_)
            | Self::Logs(_)
            | Self::Sts(_)
            | Self::ElastiCache(_)
            | Self::Kms(_)
            | Self::DynamoDb(_)
            | Self::Acm(_)
            | Self::Secret(_)
            | Self::Parameter(_) => true,
        }
    }
}

impl From<RdsQuery> for Query {
    fn from(query: RdsQuery) -> Self {
        Self::Rds(query)
    }
}

impl From<CloudWatchQuery> for Query {
    fn from(query: CloudWatchQuery) -> Self {
        Self::CloudWatch(query)
    }
}

impl From<EcrQuery> for Query {
    fn from(query: EcrQuery) -> Self {
        Self::Ecr(query)
    }
}

impl From<EcsQuery> for Query {
    fn from(query: EcsQuery) -> Self {
        Self::Ecs(query)
    }
}

impl From<ElbQuery> for Query {
    fn from(query: ElbQuery) -> Self {
        Self::Elb(query)
    }
}

impl From<DnsQuery> for Query {
    fn from(query: DnsQuery) -> Self {
        Self::Dns(query)
    }
}

impl From<LogsQuery> for Query {
    fn from(query: LogsQuery) -> Self {
        Self::Logs(query)
    }
}

impl From<LocalQuery> for Query {
    fn from(query: LocalQuery) -> Self {
        Self::Local(query)
    }
}

impl From<StsQuery> for Query {
    fn from(query: StsQuery) -> Self {
        Self::Sts(query)
    }
}

impl From<KmsQuery> for Query {
    fn from(query: KmsQuery) -> Self {
        Self::Kms(query)
    }
}

impl From<DynamoDbQuery> for Query {
    fn from(query: DynamoDbQuery) -> Self {
        Self::DynamoDb(query)
    }
}

impl From<SecretQuery> for Query {
    fn from(query: SecretQuery) -> Self {
        Self::Secret(query)
    }
}

impl From<ParameterQuery> for Query {
    fn from(query: ParameterQuery) -> Self {
        Self::Parameter(query)
    }
}

impl From<ElastiCacheQuery> for Query {
    fn from(query: ElastiCacheQuery) -> Self {
        Self::ElastiCache(query)
    }
}

impl From<AutoScalingQuery> for Query {
    fn from(query: AutoScalingQuery) -> Self {
        Self::AutoScaling(query)
    }
}

impl From<AcmQuery> for Query {
    fn from(query: AcmQuery) -> Self {
        Self::Acm(query)
    }
}
