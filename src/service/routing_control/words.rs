//! What can be asked of an ARC cluster by any of its endpoints and done there, what its API calls it, and what it said. A
//! cluster has five endpoints, each in a region of its own; every one of them tells and takes the same.

use crate::plan::Region;
use crate::service::Place;
use crate::service::declared::Declared;
use crate::service::family::{Asked, Done};
use crate::service::observation as any;
use crate::service::work::Want;
use crate::text::Clean;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One of a cluster's endpoints.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ClusterEndpoint {
    /// Its address.
    pub url: Clean,
    /// The region it is in, which its calls are signed for.
    pub region: Region,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "query", rename_all = "snake_case")]
pub enum Query {
    /// `route53-recovery-cluster:GetRoutingControlState`, at several endpoints.
    RoutingControl {
        /// RoutingControlArn.
        control: Clean,
        /// The cluster's endpoints.
        endpoints: Vec<ClusterEndpoint>,
        /// How many of them are to tell it; those that do not are made up for by others.
        enough: u64,
    },
    /// `route53-recovery-cluster:ListRoutingControls` of a control panel, at any one endpoint, page after page.
    ControlPanel {
        /// ControlPanelArn.
        panel: Clean,
        /// The cluster's endpoints.
        endpoints: Vec<ClusterEndpoint>,
    },
}

impl Asked for Query {
    type Seen = Observation;

    fn api_name(&self) -> &'static str {
        match self {
            Self::RoutingControl { .. } => "route53-recovery-cluster.GetRoutingControlState",
            Self::ControlPanel { .. } => "route53-recovery-cluster.ListRoutingControls",
        }
    }

    fn is_a_call_each(&self) -> bool {
        true
    }

    #[cfg(test)]
    fn examples() -> Vec<(Self, Observation)> {
        let panel = || Clean::from("arn:aws:route53-recovery-control::111122223333:controlpanel/0f");
        let control = Clean::new(&format!("{}/routingcontrol/west", panel()));
        let endpoints = examples::endpoints();
        vec![
            (
                Query::RoutingControl { control, endpoints: endpoints.clone(), enough: 2 },
                Observation::RoutingControl { control: None },
            ),
            (Query::ControlPanel { panel: panel(), endpoints }, Observation::ControlPanel { controls: None }),
        ]
    }
}

/// What was seen. `None` inside means: the answer was that there is no such thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "saw", rename_all = "snake_case")]
pub enum Observation {
    /// A routing control, by several endpoints.
    RoutingControl {
        /// It.
        control: Option<RoutingControl>,
    },
    /// The routing controls of a control panel.
    ControlPanel {
        /// They; `None` when there is no such panel.
        controls: Option<Vec<PanelControl>>,
    },
}

/// What the endpoints of a cluster say of a routing control.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RoutingControl {
    /// What those say that tell it.
    pub told: Vec<ToldState>,
    /// Those that were asked and do not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub untold: Vec<Untold>,
}

/// What one endpoint says of a routing control (`GetRoutingControlState`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToldState {
    /// The endpoint, by its region.
    pub by: Region,
    /// RoutingControlArn.
    pub control: Clean,
    /// RoutingControlName.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Clean>,
    /// RoutingControlState: `On` or `Off`, an open string.
    pub state: Clean,
}

/// An endpoint that does not tell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Untold {
    /// The endpoint, by its region.
    pub by: Region,
    /// Why not.
    pub why: Clean,
    /// Whether it answered, and will answer the same again: it is not that it cannot be reached.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub refused: bool,
}

/// A routing control, as `ListRoutingControls` has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PanelControl {
    /// RoutingControlArn.
    pub control: Clean,
    /// RoutingControlName.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Clean>,
    /// RoutingControlState: an open string.
    pub state: Clean,
}

/// What is done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "operation", rename_all = "snake_case")]
pub enum Operation {
    /// `route53-recovery-cluster:UpdateRoutingControlStates`, all or none of them, at one endpoint after the other until one
    /// has taken it.
    SetRoutingControls {
        /// The cluster's endpoints.
        endpoints: Vec<ClusterEndpoint>,
        /// Whether each is to be on, by RoutingControlArn.
        states: BTreeMap<Clean, bool>,
        /// SafetyRulesToOverride, by their ARNs.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        overriding: Vec<Clean>,
    },
}

impl Done for Operation {
    fn api_name(&self) -> &'static str {
        match self {
            Self::SetRoutingControls { .. } => "route53-recovery-cluster.UpdateRoutingControlStates",
        }
    }

    fn settle_seconds(&self) -> f64 {
        match self {
            // It shows at once; what was given up may still be on its way.
            Self::SetRoutingControls { .. } => 5.0,
        }
    }

    fn is_proof(&self) -> bool {
        false
    }

    fn declared(&self) -> Vec<Declared> {
        // Which control is on is of the cluster's data plane: no code declares it.
        match self {
            Self::SetRoutingControls { .. } => Vec::new(),
        }
    }

    #[cfg(test)]
    fn examples() -> Vec<Self> {
        let control = "arn:aws:route53-recovery-control::111122223333:controlpanel/0f/routingcontrol/west";
        let states = BTreeMap::from([(control.into(), true)]);
        vec![Operation::SetRoutingControls { endpoints: examples::endpoints(), states, overriding: Vec::new() }]
    }
}

/// A routing control, by so many of the endpoints.
pub(super) fn control(
    at: &Place,
    control: &Clean,
    endpoints: &[ClusterEndpoint],
    enough: usize,
) -> Want<RoutingControl> {
    let query =
        Query::RoutingControl { control: control.clone(), endpoints: endpoints.to_vec(), enough: enough as u64 };
    Want::new(at.ask(query), |seen| match seen {
        any::Observation::Arc(Observation::RoutingControl { control }) => Some(control.as_ref()),
        _ => None,
    })
}

/// The routing controls of a control panel.
pub(super) fn panel(at: &Place, panel: &Clean, endpoints: &[ClusterEndpoint]) -> Want<Vec<PanelControl>> {
    let query = Query::ControlPanel { panel: panel.clone(), endpoints: endpoints.to_vec() };
    Want::new(at.ask(query), |seen| match seen {
        any::Observation::Arc(Observation::ControlPanel { controls }) => Some(controls.as_ref()),
        _ => None,
    })
}

#[cfg(test)]
pub(super) mod examples {
    use super::ClusterEndpoint;

    /// The endpoints of a cluster, as AWS names them.
    pub fn endpoints() -> Vec<ClusterEndpoint> {
        ["us-east-1", "us-west-2", "eu-west-1", "ap-northeast-1", "ap-southeast-2"].map(endpoint).into()
    }

    fn endpoint(region: &str) -> ClusterEndpoint {
        let url = format!("https://aaaa1111.route53-recovery-cluster.{region}.amazonaws.com/v1");
        ClusterEndpoint { url: url.as_str().into(), region: region.into() }
    }
}
