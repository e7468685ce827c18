//! `landfall drill`: the embedded scenarios listed, or the console on a simulated run of one; from a second terminal,
//! the facilitator's part.

use super::answer;
use super::drill_back;
use super::drill_scheduled::{self, Scheduled};
use super::exit::Exit;
use super::facilitate::{self, FacilitateArgs};
use super::headless::Answers;
use super::live::{self, CloudArg, Driver, IntentArg, NewRun};
use super::look::LookArgs;
use super::open;
use crate::cloud::sim::{Scenario, rehearsal};
use crate::console::Begins;
use crate::plan::{Application, Plan, Runbook, clock, graph};
use crate::service::Registry;
use miette::{IntoDiagnostic, miette};
use serde_json::json;
use std::path::PathBuf;

/// Lists the embedded drills, or opens the console on one: a failover on two simulated regions, where F lets things go
/// wrong
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The drill: the name of an embedded scenario, or a file that says which faults happen when. Without it, and
    /// without --plan, the embedded ones are listed.
    scenario: Option<String>,
    /// A plan of your own to drill instead of an embedded one.
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,
    /// The drill of this plan by its `[drills]`, as a timer runs it: headless, on two simulated regions. Refused with exit 3
    /// outside of its window, and while a real run of the application is driven from this machine.
    #[arg(long, value_name = "PLAN", conflicts_with_all = ["scenario", "plan", "after", "surprise", "facilitate"])]
    scheduled: Option<PathBuf>,
    /// Of a drill of the way back: the scenario of the failover that is gone through before it, by itself; a file, or the name
    /// of an embedded one.
    #[arg(long, value_name = "SCENARIO")]
    after: Option<String>,
    /// What is being done; as the scenario says when left out.
    #[arg(long, value_enum)]
    intent: Option<IntentArg>,
    /// This run's journal; refused if it exists. Without it, one is made under your state folder.
    #[arg(long, value_name = "PATH")]
    journal: Option<PathBuf>,
    /// Fixes every duration.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// How many times as fast as the wall clock the drill's time passes.
    #[arg(long, value_name = "N")]
    time_scale: Option<f64>,
    /// Tell the commander of no fault before the run is over; they are in the journal, and a facilitator lets things go
    /// wrong from another terminal with --facilitate.
    #[arg(long)]
    surprise: bool,
    /// The list as one object a line; with --scheduled the journal's events, as they are appended.
    #[arg(long, conflicts_with_all = ["scenario", "plan", "facilitate"])]
    json: bool,
    #[command(flatten)]
    facilitate: FacilitateArgs,
    #[command(flatten, next_help_heading = "Answers given beforehand, with --scheduled")]
    answers: Answers,
    #[command(flatten)]
    driver: Driver,
    #[command(flatten)]
    look: LookArgs,
}

impl Args {
    /// Whether something is said that only means something for a run.
    fn asks_for_a_run(&self) -> bool {
        let of_a_run = [self.intent.is_some(), self.journal.is_some(), self.seed.is_some(), self.time_scale.is_some()];
        self.surprise || of_a_run.contains(&true)
    }
}

/// Lists the drills, runs one, or facilitates one.
///
/// # Errors
/// What is wrong with the plan, the scenario, the arguments, the journal or the terminal.
pub async fn run(args: Args) -> miette::Result<Exit> {
    if let Some(journal) = &args.facilitate.facilitate {
        return facilitate::run(journal, &args.facilitate, args.driver.name()).await;
    }
    if let Some(plan) = args.scheduled {
        let Args { intent, journal, seed, time_scale, answers, json, driver, .. } = args;
        return drill_scheduled::begin(Scheduled { plan, intent, journal, seed, time_scale, answers, json }, driver)
            .await;
    }
    if args.answers.are_given() {
        return Err(miette!(
            help = "landfall drill --scheduled PLAN, or landfall run PLAN --cloud sim --auto",
            "a drill with a console asks its questions there: answers are given beforehand with --scheduled"
        ));
    }
    if args.scenario.is_none() && args.plan.is_none() {
        if args.asks_for_a_run() {
            return Err(miette!(help = "`landfall drill` lists them", "no drill is named, and no --plan is given"));
        }
        return list(args.json);
    }
    let back = args.scenario.as_deref().and_then(drill_back::scenario);
    let is_back = back.is_some();
    if args.after.is_some() && !is_back {
        return Err(miette!(
            help = "landfall drill failback --after SCENARIO",
            "--after is of a drill of the way back"
        ));
    }
    let (plan, intent) = if let Some(back) = &back {
        let (after, journal) = (args.after.as_deref(), args.journal.as_deref());
        let over = drill_back::there(args.plan, after, args.seed, journal, &args.driver, back).await?;
        (Some(over), Some(IntentArg::Failback))
    } else {
        (args.plan, args.intent)
    };
    let of_the_scenario = || back.as_ref()?.time_scale;
    let new = NewRun {
        plan,
        intent,
        cloud: Some(CloudArg::Sim),
        journal: args.journal,
        declared_at: None,
        time_scale: args.time_scale.or_else(of_the_scenario),
        scenario: args.scenario.clone(),
        seed: args.seed.filter(|_| !is_back),
        part: super::part::PartArgs::default(),
        values_plan: None,
        changed: Vec::new(),
    };
    let mut prepared = new.prepare()?;
    if let Some(drill) = &mut prepared.opened.drill {
        drill.surprise = args.surprise;
    }
    // A scenario that means nothing in this plan is told before there is a journal of it.
    if !is_back {
        live::looking(&prepared).await?;
    }
    open::begin(prepared, &args.driver, args.look, Begins::Overview).await
}

fn list(as_json: bool) -> miette::Result<Exit> {
    let mut text = String::new();
    for rehearsal in rehearsal::all() {
        let plan = rehearsal.read(&Registry)?;
        if !as_json {
            text.push_str(&headed(&plan));
        }
        for scenario in rehearsal.scenarios() {
            let seconds = expected_seconds(&plan, &scenario)?;
            text.push_str(&if as_json { object(&plan, &scenario, seconds) } else { told(&scenario, seconds) });
        }
    }
    let shop = rehearsal::SHOP.read(&Registry)?;
    if !as_json {
        text.push_str(&headed(&shop));
    }
    for scenario in rehearsal::failbacks() {
        let seconds = expected_seconds(&shop, &scenario)?;
        text.push_str(&if as_json { object(&shop, &scenario, seconds) } else { told(&scenario, seconds) });
    }
    if !as_json {
        text.push_str(
            "landfall drill NAME opens one; with --plan FILE on a plan of your own.\nF in it lets things go wrong.\n",
        );
    }
    if as_json { answer::print_json(&text) } else { answer::print(&text) }?;
    Ok(Exit::Done)
}

/// How long the run takes when nobody hesitates.
fn expected_seconds(plan: &Plan, scenario: &Scenario) -> miette::Result<f64> {
    let runbook = Runbook::compile(plan, scenario.intent, &Registry).into_diagnostic()?;
    Ok(graph::critical_path(&runbook).seconds)
}

/// The application, before its drills.
fn headed(plan: &Plan) -> String {
    let Application { name, primary, recovery, description, .. } = &plan.application;
    let about = description.as_deref().unwrap_or_default();
    let head = format!("{name}, {primary} → {recovery}, {} components. {about}", plan.components.len());
    format!("{}\n\n", wrapped(&head, ""))
}

/// Words are not broken in a terminal of eighty columns.
fn wrapped(text: &str, indent: &str) -> String {
    textwrap::fill(text, textwrap::Options::new(80).initial_indent(indent).subsequent_indent(indent))
}

fn told(scenario: &Scenario, seconds: f64) -> String {
    let scale = scenario.time_scale.unwrap_or(1.0);
    let wall = if scale == 1.0 {
        String::new()
    } else {
        format!(", about {} of yours at ×{scale}", clock::told((seconds / scale).round()))
    };
    format!(
        "  {:<18} {:<11} expected {}{wall}\n{}\n\n",
        scenario.name,
        scenario.intent.word(),
        clock::told(seconds.round()),
        wrapped(&scenario.description, "      ")
    )
}

fn object(plan: &Plan, scenario: &Scenario, seconds: f64) -> String {
    let object = json!({
        "application": plan.application.name,
        "name": scenario.name,
        "description": scenario.description,
        "intent": scenario.intent,
        "expected_seconds": seconds,
        "time_scale": scenario.time_scale,
        "faults": scenario.faults,
    });
    format!("{object}\n")
}
