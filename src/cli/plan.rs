//! `landfall plan`: what would be done, in which order, and where it can no longer be taken back. Touches nothing.

use super::answer;
use super::exit::Exit;
use super::known;
use super::live::IntentArg;
use super::part::PartArgs;
use crate::plan::Runbook;
use crate::plan::render::{self, Sheet};
use crate::service::Registry;
use miette::miette;
use std::path::PathBuf;

/// Shows the runbook of a plan: order, waves, durations, gates, points of no return; touches nothing
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The plan.
    plan: PathBuf,
    /// What it is compiled for.
    #[arg(long, value_enum, default_value = "failover")]
    intent: IntentArg,
    /// How it is written.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    #[command(flatten)]
    part: PartArgs,
}

/// How a runbook is written.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    /// For people, in 80 columns.
    Text,
    /// For other programs: one object, versioned.
    Json,
    /// A graph for Graphviz.
    Dot,
    /// A flowchart for a README.
    Mermaid,
}

/// Writes the runbook to standard output.
///
/// # Errors
/// Everything that is wrong with the plan; an output that takes nothing.
pub fn run(args: &Args) -> miette::Result<Exit> {
    let plan = super::read_plan(&args.plan)?;
    let mut runbook = Runbook::compile(&plan, args.intent.into(), &Registry).map_err(|cycle| miette!("{cycle}"))?;
    known::estimate(&plan, &mut runbook);
    let sheet = Sheet::of(&plan, runbook.part(&args.part.asked(), &plan)?, &Registry);
    match args.format {
        Format::Text => answer::print(&render::text(&sheet))?,
        Format::Json => answer::print_json(&format!("{}\n", render::json(&sheet)))?,
        Format::Dot => answer::print(&render::dot(&sheet))?,
        Format::Mermaid => answer::print(&render::mermaid(&sheet))?,
    }
    Ok(Exit::Done)
}
