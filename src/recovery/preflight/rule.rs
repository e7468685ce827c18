//! What a readiness rule of a component looks at, and what that means.

use super::{Answers, Found, cleared, silences};
use crate::plan::{Component, ComponentName, Level, Plan, Region, Side};
use crate::recovery::objective::seconds_between;
use crate::recovery::words;
use crate::service::readiness::{self, Ready};
use crate::service::{Ask, Asked, Check, Facts, LOOK_AGAIN, Registry, Seen, Silence};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// What helps where all was answered and it cannot be told all the same.
const ANSWERED: &str =
    "everything was answered: make what is missing, or name it in the plan as it is called; then this is told";

/// A rule of a component.
pub(super) struct RuleLook {
    component: Option<ComponentName>,
    failing: Option<Region>,
    /// Whether it asks about a thing that this very run makes: it is not there yet, and is asked about at the decision to go back.
    is_made: bool,
    pub ready: Ready,
}

impl RuleLook {
    /// Those that `component` is held to; `failing` is the region that fails, in a failover, and `made` what a failback makes anew
    /// before it goes back.
    pub fn all_of(
        component: &Component,
        plan: &Plan,
        failing: Option<&Region>,
        made: &BTreeSet<&ComponentName>,
    ) -> Vec<Self> {
        let rules = Registry.service(component.kind.as_str()).map(|kind| kind.readiness(component, plan));
        // What is made is made there: what a rule asks of the side that serves alone is known before.
        let region = plan.application.region(Side::Recovery);
        let asks_there = |ready: &Ready| ready.looked.asks.iter().any(|ask| ask.place.region == *region);
        let look = |ready| {
            let is_made = made.contains(&component.name) && asks_there(&ready);
            Self { component: Some(component.name.clone()), failing: failing.cloned(), is_made, ready }
        };
        rules.into_iter().flatten().map(look).collect()
    }

    /// One of the plan as a whole.
    pub fn of_plan(ready: Ready, failing: Option<&Region>) -> Self {
        Self { component: None, failing: failing.cloned(), is_made: false, ready }
    }

    /// Whether it is of one of `components`.
    pub fn is_of(&self, components: &BTreeSet<ComponentName>) -> bool {
        self.component.as_ref().is_some_and(|own| components.contains(own))
    }

    /// What else is asked, by what was answered so far.
    pub fn further(&self, answers: &Answers<'_>, now: Timestamp) -> Vec<Ask> {
        let (seen, more) = self.followed(answers, now);
        more.into_iter().filter(|ask| !seen.iter().any(|seen| seen.ask == *ask)).collect()
    }

    /// Whether it was asked all that it asks by now, answered or not.
    pub fn is_asked(&self, answers: &Answers<'_>, now: Timestamp) -> bool {
        self.ready.looked.asks.iter().all(|ask| answers.to(ask).is_some()) && self.further(answers, now).is_empty()
    }

    /// Everything that was answered of what it asks, and what the last of it named.
    fn followed(&self, answers: &Answers<'_>, now: Timestamp) -> (Vec<Seen>, Vec<Ask>) {
        let mut seen: Vec<Seen> = self.ready.looked.asks.iter().filter_map(|ask| answers.to(ask).cloned()).collect();
        loop {
            let named = self.ready.further(&facts(&seen, now));
            let is_new = |ask: &&Ask| !seen.iter().any(|seen| seen.ask == **ask);
            let new: Vec<Seen> = named.iter().filter(is_new).filter_map(|ask| answers.to(ask).cloned()).collect();
            if new.is_empty() {
                return (seen, named);
            }
            seen.extend(new);
        }
    }

    /// What the answers mean: unknown once the oldest of them is too old. Nothing yet where all was answered, and what it is about
    /// is made by this run: it is judged once that is there.
    pub fn judge(&self, answers: &Answers<'_>, now: Timestamp) -> Option<Found> {
        let (seen, named) = self.followed(answers, now);
        let tier = self.ready.rule.tier;
        let oldest = seen.iter().map(|seen| seen.at).min();
        let check = cleared((self.ready.looked.judge)(&facts(&seen, now)), &seen);
        let age = oldest.map(|at| seconds_between(at, now)).filter(|age| *age > tier.holds_seconds());
        let check = match age {
            Some(age) => readiness::aged(&check, &words::age(age)),
            None => check,
        };
        let is_told = |seen: &Seen| match &seen.answer {
            Ok(_) => true,
            Err(no) => no.because == Silence::Refused,
        };
        let is_whole = || named.iter().all(|ask| seen.iter().any(|seen| seen.ask == *ask));
        let is_answered = !seen.is_empty() && seen.iter().all(is_told) && is_whole();
        let asks_again = check.level == Level::Unknown && check.fix.as_str() == LOOK_AGAIN && age.is_none();
        if asks_again && is_answered && self.is_made {
            return None;
        }
        let check = if asks_again && is_answered { Check { fix: ANSWERED.into(), ..check } } else { check };
        let (in_failing_region, refused) = silences(&seen, self.failing.as_ref());
        Some(Found {
            component: self.component.clone(),
            in_failing_region: in_failing_region && check.level == Level::Unknown,
            refused: refused && check.level == Level::Unknown,
            seen_at: oldest,
            tier: Some(tier),
            ..Found::of(check)
        })
    }
}

fn facts(seen: &[Seen], now: Timestamp) -> Facts<'_> {
    Facts {
        now,
        started_at: now,
        asked: &Asked::No,
        sent: None,
        before: &serde_json::Value::Null,
        seen,
        good_in_a_row: 0,
        good_since: None,
    }
}
