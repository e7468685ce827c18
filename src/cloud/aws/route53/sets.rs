//! Record sets: a name's, or a zone's whole when several names of it are asked for and it fits one page.

use super::{audit, bare, zones};
use crate::cloud::aws::desk::{Answers, Eye};
use crate::cloud::aws::trouble::{Sort, Trouble};
use crate::cloud::probe::dns;
use crate::service::dns_name::canonical;
use crate::service::observation::RecordSets;
use crate::service::observation::{Alias, AliasAddresses, RecordSet};
use crate::service::{DnsObservation, DnsQuery, Observation, Query, ZoneRef};
use crate::text::Clean;
use aws_sdk_route53::types::ResourceRecordSet;
use std::collections::{BTreeMap, BTreeSet};

/// From how many names of a zone on it is first tried to list it whole.
const WORTH_A_LIST: usize = 3;

/// How many pages of a zone are read at most: of three hundred sets each.
const PAGES: usize = 20;

/// The record sets of some names of a zone.
type Listed = BTreeMap<Clean, Result<Vec<RecordSet>, Trouble>>;

/// Answers what is asked of record sets.
pub(super) async fn look(eye: Eye<'_>, queries: &[&Query]) -> Answers {
    let mut names: BTreeMap<&ZoneRef, BTreeSet<&Clean>> = BTreeMap::new();
    for query in queries {
        if let Query::Dns(DnsQuery::RecordSets { zone, name, .. }) = query {
            names.entry(zone).or_default().insert(name);
        }
    }
    let lists = names.into_iter().map(|(zone, names)| async move { (zone, of_zone(eye, zone, &names).await) });
    let listed: BTreeMap<&ZoneRef, Listed> = futures::future::join_all(lists).await.into_iter().collect();
    let addresses = resolved(eye, queries, &listed).await;
    let answer = |query: &&Query| {
        let Query::Dns(DnsQuery::RecordSets { zone, name, resolve }) = query else { return None };
        let answer = match listed.get(zone)?.get(name)? {
            Err(trouble) => Err(trouble.unanswered()),
            Ok(records) => {
                let wanted = records.iter().filter(|_| *resolve).filter_map(|record| record.alias.as_ref());
                let targets = wanted.map(|alias| AliasAddresses {
                    dns_name: alias.dns_name.clone(),
                    addresses: addresses.get(&alias.dns_name).cloned().flatten(),
                });
                Ok(Observation::Dns(DnsObservation::RecordSets(RecordSets {
                    records: records.clone(),
                    targets: targets.collect(),
                })))
            }
        };
        Some(((*query).clone(), answer))
    };
    queries.iter().filter_map(answer).collect()
}

/// The addresses of every alias's target that somebody wants resolved, each asked for once.
async fn resolved(
    eye: Eye<'_>,
    queries: &[&Query],
    listed: &BTreeMap<&ZoneRef, Listed>,
) -> BTreeMap<Clean, Option<Vec<Clean>>> {
    let mut targets: BTreeSet<Clean> = BTreeSet::new();
    for query in queries {
        let Query::Dns(DnsQuery::RecordSets { zone, name, resolve: true }) = query else { continue };
        let Some(Ok(records)) = listed.get(zone).and_then(|found| found.get(name)) else { continue };
        targets.extend(records.iter().filter_map(|record| record.alias.as_ref()).map(|alias| alias.dns_name.clone()));
    }
    let way = eye.clients.zones.way();
    let looks = targets.into_iter().map(|name| {
        let way = &way;
        async move { (name.clone(), dns::addresses(way, &canonical(&name)).await) }
    });
    futures::future::join_all(looks).await.into_iter().collect()
}

/// Every record set of a zone, so far as it has no more than [`PAGES`].
pub(super) async fn whole(eye: Eye<'_>, zone: &ZoneRef) -> Result<Observation, Trouble> {
    let id = id_of(eye, zone).await?;
    let (mut records, mut from) = (Vec::new(), None);
    for _ in 0..PAGES {
        let page = page(eye, &id, from.take()).await?;
        records.extend(page.records);
        match page.next {
            Some(next) => from = Some(next),
            None => return Ok(DnsObservation::ZoneRecords { records, is_whole: true }.into()),
        }
    }
    Ok(DnsObservation::ZoneRecords { records, is_whole: false }.into())
}

async fn of_zone(eye: Eye<'_>, zone: &ZoneRef, names: &BTreeSet<&Clean>) -> Listed {
    let all = |trouble: &Trouble| names.iter().map(|name| ((*name).clone(), Err(trouble.clone()))).collect();
    let id = match id_of(eye, zone).await {
        Ok(id) => id,
        Err(trouble) => return all(&trouble),
    };
    if names.len() >= WORTH_A_LIST && !eye.clients.zones.is_large(&id) {
        match page(eye, &id, None).await {
            Err(trouble) => return all(&trouble),
            Ok(page) if page.next.is_none() => {
                let of = |name: &&Clean| ((*name).clone(), Ok(those_of(&page.records, name)));
                return names.iter().map(of).collect();
            }
            Ok(_) => eye.clients.zones.note_large(&id),
        }
    }
    let looks = names.iter().map(|name| async { ((*name).clone(), of_name(eye, &id, name).await) });
    futures::future::join_all(looks).await.into_iter().collect()
}

/// The id of the one zone that is meant.
pub(super) async fn id_of(eye: Eye<'_>, zone: &ZoneRef) -> Result<String, Trouble> {
    if !zone.is_name() {
        return Ok(bare(&zone.zone, "/hostedzone/").to_owned());
    }
    match &zones::of(eye, zone).await?[..] {
        [one] => Ok(one.id.to_string()),
        others => {
            let words = format!("{} hosted zones are called {}", others.len(), zone.zone);
            Err(Trouble { sort: Sort::Refused, code: None, message: Clean::new(&words) })
        }
    }
}

/// Every record set of one name: those of a name stand together in the list.
async fn of_name(eye: Eye<'_>, id: &str, name: &str) -> Result<Vec<RecordSet>, Trouble> {
    let (mut records, mut from) = (Vec::new(), Some(Start { name: name.to_owned(), ..Start::default() }));
    loop {
        let page = page(eye, id, from.take()).await?;
        records.extend(those_of(&page.records, name));
        match page.next.filter(|next| canonical(&next.name) == canonical(name)) {
            Some(next) => from = Some(next),
            None => return Ok(records),
        }
    }
}

fn those_of(records: &[RecordSet], name: &str) -> Vec<RecordSet> {
    let name = canonical(name);
    records.iter().filter(|record| canonical(&record.name) == name).cloned().collect()
}

/// Where a page of the list begins.
#[derive(Default)]
struct Start {
    name: String,
    record_type: Option<aws_sdk_route53::types::RrType>,
    set: Option<String>,
}

struct Page {
    records: Vec<RecordSet>,
    next: Option<Start>,
}

async fn page(eye: Eye<'_>, id: &str, from: Option<Start>) -> Result<Page, Trouble> {
    let audit = audit(eye);
    let mut call = eye.clients.route53.list_resource_record_sets().hosted_zone_id(id);
    if let Some(Start { name, record_type, set }) = from {
        call = call.start_record_name(name).set_start_record_type(record_type).set_start_record_identifier(set);
    }
    let told = audit.settle(call.customize().interceptor(audit.clone()).send()).await;
    eye.clients.zones.note_host(audit.host());
    let found = told?;
    let next = found.next_record_name().filter(|_| found.is_truncated()).map(|name| Start {
        name: name.to_owned(),
        record_type: found.next_record_type().cloned(),
        set: found.next_record_identifier().map(str::to_owned),
    });
    let records = found.resource_record_sets().iter().map(observed).collect();
    Ok(Page { records, next })
}

fn observed(record: &ResourceRecordSet) -> RecordSet {
    RecordSet {
        name: Clean::new(record.name()),
        record_type: Clean::new(record.r#type().as_str()),
        ttl: record.ttl().and_then(|ttl| u64::try_from(ttl).ok()),
        values: record.resource_records().iter().map(|value| Clean::new(value.value())).collect(),
        alias: record.alias_target().map(|alias| Alias {
            dns_name: Clean::new(alias.dns_name()),
            zone_id: Clean::new(alias.hosted_zone_id()),
            evaluate_health: alias.evaluate_target_health(),
        }),
        set_identifier: record.set_identifier().map(Clean::new),
        weight: record.weight().and_then(|weight| u64::try_from(weight).ok()),
        failover: record.failover().map(|role| Clean::new(role.as_str())),
        region: record.region().map(|region| Clean::new(region.as_str())),
        multivalue: record.multi_value_answer().unwrap_or_default(),
        other_routing: other_routing(record).map(Into::into),
        health_check: record.health_check_id().map(Clean::new),
    }
}

/// The kinds of routing that Landfall changes no set of.
fn other_routing(record: &ResourceRecordSet) -> Option<&'static str> {
    let kinds = [
        (record.traffic_policy_instance_id().is_some(), "traffic policy"),
        (record.geo_location().is_some(), "geolocation"),
        (record.geo_proximity_location().is_some(), "geoproximity"),
        (record.cidr_routing_config().is_some(), "IP range"),
    ];
    kinds.into_iter().find(|(is_so, _)| *is_so).map(|(_, word)| word)
}
