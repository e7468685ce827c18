//! Drills as time goes by: how long each of an application took, what came of it, and when the next is due. Pure.

use super::Past;
use crate::plan::{Intent, Plan, Region};
use crate::recovery::event::CloudName;
use crate::recovery::objective::seconds_between;
use crate::recovery::verdict::Verdict;
use crate::text::Clean;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// How many of the newest a trend shows.
pub const SHOWN: usize = 8;

/// What was drilled, or done on a real cloud, again and again; the oldest first, the newest of them.
#[derive(Debug)]
pub struct Trend<'a> {
    /// The scenario; absent for a drill without one, and for real runs.
    pub scenario: Option<&'a Clean>,
    /// On what.
    pub cloud: CloudName,
    /// What answered in place of the real cloud.
    pub endpoint: Option<&'a Clean>,
    /// What was done.
    pub intent: Intent,
    /// Whether only a part of the plan was run: its time says nothing of the whole.
    pub part: bool,
    /// The newest, oldest first.
    pub runs: Vec<&'a Past>,
    /// How many there are in all.
    pub count: usize,
}

impl Trend<'_> {
    /// The median of the times of those shown, in seconds.
    pub fn median_seconds(&self) -> f64 {
        let mut seconds: Vec<f64> = self.runs.iter().map(|past| past.recovery_seconds).collect();
        seconds.sort_by(f64::total_cmp);
        match seconds.len() {
            0 => 0.0,
            count if count % 2 == 1 => seconds[count / 2],
            count => f64::midpoint(seconds[count / 2 - 1], seconds[count / 2]),
        }
    }

    /// How many seconds longer the newest took than the one before; shorter where it is negative.
    pub fn change_seconds(&self) -> Option<f64> {
        let [.., before, last] = self.runs.as_slice() else { return None };
        Some(last.recovery_seconds - before.recovery_seconds)
    }

    /// How each stands against the longest, or what was promised where that is longer: from 0 to 7.
    pub fn heights(&self) -> Vec<u8> {
        let promised = self.runs.iter().filter_map(|past| past.rto_seconds);
        let most = self.runs.iter().map(|past| past.recovery_seconds).chain(promised).fold(1.0, f64::max);
        // A share of at most one, of seven: it fits.
        self.runs.iter().map(|past| ((past.recovery_seconds / most).clamp(0.0, 1.0) * 7.0).round() as u8).collect()
    }
}

/// An application between two regions, and everything that was drilled and done of it.
#[derive(Debug)]
pub struct Drilled<'a> {
    /// Its name.
    pub application: &'a Clean,
    /// The region that was left.
    pub primary: &'a Region,
    /// The region it was brought up in.
    pub recovery: &'a Region,
    /// The newest drill, if there was one.
    pub last: Option<&'a Past>,
    /// By scenario, drills first.
    pub trends: Vec<Trend<'a>>,
}

/// All of `pasts`, by application.
pub fn drilled(pasts: &[Past]) -> Vec<Drilled<'_>> {
    let mut all: Vec<&Past> = pasts.iter().collect();
    all.sort_by_key(|past| past.ended_at);
    let mut applications: BTreeMap<_, BTreeMap<_, Vec<&Past>>> = BTreeMap::new();
    for past in all {
        let application = (&past.application, &past.primary, &past.recovery);
        let intent = past.intent.word();
        let sort: Sort<'_> =
            (past.cloud != CloudName::Sim, past.endpoint.as_ref(), past.scenario.as_ref(), intent, past.part);
        applications.entry(application).or_default().entry(sort).or_default().push(past);
    }
    applications.into_iter().map(|(application, sorts)| of_one(application, sorts)).collect()
}

/// Whether it is real, and where, the scenario, what was done, and whether of a part alone.
type Sort<'a> = (bool, Option<&'a Clean>, Option<&'a Clean>, &'static str, bool);

fn of_one<'a>(
    (application, primary, recovery): (&'a Clean, &'a Region, &'a Region),
    sorts: BTreeMap<Sort<'a>, Vec<&'a Past>>,
) -> Drilled<'a> {
    let is_drill = |(is_real, .., part): &Sort<'_>| !is_real && !part;
    let drills = sorts.iter().filter(|(sort, _)| is_drill(sort)).filter_map(|(_, runs)| runs.last().copied());
    let last = drills.max_by_key(|past| past.ended_at);
    let trends = sorts.into_values().filter_map(|runs| {
        let newest = runs.last()?;
        Some(Trend {
            scenario: newest.scenario.as_ref(),
            cloud: newest.cloud,
            endpoint: newest.endpoint.as_ref(),
            intent: newest.intent,
            part: newest.part,
            count: runs.len(),
            runs: runs[runs.len().saturating_sub(SHOWN)..].to_vec(),
        })
    });
    Drilled { application, primary, recovery, last, trends: trends.collect() }
}

/// When an application's next drill is due, by its plan.
#[derive(Debug, PartialEq)]
pub struct Due<'a> {
    /// The newest drill that counts.
    pub last: Option<&'a Past>,
    /// How many seconds lie between two.
    pub every_seconds: f64,
    /// When the next is due; at once where there was none.
    pub at: Option<Timestamp>,
    /// How many seconds it is late.
    pub late_seconds: Option<f64>,
    /// Whether it is due soon enough to be told.
    pub is_soon: bool,
}

impl Due<'_> {
    /// Whether it is overdue, or the last one did not keep what was promised.
    pub fn is_wrong(&self) -> bool {
        let missed = self.last.is_some_and(|past| match past.verdict {
            Verdict::Met | Verdict::NothingPromised => false,
            Verdict::Missed | Verdict::NotShown | Verdict::NotRecovered | Verdict::Unfinished => true,
        });
        self.late_seconds.is_some() || missed
    }
}

/// When the next drill of `plan` is due at `now`; nothing where the plan does not say how often. A real run is no drill, nor one of a part, and
/// where the plan names a scenario another is none.
pub fn due<'a>(plan: &Plan, pasts: &'a [Past], now: Timestamp) -> Option<Due<'a>> {
    let every_seconds = plan.drills.every_seconds?;
    let is_wanted = |past: &&Past| {
        let named = plan.drills.scenario.as_ref();
        past.cloud == CloudName::Sim
            && !past.part
            && past.is_of(plan)
            && named.is_none_or(|name| past.scenario.as_ref() == Some(name))
    };
    let last = pasts.iter().filter(is_wanted).max_by_key(|past| past.ended_at);
    let every = SignedDuration::try_from_secs_f64(every_seconds).unwrap_or(SignedDuration::MAX);
    let at = last.and_then(|past| past.ended_at.checked_add(every).ok());
    let late_seconds = match (last, at) {
        (None, _) => Some(0.0),
        (Some(_), Some(at)) if at < now => Some(seconds_between(at, now)),
        (Some(_), _) => None,
    };
    let warn = plan.drills.warn_seconds.unwrap_or(0.0);
    let is_soon = at.is_some_and(|at| at >= now && seconds_between(now, at) <= warn);
    Some(Due { last, every_seconds, at, late_seconds, is_soon })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Drills;
    use crate::plan::file;
    use crate::recovery::past::tests::past;
    use crate::service::Registry;

    const DAY: i64 = 86_400;

    fn plan(drills: Drills) -> Plan {
        let text = "[application]\nname = \"shop\"\nprimary = \"us-east-1\"\nrecovery = \"us-west-2\"\n\
            [component.pause]\nkind = \"manual\"\nask = \"look\"\n";
        let plan: Plan = file::read("shop.toml", text.as_bytes(), &Registry).expect("a plan");
        Plan { drills, ..plan }
    }

    fn drill(day: i64, scenario: Option<&str>, seconds: f64, verdict: Verdict) -> Past {
        let scenario = scenario.map(Clean::new);
        let run = past(&format!("run-{day}"), CloudName::Sim, day, &[]);
        Past { scenario, recovery_seconds: seconds, verdict, ..run }
    }

    fn at(day: i64) -> Timestamp {
        Timestamp::from_second(day * DAY).expect("a time")
    }

    #[test]
    fn a_trend_has_the_newest_of_one_scenario_and_says_what_changed() {
        let mut pasts: Vec<Past> =
            (1..=10).map(|day| drill(day, Some("region-dark"), 100.0 * day as f64, Verdict::Met)).collect();
        pasts.push(drill(4, None, 60.0, Verdict::Met));
        pasts.push(past("real", CloudName::Aws, 11, &[]));
        let all = drilled(&pasts);
        assert_eq!(all.len(), 1);
        let told: Vec<_> = all[0].trends.iter().map(|trend| (trend.scenario.map(Clean::as_str), trend.count)).collect();
        assert_eq!(told, [(None, 1), (Some("region-dark"), 10), (None, 1)]);
        let trend = &all[0].trends[1];
        assert_eq!((trend.runs.len(), trend.median_seconds(), trend.change_seconds()), (8, 650.0, Some(100.0)));
        assert_eq!(trend.heights(), [2, 3, 4, 4, 5, 6, 6, 7]);
        assert_eq!(all[0].last.map(|past| past.ended_at), Some(at(10)), "a real run is no drill");
    }

    #[test]
    fn a_drill_is_due_by_the_last_one_of_the_plans_scenario() {
        let every = Drills { every_seconds: Some(90.0 * 86_400.0), ..Drills::default() };
        let named =
            Drills { scenario: Some("region-dark".into()), warn_seconds: Some(14.0 * 86_400.0), ..every.clone() };
        assert_eq!(due(&plan(Drills::default()), &[], at(0)), None, "no timetable");
        let part = [Past { part: true, ..drill(10, Some("region-dark"), 60.0, Verdict::Met) }];
        assert_eq!(due(&plan(every.clone()), &part, at(11)).expect("a timetable").last, None, "a part is no drill");
        let none = plan(every.clone());
        let never = due(&none, &[], at(0)).expect("a timetable");
        assert!(never.is_wrong() && never.at.is_none());
        let pasts = [drill(10, Some("region-dark"), 60.0, Verdict::Met), drill(50, None, 60.0, Verdict::Met)];
        let told = |drills: &Drills, day| {
            let plan = plan(drills.clone());
            let due = due(&plan, &pasts, at(day)).expect("a timetable");
            (due.at, due.late_seconds, due.is_soon, due.is_wrong())
        };
        assert_eq!(told(&every, 120), (Some(at(140)), None, false, false));
        assert_eq!(told(&named, 90), (Some(at(100)), None, true, false));
        assert_eq!(told(&named, 101), (Some(at(100)), Some(86_400.0), false, true));
    }

    #[test]
    fn a_drill_that_kept_no_promise_is_wrong_though_it_is_not_late() {
        let drills = Drills { every_seconds: Some(90.0 * 86_400.0), ..Drills::default() };
        let missed = [drill(10, None, 6_000.0, Verdict::Missed)];
        let plan = plan(drills);
        assert!(due(&plan, &missed, at(11)).expect("a timetable").is_wrong());
    }
}
