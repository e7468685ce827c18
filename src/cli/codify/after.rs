//! `landfall codify --after JOURNAL`: what a run changed that code does not know, as a list, and as files. The journal says what was
//! really done; a snapshot that was taken after it, how that runs now.

use super::Args;
use crate::cli::capture::stored;
use crate::cli::exit::Exit;
use crate::cli::pick::{self, For};
use crate::cli::{answer, drift, out, snapshot};
use crate::engine::journal::{Recorded, read};
use crate::engine::session;
use crate::import;
use crate::plan::Plan;
use crate::recovery::event::CloudName;
use crate::recovery::{State as Run, What};
use crate::report::handed::{Handed, handed};
use crate::snapshot::Snapshot;
use crate::terraform::Sealing;
use crate::terraform::after::{After, State, Told, Turned, after};
use crate::text::washed;
use jiff::Timestamp;
use miette::{IntoDiagnostic, miette};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Lists what the run changed, and writes it where `--out` says so.
///
/// # Errors
/// A journal, a state or a snapshot that cannot be used, a run of another application, a folder that holds something else.
pub(super) fn run(args: &Args, journal: &Path) -> miette::Result<Exit> {
    let journal = pick::journal(Some(journal), For::Report)?;
    if !journal.exists() {
        return Err(answer::missing(&journal));
    }
    let recorded = read(&journal)?;
    let run = session::fold(&recorded).ok_or_else(|| miette!("{} does not begin with a run", journal.display()))?;
    told_of(&recorded, &run);
    let plan = &run.run.plan;
    if let Some(other) = application(&args.written.at)?.filter(|other| other != plan.application.name.as_str()) {
        let help = "name the plan of the run's own application";
        let (at, application) = (args.written.at.display(), &plan.application.name);
        return Err(miette!(help = help, "{at} is of {other}, and the run of {application}"));
    }
    let changed = handed(&run, &recorded.events);
    let until = acted_last(&recorded).unwrap_or(run.begun_at);
    let is_drill = run.run.cloud == CloudName::Sim;
    // What is captured is of a real cloud: it tells nothing of what a drill changed.
    let later = if is_drill { Vec::new() } else { later(args, &changed, plan, until)? };
    if !later.is_empty() {
        args.written.known(&later.iter().collect::<Vec<_>>())?;
    }
    let states = states(&args.terraform, &later)?;
    let told = Told { application: &plan.application.name, run: &run.run.run, until, is_drill };
    let turned = changed.iter().map(|one| turned(one, plan)).collect();
    let mut after = after(&told, turned, &states, &later, &|resource| args.written.is_chosen(resource));
    if args.written.asked_folder().is_none() {
        for row in &mut after.rows {
            if let Some(file) = row.written.take() {
                row.fix = format!("--out DIR writes it into DIR/{file}");
            }
        }
    }
    list(args, &after)?;
    let Some(folder) = args.written.asked_folder() else {
        return Ok(if after.rows.iter().any(|row| row.is_open()) { Exit::Refused } else { Exit::Done });
    };
    let open = after.rows.iter().filter(|row| row.is_open()).count();
    if open == 0 {
        out::say("code knows all of it: nothing is written");
        return Ok(Exit::Done);
    }
    args.written.put(("codify", &after.files), || after.files["README.md"].clone())?;
    let left = after.rows.iter().filter(|row| row.is_left()).count();
    out::say(format!(
        "{} changes: {} written in {} files, {left} left to a person, {} values to give; read {}{} first",
        open,
        open - left,
        after.files.len(),
        after.given,
        args.written.first(),
        folder.join("README.md").display()
    ));
    Ok(if left == 0 { Exit::Done } else { Exit::Refused })
}

/// What somebody has to know of the journal itself.
fn told_of(recorded: &Recorded, run: &Run) {
    if let Some(later) = recorded.later() {
        out::say(format_args!("written by a later Landfall ({later}): what this one does not know is not in the list"));
    }
    if recorded.torn_bytes > 0 {
        out::say(format_args!("{} bytes of a torn last line are left out", recorded.torn_bytes));
    }
    if !run.is_over() {
        out::say("the journal has no end of the run: what comes after it is not in the list");
    }
    if run.run.cloud == CloudName::Sim {
        out::say("it was a drill on a simulated cloud: nothing of it is real");
    }
}

/// Of what application `at` is; none where it does not say.
fn application(at: &Path) -> miette::Result<Option<String>> {
    if at.is_dir() {
        return Ok(None);
    }
    if at.extension().is_some_and(|end| end == "toml") {
        return Ok(Some(crate::cli::read_plan(at)?.application.name.to_string()));
    }
    Ok(Some(stored::read(at)?.1.application))
}

/// When the run acted last.
fn acted_last(recorded: &Recorded) -> Option<Timestamp> {
    let is_act = |what: &What| {
        matches!(
            what,
            What::StepActing { .. } | What::StepActed { .. } | What::StepSucceeded { .. } | What::StepUndone { .. }
        )
    };
    recorded.events.iter().rev().find(|event| is_act(&event.what)).map(|event| event.at)
}

/// The states, each with what it declares, as later snapshots say it.
fn states(paths: &[PathBuf], later: &[Snapshot]) -> miette::Result<Vec<State>> {
    let each = paths.iter().map(|path| {
        let file = drift::state(path)?;
        let name = if file.name == "-" { "standard input".to_owned() } else { file.name.clone() };
        let sealing = Sealing::default().knowing(later);
        Ok(State { name, instances: import::declared(&[file], &sealing)? })
    });
    each.collect()
}

fn turned(one: &Handed, plan: &Plan) -> Turned {
    let number = one.account.as_ref().and_then(|name| plan.accounts.get(name)?.number());
    Turned {
        step: one.step.to_string(),
        region: one.region.to_string(),
        account: number.map(str::to_owned),
        class: one.declared.class.to_owned(),
        id: one.declared.id.to_string(),
        argument: one.declared.argument.to_owned(),
        now: one.declared.now.to_string(),
        value: one.declared.value.clone(),
        known: one.known,
    }
}

/// The newest snapshot of each region in which something was changed, where it was begun after that.
fn later(args: &Args, changed: &[Handed], plan: &Plan, until: Timestamp) -> miette::Result<Vec<Snapshot>> {
    let regions: BTreeSet<&str> =
        changed.iter().filter(|one| !one.declared.class.is_empty()).map(|one| one.region.as_str()).collect();
    let mut left: BTreeSet<&str> = regions.clone();
    let mut found = Vec::new();
    for path in snapshot::beside(&args.written.at)?.into_iter().rev() {
        if left.is_empty() {
            break;
        }
        let one = match stored::read(&path) {
            Ok((_, one)) => one,
            Err(error) => {
                out::say(format_args!("left out: {error:#}"));
                continue;
            }
        };
        if one.application != plan.application.name.as_str() || !left.contains(one.region.as_str()) {
            continue;
        }
        let (region, at) = (one.region.clone(), one.taken.as_ref().map(|taken| taken.started));
        if at.is_none_or(|at| at < until) {
            out::say(format_args!(
                "{} was taken before the run's last change: it does not tell how {region} runs now",
                path.display()
            ));
        } else if args.written.refuses(&one).is_none() {
            out::say(format_args!("now     {} tells how {region} runs since", path.display()));
            found.push(one);
        }
        left.remove(region.as_str());
    }
    for region in left {
        out::say(format_args!(
            "no snapshot of {region} was taken after the run: landfall capture PLAN --region {region}"
        ));
    }
    Ok(found)
}

fn list(args: &Args, after: &After) -> miette::Result<()> {
    let mut told = String::new();
    for row in &after.rows {
        if args.json {
            told.push_str(&serde_json::to_string(row).into_diagnostic()?);
            told.push('\n');
            continue;
        }
        if !row.is_open() {
            continue;
        }
        let perhaps = if row.turned.known { "" } else { "perhaps " };
        let what = row.what();
        // Writing to a string cannot fail.
        let _ = writeln!(
            told,
            "{:<11} {what}{}{perhaps}{}\n            {}\n            {}",
            row.word(),
            if row.turned.argument.is_empty() { ": " } else { " = " },
            row.turned.now,
            row.consequence,
            row.fix
        );
    }
    match args.json {
        true => answer::print_json(&told)?,
        false => answer::print(&washed(&told))?,
    }
    let same = after.rows.iter().filter(|row| !row.is_open()).count();
    if same > 0 {
        out::say(format_args!("{same} declared as they were left"));
    }
    if after.rows.is_empty() {
        out::say("the run changed nothing that code declares");
    }
    Ok(())
}
