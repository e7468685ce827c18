//! What is protected of a zone (`ListResourceRecordSetProtections`): the generated client does not know it yet, so it goes
//! through [`caller`](super::super::caller).

use super::{READS, SERVICE as NAME, sets};
use crate::cloud::aws::audit::Audit;
use crate::cloud::aws::caller::{At, Home, Protocol, Read, Route, Service};
use crate::cloud::aws::desk::Eye;
use crate::cloud::aws::trouble::Trouble;
use crate::service::observation::RecordProtection;
use crate::service::{DnsObservation, Observation, ZoneRef};
use crate::text::Clean;
use serde::{Deserialize, Serialize};

/// The service, as its model has it.
pub(in crate::cloud::aws) const SERVICE: Service = Service {
    id: "Route 53",
    signing_name: "route53",
    at: At::Partition(HOMES),
    host: "route53",
    dual_stack_host: "route53",
    protocol: Protocol::RestXml,
    reads: &[READS],
    acts: &[],
};

/// Where each partition has it (the rules of AWS's own clients).
const HOMES: &[Home] = &[
    home(
        "cn-",
        "cn-northwest-1",
        [
            ".amazonaws.com.cn",
            "-fips.amazonaws.com.cn",
            ".global.api.amazonwebservices.com.cn",
            "-fips.api.amazonwebservices.com.cn",
        ],
    ),
    home(
        "us-gov-",
        "us-gov-west-1",
        [".us-gov.amazonaws.com", ".us-gov.amazonaws.com", ".us-gov.api.aws", ".us-gov.api.aws"],
    ),
    home(
        "us-isob-",
        "us-isob-east-1",
        [".sc2s.sgov.gov", "-fips.sc2s.sgov.gov", ".api.aws.scloud", "-fips.api.aws.scloud"],
    ),
    home(
        "us-isof-",
        "us-isof-south-1",
        [".csp.hci.ic.gov", "-fips.csp.hci.ic.gov", ".api.aws.hci.ic.gov", "-fips.api.aws.hci.ic.gov"],
    ),
    home("us-iso-", "us-iso-east-1", [".c2s.ic.gov", "-fips.c2s.ic.gov", ".api.aws.ic.gov", "-fips.api.aws.ic.gov"]),
    home(
        "eu-isoe-",
        "eu-isoe-west-1",
        [".cloud.adc-e.uk", "-fips.cloud.adc-e.uk", ".api.cloud-aws.adc-e.uk", "-fips.api.cloud-aws.adc-e.uk"],
    ),
    home(
        "eusc-",
        "eusc-de-east-1",
        [".amazonaws.eu", "-fips.amazonaws.eu", ".global.api.amazonwebservices.eu", "-fips.api.amazonwebservices.eu"],
    ),
    home("", "us-east-1", [".amazonaws.com", "-fips.amazonaws.com", ".global.api.aws", "-fips.global.api.aws"]),
];

const fn home(prefix: &'static str, region: &'static str, hosts: [&'static str; 4]) -> Home {
    Home { prefix, region, hosts }
}

/// How many pages of them are read at most: of three hundred each.
const PAGES: usize = 20;

/// `ListResourceRecordSetProtections`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::cloud::aws) struct ListProtections {
    pub(in crate::cloud::aws) hosted_zone_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::cloud::aws) next_token: Option<String>,
}

impl Read for ListProtections {
    const SERVICE: &'static Service = &SERVICE;
    const OPERATION: &'static str = "ListResourceRecordSetProtections";
    const ROUTE: Option<&'static Route> = Some(&Route {
        method: "GET",
        path: "/2013-04-01/hostedzone/{Id}/rrsetprotection",
        labels: &[("HostedZoneId", "Id")],
        query: &[("NextToken", "nexttoken")],
    });
    type Answer = Listed;
}

/// Without a list it is no answer: one that has none says so by an empty one.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::cloud::aws) struct Listed {
    resource_record_set_protections: Protections,
    next_token: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(in crate::cloud::aws) struct Protections {
    #[serde(default, rename = "ResourceRecordSetProtection")]
    items: Vec<Protection>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::cloud::aws) struct Protection {
    record_name: String,
    record_type: String,
    comment: Option<String>,
}

/// Every protection of a zone, so far as it has no more than [`PAGES`].
pub(super) async fn of(eye: Eye<'_>, zone: &ZoneRef) -> Result<Observation, Trouble> {
    let hosted_zone_id = sets::id_of(eye, zone).await?;
    let (mut protections, mut next_token) = (Vec::new(), None);
    for _ in 0..PAGES {
        let audit = Audit::look(eye, NAME);
        let request = ListProtections { hosted_zone_id: hosted_zone_id.clone(), next_token: next_token.take() };
        let page = audit.settle(eye.clients.caller.read(request, audit.clone())).await?;
        protections.extend(page.resource_record_set_protections.items.into_iter().map(observed));
        match page.next_token.filter(|token| !token.is_empty()) {
            Some(token) => next_token = Some(token),
            None => return Ok(DnsObservation::Protections { protections, is_whole: true }.into()),
        }
    }
    Ok(DnsObservation::Protections { protections, is_whole: false }.into())
}

fn observed(told: Protection) -> RecordProtection {
    RecordProtection {
        name: Clean::new(&told.record_name),
        record_type: Clean::new(&told.record_type),
        comment: told.comment.as_deref().filter(|comment| !comment.is_empty()).map(Clean::new),
    }
}
