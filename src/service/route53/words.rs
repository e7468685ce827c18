//! What can be asked of Amazon Route 53 and of those who answer for its zones, what can be done to it, and what its API
//! calls it.

use super::seen::{DnsAnswers, HealthCheck, HostedZone, Observation, RecordSet, RecordSets};
use crate::service::Place;
use crate::service::declared::{Declared, joined, listed};
use crate::service::family::{Asked, Batch, Done};
use crate::service::observation as any;
use crate::service::work::Want;
use crate::text::Clean;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "query", rename_all = "snake_case")]
pub enum Query {
    /// `route53:GetHostedZone`, after `ListHostedZonesByName` where the plan gives the zone's name.
    HostedZone {
        /// The zone, as the plan means it.
        zone: ZoneRef,
    },
    /// `route53:ListResourceRecordSets` from a name on: every record set of that name, whatever its type.
    RecordSets {
        /// The zone, as the plan means it.
        zone: ZoneRef,
        /// The record's name.
        name: Clean,
        /// Whether the names that alias records point at are resolved too, to tell their answers by.
        resolve: bool,
    },
    /// `route53:ListResourceRecordSets`, page after page: every record set of a zone.
    ZoneRecords {
        /// The zone, as the plan means it.
        zone: ZoneRef,
    },
    /// `route53:ListResourceRecordSetProtections`, page after page: what of a zone nobody may change.
    Protections {
        /// The zone, as the plan means it.
        zone: ZoneRef,
    },
    /// `route53:GetChange`.
    DnsChange {
        /// The change's id.
        id: Clean,
    },
    /// `route53:GetHealthCheck`.
    HealthCheck {
        /// The check's id.
        id: Clean,
    },
    /// `route53:TestDNSAnswer`: what Route 53 says that it answers now. For public zones only.
    DnsAnswer(DnsQuestion),
    /// The zone's own name servers, each asked directly: what clients get.
    NameServers(DnsQuestion),
    /// One resolver asked in the place of name servers: for private zones, which have none that can be reached.
    Resolver {
        /// `ADDRESS` or `ADDRESS:PORT`.
        at: Clean,
        /// What it is asked.
        question: DnsQuestion,
    },
}

impl Asked for Query {
    type Seen = Observation;

    fn api_name(&self) -> &'static str {
        match self {
            Self::HostedZone { .. } => "route53.GetHostedZone",
            Self::RecordSets { .. } | Self::ZoneRecords { .. } => "route53.ListResourceRecordSets",
            Self::Protections { .. } => "route53.ListResourceRecordSetProtections",
            Self::DnsChange { .. } => "route53.GetChange",
            Self::HealthCheck { .. } => "route53.GetHealthCheck",
            Self::DnsAnswer(_) => "route53.TestDNSAnswer",
            Self::NameServers(_) => "dns.query",
            Self::Resolver { .. } => "dns.query",
        }
    }

    fn is_asked_from_here(&self) -> bool {
        match self {
            Self::NameServers(_) | Self::Resolver { .. } => true,
            Self::HostedZone { .. }
            | Self::RecordSets { .. }
            | Self::ZoneRecords { .. }
            | Self::Protections { .. }
            | Self::DnsChange { .. }
            | Self::HealthCheck { .. }
            | Self::DnsAnswer(_) => false,
        }
    }

    fn is_a_call_each(&self) -> bool {
        false
    }

    // A zone is listed once for all its names that are asked for.
    fn batch(&self) -> Batch<'_> {
        match self {
            Self::RecordSets { zone, .. } | Self::ZoneRecords { zone } => Batch { of: Some(&zone.zone), most: 300 },
            Self::HostedZone { zone } | Self::Protections { zone } => Batch { of: Some(&zone.zone), most: 1 },
            Self::DnsChange { .. }
            | Self::HealthCheck { .. }
            | Self::DnsAnswer(_)
            | Self::NameServers(_)
            | Self::Resolver { .. } => Batch { of: None, most: 1 },
        }
    }

    #[cfg(test)]
    fn examples() -> Vec<(Self, Observation)> {
        let question = || DnsQuestion {
            zone: "Z1".into(),
            name: "shop.example.com.".into(),
            record_type: "A".into(),
            near: None,
            times: 1,
        };
        let nobody = || {
            let none = DnsReply { code: "NXDOMAIN".into(), records: Vec::new(), times: 1 };
            let servers = vec![DnsServer { name: "ns-1".into(), replies: vec![none], error: None }];
            Observation::DnsAnswers(DnsAnswers { servers, not_asked: None })
        };
        vec![
            (Query::HostedZone { zone: "Z1".into() }, Observation::HostedZones { zones: Vec::new() }),
            (
                Query::RecordSets { zone: "Z1".into(), name: "shop.example.com.".into(), resolve: false },
                Observation::RecordSets(RecordSets::default()),
            ),
            (
                Query::ZoneRecords { zone: "Z1".into() },
                Observation::ZoneRecords { records: Vec::new(), is_whole: true },
            ),
            (
                Query::Protections { zone: "Z1".into() },
                Observation::Protections { protections: Vec::new(), is_whole: true },
            ),
            (Query::DnsChange { id: "C0".into() }, Observation::DnsChange { status: None }),
            (Query::HealthCheck { id: "C1".into() }, Observation::HealthCheck { check: None }),
            (Query::DnsAnswer(question()), nobody()),
            (Query::NameServers(question()), nobody()),
            (Query::Resolver { at: "10.0.0.2".into(), question: question() }, nobody()),
        ]
    }
}

/// A hosted zone, as a plan means it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ZoneRef {
    /// Its id, or its name with the final dot.
    pub zone: Clean,
    /// Whether it is private; when absent, whichever there is one of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub private: Option<bool>,
}

impl ZoneRef {
    /// Whether it is given by its name: an id has no dots.
    pub fn is_name(&self) -> bool {
        self.zone.contains('.')
    }
}

impl From<&str> for ZoneRef {
    fn from(zone: &str) -> Self {
        Self { zone: zone.into(), private: None }
    }
}

/// A question of DNS.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DnsQuestion {
    /// The zone whose servers are asked.
    pub zone: ZoneRef,
    /// The name asked for.
    pub name: Clean,
    /// A, CNAME, …
    pub record_type: Clean,
    /// Asked as if from there, an address or a name that has one: latency records answer by where the question comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub near: Option<Clean>,
    /// How often, of each server: weighted sets answer by turns.
    pub times: u32,
}

/// What is done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "operation", rename_all = "snake_case")]
pub enum Operation {
    /// `route53:ChangeResourceRecordSets`: all of these UPSERTed and deleted in one batch, all or nothing.
    ChangeRecords {
        /// The hosted zone's id.
        zone: Clean,
        /// What will stand there.
        upsert: Vec<RecordSet>,
        /// What will be deleted.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        delete: Vec<RecordSet>,
    },
}

impl Done for Operation {
    fn api_name(&self) -> &'static str {
        match self {
            Self::ChangeRecords { .. } => "route53.ChangeResourceRecordSets",
        }
    }

    fn settle_seconds(&self) -> f64 {
        match self {
            // It shows at once; what was given up may still be on its way, or in a queue of the service.
            Self::ChangeRecords { .. } => 15.0,
        }
    }

    fn is_proof(&self) -> bool {
        false
    }

    fn declared(&self) -> Vec<Declared> {
        let Self::ChangeRecords { zone, upsert, delete } = self;
        let id = |record: &RecordSet| {
            let set = record.set_identifier.as_ref().map_or_else(String::new, |set| format!("_{set}"));
            format!("{zone}_{}_{}{set}", record.name.trim_end_matches('.'), record.record_type)
        };
        let deleted = delete.iter().map(|record| Declared::gone("aws_route53_record", &id(record)));
        let written = upsert.iter().flat_map(|record| {
            let is = |argument, now: String| Declared::is("aws_route53_record", &id(record), argument, now);
            let to = match &record.alias {
                Some(alias) => is("alias", alias.dns_name.to_string()).valued(json!({
                    "name": alias.dns_name,
                    "zone_id": alias.zone_id,
                    "evaluate_target_health": alias.evaluate_health,
                })),
                None => is("records", joined(&record.values)).valued(listed(&record.values)),
            };
            // An alias has its target's.
            let ttl = record.ttl.filter(|_| record.alias.is_none());
            let ttl = ttl.map(|ttl| is("ttl", ttl.to_string()).valued(ttl));
            let weight = record
                .weight
                .map(|weight| is("weighted_routing_policy", weight.to_string()).valued(json!({ "weight": weight })));
            [to].into_iter().chain(ttl).chain(weight)
        });
        deleted.chain(written).collect()
    }

    #[cfg(test)]
    fn examples() -> Vec<Self> {
        let record = RecordSet {
            name: "new.example.com.".into(),
            record_type: "A".into(),
            ttl: Some(60),
            values: vec!["192.0.2.7".into()],
            ..RecordSet::default()
        };
        vec![Operation::ChangeRecords { zone: "Z1".into(), upsert: vec![record], delete: Vec::new() }]
    }
}

/// The hosted zones that a plan's word can mean.
pub(super) fn zones(at: &Place, zone: &ZoneRef) -> Want<Vec<HostedZone>> {
    Want::new(at.ask(Query::HostedZone { zone: zone.clone() }), |seen| match seen {
        any::Observation::Dns(Observation::HostedZones { zones }) => Some(Some(zones)),
        _ => None,
    })
}

/// A health check.
pub fn health_check(at: &Place, id: &Clean) -> Want<HealthCheck> {
    Want::new(at.ask(Query::HealthCheck { id: id.clone() }), |seen| match seen {
        any::Observation::Dns(Observation::HealthCheck { check }) => Some(check.as_ref()),
        _ => None,
    })
}

/// Where a change stands.
pub(super) fn change(at: &Place, id: &str) -> Want<Clean> {
    Want::new(at.ask(Query::DnsChange { id: id.into() }), |seen| match seen {
        any::Observation::Dns(Observation::DnsChange { status }) => Some(status.as_ref()),
        _ => None,
    })
}

/// Every record set of `zone`.
pub(super) fn zone_records(at: &Place, zone: &ZoneRef) -> Want<Observation> {
    Want::new(at.ask(Query::ZoneRecords { zone: zone.clone() }), |seen| match seen {
        any::Observation::Dns(found @ Observation::ZoneRecords { .. }) => Some(Some(found)),
        _ => None,
    })
}

/// What of `zone` nobody may change.
pub(super) fn protections(at: &Place, zone: &ZoneRef) -> Want<Observation> {
    Want::new(at.ask(Query::Protections { zone: zone.clone() }), |seen| match seen {
        any::Observation::Dns(found @ Observation::Protections { .. }) => Some(Some(found)),
        _ => None,
    })
}

/// The record sets of a name.
pub(super) fn records(at: &Place, zone: &ZoneRef, name: &Clean, resolve: bool) -> Want<RecordSets> {
    let query = Query::RecordSets { zone: zone.clone(), name: name.clone(), resolve };
    Want::new(at.ask(query), |seen| match seen {
        any::Observation::Dns(Observation::RecordSets(records)) => Some(Some(records)),
        _ => None,
    })
}

/// What is answered for a name now.
pub(super) fn answers(at: &Place, query: Query) -> Want<DnsAnswers> {
    Want::new(at.ask(query), |seen| match seen {
        any::Observation::Dns(Observation::DnsAnswers(answers)) => Some(Some(answers)),
        _ => None,
    })
}

#[cfg(test)]
use super::seen::{DnsReply, DnsServer};
