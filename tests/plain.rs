//! The line mode, by a program that only reads its standard output and writes its standard input.

#[path = "support/talk.rs"]
mod talk;

use landfall::cloud::sim::log::{self, Line};
use landfall::engine::journal;
use landfall::plan::GateKind;
use landfall::recovery::event::GateAnswer;
use landfall::recovery::{Event, RunOutcome, What};
use landfall::service::{Operation, RdsOperation};
use std::path::Path;
use std::process::Command;
use talk::Talk;

fn events(folder: &Path) -> Vec<Event> {
    journal::read(&folder.join("run.jsonl")).expect("the journal verifies").events
}

fn ended(folder: &Path) -> RunOutcome {
    let events = events(folder);
    let ended = events.iter().rev().find_map(|event| match &event.what {
        What::RunEnded(ended) => Some(ended.outcome),
        _ => None,
    });
    ended.expect("it ended, or was left")
}

/// What was typed at the gates of a kind.
fn answers(folder: &Path, kind: GateKind) -> Vec<GateAnswer> {
    let passed = events(folder).into_iter().filter_map(|event| match event.what {
        What::GatePassed { gate, answer, .. } if gate == kind && answer != GateAnswer::Within => Some(answer),
        _ => None,
    });
    passed.collect()
}

fn promotions(folder: &Path) -> usize {
    let received = log::read(&folder.join("run.jsonl.world")).expect("it reads").into_iter();
    let promotes = |line: &Line| matches!(line, Line::Received { act, .. } if matches!(act.operation, Operation::Rds(RdsOperation::PromoteReadReplica { .. })));
    received.filter(promotes).count()
}

fn rehearsal(folder: &Path, scale: &str) -> Talk {
    Talk::with(folder, &["open", "--cloud", "sim", "--plain", "--journal", "run.jsonl", "--time-scale", scale])
}

#[test]
fn a_whole_rehearsal_is_done_by_reading_lines_and_writing_lines() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut talk = rehearsal(folder.path(), "60");
    talk.until("nothing was started: type auto");
    talk.types("auto");
    // All of the form is told: what is unknown, what would be lost, what cannot be taken back.
    for wanted in
        ["QUESTION failover us-east-1", "Unknown, typed over", "Lost if promoted now", "no return:", "nothing blocks"]
    {
        talk.until(wanted);
    }
    talk.until("type us-west-2 to start");
    talk.types("us-east-1");
    talk.until("“us-east-1” is not us-west-2: nothing was sent");
    talk.until("type us-west-2 to start");
    assert_eq!(answers(folder.path(), GateKind::PointOfNoReturn), []);
    talk.types("us-west-2");

    talk.until("QUESTION point of no return");
    talk.until("1 (x) this one only");
    talk.until("type us-west-2 to cross");
    talk.types("2");
    talk.until("2 (x) all 3, each of them for good");
    talk.types("yes");
    talk.until("“yes” is not us-west-2: nothing was sent");
    talk.types("us-west-2");
    talk.until("QUESTION data loss: promote orders-db");
    talk.until("loss if now:");
    talk.until("accept it, because: in words");
    talk.types("");
    talk.until("words are needed here");
    // A command's name is no reason.
    talk.types("status");
    talk.until("[ DRILL");
    talk.until("accept it, because: in words");
    talk.types("us-east-1 is gone");

    // Whatever else is asked is answered as it is asked.
    let told = talk.answering(
        &[
            ("accept it, because: in words", "us-east-1 is gone"),
            ("type yes to approve", "yes"),
            ("type done once it is", "done"),
            ("remark: in words, or an empty line for none", ""),
        ],
        "THE RUN IS OVER",
    );
    assert!(told.contains("COMPLETED"), "{told}");
    talk.until("recovery time:");
    talk.until("journal:");
    talk.types("note support was told");
    talk.until("“support was told”");
    talk.types("quit");
    assert_eq!(talk.ends(), 0);
    assert!(talk.heard().iter().all(|line| !line.chars().any(|c| c.is_control())), "nothing but text");

    assert!(matches!(ended(folder.path()), RunOutcome::Completed | RunOutcome::CompletedWithExceptions));
    assert_eq!(answers(folder.path(), GateKind::PointOfNoReturn).len(), 3);
    let reason = |answer: &GateAnswer| matches!(answer, GateAnswer::Accepted { reason, .. } if reason.as_str() == "us-east-1 is gone");
    let losses = answers(folder.path(), GateKind::Loss);
    assert!(!losses.is_empty() && losses.iter().all(reason), "{losses:?}");
    assert_eq!(promotions(folder.path()), 3);
}

/// A drill whose payments fail, up to the failure.
fn failing(folder: &Path) -> Talk {
    failing_of(folder, &["drill", "failing-step"])
}

/// The same of what `opens` it.
fn failing_of(folder: &Path, opens: &[&str]) -> Talk {
    let arguments = [opens, &["--plain", "--journal", "run.jsonl", "--time-scale", "60"]].concat();
    let mut talk = Talk::with(folder, &arguments);
    talk.until("nothing was started");
    talk.types("auto");
    // A number means what it was told by: which one that is, the line says.
    let cross = talk.until("[ ] cross all 3 now");
    let number = cross.split(' ').next().expect("a number").to_owned();
    talk.until("type us-west-2 to start");
    talk.types(&number);
    talk.until("[x] cross all 3 now, for good");
    talk.types("us-west-2");
    talk.answering(
        &[
            ("accept it, because: in words", "us-east-1 is gone"),
            ("type yes to approve", "yes"),
            ("remark: in words", ""),
        ],
        "about scale payments to 2: type retry payments/scale, skip payments/scale, or roll-back",
    );
    talk
}

#[test]
fn a_failure_is_retried_and_the_run_completes() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut talk = failing(folder.path());
    talk.types("skip payments/scale");
    talk.until("QUESTION skip scale payments to 2");
    talk.types("back");
    talk.until("put away; nothing was sent");
    let mut facilitate = Command::new(env!("CARGO_BIN_EXE_landfall"));
    let mended = facilitate.args(["drill", "--facilitate", "run.jsonl", "--end", "tasks-crash=payments"]);
    assert!(mended.current_dir(folder.path()).env("HOME", folder.path()).output().expect("it runs").status.success());
    talk.types("retry payments/scale");
    talk.until("started scale payments to 2 again (attempt 2)");
    talk.until("ok scale payments to 2");
    talk.answering(
        &[
            ("accept it, because: in words", "us-east-1 is gone"),
            ("type yes to approve", "yes"),
            ("type done once it is", "done"),
            ("remark: in words", ""),
        ],
        "THE RUN IS OVER: COMPLETED",
    );
    talk.types("quit");
    assert_eq!(talk.ends(), 0);
}

#[test]
fn a_rollback_is_previewed_refused_and_gone() {
    let folder = tempfile::tempdir().expect("a folder");
    // Of an application nothing of whose way back is asked of the region that is dark.
    let plan = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/plans/storefront.toml");
    let opens = ["open", plan, "--cloud", "sim", "--intent", "failover", "--scenario", "failing-step"];
    let mut talk = failing_of(folder.path(), &opens);
    talk.types("roll back");
    talk.until("QUESTION roll back to the very start");
    talk.until("2   past the point of no return");
    talk.until("Stays as it is:");
    talk.until("type us-west-2 to go back");
    talk.types("2");
    talk.until("2 ▸ past the point of no return");
    talk.types("us-west-1");
    talk.until("“us-west-1” is not us-west-2: nothing was sent");
    talk.types("us-west-2");
    talk.until("type past the point to go past it");
    talk.types("us-west-2");
    talk.until("“us-west-2” is not past the point: nothing was sent");
    assert!(!events(folder.path()).iter().any(|event| matches!(event.what, What::RollbackStarted { .. })));
    talk.types("past the point");
    talk.until("because, for the report");
    talk.types("a false alarm");
    talk.until("rolls back");
    talk.until("THE RUN IS OVER: ROLLED BACK");
    talk.types("q");
    assert_eq!(talk.ends(), 5);
    assert_eq!(ended(folder.path()), RunOutcome::RolledBack);
}

#[test]
fn the_end_of_standard_input_leaves_the_run_held_and_it_is_resumed_line_by_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut talk = rehearsal(folder.path(), "60");
    talk.until("nothing was started");
    talk.types("auto");
    talk.until("type us-west-2 to start");
    talk.types("us-west-2");
    talk.until("type us-west-2 to cross");
    talk.hangs_up();
    talk.until("standard input has ended: the run is left where it stands, and can be resumed");
    talk.until("go on with: landfall resume");
    assert_eq!(talk.ends(), 0);
    assert_eq!(ended(folder.path()), RunOutcome::Held);
    assert_eq!(promotions(folder.path()), 0);

    let mut talk = Talk::with(folder.path(), &["resume", "run.jsonl", "--plain"]);
    talk.until("lines tell what happened before");
    talk.until("QUESTION point of no return");
    talk.until("type us-west-2 to cross");
    talk.types("2");
    talk.until("2 (x) all 3");
    talk.types("us-west-2");
    talk.until("type resume to go on");
    talk.types("resume");
    talk.until("accept it, because: in words");
    talk.hangs_up();
    assert_eq!(talk.ends(), 0);
    assert_eq!(promotions(folder.path()), 0, "nothing was promoted: nobody accepted the loss");
}

#[test]
fn a_rollback_asked_for_on_the_command_line_asks_line_by_line_before_it_does_anything() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut talk = failing(folder.path());
    talk.hangs_up();
    talk.ends();
    let mut talk = Talk::with(folder.path(), &["rollback", "run.jsonl", "--plain"]);
    talk.until("QUESTION roll back to the very start");
    talk.until("type us-west-2 to go back");
    talk.types("quit");
    talk.until("type y to leave, anything else to stay");
    talk.types("y");
    assert_eq!(talk.ends(), 0);
    assert!(!events(folder.path()).iter().any(|event| matches!(event.what, What::RollbackStarted { .. })));
}

#[test]
fn an_interrupt_asks_first_and_never_ends_a_live_run_silently() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut talk = rehearsal(folder.path(), "60");
    talk.until("nothing was started");
    talk.interrupt();
    talk.until("interrupted: the run goes on until it is left");
    talk.until("type y to leave, anything else to stay");
    talk.types("no");
    talk.until("stays");
    talk.types("status");
    talk.until("[ DRILL");
    talk.interrupt();
    talk.until("type y to leave");
    talk.interrupt();
    talk.until("nothing is lost; go on with: landfall resume");
    assert_eq!(talk.ends(), 130);
    assert_eq!(ended(folder.path()), RunOutcome::Held);
}

#[test]
fn who_watches_line_by_line_is_told_and_asked_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut commander = rehearsal(folder.path(), "60");
    commander.until("nothing was started");
    let mut watcher = Talk::with(folder.path(), &["watch", "run.jsonl", "--plain"]);
    watcher.until("[ WATCH");
    watcher.types("auto");
    watcher.until("auto: this console only looks");
    commander.types("note the DBA is on the call");
    watcher.until("“the DBA is on the call”");
    commander.types("auto");
    commander.until("type us-west-2 to start");
    commander.types("us-west-2");
    watcher.until("starts the run: typed us-west-2");
    watcher.until("cannot be taken back. Type us-west-2 to cross.");
    // Nothing can be typed any more: it goes on until nobody drives the run.
    watcher.hangs_up();
    commander.until("type us-west-2 to cross");
    commander.hangs_up();
    commander.ends();
    watcher.until("run ended");
    assert_eq!(watcher.ends(), 0);
}

#[test]
fn a_recording_is_told_from_its_beginning_to_its_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let recording = Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings/failed-step-rolled-back.jsonl");
    let mut talk = Talk::with(folder.path(), &["replay", &recording.display().to_string(), "--plain"]);
    talk.hangs_up();
    talk.until("FAILED");
    talk.until("rolls back");
    talk.until("run ended: rolled back");
    assert_eq!(talk.ends(), 0);
}

#[test]
fn a_run_is_asked_line_by_line_only_without_answers_given_beforehand() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut talk = Talk::with(folder.path(), &["run", "--plain", "--journal", "run.jsonl", "--time-scale", "60"]);
    talk.until("nothing was started");
    talk.hangs_up();
    assert_eq!(talk.ends(), 0);
    let mut refused = Talk::with(folder.path(), &["run", "--plain", "--confirm", "us-west-2"]);
    refused.hangs_up();
    assert_eq!(refused.ends(), 2);
}
