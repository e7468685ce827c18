//! Whether each step of a plan was really carried out lately: a backup that was never restored is an assumption. A drill on
//! two simulated regions exercises people, and no database. Pure.

use super::{Past, defined};
use crate::plan::{ComponentName, Plan, Runbook, StepId};
use crate::recovery::event::CloudName;
use crate::recovery::objective::seconds_between;
use crate::recovery::words;
use crate::service::Check;
use crate::service::posture::Drilled;
use crate::service::readiness::EXERCISED;
use crate::text::Clean;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Within how many seconds each step is to be carried out, unless the plan says otherwise: thirty days.
pub const WITHIN_SECONDS: f64 = 30.0 * 86_400.0;
/// How many steps are named before the rest is only counted.
const NAMED: usize = 6;

/// When what was carried out last, on a real cloud.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Exercised {
    steps: BTreeMap<(StepId, Clean), Timestamp>,
    drilled_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
}

impl Exercised {
    /// What `pasts` tell of `plan`.
    pub fn of<'a>(plan: &Plan, pasts: impl IntoIterator<Item = &'a Past>) -> Self {
        let mut own = Self::default();
        for past in pasts.into_iter().filter(|past| past.is_of(plan)) {
            own.ended_at = own.ended_at.max(Some(past.ended_at));
            if past.cloud == CloudName::Sim {
                own.drilled_at = own.drilled_at.max(Some(past.ended_at));
                continue;
            }
            for step in &past.steps {
                let at = own.steps.entry((step.step.clone(), step.defined.clone())).or_insert(step.at);
                *at = (*at).max(step.at);
            }
        }
        own
    }

    /// When the application was drilled or brought up last.
    pub fn ended_at(&self) -> Option<Timestamp> {
        self.ended_at
    }

    /// By which components of `plan`, as they are defined now, infrastructure was built and backups were restored, and when last.
    pub fn drilled(&self, plan: &Plan) -> Drilled {
        let of_kind = |kind: &str, action: &str| {
            let components = plan.components.iter().filter(|component| component.kind.as_str() == kind);
            let last = components.filter_map(|component| {
                let id = StepId::of(&component.name, action);
                let at = self.steps.get(&(id, defined(component)))?;
                Some((component.name.to_string(), *at))
            });
            last.collect()
        };
        Drilled { built: of_kind("terraform", "apply"), restored: of_kind("rds-restore", "restore") }
    }

    /// How the steps of `runbook` that change something stand at `now`.
    pub fn judge(&self, plan: &Plan, runbook: &Runbook, now: Timestamp) -> Check {
        let within = plan.drills.exercised_seconds.unwrap_or(WITHIN_SECONDS);
        let definitions: BTreeMap<&ComponentName, Clean> =
            plan.components.iter().map(|component| (&component.name, defined(component))).collect();
        let age = |id: &StepId, component: &ComponentName| {
            let defined = definitions.get(component)?.clone();
            self.steps.get(&(id.clone(), defined)).map(|at| seconds_between(*at, now))
        };
        let steps = runbook.steps.iter().filter(|step| step.acts);
        let ages: Vec<(&StepId, Option<f64>)> = steps.map(|step| (&step.id, age(&step.id, &step.component))).collect();
        // What was never done is the oldest.
        let mut late: Vec<_> = ages.iter().filter(|(_, age)| age.is_none_or(|age| age > within)).collect();
        late.sort_by(|(_, one), (_, other)| other.unwrap_or(f64::INFINITY).total_cmp(&one.unwrap_or(f64::INFINITY)));
        let drilled = self.drilled_at.map(|at| {
            format!(
                "; drilled on the simulator {} ago, which carries nothing out",
                words::long_age(seconds_between(at, now))
            )
        });
        let drilled = drilled.unwrap_or_default();
        if late.is_empty() {
            let oldest = ages.iter().filter_map(|(_, age)| *age).fold(0.0, f64::max);
            return match ages.len() {
                0 => EXERCISED.ok("no step changes anything"),
                count => EXERCISED.ok(format!("{}, the longest {} ago", words::steps(count), words::long_age(oldest))),
            };
        }
        if ages.iter().all(|(_, age)| age.is_none()) {
            return EXERCISED.failing(format!("none of {} was ever carried out{drilled}", words::steps(ages.len())));
        }
        let told: Vec<String> = late
            .iter()
            .take(NAMED)
            .map(|(id, age)| match age {
                Some(age) => format!("{id} {} ago", words::long_age(*age)),
                None => format!("{id} never"),
            })
            .collect();
        let more = late.len().checked_sub(NAMED).filter(|more| *more > 0);
        let more = more.map_or_else(String::new, |more| format!(" and {more} more"));
        let of = words::steps(ages.len());
        let within = words::long_age(within);
        EXERCISED.failing(format!("{} of {of} not within {within}: {}{more}{drilled}", late.len(), told.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Intent, Level, file};
    use crate::recovery::past::tests::past;
    use crate::service::Registry;

    const DAY: i64 = 86_400;
    const PLAN: &str = r#"
[application]
name = "shop"
primary = "us-east-1"
recovery = "us-west-2"

[component.orders-db]
kind = "rds"
primary = "orders"
recovery = "orders-replica"
"#;

    fn read(text: &str) -> (Plan, Runbook) {
        let plan = file::read("shop.toml", text.as_bytes(), &Registry).expect("a plan");
        let runbook = Runbook::compile(&plan, Intent::Failover, &Registry).expect("no circle");
        (plan, runbook)
    }

    /// A run on `day` in which every step of the plan was carried out.
    fn whole(cloud: CloudName, day: i64) -> Past {
        let (plan, runbook) = read(PLAN);
        let steps: Vec<(&str, &str, f64)> = runbook.steps.iter().map(|step| (step.id.as_str(), "rds", 60.0)).collect();
        let mut past = past(&format!("run-{day}"), cloud, day, &steps);
        for step in &mut past.steps {
            step.defined = defined(&plan.components[0]);
        }
        past
    }

    fn judged(text: &str, pasts: &[Past], day: i64) -> (Level, String) {
        let (plan, runbook) = read(text);
        let now = Timestamp::from_second(day * DAY).expect("a time");
        let check = Exercised::of(&plan, pasts).judge(&plan, &runbook, now);
        (check.level, check.found.to_string())
    }

    #[test]
    fn what_was_never_carried_out_is_not_exercised_and_a_drill_carries_nothing_out() {
        let none = judged(PLAN, &[], 100);
        assert_eq!(none, (Level::Failing, "none of 2 steps was ever carried out".to_owned()));
        let drilled = judged(PLAN, &[whole(CloudName::Sim, 98)], 100);
        assert_eq!(drilled.0, Level::Failing);
        assert!(drilled.1.ends_with("drilled on the simulator 2 days ago, which carries nothing out"), "{}", drilled.1);
    }

    #[test]
    fn a_step_is_exercised_for_thirty_days_or_as_long_as_the_plan_says() {
        let real = [whole(CloudName::Aws, 100)];
        assert_eq!(judged(PLAN, &real, 130), (Level::Ok, "2 steps, the longest 30 days ago".to_owned()));
        let late = judged(PLAN, &real, 131);
        assert_eq!(late.0, Level::Failing);
        assert!(late.1.starts_with("2 of 2 steps not within 30 days: orders-db/fence 31 days ago"), "{}", late.1);
        let longer = format!("{PLAN}\n[drills]\nexercised = \"180d\"\n");
        assert_eq!(judged(&longer, &real, 131).0, Level::Ok);
        let one = Past { steps: vec![real[0].steps[0].clone()], ..real[0].clone() };
        let half = judged(PLAN, &[one], 110);
        assert_eq!(half.1, "1 of 2 steps not within 30 days: orders-db/promote never");
    }

    #[test]
    fn another_thing_of_the_same_name_was_not_carried_out() {
        let real = [whole(CloudName::Aws, 100)];
        let moved = PLAN.replace("orders-replica", "orders-replica-2");
        assert_eq!(judged(&moved, &real, 101).1, "none of 2 steps was ever carried out");
        let other_way = PLAN.replace("us-west-2", "eu-west-1");
        assert_eq!(judged(&other_way, &real, 101).0, Level::Failing);
        // What was promised of it, and who owns it, make it no other thing.
        let owned = PLAN.replace("kind = \"rds\"", "kind = \"rds\"\nowner = \"ana\"\nrto = \"5m\"\ntimeout = \"20m\"");
        assert_eq!(judged(&owned, &real, 101).0, Level::Ok);
    }
}
