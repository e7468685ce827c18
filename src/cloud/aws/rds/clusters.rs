//! Aurora's clusters and global databases (Amazon Aurora User Guide, "Using Amazon Aurora Global Database").

use super::{backups, clean, told};
use crate::cloud::aws::audit::Audit;
use crate::cloud::aws::desk::{Answers, Eye, Hand, all_unanswered};
use crate::cloud::aws::trouble::{Sort, Trouble};
use crate::service::observation::{
    ClusterInstance, ClusterSnapshot, DbCluster, DbEvent, GlobalCluster, GlobalMember, GlobalMove,
};
use crate::service::{Observation, Query, RdsObservation, RdsQuery, Receipt};
use crate::text::Clean;
use aws_sdk_rds::types::{self, Filter};
use aws_smithy_types::DateTime;
use jiff::Timestamp;
use std::collections::HashMap;

/// How many pages are read: a hundred things each.
const PAGES: usize = 50;
/// How many values one filter takes.
const VALUES: usize = 100;

/// All global databases of the account, once for everybody who asks.
pub(super) async fn look_at_globals(eye: Eye<'_>, queries: Vec<&Query>) -> Answers {
    let mut all = Vec::new();
    let mut page = None;
    loop {
        let audit = Audit::look(eye, "rds");
        let call = eye.clients.rds.describe_global_clusters().set_marker(page).customize().interceptor(audit.clone());
        let found = match audit.settle(call.send()).await {
            Ok(found) => found,
            Err(trouble) => return all_unanswered(&queries, &trouble),
        };
        all.extend(found.global_clusters().iter().map(global));
        page = next(found.marker());
        if page.is_none() {
            break;
        }
        if all.len() >= PAGES * VALUES {
            return all_unanswered(&queries, &too_many());
        }
    }
    let find = |query: &Query| {
        let global = all.iter().find(|global| global.id.eq_ignore_ascii_case(id(query))).cloned();
        (query.clone(), Ok(RdsObservation::GlobalCluster { global }.into()))
    };
    queries.into_iter().map(find).collect()
}

/// Every cluster asked for and all their instances, in two calls a hundred. An id that the answer leaves out is not there.
pub(super) async fn look_at_clusters(eye: Eye<'_>, queries: Vec<&Query>) -> Answers {
    let mut answers = Vec::new();
    for chunk in queries.chunks(VALUES) {
        let ids: Vec<String> = chunk.iter().map(|query| id(query).to_owned()).collect();
        match describe(eye, ids).await {
            Ok(clusters) => answers.extend(chunk.iter().map(|query| {
                let cluster = clusters.get(&id(query).to_lowercase()).cloned();
                ((*query).clone(), Ok(Observation::Rds(RdsObservation::DbCluster { cluster })))
            })),
            Err(trouble) => answers.extend(all_unanswered(chunk, &trouble)),
        }
    }
    answers
}

async fn describe(eye: Eye<'_>, ids: Vec<String>) -> Result<HashMap<String, DbCluster>, Trouble> {
    let filter = Filter::builder().name("db-cluster-id").set_values(Some(ids)).build();
    let instances = instances(eye, filter.clone());
    let clusters = async {
        let (mut all, mut page) = (Vec::new(), None);
        for _ in 0..PAGES {
            let audit = Audit::look(eye, "rds");
            let call = eye.clients.rds.describe_db_clusters().filters(filter.clone()).set_marker(page);
            let found = audit.settle(call.customize().interceptor(audit.clone()).send()).await?;
            all.extend(found.db_clusters().to_vec());
            page = next(found.marker());
            if page.is_none() {
                return Ok(all);
            }
        }
        Err(too_many())
    };
    let (clusters, instances) = futures::future::try_join(clusters, instances).await?;
    let cluster = |found: &types::DbCluster| cluster(found, &instances);
    Ok(clusters.iter().map(cluster).map(|cluster| (cluster.id.to_lowercase(), cluster)).collect())
}

/// Every instance of some clusters, by its identifier in lower case.
async fn instances(eye: Eye<'_>, filter: Filter) -> Result<HashMap<String, types::DbInstance>, Trouble> {
    let (mut all, mut page) = (HashMap::new(), None);
    for _ in 0..PAGES {
        let audit = Audit::look(eye, "rds");
        let call = eye.clients.rds.describe_db_instances().filters(filter.clone()).set_marker(page);
        let found = audit.settle(call.customize().interceptor(audit.clone()).send()).await?;
        let by_id = |instance: &types::DbInstance| {
            (instance.db_instance_identifier().unwrap_or_default().to_lowercase(), instance.clone())
        };
        all.extend(found.db_instances().iter().map(by_id));
        page = next(found.marker());
        if page.is_none() {
            return Ok(all);
        }
    }
    Err(too_many())
}

/// The events of a region since the earliest moment that anybody asks from, once for all; each is told those that name its
/// cluster.
pub(super) async fn look_at_events(eye: Eye<'_>, queries: Vec<&Query>) -> Answers {
    let since = queries.iter().filter_map(|query| of_events(query)).map(|(_, since)| since).min();
    let Some(since) = since else { return Vec::new() };
    match events(eye, since).await {
        Ok(all) => queries.into_iter().map(|query| (query.clone(), Ok(own(query, &all)))).collect(),
        Err(trouble) => all_unanswered(&queries, &trouble),
    }
}

fn own(query: &Query, all: &[DbEvent]) -> Observation {
    let (cluster, since) = of_events(query).unwrap_or(("", Timestamp::MAX));
    let is_own = |event: &&DbEvent| event.at >= since && event.is_about(cluster);
    RdsObservation::DbEvents { events: all.iter().filter(is_own).cloned().collect() }.into()
}

async fn events(eye: Eye<'_>, since: Timestamp) -> Result<Vec<DbEvent>, Trouble> {
    let (mut all, mut page) = (Vec::new(), None);
    for _ in 0..PAGES {
        let audit = Audit::look(eye, "rds");
        let call = eye.clients.rds.describe_events().start_time(DateTime::from_secs(since.as_second()));
        let found = audit.settle(call.set_marker(page).customize().interceptor(audit.clone()).send()).await?;
        all.extend(found.events().iter().filter_map(event));
        page = next(found.marker());
        if page.is_none() {
            all.sort_by_key(|event| event.at);
            return Ok(all);
        }
    }
    Err(too_many())
}

/// The snapshots of each cluster asked for, a call each.
pub(super) async fn look_at_snapshots(eye: Eye<'_>, queries: Vec<&Query>) -> Answers {
    let looks = queries.into_iter().map(|query| async move {
        let told = snapshots(eye, id(query)).await;
        (query.clone(), told.map_err(|trouble| trouble.unanswered()))
    });
    futures::future::join_all(looks).await
}

async fn snapshots(eye: Eye<'_>, cluster: &str) -> Result<Observation, Trouble> {
    let (mut all, mut page) = (Vec::new(), None);
    for _ in 0..PAGES {
        let audit = Audit::look(eye, "rds");
        let call = eye.clients.rds.describe_db_cluster_snapshots().db_cluster_identifier(cluster).set_marker(page);
        let found = audit.settle(call.customize().interceptor(audit.clone()).send()).await?;
        all.extend(found.db_cluster_snapshots().iter().map(snapshot));
        page = next(found.marker());
        if page.is_none() {
            return Ok(RdsObservation::ClusterSnapshots { snapshots: all }.into());
        }
    }
    Err(too_many())
}

fn id(query: &Query) -> &str {
    match query {
        Query::Rds(
            RdsQuery::GlobalCluster { id }
            | RdsQuery::DbCluster { id }
            | RdsQuery::ClusterSnapshots { cluster: id }
            | RdsQuery::DbEvents { cluster: id, .. },
        ) => id,
        _ => "",
    }
}

fn of_events(query: &Query) -> Option<(&str, Timestamp)> {
    match query {
        Query::Rds(RdsQuery::DbEvents { cluster, since }) => Some((cluster, *since)),
        _ => None,
    }
}

fn next(marker: Option<&str>) -> Option<String> {
    marker.filter(|marker| !marker.is_empty()).map(str::to_owned)
}

/// What was not read to its end says nothing of what is not in it.
fn too_many() -> Trouble {
    let message = Clean::new(&format!("more than {PAGES} pages of them in this region"));
    Trouble { sort: Sort::Failing, code: None, message }
}

fn global(found: &types::GlobalCluster) -> GlobalCluster {
    let members = found.global_cluster_members().iter().map(|member| GlobalMember {
        arn: clean(member.db_cluster_arn()),
        writer: member.is_writer().unwrap_or(false),
        synchronization: member.synchronization_status().and_then(|status| told(Some(status.as_str()))),
    });
    // One without a word in it is none: RDS leaves it out, or empty.
    let moving = found.failover_state().and_then(|state| {
        let status = told(state.status().map(|status| status.as_str()))?;
        let loses = state.is_data_loss_allowed().unwrap_or(false);
        Some(GlobalMove { status, to: clean(state.to_db_cluster_arn()), loses })
    });
    GlobalCluster {
        id: clean(found.global_cluster_identifier()),
        status: clean(found.status()),
        engine_version: told(found.engine_version()),
        endpoint: told(found.endpoint()),
        members: members.collect(),
        moving,
    }
}

fn cluster(found: &types::DbCluster, instances: &HashMap<String, types::DbInstance>) -> DbCluster {
    let instances = found.db_cluster_members().iter().map(|member| {
        let id = clean(member.db_instance_identifier());
        let instance = instances.get(&id.to_lowercase());
        ClusterInstance {
            writer: member.is_cluster_writer().unwrap_or(false),
            status: instance.map(|instance| clean(instance.db_instance_status())),
            class: instance.and_then(|instance| told(instance.db_instance_class())),
            zone: instance.and_then(|instance| told(instance.availability_zone())),
            parameters_applied: told(member.db_cluster_parameter_group_status()),
            id,
        }
    });
    DbCluster {
        id: clean(found.db_cluster_identifier()),
        arn: clean(found.db_cluster_arn()),
        resource_id: clean(found.db_cluster_resource_id()),
        status: clean(found.status()),
        engine_version: told(found.engine_version()),
        endpoint: told(found.endpoint()),
        reader: told(found.reader_endpoint()),
        port: found.port().and_then(|port| u16::try_from(port).ok()),
        parameter_group: told(found.db_cluster_parameter_group()),
        most_capacity: found.serverless_v2_scaling_configuration().and_then(|scaling| scaling.max_capacity()),
        instances: instances.collect(),
    }
}

fn event(found: &types::Event) -> Option<DbEvent> {
    let at = moment(found.date()?)?;
    Some(DbEvent { at, source: clean(found.source_identifier()), message: clean(found.message()) })
}

fn snapshot(found: &types::DbClusterSnapshot) -> ClusterSnapshot {
    ClusterSnapshot {
        id: clean(found.db_cluster_snapshot_identifier()),
        status: clean(found.status()),
        created_at: found.snapshot_create_time().and_then(moment),
        arn: told(found.db_cluster_snapshot_arn()),
        of_run: found.tag_list().iter().find(|tag| tag.key() == Some(backups::TAG)).and_then(|tag| told(tag.value())),
    }
}

fn moment(at: &DateTime) -> Option<Timestamp> {
    Timestamp::from_millisecond(at.to_millis().ok()?).ok()
}

/// `SwitchoverGlobalCluster`.
pub(super) async fn switch(hand: Hand<'_>, global: &str, target: &str) -> Result<Receipt, Trouble> {
    let audit = Audit::act(hand, "rds");
    let call = hand.eye.clients.rds.switchover_global_cluster().global_cluster_identifier(global);
    let call = call.target_db_cluster_identifier(target).customize().interceptor(audit.clone());
    audit.settle(call.send()).await?;
    Ok(Receipt::default())
}

/// `FailoverGlobalCluster` with AllowDataLoss: without it that is a switchover, and wants the old region well.
pub(super) async fn fail_over(hand: Hand<'_>, global: &str, target: &str) -> Result<Receipt, Trouble> {
    let audit = Audit::act(hand, "rds");
    let call = hand.eye.clients.rds.failover_global_cluster().global_cluster_identifier(global);
    let call = call.target_db_cluster_identifier(target).allow_data_loss(true);
    audit.settle(call.customize().interceptor(audit.clone()).send()).await?;
    Ok(Receipt::default())
}

/// `RemoveFromGlobalCluster`.
pub(super) async fn leave(hand: Hand<'_>, global: &str, cluster: &str) -> Result<Receipt, Trouble> {
    let audit = Audit::act(hand, "rds");
    let call = hand.eye.clients.rds.remove_from_global_cluster().global_cluster_identifier(global);
    let call = call.db_cluster_identifier(cluster).customize().interceptor(audit.clone());
    audit.settle(call.send()).await?;
    Ok(Receipt::default())
}

/// `CopyDBClusterSnapshot` within the region.
pub(super) async fn copy(hand: Hand<'_>, from: &str, to: &str) -> Result<Receipt, Trouble> {
    let audit = Audit::act(hand, "rds");
    let call = hand.eye.clients.rds.copy_db_cluster_snapshot().source_db_cluster_snapshot_identifier(from);
    let call = call.target_db_cluster_snapshot_identifier(to).customize().interceptor(audit.clone());
    audit.settle(call.send()).await?;
    Ok(Receipt { id: Some(Clean::new(to)), exit: None })
}
