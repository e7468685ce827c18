//! Amazon RDS: instances and replicas (AWS guides "Working with DB instance read replicas", "Renaming a DB instance").

use super::actor::Hand;
use super::audit::Audit;
use super::observer::{Answers, Eye, all_unanswered};
use super::trouble::Trouble;
use crate::service::observation::{DbInstance, Replication};
use crate::service::{Observation, Query, Receipt};
use crate::text::Clean;
use aws_sdk_rds::types::{DbInstance as Instance, Filter};
use std::collections::HashMap;

/// How many instances one DescribeDBInstances call returns at most without paging.
const PAGE: usize = 100;

/// Describes every instance asked for in one call a hundred. An id that the answer leaves out is not there.
pub(super) async fn look(eye: Eye<'_>, queries: Vec<&Query>) -> Answers {
    let mut answers = Vec::new();
    for chunk in queries.chunks(PAGE) {
        answers.extend(describe(eye, chunk).await);
    }
    answers
}

async fn describe(eye: Eye<'_>, queries: &[&Query]) -> Answers {
    let ids: Vec<String> = queries.iter().filter_map(|query| id(query)).map(str::to_owned).collect();
    let filter = Filter::builder().name("db-instance-id").set_values(Some(ids)).build();
    let audit = Audit::look(eye, "rds");
    let call = eye.clients.rds.describe_db_instances().filters(filter).customize().interceptor(audit.clone());
    let found = match audit.settle(call.send()).await {
        Ok(found) => found,
        Err(trouble) => return all_unanswered(queries, &trouble),
    };
    let instances: HashMap<String, DbInstance> =
        found.db_instances().iter().map(instance).map(|instance| (instance.id.to_lowercase(), instance)).collect();
    queries
        .iter()
        .map(|query| {
            // RDS keeps identifiers in lower case, however they were written when it was asked to make them.
            let instance = id(query).and_then(|id| instances.get(&id.to_lowercase())).cloned();
            ((*query).clone(), Ok(Observation::DbInstance { instance }))
        })
        .collect()
}

fn id(query: &Query) -> Option<&str> {
    match query {
        Query::DbInstance { id } => Some(id.as_str()),
        _ => None,
    }
}

fn instance(found: &Instance) -> DbInstance {
    let clean = |text: Option<&str>| Clean::new(text.unwrap_or_default());
    let replication = found.status_infos().iter().find(|info| info.status_type() == Some("read replication"));
    DbInstance {
        id: clean(found.db_instance_identifier()),
        arn: clean(found.db_instance_arn()),
        status: clean(found.db_instance_status()),
        engine: clean(found.engine()),
        replica_of: found
            .read_replica_source_db_instance_identifier()
            .filter(|source| !source.is_empty())
            .map(Clean::new),
        replicas: found.read_replica_db_instance_identifiers().iter().map(|id| Clean::new(id)).collect(),
        replication: replication.map(|info| Replication {
            status: clean(info.status()),
            normal: info.normal().unwrap_or(false),
            message: info.message().filter(|message| !message.is_empty()).map(Clean::new),
        }),
        backup_retention_days: found.backup_retention_period().and_then(|days| u32::try_from(days).ok()).unwrap_or(0),
        endpoint: found.endpoint().and_then(|endpoint| endpoint.address()).map(Clean::new),
        port: found.endpoint().and_then(|endpoint| endpoint.port()).and_then(|port| u16::try_from(port).ok()),
    }
}

/// `PromoteReadReplica`. The retention is always said: the API's own default is one day.
pub(super) async fn promote(hand: Hand<'_>, id: &str, retention_days: u32) -> Result<Receipt, Trouble> {
    let audit = Audit::act(hand, "rds");
    let days = i32::try_from(retention_days).unwrap_or(i32::MAX);
    let call = hand.eye.clients.rds.promote_read_replica().db_instance_identifier(id).backup_retention_period(days);
    audit.settle(call.customize().interceptor(audit.clone()).send()).await?;
    Ok(Receipt::default())
}

/// `ModifyDBInstance` with a new identifier, at once.
pub(super) async fn rename(hand: Hand<'_>, id: &str, new_id: &str) -> Result<Receipt, Trouble> {
    let audit = Audit::act(hand, "rds");
    let call = hand
        .eye
        .clients
        .rds
        .modify_db_instance()
        .db_instance_identifier(id)
        .new_db_instance_identifier(new_id)
        .apply_immediately(true);
    audit.settle(call.customize().interceptor(audit.clone()).send()).await?;
    Ok(Receipt::default())
}
