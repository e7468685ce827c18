//! What a store lost, or would lose if it were promoted, or its copy gone over to, now. One function a fact: gate, screens, card, score, report and
//! `--json` read it here. Pure.
//!
//! Last known lag plus the age of that sample (the reasoning of Patroni's and Aurora's guides: when the primary's region
//! dies the metric stops, and a stale 0.2 s is not 0.2 s). Writes stop counting from the moment the store's fence was
//! confirmed; while it is not, what comes after the promotion is lost too, and the number is the least it can be. No
//! number at all is unknown, which is never taken for small.

use super::event::{Bound, Exposure, GateAnswer, Objective};
use super::objective::seconds_between;
use super::state::{Lag, State, Status};
use super::words;
use crate::plan::{Component, ComponentName, GateKind, Intent, Undo};
use crate::service::Registry;
use crate::text::Clean;
use jiff::Timestamp;

/// What would be lost of `component` if it were promoted at `now`; once its promotion was sent, what was.
pub fn exposure(state: &State, component: &ComponentName, now: Timestamp) -> Exposure {
    let promoted = state.promotions.get(component);
    let lag = match promoted {
        Some(promoted) => promoted.lag.as_ref(),
        None => state.lags.get(component),
    };
    let at_least = !writes_end_with_the_fence(state, component);
    let unknown = |note: &str| Exposure { seconds: None, note: Clean::new(note), at_least };
    if promoted.is_some() && was_caught_up(state, component) {
        let note = Clean::new("it was shown to have caught up behind the fence");
        return Exposure { seconds: Some(0.0), note, at_least: false };
    }
    if promoted.is_some() && was_switched(state, component) {
        let note = Clean::new("its two sides were in step when they changed roles");
        return Exposure { seconds: Some(0.0), note, at_least: false };
    }
    let Some(lag) = lag else {
        return unknown(if is_awaited(state, component) { "no lag sample yet" } else { "nothing tells its lag" });
    };
    let Some((lag_seconds, sampled_at)) = lag.last_known else {
        let why = lag.sample.instead.as_ref().map_or("no data", Clean::as_str);
        return unknown(&format!("lag unknown: {why}"));
    };
    if let Some(instead) = is_taken_away(lag, sampled_at) {
        return unknown(&format!("lag unknown: {instead}"));
    }
    let asked_at = promoted.map_or(now, |promoted| promoted.at);
    let fenced = fenced_at(state, component);
    // A fence confirmed behind the promotion: what was written up to then is lost too.
    let writes_end = match promoted {
        Some(promoted) => fenced.unwrap_or(promoted.at),
        None => fenced.map_or(now, |fenced| fenced.min(now)),
    };
    let seconds = lag_seconds + seconds_between(sampled_at, writes_end);
    let age = words::age(seconds_between(sampled_at, asked_at));
    let when = match promoted {
        Some(_) if state.is_copied(component) => "before its copy was gone over to",
        Some(_) => "before its promotion was sent",
        None => "ago",
    };
    let mut note = format!("lag {}, sampled {age} {when}", words::amount(lag_seconds));
    if at_least && promoted.is_some() {
        note.push_str("; its old side was not shown to have stopped writing");
    }
    Exposure { seconds: Some(seconds), note: Clean::new(&note), at_least }
}

/// Whether the first lag sample of `component` is still to come. Of a kind that tells none nothing ever comes: it is asked about
/// as unknown.
pub fn is_awaited(state: &State, component: &ComponentName) -> bool {
    if state.lags.contains_key(component) {
        return false;
    }
    // Every screen asks: of a store that no plug-in brings it is known without looking for it.
    let store = state.index.stores.get(component).map(|store| &state.plan_step(store.promotion).kind);
    if store.is_some_and(|kind| !kind.contains('/')) {
        return true;
    }
    let plan = &state.run.plan;
    let Some(of) = plan.component(component) else { return true };
    // What is not known here is waited for: another version may drive it.
    Registry.service(of.kind.as_str()).is_none_or(|kind| kind.lag(of, &plan.application).is_some())
}

/// What a newer sample says instead of a number, when it takes the older number's worth away: "not replicating".
fn is_taken_away(lag: &Lag, sampled_at: Timestamp) -> Option<&Clean> {
    lag.sample.instead.as_ref().filter(|_| lag.sample.sampled_at.is_some_and(|at| at > sampled_at))
}

/// When the component's old side was confirmed unable to write: from then on nothing more is lost.
pub fn fenced_at(state: &State, component: &ComponentName) -> Option<Timestamp> {
    let fence = &state.steps[state.index.stores.get(component)?.fence?];
    fence.finished_at.filter(|_| matches!(fence.status, Status::Succeeded { .. }))
}

/// Whether no more is written on the old side than up to its fence: it is confirmed, or still being brought about. In a
/// switchover nothing is promoted before it is.
fn writes_end_with_the_fence(state: &State, component: &ComponentName) -> bool {
    let Some(store) = state.index.stores.get(component) else { return true };
    if state.run.intent != Intent::Failover {
        return true;
    }
    let Some(fence) = store.fence else { return false };
    match state.steps[fence].status {
        Status::Succeeded { .. } => true,
        Status::Waiting | Status::Running => !state.promotions.contains_key(component),
        Status::Owed(_)
        | Status::Skipped
        | Status::Failed
        | Status::Unknown
        | Status::Undoing
        | Status::Undone
        | Status::UndoFailed
        | Status::UndoUnknown => false,
    }
}

fn was_caught_up(state: &State, component: &ComponentName) -> bool {
    let caught_up = state.index.stores.get(component).and_then(|store| store.caught_up);
    caught_up.is_some_and(|place| matches!(state.steps[place].status, Status::Succeeded { .. }))
}

/// Whether a switchover changed the roles of its two sides, which can be taken back: the service ends that only once the new
/// side has everything.
fn was_switched(state: &State, component: &ComponentName) -> bool {
    let Some(store) = state.index.stores.get(component) else { return false };
    let is_done = matches!(state.steps[store.promotion].status, Status::Succeeded { .. });
    let is_clean = state.plan_step(store.promotion).undo == Undo::Reversible;
    state.run.intent != Intent::Failover && is_clean && is_done
}

/// What a store was promoted over, or would be now.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Loss {
    /// The store.
    pub component: ComponentName,
    /// Whether it is what was lost already.
    #[serde(skip)]
    pub stage: Stage,
    /// Whether nothing of it is promoted: both sides write, and its copy is gone over to.
    #[serde(skip)]
    pub is_copied: bool,
    /// How much.
    pub exposure: Exposure,
    /// Its recovery point objective, in seconds; none was given when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rpo_seconds: Option<f64>,
    /// Why a person accepted it, when it was above the objective.
    pub accepted: Option<Clean>,
    /// Who that was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepted_by: Option<Clean>,
}

/// How far a store is on its way to being promoted: until that is sent, what it would lose grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Nothing was sent: the loss is what it would be now.
    IfNow,
    /// Its promotion was sent: the loss stands.
    Sent,
    /// Its promotion is verified.
    Promoted,
    /// This run promotes it no more: it was promoted before, or its promotion was gone on without.
    NotByThisRun,
}

impl Exposure {
    /// What its number says.
    pub fn bound(&self) -> Bound {
        match (self.seconds, self.at_least) {
            (None, _) => Bound::Unknown,
            (Some(_), true) => Bound::AtLeast,
            (Some(seconds), false) if seconds <= 0.0 => Bound::None,
            (Some(_), false) => Bound::AtMost,
        }
    }

    /// The number with what it says: `≤ 43s`, `≥ 4:34`, `?` when it is not known, `0` when nothing is lost.
    pub fn told(&self) -> String {
        match (self.bound(), self.seconds) {
            (Bound::AtMost, Some(seconds)) => format!("≤ {}", words::amount(seconds)),
            (Bound::AtLeast, Some(seconds)) => format!("≥ {}", words::at_least(seconds)),
            (Bound::None, _) => "0".to_owned(),
            (Bound::Unknown | Bound::AtMost | Bound::AtLeast, _) => "?".to_owned(),
        }
    }

    /// The number by itself and the objective it is held against, where there is one, in the same unit.
    pub fn sides(&self, rpo_seconds: Option<f64>) -> (String, Option<String>) {
        words::sides(self.seconds, self.at_least, rpo_seconds)
    }

    /// `at least ` where it may be more.
    pub fn least(&self) -> &'static str {
        if self.bound() == Bound::AtLeast { "at least " } else { "" }
    }
}

impl Loss {
    /// What makes it so, in words that begin a sentence and in words within one: `Promoting` orders-db, `Going over to the
    /// copy of` carts.
    pub fn doing(is_copied: bool) -> [&'static str; 2] {
        match is_copied {
            true => ["Going over to the copy of", "going over to the copy of"],
            false => ["Promoting", "promoting"],
        }
    }

    /// Whether the objective was kept; `None` when it cannot be told, or none was given.
    pub fn is_met(&self) -> Option<bool> {
        let rpo = self.rpo_seconds?;
        match (self.exposure.seconds, self.exposure.at_least) {
            (None, _) => None,
            (Some(seconds), false) => Some(seconds <= rpo),
            (Some(seconds), true) => (seconds > rpo).then_some(false),
        }
    }

    /// Whether the objective is known to have been kept; an unknown loss does not show that it was.
    pub fn is_within(&self) -> bool {
        self.rpo_seconds.is_none() || self.is_met() == Some(true)
    }

    /// In words: `orders-db: 42s at most, OVER its rpo of 30s, accepted by ana: “the region is gone”`.
    pub fn told(&self) -> String {
        let (lost, rpo) = self.sides();
        let amount = match self.bound() {
            Bound::Unknown => format!("? unknown ({})", self.exposure.note),
            Bound::None => "nothing".to_owned(),
            Bound::AtLeast => format!("{lost} at least"),
            Bound::AtMost => format!("{lost} at most"),
        };
        let against = match (rpo, self.is_met()) {
            (None, _) => String::new(),
            (Some(rpo), Some(true)) => format!(", within its rpo of {rpo}"),
            (Some(rpo), Some(false)) => format!(", OVER its rpo of {rpo}"),
            (Some(rpo), None) => format!(", NOT SHOWN to be within its rpo of {rpo}"),
        };
        format!("{}: {amount}{against}{}", self.component, self.acceptance())
    }

    /// `, accepted by ana: “the region is gone”`; nothing where nobody had to.
    pub fn acceptance(&self) -> String {
        match (&self.accepted, &self.accepted_by) {
            (Some(reason), Some(by)) => format!(", accepted by {by}: “{reason}”"),
            (Some(reason), None) => format!(", accepted: “{reason}”"),
            (None, _) => String::new(),
        }
    }

    /// The loss and the objective it is held against, in the same unit.
    pub fn sides(&self) -> (String, Option<String>) {
        self.exposure.sides(self.rpo_seconds)
    }

    /// What its number says.
    pub fn bound(&self) -> Bound {
        self.exposure.bound()
    }

    /// The number with what it says, in the unit of its objective: `≤ 0:43`, `≥ 4:34`, `?`, `0`.
    pub fn bounded(&self) -> String {
        match self.bound() {
            Bound::AtMost => format!("≤ {}", self.sides().0),
            Bound::AtLeast => format!("≥ {}", self.sides().0),
            Bound::Unknown | Bound::None => self.exposure.told(),
        }
    }
}

/// What `component` lost, or would lose if it were promoted, or its copy gone over to, at `now`; `None` of what is no store.
pub fn of(state: &State, component: &ComponentName, now: Timestamp) -> Option<Loss> {
    state.index.stores.get(component)?;
    let component = state.run.plan.components.iter().find(|named| &named.name == component)?;
    of_component(state, component, now)
}

fn of_component(state: &State, named: &Component, now: Timestamp) -> Option<Loss> {
    let component = &named.name;
    let store = state.index.stores.get(component)?;
    let status = state.steps[store.promotion].status;
    let stage = match (state.promotions.contains_key(component), status.lets_others_go_on()) {
        (true, true) => Stage::Promoted,
        (true, false) => Stage::Sent,
        (false, true) => Stage::NotByThisRun,
        (false, false) => Stage::IfNow,
    };
    let exposure = match stage {
        Stage::NotByThisRun => Exposure {
            seconds: Some(0.0),
            note: match status {
                Status::Skipped | Status::Owed(_) if state.is_copied(component) => "it was gone on without".into(),
                Status::Skipped | Status::Owed(_) => "its promotion was gone on without".into(),
                _ => "it was promoted before this run".into(),
            },
            at_least: false,
        },
        Stage::IfNow | Stage::Sent | Stage::Promoted => exposure(state, component, now),
    };
    let (accepted, accepted_by) = accepted(state, component).unzip();
    let rpo_seconds = named.rpo_seconds.or(state.run.plan.application.rpo_seconds);
    let is_copied = state.is_copied(component);
    Some(Loss { component: component.clone(), stage, is_copied, exposure, rpo_seconds, accepted, accepted_by })
}

/// Every store of the plan, in its order, with what it lost or would lose at `now`.
pub fn stores(state: &State, now: Timestamp) -> impl Iterator<Item = Loss> + '_ {
    state.run.plan.components.iter().filter_map(move |component| of_component(state, component, now))
}

/// What every promoted store lost, in the plan's order.
pub fn losses(state: &State) -> Vec<Loss> {
    stores(state, state.at).filter(|loss| matches!(loss.stage, Stage::Sent | Stage::Promoted)).collect()
}

/// Why, and by whom, a loss of `component` was accepted.
pub fn accepted(state: &State, component: &ComponentName) -> Option<(Clean, Clean)> {
    let store = state.index.stores.get(component)?;
    let places = [Some(store.promotion), store.caught_up, store.fence];
    let passed = places.into_iter().flatten().flat_map(|place| &state.steps[place].passed);
    let mut found = passed.filter_map(|(gate, answer, by, _)| match (gate, answer) {
        (GateKind::Loss | GateKind::CaughtUp, GateAnswer::Accepted { reason, .. }) => {
            Some((reason.clone(), by.clone()))
        }
        _ => None,
    });
    found.next()
}

/// Why, and by whom, a loss of so many seconds was accepted before the component's fence: it holds up to the number it was
/// given for, and what waiting for the fence may add. `None` when it was not, or when it is more by now.
pub fn accepted_before_the_fence(
    state: &State,
    component: &ComponentName,
    seconds: Option<f64>,
) -> Option<(Clean, Clean)> {
    let place = state.index.stores.get(component)?.fence?;
    let fence = &state.steps[place];
    let given_for = fence.loss.as_ref()?.seconds;
    let within = match (given_for, seconds) {
        (None, _) => true,
        (Some(given), Some(seconds)) => seconds <= given + state.plan_step(place).timeout_seconds,
        (Some(_), None) => false,
    };
    let mut passed = fence.passed.iter().filter_map(|(gate, answer, by, _)| match (gate, answer) {
        (GateKind::Loss, GateAnswer::Accepted { reason, .. }) => Some((reason.clone(), by.clone())),
        _ => None,
    });
    passed.next().filter(|_| within)
}

/// The last word on every store of the run: what it lost, held against its objective.
pub fn objectives(state: &State) -> Vec<Objective> {
    let losses = losses(state);
    let plan = &state.run.plan;
    let stores = plan.components.iter().filter(|component| state.index.stores.contains_key(&component.name));
    stores
        .map(|component| {
            let rpo_seconds = component.rpo_seconds.or(plan.application.rpo_seconds);
            let component = component.name.clone();
            match losses.iter().find(|loss| loss.component == component) {
                Some(loss) => Objective {
                    component,
                    rpo_seconds,
                    loss_seconds: loss.exposure.seconds,
                    loss: loss.bound(),
                    met: loss.is_met(),
                },
                None => Objective { component, rpo_seconds, loss_seconds: Some(0.0), loss: Bound::None, met: None },
            }
        })
        .collect()
}
