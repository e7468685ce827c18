//! `nodegroup`: a managed node group of an EKS cluster in the recovery region gets its nodes. Knows nothing of how EKS is
//! called, and nothing of what runs on the nodes: the cluster's own API tells that.

pub(super) mod fields;
mod scale;
#[cfg(test)]
mod tests;
pub(super) mod words;

use super::ask::Place;
use super::autoscaling::quota;
use super::blocked::{Blocked, Unnamed};
use super::grants::{ANY, Grant, On};
use super::operation::Receipt;
use super::readiness::{Ready, Rule};
use super::registry::{Context, Service};
use super::resolve::has_reference;
use super::turned::{Done, Turned, is_away, own_side, said as said_of};
use super::work::{Health, HealthLevel, Image, Look, Looked, Work};
use crate::plan::{Application, Component, Draft, Field, Finding, Intent, Kind, Plan, Problem, Side, Step, Undo, When};
use fields::Said;
use scale::{Scale, Wanted, Was};

/// The kind.
pub struct Nodegroup;

static RULES: &[&Rule] = &[&quota::INSTANCES];

/// Where a failback is told how it was before.
const BEFORE: &str = "before";

impl Kind for Nodegroup {
    fn name(&self) -> &'static str {
        "nodegroup"
    }
    fn about(&self) -> &'static str {
        "scales a managed node group of an EKS cluster, never down, and verifies nodes in service; what runs on them another component verifies"
    }
    fn fields(&self) -> &'static [Field] {
        Said::FIELDS
    }
    fn outputs(&self) -> &'static [&'static str] {
        &[]
    }
    fn problems(&self, component: &Component) -> Vec<Problem> {
        fields::problems(component)
    }
    fn findings(&self, component: &Component, _application: &Application) -> Vec<Finding> {
        fields::findings(component)
    }
    fn steps(&self, component: &Component, _application: &Application, intent: Intent) -> Vec<Draft> {
        let Ok(said) = Said::of(&component.fields) else { return Vec::new() };
        if is_away(component) {
            let title = format!("make the nodes of {} what they were", component.name);
            let standby = Draft::act("standby", title, Side::Primary, Undo::Reversible, 240.0, 1800.0);
            return said_of(component, BEFORE).map(|_| standby.after_the_return()).into_iter().collect();
        }
        let title = format!("scale the nodes of {} to {}", component.name, said.desired);
        let scale = Draft::act("scale", title, Side::Recovery, Undo::Reversible, 240.0, 1800.0);
        // On the way back nobody is moved before it has its nodes; what another gives is known behind that only.
        let is_known = Unnamed::of(&[("cluster", &said.cluster), ("nodegroup", &said.nodegroup)]).is_none();
        vec![if intent == Intent::Failback && is_known { scale.at(When::Warm) } else { scale }]
    }
}

impl Service for Nodegroup {
    fn work(&self, step: &Step, context: &Context<'_>) -> Box<dyn Work> {
        let said = match Said::of(&context.component.fields) {
            Ok(said) => said,
            Err(missing) => return Box::new(Blocked::missing(missing)),
        };
        if let Some(unnamed) = Unnamed::of(&[("cluster", &said.cluster), ("nodegroup", &said.nodegroup)]) {
            return Box::new(unnamed);
        }
        let wanted = Wanted::AtLeast { min: said.min, max: said.max, desired: said.desired };
        match step.id.action() {
            "scale" => Box::new(scaled(context, &said, wanted)),
            "standby" => match said_of(context.component, BEFORE).and_then(Image::of_journal) {
                Some(was) => Box::new(scaled(context, &said, Wanted::Back(was))),
                None => Box::new(Blocked::because("nothing says how it was before")),
            },
            _ => Box::new(Blocked::unknown_step(step)),
        }
    }

    fn compensation(
        &self,
        step: &Step,
        context: &Context<'_>,
        before: &serde_json::Value,
        _receipt: Option<&Receipt>,
    ) -> Option<Box<dyn Work>> {
        let said = Said::of(&context.component.fields).ok()?;
        let back = scaled(context, &said, Wanted::Back(Image::of_journal(before)?));
        matches!(step.id.action(), "scale" | "standby").then(|| Box::new(back) as Box<dyn Work>)
    }

    fn health(&self, component: &Component, application: &Application, side: Side) -> Option<Looked<Health>> {
        let said = Said::of(&component.fields).ok()?;
        if side != own_side(component) || has_reference(&said.cluster) || has_reference(&said.nodegroup) {
            return None;
        }
        let place = Place::of(component, application, side);
        let want = words::nodegroup(&place, &said.cluster.into(), &said.nodegroup.into());
        Some(Looked::new([want.ask.clone()], move |facts| match facts.see(&want) {
            Look::NotTold(why) => Health::not_told(why),
            Look::Absent => Health::new(HealthLevel::Down, "no such node group"),
            Look::There(now) if !now.issues.is_empty() => Health::new(HealthLevel::Degraded, now.issues[0].as_str()),
            Look::There(now) => match now.in_service {
                None => Health::not_told("its Auto Scaling groups are not told"),
                Some(there) => {
                    Health::of_size(there, now.desired, format!("{there}/{} nodes, {}", now.desired, now.status))
                }
            },
        }))
    }

    /// Nothing of the other side is named, and nothing was done there: it becomes what it was.
    fn turned(&self, component: &Component, done: &Done<'_>) -> Result<Turned, String> {
        let said = Said::of(&component.fields).map_err(|missing| missing.to_string())?;
        let mut turned = Turned::of(component).away();
        let region = &done.application.recovery;
        match done.step("scale").filter(|scale| scale.is_verified) {
            None => return Err(format!("it is not verified how {} of {region} is", said.nodegroup)),
            Some(scale) if !scale.acted => turned.notes.push("that run did not scale it: it stays as it is".to_owned()),
            Some(scale) => {
                let Some(Was { min, max, desired }) = Was::of_journal(scale.before) else {
                    return Err(format!("the journal does not say how {} was before it was scaled", said.nodegroup));
                };
                turned.said(BEFORE, scale.before.clone());
                turned
                    .notes
                    .push(format!("{} of {region} had {desired} nodes of {min} to {max} before", said.nodegroup));
            }
        }
        Ok(turned)
    }

    fn rules(&self) -> &'static [&'static Rule] {
        RULES
    }

    fn readiness(&self, component: &Component, plan: &Plan) -> Vec<Ready> {
        quota::of(component, plan).into_iter().collect()
    }

    // Its ARN has a number that only EKS knows.
    fn grants(&self) -> &'static [Grant] {
        const ONE: &[On] = &[On::Named("eks:{place}:nodegroup/{cluster}/{nodegroup}/*")];
        const CHANGE: &[On] =
            &[On::Named("eks:{place}:cluster/{cluster}"), On::Named("eks:{place}:nodegroup/{cluster}/{nodegroup}/*")];
        const {
            &[
                Grant::look(&["eks:DescribeNodegroup"], ONE),
                Grant::look(
                    &[
                        "autoscaling:DescribeAutoScalingGroups",
                        "ec2:DescribeInstanceTypes",
                        "ec2:DescribeLaunchTemplateVersions",
                        "servicequotas:GetServiceQuota",
                        "servicequotas:GetAWSDefaultServiceQuota",
                        "cloudwatch:GetMetricData",
                    ],
                    ANY,
                ),
                Grant::look_for("scale", &["eks:DescribeUpdate"], CHANGE),
                Grant::act("scale", &["eks:UpdateNodegroupConfig"], ONE),
                // Of a failback.
                Grant::look_for("standby", &["eks:DescribeUpdate"], CHANGE),
                Grant::act("standby", &["eks:UpdateNodegroupConfig"], ONE),
            ]
        }
    }

    fn example(&self) -> serde_json::Value {
        serde_json::json!({ "cluster": "shop", "nodegroup": "web", "desired": 3, "min": 2, "max": 6 })
    }
}

fn scaled(context: &Context<'_>, said: &Said, wanted: Wanted) -> Scale {
    Scale {
        place: Place::of(context.component, &context.plan.application, own_side(context.component)),
        cluster: said.cluster.as_str().into(),
        nodegroup: said.nodegroup.as_str().into(),
        wanted,
    }
}
