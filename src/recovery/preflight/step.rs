//! What one step would look at, and what that means for the start.

use super::{Answers, Found, cleared, only_looks, silences};
use crate::plan::{ComponentName, Level, Region, Step, StepId};
use crate::recovery::objective::seconds_between;
use crate::recovery::words;
use crate::seal::Secrets;
use crate::service::readiness;
use crate::service::{Ask, Asked, Check, Context, Facts, Registry, Seen, Verdict, Work, guard};
use crate::text::Clean;
use jiff::Timestamp;
use std::sync::Arc;

/// How many seconds an answer to it counts for: of a large plan each has its turn well within. What is older than five minutes
/// is asked again before a start in any case.
const HOLDS_SECONDS: f64 = 1_800.0;

/// What one step would look at.
pub(super) struct StepLook {
    pub step: StepId,
    component: ComponentName,
    kind: Clean,
    acts: bool,
    /// The region that fails, in a failover.
    failing: Option<Region>,
    pub asks: Vec<Ask>,
    work: Box<dyn Work>,
    /// That a value of its component is nowhere.
    wanting: Option<Check>,
}

impl StepLook {
    /// Of `step`, in `context`; `failing` is the region that fails, in a failover. `None` for a kind there is not.
    pub fn of(step: &Step, context: &Context<'_>, failing: Option<&Region>, secrets: &Arc<Secrets>) -> Option<Self> {
        let work = guard::work(Registry.service(step.kind.as_str())?, step, context, secrets);
        Some(Self {
            step: step.id.clone(),
            component: step.component.clone(),
            kind: step.kind.clone(),
            acts: step.acts,
            failing: failing.cloned(),
            asks: work.asks(&Asked::No).into_iter().filter(only_looks).collect(),
            work,
            wanting: if step.acts { guard::wanting(context.component, secrets) } else { None },
        })
    }

    /// The answers to its questions.
    pub fn seen(&self, answers: &Answers<'_>) -> Vec<Seen> {
        self.asks.iter().filter_map(|ask| answers.to(ask).cloned()).collect()
    }

    /// What else it would look at.
    pub fn further(&self, seen: &[Seen], now: Timestamp) -> Vec<Ask> {
        before(seen, now, |facts| self.work.further(facts)).into_iter().filter(only_looks).collect()
    }

    /// What it has found of what it acts on.
    pub fn touched(&self, answers: &Answers<'_>, now: Timestamp) -> Option<Vec<Clean>> {
        before(&self.seen(answers), now, |facts| self.work.touched(facts))
    }

    /// Whether nothing is left to do.
    pub fn is_done(&self, answers: &Answers<'_>, now: Timestamp) -> bool {
        let holds = |facts: &Facts<'_>| matches!(self.work.goal(facts), Verdict::Holds { .. });
        !self.asks.is_empty() && before(&self.seen(answers), now, holds)
    }

    /// What the answers mean for the start.
    pub fn judge(&self, answers: &Answers<'_>, now: Timestamp) -> Vec<Found> {
        let seen = self.seen(answers);
        let further = self.further(&seen, now);
        let all: Vec<Seen> = seen.iter().chain(further.iter().filter_map(|ask| answers.to(ask))).cloned().collect();
        let checks = before(&all, now, |facts| self.checks(facts));
        let seen_at = seen.iter().map(|seen| seen.at).min();
        let is_old = |at: &Timestamp| seconds_between(*at, now) > HOLDS_SECONDS;
        let age = seen_at.filter(is_old).map(|at| words::age(seconds_between(at, now)));
        // What was wrong stays so until somebody says otherwise.
        let checks = checks.into_iter().map(|check| match &age {
            Some(age) if check.level == Level::Ok => Check { identity: check.identity, ..readiness::aged(&check, age) },
            Some(_) | None => check,
        });
        let (in_failing_region, refused) = silences(&seen, self.failing.as_ref());
        let found = |check: Check| Found {
            step: Some(self.step.clone()),
            component: Some(self.component.clone()),
            in_failing_region: in_failing_region && check.level == Level::Unknown,
            refused: refused && check.level == Level::Unknown,
            seen_at,
            ..Found::of(cleared(check, &all))
        };
        checks.map(found).collect()
    }

    fn prechecks(&self, facts: &Facts<'_>) -> Vec<Check> {
        let mut checks = self.work.prechecks(facts);
        // What it would send is told by itself, where that is known by now.
        if let Some(wanting) = self.wanting.as_ref().filter(|_| self.work.act(facts).is_none()) {
            checks.extend(checks.iter().all(|check| check.code != wanting.code).then(|| wanting.clone()));
        }
        checks
    }

    fn checks(&self, facts: &Facts<'_>) -> Vec<Check> {
        let code = format!("{}-{}", self.kind, self.step.action());
        if self.asks.is_empty() {
            return self.prechecks(facts);
        }
        let verdict = self.work.goal(facts);
        if let (true, Verdict::Holds { evidence, .. }) = (self.acts, &verdict) {
            return vec![Check::passed(&code, format!("already done: {evidence}"), "to be done, or done")];
        }
        let mut checks = self.prechecks(facts);
        let says = |level: Level| checks.iter().any(|check| check.level == level && check.weight.blocks());
        let told_already = says(Level::Failing) || says(Level::Unknown);
        match verdict {
            Verdict::Bad { reason, help } if !says(Level::Failing) => {
                checks.push(Check::failed(&code, reason.as_str(), "what can be brought about", help.as_str()));
            }
            Verdict::Unknown { why, .. } if self.acts && !told_already => {
                checks.push(Check::unanswered(&code, why.as_str(), "an answer"));
            }
            Verdict::Bad { .. }
            | Verdict::Unknown { .. }
            | Verdict::Holds { .. }
            | Verdict::Moving { .. }
            | Verdict::Untouched { .. } => {}
        }
        checks
    }
}

/// What `look` makes of what was seen before anything is done.
fn before<T>(seen: &[Seen], now: Timestamp, look: impl FnOnce(&Facts<'_>) -> T) -> T {
    let before = serde_json::Value::Null;
    look(&Facts {
        now,
        started_at: now,
        asked: &Asked::No,
        sent: None,
        before: &before,
        seen,
        good_in_a_row: 0,
        good_since: None,
    })
}
