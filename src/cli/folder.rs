//! Where Terraform is written to: a folder that holds only what the same command wrote and nobody changed since.

use crate::files;
use crate::snapshot::{Resource, Snapshot};
use crate::terraform;
use crate::text::shell_word;
use miette::{IntoDiagnostic, WrapErr, miette};
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// What is to be done to a folder.
#[derive(Debug, Default)]
pub(super) struct Change {
    /// Files of somebody's work that are kept beside, each with the name that it is kept by.
    pub(super) kept: Vec<(String, String)>,
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
    let kept = changed.into_iter().filter(|name| texts.contains_key(name));
    change.kept = kept.map(|name| (name.clone(), beside(&name, there))).collect();
    Ok(change)
}

/// By what name a file is kept beside: what was kept there before is somebody's work too.
fn beside(name: &str, there: &BTreeMap<String, Option<String>>) -> String {
    let mut beside = format!("{name}.before");
    for number in 2_u64.. {
        if !there.contains_key(&beside) {
            break;
        }
        beside = format!("{name}.{number}.before");
    }
    beside
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
        // A plan is what our own README has Terraform leave there.
        || ["backend.tf", "plan"].contains(&name)
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
) -> miette::Result<Vec<(String, String)>> {
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
        Err(error) => return Err(refused(folder, &error)),
    }
    let change = settle(folder, &there, (command, texts), force)?;
    // All of it is on the disk before anything that is there is touched.
    let staged = Staged::all(folder, texts).map_err(|(path, error)| refused(&path, &error))?;
    // It is there until the new one is put in its place: a folder in which a file is missing tells Terraform to take away what
    // stood in it. For the same reason what goes, goes last.
    for (name, kept) in &change.kept {
        let (from, to) = (folder.join(name), folder.join(kept));
        let linked = std::fs::hard_link(&from, &to).or_else(|_| std::fs::rename(&from, &to));
        linked.into_diagnostic().wrap_err_with(fails)?;
    }
    staged.put().map_err(|(path, error)| refused(&path, &error))?;
    for name in &change.gone {
        let path = folder.join(name);
        std::fs::remove_file(&path).into_diagnostic().wrap_err_with(fails)?;
        // A folder of ours in which nothing is left goes, too.
        if let Some(own) = path.parent().filter(|own| *own != folder) {
            drop(std::fs::remove_dir(own));
        }
    }
    Ok(change.kept)
}

/// That nothing can be written there, and what to do.
fn refused(path: &Path, error: &std::io::Error) -> miette::Report {
    let help = "let who runs this write there, or name another folder: --out DIR";
    miette!(help = help, "{} cannot be written: {error}", path.display())
}

/// What is to be written, on the disk beside where it goes, each with the place it goes to.
struct Staged(Vec<(PathBuf, PathBuf)>);

type NotPut = (PathBuf, std::io::Error);

impl Staged {
    fn all(folder: &Path, texts: &BTreeMap<String, String>) -> Result<Self, NotPut> {
        let mut staged = Self(Vec::new());
        std::fs::create_dir_all(folder).map_err(|error| (folder.to_owned(), error))?;
        for (at, (name, text)) in texts.iter().enumerate() {
            let path = folder.join(name);
            // What begins so is in nobody's way, whatever becomes of this.
            let beside = folder.join(format!(".terraform.landfall-{at}"));
            let own = path.parent().unwrap_or(folder);
            std::fs::create_dir_all(own).map_err(|error| (own.to_owned(), error))?;
            files::replace(&beside, text.as_bytes()).map_err(|error| (path.clone(), error))?;
            staged.0.push((beside, path));
        }
        Ok(staged)
    }

    fn put(mut self) -> Result<(), NotPut> {
        while let Some((beside, path)) = self.0.pop() {
            if let Err(error) = std::fs::rename(&beside, &path) {
                self.0.push((beside, path.clone()));
                return Err((path, error));
            }
        }
        Ok(())
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        for (beside, _) in &self.0 {
            drop(std::fs::remove_file(beside));
        }
    }
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
) -> miette::Result<Vec<(String, String)>> {
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
    branch
        .map_or_else(String::new, |name| format!("git push REMOTE {}, and where it is checked out ", shell_word(name)))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_written_whole_is_not_written_at_all_and_says_where_and_what_to_do() {
        let place = tempfile::tempdir().expect("a folder");
        let texts = |names: &[&str]| -> BTreeMap<String, String> {
            names.iter().map(|name| ((*name).to_owned(), format!("# {name}\n"))).collect()
        };
        let out = place.path().join("out");
        // A file is in the way of a folder that comes after others.
        std::fs::create_dir(&out).expect("made");
        std::fs::write(out.join("changed"), "mine").expect("written");
        let before = texts(&["main.tf", "changed/0/main.tf", "variables.tf"]);
        let told = write(&out, ("codify", &before), true).expect_err("it is in the way");
        assert!(
            told.to_string().contains("changed")
                && told.help().is_some_and(|help| help.to_string().contains("--out DIR"))
        );
        let names = || -> Vec<String> {
            let entries = std::fs::read_dir(&out).expect("a folder");
            entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
        };
        assert_eq!(names(), ["changed"], "nothing is half written");
        std::fs::remove_file(out.join("changed")).expect("removed");
        assert!(write(&out, ("codify", &before), false).expect("written").is_empty());
        let mut there = names();
        there.sort();
        assert_eq!(there, ["changed", "main.tf", "variables.tf"], "and nothing is left of how");
        // What somebody changed is kept beside, and so is what was kept of an earlier time.
        for (work, kept) in [("one", "main.tf.before"), ("two", "main.tf.2.before"), ("three", "main.tf.3.before")] {
            std::fs::write(out.join("main.tf"), work).expect("written");
            let told = write(&out, ("codify", &before), true).expect("written");
            assert_eq!(told.iter().find(|(name, _)| name == "main.tf").map(|(_, kept)| kept.as_str()), Some(kept));
        }
        for (work, kept) in [("one", "main.tf.before"), ("two", "main.tf.2.before"), ("three", "main.tf.3.before")] {
            assert_eq!(std::fs::read_to_string(out.join(kept)).expect("kept"), work);
        }
        assert_eq!(std::fs::read_to_string(out.join("main.tf")).expect("written"), "# main.tf\n");
        // What is no folder.
        let file = place.path().join("file");
        std::fs::write(&file, "mine").expect("written");
        let told = write(&file.join("out"), ("codify", &before), false).expect_err("a file");
        assert!(told.to_string().contains("file/out"), "{told}");
    }
}
