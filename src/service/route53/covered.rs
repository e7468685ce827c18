//! Whether the recovery region has a certificate for each name that the plan leads to a load balancer there: of a plan that has
//! certificates, so that its clients come by TLS.

use super::fields::Said;
use crate::plan::{Component, Plan, Side, Weight};
use crate::service::ask::Place;
use crate::service::certificate::words;
use crate::service::readiness::{Ready, Rule, Tier};
use crate::service::resolve::has_reference;
use crate::service::work::Look;
use crate::text::Clean;

pub(super) static COVERED: Rule = Rule {
    code: "certificate-covers",
    wanted: "an issued certificate of the recovery region for every name that leads to a load balancer there",
    fix: "RequestCertificate of that name in the recovery region, validate it now, and add it to the listener",
    costs: "clients of that name are refused: the certificate that they are shown is another's",
    source: "AWS Certificate Manager User Guide: certificates are regional; Landfall",
    tier: Tier::Hourly,
    weight: Weight::Blocks,
};

/// What a plan calls a certificate, and a load balancer.
const CERTIFICATE: &str = "certificate";
const BALANCER: &str = "load-balancer";
const ISSUED: &str = "ISSUED";

/// What the name of `component` is held to, where it is led to a load balancer of the plan.
pub(super) fn of(component: &Component, plan: &Plan) -> Option<Ready> {
    if !plan.components.iter().any(|one| one.kind.as_str() == CERTIFICATE) {
        return None;
    }
    let said = Said::of(&component.fields).ok()?;
    let is_of = |target: &str| {
        let name = target.strip_prefix("${")?.split_once('.')?.0;
        plan.components.iter().find(|one| one.name.as_str() == name && one.kind.as_str() == BALANCER)
    };
    let aliased = said.alias.iter().map(|alias| alias.dns_name.as_str());
    let balancer = aliased.chain(said.values.iter().flatten().map(String::as_str)).find_map(is_of)?;
    if has_reference(&said.record) {
        return None;
    }
    let place = Place::of(balancer, &plan.application, Side::Recovery);
    let name = Clean::new(said.record.strip_suffix('.').unwrap_or(&said.record));
    let want = words::certificates(&place, &name);
    Some(Ready::new(&COVERED, [want.ask.clone()], move |facts| {
        let all = match facts.see(&want) {
            Look::There(all) => all,
            Look::Absent => return COVERED.failing(format!("none for {name}")),
            Look::NotTold(why) => return COVERED.unknown(why),
        };
        let counts = |until: Option<jiff::Timestamp>| until.is_none_or(|until| until > facts.now);
        let one = all.iter().find(|one| one.status.as_str() == ISSUED && counts(one.not_after));
        match (one, all.first()) {
            (Some(one), _) => COVERED.ok(format!("{name} by {}", one.arn)),
            (None, Some(other)) if other.status.as_str() == ISSUED => {
                COVERED.failing(format!("that for {name} has expired"))
            }
            (None, Some(other)) => COVERED.failing(format!("that for {name} is {}", other.status)),
            (None, None) => COVERED.failing(format!("none for {name} in {}", place.region)),
        }
    }))
}
