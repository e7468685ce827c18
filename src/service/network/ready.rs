//! Whether a network is there and lets through what a plan needs of it, each thing by a check of its own.

use super::cidr::Cidr;
use super::fields::{Open, Said};
use super::open::{Connection, From, Way};
use super::reach::{Reached, Target, Ways};
use super::words::{self, SecurityGroup, Subnet, Vpc};
use crate::plan::fields::Missing;
use crate::plan::{Application, Component, Level, Side};
use crate::service::ask::{Ask, Place};
use crate::service::ready::{Point, against, checks};
use crate::service::say::outputs;
use crate::service::work::{Asked, Check, Facts, Health, HealthLevel, Look, Looked, Verdict, Want, Work};
use crate::text::Clean;

const NAME: &str = "name it as it is called in the recovery region, or make it there";
const FREE: &str = "free addresses in it, or let the application have larger subnets";
const OPEN: &str = "let a rule of the group allow it by the other's group, or by blocks that have all of its subnets";
const REACH: &str =
    "give its route table a way out by a NAT gateway, or the VPC an endpoint of the service with its private DNS name";

/// Verifies the network.
#[derive(Clone)]
pub(super) struct Ready {
    place: Place,
    vpc: Clean,
    said: Said,
}

/// What was seen of it, by what the plan needs.
struct Seen<'a> {
    vpc: &'a Vpc,
    subnets: Vec<&'a Subnet>,
}

impl Ready {
    pub fn of(component: &Component, application: &Application) -> Result<Self, Missing> {
        let said = Said::of(&component.fields)?;
        let place = Place::of(component, application, Side::Recovery);
        Ok(Self { place, vpc: said.vpc.as_str().into(), said })
    }

    /// What of it the plan names with values that are known later.
    pub fn named(&self) -> Vec<(&'static str, &str)> {
        let lists = [
            ("subnets", &self.said.subnets),
            ("security_groups", &self.said.security_groups),
            ("reach", &self.said.reach),
        ];
        let lists = lists.into_iter().flat_map(|(field, texts)| texts.iter().map(move |text| (field, text.as_str())));
        let open = self.said.open.iter().flat_map(|open| [("open", open.from.as_str()), ("open", open.to.as_str())]);
        [("vpc", self.vpc.as_str())].into_iter().chain(lists).chain(open).collect()
    }

    /// What is asked: no more than what the plan has a use for.
    pub fn asks_all(&self) -> Vec<Ask> {
        let (place, vpc) = (&self.place, &self.vpc);
        let mut asks = vec![words::vpcs(place, vpc).ask];
        if !self.said.subnets.is_empty() {
            asks.push(words::subnets(place, vpc).ask);
        }
        if !(self.said.security_groups.is_empty() && self.said.open.is_empty()) {
            asks.push(words::groups(place, vpc).ask);
        }
        if !self.said.open.is_empty() {
            asks.push(words::acls(place, vpc).ask);
        }
        if !self.said.reach.is_empty() {
            asks.extend([
                words::tables(place, vpc).ask,
                words::gateways(place, vpc).ask,
                words::endpoints(place, vpc).ask,
            ]);
        }
        asks
    }

    /// All that is wanted, by what was seen; and what it is about.
    fn points<'a>(&self, facts: &Facts<'a>) -> (Vec<Point>, Option<Seen<'a>>) {
        let (vpc, mut points) = self.vpc(facts);
        let Some(vpc) = vpc else { return (points, None) };
        let mut seen = Seen { vpc, subnets: Vec::new() };
        if !self.said.subnets.is_empty() {
            match told(facts, &words::subnets(&self.place, &self.vpc)) {
                Ok(all) => {
                    points.extend(self.said.subnets.iter().flat_map(|name| self.subnet(name, all, &mut seen)));
                }
                Err(why) => points.push(Check::not_told("network-subnet", why, "the VPC's subnets").into()),
            }
        }
        if !(self.said.security_groups.is_empty() && self.said.open.is_empty()) {
            match told(facts, &words::groups(&self.place, &self.vpc)) {
                Ok(all) => {
                    points.extend(
                        self.said
                            .security_groups
                            .iter()
                            .map(|name| group(name, all).err().unwrap_or_else(|| is_there(name))),
                    );
                    points.extend(self.said.open.iter().map(|open| self.open(open, all, &seen, facts)));
                }
                Err(why) => points.push(Check::not_told("network-group", why, "the VPC's security groups").into()),
            }
        }
        points.extend(self.said.reach.iter().map(|name| self.reach(name, &seen, facts)));
        (points, Some(seen))
    }

    fn vpc<'a>(&self, facts: &Facts<'a>) -> (Option<&'a Vpc>, Vec<Point>) {
        let code = "network-vpc";
        let wanted = format!("one VPC {} in {}", self.vpc, self.place.region);
        let all = match told(facts, &words::vpcs(&self.place, &self.vpc)) {
            Ok(all) => all,
            Err("") => return (None, vec![Check::that(code, false, "there is none", &wanted, NAME).into()]),
            Err(why) => return (None, vec![Check::not_told(code, why, &wanted).into()]),
        };
        match all {
            [vpc] => {
                let wanted = "available";
                let found = format!("{} is {}", vpc.id, vpc.state);
                let check =
                    Check::that(code, vpc.state.as_str() == wanted, found, wanted, "wait until it is available");
                (Some(vpc), vec![Point::under_way(check)])
            }
            [] => (None, vec![Check::that(code, false, "there is none", &wanted, NAME).into()]),
            several => {
                let found = format!("{} have that Name", several.len());
                (None, vec![Check::that(code, false, found, &wanted, "give its id").of_identity().into()])
            }
        }
    }

    /// Of a name several subnets may have, one a zone.
    fn subnet<'a>(&self, name: &str, all: &'a [Subnet], seen: &mut Seen<'a>) -> Vec<Point> {
        let code = "network-subnet";
        let is_it = |subnet: &&Subnet| subnet.id.as_str() == name || subnet.name.as_deref() == Some(name);
        let found: Vec<&Subnet> = all.iter().filter(is_it).collect();
        if found.is_empty() {
            let wanted = format!("a subnet {name} of {}", self.vpc);
            return vec![Check::that(code, false, "there is none", &wanted, NAME).into()];
        }
        let mut points = Vec::new();
        for subnet in found {
            let state = format!("{} is {}", subnet.id, subnet.state);
            let is_over = matches!(subnet.state.as_str(), "unavailable" | "failed" | "failed-insufficient-capacity");
            let check = Check::that(
                code,
                subnet.state.as_str() == "available",
                state,
                "available",
                "see why in its description",
            );
            points.push(if is_over { check.into() } else { Point::under_way(check) });
            if let Some(needed) = self.said.free_addresses {
                let wanted = format!("{needed} or more addresses free");
                let found = format!("{} has {} free", subnet.id, subnet.free);
                points.push(Check::that("network-addresses", subnet.free >= needed, found, &wanted, FREE).into());
            }
            if !seen.subnets.iter().any(|known| known.id == subnet.id) {
                seen.subnets.push(subnet);
            }
        }
        points
    }

    fn open(&self, open: &Open, all: &[SecurityGroup], seen: &Seen<'_>, facts: &Facts<'_>) -> Point {
        let code = "network-open";
        let port = open.port;
        let wanted = format!("{} connects to {} at {port}, by the rules", open.from, open.to);
        let to = match group(&open.to, all) {
            Ok(to) => to,
            Err(point) => return point,
        };
        let from = match Cidr::parse(&open.from) {
            Some(block) => From::Block(block),
            None => match group(&open.from, all) {
                Ok(from) => From::Group(from),
                Err(point) => return point,
            },
        };
        let blocks: Option<Vec<(&Subnet, Cidr)>> =
            seen.subnets.iter().map(|subnet| Some((*subnet, Cidr::parse(&subnet.cidr)?))).collect();
        let Some(blocks) = blocks.filter(|blocks| !blocks.is_empty()) else {
            return Check::not_told(code, "the blocks of its subnets are not told", &wanted).into();
        };
        let connection = Connection { from, to, port: i64::try_from(port).unwrap_or(i64::MAX) };
        let only: Vec<Cidr> = blocks.iter().map(|(_, block)| *block).collect();
        let by_groups = connection.by_groups(&only, all);
        let by_acls = match told(facts, &words::acls(&self.place, &self.vpc)) {
            Ok(acls) => connection.by_acls(&blocks, acls),
            Err(why) => Way::Untold(format!("its network ACLs: {why}")),
        };
        match by_groups.and(|| by_acls) {
            Way::Open => Check::that(code, true, "they let it through", &wanted, "").into(),
            Way::Shut(why) => Check::that(code, false, why, &wanted, OPEN).into(),
            Way::Untold(why) => Check::not_told(code, &why, &wanted).into(),
        }
    }

    fn reach(&self, name: &str, seen: &Seen<'_>, facts: &Facts<'_>) -> Point {
        let code = "network-reach";
        let wanted = format!("{name} reached from each subnet");
        let Some(target) = Target::of(name) else {
            return Check::that(code, false, "it is nothing that can be reached", &wanted, "say another").into();
        };
        if seen.subnets.is_empty() {
            return Check::not_told(code, "its subnets are not told", &wanted).into();
        }
        let (place, vpc) = (&self.place, &self.vpc);
        let ways = told(facts, &words::tables(place, vpc)).and_then(|tables| {
            let gateways = told(facts, &words::gateways(place, vpc))?;
            Ok(Ways { tables, gateways, endpoints: told(facts, &words::endpoints(place, vpc))? })
        });
        let ways = match ways {
            Ok(ways) => ways,
            Err(why) => return Check::not_told(code, why, &wanted).into(),
        };
        let all: Vec<Reached> = seen.subnets.iter().map(|subnet| ways.reach(subnet, &target)).collect();
        let shut = |reached: &&Reached| matches!(reached.way, Way::Shut(_));
        let worst = all.iter().filter(shut).min_by_key(|reached| reached.passes);
        let worst = worst.or_else(|| all.iter().find(|reached| reached.way != Way::Open));
        match worst.map(|reached| (&reached.way, reached.passes)) {
            None | Some((Way::Open, _)) => Check::that(code, true, "by a route or an endpoint", &wanted, "").into(),
            Some((Way::Shut(why), false)) => Check::that(code, false, why.as_str(), &wanted, REACH).into(),
            Some((Way::Shut(why), true)) => Point::under_way(Check::that(code, false, why.as_str(), &wanted, REACH)),
            Some((Way::Untold(why), _)) => Check::not_told(code, why, &wanted).into(),
        }
    }

    pub fn looked(self) -> Looked<Health> {
        Looked::new(self.asks_all(), move |facts| {
            let (points, _) = self.points(facts);
            let wrong = |level: Level| points.iter().find(|point| point.check.level == level);
            match (wrong(Level::Failing), wrong(Level::Unknown)) {
                (Some(point), _) => Health::new(HealthLevel::Down, point.check.found.as_str()),
                (None, Some(point)) => Health::not_told(&point.check.found),
                (None, None) => Health::new(HealthLevel::Up, "it is there, and its rules are as needed"),
            }
        })
    }
}

/// What was answered; the words of a silence, or none where the VPC is not there.
fn told<'a, T>(facts: &Facts<'a>, want: &Want<Vec<T>>) -> Result<&'a [T], &'a str> {
    match facts.see(want) {
        Look::There(all) => Ok(all),
        Look::Absent => Err(""),
        Look::NotTold(why) => Err(why),
    }
}

fn is_there(name: &str) -> Point {
    Check::that("network-group", true, "it is there", &format!("a security group {name}"), "").into()
}

/// The one security group that is called so.
fn group<'a>(name: &str, all: &'a [SecurityGroup]) -> Result<&'a SecurityGroup, Point> {
    let code = "network-group";
    let by = |is_it: &dyn Fn(&SecurityGroup) -> bool| all.iter().filter(|group| is_it(group)).collect::<Vec<_>>();
    let own = by(&|group| group.id.as_str() == name || group.name.as_str() == name);
    let found = if own.is_empty() { by(&|group| group.tag.as_deref() == Some(name)) } else { own };
    let wanted = format!("one security group {name} in that VPC");
    match found[..] {
        [group] => Ok(group),
        [] => Err(Check::that(code, false, "there is none", &wanted, NAME).into()),
        _ => Err(Check::that(code, false, "several have that Name", &wanted, "give its id").of_identity().into()),
    }
}

impl Work for Ready {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        self.asks_all()
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        let (points, seen) = self.points(facts);
        match (against(&points), seen) {
            (Some(verdict), _) => verdict,
            (None, Some(seen)) => {
                let ids = seen.subnets.iter().map(|subnet| subnet.id.as_str()).collect::<Vec<_>>().join(",");
                let evidence = format!(
                    "{} is {}, {} subnets and their rules as needed",
                    seen.vpc.id,
                    seen.vpc.state,
                    seen.subnets.len()
                );
                Verdict::holds(evidence, outputs([("vpc", &seen.vpc.id), ("subnets", &Clean::new(&ids))]))
            }
            (None, None) => Verdict::unknown("no VPC was told of"),
        }
    }

    fn prechecks(&self, facts: &Facts<'_>) -> Vec<Check> {
        checks(self.points(facts).0)
    }
}
