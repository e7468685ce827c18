//! Preflight: what every step would look at before it acts, asked of the whole plan at once, and what the answers mean for
//! the start. The same prechecks that refuse a step refuse the start. Pure: who asks is the engine's.

use super::start::{Found, Preflight};
use super::words;
use crate::plan::{
    Application, Component, ComponentName, Finding, Intent, Level, Plan, Region, Role, Runbook, Side, Step, StepId,
};
use crate::seal::Secrets;
use crate::service::observation::{ANOTHER_ACCOUNT, Identity, LagSample};
use crate::service::{
    Ask, Asked, Check, CloudWatchObservation, Context, Facts, LocalQuery, Observation, Outputs, Place, Query, Registry,
    Seen, Silence, StsObservation, StsQuery, Verdict, Weight, Work, guard,
};
use crate::text::Clean;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What is asked of the whole plan before its start.
pub struct Looks {
    steps: Vec<StepLook>,
    stores: Vec<StoreLook>,
    places: Vec<(Place, bool)>,
    application: Application,
    findings: Vec<Finding>,
}

/// What one step would look at.
struct StepLook {
    step: StepId,
    component: ComponentName,
    kind: Clean,
    acts: bool,
    /// The region that fails, in a failover.
    failing: Option<Region>,
    asks: Vec<Ask>,
    work: Box<dyn Work>,
}

/// A store's lag, held against its objective.
struct StoreLook {
    component: ComponentName,
    kind: Clean,
    ask: Ask,
    /// What else tells what its lag is worth: how both sides are.
    around: Vec<Ask>,
    of: Component,
    rpo_seconds: f64,
    /// Whether nothing of it is promoted: its copy is gone over to.
    is_copied: bool,
    /// Whether its lag is told by the region that fails.
    in_failing_region: bool,
}

impl Looks {
    /// Everything that `runbook` of `plan` would look at, as a run that begins at `begun_at`. `findings` are those that
    /// no cloud has to be asked for.
    pub fn of(
        plan: &Plan,
        runbook: &Runbook,
        begun_at: Timestamp,
        findings: Vec<Finding>,
        secrets: &Arc<Secrets>,
    ) -> Self {
        let outputs: BTreeMap<ComponentName, Outputs> = BTreeMap::new();
        let components: BTreeMap<&ComponentName, &Component> =
            plan.components.iter().map(|component| (&component.name, component)).collect();
        let intent = runbook.intent;
        let failing = (intent == Intent::Failover).then_some(&plan.application.primary);
        let steps = runbook.steps.iter().filter_map(|step| {
            // What another component gives is not known yet: the fields keep their `${…}`, and kinds know that.
            let component = components.get(&step.component)?;
            let service = Registry.service(step.kind.as_str())?;
            let context = Context {
                plan,
                intent,
                component,
                outputs: &outputs,
                begun_at,
                past_the_point: false,
                run: "",
                attempt: 1,
            };
            let work = guard::work(service, step, &context, secrets);
            Some(StepLook {
                step: step.id.clone(),
                component: step.component.clone(),
                kind: step.kind.clone(),
                acts: step.acts,
                failing: failing.cloned(),
                asks: work.asks(&Asked::No).into_iter().filter(only_looks).collect(),
                work,
            })
        });
        let stores = plan.components.iter().filter_map(|component| {
            let rpo_seconds = component.rpo_seconds.or(plan.application.rpo_seconds)?;
            let service = Registry.service(component.kind.as_str())?;
            let ask = service.lag(component, &plan.application)?;
            let around = [Side::Primary, Side::Recovery].into_iter();
            let around = around.filter_map(|side| service.health(component, &plan.application, side));
            let (name, kind, of) = (component.name.clone(), component.kind.clone(), component.clone());
            let goes_over = |step: &Step| step.component == component.name && step.role() == Role::Copy;
            let is_copied = runbook.steps.iter().any(goes_over);
            let in_failing_region = failing == Some(&ask.place.region);
            let around = around.flat_map(|looked| looked.asks).collect();
            Some(StoreLook { component: name, kind, ask, around, of, rpo_seconds, is_copied, in_failing_region })
        });
        let mut places = BTreeSet::new();
        for component in &plan.components {
            for side in [Side::Primary, Side::Recovery] {
                places.insert(Place::of(component, &plan.application, side));
            }
        }
        let of_failing = |place: Place| {
            let is_failing = failing == Some(&place.region);
            (place, is_failing)
        };
        Self {
            steps: steps.collect(),
            stores: stores.collect(),
            places: places.into_iter().map(of_failing).collect(),
            application: plan.application.clone(),
            findings,
        }
    }

    /// Every question, each once.
    pub fn asks(&self) -> Vec<Ask> {
        let mut asks: Vec<Ask> = self.steps.iter().flat_map(|look| look.asks.iter().cloned()).collect();
        asks.extend(self.stores.iter().flat_map(|store| store.around.iter().chain([&store.ask]).cloned()));
        asks.extend(
            self.places.iter().map(|(place, _)| Ask { place: place.clone(), query: Query::Sts(StsQuery::Identity) }),
        );
        asks.sort_unstable();
        asks.dedup();
        asks
    }

    /// What else is to be asked, now that `seen` is known: each once.
    pub fn further(&self, seen: &[Seen], now: Timestamp) -> Vec<Ask> {
        let answers = Answers::of(seen);
        let mut asks: Vec<Ask> = self.steps.iter().flat_map(|look| look.further(&look.seen(&answers), now)).collect();
        asks.sort_unstable();
        asks.dedup();
        asks
    }

    /// What the answers mean for the start, at `now`.
    pub fn judge(&self, seen: &[Seen], now: Timestamp) -> Preflight {
        let answers = Answers::of(seen);
        let mut found: Vec<Found> = self.findings.iter().map(of_plan).collect();
        found.extend(self.places.iter().flat_map(|place| self.identity(place, &answers, now)));
        for look in &self.steps {
            found.extend(look.judge(&answers, now));
        }
        found.extend(self.stores.iter().map(|store| store.judge(&self.application, &answers, now)));
        found.extend(self.silence(seen));
        Preflight::sorted(found)
    }

    /// Whether the region that is brought up answers anything at all: without it nothing of the other is to be taken down.
    fn silence(&self, seen: &[Seen]) -> Option<Found> {
        let recovery = &self.application.recovery;
        let mut there = seen.iter().filter(|seen| seen.ask.place.region == *recovery).peekable();
        there.peek()?;
        let is_silent =
            there.all(|seen| matches!(&seen.answer, Err(unanswered) if unanswered.because == Silence::NoAnswer));
        let found = format!("{recovery} answers nothing");
        let fix = "see whether it can be reached from here: nothing can be brought up in it now";
        let check = Check::failed("recovery-answers", found, "a region that answers", fix);
        let about =
            Found { step: None, component: None, check, seen_at: None, in_failing_region: false, refused: false };
        is_silent.then_some(about)
    }

    fn identity(
        &self,
        (place, in_failing_region): &(Place, bool),
        answers: &Answers<'_>,
        now: Timestamp,
    ) -> Vec<Found> {
        let ask = Ask { place: place.clone(), query: Query::Sts(StsQuery::Identity) };
        let wanted = "credentials that the region knows";
        let account = place.account.as_ref().map_or_else(String::new, |account| format!(" (account {account})"));
        let at = format!("{}{account}", place.region);
        let seen = answers.to(&ask);
        let found = |check: Check| Found {
            step: None,
            component: None,
            check,
            seen_at: seen.map(|seen| seen.at),
            in_failing_region: *in_failing_region,
            refused: false,
        };
        let mut all = Vec::new();
        match seen.map(|seen| &seen.answer) {
            Some(Ok(Observation::Sts(StsObservation::Identity(identity)))) => {
                all.push(found(Check::passed("identity", format!("{at}: {}", identity.arn), wanted)));
                all.extend(self.lasts(identity, &at, now).map(found));
            }
            Some(Err(unanswered)) if unanswered.code.as_deref() == Some(ANOTHER_ACCOUNT) => {
                let fix = "use the profile or the role of the plan's account, or mend its `id` in the plan";
                let told = format!("{at}: {}", unanswered.message);
                all.push(found(Check::failed("identity-account", told, "credentials of the plan's account", fix)));
            }
            Some(Err(unanswered)) if unanswered.because == Silence::Denied => {
                let fix = "log in again, or give the profile or role of this account";
                all.push(found(Check::failed("identity", format!("{at}: {}", unanswered.message), wanted, fix)));
            }
            Some(Err(unanswered)) => {
                all.push(found(Check::unanswered("identity", format!("{at}: {}", unanswered.message), wanted)));
            }
            Some(Ok(_)) | None => all.push(found(Check::unanswered("identity", format!("{at}: no answer"), wanted))),
        }
        all
    }

    /// Whether the credentials outlast the objective; `None` when neither is told.
    fn lasts(&self, identity: &Identity, at: &str, now: Timestamp) -> Option<Check> {
        let (expires, rto) = (identity.expires?, self.application.rto_seconds?);
        let left = super::objective::seconds_between(now, expires);
        let wanted = format!("more than the rto of {}", words::objective(rto));
        let told = format!("{at}: expire in {}", words::age(left));
        let check = if left > rto {
            Check::passed("identity-lasts", told, &wanted)
        } else {
            let fix = "renew them before the start: a run waits while they are expired";
            Check::failed("identity-lasts", told, &wanted, fix)
        };
        Some(Check { weight: Weight::Slows, ..check })
    }
}

/// A question that changes nothing, whoever's address it goes to: a plan's POST is sent by its step alone.
fn only_looks(ask: &Ask) -> bool {
    // A program of the plan's is run by its step alone.
    ask.query.changes_nothing() && !matches!(ask.query, Query::Local(LocalQuery::Look(_)))
}

impl StepLook {
    /// The answers to its questions.
    fn seen(&self, answers: &Answers<'_>) -> Vec<Seen> {
        self.asks.iter().filter_map(|ask| answers.to(ask).cloned()).collect()
    }

    /// What else it would look at.
    fn further(&self, seen: &[Seen], now: Timestamp) -> Vec<Ask> {
        let before = serde_json::Value::Null;
        let facts = Facts { now, started_at: now, asked: &Asked::No, before: &before, seen, good_in_a_row: 0 };
        self.work.further(&facts).into_iter().filter(only_looks).collect()
    }

    fn judge(&self, answers: &Answers<'_>, now: Timestamp) -> Vec<Found> {
        let seen = self.seen(answers);
        let further = self.further(&seen, now);
        let all: Vec<Seen> = seen.iter().chain(further.iter().filter_map(|ask| answers.to(ask))).cloned().collect();
        let before = serde_json::Value::Null;
        let facts = Facts { now, started_at: now, asked: &Asked::No, before: &before, seen: &all, good_in_a_row: 0 };
        let checks = self.checks(&facts);
        let seen_at = seen.iter().map(|seen| seen.at).max();
        let untold = || seen.iter().filter_map(|seen| Some((&seen.ask.place.region, seen.answer.as_ref().err()?)));
        let is_failing = |region: &Region| self.failing.as_ref() == Some(region);
        // Nothing can be told of a region that fails.
        let in_failing_region = untold().next().is_some() && untold().all(|(region, _)| is_failing(region));
        // Who says no says it again: waiting for the answer mends nothing.
        let refused = untold().any(|(region, why)| !is_failing(region) && why.because.is_a_no());
        let found = |check: Check| Found {
            step: Some(self.step.clone()),
            component: Some(self.component.clone()),
            in_failing_region: in_failing_region && check.level == Level::Unknown,
            refused: refused && check.level == Level::Unknown,
            check,
            seen_at,
        };
        checks.into_iter().map(found).collect()
    }

    fn checks(&self, facts: &Facts<'_>) -> Vec<Check> {
        let code = format!("{}-{}", self.kind, self.step.action());
        if self.asks.is_empty() {
            return self.work.prechecks(facts);
        }
        let verdict = self.work.goal(facts);
        if let (true, Verdict::Holds { evidence, .. }) = (self.acts, &verdict) {
            return vec![Check::passed(&code, format!("already done: {evidence}"), "to be done, or done")];
        }
        let mut checks = self.work.prechecks(facts);
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

impl StoreLook {
    /// What would be lost if it were promoted, or its copy gone over to, now.
    fn judge(&self, application: &Application, answers: &Answers<'_>, now: Timestamp) -> Found {
        let code = format!("{}-lag", self.kind);
        let wanted = format!("a loss within the rpo of {}", words::objective(self.rpo_seconds));
        let seen = answers.to(&self.ask);
        let fix = "it is asked about before anything is done; see why the replica is behind";
        let check = match seen.map(|seen| &seen.answer) {
            Some(Ok(Observation::CloudWatch(CloudWatchObservation::Lag(series)))) => {
                let sample = self.weighed(series.newest.clone(), application, answers, now);
                match (sample.seconds, sample.sampled_at, sample.instead) {
                    (Some(lag), Some(at), None) => {
                        let loss = lag + super::objective::seconds_between(at, now);
                        let done = if self.is_copied { "gone over to" } else { "promoted" };
                        let told = format!("{} if it were {done} now", words::amount(loss));
                        if loss <= self.rpo_seconds {
                            Check::passed(&code, told, &wanted)
                        } else {
                            Check::failed(&code, told, &wanted, fix)
                        }
                    }
                    (_, _, Some(instead)) => Check::unanswered(&code, instead.as_str(), &wanted),
                    (_, _, None) => Check::unanswered(&code, "no number", &wanted),
                }
            }
            Some(Ok(_)) => Check::unanswered(&code, "the answer was of another kind than the question", &wanted),
            Some(Err(unanswered)) => Check::unanswered(&code, unanswered.message.as_str(), &wanted),
            None => Check::unanswered(&code, "not answered yet", &wanted),
        };
        Found {
            step: None,
            component: Some(self.component.clone()),
            in_failing_region: self.in_failing_region && check.level == Level::Unknown,
            check: Check { weight: Weight::Loses, ..check },
            seen_at: seen.map(|seen| seen.at),
            refused: false,
        }
    }
}

impl StoreLook {
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
        let facts = Facts { now, started_at: now, asked: &Asked::No, before: &before, seen: &seen, good_in_a_row: 0 };
        service.weigh_lag(&self.of, application, sample, &facts)
    }
}

/// What was found without asking any cloud.
fn of_plan(finding: &Finding) -> Found {
    let check = Check {
        code: Clean::new(&finding.code),
        level: finding.level,
        found: finding.found.clone(),
        wanted: finding.wanted.clone(),
        fix: finding.fix.clone(),
        weight: finding.weight,
        identity: false,
    };
    Found {
        step: None,
        component: finding.component.clone(),
        check,
        seen_at: None,
        in_failing_region: false,
        refused: false,
    }
}

/// The answers, by their questions.
struct Answers<'a>(BTreeMap<&'a Ask, &'a Seen>);

impl<'a> Answers<'a> {
    fn of(seen: &'a [Seen]) -> Self {
        Self(seen.iter().map(|seen| (&seen.ask, seen)).collect())
    }

    fn to(&self, ask: &Ask) -> Option<&'a Seen> {
        self.0.get(ask).copied()
    }
}
