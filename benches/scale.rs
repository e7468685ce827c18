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
use landfall::engine::follow::{Until, follow};
use landfall::recovery::{Event, State};
use ratatui::buffer::Cell;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

const COMPONENTS: usize = 2_000;
const EVENTS: usize = 100_000;

fn main() {
    let events = large::events(COMPONENTS, EVENTS);
    println!("{COMPONENTS} components, {} events", events.len());
    fold(&events);
    let arguments: Vec<String> = std::env::args().collect();
    let asked = arguments.iter().position(|argument| argument == "--journal").and_then(|at| arguments.get(at + 1));
    let folder = tempfile::tempdir().expect("a folder");
    let path = asked.map_or_else(|| folder.path().join("large.jsonl"), PathBuf::from);
    large::write(&path, &events);
    drop(events);
    let events = read(&path);
    let mut app = open(&events);
    seek(&mut app, events.len());
    screens(&mut app);
    graph(&mut app);
    typing(&mut app);
    seconds(&events);
    println!("peak memory                {}", peak_memory());
}

/// Reads the journal as the console does.
fn read(path: &Path) -> Vec<Arc<Event>> {
    let started = Instant::now();
    let mut following = follow(path, Until::End).expect("a journal");
    println!("header read                {:?}", started.elapsed());
    let mut events: Vec<Arc<Event>> = Vec::new();
    while let Some(batch) = following.feed.blocking_recv() {
        events.extend(batch.iter().cloned());
    }
    following.trouble.check().expect("a whole journal");
    println!("journal read               {:?}", started.elapsed());
    events
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
    let begin = Begin { speed: 10.0, at: None, playing: false, beside: None };
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

fn screens(app: &mut App) {
    app.seek(None);
    for (key, name) in [
        ('1', "Overview"),
        ('2', "Runbook"),
        ('3', "Graph"),
        ('4', "Replication"),
        ('5', "Readiness"),
        ('6', "Timeline"),
    ] {
        press(app, KeyCode::Char(key));
        let shown = text(app);
        assert!(shown.contains(&format!(" {key} {name} ")), "screen {key} is {name}:\n{shown}");
        moving(app, name);
    }
}

/// Each picture of the graph at each nearness.
fn graph(app: &mut App) {
    press(app, KeyCode::Char('3'));
    for picture in 0..3 {
        for zoom in "--+++".chars() {
            let started = press(app, KeyCode::Char(zoom));
            moving(app, &format!("Graph {picture} {zoom} {:?}", started));
        }
        for _ in 0..2 {
            press(app, KeyCode::Char('-'));
        }
        press(app, KeyCode::Char('v'));
    }
}

/// Moves about, and says what a key costs and how many of the presses moved anything: a screen that stands still costs
/// nothing and shows nothing.
fn moving(app: &mut App, name: &str) {
    let mut times: Vec<Duration> = Vec::new();
    let mut moved = 0;
    let mut before = text(app);
    for round in 0..200 {
        let key = match round % 50 {
            49 => KeyCode::PageDown,
            20..40 => KeyCode::Up,
            _ => KeyCode::Down,
        };
        times.push(press(app, key));
        let after = text(app);
        moved += usize::from(after != before);
        before = after;
    }
    times.sort_unstable();
    println!("key to frame {name:24} p50 {:?}, p99 {:?}, {moved} of 200 moved", times[100], times[198]);
}

/// Typing into a filter on each screen that has one, and into the palette.
fn typing(app: &mut App) {
    for (at, typed) in [("1", "/c19"), ("2", "/c19"), ("4", "/c19"), ("5", "/c19"), ("6", "/c19"), ("1", ":promote c1")]
    {
        press(app, KeyCode::Char(at.chars().next().expect("a digit")));
        let mut worst = Duration::ZERO;
        for key in typed.chars() {
            worst = worst.max(press(app, KeyCode::Char(key)));
        }
        let shown = text(app);
        assert!(shown.contains(&typed[1..]), "{typed} on {at}:\n{shown}");
        println!("typing {typed:12} on screen {at}, worst key {worst:?}");
        press(app, KeyCode::Esc);
        press(app, KeyCode::Esc);
    }
}

fn press(app: &mut App, key: KeyCode) -> Duration {
    let started = Instant::now();
    app.key(KeyEvent::new(key, KeyModifiers::NONE));
    picture::frame(app, 120, 36);
    started.elapsed()
}

fn text(app: &mut App) -> String {
    let frame = picture::frame(app, 120, 36);
    let row = |row: &[Cell]| row.iter().map(Cell::symbol).collect::<String>();
    frame.content.chunks(usize::from(frame.area.width)).map(row).collect::<Vec<String>>().join("\n")
}

fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("unknown");
    peak.trim().to_owned()
}
