//! `landfall resume` and `landfall rollback`: a journal picked up again, in the console or headless.

use super::Refused;
use super::cloud::Cloud;
use super::exit::Exit;
use super::headless::{self, Answers};
use super::live::{self, Driver};
use super::look::LookArgs;
use super::pick::{self, For};
use super::values::ValuesArgs;
use super::{claim, known, open, shelf};
use crate::console::Begins;
use crate::engine::{Options, Run};
use crate::plan::StepId;
use crate::recovery::event::CloudName;
use crate::recovery::{Command, RunOutcome};
use crate::text::{Clean, shell_word};
use std::path::{Path, PathBuf};

/// Goes on with a run from its journal: looks at what happened before it does anything
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    again: Again,
    /// With --auto: try this step again, which failed, before going on; may be given more than once.
    #[arg(long, value_name = "STEP", requires = "auto")]
    retry: Vec<String>,
}

/// Goes back: undoes what acted, in reverse start order, but for what cannot be undone
#[derive(Debug, clap::Args)]
pub struct RollbackArgs {
    #[command(flatten)]
    again: Again,
    /// Go back only to before this step.
    #[arg(long, value_name = "STEP")]
    to: Option<String>,
    /// Go past a store's point of no return too, with the reason that the report will show: a false alarm, where the old
    /// side is whole and the new one took no writes worth keeping. What was written since the promotion is lost.
    #[arg(long, value_name = "WHY")]
    past_the_point: Option<String>,
    /// Why, for the report.
    #[arg(long, value_name = "WHY", default_value = "asked for on the command line")]
    reason: String,
}

#[derive(Debug, clap::Args)]
struct Again {
    /// The run's journal, or the beginning of the run's id. Without it, the one that is left and unfinished, if it is the
    /// only one.
    journal: Option<PathBuf>,
    /// Without a console: go on by itself, to the end or to the first question without an answer.
    #[arg(long)]
    auto: bool,
    /// With --auto: one journal event a line on standard output, as it is appended.
    #[arg(long, requires = "auto")]
    json: bool,
    /// Take the run over from a session that cannot be reached any more. Its writes are refused from then on.
    #[arg(long)]
    take_over: bool,
    /// Go on with plug-ins that are not what they were when the run began: somebody here trusts what they are now.
    #[arg(long)]
    changed_plugins: bool,
    #[command(flatten)]
    values: ValuesArgs,
    #[command(flatten)]
    answers: Answers,
    #[command(flatten)]
    driver: Driver,
    #[command(flatten)]
    look: LookArgs,
}

/// Resumes a run.
///
/// # Errors
/// What is wrong with the journal, the arguments or the credentials.
pub async fn resume(args: Args) -> miette::Result<Exit> {
    let mut again = args.again;
    again.answers.retry = args.retry.iter().map(|step| StepId::new(step)).collect();
    go_on(again, For::Resume, None).await
}

/// Rolls a run back.
///
/// # Errors
/// What is wrong with the journal, the arguments or the credentials; why it cannot go back.
pub async fn rollback(args: RollbackArgs) -> miette::Result<Exit> {
    let start = Command::RollBack {
        to: args.to.as_deref().map(StepId::new),
        typed: Clean::new(args.again.answers.confirm.as_deref().unwrap_or_default()),
        reason: Clean::new(&args.reason),
        past_the_point: args.past_the_point.as_deref().map(Clean::new),
    };
    go_on(args.again, For::Rollback, Some(start)).await
}

async fn go_on(again: Again, wanted: For, start: Option<Command>) -> miette::Result<Exit> {
    let seat = again.driver.seat(again.take_over);
    let journal = pick::journal(again.journal.as_deref(), wanted)?;
    let standing = live::standing(&journal)?;
    super::failback::still_its_own(&standing)?;
    super::failback::failed_again(&standing, &journal, start.is_some())?;
    // A rollback that was cut off is gone on with, not begun again.
    let is_under_way = standing.rollback.as_ref().is_some_and(|rollback| rollback.stopped.is_none());
    let start = start.filter(|_| !is_under_way);
    if start.is_none() && standing.ended.as_ref().is_some_and(|ended| ended.outcome == RunOutcome::RolledBack) {
        // Who resumes a rollback that was cut off may come when it is done: it is told how it ended.
        super::out::say("this run was rolled back: there is nothing left to do");
        return Ok(Exit::RolledBack);
    }
    // Behind its end the console shows what it owes, which is paid there at a word.
    let opens_debts = standing.is_over() && !standing.debts.is_empty() && !again.auto;
    if start.is_none() && standing.is_over() && !opens_debts {
        if !standing.debts.is_empty() {
            let journal = shell_word(&journal.to_string_lossy());
            let clear = format!("landfall debts {journal} lists it, and says what --pay can do");
            return Err(Refused {
                why: "this run is over, and owes something: nothing of it is retried by itself".to_owned(),
                clear,
            }
            .into());
        }
        let clear = format!(
            "landfall rollback {} goes back, where going back is possible",
            shell_word(&journal.to_string_lossy())
        );
        return Err(Refused { why: "this run is over: there is nothing to resume".to_owned(), clear }.into());
    }
    let opened = standing.run.clone();
    again.answers.check(&opened)?;
    let _claim = claim::of(&opened, &journal, &seat)?;
    // Asked before the run is taken: who is refused here changes nothing.
    let values = again.values.read(&opened, &journal, !again.auto)?;
    let plugins = super::plugin::still(&opened.plan, again.changed_plugins, !again.auto)?;
    let run = Run::resume(&journal, &seat, |state| live::clock_for(state).now())?.with_values(values)?;
    known::note(&journal);
    let clock = live::clock_for(run.state());
    super::failback::picked_up(&run, &seat, &clock)?;
    let cloud = Cloud::of(&run, &seat.by, &clock, plugins).await?;
    let by = seat.by;
    let options = Options { by, mode: None, pace: again.driver.pace() };
    if again.auto {
        return headless::drive(run, cloud, clock, options, again.answers, start, again.json).await;
    }
    // The console shows what going back would do, and asks first: nothing is sent before.
    let begins = if start.is_some() { Begins::RollingBack } else { Begins::Overview };
    // Where its plan lay is not in a journal: snapshots are looked for beside whoever resumes it.
    let plan = &run.state().run.plan;
    let shelf = match run.state().run.cloud {
        CloudName::Aws => shelf::look(plan, Path::new("")),
        CloudName::Sim => shelf::simulated(plan),
    };
    open::console(run, cloud, clock, options, again.look, begins, shelf).await
}
