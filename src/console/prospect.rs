//! What a start would do: how the side that is left stands, what starts at once and what is asked first, how long users
//! are without the application, what each store may lose until it is promoted. Pure; read by the start form and the
//! status line.

use super::world::World;
use crate::plan::{ComponentName, Gate, GateKind, Intent, Level, Role, Side, Undo};
use crate::recovery::start::{Found, Preflight};
use crate::recovery::{divergence, loss, objective, planned, words};
use crate::service::HealthLevel;
use std::collections::HashMap;

/// How many of a list are named before the rest is only counted.
const NAMED: usize = 4;
/// The least that a wait adds to a loss, in seconds: samples come once a minute (CloudWatch, `ReplicaLag`), and between
/// two of them the number grows with the clock.
const LEAST_WAIT_SECONDS: f64 = 60.0;

/// How the side that is left stands, as far as it was seen just now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OldSide {
    /// Whether its region answers at all.
    pub answers: bool,
    /// The stores that are up there, and write.
    pub writers: Vec<ComponentName>,
    /// What else is up there and would be fenced.
    pub serves: Vec<ComponentName>,
}

impl OldSide {
    /// How it stands now. A look that is old tells nothing of now.
    pub fn of(world: &World) -> Self {
        let state = &world.state;
        let steps = &state.run.runbook.steps;
        let is_up = |component: &ComponentName| {
            let seen = state.health.get(&(component.clone(), Side::Primary));
            seen.is_some_and(|(health, at)| {
                let age = objective::seconds_between(*at, world.now);
                health.level == HealthLevel::Up && age <= words::STALE_AFTER_SECONDS
            })
        };
        let with = |role: Role, component: &ComponentName| {
            steps.iter().any(|step| step.role() == role && step.component == *component)
        };
        let up: Vec<&ComponentName> =
            state.run.plan.components.iter().map(|component| &component.name).filter(|name| is_up(name)).collect();
        let (writers, others): (Vec<_>, Vec<_>) = up.into_iter().partition(|name| with(Role::Promotion, name));
        let serves: Vec<_> = others.into_iter().filter(|name| with(Role::Fence, name)).cloned().collect();
        let told = state.preflight.as_ref().is_some_and(|preflight| tells_of_primary(world, preflight));
        Self {
            answers: told || !writers.is_empty() || !serves.is_empty(),
            writers: writers.into_iter().cloned().collect(),
            serves,
        }
    }

    /// What a commander must hear before a failover of a side that still works; `None` where it does not answer, and in a
    /// switchover, where it is meant to.
    pub fn warning(&self, world: &World) -> Option<String> {
        if world.state.run.intent != Intent::Failover || !self.answers {
            return None;
        }
        let primary = &world.state.run.plan.application.primary;
        let (up, one, several) = match (self.writers.as_slice(), self.serves.as_slice()) {
            ([], []) => return Some(format!("{primary} ANSWERS, though nothing was seen up there")),
            ([], serves) => (serves, "is up", "are up"),
            (writers, _) => (writers, "is a healthy writer", "are healthy writers"),
        };
        let (is, it) = if up.len() == 1 { (one, "it") } else { (several, "them") };
        Some(format!("{primary} ANSWERS and {} there {is}: this failover takes {it} down", names(up)))
    }

    /// What a commander must hear before a failover of a region that gives no answers; `None` where it is not known to be
    /// silent.
    pub fn silence(&self, world: &World) -> Option<String> {
        let state = &world.state;
        let primary = &state.run.plan.application.primary;
        if state.run.intent != Intent::Failover || self.answers {
            return None;
        }
        let since = world.memory.silences.since(primary);
        let asked = state.preflight.as_ref().is_some_and(|told| told.unknown.iter().any(|one| one.in_failing_region));
        let is_silent = since.is_some() || (asked && !world.memory.silences.is_answering(primary));
        if !is_silent || !state.expired.is_empty() {
            return None;
        }
        let since = since.map_or_else(String::new, |since| {
            format!(" since {}", words::age(objective::seconds_between(since, world.now)))
        });
        let steps = &state.run.runbook.steps;
        let is_fenced = steps.iter().any(|step| step.role() == Role::Fence && step.region == *primary);
        let owed = if is_fenced { ", its fences will be owed" } else { "" };
        Some(format!("{primary} GIVES NO ANSWERS{since}: what runs there cannot be stopped{owed}"))
    }

    /// Whether it still does what it is there for.
    pub fn works(&self) -> bool {
        !(self.writers.is_empty() && self.serves.is_empty())
    }
}

/// Whether anything of the region that is left was told, other than that it said nothing.
fn tells_of_primary(world: &World, preflight: &Preflight) -> bool {
    let state = &world.state;
    let primary = &state.run.plan.application.primary;
    preflight.all().any(|found| {
        let there = match &found.step {
            Some(step) => state.step(step).is_some_and(|(step, _)| step.region == *primary),
            None => found.in_failing_region,
        };
        there && found.seen_at.is_some() && found.check.level != Level::Unknown
    })
}

/// What is said ahead, with the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ahead {
    /// The points of no return are crossed.
    pub crosses: bool,
    /// Losses are accepted, up to what was shown.
    pub accepts: bool,
}

/// What would start, and what would be asked before it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opening {
    /// The steps that start at once, in run order.
    pub starts: Vec<usize>,
    /// The steps that would, and what is asked first.
    pub asks: Vec<(usize, GateKind)>,
}

/// What would start at once of the steps that are ready: all of them, or `only` one.
pub fn opening(world: &World, only: Option<usize>, ahead: Ahead) -> Opening {
    let state = &world.state;
    let mut opening = Opening::default();
    for place in state.ready().filter(|place| only.is_none_or(|only| only == *place)) {
        match asked_first(world, place, ahead) {
            Some(gate) => opening.asks.push((place, gate)),
            None => opening.starts.push(place),
        }
    }
    opening
}

fn asked_first(world: &World, place: usize, ahead: Ahead) -> Option<GateKind> {
    let state = &world.state;
    let step = state.plan_step(place);
    let asks = |gate: &&Gate| match gate {
        Gate::Planned { .. } | Gate::PointOfNoReturn if planned::is_nothing(state, step) => false,
        Gate::Approval { .. } | Gate::Planned { .. } | Gate::Manual { .. } | Gate::Window { .. } => true,
        Gate::Divergence { ask } => divergence::question(state, ask).is_some(),
        Gate::PointOfNoReturn => !ahead.crosses,
        Gate::Loss { rpo_seconds } => {
            let seconds = loss::exposure(state, &step.component, world.now).seconds;
            let within = seconds.is_some_and(|seconds| seconds <= *rpo_seconds);
            !(within || (ahead.accepts && seconds.is_some()))
        }
    };
    let open = step.gates.iter().filter(|gate| !state.steps[place].has_passed(gate.kind()));
    open.filter(asks).map(Gate::kind).next()
}

/// The steps that cannot be taken back, by their places.
pub fn points_of_no_return(world: &World) -> Vec<usize> {
    let asks =
        |place: &usize| world.state.plan_step(*place).gates.iter().any(|gate| gate.kind() == GateKind::PointOfNoReturn);
    (0..world.state.steps.len()).filter(asks).collect()
}

/// A store whose loss would be asked about: what it is now, and what it may have become by its promotion, in seconds.
#[derive(Clone, Debug, PartialEq)]
pub struct Growing {
    /// Which.
    pub component: ComponentName,
    /// Now; `None` is unknown, and then nothing is accepted ahead.
    pub now_seconds: Option<f64>,
    /// How long its promotion may wait, for its fence and what else comes before it.
    pub wait_seconds: f64,
}

impl Growing {
    /// Up to what it would be accepted ahead.
    pub fn up_to_seconds(&self) -> Option<f64> {
        self.now_seconds.map(|now| (now + self.wait_seconds).ceil())
    }
}

/// Every store whose loss would be asked about, in run order.
pub fn growing(world: &World) -> Vec<Growing> {
    let state = &world.state;
    let steps = state.run.runbook.steps.iter().enumerate();
    let asks = steps.filter(|(_, step)| step.gates.iter().any(|gate| gate.kind() == GateKind::Loss));
    let mut stores: Vec<Growing> = Vec::new();
    for (place, step) in asks {
        let wait_seconds = wait_seconds(world, place).max(LEAST_WAIT_SECONDS);
        // Asked before the fence and again before the promotion: one loss, as it may have become by then.
        match stores.iter_mut().find(|store| store.component == step.component) {
            Some(store) => store.wait_seconds = store.wait_seconds.max(wait_seconds),
            None => stores.push(Growing {
                component: step.component.clone(),
                now_seconds: loss::exposure(state, &step.component, world.now).seconds,
                wait_seconds,
            }),
        }
    }
    stores
}

/// How long the step at `place` may have to wait for what comes before it, in seconds: a fence as long as it may take,
/// anything else as long as it should.
fn wait_seconds(world: &World, place: usize) -> f64 {
    let steps = &world.state.run.runbook.steps;
    let mut ends: HashMap<&str, f64> = HashMap::new();
    let latest = |ends: &HashMap<&str, f64>, place: usize| {
        steps[place].needs.iter().filter_map(|need| ends.get(need.as_str())).copied().fold(0.0, f64::max)
    };
    for (at, step) in steps.iter().enumerate().take(place) {
        let takes = if step.role() == Role::Fence { step.timeout_seconds } else { step.expected_seconds };
        ends.insert(step.id.as_str(), latest(&ends, at) + takes);
    }
    latest(&ends, place)
}

/// How long users are without the application.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Without {
    /// In seconds, as steps usually take; questions are not counted.
    pub seconds: f64,
    /// Whether it is over once clients were moved; else once everything is verified.
    pub until_cut_over: bool,
}

/// How long users are without the application: from the first fence to the last cut-over, or where there is none to the
/// end. `None` where nothing is fenced.
pub fn without(world: &World) -> Option<Without> {
    let steps = &world.state.run.runbook.steps;
    let mut ends: HashMap<&str, f64> = HashMap::new();
    let (mut from, mut cut_over, mut all) = (None::<f64>, None::<f64>, 0.0_f64);
    for step in steps {
        let starts = step.needs.iter().filter_map(|need| ends.get(need.as_str())).copied().fold(0.0, f64::max);
        let end = starts + step.expected_seconds;
        ends.insert(step.id.as_str(), end);
        match step.role() {
            // One that only looks stops nobody.
            Role::Fence if step.undo == Undo::NoneNeeded => {}
            Role::Fence => from = Some(from.map_or(starts, |from| from.min(starts))),
            Role::CutOver => cut_over = Some(cut_over.map_or(end, |last| last.max(end))),
            Role::Promotion | Role::Copy | Role::Rejoin | Role::Check | Role::Other => {}
        }
        if !step.beside {
            all = all.max(end);
        }
    }
    let seconds = (cut_over.unwrap_or(all) - from?).max(0.0);
    Some(Without { seconds, until_cut_over: cut_over.is_some() })
}

/// Findings that say the same of several components.
#[derive(Debug)]
pub struct Group<'a> {
    /// One of them.
    pub found: &'a Found,
    /// Whom they are about.
    pub about: Vec<&'a ComponentName>,
}

/// Findings that say the same, together; in the order of the first of each.
pub fn gathered<'a>(all: impl IntoIterator<Item = &'a Found>) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    let mut known: HashMap<[&str; 4], usize> = HashMap::new();
    for found in all {
        let check = &found.check;
        let says = [check.code.as_str(), check.found.as_str(), check.wanted.as_str(), check.fix.as_str()];
        let at = *known.entry(says).or_insert_with(|| {
            groups.push(Group { found, about: Vec::new() });
            groups.len() - 1
        });
        let about = &mut groups[at].about;
        about.extend(found.component.as_ref().filter(|component| !about.contains(component)));
    }
    groups
}

/// Names, as many as can be read at once: `a, b, c and 3 more`.
pub fn names<T: std::fmt::Display>(all: &[T]) -> String {
    let shown = if all.len() > NAMED + 1 { NAMED } else { all.len() };
    let told: Vec<String> = all[..shown].iter().map(T::to_string).collect();
    match (told.split_last(), all.len() - shown) {
        (None, _) => String::new(),
        (Some(_), more) if more > 0 => format!("{} and {more} more", told.join(", ")),
        (Some((last, [])), _) => last.clone(),
        (Some((last, rest)), _) => format!("{} and {last}", rest.join(", ")),
    }
}
