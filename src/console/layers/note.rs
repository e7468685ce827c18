//! The layer a note is written in.

use super::form::{Asked, Body, Purpose};
use crate::console::look::{Role, Theme};
use crate::console::widgets::prose::Prose;
use crate::console::world::World;
use crate::recovery::Command;
use crate::text::Clean;

/// A note, about a step or about the run.
pub struct Note {
    /// About which step.
    pub step: Option<crate::plan::StepId>,
}

impl Purpose for Note {
    fn title(&self, _: &World) -> String {
        match &self.step {
            Some(step) => format!("note on {step}"),
            None => "note".to_owned(),
        }
    }

    fn role(&self) -> Role {
        Role::Focus
    }

    fn body(&self, _: &World, theme: &Theme, width: usize) -> Body {
        Prose::new(theme, width)
            .say(Role::Text, "It goes into the journal with your name and the time, for everyone and for good.")
            .done()
            .into()
    }

    fn fields(&self, _: &World) -> Vec<Asked> {
        vec![Asked::words("note")]
    }

    fn command(&self, texts: &[Clean], _: &World) -> Command {
        Command::Note { text: texts.first().cloned().unwrap_or_default(), step: self.step.clone() }
    }

    fn said(&self, world: &World) -> String {
        self.title(world)
    }
}
