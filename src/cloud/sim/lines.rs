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
