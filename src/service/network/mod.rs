//! `network`: the recovery region's VPC and subnets are there, have addresses left, and their rules and routes let through what
//! the application needs. Changes nothing. It tells what the rules allow, not that a packet passed.

mod cidr;
pub(super) mod fields;
pub(super) mod launched;
mod open;
mod reach;
mod readiness;
mod ready;
#[cfg(test)]
mod tests;
pub(super) mod words;

use super::blocked::{Blocked, Unnamed};
use super::grants::{ANY, Grant};
use super::readiness::Rule;
use super::registry::{Context, Service};
use super::resolve::has_reference;
use super::turned::{self, Done, Turned};
use super::work::{Health, Looked, Work};
use crate::plan::{Application, Component, Draft, Field, Intent, Kind, Plan, Problem, Side, Step};
use fields::Said;
use ready::Ready;

/// The kind.
pub struct Network;

impl Kind for Network {
    fn name(&self) -> &'static str {
        "network"
    }
    fn about(&self) -> &'static str {
        "verifies that a VPC and its subnets are there, with addresses left, and let through what is needed"
    }
    fn fields(&self) -> &'static [Field] {
        Said::FIELDS
    }
    fn outputs(&self) -> &'static [&'static str] {
        &["vpc", "subnets"]
    }
    fn problems(&self, component: &Component) -> Vec<Problem> {
        fields::problems(component)
    }
    fn steps(&self, component: &Component, _application: &Application, _intent: Intent) -> Vec<Draft> {
        let title = format!("see that {} is there and open", component.name);
        vec![Draft::look("ready", title, Side::Recovery, 5.0, 120.0)]
    }
}

impl Service for Network {
    fn work(&self, step: &Step, context: &Context<'_>) -> Box<dyn Work> {
        let ready = match Ready::of(context.component, &context.plan.application) {
            Ok(ready) => ready,
            Err(missing) => return Box::new(Blocked::missing(missing)),
        };
        if let Some(unnamed) = Unnamed::of(&ready.named()) {
            return Box::new(unnamed);
        }
        match step.id.action() {
            "ready" => Box::new(ready),
            _ => Box::new(Blocked::unknown_step(step)),
        }
    }
    fn health(&self, component: &Component, application: &Application, side: Side) -> Option<Looked<Health>> {
        let ready = Ready::of(component, application).ok()?;
        let is_known = !ready.named().iter().any(|(_, text)| has_reference(text));
        (side == Side::Recovery && is_known).then(|| ready.looked())
    }

    fn rules(&self) -> &'static [&'static Rule] {
        readiness::RULES
    }
    fn readiness(&self, component: &Component, plan: &Plan) -> Vec<super::readiness::Ready> {
        let said = Said::of(&component.fields);
        said.map(|said| readiness::of(&said, component, &plan.application)).unwrap_or_default()
    }

    fn turned(&self, component: &Component, done: &Done<'_>) -> Result<Turned, String> {
        Ok(turned::looked(component, done))
    }

    fn grants(&self) -> &'static [Grant] {
        const REACH: &[&str] = &["ec2:DescribeNatGateways", "ec2:DescribeRouteTables", "ec2:DescribeVpcEndpoints"];
        const {
            &[
                Grant::look(&["ec2:DescribeVpcs"], ANY),
                Grant::look(&["ec2:DescribeSubnets"], ANY).with("subnets"),
                Grant::look(&["ec2:DescribeSecurityGroups"], ANY).with("security_groups"),
                Grant::look(&["ec2:DescribeNetworkAcls", "ec2:DescribeSecurityGroups"], ANY).with("open"),
                Grant::look(REACH, ANY).with("reach"),
            ]
        }
    }

    fn example(&self) -> serde_json::Value {
        serde_json::json!({
            "vpc": "shop-west",
            "subnets": ["app-a", "app-b"],
            "free_addresses": 20,
            "security_groups": ["web", "db"],
            "open": [{ "from": "web", "to": "db", "port": 5432 }],
            "reach": ["ecr", "secretsmanager", "logs"],
        })
    }
}
