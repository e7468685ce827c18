//! `landfall report`: what a run was, read off its journal.

use super::answer;
use super::exit::Exit;
use super::pick::{self, For};
use crate::engine::journal::read;
use crate::report::{Report, html, json, markdown};
use crate::text::{escaped_json, washed};
use miette::{IntoDiagnostic, WrapErr};
use std::path::{Path, PathBuf};

/// Tells what a run was: objectives against what was measured, decisions, evidence, what to do next
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The journal of a run that is over, was left, or is still under way, or the beginning of the run's id. Without it,
    /// the newest that is over, or where none is, the newest.
    journal: Option<PathBuf>,
    /// How it is written.
    #[arg(long, value_enum, default_value_t = Format::Md)]
    format: Format,
    /// The file to write it to; standard output when absent.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    /// Markdown, for a wiki or a pull request.
    Md,
    /// One HTML file with pictures, no script, nothing fetched.
    Html,
    /// The report's data, versioned.
    Json,
}

/// Writes a journal's report.
///
/// # Errors
/// The journal cannot be read or is damaged; the file cannot be written.
pub fn run(args: &Args) -> miette::Result<Exit> {
    let journal = pick::journal(args.journal.as_deref(), For::Report)?;
    if !journal.exists() {
        return Err(answer::missing(&journal));
    }
    let recorded = read(&journal)?;
    if let Some(later) = recorded.later() {
        super::out::say(format_args!(
            "landfall: written by a later Landfall ({later}): what this one does not know is told by name"
        ));
    }
    let report = Report::of(&recorded, &journal.display().to_string())
        .ok_or_else(|| miette::miette!("{} does not begin with a run", journal.display()))?;
    let text = match args.format {
        Format::Md => washed(&markdown::write(&report)).into_owned(),
        Format::Html => washed(&html::write(&report)).into_owned(),
        Format::Json => {
            let json = json::write(&report).into_diagnostic().wrap_err("the report cannot be written as JSON")?;
            escaped_json(&json).into_owned()
        }
    };
    match &args.out {
        Some(out) => write(out, &journal, &text)?,
        None => answer::print(&text)?,
    }
    Ok(Exit::Done)
}

fn write(out: &Path, journal: &Path, text: &str) -> miette::Result<()> {
    answer::spare(out, &[journal])?;
    std::fs::write(out, text).map_err(|error| {
        miette::miette!(
            help = "name a file in a folder that is there and can be written to, or leave --out away",
            "the report cannot be written to {}: {error}",
            out.display()
        )
    })
}
