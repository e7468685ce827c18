//! What the containers of a simulated service write to their log: that they start, listen and answer, why they exit, that
//! they are stopped. A pure function of their tasks' lives, as these are of time.

use super::containers::{Service, Task, View};
use super::dice::{Dice, later, seconds};
use super::fault::FaultKind;
use super::trouble::Troubles;
use crate::service::observation::{LOG_LINES, LogLine};
use crate::text::Clean;
use jiff::Timestamp;

/// How often a load balancer's health check is answered, in seconds.
const CHECK_SECONDS: f64 = 10.0;
/// How long a container takes from its first line until it listens, in seconds.
const STARTS_SECONDS: f64 = 3.0;
/// How long a container that crashes is up before, in seconds.
const UP_SECONDS: f64 = 2.0;
/// What a container says that crashes without a reason of its own.
pub(super) const EXITS: &str = "Essential container in task exited (exit code 1)";

impl Service {
    /// What its containers wrote from `since` until `at`.
    pub fn log(&self, troubles: &Troubles, dice: &Dice, since: Timestamp, at: Timestamp) -> Vec<LogLine> {
        let view = self.view(troubles, at);
        let key = self.key();
        let reason = |at: Timestamp| {
            let fault = troubles.active(FaultKind::TasksCrash, &key, at);
            fault.and_then(|fault| fault.reason.clone()).unwrap_or_else(|| EXITS.to_owned())
        };
        let mut lines = Vec::new();
        for task in self.tasks_ever() {
            let stream = Clean::new(&format!("{}/{}/{:04}", self.name, self.container, task.nth));
            let mut say = |when: Timestamp, text: String| {
                if since <= when && when <= at {
                    lines.push(LogLine { at: Some(when), stream: stream.clone(), text: Clean::new(&text) });
                }
            };
            let stop = view.stop(task).filter(|stop| *stop <= at);
            for when in view.exits(task, since) {
                say(later(when, -UP_SECONDS), self.begins(task));
                say(when, reason(when));
            }
            let Some(up) = view.running_since(task, stop.unwrap_or(at)) else { continue };
            say(later(up, -STARTS_SECONDS), self.begins(task));
            say(up, "listening on 0.0.0.0:8080".to_owned());
            let until = stop.unwrap_or(at);
            for nth in checks(up.max(since), up, until) {
                let when = later(up, nth as f64 * CHECK_SECONDS);
                let millis = dice.between(&format!("{key} check {nth} of {}", task.nth), 1.0, 20.0);
                say(when, format!("GET /health 200 in {millis:.0} ms"));
            }
            if let Some(stop) = stop {
                say(stop, "SIGTERM: no new connections; what is under way is finished".to_owned());
            }
        }
        lines
    }

    fn begins(&self, task: &Task) -> String {
        let definition = self.definition_of(task);
        format!("starting {}", definition.rsplit('/').next().unwrap_or(definition))
    }
}

/// The numbers of the checks between `from` and `until` of a container that is up since `up`: the newest, as many as are
/// asked for at once.
fn checks(from: Timestamp, up: Timestamp, until: Timestamp) -> std::ops::RangeInclusive<u64> {
    let last = (seconds(up, until) / CHECK_SECONDS).max(0.0) as u64;
    let first = (seconds(up, from) / CHECK_SECONDS).ceil().max(1.0) as u64;
    first.max(last.saturating_sub(LOG_LINES as u64))..=last
}

impl View<'_> {
    /// When containers of the task exited, from `since` on.
    fn exits(&self, task: &Task, since: Timestamp) -> Vec<Timestamp> {
        let exits = self.crashes.iter().flat_map(|crash| {
            let from = crash.from.max(task.asked);
            let count = self.failures(task, crash);
            let passed = (seconds(from, since) / task.fails_every).max(0.0) as u64;
            let first = passed.max(count.saturating_sub(LOG_LINES as u64));
            (first..count).map(move |nth| later(from, (nth + 1) as f64 * task.fails_every))
        });
        exits.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::fault::Fault;
    use super::super::trouble::Hits;
    use super::*;
    use crate::plan::Region;

    fn at(seconds: f64) -> Timestamp {
        later(Timestamp::UNIX_EPOCH, seconds)
    }

    fn service(desired: u64) -> Service {
        let region = Region::new("us-west-2");
        Service::standing(&region, ("shop", "web"), (None, "app".into()), "web:1".into(), desired, at(0.0))
    }

    fn words(lines: &[LogLine], wanted: &str) -> usize {
        lines.iter().filter(|line| line.text.contains(wanted)).count()
    }

    #[test]
    fn a_task_starts_listens_answers_and_is_stopped() {
        let (mut service, dice, none) = (service(0), Dice::new(1), Troubles::default());
        assert_eq!(service.log(&none, &dice, at(0.0), at(5.0)), [], "nothing runs");
        service.update(&dice, at(10.0), 2, None, false);
        let lines = service.log(&none, &dice, at(0.0), at(200.0));
        assert_eq!((words(&lines, "starting web:1"), words(&lines, "listening on 0.0.0.0:8080")), (2, 2));
        assert!(words(&lines, "GET /health 200") > 10 && words(&lines, "SIGTERM") == 0, "{lines:?}");
        assert!(lines.iter().all(|line| line.at <= Some(at(200.0))), "nothing before its time");
        service.update(&dice, at(200.0), 0, None, false);
        let later_on = service.log(&none, &dice, at(200.0), at(400.0));
        assert_eq!((words(&later_on, "SIGTERM"), words(&later_on, "starting")), (2, 0), "{later_on:?}");
        assert!(later_on.iter().all(|line| line.at == Some(at(200.0))), "who is gone says nothing: {later_on:?}");
    }

    #[test]
    fn a_task_that_crashes_says_why_each_time() {
        let (mut service, dice) = (service(0), Dice::new(1));
        let mut troubles = Troubles::default();
        let fault = Fault { reason: Some("KEY is not set".to_owned()), ..Fault::new(FaultKind::TasksCrash) };
        troubles.add(fault, at(0.0), Hits::Keys(vec![service.key()]));
        service.update(&dice, at(0.0), 1, None, false);
        let lines = service.log(&troubles, &dice, at(0.0), at(100.0));
        assert!(words(&lines, "KEY is not set") >= 3, "{lines:?}");
        assert_eq!(words(&lines, "KEY is not set"), words(&lines, "starting web:1"));
        assert_eq!(words(&lines, "listening"), 0);
    }

    #[test]
    fn it_is_the_same_whenever_and_how_often_it_is_asked_for() {
        let (service, dice, none) = (service(3), Dice::new(7), Troubles::default());
        let whole = service.log(&none, &dice, at(0.0), at(100.0));
        assert_eq!(whole, service.log(&none, &dice, at(0.0), at(100.0)));
        let within =
            |from: f64, to: f64| whole.iter().filter(move |line| (Some(at(from))..=Some(at(to))).contains(&line.at));
        assert_eq!(
            service.log(&none, &dice, at(40.0), at(80.0)).iter().collect::<Vec<_>>(),
            within(40.0, 80.0).collect::<Vec<_>>()
        );
        assert!(service.log(&none, &dice, at(-80_000.0), at(0.0)).len() <= 3 * (LOG_LINES + 3), "however long ago");
    }
}
