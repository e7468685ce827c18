//! The command line: one file a command. Reads arguments, calls the floors below, prints the answer to standard
//! output and everything else to standard error.

mod answer;
mod branch;
mod capture;
mod check;
mod check_live;
mod claim;
mod cloud;
mod codify;
mod completions;
pub mod config;
mod copy;
mod debts;
mod drift;
mod drill;
mod drill_back;
mod drill_scheduled;
mod drills;
mod drills_timer;
pub mod exit;
mod facilitate;
mod failback;
mod folder;
mod headless;
mod import;
mod init;
mod journal;
pub mod keys;
mod kinds;
mod known;
mod live;
mod logging;
mod look;
mod man;
mod narrate;
mod onlooker;
mod open;
mod out;
mod panics;
mod part;
mod pick;
mod plain;
mod plan;
mod plugin;
mod replay;
mod report;
mod restore;
mod resume;
mod run;
mod runs;
mod shelf;
mod signals;
mod snapshot;
mod themes;
mod values;
mod watch;
mod which;
mod written;

use crate::console::ConsoleError;
use crate::engine::JournalError;
use crate::engine::claim::ClaimError;
use crate::files;
use crate::plan::{Plan, file};
use clap::{CommandFactory, Parser};
use exit::Exit;
use miette::{IntoDiagnostic, WrapErr};
use std::path::Path;

const EXITS: &str = "Exit codes: 0 done · 1 internal error · 2 bad usage, plan or journal · 3 refused (not ready, lease \
held or lost, gate unanswered) · 4 ended failed or aborted · 5 rolled back · 130 interrupted";

/// Landfall brings an application up in another cloud region, in the right order, with a way back.
///
/// Without a command it opens the console on the embedded rehearsal: an outage already under way, on two simulated
/// regions. No file and no credentials are needed, and nothing outside is touched.
#[derive(Debug, Parser)]
#[command(name = "landfall", version, after_help = EXITS)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Init(init::Args),
    Import(import::Args),
    Codify(codify::Args),
    Restore(restore::Args),
    Check(check::Args),
    Plan(plan::Args),
    Open(open::Args),
    Run(run::Args),
    Drill(drill::Args),
    Drills(drills::Args),
    Resume(resume::Args),
    Rollback(resume::RollbackArgs),
    Debts(debts::Args),
    Failback(failback::Args),
    Capture(capture::Args),
    Snapshot(snapshot::Args),
    Drift(drift::Args),
    Watch(watch::Args),
    Replay(replay::Args),
    Report(report::Args),
    Runs(runs::Args),
    Journal(journal::Args),
    Kinds(kinds::Args),
    Plugin(plugin::Args),
    Keys(keys::Args),
    Themes(themes::Args),
    Completions(completions::Args),
    Man(man::Args),
}

/// Runs the command line and gives the exit code.
pub fn main() -> Exit {
    panics::watched(command)
}

fn command() -> Exit {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version come this way too, and go to standard output.
            out::usage(&error);
            return if error.use_stderr() { Exit::Usage } else { Exit::Done };
        }
    };
    logging::start();
    let result = match cli.command {
        None => live(open::run(open::Args::rehearsal())),
        Some(Command::Init(args)) => init::run(&args),
        Some(Command::Import(args)) => import::run(&args),
        Some(Command::Codify(args)) => codify::run(&args),
        Some(Command::Restore(args)) => restore::run(&args),
        Some(Command::Check(args)) => check::run(&args),
        Some(Command::Plan(args)) => plan::run(&args),
        Some(Command::Open(args)) => live(open::run(args)),
        Some(Command::Run(args)) => live(run::run(args)),
        Some(Command::Drill(args)) => live(drill::run(args)),
        Some(Command::Drills(args)) => drills::run(&args),
        Some(Command::Resume(args)) => live(resume::resume(args)),
        Some(Command::Rollback(args)) => live(resume::rollback(args)),
        Some(Command::Debts(args)) => live(debts::run(args)),
        Some(Command::Failback(args)) => failback::run(&args),
        Some(Command::Capture(args)) => live(capture::run(args)),
        Some(Command::Snapshot(args)) => snapshot::run(&args),
        Some(Command::Drift(args)) => live(drift::run(args)),
        Some(Command::Report(args)) => report::run(&args),
        Some(Command::Runs(args)) => runs::run(&args),
        Some(Command::Watch(args)) => live(watch::run(args)),
        Some(Command::Replay(args)) => live(replay::run(args)),
        Some(Command::Journal(args)) => journal::run(&args),
        Some(Command::Kinds(args)) => kinds::run(&args),
        Some(Command::Plugin(args)) => plugin::run(&args),
        Some(Command::Keys(args)) => keys::run(&args),
        Some(Command::Themes(args)) => themes::run(&args),
        Some(Command::Completions(args)) => completions::run(&args),
        Some(Command::Man(args)) => man::run(&args),
    };
    result.unwrap_or_else(|report| fail(&report))
}

/// Runs what waits for clouds, people and disks.
fn live(command: impl Future<Output = miette::Result<Exit>>) -> miette::Result<Exit> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().into_diagnostic()?;
    let result = runtime.block_on(command);
    // A call that hangs in a dark region must not hold up the end.
    runtime.shutdown_background();
    result
}

/// Shows what went wrong, and gives the exit code for it.
fn fail(report: &miette::Report) -> Exit {
    out::fail(report);
    exit_of(report)
}

fn exit_of(report: &miette::Report) -> Exit {
    match report.downcast_ref::<JournalError>() {
        Some(JournalError::Held { .. } | JournalError::Superseded { .. } | JournalError::Busy { .. }) => {
            return Exit::Refused;
        }
        Some(
            JournalError::Disk { .. }
            | JournalError::Unwritten { .. }
            | JournalError::Exists(_)
            | JournalError::Empty(_)
            | JournalError::NotAJournal(_)
            | JournalError::Damaged { .. }
            | JournalError::Later { .. }
            | JournalError::Lost { .. }
            | JournalError::Spent(_),
        ) => return Exit::Usage,
        Some(JournalError::Event(_)) => return Exit::Internal,
        None => {}
    }
    if report.downcast_ref::<Internal>().is_some() || matches!(report.downcast_ref(), Some(ConsoleError::Panicked)) {
        return Exit::Internal;
    }
    if report.downcast_ref::<Refused>().is_some() || matches!(report.downcast_ref(), Some(ClaimError::Held { .. })) {
        return Exit::Refused;
    }
    Exit::Usage
}

/// A mistake of this program's own.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("internal error: {0}")]
#[diagnostic(help("the journal has all that happened up to here: landfall journal verify says whether it is whole"))]
struct Internal(String);

/// A refusal of the run itself, with what would clear it.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("{why}")]
struct Refused {
    why: String,
    #[help]
    clear: String,
}

impl From<crate::recovery::Refusal> for Refused {
    fn from(refusal: crate::recovery::Refusal) -> Self {
        Self { why: refusal.why, clear: refusal.clear }
    }
}

/// Reads a plan file.
///
/// # Errors
/// When it cannot be read, and everything that is wrong with it.
fn read_plan(path: &Path) -> miette::Result<Plan> {
    let bytes = files::read(path, files::PLAN)
        .into_diagnostic()
        .wrap_err_with(|| format!("the plan {} cannot be read", path.display()))?;
    Ok(file::read(&path.display().to_string(), &bytes, &plugin::kinds(path, &bytes))?)
}

/// The command line as clap knows it, for completions and the manual.
fn definition() -> clap::Command {
    Cli::command()
}
