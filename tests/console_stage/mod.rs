//! A small run to look at: its events are made by the very turns the engine takes, with no cloud and no engine.
#![allow(dead_code, unused_imports, reason = "each test file uses its part of the stage")]

mod plan;
mod scenes;

pub use plan::*;
pub use scenes::*;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::{SignedDuration, Timestamp};
use landfall::cloud::Clock;
use landfall::console::app::App;
use landfall::console::keymap::Keymap;
use landfall::console::look::{Glyphs, Theme, Themes};
use landfall::console::{About, Begins, Label, Manners, Setup};
use landfall::engine::Commander;
use landfall::engine::feed::Order;
use landfall::plan::*;
use landfall::recovery::event::{CloudName, Drill, JOURNAL_VERSION};
use landfall::recovery::start::{Found, Preflight};
use landfall::recovery::turn::{self, Stamp};
use landfall::recovery::{Command, Event, Input, Mode, Opened, Report, Reported, Start, State, What};
use landfall::service::observation::{Identity, LagSample};
use landfall::service::{
    Act, CallMade, Check, EcsOperation, Health, HealthLevel, Operation, Place, RdsOperation, Receipt, Reply, Weight,
};
use landfall::text::Clean;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::layout::Rect;
use serde_json::json;
use std::sync::Arc;
use tokio::sync::mpsc::UnboundedReceiver;

/// When the incident was declared.
pub fn declared_at() -> Timestamp {
    "2026-03-09T02:06:00Z".parse().expect("a time")
}

/// A run being played.
pub struct Stage {
    pub state: State,
    pub events: Vec<Arc<Event>>,
    pub now: Timestamp,
}

impl Stage {
    /// The run of `opened`, driven by ana, step by step, and started: preflight found nothing in its way.
    pub fn open(opened: Opened) -> Self {
        let mut stage = Self::not_started(opened);
        if stage.state.needs_start() {
            stage.finds(Vec::new());
            stage.starts();
        }
        stage
    }

    /// The run of `opened`, driven by ana; nothing has told yet whether it may start.
    pub fn not_started(opened: Opened) -> Self {
        let first = Event {
            seq: 0,
            at: declared_at(),
            offset_ms: 0,
            epoch: 1,
            by: "ana".into(),
            what: What::RunOpened(opened.into()),
        };
        let state = State::open(&first).expect("it opens a run");
        let mut stage = Self { state, events: vec![Arc::new(first)], now: declared_at() };
        stage.pass(45.0);
        stage.seen(What::SessionOpened {
            host: "bastion-1".into(),
            pid: 4711,
            resumed: false,
            holder: None,
            beside: false,
            taken_over: false,
        });
        stage
    }

    /// Preflight tells what it found.
    pub fn finds(&mut self, found: Vec<Found>) {
        self.seen(What::Preflight(Box::new(Preflight::sorted(found))));
    }

    /// The start, by the region alone.
    pub fn starts(&mut self) {
        let typed = self.state.run.plan.application.recovery.as_str().into();
        self.command(Command::Start(Start { typed, ..Start::default() }));
    }

    /// Lets `seconds` pass.
    pub fn pass(&mut self, seconds: f64) {
        self.now += SignedDuration::try_from_secs_f64(seconds).expect("a span");
    }

    fn input(&mut self, input: Input) {
        let stamp = Stamp { now: self.now, offset_ms: 0, epoch: 1, by: "ana".into() };
        let (events, _) = turn::take(&mut self.state, input, &stamp).expect("it is not refused");
        self.events.extend(events.into_iter().map(Arc::new));
    }

    pub fn command(&mut self, command: Command) {
        self.input(Input::Command(command));
    }

    pub fn seen(&mut self, what: What) {
        self.input(Input::Seen(what));
    }

    pub fn report(&mut self, step: &str, what: Reported) {
        let attempt = self.state.step(&step.into()).expect("a step").1.attempt;
        self.input(Input::Report(Report { step: step.into(), attempt, undo: false, what }));
    }

    pub fn undo(&mut self, step: &str, what: Reported) {
        let attempt = self.state.step(&step.into()).expect("a step").1.attempt;
        self.input(Input::Report(Report { step: step.into(), attempt, undo: true, what }));
    }

    pub fn health(&mut self, component: &str, side: Side, level: HealthLevel, note: &str) {
        let health = Health { level, note: note.into() };
        self.seen(What::Health { component: component.into(), side, health });
    }

    pub fn lag(&mut self, component: &str, seconds: Option<f64>) {
        let instead = seconds.is_none().then(|| Clean::new("replication may not be active (-1)"));
        let sample = LagSample { seconds, sampled_at: Some(self.now), instead };
        self.seen(What::Lag { component: component.into(), sample });
    }

    pub fn acts(&mut self, step: &str, operation: Operation, before: serde_json::Value) {
        let region = self.state.step(&step.into()).expect("a step").0.region.clone();
        let act = Act { place: Place { region: region.clone(), account: None }, operation };
        let name = act.operation.api_name();
        self.report(step, Reported::Acting { act, before });
        self.call(step, name, &region, 184, true, None);
        self.report(step, Reported::Acted(Reply::Taken { receipt: Receipt::default() }));
    }

    pub fn call(&mut self, step: &str, name: &str, region: &Region, ms: u64, mutation: bool, error: Option<&str>) {
        let call = CallMade {
            operation: name.into(),
            region: region.clone(),
            attempt: 1,
            latency_ms: ms,
            request_id: Some("7d1c-44".into()),
            error: error.map(Clean::new),
            mutation,
        };
        self.seen(What::Call { step: Some(step.into()), call });
    }

    /// A call that got no answer.
    pub fn lost_call(&mut self, step: &str, name: &str, region: &str) {
        let call = CallMade {
            operation: name.into(),
            region: region.into(),
            attempt: 1,
            latency_ms: 5000,
            request_id: None,
            error: Some("no answer".into()),
            mutation: false,
        };
        self.seen(What::Call { step: Some(step.into()), call });
    }

    pub fn succeeds(&mut self, step: &str, evidence: &str) {
        let outputs = Default::default();
        self.report(step, Reported::Succeeded { already_done: false, evidence: evidence.into(), outputs });
    }

    pub fn go(&mut self, step: &str) {
        self.command(Command::Go { step: Some(step.into()) });
    }

    pub fn answer(&mut self, step: &str, gate: GateKind, text: &str) {
        self.command(Command::Answer { step: step.into(), gate, text: text.into() });
    }

    /// A console on the run as it stands, and where its commands come out.
    pub fn commander(&self, glyphs: Glyphs) -> (App, UnboundedReceiver<Order>) {
        let (commander, orders) = Commander::new("ana".into());
        (self.console(Some(commander), Label::Drill, glyphs), orders)
    }

    /// A console that can only look.
    pub fn watcher(&self) -> App {
        self.console(None, Label::Watch, Glyphs::Unicode)
    }

    pub fn console(&self, commander: Option<Commander>, label: Label, glyphs: Glyphs) -> App {
        let about = About {
            label,
            time_scale: if label == Label::Drill { 10.0 } else { 1.0 },
            journal: "/home/ana/.local/state/landfall/storefront-0209.journal".into(),
            commands: commander.is_some(),
            watch: Some("landfall watch /home/ana/.local/state/landfall/storefront-0209.journal".to_owned()),
        };
        let theme = Theme::named("default").expect("the default theme");
        let mut app = App::open(&self.events[0], about, commander, theme, glyphs).expect("a run");
        app.take(&self.events[1..]);
        app.at(self.now);
        app
    }
}

impl Stage {
    /// Everything is looked at once.
    pub fn looks_around(&mut self) {
        for region in ["us-east-1", "us-west-2"] {
            let identity = Identity {
                arn: "arn:aws:sts::111122223333:assumed-role/recovery/ana".into(),
                account: "111122223333".into(),
                region: region.into(),
                expires: Some(self.now + SignedDuration::from_mins(52)),
            };
            self.seen(What::Identity { identity });
        }
        let silent = "no answer within 3 s";
        for (name, level) in
            [("orders-db", HealthLevel::Unknown), ("catalog-db", HealthLevel::Unknown), ("api", HealthLevel::Down)]
        {
            self.health(name, Side::Primary, level, silent);
        }
        self.health("web", Side::Primary, HealthLevel::Degraded, "2/4 running");
        for name in ["orders-db", "catalog-db", "sessions"] {
            self.health(name, Side::Recovery, HealthLevel::Standby, "available, replica");
        }
        for name in ["api", "web"] {
            self.health(name, Side::Recovery, HealthLevel::Standby, "0/0 running");
        }
        self.health("checkout", Side::Recovery, HealthLevel::Down, "no answer");
        for lag in [1.2, 1.9, 2.8, 2.1] {
            self.lag("orders-db", Some(lag));
            self.lag("catalog-db", Some(lag / 4.0));
        }
        self.pass(20.0);
    }
}

/// Draws `app` at this size and gives the screen as text.
/// What a watcher's console is opened on: these events and no more to come, nobody to command.
pub fn watched(feed: landfall::engine::feed::Feed) -> Setup {
    Setup {
        feed,
        commander: None,
        facilitator: None,
        tails: None,
        clock: Clock::wall(),
        replay: None,
        label: Label::Watch,
        theme: Theme::named("default").expect("a theme"),
        glyphs: Glyphs::Unicode,
        journal: "run.jsonl".into(),
        manners: Manners {
            keys: Keymap::default(),
            mouse: false,
            themes: Themes::default(),
            calling: Default::default(),
        },
        begins: Begins::Overview,
        inventory: None,
        driver_gone: None,
    }
}

pub fn screen(app: &mut App, width: u16, height: u16) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("a test terminal");
    app.prepare(Rect::new(0, 0, width, height));
    terminal.draw(|frame| app.draw(frame)).expect("it draws");
    let buffer = terminal.backend().buffer();
    let mut text = String::new();
    for y in 0..height {
        let mut line = String::new();
        let mut covered = 0;
        for x in 0..width {
            let symbol = buffer[(x, y)].symbol();
            if covered > 0 {
                covered -= 1;
                continue;
            }
            covered = unicode_width::UnicodeWidthStr::width(symbol).saturating_sub(1);
            line.push_str(symbol);
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// Presses keys: one a character; `<Enter>` and the like by name.
pub fn press(app: &mut App, keys: &str) {
    let mut rest = keys;
    while let Some(c) = rest.chars().next() {
        if let Some((name, after)) = rest.strip_prefix('<').and_then(|named| named.split_once('>')) {
            app.key(named(name));
            rest = after;
            continue;
        }
        app.key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE));
        rest = &rest[c.len_utf8()..];
    }
}

fn named(name: &str) -> KeyEvent {
    match name {
        "Enter" => KeyCode::Enter.into(),
        "Esc" => KeyCode::Esc.into(),
        "Tab" => KeyCode::Tab.into(),
        "Up" => KeyCode::Up.into(),
        "Down" => KeyCode::Down.into(),
        "PgDn" => KeyCode::PageDown.into(),
        "PgUp" => KeyCode::PageUp.into(),
        "End" => KeyCode::End.into(),
        "Left" => KeyCode::Left.into(),
        "Right" => KeyCode::Right.into(),
        "C-o" => KeyEvent::new(KeyCode::Char('o'), KeyModifiers::CONTROL),
        "C-c" => KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL),
        "C-z" => KeyEvent::new(KeyCode::Char('z'), KeyModifiers::CONTROL),
        other => panic!("no key is called {other}"),
    }
}
