//! Whether a subnet reaches the internet, or an AWS service: by its route table's way out, or by an endpoint of the service
//! in the VPC ("Route tables" and "AWS PrivateLink", Amazon VPC User Guide).

use super::open::Way;
use super::words::{NatGateway, Route, RouteTable, Subnet, VpcEndpoint};
use crate::text::Clean;

/// What is to be reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Internet,
    /// The services whose endpoints it takes, by the ends of their names.
    Services(Vec<String>),
}

impl Target {
    /// What a plan calls so.
    pub fn of(name: &str) -> Option<Self> {
        let is_letter = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || "-._".contains(letter);
        let services: &[&str] = match name {
            "internet" => return Some(Self::Internet),
            // A pull asks the one, is sent to the other, and takes the layers from S3.
            "ecr" => &["ecr.api", "ecr.dkr", "s3"],
            name if !name.is_empty() && name.chars().all(is_letter) => &[name],
            _ => return None,
        };
        Some(Self::Services(services.iter().map(|service| (*service).to_owned()).collect()))
    }
}

/// What was seen of a VPC's ways.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ways<'a> {
    pub tables: &'a [RouteTable],
    pub gateways: &'a [NatGateway],
    pub endpoints: &'a [VpcEndpoint],
}

/// What came of it, and whether that may pass by itself.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Reached {
    pub way: Way,
    pub passes: bool,
}

impl Reached {
    fn settled(way: Way) -> Self {
        Self { way, passes: false }
    }
    fn shut(why: String) -> Self {
        Self::settled(Way::Shut(why))
    }
}

impl<'a> Ways<'a> {
    /// Whether `subnet` reaches `target`.
    pub fn reach(self, subnet: &Subnet, target: &Target) -> Reached {
        let Some(table) = self.table(&subnet.id) else {
            return Reached::settled(Way::Untold(format!("no route table of {} is told", subnet.id)));
        };
        let out = self.out(subnet, table);
        let Target::Services(services) = target else { return out };
        if out.way == Way::Open {
            return out;
        }
        for service in services {
            if let Some(missing) = self.missing(table, service, &out) {
                return missing;
            }
        }
        Reached::settled(Way::Open)
    }

    /// Its own route table, or the main one.
    fn table(self, subnet: &Clean) -> Option<&'a RouteTable> {
        let own = self.tables.iter().find(|table| table.subnets.contains(subnet));
        own.or_else(|| self.tables.iter().find(|table| table.is_main))
    }

    /// Whether a subnet with this table has a way out.
    fn out(self, subnet: &Subnet, table: &RouteTable) -> Reached {
        let is_default = |route: &&Route| route.to.as_deref() == Some("0.0.0.0/0");
        let Some(route) = table.routes.iter().find(is_default) else {
            return Reached::shut(format!("{} has no way out: {} has no route to 0.0.0.0/0", subnet.id, table.id));
        };
        let (id, by) = (&subnet.id, &route.by);
        if route.state.as_str() != "active" {
            return Reached::shut(format!("the way out of {id} by {by} is {}", route.state));
        }
        match by.split('-').next().unwrap_or_default() {
            "nat" => {}
            "igw" | "tgw" | "eni" | "i" => return Reached::settled(Way::Open),
            // A peer's own way out is not for those beyond it ("VPC peering: edge to edge routing").
            "pcx" => return Reached::shut(format!("the way out of {id} is {by}, and a peer leads no further")),
            _ => return Reached::settled(Way::Untold(format!("where {by}, the way out of {id}, leads is not told"))),
        }
        match self.gateways.iter().find(|gateway| gateway.id == *by).map(|gateway| gateway.state.as_str()) {
            Some("available") => Reached::settled(Way::Open),
            Some(state) => {
                let way = Way::Shut(format!("the way out of {id} by {by} is {state}"));
                Reached { way, passes: !matches!(state, "failed" | "deleting" | "deleted") }
            }
            None => Reached::settled(Way::Untold(format!("{by}, the way out of {id}, is not told of"))),
        }
    }

    /// What is missing for `service` where there is no way out; `None` when it has an endpoint.
    fn missing(self, table: &RouteTable, service: &str, out: &Reached) -> Option<Reached> {
        let ends = format!(".{service}");
        let of = || self.endpoints.iter().filter(|endpoint| endpoint.service.ends_with(&ends));
        let serves = |endpoint: &&VpcEndpoint| match endpoint.sort.as_str() {
            "Gateway" => endpoint.route_tables.contains(&table.id),
            "Interface" => endpoint.has_private_dns && !endpoint.subnets.is_empty(),
            _ => false,
        };
        let is_in = |endpoint: &&VpcEndpoint, state: &str| endpoint.state.eq_ignore_ascii_case(state);
        if of().filter(serves).any(|endpoint| is_in(&endpoint, "available")) {
            return None;
        }
        if let Some(waits) = of().filter(serves).find(|endpoint| is_in(endpoint, "pending")) {
            return Some(Reached {
                way: Way::Shut(format!("{}, for {service}, is {}", waits.id, waits.state)),
                passes: true,
            });
        }
        if let Way::Untold(why) = &out.way {
            return Some(Reached::settled(Way::Untold(why.clone())));
        }
        let why = match of().next() {
            Some(endpoint) if serves(&endpoint) => format!("{} is {}", endpoint.id, endpoint.state),
            Some(endpoint) if endpoint.sort.as_str() == "Gateway" => format!("{} is not in {}", endpoint.id, table.id),
            Some(endpoint) => format!("{} has no private DNS name, or no subnet", endpoint.id),
            None => format!("the VPC has no endpoint for {service}"),
        };
        let Way::Shut(no_way) = &out.way else { return None };
        Some(Reached { way: Way::Shut(format!("{no_way}, and {why}")), passes: out.passes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subnet() -> Subnet {
        Subnet { id: "subnet-a".into(), ..Subnet::default() }
    }

    fn table(id: &str, is_main: bool, subnets: &[&str], by: Option<(&str, &str)>) -> RouteTable {
        let local = Route { to: Some("10.0.0.0/16".into()), by: "local".into(), state: "active".into() };
        let out = by.map(|(by, state)| Route { to: Some("0.0.0.0/0".into()), by: by.into(), state: state.into() });
        let subnets = subnets.iter().map(|id| (*id).into()).collect();
        RouteTable { id: id.into(), is_main, subnets, routes: [local].into_iter().chain(out).collect() }
    }

    fn nat(state: &str) -> NatGateway {
        NatGateway { id: "nat-1".into(), state: state.into() }
    }

    fn endpoint(service: &str, sort: &str) -> VpcEndpoint {
        VpcEndpoint {
            id: "vpce-1".into(),
            service: format!("com.amazonaws.us-west-2.{service}").into(),
            sort: sort.into(),
            state: "available".into(),
            has_private_dns: true,
            subnets: vec!["subnet-z".into()],
            route_tables: vec!["rtb-a".into()],
        }
    }

    fn told(
        tables: &[RouteTable],
        gateways: &[NatGateway],
        endpoints: &[VpcEndpoint],
        to: &str,
    ) -> (&'static str, bool) {
        let reached = Ways { tables, gateways, endpoints }.reach(&subnet(), &Target::of(to).expect("a target"));
        let word = match reached.way {
            Way::Open => "open",
            Way::Shut(_) => "shut",
            Way::Untold(_) => "untold",
        };
        (word, reached.passes)
    }

    #[test]
    fn the_internet_is_reached_by_the_subnet_s_own_table_else_the_main_one() {
        let out = |by, state| [table("rtb-a", false, &["subnet-a"], Some((by, state)))];
        for by in ["igw-1", "tgw-1", "eni-1"] {
            assert_eq!(told(&out(by, "active"), &[], &[], "internet"), ("open", false), "{by}");
            assert_eq!(told(&out(by, "blackhole"), &[], &[], "internet"), ("shut", false), "{by}");
        }
        assert_eq!(told(&out("pcx-1", "active"), &[], &[], "internet"), ("shut", false));
        assert_eq!(told(&out("vgw-1", "active"), &[], &[], "internet"), ("untold", false));
        for (state, wanted) in [
            ("available", ("open", false)),
            ("pending", ("shut", true)),
            ("failed", ("shut", false)),
            ("deleted", ("shut", false)),
            ("ofTheFuture", ("shut", true)),
        ] {
            assert_eq!(told(&out("nat-1", "active"), &[nat(state)], &[], "internet"), wanted, "{state}");
        }
        assert_eq!(told(&out("nat-1", "active"), &[], &[], "internet"), ("untold", false));
        let main = table("rtb-m", true, &[], Some(("igw-1", "active")));
        assert_eq!(told(std::slice::from_ref(&main), &[], &[], "internet"), ("open", false));
        let own = table("rtb-a", false, &["subnet-a"], None);
        assert_eq!(told(&[main, own], &[], &[], "internet"), ("shut", false), "its own goes before the main one");
        assert_eq!(told(&[], &[], &[], "internet"), ("untold", false));
    }

    #[test]
    fn a_service_is_reached_by_the_way_out_or_by_an_endpoint_that_serves_the_subnet() {
        let closed = [table("rtb-a", false, &["subnet-a"], None)];
        let reach = |endpoints: &[VpcEndpoint], to| told(&closed, &[], endpoints, to);
        assert_eq!(told(&[table("rtb-a", true, &[], Some(("igw-1", "active")))], &[], &[], "ssm"), ("open", false));
        assert_eq!(reach(&[endpoint("ssm", "Interface")], "ssm"), ("open", false));
        assert_eq!(reach(&[endpoint("ssmmessages", "Interface")], "ssm"), ("shut", false));
        assert_eq!(
            reach(&[VpcEndpoint { state: "Pending".into(), ..endpoint("ssm", "Interface") }], "ssm"),
            ("shut", true)
        );
        assert_eq!(
            reach(&[VpcEndpoint { state: "Failed".into(), ..endpoint("ssm", "Interface") }], "ssm"),
            ("shut", false)
        );
        assert_eq!(
            reach(&[VpcEndpoint { state: "Available".into(), ..endpoint("ssm", "Interface") }], "ssm"),
            ("open", false)
        );
        assert_eq!(
            reach(&[VpcEndpoint { has_private_dns: false, ..endpoint("ssm", "Interface") }], "ssm"),
            ("shut", false)
        );
        assert_eq!(reach(&[endpoint("s3", "Gateway")], "s3"), ("open", false));
        assert_eq!(reach(&[VpcEndpoint { route_tables: vec![], ..endpoint("s3", "Gateway") }], "s3"), ("shut", false));
    }

    #[test]
    fn a_pull_of_an_image_takes_three_endpoints() {
        let closed = [table("rtb-a", false, &["subnet-a"], None)];
        let all = [endpoint("ecr.api", "Interface"), endpoint("ecr.dkr", "Interface"), endpoint("s3", "Gateway")];
        assert_eq!(told(&closed, &[], &all, "ecr"), ("open", false));
        for without in 0..all.len() {
            let some: Vec<VpcEndpoint> =
                all.iter().enumerate().filter(|(at, _)| *at != without).map(|(_, one)| one.clone()).collect();
            assert_eq!(told(&closed, &[], &some, "ecr"), ("shut", false), "{without}");
        }
    }

    #[test]
    fn what_is_no_name_of_a_service_is_none() {
        for name in ["", "S3", "ecr:api", "a b", "https://x"] {
            assert_eq!(Target::of(name), None, "{name}");
        }
    }
}
