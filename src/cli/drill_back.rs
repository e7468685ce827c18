//! `landfall drill failback`: a failover is gone through first, quickly and by itself, both regions become healthy again, what it
//! owed is paid, and the console opens on the way back from it.

use super::cloud::Cloud;
use super::exit::Exit;
use super::headless::{self, Answers};
use super::live::{self, CloudArg, Driver, IntentArg, NewRun};
use super::out::say;
use super::{Refused, known};
use crate::cloud::sim::{Fault, Scenario, rehearsal};
use crate::engine::{Options, Run};
use crate::plan::{Intent, StepId};
use crate::recovery::{Command, Status, debts};
use crate::service::fault::{AimedFault, FaultKind, Target};
use crate::text::{Clean, shell_word};
use miette::{IntoDiagnostic, miette};
use std::path::{Path, PathBuf};

/// What is gone back from where nothing else is said.
pub const AFTER: &str = "shop-region-down";
/// How often what it owes is paid: a fence may take three times as long as a failover waits for it, and what is not answered
/// is asked for again.
const PAYMENTS: usize = 8;
/// How long after one payment the next is tried, in seconds of the drill.
const AGAIN_SECONDS: f64 = 300.0;
/// How often what failed on the way there is tried again: the way back is what is drilled, and a machine that is busy is late for
/// what has a minute of the drill to come about.
const TRIES: usize = 4;
/// How many times as fast as the wall clock the way there is gone.
const THERE: f64 = 600.0;

/// The scenario of a way back that is called `name`: an embedded one, or one in a file that says so.
pub fn scenario(name: &str) -> Option<Scenario> {
    let embedded = rehearsal::failbacks().into_iter().find(|scenario| scenario.name.as_str() == name);
    embedded.or_else(|| {
        let is_file = rehearsal::find(name).is_none();
        let read = is_file.then(|| live::read_scenario(name).ok())??;
        (read.intent == Intent::Failback).then_some(read)
    })
}

/// What is owed and changes something: what is only to be looked at, the way back looks at itself.
fn owed(path: &Path) -> miette::Result<usize> {
    let state = live::standing(path)?;
    Ok(debts::owed(&state).into_iter().filter(|owed| state.plan_step(owed.place).acts).count())
}

/// The way there of a drill of the way back: its journal, the run over and owing nothing.
///
/// # Errors
/// What is wrong with the plan or the scenario; that the run did not come to its end.
pub async fn there(
    plan: Option<PathBuf>,
    after: Option<&str>,
    seed: Option<u64>,
    journal: Option<&Path>,
    driver: &Driver,
    back: &Scenario,
) -> miette::Result<PathBuf> {
    let scenario = match (after, &plan) {
        (Some(after), _) => Some(after.to_owned()),
        (None, Some(_)) => None,
        (None, None) => Some(AFTER.to_owned()),
    };
    let new = NewRun {
        plan,
        intent: Some(IntentArg::Failover),
        cloud: Some(CloudArg::Sim),
        journal: journal.map(|path| path.with_extension("over.jsonl")),
        declared_at: None,
        scenario,
        seed,
        time_scale: Some(THERE),
        part: super::part::PartArgs::default(),
        values_plan: None,
        changed: Vec::new(),
    };
    let prepared = new.prepare()?;
    let recovery = prepared.opened.plan.application.recovery.to_string();
    say(format_args!("landfall: going over to {recovery} first, at ×{THERE}; the way back begins where that ends"));
    let answers = Answers {
        confirm: Some(recovery),
        accept_loss: Some("a drill of the way back".to_owned()),
        accept_writers: Some("a drill of the way back".to_owned()),
        approve: vec!["all".to_owned()],
        quiet: true,
        ..Answers::none()
    };
    let seat = driver.seat(false);
    let run = Run::begin_with(&prepared.journal, prepared.opened, &seat, &prepared.clock, prepared.vault)?;
    known::note(run.path());
    let path = run.path().to_owned();
    let options = || Options { by: Clean::new("landfall"), mode: None, pace: driver.pace() };
    let plugins = super::plugin::still(&run.state().run.plan, false, true)?;
    let cloud = Cloud::of(&run, &seat.by, &prepared.clock, plugins).await?;
    let mut exit = headless::drive(run, cloud, prepared.clock, options(), answers.clone(), None, false).await?;
    for _ in 0..TRIES {
        let failed = failed(&path)?;
        if exit == Exit::Done || failed.is_empty() {
            break;
        }
        say(format_args!("landfall: mended, and tried again: the way there is not what is drilled"));
        exit = again(&path, driver, options(), Answers { retry: failed, ..answers.clone() }).await?;
    }
    if exit != Exit::Done {
        let help = format!("see how it stands: landfall report {}", shell_word(&path.to_string_lossy()));
        return Err(miette!(help = help, "the failover of this drill did not come to its end"));
    }
    // What takes longer than a payment waits for it is looked at again: nothing of it is sent twice.
    let unanswered = || back.faults.iter().filter(|fault| fault.kind == FaultKind::DebtUnanswered);
    for payment in 0..PAYMENTS {
        if owed(&path)? == 0 {
            break;
        }
        let faults: Vec<Fault> = if payment == 0 { unanswered().cloned().collect() } else { Vec::new() };
        pay(&path, driver, options(), faults, payment > 0 && unanswered().next().is_some()).await?;
    }
    let owed = owed(&path)?;
    if owed > 0 {
        let clear = format!("landfall debts {} --pay", shell_word(&path.to_string_lossy()));
        return Err(Refused { why: format!("the failover of this drill still owes {owed} of its steps"), clear }.into());
    }
    Ok(path)
}

/// What failed of a run, or nobody saw the end of.
fn failed(path: &Path) -> miette::Result<Vec<StepId>> {
    let state = live::standing(path)?;
    let steps = state.run.runbook.steps.iter().zip(&state.steps);
    Ok(steps
        .filter(|(_, own)| matches!(own.status, Status::Failed | Status::Unknown))
        .map(|(step, _)| step.id.clone())
        .collect())
}

/// The way there is gone on with: what went wrong with one component alone is mended, and what failed is tried again.
async fn again(path: &Path, driver: &Driver, options: Options, answers: Answers) -> miette::Result<Exit> {
    let seat = driver.seat(false);
    let run = Run::resume(path, &seat, |state| live::clock_for(state).now())?;
    let clock = live::clock_for(run.state());
    {
        let world = live::sim(&run.opened(), run.started_at(), &clock, Some(path))?;
        let of_one = |fault: &AimedFault| matches!(fault.target, Target::Component(_));
        for fault in world.standing().into_iter().filter(of_one) {
            world.end(&fault).into_diagnostic()?;
        }
    }
    let plugins = super::plugin::still(&run.state().run.plan, false, true)?;
    let cloud = Cloud::of(&run, &seat.by, &clock, plugins).await?;
    headless::drive(run, cloud, clock, options, answers, None, false).await
}

/// Both regions answer again, but for `unanswered`, and what is owed is paid: a while later where it was not answered.
async fn pay(
    path: &Path,
    driver: &Driver,
    options: Options,
    unanswered: Vec<Fault>,
    is_later: bool,
) -> miette::Result<()> {
    let seat = driver.seat(false);
    let run = Run::resume(path, &seat, |state| live::clock_for(state).now())?;
    let clock = live::clock_for(run.state());
    {
        let world = live::sim(&run.opened(), run.started_at(), &clock, Some(path))?;
        for fault in world.standing().into_iter().filter(|fault| fault.fault != FaultKind::DebtUnanswered) {
            world.end(&fault).into_diagnostic()?;
        }
        for fault in unanswered {
            world.inject(fault).into_diagnostic()?;
        }
    }
    if is_later {
        clock.sleep(AGAIN_SECONDS).await;
    }
    let plugins = super::plugin::still(&run.state().run.plan, false, true)?;
    let cloud = Cloud::of(&run, &seat.by, &clock, plugins).await?;
    let answers = Answers { quiet: true, ..Answers::none() };
    let pay = Some(Command::Pay { steps: Vec::new() });
    headless::drive(run, cloud, clock, options, answers, pay, false).await?;
    Ok(())
}
