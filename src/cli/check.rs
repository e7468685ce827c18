//! `landfall check`: what is wrong or unwise in a plan, told without asking any cloud.

use super::exit::Exit;
use super::live::IntentArg;
use crate::plan::diagnostic::PlanErrors;
use crate::plan::{Finding, Intent, Level, Plan, Runbook, lint};
use crate::service::Registry;
use miette::{IntoDiagnostic, miette};
use serde_json::json;
use std::io::{Stdout, Write};
use std::path::PathBuf;

/// Tells what is wrong or unwise in a plan, without asking any cloud; exit 0 when all is as wanted, 3 otherwise
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The plan.
    plan: PathBuf,
    /// Only for this intent; for failover and switchover when left out.
    #[arg(long, value_enum)]
    intent: Option<IntentArg>,
    /// One finding a line, as an object; mistakes in the plan are findings too.
    #[arg(long)]
    json: bool,
}

/// Writes the findings to standard output.
///
/// # Errors
/// Everything that is wrong with the plan; an output that takes nothing.
pub fn run(args: &Args) -> miette::Result<Exit> {
    let plan = super::read_plan(&args.plan).inspect_err(|report| {
        if let (true, Some(errors)) = (args.json, report.downcast_ref::<PlanErrors>()) {
            // The report itself follows on standard error, also when nobody reads this.
            let _ = tell_mistakes(errors);
        }
    })?;
    let findings = findings(&plan, args.intent)?;
    let out = &mut std::io::stdout();
    for finding in &findings {
        if args.json {
            writeln!(out, "{}", json!(finding)).into_diagnostic()?;
        } else {
            tell(out, finding)?;
        }
    }
    let wrong = findings.iter().filter(|finding| finding.level != Level::Ok).count();
    if !args.json {
        let components = plan.components.len();
        let verdict = if wrong == 0 { "all as wanted".to_owned() } else { format!("{wrong} not as wanted") };
        writeln!(out, "{}: {components} components, {verdict}", plan.application.name).into_diagnostic()?;
    }
    Ok(if wrong == 0 { Exit::Done } else { Exit::Refused })
}

/// The findings for the intents asked about; what both intents say is said once.
fn findings(plan: &Plan, intent: Option<IntentArg>) -> miette::Result<Vec<Finding>> {
    let intents = intent.map_or_else(|| vec![Intent::Failover, Intent::Switchover], |intent| vec![intent.into()]);
    let mut all: Vec<Finding> = Vec::new();
    for intent in intents {
        let runbook = Runbook::compile(plan, intent, &Registry).map_err(|cycle| miette!("{cycle}"))?;
        for finding in lint::findings(plan, &runbook, &Registry) {
            let is_said = all.iter().any(|said| {
                (&said.code, &said.component, &said.found) == (&finding.code, &finding.component, &finding.found)
            });
            if !is_said {
                all.push(finding);
            }
        }
    }
    Ok(all)
}

fn tell(out: &mut Stdout, finding: &Finding) -> miette::Result<()> {
    let level = match finding.level {
        Level::Ok => "ok",
        Level::Failing => "failing",
        Level::Unknown => "unknown",
    };
    let about = finding.component.as_ref().map_or_else(String::new, |component| format!(" {component}"));
    writeln!(out, "{level:<8}{}{about}", finding.code).into_diagnostic()?;
    writeln!(out, "        found   {}", finding.found).into_diagnostic()?;
    writeln!(out, "        wanted  {}", finding.wanted).into_diagnostic()?;
    if finding.level != Level::Ok {
        writeln!(out, "        fix     {}", finding.fix).into_diagnostic()?;
        writeln!(out, "        source  {}", finding.source).into_diagnostic()?;
    }
    Ok(())
}

/// The mistakes of a plan as lines of their own, for who reads only standard output.
fn tell_mistakes(errors: &PlanErrors) -> std::io::Result<()> {
    let out = &mut std::io::stdout();
    for error in &errors.errors {
        let source = errors.place(error);
        let line = json!({
            "code": "plan-mistake",
            "component": null,
            "level": "failing",
            "found": error.message,
            "wanted": "a plan that can be read",
            "fix": error.help,
            "source": source,
        });
        writeln!(out, "{line}")?;
    }
    Ok(())
}
