//! The families of services: one row each. From it come what can be asked, seen and done ([`Query`], [`Observation`],
//! [`Operation`]), each in the family's own words, and what the tests hold every family to.

pub use super::accelerator::words::{
    Observation as GlobalAcceleratorObservation, Operation as GlobalAcceleratorOperation,
    Query as GlobalAcceleratorQuery,
};
pub use super::automation::words::{
    Observation as AutomationObservation, Operation as AutomationOperation, Query as AutomationQuery,
};
pub use super::autoscaling::words::{
    Observation as AutoScalingObservation, Operation as AutoScalingOperation, Query as AutoScalingQuery,
};
pub use super::certificate::words::{Observation as AcmObservation, Query as AcmQuery};
pub use super::cloudwatch::{Observation as CloudWatchObservation, Query as CloudWatchQuery};
use super::declared::Declared;
pub use super::dynamodb::words::{Observation as DynamoDbObservation, Query as DynamoDbQuery};
pub use super::ecr::{Observation as EcrObservation, Query as EcrQuery};
pub use super::ecs::seen::Observation as EcsObservation;
pub use super::ecs::words::{Operation as EcsOperation, Query as EcsQuery};
pub use super::elasticache::words::{
    Observation as ElastiCacheObservation, Operation as ElastiCacheOperation, Query as ElastiCacheQuery,
};
pub use super::iam::words::{Observation as IamObservation, Query as IamQuery};
pub use super::kms::words::{Observation as KmsObservation, Operation as KmsOperation, Query as KmsQuery};
pub use super::lambda::words::{Observation as LambdaObservation, Operation as LambdaOperation, Query as LambdaQuery};
pub use super::load_balancer::seen::Observation as ElbObservation;
pub use super::load_balancer::words::Query as ElbQuery;
pub use super::local::{Observation as LocalObservation, Operation as LocalOperation, Query as LocalQuery};
pub use super::logs::{Observation as LogsObservation, Query as LogsQuery};
pub use super::network::words::{Observation as NetworkObservation, Query as NetworkQuery};
pub use super::nodegroup::words::{Observation as EksObservation, Operation as EksOperation, Query as EksQuery};
pub use super::parameter::words::{
    Observation as ParameterObservation, Operation as ParameterOperation, Query as ParameterQuery,
};
pub use super::queue::words::{Observation as SqsObservation, Query as SqsQuery};
pub use super::quota::words::{Observation as QuotasObservation, Query as QuotasQuery};
pub use super::rds::seen::Observation as RdsObservation;
pub use super::rds::words::{Operation as RdsOperation, Query as RdsQuery, RestoreFrom};
pub use super::route53::seen::Observation as DnsObservation;
pub use super::route53::words::{Operation as DnsOperation, Query as DnsQuery};
pub use super::routing_control::words::{
    ClusterEndpoint, Observation as ArcObservation, Operation as ArcOperation, Query as ArcQuery,
};
pub use super::rule::words::{
    ENABLED_WITH_ALL, Observation as EventsObservation, Operation as EventsOperation, Query as EventsQuery, RuleName,
};
pub use super::s3::words::{Observation as S3Observation, Operation as S3Operation, Query as S3Query};
pub use super::schedule::words::{
    Observation as SchedulerObservation, Operation as SchedulerOperation, Query as SchedulerQuery, ScheduleName,
};
pub use super::secret::words::{Observation as SecretObservation, Operation as SecretOperation, Query as SecretQuery};
pub use super::sts::{Observation as StsObservation, Query as StsQuery};
use serde::{Deserialize, Serialize};

/// What a family says of its questions.
pub(super) trait Asked: Sized {
    /// Its answers.
    type Seen;

    /// As [`Query::api_name`].
    fn api_name(&self) -> &'static str;

    /// As [`Query::is_a_call_each`].
    fn is_a_call_each(&self) -> bool;

    /// As [`Query::calls`].
    fn calls(&self) -> usize {
        1
    }

    /// As [`Query::batch`].
    fn batch(&self) -> Batch<'_> {
        Batch { of: None, most: 100 }
    }

    /// As [`Query::is_asked_from_here`].
    fn is_asked_from_here(&self) -> bool {
        false
    }

    /// As [`Query::longest_seconds`].
    fn longest_seconds(&self) -> Option<f64> {
        None
    }

    /// As [`Query::changes_nothing`].
    fn changes_nothing(&self) -> bool {
        true
    }

    /// One of every question that a kind asks, and the answer that there is no such thing: what the tests of all families ask.
    #[cfg(test)]
    fn examples() -> Vec<(Self, Self::Seen)>;
}

/// Which questions of a sort one call answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batch<'a> {
    /// What must be the same of them: the cluster, the zone. `None` where all of a place go together.
    pub of: Option<&'a str>,
    /// How many of them at most.
    pub most: usize,
}

/// What a family says of its operations.
pub(super) trait Done: Sized {
    /// As [`Operation::api_name`].
    fn api_name(&self) -> &'static str;

    /// As [`Operation::is_proof`].
    fn is_proof(&self) -> bool;

    /// As [`Operation::is_sent_again`].
    fn is_sent_again(&self) -> bool {
        true
    }

    /// As [`Operation::settle_seconds`].
    fn settle_seconds(&self) -> f64;

    /// As [`Operation::longest_seconds`].
    fn longest_seconds(&self) -> Option<f64> {
        None
    }

    /// As [`Operation::declared`].
    fn declared(&self) -> Vec<Declared>;

    /// One of every operation: what the tests of all families do.
    #[cfg(test)]
    fn examples() -> Vec<Self>;
}

macro_rules! families {
    ($($doc:literal $Family:ident: $Query:ident, $Observation:ident $(, $Operation:ident)?;)*) => {
        /// What is asked. One variant a family of services; each says in its own words what can be asked there. The names in
        /// a journal are the inner ones, which are unique among all.
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(untagged)]
        pub enum Query {
            $(#[doc = $doc] $Family($Query),)*
        }

        /// What a cloud said: in the words of the family that was asked.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(untagged)]
        pub enum Observation {
            $(#[doc = $doc] $Family($Observation),)*
        }

        /// What is done: each is one mutating API call, safe to look for afterwards. One variant a family of services; each
        /// says in its own words what can be done there. The names in a journal are the inner ones, which are unique among
        /// all.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(untagged)]
        pub enum Operation {
            $($(#[doc = $doc] $Family($Operation),)?)*
        }

        impl Query {
            /// The API's own name for the call that answers it: `rds.DescribeDBInstances`.
            pub fn api_name(&self) -> &'static str {
                match self {
                    $(Self::$Family(query) => query.api_name(),)*
                }
            }

            /// Whether each such question is a call of its own: there is no asking for several at once.
            pub fn is_a_call_each(&self) -> bool {
                match self {
                    $(Self::$Family(query) => query.is_a_call_each(),)*
                }
            }

            /// How many calls answer it, where it [is a call each](Self::is_a_call_each).
            pub fn calls(&self) -> usize {
                match self {
                    $(Self::$Family(query) => query.calls(),)*
                }
            }

            /// Which others of its sort one call answers with it, where it is not [a call each](Self::is_a_call_each).
            pub fn batch(&self) -> Batch<'_> {
                match self {
                    $(Self::$Family(query) => query.batch(),)*
                }
            }

            /// Whether it is asked from where Landfall runs and answered by no API: it takes as long as it takes, and there is
            /// no call for several.
            pub fn is_asked_from_here(&self) -> bool {
                match self {
                    $(Self::$Family(query) => query.is_asked_from_here(),)*
                }
            }

            /// How long, in seconds, its answer may take by the plan; `None` where any answer is as quick.
            pub fn longest_seconds(&self) -> Option<f64> {
                match self {
                    $(Self::$Family(query) => query.longest_seconds(),)*
                }
            }

            /// Whether it may be asked by who only looks. A plan's own request may be one that does something: it is sent by
            /// its step and by nothing else.
            pub fn changes_nothing(&self) -> bool {
                match self {
                    $(Self::$Family(query) => query.changes_nothing(),)*
                }
            }
        }

        impl Operation {
            /// The API's own name for it, for evidence and screens: `rds.PromoteReadReplica`.
            pub fn api_name(&self) -> &'static str {
                match self {
                    $($(Self::$Family(operation) => <$Operation as Done>::api_name(operation),)?)*
                }
            }

            /// Whether it only proves something: it changes nothing, and what it is answered is dropped. It is an act all the
            /// same, sent by who may act and written down.
            pub fn is_proof(&self) -> bool {
                match self {
                    $($(Self::$Family(operation) => <$Operation as Done>::is_proof(operation),)?)*
                }
            }

            /// Whether Landfall sends it again by itself once an act without an answer provably left no trace. A program is
            /// never run twice but by a person's word: what it did halfway leaves no trace that Landfall could know.
            pub fn is_sent_again(&self) -> bool {
                match self {
                    $($(Self::$Family(operation) => <$Operation as Done>::is_sent_again(operation),)?)*
                }
            }

            /// How long, in seconds, the operation may have been taken and still leave no trace to observe. Within this time
            /// after an act without a reply was given up, "looks untouched" is not proof that nothing happened.
            pub fn settle_seconds(&self) -> f64 {
                match self {
                    $($(Self::$Family(operation) => <$Operation as Done>::settle_seconds(operation),)?)*
                }
            }

            /// What it makes of what Terraform may declare; nothing for what no code declares.
            pub fn declared(&self) -> Vec<Declared> {
                match self {
                    $($(Self::$Family(operation) => <$Operation as Done>::declared(operation),)?)*
                }
            }

            /// How long, in seconds, it may itself take before it answers, by the plan; `None` where any call's answer is as
            /// quick.
            pub fn longest_seconds(&self) -> Option<f64> {
                match self {
                    $($(Self::$Family(operation) => <$Operation as Done>::longest_seconds(operation),)?)*
                }
            }
        }

        $(
            impl From<$Query> for Query {
                fn from(query: $Query) -> Self {
                    Self::$Family(query)
                }
            }

            impl From<$Observation> for Observation {
                fn from(seen: $Observation) -> Self {
                    Self::$Family(seen)
                }
            }

            $(
                impl From<$Operation> for Operation {
                    fn from(operation: $Operation) -> Self {
                        Self::$Family(operation)
                    }
                }
            )?
        )*

        /// Every family's words, for the tests that hold all of them to something.
        #[cfg(test)]
        pub(super) mod examples {
            use super::*;
            use serde::de::DeserializeOwned;

            /// Every question but that for the identity, which no kind asks, and the answer that there is no such thing.
            pub fn questions() -> Vec<(Query, Observation)> {
                fn of<Q: Asked + Into<Query>>() -> Vec<(Query, Observation)>
                where
                    Q::Seen: Into<Observation>,
                {
                    Q::examples().into_iter().map(|(query, nothing)| (query.into(), nothing.into())).collect()
                }
                [$(of::<$Query>(),)*].concat()
            }

            /// Every operation.
            pub fn operations() -> Vec<Operation> {
                fn of<O: Done + Into<Operation>>() -> Vec<Operation> {
                    O::examples().into_iter().map(Into::into).collect()
                }
                [$($(of::<$Operation>(),)?)*].concat()
            }

            /// The names that the words have in a journal, as their readers know them, by family: of questions, answers and
            /// operations.
            pub fn names() -> [Vec<Vec<String>>; 3] {
                [
                    vec![$(of::<$Query>("query"),)*],
                    vec![$(of::<$Observation>("saw"),)*],
                    vec![$($(of::<$Operation>("operation"),)?)*],
                ]
            }

            fn of<Words: DeserializeOwned>(tag: &str) -> Vec<String> {
                let refused =
                    serde_json::from_str::<Words>(&format!(r#"{{"{tag}":"?"}}"#)).err().expect("no family has this word");
                // "unknown variant `?`, expected `one`", or "expected one of `one`, `other`".
                refused.to_string().split('`').skip(3).step_by(2).map(str::to_owned).collect()
            }
        }
    };
}

families! {
    "Amazon RDS." Rds: RdsQuery, RdsObservation, RdsOperation;
    "Amazon CloudWatch." CloudWatch: CloudWatchQuery, CloudWatchObservation;
    "Amazon ECR." Ecr: EcrQuery, EcrObservation;
    "Amazon ECS, and what scales its services." Ecs: EcsQuery, EcsObservation, EcsOperation;
    "Elastic Load Balancing." Elb: ElbQuery, ElbObservation;
    "Amazon Route 53, and those who answer for its zones." Dns: DnsQuery, DnsObservation, DnsOperation;
    "Amazon CloudWatch Logs." Logs: LogsQuery, LogsObservation;
    "Where Landfall runs." Local: LocalQuery, LocalObservation, LocalOperation;
    "AWS STS." Sts: StsQuery, StsObservation;
    "AWS Service Quotas." Quotas: QuotasQuery, QuotasObservation;
    "Amazon ElastiCache." ElastiCache: ElastiCacheQuery, ElastiCacheObservation, ElastiCacheOperation;
    "AWS Systems Manager Parameter Store." Parameter: ParameterQuery, ParameterObservation, ParameterOperation;
    "AWS Secrets Manager." Secret: SecretQuery, SecretObservation, SecretOperation;
    "Amazon S3." S3: S3Query, S3Observation, S3Operation;
    "AWS KMS." Kms: KmsQuery, KmsObservation, KmsOperation;
    "Amazon DynamoDB." DynamoDb: DynamoDbQuery, DynamoDbObservation;
    "Amazon EC2 Auto Scaling." AutoScaling: AutoScalingQuery, AutoScalingObservation, AutoScalingOperation;
    "AWS Certificate Manager." Acm: AcmQuery, AcmObservation;
    "Amazon EC2, as far as networks go." Network: NetworkQuery, NetworkObservation;
    "AWS IAM." Iam: IamQuery, IamObservation;
    "Amazon EventBridge." Events: EventsQuery, EventsObservation, EventsOperation;
    "Amazon SQS." Sqs: SqsQuery, SqsObservation;
    "AWS Global Accelerator." GlobalAccelerator: GlobalAcceleratorQuery, GlobalAcceleratorObservation, GlobalAcceleratorOperation;
    "Amazon EventBridge Scheduler." Scheduler: SchedulerQuery, SchedulerObservation, SchedulerOperation;
    "Amazon EKS." Eks: EksQuery, EksObservation, EksOperation;
    "AWS Lambda." Lambda: LambdaQuery, LambdaObservation, LambdaOperation;
    "AWS Systems Manager Automation." Automation: AutomationQuery, AutomationObservation, AutomationOperation;
    "Amazon Application Recovery Controller, by the endpoints of a cluster." Arc: ArcQuery, ArcObservation, ArcOperation;
}
