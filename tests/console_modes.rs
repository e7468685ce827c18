//! Every mode of the console in a real pty: what random keys and sizes may do to it, and what a watcher sees.

#[path = "support/shell.rs"]
mod shell;

use landfall::cloud::sim::log::{self, Line};
use landfall::engine::journal;
use landfall::recovery::{Event, What};
use landfall::service::{Operation, RdsOperation};
use rand::{RngExt, SeedableRng};
use shell::Shell;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const KEYS: usize = 5_000;
const EACH: usize = 10;

/// Presses random keys, and makes the terminal another size now and then. What would leave is left out: it may, and
/// then there is nothing more to be seen.
fn press_at_random(shell: &mut Shell, seed: u64, leaves: &[&str], label: &str) {
    let mut dice = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
    let named = ["\r", "\u{1b}", " ", "\t", "\u{1b}[A", "\u{1b}[B", "\u{1b}[C", "\u{1b}[D", "\u{7f}", "\u{1b}[5~"];
    // Without `:`: the palette can suspend the console, and the rest would be the shell's. The property test of the keys
    // has it.
    let signs: Vec<String> = "123456789?/<>[]{}()+-=.,;'\"".chars().map(String::from).collect();
    for round in 0..KEYS / EACH {
        let typed: String = (0..EACH)
            .map(|_| match dice.random_range(0..4) {
                0 => char::from(dice.random_range(b'a'..=b'z')).to_string(),
                1 => char::from(dice.random_range(b'A'..=b'Z')).to_string(),
                2 => signs[dice.random_range(0..signs.len())].clone(),
                _ => named[dice.random_range(0..named.len())].to_owned(),
            })
            .filter(|key| !leaves.contains(&key.as_str()))
            .collect();
        shell.keys(&typed);
        if round % 10 == 0 {
            // Fast typing, not one paste: what is read comes in pieces.
            std::thread::sleep(Duration::from_millis(30));
        }
        if round % 50 == 49 {
            shell.resize(dice.random_range(8..180), dice.random_range(3..50));
        }
    }
    shell.resize(110, 30);
    // What begins like a mouse's key swallows all that follows until its end.
    shell.keys("m");
    std::thread::sleep(Duration::from_millis(50));
    shell.keys("\u{1b}");
    // By itself, or it would be the beginning of another key.
    std::thread::sleep(Duration::from_millis(50));
    shell.keys("\u{1b}");
    std::thread::sleep(Duration::from_millis(50));
    shell.wait(label);
    assert!(!shell.text().contains("panicked"), "{}", shell.text());
}

#[test]
fn a_terminal_that_changes_its_size_in_the_middle_of_a_frame_breaks_nothing() {
    let mut shell = Shell::open();
    shell.console("--time-scale 20");
    shell.wait("NOT STARTED");
    // Each key is a frame; of every screen, and of the form of the start.
    for turn in 0..60_u16 {
        for key in ["1", "3", "7", "8", "a", "\u{1b}"] {
            shell.keys(key);
            for step in 0..10_u16 {
                let smaller = if step % 2 == 0 { 0 } else { 17 };
                shell.resize(120 - smaller - turn % 7, 40 - smaller - turn % 5);
                std::thread::sleep(Duration::from_micros(u64::from(turn) * 20 + 100));
            }
        }
    }
    shell.resize(110, 30);
    // By themselves, or one would be the beginning of another key: a console that is still drawing reads them together.
    let began = std::time::Instant::now();
    while !shell.text().contains("Components") && began.elapsed() < Duration::from_secs(60) {
        for key in ["\u{1b}", "\u{1b}", "1"] {
            std::thread::sleep(Duration::from_millis(300));
            shell.keys(key);
        }
        std::thread::sleep(Duration::from_millis(500));
    }
    shell.wait("Components");
    shell.wait("NOT STARTED");
    leaves(shell);
}

fn headless(folder: &Path, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_landfall"));
    command.args(["run", "--auto", "--journal", "run.jsonl"]).args(more).current_dir(folder).env("HOME", folder);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

const ANSWERS: &[&str] = &["--confirm", "us-west-2", "--accept-loss", "us-east-1 is gone", "--approve", "all"];

/// What the simulated cloud was sent in the run of `shell`.
fn received(shell: &Shell) -> Vec<Operation> {
    let lines = log::read(&shell.path("run.jsonl.world")).expect("it reads").into_iter();
    lines
        .filter_map(|line| match line {
            Line::Received { act, .. } => Some(act.operation),
            _ => None,
        })
        .collect()
}

fn leaves(mut shell: Shell) {
    shell.interrupt("leave a live run?");
    shell.keys("y");
    shell.has_its_terminal_back();
}

#[test]
fn random_keys_in_a_drill_start_nothing_and_break_nothing() {
    let mut shell = Shell::open();
    shell.console("--time-scale 20");
    // Leaving asks, and `y` would leave.
    press_at_random(&mut shell, 1, &["y"], "NOT STARTED");
    assert_eq!(received(&shell), [], "nothing is changed before the start");
    let read = || journal::read(&shell.path("run.jsonl")).expect("the journal verifies").events;
    // The keys may all be pressed before the first look at the plan has come back.
    let looked = |events: &[Event]| events.iter().any(|event| matches!(event.what, What::Preflight(_)));
    let begun = Instant::now();
    while !looked(&read()) {
        assert!(begun.elapsed() < Duration::from_secs(60), "it was looked at");
        std::thread::sleep(Duration::from_millis(50));
    }
    let events = read();
    let did =
        |event: &Event| matches!(event.what, What::Started(_) | What::StepStarted { .. } | What::GateOpened { .. });
    assert!(!events.iter().any(did), "it was looked at, and no more than that");
    leaves(shell);
}

#[test]
fn random_keys_in_a_started_drill_cross_no_point_of_no_return_and_break_nothing() {
    let mut shell = Shell::open();
    shell.console("--time-scale 20");
    shell.wait("NOT STARTED");
    shell.keys("a");
    shell.wait("nothing blocks");
    shell.keys("us-west-2\r");
    shell.wait("AUTO");
    press_at_random(&mut shell, 5, &["y"], "DRILL");
    let sent = received(&shell);
    assert!(!sent.is_empty(), "it was started");
    let promoted =
        sent.iter().filter(|operation| matches!(operation, Operation::Rds(RdsOperation::PromoteReadReplica { .. })));
    assert_eq!(promoted.count(), 0, "nothing was promoted by chance");
    journal::read(&shell.path("run.jsonl")).expect("the journal verifies");
    leaves(shell);
}

#[test]
fn random_keys_of_a_watcher_change_nothing() {
    let mut shell = Shell::open();
    let status = headless(&shell.path("."), &["--time-scale", "100"]).status().expect("it runs");
    assert_eq!(status.code(), Some(3), "held at its first gate");
    let before = std::fs::read(shell.path("run.jsonl")).expect("a journal");
    let files = |shell: &Shell| std::fs::read_dir(shell.path(".")).expect("a folder").count();
    let beside = files(&shell);
    shell.landfall("watch run.jsonl");
    press_at_random(&mut shell, 2, &["q"], "WATCH");
    assert_eq!(std::fs::read(shell.path("run.jsonl")).expect("a journal"), before);
    shell.interrupt("ready$");
    shell.has_its_terminal_back();
    assert_eq!(files(&shell), beside, "a watcher leaves nothing behind");
}

#[test]
fn random_keys_in_a_replay_change_nothing() {
    let mut shell = Shell::open();
    let status = headless(&shell.path("."), &[&["--time-scale", "100"], ANSWERS].concat()).status().expect("it runs");
    assert_eq!(status.code(), Some(0));
    let before = std::fs::read(shell.path("run.jsonl")).expect("a journal");
    shell.landfall("replay run.jsonl");
    press_at_random(&mut shell, 3, &["q"], "REPLAY");
    assert_eq!(std::fs::read(shell.path("run.jsonl")).expect("a journal"), before);
    shell.interrupt("ready$");
    shell.has_its_terminal_back();
}

#[test]
fn random_keys_in_a_read_only_console_make_no_run() {
    let mut shell = Shell::open();
    shell.landfall("open --cloud sim --read-only");
    press_at_random(&mut shell, 4, &["q"], "READ-ONLY");
    let left: Vec<_> =
        std::fs::read_dir(shell.path(".")).expect("a folder").flatten().map(|entry| entry.path()).collect();
    assert!(left.iter().all(|path| !path.to_string_lossy().contains(".jsonl")), "{left:?}");
    shell.interrupt("ready$");
    shell.has_its_terminal_back();
}

#[test]
fn a_watcher_sees_what_the_commander_sees() {
    let mut commander = Shell::open();
    commander.console("--time-scale 20");
    let mut watcher = Shell::open();
    watcher.landfall(&format!("watch {}", commander.path("run.jsonl").display()));
    // How many look on has the least worth in the line: it takes a wide one.
    commander.resize(240, 40);
    commander.wait("commands, 1 watch");
    commander.keys("n");
    commander.wait("note");
    commander.keys("the DBA is on the call\r");
    watcher.wait("the DBA is on the call");
    // What both regions answer is known before anything can be started.
    commander.wait("preflight:");
    commander.keys("a");
    commander.wait("Enter sends");
    commander.keys("us-west-2\r");
    watcher.wait("AUTO");
}
