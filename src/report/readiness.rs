//! What was known before the start: what was not as wanted, how it was gone on with all the same, and what came of it. From the
//! journal alone; nobody is asked how things are by now.

use super::steps::StepRecord;
use crate::plan::{ComponentName, Level, StepId};
use crate::recovery::objective::seconds_between;
use crate::recovery::outcome::Outcome;
use crate::recovery::start::{Found, OF_ANOTHER, Preflight};
use crate::recovery::{State, Status, words};
use crate::service::{Weight, readiness};
use crate::text::Clean;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

/// How many seconds longer than expected are the least that are told.
const TOLD_SECONDS: f64 = 5.0;

/// What was known before the start.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Readiness {
    /// Whether it could run, by the newest look before the start: `ready`, `at_risk`, `not_ready`; absent where nobody looked.
    pub verdict: Option<Clean>,
    /// The same in words, as it was shown.
    #[serde(skip)]
    pub told: Option<Clean>,
    /// Who gave the start on it, and when; absent where nobody did.
    pub started: Option<(Clean, Timestamp)>,
    /// What was as wanted.
    pub ok: usize,
    /// What only the region that fails could have told.
    pub of_failing_region: usize,
    /// What was not as wanted, the worst first.
    pub known: Vec<Known>,
    /// Rules that stand otherwise than they did at the start, of what nothing was started of yet, as they were told last.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub turned: Vec<Turned>,
    /// Why they were looked at no more, where that was so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rests: Option<Clean>,
}

/// A rule that turned while the run went on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Turned {
    /// Its code.
    pub code: Clean,
    /// Of which component.
    pub component: Option<ComponentName>,
    /// How it stood before the start; absent where nobody knew.
    pub was: Option<Level>,
    /// How it stood in the end.
    pub level: Level,
    /// Since when.
    pub since: Option<Timestamp>,
    /// What it would cost.
    #[serde(serialize_with = "weight")]
    pub weight: Weight,
    /// What was found.
    pub found: Clean,
    /// What came of it, as far as the journal shows.
    pub cost: Clean,
}

/// One thing that was not as wanted.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Known {
    /// Its code.
    pub code: Clean,
    /// Of which component.
    pub component: Option<ComponentName>,
    /// For which step.
    pub step: Option<StepId>,
    /// Failing, or unknown.
    pub level: Level,
    /// What it would cost.
    #[serde(serialize_with = "weight")]
    pub weight: Weight,
    /// What was found.
    pub found: Clean,
    /// What was said to come of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub said: Option<Clean>,
    /// How it was gone on with.
    pub passed: Passed,
    /// What came of it, as far as the journal shows.
    pub cost: Clean,
}

/// How something was gone on with.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Passed {
    /// A word of the commander's, with the start.
    Despite {
        /// Why.
        why: Clean,
    },
    /// The plan lives with it.
    Waived {
        /// Its last day.
        until: Date,
        /// Why.
        why: Clean,
    },
    /// Nobody could tell, and the region was typed over it.
    Untold,
    /// It refuses no start.
    Told,
    /// It was not: the run was not started.
    Nothing,
}

impl Passed {
    /// In words.
    pub fn words(&self) -> String {
        match self {
            Self::Despite { why } => format!("passed by --despite: {why}"),
            Self::Waived { until, why } => format!("waived until {until}: {why}"),
            Self::Untold => "unknown, and started all the same".to_owned(),
            Self::Told => "told, and refuses no start".to_owned(),
            Self::Nothing => "not started".to_owned(),
        }
    }
}

/// What was known before the start of the run of `state`, which came to `came_to` by `steps`.
pub fn readiness(state: &State, steps: &[StepRecord], came_to: &Outcome) -> Readiness {
    let started = state.started.as_ref().map(|given| (given.by.clone(), given.at));
    let none = Preflight::default();
    let preflight = state.preflight.as_deref().unwrap_or(&none);
    let not_ok = preflight.blocks.iter().chain(&preflight.unknown).chain(&preflight.warns);
    let (of_failing, told): (Vec<&Found>, Vec<&Found>) =
        not_ok.partition(|found| found.in_failing_region && found.waived.is_none());
    let known = told.into_iter().map(|found| Known {
        code: found.check.code.clone(),
        component: found.component.clone(),
        step: found.step.clone(),
        level: found.check.level,
        weight: found.check.weight,
        found: found.check.found.clone(),
        said: match readiness::rule(&found.check.code).filter(|_| found.tier.is_some()) {
            Some(rule) => Some(Clean::new(rule.costs)),
            None => found.is_of_another().then(|| Clean::new(OF_ANOTHER)),
        },
        passed: passed(state, preflight, found),
        cost: Clean::new(&cost(state, steps, came_to, found)),
    });
    let verdict = state.preflight.as_ref().map(|preflight| preflight.verdict());
    Readiness {
        verdict: verdict.map(|verdict| Clean::new(verdict.name())),
        told: verdict.map(|verdict| Clean::new(&verdict.to_string())),
        started,
        ok: preflight.ok.len(),
        of_failing_region: of_failing.len(),
        known: known.collect(),
        turned: turned(state, steps, came_to),
        rests: state.meanwhile.rests.clone(),
    }
}

/// What turned, the worst first; what came to be as it was before is none of it.
fn turned(state: &State, steps: &[StepRecord], came_to: &Outcome) -> Vec<Turned> {
    let before = |found: &Found| {
        let all = state.preflight.iter().flat_map(|preflight| preflight.all());
        all.filter(|other| other.tier.is_some()).find(|other| other.known() == found.known())
    };
    let all = state.meanwhile.found().map(|found| Turned {
        code: found.check.code.clone(),
        component: found.component.clone(),
        was: before(found).map(|before| before.check.level),
        level: found.check.level,
        since: found.since,
        weight: found.check.weight,
        found: found.check.found.clone(),
        cost: Clean::new(&cost(state, steps, came_to, found)),
    });
    let mut turned: Vec<Turned> = all.filter(|turned| turned.was != Some(turned.level)).collect();
    turned.sort_by_key(|turned| (turned.level == Level::Ok, turned.weight, turned.since));
    turned
}

fn passed(state: &State, preflight: &Preflight, found: &Found) -> Passed {
    if let Some(waived) = &found.waived {
        return Passed::Waived { until: waived.until, why: waived.why.clone() };
    }
    let Some(given) = &state.started else { return Passed::Nothing };
    let refuses = preflight.blocks.iter().chain(&preflight.unknown).any(|other| std::ptr::eq(other, found));
    let word = given.start.despite.iter().find(|despite| despite.code == found.check.code && refuses);
    match (word, found.check.level) {
        (Some(despite), _) => Passed::Despite { why: despite.why.clone() },
        (None, Level::Unknown) if refuses => Passed::Untold,
        (None, _) => Passed::Told,
    }
}

/// What came of it: of its step, or of all steps of its component; of a store what was lost.
fn cost(state: &State, steps: &[StepRecord], came_to: &Outcome, found: &Found) -> String {
    if state.started.is_none() {
        return "nothing was started".to_owned();
    }
    let is_its = |record: &&StepRecord| match (&found.step, &found.component) {
        (Some(step), _) => record.step == *step,
        (None, Some(component)) => record.component == *component,
        (None, None) => false,
    };
    let its: Vec<&StepRecord> = steps.iter().filter(is_its).collect();
    let mut costs: Vec<String> = Vec::new();
    if let (Weight::Loses, Some(component)) = (found.check.weight, &found.component) {
        let loss = came_to.losses.iter().find(|loss| loss.component == *component);
        costs.extend(loss.map(|loss| match loss.exposure.seconds {
            Some(seconds) => {
                let bound = if loss.exposure.at_least { "at least" } else { "at most" };
                format!("{bound} {} of writes lost", words::amount(seconds))
            }
            None => "how much was lost is not known".to_owned(),
        }));
    }
    for record in &its {
        costs.extend(trouble(record));
    }
    let longer: f64 = its.iter().map(|record| longer_seconds(record)).sum();
    if longer >= TOLD_SECONDS {
        costs.push(format!("{} longer than expected", words::clock(longer)));
    }
    match (costs.is_empty(), its.is_empty()) {
        (false, _) => costs.join("; "),
        (true, false) => "nothing that shows: its steps went as expected".to_owned(),
        (true, true) => "not told: it is of no step".to_owned(),
    }
}

/// What went wrong with a step.
fn trouble(record: &StepRecord) -> Option<String> {
    let bad =
        record.tries.iter().filter(|one| !one.undo && matches!(one.status, Status::Failed | Status::Unknown)).count();
    let how = match bad {
        0 => None,
        1 => Some("failed once".to_owned()),
        count => Some(format!("failed {count} times")),
    };
    let ended = match record.status {
        Status::Failed => Some("failed"),
        Status::Unknown => Some("unknown"),
        Status::Skipped => Some("gone on without"),
        Status::Owed(_) => Some("owed"),
        Status::Waiting if record.first_started_at.is_none() => Some("never started"),
        Status::Waiting
        | Status::Running
        | Status::Succeeded { .. }
        | Status::Undoing
        | Status::Undone
        | Status::UndoFailed
        | Status::UndoUnknown => None,
    };
    match (how, ended) {
        (None, None) => None,
        (Some(how), None) => Some(format!("{} {how}, verified in the end", record.step)),
        (None, Some(ended)) => Some(format!("{} {ended}", record.step)),
        (Some(how), Some(ended)) => Some(format!("{} {how}: {ended}", record.step)),
    }
}

/// How many seconds longer a step's attempts took than one is expected to.
fn longer_seconds(record: &StepRecord) -> f64 {
    let attempts = record.tries.iter().filter(|one| !one.undo);
    let took: f64 = attempts.filter_map(|one| Some(seconds_between(one.started_at, one.ended_at?))).sum();
    (took - record.expected_seconds).max(0.0)
}

fn weight<S: serde::Serializer>(weight: &Weight, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(weight.word())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::journal;
    use crate::recovery::What;
    use crate::recovery::start::{Despite, Waived};
    use crate::report::Report;
    use crate::service::Check;
    use std::path::Path;

    /// The report of a recording, whose preflight found these and whose start passed `despite`.
    fn report(name: &str, found: Vec<Found>, despite: &[(&str, &str)]) -> Report {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings").join(name);
        let mut recorded = journal::read(&path).expect("it reads");
        for event in &mut recorded.events {
            match &mut event.what {
                What::Preflight(preflight) => **preflight = Preflight::sorted(found.clone()),
                What::Started(started) => {
                    let one = |(code, why): &(&str, &str)| Despite { code: Clean::new(code), why: Clean::new(why) };
                    started.despite = despite.iter().map(one).collect();
                }
                _ => {}
            }
        }
        Report::of(&recorded, name).expect("a run")
    }

    fn of_step(step: &str, check: Check) -> Found {
        let step = StepId::new(step);
        let component = step.as_str().split('/').next().map(ComponentName::new);
        Found { step: Some(step), component, ..Found::of(check) }
    }

    #[test]
    fn what_was_passed_or_lived_with_is_told_with_what_came_of_it() {
        let blocked =
            of_step("orders-db/promote", Check::failed("rds-replica-status", "modifying", "available", "wait"));
        let silent = of_step("catalog-db/promote", Check::unanswered("rds-replica-role", "no answer", "a replica"));
        let waived = Found {
            tier: Some(crate::service::readiness::Tier::Hourly),
            waived: Some(Waived { until: "2030-01-01".parse().expect("a day"), why: "known".into() }),
            component: Some("orders-db".into()),
            ..Found::of(Check::failed("rds-multi-az", "one zone", "two", "add one"))
        };
        let far = Found { in_failing_region: true, ..silent.clone() };
        let found = vec![blocked, silent, waived, far, Found::of(Check::passed("identity", "ana", "credentials"))];
        let readiness = report("loss-accepted.jsonl", found, &[("rds-replica-status", "it will be")]).readiness;
        assert_eq!(readiness.verdict.as_deref(), Some("not_ready"));
        assert_eq!((readiness.ok, readiness.of_failing_region, readiness.known.len()), (1, 1, 3));
        let told: Vec<_> = readiness.known.iter().map(|known| (known.code.as_str(), known.passed.words())).collect();
        assert_eq!(
            told,
            [
                ("rds-replica-status", "passed by --despite: it will be".to_owned()),
                ("rds-replica-role", "unknown, and started all the same".to_owned()),
                ("rds-multi-az", "waived until 2030-01-01: known".to_owned()),
            ]
        );
        assert!(readiness.known.iter().all(|known| !known.cost.is_empty()));
        assert!(readiness.known[2].said.as_deref().is_some_and(|said| !said.is_empty()), "what the rule says");
    }

    #[test]
    fn what_a_rule_says_that_is_not_known_here_is_told_as_such() {
        let tier = Some(crate::service::readiness::Tier::Hourly);
        let of = |code: &str, level| {
            let check = Check { level, ..Check::failed(code, "so", "otherwise", "mend it") };
            Found { tier, component: Some("orders-db".into()), ..Found::of(check) }
        };
        let found = vec![of("rds-tomorrow", Level::Failing), of("rds-next-week", Level::Ok)];
        let readiness = report("loss-accepted.jsonl", found, &[]).readiness;
        let told: Vec<_> = readiness.known.iter().map(|known| (known.code.as_str(), known.level)).collect();
        assert_eq!(told, [("rds-tomorrow", Level::Failing), ("rds-next-week", Level::Unknown)]);
        assert!(readiness.known.iter().all(|known| known.said.as_deref() == Some(OF_ANOTHER)), "{readiness:?}");
        assert_eq!(readiness.ok, 0);
    }

    #[test]
    fn a_step_that_failed_is_what_came_of_it() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings/gone-back.jsonl");
        let recorded = journal::read(&path).expect("it reads");
        let failed = recorded.events.iter().find_map(|event| match &event.what {
            What::StepFailed { step, .. } => Some(step.clone()),
            _ => None,
        });
        let failed = failed.expect("one failed");
        let check =
            Check { weight: Weight::Slows, ..Check::failed("ecs-image", "it is not there", "an image", "copy it") };
        let readiness = report("gone-back.jsonl", vec![of_step(failed.as_str(), check)], &[]).readiness;
        let [known] = readiness.known.as_slice() else { panic!("{readiness:?}") };
        assert!(known.cost.contains(failed.as_str()) && known.cost.contains("failed"), "{}", known.cost);
        assert_eq!(known.passed, Passed::Told);
    }

    #[test]
    fn what_turned_since_the_start_is_told_with_what_came_of_it() {
        let rule = |code: &str, level| {
            let check =
                Check { weight: Weight::Slows, level, ..Check::failed(code, "two containers", "one", "deploy") };
            let since = Some("2026-11-28T03:00:00Z".parse().expect("a time"));
            let tier = Some(crate::service::readiness::Tier::Hourly);
            Found { tier, since, component: Some("orders-db".into()), ..Found::of(check) }
        };
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings/loss-accepted.jsonl");
        let mut recorded = journal::read(&path).expect("it reads");
        for event in &mut recorded.events {
            if let What::Preflight(preflight) = &mut event.what {
                **preflight = Preflight::sorted(vec![rule("ecs-drift", Level::Ok), rule("ecs-az", Level::Failing)]);
            }
        }
        let is_start = |event: &crate::recovery::Event| matches!(event.what, What::Started(_));
        let at = recorded.events.iter().position(is_start).expect("it was started");
        let turned = |found, rests| What::RulesTurned { found, rests };
        let told = [
            turned(vec![rule("ecs-drift", Level::Failing), rule("ecs-az", Level::Ok)], None),
            // It came to be as it was.
            turned(vec![rule("ecs-az", Level::Failing)], Some("DescribeServices in us-west-2 was throttled".into())),
        ];
        for what in told.into_iter().rev() {
            let event = crate::recovery::Event { what, ..recorded.events[at].clone() };
            recorded.events.insert(at + 1, event);
        }
        let report = Report::of(&recorded, "loss-accepted.jsonl").expect("a run");
        let [one] = report.readiness.turned.as_slice() else { panic!("{:?}", report.readiness) };
        assert_eq!((one.code.as_str(), one.was, one.level), ("ecs-drift", Some(Level::Ok), Level::Failing));
        assert!(!one.cost.is_empty());
        let page = crate::report::markdown::write(&report);
        for words in ["Since the start turned", "was throttled", "ecs-drift", "failing since"] {
            assert!(page.contains(words), "{words}: {page}");
        }
    }

    #[test]
    fn where_nobody_looked_nothing_is_said() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings/clean-failover.jsonl");
        let report = Report::of(&journal::read(&path).expect("it reads"), "x").expect("a run");
        assert_eq!(report.readiness.verdict, None);
        assert!(!crate::report::markdown::write(&report).contains("What was known before the start"));
    }
}
