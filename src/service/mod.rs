//! Pure: one file a kind of component — its fields in the plan, its steps, what its observations mean, its undo.
//! Knows the plan below it; knows no SDK, no clock and no screen.

mod accelerator;
mod alarm;
mod answering;
pub(crate) mod arn;
pub mod ask;
mod aurora;
mod automation;
mod autoscaling;
mod blocked;
mod certificate;
pub mod cloudwatch;
mod command;
pub mod compare;
pub mod declared;
pub mod describe;
pub mod dns_name;
mod dynamodb;
mod ecr;
mod ecs;
mod elasticache;
pub mod evidence;
#[cfg(test)]
pub(crate) mod families;
mod family;
pub mod fault;
pub mod grants;
#[cfg(test)]
mod grants_tests;
pub mod guard;
pub mod home;
mod http;
mod iam;
mod invoke;
mod kms;
mod lambda;
mod load_balancer;
mod local;
mod logs;
mod manual;
mod network;
mod nodegroup;
pub mod observation;
mod old_address;
pub mod operation;
mod parameter;
pub mod plugin;
pub mod posture;
mod queue;
mod quota;
mod rds;
mod rds_restore;
pub mod readiness;
mod ready;
pub mod registry;
pub mod resolve;
pub mod rights;
mod route53;
mod routing_control;
mod rule;
mod s3;
mod say;
#[cfg(test)]
mod scene;
mod schedule;
mod secret;
mod sts;
mod switch;
mod tcp;
pub(crate) mod terraform;
#[cfg(test)]
mod tests;
pub mod touched;
pub mod turned;
#[cfg(test)]
mod turned_tests;
mod uuid;
pub mod work;

/// What a plan says of a component, by kind.
pub(crate) mod said {
    pub(crate) use super::accelerator::fields::Said as Accelerator;
    pub(crate) use super::alarm::fields::Said as Alarm;
    pub(crate) use super::aurora::fields::Said as Aurora;
    pub(crate) use super::automation::fields::Said as Runbook;
    pub(crate) use super::autoscaling::fields::Said as AutoScaling;
    pub(crate) use super::certificate::fields::Said as Certificate;
    pub(crate) use super::command::Said as Command;
    pub(crate) use super::dynamodb::fields::Said as DynamoDb;
    pub(crate) use super::ecs::fields::Said as Ecs;
    pub(crate) use super::elasticache::fields::Said as ElastiCache;
    pub(crate) use super::http::Said as Http;
    pub(crate) use super::iam::fields::Said as Iam;
    pub(crate) use super::invoke::fields::Said as Invoke;
    pub(crate) use super::kms::fields::Said as Kms;
    pub(crate) use super::lambda::fields::Said as Lambda;
    pub(crate) use super::load_balancer::Said as LoadBalancer;
    pub(crate) use super::network::fields::Said as Network;
    pub(crate) use super::nodegroup::fields::Said as Nodegroup;
    pub(crate) use super::parameter::fields::Said as Parameter;
    pub(crate) use super::queue::fields::Said as Queue;
    pub(crate) use super::rds::fields::Said as Rds;
    pub(crate) use super::rds_restore::fields::Said as RdsRestore;
    pub(crate) use super::route53::fields::Said as Route53;
    pub(crate) use super::routing_control::fields::Said as RoutingControl;
    pub(crate) use super::rule::fields::Said as Rule;
    pub(crate) use super::s3::fields::Said as S3;
    pub(crate) use super::schedule::fields::Said as Schedule;
    pub(crate) use super::secret::fields::Said as Secret;
    pub(crate) use super::switch::fields::Said as Switch;
    pub(crate) use super::tcp::Said as Tcp;
    pub(crate) use crate::service::terraform::fields::Said as Terraform;
}

pub use crate::plan::Weight;
pub use ask::{Ask, DnsQuestion, HttpProbe, Invocation, Place, ZoneRef};
pub use evidence::CallMade;
pub use family::*;
pub use fault::{AimedFault, FaultKind};
pub use observation::{Seen, Silence, Unanswered};
pub use operation::{Act, Receipt, Reply};
pub use plugin::{
    NOT_RUN as PLUGIN_NOT_RUN, ONLY_LOOKS as PLUGIN_ONLY_LOOKS, PluginAnswer, PluginDeed, PluginQuestion, Plugins,
    clears as plugin_clears,
};
pub use registry::{Context, Registry, Service};
pub use resolve::{Unresolved, resolve};
pub(crate) use route53::Answered;
pub(crate) use say::LOOK_AGAIN;
pub use work::{Asked, Check, Facts, Health, HealthLevel, Look, Looked, Outputs, Verdict, Work};
