//! `landfall import`: a plan to start from, made of what a team has already. Asks no cloud, and writes over nothing.

use super::answer;
use super::exit::Exit;
use super::out;
use crate::files;
use crate::import::{Dialect, File, Found, Imported, Wanted, import};
use crate::plan::{Level, duration};
use miette::{IntoDiagnostic, WrapErr, miette};
use serde_json::json;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Makes a plan to start from of what a team has already; exit 0 when nothing is left to say, 3 when something is
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What the files are.
    #[arg(value_enum)]
    kind: KindArg,
    /// The files; several complete each other: failover and failback, or one a phase.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// What the application is called, where no file says it.
    #[arg(long)]
    name: Option<String>,
    /// The region that serves on a good day; by default what the files tell.
    #[arg(long, value_name = "REGION")]
    primary: Option<String>,
    /// The region to recover in; by default what the files tell.
    #[arg(long, value_name = "REGION")]
    recovery: Option<String>,
    /// How long the application may be down.
    #[arg(long, value_name = "DURATION", value_parser = said)]
    rto: Option<String>,
    /// How much of what was written may be lost.
    #[arg(long, value_name = "DURATION", value_parser = said)]
    rpo: Option<String>,
    /// What `aws cloudformation list-exports` printed: what `!Import NAME` stands for. Once a region.
    #[arg(long, value_name = "FILE")]
    exports: Vec<PathBuf>,
    /// What `aws ssm get-parameters` printed: what `resolve:ssm:NAME` stands for. A SecureString's value is never taken.
    #[arg(long, value_name = "FILE")]
    parameters: Vec<PathBuf>,
    /// Write the plan to this file, which must not be there yet; to standard output without it.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// One finding a line on standard output, as an object; the plan goes to --out.
    #[arg(long, requires = "out")]
    json: bool,
}

/// What can be imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum KindArg {
    /// Payloads of the DR Orchestrator's FAILOVER and FAILBACK state machines, or its modules' manifests.
    DrOrchestrator,
    /// A plan of ARC Region switch, as `aws arc-region-switch get-plan` prints it; behind it the plans that are its steps.
    RegionSwitch,
    /// A state of Terraform or OpenTofu: terraform.tfstate, or what `terraform show -json` prints.
    Terraform,
}

impl From<KindArg> for Dialect {
    fn from(kind: KindArg) -> Self {
        match kind {
            KindArg::DrOrchestrator => Self::DrOrchestrator,
            KindArg::RegionSwitch => Self::RegionSwitch,
            KindArg::Terraform => Self::Terraform,
        }
    }
}

fn said(text: &str) -> Result<String, duration::NotADuration> {
    duration::parse(text).map(|_| text.to_owned())
}

/// Writes the plan, and what was found to standard error.
///
/// # Errors
/// A file that cannot be read or is not what it should be, a plan that is there already.
pub fn run(args: &Args) -> miette::Result<Exit> {
    let Args { name, primary, recovery, rto, rpo, .. } = args;
    let wanted = Wanted {
        name: name.clone(),
        primary: primary.clone(),
        recovery: recovery.clone(),
        rto: rto.clone(),
        rpo: rpo.clone(),
        exports: read(&args.exports)?,
        parameters: read(&args.parameters)?,
    };
    let Imported { text, plan, found } = import(args.kind.into(), &read(&args.files)?, &wanted)?;
    match &args.out {
        Some(path) => write(path, &text)?,
        None => answer::print(&text)?,
    }
    let open = found.iter().filter(|found| found.level != Level::Ok).count();
    if args.json {
        let lines: String = found.iter().map(|found| format!("{}\n", json!(found))).collect();
        answer::print_json(&lines)?;
    } else {
        found.iter().for_each(|found| out::say(told(found)));
        let components = plan.as_ref().map_or(0, |plan| plan.components.len());
        let left = if open == 0 { "nothing is left to say".to_owned() } else { format!("{open} left to say or do") };
        let next = args.out.as_ref().map_or("FILE".to_owned(), |path| path.display().to_string());
        let components = if components == 1 { "1 component".to_owned() } else { format!("{components} components") };
        out::say(format!("{components}, {left}; next: landfall check {next}"));
    }
    Ok(if open == 0 && plan.is_some() { Exit::Done } else { Exit::Refused })
}

fn read(paths: &[PathBuf]) -> miette::Result<Vec<File>> {
    let one = |path: &PathBuf| {
        let text = files::read_text(path, files::PLAN)
            .into_diagnostic()
            .wrap_err_with(|| format!("{} cannot be read", path.display()))?;
        Ok(File { name: path.display().to_string(), text })
    };
    paths.iter().map(one).collect()
}

fn write(path: &Path, text: &str) -> miette::Result<()> {
    let mut file = match std::fs::File::create_new(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let help = "name another file: a plan is never written over";
            return Err(miette!(help = help, "{} exists already", path.display()));
        }
        Err(error) => return Err(error).into_diagnostic().wrap_err(format!("{} cannot be written", path.display())),
    };
    file.write_all(text.as_bytes()).into_diagnostic().wrap_err(format!("{} cannot be written", path.display()))
}

fn told(found: &Found) -> String {
    let about = found.component.as_ref().map_or_else(String::new, |component| format!(" {component}"));
    let level = if found.level == Level::Ok { "note" } else { found.level.word() };
    let place = match found.path.as_str() {
        "" => String::new(),
        path => format!("        at      {}:{} {path}\n", found.file, found.line),
    };
    let fix = if found.fix.is_empty() { String::new() } else { format!("        fix     {}\n", found.fix) };
    format!("{level:<8}{}{about}\n        found   {}\n{fix}{place}", found.code, found.found).trim_end().to_owned()
}
