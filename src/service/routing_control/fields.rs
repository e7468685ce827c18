//! What a plan says of routing controls, and what is wrong or unwise about it, before any cloud is asked.

use super::words::ClusterEndpoint;
use crate::plan::fields::fields;
use crate::plan::{Application, Component, Finding, Problem, Weight};
use crate::service::resolve::has_reference;
use crate::service::route53::{Answered, RECORD_TYPES, said_together};
use crate::service::say::Rule;
use crate::text::Clean;
use std::collections::{BTreeMap, BTreeSet};

/// How many endpoints a cluster has.
pub(super) const ENDPOINTS: usize = 5;
/// How many of them have to be in reach for a control to be sure to be.
pub(super) const WANTED: usize = 3;
/// What stands before the region in the host of an endpoint of AWS's own.
const SERVICE: &str = "route53-recovery-cluster";

fields! {
    /// What a plan says of one of a cluster's endpoints.
    pub(crate) struct Endpoint {
        required url: Text, "its address, as `describe-cluster` gives it: https://HEX.route53-recovery-cluster.REGION.amazonaws.com/v1";
        optional region: Text, "the region that it is in; by default the one in its address";
    }
}

fields! {
    /// What a plan says of routing controls.
    pub(crate) struct Said {
        required endpoints: Tables(Endpoint), "the five endpoints of the ARC cluster, in five regions";
        optional arn: Text, "the routing control's ARN, where it is one";
        optional on: Truth, "whether it is to be on (true) or off (false)";
        optional controls: TextTable, "several routing controls, all changed at once or none of them: true or false, by their ARNs";
        optional r#override: Texts, "ARNs of safety rules that are overridden, which is asked first: for breaking the glass";
        optional zone: Text, "the hosted zone of `record`: its id, or its name";
        optional record: Text, "the record that the controls' health checks move, such as shop.example.com.: with it, what is answered is verified";
        optional r#type: Choice(RECORD_TYPES) = "A".to_owned(), "the record's type; A by default";
        optional set: Text, "SetIdentifier of the record's set that is answered once the recovery side serves";
        optional private: Truth = false, "whether the zone is a private one; false by default";
        optional resolver: Text, "who is asked in the place of the zone's name servers: ADDRESS or ADDRESS:PORT";
    }
}

impl Said {
    /// Whether each control is to be on, by its ARN; `None` where the plan does not say it of each.
    pub(crate) fn wanted(&self) -> Option<BTreeMap<Clean, bool>> {
        let one = self.arn.as_deref().zip(self.on).map(|(arn, on)| (Clean::new(arn), Some(on)));
        let many = self.controls.iter().map(|(arn, on)| (Clean::new(arn), on.parse().ok()));
        let all: BTreeMap<Clean, bool> =
            one.into_iter().chain(many).map(|(arn, on)| Some((arn, on?))).collect::<Option<_>>()?;
        (!all.is_empty()).then_some(all)
    }

    /// The endpoints; `None` where one has no region.
    pub(crate) fn cluster(&self) -> Option<Vec<ClusterEndpoint>> {
        let of = |endpoint: &Endpoint| {
            let region = endpoint.region.as_deref().or_else(|| region_of(&endpoint.url))?;
            Some(ClusterEndpoint { url: Clean::new(&endpoint.url), region: region.into() })
        };
        self.endpoints.iter().map(of).collect()
    }

    /// What must be answered once the recovery side serves, where the plan says it.
    pub(crate) fn answered(&self) -> Option<Answered> {
        let ((zone, record), set) = self.zone.clone().zip(self.record.clone()).zip(self.set.clone())?;
        let private = self.private.then_some(true);
        Some(Answered { zone, private, record, record_type: self.r#type.clone(), set, resolver: self.resolver.clone() })
    }
}

/// The host of a URL, without its port.
fn host(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    let authority = rest.split(['/', '?', '#']).next()?;
    if authority.contains('@') {
        return None;
    }
    let bare = match authority.strip_prefix('[') {
        Some(address) => address.split_once(']')?.0,
        None => authority.split_once(':').map_or(authority, |(host, _)| host),
    };
    (!bare.is_empty()).then_some(bare)
}

/// The region in the host of an endpoint of AWS's own.
fn region_of(url: &str) -> Option<&str> {
    let mut labels = host(url)?.split('.').skip_while(|label| *label != SERVICE).skip(1);
    labels.next().filter(|region| !region.is_empty())
}

/// The control panel that a routing control is of, by its ARN.
pub(super) fn panel_of(control: &Clean) -> Option<Clean> {
    control.split_once("/routingcontrol/").map(|(panel, _)| Clean::new(panel))
}

/// A routing control, or the rule of one, in a few letters: the end of its ARN.
pub(super) fn short(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

fn is_of_arc(arn: &str, sort: &str) -> bool {
    let is_there = |(panel, id): (&str, &str)| panel.contains(":controlpanel/") && !id.is_empty() && !id.contains('/');
    arn.starts_with("arn:") && arn.contains(":route53-recovery-control:") && arn.split_once(sort).is_some_and(is_there)
}

/// What no single field shows.
pub(super) fn problems(component: &Component) -> Vec<Problem> {
    let Ok(said) = Said::of(&component.fields) else { return Vec::new() };
    let mut problems = of_endpoints(&said.endpoints);
    problems.extend(of_controls(&said));
    let is_rule = |rule: &String| is_of_arc(rule, "/safetyrule/") || has_reference(rule);
    if let Some(rule) = said.r#override.iter().find(|rule| !is_rule(rule)) {
        let help = "arn:aws:route53-recovery-control::ACCOUNT:controlpanel/PANEL/safetyrule/RULE";
        problems.push(Problem::at("override", format!("`{rule}` is no safety rule's ARN"), help));
    }
    problems.extend(said_together(said.zone.is_some(), said.record.is_some(), said.set.is_some()));
    problems
}

fn of_controls(said: &Said) -> Vec<Problem> {
    let mut problems = Vec::new();
    match (&said.arn, said.on, said.controls.is_empty()) {
        (Some(_), Some(_), true) | (None, None, false) => {}
        (None, None, true) => {
            let help = "arn = \"…\" with on = true, or controls = { \"ARN\" = true, \"ARN\" = false }";
            problems.push(Problem::at("endpoints", "no routing control is named", help));
        }
        (Some(_), None, true) => {
            problems.push(Problem::at("arn", "it is not said whether it is to be on", "give `on` too"))
        }
        (None, Some(_), true) => problems.push(Problem::at("on", "it is not said of which control", "give `arn` too")),
        (_, _, false) => {
            let help = "leave `arn` and `on` out: `controls` says it of each";
            problems.push(Problem::at("controls", "they stand beside `arn` or `on`", help));
        }
    }
    let is_control = |arn: &&String| is_of_arc(arn, "/routingcontrol/") || has_reference(arn);
    let named = said.arn.iter().map(|arn| ("arn", arn)).chain(said.controls.keys().map(|arn| ("controls", arn)));
    if let Some((field, arn)) = named.clone().find(|(_, arn)| !is_control(arn)) {
        let help = "arn:aws:route53-recovery-control::ACCOUNT:controlpanel/PANEL/routingcontrol/CONTROL";
        problems.push(Problem::at(field, format!("`{arn}` is no routing control's ARN"), help));
    }
    if let Some((arn, on)) = said.controls.iter().find(|(_, on)| on.parse::<bool>().is_err()) {
        problems.push(Problem::at("controls", format!("{} cannot be `{on}`", short(arn)), "true or false"));
    }
    problems
}

fn of_endpoints(endpoints: &[Endpoint]) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut at = |message: String, help: &str| problems.push(Problem::at("endpoints", message, help));
    if !(1..=ENDPOINTS).contains(&endpoints.len()) {
        at(format!("there are {} endpoints", endpoints.len()), "a cluster has five: give them all");
    }
    let mut regions = BTreeSet::new();
    for Endpoint { url, region } in endpoints.iter().filter(|endpoint| !has_reference(&endpoint.url)) {
        let Some(host) = host(url) else {
            at(
                format!("`{url}` is no endpoint's address"),
                "https://HEX.route53-recovery-cluster.REGION.amazonaws.com/v1",
            );
            continue;
        };
        if url.starts_with("http://") && !matches!(host, "localhost" | "127.0.0.1" | "::1") {
            at(format!("`{url}` is not encrypted"), "https://, except on this machine");
        }
        match region.as_deref().or_else(|| region_of(url)) {
            None => at(format!("the region of `{url}` is not known"), "{ url = \"…\", region = \"us-west-2\" }"),
            Some(region) if !regions.insert(region) => {
                at(format!("there are two endpoints of {region}"), "a cluster has one in each of its five regions");
            }
            Some(_) => {}
        }
    }
    problems
}

static ALL_FIVE: Rule = Rule {
    code: "arc-endpoints",
    wanted: "all five endpoints of the cluster",
    fix: "give them all, as describe-cluster tells them: any of them may be the one that answers",
    source: "Amazon Application Recovery Controller Developer Guide: Best practices for routing control",
};

static NOT_IN_FAILING: Rule = Rule {
    code: "arc-not-in-failing",
    wanted: "three endpoints or more outside of the primary region",
    fix: "give all five endpoints of the cluster",
    source: "Amazon Application Recovery Controller Developer Guide: Best practices for routing control",
};

static NONE_ON: Rule = Rule {
    code: "arc-off-off",
    wanted: "a control that is on afterwards, changed in the same step",
    fix: "give `controls`, so that one goes on as the other goes off: between two steps nobody would be served",
    source: "Amazon Application Recovery Controller Developer Guide: Safety rules in routing control",
};

/// How many of the endpoints are outside of the primary region.
pub(super) fn outside(endpoints: &[ClusterEndpoint], application: &Application) -> usize {
    endpoints.iter().filter(|endpoint| endpoint.region != application.primary).count()
}

/// What is allowed but unwise.
pub(super) fn findings(component: &Component, application: &Application) -> Vec<Finding> {
    let Ok(said) = Said::of(&component.fields) else { return Vec::new() };
    let mut findings = Vec::new();
    let endpoints = said.cluster().unwrap_or_default();
    if endpoints.len() < ENDPOINTS {
        let found = format!("{} of five", endpoints.len());
        findings.push(Finding { weight: Weight::Weakens, ..ALL_FIVE.broken_by(component, found) });
    }
    let outside = outside(&endpoints, application);
    if outside < WANTED {
        let found = format!("{outside} outside of {}", application.primary);
        findings.push(Finding { weight: Weight::Slows, ..NOT_IN_FAILING.broken_by(component, found) });
    }
    if said.wanted().is_some_and(|wanted| wanted.values().all(|on| !on)) {
        findings.push(NONE_ON.broken_by(component, "it turns controls off and none on"));
    }
    findings
}
