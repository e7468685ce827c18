//! What can be asked of Amazon EKS and done to it, as far as managed node groups go, what its API calls it, and what it said:
//! statuses are kept as the open strings they are.

use crate::service::Place;
use crate::service::declared::Declared;
use crate::service::family::{Asked, Done};
use crate::service::observation as any;
use crate::service::work::Want;
use crate::text::Clean;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "query", rename_all = "snake_case")]
pub enum Query {
    /// `eks:DescribeNodegroup`, and `autoscaling:DescribeAutoScalingGroups` of its groups.
    Nodegroup {
        /// clusterName.
        cluster: Clean,
        /// nodegroupName.
        nodegroup: Clean,
    },
    /// `eks:DescribeUpdate`: what becomes of a change.
    NodegroupUpdate {
        /// clusterName.
        cluster: Clean,
        /// nodegroupName.
        nodegroup: Clean,
        /// The update's id.
        update: Clean,
    },
}

impl Asked for Query {
    type Seen = Observation;

    fn api_name(&self) -> &'static str {
        match self {
            Self::Nodegroup { .. } => "eks.DescribeNodegroup",
            Self::NodegroupUpdate { .. } => "eks.DescribeUpdate",
        }
    }

    fn is_a_call_each(&self) -> bool {
        true
    }

    #[cfg(test)]
    fn examples() -> Vec<(Self, Observation)> {
        let (cluster, nodegroup) = (|| Clean::from("shop"), || Clean::from("web"));
        vec![
            (
                Query::Nodegroup { cluster: cluster(), nodegroup: nodegroup() },
                Observation::Nodegroup { nodegroup: None },
            ),
            (
                Query::NodegroupUpdate { cluster: cluster(), nodegroup: nodegroup(), update: "id".into() },
                Observation::NodegroupUpdate { update: None },
            ),
        ]
    }
}

/// What was seen. `None` inside means: the answer was that there is no such thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "saw", rename_all = "snake_case")]
pub enum Observation {
    /// A node group.
    Nodegroup {
        /// It.
        nodegroup: Option<Nodegroup>,
    },
    /// A change of one.
    NodegroupUpdate {
        /// It.
        update: Option<NodegroupUpdate>,
    },
}

/// What `DescribeNodegroup` says of a node group, and its Auto Scaling groups of their instances.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Nodegroup {
    /// nodegroupArn.
    pub arn: Clean,
    /// status: `ACTIVE`, `UPDATING`, `DEGRADED`, …, an open string.
    pub status: Clean,
    /// scalingConfig.minSize.
    pub min: u64,
    /// scalingConfig.maxSize.
    pub max: u64,
    /// scalingConfig.desiredSize.
    pub desired: u64,
    /// How many instances of its Auto Scaling groups are in service and healthy; `None` where its groups are not told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_service: Option<u64>,
    /// health.issues, each by its code and message.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub issues: Vec<Clean>,
    /// capacityType: `ON_DEMAND`, `SPOT`, `CAPACITY_BLOCK`, an open string; absent in journals of before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity_type: Option<Clean>,
    /// instanceTypes; none where its launch template says it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub types: Vec<Clean>,
    /// launchTemplate, where it has one of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<NodeTemplate>,
}

/// What a node group's instances are launched by, where somebody made it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NodeTemplate {
    /// id.
    pub id: Clean,
    /// version.
    pub version: Clean,
}

/// What `DescribeUpdate` says of a change.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NodegroupUpdate {
    /// status: `InProgress`, `Successful`, `Failed`, `Cancelled`, an open string.
    pub status: Clean,
    /// errors, each by its code and message.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Clean>,
}

/// What is done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "operation", rename_all = "snake_case")]
pub enum Operation {
    /// `eks:UpdateNodegroupConfig` with sizes, and nothing else of the node group.
    ScaleNodegroup {
        /// clusterName.
        cluster: Clean,
        /// nodegroupName.
        nodegroup: Clean,
        /// minSize.
        min: u64,
        /// maxSize.
        max: u64,
        /// desiredSize.
        desired: u64,
    },
}

impl Done for Operation {
    fn api_name(&self) -> &'static str {
        match self {
            Self::ScaleNodegroup { .. } => "eks.UpdateNodegroupConfig",
        }
    }

    fn settle_seconds(&self) -> f64 {
        // What was given up may still be on its way, and the sizes show once its update has begun.
        60.0
    }

    fn is_proof(&self) -> bool {
        false
    }

    fn declared(&self) -> Vec<Declared> {
        let Self::ScaleNodegroup { cluster, nodegroup, min, max, desired } = self;
        let now = format!("min_size {min}, max_size {max}, desired_size {desired}");
        let sizes = json!({ "min_size": min, "max_size": max, "desired_size": desired });
        let id = format!("{cluster}:{nodegroup}");
        vec![Declared::is("aws_eks_node_group", &id, "scaling_config", now).valued(sizes)]
    }

    #[cfg(test)]
    fn examples() -> Vec<Self> {
        vec![Operation::ScaleNodegroup { cluster: "shop".into(), nodegroup: "web".into(), min: 1, max: 6, desired: 3 }]
    }
}

/// A node group.
pub fn nodegroup(at: &Place, cluster: &Clean, nodegroup: &Clean) -> Want<Nodegroup> {
    let query = Query::Nodegroup { cluster: cluster.clone(), nodegroup: nodegroup.clone() };
    Want::new(at.ask(query), |seen| match seen {
        any::Observation::Eks(Observation::Nodegroup { nodegroup }) => Some(nodegroup.as_ref()),
        _ => None,
    })
}

/// A change of one.
pub(super) fn update(at: &Place, cluster: &Clean, nodegroup: &Clean, update: &Clean) -> Want<NodegroupUpdate> {
    let (cluster, nodegroup, update) = (cluster.clone(), nodegroup.clone(), update.clone());
    Want::new(at.ask(Query::NodegroupUpdate { cluster, nodegroup, update }), |seen| match seen {
        any::Observation::Eks(Observation::NodegroupUpdate { update }) => Some(update.as_ref()),
        _ => None,
    })
}
