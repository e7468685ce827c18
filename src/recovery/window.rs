//! The decision to go back is given on how what is left of a failback stands now: all of it is judged anew while it is asked,
//! and what would refuse a step of the return refuses the decision. Pure.

use super::command::Refusal;
use super::start::{Found, Preflight, Verdict, codes};
use super::state::{State, Status};
use super::words;
use crate::plan::{GateKind, Intent, Level, Runbook, When};
use crate::text::Clean;

/// How many of what stands in the way are told by name.
const NAMED: usize = 3;

/// Whether the decision to go back is asked, and not given yet.
pub fn is_asked(state: &State) -> bool {
    let is_going = state.ended.is_none() && state.rollback.is_none() && state.started.is_some();
    is_going
        && state.run.intent == Intent::Failback
        && state.open_gates.keys().any(|(_, gate)| *gate == GateKind::Window)
}

/// Whether it is asked and nobody knows yet how what is left stands.
pub fn is_awaited(state: &State) -> bool {
    state.judged.is_none() && is_asked(state)
}

/// What is left of `runbook` once it is decided: what is looked at for that.
pub fn left_of(runbook: &Runbook) -> Runbook {
    let steps = runbook.steps.iter().filter(|step| step.when > When::Window);
    Runbook { intent: runbook.intent, steps: steps.cloned().collect() }
}

/// What refuses the decision, by what was judged anew and what turned since: what is known to be wrong, and what a step of the
/// return rests on and nobody could tell. What the start passed with a reason is passed here too.
pub fn refusers(state: &State) -> Vec<&Found> {
    let judged = state.judged.iter().flat_map(|(found, _)| {
        // Nothing is urgent: what a step rests on is found out first.
        found.blocks.iter().chain(found.unknown.iter().filter(|found| found.tier.is_none()))
    });
    let is_passed = |found: &Found| {
        let given = state.started.iter().flat_map(|given| &given.start.despite);
        found.may_be_passed(state.run.intent) && given.into_iter().any(|despite| despite.code == found.check.code)
    };
    let is_left = |found: &Found| {
        found.step.as_ref().and_then(|step| state.step(step)).is_none_or(|(_, own)| own.status != Status::Skipped)
    };
    let since = state.judged.as_ref().map(|(_, at)| *at);
    // What was judged behind it has the last word.
    let is_newer = |found: &&Found| since.is_none_or(|judged| found.since.is_some_and(|turned| turned > judged));
    let turned = state.turned().into_iter().filter(|found| found.check.weight.blocks()).filter(is_newer);
    judged.filter(|found| is_left(found) && !is_passed(found)).chain(turned).collect()
}

/// Whether it may be decided now.
///
/// # Errors
/// A [`Refusal`]: nobody knows yet how it stands, or what of it would be refused behind the fences.
pub(super) fn may_cross(state: &State) -> Result<(), Refusal> {
    let refusers = refusers(state);
    if let Some(first) = refusers.first() {
        let more = match refusers.len() {
            1 => String::new(),
            count => format!(" (and {} more: {})", count - 1, codes(refusers[1..].iter().copied())),
        };
        let way = if first.check.fix.is_empty() { String::new() } else { format!("{}; ", first.check.fix) };
        let clear = format!("{way}who serves goes on until then, and it is asked again before the next answer");
        return Err(Refusal::new(format!("not ready to go back: {}{more}", why(first)), clear));
    }
    if state.judged.is_none() {
        let why = "how the return stands is still being asked in both regions";
        return Err(Refusal::new(why, "it takes ten seconds at most; then answer again"));
    }
    Ok(())
}

/// One of what stands in the way: `api: ecs-image is failing now: no image …, wanted …`.
pub fn why(found: &Found) -> String {
    let of = found.component.as_ref().map_or_else(String::new, |name| format!("{name}: "));
    let check = &found.check;
    let how = match check.level {
        Level::Failing => "is failing now",
        Level::Unknown => "cannot be told now",
        Level::Ok => "is ok",
    };
    format!("{of}{} {how}: {}, wanted {}", check.code, check.found, check.wanted)
}

/// What was found about the return, in a line: `the return, asked anew: not ready 1: api: …`.
pub fn told(found: &Preflight) -> String {
    let verdict = found.verdict();
    let worst = found.blocks.iter().chain(&found.unknown).chain(found.warns.iter().filter(|found| found.is_a_risk()));
    let worst: Vec<String> = worst.take(NAMED).map(why).collect();
    let named = if worst.is_empty() { String::new() } else { format!(": {}", worst.join("; ")) };
    format!("the return, asked anew: {verdict}{named}")
}

/// How the return stands for who is asked: the verdict, since when it is so, and what is behind it. `None` while nobody knows.
pub fn stands(state: &State) -> Option<(Verdict, Clean)> {
    let (found, at) = state.judged.as_ref()?;
    let refusers = refusers(state);
    let verdict = match refusers.len() {
        0 => found.verdict(),
        count => Verdict::NotReady(count),
    };
    let named: Vec<String> = if refusers.is_empty() {
        let risks = found.unknown.iter().chain(&found.warns).filter(|found| found.is_a_risk());
        risks.take(NAMED).map(why).collect()
    } else {
        refusers.iter().take(NAMED).map(|found| why(found)).collect()
    };
    let behind = if named.is_empty() { String::new() } else { format!(": {}", named.join("; ")) };
    Some((verdict, Clean::new(&format!("{verdict}, asked at {}{behind}", words::wall(*at)))))
}
