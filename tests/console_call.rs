//! What calls a person who looks elsewhere: when, how often, and for whom.

mod console_stage;

use console_stage::{Stage, asked_before_the_fences, at_the_loss_gate, ended, failed, held};
use landfall::console::Label;
use landfall::console::app::App;
use landfall::console::call::{Calling, Terminal};
use landfall::console::look::Glyphs;
use landfall::plan::GateKind;
use landfall::recovery::{Command, Event, Mode, Reported, What};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// A terminal that knows titles and notifications.
fn calling() -> Calling {
    let terminal = Terminal::of(|name| (name == "TERM").then(|| "xterm-256color".to_owned()));
    Calling { terminal, ..Calling::default() }
}

/// A console of `label` on the run up to the event that `until` finds, and the events behind it.
fn console(stage: &Stage, label: Label, until: impl Fn(&What) -> bool) -> (App, Vec<Arc<Event>>) {
    let at = stage.events.iter().position(|event| until(&event.what)).expect("it happens");
    let before = Stage { state: stage.state.clone(), events: stage.events[..at].to_vec(), now: stage.events[at].at };
    let mut app = match label {
        Label::Real | Label::Drill => before.commander(Glyphs::Unicode).0,
        Label::Watch | Label::Replay | Label::ReadOnly => before.console(None, label, Glyphs::Unicode),
    };
    app.call_by(calling());
    (app, stage.events[at..].to_vec())
}

/// Every call of `app` while the events come one by one, with time between them.
fn calls(app: &mut App, events: &[Arc<Event>]) -> Vec<String> {
    let mut now = Instant::now();
    let mut all = Vec::new();
    for event in events {
        app.take(std::slice::from_ref(event));
        for _ in 0..3 {
            now += Duration::from_secs(1);
            if app.call_due(now).is_some_and(|due| due <= now + Duration::from_secs(1)) {
                all.extend(app.call());
            }
        }
    }
    all
}

fn opens_a_gate(what: &What) -> bool {
    matches!(what, What::GateOpened { .. })
}

#[test]
fn a_commander_who_looks_elsewhere_is_called_once_for_each_gate_failure_and_the_end() {
    let (mut app, events) = console(&ended(), Label::Drill, opens_a_gate);
    app.focus(false);
    let all = calls(&mut app, &events);
    assert!(all.iter().all(|call| call.starts_with('\u{7}') && call.matches('\u{7}').count() == 1), "{all:?}");
    let told = |part: &str| all.iter().filter(|call| call.contains(part)).count();
    let opened = events.iter().filter(|event| opens_a_gate(&event.what)).count();
    assert!(opened >= 4, "the run asks: {opened}");
    assert_eq!(told("asks for you"), opened, "{all:?}");
    assert_eq!(told("sessions failed: "), 1, "{all:?}");
    assert_eq!(told("the run has ended"), 1, "{all:?}");
    assert_eq!(all.len(), opened + 2, "and for nothing else, a hold by a person's own key least of all: {all:?}");
}

#[test]
fn what_comes_at_once_is_one_call() {
    let (mut app, events) = console(&asked_before_the_fences(), Label::Drill, opens_a_gate);
    app.take(&events);
    let due = app.call_due(Instant::now()).expect("somebody is to be called");
    assert_eq!(app.call_due(Instant::now() + Duration::from_secs(9)), Some(due), "what comes meanwhile moves nothing");
    let call = app.call().expect("a call");
    assert!(call.contains("(+1 more)"), "{call:?}");
    assert_eq!(app.call_due(Instant::now()), None);
}

#[test]
fn what_was_answered_before_anyone_was_called_calls_nobody() {
    let (mut app, events) = console(&ended(), Label::Drill, opens_a_gate);
    app.take(&events[..1]);
    assert!(app.call_due(Instant::now()).is_some());
    let passed = events.iter().position(|event| matches!(event.what, What::GatePassed { .. })).expect("it is answered");
    app.take(&events[1..=passed]);
    assert!(app.call().is_none_or(|call| !call.contains("loss")), "the gate that was answered is not named");
}

#[test]
fn a_gate_asked_anew_calls_again() {
    let mut stage = at_the_loss_gate();
    let first = stage.state.open_gates.len();
    let (mut app, _) = stage.commander(Glyphs::Unicode);
    app.call_by(calling());
    assert!(app.call_due(Instant::now()).is_some() && app.call().is_some());
    let known = stage.events.len();
    stage.answer("orders-db/promote", GateKind::Loss, "confirmed");
    stage.pass(30.0);
    assert_eq!(stage.state.open_gates.len(), first, "the point of no return is asked in its place");
    assert_eq!(calls(&mut app, &stage.events[known..]).len(), 1);
}

#[test]
fn a_hold_by_ones_own_key_calls_nobody_and_one_by_itself_does() {
    let mut stage = console_stage::opened();
    stage.command(Command::SetMode(Mode::Auto));
    let (mut app, _) = stage.commander(Glyphs::Unicode);
    app.call_by(calling());
    let drain = |app: &mut App| app.call_due(Instant::now()).and_then(|_| app.call());
    drain(&mut app);
    let known = stage.events.len();
    stage.command(Command::SetMode(Mode::Hold));
    app.take(&stage.events[known..]);
    assert_eq!(drain(&mut app), None);
    let mut own = (*stage.events[known]).clone();
    stage.command(Command::SetMode(Mode::Auto));
    app.take(&stage.events[known + 1..]);
    drain(&mut app);
    own.seq = stage.state.seq + 1;
    own.by = "landfall".into();
    app.take(&[Arc::new(own)]);
    assert!(drain(&mut app).is_some_and(|call| call.contains("held")), "nobody asked for it");
}

#[test]
fn with_the_eyes_on_it_only_the_title_changes() {
    let (mut app, events) = console(&ended(), Label::Drill, opens_a_gate);
    app.focus(true);
    let mut titles = Vec::new();
    let mut now = Instant::now();
    for event in &events {
        app.take(std::slice::from_ref(event));
        now += Duration::from_secs(1);
        titles.extend(app.title(now));
        if app.call_due(now).is_some() {
            assert_eq!(app.call(), None, "{:?}", event.what);
        }
    }
    assert!(titles.iter().any(|title| title.contains("BLOCKED")), "{titles:?}");
    assert!(titles.iter().all(|title| title.starts_with("\u{1b}]2;[ DRILL")), "{titles:?}");
    // What was told while they looked is not told once they look away.
    app.focus(false);
    assert_eq!(app.call_due(now), None);
}

#[test]
fn a_replay_calls_nobody_and_a_watcher_only_when_they_say_so() {
    let all = ended();
    for label in [Label::Replay, Label::ReadOnly, Label::Watch] {
        let (mut app, events) = console(&all, label, opens_a_gate);
        assert_eq!(calls(&mut app, &events), Vec::<String>::new(), "{label:?}");
        assert_eq!(app.title(Instant::now()).is_some(), label != Label::Replay, "{label:?}");
    }
    for label in [Label::Replay, Label::Watch] {
        let (mut app, events) = console(&all, label, opens_a_gate);
        app.call_by(Calling { bell: Some(true), notify: Some(true), title: Some(true), ..calling() });
        assert_eq!(!calls(&mut app, &events).is_empty(), label == Label::Watch, "{label:?}");
    }
}

#[test]
fn a_commander_can_turn_each_of_it_off() {
    let (mut app, events) = console(&ended(), Label::Drill, opens_a_gate);
    app.call_by(Calling { bell: Some(false), title: Some(false), ..calling() });
    let all = calls(&mut app, &events);
    assert!(!all.is_empty() && all.iter().all(|call| !call.contains('\u{7}') && call.contains("]9;")), "{all:?}");
    assert_eq!(app.title(Instant::now()), None);
}

#[test]
fn a_run_that_is_over_when_it_is_opened_is_no_news_and_what_still_stands_is() {
    let over = ended();
    let (mut app, _) = over.commander(Glyphs::Unicode);
    app.call_by(calling());
    assert_eq!(app.call_due(Instant::now()), None);
    for stage in [failed(), held(), at_the_loss_gate()] {
        let (mut app, _) = stage.commander(Glyphs::Unicode);
        app.call_by(calling());
        assert!(app.call_due(Instant::now()).is_some() && app.call().is_some());
        assert_eq!(app.call_due(Instant::now()), None, "once");
    }
}

#[test]
fn a_step_that_fails_again_calls_again() {
    let mut stage = failed();
    let (mut app, _) = stage.commander(Glyphs::Unicode);
    app.call_by(calling());
    assert!(app.call_due(Instant::now()).is_some() && app.call().is_some());
    let known = stage.events.len();
    stage.command(Command::Retry { step: "sessions/verify".into() });
    stage.pass(20.0);
    let (reason, help) = ("still no member".into(), "add one".into());
    stage.report("sessions/verify", Reported::Failed { reason, help, checks: Vec::new() });
    let all = calls(&mut app, &stage.events[known..]);
    assert_eq!(all.len(), 1, "{all:?}");
    assert!(all[0].contains("still no member"), "{all:?}");
}

#[test]
fn a_title_follows_what_matters_at_once_and_a_clock_now_and_then() {
    let stage = at_the_loss_gate();
    let (mut app, _) = stage.commander(Glyphs::Unicode);
    app.call_by(calling());
    let start = Instant::now();
    let written = (0..60).filter(|second| {
        app.at(stage.now + jiff::SignedDuration::from_secs(*second));
        app.title(start + Duration::from_secs(u64::try_from(*second).expect("a second"))).is_some()
    });
    let written = written.count();
    assert!((2..=12).contains(&written), "{written} in a minute in which only numbers changed");
}

#[test]
fn a_region_that_owes_something_and_answers_again_calls_once() {
    let mut stage = at_the_loss_gate();
    for _ in 0..3 {
        stage.lost_call("orders-db/fence", "rds.DescribeDBInstances", "us-east-1");
        stage.pass(5.0);
    }
    let (mut app, _) = stage.commander(Glyphs::Unicode);
    app.call_by(calling());
    assert!(app.call_due(Instant::now()).is_some());
    assert!(app.call().is_some_and(|call| !call.contains("answers again")), "it does not yet");
    let known = stage.events.len();
    for _ in 0..3 {
        stage.call("orders-db/fence", "rds.DescribeDBInstances", &"us-east-1".into(), 180, false, None);
        stage.pass(5.0);
    }
    stage.lost_call("orders-db/fence", "rds.DescribeDBInstances", "us-east-1");
    stage.call("orders-db/fence", "rds.DescribeDBInstances", &"us-east-1".into(), 180, false, None);
    let all = calls(&mut app, &stage.events[known..]);
    assert_eq!(all.len(), 1, "{all:?}");
    assert!(all[0].contains("us-east-1 answers again: fence orders-db is still owed there"), "{all:?}");
}
