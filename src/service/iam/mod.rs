//! `iam`: a role is there, may be taken on by who has to, and may do what the recovery region asks of it. Changes nothing.
//! IAM has one control plane a partition: in a failover from its region nothing waits for it.

mod bound;
pub(super) mod fields;
pub(super) mod policy;
mod role;
#[cfg(test)]
mod tests;
pub(super) mod trust;
pub(super) mod words;

use super::blocked::{Blocked, Unnamed};
use super::grants::{Grant, On};
use super::readiness::Rule;
use super::registry::{Context, Service};
use super::resolve::has_reference;
use super::turned::{self, Done, Turned};
use super::work::{Health, Looked, Work};
use crate::plan::{
    Application, Component, Draft, Field, Finding, Global, Home, Intent, Kind, Plan, Problem, Side, Step,
};
use fields::Said;
use role::Ready;

/// The kind.
pub struct Iam;

/// With a path before its name or without.
const ROLE: &[On] = &[On::Named("iam::{account}:role/{role}"), On::Named("iam::{account}:role/*/{role}")];

const HOME: Home = Home::Global {
    of: Global::Iam,
    instead: "look at the role beforehand: what is allowed goes on being allowed, IAM's data plane is every region's own",
};

impl Kind for Iam {
    fn name(&self) -> &'static str {
        "iam"
    }
    fn about(&self) -> &'static str {
        "verifies that a role is there, may be taken on, and is allowed what it has to do in the recovery region"
    }
    fn fields(&self) -> &'static [Field] {
        Said::FIELDS
    }
    fn outputs(&self) -> &'static [&'static str] {
        &["arn"]
    }
    fn problems(&self, component: &Component) -> Vec<Problem> {
        fields::problems(component)
    }
    fn findings(&self, component: &Component, application: &Application) -> Vec<Finding> {
        fields::findings(component, application)
    }
    fn steps(&self, component: &Component, application: &Application, intent: Intent) -> Vec<Draft> {
        let title = format!("see what {} may do", component.name);
        let look = Draft::look("ready", title, Side::Recovery, 3.0, 60.0).at_home(HOME);
        let fails = intent == Intent::Failover && Global::Iam.home(&application.primary) == application.primary;
        vec![if fails { look.beside() } else { look }]
    }
}

impl Service for Iam {
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

    fn turned(&self, component: &Component, done: &Done<'_>) -> Result<Turned, String> {
        Ok(turned::looked(component, done))
    }

    fn rules(&self) -> &'static [&'static Rule] {
        bound::RULES
    }
    fn readiness(&self, component: &Component, plan: &Plan) -> Vec<super::readiness::Ready> {
        bound::of(component, plan).into_iter().collect()
    }

    fn grants(&self) -> &'static [Grant] {
        const {
            &[
                Grant::look(&["iam:GetRole"], ROLE),
                Grant::look(&["iam:SimulatePrincipalPolicy"], ROLE).with("may"),
                Grant::look(&["iam:ListRolePolicies", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies"], ROLE),
                // Whichever are attached to it, AWS's own among them.
                Grant::look(&["iam:GetPolicy", "iam:GetPolicyVersion"], &[On::Made("iam::*:policy/*")]),
            ]
        }
    }

    fn example(&self) -> serde_json::Value {
        serde_json::json!({
            "role": "task",
            "may": ["s3:GetObject"],
            "on": ["arn:aws:s3:::shop-west/*"],
            "trusts": ["ecs-tasks.amazonaws.com"],
        })
    }
}
