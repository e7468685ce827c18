//! Amazon EC2's launch templates: what instances of a version of one are launched from (API reference). A version each, as the API
//! takes one template.

use super::SERVICE;
use crate::cloud::aws::audit::Audit;
use crate::cloud::aws::caller::xml::List;
use crate::cloud::aws::caller::{Read, Service};
use crate::cloud::aws::desk::{Answers, Eye};
use crate::service::observation::Launch;
use crate::service::{NetworkObservation, NetworkQuery, Query};
use crate::text::Clean;
use serde::{Deserialize, Serialize};

/// What is asked here.
pub(in crate::cloud::aws) const READS: &[&str] = &["DescribeLaunchTemplateVersions"];

/// The codes of what is not there.
const ABSENT: &[&str] = &[
    "InvalidLaunchTemplateId.NotFound",
    "InvalidLaunchTemplateId.NotFoundException",
    "InvalidLaunchTemplateId.VersionNotFound",
];

/// `DescribeLaunchTemplateVersions`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::cloud::aws) struct DescribeVersions {
    pub(in crate::cloud::aws) launch_template_id: String,
    pub(in crate::cloud::aws) launch_template_version: Vec<String>,
}

impl Read for DescribeVersions {
    const SERVICE: &'static Service = &SERVICE;
    const OPERATION: &'static str = "DescribeLaunchTemplateVersions";
    type Answer = Versions;
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cloud::aws) struct Versions {
    launch_template_version_set: List<Version>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cloud::aws) struct Version {
    #[serde(default)]
    launch_template_data: Data,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in crate::cloud::aws) struct Data {
    image_id: Option<String>,
    instance_type: Option<String>,
    instance_market_options: Option<Market>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in crate::cloud::aws) struct Market {
    market_type: Option<String>,
}

/// Every version asked for, a call each.
pub(in crate::cloud::aws) async fn look(eye: Eye<'_>, queries: Vec<&Query>) -> Answers {
    let looks = queries.into_iter().filter_map(|query| match query {
        Query::Network(NetworkQuery::LaunchTemplate { id, version }) => Some(async move {
            let audit = Audit::look(eye, "ec2");
            let request = DescribeVersions {
                launch_template_id: id.to_string(),
                launch_template_version: vec![version.to_string()],
            };
            let launch = match audit.settle(eye.clients.caller.read(request, audit.clone())).await {
                Ok(told) => Ok(told.launch_template_version_set.into_vec().into_iter().next().map(launch)),
                Err(trouble) if trouble.is(ABSENT) => Ok(None),
                Err(trouble) => Err(trouble.unanswered()),
            };
            (query.clone(), launch.map(|launch| NetworkObservation::LaunchTemplate { launch }.into()))
        }),
        _ => None,
    });
    futures::future::join_all(looks).await
}

fn launch(version: Version) -> Launch {
    let told = |text: Option<String>| text.filter(|text| !text.is_empty()).map(Clean::from);
    let Data { image_id, instance_type, instance_market_options } = version.launch_template_data;
    let market = instance_market_options.and_then(|options| options.market_type);
    Launch { image: told(image_id), instance_type: told(instance_type), spot: market.as_deref() == Some("spot") }
}
