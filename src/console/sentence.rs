//! The terminal's title: what sort of run it is, what matters most now, and the clock. The one place to change what that is.

use super::facts;
use super::matter;
use super::world::World;

/// The title.
pub fn sentence(world: &World) -> String {
    let facts = facts::facts(world);
    // The badge and the clock come first of the facts.
    let mut facts = facts.iter().map(|fact| fact.whole.as_str());
    let badge = facts.next().unwrap_or_default();
    let clock = facts.next().unwrap_or_default();
    let name = &world.state.run.plan.application.name;
    match matter::sentence(world).as_str() {
        "" => format!("{badge} {name} · {clock}"),
        matter => format!("{badge} {name}: {matter} · {clock}"),
    }
}
