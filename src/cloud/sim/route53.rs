//! The simulated Amazon Route 53 and those who answer for its zones: what they answer, what is refused, and what becomes
//! of what is taken.

use super::kind::{Program, Simulated};
use super::world::{Refusal, Together, World};
use super::{answering, keys, pointing, records};
use crate::plan::Region;
use crate::plan::{Application, Component, Side};
use crate::service::observation::{DnsAnswers, RecordSets};
use crate::service::{DnsObservation, DnsOperation, DnsQuery, DnsQuestion, Observation, Receipt, said};
use crate::text::Clean;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// What a question is about; `None` when it is about no single thing.
pub(super) fn of_query(_region: &Region, query: &DnsQuery) -> Option<String> {
    match query {
        DnsQuery::RecordSets { zone, name, .. } => Some(keys::name(&keys::zone(zone), name)),
        DnsQuery::DnsAnswer(question) | DnsQuery::NameServers(question) | DnsQuery::Resolver { question, .. } => {
            Some(keys::record(&keys::zone(&question.zone), &question.name, &question.record_type))
        }
        DnsQuery::HostedZone { .. }
        | DnsQuery::ZoneRecords { .. }
        | DnsQuery::Protections { .. }
        | DnsQuery::DnsChange { .. }
        | DnsQuery::HealthCheck { .. } => None,
    }
}

/// With what others it is asked in one call.
pub(super) fn together(query: &DnsQuery) -> Together<'_> {
    match query {
        DnsQuery::RecordSets { .. }
        | DnsQuery::DnsAnswer(_)
        | DnsQuery::NameServers(_)
        | DnsQuery::Resolver { .. }
        | DnsQuery::HostedZone { .. }
        | DnsQuery::ZoneRecords { .. }
        | DnsQuery::Protections { .. }
        | DnsQuery::DnsChange { .. }
        | DnsQuery::HealthCheck { .. } => Together::Alone,
    }
}

/// What it is answered at `at`.
pub(super) fn see(world: &World, _region: &Region, query: &DnsQuery, at: Timestamp) -> Observation {
    match query {
        DnsQuery::HostedZone { zone } => DnsObservation::HostedZones { zones: world.zones.zones(zone) },
        DnsQuery::RecordSets { zone, name, resolve } => {
            let records = world.zones.at_name(zone, name);
            let targets = if *resolve { answering::targets(&records, &world.dice) } else { Vec::new() };
            DnsObservation::RecordSets(RecordSets { records, targets })
        }
        DnsQuery::ZoneRecords { zone } => {
            DnsObservation::ZoneRecords { records: world.zones.all(zone), is_whole: true }
        }
        DnsQuery::Protections { .. } => DnsObservation::Protections { protections: Vec::new(), is_whole: true },
        DnsQuery::DnsChange { id } => {
            DnsObservation::DnsChange { status: world.zones.status(id, &world.troubles, at).map(Into::into) }
        }
        DnsQuery::HealthCheck { id } => DnsObservation::HealthCheck { check: world.health_check(id) },
        DnsQuery::DnsAnswer(question) => world.answers(question, &["TestDNSAnswer".into()], at),
        DnsQuery::NameServers(question) => {
            let zones = world.zones.zones(&question.zone);
            let servers: Vec<Clean> = zones.into_iter().flat_map(|zone| zone.name_servers).collect();
            world.answers(question, &servers, at)
        }
        DnsQuery::Resolver { at: resolver, question } => {
            let zones = world.zones.zones(&question.zone);
            let servers: Vec<Clean> = zones.iter().map(|_| Clean::new(&format!("resolver {resolver}"))).collect();
            world.servers(question, &servers, at)
        }
    }
    .into()
}

/// What an operation is about.
pub(super) fn about(_region: &Region, operation: &DnsOperation) -> Vec<String> {
    match operation {
        DnsOperation::ChangeRecords { zone, upsert, delete } => {
            upsert.iter().chain(delete).map(|set| keys::record(zone, &set.name, &set.record_type)).collect()
        }
    }
}

/// Why it would be refused; `None` when it would be taken.
pub(super) fn refusal(world: &World, _region: &Region, operation: &DnsOperation, _at: Timestamp) -> Option<Refusal> {
    match operation {
        DnsOperation::ChangeRecords { zone, upsert, delete } => {
            let (code, message) = world.zones.refusal(zone, upsert, delete)?;
            Some(Refusal { code, message })
        }
    }
}

/// Takes it at `at`; what would be refused changes nothing.
pub(super) fn take(world: &mut World, _region: &Region, operation: &DnsOperation, at: Timestamp) -> Receipt {
    match operation {
        DnsOperation::ChangeRecords { zone, upsert, delete } => {
            let dice = world.dice;
            Receipt { id: Some(world.zones.change(&dice, zone, upsert, delete, at)), exit: None }
        }
    }
}

/// The kind `route53`: a record that leads to the side that serves.
pub(super) struct Route53;

impl Simulated for Route53 {
    fn stand(&self, world: &mut World, component: &Component) {
        records::add(world, component);
    }

    fn keys(&self, component: &Component, _application: &Application) -> Vec<String> {
        let Ok(said) = said::Route53::of(&component.fields) else { return Vec::new() };
        vec![key_of(&said), keys::name(&keys::zone(&keys::zone_of(&said)), &said.record)]
    }

    fn programs(&self, _component: &Component) -> Vec<(Vec<String>, Program)> {
        Vec::new()
    }

    fn works(&self, world: &World, component: &Component, side: Side, at: Timestamp) -> bool {
        side == Side::Primary || world.has_moved(component, at)
    }

    fn settled(&self, world: &World, _at: Timestamp) -> Vec<(&'static str, Map<String, Value>)> {
        let records = world.zones.standing().map(|(key, records)| (key.clone(), json!(records)));
        vec![("zones", records.collect())]
    }
}

/// The record of a `route53` component.
fn key_of(said: &said::Route53) -> String {
    keys::record(&keys::zone(&keys::zone_of(said)), &said.record, &said.r#type)
}

impl World {
    /// Whether Route 53's servers lead to where the plan wants them to.
    pub(super) fn has_moved(&self, component: &Component, at: Timestamp) -> bool {
        let Ok(said) = said::Route53::of(&component.fields) else { return false };
        let key = key_of(&said);
        let answered = self.zones.answered(&key, &self.troubles, at);
        pointing::has_moved(&said, self.zones.first(&key), answered)
    }

    /// What those who answer for a public zone answer.
    fn answers(&self, question: &DnsQuestion, servers: &[Clean], at: Timestamp) -> DnsObservation {
        if self.zones.zones(&question.zone).iter().any(|zone| zone.private) {
            let why = "a private zone answers inside its VPCs only: `resolver` names one who may be asked";
            return DnsObservation::DnsAnswers(DnsAnswers { servers: Vec::new(), not_asked: Some(why.into()) });
        }
        self.servers(question, servers, at)
    }

    fn servers(&self, question: &DnsQuestion, servers: &[Clean], at: Timestamp) -> DnsObservation {
        let key = keys::record(&keys::zone(&question.zone), &question.name, &question.record_type);
        let records = self.zones.answered(&key, &self.troubles, at);
        let switched = self.switched(&key, records, at).or_else(|| self.routed(&key, records, at));
        let records = switched.as_deref().unwrap_or(records);
        let of = |server: &Clean| answering::server(server, question, records, &self.dice, at);
        DnsObservation::DnsAnswers(DnsAnswers { servers: servers.iter().map(of).collect(), not_asked: None })
    }
}
