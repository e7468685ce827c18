//! Whether the region that failed answers again: all that is asked there of the plan's components, without a gap, for as long as
//! the plan wants. Its answers may be bad news: what each step needs is its own precheck.

use super::ask::{Ask, Query};
use super::registry::{Context, Registry};
use super::work::{Asked, Facts, Outputs, Verdict, Work};
use crate::plan::{Application, Component, Draft, Region, Side, When, clock};
use std::collections::BTreeSet;

/// For how long, unless the plan says otherwise, in seconds.
const HEALTHY_SECONDS: f64 = 300.0;
/// How long that is waited for, in seconds: a region comes and goes for hours.
const LIMIT_SECONDS: f64 = 86_400.0;

/// The step of it.
pub(super) fn step(application: &Application) -> Draft {
    let seconds = wanted(application);
    let title = format!("see that {} has answered for {}", application.recovery, clock::told(seconds));
    Draft::look("healthy", title, Side::Recovery, seconds, LIMIT_SECONDS).at(When::Healthy)
}

fn wanted(application: &Application) -> f64 {
    application.healthy_for_seconds.unwrap_or(HEALTHY_SECONDS)
}

/// Looks until it has answered for long enough.
pub(super) struct Answering {
    region: Region,
    asks: Vec<Ask>,
    seconds: f64,
}

impl Answering {
    /// In the plan of `context`.
    pub fn new(context: &Context<'_>) -> Self {
        let application = &context.plan.application;
        let region = application.recovery.clone();
        let asks: BTreeSet<Ask> = context.plan.components.iter().flat_map(|one| asked(one, application)).collect();
        let asks = asks.into_iter().filter(|ask| ask.place.region == region).collect();
        Self { region, asks, seconds: wanted(application) }
    }
}

/// What is asked of a component's health there; what is asked by a name that either region answers says nothing of this one.
fn asked(component: &Component, application: &Application) -> Vec<Ask> {
    let Some(service) = Registry.service(&component.kind) else { return Vec::new() };
    if service.is_asked_by_name() {
        return Vec::new();
    }
    let looked = service.health(component, application, Side::Recovery);
    let asks = looked.map(|looked| looked.asks).unwrap_or_default();
    asks.into_iter().filter(|ask| !matches!(ask.query, Query::Local(_))).collect()
}

impl Work for Answering {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        self.asks.clone()
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        let (region, wanted) = (&self.region, clock::told(self.seconds));
        if self.asks.is_empty() {
            return Verdict::holds(format!("nothing of the plan is asked in {region}"), Outputs::new());
        }
        for ask in &self.asks {
            let seen = facts.seen.iter().find(|seen| seen.ask == *ask);
            let why = match seen.map(|seen| &seen.answer) {
                Some(Ok(_)) => continue,
                Some(Err(unanswered)) => unanswered.message.to_string(),
                None => "not asked yet".to_owned(),
            };
            let api = ask.query.api_name();
            return Verdict::moving(format!("{api} in {region} gives no answer: {why}"));
        }
        let for_seconds = facts.good_since.map_or(0.0, |since| facts.now.duration_since(since).as_secs_f64());
        if for_seconds >= self.seconds {
            return Verdict::holds(format!("{region} has answered for {wanted} without a gap"), Outputs::new());
        }
        let note = format!("{region} has answered for {} of {wanted}", clock::told(for_seconds.floor()));
        Verdict::Moving { note: note.as_str().into(), good: true }
    }
}
