//! `landfall capture`: reads an application as it runs, by its tags, its plan and what refers to what, and keeps it as a
//! file. It changes nothing and reads no secret.

pub(super) mod scope;
pub(super) mod stored;
#[cfg(test)]
mod tests;

use super::answer;
use super::exit::Exit;
use super::live::CloudArg;
use super::out;
use crate::cloud::sim::{Sim, SimOptions, SimReader};
use crate::cloud::{Clock, Evidence, aws, read};
use crate::inventory::{Scope, Survey, registry};
use crate::plan::{AccountName, Intent, Plan, Region, Side, duration};
use crate::snapshot::{Gap, Sealer, Snapshot, Taken, redact};
use jiff::Timestamp;
use miette::{IntoDiagnostic, WrapErr, miette};
use serde_json::json;
use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use stored::Store;

/// The folder, among the snapshots, of what was captured of simulated regions.
pub(super) const SIMULATED: &str = "simulated";

/// Reads an application as it runs, and keeps it as a file; exit 3 when not all of it could be read
///
/// What carries the tags of the plan's [capture], what its components name, and what these refer to. Nothing is changed, and
/// no secret is read: what looks like one is sealed.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The plan.
    #[arg(required_unless_present = "policy")]
    plan: Option<PathBuf>,
    /// The region: primary, recovery, or one by its name.
    #[arg(long, default_value = "primary", value_name = "REGION")]
    region: String,
    /// The account of the plan whose credentials are used; those that Landfall is started with when left out.
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
    /// The cloud: the real one, or what the plan makes of a simulated one, before anything happens in it.
    #[arg(long, value_enum, default_value = "aws", conflicts_with = "account")]
    cloud: CloudArg,
    /// The folder of snapshots; by default what the plan says, else `snapshots` beside it.
    #[arg(long, value_name = "FOLDER")]
    store: Option<PathBuf>,
    /// Only when the last one is older than `every` in the plan's [capture]; for cron.
    #[arg(long)]
    due: bool,
    /// Keep it although nothing changed.
    #[arg(long)]
    always: bool,
    /// Exit 0 although something could not be read.
    #[arg(long)]
    allow_incomplete: bool,
    /// Print the least IAM policy that a capture needs instead.
    #[arg(long)]
    policy: bool,
    /// For other programs: one object.
    #[arg(long)]
    json: bool,
}

/// Captures, and writes where it was kept to standard output.
///
/// # Errors
/// A plan, a key or a store that cannot be used; an output that takes nothing.
pub async fn run(args: Args) -> miette::Result<Exit> {
    if args.policy {
        answer::print_json(&format!("{:#}\n", registry::policy()))?;
        return Ok(Exit::Done);
    }
    let path = args.plan.as_deref().ok_or_else(|| miette!("no plan is given"))?;
    let plan = super::read_plan(path)?;
    let side = match args.region.as_str() {
        "primary" => Some(Side::Primary),
        "recovery" => Some(Side::Recovery),
        other => {
            [Side::Primary, Side::Recovery].into_iter().find(|side| plan.application.region(*side).as_str() == other)
        }
    };
    let region = side.map_or_else(|| Region::new(&args.region), |side| plan.application.region(side).clone());
    let account = args.account.as_deref().map(AccountName::new);
    if let Some(name) = account.as_ref().filter(|name| !plan.accounts.contains_key(*name)) {
        return Err(miette!("the plan has no [account.{name}]"));
    }
    let mut store = Store::of(&plan, path, args.store.as_deref());
    if args.cloud == CloudArg::Sim && args.store.is_none() {
        // Nobody is to take what was simulated for what runs.
        store.0.push(SIMULATED);
    }
    store.takes(&plan.application.name)?;
    let last = store.latest(&plan.application.name, Some(region.as_str()))?;
    if args.due && !is_due(&plan, last.as_ref())? {
        return Ok(Exit::Done);
    }
    let sealer = Sealer::new(stored::key(&plan, path, &store)?);
    let survey = Survey::new(made_of(&plan, side, &region, account.as_ref())?, sealer);
    let snapshot = match args.cloud {
        CloudArg::Aws => capture(&plan, &region, account.as_ref(), survey).await,
        CloudArg::Sim => {
            let Some(side) = side else {
                return Err(miette!(
                    help = "say --region primary or --region recovery",
                    "the simulated cloud has the plan's two regions, and {region} is none of them"
                ));
            };
            simulated(&plan, side, survey).await?
        }
    };
    if snapshot.resources.is_empty() {
        let first = snapshot.gaps.first().map(|gap| format!(": {} {}", gap.error, gap.operation)).unwrap_or_default();
        let clear = "look at the credentials, the region and the tags in [capture]; landfall check --live tells more"
            .to_owned();
        return Err(super::Refused {
            why: format!("nothing was found in {region}, and nothing was kept{first}"),
            clear,
        }
        .into());
    }
    keep(&args, &store, &snapshot, last.as_ref())
}

/// Whether the last snapshot is older than the plan allows; says so when it is not.
fn is_due(plan: &Plan, last: Option<&stored::Kept>) -> miette::Result<bool> {
    let Some(every) = plan.capture.every_seconds else {
        return Err(miette!(
            help = "add every = \"1d\" to [capture]",
            "the plan does not say how often it is captured"
        ));
    };
    let Some(last) = last else { return Ok(true) };
    let age = Timestamp::now().duration_since(last.at).as_secs_f64();
    if age >= every {
        return Ok(true);
    }
    out::say(format_args!(
        "not due: the last one is {} old, one is taken every {}",
        duration::show(age.floor()),
        duration::show(every)
    ));
    Ok(false)
}

/// Captures `plan` in `region` as it runs, and keeps nothing; values are sealed by the plan's key.
///
/// # Errors
/// A key that cannot be used; nothing that says what the application is made of.
pub(super) async fn live(
    plan: &Plan,
    path: &Path,
    region: &Region,
    account: Option<&AccountName>,
) -> miette::Result<Snapshot> {
    let sides = [Side::Primary, Side::Recovery];
    let side = sides.into_iter().find(|side| plan.application.region(*side) == region);
    let sealer = Sealer::new(stored::key(plan, path, &Store::of(plan, path, None))?);
    let survey = Survey::new(made_of(plan, side, region, account)?, sealer);
    Ok(capture(plan, region, account, survey).await)
}

/// The region that is called so: primary, recovery, or by its name.
pub(super) fn region_of(plan: &Plan, named: &str) -> Region {
    match named {
        "primary" => plan.application.primary.clone(),
        "recovery" => plan.application.recovery.clone(),
        other => Region::new(other),
    }
}

/// What is captured of `plan`.
fn made_of(plan: &Plan, side: Option<Side>, region: &Region, account: Option<&AccountName>) -> miette::Result<Scope> {
    let scope = scope::of(plan, side, region, account);
    let nothing = scope.selectors.is_empty() && scope.also.is_empty() && scope.components.is_empty();
    if nothing {
        return Err(miette!(
            help = "say in [capture] which tags it carries: tags = { Project = \"shop\" }",
            "nothing says what the application is made of in {region}"
        ));
    }
    Ok(scope)
}

async fn capture(plan: &Plan, region: &Region, account: Option<&AccountName>, survey: Survey) -> Snapshot {
    let by = super::live::somebody("onlooker");
    let home = Region::new(crate::inventory::Here::of(region.as_str()).home());
    let signature = aws::Signature::of(None, &by);
    let reader = aws::AwsReader::connect(plan, (region, &home), account, aws::Elsewhere::default(), signature);
    taken(&reader, survey, &by, std::io::stderr().is_terminal()).await
}

/// Captures what `plan` makes of a simulated region before anything happens in it.
///
/// # Errors
/// When its world cannot be made.
async fn simulated(plan: &Plan, side: Side, survey: Survey) -> miette::Result<Snapshot> {
    // Nobody waits for what its calls take.
    const HASTE: f64 = 10_000.0;
    let started_at = Timestamp::now();
    let clock = Clock::new(started_at, HASTE);
    let options = SimOptions { seed: 1, scenario: None, intent: Intent::Switchover, log_path: None, clock, started_at };
    let sim = Sim::open(plan, options).into_diagnostic().wrap_err("the simulated cloud")?;
    let reader = SimReader::of(plan, side, Arc::new(sim.observer()));
    Ok(taken(&reader, survey, "the simulator", false).await)
}

/// The same of one side of it, with all that its components name.
///
/// # Errors
/// When its world cannot be made.
pub(super) async fn simulated_side(plan: &Plan, side: Side) -> miette::Result<Snapshot> {
    let scope = scope::of(plan, Some(side), plan.application.region(side), None);
    simulated(plan, side, Survey::new(scope, Sealer::new(None))).await
}

async fn taken(reader: &dyn read::Inquire, mut survey: Survey, by: &str, is_seen: bool) -> Snapshot {
    let (evidence, mut made) = Evidence::channel();
    let started = Timestamp::now();
    let mut told = 0;
    read::survey(reader, &mut survey, &evidence, |found| {
        if is_seen && found > told {
            out::say(format_args!("  {found} found"));
            told = found;
        }
    })
    .await;
    drop(evidence);
    let mut calls: BTreeMap<String, u64> = BTreeMap::new();
    while let Ok(call) = made.try_recv() {
        let service = call.operation.split('.').next().unwrap_or_default().to_owned();
        *calls.entry(service).or_default() += 1;
    }
    let mut snapshot = survey.snapshot();
    let finished = Timestamp::now();
    snapshot.taken = Some(Taken { started, finished, by: by.to_owned(), calls });
    snapshot
}

/// Keeps it unless nothing changed, and tells what it is.
fn keep(args: &Args, store: &Store, snapshot: &Snapshot, last: Option<&stored::Kept>) -> miette::Result<Exit> {
    let text = snapshot.text();
    redact::allowed(&text).into_diagnostic().wrap_err("nothing was kept")?;
    let hash = snapshot.hash();
    let unchanged = last.filter(|last| last.hash == hash && !args.always);
    let path = match unchanged {
        Some(last) => last.path.clone(),
        None => store.keep(snapshot, &text)?,
    };
    let taken = snapshot.taken.clone().unwrap_or_default();
    let seconds = taken.finished.duration_since(taken.started).as_secs_f64();
    let calls: u64 = taken.calls.values().sum();
    let Snapshot { resources, outside, gaps, complete, .. } = snapshot;
    out::say(format_args!(
        "{} in {}: {} resources, {} outside, {} not read; {calls} calls in {seconds:.1}s",
        snapshot.application,
        snapshot.region,
        resources.len(),
        outside.len(),
        gaps.len()
    ));
    let before = last.and_then(|last| stored::read(&last.path).ok()).map(|(_, before)| before.account);
    let is_another =
        |account: &String| !account.is_empty() && !snapshot.account.is_empty() && *account != snapshot.account;
    if let Some(account) = before.filter(is_another) {
        out::say(format_args!(
            "it is of account {}, and the last one of {}: see whose credentials these are",
            snapshot.account, account
        ));
    }
    let mix: Vec<String> = taken.calls.iter().map(|(service, count)| format!("{service} {count}")).collect();
    out::say(format_args!("calls: {}", mix.join(" · ")));
    let shared = resources.iter().filter(|resource| resource.shared).count();
    if shared > 0 {
        out::say(format_args!("{shared} carry none of its tags: others may use them too"));
    }
    const SHOWN: usize = 4;
    for Gap { of, operation, error } in gaps.iter().take(SHOWN) {
        out::say(format_args!("not read: {of}  {error} {operation}"));
    }
    if gaps.len() > SHOWN {
        out::say(format_args!("and {} more that could not be read", gaps.len() - SHOWN));
    }
    if snapshot.sealed_by.is_none() && text.contains("⟦sealed⟧") {
        out::say("values are sealed without a key: whether they change is not seen (`key` in [capture])");
    }
    if args.json {
        let told = json!({
            "version": 1,
            "path": path,
            "hash": hash,
            "unchanged": unchanged.is_some(),
            "complete": complete,
            "resources": resources.len(),
            "outside": outside.len(),
            "gaps": gaps,
            "calls": taken.calls,
            "seconds": seconds,
        });
        answer::print_json(&format!("{told}\n"))?;
    } else if let Some(last) = unchanged {
        answer::print(&format!("unchanged since {}: {}\n", last.at, path.display()))?;
    } else {
        answer::print(&format!("{}\n", path.display()))?;
    }
    let is_whole = *complete || args.allow_incomplete;
    Ok(if is_whole { Exit::Done } else { Exit::Refused })
}

/// A path of a plan: from the plan's folder, and from the home of who runs it behind `~/`.
pub(super) fn beside(plan: &Path, named: &str) -> PathBuf {
    if let (Some(rest), Some(dirs)) = (named.strip_prefix("~/"), directories::BaseDirs::new()) {
        return dirs.home_dir().join(rest);
    }
    plan.parent().unwrap_or_else(|| Path::new("")).join(named)
}
