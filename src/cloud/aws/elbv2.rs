//! Elastic Load Balancing v2: target health and load balancers. Landfall only looks here.

use super::audit::Audit;
use super::observer::{Answers, Eye, all_unanswered};
use super::trouble::Trouble;
use crate::service::observation::{LoadBalancer, Target, TargetGroup};
use crate::service::{Observation, Query, Unanswered};
use crate::text::Clean;
use std::collections::BTreeMap;

/// How many names one call takes.
const NAMES: usize = 20;

/// Finds every target group by name, many in a call, then each group's targets.
pub(super) async fn target_groups(eye: Eye<'_>, queries: Vec<&Query>) -> Answers {
    let names = names(&queries);
    let arns = match group_arns(eye, &names).await {
        Ok(arns) => arns,
        Err(trouble) => return all_unanswered(&queries, &trouble),
    };
    let looks = queries.into_iter().map(|query| {
        let arn = name(query).and_then(|name| arns.get(name)).cloned();
        async move {
            let group = match arn {
                None => Ok(None),
                Some(arn) => targets(eye, &arn).await.map(Some),
            };
            (query.clone(), group.map(|group| Observation::TargetHealth { group }))
        }
    });
    futures::future::join_all(looks).await
}

/// The ARN of each group that is there, by name. When one of many is missing the API answers for none: then each alone.
async fn group_arns(eye: Eye<'_>, names: &[String]) -> Result<BTreeMap<String, String>, Trouble> {
    let mut arns = BTreeMap::new();
    for chunk in names.chunks(NAMES) {
        match some_group_arns(eye, chunk).await {
            Ok(found) => arns.extend(found),
            Err(trouble) if is_missing(&trouble) && chunk.len() == 1 => {}
            Err(trouble) if is_missing(&trouble) => {
                for name in chunk {
                    match some_group_arns(eye, std::slice::from_ref(name)).await {
                        Ok(found) => arns.extend(found),
                        Err(trouble) if is_missing(&trouble) => {}
                        Err(trouble) => return Err(trouble),
                    }
                }
            }
            Err(trouble) => return Err(trouble),
        }
    }
    Ok(arns)
}

fn is_missing(trouble: &Trouble) -> bool {
    trouble.is(&["TargetGroupNotFound", "LoadBalancerNotFound"])
}

async fn some_group_arns(eye: Eye<'_>, names: &[String]) -> Result<Vec<(String, String)>, Trouble> {
    let audit = Audit::look(eye, "elbv2");
    let call = eye.clients.elbv2.describe_target_groups().set_names(Some(names.to_vec()));
    let found = audit.settle(call.customize().interceptor(audit.clone()).send()).await?;
    let pair = |group: &aws_sdk_elasticloadbalancingv2::types::TargetGroup| {
        Some((group.target_group_name()?.to_owned(), group.target_group_arn()?.to_owned()))
    };
    Ok(found.target_groups().iter().filter_map(pair).collect())
}

async fn targets(eye: Eye<'_>, arn: &str) -> Result<TargetGroup, Unanswered> {
    let audit = Audit::look(eye, "elbv2");
    let call = eye.clients.elbv2.describe_target_health().target_group_arn(arn);
    let found = audit
        .settle(call.customize().interceptor(audit.clone()).send())
        .await
        .map_err(|trouble| trouble.unanswered())?;
    let targets = found.target_health_descriptions().iter().map(|described| {
        let health = described.target_health();
        Target {
            id: Clean::new(described.target().and_then(|target| target.id()).unwrap_or_default()),
            state: Clean::new(health.and_then(|health| health.state()).map_or("", |state| state.as_str())),
            reason: health.and_then(|health| health.reason()).map(|reason| Clean::new(reason.as_str())),
        }
    });
    Ok(TargetGroup { arn: Clean::new(arn), targets: targets.collect() })
}

/// Finds every load balancer by name, many in a call.
pub(super) async fn load_balancers(eye: Eye<'_>, queries: Vec<&Query>) -> Answers {
    let mut answers = Vec::new();
    for chunk in queries.chunks(NAMES) {
        match some_load_balancers(eye, chunk).await {
            Err(trouble) if is_missing(&trouble) && chunk.len() > 1 => {
                for query in chunk {
                    let one = std::slice::from_ref(query);
                    answers.extend(found_or_absent(one, some_load_balancers(eye, one).await));
                }
            }
            found => answers.extend(found_or_absent(chunk, found)),
        }
    }
    answers
}

fn found_or_absent(queries: &[&Query], found: Result<Vec<(String, LoadBalancer)>, Trouble>) -> Answers {
    let found: BTreeMap<String, LoadBalancer> = match found {
        Ok(found) => found.into_iter().collect(),
        Err(trouble) if is_missing(&trouble) => BTreeMap::new(),
        Err(trouble) => return all_unanswered(queries, &trouble),
    };
    let answer = |query: &&Query| {
        let load_balancer = name(query).and_then(|name| found.get(name)).cloned();
        ((*query).clone(), Ok(Observation::LoadBalancer { load_balancer }))
    };
    queries.iter().map(answer).collect()
}

async fn some_load_balancers(eye: Eye<'_>, queries: &[&Query]) -> Result<Vec<(String, LoadBalancer)>, Trouble> {
    let audit = Audit::look(eye, "elbv2");
    let call = eye.clients.elbv2.describe_load_balancers().set_names(Some(names(queries)));
    let found = audit.settle(call.customize().interceptor(audit.clone()).send()).await?;
    let clean = |text: Option<&str>| Clean::new(text.unwrap_or_default());
    let balancers = found.load_balancers().iter().map(|balancer| {
        let state = balancer.state().and_then(|state| state.code()).map(|code| code.as_str());
        let seen = LoadBalancer {
            arn: clean(balancer.load_balancer_arn()),
            dns_name: clean(balancer.dns_name()),
            zone_id: clean(balancer.canonical_hosted_zone_id()),
            state: clean(state),
        };
        (balancer.load_balancer_name().unwrap_or_default().to_owned(), seen)
    });
    Ok(balancers.collect())
}

fn names(queries: &[&Query]) -> Vec<String> {
    queries.iter().filter_map(|query| name(query)).map(str::to_owned).collect()
}

fn name(query: &Query) -> Option<&str> {
    match query {
        Query::TargetHealth { target_group } => Some(target_group.as_str()),
        Query::LoadBalancer { name } => Some(name.as_str()),
        _ => None,
    }
}
