//! A schedule invokes its target, or no longer. One that is enabled and over invokes nothing.

use super::words::{self, DISABLED, ENABLED, Operation, Schedule, ScheduleName};
use crate::plan::Weight;
use crate::service::arn::Arn;
use crate::service::ask::{Ask, Place};
use crate::service::operation::{self, Act};
use crate::service::work::{Asked, Check, Facts, Image, Look, Outputs, Verdict, Want, Work};
use crate::text::Clean;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A schedule as it was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Was {
    /// State.
    pub state: Clean,
}

impl Was {
    /// Whether it was on; `None` where that state is not known.
    pub fn is_on(&self) -> Option<bool> {
        is_on(&self.state)
    }
}

/// Whether a state is that of one that is on; `None` for one that is not known.
pub(super) fn is_on(state: &str) -> Option<bool> {
    match state {
        ENABLED => Some(true),
        DISABLED => Some(false),
        _ => None,
    }
}

/// Turns a schedule on or off.
pub(super) struct Turn {
    pub place: Place,
    pub name: ScheduleName,
    pub on: bool,
    /// Whether it has to have something left to do: what goes back only becomes what it was.
    pub has_to_run: bool,
}

const RENAME: &str = "name the schedule, and its group, as that region has them; Landfall makes none";
const OVER: &str = "give it another EndDate, or leave it out of the plan: nothing is invoked after it";

impl Turn {
    fn want(&self) -> Want<Schedule> {
        words::schedule(&self.place, &self.name)
    }

    /// Whether an ARN is that of the schedule that is meant.
    fn is_it(&self, arn: &str) -> bool {
        let group = self.name.group.as_deref().unwrap_or("default");
        Arn::parse(arn).is_some_and(|arn| {
            arn.service == "scheduler"
                && arn.region == self.place.region.as_str()
                && arn.resource == format!("schedule/{group}/{}", self.name.schedule)
        })
    }

    fn absent(&self) -> String {
        format!("there is no schedule {} in {}", self.name.words(), self.place.region)
    }

    /// Whether it is over at `now`.
    fn is_over(&self, schedule: &Schedule, now: Timestamp) -> bool {
        self.on && self.has_to_run && schedule.ends.is_some_and(|ends| ends <= now)
    }
}

impl Work for Turn {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        vec![self.want().ask]
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        let schedule = match facts.see(&self.want()) {
            Look::NotTold(why) => return Verdict::unknown(why),
            Look::Absent => return Verdict::bad(self.absent(), RENAME),
            Look::There(schedule) if !self.is_it(&schedule.arn) => {
                return Verdict::bad(format!("what was found is {}", schedule.arn), RENAME);
            }
            Look::There(schedule) => schedule,
        };
        let state = &schedule.state;
        match (is_on(state), facts.asked) {
            (Some(on), _) if on == self.on && self.is_over(schedule, facts.now) => {
                Verdict::bad(format!("{} is {state} and over", self.name.words()), OVER)
            }
            (Some(on), _) if on == self.on => {
                let Schedule { expression, target, .. } = schedule;
                let words = format!("{} is {state}: {expression}, of {target}", self.name.words());
                Verdict::holds(words, Outputs::new())
            }
            (Some(_), Asked::No | Asked::Unanswered { .. }) => Verdict::untouched(state.as_str()),
            (Some(_), Asked::Taken { .. }) => Verdict::moving(format!("{state} yet")),
            (None, _) => Verdict::moving(format!("in the state `{state}`")),
        }
    }

    fn prechecks(&self, facts: &Facts<'_>) -> Vec<Check> {
        let (code, wanted) = ("schedule-exists", format!("a schedule {} in {}", self.name.words(), self.place.region));
        let schedule = match facts.see(&self.want()) {
            Look::NotTold(why) => return vec![Check::not_told(code, why, &wanted).of_identity()],
            Look::Absent => return vec![Check::that(code, false, self.absent(), &wanted, RENAME).of_identity()],
            Look::There(schedule) => schedule,
        };
        let exists = Check::that(code, self.is_it(&schedule.arn), schedule.arn.as_str(), &wanted, RENAME);
        let known = Check::that(
            "schedule-state",
            is_on(&schedule.state).is_some(),
            schedule.state.as_str(),
            "a state that it can be given back",
            "see what that state is, and turn the schedule by hand",
        );
        let mut checks = vec![exists.of_identity(), known];
        if self.on && self.has_to_run {
            let found = schedule.ends.map_or_else(|| "no EndDate".to_owned(), |ends| format!("EndDate {ends:.0}"));
            let is_over = self.is_over(schedule, facts.now);
            checks.push(Check::that("schedule-over", !is_over, found, "invocations that are still to come", OVER));
        }
        if let Some(starts) = schedule.starts.filter(|starts| *starts <= facts.now) {
            let fix = "take its StartDate away: it has begun, and Scheduler may refuse one that has gone by";
            let found = format!("StartDate {starts:.0}");
            let check = Check::that("schedule-start", false, found, "a schedule that can be written back", fix);
            checks.push(Check { weight: Weight::Weakens, ..check });
        }
        checks
    }

    fn touched(&self, facts: &Facts<'_>) -> Option<Vec<Clean>> {
        let role = &facts.see(&self.want()).found()?.role;
        (!role.is_empty()).then(|| vec![role.clone()])
    }

    fn act(&self, _facts: &Facts<'_>) -> Option<Act> {
        let operation = Operation::TurnSchedule { name: self.name.clone(), enabled: self.on };
        Some(Act { place: self.place.clone(), operation: operation::Operation::Scheduler(operation) })
    }

    fn before_image(&self, facts: &Facts<'_>) -> Value {
        match facts.see(&self.want()) {
            Look::There(schedule) => Was { state: schedule.state.clone() }.kept(),
            Look::Absent | Look::NotTold(_) => Value::Null,
        }
    }
}
