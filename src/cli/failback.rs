//! `landfall failback`: the way back of a run that is over, as a plan that is derived from its journal; and its beginning.

use super::Refused;
use super::answer;
use super::exit::Exit;
use super::headless::Answers;
use super::known;
use super::live::{self, CloudArg, Driver, IntentArg, NewRun, Prepared};
use super::out::say;
use super::values::ValuesArgs;
use crate::cloud::Clock;
use crate::cloud::sim::{Scenario, rehearsal};
use crate::engine::glance::Glance;
use crate::engine::values::{Vault, in_its_file};
use crate::engine::{JournalError, Run, Seat, glance, journal, session};
use crate::files;
use crate::plan::{FromRun, Intent, Literals, Plan, Runbook, Source as ValueFrom, file, write};
use crate::recovery::event::{CloudName, Drill, JOURNAL_VERSION, TakenUp, WorldOf};
use crate::recovery::failback::{self, Derived, Source};
use crate::recovery::{Opened, RunOutcome, State, Status, debts};
use crate::service::{FaultKind, Plugins, Registry};
use crate::text::{Clean, shell_word};
use jiff::Timestamp;
use miette::{IntoDiagnostic, WrapErr, miette};
use std::path::{Path, PathBuf};

/// Prints the plan of the way back from a run that is over, derived from its journal; touches nothing
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The journal of the run that went over, or the beginning of the run's id.
    journal: PathBuf,
    /// Write the plan to this file, which must not be there, instead of standard output.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// A failback about to begin.
pub struct Begun {
    /// Its plan.
    pub plan: Plan,
    /// Its values.
    pub vault: Vault,
    /// The journal of the run that it goes back from.
    pub journal: PathBuf,
    /// The state of that.
    pub state: State,
}

/// Prints or writes the derived plan.
///
/// # Errors
/// Why there is no way back; an output that takes nothing.
pub fn run(args: &Args) -> miette::Result<Exit> {
    let path = super::pick::journal(Some(&args.journal), super::pick::For::Report)?;
    let (derived, _) = derive(&path)?;
    match &args.out {
        None => answer::print(&derived.file)?,
        Some(out) => {
            if out.exists() {
                let help = "name another: a file that is there is not written over";
                return Err(miette!(help = help, "{} exists already", out.display()));
            }
            let written = files::write_here(out, derived.file.as_bytes()).into_diagnostic();
            written.wrap_err_with(|| format!("{} cannot be made", out.display()))?;
            let (out, path) = (shell_word(&out.to_string_lossy()), shell_word(&path.to_string_lossy()));
            say(format_args!(
                "landfall: written; look at it, then: landfall open {out} --intent failback (from {path})"
            ));
        }
    }
    for kept in &derived.keeps {
        say(format_args!("landfall: kept, and paid for until somebody removes it: {kept}"));
    }
    Ok(Exit::Done)
}

fn derive(path: &Path) -> miette::Result<(Derived, State)> {
    let recorded = journal::read(path)?;
    if let Some(what) = recorded.later() {
        return Err(JournalError::Later { path: path.to_owned(), what }.into());
    }
    let mut state = session::fold(&recorded).ok_or_else(|| JournalError::Empty(path.to_owned()))?;
    state.taken_up = state.taken_up.filter(|by| !gives_way(by));
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let source = Source { journal: Clean::new(&absolute.to_string_lossy()), hash: Clean::new(&recorded.last_hash) };
    let derived =
        failback::derive(&state, &source).map_err(|none| Refused { why: none.to_string(), clear: none.clear })?;
    // What is written must be read as it is meant.
    file::read("the derived plan", derived.file.as_bytes(), &kinds_of(&derived))?;
    Ok((derived, state))
}

/// Its files are where the plan of the failover had them.
fn kinds_of(derived: &Derived) -> Plugins {
    super::plugin::kinds(Path::new("derived.toml"), derived.file.as_bytes())
}

/// Whether a failback that was begun was left before its start, or was taken back whole before anything was promoted: it is as
/// if it had not been, and another may be begun.
fn gives_way(by: &TakenUp) -> bool {
    let path = Path::new(by.journal.as_str());
    let is_driven = glance::glance(path, 0).map_or(true, |glance| glance.is_driven());
    let is_undone = |state: &State| {
        let is_rolled_back = state.ended.as_ref().is_some_and(|ended| ended.outcome == RunOutcome::RolledBack);
        is_rolled_back && state.promotions.is_empty()
    };
    let is_nothing = |state: State| state.run.run == by.run && (state.started.is_none() || is_undone(&state));
    !is_driven && live::standing(path).is_ok_and(is_nothing)
}

/// Refuses to go on with a failback that another one was begun in the place of, while it was not started.
///
/// # Errors
/// That it is not this one any more.
pub fn still_its_own(standing: &State) -> Result<(), Refused> {
    let Some(from) = &standing.run.plan.application.from_run else { return Ok(()) };
    let before = live::standing(Path::new(from.journal.as_str())).ok().and_then(|before| before.taken_up);
    match before.filter(|by| standing.started.is_none() && by.run != standing.run.run) {
        None => Ok(()),
        Some(by) => Err(Refused {
            why: format!("run {} was begun in its place", by.run),
            clear: format!("landfall resume {}", shell_word(&by.journal)),
        }),
    }
}

/// What a failback that is picked up again still has to say, and what refuses it: a session that died between making its journal
/// and saying so in the one of the run before says it now, and one of a region that has failed again since is refused for good.
///
/// # Errors
/// That the application was gone over with again; what is wrong with the journal of the run before.
pub fn picked_up(run: &Run, seat: &Seat, clock: &Clock) -> miette::Result<()> {
    let Some(from) = run.state().run.plan.application.from_run.clone() else { return Ok(()) };
    let before = PathBuf::from(from.journal.as_str());
    let Ok(standing) = live::standing(&before) else { return Ok(()) };
    if standing.taken_up.is_none() && !run.state().is_over() {
        begun(Some(&before), run, seat, clock)?;
    }
    Ok(())
}

/// Refuses to go on with a failback, or to take it back, beside which the application was gone over with again: what it knows of
/// the two sides is not so any more. That all of its return is done changes nothing: what is left of it makes a standby of the
/// side that serves by now.
///
/// # Errors
/// That it was, by which run.
pub fn failed_again(standing: &State, journal: &Path, goes_back: bool) -> Result<(), Refused> {
    let application = &standing.run.plan.application;
    if application.from_run.is_none() || (standing.is_over() && !goes_back) {
        return Ok(());
    }
    let Some(other) = gone_over_since(standing, journal, goes_back) else { return Ok(()) };
    let (region, run) = (&application.recovery, &other.run);
    let happened = match other.intent {
        Intent::Switchover => "was left again",
        Intent::Failover | Intent::Failback => "failed again",
    };
    let why =
        format!("{region} {happened}: run {run} was begun beside this failback, and what it knows is not so any more");
    let clear = format!("once that is over: landfall failback {}", shell_word(&other.path.to_string_lossy()));
    Err(Refused { why, clear })
}

/// The failover or switchover of the same application, of the same cloud, that was started since a failback was begun; and where that is to be
/// taken back, that has done anything that stands.
fn gone_over_since(standing: &State, journal: &Path, goes_back: bool) -> Option<Glance> {
    let run = &standing.run;
    let known = known::all().ok()?;
    let mut since = known.runs.into_iter().filter(|other| {
        other.application == run.plan.application.name
            && other.cloud == run.cloud
            && other.intent != Intent::Failback
            && run.plan.application.from_run.as_ref().is_none_or(|from| from.run != other.run)
    });
    let written_at = std::fs::metadata(journal).and_then(|about| about.modified()).ok();
    since.find(|other| {
        let is_newer = written_at.is_some_and(|at| other.written_at > at);
        // Of what cannot be read nobody knows what it did.
        let Ok(state) = live::standing(&other.path) else { return is_newer };
        // Drills have clocks of their own.
        let is_later = match run.cloud {
            CloudName::Aws => state.begun_at > standing.begun_at,
            CloudName::Sim => is_newer,
        };
        let stands = || state.steps.iter().any(|own| own.acted() && own.status != Status::Undone);
        state.started.is_some() && is_later && (!goes_back || stands())
    })
}

/// The failbacks of `opened`'s application that are open and that nobody drives: a failover or switchover that is started refuses them for good.
fn open_beside(opened: &Opened) -> Vec<Glance> {
    if opened.intent == Intent::Failback {
        return Vec::new();
    }
    let Ok(known) = known::all() else { return Vec::new() };
    let open = known.runs.into_iter().filter(|other| {
        other.application == opened.plan.application.name
            && other.cloud == opened.cloud
            && other.intent == Intent::Failback
            && !other.is_driven()
            && other.ended.as_ref().is_none_or(|(outcome, _)| matches!(outcome, RunOutcome::Held | RunOutcome::Failed))
    });
    open.collect()
}

/// Says which those are.
pub fn say_open_beside(opened: &Opened) {
    for other in open_beside(opened) {
        let (run, region) = (&other.run, &opened.plan.application.primary);
        say(format_args!(
            "landfall: the failback {run} to {region} is open, and nobody drives it: once this is started it is refused for good"
        ));
    }
}

/// The failback that `path` stands for: a journal that one is derived from, or a plan that was written from one.
///
/// # Errors
/// Why there is no way back, what is wrong with the plan, or that it is of another run than its journal is now.
pub fn begin(path: &Path, values: &ValuesArgs) -> miette::Result<Begun> {
    if is_journal(path) {
        let path = super::pick::journal(Some(path), super::pick::For::Report)?;
        let (derived, state) = derive(&path)?;
        let (plan, literals) = file::read_sealing("the derived plan", derived.file.as_bytes(), &kinds_of(&derived))?;
        let (plan, literals) = as_it_had(plan, literals, &state, &path, values)?;
        let (plan, vault) = Vault::of(plan, literals);
        return Ok(Begun { plan, vault, journal: path, state });
    }
    let (plan, vault) = super::values::read_plan(path)?;
    let Some(FromRun { journal, run, hash }) = plan.application.from_run.clone() else {
        let help = "name the journal of the run that went over; landfall failback JOURNAL --out FILE writes its plan";
        return Err(miette!(help = help, "{} is not the plan of a failback", path.display()));
    };
    let journal = PathBuf::from(journal.as_str());
    let (_, state) = derive(&journal)?;
    let (plan, vault) = match values.file() {
        None => (plan, vault),
        Some(_) => {
            let bytes = files::read(path, files::PLAN).into_diagnostic()?;
            let kinds = super::plugin::kinds(path, &bytes);
            let (plan, literals) = file::read_sealing(&path.display().to_string(), &bytes, &kinds)?;
            let (plan, literals) = as_it_had(plan, literals, &state, &journal, values)?;
            Vault::of(plan, literals)
        }
    };
    let now = journal::read(&journal)?.last_hash;
    if state.run.run != run || now != hash.as_str() {
        let clear = format!("derive it again: landfall failback {}", shell_word(&journal.to_string_lossy()));
        let why = format!("the plan was derived from run {run} at {hash}, and its journal stands at {now} now");
        return Err(Refused { why, clear }.into());
    }
    Ok(Begun { plan, vault, journal, state })
}

/// What stood in the plan of the run at `state` is read from there again, as whoever resumes that run reads it: nobody has to say
/// it a second time, and what it is not any more is taken only by a word. What is not there stays to be given.
fn as_it_had(
    mut plan: Plan,
    mut literals: Literals,
    state: &State,
    journal: &Path,
    values: &ValuesArgs,
) -> miette::Result<(Plan, Literals)> {
    let old = &state.run.plan;
    if old.sealed.values.iter().all(|value| value.from != ValueFrom::Plan) {
        return Ok((plan, literals));
    }
    values.unchanged(&state.run, journal)?;
    let absolute = values.file();
    let mut found = in_its_file(old, absolute.as_deref());
    for (value, literal) in plan.sealed.values.iter_mut().zip(&mut literals) {
        let is_asked_for = matches!(&value.from, ValueFrom::Env(name) if name.as_str() == write::variable(&value.name));
        if let Some(had) = found.remove(&value.name).filter(|_| is_asked_for) {
            (value.from, *literal) = (ValueFrom::Plan, Some(had));
        }
    }
    plan.sealed.file = absolute.map(|path| Clean::new(&path.display().to_string())).or_else(|| old.sealed.file.clone());
    Ok((plan, literals))
}

/// An embedded scenario of a way back, or one in a file.
fn scenario(name: &str) -> miette::Result<Scenario> {
    let embedded = rehearsal::failbacks().into_iter().find(|scenario| scenario.name.as_str() == name);
    embedded.map_or_else(|| live::read_scenario(name), Ok)
}

/// What the run that is gone back from still owes is done first of all, in that run's own journal and as `landfall debts --pay`
/// does it, where the word was given that lets the way back begin: `confirm` names the region that is gone back to. What was
/// paid before is not paid again, and without all of it paid there is no way back.
///
/// # Errors
/// What is wrong with the journal, the values of its plan or the credentials; what is owed still.
pub async fn pay_first(new: &NewRun, confirm: Option<&str>, driver: &Driver, json: bool) -> miette::Result<()> {
    let (Some(IntentArg::Failback), Some(path), Some(confirm)) = (new.intent, &new.plan, confirm) else {
        return Ok(());
    };
    if !is_journal(path) {
        return Ok(());
    }
    let path = super::pick::journal(Some(path), super::pick::For::Report)?;
    let standing = live::standing(&path)?;
    let is_back = standing.run.plan.application.primary.as_str() == confirm;
    if !is_back || !failback::owes_only(&standing) {
        return Ok(());
    }
    let (owed, paid) = (debts::owed(&standing), debts::being_paid(&standing));
    let debts = owed.iter().map(|owed| owed.debt).chain(paid.into_iter().map(|(_, debt)| debt));
    let titles: Vec<&str> = debts.map(|debt| debt.title.as_str()).collect();
    say(format_args!("landfall: first of all what run {} still owes: {}", standing.run.run, titles.join(", ")));
    // Its events are another run's: of two runs' lines nobody could tell which is whose.
    let answers = Answers { quiet: json, ..Answers::none() };
    let values = ValuesArgs::default();
    let (_, left) = super::debts::pay(&path, &standing, &values, driver, answers, false).await?;
    if left > 0 && failback::owes_only(&live::standing(&path)?) {
        let journal = shell_word(&path.to_string_lossy());
        let why = "not all that is owed was paid, and nothing of the way back was begun".to_owned();
        return Err(Refused { why, clear: format!("see why, and pay it: landfall debts {journal}") }.into());
    }
    Ok(())
}

/// Whether `path` is a journal, or the beginning of a run's id, and not the plan of a failback.
fn is_journal(path: &Path) -> bool {
    files::read(path, files::PLAN).ok().is_none_or(|bytes| bytes.starts_with(b"{\"seq\":0,"))
}

/// Sets the failback up that `new` asks for. Touches nothing outside.
///
/// # Errors
/// Everything that is wrong with the journal, the plan or the arguments.
pub fn prepare(new: &NewRun) -> miette::Result<Prepared> {
    let Some(path) = &new.plan else {
        let help = "landfall open JOURNAL --intent failback; landfall runs lists the journals";
        return Err(miette!(help = help, "a failback is derived from the journal of the run that went over: name it"));
    };
    let values = ValuesArgs { plan: new.values_plan.clone(), changed: new.changed.clone() };
    let Begun { plan, vault, journal: before, state } = begin(path, &values)?;
    let cloud = state.run.cloud;
    let is_other = match new.cloud {
        Some(CloudArg::Sim) => cloud != CloudName::Sim,
        Some(CloudArg::Aws) => cloud != CloudName::Aws,
        None => false,
    };
    if is_other {
        return Err(miette!(help = "leave --cloud out", "that run was on another cloud, and is gone back from there"));
    }
    if new.seed.is_some() || (new.scenario.is_some() && cloud == CloudName::Aws) {
        return Err(miette!(help = "leave it out", "the world of a failback is the one that the run before left"));
    }
    let scenario = new.scenario.as_deref().map(scenario).transpose()?;
    let drill = state.run.drill.clone().map(|drill| Drill {
        time_scale: new.time_scale.unwrap_or(drill.time_scale),
        scenario: scenario.map(|scenario| scenario.text().to_owned()),
        surprise: false,
        world: Some(drill.world.unwrap_or_else(|| WorldOf {
            plan: state.run.plan.clone(),
            intent: state.run.intent,
            started_at: state.begun_at,
        })),
        seed: drill.seed,
    });
    // Never before what was done there.
    let clock = Clock::new(Timestamp::now().max(state.at), drill.as_ref().map_or(1.0, |drill| drill.time_scale));
    let declared_at = match &new.declared_at {
        Some(text) => live::declared(text, clock.now())?,
        None => clock.now(),
    };
    let runbook = Runbook::compile(&plan, Intent::Failback, &Registry).into_diagnostic()?;
    let runbook = runbook.part(&new.part.asked(), &plan)?;
    // To see that a region answers is no way back.
    if runbook.steps.iter().all(|step| step.left_out.is_some() || step.component.as_str() == failback::REGION) {
        return Err(crate::plan::part::NoPart::Nothing.into());
    }
    let run = live::run_id(&plan, clock.now());
    let journal = live::new_journal(new.journal.as_deref(), &run, cloud)?;
    let opened = Opened {
        version: JOURNAL_VERSION,
        run: Clean::new(&run),
        intent: Intent::Failback,
        cloud,
        declared_at,
        plan,
        runbook,
        drill,
        program: Clean::new(concat!("landfall ", env!("CARGO_PKG_VERSION"))),
        endpoint: (cloud == CloudName::Aws).then(live::endpoint).flatten(),
    };
    Ok(Prepared { opened, clock, journal, vault, before: Some(before), file: PathBuf::new() })
}

/// A failback's journal is there: the world of a drill goes on beside it, and the journal of the run before says so, from now on
/// the one place where what it owes is paid.
///
/// # Errors
/// What is wrong with that journal; that somebody drives that run.
pub fn begun(before: Option<&Path>, run: &Run, seat: &Seat, clock: &Clock) -> miette::Result<()> {
    let Some(before) = before else { return Ok(()) };
    if run.state().run.drill.is_some() && run.state().started.is_none() {
        let (from, to) = (live::world_beside(before), live::world_beside(run.path()));
        std::fs::copy(&from, &to).into_diagnostic().wrap_err("the simulated world of the run before")?;
        let opened = run.opened();
        let world = live::sim(&opened, run.started_at(), clock, Some(run.path()))?;
        // Both regions are healthy again, but for what this drill is about.
        for fault in world.standing() {
            world.end(&fault).into_diagnostic()?;
        }
        let scenario = opened.drill.as_ref().and_then(|drill| drill.scenario.as_deref()).map(Scenario::parse);
        let faults = scenario.into_iter().flatten().flat_map(|scenario| scenario.faults);
        // What was owed is paid by now.
        for fault in faults.filter(|fault| fault.kind != FaultKind::DebtUnanswered) {
            world.inject(fault).into_diagnostic()?;
        }
    }
    let own = std::path::absolute(run.path()).unwrap_or_else(|_| run.path().to_owned());
    let by = TakenUp { run: run.state().run.run.clone(), journal: Clean::new(&own.to_string_lossy()) };
    Ok(Run::say_behind(before, seat, by)?)
}
