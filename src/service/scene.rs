//! A stage for tests of kinds: a plan of one component, what was seen, and what is known of the act.

use super::ask::{Ask, Place, Query};
use super::observation::{Observation, Seen, Silence, Unanswered};
use super::operation::{Act, Receipt};
use super::registry::{Context, Registry};
use super::work::{Asked, Check, Facts, Health, Looked, Outputs, Verdict, Work};
use crate::plan::{
    Application, Component, ComponentName, Fields, Finding, Intent, Plan, Problem, Runbook, Side, Step, StepId,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use std::collections::BTreeMap;

/// The component every scene is about.
pub(super) const NAME: &str = "it";

pub(super) struct Scene {
    pub plan: Plan,
    pub intent: Intent,
    pub outputs: BTreeMap<ComponentName, Outputs>,
    pub asked: Asked,
    pub sent: Option<Act>,
    pub before: Value,
    pub seen: Vec<Seen>,
    pub now: Timestamp,
    pub good_in_a_row: u32,
    pub good_since: Option<Timestamp>,
    pub past_the_point: bool,
    /// Whether the run may have promoted the other side.
    pub may_be_promoted: bool,
}

/// When every scene starts.
pub(super) fn start() -> Timestamp {
    Timestamp::from_second(1_800_000_000).expect("a time")
}

impl Scene {
    pub fn new(kind: &str, fields: Value) -> Self {
        let Value::Object(fields) = fields else { panic!("fields are a table") };
        let component = Component::plain(NAME, kind, Fields(fields));
        let application = Application {
            name: "storefront".into(),
            primary: "eu-west-1".into(),
            recovery: "eu-central-1".into(),
            rto_seconds: None,
            rpo_seconds: None,
            owner: None,
            description: None,
            healthy_for_seconds: None,
            follows_for_seconds: None,
            from_run: None,
        };
        Self {
            plan: Plan {
                application,
                accounts: BTreeMap::new(),
                components: vec![component],
                waivers: Vec::new(),
                drills: Default::default(),
                capture: Default::default(),
                sealed: Default::default(),
            },
            intent: Intent::Failover,
            outputs: BTreeMap::new(),
            asked: Asked::No,
            sent: None,
            before: Value::Null,
            seen: Vec::new(),
            now: start(),
            good_in_a_row: 0,
            good_since: None,
            past_the_point: false,
            may_be_promoted: true,
        }
    }

    pub fn component(&self) -> &Component {
        &self.plan.components[0]
    }

    pub fn kind(&self) -> &'static dyn super::registry::Service {
        Registry.service(self.component().kind.as_str()).expect("the kind is registered")
    }

    pub fn switchover(mut self) -> Self {
        self.intent = Intent::Switchover;
        self
    }

    pub fn failback(mut self) -> Self {
        self.intent = Intent::Failback;
        self
    }

    /// What the journal of the way there says of the component.
    pub fn with_run(mut self, told: Value) -> Self {
        self.plan.components[0].from_run = told.as_object().cloned();
        self
    }

    /// An earlier step of the component gave this.
    pub fn given(mut self, name: &str, value: &str) -> Self {
        self.outputs.entry(NAME.into()).or_default().insert(name.into(), value.into());
        self
    }

    pub fn place(&self, side: Side) -> Place {
        Place::of(self.component(), &self.plan.application, side)
    }

    /// `observation` was the answer; it takes the place of an earlier one.
    pub fn sees(mut self, side: Side, query: Query, observation: Observation) -> Self {
        self.answer(side, query, Ok(observation));
        self
    }

    /// There was no answer.
    pub fn hears_nothing(mut self, side: Side, query: Query) -> Self {
        let answer = Unanswered { because: Silence::NoAnswer, code: None, message: "no answer in 2 s".into() };
        self.answer(side, query, Err(answer));
        self
    }

    fn answer(&mut self, side: Side, query: Query, answer: Result<Observation, Unanswered>) {
        let ask = Ask { place: self.place(side), query };
        self.seen.retain(|seen| seen.ask != ask);
        self.seen.push(Seen { ask, at: self.now, answer });
    }

    /// The act was taken now, with a receipt that names `id`.
    pub fn taken(mut self, id: Option<&str>) -> Self {
        let receipt = Receipt { id: id.map(Into::into), exit: None };
        self.asked = Asked::Taken { at: self.now, receipt };
        self
    }

    /// The act was sent now, and its reply is lost.
    pub fn unanswered(mut self) -> Self {
        self.asked = Asked::Unanswered { at: self.now };
        self
    }

    pub fn later(mut self, seconds: i64) -> Self {
        self.now += SignedDuration::from_secs(seconds);
        self
    }

    pub fn before(mut self, before: Value) -> Self {
        self.before = before;
        self
    }

    pub fn facts(&self) -> Facts<'_> {
        Facts {
            now: self.now,
            started_at: start(),
            asked: &self.asked,
            sent: self.sent.as_ref(),
            before: &self.before,
            seen: &self.seen,
            good_in_a_row: self.good_in_a_row,
            good_since: self.good_since,
        }
    }

    pub fn runbook(&self) -> Runbook {
        Runbook::compile(&self.plan, self.intent, &Registry).expect("one component makes no circle")
    }

    pub fn step(&self, action: &str) -> Step {
        let id = StepId::of(&self.component().name, action);
        self.runbook().find(&id).unwrap_or_else(|| panic!("there is no step {action}")).1.clone()
    }

    fn context(&self) -> Context<'_> {
        Context {
            plan: &self.plan,
            intent: self.intent,
            component: self.component(),
            outputs: &self.outputs,
            begun_at: start(),
            past_the_point: self.past_the_point,
            may_be_promoted: self.may_be_promoted,
            run: "run",
            attempt: 1,
        }
    }

    pub fn work(&self, action: &str) -> Box<dyn Work> {
        self.kind().work(&self.step(action), &self.context())
    }

    /// The way back from `action`, by the scene's before-image and receipt.
    pub fn way_back(&self, action: &str) -> Option<Box<dyn Work>> {
        self.kind().compensation(&self.step(action), &self.context(), &self.before, self.asked.receipt())
    }

    pub fn goal(&self, action: &str) -> Verdict {
        self.work(action).goal(&self.facts())
    }

    pub fn act(&self, action: &str) -> Act {
        self.work(action).act(&self.facts()).unwrap_or_else(|| panic!("{action} sends nothing"))
    }

    pub fn image(&self, action: &str) -> Value {
        self.work(action).before_image(&self.facts())
    }

    /// The codes of the prechecks that refuse.
    pub fn refusals(&self, action: &str) -> Vec<String> {
        let is_refused = |check: &Check| check.level != crate::plan::Level::Ok;
        let checks = self.work(action).prechecks(&self.facts());
        checks.into_iter().filter(is_refused).map(|check| check.code.to_string()).collect()
    }

    /// How it is on `side`, by what the scene saw.
    pub fn health(&self, side: Side) -> Health {
        self.judged(self.kind().health(self.component(), &self.plan.application, side))
    }

    /// As [`Scene::health`], in the scene's run.
    pub fn health_in(&self, side: Side) -> Health {
        self.judged(self.kind().health_in(self.component(), &self.plan.application, side, start()))
    }

    fn judged(&self, looked: Option<Looked<Health>>) -> Health {
        looked.map_or_else(Health::nothing_here, |looked| (looked.judge)(&self.facts()))
    }

    /// What is asked for its health on `side`.
    pub fn watched(&self, side: Side) -> Vec<Ask> {
        self.kind().health(self.component(), &self.plan.application, side).map(|looked| looked.asks).unwrap_or_default()
    }

    pub fn problems(&self) -> Vec<Problem> {
        self.kind().problems(self.component())
    }

    pub fn findings(&self) -> Vec<String> {
        let findings: Vec<Finding> = self.kind().findings(self.component(), &self.plan.application);
        findings.into_iter().map(|finding| finding.code).collect()
    }
}

/// A verdict's name, for tables of them.
pub(super) fn name_of(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Holds { .. } => "holds",
        Verdict::Moving { .. } => "moving",
        Verdict::Untouched { .. } => "untouched",
        Verdict::Bad { .. } => "bad",
        Verdict::Unknown { .. } => "unknown",
    }
}

/// What a verdict gives to others; nothing unless it holds.
pub(super) fn given_by(verdict: &Verdict) -> Outputs {
    match verdict {
        Verdict::Holds { outputs, .. } => outputs.clone(),
        Verdict::Moving { .. } | Verdict::Untouched { .. } | Verdict::Bad { .. } | Verdict::Unknown { .. } => {
            Outputs::new()
        }
    }
}

/// What a verdict says to the commander.
pub(super) fn words_of(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Holds { evidence: words, .. }
        | Verdict::Moving { note: words, .. }
        | Verdict::Untouched { note: words }
        | Verdict::Bad { reason: words, .. }
        | Verdict::Unknown { why: words, .. } => words.to_string(),
    }
}
