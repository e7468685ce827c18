//! Past runs, each in a line that is read off its journal and says nothing that the journal does not: how it ended and in what
//! time, who was waited for, how long each step took. Pure; who keeps the lines is the engine's.

pub mod drills;
pub mod estimates;
pub mod exercised;

pub use estimates::Estimates;
pub use exercised::Exercised;

use super::event::{CloudName, Event, RunOutcome, What};
use super::objective::seconds_between;
use super::score::score;
use super::state::{State, Status};
use super::verdict::Verdict;
use crate::plan::{Component, Intent, Plan, Region, StepId};
use crate::seal::token::{self, Part};
use crate::text::Clean;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The version of a line. One of another version is made again from its journal.
pub const PAST_VERSION: u32 = 2;

/// A run that ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Past {
    /// [`PAST_VERSION`].
    pub version: u32,
    /// The run's id.
    pub run: Clean,
    /// Its plan, by a hash: the same plan has the same, whatever its secrets.
    pub plan: Clean,
    /// The application.
    pub application: Clean,
    /// The region that was left.
    pub primary: Region,
    /// The region that it was brought up in.
    pub recovery: Region,
    /// What was done.
    pub intent: Intent,
    /// On what.
    pub cloud: CloudName,
    /// What answered in place of the real cloud.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<Clean>,
    /// The scenario of a drill, by its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scenario: Option<Clean>,
    /// Whether only a part of the plan was run.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub part: bool,
    /// Who drove it last.
    pub commander: Clean,
    /// The program that wrote its journal.
    pub program: Clean,
    /// When the incident was declared.
    pub declared_at: Timestamp,
    /// When it ended.
    pub ended_at: Timestamp,
    /// How it ended.
    pub outcome: RunOutcome,
    /// What that comes to, against what was promised.
    pub verdict: Verdict,
    /// Seconds from the declaration to the end.
    pub recovery_seconds: f64,
    /// Its recovery time objective, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rto_seconds: Option<f64>,
    /// The worst that a store was promoted over, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loss_seconds: Option<f64>,
    /// Seconds in which people were waited for.
    pub people_seconds: f64,
    /// Seconds in which the cloud was waited for.
    pub cloud_seconds: f64,
    /// Attempts that failed or were unknown, steps gone on without, ways back.
    pub mistakes: usize,
    /// The steps that were carried out and verified.
    pub steps: Vec<PastStep>,
}

/// A step that was carried out and verified.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PastStep {
    /// Which.
    pub step: StepId,
    /// Its component's kind.
    pub kind: Clean,
    /// What its component was, by a hash: another database of the same name has another.
    pub defined: Clean,
    /// Whether something was sent.
    pub acted: bool,
    /// When it was verified.
    pub at: Timestamp,
    /// How long it took, in seconds; absent where people, credentials or a new session were waited for in between.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
}

impl Past {
    /// The run that `events` tell of, if it has ended. What was left to be gone on with has not.
    pub fn of(events: &[Event]) -> Option<Self> {
        let (first, rest) = events.split_first()?;
        let mut state = State::open(first)?;
        let defined: BTreeMap<_, _> =
            state.run.plan.components.iter().map(|component| (component.name.clone(), defined(component))).collect();
        let mut watched: BTreeMap<usize, Watched> = BTreeMap::new();
        for event in rest {
            state.fold(event);
            watch(&state, &mut watched, event);
        }
        let outcome = state.ended.as_ref()?.outcome;
        if outcome == RunOutcome::Held || state.needs_start() {
            return None;
        }
        let score = score(events)?;
        let (run, application) = (&state.run, &state.run.plan.application);
        let steps = watched.into_iter().filter_map(|(place, watched)| {
            let (step, own) = (state.plan_step(place), &state.steps[place]);
            let at = watched.verified_at?;
            let whole = watched.is_whole;
            let acted = own.acted();
            // What held before anything was sent was not carried out.
            (acted || !step.acts).then(|| PastStep {
                step: step.id.clone(),
                kind: step.kind.clone(),
                defined: defined.get(&step.component).cloned().unwrap_or_default(),
                acted,
                at,
                seconds: whole.then(|| milliseconds(seconds_between(watched.started_at, at))),
            })
        });
        let mistakes = &score.mistakes;
        Some(Self {
            version: PAST_VERSION,
            run: run.run.clone(),
            plan: hash_of(&run.plan),
            application: application.name.clone(),
            primary: application.primary.clone(),
            recovery: application.recovery.clone(),
            intent: run.intent,
            cloud: run.cloud,
            endpoint: run.endpoint.clone(),
            scenario: run.drill.as_ref().and_then(|drill| scenario(drill.scenario.as_deref()?)),
            part: run.runbook.steps.iter().any(|step| step.left_out.is_some()),
            commander: state.commander.clone(),
            program: run.program.clone(),
            declared_at: run.declared_at,
            ended_at: score.ended_at,
            outcome,
            verdict: score.came_to.verdict(),
            recovery_seconds: milliseconds(score.came_to.recover_seconds),
            rto_seconds: application.rto_seconds,
            loss_seconds: score.came_to.worst_loss().and_then(|loss| loss.exposure.seconds).map(milliseconds),
            people_seconds: milliseconds(score.waiting.people_seconds),
            cloud_seconds: milliseconds(score.waiting.cloud_seconds),
            mistakes: mistakes.failed + mistakes.unknown + mistakes.skipped + mistakes.rollbacks,
            steps: steps.collect(),
        })
    }

    /// Whether it is of the same application, between the same regions.
    pub fn is_of(&self, plan: &Plan) -> bool {
        let application = &plan.application;
        self.application == application.name
            && self.primary == application.primary
            && self.recovery == application.recovery
    }
}

/// An attempt of a step as it goes.
struct Watched {
    started_at: Timestamp,
    /// Whether nothing but the cloud was waited for in it.
    is_whole: bool,
    verified_at: Option<Timestamp>,
}

/// Takes in one event; `state` is as it is after it.
fn watch(state: &State, watched: &mut BTreeMap<usize, Watched>, event: &Event) {
    let place = event.what.step().and_then(|step| state.place(step));
    match (&event.what, place) {
        (What::StepStarted { .. }, Some(place)) => {
            watched.insert(place, Watched { started_at: event.at, is_whole: true, verified_at: None });
        }
        (What::StepSucceeded { .. }, Some(place)) => {
            if let Some(own) = watched.get_mut(&place) {
                let is_verified = matches!(state.steps[place].status, Status::Succeeded { .. });
                own.verified_at = is_verified.then_some(event.at);
            }
        }
        (What::GateOpened { .. }, Some(place)) => {
            watched.entry(place).and_modify(|own| own.is_whole &= own.verified_at.is_some());
        }
        (What::SessionOpened { .. } | What::CredentialsExpired { .. }, _) => {
            watched.values_mut().for_each(|own| own.is_whole &= own.verified_at.is_some());
        }
        _ => {}
    }
}

/// To the millisecond: what is written down is read again as the very same.
fn milliseconds(seconds: f64) -> f64 {
    (seconds * 1_000.0).round() / 1_000.0
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

fn scenario(text: &str) -> Option<Clean> {
    toml::from_str::<Named>(text).ok().map(|named| Clean::new(&named.name))
}

/// What a component is, by a hash of its kind and its fields. Its name is its own: another's is another component. What is
/// sealed counts as being there, for its token is another in each run.
pub fn defined(component: &Component) -> Clean {
    // What it waits for, who owns it and what was promised of it make it no other thing.
    let bare =
        Component { needs: Vec::new(), tier: None, owner: None, description: None, approve: None, ..component.clone() };
    let bare = Component { rto_seconds: None, rpo_seconds: None, timeout_seconds: None, ..bare };
    hash_of(&bare)
}

fn hash_of(what: &impl Serialize) -> Clean {
    // A value of ours that has no JSON is equal to none.
    let Ok(text) = serde_json::to_string(what) else { return Clean::default() };
    let bare: String = token::parts(&text)
        .into_iter()
        .map(|part| match part {
            Part::Plain(text) => text,
            Part::Sealed(_) => "sealed",
        })
        .collect();
    let hash = Sha256::digest(bare.as_bytes());
    Clean::new(&hash[..8].iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    /// A real run of `shop` that ended at `day`, in which each step of `steps` took so many seconds.
    pub(crate) fn past(run: &str, cloud: CloudName, day: i64, steps: &[(&str, &str, f64)]) -> Past {
        let step = |(step, kind, seconds): &(&str, &str, f64)| PastStep {
            step: StepId::new(step),
            kind: Clean::new(kind),
            defined: "d".into(),
            acted: true,
            at: at(day * 86_400),
            seconds: Some(*seconds),
        };
        Past {
            version: PAST_VERSION,
            run: Clean::new(run),
            plan: "p".into(),
            application: "shop".into(),
            primary: "us-east-1".into(),
            recovery: "us-west-2".into(),
            intent: Intent::Failover,
            cloud,
            endpoint: None,
            scenario: None,
            part: false,
            commander: "ana".into(),
            program: "landfall".into(),
            declared_at: at(day * 86_400 - 600),
            ended_at: at(day * 86_400),
            outcome: RunOutcome::Completed,
            verdict: Verdict::Met,
            recovery_seconds: 600.0,
            rto_seconds: Some(900.0),
            loss_seconds: Some(1.0),
            people_seconds: 60.0,
            cloud_seconds: 540.0,
            mistakes: 0,
            steps: steps.iter().map(step).collect(),
        }
    }
}
