//! What must hold for every run: random graphs, outcomes and commands, in any order.

use super::command::Command;
use super::decide::{Action, Report, Reported};
use super::event::*;
use super::rollback;
use super::start::{Despite, Found, Preflight, Start};
use super::state::{State, Status, StepState};
use super::turn::{self, Input, Stamp};
use crate::plan::*;
use crate::service::observation::LagSample;
use crate::service::{Act, Check, Invocation, LocalOperation, Operation, Outputs, Place, Receipt, Reply};
use crate::text::Clean;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use std::collections::BTreeSet;

const REGION: &str = "us-west-2";

/// A random runbook: each step needs some of those before it.
fn runbooks() -> impl Strategy<Value = Runbook> {
    let step = (any::<u16>(), 0..4u8, 0..6u8, any::<bool>());
    proptest::collection::vec(step, 1..10).prop_map(|drafts| {
        let steps = drafts
            .into_iter()
            .enumerate()
            .map(|(place, (needs, undo, gate, beside))| {
                let beside = beside && gate == 0;
                Step {
                    id: id(place),
                    component: ComponentName::new(&format!("c{place}")),
                    kind: "command".into(),
                    title: Clean::new(&format!("do {place}")),
                    needs: (0..place).filter(|need| !beside && needs & (1 << need) != 0).map(id).collect(),
                    undo: match undo {
                        0 => Undo::NoneNeeded,
                        1 => Undo::Reversible,
                        2 => Undo::DataLoss,
                        _ => Undo::PointOfNoReturn,
                    },
                    region: REGION.into(),
                    plane: Plane::Control,
                    expected_seconds: 10.0,
                    past_runs: None,
                    timeout_seconds: 60.0,
                    gates: match gate {
                        1 => vec![Gate::PointOfNoReturn, Gate::Loss { rpo_seconds: 30.0 }],
                        2 => vec![Gate::Approval { why: "because".into() }],
                        3 => vec![Gate::Loss { rpo_seconds: 5.0 }],
                        _ => Vec::new(),
                    },
                    beside,
                    acts: true,
                    role: (undo == 3).then_some(Role::Promotion).or(beside.then_some(Role::Fence)),
                    asks_when_failing: (beside && place % 3 != 0).then_some(GateKind::Writers),
                    left_out: None,
                    when: crate::plan::When::default(),
                }
            })
            .collect();
        Runbook { intent: Intent::Failover, steps }
    })
}

fn id(place: usize) -> StepId {
    StepId::new(&format!("c{place}/run"))
}

/// What happens next, by dice: taken as far as the state allows it.
#[derive(Clone, Debug)]
enum Dice {
    Command(u8, u8),
    Report(u8, u8),
    Lag(u8, u8),
    Credentials(bool),
    Session,
    Preflight(u8),
}

fn dice() -> impl Strategy<Value = Dice> {
    prop_oneof![
        3 => (any::<u8>(), any::<u8>()).prop_map(|(what, step)| Dice::Command(what, step)),
        8 => (any::<u8>(), any::<u8>()).prop_map(|(what, job)| Dice::Report(what, job)),
        1 => (any::<u8>(), any::<u8>()).prop_map(|(step, lag)| Dice::Lag(step, lag)),
        1 => any::<bool>().prop_map(Dice::Credentials),
        1 => Just(Dice::Session),
        1 => any::<u8>().prop_map(Dice::Preflight),
    ]
}

/// A run with a hand for the runner: what was started and has not come to rest.
struct Bench {
    state: State,
    events: Vec<Event>,
    now: Timestamp,
    jobs: Vec<Action>,
    /// The steps that acted, or may have.
    acted: BTreeSet<StepId>,
}

impl Bench {
    fn new(runbook: Runbook) -> Self {
        let now = Timestamp::UNIX_EPOCH;
        let components = runbook
            .steps
            .iter()
            .map(|step| Component {
                needs: step
                    .needs
                    .iter()
                    .map(|need| ComponentName::new(need.as_str().trim_end_matches("/run")))
                    .collect(),
                ..Component::plain(step.component.clone(), step.kind.clone(), Fields::default())
            })
            .collect();
        let application = Application {
            name: "app".into(),
            primary: "us-east-1".into(),
            recovery: REGION.into(),
            rto_seconds: None,
            rpo_seconds: None,
            owner: None,
            description: None,
            healthy_for_seconds: None,
            follows_for_seconds: None,
            from_run: None,
        };
        let opened = Opened {
            version: JOURNAL_VERSION,
            run: "r".into(),
            intent: Intent::Failover,
            cloud: CloudName::Sim,
            declared_at: now,
            plan: Plan {
                application,
                accounts: Default::default(),
                components,
                waivers: Vec::new(),
                drills: Default::default(),
                capture: Default::default(),
                sealed: Default::default(),
            },
            runbook,
            drill: None,
            program: "test".into(),
            endpoint: None,
        };
        let event =
            Event { seq: 0, at: now, offset_ms: 0, epoch: 1, by: "ana".into(), what: What::RunOpened(opened.into()) };
        let state = State::open(&event).expect("an opening event");
        let mut bench = Self { state, events: vec![event], now, jobs: Vec::new(), acted: BTreeSet::new() };
        bench.take(Input::Seen(What::SessionOpened {
            host: "h".into(),
            pid: 1,
            resumed: false,
            holder: None,
            beside: false,
            taken_over: false,
        }));
        bench
    }

    /// The same, after its start.
    fn started(runbook: Runbook) -> Self {
        let mut bench = Self::new(runbook);
        bench.take(Input::Seen(What::Preflight(Box::default())));
        bench.take(Input::Command(Command::Start(given(REGION))));
        bench
    }

    /// One turn; checks what must hold of every event against the state right before it.
    fn take(&mut self, input: Input) {
        self.now += SignedDuration::from_secs(1);
        let stamp = Stamp { now: self.now, offset_ms: 0, epoch: 1, by: "ana".into() };
        let mut shadow = self.state.clone();
        let Ok((events, actions)) = turn::take(&mut self.state, input.clone(), &stamp) else {
            assert_eq!(shadow, self.state, "a refused command changes nothing");
            return;
        };
        for event in &events {
            check(&shadow, event, &input);
            shadow.fold(event);
            if let What::StepUndone { step, .. } = &event.what {
                self.acted.remove(step);
            }
            self.acted.extend(may_have_acted(event));
            for step in &self.acted {
                let (_, own) = shadow.step(step).expect("a step of the runbook");
                assert!(own.acted(), "that {step} may have acted is forgotten by {event:?}");
            }
        }
        assert_eq!(shadow, self.state, "the fold of the events is the live state");
        self.events.extend(events);
        self.jobs.extend(actions);
    }

    fn roll(&mut self, dice: &Dice) {
        match dice {
            Dice::Session => {
                self.take(Input::Seen(What::SessionOpened {
                    host: "h".into(),
                    pid: 2,
                    resumed: true,
                    holder: None,
                    beside: false,
                    taken_over: false,
                }));
            }
            Dice::Preflight(what) => {
                let found = |level, identity| {
                    Found::of(Check { identity, ..Check::failed("code", "one", "another", "mend it") }.at(level))
                };
                let found = match what % 4 {
                    0 => vec![found(Level::Failing, false)],
                    1 => vec![found(Level::Failing, true)],
                    2 => vec![found(Level::Unknown, false)],
                    _ => vec![found(Level::Ok, false)],
                };
                self.take(Input::Seen(What::Preflight(Box::new(Preflight::sorted(found)))));
            }
            Dice::Credentials(expired) => {
                let what = match expired {
                    true => What::CredentialsExpired { account: None, why: "aws sso login".into() },
                    false => What::CredentialsRenewed { account: None },
                };
                self.take(Input::Seen(what));
            }
            Dice::Lag(step, lag) => {
                let component = self.state.plan_step(*step as usize % self.state.steps.len()).component.clone();
                let known = *lag < 200;
                let sample = LagSample {
                    seconds: known.then_some(f64::from(*lag) / 10.0),
                    sampled_at: known.then_some(self.now),
                    instead: (!known).then(|| "no data".into()),
                };
                self.take(Input::Seen(What::Lag { component, sample }));
            }
            Dice::Command(what, step) => {
                let step = id(*step as usize % self.state.steps.len());
                let back = |to, typed: &str, past: Option<&str>| Command::RollBack {
                    to,
                    typed: typed.into(),
                    reason: "back".into(),
                    past_the_point: past.map(Into::into),
                };
                let command = match what % 20 {
                    16 => Command::Start(given(REGION)),
                    17 => Command::Start(given("us-east-1")),
                    18 => back(None, REGION, Some("a false alarm")),
                    19 => back(None, "us-east-1", None),
                    0 | 1 => Command::Go { step: None },
                    2 => Command::Go { step: Some(step) },
                    3 | 4 => Command::SetMode(Mode::Auto),
                    5 => Command::SetMode(Mode::Hold),
                    6 => Command::SetMode(Mode::Step),
                    7 | 8 => Command::Retry { step },
                    9 => Command::Skip { step, reason: "not needed".into() },
                    10 => Command::Skip { step, reason: " ".into() },
                    11 | 12 => match self.state.open_gates.keys().next().copied() {
                        Some((place, gate)) => Command::Answer { step: id(place), gate, text: REGION.into() },
                        None => Command::Note { text: "hm".into(), step: None },
                    },
                    13 => match self.state.open_gates.keys().next().copied() {
                        Some((place, gate)) => Command::Answer { step: id(place), gate, text: "".into() },
                        None => Command::Leave,
                    },
                    14 => back(Some(step), REGION, None),
                    _ => back(None, REGION, None),
                };
                self.take(Input::Command(command));
            }
            Dice::Report(what, job) => {
                if self.jobs.is_empty() {
                    return;
                }
                let at = *job as usize % self.jobs.len();
                let (place, undo, attempt) = match self.jobs[at] {
                    Action::Start { place, attempt } => (place, false, attempt),
                    Action::Undo { place, attempt } => (place, true, attempt),
                };
                let sent = if undo { &self.state.steps[place].undo_sent } else { &self.state.steps[place].sent };
                let awaiting = sent.as_ref().is_some_and(|sent| sent.reply.is_none());
                let what = match what % 9 {
                    _ if awaiting => match what % 3 {
                        0 => Reported::Acted(Reply::NoAnswer { message: "gone".into() }),
                        1 if job % 2 == 0 => {
                            Reported::Acted(Reply::NotNow { message: "slower".into(), throttled: true })
                        }
                        1 if !undo => Reported::Acted(Reply::Refused { code: None, message: "no".into() }),
                        _ => Reported::Acted(Reply::Taken { receipt: Receipt::default() }),
                    },
                    0 | 1 => Reported::Acting { act: act(), before: serde_json::json!({"place": place}) },
                    2 => Reported::Progress("moving".into()),
                    3 => Reported::Failed { reason: "bad".into(), help: "help".into(), checks: Vec::new() },
                    4 if job % 2 == 0 => Reported::Unknown("no answer".into()),
                    4 if job % 3 == 1 => Reported::Late("it takes its time".into()),
                    4 => Reported::Silent("no answer of any kind".into()),
                    5 if self.state.rollback.is_some() && !undo && sent.is_none() => {
                        Reported::Withdrawn("the run goes back".into())
                    }
                    _ => Reported::Succeeded { already_done: false, evidence: "seen".into(), outputs: Outputs::new() },
                };
                let rests = !matches!(what, Reported::Acting { .. } | Reported::Acted(_) | Reported::Progress(_));
                if rests {
                    self.jobs.remove(at);
                }
                self.take(Input::Report(Report { step: id(place), attempt, undo, what }));
            }
        }
    }
}

/// A start that passes what may be passed.
fn given(typed: &str) -> Start {
    let despite = vec![Despite { code: "code".into(), why: "tried".into() }];
    Start { typed: typed.into(), despite, ..Start::default() }
}

trait At {
    fn at(self, level: Level) -> Self;
}

impl At for Check {
    fn at(self, level: Level) -> Self {
        Self { level, ..self }
    }
}

/// The step whose act was taken, or left without an answer: from then on only its undo makes it not so.
fn may_have_acted(event: &Event) -> Option<StepId> {
    match &event.what {
        What::StepActed { step, reply: Reply::Taken { .. } | Reply::NoAnswer { .. } } => Some(step.clone()),
        _ => None,
    }
}

fn act() -> Act {
    let run = Invocation { run: vec!["true".into()], within_seconds: 1, ..Default::default() };
    Act { place: Place { region: REGION.into(), account: None }, operation: Operation::Local(LocalOperation::Run(run)) }
}

/// Whether what `step` needs is done; of what is skipped of it, what that needs.
fn needs_are_met(state: &State, step: &Step) -> bool {
    step.needs.iter().all(|need| lets_go_on(state, need))
}

fn lets_go_on(state: &State, need: &StepId) -> bool {
    let (step, own) = state.step(need).expect("a step of the runbook");
    own.status.lets_others_go_on() && (own.status != Status::Skipped || needs_are_met(state, step))
}

/// What must hold of `event`, given the state before it and the input that led to it.
fn check(before: &State, event: &Event, input: &Input) {
    match &event.what {
        What::Started(started) => {
            assert!(matches!(input, Input::Command(Command::Start(_))), "only a person starts a run");
            assert_eq!(started.typed.as_str(), REGION);
            assert!(before.started.is_none(), "a run is started once");
            let preflight = before.preflight.as_ref().expect("it was looked at first");
            assert!(preflight.blocks.iter().all(|found| !found.check.identity), "another thing is never passed");
        }
        What::StepActing { .. } | What::UndoActing { .. } => {
            assert!(!before.needs_start(), "nothing acts before the start");
        }
        What::StepStarted { step, .. } => {
            assert!(!before.needs_start(), "{step} started before the run was");
            let (plan_step, own) = before.step(step).expect("a step of the runbook");
            assert!(needs_are_met(before, plan_step), "{step} started before its needs");
            assert_ne!(before.mode, Mode::Hold, "{step} started under hold");
            assert!(before.rollback.is_none(), "{step} started while going back");
            assert!(before.expired.is_empty(), "{step} started without credentials that work");
            assert!(!own.status.is_busy(), "{step} started while it runs");
            for gate in &plan_step.gates {
                let kind = gate.kind();
                assert!(!before.open_gates.contains_key(&(before.place(step).expect("its place"), kind)));
                if kind != GateKind::Loss {
                    assert!(own.has_passed(kind), "{step} started without its {} gate", kind.words());
                }
            }
        }
        What::GatePassed { step, gate, answer, .. } => match answer {
            GateAnswer::Within => {
                assert_eq!(*gate, GateKind::Loss);
                assert!(!before.open_gates.contains_key(&(before.place(step).expect("its place"), *gate)));
                let (plan_step, _) = before.step(step).expect("a step of the runbook");
                let exposure = super::loss::exposure(before, &plan_step.component, event.at);
                let Some(Gate::Loss { rpo_seconds }) =
                    plan_step.gates.iter().find(|gate| gate.kind() == GateKind::Loss)
                else {
                    panic!("a loss gate passed that is not there")
                };
                assert!(exposure.seconds.is_some_and(|seconds| seconds <= *rpo_seconds), "unknown opens the gate");
            }
            GateAnswer::Approved { .. }
            | GateAnswer::Crossed { .. }
            | GateAnswer::Accepted { .. }
            | GateAnswer::Done { .. }
            | GateAnswer::Reconciled { .. } => {
                assert!(matches!(input, Input::Command(Command::Answer { .. })), "a gate passed without its answer");
            }
        },
        What::UndoStarted { step } => {
            let rollback = before.rollback.as_ref().expect("undo only while going back");
            assert_eq!(rollback::turn(before, rollback), before.place(step), "undo goes in its order");
            let (_, own) = before.step(step).expect("a step of the runbook");
            assert!(own.acted(), "{step} is undone and never acted");
            assert_ne!(own.status, Status::Unknown, "rollback stops at an unknown");
            assert!(before.busy().next().is_none(), "one undo at a time");
            assert!(before.expired.is_empty(), "{step} is undone without credentials that work");
        }
        What::StepOwed { step, .. } => {
            let (plan_step, _) = before.step(step).expect("a step of the runbook");
            assert!(plan_step.beside, "only what is beside the path is owed");
            match input {
                Input::Report(_) if before.paying.is_some() => {
                    let owed = before.paying.iter().flat_map(|ended| &ended.debts);
                    let is_owed = owed.map(|debt| &debt.step).any(|owed| owed == step);
                    assert!(is_owed, "what is paid behind the end and comes to nothing was owed before");
                }
                Input::Report(Report { what, .. }) => {
                    // What nobody is asked about may take longer than the run does.
                    let may_be_late = plan_step.asks_when_failing.is_none();
                    let is_debt =
                        matches!(what, Reported::Silent(_)) || matches!(what, Reported::Late(_)) && may_be_late;
                    assert!(is_debt, "a region that answers makes no debt: {what:?}");
                }
                Input::Command(Command::Answer { gate, text, .. }) => {
                    assert_eq!(*gate, GateKind::Writers, "or a person goes on beside the old writer");
                    assert!(!text.trim().is_empty(), "with a reason");
                }
                other => panic!("a debt that nobody reported: {other:?}"),
            }
        }
        What::RollbackStarted { to, steps, stays, past_the_point, .. } => {
            let Input::Command(Command::RollBack { typed, .. }) = input else { panic!("only a person goes back") };
            assert_eq!(typed.as_str(), REGION);
            if past_the_point.is_none() {
                never_the_only_side_that_serves(before, steps);
            }
            let from = to.as_ref().and_then(|to| before.step(to)).and_then(|(_, own)| own.order).unwrap_or(0);
            let order = |step: &StepId| before.step(step).and_then(|(_, own)| own.order).unwrap_or(0);
            let may_have_acted = |own: &StepState| own.acted() || own.status == Status::Running;
            let acted: BTreeSet<&StepId> = before
                .run
                .runbook
                .steps
                .iter()
                .zip(&before.steps)
                // What only proved something has nothing to go back to.
                .filter(|(step, _)| step.undo != Undo::NoneNeeded)
                .filter(|(_, own)| may_have_acted(own) && own.order.is_some_and(|order| order >= from))
                .map(|(step, _)| &step.id)
                .collect();
            let told: BTreeSet<&StepId> = steps.iter().chain(stays.iter().map(|stay| &stay.step)).collect();
            assert_eq!(acted, told, "going back visits, or says why it leaves, exactly what may have acted");
            assert_eq!(told.len(), steps.len() + stays.len(), "and each of them once");
            assert!(steps.is_sorted_by(|a, b| order(a) > order(b)), "in reverse start order");
        }
        What::RunEnded(ended) => {
            let skipped = before.steps.iter().any(|step| step.status == Status::Skipped);
            match ended.outcome {
                RunOutcome::Completed => assert!(!skipped, "skipped is never green"),
                RunOutcome::CompletedWithExceptions => assert!(skipped),
                RunOutcome::Failed | RunOutcome::Aborted | RunOutcome::RolledBack | RunOutcome::Held => {}
            }
            assert!(before.busy().next().is_none(), "a run ends when nothing runs");
        }
        _ => {}
    }
}

/// A store that was promoted for good is what serves: it, what stands on it and what that needs are left alone.
fn never_the_only_side_that_serves(before: &State, undone: &[StepId]) {
    let steps = &before.run.runbook.steps;
    let is_crossed = |(step, own): &(&Step, &StepState)| step.role() == Role::Promotion && own.acted();
    let crossed: Vec<&Step> = steps.iter().zip(&before.steps).filter(is_crossed).map(|(step, _)| step).collect();
    for undone in undone {
        let (undone, _) = before.step(undone).expect("a step of the runbook");
        assert_ne!(undone.undo, Undo::PointOfNoReturn, "{} cannot be undone", undone.id);
        for store in &crossed {
            assert!(!reaches(before, &undone.id, &store.id), "{} stands on {}", undone.id, store.id);
            assert!(!reaches(before, &store.id, &undone.id), "{} needs {}", store.id, undone.id);
        }
    }
}

/// Whether `from` needs `to`, over however many steps.
fn reaches(state: &State, from: &StepId, to: &StepId) -> bool {
    from == to || state.step(from).is_some_and(|(step, _)| step.needs.iter().any(|need| reaches(state, need, to)))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn the_invariants_hold_for_any_graph_outcomes_and_commands(
        runbook in runbooks(),
        dice in proptest::collection::vec(dice(), 0..120),
    ) {
        let mut bench = Bench::new(runbook);
        for dice in &dice {
            bench.roll(dice);
        }
        // The counts kept on the way are what counting anew gives.
        for (place, step) in bench.state.run.runbook.steps.iter().enumerate() {
            let unmet = step.needs.iter().filter(|need| !lets_go_on(&bench.state, need)).count() as u32;
            prop_assert_eq!(bench.state.waits_for(place).is_empty(), unmet == 0);
            prop_assert_eq!(bench.state.unmet[place], unmet);
            let waits = matches!(bench.state.steps[place].status, Status::Waiting | Status::Undone);
            prop_assert_eq!(bench.state.ready.contains(&place), waits && unmet == 0);
        }
        // The journal, written and read again, folds to the same state.
        let mut replayed = State::open(&bench.events[0]).expect("an opening event");
        for event in &bench.events[1..] {
            let json = serde_json::to_string(event).expect("an event is JSON");
            let read: Event = serde_json::from_str(&json).expect("and reads back");
            prop_assert_eq!(&read, event);
            replayed.fold(&read);
        }
        prop_assert_eq!(replayed, bench.state);
    }

    #[test]
    fn an_auto_run_without_gates_or_failures_completes(runbook in runbooks()) {
        let mut runbook = runbook;
        runbook.steps.iter_mut().for_each(|step| step.gates.clear());
        let steps = runbook.steps.len();
        let mut bench = Bench::started(runbook);
        bench.take(Input::Command(Command::SetMode(Mode::Auto)));
        for _ in 0..steps {
            bench.roll(&Dice::Report(7, 0));
        }
        let ended = bench.state.ended.expect("it ended");
        prop_assert_eq!(ended.outcome, RunOutcome::Completed);
    }
}
