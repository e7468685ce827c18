//! How a component stands in a region, told the same on every screen. What a step of the run is just bringing up as planned
//! is starting and not down; what nothing but a check of the run looks at is not due before that. Pure.

use super::look::{Mark, Role};
use super::world::World;
use crate::plan::{self, Side};
use crate::recovery::{Status, objective, words};
use crate::service::{Health, HealthLevel, Registry};
use crate::text::Clean;
use unicode_width::UnicodeWidthStr;

/// How a component stands in a region.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// Glyph, word and colour.
    pub mark: Mark,
    /// How much of what is being brought up is there: `2/4`.
    pub part: Option<Clean>,
    /// What was seen.
    pub note: Clean,
    /// Seconds since it was looked at.
    pub age_seconds: f64,
}

impl Seen {
    /// Whether it is too old to be trusted.
    pub fn is_stale(&self) -> bool {
        self.age_seconds > words::STALE_AFTER_SECONDS
    }

    /// Its glyph and word, and how much is there where that has room too.
    pub fn told(&self, width: usize) -> String {
        let short = format!("{} {}", self.mark.glyph, self.mark.word);
        let long = self.part.as_ref().map(|part| format!("{short} {part}"));
        long.filter(|long| long.width() <= width).unwrap_or(short)
    }
}

/// How the component at this place of the plan stands in the region of `side`; `None` where nobody has looked.
pub fn seen(world: &World, component: usize, side: Side) -> Option<Seen> {
    let name = &world.state.run.plan.components[component].name;
    let (health, at) = world.state.health.get(&(name.clone(), side))?;
    let age_seconds = objective::seconds_between(*at, world.now);
    let seen = |mark, part| Seen { mark, part, note: health.note.clone(), age_seconds };
    let falls_short = matches!(health.level, HealthLevel::Down | HealthLevel::Degraded);
    let course = course(world, component).filter(|_| side == Side::Recovery);
    // Before its check is due, what answers by a name may be the region that is left.
    let by_name = || {
        let kind = world.state.run.plan.components[component].kind.as_str();
        Registry.service(kind).is_some_and(|service| service.is_asked_by_name())
    };
    let answers = |course: &Course| *course == Course::NotYet && health.level == HealthLevel::Up && by_name();
    let course = course.filter(|course| falls_short || answers(course));
    Some(match course {
        Some(Course::NotYet) if health.level == HealthLevel::Up => {
            seen(Mark { glyph: "○", word: "answers", role: Role::Waiting }, None)
        }
        Some(Course::NotYet) => seen(Mark { glyph: "○", word: "not yet", role: Role::Waiting }, None),
        Some(Course::Starting) => seen(Mark { glyph: "↻", word: "starting", role: Role::Running }, part(health)),
        None => seen(Mark::of_health(health.level), None),
    })
}

/// What the run has to do with a component that falls short in the recovery region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Course {
    /// Only a check of the run looks at it, and that is not due.
    NotYet,
    /// A step of the run is bringing it up.
    Starting,
}

/// `None` where it falls short and the run is no excuse: no step has touched it, one failed, or all are done.
fn course(world: &World, component: usize) -> Option<Course> {
    let state = &world.state;
    if state.rollback.is_some() || state.is_over() {
        return None;
    }
    let recovery = &state.run.plan.application.recovery;
    let steps = world.shape.steps_of(component).iter().copied();
    let own = |place: &usize| !state.plan_step(*place).beside && state.plan_step(*place).region == *recovery;
    let steps: Vec<usize> = steps.filter(own).collect();
    let left = steps.iter().any(|place| !state.steps[*place].status.lets_others_go_on());
    if !left || steps.iter().any(|place| state.steps[*place].status.is_stuck()) {
        return None;
    }
    let begun = |place: &usize| {
        let step = &state.steps[*place];
        step.status.is_busy() || step.acted() || matches!(step.status, Status::Succeeded { .. })
    };
    let only_checked = steps.iter().all(|place| state.plan_step(*place).role() == plan::Role::Check);
    match steps.iter().any(begun) {
        true => Some(Course::Starting),
        false if only_checked => Some(Course::NotYet),
        false => None,
    }
}

/// `2/4` of `2/4 running`.
fn part(health: &Health) -> Option<Clean> {
    let first = health.note.split(' ').next()?;
    let (there, wanted) = first.split_once('/')?;
    let is_count = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (is_count(there) && is_count(wanted)).then(|| Clean::new(first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_much_is_there_is_told_by_a_count_alone() {
        let part =
            |note: &str| part(&Health { level: HealthLevel::Degraded, note: note.into() }).map(|part| part.to_string());
        assert_eq!(part("2/4 running").as_deref(), Some("2/4"));
        for none in ["", "modifying", "HTTP/1.1 503", "and/or", "4 of 6 healthy", "/4"] {
            assert_eq!(part(none), None, "{none}");
        }
    }
}
