//! Amazon Route 53: zones, record sets, changes, and what is answered now. Its control plane is in one region, whatever
//! the plan's: its calls are evidence of that one.

mod answers;
mod change;
mod sets;
mod zones;

pub(super) use answers::look as answers;

use super::audit::Audit;
use super::desk::{Answers, Asked, Eye, Hand, Look};
use super::trouble::Trouble;
use crate::plan::{Global, Region};
use crate::service::{DnsObservation, DnsOperation, DnsQuery, Observation, Query, Receipt};

/// What is asked here.
pub(super) const READS: &[&str] =
    &["GetChange", "GetHostedZone", "ListHostedZonesByName", "ListResourceRecordSets", "TestDNSAnswer"];

/// The looks that answer `asked`.
pub(in crate::cloud::aws) fn looks<'a>(eye: Eye<'a>, asked: Asked<'a, DnsQuery>) -> Vec<Look<'a>> {
    let mut named = Vec::new();
    let mut standing = Vec::new();
    let mut changed = Vec::new();
    let mut answered = Vec::new();
    for (query, words) in asked {
        match words {
            DnsQuery::HostedZone { .. } => named.push(query),
            DnsQuery::RecordSets { .. } => standing.push(query),
            DnsQuery::DnsChange { .. } => changed.push(query),
            DnsQuery::DnsAnswer(_) | DnsQuery::NameServers(_) | DnsQuery::Resolver { .. } => answered.push(query),
        }
    }
    vec![
        Look::of(named, |queries| zones(eye, queries)),
        Look::of(standing, |queries| sets(eye, queries)),
        Look::of(changed, |queries| changes(eye, queries)),
        Look::of(answered, |queries| answers(eye, queries)),
    ]
}

/// The service's short name in evidence.
const SERVICE: &str = "route53";

/// Who looks at Route 53 looks at its home.
fn at_home<'a>(eye: Eye<'a>, home: &'a Region) -> Eye<'a> {
    Eye { region: home, ..eye }
}

/// Answers what is asked of zones.
pub(super) async fn zones(eye: Eye<'_>, queries: Vec<&Query>) -> Answers {
    let home = Global::Route53.home(eye.region);
    let looks = queries.into_iter().map(|query| {
        let eye = at_home(eye, &home);
        async move {
            let Query::Dns(DnsQuery::HostedZone { zone }) = query else { return None };
            let found = zones::of(eye, zone).await.map(|zones| Observation::Dns(DnsObservation::HostedZones { zones }));
            Some((query.clone(), found.map_err(|trouble| trouble.unanswered())))
        }
    });
    futures::future::join_all(looks).await.into_iter().flatten().collect()
}

/// Answers what is asked of record sets.
pub(super) async fn sets(eye: Eye<'_>, queries: Vec<&Query>) -> Answers {
    let home = Global::Route53.home(eye.region);
    sets::look(at_home(eye, &home), &queries).await
}

/// Answers what is asked of changes.
pub(super) async fn changes(eye: Eye<'_>, queries: Vec<&Query>) -> Answers {
    let home = Global::Route53.home(eye.region);
    let looks = queries.into_iter().map(|query| {
        let eye = at_home(eye, &home);
        async move {
            let Query::Dns(DnsQuery::DnsChange { id }) = query else { return None };
            Some((query.clone(), change::status(eye, id).await.map_err(|trouble| trouble.unanswered())))
        }
    });
    futures::future::join_all(looks).await.into_iter().flatten().collect()
}

/// Does what is done here.
pub(super) async fn act(hand: Hand<'_>, operation: &DnsOperation) -> Result<Receipt, Trouble> {
    match operation {
        DnsOperation::ChangeRecords { zone, upsert, delete } => {
            change::change_records(hand, zone, upsert, delete).await
        }
    }
}

/// An id without the path that AWS shows before it.
fn bare<'a>(id: &'a str, path: &str) -> &'a str {
    id.strip_prefix(path).unwrap_or(id)
}

/// A look's audit.
fn audit<E>(eye: Eye<'_>) -> Audit<E> {
    Audit::look(eye, SERVICE)
}
