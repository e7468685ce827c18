//! The kinds there are, one row each, and what the floors above ask of a kind.

use super::ask::Ask;
use super::grants::{Grant, Hole, of_field};
use super::observation::LagSample;
use super::operation::Receipt;
use super::readiness::{self, Ready, Rule};
use super::turned::{self, Done, Turned};
use super::work::{Facts, Health, Looked, Outputs, Work};
use super::{
    accelerator, alarm, aurora, automation, autoscaling, certificate, command, dynamodb, ecs, elasticache, http, iam,
    invoke, kms, lambda, load_balancer, manual, network, nodegroup, parameter, plugin, queue, rds, rds_restore,
    route53, routing_control, rule, s3, schedule, secret, switch, tcp, terraform,
};
use crate::plan::plugin::parts;
use crate::plan::{Application, Component, ComponentName, Intent, Kind, Kinds, Plan, Side, Step};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// What a kind must answer beside what the plan asks of it ([`Kind`]).
pub trait Service: Kind {
    /// The work of one of this kind's steps.
    fn work(&self, step: &Step, context: &Context<'_>) -> Box<dyn Work>;

    /// What takes the step back, from the before-image and the reply in the journal; `None` when nothing can.
    fn compensation(
        &self,
        _step: &Step,
        _context: &Context<'_>,
        _before: &serde_json::Value,
        _receipt: Option<&Receipt>,
    ) -> Option<Box<dyn Work>> {
        None
    }

    /// Whether the step called `action` is done without what the plan's fields take from other components: before they have
    /// given it.
    fn is_before_the_others(&self, _action: &str) -> bool {
        false
    }

    /// The component on the way back, from what the journal of a failover says was done for it.
    ///
    /// # Errors
    /// Why there is no way back of it: it is refused by that, never passed over.
    fn turned(&self, component: &Component, done: &Done<'_>) -> Result<Turned, String> {
        if done.acted() {
            return Err(format!("nothing takes the kind `{}` back yet", self.name()));
        }
        let (kind, name, region) = (self.name(), &component.name, &done.application.primary);
        Ok(turned::by_hand(component, format!("See that {name} ({kind}) is as it should be in {region}")))
    }

    /// The question for its replication lag, for kinds that hold data.
    fn lag(&self, _component: &Component, _application: &Application) -> Option<Ask> {
        None
    }

    /// What a lag `sample` is worth by what else was seen of it on both sides; [`Facts::started_at`] is when the run began.
    fn weigh_lag(
        &self,
        _component: &Component,
        _application: &Application,
        sample: LagSample,
        _facts: &Facts<'_>,
    ) -> LagSample {
        sample
    }

    /// The question for the newest lines of its log in the recovery region, where the plan names one.
    fn log(&self, _component: &Component, _application: &Application, _since: Timestamp) -> Option<Ask> {
        None
    }

    /// How it is on `side`: what to look at, and what that means; `None` where there is nothing of it to look at.
    fn health(&self, _component: &Component, _application: &Application, _side: Side) -> Option<Looked<Health>> {
        None
    }

    /// As [`Service::health`], in a run that began at `_begun_at`: what its fences have made of the primary side is told too.
    fn health_in(
        &self,
        component: &Component,
        application: &Application,
        side: Side,
        _begun_at: Timestamp,
    ) -> Option<Looked<Health>> {
        self.health(component, application, side)
    }

    /// Whether it is asked for by a name that either region may answer: before the cut-over it says nothing of this one.
    fn is_asked_by_name(&self) -> bool {
        false
    }

    /// The readiness rules of the kind: what no step asks about.
    fn rules(&self) -> &'static [&'static Rule] {
        &[]
    }

    /// Those of its rules that a component is held to, with what each asks: looked at before a run, beside its steps' prechecks.
    fn readiness(&self, _component: &Component, _plan: &Plan) -> Vec<Ready> {
        Vec::new()
    }

    /// What its calls need in IAM.
    fn grants(&self) -> &'static [Grant] {
        &[]
    }

    /// What stands in the hole `name` of what its grants are on: what `component` says at that field, unless it is known
    /// better.
    fn hole(&self, component: &Component, name: &str) -> Hole {
        of_field(component, name)
    }

    /// The fields of a component that has every step the kind can have: what a user starts from, and what the tests of all
    /// kinds hold it to.
    fn example(&self) -> serde_json::Value;
}

/// What a step's work is made from.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// What the runbook was compiled for: a switchover asks more of the healthy side than a failover can.
    pub intent: Intent,
    /// The step's component, every `${…}` resolved.
    pub component: &'a Component,
    /// When the run began: what a run names carries this time.
    pub begun_at: Timestamp,
    /// Whether going back goes past a store's point of no return, by a decision of its own.
    pub past_the_point: bool,
    /// Whether this run may have promoted the component's other side, which a way back then does not let write beside this one.
    pub may_be_promoted: bool,
    /// The run's id, and the attempt of the step: what is written under a token of its own is known by them.
    pub run: &'a str,
    /// The first is 1.
    pub attempt: u32,
    /// What the components verified so far give, by component; a step finds what earlier steps of its own component gave too.
    pub outputs: &'a BTreeMap<ComponentName, Outputs>,
}

/// The kinds of this program.
#[derive(Clone, Copy, Debug, Default)]
pub struct Registry;

/// One row a kind.
static KINDS: &[&dyn Service] = &[
    &rds::Rds,
    &rds_restore::RdsRestore,
    &aurora::Aurora,
    &elasticache::ElastiCache,
    &parameter::Parameter,
    &secret::Secret,
    &kms::Kms,
    &dynamodb::DynamoDb,
    &s3::S3,
    &ecs::Ecs,
    &autoscaling::AutoScaling,
    &nodegroup::Nodegroup,
    &lambda::Lambda,
    &rule::EventBridgeRule,
    &schedule::Schedule,
    &queue::Queue,
    &load_balancer::LoadBalancer,
    &route53::Route53,
    &certificate::Certificate,
    &switch::Switch,
    &accelerator::Accelerator,
    &routing_control::RoutingControl,
    &network::Network,
    &iam::Iam,
    &alarm::Alarm,
    &automation::Runbook,
    &invoke::Invoke,
    &http::Http,
    &tcp::Tcp,
    &command::Command,
    &terraform::Terraform,
    &manual::Manual,
];

impl Registry {
    /// The kind called `name`; of one that another program brings (`NAME/KIND`) what is the same for all of those.
    pub fn service(&self, name: &str) -> Option<&'static dyn Service> {
        if parts(name).is_some() {
            return Some(&plugin::Plugin);
        }
        KINDS.iter().copied().find(|kind| kind.name() == name)
    }
}

impl Registry {
    /// Every kind, in the order of the documentation.
    pub fn services(&self) -> impl Iterator<Item = &'static dyn Service> {
        KINDS.iter().copied()
    }
}

impl Kinds for Registry {
    fn find(&self, name: &str) -> Option<&dyn Kind> {
        self.service(name).map(|kind| kind as &dyn Kind)
    }
    fn names(&self) -> Vec<&'static str> {
        KINDS.iter().map(|kind| kind.name()).collect()
    }
    fn rules(&self) -> Vec<&'static str> {
        readiness::rules().map(|rule| rule.code).collect()
    }
}
