//! `landfall drift --regions`: what the recovery region lacks of the primary, or has otherwise. Of a region that tells nothing,
//! what was captured of it last is compared, and its age is said.

use super::{Args, of_plan, tells};
use crate::cli::capture::stored::Store;
use crate::cli::capture::{live, scope};
use crate::cli::exit::Exit;
use crate::cli::{Refused, out, snapshot, which};
use crate::plan::{AccountName, Plan, Region, duration};
use crate::snapshot::{Drift, Ignore, Snapshot};
use crate::terraform::regions::between;
use jiff::Timestamp;
use miette::miette;
use std::collections::BTreeMap;
use std::path::Path;

/// Compares both regions, and tells what differs.
pub(super) async fn compared(plan: &Plan, args: &Args, rules: &[Ignore]) -> miette::Result<Exit> {
    let application = &plan.application;
    let account = args.account.as_deref().map(AccountName::new);
    if let Some(name) = account.as_ref().filter(|name| !plan.accounts.contains_key(*name)) {
        return Err(miette!("the plan has no [account.{name}]"));
    }
    let mut named: BTreeMap<String, Snapshot> = BTreeMap::new();
    for at in &args.snapshot {
        let (path, one) = which::one(&args.plan, at, application.primary.as_str())?;
        of_plan(plan, &path, &one)?;
        if ![&application.primary, &application.recovery].iter().any(|region| region.as_str() == one.region) {
            let help = "a snapshot of either of the plan's two regions";
            return Err(miette!(help = help, "{} is of {}", path.display(), one.region));
        }
        say_age(&one.region, &path, &one, "");
        if let Some(twice) = named.insert(one.region.clone(), one) {
            return Err(miette!("two snapshots of {} are given", twice.region));
        }
    }
    let (given, other) = (named.remove(application.primary.as_str()), named.remove(application.recovery.as_str()));
    let of = |region, given| side(plan, args, region, account.as_ref(), given);
    // Both are asked at once: one that hangs holds up nothing of the other.
    let (primary, recovery) = tokio::join!(of(&application.primary, given), of(&application.recovery, other));
    let (primary, recovery) = (primary?, recovery?);
    let found = between(&primary, &recovery, &scope::said(plan), rules);
    let exit = snapshot::answered(&found.compared, args.json)?;
    out::say(format_args!("{} in {} as in {}", found.same, recovery.region, primary.region));
    let mut quiet: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in found.compared.findings.iter().filter(|finding| finding.drift == Drift::Expected) {
        *quiet.entry(finding.consequence.as_str()).or_default() += 1;
    }
    for (why, count) in quiet {
        out::say(format_args!("expected  {count:>3}  {why}"));
    }
    Ok(exit)
}

/// One region: the snapshot that is given, as it runs, or as it was captured last.
async fn side(
    plan: &Plan,
    args: &Args,
    region: &Region,
    account: Option<&AccountName>,
    given: Option<Snapshot>,
) -> miette::Result<Snapshot> {
    if let Some(given) = given {
        return Ok(given);
    }
    let mut why = String::new();
    if !args.kept {
        let now = live(plan, &args.plan, region, account).await?;
        if tells(&now) {
            return Ok(now);
        }
        let first = now.gaps.first().map(|gap| format!(": {} {}", gap.error, gap.operation)).unwrap_or_default();
        why = format!("nothing was told of {region}{first}; ");
    }
    let store = Store::of(plan, &args.plan, None);
    let Some(last) = store.latest(plan.application.name.as_str(), Some(region.as_str()))? else {
        let clear =
            format!("landfall capture PLAN --region {region} takes one while it answers; or name one: --snapshot");
        return Err(Refused { why: format!("{why}no snapshot of {region} is kept"), clear }.into());
    };
    let (path, _, snapshot) = snapshot::one(&last.path)?;
    say_age(region.as_str(), &path, &snapshot, &why);
    Ok(snapshot)
}

/// Says of what time the picture of a region is.
fn say_age(region: &str, path: &Path, snapshot: &Snapshot, why: &str) {
    let age = snapshot.taken.as_ref().map_or_else(
        || "at an unknown time".to_owned(),
        |taken| {
            let seconds = Timestamp::now().duration_since(taken.started).as_secs_f64().max(0.0).floor();
            format!("{} ago", duration::show(seconds))
        },
    );
    out::say(format_args!(
        "{why}{region} is compared as it was captured {age}, {}: what changed since is not in it",
        path.display()
    ));
}
