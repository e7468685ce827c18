//! `landfall restore`: Terraform that builds in another region what a snapshot holds and that region has not. Asks no
//! cloud, runs nothing, applies nothing.

use super::capture::{scope, stored};
use super::exit::Exit;
use super::folder;
use super::out;
use super::snapshot::{beside, meant, none_kept};
use super::which::called;
use super::written::{self, Written};
use crate::plan::{AccountName, Plan, Side, duration};
use crate::snapshot::{Reference, Snapshot};
use crate::terraform::restore::{self, Data, Order, Refusal, Restored, advice};
use crate::text::shell_word;
use jiff::Timestamp;
use miette::miette;
use std::path::{Path, PathBuf};

/// Writes Terraform that builds in another region what a snapshot holds and that region has not; applies nothing
///
/// It is made of snapshots alone, so it works while the region that fails is dark. What is there already is looked up and not
/// made; records are not written; a store is made only from what is said of its data (exit 3 when nobody says).
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    written: Written,
    /// The region to build in.
    #[arg(long, value_name = "REGION")]
    to: String,
    /// Another account to build in, as the plan calls it.
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
    /// Where the data of a store comes from: STORE=replica, snapshot, point-in-time or empty; also BUCKET=replica and
    /// KEY=empty. A replica that is known is taken unless something else is said.
    #[arg(long, value_name = "STORE=WHAT")]
    data: Vec<String>,
    /// Another range of addresses for the network: what is within the old one keeps its place in the new one.
    #[arg(long, value_name = "RANGE")]
    cidr: Option<String>,
}

/// Writes the folder, and what is to be settled to standard error.
///
/// # Errors
/// A snapshot that cannot be read, what cannot be asked for, a folder that holds something else, a disk that takes nothing.
pub fn run(args: &Args) -> miette::Result<Exit> {
    let folder = args.written.folder()?;
    let plan = args
        .written
        .at
        .extension()
        .is_some_and(|end| end == "toml")
        .then(|| super::read_plan(&args.written.at))
        .transpose()?;
    let (path, snapshot) = source(args, plan.as_ref())?;
    let account = account(args, plan.as_ref(), &snapshot)?;
    look(&args.to, &snapshot, account.is_some())?;
    if let Some(exit) = args.written.refuses(&snapshot) {
        return Ok(exit);
    }
    say_age(&path, &snapshot);
    let recovery = recovery(args, &snapshot, account.as_ref())?;
    args.written.known(&[&snapshot])?;
    let data = data(args, &snapshot)?;
    let order = Order {
        to: args.to.clone(),
        account,
        recovery: recovery.as_ref(),
        pairs: plan.as_ref().map(|plan| pairs(plan, &snapshot, &args.to)).unwrap_or_default(),
        data: &|resource| data.iter().rev().find(|(what, _)| folder::names(what, resource)).map(|(_, data)| *data),
        is_chosen: &|resource| args.written.is_chosen(resource),
        is_named: &|resource| args.written.is_named(resource),
        cidr: args.cidr.clone(),
    };
    let restored = match restore::restored(&snapshot, &order) {
        Ok(restored) => restored,
        Err(Refusal::Asked(why)) => return Err(miette!("{why}")),
        Err(Refusal::Stores(silent)) => {
            for (of, why) in silent {
                out::say(format!("store   {of}: {why}\n        fix     {}", advice(&of)));
            }
            out::say("nothing is written: a store is never made empty without a word");
            return Ok(Exit::Refused);
        }
    };
    let files = restore::written(&snapshot, &order, &restored);
    let risk = format!(
        "It makes things in {} and changes none that are there. Applied, it costs what they cost; a store is made from what was said of its data. \
         A plan of it that destroys or replaces anything is not to be applied.",
        args.to
    );
    let request = || crate::terraform::files::pull_request("restore", &snapshot, &restored.generated, &risk);
    args.written.put(("restore", &files), request)?;
    Ok(told((args, folder), &restored, files.len()))
}

/// The snapshot to build from: that which is named, or the latest that is not of the region to build in.
fn source(args: &Args, plan: Option<&Plan>) -> miette::Result<(PathBuf, Snapshot)> {
    if let Some(named) = &args.written.snapshot {
        let path = called(&args.written.at, named, None)?;
        let (_, snapshot) = stored::consulted(&path)?;
        return Ok((path, snapshot));
    }
    let all = meant(&args.written.at)?;
    let regions =
        plan.map(|plan| [Side::Primary, Side::Recovery].map(|side| plan.application.region(side).to_string()));
    let wanted = regions.and_then(|regions| regions.into_iter().find(|region| *region != args.to));
    let is_alone = all.len() == 1 && all[0] == args.written.at;
    let mut last = None;
    for path in all.into_iter().rev() {
        let snapshot = match stored::read(&path) {
            Ok((_, snapshot)) => snapshot,
            Err(error) if is_alone => return Err(error),
            Err(error) => {
                out::say(format!("left out: {error:#}"));
                continue;
            }
        };
        if is_alone || wanted.as_ref().map_or(snapshot.region != args.to, |region| snapshot.region == *region) {
            let (_, snapshot) = stored::consulted(&path)?;
            return Ok((path, snapshot));
        }
        last.get_or_insert(snapshot.region);
    }
    let of = wanted.unwrap_or_else(|| "another region".to_owned());
    let found = last.map_or_else(String::new, |region| format!(", only of {region}"));
    Err(none_kept(&args.written.at, &format!(", of {of}{found}")))
}

/// What the account is, where it is another than the snapshot's.
fn account(args: &Args, plan: Option<&Plan>, snapshot: &Snapshot) -> miette::Result<Option<Option<String>>> {
    let Some(name) = &args.account else { return Ok(None) };
    let Some(plan) = plan else {
        // A number says by itself which one it is.
        let is_number = name.len() == 12 && name.bytes().all(|digit| digit.is_ascii_digit());
        return match is_number {
            true if *name == snapshot.account => Ok(None),
            true => Ok(Some(Some(name.clone()))),
            false => Err(miette!(
                help = "give a plan, or its number of twelve digits",
                "no plan says what account {name} is"
            )),
        };
    };
    let Some(account) = plan.accounts.get(&AccountName::new(name)) else {
        return Err(miette!("the plan has no [account.{name}]"));
    };
    let number = account.number().map(str::to_owned);
    Ok(if number.as_deref() == Some(&snapshot.account) { None } else { Some(number) })
}

/// Whether it can be built there at all.
pub(super) fn look(to: &str, snapshot: &Snapshot, is_another: bool) -> miette::Result<()> {
    let parts: Vec<&str> = to.split('-').collect();
    let is_region = parts.len() >= 3
        && parts
            .iter()
            .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()))
        && parts.last().is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()));
    if !is_region {
        return Err(miette!(help = "a region is called like us-west-2", "{to} is no region"));
    }
    if to == snapshot.region && !is_another {
        let help = "landfall codify writes what runs where it runs; --account builds it in another account";
        return Err(miette!(help = help, "the snapshot is of {to} itself"));
    }
    let partition = match parts[0] {
        "cn" => "aws-cn",
        "us" if parts[1] == "gov" => "aws-us-gov",
        _ => "aws",
    };
    if partition != snapshot.partition {
        return Err(miette!(
            "{to} is of {partition}, the snapshot of {}: nothing is reused or named across them",
            snapshot.partition
        ));
    }
    Ok(())
}

fn say_age(path: &Path, snapshot: &Snapshot) {
    let age = snapshot.taken.as_ref().map_or_else(
        || "of an unknown time".to_owned(),
        |taken| {
            let seconds = Timestamp::now().duration_since(taken.started).as_secs_f64().max(0.0).floor();
            format!("{} old", duration::show(seconds))
        },
    );
    out::say(format!("from    {} of {}, {age}: what changed since is not in it", path.display(), snapshot.region));
}

/// The latest snapshot of the region that is built in, of those beside the other; it tells what is there.
fn recovery(args: &Args, snapshot: &Snapshot, account: Option<&Option<String>>) -> miette::Result<Option<Snapshot>> {
    let all = beside(&args.written.at)?;
    let number = match account {
        None => Some(snapshot.account.as_str()),
        Some(number) => number.as_deref(),
    };
    for path in all.into_iter().rev() {
        let Ok((_, one)) = stored::read(&path) else { continue };
        let is_its = number.is_none_or(|number| number.is_empty() || one.account.is_empty() || one.account == number);
        if one.region != args.to || one.application != snapshot.application || !is_its || one.hash() == snapshot.hash()
        {
            continue;
        }
        let gaps = if one.complete { "" } else { "; not all of it could be read, and what was not may be made twice" };
        out::say(format!("there   {} tells what is in {} already{gaps}", path.display(), args.to));
        return Ok(Some(one));
    }
    out::say(format!(
        "there   no snapshot of {} tells what is there already: all of it is made, but for what a plan names",
        args.to
    ));
    Ok(None)
}

/// What is one thing on both sides, as the plan's components name it.
pub(super) fn pairs(plan: &Plan, snapshot: &Snapshot, to: &str) -> Vec<(Reference, Reference)> {
    let side_of = |region: &str| {
        [Side::Primary, Side::Recovery].into_iter().find(|side| plan.application.region(*side).as_str() == region)
    };
    let (Some(from), Some(to)) = (side_of(&snapshot.region), side_of(to)) else { return Vec::new() };
    let mut all = Vec::new();
    for component in &plan.components {
        // A database that is brought back from a copy is not there before.
        if component.kind.as_str() == "rds-restore" || from == to {
            continue;
        }
        let there = scope::references(component, to);
        for of in scope::references(component, from) {
            let mut same = there.iter().filter(|one| one.kind == of.kind);
            // Only what is called otherwise on both sides is known to be there by a plan alone.
            if let (Some(one), None) = (same.next(), same.next())
                && ["db-instance", "aurora-cluster", "replication-group", "bucket"].contains(&one.kind.as_str())
            {
                all.push((of, one.clone()));
            }
        }
    }
    all
}

fn data(args: &Args, snapshot: &Snapshot) -> miette::Result<Vec<(String, Data)>> {
    let mut all = Vec::new();
    for said in &args.data {
        let help = "STORE=replica, snapshot, point-in-time or empty";
        let (what, word) =
            said.rsplit_once('=').ok_or_else(|| miette!(help = help, "--data {said} says nothing of a store"))?;
        let data = Data::of(word).ok_or_else(|| miette!(help = help, "{word} is nothing that data comes from"))?;
        folder::known(&[snapshot], std::iter::once(what))?;
        let has_any = snapshot.resources.iter().any(|one| folder::names(what, one) && data.is_of(&one.kind));
        if !has_any {
            return Err(miette!(help = help, "{what} is no store whose data can come from {word}"));
        }
        all.push((what.to_owned(), data));
    }
    Ok(all)
}

fn told((args, folder): (&Args, &Path), restored: &Restored, files: usize) -> Exit {
    let is_whole = written::tell(&restored.generated.notes);
    let asked = restored.generated.variables.values().filter(|variable| variable.default.is_none()).count();
    out::say(format!(
        "{} blocks in {files} files: {} things are there already, {asked} values to give; read {} first, then: {}terraform -chdir={} init, plan",
        restored.generated.blocks.len(),
        restored.reused.len(),
        folder.join("README.md").display(),
        args.written.first(),
        shell_word(&folder.display().to_string())
    ));
    if is_whole { Exit::Done } else { Exit::Refused }
}
