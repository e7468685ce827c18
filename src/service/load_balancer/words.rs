//! What can be asked of Elastic Load Balancing, and what its API calls it. Nothing is done to it.

use super::seen::{Forward, Kept, LoadBalancer, Observation, TargetGroup};
use crate::service::Place;
use crate::service::family::{Asked, Batch};
use crate::service::observation as any;
use crate::service::work::Want;
use crate::text::Clean;
use serde::{Deserialize, Serialize};

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "query", rename_all = "snake_case")]
pub enum Query {
    /// `elbv2:DescribeTargetGroups` and `elbv2:DescribeTargetHealth` of a target group.
    TargetHealth {
        /// The target group's name or ARN.
        target_group: Clean,
    },
    /// `elbv2:DescribeLoadBalancers`, many in one call.
    LoadBalancer {
        /// The load balancer's name or ARN.
        name: Clean,
    },
    /// `elbv2:DescribeListeners` and `elbv2:DescribeRules`: where a load balancer sends its traffic.
    Forwards {
        /// The load balancer's name or ARN.
        balancer: Clean,
    },
    /// `elbv2:DescribeLoadBalancerAttributes`: how long connections of clients are kept.
    KeepAlive {
        /// The load balancer's name or ARN.
        balancer: Clean,
    },
}

impl Asked for Query {
    type Seen = Observation;

    fn api_name(&self) -> &'static str {
        match self {
            Self::TargetHealth { .. } => "elbv2.DescribeTargetHealth",
            Self::LoadBalancer { .. } => "elbv2.DescribeLoadBalancers",
            Self::Forwards { .. } => "elbv2.DescribeRules",
            Self::KeepAlive { .. } => "elbv2.DescribeLoadBalancerAttributes",
        }
    }

    fn is_a_call_each(&self) -> bool {
        match self {
            Self::TargetHealth { .. } | Self::Forwards { .. } | Self::KeepAlive { .. } => true,
            Self::LoadBalancer { .. } => false,
        }
    }

    // Twenty names (API reference).
    fn batch(&self) -> Batch<'_> {
        Batch { of: None, most: 20 }
    }

    #[cfg(test)]
    fn examples() -> Vec<(Self, Observation)> {
        vec![
            (Query::TargetHealth { target_group: "api".into() }, Observation::TargetHealth { group: None }),
            (Query::LoadBalancer { name: "shop".into() }, Observation::LoadBalancer { load_balancer: None }),
            (Query::Forwards { balancer: "shop".into() }, Observation::Forwards { to: None }),
            (Query::KeepAlive { balancer: "shop".into() }, Observation::KeepAlive { kept: None }),
        ]
    }
}

/// The targets of a target group, by its name or ARN.
pub(in crate::service) fn target_group(at: &Place, name: &str) -> Want<TargetGroup> {
    Want::new(at.ask(Query::TargetHealth { target_group: name.into() }), |seen| match seen {
        any::Observation::Elb(Observation::TargetHealth { group }) => Some(group.as_ref()),
        _ => None,
    })
}

/// A load balancer, by its name or ARN.
pub(in crate::service) fn balancer(at: &Place, name: &str) -> Want<LoadBalancer> {
    Want::new(at.ask(Query::LoadBalancer { name: name.into() }), |seen| match seen {
        any::Observation::Elb(Observation::LoadBalancer { load_balancer }) => Some(load_balancer.as_ref()),
        _ => None,
    })
}

/// Where a load balancer sends its traffic.
pub(super) fn forwards(at: &Place, name: &str) -> Want<Vec<Forward>> {
    Want::new(at.ask(Query::Forwards { balancer: name.into() }), |seen| match seen {
        any::Observation::Elb(Observation::Forwards { to }) => Some(to.as_ref()),
        _ => None,
    })
}

/// How long a load balancer keeps connections of clients.
pub(super) fn kept(at: &Place, name: &str) -> Want<Kept> {
    Want::new(at.ask(Query::KeepAlive { balancer: name.into() }), |seen| match seen {
        any::Observation::Elb(Observation::KeepAlive { kept }) => Some(kept.as_ref()),
        _ => None,
    })
}
