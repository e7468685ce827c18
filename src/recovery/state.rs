//! A run's state: the fold of its events and nothing else. `fold` is the only way it changes.

use super::event::*;
use super::meanwhile::Meanwhile;
use super::start::{Preflight, Started};
use crate::plan::{AccountName, ComponentName, GateKind, Role, Side, Step, StepId};
use crate::service::observation::{Identity, LagSample};
use crate::service::{Act, AimedFault, Asked, Check, Health, Outputs, Reply};
use crate::text::Clean;
use jiff::Timestamp;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

/// A run as it stands after some event.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// What the run started with.
    pub run: Arc<Opened>,
    /// The last event folded.
    pub seq: u64,
    /// When that was.
    pub at: Timestamp,
    /// When the run began, by its own clock.
    pub begun_at: Timestamp,
    /// The lease of the session that wrote it.
    pub epoch: u64,
    /// Who opened that session.
    pub commander: Clean,
    /// Whether a session drives the run, by what the journal says.
    pub driven: bool,
    /// What preflight found last.
    pub preflight: Option<Arc<Preflight>>,
    /// How rules stand that turned since the start.
    pub meanwhile: Meanwhile,
    /// What is left of a failback, judged anew for its decision to go back, and since when that is how it stands; absent until this
    /// session was told.
    pub judged: Option<(Arc<Preflight>, Timestamp)>,
    /// The start, once it was given.
    pub started: Option<Given>,
    /// How steps start.
    pub mode: Mode,
    /// Each step's state, in the runbook's order.
    pub steps: Vec<StepState>,
    /// The decisions asked and not made, by step and gate.
    pub open_gates: BTreeMap<(usize, GateKind), OpenGate>,
    /// The newest lag sample of each store.
    pub lags: BTreeMap<ComponentName, Lag>,
    /// How each component is in each region.
    pub health: BTreeMap<(ComponentName, Side), (Health, Timestamp)>,
    /// What the components give to others.
    pub outputs: BTreeMap<ComponentName, Outputs>,
    /// Whose credentials are used, by region.
    pub identities: BTreeMap<crate::plan::Region, Identity>,
    /// The accounts whose credentials have expired, each with what renews them: nothing new starts meanwhile. The ambient
    /// credentials have no name.
    pub expired: BTreeMap<Option<AccountName>, Clean>,
    /// How many others look on, as far as its session last counted.
    pub watchers: usize,
    /// The way back, while it is being gone.
    pub rollback: Option<Rollback>,
    /// What is owed to the failing region.
    pub debts: Vec<Debt>,
    /// What was owed and was started again: what the step's outcome has not settled yet, see [`super::debts::being_paid`].
    pub(super) tried: Vec<Debt>,
    /// What is owed and answers again: since when, by which event.
    pub answering: BTreeMap<StepId, (Timestamp, u64)>,
    /// How the run had ended, while what it owes is paid behind that.
    pub paying: Option<Box<Ended>>,
    /// The failback that has taken up what is owed.
    pub taken_up: Option<TakenUp>,
    /// Why the run is to end where it stands.
    pub aborting: Option<Clean>,
    /// The stores whose promotion was sent, or whose copy was gone over to.
    pub promotions: BTreeMap<ComponentName, Promoted>,
    /// How it ended or was left.
    pub ended: Option<Ended>,
    /// What goes wrong in a drill, as far as it is known, oldest first.
    pub faults: Vec<Standing>,
    /// How many steps have been started so far.
    pub starts: u64,
    /// How many steps are neither verified, skipped nor owed.
    pub unsettled: usize,
    pub(super) index: Arc<Index>,
    /// How many of each step's needs are neither verified nor skipped.
    pub(super) unmet: Vec<u32>,
    /// Steps whose needs are met and that wait, by their place.
    pub(super) ready: std::collections::BTreeSet<usize>,
    /// Steps that run or are being undone.
    pub(super) busy: std::collections::BTreeSet<usize>,
}

/// A start that was given.
#[derive(Clone, Debug, PartialEq)]
pub struct Given {
    /// What was given.
    pub start: Started,
    /// By whom.
    pub by: Clean,
    /// When.
    pub at: Timestamp,
}

/// What never changes about a run's steps.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Index {
    places: HashMap<StepId, usize>,
    pub(super) dependents: Vec<Vec<usize>>,
    /// The components that hold data: those with a promotion, or a copy that is gone over to.
    pub(super) stores: HashMap<ComponentName, Store>,
}

/// The places of a store's steps.
#[derive(Debug, PartialEq)]
pub(super) struct Store {
    /// The step that its recovery side's data counts from.
    pub(super) promotion: usize,
    pub(super) fence: Option<usize>,
    pub(super) caught_up: Option<usize>,
}

/// A store whose promotion was sent, or whose copy was gone over to.
#[derive(Clone, Debug, PartialEq)]
pub struct Promoted {
    /// When.
    pub at: Timestamp,
    /// Its replica's lag as it was known then.
    pub lag: Option<Lag>,
}

/// One step of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct StepState {
    /// Where it stands.
    pub status: Status,
    /// How often it was started.
    pub attempt: u32,
    /// Its place among the starts of the run: rollback goes by it, backwards.
    pub order: Option<u64>,
    /// When the current attempt started.
    pub started_at: Option<Timestamp>,
    /// When it came to rest.
    pub finished_at: Option<Timestamp>,
    /// What was seen last, or what shows that it is done, or why it is not.
    pub note: Clean,
    /// What would help, when it failed.
    pub help: Clean,
    /// The prechecks that refused it.
    pub checks: Vec<Check>,
    /// What was sent.
    pub sent: Option<Box<Sent>>,
    /// What was sent to take it back.
    pub undo_sent: Option<Box<Sent>>,
    /// What its store may lose, as it was when the gate about it was passed last.
    pub loss: Option<Exposure>,
    /// The gates passed by a person's answer.
    pub passed: Vec<(GateKind, GateAnswer, Clean, Timestamp)>,
}

/// An act that was, or may have been, sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Sent {
    /// What.
    pub act: Act,
    /// The before-image of the first act of this step: what undo goes back to.
    pub before: serde_json::Value,
    /// When the intent of the first of them became durable that may have been done.
    pub first_at: Timestamp,
    /// When its own did.
    pub at: Timestamp,
    /// What came back, and when; nothing yet, or never.
    pub reply: Option<(Reply, Timestamp)>,
    /// What was known of this step's acts before this one was sent.
    pub earlier: Asked,
}

impl Sent {
    /// What it was answered, where it was taken.
    pub fn receipt(&self) -> Option<&crate::service::operation::Receipt> {
        match &self.reply {
            Some((Reply::Taken { receipt }, _)) => Some(receipt),
            Some(_) | None => None,
        }
    }

    /// What is known of the step's acts. A refusal says of this one that it did not happen, and nothing of an earlier one:
    /// a promotion whose reply was lost refuses the second with "not in a valid state".
    pub fn asked(&self) -> Asked {
        match &self.reply {
            None => Asked::Unanswered { at: self.at },
            Some((Reply::NoAnswer { .. }, given_up)) => Asked::Unanswered { at: *given_up },
            Some((Reply::Taken { receipt }, at)) => Asked::Taken { at: *at, receipt: receipt.clone() },
            Some((Reply::Refused { .. } | Reply::NotNow { .. } | Reply::Expired { .. }, _)) => self.earlier.clone(),
        }
    }
}

/// Where a step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// For its needs, a gate, the commander, or its turn.
    Waiting,
    /// Observing, acting or verifying.
    Running,
    /// Verified.
    Succeeded {
        /// Nothing had to be sent.
        already_done: bool,
    },
    /// Failed: precheck, bad state or time.
    Failed,
    /// It is not known whether its act happened.
    Unknown,
    /// Gone on without. Never green.
    Skipped,
    /// Beside the path and not answered: a debt.
    Owed(Fence),
    /// Its compensation runs.
    Undoing,
    /// Taken back.
    Undone,
    /// Its compensation failed.
    UndoFailed,
    /// It is not known whether its compensation happened.
    UndoUnknown,
}

impl Status {
    /// Whether those that need it may go on.
    pub fn lets_others_go_on(self) -> bool {
        matches!(self, Self::Succeeded { .. } | Self::Skipped | Self::Owed(_))
    }
    /// Whether something is being done for it now.
    pub fn is_busy(self) -> bool {
        matches!(self, Self::Running | Self::Undoing)
    }
    /// Whether a person must look at it before anything goes on from it.
    pub fn is_stuck(self) -> bool {
        match self {
            Self::Failed | Self::Unknown | Self::UndoFailed | Self::UndoUnknown => true,
            Self::Waiting
            | Self::Running
            | Self::Succeeded { .. }
            | Self::Skipped
            | Self::Owed(_)
            | Self::Undoing
            | Self::Undone => false,
        }
    }
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Succeeded { already_done: false } => "ok",
            Self::Succeeded { already_done: true } => "already done",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Skipped => "skipped",
            Self::Owed(Fence::Attempted) => "owed, attempted",
            Self::Owed(Fence::Impossible) => "owed, not possible",
            Self::Owed(Fence::Refused) => "owed, still writes",
            Self::Owed(Fence::Later) => "owed, takes longer",
            Self::Undoing => "undoing",
            Self::Undone => "undone",
            Self::UndoFailed => "undo failed",
            Self::UndoUnknown => "undo unknown",
        }
    }
}

impl StepState {
    fn new() -> Self {
        Self {
            status: Status::Waiting,
            attempt: 0,
            order: None,
            started_at: None,
            finished_at: None,
            note: Clean::default(),
            help: Clean::default(),
            checks: Vec::new(),
            sent: None,
            undo_sent: None,
            loss: None,
            passed: Vec::new(),
        }
    }

    /// Whether it changed, or may have changed, anything.
    pub fn acted(&self) -> bool {
        self.sent.as_ref().is_some_and(|sent| sent.asked() != Asked::No)
    }

    /// What is known of its act.
    pub fn asked(&self) -> Asked {
        self.sent.as_ref().map(|sent| sent.asked()).unwrap_or_default()
    }

    /// Whether a person has answered `gate` for it.
    pub fn has_passed(&self, gate: GateKind) -> bool {
        self.passed.iter().any(|(kind, ..)| *kind == gate)
    }
}

/// A decision that is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenGate {
    /// What is asked.
    pub question: Clean,
    /// Since when.
    pub since: Timestamp,
}

/// A store's newest lag sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Lag {
    /// What was sampled.
    pub sample: LagSample,
    /// When it was looked at.
    pub looked_at: Timestamp,
    /// The last sample that had a number, if any.
    pub last_known: Option<(f64, Timestamp)>,
}

/// A way back being gone.
#[derive(Clone, Debug, PartialEq)]
pub struct Rollback {
    /// The step it goes back to before; the very start when absent.
    pub to: Option<StepId>,
    /// The steps still to be visited, next first.
    pub left: Vec<usize>,
    /// Those of them whose undo was tried since and did not come to its end; whether their region was silent.
    pub tried: BTreeMap<usize, bool>,
    /// What stays, with why.
    pub stays: Vec<Stay>,
    /// Why it goes past a store's point of no return, where that was decided.
    pub past_the_point: Option<Clean>,
    /// Why it cannot go on by itself.
    pub stopped: Option<Clean>,
}

/// A fault that stands in a drill.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// What goes wrong, and with what.
    pub fault: AimedFault,
    /// Who injected it.
    pub by: Clean,
    /// Whether the scenario has it so.
    pub scripted: bool,
    /// Since when.
    pub since: Timestamp,
}

impl State {
    /// The state that a journal's first event makes; `None` for any other event.
    pub fn open(event: &Event) -> Option<Self> {
        let What::RunOpened(opened) = &event.what else { return None };
        let steps = &opened.runbook.steps;
        let places: HashMap<StepId, usize> =
            steps.iter().enumerate().map(|(place, step)| (step.id.clone(), place)).collect();
        let mut dependents = vec![Vec::new(); steps.len()];
        let mut unmet = vec![0; steps.len()];
        for (place, step) in steps.iter().enumerate() {
            for need in step.needs.iter().filter_map(|need| places.get(need)) {
                dependents[*need].push(place);
                unmet[place] += 1;
            }
        }
        let ready = (0..steps.len()).filter(|place| unmet[*place] == 0).collect();
        let mut state = Self {
            run: Arc::clone(opened),
            seq: event.seq,
            at: event.at,
            begun_at: event.at,
            epoch: event.epoch,
            commander: event.by.clone(),
            driven: false,
            preflight: None,
            meanwhile: Meanwhile::default(),
            judged: None,
            started: None,
            mode: Mode::Step,
            steps: vec![StepState::new(); steps.len()],
            open_gates: BTreeMap::new(),
            lags: BTreeMap::new(),
            health: BTreeMap::new(),
            outputs: BTreeMap::new(),
            identities: BTreeMap::new(),
            expired: BTreeMap::new(),
            watchers: 0,
            rollback: None,
            debts: Vec::new(),
            tried: Vec::new(),
            answering: BTreeMap::new(),
            paying: None,
            taken_up: None,
            aborting: None,
            promotions: BTreeMap::new(),
            ended: None,
            faults: Vec::new(),
            starts: 0,
            unsettled: steps.len(),
            index: Arc::new(Index { places, dependents, stores: stores(steps) }),
            unmet,
            ready,
            busy: std::collections::BTreeSet::new(),
        };
        state.leave_out();
        Some(state)
    }

    /// The place of a step in the runbook.
    pub fn place(&self, step: &StepId) -> Option<usize> {
        self.index.places.get(step).copied()
    }

    /// A step and its state.
    pub fn step(&self, step: &StepId) -> Option<(&Step, &StepState)> {
        let place = self.place(step)?;
        Some((&self.run.runbook.steps[place], &self.steps[place]))
    }

    /// The runbook's step at `place`.
    pub fn plan_step(&self, place: usize) -> &Step {
        &self.run.runbook.steps[place]
    }

    /// Whether `component` is a store that both sides write to: nothing is promoted, its copy is gone over to.
    pub fn is_copied(&self, component: &ComponentName) -> bool {
        let store = self.index.stores.get(component);
        store.is_some_and(|store| self.plan_step(store.promotion).role() == Role::Copy)
    }

    /// Whether those that need the step at `place` may go on: a skipped one stands aside, and what it waits for itself is waited
    /// for through it.
    pub fn lets_go_on(&self, place: usize) -> bool {
        let status = self.steps[place].status;
        status.lets_others_go_on() && (status != Status::Skipped || self.unmet[place] == 0)
    }

    /// Whether the step at `place` waits, and nothing keeps it from starting.
    pub fn is_ready(&self, place: usize) -> bool {
        self.ready.contains(&place)
    }

    /// What keeps the step at `place` from starting: needs of its own, and of those of them that are skipped.
    pub fn waits_for(&self, place: usize) -> Vec<&StepId> {
        let (mut found, mut seen, mut asked) = (Vec::new(), HashSet::from([place]), vec![place]);
        while let Some(place) = asked.pop() {
            for need in &self.plan_step(place).needs {
                match self.place(need).filter(|need| !self.lets_go_on(*need)) {
                    Some(other) if !seen.insert(other) => {}
                    Some(other) if self.steps[other].status == Status::Skipped => asked.push(other),
                    Some(_) => found.push(need),
                    None => {}
                }
            }
        }
        found
    }

    /// The places of the steps that need the step at `place`.
    pub fn dependents(&self, place: usize) -> &[usize] {
        &self.index.dependents[place]
    }

    /// The places of steps that wait and whose needs are met, in run order.
    pub fn ready(&self) -> impl Iterator<Item = usize> + '_ {
        self.ready.iter().copied()
    }

    /// The places of steps that run or are being undone, in run order.
    pub fn busy(&self) -> impl Iterator<Item = usize> + '_ {
        self.busy.iter().copied()
    }

    /// Whether hold was asked for and something still runs.
    pub fn is_holding(&self) -> bool {
        self.mode == Mode::Hold && !self.busy.is_empty()
    }

    /// Whether nothing more can happen in this run: it is over, not just left.
    pub fn is_over(&self) -> bool {
        self.ended.as_ref().is_some_and(|ended| match ended.outcome {
            RunOutcome::Completed
            | RunOutcome::CompletedWithExceptions
            | RunOutcome::Aborted
            | RunOutcome::RolledBack => true,
            RunOutcome::Failed | RunOutcome::Held => false,
        })
    }

    /// How many steps are verified, skipped or owed.
    pub fn settled(&self) -> usize {
        self.steps.len() - self.unsettled
    }
}

/// The components that hold data, and the places of what belongs to it.
fn stores(steps: &[Step]) -> HashMap<ComponentName, Store> {
    let mut stores = HashMap::new();
    for (promotion, step) in steps.iter().enumerate().filter(|(_, step)| step.role().is_of_a_store()) {
        stores.insert(step.component.clone(), Store { promotion, fence: None, caught_up: None });
    }
    for (place, step) in steps.iter().enumerate() {
        let Some(store) = stores.get_mut(&step.component) else { continue };
        if step.role() == Role::Fence {
            store.fence = Some(place);
        }
        if step.asks_when_failing == Some(GateKind::CaughtUp) {
            store.caught_up = Some(place);
        }
    }
    stores
}
