//! The runbook: a plan compiled for one intent into a DAG of steps. Knows nothing of how a step is done.

use super::graph::{self, Cycle};
use super::kind::{Draft, Kinds, When};
use super::model::{Component, Intent, Plan};
use super::names::{ComponentName, Region, StepId};
use super::order::{self, Drafted, OutsideIn};
use crate::text::Clean;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// A plan compiled for one intent: a DAG of steps, in an order that respects every need.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Runbook {
    /// What it is for.
    pub intent: Intent,
    /// The steps; every need of a step stands before it.
    pub steps: Vec<Step>,
}

/// The unit of work: precheck → act → verify, with its compensation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// `component/action`.
    pub id: StepId,
    /// The component it belongs to.
    pub component: ComponentName,
    /// The component's kind.
    pub kind: Clean,
    /// What a commander reads.
    pub title: Clean,
    /// The steps that must be verified, or skipped with a reason, before it starts.
    pub needs: Vec<StepId>,
    /// What going back would mean.
    pub undo: Undo,
    /// The region it acts in.
    pub region: Region,
    /// The plane its calls use.
    pub plane: Plane,
    /// How long it usually takes, in seconds.
    pub expected_seconds: f64,
    /// Of how many past runs that is the median; absent where it is what the kind expects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub past_runs: Option<u32>,
    /// How long it may take, in seconds.
    pub timeout_seconds: f64,
    /// The decisions asked before it, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gates: Vec<Gate>,
    /// Runs beside the path: no other component waits for it, and no answer makes it a debt.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub beside: bool,
    /// Whether it changes anything.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub acts: bool,
    /// Its part in the recovery; a journal of format 1 does not say it. Read it with [`Step::role`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// The decision that its failure is, where a person can answer it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asks_when_failing: Option<GateKind>,
    /// Why this run leaves it out; absent of what is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_out: Option<Clean>,
    /// When on the way back it is done.
    #[serde(default, skip_serializing_if = "When::is_return")]
    pub when: When,
}

impl Step {
    /// Its part in the recovery. Format 1 did not say it: there the action's name tells.
    pub fn role(&self) -> Role {
        self.role.unwrap_or_else(|| match self.id.action() {
            "fence" => Role::Fence,
            "promote" => Role::Promotion,
            "change" => Role::CutOver,
            _ if self.acts => Role::Other,
            _ => Role::Check,
        })
    }
}

impl Step {
    /// Where the length that is told of it comes from: `expected`, or `median of 5 past runs`.
    pub fn told_by(&self) -> String {
        self.past_runs.map_or_else(|| "expected".to_owned(), |runs| format!("median of {runs} past runs"))
    }

    /// Whether it changes anything: a proof acts, and does not.
    pub fn changes(&self) -> bool {
        self.acts && self.undo != Undo::NoneNeeded
    }
}

/// A step's part in the recovery: what the floors above ask for instead of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Makes the old side unable to write or to serve.
    Fence,
    /// Makes the recovery side of a store the one that writes.
    Promotion,
    /// Looks at the recovery side of a store that both sides write to: what is not replicated by then is missing there.
    Copy,
    /// Looks whether the old side of a store is back, as a secondary of the new one: the service makes it one by itself.
    Rejoin,
    /// Moves clients.
    CutOver,
    /// Only looks.
    Check,
    /// Anything else that changes something.
    Other,
}

impl Role {
    /// Whether its component holds data, and this is where the recovery side's begins to count.
    pub fn is_of_a_store(self) -> bool {
        match self {
            Self::Promotion | Self::Copy => true,
            Self::Fence | Self::Rejoin | Self::CutOver | Self::Check | Self::Other => false,
        }
    }
}

/// What going back would mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Undo {
    /// It changes nothing.
    NoneNeeded,
    /// Cleanly.
    Reversible,
    /// The role can be swapped back, but writes may be lost.
    DataLoss,
    /// Not at all.
    PointOfNoReturn,
}

impl Undo {
    /// The words for it.
    pub fn words(self) -> &'static str {
        match self {
            Self::NoneNeeded => "nothing to undo",
            Self::Reversible => "reversible",
            Self::DataLoss => "reversible with data loss",
            Self::PointOfNoReturn => "point of no return",
        }
    }
}

/// Which plane of the cloud a step's calls use. Control planes may be down when it matters (REL11-BP04).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Plane {
    /// Serves traffic; stays up with the region.
    Data,
    /// Changes resources.
    Control,
}

/// A human decision before a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "gate", rename_all = "snake_case")]
pub enum Gate {
    /// The plan asks for an approval.
    Approval {
        /// Why it is asked.
        why: Clean,
    },
    /// What an earlier step of the component has planned is shown, and asked about unless it is nothing; what is planned again is
    /// asked about again.
    Planned {
        /// What is asked.
        ask: Clean,
    },
    /// A point of no return is crossed: the target region's name is typed.
    PointOfNoReturn,
    /// Data may be lost: opens only when the exposure is above the objective, or unknown.
    Loss {
        /// The recovery point objective, in seconds.
        rpo_seconds: f64,
    },
    /// A person does something and says so.
    Manual {
        /// What is asked.
        ask: Clean,
        /// Who is asked.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        who: Option<Clean>,
    },
    /// The two sides of a store may differ: opens unless each was compared and nothing was found.
    Divergence {
        /// What is asked, beside what each store says.
        ask: Clean,
    },
    /// The return begins: from here on users notice, for as long as is told.
    Window {
        /// What is asked, beside how long it takes.
        ask: Clean,
    },
}

impl Gate {
    /// Which gate it is, without what it asks.
    pub fn kind(&self) -> GateKind {
        match self {
            Self::Approval { .. } | Self::Planned { .. } => GateKind::Approval,
            Self::PointOfNoReturn => GateKind::PointOfNoReturn,
            Self::Loss { .. } => GateKind::Loss,
            Self::Manual { .. } => GateKind::Manual,
            Self::Divergence { .. } => GateKind::Divergence,
            Self::Window { .. } => GateKind::Window,
        }
    }
}

/// A gate's kind; a step has at most one of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GateKind {
    /// An approval the plan asks for.
    Approval,
    /// A point of no return to cross.
    PointOfNoReturn,
    /// A loss of data to accept.
    Loss,
    /// Something a person does.
    Manual,
    /// The old writer could not be fenced although its region answers: whether to promote beside it.
    Writers,
    /// The replica was not shown to have caught up: whether to lose what it has not.
    CaughtUp,
    /// What may differ between the two sides: how it was reconciled, or why it is accepted.
    Divergence,
    /// When to go back: points of no return are crossed with it.
    Window,
}

impl GateKind {
    /// Whether it is a decision that a failback goes on by, and nothing else: who leaves it out has not decided.
    pub fn decides(self) -> bool {
        matches!(self, Self::Divergence | Self::Window)
    }

    /// Every kind there is, in the order in which a step asks them.
    pub const ALL: [Self; 8] = [
        Self::Approval,
        Self::PointOfNoReturn,
        Self::Loss,
        Self::Manual,
        Self::Writers,
        Self::CaughtUp,
        Self::Divergence,
        Self::Window,
    ];

    /// The words for it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Approval => "approval",
            Self::PointOfNoReturn => "point of no return",
            Self::Loss => "data loss",
            Self::Manual => "manual",
            Self::Writers => "old writer",
            Self::CaughtUp => "caught up",
            Self::Divergence => "divergence",
            Self::Window => "window",
        }
    }
}

impl Runbook {
    /// Compiles `plan` for `intent`.
    ///
    /// A step waits for every step that its component's needs end with, by itself or through another of its component.
    /// What runs beside the path is waited for by nothing but the steps of its own component that say so. In a
    /// switchover the old side stops from the outside in: a store's first step waits for the fences of the compute
    /// that writes to it.
    ///
    /// # Errors
    /// A [`Cycle`] among the components, named in full. The plan's reader finds it first and shows the line.
    pub fn compile(plan: &Plan, intent: Intent, kinds: &dyn Kinds) -> Result<Self, Cycle> {
        let drafts_of = |component: &Component| {
            let kind = kinds.find(component.kind.as_str());
            kind.map(|kind| kind.steps(component, &plan.application, intent)).unwrap_or_default()
        };
        let mut drafted: Vec<Drafted<'_>> =
            graph::component_order(plan)?.into_iter().map(|component| (component, drafts_of(component))).collect();
        let around = around_the_return(&mut drafted);
        let outside_in = OutsideIn::of(&drafted, intent);
        let mut exits: HashMap<&ComponentName, Vec<StepId>> = HashMap::new();
        let mut steps = Vec::new();
        for (component, drafts) in drafted {
            let from_need = |need: &ComponentName| exits.get(need).cloned().unwrap_or_default();
            let needs = order::needs_of(component, &drafts, &outside_in, from_need);
            let waited_on: Vec<&str> =
                drafts.iter().filter(|draft| !draft.beside).flat_map(|draft| draft.after.iter().copied()).collect();
            let mut ends: Vec<StepId> = drafts
                .iter()
                .filter(|draft| !draft.beside && !waited_on.contains(&draft.action))
                .map(|draft| StepId::of(&component.name, draft.action))
                .collect();
            if ends.is_empty() {
                // A component with nothing to do passes on what it waits for.
                ends = component.needs.iter().flat_map(from_need).collect();
            }
            let first_act = drafts.iter().find(|draft| !draft.beside).map(|draft| draft.action);
            for (draft, needs) in drafts.into_iter().zip(needs) {
                let approve = component.approve.clone().filter(|_| Some(draft.action) == first_act);
                steps.push(compile_step(plan, component, draft, needs, approve));
            }
            exits.insert(&component.name, ends);
        }
        place_around(plan, around, &mut steps);
        Ok(Self { intent, steps: order::in_order(steps) })
    }

    /// How many of its steps have a length that is the median of past runs.
    pub fn measured(&self) -> usize {
        self.steps.iter().filter(|step| step.past_runs.is_some()).count()
    }

    /// The step called `id`, and its place.
    pub fn find(&self, id: &StepId) -> Option<(usize, &Step)> {
        self.steps.iter().enumerate().find(|(_, step)| &step.id == id)
    }
}

/// Takes out of `drafted` what is done before and after the return of a failback, and the decision between.
fn around_the_return<'a>(drafted: &mut [Drafted<'a>]) -> Vec<(&'a Component, Draft)> {
    let mut around = Vec::new();
    for (component, drafts) in drafted {
        let (returns, others): (Vec<Draft>, Vec<Draft>) =
            std::mem::take(drafts).into_iter().partition(|draft| draft.when == When::Return);
        *drafts = returns;
        around.extend(others.into_iter().map(|draft| (*component, draft)));
    }
    around
}

/// Puts them around it, each waiting for all of what comes right before it: what is done ahead, the decision, the return, and
/// what comes after for all of the return that anything waits for.
fn place_around(plan: &Plan, around: Vec<(&Component, Draft)>, steps: &mut Vec<Step>) {
    if around.is_empty() {
        return;
    }
    let ids_of = |when: When| -> Vec<StepId> {
        let those = around.iter().filter(|(_, draft)| draft.when == when);
        those.map(|(component, draft)| StepId::of(&component.name, draft.action)).collect()
    };
    let mut waited_for: HashMap<When, Vec<StepId>> = HashMap::new();
    let mut last: Vec<StepId> = Vec::new();
    for when in When::ALL {
        // The decision to go back is waited for by all that is behind it, whatever between the two is left out or skipped.
        let mut decision = if when.is_return() { ids_of(When::Window) } else { Vec::new() };
        decision.retain(|step| !last.contains(step));
        waited_for.insert(when, [last.clone(), decision].concat());
        let own = if when.is_return() {
            steps.iter().filter(|step| !step.beside).map(|step| step.id.clone()).collect()
        } else {
            ids_of(when)
        };
        if !own.is_empty() {
            last = own;
        }
    }
    for step in steps.iter_mut().filter(|step| step.needs.is_empty()) {
        step.needs.clone_from(&waited_for[&When::Return]);
    }
    for (component, draft) in around {
        let mut needs: Vec<StepId> = draft.after.iter().map(|action| StepId::of(&component.name, action)).collect();
        needs.extend(waited_for[&draft.when].iter().cloned());
        needs.sort();
        needs.dedup();
        steps.push(compile_step(plan, component, draft, needs, None));
    }
}

fn compile_step(plan: &Plan, component: &Component, draft: Draft, needs: Vec<StepId>, approve: Option<Clean>) -> Step {
    // What is done apart from the return takes hours where that takes minutes: a limit that is meant for the one cuts no other short.
    let least = if draft.when.is_return() { 0.0 } else { draft.timeout_seconds };
    let common_limit = component.timeout_seconds.filter(|_| !draft.keeps_timeout).map(|limit| limit.max(least));
    let mut gates: Vec<Gate> = approve.map(|why| Gate::Approval { why }).into_iter().collect();
    for gate in draft.gates {
        match (gates.first_mut(), gate) {
            // A step asks for one approval, whoever wants it.
            (Some(Gate::Approval { why }), Gate::Approval { why: also }) => *why = Clean::new(&format!("{why} {also}")),
            (_, gate) => gates.push(gate),
        }
    }
    Step {
        id: StepId::of(&component.name, draft.action),
        component: component.name.clone(),
        kind: component.kind.clone(),
        title: Clean::new(&draft.title),
        needs,
        undo: draft.undo,
        region: plan.application.region(draft.side).clone(),
        plane: draft.plane,
        expected_seconds: draft.expected_seconds,
        past_runs: None,
        timeout_seconds: common_limit.unwrap_or(draft.timeout_seconds),
        gates,
        beside: draft.beside,
        acts: draft.acts,
        role: Some(draft.role),
        asks_when_failing: draft.asks_when_failing,
        left_out: draft.left_out.as_deref().map(Clean::new),
        when: draft.when,
    }
}
