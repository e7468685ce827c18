//! `landfall run`: a whole run without a console, for drills in CI and for those who have decided everything beforehand.

use super::claim;
use super::cloud::Cloud;
use super::exit::Exit;
use super::failback;
use super::headless::{self, Answers};
use super::known;
use super::live::{Driver, NewRun};
use super::look::LookArgs;
use super::open;
use super::shelf;
use crate::console::Begins;
use crate::engine::{Options, Run};
use miette::miette;

/// Runs a plan headless, to its end or to the first question without an answer
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    new: NewRun,
    /// Start every step as soon as its needs are verified. `run` is always headless and asks for this word; `open` is
    /// the console.
    #[arg(long)]
    auto: bool,
    /// Instead of --auto: ask every question on standard input, line by line, as `open --plain` does.
    #[arg(long, conflicts_with_all = ["auto", "json", "confirm", "accept_loss", "despite", "accept_writers", "approve"])]
    plain: bool,
    /// One journal event a line on standard output, as it is appended.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    answers: Answers,
    #[command(flatten)]
    driver: Driver,
}

/// Runs the plan.
///
/// # Errors
/// What is wrong with the plan, the arguments, the credentials or the journal.
pub async fn run(args: Args) -> miette::Result<Exit> {
    if args.plain {
        return open::begin(args.new.prepare()?, &args.driver, LookArgs::plain(), Begins::Overview).await;
    }
    if !args.auto {
        return Err(miette!(
            help = "add --auto, or --plain to be asked line by line, or open the console: landfall open PLAN",
            "run is headless: it starts steps by itself"
        ));
    }
    headless(&args.new, args.answers, args.driver, args.json).await
}

/// Runs a new run headless.
///
/// # Errors
/// As [`run`].
pub(super) async fn headless(new: &NewRun, answers: Answers, driver: Driver, json: bool) -> miette::Result<Exit> {
    failback::pay_first(new, answers.confirm.as_deref(), &driver, json).await?;
    let prepared = new.prepare()?;
    answers.check(&prepared.opened)?;
    let seat = driver.seat(false);
    failback::say_open_beside(&prepared.opened);
    let _claim = claim::of(&prepared.opened, &prepared.journal, &seat)?;
    let captured = shelf::captured(&prepared.opened.plan, &prepared.file);
    let run = Run::begin_with(&prepared.journal, prepared.opened, &seat, &prepared.clock, prepared.vault)?;
    let run = run.capturing(captured);
    known::note(run.path());
    failback::begun(prepared.before.as_deref(), &run, &seat, &prepared.clock)?;
    let cloud = Cloud::of(&run, &seat.by, &prepared.clock, super::plugin::programs(false)).await?;
    let options = Options { by: seat.by, mode: None, pace: driver.pace() };
    headless::drive(run, cloud, prepared.clock, options, answers, None, json).await
}
