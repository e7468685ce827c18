//! Amazon Web Services by its official SDK, or whatever answers at `AWS_ENDPOINT_URL`. Looking and acting hold two sets
//! of clients; the looking set refuses every operation that is not a read before it is sent.

mod accelerator;
mod acm;
mod actor;
mod arc;
mod audit;
mod automation;
mod autoscaling;
mod caller;
mod clients;
mod cloudwatch;
mod desk;
mod dynamodb;
mod ec2;
mod ecr;
mod ecs;
mod eks;
mod elasticache;
mod elbv2;
mod events;
mod guard;
mod iam;
mod kms;
mod lambda;
mod listed;
mod login;
mod logs;
mod observer;
mod parameter;
mod quotas;
mod rds;
mod route53;
mod s3;
mod scheduler;
mod secret;
mod silent;
mod spliced;
mod sqs;
mod ssm;
mod sts;
mod trouble;
mod zones;

pub use actor::AwsActor;
pub use clients::{Elsewhere, Signature};
pub use observer::AwsObserver;
