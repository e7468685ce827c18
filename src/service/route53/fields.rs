//! What a plan says of a record, and what is wrong with it before any cloud is asked.

use super::name::Name;
use super::routing::Routing;
use crate::plan::fields::fields;
use crate::plan::{Component, Problem};
use crate::service::dns_name::is_within;
use crate::service::resolve::has_reference;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::collections::BTreeMap;

fields! {
    /// The target of an alias.
    pub(crate) struct AliasTo {
        required dns_name: Text, "the target's DNS name: ${load-balancer.dns_name}";
        required zone_id: Text, "the target's own hosted zone id: ${load-balancer.zone_id}";
        optional evaluate_health: Truth = false, "answer only while the target is healthy; false by default";
    }
}

fields! {
    /// The two sets of a failover record.
    pub(crate) struct Failover {
        required primary: Text, "SetIdentifier of the set that is to be PRIMARY";
        required secondary: Text, "SetIdentifier of the set that is to be SECONDARY";
    }
}

fields! {
    /// What a plan says of a record.
    pub(crate) struct Said {
        required zone: Text, "the hosted zone: its id, or its name when it is the only one of that name";
        required record: Text, "the record's name, such as shop.example.com.";
        optional r#type: Choice(&["A", "AAAA", "CAA", "CNAME", "MX", "NAPTR", "NS", "SRV", "TXT"]) = "A".to_owned(), "the record's type; A by default. A CNAME takes the place of an A or AAAA record, and an A of a CNAME";
        given values: Texts, "the values of a simple record, or of `set`";
        optional ttl: Within(0, 2_147_483_647), "time to live of a simple record's `values`, in seconds; 60 by default";
        optional alias: Table(AliasTo), "the target of an alias record, or of `set`";
        given weights: TableWithin(0, 255), "new weights of the record's weighted sets, by SetIdentifier; their values stay. Name every set that has weight";
        optional set: Text, "SetIdentifier of the one failover, latency, multivalue or weighted set that `values` or `alias` is for; its role, region, weight, health check and time to live stay";
        optional routing: Choice(Routing::CHOICES), "what kind of set `set` is; when it is given, any other kind is refused";
        optional failover: Table(Failover), "new roles of the record's two failover sets; their values stay";
        optional private: Truth, "whether the zone is private; needed when a public and a private zone have one name";
        optional resolver: Text, "ADDRESS or ADDRESS:PORT of a resolver in the private zone's VPC, to verify by; without it a private zone is verified by its record sets alone";
        optional verify: Choice(&["both", "name-servers", "api"]) = "both".to_owned(), "by what the answers are verified: TestDNSAnswer and, where they can be reached, the zone's name servers (both, the default), or one of them";
    }
}

impl Said {
    /// What the record can answer by, of which one is given: the fields of those that are.
    fn answers(&self) -> Vec<&'static str> {
        let answers = [
            ("values", self.values.is_some()),
            ("alias", self.alias.is_some()),
            ("weights", self.weights.is_some()),
            ("failover", self.failover.is_some()),
        ];
        answers.into_iter().filter_map(|(name, is_given)| is_given.then_some(name)).collect()
    }
}

/// What no single field shows to be wrong.
pub(super) fn problems(component: &Component) -> Vec<Problem> {
    let Ok(said) = Said::of(&component.fields) else { return Vec::new() };
    let given = said.answers();
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
    if said.ttl.is_some() && (said.values.is_none() || said.set.is_some()) {
        let help = "leave `ttl` out: an alias has its target's, a set keeps its own";
        problems.push(Problem::at("ttl", "`ttl` belongs to the `values` of a simple record", help));
    }
    if said.set.is_some() && (said.weights.is_some() || said.failover.is_some()) {
        let help = "leave `set` out: `weights` and `failover` name their sets themselves";
        problems.push(Problem::at("set", "`set` belongs to `values` and `alias`", help));
    }
    if said.routing.is_some() && said.set.is_none() {
        problems.push(Problem::at("routing", "`routing` says what kind of set `set` is", "give `set` too, or neither"));
    }
    let name = Name::of(&said);
    problems.extend(said.values.as_ref().and_then(|values| value_problem(&name, values)));
    problems.extend(said.weights.as_ref().and_then(weight_problem));
    if said.failover.as_ref().is_some_and(|failover| failover.primary == failover.secondary) {
        problems.push(Problem::at("failover", "one set cannot have both roles", "name the two sets by SetIdentifier"));
    }
    problems.extend(name_problem(&name));
    problems.extend(resolver_problem(&said));
    problems
}

fn value_problem(name: &Name, values: &[String]) -> Option<Problem> {
    let record_type = &name.record_type;
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

fn weight_problem(weights: &BTreeMap<String, u64>) -> Option<Problem> {
    weights.values().all(|weight| *weight == 0).then(|| {
        let message = "every weight is 0: Route 53 would then answer all of them equally";
        Problem::at("weights", message, "give the set of the recovery region a weight above 0")
    })
}

/// What the zone's name, where it is given, and the record's say of each other.
fn name_problem(name: &Name) -> Option<Problem> {
    let Name { zone, record, record_type } = name;
    if !zone.is_name() || has_reference(&zone.zone) || has_reference(record) {
        return None;
    }
    if !is_within(record, &zone.zone) {
        let message = format!("{record} does not lie in the zone {}", zone.zone);
        return Some(Problem::at("record", message, "the zone's own name, or one that ends in it"));
    }
    (record_type.as_str() == "CNAME" && *record == zone.zone).then(|| {
        let help = "use `alias` with type A: an alias may stand at the zone's own name";
        Problem::at("type", format!("{record} is the zone's own name, where DNS allows no CNAME"), help)
    })
}

fn resolver_problem(said: &Said) -> Option<Problem> {
    let resolver = said.resolver.as_ref()?;
    if said.private == Some(false) {
        return Some(Problem::at(
            "resolver",
            "a public zone is verified by its own name servers",
            "leave `resolver` out",
        ));
    }
    let is_address = resolver.parse::<IpAddr>().is_ok() || resolver.parse::<SocketAddr>().is_ok();
    (!is_address && !has_reference(resolver)).then(|| {
        Problem::at("resolver", format!("{resolver} is not an address"), "for example \"10.0.0.2\" or \"10.0.0.2:53\"")
    })
}
