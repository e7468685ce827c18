//! What a run without a console says at its end: what is asked, what refuses, what failed, and what would answer it.

use super::Answers;
use crate::cli::out::say;
use crate::plan::{ComponentName, GateKind, StepId, clock};
use crate::recovery::start::{self, Found};
use crate::recovery::{State, window, words};
use crate::service::Check;

fn component_of(step: &StepId) -> &str {
    step.as_str().split('/').next().unwrap_or_default()
}
pub(super) fn say_what_is_asked(state: Option<&State>, answers: &Answers) {
    let Some(state) = state else { return };
    if state.needs_start() {
        say_blockers(state);
        say(format_args!("landfall: nothing was started and nothing was changed; {}", way_to_start(state)));
    }
    for ((place, gate), open) in &state.open_gates {
        let step = &state.plan_step(*place).id;
        let flag = match gate {
            GateKind::PointOfNoReturn => format!("--confirm {}", state.run.plan.application.recovery),
            GateKind::Loss => match answers.loss_at_most {
                Some(most) => format!("more than --loss-at-most {}", clock::told(most)),
                None => "--accept-loss \"why\"".to_owned(),
            },
            GateKind::Writers => "--accept-writers \"why\"".to_owned(),
            GateKind::CaughtUp => "the console: landfall resume, then c".to_owned(),
            GateKind::Approval | GateKind::Manual => format!("--approve {step}"),
            GateKind::Divergence => {
                format!("--divergence \"reconciled by …\", \"accepted: why\", or --approve {}", component_of(step))
            }
            GateKind::Window => {
                let region = &state.run.plan.application.recovery;
                format!("--approve {} --confirm {region}", component_of(step))
            }
        };
        let stands = window::stands(state).filter(|_| *gate == GateKind::Window);
        let stands = stands.map_or_else(String::new, |(_, told)| format!(" The return is {told}."));
        say(format_args!("landfall: {step} waits: {}{stands} Answer it with {flag}", open.question));
    }
}

/// What refuses the start; once that was given, what refuses the decision to go back.
pub(super) fn say_what_refuses(state: &State) {
    if state.started.is_none() {
        return say_blockers(state);
    }
    for (code, own) in start::by_code(window::refusers(state)) {
        say(format_args!("landfall: {}", blocker(code, &own)));
    }
}

/// Which steps stand in the way, why, and what would help: what scrolled by long ago is said again at the end.
pub(super) fn say_what_failed(state: &State) {
    for (step, own) in state.run.runbook.steps.iter().zip(&state.steps) {
        if !own.status.is_stuck() {
            continue;
        }
        let word = own.status.word().to_uppercase();
        let help = if own.help.is_empty() { String::new() } else { format!(" {}", words::sentence(&own.help)) };
        say(format_args!("landfall: {word} {} ({}): {}{help}", step.title, step.id, words::sentence(&own.note)));
    }
}

/// What would start the run: never to pass what no word passes.
fn way_to_start(state: &State) -> String {
    let (region, refusers) = (&state.run.plan.application.recovery, state.refusers());
    if !refusers.is_empty() {
        let codes = start::codes(refusers);
        return format!("no word passes {codes}: once it is mended, start it with --confirm {region}");
    }
    let blockers = state.blockers();
    if !blockers.is_empty() {
        let mut codes: Vec<&str> = start::by_code(blockers).into_iter().map(|(code, _)| code).collect();
        codes.sort_unstable();
        let codes = codes.join(",");
        return format!("mend what blocks, or pass it: --confirm {region} --despite {codes} \"why\"");
    }
    format!("start it with --confirm {region}")
}

/// What blocks the start, and what could not be told, one code a line.
fn say_blockers(state: &State) {
    let Some(preflight) = &state.preflight else { return };
    for (code, own) in start::by_code(preflight.blocks.iter().chain(&preflight.unknown)) {
        say(format_args!("landfall: {}", blocker(code, &own)));
    }
}

/// `failing ecs-service: web found …, wanted …; api found …. name the service …`: what is wanted and what would mend it
/// once, as long as it is the same.
fn blocker(code: &str, all: &[&Found]) -> String {
    let mut told: Vec<(String, Vec<&str>)> = Vec::new();
    let mut fixes: Vec<&str> = Vec::new();
    for found in all {
        let Check { found: seen, wanted, fix, .. } = &found.check;
        let says = format!("found {seen}, wanted {wanted}");
        let at = told.iter().position(|(known, _)| *known == says).unwrap_or_else(|| {
            told.push((says, Vec::new()));
            told.len() - 1
        });
        // Two steps of one component may ask the same.
        let of = &mut told[at].1;
        of.extend(found.component.as_ref().map(ComponentName::as_str).filter(|name| !of.contains(name)));
        if !fix.is_empty() && !fixes.contains(&fix.as_str()) {
            fixes.push(fix);
        }
    }
    let told: Vec<String> = told.into_iter().map(|(says, of)| format!("{} {says}", of.join(", "))).collect();
    let told = told.iter().map(|told| told.trim_start()).collect::<Vec<_>>().join("; ");
    let mut words: Vec<&str> = all.iter().map(|found| found.check.level.word()).collect();
    words.dedup();
    let word = words.join(" and ");
    let count = if all.len() > 1 { format!(" ×{}", all.len()) } else { String::new() };
    format!("{word} {code}{count}: {told}. {}", fixes.join("; ")).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(component: &str, seen: &str) -> Found {
        let check = Check::failed("ecs-service", seen, "an active service", "name it in `service`");
        Found { component: Some(component.into()), ..Found::of(check) }
    }

    #[test]
    fn one_code_is_told_once_whoever_it_is_about() {
        let (web, api, cart) = (found("web", "none"), found("api", "none"), found("cart", "INACTIVE"));
        let told = blocker("ecs-service", &[&web, &api, &cart]);
        let whole = "failing ecs-service ×3: web, api found none, wanted an active service; cart found INACTIVE, \
                     wanted an active service. name it in `service`";
        assert_eq!(told, whole);
    }
}
