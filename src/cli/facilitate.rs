//! `landfall drill --facilitate`: the facilitator at a second terminal. Leaves wishes for the drill's own session, and
//! reads in its journal what became of them.

use super::exit::Exit;
use super::{Refused, answer, narrate};
use crate::engine::follow::{Following, Until, follow};
use crate::engine::requests::{self, Request};
use crate::plan::{Intent, Plan};
use crate::recovery::facilitate::{self, whose};
use crate::recovery::{Event, Facilitate, State, What};
use crate::service::fault::Target;
use crate::service::{AimedFault, FaultKind};
use crate::text::Clean;
use miette::{IntoDiagnostic, WrapErr, miette};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long the drill's session is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// The facilitator's part at a second terminal.
#[derive(Debug, clap::Args)]
pub struct FacilitateArgs {
    /// Facilitate the drill of this journal, which runs in another process: list what goes wrong and what can, or
    /// --inject and --end.
    #[arg(long, value_name = "JOURNAL", conflicts_with_all = ["scenario", "plan"])]
    pub facilitate: Option<PathBuf>,
    /// Let something go wrong from now on, such as region-dark=us-east-1 or tasks-crash=api.
    #[arg(long, value_name = "FAULT=TARGET", requires = "facilitate")]
    inject: Option<String>,
    /// Let it go wrong no more.
    #[arg(long, value_name = "FAULT=TARGET", requires = "facilitate", conflicts_with = "inject")]
    end: Option<String>,
}

/// Lists, injects or ends faults.
///
/// # Errors
/// What is wrong with the journal or the arguments; why the drill refuses.
pub async fn run(journal: &Path, args: &FacilitateArgs, by: Clean) -> miette::Result<Exit> {
    let mut following = follow(journal, Until::Dropped)?;
    let mut state = so_far(journal)?;
    let (plan, intent) = (&state.run.plan, state.run.intent);
    let wish = match (&args.inject, &args.end) {
        (Some(text), _) => Facilitate::Inject(fault(text, plan, intent)?),
        (None, Some(text)) => Facilitate::End(standing(text, &state)?),
        (None, None) => {
            answer::print(&list(&state))?;
            return Ok(Exit::Done);
        }
    };
    facilitate::decide(&state, wish.clone()).map_err(Refused::from)?;
    if !state.driven {
        let clear = format!("go on with it first: landfall resume {}", journal.display());
        return Err(Refused { why: "no session drives this drill".to_owned(), clear }.into());
    }
    let request = Request { by, wish };
    requests::leave(journal, &request).into_diagnostic().wrap_err("the wish could not be left beside the journal")?;
    match tokio::time::timeout(PATIENCE, taken_up(&mut following, &mut state, &request)).await {
        Ok(Some(line)) => {
            answer::print(&format!("{line}\n"))?;
            Ok(Exit::Done)
        }
        Ok(None) | Err(_) => Err(Refused {
            why: "the drill's session did not take it up".to_owned(),
            clear: "see that its console is open and not suspended; `landfall open --cloud sim`, `drill` and `resume` \
                    take wishes, headless runs do not"
                .to_owned(),
        }
        .into()),
    }
}

/// The run as its journal has it now.
fn so_far(journal: &Path) -> miette::Result<State> {
    let recorded = crate::engine::journal::read(journal)?;
    crate::engine::session::fold(&recorded).ok_or_else(|| miette!("{} holds no run", journal.display()))
}

/// Waits for the event that `request` becomes, and tells it.
async fn taken_up(following: &mut Following, state: &mut State, request: &Request) -> Option<String> {
    let seen = state.seq;
    while let Some(batch) = following.feed.recv().await {
        for event in batch.iter().filter(|event| event.seq > seen) {
            state.fold(event);
            if is_answer(event, request) {
                return narrate::line(event, state);
            }
        }
    }
    None
}

fn is_answer(event: &Event, request: &Request) -> bool {
    if event.by != request.by {
        return false;
    }
    match &request.wish {
        Facilitate::Inject(fault) => event.what == What::FaultInjected { fault: fault.clone(), scripted: false },
        Facilitate::End(fault) => event.what == What::FaultEnded { fault: fault.clone(), scripted: false },
    }
}

/// `region-dark=us-east-1` as a fault that fits `plan`.
fn fault(text: &str, plan: &Plan, intent: Intent) -> miette::Result<AimedFault> {
    let (word, name) = parts(text)?;
    let kind = FaultKind::of_a_drill(intent).find(|kind| kind.word() == word).ok_or_else(|| {
        let words: Vec<&str> = FaultKind::of_a_drill(intent).map(|kind| kind.word()).collect();
        miette!(help = format!("the faults are: {}", words.join(", ")), "`{word}` is no fault to inject")
    })?;
    let targets = kind.targets(plan);
    let target = targets.iter().find(|target| target.name() == name).ok_or_else(|| {
        let help = match names(&targets) {
            names if names.is_empty() => format!("{word} fits nothing in this plan"),
            names => format!("{word} fits: {names}"),
        };
        miette!(help = help, "{word} does not fit `{name}`")
    })?;
    Ok(AimedFault::new(kind, target.clone()))
}

/// The fault that stands and is written so.
fn standing(text: &str, state: &State) -> miette::Result<AimedFault> {
    let (word, name) = parts(text)?;
    let mut faults = state.faults.iter().map(|standing| &standing.fault);
    let found = faults.find(|fault| fault.fault.word() == word && fault.target.name() == name);
    found.cloned().ok_or_else(|| {
        let standing: Vec<String> = state.faults.iter().map(|standing| written(&standing.fault)).collect();
        let help = if standing.is_empty() { "nothing goes wrong now".to_owned() } else { standing.join(", ") };
        miette!(help = help, "{text} does not stand")
    })
}

fn parts(text: &str) -> miette::Result<(&str, &str)> {
    text.split_once('=').ok_or_else(|| {
        miette!(help = "write it as FAULT=TARGET, such as region-dark=us-east-1", "`{text}` says no target")
    })
}

fn written(fault: &AimedFault) -> String {
    format!("{}={}", fault.fault.word(), fault.target.name())
}

fn names(targets: &[Target]) -> String {
    targets.iter().map(Target::name).collect::<Vec<_>>().join(", ")
}

fn list(state: &State) -> String {
    let mut text = String::from(if state.faults.is_empty() { "nothing goes wrong now\n" } else { "goes wrong now\n" });
    for standing in &state.faults {
        let whose = whose(&standing.by, standing.scripted);
        text.push_str(&format!("  {:<34} {whose}: {}\n", written(&standing.fault), standing.fault.begins()));
    }
    text.push_str("\ncan go wrong, with --inject FAULT=TARGET\n");
    for kind in FaultKind::of_a_drill(state.run.intent) {
        let targets = kind.targets(&state.run.plan);
        let targets = if targets.is_empty() { "fits nothing in this plan".to_owned() } else { names(&targets) };
        text.push_str(&format!("  {:<20} {}\n      {targets}\n", kind.word(), kind.about()));
    }
    text
}
