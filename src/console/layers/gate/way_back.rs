//! What the two questions of a failback say: what may differ between the two sides, and what going back now means.

use crate::console::look::Role;
use crate::console::widgets::prose::Prose;
use crate::console::world::World;
use crate::plan::{GateKind, Undo};
use crate::recovery::event::GateAnswer;
use crate::recovery::start::Verdict;
use crate::recovery::{State, divergence, way_back, window, words};
use crate::service::compare::Compared;

/// What the first of them asks.
pub(super) const ASKS: &str = "The two sides may differ. How was it reconciled, or why is it accepted?";

/// What `kind` is asked about.
pub(super) fn about(world: &World, kind: GateKind, prose: &mut Prose<'_>) {
    match kind {
        GateKind::Window => going_back(world, prose),
        _ => differing(world, prose),
    }
}

/// Each store, with one word of three, what bounds it, and what was seen of it.
fn differing(world: &World, prose: &mut Prose<'_>) {
    for store in divergence::stores(&world.state) {
        let role = match store.compared {
            Compared::NoneFound => Role::Ok,
            Compared::Found { .. } => Role::Failed,
            Compared::NotKnown { .. } => Role::Blocked,
        };
        prose.pair(store.component.as_str(), role, &store.compared.words());
        prose.pair("at most", Role::Text, &store.bound);
        if let Some(more) = store.compared.more() {
            prose.pair("", Role::Text, &more);
        }
    }
    prose.pair("changes", Role::Text, "nothing: what is said here is kept in the journal and the report");
}

fn going_back(world: &World, prose: &mut Prose<'_>) {
    let state = &world.state;
    let application = &state.run.plan.application;
    let downtime = words::clock(way_back::expected_downtime(&state.run.runbook));
    let promised = application.rto_seconds.map_or_else(String::new, |rto| format!(", rto {}", words::objective(rto)));
    prose.pair("down for", Role::Failed, &format!("≈{downtime}{promised}, from the first step that is taken"));
    let points = state.run.runbook.steps.iter().filter(|step| step.undo == Undo::PointOfNoReturn);
    let points: Vec<&str> = points.map(|step| step.title.as_str()).collect();
    if !points.is_empty() {
        prose.pair("for good", Role::Failed, &points.join(", "));
    }
    if let Some(span) = way_back::unprotected(state, world.now) {
        let told = words::long_age(span.seconds);
        let told = if span.is_over { format!("{told}, until the replica followed") } else { format!("{told} so far") };
        prose.pair("unprotected", Role::Text, &told);
    }
    let (role, told) = readiness(state);
    prose.pair("readiness", role, &told);
    for store in divergence::stores(state) {
        prose.pair(store.component.as_str(), Role::Text, &store.compared.words());
    }
    if let Some((answer, by, _)) = divergence::settled(state) {
        let how = match answer {
            GateAnswer::Reconciled { how } => format!("reconciled by {how}"),
            GateAnswer::Accepted { reason, .. } => format!("accepted: {reason}"),
            _ => "nothing differs".to_owned(),
        };
        prose.pair("settled", Role::Text, &format!("{how} (says {by})"));
    }
    let serves = format!("{} serves until then; this can wait for days, and holds nothing up", application.primary);
    prose.pair("meanwhile", Role::Text, &serves);
}

/// How the return stands, as it was asked anew: what refuses the answer first, then what is a risk, then what turned since the start.
fn readiness(state: &State) -> (Role, String) {
    let Some((verdict, told)) = window::stands(state) else {
        return (
            Role::Blocked,
            "being asked in both regions: nothing is known yet, and nobody goes back on that".to_owned(),
        );
    };
    let role = match verdict {
        Verdict::Ready => Role::Ok,
        Verdict::AtRisk(_) => Role::Blocked,
        Verdict::NotReady(_) => Role::Failed,
    };
    let fix = window::refusers(state).first().map(|found| found.check.fix.to_string());
    let fix = fix.filter(|fix| !fix.is_empty()).map_or_else(String::new, |fix| format!("; {fix}"));
    let turned: Vec<&str> = state.turned().iter().map(|found| found.check.code.as_str()).collect();
    let turned =
        if turned.is_empty() { String::new() } else { format!("; worse than at the start: {}", turned.join(", ")) };
    (role, format!("{told}{fix}{turned}"))
}
