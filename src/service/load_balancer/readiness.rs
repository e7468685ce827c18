//! What a load balancer has to be beside active: quick to let clients go.

use super::Said;
use super::seen::Kept;
use super::words;
use crate::plan::{Application, Component, Side, Weight};
use crate::service::ask::Place;
use crate::service::readiness::{self, Ready, Rule, Tier};
use crate::service::resolve::has_reference;
use crate::service::work::Check;

static KEEP_ALIVE: Rule = Rule {
    code: "lb-keepalive",
    wanted: "connections of clients kept for an hour at most",
    fix: "ModifyLoadBalancerAttributes with client_keep_alive.seconds of 3600 or less",
    costs: "clients that are connected stay with it for that long, whatever its record says by then",
    source: "Application Load Balancers guide, HTTP client keepalive duration: 3600 seconds by default",
    tier: Tier::Daily,
    weight: Weight::Advises,
};
/// For how many seconds at most.
const LONGEST: u64 = 3_600;

/// All of them.
pub(super) static RULES: &[&Rule] = &[&KEEP_ALIVE];

/// What a load balancer is held to.
pub(super) fn of(said: &Said, component: &Component, application: &Application) -> Vec<Ready> {
    if has_reference(&said.name) {
        return Vec::new();
    }
    let place = Place::of(component, application, Side::Recovery);
    vec![readiness::of_one(
        &(words::kept(&place, &said.name), format!("load balancer {}", said.name)),
        &KEEP_ALIVE,
        keeps,
    )]
}

fn keeps(rule: &Rule, kept: &Kept) -> Check {
    match kept {
        Kept { of_requests: false, .. } => rule.ok("it is no Application Load Balancer: targets end connections"),
        Kept { seconds: Some(seconds), .. } => rule.when(*seconds <= LONGEST, format!("{seconds} s")),
        Kept { seconds: None, .. } => rule.unknown("no client_keep_alive.seconds was told"),
    }
}
