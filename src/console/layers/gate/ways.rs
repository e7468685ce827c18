//! What a gate that a failing step asks says: why it failed, what would be lost now, and the ways on from there.

use super::GateAsked;
use crate::console::look::Role;
use crate::console::reading;
use crate::console::step_words;
use crate::console::widgets::prose::Prose;
use crate::console::world::World;
use crate::plan::{GateKind, Intent};
use crate::recovery::{objective, rollback, words};

impl GateAsked {
    /// Why it is asked, and every way on from there with its key.
    pub(super) fn about_failure(&self, world: &World, prose: &mut Prose<'_>) {
        let state = &world.state;
        let (step, own) = (state.plan_step(self.place), &state.steps[self.place]);
        let Some(gate) = state.open_gates.get(&(self.place, self.kind)) else { return };
        prose.say(Role::Title, &gate.question);
        let rpo = reading::rpo_seconds(state, &world.shape, step.component.as_str());
        prose.blank();
        self.about_loss(world, prose, rpo);
        if !own.help.is_empty() {
            prose.pair("would help", Role::Accent, &own.help);
        }
        self.ways(world, prose);
        prose.blank();
        let since = objective::seconds_between(gate.since, world.now);
        prose.pair("asked", Role::Text, &format!("{}, {} ago", words::wall(gate.since), words::age(since)));
        let times = if own.attempt > 1 { format!(" {} times, the last for", own.attempt) } else { " for".to_owned() };
        let tried = step_words::taken_seconds(world, self.place).map_or_else(String::new, words::age);
        prose.pair("was tried", Role::Text, &format!("{}{times} {tried}", step.title));
        let waiting: Vec<&str> =
            state.dependents(self.place).iter().map(|place| state.plan_step(*place).title.as_str()).collect();
        prose.pair("waits for it", Role::Text, &waiting.join(", "));
    }

    /// Wait on, go back, or go on all the same.
    fn ways(&self, world: &World, prose: &mut Prose<'_>) {
        let state = &world.state;
        let primary = &state.run.plan.application.primary;
        let [esc, retry, back] = ["back", "retry", "roll-back"].map(|id| world.keys.hint(id));
        let most = words::clock(state.plan_step(self.place).timeout_seconds);
        let (again, goes_on) = match self.kind {
            GateKind::CaughtUp => (
                "wait on: look again whether it has caught up",
                "type lose data, and why: promote all the same; what it has not got is lost".to_owned(),
            ),
            GateKind::Writers
            | GateKind::Approval
            | GateKind::PointOfNoReturn
            | GateKind::Loss
            | GateKind::Manual
            | GateKind::Divergence
            | GateKind::Window => (
                "wait on: try again to stop it",
                format!("type two writers, and why: go on; {primary} still writes, is owed, and what it takes is lost"),
            ),
        };
        prose.heading("The ways on");
        prose.item(Role::Text, "·", &format!("{esc}, then {retry}: {again}, for up to {most}"));
        let undo = rollback::preview(state, None, false).undo.len();
        if undo > 0 {
            let gives_back = match state.run.intent {
                Intent::Switchover | Intent::Failback => {
                    format!("{primary} gets its name back and serves again; nothing is lost")
                }
                Intent::Failover => format!("what was done to {primary} is taken back"),
            };
            prose.item(Role::Text, "·", &format!("{esc}, then {back}: roll back {}; {gives_back}", words::steps(undo)));
        }
        prose.item(Role::Failed, "·", &goes_on);
    }
}
