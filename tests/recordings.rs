//! The recordings of real runs: each replays to the same last state and the same last screen, and every screen is
//! looked at through one of them at every size, in every look.

mod console_stage;

use console_stage::screen;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use landfall::console::About;
use landfall::console::app::App;
use landfall::console::look::{Glyphs, Theme};
use landfall::console::picture;
use landfall::console::replay::Begin;
use landfall::engine::{journal, session};
use landfall::plan::GateKind;
use landfall::recovery::event::{Exposure, GateAnswer};
use landfall::recovery::score::score;
use landfall::recovery::start::{Despite, Passed};
use landfall::recovery::{Event, State, What, words};
use ratatui::style::Modifier;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const SIZES: [(u16, u16); 5] = [(160, 48), (120, 36), (80, 24), (60, 20), (40, 10)];
const SCREENS: [(&str, &str); 6] =
    [("overview", "1"), ("runbook", "2"), ("graph", "3"), ("replication", "4"), ("readiness", "5"), ("timeline", "6")];

fn recordings() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings");
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the recordings")
        .map(|entry| entry.expect("a file").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"))
        .collect();
    found.sort();
    found
}

fn name(path: &Path) -> String {
    path.file_stem().expect("a name").to_string_lossy().replace('-', "_")
}

fn events(path: &Path) -> Vec<Arc<Event>> {
    journal::read(path).expect("it verifies").events.into_iter().map(Arc::new).collect()
}

fn replay(events: &[Arc<Event>], theme: &str, glyphs: Glyphs) -> App {
    let begin = Begin { speed: 10.0, at: None, playing: false, beside: None };
    let theme = Theme::named(theme).expect("a theme");
    let about = About::recording(Path::new("recording.jsonl"));
    let mut app = App::replay(&events[0], about, begin, theme, glyphs).expect("a run");
    app.take(&events[1..]);
    app.feed_closed();
    app
}

fn press(app: &mut App, keys: &str) {
    for key in keys.chars() {
        app.key(KeyEvent::new(KeyCode::Char(key), KeyModifiers::NONE));
    }
}

/// What a state comes to, in lines that a person can check.
fn told(state: &State) -> String {
    let mut told =
        format!("{} of {} by {}\n", state.run.intent.word(), state.run.plan.application.name, state.commander);
    if let Some(ended) = &state.ended {
        let lost = words::loss(ended.rpo_seconds);
        writeln!(told, "{:?} after {}, lost {lost}", ended.outcome, words::clock(ended.rto_seconds)).expect("text");
        for debt in &ended.debts {
            writeln!(told, "owed: {} ({:?})", debt.title, debt.fence).expect("text");
        }
    }
    for (step, planned) in state.steps.iter().zip(&state.run.runbook.steps) {
        let order = step.order.map_or_else(|| "-".to_owned(), |order| order.to_string());
        writeln!(told, "{order:>3} {:<14} ×{} {}", step.status.word(), step.attempt, planned.id).expect("text");
    }
    told
}

#[test]
fn there_are_recordings_of_what_can_become_of_a_run() {
    let names: Vec<String> = recordings().iter().map(|path| name(path)).collect();
    for wanted in [
        "clean_failover",
        "lag_breach_accepted",
        "failed_step_rolled_back",
        "region_dark_debts",
        "crash_and_resume",
        "facilitated_drill",
        "loss_accepted",
        "gone_back",
        "switchover",
        "failback",
    ] {
        assert!(names.iter().any(|name| name == wanted), "{wanted} is not among {names:?}");
    }
}

#[test]
fn each_replays_to_the_same_last_state_and_the_same_last_screen() {
    for path in recordings() {
        let recorded = journal::read(&path).expect("it verifies");
        assert_eq!(recorded.torn_bytes, 0, "{}", path.display());
        let state = session::fold(&recorded).expect("a run");
        insta::assert_snapshot!(format!("{}_state", name(&path)), told(&state));
        let mut app = replay(&events(&path), "default", Glyphs::Unicode);
        app.seek(None);
        insta::assert_snapshot!(format!("{}_last_120x36", name(&path)), screen(&mut app, 120, 36));
    }
}

/// The recording that the screens are looked at through, where a person has to decide about a loss.
/// Made by this version of the journal; the six older ones lack what came later.
const OF_THIS_FORMAT: [&str; 3] = ["gone_back", "loss_accepted", "switchover"];

#[test]
fn what_was_written_is_written_again_byte_by_byte() {
    for path in recordings().into_iter().filter(|path| OF_THIS_FORMAT.contains(&name(path).as_str())) {
        let text = std::fs::read_to_string(&path).expect("a recording");
        let lines: Vec<&str> = text.lines().collect();
        let events = events(&path);
        assert!(events.len() > 100 && lines.len() >= events.len());
        for (event, line) in events.iter().zip(lines) {
            let (written, _) = line.rsplit_once(",\"prev\":").expect("a chained line");
            let again = serde_json::to_string(event.as_ref()).expect("text");
            assert_eq!(again.trim_end_matches('}'), written.trim_end_matches('}'), "{}", path.display());
        }
    }
}

fn at_the_loss_gate() -> Vec<Arc<Event>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings");
    let mut events = events(&folder.join("loss-accepted.jsonl"));
    let asked = |event: &Arc<Event>| matches!(&event.what, What::GateOpened { gate: GateKind::Loss, .. });
    let gate = events.iter().position(asked).expect("a loss to decide about");
    // Some seconds on: what ran beside it is on the screens too.
    events.truncate(gate + 40);
    events
}

#[test]
fn every_screen_at_every_size() {
    let events = at_the_loss_gate();
    for (screen_name, key) in SCREENS {
        for (width, height) in SIZES {
            for (look, glyphs) in [("default", Glyphs::Unicode), ("ascii", Glyphs::Ascii)] {
                let mut app = replay(&events, "default", glyphs);
                app.seek(None);
                screen(&mut app, width, height);
                press(&mut app, key);
                let shown = screen(&mut app, width, height);
                assert!(glyphs == Glyphs::Unicode || shown.is_ascii(), "{screen_name} {width}x{height}:\n{shown}");
                insta::assert_snapshot!(format!("{screen_name}_{look}_{width}x{height}"), shown);
            }
        }
    }
}

#[test]
fn every_screen_without_colours_keeps_its_emphasis() {
    let events = at_the_loss_gate();
    for (screen_name, key) in SCREENS {
        for (width, height) in SIZES {
            let mut app = replay(&events, "mono", Glyphs::Unicode);
            app.seek(None);
            picture::frame(&mut app, width, height);
            press(&mut app, key);
            insta::assert_snapshot!(format!("{screen_name}_mono_{width}x{height}"), emphasis(&mut app, width, height));
        }
    }
}

/// The screen, and under each line with emphasis what of it is bold `b`, reversed `r`, dim `d` or underlined `u`.
fn emphasis(app: &mut App, width: u16, height: u16) -> String {
    let frame = picture::frame(app, width, height);
    let mut told = String::new();
    for y in 0..height {
        let row: Vec<_> = (0..width).map(|x| &frame[(x, y)]).collect();
        let text: String = row.iter().map(|cell| cell.symbol()).collect();
        let marks: String = row
            .iter()
            .map(|cell| match cell.modifier {
                modifier if modifier.contains(Modifier::REVERSED) => 'r',
                modifier if modifier.contains(Modifier::BOLD) => 'b',
                modifier if modifier.contains(Modifier::UNDERLINED) => 'u',
                modifier if modifier.contains(Modifier::DIM) => 'd',
                _ => ' ',
            })
            .collect();
        assert!(row.iter().all(|cell| cell.fg == ratatui::style::Color::Reset), "mono has a colour");
        writeln!(told, "{}", text.trim_end()).expect("text");
        if !marks.trim().is_empty() {
            writeln!(told, "{}", marks.trim_end()).expect("text");
        }
    }
    told
}

#[test]
fn the_loss_on_the_screen_is_the_one_that_the_journal_has_for_the_gate() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings");
    let events = events(&folder.join("lag-breach-accepted.jsonl"));
    let (at, exposure) = events
        .iter()
        .enumerate()
        .find_map(|(at, event)| match &event.what {
            What::GateOpened { gate: GateKind::Loss, exposure: Some(exposure), .. } => Some((at, exposure.clone())),
            _ => None,
        })
        .expect("a loss to decide about");
    let mut app = replay(&events[..=at], "default", Glyphs::Unicode);
    app.seek(None);
    // The first format did not say that it is open-ended while the fence is owed.
    let (loss, _) = Exposure { at_least: true, ..exposure }.sides(Some(90.0));
    let overview = screen(&mut app, 160, 48);
    assert!(overview.contains(&format!("loss ≥ {loss} >")), "the gate's {loss}:\n{overview}");
    press(&mut app, "4");
    let replication = screen(&mut app, 160, 48);
    assert!(replication.contains(&loss), "the gate's {loss}:\n{replication}");
}

#[test]
fn once_the_promotion_is_sent_the_loss_is_the_accepted_one_and_grows_no_more() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings");
    let events = events(&folder.join("lag-breach-accepted.jsonl"));
    let accepted = events.iter().find_map(|event| match &event.what {
        What::GatePassed { step, gate: GateKind::Loss, answer: GateAnswer::Accepted { .. }, exposure } => {
            Some((step.clone(), exposure.clone().expect("what was accepted")))
        }
        _ => None,
    });
    let (step, exposure) = accepted.expect("a loss was accepted");
    let done = |event: &Arc<Event>| matches!(&event.what, What::StepSucceeded { step: done, .. } if *done == step);
    let promoted = events.iter().position(done).expect("it was promoted");
    let mut app = replay(&events[..promoted], "default", Glyphs::Unicode);
    app.seek(None);
    press(&mut app, "4");
    let shown = screen(&mut app, 160, 48);
    let loss = words::at_least(exposure.seconds.expect("a number"));
    assert!(shown.contains("before its promotion was sent") && shown.contains(&loss), "accepted {loss}:\n{shown}");
}

/// A picture in the README.
struct Picture {
    name: &'static str,
    recording: &'static str,
    /// Since the declaration of the incident.
    seconds: f64,
    key: &'static str,
    rows: u16,
}

const PICTURES: [Picture; 5] = [
    Picture { name: "overview", recording: "loss-accepted", seconds: 128.0, key: "1", rows: 34 },
    Picture { name: "runbook", recording: "loss-accepted", seconds: 300.0, key: "2", rows: 30 },
    Picture { name: "graph", recording: "loss-accepted", seconds: 420.0, key: "3", rows: 26 },
    Picture { name: "replication", recording: "switchover", seconds: 600.0, key: "4", rows: 26 },
    Picture { name: "timeline", recording: "gone-back", seconds: 520.0, key: "6", rows: 26 },
];

#[test]
fn the_pictures_of_the_readme_are_what_the_console_shows() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings");
    let readme = include_str!("../README.md");
    for Picture { name: picture_name, recording, seconds, key, rows: height } in PICTURES {
        let width = 120;
        let mut app = replay(&events(&folder.join(format!("{recording}.jsonl"))), "default", Glyphs::Unicode);
        app.seek(Some(seconds));
        picture::frame(&mut app, width, height);
        press(&mut app, key);
        let made = picture::svg(&picture::frame(&mut app, width, height));
        let path = folder.join("pictures").join(format!("{picture_name}.svg"));
        if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
            std::fs::create_dir_all(folder.join("pictures")).expect("a folder");
            std::fs::write(&path, &made).expect("it is written");
        }
        let kept = std::fs::read_to_string(&path).expect("a picture");
        assert!(kept == made, "{} is not what the console shows: INSTA_UPDATE=always makes it anew", path.display());
        assert!(kept.len() < 48 * 1024, "{picture_name} is {} bytes", kept.len());
        let shown = format!("recordings/pictures/{picture_name}.svg");
        assert!(readme.contains(&shown), "the README does not show {shown}");
    }
}

#[test]
fn the_clock_and_the_strip_show_the_same_second_wherever_it_is_sought_to() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings");
    let mut app = replay(&events(&folder.join("clean-failover.jsonl")), "default", Glyphs::Unicode);
    for place in 1..60 {
        app.seek(Some(f64::from(place) * 11.3));
        let text = screen(&mut app, 120, 36);
        let after =
            |sign: &str| text.split("T+").filter(|rest| rest.contains(sign)).map(str::to_owned).collect::<Vec<_>>();
        let strip =
            after(" of ").into_iter().rev().find_map(|rest| rest.split_once(" of ").map(|(at, _)| at.to_owned()));
        let strip = strip.expect("the strip tells its time");
        assert!(text.contains(&format!("T+{strip}/15:00")), "the strip says {strip}:\n{text}");
    }
}

#[test]
fn the_score_counts_each_second_once() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings");
    for name in ["crash-and-resume", "facilitated-drill"] {
        let events = events(&folder.join(format!("{name}.jsonl")));
        let score = score(&events).expect("a run");
        let waiting = score.waiting;
        let counted = waiting.cloud_seconds + waiting.people_seconds + waiting.nobody_seconds;
        assert!(
            (counted - score.came_to.recover_seconds).abs() < 0.01,
            "{name}: {waiting:?} of {}",
            score.came_to.recover_seconds
        );
        let mut app = replay(&events, "default", Glyphs::Unicode);
        app.seek(None);
        press(&mut app, "S");
        let shown = screen(&mut app, 120, 48);
        assert!(shown.contains(&words::clock(score.came_to.recover_seconds)), "one recovery time everywhere:\n{shown}");
        for row in score.rows() {
            assert!(shown.contains(&row.measured), "{name}: {} is {}:\n{shown}", row.what, row.measured);
        }
        assert!(shown.contains("time to recover"), "its labels are whole:\n{shown}");
    }
}

#[test]
fn what_the_start_passed_is_of_the_steps_that_it_was_found_of() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings");
    let mut events = events(&folder.join("loss-accepted.jsonl"));
    let started = events.iter().position(|event| matches!(event.what, What::Started(_))).expect("it was started");
    let mut event = (*events[started]).clone();
    let What::Started(start) = &mut event.what else { unreachable!("it was found") };
    let passed = |code: &str| Despite { code: code.into(), why: "tried".into() };
    start.despite = vec![passed("ecs-old-service"), passed("rds-replica-status")];
    events[started] = Arc::new(event);
    let mut state = State::open(&events[0]).expect("a run");
    events[1..].iter().for_each(|event| state.fold(event));
    let of = |step: &str| state.passed(&step.into());
    // The failing region could not tell it.
    let only = vec!["ecs-old-service".into()];
    assert_eq!(of("api/fence"), Passed { despite: only.clone(), untold: only });
    // What was as wanted then was not passed, though its name was given.
    assert_eq!(of("orders-db/promote"), Passed::default());
    assert!(!of("orders-db/fence").untold.iter().any(|code| code.as_str() == "ecs-old-service"));
}

#[test]
fn at_the_decision_to_go_back_the_screens_tell_of_the_return_and_cut_no_time() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings");
    let all = events(&folder.join("failback.jsonl"));
    let at = |what: &dyn Fn(&What) -> bool| all.iter().position(|event| what(&event.what)).expect("it is in there");
    let asked = at(&|what| matches!(what, What::GateOpened { gate: GateKind::Window, .. }));
    let judged = at(&|what| matches!(what, What::ReturnJudged(_)));
    let shown = |upto: usize, key: &str, width: u16, height: u16| {
        let mut app = replay(&all[..=upto], "default", Glyphs::Unicode);
        app.seek(None);
        screen(&mut app, width, height);
        press(&mut app, key);
        screen(&mut app, width, height)
    };
    // Nobody knows yet how the return stands; what was found before the start is what there is.
    let before = shown(asked, "5", 120, 90);
    assert!(before.contains("the return is being asked") && before.contains("rds-replica-name"), "{before}");
    // Then it is how all of it stands now, with what weighs on it, and nothing of what is over.
    for (width, height) in [(120, 90), (120, 36), (160, 48), (80, 24), (60, 20)] {
        let after = shown(judged, "5", width, height);
        assert!(after.contains("return ready"), "{after}");
        assert!(!after.contains("rds-replica-name"), "{after}");
        // The clock of the return stands still; the run time does not.
        let told = shown(judged, "6", width, height);
        assert!(!told.contains("T…") && !told.contains("┃…"), "{told}");
    }
    let after = shown(judged, "5", 120, 90);
    assert!(after.contains("rds-replica-backups") && !before.contains("rds-replica-backups"), "{after}");
}
