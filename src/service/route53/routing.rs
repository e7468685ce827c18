//! How a record set is routed, and what it answers.

use super::fields::Said;
use crate::service::dns_name::canonical;
use crate::service::observation::{Alias, RecordSet};
use crate::text::Clean;

/// What routes a record set.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Routing {
    Simple,
    Weighted,
    Failover,
    Latency,
    Multivalue,
    /// In a way that Landfall does not change.
    Other(Clean),
}

impl Routing {
    /// Those that a plan can name.
    pub const CHOICES: &[&str] = &["failover", "latency", "multivalue", "weighted"];

    pub fn of(record: &RecordSet) -> Self {
        if let Some(how) = &record.other_routing {
            Self::Other(how.clone())
        } else if record.weight.is_some() {
            Self::Weighted
        } else if record.failover.is_some() {
            Self::Failover
        } else if record.region.is_some() {
            Self::Latency
        } else if record.multivalue {
            Self::Multivalue
        } else if record.set_identifier.is_some() {
            Self::Other("unknown routing".into())
        } else {
            Self::Simple
        }
    }

    pub fn word(&self) -> &str {
        match self {
            Self::Simple => "simple",
            Self::Weighted => "weighted",
            Self::Failover => "failover",
            Self::Latency => "latency",
            Self::Multivalue => "multivalue",
            Self::Other(how) => how,
        }
    }
}

/// What a set answers.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Answer {
    Values(Vec<Clean>),
    Alias(Alias),
}

impl Answer {
    pub fn of(said: &Said) -> Option<Self> {
        if let Some(alias) = &said.alias {
            return Some(Self::Alias(Alias {
                dns_name: canonical(&alias.dns_name).into(),
                zone_id: alias.zone_id.as_str().into(),
                evaluate_health: alias.evaluate_health,
            }));
        }
        let values: Vec<Clean> = said.values.iter().flatten().map(|value| value.as_str().into()).collect();
        (!values.is_empty()).then_some(Self::Values(values))
    }

    /// `record` with this answer, of this time to live where it has one of its own.
    pub fn put_in(&self, record: RecordSet, ttl: u64) -> RecordSet {
        match self {
            Self::Values(values) => RecordSet { ttl: Some(ttl), values: values.clone(), alias: None, ..record },
            Self::Alias(alias) => RecordSet { ttl: None, values: Vec::new(), alias: Some(alias.clone()), ..record },
        }
    }

    /// A name or address of what it leads to: latency records answer it to who asks from there.
    pub fn target(&self) -> Option<&Clean> {
        match self {
            Self::Values(values) => values.first(),
            Self::Alias(alias) => Some(&alias.dns_name),
        }
    }
}
