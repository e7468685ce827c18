//! The start: the first typed yes of a run. Before it nothing is changed anywhere; it is given on what preflight found,
//! and says what is passed by a word and what is accepted ahead. Pure.

use super::command::Refusal;
use super::decide::Decision;
use super::event::What;
use super::readiness::Before;
use super::state::{State, Status};
use crate::plan::{ComponentName, Gate, Intent, Level, Step, StepId};
use crate::service::readiness::{self, Tier};
use crate::service::work::later;
use crate::service::{Check, Weight};
use crate::text::Clean;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What was found about the whole plan before its start, each list the worst first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Preflight {
    /// What would refuse a step: the start is refused, unless it is passed by a word.
    pub blocks: Vec<Found>,
    /// What could not be told.
    pub unknown: Vec<Found>,
    /// What is not as wanted and refuses nothing: it costs time, data or firmness.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warns: Vec<Found>,
    /// What is as wanted.
    pub ok: Vec<Found>,
}

/// What is said of a rule that is not known here.
pub const OF_ANOTHER: &str = "not known here: a rule of a later Landfall, or of a plug-in that is not here";

/// One thing that preflight found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// The step that it would refuse; absent for what is about the plan as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<StepId>,
    /// The component.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub component: Option<ComponentName>,
    /// What was asked, found and wanted.
    #[serde(flatten)]
    pub check: Check,
    /// When the oldest answer that it rests on came; absent when it rests on the plan alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen_at: Option<Timestamp>,
    /// Whether only the region that fails could tell: expected to be unknown in an outage.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub in_failing_region: bool,
    /// Whether it is unknown because the cloud said no to the question: it would say it to the step again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub refused: bool,
    /// How often it is looked at, for a readiness rule: that it cannot be told refuses no start, for no step asks for it.
    #[serde(default, deserialize_with = "later::tier", skip_serializing_if = "Option::is_none")]
    pub tier: Option<Tier>,
    /// Why, and until when, the plan lives with it; absent once that day is over, and where it is as wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waived: Option<Waived>,
    /// Since when it is as it is now, as far as it was looked at here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// How it was before that, where that says something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Before>,
}

/// A finding that is lived with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waived {
    /// The last day, in UTC.
    pub until: jiff::civil::Date,
    /// Why.
    pub why: Clean,
}

impl Found {
    /// About the plan as a whole, and known without a look.
    pub fn of(check: Check) -> Self {
        Self {
            step: None,
            component: None,
            check,
            seen_at: None,
            in_failing_region: false,
            refused: false,
            tier: None,
            waived: None,
            since: None,
            before: None,
        }
    }

    /// Whether it is of a rule that this Landfall does not know: of a later one, or of a plug-in that is not here.
    pub fn is_of_another(&self) -> bool {
        self.tier.is_some() && readiness::rule(&self.check.code).is_none()
    }

    /// The same, as far as it is known here: what another rule calls ok is not known to be.
    pub fn as_known(self) -> Self {
        if !self.is_of_another() || self.check.level != Level::Ok {
            return self;
        }
        let found = Clean::new(&format!("ok by a rule that this Landfall does not know: {}", self.check.found));
        Self { check: Check { level: Level::Unknown, found, ..self.check }, ..self }
    }

    /// Whether it keeps a plan from being ready: a recovery may be refused for it, or is told to lose more or take longer than
    /// was promised. What the failing region alone could tell is expected to be unknown.
    pub fn is_a_risk(&self) -> bool {
        let stands = self.check.level != Level::Ok && self.waived.is_none() && !self.in_failing_region;
        stands && self.check.weight <= Weight::Slows
    }

    /// Whether a word may pass it in a run of `intent`: it was told to be wrong, and is not about being the thing that the
    /// plan means; or, in an outage, the cloud refused to tell.
    pub fn may_be_passed(&self, intent: Intent) -> bool {
        let is_wrong = self.check.level == Level::Failing;
        let is_untold = self.check.level == Level::Unknown && self.refused && intent == Intent::Failover;
        !self.check.identity && (is_wrong || is_untold)
    }
}

impl Preflight {
    /// Sorts findings into what they mean for the start.
    pub fn sorted(found: Vec<Found>) -> Self {
        let mut preflight = Self::default();
        for found in found {
            let blocks = found.check.weight.blocks() && found.waived.is_none();
            let list = match (found.check.level, blocks) {
                (Level::Ok, _) => &mut preflight.ok,
                (Level::Failing, true) => &mut preflight.blocks,
                (Level::Unknown, true) => &mut preflight.unknown,
                (Level::Failing | Level::Unknown, false) => &mut preflight.warns,
            };
            list.push(found);
        }
        // What the failing region alone could tell is the least news in an outage.
        preflight.unknown.sort_by_key(|found| found.in_failing_region);
        preflight.blocks.sort_by_key(|found| !found.check.identity);
        preflight.warns.sort_by_key(|found| found.check.weight);
        preflight
    }

    /// The same, as far as it is known here ([`Found::as_known`]).
    pub fn as_known(&self) -> Self {
        if !self.ok.iter().any(Found::is_of_another) {
            return self.clone();
        }
        Self::sorted(self.all().cloned().map(Found::as_known).collect())
    }

    /// Whether the plan could run now.
    pub fn verdict(&self) -> Verdict {
        let risks = self.unknown.iter().chain(&self.warns).filter(|found| found.is_a_risk()).count();
        match (self.blocks.len(), risks) {
            (0, 0) => Verdict::Ready,
            (0, risks) => Verdict::AtRisk(risks),
            (blocks, _) => Verdict::NotReady(blocks),
        }
    }

    /// Everything that was found.
    pub fn all(&self) -> impl Iterator<Item = &Found> {
        self.blocks.iter().chain(&self.unknown).chain(&self.warns).chain(&self.ok)
    }

    /// Everything that was found, to say more of it.
    pub(super) fn all_mut(&mut self) -> impl Iterator<Item = &mut Found> {
        let Self { blocks, unknown, warns, ok } = self;
        blocks.iter_mut().chain(unknown).chain(warns).chain(ok)
    }

    /// Whether both say the same: what blocks or is unknown to the word, of the rest how it stands. Numbers that only
    /// grow with the clock are no news.
    pub fn is_same(&self, other: &Self) -> bool {
        let words = |found: &Found| Found { seen_at: None, since: None, before: None, ..found.clone() };
        let told = |preflight: &Self| preflight.blocks.iter().chain(&preflight.unknown).map(words).collect::<Vec<_>>();
        let stands = |found: &Found| (found.check.code.clone(), found.step.clone(), found.component.clone());
        let rest = |found: &[Found]| found.iter().map(stands).collect::<Vec<_>>();
        told(self) == told(other) && rest(&self.warns) == rest(&other.warns) && rest(&self.ok) == rest(&other.ok)
    }
}

/// Whether a plan could run now. There is no number between: a plan without its replica is not nearly ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Nothing is known to be in the way, and everything was told but for what the failing region alone could tell.
    Ready,
    /// So many things may be in the way, or are known to cost more time or data than was promised.
    AtRisk(usize),
    /// So many things would refuse it.
    NotReady(usize),
}

impl Verdict {
    /// The name for it, for other programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::AtRisk(_) => "at_risk",
            Self::NotReady(_) => "not_ready",
        }
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Ready => to.write_str("ready"),
            Self::AtRisk(risks) => write!(to, "at risk {risks}"),
            Self::NotReady(blocks) => write!(to, "not ready {blocks}"),
        }
    }
}

/// What a commander says at the start.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Start {
    /// The recovery region, as typed.
    pub typed: Clean,
    /// What is passed by a word although it blocks.
    pub despite: Vec<Despite>,
    /// Losses accepted ahead.
    pub accepted: Vec<Ahead>,
    /// Whether the points of no return are crossed by it.
    pub crosses: bool,
}

/// The start as it was given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Started {
    /// The recovery region, as typed.
    pub typed: Clean,
    /// What was passed by a word although it blocked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub despite: Vec<Despite>,
    /// Losses accepted ahead.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accepted: Vec<Ahead>,
    /// Whether the points of no return are crossed by it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub crosses: bool,
    /// What was unknown, and typed over, by its codes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<Clean>,
}

/// What a start passed of a step's checks, by their codes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Passed {
    /// With a reason: they refuse nothing any more.
    pub despite: Vec<Clean>,
    /// Because nobody could tell: that they still cannot be told refuses nothing, that they fail does.
    pub untold: Vec<Clean>,
}

/// A blocker passed by a word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Despite {
    /// Its code.
    pub code: Clean,
    /// Why.
    pub why: Clean,
}

/// A loss accepted ahead; above its number it is asked again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ahead {
    /// Of which store; of any when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub component: Option<ComponentName>,
    /// Up to so many seconds; any, the unknown one too, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most_seconds: Option<f64>,
    /// Why.
    pub reason: Clean,
}

impl Ahead {
    /// Whether it holds for a loss of `component` of so many seconds; `None` is unknown.
    pub fn covers(&self, component: &ComponentName, seconds: Option<f64>) -> bool {
        let of_it = self.component.as_ref().is_none_or(|own| own == component);
        let within = match (self.at_most_seconds, seconds) {
            (None, _) => true,
            (Some(most), Some(seconds)) => seconds <= most,
            (Some(_), None) => false,
        };
        of_it && within
    }
}

impl State {
    /// Whether nothing may be changed yet: the start was not given. A run in which nothing acts and nobody is asked to do
    /// anything needs none, nor does one of format 1, which did not know it.
    pub fn needs_start(&self) -> bool {
        let mut own = self.run.runbook.steps.iter().filter(|step| step.left_out.is_none());
        self.started.is_none() && self.run.version > 1 && own.any(|step| step.acts || self.is_work_of_a_person(step))
    }

    /// Whether somebody is asked to do it, which is an act too; not of one that was begun without a start, before it was.
    fn is_work_of_a_person(&self, step: &Step) -> bool {
        let begun = || self.place(&step.id).is_some_and(|place| self.steps[place].order.is_some());
        // Every row of a screen asks: most steps are told by their gates alone.
        step.gates.iter().any(|gate| matches!(gate, Gate::Manual { .. })) && !begun()
    }

    /// What the start passed of the checks of `step`: those that were found then and given a reason, and those that nobody
    /// could tell. What was as wanted then was not passed, whatever another step's finding of the same name was. Who a
    /// thing is, is never among the latter: what is not known to be the thing that the plan means is not acted on.
    pub fn passed(&self, step: &StepId) -> Passed {
        let (Some(started), Some(preflight)) = (&self.started, &self.preflight) else { return Passed::default() };
        let own = |found: &&Found| found.step.as_ref() == Some(step) && !found.check.identity;
        let code = |found: &Found| found.check.code.clone();
        let has_reason = |code: &Clean| started.start.despite.iter().any(|despite| despite.code == *code);
        let found = preflight.blocks.iter().chain(&preflight.unknown);
        Passed {
            despite: found.filter(own).map(code).filter(has_reason).collect(),
            untold: preflight.unknown.iter().filter(own).map(code).collect(),
        }
    }

    /// The blockers that stand in the way of a start: of steps that are gone on without, none.
    pub fn blockers(&self) -> Vec<&Found> {
        let Some(preflight) = &self.preflight else { return Vec::new() };
        let of_steps = preflight.unknown.iter().filter(|found| found.tier.is_none());
        let unknown = of_steps.filter(|found| match self.run.intent {
            // What gets no answer is typed over. What is refused would be refused behind the fence too.
            Intent::Failover => found.refused,
            // Nothing is urgent: what cannot be told is found out first.
            Intent::Switchover | Intent::Failback => true,
        });
        let counts = |found: &&Found| {
            found.step.as_ref().and_then(|step| self.step(step)).is_none_or(|(_, step)| step.status != Status::Skipped)
        };
        preflight.blocks.iter().chain(unknown).filter(counts).collect()
    }
}

impl State {
    /// What refuses the start whatever is said: of a switchover what is unknown, of any run another thing than the plan
    /// means.
    pub fn refusers(&self) -> Vec<&Found> {
        self.blockers().into_iter().filter(|found| !found.may_be_passed(self.run.intent)).collect()
    }
}

/// What a start means for the run.
///
/// # Errors
/// A [`Refusal`]: another region was typed, preflight is still under way, something blocks.
pub(super) fn start(state: &State, start: &Start) -> Result<Decision, Refusal> {
    if !state.needs_start() {
        let why = if state.started.is_some() { "the run is started already" } else { "the run needs no start" };
        return Err(Refusal::new(why, "go on with it: step by step, or in auto"));
    }
    typed(state, &start.typed, "start")?;
    let Some(preflight) = &state.preflight else {
        return Err(Refusal::new("preflight is still asking both regions", "it takes ten seconds at most"));
    };
    if let Some(empty) = start.despite.iter().find(|despite| despite.why.trim().is_empty()) {
        return Err(Refusal::new(format!("{} is passed without a reason", empty.code), "say why: the report shows it"));
    }
    let passed = |found: &&Found| {
        found.may_be_passed(state.run.intent) && start.despite.iter().any(|despite| despite.code == found.check.code)
    };
    let blockers = state.blockers();
    let left: Vec<&Found> = blockers.into_iter().filter(|found| !passed(found)).collect();
    if !left.is_empty() {
        return Err(blocked(&left, state.run.intent));
    }
    let started = Started {
        typed: Clean::new(start.typed.trim()),
        despite: start.despite.clone(),
        accepted: start.accepted.clone(),
        crosses: start.crosses,
        unknown: preflight.unknown.iter().map(|found| found.check.code.clone()).collect(),
    };
    Ok(Decision::event(What::Started(Box::new(started))))
}

/// Whether the recovery region was typed.
///
/// # Errors
/// A [`Refusal`] that says what to type.
pub(super) fn typed(state: &State, typed: &Clean, to: &str) -> Result<(), Refusal> {
    let wanted = &state.run.plan.application.recovery;
    if typed.trim() == wanted.as_str() {
        return Ok(());
    }
    let why = match typed.trim() {
        "" => "nothing was typed".to_owned(),
        other => format!("`{other}` is not the region this run brings up"),
    };
    Err(Refusal::new(why, format!("type {wanted} to {to}, or say --confirm {wanted} where nobody is asked")))
}

fn blocked(left: &[&Found], intent: Intent) -> Refusal {
    let fix = left.iter().map(|found| found.check.fix.as_str()).find(|fix| !fix.is_empty());
    let way = if left.iter().any(|found| found.check.identity && found.check.level == Level::Failing) {
        "what is another thing than the plan means is never passed: change the plan"
    } else if left.iter().any(|found| !found.may_be_passed(intent)) {
        "a switchover starts only when everything was told: what is unknown is never passed"
    } else {
        "mend it, or pass it by its code with a reason"
    };
    let clear = fix.map_or_else(|| way.to_owned(), |fix| format!("{fix}; {way}"));
    Refusal::new(format!("preflight blocks the start: {}", codes(left.iter().copied())), clear)
}

/// Findings by their codes, in the order of the first of each.
pub fn by_code<'a>(all: impl IntoIterator<Item = &'a Found>) -> Vec<(&'a str, Vec<&'a Found>)> {
    let mut codes: Vec<(&str, Vec<&Found>)> = Vec::new();
    for found in all {
        let code = found.check.code.as_str();
        match codes.iter_mut().find(|(known, _)| *known == code) {
            Some((_, own)) => own.push(found),
            None => codes.push((code, vec![found])),
        }
    }
    codes
}

/// The codes of findings, each once with how often it is there: `identity, rds-fence-name ×3`.
pub fn codes<'a>(all: impl IntoIterator<Item = &'a Found>) -> String {
    let mut codes: Vec<String> = by_code(all).into_iter().map(|(code, own)| times(code, own.len())).collect();
    codes.sort();
    codes.join(", ")
}

fn times(code: &str, count: usize) -> String {
    if count > 1 { format!("{code} ×{count}") } else { code.to_owned() }
}
