//! Where Terraform is written to: a folder that holds only what the same command wrote and nobody changed since.

use crate::files;
use crate::snapshot::{Resource, Snapshot};
use crate::terraform;
use miette::{IntoDiagnostic, WrapErr, miette};
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

/// What is to be done to a folder.
#[derive(Debug, Default)]
pub(super) struct Change {
    /// Files of somebody's work that are kept beside, as NAME.before.
    pub(super) kept: Vec<String>,
    /// Files of an earlier time that go.
    pub(super) gone: Vec<String>,
}

/// What becomes of what is there, by name with its text where it is one, when `texts` of `command` are written.
///
/// # Errors
/// When somebody's work is there, and `force` is not said.
pub(super) fn settle(
    folder: &Path,
    there: &BTreeMap<String, Option<String>>,
    (command, texts): (&str, &BTreeMap<String, String>),
    force: bool,
) -> miette::Result<Change> {
    let mut changed = Vec::new();
    let mut change = Change::default();
    for (name, text) in there.iter().filter(|(name, _)| !is_beside(name)) {
        let is_ours = text.as_deref().is_some_and(|text| terraform::files::is_untouched_of(command, text));
        match (is_ours, texts.contains_key(name)) {
            (true, true) => {}
            (true, false) => change.gone.push(name.clone()),
            (false, _) => changed.push(name.clone()),
        }
    }
    if let (Some(name), false) = (changed.first(), force) {
        let help = "give an empty folder, or --force: what is there is kept beside, as NAME.before";
        return Err(miette!(
            help = help,
            "{} holds {name}, which this command did not write, or which was changed since",
            folder.display()
        ));
    }
    change.kept = changed.into_iter().filter(|name| texts.contains_key(name)).collect();
    Ok(change)
}

/// The folder of changes of other code.
const CHANGED: &str = "changed";

/// What Terraform itself leaves there, and what people put beside it, is in nobody's way.
fn is_beside(name: &str) -> bool {
    let name = match name.split_once('/') {
        Some((folder, _)) if folder.starts_with(".terraform") => return true,
        // What is laid beside other code is ours, and none of what people put beside it.
        Some((CHANGED, _)) => return false,
        Some((_, name)) => name,
        None => name,
    };
    name.starts_with(".terraform")
        || name.starts_with("terraform.tfstate")
        || name == "backend.tf"
        || [".before", ".tfvars", ".tfvars.json", "_override.tf"].iter().any(|end| name.ends_with(end))
}

/// Writes the files; those that somebody changed and that were kept beside.
///
/// # Errors
/// Somebody's work; a disk that takes nothing.
pub(super) fn write(
    folder: &Path,
    (command, texts): (&str, &BTreeMap<String, String>),
    force: bool,
) -> miette::Result<Vec<String>> {
    let fails = || format!("{} cannot be written", folder.display());
    let mut there = BTreeMap::new();
    match std::fs::read_dir(folder) {
        Ok(entries) => {
            for entry in entries {
                let entry = entry.into_diagnostic().wrap_err_with(fails)?;
                let name = entry.file_name().to_string_lossy().into_owned();
                let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
                if !is_folder || is_beside(&name) {
                    there.insert(name, files::read_text(&entry.path(), files::PLAN).ok());
                    continue;
                }
                for inner in std::fs::read_dir(entry.path()).into_diagnostic().wrap_err_with(fails)? {
                    let inner = inner.into_diagnostic().wrap_err_with(fails)?;
                    let name = format!("{name}/{}", inner.file_name().to_string_lossy());
                    there.insert(name, files::read_text(&inner.path(), files::PLAN).ok());
                }
            }
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error).into_diagnostic().wrap_err_with(fails),
    }
    let change = settle(folder, &there, (command, texts), force)?;
    std::fs::create_dir_all(folder).into_diagnostic().wrap_err_with(fails)?;
    for name in &change.kept {
        let (from, to) = (folder.join(name), folder.join(format!("{name}.before")));
        std::fs::rename(from, to).into_diagnostic().wrap_err_with(fails)?;
    }
    for name in &change.gone {
        let path = folder.join(name);
        std::fs::remove_file(&path).into_diagnostic().wrap_err_with(fails)?;
        // A folder of ours in which nothing is left goes, too.
        if let Some(own) = path.parent().filter(|own| *own != folder) {
            drop(std::fs::remove_dir(own));
        }
    }
    for (name, text) in texts {
        let path = folder.join(name);
        if let Some(own) = path.parent() {
            std::fs::create_dir_all(own).into_diagnostic().wrap_err_with(fails)?;
        }
        let written = files::replace(&path, text.as_bytes());
        written.into_diagnostic().wrap_err_with(|| format!("{} cannot be written", path.display()))?;
    }
    Ok(change.kept)
}

/// Writes the files into the folder, or to a new branch with what a pull request says; what was kept beside.
///
/// # Errors
/// As [`write()`] and [`super::branch::commit`].
pub(super) fn put(
    folder: &Path,
    branch: Option<&str>,
    (command, texts): (&str, &BTreeMap<String, String>),
    request: impl FnOnce() -> String,
    force: bool,
) -> miette::Result<Vec<String>> {
    let Some(name) = branch else { return write(folder, (command, texts), force) };
    let request = request();
    let message = request.lines().filter(|line| !line.starts_with("<!--")).collect::<Vec<_>>().join("\n");
    let message = message.trim_start().trim_start_matches("# ").to_owned();
    let mut texts = texts.clone();
    texts.insert("PULL_REQUEST.md".to_owned(), request);
    let kept = super::branch::commit(folder, name, (command, &texts), &message, force)?;
    super::out::say(format!(
        "branch  {name} has them; nothing that is checked out was touched, no hook was run, nothing was pushed"
    ));
    Ok(kept)
}

/// What comes before Terraform, where the files are on a branch.
pub(super) fn first(branch: Option<&str>) -> String {
    branch.map_or_else(String::new, |name| format!("git push REMOTE {name}, and where it is checked out "))
}

/// That each of `whats` names something of the snapshot.
///
/// # Errors
/// The first that does not.
pub(super) fn known<'a>(snapshots: &[&Snapshot], mut whats: impl Iterator<Item = &'a str>) -> miette::Result<()> {
    let all = snapshots.iter().flat_map(|snapshot| &snapshot.resources);
    let unknown = whats.find(|what| !all.clone().any(|resource| names(what, resource)));
    unknown.map_or(Ok(()), |what| {
        Err(miette!(help = "landfall snapshot show FILE lists what there is", "the snapshot has no {what}"))
    })
}

/// Whether `what` names `resource`: as KIND/ID, by its name, or by its address in Terraform.
pub(super) fn names(what: &str, resource: &Resource) -> bool {
    let is = |text: &str| crate::snapshot::diff::matches(what, text);
    is(&resource.reference().to_string())
        || resource.name.as_deref().is_some_and(|name| is(name) || is(&format!("{}/{name}", resource.kind)))
        || terraform::address_of(resource).is_some_and(|address| is(&address))
}
