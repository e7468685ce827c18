//! `landfall drills`: what was drilled, how it went as time went by, when the next is due; and a timer for the one that runs
//! by itself. Only looks: nothing is installed.

use super::answer;
use super::drills_timer;
use super::exit::Exit;
use super::known;
use crate::engine::history::Effort;
use crate::plan::Plan;
use crate::recovery::event::CloudName;
use crate::recovery::objective::seconds_between;
use crate::recovery::past::drills::{Drilled, Due, Trend, drilled, due};
use crate::recovery::{past::Past, telling, words};
use jiff::Timestamp;
use serde_json::json;
use std::fmt::Write;
use std::path::PathBuf;

const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Tells of past drills: how long each took and what came of it as time went by, when the next is due, what is overdue
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Args {
    /// Only of the applications of these plans; when each is due again by its `[drills]`.
    plans: Vec<PathBuf>,
    /// One object a line.
    #[arg(long)]
    json: bool,
    /// Exit 3 when a drill is overdue, or the last one did not keep what was promised.
    #[arg(long, requires = "plans")]
    check: bool,
    /// Read every journal again; what is kept of them is made anew.
    #[arg(long)]
    rebuild: bool,
    #[command(subcommand)]
    command: Option<Sub>,
}

#[derive(Debug, clap::Subcommand)]
enum Sub {
    Timer(drills_timer::Args),
}

/// Tells of the drills.
///
/// # Errors
/// What is wrong with a plan; no home folder; an output that takes nothing.
pub fn run(args: &Args) -> miette::Result<Exit> {
    if let Some(Sub::Timer(timer)) = &args.command {
        answer::print(&drills_timer::told(timer)?)?;
        return Ok(Exit::Done);
    }
    let plans = args.plans.iter().map(|path| super::read_plan(path)).collect::<miette::Result<Vec<Plan>>>()?;
    let pasts = known::pasts(if args.rebuild { Effort::Anew } else { Effort::Whole })?;
    let now = Timestamp::now();
    let of_plans = |past: &&Past| plans.is_empty() || plans.iter().any(|plan| past.is_of(plan));
    let pasts: Vec<Past> = pasts.iter().filter(of_plans).cloned().collect();
    let applications = drilled(&pasts);
    let dues: Vec<(&Plan, Option<Due<'_>>)> = plans.iter().map(|plan| (plan, due(plan, &pasts, now))).collect();
    let text = if args.json { objects(&applications, &dues) } else { in_words(&applications, &dues, now) };
    if args.json { answer::print_json(&text) } else { answer::print(&text) }?;
    let is_wrong = dues.iter().any(|(_, due)| due.as_ref().is_none_or(Due::is_wrong));
    Ok(if args.check && is_wrong { Exit::Refused } else { Exit::Done })
}

fn in_words(applications: &[Drilled<'_>], dues: &[(&Plan, Option<Due<'_>>)], now: Timestamp) -> String {
    let mut text = String::new();
    for application in applications {
        let (name, from, to) = (application.application, application.primary, application.recovery);
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{name}, {from} → {to}");
        let last = application.last.map_or_else(|| "never drilled".to_owned(), |past| last_words(past, now));
        let _ = writeln!(text, "  {last}");
        let own = |plan: &Plan| {
            plan.application.name == *name && plan.application.primary == *from && plan.application.recovery == *to
        };
        for (_, due) in dues.iter().filter(|(plan, _)| own(plan)) {
            let _ = writeln!(text, "  {}", due_words(due.as_ref(), now));
        }
        for trend in &application.trends {
            let _ = writeln!(text, "  {}", trend_words(trend));
        }
        text.push('\n');
    }
    let is_told = |plan: &Plan| {
        applications
            .iter()
            .any(|told| plan.application.name == *told.application && plan.application.primary == *told.primary)
    };
    for (plan, due) in dues.iter().filter(|(plan, _)| !is_told(plan)) {
        let _ = writeln!(
            text,
            "{}: no run is known on this machine; {}",
            plan.application.name,
            due_words(due.as_ref(), now)
        );
    }
    if text.is_empty() {
        text.push_str("no run that has ended is known on this machine; landfall drill begins one\n");
    }
    text
}

fn last_words(past: &Past, now: Timestamp) -> String {
    let ago = words::long_age(seconds_between(past.ended_at, now));
    let promised = past.rto_seconds.map_or_else(String::new, |rto| format!(" of {}", words::clock(rto)));
    format!(
        "drilled {ago} ago by {}: {}, {} in {}{promised}",
        past.commander,
        telling::outcome_words(past.outcome),
        past.verdict.word(),
        words::clock(past.recovery_seconds)
    )
}

fn due_words(due: Option<&Due<'_>>, now: Timestamp) -> String {
    let Some(due) = due else {
        return "no timetable: [drills] with every = \"90d\" in the plan sets one".to_owned();
    };
    let every = words::long_age(due.every_seconds);
    let word = |at: Timestamp| at.strftime("%Y-%m-%d").to_string();
    match (due.late_seconds, due.at) {
        (Some(_), None) => format!("OVERDUE: never drilled, and wanted is every {every}"),
        (Some(late), Some(at)) => {
            format!("OVERDUE by {}: was due {}, every {every}", words::long_age(late), word(at))
        }
        (None, Some(at)) if due.is_soon => {
            format!("due in {}: {}, every {every}", words::long_age(seconds_between(now, at)), word(at))
        }
        (None, Some(at)) => format!("next due {}, every {every}", word(at)),
        (None, None) => format!("due every {every}"),
    }
}

fn trend_words(trend: &Trend<'_>) -> String {
    let what = what(trend);
    let bars: String = trend.heights().into_iter().map(|height| BARS[usize::from(height.min(7))]).collect();
    let unit = if trend.cloud == CloudName::Sim { "drill" } else { "run" };
    let count = if trend.count == 1 { format!("1 {unit}") } else { format!("{} {unit}s", trend.count) };
    let Some(last) = trend.runs.last() else { return what };
    let change = trend.change_seconds().map_or_else(String::new, |change| {
        let sign = if change < 0.0 { "−" } else { "+" };
        format!(" ({sign}{} against the one before)", words::clock(change.abs()))
    });
    let mistakes = match last.mistakes {
        0 => "nothing went wrong".to_owned(),
        1 => "1 thing went wrong".to_owned(),
        count => format!("{count} things went wrong"),
    };
    let (median, took) = (words::clock(trend.median_seconds()), words::clock(last.recovery_seconds));
    let people = words::clock(last.people_seconds);
    format!(
        "{what:<18} {bars:<8} {count}, median {median}\n    last {took}{change}; people were waited for {people}; {mistakes}; {}",
        last.verdict.word()
    )
}

fn what(trend: &Trend<'_>) -> String {
    let part = if trend.part { ", a part" } else { "" };
    match (trend.cloud, trend.scenario) {
        (CloudName::Aws, _) => {
            let at = trend.endpoint.map_or_else(String::new, |endpoint| format!(" at {endpoint}"));
            format!("REAL {}{at}{part}", trend.intent.word())
        }
        (CloudName::Sim, Some(scenario)) => format!("{scenario}{part}"),
        (CloudName::Sim, None) => format!("{}, no scenario{part}", trend.intent.word()),
    }
}

fn objects(applications: &[Drilled<'_>], dues: &[(&Plan, Option<Due<'_>>)]) -> String {
    let mut text = String::new();
    for application in applications {
        for trend in &application.trends {
            let runs: Vec<_> = trend.runs.iter().map(|past| {
                json!({
                    "run": past.run, "ended_at": past.ended_at, "by": past.commander, "outcome": past.outcome,
                    "verdict": past.verdict, "recovery_seconds": past.recovery_seconds, "rto_seconds": past.rto_seconds,
                    "loss_seconds": past.loss_seconds, "people_seconds": past.people_seconds,
                    "cloud_seconds": past.cloud_seconds, "mistakes": past.mistakes,
                })
            }).collect();
            let object = json!({
                "version": 1,
                "application": application.application,
                "primary": application.primary,
                "recovery": application.recovery,
                "drill": trend.cloud == CloudName::Sim,
                "intent": trend.intent,
                "endpoint": trend.endpoint,
                "scenario": trend.scenario,
                "part": trend.part,
                "count": trend.count,
                "median_seconds": trend.median_seconds(),
                "change_seconds": trend.change_seconds(),
                "newest": runs,
            });
            let _ = writeln!(text, "{object}");
        }
    }
    for (plan, due) in dues {
        let object = json!({
            "version": 1,
            "application": plan.application.name,
            "timetable": due.is_some(),
            "every_seconds": due.as_ref().map(|due| due.every_seconds),
            "last": due.as_ref().and_then(|due| due.last).map(|past| &past.run),
            "due_at": due.as_ref().and_then(|due| due.at),
            "late_seconds": due.as_ref().and_then(|due| due.late_seconds),
            "is_soon": due.as_ref().is_some_and(|due| due.is_soon),
            "wrong": due.as_ref().is_none_or(Due::is_wrong),
        });
        let _ = writeln!(text, "{object}");
    }
    text
}
