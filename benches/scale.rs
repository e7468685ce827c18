//! What the console costs at its largest: 2,000 components and 100,000 events, folded, sought, drawn, moved in. Run by
//! hand: `cargo bench --bench scale`; with `-- --journal PATH` it also leaves the journal there, to be opened in a
//! terminal.

#[path = "../tests/support/large.rs"]
mod large;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use landfall::console::app::App;
use landfall::console::look::{Glyphs, Theme};
use landfall::console::picture;
use landfall::console::replay::Begin;
use landfall::console::{About, Label};
use landfall::recovery::{Event, State};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

const COMPONENTS: usize = 2_000;
const EVENTS: usize = 100_000;

fn main() {
    let events = large::events(COMPONENTS, EVENTS);
    println!("{COMPONENTS} components, {} events", events.len());
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(path) =
        arguments.iter().position(|argument| argument == "--journal").and_then(|at| arguments.get(at + 1))
    {
        large::write(Path::new(path), &events);
    }
    fold(&events);
    let events: Vec<Arc<Event>> = events.into_iter().map(Arc::new).collect();
    let mut app = open(&events);
    seek(&mut app, events.len());
    keys(&mut app);
    seconds(&events);
    println!("peak memory                {}", peak_memory());
}

/// What a second that passes costs a console that follows the run, and the frame after it.
fn seconds(events: &[Arc<Event>]) {
    let theme = Theme::named("default").expect("a theme");
    let about = About { label: Label::Watch, ..About::recording(Path::new("large.jsonl")) };
    // All but the end: an ended run has no clock.
    let events = &events[..events.len() - 200];
    let mut app = App::open(&events[0], about, None, theme, Glyphs::Unicode).expect("a run");
    app.take(&events[1..]);
    let last = events[events.len() - 1].at;
    let (mut passed, mut drawn) = (Vec::new(), Vec::new());
    for second in 1..=50 {
        let started = Instant::now();
        app.at(last + jiff::SignedDuration::from_secs(second));
        passed.push(started.elapsed());
        picture::frame(&mut app, 120, 36);
        drawn.push(started.elapsed());
    }
    passed.sort_unstable();
    drawn.sort_unstable();
    println!("a second passes            p50 {:?}, with its frame {:?}", passed[25], drawn[25]);
}

fn fold(events: &[Event]) {
    let mut state = State::open(&events[0]).expect("a run");
    let started = Instant::now();
    for event in &events[1..] {
        state.fold(event);
    }
    let seconds = started.elapsed().as_secs_f64();
    println!("fold                       {:.2} million events a second", events.len() as f64 / seconds / 1e6);
}

fn open(events: &[Arc<Event>]) -> App {
    let theme = Theme::named("default").expect("a theme");
    let begin = Begin { speed: 10.0, at_seconds: None, playing: false, beside: None };
    let started = Instant::now();
    let mut app = App::replay(&events[0], About::recording(Path::new("large.jsonl")), begin, theme, Glyphs::Unicode)
        .expect("a run");
    picture::frame(&mut app, 120, 36);
    println!("first event to first frame {:?}", started.elapsed());
    let started = Instant::now();
    app.take(&events[1..]);
    app.feed_closed();
    println!("loaded                     {:?}", started.elapsed());
    app
}

fn seek(app: &mut App, events: usize) {
    let mut worst = Duration::ZERO;
    for at in [0.97, 0.02, 0.5, 0.49, 0.999, 0.31, 0.0, 0.77] {
        let started = Instant::now();
        app.seek(Some(at * events as f64 * 0.06));
        picture::frame(app, 120, 36);
        worst = worst.max(started.elapsed());
    }
    println!("seek and draw, worst       {worst:?}");
}

fn keys(app: &mut App) {
    app.seek(None);
    for screen in "123456".chars() {
        press(app, KeyCode::Char(screen));
        let mut times: Vec<Duration> = Vec::new();
        for round in 0..300 {
            let key = match round % 50 {
                49 => KeyCode::PageDown,
                _ => KeyCode::Down,
            };
            times.push(press(app, key));
        }
        times.sort_unstable();
        println!("key to frame, screen {screen}     p50 {:?}, p99 {:?}", times[150], times[297]);
    }
    let started = Instant::now();
    for key in "/c19".chars() {
        press(app, KeyCode::Char(key));
    }
    println!("filter, a key              {:?}", started.elapsed() / 4);
}

fn press(app: &mut App, key: KeyCode) -> Duration {
    let started = Instant::now();
    app.key(KeyEvent::new(key, KeyModifiers::NONE));
    picture::frame(app, 120, 36);
    started.elapsed()
}

fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("unknown");
    peak.trim().to_owned()
}
