//! `route53`: a name points at the recovery region, and its old answer has run out. INSYNC says that Route 53's
//! own servers agree, not that clients moved: so the answers are read, and the old time to live is waited out too.

mod accelerated;
mod answers;
mod before;
mod captured;
mod change;
mod checked;
mod checks;
mod clients;
mod covered;
pub(super) mod fields;
mod name;
mod protected;
mod readiness;
mod records;
mod routing;
pub(super) mod seen;
mod serves;
#[cfg(test)]
mod tests;
mod turned;
mod wanted;
mod witness;
pub(super) mod words;

pub(crate) use serves::Answered;
pub(super) use serves::{RECORD_TYPES, Serves, said_together, serves_draft};
pub(super) use words::health_check;

use super::blocked::Blocked;
use super::grants::{ANY, Grant, Hole, On, of_field};
use super::operation::Receipt;
use super::registry::{Context, Service};
use super::resolve::has_reference;
use super::say::Rule;
use super::turned::{Done, Turned, said as said_of};
use super::work::{Health, HealthLevel, Image, Looked, Work};
use crate::plan::{
    Application, Component, Draft, Field, Finding, Global, Home, Intent, Kind, Plan, Problem, Role, Side, Step, Undo,
};
use before::Before;
use captured::Captured;
use change::Change;
use clients::Clients;
use fields::Said;
use name::{Name, place_of};
use records::answer_of;
use wanted::{Wanted, others_of, sets_elsewhere};
use witness::Witness;

/// The kind.
pub struct Route53;

/// What this kind's `change` tells its `clients`: the time to live of the old answer, in seconds.
const TTL_BEFORE: &str = "ttl_before";

/// Where a failback is told what a record was before the way there changed it.
const CAPTURED: &str = "before";

/// The time to live unless the plan says otherwise, in seconds.
const TTL: u64 = 60;

static LONG_TTL: Rule = Rule {
    code: "route53-ttl",
    wanted: "60 seconds or less",
    fix: "lower `ttl`: clients keep the old answer that long",
    source: "Amazon Application Recovery Controller best practices: TTL of 60 to 120 seconds",
};
/// Records are changed, and looked at, in one region for all.
pub(super) const HOME: Home = Home::Global {
    of: Global::Route53,
    instead: "enable accelerated recovery for the zone, or move traffic by health checks or ARC routing controls, which are data plane",
};

impl Kind for Route53 {
    fn name(&self) -> &'static str {
        "route53"
    }
    fn about(&self) -> &'static str {
        "captures and changes a record of any routing but geographic, waits until Route 53 is in sync and the old time to live is over, and verifies what TestDNSAnswer and the zone's own name servers answer"
    }
    fn fields(&self) -> &'static [Field] {
        Said::FIELDS
    }
    fn outputs(&self) -> &'static [&'static str] {
        &["record"]
    }
    fn problems(&self, component: &Component) -> Vec<Problem> {
        fields::problems(component)
    }
    fn findings(&self, component: &Component, _application: &Application) -> Vec<Finding> {
        let mut findings = Vec::new();
        if let Some(ttl) = Said::of(&component.fields).ok().and_then(|said| said.ttl).filter(|ttl| *ttl > TTL) {
            findings.push(LONG_TTL.broken_by(component, format!("{ttl} seconds")));
        }
        findings
    }
    fn steps(&self, component: &Component, application: &Application, _intent: Intent) -> Vec<Draft> {
        let Ok(said) = Said::of(&component.fields) else { return Vec::new() };
        let name = Name::of(&said);
        let title = format!("point {} at {}", name.record, application.recovery);
        let change = Draft::act("change", title, Side::Recovery, Undo::Reversible, 60.0, 600.0);
        let change = change.part(Role::CutOver).at_home(HOME);
        // An old time to live of an hour is not rare; `timeout` gives more.
        let title = format!("wait out the old ttl of {}", name.record);
        let clients =
            Draft::look("clients", title, Side::Recovery, TTL as f64, 3900.0).after(vec!["change"]).at_home(HOME);
        vec![change, clients]
    }
}

impl Service for Route53 {
    fn work(&self, step: &Step, context: &Context<'_>) -> Box<dyn Work> {
        let component = context.component;
        let place = place_of(component, &context.plan.application);
        let said = match Said::of(&component.fields) {
            Ok(said) => said,
            Err(missing) => return Box::new(Blocked::missing(missing)),
        };
        let name = Name::of(&said);
        let Some(wanted) = Wanted::of(&said, sets_elsewhere(&name, component, context.plan)) else {
            return Box::new(Blocked::because("the plan does not say what the record should answer"));
        };
        let witness = Witness::of(&said, &name, &wanted);
        match step.id.action() {
            "change" => {
                let other_family_planned = is_other_family_planned(&name, component, context.plan);
                let old_address = checks::old_address(&said, &context.plan.application);
                // What the way there found is given back.
                let captured = said_of(component, CAPTURED).map(|_| Captured::of(&place));
                let witness = Some(witness);
                Box::new(Change { place, name, wanted, witness, other_family_planned, old_address, captured })
            }
            "clients" => {
                let given = context.outputs.get(&component.name).and_then(|own| own.get(TTL_BEFORE));
                let ttl_before = given.and_then(|ttl| ttl.parse().ok()).unwrap_or(TTL);
                Box::new(Clients { place, name, wanted, witness, ttl_before })
            }
            _ => Box::new(Blocked::unknown_step(step)),
        }
    }
    fn compensation(
        &self,
        step: &Step,
        context: &Context<'_>,
        before: &serde_json::Value,
        _receipt: Option<&Receipt>,
    ) -> Option<Box<dyn Work>> {
        if step.id.action() != "change" {
            return None;
        }
        let component = context.component;
        let place = place_of(component, &context.plan.application);
        let name = Name::of(&Said::of(&component.fields).ok()?);
        let wanted = Wanted::as_before(&name, before)?;
        // Undo goes to the zone that was changed, whatever the plan's word for it means by now.
        let name = match Before::of_journal(before)?.zone {
            Some(zone) => Name { zone: zone.as_str().into(), ..name },
            None => name,
        };
        let (witness, old_address, captured) = (None, None, None);
        Some(Box::new(Change { place, name, wanted, witness, other_family_planned: true, old_address, captured }))
    }
    fn turned(&self, component: &Component, done: &Done<'_>) -> Result<Turned, String> {
        let said = Said::of(&component.fields).map_err(|missing| missing.to_string())?;
        turned::of(component, &said, done)
    }
    fn health(&self, component: &Component, application: &Application, side: Side) -> Option<Looked<Health>> {
        if side == Side::Primary {
            return None;
        }
        let said = match Said::of(&component.fields) {
            Ok(said) => said,
            Err(missing) => return Some(Looked::not_told(missing.to_string())),
        };
        let (name, place) = (Name::of(&said), place_of(component, application));
        let wanted = Wanted::of(&said, Default::default());
        let is_known = !has_reference(&name.zone.zone) && !has_reference(&name.record);
        let ask = is_known.then(|| name.records(&place, false).ask);
        Some(Looked::new(ask, move |facts| {
            let standing = match name.standing(facts, &place, false) {
                Ok(standing) => standing,
                Err(why) => return Health::not_told(why),
            };
            let is_met = wanted.as_ref().is_some_and(|wanted| wanted.is_met(&name, standing.records));
            let level = if is_met { HealthLevel::Up } else { HealthLevel::Standby };
            Health::new(level, format!("answers {}", answer_of(name.of_type(standing.records))))
        }))
    }

    fn rules(&self) -> &'static [&'static super::readiness::Rule] {
        readiness::RULES
    }
    fn readiness(&self, component: &Component, plan: &Plan) -> Vec<super::readiness::Ready> {
        readiness::of(component, plan)
    }

    fn grants(&self) -> &'static [Grant] {
        const {
            &[
                Grant::look(
                    &["route53:GetHostedZone", "route53:ListResourceRecordSets"],
                    &[On::Named("route53:::hostedzone/{zone}")],
                ),
                Grant::look(
                    &[
                        "route53:ListHostedZonesByName",
                        // No list of AWS says yet on what it is allowed.
                        "route53:ListResourceRecordSetProtections",
                        "route53:TestDNSAnswer",
                    ],
                    ANY,
                ),
                Grant::look(&["route53:GetChange"], &[On::Made("route53:::change/*")]),
                // Whether what it led to before is there, on the way back.
                Grant::look(&["elasticloadbalancing:DescribeLoadBalancers"], ANY),
                Grant::act(
                    "change",
                    &["route53:ChangeResourceRecordSets"],
                    &[On::Named("route53:::hostedzone/{zone}")],
                ),
            ]
        }
    }

    fn hole(&self, component: &Component, name: &str) -> Hole {
        zone_hole(component, name)
    }

    fn example(&self) -> serde_json::Value {
        serde_json::json!({ "zone": "Z1", "record": "shop.example.com.", "values": ["192.0.2.1"] })
    }
}

/// Whether another component of the plan is about the same name's address record of the other family.
fn is_other_family_planned(name: &Name, component: &Component, plan: &Plan) -> bool {
    let other = match name.record_type.as_str() {
        "A" => "AAAA",
        "AAAA" => "A",
        _ => return true,
    };
    let twin = Name { record_type: other.into(), ..name.clone() };
    others_of(twin, component, plan).next().is_some()
}

/// What stands in the hole `name` of what a kind with a zone is done to: of a zone that is given by its name, only Route 53
/// knows the id.
pub(super) fn zone_hole(component: &Component, name: &str) -> Hole {
    match (name, of_field(component, name)) {
        ("zone", Hole::Text(zone)) if words::ZoneRef::from(zone.as_str()).is_name() => Hole::Untold,
        (_, found) => found,
    }
}
