//! A branch and a commit of what is written, made with the machine's own git beside what is checked out: no file, no index
//! and no branch that is there is touched, and nothing is pushed.

use super::folder;
use miette::{IntoDiagnostic, WrapErr, miette};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};

/// Where what others set leads git elsewhere.
const ELSEWHERE: &[&str] = &[
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
];

/// What git is told each time: it runs no program of others', leaves no index of its own, and guesses nobody's name.
const TOLD: &[&str] = &[
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.splitIndex=false",
    "user.useConfigOnly=true",
    "i18n.commitEncoding=UTF-8",
];

const NONE: &str = "--branch wants --out to be in a git repository with files checked out";

/// A repository, and where in it the folder is.
struct Repository {
    top: PathBuf,
    within: String,
}

/// Commits `texts`, written by `command` into `out`, to a new branch called `name`; what was kept beside of somebody's work.
///
/// # Errors
/// No repository, a branch that is there, nobody to commit as, somebody's work.
pub(super) fn commit(
    out: &Path,
    name: &str,
    (command, texts): (&str, &BTreeMap<String, String>),
    message: &str,
    force: bool,
) -> miette::Result<Vec<(String, String)>> {
    let repository = Repository::of(out)?;
    let branch = format!("refs/heads/{name}");
    let called = repository.git(&["check-ref-format", "--branch", name], None).unwrap_or_default();
    if called.trim_end_matches('\n') != name {
        return Err(miette!("{name} is no name of a branch"));
    }
    if repository.git(&["show-ref", "--verify", "--quiet", &branch], None).is_ok() {
        let help = "choose another name, or take it away: git branch -D";
        return Err(miette!(help = help, "the branch {name} is there already"));
    }
    for who in ["GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT"] {
        let known = repository.git(&["var", who], None);
        known.wrap_err("git does not know who commits: git config user.name and user.email")?;
    }
    let parent = repository.head()?;
    let there = match &parent {
        Some(parent) => repository.held(parent)?,
        None => BTreeMap::new(),
    };
    let change = folder::settle(out, &there, (command, texts), force)?;
    let own = repository.git(&["rev-parse", "--absolute-git-dir"], None)?;
    let own = Path::new(own.trim_end_matches('\n')).join(format!("landfall-{}.index", std::process::id()));
    let index = Index(own);
    let index = &index.0;
    let within = |file: &str| match repository.within.as_str() {
        "" => file.to_owned(),
        folder => format!("{folder}/{file}"),
    };
    if let Some(parent) = &parent {
        repository.indexed(index, &["read-tree", parent], None)?;
    }
    let mut files: BTreeMap<String, &str> = texts.iter().map(|(file, text)| (file.clone(), text.as_str())).collect();
    for (file, kept) in &change.kept {
        let text = there.get(file).and_then(Option::as_deref);
        let text = text.ok_or_else(|| miette!("{file} is no text, and cannot be kept beside"))?;
        files.insert(kept.clone(), text);
    }
    for file in &change.gone {
        repository.indexed(index, &["update-index", "--force-remove", "--", &within(file)], None)?;
    }
    for (file, text) in files {
        let blob = repository.git(&["hash-object", "-w", "--no-filters", "--stdin"], Some(text))?;
        let entry = format!("100644 {}\t{}\0", blob.trim(), within(&file));
        repository.indexed(index, &["update-index", "--add", "-z", "--index-info"], Some(&entry))?;
    }
    let tree = repository.indexed(index, &["write-tree"], None)?;
    if let Some(parent) = &parent {
        let before = repository.git(&["rev-parse", &format!("{parent}^{{tree}}")], None)?;
        if before == tree {
            return Err(miette!("{} has all of it already: there is nothing to commit", out.display()));
        }
    }
    let mut arguments = vec!["commit-tree", tree.trim(), "-F", "-"];
    if let Some(parent) = &parent {
        arguments.extend(["-p", parent]);
    }
    let commit = repository.git(&arguments, Some(message))?;
    // Nothing is there, or nothing is done: somebody may have made it meanwhile.
    let none = "0".repeat(commit.trim().len());
    repository.git(&["update-ref", "--no-deref", "-m", "landfall", &branch, commit.trim(), &none], None)?;
    Ok(change.kept)
}

/// An index of our own, which goes with us.
struct Index(PathBuf);

impl Drop for Index {
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.0));
    }
}

impl Repository {
    /// That which holds `out`, which may not be there yet.
    fn of(out: &Path) -> miette::Result<Self> {
        let whole = std::path::absolute(out).into_diagnostic()?;
        // As the disk has it, as far as it is there: a link leads where it leads.
        let there = whole.ancestors().find(|folder| folder.is_dir()).unwrap_or(Path::new("/"));
        let rest = whole.strip_prefix(there).unwrap_or(Path::new("")).to_path_buf();
        if rest.components().any(|part| part == Component::ParentDir) {
            return Err(miette!("{} leads through a folder that is not there", out.display()));
        }
        let there = there.canonicalize().into_diagnostic()?;
        let top = run(&there, &["rev-parse", "--show-toplevel"], None, None).wrap_err(NONE)?;
        let top = PathBuf::from(top.trim_end_matches('\n'));
        let within = there.join(rest);
        let within = within
            .strip_prefix(&top)
            .map_err(|_| miette!("{NONE}: {} is outside of {}", out.display(), top.display()))?;
        let within = within.to_str().ok_or_else(|| miette!("{} is no text", within.display()))?.to_owned();
        if within.contains(['\n', '\t']) || within.split('/').any(|part| part == ".git") {
            return Err(miette!("{} is no place for files of a branch", out.display()));
        }
        Ok(Self { top, within })
    }

    fn git(&self, arguments: &[&str], input: Option<&str>) -> miette::Result<String> {
        run(&self.top, arguments, None, input)
    }

    fn indexed(&self, index: &Path, arguments: &[&str], input: Option<&str>) -> miette::Result<String> {
        run(&self.top, arguments, Some(index), input)
    }

    /// The commit that is checked out; none before the first.
    fn head(&self) -> miette::Result<Option<String>> {
        if self.git(&["rev-parse", "--verify", "--quiet", "HEAD"], None).is_err() {
            // A branch without a commit leads somewhere all the same; anything else is broken.
            self.git(&["symbolic-ref", "HEAD"], None)?;
            return Ok(None);
        }
        let commit = self.git(&["rev-parse", "--verify", "HEAD^{commit}"], None)?;
        Ok(Some(commit.trim().to_owned()))
    }

    /// What a commit has in the folder, by name.
    fn held(&self, commit: &str) -> miette::Result<BTreeMap<String, Option<String>>> {
        let tree = format!("{commit}:{}", self.within);
        // No such folder in it is an empty one.
        if self.git(&["rev-parse", "--verify", "--quiet", &tree], None).is_err() {
            return Ok(BTreeMap::new());
        }
        let listed = self.git(&["ls-tree", "-r", "-z", &tree], None);
        let listed = listed.wrap_err_with(|| format!("{} is no folder in what was committed", self.within))?;
        let mut held = BTreeMap::new();
        for line in listed.split('\0').filter(|line| !line.is_empty()) {
            let Some((about, file)) = line.split_once('\t') else { continue };
            // What lies deeper is none of ours.
            let is_near = file.matches('/').count() < 2;
            let text = match about.split(' ').collect::<Vec<_>>().as_slice() {
                [mode, "blob", blob] if mode.starts_with("100") && is_near => {
                    self.git(&["cat-file", "blob", blob], None).ok()
                }
                _ => None,
            };
            held.insert(file.to_owned(), text);
        }
        Ok(held)
    }
}

fn run(folder: &Path, arguments: &[&str], index: Option<&Path>, input: Option<&str>) -> miette::Result<String> {
    let mut git = Command::new("git");
    git.arg("-C").arg(folder);
    for told in TOLD {
        git.args(["-c", told]);
    }
    git.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    git.stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() });
    for name in ELSEWHERE {
        git.env_remove(name);
    }
    git.env("GIT_TERMINAL_PROMPT", "0").env("LC_ALL", "C");
    if let Some(index) = index {
        git.env("GIT_INDEX_FILE", index);
    }
    let mut child = git.spawn().into_diagnostic().wrap_err("git does not run here: --branch wants it")?;
    if let (Some(text), Some(mut pipe)) = (input, child.stdin.take()) {
        let written = pipe.write_all(text.as_bytes());
        drop(pipe);
        if let Err(error) = written
            && error.kind() != std::io::ErrorKind::BrokenPipe
        {
            return Err(error).into_diagnostic();
        }
    }
    let told = child.wait_with_output().into_diagnostic()?;
    if !told.status.success() {
        let said = String::from_utf8_lossy(&told.stderr);
        let said = said.trim();
        let what = arguments.first().copied().unwrap_or_default();
        return Err(miette!("git {what} says no: {}", if said.is_empty() { "without a word" } else { said }));
    }
    String::from_utf8(told.stdout).into_diagnostic().wrap_err("git answers with what is no text")
}
