//! Drives a run without a console: prints its events, gives the answers it was given, and ends when nothing more
//! can be done without a person.

mod answers;
mod says;

use super::Internal;
use super::cloud::Cloud;
use super::copy::Copy;
use super::exit::Exit;
use super::live;
use super::out::say;
use crate::cloud::Clock;
use crate::engine::{Options, Run};
use crate::plan::{GateKind, StepId};
use crate::recovery::advance::is_stuck;
use crate::recovery::{Command, Event, Mode, Refusal, RunOutcome, State, Status, What, way_back};
use crate::text::{Clean, shell_word};
pub use answers::{Answers, OnFailure};
use says::{say_what_failed, say_what_is_asked, say_what_refuses};
use std::collections::BTreeSet;

/// Drives `run` in auto until it is over or stuck.
///
/// # Errors
/// When the journal cannot be written, or another session has taken the run.
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
    let before = run.before();
    let torn = run.torn_bytes;
    if torn > 0 {
        say(format_args!("landfall: a torn last line of {torn} bytes was cut from {}", path.display()));
    }
    let out = Copy::on_standard_output(json);
    let quiet = answers.quiet;
    if before.is_none() && !quiet {
        let told = format!("journal {}", path.display());
        if json { say(format_args!("landfall: {told}")) } else { out.print(told) }
    }
    let rolling_back = start.is_some();
    // Going back begins held: the word that starts it lets it go on.
    let mode = if rolling_back { Mode::Hold } else { Mode::Auto };
    let (session, _) = cloud.session(run, clock, Options { mode: Some(mode), ..options });
    let mut session = live::send_first(session, start).await?;
    let mut headless = Headless {
        answers,
        json,
        out,
        before,
        state: None,
        answered: BTreeSet::new(),
        rolling_back,
        start_sent: false,
        over: None,
        refused: None,
        retried: Vec::new(),
    };
    // Listening begins once: a signal that arrives while a batch is being worked on is not lost.
    let mut stop = std::pin::pin!(super::signals::ask_to_stop());
    let ended = loop {
        tokio::select! {
            biased;
            signal = &mut stop => {
                session.close(signal).await?;
                headless.out.finish();
                say(format_args!(
                    "landfall: stopped by {signal}; nothing is lost. Go on with: landfall resume {} --auto",
                    shell_word(&path.to_string_lossy())
                ));
                return Ok(Exit::Interrupted);
            }
            batch = session.feed.recv() => {
                let Some(batch) = batch else { break None };
                for event in batch.iter() {
                    headless.see(event);
                }
                if let Some(ended) = headless.ended() {
                    break Some(ended);
                }
                for command in headless.next() {
                    let is_decisive = matches!(
                        command,
                        Command::Start(_) | Command::Retry { .. } | Command::Answer { gate: GateKind::Window, .. }
                    );
                    let answer = session.commander.send(command);
                    // What else is refused here was overtaken by an event still on its way: the next batch decides anew.
                    if is_decisive && let Ok(Err(refusal)) = answer.await {
                        headless.refused = Some(refusal);
                        drop(session.commander.send(Command::Leave));
                    }
                }
            }
        }
    };
    let journal = shell_word(&path.to_string_lossy());
    let closed = session.close("the run was left").await;
    let Headless { out, state, .. } = headless;
    out.finish();
    closed?;
    if let Some(serves) = state.as_ref().filter(|_| !quiet).and_then(way_back::serves) {
        say(format_args!("landfall: {serves}"));
    }
    if quiet && matches!(ended, Some(RunOutcome::Completed | RunOutcome::CompletedWithExceptions)) {
        return Ok(Exit::Done);
    }
    match ended {
        Some(RunOutcome::Completed | RunOutcome::CompletedWithExceptions) => {
            say(format_args!("landfall: the run is over; landfall report {journal} tells what it was"));
            Ok(Exit::Done)
        }
        Some(RunOutcome::RolledBack) => {
            say(format_args!("landfall: the run is over; landfall report {journal} tells what it was"));
            Ok(Exit::RolledBack)
        }
        Some(RunOutcome::Held) => {
            if let Some(refusal) = headless.refused {
                state.as_ref().map(say_what_refuses);
                say(format_args!("landfall: the journal is {journal}; go on with: landfall resume {journal} --auto"));
                return Err(super::Refused::from(refusal).into());
            }
            say_what_is_asked(state.as_ref(), &headless.answers);
            say(format_args!("landfall: go on with: landfall resume {journal} --auto"));
            Ok(Exit::Refused)
        }
        Some(RunOutcome::Failed) => {
            state.as_ref().map(say_what_failed);
            if let Some(refusal) = headless.refused {
                say(format_args!("landfall: not tried again: {}; {}", refusal.why, refusal.clear));
            }
            say(format_args!(
                "landfall: go on with: landfall resume {journal} (there r retries a step, s skips it; with --auto, --retry STEP), \
                 or go back with: landfall rollback {journal}"
            ));
            Ok(Exit::Failed)
        }
        Some(RunOutcome::Aborted) => {
            say(format_args!("landfall: the run is over; landfall report {journal} tells what it was"));
            Ok(Exit::Failed)
        }
        None => Err(Internal("the session ended before the run did, and did not say why".to_owned()).into()),
    }
}

struct Headless {
    answers: Answers,
    json: bool,
    out: Copy,
    /// Events up to here are of earlier sessions.
    before: Option<u64>,
    state: Option<State>,
    /// Gates answered and failures acted on, each once per opening.
    answered: BTreeSet<(StepId, GateKind)>,
    rolling_back: bool,
    start_sent: bool,
    /// How this session ended the run, or left it.
    over: Option<RunOutcome>,
    /// Why the start, or another try of a step, was refused.
    refused: Option<Refusal>,
    /// What was asked to be tried again, each with the attempt that failed.
    retried: Vec<(StepId, u32)>,
}

impl Headless {
    fn see(&mut self, event: &Event) {
        match &mut self.state {
            None => self.state = State::open(event),
            Some(state) => state.fold(event),
        }
        if let What::GateOpened { step, gate, .. } = &event.what {
            self.answered.remove(&(step.clone(), *gate));
        }
        if let What::RunEnded(ended) = &event.what
            && self.is_own(event.seq)
        {
            self.over = Some(ended.outcome);
        }
        if self.is_own(event.seq) && !self.answers.quiet {
            self.print(event);
        }
    }

    /// Whether an event is of this session.
    fn is_own(&self, seq: u64) -> bool {
        self.before.is_none_or(|before| seq > before)
    }

    fn print(&self, event: &Event) {
        let line = if self.json {
            // Whatever was appended was written as JSON already.
            serde_json::to_string(event).ok()
        } else {
            self.state.as_ref().and_then(|state| super::narrate::line(event, state))
        };
        if let Some(line) = line {
            self.out.print(line);
        }
    }

    /// How this session ended the run or left it. How an earlier one left it is no end of this one.
    const fn ended(&self) -> Option<RunOutcome> {
        self.over
    }

    /// What to say next: answers given beforehand; when nothing more can be done, that the run is left.
    fn next(&mut self) -> Vec<Command> {
        let Some(state) = &self.state else { return Vec::new() };
        if !state.driven || self.over.is_some() || state.is_over() {
            return Vec::new();
        }
        if state.needs_start() {
            return self.start();
        }
        let goes_back = self.answers.on_failure == OnFailure::Rollback && !self.rolling_back;
        if goes_back && has_failed(state) && self.answers.retry.is_empty() && !self.is_retrying(state) {
            if state.busy().next().is_some() {
                return if state.mode == Mode::Hold { Vec::new() } else { vec![Command::SetMode(Mode::Hold)] };
            }
            self.rolling_back = true;
            let reason = Clean::new("a step failed, and --on-failure rollback was asked for");
            let typed = Clean::new(self.answers.confirm.as_deref().unwrap_or_default());
            return vec![Command::RollBack { to: None, typed, reason, past_the_point: None }];
        }
        let mut commands = Vec::new();
        for step in std::mem::take(&mut self.answers.retry) {
            let attempt = state.step(&step).map_or(0, |(_, own)| own.attempt);
            self.retried.push((step.clone(), attempt));
            commands.push(Command::Retry { step });
        }
        for (place, gate) in state.open_gates.keys() {
            let step = state.plan_step(*place).id.clone();
            let Some(text) = self.answers.to(state, &step, *gate) else { continue };
            if self.answered.insert((step.clone(), *gate)) {
                commands.push(Command::Answer { step, gate: *gate, text });
            }
        }
        if commands.is_empty() && !self.is_retrying(state) && is_stuck(state) && self.unanswerable(state) {
            commands.push(Command::Leave);
        }
        commands
    }

    /// The start, once preflight has found what it finds; without one said beforehand, that the run is left.
    fn start(&mut self) -> Vec<Command> {
        let is_asked = self.state.as_ref().is_some_and(|state| state.preflight.is_some());
        if !is_asked || std::mem::replace(&mut self.start_sent, true) {
            return Vec::new();
        }
        let Some(start) = self.answers.start() else { return vec![Command::Leave] };
        self.refused = self.state.as_ref().and_then(|state| self.answers.not_enough(state));
        vec![if self.refused.is_some() { Command::Leave } else { Command::Start(start) }]
    }

    /// Whether something was asked to be tried again and has not begun: until then it stands as it stood.
    fn is_retrying(&self, state: &State) -> bool {
        let is_begun = |(step, attempt): &(StepId, u32)| state.step(step).is_none_or(|(_, own)| own.attempt > *attempt);
        self.refused.is_none() && !self.retried.iter().all(is_begun)
    }

    /// Whether every open gate is one that nothing was said about.
    fn unanswerable(&self, state: &State) -> bool {
        state.open_gates.keys().all(|(place, gate)| {
            let step = &state.plan_step(*place).id;
            self.answers.to(state, step, *gate).is_none()
        })
    }
}

fn has_failed(state: &State) -> bool {
    state.rollback.is_none() && state.steps.iter().any(|step| matches!(step.status, Status::Failed | Status::Unknown))
}
