//! What the recovery region lacks, or has otherwise than the primary, and what comes of it for a failover. What plays the same part is
//! found first (`pairs`), then both are compared by what they say beside their region (`spoken`).

mod allowed;
mod differ;
mod expected;
mod names;
mod pairs;
mod refers;
mod spoken;
#[cfg(test)]
mod tests;
mod told;

use crate::snapshot::diff::{Compared, Drift, Finding, Ignore, ignored};
use crate::snapshot::format::UNREAD;
use crate::snapshot::{Reference, Resource, Snapshot, fence};
use differ::Two;
use pairs::Pairs;
use serde_json::Value;
use spoken::Spoken;
use std::collections::BTreeMap;
use told::Worth;

/// What the runbook itself sets in the recovery region: of what, and which field; a `*` stands for anything.
pub type Brought = Vec<(Reference, String)>;

/// What a plan says of both regions.
#[derive(Clone, Debug, Default)]
pub struct Said {
    /// What is one thing on both sides.
    pub pairs: Vec<(Reference, Reference)>,
    /// What the runbook sets.
    pub brought: Brought,
}

/// What came of a comparison of two regions.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Between {
    /// The differences, the worst first.
    pub compared: Compared,
    /// How many things are there as they are in the primary region.
    pub same: usize,
    /// What stands in the recovery region for each.
    pub there: BTreeMap<Reference, Reference>,
}

/// What `recovery` lacks of `primary`, or has otherwise; `said` is what a plan says of both.
pub fn between(primary: &Snapshot, recovery: &Snapshot, said: &Said, ignore: &[Ignore]) -> Between {
    let pairs = pairs::find(primary, recovery, &said.pairs);
    let (ours, theirs) = Spoken::both(primary, recovery, &pairs);
    let same_key = primary.sealed_by.is_some() && primary.sealed_by == recovery.sealed_by;
    let comparing = Comparing { primary, recovery, pairs, ours, theirs, said, same_key };
    let mut between = Between::default();
    let mut found: Vec<(Worth, Finding)> = Vec::new();
    for one in primary.resources.iter().chain(&recovery.resources) {
        if let Some(fenced) = fence::fenced(one) {
            found.push((Worth::Quiet, finding(Drift::Expected, one, None, fenced.told())));
        }
    }
    for one in primary.resources.iter().filter(|one| fence::fenced(one).is_none()) {
        let before = found.len();
        between.compared.uncompared += comparing.thing(one, &mut found);
        between.same += usize::from(found.len() == before && comparing.pairs.there(&one.reference()).is_some());
    }
    comparing.alone(&mut found);
    comparing.allowed(&mut found);
    comparing.gaps(&mut found);
    between.there = comparing.pairs.iter().map(|(one, other)| (one.clone(), other.clone())).collect();
    let mut findings: Vec<Finding> = found.iter().map(|(_, finding)| finding.clone()).collect();
    ignored(&mut findings, ignore);
    let mut all: Vec<(Worth, Finding)> = found.into_iter().map(|(worth, _)| worth).zip(findings).collect();
    for (worth, finding) in &mut all {
        if finding.drift.is_quiet() {
            *worth = Worth::Quiet;
        }
    }
    all.sort_by(|(worth, one), (other, two)| {
        (worth, one.drift, &one.kind, &one.id, &one.field).cmp(&(other, two.drift, &two.kind, &two.id, &two.field))
    });
    between.compared.findings = all.into_iter().map(|(_, finding)| finding).collect();
    between
}

struct Comparing<'a> {
    primary: &'a Snapshot,
    recovery: &'a Snapshot,
    pairs: Pairs,
    ours: Spoken<'a>,
    theirs: Spoken<'a>,
    said: &'a Said,
    same_key: bool,
}

impl Comparing<'_> {
    /// What there is to say of one thing of the primary region; how many values of it could not be told apart.
    fn thing(&self, one: &Resource, found: &mut Vec<(Worth, Finding)>) -> usize {
        let of = one.reference();
        let quiet = expected::kind(&one.kind);
        let Some(other) = self.pairs.there(&of).and_then(|there| self.recovery.resource(there)) else {
            if let Some(why) = quiet {
                found.push((Worth::Quiet, finding(Drift::Expected, one, None, why.to_owned())));
            } else if self.recovery.resource(&of).is_none_or(|same| !same.global) {
                found.extend(self.missing(one));
            }
            return 0;
        };
        let is_one = one.global && one.reference() == other.reference();
        if is_one {
            // One thing of all regions, seen twice.
            return 0;
        }
        let two = Two { left: (one, &self.ours), right: (other, &self.theirs), same_key: self.same_key };
        let differ = two.differ();
        for (field, left, right) in differ.fields {
            let told = (field.as_str(), left.as_ref(), right.as_ref());
            let is_unread = [&left, &right].iter().any(|side| side.as_ref().is_some_and(|value| value == UNREAD));
            let (worth, drift, comes) = if let Some(why) = quiet {
                (Worth::Quiet, Drift::Expected, why.to_owned())
            } else if is_unread {
                let why = format!("{field} was not read in both regions: nobody knows whether it is the same");
                (Worth::Unknown, Drift::Unread, why)
            } else if let Some(why) = expected::field(other, self.recovery, &self.said.brought, told) {
                (Worth::Quiet, Drift::Expected, why.to_owned())
            } else if let Some(within) = of_image(&one.kind, &field) {
                expected::image(within, &one.config, &other.config)
            } else {
                let regions = (self.primary.region.as_str(), self.recovery.region.as_str());
                let (worth, comes) = told::changed(regions, other, told);
                (worth, Drift::Changed, comes)
            };
            let whole = finding(drift, one, Some(field), comes);
            found.push((worth, Finding { left, right, ..whole }));
        }
        differ.uncompared
    }

    /// What the recovery region has not, as far as anybody knows.
    fn missing(&self, one: &Resource) -> Option<(Worth, Finding)> {
        let to = &self.recovery.region;
        if !self.recovery.complete {
            let own = one.reference().to_string();
            // What the region itself did not tell is told with its gap.
            if self.recovery.gaps.iter().any(|gap| gap.of == own) {
                return None;
            }
            let why = format!("{to} was not read whole: nobody knows whether it is there");
            return Some((Worth::Unknown, finding(Drift::Unread, one, None, why)));
        }
        let (worth, comes) = told::missing(self.primary, one, to);
        Some((worth, finding(Drift::Missing, one, None, comes)))
    }

    /// What stands in the recovery region for nothing of the primary.
    fn alone(&self, found: &mut Vec<(Worth, Finding)>) {
        for one in &self.recovery.resources {
            let of = one.reference();
            if fence::fenced(one).is_some()
                || self.pairs.is_taken(&of)
                || self.primary.resource(&of).is_some_and(|same| same.global)
            {
                continue;
            }
            let why = expected::kind(&one.kind).unwrap_or(expected::ALONE);
            found.push((Worth::Quiet, finding(Drift::Expected, one, None, why.to_owned())));
        }
    }

    /// What roles may do of the primary region's things alone.
    fn allowed(&self, found: &mut Vec<(Worth, Finding)>) {
        for only in allowed::only_here(self.primary, self.recovery, &self.pairs) {
            let Some(one) = self.recovery.resource(&only.of) else { continue };
            let comes = format!(
                "in {} what takes on {} is refused {}: it is allowed {}'s alone",
                self.recovery.region, only.role, only.wanted, self.primary.region
            );
            let whole = finding(Drift::Changed, one, Some(only.field), comes);
            found.push((Worth::Names, Finding { left: Some(Value::from(only.named)), ..whole }));
        }
    }

    /// What was not read, once each, with where.
    fn gaps(&self, found: &mut Vec<(Worth, Finding)>) {
        let mut all: BTreeMap<(&str, &str), Vec<String>> = BTreeMap::new();
        for side in [self.primary, self.recovery] {
            for gap in &side.gaps {
                let words = all.entry((side.region.as_str(), gap.of.as_str())).or_default();
                words.push(format!("{} {}", gap.error, gap.operation));
            }
        }
        for ((region, of), mut words) in all {
            let (kind, id) = of.split_once('/').unwrap_or((of, ""));
            words.dedup();
            let why = format!("in {region} it was not read: {}", words.join(", "));
            let whole = Finding { consequence: why, ..bare(Drift::Unread, &Reference::new(kind, id)) };
            found.push((Worth::Unknown, whole));
        }
    }
}

/// Where a field stands that names an image of machines, which has an id of its own in each region, or is all that is told of one.
fn of_image(kind: &str, field: &str) -> Option<&'static str> {
    let within = match kind {
        "launch-template" => "Latest",
        "autoscaling-group" => "Launches",
        _ => return None,
    };
    let (before, name) = field.split_once('.')?;
    (before == within && ["ImageId", "Image"].contains(&name)).then_some(within)
}

fn bare(drift: Drift, of: &Reference) -> Finding {
    Finding {
        drift,
        kind: of.kind.clone(),
        id: of.id.clone(),
        name: None,
        field: None,
        left: None,
        right: None,
        consequence: String::new(),
    }
}

fn finding(drift: Drift, one: &Resource, field: Option<String>, consequence: String) -> Finding {
    Finding { name: one.name.clone(), field, consequence, ..bare(drift, &one.reference()) }
}
