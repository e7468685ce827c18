//! `landfall snapshot`: what was captured: lists, shows, compares, verifies. Asks no cloud.

use super::answer;
use super::capture::SIMULATED;
use super::capture::stored::{self, Store};
use super::exit::Exit;
use super::out;
use crate::files;
use crate::plan::duration;
use crate::snapshot::diff::in_short;
use crate::snapshot::{Compared, Drift, Ignore, Snapshot, compare, graph, redact, store};
use crate::text::Clean;
use jiff::Timestamp;
use miette::{IntoDiagnostic, WrapErr, miette};
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Lists, shows, compares and verifies what was captured; no cloud is asked
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Sub,
}

#[derive(Debug, clap::Subcommand)]
enum Sub {
    List(ListArgs),
    Show(ShowArgs),
    Diff(DiffArgs),
    Verify(VerifyArgs),
}

/// The snapshots of a plan, or in a folder, newest first
#[derive(Debug, clap::Args)]
struct ListArgs {
    /// A plan, or a folder of snapshots.
    at: PathBuf,
    /// One object a line.
    #[arg(long)]
    json: bool,
}

/// What is in a snapshot, in the order in which things rest on each other
#[derive(Debug, clap::Args)]
struct ShowArgs {
    /// A snapshot; of a plan or a folder, the latest.
    at: PathBuf,
    /// Only this: KIND/ID, or what it is called; with how it is set up.
    what: Option<String>,
    /// As it stands in the file.
    #[arg(long)]
    json: bool,
}

/// What one snapshot says otherwise than another; exit 3 when it does
#[derive(Debug, clap::Args)]
struct DiffArgs {
    /// The earlier one; of a plan or a folder, the latest.
    before: PathBuf,
    /// The later one.
    after: PathBuf,
    /// A file of what may differ, a line each: KIND/ID, or KIND/ID FIELD; a * stands for anything.
    #[arg(long, value_name = "FILE")]
    ignore: Option<PathBuf>,
    /// One finding a line, as an object.
    #[arg(long)]
    json: bool,
}

/// Whether snapshots say what their names say, hold nothing that they must not, and miss nothing; exit 3 when not
#[derive(Debug, clap::Args)]
struct VerifyArgs {
    /// A snapshot; of a plan or a folder, all of them.
    at: PathBuf,
}

/// Writes the answer to standard output.
///
/// # Errors
/// What cannot be read; an output that takes nothing.
pub fn run(args: &Args) -> miette::Result<Exit> {
    match &args.command {
        Sub::List(args) => list(args),
        Sub::Show(args) => show(args),
        Sub::Diff(args) => diff(args),
        Sub::Verify(args) => verify(args),
    }
}

/// The snapshots that `at` means: one by its file, those of a folder, or those of a plan; the oldest first.
pub(super) fn meant(at: &Path) -> miette::Result<Vec<PathBuf>> {
    let within = |folder: &Path| -> miette::Result<Vec<PathBuf>> {
        Ok(stored::names(folder)?.into_iter().map(|named| folder.join(named.name)).collect())
    };
    if at.is_dir() {
        let mut found = within(at)?;
        let folders = std::fs::read_dir(at).into_diagnostic()?.filter_map(|entry| Some(entry.ok()?.path()));
        for folder in folders.filter(|path| path.is_dir()) {
            found.extend(within(&folder)?);
        }
        found.sort_by(|one, other| one.file_name().cmp(&other.file_name()));
        return Ok(found);
    }
    if at.extension().is_some_and(|extension| extension == "toml") {
        let plan = super::read_plan(at)?;
        let store = Store::of(&plan, at, None);
        return within(&store.0.join(store::folder(&plan.application.name)));
    }
    Ok(vec![at.to_path_buf()])
}

/// The snapshot at `at`; of a plan or a folder, the latest.
///
/// # Errors
/// What cannot be read; that there is none.
pub(super) fn one(at: &Path) -> miette::Result<(PathBuf, String, Snapshot)> {
    let path = meant(at)?.pop().ok_or_else(|| none_kept(at, ""))?;
    let (text, snapshot) = stored::consulted(&path)?;
    Ok((path, text, snapshot))
}

/// That there is no snapshot where `at` says; `which` is what else is said of it: `, of eu-west-1`. What was captured of simulated regions
/// is kept apart, and said.
pub(super) fn none_kept(at: &Path, which: &str) -> miette::Report {
    let plan = at.extension().is_some_and(|extension| extension == "toml").then(|| super::read_plan(at).ok()).flatten();
    let Some(plan) = plan else {
        return miette!(help = "landfall capture PLAN takes one", "there is no snapshot in {}{which}", at.display());
    };
    let (name, plan_at) = (&plan.application.name, at.display());
    let simulated = Store::of(&plan, at, None).0.join(SIMULATED);
    let is_simulated = stored::names(&simulated.join(store::folder(name))).is_ok_and(|kept| !kept.is_empty());
    let drilled = if is_simulated {
        format!("; those under {} are of simulated regions, and tell nothing of what runs", simulated.display())
    } else {
        String::new()
    };
    let help = format!("landfall capture {plan_at} takes one of what runs, and needs AWS for it");
    miette!(help = help, "no snapshot of {name} is kept beside {plan_at}{which}{drilled}")
}

/// Those that `at` means, and beside a single one, those that are kept beside it; the oldest first.
///
/// # Errors
/// What cannot be read.
pub(super) fn beside(at: &Path) -> miette::Result<Vec<PathBuf>> {
    let all = meant(at)?;
    if all.as_slice() != [at.to_path_buf()] {
        return Ok(all);
    }
    let folder = at.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Ok(stored::names(folder)?.into_iter().map(|named| folder.join(named.name)).collect())
}

/// The latest complete snapshot of the same application, account and region that was taken after `snapshot`, which is at `path`.
///
/// # Errors
/// What cannot be read; one that cannot be is left out, and told.
pub(super) fn later(at: &Path, path: &Path, snapshot: &Snapshot) -> miette::Result<Option<(PathBuf, Snapshot)>> {
    let taken = |path: &Path, snapshot: &Snapshot| {
        let name = || store::named(path.file_name()?.to_str()?).map(|named| named.at);
        snapshot.taken.as_ref().map(|taken| taken.started).or_else(name)
    };
    // Of what has no time nobody knows what came after it.
    let Some(own) = taken(path, snapshot) else { return Ok(None) };
    for path in beside(at)?.into_iter().rev() {
        let one = match stored::read(&path) {
            Ok((_, one)) => one,
            Err(error) => {
                out::say(format_args!("left out: {error:#}"));
                continue;
            }
        };
        let of = |one: &Snapshot| (one.application.clone(), one.account.clone(), one.region.clone());
        if of(&one) != of(snapshot) || taken(&path, &one).is_none_or(|at| at <= own) {
            continue;
        }
        if one.complete {
            return Ok((one.hash() != snapshot.hash()).then_some((path, one)));
        }
        out::say(format_args!("left out: {} is not complete, and does not tell what is there now", path.display()));
    }
    Ok(None)
}

fn list(args: &ListArgs) -> miette::Result<Exit> {
    let now = Timestamp::now();
    let mut told = String::new();
    for path in meant(&args.at)?.into_iter().rev() {
        let (_, snapshot) = match stored::read(&path) {
            Ok(read) => read,
            Err(error) => {
                out::say(format_args!("left out: {error:#}"));
                continue;
            }
        };
        let at = snapshot.taken.as_ref().map(|taken| taken.started);
        // Writing to a string cannot fail.
        let _ = if args.json {
            writeln!(
                told,
                "{}",
                json!({
                    "path": path, "application": snapshot.application, "region": snapshot.region,
                    "account": snapshot.account, "taken": at, "hash": snapshot.hash(),
                    "complete": snapshot.complete, "resources": snapshot.resources.len(), "gaps": snapshot.gaps.len(),
                })
            )
        } else {
            let age =
                at.map_or_else(String::new, |at| duration::show(now.duration_since(at).as_secs_f64().max(0.0).floor()));
            let gaps = if snapshot.complete { String::new() } else { format!(", {} not read", snapshot.gaps.len()) };
            writeln!(
                told,
                "{}  {} ago  {}  {} resources{gaps}  {}",
                &snapshot.hash()[..store::SHOWN],
                age,
                snapshot.region,
                snapshot.resources.len(),
                path.display()
            )
        };
    }
    if args.json { answer::print_json(&told) } else { answer::print(&told) }?;
    Ok(Exit::Done)
}

fn show(args: &ShowArgs) -> miette::Result<Exit> {
    let (path, text, snapshot) = one(&args.at)?;
    let Some(what) = &args.what else {
        if args.json {
            answer::print_json(&text)?;
        } else {
            answer::print(&whole(&path, &snapshot))?;
        }
        return Ok(Exit::Done);
    };
    let named = |resource: &&crate::snapshot::Resource| {
        resource.reference().to_string() == *what
            || [Some(&resource.id), resource.name.as_ref(), resource.arn.as_ref()].contains(&Some(what))
    };
    let found: Vec<_> = snapshot.resources.iter().filter(named).collect();
    if found.is_empty() {
        let gap = snapshot.gaps.iter().find(|gap| gap.of == *what || gap.of.ends_with(&format!("/{what}")));
        let help = gap.map_or_else(
            || "landfall snapshot show SNAPSHOT lists all that is in it".to_owned(),
            |gap| format!("it could not be read: {} {}", gap.error, gap.operation),
        );
        return Err(miette!(help = help, "there is no {what} in {}", path.display()));
    }
    let mut told = String::new();
    for resource in found {
        let value = serde_json::to_value(resource).into_diagnostic()?;
        told += &crate::snapshot::canonical::text(&value);
    }
    answer::print_json(&told)?;
    Ok(Exit::Done)
}

/// What is in it, a line each.
fn whole(path: &Path, snapshot: &Snapshot) -> String {
    let mut told =
        format!("{} in {} ({}), {}\n", snapshot.application, snapshot.region, snapshot.account, path.display());
    for (depth, layer) in graph::layers(&snapshot.resources).into_iter().enumerate() {
        for reference in layer {
            let Some(resource) = snapshot.resource(&reference) else { continue };
            let name = resource.name.as_ref().filter(|name| **name != resource.id);
            let name = name.map_or_else(String::new, |name| format!("  {name}"));
            let shared = if resource.shared { "  shared" } else { "" };
            line(&mut told, &format!("{depth:>2}  {reference}{name}  because {}{shared}", resource.because));
        }
    }
    for outside in &snapshot.outside {
        line(&mut told, &format!("outside  {}  {}: {}", outside.to, outside.from, outside.why));
    }
    for gap in &snapshot.gaps {
        line(&mut told, &format!("not read  {}  {} {}", gap.of, gap.error, gap.operation));
    }
    told
}

/// Adds a line, and no other: what people call things may have lines, which would look like ours.
fn line(told: &mut String, text: &str) {
    told.push_str(&Clean::new(text));
    told.push('\n');
}

fn diff(args: &DiffArgs) -> miette::Result<Exit> {
    let ((_, _, before), (_, _, after)) = (one(&args.before)?, one(&args.after)?);
    let rules = rules(args.ignore.as_deref())?;
    if (&before.account, &before.region) != (&after.account, &after.region) {
        out::say(format_args!(
            "these are of two places: {} {} and {} {}",
            before.account, before.region, after.account, after.region
        ));
    }
    let compared = compare(&before, &after, &rules);
    answered(&compared, args.json)
}

/// What may differ, as a file says it.
pub(super) fn rules(path: Option<&Path>) -> miette::Result<Vec<Ignore>> {
    let Some(path) = path else { return Ok(Vec::new()) };
    let text = files::read_text(path, files::SETTINGS);
    let text = text.into_diagnostic().wrap_err_with(|| format!("{} cannot be read", path.display()))?;
    Ok(text.lines().filter_map(Ignore::read).collect())
}

/// Tells what differs; exit 3 when something does.
pub(super) fn answered(compared: &Compared, json: bool) -> miette::Result<Exit> {
    let told = if json {
        compared.findings.iter().map(|finding| format!("{}\n", json!(finding))).collect()
    } else {
        told(compared)
    };
    if json { answer::print_json(&told) } else { answer::print(&told) }?;
    let count = |drift: Drift| compared.findings.iter().filter(|finding| finding.drift == drift).count();
    let all = [Drift::Undeclared, Drift::Changed, Drift::Missing, Drift::Unread, Drift::Ignored, Drift::Expected];
    // Only two regions have what is expected.
    let told = all.iter().filter(|drift| **drift != Drift::Expected || count(Drift::Expected) > 0);
    let counts: Vec<String> = told.map(|drift| format!("{} {}", count(*drift), drift.word())).collect();
    out::say(counts.join(", "));
    if compared.uncompared > 0 {
        out::say(format_args!("{} sealed values were not compared: no key, or not the same one", compared.uncompared));
    }
    let differs = compared.findings.iter().any(|finding| !finding.drift.is_quiet());
    Ok(if differs { Exit::Refused } else { Exit::Done })
}

/// A sentence a finding.
fn told(compared: &Compared) -> String {
    let mut told = String::new();
    for finding in compared.findings.iter().filter(|finding| !finding.drift.is_quiet()) {
        let sign = match finding.drift {
            Drift::Undeclared => '+',
            Drift::Missing => '-',
            Drift::Changed => '~',
            Drift::Unread | Drift::Ignored | Drift::Expected => '?',
        };
        let field = finding.field.as_ref().map_or_else(String::new, |field| format!("  {field}"));
        let name = finding.name.as_ref().filter(|name| **name != finding.id);
        let name = name.map_or_else(String::new, |name| format!(" ({name})"));
        line(&mut told, &format!("{sign} {:<10}  {}/{}{name}{field}", finding.drift.word(), finding.kind, finding.id));
        let side = |value: &Option<Value>| value.as_ref().map_or_else(|| "nothing".to_owned(), in_short);
        if finding.left.is_some() || finding.right.is_some() {
            line(&mut told, &format!("    {} → {}", side(&finding.left), side(&finding.right)));
        }
        line(&mut told, &format!("    {}", finding.consequence));
    }
    told
}

fn verify(args: &VerifyArgs) -> miette::Result<Exit> {
    let mut wrong = 0;
    let mut told = String::new();
    for path in meant(&args.at)? {
        let (problems, is_told) = problems(&path);
        let verdict = match (problems.is_empty(), is_told) {
            (true, true) => "whole",
            (true, false) => "well formed; whether it was changed since cannot be told",
            (false, _) => "not as it should be",
        };
        let _ = writeln!(told, "{}  {verdict}", path.display());
        for problem in &problems {
            let _ = writeln!(told, "    {problem}");
        }
        if problems.is_empty() && !is_told {
            let _ = writeln!(
                told,
                "    neither it nor its name says its hash: it is of an earlier Landfall, and was renamed"
            );
        }
        wrong += usize::from(!problems.is_empty() || !is_told);
    }
    answer::print(&told)?;
    Ok(if wrong == 0 { Exit::Done } else { Exit::Refused })
}

/// What is wrong with a snapshot, and whether it, or its name, says what it held when it was taken.
fn problems(path: &Path) -> (Vec<String>, bool) {
    let (text, snapshot) = match stored::read(path) {
        Ok(read) => read,
        Err(error) => return (vec![format!("{error:#}")], false),
    };
    let mut problems = Vec::new();
    if !snapshot.is_written_as(&text) {
        problems.push("it is not written as Landfall writes it: it was changed".to_owned());
    }
    problems.extend(stored::changed(path, &text, &snapshot));
    let is_told = Snapshot::said_hash(&text).is_some() || stored::named(path).is_some();
    if let Err(error) = redact::allowed(&text) {
        problems.push(error.to_string());
    }
    let gaps: Vec<&str> = snapshot.gaps.iter().map(|gap| gap.of.as_str()).collect();
    for (from, to) in graph::dangling(&snapshot.resources) {
        if !gaps.contains(&to.as_str()) {
            problems.push(format!("{from} needs {to}, which is not in it"));
        }
    }
    (problems, is_told)
}
