//! What the console writes into files when somebody asks: what differs, and what a restore would make. It is read from the disk anew,
//! written beside the plan, and never over what somebody changed.

use super::drifts::{self, Kept, Kinds};
use super::restores;
use crate::cli::capture::{beside, stored};
use crate::cli::drift::state;
use crate::cli::folder;
use crate::console::app::Writing;
use crate::console::drift::{Drifts, Known, Tab, Writer};
use crate::import;
use crate::plan::Plan;
use crate::snapshot::store;
use crate::terraform::{self, Sealing, files, generate, restore};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The folder beside the plan that all of it is written into.
const FOLDER: &str = "landfall-written";

/// Writes what the store in `folder` holds of the application of `plan`, whose file is `path`.
pub(super) fn writer(plan: &Plan, path: &Path, folder: &Path, states: &[PathBuf]) -> Writer {
    let (plan, path, folder, states) = (plan.clone(), path.to_owned(), folder.to_owned(), states.to_vec());
    Writer::Files(Arc::new(move |what| {
        let kept = newest(&plan, &folder)?;
        let within = format!("{FOLDER}/{}", store::folder(&plan.application.name));
        let (name, texts) = match what {
            Writing::Drift => ("drift".to_owned(), drift(&plan, &states, &kept)?),
            Writing::Restore => (format!("restore-{}", plan.application.recovery), restored(&plan, &path, &kept)?),
        };
        let command = if what == Writing::Drift { "codify" } else { "restore" };
        let out = beside(&path, &format!("{within}/{name}"));
        folder::write(&out, (command, &texts), false).map_err(|error| told(&error))?;
        Ok(format!("{} files are written into {}: read {} first", texts.len(), out.display(), first(what)))
    }))
}

/// Of a drill nothing is written: nothing of it is real.
pub(super) const OF_A_DRILL: Writer =
    Writer::Nobody("it is a drill on a simulated cloud: there is nothing real to write");

fn first(what: Writing) -> &'static str {
    match what {
        Writing::Drift => "DRIFT.md",
        Writing::Restore => "README.md",
    }
}

/// What went wrong, on one line.
fn told(error: &miette::Report) -> String {
    let help = error.help().map_or_else(String::new, |help| format!("; {help}"));
    format!("{error:#}{help}")
}

struct Newest {
    primary: Kept,
    earlier: Option<Kept>,
    recovery: Option<Kept>,
}

/// The newest of both regions, and the one before it.
fn newest(plan: &Plan, folder: &Path) -> Result<Newest, String> {
    let application = &plan.application;
    let (mut primary, mut earlier, mut recovery): (Option<Kept>, Option<Kept>, Option<Kept>) = (None, None, None);
    for named in stored::names(folder).map_err(|error| told(&error))?.iter().rev() {
        let Ok((_, snapshot)) = stored::read(&folder.join(&named.name)) else { continue };
        let of = if snapshot.region == application.recovery.as_str() {
            &mut recovery
        } else if snapshot.region != application.primary.as_str() {
            continue;
        } else if primary.is_none() {
            &mut primary
        } else {
            &mut earlier
        };
        of.get_or_insert((snapshot, named.at));
        if primary.is_some() && earlier.is_some() && recovery.is_some() {
            break;
        }
    }
    let primary = primary.ok_or_else(|| format!("there is no snapshot of {} that can be read", application.primary))?;
    Ok(Newest { primary, earlier, recovery })
}

/// What differs, and of what no state declares the Terraform.
fn drift(plan: &Plan, states: &[PathBuf], kept: &Newest) -> Result<BTreeMap<String, String>, String> {
    let kinds =
        Kinds { primary: Some(&kept.primary), earlier: kept.earlier.as_ref(), recovery: kept.recovery.as_ref() };
    let drifts = drifts::all(plan, states, &kinds);
    let snapshot = &kept.primary.0;
    let mut texts = BTreeMap::new();
    if !states.is_empty() {
        let read = states.iter().map(|path| state(path)).collect::<miette::Result<Vec<_>>>();
        let read = read
            .and_then(|read| Ok(import::declared(&read, &Sealing::default().knowing([snapshot]))?))
            .map_err(|error| told(&error))?;
        let mut generated = generate(snapshot, &|_| true);
        terraform::drift::only(&mut generated, snapshot, &read);
        if !generated.blocks.is_empty() {
            texts = files::codified(snapshot, &generated);
        }
    }
    let from = format!("{} in {}, snapshot {}", snapshot.application, snapshot.region, &snapshot.hash()[..12]);
    texts.insert("DRIFT.md".to_owned(), files::headed("<!-- ", "codify", &from, &report(plan, &drifts)));
    Ok(texts)
}

fn report(plan: &Plan, drifts: &Drifts) -> String {
    let line =
        |text: &str| text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect::<String>();
    let mut text = format!("# What differs of {}\n", line(&plan.application.name));
    for tab in Tab::ALL {
        let compared = match drifts.of(tab) {
            Known::Not { why, fix } => {
                let _ = writeln!(text, "\n## {}: not compared\n\n{}: {}.", tab.word(), line(why), line(fix));
                continue;
            }
            Known::There(compared) => compared,
        };
        let side = |side: &crate::console::drift::Side| match side.at {
            Some(at) => format!("{}, captured {at}", line(&side.name)),
            None => line(&side.name),
        };
        let [differ, unread] = compared.counts();
        let _ = writeln!(
            text,
            "\n## {}: {differ} differ, {unread} unread\n\n{} against {}.\n",
            tab.word(),
            side(&compared.right),
            side(&compared.left)
        );
        for row in compared.rows.iter().filter(|row| !row.drift.is_quiet()) {
            let field = if row.field.is_empty() { String::new() } else { format!(" {}", line(&row.field)) };
            let what = format!("{}/{}{field}", line(&row.kind), line(&row.name));
            let _ = writeln!(text, "- `{}` **{what}**: {}", row.drift.word(), line(&row.comes));
        }
        let quiet = compared.quiet();
        if quiet > 0 {
            let _ = writeln!(text, "\n{quiet} more may differ.");
        }
    }
    text
}

/// What a restore makes; never a store of which nobody says where its data comes from.
fn restored(plan: &Plan, path: &Path, kept: &Newest) -> Result<BTreeMap<String, String>, String> {
    let (snapshot, there) = (&kept.primary.0, kept.recovery.as_ref().map(|(there, _)| there));
    let command = restores::command(path, plan.application.recovery.as_str());
    if !snapshot.complete {
        return Err(format!("the snapshot is not complete: capture it again, or {command} --allow-incomplete"));
    }
    let (made, silent) = restores::restored(plan, snapshot, there)?;
    if let Some((of, why)) = silent.first() {
        return Err(format!("{of}: {why}; say it: {command} {}", restore::advice(of)));
    }
    Ok(restore::written(snapshot, &restores::order(plan, snapshot, there, &|_| None), &made))
}
