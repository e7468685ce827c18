//! How long steps take, by how long they took: the median of past runs on a real cloud where there are enough, else what the
//! kind says. How long the simulator took says nothing of a cloud, and faults of a drill nothing of anything.

use super::Past;
use crate::plan::Runbook;
use crate::recovery::event::CloudName;
use crate::text::Clean;
use std::collections::{BTreeMap, BTreeSet};

/// How many runs are the fewest that say more than the kind.
pub const ENOUGH: usize = 3;
/// How many of the newest are counted.
const NEWEST: usize = 20;

/// How long each step took.
#[derive(Clone, Debug, Default)]
pub struct Estimates {
    /// The steps of the application itself, by their ids; newest first, each with its run.
    own: BTreeMap<String, Vec<Sample>>,
    /// Steps of its components of one kind, by kind and action.
    of_kind: BTreeMap<(Clean, String), Vec<Sample>>,
    /// Those of any application.
    of_any: BTreeMap<(Clean, String), Vec<Sample>>,
}

#[derive(Clone, Debug, PartialEq)]
struct Sample {
    run: Clean,
    seconds: f64,
}

impl Estimates {
    /// What `pasts` tell of the steps of `application`; the newest first.
    pub fn of<'a>(application: &str, pasts: impl IntoIterator<Item = &'a Past>) -> Self {
        let mut estimates = Self::default();
        let mut pasts: Vec<&Past> = pasts.into_iter().filter(|past| past.cloud != CloudName::Sim).collect();
        pasts.sort_by_key(|past| std::cmp::Reverse(past.ended_at));
        for past in pasts {
            for step in &past.steps {
                let Some(seconds) = step.seconds.filter(|seconds| seconds.is_finite() && *seconds >= 0.0) else {
                    continue;
                };
                let sample = Sample { run: past.run.clone(), seconds };
                let key = (step.kind.clone(), step.step.action().to_owned());
                if past.application.as_str() == application {
                    estimates.own.entry(step.step.to_string()).or_default().push(sample.clone());
                    estimates.of_kind.entry(key.clone()).or_default().push(sample.clone());
                }
                estimates.of_any.entry(key).or_default().push(sample);
            }
        }
        estimates
    }

    /// Says in `runbook` how long its steps took, and in how many runs. What a plan or a kind allows a step at most bounds it.
    pub fn apply(&self, runbook: &mut Runbook) {
        for step in &mut runbook.steps {
            let key = (step.kind.clone(), step.id.action().to_owned());
            let levels = [self.own.get(step.id.as_str()), self.of_kind.get(&key), self.of_any.get(&key)];
            let Some((seconds, runs)) = levels.into_iter().flatten().find_map(|samples| median(samples)) else {
                continue;
            };
            // A clock that stood still, or nearly, is no estimate to hurry by.
            step.expected_seconds = seconds.max(1.0).min(step.timeout_seconds);
            step.past_runs = Some(runs);
        }
    }
}

/// The median of the newest, and of how many runs they are; nothing where these are too few.
fn median(samples: &[Sample]) -> Option<(f64, u32)> {
    let mut runs: BTreeSet<&Clean> = BTreeSet::new();
    let mut seconds = Vec::new();
    for sample in samples {
        if runs.len() == NEWEST && !runs.contains(&sample.run) {
            break;
        }
        runs.insert(&sample.run);
        seconds.push(sample.seconds);
    }
    if runs.len() < ENOUGH {
        return None;
    }
    seconds.sort_by(f64::total_cmp);
    let middle = seconds.len() / 2;
    let median =
        if seconds.len() % 2 == 1 { seconds[middle] } else { f64::midpoint(seconds[middle - 1], seconds[middle]) };
    Some((median, u32::try_from(runs.len()).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Intent, Plan, file};
    use crate::recovery::past::tests::past;
    use crate::service::Registry;
    use proptest::prelude::*;

    const PLAN: &str = r#"
[application]
name = "shop"
primary = "us-east-1"
recovery = "us-west-2"

[component.orders-db]
kind = "rds"
primary = "orders"
recovery = "orders-replica"

[component.users-db]
kind = "rds"
primary = "users"
recovery = "users-replica"
"#;

    fn runbook() -> Runbook {
        let plan: Plan = file::read("shop.toml", PLAN.as_bytes(), &Registry).expect("a plan");
        Runbook::compile(&plan, Intent::Failover, &Registry).expect("no circle")
    }

    /// What is expected of a step after `pasts`, and of how many runs that is.
    fn expected(pasts: &[Past], step: &str) -> (f64, Option<u32>) {
        let mut runbook = runbook();
        Estimates::of("shop", pasts).apply(&mut runbook);
        let step = runbook.steps.iter().find(|own| own.id.as_str() == step).expect("a step");
        (step.expected_seconds, step.past_runs)
    }

    fn runs(cloud: CloudName, step: &str, seconds: &[f64]) -> Vec<Past> {
        let one = |(day, seconds): (i64, &f64)| past(&format!("run-{day}"), cloud, day, &[(step, "rds", *seconds)]);
        (0..).zip(seconds).map(one).collect()
    }

    #[test]
    fn the_step_itself_goes_before_its_kind_and_that_before_what_the_kind_says() {
        let kind = expected(&[], "orders-db/promote");
        assert_eq!(kind.1, None);
        let own = runs(CloudName::Aws, "orders-db/promote", &[100.0, 300.0, 200.0]);
        assert_eq!(expected(&own, "orders-db/promote"), (200.0, Some(3)));
        assert_eq!(expected(&own, "users-db/promote"), (200.0, Some(3)), "as its kind took in this application");
        let few = runs(CloudName::Aws, "orders-db/promote", &[100.0, 300.0]);
        assert_eq!(expected(&few, "orders-db/promote"), kind, "two say less than the kind");
        let of_another: Vec<Past> =
            own.iter().map(|past| Past { application: "bank".into(), ..past.clone() }).collect();
        assert_eq!(expected(&of_another, "orders-db/promote"), (200.0, Some(3)));
    }

    #[test]
    fn the_simulator_says_nothing_of_a_cloud() {
        let drills = runs(CloudName::Sim, "orders-db/promote", &[100.0; 9]);
        assert_eq!(expected(&drills, "orders-db/promote").1, None);
    }

    #[test]
    fn the_newest_count_and_one_run_counts_once() {
        let mut old = vec![900.0; 30];
        old.extend([60.0; 20]);
        assert_eq!(expected(&runs(CloudName::Aws, "orders-db/promote", &old), "orders-db/promote"), (60.0, Some(20)));
        let twice = ("orders-db/promote", "rds", 100.0);
        let one = past("run-1", CloudName::Aws, 1, &[twice, twice, twice, twice]);
        assert_eq!(expected(&[one], "orders-db/promote").1, None);
    }

    proptest! {
        /// Whatever was measured, an estimate lies between what was, and within what a step may take.
        #[test]
        fn an_estimate_is_within_what_was_measured_and_allowed(seconds in prop::collection::vec(0.0_f64..100_000.0, 3..30)) {
            let pasts = runs(CloudName::Aws, "orders-db/promote", &seconds);
            let (told, from) = expected(&pasts, "orders-db/promote");
            let timeout = runbook().steps.iter().find(|step| step.id.as_str() == "orders-db/promote").expect("it").timeout_seconds;
            let newest = &seconds[seconds.len().saturating_sub(NEWEST)..];
            let least = newest.iter().copied().fold(f64::INFINITY, f64::min).max(1.0).min(timeout);
            let most = newest.iter().copied().fold(0.0, f64::max).max(1.0).min(timeout);
            prop_assert!((least..=most).contains(&told), "{told} of {newest:?}");
            prop_assert_eq!(from.map(|from| from as usize), Some(newest.len()));
        }
    }
}
