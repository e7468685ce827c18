//! Where a load balancer sends its traffic: the forwards of its listeners and of their rules, with their weights.

use crate::cloud::aws::audit::Audit;
use crate::cloud::aws::desk::{Answers, Eye};
use crate::cloud::aws::trouble::Trouble;
use crate::service::observation::Forward;
use crate::service::{ElbObservation, Observation, Query, Unanswered};
use crate::text::Clean;
use aws_sdk_elasticloadbalancingv2::types::{Action, Listener, LoadBalancer, LoadBalancerTypeEnum, Rule};

/// Looks at the listeners and rules of every load balancer asked for; there is no call for several.
pub(in crate::cloud::aws) async fn look(eye: Eye<'_>, queries: Vec<&Query>) -> Answers {
    let balancers = super::found_balancers(eye, &queries).await;
    let looks = queries.into_iter().zip(balancers).map(|(query, balancer)| async move {
        let to = match balancer {
            Ok(Some(balancer)) => forwards(eye, &balancer).await.map(Some),
            Ok(None) => Ok(None),
            Err(unanswered) => Err(unanswered),
        };
        (query.clone(), to.map(|to| Observation::Elb(ElbObservation::Forwards { to })))
    });
    futures::future::join_all(looks).await
}

async fn forwards(eye: Eye<'_>, balancer: &LoadBalancer) -> Result<Vec<Forward>, Unanswered> {
    let listeners = listeners(eye, balancer).await.map_err(|trouble| trouble.unanswered())?;
    let mut found: Vec<Forward> =
        listeners.iter().flat_map(|listener| listener.default_actions()).flat_map(forwards_of).collect();
    // Only an Application Load Balancer's listeners have rules beside their default action.
    if balancer.r#type() == Some(&LoadBalancerTypeEnum::Application) {
        for listener in &listeners {
            let rules = rules(eye, listener).await.map_err(|trouble| trouble.unanswered())?;
            found.extend(rules.iter().flat_map(|rule| rule.actions()).flat_map(forwards_of));
        }
    }
    Ok(found)
}

async fn listeners(eye: Eye<'_>, balancer: &LoadBalancer) -> Result<Vec<Listener>, Trouble> {
    let arn = balancer.load_balancer_arn().unwrap_or_default();
    let (mut found, mut marker) = (Vec::new(), None);
    loop {
        let audit = Audit::look(eye, "elbv2");
        let call = eye.clients.elbv2.describe_listeners().load_balancer_arn(arn).set_marker(marker);
        let page = audit.settle(call.customize().interceptor(audit.clone()).send()).await?;
        found.extend(page.listeners.unwrap_or_default());
        marker = page.next_marker.filter(|marker| !marker.is_empty());
        if marker.is_none() {
            return Ok(found);
        }
    }
}

async fn rules(eye: Eye<'_>, listener: &Listener) -> Result<Vec<Rule>, Trouble> {
    let arn = listener.listener_arn().unwrap_or_default();
    let (mut found, mut marker) = (Vec::new(), None);
    loop {
        let audit = Audit::look(eye, "elbv2");
        let call = eye.clients.elbv2.describe_rules().listener_arn(arn).set_marker(marker);
        let page = audit.settle(call.customize().interceptor(audit.clone()).send()).await?;
        found.extend(page.rules.unwrap_or_default());
        marker = page.next_marker.filter(|marker| !marker.is_empty());
        if marker.is_none() {
            return Ok(found);
        }
    }
}

/// Each group that an action forwards to. An action of one group may name it in either place.
fn forwards_of(action: &Action) -> Vec<Forward> {
    let several = action.forward_config().map(|config| config.target_groups()).unwrap_or_default();
    if several.is_empty() {
        let whole = |arn: &str| Forward { group: Clean::new(arn), weight: None };
        return action.target_group_arn().map(whole).into_iter().collect();
    }
    let group = |tuple: &aws_sdk_elasticloadbalancingv2::types::TargetGroupTuple| {
        let weight = tuple.weight().and_then(|weight| u64::try_from(weight).ok());
        Some(Forward { group: Clean::new(tuple.target_group_arn()?), weight })
    };
    several.iter().filter_map(group).collect()
}
