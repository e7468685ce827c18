//! `landfall debts`: what a run owes to the region that failed; paid at a person's word, in the run or behind its end.

use super::answer;
use super::cloud::Cloud;
use super::exit::Exit;
use super::headless::{self, Answers};
use super::live::{self, Driver, Prepared};
use super::out::say;
use super::pick::{self, For};
use super::values::ValuesArgs;
use super::{claim, known};
use crate::cloud::{Evidence, Observe};
use crate::engine::values::Vault;
use crate::engine::{Options, Run};
use crate::plan::{Side, StepId};
use crate::recovery::event::CloudName;
use crate::recovery::{Command, State, debts, telling, words};
use crate::service::{Ask, Registry};
use crate::text::shell_word;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// How long one look may take.
const LOOKS: Duration = Duration::from_secs(10);

/// Lists what a run owes to the region that failed, and with --pay does it: what had no answer, or was gone on without
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The run's journal, or the beginning of the run's id. Without it, the newest run that owes something.
    journal: Option<PathBuf>,
    /// Pay all that is owed, headless: each step is looked at before anything is sent. What is not done stays owed.
    #[arg(long)]
    pay: bool,
    /// Ask, reading only, whether what is owed answers there again; nothing is paid by it.
    #[arg(long, conflicts_with = "pay")]
    look: bool,
    /// What is owed as one object; with --pay one journal event a line, as it is appended.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    values: ValuesArgs,
    #[command(flatten)]
    driver: Driver,
}

/// Lists or pays what is owed.
///
/// # Errors
/// What is wrong with the journal, the arguments or the credentials; why nothing may be paid now.
pub async fn run(args: Args) -> miette::Result<Exit> {
    let journal = pick::journal(args.journal.as_deref(), For::Debts)?;
    let standing = live::standing(&journal)?;
    if !args.pay {
        let now = if args.look { looked(&standing, &journal).await? } else { Answering::new() };
        return list(&standing, &journal, args.json, &now);
    }
    if standing.debts.is_empty() && standing.paying.is_none() && debts::being_paid(&standing).is_empty() {
        say("landfall: this run owes nothing");
        return Ok(Exit::Done);
    }
    let answers = Answers::none();
    let (exit, left) = pay(&journal, &standing, &args.values, &args.driver, answers, args.json).await?;
    if left > 0 {
        let journal = shell_word(&journal.to_string_lossy());
        say(format_args!(
            "landfall: {} still owed; landfall debts {journal} says of each whether --pay can do it",
            words::steps(left)
        ));
        return Ok(Exit::Refused);
    }
    Ok(exit)
}

/// Pays all that the run at `standing` owes, in its own journal; gives how that ended, and how much is owed still.
///
/// # Errors
/// As [`run`].
pub(super) async fn pay(
    journal: &Path,
    standing: &State,
    values: &ValuesArgs,
    driver: &Driver,
    answers: Answers,
    json: bool,
) -> miette::Result<(Exit, usize)> {
    let seat = driver.seat(false);
    let opened = standing.run.clone();
    let _claim = claim::of(&opened, journal, &seat)?;
    let values = values.read(&opened, journal, false)?;
    let plugins = super::plugin::still(&standing.run.plan, false, true)?;
    let run = Run::resume(journal, &seat, |state| live::clock_for(state).now())?.with_values(values)?;
    known::note(journal);
    let clock = live::clock_for(run.state());
    let cloud = Cloud::of(&run, &seat.by, &clock, plugins).await?;
    let options = Options { by: seat.by, mode: None, pace: driver.pace() };
    // What was being paid when a session ended is gone on with.
    let pay = (!run.state().debts.is_empty()).then(|| Command::Pay { steps: Vec::new() });
    let exit = headless::drive(run, cloud, clock, options, answers, pay, json).await?;
    Ok((exit, live::standing(journal)?.debts.len()))
}

/// Whether what each debt is about answers now, or why it does not; of those that were asked about.
type Answering = BTreeMap<StepId, Result<(), String>>;

/// Asks once about each thing that something is owed of, in its region.
async fn looked(state: &State, journal: &Path) -> miette::Result<Answering> {
    let clock = live::clock_for(state);
    let (opened, began) = ((*state.run).clone(), state.begun_at);
    let plan = state.run.plan.clone();
    let cloud: Arc<dyn Observe> = match opened.cloud {
        CloudName::Sim => Arc::new(live::sim(&opened, began, &clock, Some(journal))?.observer()),
        CloudName::Aws => {
            let (journal, vault) = (journal.to_owned(), Vault::empty());
            live::looking(&Prepared { opened, clock, journal, vault, before: None, file: PathBuf::new() }).await?
        }
    };
    let asked = |owed: &debts::Owed<'_>| -> Option<(StepId, Vec<Ask>)> {
        let component = plan.component(&state.plan_step(owed.place).component)?;
        let sides = [Side::Primary, Side::Recovery];
        let side = sides.into_iter().find(|side| plan.application.region(*side) == owed.region)?;
        let looked = Registry.service(&component.kind)?.health(component, &plan.application, side)?;
        let asks: Vec<Ask> = looked.asks.into_iter().filter(|ask| ask.place.region == *owed.region).collect();
        (!asks.is_empty()).then(|| (owed.debt.step.clone(), asks))
    };
    let asked: Vec<(StepId, Vec<Ask>)> = debts::owed(state).iter().filter_map(asked).collect();
    // Beside each other: what one does not answer holds up no other.
    let looks = asked.into_iter().map(|(step, asks)| {
        let cloud = Arc::clone(&cloud);
        async move {
            let (evidence, _calls) = Evidence::channel();
            let seen = tokio::time::timeout(LOOKS, cloud.observe(&asks, &evidence)).await.unwrap_or_default();
            if seen.iter().any(|seen| seen.answer.is_ok()) {
                return (step, Ok(()));
            }
            let mut why = seen.into_iter().filter_map(|seen| Some(seen.answer.err()?.message.to_string()));
            (step, Err(why.next().unwrap_or_else(|| format!("nothing in {} s", LOOKS.as_secs()))))
        }
    });
    Ok(futures::future::join_all(looks).await.into_iter().collect())
}

fn list(state: &State, journal: &Path, as_json: bool, now: &Answering) -> miette::Result<Exit> {
    let (owed, paid) = (debts::owed(state), debts::being_paid(state));
    if as_json {
        let mut debts: Vec<_> = owed
            .iter()
            .map(|owed| {
                json!({
                    "step": owed.debt.step, "title": owed.debt.title, "fence": owed.debt.fence, "why": owed.debt.why,
                    "region": owed.region, "since": owed.since, "answers_since": owed.answers,
                    "is_sent": debts::is_sent(state, owed.place),
                    "answers_now": now.get(&owed.debt.step).map(Result::is_ok),
                })
            })
            .collect();
        debts.extend(paid.iter().map(|(place, debt)| {
            json!({
                "step": debt.step, "title": debt.title, "fence": debt.fence, "why": debt.why,
                "region": state.plan_step(*place).region, "since": state.steps[*place].started_at, "answers_since": null,
                "is_sent": debts::is_sent(state, *place), "answers_now": null, "being_paid": true,
            })
        }));
        let taken_up = state.taken_up.as_ref();
        let told = json!({"run": state.run.run, "over": state.is_over(), "debts": debts, "taken_up": taken_up});
        answer::print_json(&format!("{told}\n"))?;
        return Ok(Exit::Done);
    }
    if owed.is_empty() && paid.is_empty() {
        answer::print(&format!("{}: nothing is owed\n", state.run.run))?;
        return Ok(Exit::Done);
    }
    let mut told = format!("{}: {} owed\n", state.run.run, words::steps(owed.len() + paid.len()));
    for (place, debt) in &paid {
        let since = state.steps[*place].started_at.map_or_else(String::new, |at| format!(" since {}", words::wall(at)));
        let region = &state.plan_step(*place).region;
        told.push_str(&format!(
            "  {} in {region}, being paid{since}: not seen to be done ({})\n",
            debt.title, debt.step
        ));
    }
    for owed in &owed {
        let since = owed.since.map_or_else(String::new, |at| format!(" since {}", words::wall(at)));
        let how = telling::fence_words(owed.debt.fence);
        told.push_str(&format!("  {} in {}{since}, {how}\n", owed.debt.title, owed.region));
        told.push_str(&format!("    {} ({})\n", words::sentence(&owed.debt.why), owed.debt.step));
        if !debts::is_sent(state, owed.place) {
            told.push_str("    nothing can be sent for it: look at it yourself; --pay only looks again, and it is owed until that shows it\n");
        }
        match now.get(&owed.debt.step) {
            Some(Ok(())) => told.push_str("    what it is about answers again now\n"),
            Some(Err(why)) => told.push_str(&format!("    what it is about does not answer now: {why}\n")),
            None => {}
        }
        if let Some(at) = owed.answers {
            told.push_str(&format!("    what it is about answers again since {}\n", words::wall(at)));
        }
    }
    let journal = shell_word(&journal.to_string_lossy());
    if !paid.is_empty() {
        told.push_str(&format!("If nobody drives it any more: landfall debts {journal} --pay goes on with it\n"));
    }
    match &state.taken_up {
        Some(by) => told.push_str(&format!("Taken up by the failback {}: landfall resume {}\n", by.run, by.journal)),
        None if owed.iter().any(|owed| debts::is_sent(state, owed.place)) => {
            told.push_str(&format!("Once the region answers again: landfall debts {journal} --pay\n"));
        }
        None if owed.is_empty() => {}
        None => told.push_str(&format!(
            "None of it is paid by a word. Once you have looked: landfall debts {journal} --pay looks again; \
             landfall failback {journal} does not wait for it\n"
        )),
    }
    answer::print(&told)?;
    Ok(Exit::Done)
}
