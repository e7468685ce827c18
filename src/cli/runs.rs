//! `landfall runs`: the runs known on this machine, the newest first.

use super::answer;
use super::exit::Exit;
use super::known::{self, Known};
use super::out::say;
use crate::console::{About, Label, World, matter};
use crate::engine::glance::{Glance, Stand};
use crate::engine::journal;
use crate::recovery::event::CloudName;
use crate::recovery::{Event, telling, words};
use jiff::Timestamp;
use serde_json::json;
use std::path::Path;
use std::sync::Arc;

/// How many runs are listed where not all are asked for.
const SHOWN: usize = 20;
/// How many files that tell nothing are named.
const NAMED: usize = 5;

/// Lists the runs known on this machine, newest first: how each stands, who drives it, where its journal is. Only looks.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// All of them, not only the newest.
    #[arg(long)]
    all: bool,
    /// One object a line, all of them.
    #[arg(long)]
    json: bool,
}

/// Lists the runs.
///
/// # Errors
/// When there is no home folder, or standard output cannot be written to.
pub fn run(args: &Args) -> miette::Result<Exit> {
    let most = if args.all || args.json { usize::MAX } else { SHOWN };
    let known = known::newest(most)?;
    let Known { runs, untold, left_out } = &known;
    let now = Timestamp::now();
    if args.json {
        let lines: Vec<String> = runs.iter().map(|run| format!("{}\n", object(run, now))).collect();
        answer::print_json(&lines.concat())?;
    } else {
        let told = runs.iter().map(|run| {
            let copy = if known.is_copy_of_driven(run) { "    a copy of a run that is driven\n" } else { "" };
            format!("{}{copy}", told(run, now))
        });
        let told: Vec<String> = told.collect();
        answer::print(&told.join("\n"))?;
        if runs.is_empty() {
            say("landfall: no run is known on this machine; landfall drill and landfall open begin one");
        }
        if *left_out > 0 {
            say(format_args!("landfall: and {left_out} older files, not looked at; --all lists what runs they hold"));
        }
    }
    for (path, why) in untold.iter().take(NAMED) {
        say(format_args!("landfall: {} is left out: {why}", path.display()));
    }
    if untold.len() > NAMED {
        say(format_args!("landfall: and {} more files are left out", untold.len() - NAMED));
    }
    Ok(Exit::Done)
}

/// How a run stands, in a word or a few.
pub fn stand(run: &Glance) -> String {
    match run.stand() {
        Stand::NotStarted => "not started".to_owned(),
        Stand::Running => "running".to_owned(),
        Stand::Held => "held".to_owned(),
        Stand::NeedsYou => "needs you".to_owned(),
        Stand::Left => "left, can be resumed".to_owned(),
        Stand::BrokeOff => "broke off, its driver is gone".to_owned(),
        Stand::Elsewhere => "driven from another machine, or broke off there".to_owned(),
        Stand::Over(outcome) => telling::outcome_words(outcome).to_owned(),
    }
}

/// What sort of run it is: the word that is on the screen too.
pub fn sort(run: &Glance) -> &'static str {
    match run.cloud {
        CloudName::Aws => "REAL",
        CloudName::Sim => "DRILL",
    }
}

/// A run in one line: what and how it stands.
pub fn line(run: &Glance) -> String {
    let asks = run.inside.as_ref().and_then(|inside| inside.asks.as_ref()).filter(|_| !run.is_over());
    let asks = asks.map_or_else(String::new, |asks| format!(": {asks}"));
    let owes = if run.owes > 0 { format!(", {} owed", words::steps(run.owes)) } else { String::new() };
    format!(
        "{} {} {} → {}, {}: {}{owes}{asks}",
        sort(run),
        run.intent.word(),
        run.primary,
        run.recovery,
        run.application,
        stand(run)
    )
}

fn told(run: &Glance, now: Timestamp) -> String {
    let who = match (&run.driver, run.is_driven()) {
        (Some(driver), true) => format!("{} drives it", driver.told()),
        (Some(driver), false) => format!("nobody drives it, {} did", driver.by),
        (None, true) => "somebody drives it".to_owned(),
        (None, false) => "nobody drives it".to_owned(),
    };
    let steps = run.inside.as_ref().map_or_else(String::new, |inside| {
        let (settled, all) = inside.steps;
        format!(", {settled}/{all} steps")
    });
    let declared = run.declared_at.strftime("%Y-%m-%dT%H:%M:%SZ");
    let elapsed = words::clock(run.elapsed_seconds(now));
    format!(
        "{}\n    run {}; {who}; declared {declared}, T+{elapsed}{steps}\n    {}\n",
        line(run),
        run.run,
        path(run).display()
    )
}

/// Where its journal is, whole.
pub fn path(run: &Glance) -> std::path::PathBuf {
    std::path::absolute(&run.path).unwrap_or_else(|_| Path::new(&run.path).to_owned())
}

/// What matters most of a run, in the sentence that its screen and its title say; of what is too long to be read whole,
/// nothing.
fn sentence(run: &Glance, now: Timestamp) -> Option<String> {
    run.inside.as_ref()?;
    let events = journal::read(&run.path).ok()?.events;
    let events: Vec<Arc<Event>> = events.into_iter().map(Arc::new).collect();
    let about = About::recording(&run.path);
    let mut world = World::open(events.first()?, About { label: Label::Watch, time_scale: run.time_scale, ..about })?;
    world.take(&events[1..]);
    // Scaled time is the run's own: only its events tell how late it is there.
    if run.is_driven() && run.time_scale == 1.0 {
        world.at(now);
    }
    Some(matter::sentence(&world)).filter(|told| !told.is_empty())
}

fn object(run: &Glance, now: Timestamp) -> serde_json::Value {
    let state = match run.stand() {
        Stand::NotStarted => json!("not_started"),
        Stand::Running => json!("running"),
        Stand::Held => json!("held"),
        Stand::NeedsYou => json!("needs_you"),
        Stand::Left => json!("left"),
        Stand::BrokeOff => json!("broke_off"),
        Stand::Elsewhere => json!("elsewhere"),
        Stand::Over(outcome) => json!(outcome),
    };
    let driver = run.driver.as_ref().map(|driver| json!({"by": driver.by, "host": driver.host, "pid": driver.pid}));
    let inside = run.inside.as_ref();
    json!({
        "version": 1,
        "run": run.run,
        "application": run.application,
        "intent": run.intent,
        "primary": run.primary,
        "recovery": run.recovery,
        "drill": run.cloud == CloudName::Sim,
        "state": state,
        "now": sentence(run, now),
        "asks": inside.and_then(|inside| inside.asks.as_ref()),
        "driven": run.is_driven(),
        "driver": driver,
        "declared_at": run.declared_at,
        "newest_at": run.newest_at,
        "elapsed_seconds": run.elapsed_seconds(now),
        "steps_settled": inside.map(|inside| inside.steps.0),
        "steps": inside.map(|inside| inside.steps.1),
        // A name that is no text is told as far as it is one.
        "journal": path(run).to_string_lossy(),
    })
}
