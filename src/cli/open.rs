//! `landfall open` (and `landfall` alone): the console on a run that begins, or on one that goes on.

use super::exit::Exit;
use super::live::{self, Driver, NewRun};
use super::preflight;
use crate::cloud::Clock;
use crate::console::{self, Label, Left, Setup};
use crate::engine::{Clouds, Options, Run, Session};
use crate::recovery::event::CloudName;
use crate::recovery::{Command, RunOutcome};
use miette::{IntoDiagnostic, miette};

/// Opens the console on a plan; nothing starts before you say so
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    new: NewRun,
    #[command(flatten)]
    driver: Driver,
}

/// Opens the console.
///
/// # Errors
/// What is wrong with the plan, the arguments, the credentials, the journal or the terminal.
pub async fn run(args: Args) -> miette::Result<Exit> {
    let prepared = args.new.prepare()?;
    if prepared.opened.cloud == CloudName::Aws && !preflight::identity(&prepared.opened).await {
        return Ok(Exit::Refused);
    }
    let by = args.driver.name();
    let clouds = live::clouds(&prepared.opened, prepared.clock.now(), &prepared.clock, &prepared.journal).await?;
    let run = Run::begin(&prepared.journal, prepared.opened, &by, &prepared.clock)?;
    let options = Options { by, mode: None, pace: args.driver.pace() };
    console(run, clouds, prepared.clock, options, None).await
}

/// Opens the console on `run`; `start` is sent first.
///
/// # Errors
/// What is wrong with the journal or the terminal.
pub async fn console(
    run: Run,
    clouds: Clouds,
    clock: Clock,
    options: Options,
    start: Option<Command>,
) -> miette::Result<Exit> {
    let path = run.path().to_owned();
    let label = match run.state().run.cloud {
        CloudName::Aws => Label::Real,
        CloudName::Sim => Label::Drill,
    };
    let mut session = Session::start(run, clouds, clock.clone(), options);
    if let Some(command) = start {
        if let Ok(Err(refusal)) = session.commander.send(command).await {
            session.close("refused").await.into_diagnostic()?;
            return Err(miette!(help = "{}", refusal.clear, "{}", refusal.why));
        }
    }
    let commander = session.commander.clone();
    let feed = std::mem::replace(&mut session.feed, tokio::sync::mpsc::unbounded_channel().1);
    let left = console::run(Setup { feed, commander: Some(commander), clock, label, journal: path.clone() }).await;
    let why = match &left {
        Ok(Left::Signal(name)) => name,
        Ok(Left::Quit(_)) => "quit",
        Err(_) => "the terminal was lost",
    };
    session.close(why).await.into_diagnostic()?;
    let go_on = format!("go on with: landfall resume {}", path.display());
    match left.into_diagnostic()? {
        Left::Quit(Some(RunOutcome::Completed | RunOutcome::CompletedWithExceptions)) => {
            println!("The run is over. Its journal: {}", path.display());
            Ok(Exit::Done)
        }
        Left::Quit(Some(RunOutcome::RolledBack)) => Ok(Exit::RolledBack),
        Left::Quit(Some(RunOutcome::Aborted)) => Ok(Exit::Failed),
        Left::Quit(Some(RunOutcome::Failed | RunOutcome::Held) | None) => {
            println!("The run is left where it stands; {go_on}");
            Ok(Exit::Done)
        }
        Left::Signal(name) => {
            eprintln!("landfall: stopped by {name}; nothing is lost. {go_on}");
            Ok(Exit::Interrupted)
        }
    }
}
