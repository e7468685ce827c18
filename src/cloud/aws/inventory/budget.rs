//! How quickly a service is read: at most so many calls a second, half as many when it says that it is too many, slowly
//! more again while it says nothing. A capture is slowed by that, and never fails of it.

use crate::inventory::Api;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How many times the usual pace may be reached while nobody objects.
const AT_MOST: f64 = 6.0;
/// The slowest pace, in calls a second.
const LEAST: f64 = 0.5;
/// By how much of the usual pace each call that went well makes it quicker.
const STEP: f64 = 0.02;

/// How many services of a region have to be silent, and how many calls, none having said anything, before the whole of it is
/// taken for dark.
const SILENT_SERVICES: usize = 2;
const SILENT_CALLS: u32 = 4;

/// The usual pace of a service, in calls a second. Route 53 takes five for all of an account ("Quotas").
fn usual(api: Api) -> f64 {
    match api {
        Api::Ec2 => 20.0,
        Api::Iam => 8.0,
        Api::Route53 => 5.0,
        _ => 12.0,
    }
}

fn most(api: Api) -> f64 {
    if api == Api::Route53 { usual(api) } else { usual(api) * AT_MOST }
}

#[derive(Debug)]
struct Pace {
    rate: f64,
    /// When the next call may go.
    next: Instant,
    /// When it was last told to slow down: what was under way then says it again, and counts once.
    slowed: Option<Instant>,
    /// How many calls in a row were not answered.
    silent: u32,
    spoke: bool,
}

/// The paces of all services of one region.
#[derive(Debug, Default)]
pub(super) struct Budget(Mutex<HashMap<(Api, bool), Pace>>);

impl Budget {
    /// Waits until a call may go.
    pub(super) async fn turn(&self, of: (Api, bool)) {
        let at = {
            let mut paces = self.held();
            let pace = pace(&mut paces, of);
            let at = pace.next.max(Instant::now());
            pace.next = at + Duration::from_secs_f64(1.0 / pace.rate);
            at
        };
        let wait = at.saturating_duration_since(Instant::now());
        if !wait.is_zero() {
            sleep(wait).await;
        }
    }

    /// A call was answered.
    pub(super) fn went(&self, of: (Api, bool)) {
        let mut paces = self.held();
        let pace = pace(&mut paces, of);
        pace.rate = (pace.rate + usual(of.0) * STEP).min(most(of.0));
        (pace.silent, pace.spoke) = (0, true);
    }

    /// It was said to be too many.
    pub(super) fn slowed(&self, of: (Api, bool)) {
        let mut paces = self.held();
        let pace = pace(&mut paces, of);
        let now = Instant::now();
        if pace.slowed.is_none_or(|at| now.duration_since(at) > Duration::from_millis(500)) {
            pace.rate = (pace.rate / 2.0).max(LEAST);
            pace.next = pace.next.max(now + Duration::from_millis(200));
            pace.slowed = Some(now);
        }
        (pace.silent, pace.spoke) = (0, true);
    }

    /// A call was not answered; whether the service is to be left alone from here on.
    pub(super) fn was_silent(&self, of: (Api, bool)) {
        let mut paces = self.held();
        pace(&mut paces, of).silent += 1;
    }

    /// Whether nothing of it was ever answered, and it was tried often enough; or nothing of the whole region was. In a dark
    /// region each call would be waited for.
    pub(super) fn is_dark(&self, of: (Api, bool)) -> bool {
        let mut paces = self.held();
        let own = pace(&mut paces, of);
        if own.silent >= 6 || (!own.spoke && own.silent >= 2) {
            return true;
        }
        let there = || paces.iter().filter(|((_, at_home), _)| *at_home == of.1).map(|(_, pace)| pace);
        let silent = there().filter(|pace| pace.silent > 0).count();
        !there().any(|pace| pace.spoke)
            && silent >= SILENT_SERVICES
            && there().map(|pace| pace.silent).sum::<u32>() >= SILENT_CALLS
    }

    fn held(&self) -> MutexGuard<'_, HashMap<(Api, bool), Pace>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn pace(paces: &mut HashMap<(Api, bool), Pace>, of: (Api, bool)) -> &mut Pace {
    paces.entry(of).or_insert_with(|| Pace {
        rate: usual(of.0),
        next: Instant::now(),
        slowed: None,
        silent: 0,
        spoke: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_goes_at_its_pace_slows_when_told_and_recovers() {
        let (budget, of) = (Budget::default(), (Api::Route53, false));
        let began = Instant::now();
        for _ in 0..11 {
            budget.turn(of).await;
            budget.went(of);
        }
        let took = began.elapsed().as_secs_f64();
        assert!((1.9..2.3).contains(&took), "five a second, and never more: {took}");
        for _ in 0..20 {
            // What was under way together counts once.
            budget.slowed(of);
        }
        let began = Instant::now();
        for _ in 0..6 {
            budget.turn(of).await;
        }
        let took = began.elapsed().as_secs_f64();
        assert!((1.8..2.6).contains(&took), "half as many: {took}");
        for _ in 0..60 {
            budget.went(of);
        }
        let began = Instant::now();
        for _ in 0..6 {
            budget.turn(of).await;
        }
        assert!(began.elapsed().as_secs_f64() < 1.5, "as before");
    }

    #[tokio::test(start_paused = true)]
    async fn a_region_none_of_whose_services_says_anything_is_given_up_as_a_whole_and_its_home_is_not() {
        let budget = Budget::default();
        for api in [Api::Sts, Api::Tagging] {
            budget.was_silent((api, false));
            budget.was_silent((api, false));
        }
        assert!(budget.is_dark((Api::Rds, false)), "nobody waits for it any more");
        assert!(!budget.is_dark((Api::Iam, true)), "another region");
        // One word from anywhere in it, and each service is asked for itself again.
        budget.went((Api::Ec2, false));
        assert!(!budget.is_dark((Api::Rds, false)) && budget.is_dark((Api::Sts, false)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_dark_region_is_given_up_and_one_that_answers_is_not() {
        let (budget, of) = (Budget::default(), (Api::Ec2, false));
        budget.was_silent(of);
        assert!(!budget.is_dark(of));
        budget.was_silent(of);
        assert!(budget.is_dark(of) && !budget.is_dark((Api::Iam, false)));
        budget.went(of);
        budget.was_silent(of);
        budget.was_silent(of);
        assert!(!budget.is_dark(of), "it answered before");
    }
}
