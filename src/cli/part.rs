//! `--only`, `--without` and `--from`: the part of a runbook that is meant.

use crate::plan::part::Asked;

/// Which part of the runbook; all of it when nothing is said. What is left out is shown as such, and never green.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct PartArgs {
    /// Only these components or steps, and all that they need.
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    only: Vec<String>,
    /// Without these components or steps, and without what needs them.
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    without: Vec<String>,
    /// From these components or steps on: what does not come after them is taken as done.
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    from: Vec<String>,
}

impl PartArgs {
    /// What is asked for.
    pub fn asked(&self) -> Asked {
        Asked { only: self.only.clone(), without: self.without.clone(), from: self.from.clone() }
    }
}
