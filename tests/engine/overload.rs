//! A hundred steps while everything is late, lost or one too many, by a seed: whatever comes, an act is done once at most,
//! and nobody is told that nothing was changed where something was.

use crate::bench::between::{Between, Deed, Look, silence};
use crate::bench::{Answers, Bench, mutations, outcome};
use landfall::cloud::sim::log::Line;
use landfall::recovery::{Command, RunOutcome, State, Status, What};
use landfall::service::{LocalOperation, Operation, Reply, Silence};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::fmt::Write;
use std::sync::{Arc, Mutex};

/// Databases, services, programs and records: 105 steps.
fn large() -> String {
    let mut text = "[application]\nname = \"large\"\nprimary = \"us-east-1\"\nrecovery = \"us-west-2\"\n".to_owned();
    for n in 0..15 {
        write!(
            text,
            "[component.db{n}]\nkind = \"rds\"\nprimary = \"db{n}\"\nrecovery = \"db{n}-replica\"\n\
             [component.api{n}]\nkind = \"ecs\"\ncluster = \"c\"\nservice = \"api{n}\"\ndesired = 3\nmin = 1\n\
             environment = {{ DB = \"${{db{n}.endpoint}}\" }}\n\
             [component.seed{n}]\nkind = \"command\"\nrun = [\"seed\", \"{n}\"]\nverify = [\"seeded\", \"{n}\"]\n\
             undo = [\"unseed\", \"{n}\"]\n"
        )
        .expect("text");
    }
    text
}

/// Everything is late and some of it is lost, throttled or refused for a while.
fn trouble(seed: u64) -> Between {
    let dice = Arc::new(Mutex::new(ChaCha8Rng::seed_from_u64(seed)));
    let roll = move |most: f64| dice.lock().expect("whole").random_range(0.0..most);
    let again = roll.clone();
    let looks = move |_: &_, now: jiff::Timestamp| {
        // In every fourth minute most questions are one too many.
        let is_burst = now.as_second() / 60 % 4 == 0;
        match roll(1.0) {
            dice if is_burst && dice < 0.7 => silence(Silence::Throttled, "ThrottlingException"),
            dice if dice < 0.1 => silence(Silence::NoAnswer, "lost"),
            dice if dice < 0.15 => silence(Silence::Error, "InternalFailure"),
            dice if dice < 0.5 => Look::Late(roll(12.0)),
            _ => Look::Through,
        }
    };
    let deeds = move |_: &_, _: u32, _: jiff::Timestamp| match again(1.0) {
        dice if dice < 0.15 => Deed::DoneBut(Reply::NoAnswer { message: "the reply was lost".into() }),
        dice if dice < 0.3 => Deed::Instead(Reply::NoAnswer { message: "it never arrived".into() }),
        dice if dice < 0.45 => Deed::Instead(Reply::NotNow { message: "Throttling".into(), throttled: true }),
        dice if dice < 0.5 => Deed::Instead(Reply::NotNow { message: "connection refused".into(), throttled: false }),
        // Given up after 30 s; it arrives up to 10 s later.
        dice if dice < 0.75 => Deed::Late(again(80.0)),
        _ => Deed::Through,
    };
    Between::new(looks, deeds)
}

/// Asks again for what failed or is not known, but for programs that a person would look at first.
fn insist(state: &State) -> Option<Command> {
    let steps = state.run.runbook.steps.iter().zip(&state.steps);
    let stopped = steps.into_iter().find(|(_, own)| {
        let is_program = own
            .sent
            .as_ref()
            .is_some_and(|sent| matches!(sent.act.operation, Operation::Local(LocalOperation::Run(_))));
        matches!(own.status, Status::Failed | Status::Unknown) && !(is_program && own.acted())
    });
    stopped.map(|(step, _)| Command::Retry { step: step.id.clone() })
}

#[tokio::test(start_paused = true)]
async fn whatever_is_late_or_lost_each_act_is_done_once_and_no_change_is_denied() {
    let mut retried = 0;
    for seed in 1..=4 {
        let bench = Bench::with_faults(&large(), "").behind(trouble(seed));
        let state = bench.run(Answers { react: Some(insist), ..Answers::all() }).await;
        let received = bench.received();
        let twice: Vec<_> = mutations(&received).into_iter().filter(|(_, count)| *count > 1).collect();
        assert!(twice.is_empty(), "seed {seed}: done twice: {twice:#?}");
        // A program whose end nobody saw waits for a person; everything else came through.
        for (step, own) in state.run.runbook.steps.iter().zip(&state.steps) {
            let is_left = own.status == Status::Unknown && step.kind.as_str() == "command";
            let status = (&step.id, own.status, &own.note);
            assert!(own.status.lets_others_go_on() || is_left, "seed {seed}: {status:?}");
        }
        assert!(matches!(outcome(&state), RunOutcome::Completed | RunOutcome::Failed), "seed {seed}");
        for event in bench.events() {
            match event.what {
                What::StepStarted { attempt: 2.., .. } => retried += 1,
                What::StepFailed { step, reason, help, .. } if help.starts_with("nothing was changed") => {
                    let changed = received.iter().any(|line| {
                        matches!(line, Line::Received { at, token, done: true, .. }
                            if token.contains(&format!("-{step}-")) && *at <= event.at)
                    });
                    assert!(!changed, "seed {seed}: {step} changed something: {reason}");
                }
                _ => {}
            }
        }
    }
    println!("{retried} attempts were asked for again");
}
