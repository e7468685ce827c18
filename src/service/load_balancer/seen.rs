//! What Elastic Load Balancing said, as data: states are kept as the open strings they are.

use crate::text::Clean;
use serde::{Deserialize, Serialize};

/// What was seen. `None` inside means: the answer was that there is no such thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "saw", rename_all = "snake_case")]
pub enum Observation {
    /// The health of a target group's targets.
    TargetHealth {
        /// The group, if there is one of that name.
        group: Option<TargetGroup>,
    },
    /// A load balancer.
    LoadBalancer {
        /// The load balancer, if there is one of that name.
        load_balancer: Option<LoadBalancer>,
    },
    /// Where a load balancer sends its traffic.
    Forwards {
        /// Each target group that one of its listeners or rules forwards to; `None` when there is no such load balancer.
        to: Option<Vec<Forward>>,
    },
    /// How long a load balancer keeps connections of clients.
    KeepAlive {
        /// That; `None` when there is no such load balancer.
        kept: Option<Kept>,
    },
}

/// How long connections of clients are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Type `application`: no other ends connections itself.
    pub of_requests: bool,
    /// `client_keep_alive.seconds`, of an Application Load Balancer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u64>,
}

/// The targets of a target group.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TargetGroup {
    /// TargetGroupArn.
    pub arn: Clean,
    /// LoadBalancerArns: the load balancers that route to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub balancers: Vec<Clean>,
    /// Each target and its state.
    pub targets: Vec<Target>,
}

impl TargetGroup {
    /// How many are healthy.
    pub fn healthy(&self) -> u64 {
        self.targets.iter().filter(|target| target.state.as_str() == "healthy").count() as u64
    }
}

/// A target of a target group.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Target {
    /// Target id: address or instance.
    pub id: Clean,
    /// Its port.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// `initial`, `healthy`, `unhealthy`, `draining`, …, an open string.
    pub state: Clean,
    /// `Target.FailedHealthChecks`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Clean>,
}

/// What `DescribeLoadBalancers` says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LoadBalancer {
    /// LoadBalancerArn.
    pub arn: Clean,
    /// DNSName.
    pub dns_name: Clean,
    /// CanonicalHostedZoneId.
    pub zone_id: Clean,
    /// `active`, `provisioning`, …
    pub state: Clean,
}

/// A forward of a listener or of one of its rules.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Forward {
    /// TargetGroupArn.
    pub group: Clean,
    /// Its weight among the groups of the same action: none of the traffic at 0, all of it without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<u64>,
}
