//! Where a record stands in DNS.

use super::fields::Said;
use super::words;
use crate::plan::{Component, Side};
use crate::service::ask::{Place, ZoneRef};
use crate::service::dns_name::canonical;
use crate::service::observation::RecordSets;
use crate::service::observation::{AliasAddresses, HostedZone, RecordSet};
use crate::service::work::Facts;
use crate::service::work::Want;
use crate::text::Clean;

/// A record's place in DNS.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Name {
    /// The hosted zone, as the plan means it.
    pub zone: ZoneRef,
    /// The name, with its final dot and in lower case.
    pub record: Clean,
    /// A, CNAME, …
    pub record_type: Clean,
}

/// What stands at a name.
#[derive(Clone, Copy)]
pub(super) struct Standing<'a> {
    /// Every record set, of every type.
    pub records: &'a [RecordSet],
    /// What the targets of aliases resolve to, where that was asked for.
    pub targets: &'a [AliasAddresses],
}

impl Name {
    pub fn of(said: &Said) -> Self {
        Self {
            zone: ZoneRef { zone: zone_of(&said.zone).into(), private: said.private },
            record: canonical(&said.record).into(),
            record_type: said.r#type.as_str().into(),
        }
    }

    /// The question for the record sets of this name.
    pub fn records(&self, place: &Place, resolve: bool) -> Want<RecordSets> {
        words::records(place, &self.zone, &self.record, resolve)
    }

    /// The record sets of this name, or why they are not told.
    pub fn standing<'a>(&self, facts: &Facts<'a>, place: &Place, resolve: bool) -> Result<Standing<'a>, &'a str> {
        let RecordSets { records, targets } = facts.see(&self.records(place, resolve)).told()?;
        Ok(Standing { records, targets })
    }

    /// The zones that the plan's word can mean, or why they are not told.
    pub fn zones<'a>(&self, facts: &Facts<'a>, place: &Place) -> Result<&'a [HostedZone], &'a str> {
        facts.see(&words::zones(place, &self.zone)).told().map(Vec::as_slice)
    }

    /// Those of `records` that are of this name's type.
    pub fn of_type<'a>(&self, records: &'a [RecordSet]) -> Vec<&'a RecordSet> {
        records.iter().filter(|record| record.record_type == self.record_type).collect()
    }
}

/// Where `component` is asked for and changed: from the recovery side.
pub(super) fn place_of(component: &Component, application: &crate::plan::Application) -> Place {
    Place::of(component, application, Side::Recovery)
}

/// A zone in one spelling: an id without the path that AWS shows before it, a name with its final dot.
pub(super) fn zone_of(text: &str) -> String {
    let text = text.trim();
    let text = text.strip_prefix("/hostedzone/").or_else(|| text.strip_prefix("hostedzone/")).unwrap_or(text);
    if text.contains('.') && !text.contains("${") { canonical(text) } else { text.to_owned() }
}
