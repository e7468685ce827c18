//! What must be so of the zone and of what stands at the name before a record is changed.

use super::fields::Said;
use super::name::{Name, Standing};
use super::records::{answer_of, data_of, longest_ttl};
use super::routing::Routing;
use super::wanted::Wanted;
use super::witness::Gaps;
use crate::plan::{Application, Level};
use crate::service::dns_name::is_within;
use crate::service::observation::{HostedZone, RecordSet};
use crate::service::old_address::names_old;
use crate::service::work::{Check, Weight};

/// The longest time to live that is not told as slow, in seconds (Amazon Application Recovery Controller best practices:
/// 60 to 120 seconds).
const SLOW_TTL: u64 = 120;

/// The zone is there, is the one that is meant, and the record lies in it.
pub(super) fn zone(name: &Name, zones: Result<&[HostedZone], &str>, standing: Result<Standing<'_>, &str>) -> Check {
    let code = "route53-zone";
    let wanted = format!("one hosted zone that holds {}", name.record);
    let meant = &name.zone.zone;
    let that = |holds: bool, found: String, fix: &str| Check::that(code, holds, found, &wanted, fix).of_identity();
    let zones = match zones {
        Ok(zones) => zones,
        // An id whose records are listed is there, and a record that stands in it lies in it.
        Err(why) => {
            return match standing {
                Ok(standing) if !name.zone.is_name() && !standing.records.is_empty() && name.zone.private.is_none() => {
                    that(true, format!("{meant} has the record; the zone itself is not told: {why}"), "")
                }
                Ok(_) | Err(_) => Check::not_told(code, why, &wanted).of_identity(),
            };
        }
    };
    let (one, kind) = match zones {
        [] => {
            let found = format!("no {}hosted zone {meant}", privacy(name.zone.private));
            return that(false, found, "name the zone by its id or its name, and look with the account that has it");
        }
        [one] => (one, if one.private { "private" } else { "public" }),
        [..] => {
            let all =
                zones.iter().map(|zone| format!("{} ({})", zone.id, if zone.private { "private" } else { "public" }));
            let found = format!("{} zones are called {meant}: {}", zones.len(), all.collect::<Vec<_>>().join(", "));
            return that(false, found, "name it by its id, or say `private` when one is and the other is not");
        }
    };
    let found = format!("{} is {}, {kind}", one.id, one.name);
    if name.zone.private.is_some_and(|private| private != one.private) {
        return that(false, found, "`private` in the plan says otherwise: name the zone that is meant");
    }
    that(is_within(&name.record, &one.name), found, "a record lies in the zone whose name it ends in")
}

fn privacy(private: Option<bool>) -> &'static str {
    match private {
        Some(true) => "private ",
        Some(false) => "public ",
        None => "",
    }
}

/// What clients are sent to is no address of the region that is left; nothing where the answer comes from elsewhere.
pub(super) fn old_address(said: &Said, application: &Application) -> Option<Check> {
    let regions = (&application.primary, &application.recovery);
    let mut planned = said.values.clone().unwrap_or_default();
    planned.extend(said.alias.as_ref().map(|alias| alias.dns_name.clone()));
    let old = planned.iter().find(|value| names_old(value, regions));
    (!planned.is_empty()).then(|| {
        let found = old.map_or_else(|| planned.join(", "), |old| format!("{old} is of {}", application.primary));
        let wanted = format!("an answer that is not of {}", application.primary);
        let fix = "name what answers in the recovery region, best by its output: ${balancer.dns_name}";
        Check::that("route53-old-address", old.is_none(), found, &wanted, fix)
    })
}

/// DNS allows no CNAME at a zone's own name.
pub(super) fn apex(name: &Name, zones: Result<&[HostedZone], &str>) -> Option<Check> {
    let Ok([zone]) = zones else { return None };
    (name.record_type.as_str() == "CNAME").then(|| {
        let fix = "use `alias` with type A: an alias may stand at the zone's own name";
        let found = format!("{} in the zone {}", name.record, zone.name);
        Check::that("route53-apex", name.record != zone.name, found, "no CNAME at the zone's own name", fix)
    })
}

/// What stands at the name is what the plan says it changes: its kind of routing, its sets, no type that cannot stay.
pub(super) fn record(wanted: &Wanted, name: &Name, records: &[RecordSet]) -> Check {
    let (code, of_type) = ("route53-record", name.of_type(records));
    let in_the_way = wanted.in_the_way(name, records);
    let answers = answer_of(of_type.iter().copied().chain(in_the_way.iter().copied()));
    let found = match longest_ttl(of_type.iter().copied().chain(in_the_way)) {
        0 => format!("{} answers {answers}", name.record),
        ttl => format!("{} answers {answers}, ttl {ttl} s", name.record),
    };
    let words = wanted_in_words(wanted);
    match trouble(wanted, name, records) {
        None => Check::that(code, true, found, &words, "").of_identity(),
        Some((what, fix)) => Check::that(code, false, format!("{found}: {what}"), &words, fix).of_identity(),
    }
}

fn wanted_in_words(wanted: &Wanted) -> String {
    match wanted {
        Wanted::Simple { .. } => "a simple record, or none".to_owned(),
        Wanted::Weights { weights, .. } => {
            format!("weighted sets {}", weights.keys().map(String::as_str).collect::<Vec<_>>().join(", "))
        }
        Wanted::Set { set, routing, .. } => format!("the {} set {set}", routing.as_deref().unwrap_or("routed")),
        Wanted::Roles { primary, secondary } => format!("failover sets {primary} and {secondary}"),
        Wanted::Before(_) => "the record as it stands".to_owned(),
    }
}

/// What keeps the change from being what the plan means, and what would help.
fn trouble(wanted: &Wanted, name: &Name, records: &[RecordSet]) -> Option<(String, &'static str)> {
    let of_type = name.of_type(records);
    if let Some(clash) = clash(wanted, name, records) {
        let fix = "a CNAME stands beside no other record: take it, or the other, away beforehand";
        return Some((clash, fix));
    }
    let routed = of_type.iter().find(|record| record.set_identifier.is_some());
    if let (Wanted::Simple { .. }, Some(routed)) = (wanted, routed) {
        let routing = Routing::of(routed);
        let fix = match routing {
            Routing::Other(_) => "Landfall does not change such sets: change them by hand, with a `manual` component",
            Routing::Weighted => "Route 53 keeps no simple record beside routed ones: give `weights`, or `set`",
            Routing::Failover => "Route 53 keeps no simple record beside routed ones: give `failover`, or `set`",
            Routing::Latency | Routing::Multivalue | Routing::Simple => {
                "Route 53 keeps no simple record beside routed ones: give `set`"
            }
        };
        return Some((format!("these are {} sets", routing.word()), fix));
    }
    if !wanted.is_complete(name, records) {
        let fix = "name the sets by their SetIdentifier, or create those that are missing beforehand";
        return Some((format!("{} not there", missing_sets(wanted, &of_type)), fix));
    }
    let expected = |routing: &Routing| match wanted {
        Wanted::Weights { .. } => *routing == Routing::Weighted,
        Wanted::Roles { .. } => *routing == Routing::Failover,
        Wanted::Set { routing: Some(meant), .. } => routing.word() == meant,
        Wanted::Set { routing: None, .. } => !matches!(routing, Routing::Other(_)),
        Wanted::Simple { .. } | Wanted::Before(_) => true,
    };
    let other = wanted.named(name, records).into_iter().find(|record| !expected(&Routing::of(record)))?;
    let set = other.set_identifier.as_deref().unwrap_or_default();
    let what = format!("{set} is a {} set", Routing::of(other).word());
    Some((what, "say what the set is; geolocation, geoproximity, IP range and traffic policy sets are not changed"))
}

fn missing_sets(wanted: &Wanted, of_type: &[&RecordSet]) -> String {
    let stands = |set: &&String| of_type.iter().any(|record| record.set_identifier.as_deref() == Some(set.as_str()));
    let named: Vec<&String> = match wanted {
        Wanted::Weights { weights, .. } => weights.keys().collect(),
        Wanted::Set { set, .. } => vec![set],
        Wanted::Roles { primary, secondary } => vec![primary, secondary],
        Wanted::Simple { .. } | Wanted::Before(_) => Vec::new(),
    };
    let missing: Vec<&str> = named.into_iter().filter(|set| !stands(set)).map(String::as_str).collect();
    let verb = if missing.len() == 1 { "is" } else { "are" };
    format!("{} {verb}", missing.join(", "))
}

/// The record of another type that cannot stand beside what is wanted and is not replaced by it.
fn clash(wanted: &Wanted, name: &Name, records: &[RecordSet]) -> Option<String> {
    let is_cname = name.record_type.as_str() == "CNAME";
    let replaced = wanted.in_the_way(name, records);
    let clashes = |record: &&RecordSet| {
        let is_other = record.record_type != name.record_type;
        is_other && (is_cname || record.record_type.as_str() == "CNAME") && !replaced.contains(record)
    };
    let other = records.iter().find(clashes)?;
    let kind = match Routing::of(other) {
        Routing::Simple => String::new(),
        routing => format!("{} ", routing.word()),
    };
    Some(format!("a {kind}{} record stands there", other.record_type))
}

/// The weights leave traffic where the plan says, and nowhere else.
pub(super) fn weights(wanted: &Wanted, name: &Name, records: &[RecordSet]) -> Option<Check> {
    let Wanted::Weights { .. } = wanted else { return None };
    let (code, found) = ("route53-weights", answer_of(name.of_type(records)));
    let unnamed = unnamed(wanted, name, records);
    if !unnamed.is_empty() {
        let found = format!("{found}: the plan does not name {}", answer_of(unnamed.iter().copied()));
        let fix = "name every set that has weight, with 0 for those that are to have no traffic";
        return Some(Check::that(code, false, found, "every set that has weight in `weights`", fix));
    }
    let answers = wanted.sets(name, records).iter().any(|set| set.weight.is_some_and(|weight| weight > 0));
    let fix = "with every weight 0 Route 53 answers all equally: give the recovery side one above 0";
    Some(Check::that(code, answers, found, "a weight above 0", fix))
}

/// The sets that keep traffic and that no component of the plan names.
pub(super) fn unnamed<'a>(wanted: &Wanted, name: &Name, records: &'a [RecordSet]) -> Vec<&'a RecordSet> {
    let Wanted::Weights { weights, elsewhere } = wanted else { return Vec::new() };
    let is_unnamed = |record: &&RecordSet| {
        let set = record.set_identifier.as_deref().unwrap_or_default();
        record.weight.is_some_and(|weight| weight > 0) && !weights.contains_key(set) && !elsewhere.contains(set)
    };
    name.of_type(records).into_iter().filter(is_unnamed).collect()
}

/// The address record of the other family is the plan's business too: clients that prefer it would stay where they are.
pub(super) fn other_family(wanted: &Wanted, name: &Name, records: &[RecordSet], is_planned: bool) -> Option<Check> {
    let other_type = match (wanted, name.record_type.as_str()) {
        (Wanted::Before(_), _) => return None,
        (_, "A") => "AAAA",
        (_, "AAAA") => "A",
        _ => return None,
    };
    let others: Vec<&RecordSet> = records.iter().filter(|record| record.record_type.as_str() == other_type).collect();
    if others.is_empty() {
        return None;
    }
    let moved = wanted.sets(name, records);
    let leads_there =
        |other: &&RecordSet| other.alias.is_some() && moved.iter().any(|own| data_of(own) == data_of(other));
    let fix = format!("add a component for the {other_type} record of {}, or take the record away", name.record);
    let found = format!("{other_type} answers {}", answer_of(others.iter().copied()));
    let words = "the record of the other address family in the plan too";
    Some(Check::that("route53-address-family", is_planned || others.iter().all(leads_there), found, words, fix))
}

/// How long clients keep the old answer.
pub(super) fn ttl(wanted: &Wanted, name: &Name, records: &[RecordSet]) -> Option<Check> {
    let touched = wanted.before(name, None, records).records;
    let ttl = longest_ttl(&touched);
    (ttl > SLOW_TTL).then(|| Check {
        weight: Weight::Slows,
        ..Check::that(
            "route53-ttl",
            false,
            format!("{} has a ttl of {ttl} s", name.record),
            "120 seconds or less",
            "lower it beforehand: clients keep the old answer that long",
        )
    })
}

/// What can be verified of the answers, for who wonders before the start.
pub(super) fn verify(gaps: Option<Gaps>, never: Option<&str>) -> Check {
    let (code, wanted) = ("route53-verify", "TestDNSAnswer and the zone's name servers answer");
    let fix = "allow route53:TestDNSAnswer, and UDP and TCP port 53 to the zone's name servers";
    match (never, gaps) {
        (Some(why), _) => {
            let fix =
                "the plan wants the name servers' word: `verify = \"both\"` goes without where they cannot be asked";
            Check::that(code, false, why, wanted, fix)
        }
        (None, None) => Check::that(code, true, "they do", wanted, ""),
        (None, Some(Gaps { why, is_refused: true })) => {
            Check { level: Level::Failing, weight: Weight::Advises, ..Check::that(code, false, why, wanted, fix) }
        }
        // They may answer yet.
        (None, Some(Gaps { why, is_refused: false })) => {
            Check { weight: Weight::Advises, ..Check::unanswered(code, why, wanted) }
        }
    }
}
