//! `landfall check`: what is wrong or unwise in a plan, told without asking any cloud unless `--live` is said.

use super::answer;
use super::exit::Exit;
use super::live::IntentArg;
use crate::plan::diagnostic::{PlanError, PlanErrors};
use crate::plan::{Finding, Level, Plan, Runbook, Weight, lint};
use crate::service::Registry;
use crate::text;
use miette::miette;
use serde_json::json;
use std::collections::HashSet;
use std::path::PathBuf;

/// Tells what is wrong or unwise in a plan; exit 0 when all is as wanted, 3 otherwise. No cloud is asked without --live
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The plan.
    plan: PathBuf,
    /// Only for this intent; for failover and switchover when left out.
    #[arg(long, value_enum)]
    intent: Option<IntentArg>,
    /// Ask both regions, read-only, what preflight asks before a start and what readiness rests on: every step's prechecks,
    /// every reference, whose credentials these are, what would be lost, what would slow it. Exit 0 when ready, 3 otherwise.
    #[arg(long)]
    live: bool,
    /// Look again and again, and tell what changed: states at every look, settings each hour, quotas and versions each day.
    #[arg(long, value_name = "DURATION", requires = "live", value_parser = super::live::duration)]
    watch: Option<f64>,
    /// Count what only weakens or is worth knowing too: exit 3 for any finding that fails.
    #[arg(long, requires = "live")]
    strict: bool,
    /// With --live: these credentials are only to look, so do not ask whether they may do what the plan does.
    #[arg(long, requires = "live")]
    looking: bool,
    /// One finding a line, as an object; mistakes in the plan are findings too.
    #[arg(long)]
    json: bool,
}

/// Writes the findings to standard output.
///
/// # Errors
/// Everything that is wrong with the plan; an output that takes nothing.
pub fn run(args: &Args) -> miette::Result<Exit> {
    let plan = match super::read_plan(&args.plan) {
        Ok(plan) => plan,
        Err(report) => {
            if let (true, Some(errors)) = (args.json, report.downcast_ref::<PlanErrors>()) {
                answer::print_json(&mistakes(errors))?;
            }
            return Err(report);
        }
    };
    if args.live {
        let (plan, vault) = super::values::read_plan(&args.plan)?;
        let (intent, as_json, strict, looking) = (args.intent, args.json, args.strict, args.looking);
        let every_seconds = args.watch.map(|seconds| seconds.max(1.0));
        let how = super::check_live::How { intent, as_json, every_seconds, strict, looking };
        return super::live(super::check_live::run(&plan, &args.plan, &vault, how));
    }
    let findings = findings(&plan, args.intent)?;
    let wrong = findings.iter().filter(|finding| finding.level != Level::Ok).count();
    let text: String = if args.json {
        findings.iter().map(|finding| format!("{}\n", json!(finding))).collect()
    } else {
        let verdict = if wrong == 0 { "all as wanted".to_owned() } else { format!("{wrong} not as wanted") };
        let told: String = findings.iter().map(told).collect();
        let components = text::counted(plan.components.len(), "component");
        format!("{told}{}: {components}, {verdict}\n", plan.application.name)
    };
    if args.json { answer::print_json(&text) } else { answer::print(&text) }?;
    Ok(if wrong == 0 { Exit::Done } else { Exit::Refused })
}

/// The findings for the intents asked about; what both intents say is said once.
fn findings(plan: &Plan, intent: Option<IntentArg>) -> miette::Result<Vec<Finding>> {
    let intents = intent.map_or_else(|| plan.intents(), |intent| vec![intent.into()]);
    let mut all: Vec<Finding> = Vec::new();
    let mut said = HashSet::new();
    for intent in intents {
        let mut runbook = Runbook::compile(plan, intent, &Registry).map_err(|cycle| miette!("{cycle}"))?;
        super::known::estimate(plan, &mut runbook);
        for finding in lint::findings(plan, &runbook, &Registry) {
            if said.insert((finding.code.clone(), finding.component.clone(), finding.found.clone())) {
                all.push(finding);
            }
        }
    }
    all.extend(unknown_zone(plan));
    Ok(all)
}

/// A window in a place that this machine does not know: a timetable would be refused by it, at a time when nobody looks.
fn unknown_zone(plan: &Plan) -> Option<Finding> {
    let window = plan.drills.window.as_ref()?;
    let refused = super::drill_scheduled::zone(window).err()?;
    Some(Finding {
        code: "drills-zone".to_owned(),
        component: None,
        level: Level::Failing,
        found: refused.to_string().into(),
        wanted: "a time zone in which the window of [drills] can be kept".into(),
        fix: refused.help().map(|help| help.to_string()).unwrap_or_default().into(),
        source: "IANA Time Zone Database".into(),
        weight: Weight::Advises,
    })
}

fn told(finding: &Finding) -> String {
    let level = finding.level.word();
    let about = finding.component.as_ref().map_or_else(String::new, |component| format!(" {component}"));
    let head = format!("{level:<8}{}{about}\n", finding.code);
    let mut facts = vec![("found", &finding.found), ("wanted", &finding.wanted)];
    if finding.level != Level::Ok {
        facts.extend([("fix", &finding.fix), ("source", &finding.source)]);
    }
    let facts: String = facts.iter().map(|(name, fact)| format!("        {name:<8}{fact}\n")).collect();
    head + &facts
}

/// The mistakes of a plan as lines of their own, for who reads only standard output.
fn mistakes(errors: &PlanErrors) -> String {
    let line = |error: &PlanError| {
        let line = json!({
            "code": "plan-mistake",
            "component": null,
            "level": "failing",
            "found": error.message,
            "wanted": "a plan without mistakes",
            "fix": error.help,
            "source": error.excerpt.place(),
        });
        format!("{line}\n")
    };
    errors.errors.iter().map(line).collect()
}
