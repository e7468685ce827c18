//! What happened in a run: the events of the journal. Everything on a screen is a fold of these.

use super::start::{Found, Preflight, Started};
use crate::plan::{AccountName, ComponentName, GateKind, Intent, Plan, Runbook, Side, StepId};
use crate::seal::Token;
use crate::service::observation::{Identity, LagSample};
use crate::service::{Act, AimedFault, CallMade, Check, Health, Outputs, Reply};
use crate::text::Clean;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The journal's format; a journal of a later one is only read. Format 2 has preflight and the start.
pub const JOURNAL_VERSION: u32 = 2;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Its place in the journal, from 0.
    pub seq: u64,
    /// When, by the run's clock (in a drill with scaled time, the scaled one).
    pub at: Timestamp,
    /// Milliseconds of monotonic time since its session opened the journal.
    pub offset_ms: u64,
    /// The lease under which it was written.
    pub epoch: u64,
    /// Who: a person's name, or `landfall`.
    pub by: Clean,
    /// What.
    #[serde(flatten)]
    pub what: What,
}

/// What happened. A recording keeps a hundred thousand of these at hand: what is large and rare is boxed, and what a run
/// starts with is shared by all that hold it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum What {
    /// The journal's first line: the whole plan, so that a journal explains itself.
    RunOpened(Arc<Opened>),
    /// A session took the lease: the first one, or a resumed one.
    SessionOpened {
        /// The machine.
        host: Clean,
        /// The process.
        pid: u32,
        /// Whether it goes on from an earlier session.
        resumed: bool,
        /// What no other session has: the line of its own in the journal is its right to write.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        holder: Option<Clean>,
        /// Whether it was meant to go on beside another run of the same application.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        beside: bool,
        /// Whether it took the run from a session that lived and had not let go of it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        taken_over: bool,
    },
    /// A session let go of the run.
    SessionClosed {
        /// Why: `quit`, `SIGTERM`, …
        why: Clean,
    },
    /// What was found about the whole plan before its start.
    Preflight(Box<Preflight>),
    /// The first typed yes: from now on something may be changed.
    Started(Box<Started>),
    /// Readiness rules that stand otherwise than they were told last, of what nothing was started of yet: looked at while the
    /// run goes on. What was known before the start stays as it was.
    RulesTurned {
        /// How each of them stands now.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        found: Vec<Found>,
        /// Why nothing more is asked for them by this session, once that is so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rests: Option<Clean>,
    },
    /// What was found, asked anew, about what is left of a failback while it waits for the decision to go back.
    ReturnJudged(Box<Preflight>),
    /// The commander chose how steps start.
    ModeChanged {
        /// From now on.
        mode: Mode,
    },
    /// A step was started, or started again.
    StepStarted {
        /// Which.
        step: StepId,
        /// The first attempt is 1.
        attempt: u32,
    },
    /// A step is about to act. Durable before the act is sent.
    StepActing {
        /// Which.
        step: StepId,
        /// What is sent.
        act: Box<Act>,
        /// How it was before: what undo will need.
        before: Box<serde_json::Value>,
    },
    /// The reply to a step's act.
    StepActed {
        /// Which.
        step: StepId,
        /// What came back.
        #[serde(flatten)]
        reply: Reply,
    },
    /// How far a step's verification is.
    StepProgress {
        /// Which.
        step: StepId,
        /// What was seen.
        note: Clean,
    },
    /// A step's goal was verified.
    StepSucceeded {
        /// Which.
        step: StepId,
        /// The goal held before anything was sent.
        already_done: bool,
        /// What shows it.
        evidence: Clean,
        /// What it gives to others.
        #[serde(default, skip_serializing_if = "Outputs::is_empty")]
        outputs: Outputs,
    },
    /// A step failed.
    StepFailed {
        /// Which.
        step: StepId,
        /// Why.
        reason: Clean,
        /// What would help.
        help: Clean,
        /// The prechecks that refused it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        checks: Vec<Check>,
    },
    /// It is not known whether a step's act happened.
    StepUnknown {
        /// Which.
        step: StepId,
        /// Why not.
        why: Clean,
    },
    /// A step was left before anything was sent for it: the run goes back, or is held.
    StepWithdrawn {
        /// Which.
        step: StepId,
        /// Why.
        why: Clean,
    },
    /// The commander went on without a step.
    StepSkipped {
        /// Which.
        step: StepId,
        /// Why.
        reason: Clean,
    },
    /// A step beside the path was not answered: a debt.
    StepOwed {
        /// Which.
        step: StepId,
        /// How far it came.
        fence: Fence,
        /// What came back.
        why: Clean,
    },
    /// A decision is asked.
    GateOpened {
        /// Before which step.
        step: StepId,
        /// Which decision.
        gate: GateKind,
        /// What is asked.
        question: Clean,
        /// The exposure when it was asked, for a loss gate.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        exposure: Option<Exposure>,
    },
    /// A decision was made, or was not needed.
    GatePassed {
        /// Before which step.
        step: StepId,
        /// Which decision.
        gate: GateKind,
        /// The answer.
        answer: GateAnswer,
        /// The exposure when it was passed, for a loss gate.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        exposure: Option<Exposure>,
    },
    /// The commander asked to go back.
    RollbackStarted {
        /// The step to go back to before; to the very start when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<StepId>,
        /// The steps that acted, or may have, in the order in which they will be undone.
        steps: Vec<StepId>,
        /// The steps that acted and stay, each with its reason.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        stays: Vec<Stay>,
        /// Why.
        reason: Clean,
        /// Why going back goes past a store's point of no return, where that was decided.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        past_the_point: Option<Clean>,
    },
    /// A step's compensation was started.
    UndoStarted {
        /// Which.
        step: StepId,
    },
    /// A compensation is about to act. Durable before it is sent.
    UndoActing {
        /// Which.
        step: StepId,
        /// What is sent.
        act: Box<Act>,
    },
    /// The reply to a compensation.
    UndoActed {
        /// Which.
        step: StepId,
        /// What came back.
        #[serde(flatten)]
        reply: Reply,
    },
    /// A step was taken back, and verified to be.
    StepUndone {
        /// Which.
        step: StepId,
        /// It was as before already.
        already_done: bool,
        /// What shows it.
        evidence: Clean,
    },
    /// A step cannot be taken back; it stays.
    UndoImpossible {
        /// Which.
        step: StepId,
        /// Why.
        why: Clean,
    },
    /// A compensation failed.
    UndoFailed {
        /// Which.
        step: StepId,
        /// Why.
        reason: Clean,
        /// What would help.
        help: Clean,
    },
    /// It is not known whether a compensation happened.
    UndoUnknown {
        /// Which.
        step: StepId,
        /// Why not.
        why: Clean,
        /// Whether the region that a failback was to bring up said nothing at all: what can be taken back elsewhere goes first.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        silent: bool,
    },
    /// The rollback cannot go on by itself.
    RollbackStopped {
        /// At which step.
        step: StepId,
        /// Why.
        why: Clean,
    },
    /// The rollback has visited every step it meant to.
    RollbackEnded,
    /// The commander asked to end the run where it stands.
    AbortRequested {
        /// Why.
        reason: Clean,
    },
    /// An API call, as it was made.
    Call {
        /// For which step; absent for telemetry.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        step: Option<StepId>,
        /// The call.
        #[serde(flatten)]
        call: CallMade,
    },
    /// A replication lag sample, or that there is none.
    Lag {
        /// Of which component.
        component: ComponentName,
        /// What was sampled.
        #[serde(flatten)]
        sample: LagSample,
    },
    /// How a component is in one region.
    Health {
        /// Which component.
        component: ComponentName,
        /// In which region.
        side: Side,
        /// How it is.
        #[serde(flatten)]
        health: Health,
    },
    /// Every component that was told of in one region by this session was looked at again, and is as it was told; of what
    /// is up, that it still is.
    HealthUnchanged {
        /// In which region.
        side: Side,
        /// Those that were not looked at this time.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        except: Vec<ComponentName>,
    },
    /// Whose credentials are used in a region.
    Identity {
        /// Who.
        #[serde(flatten)]
        identity: Identity,
    },
    /// The credentials of an account have expired, or are no longer known: nothing new starts, and what runs waits, until
    /// they work again.
    CredentialsExpired {
        /// The account, by its name in the plan; the ambient credentials when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        account: Option<AccountName>,
        /// What the cloud said, and the command that renews them.
        why: Clean,
    },
    /// They work again.
    CredentialsRenewed {
        /// The account, by its name in the plan; the ambient credentials when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        account: Option<AccountName>,
    },
    /// How many others look on now.
    Watched {
        /// The watchers whose marks are renewed.
        watchers: usize,
    },
    /// Something a person wrote down.
    Note {
        /// What.
        text: Clean,
        /// About which step.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        step: Option<StepId>,
    },
    /// Values that are not written down were read again, and are not, or not known to be, what the run had.
    ValuesRead {
        /// Which.
        values: Vec<ValueRead>,
    },
    /// In a drill something goes wrong from now on: by a facilitator, who is no commander, or by the scenario. Durable
    /// before a facilitator's fault changes anything.
    FaultInjected {
        /// What, and with what.
        #[serde(flatten)]
        fault: AimedFault,
        /// Whether the scenario has it so.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        scripted: bool,
    },
    /// In a drill something goes wrong no more.
    FaultEnded {
        /// What, and with what.
        #[serde(flatten)]
        fault: AimedFault,
        /// Whether the scenario has it so.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        scripted: bool,
    },
    /// A failback of this run was begun: what is owed is paid there from now on.
    TakenUp(TakenUp),
    /// The run ended, or was left where it stands.
    RunEnded(Ended),
    /// Something that only a later Landfall knows. Never written: who does not know all of a run does not drive it.
    #[serde(skip)]
    Later {
        /// What it calls it.
        event: Clean,
    },
}

impl What {
    /// The step it is about.
    pub fn step(&self) -> Option<&StepId> {
        match self {
            Self::StepStarted { step, .. }
            | Self::StepActing { step, .. }
            | Self::StepActed { step, .. }
            | Self::StepProgress { step, .. }
            | Self::StepSucceeded { step, .. }
            | Self::StepFailed { step, .. }
            | Self::StepUnknown { step, .. }
            | Self::StepWithdrawn { step, .. }
            | Self::StepSkipped { step, .. }
            | Self::StepOwed { step, .. }
            | Self::GateOpened { step, .. }
            | Self::GatePassed { step, .. }
            | Self::UndoStarted { step }
            | Self::UndoActing { step, .. }
            | Self::UndoActed { step, .. }
            | Self::StepUndone { step, .. }
            | Self::UndoImpossible { step, .. }
            | Self::UndoFailed { step, .. }
            | Self::UndoUnknown { step, .. }
            | Self::RollbackStopped { step, .. } => Some(step),
            Self::Call { step, .. } | Self::Note { step, .. } | Self::RollbackStarted { to: step, .. } => step.as_ref(),
            Self::RunOpened(_)
            | Self::SessionOpened { .. }
            | Self::SessionClosed { .. }
            | Self::Preflight(_)
            | Self::Started(_)
            | Self::RulesTurned { .. }
            | Self::ReturnJudged(_)
            | Self::ModeChanged { .. }
            | Self::RollbackEnded
            | Self::AbortRequested { .. }
            | Self::Lag { .. }
            | Self::Health { .. }
            | Self::HealthUnchanged { .. }
            | Self::Identity { .. }
            | Self::CredentialsExpired { .. }
            | Self::CredentialsRenewed { .. }
            | Self::Watched { .. }
            | Self::ValuesRead { .. }
            | Self::FaultInjected { .. }
            | Self::FaultEnded { .. }
            | Self::TakenUp(_)
            | Self::RunEnded(_)
            | Self::Later { .. } => None,
        }
    }
}

/// What a run starts with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Opened {
    /// [`JOURNAL_VERSION`].
    pub version: u32,
    /// The run's id.
    pub run: Clean,
    /// What is being done.
    pub intent: Intent,
    /// On what.
    pub cloud: CloudName,
    /// When the incident was declared: the recovery clock runs from here.
    pub declared_at: Timestamp,
    /// The plan.
    pub plan: Plan,
    /// Its runbook, as it was compiled.
    pub runbook: Runbook,
    /// What makes a simulated cloud again, for a drill.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drill: Option<Drill>,
    /// The program that wrote it.
    pub program: Clean,
    /// What answers in place of the real cloud, by its host and port: what it did proves nothing of that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<Clean>,
}

impl Opened {
    /// The same, with the tokens of values that were read again.
    pub fn with_values(&self, values: &[ValueRead]) -> Self {
        let mut opened = self.clone();
        for read in values {
            let place = opened.plan.sealed.values.iter().position(|value| value.name == read.name);
            if let Some(place) = place {
                opened.plan.reseal(place, &read.sealed);
            }
        }
        opened
    }
}

/// A value that was read again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ValueRead {
    /// What it is called: `api.environment.DB_PASSWORD`.
    pub name: Clean,
    /// What stands for it from now on.
    pub sealed: Token,
    /// How it compares with what the run had.
    pub how: Compared,
}

/// How a value that was read again compares with what the run had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compared {
    /// It is another one, and was taken by a person's word.
    Changed,
    /// The run's key is not there.
    Not,
    /// The run had none.
    First,
}

impl Compared {
    /// The words for it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Not => "not compared",
            Self::First => "there now",
        }
    }
}

/// Which cloud a run acts on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CloudName {
    /// Amazon Web Services, or what answers at `AWS_ENDPOINT_URL`.
    Aws,
    /// Two simulated regions.
    Sim,
}

/// What makes a simulated cloud again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drill {
    /// Fixes every duration.
    pub seed: u64,
    /// How many times as fast as the wall clock the run's time passes.
    pub time_scale: f64,
    /// The scenario's text; none when the world has no surprises.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scenario: Option<String>,
    /// Whether no fault is told to the commander before the run is over.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub surprise: bool,
    /// The world that it goes on in, where that is the one of a run before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub world: Option<WorldOf>,
}

/// What a simulated world was made from: it goes on through the failback of a run, and what comes after.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WorldOf {
    /// The plan.
    pub plan: Plan,
    /// What its first run was for.
    pub intent: Intent,
    /// When that began.
    pub started_at: Timestamp,
}

/// How steps start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Each waits for the commander.
    Step,
    /// Each starts as soon as its needs are verified.
    Auto,
    /// None starts; what runs finishes.
    Hold,
}

/// How far a fence came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fence {
    /// It was asked for; whether it holds is not known.
    Attempted,
    /// It could not even be asked for.
    Impossible,
    /// The old side goes on: its fence was refused or did not come to hold, and that was accepted.
    Refused,
    /// It is no fence: what it waits for takes longer than the run does, and nothing stands on it.
    Later,
}

/// Worst-case loss of data if promoted now. One number for screen, gate and report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exposure {
    /// Last known lag and the age of that sample together, in seconds; `None` is unknown.
    pub seconds: Option<f64>,
    /// In words: `lag 1.2 s, sampled 41 s ago`.
    pub note: Clean,
    /// Whether it may be more: the old side was not shown to have stopped writing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub at_least: bool,
}

/// How a gate was passed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum GateAnswer {
    /// The exposure was within the objective: nobody had to decide.
    Within,
    /// Approved.
    Approved {
        /// What was said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Clean>,
    },
    /// The target region was typed.
    Crossed {
        /// As typed.
        region: Clean,
        /// Who gave it ahead, with the start.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ahead: Option<Clean>,
    },
    /// What it costs was accepted.
    Accepted {
        /// Why.
        reason: Clean,
        /// Who gave it ahead, with the start.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ahead: Option<Clean>,
    },
    /// A person did what was asked.
    Done {
        /// What was said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Clean>,
    },
    /// What differed was reconciled.
    Reconciled {
        /// By whom or what, and how.
        how: Clean,
    },
}

impl GateAnswer {
    /// Who gave it ahead, with the start.
    pub fn given_ahead_by(&self) -> Option<&Clean> {
        match self {
            Self::Crossed { ahead, .. } | Self::Accepted { ahead, .. } => ahead.as_ref(),
            Self::Within | Self::Approved { .. } | Self::Done { .. } | Self::Reconciled { .. } => None,
        }
    }
}

/// How a run ended, or was left.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ended {
    /// How.
    pub outcome: RunOutcome,
    /// Seconds from the declaration to now; of a failback, those that users noticed.
    pub rto_seconds: f64,
    /// The worst exposure that was promoted over, in seconds; `None` when nothing was, or it was unknown.
    pub rpo_seconds: Option<f64>,
    /// What is owed to the failing region when it returns.
    pub debts: Vec<Debt>,
    /// What was skipped.
    pub exceptions: Vec<StepId>,
    /// What stays after a rollback, each with its reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stays: Vec<Stay>,
    /// What each store lost, held against its objective.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub objectives: Vec<Objective>,
}

/// The failback of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenUp {
    /// Its id.
    pub run: Clean,
    /// Its journal.
    pub journal: Clean,
}

/// A step that acted and is not taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stay {
    /// Which.
    pub step: StepId,
    /// Why.
    pub why: Clean,
}

/// What a store lost, held against its objective.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Objective {
    /// The store.
    pub component: ComponentName,
    /// Its recovery point objective, in seconds; none was given when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rpo_seconds: Option<f64>,
    /// The seconds of writes that were lost, as [`Bound`] says; `None` is unknown.
    pub loss_seconds: Option<f64>,
    /// What the number says.
    pub loss: Bound,
    /// Whether the objective was met; `None` when it cannot be told, or none was given.
    pub met: Option<bool>,
}

/// What a loss's number says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// So many seconds of writes, or fewer.
    AtMost,
    /// So many, and perhaps more: the old side may have gone on writing.
    AtLeast,
    /// It is not known.
    Unknown,
    /// Nothing: it was shown to have caught up, or nothing was promoted.
    None,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunOutcome {
    /// Every step is verified.
    Completed,
    /// Every step is verified or was skipped with a reason.
    CompletedWithExceptions,
    /// A step failed and nothing else can go on. Can be resumed.
    Failed,
    /// The commander ended it where it stood.
    Aborted,
    /// What acted was undone, but for what cannot be.
    RolledBack,
    /// Left at a gate that nobody answered. Can be resumed.
    Held,
}

/// What is owed to the failing region when it returns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Debt {
    /// The step that is owed.
    pub step: StepId,
    /// What it was to do.
    pub title: Clean,
    /// How far it came.
    pub fence: Fence,
    /// Why it could not be done.
    pub why: Clean,
}
