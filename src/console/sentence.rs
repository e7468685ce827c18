//! The terminal's title: what sort of run it is, what matters most now, and the clock. The one place to change what that is.

use super::facts;
use super::matter;
use super::widgets::fit;
use super::world::World;

/// How much of the application's name is said, in columns.
const NAME: usize = 32;

/// The title.
pub fn sentence(world: &World) -> String {
    let facts = facts::facts(world);
    // The badge and the clock come first of the facts.
    let mut facts = facts.iter().map(|fact| fact.whole.as_str());
    let badge = facts.next().unwrap_or_default();
    let clock = facts.next().unwrap_or_default();
    // A name is as long as its owner likes; what matters must not go for it.
    let name = fit(&world.state.run.plan.application.name, NAME);
    match matter::sentence(world).as_str() {
        "" => format!("{badge} {name} · {clock}"),
        matter => format!("{badge} {name}: {matter} · {clock}"),
    }
}
