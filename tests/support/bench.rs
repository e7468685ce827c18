//! A run in process: the simulated cloud, a real journal, a hand that answers gates. Time is tokio's, paused or not.

#[path = "between.rs"]
pub mod between;

use between::Between;
use landfall::cloud::Clock;
use landfall::cloud::sim::log::Line;
use landfall::cloud::sim::{Scenario, Sim, SimOptions, rehearsal};
use landfall::engine::{Clouds, Options, Pace, Run, Seat, Session, journal, session};
use landfall::plan::{Intent, Plan, Runbook, StepId, file};
use landfall::recovery::advance::is_stuck;
use landfall::recovery::event::{CloudName, Drill, JOURNAL_VERSION, WorldOf};
use landfall::recovery::failback::{self, NoWayBack, Source};
use landfall::recovery::start::{Ahead, Despite, Found, Preflight};
use landfall::recovery::{Command, Event, Mode, Opened, RunOutcome, Start, State, Status, What};
use landfall::service::Registry;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

/// A shop of sixteen components.
pub const STOREFRONT: &str = include_str!("../plans/storefront.toml");
/// A plan of twelve steps over seven kinds.
pub const TWELVE: &str = include_str!("../plans/twelve.toml");

/// What the hand at the run does.
pub struct Answers {
    pub mode: Mode,
    pub confirm: bool,
    pub accept_loss: bool,
    pub approve: bool,
    /// Whether it is said that the old side is cut off, where a fence that its region answers could not be done.
    pub cut_off: bool,
    /// Whether everything that can be passed with a reason is.
    pub despite: bool,
    /// Whether it stays where nothing goes on any more, until `react` leaves.
    pub stays: bool,
    /// Looks at the state after each batch and may command.
    pub react: Option<fn(&State) -> Option<Command>>,
    /// Sent first.
    pub then: Vec<Command>,
}

impl Answers {
    pub fn all() -> Self {
        Self {
            mode: Mode::Auto,
            confirm: true,
            accept_loss: true,
            approve: true,
            cut_off: true,
            despite: false,
            stays: false,
            react: None,
            then: Vec::new(),
        }
    }
}

impl Answers {
    /// The start, as this hand gives it.
    fn start(&self, preflight: &Preflight, recovery: &str) -> Command {
        let passed = preflight.blocks.iter().chain(&preflight.unknown).filter(|_| self.despite);
        let despite = |found: &Found| Despite { code: found.check.code.clone(), why: "tried".into() };
        let accepted = Ahead { component: None, at_most_seconds: None, reason: "the region is gone".into() };
        Command::Start(Start {
            typed: recovery.into(),
            despite: passed.map(despite).collect(),
            accepted: self.accept_loss.then_some(accepted).into_iter().collect(),
            crosses: self.confirm,
        })
    }
}

/// A run's folder: journal and world.
pub struct Bench {
    folder: tempfile::TempDir,
    plan: Plan,
    scenario: Scenario,
    /// What stands between the engine and the simulated regions.
    between: Option<Between>,
    /// The world that it goes on in, where that is the one of a run before, and from when on.
    before: Option<(WorldOf, jiff::Timestamp)>,
    /// How many lines of the world's log are of the runs before.
    inherited: usize,
}

impl Bench {
    pub fn new(plan: &str, scenario: &str) -> Self {
        Self::of(plan, rehearsal::find(scenario).expect("an embedded scenario").1)
    }

    pub fn with_faults(plan: &str, faults: &str) -> Self {
        Self::with_scenario(plan, &format!("declared = 60\n{faults}"))
    }

    /// A scenario without a name.
    pub fn with_scenario(plan: &str, scenario: &str) -> Self {
        Self::of(plan, Scenario::parse(&format!("name = \"test\"\n{scenario}")).expect("a scenario"))
    }

    fn of(plan: &str, scenario: Scenario) -> Self {
        let plan = file::read("plan.toml", plan.as_bytes(), &Registry).expect("a valid plan");
        Self {
            folder: tempfile::tempdir().expect("a folder"),
            plan,
            scenario,
            between: None,
            before: None,
            inherited: 0,
        }
    }

    /// The same, with something between the engine and the simulated regions.
    pub fn behind(self, between: Between) -> Self {
        Self { between: Some(between), ..self }
    }

    /// The failback of this run, which is over: derived from its journal, in the world as it left it, both regions healthy.
    pub fn failback(&self) -> Result<Self, NoWayBack> {
        let recorded = journal::read(&self.journal()).expect("the journal verifies");
        let state = session::fold(&recorded).expect("a run");
        let journal = self.journal().display().to_string();
        let source = Source { journal: journal.as_str().into(), hash: recorded.last_hash.as_str().into() };
        let derived = failback::derive(&state, &source)?;
        let plan = file::read("the derived plan", derived.file.as_bytes(), &Registry).expect("what is written is read");
        let folder = tempfile::tempdir().expect("a folder");
        let world = match &self.before {
            Some((world, _)) => world.clone(),
            None => WorldOf { plan: self.plan.clone(), intent: self.scenario.intent, started_at: state.begun_at },
        };
        let mut scenario = self.scenario.clone();
        scenario.intent = Intent::Failback;
        let begins = state.at + jiff::SignedDuration::from_hours(24);
        let mut back = Self { folder, plan, scenario, between: None, before: Some((world, begins)), inherited: 0 };
        std::fs::copy(self.world(), back.world()).expect("it is there");
        let sim = back.sim(&Clock::new(begins, 1.0), begins);
        for fault in sim.standing() {
            sim.end(&fault).expect("it ends");
        }
        back.inherited = std::fs::read_to_string(back.world()).expect("it reads").lines().count();
        Ok(back)
    }

    /// The application gone over with once more, by its first plan, in the world as this failback has left it, and whatever goes
    /// wrong there still does.
    pub fn over_again(&self, plan: &str) -> Self {
        let (world, _) = self.before.clone().expect("a failback");
        let at = self.events().last().expect("it has events").at;
        let mut again = Self::with_faults(plan, "");
        std::fs::copy(self.world(), again.world()).expect("it is there");
        again.scenario.clone_from(&self.scenario);
        again.scenario.intent = Intent::Failover;
        again.before = Some((world, at));
        again.inherited = std::fs::read_to_string(again.world()).expect("it reads").lines().count();
        again
    }

    /// Lets something go wrong in the world that a failback begins in.
    pub fn inject(&self, faults: &str) {
        let (_, begins) = self.before.as_ref().expect("a failback");
        let sim = self.sim(&Clock::new(*begins, 1.0), *begins);
        let scenario = Scenario::parse(&format!("name = \"test\"\n{faults}")).expect("a scenario");
        scenario.faults.into_iter().for_each(|fault| sim.inject(fault).expect("it means something"));
    }

    /// Ends whatever goes wrong in that world, as of its run's last event.
    pub fn inject_ends(&self) {
        let at = self.events().last().expect("it has events").at;
        let sim = self.sim(&Clock::new(at, 1.0), at);
        for fault in sim.standing() {
            sim.end(&fault).expect("it ends");
        }
    }

    fn seed(&self) -> u64 {
        self.scenario.seed.unwrap_or(7)
    }

    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    pub fn journal(&self) -> PathBuf {
        self.folder.path().join("run.jsonl")
    }

    fn world(&self) -> PathBuf {
        self.folder.path().join("run.jsonl.world")
    }

    pub fn events(&self) -> Vec<Event> {
        journal::read(&self.journal()).expect("the journal verifies").events
    }

    pub fn received(&self) -> Vec<Line> {
        landfall::cloud::sim::log::read(&self.world()).expect("the world's log reads")
    }

    pub fn snapshot(&self) -> serde_json::Value {
        self.sim(&Clock::new(jiff::Timestamp::UNIX_EPOCH, 1.0), jiff::Timestamp::UNIX_EPOCH).snapshot()
    }

    fn sim(&self, clock: &Clock, started_at: jiff::Timestamp) -> Sim {
        let options = SimOptions {
            seed: self.seed(),
            scenario: Some(self.scenario.clone()),
            intent: self.scenario.intent,
            log_path: Some(self.world()),
            clock: clock.clone(),
            started_at: self.before.as_ref().map_or(started_at, |(world, _)| world.started_at),
        };
        Sim::open(self.before.as_ref().map_or(&self.plan, |(world, _)| &world.plan), options)
            .expect("a simulated cloud")
    }

    pub async fn run(&self, answers: Answers) -> State {
        let epoch = jiff::Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_hours(1000);
        let clock = Clock::new(self.before.as_ref().map_or(epoch, |(_, begins)| *begins), 1.0);
        let declared_at = clock.now() - jiff::SignedDuration::from_secs(self.scenario.declared_seconds as i64);
        let opened = Opened {
            version: JOURNAL_VERSION,
            run: "test".into(),
            intent: self.scenario.intent,
            cloud: CloudName::Sim,
            declared_at,
            plan: self.plan.clone(),
            runbook: Runbook::compile(&self.plan, self.scenario.intent, &Registry).expect("no circles"),
            drill: Some(Drill {
                seed: self.seed(),
                time_scale: 1.0,
                scenario: Some(self.scenario.text().to_owned()),
                surprise: false,
                world: self.before.as_ref().map(|(world, _)| world.clone()),
            }),
            program: "test".into(),
            endpoint: None,
        };
        let run = Run::begin(&self.journal(), opened, &Seat::of("ana"), &clock).expect("a journal");
        self.drive(run, clock, answers).await
    }

    pub async fn resume(&self, answers: Answers) -> State {
        self.resume_later(0, answers).await
    }

    /// The same, so many seconds after the last event.
    pub async fn resume_later(&self, seconds: i64, answers: Answers) -> State {
        let later = jiff::SignedDuration::from_secs(seconds);
        let run = Run::resume(&self.journal(), &Seat::of("ana"), |state| state.at + later).expect("it resumes");
        let clock = Clock::new(run.state().at + later, 1.0);
        self.drive(run, clock, answers).await
    }

    /// A session on the journal as it is, over the world as it is; its run's steps are for whoever holds it.
    pub fn open(&self, mode: Option<Mode>) -> Session {
        let run = Run::resume(&self.journal(), &Seat::of("ana"), |state| state.at).expect("it resumes");
        let clock = Clock::new(run.state().at, 1.0);
        let sim = self.sim(&clock, run.started_at());
        let clouds = Clouds { observe: Arc::new(sim.observer()), perform: Arc::new(sim.actor()) };
        Session::start(run, clouds, clock, Options { by: "ana".into(), mode, pace: Pace::default() })
    }

    async fn drive(&self, run: Run, clock: Clock, answers: Answers) -> State {
        if run.state().is_over() && answers.then.is_empty() {
            return run.state().clone();
        }
        let before = run.before();
        let sim = self.sim(&clock, run.started_at());
        let clouds = Clouds { observe: Arc::new(sim.observer()), perform: Arc::new(sim.actor()) };
        let clouds = match &self.between {
            Some(between) => between.before(clouds, &clock),
            None => clouds,
        };
        let options = Options { by: "ana".into(), mode: Some(answers.mode), pace: Pace::default() };
        let mut session = Session::start(run, clouds, clock, options);
        let mut state: Option<State> = None;
        let mut answered = BTreeSet::new();
        let mut started = false;
        for command in &answers.then {
            let answer = session.commander.send(command.clone()).await.expect("the session lives");
            answer.expect("it is not refused");
        }
        let mut opened = answers.then.is_empty();
        while let Some(batch) = session.feed.recv().await {
            for event in batch.iter() {
                match &mut state {
                    None => state = State::open(event),
                    Some(state) => state.fold(event),
                }
                let is_behind = before.is_some_and(|before| event.seq > before);
                if matches!(event.what, What::RollbackStarted { .. })
                    || (is_behind && matches!(event.what, What::StepStarted { .. }))
                {
                    opened = true;
                }
            }
            let now = state.as_ref().expect("a run");
            let recovery = self.plan.application.recovery.as_str();
            if opened && now.ended.is_some() {
                break;
            }
            if !now.driven || !opened {
                continue;
            }
            if now.needs_start() {
                let Some(preflight) = now.preflight.clone().filter(|_| !started) else { continue };
                started = session
                    .commander
                    .send(answers.start(&preflight, recovery))
                    .await
                    .expect("the session lives")
                    .is_ok();
                // What refuses the start for so long refuses it for ever.
                if !started && now.at.duration_since(now.begun_at).as_secs() > 120 {
                    drop(session.commander.send(Command::Leave));
                }
                continue;
            }
            if let Some(command) = answers.react.and_then(|react| react(now)) {
                drop(session.commander.send(command));
                continue;
            }
            let mut sent = false;
            for (place, gate) in now.open_gates.keys() {
                let step = now.plan_step(*place).id.clone();
                let text = match gate {
                    landfall::plan::GateKind::PointOfNoReturn if answers.confirm => recovery,
                    landfall::plan::GateKind::Loss if answers.accept_loss => "the region is gone",
                    landfall::plan::GateKind::Writers if answers.cut_off => "the old side is cut off",
                    landfall::plan::GateKind::Approval | landfall::plan::GateKind::Manual if answers.approve => "yes",
                    landfall::plan::GateKind::Divergence if answers.approve => "accepted: it is a test",
                    landfall::plan::GateKind::Window if answers.approve => recovery,
                    _ => continue,
                };
                if answered.insert((step.clone(), *gate)) {
                    sent = true;
                    drop(session.commander.send(Command::Answer { step, gate: *gate, text: text.into() }));
                }
            }
            let idle_under_hold = now.mode == Mode::Hold && now.busy().next().is_none();
            if !sent && !answers.stays && (is_stuck(now) || idle_under_hold) {
                drop(session.commander.send(Command::Leave));
            }
        }
        session.close("the test is over").await.expect("a whole journal");
        state.expect("a run")
    }

    /// A copy of this run as a crash right behind its first `cut` events leaves it: an act whose reply is not in the
    /// journal was done, or not, as `done` says.
    pub fn crash_at(&self, cut: usize, done: bool) -> Bench {
        let folder = tempfile::tempdir().expect("a folder");
        let copy = Bench {
            folder,
            plan: self.plan.clone(),
            scenario: self.scenario.clone(),
            between: self.between.clone(),
            before: self.before.clone(),
            inherited: self.inherited,
        };
        let journal = std::fs::read_to_string(self.journal()).expect("it reads");
        let kept: String = journal.split_inclusive('\n').take(cut).collect();
        std::fs::write(copy.journal(), kept).expect("it writes");
        let events = &self.events()[..cut];
        let acted = steps(events, |what| match what {
            What::StepActed { step, .. } => Some(step),
            _ => None,
        });
        let unanswered = unanswered_at(events);
        let world = std::fs::read_to_string(self.world()).expect("it reads");
        let lines = world.split_inclusive('\n').enumerate().filter(|(place, line)| {
            if *place < self.inherited {
                return true;
            }
            let Ok(Line::Received { token, .. }) = serde_json::from_str::<Line>(line) else { return true };
            acted.iter().any(|step| is_of(&token, step)) || (done && unanswered.iter().any(|step| is_of(&token, step)))
        });
        std::fs::write(copy.world(), lines.map(|(_, line)| line).collect::<String>()).expect("it writes");
        copy
    }
}

fn is_of(token: &str, step: &StepId) -> bool {
    // Another step's name may begin as this one's.
    token.split(&format!("-{step}-")).skip(1).any(|attempt| attempt.starts_with(|letter: char| letter.is_ascii_digit()))
}

fn steps<'a>(events: &'a [Event], pick: impl Fn(&'a What) -> Option<&'a StepId>) -> BTreeSet<&'a StepId> {
    events.iter().filter_map(|event| pick(&event.what)).collect()
}

/// The steps whose intent is in the journal and whose reply is not.
pub fn unanswered_at(events: &[Event]) -> Vec<&StepId> {
    let acting = steps(events, |what| match what {
        What::StepActing { step, .. } => Some(step),
        _ => None,
    });
    let acted = steps(events, |what| match what {
        What::StepActed { step, .. } => Some(step),
        _ => None,
    });
    acting.difference(&acted).copied().collect()
}

/// How often each operation on each thing was done.
pub fn mutations(received: &[Line]) -> BTreeMap<String, u32> {
    let mut counts = BTreeMap::new();
    for line in received {
        if let Line::Received { act, done: true, .. } = line {
            let what = serde_json::to_string(act).expect("an act is JSON");
            *counts.entry(what).or_insert(0) += 1;
        }
    }
    counts
}

/// How the run ended or was left.
pub fn outcome(state: &State) -> RunOutcome {
    let failed = || {
        let steps = state.run.runbook.steps.iter().zip(&state.steps);
        let stuck = steps.filter(|(_, own)| !matches!(own.status, Status::Succeeded { .. }));
        stuck.map(|(step, own)| format!("{} {:?} {}", step.id, own.status, own.note)).collect::<Vec<_>>().join("\n")
    };
    state.ended.as_ref().unwrap_or_else(|| panic!("it did not end:\n{}", failed())).outcome
}
