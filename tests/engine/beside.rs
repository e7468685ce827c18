//! Readiness beside a run: what turns failing of what nothing was started of yet, by so few calls, and never once the account
//! is asked too much.

use crate::bench::between::{Between, Look, silence};
use crate::bench::{Answers, Bench, TWELVE, outcome};
use jiff::Timestamp;
use landfall::plan::Level;
use landfall::recovery::event::JOURNAL_VERSION;
use landfall::recovery::start::Verdict;
use landfall::recovery::{Command, Event, Mode, RunOutcome, State, What};
use landfall::service::observation::RecordSet;
use landfall::service::{Ask, DnsObservation, DnsQuery, Observation, Query, Silence};
use std::sync::{Arc, Mutex};

const HOUR: f64 = 3_600.0;

fn passed(now: Timestamp) -> f64 {
    let began = Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_hours(1000);
    now.duration_since(began).as_secs_f64()
}

fn is_zone(ask: &Ask) -> bool {
    matches!(ask.query, Query::Dns(DnsQuery::ZoneRecords { .. }))
}

/// The zone with a record that the plan forgot.
fn forgotten() -> Observation {
    let record = RecordSet {
        name: "old.example.com.".into(),
        record_type: "CNAME".into(),
        values: vec!["old-1.us-east-1.elb.amazonaws.com".into()],
        ..RecordSet::default()
    };
    DnsObservation::ZoneRecords { records: vec![record], is_whole: true }.into()
}

/// A run that was started and stands for seven hours: nothing of it was begun.
fn stands() -> Answers {
    Answers {
        mode: Mode::Hold,
        stays: true,
        react: Some(|state: &State| (passed(state.at) > 7.0 * HOUR).then_some(Command::Leave)),
        ..Answers::all()
    }
}

/// When the zone was asked for, in seconds of the run.
type Asked = Arc<Mutex<Vec<f64>>>;

fn between(answer: fn(f64) -> Look) -> (Between, Asked) {
    let asked = Asked::default();
    let counted = asked.clone();
    let looks = move |ask: &Ask, now: Timestamp| {
        if !is_zone(ask) {
            return Look::Through;
        }
        counted.lock().expect("whole").push(passed(now));
        answer(passed(now))
    };
    (Between::looks(looks), asked)
}

/// What was told of a rule since the start: when, and how it stood.
fn told(events: &[Event], code: &str) -> Vec<(f64, Level)> {
    let all = events.iter().flat_map(|event| match &event.what {
        What::RulesTurned { found, .. } => found.iter().map(|found| (event.at, found)).collect(),
        _ => Vec::new(),
    });
    all.filter(|(_, found)| found.check.code.as_str() == code)
        .map(|(at, found)| (passed(at), found.check.level))
        .collect()
}

#[tokio::test(start_paused = true)]
async fn what_turns_failing_while_a_run_stands_is_told_and_what_was_known_before_stays() {
    let (between, asked) = between(|at| if at > 600.0 { Look::Says(forgotten()) } else { Look::Through });
    let bench = Bench::with_faults(TWELVE, "").behind(between);
    let state = bench.run(stands()).await;
    let events = bench.events();
    let told = told(&events, "route53-forgotten");
    let [(at, Level::Failing)] = told.as_slice() else { panic!("told once, failing: {told:?}") };
    assert!((1.4 * HOUR..2.1 * HOUR).contains(at), "half as often as before the start: {at}");
    let before = state.preflight.as_ref().expect("preflight");
    let known = before.all().find(|found| found.check.code.as_str() == "route53-forgotten").expect("known before");
    assert_eq!(known.check.level, Level::Ok, "what was known before the start");
    let asked = asked.lock().expect("whole").clone();
    assert!((3..=6).contains(&asked.len()), "seven hours, two hours apart: {asked:?}");
    // As it was before it was left: the next step of the record says so, and the verdict of what turned.
    let mut state = State::open(&events[0]).expect("a run");
    let left = events.iter().position(|event| matches!(event.what, What::SessionClosed { .. })).expect("it was left");
    events[1..left].iter().for_each(|event| state.fold(event));
    assert_eq!(state.turned_to(), Some(Verdict::AtRisk(1)));
    let places: Vec<usize> = (0..state.steps.len()).filter(|place| state.turned_at(*place).is_some()).collect();
    let [place] = places.as_slice() else { panic!("one line: {places:?}") };
    assert_eq!(state.plan_step(*place).component.as_str(), "dns");
    assert_eq!(state.run.version, JOURNAL_VERSION);
}

#[tokio::test(start_paused = true)]
async fn at_the_first_throttling_nothing_more_is_asked_and_what_was_told_grows_old() {
    let answer = |at| if at > 600.0 { silence(Silence::Throttled, "Throttling") } else { Look::Through };
    let (between, asked) = between(answer);
    let bench = Bench::with_faults(TWELVE, "").behind(between);
    bench.run(stands()).await;
    let events = bench.events();
    let rests: Vec<f64> = events
        .iter()
        .filter(|event| matches!(&event.what, What::RulesTurned { rests: Some(why), .. } if why.contains("throttled")))
        .map(|event| passed(event.at))
        .collect();
    let [rests] = rests.as_slice() else { panic!("said once: {rests:?}") };
    assert!(asked.lock().expect("whole").iter().all(|at| at <= rests), "never asked behind it");
    let told = told(&events, "route53-forgotten");
    let [(at, Level::Unknown)] = told.as_slice() else { panic!("it is not known any more: {told:?}") };
    assert!((3.0 * HOUR..3.1 * HOUR).contains(at), "once its answer is three hours old: {at}");
}

#[tokio::test(start_paused = true)]
async fn what_a_step_was_started_of_is_looked_at_by_its_steps_alone() {
    let (between, asked) = between(|_| Look::Through);
    let bench = Bench::with_faults(TWELVE, "").behind(between);
    let state = bench.run(Answers::all()).await;
    assert_eq!(outcome(&state), RunOutcome::Completed);
    assert!(!bench.events().iter().any(|event| matches!(event.what, What::RulesTurned { .. })), "nothing turned");
    assert!(state.untouched().is_empty());
    assert!(asked.lock().expect("whole").iter().all(|at| *at < 60.0), "before the start alone");
}
