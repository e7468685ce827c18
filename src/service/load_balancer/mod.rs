//! `load-balancer`: enough healthy targets stand behind this very load balancer of the recovery region. Changes nothing.

mod healthy;
pub(in crate::service) mod own;
pub(super) mod seen;
#[cfg(test)]
mod tests;
pub(super) mod words;

use super::arn::{self, Thing};
use super::blocked::{Blocked, Unnamed};
use super::grants::{ANY, Grant};
use super::registry::{Context, Service};
use super::say::Rule;
use super::turned::{self, Done, Turned};
use super::work::{Health, Looked, Work};
use crate::plan::fields::fields;
use crate::plan::{Application, Component, Draft, Field, Finding, Intent, Kind, Problem, Side, Step, Weight};
use healthy::Healthy;

/// The kind.
pub struct LoadBalancer;

fields! {
    /// What a plan says of a load balancer.
    pub(crate) struct Said {
        required name: Text, "the load balancer in the recovery region, by name or ARN";
        required target_group: Text, "its target group in the recovery region, by name or ARN";
        optional healthy: Within(0, 10_000) = 1, "how many healthy targets are enough; 1 by default";
    }
}

impl Said {
    /// What may be given by ARN.
    fn named(&self) -> [(&'static str, &str); 2] {
        [("name", &self.name), ("target_group", &self.target_group)]
    }
}

static ELSEWHERE: Rule = Rule {
    code: "lb-place",
    wanted: "ARNs of the recovery region",
    fix: "give the ARN of the thing in that region, or its name",
    source: "Elastic Load Balancing finds nothing of another region",
};

impl Kind for LoadBalancer {
    fn name(&self) -> &'static str {
        "load-balancer"
    }
    fn about(&self) -> &'static str {
        "verifies that a load balancer is active and has enough healthy targets in its target group"
    }
    fn fields(&self) -> &'static [Field] {
        Said::FIELDS
    }
    fn outputs(&self) -> &'static [&'static str] {
        &["dns_name", "zone_id"]
    }
    fn problems(&self, component: &Component) -> Vec<Problem> {
        let Ok(said) = Said::of(&component.fields) else { return Vec::new() };
        let mut problems = Vec::new();
        if said.healthy == 0 {
            problems.push(Problem::at("healthy", "no healthy target at all is asked for", "1 or more; 1 by default"));
        }
        for ((field, given), thing) in said.named().into_iter().zip([Thing::LoadBalancer, Thing::TargetGroup]) {
            let mistake = thing.mistake(given);
            problems.extend(mistake.map(|message| Problem::at(field, message, "give its name, or its whole ARN")));
        }
        problems
    }
    fn findings(&self, component: &Component, application: &Application) -> Vec<Finding> {
        let Ok(said) = Said::of(&component.fields) else { return Vec::new() };
        let region = application.region(Side::Recovery);
        let strange = said.named().into_iter().find_map(|(field, given)| {
            arn::elsewhere(given, region)
                .map(|elsewhere| format!("{field} is in {elsewhere}, and looked for in {region}"))
        });
        let finding = |found: String| Finding { weight: Weight::Blocks, ..ELSEWHERE.broken_by(component, found) };
        strange.map(finding).into_iter().collect()
    }
    fn steps(&self, component: &Component, _application: &Application, _intent: Intent) -> Vec<Draft> {
        let title = format!("wait for healthy targets of {}", component.name);
        vec![Draft::look("healthy", title, Side::Recovery, 60.0, 600.0)]
    }
}

impl Service for LoadBalancer {
    fn work(&self, step: &Step, context: &Context<'_>) -> Box<dyn Work> {
        let said = match Said::of(&context.component.fields) {
            Ok(said) => said,
            Err(missing) => return Box::new(Blocked::missing(missing)),
        };
        if let Some(unnamed) = Unnamed::of(&said.named()) {
            return Box::new(unnamed);
        }
        match step.id.action() {
            "healthy" => Box::new(Healthy::of(said, context.component, &context.plan.application)),
            _ => Box::new(Blocked::unknown_step(step)),
        }
    }
    fn health(&self, component: &Component, application: &Application, side: Side) -> Option<Looked<Health>> {
        (side == Side::Recovery).then(|| match Said::of(&component.fields) {
            Ok(said) => Healthy::of(said, component, application).looked(),
            Err(missing) => Looked::not_told(missing.to_string()),
        })
    }

    fn turned(&self, component: &Component, done: &Done<'_>) -> Result<Turned, String> {
        Ok(turned::looked(component, done))
    }

    fn grants(&self) -> &'static [Grant] {
        const {
            &[Grant::look(
                &[
                    "elasticloadbalancing:DescribeListeners",
                    "elasticloadbalancing:DescribeLoadBalancers",
                    "elasticloadbalancing:DescribeRules",
                    "elasticloadbalancing:DescribeTargetGroups",
                    "elasticloadbalancing:DescribeTargetHealth",
                ],
                ANY,
            )]
        }
    }

    fn example(&self) -> serde_json::Value {
        serde_json::json!({ "name": "lb", "target_group": "api" })
    }
}
