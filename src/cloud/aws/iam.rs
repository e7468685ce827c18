//! AWS IAM: roles, and what its policy simulator says of them. Asked in the one region of the partition that has it.

use super::audit::Audit;
use super::caller::xml::List;
use super::caller::{At, Home, Protocol, Read, Service};
use super::desk::{Answers, Asked, Eye, Look};
use super::trouble::{Sort, Trouble};
use crate::plan::Global;
use crate::service::observation::{Decision, Principal, Role, Trust};
use crate::service::{IamObservation, IamQuery, Observation, Query};
use crate::text::Clean;
use futures::future::join_all;
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is asked here.
pub(super) const READS: &[&str] = &["GetRole", "SimulatePrincipalPolicy"];

pub(super) mod policies;

/// The service, as its model has it.
pub(super) const SERVICE: Service = Service {
    id: "IAM",
    signing_name: "iam",
    at: At::Partition(HOMES),
    host: "iam",
    dual_stack_host: "iam",
    protocol: Protocol::Query { version: "2010-05-08" },
    reads: &[READS, policies::READS],
    acts: &[],
};

/// Where each partition has it ("AWS General Reference: IAM endpoints", and the rules of AWS's own clients).
const HOMES: &[Home] = &[
    Home {
        prefix: "cn-",
        region: "cn-north-1",
        hosts: [
            ".cn-north-1.amazonaws.com.cn",
            "-fips.amazonaws.com.cn",
            ".global.api.amazonwebservices.com.cn",
            "-fips.api.amazonwebservices.com.cn",
        ],
    },
    Home {
        prefix: "us-gov-",
        region: "us-gov-west-1",
        hosts: [".us-gov.amazonaws.com", ".us-gov.amazonaws.com", ".us-gov.api.aws", ".us-gov.api.aws"],
    },
    Home {
        prefix: "us-isob-",
        region: "us-isob-east-1",
        hosts: [
            ".us-isob-east-1.sc2s.sgov.gov",
            "-fips.us-isob-east-1.sc2s.sgov.gov",
            ".api.aws.scloud",
            "-fips.api.aws.scloud",
        ],
    },
    Home {
        prefix: "us-isof-",
        region: "us-isof-south-1",
        hosts: [
            ".us-isof-south-1.csp.hci.ic.gov",
            "-fips.csp.hci.ic.gov",
            ".api.aws.hci.ic.gov",
            "-fips.api.aws.hci.ic.gov",
        ],
    },
    Home {
        prefix: "us-iso-",
        region: "us-iso-east-1",
        hosts: [
            ".us-iso-east-1.c2s.ic.gov",
            "-fips.us-iso-east-1.c2s.ic.gov",
            ".api.aws.ic.gov",
            "-fips.api.aws.ic.gov",
        ],
    },
    Home {
        prefix: "eu-isoe-",
        region: "eu-isoe-west-1",
        hosts: [
            ".eu-isoe-west-1.cloud.adc-e.uk",
            "-fips.cloud.adc-e.uk",
            ".api.cloud-aws.adc-e.uk",
            "-fips.api.cloud-aws.adc-e.uk",
        ],
    },
    Home {
        prefix: "eusc-",
        region: "eusc-de-east-1",
        hosts: [
            ".eusc-de-east-1.amazonaws.eu",
            "-fips.amazonaws.eu",
            ".global.api.amazonwebservices.eu",
            "-fips.api.amazonwebservices.eu",
        ],
    },
    Home {
        prefix: "",
        region: "us-east-1",
        hosts: [".amazonaws.com", "-fips.amazonaws.com", ".global.api.aws", "-fips.global.api.aws"],
    },
];

/// The code of a role that is not there.
pub(super) const ABSENT: &[&str] = &["NoSuchEntity"];
/// The most results that one answer has.
const PAGE: u32 = 1000;
const PAGES: usize = 10;

/// `GetRole`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetRole {
    pub(super) role_name: String,
}

impl Read for GetRole {
    const SERVICE: &'static Service = &SERVICE;
    const OPERATION: &'static str = "GetRole";
    type Answer = Got;
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Got {
    role: Told,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Told {
    arn: String,
    /// Percent-encoded JSON.
    #[serde(default)]
    assume_role_policy_document: String,
}

/// `SimulatePrincipalPolicy`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Simulate {
    pub(super) policy_source_arn: String,
    pub(super) action_names: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) resource_arns: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) context_entries: Vec<ContextEntry>,
    pub(super) max_items: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) marker: Option<String>,
}

/// What a request says at a condition's key.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ContextEntry {
    pub(super) context_key_name: String,
    pub(super) context_key_type: &'static str,
    pub(super) context_key_values: Vec<String>,
}

impl Read for Simulate {
    const SERVICE: &'static Service = &SERVICE;
    const OPERATION: &'static str = "SimulatePrincipalPolicy";
    type Answer = Simulated;
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Simulated {
    evaluation_results: List<Evaluated>,
    #[serde(default)]
    is_truncated: bool,
    marker: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Evaluated {
    eval_action_name: String,
    #[serde(default)]
    eval_resource_name: String,
    eval_decision: String,
    #[serde(default)]
    missing_context_values: List<String>,
    organizations_decision_detail: Option<Organization>,
    permissions_boundary_decision_detail: Option<Boundary>,
    #[serde(default)]
    resource_specific_results: List<Specific>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Organization {
    allowed_by_organizations: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Boundary {
    allowed_by_permissions_boundary: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Specific {
    eval_resource_name: String,
    eval_resource_decision: String,
    #[serde(default)]
    missing_context_values: List<String>,
    permissions_boundary_decision_detail: Option<Boundary>,
}

/// The looks that answer `asked`: a role is asked for once, whatever is asked of it, and each has its own time.
pub(super) fn looks<'a>(eye: Eye<'a>, asked: Asked<'a, IamQuery>) -> Vec<Look<'a>> {
    let mut roles: BTreeMap<Of<'a>, Asked<'a, IamQuery>> = BTreeMap::new();
    let mut texts = Vec::new();
    for (query, words) in asked {
        let of = match words {
            IamQuery::Policies { .. } => {
                texts.push(query);
                continue;
            }
            IamQuery::Role { name } | IamQuery::Simulation { name, .. } => Of::Role(name),
            IamQuery::Rights { of: Principal::Role(name), .. } => Of::Role(name),
            IamQuery::Rights { of: Principal::User(arn), .. } => Of::User(arn),
        };
        roles.entry(of).or_default().push((query, words));
    }
    let look = |(of, asked): (Of<'a>, Asked<'a, IamQuery>)| {
        let queries = asked.iter().map(|(query, _)| *query).collect();
        Look::of(queries, move |_| look(eye, of, asked))
    };
    // One that a rule asks about is no part of what a step's look at the role waits for.
    let texts = texts.into_iter().map(|query| Look::of(vec![query], move |queries| policies::look(eye, queries)));
    roles.into_iter().map(look).chain(texts).collect()
}

/// Whose policies are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Of<'a> {
    /// By its name.
    Role(&'a str),
    /// By its ARN, which is all that is asked for.
    User(&'a str),
}

async fn look<'a>(eye: Eye<'a>, of: Of<'a>, asked: Asked<'a, IamQuery>) -> Answers {
    let region = Global::Iam.home(eye.region);
    let eye = Eye { region: &region, ..eye };
    let role = match of {
        Of::Role(name) => get(eye, name).await,
        Of::User(arn) => Ok(Some(Role { arn: Clean::new(arn), trusts: None })),
    };
    let answers = asked.into_iter().map(|(query, words)| {
        let role = &role;
        async move { answer(eye, query, words, role).await }
    });
    join_all(answers).await
}

async fn answer(
    eye: Eye<'_>,
    query: &Query,
    words: &IamQuery,
    role: &Result<Option<Role>, Trouble>,
) -> (Query, Result<Observation, crate::service::Unanswered>) {
    let seen = match (words, role) {
        (_, Err(trouble)) => Err(trouble.unanswered()),
        (IamQuery::Role { .. }, Ok(role)) => Ok(IamObservation::Role { role: role.clone() }.into()),
        (IamQuery::Policies { .. }, Ok(_)) => Err(Trouble::hollow().unanswered()),
        (IamQuery::Simulation { .. } | IamQuery::Rights { .. }, Ok(None)) => {
            Ok(IamObservation::Simulation { decisions: None }.into())
        }
        (IamQuery::Simulation { actions, resources, .. }, Ok(Some(role))) => {
            told(simulate(eye, &role.arn, (actions, resources), &[]).await)
        }
        (IamQuery::Rights { actions, resources, context, .. }, Ok(Some(role))) => {
            told(simulate(eye, &role.arn, (actions, resources), &entries(context)).await)
        }
    };
    (query.clone(), seen)
}

fn told(decisions: Result<Vec<Decision>, Trouble>) -> Result<Observation, crate::service::Unanswered> {
    match decisions {
        Ok(decisions) => Ok(IamObservation::Simulation { decisions: Some(decisions) }.into()),
        Err(trouble) => Err(trouble.unanswered()),
    }
}

/// What a request says, by the keys of conditions. Of a key that may have several values, the type says so.
fn entries(context: &BTreeMap<Clean, Vec<Clean>>) -> Vec<ContextEntry> {
    let entry = |(key, values): (&Clean, &Vec<Clean>)| ContextEntry {
        context_key_name: key.to_string(),
        context_key_type: if key.as_str() == "kms:ResourceAliases" { "stringList" } else { "string" },
        context_key_values: values.iter().map(ToString::to_string).collect(),
    };
    context.iter().map(entry).collect()
}

async fn get(eye: Eye<'_>, name: &str) -> Result<Option<Role>, Trouble> {
    let audit = Audit::look(eye, "iam");
    let request = GetRole { role_name: name.to_owned() };
    match audit.settle(eye.clients.caller.read(request, audit.clone())).await {
        Ok(got) => Ok(Some(observed(got.role))),
        Err(trouble) if trouble.is(ABSENT) => Ok(None),
        Err(trouble) => Err(trouble),
    }
}

fn observed(told: Told) -> Role {
    let document = percent_decode_str(&told.assume_role_policy_document).decode_utf8();
    Role { arn: Clean::new(&told.arn), trusts: document.ok().and_then(|text| Trust::parse(&text)) }
}

async fn simulate(
    eye: Eye<'_>,
    arn: &str,
    (actions, resources): (&[Clean], &[Clean]),
    context: &[ContextEntry],
) -> Result<Vec<Decision>, Trouble> {
    let texts = |texts: &[Clean]| texts.iter().map(ToString::to_string).collect::<Vec<_>>();
    let (mut all, mut marker) = (Vec::new(), None);
    for _ in 0..PAGES {
        let request = Simulate {
            policy_source_arn: arn.to_owned(),
            action_names: texts(actions),
            resource_arns: texts(resources),
            context_entries: context.to_vec(),
            max_items: PAGE,
            marker,
        };
        let audit = Audit::look(eye, "iam");
        let page = audit.settle(eye.clients.caller.read(request, audit.clone())).await?;
        all.extend(page.evaluation_results.into_vec().into_iter().flat_map(decisions));
        marker = page.marker.filter(|marker| page.is_truncated && !marker.is_empty());
        if marker.is_none() && page.is_truncated {
            break;
        }
        if marker.is_none() {
            return Ok(all);
        }
    }
    let message = format!("what {arn} may do was not told to its end");
    Err(Trouble { sort: Sort::Failing, code: None, message: Clean::new(&message) })
}

/// What is told of an action as a whole, and of each resource by itself.
fn decisions(told: Evaluated) -> Vec<Decision> {
    let cleaned = |list: List<String>| list.into_vec().iter().map(|text| Clean::new(text)).collect::<Vec<_>>();
    let action = Clean::new(&told.eval_action_name);
    let organization = told.organizations_decision_detail.map(|detail| detail.allowed_by_organizations);
    let of = |boundary: Option<Boundary>| boundary.map(|detail| detail.allowed_by_permissions_boundary);
    let whole = Decision {
        action: action.clone(),
        resource: Clean::new(&told.eval_resource_name),
        decision: Clean::new(&told.eval_decision),
        missing: cleaned(told.missing_context_values),
        organization,
        boundary: of(told.permissions_boundary_decision_detail),
    };
    let specific = told.resource_specific_results.into_vec().into_iter().map(|one| Decision {
        action: action.clone(),
        resource: Clean::new(&one.eval_resource_name),
        decision: Clean::new(&one.eval_resource_decision),
        missing: cleaned(one.missing_context_values),
        organization,
        boundary: of(one.permissions_boundary_decision_detail),
    });
    [whole].into_iter().chain(specific).collect()
}
