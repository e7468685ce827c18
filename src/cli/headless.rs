//! Drives a run without a console: prints its events, gives the answers it was given, and ends when nothing more
//! can be done without a person.

use super::cloud::Cloud;
use super::exit::Exit;
use super::{live, out};
use crate::cloud::Clock;
use crate::engine::{Options, Run};
use crate::plan::{GateKind, StepId};
use crate::recovery::advance::is_stuck;
use crate::recovery::{Command, Event, Mode, Opened, RunOutcome, State, Status, What};
use crate::text::Clean;
use miette::{IntoDiagnostic, miette};
use std::collections::BTreeSet;

/// The answers given beforehand.
#[derive(Debug, Clone, clap::Args)]
pub struct Answers {
    /// Cross points of no return; must name the recovery region.
    #[arg(long, value_name = "REGION")]
    pub confirm: Option<String>,
    /// Accept a loss of data above the objective, with the reason that the report will show.
    #[arg(long, value_name = "WHY")]
    pub accept_loss: Option<String>,
    /// Go on beside an old writer that could not be fenced although its region answers, with the reason that the report
    /// will show.
    #[arg(long, value_name = "WHY")]
    pub accept_writers: Option<String>,
    /// Approve `all` or these steps; says that manual steps are done too.
    #[arg(long, value_name = "all|STEP,…", value_delimiter = ',')]
    pub approve: Vec<String>,
    /// What to do when a step fails.
    #[arg(long, value_enum, default_value_t = OnFailure::Hold)]
    pub on_failure: OnFailure,
}

/// `--on-failure`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum OnFailure {
    /// Let what does not depend on it go on, then leave the run to be resumed.
    Hold,
    /// Start nothing new, let what runs finish, and roll back.
    Rollback,
}

impl Answers {
    /// What to type at `gate` of `step`, if it was said beforehand.
    fn to(&self, step: &StepId, gate: GateKind) -> Option<Clean> {
        let text = match gate {
            GateKind::PointOfNoReturn => self.confirm.as_deref(),
            GateKind::Loss => self.accept_loss.as_deref(),
            GateKind::Writers => self.accept_writers.as_deref(),
            // A person at the console decides that; nothing said beforehand does.
            GateKind::CaughtUp => None,
            GateKind::Approval | GateKind::Manual => {
                let named = |name: &String| {
                    name == "all" || name == step.as_str() || step.as_str().starts_with(&format!("{name}/"))
                };
                self.approve.iter().any(named).then_some("")
            }
        };
        text.map(Clean::new)
    }

    /// Checks what can be checked before anything starts.
    ///
    /// # Errors
    /// When `--confirm` names another region, or `--approve` a step that is not there.
    pub fn check(&self, opened: &Opened) -> miette::Result<()> {
        let recovery = &opened.plan.application.recovery;
        if let Some(region) = self.confirm.as_ref().filter(|region| region.as_str() != recovery.as_str()) {
            return Err(miette!(
                help = "say --confirm {recovery} if you mean it",
                "--confirm {region} is not the recovery region"
            ));
        }
        for name in self.approve.iter().filter(|name| name.as_str() != "all") {
            let steps = &opened.runbook.steps;
            if !steps.iter().any(|step| step.id.as_str() == name || step.component.as_str() == name) {
                return Err(miette!(
                    help = "landfall plan shows the steps",
                    "--approve {name}: the runbook has no such step"
                ));
            }
        }
        Ok(())
    }
}

/// Drives `run` in auto until it is over or stuck.
///
/// # Errors
/// When the journal cannot be written, or standard output is closed.
pub async fn drive(
    run: Run,
    cloud: Cloud,
    clock: Clock,
    options: Options,
    answers: Answers,
    start: Option<Command>,
    json: bool,
) -> miette::Result<Exit> {
    let path = run.path().to_owned();
    let from = run.state().seq;
    let resumed = run.torn_bytes;
    if resumed > 0 {
        out::say(format!("landfall: a torn last line of {resumed} bytes was cut from {}", path.display()));
    }
    let rolling_back = start.is_some();
    let (session, _) = cloud.session(run, clock, Options { mode: Some(Mode::Auto), ..options });
    let mut session = live::send_first(session, start).await?;
    let mut headless = Headless { answers, json, from, state: None, answered: BTreeSet::new(), rolling_back };
    // Listening begins once: a signal that arrives while a batch is being worked on is not lost.
    let mut stop = std::pin::pin!(super::signals::ask_to_stop());
    let ended = loop {
        tokio::select! {
            biased;
            signal = &mut stop => {
                session.close(signal).await.into_diagnostic()?;
                out::say(format!("landfall: stopped by {signal}; nothing is lost. Go on with: landfall resume {} --auto", path.display()));
                return Ok(Exit::Interrupted);
            }
            batch = session.feed.recv() => {
                let Some(batch) = batch else { break None };
                for event in batch.iter() {
                    headless.see(event)?;
                }
                if let Some(ended) = headless.ended() {
                    break Some(ended);
                }
                for command in headless.next() {
                    // What is refused here was overtaken by an event still on its way: the next batch decides anew.
                    drop(session.commander.send(command));
                }
            }
        }
    };
    session.close("the run was left").await.into_diagnostic()?;
    match ended {
        Some(RunOutcome::Completed | RunOutcome::CompletedWithExceptions) => Ok(Exit::Done),
        Some(RunOutcome::RolledBack) => Ok(Exit::RolledBack),
        Some(RunOutcome::Held) => {
            headless.say_what_is_asked();
            out::say(format!("landfall: go on with: landfall resume {} --auto", path.display()));
            Ok(Exit::Refused)
        }
        Some(RunOutcome::Failed) => {
            out::say(format!(
                "landfall: go on with: landfall resume {0}, or go back with: landfall rollback {0}",
                path.display()
            ));
            Ok(Exit::Failed)
        }
        Some(RunOutcome::Aborted) => Ok(Exit::Failed),
        None => Err(miette!("the session ended before the run did")),
    }
}

struct Headless {
    answers: Answers,
    json: bool,
    /// Events up to here were printed by an earlier session.
    from: u64,
    state: Option<State>,
    /// Gates answered and failures acted on, each once per opening.
    answered: BTreeSet<(StepId, GateKind)>,
    rolling_back: bool,
}

impl Headless {
    fn see(&mut self, event: &Event) -> miette::Result<()> {
        match &mut self.state {
            None => self.state = State::open(event),
            Some(state) => state.fold(event),
        }
        if let What::GateOpened { step, gate, .. } = &event.what {
            self.answered.remove(&(step.clone(), *gate));
        }
        if event.seq > self.from || (event.seq == 0 && self.from == 0) {
            self.print(event)?;
        }
        Ok(())
    }

    fn print(&self, event: &Event) -> miette::Result<()> {
        let line = if self.json {
            Some(serde_json::to_string(event).into_diagnostic()?)
        } else {
            self.state.as_ref().and_then(|state| super::narrate::line(event, state))
        };
        let Some(line) = line else { return Ok(()) };
        let line = format!("{line}\n");
        if self.json { super::answer::print_json(&line) } else { super::answer::print(&line) }
    }

    /// How this session ended the run or left it. How an earlier one left it is no end of this one.
    fn ended(&self) -> Option<RunOutcome> {
        let state = self.state.as_ref().filter(|state| state.seq > self.from)?;
        state.ended.as_ref().map(|ended| ended.outcome)
    }

    /// What to say next: answers given beforehand; when nothing more can be done, that the run is left.
    fn next(&mut self) -> Vec<Command> {
        let Some(state) = &self.state else { return Vec::new() };
        if !state.driven || state.ended.is_some() {
            return Vec::new();
        }
        if self.answers.on_failure == OnFailure::Rollback && !self.rolling_back && has_failed(state) {
            if state.busy().next().is_some() {
                return if state.mode == Mode::Hold { Vec::new() } else { vec![Command::SetMode(Mode::Hold)] };
            }
            self.rolling_back = true;
            let reason = Clean::new("a step failed, and --on-failure rollback was asked for");
            return vec![Command::RollBack { to: None, reason }];
        }
        let mut commands = Vec::new();
        for (place, gate) in state.open_gates.keys() {
            let step = state.plan_step(*place).id.clone();
            let Some(text) = self.answers.to(&step, *gate) else { continue };
            if self.answered.insert((step.clone(), *gate)) {
                commands.push(Command::Answer { step, gate: *gate, text });
            }
        }
        if commands.is_empty() && is_stuck(state) && self.unanswerable(state) {
            commands.push(Command::Leave);
        }
        commands
    }

    /// Whether every open gate is one that nothing was said about.
    fn unanswerable(&self, state: &State) -> bool {
        state.open_gates.keys().all(|(place, gate)| self.answers.to(&state.plan_step(*place).id, *gate).is_none())
    }

    fn say_what_is_asked(&self) {
        let Some(state) = &self.state else { return };
        for ((place, gate), open) in &state.open_gates {
            let step = &state.plan_step(*place).id;
            let flag = match gate {
                GateKind::PointOfNoReturn => format!("--confirm {}", state.run.plan.application.recovery),
                GateKind::Loss => "--accept-loss \"why\"".to_owned(),
                GateKind::Writers => "--accept-writers \"why\"".to_owned(),
                GateKind::CaughtUp => "the console: landfall resume, then c".to_owned(),
                GateKind::Approval | GateKind::Manual => format!("--approve {step}"),
            };
            out::say(format!("landfall: {step} waits: {} Answer it with {flag}", open.question));
        }
    }
}

fn has_failed(state: &State) -> bool {
    state.rollback.is_none() && state.steps.iter().any(|step| matches!(step.status, Status::Failed | Status::Unknown))
}
