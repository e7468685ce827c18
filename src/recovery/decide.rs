//! `decide`: what a command, or what the runner reports, means for a run. Pure: state and now in, events and
//! actions out, or a refusal. What follows by itself (starting what is ready, ending) is in `advance`.

use super::command::{Command, Refusal};
use super::event::*;
use super::state::{State, Status};
use super::{debts, divergence, loss, planned, rollback, start, window};
use crate::plan::{Gate, GateKind, Intent, Step, StepId};
use crate::service::{Act, Check, Outputs, Reply};
use crate::text::Clean;
use jiff::Timestamp;

/// What the runner tells of a step it works on.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// Which step.
    pub step: StepId,
    /// Which attempt; a report of an earlier one changes nothing.
    pub attempt: u32,
    /// Whether its compensation is meant.
    pub undo: bool,
    /// What.
    pub what: Reported,
}

/// What is told.
#[derive(Clone, Debug, PartialEq)]
pub enum Reported {
    /// It is about to act; it waits until this is durable.
    Acting {
        /// What it will send.
        act: Act,
        /// How it was before.
        before: serde_json::Value,
    },
    /// The reply came, or did not.
    Acted(Reply),
    /// Something new was seen.
    Progress(Clean),
    /// The goal holds.
    Succeeded {
        /// Nothing was sent.
        already_done: bool,
        /// What shows it.
        evidence: Clean,
        /// What it gives to others.
        outputs: Outputs,
    },
    /// It failed.
    Failed {
        /// Why.
        reason: Clean,
        /// What would help.
        help: Clean,
        /// The prechecks that refused it.
        checks: Vec<Check>,
    },
    /// It cannot be told whether it happened.
    Unknown(Clean),
    /// Its region gave no answer of any kind, to looks or acts, for so long that nothing may wait for it any more.
    Silent(Clean),
    /// Its time is up and it goes on: beside the path, where nobody is asked about it and nothing waits for it.
    Late(Clean),
    /// Nothing was sent, and nothing will be: the run goes back.
    Withdrawn(Clean),
}

/// What is to be started once the events are durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// A step.
    Start {
        /// Its place.
        place: usize,
        /// The attempt.
        attempt: u32,
    },
    /// A step's compensation.
    Undo {
        /// Its place.
        place: usize,
        /// The attempt it undoes.
        attempt: u32,
    },
}

/// What was decided.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decision {
    /// What happened by it.
    pub events: Vec<What>,
    /// What is started by it.
    pub actions: Vec<Action>,
    /// The step to be started next by the commander's own hand, once the events are folded.
    pub then_start: Option<usize>,
}

impl Decision {
    pub(super) fn event(what: What) -> Self {
        Self { events: vec![what], ..Self::default() }
    }
}

/// What `command` means for the run.
///
/// # Errors
/// A [`Refusal`] that says why and what would clear it.
pub fn command(state: &State, command: &Command, now: Timestamp) -> Result<Decision, Refusal> {
    if let Command::Note { text, step } = command {
        let text = required(text, "a note needs words")?;
        return Ok(Decision::event(What::Note { text, step: step.clone() }));
    }
    if let Command::RollBack { to, typed, reason, past_the_point } = command {
        return rollback::start(state, to.as_ref(), typed, reason, past_the_point.as_ref());
    }
    if let Command::Pay { steps } = command {
        return debts::pay(state, steps);
    }
    let is_behind = state.is_over() || state.paying.is_some();
    if let Command::Retry { step } = command
        && is_behind
        && state.place(step).is_some_and(|place| debts::is_owed(state, place))
    {
        return debts::pay(state, std::slice::from_ref(step));
    }
    if state.is_over() {
        return Err(Refusal::new(
            "the run is over",
            "it can only be read now, noted in, rolled back, or its debts paid",
        ));
    }
    if state.paying.is_some() && !matches!(command, Command::SetMode(_) | Command::Leave) {
        return Err(debts::only_paying());
    }
    match command {
        Command::Start(given) => start::start(state, given),
        Command::Go { step: None } => next(state),
        Command::Go { step: Some(step) } => go(state, step),
        Command::SetMode(mode) if *mode == state.mode => Ok(Decision::default()),
        Command::SetMode(mode) => Ok(Decision::event(What::ModeChanged { mode: *mode })),
        Command::Retry { step } => retry(state, step),
        Command::Skip { step, reason } => skip(state, step, reason),
        Command::Answer { step, gate, text } => answer(state, step, *gate, text, now),
        Command::Abort { reason } => {
            let reason = required(reason, "an abort needs a reason")?;
            Ok(Decision::event(What::AbortRequested { reason }))
        }
        Command::Leave => leave(state, now),
        Command::Note { .. } | Command::RollBack { .. } | Command::Pay { .. } => Ok(Decision::default()),
    }
}

/// What a report of the runner means for the run. One of an attempt that is over means nothing.
pub fn report(state: &State, report: &Report) -> Decision {
    let Some((plan_step, step)) = state.step(&report.step) else { return Decision::default() };
    let wanted = if report.undo { Status::Undoing } else { Status::Running };
    if step.status != wanted || step.attempt != report.attempt {
        return Decision::default();
    }
    if let Some(owed) = debts::report(state, report) {
        return Decision::event(owed);
    }
    let id = report.step.clone();
    let what = match (&report.what, report.undo) {
        (Reported::Acting { act, before }, false) => {
            What::StepActing { step: id, act: act.clone().into(), before: before.clone().into() }
        }
        (Reported::Acting { act, .. }, true) => What::UndoActing { step: id, act: act.clone().into() },
        (Reported::Acted(reply), false) => What::StepActed { step: id, reply: reply.clone() },
        (Reported::Acted(reply), true) => What::UndoActed { step: id, reply: reply.clone() },
        (Reported::Progress(note), _) => What::StepProgress { step: id, note: note.clone() },
        (Reported::Succeeded { already_done, evidence, outputs }, false) => What::StepSucceeded {
            step: id,
            already_done: *already_done,
            evidence: evidence.clone(),
            outputs: outputs.clone(),
        },
        (Reported::Succeeded { already_done, evidence, .. }, true) => {
            What::StepUndone { step: id, already_done: *already_done, evidence: evidence.clone() }
        }
        (Reported::Silent(why), false) if may_be_owed(state, plan_step) => {
            let fence = if step.acted() { Fence::Attempted } else { Fence::Impossible };
            What::StepOwed { step: id, fence, why: why.clone() }
        }
        (Reported::Late(why), false) if may_be_late(state, plan_step) => {
            What::StepOwed { step: id, fence: Fence::Later, why: why.clone() }
        }
        (Reported::Failed { reason, help, checks }, false) => {
            let failed =
                What::StepFailed { step: id, reason: reason.clone(), help: help.clone(), checks: checks.clone() };
            return Decision { events: and_asked(plan_step, failed, reason), ..Decision::default() };
        }
        (Reported::Failed { reason, help, .. }, true) => {
            What::UndoFailed { step: id, reason: reason.clone(), help: help.clone() }
        }
        (Reported::Unknown(why) | Reported::Silent(why) | Reported::Late(why), false) => {
            let unknown = What::StepUnknown { step: id, why: why.clone() };
            return Decision { events: and_asked(plan_step, unknown, why), ..Decision::default() };
        }
        (Reported::Unknown(why) | Reported::Silent(why) | Reported::Late(why) | Reported::Withdrawn(why), true) => {
            let silent = matches!(report.what, Reported::Silent(_));
            What::UndoUnknown { step: id, why: why.clone(), silent }
        }
        (Reported::Withdrawn(why), false) => What::StepWithdrawn { step: id, why: why.clone() },
    };
    Decision::event(what)
}

/// What a failover must do never waits on a region that is silent: there it is a debt, not a failure. A region that
/// answers and refuses, or is not done in time, is another matter: that fails the step, and a person is asked. Only what
/// nobody would be asked about, and takes its hours, is a debt too once its time is up.
fn may_be_owed(state: &State, step: &Step) -> bool {
    step.beside && state.run.intent == Intent::Failover
}

/// What only looks beside the path, and nobody is asked about, is owed once its time is up, whatever the intent: nothing of
/// the run stands on it.
fn may_be_late(state: &State, step: &Step) -> bool {
    let stands_alone = step.beside && !step.acts;
    (may_be_owed(state, step) || stands_alone) && step.asks_when_failing.is_none()
}

/// A failure that a person can answer is asked at once.
fn and_asked(step: &Step, failed: What, why: &Clean) -> Vec<What> {
    let mut events = vec![failed];
    if let Some(gate) = step.asks_when_failing {
        let question = Clean::new(&match gate {
            GateKind::Writers => format!("The old writer was not stopped, and its region answers: {why}"),
            GateKind::CaughtUp => format!("It was not shown that the replica has everything: {why}"),
            GateKind::Approval
            | GateKind::PointOfNoReturn
            | GateKind::Loss
            | GateKind::Manual
            | GateKind::Divergence
            | GateKind::Window => {
                format!("{} failed: {why}", step.title)
            }
        });
        events.push(What::GateOpened { step: step.id.clone(), gate, question, exposure: None });
    }
    events
}

/// Nothing is changed before the start.
fn started(state: &State) -> Result<(), Refusal> {
    if state.needs_start() {
        let region = &state.run.plan.application.recovery;
        return Err(Refusal::new("the run is not started", format!("start it: type {region} in the start form")));
    }
    Ok(())
}

fn next(state: &State) -> Result<Decision, Refusal> {
    started(state)?;
    if let Some(rollback) = &state.rollback {
        let Some(place) = rollback::turn(state, rollback) else { return Ok(Decision::default()) };
        return rollback::undo(state, place);
    }
    let place = state.ready().find(|place| state.plan_step(*place).beside).or_else(|| state.ready().next());
    match place {
        Some(place) => begin(state, place),
        None if state.busy().next().is_some() => {
            Err(Refusal::new("no step is ready: what runs must be verified first", "wait for it"))
        }
        None => Err(Refusal::new("no step is ready", "retry or skip what failed, or roll back")),
    }
}

fn go(state: &State, step: &StepId) -> Result<Decision, Refusal> {
    started(state)?;
    let place = known(state, step)?;
    if !state.ready().any(|ready| ready == place) {
        return Err(not_ready(state, place));
    }
    begin(state, place)
}

/// Starts a step by the commander's own hand; its gates are asked first.
fn begin(state: &State, place: usize) -> Result<Decision, Refusal> {
    if state.mode == Mode::Hold {
        return Err(Refusal::new("the run is held: nothing new starts", "resume first"));
    }
    not_going_back(state)?;
    Ok(Decision { then_start: Some(place), ..Decision::default() })
}

fn retry(state: &State, step: &StepId) -> Result<Decision, Refusal> {
    started(state)?;
    let place = known(state, step)?;
    match state.steps[place].status {
        Status::Failed | Status::Unknown | Status::Owed(_) => {
            if !state.waits_for(place).is_empty() {
                return Err(not_ready(state, place));
            }
            let begun = begin(state, place)?;
            let is_known = state.steps[place].status == Status::Failed;
            match planned::planner(state, place).filter(|_| is_known) {
                Some(planner) => Ok(planned_again(state, planner, place)),
                None => Ok(begun),
            }
        }
        Status::UndoFailed | Status::UndoUnknown => rollback::undo(state, place),
        Status::Waiting | Status::Undone => go(state, step),
        Status::Running | Status::Undoing => {
            Err(Refusal::new(format!("{step} is being worked on"), "wait until it comes to rest"))
        }
        Status::Succeeded { .. } | Status::Skipped => {
            Err(Refusal::new(format!("{step} is settled"), "roll back to before it to do it again"))
        }
    }
}

/// What failed while it did what was planned is planned again, and asked about again: what is left to do is another thing now.
fn planned_again(state: &State, planner: usize, place: usize) -> Decision {
    let withdrawn = |place: usize| What::StepWithdrawn {
        step: state.plan_step(place).id.clone(),
        why: "to be planned again, and asked about again".into(),
    };
    Decision { events: vec![withdrawn(place), withdrawn(planner)], then_start: Some(planner), ..Decision::default() }
}

fn skip(state: &State, step: &StepId, reason: &Clean) -> Result<Decision, Refusal> {
    let place = known(state, step)?;
    let reason = required(reason, "a skip needs a reason")?;
    not_going_back(state)?;
    let asked = state.plan_step(place).asks_when_failing;
    if let Some(gate) = asked.filter(|gate| state.open_gates.contains_key(&(place, *gate))) {
        let why = format!("{step} asks a question of its own: {}", gate.words());
        return Err(Refusal::new(why, "answer it, retry the step, or roll back"));
    }
    let mut gates = state.plan_step(place).gates.iter().map(Gate::kind);
    if let Some(gate) = gates.find(|gate| gate.decides()) {
        let why = format!(
            "{step} is a decision ({}): what comes behind it goes on by that, and by nothing else",
            gate.words()
        );
        return Err(Refusal::new(why, "answer it; or leave the run, which stands as long as it has to"));
    }
    match state.steps[place].status {
        Status::Waiting | Status::Failed | Status::Unknown | Status::Undone | Status::Owed(_) => {
            Ok(Decision::event(What::StepSkipped { step: step.clone(), reason }))
        }
        Status::Running | Status::Undoing => {
            Err(Refusal::new(format!("{step} is being worked on"), "hold, and wait until it comes to rest"))
        }
        Status::Succeeded { .. } | Status::Skipped => {
            Err(Refusal::new(format!("{step} is settled already"), "there is nothing to skip"))
        }
        Status::UndoFailed | Status::UndoUnknown => {
            Err(Refusal::new(format!("{step} is being undone"), "retry its undo, or note why it stays"))
        }
    }
}

fn answer(state: &State, step: &StepId, gate: GateKind, text: &Clean, now: Timestamp) -> Result<Decision, Refusal> {
    let place = known(state, step)?;
    if !state.open_gates.contains_key(&(place, gate)) {
        return Err(Refusal::new(
            format!("no {} gate is open at {step}", gate.words()),
            "a gate is answered when it is asked, with its number on the screen",
        ));
    }
    let remark = Some(text.clone()).filter(|text| !text.trim().is_empty());
    let accepted = |why: &str| Ok(GateAnswer::Accepted { reason: required(text, why)?, ahead: None });
    let answer = match gate {
        GateKind::Approval => GateAnswer::Approved { reason: remark },
        GateKind::Manual => GateAnswer::Done { reason: remark },
        GateKind::Loss => accepted("accepting a loss needs a reason")?,
        GateKind::Writers => accepted("going on beside a writer needs a reason")?,
        GateKind::CaughtUp => accepted("losing data needs a reason")?,
        GateKind::PointOfNoReturn => {
            start::typed(state, text, "cross")?;
            GateAnswer::Crossed { region: text.clone(), ahead: None }
        }
        GateKind::Divergence => divergence::answered(text)?,
        GateKind::Window => {
            window::may_cross(state)?;
            start::typed(state, text, "go back there")?;
            GateAnswer::Crossed { region: text.clone(), ahead: None }
        }
    };
    let exposure = match gate {
        GateKind::Loss | GateKind::CaughtUp => Some(loss::exposure(state, &state.plan_step(place).component, now)),
        GateKind::Approval
        | GateKind::PointOfNoReturn
        | GateKind::Manual
        | GateKind::Writers
        | GateKind::Divergence
        | GateKind::Window => None,
    };
    let mut events = vec![What::GatePassed { step: step.clone(), gate, answer, exposure }];
    match gate {
        // Its fence is owed from now on, and what waits for it goes on.
        GateKind::Writers => {
            let why = Clean::new(&format!("{}; gone on beside it: {}", state.steps[place].note, text.trim()));
            events.push(What::StepOwed { step: step.clone(), fence: Fence::Refused, why });
        }
        GateKind::CaughtUp => {
            events.push(What::StepSkipped { step: step.clone(), reason: Clean::new(text.trim()) });
        }
        GateKind::Approval
        | GateKind::PointOfNoReturn
        | GateKind::Loss
        | GateKind::Manual
        | GateKind::Divergence
        | GateKind::Window => {}
    }
    let asked_before = matches!(state.steps[place].status, Status::Waiting | Status::Undone);
    // Step by step, the answer is the commander's go; under hold it is only kept.
    let then_start = (asked_before && state.mode == Mode::Step && state.rollback.is_none()).then_some(place);
    Ok(Decision { events, actions: Vec::new(), then_start })
}

fn leave(state: &State, now: Timestamp) -> Result<Decision, Refusal> {
    if state.busy().next().is_some() {
        return Err(Refusal::new("something still runs", "wait until it comes to rest"));
    }
    Ok(Decision::event(What::RunEnded(super::advance::left(state, now))))
}

fn known(state: &State, step: &StepId) -> Result<usize, Refusal> {
    state.place(step).ok_or_else(|| {
        let actions: Vec<&str> = state.run.runbook.steps.iter().map(|step| step.id.as_str()).take(40).collect();
        Refusal::new(format!("the runbook has no step `{step}`"), format!("its steps are: {}", actions.join(", ")))
    })
}

fn not_ready(state: &State, place: usize) -> Refusal {
    let waits: Vec<&str> = state.waits_for(place).into_iter().map(StepId::as_str).collect();
    let id = &state.plan_step(place).id;
    if waits.is_empty() {
        return Refusal::new(format!("{id} is {}", state.steps[place].status.word()), "it cannot be started now");
    }
    Refusal::new(format!("{id} waits for {}", waits.join(", ")), "verify or skip those first")
}

fn not_going_back(state: &State) -> Result<(), Refusal> {
    if state.rollback.is_some() {
        return Err(Refusal::new("the run is going back", "let the rollback finish first"));
    }
    Ok(())
}

fn required(text: &Clean, why: &str) -> Result<Clean, Refusal> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Refusal::new(why, "say it in a few words: the report will show it"));
    }
    Ok(Clean::new(text))
}
