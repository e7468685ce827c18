//! AWS Global Accelerator: endpoint groups, their traffic dials, and the accelerators they are of (API reference). It is asked
//! in one region for the whole world: "you must specify the US West (Oregon) Region".

use super::audit::Audit;
use super::caller::{Acting, At, Protocol, Read, Service};
use super::desk::{Answers, Asked, Eye, Hand, Look};
use super::trouble::Trouble;
use crate::plan::{Global, Region};
use crate::service::observation::{Accelerator, Endpoint, EndpointGroup};
use crate::service::{
    GlobalAcceleratorObservation, GlobalAcceleratorOperation, GlobalAcceleratorQuery, Query, Receipt,
};
use crate::text::Clean;
use serde::{Deserialize, Serialize};

/// What is asked here.
pub(super) const READS: &[&str] = &["DescribeEndpointGroup", "DescribeAccelerator"];
/// What is done here.
pub(super) const ACTS: &[&str] = &["UpdateEndpointGroup"];

/// The service, as its model has it.
pub(super) const SERVICE: Service = Service {
    id: "Global Accelerator",
    signing_name: "globalaccelerator",
    at: At::OneRegion("us-west-2"),
    host: "globalaccelerator",
    dual_stack_host: "globalaccelerator",
    protocol: Protocol::Json { target: "GlobalAccelerator_V20180706", version: "1.1" },
    reads: &[READS],
    acts: &[ACTS],
};

const NAME: &str = "globalaccelerator";
/// The codes of what is not there.
pub(super) const NO_GROUP: &[&str] = &["EndpointGroupNotFoundException"];
pub(super) const NO_ACCELERATOR: &[&str] = &["AcceleratorNotFoundException"];

/// `DescribeEndpointGroup`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DescribeEndpointGroup {
    pub(super) endpoint_group_arn: String,
}

impl Read for DescribeEndpointGroup {
    const SERVICE: &'static Service = &SERVICE;
    const OPERATION: &'static str = "DescribeEndpointGroup";
    type Answer = GroupTold;
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GroupTold {
    endpoint_group: Group,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Group {
    endpoint_group_arn: String,
    endpoint_group_region: String,
    traffic_dial_percentage: f64,
    #[serde(default)]
    endpoint_descriptions: Vec<EndpointTold>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct EndpointTold {
    #[serde(default)]
    endpoint_id: String,
    #[serde(default)]
    weight: u64,
    #[serde(default)]
    health_state: String,
}

/// `DescribeAccelerator`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DescribeAccelerator {
    pub(super) accelerator_arn: String,
}

impl Read for DescribeAccelerator {
    const SERVICE: &'static Service = &SERVICE;
    const OPERATION: &'static str = "DescribeAccelerator";
    type Answer = AcceleratorTold;
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AcceleratorTold {
    accelerator: Whole,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Whole {
    accelerator_arn: String,
    status: String,
    enabled: bool,
}

/// `UpdateEndpointGroup`, of the dial alone: what else is not given stays.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UpdateEndpointGroup {
    pub(super) endpoint_group_arn: String,
    pub(super) traffic_dial_percentage: f64,
}

impl Acting for UpdateEndpointGroup {
    const SERVICE: &'static Service = &SERVICE;
    const OPERATION: &'static str = "UpdateEndpointGroup";
    type Answer = Updated;
}

/// That there is an answer is all there is to know of it.
#[derive(Debug, Deserialize)]
pub(super) struct Updated {}

/// The looks that answer `asked`: each by a call of its own.
pub(super) fn looks<'a>(eye: Eye<'a>, asked: Asked<'a, GlobalAcceleratorQuery>) -> Vec<Look<'a>> {
    asked.into_iter().map(|(query, words)| Look::of(vec![query], move |_| answer(eye, query, words))).collect()
}

fn home(eye: Eye<'_>) -> Region {
    Global::Accelerator.home(eye.region)
}

async fn answer(eye: Eye<'_>, query: &Query, words: &GlobalAcceleratorQuery) -> Answers {
    let region = home(eye);
    let eye = Eye { region: &region, ..eye };
    let seen = match words {
        GlobalAcceleratorQuery::EndpointGroup { arn } => match group(eye, arn).await {
            Ok(found) => Ok(GlobalAcceleratorObservation::EndpointGroup { group: Some(found) }),
            Err(trouble) if trouble.is(NO_GROUP) => Ok(GlobalAcceleratorObservation::EndpointGroup { group: None }),
            Err(trouble) => Err(trouble.unanswered()),
        },
        GlobalAcceleratorQuery::Accelerator { arn } => match accelerator(eye, arn).await {
            Ok(found) => Ok(GlobalAcceleratorObservation::Accelerator { accelerator: Some(found) }),
            Err(trouble) if trouble.is(NO_ACCELERATOR) => {
                Ok(GlobalAcceleratorObservation::Accelerator { accelerator: None })
            }
            Err(trouble) => Err(trouble.unanswered()),
        },
    };
    vec![(query.clone(), seen.map(Into::into))]
}

async fn group(eye: Eye<'_>, arn: &str) -> Result<EndpointGroup, Trouble> {
    let audit = Audit::look(eye, NAME);
    let request = DescribeEndpointGroup { endpoint_group_arn: arn.to_owned() };
    let told = audit.settle(eye.clients.caller.read(request, audit.clone())).await?.endpoint_group;
    let endpoint = |told: &EndpointTold| Endpoint {
        id: Clean::new(&told.endpoint_id),
        weight: told.weight,
        health: Clean::new(&told.health_state),
    };
    Ok(EndpointGroup {
        arn: Clean::new(&told.endpoint_group_arn),
        region: Region::new(&told.endpoint_group_region),
        dial: told.traffic_dial_percentage,
        endpoints: told.endpoint_descriptions.iter().map(endpoint).collect(),
    })
}

async fn accelerator(eye: Eye<'_>, arn: &str) -> Result<Accelerator, Trouble> {
    let audit = Audit::look(eye, NAME);
    let request = DescribeAccelerator { accelerator_arn: arn.to_owned() };
    let told = audit.settle(eye.clients.caller.read(request, audit.clone())).await?.accelerator;
    let (arn, status) = (Clean::new(&told.accelerator_arn), Clean::new(&told.status));
    Ok(Accelerator { arn, status, enabled: told.enabled })
}

/// Does what is done here.
pub(super) async fn act(hand: Hand<'_>, operation: &GlobalAcceleratorOperation) -> Result<Receipt, Trouble> {
    let region = home(hand.eye);
    let hand = Hand { eye: Eye { region: &region, ..hand.eye }, ..hand };
    let GlobalAcceleratorOperation::SetDial { group, dial } = operation;
    let audit = Audit::act(hand, NAME);
    let request = UpdateEndpointGroup { endpoint_group_arn: group.to_string(), traffic_dial_percentage: *dial };
    audit.settle(hand.eye.clients.caller.act(request, audit.clone())).await?;
    Ok(Receipt::default())
}
