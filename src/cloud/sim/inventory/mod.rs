//! The simulated cloud as a capture reads it: what is asked of an inventory is looked at in the simulated world and told as
//! the APIs tell it. What the world has nothing of is there neither: it has no networks, and nothing in it carries tags.

mod shape;

use crate::cloud::read::Inquire;
use crate::cloud::{Evidence, Observe};
use crate::inventory::{Answer, Api, Ask as Inquiry, Unread};
use crate::plan::{Component, Plan, Side};
use crate::service::{
    Ask, AutoScalingQuery, DnsQuery, DynamoDbQuery, EcsQuery, ElastiCacheQuery, ElbQuery, IamQuery, KmsQuery,
    LambdaQuery, ParameterQuery, Place, Query, RdsQuery, S3Query, SecretQuery, SqsQuery, StsQuery, ZoneRef,
};
use crate::text::Clean;
use async_trait::async_trait;
use futures::future::join_all;
use serde_json::{Value, json};
use std::sync::Arc;

/// Reads a simulated region.
pub struct SimReader {
    cloud: Arc<dyn Observe>,
    place: Place,
    /// What no list of the simulated APIs tells: the plan names it.
    globals: Vec<Clean>,
    zones: Vec<Clean>,
}

impl SimReader {
    /// Reads the region on `side` of the world that `plan` made, through `cloud`.
    pub fn of(plan: &Plan, side: Side, cloud: Arc<dyn Observe>) -> Self {
        let named = |kind: &'static str, field: &'static str| {
            let of = move |component: &&Component| component.kind.as_str() == kind;
            let text = move |component: &Component| component.fields.0.get(field)?.as_str().map(Clean::new);
            plan.components.iter().filter(of).filter_map(text)
        };
        let mut zones: Vec<Clean> = named("route53", "zone").filter(|zone| !zone.contains('.')).collect();
        zones.sort();
        zones.dedup();
        Self {
            cloud,
            place: Place { region: plan.application.region(side).clone(), account: None },
            globals: named("aurora", "global").collect(),
            zones,
        }
    }

    /// What the world says to these, each apart: an answer, or why there is none.
    async fn see(&self, queries: Vec<Query>, evidence: &Evidence) -> Result<Vec<crate::service::Observation>, Unread> {
        let asks: Vec<Ask> = queries.into_iter().map(|query| Ask { place: self.place.clone(), query }).collect();
        let mut told = Vec::new();
        for seen in self.cloud.observe(&asks, evidence).await {
            told.push(seen.answer.map_err(|silent| {
                Unread::Told(silent.code.map_or_else(|| "no answer".to_owned(), |code| code.to_string()))
            })?);
        }
        Ok(told)
    }

    async fn one(&self, ask: &Inquiry, evidence: &Evidence) -> Answer {
        let request = &ask.request;
        let text = |name: &str| Clean::new(request.get(name).and_then(Value::as_str).unwrap_or_default());
        let list = |name: &str| texts(request.get(name));
        let filtered = || texts(request.pointer("/Filters/Filter/1/Values/Value"));
        let name = ask.operation.name;
        let (queries, shape): (Vec<Query>, shape::Shape) = match (ask.operation.api, name) {
            (Api::Sts, "GetCallerIdentity") => (vec![StsQuery::Identity.into()], shape::identity),
            (Api::Rds, "DescribeDBInstances") => {
                (filtered().into_iter().map(|id| RdsQuery::DbInstance { id }.into()).collect(), shape::instances)
            }
            (Api::Rds, "DescribeDBClusters") => {
                (filtered().into_iter().map(|id| RdsQuery::DbCluster { id }.into()).collect(), shape::clusters)
            }
            (Api::Rds, "DescribeGlobalClusters") => {
                let ids = self.globals.iter().cloned();
                (ids.map(|id| RdsQuery::GlobalCluster { id }.into()).collect(), shape::global_clusters)
            }
            (Api::ElastiCache, "DescribeReplicationGroups") => {
                let id = text("ReplicationGroupId");
                (vec![ElastiCacheQuery::ReplicationGroup { id }.into()], shape::caches)
            }
            (Api::ElastiCache, "DescribeGlobalReplicationGroups") => {
                let id = text("GlobalReplicationGroupId");
                (vec![ElastiCacheQuery::GlobalDatastore { id }.into()], shape::datastores)
            }
            (Api::Ecs, "DescribeClusters") => return Ok(shape::ecs_clusters(&list("clusters"))),
            (Api::Ecs, "DescribeServices") => {
                let cluster = text("cluster");
                let query = |service| EcsQuery::EcsService { cluster: cluster.clone(), service }.into();
                (list("services").into_iter().map(query).collect(), shape::services)
            }
            (Api::Ecs, "DescribeTaskDefinition") => {
                (vec![EcsQuery::TaskDefinition { name: text("taskDefinition") }.into()], shape::definition)
            }
            (Api::Scaling, "DescribeScalableTargets") => {
                let ids = list("ResourceIds");
                let query = |id: &Clean| {
                    let (cluster, service) = id.strip_prefix("service/")?.split_once('/')?;
                    Some(EcsQuery::ScalableTarget { cluster: cluster.into(), service: service.into() }.into())
                };
                let seen = self.see(ids.iter().filter_map(query).collect(), evidence).await?;
                return Ok(shape::targets(&ids, &seen));
            }
            (Api::Lambda, "GetFunction") => {
                let function = text("FunctionName");
                (vec![LambdaQuery::Function { function, qualifier: None }.into()], shape::function)
            }
            (Api::Lambda, "ListEventSourceMappings") => {
                (vec![LambdaQuery::EventMappings { function: text("FunctionName") }.into()], shape::mappings)
            }
            (Api::Lambda, "GetFunctionConcurrency") => {
                (vec![LambdaQuery::FunctionConcurrency { function: text("FunctionName") }.into()], shape::concurrency)
            }
            (Api::Elb, "DescribeTargetGroups") => {
                let named = if request.get("Names").is_some() { list("Names") } else { list("TargetGroupArns") };
                let query = |target_group| ElbQuery::TargetHealth { target_group }.into();
                (named.into_iter().map(query).collect(), shape::target_groups)
            }
            (Api::Elb, "DescribeLoadBalancers") => {
                let named = if request.get("Names").is_some() { list("Names") } else { list("LoadBalancerArns") };
                // The world knows them by their names.
                let name = |named: Clean| Clean::new(shape::balancer_name(&named));
                let query = |named| ElbQuery::LoadBalancer { name: name(named) }.into();
                (named.into_iter().map(query).collect(), shape::balancers)
            }
            (Api::Elb, "DescribeTags") => return Ok(shape::no_tags(&list("ResourceArns"))),
            (Api::AutoScaling, "DescribeAutoScalingGroups") if request.get("AutoScalingGroupNames").is_some() => {
                let query = |group| AutoScalingQuery::AutoScalingGroup { group }.into();
                (list("AutoScalingGroupNames").into_iter().map(query).collect(), shape::groups)
            }
            (Api::Secrets, "DescribeSecret") => {
                (vec![SecretQuery::Secret { name: shape::secret_name(&text("SecretId")) }.into()], shape::secret)
            }
            (Api::Ssm, "DescribeParameters") => {
                let names = texts(request.pointer("/ParameterFilters/0/Values"));
                let query = |name| ParameterQuery::Parameter { name }.into();
                (names.into_iter().map(query).collect(), shape::parameters)
            }
            (Api::Iam, "GetRole") => (vec![IamQuery::Role { name: text("RoleName") }.into()], shape::role),
            (Api::Kms, "DescribeKey") => (vec![KmsQuery::Key { id: text("KeyId") }.into()], shape::key),
            (Api::DynamoDb, "DescribeTable") => {
                (vec![DynamoDbQuery::Table { name: text("TableName") }.into()], shape::table)
            }
            (Api::DynamoDb, "DescribeContinuousBackups") => {
                (vec![DynamoDbQuery::ContinuousBackups { name: text("TableName") }.into()], shape::backups)
            }
            (Api::S3, "GetBucketLocation") => {
                (vec![S3Query::Bucket { bucket: text("Bucket") }.into()], shape::location)
            }
            (Api::S3, "GetBucketVersioning") => {
                (vec![S3Query::BucketVersioning { bucket: text("Bucket") }.into()], shape::versioning)
            }
            (Api::Sqs, "GetQueueUrl") => (vec![SqsQuery::Queue { name: text("QueueName") }.into()], shape::queue_url),
            (Api::Sqs, "GetQueueAttributes") => {
                let url = text("QueueUrl");
                let name = Clean::new(url.rsplit('/').next().unwrap_or(&url));
                (vec![SqsQuery::Queue { name }.into()], shape::queue)
            }
            (Api::Route53, "ListHostedZones") => {
                let query =
                    |zone: &Clean| DnsQuery::HostedZone { zone: ZoneRef { zone: zone.clone(), private: None } }.into();
                (self.zones.iter().map(query).collect(), shape::zones)
            }
            (Api::Route53, "ListResourceRecordSets") => {
                let zone = ZoneRef { zone: text("HostedZoneId"), private: None };
                (vec![DnsQuery::ZoneRecords { zone }.into()], shape::records)
            }
            // What the world has nothing of: no list has anything in it, and nothing is there.
            _ if !ask.operation.list.is_empty() => return Ok(json!([])),
            _ => return Err(Unread::Absent),
        };
        shape(&self.see(queries, evidence).await?).ok_or(Unread::Absent)
    }
}

#[async_trait]
impl Inquire for SimReader {
    async fn read(&self, asks: &[Inquiry], evidence: &Evidence) -> Vec<Answer> {
        join_all(asks.iter().map(|ask| self.one(ask, evidence))).await
    }
}

/// The texts of a list, however the wire has it: some have numbers for names.
fn texts(list: Option<&Value>) -> Vec<Clean> {
    let each: Box<dyn Iterator<Item = &Value>> = match list {
        Some(Value::Array(items)) => Box::new(items.iter()),
        Some(Value::Object(members)) => Box::new(members.values()),
        _ => Box::new(std::iter::empty()),
    };
    each.filter_map(Value::as_str).map(Clean::new).collect()
}
