//! Which room of the simulated world answers a family's questions and takes its operations: a row each. What is asked and
//! done where Landfall runs is no region's, and stands beside the rows.

use super::world::{Refusal, Together, World};
use super::{
    accelerator, acm, automation, autoscaling, cloudwatch, dynamodb, ec2, ecr, ecs, eks, elasticache, elb, events, iam,
    keys, kms, lambda, local, parameter, quotas, rds, route53, routing, s3, scheduler, secret, service_logs, sqs, sts,
    terraform,
};
use crate::plan::Region;
use crate::service::{Act, Ask, LocalOperation, Observation, Operation, Query, Receipt};
use jiff::Timestamp;

macro_rules! rooms {
    (looks { $($Asked:ident: $looks:ident;)* } acts { $($Done:ident: $acts:ident;)* }) => {
        /// What a query is about; `None` when it is about no single thing.
        pub fn of_query(region: &Region, query: &Query) -> Option<String> {
            match query {
                $(Query::$Asked(query) => $looks::of_query(region, query),)*
                Query::Local(query) => local::of_query(query),
            }
        }

        /// What a query can be asked together with in one call.
        pub fn together(query: &Query) -> Together<'_> {
            match query {
                $(Query::$Asked(query) => $looks::together(query),)*
                Query::Local(query) => local::together(query),
            }
        }

        /// What `ask` is answered at `at`, `millis` after it was asked.
        pub fn see(world: &World, ask: &Ask, millis: u64, at: Timestamp) -> Observation {
            let region = &ask.place.region;
            match &ask.query {
                $(Query::$Asked(query) => $looks::see(world, region, query, at),)*
                Query::Local(query) => local::see(world, query, millis, at),
            }
        }

        /// What an operation is about.
        pub fn of_operation(region: &Region, operation: &Operation) -> Vec<String> {
            match operation {
                $(Operation::$Done(operation) => $acts::about(region, operation),)*
                Operation::Local(LocalOperation::Run(_)) => Vec::new(),
                Operation::Local(LocalOperation::Plugin(deed)) => vec![keys::component(&deed.about.component)],
                Operation::Local(LocalOperation::Terraform(deed)) => vec![terraform::about(&deed.module.component)],
            }
        }

        /// Why `act` would be refused at `at`; `None` when it would be taken.
        pub fn refusal(world: &World, act: &Act, at: Timestamp) -> Option<Refusal> {
            let region = &act.place.region;
            match &act.operation {
                $(Operation::$Done(operation) => $acts::refusal(world, region, operation, at),)*
                Operation::Local(LocalOperation::Run(_) | LocalOperation::Plugin(_) | LocalOperation::Terraform(_)) => {
                    None
                }
            }
        }

        /// Takes `act` at `at`; what would be refused changes nothing.
        pub fn take(world: &mut World, act: &Act, at: Timestamp) -> Receipt {
            let region = &act.place.region;
            match &act.operation {
                $(Operation::$Done(operation) => $acts::take(world, region, operation, at),)*
                Operation::Local(operation) => local::take(world, operation, at),
            }
        }
    };
}

rooms! {
    looks {
        Rds: rds;
        CloudWatch: cloudwatch;
        Ecr: ecr;
        Ecs: ecs;
        ElastiCache: elasticache;
        Parameter: parameter;
        Secret: secret;
        S3: s3;
        Kms: kms;
        DynamoDb: dynamodb;
        AutoScaling: autoscaling;
        Acm: acm;
        Network: ec2;
        Iam: iam;
        Lambda: lambda;
        Events: events;
        Scheduler: scheduler;
        Eks: eks;
        Sqs: sqs;
        GlobalAccelerator: accelerator;
        Arc: routing;
        Automation: automation;
        Elb: elb;
        Dns: route53;
        Logs: service_logs;
        Sts: sts;
        Quotas: quotas;
    }
    acts {
        Rds: rds;
        Ecs: ecs;
        Dns: route53;
        ElastiCache: elasticache;
        Parameter: parameter;
        Secret: secret;
        S3: s3;
        Kms: kms;
        AutoScaling: autoscaling;
        Lambda: lambda;
        Events: events;
        Scheduler: scheduler;
        Eks: eks;
        GlobalAccelerator: accelerator;
        Arc: routing;
        Automation: automation;
    }
}
