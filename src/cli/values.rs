//! The values of a plan: read with it, and again when a run is gone on with. What is not there holds the steps that need
//! it; what changed is taken only by a person's word.

use super::{Refused, out};
use crate::engine::values::{self, Again, Vault};
use crate::files;
use crate::plan::{Plan, file};
use crate::recovery::Opened;
use crate::recovery::event::{Compared, ValueRead};
use crate::text::Clean;
use miette::{IntoDiagnostic, WrapErr};
use std::io::{BufRead, IsTerminal, stdin};
use std::path::{Path, PathBuf};

/// What is asked for, in words, where a person can be asked.
const WORD: &str = "changed";

/// How the values of a run that is gone on with are read again.
#[derive(Debug, Default, clap::Args)]
pub struct ValuesArgs {
    /// The plan file, where it moved since the run began: its secrets are read from it again.
    #[arg(long, value_name = "FILE")]
    pub(super) plan: Option<PathBuf>,
    /// Go on although this value is not what it was when the run began, by its name, or the name of its variable or file;
    /// `all` for all of them.
    #[arg(long, value_name = "NAME")]
    pub(super) changed: Vec<String>,
}

impl ValuesArgs {
    /// Reads the values of the run `opened` again; asks about those that changed where somebody `may_be_asked`.
    ///
    /// # Errors
    /// [`Refused`] when one changed and nobody said so.
    pub fn read(&self, opened: &Opened, journal: &Path, may_be_asked: bool) -> miette::Result<Again> {
        let again = values::again(&opened.plan, journal, self.file().as_deref());
        tell(&again);
        self.answered(again, opened, may_be_asked)
    }

    /// The plan file that was named.
    pub fn file(&self) -> Option<PathBuf> {
        self.plan.as_ref().map(|path| std::path::absolute(path).unwrap_or_else(|_| path.clone()))
    }

    /// That no value of `opened` is another than it was, as far as it is there and can be compared.
    ///
    /// # Errors
    /// [`Refused`] when one changed and nobody said so.
    pub fn unchanged(&self, opened: &Opened, journal: &Path) -> miette::Result<()> {
        let again = values::again(&opened.plan, journal, self.file().as_deref());
        self.answered(again, opened, false).map(drop)
    }

    fn answered(&self, again: Again, opened: &Opened, may_be_asked: bool) -> miette::Result<Again> {
        let unsaid = |read: &&ValueRead| read.how == Compared::Changed && !self.says(&opened.plan, &read.name);
        let changed: Vec<&ValueRead> = again.read.iter().filter(unsaid).collect();
        if changed.is_empty() || (may_be_asked && stdin().is_terminal() && is_said(&changed)) {
            return Ok(again);
        }
        let names: Vec<&str> = changed.iter().map(|read| read.name.as_str()).collect();
        let clear = format!("say --changed {} to go on with what there is now", names.join(" --changed "));
        Err(Refused { why: format!("not what the run began with: {}", names.join(", ")), clear }.into())
    }

    /// Whether it was said that the value called `name` changed.
    fn says(&self, plan: &Plan, name: &Clean) -> bool {
        let from = plan.sealed.values.iter().find(|value| value.name == *name).map(|value| &value.from);
        let last = name.rsplit('.').next().unwrap_or(name);
        let source = match from {
            Some(crate::plan::Source::Env(source) | crate::plan::Source::File(source)) => Some(source.as_str()),
            Some(crate::plan::Source::Plan) | None => None,
        };
        let is_meant =
            |said: &String| said == "all" || said == name.as_str() || said == last || Some(said.as_str()) == source;
        self.changed.iter().any(is_meant)
    }
}

/// Says what was read anew, and what is not there.
fn tell(again: &Again) {
    for missing in again.vault.secrets.absent() {
        out::say(format_args!("landfall: {missing}; the steps that send it are held"));
    }
    let not_compared: Vec<&str> =
        again.read.iter().filter(|read| read.how == Compared::Not).map(|read| read.name.as_str()).collect();
    if !not_compared.is_empty() {
        out::say(format_args!(
            "landfall: the run's key is not beside the journal; not compared: {}",
            not_compared.join(", ")
        ));
    }
}

/// Asks at the terminal, before the console is opened.
fn is_said(changed: &[&ValueRead]) -> bool {
    for read in changed {
        out::say(format_args!("landfall: {} is not what it was when the run began", read.name));
    }
    out::say(format_args!(
        "landfall: type {WORD} to go on with what there is now; anything else leaves the run as it is"
    ));
    let mut typed = String::new();
    stdin().lock().read_line(&mut typed).is_ok() && typed.trim() == WORD
}

/// Reads a plan file and its values.
///
/// # Errors
/// When it cannot be read, and everything that is wrong with it. Values that are not there are none of that.
pub fn read_plan(path: &Path) -> miette::Result<(Plan, Vault)> {
    let bytes = files::read(path, files::PLAN)
        .into_diagnostic()
        .wrap_err_with(|| format!("the plan {} cannot be read", path.display()))?;
    let (mut plan, literals) =
        file::read_sealing(&path.display().to_string(), &bytes, &super::plugin::kinds(path, &bytes))?;
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    plan.sealed.file = Some(Clean::new(&absolute.display().to_string()));
    Ok(Vault::of(plan, literals))
}
