//! What is known of hosted zones, over every look of one set of clients.

use crate::cloud::probe::dns::Way;
use crate::service::ZoneRef;
use crate::service::observation::HostedZone;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Instant;

/// What is known of zones.
#[derive(Default)]
pub(super) struct Zones {
    found: Mutex<HashMap<ZoneRef, Slot>>,
    /// Zones of more record sets than one page of a list holds, by id.
    large: Mutex<HashSet<String>>,
    /// The host that Route 53's calls go to, once one was made.
    host: OnceLock<String>,
    /// Who is asked in the place of name servers, where that is not the environment's to say.
    resolver: Option<String>,
}

/// One zone's place: locked while it is asked for, so that it is asked for once.
pub(super) type Slot = Arc<tokio::sync::Mutex<Option<(Instant, HostedZone)>>>;

impl Zones {
    /// Nothing is known yet; names are asked of `resolver` where there is one.
    pub(super) fn asked_by(resolver: Option<String>) -> Self {
        Self { resolver, ..Self::default() }
    }

    /// The place of `zone`.
    pub(super) fn slot(&self, zone: &ZoneRef) -> Slot {
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        found.entry(zone.clone()).or_default().clone()
    }

    /// Whether the zone of this id holds more record sets than one page of a list.
    pub(super) fn is_large(&self, id: &str) -> bool {
        self.large.lock().unwrap_or_else(PoisonError::into_inner).contains(id)
    }

    /// Notes that it does.
    pub(super) fn note_large(&self, id: &str) {
        self.large.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned());
    }

    /// Notes where a call of Route 53 went.
    pub(super) fn note_host(&self, host: Option<String>) {
        if let Some(host) = host {
            let _ = self.host.set(host);
        }
    }

    /// How names are asked for beside this Route 53.
    pub(super) fn way(&self) -> Way {
        if let Some(resolver) = &self.resolver {
            return Way::Instead(resolver.clone());
        }
        Way::beside(self.host.get().map(String::as_str))
    }
}
