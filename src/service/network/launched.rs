//! What an instance is launched by, as EC2 tells it: a template's version, its image, and the types that a region offers.

use super::words::{Observation, Query};
use crate::service::Place;
use crate::service::observation as any;
use crate::service::work::Want;
use crate::text::Clean;
use serde::{Deserialize, Serialize};

/// What `DescribeLaunchTemplateVersions` says of a version, and `DescribeLaunchConfigurations` of a configuration.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Launch {
    /// ImageId; none where whoever launches gives it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<Clean>,
    /// InstanceType; none where whoever launches gives it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance_type: Option<Clean>,
    /// Whether spare capacity is asked for: InstanceMarketOptions with MarketType `spot`, or a SpotPrice.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub spot: bool,
}

/// What `DescribeInstanceTypes` says of a type.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct InstanceSize {
    /// InstanceType.
    pub name: Clean,
    /// DefaultVCpus.
    pub vcpus: u64,
}

/// A version of a launch template.
pub(in crate::service) fn template(at: &Place, id: &Clean, version: &Clean) -> Want<Launch> {
    Want::new(at.ask(Query::LaunchTemplate { id: id.clone(), version: version.clone() }), |seen| match seen {
        any::Observation::Network(Observation::LaunchTemplate { launch }) => Some(launch.as_ref()),
        _ => None,
    })
}

/// The state of a machine image that the account may use.
pub(in crate::service) fn image(at: &Place, id: &Clean) -> Want<Clean> {
    Want::new(at.ask(Query::MachineImage { id: id.clone() }), |seen| match seen {
        any::Observation::Network(Observation::MachineImage { state }) => Some(state.as_ref()),
        _ => None,
    })
}

/// An instance type that the region offers, by its name.
pub(in crate::service) fn offered(at: &Place, name: &Clean) -> Want<Clean> {
    Want::new(at.ask(Query::InstanceType { name: name.clone() }), |seen| match seen {
        any::Observation::Network(Observation::InstanceType { offered }) => Some(offered.as_ref()),
        _ => None,
    })
}

/// How large an instance type is.
pub(in crate::service) fn size(at: &Place, name: &Clean) -> Want<InstanceSize> {
    Want::new(at.ask(Query::InstanceSize { name: name.clone() }), |seen| match seen {
        any::Observation::Network(Observation::InstanceSize { size }) => Some(size.as_ref()),
        _ => None,
    })
}
