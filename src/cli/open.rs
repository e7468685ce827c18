//! `landfall open` (and `landfall` alone): the console on a run that begins, or on one that goes on.

use super::claim;
use super::cloud::Cloud;
use super::exit::Exit;
use super::failback;
use super::known;
use super::live::{self, Driver, NewRun, Prepared};
use super::look::LookArgs;
use super::onlooker::{self, Watched};
use super::out::say;
use super::plain;
use super::shelf;
use crate::cloud::Clock;
use crate::console::{Begins, ConsoleError, Label, Left, Setup};
use crate::engine::{Options, Run, lookout, requests};
use crate::recovery::RunOutcome;
use crate::recovery::event::CloudName;
use crate::text::{Clean, shell_word};
use std::path::{Path, PathBuf};

/// Opens the console on a plan; nothing starts before you say so
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    new: NewRun,
    #[command(flatten)]
    driver: Driver,
    #[command(flatten)]
    look: LookArgs,
    /// Look on only: health and lag of a cloud, no run, no journal, and nothing that could act.
    #[arg(long)]
    read_only: bool,
}

impl Args {
    /// What `landfall` alone means: the embedded rehearsal.
    pub fn rehearsal() -> Self {
        let parsed = <super::Cli as clap::Parser>::try_parse_from(["landfall", "open"]);
        match parsed.map(|cli| cli.command) {
            Ok(Some(super::Command::Open(args))) => args,
            other => unreachable!("`landfall open` needs no arguments: {other:?}"),
        }
    }
}

/// Opens the console.
///
/// # Errors
/// What is wrong with the plan, the arguments, the credentials, the journal or the terminal.
pub async fn run(args: Args) -> miette::Result<Exit> {
    let rehearses = args.new.plan.is_none();
    let prepared = args.new.prepare()?;
    if args.read_only && prepared.before.is_some() {
        return Err(miette::miette!(
            help = "landfall failback JOURNAL prints its plan, and landfall open asks before anything is done",
            "a failback is not looked at by itself"
        ));
    }
    if args.read_only {
        return look_on(prepared, args.driver.name(), args.look).await;
    }
    let begins = if rehearses { Begins::Rehearsal } else { Begins::Overview };
    begin(prepared, &args.driver, args.look, begins).await
}

/// Begins a run and opens the console on it.
///
/// # Errors
/// What is wrong with the journal or the terminal.
pub async fn begin(prepared: Prepared, driver: &Driver, look: LookArgs, begins: Begins) -> miette::Result<Exit> {
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
    let plan = &run.state().run.plan;
    let shelf = match run.state().run.cloud {
        CloudName::Aws => shelf::look(plan, &prepared.file),
        CloudName::Sim => shelf::simulated(plan),
    };
    console(run, cloud, prepared.clock, options, look, begins, shelf).await
}

/// Opens the console on a cloud without a run. Nothing that could act is made, not even by mistake.
async fn look_on(prepared: Prepared, by: Clean, look: LookArgs) -> miette::Result<Exit> {
    let look = look.look()?;
    let cloud = live::looking(&prepared).await?;
    let inventory = shelf::look(&prepared.opened.plan, &prepared.file);
    let (feed, tails) = lookout::look_on(prepared.opened, cloud, prepared.clock.clone(), by);
    let (clock, journal) = (prepared.clock, PathBuf::new());
    let (tails, label) = (Some(tails), Label::ReadOnly);
    onlooker::console(Watched { feed, tails, clock, replay: None, label, inventory, driver_gone: None, journal }, look)
        .await
}

/// Opens the console on `run`.
///
/// # Errors
/// What is wrong with the journal or the terminal.
pub async fn console(
    run: Run,
    cloud: Cloud,
    clock: Clock,
    options: Options,
    look: LookArgs,
    begins: Begins,
    inventory: shelf::Told,
) -> miette::Result<Exit> {
    let look = look.look()?;
    let path = run.path().to_owned();
    let label = match run.state().run.cloud {
        CloudName::Aws => Label::Real,
        CloudName::Sim => Label::Drill,
    };
    let surprise = run.state().run.drill.as_ref().is_some_and(|drill| drill.surprise);
    let (mut session, facilitator) = cloud.session(run, clock.clone(), options);
    let commander = Some(session.commander.clone());
    // The session keeps an empty feed: the console takes the real one.
    let feed = std::mem::replace(&mut session.feed, tokio::sync::mpsc::unbounded_channel().1);
    // From a second terminal; in a drill of surprises from nowhere else.
    let wishes = facilitator.clone().map(|facilitator| tokio::spawn(requests::take_up(path.clone(), facilitator)));
    let facilitator = facilitator.filter(|_| !surprise);
    let setup = Setup {
        feed,
        commander,
        facilitator,
        tails: Some(session.tails.clone()),
        clock,
        replay: None,
        label,
        theme: look.theme,
        glyphs: look.glyphs,
        journal: std::path::absolute(&path).unwrap_or_else(|_| path.clone()),
        manners: look.manners,
        begins,
        inventory,
        driver_gone: None,
    };
    let left = plain::or_screen(setup, look.plain).await;
    if let Some(wishes) = wishes {
        wishes.abort();
    }
    session.close(why_left(&left)).await?;
    Ok(last_words(left?, &path))
}

fn why_left(left: &Result<Left, ConsoleError>) -> &'static str {
    match left {
        Ok(Left::Signal(name)) => name,
        Ok(Left::Quit | Left::RunOver(_) | Left::SessionEnded) => "quit",
        Err(_) => "the terminal was lost",
    }
}

fn last_words(left: Left, journal: &Path) -> Exit {
    let journal = shell_word(&journal.to_string_lossy());
    match left {
        Left::RunOver(outcome) => {
            say(format_args!(
                "landfall: the run is over; its journal is {journal}; landfall report {journal} tells what it was"
            ));
            match outcome {
                RunOutcome::Completed | RunOutcome::CompletedWithExceptions => Exit::Done,
                RunOutcome::RolledBack => Exit::RolledBack,
                RunOutcome::Failed | RunOutcome::Aborted => Exit::Failed,
                RunOutcome::Held => Exit::Refused,
            }
        }
        Left::Quit | Left::SessionEnded => {
            say(format_args!("landfall: the run is left where it stands; go on with: landfall resume {journal}"));
            Exit::Done
        }
        Left::Signal(name) => {
            say(format_args!("landfall: stopped by {name}; nothing is lost; go on with: landfall resume {journal}"));
            Exit::Interrupted
        }
    }
}
