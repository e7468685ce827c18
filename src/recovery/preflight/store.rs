//! A store's lag, held against its objective.

use super::{Answers, Found, cleared};
use crate::plan::{Application, Component, ComponentName, Level, Plan, Region, Role, Runbook, Side, Step};
use crate::recovery::{objective, words};
use crate::service::observation::LagSample;
use crate::service::{Ask, Asked, Check, Facts, Observation, Registry, Seen, Weight};
use crate::text::Clean;
use jiff::Timestamp;
use std::collections::BTreeSet;

/// A store's lag, held against its objective.
pub(super) struct StoreLook {
    component: ComponentName,
    kind: Clean,
    pub ask: Ask,
    /// What else tells what its lag is worth: how both sides are.
    pub around: Vec<Ask>,
    of: Component,
    rpo_seconds: f64,
    /// Whether nothing of it is promoted: its copy is gone over to.
    is_copied: bool,
    /// Whether its lag is told by the region that fails.
    in_failing_region: bool,
    /// Whether this very run makes its replica: there is no lag before that, and it is asked about at the decision to go back.
    is_made: bool,
}

/// What helps where all was answered, and no number was in it.
const ANSWERED: &str = "everything was answered: see that it is a replica and that it replicates; then this is told";

impl StoreLook {
    /// Of `component`, if it is a store with an objective; `failing` is the region that fails, in a failover, and `made` what a
    /// failback makes anew before it goes back.
    pub fn of(
        component: &Component,
        plan: &Plan,
        runbook: &Runbook,
        failing: Option<&Region>,
        made: &BTreeSet<&ComponentName>,
    ) -> Option<Self> {
        let rpo_seconds = component.rpo_seconds.or(plan.application.rpo_seconds)?;
        let service = Registry.service(component.kind.as_str())?;
        let ask = service.lag(component, &plan.application)?;
        let sides = [Side::Primary, Side::Recovery].into_iter();
        let around = sides.filter_map(|side| service.health(component, &plan.application, side));
        let goes_over = |step: &Step| step.component == component.name && step.role() == Role::Copy;
        Some(Self {
            component: component.name.clone(),
            kind: component.kind.clone(),
            in_failing_region: failing == Some(&ask.place.region),
            ask,
            around: around.flat_map(|looked| looked.asks).collect(),
            of: component.clone(),
            rpo_seconds,
            is_copied: runbook.steps.iter().any(goes_over),
            is_made: made.contains(&component.name),
        })
    }

    /// What would be lost if it were promoted, or its copy gone over to, now. Nothing yet where that was answered, and this run
    /// makes the replica.
    pub fn judge(&self, application: &Application, answers: &Answers<'_>, now: Timestamp) -> Option<Found> {
        let code = format!("{}-lag", self.kind);
        let wanted = format!("a loss within the rpo of {}", words::objective(self.rpo_seconds));
        let seen = answers.to(&self.ask);
        let fix = "it is asked about before anything is done; see why the replica is behind";
        let check = match seen.map(|seen| seen.answer.as_ref().map(Observation::behind)) {
            Some(Ok(Some(sample))) => {
                let sample = self.weighed(sample, application, answers, now);
                match (sample.seconds, sample.sampled_at, sample.instead) {
                    (Some(lag), Some(at), None) => {
                        let loss = lag + objective::seconds_between(at, now);
                        let done = if self.is_copied { "gone over to" } else { "promoted" };
                        let told = format!("{} if it were {done} now", words::amount(loss));
                        if loss <= self.rpo_seconds {
                            Check::passed(&code, told, &wanted)
                        } else {
                            Check::failed(&code, told, &wanted, fix)
                        }
                    }
                    (_, _, _) if self.is_made => return None,
                    (_, _, instead) => {
                        let why = instead.unwrap_or_else(|| "no number".into());
                        Check { fix: ANSWERED.into(), ..Check::unanswered(&code, why.as_str(), &wanted) }
                    }
                }
            }
            Some(Ok(None)) => Check::unanswered(&code, "the answer was of another kind than the question", &wanted),
            Some(Err(unanswered)) => {
                let check = Check::unanswered(&code, unanswered.message.as_str(), &wanted);
                cleared(check, seen.map_or(&[], std::slice::from_ref))
            }
            None => Check::unanswered(&code, "not answered yet", &wanted),
        };
        Some(Found {
            component: Some(self.component.clone()),
            in_failing_region: self.in_failing_region && check.level == Level::Unknown,
            seen_at: seen.map(|seen| seen.at),
            ..Found::of(Check { weight: Weight::Loses, ..check })
        })
    }

    /// The sample as its kind weighs it: a small number says nothing while replication is broken.
    fn weighed(
        &self,
        sample: LagSample,
        application: &Application,
        answers: &Answers<'_>,
        now: Timestamp,
    ) -> LagSample {
        let Some(service) = Registry.service(self.kind.as_str()) else { return sample };
        let seen: Vec<Seen> = self.around.iter().filter_map(|ask| answers.to(ask).cloned()).collect();
        let before = serde_json::Value::Null;
        let facts = Facts {
            now,
            started_at: now,
            asked: &Asked::No,
            sent: None,
            before: &before,
            seen: &seen,
            good_in_a_row: 0,
            good_since: None,
        };
        service.weigh_lag(&self.of, application, sample, &facts)
    }
}
