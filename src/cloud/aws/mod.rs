//! Amazon Web Services by its official SDK, or whatever answers at `AWS_ENDPOINT_URL`. Looking and acting hold two sets
//! of clients; the looking set refuses every operation that is not a read before it is sent.

mod actor;
mod audit;
mod autoscaling;
mod clients;
mod cloudwatch;
mod ecs;
mod elbv2;
mod guard;
mod listeners;
mod login;
mod logs;
mod observer;
mod rds;
mod route53;
mod sts;
mod task_definition;
mod tasks;
mod trouble;

pub use actor::AwsActor;
pub use observer::AwsObserver;
