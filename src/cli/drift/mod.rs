//! `landfall drift`: what runs otherwise than an earlier snapshot says, than states of Terraform declare, or than the other region
//! has it, each with what comes of it. It changes nothing and keeps nothing.

mod regions;

use super::capture::{self, stored::Store};
use super::exit::Exit;
use super::{out, snapshot, which};
use crate::files;
use crate::import::{self, File};
use crate::plan::{AccountName, Plan, Region, duration};
use crate::snapshot::diff::in_short;
use crate::snapshot::{Drift, Finding, Ignore, Sealer, Snapshot, compare};
use crate::terraform::{Sealing, drift};
use jiff::Timestamp;
use miette::{IntoDiagnostic, WrapErr, miette};
use std::io::Read;
use std::path::{Path, PathBuf};

/// The longest state that is read, in bytes: 5,000 resources have about 10 MiB.
const LONGEST_STATE: u64 = 256 << 20;

/// What runs otherwise than it did, each with what comes of it; exit 3 when something does
///
/// The application is captured as it runs, and nothing is kept. What could not be read is told as unread, never as missing.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The plan.
    plan: PathBuf,
    /// An earlier snapshot: what runs is compared with it. A file; the beginning of its hash (4 characters or more); latest; or an
    /// age, such as 36h: the newest that is at least so old.
    #[arg(long, value_name = "SNAPSHOT", conflicts_with = "terraform")]
    since: Option<PathBuf>,
    /// The plan's two regions: what the recovery region lacks of the primary, or has otherwise, and what comes of it for a
    /// failover. Of a region that tells nothing, what was captured last is compared, and its age is said.
    #[arg(long, conflicts_with_all = ["terraform", "since"])]
    regions: bool,
    /// Ask no cloud: compare the two regions as they were captured last.
    #[arg(long, requires = "regions")]
    kept: bool,
    /// A state of Terraform, as `terraform state pull` writes it: what runs is compared with what it declares. Several are
    /// one. By default those of the plan's [capture].
    #[arg(long, value_name = "STATE")]
    terraform: Vec<PathBuf>,
    /// The region that is compared with states: primary, recovery, or one by its name.
    #[arg(long, default_value = "primary", value_name = "REGION", conflicts_with_all = ["since", "regions"])]
    region: String,
    /// Compare this snapshot, named as for --since, instead of what runs now; that cloud is not asked. With --regions, one of either.
    #[arg(long, value_name = "SNAPSHOT")]
    snapshot: Vec<PathBuf>,
    /// The account of the plan whose credentials are used; those that Landfall is started with when left out.
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
    /// A file of what may differ, a line each: KIND/ID, or KIND/ID FIELD; a * stands for anything.
    #[arg(long, value_name = "FILE")]
    ignore: Option<PathBuf>,
    /// One finding a line, as an object.
    #[arg(long)]
    json: bool,
}

/// Writes what differs to standard output.
///
/// # Errors
/// A plan or a snapshot that cannot be used, and nothing to compare.
pub async fn run(args: Args) -> miette::Result<Exit> {
    let plan = super::read_plan(&args.plan)?;
    let rules = snapshot::rules(args.ignore.as_deref())?;
    if args.regions {
        return regions::compared(&plan, &args, &rules).await;
    }
    if let [_, more, ..] = args.snapshot.as_slice() {
        return Err(miette!(help = "--regions compares two", "{} is one too many: one is compared", more.display()));
    }
    let Some(since) = &args.since else { return declared(&plan, &args, &rules).await };
    let (since, then) = which::one(&args.plan, since, plan.application.primary.as_str())?;
    of_plan(&plan, &since, &then)?;
    let (now, is_asked) = match args.snapshot.first() {
        Some(at) => {
            let (path, now) = which::one(&args.plan, at, &then.region)?;
            of_plan(&plan, &path, &now)?;
            (now, true)
        }
        None => running(&plan, &args, &since, &then).await?,
    };
    let is_told = |snapshot: &Snapshot| !snapshot.account.is_empty();
    let two_accounts = is_told(&then) && is_told(&now) && then.account != now.account;
    if two_accounts || then.region != now.region {
        return Err(miette!(
            help = "what runs is compared with a snapshot of the same account and region",
            "these are of two places: {} {} and {} {}",
            then.account,
            then.region,
            now.account,
            now.region
        ));
    }
    let mut compared = compare(&then, &now, &rules);
    compared.findings.iter_mut().for_each(told_since);
    Ok(known(snapshot::answered(&compared, args.json)?, is_asked))
}

/// What is not asked of what runs is never the same, whatever was captured of it before: a check by a clock goes by the exit.
fn known(exit: Exit, is_asked: bool) -> Exit {
    if is_asked || exit != Exit::Done {
        return exit;
    }
    out::say("nothing differs in what was captured then; how it runs now was not told");
    Exit::Refused
}

/// Compares what runs with what states declare.
async fn declared(plan: &Plan, args: &Args, rules: &[Ignore]) -> miette::Result<Exit> {
    let of_plan_too = || plan.capture.terraform.iter().map(|named| capture::beside(&args.plan, named)).collect();
    let paths: Vec<PathBuf> = if args.terraform.is_empty() { of_plan_too() } else { args.terraform.clone() };
    if paths.is_empty() {
        return Err(miette!(
            help = "--terraform STATE, or terraform = [\"…\"] in the plan's [capture]; --since SNAPSHOT compares with an earlier time",
            "nothing says what is declared"
        ));
    }
    let states: Vec<File> = paths.iter().map(|path| state(path)).collect::<miette::Result<_>>()?;
    if args.snapshot.is_empty() {
        // Before anything is asked: what cannot be read is told at once.
        import::declared(&states, &Sealing::default())?;
    }
    let region = capture::region_of(plan, &args.region);
    let (now, is_asked) = match args.snapshot.first() {
        Some(at) => {
            let (path, now) = which::one(&args.plan, at, region.as_str())?;
            of_plan(plan, &path, &now)?;
            (now, true)
        }
        None => newest(plan, args, &region, None).await?,
    };
    let mut sealing = Sealing::default();
    if now.sealed_by.is_some() {
        // By the same key, what was sealed is told apart.
        let sealer = Sealer::new(capture::stored::key(plan, &args.plan, &Store::of(plan, &args.plan, None))?);
        if sealer.known_by() == now.sealed_by {
            sealing = Sealing::by(sealer);
        }
    }
    let instances = import::declared(&states, &sealing.knowing([&now]))?;
    let against = drift::against(&now, &instances, rules);
    let exit = known(snapshot::answered(&against.compared, args.json)?, is_asked);
    out::say(format_args!("{} as declared", against.same));
    if against.elsewhere > 0 {
        out::say(format_args!("{} declared of another region or account", against.elsewhere));
    }
    if against.beyond > 0 {
        out::say(format_args!("{} declared that this capture does not reach, and so not compared", against.beyond));
    }
    Ok(exit)
}

/// Reads a state; `-` is standard input.
pub(super) fn state(path: &Path) -> miette::Result<File> {
    let text = match path.to_str() {
        Some("-") => {
            let mut text = String::new();
            let read = std::io::stdin().take(LONGEST_STATE + 1).read_to_string(&mut text);
            read.into_diagnostic().wrap_err("standard input cannot be read")?;
            if text.len() as u64 > LONGEST_STATE {
                return Err(miette!("what comes on standard input is longer than any state that is read"));
            }
            text
        }
        _ => files::read_text(path, LONGEST_STATE)
            .into_diagnostic()
            .wrap_err_with(|| format!("{} cannot be read", path.display()))?,
    };
    Ok(File { name: path.display().to_string(), text })
}

/// Refuses a snapshot of another application.
fn of_plan(plan: &Plan, path: &Path, snapshot: &Snapshot) -> miette::Result<()> {
    if snapshot.application == plan.application.name.as_str() {
        return Ok(());
    }
    Err(miette!(
        help = "landfall snapshot list PLAN has those of a plan",
        "{} is of {}, and the plan of {}",
        path.display(),
        snapshot.application,
        plan.application.name
    ))
}

/// What runs where `then` was taken. Where nothing at all is told, what was kept last, if that came after it.
async fn running(plan: &Plan, args: &Args, since: &Path, then: &Snapshot) -> miette::Result<(Snapshot, bool)> {
    newest(plan, args, &Region::new(&then.region), Some((since, then))).await
}

/// What runs in `region`. Where nothing at all is told, what was kept last, and its age is said; after `than`, where that is
/// given. Whether it was asked.
async fn newest(
    plan: &Plan,
    args: &Args,
    region: &Region,
    than: Option<(&Path, &Snapshot)>,
) -> miette::Result<(Snapshot, bool)> {
    let account = args.account.as_deref().map(AccountName::new);
    if let Some(name) = account.as_ref().filter(|name| !plan.accounts.contains_key(*name)) {
        return Err(miette!("the plan has no [account.{name}]"));
    }
    let now = capture::live(plan, &args.plan, region, account.as_ref()).await?;
    if tells(&now) {
        return Ok((now, true));
    }
    let why = now.gaps.first().map(|gap| format!(": {} {}", gap.error, gap.operation)).unwrap_or_default();
    let store = Store::of(plan, &args.plan, None);
    let last = store.latest(plan.application.name.as_str(), Some(region.as_str()))?;
    let is_later = |last: &capture::stored::Kept| {
        than.is_none_or(|(since, then)| {
            let at = then.taken.as_ref().map_or(Timestamp::UNIX_EPOCH, |taken| taken.started);
            let is_own = std::path::absolute(&last.path).ok() == std::path::absolute(since).ok();
            last.at.as_second() >= at.as_second() && !is_own
        })
    };
    let later = last.filter(is_later);
    let Some(last) = later else {
        let clear =
            "look at the credentials and the region; landfall check --live tells more. Or name a snapshot: --snapshot"
                .to_owned();
        let why = format!("nothing was told of {region}, and no later snapshot is kept{why}");
        return Err(super::Refused { why, clear }.into());
    };
    let age = Timestamp::now().duration_since(last.at).as_secs_f64().max(0.0).floor();
    out::say(format_args!(
        "nothing was told of {region}{why}: what is compared was captured {} ago, {}",
        duration::show(age),
        last.path.display()
    ));
    Ok((snapshot::one(&last.path)?.2, false))
}

/// Whether a capture tells anything of its region: what is of all regions is told elsewhere, too, while the region is silent.
fn tells(now: &Snapshot) -> bool {
    now.resources.iter().any(|one| !one.global) || (now.complete && !now.resources.is_empty())
}

/// What comes of a difference to an earlier snapshot.
pub(super) fn told_since(finding: &mut Finding) {
    let called = finding.name.as_ref().unwrap_or(&finding.id);
    let what = format!("{} {called}", finding.kind);
    let field = finding.field.as_deref().unwrap_or_default();
    let told = match (finding.drift, &finding.left, &finding.right) {
        (Drift::Undeclared, ..) => format!("it was not there then: a rebuild from that snapshot has no {what}"),
        (Drift::Missing, ..) => format!("it was there then: {what} does not run any more"),
        (Drift::Changed, Some(left), Some(right)) => {
            format!("going back to that snapshot sets {field} {} → {}", in_short(right), in_short(left))
        }
        (Drift::Changed, None, _) => format!("it was not there then: a rebuild from that snapshot has no {field}"),
        (Drift::Changed, Some(left), None) => {
            format!("it was there then: going back to that snapshot brings {field} back: {}", in_short(left))
        }
        (Drift::Unread | Drift::Ignored | Drift::Expected, ..) => return,
    };
    finding.consequence = told;
}
