//! Amazon Route 53: zones, record sets, changes, and what is answered now. Its control plane is in one region, whatever
//! the plan's: its calls are evidence of that one.

mod answers;
mod change;
mod sets;
mod zones;

pub(super) use answers::look as answers;
pub(super) use change::change_records;
pub(super) use zones::Zones;

use super::audit::Audit;
use super::observer::{Answers, Eye};
use crate::plan::Region;
use crate::service::{Observation, Query};

/// The service's short name in evidence.
const SERVICE: &str = "route53";

/// Where Route 53's API is, for who looks from `region`: one region for the whole of a partition (AWS Fault Isolation
/// Boundaries, "Global services").
pub(super) fn home_region(region: &Region) -> Region {
    const PARTITIONS: [(&str, &str); 5] = [
        ("cn-", "cn-northwest-1"),
        ("us-gov-", "us-gov-west-1"),
        ("us-isob-", "us-isob-east-1"),
        ("us-iso-", "us-iso-east-1"),
        ("eusc-", "eusc-de-east-1"),
    ];
    let home = PARTITIONS.iter().find(|(prefix, _)| region.as_str().starts_with(prefix));
    Region::new(home.map_or("us-east-1", |(_, home)| home))
}

/// Answers what is asked of zones, record sets and changes.
pub(super) async fn look(eye: Eye<'_>, queries: Vec<&Query>) -> Answers {
    let region = home_region(eye.region);
    let eye = Eye { region: &region, ..eye };
    let zones = queries.iter().map(|query| async move {
        match query {
            Query::HostedZone { zone } => {
                let found = zones::of(eye, zone).await;
                Some(((*query).clone(), found.map(|zones| Observation::HostedZones { zones })))
            }
            Query::DnsChange { id } => Some(((*query).clone(), change::status(eye, id).await)),
            _ => None,
        }
    });
    let (told, sets) = futures::join!(futures::future::join_all(zones), sets::look(eye, &queries));
    let told =
        told.into_iter().flatten().map(|(query, answer)| (query, answer.map_err(|trouble| trouble.unanswered())));
    told.chain(sets).collect()
}

/// An id without the path that AWS shows before it.
fn bare<'a>(id: &'a str, path: &str) -> &'a str {
    id.strip_prefix(path).unwrap_or(id)
}

/// A look's audit.
fn audit<E>(eye: Eye<'_>) -> Audit<E> {
    Audit::look(eye, SERVICE)
}
