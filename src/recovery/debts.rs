//! What is owed to the failing region: how it is paid, in the run and behind its end, and whether that region answers again.
//! Paying is a person's word, each time; nothing of it starts by itself. Pure.

use super::advance::{credentials_work, ended};
use super::command::Refusal;
use super::decide::{Action, Decision, Report, Reported};
use super::event::{Debt, Event, Fence, Mode, RunOutcome, What};
use super::state::{State, Status};
use crate::plan::{Region, Role, Side, StepId};
use crate::service::HealthLevel;
use crate::text::Clean;
use jiff::Timestamp;

/// A debt, and how its region is.
#[derive(Clone, Debug, PartialEq)]
pub struct Owed<'a> {
    /// What is owed.
    pub debt: &'a Debt,
    /// The place of its step.
    pub place: usize,
    /// Where it is to be paid.
    pub region: &'a Region,
    /// Since when.
    pub since: Option<Timestamp>,
    /// Since when what it is about answers there again, as far as it was looked at; `None` while it does not.
    pub answers: Option<Timestamp>,
}

/// Whether anything is sent to pay what is owed at `place`. What is only to be looked at is paid once a look shows it, and by
/// nothing else: a way back does not wait for it.
pub fn is_sent(state: &State, place: usize) -> bool {
    state.plan_step(place).acts
}

/// What is owed, an old writer that was not stopped before all else, then the oldest.
pub fn owed(state: &State) -> Vec<Owed<'_>> {
    let of = |debt| -> Option<Owed<'_>> {
        let debt: &Debt = debt;
        let place = state.place(&debt.step)?;
        let (since, region) = (state.steps[place].finished_at, &state.plan_step(place).region);
        let answers = state.answering.get(&debt.step).map(|(at, _)| *at);
        Some(Owed { debt, place, region, since, answers })
    };
    let mut owed: Vec<Owed<'_>> = state.debts.iter().filter_map(of).collect();
    owed.sort_by_key(|owed| (state.plan_step(owed.place).role() != Role::Fence, owed.since));
    owed
}

/// What was owed and is under way again, at a person's word or since a session died while it paid: not done yet, and so not paid.
/// Each with the place of its step.
pub fn being_paid(state: &State) -> Vec<(usize, &Debt)> {
    let under_way = |debt| {
        let debt: &Debt = debt;
        let place = state.place(&debt.step)?;
        state.steps[place].status.is_busy().then_some((place, debt))
    };
    state.tried.iter().filter_map(under_way).collect()
}

/// What `event` shows to answer again, behind it: told of each debt once, when it is noticed.
pub fn noticed<'a>(state: &'a State, event: &Event) -> Vec<Owed<'a>> {
    let is_new = |owed: &Owed<'_>| state.answering.get(&owed.debt.step).is_some_and(|(_, seq)| *seq == event.seq);
    if !matches!(event.what, What::Health { .. }) || state.answering.is_empty() {
        return Vec::new();
    }
    owed(state).into_iter().filter(is_new).collect()
}

/// In words: `us-east-1 answers again: fence the old orders-db is owed there`.
pub fn noticed_words(noticed: &[Owed<'_>]) -> String {
    let titles: Vec<&str> = noticed.iter().map(|owed| owed.debt.title.as_str()).collect();
    let region = noticed.first().map_or("", |owed| owed.region.as_str());
    format!("{region} answers again; owed there: {}", titles.join(", "))
}

/// Keeps in mind what answers again: what was seen of a component on the side of what is owed of it.
pub(super) fn see(state: &mut State, event: &Event) {
    let What::Health { component, side, health } = &event.what else { return };
    let answers = health.level != HealthLevel::Unknown;
    let about: Vec<StepId> = state
        .debts
        .iter()
        .filter_map(|debt| state.step(&debt.step))
        .filter(|(step, _)| step.component == *component && side_of(state, &step.region) == Some(*side))
        .map(|(step, _)| step.id.clone())
        .collect();
    for step in about {
        if answers {
            state.answering.entry(step).or_insert((event.at, event.seq));
        } else {
            state.answering.remove(&step);
        }
    }
}

fn side_of(state: &State, region: &Region) -> Option<Side> {
    let application = &state.run.plan.application;
    [Side::Primary, Side::Recovery].into_iter().find(|side| application.region(*side) == region)
}

/// Starts what is owed anew: those named, or all of it. Whatever was asked before they were first started was answered then.
///
/// # Errors
/// A [`Refusal`] when nothing of the kind is owed, and when nothing may be started now.
pub(super) fn pay(state: &State, steps: &[StepId]) -> Result<Decision, Refusal> {
    if let Some(by) = &state.taken_up {
        let why = format!("what this run owes is taken up by its failback, run {}", by.run);
        return Err(Refusal::new(why, format!("it is paid there: landfall resume {}", by.journal)));
    }
    if !state.is_over() && state.paying.is_none() {
        if state.rollback.is_some() {
            return Err(Refusal::new("the run is going back", "let the rollback finish first"));
        }
        if state.mode == Mode::Hold {
            return Err(Refusal::new("the run is held: nothing new starts", "resume first"));
        }
    }
    credentials_work(state)?;
    let owed = owed(state);
    if owed.is_empty() {
        return Err(Refusal::new("nothing is owed", "there is nothing to pay"));
    }
    if let Some(step) = steps.iter().find(|step| owed.iter().all(|owed| owed.debt.step != **step)) {
        let known: Vec<&str> = owed.iter().map(|owed| owed.debt.step.as_str()).collect();
        return Err(Refusal::new(format!("{step} is not owed"), format!("what is owed: {}", known.join(", "))));
    }
    let mut decision = Decision::default();
    for owed in owed.iter().filter(|owed| steps.is_empty() || steps.contains(&owed.debt.step)) {
        let attempt = state.steps[owed.place].attempt.saturating_add(1);
        decision.events.push(What::StepStarted { step: owed.debt.step.clone(), attempt });
        decision.actions.push(Action::Start { place: owed.place, attempt });
    }
    Ok(decision)
}

/// What a report means for a debt that is paid behind the run's end: what does not succeed stays owed, and the run as it was.
pub(super) fn report(state: &State, report: &Report) -> Option<What> {
    if state.paying.is_none() || report.undo {
        return None;
    }
    let (plan_step, own) = state.step(&report.step)?;
    let (why, answers) = match &report.what {
        // What would help is all that is left to do about what is only looked at.
        Reported::Failed { reason, help, .. } if !plan_step.acts && !help.is_empty() => {
            (Clean::new(&format!("{reason}; {help}")), true)
        }
        Reported::Failed { reason, .. } => (reason.clone(), true),
        Reported::Unknown(why) | Reported::Silent(why) | Reported::Withdrawn(why) => (why.clone(), false),
        Reported::Late(why) => (why.clone(), true),
        Reported::Acting { .. } | Reported::Acted(_) | Reported::Progress(_) | Reported::Succeeded { .. } => {
            return None;
        }
    };
    let fence = match (plan_step.role(), own.acted(), answers) {
        // Nothing is sent for it: nobody was refused, and nobody accepted anything.
        _ if !plan_step.acts && matches!(report.what, Reported::Late(_)) => Fence::Later,
        (Role::Fence, false, true) if !plan_step.acts => Fence::Attempted,
        (Role::Fence, false, true) => Fence::Refused,
        (_, true, _) => Fence::Attempted,
        (Role::Fence, false, false) => Fence::Impossible,
        (_, false, true) => Fence::Later,
        (_, false, false) => Fence::Impossible,
    };
    Some(What::StepOwed { step: report.step.clone(), fence, why })
}

/// What follows by itself while debts are paid behind the run's end: once all have come to rest it ends as it had ended.
pub(super) fn advance(state: &State, before: RunOutcome, now: Timestamp) -> Decision {
    if state.busy().next().is_some() {
        return Decision::default();
    }
    Decision::event(What::RunEnded(ended(state, before, now)))
}

/// Why nothing else can be asked for while debts are paid behind the run's end.
pub(super) fn only_paying() -> Refusal {
    Refusal::new("the run is over: what it owes is being paid, and nothing else", "wait until that comes to rest")
}

/// Whether a step at `place` is owed.
pub fn is_owed(state: &State, place: usize) -> bool {
    matches!(state.steps[place].status, Status::Owed(_))
        && state.debts.iter().any(|debt| debt.step == state.plan_step(place).id)
}
