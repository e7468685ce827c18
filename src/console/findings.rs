//! What was found about how ready the run is: what the plan itself shows, and what steps' prechecks refused. One list,
//! each finding with where it comes from. Pure.

use crate::plan::{ComponentName, Finding, Level, StepId, Weight, lint};
use crate::recovery::readiness::Before;
use crate::recovery::start::{self, Waived};
use crate::recovery::{Preflight, State, What};
use crate::service::readiness::{self, Rule};
use crate::service::{Check, Registry};
use crate::text::Clean;
use jiff::Timestamp;
use std::sync::Arc;

/// A finding and where it comes from.
#[derive(Clone, Debug)]
pub struct Found {
    /// What was found.
    pub finding: Finding,
    /// Where it comes from.
    pub origin: Origin,
    /// When the newest answer that it rests on came; absent when it rests on the plan alone.
    pub seen_at: Option<Timestamp>,
    /// Whether it is about being the very thing that the plan means: then no word passes it.
    pub identity: bool,
    /// Whether only the region that fails could tell.
    pub in_failing_region: bool,
    /// What comes of it in a recovery, and how often it is looked at, for a readiness rule.
    pub rule: Option<&'static Rule>,
    /// Whether it is of a readiness rule, known here or not.
    pub is_of_rule: bool,
    /// Until when and why it is lived with.
    pub waived: Option<Waived>,
    /// Since when it is as it is, as far as it was looked at, and how it was before.
    pub since: Option<Timestamp>,
    /// How it was before that.
    pub before: Option<Before>,
}

impl Found {
    fn of_plan(finding: Finding) -> Self {
        Self {
            finding,
            origin: Origin::Plan,
            seen_at: None,
            identity: false,
            in_failing_region: false,
            rule: None,
            is_of_rule: false,
            waived: None,
            since: None,
            before: None,
        }
    }

    fn asked(found: &start::Found, origin: Origin) -> Self {
        Self {
            finding: finding(&found.check, found.component.clone()),
            origin,
            seen_at: found.seen_at,
            identity: found.check.identity,
            in_failing_region: found.in_failing_region,
            rule: found.tier.and_then(|_| readiness::rule(&found.check.code)),
            is_of_rule: found.tier.is_some(),
            waived: found.waived.clone(),
            since: found.since,
            before: found.before.clone(),
        }
    }

    /// Whether it is what `other` was about, looked at again since.
    fn is_newer_than(&self, other: &Self) -> bool {
        match (&self.origin, &other.origin) {
            (Origin::Precheck(own), Origin::Preflight(Some(step)) | Origin::Judged(Some(step))) => {
                own == step && self.finding.code == other.finding.code
            }
            (Origin::Meanwhile, Origin::Preflight(None) | Origin::Judged(None)) => {
                let of = |found: &Self| (found.finding.code.clone(), found.finding.component.clone());
                other.is_of_rule && of(self) == of(other)
            }
            (Origin::Plan | Origin::Preflight(_) | Origin::Judged(_) | Origin::Precheck(_) | Origin::Meanwhile, _) => {
                false
            }
        }
    }

    /// What it means for the run.
    pub fn bearing(&self) -> Bearing {
        match (self.finding.level, self.finding.weight.blocks() && self.waived.is_none()) {
            (Level::Ok, _) => Bearing::Ok,
            (Level::Failing, true) => Bearing::Blocks,
            (Level::Unknown, true) => Bearing::Unknown,
            (Level::Failing | Level::Unknown, false) => Bearing::Costs,
        }
    }

    /// Smaller for what is worse: by what it means, by what it costs; what is of identity before what a word may pass, what
    /// the failing region alone could tell last.
    pub fn badness(&self) -> (Bearing, Weight, Level, bool, bool) {
        let Finding { weight, level, .. } = &self.finding;
        (self.bearing(), *weight, *level, !self.identity, self.in_failing_region)
    }
}

/// What a finding means for the run, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bearing {
    /// A step would be refused.
    Blocks,
    /// It would be, unless it turns out well.
    Unknown,
    /// It costs time, data or firmness.
    Costs,
    /// As wanted.
    Ok,
}

/// Where a finding comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// From the plan alone: no cloud was asked.
    Plan,
    /// From preflight: asked of the clouds before the start; of a step, where it is one's.
    Preflight(Option<StepId>),
    /// Asked anew of all that is left of a way back, at the decision to go; of a step, where it is one's.
    Judged(Option<StepId>),
    /// Looked at while the run went on, of what nothing was started of: it stands otherwise than before the start.
    Meanwhile,
    /// From what a step looked at before it would have acted.
    Precheck(StepId),
}

impl Origin {
    /// Where it comes from, in words.
    pub fn words(&self) -> String {
        match self {
            Self::Plan => "the plan alone: no cloud was asked".to_owned(),
            Self::Preflight(Some(step)) => format!("asked before the start, for {step}"),
            Self::Preflight(None) => "asked before the start".to_owned(),
            Self::Judged(Some(step)) => format!("asked anew at the decision to go back, for {step}"),
            Self::Judged(None) => "asked anew at the decision to go back".to_owned(),
            Self::Meanwhile => "it turned while the run went on".to_owned(),
            Self::Precheck(step) => format!("looked at before {step} would have acted"),
        }
    }
}

/// How many findings there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// That would refuse a step.
    pub block: usize,
    /// That would, and could not be told.
    pub unknown: usize,
    /// That refuse nothing.
    pub to_know: usize,
    /// As wanted.
    pub ok: usize,
}

/// Every finding. Copies share what they hold.
#[derive(Clone, Debug)]
pub struct Findings {
    plan: Arc<[Arc<Found>]>,
    /// What preflight found, and the very list it was read from.
    preflight: Arc<[Arc<Found>]>,
    read_from: Option<Arc<Preflight>>,
    /// What was found at the decision to go back, the very list it was read from, and when: it takes the place of what preflight
    /// found, which may be days old by then.
    judged: Arc<[Arc<Found>]>,
    judged_from: Option<(Arc<Preflight>, Timestamp)>,
    /// What turned while the run went on.
    meanwhile: Vec<Arc<Found>>,
    prechecks: Vec<Arc<Found>>,
    /// All of them, in the order of their places.
    all: Arc<[Arc<Found>]>,
    /// How often the list changed; what is drawn from it is as old as the count it was drawn at.
    pub changes: u64,
}

impl Findings {
    /// What the plan of the run shows, as `landfall check` tells it for the run's own intent.
    pub fn of(state: &State) -> Self {
        let found = lint::findings(&state.run.plan, &state.run.runbook, &Registry);
        let plan: Arc<[Arc<Found>]> = found.into_iter().map(Found::of_plan).map(Arc::new).collect();
        let (all, preflight) = (plan.clone(), Arc::default());
        let (meanwhile, prechecks) = (Vec::new(), Vec::new());
        let (judged, judged_from) = (Arc::default(), None);
        let mut findings =
            Self { plan, preflight, read_from: None, judged, judged_from, meanwhile, prechecks, all, changes: 0 };
        findings.read(state);
        findings
    }

    /// Takes in what has just happened; `state` is the run's state after it.
    pub fn take(&mut self, state: &State, what: &What) {
        if matches!(what, What::StepStarted { .. } | What::StepFailed { .. }) {
            self.read_prechecks(state);
        }
        if matches!(what, What::Preflight(_) | What::SessionOpened { .. }) {
            self.read_preflight(state);
        }
        if matches!(what, What::ReturnJudged(_) | What::SessionOpened { .. }) {
            self.read_judged(state);
        }
        if matches!(what, What::RulesTurned { .. }) {
            self.read_meanwhile(state);
        }
    }

    /// Takes everything as it stands in `state`.
    pub fn read(&mut self, state: &State) {
        self.read_prechecks(state);
        self.read_preflight(state);
        self.read_judged(state);
        self.read_meanwhile(state);
    }

    /// Takes what preflight found last; what it took from the plan alone is told already.
    fn read_preflight(&mut self, state: &State) {
        let is_read = match (&self.read_from, &state.preflight) {
            (Some(read), Some(now)) => Arc::ptr_eq(read, now),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        if is_read {
            return;
        }
        self.read_from.clone_from(&state.preflight);
        self.preflight = self.asked_of(state.preflight.as_deref(), Origin::Preflight);
        self.gather();
    }

    /// Takes what was found at the decision to go back.
    fn read_judged(&mut self, state: &State) {
        let is_read = match (&self.judged_from, &state.judged) {
            (Some((read, _)), Some((now, _))) => Arc::ptr_eq(read, now),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        if is_read {
            return;
        }
        self.judged_from.clone_from(&state.judged);
        self.judged = self.asked_of(state.judged.as_ref().map(|(found, _)| found.as_ref()), Origin::Judged);
        self.gather();
    }

    /// What the clouds were asked; what rests on the plan alone is told already.
    fn asked_of(&self, asked: Option<&Preflight>, origin: impl Fn(Option<StepId>) -> Origin) -> Arc<[Arc<Found>]> {
        let found = asked.into_iter().flat_map(Preflight::all);
        // What no cloud was asked for is here already; that something was not answered may have no time either.
        let is_of_plan = |found: &start::Found| {
            let says_it = |own: &Arc<Found>| {
                let (own, check) = (&own.finding, &found.check);
                own.code == check.code.as_str() && own.component == found.component && own.found == check.found
            };
            found.step.is_none() && found.seen_at.is_none() && self.plan.iter().any(says_it)
        };
        let asked = found.filter(|found| !is_of_plan(found));
        asked.map(|found| Found::asked(found, origin(found.step.clone()))).map(Arc::new).collect()
    }

    /// Takes what turned while the run went on.
    fn read_meanwhile(&mut self, state: &State) {
        let found: Vec<Arc<Found>> =
            state.meanwhile.found().map(|found| Arc::new(Found::asked(found, Origin::Meanwhile))).collect();
        if !(found.is_empty() && self.meanwhile.is_empty()) {
            self.meanwhile = found;
            self.gather();
        }
    }

    /// Takes the prechecks as they stand.
    fn read_prechecks(&mut self, state: &State) {
        let of_step = |place: usize| {
            let step = state.plan_step(place);
            let looked_at = state.steps[place].finished_at;
            state.steps[place].checks.iter().map(move |check| Found {
                finding: finding(check, Some(step.component.clone())),
                origin: Origin::Precheck(step.id.clone()),
                seen_at: looked_at,
                identity: check.identity,
                in_failing_region: false,
                rule: None,
                is_of_rule: false,
                waived: None,
                since: None,
                before: None,
            })
        };
        let prechecks: Vec<Arc<Found>> = (0..state.steps.len()).flat_map(of_step).map(Arc::new).collect();
        if !(prechecks.is_empty() && self.prechecks.is_empty()) {
            self.prechecks = prechecks;
            self.gather();
        }
    }

    /// Makes the list again. What was looked at since takes the place of what preflight found.
    fn gather(&mut self) {
        let judged_at = self.judged_from.as_ref().map(|(_, at)| *at);
        // What turned before all was asked anew is in that.
        let has_turned = |found: &&Arc<Found>| judged_at.is_none_or(|at| found.since.is_some_and(|since| since > at));
        let meanwhile = || self.meanwhile.iter().filter(has_turned);
        let is_old = |found: &Arc<Found>| self.prechecks.iter().chain(meanwhile()).any(|own| own.is_newer_than(found));
        let asked = if judged_at.is_some() { &self.judged } else { &self.preflight };
        let asked = asked.iter().filter(|found| !is_old(found));
        self.all = self.plan.iter().chain(asked).chain(&self.prechecks).chain(meanwhile()).cloned().collect();
        self.changes += 1;
    }

    /// The finding at `place`.
    pub fn get(&self, place: usize) -> Option<&Found> {
        self.all.get(place).map(Arc::as_ref)
    }

    /// Every finding, in the order of their places.
    pub fn iter(&self) -> impl Iterator<Item = &Found> {
        self.all.iter().map(Arc::as_ref)
    }

    /// How many there are of each bearing.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for found in self.iter() {
            match found.bearing() {
                Bearing::Blocks => counts.block += 1,
                Bearing::Unknown => counts.unknown += 1,
                Bearing::Costs => counts.to_know += 1,
                Bearing::Ok => counts.ok += 1,
            }
        }
        counts
    }
}

fn finding(check: &Check, component: Option<ComponentName>) -> Finding {
    Finding {
        code: check.code.as_str().to_owned(),
        component,
        level: check.level,
        weight: check.weight,
        found: check.found.clone(),
        wanted: check.wanted.clone(),
        fix: check.fix.clone(),
        source: Clean::default(),
    }
}
