//! Amazon ElastiCache: global datastores and replication groups (AWS guide "Replication across AWS Regions using global
//! datastores"). Neither is described by a list of ids: all of a region are, once for everybody who asks.

use super::audit::Audit;
use super::desk::{Answers, Asked, Eye, Hand, Look, all_unanswered};
use super::trouble::{Sort, Trouble};
use crate::service::observation::{GlobalDatastore, Member, ReplicationGroup};
use crate::service::{ElastiCacheObservation, ElastiCacheOperation, ElastiCacheQuery, Query, Receipt};
use crate::text::Clean;
use aws_sdk_elasticache::types::{GlobalReplicationGroup, ReplicationGroup as Group};

/// What is asked here.
pub(super) const READS: &[&str] = &["DescribeGlobalReplicationGroups", "DescribeReplicationGroups"];

/// How many pages are read: a hundred things each.
const PAGES: usize = 50;

/// The looks that answer `asked`.
pub(super) fn looks<'a>(eye: Eye<'a>, asked: Asked<'a, ElastiCacheQuery>) -> Vec<Look<'a>> {
    let (mut datastores, mut groups) = (Vec::new(), Vec::new());
    for (query, words) in asked {
        match words {
            ElastiCacheQuery::GlobalDatastore { .. } => datastores.push(query),
            ElastiCacheQuery::ReplicationGroup { .. } => groups.push(query),
        }
    }
    vec![
        Look::of(datastores, |queries| look_at_datastores(eye, queries)),
        Look::of(groups, |queries| look_at_groups(eye, queries)),
    ]
}

async fn look_at_datastores(eye: Eye<'_>, queries: Vec<&Query>) -> Answers {
    let all = match all_datastores(eye).await {
        Ok(all) => all,
        Err(trouble) => return all_unanswered(&queries, &trouble),
    };
    let find = |query: &Query| {
        let datastore = all.iter().find(|datastore| datastore.id.eq_ignore_ascii_case(id(query))).cloned();
        (query.clone(), Ok(ElastiCacheObservation::GlobalDatastore { datastore }.into()))
    };
    queries.into_iter().map(find).collect()
}

async fn look_at_groups(eye: Eye<'_>, queries: Vec<&Query>) -> Answers {
    let all = match all_groups(eye).await {
        Ok(all) => all,
        Err(trouble) => return all_unanswered(&queries, &trouble),
    };
    let find = |query: &Query| {
        let group = all.iter().find(|group| group.id.eq_ignore_ascii_case(id(query))).cloned();
        (query.clone(), Ok(ElastiCacheObservation::ReplicationGroup { group }.into()))
    };
    queries.into_iter().map(find).collect()
}

fn id(query: &Query) -> &str {
    match query {
        Query::ElastiCache(ElastiCacheQuery::GlobalDatastore { id } | ElastiCacheQuery::ReplicationGroup { id }) => id,
        _ => "",
    }
}

async fn all_datastores(eye: Eye<'_>) -> Result<Vec<GlobalDatastore>, Trouble> {
    let (mut all, mut page) = (Vec::new(), None);
    for _ in 0..PAGES {
        let audit = Audit::look(eye, "elasticache");
        let call = eye.clients.elasticache.describe_global_replication_groups().show_member_info(true).set_marker(page);
        let told = audit.settle(call.customize().interceptor(audit.clone()).send()).await?;
        all.extend(told.global_replication_groups().iter().map(datastore));
        page = next(told.marker());
        if page.is_none() {
            return Ok(all);
        }
    }
    Err(too_many())
}

async fn all_groups(eye: Eye<'_>) -> Result<Vec<ReplicationGroup>, Trouble> {
    let (mut all, mut page) = (Vec::new(), None);
    for _ in 0..PAGES {
        let audit = Audit::look(eye, "elasticache");
        let call = eye.clients.elasticache.describe_replication_groups().set_marker(page);
        let told = audit.settle(call.customize().interceptor(audit.clone()).send()).await?;
        all.extend(told.replication_groups().iter().map(group));
        page = next(told.marker());
        if page.is_none() {
            return Ok(all);
        }
    }
    Err(too_many())
}

fn next(marker: Option<&str>) -> Option<String> {
    marker.filter(|marker| !marker.is_empty()).map(str::to_owned)
}

/// What was not read to its end says nothing of what is not in it.
fn too_many() -> Trouble {
    Trouble {
        sort: Sort::Failing,
        code: None,
        message: Clean::new(&format!("more than {PAGES} pages of them in this region")),
    }
}

fn datastore(found: &GlobalReplicationGroup) -> GlobalDatastore {
    let members = found.members().iter().map(|member| Member {
        group: clean(member.replication_group_id()),
        region: clean(member.replication_group_region()),
        role: clean(member.role()),
        status: clean(member.status()),
    });
    GlobalDatastore {
        id: clean(found.global_replication_group_id()),
        status: clean(found.status()),
        members: members.collect(),
    }
}

fn group(found: &Group) -> ReplicationGroup {
    let shards = found.node_groups();
    let first = shards.first();
    let written = found.configuration_endpoint().or_else(|| first.and_then(|shard| shard.primary_endpoint()));
    let global = found.global_replication_group_info();
    // In cluster mode everybody asks the one endpoint.
    let reader = first.filter(|_| found.configuration_endpoint().is_none()).and_then(|shard| shard.reader_endpoint());
    let nodes = shards.iter().map(|shard| shard.node_group_members().len()).min().unwrap_or(0);
    ReplicationGroup {
        id: clean(found.replication_group_id()),
        status: clean(found.status()),
        datastore: global.and_then(|global| told(global.global_replication_group_id())),
        role: global.and_then(|global| told(global.global_replication_group_member_role())),
        endpoint: written.and_then(|endpoint| told(endpoint.address())),
        port: written.and_then(|endpoint| endpoint.port()).and_then(|port| u16::try_from(port).ok()),
        reader: reader.and_then(|endpoint| told(endpoint.address())),
        multi_az: told(found.multi_az().map(|status| status.as_str())),
        fails_over: told(found.automatic_failover().map(|status| status.as_str())),
        nodes: u64::try_from(nodes).unwrap_or(u64::MAX),
    }
}

fn clean(text: Option<&str>) -> Clean {
    Clean::new(text.unwrap_or_default())
}

fn told(text: Option<&str>) -> Option<Clean> {
    text.filter(|text| !text.is_empty()).map(Clean::new)
}

/// Does what is done here.
pub(super) async fn act(hand: Hand<'_>, operation: &ElastiCacheOperation) -> Result<Receipt, Trouble> {
    let client = &hand.eye.clients.elasticache;
    match operation {
        ElastiCacheOperation::FailOverDatastore { datastore, region, group } => {
            let audit = Audit::act(hand, "elasticache");
            let call = client
                .failover_global_replication_group()
                .global_replication_group_id(datastore.as_str())
                .primary_region(region.as_str())
                .primary_replication_group_id(group.as_str());
            audit.settle(call.customize().interceptor(audit.clone()).send()).await?;
        }
        ElastiCacheOperation::LeaveDatastore { datastore, region, group } => {
            let audit = Audit::act(hand, "elasticache");
            let call = client
                .disassociate_global_replication_group()
                .global_replication_group_id(datastore.as_str())
                .replication_group_region(region.as_str())
                .replication_group_id(group.as_str());
            audit.settle(call.customize().interceptor(audit.clone()).send()).await?;
        }
    }
    Ok(Receipt::default())
}
