//! Whether the account leaves room for the concurrency that the plan reserves, and for what the functions get without.

use super::fields::Said;
use super::words::{self, Concurrency, Settings};
use crate::plan::{Component, Plan, Side, Weight};
use crate::service::ask::Place;
use crate::service::readiness::{Ready, Rule, Tier};
use crate::service::resolve::has_reference;
use crate::service::work::Look;
use crate::text::Clean;

static CONCURRENCY: Rule = Rule {
    code: "lambda-concurrency",
    wanted: "room for what the plan reserves, with 100 left for all others, and as much as in the primary region",
    fix: "RequestServiceQuotaIncrease of Lambda's concurrent executions in that region: it takes hours, or days",
    costs: "PutFunctionConcurrency is refused, or functions are throttled",
    source: "AWS Lambda Developer Guide, Lambda quotas; Region switch plan evaluation",
    tier: Tier::Daily,
    weight: Weight::Blocks,
};

/// All of them.
pub(super) static RULES: &[&Rule] = &[&CONCURRENCY];

/// What a plan calls a function.
const KIND: &str = "lambda";
/// How much Lambda keeps back from being reserved.
const KEPT_BACK: u64 = 100;

/// The account and region that `component` is brought up in: told of the first function there.
pub(super) fn of(component: &Component, plan: &Plan) -> Vec<Ready> {
    let application = &plan.application;
    let (old, new) =
        (Place::of(component, application, Side::Primary), Place::of(component, application, Side::Recovery));
    let mut wanted: Vec<(Clean, u64)> = Vec::new();
    let mut first = None;
    for one in plan.components.iter().filter(|one| one.kind.as_str() == KIND) {
        let Ok(said) = Said::of(&one.fields) else { continue };
        if Place::of(one, application, Side::Recovery) != new || has_reference(&said.function) {
            continue;
        }
        first.get_or_insert(&one.name);
        wanted.extend(said.concurrency.map(|most| (Clean::new(&said.function), most)));
    }
    if first != Some(&component.name) {
        return Vec::new();
    }
    let settings = [&new, &old].map(|at| words::settings(at).ask);
    let own = wanted.iter().map(|(function, _)| words::concurrency(&new, function).ask);
    let asks: Vec<_> = settings.into_iter().chain(own).collect();
    vec![Ready::new(&CONCURRENCY, asks, move |facts| {
        let here: &Settings = match facts.see(&words::settings(&new)).told() {
            Ok(settings) => settings,
            Err(why) => return CONCURRENCY.unknown(why),
        };
        let mut added = 0;
        for (function, most) in &wanted {
            match facts.see(&words::concurrency(&new, function)) {
                Look::There(Concurrency { reserved }) => added += most.saturating_sub(reserved.unwrap_or(0)),
                // That it is not there is a step's check to refuse.
                Look::Absent => {}
                Look::NotTold(why) => return CONCURRENCY.unknown(why),
            }
        }
        let Settings { most, unreserved } = here;
        let found = format!("{unreserved} of {most} not reserved, {added} more of the plan");
        // What is not to be reserved needs no room.
        if added > 0 && added.saturating_add(KEPT_BACK) > *unreserved {
            return CONCURRENCY.failing(found);
        }
        match facts.see(&words::settings(&old)).told() {
            Ok(at_home) if *most < at_home.most => {
                CONCURRENCY.failing(format!("{found}; {} allows {}", old.region, at_home.most))
            }
            Ok(_) => CONCURRENCY.ok(found),
            Err(why) => CONCURRENCY.unknown(why),
        }
    })]
}
