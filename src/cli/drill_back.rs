//! `landfall drill failback`: a failover is gone through first, quickly and by itself, both regions become healthy again, what it
//! owed is paid, and the console opens on the way back from it.

use super::cloud::Cloud;
use super::exit::Exit;
use super::headless::{self, Answers};
use super::live::{self, CloudArg, Driver, IntentArg, NewRun};
use super::out::say;
use super::{Refused, known};
use crate::cloud::sim::rehearsal;
use crate::engine::{Options, Run};
use crate::recovery::Command;
use crate::text::{Clean, shell_word};
use miette::{IntoDiagnostic, miette};
use std::path::{Path, PathBuf};

/// What is gone back from where nothing else is said.
pub const AFTER: &str = "shop-region-down";
/// How often what it owes is paid: a fence may take three times as long as a failover waits for it.
const PAYMENTS: usize = 5;
/// How many times as fast as the wall clock the way there is gone.
const THERE: f64 = 600.0;

/// Whether `name` is an embedded scenario of a way back.
pub fn is_one(name: &str) -> bool {
    rehearsal::failbacks().iter().any(|scenario| scenario.name.as_str() == name)
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
    let exit = headless::drive(run, cloud, prepared.clock, options(), answers, None, false).await?;
    if exit != Exit::Done {
        let help = format!("see how it stands: landfall report {}", shell_word(&path.to_string_lossy()));
        return Err(miette!(help = help, "the failover of this drill did not come to its end"));
    }
    // What takes longer than a payment waits for it is looked at again: nothing of it is sent twice.
    for _ in 0..PAYMENTS {
        if !live::standing(&path)?.debts.is_empty() {
            pay(&path, driver, options()).await?;
        }
    }
    let owed = live::standing(&path)?.debts.len();
    if owed > 0 {
        let clear = format!("landfall debts {} --pay", shell_word(&path.to_string_lossy()));
        return Err(Refused { why: format!("the failover of this drill still owes {owed} of its steps"), clear }.into());
    }
    Ok(path)
}

/// Both regions answer again, and what is owed is paid.
async fn pay(path: &Path, driver: &Driver, options: Options) -> miette::Result<()> {
    let seat = driver.seat(false);
    let run = Run::resume(path, &seat, |state| live::clock_for(state).now())?;
    let clock = live::clock_for(run.state());
    {
        let world = live::sim(&run.opened(), run.started_at(), &clock, Some(path))?;
        for fault in world.standing() {
            world.end(&fault).into_diagnostic()?;
        }
    }
    let plugins = super::plugin::still(&run.state().run.plan, false, true)?;
    let cloud = Cloud::of(&run, &seat.by, &clock, plugins).await?;
    let answers = Answers { quiet: true, ..Answers::none() };
    let pay = Some(Command::Pay { steps: Vec::new() });
    headless::drive(run, cloud, clock, options, answers, pay, false).await?;
    Ok(())
}
