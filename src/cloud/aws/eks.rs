//! Amazon EKS: managed node groups, what becomes of a change of one, and how many of its nodes are in service (API
//! reference). A node group says what is desired; its Auto Scaling groups say what is there.

use super::audit::Audit;
use super::autoscaling;
use super::caller::{Acting, At, Protocol, Read, Route, Service};
use super::desk::{Answers, Asked, Eye, Hand, Look};
use super::trouble::Trouble;
use crate::service::observation::{AutoScalingGroup, NodeTemplate, Nodegroup, NodegroupUpdate};
use crate::service::{EksObservation, EksOperation, EksQuery, Observation, Query, Receipt};
use crate::text::Clean;
use serde::{Deserialize, Serialize};

/// What is asked here.
pub(super) const READS: &[&str] = &["DescribeNodegroup", "DescribeUpdate"];
/// What is done here.
pub(super) const ACTS: &[&str] = &["UpdateNodegroupConfig"];

/// The service, as its model has it.
pub(super) const SERVICE: Service = Service {
    id: "EKS",
    signing_name: "eks",
    at: At::RegionsFipsBefore,
    host: "eks",
    dual_stack_host: "eks",
    protocol: Protocol::RestJson,
    reads: &[READS],
    acts: &[ACTS],
};

const EKS: &str = "eks";
/// The code of what is not there.
pub(super) const ABSENT: &[&str] = &["ResourceNotFoundException"];
const LABELS: &[(&str, &str)] = &[("clusterName", "name"), ("nodegroupName", "nodegroupName")];

/// `DescribeNodegroup`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DescribeNodegroup {
    pub(super) cluster_name: String,
    pub(super) nodegroup_name: String,
}

impl Read for DescribeNodegroup {
    const SERVICE: &'static Service = &SERVICE;
    const OPERATION: &'static str = "DescribeNodegroup";
    const ROUTE: Option<&'static Route> = Some(&Route {
        method: "GET",
        path: "/clusters/{name}/node-groups/{nodegroupName}",
        labels: LABELS,
        query: &[],
    });
    type Answer = Described;
}

#[derive(Debug, Deserialize)]
pub(super) struct Described {
    nodegroup: Told,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Told {
    nodegroup_arn: String,
    #[serde(default)]
    status: String,
    scaling_config: Sizes,
    resources: Option<Resources>,
    health: Option<Health>,
    capacity_type: Option<String>,
    #[serde(default)]
    instance_types: Option<Vec<String>>,
    launch_template: Option<Template>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Template {
    #[serde(default)]
    id: String,
    #[serde(default)]
    version: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Sizes {
    min_size: u64,
    max_size: u64,
    desired_size: u64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Resources {
    #[serde(default)]
    auto_scaling_groups: Vec<Named>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Named {
    name: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Health {
    #[serde(default)]
    issues: Vec<Issue>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Issue {
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: String,
}

/// `DescribeUpdate`, of a node group.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DescribeUpdate {
    pub(super) name: String,
    pub(super) update_id: String,
    pub(super) nodegroup_name: String,
}

impl Read for DescribeUpdate {
    const SERVICE: &'static Service = &SERVICE;
    const OPERATION: &'static str = "DescribeUpdate";
    const ROUTE: Option<&'static Route> = Some(&Route {
        method: "GET",
        path: "/clusters/{name}/updates/{updateId}",
        labels: &[("name", "name"), ("updateId", "updateId")],
        query: &[("nodegroupName", "nodegroupName")],
    });
    type Answer = UpdateTold;
}

#[derive(Debug, Deserialize)]
pub(super) struct UpdateTold {
    update: Update,
}

#[derive(Debug, Deserialize)]
pub(super) struct Update {
    #[serde(default)]
    status: String,
    #[serde(default)]
    errors: Vec<UpdateError>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UpdateError {
    #[serde(default)]
    error_code: String,
    #[serde(default)]
    error_message: String,
}

/// `UpdateNodegroupConfig`, of the sizes alone: what else is not given stays.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UpdateNodegroupConfig {
    pub(super) cluster_name: String,
    pub(super) nodegroup_name: String,
    pub(super) scaling_config: Scaling,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Scaling {
    pub(super) min_size: u64,
    pub(super) max_size: u64,
    pub(super) desired_size: u64,
}

impl Acting for UpdateNodegroupConfig {
    const SERVICE: &'static Service = &SERVICE;
    const OPERATION: &'static str = "UpdateNodegroupConfig";
    const ROUTE: Option<&'static Route> = Some(&Route {
        method: "POST",
        path: "/clusters/{name}/node-groups/{nodegroupName}/update-config",
        labels: LABELS,
        query: &[],
    });
    type Answer = Begun;
}

#[derive(Debug, Deserialize)]
pub(super) struct Begun {
    update: BegunUpdate,
}

#[derive(Debug, Deserialize)]
pub(super) struct BegunUpdate {
    id: String,
}

/// The looks that answer `asked`: each by calls of its own.
pub(super) fn looks<'a>(eye: Eye<'a>, asked: Asked<'a, EksQuery>) -> Vec<Look<'a>> {
    asked.into_iter().map(|(query, words)| Look::of(vec![query], move |_| answer(eye, query, words))).collect()
}

async fn answer(eye: Eye<'_>, query: &Query, words: &EksQuery) -> Answers {
    let told: Result<Observation, Trouble> = match words {
        EksQuery::Nodegroup { cluster, nodegroup } => of_some(described(eye, cluster, nodegroup).await)
            .map(|nodegroup| EksObservation::Nodegroup { nodegroup }.into()),
        EksQuery::NodegroupUpdate { cluster, nodegroup, update } => {
            of_some(self::update(eye, cluster, nodegroup, update).await)
                .map(|update| EksObservation::NodegroupUpdate { update }.into())
        }
    };
    vec![(query.clone(), told.map_err(|trouble| trouble.unanswered()))]
}

/// What is told of a thing; of one that is not there, that it is not.
fn of_some<T>(told: Result<T, Trouble>) -> Result<Option<T>, Trouble> {
    match told {
        Err(trouble) if trouble.is(ABSENT) => Ok(None),
        told => told.map(Some),
    }
}

async fn described(eye: Eye<'_>, cluster: &str, nodegroup: &str) -> Result<Nodegroup, Trouble> {
    let audit = Audit::look(eye, EKS);
    let request = DescribeNodegroup { cluster_name: cluster.to_owned(), nodegroup_name: nodegroup.to_owned() };
    let told = audit.settle(eye.clients.caller.read(request, audit.clone())).await?.nodegroup;
    let names: Vec<String> =
        told.resources.into_iter().flat_map(|all| all.auto_scaling_groups).map(|it| it.name).collect();
    let in_service = if names.is_empty() {
        None
    } else {
        let found = autoscaling::named(eye, names.clone()).await?;
        // One that is not told of has nodes that nobody knows of.
        (found.len() == names.len()).then(|| found.iter().map(AutoScalingGroup::capacity).sum())
    };
    let template = told.launch_template.filter(|template| !template.id.is_empty());
    let issues = told.health.into_iter().flat_map(|health| health.issues);
    Ok(Nodegroup {
        arn: Clean::new(&told.nodegroup_arn),
        status: Clean::new(&told.status),
        min: told.scaling_config.min_size,
        max: told.scaling_config.max_size,
        desired: told.scaling_config.desired_size,
        in_service,
        issues: issues.map(|issue| joined(&issue.code, &issue.message)).collect(),
        capacity_type: told.capacity_type.as_deref().map(Clean::new),
        types: told.instance_types.iter().flatten().map(|one| Clean::new(one)).collect(),
        template: template.map(|Template { id, version }| NodeTemplate { id: id.into(), version: version.into() }),
    })
}

fn joined(code: &str, message: &str) -> Clean {
    Clean::new(&format!("{code}: {message}"))
}

async fn update(eye: Eye<'_>, cluster: &str, nodegroup: &str, update: &str) -> Result<NodegroupUpdate, Trouble> {
    let audit = Audit::look(eye, EKS);
    let request =
        DescribeUpdate { name: cluster.to_owned(), update_id: update.to_owned(), nodegroup_name: nodegroup.to_owned() };
    let told = audit.settle(eye.clients.caller.read(request, audit.clone())).await?.update;
    let errors = told.errors.iter().map(|error| joined(&error.error_code, &error.error_message)).collect();
    Ok(NodegroupUpdate { status: Clean::new(&told.status), errors })
}

/// Does what is done here.
pub(super) async fn act(hand: Hand<'_>, operation: &EksOperation) -> Result<Receipt, Trouble> {
    let EksOperation::ScaleNodegroup { cluster, nodegroup, min, max, desired } = operation;
    let request = UpdateNodegroupConfig {
        cluster_name: cluster.to_string(),
        nodegroup_name: nodegroup.to_string(),
        scaling_config: Scaling { min_size: *min, max_size: *max, desired_size: *desired },
    };
    let audit = Audit::act(hand, EKS);
    let begun = audit.settle(hand.eye.clients.caller.act(request, audit.clone())).await?;
    Ok(Receipt { id: Some(Clean::new(&begun.update.id)), exit: None })
}
