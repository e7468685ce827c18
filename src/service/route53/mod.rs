//! `route53`: a name points at the recovery region, and its old answer has run out. INSYNC says that Route 53's
//! own servers agree, not that clients moved: so the old time to live is waited out too.

mod change;
mod clients;
mod records;
#[cfg(test)]
mod tests;

use super::ask::{Ask, Place, Query};
use super::blocked::Blocked;
use super::operation::Receipt;
use super::registry::{Context, Service};
use super::say::Rule;
use super::work::{Facts, Health, HealthLevel, Look, Work};
use crate::plan::{
    Application, Component, Draft, Field, Finding, Intent, Kind, Problem, Role, Side, Step, Takes, Undo,
};
use change::Change;
use clients::Clients;
use records::{Name, Wanted, answer_of};

/// The kind.
pub struct Route53;

/// What this kind's `change` tells its `clients`: the time to live of the old answer, in seconds.
const TTL_BEFORE: &str = "ttl_before";

/// The time to live unless the plan says otherwise, in seconds.
const TTL: u64 = 60;

static ALIAS: &[Field] = &[
    Field::required("dns_name", Takes::Text, "the target's DNS name: ${load-balancer.dns_name}"),
    Field::required("zone_id", Takes::Text, "the target's own hosted zone id: ${load-balancer.zone_id}"),
    Field::optional("evaluate_health", Takes::Truth, "answer only while the target is healthy; false by default"),
];

static FIELDS: &[Field] = &[
    Field::required("zone", Takes::Text, "the hosted zone's id"),
    Field::required("record", Takes::Text, "the record's name, such as shop.example.com."),
    Field::optional(
        "type",
        Takes::Choice(&["A", "AAAA", "CAA", "CNAME", "MX", "NAPTR", "NS", "SRV", "TXT"]),
        "the record's type; A by default",
    ),
    Field::optional("values", Takes::Texts, "the values of a simple record"),
    Field::optional("ttl", Takes::Count, "time to live of `values`, in seconds; 60 by default"),
    Field::optional("alias", Takes::Table(ALIAS), "the target of an alias record"),
    Field::optional(
        "weights",
        Takes::TableWithin(0, 255),
        "new weights of the record's weighted sets, by SetIdentifier; their values stay",
    ),
];

static LONG_TTL: Rule = Rule {
    code: "route53-ttl",
    wanted: "60 seconds or less",
    fix: "lower `ttl`: clients keep the old answer that long",
    source: "Amazon Application Recovery Controller best practices: TTL of 60 to 120 seconds",
};
static CONTROL_PLANE: Rule = Rule {
    code: "route53-control-plane",
    wanted: "no change of records while us-east-1 fails",
    fix: "enable accelerated recovery for the zone, or move traffic by health checks or ARC routing controls, which are data plane",
    source: "AWS Fault Isolation Boundaries, appendix B: Route 53's control plane is in us-east-1",
};

impl Kind for Route53 {
    fn name(&self) -> &'static str {
        "route53"
    }
    fn about(&self) -> &'static str {
        "captures and changes a record, waits until Route 53 is in sync and the old time to live is over, and verifies by resolving"
    }
    fn fields(&self) -> &'static [Field] {
        FIELDS
    }
    fn outputs(&self) -> &'static [&'static str] {
        &["record"]
    }
    fn problems(&self, component: &Component) -> Vec<Problem> {
        let fields = &component.fields;
        let given: Vec<&'static str> =
            ["values", "alias", "weights"].into_iter().filter(|name| fields.0.contains_key(*name)).collect();
        let mut problems = Vec::new();
        if let [_, second, ..] = given[..] {
            let message = format!("{} are given together", given.join(" and "));
            problems.push(Problem::at(second, message, "one of `values`, `alias` and `weights`"));
        }
        if given.is_empty() {
            problems.push(Problem {
                field: Some("record"),
                message: "nothing says what the record should answer".to_owned(),
                help: "give one of `values`, `alias` and `weights`".to_owned(),
            });
        }
        if given.contains(&"values") && fields.list("values").is_empty() {
            problems.push(Problem::at("values", "the list is empty", "one value or more"));
        }
        if fields.0.contains_key("ttl") && !given.contains(&"values") {
            let help = "leave `ttl` out: an alias has its target's, a weighted set keeps its own";
            problems.push(Problem::at("ttl", "`ttl` belongs to `values`", help));
        }
        if given.contains(&"weights") {
            problems.extend(weight_problem(component));
        }
        problems
    }
    fn findings(&self, component: &Component, application: &Application) -> Vec<Finding> {
        let mut findings = Vec::new();
        if let Some(ttl) = component.fields.count("ttl").filter(|ttl| *ttl > TTL) {
            findings.push(LONG_TTL.broken_by(component, format!("{ttl} seconds")));
        }
        if application.primary.as_str() == "us-east-1" {
            findings.push(CONTROL_PLANE.broken_by(component, "the primary region is us-east-1"));
        }
        findings
    }
    fn steps(&self, component: &Component, application: &Application, _intent: Intent) -> Vec<Draft> {
        let name = Name::of(component);
        let title = format!("point {} at {}", name.record, application.recovery);
        let change = Draft::act("change", title, Side::Recovery, Undo::Reversible, 60.0, 600.0).part(Role::CutOver);
        // An old time to live of an hour is not rare; `timeout` gives more.
        let title = format!("wait out the old ttl of {}", name.record);
        let clients = Draft::look("clients", title, Side::Recovery, TTL as f64, 3900.0).after(vec!["change"]);
        vec![change, clients]
    }
}

impl Service for Route53 {
    fn work(&self, step: &Step, context: &Context<'_>) -> Box<dyn Work> {
        let component = context.component;
        let place = Place::of(component, &context.plan.application, Side::Recovery);
        let name = Name::of(component);
        let Some(wanted) = Wanted::of(component) else {
            return Box::new(Blocked::because("the plan does not say what the record should answer"));
        };
        match step.id.action() {
            "change" => Box::new(Change { place, name, wanted }),
            "clients" => {
                let given = context.outputs.get(&component.name).and_then(|own| own.get(TTL_BEFORE));
                let ttl_before = given.and_then(|ttl| ttl.parse().ok()).unwrap_or(TTL);
                Box::new(Clients { place, name, wanted, ttl_before })
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
        let place = Place::of(component, &context.plan.application, Side::Recovery);
        let name = Name::of(component);
        Some(Box::new(Change { place, name, wanted: Wanted::as_before(before)? }))
    }
    fn watch(&self, component: &Component, application: &Application, side: Side) -> Vec<Ask> {
        match side {
            Side::Primary => Vec::new(),
            Side::Recovery => {
                let Name { zone, record, record_type } = Name::of(component);
                let query = Query::RecordSets { zone, name: record, record_type };
                vec![Place::of(component, application, side).ask(query)]
            }
        }
    }
    fn health(&self, component: &Component, application: &Application, side: Side, facts: &Facts<'_>) -> Health {
        if side == Side::Primary {
            return Health::nothing_here();
        }
        let name = Name::of(component);
        let records = match name.look(facts, &Place::of(component, application, side)) {
            Look::There(records) => records,
            Look::Absent => return Health::not_told("no answer"),
            Look::NotTold(why) => return Health::not_told(why),
        };
        let answer = answer_of(records);
        match Wanted::of(component) {
            Some(wanted) if wanted.is_met(&name, records) => Health::new(HealthLevel::Up, format!("answers {answer}")),
            Some(_) | None => Health::new(HealthLevel::Standby, format!("answers {answer}")),
        }
    }
}

fn weight_problem(component: &Component) -> Option<Problem> {
    let weights = component.fields.table("weights").unwrap_or_default();
    let numbers: Vec<u64> = weights.0.values().filter_map(serde_json::Value::as_u64).collect();
    if numbers.iter().all(|weight| *weight == 0) {
        let message = "every weight is 0: Route 53 would then answer all of them equally";
        return Some(Problem::at("weights", message, "give the set of the recovery region a weight above 0"));
    }
    let too_big = numbers.iter().any(|weight| *weight > 255);
    too_big.then(|| Problem::at("weights", "Route 53 takes weights up to 255", "a number from 0 to 255"))
}
