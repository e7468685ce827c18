//! What a plan says of a record, and what is wrong with it before any cloud is asked.

use super::name::Name;
use super::routing::Routing;
use crate::plan::{Component, Field, Problem, Takes};
use crate::service::dns_name::is_within;
use crate::service::resolve::has_reference;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// What a record can answer by; one of these is given.
const ANSWERS: [&str; 4] = ["values", "alias", "weights", "failover"];

static ALIAS: &[Field] = &[
    Field::required("dns_name", Takes::Text, "the target's DNS name: ${load-balancer.dns_name}"),
    Field::required("zone_id", Takes::Text, "the target's own hosted zone id: ${load-balancer.zone_id}"),
    Field::optional("evaluate_health", Takes::Truth, "answer only while the target is healthy; false by default"),
];

static FAILOVER: &[Field] = &[
    Field::required("primary", Takes::Text, "SetIdentifier of the set that is to be PRIMARY"),
    Field::required("secondary", Takes::Text, "SetIdentifier of the set that is to be SECONDARY"),
];

pub(super) static FIELDS: &[Field] = &[
    Field::required("zone", Takes::Text, "the hosted zone: its id, or its name when it is the only one of that name"),
    Field::required("record", Takes::Text, "the record's name, such as shop.example.com."),
    Field::optional(
        "type",
        Takes::Choice(&["A", "AAAA", "CAA", "CNAME", "MX", "NAPTR", "NS", "SRV", "TXT"]),
        "the record's type; A by default. A CNAME takes the place of an A or AAAA record, and an A of a CNAME",
    ),
    Field::optional("values", Takes::Texts, "the values of a simple record, or of `set`"),
    Field::optional(
        "ttl",
        Takes::Within(0, 2_147_483_647),
        "time to live of a simple record's `values`, in seconds; 60 by default",
    ),
    Field::optional("alias", Takes::Table(ALIAS), "the target of an alias record, or of `set`"),
    Field::optional(
        "weights",
        Takes::TableWithin(0, 255),
        "new weights of the record's weighted sets, by SetIdentifier; their values stay. Name every set that has weight",
    ),
    Field::optional(
        "set",
        Takes::Text,
        "SetIdentifier of the one failover, latency, multivalue or weighted set that `values` or `alias` is for; its role, region, weight, health check and time to live stay",
    ),
    Field::optional(
        "routing",
        Takes::Choice(Routing::CHOICES),
        "what kind of set `set` is; when it is given, any other kind is refused",
    ),
    Field::optional(
        "failover",
        Takes::Table(FAILOVER),
        "new roles of the record's two failover sets; their values stay",
    ),
    Field::optional(
        "private",
        Takes::Truth,
        "whether the zone is private; needed when a public and a private zone have one name",
    ),
    Field::optional(
        "resolver",
        Takes::Text,
        "ADDRESS or ADDRESS:PORT of a resolver in the private zone's VPC, to verify by; without it a private zone is verified by its record sets alone",
    ),
    Field::optional(
        "verify",
        Takes::Choice(&["both", "name-servers", "api"]),
        "by what the answers are verified: TestDNSAnswer and, where they can be reached, the zone's name servers (both, the default), or one of them",
    ),
];

/// What no single field shows to be wrong.
pub(super) fn problems(component: &Component) -> Vec<Problem> {
    let fields = &component.fields;
    let given: Vec<&'static str> = ANSWERS.into_iter().filter(|name| fields.0.contains_key(*name)).collect();
    let has = |name: &str| fields.0.contains_key(name);
    let mut problems = Vec::new();
    if let [_, second, ..] = given[..] {
        let message = format!("{} are given together", given.join(" and "));
        problems.push(Problem::at(second, message, "one of `values`, `alias`, `weights` and `failover`"));
    }
    if given.is_empty() {
        problems.push(Problem {
            field: Some("record"),
            message: "nothing says what the record should answer".to_owned(),
            help: "give one of `values`, `alias`, `weights` and `failover`".to_owned(),
        });
    }
    if has("ttl") && (!given.contains(&"values") || has("set")) {
        let help = "leave `ttl` out: an alias has its target's, a set keeps its own";
        problems.push(Problem::at("ttl", "`ttl` belongs to the `values` of a simple record", help));
    }
    if has("set") && given.iter().any(|name| matches!(*name, "weights" | "failover")) {
        let help = "leave `set` out: `weights` and `failover` name their sets themselves";
        problems.push(Problem::at("set", "`set` belongs to `values` and `alias`", help));
    }
    if has("routing") && !has("set") {
        problems.push(Problem::at("routing", "`routing` says what kind of set `set` is", "give `set` too, or neither"));
    }
    if given.contains(&"values") {
        problems.extend(value_problem(component));
    }
    if given.contains(&"weights") {
        problems.extend(weight_problem(component));
    }
    let failover = fields.table("failover").unwrap_or_default();
    if has("failover") && failover.required("primary") == failover.required("secondary") {
        problems.push(Problem::at("failover", "one set cannot have both roles", "name the two sets by SetIdentifier"));
    }
    problems.extend(name_problem(component));
    problems.extend(resolver_problem(component));
    problems
}

fn value_problem(component: &Component) -> Option<Problem> {
    let record_type = Name::of(component).record_type;
    let values = component.fields.list("values");
    if values.is_empty() {
        return Some(Problem::at("values", "the list is empty", "one value or more"));
    }
    if record_type.as_str() == "CNAME" && values.len() > 1 {
        return Some(Problem::at("values", "a CNAME record has one value", "leave one, or use weighted sets"));
    }
    let misfit = |value: &&String| match record_type.as_str() {
        "A" => value.parse::<Ipv4Addr>().is_err(),
        "AAAA" => value.parse::<Ipv6Addr>().is_err(),
        _ => false,
    };
    let value = values.iter().filter(|value| !has_reference(value)).find(misfit)?;
    let help = "an address of the record's type; for a name use `alias`, or type = \"CNAME\"";
    Some(Problem::at("values", format!("Route 53 takes no “{value}” in a record of type {record_type}"), help))
}

fn weight_problem(component: &Component) -> Option<Problem> {
    let weights = component.fields.table("weights").unwrap_or_default();
    let numbers: Vec<u64> = weights.0.values().filter_map(serde_json::Value::as_u64).collect();
    numbers.iter().all(|weight| *weight == 0).then(|| {
        let message = "every weight is 0: Route 53 would then answer all of them equally";
        Problem::at("weights", message, "give the set of the recovery region a weight above 0")
    })
}

/// What the zone's name, where it is given, and the record's say of each other.
fn name_problem(component: &Component) -> Option<Problem> {
    let Name { zone, record, record_type } = Name::of(component);
    if !zone.is_name() || has_reference(&zone.zone) || has_reference(&record) {
        return None;
    }
    if !is_within(&record, &zone.zone) {
        let message = format!("{record} does not lie in the zone {}", zone.zone);
        return Some(Problem::at("record", message, "the zone's own name, or one that ends in it"));
    }
    (record_type.as_str() == "CNAME" && record == zone.zone).then(|| {
        let help = "use `alias` with type A: an alias may stand at the zone's own name";
        Problem::at("type", format!("{record} is the zone's own name, where DNS allows no CNAME"), help)
    })
}

fn resolver_problem(component: &Component) -> Option<Problem> {
    let resolver = component.fields.text("resolver")?;
    if component.fields.text("private").as_deref() == Some("false") {
        return Some(Problem::at(
            "resolver",
            "a public zone is verified by its own name servers",
            "leave `resolver` out",
        ));
    }
    let is_address = resolver.parse::<IpAddr>().is_ok() || resolver.parse::<SocketAddr>().is_ok();
    (!is_address && !has_reference(&resolver)).then(|| {
        Problem::at("resolver", format!("{resolver} is not an address"), "for example \"10.0.0.2\" or \"10.0.0.2:53\"")
    })
}
