//! Whether the rules let a connection through: those of the groups on both sides, which remember it, and the network ACLs of
//! the subnets, which do not ("Control traffic with security groups" and "Network ACLs", Amazon VPC User Guide). Of rules
//! alone: no packet is sent.

use super::cidr::{Cidr, contains_all};
use super::words::{AclEntry, NetworkAcl, Permission, SecurityGroup, Subnet};
use crate::text::Clean;

/// The ports that Linux answers to when it has asked ("ip_local_port_range").
const ANSWERS: (i64, i64) = (32_768, 60_999);

/// What rules come to.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Way {
    Open,
    Shut(String),
    Untold(String),
}

impl Way {
    pub fn and(self, other: impl FnOnce() -> Self) -> Self {
        match self {
            Self::Open => other(),
            Self::Shut(_) => self,
            // What is shut goes before what is not told.
            Self::Untold(_) => match other() {
                shut @ Self::Shut(_) => shut,
                Self::Open | Self::Untold(_) => self,
            },
        }
    }
}

/// Who connects.
#[derive(Clone, Copy, Debug)]
pub(super) enum From<'a> {
    Group(&'a SecurityGroup),
    Block(Cidr),
}

/// A connection over TCP within a VPC.
#[derive(Clone, Copy, Debug)]
pub(super) struct Connection<'a> {
    pub from: From<'a>,
    pub to: &'a SecurityGroup,
    pub port: i64,
}

impl Connection<'_> {
    /// Whether the groups' rules let it through, where both ends are in blocks among `subnets`.
    pub fn by_groups(self, subnets: &[Cidr], all: &[SecurityGroup]) -> Way {
        let ingress = |group: Option<&SecurityGroup>, peers: &[Cidr]| {
            let told = lets(&self.to.ingress, self.port, group, peers);
            named(told, "lets in", self.to, strangers(&self.to.ingress, all))
        };
        match self.from {
            From::Block(block) => ingress(None, &[block]),
            From::Group(from) => ingress(Some(from), subnets).and(|| {
                let told = lets(&from.egress, self.port, Some(self.to), subnets);
                named(told, "lets out", from, strangers(&from.egress, all))
            }),
        }
    }

    /// Whether the network ACLs of `subnets` do. Which subnet is which end is not known: what every one lets through is
    /// open, and what none lets through is shut.
    pub fn by_acls(self, subnets: &[(&Subnet, Cidr)], acls: &[NetworkAcl]) -> Way {
        let blocks: Vec<Cidr> = match self.from {
            From::Group(_) => subnets.iter().map(|(_, block)| *block).collect(),
            From::Block(block) => vec![block],
        };
        let port = (self.port, self.port);
        let serves = |acl: &NetworkAcl| passes(acl, false, port, &blocks) && passes(acl, true, ANSWERS, &blocks);
        let asks = |acl: &NetworkAcl| passes(acl, true, port, &blocks) && passes(acl, false, ANSWERS, &blocks);
        let (mut serving, mut asking, mut shut) = (0, 0, None);
        for (subnet, _) in subnets {
            let Some(acl) = acls.iter().find(|acl| acl.subnets.contains(&subnet.id)) else {
                return Way::Untold(format!("no network ACL of {} is told", subnet.id));
            };
            let (is_server, is_client) = (serves(acl), matches!(self.from, From::Block(_)) || asks(acl));
            serving += usize::from(is_server);
            asking += usize::from(is_client);
            if !(is_server && is_client) {
                shut = Some(format!("{} of {}", acl.id, subnet.id));
            }
        }
        match shut {
            None => Way::Open,
            Some(acl) if serving == 0 || asking == 0 => {
                Way::Shut(format!("the network ACL {acl} lets no such connection through"))
            }
            Some(acl) => Way::Untold(format!(
                "the network ACL {acl} lets it through one way only: whether it is on the way is not told"
            )),
        }
    }
}

fn named(way: Way, does: &str, group: &SecurityGroup, strangers: Vec<&Clean>) -> Way {
    let Way::Shut(_) = way else { return way };
    let listed = strangers.into_iter().take(3).map(Clean::as_str).collect::<Vec<_>>().join(", ");
    let strange =
        if listed.is_empty() { listed } else { format!("; its rules name {listed}, which are no groups of this VPC") };
    Way::Shut(format!("no rule of {} ({}) {does} that{strange}", group.id, group.name))
}

/// Groups that rules name and the VPC has not: another region's, or a peer's.
fn strangers<'a>(rules: &'a [Permission], all: &[SecurityGroup]) -> Vec<&'a Clean> {
    let named = rules.iter().flat_map(|rule| &rule.groups);
    named.filter(|id| !all.iter().any(|group| group.id == **id)).collect()
}

/// Whether rules let `port` through with `peer`, or with all of `blocks`. Groups only allow: any rule does.
fn lets(rules: &[Permission], port: i64, peer: Option<&SecurityGroup>, blocks: &[Cidr]) -> Way {
    let about: Vec<&Permission> =
        rules.iter().filter(|rule| is_about(&rule.protocol, rule.ports, (port, port))).collect();
    let by_group = peer.is_some_and(|peer| about.iter().any(|rule| rule.groups.contains(&peer.id)));
    // Each block may be let through by a rule of its own.
    let is_let = |block: &Cidr| about.iter().flat_map(|rule| &rule.cidrs).any(|text| contains_all(text, &[*block]));
    if by_group || (!blocks.is_empty() && blocks.iter().all(is_let)) {
        return Way::Open;
    }
    match about.iter().flat_map(|rule| &rule.prefix_lists).next() {
        Some(list) => Way::Untold(format!("it depends on the prefix list {list}")),
        None => Way::Shut(String::new()),
    }
}

/// Whether a rule's protocol and ports have all of `ports` of TCP.
fn is_about(protocol: &str, of: Option<(i64, i64)>, ports: (i64, i64)) -> bool {
    match (protocol, of) {
        ("-1", _) | ("tcp" | "6", None) => true,
        // Both -1: every port.
        ("tcp" | "6", Some((-1, _))) => true,
        ("tcp" | "6", Some((first, last))) => first <= ports.0 && ports.1 <= last,
        _ => false,
    }
}

/// Whether an ACL lets all of `ports` through for all of `blocks`.
fn passes(acl: &NetworkAcl, is_egress: bool, ports: (i64, i64), blocks: &[Cidr]) -> bool {
    let mut entries: Vec<&AclEntry> = acl.entries.iter().filter(|entry| entry.is_egress == is_egress).collect();
    entries.sort_by_key(|entry| entry.number);
    blocks.iter().all(|block| {
        let decisive = entries.iter().find_map(|entry| {
            let of = Cidr::parse(entry.cidr.as_deref()?)?;
            let is_whole = of.contains(*block) && is_about(&entry.protocol, entry.ports, ports);
            let touches = of.meets(*block) && touches(entry, ports);
            match entry.allows {
                true => is_whole.then_some(true),
                // One that denies a part of it does not let all of it through.
                false => touches.then_some(false),
            }
        });
        decisive.unwrap_or(false)
    })
}

fn touches(entry: &AclEntry, ports: (i64, i64)) -> bool {
    match (entry.protocol.as_str(), entry.ports) {
        ("-1", _) | ("tcp" | "6", None) => true,
        ("tcp" | "6", Some((first, last))) => first <= ports.1 && ports.0 <= last,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(text: &str) -> Cidr {
        Cidr::parse(text).expect("a block")
    }

    fn rule(protocol: &str, ports: Option<(i64, i64)>, cidr: Option<&str>, group: Option<&str>) -> Permission {
        Permission {
            protocol: protocol.into(),
            ports,
            cidrs: cidr.into_iter().map(Into::into).collect(),
            groups: group.into_iter().map(Into::into).collect(),
            prefix_lists: vec![],
        }
    }

    fn group(id: &str, ingress: Vec<Permission>, egress: Vec<Permission>) -> SecurityGroup {
        SecurityGroup { id: id.into(), name: id.into(), tag: None, ingress, egress }
    }

    fn everything() -> Vec<Permission> {
        vec![rule("-1", None, Some("0.0.0.0/0"), None)]
    }

    fn way(ingress: Vec<Permission>, egress: Vec<Permission>) -> Way {
        let (web, db) = (group("sg-web", vec![], egress), group("sg-db", ingress, everything()));
        let all = [web.clone(), db.clone()];
        let connection = Connection { from: From::Group(&web), to: &db, port: 5432 };
        connection.by_groups(&[block("10.0.1.0/24"), block("10.0.2.0/24")], &all)
    }

    #[test]
    fn a_rule_lets_in_by_group_or_by_a_block_that_has_all_of_the_other_side() {
        let tcp = Some((5432, 5432));
        for rules in [
            vec![rule("tcp", tcp, None, Some("sg-web"))],
            vec![rule("-1", None, None, Some("sg-web"))],
            vec![rule("tcp", Some((0, 65535)), Some("10.0.0.0/16"), None)],
            vec![rule("tcp", tcp, Some("10.0.1.0/24"), None), rule("6", tcp, Some("10.0.2.0/24"), None)],
            everything(),
        ] {
            assert_eq!(way(rules.clone(), everything()), Way::Open, "{rules:?}");
        }
        for rules in [
            vec![],
            vec![rule("tcp", Some((5433, 5440)), None, Some("sg-web"))],
            vec![rule("udp", tcp, None, Some("sg-web"))],
            vec![rule("tcp", tcp, Some("10.0.1.0/24"), None)],
            vec![rule("tcp", tcp, Some("::/0"), None)],
            vec![rule("tcp", tcp, None, Some("sg-east"))],
        ] {
            assert!(matches!(way(rules.clone(), everything()), Way::Shut(_)), "{rules:?}");
        }
    }

    #[test]
    fn who_connects_has_to_be_let_out_and_a_group_of_elsewhere_is_named() {
        let ingress = || vec![rule("tcp", Some((5432, 5432)), None, Some("sg-web"))];
        assert_eq!(way(ingress(), vec![rule("tcp", Some((5432, 5432)), None, Some("sg-db"))]), Way::Open);
        let Way::Shut(why) = way(ingress(), vec![]) else { panic!("nothing is let out") };
        assert!(why.contains("no rule of sg-web") && why.contains("lets out"), "{why}");
        let Way::Shut(why) = way(vec![rule("tcp", None, None, Some("sg-east"))], everything()) else { panic!("shut") };
        assert!(why.contains("sg-east, which are no groups of this VPC"), "{why}");
        let listed = Permission { prefix_lists: vec!["pl-1".into()], ..rule("tcp", None, None, None) };
        assert!(matches!(way(vec![listed], everything()), Way::Untold(_)));
    }

    fn entry(number: u64, is_egress: bool, allows: bool, cidr: &str, ports: Option<(i64, i64)>) -> AclEntry {
        let protocol = if ports.is_some() { "6".into() } else { "-1".into() };
        AclEntry { number, is_egress, allows, protocol, cidr: Some(cidr.into()), ports }
    }

    fn by_acls(one: Vec<AclEntry>, two: Vec<AclEntry>) -> Way {
        let subnet = |id: &str, cidr: &str| Subnet { id: id.into(), cidr: cidr.into(), ..Subnet::default() };
        let (a, b) = (subnet("subnet-a", "10.0.1.0/24"), subnet("subnet-b", "10.0.2.0/24"));
        let acl = |id: &str, subnet: &str, entries| NetworkAcl { id: id.into(), subnets: vec![subnet.into()], entries };
        let acls = [acl("acl-a", "subnet-a", one), acl("acl-b", "subnet-b", two)];
        let (web, db) = (group("sg-web", vec![], vec![]), group("sg-db", vec![], vec![]));
        let connection = Connection { from: From::Group(&web), to: &db, port: 5432 };
        connection.by_acls(&[(&a, block("10.0.1.0/24")), (&b, block("10.0.2.0/24"))], &acls)
    }

    #[test]
    fn an_acl_that_no_answer_comes_back_through_is_not_open() {
        let usual = || [false, true].map(|way| entry(100, way, true, "0.0.0.0/0", None)).to_vec();
        assert_eq!(by_acls(usual(), usual()), Way::Open);
        let denying = || [vec![entry(50, false, false, "10.0.0.0/16", Some((5432, 5432)))], usual()].concat();
        assert!(matches!(by_acls(denying(), denying()), Way::Shut(_)));
        assert!(matches!(by_acls(denying(), usual()), Way::Untold(_)), "it may be the side that connects");
        let late = || [usual(), vec![entry(200, false, false, "0.0.0.0/0", None)]].concat();
        assert_eq!(by_acls(late(), late()), Way::Open, "the smallest number decides");
        let one_way = || vec![entry(100, false, true, "0.0.0.0/0", None)];
        assert!(matches!(by_acls(one_way(), one_way()), Way::Shut(_)));
        assert!(matches!(by_acls(vec![], vec![]), Way::Shut(_)));
        let part = || [vec![entry(50, true, false, "10.0.2.128/25", None)], usual()].concat();
        assert!(matches!(by_acls(part(), part()), Way::Shut(_)), "a part of the other side is kept out");
    }
}
