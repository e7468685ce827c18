//! What Amazon Route 53, and those who answer for its zones, said, as data.

use crate::text::Clean;
use serde::{Deserialize, Serialize};

/// What was seen. `None` inside means: the answer was that there is no such thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "saw", rename_all = "snake_case")]
pub enum Observation {
    /// The hosted zones that a plan's word can mean.
    HostedZones {
        /// One, when all is well.
        zones: Vec<HostedZone>,
    },
    /// Record sets of one name.
    RecordSets(RecordSets),
    /// The record sets of a zone.
    ZoneRecords {
        /// Them, in the order of their names.
        records: Vec<RecordSet>,
        /// Whether these are all: no more than so many pages are asked for.
        is_whole: bool,
    },
    /// What of a zone nobody may change.
    Protections {
        /// Each, in the order of their names.
        protections: Vec<RecordProtection>,
        /// Whether these are all: no more than so many pages are asked for.
        is_whole: bool,
    },
    /// Where a DNS change stands.
    DnsChange {
        /// `PENDING` or `INSYNC`; `None` when the id is not known.
        status: Option<Clean>,
    },
    /// A health check.
    HealthCheck {
        /// It, if there is one of that id.
        check: Option<HealthCheck>,
    },
    /// What is answered for a name now.
    DnsAnswers(DnsAnswers),
}

/// The record sets of one name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RecordSets {
    /// All of them, of every type: several of one type when they are routed.
    pub records: Vec<RecordSet>,
    /// What the names that aliases point at resolve to, when that was asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<AliasAddresses>,
}

/// What is answered for a name now.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DnsAnswers {
    /// Each server that was asked. None: see `not_asked`.
    pub servers: Vec<DnsServer>,
    /// Why nobody was asked: these credentials may not, or there is nobody to ask.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_asked: Option<Clean>,
}

/// A name and type of which Route 53 takes no change while this stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecordProtection {
    /// The record's name.
    pub name: Clean,
    /// Its type.
    pub record_type: Clean,
    /// Why, if whoever protects it said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<Clean>,
}

/// A hosted zone of Route 53.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HostedZone {
    /// Its id, without the path that some answers put before it.
    pub id: Clean,
    /// Its name, with the final dot.
    pub name: Clean,
    /// Whether it answers inside its VPCs only.
    pub private: bool,
    /// The names of its name servers; none for a private one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub name_servers: Vec<Clean>,
    /// Features.AcceleratedRecoveryStatus: `ENABLED`, `DISABLED`, `ENABLING`, …, an open string; none where it was never set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accelerated: Option<Clean>,
    /// The VPCs that a private one answers in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub vpcs: Vec<Clean>,
}

/// A health check of an endpoint, as Route 53 has it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HealthCheck {
    /// FullyQualifiedDomainName.
    pub host: Clean,
    /// ResourcePath.
    pub path: Clean,
    /// Inverted: healthy while the endpoint is not.
    pub inverted: bool,
    /// Disabled: healthy whatever the endpoint is, or the other way round when it is inverted.
    pub disabled: bool,
}

impl HealthCheck {
    /// What it asks for.
    pub fn target(&self) -> String {
        format!("{}{}", self.host, self.path)
    }

    /// Whether it asks S3 for this object, by either way of naming its bucket.
    pub fn asks_for(&self, bucket: &str, key: &str) -> bool {
        let (host, path) = (self.host.as_str(), self.path.trim_start_matches('/'));
        let is_s3 =
            |host: &str| (host.starts_with("s3.") || host.starts_with("s3-")) && host.contains(".amazonaws.com");
        let of_bucket = host.strip_prefix(bucket).and_then(|rest| rest.strip_prefix('.'));
        let by_path = path.strip_prefix(bucket).and_then(|rest| rest.strip_prefix('/'));
        (of_bucket.is_some_and(is_s3) && path == key) || (is_s3(host) && by_path == Some(key))
    }
}

/// A server of names that was asked, and what it answered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DnsServer {
    /// What it is called: a name server's name, `TestDNSAnswer`.
    pub name: Clean,
    /// Its answers, equal ones once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replies: Vec<DnsReply>,
    /// Why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Clean>,
}

/// An answer of DNS.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DnsReply {
    /// The response code, `NOERROR` when all is well.
    pub code: Clean,
    /// The record data; one line each, in alphabetical order.
    pub records: Vec<Clean>,
    /// How often it was given.
    pub times: u32,
}

/// What the target of an alias resolves to, seen from where Landfall runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AliasAddresses {
    /// The target's DNS name.
    pub dns_name: Clean,
    /// Its addresses, of both families; `None` when they could not be asked for.
    pub addresses: Option<Vec<Clean>>,
}

/// A resource record set.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RecordSet {
    /// The name, with its final dot.
    pub name: Clean,
    /// A, CNAME, …
    pub record_type: Clean,
    /// Time to live, in seconds; none for an alias.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl: Option<u64>,
    /// The values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Clean>,
    /// The alias target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias: Option<Alias>,
    /// SetIdentifier, for every record but a simple one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set_identifier: Option<Clean>,
    /// Weight, of a weighted set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<u64>,
    /// `PRIMARY` or `SECONDARY`, of a failover set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failover: Option<Clean>,
    /// The region of a latency set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Clean>,
    /// Whether it is a multivalue answer.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub multivalue: bool,
    /// What else routes it, in a word, where Landfall changes no such set: geolocation, geoproximity, an IP range, a
    /// traffic policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other_routing: Option<Clean>,
    /// HealthCheckId, kept across a change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health_check: Option<Clean>,
}

/// An alias target.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Alias {
    /// DNSName.
    pub dns_name: Clean,
    /// HostedZoneId of the target.
    pub zone_id: Clean,
    /// EvaluateTargetHealth.
    pub evaluate_health: bool,
}
