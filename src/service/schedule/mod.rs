//! `schedule`: a schedule of EventBridge Scheduler in the recovery region invokes its target, and the one of the old side no
//! more. Knows nothing of how Scheduler is called.

pub(super) mod fields;
#[cfg(test)]
mod tests;
mod turn;
mod turned;
pub(super) mod words;

use super::ask::Place;
use super::blocked::{Blocked, Unnamed};
use super::grants::{Grant, Hole, On, When, of_field};
use super::operation::Receipt;
use super::registry::{Context, Service};
use super::resolve::has_reference;
use super::turned::{Done, Turned};
use super::work::{Health, HealthLevel, Image, Look, Looked, Work};
use crate::plan::{Application, Component, Draft, Field, Finding, Intent, Kind, Problem, Side, Step, Undo};
use fields::Said;
use turn::{Turn, Was};
use words::ScheduleName;

/// The kind.
pub struct Schedule;

/// Usually, and at most, in seconds.
const TURNS: (f64, f64) = (5.0, 120.0);

impl Kind for Schedule {
    fn name(&self) -> &'static str {
        "schedule"
    }
    fn about(&self) -> &'static str {
        "enables a schedule of EventBridge Scheduler, or disables it, and writes all else of it back as it was; disables the old one, so that nothing is invoked twice"
    }
    fn fields(&self) -> &'static [Field] {
        Said::FIELDS
    }
    fn outputs(&self) -> &'static [&'static str] {
        &[]
    }
    fn problems(&self, component: &Component) -> Vec<Problem> {
        fields::problems(component)
    }
    fn findings(&self, component: &Component, _application: &Application) -> Vec<Finding> {
        fields::findings(component)
    }
    fn steps(&self, component: &Component, _application: &Application, intent: Intent) -> Vec<Draft> {
        let Ok(said) = Said::of(&component.fields) else { return Vec::new() };
        if intent == Intent::Failback {
            return turned::steps(component, &said);
        }
        let name = &component.name;
        let act = |action, title, side| Draft::act(action, title, side, Undo::Reversible, TURNS.0, TURNS.1);
        let fence = said
            .fenced()
            .map(|_| act("fence", format!("disable the old schedule of {name}"), Side::Primary).fencing(intent));
        // In a failover the old region may never answer: nothing waits for it.
        let after = if fence.is_some() && intent != Intent::Failover { vec!["fence"] } else { Vec::new() };
        let action = if said.enabled { "enable" } else { "disable" };
        let turn = act(action, format!("{action} the schedule of {name}"), Side::Recovery).after(after);
        fence.into_iter().chain([turn]).collect()
    }
}

impl Service for Schedule {
    fn work(&self, step: &Step, context: &Context<'_>) -> Box<dyn Work> {
        let said = match Said::of(&context.component.fields) {
            Ok(said) => said,
            Err(missing) => return Box::new(Blocked::missing(missing)),
        };
        let Some((side, name)) = turned::meant(context, step, &said) else {
            return Box::new(Blocked::unknown_step(step));
        };
        let group = name.group.as_deref().unwrap_or_default();
        if let Some(unnamed) = Unnamed::of(&[("name", &name.schedule), ("group", group)]) {
            return Box::new(unnamed);
        }
        // What stands by only becomes what it was.
        let (on, has_to_run) = (matches!(step.id.action(), "enable" | "standby"), step.id.action() != "standby");
        let place = Place::of(context.component, &context.plan.application, side);
        Box::new(Turn { place, name, on, has_to_run })
    }

    fn compensation(
        &self,
        step: &Step,
        context: &Context<'_>,
        before: &serde_json::Value,
        _receipt: Option<&Receipt>,
    ) -> Option<Box<dyn Work>> {
        let said = Said::of(&context.component.fields).ok()?;
        let (side, name) = turned::meant(context, step, &said)?;
        let was: Was = Image::of_journal(before)?;
        let place = Place::of(context.component, &context.plan.application, side);
        Some(Box::new(Turn { place, name, on: was.is_on()?, has_to_run: false }))
    }

    fn health(&self, component: &Component, application: &Application, side: Side) -> Option<Looked<Health>> {
        let said = Said::of(&component.fields).ok()?;
        let name = match side {
            Side::Recovery => said.named(),
            Side::Primary => said.old?.named(),
        };
        if has_reference(&name.schedule) || name.group.as_ref().is_some_and(|group| has_reference(group)) {
            return None;
        }
        let want = words::schedule(&Place::of(component, application, side), &name);
        Some(Looked::new([want.ask.clone()], move |facts| match facts.see(&want) {
            Look::NotTold(why) => Health::not_told(why),
            Look::Absent => Health::new(HealthLevel::Down, format!("no schedule {}", name.words())),
            Look::There(schedule) => {
                let level = match turn::is_on(&schedule.state) {
                    Some(true) if schedule.ends.is_some_and(|ends| ends <= facts.now) => HealthLevel::Down,
                    Some(true) => HealthLevel::Up,
                    Some(false) => HealthLevel::Standby,
                    None => HealthLevel::Degraded,
                };
                Health::new(level, format!("{}, {}", schedule.state, schedule.expression))
            }
        }))
    }

    fn turned(&self, component: &Component, done: &Done<'_>) -> Result<Turned, String> {
        let said = Said::of(&component.fields).map_err(|missing| missing.to_string())?;
        turned::of(component, &said, done)
    }

    fn grants(&self) -> &'static [Grant] {
        const ONE: &[On] = &[On::Named("scheduler:{place}:schedule/{group}/{name}")];
        const OLD: &[On] = &[On::Named("scheduler:{place}:schedule/{old.group}/{old.name}")];
        const BOTH: &[On] = &[
            On::Named("scheduler:{recovery-place}:schedule/{group}/{name}"),
            On::Named("scheduler:{primary-place}:schedule/{old.group}/{old.name}"),
        ];
        // It is written back with its target's role.
        const ROLE: &[On] = &[On::HandedOn("iam::{account}:role/*")];
        const TO_SCHEDULER: &[When] =
            &[When { by: "StringEquals", key: "iam:PassedToService", is: &["scheduler.amazonaws.com"] }];
        const {
            &[
                Grant::look(&["scheduler:GetSchedule"], BOTH),
                Grant::act("enable", &["scheduler:UpdateSchedule"], ONE),
                Grant::act("enable", &["iam:PassRole"], ROLE).when(TO_SCHEDULER),
                Grant::act("disable", &["scheduler:UpdateSchedule"], ONE),
                Grant::act("disable", &["iam:PassRole"], ROLE).when(TO_SCHEDULER),
                Grant::act("fence", &["scheduler:UpdateSchedule"], OLD),
                Grant::act("fence", &["iam:PassRole"], ROLE).when(TO_SCHEDULER),
                // Of a failback.
                Grant::act("standby", &["scheduler:UpdateSchedule"], OLD),
                Grant::act("standby", &["iam:PassRole"], ROLE).when(TO_SCHEDULER),
            ]
        }
    }

    fn hole(&self, component: &Component, name: &str) -> Hole {
        match (name, of_field(component, name)) {
            ("group" | "old.group", Hole::Absent) => Hole::Text("default".to_owned()),
            (_, found) => found,
        }
    }

    fn example(&self) -> serde_json::Value {
        serde_json::json!({ "name": "nightly", "group": "shop", "old": { "name": "nightly-east" } })
    }
}

/// The schedule that a step is of, and on which side; `None` for a step that this plan does not have.
fn meant(step: &Step, said: &Said) -> Option<(Side, ScheduleName)> {
    match step.id.action() {
        "fence" => Some((Side::Primary, said.fenced()?.named())),
        "enable" if said.enabled => Some((Side::Recovery, said.named())),
        "disable" if !said.enabled => Some((Side::Recovery, said.named())),
        _ => None,
    }
}
