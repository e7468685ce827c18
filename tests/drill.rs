//! A drill with a facilitator, in process and under paused time: what is injected while the run goes on changes what
//! the simulated cloud does, is in the journal first, and is met again by a resumed run.

use jiff::{SignedDuration, Timestamp};
use landfall::cloud::Clock;
use landfall::cloud::sim::{Scenario, Sim, SimOptions, log, rehearsal};
use landfall::engine::{Facilitator, Options, Pace, Run, Seat, Session, journal, session};
use landfall::plan::{GateKind, Plan, Runbook, file};
use landfall::recovery::event::{CloudName, Drill, JOURNAL_VERSION};
use landfall::recovery::{Command, Event, Facilitate, Mode, Opened, Refusal, Start, State, What, facilitate};
use landfall::service::fault::Target;
use landfall::service::{AimedFault, FaultKind, Registry};
use std::path::PathBuf;
use std::sync::Arc;

/// A folder with the journal and the world of a drill on the embedded shop.
struct Hall {
    folder: tempfile::TempDir,
    scenario: Scenario,
}

/// A session under way there.
struct Under {
    session: Session,
    facilitator: Facilitator,
    sim: Sim,
    state: Option<State>,
}

impl Hall {
    fn of(scenario: &str) -> Self {
        let scenario = rehearsal::find(scenario).expect("an embedded scenario").1;
        Self { folder: tempfile::tempdir().expect("a folder"), scenario }
    }

    fn journal(&self) -> PathBuf {
        self.folder.path().join("run.jsonl")
    }

    fn world(&self) -> PathBuf {
        self.folder.path().join("run.jsonl.world")
    }

    fn events(&self) -> Vec<Event> {
        journal::read(&self.journal()).expect("the journal verifies").events
    }

    fn begin(&self) -> Under {
        self.begin_in(Mode::Auto)
    }

    fn begin_in(&self, mode: Mode) -> Under {
        let clock = Clock::new(Timestamp::UNIX_EPOCH + SignedDuration::from_hours(1000), 1.0);
        let opened = self.opened(&clock);
        let run = Run::begin(&self.journal(), opened, &Seat::of("ana"), &clock).expect("a journal");
        self.start(run, clock, mode)
    }

    fn resume(&self) -> Under {
        let run = Run::resume(&self.journal(), &Seat::of("ana"), |state| state.at).expect("it resumes");
        let clock = Clock::new(run.state().at, 1.0);
        self.start(run, clock, Mode::Auto)
    }

    fn start(&self, run: Run, clock: Clock, mode: Mode) -> Under {
        let options = SimOptions {
            seed: 7,
            scenario: Some(self.scenario.clone()),
            intent: self.scenario.intent,
            log_path: Some(self.world()),
            clock: clock.clone(),
            started_at: run.started_at(),
        };
        let sim = Sim::open(&run.state().run.plan, options).expect("a simulated cloud");
        let options = Options { by: "ana".into(), mode: Some(mode), pace: Pace::default() };
        let (session, facilitator) = Session::start_drill(run, &sim, clock, options);
        Under { session, facilitator: facilitator.called("eve".into()), sim, state: None }
    }

    fn opened(&self, clock: &Clock) -> Opened {
        let plan = plan();
        let scenario = Some(self.scenario.text().to_owned());
        Opened {
            version: JOURNAL_VERSION,
            run: "test".into(),
            intent: self.scenario.intent,
            cloud: CloudName::Sim,
            declared_at: clock.now(),
            runbook: Runbook::compile(&plan, self.scenario.intent, &Registry).expect("no circles"),
            plan,
            drill: Some(Drill { seed: 7, time_scale: 1.0, scenario, surprise: false, world: None }),
            program: "test".into(),
            endpoint: None,
        }
    }
}

impl Under {
    async fn wish(&self, wish: Facilitate) -> Result<(), Refusal> {
        self.facilitator.send(wish).await.expect("the session lives")
    }

    /// Answers every gate until `is_it` holds of an event; `false` when the run comes to rest without.
    async fn until(&mut self, is_it: impl Fn(&Event) -> bool) -> bool {
        while let Some(batch) = self.session.feed.recv().await {
            let mut found = false;
            for event in batch.iter() {
                found |= is_it(event);
                self.fold(event);
            }
            let state = self.state.as_ref().expect("a run");
            if found || state.is_over() || landfall::recovery::advance::is_stuck(state) && state.open_gates.is_empty() {
                return found;
            }
            if state.needs_start() {
                if state.preflight.is_some() {
                    let start = Start { typed: "us-west-2".into(), ..Start::default() };
                    drop(self.session.commander.send(Command::Start(start)));
                }
                continue;
            }
            for (place, gate) in state.open_gates.keys() {
                let step = state.plan_step(*place).id.clone();
                let text = if *gate == GateKind::PointOfNoReturn { "us-west-2" } else { "it is said" };
                drop(self.session.commander.send(Command::Answer { step, gate: *gate, text: text.into() }));
            }
        }
        false
    }

    fn fold(&mut self, event: &Arc<Event>) {
        match &mut self.state {
            None => self.state = State::open(event),
            Some(state) => state.fold(event),
        }
    }

    async fn close(self) {
        self.session.close("the test is over").await.expect("a whole journal");
    }
}

fn plan() -> Plan {
    file::read("storefront.toml", rehearsal::plan_text().as_bytes(), &Registry).expect("a valid plan")
}

fn in_region(kind: FaultKind, region: &str) -> AimedFault {
    AimedFault::new(kind, Target::Region(region.into()))
}

fn on(kind: FaultKind, component: &str) -> AimedFault {
    AimedFault::new(kind, Target::Component(component.into()))
}

/// What shows in the journal that a fault does what it says.
type Shows = fn(&Event) -> bool;

fn call_error(event: &Event, error: &str, operation: &str) -> bool {
    let What::Call { call, .. } = &event.what else { return false };
    let is_error = call.error.as_ref().is_some_and(|found| found.contains(error));
    call.region.as_str() == "us-west-2" && is_error && call.operation.starts_with(operation)
}

fn lag_of_catalog(event: &Event) -> Option<&landfall::service::observation::LagSample> {
    match &event.what {
        What::Lag { component, sample } if component.as_str() == "catalog-db" => Some(sample),
        _ => None,
    }
}

fn failed(event: &Event, wanted: &str, why: &str) -> bool {
    matches!(&event.what, What::StepFailed { step, reason, .. } if step.as_str() == wanted && reason.contains(why))
}

/// The metric of a replica is looked at while nobody promotes it: step by step nothing starts.
fn mode_for(fault: &AimedFault) -> Mode {
    match fault.fault {
        FaultKind::ReplicationStopped | FaultKind::StaleMetric => Mode::Step,
        _ => Mode::Auto,
    }
}

/// One of each kind that a facilitator has, and what shows that it does what it says.
fn each_kind() -> Vec<(AimedFault, Shows)> {
    vec![
        (in_region(FaultKind::RegionDark, "us-west-2"), |event| call_error(event, "no answer", "")),
        (in_region(FaultKind::ControlPlaneDark, "us-west-2"), |event| call_error(event, "no answer", "ecs")),
        (in_region(FaultKind::Throttle, "us-west-2"), |event| call_error(event, "Throttling", "")),
        (on(FaultKind::Hang, "catalog-db"), |event| call_error(event, "no answer", "rds")),
        (on(FaultKind::PromotionStuck, "catalog-db"), |event| {
            failed(event, "catalog-db/promote", "not verified within 30:00")
        }),
        (on(FaultKind::ReplicationStopped, "catalog-db"), |event| {
            let instead = lag_of_catalog(event).and_then(|sample| sample.instead.as_ref());
            instead.is_some_and(|instead| instead.contains("-1"))
        }),
        (on(FaultKind::StaleMetric, "catalog-db"), |event| {
            let sampled_at = lag_of_catalog(event).and_then(|sample| sample.sampled_at);
            sampled_at.is_some_and(|sampled_at| event.at.duration_since(sampled_at).as_secs() > 180)
        }),
        (on(FaultKind::TasksCrash, "payments"), |event| failed(event, "payments/scale", "circuit breaker")),
    ]
}

#[tokio::test(start_paused = true)]
async fn every_fault_of_the_menu_changes_what_the_simulated_cloud_does() {
    let kinds: Vec<FaultKind> = each_kind().iter().map(|(fault, _)| fault.fault).collect();
    assert_eq!(kinds, FaultKind::by_hand().collect::<Vec<_>>(), "one of each");
    for (fault, shows) in each_kind() {
        let hall = Hall::of("clean");
        let mut drill = hall.begin_in(mode_for(&fault));
        drill.wish(Facilitate::Inject(fault.clone())).await.expect("it is taken");
        assert!(drill.until(shows).await, "{} does nothing", fault.begins());
        drill.close().await;
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_facilitator_none_of_it_happens() {
    for mode in [Mode::Auto, Mode::Step] {
        let hall = Hall::of("clean");
        let mut drill = hall.begin_in(mode);
        let began = drill.sim.standing();
        let is_enough = |event: &Event| mode == Mode::Step && event.offset_ms > 1_200_000;
        assert_eq!(drill.until(is_enough).await, mode == Mode::Step, "auto runs to its end");
        for (fault, shows) in each_kind().into_iter().filter(|(fault, _)| mode_for(fault) == mode) {
            assert_eq!(hall.events().into_iter().find(shows), None, "{}", fault.begins());
        }
        assert_eq!(drill.sim.standing(), began, "what the scenario has goes on");
        drill.close().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_fault_that_is_ended_lets_the_run_complete() {
    let hall = Hall::of("clean");
    let mut drill = hall.begin();
    let dark = in_region(FaultKind::RegionDark, "us-west-2");
    drill.wish(Facilitate::Inject(dark.clone())).await.expect("it is taken");
    assert!(drill.until(|event| call_error(event, "no answer", "")).await);
    drill.wish(Facilitate::End(dark.clone())).await.expect("it is taken");
    drill.until(|event| matches!(event.what, What::RunEnded(_))).await;
    let state = drill.state.clone().expect("a run");
    assert!(state.is_over() && state.faults.iter().all(|standing| standing.scripted), "{:?}", state.faults);
    drill.close().await;
}

#[tokio::test(start_paused = true)]
async fn faults_are_the_facilitators_in_the_journal_and_the_scenarios_are_the_scenarios() {
    let hall = Hall::of("region-down");
    let drill = hall.begin();
    let crash = on(FaultKind::TasksCrash, "payments");
    drill.wish(Facilitate::Inject(crash.clone())).await.expect("it is taken");
    // The scenario's region comes back by the facilitator's hand.
    let dark = in_region(FaultKind::RegionDark, "us-east-1");
    drill.wish(Facilitate::End(dark.clone())).await.expect("it is taken");
    assert!(!drill.sim.standing().contains(&dark), "it is light again");
    drill.close().await;
    let told: Vec<(String, What)> = hall
        .events()
        .into_iter()
        .filter(|event| matches!(event.what, What::FaultInjected { .. } | What::FaultEnded { .. }))
        .map(|event| (event.by.to_string(), event.what))
        .collect();
    let injected = |fault: &AimedFault, scripted| What::FaultInjected { fault: fault.clone(), scripted };
    let lag = on(FaultKind::Lag, "orders-db");
    let expected = [
        ("scenario".to_owned(), injected(&dark, true)),
        ("scenario".to_owned(), injected(&lag, true)),
        ("eve".to_owned(), injected(&crash, false)),
        ("eve".to_owned(), What::FaultEnded { fault: dark, scripted: false }),
    ];
    assert_eq!(told, expected);
}

#[tokio::test(start_paused = true)]
async fn what_a_scenario_does_later_is_told_when_it_happens() {
    let mut hall = Hall::of("clean");
    let later = "[[fault]]\nkind = \"tasks-crash\"\ncomponent = \"web\"\nat = 30\nfor = 20\n";
    hall.scenario = Scenario::parse(&format!("name = \"later\"\n{later}")).expect("a scenario");
    let drill = hall.begin();
    tokio::time::sleep(std::time::Duration::from_secs(90)).await;
    drill.close().await;
    let events = hall.events();
    let began = events.first().expect("it opened").at;
    let seconds = |wanted: fn(&What) -> bool| {
        let event = events.iter().find(|event| wanted(&event.what)).expect("it is told");
        event.at.duration_since(began).as_secs()
    };
    assert!((30..=32).contains(&seconds(|what| matches!(what, What::FaultInjected { scripted: true, .. }))));
    assert!((50..=52).contains(&seconds(|what| matches!(what, What::FaultEnded { scripted: true, .. }))));
}

#[tokio::test(start_paused = true)]
async fn a_fault_is_in_the_journal_before_the_world_changes_and_a_resumed_world_follows() {
    let hall = Hall::of("clean");
    let drill = hall.begin();
    // The world's log cannot be made: the fault comes as far as the journal, as in a crash between the two.
    std::fs::create_dir(hall.world()).expect("a folder in its place");
    let crash = on(FaultKind::TasksCrash, "payments");
    let refusal = drill.wish(Facilitate::Inject(crash.clone())).await.expect_err("the world cannot follow");
    assert!(refusal.clear.contains("resume"), "{refusal}");
    let injected = What::FaultInjected { fault: crash.clone(), scripted: false };
    assert!(hall.events().iter().any(|event| event.what == injected), "the journal has it");
    drill.close().await;

    std::fs::remove_dir(hall.world()).expect("it was empty");
    let mut drill = hall.resume();
    assert!(drill.until(|event| failed(event, "payments/scale", "circuit breaker")).await, "the world followed");
    let injected = |line: &log::Line| matches!(line, log::Line::Injected { fault, .. } if fault.kind == crash.fault);
    assert!(log::read(&hall.world()).expect("the world's log").iter().any(injected));
    drill.close().await;
}

#[tokio::test(start_paused = true)]
async fn a_resumed_run_meets_what_was_injected_and_not_what_was_ended() {
    let hall = Hall::of("clean");
    let (crash, dark) = (on(FaultKind::TasksCrash, "payments"), in_region(FaultKind::RegionDark, "us-west-2"));
    let drill = hall.begin();
    for wish in [Facilitate::Inject(crash.clone()), Facilitate::Inject(dark.clone()), Facilitate::End(dark.clone())] {
        drill.wish(wish).await.expect("it is taken");
    }
    drill.close().await;
    let mut drill = hall.resume();
    assert!(drill.until(|event| failed(event, "payments/scale", "circuit breaker")).await);
    assert!(drill.sim.standing().contains(&crash) && !drill.sim.standing().contains(&dark));
    let state = session::fold(&journal::read(&hall.journal()).expect("it verifies")).expect("a run");
    let by_hand: Vec<AimedFault> =
        state.faults.into_iter().filter(|standing| !standing.scripted).map(|standing| standing.fault).collect();
    assert_eq!(by_hand, [crash]);
    drill.close().await;
}

#[tokio::test(start_paused = true)]
async fn what_makes_no_sense_is_refused_and_not_written_down() {
    let hall = Hall::of("clean");
    let drill = hall.begin();
    let crash = on(FaultKind::TasksCrash, "payments");
    drill.wish(Facilitate::Inject(crash.clone())).await.expect("it is taken");
    for (wish, why) in [
        (Facilitate::Inject(crash.clone()), "so already"),
        (Facilitate::Inject(on(FaultKind::TasksCrash, "orders-db")), "of kind rds"),
        (Facilitate::Inject(in_region(FaultKind::RegionDark, "eu-west-1")), "no region eu-west-1"),
        (Facilitate::End(on(FaultKind::TasksCrash, "api")), "nothing to end"),
    ] {
        let refusal = drill.wish(wish).await.expect_err("it makes no sense");
        assert!(refusal.why.contains(why), "{refusal}");
    }
    drill.close().await;
    let told = hall.events().into_iter().filter(|event| event.by.as_str() == "eve").count();
    assert_eq!(told, 1);
}

#[test]
fn a_run_on_a_real_cloud_takes_no_faults() {
    let hall = Hall::of("clean");
    let opened = Opened { cloud: CloudName::Aws, drill: None, ..hall.opened(&clock_of_the_test()) };
    let at = opened.declared_at;
    let what = What::RunOpened(opened.into());
    let first = Event { seq: 0, at, offset_ms: 0, epoch: 1, by: "ana".into(), what };
    let state = State::open(&first).expect("it opens a run");
    let wish = Facilitate::Inject(on(FaultKind::TasksCrash, "payments"));
    let refusal = facilitate::decide(&state, wish).expect_err("it is no drill");
    assert!(refusal.why.contains("for drills"), "{refusal}");
}

fn clock_of_the_test() -> Clock {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let _inside = runtime.enter();
    Clock::new(Timestamp::UNIX_EPOCH, 1.0)
}

#[test]
fn every_target_that_is_offered_fits() {
    let hall = Hall::of("clean");
    let options = SimOptions {
        seed: 7,
        scenario: Some(hall.scenario.clone()),
        intent: hall.scenario.intent,
        log_path: None,
        clock: clock_of_the_test(),
        started_at: Timestamp::UNIX_EPOCH,
    };
    let sim = Sim::open(&plan(), options).expect("a simulated cloud");
    for kind in FaultKind::by_hand() {
        let targets = kind.targets(&plan());
        assert!(!targets.is_empty(), "{} fits nothing", kind.word());
        for target in targets {
            let fault = AimedFault::new(kind, target);
            assert_eq!(sim.knows(&fault), Ok(()), "{}", fault.begins());
        }
    }
}
