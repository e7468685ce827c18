//! What a session leaves behind: evidence before the outcome it proves, its end as its last word, covered; what comes
//! later in sessions of their own. And a run whose output goes nowhere.

#[path = "support/bench.rs"]
#[allow(dead_code, reason = "shared with other tests, each of which uses a part")]
mod bench;

use assert_cmd::Command as Program;
use bench::{Answers, Bench, STOREFRONT, TWELVE, outcome};
use landfall::engine::claim::{Claim, Claimant};
use landfall::engine::journal::{self, Cover};
use landfall::engine::{JournalError, Run, Seat, Session};
use landfall::plan::StepId;
use landfall::recovery::{Command, Event, Mode, RunOutcome, What};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// What each session wrote, first and last line.
fn sessions(events: &[Event]) -> Vec<(u64, String, Vec<String>)> {
    let name = |event: &Event| {
        let json = serde_json::to_value(event).expect("an event is JSON");
        json["event"].as_str().expect("a name").to_owned()
    };
    let mut found: Vec<(u64, String, Vec<String>)> = Vec::new();
    for event in events {
        match found.last_mut() {
            Some((epoch, _, lasts)) if *epoch == event.epoch => lasts.push(name(event)),
            _ => found.push((event.epoch, name(event), vec![name(event)])),
        }
    }
    found
}

fn ended_as(events: &[Event]) -> RunOutcome {
    match &events.last().expect("events").what {
        What::RunEnded(ended) => ended.outcome,
        other => panic!("the last event is {other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn the_end_of_a_run_is_its_last_event_and_covered() {
    for (scenario, plan) in [("clean", TWELVE), ("region-down", STOREFRONT), ("failing-step", STOREFRONT)] {
        let bench = Bench::new(plan, scenario);
        let state = bench.run(Answers::all()).await;
        assert_eq!(ended_as(&bench.events()), outcome(&state), "{scenario}");
        assert_eq!(journal::read(&bench.journal()).expect("it reads").cover(), Cover::Whole, "{scenario}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_left_says_so_last() {
    let bench = Bench::new(STOREFRONT, "region-down");
    bench.run(Answers { accept_loss: false, ..Answers::all() }).await;
    let events = bench.events();
    assert_eq!(ended_as(&events), RunOutcome::Held);
    let before = &events[events.len() - 2].what;
    assert!(matches!(before, What::SessionClosed { .. }), "{before:?}");
}

#[tokio::test(start_paused = true)]
async fn what_a_step_was_seen_doing_stands_before_what_became_of_it() {
    let bench = Bench::with_faults(
        STOREFRONT,
        "[[fault]]\nkind = \"reply-lost\"\noperation = \"ecs.UpdateService\"\ntimes = 2\n",
    );
    bench.run(Answers::all()).await;
    let events = bench.events();
    let mut ends: BTreeMap<&StepId, u64> = BTreeMap::new();
    let mut calls = 0;
    for event in &events {
        match &event.what {
            What::StepSucceeded { step, .. } | What::StepFailed { step, .. } | What::StepOwed { step, .. } => {
                ends.insert(step, event.seq);
            }
            What::StepStarted { step, .. } => drop(ends.remove(step)),
            What::Call { step: Some(step), .. } => {
                calls += 1;
                assert_eq!(ends.get(step), None, "a call of {step} stands behind its outcome");
            }
            _ => {}
        }
    }
    assert!(calls > 50, "{calls} calls");
}

async fn until(session: &mut Session, found: impl Fn(&What) -> bool) {
    let patience = tokio::time::Instant::now() + Duration::from_secs(3600);
    loop {
        let batch = tokio::time::timeout_at(patience, session.feed.recv()).await.expect("it comes");
        let batch = batch.expect("the session goes on");
        if batch.iter().any(|event| found(&event.what)) {
            return;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_session_that_is_ended_in_the_middle_writes_down_what_it_sent_and_how_the_run_is_left() {
    let bench = Bench::new(STOREFRONT, "region-down");
    let held = bench.run(Answers { accept_loss: false, ..Answers::all() }).await;
    let (place, gate) = held.open_gates.keys().next().expect("a question");
    let step = held.plan_step(*place).id.clone();
    let mut session = bench.open(Some(Mode::Auto));
    let answer = Command::Answer { step: step.clone(), gate: *gate, text: "the region is gone".into() };
    session.commander.send(answer).await.expect("it lives").expect("it is taken");
    until(&mut session, |what| matches!(what, What::StepActing { .. })).await;
    session.close("SIGTERM").await.expect("a whole journal");
    let events = bench.events();
    assert_eq!(ended_as(&events), RunOutcome::Held);
    let closed = events.iter().rposition(|event| matches!(event.what, What::SessionClosed { .. })).expect("closed");
    let behind = &events[closed + 1..events.len() - 1];
    assert!(
        behind
            .iter()
            .all(|event| matches!(event.what, What::Call { .. } | What::StepActed { .. } | What::StepProgress { .. })),
        "only replies come behind: {behind:?}"
    );
    assert_eq!(bench::unanswered_at(&events), Vec::<&StepId>::new(), "every reply was waited for");
}

#[tokio::test(start_paused = true)]
async fn a_note_on_a_run_that_is_over_opens_a_session_of_its_own_and_changes_nothing_of_its_end() {
    let bench = Bench::new(TWELVE, "clean");
    let before = bench.run(Answers::all()).await.ended.expect("it ended");
    let lines = || std::fs::read_to_string(bench.journal()).expect("it reads").lines().count();
    let session = bench.open(None);
    let whole = lines();
    for text in ["the old side is being looked at", "it is well"] {
        let note = Command::Note { text: text.into(), step: None };
        session.commander.send(note).await.expect("it lives").expect("it is taken");
    }
    let refused = session.commander.send(Command::Go { step: None }).await.expect("it lives");
    assert!(refused.is_err(), "over is over");
    tokio::time::sleep(Duration::from_secs(600)).await;
    session.close("quit").await.expect("a whole journal");
    // The first opens held, as every session that goes on with a run does.
    assert_eq!(lines(), whole + 9, "two sessions of four lines: nothing else, whatever time passes");
    let events = bench.events();
    let sessions = sessions(&events);
    assert_eq!(sessions.len(), 3);
    assert_eq!(sessions[1].2, ["session_opened", "mode_changed", "note", "run_ended"]);
    assert_eq!(sessions[2].2, ["session_opened", "note", "run_ended"]);
    let What::RunEnded(after) = &events.last().expect("events").what else { panic!("no end") };
    assert_eq!(*after, before, "the end it had");
    assert!(
        landfall::engine::session::fold(&journal::read(&bench.journal()).expect("whole")).expect("a run").is_over()
    );
}

#[tokio::test(start_paused = true)]
async fn going_back_from_a_run_that_is_over_is_a_session_with_an_end_of_its_own() {
    let bench = Bench::new(TWELVE, "clean");
    bench.run(Answers::all()).await;
    let mut session = bench.open(Some(Mode::Auto));
    let back = going_back();
    session.commander.send(back).await.expect("it lives").expect("it is taken");
    until(&mut session, |what| matches!(what, What::RunEnded(ended) if ended.outcome == RunOutcome::RolledBack)).await;
    session.close("quit").await.expect("a whole journal");
    let events = bench.events();
    let mut undone: Vec<&StepId> = events
        .iter()
        .filter_map(|event| match &event.what {
            What::UndoActing { step, .. } => Some(step),
            _ => None,
        })
        .collect();
    let sent = undone.len();
    undone.sort();
    undone.dedup();
    assert!(sent > 2 && undone.len() == sent, "each undo is sent once: {undone:?} of {sent}");
    assert_eq!(ended_as(&events), RunOutcome::RolledBack);
    let sessions = sessions(&events);
    assert_eq!(
        sessions.iter().map(|(epoch, first, _)| (*epoch, first.as_str())).collect::<Vec<_>>(),
        [(1, "run_opened"), (2, "session_opened"),]
    );
}

#[tokio::test(start_paused = true)]
async fn who_only_looked_at_a_run_that_is_over_left_nothing_and_is_kept_out_by_who_drives_it() {
    let bench = Bench::new(TWELVE, "clean");
    bench.run(Answers::all()).await;
    let before = std::fs::read(bench.journal()).expect("it reads");
    bench.open(None).close("quit").await.expect("nothing to write");
    assert_eq!(std::fs::read(bench.journal()).expect("it reads"), before);
    let idle = bench.open(None);
    let mut other = bench.open(Some(Mode::Step));
    let back = going_back();
    other.commander.send(back).await.expect("it lives").expect("it is taken");
    until(&mut other, |what| matches!(what, What::RollbackStarted { .. })).await;
    let refused = idle.commander.send(Command::Note { text: "beside it".into(), step: None }).await.expect("it lives");
    let refused = refused.expect_err("another drives it").to_string();
    assert!(refused.contains("ana") && refused.contains("drives this run already"), "{refused}");
    other.close("quit").await.expect("a whole journal");
    let note = Command::Note { text: "behind it".into(), step: None };
    idle.commander.send(note).await.expect("it lives").expect("it is free again");
    idle.close("quit").await.expect("a whole journal");
    journal::read(&bench.journal()).expect("a whole journal");
}

#[tokio::test]
async fn a_session_whose_run_is_taken_hears_of_it_though_it_writes_nothing() {
    let bench = Bench::new(STOREFRONT, "region-down");
    tokio::time::pause();
    bench.run(Answers { accept_loss: false, ..Answers::all() }).await;
    tokio::time::resume();
    let mut first = bench.open(Some(Mode::Hold));
    until(&mut first, |what| matches!(what, What::SessionOpened { resumed: true, .. })).await;
    let seat = Seat { how: landfall::engine::log::How::Forced, ..Seat::of("ben") };
    let _second = Run::resume(&bench.journal(), &seat, |state| state.at).expect("by force");
    let began = Instant::now();
    while first.feed.recv().await.is_some() {}
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    let parted = first.commander.parted().expect("who commands hears by whom");
    assert!(parted.taken_by.as_ref().is_some_and(|holder| holder.starts_with("ben")), "{parted:?}");
    let lost = first.close("quit").await.expect_err("it was taken");
    assert!(matches!(&lost, JournalError::Superseded { holder, .. } if holder.starts_with("ben")), "{lost}");
}

#[tokio::test]
async fn the_hold_that_a_resumed_session_opens_with_is_nobodys_word() {
    let bench = Bench::new(STOREFRONT, "region-down");
    tokio::time::pause();
    bench.run(Answers { accept_loss: false, ..Answers::all() }).await;
    tokio::time::resume();
    let mut session = bench.open(None);
    until(&mut session, |what| matches!(what, What::ModeChanged { mode: Mode::Hold })).await;
    session.close("quit").await.expect("a whole journal");
    let events = journal::read(&bench.journal()).expect("a whole journal").events;
    let hold = events.iter().rfind(|event| matches!(event.what, What::ModeChanged { mode: Mode::Hold }));
    assert_eq!(hold.map(|event| event.by.as_str()), Some("landfall"));
}

fn going_back() -> Command {
    let reason = "a false alarm".into();
    Command::RollBack {
        to: None,
        typed: "us-west-2".into(),
        reason,
        past_the_point: Some("the old side is whole".into()),
    }
}

/// The built program, with a home of its own.
fn landfall(home: &Path) -> std::process::Command {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_landfall"));
    command.env("HOME", home).env("NO_COLOR", "1").env_remove("XDG_STATE_HOME").stdin(Stdio::null());
    command
}

const RUN: &[&str] = &[
    "run",
    "--cloud",
    "sim",
    "--auto",
    "--json",
    "--time-scale",
    "200",
    "--accept-writers",
    "x",
    "--confirm",
    "us-west-2",
    "--accept-loss",
    "x",
    "--approve",
    "all",
];

#[test]
fn output_that_goes_nowhere_stops_no_run_and_is_said_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let full = || std::fs::File::options().write(true).open("/dev/full").expect("it is there");
    let (reader, closed) = std::io::pipe().expect("a pipe");
    drop(reader);
    for (name, out) in [("full", Stdio::from(full())), ("closed", Stdio::from(closed))] {
        let journal = folder.path().join(format!("{name}.jsonl"));
        let mut command = landfall(folder.path());
        let done = command.args(RUN).arg("--journal").arg(&journal).stdout(out).stderr(Stdio::piped()).output();
        let done = done.expect("it runs");
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        assert_eq!(done.status.code(), Some(0), "{name}: {said}");
        assert_eq!(said.matches("standard output takes no more").count(), 1, "{name}: {said}");
        assert_eq!(ended_as(&journal::read(&journal).expect("whole").events), RunOutcome::Completed, "{name}");
    }
    let journal = folder.path().join("neither.jsonl");
    let mut neither = landfall(folder.path());
    neither.args(RUN).arg("--journal").arg(&journal).stdout(full()).stderr(full());
    assert_eq!(neither.status().expect("it runs").code(), Some(0));
}

#[test]
fn a_reader_who_reads_nothing_holds_no_run_up() {
    let folder = tempfile::tempdir().expect("a folder");
    let journal = folder.path().join("run.jsonl");
    let mut command = landfall(folder.path());
    command.args(RUN).arg("--journal").arg(&journal).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut run = command.spawn().expect("it runs");
    let until = Instant::now() + Duration::from_secs(60);
    let code = loop {
        if let Some(status) = run.try_wait().expect("it is asked") {
            break status.code();
        }
        assert!(Instant::now() < until, "it is held up");
        std::thread::sleep(Duration::from_millis(50));
    };
    assert_eq!(code, Some(0));
    let recorded = journal::read(&journal).expect("whole");
    assert!(recorded.whole_bytes > 100_000, "more than a pipe holds: {}", recorded.whole_bytes);
    assert_eq!(ended_as(&recorded.events), RunOutcome::Completed);
}

#[test]
fn a_second_run_of_an_application_on_a_real_cloud_is_refused_and_one_beside_is_not() {
    let home = tempfile::tempdir().expect("a folder");
    let plan = home.path().join("plan.toml");
    std::fs::write(
        &plan,
        "[application]\nname = \"shop\"\nprimary = \"us-east-1\"\nrecovery = \"us-west-2\"\n[component.a]\nkind = \"manual\"\nask = \"x\"\n",
    )
    .expect("it is written");
    let claimant = Claimant {
        application: "shop".into(),
        cloud: "http://127.0.0.1:9".into(),
        run: "another".into(),
        journal: "/runs/another.jsonl".into(),
        by: "ana".into(),
        pid: 4711,
    };
    let claims = home.path().join(".local/state/landfall/claims");
    let claim = Claim::take(&claims, &claimant, false).expect("it is free");
    let run = |more: &[&str]| {
        let mut program = Program::from_std(landfall(home.path()));
        program
            .args(["run", "--auto", "--cloud", "aws", "--intent", "failover"])
            .arg(&plan)
            .args(more)
            .env("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
            .env("AWS_ACCESS_KEY_ID", "x")
            .env("AWS_SECRET_ACCESS_KEY", "x")
            .env("AWS_EC2_METADATA_DISABLED", "true");
        let done = program.output().expect("it runs");
        let said = String::from_utf8_lossy(&done.stderr).split_whitespace().collect::<Vec<_>>().join(" ");
        (done.status.code(), said)
    };
    let (code, said) = run(&[]);
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("ana (pid 4711) drives another run of shop") && said.contains("--beside"), "{said}");
    assert!(!run(&["--beside"]).1.contains("drives another run"));
    drop(claim);
    assert!(!run(&[]).1.contains("drives another run"));
}

#[test]
fn a_terminal_that_goes_away_ends_the_console_as_a_hang_up_does() {
    let folder = tempfile::tempdir().expect("a folder");
    let journal = folder.path().join("run.jsonl");
    let pty = portable_pty::native_pty_system();
    let pair = pty.openpty(portable_pty::PtySize { rows: 30, cols: 100, ..Default::default() }).expect("a terminal");
    let mut command = portable_pty::CommandBuilder::new(env!("CARGO_BIN_EXE_landfall"));
    command.args(["drill", "clean", "--time-scale", "20", "--journal"]);
    command.arg(&journal);
    command.env("HOME", folder.path());
    let mut console = pair.slave.spawn_command(command).expect("it runs");
    drop(pair.slave);
    let until = Instant::now() + Duration::from_secs(20);
    while !journal.exists() {
        assert!(Instant::now() < until, "no journal");
        std::thread::sleep(Duration::from_millis(50));
    }
    std::thread::sleep(Duration::from_millis(700));
    drop(pair.master);
    let code = loop {
        if let Some(status) = console.try_wait().expect("it is asked") {
            break status.exit_code();
        }
        assert!(Instant::now() < until, "it goes on without a terminal");
        std::thread::sleep(Duration::from_millis(50));
    };
    assert_eq!(code, 130);
    let recorded = journal::read(&journal).expect("whole");
    assert_eq!((ended_as(&recorded.events), recorded.cover()), (RunOutcome::Held, Cover::Whole));
}

#[test]
fn verify_says_how_the_last_line_is_covered_and_what_a_later_landfall_wrote() {
    let folder = tempfile::tempdir().expect("a folder");
    let journal = folder.path().join("run.jsonl");
    let mut run = landfall(folder.path());
    assert!(run.args(RUN).arg("--journal").arg(&journal).stdout(Stdio::null()).status().expect("it runs").success());
    let verify = |path: &Path| {
        let mut program = Program::from_std(landfall(folder.path()));
        let done = program.args(["journal", "verify"]).arg(path).output().expect("it runs");
        (
            done.status.code(),
            String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr),
        )
    };
    let (code, told) = verify(&journal);
    assert!(code == Some(0) && told.contains("covered by the line behind it"), "{told}");
    let text = std::fs::read_to_string(&journal).expect("it reads");
    let covering = text.trim_end().rfind('\n').expect("lines") + 1;
    let cut = folder.path().join("cut.jsonl");
    std::fs::write(&cut, &text[..covering]).expect("it is written");
    let (code, told) = verify(&cut);
    assert!(code == Some(3) && told.contains("covers its last event is missing"), "{told}");
    std::fs::write(&cut, text.replace("\"outcome\":\"completed\"", "\"outcome\":\"failed\"")).expect("it is written");
    let (code, told) = verify(&cut);
    assert!(code == Some(2) && told.contains("is damaged at line"), "{told}");
    let old = Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings/clean-failover.jsonl");
    let (code, told) = verify(&old);
    assert!(code == Some(0), "{told}");
    assert!(told.contains("format 1") || told.contains("covered by the line behind it"), "{told}");
}
