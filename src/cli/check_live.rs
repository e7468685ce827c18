//! `landfall check --live`: preflight of a plan without a run. It holds nothing that acts.

use super::answer;
use super::exit::Exit;
use super::live::IntentArg;
use crate::cloud::sealed::SealedObserver;
use crate::cloud::{Clock, aws};
use crate::engine::observer::Observer;
use crate::engine::values::Vault;
use crate::engine::{hearing, preflight};
use crate::plan::{Intent, Level, Plan, Runbook, Weight, lint};
use crate::recovery::preflight::Looks;
use crate::recovery::start::Found;
use crate::recovery::words;
use crate::service::Registry;
use jiff::Timestamp;
use miette::miette;
use serde_json::json;
use std::sync::Arc;

/// Asks both regions what preflight asks, and writes what was found to standard output, the worst first.
///
/// # Errors
/// A plan with a circle; an output that takes nothing.
pub async fn run(plan: &Plan, vault: &Vault, intent: Option<IntentArg>, as_json: bool) -> miette::Result<Exit> {
    let clock = Clock::new(Timestamp::now(), 1.0);
    let cloud = Arc::new(aws::AwsObserver::connect(plan).await);
    let cloud = Arc::new(SealedObserver::new(cloud, vault.secrets.clone()));
    // Nobody follows the calls: what was asked is in the answers.
    let (_, seen, _heard) = hearing::channel();
    let observer = Observer::new(cloud, clock.clone(), seen, None);
    let intents = intent.map_or_else(|| vec![Intent::Failover, Intent::Switchover], |intent| vec![intent.into()]);
    let mut all: Vec<Found> = Vec::new();
    let mut kept = preflight::Kept::default();
    for intent in intents {
        let runbook = Runbook::compile(plan, intent, &Registry).map_err(|cycle| miette!("{cycle}"))?;
        let findings = lint::findings(plan, &runbook, &Registry);
        let looks = Looks::of(plan, &runbook, clock.now(), findings, &vault.secrets);
        let preflight = preflight::look(&looks, &mut kept, &observer, &clock).await;
        for found in preflight.all() {
            // What both intents say is said once.
            let is_said = |said: &Found| {
                let key =
                    |found: &Found| (found.check.code.clone(), found.component.clone(), found.check.found.clone());
                key(said) == key(found)
            };
            if !all.iter().any(is_said) {
                all.push(found.clone());
            }
        }
    }
    all.sort_by_key(rank);
    let in_the_way = all.iter().filter(|found| stands_in_the_way(found)).count();
    let now = clock.now();
    let text: String = if as_json {
        all.iter().map(|found| format!("{}\n", object(found))).collect()
    } else {
        let verdict = if in_the_way == 0 { "ready".to_owned() } else { format!("{in_the_way} in the way") };
        let told: String = all.iter().map(|found| told(found, now)).collect();
        format!("{told}{}: {} components, {verdict}\n", plan.application.name, plan.components.len())
    };
    answer::print(&text)?;
    Ok(if in_the_way == 0 { Exit::Done } else { Exit::Refused })
}

/// Whether it keeps the plan from being ready: what only weakens or is worth knowing does not.
fn stands_in_the_way(found: &Found) -> bool {
    found.check.level != Level::Ok && found.check.weight <= Weight::Slows
}

/// The worst first: what is in the way, by its weight, failing before unknown.
fn rank(found: &Found) -> (bool, Weight, u8) {
    let level = match found.check.level {
        Level::Failing => 0,
        Level::Unknown => 1,
        Level::Ok => 2,
    };
    (found.check.level == Level::Ok, found.check.weight, level)
}

fn object(found: &Found) -> serde_json::Value {
    let check = &found.check;
    json!({
        "code": check.code,
        "component": found.component,
        "step": found.step,
        "level": check.level,
        "weight": check.weight,
        "identity": check.identity,
        "found": check.found,
        "wanted": check.wanted,
        "fix": check.fix,
        "seen_at": found.seen_at,
    })
}

fn told(found: &Found, now: Timestamp) -> String {
    let check = &found.check;
    let about = found.component.as_ref().map_or_else(String::new, |component| format!(" {component}"));
    let weight = if check.level == Level::Ok { String::new() } else { format!(" ({})", check.weight.word()) };
    let mut text = format!("{:<8}{}{about}{weight}\n", check.level.word(), check.code);
    let mut facts = vec![("found", check.found.to_string()), ("wanted", check.wanted.to_string())];
    if check.level != Level::Ok && !check.fix.is_empty() {
        facts.push(("fix", check.fix.to_string()));
    }
    if let Some(at) = found.seen_at {
        let age = crate::recovery::objective::seconds_between(at, now);
        facts.push(("seen", format!("{} ago", words::age(age))));
    }
    for (name, fact) in facts {
        text.push_str(&format!("        {name:<8}{fact}\n"));
    }
    text
}
