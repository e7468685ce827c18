//! `landfall check --live`: preflight and readiness of a plan without a run, once or again and again. It holds nothing that
//! acts.

mod told;

use super::answer;
use super::exit::Exit;
use super::live::IntentArg;
use super::signals;
use super::{known, shelf};
use crate::cloud::plugin::PluggedObserver;
use crate::cloud::sealed::SealedObserver;
use crate::cloud::{Clock, aws};
use crate::engine::kept::{Kept, Turn};
use crate::engine::observer::Observer;
use crate::engine::values::Vault;
use crate::engine::{hearing, preflight};
use crate::plan::{Intent, Level, Plan, Runbook, lint};
use crate::recovery::past::Exercised;
use crate::recovery::preflight::Looks;
use crate::recovery::start::{Found, Verdict};
use crate::recovery::{Preflight, readiness};
use crate::service::Registry;
use crate::service::posture::Captured;
use jiff::Timestamp;
use miette::miette;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use tokio::time::{Duration, sleep};

/// How it is looked and told.
#[derive(Clone, Copy, Debug)]
pub struct How {
    /// For this intent; for both when absent.
    pub intent: Option<IntentArg>,
    /// One object a line.
    pub as_json: bool,
    /// Again after so many seconds, until somebody ends it.
    pub every_seconds: Option<f64>,
    /// Whether what weighs less than being refused, lost or late counts too.
    pub strict: bool,
    /// Whether these credentials are only to look: whether they may act is not asked then.
    pub looking: bool,
}

/// One intent's questions, and what was found to them last.
struct Part {
    intent: Intent,
    looks: Looks,
    preflight: Preflight,
}

impl Part {
    fn of(
        plan: &Plan,
        vault: &Vault,
        intent: Intent,
        looking: bool,
        (exercised, captured): (&Exercised, &Option<Captured>),
        now: Timestamp,
    ) -> miette::Result<Self> {
        let runbook = Runbook::compile(plan, intent, &Registry).map_err(|cycle| miette!("{cycle}"))?;
        let findings = lint::findings(plan, &runbook, &Registry);
        let looks = Looks::of(plan, &runbook, now, findings, &vault.secrets);
        let looks = looks.exercised(exercised.clone(), plan, &runbook).captured(captured.clone());
        let looks = if looking { looks.only_looking() } else { looks };
        Ok(Self { intent, looks, preflight: Preflight::default() })
    }
}

/// Asks both regions what preflight asks and what readiness rests on, and writes what was found to standard output, the worst
/// first.
///
/// # Errors
/// A plan with a circle; an output that takes nothing.
pub async fn run(plan: &Plan, path: &Path, vault: &Vault, how: How) -> miette::Result<Exit> {
    let clock = Clock::new(Timestamp::now(), 1.0);
    let cloud =
        Arc::new(aws::AwsObserver::connect(plan, aws::Signature::of(None, &super::live::somebody("onlooker"))).await);
    let cloud = Arc::new(PluggedObserver::new(cloud, super::plugin::programs(true)));
    let cloud = Arc::new(SealedObserver::new(cloud, vault.secrets.clone()));
    // Nobody follows the calls: what was asked is in the answers.
    let (_, seen, _heard) = hearing::channel();
    let observer = Observer::new(cloud, clock.clone(), seen, None);
    let intents = how.intent.map_or_else(|| plan.intents(), |intent| vec![intent.into()]);
    let mut remembered = known::remembered(plan);
    let captured = shelf::captured(plan, path);
    let exercised = remembered.as_ref().map(|remembered| remembered.exercised.clone()).unwrap_or_default();
    let parts = intents
        .into_iter()
        .map(|intent| Part::of(plan, vault, intent, how.looking, (&exercised, &captured), clock.now()));
    let mut parts = parts.collect::<miette::Result<Vec<Part>>>()?;
    let mut looked = readiness::History::default();
    let mut kept = Kept::default();
    let mut is_first = true;
    let mut turn = Turn::whole();
    loop {
        let mut changes: Vec<readiness::Change> = Vec::new();
        let mut unsettled = BTreeSet::new();
        for part in &mut parts {
            part.preflight = preflight::look(&part.looks, &mut kept, &turn, &observer, &clock).await;
            unsettled.extend(part.looks.unsettled(&part.preflight, &kept.all(), clock.now()));
            turn.calls = turn.calls.saturating_sub(if is_first { 0 } else { kept.calls() });
            // What is told is new to whoever reads this; somebody else may have written it down already.
            changes.extend(
                looked.note(part.intent, &mut part.preflight, None, clock.now()).into_iter().filter_map(change),
            );
            if let Some(remembered) = &mut remembered {
                remembered.note(part.intent, &mut part.preflight, clock.now());
            }
        }
        let verdicts: Vec<(Intent, Verdict)> =
            parts.iter().map(|part| (part.intent, part.preflight.verdict())).collect();
        let told = if is_first {
            told::all(plan, &found(&parts), &verdicts, how.as_json, clock.now())
        } else {
            told::changes(plan, &changes, &verdicts, how.as_json)
        };
        let is_read = answer::is_read(&told, how.as_json)?;
        is_first = false;
        let Some(seconds) = how.every_seconds.filter(|_| is_read) else { return Ok(exit(&parts, how.strict)) };
        let calls = preflight::affordable(seconds, plan.components.len());
        turn = Turn { calls, unsettled, ..Turn::whole() };
        tokio::select! {
            () = sleep(Duration::from_secs_f64(seconds)) => {}
            _ = signals::ask_to_stop() => return Ok(exit(&parts, how.strict)),
        }
    }
}

fn change(line: readiness::Line) -> Option<readiness::Change> {
    match line {
        readiness::Line::Change(change) => Some(*change),
        readiness::Line::Look { .. } => None,
    }
}

/// What was found for every intent, each thing once, the worst first.
fn found(parts: &[Part]) -> Vec<Found> {
    let mut all: Vec<Found> = Vec::new();
    for found in parts.iter().flat_map(|part| part.preflight.all()) {
        let key = |found: &Found| (found.check.code.clone(), found.component.clone(), found.check.found.clone());
        if !all.iter().any(|said| key(said) == key(found)) {
            all.push(found.clone());
        }
    }
    all.sort_by_key(|found| {
        let level = match found.check.level {
            Level::Failing => 0,
            Level::Unknown => 1,
            Level::Ok => 2,
        };
        (found.check.level == Level::Ok, found.waived.is_some(), found.check.weight, level)
    });
    all
}

fn exit(parts: &[Part], strict: bool) -> Exit {
    let fails = |found: &Found| found.check.level == Level::Failing && found.waived.is_none();
    let is_ready =
        |part: &Part| part.preflight.verdict() == Verdict::Ready && !(strict && part.preflight.all().any(fails));
    if parts.iter().all(is_ready) { Exit::Done } else { Exit::Refused }
}
