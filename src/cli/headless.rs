//! Drives a run without a console: prints its events, gives the answers it was given, and ends when nothing more
//! can be done without a person.

use super::Internal;
use super::cloud::Cloud;
use super::copy::Copy;
use super::exit::Exit;
use super::live;
use super::out::say;
use crate::cloud::Clock;
use crate::engine::{Options, Run};
use crate::plan::{ComponentName, GateKind, Level, Step, StepId, clock};
use crate::recovery::advance::is_stuck;
use crate::recovery::start::{self, Ahead, Despite, Found};
use crate::recovery::{
    Command, Event, Mode, Opened, Refusal, RunOutcome, Start, State, Status, What, loss, way_back, window, words,
};
use crate::service::{Check, Weight};
use crate::text::{Clean, shell_word};
use miette::miette;
use std::collections::BTreeSet;

/// The answers given beforehand.
#[derive(Debug, Clone, clap::Args)]
pub struct Answers {
    /// Start the run, or the rollback, and cross points of no return; must name the recovery region. Without it nothing
    /// is started; a run that was started before goes on.
    #[arg(long, value_name = "REGION")]
    pub confirm: Option<String>,
    /// Accept a loss of data above the objective, with the reason that the report will show.
    #[arg(long, value_name = "WHY")]
    pub accept_loss: Option<String>,
    /// With --accept-loss: only a loss up to this, such as 90s or 1:30; above it, or when it is unknown, nothing is accepted.
    #[arg(long, value_name = "DURATION", requires = "accept_loss", value_parser = super::live::duration)]
    pub loss_at_most: Option<f64>,
    /// Start although preflight says that these block, by their codes, with the reason that the report will show. What
    /// is another thing than the plan means is never passed.
    #[arg(long, num_args = 2, value_names = ["CODE[,CODE]", "WHY"], action = clap::ArgAction::Append)]
    pub despite: Vec<String>,
    /// Go on beside an old writer that could not be fenced although its region answers, with the reason that the report
    /// will show.
    #[arg(long, value_name = "WHY")]
    pub accept_writers: Option<String>,
    /// Approve `all` or these steps; says that manual steps are done too. What a failback asks, failback-divergence and
    /// failback-window, is answered by its name alone.
    #[arg(long, value_name = "all|STEP,…", value_delimiter = ',')]
    pub approve: Vec<String>,
    /// How what may differ between the two sides was settled, on the way back: "reconciled by …" or "accepted: why".
    #[arg(long, value_name = "WORDS")]
    pub divergence: Option<String>,
    /// What to do when a step fails.
    #[arg(long, value_enum, default_value_t = OnFailure::Hold)]
    pub on_failure: OnFailure,
    /// Nothing of it is printed: what somebody waits for is another run.
    #[arg(skip)]
    pub quiet: bool,
    /// What is tried again first.
    #[arg(skip)]
    pub retry: Vec<StepId>,
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
    /// Nothing is answered beforehand.
    pub const fn none() -> Self {
        Self {
            confirm: None,
            accept_loss: None,
            loss_at_most: None,
            despite: Vec::new(),
            accept_writers: None,
            approve: Vec::new(),
            divergence: None,
            on_failure: OnFailure::Hold,
            quiet: false,
            retry: Vec::new(),
        }
    }

    /// Whether any is given.
    pub fn are_given(&self) -> bool {
        let said = [
            self.confirm.is_some(),
            self.accept_loss.is_some(),
            self.accept_writers.is_some(),
            self.divergence.is_some(),
        ];
        let listed = !self.despite.is_empty() || !self.approve.is_empty();
        said.contains(&true) || listed || self.on_failure != OnFailure::Hold
    }

    /// The start, if it was said beforehand.
    fn start(&self) -> Option<Start> {
        let typed = Clean::new(self.confirm.as_deref()?);
        let of_pair = |pair: &[String]| {
            let [codes, why] = pair else { return Vec::new() };
            let one = |code: &str| Despite { code: Clean::new(code.trim()), why: Clean::new(why) };
            codes.split(',').map(one).collect()
        };
        let despite = self.despite.chunks(2).flat_map(of_pair).collect();
        let accepted = self.accept_loss.as_ref().map(|reason| Ahead {
            component: None,
            at_most_seconds: self.loss_at_most,
            reason: Clean::new(reason),
        });
        Some(Start { typed, despite, accepted: accepted.into_iter().collect(), crosses: true })
    }

    /// Why a start would only come as far as a question that is known now and that nobody answers: then the one side would
    /// be down and the other not up.
    fn not_enough(&self, state: &State) -> Option<Refusal> {
        let preflight = state.preflight.as_ref()?;
        let loses = |found: &&Found| found.check.weight == Weight::Loses && found.check.level != Level::Ok;
        for found in preflight.warns.iter().filter(loses) {
            let Some(component) = &found.component else { continue };
            let asks = |step: &Step| step.gates.iter().any(|gate| gate.kind() == GateKind::Loss);
            let mut steps = state.run.runbook.steps.iter().filter(|step| step.component == *component && asks(step));
            let Some(step) = steps.next() else { continue };
            let (found, wanted) = (&found.check.found, &found.check.wanted);
            let why = format!("{component}: {found}, and wanted is {wanted}; nothing was started");
            match (&self.accept_loss, self.loss_at_most) {
                (None, _) => return Some(refusal(why, "accept it with --accept-loss \"why\"")),
                (Some(_), Some(most)) if !self.accepts_loss(state, &step.id) => {
                    let most = clock::told(most);
                    let help = format!("it is above --loss-at-most {most}: give more, or wait until it is less");
                    return Some(refusal(why, &help));
                }
                (Some(_), _) => {}
            }
        }
        None
    }

    /// What to type at `gate` of `step`, if it was said beforehand.
    fn to(&self, state: &State, step: &StepId, gate: GateKind) -> Option<Clean> {
        let text = match gate {
            GateKind::Loss if !self.accepts_loss(state, step) => None,
            GateKind::PointOfNoReturn => self.confirm.as_deref(),
            GateKind::Loss => self.accept_loss.as_deref(),
            GateKind::Writers => self.accept_writers.as_deref(),
            // A person at the console decides that; nothing said beforehand does.
            GateKind::CaughtUp => None,
            GateKind::Approval | GateKind::Manual => (self.names(step) || self.approves_all()).then_some(""),
            // A word for all questions is none for these two: they are answered by their own names.
            GateKind::Divergence => {
                self.divergence.as_deref().or_else(|| self.names(step).then_some("accepted: by its name, beforehand"))
            }
            GateKind::Window => self.confirm.as_deref().filter(|_| self.names(step)),
        };
        text.map(Clean::new)
    }

    fn approves_all(&self) -> bool {
        self.approve.iter().any(|name| name == "all")
    }

    /// Whether `step` is approved by its own name, or its component's.
    fn names(&self, step: &StepId) -> bool {
        let is_it = |name: &String| name == step.as_str() || step.as_str().starts_with(&format!("{name}/"));
        self.approve.iter().any(is_it)
    }

    /// Whether what `step` may lose now is within what was accepted beforehand.
    fn accepts_loss(&self, state: &State, step: &StepId) -> bool {
        let Some(most) = self.loss_at_most else { return true };
        let Some((step, _)) = state.step(step) else { return false };
        loss::exposure(state, &step.component, state.at).seconds.is_some_and(|seconds| seconds <= most)
    }

    /// Checks what can be checked before anything starts.
    ///
    /// # Errors
    /// When `--confirm` names another region, or `--approve` a step that is not there.
    pub fn check(&self, opened: &Opened) -> miette::Result<()> {
        let recovery = &opened.plan.application.recovery;
        if let Some(region) = self.confirm.as_ref().filter(|region| region.as_str() != recovery.as_str()) {
            return Err(miette!(
                help = format!("say --confirm {recovery} if you mean it"),
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

fn component_of(step: &StepId) -> &str {
    step.as_str().split('/').next().unwrap_or_default()
}

fn refusal(why: String, clear: &str) -> Refusal {
    Refusal { why, clear: clear.to_owned() }
}

fn say_what_is_asked(state: Option<&State>, answers: &Answers) {
    let Some(state) = state else { return };
    if state.needs_start() {
        say_blockers(state);
        say(format_args!("landfall: nothing was started and nothing was changed; {}", way_to_start(state)));
    }
    for ((place, gate), open) in &state.open_gates {
        let step = &state.plan_step(*place).id;
        let flag = match gate {
            GateKind::PointOfNoReturn => format!("--confirm {}", state.run.plan.application.recovery),
            GateKind::Loss => match answers.loss_at_most {
                Some(most) => format!("more than --loss-at-most {}", clock::told(most)),
                None => "--accept-loss \"why\"".to_owned(),
            },
            GateKind::Writers => "--accept-writers \"why\"".to_owned(),
            GateKind::CaughtUp => "the console: landfall resume, then c".to_owned(),
            GateKind::Approval | GateKind::Manual => format!("--approve {step}"),
            GateKind::Divergence => {
                format!("--divergence \"reconciled by …\", \"accepted: why\", or --approve {}", component_of(step))
            }
            GateKind::Window => {
                let region = &state.run.plan.application.recovery;
                format!("--approve {} --confirm {region}", component_of(step))
            }
        };
        let stands = window::stands(state).filter(|_| *gate == GateKind::Window);
        let stands = stands.map_or_else(String::new, |(_, told)| format!(" The return is {told}."));
        say(format_args!("landfall: {step} waits: {}{stands} Answer it with {flag}", open.question));
    }
}

/// What refuses the start; once that was given, what refuses the decision to go back.
fn say_what_refuses(state: &State) {
    if state.started.is_none() {
        return say_blockers(state);
    }
    for (code, own) in start::by_code(window::refusers(state)) {
        say(format_args!("landfall: {}", blocker(code, &own)));
    }
}

/// Which steps stand in the way, why, and what would help: what scrolled by long ago is said again at the end.
fn say_what_failed(state: &State) {
    for (step, own) in state.run.runbook.steps.iter().zip(&state.steps) {
        if !own.status.is_stuck() {
            continue;
        }
        let word = own.status.word().to_uppercase();
        let help = if own.help.is_empty() { String::new() } else { format!(" {}", words::sentence(&own.help)) };
        say(format_args!("landfall: {word} {} ({}): {}{help}", step.title, step.id, words::sentence(&own.note)));
    }
}

/// What would start the run: never to pass what no word passes.
fn way_to_start(state: &State) -> String {
    let (region, refusers) = (&state.run.plan.application.recovery, state.refusers());
    if !refusers.is_empty() {
        let codes = start::codes(refusers);
        return format!("no word passes {codes}: once it is mended, start it with --confirm {region}");
    }
    let blockers = state.blockers();
    if !blockers.is_empty() {
        let mut codes: Vec<&str> = start::by_code(blockers).into_iter().map(|(code, _)| code).collect();
        codes.sort_unstable();
        let codes = codes.join(",");
        return format!("mend what blocks, or pass it: --confirm {region} --despite {codes} \"why\"");
    }
    format!("start it with --confirm {region}")
}

/// What blocks the start, and what could not be told, one code a line.
fn say_blockers(state: &State) {
    let Some(preflight) = &state.preflight else { return };
    for (code, own) in start::by_code(preflight.blocks.iter().chain(&preflight.unknown)) {
        say(format_args!("landfall: {}", blocker(code, &own)));
    }
}

/// `failing ecs-service: web found …, wanted …; api found …. name the service …`: what is wanted and what would mend it
/// once, as long as it is the same.
fn blocker(code: &str, all: &[&Found]) -> String {
    let mut told: Vec<(String, Vec<&str>)> = Vec::new();
    let mut fixes: Vec<&str> = Vec::new();
    for found in all {
        let Check { found: seen, wanted, fix, .. } = &found.check;
        let says = format!("found {seen}, wanted {wanted}");
        let at = told.iter().position(|(known, _)| *known == says).unwrap_or_else(|| {
            told.push((says, Vec::new()));
            told.len() - 1
        });
        // Two steps of one component may ask the same.
        let of = &mut told[at].1;
        of.extend(found.component.as_ref().map(ComponentName::as_str).filter(|name| !of.contains(name)));
        if !fix.is_empty() && !fixes.contains(&fix.as_str()) {
            fixes.push(fix);
        }
    }
    let told: Vec<String> = told.into_iter().map(|(says, of)| format!("{} {says}", of.join(", "))).collect();
    let told = told.iter().map(|told| told.trim_start()).collect::<Vec<_>>().join("; ");
    let mut words: Vec<&str> = all.iter().map(|found| found.check.level.word()).collect();
    words.dedup();
    let word = words.join(" and ");
    let count = if all.len() > 1 { format!(" ×{}", all.len()) } else { String::new() };
    format!("{word} {code}{count}: {told}. {}", fixes.join("; ")).trim_end().to_owned()
}

fn has_failed(state: &State) -> bool {
    state.rollback.is_none() && state.steps.iter().any(|step| matches!(step.status, Status::Failed | Status::Unknown))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(component: &str, seen: &str) -> Found {
        let check = Check::failed("ecs-service", seen, "an active service", "name it in `service`");
        Found { component: Some(component.into()), ..Found::of(check) }
    }

    #[test]
    fn one_code_is_told_once_whoever_it_is_about() {
        let (web, api, cart) = (found("web", "none"), found("api", "none"), found("cart", "INACTIVE"));
        let told = blocker("ecs-service", &[&web, &api, &cart]);
        let whole = "failing ecs-service ×3: web, api found none, wanted an active service; cart found INACTIVE, \
                     wanted an active service. name it in `service`";
        assert_eq!(told, whole);
    }
}
