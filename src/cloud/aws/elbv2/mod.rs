//! Elastic Load Balancing v2: target groups, their targets' health, and load balancers, by name or ARN. Landfall only
//! looks here.

pub(super) mod listeners;

use super::audit::Audit;
use super::desk::{Answers, Asked, Eye, Look};
use super::trouble::{Sort, Trouble};
use crate::service::observation::{Kept, LoadBalancer, Target, TargetGroup};
use crate::service::{ElbObservation, ElbQuery, Observation, Query, Unanswered};
use crate::text::Clean;
use aws_sdk_elasticloadbalancingv2::types::{LoadBalancer as Balancer, LoadBalancerTypeEnum, TargetGroup as Group};
use std::collections::BTreeMap;
use std::future::Future;

/// What is asked here.
pub(super) const READS: &[&str] = &[
    "DescribeListeners",
    "DescribeLoadBalancerAttributes",
    "DescribeLoadBalancers",
    "DescribeRules",
    "DescribeTargetGroups",
    "DescribeTargetHealth",
];

/// The looks that answer `asked`.
pub(in crate::cloud::aws) fn looks<'a>(eye: Eye<'a>, asked: Asked<'a, ElbQuery>) -> Vec<Look<'a>> {
    let mut groups = Vec::new();
    let mut balancers = Vec::new();
    let mut forwards = Vec::new();
    let mut kept = Vec::new();
    for (query, words) in asked {
        match words {
            ElbQuery::TargetHealth { .. } => groups.push(query),
            ElbQuery::LoadBalancer { .. } => balancers.push(query),
            ElbQuery::Forwards { .. } => forwards.push(query),
            ElbQuery::KeepAlive { .. } => kept.push(query),
        }
    }
    vec![
        Look::of(groups, |queries| target_groups(eye, queries)),
        Look::of(balancers, |queries| load_balancers(eye, queries)),
        Look::of(forwards, |queries| listeners::look(eye, queries)),
        Look::of(kept, |queries| keep_alive(eye, queries)),
    ]
}

/// How many names or ARNs one call takes.
const NAMES: usize = 20;

/// Whether names or ARNs are asked for: one call takes one of them.
#[derive(Clone, Copy)]
enum By {
    Name,
    Arn,
}

/// What was found for a name or an ARN.
pub(super) type Found<T> = Result<Option<T>, Unanswered>;

/// Finds every target group, many in a call, then each group's targets.
pub(super) async fn target_groups(eye: Eye<'_>, queries: Vec<&Query>) -> Answers {
    let groups = find(&queries, |by, names| groups(eye, by, names)).await;
    let looks = queries.into_iter().map(|query| {
        let group = of(query, &groups);
        async move {
            let group = match group {
                Ok(None) => Ok(None),
                Ok(Some(group)) => targets(eye, &group).await.map(Some),
                Err(unanswered) => Err(unanswered),
            };
            (query.clone(), group.map(|group| Observation::Elb(ElbObservation::TargetHealth { group })))
        }
    });
    futures::future::join_all(looks).await
}

/// Finds every load balancer, many in a call.
pub(super) async fn load_balancers(eye: Eye<'_>, queries: Vec<&Query>) -> Answers {
    let balancers = find(&queries, |by, names| balancers(eye, by, names)).await;
    let answer = |query: &Query| {
        let found = of(query, &balancers).map(|balancer| balancer.map(|balancer| observed(&balancer)));
        (query.clone(), found.map(|load_balancer| Observation::Elb(ElbObservation::LoadBalancer { load_balancer })))
    };
    queries.into_iter().map(answer).collect()
}

/// What DescribeLoadBalancers says of each that the queries name.
pub(super) async fn found_balancers(eye: Eye<'_>, queries: &[&Query]) -> Vec<Found<Balancer>> {
    let found = find(queries, |by, names| balancers(eye, by, names)).await;
    queries.iter().map(|query| of(query, &found)).collect()
}

/// How long each load balancer keeps connections; there is no call for several.
async fn keep_alive(eye: Eye<'_>, queries: Vec<&Query>) -> Answers {
    let balancers = found_balancers(eye, &queries).await;
    let looks = queries.into_iter().zip(balancers).map(|(query, balancer)| async move {
        let kept = match balancer {
            Ok(Some(balancer)) => kept(eye, &balancer).await.map(Some).map_err(|trouble| trouble.unanswered()),
            Ok(None) => Ok(None),
            Err(unanswered) => Err(unanswered),
        };
        (query.clone(), kept.map(|kept| Observation::Elb(ElbObservation::KeepAlive { kept })))
    });
    futures::future::join_all(looks).await
}

async fn kept(eye: Eye<'_>, balancer: &Balancer) -> Result<Kept, Trouble> {
    let of_requests = balancer.r#type() == Some(&LoadBalancerTypeEnum::Application);
    let arn = balancer.load_balancer_arn().unwrap_or_default();
    let audit = Audit::look(eye, "elbv2");
    let call = eye.clients.elbv2.describe_load_balancer_attributes().load_balancer_arn(arn);
    let told = audit.settle(call.customize().interceptor(audit.clone()).send()).await?;
    let own = told.attributes().iter().find(|attribute| attribute.key() == Some("client_keep_alive.seconds"));
    Ok(Kept { of_requests, seconds: own.and_then(|own| own.value()?.parse().ok()) })
}

fn of<T: Clone>(query: &Query, found: &BTreeMap<String, Found<T>>) -> Found<T> {
    name(query).and_then(|name| found.get(name)).cloned().unwrap_or(Ok(None))
}

/// Finds all that the queries name, as few calls as it takes. Where one of many is missing, or no ARN at all, the API
/// answers for none: then each is asked for alone.
async fn find<T: Clone, F: Future<Output = Result<Vec<(String, T)>, Trouble>>>(
    queries: &[&Query],
    ask: impl Fn(By, Vec<String>) -> F,
) -> BTreeMap<String, Found<T>> {
    let names = queries.iter().filter_map(|query| name(query)).map(str::to_owned);
    let (arns, names): (Vec<String>, Vec<String>) = names.partition(|name| name.starts_with("arn:"));
    let mut found = BTreeMap::new();
    for (by, wanted) in [(By::Name, names), (By::Arn, arns)] {
        for chunk in wanted.chunks(NAMES) {
            match ask(by, chunk.to_vec()).await {
                Err(trouble) if trouble.sort == Sort::Refused && chunk.len() > 1 => {
                    for one in chunk {
                        let one = std::slice::from_ref(one);
                        found.extend(told(one, ask(by, one.to_vec()).await));
                    }
                }
                answer => found.extend(told(chunk, answer)),
            }
        }
    }
    found
}

/// What a call says of each of `names`.
fn told<T: Clone>(names: &[String], answer: Result<Vec<(String, T)>, Trouble>) -> Vec<(String, Found<T>)> {
    let found: Result<BTreeMap<String, T>, Unanswered> = match answer {
        Ok(found) => Ok(found.into_iter().collect()),
        Err(trouble) if trouble.is(&["TargetGroupNotFound", "LoadBalancerNotFound"]) => Ok(BTreeMap::new()),
        Err(trouble) => Err(trouble.unanswered()),
    };
    let of_one = |name: &String| found.as_ref().map(|found| found.get(name).cloned()).map_err(Clone::clone);
    names.iter().map(|name| (name.clone(), of_one(name))).collect()
}

async fn groups(eye: Eye<'_>, by: By, names: Vec<String>) -> Result<Vec<(String, Group)>, Trouble> {
    let audit = Audit::look(eye, "elbv2");
    let call = eye.clients.elbv2.describe_target_groups();
    let call = match by {
        By::Name => call.set_names(Some(names)),
        By::Arn => call.set_target_group_arns(Some(names)),
    };
    let found = audit.settle(call.customize().interceptor(audit.clone()).send()).await?;
    let key = |group: &Group| match by {
        By::Name => group.target_group_name().map(str::to_owned),
        By::Arn => group.target_group_arn().map(str::to_owned),
    };
    Ok(found.target_groups.unwrap_or_default().into_iter().filter_map(|group| Some((key(&group)?, group))).collect())
}

async fn balancers(eye: Eye<'_>, by: By, names: Vec<String>) -> Result<Vec<(String, Balancer)>, Trouble> {
    let audit = Audit::look(eye, "elbv2");
    let call = eye.clients.elbv2.describe_load_balancers();
    let call = match by {
        By::Name => call.set_names(Some(names)),
        By::Arn => call.set_load_balancer_arns(Some(names)),
    };
    let found = audit.settle(call.customize().interceptor(audit.clone()).send()).await?;
    let key = |balancer: &Balancer| match by {
        By::Name => balancer.load_balancer_name().map(str::to_owned),
        By::Arn => balancer.load_balancer_arn().map(str::to_owned),
    };
    let balancers = found.load_balancers.unwrap_or_default().into_iter();
    Ok(balancers.filter_map(|balancer| Some((key(&balancer)?, balancer))).collect())
}

async fn targets(eye: Eye<'_>, group: &Group) -> Result<TargetGroup, Unanswered> {
    let arn = group.target_group_arn().unwrap_or_default();
    let audit = Audit::look(eye, "elbv2");
    let call = eye.clients.elbv2.describe_target_health().target_group_arn(arn);
    let found = audit
        .settle(call.customize().interceptor(audit.clone()).send())
        .await
        .map_err(|trouble| trouble.unanswered())?;
    let targets = found.target_health_descriptions().iter().map(|described| {
        let (target, health) = (described.target(), described.target_health());
        Target {
            id: Clean::new(target.and_then(|target| target.id()).unwrap_or_default()),
            port: target.and_then(|target| target.port()).and_then(|port| u16::try_from(port).ok()),
            state: Clean::new(health.and_then(|health| health.state()).map_or("", |state| state.as_str())),
            reason: health.and_then(|health| health.reason()).map(|reason| Clean::new(reason.as_str())),
        }
    });
    Ok(TargetGroup {
        arn: Clean::new(arn),
        balancers: group.load_balancer_arns().iter().map(|arn| Clean::new(arn)).collect(),
        targets: targets.collect(),
    })
}

fn observed(balancer: &Balancer) -> LoadBalancer {
    let clean = |text: Option<&str>| Clean::new(text.unwrap_or_default());
    LoadBalancer {
        arn: clean(balancer.load_balancer_arn()),
        dns_name: clean(balancer.dns_name()),
        zone_id: clean(balancer.canonical_hosted_zone_id()),
        state: clean(balancer.state().and_then(|state| state.code()).map(|code| code.as_str())),
    }
}

fn name(query: &Query) -> Option<&str> {
    match query {
        Query::Elb(ElbQuery::TargetHealth { target_group }) => Some(target_group.as_str()),
        Query::Elb(ElbQuery::LoadBalancer { name })
        | Query::Elb(ElbQuery::Forwards { balancer: name } | ElbQuery::KeepAlive { balancer: name }) => {
            Some(name.as_str())
        }
        _ => None,
    }
}
