//! What can be asked of a cloud, as data. Asking changes nothing, ever.

use crate::plan::{AccountName, Region};
use crate::text::Clean;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Where a question or an operation goes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// The region whose endpoint is called.
    pub region: Region,
    /// The account, by its name in the plan; the ambient credentials when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountName>,
}

/// A question at a place. Equal asks of different steps are asked once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Ask {
    /// Where.
    pub place: Place,
    /// What.
    #[serde(flatten)]
    pub query: Query,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "query", rename_all = "snake_case")]
pub enum Query {
    /// `rds:DescribeDBInstances`, many ids in one call.
    DbInstance {
        /// DBInstanceIdentifier.
        id: Clean,
    },
    /// `cloudwatch:GetMetricData` of AWS/RDS `ReplicaLag` (seconds), all of a region in one call.
    ReplicaLag {
        /// The replica's DBInstanceIdentifier.
        id: Clean,
    },
    /// `ecs:DescribeServices`, up to ten of a cluster in one call.
    EcsService {
        /// The cluster's name.
        cluster: Clean,
        /// The service's name.
        service: Clean,
    },
    /// `ecs:DescribeTaskDefinition`: the given revision, or the newest active one of a family.
    TaskDefinition {
        /// Family, `family:revision`, or ARN.
        name: Clean,
    },
    /// `ecs:DescribeServices`, then `ecs:DescribeTaskDefinition`: the revision that a service is meant to run.
    ServiceDefinition {
        /// The cluster's name.
        cluster: Clean,
        /// The service's name.
        service: Clean,
    },
    /// `ecs:ListTasks` and `ecs:DescribeTasks`: a service's running tasks, and where each can be reached.
    ServiceTasks {
        /// The cluster's name.
        cluster: Clean,
        /// The service's name.
        service: Clean,
    },
    /// `application-autoscaling:DescribeScalableTargets` for an ECS service's desired count.
    ScalableTarget {
        /// The cluster's name.
        cluster: Clean,
        /// The service's name.
        service: Clean,
    },
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
    /// `route53:GetHostedZone`, after `ListHostedZonesByName` where the plan gives the zone's name.
    HostedZone {
        /// The zone, as the plan means it.
        zone: ZoneRef,
    },
    /// `route53:ListResourceRecordSets` from a name on: every record set of that name, whatever its type.
    RecordSets {
        /// The zone, as the plan means it.
        zone: ZoneRef,
        /// The record's name.
        name: Clean,
        /// Whether the names that alias records point at are resolved too, to tell their answers by.
        resolve: bool,
    },
    /// `route53:GetChange`.
    DnsChange {
        /// The change's id.
        id: Clean,
    },
    /// `route53:TestDNSAnswer`: what Route 53 says that it answers now. For public zones only.
    DnsAnswer(DnsQuestion),
    /// The zone's own name servers, each asked directly: what clients get.
    NameServers(DnsQuestion),
    /// One resolver asked in the place of name servers: for private zones, which have none that can be reached.
    Resolver {
        /// `ADDRESS` or `ADDRESS:PORT`.
        at: Clean,
        /// What it is asked.
        question: DnsQuestion,
    },
    /// `logs:FilterLogEvents`: the newest lines of a log group of CloudWatch Logs, of all its streams.
    Log {
        /// The group's name.
        group: Clean,
        /// What is older is not asked for.
        since: Timestamp,
    },
    /// One HTTP request from where Landfall runs.
    Http(HttpProbe),
    /// One TCP connection from where Landfall runs.
    Tcp {
        /// Host name or address.
        host: Clean,
        /// Port.
        port: u16,
    },
    /// A command that looks and changes nothing: the `verify` of a `command` component.
    Look(Invocation),
    /// `sts:GetCallerIdentity`, with the expiry of the credentials in use.
    Identity,
}

impl Query {
    /// Whether each such question is a call of its own: there is no asking for several at once.
    pub fn is_a_call_each(&self) -> bool {
        matches!(self, Self::TargetHealth { .. } | Self::Forwards { .. } | Self::TaskDefinition { .. })
    }

    /// Whether it may be asked by who only looks. A plan's own request may be one that does something: it is sent by its
    /// step and by nothing else.
    pub fn changes_nothing(&self) -> bool {
        match self {
            Self::Http(probe) => probe.changes_nothing(),
            Self::DbInstance { .. }
            | Self::ReplicaLag { .. }
            | Self::EcsService { .. }
            | Self::TaskDefinition { .. }
            | Self::ServiceDefinition { .. }
            | Self::ServiceTasks { .. }
            | Self::ScalableTarget { .. }
            | Self::TargetHealth { .. }
            | Self::LoadBalancer { .. }
            | Self::Forwards { .. }
            | Self::RecordSets { .. }
            | Self::DnsChange { .. }
            | Self::HostedZone { .. }
            | Self::DnsAnswer(_)
            | Self::NameServers(_)
            | Self::Resolver { .. }
            | Self::Log { .. }
            | Self::Tcp { .. }
            | Self::Look(_)
            | Self::Identity => true,
        }
    }
}

impl HttpProbe {
    /// Whether its method is a safe one (RFC 9110, 9.2.1).
    pub fn changes_nothing(&self) -> bool {
        ["GET", "HEAD", "OPTIONS"].contains(&self.method.as_str())
    }
}

/// A hosted zone, as a plan means it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ZoneRef {
    /// Its id, or its name with the final dot.
    pub zone: Clean,
    /// Whether it is private; when absent, whichever there is one of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub private: Option<bool>,
}

impl ZoneRef {
    /// Whether it is given by its name: an id has no dots.
    pub fn is_name(&self) -> bool {
        self.zone.contains('.')
    }
}

impl From<&str> for ZoneRef {
    fn from(zone: &str) -> Self {
        Self { zone: zone.into(), private: None }
    }
}

/// A question of DNS.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DnsQuestion {
    /// The zone whose servers are asked.
    pub zone: ZoneRef,
    /// The name asked for.
    pub name: Clean,
    /// A, CNAME, …
    pub record_type: Clean,
    /// Asked as if from there, an address or a name that has one: latency records answer by where the question comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub near: Option<Clean>,
    /// How often, of each server: weighted sets answer by turns.
    pub times: u32,
}

/// An HTTP request and what is read of its answer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct HttpProbe {
    /// The address.
    pub url: Clean,
    /// GET unless the plan says otherwise.
    pub method: Clean,
    /// Headers by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// The body sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// How many redirects are followed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub redirects: u32,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// A program and its arguments; never a shell.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Invocation {
    /// The program and its arguments.
    pub run: Vec<String>,
    /// Added to the environment.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, String>,
    /// The working directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<String>,
    /// How long it may run, in whole seconds, before it is stopped.
    pub within_seconds: u64,
    /// What it says on standard output is used as a secret, and is one as a whole.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub in_confidence: bool,
}
