//! What can be asked of AWS Global Accelerator and done to it, what its API calls it, and what it said: statuses are kept as
//! the open strings they are.

use crate::plan::Region;
use crate::service::Place;
use crate::service::declared::Declared;
use crate::service::family::{Asked, Done};
use crate::service::observation as any;
use crate::service::work::Want;
use crate::text::Clean;
use serde::{Deserialize, Serialize};

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "query", rename_all = "snake_case")]
pub enum Query {
    /// `globalaccelerator:DescribeEndpointGroup`.
    EndpointGroup {
        /// EndpointGroupArn.
        arn: Clean,
    },
    /// `globalaccelerator:DescribeAccelerator`.
    Accelerator {
        /// AcceleratorArn.
        arn: Clean,
    },
}

impl Asked for Query {
    type Seen = Observation;

    fn api_name(&self) -> &'static str {
        match self {
            Self::EndpointGroup { .. } => "globalaccelerator.DescribeEndpointGroup",
            Self::Accelerator { .. } => "globalaccelerator.DescribeAccelerator",
        }
    }

    fn is_a_call_each(&self) -> bool {
        true
    }

    #[cfg(test)]
    fn examples() -> Vec<(Self, Observation)> {
        let arn = Clean::from("arn:aws:globalaccelerator::111122223333:accelerator/a");
        vec![
            (
                Query::EndpointGroup { arn: Clean::new(&format!("{arn}/listener/l/endpoint-group/west")) },
                Observation::EndpointGroup { group: None },
            ),
            (Query::Accelerator { arn }, Observation::Accelerator { accelerator: None }),
        ]
    }
}

/// What was seen. `None` inside means: the answer was that there is no such thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "saw", rename_all = "snake_case")]
pub enum Observation {
    /// An endpoint group.
    EndpointGroup {
        /// It.
        group: Option<EndpointGroup>,
    },
    /// An accelerator.
    Accelerator {
        /// It.
        accelerator: Option<Accelerator>,
    },
}

/// What `DescribeEndpointGroup` says of a group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EndpointGroup {
    /// EndpointGroupArn.
    pub arn: Clean,
    /// EndpointGroupRegion: where its endpoints are.
    pub region: Region,
    /// TrafficDialPercentage: how much of what is directed to its region it takes.
    pub dial: f64,
    /// Its endpoints.
    pub endpoints: Vec<Endpoint>,
}

impl EndpointGroup {
    /// Those that get traffic and are healthy, and all that get any.
    pub fn healthy(&self) -> (usize, usize) {
        let weighed = || self.endpoints.iter().filter(|endpoint| endpoint.weight > 0);
        (weighed().filter(|endpoint| endpoint.health.as_str() == "HEALTHY").count(), weighed().count())
    }
}

/// An endpoint of a group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Endpoint {
    /// EndpointId.
    pub id: Clean,
    /// Weight: with 0 it gets nothing.
    pub weight: u64,
    /// HealthState: `INITIAL`, `HEALTHY`, `UNHEALTHY`, an open string.
    pub health: Clean,
}

/// What `DescribeAccelerator` says of an accelerator.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Accelerator {
    /// AcceleratorArn.
    pub arn: Clean,
    /// Status: `DEPLOYED`, `IN_PROGRESS`, an open string.
    pub status: Clean,
    /// Enabled: one that is not takes no traffic.
    pub enabled: bool,
}

/// What is done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "operation", rename_all = "snake_case")]
pub enum Operation {
    /// `globalaccelerator:UpdateEndpointGroup` with a traffic dial, and nothing else of the group: endpoints that are given
    /// take the place of all there are.
    SetDial {
        /// EndpointGroupArn.
        group: Clean,
        /// TrafficDialPercentage.
        dial: f64,
    },
}

impl Done for Operation {
    fn api_name(&self) -> &'static str {
        match self {
            Self::SetDial { .. } => "globalaccelerator.UpdateEndpointGroup",
        }
    }

    fn settle_seconds(&self) -> f64 {
        // It shows at once; what was given up may still be on its way.
        15.0
    }

    fn is_proof(&self) -> bool {
        false
    }

    fn declared(&self) -> Vec<Declared> {
        let Self::SetDial { group, dial } = self;
        vec![Declared::is("aws_globalaccelerator_endpoint_group", group, "traffic_dial_percentage", dial).valued(*dial)]
    }

    #[cfg(test)]
    fn examples() -> Vec<Self> {
        let group = "arn:aws:globalaccelerator::111122223333:accelerator/a/listener/l/endpoint-group/west";
        vec![Operation::SetDial { group: group.into(), dial: 100.0 }]
    }
}

/// A group.
pub(super) fn group(at: &Place, arn: &Clean) -> Want<EndpointGroup> {
    Want::new(at.ask(Query::EndpointGroup { arn: arn.clone() }), |seen| match seen {
        any::Observation::GlobalAccelerator(Observation::EndpointGroup { group }) => Some(group.as_ref()),
        _ => None,
    })
}

/// An accelerator.
pub(super) fn accelerator(at: &Place, arn: &Clean) -> Want<Accelerator> {
    Want::new(at.ask(Query::Accelerator { arn: arn.clone() }), |seen| match seen {
        any::Observation::GlobalAccelerator(Observation::Accelerator { accelerator }) => Some(accelerator.as_ref()),
        _ => None,
    })
}
