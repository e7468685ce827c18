//! Details of a component: how it is in each region, its replication, its steps, its place in the application.

use crate::console::health;
use crate::console::look::{Mark, Role, Theme};
use crate::console::step_words;
use crate::console::widgets::prose::Prose;
use crate::console::world::World;
use crate::plan::Side;
use crate::recovery::loss::Stage;
use crate::recovery::words;
use ratatui::text::Line;

/// The details of a component, by its place in the plan.
pub fn component(world: &World, theme: &Theme, component: usize, width: usize) -> Vec<Line<'static>> {
    let state = &world.state;
    let plan = &state.run.plan;
    let named = &plan.components[component];
    let mut prose = Prose::new(theme, width);
    if let Some(description) = &named.description {
        prose.say(Role::Text, description);
    }
    prose.pair("kind", Role::Text, &named.kind);
    prose.pair("owner", Role::Text, named.owner.as_deref().unwrap_or_default());
    for side in [Side::Primary, Side::Recovery] {
        let region = plan.application.region(side).as_str();
        match health::seen(world, component, side) {
            Some(seen) => {
                let old = if seen.is_stale() { "stale " } else { "seen " };
                let told = seen.told(usize::MAX);
                let told = format!("{told}: {} ({old}{} ago)", seen.note, words::age(seen.age_seconds));
                prose.pair(region, seen.mark.role, &told);
            }
            None => {
                prose.pair(region, Role::Stale, "? not observed yet");
            }
        }
    }
    if let Some(store) = world.figures.store(&named.name) {
        let loss = &store.loss;
        prose.heading("Replication");
        let role = if store.is_over() { Mark::of_standing(store.standing()).role } else { Role::Text };
        // Once its promotion is sent nothing more can be lost that way: what was, was.
        match loss.stage {
            Stage::IfNow => {
                prose.pair("loss if now", role, &format!("{} ({})", loss.bounded(), loss.exposure.note));
            }
            Stage::Sent | Stage::Promoted => {
                prose.pair("lost", role, &format!("{} ({})", loss.told(), loss.exposure.note));
            }
            Stage::NotByThisRun => {
                prose.pair("lost", Role::Text, &loss.exposure.note);
            }
        }
        prose.pair("rpo", Role::Text, &loss.rpo_seconds.map_or("none".to_owned(), words::objective));
        if let Some(lag) = state.lags.get(&named.name) {
            prose.pair("looked at", Role::Text, &words::wall(lag.looked_at));
        }
    }
    prose.heading("Steps");
    for place in world.shape.steps_of(component) {
        let mark = Mark::of_step(state, *place);
        let told = format!("{}: {}  {}", state.plan_step(*place).title, mark.word, step_words::time(world, *place, 8));
        prose.item(mark.role, mark.glyph, &told);
    }
    if world.shape.steps_of(component).is_empty() {
        prose.item(Role::Dim, "·", "none: there is nothing to do for it");
    }
    prose.heading("Place in the application");
    let needs: Vec<&str> = named.needs.iter().map(crate::plan::ComponentName::as_str).collect();
    prose.pair("needs", Role::Text, &if needs.is_empty() { "nothing".to_owned() } else { needs.join(", ") });
    let needed: Vec<&str> =
        world.shape.dependents(component).iter().map(|at| plan.components[*at].name.as_str()).collect();
    prose.pair("needed by", Role::Text, &if needed.is_empty() { "nothing".to_owned() } else { needed.join(", ") });
    if let Some(outputs) = state.outputs.get(&named.name) {
        prose.heading("Gives");
        for (name, value) in outputs.iter().filter(|(name, _)| !crate::service::terraform::words::is_own(name)) {
            prose.pair(&crate::text::Clean::new(name), Role::Text, value);
        }
    }
    prose.done()
}
