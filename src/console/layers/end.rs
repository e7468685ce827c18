//! The layer that asks before a run is ended where it stands.

use super::form::{Asked, Body, Purpose};
use crate::console::look::{Role, Theme};
use crate::console::matter;
use crate::console::widgets::prose::Prose;
use crate::console::world::World;
use crate::recovery::Command;
use crate::text::Clean;

/// Ending the run where it stands.
pub struct End;

impl Purpose for End {
    fn title(&self, _: &World) -> String {
        "end the run where it stands".to_owned()
    }

    fn role(&self) -> Role {
        Role::Failed
    }

    fn body(&self, world: &World, theme: &Theme, width: usize) -> Body {
        let run = &world.state.run.plan.application;
        let mut prose = Prose::new(theme, width);
        prose.say(
            Role::Text,
            &format!(
                "{} steps are settled. What runs finishes, nothing else starts, and the run is over: {} stays as it is, \
                 between {} and {}.",
                matter::progress(world),
                run.name,
                run.primary,
                run.recovery
            ),
        );
        prose.say(
            Role::Blocked,
            "It cannot be resumed afterwards; it can still be rolled back. To pause, hold instead.",
        );
        prose.done().into()
    }

    fn fields(&self, world: &World) -> Vec<Asked> {
        let region = &world.state.run.plan.application.recovery;
        vec![Asked::exactly(region.as_str(), "to end it"), Asked::words("because")]
    }

    fn command(&self, texts: &[Clean], _: &World) -> Command {
        Command::Abort { reason: texts.get(1).cloned().unwrap_or_default() }
    }

    fn said(&self, world: &World) -> String {
        self.title(world)
    }
}
