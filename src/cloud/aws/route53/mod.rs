//! Amazon Route 53: zones, record sets, changes, and what is answered now. Its control plane is in one region, whatever
//! the plan's: its calls are evidence of that one.

mod answers;
mod change;
pub(super) mod protections;
mod sets;
mod zones;

pub(super) use answers::look as answers;

use super::audit::Audit;
use super::desk::{Answers, Asked, Eye, Hand, Look};
use super::trouble::Trouble;
use crate::plan::{Global, Region};
use crate::service::observation::HealthCheck;
use crate::service::{DnsObservation, DnsOperation, DnsQuery, Observation, Query, Receipt};
use crate::text::Clean;

/// What is asked here.
pub(super) const READS: &[&str] = &[
    "GetChange",
    "GetHealthCheck",
    "GetHostedZone",
    "ListHostedZonesByName",
    "ListResourceRecordSetProtections",
    "ListResourceRecordSets",
    "TestDNSAnswer",
];

/// The looks that answer `asked`.
pub(in crate::cloud::aws) fn looks<'a>(eye: Eye<'a>, asked: Asked<'a, DnsQuery>) -> Vec<Look<'a>> {
    let mut named = Vec::new();
    let mut standing = Vec::new();
    let mut listed = Vec::new();
    let mut protected = Vec::new();
    let mut changed = Vec::new();
    let mut checked = Vec::new();
    let mut answered = Vec::new();
    for (query, words) in asked {
        match words {
            DnsQuery::HostedZone { .. } => named.push(query),
            DnsQuery::RecordSets { .. } => standing.push(query),
            DnsQuery::ZoneRecords { .. } => listed.push(query),
            DnsQuery::Protections { .. } => protected.push(query),
            DnsQuery::DnsChange { .. } => changed.push(query),
            DnsQuery::HealthCheck { .. } => checked.push(query),
            DnsQuery::DnsAnswer(_) | DnsQuery::NameServers(_) | DnsQuery::Resolver { .. } => answered.push(query),
        }
    }
    vec![
        Look::of(named, |queries| zones(eye, queries)),
        Look::of(standing, |queries| sets(eye, queries)),
        Look::of(listed, |queries| whole_zones(eye, queries)),
        Look::of(protected, |queries| protected_sets(eye, queries)),
        Look::of(changed, |queries| changes(eye, queries)),
        Look::of(checked, |queries| health_checks(eye, queries)),
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

/// Answers what is asked of whole zones.
async fn whole_zones(eye: Eye<'_>, queries: Vec<&Query>) -> Answers {
    let home = Global::Route53.home(eye.region);
    let looks = queries.into_iter().map(|query| {
        let eye = at_home(eye, &home);
        async move {
            let Query::Dns(DnsQuery::ZoneRecords { zone }) = query else { return None };
            Some((query.clone(), sets::whole(eye, zone).await.map_err(|trouble| trouble.unanswered())))
        }
    });
    futures::future::join_all(looks).await.into_iter().flatten().collect()
}

/// Answers what is asked of what is protected.
async fn protected_sets(eye: Eye<'_>, queries: Vec<&Query>) -> Answers {
    let home = Global::Route53.home(eye.region);
    let looks = queries.into_iter().map(|query| {
        let eye = at_home(eye, &home);
        async move {
            let Query::Dns(DnsQuery::Protections { zone }) = query else { return None };
            Some((query.clone(), protections::of(eye, zone).await.map_err(|trouble| trouble.unanswered())))
        }
    });
    futures::future::join_all(looks).await.into_iter().flatten().collect()
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

/// Answers what is asked of health checks.
async fn health_checks(eye: Eye<'_>, queries: Vec<&Query>) -> Answers {
    let home = Global::Route53.home(eye.region);
    let looks = queries.into_iter().map(|query| {
        let eye = at_home(eye, &home);
        async move {
            let Query::Dns(DnsQuery::HealthCheck { id }) = query else { return None };
            Some((query.clone(), health_check(eye, id).await.map_err(|trouble| trouble.unanswered())))
        }
    });
    futures::future::join_all(looks).await.into_iter().flatten().collect()
}

async fn health_check(eye: Eye<'_>, id: &str) -> Result<Observation, Trouble> {
    let audit = audit(eye);
    let call = eye.clients.route53.get_health_check().health_check_id(id).customize().interceptor(audit.clone());
    let check = match audit.settle(call.send()).await {
        Ok(told) => told.health_check().and_then(|check| check.health_check_config()).map(|config| HealthCheck {
            host: Clean::new(config.fully_qualified_domain_name().unwrap_or_default()),
            path: Clean::new(config.resource_path().unwrap_or_default()),
            inverted: config.inverted().unwrap_or_default(),
            disabled: config.disabled().unwrap_or_default(),
        }),
        Err(trouble) if trouble.is(&["NoSuchHealthCheck"]) => None,
        Err(trouble) => return Err(trouble),
    };
    Ok(DnsObservation::HealthCheck { check }.into())
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
